//! What readers write, and what they are told when there is nothing to see.

use super::figure::coded;
use crate::ahead::{Dial, Part, Pick, Running, Sentences};
use crate::number::{Unit, count};
use crate::view::{Entry, Field, Form, Note, Notes, Panel, State, Why};
use maud::{Markup, html};

/// What people wrote about a view, and where to add to it.
pub fn notes(notes: &Notes) -> Markup {
    html! { div.writing {
        @if notes.notes.is_empty() { p.read { "Nobody has written about this yet." } }
        @else { ul.notes { @for note in &notes.notes { li { (one(note)) } } } }
        @match &notes.send_to {
            Some(send_to) => form.ask action=(send_to) method="post" {
                div.field {
                    label for="note-text" { "Add a note" }
                    p.hint id="note-hint" { "Both owners see it" @if !notes.who.is_empty() { ", signed " b { (notes.who) } } ". Never write anything that could tell who a person is." }
                    textarea id="note-text" name="text" rows="3" maxlength="2000" required aria-describedby="note-hint" {}
                }
                @if !notes.points.is_empty() {
                    div.field {
                        label for="note-point" { "About" }
                        select id="note-point" name="point" {
                            option value="" { "The whole of it" }
                            @for (value, words) in &notes.points { option value=(value) { (words) } }
                        }
                    }
                }
                button type="submit" { "Keep this note" }
            },
            None => @if !notes.help.is_empty() { p.read { (coded(&notes.help)) } },
        }
    } }
}

fn one(note: &Note) -> Markup {
    html! {
        p { (coded(&note.text)) }
        p.who { b { (note.who) } ", " (note.when) @if !note.point.is_empty() { ", about " (note.point) } }
    }
}

/// What went wrong on the page, all of it, with the way to each field: under the title, where reading goes on from.
pub fn problems(all: &[(String, Option<String>)]) -> Markup {
    html! { @if !all.is_empty() {
        div.error-summary role="alert" aria-labelledby="error-title" tabindex="-1" autofocus {
            h2 id="error-title" { "There is a problem" }
            ul { @for (words, field) in all { li {
                @match field { Some(id) => a href=(format!("#{id}")) { (words) }, None => (words) }
            } } }
        }
    } }
}

/// What went wrong in a form: the words of its label and of its error, and its field where it has one.
pub fn faults(form: &Form) -> Vec<(String, Option<String>)> {
    let told = form.faults().map(|(name, words)| match form.fields.iter().find(|field| field.name == *name) {
        Some(field) => (fault(field, words), Some(form.field_id(name))),
        None => (words.clone(), None),
    });
    told.collect()
}

/// "By when: Write a day as 2025-11-20": the error with its label, at the field and at the top of the page alike.
fn fault(field: &Field, words: &str) -> String {
    format!("{}: {words}", field.label.trim_end_matches(['?', '.', ':']))
}

/// What went wrong in sentences with numbers.
pub fn faults_of(asked: &Sentences) -> Vec<(String, Option<String>)> {
    let names = |name: &str| asked.sentences.iter().flat_map(|s| &s.parts).any(|part| named(part, name));
    let told = asked.wrong.iter();
    told.map(|(field, words)| (words.clone(), names(field).then(|| format!("{}-{field}", asked.id)))).collect()
}

fn named(part: &Part, name: &str) -> bool {
    match part {
        Part::Number(dial) => dial.name == name,
        Part::Choose(pick) => pick.name == name,
        Part::Words(_) => false,
    }
}

/// Sentences with numbers in them. A slider under a sentence moves its number where a script may; the number itself needs none.
pub fn ask(asked: &Sentences) -> Markup {
    let id = |name: &str| format!("{}-{name}", asked.id);
    html! {
        form.ask.say action=(asked.send_to) method=(if asked.post { "post" } else { "get" }) autocomplete="off" {
            @for (name, value) in &asked.kept { input type="hidden" name=(name) value=(value); }
            ul.sentences { @for (i, sentence) in asked.sentences.iter().enumerate() {
                @let wrong = asked.wrong.as_ref().filter(|w| sentence.parts.iter().any(|p| named(p, &w.0)));
                @let hint = (!sentence.hint.is_empty()).then(|| id(&format!("hint-{i}")));
                @let error = wrong.map(|_| id(&format!("error-{i}")));
                @let told: Vec<&str> = [&hint, &error].into_iter().flatten().map(String::as_str).collect();
                @let told = (!told.is_empty()).then(|| told.join(" "));
                li.changed[sentence.changed].wrong[wrong.is_some()] {
                    p.line { @for part in &sentence.parts {
                        @match part {
                            Part::Words(words) => { (coded(words)) " " },
                            Part::Number(dial) => { (number(dial, &id(&dial.name), told.as_deref(), wrong.is_some_and(|w| w.0 == dial.name))) " " },
                            Part::Choose(choice) => { (choose(choice, &id(&choice.name), told.as_deref())) " " },
                        }
                    } }
                    @if let (Some((_, words)), Some(error)) = (wrong, &error) { p.error id=(error) { span.nhsuk-u-visually-hidden { "Error: " } (words) } }
                    @if let Some(hint) = &hint { p.hint id=(hint) { (coded(&sentence.hint)) } }
                }
            } }
            div.send { button type="submit" { (asked.button) } @if !asked.note.is_empty() { p.hint { (coded(&asked.note)) } } }
        }
    }
}

fn number(dial: &Dial, id: &str, told: Option<&str>, wrong: bool) -> Markup {
    let (low, high) = dial.range;
    let step = if dial.step.is_finite() && dial.step > 0.0 { dial.step.to_string() } else { "any".to_owned() };
    html! {
        span.dial {
            input id=(id) type="number" name=(dial.name) value=(dial.value) min=(low) max=(high) step=(step) required inputmode="decimal" aria-label=(dial.label) aria-describedby=[told] aria-invalid=[wrong.then_some("true")];
            // drags the number above it; a keyboard has the number itself
            input.slide type="range" min=(low) max=(high) step=(step) value=(dial.value) data-for=(id) tabindex="-1" aria-hidden="true";
            @if let Some(now) = dial.now.filter(|now| *now != dial.value) { span.now { "now " (Unit::Of(String::new()).scale(now).say(now)) } }
        }
    }
}

fn choose(choice: &Pick, id: &str, told: Option<&str>) -> Markup {
    html! { select id=(id) name=(choice.name) aria-label=(choice.label) aria-describedby=[told] {
        @for (value, words) in &choice.options { option value=(value) selected[*value == choice.value] { (words) } }
    } }
}

/// How far it is, what can be said already, and a way to stop it. The page looks again by itself.
pub fn running(work: &Running, panel: &Panel) -> Markup {
    let left = work.left();
    html! {
        div.running {
            @if panel.title != work.title { h3 { (work.title) } }
            div.far {
                progress max="100" value=(format!("{:.0}", work.share())) aria-label=(work.title) { (format!("{:.0}%", work.share())) }
                p { (format!("{:.0}%", work.share().floor())) @if !left.is_empty() { ", " (left) } }
            }
            @if !work.early.is_empty() {
                div.early { p.word { "An early answer" } @for words in &work.early { p.read { (coded(words)) } } }
            }
            div.send {
                @if let Some(stop) = &work.stop { form.ask action=(stop) method="post" { button.other type="submit" { "Stop here" } } }
                p { a href=(work.look) { "Look again" } }
            }
        }
    }
}

/// Something to fill in and send. What went wrong is said at its field; above all else it is said by [`problems`].
pub fn form(form: &Form) -> Markup {
    let one = |asked: &Field| {
        let wrong = form.faults().find(|w| w.0 == asked.name).map(|w| fault(asked, &w.1));
        field(asked, &form.field_id(&asked.name), wrong.as_deref())
    };
    // the first field of a part says whether it is used
    let is_used =
        |part: &[Field]| !part[0].value.is_empty() || part.iter().any(|field| form.faults().any(|w| w.0 == field.name));
    html! {
        form.ask action=(form.send_to) method=(if form.post { "post" } else { "get" }) {
            @for (name, value) in &form.kept { input type="hidden" name=(name) value=(value); }
            @for part in form.fields.chunk_by(|a, b| a.part == b.part) {
                @let name = &part[0].part;
                @if name.is_empty() { @for asked in part { (one(asked)) } }
                @else if form.folded.contains(name) { details.open.part-of open[is_used(part)] {
                    summary { (name) }
                    fieldset { legend.nhsuk-u-visually-hidden { (name) } @for asked in part { (one(asked)) } }
                } }
                @else { fieldset.part-of { legend { (name) } @for asked in part { (one(asked)) } } }
            }
            button type="submit" { (form.button) }
            @if !form.note.is_empty() { p.hint { (coded(&form.note)) } }
        }
    }
}

fn field(field: &Field, id: &str, wrong: Option<&str>) -> Markup {
    let most = (field.most > 0).then_some(field.most);
    let hint = match most {
        Some(most) => {
            let cap = format!("At most {} letters.", count(most as u64));
            if field.hint.is_empty() { cap } else { format!("{} {cap}", field.hint) }
        }
        None => field.hint.clone(),
    };
    let told = [(!hint.is_empty()).then(|| format!("{id}-hint")), wrong.map(|_| format!("{id}-error"))];
    let told = told.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let told = (!told.is_empty()).then_some(told);
    let bad = wrong.map(|_| "true");
    let notes = html! {
        @if !hint.is_empty() { p.hint id=(format!("{id}-hint")) { (coded(&hint)) } }
        @if let Some(words) = wrong { p.error id=(format!("{id}-error")) { span.nhsuk-u-visually-hidden { "Error: " } (words) } }
    };
    let ticked = |value: &str| field.value.lines().any(|line| line == value);
    // the first of several has the name that an error leads to
    let nth = |i: usize| if i == 0 { id.to_owned() } else { format!("{id}-{}", i + 1) };
    let several = |kind: &str| {
        html! { fieldset aria-describedby=[&told] {
            legend { (field.label) }
            (notes)
            @for (i, (value, words)) in field.options.iter().enumerate() { div.tick {
                input id=(nth(i)) type=(kind) name=(field.name) value=(value) checked[ticked(value)] required[field.required && kind == "radio"];
                label for=(nth(i)) { (words) }
            } }
        } }
    };
    let label = html! { label for=(id) { (field.label) } (notes) };
    html! { div.field.wrong[wrong.is_some()] {
        @match field.entry {
            Entry::Radios => (several("radio")),
            Entry::Ticks if !field.options.is_empty() => (several("checkbox")),
            Entry::Ticks => {
                div.tick {
                    input id=(id) type="checkbox" name=(field.name) value="yes" checked[ticked("yes")] required[field.required] aria-describedby=[&told];
                    label for=(id) { (field.label) }
                }
                (notes)
            },
            Entry::Long => {
                (label)
                textarea id=(id) name=(field.name) rows="4" maxlength=[most] required[field.required] aria-describedby=[&told] aria-invalid=[bad] { (field.value) }
            },
            Entry::Day => {
                (label)
                input id=(id) type="date" name=(field.name) value=(field.value) required[field.required] aria-describedby=[&told] aria-invalid=[bad];
            },
            Entry::Line if !field.options.is_empty() => {
                (label)
                select id=(id) name=(field.name) required[field.required] aria-describedby=[&told] aria-invalid=[bad] {
                    @for (value, words) in &field.options { option value=(value) selected[*value == field.value] { (words) } }
                }
            },
            Entry::Line => {
                (label)
                @let input = html! { input id=(id) name=(field.name) value=(field.value) maxlength=[most] required[field.required] aria-describedby=[&told] aria-invalid=[bad]; };
                @if field.unit.is_empty() { (input) } @else { div.with-unit { (input) span { (field.unit) } } }
            },
        }
    } }
}

/// Why there is nothing to see: a shape, a word, what it means and what to do.
pub fn state(state: &State) -> Markup {
    let (class, word, shape) = look(state.why);
    html! {
        div class={ "state " (class) } {
            svg viewBox="0 0 48 48" width="48" height="48" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" { path d=(shape) {} }
            div {
                p.word { (word) }
                h3 { (state.title) }
                @if !state.text.is_empty() { p { (coded(&state.text)) } }
                @if !state.command.is_empty() { pre tabindex="0" { code { (state.command) } } }
                @if !state.links.is_empty() { p.links { @for link in &state.links { a href=(link.href) { (link.words) } } } }
            }
        }
    }
}

/// Class, word and shape of each state: a plus in a dashed box, a line with a gap, dots of which few remain, a lock,
/// a short run of points, turning arrows, a broken line.
fn look(why: Why) -> (&'static str, &'static str, &'static str) {
    match why {
        Why::Empty => (
            "empty",
            "Nothing here yet",
            "M24 16v16M16 24h16M6 12V9a3 3 0 0 1 3-3h3M36 6h3a3 3 0 0 1 3 3v3M42 36v3a3 3 0 0 1-3 3h-3M12 42H9a3 3 0 0 1-3-3v-3M20 6h8M20 42h8M6 20v8M42 20v8",
        ),
        Why::Stale => ("stale", "Out of date", "M4 30l6-8 6 4M33 24l5-6 6 4M20 24h1M24.500 24h.01M28 24h1M4 40h40"),
        Why::Suppressed => (
            "suppressed",
            "Too few people to show",
            "M12 12h.01M24 12h.01M36 12h.01M12 24h.01M8 40L40 8M24 36h.01M36 24h.01M36 36h.01M12 36h.01",
        ),
        Why::NotAllowed => ("not-allowed", "Not open to you", "M12 22h24v19H12zM16 22v-6a8 8 0 0 1 16 0v6M24 29v5"),
        Why::TooFew => ("too-few", "Too few points", "M6 6v36h36M14 30h.01M22 22h.01M30 26h.01"),
        Why::Working => (
            "working",
            "Being made",
            "M24 6a18 18 0 0 1 18 18M42 24l-5-5M42 24l5-5M24 42A18 18 0 0 1 6 24M6 24l-5 5M6 24l5 5",
        ),
        Why::Wrong => ("wrong", "This did not work", "M24 5l20 37H4zM24 18v11M24 35v.01"),
    }
}

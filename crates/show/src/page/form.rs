//! What readers write, and what they are told when there is nothing to see.

use super::figure::coded;
use crate::view::{Form, Note, Notes, State, Why};
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

/// Something to fill in and send. What went wrong is said first, and again at its field.
pub fn form(form: &Form) -> Markup {
    let id = |name: &str| format!("field-{name}");
    let wrong = |name: &str| form.wrong.as_ref().filter(|w| w.0 == name).map(|w| w.1.as_str());
    html! {
        @if let Some((field, words)) = &form.wrong {
            div.error-summary role="alert" aria-labelledby="error-title" tabindex="-1" {
                h3 id="error-title" { "There is a problem" }
                p { @if form.fields.iter().any(|f| f.name == *field) { a href=(format!("#{}", id(field))) { (words) } } @else { (words) } }
            }
        }
        form.ask action=(form.send_to) method=(if form.post { "post" } else { "get" }) {
            @for field in &form.fields {
                @let id = id(&field.name);
                @let wrong = wrong(&field.name);
                @let told = [(!field.hint.is_empty()).then(|| format!("{id}-hint")), wrong.map(|_| format!("{id}-error"))];
                @let told = told.into_iter().flatten().collect::<Vec<_>>().join(" ");
                @let told = (!told.is_empty()).then_some(told);
                div.field.wrong[wrong.is_some()] {
                    label for=(id) { (field.label) }
                    @if !field.hint.is_empty() { p.hint id=(format!("{id}-hint")) { (coded(&field.hint)) } }
                    @if let Some(words) = wrong { p.error id=(format!("{id}-error")) { span.nhsuk-u-visually-hidden { "Error: " } (words) } }
                    @if !field.options.is_empty() {
                        select id=(id) name=(field.name) aria-describedby=[told] {
                            @for (value, words) in &field.options { option value=(value) selected[*value == field.value] { (words) } }
                        }
                    } @else if field.long {
                        textarea id=(id) name=(field.name) rows="4" aria-describedby=[told] { (field.value) }
                    } @else {
                        input id=(id) name=(field.name) value=(field.value) aria-describedby=[told];
                    }
                }
            }
            button type="submit" { (form.button) }
        }
    }
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

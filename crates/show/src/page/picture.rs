//! Each kind of picture as HTML: a drawing with its finding, or a table or list that is its own drawing.

use super::figure::{coded, figure, large, missing, named, said, signal_words, spaced, tone, walk, where_from};
use super::{form, room};
use crate::ahead::{Differences, Fan, Growth, Trust, Week};
use crate::number::{Scale, Unit, count, plural, short_period};
use crate::view::*;
use crate::{chart, words};
use maud::{Markup, html};

/// More areas than this are left to the table file.
const MOST_AREAS: usize = 60;

/// A picture as it stands in its panel; what the panel says already is not said again.
pub fn draw(picture: &Picture, panel: &Panel) -> Markup {
    match picture {
        Picture::Words(paragraphs) => html! {
            @for words in paragraphs {
                // what has lines keeps them: SQL, a command
                @if words.contains('\n') { pre tabindex="0" { code { (words) } } } @else { p.read { (coded(words)) } }
            }
        },
        Picture::Pressure(rows) => pressure(rows),
        Picture::Flow(flow) => html! {
            (heading(panel, "", &flow.sentence))
            div.scroll.flow tabindex="0" role="region" aria-label="Flow diagram, scrolls sideways on a small screen" { (chart::flow(flow)) }
        },
        Picture::Handovers(all) => handovers(all),
        Picture::Measures(all) => measures(all),
        Picture::Chart(measure) => wide(measure),
        Picture::Heat(heat) => drawn(panel, &heat.title, &heat.definition, chart::heat(heat), &[], html! {}),
        Picture::Intervals(i) => {
            let figures: Vec<&Figure> = i.groups.iter().flat_map(|g| &g.1).map(|g| &g.figure).collect();
            drawn(panel, &i.title, &i.definition, html! { (chart::intervals(i)) }, &figures, intervals_read(i))
        }
        Picture::Ways(ways) => html! { ol.ways { @for way in ways { (way_row(way)) } } (way_key()) },
        Picture::Way(way) => one_way(panel, way),
        Picture::Map(map) => areas(panel, map),
        Picture::Funnel(funnel) => {
            let figures: Vec<&Figure> = funnel.points.iter().map(|p| &p.figure).collect();
            drawn(panel, &funnel.title, &funnel.definition, chart::funnel(funnel), &figures, funnel_key(funnel))
        }
        Picture::Dots(dots) => html! {
            div.dots {
                (chart::in_100(dots))
                div { h3 { (dots.title) } div { (figure(&dots.figure, "", said(&dots.figure))) } }
            }
        },
        Picture::Fan(fan) => html! {
            div.drawn {
                (heading(panel, &fan.title, &fan.definition))
                div.drawing { (chart::fan(fan)) }
                (where_from(&[&fan.figure]))
            }
        },
        Picture::Fans(all) => fans(all),
        Picture::Differences(d) => {
            let figures: Vec<&Figure> = d.groups.iter().flat_map(|g| &g.1).map(|row| &row.figure).collect();
            let bounded = (!d.beside()).then_some("bounded");
            html! { div class={ "drawn " (bounded.unwrap_or_default()) } {
                (heading(panel, &d.title, &d.definition))
                div.drawing { (chart::differences(d)) }
                (differences_key(d))
                (where_from(&figures))
            } }
        }
        Picture::Tornado(t) => drawn(panel, &t.title, &t.definition, chart::tornado(t), &[&t.base], html! {}),
        Picture::Pyramid(p) => drawn(panel, &p.title, &p.definition, chart::pyramid(p), &[&p.figure], html! {}),
        Picture::Growth(g) => {
            let figures: Vec<&Figure> = g.services.iter().map(|s| &s.figure).collect();
            drawn(panel, &g.title, &g.definition, chart::growth(g), &figures, growth_key(g))
        }
        Picture::Week(w) => week(panel, w),
        Picture::Trust(t) => trust(panel, t),
        Picture::Sentences(asked) => form::ask(asked),
        Picture::Running(work) => form::running(work, panel),
        Picture::Acts(acts) => room::acts(acts),
        Picture::Vote(vote) => room::vote(vote),
        Picture::Stages(shown) => room::stages(shown),
        Picture::Choices(c) => html! { (heading(panel, &c.title, &c.definition)) (room::choices(c)) },
        Picture::Ground(shown) => room::ground(shown),
        Picture::Stands(shown) => room::stands(shown),
        Picture::Wording(shown) => room::wording(shown, panel),
        Picture::Expected(e) => html! { (heading(panel, &e.title, &e.definition)) (room::expected(e)) },
        Picture::Lines(shown) => room::lines(shown),
        Picture::Shares(s) => html! { (heading(panel, &s.title, &s.definition)) (room::shares(s)) },
        Picture::Answers(shown) => room::answers(shown, panel),
        Picture::Plans(all) => room::plans(all),
        Picture::Schedule(s) => html! { div.drawn { (heading(panel, &s.title, &s.definition)) (room::schedule(s)) } },
        Picture::Rocks(shown) => room::rocks(shown),
        Picture::Money(m) => html! { div.drawn { (heading(panel, &m.title, &m.definition)) (room::money(m)) } },
        Picture::Ties(t) => html! { div.drawn { (heading(panel, &t.title, &t.definition)) (room::ties(t)) } },
        Picture::Board(all) => room::board(all),
        Picture::Monday(all) => room::monday(all),
        Picture::Sources(all) => sources(all),
        Picture::Rows(rows) => super::rows(rows),
        Picture::List(items) => found(items),
        Picture::Notes(notes) => form::notes(notes),
        Picture::Form(asked) => form::form(asked),
        Picture::State(state) => form::state(state),
    }
}

/// What a picture is called, where its panel holds several.
pub fn name(picture: &Picture) -> &str {
    match picture {
        Picture::Chart(m) => &m.series.title,
        Picture::Heat(h) => &h.title,
        Picture::Intervals(i) => &i.title,
        Picture::Way(w) => &w.name,
        Picture::Map(m) => &m.title,
        Picture::Funnel(f) => &f.title,
        Picture::Dots(d) => &d.title,
        Picture::Fan(f) => &f.title,
        Picture::Differences(d) => &d.title,
        Picture::Tornado(t) => &t.title,
        Picture::Pyramid(p) => &p.title,
        Picture::Growth(g) => &g.title,
        Picture::Week(w) => &w.title,
        Picture::Trust(t) => &t.title,
        Picture::Running(w) => &w.title,
        Picture::Fans(_) => "What may come",
        Picture::Sentences(_) => "What is asked",
        Picture::Rows(r) => &r.caption,
        Picture::Flow(_) => "Who goes where",
        Picture::Pressure(_) => "Pressure",
        Picture::Handovers(_) => "Handovers",
        Picture::Measures(_) => "Measures",
        Picture::Ways(_) => "Ways through",
        Picture::Sources(_) => "Sources",
        Picture::List(_) => "What was found",
        Picture::Notes(_) => "Notes",
        Picture::Stages(_) => "Where this question is",
        Picture::Choices(_) => "What each choice would do",
        Picture::Ground(_) => "What was said",
        Picture::Stands(_) => "Where members stand",
        Picture::Wording(_) => "The decision",
        Picture::Expected(e) => &e.title,
        Picture::Lines(_) => "The shared story",
        Picture::Shares(s) => &s.title,
        Picture::Answers(_) => "You said, so we",
        Picture::Plans(_) => "Plans",
        Picture::Schedule(s) => &s.title,
        Picture::Rocks(_) => "What blocks",
        Picture::Money(m) => &m.title,
        Picture::Ties(t) => &t.title,
        Picture::Board(_) => "Questions, decisions and plans",
        Picture::Monday(_) => "Steps to look at this week",
        Picture::Words(_) | Picture::Form(_) | Picture::Acts(_) | Picture::Vote(_) | Picture::State(_) => "",
    }
}

/// What a gradient says, and what squares and dashes are.
fn intervals_read(shown: &Intervals) -> Markup {
    let said = words::gradient(shown);
    let fair = shown.groups.iter().flat_map(|g| &g.1).any(|i| i.fair.is_some());
    html! {
        @if !said.is_empty() { ul.told { @for words in &said { li { (words) "." } } } }
        @if !said.is_empty() || fair { ul.key {
            @if !said.is_empty() { li { (key_line("none", "1.6")) "The line that fits all of them best" } }
            @if fair { li {
                svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" { rect x="1.5" y="1.5" width="9" height="9" fill="#fff" stroke="#212b32" stroke-width="1.6" {} }
                "A fair share"
            } }
        } }
    }
}

fn funnel_key(funnel: &Funnel) -> Markup {
    html! {
        @if !funnel.wider.is_empty() { ul.key {
            li { (key_line("4 3", "1")) "Limits by chance alone" }
            li { (key_line("12 5", "1.6")) "Limits widened, since places differ by more than chance; by these a place is marked" }
        } }
    }
}

/// Small fans, each with what is expected at its end.
fn fans(all: &[Fan]) -> Markup {
    html! {
        @if all.is_empty() { p.read { "Nothing could be forecast yet." } }
        @else {
            div.measures.fans { @for fan in all {
                @let id = format!("fan-{}-h", fan.id);
                article.measure aria-labelledby=(id) {
                    div.head {
                        h3 id=(id) { (named(&fan.title, fan.href.as_deref())) }
                        (figure(&fan.figure, "end", large(&fan.figure)))
                        div.say { p.about { (fan.note) } }
                    }
                    div.chart { (chart::fan_small(fan)) }
                }
            } }
            ul.key {
                li { (key_box("#b3c2cd")) "Half of the time" }
                li { (key_box("#dce4ea")) "9 times in 10" }
                li { (key_line("none", "2")) "What happened" }
                li { (key_line("6 4", "2")) "As likely above as below" }
            }
        }
    }
}

fn differences_key(d: &Differences) -> Markup {
    let seen =
        |signal| d.groups.iter().flat_map(|g| &g.1).any(|row| row.figure.value.is_some() && d.signal(row) == signal);
    let (left, right) = (chart::sentence(&d.sides.0), chart::sentence(&d.sides.1));
    let (better, worse) = if d.better == Better::Higher { (right, left) } else { (left, right) };
    let marks = [(Signal::Improvement, better), (Signal::Concern, worse), (Signal::Change, "Changed".to_owned())];
    html! { ul.key {
        @for (signal, words) in &marks { @if seen(*signal) { li { (chart::key_mark(*signal)) (words) } } }
        @if seen(Signal::Ordinary) { li {
            svg width="12" height="12" aria-hidden="true" { circle cx="6" cy="6" r="4" fill="#fff" stroke="#768692" stroke-width="2" {} }
            "No more than chance would make"
        } }
    } }
}

fn growth_key(g: &Growth) -> Markup {
    let ordered = g.services.iter().any(|s| !s.ordered.is_empty());
    html! { @if ordered { p.note { "The wide bar shares what two causes do together fairly between them. The thin bar takes one cause after another, in the order of the key: what differs between the two depends on the order alone. A triangle marks all of it together where a part is less than nothing." } } }
}

/// A week that moves where a script may, and stands still five times where none may and on paper.
fn week(panel: &Panel, week: &Week) -> Markup {
    let start = week.stills.first().copied().unwrap_or(0).min(week.hours.len().saturating_sub(1));
    let when = week.hours.get(start).map_or("", String::as_str);
    let last = week.hours.len().saturating_sub(1);
    let id = format!("{}-hour", week.id);
    html! {
        div.drawn {
            (heading(panel, &week.title, &week.definition))
            @if week.services.is_empty() || week.hours.is_empty() { p.read { "No week has been simulated yet." } }
            @else {
                div.week data-hours=(week.hours.join("|")) data-values=(chart::week_values(week)) {
                    div.player {
                        button.play type="button" { "Play the week" }
                        label.nhsuk-u-visually-hidden for=(id) { "Hour of the week" }
                        input id=(id) type="range" min="0" max=(last) value=(start) autocomplete="off" aria-valuetext=(when);
                        output for=(id) { (when) }
                    }
                    div.drawing { (chart::week(week)) }
                }
                ol.stills { @for hour in week.stills.iter().filter(|h| **h < week.hours.len()) { li {
                    h3 { (week.hours[*hour]) }
                    div.drawing { (chart::still(week, *hour)) }
                } } }
            }
        }
    }
}

/// The word first, then the nights.
fn trust(panel: &Panel, trust: &Trust) -> Markup {
    html! {
        div.drawn {
            (heading(panel, &trust.title, &trust.definition))
            div.trust { b { (chart::sentence(trust.word().words())) } " " (figure(&trust.figure, "", said(&trust.figure))) " inside the range, over " (plural(trust.nights.len(), "night")) }
            div.drawing { (chart::trust(trust)) }
            ul.key {
                li { svg width="12" height="12" aria-hidden="true" { circle cx="6" cy="6" r="4" fill="#2f4758" {} } "As it should be: 85 to 95 of 100" }
                li { (chart::key_mark(Signal::Concern)) "Too sure of itself" }
                li { svg width="12" height="12" aria-hidden="true" { rect x="2.5" y="2.5" width="7" height="7" fill="#fff" stroke="#212b32" stroke-width="1.8" {} } "Wider than it need be" }
            }
        }
    }
}

fn key_box(fill: &str) -> Markup {
    html! { svg width="20" height="13" aria-hidden="true" { rect x=".5" y=".5" width="19" height="12" rx="2" fill=(fill) stroke="#aab8c2" stroke-width=".8" {} } }
}

fn key_line(dashes: &str, wide: &str) -> Markup {
    html! { svg width="34" height="4" aria-hidden="true" { path d="M0 2H34" stroke="#2f4758" stroke-width=(wide) stroke-dasharray=(dashes) {} } }
}

fn drawn(panel: &Panel, title: &str, definition: &str, svg: Markup, figures: &[&Figure], more: Markup) -> Markup {
    html! {
        div.drawn.bounded[!figures.is_empty()] {
            (heading(panel, title, definition))
            div.drawing { (svg) }
            (more)
            (where_from(figures))
        }
    }
}

fn heading(panel: &Panel, title: &str, definition: &str) -> Markup {
    let told = |words: &str| words.is_empty() || panel.title == words || panel.note.contains(words);
    html! {
        @if !told(title) { h3 { (title) } }
        @if !told(definition) { p.note { (coded(definition)) } }
    }
}

fn pressure(rows: &[Pressure]) -> Markup {
    html! {
        ul.pressure {
            @for row in rows {
                li {
                    b { (named(&row.organisation, row.href.as_deref())) }
                    (chart::strip(row))
                    (figure(&row.level, &format!("end level-{}", row.level.value.unwrap_or(0.0)), html! {
                        span.nhsuk-u-visually-hidden { "level " }
                        @match row.level.value { Some(v) => (v), None => (missing(row.level.missing.words())) }
                    }))
                    span { (row.reason) @if let Some(declares) = declares(row) { @if !row.reason.is_empty() { "; " } (declares) } }
                }
            }
        }
        @if rows.iter().any(|row| !row.declared.is_empty()) {
            ul.key {
                li { "Upper bars: measured. Lower bars: declared." }
                li { svg viewBox="0 0 8 8" width="10" height="10" aria-hidden="true" { path d="M0 7h8l-4-7z" {} } "Declared more than was measured" }
                li { svg viewBox="0 0 8 8" width="10" height="10" aria-hidden="true" { path d="M0 1h8l-4 7z" {} } "Declared less" }
            }
        }
    }
}

/// "declares 2": what it says itself, where it says anything.
pub fn declares(row: &Pressure) -> Option<String> {
    let level = row.declared.last()?;
    Some(level.map_or("declares nothing".to_owned(), |level| format!("declares {level}")))
}

fn handovers(all: &[Handover]) -> Markup {
    let ranked = ranked(all);
    if ranked.is_empty() {
        return html! { p.read { "No handover has been seen yet. One appears when records of two services show the same person passing between them." } };
    }
    let longest = ranked.iter().filter_map(|h| h.hours_waiting.value).fold(0.0, f64::max);
    let scale = ranked.first().map_or(Unit::Hours, |h| h.hours_waiting.unit.clone()).scale(longest);
    let of_waiting =
        format!("{} of waiting", chart::sentence(if scale.word.is_empty() { "time" } else { &scale.word }));
    let names = ["Middle wait", "9 in 10 within", of_waiting.as_str(), "Waiting now", "Past year"];
    html! {
        table.handovers role="table" {
            caption.nhsuk-u-visually-hidden { "Waits at each handover between services, most time waiting first" }
            thead role="rowgroup" {
                tr role="row" {
                    th scope="col" role="columnheader" { "Handover" }
                    @for (i, name) in names.iter().enumerate() {
                        th class=[(i != 2 && i != 4).then_some("n")] scope="col" role="columnheader" { (name) }
                    }
                }
            }
            tbody role="rowgroup" { @for h in &ranked { (handover(h, longest, &scale, &names)) } }
        }
        ul.key {
            li { (chart::bar(22.0, 96.0, Signal::Concern)) "Longer than usual " span.arrow.up {} }
            li { (chart::bar(22.0, 96.0, Signal::Ordinary)) "As usual" }
            li { (chart::bar(22.0, 96.0, Signal::Improvement)) "Shorter than usual " span.arrow.down {} }
        }
    }
}

fn handover(h: &Handover, longest: f64, scale: &Scale, names: &[&str; 5]) -> Markup {
    let arrow = chart::direction(h.signal, Better::Lower);
    html! {
        tr role="row" {
            th scope="row" role="rowheader" {
                b { (named(&h.name, h.href.as_deref())) }
                span {
                    (h.from_owner) @if h.from_owner != h.to_owner { " to " (h.to_owner) }
                    @if let Some(standard) = h.standard { "; standard " (Unit::Minutes.say(standard)) }
                }
            }
            td.n role="cell" data-name=(names[0]) {
                (figure(&h.middle, tone(h.signal), html! {
                    (said(&h.middle))
                    @if h.signal != Signal::Ordinary {
                        span class={ "arrow " (arrow) } {}
                        span.nhsuk-u-visually-hidden { ", " (words::wait_signal(h.signal)) }
                    }
                }))
            }
            td.n role="cell" data-name=(names[1]) { (figure(&h.nine_in_ten, "", said(&h.nine_in_ten))) }
            td.hold role="cell" data-name=(names[2]) {
                div.bar {
                    @if let Some(v) = h.hours_waiting.value { (chart::bar(v, longest, h.signal)) }
                    (figure(&h.hours_waiting, "end", html! {
                        @match h.hours_waiting.value {
                            Some(v) => { (scale.number(v)) span.nhsuk-u-visually-hidden { (spaced(&scale.word)) } },
                            None => (missing(h.hours_waiting.missing.words())),
                        }
                    }))
                }
            }
            td.n role="cell" data-name=(names[3]) { (figure(&h.waiting_now, "end", html! {
                @match h.waiting_now.value {
                    Some(v) => (h.waiting_now.unit.scale(v).number(v)),
                    None => (missing(h.waiting_now.missing.words())),
                }
            })) }
            td role="cell" data-name=(names[4]) {
                span.nhsuk-u-visually-hidden { (words::wait_signal(h.signal)) }
                (chart::sparkline(&h.past_year))
            }
        }
    }
}

fn measures(all: &[Measure]) -> Markup {
    let ranked = crate::twin::by_signal(all);
    html! {
        @if ranked.is_empty() {
            p.read { "No measure could be counted yet. Each says what it needs: " code { "catchment doctor" } }
        } @else {
            div.measures { @for m in &ranked { (measure(m)) } }
            // where nothing can be a signal, and there is no target, there is nothing to explain
            @if ranked.iter().any(|m| !m.series.limits.is_empty() || m.series.target.is_some()) { (signal_key()) }
        }
    }
}

fn signal_key() -> Markup {
    html! {
        ul.key {
            @for signal in [Signal::Concern, Signal::Improvement, Signal::Ordinary] {
                li { (chart::key_mark(signal)) (chart::sentence(words::point_signal(signal))) }
            }
            li {
                svg width="22" height="4" aria-hidden="true" { path d="M2 2H22" stroke="#212b32" stroke-width="2" stroke-dasharray="0 5" stroke-linecap="round" {} }
                "Target"
            }
        }
    }
}

fn measure(m: &Measure) -> Markup {
    let s = &m.series;
    html! {
        article class={ "measure " (tone(s.signal())) } id=(s.id) aria-labelledby=(format!("{}-h", s.id)) {
            div.head {
                h3 id=(format!("{}-h", s.id)) { (named(&s.title, m.href.as_deref())) }
                (figure(&m.latest, "end", large(&m.latest)))
                div.say { p.finding { (coded(&m.sentence)) } p.about { (about(m)) } }
                (rings(s))
            }
            div.chart { (chart::spc(s)) }
            div.more {
                details.open name="figure" {
                    summary { "Table" span.nhsuk-u-visually-hidden { " of " (s.title) } }
                    div.scroll tabindex="0" role="region" aria-label=(format!("Table of {}", s.title)) { (numbers(m)) }
                }
                @if let Some(href) = &m.href { a href=(ending(href, "csv")) { "CSV" span.nhsuk-u-visually-hidden { " of " (s.title) } } }
            }
        }
    }
}

/// Whether it changed, and whether it will meet its target.
fn rings(series: &Series) -> Markup {
    html! { div.rings { (chart::variation(series)) (chart::assurance(series)) } }
}

fn about(m: &Measure) -> String {
    let told = [Some(m.sector.as_str()).filter(|s| !s.is_empty()), words::better(m.series.better)];
    chart::sentence(&told.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// "/measures/x?place=Eastbrook" as "/measures/x.csv?place=Eastbrook"
fn ending(href: &str, ending: &str) -> String {
    match href.split_once('?') {
        Some((path, query)) => format!("{path}.{ending}?{query}"),
        None => format!("{href}.{ending}"),
    }
}

/// A chart as a table, newest first.
fn numbers(m: &Measure) -> Markup {
    let s = &m.series;
    // the noun is in the title; a narrow column needs only the number
    let bare = |text: String| match &s.unit {
        Unit::Of(noun) => text.trim_end_matches(noun.as_str()).trim_end().to_owned(),
        _ => text,
    };
    html! {
        table.numbers {
            thead { tr {
                th scope="col" { (chart::sentence(words::every(s.every))) }
                th.n scope="col" { "Value" }
                th scope="col" { "Usual range" }
                th scope="col" { "Signal" }
            } }
            tbody {
                @for (i, p) in s.points.iter().enumerate().rev() {
                    tr {
                        th scope="row" { (short_period(s.every, p.start)) }
                        td.n { @match p.value { Some(v) => (bare(s.unit.say(v))), None => (words::MISSING) } }
                        td { (chart::usual_range(s, i).map(bare).unwrap_or_default()) }
                        td { @if p.signal != Signal::Ordinary { (words::point_signal(p.signal).trim_start_matches("signal of ")) } }
                    }
                }
            }
        }
    }
}

/// One measure over the whole width, with how its marks are to be read.
fn wide(m: &Measure) -> Markup {
    let s = &m.series;
    let few = s.limits.is_empty();
    html! {
        div class={ "one " (tone(s.signal())) } {
            div.head {
                (rings(s))
                div.say { p.finding { (coded(&m.sentence)) } p.about { (about(m)) } }
                (figure(&m.latest, "end", large(&m.latest)))
            }
            div.drawing { (chart::spc_wide(s)) }
            (signal_key())
            p.note {
                @if !s.method.is_empty() { (coded(&s.method)) }
                @else if few { "Too few points for limits: this is a plain run of values, and nothing in it is called a signal." }
                @else { "A point is marked when chance alone would seldom put it there: beyond a dashed line, 7 in a row on one side of the middle line, 7 rising or falling, or 2 of 3 close to a dashed line." }
            }
        }
    }
}

/// What the drawn legs add up to, where nobody has said what the whole takes.
fn times(way: &Way) -> Markup {
    let spent = |on: Spent| way.legs.iter().filter(|l| l.spent == on).filter_map(|l| l.minutes).sum::<f64>();
    let (care, waiting) = (spent(Spent::Care), spent(Spent::Waiting));
    html! {
        @if care > 0.0 { span.spent.care { (words::spent(care)) " being cared for" } " " }
        @if waiting > 0.0 { span.spent.waiting { (words::spent(waiting)) " waiting" } }
    }
}

fn way_row(way: &Way) -> Markup {
    html! {
        li {
            div.head {
                h3 { (named(&way.name, way.href.as_deref())) }
                div {
                    @if let Some(share) = way.share { b { (Unit::Percent.scale(share).number(share)) " in 100" } ", " }
                    (figure(&way.journeys, "end", said(&way.journeys)))
                }
            }
            (chart::ribbon_of(way))
            p.times { @if way.sentence.is_empty() { (times(way)) } @else { (way.sentence) } }
        }
    }
}

fn way_key() -> Markup {
    html! {
        ul.key {
            li { span.swatch.care {} "Being cared for" }
            li { span.swatch.waiting {} "Waiting" }
            li { span.swatch.home {} "At home by plan" }
            li { span.swatch.unknown {} "Nobody knows" }
        }
    }
}

fn one_way(panel: &Panel, way: &Way) -> Markup {
    html! {
        div.drawn {
            (heading(panel, "", &way.name))
            div.drawing { (chart::way(way)) }
            div.read {
                b { (way.sentence) } " From " (figure(&way.journeys, "", said(&way.journeys))) "."
                @if let Some(href) = &way.href { " " a href=(href) { "See these journeys" } }
            }
        }
    }
}

/// The map beside its areas, worst known value first, each with a word.
fn areas(panel: &Panel, map: &Map) -> Markup {
    let mut ordered: Vec<&Area> = map.areas.iter().collect();
    let value = |a: &Area| match (a.figure.value, map.better) {
        (Some(v), Better::Higher) => v,
        (Some(v), _) => -v,
        (None, _) => f64::INFINITY,
    };
    ordered.sort_by(|a, b| value(a).total_cmp(&value(b)).then_with(|| a.name.cmp(&b.name)));
    let more = ordered.len().saturating_sub(MOST_AREAS);
    // that all is as usual, or not judged, needs no column
    let judged = map.areas.iter().any(|a| a.figure.value.is_some() && a.signal != Signal::Ordinary);
    html! {
        div.drawn {
            (heading(panel, &map.title, &map.definition))
            div.map {
                div.shape { (chart::map(map)) }
                div {
                    table.numbers.areas role="table" {
                        caption.nhsuk-u-visually-hidden { (map.title) }
                        thead role="rowgroup" { tr role="row" {
                            th scope="col" role="columnheader" { "Place" }
                            th.n scope="col" role="columnheader" { (if map.unit.is_time() { "Wait" } else { "Value" }) }
                            @if judged { th scope="col" role="columnheader" { "Against usual" } }
                        } }
                        tbody role="rowgroup" { @for area in ordered.iter().take(MOST_AREAS) {
                            tr class=[Some(tone(area.signal)).filter(|t| !t.is_empty())] role="row" {
                                th scope="row" role="rowheader" { (named(&area.name, area.href.as_deref())) }
                                td.n role="cell" { (figure(&area.figure, "end", said(&area.figure))) }
                                @if judged { td role="cell" { @if area.figure.value.is_some() { @match signal_words(area.signal, map.unit.is_time()) { "" => "as usual", said => b { (said) } } } } }
                            }
                        } }
                    }
                    @if more > 0 { p.note { "and " (plural(more, "more area")) ", all of them in the CSV file." } }
                }
            }
        }
    }
}

fn sources(all: &[Source]) -> Markup {
    let mut ordered: Vec<&Source> = all.iter().collect();
    ordered.sort_by(|a, b| {
        b.stale.cmp(&a.stale).then_with(|| (&a.organisation, &a.feed).cmp(&(&b.organisation, &b.feed)))
    });
    html! {
        @if ordered.is_empty() { p.read { "Nothing has been added yet." } }
        ul.sources { @for s in ordered { li {
            details.source {
                summary {
                    b { (s.organisation) }
                    span { (s.feed) }
                    span.fresh.stale[s.stale] { (s.freshness) }
                }
                div.evidence {
                    dl.origin {
                        dt { "Last record" } dd { (s.last_record.as_deref().unwrap_or("none yet")) }
                        dt { "Records" } dd { (count(s.records)) }
                        dt { "Problems" } dd { (count(s.problems)) }
                    }
                    (walk(&s.id))
                }
            }
        } } }
    }
}

fn found(items: &[Item]) -> Markup {
    html! {
        @if items.is_empty() { p.read { "Nothing found. Try a shorter word, or the name of a place, a service or a measure." } }
        @else { ol.found { @for item in items { li {
            a href=(item.link.href) { (item.link.words) }
            @if !item.kind.is_empty() { span.tag { (item.kind) } }
            @if !item.note.is_empty() { p { (coded(&item.note)) } }
        } } } }
    }
}

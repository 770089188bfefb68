//! A number that opens in place to where it came from.

use crate::number::count;
use crate::room::Alternative;
use crate::view::{Evidence, Fact, Figure, Picture, Signal, escape};
use crate::words;
use maud::{Markup, html};

/// A number that opens to its evidence. One opens at a time.
pub fn figure(f: &Figure, class: &str, shown: Markup) -> Markup {
    html! {
        details class={ "figure " (class) } name="figure" {
            summary { (shown) span.nhsuk-u-visually-hidden { ", where this comes from" } }
            div.evidence { (evidence(f)) }
        }
    }
}

/// One line under a drawing: opens to the evidence of every number in it, each told once.
pub fn where_from(figures: &[&Figure]) -> Markup {
    let mut told: Vec<&Figure> = Vec::new();
    for f in figures {
        if !told.iter().any(|t| t.evidence.id == f.evidence.id) {
            told.push(f);
        }
    }
    let Some((first, others)) = told.split_first() else { return html! {} };
    // the drawing says each value; here is only what all of them share
    let shared = Figure { range: None, value: first.value.or(Some(0.0)), ..(*first).clone() };
    html! {
        details.figure.from name="figure" {
            summary { "Where these numbers come from" }
            div.evidence {
                (evidence(&shared))
                @if !others.is_empty() {
                    p { "Each has rows of its own: " @for (i, f) in others.iter().take(12).enumerate() { @if i > 0 { ", " } a href=(why(&f.evidence.id)) { (f.evidence.id) } }
                        @if others.len() > 12 { " and " (others.len() - 12) " more" } "." }
                }
            }
        }
    }
}

fn evidence(f: &Figure) -> Markup {
    let Evidence { id, definition, numerator, denominator, excludes, shown_on, sources, rows, fresh_as_of } =
        &f.evidence;
    html! {
        p { (coded(definition)) }
        dl.origin {
            @if f.value.is_none() { dt { "Value" } dd { (f.missing.words()) } }
            @if let Some((low, high)) = f.range.filter(|(low, high)| low.is_finite() && high.is_finite()) { dt { "Usual range" } dd { (f.unit.scale(high).number(low)) " to " (f.unit.say(high)) } }
            @for (name, words) in [("Counts", numerator), ("Out of", denominator), ("Leaves out", excludes)] {
                @if !words.is_empty() { dt { (name) } dd { (coded(words)) } }
            }
            dt { "From" } dd { @if sources.is_empty() { "no source" } @else { (sources.join(", ")) } }
            @if let Some(rows) = rows { dt { "Rows" } dd { (count(*rows)) } }
            dt { "Fresh to" } dd { @if fresh_as_of.is_empty() { "not known" } @else { (fresh_as_of) } }
            @if !shown_on.is_empty() {
                dt { "Also on" } dd { @for (i, link) in shown_on.iter().enumerate() { @if i > 0 { ", " } a href=(link.href) { (link.words) } } }
            }
        }
        (walk(id))
    }
}

/// The way from a number to its rows, for a browser, a file and a terminal.
pub fn walk(id: &str) -> Markup {
    html! { p { a href=(why(id)) { "See the rows" } " · " a href={ (why(id)) ".csv" } { "Download" } " · " code { "catchment why " (id) } } }
}

fn why(id: &str) -> String {
    format!("/why/{}", escape(id))
}

/// A number of the headline.
pub fn fact(fact: &Fact) -> Markup {
    html! {
        div {
            dt { (fact.title) }
            dd {
                (figure(&fact.figure, "", large(&fact.figure)))
                @if !fact.note.is_empty() { " " (fact.note) }
            }
        }
    }
}

/// The number large, its unit small.
pub fn large(f: &Figure) -> Markup {
    html! {
        @match f.value {
            Some(v) if f.unit.scale(v).word.starts_with('£') => (f.unit.say(v)),
            Some(v) => { @let scale = f.unit.scale(v); @let number = scale.number(v); (number) @if !scale.word.is_empty() { @if scale.word != "%" { " " } small { (scale.noun(&number)) } } },
            None => (missing(f.missing.words())),
        }
    }
}

/// The number with its unit, or why there is none.
pub fn said(f: &Figure) -> Markup {
    html! { @match f.value { Some(v) => (f.unit.say(v)), None => (missing(f.missing.words())) } }
}

/// A name, and where it leads.
pub fn named(name: &str, href: Option<&str>) -> Markup {
    html! { @match href { Some(href) => a href=(href) { (name) }, None => (name) } }
}

/// Text in which what stands between backticks is to be typed.
pub fn coded(text: &str) -> Markup {
    html! { @for (part, typed) in words::typed(text) { @if typed { code { (part) } } @else { (part) } } }
}

/// A gap that says so.
pub fn missing(words: &str) -> Markup {
    html! { span.none { (words) } }
}

/// The class of a signal: orange is worse, blue better.
pub fn tone(signal: Signal) -> &'static str {
    match signal {
        Signal::Concern => "concern",
        Signal::Improvement => "better",
        Signal::Ordinary | Signal::Change => "",
    }
}

/// The unit after a large number: "%" touches it, a word does not.
pub fn spaced(word: &str) -> String {
    if word == "%" { word.to_owned() } else { format!(" {word}") }
}

/// Words for a wait's signal; nothing when it is as usual.
pub fn signal_words(signal: Signal, is_time: bool) -> &'static str {
    match (signal, is_time) {
        (Signal::Ordinary, _) => "",
        (Signal::Concern | Signal::Improvement, true) => words::wait_signal(signal),
        (Signal::Concern, false) => "worse",
        (Signal::Improvement, false) => "better",
        (Signal::Change, _) => "changed",
    }
}

/// Every figure that a picture shows.
pub fn figures(picture: &Picture) -> Vec<&Figure> {
    match picture {
        Picture::Pressure(rows) => rows.iter().map(|r| &r.level).collect(),
        Picture::Handovers(all) => {
            all.iter().flat_map(|h| [&h.middle, &h.nine_in_ten, &h.hours_waiting, &h.waiting_now]).collect()
        }
        Picture::Measures(all) => all.iter().map(|m| &m.latest).collect(),
        Picture::Chart(measure) => vec![&measure.latest],
        Picture::Intervals(i) => i.groups.iter().flat_map(|g| &g.1).map(|g| &g.figure).collect(),
        Picture::Ways(ways) => ways.iter().map(|w| &w.journeys).collect(),
        Picture::Way(way) => vec![&way.journeys],
        Picture::Map(map) => map.areas.iter().map(|a| &a.figure).collect(),
        Picture::Funnel(funnel) => funnel.points.iter().map(|p| &p.figure).collect(),
        Picture::Dots(dots) => vec![&dots.figure],
        Picture::Fan(fan) => vec![&fan.figure],
        Picture::Fans(all) => all.iter().map(|fan| &fan.figure).collect(),
        Picture::Differences(d) => d.groups.iter().flat_map(|g| &g.1).map(|row| &row.figure).collect(),
        Picture::Tornado(t) => vec![&t.base],
        Picture::Pyramid(p) => vec![&p.figure],
        Picture::Growth(g) => g.services.iter().map(|s| &s.figure).collect(),
        Picture::Trust(t) => vec![&t.figure],
        Picture::Choices(c) => c.rows.iter().flat_map(room_figures).collect(),
        Picture::Expected(e) => e.rows.iter().flat_map(|row| [&row.expected, &row.actual]).collect(),
        Picture::Lines(l) => l.each().into_iter().filter_map(|(_, line)| Some(&line.measure.as_ref()?.0)).collect(),
        Picture::Plans(all) => {
            all.iter().filter_map(|plan| plan.measure.as_ref()).flat_map(|m| [&m.actual, &m.expected]).collect()
        }
        Picture::Money(m) => {
            let rows = m.kinds.iter().chain(&m.record).chain(&m.days).map(|row| &row.figure);
            [&m.total].into_iter().chain(&m.chance).chain(rows).collect()
        }
        Picture::Ties(t) => {
            let done = t.joins.iter().flat_map(|join| &join.done);
            t.network.iter().chain(done).map(|(_, figure)| figure).collect()
        }
        Picture::Stages(_) | Picture::Ground(_) | Picture::Stands(_) | Picture::Wording(_) | Picture::Shares(_) => {
            vec![]
        }
        Picture::Acts(_) | Picture::Vote(_) | Picture::Answers(_) | Picture::Schedule(_) => vec![],
        Picture::Board(_) | Picture::Monday(_) | Picture::Rocks(_) => vec![],
        Picture::Week(_) | Picture::Sentences(_) | Picture::Running(_) => vec![],
        Picture::Words(_) | Picture::Flow(_) | Picture::Heat(_) | Picture::Sources(_) | Picture::Rows(_) => vec![],
        Picture::List(_) | Picture::Notes(_) | Picture::Form(_) | Picture::State(_) => vec![],
    }
}

/// Every figure of one choice.
pub fn room_figures(row: &Alternative) -> Vec<&Figure> {
    let told = [&row.effect, &row.worse, &row.poorest].into_iter().flatten();
    told.chain(row.places.iter().map(|place| &place.1)).collect()
}

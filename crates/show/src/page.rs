//! Pages as whole HTML documents. They need no script, fit a phone, print, and name nothing outside `/assets`, `/why`
//! and `/measures`.
//!
//! Order of the page: what changed, where, why. White space does the grouping; a number opens to its evidence in place.

use crate::chart;
use crate::number::{Unit, count, short_period};
use crate::table::{Cell, Table};
use crate::view::{Evidence, Fact, Figure, Handover, Measure, Pressure, Signal, Source, WholeSystem, ranked};
use crate::words;
use maud::{DOCTYPE, Markup, html};

/// The whole system on one page.
pub fn whole_system(view: &WholeSystem) -> String {
    let body = html! {
        section.lede aria-labelledby="headline" {
            div {
                p { (view.period) }
                h1 id="headline" { (view.headline) }
            }
            @if !view.facts.is_empty() { dl.facts { @for fact in &view.facts { (fact_of(fact)) } } }
        }
        @if !view.pressure.is_empty() { (pressure(&view.pressure)) }
        div.two {
            (handovers(view))
            (sources(view))
        }
        (measures(&view.measures))
    };
    let foot = html! {
        @if let Some(notice) = &view.notice { (notice) " " }
        (view.as_of) ". Every number opens to what was counted, its sources and the time they arrived."
    };
    document(Some(&view.place_name), "The whole system on one page", Menu::Home, body, foot)
}

/// The page of a place with nothing in it yet: what to add, and a way to see Rivermead.
pub fn empty(place_name: &str) -> String {
    let body = html! {
        div.plain {
            h1 { "Nothing has been added yet" }
            p { "Catchment shows where people wait between services. It needs records from at least two organisations that people pass between, such as an ambulance service and a hospital." }
            h2 { "Add what you have" }
            p { "Files as your systems send them: HL7 version 2 messages, FHIR resources, or a CSV extract described by a short feed file." }
            pre tabindex="0" { code { "catchment add " (folder(place_name)) " extracts/*.csv" } }
            p { "What cannot be used is kept, with the reason and the way out:" }
            pre tabindex="0" { code { "catchment problems " (folder(place_name)) } }
            h2 { "Or look at Rivermead first" }
            p { "An invented place with a year of invented records, to see what all of this looks like:" }
            pre tabindex="0" { code { "catchment demo" } }
        }
    };
    document(
        Some(place_name),
        "Nothing has been added yet",
        Menu::Hidden,
        body,
        html! { "Nothing leaves this machine." },
    )
}

/// The way from a figure to its rows, as `/why/{id}` serves it: what it is, in named paragraphs, then tables with a
/// heading each. A paragraph that is longer than a line or holds SQL keeps its lines.
pub fn why(place_name: &str, id: &str, title: &str, text: &[(String, String)], tables: &[(String, Table)]) -> String {
    let body = html! {
        section.lede aria-labelledby="why" {
            div { p { "Where this number comes from" } h1 id="why" { (title) } }
        }
        section.panel aria-label="Evidence" {
            @for (name, words) in text {
                h2 { (name) }
                @if words.contains('\n') { pre tabindex="0" { code { (words) } } } @else { p { (words) } }
            }
        }
        @for (i, (name, rows)) in tables.iter().enumerate() {
            section.panel aria-labelledby=(format!("rows-{i}")) {
                header { h2 id=(format!("rows-{i}")) { (name) } p { (rows.note) } }
                div.scroll tabindex="0" role="region" aria-label=(format!("Table of {name}")) { (rows_of(rows)) }
            }
        }
    };
    let folder = folder(place_name);
    document(Some(place_name), title, Menu::Away, body, html! { code { "catchment why " (folder) " " (id) } })
}

fn rows_of(table: &Table) -> Markup {
    let number = |i: usize| matches!(table.rows.first().and_then(|r| r.get(i)), Some(Cell::Number(..)));
    html! {
        table.numbers.rows {
            thead { tr { @for (i, header) in table.headers.iter().enumerate() { th.n[number(i)] scope="col" { (chart::sentence(&words::page(header))) } } } }
            tbody {
                @for row in &table.rows {
                    tr { @for cell in row { @match cell {
                        Cell::Text(text) => td { (text) },
                        Cell::Number(_, said) => td.n { (said) },
                        Cell::Missing => td { (missing()) },
                    } } }
                }
            }
        }
        @if table.rows.is_empty() { p { "No rows." } }
    }
}

/// The page of an address that leads nowhere.
pub fn not_found() -> String {
    problem(
        "Page not found",
        "There is nothing at this address. If you followed a link to a measure or a handover, it may have been renamed.",
    )
}

/// Something went wrong: what, and what to do.
pub fn problem(title: &str, detail: &str) -> String {
    let body = html! {
        div.plain {
            h1 { (title) }
            p { (detail) }
            p { a href="/" { "The whole system" } }
        }
    };
    document(None, title, Menu::Hidden, body, html! {})
}

/// Where the reader is, for the menu.
#[derive(PartialEq)]
enum Menu {
    Home,
    Away,
    Hidden,
}

fn document(place: Option<&str>, title: &str, menu: Menu, body: Markup, foot: Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) @if let Some(place) = place { " – " (place) } " – Catchment" }
                link rel="preload" href="/assets/inter.woff2" as="font" type="font/woff2" crossorigin;
                link rel="stylesheet" href="/assets/catchment.css";
                link rel="icon" href="/assets/mark.svg" type="image/svg+xml";
            }
            body {
                a.nhsuk-skip-link href="#main" { "Skip to main content" }
                header.top {
                    div.width {
                        div.brand {
                            (brand_mark())
                            b { "Catchment" }
                            @if let Some(place) = place { span { (place) } }
                        }
                        @if menu != Menu::Hidden {
                            nav.menu aria-label="Menu" {
                                a href="/" aria-current=[(menu == Menu::Home).then_some("page")] { "Whole system" }
                                a href="/#handovers" { "Handovers" }
                                a href="/#measures" { "Measures" }
                                a href="/#sources" { "Sources" }
                            }
                        }
                    }
                }
                main.width id="main" tabindex="-1" { (body) }
                footer.foot { div.width { p { (foot) } } }
            }
        }
    };
    page.into_string()
}

/// Three streams that become one.
fn brand_mark() -> Markup {
    html! {
        svg viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" {
            path d="M4 4c1 9 8 9 10 15M16 3v10M28 4c-1 9-8 9-10 15M16 13v16" {}
        }
    }
}

fn fact_of(fact: &Fact) -> Markup {
    let scale = fact.figure.value.map(|v| fact.figure.unit.scale(v));
    html! {
        div {
            dt { (fact.title) }
            dd {
                (figure(&fact.figure, "", html! {
                    @match (fact.figure.value, scale) {
                        (Some(v), Some(scale)) => { (scale.number(v)) @if !scale.word.is_empty() { small { (spaced(&scale.word)) } } }
                        _ => (missing()),
                    }
                }))
                @if !fact.note.is_empty() { " " (fact.note) }
            }
        }
    }
}

fn pressure(rows: &[Pressure]) -> Markup {
    html! {
        section.panel aria-labelledby="pressure-title" {
            header {
                h2 id="pressure-title" { "Pressure, place by place" }
                p { "The last " (rows.iter().map(|r| r.days.len()).max().unwrap_or(0)) " days. Height and number are the level, 1 to 4." }
            }
            ul.pressure {
                @for row in rows {
                    li {
                        b { (row.organisation) }
                        (chart::strip(row))
                        (figure(&row.level, &format!("end level-{}", row.level.value.unwrap_or(0.0)), html! {
                            span.nhsuk-u-visually-hidden { "level " }
                            @match row.level.value { Some(v) => (v), None => (missing()) }
                        }))
                        span { (row.reason) }
                    }
                }
            }
        }
    }
}

fn handovers(view: &WholeSystem) -> Markup {
    let ranked = ranked(&view.handovers);
    let longest = ranked.iter().filter_map(|h| h.hours_waiting.value).fold(0.0, f64::max);
    let scale = ranked.first().map_or(Unit::Hours, |h| h.hours_waiting.unit.clone()).scale(longest);
    let of_waiting =
        format!("{} of waiting", chart::sentence(if scale.word.is_empty() { "time" } else { &scale.word }));
    let names = ["Middle wait", "9 in 10 within", of_waiting.as_str(), "Waiting now", "Past year"];
    html! {
        section.panel aria-labelledby="handovers" {
            header {
                h2 id="handovers" { "Where people wait between us" }
                p { @match &view.flow { Some(flow) => (flow.sentence), None => "Most time spent waiting first. Each handover has two owners." } }
            }
            @if let Some(flow) = &view.flow {
                div.scroll.flow tabindex="0" role="region" aria-label="Flow diagram, scrolls sideways on a small screen" { (chart::flow(flow)) }
                p.read { "Most time spent waiting first. Each handover has two owners, and both see this." }
            }
            @if ranked.is_empty() {
                p.read { "No handover has been seen yet. One appears when records of two services show the same person passing between them." }
            } @else {
                table.handovers role="table" {
                    caption.nhsuk-u-visually-hidden { "Waits at each handover between services, most time waiting first" }
                    thead role="rowgroup" {
                        tr role="row" {
                            th scope="col" role="columnheader" { "Handover" }
                            @for (i, name) in names.iter().enumerate() {
                                th.n[i != 2 && i != 4] scope="col" role="columnheader" { (name) }
                            }
                        }
                    }
                    tbody role="rowgroup" {
                        @for h in &ranked { (handover(h, longest, &scale, &names)) }
                    }
                }
                ul.key {
                    li { (chart::bar(22.0, 96.0, Signal::Concern)) "Longer than usual " span.arrow.up {} }
                    li { (chart::bar(22.0, 96.0, Signal::Ordinary)) "As usual" }
                    li { (chart::bar(22.0, 96.0, Signal::Improvement)) "Shorter than usual " span.arrow.down {} }
                }
            }
        }
    }
}

fn handover(h: &Handover, longest: f64, scale: &crate::number::Scale, names: &[&str; 5]) -> Markup {
    let class = tone(h.signal);
    let arrow = chart::direction(h.signal, crate::view::Better::Lower);
    html! {
        tr role="row" {
            th scope="row" role="rowheader" {
                b { (h.name) }
                span {
                    (h.from_owner) @if h.from_owner != h.to_owner { " to " (h.to_owner) }
                    @if let Some(standard) = h.standard { "; standard " (Unit::Minutes.say(standard)) }
                }
            }
            td.n role="cell" data-name=(names[0]) {
                (figure(&h.middle, class, html! {
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
                            Some(v) => { (scale.number(v)) span.nhsuk-u-visually-hidden { (spaced(&scale.word)) } }
                            None => (missing()),
                        }
                    }))
                }
            }
            td.n role="cell" data-name=(names[3]) { (figure(&h.waiting_now, "end", html! {
                @match h.waiting_now.value { Some(v) => (h.waiting_now.unit.scale(v).number(v)), None => (missing()) }
            })) }
            td role="cell" data-name=(names[4]) {
                span.nhsuk-u-visually-hidden { (words::wait_signal(h.signal)) }
                (chart::sparkline(&h.past_year))
            }
        }
    }
}

fn measures(measures: &[Measure]) -> Markup {
    let rank = |m: &&Measure| match m.series.signal() {
        Signal::Concern => 0,
        Signal::Improvement => 1,
        Signal::Change => 2,
        Signal::Ordinary => 3,
    };
    let mut ranked: Vec<&Measure> = measures.iter().collect();
    ranked.sort_by_key(rank);
    html! {
        section.panel aria-labelledby="measures" {
            header {
                h2 id="measures" { "What has really changed" }
                p { "Only marked points are signals; the rest is ordinary variation. Dashed lines show where ordinary variation ends." }
            }
            @if ranked.is_empty() {
                p { "No measure could be counted yet. Each says what it needs: " code { "catchment doctor" } }
            } @else {
                ul.key {
                    @for signal in [Signal::Concern, Signal::Improvement, Signal::Ordinary] {
                        li { (chart::key_mark(signal)) (chart::sentence(words::point_signal(signal))) }
                    }
                    li {
                        svg width="22" height="4" aria-hidden="true" { path d="M2 2H22" stroke="#212b32" stroke-width="2" stroke-dasharray="0 5" stroke-linecap="round" {} }
                        "Target"
                    }
                }
                div.measures { @for m in ranked { (measure(m)) } }
            }
        }
    }
}

fn measure(m: &Measure) -> Markup {
    let s = &m.series;
    let direction = words::better(s.better).map(|b| format!(", {b}")).unwrap_or_default();
    html! {
        article class={ "measure " (tone(s.signal())) } id=(s.id) aria-labelledby=(format!("{}-h", s.id)) {
            div.head {
                h3 id=(format!("{}-h", s.id)) { (s.title) }
                (figure(&m.latest, "end", html! {
                    @match m.latest.value {
                        Some(v) => { @let scale = m.latest.unit.scale(v); (scale.number(v)) @if !scale.word.is_empty() { small { (spaced(&scale.word)) } } }
                        None => (missing()),
                    }
                }))
                p.finding { (m.sentence) }
                p.about { (m.sector) (direction) }
            }
            div.chart { (chart::spc(s)) }
            div.more {
                details.open name="figure" {
                    summary { "Table" span.nhsuk-u-visually-hidden { " of " (s.title) } }
                    div.scroll tabindex="0" role="region" aria-label=(format!("Table of {}", s.title)) { (numbers(m)) }
                }
                a href=(format!("/measures/{}.csv", s.id)) { "CSV" span.nhsuk-u-visually-hidden { " of " (s.title) } }
            }
        }
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

fn sources(view: &WholeSystem) -> Markup {
    let mut ordered: Vec<&Source> = view.sources.iter().collect();
    ordered.sort_by(|a, b| {
        b.stale.cmp(&a.stale).then_with(|| (&a.organisation, &a.feed).cmp(&(&b.organisation, &b.feed)))
    });
    html! {
        section.panel aria-labelledby="sources" {
            header {
                h2 id="sources" { "Sources" }
                p { "What this page rests on, late ones first." }
            }
            @if ordered.is_empty() { p { "Nothing has been added yet." } }
            ul.sources { @for s in ordered { li { (source(s)) } } }
            p.problems {
                (figure(&view.problems, "", said(&view.problems)))
                " could not be used and are kept, each with the reason: " code { "catchment problems " (folder(&view.place_name)) }
            }
        }
    }
}

fn source(s: &Source) -> Markup {
    html! {
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
    }
}

/// A number that opens to its evidence. One opens at a time.
fn figure(f: &Figure, class: &str, shown: Markup) -> Markup {
    html! {
        details class={ "figure " (class) } name="figure" {
            summary { (shown) span.nhsuk-u-visually-hidden { ", where this comes from" } }
            div.evidence { (evidence(f)) }
        }
    }
}

fn evidence(f: &Figure) -> Markup {
    html! {
        p { (f.evidence.definition) }
        (origin(f))
        (walk(&f.evidence.id))
    }
}

fn origin(f: &Figure) -> Markup {
    let Evidence { sources, rows, fresh_as_of, .. } = &f.evidence;
    html! {
        dl.origin {
            @if f.value.is_none() { dt { "Value" } dd { (words::MISSING) } }
            @if let Some((low, high)) = f.range {
                dt { "Usual range" } dd { (f.unit.scale(high).number(low)) " to " (f.unit.say(high)) }
            }
            dt { "From" } dd { @if sources.is_empty() { "no source" } @else { (sources.join(", ")) } }
            @if let Some(rows) = rows { dt { "Rows" } dd { (count(*rows)) } }
            dt { "Fresh to" } dd { @if fresh_as_of.is_empty() { "not known" } @else { (fresh_as_of) } }
        }
    }
}

/// The way from a number to its rows, for a browser and for a terminal.
fn walk(id: &str) -> Markup {
    html! { p { a href=(format!("/why/{id}")) { "See the rows" } " or " code { "catchment why " (id) } } }
}

fn said(f: &Figure) -> Markup {
    html! { @match f.value { Some(v) => (f.unit.say(v)), None => (missing()) } }
}

fn missing() -> Markup {
    html! { span.none { (words::MISSING) } }
}

fn tone(signal: Signal) -> &'static str {
    match signal {
        Signal::Concern => "concern",
        Signal::Improvement => "better",
        Signal::Ordinary | Signal::Change => "",
    }
}

/// The unit after a large number: "%" touches it, a word does not.
fn spaced(word: &str) -> String {
    if word == "%" { word.to_owned() } else { format!(" {word}") }
}

fn folder(place_name: &str) -> String {
    let word = place_name.split_whitespace().next().unwrap_or("place");
    word.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Better, Every, Point, Series};

    fn evidence_of(id: &str) -> Evidence {
        Evidence {
            id: id.to_owned(),
            definition: "Counted.".to_owned(),
            sources: vec!["a feed".to_owned()],
            rows: Some(7),
            fresh_as_of: "today".to_owned(),
            ..Evidence::default()
        }
    }

    fn handover_of(name: &str, hours: Option<f64>) -> Handover {
        let figure = |v: Option<f64>| Figure::new(v, "minutes", evidence_of("wait"));
        Handover {
            id: name.to_owned(),
            name: name.to_owned(),
            waits: None,
            from_owner: "North".to_owned(),
            to_owner: "South".to_owned(),
            middle: figure(hours),
            nine_in_ten: figure(hours),
            hours_waiting: Figure::new(hours, "hours", evidence_of("hours")),
            waiting_now: figure(hours),
            past_year: vec![],
            signal: Signal::Ordinary,
            standard: None,
            href: None,
        }
    }

    fn measure_of(id: &str, signal: Signal) -> Measure {
        let series = Series {
            id: id.to_owned(),
            title: id.to_owned(),
            unit: Unit::Percent,
            better: Better::Higher,
            every: Every::Week,
            points: vec![Point { start: jiff::civil::date(2025, 11, 17), value: Some(80.0), signal }],
            limits: vec![],
            target: None,
            events: vec![],
        };
        Measure {
            sector: "Community".to_owned(),
            sentence: words::finding(&series),
            latest: Figure::new(80.0, "%", evidence_of(id)),
            series,
            href: None,
        }
    }

    fn page_of(handovers: Vec<Handover>, measures: Vec<Measure>) -> String {
        whole_system(&WholeSystem {
            place_name: "Little & <Small>".to_owned(),
            period: "Week from Monday 17 November 2025".to_owned(),
            as_of: "Records to today".to_owned(),
            headline: words::headline(&handovers, &measures),
            facts: vec![],
            pressure: vec![],
            flow: None,
            handovers,
            measures,
            sources: vec![],
            problems: Figure::new(0.0, "rows", evidence_of("problems")),
            notice: None,
        })
    }

    fn in_order(html: &str, words: &[&str]) {
        let at: Vec<usize> =
            words.iter().map(|w| html.find(w).unwrap_or_else(|| panic!("{w} is on the page"))).collect();
        assert!(at.is_sorted(), "{words:?} at {at:?}");
    }

    #[test]
    fn handovers_are_ranked_by_time_waiting_and_the_unknown_come_last() {
        let html = page_of(
            vec![handover_of("Small", Some(1.0)), handover_of("Unknown", None), handover_of("Large", Some(90.0))],
            vec![],
        );
        in_order(&html, &["<b>Large</b>", "<b>Small</b>", "<b>Unknown</b>"]);
    }

    #[test]
    fn signals_come_first() {
        let html = page_of(
            vec![],
            vec![
                measure_of("usual", Signal::Ordinary),
                measure_of("good", Signal::Improvement),
                measure_of("bad", Signal::Concern),
            ],
        );
        in_order(&html, &["id=\"bad\"", "id=\"good\"", "id=\"usual\""]);
    }

    #[test]
    fn what_nobody_knows_is_said_and_never_a_nought() {
        let html = page_of(vec![handover_of("Unknown", None)], vec![]);
        assert_eq!(html.matches("<span class=\"none\">no data</span>").count(), 4);
        assert!(!html.contains("0 min"));
    }

    #[test]
    fn every_figure_carries_its_evidence() {
        let html = page_of(vec![handover_of("One", Some(3.0))], vec![measure_of("m", Signal::Ordinary)]);
        let figures = html.matches("class=\"figure").count();
        assert_eq!(figures, 4 + 1 + 1);
        assert_eq!(html.matches("<dt>From</dt><dd>a feed</dd>").count(), figures);
        assert_eq!(html.matches("href=\"/why/").count(), figures);
    }

    #[test]
    fn names_are_words_and_never_markup() {
        let html = page_of(vec![handover_of("<script>alert(1)</script>", Some(1.0))], vec![]);
        assert!(!html.contains("<script") && html.contains("Little &amp; &lt;Small&gt;"));
    }

    #[test]
    fn nothing_is_fetched_from_elsewhere() {
        let html = page_of(vec![handover_of("One", Some(3.0))], vec![measure_of("m", Signal::Concern)])
            + &empty("Place")
            + &not_found();
        let elsewhere: Vec<&str> =
            html.split("http").skip(1).filter(|rest| !rest.starts_with("://www.w3.org/2000/svg\"")).collect();
        assert!(elsewhere.is_empty(), "{elsewhere:?}");
    }

    #[test]
    fn why_walks_from_the_number_to_its_rows() {
        let rows = Table::new(["person", "wait_minutes_p50"])
            .row([Cell::from("a & b"), Cell::said(41.0, "41 min")])
            .row([Cell::from("c"), Cell::Missing]);
        let text = [("What it is".to_owned(), "Counted.".to_owned()), ("Numerator".to_owned(), "select\n1".to_owned())];
        let html = why("Little", "handover", "Ambulance handover", &text, &[("The rows".to_owned(), rows)]);
        let parts = [
            "Ambulance handover",
            "Counted.",
            "<pre",
            "The rows",
            "Middle wait",
            "a &amp; b",
            "no data",
            "catchment why little handover",
        ];
        in_order(&html, &parts);
    }

    #[test]
    fn an_empty_system_says_what_to_do() {
        let html = page_of(vec![], vec![]);
        for words in [
            "Nothing to compare yet",
            "No handover has been seen yet",
            "No measure could be counted yet",
            "Nothing has been added yet.",
        ] {
            assert!(html.contains(words), "{words}");
        }
    }
}

//! Pages as whole HTML documents. They need no script, fit a phone, print, and name nothing outside this product.
//!
//! Order of the page: what changed, where, why. White space does the grouping; a number opens to its evidence in place.
//! [`view`] renders any [`View`]; what is not found, not allowed or wrong is a view of one state.

mod figure;
mod form;
mod picture;
mod room;

use crate::table::{Cell, Table};
use crate::view::{Choice, Link, Panel, Picture, Rows, View, Width, escape};
use crate::{chart, words};
use figure::{coded, fact, figures, missing};
use maud::{DOCTYPE, Markup, html};
use std::collections::BTreeSet;

pub(crate) use form::{faults, form, problems};
pub(crate) use picture::declares;
pub(crate) use room::{in_others, vote};

/// What stands around a view and is no part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Who is signed in, as they are called: "Flow lead, Rivermead".
    pub reader: Option<String>,
    /// Whether the page asks now and then for what has come since, and shows it without losing the reader's place.
    pub live: bool,
}

/// How often a live page asks, as htmx says it; and one that shows work going on.
const LIVE: [&str; 2] = ["every 60s", "every 2s"];
/// More rows than this are left to the file.
const MOST_ROWS: usize = 500;

/// A view as a whole HTML document.
///
/// ```
/// let view = show::View { title: "Waits are as usual".to_owned(), ..Default::default() };
/// let html = show::page::view(&view, &Default::default());
/// assert!(html.starts_with("<!DOCTYPE html>") && html.contains("<h1 id=\"title\">Waits are as usual</h1>"));
/// ```
pub fn view(view: &View, frame: &Frame) -> String {
    let chosen = view.chosen();
    let body = html! {
        section.lede aria-labelledby="title" {
            div {
                @if !view.over.is_empty() { p.over { (view.over) } }
                h1 id="title" { (view.title) }
                (form::problems(&wrongs(view)))
                @if !view.lede.is_empty() { p.more { (coded(&view.lede)) } }
                @if let Some(story) = &view.story { p.more { "Why we are here: " a href=(story.href) { (story.words) } } }
            }
            @if !view.facts.is_empty() { dl.facts { @for told in &view.facts { (fact(told)) } } }
        }
        (choices(view))
        p.nhsuk-u-visually-hidden id="said" role="status" aria-live="polite" {
            "Showing " (if chosen.is_empty() { "everyone, everywhere" } else { chosen.as_str() })
            @if !view.over.is_empty() { "; " (view.over) }
        }
        div.panels { @for group in grouped(&view.panels) {
            @match group {
                [one] => (panel(view, one)),
                // narrow ones under each other, beside the wide one
                many => div.column { @for one in many { (panel(view, one)) } },
            }
        } }
    };
    let sources = sources(view);
    let foot = html! {
        p {
            @if let Some(notice) = &view.notice { (notice) " " }
            @if !view.as_of.is_empty() { (view.as_of) ". " }
            "Every number opens to what was counted, its sources and the time they arrived."
        }
        @if !sources.is_empty() { p.paper { "Sources: " (sources.into_iter().collect::<Vec<_>>().join("; ")) "." } }
        @if !view.address.is_empty() { p.paper { "Address of this page: " (view.carry(&view.address)) } }
    };
    document(view, frame, body, foot)
}

/// All that went wrong with what was sent, wherever its form stands.
fn wrongs(view: &View) -> Vec<(String, Option<String>)> {
    let of = |picture: &Picture| match picture {
        Picture::Form(form) => faults(form),
        Picture::Acts(acts) => acts.iter().flat_map(|act| faults(&act.form)).collect(),
        Picture::Sentences(asked) => form::faults_of(asked),
        Picture::Vote(vote) => {
            vote.wrong.iter().map(|words| (words.clone(), Some(format!("vote-{}", vote.id)))).collect()
        }
        _ => Vec::new(),
    };
    view.panels.iter().flat_map(|panel| &panel.pictures).flat_map(of).collect()
}

/// How to read any page by machine: the two endings, the description at `spec_url`, and the addresses as rows.
pub fn api(spec_url: &str, routes: &Rows) -> String {
    let how = [
        ("The page", "/handovers?place=Eastbrook"),
        ("As CSV", "/handovers.csv?place=Eastbrook"),
        ("As JSON", "/handovers.json?place=Eastbrook"),
        ("One table of it: the word after # in the panel's own link", "/handovers.csv?place=Eastbrook&panel=waits"),
        ("The first page", "/index.csv"),
        ("The rows behind a number", "/why/NAME.csv"),
    ];
    let how = how.into_iter().fold(Table::new(["what", "address"]), |t, (what, at)| t.row([what.into(), at.into()]));
    let panel = |id: &str, title: &str, pictures| Panel {
        id: id.to_owned(),
        title: title.to_owned(),
        pictures,
        ..Panel::default()
    };
    let words =
        "Columns have the names that the code uses; a missing value is empty in CSV and null in JSON.".to_owned();
    let how = Rows { caption: "How to ask".to_owned(), table: how, links: vec![] };
    let mut how = panel("how", "How to ask", vec![Picture::Rows(how), Picture::Words(vec![words])]);
    how.links.push(Link::new("The OpenAPI description, to make a client", spec_url));
    let told = View {
        over: "For analysts and their tools".to_owned(),
        title: "Every page is also data".to_owned(),
        lede: "The same address, the same values: put .csv or .json at the end of its path.".to_owned(),
        panels: vec![how, panel("routes", "Addresses", vec![Picture::Rows(routes.clone())])],
        ..View::default()
    };
    view(&told, &Frame::default())
}

fn document(view: &View, frame: &Frame, body: Markup, foot: Markup) -> String {
    let asked = chosen_value(view, "q").filter(|_| view.address == "/search");
    let place = &view.place_name;
    let working = view.panels.iter().flat_map(|p| &p.pictures).any(|p| matches!(p, Picture::Running(_)));
    let whole = html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { @if !wrongs(view).is_empty() { "Error: " } (view.title) @for (_, name) in MENU.iter().filter(|m| m.0 != "/" && m.0 == view.address) { " – " (name) } @if !place.is_empty() { " – " (place) } " – Catchment" }
                // what a reader has opened stays open when a page is brought up to date
                meta name="htmx-config" content=r#"{"morphIgnore":["data-htmx-powered","open"],"includeIndicatorCSS":false}"#;
                link rel="stylesheet" href="/assets/catchment.css";
                link rel="icon" href="/assets/mark.svg" type="image/svg+xml";
                link rel="alternate" type="application/atom+xml" title="What has really changed" href="/signals.atom";
                // without script the page looks again by itself while work goes on
                @if working { noscript { meta http-equiv="refresh" content="4"; } }
                script src="/assets/htmx.js" defer {}
                script src="/assets/catchment.js" defer {}
            }
            body {
                a.nhsuk-skip-link href="#main" { "Skip to main content" }
                header.top {
                    div.width.bar {
                        a.brand href="/" { (brand_mark()) b { "Catchment" } @if !place.is_empty() { span { (place) } } }
                        form.search action="/search" method="get" role="search" {
                            label.nhsuk-u-visually-hidden for="q" { "Search places, measures and handovers" }
                            input id="q" name="q" type="search" placeholder="Search places, measures, handovers" autocomplete="off" value=[asked];
                            button type="submit" {
                                span.nhsuk-u-visually-hidden { "Search" }
                                svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" { path d="M13 13l5 5M8.5 15a6.5 6.5 0 1 1 0-13 6.5 6.5 0 0 1 0 13z" {} }
                            }
                        }
                        @if let Some(reader) = &frame.reader { p.reader { span.nhsuk-u-visually-hidden { "Signed in as " } (reader) } }
                    }
                    (menu(view))
                }
                // on paper what is orange is hatched
                svg.defs width="0" height="0" aria-hidden="true" { defs { pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    rect width="5" height="5" fill="#fff" {} path d="M0 0V5" stroke="#000" stroke-width="2.4" {}
                } } }
                main.width id="main" tabindex="-1" { (body) }
                footer.foot { div.width { (foot) } }
                @if frame.live || working { div hidden id="live" hx-get=(view.carry(&view.address)) hx-trigger=(LIVE[usize::from(working)]) hx-target="body" hx-swap="outerMorph" {} }
            }
        }
    };
    whole.into_string()
}

const MENU: [(&str, &str); 13] = [
    ("/", "Whole system"),
    ("/story", "Story"),
    ("/handovers", "Handovers"),
    ("/journeys", "Journeys"),
    ("/measures", "Measures"),
    ("/places", "Places"),
    ("/need", "Need"),
    ("/simulate", "Simulate"),
    ("/conversations", "Talk"),
    ("/decisions", "Decide"),
    ("/plans", "Plans"),
    ("/trust", "Trust"),
    ("/sources", "Sources"),
];

/// The menu keeps what was chosen, and marks the page, or the page that this one belongs under.
fn menu(view: &View) -> Markup {
    let address = view.address.as_str();
    let under = match address {
        path if path.starts_with("/pathways") => "/journeys",
        path if path == "/map" || path.starts_with("/organisations") => "/places",
        path if path.starts_with("/said") => "/conversations",
        path if path.starts_with("/monday") => "/plans",
        path if path.starts_with("/runs") || path.starts_with("/model") || path.starts_with("/next") => "/simulate",
        path => path,
    };
    let current = |path: &str| match () {
        _ if address == path => Some("page"),
        _ if path != "/" && under.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) => {
            Some("true")
        }
        _ => None,
    };
    html! {
        nav.menu aria-label="Menu" {
            ul.width {
                @for (path, name) in MENU {
                    li { a href=(carry(view, path)) aria-current=[current(path)] { (name) } }
                }
                li.apart { a href="/public" aria-current=[current("/public")] { "What the public sees" } }
            }
        }
    }
}

/// Only who and when go along to another page; what was searched for or mapped does not.
fn carry(view: &View, path: &str) -> String {
    address(view, path, |c| !matches!(c.name, "q" | "measure"))
}

fn address(view: &View, path: &str, keep: impl Fn(&Choice) -> bool) -> String {
    let kept = View { choices: view.choices.iter().filter(|c| keep(c)).cloned().collect(), ..View::default() };
    kept.carry(path)
}

fn chosen_value<'a>(view: &'a View, name: &str) -> Option<&'a str> {
    view.choices.iter().find(|c| c.name == name)?.chosen.as_deref()
}

/// Three streams that become one.
fn brand_mark() -> Markup {
    html! {
        svg viewBox="0 0 40 40" width="36" height="36" aria-hidden="true" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" {
            path d="M6 5c0 9 5 10 9 14s5 7 5 16M20 4v31M34 5c0 9-5 10-9 14s-5 7-5 16" {}
        }
    }
}

/// What the reader may choose, as a form; and what was chosen, as words that can be taken away.
fn choices(view: &View) -> Markup {
    if view.choices.is_empty() {
        return html! {};
    }
    let label =
        |c: &Choice, value: &str| c.options.iter().find(|o| o.0 == value).map_or(value.to_owned(), |o| o.1.clone());
    let chosen: Vec<(&Choice, String)> =
        view.choices.iter().filter_map(|c| Some((c, label(c, c.chosen.as_deref()?)))).collect();
    html! {
        form.choices action=(view.address) method="get" autocomplete="off" aria-label="Choose what is shown"
            hx-get=(view.address) hx-trigger="change, submit" hx-target="body" hx-swap="outerMorph" hx-push-url="true" {
            @for c in &view.choices {
                @let id = format!("choose-{}", c.name);
                div {
                    label for=(id) { (c.label) }
                    @if c.options.is_empty() {
                        input id=(id) name=(c.name) value=[c.chosen.as_deref()] placeholder=(c.all);
                    } @else {
                        select id=(id) name=(c.name) {
                            option value="" selected[c.chosen.is_none()] { (c.all) }
                            @for (value, words) in &c.options {
                                option value=(value) selected[c.chosen.as_ref() == Some(value)] { (words) }
                            }
                            // a value that is not on the list is still what was asked for
                            @if let Some(value) = c.chosen.as_ref().filter(|v| !c.options.iter().any(|o| o.0 == **v)) {
                                option value=(value) selected { (value) }
                            }
                        }
                    }
                }
            }
            button.quiet type="submit" { "Show" }
        }
        @if !chosen.is_empty() {
            ul.chosen aria-label="Chosen" {
                @for (c, words) in &chosen {
                    li {
                        a href=(address(view, &view.address, |other| other.name != c.name)) {
                            span.nhsuk-u-visually-hidden { "Remove " }
                            (c.label) ": " b { (words) }
                            svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" { path d="M1 1l8 8M9 1l-8 8" {} }
                        }
                    }
                }
                @if chosen.len() > 1 { li { a.all href=(view.address) { "Remove all" } } }
            }
        }
    }
}

/// Panels as they stand: each alone, but narrow ones that follow each other together.
fn grouped(panels: &[Panel]) -> impl Iterator<Item = &[Panel]> {
    panels.chunk_by(|a, b| a.width == Width::Narrow && b.width == Width::Narrow)
}

fn panel(view: &View, panel: &Panel) -> Markup {
    let class = match panel.width {
        Width::Whole => "whole",
        Width::Wide => "wide",
        Width::Narrow => "narrow",
        Width::Half => "half",
    };
    let title = format!("{}-title", panel.id);
    // where a question is on its way stands under its title, and needs no box
    let bare = !panel.pictures.is_empty() && panel.pictures.iter().all(|p| matches!(p, Picture::Stages(_)));
    html! {
        section class={ "panel " (class) @if bare { " bare" } } id=(panel.id) aria-labelledby=(title) {
            header {
                h2 id=(title) { (panel.title) }
                @if !panel.note.is_empty() { p { (coded(&panel.note)) } }
            }
            @for drawn in &panel.pictures { (picture::draw(drawn, panel)) }
            (foot(view, panel))
        }
    }
}

/// Where to go on, and the same values as a table or a file.
fn foot(view: &View, panel: &Panel) -> Markup {
    // a view without an address has no files
    let tables = if view.address.is_empty() { vec![] } else { panel.tables() };
    let drawn = |p: &&Picture| p.table().is_some();
    // what is a table already is not told twice
    let twins: Vec<((String, Table), &Picture)> =
        tables.iter().cloned().zip(panel.pictures.iter().filter(drawn)).collect();
    let hidden = twins.iter().filter(|(_, p)| {
        !matches!(
            p,
            Picture::Rows(_)
                | Picture::Handovers(_)
                | Picture::List(_)
                | Picture::Sentences(_)
                | Picture::Running(_)
                | Picture::Stages(_)
                | Picture::Stands(_)
                | Picture::Wording(_)
                | Picture::Answers(_)
                | Picture::Rocks(_)
                | Picture::Board(_)
                | Picture::Monday(_)
        )
    });
    let hidden: Vec<_> = hidden.collect();
    // what is asked of the reader needs no file here, though machines have it at the same address
    let asks = panel.pictures.iter().filter(drawn).all(|p| matches!(p, Picture::Sentences(_) | Picture::Running(_)));
    let files = |name: &str, of: &str| {
        html! {
            @for (ending, word) in [("csv", "CSV"), ("json", "JSON")] {
                a href=(file(view, name, ending)) { (word) span.nhsuk-u-visually-hidden { " of " (of) } }
            }
        }
    };
    html! {
        @if !panel.links.is_empty() || !tables.is_empty() && !asks {
            div.onward {
                @if !panel.links.is_empty() { p.links { @for link in &panel.links { a href=(link.href) { (link.words) } } } }
                @if !hidden.is_empty() {
                    details.twin {
                        summary { "Table" span.nhsuk-u-visually-hidden { " of " (panel.title) } }
                        @for ((name, table), told) in &hidden {
                            @let words = if hidden.len() > 1 { picture::name(told) } else { &panel.title };
                            @if hidden.len() > 1 { p.files { b { (words) } (files(name, words)) } }
                            (rows_of(table, words, &[], false))
                        }
                    }
                }
                @if let Some((name, _)) = tables.first().filter(|_| !asks) { p.files { (files(name, &panel.title)) } }
            }
        }
    }
}

/// The address of one table of a view: `/handovers.csv?place=Eastbrook&panel=waits`; the first page is `/index.csv`.
fn file(view: &View, panel: &str, ending: &str) -> String {
    let path = if view.address == "/" { "/index" } else { &view.address };
    let query = view.query();
    format!("{path}.{ending}{query}{}panel={}", if query.is_empty() { "?" } else { "&" }, escape(panel))
}

fn rows(rows: &Rows) -> Markup {
    html! {
        (rows_of(&rows.table, &rows.caption, &rows.links, true))
        @if !rows.table.note.is_empty() { p.note { (coded(&rows.table.note)) } }
    }
}

/// A table of rows, the first cell perhaps a link. Where it is wider than the page it scrolls by itself; one that is read and not looked
/// things up in (`stacks`) becomes blocks on a phone, each cell with the name of its column.
fn rows_of(table: &Table, caption: &str, links: &[Option<String>], stacks: bool) -> Markup {
    let number = |i: usize| {
        let mut cells = table.rows.iter().filter_map(|r| r.get(i)).filter(|c| **c != Cell::Missing).peekable();
        cells.peek().is_some() && cells.all(|c| matches!(c, Cell::Number(..)))
    };
    // Sentences need width, or a phone makes them towers.
    let long = |i: usize| {
        let mut cells = table.rows.iter().filter_map(|r| r.get(i));
        cells.any(|c| matches!(c, Cell::Text(words) if words.chars().count() > 60))
    };
    let class = |i: usize| if number(i) { Some("n") } else { long(i).then_some("long") };
    let classes: Vec<Option<&str>> = (0..table.headers.len()).map(class).collect();
    let more = table.rows.len().saturating_sub(MOST_ROWS);
    html! {
        div.scroll tabindex="0" role="region" aria-label={ "Table of " (caption) } {
            table.numbers.rows.towers[stacks] role="table" {
                caption.nhsuk-u-visually-hidden { (caption) }
                thead role="rowgroup" { tr role="row" { @for (i, header) in table.headers.iter().enumerate() {
                    th class=[classes[i]] scope="col" role="columnheader" { (chart::sentence(&words::page(header))) }
                } } }
                tbody role="rowgroup" {
                    @for (i, row) in table.rows.iter().take(MOST_ROWS).enumerate() {
                        tr role="row" { @for (k, cell) in row.iter().enumerate() {
                            @let link = links.get(i).and_then(Option::as_deref).filter(|_| k == 0);
                            @let name = table.headers.get(k).filter(|_| stacks && k > 0).map(|header| chart::sentence(&words::page(header)));
                            td class=[classes.get(k).copied().flatten()] role="cell" data-name=[name] {
                                @match cell {
                                    Cell::Text(words) | Cell::Number(_, words) => @if let Some(href) = link { a href=(href) { (words) } } @else { (words) },
                                    Cell::Missing => (missing(words::MISSING)),
                                }
                            }
                        } }
                    }
                }
            }
        }
        @if table.rows.is_empty() { p.read { "No rows." } }
        @if more > 0 { p.read { "and " (crate::number::plural(more, "more row")) ", all of them in the CSV file." } }
    }
}

/// The feeds that anything on the page rests on, for the paper.
fn sources(view: &View) -> BTreeSet<&str> {
    let shown = view.panels.iter().flat_map(|p| &p.pictures).flat_map(figures);
    let told = view.facts.iter().map(|f| &f.figure).chain(shown);
    told.flat_map(|f| &f.evidence.sources).map(String::as_str).collect()
}

#[cfg(test)]
mod tests;

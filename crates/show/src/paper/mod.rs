//! A view on paper: at most two sides of A4 that a board can read, print in black and white, and file.
//!
//! The same sentences, numbers and charts as the page, charts as vectors; what has really changed comes first, one sentence
//! each. Nothing is set smaller than 8 points; a table is cut after forty rows, or fewer where others would have no room, and
//! says how many are left; the wording of a decision is never cut; what has no room at all is named at the end with the address where it is read. Nothing in it comes from a clock or from the machine it
//! is made on: same view, same bytes. [`html()`] is one document of its own; `pdf` is a file that is tagged (PDF/UA-1).

mod html;
#[cfg(feature = "paper")]
mod pdf;

pub use html::html;
#[cfg(feature = "paper")]
pub use pdf::{Fonts, PaperError, pdf};

use crate::table::Table;
use crate::view::{Panel, Picture, Signal, View};

/// How many sides.
const SIDES: usize = 2;
/// How many letters of one text are put on paper.
const LETTERS: usize = 2000;

/// How much of one panel is put on paper.
#[derive(Clone, Copy, PartialEq)]
struct Most {
    /// How many measures are drawn; the others stand in a table.
    cards: usize,
    /// How many rows of a table.
    rows: usize,
}

/// Tried in this order until everything has room: measures that are drawn give way before rows of tables do.
const MOST: [Most; 14] = [
    Most { cards: 4, rows: 40 },
    Most { cards: 4, rows: 28 },
    Most { cards: 4, rows: 20 },
    Most { cards: 4, rows: 16 },
    Most { cards: 4, rows: 12 },
    Most { cards: 2, rows: 12 },
    Most { cards: 0, rows: 12 },
    Most { cards: 4, rows: 10 },
    Most { cards: 2, rows: 10 },
    Most { cards: 0, rows: 10 },
    Most { cards: 0, rows: 8 },
    Most { cards: 0, rows: 7 },
    Most { cards: 0, rows: 6 },
    Most { cards: 0, rows: 5 },
];

/// A picture as a table that people read on paper.
fn table_of(picture: &Picture) -> Option<Table> {
    Some(match picture {
        Picture::Choices(shown) => shown.brief(),
        Picture::Ground(shown) => shown.brief(),
        Picture::Lines(shown) => shown.brief(),
        Picture::Shares(shown) => shown.brief(),
        Picture::Schedule(shown) => shown.brief(),
        Picture::Ties(shown) => shown.brief(),
        Picture::Plans(all) => crate::room::plans_brief(all),
        _ => return picture.table(),
    })
}

/// How many signals are told before the rest are counted.
const SIGNALS: usize = 6;

/// Measures that changed come first, then what is settled and done; what the page rests on and what is not there yet come last, where the paper may end. Nobody
/// writes on it, so a place to write that holds nothing is left out.
fn in_order(view: &View) -> View {
    let changed =
        |p: &Picture| matches!(p, Picture::Measures(all) if all.iter().any(|m| m.series.signal() != Signal::Ordinary));
    // a board signs a wording, members see where they stand, and a plan is its steps
    let settles = |p: &Picture| {
        matches!(p, Picture::Wording(_) | Picture::Stands(_) | Picture::Choices(_) | Picture::Schedule(_))
    };
    let place = |panel: &Panel| match () {
        _ if panel.pictures.iter().any(changed) => 0,
        _ if panel.pictures.iter().any(settles) => 1,
        _ if panel.pictures.iter().all(|p| matches!(p, Picture::Sources(_) | Picture::State(_))) => 3,
        _ => 2,
    };
    let silent = |p: &Picture| matches!(p, Picture::Notes(notes) if notes.notes.is_empty());
    let mut view = view.clone();
    view.panels.retain(|panel| panel.pictures.is_empty() || !panel.pictures.iter().all(silent));
    view.panels.sort_by_key(place);
    view
}

/// The parts of a wording with what each says; one that goes on under the same name is one.
fn clauses(wording: &crate::Wording) -> Vec<(String, Vec<String>)> {
    let mut parts: Vec<(String, Vec<String>)> = Vec::new();
    for row in wording.table().rows {
        let mut said = row.into_iter().map(|cell| match cell {
            crate::table::Cell::Text(text) => text,
            crate::table::Cell::Number(_, text) => text,
            crate::table::Cell::Missing => String::new(),
        });
        let (name, text) = (said.next().unwrap_or_default(), said.next().unwrap_or_default());
        match parts.last_mut() {
            Some((last, texts)) if *last == name => texts.push(text),
            _ => parts.push((name, vec![text])),
        }
    }
    parts
}

/// What has really changed, one sentence each.
fn signals(view: &View) -> Vec<String> {
    let all = view.signals();
    // the last line counts what has no line of its own
    let most = if all.len() > SIGNALS { SIGNALS - 1 } else { SIGNALS };
    let more = all.len().saturating_sub(most);
    let told = all.iter().take(most).map(|item| {
        let full_stop = if item.note.ends_with('.') { "" } else { "." };
        format!("{}: {}{full_stop}", item.link.words, item.note)
    });
    told.chain((more > 0).then(|| format!("And {} more.", crate::number::count(more as u64)))).collect()
}

/// Where all of it is read.
fn address(view: &View) -> String {
    let address = view.carry(&view.address);
    if address == "/" { "the first page".to_owned() } else { address }
}

/// What is said of panels that have no room.
fn left_out(view: &View, left: &[usize]) -> String {
    let titles: Vec<&str> = left.iter().filter_map(|at| Some(name_of(view.panels.get(*at)?))).collect();
    format!("Not on this paper, or not all of it: {}; see {}", named(&titles), address(view))
}

fn name_of(panel: &Panel) -> &str {
    if panel.title.is_empty() { &panel.id } else { &panel.title }
}

/// The first eight titles, and how many more there are.
fn named(titles: &[&str]) -> String {
    let short = |title: &&str| match title.char_indices().nth(60) {
        Some((cut, _)) => format!("{}…", &title[..cut]),
        None => (*title).to_owned(),
    };
    let mut first: Vec<String> = titles.iter().take(8).map(short).collect();
    if titles.len() > first.len() {
        first.push(format!("{} more", crate::number::count((titles.len() - first.len()) as u64)));
    }
    first.join("; ")
}

/// What was chosen, the sources and the time of the newest record: the foot of every side.
fn foot(view: &View) -> String {
    let mut sources: Vec<&str> =
        view.facts.iter().flat_map(|f| &f.figure.evidence.sources).map(String::as_str).collect();
    sources.sort_unstable();
    sources.dedup();
    let more = sources.len().saturating_sub(6);
    let mut said = sources.into_iter().take(6).collect::<Vec<_>>().join(", ");
    if more > 0 {
        said += &format!(" and {more} more");
    }
    let chosen = view.chosen();
    let mut texts = Vec::new();
    texts.extend((!chosen.is_empty()).then(|| format!("Chosen: {chosen}")));
    texts.extend((!said.is_empty()).then(|| format!("Sources: {said}")));
    texts.extend((!view.as_of.is_empty()).then(|| view.as_of.clone()));
    texts.extend(view.notice.clone());
    texts.extend((!view.address.is_empty()).then(|| format!("Address: {}", view.carry(&view.address))));
    let text: Vec<&str> = texts.iter().map(|t| t.trim_end_matches('.')).collect();
    text.join(". ")
}

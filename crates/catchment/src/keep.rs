//! What people write about pages: notes, the reasons for opening single journeys, and each opening. All of it is in the Ledger
//! ([`crate::said`]); here it is found and put under the charts that it is about.

use crate::access::Person;
use crate::ask::Ask;
use agree::log::{Note as Kept, State};
use domain::{Instant, Zone};
use jiff::civil::Date;
use show::{Cell, Note, Notes, Picture, Rows, Signal, Table, View};

/// So many notes are told away from the page that they are about, of points so many days back.
const TOLD: usize = 2;
const RECENT: i32 = 91;
/// A reason opens single journeys for so long, in seconds.
const REASON_LASTS: i64 = 12 * 3600;

/// The notes about a view, oldest first.
pub fn notes<'s>(state: &'s State, about: &str) -> &'s [Kept] {
    state.notes.get(about).map_or(&[], Vec::as_slice)
}

/// How many notes there are.
pub fn count(state: &State) -> usize {
    state.notes.values().map(Vec::len).sum()
}

/// The newest notes about a view that explain a point of it: about that point, one of the quarter before, or the whole.
pub fn recent<'s>(state: &'s State, about: &str, point: Date) -> Vec<&'s Kept> {
    let explains = |kept: &&Kept| {
        let days = |of: Date| of.until(point).map_or(-1, |span| span.get_days());
        kept.is.point.parse().map_or(kept.is.point.is_empty(), |of| (0..=RECENT).contains(&days(of)))
    };
    let mut newest: Vec<&Kept> = notes(state, about).iter().rev().filter(explains).take(TOLD).collect();
    newest.reverse();
    newest
}

/// The reason that lets this reader look at single journeys at this moment: the one that is asked for, or their newest.
pub fn reason<'s>(state: &'s State, who: &str, seq: Option<u64>, now: Instant) -> Option<&'s Kept> {
    let lasts = |kept: &&Kept| kept.who == who && (0..REASON_LASTS).contains(&(now.0 - kept.at.0));
    state.reasons.iter().rev().filter(lasts).find(|kept| seq.is_none_or(|seq| kept.seq == seq))
}

/// Puts what was written about a view into it, and where to write more.
pub fn tell(view: &mut View, ask: &Ask, kept: &[Kept], reader: Option<&Person>, zone: &Zone) {
    let places = view.panels.iter_mut().flat_map(|panel| &mut panel.pictures);
    let mut held = places.filter_map(|picture| if let Picture::Notes(notes) = picture { Some(notes) } else { None });
    if let Some(notes) = held.next() {
        fill(notes, ask, kept, reader, zone);
    }
}

/// Puts what was written on the pages of measures and handovers that really changed under them, on any page that shows them.
pub fn tell_of_signals(view: &mut View, state: &State) {
    for panel in &mut view.panels {
        let mut table = Table::new(["what", "about", "note", "who"]);
        let mut links = Vec::new();
        for (name, href, point) in panel.pictures.iter().flat_map(signals) {
            for kept in recent(state, href.split('?').next().unwrap_or_default(), point) {
                let about = kept.is.point.parse().map_or_else(|_| String::new(), show::number::date);
                table.push([name, &about, &kept.is.text, &kept.who].map(Cell::from));
                links.push(Some(href.to_owned()));
            }
        }
        if !table.rows.is_empty() {
            let caption = "What people know about these".to_owned();
            panel.pictures.push(Picture::Rows(Rows { caption, table, links }));
        }
    }
}

/// Name, page and newest point of what really changed.
fn signals(picture: &Picture) -> Vec<(&str, &str, Date)> {
    match picture {
        Picture::Measures(all) => {
            let changed = all.iter().filter(|measure| measure.series.signal() != Signal::Ordinary);
            let told = changed.filter_map(|measure| {
                let point = measure.series.points.last()?;
                Some((measure.series.title.as_str(), measure.href.as_deref()?, point.start))
            });
            told.collect()
        }
        Picture::Handovers(all) => {
            let changed = all.iter().filter(|handover| handover.signal != Signal::Ordinary);
            let told = changed.filter_map(|handover| {
                Some((handover.name.as_str(), handover.href.as_deref()?, handover.past_year.last()?.start))
            });
            told.collect()
        }
        _ => Vec::new(),
    }
}

fn fill(notes: &mut Notes, ask: &Ask, kept: &[Kept], reader: Option<&Person>, zone: &Zone) {
    let label =
        |point: &str| notes.points.iter().find(|known| known.0 == point).map_or(point, |known| &known.1).to_owned();
    let told = kept.iter().map(|kept| Note {
        who: kept.who.clone(),
        when: zone.show(kept.at),
        point: label(&kept.is.point),
        text: kept.is.text.clone(),
    });
    notes.notes = told.collect();
    match reader.filter(|reader| reader.notes) {
        Some(reader) => {
            notes.who = reader.name.clone();
            notes.send_to = Some(format!("/notes?about={}", show::escape(&ask.address())));
        }
        None => {
            notes.help = "Notes are signed. Whoever runs Catchment here can give you an address that signs you in: `catchment allow`.".to_owned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use agree::log::Written;

    #[test]
    fn a_reason_lasts_for_half_a_day_and_for_who_gave_it() {
        let is = Written { about: "/journeys/one".into(), point: String::new(), text: "a complaint".into() };
        let given = Kept { seq: 3, at: Instant(1_764_547_200), who: "Flow lead".into(), is };
        let state = State { reasons: vec![given.clone()], ..State::default() };
        let lasts = |who, seq, hours: i64| reason(&state, who, seq, Instant(given.at.0 + hours * 3600)).is_some();
        assert!(lasts("Flow lead", None, 0) && lasts("Flow lead", Some(3), 11));
        assert!(!lasts("Flow lead", None, 12) && !lasts("Flow lead", None, -1));
        assert!(!lasts("Flow lead", Some(2), 1) && !lasts("Another", None, 1));
    }
}

//! What teams are asked about each other here, and the link by which a team answers.

use crate::fault::{Fault, in_file};
use crate::place::Catchment;
use agree::trust::{Instrument, Join};
use domain::{Date, Place};
use ingest::Key;
use std::path::PathBuf;

/// The instruments of these files; the weekly pulse where there are none. One that names no joins is asked at every handover of the
/// place, of its two kinds of service.
///
/// # Errors
/// What is wrong with a file, and in which line.
pub fn instruments(files: Vec<(PathBuf, String)>, place: &Place) -> Result<Vec<Instrument>, Fault> {
    let mut all: Vec<Instrument> = Vec::new();
    for (path, text) in files {
        let help = "docs/trust.md shows how an instrument is written";
        let wrong = |line: usize, words: &str| in_file(&path, &text, line, words, help);
        let read = Instrument::read(&text).map_err(|fault| wrong(fault.line(), &fault.to_string()))?;
        let line_of = |word: &str| text.lines().position(|line| line.contains(word)).map_or(1, |at| at + 1);
        if all.iter().any(|known| known.id == read.id) {
            return Err(wrong(line_of(&read.id), &format!("another instrument is called '{}' already", read.id)));
        }
        let unknown = |join: &&Join| !place.handovers.iter().any(|rule| rule.id == join.handover);
        if let Some(join) = read.joins.iter().find(unknown) {
            let words = format!("the place has no handover '{}'", join.handover);
            return Err(wrong(line_of(&format!("\"{}\"", join.handover)), &words));
        }
        all.push(read);
    }
    if all.is_empty() {
        all.push(Instrument::pulse().clone());
    }
    for one in all.iter_mut().filter(|one| one.joins.is_empty()) {
        one.joins = by_kind(place);
    }
    Ok(all)
}

fn by_kind(place: &Place) -> Vec<Join> {
    let called = |kind: domain::ServiceKind| show::words::page(kind.name());
    let join = |rule: &domain::HandoverRule| {
        let teams = [called(rule.from?), called(rule.to)];
        (teams[0] != teams[1]).then(|| Join { handover: rule.id.clone(), teams: teams.to_vec() })
    };
    place.handovers.iter().filter_map(join).collect()
}

/// A team that is asked at a handover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The instrument.
    pub instrument: String,
    /// The handover.
    pub handover: String,
    /// The team.
    pub team: String,
}

impl Asked {
    /// Every team that is asked something here.
    pub fn all(instruments: &[Instrument]) -> Vec<Asked> {
        let joins = instruments.iter().flat_map(|one| one.joins.iter().map(move |join| (one, join)));
        let teams = joins.flat_map(|(one, join)| join.teams.iter().map(move |team| (one, join, team)));
        teams
            .map(|(one, join, team)| Asked {
                instrument: one.id.clone(),
                handover: join.handover.clone(),
                team: team.clone(),
            })
            .collect()
    }

    /// What whoever holds the team's link shows: good for the quarter of this day, counted in 13 weeks from Monday 5 January 1970.
    pub fn key(&self, key: &Key, today: Date) -> String {
        let quarter = (today.0 - 4).div_euclid(91).to_string();
        let parts = [b"pulse".as_slice(), self.instrument.as_bytes(), self.handover.as_bytes(), self.team.as_bytes()];
        let parts: Vec<&[u8]> = parts.into_iter().chain([quarter.as_bytes()]).collect();
        format!("{:016x}", key.pseudonym(&parts))
    }

    /// Where the team answers.
    pub fn address(&self) -> String {
        let [instrument, handover, team] =
            [&self.instrument, &self.handover, &self.team].map(|part| show::escape(part));
        format!("/trust/answer?instrument={instrument}&handover={handover}&team={team}")
    }
}

/// Each team's link of this quarter, under where the place is served.
///
/// # Errors
/// When the Ledger cannot be read.
pub fn links(at: &Catchment, served: &str, today: Date) -> Result<show::Table, Fault> {
    let state = at.said.state()?;
    let mut table = show::Table::new(["instrument", "handover", "team", "link"]);
    for asked in Asked::all(state.instruments()) {
        let link = format!("{}{}&key={}", served.trim_end_matches('/'), asked.address(), asked.key(&at.key, today));
        table.push([asked.instrument, asked.handover, asked.team, link].map(show::Cell::from));
    }
    Ok(table)
}

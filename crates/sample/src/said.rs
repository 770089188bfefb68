//! What the people of Rivermead said, settled, planned and promised in the year before the newest record: the log that the
//! demonstration begins with, beside the records of the same months.
//!
//! Its words are in `place/said/*.toml`, to be read and changed by hand, with days counted from the last one ([`write`] says how);
//! votes and pulses are drawn. Every deed has been taken by an empty [`State`] in turn, so what a statement, a vote or an answer
//! refers to is there: the first of them is to be number 1 of the log, and so on.
//!
//! ```
//! let all = sample::said::all(domain::Date(20_408), 7, None)?;
//! let text = sample::said::text(&all);
//! assert!(text.starts_with(r#"{"at":"2024-"#));
//! assert_eq!(text.lines().count(), all.len());
//! # Ok::<(), sample::said::Wrong>(())
//! ```

mod draw;
mod write;

#[cfg(test)]
mod tests;

use agree::log::{Act, Deed, State};
use domain::{Date, Instant};
use serde::Serialize;
use std::collections::BTreeMap;

/// Something that was done, before the log gives it a number.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// When.
    pub at: Instant,
    /// Who, as [`Deed::who`].
    pub who: String,
    /// Because of what, as [`Deed::because`].
    pub because: Vec<String>,
    /// What.
    pub act: Act,
}

/// A conversation of the open data of Polis: the bytes of its two files, and the name of its folder.
#[derive(Debug, Clone, Copy)]
pub struct Polis<'a> {
    /// `brexit-consensus` or `fifteen-seattle`.
    pub folder: &'a str,
    /// `statements.csv`: statement, author, moderated, timestamp_ms, text.
    pub statements: &'a [u8],
    /// `votes.csv`: participant, statement, vote, timestamp_ms.
    pub votes: &'a [u8],
}

/// What cannot be said, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {words}")]
pub struct Wrong {
    /// The file, line or deed.
    pub place: String,
    /// What is wrong with it.
    pub words: String,
}

fn wrong(place: impl Into<String>, words: impl ToString) -> Wrong {
    Wrong { place: place.into(), words: words.to_string() }
}

/// All that was said up to `last_day`, in order of time. Of the three conversations one is the real one of `polis`; without it, a
/// small one of Rivermead's own in which there are too few votes yet to see groups. Same arguments, same deeds.
///
/// # Errors
/// When a file of `place/said` is broken, or asks for what the log would refuse.
pub fn all(last_day: Date, seed: u64, polis: Option<Polis<'_>>) -> Result<Vec<Said>, Wrong> {
    let mut drafts = write::drafts(last_day, seed, polis)?;
    drafts.sort_by_key(|draft| draft.at); // stable: of one moment, as they were written
    let (mut state, mut labels, mut said) = (State::default(), BTreeMap::new(), Vec::with_capacity(drafts.len()));
    for draft in drafts {
        let seq = said.len() as u64 + 1;
        let one = match draft.done(&labels, &state) {
            Ok(one) => one,
            Err(_) if draft.may_fail => continue,
            Err(words) => return Err(wrong(draft.place, words)),
        };
        let Said { at, who, because, act } = one.clone();
        match state.apply(Deed { seq, at, who, because, act }) {
            Ok(()) => said.push(one),
            Err(_) if draft.may_fail => continue,
            Err(refusal) => return Err(wrong(draft.place, refusal)),
        }
        labels.extend(draft.label.map(|label| (label, seq)));
    }
    Ok(said)
}

/// A line of `said.jsonl`.
#[derive(Serialize)]
struct Line<'a> {
    at: String,
    who: &'a str,
    because: &'a [String],
    act: &'a Act,
}

/// One JSON object a line: `at` (RFC 3339), `who`, `because`, `act`; `docs/said.md` has an example of each act.
pub fn text(all: &[Said]) -> String {
    let mut text = String::new();
    for Said { at, who, because, act } in all {
        let line = Line { at: rfc_3339(*at), who, because, act };
        // Numbers, text and maps by text: nothing here cannot be written.
        text += &serde_json::to_string(&line).unwrap_or_default();
        text.push('\n');
    }
    text
}

fn rfc_3339(at: Instant) -> String {
    let (day, second) = (at.0.div_euclid(86_400), at.0.rem_euclid(86_400));
    format!("{}T{:02}:{:02}:{:02}Z", Date(day as i32), second / 3600, second / 60 % 60, second % 60)
}

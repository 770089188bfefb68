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
//! assert_eq!(sample::said::read(&text)?.len(), all.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod draw;
mod write;

#[cfg(test)]
mod tests;

use agree::log::{Act, Deed, State};
use domain::{Date, Instant};
use serde::{Deserialize, Serialize};
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
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at: String,
    who: String,
    #[serde(default)]
    because: Vec<String>,
    act: Act,
}

/// One JSON object a line: `at` (RFC 3339), `who`, `because`, `act`; `docs/said.md` has an example of each act.
pub fn text(all: &[Said]) -> String {
    let mut text = String::new();
    for Said { at, who, because, act } in all {
        let line = Line { at: rfc_3339(*at), who: who.clone(), because: because.clone(), act: act.clone() };
        // Numbers, text and maps by text: nothing here cannot be written.
        text += &serde_json::to_string(&line).unwrap_or_default();
        text.push('\n');
    }
    text
}

/// The same again from its text; empty lines and those that begin with `#` are passed over.
///
/// # Errors
/// With the number of the first line that cannot be read.
pub fn read(text: &str) -> Result<Vec<Said>, Wrong> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let one = |(at, line): (usize, &str)| {
        let place = || format!("line {}", at + 1);
        let line: Line = serde_json::from_str(line).map_err(|fault| wrong(place(), fault))?;
        let at = instant(&line.at)
            .ok_or_else(|| wrong(place(), format!("'{}' is not a time such as 2025-11-16T09:30:00Z", line.at)))?;
        Ok(Said { at, who: line.who, because: line.because, act: line.act })
    };
    lines.map(one).collect()
}

fn rfc_3339(at: Instant) -> String {
    let (day, second) = (at.0.div_euclid(86_400), at.0.rem_euclid(86_400));
    format!("{}T{:02}:{:02}:{:02}Z", Date(day as i32), second / 3600, second / 60 % 60, second % 60)
}

/// A moment from RFC 3339, to the second: `2025-11-16T09:30:00Z`, `2025-06-16T10:30:00+01:00`.
fn instant(text: &str) -> Option<Instant> {
    let number = |from: usize, width: usize| {
        let digits = text.get(from..from + width).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))?;
        digits.parse::<i64>().ok()
    };
    let is = |at: usize, letters: &[u8]| text.as_bytes().get(at).is_some_and(|byte| letters.contains(byte));
    let day = Date::from_ymd(number(0, 4)? as i32, number(5, 2)? as u32, number(8, 2)? as u32)?;
    let marks = is(4, b"-") && is(7, b"-") && is(10, b"Tt ") && is(13, b":") && is(16, b":");
    let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
    if !marks || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let zone = text.get(19..)?.trim_start_matches(|letter: char| letter == '.' || letter.is_ascii_digit());
    let zone = match zone.as_bytes() {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let (hours, minutes) = (zone[1..3].parse::<i64>().ok()?, zone[4..].parse::<i64>().ok()?);
            (hours * 60 + minutes) * if *sign == b'+' { 60 } else { -60 }
        }
        _ => return None,
    };
    Some(Instant(i64::from(day.0) * 86_400 + hour * 3600 + minute * 60 + second - zone))
}

//! Questions with names in them: who waits for what, how long from one step to another, which cases.
//!
//! A wait ends at the FIRST of its exits. Asking "bed requested → ward" alone counts everyone who went home instead as
//! still waiting: on one log of a year 2,205 instead of 13. So [`Log::waits`] takes every way in which a wait can end.

use super::alike::alike_among;
use super::answers::SECOND;
use super::columns::{Code, Codes, with_codes};
use super::quantile::quantiles;
use super::{Log, LogError};
use std::cmp::Reverse;

/// The waits that begin with one activity, each with its end if it has one.
#[derive(Debug, Clone, PartialEq)]
pub struct Waits {
    /// What can end a wait.
    pub exits: Vec<String>,
    /// Who can have ended a wait; empty if the log was read without such a column.
    pub by: Vec<String>,
    /// Each wait, in the order of the log.
    pub waits: Vec<Wait>,
}

/// One wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// The case, as a place in the log: see [`Log::case`].
    pub case: usize,
    /// When it began, in microseconds since 1970.
    pub since_micros: i64,
    /// How it ended; none while it is open.
    pub end: Option<End>,
}

/// The end of a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// When, in microseconds since 1970.
    pub at_micros: i64,
    /// What ended it, as a place in [`Waits::exits`].
    pub exit: usize,
    /// Who ended it, as a place in [`Waits::by`].
    pub by: Option<usize>,
}

/// The waits that ended in one way, or by one hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// The exit, or who received.
    pub name: String,
    /// How many.
    pub count: u64,
    /// The mean wait.
    pub mean_seconds: f64,
    /// The middle wait.
    pub median_seconds: f64,
    /// Nine in ten waited no longer.
    pub p90_seconds: f64,
    /// How many waited longer than the limit.
    pub breaches: u64,
    /// The hours waited beyond the limit, together.
    pub lost_hours: f64,
}

impl Waits {
    /// How many have not ended.
    pub fn open(&self) -> u64 {
        self.waits.iter().filter(|wait| wait.end.is_none()).count() as u64
    }

    /// How many were waiting at a moment, in microseconds since 1970.
    pub fn waiting_at(&self, micros: i64) -> u64 {
        let then = |w: &&Wait| w.since_micros <= micros && w.end.is_none_or(|end| end.at_micros > micros);
        self.waits.iter().filter(then).count() as u64
    }

    /// The ended waits by exit, most first, against a limit in seconds.
    pub fn by_exit(&self, limit_seconds: f64) -> Vec<Ended> {
        self.grouped(&self.exits, limit_seconds, |end| Some(end.exit))
    }

    /// The ended waits by who ended them, most first, against a limit in seconds.
    pub fn by_receiver(&self, limit_seconds: f64) -> Vec<Ended> {
        self.grouped(&self.by, limit_seconds, |end| end.by)
    }

    fn grouped(&self, names: &[String], limit_seconds: f64, of: impl Fn(&End) -> Option<usize>) -> Vec<Ended> {
        let mut micros: Vec<Vec<u64>> = vec![Vec::new(); names.len()];
        for wait in &self.waits {
            if let Some((end, at)) = wait.end.and_then(|end| Some((end, of(&end)?))) {
                micros[at].push((end.at_micros - wait.since_micros) as u64);
            }
        }
        let mut ended: Vec<Ended> = micros
            .iter()
            .zip(names)
            .filter(|(micros, _)| !micros.is_empty())
            .map(|(micros, name)| {
                let [median, p90] = quantiles(&[micros], [0.5, 0.9]);
                let sum: u128 = micros.iter().map(|&m| u128::from(m)).sum();
                let beyond = micros.iter().map(|&m| m as f64 / SECOND - limit_seconds).filter(|&s| s > 0.0);
                Ended {
                    name: name.clone(),
                    count: micros.len() as u64,
                    mean_seconds: sum as f64 / micros.len() as f64 / SECOND,
                    median_seconds: median / SECOND,
                    p90_seconds: p90 / SECOND,
                    breaches: beyond.clone().count() as u64,
                    lost_hours: beyond.sum::<f64>() / 3_600.0,
                }
            })
            .collect();
        ended.sort_by_key(|e| Reverse(e.count));
        ended
    }
}

/// From the first of one activity to the first of another, in the same case.
#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    /// Cases that have both.
    pub pairs: u64,
    /// Of these, cases where the second came before the first.
    pub reversed: u64,
    /// Cases that have the first but not the second.
    pub without: u64,
    /// The time between in each case where it is not reversed, in seconds, shortest first.
    pub seconds: Vec<f64>,
}

impl Interval {
    /// A quantile of the time between, in seconds; none if there is no such case.
    pub fn quantile_seconds(&self, quantile: f64) -> Option<f64> {
        let last = self.seconds.len().checked_sub(1)?;
        let at = quantile * last as f64;
        let (low, high) = (self.seconds[at as usize], self.seconds[(at as usize + 1).min(last)]);
        Some(low + (high - low) * at.fract())
    }

    /// How many took no longer than this.
    pub fn within(&self, seconds: f64) -> u64 {
        self.seconds.partition_point(|&s| s <= seconds) as u64
    }
}

/// One case of a log.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    log: &'a Log,
    at: usize,
}

impl<'a> Case<'a> {
    /// What it is called.
    pub fn name(&self) -> String {
        self.log.cases.get(self.at)
    }

    /// Its events: activity, microseconds since 1970, and who did it if the log has that.
    pub fn events(&self) -> impl Iterator<Item = (&'a str, i64, Option<&'a str>)> + use<'a> {
        let log = self.log;
        log.events_of(self.at).map(move |at| {
            let by = log.by.as_ref().map(|(codes, names)| names[codes.get(at) as usize].as_str());
            (log.activities[log.activity.get(at) as usize].as_str(), log.time.micros(at), by)
        })
    }

    /// When it began, in microseconds since 1970.
    pub fn started_micros(&self) -> i64 {
        self.log.time.micros(self.log.events_of(self.at).start)
    }

    /// When it ended, in microseconds since 1970.
    pub fn ended_micros(&self) -> i64 {
        self.log.time.micros(self.log.events_of(self.at).end - 1)
    }
}

impl Log {
    /// One case, by its place in the log.
    pub fn case(&self, at: usize) -> Case<'_> {
        Case { log: self, at }
    }

    /// The waits that begin with `ready`, each ended by the first of `exits` that follows in its case.
    ///
    /// Errors: an activity that is not in the log.
    pub fn waits(&self, ready: &str, exits: &[&str]) -> Result<Waits, LogError> {
        let ready = self.code(ready)?;
        let codes = exits.iter().map(|exit| self.code(exit)).collect::<Result<Vec<_>, _>>()?;
        let mut exit_of = vec![None; self.activities.len()];
        codes.iter().enumerate().for_each(|(exit, &code)| exit_of[code as usize] = Some(exit));
        let mut waits = Vec::new();
        for case in 0..self.cases() {
            let (mut end, first) = (None, waits.len());
            for at in self.events_of(case).rev() {
                let code = self.activity.get(at);
                if code == ready {
                    waits.push(Wait { case, since_micros: self.time.micros(at), end });
                }
                if let Some(exit) = exit_of[code as usize] {
                    let by = self.by.as_ref().map(|(codes, _)| codes.get(at) as usize);
                    end = Some(End { at_micros: self.time.micros(at), exit, by });
                }
            }
            waits[first..].reverse();
        }
        Ok(Waits {
            exits: exits.iter().map(|&e| e.to_owned()).collect(),
            by: self.by.as_ref().map_or_else(Vec::new, |(_, names)| names.clone()),
            waits,
        })
    }

    /// From the first `from` to the first `to` of each case, whatever lies between.
    ///
    /// Errors: an activity that is not in the log.
    pub fn interval(&self, from: &str, to: &str) -> Result<Interval, LogError> {
        let (from, to) = (self.code(from)?, self.code(to)?);
        let mut interval = Interval { pairs: 0, reversed: 0, without: 0, seconds: Vec::new() };
        for case in 0..self.cases() {
            let first = |code| self.events_of(case).find(|&at| self.activity.get(at) == code);
            match (first(from), first(to)) {
                (Some(from), Some(to)) => {
                    interval.pairs += 1;
                    let micros = self.time.micros(to) - self.time.micros(from);
                    if micros < 0 {
                        interval.reversed += 1;
                    } else {
                        interval.seconds.push(micros as f64 / SECOND);
                    }
                }
                (Some(_), None) => interval.without += 1,
                (None, _) => {}
            }
        }
        interval.seconds.sort_by(f64::total_cmp);
        Ok(interval)
    }

    /// Mean and standard deviation, in seconds, of the time from every `from` to every later `to` of its case: the
    /// "temporal profile" that tells an odd case from a usual one. None if there are no two such pairs.
    ///
    /// Errors: an activity that is not in the log.
    pub fn profile(&self, from: &str, to: &str) -> Result<Option<(f64, f64)>, LogError> {
        let (from, to) = (self.code(from)?, self.code(to)?);
        let mut seconds = Vec::new();
        for case in 0..self.cases() {
            let mut since = Vec::new();
            for at in self.events_of(case) {
                let (code, now) = (self.activity.get(at), self.time.micros(at));
                if code == to {
                    seconds.extend(since.iter().map(|then| (now - then) as f64 / SECOND));
                }
                if code == from {
                    since.push(now);
                }
            }
        }
        let count = seconds.len() as f64;
        let mean = seconds.iter().sum::<f64>() / count;
        let squares: f64 = seconds.iter().map(|s| (s - mean).powi(2)).sum();
        Ok((seconds.len() > 1).then(|| (mean, (squares / (count - 1.0)).sqrt())))
    }

    /// The longest cases with their durations in seconds; equals in the order of the log.
    pub fn longest(&self, count: usize) -> Vec<(String, f64)> {
        let micros = |at: usize| self.case(at).ended_micros() - self.case(at).started_micros();
        let mut cases: Vec<(Reverse<i64>, usize)> = (0..self.cases()).map(|at| (Reverse(micros(at)), at)).collect();
        let count = count.min(cases.len());
        if count < cases.len() {
            cases.select_nth_unstable(count);
        }
        cases.truncate(count);
        cases.sort_unstable();
        cases.into_iter().map(|(micros, at)| (self.cases.get(at), micros.0 as f64 / SECOND)).collect()
    }

    /// The log of only those cases that pass.
    pub fn keep(&self, pass: impl Fn(Case<'_>) -> bool) -> Log {
        let kept: Vec<u32> = (0..self.cases() as u32).filter(|&at| pass(self.case(at as usize))).collect();
        let ranges: Vec<_> = kept.iter().map(|&at| self.events_of(at as usize)).collect();
        let ends = ranges.iter().scan(0, |end, range| {
            *end += range.len() as u32;
            Some(*end)
        });
        let (activity, activities) = used(&self.activity.take(&ranges), &self.activities);
        Log {
            starts: std::iter::once(0).chain(ends).collect(),
            cases: self.cases.keep(&kept),
            activity,
            activities,
            alike: alike_among(&self.alike, &kept),
            time: self.time.take(&ranges),
            by: self.by.as_ref().map(|(codes, names)| used(&codes.take(&ranges), names)),
            precision: self.precision,
            problems: self.problems.clone(),
        }
    }

    fn code(&self, activity: &str) -> Result<u32, LogError> {
        self.activities
            .binary_search_by(|known| known.as_str().cmp(activity))
            .map(|at| at as u32)
            .map_err(|_| LogError::NoActivity(activity.to_owned()))
    }
}

/// The column with codes of only the names it uses.
fn used(codes: &Codes, names: &[String]) -> (Codes, Vec<String>) {
    let mut rank = vec![u32::MAX; names.len()];
    with_codes!(codes, codes => codes.iter().for_each(|c| rank[c.at()] = 0));
    let mut kept = Vec::new();
    for (rank, name) in rank.iter_mut().zip(names).filter(|(rank, _)| **rank == 0) {
        *rank = kept.len() as u32;
        kept.push(name.clone());
    }
    fn change<C: Code>(codes: &[C], rank: &[u32]) -> Vec<C> {
        codes.iter().map(|c| C::of(rank[c.at()])).collect()
    }
    let codes = match codes {
        Codes::One(codes) => Codes::One(change(codes, &rank)),
        Codes::Two(codes) => Codes::Two(change(codes, &rank)),
        Codes::Four(codes) => Codes::Four(change(codes, &rank)),
    };
    (codes, kept)
}

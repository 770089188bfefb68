//! When a service is open: the hours of the week in which it begins with nobody although people wait for it.
//!
//! Nobody may begin at night because the door is shut, or because nobody comes. Only hours in which people wait tell the two
//! apart. If a service were always open, starts would be shared out over the hours of the week as the waiting is; a run of hours
//! without starts (at most 2 in 100 of those meant) is taken as closed when chance would make such a run less than once in a
//! thousand places (Poisson, over all runs that could have been looked at). Monday to Friday count as one day, for there are few
//! starts; Saturday and Sunday are each their own.

use super::arrivals::Calendar;
use super::fit::{Estimate, Z95, chance_above};
use crate::simulate::model::{Capacity, Hours};

/// Hours of a week.
const WEEK: usize = 168;
/// Fewer starts after waiting than this tell nothing.
const FEWEST: usize = 50;
/// Of the starts that are meant in an hour, at most this share happens when it is closed.
const STRAY: f64 = 0.02;
/// How often chance may make a closed run where there is none.
const CHANCE: f64 = 0.001;
/// Mondays to Fridays, Saturdays, Sundays.
const DAYS: [(&str, std::ops::Range<usize>); 3] = [("weekdays", 0..5), ("Saturdays", 5..6), ("Sundays", 6..7)];

/// When a service is open.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    /// Whether each hour of the week from Monday 00:00 is.
    pub open: Vec<bool>,
    /// When it opens and closes, in hours of the day, with 95% intervals: by the first and last starts, and how many there would
    /// have been before them.
    pub edges: Vec<Estimate>,
    /// From how many starts.
    pub starts: usize,
    /// Whether many begin in the first hour after it opens, who were ready while it was closed. Else whatever they wait for stands
    /// still meanwhile too.
    pub gathers: bool,
}

/// Why nobody knows when a service is open.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OpeningError {
    /// Too few began after waiting.
    #[error("only {0} began after waiting, and at least 50 are needed")]
    Few(usize),
    /// Records tell days, not times.
    #[error("nearly all begin at the same minute of the day, so only days are told")]
    Days,
}

/// When a service is open, by the moments of `starts` of people who had waited for it and the `waits` for it (from, to), in hours
/// of the window.
///
/// # Errors
/// Fewer than 50 starts; times that are only days.
///
/// ```
/// use foresee::calibrate::{arrivals::Calendar, opening::opening};
/// // Four months of people who ask at midnight and are begun with one after another from 8 on.
/// let starts: Vec<f64> = (0..120).flat_map(|day| (0..10).map(move |nth| f64::from(day * 24 + 8 + nth) + 0.3)).collect();
/// let waits: Vec<(f64, f64)> = starts.iter().map(|start| (24.0 * (start / 24.0).floor(), *start)).collect();
/// let learned = opening(&starts, &waits, Calendar::default()).unwrap();
/// assert!(!learned.open[7] && learned.open[8] && learned.open[24 * 6 + 17] && learned.edges[1].value == 8.0);
/// ```
pub fn opening(starts: &[f64], waits: &[(f64, f64)], calendar: Calendar) -> Result<Opening, OpeningError> {
    if starts.len() < FEWEST {
        return Err(OpeningError::Few(starts.len()));
    }
    let hour = |at: f64| ((calendar.week_starts + at).rem_euclid(WEEK as f64) as usize).min(WEEK - 1);
    let mut minutes = vec![0_usize; 1_440];
    let mut seen = vec![0.0; WEEK];
    for at in starts {
        seen[hour(*at)] += 1.0;
        minutes[(((calendar.week_starts + at).rem_euclid(24.0) * 60.0).round() as usize) % 1_440] += 1;
    }
    if minutes.iter().any(|count| 10 * count > 9 * starts.len()) {
        return Err(OpeningError::Days);
    }
    let mut waited = vec![0.0; WEEK];
    for (from, to) in waits.iter().filter(|(from, to)| from.is_finite() && to.is_finite() && to > from) {
        // Whole weeks count in every hour alike.
        let weeks = ((to - from) / WEEK as f64).floor();
        waited.iter_mut().for_each(|hours| *hours += weeks);
        let mut at = from + weeks * WEEK as f64;
        while at < to - 1e-9 {
            let step = (1.0 - (calendar.week_starts + at).rem_euclid(1.0)).min(to - at).max(1e-6);
            waited[hour(at + step / 2.0)] += step;
            at += step;
        }
    }
    let mut open = vec![true; WEEK];
    let mut edges = Vec::new();
    // Closed hours hold no starts, so that what is meant in the others rises once they are known.
    for last in [false, true] {
        let sum =
            |values: &[f64]| values.iter().zip(&open).filter(|(_, open)| **open).map(|(value, _)| value).sum::<f64>();
        let pace = sum(&seen) / sum(&waited).max(1e-9);
        let mut next = vec![true; WEEK];
        edges.clear();
        for (name, days) in DAYS {
            let of = |values: &[f64], hour: usize| days.clone().map(|day| values[day * 24 + hour % 24]).sum::<f64>();
            let (count, meant): (Vec<f64>, Vec<f64>) =
                (0..24).map(|hour| (of(&seen, hour), pace * of(&waited, hour))).unzip();
            let quiet: Vec<bool> = (0..24).map(|hour| count[hour] <= STRAY * meant[hour]).collect();
            for (from, length) in runs(&quiet) {
                let hours = || (from..from + length).map(|hour| hour % 24);
                let (count, meant): (f64, f64) =
                    (hours().map(|hour| count[hour]).sum(), hours().map(|hour| meant[hour]).sum());
                // Poisson: at most so many where so many were meant.
                let chance = chance_above(2.0 * meant, 2.0 * (count + 1.0));
                if meant <= 0.0 || chance * (DAYS.len() * 24 * 24) as f64 >= CHANCE {
                    continue;
                }
                days.clone().for_each(|day| hours().for_each(|hour| next[day * 24 + hour] = false));
                if last && length < 24 {
                    edges.extend(ends(name, from, length, &meant_of(&waited, &days, pace)));
                } else if last {
                    let name = format!("hours open on {name}");
                    edges.push(Estimate { name, value: 0.0, low: 0.0, high: 0.0 });
                }
            }
        }
        open = next;
    }
    let (mut first, mut rest) = ([0.0; 2], [0.0; 2]);
    for at in (0..WEEK).filter(|at| open[*at]) {
        let sum = if open[(at + WEEK - 1) % WEEK] { &mut rest } else { &mut first };
        sum[0] += seen[at];
        sum[1] += waited[at];
    }
    // Twice as many for each hour waited, and not by chance.
    let pace = rest[0] / rest[1].max(1e-9);
    let gathers = first[0] > 2.0 * pace * first[1] && first[0] - pace * first[1] > 3.0 * first[0].sqrt();
    Ok(Opening { open, edges, starts: starts.len(), gathers })
}

fn meant_of(waited: &[f64], days: &std::ops::Range<usize>, pace: f64) -> Vec<f64> {
    (0..24).map(|hour| pace * days.clone().map(|day| waited[day * 24 + hour]).sum::<f64>()).collect()
}

/// Runs of quiet hours around the clock: the first hour of each and its length.
fn runs(quiet: &[bool]) -> Vec<(usize, usize)> {
    let count = quiet.len();
    let Some(awake) = quiet.iter().position(|quiet| !quiet) else { return vec![(0, count)] };
    let mut found: Vec<(usize, usize)> = Vec::new();
    for hour in awake..awake + count {
        match (quiet[hour % count], found.last_mut()) {
            (true, Some((from, length))) if *from + *length == hour => *length += 1,
            (true, _) => found.push((hour, 1)),
            (false, _) => {}
        }
    }
    found
}

/// When it closes and opens again. As far into the quiet hours as fewer than three starts are meant nobody can tell.
fn ends(name: &str, from: usize, length: usize, meant: &[f64]) -> [Estimate; 2] {
    let unsure = |hours: &mut dyn Iterator<Item = usize>| {
        let (mut sum, mut count) = (0.0, 0.0);
        for hour in hours {
            sum += meant[hour % 24];
            if sum >= 3.0 {
                return count + ((3.0 - sum) / meant[hour % 24].max(1e-9) + 1.0);
            }
            count += 1.0;
        }
        count
    };
    let (closes, opens) = ((from % 24) as f64, ((from + length) % 24) as f64);
    let late = unsure(&mut (from..from + length));
    let early = unsure(&mut (from..from + length).rev());
    // And into the hours in which somebody begins: within the hour of the last and of the first.
    [
        Estimate { name: format!("closes on {name}"), value: closes, low: closes - 1.0, high: closes + late },
        Estimate { name: format!("opens on {name}"), value: opens, low: opens - early, high: opens + 1.0 },
    ]
}

impl Opening {
    /// Whether it is open at every hour.
    pub fn always(&self) -> bool {
        self.open.iter().all(|open| *open)
    }

    /// In a sentence.
    pub fn words(&self) -> String {
        if self.always() {
            return "open at all hours: people who wait begin at every hour of the week".to_owned();
        }
        let mut said: Vec<String> = Vec::new();
        for (name, days) in DAYS {
            let day = &self.open[days.start * 24..days.start * 24 + 24];
            let stretches = runs(day);
            said.push(match stretches.as_slice() {
                [] => format!("closed on {name}"),
                [(_, 24)] => format!("open all day on {name}"),
                many => {
                    let many: Vec<String> = many
                        .iter()
                        .map(|(from, length)| format!("{} to {}", from % 24, (from + length - 1) % 24 + 1))
                        .collect();
                    format!("{} on {name}", many.join(" and "))
                }
            });
        }
        let meanwhile = if self.gathers {
            "who is ready meanwhile begins when it opens"
        } else {
            "what people wait for stands still meanwhile, which is told within their delay"
        };
        format!("{}; {meanwhile}", said.join(", "))
    }

    /// Whether an hour of the window is open; `settled`: and not the first hour after it was closed.
    pub fn at(&self, hour: f64, settled: bool) -> bool {
        let at = (hour.rem_euclid(WEEK as f64) as usize).min(WEEK - 1);
        self.open[at] && (!settled || self.open[(at + WEEK - 1) % WEEK])
    }

    /// `(from, to)` for each stretch of `from..to` in which it is open and has been for an hour, so that who begins did not wait for
    /// the door. `week` is the hour of the week at hour 0.
    pub fn settled(&self, from: f64, to: f64, week: f64) -> Vec<(f64, f64)> {
        let mut stretches: Vec<(f64, f64)> = Vec::new();
        let mut at = from;
        while at < to - 1e-9 {
            let end = (at + (1.0 - (week + at).rem_euclid(1.0)).max(1e-6)).min(to);
            if self.at(week + 0.5 * (at + end), true) {
                match stretches.last_mut() {
                    Some(last) if (last.1 - at).abs() < 1e-9 => last.1 = end,
                    _ => stretches.push((at, end)),
                }
            }
            at = end;
        }
        stretches
    }

    /// As a rota of so many units.
    pub fn rota(&self, units: u32) -> Capacity {
        let (mut from, mut all) = (Vec::new(), Vec::new());
        for (hour, open) in self.open.iter().enumerate() {
            let now = if *open { units } else { 0 };
            if all.last() != Some(&now) {
                from.push(hour as f64);
                all.push(now);
            }
        }
        Capacity::Hours(Hours { every: Some(WEEK as f64), from, units: all })
    }
}

/// A rate: so many in so many hours, with its interval (Poisson, by the logarithm).
pub fn rate(name: &str, count: usize, hours: f64) -> Estimate {
    let (value, half) = (count as f64 / hours.max(1e-9), Z95 / (count.max(1) as f64).sqrt());
    Estimate { name: name.to_owned(), value, low: value * (-half).exp(), high: value * half.exp() }
}

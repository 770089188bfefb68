//! How long rocks lie: Kaplan and Meier's estimate (1958), so that rocks which still lie count for as long as they have lain.

use super::Rock;
use domain::Date;

/// In days.
const HALF_A_YEAR: i32 = 182;

/// The share still lying after each number of days on which one was cleared.
#[derive(Debug, Clone, PartialEq)]
pub struct Survival {
    /// Days, share still lying; falling.
    pub curve: Vec<(f64, f64)>,
    /// How many there were.
    pub all: usize,
    /// How many of them were cleared.
    pub cleared: usize,
}

impl Survival {
    /// The day by which half have been cleared; `None` when that has not been seen yet.
    pub fn half_life_days(&self) -> Option<f64> {
        self.curve.iter().find(|point| point.1 <= 0.5 + 1e-12).map(|point| point.0)
    }
}

/// Kaplan and Meier's estimate from (days, whether it ended then). Those that had not ended are known to have lasted so long.
///
/// ```
/// use agree::plan::survival;
/// let found = survival(&[(10.0, true), (20.0, false), (30.0, true)]);
/// assert_eq!(found.curve, [(10.0, 2.0 / 3.0), (30.0, 0.0)]);
/// assert_eq!(found.half_life_days(), Some(30.0));
/// ```
pub fn survival(lasted: &[(f64, bool)]) -> Survival {
    let mut lasted: Vec<(f64, bool)> = lasted.iter().copied().filter(|(days, _)| *days >= 0.0).collect();
    lasted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut share, mut curve, mut at) = (1.0, Vec::new(), 0);
    while at < lasted.len() {
        let same = lasted[at..].iter().take_while(|other| other.0 == lasted[at].0).count();
        let ended = lasted[at..at + same].iter().filter(|other| other.1).count();
        if ended > 0 {
            let lying = lasted.len() - at;
            share *= (lying - ended) as f64 / lying as f64;
            curve.push((lasted[at].0, share));
        }
        at += same;
    }
    Survival { curve, all: lasted.len(), cleared: lasted.iter().filter(|one| one.1).count() }
}

/// How long these rocks lie, as seen on `today`. Rocks raised later are left out; one cleared later still lies.
pub fn half_life<'a>(rocks: impl IntoIterator<Item = &'a Rock>, today: Date) -> Survival {
    let seen: Vec<(f64, bool)> = rocks
        .into_iter()
        .filter(|rock| rock.raised <= today)
        .map(|rock| (f64::from(rock.age_days(today)), !rock.lies(today)))
        .collect();
    survival(&seen)
}

/// The half-life of rocks month by month, as it was seen on the last day of each of `months` months up to `today` (of this month, today):
/// of rocks raised in the half-year before, those that still lay counted for as long as they had lain. Oldest first.
pub fn half_life_by_month<'a>(
    rocks: impl IntoIterator<Item = &'a Rock> + Clone,
    today: Date,
    months: i32,
) -> Vec<(Date, Survival)> {
    let (year, month, _) = today.ymd();
    let last_day = |back: i32| {
        let next = year * 12 + month as i32 - back; // counted from 0, so this is the month after
        let first = Date::from_ymd(next.div_euclid(12), next.rem_euclid(12) as u32 + 1, 1)?;
        Some(Date(first.0 - 1).min(today))
    };
    let seen = |on: Date| {
        let recent = rocks.clone().into_iter().filter(|rock| rock.raised.0 > on.0 - HALF_A_YEAR);
        (on, half_life(recent, on))
    };
    (0..months).rev().filter_map(last_day).map(seen).collect()
}

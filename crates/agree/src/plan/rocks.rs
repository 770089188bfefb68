//! How long rocks lie: Kaplan and Meier's estimate (1958), so that rocks which still lie count for as long as they have lain.

use super::Rock;
use domain::Date;

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
        .map(|rock| match rock.cleared.filter(|&cleared| cleared <= today) {
            Some(cleared) => (f64::from(cleared.0 - rock.raised.0), true),
            None => (f64::from(today.0 - rock.raised.0), false),
        })
        .collect();
    survival(&seen)
}

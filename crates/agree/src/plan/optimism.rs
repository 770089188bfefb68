//! Promised against delivered: what the record of a class says of the next promise.
//!
//! A ratio is delivered / promised: of money below 1 is short, of days above 1 is late. A class with few schemes is drawn to all
//! schemes of the place, and a place with few to what was published elsewhere: quantile by quantile, n / (n + 10) of one's own. So
//! the record of the place takes over as it grows.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many schemes of its own weigh as much as everybody else's.
const DRAWN_TO: f64 = 10.0;

/// One scheme that is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// Its class.
    pub class: String,
    /// What was promised: days, or pounds.
    pub promised: f64,
    /// What came.
    pub delivered: f64,
}

/// Quantile of values sorted upwards, linear between them (Hyndman and Fan's type 7). Not a number when there are none.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = share.clamp(0.0, 1.0) * last as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    sorted[below] + part * (sorted[(below + 1).min(last)] - sorted[below])
}

/// What must be promised so that `need` comes with this chance, when this share of promises was delivered before.
///
/// ```
/// use agree::plan::plan_needed;
/// let shares = [0.94, 0.61, 1.02, 0.88, 0.75, 0.97, 0.55, 0.83, 0.91, 0.69, 0.78, 1.0, 0.86, 0.64, 0.9];
/// assert!((plan_needed(5.0, 0.8, &shares).unwrap() - 5.0 / 0.68).abs() < 1e-12);
/// ```
///
/// `None` without a record, or when so little was delivered that no promise is enough.
pub fn plan_needed(need: f64, chance: f64, shares: &[f64]) -> Option<f64> {
    let share = quantile(&sorted(shares.iter().copied()), 1.0 - chance);
    (share > 0.0).then(|| need / share)
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The record of one class.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The class.
    pub class: String,
    /// Schemes.
    pub schemes: usize,
    /// Promised by all together.
    pub promised: f64,
    /// Delivered by all together.
    pub delivered: f64,
    /// The middle ratio of its own schemes.
    pub middle: f64,
}

/// Promised against delivered, class by class, as it was: nothing drawn to anything.
pub fn promised_against_delivered(past: &[Past]) -> Vec<Record> {
    let mut classes: BTreeMap<&str, Vec<&Past>> = BTreeMap::new();
    past.iter().filter(|one| one.promised > 0.0).for_each(|one| classes.entry(&one.class).or_default().push(one));
    let record = |(class, schemes): (&str, Vec<&Past>)| Record {
        class: class.to_owned(),
        schemes: schemes.len(),
        promised: schemes.iter().map(|one| one.promised).sum(),
        delivered: schemes.iter().map(|one| one.delivered).sum(),
        middle: quantile(&sorted(schemes.iter().map(|one| one.delivered / one.promised)), 0.5),
    };
    classes.into_iter().map(record).collect()
}

/// What was delivered for each unit promised, by class.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratios {
    classes: BTreeMap<String, Vec<f64>>,
    all: Vec<f64>,
    elsewhere: Vec<f64>,
}

impl Ratios {
    /// Learns from schemes that are over; `elsewhere` are ratios published of other places, for as long as the own record is
    /// thin. Schemes that promised nothing are left out. Without any record at all a promise is taken at its word.
    pub fn learn(past: &[Past], elsewhere: &[f64]) -> Ratios {
        let mut classes: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for one in past.iter().filter(|one| one.promised > 0.0 && one.delivered >= 0.0) {
            let ratio = one.delivered / one.promised;
            if ratio.is_finite() {
                classes.entry(one.class.clone()).or_default().push(ratio);
            }
        }
        classes.values_mut().for_each(|ratios| ratios.sort_by(f64::total_cmp));
        let all = sorted(classes.values().flatten().copied());
        let elsewhere = sorted(elsewhere.iter().copied());
        Ratios { classes, all, elsewhere: if elsewhere.is_empty() { vec![1.0] } else { elsewhere } }
    }

    /// The ratio below which `share` of such promises end, 0 to 1.
    pub fn quantile(&self, class: &str, share: f64) -> f64 {
        let drawn = |own: &[f64], to: f64| {
            let weight = own.len() as f64 / (own.len() as f64 + DRAWN_TO);
            if own.is_empty() { to } else { weight * quantile(own, share) + (1.0 - weight) * to }
        };
        let place = drawn(&self.all, quantile(&self.elsewhere, share));
        drawn(self.classes.get(class).map_or(&[], Vec::as_slice), place)
    }

    /// How many schemes of the class it has learned from.
    pub fn schemes(&self, class: &str) -> usize {
        self.classes.get(class).map_or(0, Vec::len)
    }
}

/// Kinds of project in Mott MacDonald's "Review of large public procurement in the UK" (2002), table 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Project {
    /// Buildings that need no special design.
    StandardBuildings,
    /// Buildings that do.
    NonStandardBuildings,
    /// Roads and pipes as usual.
    StandardCivil,
    /// Others.
    NonStandardCivil,
    /// Equipment, software, development.
    Equipment,
    /// Services bought.
    Outsourcing,
}

/// How far such projects overran, in per cent of the estimate: upper is where to start, lower where good management ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Uplift {
    /// Where to start.
    pub upper: f64,
    /// Never below.
    pub lower: f64,
}

/// Uplift of (time, money) of a kind of project, as HM Treasury's Green Book supplementary guidance gives it. Outsourcing: no time,
/// and the money is operating cost; all others capital.
pub fn uplift(project: Project) -> (Option<Uplift>, Uplift) {
    let (time, money) = match project {
        Project::StandardBuildings => (Some((4.0, 1.0)), (24.0, 2.0)),
        Project::NonStandardBuildings => (Some((39.0, 2.0)), (51.0, 4.0)),
        Project::StandardCivil => (Some((20.0, 1.0)), (44.0, 3.0)),
        Project::NonStandardCivil => (Some((25.0, 3.0)), (66.0, 6.0)),
        Project::Equipment => (Some((54.0, 10.0)), (200.0, 10.0)),
        Project::Outsourcing => (None, (41.0, 0.0)),
    };
    let whole = |(upper, lower)| Uplift { upper, lower };
    (time.map(whole), whole(money))
}

/// Uplift of a project of several kinds: each by its share of the estimate (shares need not sum to 1).
pub fn mixed_uplift(parts: &[(f64, Uplift)]) -> Uplift {
    let all: f64 = parts.iter().map(|part| part.0).sum();
    let mean = |of: fn(&Uplift) -> f64| parts.iter().map(|(share, uplift)| share * of(uplift)).sum::<f64>() / all;
    Uplift { upper: mean(|uplift| uplift.upper), lower: mean(|uplift| uplift.lower) }
}

/// One cause of optimism, and how much of it is managed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Risk {
    /// Its part of the upper uplift, in per cent.
    pub contribution_percent: f64,
    /// How much of it is managed, 0 to 1.
    pub managed: f64,
}

/// The uplift that is left when risks are managed: upper × Σ contribution × (1 − managed), never below lower; per cent.
pub fn mitigated_uplift(uplift: Uplift, risks: &[Risk]) -> f64 {
    let left: f64 = risks.iter().map(|risk| risk.contribution_percent / 100.0 * (1.0 - risk.managed)).sum();
    (uplift.upper * left).max(uplift.lower)
}

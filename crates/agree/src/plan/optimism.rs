//! Promised against delivered: what the record of a class says of the next promise.
//!
//! A ratio is delivered / promised: of money below 1 is short, of days above 1 is late. The next promise of a class is one of its own n
//! schemes with a chance of n / (n + 10), else one of all schemes of the place in the same way, else one of those published elsewhere.
//! Chances are mixed, never ratios: what was kept to the day stays so. So the record of the place takes over as it grows. What is
//! still open counts for as long as it has lasted.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many schemes of its own weigh as much as everybody else's.
const DRAWN_TO: f64 = 10.0;

/// Times as equipment and development overran in Mott MacDonald's review (2002): between 1.10 and 1.54 of the promise.
pub const TIMES_ELSEWHERE: [f64; 2] = [1.10, 1.54];
/// Money of one scheme, tenth by tenth. Published are sums of the whole National Health Service: of 2011-12 auditors could find 3.4 of
/// £5.8bn reported (0.59), of 2024-25 8.7 of 9.3 planned are reported (0.94). Single schemes spread wider than their sum. The spread is
/// our assumption: one in ten brings less than a tenth, four in ten all of it, and the mean, 0.77, lies in the middle of both sums.
pub const MONEY_ELSEWHERE: [f64; 11] = [0.0, 0.1, 0.5, 0.75, 0.9, 0.95, 1.0, 1.0, 1.0, 1.0, 1.0];

/// One scheme that is over, or has lasted so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// Its class.
    pub class: String,
    /// What was promised: days, or pounds.
    pub promised: f64,
    /// What came; of one still open the days that it has taken so far.
    pub delivered: f64,
    /// Whether it is still open: it will take longer than that.
    #[serde(default)]
    pub open: bool,
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

/// Ratios sorted upwards, each with how many schemes it stands for.
type Weighted = Vec<(f64, f64)>;

/// From (ratio, whether it is open). What is open stands for those that lasted longer, each alike (Efron 1967: Kaplan and Meier's
/// estimate). Where none did it counts at its age once that is over its promise, and before says nothing.
fn weighted(past: &[&Past]) -> Weighted {
    let ratio = |one: &&Past| (one.delivered / one.promised, one.open);
    let mut seen: Vec<(f64, bool)> = past.iter().map(ratio).filter(|one| one.0.is_finite()).collect();
    seen.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut weights = vec![1.0; seen.len()];
    for (at, (ratio, _)) in seen.iter().enumerate().filter(|(_, one)| one.1) {
        let longer = seen.len() - at - 1;
        let each = weights[at] / longer as f64;
        weights[at + 1..].iter_mut().for_each(|weight| *weight += each);
        if longer > 0 || *ratio < 1.0 {
            weights[at] = 0.0;
        }
    }
    seen.into_iter().zip(weights).filter(|one| one.1 > 0.0).map(|((ratio, _), weight)| (ratio, weight)).collect()
}

/// As [`quantile`], of weighted values.
fn of_weighted(sorted: &[(f64, f64)], share: f64) -> f64 {
    let Some(last) = sorted.last() else { return f64::NAN };
    // Each stands at the middle of its weight.
    let way = |pair: &[(f64, f64)]| f64::midpoint(pair[0].1, pair[1].1);
    let mut place = share.clamp(0.0, 1.0) * sorted.windows(2).map(way).sum::<f64>();
    for pair in sorted.windows(2) {
        let way = way(pair);
        if place < way {
            return pair[0].0 + place / way * (pair[1].0 - pair[0].0);
        }
        place -= way;
    }
    last.0
}

/// The record of one class.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The class.
    pub class: String,
    /// Schemes that are over.
    pub schemes: usize,
    /// Schemes still open that have outlasted their promise.
    pub over: usize,
    /// Promised by all that are over, together.
    pub promised: f64,
    /// Delivered by them.
    pub delivered: f64,
    /// The middle ratio of its own schemes, open ones counted for as long as they have lasted; unknown while nothing is.
    pub middle: Option<f64>,
}

/// Promised against delivered, class by class, as it was: nothing drawn to anything.
pub fn promised_against_delivered(past: &[Past]) -> Vec<Record> {
    let mut classes: BTreeMap<&str, Vec<&Past>> = BTreeMap::new();
    past.iter().filter(|one| one.promised > 0.0).for_each(|one| classes.entry(&one.class).or_default().push(one));
    let record = |(class, schemes): (&str, Vec<&Past>)| {
        let ended = || schemes.iter().filter(|one| !one.open);
        Record {
            class: class.to_owned(),
            schemes: ended().count(),
            over: schemes.iter().filter(|one| one.open && one.delivered > one.promised).count(),
            promised: ended().map(|one| one.promised).sum(),
            delivered: ended().map(|one| one.delivered).sum(),
            middle: Some(of_weighted(&weighted(&schemes), 0.5)).filter(|middle| middle.is_finite()),
        }
    };
    classes.into_iter().map(record).filter(|one| one.middle.is_some()).collect()
}

/// What was delivered for each unit promised, by class.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratios {
    /// Of each class how many schemes it has learned from, and its curve.
    classes: BTreeMap<String, (usize, Curve)>,
    /// Of a class without a scheme of its own.
    others: Curve,
}

/// Chances and the ratios that are not exceeded with them, both rising; linear between.
type Curve = Vec<(f64, f64)>;

/// The share of values, sorted upwards and evenly spread between each two, below a ratio, or not above it.
fn share_below(sorted: &[f64], ratio: f64, or_at: bool) -> f64 {
    let at = sorted.partition_point(|value| if or_at { *value <= ratio } else { *value < ratio });
    match sorted.get(at) {
        _ if at == 0 => 0.0,
        None => 1.0,
        Some(next) => {
            let last = sorted[at - 1];
            (at as f64 - 1.0 + (ratio - last) / (next - last)) / (sorted.len() - 1) as f64
        }
    }
}

/// One draw out of each record with its chance, or with what is left of all chances out of `elsewhere`.
fn mixed(records: &[(f64, &Weighted)], elsewhere: &[f64]) -> Curve {
    let mut left = 1.0;
    let mut ratios: Vec<(f64, f64)> = elsewhere.iter().map(|ratio| (*ratio, 0.0)).collect();
    for (chance, own) in records.iter().filter(|record| !record.1.is_empty()) {
        let all: f64 = own.iter().map(|one| one.1).sum();
        ratios.extend(own.iter().map(|(ratio, weight)| (*ratio, chance * weight / all)));
        left -= chance;
    }
    ratios.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut sum, mut curve) = (0.0, Vec::new());
    for same in ratios.chunk_by(|a, b| a.0 == b.0) {
        let ratio = same[0].0;
        curve.push((sum + left * share_below(elsewhere, ratio, false), ratio));
        sum += same.iter().map(|one| one.1).sum::<f64>();
        curve.push((sum + left * share_below(elsewhere, ratio, true), ratio));
    }
    curve
}

impl Ratios {
    /// Learns from schemes that are over, and of those still open that they last longer; `elsewhere` are ratios published of other
    /// places, for as long as the own record is thin. Schemes that promised nothing are left out. Without any record at all a promise
    /// is taken at its word.
    pub fn learn(past: &[Past], elsewhere: &[f64]) -> Ratios {
        let past: Vec<&Past> = past.iter().filter(|one| one.promised > 0.0 && one.delivered >= 0.0).collect();
        let mut classes: BTreeMap<&str, Vec<&Past>> = BTreeMap::new();
        past.iter().for_each(|one| classes.entry(&one.class).or_default().push(one));
        let chance = |own: &Weighted| own.len() as f64 / (own.len() as f64 + DRAWN_TO);
        let known = sorted(elsewhere.iter().copied());
        let elsewhere = if known.is_empty() { vec![1.0] } else { known };
        let all = weighted(&past);
        let class = |(class, past): (&str, Vec<&Past>)| {
            let own = weighted(&past);
            let here = chance(&own);
            (class.to_owned(), (own.len(), mixed(&[(here, &own), ((1.0 - here) * chance(&all), &all)], &elsewhere)))
        };
        Ratios { classes: classes.into_iter().map(class).collect(), others: mixed(&[(chance(&all), &all)], &elsewhere) }
    }

    /// The ratio that `share` of such promises do not exceed, 0 to 1.
    pub fn quantile(&self, class: &str, share: f64) -> f64 {
        let curve = self.classes.get(class).map_or(&self.others, |known| &known.1);
        let at = curve.partition_point(|point| point.0 < share);
        match (at.checked_sub(1).map(|below| curve[below]), curve.get(at).copied()) {
            (Some((from, low)), Some((to, high))) => low + (share - from) / (to - from) * (high - low),
            (None, Some((_, ratio))) | (Some((_, ratio)), None) => ratio,
            (None, None) => 1.0,
        }
    }

    /// As [`Ratios::quantile`], of something that has lasted `so_far` already, and may end today: what ended sooner says nothing of it.
    /// The next one outlasts all n before it with a chance of 1 / (n + 1), and nobody has seen by how much: our assumption is a Pareto
    /// tail of exponent 2, so that half of those take 1.41 times as long as the record.
    pub fn lasting_beyond(&self, class: &str, so_far: f64) -> impl Fn(f64) -> f64 {
        let tail = 1.0 / (self.schemes(class) as f64 + DRAWN_TO + 1.0);
        let from = self.quantile(class, 1.0 - tail);
        let lasting = move |share: f64| {
            let inside = self.quantile(class, share);
            if share <= 1.0 - tail { inside } else { inside.max(from * (tail / (1.0 - share)).sqrt()) }
        };
        let (mut below, mut above) = (0.0, 1.0);
        for _ in 0..40 {
            let middle = f64::midpoint(below, above);
            *(if lasting(middle) >= so_far { &mut above } else { &mut below }) = middle;
        }
        let gone = if lasting(0.0) >= so_far { 0.0 } else { above };
        move |share| lasting(gone + (1.0 - gone) * share).max(so_far)
    }

    /// How many schemes of the class it has learned from.
    pub fn schemes(&self, class: &str) -> usize {
        self.classes.get(class).map_or(0, |known| known.0)
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

//! The next days: the copy run on from the people who are in the place now, many times; what was known at some past moment
//! forecast in the same way and held against what happened.
//!
//! A range has to hold what it promises, and three things make it honest: the luck of who comes and how long each stays (the
//! replications), how little the numbers of the copy are known (twenty copies, their rates and lengths moved as far as they
//! may be wrong), and what past forecasts were off by beyond both ([`Margins`]).

use super::fit::scaled;
use super::learn::{Known, LearnError, Learned, Reach, Records, leaving, waiting_for};
use super::score::{Made, Scored, What, members, quantile};
use crate::simulate::distribution::normal_above;
use crate::simulate::{Compiled, Invalid, Model, Options, Outcome, replicate};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};

/// A part of what a forecast is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// People in a service.
    Present(String),
    /// People who are ready in one service and wait there for another (none: home).
    Held(String, Option<String>),
    /// People who asked for a service and wait, in no other's place.
    Asked(String),
    /// People who begin at a service.
    Begun(String),
}

/// What a forecast is of: the sum of its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// What is counted.
    pub what: What,
    /// The service or handover.
    pub of: String,
    /// Its parts.
    pub parts: Vec<Part>,
}

/// Every service (people in it, people who begin) and every handover (people who wait) of a copy. Handovers are joins of kinds
/// of service, called as `names` calls `(from, to)`, else `from-to`; from `home` are those who hold no place meanwhile.
pub fn series(records: &Records, learned: &Learned, names: &HashMap<(String, String), String>) -> Vec<Series> {
    let kind = |name: &str| {
        let declared = records.services.iter().find(|declared| declared.name == name);
        declared.map_or("home".to_owned(), |declared| declared.kind.clone())
    };
    let mut all = Vec::new();
    let mut handovers: BTreeMap<String, Vec<Part>> = BTreeMap::new();
    let mut join = |from: String, to: String, part: Part| {
        let usual = format!("{}-to-{}", from.replace('_', "-"), to.replace('_', "-"));
        handovers.entry(names.get(&(from, to)).cloned().unwrap_or(usual)).or_default().push(part);
    };
    for declared in records.services.iter().filter(|declared| learned.model.service(&declared.name).is_some()) {
        let name = &declared.name;
        for (what, part) in [(What::Present, Part::Present(name.clone())), (What::Arrivals, Part::Begun(name.clone()))]
        {
            all.push(Series { what, of: name.clone(), parts: vec![part] });
        }
        let door = learned.model.service(&waiting_for(name)).is_some();
        if door || learned.model.service(name).is_some_and(|service| service.capacity.is_some()) {
            join("home".to_owned(), declared.kind.clone(), Part::Asked(name.clone()));
        }
    }
    for delay in &learned.joins {
        if learned.model.service(&leaving(&delay.from, delay.to.as_deref())).is_some() {
            let to = delay.to.as_deref().map_or("home".to_owned(), kind);
            join(kind(&delay.from), to, Part::Held(delay.from.clone(), delay.to.clone()));
        }
    }
    all.extend(handovers.into_iter().map(|(of, parts)| Series { what: What::Waiting, of, parts }));
    all
}

/// How far and how often to look ahead.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The length of a step, in hours.
    pub step: f64,
    /// How many steps.
    pub steps: usize,
    /// How many replications, shared out among [`COPIES`].
    pub replications: u32,
    /// The key of all chance.
    pub seed: u64,
}

impl Plan {
    /// The next 72 hours in steps of six hours.
    pub const DAYS: Plan = Plan { step: 6.0, steps: 12, replications: 400, seed: 1 };
    /// The next ten days.
    pub const WEEK: Plan = Plan { step: 24.0, steps: 10, replications: 400, seed: 1 };
}

/// What may happen: numbers by series, step and replication.
#[derive(Debug, Clone, PartialEq)]
pub struct Ensemble {
    /// What each is of.
    pub series: Vec<Series>,
    /// Length of a step, in hours.
    pub step: f64,
    /// `values[series][step][replication]`.
    pub values: Vec<Vec<Vec<f64>>>,
}

/// Why there is no forecast.
#[derive(Debug, thiserror::Error)]
pub enum ForecastError {
    /// There is no copy.
    #[error("there is no copy of the place to run on")]
    Learn(#[from] LearnError),
    /// The copy makes no sense as a model.
    #[error("the copy of the place cannot be run")]
    Model(#[from] Invalid),
}

/// Copies whose numbers are moved as far as they may be wrong.
pub const COPIES: u64 = 20;

/// Rates and lengths of the next days are those of the last weeks, give or take a tenth: places change.
const DRIFT: f64 = 0.1;

/// A normal number for a key, the same each time.
fn normal(seed: u64, replication: u64, which: u64) -> f64 {
    let mut hash = seed ^ replication.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ which.rotate_left(40);
    for _ in 0..2 {
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        hash ^= hash >> 31;
    }
    normal_above(((hash >> 11) as f64 + 0.5) / (1_u64 << 53) as f64)
}

/// The copy with its rates and lengths moved as far as they may be wrong.
fn moved(learned: &Learned, seed: u64, replication: u64) -> Model {
    let mut model = learned.model.clone();
    for (which, (name, doubt)) in learned.doubts.iter().enumerate() {
        let doubt = doubt.hypot(DRIFT);
        let by = (doubt * normal(seed, replication, which as u64) - doubt * doubt / 2.0).exp();
        if let Some(source) = model.source_mut(name) {
            source.rates.iter_mut().for_each(|rate| *rate *= by);
        } else if let Some(service) = model.service_mut(name) {
            service.stay = service.stay.as_ref().map(|stay| scaled(stay, by));
            service.stays.values_mut().for_each(|stay| *stay = scaled(stay, by));
        }
    }
    model
}

/// Runs the copy on from who is in the place now.
///
/// # Errors
/// A copy that makes no sense as a model.
pub fn ahead(learned: &Learned, series: &[Series], plan: &Plan) -> Result<Ensemble, ForecastError> {
    let index: HashMap<&str, usize> =
        learned.model.services.iter().enumerate().map(|(at, service)| (service.name.as_str(), at)).collect();
    // Which of waiting (0), present in care or blocked (1), arrivals (2), of which service.
    let parts: Vec<Vec<(usize, u8)>> = series
        .iter()
        .map(|series| {
            let mut found = Vec::new();
            for part in &series.parts {
                match part {
                    Part::Present(name) => {
                        let within = format!("{name} > ");
                        let all = index.iter().filter(|(other, _)| *other == name || other.starts_with(&within));
                        found.extend(all.map(|(_, at)| (*at, 1)));
                    }
                    Part::Held(from, to) => {
                        found.extend(index.get(leaving(from, to.as_deref()).as_str()).map(|at| (*at, 1)));
                    }
                    Part::Asked(name) => {
                        found.extend(index.get(waiting_for(name).as_str()).map(|at| (*at, 1)));
                        found.extend(index.get(name.as_str()).map(|at| (*at, 0)));
                    }
                    Part::Begun(name) => found.extend(index.get(name.as_str()).map(|at| (*at, 2))),
                }
            }
            found.sort_unstable();
            found
        })
        .collect();
    let options = Options { series: Some(plan.step), ..Options::default() };
    let one = |outcome: &Outcome| {
        let mut values = Vec::with_capacity(series.len() * plan.steps);
        for parts in &parts {
            for step in 0..plan.steps {
                let value = parts.iter().map(|(service, field)| {
                    let Some(step) = outcome.services[*service].series.get(step) else { return 0.0 };
                    match field {
                        0 => step.waiting,
                        1 => step.in_care + step.blocked,
                        _ => step.arrivals,
                    }
                });
                values.push(value.sum::<f64>());
            }
        }
        values
    };
    let runs: Result<Vec<Vec<Vec<f64>>>, Invalid> = (0..COPIES)
        .into_par_iter()
        .map(|copy| {
            let mut model = moved(learned, plan.seed, copy);
            model.horizon = plan.step * plan.steps as f64;
            let model = Compiled::new(&model)?;
            let replications = (copy..u64::from(plan.replications)).step_by(COPIES as usize);
            Ok(replications.map(|number| one(&replicate(&model, plan.seed, number, &options))).collect())
        })
        .collect();
    let runs: Vec<Vec<f64>> = runs?.into_iter().flatten().collect();
    let values = (0..series.len())
        .map(|which| {
            let at = |step: usize| runs.iter().map(|run| run[which * plan.steps + step]).collect();
            (0..plan.steps).map(at).collect()
        })
        .collect();
    Ok(Ensemble { series: series.to_vec(), step: plan.step, values })
}

/// The two ends of a path on a day to come, as [`Ensemble::severe`] asks of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ends {
    /// The handovers at which people wait to come in, and to go on.
    pub handovers: [Vec<String>; 2],
    /// When the day begins, in hours from now: below 0 it has begun.
    pub from: f64,
    /// When it ends.
    pub to: f64,
    /// People at a time who waited at either end in what of the day is over.
    pub seen: [f64; 2],
    /// More than so many at both ends, on average over the day, is severe.
    pub limits: [f64; 2],
    /// People who were counted at either end beside those that the copy knows, on past days: each is as likely. Empty: none.
    pub beside: Vec<[f64; 2]>,
}

impl Ensemble {
    /// The same, moved and widened by what past forecasts were off by. Which replication is which stays the same, so that what
    /// comes together still does.
    #[must_use]
    pub fn widened(mut self, margins: &Margins) -> Ensemble {
        for (series, steps) in self.series.iter().zip(&mut self.values) {
            for values in steps {
                let mut order: Vec<usize> = (0..values.len()).collect();
                order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
                let mut sorted: Vec<f64> = order.iter().map(|at| values[*at]).collect();
                margins.widen(series, &mut sorted);
                order.into_iter().zip(sorted).for_each(|(at, value)| values[at] = value);
            }
        }
        self
    }

    /// As lines to be kept: `model` is the digest of the copy, `made` when it was made (seconds since 1970).
    pub fn lines(&self, model: &str, made: i64) -> Vec<Made> {
        let mut lines = Vec::new();
        for (series, steps) in self.series.iter().zip(&self.values) {
            for (step, values) in steps.iter().enumerate() {
                let (from, to) = (step as f64 * self.step, (step + 1) as f64 * self.step);
                let (model, of) = (model.to_owned(), series.of.clone());
                lines.push(Made { model, made, what: series.what, of, from, to, members: members(values) });
            }
        }
        lines
    }

    /// The chance that a day is severe: that more people than the limits wait at both ends of a path in the same replication. None
    /// when no handover of an end is in this forecast, or less than half of the day is.
    pub fn severe(&self, ends: &Ends) -> Option<f64> {
        let overlap = |step: usize| {
            let (from, to) = (step as f64 * self.step, (step + 1) as f64 * self.step);
            (to.min(ends.to) - from.max(ends.from)).max(0.0)
        };
        let steps = self.values.first().map_or(0, Vec::len);
        let weights: Vec<f64> = (0..steps).map(overlap).collect();
        let (ahead, over) = (weights.iter().sum::<f64>(), (-ends.from).max(0.0));
        if ahead <= 0.0 || 2.0 * ahead < ends.to - ends.from {
            return None;
        }
        let people = |names: &[String], seen: f64| {
            let of = |series: &&Series| series.what == What::Waiting && names.contains(&series.of);
            let parts: Vec<&Vec<Vec<f64>>> =
                self.series.iter().zip(&self.values).filter(|(series, _)| of(series)).map(|part| part.1).collect();
            let count = parts.first()?.first()?.len();
            let one = |run: usize| {
                let waited = |values: &&Vec<Vec<f64>>| {
                    values.iter().zip(&weights).map(|(step, weight)| weight * step[run]).sum::<f64>()
                };
                (over * seen + parts.iter().map(waited).sum::<f64>()) / (over + ahead)
            };
            Some((0..count).map(one).collect::<Vec<f64>>())
        };
        let [front, back] = &ends.handovers;
        let (front, back) = (people(front, ends.seen[0])?, people(back, ends.seen[1])?);
        let beside = |run: usize| ends.beside.get(run % ends.beside.len().max(1)).copied().unwrap_or_default();
        let severe = front.iter().zip(&back).enumerate().filter(|(run, (front, back))| {
            let [more, most] = beside(*run);
            **front + more > ends.limits[0] && **back + most > ends.limits[1]
        });
        Some(severe.count() as f64 / front.len().max(1) as f64)
    }
}

impl Known<'_> {
    /// What happened to a series in the spans between `edges` (hours of the window).
    pub fn observed(&self, series: &Series, edges: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; edges.len().saturating_sub(1)];
        for part in &series.parts {
            let one = match part {
                Part::Present(name) => self.present(name, edges),
                Part::Held(from, to) => self.waiting(Some(from), to.as_deref(), edges),
                Part::Asked(name) => self.waiting(None, Some(name), edges),
                Part::Begun(name) => self.begun(name, edges),
            };
            sum.iter_mut().zip(one).for_each(|(sum, one)| *sum += one);
        }
        sum
    }
}

/// By how much ranges have to be moved and widened, learned from where what happened lay in past forecasts.
///
/// If forecasts are right, the ranks of what happened are spread evenly, and as normal scores they have mean 0 and spread 1.
/// Where their mean is another, forecasts lean to one side; where their spread is more, ranges are too narrow. Each series is
/// corrected by its own past, which leans on that of all the more the shorter it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Margins {
    by_series: HashMap<(What, String), (f64, f64)>,
    all: Option<(f64, f64)>,
}

/// Past forecasts that the whole counts for, beside those of a series itself.
const LEAN: f64 = 30.0;

impl Margins {
    /// From forecasts that were made without margins, and scored before the next is made.
    pub fn of<'a>(scored: impl IntoIterator<Item = &'a Scored>) -> Margins {
        let mut sums: BTreeMap<(What, String), [f64; 3]> = BTreeMap::new();
        let mut whole = [0.0; 3];
        for line in scored {
            let [from, to] = line.rank;
            let sums = sums.entry((line.what, line.of.clone())).or_default();
            // A range of ranks counts as all of its places, each a little.
            const PLACES: usize = 8;
            for place in 0..PLACES {
                let rank = from + (to - from) * (place as f64 + 0.5) / PLACES as f64;
                let score = -normal_above(rank.clamp(1e-4, 1.0 - 1e-4));
                for sums in [&mut *sums, &mut whole] {
                    sums[0] += 1.0 / PLACES as f64;
                    sums[1] += score / PLACES as f64;
                    sums[2] += score * score / PLACES as f64;
                }
            }
        }
        if whole[0] < 2.0 * LEAN {
            return Margins::default();
        }
        let square = whole[2] / whole[0];
        let of = |[count, sum, squares]: [f64; 3]| {
            let middle = sum / (count + LEAN);
            let spread = (squares + LEAN * square) / (count + LEAN) - middle * middle;
            (middle, spread.max(0.25).sqrt())
        };
        let by_series = sums.into_iter().map(|(series, sums)| (series, of(sums))).collect();
        Margins { by_series, all: Some((0.0, square.sqrt())) }
    }

    /// Moves and widens sorted members.
    fn widen(&self, series: &Series, members: &mut [f64]) {
        let own = self.by_series.get(&(series.what, series.of.clone())).copied();
        let Some((middle, spread)) = own.or(self.all).filter(|_| !members.is_empty()) else { return };
        let sorted = members.to_vec();
        let count = sorted.len() as f64;
        let score = |p: f64| -normal_above(p);
        let last = score(1.0 - 0.5 / count);
        let half = quantile(&sorted, 0.5);
        for (at, value) in members.iter_mut().enumerate() {
            let moved = middle + spread * score((at as f64 + 0.5) / count);
            let inside = moved.clamp(-last, last);
            let p = 0.5 * statrs::function::erf::erfc(-inside / std::f64::consts::SQRT_2);
            // Beyond the outermost member the range goes on as steeply as it is wide on that side.
            let edge = if moved < 0.0 { 0.05 } else { 0.95 };
            let slope = (quantile(&sorted, edge) - half).abs() / 1.645;
            *value = (quantile(&sorted, p) + (moved - inside) * slope).max(0.0);
        }
        members.sort_by(f64::total_cmp);
    }
}

/// A forecast made at a past `moment` (hours of the window) with what was known then, and how it did. `all` is what is known
/// now.
///
/// # Errors
/// Those of [`ahead`] and of [`Records::known`].
pub fn looked_back(
    records: &Records,
    all: &Known,
    reach: Reach,
    names: &HashMap<(String, String), String>,
    moment: f64,
    plan: &Plan,
    margins: &Margins,
) -> Result<(Ensemble, Vec<Scored>), ForecastError> {
    let learned = records.known(moment)?.learn(reach)?;
    let series = series(records, &learned, names);
    let ensemble = ahead(&learned, &series, plan)?.widened(margins);
    let edges: Vec<f64> = (0..=plan.steps).map(|step| moment + step as f64 * plan.step).collect();
    let seen: Vec<Vec<f64>> = series.iter().map(|series| all.observed(series, &edges)).collect();
    let lines = ensemble.lines("backtest", (moment * 3_600.0) as i64);
    let scored = lines.iter().zip(seen.iter().flatten()).filter_map(|(made, seen)| made.score(*seen)).collect();
    Ok((ensemble, scored))
}

/// How forecasts made at each of `moments` did.
///
/// # Errors
/// Those of [`looked_back`].
pub fn backtest(
    records: &Records,
    all: &Known,
    reach: Reach,
    names: &HashMap<(String, String), String>,
    moments: &[f64],
    plan: &Plan,
    margins: &Margins,
) -> Result<Vec<Scored>, ForecastError> {
    let mut scored = Vec::new();
    for moment in moments {
        scored.extend(looked_back(records, all, reach, names, *moment, plan, margins)?.1);
    }
    Ok(scored)
}

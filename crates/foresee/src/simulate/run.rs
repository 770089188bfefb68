//! Replications side by side, and two runs compared: with the change and without.
//!
//! A [`Run`] is a value: which model (its digest), which seed, which version, how many replications, and what came of them
//! with its intervals. Replications are independent and are added up in their order, so the same seed gives the same bytes
//! for any number of threads. [`pair`] runs two models on the same people and compares them replication by replication.

use super::model::{Capacity, Model, Unit, WarmUp, WarmUpRule};
use super::trust::{self, Band, Interval, Moments, Paired, Precision};
use super::{Compiled, Invalid, Options, Outcome, replicate};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

/// Why a run gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The model makes no sense.
    #[error(transparent)]
    Model(#[from] Invalid),
    /// The threads could not be started.
    #[error("cannot start {threads} threads")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// Why not.
        source: rayon::ThreadPoolBuildError,
    },
    /// Cancelled before one replication was done.
    #[error("the run was cancelled before it had an answer")]
    Cancelled,
    /// A precision was asked of an answer that the model does not have.
    #[error("the model has no answer called {name}")]
    NoAnswer {
        /// What was asked for.
        name: String,
    },
}

/// When to stop.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// After so many replications.
    Replications(usize),
    /// When all of these answers, by name ("ED.wait"), are as narrow as wanted at once; at the latest after `most`.
    Precision {
        /// Answers and how wide each may be.
        wanted: Vec<(String, Precision)>,
        /// The most replications.
        most: usize,
    },
}

/// How to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// When to stop.
    pub stop: Stop,
    /// The key of all chance.
    pub seed: u64,
    /// Threads to use; 0: as many as there are. They change how long it takes and nothing else.
    pub threads: usize,
    /// Confidence of the intervals (0.95).
    pub confidence: f64,
    /// A profile over a cycle: its length and its step (168 and 1: hours of the week).
    pub profile: Option<(f64, f64)>,
    /// A series over the run: its step (24: days).
    pub series: Option<f64>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { stop: Stop::Replications(30), seed: 1, threads: 0, confidence: 0.95, profile: None, series: None }
    }
}

/// One answer of a run, with how far it can be trusted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// "ED.wait"; of the whole place, "place.delay".
    pub name: String,
    /// In which unit.
    pub unit: String,
    /// Mean over replications and its interval.
    pub mean: Interval,
    /// One replication in twenty is below.
    pub p05: f64,
    /// The middle replication.
    pub p50: f64,
    /// One replication in twenty is above.
    pub p95: f64,
}

/// A number over time: by step of a cycle, or of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// The service.
    pub service: String,
    /// "present", "waiting" or "blocked".
    pub what: String,
    /// Length of a step, in the model's unit.
    pub step: f64,
    /// A band a step, over replications.
    pub bands: Vec<Band>,
}

/// What came of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The model's name.
    pub model: String,
    /// What it was, as 32 hexadecimal digits of its whole content.
    pub digest: String,
    /// Version of this program.
    pub version: String,
    /// The key of all chance.
    pub seed: u64,
    /// Replications done.
    pub replications: usize,
    /// Whether all that was asked for was done: false when cancelled, or when the most replications were not enough.
    pub complete: bool,
    /// What was left out at the start of each replication, in the model's unit.
    pub warm_up: f64,
    /// Length of each replication.
    pub horizon: f64,
    /// Every answer.
    pub estimates: Vec<Estimate>,
    /// By step of the cycle.
    pub profile: Vec<Course>,
    /// By step of the run.
    pub series: Vec<Course>,
    /// All replications added up.
    pub outcome: Outcome,
}

impl Run {
    /// An answer by its name.
    pub fn estimate(&self, name: &str) -> Option<&Estimate> {
        self.estimates.iter().find(|estimate| estimate.name == name)
    }
}

/// An early answer, while a run goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// Replications done.
    pub done: usize,
    /// Replications that will be needed in all, as far as can be told now.
    pub needed: usize,
    /// Answers so far; of a pair, of the difference.
    pub estimates: Vec<Estimate>,
}

impl Progress {
    /// How much longer it will take, when so far it took this long (any unit of time).
    pub fn more(&self, so_far: f64) -> f64 {
        so_far / self.done.max(1) as f64 * self.needed.saturating_sub(self.done) as f64
    }
}

/// A change and what it did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// Without the change.
    pub base: Run,
    /// With it.
    pub changed: Run,
    /// Changed less base, of every answer that both have.
    pub differences: Vec<Difference>,
}

impl Pair {
    /// What the change did to an answer.
    pub fn difference(&self, name: &str) -> Option<&Paired> {
        self.differences.iter().find(|difference| difference.name == name).map(|difference| &difference.paired)
    }
}

/// What a change did to one answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The answer.
    pub name: String,
    /// In which unit.
    pub unit: String,
    /// The difference, replication by replication.
    pub paired: Paired,
}

/// Runs a model.
///
/// `watch` sees early answers; set `cancel` to stop soon, with what has come so far.
///
/// # Errors
/// A model that makes no sense, a precision of an answer it does not have, or no replication done.
///
/// ```
/// use foresee::simulate::{Model, run::{Settings, run}};
/// let model = Model::from_toml(r#"
///     name = "A clinic"
///     horizon = 1000
///     [[source]]
///     name = "letters"
///     to = "clinic"
///     rate = 0.5
///     [[service]]
///     name = "clinic"
///     capacity = 1
///     stay = { distribution = "exponential", mean = 1 }
/// "#).unwrap();
/// let answer = run(&model, &Settings::default(), &mut |_| (), &Default::default()).unwrap();
/// assert!(answer.estimate("clinic.present").unwrap().mean.holds(1.0));
/// ```
pub fn run(
    model: &Model,
    settings: &Settings,
    watch: &mut dyn FnMut(&Progress),
    cancel: &AtomicBool,
) -> Result<Run, RunError> {
    let model = settled(model, settings.seed)?;
    let mut sides = gather(&[&model], settings, watch, cancel)?;
    sides.0.pop().map(|side| side.run(settings, sides.1)).ok_or(RunError::Cancelled)
}

/// Runs two models on the same people. A precision is of the differences.
///
/// # Errors
/// As [`run`].
pub fn pair(
    base: &Model,
    changed: &Model,
    settings: &Settings,
    watch: &mut dyn FnMut(&Progress),
    cancel: &AtomicBool,
) -> Result<Pair, RunError> {
    let base = settled(base, settings.seed)?;
    // One warm-up for both, or the same people would be counted in one and not in the other.
    let changed = Model { warm_up: base.warm_up, ..changed.clone() };
    let (mut sides, complete) = gather(&[&base, &changed], settings, watch, cancel)?;
    let differences = differences(&sides, settings.confidence)
        .into_iter()
        .map(|(name, unit, paired)| Difference { name, unit, paired })
        .collect();
    match (sides.pop(), sides.pop()) {
        (Some(changed), Some(base)) => {
            Ok(Pair { base: base.run(settings, complete), changed: changed.run(settings, complete), differences })
        }
        _ => Err(RunError::Cancelled),
    }
}

/// One value of each replication, in their order, on all threads: what a table of many short runs is made of.
///
/// # Errors
/// A model that makes no sense.
pub fn each<T: Send>(
    model: &Model,
    seed: u64,
    replications: usize,
    options: &Options,
    value: impl Fn(&Outcome) -> T + Sync,
) -> Result<Vec<T>, RunError> {
    let compiled = Compiled::new(model)?;
    let one = |replication| value(&replicate(&compiled, seed, replication as u64, options));
    Ok((0..replications).into_par_iter().map(one).collect())
}

/// The digest of a model: FNV-1a of its JSON, 128 bits, as hexadecimal digits. It tells models apart; it is no seal.
pub fn digest(model: &Model) -> String {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013B;
    let json = model.to_json();
    let hash = json.bytes().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash: u128, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(PRIME)
    });
    format!("{hash:032x}")
}

/// The model with its warm-up as a time: a rule is worked out on trial replications of its own, on the number of people inside
/// by week (or by day, or by hundredth of a short run), averaged over them.
pub(crate) fn settled(model: &Model, seed: u64) -> Result<Model, RunError> {
    const TRIALS: usize = 10;
    if model.warm_up != Some(WarmUp::Rule(WarmUpRule::Mser)) {
        return Ok(model.clone());
    }
    let mut model = Model { warm_up: None, ..model.clone() };
    let day = model.unit.day();
    let steps = [7.0 * day, day].into_iter().find(|step| model.horizon / step >= 20.0);
    let step = steps.unwrap_or(model.horizon / 100.0);
    let options = Options { series: Some(step), ..Options::default() };
    let rows = each(&model, !seed, TRIALS, &options, |outcome| {
        let steps = outcome.services.iter().map(|service| service.series.len()).max().unwrap_or(0);
        (0..steps)
            .map(|at| {
                outcome
                    .services
                    .iter()
                    .filter_map(|service| service.series.get(at))
                    .map(super::outcome::Step::present)
                    .sum::<f64>()
            })
            .collect::<Vec<_>>()
    })?;
    let means: Vec<f64> = trust::bands(&rows, 0.95).iter().map(|band| band.mean.mean).collect();
    let whole = (model.horizon / step) as usize;
    if let Some(cut) = trust::mser(&means[..whole.min(means.len())], if steps.is_some() { 1 } else { 5 }) {
        model.warm_up = Some(WarmUp::Time(cut.index as f64 * step));
    }
    Ok(model)
}

/// What one model gave so far.
struct Side<'a> {
    model: &'a Model,
    keys: Vec<Key>,
    /// By key, then by replication; NaN where a replication says nothing.
    values: Vec<Vec<f64>>,
    outcome: Outcome,
    profile: Courses,
    series: Courses,
}

/// Rows of bands: by service and by what, one row a replication.
type Courses = Vec<Vec<Vec<f64>>>;

/// Rows that are kept for the bands; what a band is does not get clearer with more.
const ROWS: usize = 500;

const COURSES: [&str; 3] = ["present", "waiting", "blocked"];

fn gather<'a>(
    models: &[&'a Model],
    settings: &Settings,
    watch: &mut dyn FnMut(&Progress),
    cancel: &AtomicBool,
) -> Result<(Vec<Side<'a>>, bool), RunError> {
    let compiled: Vec<Compiled> = models.iter().map(|model| Compiled::new(model)).collect::<Result<_, _>>()?;
    let mut sides: Vec<Side> = models.iter().map(|model| Side::new(model)).collect();
    let options = Options { profile: settings.profile, series: settings.series, ..Options::default() };
    if let Stop::Precision { wanted, .. } = &settings.stop {
        let known = |name: &String| sides.iter().all(|side| side.keys.iter().any(|key| key.name(side.model) == *name));
        if let Some((name, _)) = wanted.iter().find(|(name, _)| !known(name)) {
            return Err(RunError::NoAnswer { name: name.clone() });
        }
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(settings.threads)
        .build()
        .map_err(|source| RunError::Threads { threads: settings.threads, source })?;
    let wave = pool.current_num_threads() * 8;
    let (mut done, mut told) = (0, wave);
    // Whether it is time to stop is asked at counts that no number of threads can change.
    let mut checkpoint = match settings.stop {
        Stop::Replications(count) => count.max(1),
        Stop::Precision { most, .. } => trust::LEAST.min(most.max(1)),
    };
    loop {
        let next = AtomicUsize::new(done);
        pool.in_place_scope(|scope| {
            let (send, outcomes) = mpsc::sync_channel::<(usize, Vec<Outcome>)>(wave);
            for _ in 0..pool.current_num_threads() {
                let (send, next, compiled, options) = (send.clone(), &next, &compiled, &options);
                scope.spawn(move |_| {
                    while !cancel.load(Ordering::Relaxed) {
                        let replication = next.fetch_add(1, Ordering::Relaxed);
                        if replication >= checkpoint {
                            break;
                        }
                        let one = |model| replicate(model, settings.seed, replication as u64, options);
                        if send.send((replication, compiled.iter().map(one).collect())).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(send);
            // They are added in their order, here, while the threads go on, not further ahead than a wave.
            let mut ahead = BTreeMap::new();
            for (replication, outcomes) in outcomes {
                ahead.insert(replication, outcomes);
                while let Some(outcomes) = ahead.remove(&done) {
                    sides.iter_mut().zip(outcomes).for_each(|(side, outcome)| side.add(&outcome));
                    done += 1;
                }
                if done >= told.min(checkpoint) {
                    told = done + wave.max(done / 8);
                    let needed = needed(&sides, settings, done);
                    watch(&Progress { done, needed, estimates: early(&sides, settings.confidence) });
                }
            }
        });
        if done == 0 {
            return Err(RunError::Cancelled);
        }
        if done < checkpoint {
            return Ok((sides, false));
        }
        let Stop::Precision { most, .. } = settings.stop else { return Ok((sides, true)) };
        let needed = needed(&sides, settings, done);
        if needed <= done || done >= most {
            return Ok((sides, needed <= done));
        }
        // Halfway to what seems needed, so that a spread guessed too wide does not cost more than it must.
        checkpoint = needed.min(most).min(done + (needed - done).div_ceil(2).max(done / 4)).max(done + 1);
    }
}

/// Replications needed in all, as far as can be told.
fn needed(sides: &[Side], settings: &Settings, done: usize) -> usize {
    match &settings.stop {
        Stop::Replications(count) => *count,
        Stop::Precision { wanted, most } => {
            let seen: Vec<(Interval, Precision)> = match sides {
                [one] => one
                    .estimates(settings.confidence)
                    .into_iter()
                    .map(|estimate| (estimate.name, estimate.mean))
                    .collect::<Vec<_>>(),
                _ => differences(sides, settings.confidence)
                    .into_iter()
                    .map(|(name, _, paired)| (name, paired.difference))
                    .collect(),
            }
            .into_iter()
            .filter_map(|(name, seen)| Some((seen, wanted.iter().find(|(wanted, _)| *wanted == name)?.1)))
            .collect();
            let needed = trust::replications_needed(&seen, settings.confidence);
            if done < trust::LEAST.min(*most) { needed.max(trust::LEAST) } else { needed }
        }
    }
}

fn early(sides: &[Side], confidence: f64) -> Vec<Estimate> {
    match sides {
        [one] => one.estimates(confidence),
        _ => differences(sides, confidence)
            .into_iter()
            .map(|(name, unit, paired)| {
                let mean = paired.difference;
                Estimate { name, unit, mean, p05: f64::NAN, p50: f64::NAN, p95: f64::NAN }
            })
            .collect(),
    }
}

/// Paired differences of every answer that both sides have, over the replications in which both say something.
fn differences(sides: &[Side], confidence: f64) -> Vec<(String, String, Paired)> {
    let [base, changed] = sides else { return Vec::new() };
    let other = |name: &str| changed.keys.iter().position(|key| key.name(changed.model) == name);
    base.keys
        .iter()
        .zip(&base.values)
        .filter_map(|(key, values)| {
            let name = key.name(base.model);
            let both = values.iter().zip(&changed.values[other(&name)?]).filter(|(b, c)| !b.is_nan() && !c.is_nan());
            let (b, c): (Vec<f64>, Vec<f64>) = both.unzip();
            (!b.is_empty()).then(|| (name, key.unit(base.model), trust::paired(&b, &c, confidence)))
        })
        .collect()
}

impl<'a> Side<'a> {
    fn new(model: &'a Model) -> Self {
        let keys = keys(model);
        let courses = vec![Vec::new(); model.services.len() * COURSES.len()];
        Side {
            model,
            values: vec![Vec::new(); keys.len()],
            keys,
            outcome: Outcome::default(),
            profile: courses.clone(),
            series: courses,
        }
    }

    fn add(&mut self, outcome: &Outcome) {
        for (key, values) in self.keys.iter().zip(&mut self.values) {
            values.push(key.value(self.model, outcome).unwrap_or(f64::NAN));
        }
        if self.outcome.replications < ROWS as u32 {
            for (index, service) in outcome.services.iter().enumerate() {
                for (steps, rows) in [(&service.profile, &mut self.profile), (&service.series, &mut self.series)] {
                    if !steps.is_empty() {
                        let row = |part: fn(&super::outcome::Step) -> f64| {
                            steps.iter().map(|step| part(step) / f64::from(step.count.max(1))).collect()
                        };
                        rows[index * COURSES.len()].push(row(|step| step.waiting + step.in_care + step.blocked));
                        rows[index * COURSES.len() + 1].push(row(|step| step.waiting));
                        rows[index * COURSES.len() + 2].push(row(|step| step.blocked));
                    }
                }
            }
        }
        self.outcome.add(outcome);
    }

    fn estimates(&self, confidence: f64) -> Vec<Estimate> {
        self.keys
            .iter()
            .zip(&self.values)
            .filter_map(|(key, values)| {
                let mut said: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
                if said.is_empty() {
                    return None;
                }
                let mean = said.iter().copied().collect::<Moments>().interval(confidence);
                said.sort_by(f64::total_cmp);
                let at = |share| trust::quantile(&said, share);
                Some(Estimate {
                    name: key.name(self.model),
                    unit: key.unit(self.model),
                    mean,
                    p05: at(0.05),
                    p50: at(0.5),
                    p95: at(0.95),
                })
            })
            .collect()
    }

    fn courses(&self, rows: &Courses, step: f64, confidence: f64) -> Vec<Course> {
        let names =
            self.model.services.iter().flat_map(|service| COURSES.map(|what| (service.name.clone(), what.to_owned())));
        names
            .zip(rows)
            .filter(|(_, rows)| !rows.is_empty())
            .map(|((service, what), rows)| Course { service, what, step, bands: trust::bands(rows, confidence) })
            .collect()
    }

    fn run(self, settings: &Settings, complete: bool) -> Run {
        Run {
            model: self.model.name.clone(),
            digest: digest(self.model),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            seed: settings.seed,
            replications: self.outcome.replications as usize,
            complete,
            warm_up: self.model.warm_up_time(),
            horizon: self.model.horizon,
            estimates: self.estimates(settings.confidence),
            profile: self.courses(&self.profile, self.outcome.profile_step, settings.confidence),
            series: self.courses(&self.series, self.outcome.series_step, settings.confidence),
            outcome: self.outcome,
        }
    }
}

/// One thing that every run says.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Key {
    /// Index of the service; none: the place.
    service: Option<usize>,
    measure: &'static str,
}

/// What every run says of a service, and of the place.
const OF_SERVICE: [&str; 12] = [
    "present",
    "waiting",
    "in_care",
    "blocked",
    "utilisation",
    "wait",
    "wait_p90",
    "blocked_time",
    "started",
    "lost",
    "gave_up",
    "waited",
];
const OF_PLACE: [&str; 5] = ["present", "left", "time", "delay", "deadlocks"];

fn keys(model: &Model) -> Vec<Key> {
    let of_services =
        (0..model.services.len()).flat_map(|service| OF_SERVICE.map(|measure| Key { service: Some(service), measure }));
    OF_PLACE.map(|measure| Key { service: None, measure }).into_iter().chain(of_services).collect()
}

impl Key {
    fn name(self, model: &Model) -> String {
        let of = self
            .service
            .and_then(|service| model.services.get(service))
            .map_or("place", |service| service.name.as_str());
        format!("{of}.{}", self.measure)
    }

    fn unit(self, model: &Model) -> String {
        let time = match model.unit {
            Unit::Minute => "minutes",
            Unit::Hour => "hours",
            Unit::Day => "days",
        };
        match self.measure {
            "wait" | "wait_p90" | "blocked_time" | "time" => time.to_owned(),
            "started" | "left" => "people a day".to_owned(),
            "delay" => "person-hours a day".to_owned(),
            "utilisation" | "lost" | "gave_up" | "waited" => "share".to_owned(),
            "deadlocks" => "rings".to_owned(),
            _ => "people".to_owned(),
        }
    }

    /// The value in one replication; `None` when it says nothing (nobody came, or there is no limit to fill).
    fn value(self, model: &Model, outcome: &Outcome) -> Option<f64> {
        let (span, days) = (outcome.span, outcome.span / model.unit.day());
        let ratio = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
        let Some(index) = self.service else {
            let all = |part: fn(&super::outcome::ServiceOutcome) -> f64| outcome.services.iter().map(part).sum::<f64>();
            return match self.measure {
                "present" => ratio(outcome.place.present, span),
                "left" => ratio(outcome.place.left as f64, days),
                "time" => ratio(
                    outcome.place.time.iter().map(|time| time.sum).sum(),
                    outcome.place.time.iter().map(|time| time.count as f64).sum(),
                ),
                "delay" => {
                    ratio((all(|service| service.waiting) + all(|service| service.blocked)) * model.unit.hours(), days)
                }
                _ => Some(outcome.deadlocks.count as f64),
            };
        };
        let service = outcome.services.get(index)?;
        let flow = || service.all();
        match self.measure {
            "present" => ratio(service.present(), span),
            "waiting" => ratio(service.waiting, span),
            "in_care" => ratio(service.in_care, span),
            "blocked" => ratio(service.blocked, span),
            "utilisation" => {
                ratio(service.busy, span * model.services[index].capacity.as_ref().and_then(Capacity::mean)?)
            }
            "wait" => Some(flow().wait).filter(|wait| wait.count > 0).map(|wait| wait.mean()),
            "wait_p90" => {
                Some(flow().wait).filter(|wait| !wait.bins.is_empty() && wait.count > 0).map(|wait| wait.quantile(0.9))
            }
            "blocked_time" => Some(flow().blocked).filter(|blocked| blocked.count > 0).map(|blocked| blocked.mean()),
            "started" => ratio(flow().started as f64, days),
            "lost" => ratio(flow().lost as f64, flow().arrivals as f64),
            "gave_up" => ratio(flow().reneged as f64, flow().arrivals as f64),
            _ => (flow().arrivals > 0).then(|| flow().share_waiting()),
        }
    }
}

/// A report of a run as STRESS asks for it (Monks et al. 2019, discrete-event simulation), written from the model file and the
/// run: Markdown, complete enough that someone else can do it again.
pub fn stress(model: &Model, run: &Run) -> String {
    let time = match model.unit {
        Unit::Minute => "minutes",
        Unit::Hour => "hours",
        Unit::Day => "days",
    };
    let mut out = format!("# {}\n\n", model.name);
    let mut say = |text: &str| {
        out.push_str(text);
        out.push('\n');
    };
    let list = |lines: Vec<String>| {
        if lines.is_empty() {
            "- none".to_owned()
        } else {
            lines.iter().map(|line| format!("- {line}")).collect::<Vec<_>>().join("\n")
        }
    };
    say("## 1. Objectives\n");
    say(&format!(
        "**Purpose.** {}",
        if model.about.is_empty() { "Not stated in the model file." } else { &model.about }
    ));
    say(&format!(
        "**Outputs.** For the place and for each service: {}.",
        OF_SERVICE.map(|name| name.replace('_', " ")).join(", ")
    ));
    say(
        "**Aims of experimentation.** Estimate these with intervals; compare changes on the same people (paired differences).\n",
    );
    say("## 2. Logic\n");
    say(
        "People come by sources, wait for a service, are cared for, and go on by its routes or leave. Who is ready and finds the next service full stays where they are and holds that place until it is free.\n",
    );
    say("### Entities\n");
    let classes = model
        .classes
        .iter()
        .map(|class| format!("{}, priority {} (lower is first)", class.name, class.priority))
        .collect::<Vec<_>>();
    say(&list(if classes.is_empty() { vec!["people, all of one class".to_owned()] } else { classes }));
    say("\n### Entry\n");
    say(&list(
        model.sources.iter().map(|source| format!("{}: to {}, {}", source.name, source.to, coming(source))).collect(),
    ));
    say("\n### Services\n");
    say("| service | capacity | places to wait | stay | patience | then |\n| --- | --- | --- | --- | --- | --- |");
    for service in &model.services {
        let written =
            |law: &super::Distribution| serde_json::to_value(law).map_or(String::new(), |value| law_in_words(&value));
        let laws = |one: &Option<super::Distribution>,
                    each: &std::collections::BTreeMap<String, super::Distribution>,
                    none: &str| {
            let each: Vec<String> = each
                .iter()
                .map(|(class, law)| format!("{class}: {}", written(law)))
                .chain(one.iter().map(written))
                .collect();
            if each.is_empty() { none.to_owned() } else { each.join("; ") }
        };
        let capacity = service.capacity.as_ref().map_or("without limit".to_owned(), |capacity| match capacity {
            Capacity::Fixed(units) => units.to_string(),
            Capacity::Hours(_) => format!(
                "by hours, mean {:.1}, when it falls: {}",
                capacity.mean().unwrap_or(0.0),
                format!("{:?}", service.shift).to_lowercase()
            ),
            Capacity::Slots(slots) => format!("slots, {} a slot", slots.people),
        });
        let places = service.queue.map_or("without limit".to_owned(), |places| places.to_string());
        let mut then: Vec<String> = service
            .routes
            .iter()
            .map(|route| {
                format!(
                    "{} {:.3}{}",
                    route.to,
                    route.share,
                    route.class.as_ref().map_or(String::new(), |class| format!(" ({class})"))
                )
            })
            .collect();
        if then.is_empty() {
            then.push("leaves".to_owned());
        }
        say(&format!(
            "| {} | {capacity} | {places} | {} | {} | {} |",
            service.name,
            laws(&service.stay, &service.stays, "no time"),
            laws(&service.patience, &service.patiences, "without end"),
            then.join(", ")
        ));
    }
    say("\n### Resources\n");
    say(&list(
        model
            .resources
            .iter()
            .map(|resource| format!("{}: up to {} units", resource.name, resource.capacity.most()))
            .collect(),
    ));
    say("\n**Queues.** First come, first served within a priority, unless the model file says otherwise.");
    say(&format!(
        "**Rings of people who wait for each other.** {}\n",
        match model.deadlock {
            super::model::Deadlock::Swap => "They move on together; each ring is counted.",
            super::model::Deadlock::Stop => "The replication ends there and says when.",
        }
    ));
    say("## 3. Data\n");
    say("**Sources and preparation.**\n");
    say(&list(if model.made.is_empty() {
        vec!["not stated in the model file".to_owned()]
    } else {
        model.made.clone()
    }));
    say(&format!(
        "\n**Input parameters.** Those above, in {time}; the model file holds every number (digest `{}`).",
        run.digest
    ));
    say(
        "**Assumptions.** Stays are independent of each other and of arrivals; a share of a route is the same for everybody it applies to.\n",
    );
    say("## 4. Experimentation\n");
    let start: u32 = model.start.iter().map(|present| present.people).sum();
    say(&match start {
        0 => format!("**Initialisation.** From empty; the first {} {time} are left out.", run.warm_up),
        people => format!(
            "**Initialisation.** From {people} people who are in the place at the start, each with the rest of their stay given how long it has lasted; the first {} {time} are left out.",
            run.warm_up
        ),
    });
    say(&format!(
        "**Run length.** {} {time}, {} replications{}.",
        run.horizon,
        run.replications,
        if run.complete { "" } else { ", ended early" }
    ));
    say("**Estimation.** Means of replications with intervals by Student's t; p05 and p95 are single replications.\n");
    say("| answer | unit | mean | ± | p05 | p95 |\n| --- | --- | ---: | ---: | ---: | ---: |");
    for estimate in &run.estimates {
        let Estimate { name, unit, mean, p05, p95, .. } = estimate;
        say(&format!("| {name} | {unit} | {:.4} | {:.4} | {p05:.4} | {p95:.4} |", mean.mean, mean.half_width));
    }
    say("\n## 5. Implementation\n");
    say(&format!("**Software.** Catchment {}, event-scheduling engine on an integer clock.", run.version));
    say(&format!(
        "**Random sampling.** Counter-based numbers keyed by seed ({}), replication, person and use, by inversion; two runs that differ in one thing share the rest.",
        run.seed
    ));
    say(
        "**Execution.** Replications in parallel, added up in their order: the same bytes for any number of threads.\n",
    );
    say("## 6. Code access\n");
    say(&format!(
        "`catchment simulate MODEL --replications {} --seed {}` with the model file of this digest gives this run again.",
        run.replications, run.seed
    ));
    out
}

fn coming(source: &super::model::Source) -> String {
    let batch = if source.batch.is_some() { ", several at once" } else { "" };
    let how = match source {
        super::model::Source { population: Some(people), rate, .. } => {
            format!("a population of {people}, each back after a mean of {:.3} at home", 1.0 / rate.unwrap_or(1.0))
        }
        super::model::Source { rate: Some(rate), .. } => format!("Poisson, {rate} per unit of time"),
        super::model::Source { gap: Some(_), .. } => "independent times between arrivals".to_owned(),
        super::model::Source { at, .. } if !at.is_empty() => format!("{} arrivals at given times", at.len()),
        super::model::Source { rates, .. } => format!(
            "Poisson with {} rates over time, from {:.3} to {:.3}",
            rates.len(),
            rates.iter().copied().fold(f64::INFINITY, f64::min),
            rates.iter().copied().fold(0.0, f64::max)
        ),
    };
    how + batch
}

fn law_in_words(law: &serde_json::Value) -> String {
    let Some(law) = law.as_object() else { return law.to_string() };
    let rest = law.iter().filter(|(key, _)| *key != "distribution").map(|(key, value)| match value {
        serde_json::Value::Array(values) if values.len() > 4 => format!("{} {key}", values.len()),
        value => format!("{key} {value}"),
    });
    format!(
        "{} ({})",
        law.get("distribution").and_then(serde_json::Value::as_str).unwrap_or("law"),
        rest.collect::<Vec<_>>().join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clinic(rate: f64, servers: u32) -> Model {
        Model::from_toml(&format!(
            r#"
            name = "A clinic and its ward"
            about = "To see how long people wait."
            made = ["invented"]
            horizon = 400
            warm_up = 50
            [[source]]
            name = "letters"
            to = "clinic"
            rate = {rate}
            [[service]]
            name = "clinic"
            capacity = {servers}
            stay = {{ distribution = "exponential", mean = 1 }}
            [[service.route]]
            to = "ward"
            share = 0.5
            [[service]]
            name = "ward"
            capacity = 3
            queue = 0
            stay = {{ distribution = "lognormal", mean = 4, cv = 0.8 }}
            "#
        ))
        .unwrap()
    }

    fn go(model: &Model, settings: &Settings) -> Run {
        run(model, settings, &mut |_| (), &AtomicBool::default()).unwrap()
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bytes() {
        let settings =
            |threads, stop| Settings { threads, stop, seed: 7, profile: Some((24.0, 1.0)), ..Settings::default() };
        let bytes = |threads, stop| serde_json::to_string(&go(&clinic(0.7, 1), &settings(threads, stop))).unwrap();
        let stop = Stop::Replications(21);
        assert_eq!(bytes(1, stop.clone()), bytes(3, stop));
        let stop = Stop::Precision { wanted: vec![("clinic.wait".to_owned(), Precision::Relative(0.15))], most: 400 };
        assert_eq!(bytes(1, stop.clone()), bytes(2, stop));
    }

    #[test]
    fn a_width_is_asked_for_and_had() {
        let wanted = vec![
            ("clinic.present".to_owned(), Precision::Relative(0.1)),
            ("ward.present".to_owned(), Precision::Absolute(0.1)),
        ];
        let settings = Settings { stop: Stop::Precision { wanted, most: 2000 }, ..Settings::default() };
        let mut seen = Vec::new();
        let run = run(&clinic(0.7, 1), &settings, &mut |now| seen.push((now.done, now.needed)), &AtomicBool::default())
            .unwrap();
        let present = run.estimate("clinic.present").unwrap().mean;
        assert!(run.complete && run.replications >= trust::LEAST);
        assert!(
            present.half_width <= 0.1 * present.mean && run.estimate("ward.present").unwrap().mean.half_width <= 0.1
        );
        assert_eq!(seen.last().unwrap().0, run.replications);
        assert!(seen.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let short = Settings {
            stop: Stop::Precision { wanted: vec![("place.time".to_owned(), Precision::Absolute(1e-6))], most: 25 },
            ..settings
        };
        let run = go(&clinic(0.7, 1), &short);
        assert!(!run.complete && run.replications == 25, "the most was not enough, and it says so");
    }

    #[test]
    fn a_run_can_be_cancelled_and_says_what_it_has() {
        let cancel = AtomicBool::default();
        let settings = Settings { stop: Stop::Replications(5000), threads: 2, ..Settings::default() };
        let run = run(&clinic(0.7, 1), &settings, &mut |_| cancel.store(true, Ordering::Relaxed), &cancel).unwrap();
        assert!(!run.complete && (1..100).contains(&run.replications), "{}", run.replications);
        let none = super::run(&clinic(0.7, 1), &settings, &mut |_| (), &AtomicBool::new(true));
        assert!(matches!(none, Err(RunError::Cancelled)));
        let unknown = Stop::Precision { wanted: vec![("clinic.joy".to_owned(), Precision::Relative(0.1))], most: 30 };
        let unknown = super::run(
            &clinic(0.7, 1),
            &Settings { stop: unknown, ..Settings::default() },
            &mut |_| (),
            &AtomicBool::default(),
        );
        assert!(matches!(unknown, Err(RunError::NoAnswer { name }) if name == "clinic.joy"));
    }

    #[test]
    fn a_change_is_seen_on_the_same_people() {
        let settings = Settings { stop: Stop::Replications(60), ..Settings::default() };
        let pair = pair(&clinic(1.2, 2), &clinic(1.2, 3), &settings, &mut |_| (), &AtomicBool::default()).unwrap();
        let wait = pair.difference("clinic.wait").unwrap();
        assert!(wait.difference.high() < 0.0, "a third chair shortens the wait");
        assert!(wait.variance_ratio > 1.0 && wait.correlation > 0.0, "{wait:?}");
        let both = [&pair.base, &pair.changed].map(|run| run.estimate("clinic.wait").unwrap().mean.mean);
        assert!((both[1] - both[0] - wait.difference.mean).abs() < 1e-9);
        assert_ne!(pair.base.digest, pair.changed.digest);
    }

    #[test]
    fn a_start_up_is_found_by_its_rule() {
        let mut model = clinic(0.95, 1);
        model.horizon = 3000.0;
        model.warm_up = Some(WarmUp::Rule(WarmUpRule::Mser));
        let run = go(&model, &Settings { stop: Stop::Replications(4), ..Settings::default() });
        assert!(run.warm_up > 0.0 && run.warm_up <= 1500.0, "{}", run.warm_up);
    }

    #[test]
    fn a_report_says_all_that_is_needed_to_do_it_again() {
        let model = clinic(0.7, 1);
        let run = go(&model, &Settings { stop: Stop::Replications(20), seed: 11, ..Settings::default() });
        let report = stress(&model, &run);
        for part in [
            "## 1. Objectives",
            "To see how long people wait",
            "## 2. Logic",
            "Poisson, 0.7",
            "| ward | 3 | 0 | lognormal (mean 4.0, cv 0.8) |",
            "## 3. Data",
            "invented",
            "## 4. Experimentation",
            "20 replications",
            "| clinic.wait | hours |",
            "## 5. Implementation",
            "(11)",
            "## 6. Code access",
            &run.digest,
        ] {
            assert!(report.contains(part), "{part} is not in\n{report}");
        }
        assert_eq!(run.digest, digest(&model));
        assert_eq!(run.digest.len(), 32);
    }

    #[test]
    fn a_run_is_a_value() {
        let run =
            go(&clinic(0.7, 1), &Settings { stop: Stop::Replications(20), series: Some(24.0), ..Settings::default() });
        let again: Run = serde_json::from_str(&serde_json::to_string(&run).unwrap()).unwrap();
        assert_eq!(again.estimates.len(), run.estimates.len());
        assert_eq!(run.series.iter().filter(|course| course.what == "present").count(), 2);
        assert_eq!(run.series[0].bands.len(), 17, "400 hours are 16 days and a bit");
    }
}

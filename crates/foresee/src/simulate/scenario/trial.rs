//! Two models, or many, run on the same people: what [`compare`], [`search`] and [`matters`] share.

use super::apply::apply;
use super::change::Change;
use super::compare::{Comparison, Pairs};
use super::file::{Scenario, ScenarioError};
use super::search::{Aim, AimError, Bar, Found, Lever, levers, smallest, tornado};
use crate::simulate::engine;
use crate::simulate::model::Model;
use crate::simulate::outcome::Outcome;
use crate::simulate::run::{RunError, Settings, Stop, settled};
use crate::simulate::trust::{LEAST, replications_needed};
use crate::simulate::{Compiled, Options};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// Why a trial gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The change cannot be made.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The aim cannot be asked.
    #[error(transparent)]
    Aim(#[from] AimError),
    /// The run.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// How far a trial is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress<T> {
    /// Runs (of pairs: pairs) done.
    pub done: usize,
    /// Runs that will be needed in all, as far as can be told now; of a search, at most.
    pub needed: usize,
    /// The answer so far.
    pub so_far: T,
}

/// Without and with: runs both models on the same people until there are as many pairs as asked for, or until the change in
/// all waiting is as narrow as the first precision asked for.
///
/// `watch` sees early answers; set `cancel` to stop soon, with the pairs that are done.
///
/// # Errors
/// A model that makes no sense, or no pair done.
pub fn compare(
    base: &Model,
    changed: &Model,
    settings: &Settings,
    watch: &mut dyn FnMut(&Progress<Comparison>),
    cancel: &AtomicBool,
) -> Result<Comparison, TrialError> {
    let base = settled(base, settings.seed)?;
    // One warm-up for both, or the same people would be counted in one and not in the other.
    let changed = Model { warm_up: base.warm_up, ..changed.clone() };
    let runner = Runner::new(settings, cancel)?;
    let models = [Compiled::new(&base).map_err(RunError::from)?, Compiled::new(&changed).map_err(RunError::from)?];
    let mut pairs = Pairs::new(&base, &changed, settings.confidence);
    let (mut until, most, precision) = match &settings.stop {
        Stop::Replications(count) => ((*count).max(1), (*count).max(1), None),
        Stop::Precision { wanted, most } => {
            (LEAST.min((*most).max(1)), (*most).max(1), wanted.first().map(|(_, width)| *width))
        }
    };
    let needed = |pairs: &Pairs| match precision {
        Some(width) if pairs.count() > 1 => {
            replications_needed(&[(pairs.total().difference, width)], settings.confidence).clamp(LEAST.min(most), most)
        }
        _ => most,
    };
    loop {
        while pairs.count() < until {
            let wave = pairs.count()..(pairs.count() + runner.wave).min(until);
            let Some(outcomes) = runner.run(&[&models[0], &models[1]], wave) else {
                return if pairs.count() == 0 { Err(RunError::Cancelled.into()) } else { Ok(pairs.comparison()) };
            };
            outcomes.iter().for_each(|pair| pairs.push(&pair[0], &pair[1]));
            watch(&Progress { done: pairs.count(), needed: needed(&pairs), so_far: pairs.comparison() });
        }
        let needed = needed(&pairs);
        if needed <= pairs.count() {
            return Ok(pairs.comparison());
        }
        // Halfway to what seems needed: a spread guessed too wide at first does not cost more than it must.
        until = needed.min(pairs.count() + (needed - pairs.count()).div_ceil(2).max(LEAST));
    }
}

/// What would have to be true: the smallest value of a lever that meets an aim, on the same people at every value, with at
/// most `replications` of the settings at each.
///
/// `watch` sees each value that is being tried with what is known of it; set `cancel` to stop.
///
/// # Errors
/// An aim or a change that is not of this model, a model that makes no sense, or a search that was cancelled.
pub fn search(
    model: &Model,
    aim: &Aim,
    lever: &Lever,
    settings: &Settings,
    watch: &mut dyn FnMut(&Progress<f64>),
    cancel: &AtomicBool,
) -> Result<Found, TrialError> {
    let mut trials = Trials::new(model, aim, settings, cancel)?;
    // A bisection for the mean and one for the interval, at most so many values.
    let values = 2 * ((lever.steps() as f64).log2().ceil() as usize + 2);
    let most = trials.most;
    smallest(lever, aim.limit, most, settings.confidence, |value, from, to| {
        let known = trials.change(Some(&lever.change(value)), from..to);
        watch(&Progress { done: trials.done, needed: values * most, so_far: value });
        known
    })
}

/// What matters most to the number of an aim: each arrival rate, stay and number of places down and up by a share (0.1).
///
/// # Errors
/// As [`search`]; a change that makes no model is left out.
pub fn matters(
    model: &Model,
    aim: &Aim,
    share: f64,
    settings: &Settings,
    watch: &mut dyn FnMut(&Progress<()>),
    cancel: &AtomicBool,
) -> Result<Vec<Bar>, TrialError> {
    let mut trials = Trials::new(model, aim, settings, cancel)?;
    let levers = levers(model, share);
    let (most, needed) = (trials.most, trials.most * (1 + 2 * levers.len()));
    tornado(&levers, settings.confidence, |change| {
        let values = match trials.change(change, 0..most) {
            Err(TrialError::Scenario(_)) => None,
            values => Some(values?),
        };
        watch(&Progress { done: trials.done, needed, so_far: () });
        Ok(values)
    })
}

/// One model with one change after another, always the same people.
struct Trials<'a> {
    model: Model,
    aim: &'a Aim,
    runner: Runner<'a>,
    most: usize,
    done: usize,
}

impl<'a> Trials<'a> {
    fn new(model: &Model, aim: &'a Aim, settings: &Settings, cancel: &'a AtomicBool) -> Result<Self, TrialError> {
        aim.check(model)?;
        let most = match settings.stop {
            Stop::Replications(count) => count.max(1),
            Stop::Precision { most, .. } => most.max(1),
        };
        Ok(Self { model: settled(model, settings.seed)?, aim, runner: Runner::new(settings, cancel)?, most, done: 0 })
    }

    fn change(&mut self, change: Option<&Change>, range: Range<usize>) -> Result<Vec<f64>, TrialError> {
        let changed = match change {
            Some(change) => apply(&self.model, &Scenario::of("", vec![change.clone()]))?,
            None => self.model.clone(),
        };
        let compiled = Compiled::new(&changed).map_err(RunError::from)?;
        let mut values = Vec::with_capacity(range.len());
        while values.len() < range.len() {
            let from = range.start + values.len();
            let outcomes = self.runner.run(&[&compiled], from..(from + self.runner.wave).min(range.end));
            let outcomes = outcomes.ok_or(RunError::Cancelled)?;
            values.extend(outcomes.iter().map(|one| self.aim.value(&changed, &one[0])));
        }
        self.done += values.len();
        Ok(values)
    }
}

/// Threads that run replications in waves, so that a cancel is heard and an early answer seen.
struct Runner<'a> {
    pool: rayon::ThreadPool,
    wave: usize,
    seed: u64,
    options: Options,
    cancel: &'a AtomicBool,
}

impl<'a> Runner<'a> {
    fn new(settings: &Settings, cancel: &'a AtomicBool) -> Result<Self, RunError> {
        let threads = settings.threads;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|source| RunError::Threads { threads, source })?;
        let options = Options::default();
        Ok(Self { wave: 8 * pool.current_num_threads(), pool, seed: settings.seed, options, cancel })
    }

    /// By replication and model, in order; nothing when cancelled.
    fn run(&self, models: &[&Compiled], range: Range<usize>) -> Option<Vec<Vec<Outcome>>> {
        let one = |replication: usize, model: &Compiled| {
            let go = !self.cancel.load(Ordering::Relaxed);
            go.then(|| engine::replicate(model, self.seed, replication as u64, &self.options))
        };
        let all = |replication| models.iter().map(|model| one(replication, model)).collect();
        self.pool.install(|| range.into_par_iter().map(all).collect())
    }
}

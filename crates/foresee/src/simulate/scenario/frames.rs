//! One simulated week, hour by hour: what the moving picture of the place is drawn from.

use crate::simulate::model::Model;
use crate::simulate::run::{RunError, settled};
use crate::simulate::{Compiled, Options, Run};
use serde::Serialize;

/// A week of one replication of a place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Week {
    /// Names of the services, in the order of the model; everything below is in this order.
    pub services: Vec<String>,
    /// What people call them.
    pub titles: Vec<String>,
    /// 168 hours, from Monday 00:00.
    pub hours: Vec<Hour>,
}

/// An hour of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Hour {
    /// Mean number of people waiting in each service's own queue.
    pub waiting: Vec<f64>,
    /// Mean number in care.
    pub in_care: Vec<f64>,
    /// Mean number who are ready and held because the next service is full.
    pub held: Vec<f64>,
    /// People who came to each service from outside, those who found no place included.
    pub came: Vec<u32>,
    /// People who moved: from, to, how many. Pairs without anybody are left out.
    pub moved: Vec<(usize, usize, u32)>,
}

/// The first whole week after the warm-up of one replication.
///
/// # Errors
/// A model that makes no sense.
pub fn week(model: &Model, seed: u64, replication: u64) -> Result<Week, RunError> {
    let mut model = settled(model, seed)?;
    let (hour, day) = (model.unit.day() / 24.0, model.unit.day());
    // Monday 00:00 at or after the warm-up, by the clock.
    let warm = model.warm_up_time();
    let start = ((warm + model.week_starts) / (7.0 * day)).ceil() * 7.0 * day - model.week_starts;
    model.horizon = model.horizon.max(start + 7.0 * day);
    let mut compiled = Compiled::new(&model)?;
    compiled.rich = true; // the plain path does not count moves
    let options =
        Options { series: Some(hour), warm_up: Some(0.0), horizon: Some(start + 7.0 * day), ..Options::default() };
    let mut run = Run::new(&compiled, seed, replication, &options);
    run.go_on(start);
    run.moved();
    let services = model.services.len();
    let moved: Vec<Vec<u32>> = (1..=168)
        .map(|at| {
            run.go_on(start + f64::from(at) * hour);
            run.moved()
        })
        .collect();
    let outcome = run.outcome();
    let first = (start / hour).round() as usize;
    let hours = moved
        .iter()
        .enumerate()
        .map(|(at, moved)| {
            let steps: Vec<_> = outcome.services.iter().filter_map(|service| service.series.get(first + at)).collect();
            let of = |part: &dyn Fn(usize) -> f64| (0..steps.len()).map(part).collect::<Vec<f64>>();
            let into = |to: usize| (0..services).map(|from| moved[from * services + to]).sum::<u32>();
            Hour {
                waiting: of(&|at| steps[at].waiting),
                in_care: of(&|at| steps[at].in_care),
                held: of(&|at| steps[at].blocked),
                came: steps
                    .iter()
                    .enumerate()
                    .map(|(to, step)| (step.arrivals as u32).saturating_sub(into(to)))
                    .collect(),
                moved: (0..services * services)
                    .filter(|pair| moved[*pair] > 0)
                    .map(|pair| (pair / services, pair % services, moved[pair]))
                    .collect(),
            }
        })
        .collect();
    Ok(Week {
        services: model.services.iter().map(|service| service.name.clone()).collect(),
        titles: model.services.iter().map(|service| service.title().to_owned()).collect(),
        hours,
    })
}

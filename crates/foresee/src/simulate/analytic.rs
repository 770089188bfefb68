//! The instant answer: what a queue's theory says before anything is simulated.
//!
//! Offered load is people × time, and most of what a place needs to know follows from it: a service whose load passes its
//! capacity never settles; one that is close to it waits. These closed forms are exact for the simple queue each names and
//! a first screen for any other: thousands of allocations in a millisecond, and a bar beside the simulated number which says
//! whether it can be believed. They leave out what only the simulator knows: blocking, priorities, shifts, states.
//!
//! ```text
//! routes ─▶ traffic ─▶ load = rate × stay ─▶ waits (Erlang B, C, A; M/G/1) ─▶ staffing (load + β √load)
//! ```

use super::model::{Batch, Model, Source};

/// How many people come to each service in all, per unit of time: `λ = external + λ · routing`, where `routing[i][j]` is the
/// share of those who leave `i` that goes to `j`. `None` when a loop has no exit (someone would go round for ever).
///
/// ```
/// use foresee::simulate::analytic::traffic;
/// let back = traffic(&[1.0, 0.0], &[vec![0.0, 1.0], vec![0.5, 0.0]]);
/// assert_eq!(back, Some(vec![2.0, 2.0]));
/// assert_eq!(traffic(&[1.0], &[vec![1.0]]), None);
/// ```
pub fn traffic(external: &[f64], routing: &[Vec<f64>]) -> Option<Vec<f64>> {
    let n = external.len();
    // Gauss–Jordan on (I − routingᵀ) λ = external, the largest pivot first.
    let mut rows: Vec<Vec<f64>> = (0..n)
        .map(|j| {
            let mut row: Vec<f64> = (0..n)
                .map(|i| f64::from(u8::from(i == j)) - routing.get(i).and_then(|to| to.get(j)).unwrap_or(&0.0))
                .collect();
            row.push(external[j]);
            row
        })
        .collect();
    for column in 0..n {
        let pivot = (column..n).max_by(|&a, &b| rows[a][column].abs().total_cmp(&rows[b][column].abs()))?;
        if rows[pivot][column].abs() < 1e-12 {
            return None;
        }
        rows.swap(column, pivot);
        let lead = rows[column].clone();
        for (index, row) in rows.iter_mut().enumerate() {
            let factor = if index == column { 1.0 - 1.0 / lead[column] } else { row[column] / lead[column] };
            row.iter_mut().zip(&lead).for_each(|(x, y)| *x -= factor * y);
        }
    }
    let rates: Vec<f64> = rows.iter().map(|row| row[n]).collect();
    rates
        .iter()
        .all(|rate| rate.is_finite() && *rate >= -1e-9)
        .then(|| rates.iter().map(|rate| rate.max(0.0)).collect())
}

/// Erlang B: the share turned away from `servers` without a queue at an offered `load` (rate × stay), whatever the shape of
/// the stay.
///
/// ```
/// assert!((foresee::simulate::analytic::erlang_b(22, 20.0) - 0.106_733_949_5).abs() < 1e-9);
/// ```
pub fn erlang_b(servers: u32, load: f64) -> f64 {
    (1..=servers).fold(1.0, |lost, n| load * lost / (f64::from(n) + load * lost))
}

/// Erlang C: the share that must wait for one of `servers`, exponential stays, no limit on the queue; 1 at or above a load
/// that never settles.
pub fn erlang_c(servers: u32, load: f64) -> f64 {
    let c = f64::from(servers);
    if load >= c {
        return 1.0;
    }
    let lost = erlang_b(servers, load);
    c * lost / (c - load * (1.0 - lost))
}

/// A settled queue in few numbers, in the unit of time of its rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Queue {
    /// Share of those who came in that had to wait; of all who came, when none is turned away.
    pub prob_wait: f64,
    /// Share of those who came that was turned away.
    pub lost: f64,
    /// Share of those who came in that gave up waiting.
    pub abandoned: f64,
    /// People waiting, on average.
    pub waiting: f64,
    /// Servers busy, on average.
    pub busy: f64,
    /// Time waited by those who came in, whether served or not.
    pub wait: f64,
}

/// M/M/c/K with patience: Poisson arrivals at `rate`, exponential stays of mean `1/service_rate`, `servers`, at most `places`
/// waiting (`None`: no limit) and an exponential patience of mean `1/patience_rate` (0: without end). `None` when it never
/// settles. The Erlang A, B and C queues are its corners.
///
/// ```
/// use foresee::simulate::analytic::birth_death;
/// let erlang_a = birth_death(10.0, 1.0, 10, None, 0.5).map(|queue| queue.abandoned);
/// assert!((erlang_a.unwrap_or(0.0) - 0.103_913_212_3).abs() < 1e-9);
/// ```
pub fn birth_death(
    rate: f64,
    service_rate: f64,
    servers: u32,
    places: Option<u32>,
    patience_rate: f64,
) -> Option<Queue> {
    let c = f64::from(servers);
    if places.is_none() && patience_rate <= 0.0 && rate >= c * service_rate {
        return None;
    }
    // States upward from empty with the largest seen so far as unit, so that a load of thousands cannot overflow.
    let (mut weight, mut total, mut waits, mut lost, mut waiting, mut busy) = (1.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    let mut present = 0.0f64;
    loop {
        let queue = (present - c).max(0.0);
        total += weight;
        waiting += weight * queue;
        busy += weight * present.min(c);
        let is_full = places.is_some_and(|places| queue >= f64::from(places) && present >= c);
        if is_full {
            lost = weight;
            break;
        }
        if present >= c {
            waits += weight;
        }
        let out = (present + 1.0).min(c) * service_rate + (present + 1.0 - c).max(0.0) * patience_rate;
        let ratio = rate / out;
        if present >= c && ratio < 1.0 && weight * ratio / (1.0 - ratio) * (present + 1.0) < 1e-15 * total {
            break;
        }
        weight *= ratio;
        present += 1.0;
        if weight > 1e200 {
            for sum in [&mut weight, &mut total, &mut waits, &mut waiting, &mut busy] {
                *sum *= 1e-200;
            }
        }
    }
    let entered = rate * (total - lost) / total;
    let waiting = waiting / total;
    Some(Queue {
        prob_wait: waits / (total - lost),
        lost: lost / total,
        abandoned: patience_rate * waiting / entered,
        waiting,
        busy: busy / total,
        wait: waiting / entered,
    })
}

/// Pollaczek–Khinchine: mean wait of an M/G/1 queue, Poisson arrivals at `rate`, one server, a stay of this `mean` and
/// coefficient of variation `cv`. `None` when it never settles.
///
/// ```
/// assert_eq!(foresee::simulate::analytic::pollaczek_khinchine(0.5, 1.0, 1.0), Some(1.0));
/// ```
pub fn pollaczek_khinchine(rate: f64, mean: f64, cv: f64) -> Option<f64> {
    let load = rate * mean;
    (load < 1.0).then(|| load * mean * (1.0 + cv * cv) / (2.0 * (1.0 - load)))
}

/// Mean wait for one of several servers when neither arrivals nor stays need be exponential: Erlang C scaled by the mean of
/// the squared coefficients of variation (Allen–Cunneen). Exact for M/M/c and M/G/1, an approximation for the rest. `None` when
/// it never settles.
pub fn allen_cunneen(rate: f64, mean: f64, servers: u32, arrival_cv: f64, stay_cv: f64) -> Option<f64> {
    let load = rate * mean;
    let spare = f64::from(servers) - load;
    (spare > 0.0).then(|| erlang_c(servers, load) * mean / spare * (arrival_cv.powi(2) + stay_cv.powi(2)) / 2.0)
}

/// The offered load at the instant `at` of arrivals whose `rates` are constant over equal pieces of a day or week `every`
/// long, each staying with probability `survival(t)` longer than `t` and `mean` on average: the mean of M(t)/G/∞ (Eick, Massey
/// & Whitt 1993). This is how many beds would be in use if there were no end of beds.
pub fn offered_load(rates: &[f64], every: f64, at: f64, mean: f64, survival: impl Fn(f64) -> f64) -> f64 {
    if rates.is_empty() {
        return 0.0;
    }
    let piece = every / rates.len() as f64;
    let index = (at / piece).floor();
    let (mut load, mut held) = (0.0, 0.0);
    // Back through the pieces: ∫ survival over each age range, by Simpson's rule on panels fine against the stay as well.
    let (mut from, mut to) = (0.0, at - index * piece);
    let mut back = index as i64;
    while from < 60.0 * mean.max(piece) && mean - held > 1e-10 * mean {
        let panels = ((to - from) / (mean / 64.0)).ceil().clamp(2.0, 256.0) as usize;
        let width = (to - from) / panels as f64;
        let area: f64 = (0..panels)
            .map(|panel| {
                let age = from + panel as f64 * width;
                width / 6.0 * (survival(age) + 4.0 * survival(age + width / 2.0) + survival(age + width))
            })
            .sum();
        load += rates[back.rem_euclid(rates.len() as i64) as usize] * area;
        held += area;
        back -= 1;
        (from, to) = (to, to + piece);
    }
    load
}

/// Square-root staffing: the fewest servers with which no more than `prob_wait` of people wait, `load + β √load` rounded up
/// where the Halfin–Whitt β meets the target, then put right by Erlang C itself.
///
/// ```
/// use foresee::simulate::analytic::{erlang_c, staffing};
/// let staff = staffing(100.0, 0.2);
/// assert!(erlang_c(staff, 100.0) <= 0.2 && erlang_c(staff - 1, 100.0) > 0.2);
/// ```
pub fn staffing(load: f64, prob_wait: f64) -> u32 {
    use statrs::distribution::{Continuous, ContinuousCDF, Normal};
    let normal = Normal::standard();
    // P(wait) = 1 / (1 + β Φ(β)/φ(β)) falls in β: halve the bracket.
    let waits = |beta: f64| 1.0 / (1.0 + beta * normal.cdf(beta) / normal.pdf(beta));
    let (mut low, mut high) = (0.0, 10.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if waits(middle) > prob_wait { low = middle } else { high = middle }
    }
    let mut servers = (load + high * load.sqrt()).ceil().max(1.0) as u32;
    while erlang_c(servers, load) > prob_wait {
        servers += 1;
    }
    while servers > 1 && erlang_c(servers - 1, load) <= prob_wait {
        servers -= 1;
    }
    servers
}

/// What theory says at once of one service of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Twin {
    /// The service.
    pub service: String,
    /// People who come per unit of time, from outside and from other services.
    pub rate: f64,
    /// Units in use if there were no end of them: rate × stay × units a person.
    pub load: f64,
    /// Mean units there are; none: without limit.
    pub capacity: Option<f64>,
    /// Load over capacity; above 1 it can never settle, and near 1 it waits.
    pub utilisation: Option<f64>,
    /// Share of people who wait, were arrivals and stays as in an Erlang queue; 1 when it never settles.
    pub prob_wait: f64,
    /// Mean wait (Allen–Cunneen); none when it never settles, unless patience or a short queue settles it.
    pub wait: Option<f64>,
    /// Square-root staffing: the fewest units with which one person in five waits.
    pub enough: u32,
}

/// The analytic twin of a whole model, service by service in its order: long-run mean rates, each service as if alone. A first
/// screen and a bar beside the simulated number: it knows no blocking, no shifts, no priorities, no seasons, and takes the
/// share of each class to be the same everywhere. `None` when a loop of routes has no exit.
pub fn twin(model: &Model) -> Option<Vec<Twin>> {
    let index = |name: &str| model.services.iter().position(|service| service.name == name);
    let classes = model.class_names();
    let mut external = vec![0.0; model.services.len()];
    let mut mix = vec![0.0; classes.len()];
    for source in &model.sources {
        let rate = source_rate(source);
        external[index(&source.to)?] += rate;
        for (share, class) in mix.iter_mut().zip(&classes) {
            *share += rate
                * source.classes.get(*class).copied().unwrap_or(match &source.class {
                    Some(own) => f64::from(u8::from(own == class)),
                    None => f64::from(u8::from(source.classes.is_empty() && *class == classes[0])),
                });
        }
    }
    let all: f64 = mix.iter().sum();
    mix.iter_mut().for_each(|share| *share = if all > 0.0 { *share / all } else { 1.0 / classes.len() as f64 });
    let share_of = |class: &Option<String>| match class {
        Some(class) => classes.iter().position(|known| known == class).map_or(0.0, |class| mix[class]),
        None => 1.0,
    };
    let mut routing = vec![vec![0.0; model.services.len()]; model.services.len()];
    for (row, service) in routing.iter_mut().zip(&model.services) {
        for route in service.routes.iter().filter(|route| route.when.is_none()) {
            row[index(&route.to)?] += route.share * share_of(&route.class);
        }
    }
    let rates = traffic(&external, &routing)?;
    let twins = model.services.iter().zip(rates).map(|(service, rate)| {
        // Mean and spread of the stay of whoever comes, and units that the mean person takes for that long.
        let (mut mean, mut square, mut work) = (0.0, 0.0, 0.0);
        for (class, share) in classes.iter().zip(&mix) {
            if let Some(stay) = service.stay_of(class) {
                mean += share * stay.mean();
                square += share * (stay.variance() + stay.mean().powi(2));
                work += share * stay.mean() * f64::from(service.units.get(*class).copied().unwrap_or(1));
            }
        }
        let cv = if mean > 0.0 { (square / (mean * mean) - 1.0).max(0.0).sqrt() } else { 0.0 };
        let load = rate * work;
        let capacity = service.capacity.as_ref().and_then(|capacity| capacity.mean());
        let whole = capacity.map_or(0, |capacity| capacity.round() as u32);
        let patience = service.patience.as_ref().map_or(0.0, |patience| 1.0 / patience.mean());
        let (prob_wait, wait) = match capacity {
            None => (0.0, Some(0.0)),
            Some(_) if whole == 0 || mean <= 0.0 => (f64::from(u8::from(load > 0.0)), None),
            Some(_) => match birth_death(rate, 1.0 / mean, whole, service.queue, patience) {
                Some(queue) if patience > 0.0 || service.queue.is_some() => (queue.prob_wait, Some(queue.wait)),
                Some(queue) => (queue.prob_wait, allen_cunneen(rate, mean, whole, 1.0, cv)),
                None => (1.0, None),
            },
        };
        let enough = if load > 0.0 { staffing(load, 0.2) } else { 0 };
        let utilisation = capacity.map(|capacity| load / capacity);
        Twin { service: service.name.clone(), rate, load, capacity, utilisation, prob_wait, wait, enough }
    });
    Some(twins.collect())
}

/// The long-run mean of people a source brings per unit of time; of a closed population, were nobody ever kept.
fn source_rate(source: &Source) -> f64 {
    let size = match &source.batch {
        None => 1.0,
        Some(Batch::Fixed(people)) => f64::from(*people),
        Some(Batch::Shares { shares }) => {
            shares.iter().enumerate().map(|(index, share)| (index + 1) as f64 * share).sum()
        }
        Some(Batch::Drawn(law)) => law.mean(),
    };
    let people = match source {
        Source { population: Some(population), rate, .. } => f64::from(*population) * rate.unwrap_or(0.0),
        Source { rate: Some(rate), .. } => *rate,
        Source { gap: Some(gap), .. } => 1.0 / gap.mean(),
        Source { at, every: Some(every), .. } if !at.is_empty() => at.len() as f64 / every,
        Source { rates, breaks, .. } if breaks.len() == rates.len() + 1 => {
            let area: f64 = rates.iter().zip(breaks.windows(2)).map(|(rate, ends)| rate * (ends[1] - ends[0])).sum();
            area / source.every.unwrap_or(breaks[breaks.len() - 1] - breaks[0])
        }
        Source { rates, .. } if !rates.is_empty() => rates.iter().sum::<f64>() / rates.len() as f64,
        _ => 0.0,
    };
    people * size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_has_its_answer_at_once() {
        let model = Model::from_toml(
            r#"
            name = "two"
            horizon = 100
            [[source]]
            name = "door"
            to = "ED"
            rates = [1.7, 3.7]
            every = 24
            [[service]]
            name = "ED"
            capacity = 3
            stay = { distribution = "exponential", mean = 1 }
            [[service.route]]
            to = "ward"
            share = 0.5
            [[service]]
            name = "ward"
            stay = { distribution = "lognormal", mean = 10, cv = 1 }
            "#,
        )
        .unwrap();
        let seen = twin(&model).unwrap();
        close(seen[0].wait.unwrap(), 2.7235367372353694);
        close(seen[0].utilisation.unwrap(), 0.9);
        close(seen[1].load, 13.5);
        assert_eq!((seen[1].capacity, seen[1].wait), (None, Some(0.0)));
        assert!(erlang_c(seen[0].enough, 2.7) <= 0.2);
    }

    fn close(seen: f64, truth: f64) {
        assert!((seen - truth).abs() < 1e-8 * truth.abs().max(1.0), "{seen} for {truth}");
    }

    #[test]
    fn a_network_with_feedback_settles_at_its_traffic() {
        let routing = [vec![0.0, 0.5, 0.3], vec![0.2, 0.0, 0.4], vec![0.0, 0.1, 0.0]];
        let rates = traffic(&[3.0, 1.0, 0.0], &routing).unwrap();
        [3.6065573770491803, 3.0327868852459012, 2.295081967213115].iter().zip(&rates).for_each(|(t, s)| close(*s, *t));
        assert_eq!(traffic(&[1.0, 0.0], &[vec![0.0, 1.0], vec![1.0, 0.0]]), None, "a loop with no exit");
        assert_eq!(traffic(&[], &[]), Some(vec![]));
    }

    #[test]
    fn the_corners_of_one_queue_are_the_queues_with_names() {
        let mm3 = birth_death(2.7, 1.0, 3, None, 0.0).unwrap();
        close(mm3.prob_wait, 0.8170610211706103);
        close(mm3.prob_wait, erlang_c(3, 2.7));
        close(mm3.wait, 2.7235367372353694);
        close(mm3.waiting, 7.353549190535498);
        let small = birth_death(3.0, 4.0, 2, Some(1), 0.0).unwrap();
        close(small.lost, 0.04936014625228522);
        close(small.waiting + small.busy, 0.7623400365630715);
        close(small.wait, 0.01730769230769232);
        let loss = birth_death(20.0, 1.0, 22, Some(0), 0.0).unwrap();
        close(loss.lost, erlang_b(22, 20.0));
        close(loss.busy, 17.865321009849527);
        let patient = birth_death(10.0, 1.0, 10, None, 0.5).unwrap();
        close(patient.abandoned, 0.10391321232630824);
        close(patient.waiting, 2.0782642465261647);
        close(patient.prob_wait, 0.6196552308840777);
        close(patient.busy, 8.96086787673692);
        assert_eq!(birth_death(3.0, 1.0, 3, None, 0.0), None);
        assert!(
            birth_death(4000.0, 1.0, 4050, None, 0.0).unwrap().wait.is_finite(),
            "thousands of beds do not overflow"
        );
        close(birth_death(4000.0, 1.0, 4050, None, 0.0).unwrap().prob_wait, erlang_c(4050, 4000.0));
    }

    #[test]
    fn waits_of_other_stays() {
        close(pollaczek_khinchine(0.7, 1.0, 1.5).unwrap(), 3.791666666666666);
        close(pollaczek_khinchine(0.9, 1.0, 0.0).unwrap(), 4.5);
        assert_eq!(pollaczek_khinchine(1.0, 1.0, 0.0), None);
        close(allen_cunneen(2.7, 1.0, 3, 1.0, 1.0).unwrap(), 2.7235367372353694);
        close(allen_cunneen(0.7, 1.0, 1, 1.0, 1.5).unwrap(), 3.791666666666666);
    }

    #[test]
    fn the_load_follows_the_arrivals_late() {
        // 24 equal hours are a settled queue, whatever the stay.
        close(offered_load(&[3.0; 24], 24.0, 7.5, 4.0, |t| (-t / 4.0).exp()), 12.0);
        // Fixed stays of two hours: the number present is who came in the last two hours.
        let steps: Vec<f64> = (0..24).map(f64::from).collect();
        let fixed = offered_load(&steps, 24.0, 5.5, 2.0, |t| f64::from(u8::from(t < 2.0)));
        assert!((fixed - (0.5 * 5.0 + 4.0 + 0.5 * 3.0)).abs() < 0.05, "{fixed}");
        // A day of fine steps against the sinusoid's closed form.
        let fine: Vec<f64> =
            (0..2400).map(|i| 12.5 + 6.0 * (std::f64::consts::TAU * (f64::from(i) + 0.5) / 2400.0).sin()).collect();
        let seen = offered_load(&fine, 24.0, 6.0, 4.0, |t| (-t / 4.0).exp());
        assert!((seen - 61.44698083800475).abs() < 1e-3, "{seen}");
    }

    #[test]
    fn staffing_is_the_fewest_that_will_do() {
        for load in [0.3, 3.0, 40.0, 700.0] {
            for target in [0.05, 0.2, 0.5] {
                let staff = staffing(load, target);
                assert!(erlang_c(staff, load) <= target);
                assert!(staff == 1 || erlang_c(staff - 1, load) > target);
            }
        }
    }
}

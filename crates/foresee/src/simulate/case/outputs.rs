//! What a case may ask for, by name, and where an outcome holds it.
//!
//! ```text
//! mean_wait_class2      what = mean_wait, class 2
//! sojourn_p95           what = sojourn, share 0.95
//! mean_number_at_h6     what = mean_number, at hour 6 of every cycle
//! ED_blocked_h          what = mean_blocked_time, at the service ED
//! ```

use crate::simulate::outcome::{AddUp, Flow, Outcome, Tally};
use std::collections::BTreeMap;

/// One thing asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ask {
    what: What,
    station: Option<usize>,
    class: Option<usize>,
    /// What is said of the replications' values.
    over: Over,
}

/// What is said of the values of all replications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    Mean,
    Variance,
    VarianceToMean,
}

#[derive(Clone, Debug, PartialEq)]
enum What {
    /// A time average, a mean or a share of the settled run.
    Settled(&'static str),
    /// The value that a share of times stay at or under.
    Quantile(&'static str, f64),
    /// The share of times above a limit, or at or below it.
    Above(&'static str, f64, bool),
    /// At an instant of time, from 0.
    At(&'static str, f64),
    /// At an instant of every cycle.
    Hour(&'static str, f64),
    /// How many come between two instants.
    Count(f64, f64),
    /// When the first ring closed.
    Deadlock,
    /// The share of time with so many present.
    State(u32),
    /// The variance over time of the number present.
    Spread,
}

/// What must be known of a model to read its outcomes.
pub(super) struct Layout {
    pub(super) services: Vec<String>,
    pub(super) stations: usize,
    pub(super) classes: usize,
    /// Mean units of capacity by service; 0 where there is no limit.
    pub(super) capacity: Vec<f64>,
    /// Where each source goes.
    pub(super) sources: Vec<usize>,
    pub(super) starts: f64,
    pub(super) is_closed: bool,
    pub(super) has_units: bool,
    pub(super) has_home: bool,
    pub(super) instants: Vec<f64>,
    pub(super) cycle: f64,
}

/// Names that a case may use, and what each stands for.
const NAMES: &[(&str, &str)] = &[
    ("mean_number", "number"),
    ("mean_in_system", "number"),
    ("mean_number_in_system", "number"),
    ("mean_present", "number"),
    ("mean_occupancy", "number"),
    ("occupancy", "number"),
    ("number", "number"),
    ("l", "number"),
    ("mean_number_total", "number"),
    ("mean_queue", "queue"),
    ("mean_queue_length", "queue"),
    ("mean_number_waiting", "queue"),
    ("mean_waiting", "queue"),
    ("mean_number_in_queue", "queue"),
    ("lq", "queue"),
    ("queue", "queue"),
    ("mean_busy", "busy"),
    ("mean_servers_busy", "busy"),
    ("mean_busy_servers", "busy"),
    ("mean_number_in_service", "busy"),
    ("mean_in_service", "busy"),
    ("carried_load", "busy"),
    ("mean_units_busy", "units"),
    ("units_busy", "units"),
    ("utilisation", "utilisation"),
    ("utilization", "utilisation"),
    ("prob_busy", "utilisation"),
    ("prob_idle", "idle"),
    ("prob_empty", "idle"),
    ("mean_blocked", "blocked"),
    ("mean_number_blocked", "blocked"),
    ("prob_blocked", "share_blocked"),
    ("blocked_fraction", "share_blocked"),
    ("mean_blocked_time", "blocked_time"),
    ("blocked_h", "blocked_time"),
    ("mean_time_blocked", "blocked_time"),
    ("prob_blocked_after_service", "was_blocked"),
    ("mean_wait", "wait"),
    ("mean_wait_accepted", "wait"),
    ("mean_wait_served", "wait"),
    ("mean_wait_in_queue", "wait"),
    ("mean_waiting_time", "wait"),
    ("mean_delay", "wait"),
    ("wait", "wait"),
    ("wq", "wait"),
    ("wq_h", "wait"),
    ("mean_time_in_queue_all", "wait_all"),
    ("mean_wait_all", "wait_all"),
    ("mean_time_in_queue", "wait_all"),
    ("mean_wait_abandoned", "given_up"),
    ("mean_wait_reneged", "given_up"),
    ("mean_time_to_abandon", "given_up"),
    ("mean_wait_delayed", "wait_delayed"),
    ("mean_wait_if_wait", "wait_delayed"),
    ("mean_wait_given_wait", "wait_delayed"),
    ("mean_wait_of_delayed", "wait_delayed"),
    ("mean_sojourn", "sojourn"),
    ("mean_sojourn_total", "sojourn"),
    ("mean_sojourn_accepted", "sojourn"),
    ("mean_total_time_in_network", "sojourn"),
    ("mean_total_time", "sojourn"),
    ("mean_time_in_system", "sojourn"),
    ("mean_time_in_network", "sojourn"),
    ("mean_cycle_time", "sojourn"),
    ("mean_response", "sojourn"),
    ("mean_response_time", "sojourn"),
    ("sojourn", "sojourn"),
    ("time_in_system", "sojourn"),
    ("w", "sojourn"),
    ("throughput", "throughput"),
    ("departure_rate", "throughput"),
    ("completion_rate", "throughput"),
    ("arrival_rate", "arrival_rate"),
    ("effective_arrival_rate", "entered"),
    ("accepted_rate", "entered"),
    ("visits", "visits"),
    ("mean_visits", "visits"),
    ("loss_probability", "lost"),
    ("lost_fraction", "lost"),
    ("prob_lost", "lost"),
    ("prob_loss", "lost"),
    ("blocking_probability", "lost"),
    ("rejection_probability", "lost"),
    ("prob_full", "lost"),
    ("prob_overflow", "diverted"),
    ("overflow_probability", "diverted"),
    ("overflow_fraction", "diverted"),
    ("overflow_rate", "overflow_rate"),
    ("divert_probability", "diverted"),
    ("diverted_fraction", "diverted"),
    ("abandon_probability", "abandoned"),
    ("abandonment_probability", "abandoned"),
    ("prob_abandon", "abandoned"),
    ("renege_probability", "abandoned"),
    ("prob_renege", "abandoned"),
    ("reneging_probability", "abandoned"),
    ("prob_baulk", "baulked"),
    ("prob_balk", "baulked"),
    ("baulk_probability", "baulked"),
    ("balk_probability", "baulked"),
    ("prob_wait", "waited"),
    ("prob_delay", "waited"),
    ("prob_no_wait", "not_waited"),
    ("prob_immediate", "not_waited"),
    ("prob_all_busy", "all_busy"),
    ("share_full", "all_busy"),
    ("prob_class_change", "worsened"),
    ("prob_worsened", "worsened"),
    ("class_change_probability", "worsened"),
    ("prob_preempted", "interrupted"),
    ("preemptions_per_customer", "interrupted"),
    ("mean_residual", "residual"),
    ("mean_residual_stay", "residual"),
    ("mean_remaining", "residual"),
    ("mean_remaining_stay", "residual"),
    ("mean_remaining_time", "residual"),
    ("mean_residual_life", "residual"),
    ("remaining", "sojourn"),
    ("residual", "sojourn"),
    ("mean_stay", "care"),
    ("mean_service", "care"),
    ("prob_still_there", "residual"),
    ("prob_still_present", "residual"),
    ("share_present", "residual"),
    ("survival", "residual"),
    ("prob_deadlock", "deadlocked"),
];

fn what(name: &str) -> Option<&'static str> {
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, what)| *what)
}

/// How often a name's instants come back: `Some(true)` in every cycle, `Some(false)` once.
fn instant(text: &str, every_cycle: bool) -> Option<(f64, bool)> {
    let text = text.trim_start_matches('t').trim_start_matches('_');
    match text.strip_prefix('h') {
        Some(hour) => Some((hour.trim_start_matches('_').replace('_', ".").parse().ok()?, true)),
        None => Some((text.trim_start_matches('d').replace('_', ".").parse().ok()?, every_cycle)),
    }
}

/// The two numbers that end a name: `mean_count_0_55`.
fn ends(text: &str) -> Option<(f64, f64)> {
    let parts: Vec<&str> = text.split('_').collect();
    match parts[..] {
        [from, to] => Some((from.trim_start_matches('h').parse().ok()?, to.trim_start_matches('h').parse().ok()?)),
        _ => None,
    }
}

/// The last instant of the run that a name asks for.
pub(super) fn last_instant(name: &str, every_cycle: bool) -> Option<f64> {
    if let Some((_, time)) = name.rsplit_once("_at_") {
        return instant(time, every_cycle).and_then(|(time, is_hour)| (!is_hour).then_some(time));
    }
    let is_count = ["mean_count_", "count_", "mean_arrivals_", "variance_to_mean_", "dispersion_", "variance_count_"];
    is_count.iter().find_map(|lead| ends(name.strip_prefix(lead)?)).map(|(_, to)| to)
}

impl Ask {
    /// What a name asks of a model laid out like this; `every_cycle` when its instants are of every cycle of a long run.
    pub(super) fn of(name: &str, layout: &Layout, every_cycle: bool) -> Option<Ask> {
        let plain = |what| Ask { what, station: None, class: None, over: Over::Mean };
        for (lead, over) in [
            ("mean_count_", Over::Mean),
            ("count_", Over::Mean),
            ("mean_arrivals_", Over::Mean),
            ("variance_to_mean_", Over::VarianceToMean),
            ("dispersion_", Over::VarianceToMean),
            ("variance_count_", Over::Variance),
            ("variance_", Over::Variance),
        ] {
            if let Some((from, to)) = name.strip_prefix(lead).and_then(ends) {
                return Some(Ask { over, ..plain(What::Count(from, to)) });
            }
        }
        if name.starts_with("mean_time_to_deadlock") || name.starts_with("time_to_deadlock") {
            return Some(plain(What::Deadlock));
        }
        for lead in ["prob_number_", "prob_present_", "prob_n_", "prob_n", "prob_", "p_", "p"] {
            if let Some(present) = name.strip_prefix(lead).and_then(|number| number.parse().ok()) {
                return Some(plain(What::State(present)));
            }
        }
        if ["variance_number", "number_variance", "var_number"].contains(&name) {
            return Some(plain(What::Spread));
        }
        if name == "prob_empty" && layout.capacity.first() != Some(&1.0) {
            return Some(plain(What::State(0)));
        }
        // A service's own name first: the longest that fits.
        let (mut station, mut rest) = (None, name);
        let named = layout.services.iter().enumerate().filter(|(_, service)| service.parse::<usize>().is_err());
        let named =
            named.filter_map(|(index, service)| Some((index, name.strip_prefix(service.as_str())?.strip_prefix('_')?)));
        if let Some((index, after)) = named.min_by_key(|(_, after)| after.len()) {
            (station, rest) = (Some(index), after);
        }
        let mut over = Over::Mean;
        if let Some(after) = rest.strip_prefix("variance_").filter(|after| after.contains("_at_")) {
            (over, rest) = (Over::Variance, after);
        }
        let mut at = None;
        if let Some((before, time)) = rest.rsplit_once("_at_") {
            let (time, is_hour) = instant(time, every_cycle)?;
            (rest, at) = (before, Some((time, is_hour)));
        }
        let mut limit = None;
        for (word, above) in [
            ("_over_", true),
            ("_gt_", true),
            ("_exceeds_", true),
            ("_above_", true),
            ("_longer_than_", true),
            ("_more_than_", true),
            ("_within_", false),
            ("_under_", false),
            ("_less_than_", false),
            ("_le_", false),
        ] {
            if let Some((before, after)) = rest.split_once(word) {
                let (number, tail) =
                    after.split_once("_class").map_or((after, None), |(number, class)| (number, Some(class)));
                limit = Some((
                    number.replace('_', ".").parse::<f64>().ok()?,
                    above,
                    tail.and_then(|class| class.trim_start_matches('_').parse::<usize>().ok()),
                ));
                rest = before;
                break;
            }
        }
        if limit.is_some() {
            rest = ["prob_", "share_", "p_"].iter().find_map(|lead| rest.strip_prefix(lead)).unwrap_or(rest);
        }
        let (mut share, mut class) = (None, limit.and_then(|(.., class)| class));
        let lower = rest.to_lowercase();
        let mut words: Vec<&str> = lower.split('_').collect();
        while words.len() > 1 && what(&words.join("_")).is_none() {
            let Some(last) = words.pop() else { break };
            let percent = last.strip_prefix(['p', 'q']).and_then(|percent| percent.parse::<f64>().ok());
            match (percent, last.strip_prefix("class").map(str::parse), last.parse::<usize>()) {
                (Some(percent), ..) => share = Some(if percent >= 100.0 { percent / 1000.0 } else { percent / 100.0 }),
                (_, Some(Ok(number)), _) => class = Some(number),
                (_, _, Ok(number)) if words.last() == Some(&"class") => {
                    words.pop();
                    class = Some(number);
                }
                (_, _, Ok(number))
                    if words.last().is_some_and(|word| ["station", "node", "server", "stage"].contains(word)) =>
                {
                    words.pop();
                    station = Some(number.checked_sub(1)?);
                }
                (_, _, Ok(number)) => station = Some(number.checked_sub(1)?),
                _ => return None,
            }
        }
        let joined = words.join("_");
        let base = what(&joined)?;
        // With one station and several classes a bare number is a class.
        if class.is_none() && layout.stations == 1 && layout.classes > 1 && base != "units" {
            class = station
                .take_if(|station| layout.services.get(*station).is_none_or(|name| name.parse::<usize>().is_ok()))
                .map(|station| station + 1);
        }
        let class = match class {
            Some(number) => Some(number.checked_sub(1).filter(|class| *class < layout.classes)?),
            None => None,
        };
        if station.is_some_and(|station| station >= layout.services.len()) && base != "units" {
            return None;
        }
        let what = match (at, share, limit) {
            (Some((time, true)), ..) => What::Hour(base, time),
            (Some((time, false)), ..) => What::At(base, time),
            (_, Some(share), _) => What::Quantile(base, share),
            (_, _, Some((limit, above, _))) => What::Above(base, limit, above),
            _ => What::Settled(base),
        };
        Some(Ask { what, station, class, over })
    }

    /// What is said of the values of all replications.
    pub(super) fn over(&self) -> Over {
        self.over
    }

    /// Instants of time that must be seen.
    pub(super) fn instants(&self) -> Vec<f64> {
        match self.what {
            What::At(_, time) => vec![time],
            What::Count(from, to) => vec![from, to],
            _ => vec![],
        }
    }

    /// Whether it needs a look at the place at many instants of the settled run.
    pub(super) fn needs_looks(&self) -> bool {
        matches!(self.what, What::State(_) | What::Spread)
    }

    /// The instant of the cycle, where one is asked for.
    pub(super) fn hour(&self) -> Option<f64> {
        match self.what {
            What::Hour(_, time) => Some(time),
            _ => None,
        }
    }

    /// The value in one replication; `None` where there is nothing to say (nobody came).
    pub(super) fn value(&self, outcome: &Outcome, layout: &Layout) -> Option<f64> {
        let value = match self.what {
            What::Deadlock => outcome.deadlocks.first?,
            What::State(_) | What::Spread => {
                let present = outcome
                    .snapshots
                    .iter()
                    .map(|look| self.stations(layout).map(|station| look.present(station)).sum::<f64>());
                match self.what {
                    What::State(number) => {
                        let (mut hits, mut all) = (0.0, 0.0);
                        present.for_each(|present| {
                            all += 1.0;
                            hits += f64::from(u8::from(present == f64::from(number)));
                        });
                        hits / all
                    }
                    _ => present.collect::<crate::simulate::trust::Moments>().variance(),
                }
            }
            What::Count(from, to) => {
                let by = |time: f64| -> Option<f64> {
                    let index = layout.instants.iter().position(|instant| *instant == time)?;
                    Some(outcome.snapshots.get(index)?.arrivals.get(self.station.unwrap_or(0))?.to_owned())
                };
                by(to)? - if from <= 0.0 { 0.0 } else { by(from)? }
            }
            What::At(what, time) => {
                let index = layout.instants.iter().position(|instant| *instant == time)?;
                let seen = outcome.snapshots.get(index)?;
                let sum = |numbers: &[f64]| -> f64 { self.stations(layout).map(|station| numbers[station]).sum() };
                let present = || sum(&seen.waiting) + sum(&seen.in_care) + sum(&seen.blocked);
                match what {
                    "number" => present(),
                    "residual" => present() / layout.starts,
                    "queue" => sum(&seen.waiting),
                    "busy" => sum(&seen.in_care),
                    "utilisation" => {
                        sum(&seen.in_care) / self.stations(layout).map(|station| layout.capacity[station]).sum::<f64>()
                    }
                    "blocked" => sum(&seen.blocked),
                    "idle" => f64::from(u8::from(present() == 0.0)),
                    "waited" => f64::from(u8::from(
                        self.stations(layout).any(|station| seen.in_care[station] >= layout.capacity[station].max(0.5)),
                    )),
                    _ => return None,
                }
            }
            What::Hour(what, time) => self
                .stations(layout)
                .map(|station| {
                    let profile = &outcome.services.get(station)?.profile;
                    let step =
                        (time.rem_euclid(layout.cycle) / outcome.profile_step).round() as usize % profile.len().max(1);
                    let step = profile.get(step)?;
                    let count = f64::from(step.count.max(1));
                    match what {
                        "number" => Some(step.at()),
                        "queue" => Some(step.waiting / count),
                        "busy" => Some(step.in_care / count),
                        "utilisation" => Some(step.in_care / count / layout.capacity[station]),
                        _ => None,
                    }
                })
                .sum::<Option<f64>>()?,
            What::Quantile(what, share) => self.tally(what, outcome, layout)?.quantile(share),
            What::Above(what, limit, above) => {
                let share = self.tally(what, outcome, layout)?.share_above(limit);
                if above { share } else { 1.0 - share }
            }
            What::Settled(what) => self.settled(what, outcome, layout)?,
        };
        value.is_finite().then_some(value)
    }

    fn stations(&self, layout: &Layout) -> std::ops::Range<usize> {
        match self.station {
            Some(station) => station..station + 1,
            None => 0..layout.stations,
        }
    }

    fn flow(&self, station: usize, outcome: &Outcome) -> Option<Flow> {
        let service = outcome.services.get(station)?;
        Some(match self.class {
            Some(class) => service.classes.get(class)?.clone(),
            None if service.classes.len() == 1 => service.classes[0].clone(),
            None => service.all(),
        })
    }

    /// The times of those of the class at the station, or in the whole place.
    fn tally(&self, what: &str, outcome: &Outcome, layout: &Layout) -> Option<Tally> {
        let whole = what == "sojourn" && self.station.is_none() && !layout.has_home;
        if whole {
            let mut of_classes = outcome
                .place
                .time
                .iter()
                .enumerate()
                .filter(|(index, _)| self.class.is_none_or(|class| class == *index));
            let mut tally = of_classes.next()?.1.clone();
            of_classes.for_each(|(_, other)| tally.add_up(other));
            return Some(tally);
        }
        let flow = self.flow(self.station.unwrap_or(0), outcome)?;
        Some(match what {
            "wait" => flow.wait,
            "sojourn" => flow.stay,
            "blocked_time" => flow.blocked,
            "care" => flow.care,
            "given_up" => flow.given_up,
            _ => return None,
        })
    }

    fn settled(&self, what: &str, outcome: &Outcome, layout: &Layout) -> Option<f64> {
        let span = outcome.span;
        let first = self.station.unwrap_or(0);
        let service = outcome.services.get(first.min(outcome.services.len().checked_sub(1)?))?;
        let is_one = self.station.is_some() || layout.stations == 1;
        let sum = |part: &dyn Fn(&Flow, usize) -> f64| -> Option<f64> {
            self.stations(layout).map(|station| Some(part(&self.flow(station, outcome)?, station))).sum()
        };
        let averages = |part: &dyn Fn(usize) -> f64| -> f64 { self.stations(layout).map(part).sum::<f64>() / span };
        let services = &outcome.services;
        Some(match what {
            // By class there are no time averages of their own: Little's law on the times of those who left.
            "number" if self.class.is_some() => sum(&|flow, _| flow.stay.sum + flow.given_up.sum)? / span,
            "number" => averages(&|station| services[station].present()),
            "queue" if self.class.is_some() => sum(&|flow, _| flow.wait.sum + flow.given_up.sum)? / span,
            "queue" => averages(&|station| services[station].waiting),
            "busy" if self.class.is_some() => sum(&|flow, _| flow.care.sum)? / span,
            "busy" if !layout.has_units => averages(&|station| services[station].in_care),
            "units" if !outcome.resources.is_empty() => match self.station {
                Some(resource) => outcome.resources.get(resource)?.busy / span,
                None => outcome.resources.iter().map(|resource| resource.busy).sum::<f64>() / span,
            },
            "busy" | "units" => averages(&|station| services[station].busy),
            "utilisation" | "idle" => {
                let share = match layout.has_units {
                    true => service.busy / span / layout.capacity[first],
                    false => service.in_care / span / layout.capacity[first],
                };
                if what == "idle" { 1.0 - (service.busy / span / layout.capacity[first]) } else { share }
            }
            "blocked" => averages(&|station| services[station].blocked),
            "share_blocked" => service.blocked / span / layout.capacity[first].max(1.0),
            "blocked_time" => self.flow(first, outcome)?.blocked.mean(),
            "was_blocked" => {
                let blocked = self.flow(first, outcome)?.blocked;
                blocked.some as f64 / blocked.count as f64
            }
            "wait" if is_one => self.flow(first, outcome)?.wait.mean(),
            "wait" => sum(&|flow, _| flow.wait.sum)? / outcome.place.left as f64,
            "wait_all" => {
                sum(&|flow, _| flow.wait.sum + flow.given_up.sum)?
                    / sum(&|flow, _| (flow.wait.count + flow.given_up.count) as f64)?
            }
            "given_up" => self.flow(first, outcome)?.given_up.mean(),
            "wait_delayed" => {
                let wait = self.flow(first, outcome)?.wait;
                wait.sum / wait.some as f64
            }
            "care" => self.flow(first, outcome)?.care.mean(),
            "sojourn" => self.tally(what, outcome, layout)?.mean(),
            "throughput" if self.class.is_some() || self.station.is_some() => {
                self.flow(first, outcome)?.left as f64 / span
            }
            "throughput" if layout.is_closed => self.flow(0, outcome)?.left as f64 / span,
            "throughput" => (outcome.place.left as f64 - sum(&|flow, _| flow.reneged as f64)?) / span,
            "arrival_rate" => self.flow(first, outcome)?.arrivals as f64 / span,
            "entered" => {
                let flow = self.flow(first, outcome)?;
                (flow.arrivals - flow.lost - flow.baulked - flow.diverted) as f64 / span
            }
            "visits" => self.flow(first, outcome)?.left as f64 / outcome.place.left as f64,
            "lost" => {
                let own: Vec<usize> = (0..layout.sources.len())
                    .filter(|source| self.station.is_none_or(|station| layout.sources[*source] == station))
                    .collect();
                match (self.class, own.is_empty()) {
                    (None, false) => {
                        let lost: u64 = match self.station {
                            Some(station) => {
                                own.iter().map(|source| outcome.sources[*source].lost).sum::<u64>()
                                    + self.flow(station, outcome)?.diverted
                            }
                            None => self
                                .stations(layout)
                                .map(|station| self.flow(station, outcome).map(|flow| flow.lost))
                                .sum::<Option<u64>>()?,
                        };
                        lost as f64 / own.iter().map(|source| outcome.sources[*source].arrivals).sum::<u64>() as f64
                    }
                    _ => sum(&|flow, _| (flow.lost + flow.diverted) as f64)? / sum(&|flow, _| flow.arrivals as f64)?,
                }
            }
            "diverted" => share(self.flow(first, outcome)?, |flow| flow.diverted),
            "overflow_rate" => self.flow(first, outcome)?.diverted as f64 / span,
            "abandoned" => share(self.flow(first, outcome)?, |flow| flow.reneged),
            "baulked" => share(self.flow(first, outcome)?, |flow| flow.baulked),
            "worsened" => share(self.flow(first, outcome)?, |flow| flow.worsened),
            "interrupted" => {
                let flow = self.flow(first, outcome)?;
                flow.interrupted as f64 / flow.left as f64
            }
            "waited" => self.flow(first, outcome)?.share_waiting(),
            "not_waited" => 1.0 - self.flow(first, outcome)?.share_waiting(),
            "all_busy" => service.full / span,
            "residual" => outcome.place.present / layout.starts,
            "deadlocked" => f64::from(u8::from(outcome.deadlocks.first.is_some())),
            _ => return None,
        })
    }
}

fn share(flow: Flow, part: fn(&Flow) -> u64) -> f64 {
    part(&flow) as f64 / flow.arrivals as f64
}

/// Every name that may be asked of a model laid out like this, with its ask: whole, by station, by class.
pub(super) fn all(layout: &Layout, every_cycle: bool) -> BTreeMap<String, Ask> {
    let mut asks = BTreeMap::new();
    let mut add = |name: String| {
        if let Some(ask) = Ask::of(&name, layout, every_cycle) {
            asks.insert(name, ask);
        }
    };
    let quantiles =
        ["wait", "sojourn"].iter().flat_map(|what| ["p50", "p90", "p95", "p99"].map(|share| format!("{what}_{share}")));
    let mut seen = std::collections::BTreeSet::new();
    let firsts = NAMES
        .iter()
        .filter(|(name, what)| name.len() > 2 && *what != "residual" && seen.insert(*what))
        .map(|(name, _)| (*name).to_owned());
    const ALSO: [&str; 4] =
        ["mean_wait_accepted", "mean_time_in_queue_all", "mean_units_busy", "mean_total_time_in_network"];
    for name in firsts.chain(ALSO.map(str::to_owned)).chain(quantiles) {
        if layout.classes > 1 {
            (1..=layout.classes).for_each(|class| add(format!("{name}_class{class}")));
        }
        for (index, service) in layout.services.iter().enumerate().take(layout.stations) {
            match service.parse::<usize>() {
                Ok(_) if layout.stations > 1 => add(format!("{name}_{}", index + 1)),
                Ok(_) => {}
                Err(_) => add(format!("{service}_{name}")),
            }
        }
        add(name);
    }
    for service in layout.services.iter().take(layout.stations).filter(|name| name.parse::<usize>().is_err()) {
        ["occupancy", "blocked_h", "wq_h", "lost_fraction"].iter().for_each(|what| add(format!("{service}_{what}")));
    }
    asks
}

//! Where the waiting went. Hours of waiting are kept like money: what a change takes away at one handover and what turns up at
//! another are rows of one account, and the rows sum to the place. So relief that only moves is the first thing said.
//!
//! Hours are person-hours a week (168 of them are one person waiting all the time), differences are paired replication by
//! replication on the same people, and intervals are 95% unless asked otherwise.

use super::change::number;
use crate::simulate::model::{Capacity, Model, Service};
use crate::simulate::outcome::{Outcome, ServiceOutcome};
use crate::simulate::trust::{Interval, Paired, interval, paired};
use serde::Serialize;
use std::collections::BTreeMap;

/// Hours of a week.
const WEEK: f64 = 168.0;

/// What one more or one fewer hour of a bed costs in the short run, as a share of what it costs on average: a freed bed saves
/// its full cost only if the ward closes.
pub const MARGINAL: (f64, f64) = (0.4, 0.6);

/// A number without and with the change, and their paired difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Where people are held; none when they wait in the queue of `at` itself.
    pub from: Option<String>,
    /// The service, owner or group that the row is about; of a handover, where people go.
    pub at: String,
    /// Without the change.
    pub without: Interval,
    /// With it.
    pub with: Interval,
    /// With less without, pair by pair.
    pub paired: Paired,
}

impl Row {
    /// Mean difference, with less without.
    pub fn change(&self) -> f64 {
        self.paired.difference.mean
    }

    /// Can these runs tell the difference from none?
    pub fn told(&self) -> bool {
        let difference = &self.paired.difference;
        difference.mean != 0.0 && !difference.holds(0.0)
    }
}

/// Costs of one organisation beside the waiting at its services.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Money {
    /// Its id.
    pub owner: String,
    /// Pounds a week: capacity that is open, and people who are cared for.
    pub cost: Row,
    /// Hours a week that people wait for its services or are held in them.
    pub delay: Row,
    /// What the hours of places given free (or taken) by people held are worth a week in the short run, in pounds, from and to:
    /// [`MARGINAL`] of their cost. Negative: hours lost.
    pub freed: (f64, f64),
}

/// Waiting of one group of people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    /// What is told apart: `class`, `neighbourhood`, `deprivation`.
    pub kind: String,
    /// The group's share of the people who came, without the change.
    pub people: f64,
    /// Hours a week.
    pub delay: Row,
    /// Its change for each person, as a share of the change for each person of all; 1 is equal. None when nothing changed.
    pub per_person: Option<f64>,
}

/// What a change did, told in the order in which a person wants to know.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Where the waiting went, in a sentence or three.
    pub headline: String,
    /// Pairs of runs.
    pub replications: usize,
    /// Of 100 pairs, in how many there was less waiting with the change.
    pub better_in_100: f64,
    /// All waiting, hours a week. The sum of `joins`.
    pub total: Row,
    /// Hours a week taken away, summed over the joins where that is certain (0 or less).
    pub gone: f64,
    /// Hours a week that turned up, summed over the joins where that is certain.
    pub turned_up: f64,
    /// The sum of the differences that are too small for these runs to tell. The three sum to the total.
    pub untold: f64,
    /// Waiting at each join, largest change first.
    pub joins: Vec<Row>,
    /// Hours a week that people are held anywhere, by the service that caused it, largest change first.
    pub blame: Vec<Row>,
    /// People a week who left without being seen, by service.
    pub unseen: Vec<Row>,
    /// People a week who found no place and were turned away or put off, by service.
    pub lost: Vec<Row>,
    /// By owner.
    pub money: Vec<Money>,
    /// By class, neighbourhood, deprivation and whatever else the classes of the model tell apart.
    pub groups: Vec<Group>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Join { from: Option<usize>, to: usize },
    Blame(usize),
    Unseen(usize),
    Lost(usize),
    Cost(String),
    Delay(String),
    Held(String),
    Group(String, String),
    People(String, String),
    Total,
}

/// Pairs of outcomes as they come in; ask for the comparison at any time.
#[derive(Debug, Clone)]
pub struct Pairs {
    base: Model,
    changed: Model,
    confidence: f64,
    /// Values by replication; a key that a replication did not have is 0 there.
    columns: BTreeMap<Key, (Vec<f64>, Vec<f64>)>,
    count: usize,
}

impl Pairs {
    /// Nothing seen yet of these two models, the second made from the first by [`super::apply`].
    pub fn new(base: &Model, changed: &Model, confidence: f64) -> Self {
        Self { base: base.clone(), changed: changed.clone(), confidence, columns: BTreeMap::new(), count: 0 }
    }

    /// One more replication, without and with the change; in order.
    pub fn push(&mut self, without: &Outcome, with: &Outcome) {
        for (changed, values) in [(false, account(&self.base, without)), (true, account(&self.changed, with))] {
            for (key, value) in values {
                let (base, with) = self.columns.entry(key).or_default();
                let column = if changed { with } else { base };
                column.resize(self.count, 0.0);
                column.push(value);
            }
        }
        self.count += 1;
        for (base, with) in self.columns.values_mut() {
            base.resize(self.count, 0.0);
            with.resize(self.count, 0.0);
        }
    }

    /// Pairs seen.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The difference of all waiting so far, hours a week: what a stopping rule looks at.
    pub fn total(&self) -> Paired {
        self.row(&Key::Total, None, String::new()).paired
    }

    /// What the pairs seen so far say.
    pub fn comparison(&self) -> Comparison {
        let name = |at: usize| self.changed.services.get(at).map(|service| service.name.clone()).unwrap_or_default();
        let total = self.row(&Key::Total, None, "the whole place".to_owned());
        let (mut joins, mut blame, mut unseen, mut lost) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for key in self.columns.keys() {
            match key {
                Key::Join { from, to } => joins.push(self.row(key, from.map(name), name(*to))),
                Key::Blame(at) => blame.push(self.row(key, None, name(*at))),
                Key::Unseen(at) => unseen.push(self.row(key, None, name(*at))),
                Key::Lost(at) => lost.push(self.row(key, None, name(*at))),
                _ => {}
            }
        }
        for rows in [&mut joins, &mut blame, &mut unseen, &mut lost] {
            rows.retain(|row| row.without.mean != 0.0 || row.with.mean != 0.0);
            rows.sort_by(|one, other| other.change().abs().total_cmp(&one.change().abs()));
        }
        // Many joins are looked at together: each is held to its part of the error, or one in twenty would cry wolf.
        let joint = 1.0 - (1.0 - self.confidence) / joins.len().max(1) as f64;
        let certain = |row: &Row| {
            let wider = widened(&row.paired.difference, joint);
            wider.mean != 0.0 && !wider.holds(0.0)
        };
        let sum = |keep: &dyn Fn(&Row) -> bool| joins.iter().filter(|row| keep(row)).map(Row::change).sum::<f64>();
        let gone = sum(&|row| certain(row) && row.change() < 0.0);
        let turned_up = sum(&|row| certain(row) && row.change() > 0.0);
        let untold = sum(&|row| !certain(row));
        let (fewer, of) = self.columns.get(&Key::Total).map_or((0, 0), |(base, with)| {
            (base.iter().zip(with).filter(|(base, with)| with < base).count(), base.len())
        });
        let headline = self.headline(&total, gone, turned_up, &joins, &certain);
        Comparison {
            headline,
            replications: self.count,
            better_in_100: 100.0 * fewer as f64 / of.max(1) as f64,
            gone,
            turned_up,
            untold,
            blame,
            unseen,
            lost,
            money: self.money(),
            groups: self.groups(&total),
            joins,
            total,
        }
    }

    fn row(&self, key: &Key, from: Option<String>, at: String) -> Row {
        let nothing = (vec![0.0; self.count], vec![0.0; self.count]);
        let (base, with) = self.columns.get(key).unwrap_or(&nothing);
        let paired = paired(base, with, self.confidence);
        Row { from, at, without: interval(base, self.confidence), with: interval(with, self.confidence), paired }
    }

    fn money(&self) -> Vec<Money> {
        let owners = self.columns.keys().filter_map(|key| if let Key::Cost(owner) = key { Some(owner) } else { None });
        let one = |owner: &String| {
            let held = self.row(&Key::Held(owner.clone()), None, owner.clone()).change();
            let worth = |share: f64| 0.0 - held * share; // not -0
            Money {
                owner: owner.clone(),
                cost: self.row(&Key::Cost(owner.clone()), None, owner.clone()),
                delay: self.row(&Key::Delay(owner.clone()), None, owner.clone()),
                freed: (worth(MARGINAL.0), worth(MARGINAL.1)),
            }
        };
        owners.map(one).collect()
    }

    fn groups(&self, total: &Row) -> Vec<Group> {
        let groups = self.columns.keys().filter_map(|key| {
            if let Key::Group(kind, group) = key { Some((kind.clone(), group.clone())) } else { None }
        });
        let one = |(kind, group): (String, String)| {
            let people = self.row(&Key::People(kind.clone(), group.clone()), None, String::new()).without.mean;
            let delay = self.row(&Key::Group(kind.clone(), group.clone()), None, group);
            let per_person = (total.told() && people > 0.0).then(|| delay.change() / total.change() / people);
            Group { kind, people, delay, per_person }
        };
        groups.map(one).collect()
    }

    fn headline(
        &self,
        total: &Row,
        gone: f64,
        turned_up: f64,
        joins: &[Row],
        certain: &dyn Fn(&Row) -> bool,
    ) -> String {
        if self.count < 2 {
            return "Too few runs to say where the waiting went".to_owned();
        }
        let place = |row: &Row| {
            let title = |name: &str| self.changed.service(name).map_or(name, Service::title).to_owned();
            match &row.from {
                Some(from) => format!("held in {} for {}", title(from), title(&row.at)),
                None => format!("waiting for {}", title(&row.at)),
            }
        };
        let most = |up: bool| joins.iter().find(|row| certain(row) && (row.change() > 0.0) == up);
        let hours = |value: f64| format!("{} hours a week", number(value.abs()));
        let difference = &total.paired.difference;
        let range = |low: f64, high: f64| format!("{} to {}", number(low), number(high));
        let all = if !total.told() {
            let by = range(difference.low(), difference.high());
            format!("In all, these runs cannot tell a change in waiting from none ({by} hours a week)")
        } else if difference.mean < 0.0 {
            format!("Waiting falls by {} ({})", hours(difference.mean), range(-difference.high(), -difference.low()))
        } else {
            format!("Waiting grows by {} ({})", hours(difference.mean), range(difference.low(), difference.high()))
        };
        let whom = |row: &Row| {
            let more = if row.change() < 0.0 { "fewer" } else { "more" };
            format!("people {} ({} {more} hours a week)", place(row), number(row.change().abs()))
        };
        match (most(false), most(true)) {
            (Some(down), Some(up)) if turned_up >= 0.01 * gone.abs() && gone.abs() >= turned_up => format!(
                "Of every 100 hours of waiting taken away, {} turn up elsewhere, most with {}. {all}, most for {}",
                number((100.0 * turned_up / -gone).round()),
                whom(up),
                whom(down)
            ),
            (Some(down), Some(up)) if turned_up > gone.abs() => format!(
                "More waiting turns up than is taken away: {} against {}, most with {}. {all}; what is taken away is most for {}",
                hours(turned_up),
                hours(gone),
                whom(up),
                whom(down)
            ),
            (Some(row), None) | (None, Some(row)) => {
                let rest = if row.change() < 0.0 { ", and no more turns up elsewhere" } else { "" };
                format!("{all}, most for {}{rest}", whom(row))
            }
            (Some(down), Some(_)) => format!("{all}, most for {}, and hardly any turns up elsewhere", whom(down)),
            (None, None) => all,
        }
    }
}

/// The same moments at another confidence.
fn widened(interval: &Interval, confidence: f64) -> Interval {
    let t = |share: f64| {
        crate::simulate::trust::t_quantile(0.5 + share / 2.0, interval.count.saturating_sub(1).max(1) as f64)
    };
    Interval { half_width: interval.half_width * t(confidence) / t(interval.confidence), confidence, ..*interval }
}

/// All numbers of one replication that are compared.
fn account(model: &Model, outcome: &Outcome) -> Vec<(Key, f64)> {
    let week = WEEK / outcome.span.max(f64::MIN_POSITIVE); // person-time of the run → person-hours of a week
    let weeks = outcome.span * model.unit.hours() / WEEK;
    let mut sums: BTreeMap<Key, f64> = BTreeMap::new();
    let mut add = |key: Key, value: f64| *sums.entry(key).or_default() += value;
    for join in &outcome.joins {
        add(Key::Join { from: Some(join.from), to: join.to }, join.time * week);
        add(Key::Total, join.time * week);
    }
    let mut classes = vec![0.0; model.class_names().len()];
    for (at, (service, seen)) in model.services.iter().zip(&outcome.services).enumerate() {
        add(Key::Join { from: None, to: at }, seen.waiting * week);
        add(Key::Total, seen.waiting * week);
        add(Key::Blame(at), seen.blame.iter().sum::<f64>() * week);
        for (class, flow) in seen.classes.iter().enumerate() {
            classes[class] += (flow.wait.sum + flow.given_up.sum + flow.blocked.sum) * week;
            add(Key::Unseen(at), (flow.reneged + flow.baulked) as f64 / weeks);
            add(Key::Lost(at), flow.lost as f64 / weeks);
        }
        if !service.owner.is_empty() {
            add(Key::Cost(service.owner.clone()), cost(model, service, seen, outcome) / weeks);
            add(Key::Delay(service.owner.clone()), (seen.waiting + seen.blocked) * week);
            add(Key::Held(service.owner.clone()), seen.blocked * week * service.cost_per_hour);
        }
    }
    let came: Vec<f64> = came(model, outcome);
    let all: f64 = came.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    for (at, name) in model.class_names().into_iter().enumerate() {
        add(Key::Group("class".to_owned(), name.to_owned()), classes[at]);
        add(Key::People("class".to_owned(), name.to_owned()), came[at] / all);
        for (kind, shares) in model.classes.get(at).into_iter().flat_map(|class| &class.groups) {
            for (group, share) in shares {
                add(Key::Group(kind.clone(), group.clone()), share * classes[at]);
                add(Key::People(kind.clone(), group.clone()), share * came[at] / all);
            }
        }
    }
    sums.into_iter().collect()
}

/// People who came from outside, by class: what each source brought, in the shares that it brings them.
fn came(model: &Model, outcome: &Outcome) -> Vec<f64> {
    let names = model.class_names();
    let mut came = vec![0.0; names.len()];
    for (source, seen) in model.sources.iter().zip(&outcome.sources) {
        for (at, name) in names.iter().enumerate() {
            let share = match source.classes.is_empty() {
                false => source.classes.get(*name).copied().unwrap_or(0.0),
                true => f64::from(u8::from(source.class.as_deref().unwrap_or(names[0]) == *name)),
            };
            came[at] += share * seen.arrivals as f64;
        }
    }
    came
}

/// Pounds over the time observed.
fn cost(model: &Model, service: &Service, seen: &ServiceOutcome, outcome: &Outcome) -> f64 {
    let hours = model.unit.hours();
    let open = match &service.capacity {
        Some(capacity @ (Capacity::Fixed(_) | Capacity::Hours(_))) => {
            let end = model.horizon;
            let start = end - outcome.span / f64::from(outcome.replications.max(1));
            unit_time(capacity, model.week_starts, start, end) * f64::from(outcome.replications.max(1))
        }
        Some(Capacity::Slots(_)) | None => seen.in_care + seen.blocked,
    };
    let people: u64 = seen.classes.iter().map(|flow| flow.left).sum();
    open * hours * service.cost_per_hour + people as f64 * service.cost_per_stay
}

/// Unit-time of capacity between two times of the run.
fn unit_time(capacity: &Capacity, week_starts: f64, start: f64, end: f64) -> f64 {
    let Capacity::Hours(hours) = capacity else { return f64::from(capacity.most()) * (end - start) };
    let (shift, every) = match hours.every {
        Some(every) => (week_starts, every),
        None => (0.0, f64::INFINITY),
    };
    let (mut at, mut sum) = (start, 0.0);
    while at < end {
        let clock = at + shift;
        let cycle = if every.is_finite() { (clock / every).floor() * every } else { 0.0 };
        let within = clock - cycle;
        let next = hours.from.iter().find(|from| **from > within + 1e-9).copied().unwrap_or(every);
        let until = (cycle + next - shift).min(end).max(at + 1e-9);
        sum += f64::from(capacity.at(clock + 1e-9)) * (until - at);
        at = until;
    }
    sum
}

impl Comparison {
    /// How many times smaller the variance of the difference in all waiting is than with runs of different people.
    pub fn variance_ratio(&self) -> f64 {
        self.total.paired.variance_ratio
    }

    /// A join by names; `from` none is the queue of `to` itself.
    pub fn join(&self, from: Option<&str>, to: &str) -> Option<&Row> {
        self.joins.iter().find(|row| row.from.as_deref() == from && row.at == to)
    }
}

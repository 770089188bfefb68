//! What came of one replication: sums and counts, so that outcomes add up. Times are in the model's unit.
//!
//! Counts and times of stays are of those that end after the warm-up; time averages are over the time after it.

use serde::{Deserialize, Serialize};

/// What came of a replication, or of several added up in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Replications added up.
    pub replications: u32,
    /// Time observed: horizon (or the end, if a deadlock stopped it) less warm-up, over all replications.
    pub span: f64,
    /// By service, in the order of the model.
    pub services: Vec<ServiceOutcome>,
    /// By resource, in the order of the model.
    pub resources: Vec<ResourceOutcome>,
    /// By source, in the order of the model.
    pub sources: Vec<SourceOutcome>,
    /// Delay at each join where somebody was ever blocked.
    pub joins: Vec<Join>,
    /// The place as a whole.
    pub place: Place,
    /// Rings of people who waited for each other.
    pub deadlocks: Deadlocks,
    /// The place at the instants asked for ([`super::Options::at`]).
    pub snapshots: Vec<Snapshot>,
    /// Length of a step of profiles ([`super::Options::profile`]); 0: none.
    pub profile_step: f64,
    /// Length of a step of series ([`super::Options::series`]); 0: none.
    pub series_step: f64,
    /// Events handled.
    pub events: u64,
}

/// What came of a service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ServiceOutcome {
    /// Its name.
    pub name: String,
    /// By class, in the order of the model.
    pub classes: Vec<Flow>,
    /// Person-time waiting for care to begin, after the warm-up.
    pub waiting: f64,
    /// Person-time in care.
    pub in_care: f64,
    /// Person-time ready and held here because the next place is full.
    pub blocked: f64,
    /// Unit-time busy: in care, blocked or being cleaned, in units of capacity.
    pub busy: f64,
    /// Time for which every unit was busy.
    pub full: f64,
    /// The most people present at once.
    pub most: u32,
    /// Person-time blocked at each service (in the order of the model) because of this one.
    pub blame: Vec<f64>,
    /// By step of the cycle: number waiting, in care and blocked, summed over the cycles seen.
    pub profile: Vec<Step>,
    /// By step of time from 0 (the warm-up is not left out).
    pub series: Vec<Step>,
}

/// One step of a profile or a series: time averages within it, and the numbers at its beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// How many steps are summed here.
    pub count: u32,
    /// Mean number waiting within the step.
    pub waiting: f64,
    /// Mean number in care within the step.
    pub in_care: f64,
    /// Mean number blocked within the step.
    pub blocked: f64,
    /// Number present at the instant at which the step begins.
    pub present_at: f64,
    /// Arrivals within the step.
    pub arrivals: f64,
}

impl Step {
    /// Mean number present within the step.
    pub fn present(&self) -> f64 {
        (self.waiting + self.in_care + self.blocked) / f64::from(self.count.max(1))
    }

    /// Mean number present at the instants at which the step begins.
    pub fn at(&self) -> f64 {
        self.present_at / f64::from(self.count.max(1))
    }
}

/// What people of one class did at a service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// Came, from outside or from another service, whatever happened then.
    pub arrivals: u64,
    /// Of those, had to wait: care did not begin at once.
    pub waited: u64,
    /// Began care (each beginning, of who was interrupted too, counts once).
    pub started: u64,
    /// Left after care.
    pub left: u64,
    /// Found it full or closed, and left the place.
    pub lost: u64,
    /// Found too many present, and stayed away.
    pub baulked: u64,
    /// Gave up waiting.
    pub reneged: u64,
    /// Found it full, and were sent elsewhere.
    pub diverted: u64,
    /// Were pushed out of care by a class served before them, or by the end of a shift.
    pub interrupted: u64,
    /// Changed to another class while waiting.
    pub worsened: u64,
    /// Time waiting, of those who left after care.
    pub wait: Tally,
    /// Time waiting, of those who gave up.
    pub given_up: Tally,
    /// Time blocked, of those who left after care (0 for most).
    pub blocked: Tally,
    /// Time in care, of those who left after care: count and sum alone.
    pub care: Tally,
    /// Whole time at the service, of those who left after care.
    pub stay: Tally,
}

/// Count, sum and histogram of times.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// How many above nought.
    pub some: u64,
    /// Their sum.
    pub sum: f64,
    /// The longest.
    pub longest: f64,
    /// Counts by log-linear bins ([`Tally::edges`]); empty where no histogram is kept.
    pub bins: Vec<u64>,
    /// Scale of the bins, in the model's unit.
    pub bin: f64,
}

/// Bins to an octave.
pub(crate) const BINS: usize = 32;

impl Tally {
    /// Their mean; 0 when there are none.
    pub fn mean(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum / self.count as f64 }
    }

    /// The value that a share `u` stays at or under, straight lines within a bin (1/32 of its value wide).
    pub fn quantile(&self, u: f64) -> f64 {
        let total: u64 = self.bins.iter().sum();
        let zeros = self.count.saturating_sub(self.some) as f64;
        let mut left = u * total as f64;
        if total == 0 || left < zeros {
            return 0.0;
        }
        for (at, count) in self.bins.iter().enumerate() {
            // Noughts lie in the first bin, all at its lower edge.
            let zeros = if at == 0 { zeros } else { 0.0 };
            let count = *count as f64;
            if left <= count && count > zeros {
                let (low, high) = self.edges(at);
                return (low + (high - low) * (left - zeros).max(0.0) / (count - zeros)).min(self.longest);
            }
            left -= count;
        }
        self.longest
    }

    /// The share above `x`, straight lines within a bin.
    pub fn share_above(&self, x: f64) -> f64 {
        let total: u64 = self.bins.iter().sum();
        if total == 0 {
            return 0.0;
        }
        let mut above = 0.0;
        for (at, count) in self.bins.iter().enumerate() {
            let (low, high) = self.edges(at);
            let zeros = if at == 0 { self.count.saturating_sub(self.some) } else { 0 };
            above += (count - zeros.min(*count)) as f64 * ((high - x) / (high - low)).clamp(0.0, 1.0);
        }
        above / total as f64
    }

    /// Lower and upper edge of a bin.
    pub fn edges(&self, bin: usize) -> (f64, f64) {
        let edge = |bin: usize| (1.0 + (bin % BINS) as f64 / BINS as f64) * ((bin / BINS) as f64).exp2() - 1.0;
        (edge(bin) * self.bin, edge(bin + 1) * self.bin)
    }

    /// The same with so many noughts beside.
    pub(crate) fn with_noughts(mut self, noughts: u64) -> Tally {
        self.count += noughts;
        if noughts > 0 {
            self.bins.resize(self.bins.len().max(1), 0);
            self.bins[0] += noughts;
        }
        self
    }

    fn add(&mut self, other: &Tally) {
        self.count += other.count;
        self.some += other.some;
        self.sum += other.sum;
        self.longest = self.longest.max(other.longest);
        self.bin = self.bin.max(other.bin);
        add_up(&mut self.bins, &other.bins, |mine, other| *mine += other);
    }
}

/// What came of a resource.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ResourceOutcome {
    /// Its name.
    pub name: String,
    /// Unit-time in use.
    pub busy: f64,
}

/// What came of a source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceOutcome {
    /// Its name.
    pub name: String,
    /// People who came.
    pub arrivals: u64,
    /// Of those, who found the first service full or closed, and were lost.
    pub lost: u64,
}

/// Delay at the join of two services: people ready in one because the other is full.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Join {
    /// Where they are held (index of the service).
    pub from: usize,
    /// Where they wait to go (index of the service).
    pub to: usize,
    /// How many moved on after being blocked.
    pub moved: u64,
    /// Person-time blocked.
    pub time: f64,
}

/// The place as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// People inside at the end of the warm-up.
    pub inside_before: u64,
    /// People who came in after it: taken by a service, not turned away at the door.
    pub came: u64,
    /// People who left after it.
    pub left: u64,
    /// People inside at the end.
    pub inside_after: u64,
    /// Person-time inside after the warm-up.
    pub present: f64,
    /// What those inside at the end of the warm-up had spent inside by then.
    pub spent_before: f64,
    /// What those inside at the end had spent inside by then.
    pub spent_after: f64,
    /// Whole time in the place, of those who left, by class on leaving.
    pub time: Vec<Tally>,
}

/// Rings of people who waited for each other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Deadlocks {
    /// How many.
    pub count: u64,
    /// When the first was (of the first replication that had one).
    pub first: Option<f64>,
    /// The services of the first, each waiting for the next (indices).
    pub ring: Vec<usize>,
    /// Replications that had one, and the sum of their first times.
    pub replications: u32,
    /// Sum of the first times over those replications.
    pub sum_first: f64,
}

/// The place at an instant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When.
    pub time: f64,
    /// Number waiting, by service.
    pub waiting: Vec<f64>,
    /// Number in care, by service.
    pub in_care: Vec<f64>,
    /// Number blocked, by service.
    pub blocked: Vec<f64>,
    /// Arrivals since time 0, by service.
    pub arrivals: Vec<f64>,
}

impl Snapshot {
    /// Number present at a service.
    pub fn present(&self, service: usize) -> f64 {
        self.waiting[service] + self.in_care[service] + self.blocked[service]
    }
}

impl ServiceOutcome {
    /// All classes in one.
    pub fn all(&self) -> Flow {
        let mut all = Flow::default();
        for flow in &self.classes {
            all.add(flow);
        }
        all
    }

    /// Person-time present: waiting, in care and blocked.
    pub fn present(&self) -> f64 {
        self.waiting + self.in_care + self.blocked
    }
}

impl Flow {
    /// The share of those who came and stayed that had to wait.
    pub fn share_waiting(&self) -> f64 {
        let stayed = self.arrivals - self.lost - self.baulked - self.diverted;
        if stayed == 0 { 0.0 } else { self.waited as f64 / stayed as f64 }
    }

    fn add(&mut self, other: &Flow) {
        self.arrivals += other.arrivals;
        self.waited += other.waited;
        self.started += other.started;
        self.left += other.left;
        self.lost += other.lost;
        self.baulked += other.baulked;
        self.reneged += other.reneged;
        self.diverted += other.diverted;
        self.interrupted += other.interrupted;
        self.worsened += other.worsened;
        self.wait.add(&other.wait);
        self.given_up.add(&other.given_up);
        self.blocked.add(&other.blocked);
        self.care.add(&other.care);
        self.stay.add(&other.stay);
    }
}

fn add_up<T: Clone + Default>(mine: &mut Vec<T>, others: &[T], add: impl Fn(&mut T, &T)) {
    if mine.len() < others.len() {
        mine.resize(others.len(), T::default());
    }
    for (mine, other) in mine.iter_mut().zip(others) {
        add(mine, other);
    }
}

fn add_steps(mine: &mut Vec<Step>, others: &[Step]) {
    add_up(mine, others, |mine, other| {
        mine.count += other.count;
        mine.waiting += other.waiting;
        mine.in_care += other.in_care;
        mine.blocked += other.blocked;
        mine.present_at += other.present_at;
        mine.arrivals += other.arrivals;
    });
}

impl Outcome {
    /// Adds another outcome of the same model. Sums of floats depend on their order: add in the order of replications.
    pub fn add(&mut self, other: &Outcome) {
        if self.replications == 0 {
            *self = other.clone();
            return;
        }
        self.replications += other.replications;
        self.span += other.span;
        self.events += other.events;
        for (mine, other) in self.services.iter_mut().zip(&other.services) {
            for (mine, other) in mine.classes.iter_mut().zip(&other.classes) {
                mine.add(other);
            }
            mine.waiting += other.waiting;
            mine.in_care += other.in_care;
            mine.blocked += other.blocked;
            mine.busy += other.busy;
            mine.full += other.full;
            mine.most = mine.most.max(other.most);
            add_up(&mut mine.blame, &other.blame, |mine, other| *mine += other);
            add_steps(&mut mine.profile, &other.profile);
            add_steps(&mut mine.series, &other.series);
        }
        for (mine, other) in self.resources.iter_mut().zip(&other.resources) {
            mine.busy += other.busy;
        }
        for (mine, other) in self.sources.iter_mut().zip(&other.sources) {
            mine.arrivals += other.arrivals;
            mine.lost += other.lost;
        }
        for join in &other.joins {
            match self.joins.iter_mut().find(|mine| (mine.from, mine.to) == (join.from, join.to)) {
                Some(mine) => {
                    mine.moved += join.moved;
                    mine.time += join.time;
                }
                None => self.joins.push(join.clone()),
            }
        }
        self.joins.sort_by_key(|join| (join.from, join.to));
        let (mine, others) = (&mut self.place, &other.place);
        mine.inside_before += others.inside_before;
        mine.came += others.came;
        mine.left += others.left;
        mine.inside_after += others.inside_after;
        mine.present += others.present;
        mine.spent_before += others.spent_before;
        mine.spent_after += others.spent_after;
        add_up(&mut mine.time, &others.time, |mine, other| mine.add(other));
        let (mine, others) = (&mut self.deadlocks, &other.deadlocks);
        if mine.first.is_none() {
            (mine.first, mine.ring) = (others.first, others.ring.clone());
        }
        mine.count += others.count;
        mine.replications += others.replications;
        mine.sum_first += others.sum_first;
        for (mine, other) in self.snapshots.iter_mut().zip(&other.snapshots) {
            add_up(&mut mine.waiting, &other.waiting, |mine, other| *mine += other);
            add_up(&mut mine.in_care, &other.in_care, |mine, other| *mine += other);
            add_up(&mut mine.blocked, &other.blocked, |mine, other| *mine += other);
            add_up(&mut mine.arrivals, &other.arrivals, |mine, other| *mine += other);
        }
    }

    /// A service by its name.
    pub fn service(&self, name: &str) -> Option<&ServiceOutcome> {
        self.services.iter().find(|service| service.name == name)
    }

    /// Mean number present at a service.
    pub fn occupancy(&self, name: &str) -> Option<f64> {
        Some(self.service(name)?.present() / self.span)
    }
}

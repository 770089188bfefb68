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
            all.add_up(flow);
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
}

/// What adds up, part by part.
pub(crate) trait AddUp {
    fn add_up(&mut self, other: &Self);
}

macro_rules! numbers {
    ($($number:ty),*) => { $(
        impl AddUp for $number {
            fn add_up(&mut self, other: &Self) {
                *self += other;
            }
        }
    )* };
}
numbers!(u32, u64, f64);

impl<T: AddUp + Clone + Default> AddUp for Vec<T> {
    fn add_up(&mut self, other: &Self) {
        if self.len() < other.len() {
            self.resize(other.len(), T::default());
        }
        for (mine, other) in self.iter_mut().zip(other) {
            mine.add_up(other);
        }
    }
}

/// Of a structure the named fields are added, and of those after `most` the larger is kept.
macro_rules! added {
    ($name:ident { $($field:ident),* $(; most $($most:ident),*)? }) => {
        impl AddUp for $name {
            fn add_up(&mut self, other: &Self) {
                $( self.$field.add_up(&other.$field); )*
                $( $( self.$most = self.$most.max(other.$most); )* )?
            }
        }
    };
}
added!(Step { count, waiting, in_care, blocked, present_at, arrivals });
added!(Tally { count, some, sum, bins; most longest, bin });
added!(Flow {
    arrivals,
    waited,
    started,
    left,
    lost,
    baulked,
    reneged,
    diverted,
    interrupted,
    worsened,
    wait,
    given_up,
    blocked,
    care,
    stay
});
added!(ServiceOutcome {
    classes, waiting, in_care, blocked, busy, full, blame, profile, series; most most
});
added!(ResourceOutcome { busy });
added!(SourceOutcome { arrivals, lost });
added!(Join { moved, time });
added!(Place { inside_before, came, left, inside_after, present, spent_before, spent_after, time });
added!(Deadlocks { count, replications, sum_first });
added!(Snapshot { waiting, in_care, blocked, arrivals });

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
        self.services.add_up(&other.services);
        self.resources.add_up(&other.resources);
        self.sources.add_up(&other.sources);
        for join in &other.joins {
            match self.joins.iter_mut().find(|mine| (mine.from, mine.to) == (join.from, join.to)) {
                Some(mine) => mine.add_up(join),
                None => self.joins.push(join.clone()),
            }
        }
        self.joins.sort_by_key(|join| (join.from, join.to));
        self.place.add_up(&other.place);
        if self.deadlocks.first.is_none() {
            (self.deadlocks.first, self.deadlocks.ring) = (other.deadlocks.first, other.deadlocks.ring.clone());
        }
        self.deadlocks.add_up(&other.deadlocks);
        self.snapshots.add_up(&other.snapshots);
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

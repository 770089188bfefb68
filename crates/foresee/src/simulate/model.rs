//! The model of a place: what a file in `models/` says, key by key (`docs/models.md` is its manual).
//!
//! ```
//! let model = foresee::simulate::Model::from_toml(r#"
//!     name = "A clinic"
//!     horizon = 1000
//!     [[source]]
//!     name = "letters"
//!     to = "clinic"
//!     rate = 0.8
//!     [[service]]
//!     name = "clinic"
//!     capacity = 1
//!     stay = { distribution = "exponential", mean = 1 }
//! "#).unwrap();
//! assert_eq!(model.service("clinic").unwrap().capacity_at(0.0), Some(1));
//! ```
//!
//! A model is a plain value: a scenario is a function from one to another, and nothing in it knows how it is run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use super::distribution::Distribution;

/// The unit of every number of time in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Minutes.
    Minute,
    /// Hours, the usual choice.
    #[default]
    Hour,
    /// Days.
    Day,
}

impl Unit {
    /// How many hours one unit is.
    pub fn hours(self) -> f64 {
        match self {
            Unit::Minute => 1.0 / 60.0,
            Unit::Hour => 1.0,
            Unit::Day => 24.0,
        }
    }

    /// How many units a day is.
    pub fn day(self) -> f64 {
        match self {
            Unit::Minute => 1440.0,
            Unit::Hour => 24.0,
            Unit::Day => 1.0,
        }
    }
}

/// A whole place, in words and numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Its title.
    pub name: String,
    /// What it is for, in a sentence or a few.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Where its numbers are from: the window of data, the fits; one line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<String>,
    /// The unit of every number of time.
    #[serde(default)]
    pub unit: Unit,
    /// How long a replication lasts, from time 0.
    pub horizon: f64,
    /// What is left out at the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<WarmUp>,
    /// Time of the week at time 0, from Monday 00:00, so that profiles of a day or a week line up.
    #[serde(default, skip_serializing_if = "nought")]
    pub week_starts: f64,
    /// Time of the year at time 0, from 1 January, so that a season lines up.
    #[serde(default, skip_serializing_if = "nought")]
    pub year_starts: f64,
    /// What happens when people wait for each other in a ring.
    #[serde(default)]
    pub deadlock: Deadlock,
    /// Classes of person; absent: one class, "everyone".
    #[serde(default, rename = "class", skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<Class>,
    /// How people come.
    #[serde(default, rename = "source", skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// What is needed together with a service's own capacity.
    #[serde(default, rename = "resource", skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource>,
    /// Where people are cared for, and wait.
    #[serde(default, rename = "service", skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service>,
    /// Who is in the place at time 0.
    #[serde(default, rename = "start", skip_serializing_if = "Vec::is_empty")]
    pub start: Vec<Present>,
}

/// What is left out at the start of a replication.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a time from 0, or \"mser\"")]
pub enum WarmUp {
    /// This much time.
    Time(f64),
    /// What MSER-5 says of a few trial replications.
    Rule(WarmUpRule),
}

/// A rule that finds the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WarmUpRule {
    /// MSER-5 (White 1997) on the series of the number present.
    Mser,
}

/// What happens when people wait for each other in a ring, each in the place that another needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Deadlock {
    /// They move on together, as people in a real place do; it is counted and told.
    #[default]
    Swap,
    /// The replication ends there, and says when.
    Stop,
}

/// A class of person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// Lower is served first; all equal when absent.
    #[serde(default, skip_serializing_if = "zero")]
    pub priority: i32,
    /// Who they are: shares of groups, by what is told apart (`neighbourhood`, `deprivation`); for telling who waits, not for the run.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, BTreeMap<String, f64>>,
}

/// How people come. It has one of `rate`, `rates`, `at`, `gap`, or `population` with `rate`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// The service they come to.
    pub to: String,
    /// Their class; absent: the first class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Shares of classes, summing to one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub classes: BTreeMap<String, f64>,
    /// People (or batches) per unit of time; with `population`: returns per person at home and unit of time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// Rates of equal pieces over `every`, repeating; or of the pieces between `breaks`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<f64>,
    /// Where the pieces of `rates` begin and end, one more than there are rates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub breaks: Vec<f64>,
    /// After how long `rates`, `breaks` or `at` repeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<f64>,
    /// Times of arrival, in order: a timetable, or real arrivals replayed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<f64>,
    /// A closed population: so many people, who come back after an exponential time at home.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<u32>,
    /// Time between arrivals, any distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Distribution>,
    /// How many come at once; absent: one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<Batch>,
    /// Nobody comes before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// Nobody comes from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<f64>,
    /// Growth of the rate a year: 0.02 is two in a hundred more each year, compound.
    #[serde(default, skip_serializing_if = "nought")]
    pub growth: f64,
    /// Factors of the twelve months.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub season: Vec<f64>,
    /// Standard deviation of a factor (mean one, gamma) that each day draws: variance above the mean.
    #[serde(default, skip_serializing_if = "nought")]
    pub day_spread: f64,
    /// Of those who would come only a share does; where several hold, of what each leaves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<Keep>,
}

/// Of those who would come only a share does, chosen person by person, so that who still comes is the same people.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    /// The share that comes, from 0 to 1.
    pub share: f64,
    /// Only of this class; absent: of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// From this time on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// Until this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<f64>,
}

/// How many people come at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a whole number from 1, a table of `shares`, or a distribution")]
pub enum Batch {
    /// Always so many.
    Fixed(u32),
    /// Shares of one, two, three …
    Shares {
        /// Summing to one.
        shares: Vec<f64>,
    },
    /// A distribution, rounded to the nearest whole number from 1.
    Drawn(Distribution),
}

/// What is needed together with a service's own capacity: a nurse, a porter, a scanner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Its name.
    pub name: String,
    /// How many units there are.
    pub capacity: Capacity,
}

/// Units of capacity over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a whole number above 0, a table of `every`, `from` and `units`, or a table of `slots`"
)]
pub enum Capacity {
    /// Always so many.
    Fixed(u32),
    /// So many units from each of these times on, repeating when `every` is given.
    Hours(Hours),
    /// A clinic: people start at these times and at no other.
    Slots(Slots),
}

/// Units from each time on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// After how long the hours repeat; absent: they do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<f64>,
    /// When each piece begins, in order. Before the first, a repeating rota has the units of its last piece, another none.
    pub from: Vec<f64>,
    /// Units of each piece.
    pub units: Vec<u32>,
}

/// A clinic's slots.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slots {
    /// Times at which people start, in order.
    pub slots: Vec<f64>,
    /// After how long the slots repeat; absent: they do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<f64>,
    /// How many start at each.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub people: u32,
}

impl Capacity {
    /// Units at a time of the clock (time since Monday 00:00 where it repeats); of slots, people per slot.
    pub fn at(&self, time: f64) -> u32 {
        match self {
            Capacity::Fixed(units) => *units,
            Capacity::Hours(hours) => {
                let time = hours.every.map_or(time, |every| time.rem_euclid(every));
                match hours.from.iter().rposition(|from| *from <= time) {
                    Some(piece) => hours.units[piece],
                    None if hours.every.is_some() => hours.units.last().copied().unwrap_or(0),
                    None => 0,
                }
            }
            Capacity::Slots(slots) => slots.people,
        }
    }

    /// The most there ever is.
    pub fn most(&self) -> u32 {
        match self {
            Capacity::Fixed(units) => *units,
            Capacity::Hours(hours) => hours.units.iter().copied().max().unwrap_or(0),
            Capacity::Slots(slots) => slots.people,
        }
    }

    /// Mean units over a cycle; the last piece of hours that do not repeat. Slots: none, their limit is a rate.
    pub fn mean(&self) -> Option<f64> {
        match self {
            Capacity::Fixed(units) => Some(f64::from(*units)),
            Capacity::Hours(Hours { every: Some(every), from, units }) => {
                let pieces = from.iter().zip(units).enumerate().map(|(i, (start, units))| {
                    let end = from.get(i + 1).copied().unwrap_or(every + from[0]);
                    (end - start) * f64::from(*units)
                });
                Some(pieces.sum::<f64>() / every)
            }
            Capacity::Hours(hours) => hours.units.last().map(|units| f64::from(*units)),
            Capacity::Slots(_) => None,
        }
    }
}

/// Where people are cared for, and wait.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// What people call it; absent: its name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// What kind it is, in the place's own words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The organisation whose it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// What an hour of a unit of capacity costs, in pounds, whether somebody is in it or not; without limit: an hour of a person.
    #[serde(default, skip_serializing_if = "nought")]
    pub cost_per_hour: f64,
    /// What a person costs who is cared for, in pounds, beside the hours.
    #[serde(default, skip_serializing_if = "nought")]
    pub cost_per_stay: f64,
    /// Units of capacity; absent: without limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<Capacity>,
    /// What happens to the person in hand when capacity falls.
    #[serde(default, skip_serializing_if = "usual")]
    pub shift: Shift,
    /// Places to wait beyond capacity; absent: without limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<u32>,
    /// Who is first among equals.
    #[serde(default, skip_serializing_if = "usual")]
    pub order: Order,
    /// Whether a person of higher priority pushes one of lower out, and how that one goes on; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preempt: Option<Preempt>,
    /// How long care lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stay: Option<Distribution>,
    /// How long care lasts, by class, where it differs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stays: BTreeMap<String, Distribution>,
    /// What else is needed, all at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
    /// Units of the service's own capacity that a person takes, by class; else one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub units: BTreeMap<String, u32>,
    /// How long people wait before they give up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<Distribution>,
    /// How long people wait before they give up, by class, where it differs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub patiences: BTreeMap<String, Distribution>,
    /// Where those who give up go; absent: they leave the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaves_to: Option<String>,
    /// Who stays away on seeing how many are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baulk: Option<Baulk>,
    /// What happens to who finds no place: from outside they are lost unless it says divert; from inside they block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full: Option<Full>,
    /// The service that takes those diverted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub divert: Option<String>,
    /// When a person without a place ahead holds the one they are in.
    #[serde(default, skip_serializing_if = "usual")]
    pub block: Block,
    /// Transport to the next service, holding nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Distribution>,
    /// How long a unit is cleaned before the next person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turnaround: Option<Distribution>,
    /// Changes of class while waiting.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deterioration: Vec<Deterioration>,
    /// Times in which no new people are taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<(f64, f64)>,
    /// Where people go afterwards; what the shares leave over leaves the place.
    #[serde(default, rename = "route", skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
}

/// What happens to the person in hand when capacity falls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shift {
    /// Staff finish the person in hand; nobody new starts until the number in hand is under the new capacity.
    #[default]
    Finish,
    /// The person goes back to the head of the queue, and later goes on where they were.
    HandOver,
    /// The person goes back to the head of the queue, and later goes on as `preempt` says (resume when absent).
    Preempt,
}

/// Who is first among equals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// First come, first served.
    #[default]
    First,
    /// Last come, first served.
    Last,
    /// Anyone, by lot.
    Random,
}

/// How a person who was pushed out goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preempt {
    /// With what was left of their stay.
    Resume,
    /// With the same stay again, whole.
    Restart,
    /// With a new stay.
    Resample,
}

/// What happens to who finds no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Full {
    /// Wait where they are (from inside), holding their place.
    Block,
    /// Leave the place.
    Lose,
    /// Go to the service named in `divert`.
    Divert,
}

/// When a person without a place ahead holds the one they are in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Block {
    /// After care, until a place ahead is free.
    #[default]
    After,
    /// Before care, which begins once a place ahead is theirs.
    Before,
}

/// What else is needed to care for one person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// The resource.
    pub resource: String,
    /// How many units of it.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub units: u32,
    /// Only this class needs it; absent: all do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Kept until the person leaves the service, also while they are held in it, as a bed is; else given back when care ends.
    /// A service further on that needs the same finds it free for them: nobody comes between.
    #[serde(default, skip_serializing_if = "no")]
    pub held: bool,
}

/// Who stays away on seeing how many are there: the n-th share, or (n - from + 1) / over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected `from` and `over`, or `shares`")]
pub enum Baulk {
    /// Finding n from `from` on, a share of (n - from + 1) / over stays away.
    Linear {
        /// The number present from which some stay away.
        from: u32,
        /// At how many more all do.
        over: f64,
    },
    /// The share that stays away on finding 0, 1, 2 … present; the last holds for all beyond.
    Shares {
        /// By number present.
        shares: Vec<f64>,
    },
}

impl Baulk {
    /// The share that stays away on finding `present` there.
    pub fn share(&self, present: u32) -> f64 {
        match self {
            Baulk::Linear { from, over } if present >= *from => ((f64::from(present - from) + 1.0) / over).min(1.0),
            Baulk::Linear { .. } => 0.0,
            Baulk::Shares { shares } => shares.get(present as usize).or(shares.last()).copied().unwrap_or(0.0),
        }
    }
}

/// A change of class while waiting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deterioration {
    /// The class they are of.
    pub from: String,
    /// The class they become.
    pub to: String,
    /// After waiting this long.
    pub after: Distribution,
}

/// Where people go after a service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The next service.
    pub to: String,
    /// The share of those to whom this route applies.
    pub share: f64,
    /// Only this class; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Only between these hours of the day (from 0 to 24; over midnight when the first is later).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<(f64, f64)>,
    /// Only while this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
}

/// A condition on how many people a service holds (waiting, in care and blocked).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The service.
    pub service: String,
    /// It holds at least so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u32>,
    /// It holds at most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u32>,
}

/// People who are in the place at time 0. Their remaining stay is drawn given that it has lasted `elapsed` already.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Present {
    /// The service they are in.
    pub service: String,
    /// Their class; absent: the first class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// What they are doing there.
    #[serde(default)]
    pub state: State,
    /// The service they wait for, when blocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How long they have been in that state.
    #[serde(default, skip_serializing_if = "nought")]
    pub elapsed: f64,
    /// How many such people.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub people: u32,
}

/// What a person is doing in a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waiting for care to begin.
    Waiting,
    /// In care.
    #[default]
    InCare,
    /// Ready, and waiting for a place in the next service.
    Blocked,
}

fn nought(value: &f64) -> bool {
    *value == 0.0
}

fn zero(value: &i32) -> bool {
    *value == 0
}

fn no(value: &bool) -> bool {
    !value
}

fn one() -> u32 {
    1
}

fn is_one(value: &u32) -> bool {
    *value == 1
}

fn usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Model {
    /// Reads a model file. What it says is not yet proved to make sense: [`super::check::read`] does both.
    ///
    /// # Errors
    /// Not TOML, a key nobody knows, a value of the wrong kind: with its place in the text.
    pub fn from_toml(text: &str) -> Result<Model, toml::de::Error> {
        toml::from_str(text)
    }

    /// Reads the same from JSON.
    ///
    /// # Errors
    /// As [`Model::from_toml`].
    pub fn from_json(text: &str) -> Result<Model, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The model as a file.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }

    /// The model as JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// A service by its name.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name == name)
    }

    /// A service by its name, to be changed.
    pub fn service_mut(&mut self, name: &str) -> Option<&mut Service> {
        self.services.iter_mut().find(|service| service.name == name)
    }

    /// A source by its name.
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.name == name)
    }

    /// A source by its name, to be changed.
    pub fn source_mut(&mut self, name: &str) -> Option<&mut Source> {
        self.sources.iter_mut().find(|source| source.name == name)
    }

    /// Names of the classes: "everyone" when the file names none.
    pub fn class_names(&self) -> Vec<&str> {
        match self.classes.is_empty() {
            true => vec!["everyone"],
            false => self.classes.iter().map(|class| class.name.as_str()).collect(),
        }
    }

    /// The warm-up as a time; none for a rule, which needs trial runs.
    pub fn warm_up_time(&self) -> f64 {
        match self.warm_up {
            Some(WarmUp::Time(time)) => time,
            Some(WarmUp::Rule(WarmUpRule::Mser)) | None => 0.0,
        }
    }
}

impl Service {
    /// Units of capacity at a time of the clock; none: without limit.
    pub fn capacity_at(&self, time: f64) -> Option<u32> {
        self.capacity.as_ref().map(|capacity| capacity.at(time))
    }

    /// What people call it.
    pub fn title(&self) -> &str {
        if self.title.is_empty() { &self.name } else { &self.title }
    }

    /// The stay of a class; none: the service takes no time for it.
    pub fn stay_of(&self, class: &str) -> Option<&Distribution> {
        self.stays.get(class).or(self.stay.as_ref())
    }

    /// The patience of a class; none: without end.
    pub fn patience_of(&self, class: &str) -> Option<&Distribution> {
        self.patiences.get(class).or(self.patience.as_ref())
    }
}

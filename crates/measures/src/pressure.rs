//! Pressure: are the two ends of one path delayed at the same time?
//!
//! A queue at one end is a busy day. Queues at both ends of a path at once (people wait to come in because others wait to go
//! out) are a system under pressure. That is the shape of the "severe system pressure" of the Bristol system, which is measured
//! and not declared: the median time in the emergency department of those admitted over 420 minutes **and** the median Category
//! 2 time from clock start to allocation over 10 minutes in the same window. Both forms are here: each end against its own
//! usual, and each end against a fixed cut ([`Cuts`]).
//!
//! ```text
//! into an organisation ─▶ front ─▶ [ care ] ─▶ back ─▶ out of it
//! state:   usual │ busy at the front │ busy at the back │ under pressure │ unknown
//! ```
//!
//! [`state`] measures; [`agreement`] sets the level that an organisation declared beside it; [`Table`] is a declared scale such as
//! OPEL, which prints no level until the place has filled it; [`parse`] reads both from `pressure/*.toml`. Everything is in
//! `docs/pressure.md`, and the tables of `spec/pressure` run as tests.
//!
//! ```
//! use measures::pressure::{Condition, Cuts, Usual, state};
//! let mut front: Vec<Option<f64>> = (0..211).map(|day| Some(4.0 + f64::from(day % 7 / 5))).collect();
//! let mut back = front.clone();
//! let now = state(&front, &back, &Cuts::Usual(Usual::DAILY), 28);
//! assert_eq!((now.len(), now[27].condition()), (28, Condition::Usual));
//! front[210] = Some(9.0);
//! back[210] = Some(31.0);
//! assert_eq!(state(&front, &back, &Cuts::Usual(Usual::DAILY), 28)[27].condition(), Condition::Pressure);
//! back[210] = None;
//! assert_eq!(state(&front, &back, &Cuts::Usual(Usual::DAILY), 28)[27].condition(), Condition::Front);
//! front[210] = None;
//! assert_eq!(state(&front, &back, &Cuts::Usual(Usual::DAILY), 28)[27].condition(), Condition::Unknown);
//! ```
//!
//! From the ledger to an organisation, a neighbourhood and the whole system:
//!
//! ```
//! # use arrow::array::{ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray};
//! # use {domain::Date, measures::Grain, std::sync::Arc};
//! use measures::ledger::{Column, Ledger};
//! use measures::pressure::{Condition, end_of, parse, state};
//! # let text = |words: [Option<&str>; 2]| Arc::new((0..478).map(|row| words[row / 239]).collect::<StringArray>()) as ArrayRef;
//! # let minutes = (0..478).map(|row| 1440.0 * if row % 239 == 238 { 31.0 } else { 20.0 + (row % 5) as f64 });
//! # let batch = RecordBatch::try_from_iter([
//! #     ("day", Arc::new(Date32Array::from_iter_values((0..478).map(|row| row % 239))) as ArrayRef),
//! #     ("handover", text([Some("ed-to-ward"), Some("ward-to-home-care")])),
//! #     ("from_organisation", text([Some("QR1"), Some("QR1")])),
//! #     ("to_organisation", text([Some("QR1"), Some("QR9")])),
//! #     ("to_service", text([Some("ward-1"), Some("home-care")])),
//! #     ("neighbourhood", text([Some("Eastbrook"), Some("Dunmoor")])),
//! #     ("person_minutes", Arc::new(Float64Array::from_iter_values(minutes))),
//! # ])?;
//! # let (first, now) = (Date(0), Date(238));
//! # let file = "form = 'measured'\nid = 'urgent'\nname = 'Urgent'\n[front]\nhandovers = ['ed-to-ward']\nwaits = 'for a bed'\n\
//! #             [back]\nhandovers = ['ward-to-home-care']\nwaits = 'to leave'\n";
//! let (config, _) = parse([("urgent.toml", file)]);
//! let path = &config.paths[0];
//! let ledger = Ledger::from_batches([&batch])?;
//! let owned = ledger.totals(&[Column::FromOrganisation, Column::ToOrganisation, Column::ToService], Grain::Day, first, now)?;
//! let lived = ledger.totals(&[Column::Neighbourhood, Column::Handover], Grain::Day, first, now)?;
//! let complete = (first, now);
//! let hospital = owned.ends(complete, |key| end_of("QR1", key[0], key[1], key[2].is_none()));
//! let eastbrook = lived.ends(complete, |key| path.side(key[1]).filter(|_| key[0] == Some("Eastbrook")));
//! let system = lived.ends(complete, |key| path.side(key[1]));
//! let said = [&hospital, &eastbrook, &system].map(|[front, back]| {
//!     let days = state(front, back, &path.cuts, 29); // 28 days, and now
//!     (days[28].condition(), days[28].reason(&path.front.says(), &path.back.says()))
//! });
//! assert_eq!(said[0].0, Condition::Pressure);
//! assert_eq!(said[1], (Condition::Front, "31 wait for a bed, usually 22".to_owned()));
//! assert_eq!(said[2].1, "31 wait for a bed, usually 22; 31 wait to leave, usually 22");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod declared;
mod file;
mod opel;

pub use declared::{Agreement, DECLARED, Day, Verdict, agreement, days_to_batch};
pub use file::{Config, EndRule, Path, Source, parse};
pub use opel::{AtCut, Band, Level, Missing, Parameter, Round, Scored, Table, Unfilled, Worse, score, system_score};

use crate::groups::quantile;

/// An end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// People wait to come in.
    Front,
    /// People wait to go out.
    Back,
}

/// At which end of an organisation's path a wait is: into it at the front, out of it at the back. A wait between two of its own
/// services is a wait to come in and stands at the front, once, except the wait to go home. Otherwise one delay would count as
/// two.
///
/// ```
/// use measures::pressure::{Side, end_of};
/// assert_eq!(end_of("QR1", Some("QR3"), Some("QR1"), false), Some(Side::Front));
/// assert_eq!(end_of("QR1", Some("QR1"), Some("QR9"), false), Some(Side::Back));
/// assert_eq!(end_of("QR1", Some("QR1"), Some("QR1"), false), Some(Side::Front)); // a bed, from its own emergency department
/// assert_eq!(end_of("QR1", Some("QR1"), Some("QR1"), true), Some(Side::Back)); // ready, and not yet gone home
/// assert_eq!(end_of("QR1", None, Some("QR5"), false), None);
/// ```
pub fn end_of(organisation: &str, from: Option<&str>, to: Option<&str>, goes_home: bool) -> Option<Side> {
    let (gives, takes) = (from == Some(organisation), to == Some(organisation));
    match (gives, takes) {
        (true, true) if goes_home => Some(Side::Back),
        (_, true) => Some(Side::Front),
        (true, false) => Some(Side::Back),
        (false, false) => None,
    }
}

/// When an end is busy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cuts {
    /// Above what is usual for itself.
    Usual(Usual),
    /// Above a fixed reading, in the unit of the readings.
    Fixed {
        /// At the front.
        front: f64,
        /// At the back.
        back: f64,
    },
}

/// What is usual for an end: the half-year that ended four weeks before, so that a day is judged alike whenever it is looked at,
/// and pressure that lasts a month does not become its own measure.
///
/// The usual reading is the median of the same time of the week. What is left of each reading of the half-year after its own
/// time of the week is taken away makes one distribution, and an end is busy when what is left of its reading lies strictly above
/// a share of it. No shape is assumed and a few wild days move nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    /// Readings in a week: 7 for daily ones.
    pub week: usize,
    /// Readings that say what is usual.
    pub before: usize,
    /// Readings between them and the one that is judged.
    pub gap: usize,
    /// With fewer known ones nothing is said.
    pub fewest: usize,
    /// The share of them that a busy reading lies above.
    pub share: f64,
    /// A reading below this is never busy: one person at a time.
    pub floor: f64,
}

impl Usual {
    /// For readings once a day.
    pub const DAILY: Usual = Usual::every(1);

    /// For readings so many times a day: 182 days, 28 days before, of which a half must be known; busy above 9 in 10.
    ///
    /// ```
    /// use measures::pressure::Usual;
    /// assert_eq!((Usual::DAILY.before, Usual::every(8).week), (182, 56)); // every three hours
    /// ```
    pub const fn every(times_a_day: usize) -> Usual {
        Usual {
            week: 7 * times_a_day,
            before: 182 * times_a_day,
            gap: 28 * times_a_day,
            fewest: 91 * times_a_day,
            share: 0.9,
            floor: 1.0,
        }
    }

    /// How many readings are needed before the first that is shown.
    ///
    /// ```
    /// assert_eq!(measures::pressure::Usual::DAILY.needs(), 210);
    /// ```
    pub const fn needs(&self) -> usize {
        self.before + self.gap
    }
}

/// What is known of one end at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum End {
    /// Nobody can wait there: the path has no such end.
    Absent,
    /// There is no reading.
    NoReading,
    /// There are too few readings, so many, to say what is usual.
    TooFew(usize),
    /// A reading and what it is held against.
    Known(Reading),
}

/// One reading of one end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// How many wait, or how long.
    pub value: f64,
    /// Above it the end is busy.
    pub cut: f64,
    /// Whether it is: above the cut, and not below the floor.
    pub is_busy: bool,
    /// What is usual; `None` beside a fixed cut.
    pub usual: Option<Beside>,
}

/// A reading beside its half-year.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beside {
    /// The usual reading at this time of the week.
    pub middle: f64,
    /// The share of the half-year that lay below, each reading after its own time of the week is taken away; 0 to 1.
    pub below: f64,
    /// How many readings said so.
    pub readings: usize,
}

/// Both ends of a path at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct State {
    /// Where people wait to come in.
    pub front: End,
    /// Where people wait to go out.
    pub back: End,
}

/// What the two ends say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Condition {
    /// Not enough is known. It is never taken for usual.
    Unknown,
    /// Neither end is busy.
    Usual,
    /// The front is busy; the back is not, or is not known.
    Front,
    /// The back is busy; the front is not, or is not known.
    Back,
    /// Both are busy at once.
    Pressure,
}

impl Condition {
    /// Every condition.
    pub const ALL: [Condition; 5] =
        [Condition::Unknown, Condition::Usual, Condition::Front, Condition::Back, Condition::Pressure];

    /// As a reader says it, and as the table keeps it.
    ///
    /// ```
    /// assert_eq!(measures::pressure::Condition::Pressure.name(), "under pressure");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Condition::Unknown => "unknown",
            Condition::Usual => "usual",
            Condition::Front => "busy at the front",
            Condition::Back => "busy at the back",
            Condition::Pressure => "under pressure",
        }
    }
}

impl End {
    /// Whether people wait longer, or more of them, than the cut; `None` when nobody knows.
    fn is_busy(&self) -> Option<bool> {
        match self {
            End::Absent => Some(false),
            End::NoReading | End::TooFew(_) => None,
            End::Known(reading) => Some(reading.is_busy),
        }
    }

    /// Busier than at any time of its half-year.
    fn is_beyond(&self) -> bool {
        matches!(self, End::Known(Reading { is_busy: true, usual: Some(usual), .. }) if usual.below >= 1.0)
    }
}

impl State {
    /// What the two ends say together. An end that is busy is said even when the other is not known; "usual" needs both.
    ///
    /// ```
    /// use measures::pressure::{Condition, End, State};
    /// assert_eq!(State { front: End::Absent, back: End::NoReading }.condition(), Condition::Unknown);
    /// ```
    pub fn condition(&self) -> Condition {
        match (self.front.is_busy(), self.back.is_busy()) {
            _ if self.front == End::Absent && self.back == End::Absent => Condition::Unknown,
            (Some(true), Some(true)) => Condition::Pressure,
            (Some(true), _) => Condition::Front,
            (_, Some(true)) => Condition::Back,
            (Some(false), Some(false)) => Condition::Usual,
            (None, _) | (_, None) => Condition::Unknown,
        }
    }

    /// 1 usual, 2 busy at one end, 3 at both, 4 at both and one of them busier than at any time of its half-year. With a fixed cut
    /// there is no 4. It is measured: no OPEL level, which only an organisation declares and only a filled [`Table`] gives.
    ///
    /// ```
    /// use measures::pressure::{Cuts, state};
    /// let bristol = Cuts::Fixed { front: 10.0, back: 420.0 };
    /// assert_eq!(state(&[Some(12.0)], &[Some(455.0)], &bristol, 1)[0].level(), Some(3));
    /// assert_eq!(state(&[Some(10.0)], &[Some(420.0)], &bristol, 1)[0].level(), Some(1));
    /// ```
    pub fn level(&self) -> Option<u8> {
        match self.condition() {
            Condition::Unknown => None,
            Condition::Usual => Some(1),
            Condition::Front | Condition::Back => Some(2),
            Condition::Pressure => Some(3 + u8::from(self.front.is_beyond() || self.back.is_beyond())),
        }
    }

    /// Why, in one sentence with its numbers, for how each end is called. People are whole.
    ///
    /// ```
    /// use measures::pressure::{Cuts, Unit, Waits, state};
    /// let state = state(&[Some(12.2)], &[Some(455.0)], &Cuts::Fixed { front: 10.0, back: 420.0 }, 1)[0];
    /// let front = Waits { waits: "from a Category 2 call to an ambulance being sent", unit: Unit::Minutes };
    /// let back = Waits { waits: "in the emergency department before a ward", unit: Unit::Minutes };
    /// assert_eq!(
    ///     state.reason(&front, &back),
    ///     "12 minutes from a Category 2 call to an ambulance being sent, more than 10; 455 minutes in the emergency department before a ward, more than 420"
    /// );
    /// ```
    pub fn reason(&self, front: &Waits<'_>, back: &Waits<'_>) -> String {
        let ends = [(&self.front, front), (&self.back, back)];
        // Of a path with a busy end only that end is worth the words, and what is not known.
        let is_busy = matches!(self.condition(), Condition::Front | Condition::Back | Condition::Pressure);
        let told = ends.iter().filter(|(end, _)| !(is_busy && end.is_busy() == Some(false)));
        let said: Vec<String> = told.filter_map(|(end, waits)| waits.say(end)).collect();
        match said.iter().map(|said| said.strip_suffix(USUALLY)).collect::<Option<Vec<_>>>().as_deref() {
            Some([]) => "nobody can wait here".to_owned(),
            Some([front, back]) => format!("{front}; {back}, both as usual"),
            _ => said.join("; "),
        }
    }
}

const USUALLY: &str = ", as usual";

/// What a reading counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// People at a time; said whole.
    People,
    /// Minutes that somebody waits.
    Minutes,
}

/// How an end is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits<'a> {
    /// What is waited for: "for a hospital bed".
    pub waits: &'a str,
    /// What a reading counts.
    pub unit: Unit,
}

impl Waits<'_> {
    fn say(&self, end: &End) -> Option<String> {
        let Waits { waits, unit } = self;
        let reading = match end {
            End::Absent => return None,
            End::NoReading if *unit == Unit::People => return Some(format!("how many wait {waits} is not known")),
            End::NoReading => return Some(format!("the time {waits} is not known")),
            End::TooFew(0) => return Some(format!("what is usual {waits} is not known: no reading before")),
            End::TooFew(known) => return Some(format!("what is usual {waits} is not known: {known} readings before")),
            End::Known(reading) => reading,
        };
        let whole = reading.value.round();
        let beside = match (&reading.usual, reading.is_busy) {
            (None, false) => format!(", not more than {}", trim(reading.cut)),
            (None, true) if whole <= reading.cut => format!(", just more than {}", trim(reading.cut)),
            (None, true) => format!(", more than {}", trim(reading.cut)),
            (Some(usual), true) if usual.middle.round() == whole => ", a little more than usual".to_owned(),
            (Some(usual), true) if usual.middle < 0.5 => "; usually nobody".to_owned(),
            (Some(usual), true) => format!(", usually {:.0}", usual.middle.round()),
            // The other tail, as wide as the one that is busy by default.
            (Some(usual), false) if usual.below < 0.1 && whole < usual.middle.round() => {
                format!(
                    ", {} than usual ({:.0})",
                    if *unit == Unit::People { "fewer" } else { "less" },
                    usual.middle.round()
                )
            }
            (Some(_), false) => USUALLY.to_owned(),
        };
        Some(match (unit, whole) {
            (Unit::Minutes, minutes) => {
                format!("{minutes:.0} minute{} {waits}{beside}", if minutes == 1.0 { "" } else { "s" })
            }
            (Unit::People, 0.0) if reading.value > 0.0 => format!("hardly anyone waits {waits}{beside}"),
            (Unit::People, 0.0) => format!("nobody waits {waits}{beside}"),
            (Unit::People, 1.0) => format!("1 waits {waits}{beside}"),
            (Unit::People, people) => format!("{people:.0} wait {waits}{beside}"),
        })
    }
}

/// A cut as it was written: 420, 2.5.
fn trim(cut: f64) -> String {
    format!("{cut}")
}

/// The last `shown` states of a path, oldest first; the last of them is now.
///
/// Readings stand at even times, oldest first, both ends beginning at the same time. `None`, and what is not a number, is not
/// known. A path that has no such end is given an empty slice. To know what is usual, [`Usual::needs`] readings are read before
/// the first that is shown; what lies after a reading never changes what is said of it.
///
/// ```
/// use measures::pressure::{Condition, Cuts, state};
/// let states = state(&[Some(12.0), None, Some(9.0)], &[], &Cuts::Fixed { front: 10.0, back: 0.0 }, 28);
/// let said: Vec<Condition> = states.iter().map(|state| state.condition()).collect();
/// assert_eq!(said, [Condition::Front, Condition::Unknown, Condition::Usual]);
/// ```
pub fn state(front: &[Option<f64>], back: &[Option<f64>], cuts: &Cuts, shown: usize) -> Vec<State> {
    let times = front.len().max(back.len());
    let shown = times.saturating_sub(shown)..times;
    let (cut_front, cut_back) = match cuts {
        Cuts::Usual(_) => (0.0, 0.0),
        Cuts::Fixed { front, back } => (*front, *back),
    };
    let read = |readings: &[Option<f64>], cut: f64| match cuts {
        _ if readings.is_empty() => vec![End::Absent; shown.len()],
        Cuts::Usual(usual) => beside_usual(readings, usual, shown.clone()),
        Cuts::Fixed { .. } => shown
            .clone()
            .map(|at| match known(readings, at) {
                Some(value) => End::Known(Reading { value, cut, is_busy: value > cut, usual: None }),
                None => End::NoReading,
            })
            .collect(),
    };
    let ends = read(front, cut_front).into_iter().zip(read(back, cut_back));
    ends.map(|(front, back)| State { front, back }).collect()
}

fn known(readings: &[Option<f64>], at: usize) -> Option<f64> {
    readings.get(at).copied().flatten().filter(|value| value.is_finite())
}

/// Fewer readings than this of one time of the week do not make a middle of their own.
const FEWEST_OF_A_TIME: usize = 4;

fn beside_usual(readings: &[Option<f64>], usual: &Usual, shown: std::ops::Range<usize>) -> Vec<End> {
    let week = usual.week.max(1);
    let (mut own, mut left) = (Vec::new(), Vec::with_capacity(usual.before));
    let mut middles = vec![0.0; week];
    let judge = |at: usize| {
        let Some(value) = known(readings, at) else { return End::NoReading };
        let (from, to) = (at.saturating_sub(usual.needs()), at.saturating_sub(usual.gap));
        let mut sorted = |times: &mut dyn Iterator<Item = usize>| {
            own.clear();
            own.extend(times.filter_map(|at| known(readings, at)));
            own.sort_unstable_by(f64::total_cmp);
            (quantile(&own, 0.5), own.len())
        };
        let (all, count) = sorted(&mut (from..to));
        let Some(all) = all.filter(|_| count >= usual.fewest.max(1)) else { return End::TooFew(count) };
        for (slot, middle) in middles.iter_mut().enumerate() {
            let first = from + (slot + week - from % week) % week;
            let (own, count) = sorted(&mut (first..to).step_by(week));
            *middle = own.filter(|_| count >= FEWEST_OF_A_TIME).unwrap_or(all);
        }
        left.clear();
        left.extend((from..to).filter_map(|at| Some(known(readings, at)? - middles[at % week])));
        left.sort_unstable_by(f64::total_cmp);
        let middle = middles[at % week];
        let cut = middle + quantile(&left, usual.share).unwrap_or(0.0);
        let below = left.partition_point(|left| *left < value - middle) as f64 / left.len() as f64;
        let is_busy = value > cut && value >= usual.floor;
        End::Known(Reading { value, cut, is_busy, usual: Some(Beside { middle, below, readings: count }) })
    };
    shown.map(judge).collect()
}

#[cfg(test)]
mod tests;

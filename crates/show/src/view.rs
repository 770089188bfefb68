//! What a page is told: plain values with public fields, made by whoever holds the data.

use crate::number::Unit;
use jiff::civil::Date;

/// A number that can be shown, with everything needed to trust it.
///
/// `value` is `None` when nobody knows: the page then draws a gap and says so, never a nought.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The number in `unit`; `None` is shown as missing.
    pub value: Option<f64>,
    /// What it counts.
    pub unit: Unit,
    /// The range it lies in (usual range, or 95% interval), in the same unit.
    pub range: Option<(f64, f64)>,
    /// Where it came from.
    pub evidence: Evidence,
}

impl Figure {
    /// A figure without a range.
    pub fn new(value: impl Into<Option<f64>>, unit: impl Into<Unit>, evidence: Evidence) -> Figure {
        Figure { value: value.into(), unit: unit.into(), range: None, evidence }
    }

    /// The number in words, or "no data".
    pub fn say(&self) -> String {
        self.value.map_or_else(|| crate::words::MISSING.to_owned(), |v| self.unit.say(v))
    }
}

/// Where a figure came from: what `?`, `/why/{id}` and `catchment why {id}` open.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// The name to ask by.
    pub id: String,
    /// What was counted, in a sentence.
    pub definition: String,
    /// The feeds that it rests on.
    pub sources: Vec<String>,
    /// How many rows were counted.
    pub rows: Option<u64>,
    /// The time of the newest record in it, as text.
    pub fresh_as_of: String,
}

/// What the SPC rules say of a point, or of a thing by its last point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signal {
    /// Ordinary variation.
    #[default]
    Ordinary,
    /// Really changed, for the worse.
    Concern,
    /// Really changed, for the better.
    Improvement,
    /// Really changed, and nobody has said which way is better.
    Change,
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Less is better: waits, delays.
    Lower,
    /// More is better: share seen in time.
    Higher,
    /// Neither: a count of calls.
    Neither,
}

/// How far apart the points of a series are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// One point a day.
    Day,
    /// One point a week, named by its Monday.
    Week,
    /// One point a month, named by its first day.
    Month,
}

/// One period of a series; a missing value is a gap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// First day of the period.
    pub start: Date,
    /// `None` draws a gap.
    pub value: Option<f64>,
    /// What the SPC rules say of it.
    pub signal: Signal,
}

/// The usual range over points `from..to`; a series has one of these for each segment between rebases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Index of the first point.
    pub from: usize,
    /// Index after the last point.
    pub to: usize,
    /// The middle line.
    pub mean: f64,
    /// Lower process limit; not drawn where the unit makes it impossible.
    pub lower: f64,
    /// Upper process limit; likewise.
    pub upper: f64,
}

/// Something that happened, marked on a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Index of the point it falls on.
    pub at: usize,
    /// Two or three words.
    pub label: String,
}

/// A measure over time, as an SPC chart, its sentence and its table need it.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The measure's name in addresses: `/measures/{id}.csv`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it counts.
    pub unit: Unit,
    /// Which way is better.
    pub better: Better,
    /// How far apart the points are.
    pub every: Every,
    /// Oldest first, one for every period, missing ones included.
    pub points: Vec<Point>,
    /// One for each segment; empty when there are too few points to say.
    pub limits: Vec<Limits>,
    /// The standard or target.
    pub target: Option<f64>,
    /// What happened when.
    pub events: Vec<Event>,
}

impl Series {
    /// The signal of the last point that has a value.
    pub fn signal(&self) -> Signal {
        self.points.iter().rev().find(|p| p.value.is_some()).map_or(Signal::Ordinary, |p| p.signal)
    }

    /// The limits that point `i` is judged by.
    pub fn limits_at(&self, i: usize) -> Option<&Limits> {
        self.limits.iter().find(|l| (l.from..l.to).contains(&i))
    }
}

/// The whole system on one page.
#[derive(Clone, Debug, PartialEq)]
pub struct WholeSystem {
    /// "Rivermead Health and Care Partnership"
    pub place_name: String,
    /// What the page covers: "Week from Monday 17 November 2025".
    pub period: String,
    /// When it was made from what: "Records to 09:14 on Monday 24 November 2025".
    pub as_of: String,
    /// What changed, in one sentence; [`crate::words::headline`] writes it.
    pub headline: String,
    /// Two or three numbers beside it.
    pub facts: Vec<Fact>,
    /// Each organisation's declared or measured pressure; empty leaves the panel out.
    pub pressure: Vec<Pressure>,
    /// Who goes where; `None` leaves the picture out.
    pub flow: Option<Flow>,
    /// Any order; the page ranks them by hours waiting.
    pub handovers: Vec<Handover>,
    /// Any order; the page puts signals first.
    pub measures: Vec<Measure>,
    /// Any order; the page puts stale ones first.
    pub sources: Vec<Source>,
    /// Rows that could not be used.
    pub problems: Figure,
    /// Said at the foot: "Invented place and invented data."
    pub notice: Option<String>,
}

/// A number of the headline: "Measures that really changed: 5 of 24".
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// What it is.
    pub title: String,
    /// The number.
    pub figure: Figure,
    /// What follows it: "of 24", "this week"; may be empty.
    pub note: String,
}

/// A handover: the join between two services, with two owners.
#[derive(Clone, Debug, PartialEq)]
pub struct Handover {
    /// Its name in addresses and in `catchment why`.
    pub id: String,
    /// "Hospital ward to home with care"
    pub name: String,
    /// What people wait for, to finish "People wait longer …": "to go home with care". `None` uses the name.
    pub waits: Option<String>,
    /// Who hands over.
    pub from_owner: String,
    /// Who takes over.
    pub to_owner: String,
    /// Middle wait (median), in minutes.
    pub middle: Figure,
    /// 9 in 10 within (90th percentile), in minutes.
    pub nine_in_ten: Figure,
    /// Person-hours waited this week.
    pub hours_waiting: Figure,
    /// People waiting at this moment.
    pub waiting_now: Figure,
    /// The middle wait of each week of the past year.
    pub past_year: Vec<Point>,
    /// Whether the wait is longer or shorter than usual.
    pub signal: Signal,
    /// The standard in minutes.
    pub standard: Option<f64>,
}

/// A measure's card: its series, with the latest value as a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// "Ambulance", "Social care"
    pub sector: String,
    /// What changed, in a few words; [`crate::words::finding`] writes it.
    pub sentence: String,
    /// The latest value.
    pub latest: Figure,
    /// The chart and its table.
    pub series: Series,
}

/// A feed and how fresh it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Who sends it.
    pub organisation: String,
    /// "Emergency admissions, HL7"
    pub feed: String,
    /// The time of its last record, as text; `None` when nothing has come.
    pub last_record: Option<String>,
    /// Records held.
    pub records: u64,
    /// Records or fields that could not be used.
    pub problems: u64,
    /// "2 hours ago", "9 days late"
    pub freshness: String,
    /// Older than it should be.
    pub stale: bool,
    /// The name to ask by: `/why/{id}`.
    pub id: String,
}

/// One organisation's pressure over the last days.
#[derive(Clone, Debug, PartialEq)]
pub struct Pressure {
    /// Who.
    pub organisation: String,
    /// Level 1 to 4 of each day, oldest first; `None` draws a gap.
    pub days: Vec<Option<u8>>,
    /// Today's level.
    pub level: Figure,
    /// "142 ready to leave, no care"
    pub reason: String,
}

/// Who goes where: boxes in columns, ribbons between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flow {
    /// What the width of a ribbon means: "Urgent care this week. Width is people."
    pub sentence: String,
    /// Places people are in; earlier columns further left, order within a column is kept.
    pub stops: Vec<Stop>,
    /// Moves from one stop to a stop in a later column.
    pub moves: Vec<Move>,
}

/// A box of the flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// "Emergency department"
    pub name: String,
    /// Column from the left, from 0.
    pub column: usize,
    /// How many people.
    pub people: f64,
}

/// A ribbon of the flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// Index into `stops`.
    pub from: usize,
    /// Index into `stops`, in a later column.
    pub to: usize,
    /// How many people.
    pub people: f64,
    /// Middle wait in minutes, where there is a wait.
    pub wait_minutes: Option<f64>,
    /// Whether that wait is longer or shorter than usual.
    pub signal: Signal,
}

/// Handovers by time waiting, most first; those of which nobody knows come last.
pub fn ranked(handovers: &[Handover]) -> Vec<&Handover> {
    let hours = |h: &Handover| h.hours_waiting.value.unwrap_or(f64::NEG_INFINITY);
    let mut ranked: Vec<&Handover> = handovers.iter().collect();
    ranked.sort_by(|a, b| hours(b).total_cmp(&hours(a)).then_with(|| a.name.cmp(&b.name)));
    ranked
}

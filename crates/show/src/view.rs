//! What a page is told: plain values with public fields, made by whoever holds the data.

use crate::ahead::{Differences, Fan, Growth, Pyramid, Running, Sentences, Tornado, Trust, Week};
use crate::number::Unit;
use crate::room::{
    Act, Answers, Card, Choices, Due, Expected, Ground, Lines, Money, Plan, Rocks, Schedule, Shares, Stages, Stands,
    Ties, Vote, Wording,
};
use crate::table::Table;
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
    /// Why there is no value.
    pub missing: Missing,
    /// Where it came from.
    pub evidence: Evidence,
}

impl Figure {
    /// A figure without a range.
    pub fn new(value: impl Into<Option<f64>>, unit: impl Into<Unit>, evidence: Evidence) -> Figure {
        Figure { value: value.into(), unit: unit.into(), range: None, missing: Missing::NoData, evidence }
    }

    /// The same with the range it lies in, where that has two ends.
    pub fn within(mut self, range: Option<(f64, f64)>) -> Figure {
        self.range = range.filter(|(low, high)| low.is_finite() && high.is_finite());
        self
    }

    /// The same without its value, since it would tell of too few people.
    pub fn hidden(mut self) -> Figure {
        (self.value, self.range, self.missing) = (None, None, Missing::Suppressed);
        self
    }

    /// The number in words, or why there is none.
    pub fn say(&self) -> String {
        self.value.map_or_else(|| self.missing.words().to_owned(), |v| self.unit.say(v))
    }
}

/// Why a figure has no value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// Nothing came.
    #[default]
    NoData,
    /// It would tell of too few people.
    Suppressed,
    /// Its source has fallen silent.
    Stale,
    /// There is nothing that it could be of.
    None,
}

impl Missing {
    /// How it is said.
    pub fn words(self) -> &'static str {
        match self {
            Missing::NoData => crate::words::MISSING,
            Missing::Suppressed => "too few to show",
            Missing::Stale => "out of date",
            Missing::None => "none",
        }
    }
}

/// Words that lead somewhere: an address of this product, with its query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// What is read.
    pub words: String,
    /// "/handovers/ward-to-home-care?place=Eastbrook"
    pub href: String,
}

impl Link {
    /// Words and where they lead.
    pub fn new(words: impl Into<String>, href: impl Into<String>) -> Link {
        Link { words: words.into(), href: href.into() }
    }
}

/// Where a figure came from: what `?`, `/why/{id}` and `catchment why {id}` open.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// The name to ask by.
    pub id: String,
    /// What was counted, in a sentence.
    pub definition: String,
    /// What is above the line, in words; empty where the definition says it.
    pub numerator: String,
    /// What is below the line, in words; empty where there is none.
    pub denominator: String,
    /// What is not counted; empty when nothing is left out.
    pub excludes: String,
    /// The other pages that show it.
    pub shown_on: Vec<Link>,
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

/// The usual range over points `from..to`: one for each segment between rebases, or one for each point where limits vary
/// with its size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Index of the first point.
    pub from: usize,
    /// Index after the last point.
    pub to: usize,
    /// The middle line.
    pub mean: f64,
    /// Lower process limit; not drawn where the unit makes it impossible. Infinite where there is none, as on a run chart,
    /// whose middle line is the median.
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
    /// Who had a new usual range begin here, for which the label is the reason; `None` is an event and no more.
    pub rebased_by: Option<String>,
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
    /// What happened when, and where a new usual range begins and why.
    pub events: Vec<Event>,
    /// The points on which a frozen usual range rests: first, and after the last.
    pub baseline: Option<(usize, usize)>,
    /// Which chart this is, by which rules, and why, in a sentence or two; nothing for the chart and rules that are usual.
    pub method: String,
}

impl Series {
    /// The signal of the last point that has a value.
    pub fn signal(&self) -> Signal {
        self.points.iter().rev().find(|p| p.value.is_some()).map_or(Signal::Ordinary, |p| p.signal)
    }

    /// What its newest point says, and on which side: what the letter in its ring tells.
    pub fn variation(&self) -> Variation {
        let last = self.points.iter().rposition(|p| p.value.is_some());
        let side = || {
            let (at, limits) = last.and_then(|i| Some((self.points[i].value?, self.limits_at(i)?))).unzip();
            if at.zip(limits).is_none_or(|(value, limits)| value >= limits.mean) { Side::High } else { Side::Low }
        };
        let (worse, better) = match self.better {
            Better::Lower => (Side::High, Side::Low),
            Better::Higher => (Side::Low, Side::High),
            Better::Neither => (side(), side()),
        };
        match self.signal() {
            _ if last.is_none() || self.limits.is_empty() => Variation::Unknown,
            Signal::Ordinary => Variation::Ordinary,
            Signal::Concern => Variation::Concern(worse),
            Signal::Improvement => Variation::Improvement(better),
            Signal::Change => Variation::Change(side()),
        }
    }

    /// Whether the process as it is now will meet its target: only limits can promise, a single value cannot.
    pub fn assurance(&self) -> Assurance {
        let (Some(limits), Some(target)) = (self.limits.last(), self.target) else { return Assurance::Unknown };
        let (above, below) = (target > limits.upper, target < limits.lower);
        match self.better {
            _ if !limits.upper.is_finite() && !limits.lower.is_finite() => Assurance::Unknown,
            Better::Neither => Assurance::Unknown,
            _ if self.points.iter().all(|p| p.value.is_none()) => Assurance::Unknown,
            _ if !above && !below => Assurance::HitAndMiss,
            Better::Lower if above => Assurance::Pass,
            Better::Higher if below => Assurance::Pass,
            Better::Lower | Better::Higher => Assurance::Fail,
        }
    }

    /// The limits that point `i` is judged by.
    pub fn limits_at(&self, i: usize) -> Option<&Limits> {
        self.limits.iter().find(|l| (l.from..l.to).contains(&i))
    }
}

/// Which side of the middle line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Above it, or rising.
    High,
    /// Below it, or falling.
    Low,
}

/// What a series says by its newest point. The letter of its ring is the side: H or L.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variation {
    /// No value, or too few for limits.
    Unknown,
    /// Ordinary variation.
    Ordinary,
    /// Really changed, for the worse.
    Concern(Side),
    /// Really changed, for the better.
    Improvement(Side),
    /// Really changed, and nobody has said which way is better.
    Change(Side),
}

/// Whether a process will meet its target as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assurance {
    /// No target, no limits, or nobody has said which way is better.
    Unknown,
    /// It will: P.
    Pass,
    /// It will not: F.
    Fail,
    /// Chance decides: ?.
    HitAndMiss,
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
    /// Its page.
    pub href: Option<String>,
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
    /// Its page.
    pub href: Option<String>,
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
    /// The level that it declared on each of these days; empty when it declares none.
    pub declared: Vec<Option<u8>>,
    /// "142 ready to leave, no care"
    pub reason: String,
    /// Its page.
    pub href: Option<String>,
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
    /// The handover's page.
    pub href: Option<String>,
}

/// One address, whatever it shows: what the page, the paper, the terminal, CSV and JSON render alike.
///
/// A view is panels, a panel is pictures, and every picture has a table of the same values ([`Picture::table`]).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// Its path without the query: "/", "/handovers/ward-to-home-care".
    pub address: String,
    /// "Rivermead"
    pub place_name: String,
    /// The line above the title: "Week to Sunday 16 November 2025".
    pub over: String,
    /// What changed, in one sentence: the finding.
    pub title: String,
    /// One or two more sentences; may be empty.
    pub lede: String,
    /// What it is all for: the first line of the shared story, and the story's page.
    pub story: Option<Link>,
    /// Two to four numbers beside the title.
    pub facts: Vec<Fact>,
    /// What the reader chose and may choose.
    pub choices: Vec<Choice>,
    /// In the order in which they are read.
    pub panels: Vec<Panel>,
    /// "Records to 09:14 on Monday 24 November 2025"
    pub as_of: String,
    /// Said at the foot: "Invented place and invented data."
    pub notice: Option<String>,
}

impl View {
    /// What was chosen, as a query in a fixed order: "?place=Eastbrook&week=2025-11-10", or nothing.
    pub fn query(&self) -> String {
        let chosen = self.choices.iter().filter_map(|c| Some((c.name, c.chosen.as_deref()?)));
        let pairs: Vec<String> = chosen.map(|(name, value)| format!("{name}={}", escape(value))).collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    /// Another address with the same choices.
    pub fn carry(&self, path: &str) -> String {
        format!("{path}{}", self.query())
    }

    /// What was chosen, in words for the paper and the terminal: "Place: Eastbrook; Age: 75 to 84".
    pub fn chosen(&self) -> String {
        let said = self.choices.iter().filter_map(|c| {
            let value = c.chosen.as_deref()?;
            let label = c.options.iter().find(|o| o.0 == value).map_or(value, |o| &o.1);
            Some(format!("{}: {label}", c.label))
        });
        said.collect::<Vec<_>>().join("; ")
    }
}

/// A part of a path or query, percent-encoded.
///
/// ```
/// assert_eq!(show::escape("Saltley Vale"), "Saltley%20Vale");
/// ```
pub fn escape(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// One thing a reader may choose; the address holds it, so that any view can be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Its name in the address: "place", "age", "sex", "deprivation", "need", "week".
    pub name: &'static str,
    /// "Place"
    pub label: String,
    /// What is said when nothing is chosen: "Everywhere".
    pub all: String,
    /// Value in the address, and what is read.
    pub options: Vec<(String, String)>,
    /// The value chosen.
    pub chosen: Option<String>,
}

/// How much of the width a panel wants on a wide screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Width {
    /// All of it.
    #[default]
    Whole,
    /// Two thirds; the next narrow one stands beside it.
    Wide,
    /// One third.
    Narrow,
    /// Half; two stand side by side.
    Half,
}

/// A named part of a view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    /// Its name in the page (`#waits`), and in `?panel=waits` of CSV.
    pub id: String,
    /// A finding, or a plain name.
    pub title: String,
    /// Beside the title; may be empty.
    pub note: String,
    /// What it shows, in reading order.
    pub pictures: Vec<Picture>,
    /// How wide.
    pub width: Width,
    /// Where to go on from here.
    pub links: Vec<Link>,
}

/// One thing to look at, with its own table of the same values.
#[derive(Clone, Debug, PartialEq)]
pub enum Picture {
    /// Paragraphs.
    Words(Vec<String>),
    /// The last days of each organisation.
    Pressure(Vec<Pressure>),
    /// Who goes where.
    Flow(Flow),
    /// Handovers ranked by time waiting.
    Handovers(Vec<Handover>),
    /// Measures as small charts, signals first.
    Measures(Vec<Measure>),
    /// One measure, wide.
    Chart(Box<Measure>),
    /// When in the week.
    Heat(Heat),
    /// Groups beside each other, each with its range.
    Intervals(Intervals),
    /// Ways through, as ribbons on one scale each.
    Ways(Vec<Way>),
    /// One way through, drawn large.
    Way(Way),
    /// Areas of the place.
    Map(Map),
    /// Places like us, by size.
    Funnel(Funnel),
    /// So many in 100.
    Dots(Dots),
    /// What has been and the range of what may come, wide.
    Fan(Box<Fan>),
    /// The same of several, as small charts.
    Fans(Vec<Fan>),
    /// What a change would do, row by row.
    Differences(Differences),
    /// What matters.
    Tornado(Tornado),
    /// Who lives here by age and sex, at two times.
    Pyramid(Pyramid),
    /// Why services will be asked for more.
    Growth(Growth),
    /// A simulated week as it passes.
    Week(Box<Week>),
    /// Whether forecasts held.
    Trust(Trust),
    /// Sentences with numbers to fill in and send.
    Sentences(Sentences),
    /// Work that goes on.
    Running(Running),
    /// Where a question is on its way.
    Stages(Stages),
    /// What each choice would do.
    Choices(Box<Choices>),
    /// What all agree on, and where groups differ.
    Ground(Ground),
    /// Where members stand.
    Stands(Stands),
    /// A decision, as it would be recorded or was.
    Wording(Box<Wording>),
    /// What was expected beside what came.
    Expected(Expected),
    /// The shared story, or a driver diagram.
    Lines(Lines),
    /// Air time.
    Shares(Shares),
    /// What a reader may do.
    Acts(Vec<Act>),
    /// A statement to vote on.
    Vote(Vote),
    /// You said, so we.
    Answers(Answers),
    /// Plans, one line each.
    Plans(Vec<Plan>),
    /// The steps of one plan in time.
    Schedule(Schedule),
    /// What blocks.
    Rocks(Rocks),
    /// What savings will bring.
    Money(Box<Money>),
    /// Trust at the joins.
    Ties(Ties),
    /// Questions, conversations, decisions and plans, one row each.
    Board(Vec<Card>),
    /// Steps and rocks of plans that are to be looked at this week, one row each.
    Monday(Vec<Due>),
    /// Feeds and how fresh they are.
    Sources(Vec<Source>),
    /// Rows as they are.
    Rows(Rows),
    /// Things found.
    List(Vec<Item>),
    /// What people wrote about this view.
    Notes(Notes),
    /// Something to fill in and send.
    Form(Form),
    /// Why there is nothing to see, and what to do.
    State(State),
}

/// A value for each cell of a grid: hours of the day (columns) by days of the week (rows).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heat {
    /// Its name.
    pub id: String,
    /// The finding: "Longest on Monday evenings".
    pub title: String,
    /// What a cell is: "Middle wait of those who asked in this hour".
    pub definition: String,
    /// "Monday" …
    pub rows: Vec<String>,
    /// "0" … "23"
    pub columns: Vec<String>,
    /// Row by row; `None` is drawn as missing.
    pub values: Vec<Vec<Option<f64>>>,
    /// How many people are in each cell.
    pub people: Vec<Vec<u64>>,
    /// What the values are in.
    pub unit: Option<Unit>,
}

/// Groups beside each other, each with its range.
#[derive(Clone, Debug, PartialEq)]
pub struct Intervals {
    /// Its name.
    pub id: String,
    /// The finding.
    pub title: String,
    /// What a bar is: "Middle wait with its 95% interval".
    pub definition: String,
    /// "Deprivation", with its rows in order.
    pub groups: Vec<(String, Vec<Interval>)>,
    /// The value for everybody, drawn as a line.
    pub all: Option<f64>,
    /// What the values are in.
    pub unit: Unit,
    /// How the value changes along the rows of one group.
    pub gradient: Option<Box<Gradient>>,
}

impl Intervals {
    /// The gradient, unless a row that it rests on is left out because it would tell of too few people.
    pub fn gradient(&self) -> Option<(&Gradient, &[Interval])> {
        let gradient = self.gradient.as_deref()?;
        let rows = &self.groups.get(gradient.group)?.1;
        let hidden = |i: &Interval| i.figure.value.is_none() && i.figure.missing == Missing::Suppressed;
        (!rows.iter().any(hidden)).then_some((gradient, rows.as_slice()))
    }
}

/// How a value changes from the first row of a group to the last: the slope index of inequality.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradient {
    /// Which of the groups, from 0; its rows are in order: the most deprived fifth first.
    pub group: usize,
    /// What the line says for each of its rows.
    pub fitted: Vec<f64>,
    /// How much more there is at the first end than at the last, with its interval; less than nought when less.
    pub slope: Figure,
    /// How much more the first row has than all the rest together, with its interval.
    pub against_rest: Option<Figure>,
}

/// One group.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval {
    /// "Most deprived fifth"
    pub name: String,
    /// The value, with its range.
    pub figure: Figure,
    /// What would be fair for it, in the same unit: drawn as an open square, the figure as far from it as it is.
    pub fair: Option<f64>,
    /// How many people it rests on.
    pub people: u64,
    /// Whether it differs from the rest by more than chance.
    pub signal: Signal,
    /// The same view for this group alone.
    pub href: Option<String>,
}

/// What a part of a way is spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// Being cared for.
    Care,
    /// Waiting between or inside services.
    Waiting,
    /// At home by plan.
    Home,
    /// Nobody knows.
    Unknown,
}

/// A part of a way through.
#[derive(Clone, Debug, PartialEq)]
pub struct Leg {
    /// "Emergency department", "Waits for a bed"
    pub name: String,
    /// What it is spent on.
    pub spent: Spent,
    /// How long, typically.
    pub minutes: Option<f64>,
    /// Whether that is longer or shorter than usual.
    pub signal: Signal,
    /// Its handover or service.
    pub href: Option<String>,
}

/// A way through the place.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// Its name.
    pub id: String,
    /// "999 → Ambulance → Emergency department"
    pub name: String,
    /// What it says: "15.1 days from fall to home; 8.5 being cared for, 6.6 waiting between us."
    pub sentence: String,
    /// How many journeys go this way.
    pub journeys: Figure,
    /// Of each hundred journeys.
    pub share: Option<f64>,
    /// In order.
    pub legs: Vec<Leg>,
    /// Its page.
    pub href: Option<String>,
}

/// Areas of the place, each with a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// Its name.
    pub id: String,
    /// The finding.
    pub title: String,
    /// What is shown.
    pub definition: String,
    /// What the values are in.
    pub unit: Unit,
    /// Which way is better.
    pub better: Better,
    /// Any order.
    pub areas: Vec<Area>,
}

/// One area.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// "Eastbrook"
    pub name: String,
    /// Polygons of rings of (longitude, latitude) in degrees, WGS 84; the first ring of each is the outer one.
    pub polygons: Vec<Vec<Vec<(f64, f64)>>>,
    /// Its value.
    pub figure: Figure,
    /// Whether it has really changed.
    pub signal: Signal,
    /// Its page.
    pub href: Option<String>,
}

/// Places like us: value against size, with the range in which chance alone would put them.
#[derive(Clone, Debug, PartialEq)]
pub struct Funnel {
    /// Its name.
    pub id: String,
    /// The finding.
    pub title: String,
    /// What is compared and by which limits.
    pub definition: String,
    /// What the values are in.
    pub unit: Unit,
    /// "People": what the size counts.
    pub size: String,
    /// Each place.
    pub points: Vec<FunnelPoint>,
    /// The value for all together.
    pub mean: f64,
    /// At rising sizes: size, lower 99.8, lower 95, upper 95, upper 99.8.
    pub limits: Vec<[f64; 5]>,
    /// The same widened, where places differ by more than chance for reasons that nobody has counted (overdispersion): by
    /// these a place is called unlike the others. Empty where chance explains it.
    pub wider: Vec<[f64; 5]>,
}

/// One place in a funnel.
#[derive(Clone, Debug, PartialEq)]
pub struct FunnelPoint {
    /// "Eastbrook"
    pub name: String,
    /// How large.
    pub size: f64,
    /// Its value.
    pub figure: Figure,
    /// Whether it lies outside the outer limits, and which way.
    pub signal: Signal,
    /// Its page.
    pub href: Option<String>,
}

/// So many in 100.
#[derive(Clone, Debug, PartialEq)]
pub struct Dots {
    /// Its name.
    pub id: String,
    /// "21 in 100 people waited longer than 4 hours"
    pub title: String,
    /// How many of the hundred.
    pub count: u32,
    /// The figure behind it.
    pub figure: Figure,
}

/// Rows as they are, the first cell perhaps a link.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// What they are: the table's caption.
    pub caption: String,
    /// The rows.
    pub table: Table,
    /// Where each row leads, in the same order; may be shorter.
    pub links: Vec<Option<String>>,
}

/// Something found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// What and where.
    pub link: Link,
    /// "Measure", "Handover", "Neighbourhood"
    pub kind: String,
    /// One line about it.
    pub note: String,
}

/// What people wrote about a view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notes {
    /// Oldest first.
    pub notes: Vec<Note>,
    /// The points a note may be about: value in the form, and what is read.
    pub points: Vec<(String, String)>,
    /// Where a new note is sent; `None` when this reader may not write, and `help` says whom to ask.
    pub send_to: Option<String>,
    /// Who would sign it.
    pub who: String,
    /// How to become someone who may write.
    pub help: String,
}

/// One note, signed and kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// Who wrote it.
    pub who: String,
    /// When, as text.
    pub when: String,
    /// The point it is about, as text; empty for the whole.
    pub point: String,
    /// What it says.
    pub text: String,
}

/// Something to fill in and send; works without script.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Form {
    /// Keeps its fields apart from those of another on the same page; empty where it is the only one.
    pub id: String,
    /// Where it goes; sent by POST, or by GET when it only asks.
    pub send_to: String,
    /// Whether it changes anything.
    pub post: bool,
    /// Sent along unseen: a token that is good once, what the form is about.
    pub kept: Vec<(String, String)>,
    /// Fields in order.
    pub fields: Vec<Field>,
    /// The button.
    pub button: String,
    /// Said under the button: "Every member sees it." May be empty.
    pub note: String,
    /// What went wrong with the last try, if anything: field and words.
    pub wrong: Option<(String, String)>,
    /// What else was wrong with it.
    pub more_wrong: Vec<(String, String)>,
    /// Parts that stay folded until something is in them, by their names.
    pub folded: Vec<String>,
}

impl Form {
    /// All that was wrong with the last try: field and words.
    pub fn faults(&self) -> impl Iterator<Item = &(String, String)> {
        self.wrong.iter().chain(&self.more_wrong)
    }

    /// The name of a field on the page, to which an error leads.
    pub fn field_id(&self, name: &str) -> String {
        if self.id.is_empty() { format!("field-{name}") } else { format!("{}-{name}", self.id) }
    }
}

/// One field of a form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Field {
    /// Its name in what is sent.
    pub name: String,
    /// Its label.
    pub label: String,
    /// Said below the label.
    pub hint: String,
    /// What it holds; of boxes, the values that are ticked, one a line.
    pub value: String,
    /// How it is filled in.
    pub entry: Entry,
    /// To choose from: value in the form, and what is read; empty for free text.
    pub options: Vec<(String, String)>,
    /// The most letters that it may hold; said below the label. 0: nobody said.
    pub most: usize,
    /// Whether it must be filled in.
    pub required: bool,
    /// The part that it stands in, with those beside it: "We expect"; empty for none.
    pub part: String,
    /// The unit, beside the box: "days"; may be empty.
    pub unit: String,
}

/// How a [`Field`] is filled in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Entry {
    /// One line; a list where there are options.
    #[default]
    Line,
    /// Several lines.
    Long,
    /// One of the options, all of them seen.
    Radios,
    /// A box to tick for each option, any number of them; without options one box, whose value is "yes".
    Ticks,
    /// A day, as 2025-11-20.
    Day,
}

/// Why there is nothing to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nothing has come.
    Empty,
    /// The source has fallen silent.
    Stale,
    /// Too few people to show.
    Suppressed,
    /// Not for this reader.
    NotAllowed,
    /// Too few points to tell a signal from ordinary variation.
    TooFew,
    /// It is being made.
    Working,
    /// It went wrong.
    Wrong,
}

/// Why there is nothing to see, and what to do about it.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Which state.
    pub why: Why,
    /// What is so: "No records of Eastbrook since 3 November".
    pub title: String,
    /// What it means.
    pub text: String,
    /// What to do.
    pub links: Vec<Link>,
    /// A command to type; may be empty.
    pub command: String,
}

/// Handovers by time waiting, most first; those of which nobody knows come last.
pub fn ranked(handovers: &[Handover]) -> Vec<&Handover> {
    let hours = |h: &Handover| h.hours_waiting.value.unwrap_or(f64::NEG_INFINITY);
    let mut ranked: Vec<&Handover> = handovers.iter().collect();
    ranked.sort_by(|a, b| hours(b).total_cmp(&hours(a)).then_with(|| a.name.cmp(&b.name)));
    ranked
}

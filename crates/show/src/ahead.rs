//! What pages about the future are told: what is coming, what a change would do, how far a copy of the place can be
//! trusted, and the sentences with numbers in which a reader says what to try.
//!
//! As everywhere, values have public fields and each picture has a table of the same values.
//!
//! ```
//! use show::{Ahead, Evidence, Fan, Figure, Picture, Step};
//! let step = |when: &str, actual, ahead| Step { when: when.into(), tick: when.into(), actual, ahead };
//! let tuesday = Ahead { middle: 44.0, half: (41.0, 47.0), most: (36.0, 53.0) };
//! let fan = Fan {
//!     id: "ward-to-home".into(),
//!     title: "More people wait for home care by Tuesday".into(),
//!     definition: "People waiting, from 1,000 runs that begin with everybody who is here now.".into(),
//!     unit: "people".into(),
//!     steps: vec![step("Monday", Some(41.0), None), step("Tuesday", None, Some(tuesday))],
//!     now: Some(0),
//!     made: "now".into(),
//!     line: Some(("50 places".into(), 50.0)),
//!     figure: Figure::new(44.0, "people", Evidence::default()).within(Some((36.0, 53.0))),
//!     note: "on Tuesday".into(),
//!     href: None,
//! };
//! assert!(show::chart::fan(&fan).into_string().contains("Tuesday: expected 44 people, 9 times in 10 between 36 and 53 people"));
//! assert!(Picture::Fan(Box::new(fan)).table().unwrap().to_csv().contains("Tuesday,,44,41,47,36,53,people"));
//! ```

use crate::number::{Unit, plural};
use crate::table::{Cell, Table};
use crate::view::{Better, Figure, Signal};
use crate::words;

/// A series with what came before, and the range of what may come.
#[derive(Clone, Debug, PartialEq)]
pub struct Fan {
    /// Its name.
    pub id: String,
    /// The finding: "Home care fills by Thursday".
    pub title: String,
    /// What is drawn: "People waiting for home care, hour by hour".
    pub definition: String,
    /// What the values are in.
    pub unit: Unit,
    /// Oldest first, evenly apart.
    pub steps: Vec<Step>,
    /// The last step that was known when this was made; `None` where nothing was.
    pub now: Option<usize>,
    /// What stands at that moment: "now", "made Monday 09:00".
    pub made: String,
    /// Something to measure against: "340 beds".
    pub line: Option<(String, f64)>,
    /// What is expected, with the range that holds it 9 times in 10.
    pub figure: Figure,
    /// What follows the figure: "by Thursday 09:00"; may be empty.
    pub note: String,
    /// Its page.
    pub href: Option<String>,
}

/// One moment of a [`Fan`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// "Thursday 20 November, 09:00", "2031"
    pub when: String,
    /// What stands at the axis here, where there is room; mostly empty.
    pub tick: String,
    /// What happened; `None` where it has not yet, or nobody knows.
    pub actual: Option<f64>,
    /// What was or is expected.
    pub ahead: Option<Ahead>,
}

/// What is expected at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ahead {
    /// As likely above as below.
    pub middle: f64,
    /// Holds it half of the time: 25% to 75%.
    pub half: (f64, f64),
    /// Holds it 9 times in 10: 5% to 95%.
    pub most: (f64, f64),
}

impl Step {
    /// Whether what happened lies in the range that holds it 9 times in 10; `None` where one of them is not known.
    pub fn held(&self) -> Option<bool> {
        let (actual, most) = (self.actual.filter(|v| v.is_finite())?, self.ahead?.most);
        Some((most.0.min(most.1)..=most.0.max(most.1)).contains(&actual))
    }
}

impl Fan {
    /// Of the steps that were expected and have happened: how many lay in the range that holds 9 in 10, and how many there are.
    pub fn held(&self) -> (usize, usize) {
        let known: Vec<bool> = self.steps.iter().filter_map(Step::held).collect();
        (known.iter().filter(|held| **held).count(), known.len())
    }

    pub(crate) fn table(&self) -> Table {
        let head = ["when", "happened", "expected", "half_from", "half_to", "nine_from", "nine_to", "unit"];
        let mut table = Table::new(head);
        for step in &self.steps {
            let ahead = |of: fn(Ahead) -> f64| Cell::of(step.ahead.map(of), &self.unit);
            table.push([
                step.when.as_str().into(),
                Cell::of(step.actual, &self.unit),
                ahead(|a| a.middle),
                ahead(|a| a.half.0),
                ahead(|a| a.half.1),
                ahead(|a| a.most.0),
                ahead(|a| a.most.1),
                self.unit.code().into(),
            ]);
        }
        table
    }
}

/// Several fans as one table, each row with the name of its own.
pub(crate) fn fans(all: &[Fan]) -> Table {
    let mut whole = Table::default();
    for fan in all {
        let table = fan.table();
        whole.headers = std::iter::once("what".to_owned()).chain(table.headers).collect();
        whole.rows.extend(
            table.rows.into_iter().map(|row| std::iter::once(fan.title.as_str().into()).chain(row).collect::<Vec<_>>()),
        );
    }
    whole
}

/// What a change would do: with and without it, row by row, under the same random numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Differences {
    /// Its name.
    pub id: String,
    /// The finding: "Less waiting on wards, more at intermediate care".
    pub title: String,
    /// What a bar is: "Hours of waiting a week, with the change less without it, and the range that holds it 9 times in 10".
    pub definition: String,
    /// What the differences are in.
    pub unit: Unit,
    /// Which way is better.
    pub better: Better,
    /// What stands left and right of nothing: "less waiting" and "more waiting".
    pub sides: (String, String),
    /// "Handovers", with its rows in any order.
    pub groups: Vec<(String, Vec<Difference>)>,
}

/// One row of [`Differences`].
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// "Hospital ward to home with care"
    pub name: String,
    /// With less without, and its range.
    pub figure: Figure,
    /// What it is without the change.
    pub without: Option<f64>,
    /// What it is with the change.
    pub with: Option<f64>,
    /// Its page.
    pub href: Option<String>,
}

impl Differences {
    /// The rows of each group from the most on the left to the most on the right; what nobody knows comes last.
    pub fn sorted(&self) -> Vec<(&str, Vec<&Difference>)> {
        let key = |d: &Difference| d.figure.value.filter(|v| v.is_finite()).unwrap_or(f64::INFINITY);
        let sorted = self.groups.iter().map(|(title, rows)| {
            let mut rows: Vec<&Difference> = rows.iter().collect();
            rows.sort_by(|a, b| key(a).total_cmp(&key(b)).then_with(|| a.name.cmp(&b.name)));
            (title.as_str(), rows)
        });
        sorted.collect()
    }

    /// Whether a row changes by more than chance, and for whom that is better.
    pub fn signal(&self, row: &Difference) -> Signal {
        let (Some(value), Some((low, high))) = (row.figure.value, row.figure.range) else { return Signal::Ordinary };
        let sure = low.min(high) > 0.0 || low.max(high) < 0.0;
        match (sure, self.better, value < 0.0) {
            (false, ..) => Signal::Ordinary,
            (_, Better::Neither, _) => Signal::Change,
            (_, Better::Lower, true) | (_, Better::Higher, false) => Signal::Improvement,
            (_, Better::Lower, false) | (_, Better::Higher, true) => Signal::Concern,
        }
    }

    /// Whether it is known what any row is without and with the change.
    pub fn beside(&self) -> bool {
        self.groups.iter().flat_map(|g| &g.1).any(|d| d.without.is_some() && d.with.is_some())
    }

    /// "less waiting", "more waiting", "may be chance", or nothing where it is not known.
    pub fn word(&self, row: &Difference) -> &str {
        match (row.figure.value, self.signal(row)) {
            (None, _) => "",
            (_, Signal::Ordinary) => "may be chance",
            (Some(value), _) if value < 0.0 => &self.sides.0,
            _ => &self.sides.1,
        }
    }

    pub(crate) fn table(&self) -> Table {
        let head =
            ["group", "name", "without", "with", "difference", "range_from", "range_to", "unit", "change", "missing"];
        let mut table = Table::new(head);
        for (group, rows) in self.sorted() {
            for row in rows {
                let unit = &row.figure.unit;
                table.push([
                    group.into(),
                    row.name.as_str().into(),
                    Cell::of(row.without, unit),
                    Cell::of(row.with, unit),
                    Cell::of(row.figure.value, unit),
                    Cell::of(row.figure.range.map(|r| r.0), unit),
                    Cell::of(row.figure.range.map(|r| r.1), unit),
                    unit.code().into(),
                    self.word(row).into(),
                    if row.figure.value.is_none() { row.figure.missing.words() } else { "" }.into(),
                ]);
            }
        }
        table
    }
}

/// What matters: the result when each thing is lower or higher than it was learnt to be, all else as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Tornado {
    /// Its name.
    pub id: String,
    /// The finding: "Length of home care matters most".
    pub title: String,
    /// What a bar is.
    pub definition: String,
    /// The result as it was learnt; its unit is that of every row.
    pub base: Figure,
    /// Which way is better.
    pub better: Better,
    /// In any order.
    pub rows: Vec<Swing>,
}

/// One row of a [`Tornado`].
#[derive(Clone, Debug, PartialEq)]
pub struct Swing {
    /// "Length of home care"
    pub name: String,
    /// How low and how high it is set: "26 days" and "34 days".
    pub set: (String, String),
    /// The results.
    pub at: (f64, f64),
    /// Its page.
    pub href: Option<String>,
}

impl Swing {
    /// How far apart the two results are.
    pub fn size(&self) -> f64 {
        let apart = (self.at.1 - self.at.0).abs();
        if apart.is_finite() { apart } else { 0.0 }
    }
}

impl Tornado {
    /// What matters most comes first.
    pub fn sorted(&self) -> Vec<&Swing> {
        let mut rows: Vec<&Swing> = self.rows.iter().collect();
        rows.sort_by(|a, b| b.size().total_cmp(&a.size()).then_with(|| a.name.cmp(&b.name)));
        rows
    }

    pub(crate) fn table(&self) -> Table {
        let unit = &self.base.unit;
        let mut table = Table::new(["what", "set_low", "set_high", "at_low", "at_high", "apart", "unit"]);
        for row in self.sorted() {
            table.push([
                row.name.as_str().into(),
                row.set.0.as_str().into(),
                row.set.1.as_str().into(),
                Cell::of(Some(row.at.0), unit),
                Cell::of(Some(row.at.1), unit),
                Cell::said(row.size(), unit.scale(row.at.0.abs().max(row.at.1.abs())).say(row.size())),
                unit.code().into(),
            ]);
        }
        table.push([
            "as it was learnt".into(),
            "".into(),
            "".into(),
            Cell::of(self.base.value, unit),
            Cell::of(self.base.value, unit),
            Cell::Missing,
            unit.code().into(),
        ]);
        table
    }
}

/// Who lives here by age and sex, at two times.
#[derive(Clone, Debug, PartialEq)]
pub struct Pyramid {
    /// Its name.
    pub id: String,
    /// The finding: "Half as many again over 80 by 2045".
    pub title: String,
    /// What is drawn.
    pub definition: String,
    /// "2025" and "2045"
    pub years: (String, String),
    /// Youngest first.
    pub bands: Vec<AgeBand>,
    /// Everybody at the later time.
    pub figure: Figure,
}

/// One age band of a [`Pyramid`]; at the first time and at the second.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AgeBand {
    /// "80 to 84"
    pub age: String,
    /// Males.
    pub men: (f64, f64),
    /// Females.
    pub women: (f64, f64),
}

impl Pyramid {
    pub(crate) fn table(&self) -> Table {
        let (now, then) = &self.years;
        let head =
            [("men", now), ("men", then), ("women", now), ("women", then)].map(|(who, year)| format!("{who}_{year}"));
        let mut table = Table::new(std::iter::once("age".to_owned()).chain(head));
        let people = |v: f64| if v.is_finite() { Cell::said(v, Unit::Of(String::new()).say(v)) } else { Cell::Missing };
        for band in &self.bands {
            let [a, b, c, d] = [band.men.0, band.men.1, band.women.0, band.women.1].map(people);
            table.push([band.age.as_str().into(), a, b, c, d]);
        }
        table
    }
}

/// Why a service will be asked for more: each part of its growth.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// Its name.
    pub id: String,
    /// The finding: "Ageing, not numbers, drives hospital days".
    pub title: String,
    /// What a bar is.
    pub definition: String,
    /// What the parts are in, mostly "%".
    pub unit: Unit,
    /// "more people", "older people", "more for each person"
    pub parts: Vec<String>,
    /// In the order in which they are shown.
    pub services: Vec<Grown>,
}

/// One service of a [`Growth`].
#[derive(Clone, Debug, PartialEq)]
pub struct Grown {
    /// "Emergency admissions"
    pub name: String,
    /// All of its growth, with its range.
    pub figure: Figure,
    /// Its parts shared fairly (Shapley): as many as [`Growth::parts`], adding up to the figure.
    pub fair: Vec<f64>,
    /// The same when one is taken after another in the order told; empty where nobody asked.
    pub ordered: Vec<f64>,
    /// "12,400 to 15,100 a year"; may be empty.
    pub note: String,
    /// Its page.
    pub href: Option<String>,
}

impl Growth {
    pub(crate) fn table(&self) -> Table {
        let head =
            ["service", "part", "growth", "growth_in_order", "range_from", "range_to", "unit", "note", "missing"];
        let mut table = Table::new(head);
        for service in &self.services {
            let unit = &service.figure.unit;
            for (i, part) in self.parts.iter().enumerate() {
                let of = |all: &[f64]| Cell::of(all.get(i).copied(), &self.unit);
                table.push([
                    service.name.as_str().into(),
                    part.as_str().into(),
                    of(&service.fair),
                    of(&service.ordered),
                    Cell::Missing,
                    Cell::Missing,
                    self.unit.code().into(),
                    "".into(),
                    "".into(),
                ]);
            }
            table.push([
                service.name.as_str().into(),
                "all".into(),
                Cell::of(service.figure.value, unit),
                Cell::of(Some(service.ordered.iter().sum()).filter(|_| !service.ordered.is_empty()), &self.unit),
                Cell::of(service.figure.range.map(|r| r.0), unit),
                Cell::of(service.figure.range.map(|r| r.1), unit),
                unit.code().into(),
                service.note.as_str().into(),
                if service.figure.value.is_none() { service.figure.missing.words() } else { "" }.into(),
            ]);
        }
        table
    }
}

/// A simulated week, hour by hour: who waits, who is cared for and who is ready but cannot leave, at every service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Week {
    /// Its name.
    pub id: String,
    /// The finding: "Beds fill on Monday and empty on Friday".
    pub title: String,
    /// What is drawn.
    pub definition: String,
    /// "Monday 00:00" …, one for each hour.
    pub hours: Vec<String>,
    /// Left to right by column, top to bottom in this order.
    pub services: Vec<Station>,
    /// Who goes where.
    pub flows: Vec<Stream>,
    /// Hours that stand still where nothing moves; the first is where the moving picture begins.
    pub stills: Vec<usize>,
}

/// A service of a [`Week`]; a value for each hour.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Station {
    /// "Hospital ward"
    pub name: String,
    /// Column from the left, from 0.
    pub column: usize,
    /// Places, where they are counted.
    pub places: Option<f64>,
    /// Waiting to come in.
    pub waiting: Vec<f64>,
    /// Being cared for.
    pub in_care: Vec<f64>,
    /// Ready to go on, with nowhere to go.
    pub blocked: Vec<f64>,
    /// Its page.
    pub href: Option<String>,
}

/// A way between two services of a [`Week`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stream {
    /// Index into the services.
    pub from: usize,
    /// Index into the services.
    pub to: usize,
    /// How many went this way in each hour.
    pub people: Vec<f64>,
}

impl Week {
    pub(crate) fn table(&self) -> Table {
        let mut table = Table::new(["hour", "service", "waiting", "in_care", "blocked"]);
        for (i, hour) in self.hours.iter().enumerate() {
            for service in &self.services {
                let people = |all: &[f64]| match all.get(i) {
                    Some(v) if v.is_finite() => Cell::said(*v, Unit::Of(String::new()).say(*v)),
                    _ => Cell::Missing,
                };
                table.push([
                    hour.as_str().into(),
                    service.name.as_str().into(),
                    people(&service.waiting),
                    people(&service.in_care),
                    people(&service.blocked),
                ]);
            }
        }
        table
    }
}

/// Whether forecasts made each night held.
#[derive(Clone, Debug, PartialEq)]
pub struct Trust {
    /// Its name.
    pub id: String,
    /// The finding; [`Trust::word`] begins it.
    pub title: String,
    /// What a dot is: "Of what the ranges were to hold 9 times in 10, the share that they held".
    pub definition: String,
    /// Oldest first.
    pub nights: Vec<Night>,
    /// All of these nights together, in percent.
    pub figure: Figure,
}

/// One night of a [`Trust`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Night {
    /// "16 November"
    pub when: String,
    /// Of 100 values that came, how many lay in the ranges; `None` draws a gap.
    pub inside: Option<f64>,
    /// How many values were checked.
    pub checked: u64,
}

/// How far a forecast can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Too few nights to say.
    TooEarly,
    /// Its ranges hold what they say they hold.
    Yes,
    /// They hold less: it is too sure of itself.
    TooSure,
    /// They hold more: they are wider than they need be.
    TooWide,
}

impl Holds {
    /// How it is said.
    pub fn words(self) -> &'static str {
        match self {
            Holds::TooEarly => "too early to say",
            Holds::Yes => "holds",
            Holds::TooSure => "too sure of itself",
            Holds::TooWide => "wider than it need be",
        }
    }
}

impl Trust {
    /// A range that says 9 in 10 should hold between so many and so many of a hundred.
    pub const BAND: (f64, f64) = (85.0, 95.0);
    /// Fewer nights tell nothing.
    pub const NIGHTS: usize = 7;

    /// What a night says.
    pub fn of(inside: f64) -> Holds {
        match inside {
            v if v < Trust::BAND.0 => Holds::TooSure,
            v if v > Trust::BAND.1 => Holds::TooWide,
            _ => Holds::Yes,
        }
    }

    /// What all of them together say: each night counts by how much was checked.
    pub fn word(&self) -> Holds {
        let known =
            self.nights.iter().filter_map(|n| Some((n.inside.filter(|v| v.is_finite())?, n.checked.max(1) as f64)));
        let (n, sum, weight) = known.fold((0, 0.0, 0.0), |(n, sum, all), (v, w)| (n + 1, sum + v * w, all + w));
        if n < Trust::NIGHTS { Holds::TooEarly } else { Trust::of(sum / weight) }
    }

    pub(crate) fn table(&self) -> Table {
        let mut table = Table::new(["night", "inside_percent", "checked", "word"]);
        for night in &self.nights {
            let inside = night.inside.filter(|v| v.is_finite());
            table.push([
                night.when.as_str().into(),
                Cell::of(inside, &Unit::Percent),
                night.checked.into(),
                inside.map_or(words::MISSING, |v| Trust::of(v).words()).into(),
            ]);
        }
        table
    }
}

/// Sentences with numbers to fill in and send: what we change, or what would have to be true. Works without script.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sentences {
    /// Its name, which keeps the fields of two of them on one page apart.
    pub id: String,
    /// Where it goes; sent by POST, or by GET when it only asks.
    pub send_to: String,
    /// Whether it changes anything.
    pub post: bool,
    /// Sent along unseen.
    pub kept: Vec<(String, String)>,
    /// In order.
    pub sentences: Vec<Sentence>,
    /// The button.
    pub button: String,
    /// Beside the button: "1,000 winters with and without, about 40 seconds."
    pub note: String,
    /// What went wrong with the last try, if anything: field and words.
    pub wrong: Option<(String, String)>,
}

/// One sentence of an [`Sentences`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sentence {
    /// In reading order.
    pub parts: Vec<Part>,
    /// Under it: "12 a day now, learnt from 61 weeks."; may be empty.
    pub hint: String,
    /// Whether it differs from how things are.
    pub changed: bool,
}

/// A part of a [`Sentence`].
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Words as they are.
    Words(String),
    /// A number to change.
    Number(Dial),
    /// One of several.
    Choose(Pick),
}

/// A number in a sentence.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dial {
    /// Its name in what is sent.
    pub name: String,
    /// What it is, for those who do not see the sentence: "Home care places".
    pub label: String,
    /// What it holds.
    pub value: f64,
    /// The least and the most that it may hold.
    pub range: (f64, f64),
    /// From one to the next.
    pub step: f64,
    /// What it is now, where that is known: marked beside the number.
    pub now: Option<f64>,
}

/// A choice in a sentence.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pick {
    /// Its name in what is sent.
    pub name: String,
    /// What it is, for those who do not see the sentence.
    pub label: String,
    /// Value in the form, and what is read.
    pub options: Vec<(String, String)>,
    /// The value chosen.
    pub value: String,
}

impl Pick {
    fn said(&self) -> &str {
        self.options.iter().find(|o| o.0 == self.value).map_or(self.value.as_str(), |o| o.1.as_str())
    }
}

impl Sentence {
    /// As it is read.
    ///
    /// ```
    /// use show::{Dial, Part, Sentence};
    /// let places = Dial { value: 340.0, ..Dial::default() };
    /// let parts = vec![Part::Words("Open".into()), Part::Number(places), Part::Words("beds.".into())];
    /// assert_eq!(Sentence { parts, ..Sentence::default() }.say(), "Open 340 beds.");
    /// ```
    pub fn say(&self) -> String {
        let mut said = String::new();
        for part in &self.parts {
            let text = match part {
                Part::Words(words) => words.clone(),
                Part::Number(dial) => Unit::Of(String::new()).scale(dial.value).say(dial.value),
                Part::Choose(pick) => pick.said().to_owned(),
            };
            let text = text.trim();
            let touches = text.starts_with(['.', ',', ';', ':', '%', '?', ')']) || said.ends_with('(');
            if !said.is_empty() && !text.is_empty() && !touches {
                said.push(' ');
            }
            said += text;
        }
        said
    }
}

impl Sentences {
    pub(crate) fn table(&self) -> Table {
        let mut table = Table::new(["name", "what", "value", "now", "least", "most"]);
        let number = |v: f64| if v.is_finite() { Cell::said(v, Unit::Of(String::new()).say(v)) } else { Cell::Missing };
        for part in self.sentences.iter().flat_map(|s| &s.parts) {
            match part {
                Part::Words(_) => {}
                Part::Number(dial) => table.push([
                    dial.name.as_str().into(),
                    dial.label.as_str().into(),
                    number(dial.value),
                    dial.now.map_or(Cell::Missing, number),
                    number(dial.range.0),
                    number(dial.range.1),
                ]),
                Part::Choose(pick) => table.push([
                    pick.name.as_str().into(),
                    pick.label.as_str().into(),
                    pick.said().into(),
                    Cell::Missing,
                    Cell::Missing,
                    Cell::Missing,
                ]),
            }
        }
        table
    }
}

/// Work that goes on while the reader looks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Running {
    /// Its name.
    pub id: String,
    /// "312 of 1,000 winters tried"
    pub title: String,
    /// How much is done.
    pub done: u64,
    /// Of how much.
    pub of: u64,
    /// How long it may still take.
    pub seconds_left: Option<f64>,
    /// What can be said already, in sentences.
    pub early: Vec<String>,
    /// This page, to look again.
    pub look: String,
    /// Where a wish to stop is posted; `None` where it cannot be stopped.
    pub stop: Option<String>,
}

impl Running {
    /// "about 40 seconds left", or nothing where nobody knows.
    pub fn left(&self) -> String {
        match self.seconds_left.filter(|s| s.is_finite() && *s >= 0.0) {
            None => String::new(),
            Some(s) if s < 3.0 => "a moment left".to_owned(),
            Some(s) if s < 90.0 => format!("about {} left", plural(((s / 5.0).ceil() * 5.0) as usize, "second")),
            Some(s) => format!("about {} left", plural((s / 60.0).ceil() as usize, "minute")),
        }
    }

    /// Of a hundred.
    pub fn share(&self) -> f64 {
        if self.of == 0 { 0.0 } else { (self.done as f64 / self.of as f64 * 100.0).clamp(0.0, 100.0) }
    }

    pub(crate) fn table(&self) -> Table {
        let seconds = self.seconds_left.filter(|s| s.is_finite());
        let seconds = seconds.map_or(Cell::Missing, |s| Cell::said(s, Unit::Of("seconds".to_owned()).say(s)));
        Table::new(["done", "of", "seconds_left"]).row([self.done.into(), self.of.into(), seconds])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Evidence;

    fn row(name: &str, value: Option<f64>, range: Option<(f64, f64)>) -> Difference {
        let figure = Figure::new(value, "hours", Evidence::default()).within(range);
        Difference { name: name.to_owned(), figure, without: None, with: None, href: None }
    }

    #[test]
    fn a_difference_is_called_one_only_beyond_chance_and_on_the_side_that_is_better() {
        let rows = vec![
            row("more", Some(3.0), Some((1.0, 5.0))),
            row("unknown", None, None),
            row("chance", Some(-1.0), Some((-3.0, 1.0))),
            row("less", Some(-9.0), Some((-12.0, -6.0))),
        ];
        let mut shown = Differences {
            id: String::new(),
            title: String::new(),
            definition: String::new(),
            unit: Unit::Hours,
            better: Better::Lower,
            sides: ("less waiting".to_owned(), "more waiting".to_owned()),
            groups: vec![("Handovers".to_owned(), rows)],
        };
        let said = |shown: &Differences| -> Vec<(String, String, Signal)> {
            let sorted = shown.sorted().remove(0).1;
            sorted.into_iter().map(|d| (d.name.clone(), shown.word(d).to_owned(), shown.signal(d))).collect()
        };
        let names: Vec<String> = said(&shown).into_iter().map(|d| d.0).collect();
        assert_eq!(names, ["less", "chance", "more", "unknown"]);
        assert_eq!(said(&shown)[0].1, "less waiting");
        assert_eq!(said(&shown)[1].1, "may be chance");
        assert_eq!(said(&shown)[2].1, "more waiting");
        assert_eq!((said(&shown)[0].2, said(&shown)[2].2), (Signal::Improvement, Signal::Concern));
        shown.better = Better::Higher;
        assert_eq!((said(&shown)[0].2, said(&shown)[2].2), (Signal::Concern, Signal::Improvement));
    }

    #[test]
    fn trust_is_one_word_and_waits_for_a_week() {
        let trust = |inside: &[f64]| Trust {
            id: String::new(),
            title: String::new(),
            definition: String::new(),
            nights: inside.iter().map(|v| Night { when: String::new(), inside: Some(*v), checked: 100 }).collect(),
            figure: Figure::new(None, "%", Evidence::default()),
        };
        assert_eq!(trust(&[90.0; 6]).word(), Holds::TooEarly);
        assert_eq!(trust(&[90.0; 7]).word(), Holds::Yes);
        assert_eq!(trust(&[70.0; 9]).word(), Holds::TooSure);
        assert_eq!(trust(&[99.0; 9]).word(), Holds::TooWide);
        let mut few = trust(&[90.0; 9]);
        few.nights.push(Night { inside: Some(0.0), checked: 1, ..Night::default() });
        assert_eq!(few.word(), Holds::Yes, "a night of one value counts as one");
    }

    #[test]
    fn time_left_is_said_as_people_say_it() {
        let left = |s: f64| Running { seconds_left: Some(s), ..Running::default() }.left();
        assert_eq!(left(0.4), "a moment left");
        assert_eq!(left(31.2), "about 35 seconds left");
        assert_eq!(left(200.0), "about 4 minutes left");
        assert_eq!(left(f64::NAN), "");
        assert_eq!(Running { done: 5, of: 0, ..Running::default() }.share(), 0.0);
    }
}

//! A scenario file: a title, what it inherits, and changes.
//!
//! ```toml
//! title = "A hard winter, and ten more places"
//! inherits = "winter"              # its changes come first
//!
//! [[change]]
//! service = "home-care"            # or resource, source, handover = ["general-medical", "home-care"]
//! places = "+10"                   # what changes, and by how much: +10, -3, x1.1, or 400 alone for "to 400"
//! from = "week 5"                  # or "day 31", "hour 12"; the first is 1
//! for = "4 weeks"                  # absent: to the end
//! ```

use super::change::{By, Change, ChangeError, DAY, WEEK, What, When, Who, days_of, hours_of};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use toml::Spanned;

/// A scenario: changes to a place that are tried together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scenario {
    /// Its title.
    pub title: String,
    /// What it is about, and where its numbers are from.
    pub about: String,
    /// Scenarios whose changes come first, by name.
    pub inherits: Vec<String>,
    /// The changes, in the order in which they are made.
    pub changes: Vec<Change>,
    /// The year whose demand comes, by the place's projection of need at the time of the run ([`Scenario::with_demand`]).
    pub year: Option<i32>,
    /// The line of the file of each change; 0 when it came another way.
    pub(super) lines: Vec<usize>,
}

/// What is wrong with a scenario, with its line when it came from a file.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}{why}", match line { 0 => String::new(), line => format!("line {line}: ") })]
pub struct ScenarioError {
    /// Line of the file, from 1; 0 when there is no file.
    pub line: usize,
    /// What is wrong.
    pub why: String,
}

impl ScenarioError {
    pub(super) fn new(line: usize, why: impl fmt::Display) -> Self {
        Self { line, why: why.to_string() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    #[serde(default)]
    about: String,
    #[serde(default)]
    inherits: Option<Names>,
    #[serde(default)]
    change: Vec<Spanned<Table>>,
    /// New services, whole as in a model.
    #[serde(default)]
    service: Vec<Spanned<crate::simulate::model::Service>>,
    /// Factor of the people who come, by source: demand of another year. Of `year` alone the projection says them.
    #[serde(default)]
    demand: BTreeMap<String, Spanned<f64>>,
}

/// The key of `demand` that is no source.
const YEAR: &str = "year";

#[derive(Deserialize)]
#[serde(untagged, expecting = "a name or a list of names")]
enum Names {
    One(String),
    Many(Vec<String>),
}

impl Names {
    fn list(self) -> Vec<String> {
        match self {
            Names::One(name) => vec![name],
            Names::Many(names) => names,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    service: Option<Names>,
    resource: Option<Names>,
    source: Option<Names>,
    handover: Option<(String, String)>,
    class: Option<String>,
    #[serde(alias = "beds", alias = "staff", alias = "crews")]
    places: Option<By>,
    queue: Option<By>,
    stay: Option<By>,
    transfer: Option<By>,
    patience: Option<By>,
    arrivals: Option<By>,
    share: Option<By>,
    open: Option<Text<OpenHours>>,
    closed: Option<bool>,
    from: Option<Text<Start>>,
    #[serde(rename = "for")]
    lasts: Option<Text<Lasts>>,
    until: Option<Text<Start>>,
    days: Option<Text<Days>>,
    hours: Option<Text<OpenHours>>,
}

/// A value that is read from words, so that what is wrong with it has its place in the file.
struct Text<T>(T);

trait Word: Sized {
    const LIKE: &'static str;
    fn read(text: &str) -> Option<Self>;
}

struct OpenHours((u8, u8));
struct Days((u8, u8));
/// Hours from the start.
struct Start(f64);
/// Hours.
struct Lasts(f64);

impl Word for OpenHours {
    const LIKE: &'static str = "hours of the day as \"8-20\"";
    fn read(text: &str) -> Option<Self> {
        hours_of(text).map(Self)
    }
}

impl Word for Days {
    const LIKE: &'static str = "days as \"sat-sun\"";
    fn read(text: &str) -> Option<Self> {
        days_of(text).map(Self)
    }
}

impl Word for Start {
    const LIKE: &'static str = "a time as \"week 5\", \"day 31\" or \"hour 12\", of which the first is 1";
    fn read(text: &str) -> Option<Self> {
        let (unit, number) = text.split_once(' ')?;
        let number: f64 = number.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 1.0)?;
        Some(Self((number - 1.0) * hours_in(unit)?))
    }
}

impl Word for Lasts {
    const LIKE: &'static str = "a time as \"4 weeks\", \"3 days\" or \"12 hours\"";
    fn read(text: &str) -> Option<Self> {
        let (number, unit) = text.split_once(' ')?;
        let number: f64 = number.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0)?;
        Some(Self(number * hours_in(unit.strip_suffix('s').unwrap_or(unit))?))
    }
}

fn hours_in(unit: &str) -> Option<f64> {
    match unit {
        "hour" => Some(1.0),
        "day" => Some(DAY),
        "week" => Some(WEEK),
        _ => None,
    }
}

impl<'de, T: Word> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        T::read(&text).map(Text).ok_or_else(|| D::Error::custom(format!("`{text}` is not {}", T::LIKE)))
    }
}

impl<'de> Deserialize<'de> for By {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = By;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a change as \"+10\", \"-3\" or \"x1.1\", or a number")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<By, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_i64<E>(self, value: i64) -> Result<By, E> {
                Ok(By::To(value as f64))
            }
            fn visit_f64<E>(self, value: f64) -> Result<By, E> {
                Ok(By::To(value))
            }
        }
        from.deserialize_any(Either)
    }
}

impl Scenario {
    /// Reads a scenario file; every fault has its line.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let line = |at: usize| 1 + text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count();
        let file: File = toml::from_str(text).map_err(|wrong| {
            ScenarioError::new(wrong.span().map_or(0, |span| line(span.start)), wrong.message().replace('\n', ", "))
        })?;
        let mut scenario = Self {
            title: file.title,
            about: file.about,
            inherits: file.inherits.map(Names::list).unwrap_or_default(),
            ..Self::default()
        };
        for service in file.service {
            let at = line(service.span().start);
            scenario.push(Change::new_service(service.get_ref()), at)?;
        }
        for table in file.change {
            let at = line(table.span().start);
            for change in table.into_inner().changes().map_err(|wrong| ScenarioError::new(at, wrong))? {
                scenario.push(change, at)?;
            }
        }
        for (source, factor) in file.demand {
            let at = line(factor.span().start);
            let factor = factor.into_inner();
            if source != YEAR {
                scenario.push(demand_of(&source, factor), at)?;
            } else if factor.fract() == 0.0 && (1900.0..2200.0).contains(&factor) {
                scenario.year = Some(factor as i32);
            } else {
                return Err(ScenarioError::new(at, format!("demand is of a year such as 2040, and not of {factor}")));
            }
        }
        if scenario.changes.is_empty() && scenario.inherits.is_empty() && scenario.year.is_none() {
            return Err(ScenarioError::new(1, "nothing changes here: add a [[change]]"));
        }
        Ok(scenario)
    }

    /// A scenario of changes that came from a form or an address.
    pub fn of(title: &str, changes: Vec<Change>) -> Self {
        Self { title: title.to_owned(), lines: vec![0; changes.len()], changes, ..Self::default() }
    }

    /// People as they would come in another year: the factor of each source, from a projection of need.
    pub fn demand(title: &str, factors: &BTreeMap<String, f64>) -> Result<Self, ChangeError> {
        let changes =
            factors.iter().map(|(source, factor)| demand_of(source, *factor).check()).collect::<Result<_, _>>()?;
        Ok(Self::of(title, changes))
    }

    /// The scenario with the changes of all that it inherits before its own. `find` gives the text of a scenario by its name.
    pub fn resolve(self, find: &dyn Fn(&str) -> Option<String>) -> Result<Self, ScenarioError> {
        self.resolve_under(find, &mut Vec::new())
    }

    fn resolve_under(
        self,
        find: &dyn Fn(&str) -> Option<String>,
        above: &mut Vec<String>,
    ) -> Result<Self, ScenarioError> {
        let (mut changes, mut lines, mut year) = (Vec::new(), Vec::new(), None);
        for name in &self.inherits {
            if above.contains(name) {
                let round = format!("`{name}` inherits from itself: {} → {name}", above.join(" → "));
                return Err(ScenarioError::new(0, round));
            }
            let text = find(name).ok_or_else(|| ScenarioError::new(0, format!("there is no scenario `{name}`")))?;
            let parent = Self::parse(&text)
                .map_err(|wrong| ScenarioError::new(0, format!("in `{name}`, which it inherits, {wrong}")))?;
            above.push(name.clone());
            let parent = parent.resolve_under(find, above)?;
            above.pop();
            year = parent.year.or(year);
            changes.extend(parent.changes);
            lines.extend(vec![0; parent.lines.len()]); // lines of another file would mislead
        }
        changes.extend(self.changes);
        lines.extend(self.lines);
        let year = self.year.or(year);
        Ok(Self { changes, lines, year, inherits: Vec::new(), ..self })
    }

    /// The scenario with the people of its year: `factors` are those of each source and, where they differ, class, of the projection
    /// (`project::forecast::factors`).
    pub fn with_demand(mut self, factors: &[(String, Option<String>, f64)]) -> Result<Self, ScenarioError> {
        for (source, class, factor) in factors {
            let mut change = demand_of(source, *factor);
            change.who.class.clone_from(class);
            self.push(change, 0)?;
        }
        self.year = None;
        Ok(self)
    }

    fn push(&mut self, change: Change, line: usize) -> Result<(), ScenarioError> {
        self.changes.push(change.check().map_err(|wrong| ScenarioError::new(line, wrong))?);
        self.lines.push(line);
        Ok(())
    }
}

fn demand_of(source: &str, factor: f64) -> Change {
    let who = Who { name: source.to_owned(), to: None, class: None };
    Change { who, what: What::Arrivals(By::Times(factor)), when: When::default() }
}

impl Table {
    /// The changes of one table: one for each name.
    fn changes(self) -> Result<Vec<Change>, String> {
        let mut whats = Vec::new();
        type Way = (Option<By>, fn(By) -> What);
        let bys: [Way; 7] = [
            (self.places, What::Places),
            (self.queue, What::Queue),
            (self.stay, What::Stay),
            (self.transfer, What::Transfer),
            (self.patience, What::Patience),
            (self.arrivals, What::Arrivals),
            (self.share, What::Share),
        ];
        whats.extend(bys.into_iter().filter_map(|(by, make)| by.map(make)));
        whats.extend(self.open.map(|open| What::Open(open.0.0.0, open.0.0.1)));
        whats.extend(self.closed.filter(|closed| *closed).map(|_| What::Closed));
        let [what] = <[What; 1]>::try_from(whats)
            .map_err(|whats| format!("a change says one thing that changes, and this one says {}", whats.len()))?;
        let named: Vec<Names> = [self.service, self.resource, self.source].into_iter().flatten().collect();
        let whose: Vec<(String, Option<String>)> = match (named.len(), self.handover) {
            (0, Some((name, to))) => vec![(name, Some(to))],
            (1, None) => named.into_iter().flat_map(Names::list).map(|name| (name, None)).collect(),
            _ => return Err("a change is about one of service, resource, source and handover".to_owned()),
        };
        let from = self.from.map(|from| from.0.0);
        let until = match (self.lasts, self.until) {
            (Some(_), Some(_)) => return Err("say `for` or `until`, not both".to_owned()),
            (Some(lasts), None) => Some(from.unwrap_or(0.0) + lasts.0.0),
            (None, until) => until.map(|until| until.0.0),
        };
        let when = When { from, until, days: self.days.map(|days| days.0.0), hours: self.hours.map(|hours| hours.0.0) };
        let change = |(name, to)| Change { who: Who { name, to, class: self.class.clone() }, what: what.clone(), when };
        Ok(whose.into_iter().map(change).collect())
    }
}

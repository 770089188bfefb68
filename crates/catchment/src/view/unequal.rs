//! For whom: a measure by deprivation, age, sex and neighbourhood over the last weeks, with intervals, the most deprived fifth
//! against the rest, and the slope from the most to the least deprived.

use super::{Reader, Scope, band, fifth, find};
use crate::fault::Fault;
use crate::refresh;
use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type};
use domain::Date;
use measures::define::{Measure, Statistic, facts_sql};
use measures::health::{self, Confidence, Fifth, core20, slope_of_fifths, suppress};
use measures::series::{Grain, Level};
use measures::spc::Better;
use show::{Figure, Gradient, Interval, Intervals, Link, Panel, Picture, Signal, State, Unit, Why, Width};
use std::collections::BTreeMap;

/// Weeks that are added up.
const WEEKS: i32 = 13;
/// The cuts, in the order in which they are shown: their heading, and what they are called in an address.
const CUTS: [(Level, &str, &str); 4] = [
    (Level::Deprivation, "Deprivation", "deprivation"),
    (Level::Neighbourhood, "Neighbourhood", "place"),
    (Level::AgeBand, "Age", "age"),
    (Level::Sex, "Sex", "sex"),
];
/// Groups of one cut beyond this are the highest and lowest ones.
const MOST: usize = 12;

/// The facts of one group.
#[derive(Clone, Default)]
struct Facts {
    values: Vec<f64>,
    n: f64,
    d: f64,
    /// Sums of each week.
    weeks: BTreeMap<i32, (f64, f64)>,
}

impl Facts {
    fn add(&mut self, week: i32, n: Option<f64>, d: Option<f64>) {
        self.values.extend(n);
        let (n, d) = (n.unwrap_or(0.0), d.unwrap_or(0.0));
        self.n += n;
        self.d += d;
        let sums = self.weeks.entry(week).or_default();
        *sums = (sums.0 + n, sums.1 + d);
    }

    fn join(&mut self, other: &Facts) {
        self.values.extend(&other.values);
        self.n += other.n;
        self.d += other.d;
        for (week, (n, d)) in &other.weeks {
            let sums = self.weeks.entry(*week).or_default();
            *sums = (sums.0 + n, sums.1 + d);
        }
    }

    /// On how many people or events a figure of it rests.
    fn size(&self, statistic: Statistic) -> u64 {
        let size = match statistic {
            Statistic::Share => self.d,
            Statistic::Rate | Statistic::Count | Statistic::Level => self.n,
            Statistic::Mean | Statistic::Median | Statistic::P90 => self.values.len() as f64,
        };
        size.max(0.0) as u64
    }

    /// As the kind of number that the measure is; sums that are no counts of events vary as their weeks do.
    fn as_number(&mut self, measure: &Measure, people: f64) -> Option<Fifth<'_>> {
        let counts = self.values.iter().all(|value| *value == 1.0);
        match (measure.statistic, &measure.denominator) {
            (Statistic::Share, _) if self.n.fract() == 0.0 && self.d.fract() == 0.0 => {
                health::share(self.n, self.d).ok().map(Fifth::Share)
            }
            (Statistic::Rate | Statistic::Count, _) if counts => {
                health::rate(self.n, people, 1000.0).ok().map(Fifth::Rate)
            }
            (Statistic::Median, _) => {
                self.values.sort_by(f64::total_cmp);
                Some(Fifth::Median(&self.values))
            }
            (Statistic::Mean, None) => health::mean(&self.values).ok().map(Fifth::Mean),
            (Statistic::P90, _) => None,
            (statistic, _) => {
                let days = f64::from(Grain::Week.days(0));
                let week = |(n, d): &(f64, f64)| match statistic {
                    Statistic::Share => (*d > 0.0).then_some(n / d),
                    Statistic::Mean => (*d > 0.0).then_some(n / d),
                    Statistic::Level => (people > 0.0).then_some(1000.0 * n / days / people),
                    _ => (people > 0.0).then_some(1000.0 * n / people),
                };
                let weeks: Vec<f64> = self.weeks.values().filter_map(week).collect();
                health::mean(&weeks).ok().map(Fifth::Mean)
            }
        }
    }
}

impl Reader<'_> {
    /// A measure by who people are; `None` where it is not cut by that.
    pub(super) fn unequal(&self, scope: &Scope, measure: &Measure) -> Result<Option<Panel>, Fault> {
        let cuts: Vec<_> = CUTS.iter().filter(|cut| measure.levels.contains(&cut.0)).collect();
        if cuts.is_empty() || measure.is_published() || !self.has("stays") {
            return Ok(None);
        }
        let (since, until) = (scope.since(WEEKS), Date(scope.end().0 - 1));
        let mut groups: BTreeMap<(Level, String), Facts> = BTreeMap::new();
        let mut all = Facts::default();
        let people = refresh::people_of(&self.session)?;
        let broken =
            |wrong: arrow::error::ArrowError| Fault::new(wrong.to_string(), "catchment measure check says more");
        for batch in self.session.sql(&facts_sql(measure, since, until))? {
            let of = |name: &str, wanted: &DataType| match batch.column_by_name(name) {
                Some(column) => cast(column, wanted).map_err(broken),
                None => Err(Fault::new(format!("the column `{name}` is missing"), "")),
            };
            let (day, n, d) =
                (of("day", &DataType::Date32)?, of("n", &DataType::Float64)?, of("d", &DataType::Float64)?);
            let columns = cuts
                .iter()
                .map(|cut| Ok((cut.0, of(cut.0.name(), &DataType::Utf8)?)))
                .collect::<Result<Vec<_>, Fault>>()?;
            let (n, d) = (n.as_primitive::<Float64Type>(), d.as_primitive::<Float64Type>());
            for (row, day) in day.as_primitive::<Date32Type>().iter().enumerate() {
                let Some(week) = day.map(|day| Grain::Week.number(Date(day))) else { continue };
                let (n, d) = (n.is_valid(row).then(|| n.value(row)), d.is_valid(row).then(|| d.value(row)));
                all.add(week, n, d);
                for (level, column) in &columns {
                    let column = column.as_string::<i32>();
                    if column.is_valid(row) {
                        groups.entry((*level, column.value(row).to_owned())).or_default().add(week, n, d);
                    }
                }
            }
        }
        Ok(Some(self.unequal_panel(scope, measure, &cuts, groups, all, &people)))
    }

    fn unequal_panel(
        &self,
        scope: &Scope,
        measure: &Measure,
        cuts: &[&(Level, &str, &str)],
        mut groups: BTreeMap<(Level, String), Facts>,
        mut all: Facts,
        people: &measures::People,
    ) -> Panel {
        let per_person = matches!(measure.statistic, Statistic::Rate | Statistic::Count | Statistic::Level);
        let percent = measure.statistic == Statistic::Share;
        let times = if percent { 100.0 } else { 1.0 };
        let unit = match measure.statistic {
            Statistic::Count | Statistic::Level => Unit::from(format!("{} per 1,000 people", measure.unit).as_str()),
            _ => Unit::from(measure.unit.as_str()),
        };
        let living = |level: Level, group: &str| people.of(level, group).unwrap_or(0.0);
        let everybody = people.of(Level::System, "all").unwrap_or(0.0);
        let middle = all.as_number(measure, everybody).and_then(|all| all.estimate(Confidence::P95).ok());
        let middle = middle.map(|(value, _)| value * times);
        let mut shown: Vec<(String, Vec<Interval>)> = Vec::new();
        let mut gradient = None;
        for (level, heading, key) in cuts {
            let names: Vec<String> =
                groups.keys().filter(|known| known.0 == *level).map(|known| known.1.clone()).collect();
            let sizes: Vec<u64> =
                names.iter().map(|name| groups[&(*level, name.clone())].size(measure.statistic)).collect();
            // What is hidden cannot be found from what is shown and the whole.
            let may = suppress(&sizes, super::SMALL);
            let mut rows = Vec::new();
            for ((name, size), may) in names.iter().zip(&sizes).zip(&may) {
                let label = match level {
                    Level::Deprivation => fifth(name.parse().unwrap_or(0)).to_owned(),
                    Level::AgeBand => band(name),
                    Level::Sex => show::chart::sentence(name),
                    _ => name.clone(),
                };
                let Some(facts) = groups.get_mut(&(*level, name.clone())) else { continue };
                let number = facts.as_number(measure, living(*level, name));
                let at = |confidence| number.and_then(|number| number.estimate(confidence).ok());
                let definition = format!("{}: {label}, the last {WEEKS} weeks, with its 95% interval", measure.title);
                let (value, limits) = at(Confidence::P95).map_or((None, None), |(value, [low, high])| {
                    (Some(value * times), Some((low * times, high * times)))
                });
                let figure = Figure::new(value, unit.clone(), self.evidence(&measure.id, definition, Some(*size)))
                    .within(limits);
                // A method withholds what rests on fewer than ten.
                let figure = if may.is_none() || value.is_none() { figure.hidden() } else { figure };
                let signal = match (at(Confidence::P998), middle, measure.better) {
                    _ if may.is_none() => Signal::Ordinary,
                    (Some((_, [low, _])), Some(middle), better) if low * times > middle => match better {
                        Better::Lower => Signal::Concern,
                        Better::Higher => Signal::Improvement,
                        Better::Neither => Signal::Change,
                    },
                    (Some((_, [_, high])), Some(middle), better) if high * times < middle => match better {
                        Better::Lower => Signal::Improvement,
                        Better::Higher => Signal::Concern,
                        Better::Neither => Signal::Change,
                    },
                    _ => Signal::Ordinary,
                };
                let mut narrowed = scope.filter.clone();
                match *key {
                    "place" => narrowed.place = Some(name.clone()),
                    "age" => narrowed.age = Some(name.clone()),
                    "sex" => narrowed.sex = Some(name.clone()),
                    _ => narrowed.deprivation = name.parse().ok(),
                }
                let href = Some(find::address(&format!("/measures/{}", show::escape(&measure.id)), &narrowed));
                rows.push(Interval { name: label, figure, fair: None, people: *size, signal, href });
            }
            if *level == Level::Deprivation && rows.len() == 5 && may.iter().all(Option::is_some) {
                gradient = self.gradient(measure, &mut groups, people, shown.len(), times, &unit);
            }
            let count = rows.len();
            if count > MOST {
                rows.retain(|row| row.figure.value.is_some());
                rows.sort_by(|a, b| b.figure.value.unwrap_or(0.0).total_cmp(&a.figure.value.unwrap_or(0.0)));
                if rows.len() > MOST {
                    rows.drain(MOST / 2..rows.len() - MOST / 2);
                }
            }
            if rows.len() > 1 {
                let cut = if rows.len() < count { format!(", highest and lowest of {count}") } else { String::new() };
                shown.push((format!("{heading}{cut}"), rows));
            }
        }
        let unlike: Vec<String> = shown
            .iter()
            .flat_map(|(_, rows)| rows)
            .filter(|row| row.signal != Signal::Ordinary)
            .map(|row| super::waits::lower_name(&row.name))
            .collect();
        let title = match unlike.len() {
            0 => "No group differs from everybody by more than chance".to_owned(),
            1..=4 => format!("Different for {}", super::waits::and(&unlike)),
            more => format!("Different for {more} groups"),
        };
        let per = if per_person { ", per 1,000 people who live there" } else { "" };
        let pictures = if shown.is_empty() {
            vec![Picture::State(State {
                why: Why::TooFew,
                title: "Too few to say for whom".to_owned(),
                text: format!("In these {WEEKS} weeks too few were counted, or nothing is known of who they are."),
                links: vec![Link::new("All measures", "/measures")],
                command: String::new(),
            })]
        } else {
            vec![Picture::Intervals(Intervals {
                id: "unequal".to_owned(),
                title: title.clone(),
                definition: format!(
                    "The last {WEEKS} weeks{per}, with 95% intervals; marked where a 99.8% interval leaves out the value of everybody. Not adjusted for age, but where the rows are ages."
                ),
                groups: shown,
                all: middle,
                unit,
                gradient: gradient.map(Box::new),
            })]
        };
        Panel {
            id: "unequal".to_owned(),
            title: "For whom".to_owned(),
            note: format!("The last {WEEKS} weeks. The line is everybody."),
            pictures,
            width: Width::Half,
            ..Panel::default()
        }
    }

    /// The most deprived fifth against the rest, and the slope over all five.
    fn gradient(
        &self,
        measure: &Measure,
        groups: &mut BTreeMap<(Level, String), Facts>,
        people: &measures::People,
        group: usize,
        times: f64,
        unit: &Unit,
    ) -> Option<Gradient> {
        let mut five: Vec<(f64, Facts)> = (1..=5)
            .map(|number: u8| {
                let name = number.to_string();
                let here = people.of(Level::Deprivation, &name)?;
                Some((here, groups.get(&(Level::Deprivation, name))?.clone()))
            })
            .collect::<Option<_>>()?;
        let mut rest = Facts::default();
        for (_, facts) in &five[1..] {
            rest.join(facts);
        }
        let elsewhere: f64 = five[1..].iter().map(|(here, _)| here).sum();
        let mut most = five[0].1.clone();
        let gap =
            core20(most.as_number(measure, five[0].0)?, rest.as_number(measure, elsewhere)?, Confidence::P95).ok()?;
        let fifths: Vec<(f64, Fifth)> = five
            .iter_mut()
            .map(|(here, facts)| Some((*here, facts.as_number(measure, *here)?)))
            .collect::<Option<_>>()?;
        let slope = slope_of_fifths(&fifths, 1.0).ok()?;
        let all: f64 = fifths.iter().map(|(here, _)| here).sum();
        let (mut before, mut fitted) = (0.0, Vec::new());
        for (here, _) in &fifths {
            let rank = (before + here / 2.0) / all;
            fitted.push((slope.intercept() + slope.index() * rank) * times);
            before += here;
        }
        let [low, high] = slope.limits(Confidence::P95);
        let says = |what: &str| self.evidence(&measure.id, format!("{}: {what}", measure.title), None);
        let sii = Figure::new(
            -slope.index() * times,
            unit.clone(),
            says("slope index of inequality, the most deprived end of the line less the least deprived"),
        )
        .within(Some((-high * times, -low * times)));
        let [low, high] = gap.difference_limits;
        let against = Figure::new(
            gap.difference * times,
            unit.clone(),
            says("the most deprived fifth less all others together, with its 95% interval"),
        )
        .within(Some((low * times, high * times)));
        Some(Gradient { group, fitted, slope: sii, against_rest: Some(against) })
    }
}

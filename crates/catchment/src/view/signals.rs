//! What has really changed in the whole place, one entry for each measure and handover: what the feed and the digest tell.
//!
//! Of the whole place alone, so that no entry tells of a group of few people; a value that rests on few is left out too.

use super::Reader;
use crate::ask::{Filter, Wrong};
use crate::fault::Fault;
use domain::{Date, Instant};
use show::{Every, Series, Signal};
use std::collections::HashSet;

/// Figures that leave the page rest on at least so many people.
const ENOUGH: u64 = 10;

/// A measure or a handover that has really changed.
pub struct Change {
    /// Its page: "/measures/wait-for-a-bed".
    pub path: String,
    /// First day of the period in which it was seen.
    pub period: jiff::civil::Date,
    /// "Ambulance to emergency department: longer than usual for 6 weeks; will miss 15 min"
    pub title: String,
    /// Why it matters, and the value where it rests on enough people.
    pub summary: String,
    /// When the first records came that ended its period.
    pub known: Instant,
}

/// All of them, and how many chance alone would give.
pub struct Changes {
    pub all: Vec<Change>,
    /// "3 are expected when nothing changes.", of the newest points only.
    pub note: String,
}

impl Reader<'_> {
    /// What the newest points say; with `since`, what any point of the periods that ended after that Monday said last.
    ///
    /// # Errors
    /// When the records do not reach that week.
    pub fn changes(&self, since: Option<Date>) -> Result<Changes, Wrong> {
        let newest = Filter::default();
        let scope = self.scope(&newest)?;
        if since.is_some() {
            self.scope(&Filter { week: since, ..Filter::default() })?;
        }
        let (loads, counted) = (self.loads()?, self.counted()?);
        let mut all = Vec::new();
        let mut add = |path: String, why: &str, title: &str, series: Series, enough: &dyn Fn(Date) -> bool| {
            let Some(at) = last_signal(&series, since) else { return };
            let start = series.points[at].start;
            let after = self.zone().midnight(end(series.every, start));
            let seen = Series { points: series.points[..=at].to_vec(), ..series };
            let value = seen.points[at].value.filter(|_| enough(day(start))).map(|value| {
                let usual = show::chart::usual_range(&seen, at);
                format!(
                    " It is {}{}.",
                    seen.unit.say(value),
                    usual.map_or(String::new(), |usual| format!("; usual: {usual}"))
                )
            });
            let finding = super::waits::lower(&show::words::finding(&seen));
            all.push(Change {
                path,
                period: start,
                title: format!("{}: {finding}", title.trim_end_matches('?')),
                summary: format!("{why}{}", value.unwrap_or_default()),
                known: loads.iter().find(|load| **load >= after).or(loads.last()).copied().unwrap_or(after),
            });
        };
        let (measures, joins) = (self.measures_of(&scope, None)?, self.charts(&scope)?);
        let charts = measures.iter().map(|measure| &measure.chart).chain(joins.iter().map(|join| &join.2));
        let chance = measures::spc::Page::of(charts).sentence();
        let expected = chance.split_once("; ").filter(|_| since.is_none()).map_or("", |(_, expected)| expected);
        let note = if expected.is_empty() { String::new() } else { format!("{}.", show::chart::sentence(expected)) };
        for measure in measures {
            let series = measure.card.series;
            let own = self.at.measures.iter().find(|measure| measure.id == series.id);
            let why = own.map_or("A published measure of this place.", |own| own.why.as_str());
            let (id, title, month) = (series.id.clone(), series.title.clone(), series.every == Every::Month);
            let enough = |period: Date| counted.contains(&(id.clone(), month, period.0));
            add(format!("/measures/{}", show::escape(&id)), why, &title, series, &enough);
        }
        for (rule, series, _, taken) in joins {
            let (from, to) = (self.owners(rule.from), self.owners(Some(rule.to)));
            let why = format!("{from} hands over, {to} takes over; the wait belongs to both.");
            let enough = |week: Date| taken.get(&week.0).is_some_and(|people| *people >= ENOUGH);
            add(format!("/handovers/{}", rule.id), &why, &rule.name, series, &enough);
        }
        Ok(Changes { all, note })
    }

    /// "the week to Sunday 16 November 2025", or from which week on.
    pub fn when(&self, since: Option<Date>) -> Result<String, Wrong> {
        let newest = Filter::default();
        let over = super::waits::lower(&self.over(&self.scope(&newest)?));
        Ok(since.map_or_else(
            || format!("the {over}"),
            |week| format!("from the week of {} to the {over}", show::number::date(week.into())),
        ))
    }

    /// Which weeks and months (`true`) of which measures rest on enough people, on either side of a share.
    fn counted(&self) -> Result<HashSet<(String, bool, i32)>, Fault> {
        if !self.has("series") {
            return Ok(HashSet::new());
        }
        let query = format!(
            "select measure, grain, period from series where level = 'system' and grain in ('week', 'month')
             and coalesce(denominator, numerator) >= {ENOUGH} and (numerator is null or numerator = 0 or numerator >= {ENOUGH})
             and (denominator is null or numerator is null or denominator = numerator or abs(denominator - numerator) >= {ENOUGH})"
        );
        let grid = self.ask(&query)?;
        let key =
            |row: crate::grid::Row| Some((row.text("measure"), row.text("grain") == "month", row.date("period")?.0));
        Ok(grid.rows().filter_map(key).collect())
    }

    /// When records came, oldest first.
    fn loads(&self) -> Result<Vec<Instant>, Fault> {
        if !self.has("sources") {
            return Ok(Vec::new());
        }
        let grid = self.ask("select distinct loaded_at from sources order by loaded_at")?;
        Ok(grid.rows().filter_map(|row| row.instant("loaded_at")).collect())
    }

    /// When the newest records came.
    pub fn loaded(&self) -> Result<Option<Instant>, Fault> {
        Ok(self.loads()?.pop())
    }
}

/// The newest point that has a value, if it is a signal; with `since`, the newest signal among those that ended after it.
fn last_signal(series: &Series, since: Option<Date>) -> Option<usize> {
    let newest = series.points.iter().rposition(|point| point.value.is_some())?;
    let is_signal = |at: &usize| series.points[*at].value.is_some() && series.points[*at].signal != Signal::Ordinary;
    match since {
        // What fell silent says nothing now.
        None => Some(newest).filter(|at| is_signal(at) && at + 1 == series.points.len()),
        Some(since) => {
            (0..=newest).rev().take_while(|at| end(series.every, series.points[*at].start).0 > since.0).find(is_signal)
        }
    }
}

/// The day after a period.
fn end(every: Every, start: jiff::civil::Date) -> Date {
    use jiff::ToSpan;
    let span = match every {
        Every::Day => 1.day(),
        Every::Week => 7.days(),
        Every::Month => 1.month(),
    };
    day(start.checked_add(span).unwrap_or(start))
}

fn day(date: jiff::civil::Date) -> Date {
    let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
    Date::from_ymd(date.year().into(), month.into(), day.into()).unwrap_or(Date(0))
}

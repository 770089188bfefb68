//! The `series` table: one row a measure, level, group and period. Computed measures and published ones are rows alike.
//!
//! ```
//! use domain::Date;
//! use measures::series::{Grain, Judged, Level, SeriesRow, limits};
//! use measures::spc::Better;
//! let week = |number: i32, value: f64| {
//!     let monday = Date(20_395 + 7 * number);
//!     SeriesRow::new("ambulance-handover", Level::System, "all", Grain::Week, monday, Some(value))
//! };
//! let mut rows: Vec<_> = (0..20).map(|n| week(n, if n == 19 { 60.0 } else { 30.0 + f64::from(n % 3) })).collect();
//! limits(&mut rows, &Judged { better: Better::Lower, ..Judged::default() });
//! assert_eq!(rows[19].signal.as_deref(), Some("concern: above the usual range"));
//! assert!(rows[0].upper.unwrap() < 60.0);
//! ```

use crate::define::{ChartKind, Measure, Rebase, Statistic};
use crate::spc::{
    self, Better, Chart, Options, Rules, SpcError, Target, Variation, counted, counts::Family, xmr, xmr_on,
};
use arrow::array::{Array, ArrayRef, AsArray, Date32Array, Float64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Field, Float64Type, Schema};
use arrow::error::ArrowError;
use domain::Date;
use rayon::prelude::*;
use serde::Deserialize;
use std::str::FromStr;
use std::sync::Arc;
use thiserror::Error;

/// For whom a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The whole place.
    #[default]
    System,
    /// A neighbourhood, where people live.
    Neighbourhood,
    /// An organisation.
    Organisation,
    /// A service.
    Service,
    /// A fifth of where people live by deprivation: `1` is the most deprived in the country.
    Deprivation,
    /// One of [`domain::AGE_BANDS`].
    AgeBand,
    /// `female` or `male`.
    Sex,
}

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// A civil day of the place.
    Day,
    /// Monday to Sunday.
    #[default]
    Week,
    /// A calendar month.
    Month,
}

/// A word that is not one of the known ones.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{word}` is not a {what}: use {known}")]
pub struct UnknownWord {
    what: &'static str,
    word: String,
    known: String,
}

fn word<T: Copy>(what: &'static str, all: &[T], name: fn(T) -> &'static str, word: &str) -> Result<T, UnknownWord> {
    all.iter().copied().find(|case| name(*case) == word).ok_or_else(|| UnknownWord {
        what,
        word: word.to_owned(),
        known: all.iter().map(|case| name(*case)).collect::<Vec<_>>().join(", "),
    })
}

impl Level {
    /// Every level: the place and its parts, then what people are.
    pub const ALL: &'static [Level] = &[
        Level::System,
        Level::Neighbourhood,
        Level::Organisation,
        Level::Service,
        Level::Deprivation,
        Level::AgeBand,
        Level::Sex,
    ];

    /// Its one spelling, which is also the name of its column in a measure's SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Level::System => "system",
            Level::Neighbourhood => "neighbourhood",
            Level::Organisation => "organisation",
            Level::Service => "service",
            Level::Deprivation => "deprivation",
            Level::AgeBand => "age_band",
            Level::Sex => "sex",
        }
    }

    /// Whether its groups are parts of the people who live here, so that it is known how many each has.
    pub const fn is_of_people(self) -> bool {
        matches!(self, Level::Neighbourhood | Level::Deprivation | Level::AgeBand | Level::Sex)
    }
}

impl FromStr for Level {
    type Err = UnknownWord;
    fn from_str(name: &str) -> Result<Level, UnknownWord> {
        word("level", Level::ALL, Level::name, name)
    }
}

impl FromStr for Grain {
    type Err = UnknownWord;
    fn from_str(name: &str) -> Result<Grain, UnknownWord> {
        word("period", Grain::ALL, Grain::name, name)
    }
}

impl Grain {
    /// Every grain, shortest first.
    pub const ALL: &'static [Grain] = &[Grain::Day, Grain::Week, Grain::Month];

    /// Its one spelling.
    pub const fn name(self) -> &'static str {
        match self {
            Grain::Day => "day",
            Grain::Week => "week",
            Grain::Month => "month",
        }
    }

    /// How many of the newest periods a chart shows and takes its limits from.
    pub const fn charted(self) -> usize {
        match self {
            Grain::Day => 91,
            Grain::Week => 78,
            Grain::Month => 36,
        }
    }

    /// The number of the period that holds this date; the next period has the next number.
    pub const fn number(self, date: Date) -> i32 {
        match self {
            Grain::Day => date.0,
            Grain::Week => (date.0 + 3).div_euclid(7), // 1 January 1970 was a Thursday
            Grain::Month => {
                let (year, month, _) = date.ymd();
                year * 12 + month as i32 - 1
            }
        }
    }

    /// The first day of the period with this number.
    pub const fn start(self, number: i32) -> Date {
        match self {
            Grain::Day => Date(number),
            Grain::Week => Date(number * 7 - 3),
            Grain::Month => match Date::from_ymd(number.div_euclid(12), number.rem_euclid(12) as u32 + 1, 1) {
                Some(date) => date,
                None => Date(0), // unreachable: every month has a first day
            },
        }
    }

    /// The numbers of the periods that lie wholly between two dates, both included; empty when none does.
    ///
    /// ```
    /// use domain::Date;
    /// use measures::Grain;
    /// let day = |d| Date::from_ymd(2025, 11, d).unwrap();
    /// // Saturday 1 to Monday 17 November 2025 holds the weeks of the 3rd and the 10th.
    /// let weeks: Vec<String> = Grain::Week.whole(day(1), day(17)).map(|n| Grain::Week.start(n).to_string()).collect();
    /// assert_eq!(weeks, ["2025-11-03", "2025-11-10"]);
    /// ```
    pub fn whole(self, first: Date, last: Date) -> std::ops::Range<i32> {
        let begins = self.number(first);
        let from = if self.start(begins) < first { begins + 1 } else { begins };
        from..self.number(Date(last.0 + 1)).max(from)
    }

    /// Days in the period with this number.
    pub const fn days(self, number: i32) -> i32 {
        self.start(number + 1).0 - self.start(number).0
    }
}

/// One value of one measure. A missing number is `None` and is shown as missing.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesRow {
    /// The measure's id.
    pub measure: String,
    /// For whom.
    pub level: Level,
    /// The unit of the value.
    pub unit: String,
    /// Which neighbourhood, organisation, service, fifth, age band or sex; `all` for the system.
    pub group: String,
    /// The first day of the period.
    pub period: Date,
    /// How long the period is.
    pub grain: Grain,
    /// What was counted.
    pub numerator: Option<f64>,
    /// Of how many.
    pub denominator: Option<f64>,
    /// The value, in `unit`.
    pub value: Option<f64>,
    /// Lower limit of the usual range.
    pub lower: Option<f64>,
    /// Upper limit of the usual range.
    pub upper: Option<f64>,
    /// What the point says, such as `concern: above the usual range`; `None` is ordinary variation.
    pub signal: Option<String>,
    /// Where it comes from: `measures/<id>.toml`, or the feed of a published series.
    pub source: String,
}

impl SeriesRow {
    /// A row with a value and nothing else known.
    pub fn new(measure: &str, level: Level, group: &str, grain: Grain, period: Date, value: Option<f64>) -> SeriesRow {
        SeriesRow {
            measure: measure.to_owned(),
            level,
            unit: String::new(),
            group: group.to_owned(),
            period,
            grain,
            numerator: None,
            denominator: None,
            value,
            lower: None,
            upper: None,
            signal: None,
            source: String::new(),
        }
    }

    /// Rows with the same key are one line on one chart.
    fn key(&self) -> (&str, Level, &str, Grain) {
        (&self.measure, self.level, &self.group, self.grain)
    }
}

/// The Arrow schema of the `series` table.
pub fn series_schema() -> Schema {
    let text = |name| Field::new(name, DataType::Utf8, false);
    let number = |name| Field::new(name, DataType::Float64, true);
    Schema::new(vec![
        text("measure"),
        text("level"),
        text("unit"),
        text("group"),
        Field::new("period", DataType::Date32, false),
        text("grain"),
        number("numerator"),
        number("denominator"),
        number("value"),
        number("lower"),
        number("upper"),
        Field::new("signal", DataType::Utf8, true),
        text("source"),
    ])
}

/// Rows as one batch of the `series` table.
///
/// # Errors
/// Only what Arrow itself refuses.
pub fn to_batch(rows: &[SeriesRow]) -> Result<RecordBatch, ArrowError> {
    let text = |of: fn(&SeriesRow) -> &str| Arc::new(StringArray::from_iter_values(rows.iter().map(of))) as ArrayRef;
    let number =
        |of: fn(&SeriesRow) -> Option<f64>| Arc::new(rows.iter().map(of).collect::<Float64Array>()) as ArrayRef;
    RecordBatch::try_new(
        Arc::new(series_schema()),
        vec![
            text(|row| &row.measure),
            text(|row| row.level.name()),
            text(|row| &row.unit),
            text(|row| &row.group),
            Arc::new(Date32Array::from_iter_values(rows.iter().map(|row| row.period.0))),
            text(|row| row.grain.name()),
            number(|row| row.numerator),
            number(|row| row.denominator),
            number(|row| row.value),
            number(|row| row.lower),
            number(|row| row.upper),
            Arc::new(rows.iter().map(|row| row.signal.as_deref()).collect::<StringArray>()),
            text(|row| &row.source),
        ],
    )
}

/// A batch that holds no series rows.
#[derive(Debug, Error)]
pub enum SeriesError {
    /// A column is not there.
    #[error("the column `{0}` is missing")]
    NoColumn(&'static str),
    /// A column cannot be read as its type.
    #[error("the column `{name}` cannot be read as {wanted}")]
    Type {
        /// The column.
        name: &'static str,
        /// What it should be.
        wanted: &'static str,
        #[source]
        /// Why not.
        source: ArrowError,
    },
    /// A null where there must be a value.
    #[error("row {row} has no `{name}`")]
    Null {
        /// The column.
        name: &'static str,
        /// The row, from 0.
        row: usize,
    },
    /// A level or grain that is not one.
    #[error(transparent)]
    Word(#[from] UnknownWord),
}

/// Reads rows from a batch by the names of its columns; the answer to [`crate::series_sql`] or the `series` table itself.
/// `unit`, `numerator`, `denominator`, `lower`, `upper`, `signal` and `source` may be absent. An infinite or undefined
/// number is missing.
///
/// # Errors
/// When a column that must be there is not, or holds what it should not.
pub fn from_batch(batch: &RecordBatch) -> Result<Vec<SeriesRow>, SeriesError> {
    let column = |name: &'static str, wanted: &DataType| {
        batch.column_by_name(name).map(|column| cast(column, wanted)).transpose().map_err(|source| SeriesError::Type {
            name,
            wanted: "text, date or number",
            source,
        })
    };
    let text = |name| column(name, &DataType::Utf8);
    let number = |name| column(name, &DataType::Float64);
    let needed = |name, column: Option<ArrayRef>| column.ok_or(SeriesError::NoColumn(name));
    let measure = needed("measure", text("measure")?)?;
    let level = needed("level", text("level")?)?;
    let group = needed("group", text("group")?)?;
    let grain = needed("grain", text("grain")?)?;
    let period = needed("period", column("period", &DataType::Date32)?)?;
    let value = needed("value", number("value")?)?;
    let (unit, signal, source) = (text("unit")?, text("signal")?, text("source")?);
    let numbers = [number("numerator")?, number("denominator")?, number("lower")?, number("upper")?];
    let word = |name, column: &ArrayRef, row| {
        let column = column.as_string::<i32>();
        column.is_valid(row).then(|| column.value(row).to_owned()).ok_or(SeriesError::Null { name, row })
    };
    let maybe = |column: &Option<ArrayRef>, row| {
        let column = column.as_ref()?.as_string::<i32>();
        column.is_valid(row).then(|| column.value(row).to_owned())
    };
    let double = |column: &ArrayRef, row| {
        let column = column.as_primitive::<Float64Type>();
        column.is_valid(row).then(|| column.value(row)).filter(|value| value.is_finite())
    };
    (0..batch.num_rows())
        .map(|row| {
            let days = period.as_primitive::<Date32Type>();
            if days.is_null(row) {
                return Err(SeriesError::Null { name: "period", row });
            }
            let [numerator, denominator, lower, upper] =
                [0, 1, 2, 3].map(|at: usize| numbers[at].as_ref().and_then(|column| double(column, row)));
            Ok(SeriesRow {
                measure: word("measure", &measure, row)?,
                level: word("level", &level, row)?.parse()?,
                unit: maybe(&unit, row).unwrap_or_default(),
                group: word("group", &group, row)?,
                period: Date(days.value(row)),
                grain: word("grain", &grain, row)?.parse()?,
                numerator,
                denominator,
                value: double(&value, row),
                lower,
                upper,
                signal: maybe(&signal, row),
                source: maybe(&source, row).unwrap_or_default(),
            })
        })
        .collect()
}

/// Puts the noughts in: a period of a counted measure in which nothing happened has no row, and its value is 0.
///
/// Only for what is counted from records (count, rate, level): a share, mean or median of nobody stays missing. A group is
/// filled from its first row to `last`; before it was first heard of nothing is said.
pub fn complete(measure: &Measure, rows: &mut Vec<SeriesRow>, first: Date, last: Date) {
    if !matches!(measure.statistic, Statistic::Count | Statistic::Rate | Statistic::Level) {
        return;
    }
    sort(rows);
    let mut noughts = Vec::new();
    for series in rows.chunk_by(|a, b| a.key() == b.key()) {
        let grain = series[0].grain;
        let mut known = series.iter().map(|row| grain.number(row.period)).peekable();
        let from = *known.peek().unwrap_or(&i32::MAX);
        for number in grain.whole(first, last) {
            if number < from || known.next_if_eq(&number).is_some() {
                continue;
            }
            let denominator = match measure.statistic {
                Statistic::Level => Some(f64::from(grain.days(number))),
                _ => series[0].denominator,
            };
            noughts.push(SeriesRow {
                period: grain.start(number),
                numerator: Some(0.0),
                denominator,
                value: Some(0.0),
                lower: None,
                upper: None,
                signal: None,
                ..series[0].clone()
            });
        }
    }
    rows.extend(noughts);
    sort(rows);
}

/// Measure, level, group, grain, then period.
fn sort(rows: &mut [SeriesRow]) {
    rows.sort_by(|a, b| a.key().cmp(&b.key()).then(a.period.cmp(&b.period)));
}

/// The chart of one series and the first day of each point.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesChart {
    /// One a point.
    pub periods: Vec<Date>,
    /// The chart; periods without a row are missing points.
    pub chart: Chart,
    /// Which chart it is and why, in a sentence; empty where nothing was to choose.
    pub why: String,
}

/// How the series of a measure are judged, by date.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judged {
    /// Which way is better.
    pub better: Better,
    /// Whose rules.
    pub rules: Rules,
    /// The standard and the day from which it holds; one without a day holds always.
    pub standard: Option<(Option<Date>, f64)>,
    /// Where the usual range begins again, oldest first.
    pub rebase: Vec<Rebase>,
    /// The usual range comes from this many first points of each segment.
    pub fix_after: Option<usize>,
    /// What it is, which chooses the chart of its weeks and months; without it they are single values.
    pub statistic: Option<Statistic>,
    /// The chart that is asked for in its place.
    pub chart: Option<ChartKind>,
}

impl Judged {
    /// The options of a chart whose points begin on these days.
    pub fn on(&self, periods: &[Date]) -> Options {
        let steps = |(since, value): (Option<Date>, f64)| match since {
            Some(since) => Target::steps(periods, &[(since, value)]),
            None => vec![Target { from: 0, value }],
        };
        let rebase = self.rebase.iter().filter(|change| periods.first().is_some_and(|first| change.at > *first));
        Options {
            better: self.better,
            rules: self.rules,
            targets: self.standard.map(steps).unwrap_or_default(),
            rebase: rebase
                .filter_map(|change| spc::Rebase::on(periods, change.at, &change.reason, &change.by))
                .collect(),
            fix_after: self.fix_after,
            ..Options::default()
        }
    }
}

impl Judged {
    /// The chart of these counts, and why.
    fn family(&self, numerators: &[Option<f64>], denominators: &[Option<f64>]) -> (Family, String) {
        let asked = |kind: ChartKind, chosen: Family| match (kind, chosen) {
            (ChartKind::Xmr, _) => Family::Single,
            (ChartKind::Run, _) => Family::Run,
            (ChartKind::P, chosen @ (Family::Share | Family::BigShare)) => chosen,
            (ChartKind::P, _) => Family::Share,
            (ChartKind::U, chosen @ (Family::Rate | Family::BigRate)) => chosen,
            (ChartKind::U, _) => Family::Rate,
            (ChartKind::C, _) => Family::Counts,
            (ChartKind::G, _) => Family::CasesBetween,
            (ChartKind::T, _) => Family::TimeBetween,
        };
        let Some(statistic) = self.statistic else { return (Family::Single, String::new()) };
        let (chosen, why) = spc::choose(statistic, numerators, denominators);
        match self.chart.map(|kind| asked(kind, chosen)) {
            Some(family) if family != chosen => (family, format!("{}: the measure asks for it", family.name())),
            _ => (chosen, why),
        }
    }
}

impl Measure {
    /// How this measure is judged where the place judges by `rules`.
    pub fn judged(&self, rules: Rules) -> Judged {
        Judged {
            better: self.better,
            rules: self.rules.unwrap_or(rules),
            standard: self.standard.as_ref().map(|standard| (Some(standard.since), standard.value)),
            rebase: self.rebase.clone(),
            fix_after: self.fix_after,
            statistic: Some(self.statistic),
            chart: self.chart,
        }
    }
}

/// Charts the newest [`Grain::charted`] periods of one series (rows of one measure, level, group and grain, in any order):
/// days with what their weekday and the day before lead one to expect, where they follow each other.
///
/// # Errors
/// When what it is judged by makes no chart.
pub fn chart(rows: &[SeriesRow], judged: &Judged) -> Result<SeriesChart, SpcError> {
    let numbers = rows.iter().map(|row| row.grain.number(row.period));
    let (Some(least), Some(newest)) = (numbers.clone().min(), numbers.max()) else {
        return Ok(SeriesChart { periods: Vec::new(), chart: xmr(&[], &judged.on(&[]))?, why: String::new() });
    };
    let grain = rows[0].grain;
    let oldest = least.max(newest - (grain.charted() as i32 - 1));
    let mut values = vec![None; (newest - oldest + 1) as usize];
    for row in rows {
        let at = grain.number(row.period) - oldest;
        if let Some(slot) = usize::try_from(at).ok().and_then(|at| values.get_mut(at)) {
            *slot = row.value.filter(|value| value.is_finite());
        }
    }
    let periods: Vec<Date> = (oldest..=newest).map(|number| grain.start(number)).collect();
    let options = judged.on(&periods);
    if grain == Grain::Day {
        let chart = xmr_on(&periods, &values, &options)?;
        let why = chart.adjusted.as_ref().map_or_else(String::new, spc::Adjusted::words);
        return Ok(SeriesChart { periods, chart, why });
    }
    let mut counts = [vec![None; values.len()], vec![None; values.len()]];
    for row in rows {
        let at = usize::try_from(grain.number(row.period) - oldest).unwrap_or(usize::MAX);
        for (column, number) in counts.iter_mut().zip([row.numerator, row.denominator]) {
            if let Some(slot) = column.get_mut(at) {
                *slot = number;
            }
        }
    }
    let [numerators, denominators] = counts;
    let (family, why) = judged.family(&numerators, &denominators);
    let among = if matches!(judged.statistic, Some(Statistic::Count)) { &[][..] } else { &denominators[..] };
    let chart = match family {
        Family::Single => xmr(&values, &options)?,
        family => counted(family, &why, &values, &numerators, among, &options)?,
    };
    Ok(SeriesChart { periods, chart, why })
}

/// Sorts the rows of one measure and fills `lower`, `upper` and `signal` of the newest [`Grain::charted`] periods of every
/// series; older rows carry none. A series with too few points for limits stays without them.
pub fn limits(rows: &mut [SeriesRow], judged: &Judged) {
    sort(rows);
    let series: Vec<&mut [SeriesRow]> = rows.chunk_by_mut(|a, b| a.key() == b.key()).collect();
    series.into_par_iter().for_each(|series| {
        for row in series.iter_mut() {
            (row.lower, row.upper, row.signal) = (None, None, None);
        }
        let Ok(drawn) = chart(series, judged) else {
            return; // not reached: a measure that is read suits any series
        };
        if !drawn.chart.is_shown() {
            return;
        }
        let oldest = drawn.periods.first().map_or(0, |first| series[0].grain.number(*first));
        for row in series {
            let at = usize::try_from(row.grain.number(row.period) - oldest).unwrap_or(usize::MAX);
            let Some(point) = drawn.chart.points.get(at) else { continue };
            let limits = drawn.chart.limits_at(at);
            row.lower = limits.map(|limits| limits.lower);
            row.upper = limits.map(|limits| limits.upper);
            row.signal = point.signal().map(|signal| {
                let kind = match point.variation {
                    Variation::Improvement(_) => "improvement",
                    Variation::Concern(_) => "concern",
                    Variation::Neutral(_) | Variation::CommonCause => "change",
                };
                format!("{kind}: {}", signal.words())
            });
        }
    });
}

/// A value as the public may see it; made only by [`Measure::public`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Public {
    /// May be shown.
    Shown(f64),
    /// Hidden, because so few people are behind it that one might be known.
    Suppressed,
    /// Not known to anybody.
    Missing,
}

impl Measure {
    /// Applies the small-number rule to a row of this measure.
    ///
    /// Below system level a value is hidden when it rests on 1 to `small_number - 1` people: the numerator of a count, rate
    /// or level, either part of a share, the cases of a mean, median or 9 in 10. Nought people may be shown.
    pub fn public(&self, row: &SeriesRow) -> Public {
        let Some(value) = row.value else { return Public::Missing };
        let few = |count: Option<f64>| count.is_some_and(|count| count > 0.0 && count < f64::from(self.small_number));
        let rest = row.denominator.zip(row.numerator).map(|(all, part)| all - part);
        let hidden = match self.statistic {
            Statistic::Count | Statistic::Rate => few(row.numerator),
            Statistic::Level => few(row.value),
            Statistic::Share => few(row.numerator) || few(rest) || few(row.denominator),
            Statistic::Mean | Statistic::Median | Statistic::P90 => few(row.denominator),
        };
        match row.level != Level::System && hidden {
            true => Public::Suppressed,
            false => Public::Shown(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::define::tests::measure;
    use proptest::prelude::*;

    fn date(text: &str) -> Date {
        let [y, m, d] = text.split('-').map(|part| part.parse::<u32>().unwrap()).collect::<Vec<_>>()[..] else {
            panic!("{text}")
        };
        Date::from_ymd(y as i32, m, d).unwrap()
    }

    fn row(group: &str, grain: Grain, period: &str, value: f64) -> SeriesRow {
        let level = if group == "all" { Level::System } else { Level::Neighbourhood };
        let mut row = SeriesRow::new("m", level, group, grain, date(period), Some(value));
        row.numerator = Some(value);
        row
    }

    fn shown(rows: &[SeriesRow]) -> String {
        let one = |row: &SeriesRow| format!("{} {} {}", row.group, row.period, row.value.unwrap());
        rows.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_week_in_which_nobody_waited_is_nought_and_not_a_gap() {
        let measure = measure(
            "statistic = 'count'
kind = 'flow'",
        );
        let mut rows = vec![
            row("Dunmoor", Grain::Week, "2025-11-10", 3.0),
            row("all", Grain::Week, "2025-11-03", 5.0),
            row("all", Grain::Week, "2025-11-24", 4.0),
        ];
        complete(&measure, &mut rows, date("2025-11-01"), date("2025-11-30"));
        assert_eq!(
            shown(&rows),
            "all 2025-11-03 5, all 2025-11-10 0, all 2025-11-17 0, all 2025-11-24 4, Dunmoor 2025-11-10 3, Dunmoor 2025-11-17 0, Dunmoor 2025-11-24 0"
        );
    }

    #[test]
    fn a_median_of_nobody_stays_missing() {
        let measure = measure(
            "statistic = 'median'
kind = 'flow'",
        );
        let mut rows = vec![row("all", Grain::Day, "2025-11-03", 5.0), row("all", Grain::Day, "2025-11-05", 4.0)];
        complete(&measure, &mut rows, date("2025-11-01"), date("2025-11-30"));
        assert_eq!(rows.len(), 2);
        let drawn = chart(&rows, &Judged::default()).unwrap();
        assert_eq!(drawn.chart.points.iter().map(|p| p.value).collect::<Vec<_>>(), [Some(5.0), None, Some(4.0)]);
    }

    #[test]
    fn limits_come_from_the_newest_periods_and_older_rows_have_none() {
        let mut rows: Vec<_> = (0..200)
            .map(|day| {
                let value = if day < 109 { 1000.0 } else { 10.0 + f64::from(day % 2) };
                SeriesRow::new("m", Level::System, "all", Grain::Day, Date(20_000 + day), Some(value))
            })
            .collect();
        rows.push(SeriesRow::new("m", Level::System, "all", Grain::Month, Date(20_000), Some(1.0)));
        limits(&mut rows, &Judged { better: Better::Lower, ..Judged::default() });
        let days: Vec<_> = rows.iter().filter(|row| row.grain == Grain::Day).collect();
        assert!(days[..109].iter().all(|row| row.upper.is_none() && row.signal.is_none()));
        assert!(days[109..].iter().all(|row| row.upper.unwrap() < 14.0 && row.signal.is_none()));
        assert!(rows.iter().all(|row| row.grain == Grain::Day || row.upper.is_none()), "one month makes no limits");
    }

    #[test]
    fn few_people_are_hidden_below_the_system_and_nobody_is_not() {
        let check = |statistic: &str, group: &str, numerator: f64, denominator: f64, want: Public| {
            let measure = measure(&format!(
                "statistic = '{statistic}'
kind = 'flow'"
            ));
            let mut row = row(group, Grain::Week, "2025-11-03", 7.5);
            (row.numerator, row.denominator) = (Some(numerator), Some(denominator));
            assert_eq!(measure.public(&row), want, "{statistic} {group} {numerator}/{denominator}");
        };
        check("count", "Dunmoor", 4.0, 0.0, Public::Suppressed);
        check("count", "Dunmoor", 5.0, 0.0, Public::Shown(7.5));
        check("count", "Dunmoor", 0.0, 0.0, Public::Shown(7.5));
        check("count", "all", 1.0, 0.0, Public::Shown(7.5));
        check("share", "Dunmoor", 18.0, 20.0, Public::Suppressed);
        check("share", "Dunmoor", 15.0, 20.0, Public::Shown(7.5));
        check("median", "Dunmoor", 0.0, 3.0, Public::Suppressed);
        let measure = measure(
            "statistic = 'count'
kind = 'flow'",
        );
        let mut unknown = row("Dunmoor", Grain::Week, "2025-11-03", 1.0);
        unknown.value = None;
        assert_eq!(measure.public(&unknown), Public::Missing);
    }

    #[test]
    fn rows_go_to_arrow_and_come_back() {
        let mut rows = vec![row("all", Grain::Week, "2025-11-03", 5.0), row("Dunmoor", Grain::Day, "2025-11-04", 0.5)];
        rows[0].signal = Some("concern: rising".into());
        rows[1].value = None;
        let batch = to_batch(&rows).unwrap();
        assert_eq!(*batch.schema(), series_schema());
        assert_eq!(from_batch(&batch).unwrap(), rows);
        let short = batch.project(&[0, 1, 3, 4]).unwrap();
        assert_eq!(from_batch(&short).unwrap_err().to_string(), "the column `grain` is missing");
    }

    #[test]
    fn a_date_casts_to_the_utc_instant_that_series_sql_asks_for() {
        use arrow::datatypes::{TimeUnit, TimestampMicrosecondType};
        let dates: ArrayRef = Arc::new(Date32Array::from(vec![20_395]));
        let instant = ["+00:00", "UTC"].into_iter().fold(dates, |column, zone| {
            cast(&column, &DataType::Timestamp(TimeUnit::Microsecond, Some(zone.into()))).unwrap()
        });
        assert_eq!(instant.as_primitive::<TimestampMicrosecondType>().value(0), 20_395 * 86_400_000_000);
    }

    proptest! {
        #[test]
        fn every_day_is_in_one_period_and_whole_periods_lie_within(day in -800_000i32..800_000, long in 0i32..800) {
            for &grain in Grain::ALL {
                let number = grain.number(Date(day));
                prop_assert!(grain.start(number).0 <= day && day < grain.start(number + 1).0);
                prop_assert_eq!(grain.number(grain.start(number)), number);
                for whole in grain.whole(Date(day), Date(day + long)) {
                    prop_assert!(grain.start(whole).0 >= day && grain.start(whole + 1).0 <= day + long + 1);
                }
            }
            prop_assert_eq!(Grain::Week.start(Grain::Week.number(Date(day))).weekday(), 0);
        }
    }
}

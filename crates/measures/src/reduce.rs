//! Facts → series: every level and every period of a measure in one pass over its rows.
//!
//! The Lake answers [`crate::define::facts_sql`] with one row a fact; [`Reducer`] takes the batches as they come and adds each
//! fact to its day in every level at once, in dense columns of days. Weeks and months are sums of days. Quantiles cannot be
//! summed, so their values are kept and sorted into periods at the end, the levels side by side. [`crate::series_sql`] says
//! the same in SQL and is the plain reference: they agree on every measure of the library (tested).
//!
//! ```
//! use arrow::array::{ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray};
//! use domain::Date;
//! use measures::{Grain, Level, People, Reducer};
//! # let file = "id = 'm'\ntitle = 'How many?'\nwhy = 'Because.'\nsector = 'acute'\nowner = 'Us'\nunit = 'people'\nbetter = 'lower'\n\
//! # kind = 'flow'\nstatistic = 'count'\ntheme = 'flow'\nlevels = ['system', 'neighbourhood']\nnumerator = 'SELECT asked AS at, 1 AS value, neighbourhood FROM stays'\n";
//! # let (measures, _) = measures::define::parse([("m.toml", file)]);
//! # let measure = &measures[0];
//! let monday = Date::from_ymd(2025, 11, 3).unwrap();
//! let facts = RecordBatch::try_from_iter([
//!     ("day", std::sync::Arc::new(Date32Array::from(vec![monday.0, monday.0 + 2])) as ArrayRef),
//!     ("n", std::sync::Arc::new(Float64Array::from(vec![1.0, 1.0]))),
//!     ("d", std::sync::Arc::new(Float64Array::from(vec![None, None]))),
//!     ("neighbourhood", std::sync::Arc::new(StringArray::from(vec!["Dunmoor", "Eastbrook"]))),
//! ])?;
//! let mut reducer = Reducer::new(measure, monday, Date(monday.0 + 6));
//! reducer.push(&facts)?;
//! let rows = reducer.finish(&People::default());
//! let week = rows.iter().find(|row| row.level == Level::System && row.grain == Grain::Week).unwrap();
//! assert_eq!((week.period, week.value), (monday, Some(2.0)));
//! # Ok::<(), arrow::error::ArrowError>(())
//! ```

use crate::define::{Measure, Statistic};
use crate::series::{Grain, Level, SeriesRow};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type};
use arrow::error::ArrowError;
use domain::Date;
use rayon::prelude::*;
use std::collections::HashMap;

/// How many people live in each group of each level: the denominators of rates.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct People {
    all: f64,
    groups: HashMap<(Level, String), f64>,
}

impl People {
    /// From the `population` table: one row a cell of neighbourhood, deprivation, age band and sex, and `people`.
    ///
    /// # Errors
    /// When a column is missing or cannot be read as text or number.
    pub fn from_batches<'a>(batches: impl IntoIterator<Item = &'a RecordBatch>) -> Result<People, ArrowError> {
        let mut people = People::default();
        for batch in batches {
            let count = column(batch, "people", &DataType::Float64)?;
            let count = count.as_primitive::<Float64Type>();
            people.all += count.iter().flatten().sum::<f64>();
            for &level in Level::ALL {
                let Ok(groups) = column(batch, level.name(), &DataType::Utf8) else { continue };
                for (group, people_here) in groups.as_string::<i32>().iter().zip(count) {
                    let Some((group, here)) = group.zip(people_here) else { continue };
                    match people.groups.get_mut(&(level, group.to_owned())) {
                        Some(sum) => *sum += here,
                        None => {
                            people.groups.insert((level, group.to_owned()), here);
                        }
                    }
                }
            }
        }
        Ok(people)
    }

    /// Those behind the rate of a group: of the whole place where nobody lives in a group, such as an organisation.
    pub fn of(&self, level: Level, group: &str) -> Option<f64> {
        match level.is_of_people() {
            true => self.groups.get(&(level, group.to_owned())).copied(),
            false => Some(self.all).filter(|all| *all > 0.0),
        }
    }
}

fn column(batch: &RecordBatch, name: &str, wanted: &DataType) -> Result<ArrayRef, ArrowError> {
    let found =
        batch.column_by_name(name).ok_or_else(|| ArrowError::SchemaError(format!("the column `{name}` is missing")))?;
    if found.data_type() == wanted { Ok(found.clone()) } else { cast(found, wanted) }
}

/// Sums of one day of one group.
#[derive(Debug, Clone, Copy, Default)]
struct Day {
    n: f64,
    d: f64,
    counted: u32,
    rows: u32,
    has_d: bool,
}

impl Day {
    fn add(&mut self, other: &Day) {
        self.n += other.n;
        self.d += other.d;
        self.counted += other.counted;
        self.rows += other.rows;
        self.has_d |= other.has_d;
    }
}

/// One level: its groups in the order in which they were met, and what is known of each.
#[derive(Debug, Default)]
struct Groups {
    codes: HashMap<String, u32>,
    names: Vec<String>,
    /// A group's days, dense, from the first of the window.
    days: Vec<Vec<Day>>,
    /// Of quantiles: the group of each kept value.
    of_value: Vec<u32>,
    /// The codes of the batch at hand.
    now: Vec<u32>,
}

impl Groups {
    fn code(&mut self, name: &str, span: usize) -> u32 {
        if let Some(code) = self.codes.get(name) {
            return *code;
        }
        let code = self.names.len() as u32;
        self.codes.insert(name.to_owned(), code);
        self.names.push(name.to_owned());
        self.days.push(vec![Day::default(); span]);
        code
    }

    /// Gives each row of the batch its group; a null is `unknown`.
    fn read(&mut self, column: &ArrayRef, span: usize) {
        let column = column.as_string::<i32>();
        self.now.clear();
        let mut last: Option<(&str, u32)> = None;
        for row in 0..column.len() {
            let name = if column.is_valid(row) { column.value(row) } else { "unknown" };
            let code = match last {
                Some((known, code)) if known == name => code,
                _ => self.code(name, span),
            };
            last = Some((name, code));
            self.now.push(code);
        }
    }
}

/// Takes the facts of one measure and makes its series.
#[derive(Debug)]
pub struct Reducer<'m> {
    measure: &'m Measure,
    first: Date,
    last: Date,
    levels: Vec<Groups>,
    /// Of quantiles: each value and its day.
    values: Vec<f64>,
    days: Vec<u32>,
}

impl<'m> Reducer<'m> {
    /// For data that is complete from `first` to `last`, civil dates, both included; the measure may begin later.
    pub fn new(measure: &'m Measure, first: Date, last: Date) -> Reducer<'m> {
        let first = measure.begins(first);
        let levels = measure.levels.iter().map(|_| Groups::default()).collect();
        Reducer { measure, first, last, levels, values: Vec::new(), days: Vec::new() }
    }

    fn span(&self) -> usize {
        (self.last.0 - self.first.0 + 1).max(0) as usize
    }

    fn is_quantile(&self) -> bool {
        matches!(self.measure.statistic, Statistic::Median | Statistic::P90)
    }

    /// Adds a batch of facts: `day`, `n`, `d` and the columns of the levels. Days outside the window are passed over.
    ///
    /// # Errors
    /// When a column is missing or cannot be read as a date, a number or text.
    pub fn push(&mut self, facts: &RecordBatch) -> Result<(), ArrowError> {
        let span = self.span();
        for (level, groups) in self.measure.levels.iter().zip(&mut self.levels) {
            match level {
                Level::System => {
                    let code = groups.code("all", span);
                    groups.now.clear();
                    groups.now.resize(facts.num_rows(), code);
                }
                level => groups.read(&column(facts, level.name(), &DataType::Utf8)?, span),
            }
        }
        let day = column(facts, "day", &DataType::Date32)?;
        let day = day.as_primitive::<Date32Type>();
        let n = column(facts, "n", &DataType::Float64)?;
        let n = n.as_primitive::<Float64Type>();
        let d = column(facts, "d", &DataType::Float64)?;
        let d = d.as_primitive::<Float64Type>();
        let within = |row: usize| {
            let at = day.is_valid(row).then(|| day.value(row).checked_sub(self.first.0))??;
            usize::try_from(at).ok().filter(|at| *at < span)
        };
        if self.is_quantile() {
            for row in 0..facts.num_rows() {
                let Some(at) = within(row).filter(|_| n.is_valid(row)) else { continue };
                self.values.push(n.value(row));
                self.days.push(at as u32);
                for groups in &mut self.levels {
                    groups.of_value.push(groups.now[row]);
                }
            }
            return Ok(());
        }
        for groups in &mut self.levels {
            for (row, code) in groups.now.iter().enumerate() {
                let Some(at) = within(row) else { continue };
                let cell = &mut groups.days[*code as usize][at];
                cell.rows += 1;
                if n.is_valid(row) {
                    cell.n += n.value(row);
                    cell.counted += 1;
                }
                if d.is_valid(row) {
                    cell.d += d.value(row);
                    cell.has_d = true;
                }
            }
        }
        Ok(())
    }

    /// The series: a row for each level, group and whole period of which there is a fact, sorted by level, group, grain and
    /// period as [`crate::series::limits`] wants them.
    pub fn finish(self, people: &People) -> Vec<SeriesRow> {
        let levels: Vec<(Level, &Groups)> = self.measure.levels.iter().copied().zip(&self.levels).collect();
        let of_level = |(level, groups): &(Level, &Groups)| {
            let mut rows = Vec::new();
            for &grain in &self.measure.periods {
                if self.is_quantile() {
                    self.quantiles(*level, groups, grain, &mut rows);
                } else {
                    self.sums(*level, groups, grain, people, &mut rows);
                }
            }
            rows
        };
        let mut rows: Vec<SeriesRow> = levels.par_iter().flat_map_iter(of_level).collect();
        rows.par_sort_unstable_by(|a, b| {
            (a.level, &a.group, a.grain, a.period).cmp(&(b.level, &b.group, b.grain, b.period))
        });
        rows
    }

    fn row(&self, level: Level, group: &str, grain: Grain, number: i32) -> SeriesRow {
        let mut row = SeriesRow::new(&self.measure.id, level, group, grain, grain.start(number), None);
        row.unit.clone_from(&self.measure.unit);
        row.source = format!("measures/{}.toml", self.measure.id);
        row
    }

    fn sums(&self, level: Level, groups: &Groups, grain: Grain, people: &People, rows: &mut Vec<SeriesRow>) {
        for (group, days) in groups.names.iter().zip(&groups.days) {
            let here = (self.measure.statistic == Statistic::Rate).then(|| people.of(level, group)).flatten();
            for number in grain.whole(self.first, self.last) {
                let from = (grain.start(number).0 - self.first.0) as usize;
                let mut sum = Day::default();
                for day in &days[from..from + grain.days(number) as usize] {
                    sum.add(day);
                }
                if sum.rows == 0 {
                    continue;
                }
                let n = (sum.counted > 0).then_some(sum.n);
                let d = sum.has_d.then_some(sum.d);
                let mut row = self.row(level, group, grain, number);
                let by = |n: Option<f64>, d: Option<f64>| n.zip(d.filter(|d| *d != 0.0)).map(|(n, d)| n / d);
                (row.numerator, row.denominator, row.value) = match (self.measure.statistic, &self.measure.denominator)
                {
                    (Statistic::Count, _) => (n, None, n),
                    (Statistic::Share, _) => {
                        let n = Some(n.unwrap_or(0.0));
                        (n, d, by(n.map(|n| 100.0 * n), d))
                    }
                    (Statistic::Mean, Some(_)) => {
                        let n = Some(n.unwrap_or(0.0));
                        (n, d, by(n, d))
                    }
                    (Statistic::Mean, None) => {
                        let counted = Some(f64::from(sum.counted));
                        (n, counted, by(n, counted))
                    }
                    (Statistic::Level, _) => {
                        let days = Some(f64::from(grain.days(number)));
                        (n, days, by(n, days))
                    }
                    (Statistic::Rate, _) => (n, here, by(n.map(|n| 1000.0 * n), here)),
                    // Taken by `quantiles`.
                    (Statistic::Median | Statistic::P90, _) => continue,
                };
                row.value = row.value.filter(|value| value.is_finite());
                rows.push(row);
            }
        }
    }

    /// Values are sorted into (group, period) by counting, then each part gives its quantile by selection.
    fn quantiles(&self, level: Level, groups: &Groups, grain: Grain, rows: &mut Vec<SeriesRow>) {
        let whole = grain.whole(self.first, self.last);
        let periods = whole.len();
        let period_of: Vec<Option<u32>> = (0..self.span() as i32)
            .map(|day| {
                let number = grain.number(Date(self.first.0 + day));
                whole.contains(&number).then(|| (number - whole.start) as u32)
            })
            .collect();
        let cell = |at: usize| {
            let period = period_of[self.days[at] as usize]?;
            Some(groups.of_value[at] as usize * periods + period as usize)
        };
        let mut ends = vec![0usize; groups.names.len() * periods + 1];
        for at in 0..self.values.len() {
            if let Some(cell) = cell(at) {
                ends[cell + 1] += 1;
            }
        }
        for at in 1..ends.len() {
            ends[at] += ends[at - 1];
        }
        let mut sorted = vec![0.0; ends.last().copied().unwrap_or(0)];
        let mut next = ends.clone();
        for (at, value) in self.values.iter().enumerate() {
            if let Some(cell) = cell(at) {
                sorted[next[cell]] = *value;
                next[cell] += 1;
            }
        }
        let q = if self.measure.statistic == Statistic::P90 { 0.9 } else { 0.5 };
        for (group, name) in groups.names.iter().enumerate() {
            for period in 0..periods {
                let at = group * periods + period;
                let part = &mut sorted[ends[at]..ends[at + 1]];
                let Some(value) = select(part, q) else { continue };
                let mut row = self.row(level, name, grain, whole.start + period as i32);
                row.denominator = Some(part.len() as f64);
                row.value = Some(value).filter(|value| value.is_finite());
                rows.push(row);
            }
        }
    }
}

/// [`crate::groups::quantile`] of values in any order, which it moves about.
fn select(values: &mut [f64], q: f64) -> Option<f64> {
    let at = q * values.len().checked_sub(1)? as f64;
    let (_, low, above) = values.select_nth_unstable_by(at.floor() as usize, f64::total_cmp);
    let low = *low;
    let high = if at.fract() > 0.0 { above.iter().copied().min_by(f64::total_cmp)? } else { low };
    Some(low + (high - low) * at.fract())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::define::tests::measure;
    use arrow::array::{Date32Array, Float64Array, Int64Array, StringArray};
    use proptest::prelude::*;
    use std::sync::Arc;

    type Fact = (i32, Option<f64>, Option<f64>, Option<&'static str>);

    fn batch(facts: &[Fact]) -> RecordBatch {
        RecordBatch::try_from_iter([
            ("day", Arc::new(facts.iter().map(|fact| Some(fact.0)).collect::<Date32Array>()) as ArrayRef),
            ("n", Arc::new(facts.iter().map(|fact| fact.1).collect::<Float64Array>())),
            ("d", Arc::new(facts.iter().map(|fact| fact.2).collect::<Float64Array>())),
            ("neighbourhood", Arc::new(facts.iter().map(|fact| fact.3).collect::<StringArray>())),
        ])
        .unwrap()
    }

    fn reduced(lines: &str, facts: &[Fact], first: i32, last: i32) -> Vec<SeriesRow> {
        let measure = measure(lines);
        let mut reducer = Reducer::new(&measure, Date(first), Date(last));
        for part in facts.chunks(3) {
            reducer.push(&batch(part)).unwrap();
        }
        let living = RecordBatch::try_from_iter([
            ("neighbourhood", Arc::new(StringArray::from(vec!["A", "B", "B"])) as ArrayRef),
            ("people", Arc::new(Int64Array::from(vec![100, 150, 250]))),
        ])
        .unwrap();
        reducer.finish(&People::from_batches([&living]).unwrap())
    }

    type Told = (String, Option<f64>, Option<f64>, Option<f64>);

    const MONDAY: i32 = 20_395; // 3 November 2025

    fn told(rows: &[SeriesRow], grain: Grain) -> Vec<Told> {
        let of = |row: &SeriesRow| (row.group.clone(), row.numerator, row.denominator, row.value);
        rows.iter().filter(|row| row.grain == grain).map(of).collect()
    }

    #[test]
    fn a_rate_is_of_those_who_live_there_and_unknown_is_of_nobody() {
        let facts = [
            (MONDAY, Some(2.0), None, Some("A")),
            (MONDAY + 6, Some(4.0), None, Some("B")),
            (MONDAY, Some(1.0), None, None),
        ];
        let rows = reduced("kind = 'flow'\nstatistic = 'rate'", &facts, MONDAY, MONDAY + 6);
        let expected = [
            ("all", 7.0, Some(500.0), Some(14.0)),
            ("A", 2.0, Some(100.0), Some(20.0)),
            ("B", 4.0, Some(400.0), Some(10.0)),
            ("unknown", 1.0, None, None),
        ];
        let expected: Vec<_> = expected.map(|(g, n, d, v)| (g.to_owned(), Some(n), d, v)).to_vec();
        assert_eq!(told(&rows, Grain::Week), expected);
    }

    #[test]
    fn a_share_of_nobody_has_no_value_and_none_of_some_is_nought() {
        let facts = [(MONDAY, None, Some(1.0), Some("A")), (MONDAY, Some(1.0), None, Some("B"))];
        let rows = reduced("kind = 'flow'\nstatistic = 'share'", &facts, MONDAY, MONDAY + 6);
        let week = told(&rows, Grain::Week);
        assert_eq!(week[1], ("A".to_owned(), Some(0.0), Some(1.0), Some(0.0)));
        assert_eq!(week[2], ("B".to_owned(), Some(1.0), None, None));
    }

    #[test]
    fn only_whole_weeks_and_months_are_told_and_days_outside_are_not() {
        let facts: Vec<Fact> = (-3..40).map(|day| (MONDAY + day, Some(1.0), None, Some("A"))).collect();
        // Tuesday 4 November to Friday 5 December: no whole month but none, three whole weeks and one more.
        let rows = reduced("kind = 'flow'\nstatistic = 'count'", &facts, MONDAY + 1, MONDAY + 32);
        let all = |grain| {
            rows.iter()
                .filter(|row| row.grain == grain && row.level == Level::System)
                .map(|row| row.value.unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!((all(Grain::Week), all(Grain::Month), all(Grain::Day).len()), (vec![7.0; 3], vec![], 32));
    }

    proptest! {
        #[test]
        fn it_says_what_a_plain_reading_of_the_rows_says(
            facts in prop::collection::vec((0i32..70, prop::option::of(-9i32..9), prop::sample::select(vec![None, Some("A"), Some("B")])), 0..120),
            from in 0i32..30, long in 0i32..50, which in 0usize..3,
        ) {
            let statistic = ["count", "median", "p90"][which];
            let facts: Vec<Fact> = facts.into_iter().map(|(day, n, group)| (MONDAY + day, n.map(f64::from), None, group)).collect();
            let (first, last) = (MONDAY + from, MONDAY + from + long);
            let rows = reduced(&format!("kind = 'flow'\nstatistic = '{statistic}'"), &facts, first, last);
            let mut seen = 0;
            for &grain in Grain::ALL {
                for number in grain.whole(Date(first), Date(last)) {
                    for group in ["all", "A", "B", "unknown"] {
                        let of: Vec<&Fact> = facts.iter().filter(|fact| grain.number(Date(fact.0)) == number && (group == "all" || fact.3.unwrap_or("unknown") == group)).collect();
                        let mut values: Vec<f64> = of.iter().filter_map(|fact| fact.1).collect();
                        values.sort_by(f64::total_cmp);
                        let plain = match which {
                            0 => (!values.is_empty()).then(|| values.iter().sum()),
                            1 => crate::groups::quantile(&values, 0.5),
                            _ => crate::groups::quantile(&values, 0.9),
                        };
                        let exists = if which == 0 { !of.is_empty() } else { !values.is_empty() };
                        let row = rows.iter().find(|row| row.grain == grain && row.group == group && row.period == grain.start(number));
                        prop_assert_eq!(row.is_some(), exists);
                        prop_assert_eq!(row.and_then(|row| row.value), plain);
                        seen += usize::from(exists);
                    }
                }
            }
            prop_assert_eq!(seen, rows.len());
        }
    }
}

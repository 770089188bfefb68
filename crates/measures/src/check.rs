//! A measure's own tests: given these rows, this numerator, denominator and value.
//!
//! A file `measures/spec/<id>.md` of a place is read by people first: Markdown with a section a case, tables of what is given
//! and a table of what then is so. [`parse`] makes Arrow batches of what is given, typed as the Lake has them; the caller puts
//! them in place of the tables, asks [`crate::facts_sql`] for [`Case::window`], and [`judge`] compares. The format is in
//! `docs/measures.md`.
//!
//! ```
//! use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
//! use domain::Place;
//! use measures::{Grain, Level, SeriesRow, check};
//! let place = Place::parse("name = 'Here'\ntime_zone = 'Europe/London'\n")?;
//! let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
//! let stays = Schema::new(vec![Field::new("kind", DataType::Utf8, true), Field::new("ended", time, true)]);
//! let file = "## Who has left counts\n
//! Given stays\n
//! | kind | ended |
//! | --- | --- |
//! | emergency_department | 2025-11-03 14:00 |\n
//! Then\n
//! | period | value |
//! | --- | --- |
//! | 2025-11-03 | 1 |\n";
//! let cases = check::parse("left.md", file, &place, |table| (table == "stays").then(|| stays.clone())).unwrap();
//! let day = cases[0].expected[0].period;
//! let two = SeriesRow::new("left", Level::System, "all", Grain::Day, day, Some(2.0));
//! let failures = check::judge(&cases[0], &[two]);
//! assert_eq!(failures[0].to_string(), "line 13: Who has left counts: 2025-11-03: expected value 1; got value 2");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::define::{Measure, MeasureProblem};
use crate::series::{Grain, Level, SeriesRow};
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, RecordBatch, RecordBatchOptions,
    StringArray, TimestampMicrosecondArray, new_null_array,
};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use domain::{Date, Instant, Place, Precision};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// One section of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its heading.
    pub title: String,
    /// Where the heading stands, from 1.
    pub line: usize,
    /// `Known until …`: the moment up to which events are told, where the case says one.
    pub known_until: Option<Instant>,
    /// What is given, by the names of the tables: their columns are those of the Lake, all of them nullable.
    pub tables: Vec<(String, RecordBatch)>,
    /// What is then so.
    pub expected: Vec<Expectation>,
}

/// One row of a `Then` table.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// Where it stands, from 1.
    pub line: usize,
    /// For whom.
    pub level: Level,
    /// Which of them; `all` for the system.
    pub group: String,
    /// How long the period is.
    pub grain: Grain,
    /// Its first day.
    pub period: Date,
    /// What the table says of it.
    says: Vec<(Part, Option<Written>)>,
}

/// A column of a `Then` table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Numerator,
    Denominator,
    Value,
}

impl Part {
    const ALL: [Part; 3] = [Part::Numerator, Part::Denominator, Part::Value];

    const fn name(self) -> &'static str {
        match self {
            Part::Numerator => "numerator",
            Part::Denominator => "denominator",
            Part::Value => "value",
        }
    }

    const fn of(self, row: &SeriesRow) -> Option<f64> {
        match self {
            Part::Numerator => row.numerator,
            Part::Denominator => row.denominator,
            Part::Value => row.value,
        }
    }
}

/// A number as it was written: 33.3 is met by 33.333, but 33 is not.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Written {
    number: f64,
    decimals: i32,
}

impl Written {
    fn is_met_by(self, got: f64) -> bool {
        let slack = if self.decimals == 0 { 0.0 } else { 0.5 * 10_f64.powi(-self.decimals) };
        (got - self.number).abs() <= slack + 1e-9 * self.number.abs().max(1.0)
    }
}

/// A case whose measure says something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The row of the `Then` table, from 1.
    pub line: usize,
    /// The case.
    pub title: String,
    /// What was expected and what came.
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}: {}: {}", self.line, self.title, self.message)
    }
}

impl Case {
    /// The first and last day for which to ask the measure: whole months around what is expected, and its warm-up before.
    pub fn window(&self, measure: &Measure) -> (Date, Date) {
        let (from, to) = self.expected.iter().fold((i32::MAX, i32::MIN), |(from, to), one| {
            let number = one.grain.number(one.period);
            (from.min(one.grain.start(number).0), to.max(one.grain.start(number + 1).0 - 1))
        });
        // A month may begin in the middle of a week, so a week more on either side.
        let month = |day: i32, more: i32| Grain::Month.start(Grain::Month.number(Date(day)) + more).0;
        let first = month(from - 7, 0) - i32::from(measure.warm_up);
        (Date(first), Date(month(to + 7, 1) - 1))
    }
}

/// Compares what the measure said, as it comes from the rows given (before [`crate::series::complete`]), with what the case
/// expects.
///
/// A column that the `Then` table leaves out is not checked. A blank is a number that is not there. A row that it leaves out is a
/// failure, if there are rows of the same level and period length in it.
pub fn judge(case: &Case, rows: &[SeriesRow]) -> Vec<Failure> {
    let mut failures = Vec::new();
    let same = |one: &Expectation, row: &SeriesRow| {
        (one.level, one.group.as_str(), one.grain, one.grain.number(one.period))
            == (row.level, row.group.as_str(), row.grain, row.grain.number(row.period))
    };
    for one in &case.expected {
        let row = rows.iter().find(|row| same(one, row));
        let got = |part: Part| row.and_then(|row| part.of(row));
        let is_met = one.says.iter().all(|(part, written)| match (written, got(*part)) {
            (None, None) => true,
            (Some(written), Some(got)) => written.is_met_by(got),
            _ => false,
        });
        if is_met {
            continue;
        }
        let say = |numbers: Vec<(Part, Option<f64>)>| {
            let words = numbers.iter().map(|(part, number)| match number {
                Some(number) => format!("{} {}", part.name(), shown(*number)),
                None => format!("no {}", part.name()),
            });
            words.collect::<Vec<_>>().join(", ")
        };
        let expected = say(one.says.iter().map(|(part, written)| (*part, written.map(|w| w.number))).collect());
        let came = match row {
            Some(_) => say(one.says.iter().map(|(part, _)| (*part, got(*part))).collect()),
            None => "nothing".to_owned(),
        };
        failures.push(Failure {
            line: one.line,
            title: case.title.clone(),
            message: format!(
                "{}: expected {expected}; got {came}",
                whose(one.level, &one.group, one.grain, one.period)
            ),
        });
    }
    for row in rows.iter().filter(|row| row.value.is_some()) {
        let Some(near) = case.expected.iter().find(|one| (one.level, one.grain) == (row.level, row.grain)) else {
            continue;
        };
        if case.expected.iter().any(|one| same(one, row)) {
            continue;
        }
        let value = row.value.map(shown).unwrap_or_default();
        let whose = whose(row.level, &row.group, row.grain, row.period);
        failures.push(Failure {
            line: near.line,
            title: case.title.clone(),
            message: format!("{whose}: got value {value}, of which the table says nothing"),
        });
    }
    failures
}

fn whose(level: Level, group: &str, grain: Grain, period: Date) -> String {
    let period = match grain {
        Grain::Day => period.to_string(),
        Grain::Week => format!("week of {period}"),
        Grain::Month => period.to_string().chars().take(7).collect(),
    };
    match level {
        Level::System => period,
        level => format!("{period}, {} {group}", level.name()),
    }
}

/// Without the noise of binary fractions.
fn shown(number: f64) -> String {
    let rounded = (number * 1e6).round() / 1e6;
    format!("{}", if rounded.is_finite() { rounded } else { number })
}

/// A cell and where it stands.
#[derive(Debug, Clone)]
struct Cell {
    text: String,
    line: usize,
    column: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Heading {
    Given(String),
    Then,
}

#[derive(Debug, Clone)]
struct Table {
    heading: Option<Heading>,
    head: Vec<Cell>,
    rows: Vec<Vec<Cell>>,
}

#[derive(Debug, Default)]
struct Section {
    title: String,
    line: usize,
    known_until: Option<Cell>,
    tables: Vec<Table>,
}

/// Reads the cases of a file. `schema` gives the columns of a table of the Lake; what is written without an offset is on the clock
/// of the place.
///
/// # Errors
/// Everything that is wrong with the file, each with its line, column and the way out.
pub fn parse(
    file: &str,
    text: &str,
    place: &Place,
    schema: impl Fn(&str) -> Option<Schema>,
) -> Result<Vec<Case>, Vec<MeasureProblem>> {
    let mut reader = Reader { file, place, schema: &schema, names: HashMap::new(), problems: Vec::new() };
    let mut sections = reader.sections(text).into_iter();
    // What stands before the first heading holds for every case.
    let shared = sections.next().unwrap_or_default();
    let mut cases = Vec::new();
    for section in sections {
        cases.extend(reader.case(&shared, &section));
    }
    if cases.is_empty() && reader.problems.is_empty() {
        let at = Cell { text: String::new(), line: 1, column: 1 };
        reader.wrong(&at, "there is no case here", "begin one with a line such as `## Exactly four hours is in time`");
    }
    // The shared tables are read once a case, and are wrong once.
    reader.problems.dedup();
    if reader.problems.is_empty() { Ok(cases) } else { Err(reader.problems) }
}

struct Reader<'a> {
    file: &'a str,
    place: &'a Place,
    schema: &'a dyn Fn(&str) -> Option<Schema>,
    /// Ann is the same number wherever she stands.
    names: HashMap<String, i64>,
    problems: Vec<MeasureProblem>,
}

/// Numbers of people and things, for which a table may hold a name.
const NAMED: [&str; 8] = ["person", "stay", "journey", "episode", "subject", "other_subject", "event_id", "fact"];
const KNOWN_UNTIL: &str = "known until ";
/// Numbers that stand for names begin here.
const NAMES: i64 = 1_000_001;

impl Reader<'_> {
    fn wrong(&mut self, at: &Cell, message: impl Into<String>, help: impl Into<String>) {
        let problem = MeasureProblem {
            file: self.file.to_owned(),
            line: at.line,
            column: at.column,
            message: message.into(),
            help: help.into(),
        };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// What stands before the first heading, then one section a heading.
    fn sections(&mut self, text: &str) -> Vec<Section> {
        let mut sections = vec![Section::default()];
        let mut heading: Option<Heading> = None;
        let mut in_table = false;
        for (at, line) in text.lines().enumerate() {
            let at = at + 1;
            if let Some(title) = line.strip_prefix("## ") {
                sections.push(Section { title: title.trim().to_owned(), line: at, ..Section::default() });
                heading = None;
            }
            let Some(section) = sections.last_mut() else { continue };
            let Some(cells) = cells(line, at) else {
                in_table = false;
                let words = line.trim().trim_end_matches([':', '.']);
                let lower = words.to_lowercase();
                if let Some(table) = lower.strip_prefix("given ") {
                    heading = Some(Heading::Given(table.trim().trim_matches('`').replace(' ', "_")));
                } else if lower == "then" {
                    heading = Some(Heading::Then);
                } else if lower.starts_with(KNOWN_UNTIL) {
                    let text = words.chars().skip(KNOWN_UNTIL.len()).collect();
                    section.known_until = Some(Cell { text, line: at, column: KNOWN_UNTIL.len() + 1 });
                }
                continue;
            };
            match section.tables.last_mut().filter(|_| in_table) {
                None => section.tables.push(Table { heading: heading.take(), head: cells, rows: Vec::new() }),
                Some(_)
                    if cells
                        .iter()
                        .all(|cell| cell.text.len() >= 3 && cell.text.trim_matches([':', '-']).is_empty()) => {}
                Some(table) if table.head.len() == cells.len() => table.rows.push(cells),
                Some(table) => {
                    let (has, wants) = (cells.len(), table.head.len());
                    if let Some(first) = cells.first().cloned() {
                        self.wrong(
                            &first,
                            format!("this row has {has} cells and its heading {wants}"),
                            "put one `|` between two cells, and leave a cell blank where nothing is known",
                        );
                    }
                }
            }
            in_table = true;
        }
        sections
    }

    fn case(&mut self, shared: &Section, section: &Section) -> Option<Case> {
        let mut tables: Vec<(String, RecordBatch)> = Vec::new();
        let mut expected = Vec::new();
        for table in shared.tables.iter().chain(&section.tables) {
            match &table.heading {
                Some(Heading::Given(name)) => {
                    let Some(batch) = self.given(name, table) else { continue };
                    // What a case gives itself takes the place of what all are given.
                    tables.retain(|(known, _)| known != name);
                    tables.push((name.clone(), batch));
                }
                Some(Heading::Then) => expected.extend(self.then(table)),
                None => {
                    let Some(at) = table.head.first().cloned() else { continue };
                    self.wrong(
                        &at,
                        "nothing says what this table is",
                        "write `Given stays` or `Then` on a line above it",
                    );
                }
            }
        }
        let here = Cell { text: String::new(), line: section.line, column: 1 };
        if !shared.tables.iter().chain(&section.tables).any(|table| matches!(table.heading, Some(Heading::Given(_)))) {
            self.wrong(&here, "nothing is given", "add a line such as `Given stays` with a table below it");
        }
        if !section.tables.iter().any(|table| table.heading == Some(Heading::Then) && !table.rows.is_empty()) {
            let help = "add a line `Then` with a table below it: | period | numerator | denominator | value |";
            self.wrong(&here, "nothing is expected", help);
        }
        let known_until = section.known_until.as_ref().or(shared.known_until.as_ref());
        let known_until = known_until.and_then(|cell| self.time(cell)).map(|(at, _)| at);
        Some(Case { title: section.title.clone(), line: section.line, known_until, tables, expected })
    }

    fn time(&mut self, cell: &Cell) -> Option<(Instant, Precision)> {
        match self.place.zone.parse(&cell.text) {
            Ok(time) => Some(time),
            Err(error) => {
                let message = format!("`{}` is not a time: {error}", cell.text);
                self.wrong(cell, message, "write 2025-11-03 14:05, or 2025-11-03 for a date without a time");
                None
            }
        }
    }

    /// The rows of a table of the Lake. A column that is not written is null, but for a few that can be known.
    fn given(&mut self, name: &str, table: &Table) -> Option<RecordBatch> {
        let at = table.head.first()?.clone();
        let Some(schema) = (self.schema)(name) else {
            self.wrong(
                &at,
                format!("there is no table `{name}`"),
                "use one of those in docs/tables.md, such as `Given stays`",
            );
            return None;
        };
        let before = self.problems.len();
        let mut columns: HashMap<&str, usize> = HashMap::new();
        for (at, head) in table.head.iter().enumerate() {
            let wanted = column_name(name, &head.text);
            match schema.fields().iter().find(|field| *field.name() == wanted) {
                None => {
                    let known: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
                    let message = format!("`{name}` has no column `{}`", head.text);
                    self.wrong(head, message, format!("use {}", known.join(", ")));
                }
                Some(field) => {
                    if columns.insert(field.name(), at).is_some() {
                        self.wrong(head, format!("the column `{}` is there twice", head.text), "keep one of the two");
                    }
                }
            }
        }
        let mut table = table.clone();
        if name == "events" {
            self.tidy(&mut table, &columns);
        }
        let table = &table;
        let times: Vec<usize> = schema
            .fields()
            .iter()
            .filter(|field| matches!(field.data_type(), DataType::Timestamp(..)))
            .filter_map(|field| columns.get(field.name().as_str()).copied())
            .collect();
        let mut arrays: Vec<ArrayRef> = Vec::new();
        for field in schema.fields() {
            let cells: Vec<Option<&Cell>> = match columns.get(field.name().as_str()) {
                Some(at) => table.rows.iter().map(|row| Some(&row[*at]).filter(|cell| !cell.text.is_empty())).collect(),
                None => match self.known(name, field.name(), table, &columns, &times) {
                    Some(array) => {
                        arrays.push(array);
                        continue;
                    }
                    None => vec![None; table.rows.len()],
                },
            };
            arrays.push(self.array(field, &cells));
        }
        if self.problems.len() > before {
            return None;
        }
        let fields: Vec<Field> = schema
            .fields()
            .iter()
            .zip(&arrays)
            .map(|(field, array)| Field::new(field.name(), array.data_type().clone(), true))
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(table.rows.len()));
        match RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options) {
            Ok(batch) => Some(batch),
            Err(error) => {
                self.wrong(&at, error.to_string(), "compare with the example in docs/measures.md");
                None
            }
        }
    }

    /// Events come by person, as the fold takes them, and one that says nothing of when it was received was so when it happened.
    fn tidy(&mut self, table: &mut Table, columns: &HashMap<&str, usize>) {
        if let Some(person) = columns.get("person").or(columns.get("subject")) {
            table.rows.sort_by_cached_key(|row| self.named(&row[*person].text));
        }
        if let Some((received, occurred)) = columns.get("received_at").zip(columns.get("occurred_at")) {
            for row in table.rows.iter_mut().filter(|row| row[*received].text.is_empty()) {
                row[*received] = row[*occurred].clone();
            }
        }
    }

    /// A column that follows from what is written: `precision` is that of the coarsest time in the row, a stay or event that is not
    /// named has a number of its own, and an event is told by the organisation of its service, when it happens.
    fn known(
        &mut self,
        name: &str,
        field: &str,
        table: &Table,
        columns: &HashMap<&str, usize>,
        times: &[usize],
    ) -> Option<ArrayRef> {
        let rows = || table.rows.iter();
        let of = |column: &str| columns.get(column).copied();
        match (name, field) {
            (_, "precision") => {
                let coarsest = rows().map(|row| {
                    let times = times.iter().filter_map(|at| self.place.zone.parse(&row[*at].text).ok());
                    let coarseness = |precision: &Precision| match precision {
                        Precision::Second => 0,
                        Precision::Minute => 1,
                        Precision::Day => 2,
                    };
                    times.map(|(_, precision)| precision).max_by_key(coarseness).map(|precision| precision.name())
                });
                Some(Arc::new(coarsest.collect::<StringArray>()))
            }
            ("stays", "stay") | ("events", "event_id") => {
                Some(Arc::new((1..=table.rows.len() as i64).collect::<Int64Array>()))
            }
            ("events", "organisation") => {
                let at = of("service")?;
                let told_by =
                    rows().map(|row| self.place.service(&row[at].text).map(|service| service.organisation.as_str()));
                Some(Arc::new(told_by.collect::<StringArray>()))
            }
            ("events", "received_at") => self.copied(field, table, of("occurred_at")?, UTC_TIME.clone()),
            ("events", "subject" | "person") => match of("person").or(of("subject")) {
                Some(at) => self.copied(field, table, at, DataType::Int64),
                None => Some(Arc::new(Int64Array::from(vec![1; table.rows.len()]))),
            },
            _ => None,
        }
    }

    fn copied(&mut self, field: &str, table: &Table, at: usize, kind: DataType) -> Option<ArrayRef> {
        let cells: Vec<Option<&Cell>> =
            table.rows.iter().map(|row| Some(&row[at]).filter(|cell| !cell.text.is_empty())).collect();
        Some(self.array(&Field::new(field, kind, true), &cells))
    }

    fn array(&mut self, field: &Field, cells: &[Option<&Cell>]) -> ArrayRef {
        if cells.iter().all(Option::is_none) {
            return new_null_array(field.data_type(), cells.len());
        }
        match field.data_type() {
            DataType::Utf8 => {
                Arc::new(cells.iter().map(|cell| cell.map(|cell| cell.text.as_str())).collect::<StringArray>())
            }
            DataType::Int64 if NAMED.contains(&field.name().as_str()) => Arc::new(
                self.each(cells, |reader, cell| Some(reader.named(&cell.text))).into_iter().collect::<Int64Array>(),
            ),
            DataType::Int64 => Arc::new(self.numbers::<i64>(cells).into_iter().collect::<Int64Array>()),
            DataType::Int32 => Arc::new(self.numbers::<i32>(cells).into_iter().collect::<Int32Array>()),
            DataType::Float64 => Arc::new(self.numbers::<f64>(cells).into_iter().collect::<Float64Array>()),
            DataType::Boolean => {
                let read = |reader: &mut Self, cell: &Cell| match cell.text.as_str() {
                    "yes" | "true" => Some(true),
                    "no" | "false" => Some(false),
                    other => {
                        reader.wrong(cell, format!("`{other}` is not yes or no"), "write yes, no, or leave it blank");
                        None
                    }
                };
                Arc::new(self.each(cells, read).into_iter().collect::<BooleanArray>())
            }
            DataType::Date32 => {
                let read = |reader: &mut Self, cell: &Cell| {
                    let (at, precision) = reader.time(cell)?;
                    if precision != Precision::Day {
                        reader.wrong(
                            cell,
                            format!("`{}` has a time, and this is a date", cell.text),
                            "write 2025-11-03",
                        );
                    }
                    Some(reader.place.zone.date(at).0)
                };
                Arc::new(self.each(cells, read).into_iter().collect::<Date32Array>())
            }
            DataType::Timestamp(TimeUnit::Microsecond, zone) => {
                let times = self.each(cells, |reader, cell| reader.time(cell).map(|(at, _)| at.micros()));
                Arc::new(times.into_iter().collect::<TimestampMicrosecondArray>().with_timezone_opt(zone.clone()))
            }
            other => {
                if let Some(cell) = cells.iter().flatten().next() {
                    let message = format!("the column `{}` cannot be written in a table", field.name());
                    self.wrong(cell, message, "leave the column out");
                }
                new_null_array(other, cells.len())
            }
        }
    }

    fn each<T>(&mut self, cells: &[Option<&Cell>], read: impl Fn(&mut Self, &Cell) -> Option<T>) -> Vec<Option<T>> {
        cells.iter().map(|cell| cell.and_then(|cell| read(self, cell))).collect()
    }

    fn numbers<T: std::str::FromStr>(&mut self, cells: &[Option<&Cell>]) -> Vec<Option<T>> {
        self.each(cells, |reader, cell| {
            let number = cell.text.parse().ok();
            if number.is_none() {
                reader.wrong(
                    cell,
                    format!("`{}` is not a number that fits here", cell.text),
                    "write digits, such as 75",
                );
            }
            number
        })
    }

    /// A number as it is; a name as a number that no other name has.
    fn named(&mut self, text: &str) -> i64 {
        let next = NAMES + self.names.len() as i64;
        text.parse().unwrap_or_else(|_| *self.names.entry(text.to_owned()).or_insert(next))
    }

    fn then(&mut self, table: &Table) -> Vec<Expectation> {
        let mut period = None;
        let mut levels = Vec::new();
        let mut parts = Vec::new();
        for (at, head) in table.head.iter().enumerate() {
            let word = head.text.replace(' ', "_");
            if word == "period" {
                period = Some(at);
            } else if let Some(part) = Part::ALL.into_iter().find(|part| part.name() == word) {
                parts.push((at, part));
            } else if let Some(level) = word.parse::<Level>().ok().filter(|level| *level != Level::System) {
                levels.push((at, level));
            } else {
                let known: Vec<&str> = Level::ALL[1..].iter().map(|level| level.name()).collect();
                let message = format!("`Then` has no column `{}`", head.text);
                let help = format!("use period, numerator, denominator, value, or a level: {}", known.join(", "));
                self.wrong(head, message, help);
            }
        }
        let (Some(period), false) = (period, parts.is_empty()) else {
            if let Some(head) = table.head.first().cloned() {
                let help =
                    "write | period | numerator | denominator | value |, and those of them that you want checked";
                self.wrong(&head, "`Then` says no period, or nothing of it", help);
            }
            return Vec::new();
        };
        let mut expected = Vec::new();
        for row in &table.rows {
            let mut named = levels.iter().filter(|(at, _)| !row[*at].text.is_empty());
            let (level, group) = match (named.next(), named.next()) {
                (None, _) => (Level::System, "all".to_owned()),
                (Some((at, level)), None) => (*level, row[*at].text.clone()),
                (Some(_), Some((at, _))) => {
                    self.wrong(&row[*at], "two levels in one row", "a value is of one level: write a row for each");
                    continue;
                }
            };
            let Some((grain, period)) = self.period(&row[period]) else { continue };
            let says = parts.iter().map(|(at, part)| (*part, self.written(&row[*at]))).collect();
            expected.push(Expectation { line: row[0].line, level, group, grain, period, says });
        }
        expected
    }

    /// `2025-11-03`, `week of 2025-11-03` or `2025-11`.
    fn period(&mut self, cell: &Cell) -> Option<(Grain, Date)> {
        let text = cell.text.as_str();
        let (grain, day) = match (text.strip_prefix("week of "), text.len()) {
            (Some(monday), _) => (Grain::Week, monday.to_owned()),
            (None, 7) => (Grain::Month, format!("{text}-01")),
            (None, _) => (Grain::Day, text.to_owned()),
        };
        let parsed = self.place.zone.parse(&day).ok().filter(|(_, precision)| *precision == Precision::Day);
        let Some(day) = parsed.map(|(at, _)| self.place.zone.date(at)) else {
            let help = "write a day as 2025-11-03, a week as week of 2025-11-03, a month as 2025-11";
            self.wrong(cell, format!("`{text}` is not a period"), help);
            return None;
        };
        let start = grain.start(grain.number(day));
        if start != day {
            self.wrong(cell, format!("{day} is not a Monday"), format!("write week of {start}"));
            return None;
        }
        Some((grain, day))
    }

    fn written(&mut self, cell: &Cell) -> Option<Written> {
        let text = cell.text.trim_end_matches('%').trim().replace(',', "");
        if text.is_empty() {
            return None;
        }
        match text.parse::<f64>().ok().filter(|number| number.is_finite()) {
            Some(number) => {
                let decimals = text.split_once('.').map_or(0, |(_, after)| after.len().min(12) as i32);
                Some(Written { number, decimals })
            }
            None => {
                self.wrong(
                    cell,
                    format!("`{}` is not a number", cell.text),
                    "write digits, or leave it blank for none",
                );
                None
            }
        }
    }
}

/// The cells of a line of a table.
fn cells(line: &str, at: usize) -> Option<Vec<Cell>> {
    let line = line.trim_end();
    let inner = line.trim_start().strip_prefix('|')?;
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    let mut column = line.chars().count() - line.trim_start().chars().count() + 2;
    let cells = inner.split('|').map(|cell| {
        let blank = cell.chars().take_while(|c| c.is_whitespace()).count();
        let cell_at = Cell { text: cell.trim().to_owned(), line: at, column: column + blank };
        column += cell.chars().count() + 1;
        cell_at
    });
    Some(cells.collect())
}

static UTC_TIME: std::sync::LazyLock<DataType> =
    std::sync::LazyLock::new(|| DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())));

/// A heading as the column of the Lake: `ended by` is `ended_by`, and events may be told in the words of `spec/journeys`.
fn column_name(table: &str, head: &str) -> String {
    let word = head.trim_matches('`').replace(' ', "_");
    let event = match word.as_str() {
        "time" => "occurred_at",
        "event" => "kind",
        "told_by" => "organisation",
        "other" => "other_service",
        "received" => "received_at",
        other => other,
    };
    if table == "events" { event.to_owned() } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::define;
    use arrow::array::{Array, AsArray};
    use arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};
    use std::path::Path;

    /// The columns of the tables of the Lake that a measure asks, as docs/tables.md has them.
    fn schema(table: &str) -> Option<Schema> {
        let columns = match table {
            "stays" => {
                "person:l stay:l journey:l organisation service kind sector episode:l asked:t started:t ready:t ended:t precision need outcome \
                 contacts:i age:i sex neighbourhood deprivation:i"
            }
            "handovers" => {
                "person:l journey:l handover from_service from_organisation from_kind to_service to_organisation to_kind asked:t accepted:t \
                 taken:t ended_at:t ended_by wait_minutes:f still_waiting:b standard_minutes:f precision age:i sex neighbourhood \
                 deprivation:i need"
            }
            "delay_ledger" => {
                "day:d handover from_service from_organisation to_service to_organisation neighbourhood age_band sex deprivation:i need \
                 people:l waiting:l person_minutes:f"
            }
            "events" => {
                "event_id:l organisation service subject:l person:l episode:l kind occurred_at:t precision received_at:t other_service need \
                 fact:l corrects"
            }
            "population" => "neighbourhood deprivation:i age_band sex people:l",
            "services" => "service name kind organisation sector capacity:i",
            "watched" => "handover name from_kind to_kind standard_minutes:f",
            _ => return None,
        };
        let field = |column: &str| {
            let (name, kind) = column.split_once(':').unwrap_or((column, "s"));
            let kind = match kind {
                "l" => DataType::Int64,
                "i" => DataType::Int32,
                "f" => DataType::Float64,
                "b" => DataType::Boolean,
                "d" => DataType::Date32,
                "t" => UTC_TIME.clone(),
                _ => DataType::Utf8,
            };
            Field::new(name, kind, false)
        };
        Some(Schema::new(columns.split_whitespace().map(field).collect::<Vec<_>>()))
    }

    fn place() -> Place {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../place/place.toml");
        Place::parse(&std::fs::read_to_string(folder).unwrap()).unwrap()
    }

    fn read(text: &str) -> Vec<Case> {
        parse("m.md", text, &place(), schema).unwrap_or_else(|problems| panic!("{}", problems[0]))
    }

    const GOOD: &str = "# A measure\n\nGiven services:\n\n| service | capacity |\n| --- | --- |\n| a | 12 |\n\n## One\n\nWords.\n\nGiven stays\n\n\
        | person | kind | started | ended | age |\n|---|---|---|---|---|\n| Ann | ward | 2025-07-03 09:00 | 2025-07-04 | 81 |\n\
        | Bob | ward | 2025-07-03 09:00 | | |\n| Ann | ward | | | |\n\nThen\n\n| period | neighbourhood | numerator | value |\n| --- | --- | --- | --- |\n\
        | 2025-07 | | 1 | 33.3% |\n| week of 2025-07-07 | Dunmoor | | |\n";

    #[test]
    fn a_file_becomes_tables_of_the_lake_and_what_is_expected_of_them() {
        let cases = read(GOOD);
        let [case] = &cases[..] else { panic!("{cases:?}") };
        assert_eq!((case.title.as_str(), case.line), ("One", 9));
        assert_eq!(case.tables.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["services", "stays"]);
        let stays = &case.tables[1].1;
        assert_eq!((stays.num_rows(), stays.num_columns()), (3, 20));
        let people = stays["person"].as_primitive::<Int64Type>();
        assert_eq!(people.value(0), people.value(2));
        assert_ne!(people.value(0), people.value(1));
        // British summer time, and the coarser of two times.
        assert_eq!(stays["started"].as_primitive::<TimestampMicrosecondType>().value(0), 1_751_529_600_000_000);
        assert_eq!(
            stays["precision"].as_string::<i32>().iter().collect::<Vec<_>>(),
            [Some("day"), Some("minute"), None]
        );
        assert_eq!(stays["age"].as_primitive::<Int32Type>().iter().collect::<Vec<_>>(), [Some(81), None, None]);
        assert_eq!(stays["stay"].as_primitive::<Int64Type>().values().to_vec(), [1, 2, 3]);
        assert_eq!(stays["outcome"].null_count(), 3);
        let [all, here] = &case.expected[..] else { panic!("{:?}", case.expected) };
        assert_eq!((all.level, all.group.as_str(), all.grain, all.line), (Level::System, "all", Grain::Month, 25));
        assert_eq!((here.level, here.group.as_str(), here.grain), (Level::Neighbourhood, "Dunmoor", Grain::Week));
    }

    #[test]
    fn events_may_be_told_in_the_words_of_the_manual() {
        let cases = read(
            "## Told\n\nKnown until 2025-11-04 12:00.\n\nGiven events\n\n| person | time | service | event | other |\n| --- | --- | --- | --- | --- |\n\
             | Ann | 2025-11-03 09:00 | general-ed | left | home |\n| Bob | 2025-11-03 08:00 | general-ed | started | |\n\
             | Ann | 2025-11-03 10:00 | practice-01 | seen | |\n\nThen\n\n| period | value |\n| --- | --- |\n| 2025-11-03 | 1 |\n",
        );
        let events = &cases[0].tables[0].1;
        let told_by: Vec<_> = events["organisation"].as_string::<i32>().iter().collect();
        assert_eq!(told_by, [Some("QR1"), Some("QR101"), Some("QR1")], "by person, as the fold wants them");
        assert_eq!(events["kind"].as_string::<i32>().value(0), "left");
        assert_eq!(events["other_service"].as_string::<i32>().value(0), "home");
        assert_eq!(&events["received_at"], &events["occurred_at"]);
        assert_eq!(&events["subject"], &events["person"]);
        assert_eq!(cases[0].known_until, Some(place().zone.parse("2025-11-04 12:00").unwrap().0));
    }

    fn check(text: &str, want: &[&str]) {
        let problems = parse("m.md", text, &place(), schema).err().unwrap_or_default();
        assert_eq!(problems.iter().map(ToString::to_string).collect::<Vec<_>>(), want, "{text}");
    }

    #[test]
    fn a_broken_file_names_its_line_and_the_way_out() {
        check(GOOD, &[]);
        check(
            "# Nothing\n",
            &[
                "m.md:1:1: there is no case here (help: begin one with a line such as `## Exactly four hours is in time`)",
            ],
        );
        check(
            &GOOD.replace("Given stays", "Given stay").replace("| age |", "| agee |"),
            &["m.md:15:3: there is no table `stay` (help: use one of those in docs/tables.md, such as `Given stays`)"],
        );
        check(
            &GOOD.replace("Given services:", "Given services, and words"),
            &[
                "m.md:5:3: there is no table `services,_and_words` (help: use one of those in docs/tables.md, such as `Given stays`)",
            ],
        );
        check(
            &GOOD.replace("| service | capacity |", "| service | beds |"),
            &[
                "m.md:5:13: `services` has no column `beds` (help: use service, name, kind, organisation, sector, capacity)",
            ],
        );
        check(
            &GOOD.replace("Given stays\n", "Here are the stays.\n"),
            &["m.md:15:3: nothing says what this table is (help: write `Given stays` or `Then` on a line above it)"],
        );
        check(
            &GOOD.replace("| 12 |", "| twelve |").replace("2025-07-04 |", "2025-02-30 |"),
            &[
                "m.md:7:7: `twelve` is not a number that fits here (help: write digits, such as 75)",
                "m.md:17:35: `2025-02-30` is not a time: there is no such day or hour (help: write 2025-11-03 14:05, or 2025-11-03 for a date without a time)",
            ],
        );
        check(
            &GOOD.replace("| Bob | ward |", "| Bob |"),
            &[
                "m.md:18:3: this row has 4 cells and its heading 5 (help: put one `|` between two cells, and leave a cell blank where nothing is known)",
            ],
        );
        check(
            &GOOD.replace("week of 2025-07-07", "week of 2025-07-09").replace("| 2025-07 |", "| July |"),
            &[
                "m.md:25:3: `July` is not a period (help: write a day as 2025-11-03, a week as week of 2025-11-03, a month as 2025-11)",
                "m.md:26:3: 2025-07-09 is not a Monday (help: write week of 2025-07-07)",
            ],
        );
        check(
            &GOOD.replace("neighbourhood | numerator", "ward | numerator"),
            &[
                "m.md:23:12: `Then` has no column `ward` (help: use period, numerator, denominator, value, or a level: neighbourhood, organisation, service, deprivation, age_band, sex)",
            ],
        );
        check(
            "## One\n\nThen\n\n| period | value |\n| --- | --- |\n",
            &[
                "m.md:1:1: nothing is given (help: add a line such as `Given stays` with a table below it)",
                "m.md:1:1: nothing is expected (help: add a line `Then` with a table below it: | period | numerator | denominator | value |)",
            ],
        );
    }

    proptest::proptest! {
        #[test]
        fn no_scribble_stops_the_reader(at in 0usize..700, scribble in "[ -~é|\n]{0,8}") {
            let at = (0..=at.min(GOOD.len())).rev().find(|at| GOOD.is_char_boundary(*at)).unwrap();
            let text = format!("{}{scribble}{}", &GOOD[..at], &GOOD[at..]);
            if let Err(problems) = parse("m.md", &text, &place(), schema) {
                proptest::prop_assert!(!problems.is_empty());
                for problem in problems {
                    proptest::prop_assert!(problem.line <= text.lines().count() && !problem.help.is_empty());
                }
            }
        }
    }

    fn row(level: Level, group: &str, grain: Grain, day: &str, numbers: [Option<f64>; 3]) -> SeriesRow {
        let day = place().zone.date(place().zone.parse(day).unwrap().0);
        let mut row = SeriesRow::new("m", level, group, grain, day, numbers[2]);
        (row.numerator, row.denominator) = (numbers[0], numbers[1]);
        row
    }

    #[test]
    fn what_is_expected_and_what_came_stand_side_by_side() {
        let cases = read(GOOD);
        let judged = |rows: &[SeriesRow]| judge(&cases[0], rows).iter().map(ToString::to_string).collect::<Vec<_>>();
        let month = |n, value| row(Level::System, "all", Grain::Month, "2025-07-01", [Some(n), Some(3.0), Some(value)]);
        assert_eq!(
            judged(&[month(1.0, 100.0 / 3.0)]),
            [] as [&str; 0],
            "nothing is expected of Dunmoor, and nothing came"
        );
        assert_eq!(
            judged(&[month(1.0, 33.2)]),
            ["line 25: One: 2025-07: expected numerator 1, value 33.3; got numerator 1, value 33.2"]
        );
        assert_eq!(judged(&[]), ["line 25: One: 2025-07: expected numerator 1, value 33.3; got nothing"]);
        let dunmoor = row(Level::Neighbourhood, "Dunmoor", Grain::Week, "2025-07-07", [Some(2.0), None, Some(1.0)]);
        assert_eq!(
            judged(&[month(1.0, 33.3), dunmoor]),
            [
                "line 26: One: week of 2025-07-07, neighbourhood Dunmoor: expected no numerator, no value; got numerator 2, value 1"
            ]
        );
        let other = row(Level::System, "all", Grain::Month, "2025-08-01", [Some(1.0), Some(1.0), Some(100.0)]);
        let day = row(Level::System, "all", Grain::Day, "2025-08-01", [Some(1.0), Some(1.0), Some(100.0)]);
        assert_eq!(
            judged(&[month(1.0, 33.3), other, day]),
            ["line 25: One: 2025-08: got value 100, of which the table says nothing"],
            "days are not in the table at all, so they are not checked"
        );
    }

    #[test]
    fn the_window_holds_whole_months_and_the_warm_up() {
        let cases = read(GOOD);
        let window = |lines: &str| {
            let (first, last) = cases[0].window(&define::tests::measure(lines));
            format!("{first} {last}")
        };
        assert_eq!(window("kind = 'flow'\nstatistic = 'count'"), "2025-06-01 2025-08-31");
        assert_eq!(window("kind = 'flow'\nstatistic = 'count'\nwarm_up = 30"), "2025-05-02 2025-08-31");
    }

    #[test]
    fn the_example_in_the_manual_is_a_case() {
        let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/measures.md");
        let text = std::fs::read_to_string(manual).unwrap();
        let example = text.split("```").find_map(|block| block.strip_prefix("markdown\n")).unwrap();
        let cases = read(example);
        assert_eq!((cases.len(), cases[0].tables[0].1.num_rows()), (1, 2));
    }

    #[test]
    fn every_spec_of_the_library_can_be_read_and_is_of_a_measure() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../place/measures");
        let mut cases = 0;
        let mut measures = 0;
        for entry in std::fs::read_dir(folder.join("spec")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let declared = std::fs::read_to_string(folder.join(format!("{name}.toml"))).unwrap();
            let (declared, _) = define::parse([("m.toml", declared.as_str())]);
            let read = read(&std::fs::read_to_string(&path).unwrap());
            for one in read.iter().flat_map(|case| &case.expected) {
                assert!(declared[0].levels.contains(&one.level), "{name}: {:?}", one.level);
                assert!(declared[0].periods.contains(&one.grain), "{name}: {:?}", one.grain);
            }
            cases += read.len();
            measures += 1;
        }
        assert!(measures >= 8 && cases >= 24, "{cases} cases of {measures} measures");
    }
}

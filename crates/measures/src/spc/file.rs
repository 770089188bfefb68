//! `catchment spc FILE`: one CSV of periods and values in, one chart a group out, as JSON, CSV or text.
//!
//! A row that cannot be used becomes a [`RowProblem`] with its line; the others are charted. A period that is absent from a
//! regular series (every day, week, month, quarter or year) is put in as missing, so a gap is seen as a gap. Of periods of
//! two kinds (months among days) only the more frequent kind is charted. Days are judged as [`xmr_on`] judges them.
//!
//! ```
//! let csv = "month,waits\n2025-01,12\n2025-02,14\n2025-04,oops\n";
//! let report = measures::spc::from_csv(csv.as_bytes(), &Default::default())?;
//! assert_eq!(report.charts[0].periods, ["2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01"]);
//! assert_eq!(report.problems[0].to_string(), "line 4: `oops` is not a number");
//! # Ok::<(), measures::spc::FileError>(())
//! ```

use super::{Better, Chart, Limits, Options, Rebase, Rules, SpcError, Variation, case, xmr, xmr_on};
use csv::ByteRecord;
use domain::Date;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::io::Read;
use thiserror::Error;

/// Which columns to read. What is not named is guessed from the header, then from the first rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Columns {
    /// The period: a date, a month, or any label.
    pub period: Option<String>,
    /// The value.
    pub value: Option<String>,
    /// One chart for each value of this column. Guessed when called `group` or `facet`, or when periods repeat and the
    /// first column of words makes them unique.
    pub group: Option<String>,
    /// The target. Guessed only when called `target`.
    pub target: Option<String>,
}

/// How to read and chart a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FileOptions {
    /// The columns.
    pub columns: Columns,
    /// Rules, direction, target, fixing and screening; its `rebase` positions are not used.
    pub chart: Options,
    /// Periods, as dates or labels, at which every chart starts a new segment.
    pub rebase: Vec<String>,
    /// The unit of the values, for sentences.
    pub unit: String,
}

/// A file that gives no chart.
#[derive(Debug, Error)]
pub enum FileError {
    /// It cannot be read as CSV at all.
    #[error("cannot read the file as CSV")]
    Csv(#[from] csv::Error),
    /// A named column is not there, or none looks right.
    #[error("no {what} column{}: the file has {known}; name it with --{what}", .named.as_ref().map(|name| format!(" called `{name}`")).unwrap_or_default())]
    NoColumn {
        /// `period`, `value`, `group` or `target`.
        what: &'static str,
        /// The name that was asked for.
        named: Option<String>,
        /// The columns there are.
        known: String,
    },
    /// Most periods occur again, and no column tells the rows of one from another.
    #[error("most values of `{0}` occur more than once: name the column that tells groups apart with --group")]
    Repeated(String),
    /// No row could be used.
    #[error("no row has a period and a value; {0} rows have problems")]
    Empty(usize),
    /// A rebase that matches no period of any group.
    #[error("cannot rebase at `{0}`: no period is that late or has that name")]
    NoSuchPeriod(String),
    /// The options make no chart.
    #[error("cannot chart {group}")]
    Chart {
        /// The group.
        group: String,
        /// What is wrong.
        #[source]
        source: SpcError,
    },
}

/// A row that was not used, or not as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// Its line in the file, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub message: String,
}

impl std::fmt::Display for RowProblem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "line {}: {}", self.line, self.message)
    }
}

/// The chart of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedChart {
    /// The group; empty when the file has none.
    pub group: String,
    /// The periods, one a point: dates as 2025-01-31, or the labels of the file.
    pub periods: Vec<String>,
    /// `day`, `week`, `month`, `quarter`, `year`, or `point` when irregular.
    pub grain: &'static str,
    /// The chart.
    pub chart: Chart,
    /// The chart in words.
    pub sentence: String,
    /// What to know before trusting it.
    pub warnings: Vec<String>,
}

/// Everything a file gave.
#[derive(Debug, Clone, PartialEq)]
pub struct FileReport {
    /// One a group, in the order of the file.
    pub charts: Vec<NamedChart>,
    /// Rows that could not be used, in the order of the file.
    pub problems: Vec<RowProblem>,
}

/// Reads a CSV file with a header and charts every group in it.
///
/// # Errors
/// When there is no such column, no usable row, or the options fit no chart. A bad row is a problem, not an error.
pub fn from_csv(reader: impl Read, options: &FileOptions) -> Result<FileReport, FileError> {
    let mut csv = csv::ReaderBuilder::new().flexible(true).from_reader(reader);
    let header: Vec<String> =
        csv.byte_headers()?.iter().map(|name| text(name).trim_start_matches('\u{feff}').trim().to_owned()).collect();
    let mut rows = Vec::new();
    let mut record = ByteRecord::new();
    while csv.read_byte_record(&mut record)? {
        let line = record.position().map_or(0, csv::Position::line);
        rows.push((line, record.clone()));
    }
    let found = find_columns(&header, &rows, &options.columns)?;
    let (groups, mut problems) = collect(&rows, &found);
    if groups.is_empty() {
        return Err(FileError::Empty(problems.len()));
    }
    let mut rebased = vec![false; options.rebase.len()];
    let mut charts = Vec::with_capacity(groups.len());
    for group in groups {
        charts.push(chart(group, options, &mut rebased, &mut problems)?);
    }
    if let Some(at) = rebased.iter().position(|found| !found) {
        return Err(FileError::NoSuchPeriod(options.rebase[at].clone()));
    }
    problems.sort_by_key(|problem| problem.line);
    Ok(FileReport { charts, problems })
}

struct Found {
    period: usize,
    value: usize,
    group: Option<usize>,
    target: Option<usize>,
}

/// How long a period is by the way it is written. `2025-11` is a month, whatever the others are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Day,
    Month,
    Quarter,
}

impl Written {
    fn name(self) -> &'static str {
        match self {
            Written::Day => "day",
            Written::Month => "month",
            Written::Quarter => "quarter",
        }
    }
}

struct Group {
    name: String,
    rows: Vec<Row>,
}

struct Row {
    line: u64,
    label: String,
    date: Option<Date>,
    written: Written,
    value: Option<f64>,
    target: Option<f64>,
}

const PERIODS: &[&str] =
    &["period", "date", "month", "week", "day", "quarter", "year", "period_start", "week_start", "at", "x"];
const VALUES: &[&str] = &["value", "values", "y", "rate", "percent", "percentage", "count", "mean", "median"];

fn find_columns(header: &[String], rows: &[(u64, ByteRecord)], columns: &Columns) -> Result<Found, FileError> {
    let at = |name: &str| header.iter().position(|known| known.eq_ignore_ascii_case(name));
    let missing = |what, named: Option<&String>| FileError::NoColumn {
        what,
        named: named.cloned(),
        known: header.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    };
    let named = |what, name: &Option<String>| match name {
        Some(name) => at(name).map(Some).ok_or_else(|| missing(what, Some(name))),
        None => Ok(None),
    };
    let mut group = named("group", &columns.group)?;
    let mut target = named("target", &columns.target)?;
    group = group.or_else(|| at("group")).or_else(|| at("facet"));
    target = target.or_else(|| at("target"));
    // A column fits when more than half of its first filled cells do.
    let mostly = |column: usize, fits: &dyn Fn(&str) -> bool| {
        let cells: Vec<bool> = rows
            .iter()
            .filter_map(|(_, row)| row.get(column))
            .map(text)
            .filter(|cell| !is_missing(cell.trim()))
            .take(50)
            .map(|cell| fits(cell.trim()))
            .collect();
        cells.iter().filter(|fit| **fit).count() * 2 > cells.len()
    };
    let is_number = |cell: &str| matches!(read_number(cell), Ok(Some(_)));
    let free = |column: &usize, taken: &[Option<usize>]| !taken.contains(&Some(*column));
    let value_named = named("value", &columns.value)?;
    let period = named("period", &columns.period)?
        .or_else(|| PERIODS.iter().find_map(|name| at(name)))
        .or_else(|| {
            (0..header.len())
                .filter(|column| free(column, &[group, target, value_named]))
                .find(|&column| mostly(column, &|cell| read_date(cell).is_some()))
        })
        .ok_or_else(|| missing("period", None))?;
    let taken = [group, target, Some(period)];
    let value = value_named
        .or_else(|| VALUES.iter().filter_map(|name| at(name)).find(|column| free(column, &taken)))
        .or_else(|| (0..header.len()).filter(|column| free(column, &taken)).find(|&column| mostly(column, &is_number)))
        .or_else(|| {
            let mut rest = (0..header.len()).filter(|column| free(column, &taken));
            rest.next().filter(|_| rest.next().is_none())
        })
        .ok_or_else(|| missing("value", None))?;
    if group.is_none() && repeats(rows, &[period]) > 0 {
        let others = [Some(period), Some(value), target];
        group = (0..header.len())
            .filter(|column| free(column, &others) && !mostly(*column, &is_number))
            .find(|&column| repeats(rows, &[period, column]) == 0);
        if group.is_none() && repeats(rows, &[period]) * 2 > rows.len() {
            return Err(FileError::Repeated(header[period].clone()));
        }
    }
    Ok(Found { period, value, group, target })
}

/// How many rows hold the same cells in these columns as an earlier one.
fn repeats(rows: &[(u64, ByteRecord)], columns: &[usize]) -> usize {
    let mut seen = HashSet::new();
    rows.iter().filter(|(_, row)| !seen.insert(columns.iter().map(|at| row.get(*at)).collect::<Vec<_>>())).count()
}

fn collect(rows: &[(u64, ByteRecord)], found: &Found) -> (Vec<Group>, Vec<RowProblem>) {
    let mut groups: Vec<Group> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut problems = Vec::new();
    for &(line, ref record) in rows {
        let mut problem = |message: String| problems.push(RowProblem { line, message });
        let cell = |column: usize| record.get(column).map(|cell| text(cell).trim().to_owned());
        let Some((label, value)) = cell(found.period).zip(cell(found.value)) else {
            problem(format!("has {} fields, too few to hold a period and a value", record.len()));
            continue;
        };
        if label.is_empty() {
            problem("has no period".to_owned());
            continue;
        }
        let mut number = |cell: Option<String>| {
            read_number(&cell.unwrap_or_default()).unwrap_or_else(|bad| {
                problem(format!("`{bad}` is not a number"));
                None
            })
        };
        let row = Row {
            line,
            date: read_date(&label),
            written: written(&label),
            label,
            value: number(Some(value)),
            target: number(found.target.and_then(cell)),
        };
        let name = found.group.and_then(cell).unwrap_or_default();
        let at = *known.entry(name.clone()).or_insert_with(|| {
            groups.push(Group { name, rows: Vec::new() });
            groups.len() - 1
        });
        groups[at].rows.push(row);
    }
    (groups, problems)
}

fn chart(
    mut group: Group,
    options: &FileOptions,
    rebased: &mut [bool],
    problems: &mut Vec<RowProblem>,
) -> Result<NamedChart, FileError> {
    let dated = group.rows.iter().filter(|row| row.date.is_some()).count() * 2 > group.rows.len();
    if dated {
        group.rows.retain(|row| {
            if row.date.is_none() {
                problems.push(RowProblem {
                    line: row.line,
                    message: format!("`{}` is not a date, as the other periods are", row.label),
                });
            }
            row.date.is_some()
        });
        let count = |written| group.rows.iter().filter(|row| row.written == written).count();
        let [day, month, quarter] = [Written::Day, Written::Month, Written::Quarter].map(|w| (count(w), w));
        let (_, most) = [quarter, month, day].into_iter().max_by_key(|(count, _)| *count).unwrap_or(day);
        group.rows.retain(|row| {
            if row.written != most {
                problems.push(RowProblem {
                    line: row.line,
                    message: format!(
                        "`{}` is a {}, and most other periods are {}s",
                        row.label,
                        row.written.name(),
                        most.name()
                    ),
                });
            }
            row.written == most
        });
        group.rows.sort_by_key(|row| row.date);
    }
    let key = |row: &Row| if dated { row.date.map_or_else(String::new, |d| d.to_string()) } else { row.label.clone() };
    let mut first_line: HashMap<String, u64> = HashMap::new();
    group.rows.retain(|row| {
        let first = *first_line.entry(key(row)).or_insert(row.line);
        if first != row.line {
            problems.push(RowProblem {
                line: row.line,
                message: format!("`{}` is already on line {first}, which was used", row.label),
            });
        }
        first == row.line
    });
    let mut warnings = Vec::new();
    let mut grain = "point";
    if dated {
        let dates: Vec<Date> = group.rows.iter().filter_map(|row| row.date).collect();
        if let Some((name, absent)) = gaps(&dates) {
            grain = name;
            if !absent.is_empty() {
                warnings.push(format!("{} {name}s are not in the file and are shown as missing", absent.len()));
            }
            group.rows.extend(absent.into_iter().map(|date| Row {
                line: 0,
                label: date.to_string(),
                date: Some(date),
                written: Written::Day,
                value: None,
                target: None,
            }));
            group.rows.sort_by_key(|row| row.date);
        } else if dates.len() > 1 {
            warnings.push("the periods are not evenly spaced; the chart takes them one after another".to_owned());
        }
    }
    let mut settings = options.chart.clone();
    settings.rebase.clear();
    for (wanted, seen) in options.rebase.iter().zip(rebased.iter_mut()) {
        let from = if dated { read_date(wanted) } else { None };
        let at = group.rows.iter().position(|row| match from {
            Some(from) => row.date >= Some(from),
            None => row.label == *wanted,
        });
        if let Some(at) = at {
            *seen = true;
            settings.rebase.push(Rebase::from(at));
        }
    }
    settings.target = settings.target.or_else(|| group.rows.iter().rev().find_map(|row| row.target));
    let values: Vec<Option<f64>> = group.rows.iter().map(|row| row.value).collect();
    let dates: Vec<Date> = group.rows.iter().filter_map(|row| row.date.filter(|_| dated)).collect();
    let drawn = if dated { xmr_on(&dates, &values, &settings) } else { xmr(&values, &settings) };
    let chart = drawn.map_err(|source| FileError::Chart {
        group: if group.name.is_empty() { "the file".to_owned() } else { format!("`{}`", group.name) },
        source,
    })?;
    warnings.extend(chart.warnings());
    Ok(NamedChart {
        periods: group.rows.iter().map(key).collect(),
        group: group.name,
        grain,
        sentence: chart.sentence(grain, &options.unit),
        warnings,
        chart,
    })
}

/// The grain of sorted, distinct dates and those that are absent from it; `None` when they keep no rhythm.
fn gaps(dates: &[Date]) -> Option<(&'static str, Vec<Date>)> {
    let shortest = dates.windows(2).map(|pair| pair[1].0 - pair[0].0).min()?;
    let months = |date: Date, each: i32| {
        let (year, month, _) = date.ymd();
        (year * 12 + month as i32 - 1).div_euclid(each)
    };
    let (name, index): (_, Box<dyn Fn(Date) -> i32>) = match shortest {
        1 => ("day", Box::new(|date: Date| date.0)),
        7 if dates.windows(2).all(|pair| (pair[1].0 - pair[0].0) % 7 == 0) => {
            ("week", Box::new(|date: Date| date.0.div_euclid(7)))
        }
        28..=31 => ("month", Box::new(move |date| months(date, 1))),
        89..=92 => ("quarter", Box::new(move |date| months(date, 3))),
        365 | 366 => ("year", Box::new(move |date| months(date, 12))),
        _ => return None,
    };
    let first = *dates.first()?;
    let (from, to) = (index(first), index(*dates.last()?));
    if dates.windows(2).any(|pair| index(pair[0]) == index(pair[1])) {
        return None;
    }
    // A stray year would fill a century: leave that to the reader's eye.
    if (to - from) as usize > dates.len() * 3 + 100 {
        return None;
    }
    let weekend = |date: Date| date.weekday() >= 5;
    let weekdays_only = name == "day" && !dates.iter().copied().any(weekend);
    let known: HashSet<i32> = dates.iter().map(|date| index(*date)).collect();
    let day_of = |at: i32| {
        let (_, month, day) = first.ymd();
        let of_month = |count: i32| {
            let (year, month) = (count.div_euclid(12), count.rem_euclid(12) as u32 + 1);
            (1..=day).rev().find_map(|day| Date::from_ymd(year, month, day))
        };
        match name {
            "day" => Some(Date(at)),
            "week" => Some(Date(first.0 + (at - from) * 7)),
            "month" => of_month(at),
            "quarter" => of_month(at * 3 + (month as i32 - 1) % 3),
            _ => of_month(at * 12 + month as i32 - 1),
        }
    };
    let absent = (from..=to)
        .filter(|at| !known.contains(at))
        .filter_map(day_of)
        .filter(|date| !(weekdays_only && weekend(*date)))
        .collect();
    Some((name, absent))
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Blank, or one of the marks that published files use for a number that is not there or not shown.
fn is_missing(cell: &str) -> bool {
    matches!(
        cell.to_ascii_lowercase().as_str(),
        "" | "-" | "–" | "*" | "na" | "n/a" | "nan" | "null" | ".." | ":" | "x" | "c" | "#n/a"
    )
}

/// A number as people write them: `1,234`, `12.5%`, `£3.20`. `Ok(None)` is missing; the error is the text that is neither.
pub(crate) fn read_number(cell: &str) -> Result<Option<f64>, String> {
    let cell = cell.trim();
    if is_missing(cell) {
        return Ok(None);
    }
    let bare = cell.strip_prefix('£').unwrap_or(cell);
    let bare = bare.strip_suffix('%').unwrap_or(bare).trim_end().replace(',', "");
    match bare.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Some(number)),
        _ => Err(cell.chars().take(40).collect()),
    }
}

/// A date or month as people write them: 2025-11-03, 2025-11-03T09:14, 2025-11, 03/11/2025, 3 November 2025, Nov-25,
/// November 2025, 2025 Q3. A month or quarter is its first day.
fn read_date(cell: &str) -> Option<Date> {
    let cell = cell.trim();
    let cell = match cell.char_indices().nth(10) {
        // a time of day after an ISO date
        Some((at, 'T' | ' ')) if cell.as_bytes()[at - 1].is_ascii_digit() && cell[at + 1..].contains(':') => {
            &cell[..at]
        }
        _ => cell,
    };
    let parts: Vec<&str> = cell.split(['-', '/', ' ', '.']).filter(|part| !part.is_empty()).collect();
    let number = |part: &str| part.parse::<u32>().ok();
    let year = |part: &str| match (part.len(), number(part)?) {
        (4, year) => Some(year as i32),
        (2, year) => Some(2000 + year as i32),
        _ => None,
    };
    let month = |part: &str| match number(part) {
        Some(month) => Some(month),
        None => month_named(part),
    };
    match *parts.as_slice() {
        [y, m, d] if y.len() == 4 => Date::from_ymd(year(y)?, month(m)?, number(d)?),
        [d, m, y] => Date::from_ymd(year(y)?, month(m)?, number(d)?),
        [y, q] if q.len() == 2 && q.starts_with(['Q', 'q']) => {
            let quarter = number(&q[1..]).filter(|quarter| (1..=4).contains(quarter))?;
            Date::from_ymd(year(y)?, quarter * 3 - 2, 1)
        }
        [y, m] if y.len() == 4 => Date::from_ymd(year(y)?, month(m)?, 1),
        [m, y] if number(m).is_none() || y.len() == 4 => Date::from_ymd(year(y)?, month(m)?, 1),
        [all] if all.len() == 8 && number(all).is_some() => {
            Date::from_ymd(year(&all[..4])?, number(&all[4..6])?, number(&all[6..])?)
        }
        _ => None,
    }
}

/// How long the period is that a label names, where it names a date.
fn written(label: &str) -> Written {
    let parts: Vec<&str> = label.trim().split(['-', '/', ' ', '.']).filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [_, q] if q.len() == 2 && q.starts_with(['Q', 'q']) => Written::Quarter,
        [_, after] if !after.contains(':') => Written::Month,
        _ => Written::Day,
    }
}

fn month_named(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.to_ascii_lowercase();
    if word.len() < 3 {
        return None;
    }
    MONTHS.iter().zip(1..).find(|(name, _)| name.starts_with(&word)).map(|(_, month)| month)
}

impl FileReport {
    /// One object: `rules`, `better`, `charts` (columns as arrays, named as `NHSRplotthedots` names them) and `problems`.
    pub fn to_json(&self) -> Value {
        let options = self.charts.first().map(|named| &named.chart.options);
        json!({
            "rules": match options.map(|options| options.rules) {
                Some(Rules::NhsrPlotTheDots) => "nhsrplotthedots",
                _ => "making_data_count",
            },
            "better": match options.map(|options| options.better) {
                Some(Better::Lower) => "lower",
                Some(Better::Higher) => "higher",
                _ => "neither",
            },
            "charts": self.charts.iter().map(NamedChart::to_json).collect::<Vec<_>>(),
            "problems": self.problems.iter().map(|problem| json!({
                "line": problem.line,
                "message": problem.message,
            })).collect::<Vec<_>>(),
        })
    }

    /// One row a point, with its limits and what it says.
    pub fn to_csv(&self) -> String {
        let mut out = "group,period,value,mean,lower,upper,target,signal,variation\n".to_owned();
        for named in &self.charts {
            for (period, row) in named.periods.iter().zip(named.rows()) {
                let quoted = |text: &str| match text.contains([',', '"', '\n']) {
                    true => format!("\"{}\"", text.replace('"', "\"\"")),
                    false => text.to_owned(),
                };
                let target = cell(named.chart.target());
                let [value, mean, lower, upper] = row.numbers.map(cell);
                let _ = writeln!(
                    out,
                    "{},{},{value},{mean},{lower},{upper},{target},{},{}",
                    quoted(&named.group),
                    quoted(period),
                    row.signal,
                    row.variation.point_type(),
                );
            }
        }
        out
    }

    /// A table a chart, for a terminal: the sentence, the limits, every point.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        for named in &self.charts {
            let title = if named.group.is_empty() { String::new() } else { format!("{}: ", named.group) };
            let _ = writeln!(out, "{title}{}", named.sentence);
            for warning in &named.warnings {
                let _ = writeln!(out, "  note: {warning}");
            }
            let _ =
                writeln!(out, "  {:<12}{:>12}{:>12}{:>12}{:>12}  signal", "period", "value", "lower", "mean", "upper");
            for (period, row) in named.periods.iter().zip(named.rows()) {
                let [value, mean, lower, upper] = row.numbers.map(|n| n.map_or("–".to_owned(), rounded));
                let kind = match row.variation {
                    Variation::CommonCause => "",
                    Variation::Improvement(_) => " (improvement)",
                    Variation::Concern(_) => " (concern)",
                    Variation::Neutral(_) => " (change)",
                };
                let line = format!("  {period:<12}{value:>12}{lower:>12}{mean:>12}{upper:>12}  {}{kind}", row.signal);
                let _ = writeln!(out, "{}", line.trim_end());
            }
            out.push('\n');
        }
        for problem in &self.problems {
            let _ = writeln!(out, "{problem}");
        }
        out
    }
}

struct Line {
    numbers: [Option<f64>; 4],
    signal: &'static str,
    variation: Variation,
}

impl NamedChart {
    /// Value, mean, lower and upper of each point, with the signal in words.
    fn rows(&self) -> impl Iterator<Item = Line> {
        let shown = self.chart.is_shown();
        self.chart.points.iter().enumerate().map(move |(at, point)| {
            let mean = self.chart.segments[point.segment].mean;
            let limits = self.chart.limits_at(at).filter(|_| shown);
            Line {
                numbers: [point.value, mean, limits.map(|l| l.lower), limits.map(|l| l.upper)],
                signal: point.signal().filter(|_| shown).map_or("", |signal| signal.words()),
                variation: if shown { point.variation } else { Variation::CommonCause },
            }
        })
    }

    /// The chart as an object of columns. Of an adjusted chart `lpl_at` and `upl_at` are the limits of each point.
    pub fn to_json(&self) -> Value {
        let chart = &self.chart;
        let mut object = json!({
            "group": self.group,
            "grain": self.grain,
            "sentence": self.sentence,
            "variation_icon": chart.variation().name(),
            "assurance_icon": chart.assurance().map(super::Assurance::name),
            "icons_shown": chart.is_shown(),
            "target": chart.target(),
            "warnings": self.warnings,
            "segments": chart.segments.iter().enumerate().map(|(number, segment)| json!({
                "rebase_group": number,
                "first_index0": segment.first,
                "n": segment.points,
                "mean": segment.mean,
                "lpl": segment.limits.map(|l| l.lower),
                "upl": segment.limits.map(|l| l.upper),
                "short": segment.is_short(),
            })).collect::<Vec<_>>(),
            "dates": self.periods,
            "values": chart.points.iter().map(|point| point.value).collect::<Vec<_>>(),
        });
        if let Some(fields) = object.as_object_mut() {
            fields.extend(case::columns(chart));
            if let Some(adjusted) = &chart.adjusted {
                let each = |of: fn(&Limits) -> f64| adjusted.limits.iter().map(|l| json!(l.as_ref().map(of))).collect();
                fields.insert("adjusted".to_owned(), json!(adjusted.words()));
                fields.insert("lpl_at".to_owned(), each(|l| l.lower));
                fields.insert("upl_at".to_owned(), each(|l| l.upper));
            }
        }
        object
    }
}

pub(crate) fn cell(number: Option<f64>) -> String {
    number.map_or(String::new(), |number| number.to_string())
}

pub(crate) fn rounded(number: f64) -> String {
    match number.abs() {
        size if size >= 1000.0 => format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.3}"),
    }
}

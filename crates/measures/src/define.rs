//! Measures are declared, not coded: a TOML file holds the question, why it matters, and the SQL that answers it.
//!
//! A broken file is a [`MeasureProblem`] with its line, column and the way out; the other files still work. The format is
//! in `docs/measures.md`.
//!
//! ```
//! let good = r#"
//! id = "people-referred"
//! title = "How many people are referred to community nursing?"
//! why = "More referrals than visits means a queue."
//! sector = "community"
//! owner = "Community Health"
//! kind = "flow"
//! statistic = "count"
//! unit = "people"
//! better = "neither"
//! levels = ["system", "neighbourhood"]
//! numerator = "SELECT asked AS at, 1 AS value, neighbourhood FROM stays WHERE kind = 'community_nursing'"
//! "#;
//! let (measures, problems) = measures::define::parse([("good.toml", good), ("bad.toml", "id = ")]);
//! assert_eq!(measures[0].id, "people-referred");
//! assert!(problems[0].to_string().starts_with("bad.toml:1:6: "));
//! ```

use crate::series::{Grain, Level};
use crate::spc::Better;
use domain::{Date, Sector};
use serde::Deserialize;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;
use toml::Spanned;

/// How readings add up over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Things that happen: they add up.
    Flow,
    /// What is there at a moment, such as people waiting: averaged over days, never added over time.
    Snapshot,
    /// A count since midnight: the last reading of a day is that day's number.
    Counter,
}

/// What is made of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// Sum of `value`.
    Count,
    /// Numerator of each hundred of the denominator, in %.
    Share,
    /// Sum of numerator by sum of denominator; by the number of values where there is no denominator.
    Mean,
    /// The middle value.
    Median,
    /// The value that 9 in 10 are within.
    P90,
    /// Sum of `value` for each 1,000 people who live there.
    Rate,
    /// `value` is how many there are that day; longer periods take the average of their days.
    Level,
}

/// A standard or target.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standard {
    /// In the unit of the measure.
    pub value: f64,
    /// What is promised, and who promised it.
    pub source: String,
}

/// A declared question with the SQL that answers it.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// Lower-case words joined by hyphens.
    pub id: String,
    /// The question.
    pub title: String,
    /// Why it matters to somebody.
    pub why: String,
    /// Whose measure; `None` is the whole system's.
    pub sector: Option<Sector>,
    /// Who answers for it.
    pub owner: String,
    /// How readings add up.
    pub kind: Kind,
    /// What is made of them.
    pub statistic: Statistic,
    /// The unit of the value.
    pub unit: String,
    /// Which way is better.
    pub better: Better,
    /// What was promised.
    pub standard: Option<Standard>,
    /// In public, values that rest on fewer people than this (and more than none) are hidden below system level.
    pub small_number: u32,
    /// For whom.
    pub levels: Vec<Level>,
    /// By what periods.
    pub periods: Vec<Grain>,
    /// SELECT of `at`, `value` and the columns of the levels.
    pub numerator: String,
    /// The same form.
    pub denominator: Option<String>,
    /// The file it was declared in.
    pub file: String,
    numerator_at: (usize, usize),
    denominator_at: (usize, usize),
}

/// Which SQL of a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The numerator.
    Numerator,
    /// The denominator.
    Denominator,
}

/// What is wrong with a measure file, where, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureProblem {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: String,
}

impl std::fmt::Display for MeasureProblem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}:{}:{}: {} (help: {})", self.file, self.line, self.column, self.message, self.help)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: Spanned<String>,
    title: Spanned<String>,
    why: Spanned<String>,
    sector: Spanned<String>,
    owner: Spanned<String>,
    kind: Spanned<Kind>,
    statistic: Statistic,
    unit: Spanned<String>,
    better: Better,
    standard: Option<Spanned<Standard>>,
    #[serde(default = "usual_small_number")]
    small_number: u32,
    levels: Spanned<Vec<Level>>,
    #[serde(default = "all_periods")]
    periods: Spanned<Vec<Grain>>,
    numerator: Spanned<String>,
    denominator: Option<Spanned<String>>,
}

fn usual_small_number() -> u32 {
    5
}

fn all_periods() -> Spanned<Vec<Grain>> {
    Spanned::new(0..0, Grain::ALL.to_vec())
}

/// Reads measure files, given as (name, text). Measures come back with the whole system's first, then by sector and id.
pub fn parse<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> (Vec<Measure>, Vec<MeasureProblem>) {
    let mut measures: Vec<Measure> = Vec::new();
    let mut problems = Vec::new();
    let mut homes: HashMap<String, String> = HashMap::new();
    for (name, text) in files {
        match parse_one(name, text) {
            Ok((measure, id_at)) => match homes.get(&measure.id) {
                Some(home) => problems.push(MeasureProblem {
                    file: name.to_owned(),
                    line: id_at.0,
                    column: id_at.1,
                    message: format!("the id `{}` is already taken by {home}", measure.id),
                    help: "give one of the two another id; this file is left out until then".to_owned(),
                }),
                None => {
                    homes.insert(measure.id.clone(), name.to_owned());
                    measures.push(measure);
                }
            },
            Err(found) => problems.extend(found),
        }
    }
    measures.sort_by(|a, b| (a.sector, &a.id).cmp(&(b.sector, &b.id)));
    (measures, problems)
}

/// The measure and where its id stands, or everything that is wrong with the file.
fn parse_one(name: &str, text: &str) -> Result<(Measure, (usize, usize)), Vec<MeasureProblem>> {
    let problem = |span: Range<usize>, message: String, help: String| {
        let (line, column) = position(text, span.start);
        MeasureProblem { file: name.to_owned(), line, column, message, help }
    };
    let file: File = toml::from_str(text).map_err(|error| {
        let message = error.message().replace('\n', "; ");
        let help = help_for(&message);
        vec![problem(error.span().unwrap_or(0..0), message, help)]
    })?;
    let mut problems = Vec::new();
    let mut wrong = |span: Range<usize>, message: &str, help: &str| {
        problems.push(problem(span, message.to_owned(), help.to_owned()));
    };
    let id = file.id.get_ref();
    if id.is_empty() || !id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        wrong(
            file.id.span(),
            "the id is not plain",
            "use lower-case letters, digits and hyphens: `ambulance-handover`",
        );
    }
    if !file.title.get_ref().trim().ends_with('?') {
        wrong(
            file.title.span(),
            "the title is not a question",
            "end it with a question mark: what would a patient ask?",
        );
    }
    for (what, said) in [("why", &file.why), ("owner", &file.owner), ("unit", &file.unit)] {
        if said.get_ref().trim().is_empty() {
            wrong(said.span(), &format!("`{what}` is empty"), "say it in a few words");
        }
    }
    let sector = match file.sector.get_ref().as_str() {
        "whole_system" => None,
        word => match word.parse::<Sector>() {
            Ok(sector) => Some(sector),
            Err(_) => {
                let known: Vec<_> = Sector::ALL.iter().map(|sector| sector.name()).collect();
                let help = format!("use whole_system, {}", known.join(", "));
                wrong(file.sector.span(), &format!("there is no sector `{word}`"), &help);
                None
            }
        },
    };
    check_maths(&file, &mut wrong);
    check_sql(&file, &mut wrong);
    if !problems.is_empty() {
        return Err(problems);
    }
    let at = |span: Range<usize>| position(text, span.start);
    let numerator_at = at(file.numerator.span());
    let measure = Measure {
        sector,
        kind: *file.kind.get_ref(),
        statistic: file.statistic,
        better: file.better,
        standard: file.standard.map(Spanned::into_inner),
        small_number: file.small_number,
        levels: file.levels.into_inner(),
        periods: file.periods.into_inner(),
        numerator_at,
        denominator_at: file.denominator.as_ref().map_or(numerator_at, |sql| at(sql.span())),
        numerator: file.numerator.into_inner().trim().to_owned(),
        denominator: file.denominator.map(|sql| sql.into_inner().trim().to_owned()),
        file: name.to_owned(),
        title: file.title.into_inner().trim().to_owned(),
        why: file.why.into_inner().trim().to_owned(),
        owner: file.owner.into_inner(),
        unit: file.unit.into_inner(),
        id: file.id.get_ref().clone(),
    };
    Ok((measure, position(text, file.id.span().start)))
}

/// Kinds, statistics and standards that would give a wrong number if taken together.
fn check_maths(file: &File, wrong: &mut dyn FnMut(Range<usize>, &str, &str)) {
    let kind = file.kind.span();
    match (file.kind.get_ref(), file.statistic) {
        (Kind::Snapshot, Statistic::Level)
        | (Kind::Counter, Statistic::Count | Statistic::Rate)
        | (Kind::Flow, Statistic::Count | Statistic::Share | Statistic::Mean)
        | (Kind::Flow, Statistic::Median | Statistic::P90 | Statistic::Rate) => {}
        (Kind::Snapshot, _) => {
            wrong(kind, "a snapshot cannot be added up over time", "use statistic = \"level\"");
        }
        (Kind::Counter, _) => {
            wrong(kind, "a counter gives one number a day", "use statistic = \"count\" or \"rate\"");
        }
        (Kind::Flow, Statistic::Level) => {
            wrong(kind, "a level is read at a moment", "use kind = \"snapshot\"");
        }
    }
    match (&file.denominator, file.statistic) {
        (None, Statistic::Share) => {
            let help = "add denominator = '''SELECT …''': all those who could have been in the numerator";
            wrong(file.numerator.span(), "a share needs a denominator", help);
        }
        (Some(sql), Statistic::Count | Statistic::Median | Statistic::P90 | Statistic::Rate | Statistic::Level) => {
            wrong(
                sql.span(),
                "this statistic takes no denominator",
                "remove it, or use statistic = \"share\" or \"mean\"",
            );
        }
        _ => {}
    }
    if let Some(standard) = &file.standard {
        if !standard.get_ref().value.is_finite() {
            wrong(standard.span(), "the standard is not a finite number", "write it in the unit of the measure");
        }
        if file.better == Better::Neither {
            wrong(standard.span(), "a standard needs a better direction", "use better = \"lower\" or \"higher\"");
        }
    }
    for (span, none) in [
        (file.levels.span(), file.levels.get_ref().is_empty()),
        (file.periods.span(), file.periods.get_ref().is_empty()),
    ] {
        if none {
            wrong(span, "the list is empty", "name at least one, such as \"system\" or \"week\"");
        }
    }
    let twice = |names: Vec<&str>| names.iter().enumerate().any(|(at, name)| names[..at].contains(name));
    if twice(file.levels.get_ref().iter().map(|level| level.name()).collect()) {
        wrong(file.levels.span(), "a level is named twice", "name each once");
    }
    if twice(file.periods.get_ref().iter().map(|grain| grain.name()).collect()) {
        wrong(file.periods.span(), "a period is named twice", "name each once");
    }
}

/// What can be seen in SQL without running it; the engine says the rest ([`Measure::problem`]).
fn check_sql(file: &File, wrong: &mut dyn FnMut(Range<usize>, &str, &str)) {
    for sql in [Some(&file.numerator), file.denominator.as_ref()].into_iter().flatten() {
        let words: Vec<String> = sql
            .get_ref()
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        if !matches!(words.first().map(String::as_str), Some("select" | "with")) {
            wrong(sql.span(), "this is not a query", "begin with SELECT or WITH");
            continue;
        }
        if sql.get_ref().contains(';') {
            wrong(sql.span(), "there is more than one statement", "keep one SELECT and remove the `;`");
        }
        for column in ["at", "value"] {
            if !words.iter().any(|word| word == column) {
                let help = format!("name a column of it: SELECT asked AS at, 1 AS value, … — here `{column}`");
                wrong(sql.span(), &format!("there is no column `{column}`"), &help);
            }
        }
        for level in file.levels.get_ref().iter().filter(|level| **level != Level::System) {
            if !words.iter().any(|word| word == level.name()) {
                let name = level.name();
                let help = format!("select {name} too, or take \"{name}\" out of levels");
                wrong(sql.span(), &format!("the level `{name}` has no column"), &help);
            }
        }
    }
}

/// The way out of what the TOML reader found.
fn help_for(message: &str) -> String {
    const EXAMPLES: &[(&str, &str)] = &[
        ("id", "id = \"ambulance-handover\""),
        ("title", "title = \"How long do crews wait to hand over?\""),
        ("why", "why = \"A crew at the door cannot answer the next call.\""),
        ("sector", "sector = \"ambulance\""),
        ("owner", "owner = \"Rivermead Ambulance\""),
        ("kind", "kind = \"flow\""),
        ("statistic", "statistic = \"median\""),
        ("unit", "unit = \"minutes\""),
        ("better", "better = \"lower\""),
        ("levels", "levels = [\"system\", \"organisation\"]"),
        ("numerator", "numerator = '''SELECT asked AS at, wait_minutes AS value FROM handovers'''"),
        ("value", "value = 15"),
        ("source", "source = \"NHS planning guidance 2025/26\""),
    ];
    let quoted = message.split('`').nth(1).unwrap_or_default();
    match EXAMPLES.iter().find(|(name, _)| *name == quoted) {
        Some((_, line)) if message.starts_with("missing field") => format!("add a line such as {line}"),
        _ if message.starts_with("unknown field") => format!("correct the name `{quoted}`, or remove the line"),
        _ if message.starts_with("unknown variant") => format!("replace `{quoted}` by one of those words"),
        _ => "compare with the example in docs/measures.md".to_owned(),
    }
}

/// Line and column, from 1, of a byte in a text.
pub(crate) fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte.min(text.len())).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

impl Measure {
    /// What the engine said of this measure's SQL, as a problem of its file.
    pub fn problem(&self, part: Part, engine_said: &str) -> MeasureProblem {
        let (line, column) = match part {
            Part::Numerator => self.numerator_at,
            Part::Denominator => self.denominator_at,
        };
        MeasureProblem {
            file: self.file.clone(),
            line,
            column,
            message: engine_said.lines().next().unwrap_or_default().to_owned(),
            help: "try the SELECT alone with `catchment sql`; the other measures are computed".to_owned(),
        }
    }

    /// The target of this measure's charts.
    pub fn target(&self) -> Option<f64> {
        self.standard.as_ref().map(|standard| standard.value)
    }
}

/// One query that answers a measure at all its levels and periods, for data that is complete from `first` to `last`
/// (civil dates, both included). Only whole weeks and months come out.
///
/// Columns: measure, level, unit, "group", period, grain, numerator, denominator, value, source. The events are read once:
/// every level and period is a grouping set over the same rows. Times become civil dates by `local_date(timestamptz)`,
/// which the Lake must know. A level column that is null is the group `unknown`.
pub fn series_sql(measure: &Measure, first: Date, last: Date) -> String {
    let levels: Vec<&str> =
        measure.levels.iter().filter(|level| **level != Level::System).map(|level| level.name()).collect();
    let mut sql = String::from("WITH facts AS (\n");
    write_facts(&mut sql, measure, &levels);
    sql.push_str("),\n");
    write_periods(&mut sql, measure, &levels, first, last);
    write_groups(&mut sql, measure, &levels);
    write_values(&mut sql, measure, &levels);
    sql
}

/// The civil day of `at`, be it an instant or a date. A date becomes midnight UTC, which is the same day in London; by way of
/// `+00:00`, since Arrow reads `UTC` on a date only with a time zone database.
const DAY: &str = "local_date(arrow_cast(arrow_cast(at, 'Timestamp(Microsecond, Some(\"+00:00\"))'), 'Timestamp(Microsecond, Some(\"UTC\"))'))";

/// `facts(day, n, d, levels…)`: numerator and denominator rows, one under the other.
fn write_facts(sql: &mut String, measure: &Measure, levels: &[&str]) {
    let columns: String =
        levels.iter().map(|level| format!(", COALESCE(CAST({level} AS VARCHAR), 'unknown') AS {level}")).collect();
    let numerator = match measure.kind {
        // The last reading of each day is the number of that day.
        Kind::Counter => {
            let within: String = levels.iter().map(|level| format!(", {level}")).collect();
            format!(
                "SELECT * FROM (SELECT reading.*, row_number() OVER (PARTITION BY {DAY}{within} ORDER BY at DESC) AS newest FROM (\n{}\n) AS reading) AS readings WHERE newest = 1",
                measure.numerator
            )
        }
        Kind::Flow | Kind::Snapshot => measure.numerator.clone(),
    };
    let none = "CAST(NULL AS DOUBLE)";
    let value = "CAST(value AS DOUBLE)";
    let _ =
        write!(sql, "SELECT {DAY} AS day, {value} AS n, {none} AS d{columns} FROM (\n{numerator}\n) AS numerator\n");
    if let Some(denominator) = &measure.denominator {
        let _ = write!(
            sql,
            "UNION ALL\nSELECT {DAY} AS day, {none} AS n, {value} AS d{columns} FROM (\n{denominator}\n) AS denominator\n"
        );
    }
}

/// `periods(day, week, month, n, d, levels…)`: week and month are null where they are not whole.
fn write_periods(sql: &mut String, measure: &Measure, levels: &[&str], first: Date, last: Date) {
    let columns: String = levels.iter().map(|level| format!(", {level}")).collect();
    let within = |grain: Grain| {
        let whole = grain.whole(first, last);
        (grain.start(whole.start), Date(grain.start(whole.end).0 - 1))
    };
    let period = |grain: Grain| {
        let ((from, to), name) = (within(grain), grain.name());
        format!(
            "CASE WHEN day BETWEEN DATE '{from}' AND DATE '{to}' THEN CAST(date_trunc('{name}', CAST(day AS TIMESTAMP)) AS DATE) END AS {name}"
        )
    };
    let (week, month) = (period(Grain::Week), period(Grain::Month));
    // Sums may be taken by day first, which leaves fewer rows to group; a median may not.
    let days = match measure.statistic {
        Statistic::Median | Statistic::P90 => "SELECT * FROM facts".to_owned(),
        _ => format!("SELECT day, sum(n) AS n, sum(d) AS d, count(n) AS c{columns} FROM facts GROUP BY day{columns}"),
    };
    let _ = write!(
        sql,
        "periods AS (\nSELECT *, {week}, {month} FROM ({days}) AS days WHERE day BETWEEN DATE '{first}' AND DATE '{last}'\n),\n"
    );
}

/// `grouped(day, week, month, levels…, n, d)`: one row a level, group and period; what it is not grouped by is null.
fn write_groups(sql: &mut String, measure: &Measure, levels: &[&str]) {
    let (n, d) = match (measure.statistic, &measure.denominator) {
        (Statistic::Median, _) => ("percentile_cont(0.5) WITHIN GROUP (ORDER BY n)", "CAST(count(n) AS DOUBLE)"),
        (Statistic::P90, _) => ("percentile_cont(0.9) WITHIN GROUP (ORDER BY n)", "CAST(count(n) AS DOUBLE)"),
        (Statistic::Mean, None) => ("sum(n)", "CAST(sum(c) AS DOUBLE)"),
        _ => ("sum(n)", "sum(d)"),
    };
    let mut sets = Vec::new();
    for level in &measure.levels {
        for grain in &measure.periods {
            sets.push(match level {
                Level::System => format!("({})", grain.name()),
                level => format!("({}, {})", grain.name(), level.name()),
            });
        }
    }
    let columns: String = levels.iter().map(|level| format!(", {level}")).collect();
    let grains: Vec<&str> =
        Grain::ALL.iter().filter(|grain| measure.periods.contains(grain)).map(|grain| grain.name()).collect();
    let _ = write!(
        sql,
        "grouped AS (\nSELECT {}{columns}, {n} AS n, {d} AS d FROM periods GROUP BY GROUPING SETS ({})\n),\n",
        grains.join(", "),
        sets.join(", ")
    );
}

/// Names each row's level, group and period, and makes the value.
fn write_values(sql: &mut String, measure: &Measure, levels: &[&str]) {
    let grains: Vec<&str> =
        Grain::ALL.iter().filter(|grain| measure.periods.contains(grain)).map(|grain| grain.name()).collect();
    let case = |names: &[&str], otherwise: &str| match names {
        [] => format!("'{otherwise}'"),
        names => {
            let arms: String = names.iter().map(|name| format!(" WHEN {name} IS NOT NULL THEN '{name}'")).collect();
            format!("CASE{arms} ELSE '{otherwise}' END")
        }
    };
    let level = case(levels, "system");
    let grain = case(&grains, "none");
    let groups: String = levels.iter().map(|level| format!("{level}, ")).collect();
    let _ = write!(
        sql,
        "named AS (\nSELECT {level} AS level, COALESCE({groups}'all') AS \"group\", COALESCE({}) AS period, {grain} AS grain, n, d FROM grouped\n)\n",
        grains.join(", ")
    );
    let month_days = "date_part('day', CAST(period AS TIMESTAMP) + INTERVAL '1 month' - INTERVAL '1 day')";
    let days = format!("CAST(CASE grain WHEN 'day' THEN 1 WHEN 'week' THEN 7 ELSE {month_days} END AS DOUBLE)");
    let people = "CASE WHEN level = 'neighbourhood' THEN here.people ELSE place.people END";
    let (numerator, denominator, value, from) = match (measure.statistic, &measure.denominator) {
        (Statistic::Count, _) => ("n", "CAST(NULL AS DOUBLE)", "n".to_owned(), ""),
        (Statistic::Share, _) => ("COALESCE(n, 0.0)", "d", "100.0 * COALESCE(n, 0.0) / NULLIF(d, 0.0)".to_owned(), ""),
        (Statistic::Mean, Some(_)) => ("COALESCE(n, 0.0)", "d", "COALESCE(n, 0.0) / NULLIF(d, 0.0)".to_owned(), ""),
        (Statistic::Mean, None) => ("n", "d", "n / NULLIF(d, 0.0)".to_owned(), ""),
        (Statistic::Median | Statistic::P90, _) => ("CAST(NULL AS DOUBLE)", "d", "n".to_owned(), ""),
        (Statistic::Level, _) => ("n", days.as_str(), format!("n / {days}"), ""),
        (Statistic::Rate, _) => (
            "n",
            people,
            format!("1000.0 * n / NULLIF({people}, 0.0)"),
            "\nCROSS JOIN (SELECT CAST(sum(people) AS DOUBLE) AS people FROM population) AS place\
             \nLEFT JOIN (SELECT CAST(neighbourhood AS VARCHAR) AS neighbourhood, CAST(sum(people) AS DOUBLE) AS people FROM population GROUP BY neighbourhood) AS here ON here.neighbourhood = named.\"group\"",
        ),
    };
    let (id, unit) = (&measure.id, measure.unit.replace('\'', "''"));
    let _ = write!(
        sql,
        "SELECT '{id}' AS measure, level, '{unit}' AS unit, \"group\", period, grain, {numerator} AS numerator, \
         {denominator} AS denominator, {value} AS value, 'measures/{id}.toml' AS source\nFROM named{from}\n\
         WHERE period IS NOT NULL"
    );
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use sqlparser::{dialect::GenericDialect, parser::Parser};
    use std::path::Path;

    const BASE: &str = "id = 'm'\ntitle = 'How many?'\nwhy = 'It matters.'\nsector = 'acute'\nowner = 'Hospital'\n\
                        unit = 'people'\nbetter = 'lower'\nlevels = ['system', 'neighbourhood']\n";
    const SQL: &str = "numerator = 'SELECT asked AS at, 1 AS value, neighbourhood FROM handovers'\n";

    /// A measure of the given kind and statistic.
    pub(crate) fn measure(lines: &str) -> Measure {
        let share = lines.contains("share");
        let denominator = if share { SQL.replace("numerator", "denominator") } else { String::new() };
        let text = format!("{BASE}{SQL}{denominator}{lines}\n");
        let (mut measures, problems) = parse([("m.toml", text.as_str())]);
        assert_eq!(problems, []);
        measures.remove(0)
    }

    fn library() -> Vec<(String, String)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../place/measures");
        let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|kind| kind == "toml"))
            .map(|path| {
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                (name, std::fs::read_to_string(path).unwrap())
            })
            .collect();
        files.sort();
        files
    }

    fn parsed() -> Vec<Measure> {
        let files = library();
        let (measures, problems) = parse(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
        assert_eq!(problems, []);
        assert_eq!(measures.len(), files.len());
        measures
    }

    #[test]
    fn the_library_has_a_measure_for_every_sector_and_the_whole_system_comes_first() {
        let measures = parsed();
        assert!(measures.len() >= 14, "{}", measures.len());
        for sector in Sector::ALL {
            assert!(measures.iter().any(|measure| measure.sector == Some(*sector)), "no measure for {sector}");
        }
        assert_eq!(measures[0].sector, None);
        for measure in &measures {
            assert_eq!(measure.file, format!("{}.toml", measure.id), "a file is named after its measure");
        }
    }

    #[test]
    fn the_example_in_the_manual_is_a_measure() {
        let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/measures.md");
        let text = std::fs::read_to_string(manual).unwrap();
        let example = text.split("```").find_map(|block| block.strip_prefix("toml\n")).unwrap();
        let (measures, problems) = parse([("wait-for-home-care.toml", example)]);
        assert_eq!(problems, []);
        assert_eq!(measures[0].target(), Some(2.0));
        let (_, problems) = parse([("wait-for-home-care.toml", example.replace("\"lower\"", "\"lowr\"").as_str())]);
        assert!(text.contains(&problems[0].to_string()), "{}", problems[0]);
    }

    #[test]
    fn every_query_of_the_library_is_sound_sql() {
        let (first, last) = (Date::from_ymd(2024, 11, 1).unwrap(), Date::from_ymd(2025, 11, 30).unwrap());
        for measure in parsed() {
            let sql = series_sql(&measure, first, last);
            if let Err(error) = Parser::parse_sql(&GenericDialect {}, &sql) {
                panic!("{}: {error}\n{sql}", measure.id);
            }
        }
    }

    #[test]
    fn only_whole_weeks_and_months_are_asked_for() {
        let (first, last) = (Date::from_ymd(2025, 10, 30).unwrap(), Date::from_ymd(2025, 12, 2).unwrap());
        let sql = series_sql(&measure("kind = 'flow'\nstatistic = 'count'"), first, last);
        for bounds in [
            "day BETWEEN DATE '2025-11-03' AND DATE '2025-11-30' THEN CAST(date_trunc('week'",
            "day BETWEEN DATE '2025-11-01' AND DATE '2025-11-30' THEN CAST(date_trunc('month'",
            "WHERE day BETWEEN DATE '2025-10-30' AND DATE '2025-12-02'",
        ] {
            assert!(sql.contains(bounds), "{bounds}\n{sql}");
        }
    }

    fn check(text: &str, want: &str) {
        let (_, problems) = parse([("m.toml", text)]);
        let got: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(got.join("\n"), want, "{text}");
    }

    #[test]
    fn a_broken_file_names_its_line_and_the_way_out() {
        let good = format!("{BASE}{SQL}kind = 'flow'\nstatistic = 'count'\n");
        check(&good, "");
        check(
            &good.replace("'lower'", "'lowr'"),
            "m.toml:7:10: unknown variant `lowr`, expected one of `lower`, `higher`, `neither` (help: replace `lowr` by one of those words)",
        );
        check(
            &good.replace("owner = 'Hospital'\n", ""),
            "m.toml:1:1: missing field `owner` (help: add a line such as owner = \"Rivermead Ambulance\")",
        );
        check(
            &good.replace("'acute'", "'acuity'"),
            "m.toml:4:10: there is no sector `acuity` (help: use whole_system, acute, ambulance, primary, community, mental_health, social_care, public_health, voluntary)",
        );
        check(
            &good.replace("'flow'", "'snapshot'"),
            "m.toml:10:8: a snapshot cannot be added up over time (help: use statistic = \"level\")",
        );
        check(
            &good.replace("neighbourhood FROM", "organisation FROM").replace("How many?", "How many"),
            "m.toml:2:9: the title is not a question (help: end it with a question mark: what would a patient ask?)\n\
             m.toml:9:13: the level `neighbourhood` has no column (help: select neighbourhood too, or take \"neighbourhood\" out of levels)",
        );
        check(
            &good.replace("'count'", "'share'"),
            "m.toml:9:13: a share needs a denominator (help: add denominator = '''SELECT …''': all those who could have been in the numerator)",
        );
        check(
            &good.replace("SELECT asked AS at", "DROP TABLE x; SELECT asked AS at"),
            "m.toml:9:13: this is not a query (help: begin with SELECT or WITH)",
        );
    }

    proptest::proptest! {
        #[test]
        fn a_file_cut_or_scribbled_on_anywhere_is_a_problem_inside_it(at in 0usize..400, scribble in "[ -~é=\"'\n]{0,6}") {
            let good = format!("{BASE}{SQL}kind = 'flow'\nstatistic = 'count'\n");
            let at = at.min(good.len());
            for text in [format!("{}{scribble}", &good[..at]), format!("{}{scribble}{}", &good[..at], &good[at..])] {
                let (measures, problems) = parse([("m.toml", text.as_str())]);
                proptest::prop_assert_eq!(measures.is_empty(), !problems.is_empty());
                for problem in problems {
                    proptest::prop_assert!(problem.line <= text.matches('\n').count() + 1 && !problem.help.is_empty());
                }
            }
        }
    }

    #[test]
    fn a_broken_file_does_not_stop_the_others_and_an_id_is_taken_once() {
        let good = format!("{BASE}{SQL}kind = 'flow'\nstatistic = 'count'\n");
        let (measures, problems) = parse([("a.toml", "="), ("b.toml", good.as_str()), ("c.toml", good.as_str())]);
        assert_eq!(measures.iter().map(|measure| measure.file.as_str()).collect::<Vec<_>>(), ["b.toml"]);
        assert_eq!(problems.iter().map(|problem| problem.file.as_str()).collect::<Vec<_>>(), ["a.toml", "c.toml"]);
        assert!(problems[1].message.ends_with("is already taken by b.toml"));
        let said = measures[0].problem(Part::Numerator, "Schema error: No field named neighborhood\nmore");
        assert!(said.to_string().starts_with("b.toml:9:13: Schema error: No field named neighborhood (help:"));
    }
}

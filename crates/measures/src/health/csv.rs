//! `catchment rates`, `funnel`, `inequality` and `lifetable`: one CSV in, one table out, as JSON, CSV or text.
//!
//! Columns are found by their usual names or given by [`Columns`]; whose a row is, failing that, the first column of words. A row that cannot be used becomes a [`RowProblem`] with its
//! line and the others are answered; where a number needs all rows of its group, as a standardised rate does, the group says
//! instead which line it lacks. What a method withholds says why in words.
//!
//! ```
//! use measures::health::csv::{RateOptions, rates};
//! let csv = "area,events,people\nEastbrook,48,21000\nDunmoor,oops,9000\n";
//! let report = rates(csv.as_bytes(), &RateOptions::default())?;
//! assert_eq!(report.rows[0].names, ["Eastbrook"]);
//! assert_eq!(report.rows[0].numbers[2].map(f64::round), Some(229.0)); // per 100,000
//! assert_eq!(report.problems[0].to_string(), "line 3: `oops` is not a number");
//! # Ok::<(), measures::health::csv::CsvError>(())
//! ```

use super::{
    AgeBand, Confidence, ESP2013, Expectancy, Fifth, Group, Health, HealthError, Limits, Overdispersion, Repeated,
    Scale, Significance, Withheld, core20, direct_of_repeated, expected, healthy, life_expectancy, mean, overdispersed,
    quantiles, rate, rate_significance, ratio, share, share_significance, slope, slope_of_fifths, usual_events,
};
use crate::groups::share_limits;
use crate::spc::{
    RowProblem,
    file::{cell, read_number, rounded, text},
};
use ::csv::{ByteRecord, Position, ReaderBuilder};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::io::Read;
use thiserror::Error;

/// What a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Whose row it is: an area, an organisation, a sex. Several columns make one name each.
    Group,
    /// Events counted: the numerator.
    Events,
    /// People, or what else the events are counted against: the denominator, the expected number.
    People,
    /// A value as it stands.
    Value,
    /// The lower 95% limit of the value.
    Lower,
    /// The upper 95% limit of the value.
    Upper,
    /// The standard error of the value.
    Error,
    /// The age band: a number, or words that begin with one.
    Age,
    /// The standard population of the age band.
    Standard,
    /// How many events each of the people counted had, where the same people have several.
    Frequency,
    /// Events in the reference population.
    ReferenceEvents,
    /// People in the reference population.
    ReferencePeople,
    /// The group by need: 1 is the most deprived.
    Quantile,
    /// The deprivation score of an area: the highest is the most deprived.
    Score,
    /// Deaths.
    Deaths,
    /// The share in good health, 0 to 1.
    Healthy,
    /// How many were asked after their health.
    Asked,
}

impl Role {
    /// The name of the option that names this column.
    pub fn name(self) -> &'static str {
        self.names()[0]
    }

    /// The names by which it is found.
    fn names(self) -> &'static [&'static str] {
        match self {
            Role::Group => &["group", "area", "organisation", "place", "neighbourhood", "name", "sex"],
            Role::Events => &["events", "numerator", "count", "observed", "obs", "x"],
            Role::People => &["people", "population", "denominator", "expected", "pop", "pops", "n"],
            Role::Value => &["value", "rate", "mean", "v"],
            Role::Lower => &["lower", "lowercl", "lower_cl", "lo"],
            Role::Upper => &["upper", "uppercl", "upper_cl", "hi"],
            Role::Error => &["error", "se", "standard_error"],
            Role::Age => &["age", "ageband", "age_band", "startage"],
            Role::Standard => &["standard", "stdpop", "esp2013", "s"],
            Role::Frequency => &["frequency", "eventfreq"],
            Role::ReferenceEvents => &["reference-events", "reference_events", "x_ref"],
            Role::ReferencePeople => &["reference-people", "reference_people", "n_ref"],
            Role::Quantile => &["quantile", "fifth", "quintile", "decile", "q"],
            Role::Score => &["score", "imd", "deprivation"],
            Role::Deaths => &["deaths"],
            Role::Healthy => &["healthy", "share_healthy", "good_health"],
            Role::Asked => &["asked", "sample"],
        }
    }
}

/// Columns by name where they are not called what they usually are; [`Role::Group`] may be given more than once.
pub type Columns = Vec<(Role, String)>;

/// A file that gives no table.
#[derive(Debug, Error)]
pub enum CsvError {
    /// It cannot be read as CSV at all.
    #[error("cannot read the file as CSV")]
    Csv(#[from] ::csv::Error),
    /// A named column is not there, or none looks right.
    #[error("no {what} column{}: the file has {known}; name it with --{what}", .named.as_ref().map(|name| format!(" called `{name}`")).unwrap_or_default())]
    NoColumn {
        /// [`Role::name`].
        what: &'static str,
        /// The name that was asked for.
        named: Option<String>,
        /// The columns there are.
        known: String,
    },
    /// No row could be used.
    #[error("no row can be used; {0} rows have problems")]
    Empty(usize),
    /// All rows together make no statistic.
    #[error(transparent)]
    Numbers(#[from] HealthError),
}

/// A table, ready to be printed.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Headings of the names.
    pub name_heads: Vec<String>,
    /// Headings of the numbers.
    pub number_heads: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
    /// What to know before trusting it.
    pub notes: Vec<String>,
    /// Rows of the file that could not be used, in the order of the file.
    pub problems: Vec<RowProblem>,
}

/// One row of a [`Report`].
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Whose row it is.
    pub names: Vec<String>,
    /// Its numbers; `None` where withheld or unknown, and then `words` says why.
    pub numbers: Vec<Option<f64>>,
    /// The method, the finding, or why there is no number.
    pub words: String,
}

impl Report {
    /// One object: `rows` (an object each, by heading), `notes` and `problems`.
    pub fn to_json(&self) -> Value {
        let row = |row: &Row| {
            let mut fields: Map<String, Value> = Map::new();
            fields.extend(self.name_heads.iter().cloned().zip(row.names.iter().map(|name| json!(name))));
            fields.extend(self.number_heads.iter().cloned().zip(row.numbers.iter().map(|number| json!(number))));
            fields.insert("note".into(), json!(row.words));
            Value::Object(fields)
        };
        json!({
            "rows": self.rows.iter().map(row).collect::<Vec<_>>(),
            "notes": self.notes,
            "problems": self.problems.iter().map(|problem| json!({
                "line": problem.line,
                "message": problem.message,
            })).collect::<Vec<_>>(),
        })
    }

    /// One line a row, all digits.
    pub fn to_csv(&self) -> String {
        let heads = self.name_heads.iter().chain(&self.number_heads).map(|head| quoted(head)).collect::<Vec<_>>();
        let mut out = format!("{},note\n", heads.join(","));
        for row in &self.rows {
            let cells = row.names.iter().map(|name| quoted(name)).chain(row.numbers.iter().map(|number| cell(*number)));
            let _ = writeln!(out, "{},{}", cells.collect::<Vec<_>>().join(","), quoted(&row.words));
        }
        out
    }

    /// A table for a terminal.
    pub fn to_text(&self) -> String {
        let heads = self.name_heads.iter().chain(&self.number_heads).cloned().chain([String::new()]);
        let body = self.rows.iter().map(|row| {
            // A count stays whole.
            let said = |number: f64| if number.fract() == 0.0 { number.to_string() } else { rounded(number) };
            let numbers = row.numbers.iter().map(|number| number.map_or("–".to_owned(), said));
            row.names.iter().cloned().chain(numbers).chain([row.words.clone()]).collect::<Vec<_>>()
        });
        let lines: Vec<Vec<String>> = [heads.collect()].into_iter().chain(body).collect();
        let width = |at: usize| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
        let mut out = String::new();
        for line in &lines {
            let mut words = String::new();
            for (at, cell) in line.iter().enumerate() {
                let wide = widths[at];
                let _ = match at {
                    at if at < self.name_heads.len() => write!(words, "{cell:<wide$}  "),
                    at if at + 1 == line.len() => write!(words, "{cell}"),
                    _ => write!(words, "{cell:>wide$}  "),
                };
            }
            let _ = writeln!(out, "{}", words.trim_end());
        }
        for note in &self.notes {
            let _ = writeln!(out, "note: {note}");
        }
        for problem in &self.problems {
            let _ = writeln!(out, "{problem}");
        }
        out
    }
}

/// A row of the file that can be used.
struct Line {
    line: u64,
    names: Vec<String>,
    numbers: Vec<Option<f64>>,
}

struct Table {
    /// The columns that the file has, for errors.
    known: String,
    name_heads: Vec<String>,
    roles: Vec<Role>,
    lines: Vec<Line>,
    problems: Vec<RowProblem>,
    /// Names of groups that lack a row, with the line that they lack.
    broken: Vec<(Vec<String>, u64)>,
}

impl Table {
    /// Reads the columns of these roles; those in `needed` must be there and filled.
    fn read(reader: impl Read, columns: &Columns, wanted: &[Role], needed: &[Role]) -> Result<Table, CsvError> {
        let mut csv = ReaderBuilder::new().flexible(true).from_reader(reader);
        let header = csv.byte_headers()?.iter().map(|name| text(name).trim_start_matches('\u{feff}').trim().to_owned());
        let header: Vec<String> = header.collect();
        let at = |name: &str| header.iter().position(|known| known.eq_ignore_ascii_case(name));
        let known = header.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let missing = |role: Role, named: Option<&String>| CsvError::NoColumn {
            what: role.name(),
            named: named.cloned(),
            known: known.clone(),
        };
        let given = |role: Role| columns.iter().filter(move |(known, _)| *known == role).map(|(_, name)| name);
        let find = |role: Role| -> Result<Vec<usize>, CsvError> {
            let named: Vec<usize> =
                given(role).map(|name| at(name).ok_or_else(|| missing(role, Some(name)))).collect::<Result<_, _>>()?;
            match (named.is_empty(), role) {
                (false, _) => Ok(named),
                (true, Role::Group) => Ok(role.names().iter().filter_map(|name| at(name)).collect()),
                (true, _) => Ok(role.names().iter().find_map(|name| at(name)).into_iter().collect()),
            }
        };
        let mut taken: Vec<usize> = columns.iter().filter_map(|(_, name)| at(name)).collect();
        let (mut roles, mut places) = (Vec::new(), Vec::new());
        for &role in wanted {
            match find(role)?.into_iter().find(|place| given(role).next().is_some() || !taken.contains(place)) {
                Some(place) => {
                    taken.push(place);
                    roles.push(role);
                    places.push(place);
                }
                None if needed.contains(&role) => return Err(missing(role, None)),
                None => {}
            }
        }
        let mut rows = Vec::new();
        let mut record = ByteRecord::new();
        while csv.read_byte_record(&mut record)? {
            rows.push((record.position().map_or(0, Position::line), record.clone()));
        }
        let mut names: Vec<usize> = find(Role::Group)?.into_iter().filter(|place| !places.contains(place)).collect();
        if names.is_empty() {
            // Rows must not lose their names for want of a usual heading: the first column of words is whose they are.
            let is_words = |place: &usize| {
                let filled =
                    rows.iter().filter_map(|(_, row)| row.get(*place)).map(text).filter(|cell| !cell.trim().is_empty());
                let (words, all) = filled.take(50).fold((0, 0), |(words, all), cell| {
                    (words + usize::from(!matches!(read_number(&cell), Ok(Some(_)))), all + 1)
                });
                words * 2 > all
            };
            names.extend((0..header.len()).filter(|place| !taken.contains(place)).find(is_words));
        }
        let mut table = Table {
            known: known.clone(),
            name_heads: names.iter().map(|place| header[*place].clone()).collect(),
            roles,
            lines: Vec::new(),
            problems: Vec::new(),
            broken: Vec::new(),
        };
        for (line, record) in rows {
            let cell = |place: usize| record.get(place).map(|cell| text(cell).trim().to_owned()).unwrap_or_default();
            let names: Vec<String> = names.iter().map(|place| cell(*place)).collect();
            let read = |(&role, &place): (&Role, &usize)| {
                let found = cell(place);
                let number = match role {
                    Role::Age => match age(&found) {
                        None if !found.is_empty() => return Err(format!("`{found}` is not an age")),
                        age => age.map(f64::from),
                    },
                    _ => read_number(&found).map_err(|bad| format!("`{bad}` is not a number"))?,
                };
                match number {
                    None if needed.contains(&role) => Err(format!("has no {}", role.name())),
                    number => Ok(number),
                }
            };
            match table.roles.iter().zip(&places).map(read).collect() {
                Ok(numbers) => table.lines.push(Line { line, names, numbers }),
                Err(message) => table.refuse(line, names, message),
            }
        }
        if table.lines.is_empty() {
            return Err(CsvError::Empty(table.problems.len()));
        }
        Ok(table)
    }

    fn refuse(&mut self, line: u64, names: Vec<String>, message: String) {
        self.problems.push(RowProblem { line, message });
        self.broken.push((names, line));
    }

    fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    fn need(&self, role: Role) -> Result<(), CsvError> {
        match self.has(role) {
            true => Ok(()),
            false => Err(CsvError::NoColumn { what: role.name(), named: None, known: self.known.clone() }),
        }
    }

    fn get(&self, line: &Line, role: Role) -> Option<f64> {
        line.numbers[self.roles.iter().position(|known| *known == role)?]
    }

    /// The number of a role, 0 or more by `must`, or NaN, which every statistic refuses by name.
    fn number(&self, line: &Line, role: Role) -> f64 {
        self.get(line, role).unwrap_or(f64::NAN)
    }

    /// All ages of the file.
    fn ages(&self) -> Vec<u32> {
        let mut ages: Vec<u32> =
            self.lines.iter().filter_map(|line| self.get(line, Role::Age)).map(|age| age as u32).collect();
        ages.sort_unstable();
        ages.dedup();
        ages
    }

    /// The lines of each group, in the order of the file.
    fn groups(&self) -> Vec<(Vec<String>, Vec<&Line>)> {
        let mut groups: Vec<(Vec<String>, Vec<&Line>)> = Vec::new();
        let mut known = std::collections::HashMap::new();
        for line in &self.lines {
            let at = *known.entry(&line.names).or_insert_with(|| {
                groups.push((line.names.clone(), Vec::new()));
                groups.len() - 1
            });
            groups[at].1.push(line);
        }
        groups
    }

    /// One row for each group, made by `make`; a group that lacks a row of the file says so.
    fn whole_groups(
        &self,
        width: usize,
        make: impl Fn(&[&Line]) -> Result<Vec<(Vec<Option<f64>>, String)>, HealthError>,
    ) -> Vec<Row> {
        let mut rows = Vec::new();
        for (names, lines) in self.groups() {
            let lacks = self.broken.iter().find(|(broken, _)| *broken == names).map(|(_, line)| *line);
            let made = match lacks {
                Some(line) => vec![(vec![None; width], format!("not computed: line {line} cannot be used"))],
                None => make(&lines).unwrap_or_else(|error| {
                    let words = match &error {
                        HealthError::Number { row, .. } if *row <= lines.len() => on_line(&error, lines[row - 1].line),
                        _ => format!("not computed: {error}"),
                    };
                    vec![(vec![None; width], words)]
                }),
            };
            rows.extend(made.into_iter().map(|(numbers, words)| Row { names: names.clone(), numbers, words }));
        }
        rows
    }

    fn report(self, number_heads: Vec<String>, rows: Vec<Row>, notes: Vec<String>) -> Result<Report, CsvError> {
        if rows.is_empty() {
            return Err(CsvError::Empty(self.problems.len()));
        }
        let mut problems = self.problems;
        problems.sort_by_key(|problem| problem.line);
        Ok(Report { name_heads: self.name_heads, number_heads, rows, notes, problems })
    }
}

fn age(words: &str) -> Option<u32> {
    let digits: String = words.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|age| *age <= 150)
}

/// `lower` and `upper` for one level, `lower_95` and so on for several.
fn limit_heads(levels: &[Confidence], what: &str) -> Vec<String> {
    let tail = |level: &Confidence| match levels.len() {
        1 => String::new(),
        _ => format!("_{}", (level.share() * 1e6).round() / 1e4).replace('.', "_"),
    };
    levels.iter().flat_map(|level| ["lower", "upper"].map(|side| format!("{what}{side}{}", tail(level)))).collect()
}

fn heads(first: &[&str], levels: &[Confidence]) -> Vec<String> {
    first.iter().map(|head| (*head).to_owned()).chain(limit_heads(levels, "")).collect()
}

fn usual_levels(levels: &[Confidence]) -> &[Confidence] {
    if levels.is_empty() { &[Confidence::P95] } else { levels }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// What `catchment rates` works out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Statistic {
    /// Events for so many people, row by row.
    #[default]
    Rate,
    /// Some of all, row by row.
    Share,
    /// The mean of the values of each group.
    Mean,
    /// A rate standardised to the ages of the standard population, of each group.
    Direct,
    /// Observed over expected events, by the rates of a reference population, of each group.
    Ratio,
}

/// How to read a file of rates. What is not said is told by the columns: reference events make a ratio, ages a standardised
/// rate, values without events a mean, else a rate.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RateOptions {
    /// The columns.
    pub columns: Columns,
    /// The statistic.
    pub statistic: Option<Statistic>,
    /// The multiplier: 100,000 for rates, 100 for shares and ratios where not given.
    pub per: Option<f64>,
    /// The levels of the limits; 95% where none.
    pub levels: Vec<Confidence>,
}

/// Rates, shares, means, standardised rates or ratios with their limits. A standardised rate without a column of standard
/// populations takes the European Standard Population of 2013 by age, in bands of five years to 90.
///
/// # Errors
/// When a column is not there or no row can be used. A bad row is a problem, not an error.
pub fn rates(reader: impl Read, options: &RateOptions) -> Result<Report, CsvError> {
    use Role::{Age, Events, Frequency, People, ReferenceEvents, ReferencePeople, Standard, Value};
    let wanted = [Events, ReferenceEvents, ReferencePeople, People, Standard, Frequency, Age, Value];
    let table = Table::read(reader, &options.columns, &wanted, &[])?;
    let statistic = options.statistic.unwrap_or(match () {
        () if table.has(ReferenceEvents) => Statistic::Ratio,
        () if table.has(Standard) || table.has(Age) => Statistic::Direct,
        () if table.has(Value) && !table.has(Events) => Statistic::Mean,
        () => Statistic::Rate,
    });
    for role in match statistic {
        Statistic::Mean => vec![Value],
        Statistic::Ratio => vec![Events, People, ReferenceEvents, ReferencePeople],
        _ => vec![Events, People],
    } {
        table.need(role)?;
    }
    let levels = usual_levels(&options.levels);
    let per = options.per.unwrap_or(match statistic {
        Statistic::Share | Statistic::Ratio => 100.0,
        _ => 100_000.0,
    });
    let filled =
        |first: [f64; 2], value: Result<f64, Withheld>, limits: &dyn Fn(Confidence) -> Option<Limits>, method: &str| {
            let ends = levels.iter().flat_map(|level| limits(*level).map_or([None; 2], |limits| limits.map(Some)));
            let words = value.map_or_else(|reason| format!("withheld: {reason}"), |_| method.to_owned());
            (first.map(Some).into_iter().chain([value.ok()]).chain(ends).collect::<Vec<_>>(), words)
        };
    let of_rate = |rate: super::Rate, method: &str| {
        let exact = if rate.is_exact() { "exact Poisson" } else { "Byar" };
        let method = if method.is_empty() { exact } else { method };
        filled([rate.events, rate.against], rate.value(), &|level| rate.limits(level).ok(), method)
    };
    let get = |line: &Line, role| table.number(line, role);
    let width = 3 + 2 * levels.len();
    let (rows, first) = match statistic {
        Statistic::Rate | Statistic::Share => {
            let mut rows = Vec::with_capacity(table.lines.len());
            for line in &table.lines {
                let made = if statistic == Statistic::Rate {
                    rate(get(line, Events), get(line, People), per).map(|rate| of_rate(rate, ""))
                } else {
                    share(get(line, Events), get(line, People)).map(|share| {
                        let limits = |level| Some(share.limits(level).map(|end| end * per));
                        filled([share.count, share.all], Ok(share.value() * per), &limits, "Wilson")
                    })
                };
                let (numbers, words) = made.unwrap_or_else(|error| (vec![None; width], on_line(&error, line.line)));
                rows.push(Row { names: line.names.clone(), numbers, words });
            }
            (rows, ["events", "people", "value"])
        }
        Statistic::Mean => {
            let rows = table.whole_groups(width, |lines| {
                let values: Vec<f64> = lines.iter().filter_map(|line| table.get(line, Value)).collect();
                let mean = mean(&values)?;
                let limits = |level| mean.limits(level).ok();
                let method = if mean.count < 2 { "no limits: one value" } else { "Student's t" };
                let method = match lines.len() - mean.count {
                    0 => method.to_owned(),
                    blank => format!("{method}; {blank} of {} rows have no value", lines.len()),
                };
                Ok(vec![filled([mean.count as f64, mean.sum], Ok(mean.value()), &limits, &method)])
            });
            (rows, ["values", "sum", "value"])
        }
        Statistic::Direct => {
            // Every group must have every age that any has.
            let ages = table.ages();
            let rows = table.whole_groups(width, |lines| {
                let age = |line: &&Line| table.get(line, Age).map(|age| age as usize);
                let band = |(place, line): (usize, &&Line)| Repeated {
                    band: age(line).unwrap_or(place),
                    each: table.get(line, Frequency).unwrap_or(1.0),
                    people_with: get(line, Events),
                    people: get(line, People),
                    standard: table.get(line, Standard).unwrap_or_else(|| esp2013(get(line, Age))),
                };
                let mut here: Vec<usize> = lines.iter().filter_map(age).collect();
                let rows = here.len();
                here.sort_unstable();
                here.dedup();
                if rows > here.len() && !table.has(Frequency) {
                    return Err(HealthError::Twice);
                }
                if here.len() < ages.len() {
                    return Err(Withheld::AgesMissing.into());
                }
                let bands: Vec<Repeated> = lines.iter().enumerate().map(band).collect();
                Ok(vec![of_rate(direct_of_repeated(&bands, per)?, "Dobson")])
            });
            (rows, ["events", "people", "value"])
        }
        Statistic::Ratio => {
            let rows = table.whole_groups(width, |lines| {
                let band = |line: &&Line| (get(line, People), get(line, ReferenceEvents), get(line, ReferencePeople));
                let observed = lines.iter().map(|line| get(line, Events)).sum();
                Ok(vec![of_rate(ratio(observed, expected(&lines.iter().map(band).collect::<Vec<_>>())?, per)?, "")])
            });
            (rows, ["observed", "expected", "value"])
        }
    };
    let notes = vec![match statistic {
        Statistic::Mean => "value is the mean".to_owned(),
        Statistic::Rate => format!("value is per {per}"),
        Statistic::Share => format!("value is out of {per}"),
        Statistic::Direct => format!("value is per {per}, as if the population had the ages of the standard"),
        Statistic::Ratio => format!("value is observed over expected, {per} as in the reference population"),
    }];
    let heads = heads(&first, levels);
    table.report(heads, rows, notes)
}

/// The European Standard Population of the band of five years that starts at `age`; NaN, which is refused, for another.
fn esp2013(age: f64) -> f64 {
    let band = age / 5.0;
    if band.fract() == 0.0 { ESP2013.get(band as usize).copied().unwrap_or(f64::NAN) } else { f64::NAN }
}

fn on_line(error: &HealthError, line: u64) -> String {
    match error {
        HealthError::Number { what, value, must, .. } if value.is_nan() => {
            format!("not computed: line {line}: {what} is missing or not known; it must be {must}")
        }
        HealthError::Number { what, value, must, .. } => {
            format!("not computed: line {line}: {what} is {value}, which must be {must}")
        }
        other => format!("not computed: line {line}: {other}"),
    }
}

/// What the numbers of a funnel are.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum FunnelKind {
    /// Shares against the share of all together.
    #[default]
    Share,
    /// Observed events against expected ones.
    Ratio,
    /// Rates against the rate of all together.
    Rate,
    /// Any of these, allowing for how much all of them vary; so many trimmed at each end.
    Overdispersed(Overdispersion, f64),
}

/// How to read a file of organisations.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FunnelOptions {
    /// The columns: group, events and people (or the expected number).
    pub columns: Columns,
    /// What the numbers are.
    pub kind: FunnelKind,
    /// The multiplier: 100 for shares, 1 for ratios, 100,000 for rates where not given.
    pub per: Option<f64>,
}

/// Each organisation against the 95% and 99.8% limits of the funnel at its size.
///
/// # Errors
/// When a column is not there, no row can be used, or the numbers make no funnel.
pub fn funnel(reader: impl Read, options: &FunnelOptions) -> Result<Report, CsvError> {
    use Role::{Events, People};
    let mut table = Table::read(reader, &options.columns, &[Events, People], &[Events, People])?;
    let is_share = matches!(options.kind, FunnelKind::Share | FunnelKind::Overdispersed(Overdispersion::Share, _));
    // A row that cannot be belongs in no average.
    let lines = std::mem::take(&mut table.lines);
    for line in lines {
        let (top, bottom) = (table.number(&line, Events), table.number(&line, People));
        let fits = if is_share { share(top, bottom).map(|_| ()) } else { rate(top, bottom, 1.0).map(|_| ()) };
        match fits {
            Ok(()) => table.lines.push(line),
            Err(error) => {
                let message =
                    on_line(&error, line.line).replacen(&format!("not computed: line {}: ", line.line), "", 1);
                table.refuse(line.line, line.names, message);
            }
        }
    }
    let points: Vec<(f64, f64)> =
        table.lines.iter().map(|line| (table.number(line, Events), table.number(line, People))).collect();
    if points.is_empty() {
        return Err(CsvError::Empty(table.problems.len()));
    }
    let (tops, bottoms) = points.iter().fold((0.0, 0.0), |(a, b), (top, bottom)| (a + top, b + bottom));
    let average = if options.kind == FunnelKind::Ratio { 1.0 } else { tops / bottoms };
    let levels = [Confidence::P95, Confidence::P998];
    let mut centre = average;
    let mut notes = Vec::new();
    let found: Vec<([Limits; 2], Significance)> = match options.kind {
        FunnelKind::Share => points
            .iter()
            .map(|&(top, all)| {
                let limits = levels.map(|level| <[f64; 2]>::from(share_limits(average, all, level.z())));
                Ok((limits, share_significance(top, all, average)?))
            })
            .collect::<Result<_, HealthError>>()?,
        FunnelKind::Ratio | FunnelKind::Rate => points
            .iter()
            .map(|&(top, bottom)| {
                let limits = levels.map(|level| usual_events(average * bottom, level).map(|end| end / bottom));
                Ok((limits, rate_significance(top, average * bottom)?))
            })
            .collect::<Result<_, HealthError>>()?,
        FunnelKind::Overdispersed(kind, trim) => {
            let funnel = overdispersed(&points, kind, trim)?;
            centre = funnel.centre;
            notes.push(format!(
                "phi {:.3}: {}",
                funnel.phi,
                match funnel.phi > 1.0 {
                    true => "organisations vary by more than chance, and the limits allow for it",
                    false => "no more than chance between organisations",
                }
            ));
            let [two, three] = levels.map(|level| funnel.limits(level, true));
            let limits = two.into_iter().zip(three).map(|(two, three)| [two, three]);
            limits.zip(funnel.significance(true)).collect()
        }
    };
    let per = options.per.unwrap_or(match options.kind {
        FunnelKind::Rate => 100_000.0,
        _ if is_share => 100.0,
        _ => 1.0,
    });
    let mut rows = Vec::with_capacity(points.len());
    for ((line, (top, bottom)), (limits, significance)) in table.lines.iter().zip(points).zip(found) {
        let ends = limits.into_iter().flatten().map(|end| Some(end * per));
        let numbers = [top, bottom, top / bottom * per].map(Some).into_iter().chain(ends).collect();
        rows.push(Row { names: line.names.clone(), numbers, words: significance.words().to_owned() });
    }
    let far = |row: &&Row| row.words.contains("99.8");
    let chance = 0.002 * rows.len() as f64;
    notes.insert(0, format!("the middle of the funnel is {}, per {per}", rounded(centre * per)));
    notes.push(format!(
        "{} of {} beyond 99.8% limits; {chance:.1} expected by chance",
        rows.iter().filter(far).count(),
        rows.len()
    ));
    table.report(heads(&["events", "people", "value"], &levels), rows, notes)
}

/// How to read a file of groups by need.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InequalityOptions {
    /// The columns: quantile (1 the most deprived) or score; people; and events, or value with lower and upper or error.
    pub columns: Columns,
    /// Whether events are some of the people (a share), not a rate.
    pub share: bool,
    /// The multiplier of values: 100 for shares, 100,000 for rates, 1 for values where not given.
    pub per: Option<f64>,
    /// The level of the limits; 95% where not given.
    pub level: Option<Confidence>,
}

/// The most deprived fifth against the rest, and the slope from the most to the least deprived, for each group of the file
/// (for the whole file where it has none). With a column of scores instead of quantiles each row is an area, and areas are
/// put into fifths by score.
///
/// # Errors
/// When a column is not there or no row can be used.
pub fn inequality(reader: impl Read, options: &InequalityOptions) -> Result<Report, CsvError> {
    use Role::{Error, Events, Lower, People, Quantile, Score, Upper, Value};
    let wanted = [Quantile, Score, Events, People, Value, Lower, Upper, Error];
    let mut table = Table::read(reader, &options.columns, &wanted, &[People])?;
    if !table.has(Quantile) {
        table.need(Score)?;
        // Each row is an area of its own: its name is not a group.
        if options.columns.iter().all(|(role, _)| *role != Role::Group) {
            table.name_heads.clear();
            table.lines.iter_mut().for_each(|line| line.names.clear());
            table.broken.iter_mut().for_each(|(names, _)| names.clear());
        }
    }
    if !table.has(Events) {
        table.need(Value)?;
    }
    let level = options.level.unwrap_or(Confidence::P95);
    let per = options.per.unwrap_or(match (table.has(Events), options.share) {
        (true, true) => 100.0,
        (true, false) => 100_000.0,
        _ => 1.0,
    });
    const WIDTH: usize = 14;
    let rows = table.whole_groups(WIDTH, |lines| {
        let quantile: Vec<usize> = if table.has(Quantile) {
            let read = |(row, line): (usize, &&Line)| {
                let q = table.number(line, Quantile);
                let whole = q.fract() == 0.0 && (1.0..=100.0).contains(&q);
                super::checked(row + 1, "the quantile", q, "a whole number from 1", whole).map(|q| q as usize)
            };
            lines.iter().enumerate().map(read).collect::<Result<_, _>>()?
        } else {
            let scores: Vec<Option<f64>> = lines.iter().map(|line| table.get(line, Score)).collect();
            if let Some(row) = scores.iter().position(Option::is_none) {
                super::checked(row + 1, "the score", f64::NAN, "a number", false)?;
            }
            quantiles(&scores, 5, true)?.into_iter().flatten().collect()
        };
        let most = quantile.iter().copied().max().unwrap_or(0);
        if (1..=most).any(|q| !quantile.contains(&q)) {
            return Err(Withheld::FewerAreasThanGroups.into());
        }
        if table.has(Events) {
            let sum = |holds: &dyn Fn(usize) -> bool| {
                let (mut events, mut people) = (0.0, 0.0);
                for (row, (line, _)) in lines.iter().zip(&quantile).enumerate().filter(|(_, (_, q))| holds(**q)) {
                    events += super::count(row + 1, "the count", table.number(line, Events))?;
                    people += super::people(row + 1, "the population", table.number(line, People))?;
                }
                Ok::<_, HealthError>((events, people))
            };
            let part = |(events, people): (f64, f64)| {
                Ok::<_, HealthError>(if options.share {
                    Fifth::Share(share(events, people)?)
                } else {
                    Fifth::Rate(rate(events, people, per)?)
                })
            };
            let scale = if options.share { per } else { 1.0 };
            let fifth = most.div_ceil(5);
            let gap = core20(part(sum(&|q| q <= fifth)?)?, part(sum(&|q| q > fifth)?)?, level)?;
            let mut fifths = Vec::with_capacity(most);
            for q in 1..=most {
                let both = sum(&|other| other == q)?;
                fifths.push((both.1, part(both)?));
            }
            let mut numbers: Vec<Option<f64>> =
                [gap.first.0, gap.second.0, gap.difference, gap.difference_limits[0], gap.difference_limits[1]]
                    .map(|n| Some(n * scale))
                    .into();
            numbers.extend(
                [gap.ratio, gap.ratio_limits[0], gap.ratio_limits[1]].map(|n| Some(n).filter(|n| n.is_finite())),
            );
            let apart = gap.difference_limits[0] > 0.0 || gap.difference_limits[1] < 0.0;
            let words = if apart { "the most deprived fifth differs by more than chance" } else { "within chance" };
            let (ends, why) = match slope_of_fifths(&fifths, scale) {
                Ok(slope) => (slope_numbers(&slope, level), String::new()),
                Err(error) => (vec![None; 6], format!("; no slope: {error}")),
            };
            numbers.extend(ends);
            return Ok(vec![(numbers, format!("{words}{why}"))]);
        }
        let mut order: Vec<usize> = (0..lines.len()).collect();
        order.sort_by_key(|row| quantile[*row]);
        let group = |row: usize| {
            let get = |role| table.number(lines[row], role);
            if table.has(Error) {
                Group { people: get(People), value: get(Value), error: get(Error) }
            } else {
                Group::with_limits(get(People), get(Value), [get(Lower), get(Upper)], Scale::Plain)
            }
        };
        let line = slope(&order.into_iter().map(group).collect::<Vec<_>>(), Scale::Plain, false, per)?;
        let mut numbers = vec![None; 8];
        numbers.extend(slope_numbers(&line, level));
        Ok(vec![(numbers, "slope of values".to_owned())])
    });
    let heads = [
        "most_deprived_fifth",
        "rest",
        "difference",
        "difference_lower",
        "difference_upper",
        "ratio",
        "ratio_lower",
        "ratio_upper",
        "sii",
        "sii_lower",
        "sii_upper",
        "rii",
        "rii_lower",
        "rii_upper",
    ];
    let notes =
        vec![format!("values are per {per}; sii and rii compare the least deprived end with the most deprived")];
    table.report(heads.map(str::to_owned).into(), rows, notes)
}

fn slope_numbers(slope: &super::Slope, level: Confidence) -> Vec<Option<f64>> {
    let limits = slope.simulated(&[level], 100_000);
    let [index, relative] = limits[0];
    [slope.index(), index[0], index[1], slope.relative(), relative[0], relative[1]]
        .map(|n| Some(n).filter(|n| n.is_finite()))
        .into()
}

/// How to read a file of deaths by age.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LifeOptions {
    /// The columns: group, age, people, deaths; and healthy with asked for years in good health.
    pub columns: Columns,
    /// The ages to show; all where none.
    pub ages: Vec<u32>,
    /// The levels of the limits; 95% where none.
    pub levels: Vec<Confidence>,
}

/// Life expectancy of each group at each age, and the years of it in good health where a survey's columns are there.
///
/// # Errors
/// When a column is not there or no row can be used.
pub fn lifetable(reader: impl Read, options: &LifeOptions) -> Result<Report, CsvError> {
    use Role::{Age, Asked, Deaths, Healthy, People};
    let mut table =
        Table::read(reader, &options.columns, &[Age, Deaths, Healthy, Asked, People], &[Age, Deaths, People])?;
    let surveyed = table.has(Healthy);
    if surveyed {
        table.need(Asked)?;
    }
    let levels = usual_levels(&options.levels);
    let each = 1 + 2 * levels.len();
    let width = 3 + each * if surveyed { 2 } else { 1 };
    // Every group must have every age that any has.
    table.lines.sort_by_key(|line| line.numbers[0].map(|age| age as u32));
    let bands = table.ages();
    let rows = table.whole_groups(width, |lines| {
        if lines.len() < bands.len() {
            return Err(Withheld::AgesMissing.into());
        }
        let get = |line: &Line, role| table.number(line, role);
        let band = |line: &&Line| AgeBand {
            start: get(line, Age) as u32,
            people: get(line, People),
            deaths: get(line, Deaths),
        };
        let ages: Vec<AgeBand> = lines.iter().map(band).collect();
        let years = life_expectancy(&ages)?;
        let well = if surveyed {
            let health: Vec<Health> =
                lines.iter().map(|line| Health { share: get(line, Healthy), asked: get(line, Asked) }).collect();
            healthy(&ages, &health)?
        } else {
            Vec::new()
        };
        let numbers = |at: &Expectancy| {
            let ends = levels.iter().flat_map(|level| at.limits(*level)).map(Some);
            [at.value().ok()].into_iter().chain(ends).collect::<Vec<_>>()
        };
        let row = |(i, at): (usize, &Expectancy)| {
            let mut cells = vec![Some(f64::from(at.start)), Some(at.people), Some(at.deaths)];
            cells.extend(numbers(at));
            cells.extend(well.get(i).map(&numbers).into_iter().flatten());
            let words =
                at.value().map_or_else(|reason| format!("withheld: {reason}"), |_| "Chiang, Silcocks".to_owned());
            (cells, words)
        };
        let wanted = |at: &Expectancy| options.ages.is_empty() || options.ages.contains(&at.start);
        Ok(years.iter().enumerate().filter(|(_, at)| wanted(at)).map(row).collect())
    });
    let mut heads = heads(&["age", "people", "deaths", "years"], levels);
    if surveyed {
        heads.push("healthy_years".to_owned());
        heads.extend(limit_heads(levels, "healthy_"));
    }
    let notes = vec!["people and deaths are those of this age and older".to_owned()];
    table.report(heads, rows, notes)
}

//! The tables from which need is projected: `need.toml` says what is what, and CSV files in the shape of the official tables hold the
//! numbers. `docs/need.md` explains every file and column.
//!
//! [`read`] takes the words of `need.toml` and a function that opens the files beside it, since nothing here reads a disk. An error names
//! the file and the line, and the way out.

use super::cohort::{AGES, Ages, FEMALE, MALE, People};
use super::range::Elicited;
use super::segment::{ANY, DIED, Move, Rule, Segments};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use thiserror::Error;

/// A table that cannot be read.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{file}{}: {what}; {way_out}", At(.line))]
pub struct NeedError {
    /// The file.
    pub file: String,
    /// The line in it, where it is one line.
    pub line: Option<u64>,
    /// What is wrong there.
    pub what: String,
    /// What to do about it.
    pub way_out: String,
}

struct At<'a>(&'a Option<u64>);

impl fmt::Display for At<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |line| write!(to, " line {line}"))
    }
}

/// Age bands of which the place speaks, each from its first age on.
pub const BANDS: [(&str, usize); 6] =
    [("0 to 17", 0), ("18 to 39", 18), ("40 to 64", 40), ("65 to 74", 65), ("75 to 84", 75), ("85 and over", 85)];

/// The ages of a band.
pub fn ages(band: usize) -> std::ops::Range<usize> {
    BANDS[band].1..BANDS.get(band + 1).map_or(AGES, |next| next.1)
}

/// What a service's use follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// People, by age and sex.
    #[default]
    Person,
    /// Births, by the mother's age.
    Birth,
}

/// Something that people use.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// What tables and pages call it.
    pub id: String,
    /// In words.
    pub name: String,
    /// The kind of service of the place that it is, if it is one (`emergency_department`, …).
    pub kind: Option<String>,
    /// What is counted: attendances, contacts.
    pub unit: String,
    /// What use follows.
    pub per: Per,
    /// Days that one of them lasts in the mean, where beds or places are filled.
    pub stay_days: Option<f64>,
    /// The share of beds or places that may be full.
    pub occupancy: f64,
    /// Pounds for each, to add unlike things up.
    pub cost: Option<f64>,
    /// How strongly use follows the use ratio of a neighbourhood: it is raised to this power.
    pub gradient: f64,
    /// Use a person (or birth) and year, by sex and age.
    pub rate: People,
    /// Yearly growth that has nothing to do with age.
    pub non_demographic: Elicited,
    /// Share of what neighbourhoods use beyond the usual that is gone at the horizon.
    pub inequality: Elicited,
    /// Share of use that is avoided at the horizon.
    pub avoidance: Elicited,
}

/// A neighbourhood.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// Its name, as in the place.
    pub name: String,
    /// Its people now.
    pub people: People,
    /// Net migrants a year.
    pub migrants: People,
    /// Its death rates over those of the table.
    pub mortality: f64,
    /// Its fertility over that of the table.
    pub fertility: f64,
    /// Its use of services over that of the table, at equal age and sex.
    pub usage: f64,
}

/// Something people have, by age and sex.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// Its name.
    pub name: String,
    /// The share that has it.
    pub share: People,
}

/// Totals that a year's people are constrained to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Totals {
    /// People of some sexes and ages in the whole place.
    pub groups: Vec<Group>,
    /// People of a neighbourhood, by its number.
    pub areas: Vec<(usize, f64)>,
}

/// People of some sexes and ages.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Their sexes.
    pub sexes: std::ops::RangeInclusive<usize>,
    /// Their ages.
    pub ages: std::ops::RangeInclusive<usize>,
    /// How many there are.
    pub people: f64,
}

/// All that a projection needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    /// Of what place.
    pub name: String,
    /// Where the numbers are from.
    pub source: String,
    /// The year of the population, at its middle.
    pub year: i32,
    /// Years until steps have their whole effect.
    pub horizon: usize,
    /// Boys born for each girl.
    pub sex_ratio: f64,
    /// The neighbourhoods.
    pub areas: Vec<Area>,
    /// Chance of dying within a year.
    pub q: People,
    /// Births a woman has in a year.
    pub fertility: Ages,
    /// Totals to constrain to, by year.
    pub totals: BTreeMap<i32, Totals>,
    /// Conditions and frailty.
    pub conditions: Vec<Condition>,
    /// Segments.
    pub segments: Segments,
    /// Who is counted in which, from what the records tell; the first that fits counts.
    pub rules: Vec<Rule>,
    /// What people use.
    pub services: Vec<Service>,
    /// Yearly change of death rates: -0.012 is 1.2% less each year.
    pub mortality: Elicited,
    /// Yearly change of fertility.
    pub births: Elicited,
    /// Migration over that of the table.
    pub migration: Elicited,
    /// Share of the gain in life that is healthy, at ages 55 and over.
    pub health_status: Elicited,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default)]
    source: String,
    year: i32,
    horizon: Option<usize>,
    sex_ratio: Option<f64>,
    #[serde(default)]
    segments: Vec<String>,
    files: BTreeMap<String, String>,
    #[serde(default)]
    service: Vec<WrittenService>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenService {
    id: String,
    name: String,
    kind: Option<String>,
    unit: String,
    #[serde(default)]
    per: Per,
    stay_days: Option<f64>,
    occupancy: Option<f64>,
    cost: Option<f64>,
    gradient: Option<f64>,
}

/// The tables that `need.toml` may name; the first three it must.
const TABLES: [&str; 11] = [
    "population",
    "mortality",
    "fertility",
    "migration",
    "areas",
    "totals",
    "conditions",
    "transitions",
    "segments",
    "rules",
    "activity",
];
/// A table of steps beside them.
const STEPS: &str = "steps";

/// Reads the need of a place. `open` gives the words of a file beside `need.toml`; `known` are the neighbourhoods of the place, empty when
/// any name will do.
///
/// # Errors
/// [`NeedError`], the first fault found: a file, its line, what is wrong and what to do.
pub fn read(toml: &str, open: impl Fn(&str) -> Result<String, String>, known: &[&str]) -> Result<Need, NeedError> {
    let fault =
        |what: String, way_out: &str| NeedError { file: "need.toml".into(), line: None, what, way_out: way_out.into() };
    let written: Written = toml::from_str(toml).map_err(|error| {
        let line = error.span().map(|span| toml[..span.start.min(toml.len())].matches('\n').count() as u64 + 1);
        NeedError {
            file: "need.toml".into(),
            line,
            what: error.message().trim().replace('\n', ", "),
            way_out: "docs/need.md has every key".into(),
        }
    })?;
    if let Some(other) = written.files.keys().find(|name| !TABLES.contains(&name.as_str()) && *name != STEPS) {
        let known = [&TABLES[..], &[STEPS]].concat().join(", ");
        return Err(fault(format!("files has no place for '{other}'"), &format!("use one of {known}")));
    }
    let table = |name: &str| -> Result<Option<Table>, NeedError> {
        let Some(file) = written.files.get(name) else { return Ok(None) };
        let text = open(file).map_err(|why| NeedError {
            file: file.clone(),
            line: None,
            what: format!("cannot be opened: {why}"),
            way_out: format!("put it beside need.toml, or mend `{name}` under [files]"),
        })?;
        Table::read(file, &text).map(Some)
    };
    let must = |name: &str| {
        table(name)?.ok_or_else(|| {
            fault(format!("files names no {name} table"), &format!("add `{name} = \"{name}.csv\"` under [files]"))
        })
    };

    let mut areas = population(&must("population")?, known)?;
    let q = mortality(&must("mortality")?)?;
    let fertility = fertility(&must("fertility")?)?;
    if let Some(table) = table("migration")? {
        migration(&table, &mut areas)?;
    }
    if let Some(table) = table("areas")? {
        ratios(&table, &mut areas)?;
    }
    let totals = table("totals")?.map_or(Ok(BTreeMap::new()), |table| totals(&table, &areas))?;
    let conditions = table("conditions")?.map_or(Ok(Vec::new()), |table| conditions(&table))?;
    let segments = {
        let counts = written.files.contains_key("rules");
        segments(written.segments, table("transitions")?, table("segments")?, counts)?
    };
    let rules = table("rules")?.map_or(Ok(Vec::new()), |table| rules(&table, &segments.names))?;
    let mut services = services(written.service, table("activity")?)?;
    let mut need = Need {
        name: written.name,
        source: written.source,
        year: written.year,
        horizon: written.horizon.unwrap_or(20).max(1),
        sex_ratio: written.sex_ratio.unwrap_or(1.05),
        areas,
        q,
        fertility,
        totals,
        conditions,
        segments,
        rules,
        services: Vec::new(),
        mortality: Elicited::sure(0.0),
        births: Elicited::sure(0.0),
        migration: Elicited::sure(1.0),
        health_status: Elicited::sure(0.0),
    };
    if !(need.sex_ratio > 0.0 && need.sex_ratio.is_finite()) {
        return Err(fault(format!("sex_ratio is {}", need.sex_ratio), "give boys born for each girl, such as 1.05"));
    }
    if let Some(table) = table(STEPS)? {
        steps(&table, &mut need, &mut services)?;
    }
    need.services = services;
    Ok(need)
}

/// A CSV file: its column names in small letters, and its rows with their lines.
struct Table {
    file: String,
    header: Vec<String>,
    rows: Vec<Row>,
}

struct Row {
    line: u64,
    cells: Vec<String>,
}

impl Table {
    fn read(file: &str, text: &str) -> Result<Table, NeedError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| NeedError {
                file: file.into(),
                line: error.position().map(csv::Position::line),
                what: "is not CSV".into(),
                way_out: "save it as CSV with commas, in UTF-8".into(),
            })?;
            let line = record.position().map_or(0, csv::Position::line);
            let cells: Vec<String> = record.iter().map(str::to_owned).collect();
            if cells.iter().any(|cell| !cell.is_empty()) {
                rows.push(Row { line, cells });
            }
        }
        if rows.len() < 2 {
            return Err(NeedError {
                file: file.into(),
                line: None,
                what: "has no rows".into(),
                way_out: "give a line of column names and the rows under it".into(),
            });
        }
        let header: Vec<String> =
            rows.remove(0).cells.iter().map(|name| name.to_lowercase().replace(' ', "_")).collect();
        if let Some(row) = rows.iter().find(|row| row.cells.len() != header.len()) {
            let what = format!("has {} cells where the first line has {}", row.cells.len(), header.len());
            return Err(NeedError {
                file: file.into(),
                line: Some(row.line),
                what,
                way_out: "put quotation marks round a cell with a comma in it".into(),
            });
        }
        Ok(Table { file: file.into(), header, rows })
    }

    fn fault(&self, line: Option<u64>, what: impl Into<String>, way_out: impl Into<String>) -> NeedError {
        NeedError { file: self.file.clone(), line, what: what.into(), way_out: way_out.into() }
    }

    /// The first of these columns that is there.
    fn maybe(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.header.iter().position(|column| column == name))
    }

    fn column(&self, names: &[&str]) -> Result<usize, NeedError> {
        self.maybe(names).ok_or_else(|| {
            self.fault(
                Some(1),
                format!("there is no column '{}'", names[0]),
                format!("name one of these so: {}", self.header.join(", ")),
            )
        })
    }

    /// The column of numbers, and what they are to be divided by: `rate` or `rate_per_1000`.
    fn values(&self, names: &[&str]) -> Result<(usize, f64), NeedError> {
        let thousands: Vec<String> = names.iter().map(|name| format!("{name}_per_1000")).collect();
        let found = self.maybe(&thousands.iter().map(String::as_str).collect::<Vec<_>>());
        found.map_or_else(|| self.column(names).map(|column| (column, 1.0)), |column| Ok((column, 1000.0)))
    }

    /// A number, with commas between thousands if it likes.
    fn number(&self, row: &Row, column: usize, must: &str, is: impl Fn(f64) -> bool) -> Result<f64, NeedError> {
        let (name, cell) = (&self.header[column], &row.cells[column]);
        let value: f64 = cell.replace(',', "").parse().map_err(|_| {
            self.fault(
                Some(row.line),
                format!("{name} is '{cell}', which is no number"),
                "give a number, without signs for suppressed or missing",
            )
        })?;
        if value.is_finite() && is(value) {
            return Ok(value);
        }
        Err(self.fault(
            Some(row.line),
            format!("{name} is {cell}, which must be {must}"),
            "mend the number or leave the row out",
        ))
    }

    /// Sexes of a row: one, or both where it says so or there is no such column.
    fn sexes(&self, row: &Row, column: Option<usize>) -> Result<std::ops::RangeInclusive<usize>, NeedError> {
        let Some(column) = column else { return Ok(MALE..=FEMALE) };
        match row.cells[column].to_lowercase().as_str() {
            "male" | "males" | "m" | "men" | "1" => Ok(MALE..=MALE),
            "female" | "females" | "f" | "women" | "2" => Ok(FEMALE..=FEMALE),
            "" | "*" | "both" | "all" | "persons" | "person" | "p" => Ok(MALE..=FEMALE),
            other => Err(self.fault(Some(row.line), format!("sex '{other}' is not known"), "use female, male or both")),
        }
    }

    /// Ages of a row: `34`, `30-34`, `90+`, `90 and over`; none for a line of all ages.
    fn ages(&self, row: &Row, column: usize) -> Result<Option<std::ops::RangeInclusive<usize>>, NeedError> {
        let cell = row.cells[column].to_lowercase();
        let bad = || {
            self.fault(
                Some(row.line),
                format!("age '{cell}' is not known"),
                "write ages as 34, 30-34, 85+ or 85 and over",
            )
        };
        let age = |text: &str| text.trim().trim_start_matches("aged").trim().parse::<usize>().map_err(|_| bad());
        let range = if cell.is_empty() || cell.starts_with("all") || cell == "total" || cell == "*" {
            return Ok(None);
        } else if cell == "<1" || cell == "under 1" {
            0..=0
        } else if let Some(from) =
            cell.strip_suffix('+').or_else(|| cell.strip_suffix("and over")).or_else(|| cell.strip_suffix("and_over"))
        {
            age(from)?..=AGES - 1
        } else if let Some((from, to)) = cell.split_once('-').or_else(|| cell.split_once(" to ")) {
            age(from)?..=age(to)?.min(AGES - 1)
        } else {
            let age = age(&cell)?;
            age..=age
        };
        if range.is_empty() || *range.start() >= AGES {
            return Err(self.fault(
                Some(row.line),
                format!("age '{cell}' is beyond the last, {} and over", AGES - 1),
                "sum older people up in one row",
            ));
        }
        Ok(Some(range))
    }

    /// Which of these a row is of.
    fn which(&self, row: &Row, column: usize, what: &str, names: &[&str]) -> Result<usize, NeedError> {
        let cell = &row.cells[column];
        names.iter().position(|name| name == cell).ok_or_else(|| {
            self.fault(
                Some(row.line),
                format!("{what} '{cell}' is not known"),
                format!("use one of {}", names.join(", ")),
            )
        })
    }
}

/// Numbers by sex and age as rows fill them, and the lines that did.
struct Grid {
    values: People,
    lines: [[u64; AGES]; 2],
}

impl Grid {
    fn new() -> Grid {
        Grid { values: [[0.0; AGES]; 2], lines: [[0; AGES]; 2] }
    }

    fn fill(
        &mut self,
        table: &Table,
        row: &Row,
        sexes: std::ops::RangeInclusive<usize>,
        ages: std::ops::RangeInclusive<usize>,
        value: f64,
    ) -> Result<(), NeedError> {
        for sex in sexes {
            for age in ages.clone() {
                let before = std::mem::replace(&mut self.lines[sex][age], row.line);
                if before > 0 {
                    let what = format!("{} is given a second time, after line {before}", person(sex, age));
                    return Err(table.fault(Some(row.line), what, "keep one of the two rows"));
                }
                self.values[sex][age] = value;
            }
        }
        Ok(())
    }

    /// All numbers, when none is missing.
    fn whole(self, table: &Table, of: &str) -> Result<People, NeedError> {
        for sex in [MALE, FEMALE] {
            if let Some(age) = (0..AGES).find(|&age| self.lines[sex][age] == 0) {
                let what = format!("{} has no row{of}", person(sex, age));
                return Err(table.fault(
                    None,
                    what,
                    "give every single year of age from 0 to 89, and 90+, for each sex",
                ));
            }
        }
        Ok(self.values)
    }
}

fn person(sex: usize, age: usize) -> String {
    let open = if age == AGES - 1 { "+" } else { "" };
    format!("{} aged {age}{open}", if sex == MALE { "male" } else { "female" })
}

const AREA: [&str; 4] = ["area", "neighbourhood", "area_name", "name"];
const PEOPLE: [&str; 4] = ["people", "count", "population", "value"];
const AGE: [&str; 3] = ["age", "age_group", "ages"];

fn population(table: &Table, known: &[&str]) -> Result<Vec<Area>, NeedError> {
    let (area, sex, age, people) =
        (table.column(&AREA)?, table.column(&["sex"])?, table.column(&AGE)?, table.column(&PEOPLE)?);
    let mut grids: Vec<(String, Grid)> = Vec::new();
    for row in &table.rows {
        let name = &row.cells[area];
        if !known.is_empty() && !known.contains(&name.as_str()) {
            return Err(table.fault(
                Some(row.line),
                format!("neighbourhood '{name}' is not in the place"),
                format!("the place has {}", known.join(", ")),
            ));
        }
        let (sexes, Some(ages)) = (table.sexes(row, Some(sex))?, table.ages(row, age)?) else { continue };
        if sexes.clone().count() > 1 {
            return Err(table.fault(
                Some(row.line),
                "people are not split by sex",
                "give one row for females and one for males",
            ));
        }
        if ages.clone().count() > 1 && *ages.start() != AGES - 1 {
            return Err(table.fault(
                Some(row.line),
                format!("'{}' is a band of ages", row.cells[age]),
                "give people by single year of age, and 90+",
            ));
        }
        let value = table.number(row, people, "0 or more", |people| people >= 0.0)?;
        let at = grids.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            grids.push((name.clone(), Grid::new()));
            grids.len() - 1
        });
        grids[at].1.fill(table, row, sexes, ages, value)?;
    }
    let area = |(name, grid): (String, Grid)| {
        let people = grid.whole(table, &format!(" in {name}"))?;
        Ok(Area { name, people, migrants: [[0.0; AGES]; 2], mortality: 1.0, fertility: 1.0, usage: 1.0 })
    };
    grids.into_iter().map(area).collect()
}

fn mortality(table: &Table) -> Result<People, NeedError> {
    let (sex, age) = (table.maybe(&["sex"]), table.column(&AGE)?);
    let rates = table.maybe(&["m", "m_per_1000", "mx"]).is_some();
    let (value, per) = table.values(if rates { &["m", "mx"] } else { &["q", "qx"] })?;
    let mut grid = Grid::new();
    for row in &table.rows {
        let (sexes, Some(ages)) = (table.sexes(row, sex)?, table.ages(row, age)?) else { continue };
        let must = if per > 1.0 { "0 to 1000" } else { "0 to 1" };
        let given = table.number(row, value, must, |given| (0.0..=per).contains(&given))? / per;
        let lived = if *ages.start() == 0 && *ages.end() == 0 { 0.1 } else { 0.5 };
        grid.fill(table, row, sexes, ages, if rates { given / (1.0 + (1.0 - lived) * given) } else { given })?;
    }
    grid.whole(table, "")
}

fn fertility(table: &Table) -> Result<Ages, NeedError> {
    let (age, (value, per)) = (table.column(&AGE)?, table.values(&["rate", "fertility"])?);
    let mut grid = Grid::new();
    for row in &table.rows {
        let Some(ages) = table.ages(row, age)? else { continue };
        let rate = table
            .number(row, value, "0 or more, and less than one birth a year", |rate| (0.0..per).contains(&rate))?
            / per;
        grid.fill(table, row, FEMALE..=FEMALE, ages, rate)?;
    }
    Ok(grid.values[FEMALE])
}

fn migration(table: &Table, areas: &mut [Area]) -> Result<(), NeedError> {
    let (area, sex, age, people) =
        (table.column(&AREA)?, table.maybe(&["sex"]), table.column(&AGE)?, table.column(&PEOPLE)?);
    let mut grids: Vec<Grid> = areas.iter().map(|_| Grid::new()).collect();
    let names: Vec<&str> = areas.iter().map(|area| area.name.as_str()).collect();
    for row in &table.rows {
        let at = table.which(row, area, "neighbourhood", &names)?;
        let (sexes, Some(ages)) = (table.sexes(row, sex)?, table.ages(row, age)?) else { continue };
        let value = table.number(row, people, "a number", |_| true)?;
        // A row of several ages or both sexes shares its people out evenly.
        let cells = (sexes.clone().count() * ages.clone().count()) as f64;
        grids[at].fill(table, row, sexes, ages, value / cells)?;
    }
    areas.iter_mut().zip(grids).for_each(|(area, grid)| area.migrants = grid.values);
    Ok(())
}

fn ratios(table: &Table, areas: &mut [Area]) -> Result<(), NeedError> {
    let name = table.column(&AREA)?;
    let columns = ["mortality", "fertility", "use"].map(|column| table.maybe(&[column]));
    let mut seen = vec![0; areas.len()];
    for row in &table.rows {
        let names: Vec<&str> = areas.iter().map(|area| area.name.as_str()).collect();
        let at = table.which(row, name, "neighbourhood", &names)?;
        let before = std::mem::replace(&mut seen[at], row.line);
        if before > 0 {
            return Err(table.fault(
                Some(row.line),
                format!("{} is given a second time, after line {before}", areas[at].name),
                "keep one of the two rows",
            ));
        }
        let area = &mut areas[at];
        for (column, into) in columns.into_iter().zip([&mut area.mortality, &mut area.fertility, &mut area.usage]) {
            if let Some(column) = column {
                *into = table.number(row, column, "above 0", |ratio| ratio > 0.0)?;
            }
        }
    }
    Ok(())
}

fn totals(table: &Table, areas: &[Area]) -> Result<BTreeMap<i32, Totals>, NeedError> {
    let (year, people) = (table.column(&["year"])?, table.column(&PEOPLE)?);
    let (area, sex, age) = (table.maybe(&AREA), table.maybe(&["sex"]), table.maybe(&AGE));
    let names: Vec<&str> = areas.iter().map(|area| area.name.as_str()).collect();
    let mut totals: BTreeMap<i32, (Totals, Grid)> = BTreeMap::new();
    for row in &table.rows {
        let when: i32 = row.cells[year].parse().map_err(|_| {
            table.fault(Some(row.line), format!("year '{}' is no year", row.cells[year]), "write it as 2030")
        })?;
        let value = table.number(row, people, "0 or more", |people| people >= 0.0)?;
        let (totals, grid) = totals.entry(when).or_insert_with(|| (Totals::default(), Grid::new()));
        let sexes = table.sexes(row, sex)?;
        let ages = age.map_or(Ok(None), |age| table.ages(row, age))?.unwrap_or(0..=AGES - 1);
        match area.filter(|&area| !["", "*"].contains(&row.cells[area].as_str())) {
            Some(area) => {
                let at = table.which(row, area, "neighbourhood", &names)?;
                if sexes.clone().count() * ages.clone().count() < 2 * AGES {
                    return Err(table.fault(
                        Some(row.line),
                        "a neighbourhood's total is of all its people",
                        "leave sex and age empty where a neighbourhood is named",
                    ));
                }
                if totals.areas.iter().any(|(other, _)| *other == at) {
                    return Err(table.fault(
                        Some(row.line),
                        format!("{} is given a second time for {when}", names[at]),
                        "keep one of the two rows",
                    ));
                }
                totals.areas.push((at, value));
            }
            None => {
                grid.fill(table, row, sexes.clone(), ages.clone(), 0.0)?;
                totals.groups.push(Group { sexes, ages, people: value });
            }
        }
    }
    Ok(totals.into_iter().map(|(year, (totals, _))| (year, totals)).collect())
}

/// Shares by sex and age of things that are named in a column, in the order in which they come.
fn shares(table: &Table, what: &str, names: Option<&[&str]>) -> Result<Vec<(String, People)>, NeedError> {
    let (name, sex, age) = (table.column(&[what])?, table.maybe(&["sex"]), table.column(&AGE)?);
    let (value, per) = table.values(&["share", "prevalence", "rate"])?;
    let mut grids: Vec<(String, Grid)> =
        names.iter().flat_map(|names| names.iter()).map(|name| ((*name).to_owned(), Grid::new())).collect();
    for row in &table.rows {
        let cell = &row.cells[name];
        if let Some(names) = names {
            table.which(row, name, what, names)?;
        }
        let at = grids.iter().position(|(known, _)| known == cell).unwrap_or_else(|| {
            grids.push((cell.clone(), Grid::new()));
            grids.len() - 1
        });
        let ages = table.ages(row, age)?.unwrap_or(0..=AGES - 1);
        let must = if per > 1.0 { "0 to 1000" } else { "0 to 1" };
        let share = table.number(row, value, must, |share| (0.0..=per).contains(&share))? / per;
        grids[at].1.fill(table, row, table.sexes(row, sex)?, ages, share)?;
    }
    Ok(grids.into_iter().map(|(name, grid)| (name, grid.values)).collect())
}

fn conditions(table: &Table) -> Result<Vec<Condition>, NeedError> {
    Ok(shares(table, "condition", None)?.into_iter().map(|(name, share)| Condition { name, share }).collect())
}

fn segments(
    names: Vec<String>,
    transitions: Option<Table>,
    now: Option<Table>,
    counts: bool,
) -> Result<Segments, NeedError> {
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut moves: Vec<(Move, Grid)> = Vec::new();
    if let Some(table) = &transitions {
        let (from, to, sex, age) =
            (table.column(&["from"])?, table.column(&["to"])?, table.maybe(&["sex"]), table.column(&AGE)?);
        let (value, per) = table.values(&["chance", "share", "rate"])?;
        for row in &table.rows {
            let from = table.which(row, from, "segment", &known)?;
            let to = if row.cells[to] == DIED { None } else { Some(table.which(row, to, "segment", &known)?) };
            let chance = table.number(row, value, "0 to 1", |chance| (0.0..=per).contains(&chance))? / per;
            let at = moves.iter().position(|(step, _)| (step.from, step.to) == (from, to)).unwrap_or_else(|| {
                moves.push((Move { from, to, chance: [[0.0; AGES]; 2] }, Grid::new()));
                moves.len() - 1
            });
            let ages = table.ages(row, age)?.unwrap_or(0..=AGES - 1);
            moves[at].1.fill(table, row, table.sexes(row, sex)?, ages, chance)?;
            let (sexes, ages) = (table.sexes(row, sex)?, table.ages(row, age)?.unwrap_or(0..=AGES - 1));
            for (sex, age) in sexes.flat_map(|sex| ages.clone().map(move |age| (sex, age))) {
                let leaving: f64 =
                    moves.iter().filter(|(step, _)| step.from == from).map(|(_, grid)| grid.values[sex][age]).sum();
                if leaving > 1.0 + 1e-9 {
                    let what = format!("of '{}', {} leave in a year: {leaving}", known[from], person(sex, age));
                    return Err(table.fault(Some(row.line), what, "the chances of leaving a segment sum to 1 or less"));
                }
            }
        }
    }
    let now = match now {
        None => Vec::new(),
        Some(table) => {
            let shares: Vec<People> =
                shares(&table, "segment", Some(&known))?.into_iter().map(|(_, share)| share).collect();
            for (sex, age) in [MALE, FEMALE].into_iter().flat_map(|sex| (0..AGES).map(move |age| (sex, age))) {
                let sum: f64 = shares.iter().map(|share| share[sex][age]).sum();
                if (sum - 1.0).abs() > 0.005 {
                    return Err(table.fault(
                        None,
                        format!("the segments of {} sum to {sum}", person(sex, age)),
                        "give every person one segment, so that shares sum to 1",
                    ));
                }
            }
            shares
        }
    };
    let moves = moves.into_iter().map(|(step, grid)| Move { chance: grid.values, ..step }).collect();
    let names = if transitions.is_none() && now.is_empty() && !counts { Vec::new() } else { names };
    Ok(Segments { names, now, moves })
}

fn rules(table: &Table, names: &[String]) -> Result<Vec<Rule>, NeedError> {
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let (segment, kind, at_least) =
        (table.column(&["segment"])?, table.column(&["kind"])?, table.column(&["at_least"])?);
    let (sex, age) = (table.maybe(&["sex"]), table.column(&AGE)?);
    let kinds: Vec<&str> = domain::ServiceKind::ALL.iter().map(|kind| kind.name()).chain([ANY]).collect();
    table
        .rows
        .iter()
        .map(|row| {
            let all = ["", "*"].contains(&row.cells[kind].as_str());
            let kind =
                if all { None } else { Some(kinds[table.which(row, kind, "kind of service", &kinds)?].to_owned()) };
            let is_count = |value: f64| (1.0..=1e4).contains(&value) && value.fract() == 0.0;
            let at_least = match &kind {
                None => 0,
                Some(_) => table.number(row, at_least, "a whole number from 1", is_count)? as u32,
            };
            Ok(Rule {
                segment: table.which(row, segment, "segment", &known)?,
                kind,
                at_least,
                sexes: table.sexes(row, sex)?,
                ages: table.ages(row, age)?.unwrap_or(0..=AGES - 1),
            })
        })
        .collect()
}

fn services(written: Vec<WrittenService>, activity: Option<Table>) -> Result<Vec<Service>, NeedError> {
    let fault =
        |what: String, way_out: &str| NeedError { file: "need.toml".into(), line: None, what, way_out: way_out.into() };
    let mut services: Vec<Service> = Vec::new();
    for service in written {
        let above = |value: Option<f64>, what: &str| match value {
            Some(value) if !(value > 0.0 && value.is_finite()) => {
                Err(fault(format!("service '{}': {what} is {value}", service.id), "give a number above 0"))
            }
            _ => Ok(value),
        };
        if services.iter().any(|other| other.id == service.id) {
            return Err(fault(format!("service '{}' stands here a second time", service.id), "give each its own id"));
        }
        let occupancy = above(service.occupancy, "occupancy")?.unwrap_or(1.0);
        if occupancy > 1.0 {
            return Err(fault(
                format!("service '{}': occupancy is {occupancy}", service.id),
                "give the share of beds that may be full, such as 0.92",
            ));
        }
        services.push(Service {
            stay_days: above(service.stay_days, "stay_days")?,
            occupancy,
            cost: above(service.cost, "cost")?,
            gradient: service.gradient.unwrap_or(1.0),
            id: service.id,
            name: service.name,
            kind: service.kind,
            unit: service.unit,
            per: service.per,
            rate: [[0.0; AGES]; 2],
            non_demographic: Elicited::sure(0.0),
            inequality: Elicited::sure(0.0),
            avoidance: Elicited::sure(0.0),
        });
    }
    let Some(table) = activity else { return Ok(services) };
    let ids: Vec<&str> = services.iter().map(|service| service.id.as_str()).collect();
    let (name, sex, age, (value, per)) =
        (table.column(&["service"])?, table.maybe(&["sex"]), table.column(&AGE)?, table.values(&["rate"])?);
    let mut grids: Vec<Grid> = services.iter().map(|_| Grid::new()).collect();
    for row in &table.rows {
        let at = table.which(row, name, "service", &ids)?;
        let ages = table.ages(row, age)?.unwrap_or(0..=AGES - 1);
        let rate = table.number(row, value, "0 or more", |rate| rate >= 0.0)? / per;
        grids[at].fill(&table, row, table.sexes(row, sex)?, ages, rate)?;
    }
    if let Some(at) = grids.iter().position(|grid| grid.values.iter().flatten().all(|&rate| rate == 0.0)) {
        return Err(table.fault(
            None,
            format!("service '{}' has no rate", ids[at]),
            "give its use by age, or take it out of need.toml",
        ));
    }
    services.iter_mut().zip(grids).for_each(|(service, grid)| service.rate = grid.values);
    Ok(services)
}

fn steps(table: &Table, need: &mut Need, services: &mut [Service]) -> Result<(), NeedError> {
    let (service, step) = (table.column(&["service"])?, table.column(&["step"])?);
    let quantiles = [table.column(&["p10"])?, table.column(&["p50"])?, table.column(&["p90"])?];
    let bounds = [table.maybe(&["low"]), table.maybe(&["high"])];
    let mut seen: BTreeMap<(String, String), u64> = BTreeMap::new();
    for row in &table.rows {
        let key = (row.cells[service].clone(), row.cells[step].clone());
        if let Some(before) = seen.insert(key, row.line) {
            return Err(table.fault(
                Some(row.line),
                format!("this step is given a second time, after line {before}"),
                "keep one of the two rows",
            ));
        }
        let [p10, p50, p90] = quantiles.map(|column| table.number(row, column, "a number", |_| true));
        let [low, high] = bounds.map(|column| {
            column
                .filter(|&column| !row.cells[column].is_empty())
                .map(|column| table.number(row, column, "a number", |_| true))
                .transpose()
        });
        let (p10, p50, p90, mut low, mut high) = (p10?, p50?, p90?, low?, high?);
        let name = row.cells[step].as_str();
        if ["health_status", "inequality", "avoidance"].contains(&name) {
            if !(0.0..=1.0).contains(&p10) || !(0.0..=1.0).contains(&p90) {
                return Err(table.fault(
                    Some(row.line),
                    format!("{name} is a share"),
                    "give p10, p50 and p90 from 0 to 1",
                ));
            }
            low = low.or((p10 > 0.0).then_some(0.0));
            high = high.or((p90 < 1.0).then_some(1.0));
        }
        let range = Elicited { p10, p50, p90, low, high };
        range.check().map_err(|error| {
            table.fault(Some(row.line), error.to_string(), "give p10, p50 and p90 rising, within low and high")
        })?;
        let everywhere = ["", "*"].contains(&row.cells[service].as_str());
        let own = if everywhere {
            None
        } else {
            Some(table.which(
                row,
                service,
                "service",
                &services.iter().map(|service| service.id.as_str()).collect::<Vec<_>>(),
            )?)
        };
        match (name, own) {
            ("mortality", None) => need.mortality = range,
            ("fertility", None) => need.births = range,
            ("migration", None) => need.migration = range,
            ("health_status", None) => need.health_status = range,
            ("non_demographic", Some(at)) => services[at].non_demographic = range,
            ("inequality", Some(at)) => services[at].inequality = range,
            ("avoidance", Some(at)) => services[at].avoidance = range,
            ("mortality" | "fertility" | "migration" | "health_status", Some(_)) => {
                return Err(table.fault(
                    Some(row.line),
                    format!("{name} is not of one service"),
                    "write * for the service",
                ));
            }
            ("non_demographic" | "inequality" | "avoidance", None) => {
                return Err(table.fault(Some(row.line), format!("{name} is of one service"), "name the service"));
            }
            (other, _) => {
                let known = "mortality, fertility, migration, health_status, non_demographic, inequality or avoidance";
                return Err(table.fault(
                    Some(row.line),
                    format!("step '{other}' is not known"),
                    format!("use {known}"),
                ));
            }
        }
    }
    Ok(())
}

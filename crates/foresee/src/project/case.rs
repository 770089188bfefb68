//! One case as JSON in, its answer as JSON out: what `catchment project --json` reads and prints.
//!
//! A case has a `kind` and an `input`; other names (`id`, `title`, `source`, `note`, `tolerance`) are not read. Tables are lists of lists.
//! Where several words are usual for one thing, each is understood, and an answer may hold one thing by several names, so that a script
//! can change over without touching what reads it. `docs/need.md` lists the kinds with what they take and give.

use super::activity::{HEALTH_AGES, beds, das_gupta, health_status, ordered, shapley};
use super::cohort::{Leslie, Rates, year};
use super::life::{Deaths, Table, infant, usual};
use super::money::{Bias, Discount, OPTIMISM_BIAS, draws, mitigated, reference, together, weighted};
use super::rake::{Margin, rake};
use super::range::{Elicited, normal_quantile, quantile};
use super::{ProjectError, length};
use serde_json::{Map, Value, json};
use thiserror::Error;

/// A case that has no answer.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CaseError {
    /// What was given is no JSON object.
    #[error("not one JSON object: {0}")]
    Json(String),
    /// A kind that is not known.
    #[error("kind '{0}' is not known; the kinds are {kinds}", kinds = KINDS.map(|(name, _)| name).join(", "))]
    Kind(String),
    /// A field that the kind needs.
    #[error("`{0}` is missing")]
    Missing(String),
    /// A field that holds something else than it must.
    #[error("`{field}` must be {must}")]
    Field {
        /// Its name.
        field: String,
        /// What it must hold.
        must: &'static str,
    },
    /// Numbers of which nothing can be made.
    #[error(transparent)]
    Numbers(#[from] ProjectError),
}

type Answer = Result<Map<String, Value>, CaseError>;

/// The kinds, and words by which each is known as well. The first kind that has a word in common with a case's `kind` answers it.
const KINDS: [(&str, &[&str]); 15] = [
    ("cohort_component_stable", &["stable", "eigen", "leslie_root", "euler_lotka"]),
    ("cohort_component_female_5y", &["female", "one_sex", "leslie"]),
    ("cohort_component_two_sex_1y", &["two_sex", "cohort_component", "single_year"]),
    ("constrain_to_totals", &["constrain", "rake", "raking", "ipf", "proportional_fitting"]),
    ("sullivan", &["sullivan", "healthy_life", "health_expectancy", "disability_free", "dfle"]),
    ("life_table", &["life_table", "life_expectancy"]),
    ("bed_demand", &["bed"]),
    ("shapley_attribution", &["shapley", "attribution", "attribute"]),
    ("prevalence_projection", &["prevalence"]),
    ("health_status_adjustment", &["health_status", "compression", "healthy_ageing"]),
    ("activity_projection", &["activity", "das_gupta", "decomposition"]),
    ("optimism_bias", &["optimism"]),
    ("discounting", &["discount", "npv", "present_value"]),
    ("reference_class", &["reference_class", "reference"]),
    ("savings", &["saving", "monte_carlo", "portfolio"]),
];

/// Answers one case.
///
/// ```
/// use foresee::project::case::answer;
/// let case = r#"{"kind": "bed_demand", "input": {"admissions": 3650, "mean_stay_days": 5, "occupancy": 0.5}}"#;
/// assert!(answer(case)?.contains("\"beds\":100.0"));
/// assert!(answer(r#"{"kind": "tarot", "input": {}}"#).unwrap_err().to_string().contains("the kinds are cohort_component_stable"));
/// # Ok::<(), foresee::project::case::CaseError>(())
/// ```
///
/// # Errors
/// [`CaseError`], which names the field.
pub fn answer(json: &str) -> Result<String, CaseError> {
    let case: Value = serde_json::from_str(json).map_err(|error| CaseError::Json(error.to_string()))?;
    let whole = case.as_object().ok_or_else(|| CaseError::Json("it is something else".into()))?;
    let kind = whole.get("kind").and_then(Value::as_str).ok_or_else(|| CaseError::Missing("kind".into()))?;
    let case = Case { input: whole.get("input").and_then(Value::as_object).unwrap_or(whole) };
    let words = kind.to_lowercase().replace(['-', ' '], "_");
    let known = KINDS.iter().find(|(name, _)| *name == words);
    let known = known.or_else(|| KINDS.iter().find(|(_, others)| others.iter().any(|other| words.contains(other))));
    let found = match known.map(|(name, _)| *name) {
        Some("cohort_component_stable") => case.stable(),
        Some("cohort_component_female_5y") => case.leslie(),
        Some("cohort_component_two_sex_1y") => {
            if case.get(&["survival"]).is_some() {
                case.leslie()
            } else {
                case.cohort()
            }
        }
        Some("constrain_to_totals") => case.rake(),
        Some("sullivan") => case.in_columns().as_case().sullivan(),
        Some("life_table") => case.in_columns().as_case().life(),
        Some("bed_demand") => case.in_columns().as_case().beds(),
        Some("shapley_attribution") => case.attribution(),
        Some("prevalence_projection") => case.in_columns().as_case().prevalence(),
        Some("health_status_adjustment") => case.health_status(),
        Some("activity_projection") => case.activity(),
        Some("optimism_bias") => case.optimism(),
        Some("discounting") => case.discount(),
        Some("reference_class") => case.reference(),
        Some("savings") => case.in_columns().as_case().savings(),
        _ => return Err(CaseError::Kind(kind.into())),
    }?;
    Ok(Value::Object(found).to_string())
}

#[derive(Clone, Copy)]
struct Case<'a> {
    input: &'a Map<String, Value>,
}

/// An input of which rows (a list of objects, or an object of objects) have become columns beside the other fields.
struct Columns(Map<String, Value>);

impl Columns {
    fn as_case(&self) -> Case<'_> {
        Case { input: &self.0 }
    }
}

/// A table of numbers of any number of dimensions, last axis fastest.
#[derive(Clone, Default)]
struct Cells {
    shape: Vec<usize>,
    flat: Vec<f64>,
    /// Names of the outermost parts, where they have names.
    names: Vec<String>,
}

impl Cells {
    fn of(field: &str, value: &Value) -> Result<Cells, CaseError> {
        let must = |must| CaseError::Field { field: field.into(), must };
        let inner: Vec<&Value> = match value {
            Value::Array(list) => list.iter().collect(),
            Value::Object(named) => named.values().collect(),
            _ => return Ok(Cells::one(value.as_f64().ok_or_else(|| must("numbers"))?)),
        };
        let parts: Vec<Cells> = inner.into_iter().map(|part| Cells::of(field, part)).collect::<Result<_, _>>()?;
        let shape = parts.first().map_or(Vec::new(), |part| part.shape.clone());
        if parts.iter().any(|part| part.shape != shape) {
            return Err(must("a table of which every row has as many numbers"));
        }
        let flat = parts.iter().flat_map(|part| part.flat.iter().copied()).collect();
        let names = value.as_object().map_or(Vec::new(), |named| named.keys().cloned().collect());
        Ok(Cells { shape: [vec![parts.len()], shape].concat(), flat, names })
    }

    fn one(value: f64) -> Cells {
        Cells { flat: vec![value], ..Cells::default() }
    }

    /// Other numbers, nested and named as these are.
    fn with(&self, flat: &[f64]) -> Value {
        match nest(&self.shape, flat) {
            Value::Array(parts) if !self.names.is_empty() => self.names.iter().cloned().zip(parts).collect(),
            plain => plain,
        }
    }

    /// Rows, a list being one row.
    fn rows(&self) -> Vec<&[f64]> {
        self.flat.chunks(self.shape.last().copied().unwrap_or(1).max(1)).collect()
    }

    fn sum(&self) -> f64 {
        self.flat.iter().sum()
    }

    /// Column `step` of a table of rows by step, the last where it has fewer; a list is the same at every step.
    fn step(&self, step: usize) -> Vec<f64> {
        match self.shape.as_slice() {
            [_, steps] if *steps > 0 => self.flat.chunks(*steps).map(|row| row[step.min(steps - 1)]).collect(),
            _ => self.flat.clone(),
        }
    }

    /// One number repeated, or as many as there are.
    fn stretch(&self, field: &str, cells: usize) -> Result<Vec<f64>, CaseError> {
        if self.flat.len() == 1 {
            return Ok(vec![self.flat[0]; cells]);
        }
        length(field, self.flat.len(), cells)?;
        Ok(self.flat.clone())
    }

    /// Shares, given as such or (where one is above 1) in per cent.
    fn shares(mut self) -> Cells {
        if self.flat.iter().any(|&share| share > 1.0) {
            self.flat.iter_mut().for_each(|share| *share /= 100.0);
        }
        self
    }
}

fn nest(shape: &[usize], flat: &[f64]) -> Value {
    match shape {
        [] => json!(flat[0]),
        [_] => json!(flat),
        [_, inner @ ..] => flat.chunks(inner.iter().product::<usize>().max(1)).map(|part| nest(inner, part)).collect(),
    }
}

/// One thing by several names, with spaces between them.
fn put(answer: &mut Map<String, Value>, names: &str, value: impl Into<Value>) {
    let value = value.into();
    names.split_whitespace().for_each(|name| drop(answer.insert(name.to_owned(), value.clone())));
}

const AGES: [&str; 6] = ["age_start", "startage", "start_age", "age", "ages", "x"];
const DAYS: [&str; 4] = ["stay", "los", "length", "days"];

impl Case<'_> {
    fn get(&self, names: &[&str]) -> Option<&Value> {
        names.iter().find_map(|name| self.input.get(*name)).filter(|value| !value.is_null())
    }

    fn maybe(&self, names: &[&str]) -> Result<Option<Cells>, CaseError> {
        self.get(names).map(|value| Cells::of(names[0], value)).transpose()
    }

    fn cells(&self, names: &[&str]) -> Result<Cells, CaseError> {
        self.maybe(names)?.ok_or_else(|| CaseError::Missing(names[0].into()))
    }

    fn in_columns(self) -> Columns {
        let mut columns = Map::new();
        for (name, value) in self.input {
            let rows: Vec<&Value> = match value {
                Value::Array(list) => list.iter().collect(),
                Value::Object(named) => named.values().collect(),
                _ => Vec::new(),
            };
            if rows.is_empty() || !rows.iter().all(|row| row.is_object()) {
                columns.insert(name.clone(), value.clone());
                continue;
            }
            for (name, value) in rows.into_iter().filter_map(Value::as_object).flatten() {
                if let Value::Array(column) = columns.entry(name.clone()).or_insert_with(|| json!([])) {
                    column.push(value.clone());
                }
            }
        }
        Columns(columns)
    }

    fn number(&self, names: &[&str]) -> Result<Option<f64>, CaseError> {
        match self.get(names) {
            None => Ok(None),
            Some(value) => {
                value.as_f64().map(Some).ok_or_else(|| CaseError::Field { field: names[0].into(), must: "a number" })
            }
        }
    }

    fn need(&self, names: &[&str]) -> Result<f64, CaseError> {
        self.number(names)?.ok_or_else(|| CaseError::Missing(names[0].into()))
    }

    /// Every field whose name has one of these words, with what its name has beside it: `admissions_2040` is `_2040`.
    fn like(&self, words: &[&str]) -> Result<Vec<(String, Cells)>, CaseError> {
        let fields = self.input.iter().filter(|(name, value)| {
            words.iter().any(|word| name.contains(word)) && !value.is_null() && !value.is_string()
        });
        let fields = fields.filter(|(name, value)| {
            !name.contains("year") && !value.as_array().is_some_and(|list| list.iter().any(Value::is_string))
        });
        fields.map(|(name, value)| Ok((name.clone(), Cells::of(name, value)?))).collect()
    }

    fn sex_ratio(&self) -> Result<f64, CaseError> {
        Ok(self.number(&["sex_ratio_at_birth", "sex_ratio", "srb"])?.unwrap_or(1.05))
    }

    fn matrix(&self, step: usize) -> Result<(Leslie, f64), CaseError> {
        let interval = self.number(&["age_interval", "interval", "age_int", "n"])?.unwrap_or(5.0);
        let mut survival = self.cells(&["survival", "surv"])?.step(step);
        let fertility = self.cells(&["fertility", "fert"])?.step(step);
        if survival.len() == fertility.len() {
            // Without a row of its own the open group survives as the last does.
            survival.extend(survival.last().copied());
        }
        Ok((Leslie::new(&survival, &fertility, self.sex_ratio()?, interval)?, interval))
    }

    fn stable(&self) -> Answer {
        let (leslie, interval) = self.matrix(0)?;
        let stable = leslie.stable()?;
        let rate = stable.root.ln() / interval;
        let mut answer = Map::new();
        put(
            &mut answer,
            "root lambda stable_root dominant_root dominant_eigenvalue eigenvalue growth_per_step growth_factor",
            stable.root,
        );
        put(
            &mut answer,
            "r growth_rate intrinsic_growth_rate intrinsic_rate annual_growth_rate growth_rate_per_year stable_growth_rate",
            rate,
        );
        put(
            &mut answer,
            "stable_population stable_age_distribution stable_structure stable_age_structure stable_shares stable_age_shares age_distribution age_structure distribution shares",
            stable.shares.clone(),
        );
        put(&mut answer, "net_reproduction_rate nrr net_reproduction r0", stable.net_reproduction);
        put(
            &mut answer,
            "mean_generation_years generation_length mean_age_of_childbearing",
            stable.generation * interval,
        );
        put(&mut answer, "doubling_time doubling_time_years", 2f64.ln() / rate);
        put(&mut answer, "first_row leslie_first_row", leslie.rows()[0].clone());
        put(&mut answer, "annual_growth_factor", rate.exp());
        put(&mut answer, "leslie leslie_matrix matrix", leslie.rows());
        let over = 65.0 / interval;
        put(
            &mut answer,
            "share_65_and_over share_over_65 over_65",
            stable.shares.iter().skip(over.ceil() as usize).sum::<f64>(),
        );
        Ok(answer)
    }

    fn leslie(&self) -> Answer {
        let start = self.cells(&["population", "pop"])?.flat;
        let migration = self.maybe(&["net_migration_rate", "migration_rate", "migration", "mig"])?;
        let counts = self.maybe(&["net_migrants", "migrants"])?;
        let columns = |cells: &Cells| match cells.shape.as_slice() {
            [_, steps] => *steps,
            _ => 1,
        };
        let given = columns(&self.cells(&["survival", "surv"])?);
        let steps = self.number(&["steps", "proj_steps", "periods"])?.map_or(given, |steps| steps.max(0.0) as usize);
        let mut people = vec![start];
        for step in 0..steps.min(10_000) {
            let (leslie, _) = self.matrix(step)?;
            let now = &people[step];
            length("population", now.len(), leslie.rows().len())?;
            let net: Vec<f64> = match (&migration, &counts) {
                // A share of the people at the start of the step.
                (Some(rates), _) => rates.step(step).iter().zip(now).map(|(rate, people)| rate * people).collect(),
                (None, Some(counts)) => counts.step(step),
                (None, None) => vec![0.0; now.len()],
            };
            length("migration", net.len(), now.len())?;
            people.push(leslie.step(now, &net));
        }
        let mut answer = Map::new();
        let by_age: Vec<Vec<f64>> =
            (0..people[0].len()).map(|age| people.iter().map(|step| step[age]).collect()).collect();
        put(&mut answer, "population projected projection", by_age);
        put(
            &mut answer,
            "total totals total_by_step",
            people.iter().map(|step| step.iter().sum::<f64>()).collect::<Vec<_>>(),
        );
        put(&mut answer, "final", people.last().cloned().unwrap_or_default());
        Ok(answer)
    }

    fn cohort(&self) -> Answer {
        let start = self.cells(&["population", "pop"])?;
        let ages = start.rows()[0].len();
        let two = |names: &[&str]| -> Result<Option<[Vec<f64>; 2]>, CaseError> {
            let Some(cells) = self.maybe(names)? else { return Ok(None) };
            length(names[0], cells.flat.len(), 2 * ages)?;
            Ok(Some([cells.flat[..ages].to_vec(), cells.flat[ages..].to_vec()]))
        };
        let missing = |name: &str| CaseError::Missing(name.into());
        let [mut men, mut women] = two(&["population", "pop"])?.ok_or_else(|| missing("population"))?;
        if ages < 2 {
            return Err(CaseError::Field {
                field: "population".into(),
                must: "two lists, men and women, by single year of age",
            });
        }
        let q = two(&["q", "qx", "mortality"])?.ok_or_else(|| missing("q"))?;
        let fertility = self.cells(&["fertility", "fert"])?.flat;
        length("fertility", fertility.len(), ages)?;
        let migrants =
            two(&["net_migrants", "migrants", "net_migration"])?.unwrap_or([vec![0.0; ages], vec![0.0; ages]]);
        let fall =
            self.number(&["q_multiplier_per_year", "mortality_multiplier_per_year", "q_multiplier"])?.unwrap_or(1.0);
        let trend = self.number(&["fertility_multiplier_per_year", "fertility_multiplier"])?.unwrap_or(1.0);
        let years = self.need(&["years", "steps"])?.clamp(0.0, 10_000.0) as i32;
        let sex_ratio = self.sex_ratio()?;
        let over =
            |age: usize, men: &[f64], women: &[f64]| men.iter().skip(age).chain(women.iter().skip(age)).sum::<f64>();
        let [mut totals, mut sums, mut births, mut deaths, mut old, mut oldest] = [const { Vec::new() }; 6];
        for at in 0..=years {
            totals.push(json!([men.iter().sum::<f64>(), women.iter().sum::<f64>()]));
            sums.push(json!(over(0, &men, &women)));
            old.push(json!(over(65, &men, &women)));
            oldest.push(json!(over(85, &men, &women)));
            if at < years {
                let q = q.each_ref().map(|q| q.iter().map(|q| q * fall.powi(at + 1)).collect::<Vec<f64>>());
                let fertility: Vec<f64> = fertility.iter().map(|rate| rate * trend.powi(at + 1)).collect();
                let rates = Rates {
                    q: [&q[0], &q[1]],
                    fertility: &fertility,
                    migrants: [&migrants[0], &migrants[1]],
                    sex_ratio,
                };
                let events = year([&mut men, &mut women], &rates);
                births.push(json!(events.births.iter().sum::<f64>()));
                deaths.push(json!(events.deaths.iter().sum::<f64>()));
            }
        }
        let mut answer = Map::new();
        put(&mut answer, "total_by_year_sex", totals);
        put(&mut answer, "total total_by_year", sums);
        put(&mut answer, "births", births);
        put(&mut answer, "deaths", deaths);
        put(&mut answer, "over_65 aged_65_and_over", old);
        put(&mut answer, "over_85 aged_85_and_over", oldest);
        put(&mut answer, "final population", json!([men, women]));
        Ok(answer)
    }

    fn rake(&self) -> Answer {
        let mut table = self.cells(&["seed", "table", "cells", "start"])?;
        let names: [&[&str]; 4] = [
            &["row_totals", "rows", "area_totals"],
            &["column_totals", "col_totals", "columns", "age_totals"],
            &["layer_totals", "slice_totals", "depth_totals", "third_totals", "sex_totals", "layers"],
            &["fourth_totals"],
        ];
        let mut margins = Vec::new();
        for (axis, names) in names.iter().enumerate() {
            if let Some(totals) = self.maybe(names)? {
                margins.push(Margin { axes: vec![axis], totals: totals.flat });
            }
        }
        // `margins` or `totals`: one list for each axis, or objects that name their axes.
        let given = self.get(&["margins", "totals", "targets"]).and_then(Value::as_array);
        for (axis, margin) in given.into_iter().flatten().enumerate() {
            let (axes, totals) = match margin {
                Value::Object(named) => {
                    let totals = named.get("totals").ok_or_else(|| CaseError::Missing("totals".into()))?;
                    let axes = named
                        .get("axes")
                        .or_else(|| named.get("axis"))
                        .map(|axes| Cells::of("axes", axes))
                        .transpose()?;
                    (axes.map_or(vec![axis], |axes| axes.flat.iter().map(|&axis| axis as usize).collect()), totals)
                }
                totals => (vec![axis], totals),
            };
            margins.push(Margin { axes, totals: Cells::of("totals", totals)?.flat });
        }
        let total = self.number(&["total", "grand_total"])?;
        if margins.is_empty() {
            margins.push(Margin {
                axes: Vec::new(),
                totals: vec![total.ok_or_else(|| CaseError::Missing("row_totals".into()))?],
            });
        }
        // A grand total scales margins that are shares of it.
        if let Some(total) = total {
            for margin in &mut margins {
                let sum: f64 = margin.totals.iter().sum();
                margin.totals.iter_mut().for_each(|value| *value *= total / sum);
            }
        }
        let raked = rake(&mut table.flat, &table.shape, &margins)?;
        let mut answer = Map::new();
        put(&mut answer, "table fitted result cells", table.with(&table.flat));
        put(&mut answer, "total", table.sum());
        put(&mut answer, "rounds iterations", raked.rounds);
        put(&mut answer, "gap", raked.gap);
        Ok(answer)
    }

    /// The life tables that a case gives: one for each row of its rates.
    fn tables(&self) -> Result<(Vec<Table>, bool), CaseError> {
        let rates = match (
            self.maybe(&["m", "mx", "nmx", "death_rates", "death_rate", "rates", "mortality_rate"])?,
            self.maybe(&["deaths", "dths", "D"])?,
        ) {
            (Some(rates), _) => Some(rates),
            (None, Some(deaths)) => {
                let people = self.cells(&["population", "pops", "pop", "person_years", "people", "exposure", "N"])?;
                length("population", people.flat.len(), deaths.flat.len())?;
                let m = deaths.flat.iter().zip(&people.flat).map(|(deaths, people)| deaths / people).collect();
                Some(Cells { flat: m, ..deaths })
            }
            (None, None) => None,
        };
        let chances = if rates.is_some() { None } else { Some(self.cells(&["q", "qx", "nqx", "deaths"])?) };
        let given = rates.as_ref().or(chances.as_ref()).ok_or_else(|| CaseError::Missing("m".into()))?;
        let nested = given.shape.len() > 1;
        let bands = given.rows()[0].len();
        let start = self.starts(bands)?;
        length("age_start", start.len(), bands)?;
        let mut tables = Vec::new();
        for (row, given) in given.rows().into_iter().enumerate() {
            let mut a = usual(&start);
            let sex = self
                .get(&["sex"])
                .and_then(|sex| if nested { sex.get(row) } else { Some(sex) })
                .and_then(Value::as_str);
            let female = sex.map(|sex| sex.to_lowercase().starts_with(['f', 'w']));
            if let (Some(female), true) = (female, rates.is_some() && bands > 1 && start[1] == 1.0) {
                let [first, next] = infant(given[0], female);
                a[0] = first;
                if bands > 2 && start[2] == 5.0 {
                    a[1] = next;
                }
            }
            if let Some(first) = self.number(&["a0", "a_0", "infant_a"])? {
                a[0] = first;
            }
            if let Some(own) = self.maybe(&["a", "ax", "nax"])? {
                let rows = own.rows();
                let own = rows[row.min(rows.len() - 1)];
                // Shares of the band's width where none is above 1 and the bands are wider; one number for all of them; or without the last.
                let share = own.iter().all(|&a| a <= 1.0)
                    && start.windows(2).skip(2).all(|pair| pair[1] - pair[0] > 1.5)
                    && bands > 3;
                for band in 0..bands {
                    let width = start.get(band + 1).map_or(1.0, |next| next - start[band]);
                    if let Some(&own) = if own.len() == 1 { own.first() } else { own.get(band) } {
                        a[band] = if share { own * width } else { own };
                    }
                }
            }
            let deaths = if rates.is_some() { Deaths::Rates(given) } else { Deaths::Chances(given) };
            tables.push(Table::new(&start, deaths, &a)?);
        }
        Ok((tables, nested))
    }

    /// Ages at which bands start: as given, by width, or as many bands as there are usually mean.
    fn starts(&self, bands: usize) -> Result<Vec<f64>, CaseError> {
        if let Some(start) = self.maybe(&AGES)? {
            return Ok(start.flat);
        }
        if let Some(width) = self.maybe(&["n", "width", "widths", "age_interval", "interval"])? {
            let step = |band: usize| width.flat.get(band).or(width.flat.last()).copied().unwrap_or(1.0);
            return Ok((0..bands)
                .scan(0.0, |at, band| {
                    let start = *at;
                    *at += step(band);
                    Some(start)
                })
                .collect());
        }
        Ok(match bands {
            18..=22 => [0.0, 1.0].into_iter().chain((1..).map(|five| f64::from(five) * 5.0)).take(bands).collect(),
            _ => (0..bands).map(|age| age as f64).collect(),
        })
    }

    fn life(&self) -> Answer {
        let (tables, nested) = self.tables()?;
        let radix = self.number(&["radix", "l0"])?.unwrap_or(100_000.0);
        let mut answer = Map::new();
        let mut column = |names: &str, of: &dyn Fn(&Table) -> Value| {
            let all: Vec<Value> = tables.iter().map(of).collect();
            put(&mut answer, names, if nested { Value::Array(all) } else { all[0].clone() });
        };
        let scaled = |list: &[f64]| json!(list.iter().map(|value| value * radix).collect::<Vec<_>>());
        column("age_start", &|table| json!(table.start));
        column("m mx nmx", &|table| json!(table.m));
        column("a ax nax", &|table| json!(table.a));
        column("q qx nqx", &|table| json!(table.q));
        column("p px npx", &|table| json!(table.q.iter().map(|q| 1.0 - q).collect::<Vec<_>>()));
        column("l lx survivors", &|table| scaled(&table.l));
        column("d dx ndx", &|table| scaled(&table.d));
        column("L Lx nLx person_years", &|table| scaled(&table.lived));
        column("T Tx", &|table| scaled(&table.total));
        column("e ex life_expectancy expectancy le", &|table| json!(table.e));
        column("e0 life_expectancy_at_birth le0 e_0", &|table| json!(table.e[0]));
        for (band, start) in tables[0].start.iter().enumerate() {
            column(&format!("e{start} e_{start} life_expectancy_at_{start}"), &|table| json!(table.e.get(band)));
        }
        Ok(answer)
    }

    fn sullivan(&self) -> Answer {
        let good = self.good()?;
        let (start, e, healthy) =
            match (self.maybe(&["L", "Lx", "nLx", "person_years_lived"])?, self.maybe(&["l", "lx"])?) {
                (Some(lived), Some(alive)) => {
                    length("l", alive.flat.len(), lived.flat.len())?;
                    length("prevalence", good.len(), lived.flat.len())?;
                    let from = |share: &dyn Fn(usize) -> f64| -> Vec<f64> {
                        (0..lived.flat.len())
                            .map(|at| {
                                (at..lived.flat.len()).map(|band| lived.flat[band] * share(band)).sum::<f64>()
                                    / alive.flat[at]
                            })
                            .collect()
                    };
                    (self.starts(lived.flat.len())?, from(&|_| 1.0), from(&|band| good[band]))
                }
                _ => {
                    let (tables, _) = self.tables()?;
                    let table = &tables[0];
                    (table.start.clone(), table.e.clone(), table.healthy(&good)?)
                }
            };
        let unhealthy: Vec<f64> = e.iter().zip(&healthy).map(|(all, good)| all - good).collect();
        let share: Vec<f64> = e.iter().zip(&healthy).map(|(all, good)| good / all).collect();
        let at = |age: f64, list: &[f64]| {
            start.iter().position(|&start| start == age).map_or(Value::Null, |at| json!(list[at]))
        };
        let mut answer = Map::new();
        put(&mut answer, "age_start", start.clone());
        put(&mut answer, "life_expectancy le e ex", e.clone());
        put(
            &mut answer,
            "healthy_life_expectancy hle dfle health_expectancy healthy disability_free_life_expectancy healthy_years",
            healthy.clone(),
        );
        put(&mut answer, "unhealthy_life_expectancy unhealthy_years years_in_poor_health unhealthy", unhealthy.clone());
        put(&mut answer, "share_healthy healthy_share proportion_healthy share", share.clone());
        for (age, tag) in [(0.0, ["_at_birth", "0", "_0"]), (65.0, ["_at_65", "65", "_65"])] {
            for tag in tag {
                put(&mut answer, &format!("life_expectancy{tag} le{tag} e{tag}"), at(age, &e));
                let names = format!("healthy_life_expectancy{tag} hle{tag} dfle{tag} health_expectancy{tag}");
                put(&mut answer, &names, at(age, &healthy));
                put(&mut answer, &format!("years_in_poor_health{tag}"), at(age, &unhealthy));
                put(&mut answer, &format!("share_healthy{tag}"), at(age, &share));
            }
        }
        Ok(answer)
    }

    /// The share of each band that is in good health, by whatever name it or its opposite goes.
    fn good(&self) -> Result<Vec<f64>, CaseError> {
        let has = |name: &str, words: &[&str]| words.iter().any(|word| name.contains(word));
        let good = |name: &str| -> Option<bool> {
            if has(name, &["unhealth", "not_", "poor", "bad", "ill_health", "with_"]) {
                Some(false)
            } else if has(name, &["good", "healthy", "well", "free", "without"]) {
                Some(true)
            } else {
                has(name, &["prevalence", "disab", "limit", "morbid", "illness", "share"]).then_some(false)
            }
        };
        for (name, value) in self.input.iter().filter(|(_, value)| value.is_array() || value.is_object()) {
            if let Some(good) = good(&name.to_lowercase()) {
                let shares = Cells::of(name, value)?.shares().flat;
                return Ok(if good { shares } else { shares.iter().map(|bad| 1.0 - bad).collect() });
            }
        }
        Err(CaseError::Missing("prevalence".into()))
    }

    fn beds(&self) -> Answer {
        let admissions = self.like(&["admission", "spell", "activity", "discharge", "episode"])?;
        let days = self.maybe(&["bed_days", "beddays"])?;
        let admissions = match (admissions.is_empty(), days) {
            (false, _) => admissions,
            // Bed-days are admissions of one day.
            (true, Some(days)) => vec![("bed_days".to_owned(), days)],
            (true, None) => return Err(CaseError::Missing("admissions".into())),
        };
        let one_day = admissions.iter().any(|(name, _)| name == "bed_days");
        let of = |name: &str, words: &[&str]| -> Result<Option<Cells>, CaseError> {
            let fields = self.like(words)?;
            let tag = |name: &str| name.rsplit('_').next().unwrap_or("").to_owned();
            let mine = fields.iter().find(|(field, _)| fields.len() > 1 && tag(field) == tag(name));
            Ok(mine.or(fields.first()).map(|(_, cells)| cells.clone()))
        };
        let year = self.number(&["days_per_year", "days_in_year", "period_days"])?.unwrap_or(365.0);
        let mut answer = Map::new();
        let mut totals = Vec::new();
        for (name, cells) in &admissions {
            let stays = if one_day { Some(Cells::one(1.0)) } else { of(name, &DAYS)? };
            let stays = stays.ok_or_else(|| CaseError::Missing("mean_stay_days".into()))?;
            let full = of(name, &["occup"])?.ok_or_else(|| CaseError::Missing("occupancy".into()))?.shares();
            let widest = [cells, &stays, &full].into_iter().max_by_key(|cells| cells.flat.len()).unwrap_or(cells);
            let count = widest.flat.len();
            let (counts, stays, full) = (
                cells.stretch(name, count)?,
                stays.stretch("mean_stay_days", count)?,
                full.stretch("occupancy", count)?,
            );
            let days: Vec<f64> = counts.iter().zip(&stays).map(|(admissions, stay)| admissions * stay).collect();
            let needed: Vec<f64> =
                (0..count).map(|at| beds(counts[at] * 365.0 / year, stays[at], full[at])).collect::<Result<_, _>>()?;
            let occupied: Vec<f64> = days.iter().map(|days| days / year).collect();
            let tag = if admissions.len() > 1 { name.find('_').map_or("", |at| &name[at..]) } else { "" };
            let total: f64 = needed.iter().sum();
            totals.push(total);
            put(&mut answer, &format!("bed_days{tag}"), widest.with(&days));
            put(&mut answer, &format!("beds{tag} beds_needed{tag} beds_required{tag}"), widest.with(&needed));
            put(
                &mut answer,
                &format!("beds_occupied{tag} occupied_beds{tag} mean_occupied{tag}"),
                widest.with(&occupied),
            );
            put(&mut answer, &format!("total_beds{tag} beds_total{tag} total{tag}"), total);
            put(&mut answer, &format!("total_bed_days{tag}"), days.iter().sum::<f64>());
        }
        if let [before, .., after] = totals.as_slice() {
            put(&mut answer, "extra_beds change growth more_beds", after - before);
        }
        Ok(answer)
    }

    fn attribution(&self) -> Answer {
        let base = self
            .maybe(&["base", "baseline", "start", "activity_base", "value", "activity"])?
            .unwrap_or(Cells::one(1.0));
        let given = self
            .get(&["factors", "steps", "multipliers", "factor"])
            .ok_or_else(|| CaseError::Missing("factors".into()))?;
        let mut named: Vec<(Option<String>, Cells)> = Vec::new();
        match given {
            Value::Object(steps) => {
                for (name, factor) in steps {
                    named.push((Some(name.clone()), Cells::of(name, factor)?));
                }
            }
            Value::Array(steps) => {
                let names = self.get(&["names", "step_names", "labels"]).and_then(Value::as_array);
                for (at, step) in steps.iter().enumerate() {
                    let name = names
                        .and_then(|names| names.get(at))
                        .or_else(|| step.get("name"))
                        .or_else(|| step.get("step"))
                        .or_else(|| step.get(0).filter(|name| name.is_string()));
                    let factor = step.get("factor").or_else(|| step.get("value")).or_else(|| step.get("multiplier"));
                    let factor =
                        factor.or_else(|| step.get(1).filter(|_| name.is_some() && step.is_array())).unwrap_or(step);
                    named.push((name.and_then(Value::as_str).map(str::to_owned), Cells::of("factors", factor)?));
                }
            }
            _ => return Err(CaseError::Field { field: "factors".into(), must: "an object or a list of factors" }),
        }
        if let Some(order) = self.get(&["order"]).and_then(Value::as_array) {
            let place = |name: &Option<String>| {
                order.iter().position(|other| other.as_str() == name.as_deref()).unwrap_or(order.len())
            };
            named.sort_by_key(|(name, _)| place(name));
        }
        if named.is_empty() || named.len() > 16 {
            return Err(CaseError::Field { field: "factors".into(), must: "1 to 16 factors" });
        }
        let cells = named.iter().map(|(_, factor)| factor.flat.len()).chain([base.flat.len()]).max().unwrap_or(1);
        let start = base.stretch("base", cells)?;
        let factors: Vec<Vec<f64>> =
            named.iter().map(|(_, factor)| factor.stretch("factors", cells)).collect::<Result<_, _>>()?;
        let value = |mask: u32| -> f64 {
            let of = |cell: usize| {
                (0..factors.len())
                    .filter(|&step| mask >> step & 1 == 1)
                    .fold(start[cell], |product, step| product * factors[step][cell])
            };
            (0..cells).map(of).sum()
        };
        let (in_order, fairly) = (ordered(factors.len(), value), shapley(factors.len(), value));
        let shaped = |parts: &[f64]| -> Value {
            let object = named
                .iter()
                .zip(parts)
                .map(|((name, _), part)| name.clone().map(|name| (name, json!(part))))
                .collect::<Option<Map<_, _>>>();
            match object {
                Some(object) if given.is_object() || self.get(&["names", "step_names", "labels"]).is_none() => {
                    Value::Object(object)
                }
                _ => json!(parts),
            }
        };
        let (before, after) = (value(0), value((1u32 << factors.len()) - 1));
        let mut answer = Map::new();
        put(&mut answer, "total final future projected result end", after);
        put(&mut answer, "base", before);
        put(&mut answer, "growth change total_growth total_change difference", after - before);
        put(&mut answer, "ordered sequential in_order by_order step_order", shaped(&in_order));
        put(&mut answer, "shapley fair shapley_values shapley_shares", shaped(&fairly));
        let all = factors.len();
        let from = |step: usize| value((1u32 << all) - (1u32 << step));
        put(
            &mut answer,
            "reversed reverse_order",
            shaped(&(0..all).map(|step| from(step) - from(step + 1)).collect::<Vec<_>>()),
        );
        Ok(answer)
    }

    fn prevalence(&self) -> Answer {
        let share = self.like(&["prevalence", "share", "percent"])?;
        let share = match share.into_iter().next() {
            Some((_, share)) => share,
            None => self.cells(&["prevalence", "rates", "rate"])?,
        };
        let share = share.shares();
        let people = self.like(&["population", "people", "pop"])?;
        if people.is_empty() {
            return Err(CaseError::Missing("population".into()));
        }
        let mut answer = Map::new();
        let mut sums = Vec::new();
        for (name, people) in &people {
            // A list by year of tables by age and sex, where there are more numbers than shares.
            let cells = share.flat.len();
            if cells == 0 || people.flat.len() % cells != 0 {
                length(name, people.flat.len(), cells)?;
            }
            let with: Vec<f64> =
                people.flat.iter().zip(share.flat.iter().cycle()).map(|(people, share)| people * share).collect();
            let tag = if self.input.keys().filter(|key| key.starts_with("pop") || key.starts_with("people")).count() > 1
            {
                name.find('_').map_or("", |at| &name[at..])
            } else {
                ""
            };
            let by_year: Vec<(f64, f64)> = with
                .chunks(cells)
                .zip(people.flat.chunks(cells))
                .map(|(with, people)| (with.iter().sum(), people.iter().sum()))
                .collect();
            let years = Cells { shape: vec![by_year.len()], names: people.names.clone(), flat: Vec::new() };
            let list = |of: &dyn Fn(&(f64, f64)) -> f64| match by_year.as_slice() {
                [one] => json!(of(one)),
                several => years.with(&several.iter().map(of).collect::<Vec<_>>()),
            };
            put(
                &mut answer,
                &format!("cases{tag} people{tag} by_age{tag} cases_by_age{tag} cases_by_age_sex{tag}"),
                people.with(&with),
            );
            put(&mut answer, &format!("total{tag} total_cases{tag} cases_total{tag}"), list(&|year| year.0));
            put(
                &mut answer,
                &format!("overall{tag} overall_prevalence{tag} crude_prevalence{tag} prevalence{tag}"),
                list(&|year| year.0 / year.1),
            );
            put(
                &mut answer,
                &format!("overall_percent{tag} prevalence_percent{tag}"),
                list(&|year| 100.0 * year.0 / year.1),
            );
            if people.shape.len() == 2 && by_year.len() == 1 {
                put(
                    &mut answer,
                    &format!("by_sex{tag} cases_by_sex{tag} total_by_sex{tag}"),
                    with.chunks(people.shape[1]).map(|row| row.iter().sum::<f64>()).collect::<Vec<_>>(),
                );
            }
            sums.extend(by_year.iter().map(|year| year.0));
        }
        if let [before, .., after] = sums.as_slice() {
            put(&mut answer, "growth change increase extra_cases", after - before);
            put(&mut answer, "growth_ratio ratio", after / before);
            put(&mut answer, "growth_percent percent_change increase_percent", 100.0 * (after / before - 1.0));
            put(&mut answer, "growth_share", after / before - 1.0);
        }
        if let [(_, before), (_, after)] = people.as_slice() {
            let split = das_gupta(&before.flat, &after.flat, &share.flat, &share.flat)?;
            put(&mut answer, "growth_from_size", split.size);
            put(&mut answer, "growth_from_ageing", split.ageing);
        }
        Ok(answer)
    }

    fn health_status(&self) -> Answer {
        let using = self.cells(&["activity_by_age", "use_by_age", "activity"])?.flat;
        let gain = self.cells(&["life_expectancy_gain_55_to_90", "life_expectancy_gain", "gain"])?.flat;
        let h = self.need(&["h", "health_status"])?;
        let first = self.number(&["age_from", "first_age"])?.map_or(*HEALTH_AGES.start(), |age| age.max(0.0) as usize);
        let ages = first..first + gain.len();
        if ages.end > using.len() {
            return Err(CaseError::Field {
                field: "activity_by_age".into(),
                must: "a list from age 0 to the last age that is adjusted",
            });
        }
        let mut answer = Map::new();
        put(
            &mut answer,
            "adjusted_age",
            ages.clone().zip(&gain).map(|(age, gain)| age as f64 - h * gain).collect::<Vec<_>>(),
        );
        put(
            &mut answer,
            "factor",
            ages.zip(&gain).map(|(age, &gain)| health_status(&using, age, gain, h)).collect::<Vec<_>>(),
        );
        Ok(answer)
    }

    fn activity(&self) -> Answer {
        let before = self.cells(&["population_base", "people_base", "population_start"])?;
        let after = self.cells(&["population_future", "people_future", "population_end"])?.flat;
        let cells = before.flat.len();
        length("population_future", after.len(), cells)?;
        let used = match self.maybe(&["activity_base", "activity"])? {
            Some(used) => used.flat,
            None => self
                .cells(&["rate_base", "rates_base", "rate"])?
                .stretch("rate_base", cells)?
                .iter()
                .zip(&before.flat)
                .map(|(rate, people)| rate * people)
                .collect(),
        };
        length("activity_base", used.len(), cells)?;
        // One multiplier, one for each age (for both sexes), or one for each cell.
        let multiplier =
            self.maybe(&["rate_multiplier", "rate_multipliers", "rate_change"])?.map_or(vec![1.0], |cells| cells.flat);
        if multiplier.is_empty() || cells % multiplier.len() != 0 {
            length("rate_multiplier", multiplier.len(), cells)?;
        }
        let factor: Vec<f64> = before
            .flat
            .iter()
            .zip(&after)
            .map(|(before, after)| if *before > 0.0 { after / before } else { 1.0 })
            .collect();
        let constant: Vec<f64> = used.iter().zip(&factor).map(|(used, factor)| used * factor).collect();
        let projected: Vec<f64> =
            constant.iter().zip(multiplier.iter().cycle()).map(|(used, multiplier)| used * multiplier).collect();
        let (base, same, total) =
            (used.iter().sum::<f64>(), constant.iter().sum::<f64>(), projected.iter().sum::<f64>());
        let size = base * (after.iter().sum::<f64>() / before.sum() - 1.0);
        let rates: Vec<f64> = used
            .iter()
            .zip(&before.flat)
            .map(|(used, people)| if *people > 0.0 { used / people } else { 0.0 })
            .collect();
        let changed: Vec<f64> =
            rates.iter().zip(multiplier.iter().cycle()).map(|(rate, multiplier)| rate * multiplier).collect();
        let split = das_gupta(&before.flat, &after, &rates, &changed)?;
        let people: f64 = (0..cells).map(|at| (after[at] - before.flat[at]) * (rates[at] + changed[at]) / 2.0).sum();
        let rate: f64 = (0..cells).map(|at| (changed[at] - rates[at]) * (after[at] + before.flat[at]) / 2.0).sum();
        let mut answer = Map::new();
        put(&mut answer, "demographic_factor", before.with(&factor));
        put(&mut answer, "projected_constant_rates", before.with(&constant));
        put(&mut answer, "projected", before.with(&projected));
        put(&mut answer, "total_base", base);
        put(&mut answer, "total_constant_rates", same);
        put(&mut answer, "total", total);
        put(&mut answer, "growth", total - base);
        put(&mut answer, "growth_from_size", size);
        put(&mut answer, "growth_from_ageing", same - base - size);
        put(&mut answer, "growth_from_rate", total - same);
        put(&mut answer, "das_gupta", json!({"population": people, "rate": rate, "total": people + rate}));
        put(
            &mut answer,
            "das_gupta_three",
            json!({"size": split.size, "ageing": split.ageing, "rate": split.rate, "total": split.total()}),
        );
        Ok(answer)
    }

    fn optimism(&self) -> Answer {
        if self.get(&["contribution_percent", "contributions", "contribution"]).is_some() {
            return self.mitigated();
        }
        let mix = self.get(&["shares", "share", "mix", "weights", "parts", "components", "project", "elements"]);
        mix.map_or_else(|| Ok(bias_table()), |mix| self.mixed(mix))
    }

    fn mitigated(&self) -> Answer {
        let (names, parts) = self.named(&["contribution_percent", "contributions", "contribution"])?;
        let managed = match self.get(&["mitigation", "mitigated", "managed"]) {
            Some(Value::Object(managed)) => {
                if let Some(other) = managed.keys().find(|name| !names.contains(name)) {
                    return Err(CaseError::Field {
                        field: format!("mitigation.{other}"),
                        must: "one of the risks that contribute",
                    });
                }
                names
                    .iter()
                    .map(|name| {
                        managed.get(name).map_or(Ok(0.0), |share| {
                            share.as_f64().ok_or_else(|| CaseError::Field {
                                field: format!("mitigation.{name}"),
                                must: "a number",
                            })
                        })
                    })
                    .collect::<Result<_, _>>()?
            }
            Some(other) => Cells::of("mitigation", other)?.flat,
            None => vec![0.0; parts.len()],
        };
        let upper = self.need(&["upper_percent", "upper"])?;
        let uplift = mitigated(upper, self.number(&["lower_percent", "lower"])?.unwrap_or(0.0), &parts, &managed)?;
        let mut answer = Map::new();
        put(&mut answer, "uplift_percent uplift", uplift);
        put(
            &mut answer,
            "mitigation_factor",
            parts.iter().zip(&managed).map(|(part, managed)| part / 100.0 * managed).sum::<f64>(),
        );
        if let Some(estimate) = self.number(&["estimate", "capital", "cost"])? {
            put(&mut answer, "adjusted_estimate adjusted", estimate * (1.0 + uplift / 100.0));
        }
        Ok(answer)
    }

    /// A project of several kinds: uplifts weighted by their shares.
    fn mixed<'a>(&'a self, mix: &'a Value) -> Answer {
        const SHARE: [&str; 7] = ["share", "weight", "share_percent", "percent", "cost", "value", "proportion"];
        let must = |must| CaseError::Field { field: "shares".into(), must };
        // What each part is called, and what the case says of it: its share at least.
        let parts: Vec<(Option<&str>, &Value)> = match mix {
            Value::Object(named) => named.iter().map(|(kind, part)| (Some(kind.as_str()), part)).collect(),
            Value::Array(list) => {
                let kinds = self.get(&["kinds", "types", "categories"]).and_then(Value::as_array);
                let of = |(at, part): (usize, &'a Value)| {
                    let own =
                        ["kind", "type", "category", "name", "class"].iter().find_map(|key| part.get(*key)?.as_str());
                    (own.or_else(|| kinds?.get(at)?.as_str()), part)
                };
                list.iter().enumerate().map(of).collect()
            }
            _ => return Err(must("kinds and their shares")),
        };
        let share = |part: &Value| part.as_f64().or_else(|| SHARE.iter().find_map(|key| part.get(*key)?.as_f64()));
        let shares: Vec<f64> = parts
            .iter()
            .map(|(_, part)| share(part))
            .collect::<Option<_>>()
            .ok_or_else(|| must("kinds and their shares"))?;
        if shares.iter().any(|&share| share.is_nan() || share < 0.0) || shares.iter().sum::<f64>() <= 0.0 {
            return Err(must("0 or more, and not all 0"));
        }
        let mut answer = Map::new();
        let own = parts[0]
            .1
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, value)| !SHARE.contains(&name.as_str()) && value.is_number());
        for (name, _) in own {
            let values: Option<Vec<f64>> = parts.iter().map(|(_, part)| part.get(name)?.as_f64()).collect();
            put(&mut answer, name, weighted(&shares, &values.ok_or_else(|| must("the same numbers for every part"))?));
        }
        let table = |kind: Option<&str>| {
            let kind = kind.unwrap_or("").to_lowercase().replace([' ', '-', '/'], "_");
            let same = |row: &&Bias| {
                row.kind == kind
                    || row.kind.trim_end_matches('s') == kind
                    || (kind.contains("equipment") && row.kind.contains("equipment"))
            };
            OPTIMISM_BIAS.iter().find(same)
        };
        let rows: Option<Vec<&Bias>> = parts.iter().map(|(kind, _)| table(*kind)).collect();
        let Some(rows) = rows else {
            let other = parts.iter().find(|(kind, _)| table(*kind).is_none()).and_then(|(kind, _)| *kind);
            let field = other.unwrap_or("kind").to_owned();
            let must = "a kind of the table: standard_buildings, non_standard_buildings, standard_civil, non_standard_civil, equipment_development or outsourcing";
            return if answer.is_empty() { Err(CaseError::Field { field, must }) } else { Ok(answer) };
        };
        for (bound, tag) in [(0, "upper"), (1, "lower")] {
            let capital = weighted(&shares, &rows.iter().map(|row| row.cost[bound]).collect::<Vec<_>>());
            let works = |row: &&Bias| row.works_duration.map_or(0.0, |works| works[bound]);
            let works = weighted(&shares, &rows.iter().map(works).collect::<Vec<_>>());
            put(
                &mut answer,
                &format!("capital_{tag} capital_{tag}_percent {tag}_capital {tag}_percent {tag}"),
                capital,
            );
            put(
                &mut answer,
                &format!("works_duration_{tag} works_duration_{tag}_percent {tag}_works_duration duration_{tag}"),
                works,
            );
            if bound == 0 {
                put(
                    &mut answer,
                    "capital capital_percent capital_uplift_percent capital_uplift uplift_percent",
                    capital,
                );
                put(
                    &mut answer,
                    "works_duration works_duration_percent works_duration_uplift_percent works_duration_uplift duration_percent",
                    works,
                );
                if let Some(estimate) = self.number(&["estimate", "capital_estimate"])? {
                    put(&mut answer, "adjusted_estimate adjusted", estimate * (1.0 + capital / 100.0));
                }
            }
        }
        Ok(answer)
    }

    /// Named numbers, or numbers without names.
    fn named(&self, names: &[&str]) -> Result<(Vec<String>, Vec<f64>), CaseError> {
        let keys =
            self.get(names).and_then(Value::as_object).map_or(Vec::new(), |named| named.keys().cloned().collect());
        Ok((keys, self.cells(names)?.flat))
    }

    fn discount(&self) -> Answer {
        let flow = self.cells(&["cash_flow", "cash_flows", "flow", "flows", "net_benefit"])?.flat;
        let mut answer = Map::new();
        let known = |words: &str| if words.contains("health") { Discount::health() } else { Discount::green_book() };
        let one = |value: &Value| -> Result<Discount, CaseError> {
            match value {
                Value::String(words) => Ok(known(words)),
                // Steps: pairs of a first year and a rate.
                Value::Array(_) => Ok(Discount(
                    Cells::of("rates", value)?
                        .rows()
                        .iter()
                        .filter(|pair| pair.len() == 2)
                        .map(|pair| (pair[0].max(0.0) as usize, pair[1]))
                        .collect(),
                )),
                value => {
                    let rate = value
                        .as_f64()
                        .filter(|&rate| rate > -1.0)
                        .ok_or(CaseError::Field { field: "rates".into(), must: "above -1" })?;
                    Ok(Discount::flat(rate))
                }
            }
        };
        let several = self.get(&["rates", "discount_rates"]);
        let discounts: Vec<Discount> = match (several, self.get(&["rate", "discount_rate", "schedule", "steps"])) {
            (Some(Value::Array(rates)), _) => rates.iter().map(one).collect::<Result<_, _>>()?,
            (Some(rate), _) | (None, Some(rate)) => vec![one(rate)?],
            (None, None) => vec![Discount::green_book()],
        };
        let present: Vec<f64> = discounts.iter().map(|discount| discount.present(&flow)).collect();
        let several = several.is_some_and(Value::is_array);
        let shape = |lists: Vec<Vec<f64>>| if several { json!(lists) } else { json!(lists[0]) };
        put(
            &mut answer,
            "discount_factors factors",
            shape(discounts.iter().map(|discount| discount.factors(flow.len())).collect()),
        );
        put(
            &mut answer,
            "discounted",
            shape(
                discounts
                    .iter()
                    .map(|discount| {
                        discount.factors(flow.len()).iter().zip(&flow).map(|(worth, flow)| worth * flow).collect()
                    })
                    .collect(),
            ),
        );
        put(&mut answer, "undiscounted", flow.iter().sum::<f64>());
        put(
            &mut answer,
            "npv present_value net_present_value",
            if several { json!(present) } else { json!(present[0]) },
        );
        Ok(answer)
    }

    fn reference(&self) -> Answer {
        let delivered = self.cells(&["delivered_share", "delivered", "shares", "share"])?.flat;
        let need = self.number(&["need", "needed", "target"])?.unwrap_or(1.0);
        let confidence = self.number(&["confidence"])?.unwrap_or(0.8);
        let confidence = if confidence > 1.0 { confidence / 100.0 } else { confidence };
        let found = reference(&delivered, need, confidence)?;
        let mut answer = Map::new();
        let sure = format!("share_at_{}", (confidence * 1000.0).round() / 10.0);
        put(&mut answer, "median_share median", found.median);
        put(&mut answer, &format!("share_at_80 share_at_confidence {sure}"), found.sure);
        put(&mut answer, "plan_needed plan", found.plan);
        put(&mut answer, "mean_share mean", delivered.iter().sum::<f64>() / delivered.len() as f64);
        put(&mut answer, "uplift_percent uplift", 100.0 * (1.0 / found.sure - 1.0));
        Ok(answer)
    }

    /// Several savings together: plans, and how much of each is delivered.
    fn savings(&self) -> Answer {
        let plan = self.maybe(&["plan", "planned", "value", "amount", "saving"])?.map_or(Vec::new(), |plan| plan.flat);
        let part = |names: &[&str]| -> Result<Option<Vec<f64>>, CaseError> {
            self.maybe(names)?
                .map(|cells| if plan.is_empty() { Ok(cells.flat) } else { cells.stretch(names[0], plan.len()) })
                .transpose()
        };
        // The share of a plan that is delivered: its mean, its deviation and its quantiles.
        type Quantile = Box<dyn Fn(f64) -> f64>;
        let shares: Vec<(f64, f64, Quantile)> = if let (Some(low), Some(mode), Some(high)) = (
            part(&["low", "min", "minimum", "lower", "share_low"])?,
            part(&["mode", "likely", "most_likely", "central", "share_mode"])?,
            part(&["high", "max", "maximum", "upper", "share_high"])?,
        ) {
            length("mode", mode.len(), low.len())?;
            length("high", high.len(), low.len())?;
            low.iter()
                .zip(&mode)
                .zip(&high)
                .map(|((&a, &c), &b)| {
                    let variance = (a * a + b * b + c * c - a * b - a * c - b * c) / 18.0;
                    let split = if b > a { (c - a) / (b - a) } else { 0.0 };
                    let quantile = move |y: f64| {
                        if y < split {
                            a + (y * (b - a) * (c - a)).sqrt()
                        } else {
                            b - ((1.0 - y) * (b - a) * (b - c)).sqrt()
                        }
                    };
                    ((a + b + c) / 3.0, variance.max(0.0).sqrt(), Box::new(quantile) as Quantile)
                })
                .collect()
        } else if let (Some(p10), Some(p50), Some(p90)) = (part(&["p10"])?, part(&["p50"])?, part(&["p90"])?) {
            length("p50", p50.len(), p10.len())?;
            length("p90", p90.len(), p10.len())?;
            p10.iter()
                .zip(&p50)
                .zip(&p90)
                .map(|((&p10, &p50), &p90)| {
                    let range = Elicited { p10, p50, p90, low: None, high: None };
                    range.check()?;
                    let (mean, deviation) = moments(&|y| range.quantile(y));
                    Ok((mean, deviation, Box::new(move |y| range.quantile(y)) as Quantile))
                })
                .collect::<Result<_, ProjectError>>()?
        } else if let (Some(alpha), Some(beta)) = (part(&["alpha", "a"])?, part(&["beta", "b"])?) {
            length("beta", beta.len(), alpha.len())?;
            alpha
                .iter()
                .zip(&beta)
                .map(|(&a, &b)| {
                    let curve = statrs::distribution::Beta::new(a, b)
                        .map_err(|_| CaseError::Field { field: "alpha".into(), must: "above 0, and beta too" })?;
                    let deviation = (a * b / ((a + b).powi(2) * (a + b + 1.0))).sqrt();
                    Ok((
                        a / (a + b),
                        deviation,
                        Box::new(move |y| statrs::distribution::ContinuousCDF::inverse_cdf(&curve, y)) as Quantile,
                    ))
                })
                .collect::<Result<_, CaseError>>()?
        } else if let Some(mean) =
            part(&["mean", "delivered_mean", "mean_share", "share_mean", "expected_share", "delivered_share", "share"])?
        {
            let deviation = part(&["sd", "delivered_sd", "sd_share", "share_sd", "standard_deviation"])?
                .unwrap_or(vec![0.0; mean.len()]);
            length("sd", deviation.len(), mean.len())?;
            mean.iter()
                .zip(&deviation)
                .map(|(&mean, &sd)| (mean, sd, Box::new(move |y| mean + sd * normal_quantile(y)) as Quantile))
                .collect()
        } else {
            let chance = part(&["probability", "chance", "p", "confidence"])?.ok_or_else(|| {
                CaseError::Missing("low, mode and high (or mean and sd, p10, p50 and p90, or probability)".into())
            })?;
            chance
                .iter()
                .map(|&p| {
                    (
                        p,
                        (p * (1.0 - p)).max(0.0).sqrt(),
                        Box::new(move |y| if y > 1.0 - p { 1.0 } else { 0.0 }) as Quantile,
                    )
                })
                .collect()
        };
        let plan = if plan.is_empty() { vec![1.0; shares.len()] } else { plan };
        length("plan", plan.len(), shares.len())?;
        let means: Vec<f64> = plan.iter().zip(&shares).map(|(plan, share)| plan * share.0).collect();
        let deviations: Vec<f64> = plan.iter().zip(&shares).map(|(plan, share)| plan.abs() * share.1).collect();
        let rho = self.number(&["rho", "correlation", "common_correlation", "common_factor"])?.unwrap_or(0.0);
        let sum = together(&means, &deviations, rho)?;
        let scaled: Vec<Quantile> = plan
            .iter()
            .zip(shares)
            .map(|(&plan, share)| Box::new(move |y: f64| plan * (share.2)(y)) as Quantile)
            .collect();
        let scaled: Vec<&dyn Fn(f64) -> f64> =
            scaled.iter().map(|scheme| scheme.as_ref() as &dyn Fn(f64) -> f64).collect();
        let samples =
            self.number(&["samples", "draws", "n", "runs", "simulations"])?.unwrap_or(20_000.0).clamp(100.0, 200_000.0)
                as u64;
        let seed = self.number(&["seed"])?.unwrap_or(1.0) as u64;
        let mut answer = Map::new();
        put(&mut answer, "planned plan planned_total total_planned plan_total", plan.iter().sum::<f64>());
        put(&mut answer, "mean expected mean_total expected_total", sum.mean);
        put(&mut answer, "sd_independent independent_sd sd_rho_0 sd_uncorrelated", sum.apart);
        put(
            &mut answer,
            "sd_correlated sd_common sd_common_factor sd_with_common_factor sd_with_correlation correlated_sd sd sd_rho",
            sum.together,
        );
        put(&mut answer, "ratio sd_ratio", if sum.apart > 0.0 { sum.together / sum.apart } else { 1.0 });
        for (rho, tag) in [(rho, ""), (0.0, "_independent"), (rho, "_correlated")] {
            let sums = draws(&scaled, rho, samples, seed);
            for share in [5, 10, 20, 50, 80, 90, 95] {
                put(&mut answer, &format!("p{share}{tag}"), quantile(&sums, f64::from(share) / 100.0));
            }
            // What one can be sure of with so much confidence is the quantile from below.
            put(&mut answer, &format!("sure_of_80{tag}"), quantile(&sums, 0.2));
        }
        Ok(answer)
    }
}

fn bias_table() -> Map<String, Value> {
    let whole = |pair: [f64; 2]| json!(pair.map(|value| value as i64));
    let row = |row: &Bias| {
        let cost = if row.capital { "capital" } else { "operating" };
        (row.kind.to_owned(), json!({"works_duration": row.works_duration.map(whole), cost: whole(row.cost)}))
    };
    OPTIMISM_BIAS.iter().map(row).collect()
}

/// Mean and standard deviation from a quantile function, by the midpoint rule.
fn moments(quantile: &dyn Fn(f64) -> f64) -> (f64, f64) {
    const POINTS: i32 = 20_000;
    let values: Vec<f64> = (0..POINTS).map(|at| quantile((f64::from(at) + 0.5) / f64::from(POINTS))).collect();
    let mean = values.iter().sum::<f64>() / f64::from(POINTS);
    (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / f64::from(POINTS)).sqrt())
}

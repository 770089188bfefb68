//! One case as JSON in, its statistic as JSON out: for pipelines in R, Python or a shell.
//!
//! A case has `kind`, `input` (columns of equal length) and `args`; the answer has the names and words that
//! `PHEindicatormethods` gives its result, so that a script can change over without touching what reads it. One row comes out as
//! plain values, several as columns. `kind` is one of `dsr`, `rate`, `prop`, `mean`, `isr`, `quant`, `sii`, `le`, `fun`
//! (Fingertips funnels) and `funnel` (with overdispersion).

use super::{
    AgeBand, Confidence, Group, HealthError, Limits, Overdispersion, Rate, Repeated, Scale, Significance, Withheld,
    control_events, direct_of_repeated, expected, life_expectancy, mean, overdispersed, quantiles, rate,
    rate_significance, ratio, share, share_significance, slope,
};
use crate::groups::share_limits;
use serde_json::{Map, Value, json};
use std::cmp::Ordering;
use thiserror::Error;

/// A case that has no answer; names the field.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CaseError {
    /// A field that the kind needs.
    #[error("`{0}` is missing")]
    Missing(String),
    /// A field that holds something else than it must.
    #[error("`{field}` is {found}, which must be {must}")]
    Field {
        /// Its name, with the row where it is a column.
        field: String,
        /// What it holds.
        found: String,
        /// What it must hold.
        must: &'static str,
    },
    /// Columns of different lengths.
    #[error("`{field}` has {found} rows where the others have {wanted}")]
    Rows {
        /// The column.
        field: String,
        /// Its rows.
        found: usize,
        /// Theirs.
        wanted: usize,
    },
    /// Numbers that make no statistic.
    #[error(transparent)]
    Numbers(#[from] HealthError),
}

impl From<Withheld> for CaseError {
    fn from(reason: Withheld) -> CaseError {
        CaseError::Numbers(reason.into())
    }
}

/// Answers one case.
///
/// ```
/// use serde_json::json;
/// let case = json!({"kind": "prop", "input": {"x": [65], "n": [100]}, "args": {"multiplier": 100}});
/// let answer = measures::health::answer(&case)?;
/// assert_eq!((&answer["value"], &answer["statistic"]), (&json!(65), &json!("percentage")));
/// let wrong = json!({"kind": "prop", "input": {"x": [165], "n": [100]}});
/// assert_eq!(
///     measures::health::answer(&wrong).unwrap_err().to_string(),
///     "row 1: the count is 165, which must be at most the denominator"
/// );
/// # Ok::<(), measures::health::CaseError>(())
/// ```
///
/// # Errors
/// [`CaseError`], which names the field and the row.
pub fn answer(case: &Value) -> Result<Value, CaseError> {
    let case = Case::of(case)?;
    match case.kind {
        "dsr" => case.direct(),
        "rate" | "prop" => case.rates(),
        "mean" => case.means(),
        "isr" => case.indirect(),
        "quant" => case.quantiles(),
        "sii" => case.slopes(),
        "le" => case.lives(),
        "fun" if case.function.contains("limits") => case.funnel_lines(),
        "fun" if case.function.contains("points") => case.funnel_points(),
        "fun" => case.funnel_significance(),
        "funnel" => case.overdispersion(),
        other => Err(CaseError::Field {
            field: "kind".into(),
            found: format!("`{other}`"),
            must: "dsr, rate, prop, mean, isr, quant, sii, le, fun or funnel",
        }),
    }
}

/// What part of an answer a field is; `args.type` asks for some of them.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Key,
    Total,
    Value,
    Lower,
    Upper,
    Words,
}

type Field = (Part, String, Value);

fn field(part: Part, name: &str, value: impl Into<Value>) -> Field {
    (part, name.to_owned(), value.into())
}

struct Case<'a> {
    kind: &'a str,
    function: &'a str,
    whole: &'a Value,
    args: &'a Value,
    input: &'a Map<String, Value>,
}

/// Rows that belong together, with the values of the columns that they share.
struct Rows {
    keys: Vec<Field>,
    rows: Vec<usize>,
}

type Column = Vec<Option<f64>>;

impl<'a> Case<'a> {
    fn of(case: &'a Value) -> Result<Case<'a>, CaseError> {
        let kind = case["kind"].as_str().ok_or_else(|| CaseError::Missing("kind".into()))?;
        let input = case["input"].as_object().ok_or_else(|| CaseError::Missing("input".into()))?;
        let function = case["function_name"].as_str().unwrap_or("");
        Ok(Case { kind, function, whole: case, args: &case["args"], input })
    }

    /// A setting, which may also stand beside the columns or beside `kind`.
    fn arg(&self, name: &str) -> &Value {
        let places = [self.args.get(name), self.input.get(name), self.whole.get(name)];
        places.into_iter().flatten().find(|found| !found.is_null()).unwrap_or(&Value::Null)
    }

    fn number(&self, name: &str, default: f64) -> Result<f64, CaseError> {
        match self.arg(name) {
            Value::Null => Ok(default),
            found => found.as_f64().ok_or_else(|| wrong(name, found, "a number")),
        }
    }

    fn flag(&self, name: &str, default: bool) -> Result<bool, CaseError> {
        match self.arg(name) {
            Value::Null => Ok(default),
            found => found.as_bool().ok_or_else(|| wrong(name, found, "true or false")),
        }
    }

    fn word(&self, name: &str) -> &str {
        self.arg(name).as_str().unwrap_or("")
    }

    /// The first of these columns that is there, one value standing for a column of one row.
    fn column(&self, names: &[&str]) -> Option<(&'a str, &'a [Value])> {
        let (name, found) = names.iter().find_map(|name| self.input.get_key_value(*name))?;
        Some((name, found.as_array().map_or(std::slice::from_ref(found), Vec::as_slice)))
    }

    fn try_numbers(&self, names: &[&str]) -> Result<Option<Column>, CaseError> {
        let Some((name, cells)) = self.column(names) else { return Ok(None) };
        let read = |(row, cell): (usize, &Value)| match cell {
            Value::Null => Ok(None),
            Value::String(text) if text == "NA" => Ok(None),
            cell => match cell.as_f64() {
                Some(number) => Ok(Some(number)),
                None => Err(wrong(&format!("{name} row {}", row + 1), cell, "a number or null")),
            },
        };
        cells.iter().enumerate().map(read).collect::<Result<_, _>>().map(Some)
    }

    fn numbers(&self, names: &[&str]) -> Result<Column, CaseError> {
        let found = self.try_numbers(names)?.ok_or_else(|| CaseError::Missing(format!("input.{}", names[0])))?;
        if found.is_empty() { Err(HealthError::Empty.into()) } else { Ok(found) }
    }

    fn levels(&self) -> Result<Vec<Confidence>, CaseError> {
        let read = |level: &Value| {
            Ok(Confidence::new(
                level.as_f64().ok_or_else(|| wrong("confidence", level, "a number or a list of them"))?,
            )?)
        };
        match self.arg("confidence") {
            Value::Null => Ok(vec![Confidence::P95]),
            Value::Array(levels) if !levels.is_empty() => levels.iter().map(read).collect(),
            level => Ok(vec![read(level)?]),
        }
    }

    /// The rows of each group: by the columns that `args` names, else by any column of words (or of numbers, where a kind has
    /// one answer a group) that is neither known nor different in every row. Groups are in the order of their keys; without
    /// any, all rows are one.
    fn groups(&self, rows: usize, known: &[&str]) -> Result<(Vec<String>, Vec<Rows>), CaseError> {
        let numbers = !matches!(self.kind, "rate" | "prop" | "quant");
        let named =
            ["group_by", "groupvars", "group_vars", "groups", "group", "by"].iter().find_map(|name| {
                match &self.args[*name] {
                    Value::String(name) => Some(vec![name.clone()]),
                    Value::Array(names) => Some(names.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
                    _ => None,
                }
            });
        let tells = |(name, cells): &(&String, &Value)| {
            let cells = cells.as_array().map_or(&[][..], Vec::as_slice);
            let fits = |cell: &Value| cell.is_string() || (numbers && cell.is_number());
            let repeats = cells.iter().enumerate().any(|(row, cell)| cells[..row].contains(cell));
            !known.contains(&name.as_str()) && cells.len() == rows && cells.iter().all(fits) && repeats
        };
        let by: Vec<String> =
            named.unwrap_or_else(|| self.input.iter().filter(tells).map(|(name, _)| name.clone()).collect());
        let mut groups: Vec<(Vec<Value>, Vec<usize>)> = Vec::new();
        for row in 0..rows {
            let mut key = Vec::with_capacity(by.len());
            for name in &by {
                let (_, cells) = self.column(&[name]).ok_or_else(|| CaseError::Missing(format!("input.{name}")))?;
                key.push(cells.get(row).cloned().ok_or_else(|| unequal(name, cells.len(), rows))?);
            }
            match groups.iter_mut().find(|(known, _)| *known == key) {
                Some((_, rows)) => rows.push(row),
                None => groups.push((key, vec![row])),
            }
        }
        groups.sort_by(|(a, _), (b, _)| {
            a.iter().zip(b).map(|(a, b)| order(a, b)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
        });
        let keyed = |(key, rows): (Vec<Value>, Vec<usize>)| Rows {
            keys: by.iter().zip(key).map(|(name, value)| (Part::Key, name.clone(), value)).collect(),
            rows,
        };
        Ok((by.clone(), groups.into_iter().map(keyed).collect()))
    }

    /// The columns of the input as they came, for row `row`.
    fn own(&self, row: usize, rows: usize) -> Vec<Field> {
        let columns = self.input.iter().filter_map(|(name, _)| self.column(&[name]));
        columns
            .filter(|(_, cells)| cells.len() == rows)
            .map(|(name, cells)| field(Part::Key, name, cells[row].clone()))
            .collect()
    }

    /// Keeps what `args.type` asks for; one row becomes plain values.
    fn finish(&self, rows: Vec<Vec<Field>>) -> Value {
        let wanted = |part: Part| match self.args["type"].as_str().unwrap_or("full") {
            "standard" => part != Part::Words,
            "value" => matches!(part, Part::Key | Part::Value),
            "lower" => matches!(part, Part::Key | Part::Lower),
            "upper" => matches!(part, Part::Key | Part::Upper),
            _ => true,
        };
        let one = rows.len() == 1;
        let mut columns: Map<String, Value> = Map::new();
        for (row, fields) in rows.into_iter().enumerate() {
            for (_, name, value) in fields.into_iter().filter(|(part, ..)| wanted(*part)) {
                if let Value::Array(cells) = columns.entry(name).or_insert_with(|| json!([])) {
                    // What is worked out takes the place of a column of the same name.
                    cells.truncate(row);
                    cells.push(value);
                }
            }
        }
        if one {
            columns.values_mut().for_each(|cells| *cells = cells[0].take());
        }
        Value::Object(columns)
    }

    /// The words that follow every estimate.
    fn words(levels: &[Confidence], statistic: String, method: impl Into<Value>) -> [Field; 3] {
        let shares: Vec<String> = levels.iter().map(|level| format!("{}%", r_number(level.share() * 100.0))).collect();
        [
            field(Part::Words, "confidence", shares.join(", ")),
            field(Part::Words, "statistic", statistic),
            field(Part::Words, "method", method),
        ]
    }

    fn direct(&self) -> Result<Value, CaseError> {
        let repeats = !self.flag("independent_events", true)?;
        let per = self.number("multiplier", 100_000.0)?;
        let levels = self.levels()?;
        let (x, n) = (self.numbers(&["x", "obs"])?, self.numbers(&["n", "pop"])?);
        let standard = self.try_numbers(&["s", "stdpop", "esp2013", "std"])?;
        let each = if repeats { Some(self.numbers(&["eventfreq"])?) } else { None };
        let bands = if repeats { self.column(&["ageband"]) } else { None };
        if repeats && bands.is_none() {
            return Err(CaseError::Missing("input.ageband".into()));
        }
        same(&[("x", x.len()), ("n", n.len())])?;
        let (_, groups) = self.groups(
            n.len(),
            &["x", "obs", "n", "pop", "s", "stdpop", "esp2013", "std", "ageband", "eventfreq", "age"],
        )?;
        let mut out = Vec::new();
        for Rows { keys, rows } in groups {
            let mut people = Vec::with_capacity(rows.len());
            let mut seen: Vec<&Value> = Vec::new();
            for (place, &row) in rows.iter().enumerate() {
                let band = match bands {
                    None => place,
                    Some((name, cells)) => {
                        let cell = cells.get(row).ok_or_else(|| unequal(name, cells.len(), n.len()))?;
                        seen.iter().position(|known| *known == cell).unwrap_or_else(|| {
                            seen.push(cell);
                            seen.len() - 1
                        })
                    }
                };
                let weight = match &standard {
                    Some(column) => at(column, "s", if column.len() == n.len() { row } else { place })?,
                    None if rows.len() == super::ESP2013.len() => super::ESP2013[place],
                    None => return Err(CaseError::Missing("input.s".into())),
                };
                people.push(Repeated {
                    band,
                    each: each.as_ref().map_or(Ok(1.0), |each| at(each, "eventfreq", row))?,
                    people_with: x[row].unwrap_or(0.0),
                    people: at(&n, "n", row)?,
                    standard: weight,
                });
            }
            let rate = direct_of_repeated(&people, per)?;
            let statistic = match rate.value() {
                Ok(_) => format!("dsr per {}", fixed(per)),
                Err(_) => "dsr NA for total count < 10".to_owned(),
            };
            let method = if repeats { "Dobson, with confidence adjusted for non-independent events" } else { "Dobson" };
            let mut line = keys;
            line.push(field(Part::Total, "total_count", cell(rate.events)));
            line.push(field(Part::Total, "total_pop", cell(rate.against)));
            line.extend(estimate(&levels, rate.value().ok(), |level| rate.limits(level).ok()));
            line.extend(Case::words(&levels, statistic, method));
            out.push(line);
        }
        Ok(self.finish(out))
    }

    /// Crude rates and proportions, row by row, or summed over groups.
    fn rates(&self) -> Result<Value, CaseError> {
        let shares = self.kind == "prop";
        let per = self.number("multiplier", if shares { 1.0 } else { 100_000.0 })?;
        let levels = self.levels()?;
        let (top, bottom) = (["x", "obs", "numerator"], ["n", "pop", "denominator"]);
        let (x, n) = (self.numbers(&top)?, self.numbers(&bottom)?);
        same(&[("x", x.len()), ("n", n.len())])?;
        let (by, groups) = self.groups(n.len(), &[])?;
        let name = |names: &[&str]| self.column(names).map_or("", |(name, _)| name).to_owned();
        let rows: Vec<(Vec<Field>, Option<f64>, Option<f64>)> = if by.is_empty() {
            (0..n.len()).map(|row| (self.own(row, n.len()), x[row], n[row])).collect()
        } else {
            let sum = |column: &Column, rows: &[usize]| rows.iter().map(|row| column[*row]).sum::<Option<f64>>();
            let line = |Rows { mut keys, rows }: Rows| {
                let (x, n) = (sum(&x, &rows), sum(&n, &rows));
                keys.push(field(Part::Key, &name(&top), x.map(cell)));
                keys.push(field(Part::Key, &name(&bottom), n.map(cell)));
                (keys, x, n)
            };
            groups.into_iter().map(line).collect()
        };
        let statistic = match per {
            _ if !shares => format!("rate per {}", fixed(per)),
            100.0 => "percentage".to_owned(),
            _ => format!("proportion of {}", r_number(per)),
        };
        let mut out = Vec::new();
        for (row, (mut line, x, n)) in (1..).zip(rows) {
            let place = |error| in_row(error, row);
            let (value, limits, method): (Option<f64>, Vec<Option<Limits>>, Value) = match (x, n) {
                (Some(x), Some(n)) if shares => {
                    let share = share(x, n).map_err(place)?;
                    let limits = levels.iter().map(|level| Some(share.limits(*level).map(|end| end * per))).collect();
                    (Some(share.value() * per), limits, "Wilson".into())
                }
                (Some(x), Some(n)) => {
                    let rate = rate(x, n, per).map_err(place)?;
                    let limits = levels.iter().map(|level| rate.limits(*level).ok()).collect();
                    (rate.value().ok(), limits, method_of(&rate).into())
                }
                _ => (None, vec![None; levels.len()], if shares { "Wilson".into() } else { Value::Null }),
            };
            let mut limits = limits.into_iter();
            line.extend(estimate(&levels, value, |_| limits.next().flatten()));
            line.extend(Case::words(&levels, statistic.clone(), method));
            out.push(line);
        }
        Ok(self.finish(out))
    }

    fn means(&self) -> Result<Value, CaseError> {
        let levels = self.levels()?;
        let x = self.numbers(&["x", "values", "value"])?;
        let (_, groups) = self.groups(x.len(), &["x", "values", "value"])?;
        let mut out = Vec::new();
        for Rows { keys: mut line, rows } in groups {
            // A missing value leaves the sum unknown.
            let known: Option<Vec<f64>> = rows.iter().map(|row| x[*row]).collect();
            let mean = known.map(|known| mean(&known)).transpose()?;
            line.push(field(Part::Total, "value_sum", mean.map(|mean| cell(mean.sum))));
            line.push(field(Part::Total, "value_count", rows.len()));
            line.push(field(Part::Total, "stdev", mean.map(|mean| cell(mean.deviation))));
            line.extend(estimate(&levels, mean.map(|mean| mean.value()), |level| mean?.limits(level).ok()));
            line.extend(Case::words(&levels, "mean".to_owned(), "Student's t-distribution"));
            out.push(line);
        }
        Ok(self.finish(out))
    }

    fn indirect(&self) -> Result<Value, CaseError> {
        let rates = self.function.contains("ISRate")
            || (!self.args["multiplier"].is_null() && !self.function.contains("ISRatio"));
        let scale = if rates { self.number("multiplier", 100_000.0)? } else { self.number("refvalue", 1.0)? };
        let levels = self.levels()?;
        let (x, n) = (self.numbers(&["x", "obs", "observed"])?, self.numbers(&["n", "pop"])?);
        let (x_ref, n_ref) = (self.numbers(&["x_ref"])?, self.numbers(&["n_ref"])?);
        let (_, groups) =
            self.groups(n.len(), &["x", "obs", "observed", "n", "pop", "x_ref", "n_ref", "age", "ageband"])?;
        // Observed events may come as one total a group; the reference as one band after another, the same for all.
        let totals = x.len() != n.len() && x.len() == groups.len();
        if !totals {
            same(&[("n", n.len()), ("x", x.len())])?;
        }
        same(&[("x_ref", x_ref.len()), ("n_ref", n_ref.len())])?;
        let mut out = Vec::new();
        for (place, Rows { keys: mut line, rows }) in groups.into_iter().enumerate() {
            if x_ref.len() != n.len() && x_ref.len() != rows.len() {
                return Err(unequal("x_ref", x_ref.len(), rows.len()));
            }
            let (mut bands, mut events, mut people) = (Vec::new(), 0.0, 0.0);
            for (band, &row) in rows.iter().enumerate() {
                let at_ref = if x_ref.len() == n.len() { row } else { band };
                let there = at(&n_ref, "n_ref", at_ref)?;
                bands.push((n[row].unwrap_or(0.0), x_ref[at_ref].unwrap_or(0.0), there));
                events += x_ref[at_ref].unwrap_or(0.0);
                people += there;
            }
            let mut observed = 0.0;
            for row in if totals { vec![place] } else { rows } {
                observed += super::count(row + 1, "the count", x[row].unwrap_or(0.0))?;
            }
            let expected = expected(&bands)?;
            let (reference, statistic) = match rates {
                true => (events / people * scale, format!("indirectly standardised rate per {}", fixed(scale))),
                false => (scale, format!("indirectly standardised ratio x {}", fixed(scale))),
            };
            let rate = ratio(observed, expected, reference)?;
            line.push(field(Part::Total, "observed", cell(observed)));
            line.push(field(Part::Total, "expected", cell(expected)));
            if rates {
                line.push(field(Part::Total, "ref_rate", cell(reference)));
            }
            line.extend(estimate(&levels, rate.value().ok(), |level| rate.limits(level).ok()));
            line.extend(Case::words(&levels, statistic, method_of(&rate)));
            out.push(line);
        }
        Ok(self.finish(out))
    }

    fn quantiles(&self) -> Result<Value, CaseError> {
        let values = self.numbers(&["v", "value", "values", "vals", "score"])?;
        let number = self.number("nquantiles", 10.0)?;
        if number < 1.0 || number.fract() != 0.0 {
            return Err(wrong("nquantiles", &json!(number), "a whole number above 0"));
        }
        let (by, groups) = self.groups(values.len(), &["area"])?;
        let mut found = vec![(None, false); values.len()];
        for Rows { rows, .. } in groups {
            // The direction may be a column, the same in all rows of a group.
            let first = match self.arg("invert") {
                Value::String(name) => {
                    let (_, cells) = self.column(&[name]).ok_or_else(|| CaseError::Missing(format!("input.{name}")))?;
                    let cell = rows.first().and_then(|row| cells.get(*row)).unwrap_or(&Value::Null);
                    cell.as_bool().ok_or_else(|| wrong(name, cell, "true or false"))?
                }
                _ => self.flag("invert", true)?,
            };
            let here: Column = rows.iter().map(|row| values[*row]).collect();
            let groups = quantiles(&here, number as usize, first).unwrap_or_else(|_| vec![None; here.len()]);
            rows.iter().zip(groups).for_each(|(row, group)| found[*row] = (group, first));
        }
        let line = |(row, (group, first)): (usize, (Option<usize>, bool))| {
            let mut line = self.own(row, values.len());
            let direction = if first { "highest" } else { "lowest" };
            line.push(field(Part::Value, "quantile", group));
            line.push(field(Part::Words, "nquantiles", cell(number)));
            line.push(field(Part::Words, "groupvars", by.join(", ")));
            line.push(field(Part::Words, "qinverted", format!("lowest quantile represents {direction} values")));
            line
        };
        Ok(self.finish(found.into_iter().enumerate().map(line).collect()))
    }

    fn slopes(&self) -> Result<Value, CaseError> {
        let scale = match self.number("value_type", 0.0)? {
            0.0 => Scale::Plain,
            1.0 => Scale::Log,
            2.0 => Scale::Logit,
            other => return Err(wrong("value_type", &json!(other), "0, 1 or 2")),
        };
        let bent = self.flag("transform", false)?;
        if bent && scale == Scale::Plain {
            return Err(wrong("transform", &json!(true), "false where value_type is 0"));
        }
        let multiplier = self.number("multiplier", 1.0)?;
        let draws = self.number("repetitions", 100_000.0)?;
        if !(1000.0..=1e7).contains(&draws) {
            return Err(wrong("repetitions", &json!(draws), "from 1,000 to 10,000,000"));
        }
        let levels = self.levels()?;
        let (order_name, order_of) = self
            .column(&["q", "quantile", "decile", "quintile"])
            .ok_or_else(|| CaseError::Missing("input.q".into()))?;
        let pop = self.numbers(&["pop", "population", "n"])?;
        let counts = self.try_numbers(&["x"])?;
        let values = match self.try_numbers(&["v", "value"])? {
            Some(values) => values,
            None => {
                let counts = counts.as_ref().ok_or_else(|| CaseError::Missing("input.v".into()))?;
                counts.iter().zip(&pop).map(|(count, pop)| Some((*count)? / (*pop)?)).collect()
            }
        };
        let errors = self.try_numbers(&["se"])?;
        let limits = self
            .try_numbers(&["lo", "lower", "lower_cl", "lowercl"])?
            .zip(self.try_numbers(&["hi", "upper", "upper_cl", "uppercl"])?);
        same(&[(order_name, order_of.len()), ("pop", pop.len()), ("v", values.len())])?;
        let known = [
            "q",
            "quantile",
            "decile",
            "quintile",
            "pop",
            "population",
            "n",
            "x",
            "v",
            "value",
            "se",
            "lo",
            "lower",
            "lower_cl",
            "lowercl",
            "hi",
            "upper",
            "upper_cl",
            "uppercl",
        ];
        let (_, groups) = self.groups(pop.len(), &known)?;
        let mut out = Vec::new();
        for Rows { keys: mut line, mut rows } in groups {
            rows.sort_by(|a, b| order(&order_of[*a], &order_of[*b]));
            let mut people = Vec::with_capacity(rows.len());
            for row in rows {
                let (count, value) = (at(&pop, "pop", row)?, at(&values, "v", row)?);
                people.push(match (&errors, &limits) {
                    (Some(errors), _) => Group { people: count, value, error: at(errors, "se", row)? },
                    (None, Some((lower, upper))) => {
                        Group::with_limits(count, value, [at(lower, "lo", row)?, at(upper, "hi", row)?], scale)
                    }
                    (None, None) => return Err(CaseError::Missing("input.se".into())),
                });
            }
            let slope = slope(&people, scale, bent, multiplier)?;
            line.push(field(Part::Value, "sii", cell(slope.index())));
            let relative = self.flag("rii", false)?;
            if relative {
                line.push(field(Part::Value, "rii", cell(slope.relative())));
            }
            for (level, [index, ratio]) in levels.iter().zip(slope.simulated(&levels, draws as usize)) {
                let names = limit_names(*level);
                for (what, limits) in [("sii", Some(index)), ("rii", relative.then_some(ratio))] {
                    for (name, end) in names.iter().zip(limits.into_iter().flatten()) {
                        line.push(field(Part::Value, &format!("{what}_{name}"), cell(end)));
                    }
                }
            }
            if self.flag("intercept", true)? {
                line.push(field(Part::Value, "intercept", cell(slope.intercept())));
            }
            let [kind, transform] = match scale {
                Scale::Plain => ["normal", "none"],
                Scale::Log => ["rate", "log"],
                Scale::Logit => ["proportion", "logit"],
            };
            let shares: Vec<String> =
                levels.iter().map(|level| format!("{}%", r_number(level.share() * 100.0))).collect();
            line.push(field(Part::Words, "indicator_type", kind));
            line.push(field(Part::Words, "multiplier", cell(multiplier)));
            line.push(field(Part::Words, "transform", if bent { transform } else { "none" }));
            line.push(field(Part::Words, "CI_confidence", shares.join(", ")));
            line.push(field(Part::Words, "CI_method", format!("simulation {} reps", r_number(draws))));
            out.push(line);
        }
        Ok(self.finish(out))
    }

    fn lives(&self) -> Result<Value, CaseError> {
        let (name, ages) =
            self.column(&["startage", "age", "ageband"]).ok_or_else(|| CaseError::Missing("input.startage".into()))?;
        let (people, deaths) = (self.numbers(&["pops", "pop", "population"])?, self.numbers(&["deaths"])?);
        same(&[("pops", people.len()), ("deaths", deaths.len()), (name, ages.len())])?;
        let starts: Vec<u32> =
            ages.iter().enumerate().map(|(row, age)| start_age(name, row, age)).collect::<Result<_, _>>()?;
        let levels = self.levels()?;
        let (by, groups) =
            self.groups(ages.len(), &["startage", "age", "ageband", "pops", "pop", "population", "deaths"])?;
        let mut bands = starts.clone();
        bands.sort_unstable();
        bands.dedup();
        // Withheld groups come last.
        let (mut given, mut withheld) = (Vec::new(), Vec::new());
        for Rows { keys, mut rows } in groups {
            rows.sort_by_key(|row| starts[*row]);
            let band = |row: &usize| {
                Ok(AgeBand {
                    start: starts[*row],
                    people: at(&people, "pops", *row)?,
                    deaths: at(&deaths, "deaths", *row)?,
                })
            };
            let table: Vec<AgeBand> = rows.iter().map(band).collect::<Result<_, CaseError>>()?;
            let years =
                if rows.len() == bands.len() { life_expectancy(&table) } else { Err(Withheld::AgesMissing.into()) };
            let years = match years {
                Ok(years) => Some(years),
                Err(HealthError::Withheld(reason)) => {
                    let open = reason == Withheld::NoDeathsInLastBand;
                    // Alone, a withheld table comes back as it came, with nothing beside it.
                    if by.is_empty() && !open {
                        let line = |row: usize| {
                            let mut line = self.own(row, ages.len());
                            line.extend(
                                ["value", "lowercl", "uppercl"].map(|name| field(Part::Key, name, Value::Null)),
                            );
                            line
                        };
                        return Ok(self.finish(rows.into_iter().map(line).collect()));
                    }
                    None
                }
                Err(error) => return Err(error.into()),
            };
            let put = if years.is_some() { &mut given } else { &mut withheld };
            for (i, &row) in rows.iter().enumerate() {
                let mut line = keys.clone();
                line.push(field(Part::Key, name, ages[row].clone()));
                let here = years.as_ref().map(|years| years[i]);
                line.extend(estimate(&levels, here.and_then(|here| here.value().ok()), |level| {
                    Some(here?.limits(level))
                }));
                let above = |column: fn(&AgeBand) -> f64| cell(table[i..].iter().map(column).sum());
                line.push(field(Part::Words, "pops_used", above(|band| band.people)));
                line.push(field(Part::Words, "dths_used", above(|band| band.deaths)));
                let at = ages[row].as_str().map_or_else(|| ages[row].to_string(), str::to_owned);
                let method = "Chiang, using Silcocks et al for confidence limits";
                line.extend(Case::words(&levels, format!("life expectancy at {at}"), method));
                put.push((starts[row], ages[row].clone(), line));
            }
        }
        given.extend(withheld);
        let wanted: Vec<&Value> = match self.arg("le_age") {
            Value::Null => Vec::new(),
            Value::Array(ages) => ages.iter().collect(),
            one => vec![one],
        };
        let is_wanted = |start: u32, age: &Value| {
            wanted.contains(&age) || wanted.iter().any(|wanted| wanted.as_u64() == Some(start.into()))
        };
        let any = given.iter().any(|(start, age, _)| is_wanted(*start, age));
        let kept = given.into_iter().filter(|(start, age, _)| !any || is_wanted(*start, age));
        Ok(self.finish(kept.map(|(.., line)| line).collect()))
    }

    /// The numerator, denominator and rate of a funnel: by their usual names, else the first and second column of numbers.
    fn funnel_columns(&self) -> Result<(Column, Option<Column>, Option<Column>), CaseError> {
        let is_rate = self.word("statistic") == "rate";
        let numeric = |cells: &Value| cells.as_array().is_some_and(|cells| cells.iter().any(Value::is_number));
        let rest: Vec<&str> =
            self.input.iter().filter(|(_, cells)| numeric(cells)).map(|(name, _)| name.as_str()).collect();
        let nth = |at: usize| rest.get(at).copied().into_iter();
        let top: Vec<&str> =
            ["x", "o", "obs", "numerator", "observed", "events", "count"].into_iter().chain(nth(0)).collect();
        let bottom = ["n", "e", "d", "pop", "population", "denominator", "expected"].into_iter();
        let bottom: Vec<&str> = if is_rate { bottom.collect() } else { bottom.chain(nth(1)).collect() };
        let top = self.numbers(&top)?;
        let rate = if is_rate { Some(self.numbers(&["rate", "r", "value", "v", "dsr"])?) } else { None };
        let bottom = if is_rate { self.try_numbers(&bottom)? } else { Some(self.numbers(&bottom)?) };
        Ok((top, bottom, rate))
    }

    /// The denominators of a funnel; for rates those that the rates imply, none for a standardised rate of no events.
    fn denominators(&self) -> Result<(Vec<f64>, Column), CaseError> {
        let (top, bottom, rates) = self.funnel_columns()?;
        let per = self.number("multiplier", 1.0)?;
        let mut tops = Vec::with_capacity(top.len());
        let mut bottoms = Vec::with_capacity(top.len());
        for (row, _) in top.iter().enumerate() {
            let events = super::count(row + 1, "the numerator", at(&top, "numerator", row)?)?;
            tops.push(events);
            let below = |column: &Option<Column>| -> Result<f64, CaseError> {
                let column = column.as_ref().ok_or_else(|| CaseError::Missing("input.denominator".into()))?;
                Ok(super::people(row + 1, "the denominator", at(column, "denominator", row)?)?)
            };
            bottoms.push(match &rates {
                None => Some(below(&bottom)?),
                Some(rates) if events > 0.0 => {
                    Some(per * events / super::people(row + 1, "the rate", at(rates, "rate", row)?)?)
                }
                Some(_) if self.word("rate_type") == "dsr" => None,
                Some(_) => Some(below(&bottom)?),
            });
        }
        Ok((tops, bottoms))
    }

    fn funnel_significance(&self) -> Result<Value, CaseError> {
        let (tops, bottoms) = self.denominators()?;
        let average = tops.iter().sum::<f64>() / bottoms.iter().flatten().sum::<f64>();
        let statistic = self.word("statistic");
        let mut out = Vec::new();
        for (row, (&top, &bottom)) in tops.iter().zip(&bottoms).enumerate() {
            let place = |error| in_row(error, row + 1);
            let word = match (statistic, bottom) {
                ("proportion", Some(all)) => share_significance(top, all, average).map_err(place)?.label(),
                ("ratio", Some(expected)) => rate_significance(top, expected).map_err(place)?.label(),
                ("rate", _) if self.word("rate_type") == "dsr" && top < 10.0 => {
                    "Not applicable for events less than 10 for dsrs"
                }
                ("rate", Some(people)) => rate_significance(top, average * people).map_err(place)?.label(),
                ("rate", None) => Significance::Usual.label(),
                _ => return Err(wrong("statistic", self.arg("statistic"), "proportion, ratio or rate")),
            };
            let mut line = self.own(row, tops.len());
            line.push(field(Part::Key, "significance", word));
            out.push(line);
        }
        Ok(self.finish(out))
    }

    /// Rates as they may be charted, with the people that they imply.
    fn funnel_points(&self) -> Result<Value, CaseError> {
        let (tops, bottoms) = self.denominators()?;
        let years = self.number("years_of_data", 1.0)?;
        let (name, rates) =
            self.column(&["rate", "r", "value", "v", "dsr"]).ok_or_else(|| CaseError::Missing("input.rate".into()))?;
        let hides = |top: f64| self.word("rate_type") == "dsr" && top < 10.0;
        let line = |(row, (&top, bottom)): (usize, (&f64, &Option<f64>))| {
            let mut line = self.own(row, tops.len());
            let shown = if hides(top) { Value::Null } else { rates.get(row).cloned().unwrap_or_default() };
            line.push(field(Part::Key, &format!("{name}_chart"), shown));
            line.push(field(
                Part::Key,
                "denominator_derived",
                bottom.filter(|_| !hides(top)).map(|all| cell(all / years)),
            ));
            line
        };
        Ok(self.finish(tops.iter().zip(&bottoms).enumerate().map(line).collect()))
    }

    /// A hundred points of the lines of a funnel, closer together where it is narrow.
    fn funnel_lines(&self) -> Result<Value, CaseError> {
        let (tops, bottoms) = self.denominators()?;
        let known = || bottoms.iter().flatten().copied();
        let average = tops.iter().sum::<f64>() / known().sum::<f64>();
        let (least, most) = (known().fold(f64::INFINITY, f64::min), known().fold(0.0, f64::max));
        let statistic = self.word("statistic");
        let years = if statistic == "rate" { self.number("years_of_data", 1.0)? } else { 1.0 };
        let per = self.number("multiplier", if statistic == "proportion" { 100.0 } else { 1.0 })?;
        let rounded = |value: f64, digits_less: i32, round: fn(f64) -> f64| {
            let unit = 10_f64.powi(r_number(round(value)).len() as i32 - digits_less);
            round(value / unit) * unit
        };
        let mut first = if most > 2.0 * least { 0.0 } else { rounded(least / years * 0.95, 1, f64::floor) * years };
        let mut last = rounded(most / years * 1.05, 2, f64::ceil) * years;
        if statistic == "rate" {
            (first, last) = ((first * average).floor(), (last * average).ceil());
        }
        let mut at = vec![first.max(1.0)];
        for point in 2..=100_i32 {
            let offset = if statistic == "ratio" { point - 1 } else { point };
            let before = at[at.len() - 1];
            let next = (last / before).powf(1.0 / f64::from(101 - offset)) * before;
            at.push(next.round_ties_even().max(before + 1.0));
        }
        let levels = [("2s", Confidence::P95), ("3s", Confidence::P998)];
        let mut out = Vec::with_capacity(100);
        for x in at {
            let mut line = Vec::new();
            let mut put = |name: String, value: f64| line.push((Part::Key, name, cell(value)));
            match statistic {
                "proportion" => {
                    put("Population".into(), x);
                    for (name, level) in levels {
                        let (low, high) = share_limits(average, x, level.z());
                        put(format!("lower_{name}_limit"), low * per);
                        put(format!("upper_{name}_limit"), (high * per).min(100.0));
                    }
                    put("baseline".into(), average * per);
                }
                "ratio" => {
                    put("Observed_events".into(), x);
                    let shown =
                        |limit: f64| if self.word("ratio_type") == "count" { limit - 1.0 } else { limit * 100.0 };
                    for (name, level) in levels {
                        let [fewest, most] = control_events(x, level);
                        for (side, events) in [("lower", most), ("upper", fewest)] {
                            put(format!("{side}_{name}_exp_events"), events);
                            put(format!("{side}_{name}_limit"), shown(x / events));
                        }
                    }
                }
                "rate" => {
                    put("Events".into(), x);
                    for (name, level) in levels {
                        let [fewest, most] = control_events(x, level);
                        for (side, events) in [("lower", most), ("upper", fewest)] {
                            put(format!("{side}_{name}_population_1_year"), events / average / years);
                            put(format!("{side}_{name}_limit"), x / (events / average) * per);
                        }
                    }
                    put("baseline".into(), average * per);
                }
                _ => return Err(wrong("statistic", self.arg("statistic"), "proportion, ratio or rate")),
            }
            let (label, method) = match statistic {
                "proportion" => ("proportion".to_owned(), "Wilson"),
                "ratio" => (format!("ratio ({})", self.word("ratio_type")), "Poisson"),
                _ => (format!("rate ({} per {})", self.word("rate_type"), thousands(per)), "Poisson"),
            };
            line.push(field(Part::Words, "statistic", label));
            line.push(field(Part::Words, "method", method));
            out.push(line);
        }
        Ok(self.finish(out))
    }

    fn overdispersion(&self) -> Result<Value, CaseError> {
        let case = self.word("data_type");
        let kind = match (case, self.word("sr_method")) {
            ("SR", "SHMI" | "") => Overdispersion::LogRatio,
            ("SR", "CQC") => Overdispersion::RootRatio,
            ("PR", _) => Overdispersion::Share,
            ("RC", _) => Overdispersion::CountRatio,
            ("SR", _) => return Err(wrong("sr_method", self.arg("sr_method"), "SHMI or CQC")),
            _ => return Err(wrong("data_type", self.arg("data_type"), "SR, PR or RC")),
        };
        let (tops, bottoms) = (self.numbers(&["numerator"])?, self.numbers(&["denominator"])?);
        let (_, names) = self.column(&["group"]).ok_or_else(|| CaseError::Missing("input.group".into()))?;
        same(&[("group", names.len()), ("numerator", tops.len()), ("denominator", bottoms.len())])?;
        // Rows of one organisation are added up, and organisations put in order.
        let mut units: Vec<(&Value, f64, f64)> = Vec::new();
        for (row, name) in names.iter().enumerate() {
            let (top, bottom) = (at(&tops, "numerator", row)?, at(&bottoms, "denominator", row)?);
            match units.iter_mut().find(|(known, ..)| *known == name) {
                Some((_, tops, bottoms)) => (*tops, *bottoms) = (*tops + top, *bottoms + bottom),
                None => units.push((name, top, bottom)),
            }
        }
        units.sort_by(|(a, ..), (b, ..)| order(a, b));
        // The mortality indicator publishes expected deaths to two places, and counts with those.
        let round = kind == Overdispersion::LogRatio && self.flag("SHMI_rounding", true)?;
        let rounded = |bottom: f64| if round { (bottom * 100.0).round_ties_even() / 100.0 } else { bottom };
        let points: Vec<(f64, f64)> = units.iter().map(|(_, top, bottom)| (*top, rounded(*bottom))).collect();
        let per = self.number("multiplier", 1.0)?;
        let mut funnel = overdispersed(&points, kind, self.number("trim_by", 0.1)?)?;
        let asked = self.flag("draw_adjusted", true)?;
        if !asked {
            (funnel.phi, funnel.tau2) = (0.0, 0.0);
        }
        let adjusted = asked && (funnel.phi > 1.0 || self.flag("draw_unadjusted", false)?);
        let mut limits = Map::new();
        for (prefix, adjusted) in [("od_", true), ("", false)] {
            for (name, level) in [("95", Confidence::P95), ("998", Confidence::P998)] {
                let found = funnel.limits(level, adjusted);
                for (end, side) in ["lower", "upper"].iter().enumerate() {
                    let ends = found.iter().map(|limits| cell(limits[end] * per)).collect();
                    limits.insert(format!("{prefix}{side}{name}"), ends);
                }
            }
        }
        let trimmed = if kind == Overdispersion::LogRatio { "truncated" } else { "winsorised" };
        let numbers = |values: &[f64]| Value::from(values.iter().map(|value| cell(*value)).collect::<Vec<_>>());
        Ok(json!({
            "phi": cell(funnel.phi),
            "tau2": cell(funnel.tau2),
            "draw_adjusted": adjusted,
            "target": null,
            "group": units.iter().map(|(name, ..)| (*name).clone()).collect::<Vec<_>>(),
            "rr": numbers(&funnel.values),
            "Uzscore": numbers(&funnel.z),
            "Wuzscore": funnel.trimmed.iter().map(|z| z.map(cell)).collect::<Vec<_>>(),
            trimmed: funnel.is_trimmed.iter().map(|trimmed| u8::from(*trimmed)).collect::<Vec<_>>(),
            "limits": limits,
        }))
    }
}

/// Value and limits, named as the package names them: one level plainly, several each with its own.
fn estimate(
    levels: &[Confidence],
    value: Option<f64>,
    mut limits: impl FnMut(Confidence) -> Option<Limits>,
) -> Vec<Field> {
    let mut fields = vec![field(Part::Value, "value", value.map(cell))];
    for &level in levels {
        let found = limits(level);
        let names = if levels.len() == 1 { ["lowercl", "uppercl"].map(str::to_owned) } else { limit_names(level) };
        for (i, (part, name)) in [Part::Lower, Part::Upper].into_iter().zip(names).enumerate() {
            fields.push(field(part, &name, found.map(|limits| cell(limits[i]))));
        }
    }
    fields
}

/// `lower95_0cl` and `upper95_0cl`.
fn limit_names(level: Confidence) -> [String; 2] {
    let share = format!("{:.1}", level.share() * 100.0).replace('.', "_");
    ["lower", "upper"].map(|side| format!("{side}{share}cl"))
}

fn method_of(rate: &Rate) -> &'static str {
    if rate.is_exact() { "Exact" } else { "Byars" }
}

/// Numbers before words, each in its order.
fn order(a: &Value, b: &Value) -> Ordering {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.as_str().unwrap_or("").cmp(b.as_str().unwrap_or("")),
    }
}

/// The first whole number in an age band: 10 of `10 - 14`, 90 of `90+`.
fn start_age(name: &str, row: usize, age: &Value) -> Result<u32, CaseError> {
    let found = match age {
        Value::String(text) => {
            let digits: String =
                text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        }
        age => age.as_f64().filter(|age| age.fract() == 0.0 && (0.0..=150.0).contains(age)).map(|age| age as u32),
    };
    found.ok_or_else(|| wrong(&format!("{name} row {}", row + 1), age, "an age, or a band that begins with one"))
}

/// The number of a row that must have one.
fn at(column: &Column, name: &str, row: usize) -> Result<f64, CaseError> {
    let cell = column.get(row).ok_or_else(|| unequal(name, column.len(), row + 1))?;
    cell.ok_or_else(|| wrong(&format!("{name} row {}", row + 1), &Value::Null, "a number"))
}

fn same(columns: &[(&str, usize)]) -> Result<(), CaseError> {
    let wanted = columns[0].1;
    match columns.iter().find(|(_, rows)| *rows != wanted) {
        Some((name, rows)) => Err(unequal(name, *rows, wanted)),
        None => Ok(()),
    }
}

fn unequal(field: &str, found: usize, wanted: usize) -> CaseError {
    CaseError::Rows { field: field.to_owned(), found, wanted }
}

fn wrong(field: &str, found: &Value, must: &'static str) -> CaseError {
    CaseError::Field { field: field.to_owned(), found: found.to_string(), must }
}

/// The same error, in the row where it stood.
fn in_row(error: HealthError, row: usize) -> HealthError {
    match error {
        HealthError::Number { what, value, must, .. } => HealthError::Number { row, what, value, must },
        other => other,
    }
}

/// A number as JSON: whole ones without a point; null when it is none.
fn cell(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 { Value::from(number as i64) } else { Value::from(number) }
}

/// A multiplier without an exponent: 100000.
fn fixed(number: f64) -> String {
    to_15(number).to_string()
}

/// 100,000.
fn thousands(number: f64) -> String {
    let whole = fixed(number);
    let (digits, rest) = whole.split_once('.').unwrap_or((&whole, ""));
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if rest.is_empty() { out } else { format!("{out}.{rest}") }
}

/// A number as R writes it: 15 digits, and with an exponent where that is shorter (1e+05).
fn r_number(number: f64) -> String {
    let number = to_15(number);
    let plain = number.to_string();
    let short = format!("{number:e}");
    let Some((digits, power)) = short.split_once('e') else { return plain };
    let sign = if power.starts_with('-') { '-' } else { '+' };
    let short = format!("{digits}e{sign}{:0>2}", power.trim_start_matches('-'));
    if short.len() < plain.len() { short } else { plain }
}

fn to_15(number: f64) -> f64 {
    format!("{number:.14e}").parse().unwrap_or(number)
}

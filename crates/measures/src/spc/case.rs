//! `catchment spc --json`: one case in, what is expected of it out, for pipelines in R and Python.

use super::counts::{self, CountsError, Family};
use super::{Better, Chart, Options, Point, Rebase, Rules, Signal, SpcError, benjamini_hochberg, xmr};
use serde_json::{Map, Value, json};
use thiserror::Error;

/// A case that has no answer.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CaseError {
    /// No such statistic.
    #[error(
        "the kind `{0}` is not one of xmr, chart_p, chart_pp, chart_u, chart_up, chart_c, chart_g, chart_t, chart_i, chart_mr, chart_run, benjamini_hochberg"
    )]
    Kind(String),
    /// A field that is absent or not what it should be.
    #[error("`{name}` {wrong}")]
    Field {
        /// Its name in the case.
        name: &'static str,
        /// What it should be.
        wrong: String,
    },
    /// Values or options that make no XmR chart.
    #[error("cannot draw the chart")]
    Xmr(#[from] SpcError),
    /// Counts that make no chart.
    #[error("cannot draw the chart")]
    Counts(#[from] CountsError),
}

/// Answers one case: an object with `kind` and `input` (or the fields of the input beside `kind`) gives an object with the
/// names that `expected` has in the published cases of that kind.
///
/// `xmr` follows NHSRplotthedots 0.2.2 and, under `making_data_count`, NHS England's rules; charts follow qicharts2 0.8.1. A
/// point without a value or limits has `null` where the package has `NA`; a series that never moves has limits at its mean.
///
/// ```
/// use serde_json::json;
/// let case = json!({"kind": "chart_c", "input": {"y": [5, 4, 1, 6, 1, 5, 2, 5], "n": null}});
/// assert_eq!(measures::spc::answer(&case)?["cl"][0], 3.625);
/// # Ok::<(), measures::spc::CaseError>(())
/// ```
///
/// # Errors
/// When the kind is unknown, a field is not what it should be, or the values make no chart.
pub fn answer(case: &Value) -> Result<Value, CaseError> {
    let input = if case["input"].is_object() { &case["input"] } else { case };
    let kind = case["kind"].as_str().ok_or_else(|| field("kind", "is not a word"))?;
    let family = match kind {
        "xmr" => return xmr_case(input),
        "benjamini_hochberg" | "fdr" => return discoveries(input),
        "chart_p" => Family::Share,
        "chart_pp" => Family::BigShare,
        "chart_u" => Family::Rate,
        "chart_up" => Family::BigRate,
        "chart_c" => Family::Counts,
        "chart_g" => Family::CasesBetween,
        "chart_t" => Family::TimeBetween,
        "chart_i" => Family::Single,
        "chart_mr" => Family::MovingRange,
        "chart_run" => Family::Run,
        // Funnels are answered where the other public-health statistics are.
        "funnel" => return Err(CaseError::Kind(kind.to_owned())),
        _ => return Err(CaseError::Kind(kind.to_owned())),
    };
    counts_case(family, input)
}

fn field(name: &'static str, wrong: impl Into<String>) -> CaseError {
    CaseError::Field { name, wrong: wrong.into() }
}

fn numbers(input: &Value, name: &'static str) -> Result<Vec<Option<f64>>, CaseError> {
    let values = input[name].as_array().ok_or_else(|| field(name, "is not a list of numbers"))?;
    let number = |(at, value): (usize, &Value)| match value {
        Value::Null => Ok(None),
        _ => value
            .as_f64()
            .map(Some)
            .ok_or_else(|| field(name, format!("has {value} at {}, which is no number", at + 1))),
    };
    values.iter().enumerate().map(number).collect()
}

fn whole(value: &Value, name: &'static str) -> Result<usize, CaseError> {
    let number = value.as_f64().filter(|number| *number >= 0.0 && number.fract() == 0.0 && *number < 1e9);
    number.map(|number| number as usize).ok_or_else(|| field(name, format!("has {value}, which is no whole number")))
}

fn optional<T>(value: &Value, read: impl Fn(&Value) -> Result<T, CaseError>) -> Result<Option<T>, CaseError> {
    if value.is_null() { Ok(None) } else { read(value).map(Some) }
}

fn xmr_case(input: &Value) -> Result<Value, CaseError> {
    let values = numbers(input, "values")?;
    check_dates(&input["dates"], values.len())?;
    let rebase: Vec<Rebase> = match &input["rebase_at_index0"] {
        Value::Null => Vec::new(),
        Value::Array(each) => {
            each.iter().map(|at| whole(at, "rebase_at_index0").map(Rebase::from)).collect::<Result<_, _>>()?
        }
        at => vec![whole(at, "rebase_at_index0")?.into()],
    };
    let package = Options {
        rules: Rules::NhsrPlotTheDots,
        better: match &input["improvement_direction"] {
            Value::Null => Better::Higher, // as the package has it
            word => match word.as_str() {
                Some("increase") => Better::Higher,
                Some("decrease") => Better::Lower,
                Some("neutral") => Better::Neither,
                _ => return Err(field("improvement_direction", "is not increase, decrease or neutral")),
            },
        },
        target: optional(&input["target"], |target| target.as_f64().ok_or_else(|| field("target", "is not a number")))?,
        rebase,
        fix_after: optional(&input["fix_after_n_points"], |points| whole(points, "fix_after_n_points"))?,
        screen_outliers: optional(&input["screen_outliers"], |screen| {
            screen.as_bool().ok_or_else(|| field("screen_outliers", "is not true or false"))
        })?,
        ..Options::default()
    };
    let ours = Options { rules: Rules::MakingDataCount, screen_outliers: None, ..package.clone() };
    let (package, ours) = (xmr(&values, &package)?, xmr(&values, &ours)?);
    // The package counts rebases up to a point: one at the very first makes it group 1.
    let group =
        |number: usize| number + usize::from(package.options.rebase.first().is_some_and(|rebase| rebase.at == 0));
    let ends = package.segments.iter().skip(1).map(|segment| segment.first).chain([values.len()]);
    let lines = |number: usize, chart: &Chart| {
        let segment = &chart.segments[number];
        let limit = |of: fn(&super::Limits) -> f64| segment.limits.as_ref().map(of);
        let fields = [
            ("rebase_group", json!(group(number))),
            ("mean", json!(segment.mean)),
            ("lpl", json!(limit(|l| l.lower))),
            ("upl", json!(limit(|l| l.upper))),
        ];
        fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect::<Map<_, _>>()
    };
    let segments: Vec<Value> = ends
        .enumerate()
        .map(|(number, end)| {
            let first = package.segments[number].first;
            let mut fields = lines(number, &package);
            fields.insert("first_index0".to_owned(), json!(first));
            fields.insert("n".to_owned(), json!(end - first));
            fields.insert("short".to_owned(), json!(end - first < super::FULL_LIMITS));
            fields.into()
        })
        .collect();
    let mut answer = Map::from_iter([("segments".to_owned(), json!(segments))]);
    answer.extend(columns(&package));
    answer.extend(icons(&package));
    let mut count = Map::from_iter([(
        "segments".to_owned(),
        (0..ours.segments.len()).map(|number| Value::from(lines(number, &ours))).collect(),
    )]);
    count.extend(columns(&ours).into_iter().filter(|(name, _)| name == "point_type"));
    count.extend(icons(&ours));
    count.insert("icons_shown".to_owned(), json!(ours.is_shown()));
    answer.insert("making_data_count".to_owned(), count.into());
    Ok(answer.into())
}

/// Dates, where they are given, are one a value and in order, each once.
fn check_dates(dates: &Value, values: usize) -> Result<(), CaseError> {
    let Some(dates) = dates.as_array() else {
        return if dates.is_null() { Ok(()) } else { Err(field("dates", "is not a list")) };
    };
    if dates.len() != values {
        return Err(field("dates", format!("has {} periods for {values} values", dates.len())));
    }
    let in_order = |pair: &[Value]| pair[0].as_str().zip(pair[1].as_str()).is_none_or(|(before, after)| before < after);
    match dates.windows(2).position(|pair| !in_order(pair)) {
        Some(at) => Err(field(
            "dates",
            format!("has {} at {}, which does not come after the one before", dates[at + 1], at + 2),
        )),
        None => Ok(()),
    }
}

/// The points of a chart as columns, named as `NHSRplotthedots` names them; what rests on a missing value or limit is null.
pub(super) fn columns(chart: &Chart) -> Vec<(String, Value)> {
    let each = |column: &dyn Fn(&Point) -> Value| chart.points.iter().map(column).collect::<Value>();
    let judged = |point: &Point| point.value.is_some() && chart.segments[point.segment].limits.is_some();
    let flag = |point: &Point, flag: bool| judged(point).then_some(flag).into();
    let columns = [
        ("outside_limits", each(&|point| flag(point, point.outside))),
        ("relative_to_mean", each(&|point| json!(point.relative_to_mean()))),
        ("close_to_limits", each(&|point| flag(point, point.beyond_near && !point.outside))),
        ("special_cause_type", each(&|point| json!(point.signal().map_or("Common Cause", Signal::label)))),
        ("point_type", each(&|point| json!(point.variation.point_type()))),
    ];
    columns.map(|(name, value)| (name.to_owned(), value)).into()
}

fn icons(chart: &Chart) -> [(String, Value); 2] {
    [
        ("variation_icon".to_owned(), json!(chart.variation().name())),
        ("assurance_icon".to_owned(), json!(chart.assurance().map(super::Assurance::name))),
    ]
}

fn counts_case(family: Family, input: &Value) -> Result<Value, CaseError> {
    let y = numbers(input, "y")?;
    let n = if input["n"].is_null() { Vec::new() } else { numbers(input, "n")? };
    let frozen = optional(&input["freeze"], |points| whole(points, "freeze"))?;
    let chart = counts::draw(family, &y, &n, frozen)?;
    let outside: Vec<usize> = chart.outside().collect();
    // Without a value off the centre line there is no run to speak of.
    let runs = |count: usize| (chart.runs.useful > 0).then_some(count);
    let limit = |of: fn((f64, f64)) -> f64| chart.limits.iter().map(|limits| json!(limits.map(of))).collect::<Value>();
    Ok(json!({
        "y": chart.values,
        "cl": vec![chart.centre; chart.values.len()],
        "lcl": limit(|(lower, _)| lower),
        "ucl": limit(|(_, upper)| upper),
        "sigma_signal": (0..chart.values.len()).map(|at| outside.contains(&at)).collect::<Vec<_>>(),
        "runs_signal": chart.has_run(),
        "n_useful": chart.runs.useful,
        "longest_run": runs(chart.runs.longest),
        "longest_run_max": runs(chart.runs.longest_most),
        "n_crossings": runs(chart.runs.crossings),
        "n_crossings_min": runs(chart.runs.crossings_least),
    }))
}

fn discoveries(input: &Value) -> Result<Value, CaseError> {
    let p = numbers(input, "p")?;
    let chance = |(at, p): (usize, Option<f64>)| {
        p.filter(|p| (0.0..=1.0).contains(p)).ok_or_else(|| field("p", format!("is not between 0 and 1 at {}", at + 1)))
    };
    let p = p.into_iter().enumerate().map(chance).collect::<Result<Vec<f64>, _>>()?;
    let share = optional(&input["alpha"], |share| share.as_f64().ok_or_else(|| field("alpha", "is not a number")))?;
    let adjusted = benjamini_hochberg(&p);
    let reject: Vec<bool> = adjusted.iter().map(|p| *p <= share.unwrap_or(0.05)).collect();
    Ok(json!({ "adjusted": adjusted, "reject": reject }))
}

//! One JSON object in, one out: a queue, a network or a place described by its parameters, as a pipeline sends it.
//!
//! The object has the shape of a reference case without its answers: `model` in words, `parameters`, `run` (the budget), and
//! maybe `tolerance`, whose names are then what is asked for. What is printed comes from the simulator; a closed form is a
//! check and never the answer. A parameter that is not understood is an error, and never left out in silence.
//!
//! ```
//! let answer = foresee::simulate::case::answer(r#"{
//!     "model": "M/M/1 FIFO",
//!     "parameters": {"arrival_rate": 0.5, "service_rate": 1.0, "servers": 1},
//!     "run": {"customers_per_replication": 2000, "replications": 20},
//!     "tolerance": {"mean_number": ["rel", 0.1]}
//! }"#).unwrap();
//! assert!(answer.starts_with(r#"{"mean_number":"#));
//! ```

mod build;
mod outputs;
mod series;
mod words;

use super::model::{Capacity, Model};
use super::trust::{Moments, interval, paired};
use super::{Options, analytic, run};
use build::{Budget, Built, Variant};
use outputs::{Ask, Layout, Over};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use words::Words;

/// Why a case could not be answered.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// Not one JSON object.
    #[error("cannot read the case as one JSON object")]
    Json(#[from] serde_json::Error),
    /// A law of times that is unknown or lacks a number.
    #[error("no law of times is known as {law}")]
    Law {
        /// As it was written.
        law: String,
    },
    /// A formula that cannot be worked out.
    #[error("cannot work out the formula \"{text}\"")]
    Formula {
        /// As it was written.
        text: String,
    },
    /// Something that the case must say and does not.
    #[error("the case does not say {what}")]
    Missing {
        /// What is missing.
        what: String,
    },
    /// Parameters or names of answers that mean nothing here.
    #[error("not understood: {}", names.join(", "))]
    NotUnderstood {
        /// Which.
        names: Vec<String>,
    },
    /// Answers that were asked for, of which the runs say nothing: nobody came, or nothing of the kind happened.
    #[error("the runs say nothing of {}", names.join(", "))]
    NoValue {
        /// Which.
        names: Vec<String>,
    },
    /// A model file that is neither here nor beside us.
    #[error("no model file {file} is at hand")]
    NoFile {
        /// Its name.
        file: String,
    },
    /// A model that makes no sense, or did not run.
    #[error("{reason}")]
    Model {
        /// Why.
        reason: String,
    },
}

impl CaseError {
    fn missing(what: &str) -> Self {
        CaseError::Missing { what: what.to_owned() }
    }
}

/// Answers one case: JSON in, JSON out. A model file is known only when it is `network10.json`.
///
/// # Errors
/// A case that cannot be read, or says what is not understood.
pub fn answer(json: &str) -> Result<String, CaseError> {
    answer_with(json, |_| None)
}

/// As [`answer`], with a way to read a model file by its name.
///
/// # Errors
/// As [`answer`].
pub fn answer_with(json: &str, read: impl Fn(&str) -> Option<String>) -> Result<String, CaseError> {
    let values = replicate(json, read, None)?.into_iter().map(|(name, answer)| (name, Value::from(answer.value)));
    Ok(Value::Object(values.collect()).to_string())
}

/// One answer and, where it is a mean of replications, their values.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What is printed.
    pub value: f64,
    /// By replication; empty for what is no mean of replications.
    pub replications: Vec<f64>,
}

/// The answers of a case by name, with the values of each replication; `most` caps the replications.
///
/// # Errors
/// As [`answer`].
pub fn replicate(
    json: &str,
    read: impl Fn(&str) -> Option<String>,
    most: Option<usize>,
) -> Result<BTreeMap<String, Answer>, CaseError> {
    let case: Map<String, Value> = serde_json::from_str(json)?;
    let object = |key: &str| case.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
    let parameters = object("parameters");
    let said: Vec<&str> = ["name", "model", "note"].iter().filter_map(|key| case.get(*key)?.as_str()).collect();
    let said = said.into_iter().chain(parameters.values().filter_map(Value::as_str)).collect::<Vec<_>>().join("; ");
    let wanted: Vec<String> = match case.get("tolerance").or_else(|| case.get("outputs")) {
        Some(Value::Object(names)) => names.keys().cloned().collect(),
        Some(Value::Array(names)) => names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    };
    let words = Words::new(parameters, &said);
    let run_words = Words::new(object("run"), "");
    let mut budget = Budget::new(&run_words);
    if let Some(most) = most {
        budget.replications = budget.replications.min(most);
    }
    let is_series = run_words.flag(&["deterministic"]) == Some(true)
        || words.says("deterministic:")
        || words.has(&["series", "data", "values", "observations"]);
    if is_series && let Some(said) = series::answers(&words)? {
        let answers =
            said.into_iter().map(|(name, value)| (name, Answer { value, replications: Vec::new() })).collect();
        return only(answers, &wanted);
    }
    if let Some(model) = given(&case, &words, &read)? {
        let changed = altered(&model, &words)?;
        let built = |model: Model| Built { stations: model.services.len(), cycle: 24.0 / model.unit.hours(), model };
        return match wanted.iter().any(|name| difference_of(name).is_some()) {
            true => differences([built(model), built(changed)], &budget, &wanted),
            false => only(simulate(&built(changed), &budget, &wanted)?, &wanted),
        };
    }
    if wanted.iter().any(|name| name == "coverage") {
        return coverage(&words, &run_words, &budget);
    }
    if let Some(change) = CHANGED.iter().find_map(|key| words.get(key)?.as_object()) {
        let mut base = object("parameters");
        CHANGED.iter().chain(&["base"]).for_each(|key| {
            base.remove(*key);
        });
        base.extend(words.get("base").and_then(Value::as_object).cloned().unwrap_or_default());
        let mut changed = base.clone();
        changed.extend(change.clone());
        let build = |parameters| build::model(&Words::new(parameters, &said), &budget, &Variant::default());
        return differences([build(base)?, build(changed)?], &budget, &wanted);
    }
    let mut answers = BTreeMap::new();
    for (variant, names) in variants(&words, &wanted, budget.is_by_day()) {
        let built = build::model(&words, &budget, &variant)?;
        let unused = words.unused();
        if !unused.is_empty() {
            return Err(CaseError::NotUnderstood { names: unused });
        }
        let plain: Vec<String> = names.iter().map(|(_, name)| name.clone()).collect();
        let mut said = simulate(&built, &budget, &plain)?;
        if names.is_empty() {
            answers.append(&mut said);
        }
        for (name, plain) in names {
            if let Some(answer) = said.get(&plain) {
                answers.insert(name, answer.clone());
            }
        }
    }
    only(answers, &wanted)
}

/// The model itself, where the case gives it whole: as an object, as TOML, or by the name of a file.
fn given(
    case: &Map<String, Value>,
    words: &Words,
    read: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Model>, CaseError> {
    let reason = |error: String| CaseError::Model { reason: error };
    if let Some(model @ Value::Object(_)) = case.get("model") {
        return Model::from_json(&model.to_string()).map(Some).map_err(|error| reason(error.to_string()));
    }
    let toml = case
        .get("model_toml")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .or_else(|| words.get("model_toml")?.as_str().map(str::to_owned));
    if let Some(toml) = toml {
        return Model::from_toml(&toml).map(Some).map_err(|error| reason(error.to_string()));
    }
    let Some(file) = words.get("model_file").or_else(|| case.get("model_file")).and_then(Value::as_str) else {
        return Ok(None);
    };
    match read(file) {
        Some(text) if file.ends_with(".toml") => {
            Model::from_toml(&text).map(Some).map_err(|error| reason(error.to_string()))
        }
        Some(text) => match Model::from_json(&text) {
            Ok(model) => Ok(Some(model)),
            Err(error) => nodes(&text).ok_or_else(|| reason(error.to_string())).map(Some),
        },
        None if file.trim_end_matches(".json").trim_end_matches(".toml") == "network10" => {
            Model::from_toml(NETWORK10).map(Some).map_err(|error| reason(error.to_string()))
        }
        None => Err(CaseError::NoFile { file: file.to_owned() }),
    }
}

/// The ten-node place of the reference, in our own words.
const NETWORK10: &str = include_str!("case/network10.toml");

/// A network written as a list of nodes (`servers`, `queue`, `service`, hourly `arrivals`, `routing` by name).
fn nodes(text: &str) -> Option<Model> {
    use super::model::{Route, Service, Source, WarmUp};
    let file: Value = serde_json::from_str(text).ok()?;
    let mut model = Model {
        name: file["name"].as_str().unwrap_or("network").to_owned(),
        horizon: file["horizon"].as_f64()?,
        warm_up: file["warmup"].as_f64().map(WarmUp::Time),
        ..Model::default()
    };
    for node in file["nodes"].as_array()? {
        let name = node["name"].as_str()?.to_owned();
        let parameters = Map::from_iter([("service".to_owned(), node["service"].clone())]);
        let stay = Words::new(parameters, "").law(&["service"], 0, "").ok()??;
        if let Some(rates) = node["arrivals"].as_array() {
            model.sources.push(Source {
                name: name.clone(),
                to: name.clone(),
                rates: rates.iter().map(Value::as_f64).collect::<Option<_>>()?,
                every: Some(24.0),
                ..Source::default()
            });
        }
        let routes = node["routing"].as_object()?.iter();
        model.services.push(Service {
            name,
            capacity: node["servers"].as_u64().map(|servers| Capacity::Fixed(servers as u32)),
            queue: node["queue"].as_u64().map(|places| places as u32),
            stay: Some(serde_json::from_value(stay).ok()?),
            routes: routes
                .filter_map(|(to, share)| Some(Route { to: to.clone(), share: share.as_f64()?, ..Route::default() }))
                .collect(),
            ..Service::default()
        });
    }
    Some(model)
}

/// The runs that a case needs, each with the names it answers: (as asked, as the model knows it). No names: all.
fn variants(words: &Words, wanted: &[String], every_cycle: bool) -> Vec<(Variant, Vec<(String, String)>)> {
    let mut variants: Vec<(Variant, Vec<(String, String)>)> = Vec::new();
    let mut add =
        |variant: Variant, name: &str, plain: &str| match variants.iter_mut().find(|(known, _)| *known == variant) {
            Some((_, names)) => names.push((name.to_owned(), plain.to_owned())),
            None => variants.push((variant, vec![(name.to_owned(), plain.to_owned())])),
        };
    // "stations": [2, 3] are several lines; throughput_3 is of the line of three.
    let lines = words.lists(&["stations", "line_lengths"]).unwrap_or_default();
    let mut names = wanted.to_vec();
    if names.is_empty() && !lines.is_empty() {
        names = lines.iter().map(|line| format!("throughput_{line}")).collect();
    }
    if names.is_empty() && words.says("deadlock") {
        names = vec!["mean_time_to_deadlock_from_empty".to_owned()];
    }
    if names.is_empty() && (words.has(&["breaks"]) && !words.has(&["service_rate", "service_mean", "service"])) {
        let breaks = words.lists(&["breaks"]).unwrap_or_default();
        let windows = breaks
            .windows(2)
            .flat_map(|ends| ["mean_count", "variance_to_mean"].map(|what| format!("{what}_{}_{}", ends[0], ends[1])));
        names = windows.collect();
    }
    if names.is_empty() && words.has(&["initial"]) {
        let times = words.lists(&["times", "at"]).unwrap_or_else(|| vec![1.0, 2.0, 5.0, 10.0, 20.0, 40.0]);
        names = times.iter().map(|time| format!("mean_number_at_{time}")).collect();
    }
    if names.is_empty() && words.has(&["hourly_staff", "hourly_arrival_rate", "hourly_rates", "amplitude"]) {
        names = (0..24).map(|hour| format!("mean_number_at_h{hour}")).collect();
    }
    let elapsed = words.lists(&["elapsed", "elapsed_h", "ages"]).unwrap_or_default();
    let line_of = |name: &str| lines.iter().map(|line| *line as usize).find(|line| name.ends_with(&format!("_{line}")));
    for name in &names {
        if let Some(from) = name.split("to_deadlock").nth(1) {
            let from = from.trim_start_matches("_from").trim_start_matches('_');
            let initial: Vec<u32> = from.split('_').filter_map(|number| number.parse().ok()).collect();
            let initial =
                if from == "empty" { Some(vec![0]) } else { Some(initial).filter(|initial| !initial.is_empty()) };
            add(Variant { to_deadlock: true, initial, ..Variant::default() }, name, "mean_time_to_deadlock");
        } else if let Some(elapsed) = elapsed.iter().find(|elapsed| {
            ["residual", "remaining", "rest"].iter().any(|word| name.contains(word))
                && name.ends_with(&format!("_{elapsed}"))
        }) {
            let plain = name.trim_end_matches(&format!("_{elapsed}"));
            let plain =
                ["_at", "_from", "_given", "_after"].iter().fold(plain, |plain, word| plain.trim_end_matches(word));
            add(Variant { elapsed: Some(*elapsed), ..Variant::default() }, name, plain);
        } else if let Some(line) = line_of(name) {
            let plain = name.trim_end_matches(&format!("_{line}"));
            add(Variant { line: Some(line), ..Variant::default() }, name, plain);
        } else {
            // An instant of the run itself ends the run; one of a cycle (an hour) does not.
            add(Variant { last: outputs::last_instant(name, every_cycle), ..Variant::default() }, name, name);
        }
    }
    // One run serves every instant.
    let last = variants
        .iter()
        .filter_map(|(variant, _)| variant.last)
        .fold(None, |a: Option<f64>, b| Some(a.map_or(b, |a| a.max(b))));
    if let Some(last) = last {
        let (timed, mut rest): (Vec<_>, Vec<_>) = variants.into_iter().partition(|(variant, _)| variant.last.is_some());
        rest.push((
            Variant { last: Some(last), ..Variant::default() },
            timed.into_iter().flat_map(|(_, names)| names).collect(),
        ));
        variants = rest;
    }
    if variants.is_empty() {
        variants.push((Variant::default(), Vec::new()));
    }
    variants
}

/// Leaves what was asked for, and says what could not be answered.
fn only(mut answers: BTreeMap<String, Answer>, wanted: &[String]) -> Result<BTreeMap<String, Answer>, CaseError> {
    let silent: Vec<String> = wanted.iter().filter(|name| !answers.contains_key(*name)).cloned().collect();
    if !silent.is_empty() {
        return Err(CaseError::NoValue { names: silent });
    }
    if !wanted.is_empty() {
        answers.retain(|name, _| wanted.contains(name));
    }
    Ok(answers)
}

/// Runs a model for the answers wanted (all, when none is named).
fn simulate(built: &Built, budget: &Budget, wanted: &[String]) -> Result<BTreeMap<String, Answer>, CaseError> {
    let mut layout = Layout::of(&built.model, built.stations, built.cycle);
    let asks: BTreeMap<String, Ask> = match wanted.is_empty() {
        true => outputs::all(&layout, budget.is_by_day()),
        false => {
            let named = wanted.iter().map(|name| (name, Ask::of(name, &layout, budget.is_by_day())));
            let unknown: Vec<String> =
                named.clone().filter(|(_, ask)| ask.is_none()).map(|(name, _)| name.clone()).collect();
            if !unknown.is_empty() {
                return Err(CaseError::NotUnderstood { names: unknown });
            }
            named.filter_map(|(name, ask)| Some((name.clone(), ask?))).collect()
        }
    };
    let values = values(&built.model, budget, &mut layout, &asks)?;
    Ok(asks
        .into_iter()
        .zip(values)
        .filter_map(|((name, ask), replications)| {
            let seen: Moments = replications.iter().copied().collect();
            let value = match ask.over() {
                Over::Mean => seen.mean,
                Over::Variance => seen.variance(),
                Over::VarianceToMean => seen.variance() / seen.mean,
            };
            let replications = if ask.over() == Over::Mean { replications } else { Vec::new() };
            (seen.count > 0 && value.is_finite()).then_some((name, Answer { value, replications }))
        })
        .collect())
}

/// The value of each ask in each replication that has one.
fn values(
    model: &Model,
    budget: &Budget,
    layout: &mut Layout,
    asks: &BTreeMap<String, Ask>,
) -> Result<Vec<Vec<f64>>, CaseError> {
    let mut instants: Vec<f64> = asks.values().flat_map(Ask::instants).filter(|time| *time > 0.0).collect();
    if instants.is_empty() && asks.values().any(Ask::needs_looks) {
        // Often enough that what lies between is no news.
        const LOOKS: u32 = 5000;
        let from = model.warm_up_time();
        instants = (1..LOOKS).map(|look| from + (model.horizon - from) * f64::from(look) / f64::from(LOOKS)).collect();
    }
    instants.sort_by(f64::total_cmp);
    instants.dedup();
    layout.instants = instants.clone();
    let hours: Vec<f64> = asks.values().filter_map(Ask::hour).collect();
    let options = Options {
        at: instants,
        profile: (!hours.is_empty()).then(|| (layout.cycle, step(layout.cycle, &hours))),
        ..Options::default()
    };
    let layout = &*layout;
    let rows = run::each(model, budget.seed, budget.replications, &options, |outcome| {
        asks.values().map(|ask| ask.value(outcome, layout)).collect::<Vec<_>>()
    })
    .map_err(|error| CaseError::Model { reason: error.to_string() })?;
    Ok((0..asks.len()).map(|ask| rows.iter().filter_map(|row| row[ask]).collect()).collect())
}

/// The longest step of a profile, an equal part of the cycle, that begins at every hour asked for.
fn step(cycle: f64, hours: &[f64]) -> f64 {
    let parts = (1..=1440u32).map(|parts| cycle / f64::from(parts));
    let fits = |step: f64| hours.iter().all(|hour| ((hour / step).round() * step - hour).abs() < 1e-9 * cycle);
    parts.filter(|step| *step <= cycle / 24.0).find(|step| fits(*step)).unwrap_or(cycle / 1440.0)
}

impl Layout {
    fn of(model: &Model, stations: usize, cycle: f64) -> Layout {
        let index = |name: &str| model.services.iter().position(|service| service.name == name).unwrap_or(0);
        Layout {
            services: model.services.iter().map(|service| service.name.clone()).collect(),
            stations,
            classes: model.class_names().len(),
            capacity: model
                .services
                .iter()
                .map(|service| service.capacity.as_ref().and_then(Capacity::mean).unwrap_or(0.0))
                .collect(),
            sources: model.sources.iter().map(|source| index(&source.to)).collect(),
            starts: model.start.iter().map(|present| f64::from(present.people)).sum(),
            is_closed: model
                .sources
                .iter()
                .any(|source| source.population.is_some() && source.rate == Some(build::AT_ONCE)),
            has_units: model.services.iter().any(|service| !service.units.is_empty()),
            has_home: model.service("home").is_some(),
            instants: Vec::new(),
            cycle,
        }
    }
}

/// How often the interval of a mean holds the truth: as many experiments as `run` says, each with its own replications. The
/// truth is the closed form of the queue, which must have one.
fn coverage(words: &Words, run_words: &Words, budget: &Budget) -> Result<BTreeMap<String, Answer>, CaseError> {
    let built = build::model(words, budget, &Variant::default())?;
    let confidence = words.number(&["confidence", "level"]).unwrap_or(0.95);
    let measure = words.word(&["measure", "output", "statistic"]).unwrap_or("mean_number".to_owned());
    let experiments = run_words
        .number(&["experiments", "macro_replications", "repetitions", "intervals", "trials"])
        .or(words.number(&["experiments", "macro_replications", "repetitions", "intervals", "trials"]))
        .unwrap_or(400.0) as usize;
    let truth =
        truth(&built.model, &measure).ok_or_else(|| CaseError::missing("a queue whose mean is known exactly"))?;
    let mut layout = Layout::of(&built.model, built.stations, built.cycle);
    let ask =
        Ask::of(&measure, &layout, false).ok_or_else(|| CaseError::NotUnderstood { names: vec![measure.clone()] })?;
    let mut all = budget.clone();
    all.replications *= experiments;
    let values = values(&built.model, &all, &mut layout, &BTreeMap::from([(measure, ask)]))?;
    let held =
        values[0].chunks_exact(budget.replications).filter(|values| interval(values, confidence).holds(truth)).count();
    let value = held as f64 / experiments as f64;
    Ok(BTreeMap::from([("coverage".to_owned(), Answer { value, replications: Vec::new() })]))
}

/// The exact mean of a queue of one service, where theory has it.
fn truth(model: &Model, measure: &str) -> Option<f64> {
    let (source, service) = (model.sources.first()?, model.services.first()?);
    let (rate, stay) = (source.rate?, service.stay.as_ref()?);
    let servers = service.capacity.as_ref()?.most();
    let is_exponential = matches!(stay, super::Distribution::Exponential { .. });
    let (wait, busy) = match servers {
        _ if is_exponential => {
            let patience = service.patience.as_ref().map_or(0.0, |patience| 1.0 / patience.mean());
            let queue = analytic::birth_death(rate, 1.0 / stay.mean(), servers, service.queue, patience)?;
            (queue.wait, queue.busy)
        }
        1 => (analytic::pollaczek_khinchine(rate, stay.mean(), stay.cv())?, rate * stay.mean()),
        _ => return None,
    };
    match measure {
        "mean_wait" => Some(wait),
        "mean_queue" => Some(wait * rate),
        "mean_number" => Some(wait * rate + busy),
        "mean_sojourn" => Some(wait + stay.mean()),
        "mean_busy" => Some(busy),
        _ => None,
    }
}

/// Keys under which a case says what is changed.
const CHANGED: [&str; 8] = ["changed", "change", "changes", "alternative", "scenario", "overrides", "override", "with"];

/// A given model with what the parameters change in it: `{"HOME": {"servers": 392}}`, `{"HOME.servers": 392}` or `HOME_servers`
/// beside the file's name. A number in quotes with a sign is added.
fn altered(model: &Model, words: &Words) -> Result<Model, CaseError> {
    let mut model = model.clone();
    let mut set = |service: &str, field: &str, value: &Value| -> Option<()> {
        let service = model.services.iter_mut().find(|known| known.name.eq_ignore_ascii_case(service))?;
        let now = match field {
            "servers" | "capacity" | "beds" | "slots" | "units" => service.capacity.as_ref().map(Capacity::most),
            "queue" | "queue_places" => service.queue,
            _ => return None,
        };
        let number = match value {
            Value::String(text) if text.starts_with(['+', '-']) => f64::from(now?) + text.parse::<f64>().ok()?,
            Value::String(text) => text.parse().ok()?,
            value => value.as_f64()?,
        };
        match field {
            "queue" | "queue_places" => service.queue = Some(number as u32),
            _ => service.capacity = Some(Capacity::Fixed(number as u32)),
        }
        Some(())
    };
    let split = |key: &str| key.rsplit_once(['.', '_']).map(|(service, field)| (service.to_owned(), field.to_owned()));
    let mut unknown = Vec::new();
    for key in words.unused() {
        let Some(value) = words.get(&key) else { continue };
        let is_done = match (value, CHANGED.contains(&key.as_str())) {
            (Value::Object(changes), true) => changes.iter().all(|(service, value)| match value {
                Value::Object(fields) => fields.iter().all(|(field, value)| set(service, field, value).is_some()),
                value => set(service, "capacity", value)
                    .or_else(|| split(service).and_then(|(service, field)| set(&service, &field, value)))
                    .is_some(),
            }),
            (value, _) => split(&key).and_then(|(service, field)| set(&service, &field, value)).is_some(),
        };
        if !is_done {
            unknown.push(key);
        }
    }
    if unknown.is_empty() { Ok(model) } else { Err(CaseError::NotUnderstood { names: unknown }) }
}

/// What is said of a pair of runs.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Said {
    Difference,
    Reduction,
    VarianceRatio,
    HalfWidth,
    Correlation,
    Base,
    Changed,
}

/// Which answer a name of a pair of runs is about, and what it says of it: `ED_blocked_h_difference`,
/// `variance_ratio_mean_wait`. Nothing but the saying: of the mean wait.
fn difference_of(name: &str) -> Option<(String, Said)> {
    const WORDS: [(&str, Said); 16] = [
        ("mean_difference", Said::Difference),
        ("paired_difference", Said::Difference),
        ("difference", Said::Difference),
        ("delta", Said::Difference),
        ("mean_reduction", Said::Reduction),
        ("reduction", Said::Reduction),
        ("gain", Said::Reduction),
        ("variance_ratio", Said::VarianceRatio),
        ("variance_reduction", Said::VarianceRatio),
        ("half_width", Said::HalfWidth),
        ("correlation", Said::Correlation),
        ("base", Said::Base),
        ("without", Said::Base),
        ("changed", Said::Changed),
        ("alternative", Said::Changed),
        ("with", Said::Changed),
    ];
    WORDS.into_iter().find_map(|(word, said)| {
        let inner = match name {
            name if name == word => "mean_wait",
            name => name
                .strip_prefix(word)
                .and_then(|rest| rest.strip_prefix('_'))
                .or_else(|| name.strip_suffix(word)?.strip_suffix('_'))?,
        };
        Some((inner.trim_start_matches("in_").trim_start_matches("of_").to_owned(), said))
    })
}

/// Two runs on the same people: one as it is, one with the change, compared replication by replication.
fn differences(sides: [Built; 2], budget: &Budget, wanted: &[String]) -> Result<BTreeMap<String, Answer>, CaseError> {
    let by_day = budget.is_by_day();
    let layout = Layout::of(&sides[0].model, sides[0].stations, sides[0].cycle);
    let asked: Vec<(String, Ask, Said)> = match wanted.is_empty() {
        true => outputs::all(&layout, by_day)
            .into_iter()
            .flat_map(|(name, ask)| {
                [("", Said::Base), ("_difference", Said::Difference), ("_variance_ratio", Said::VarianceRatio)]
                    .map(|(end, said)| (format!("{name}{end}"), ask.clone(), said))
            })
            .collect(),
        false => wanted
            .iter()
            .map(|name| {
                let (inner, said) = difference_of(name).unwrap_or((name.clone(), Said::Base));
                let ask =
                    Ask::of(&inner, &layout, by_day).or_else(|| Ask::of(&format!("mean_{inner}"), &layout, by_day));
                ask.map(|ask| (name.clone(), ask, said))
                    .ok_or_else(|| CaseError::NotUnderstood { names: vec![name.clone()] })
            })
            .collect::<Result<_, _>>()?,
    };
    let asks: BTreeMap<String, Ask> = asked.iter().map(|(name, ask, _)| (name.clone(), ask.clone())).collect();
    let mut seen = Vec::new();
    for side in &sides {
        let mut layout = Layout::of(&side.model, side.stations, side.cycle);
        seen.push(
            asks.keys().cloned().zip(values(&side.model, budget, &mut layout, &asks)?).collect::<BTreeMap<_, _>>(),
        );
    }
    let mut answers = BTreeMap::new();
    for (name, _, said) in asked {
        let (base, changed) = (&seen[0][&name], &seen[1][&name]);
        let pair = paired(base, changed, 0.95);
        let each = || base.iter().zip(changed).map(|(base, changed)| changed - base);
        let (value, replications) = match said {
            Said::Difference => (pair.difference.mean, each().collect()),
            Said::Reduction => (-pair.difference.mean, each().map(|difference| -difference).collect()),
            Said::VarianceRatio => (pair.variance_ratio, Vec::new()),
            Said::HalfWidth => (pair.difference.half_width, Vec::new()),
            Said::Correlation => (pair.correlation, Vec::new()),
            Said::Base => (Moments::of(base).mean, base.clone()),
            Said::Changed => (Moments::of(changed).mean, changed.clone()),
        };
        if value.is_finite() {
            answers.insert(name, Answer { value, replications });
        }
    }
    only(answers, wanted)
}

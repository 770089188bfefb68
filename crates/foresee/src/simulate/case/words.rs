//! What a case says, looked up by name, with a note of every key that was understood: one that was not is an error and never
//! a silent default.

use super::CaseError;
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// The parameters and the words of one case.
pub(super) struct Words {
    parameters: Map<String, Value>,
    text: String,
    used: RefCell<BTreeSet<String>>,
}

/// Letters of the textbooks, and the words for them.
const SYMBOLS: &[(&str, &str)] = &[
    ("lambda", "arrival_rate"),
    ("lam", "arrival_rate"),
    ("lambdas", "arrival_rates"),
    ("mu", "service_rate"),
    ("mus", "service_rates"),
    ("sigma", "service_sigma"),
    ("theta", "patience_rate"),
    ("c", "servers"),
    ("K", "capacity"),
    ("N", "population"),
];

impl Words {
    pub(super) fn new(mut parameters: Map<String, Value>, text: &str) -> Self {
        let is_lognormal = parameters.contains_key("sigma");
        for (symbol, key) in SYMBOLS {
            let key = if is_lognormal && *symbol == "mu" { "service_mu" } else { key };
            if !parameters.contains_key(key)
                && let Some(value) = parameters.remove(*symbol)
            {
                parameters.insert(key.to_owned(), value);
            }
        }
        Words { parameters, text: text.to_lowercase(), used: RefCell::default() }
    }

    /// The words of the model, in small letters.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the words hold this phrase.
    pub(super) fn says(&self, phrase: &str) -> bool {
        self.text.contains(phrase)
    }

    /// Whether the words hold one of these phrases.
    pub(super) fn says_any(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.says(phrase))
    }

    /// Whether the case has one of these keys.
    pub(super) fn has(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.parameters.contains_key(*key))
    }

    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        let value = self.parameters.get(key)?;
        self.used.borrow_mut().insert(key.to_owned());
        Some(value)
    }

    pub(super) fn any(&self, keys: &[&str]) -> Option<&Value> {
        keys.iter().find_map(|key| self.get(key))
    }

    /// The first of these keys that holds a number.
    pub(super) fn number(&self, keys: &[&str]) -> Option<f64> {
        keys.iter()
            .filter(|key| self.parameters.get(**key).is_some_and(Value::is_number))
            .find_map(|key| self.get(key)?.as_f64())
    }

    /// The first of these keys that holds a number, or the number at `index` of a list.
    pub(super) fn at(&self, keys: &[&str], index: usize) -> Option<f64> {
        keys.iter().find_map(|key| match self.get(key)? {
            Value::Array(values) => values.get(index)?.as_f64(),
            value => value.as_f64(),
        })
    }

    /// A list of numbers under this key, or the numbers of an object in its order.
    pub(super) fn list(&self, key: &str) -> Option<Vec<f64>> {
        let values = numbers(self.parameters.get(key)?)?;
        self.get(key);
        Some(values)
    }

    pub(super) fn lists(&self, keys: &[&str]) -> Option<Vec<f64>> {
        keys.iter().find_map(|key| self.list(key))
    }

    /// A list of lists of numbers; an object is the list of what it holds.
    pub(super) fn matrix(&self, keys: &[&str]) -> Option<Vec<Vec<f64>>> {
        keys.iter().find_map(|key| {
            let rows = match self.parameters.get(*key)? {
                Value::Array(rows) => rows.iter().map(numbers).collect::<Option<Vec<_>>>()?,
                Value::Object(rows) => rows.values().map(numbers).collect::<Option<Vec<_>>>()?,
                _ => return None,
            };
            self.get(key);
            (!rows.is_empty()).then_some(rows)
        })
    }

    pub(super) fn word(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| self.parameters.get(*key)?.as_str().map(|word| (*key, word.to_lowercase()))).map(
            |(key, word)| {
                self.get(key);
                word
            },
        )
    }

    /// A switch: true, or a word that is not a no.
    pub(super) fn flag(&self, keys: &[&str]) -> Option<bool> {
        self.any(keys).map(|value| match value {
            Value::Bool(yes) => *yes,
            Value::String(word) => !["no", "none", "false"].contains(&word.to_lowercase().as_str()),
            Value::Number(number) => number.as_f64() != Some(0.0),
            _ => true,
        })
    }

    /// How long a list any of these keys holds.
    pub(super) fn length(&self, keys: &[&str]) -> Option<usize> {
        keys.iter().find_map(|key| self.parameters.get(*key)?.as_array().map(Vec::len))
    }

    /// Keys that nobody asked for.
    pub(super) fn unused(&self) -> Vec<String> {
        self.parameters.keys().filter(|key| !self.used.borrow().contains(*key)).cloned().collect()
    }

    /// Kendall's notation in the words: `M/G/1`, `M^X/M/1`, `M/M/c+D`: arrivals, stay, servers, patience.
    pub(super) fn kendall(&self) -> Option<[String; 4]> {
        let token = self.text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':')).find(|token| {
            let mut parts = token.split('/');
            token.matches('/').count() >= 2
                && parts
                    .next()
                    .is_some_and(|code| kind_of(code.split(['^', '[', '(']).next().unwrap_or(code)).is_some())
        })?;
        let (token, patience) = token.split_once('+').unwrap_or((token, ""));
        let mut parts = token.split('/');
        let mut part = || parts.next().unwrap_or("").to_owned();
        Some([part(), part(), part(), patience.to_owned()])
    }

    /// The law of a time whose keys begin with one of `names` ("service" finds `service`, `service_mean`, `service_cv` …), at
    /// `index` of what is a list, as JSON of a [`crate::simulate::Distribution`]; `code` is Kendall's letter for it, if any.
    ///
    /// # Errors
    /// A law that is named and not known, or lacks a number.
    pub(super) fn law(&self, names: &[&str], index: usize, code: &str) -> Result<Option<Value>, CaseError> {
        let keys = |ends: &[&str]| -> Vec<String> {
            names.iter().flat_map(|name| ends.iter().map(move |end| end.replace('*', name))).collect()
        };
        let number = |ends: &[&str]| {
            let keys = keys(ends);
            self.at(&keys.iter().map(String::as_str).collect::<Vec<_>>(), index)
        };
        let numbers = |ends: &[&str]| {
            let keys = keys(ends);
            self.lists(&keys.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let stated =
            keys(&["*", "*_distribution", "*_dist", "*_law", "*_time", "*_times", "*_type", "*_distributions", "*s"])
                .iter()
                .find_map(|key| match self.parameters.get(key)? {
                    Value::Array(values) if values.iter().any(|v| v.is_string() || v.is_object()) => {
                        self.get(key);
                        values.get(index).cloned()
                    }
                    Value::Array(_) => None,
                    value => {
                        self.get(key);
                        Some(value.clone())
                    }
                });
        let mut word = None;
        let mut plain = None;
        match stated {
            Some(Value::Object(object)) => return law_of_object(&object, names[0]).map(Some),
            Some(Value::String(stated)) => word = Some(stated.to_lowercase()),
            Some(Value::Number(value)) => plain = value.as_f64(),
            _ => {}
        }
        let kind = match &word {
            Some(word) => Some(kind_of(word).ok_or_else(|| CaseError::Law { law: word.clone() })?),
            None => kind_of(code).filter(|kind| *kind != "general"),
        };
        let stages = number(&["*_stages", "*_phases", "*_k", "*_erlang_k", "stages_*"])
            .or_else(|| {
                (kind == Some("erlang"))
                    .then(|| self.at(&["stages", "phases", "k", "shape", "erlang_k"], index))
                    .flatten()
            })
            .or_else(|| kind.filter(|kind| *kind == "erlang").and(digits(word.as_deref().unwrap_or(code))));
        let shape = number(&["*_shape", "*_alpha"]).or_else(|| {
            matches!(kind, Some("gamma" | "weibull")).then(|| self.at(&["shape", "alpha"], index)).flatten()
        });
        let shares = numbers(&["*_probabilities", "*_probs", "*_shares", "*_weights", "*_p", "*_mix"])
            .or_else(|| {
                kind.is_some_and(|kind| kind == "hyperexponential")
                    .then(|| self.lists(&["probabilities", "probs", "shares", "weights", "mix", "p"]))
                    .flatten()
            })
            .or_else(|| {
                let first = number(&["*_p", "*_p1", "*_prob"])
                    .or_else(|| (kind == Some("hyperexponential")).then(|| self.at(&["p", "p1"], 0)).flatten())?;
                Some(vec![first, 1.0 - first])
            });
        let mixes = kind == Some("hyperexponential") || (kind.is_none() && shares.is_some());
        let values = numbers(&["*_values", "*_sample", "*_data"])
            .or_else(|| (kind == Some("empirical")).then(|| self.lists(&["values", "sample"])).flatten());
        let weights = if kind == Some("empirical") { shares.clone() } else { None };
        if mixes && let Some(shares) = &shares {
            let means = numbers(&["*_means", "*_mean"])
                .or_else(|| Some(numbers(&["*_rates", "*_rate"])?.iter().map(|rate| 1.0 / rate).collect()))
                .or_else(|| Some(self.lists(&["rates"])?.iter().map(|rate| 1.0 / rate).collect()))
                .or_else(|| self.lists(&["means"]));
            if let Some(means) = means.filter(|means| means.len() == shares.len()) {
                return Ok(Some(json!({"distribution": "hyperexponential", "shares": shares, "means": means})));
            }
        }
        let scale = number(&["*_scale"])
            .or_else(|| matches!(kind, Some("weibull" | "gamma")).then(|| self.at(&["scale"], index)).flatten());
        let mean = number(&[
            "*_mean",
            "*_means",
            "mean_*",
            "mean_*_time",
            "mean_time_*",
            "*_mean_time",
            "*_time_mean",
            "*_time_means",
            "*_mean_h",
            "*_mean_d",
        ])
        .or_else(|| number(&["*_rate", "*_rates", "rate_*"]).map(|rate| 1.0 / rate))
        .or(plain);
        let variance = number(&["*_variance", "*_var"]);
        let cv = number(&["*_cv", "*_cvs", "cv_*"])
            .or_else(|| number(&["*_scv", "*_cv2", "*_c2", "*_scvs"]).map(f64::sqrt))
            .or_else(|| Some(number(&["*_sd", "*_sds"])? / mean?))
            .or_else(|| Some(variance?.sqrt() / mean?));
        let (low, high) = (number(&["*_low", "*_min", "*_a"]), number(&["*_high", "*_max", "*_b"]));
        let (mu, sigma) = (number(&["*_mu", "*_log_mean"]), number(&["*_sigma", "*_log_sd"]));
        let kind = kind.unwrap_or(match () {
            () if stages.is_some() => "erlang",
            () if mu.is_some() => "lognormal",
            () if values.is_some() => "empirical",
            () if low.is_some() && mean.is_none() => "uniform",
            () if shape.is_some() && scale.is_some() => "weibull",
            () if cv == Some(0.0) => "fixed",
            () if cv.is_some_and(|cv| cv != 1.0) => match () {
                () if self.says("gamma") => "gamma",
                () if self.says("weibull") => "weibull",
                () if self.says("hyperexponential") => "hyperexponential",
                () => "lognormal",
            },
            () => "exponential",
        });
        let facts =
            Facts { mean, cv, stages, shape, scale, low, high, mode: number(&["*_mode"]), mu, sigma, values, weights };
        match facts.law(kind) {
            Some(law) => Ok(Some(law)),
            None if word.is_none() && mean.is_none() => Ok(None),
            None => Err(CaseError::Law { law: format!("{kind} of {}, which lacks a number", names[0]) }),
        }
    }
}

fn numbers(value: &Value) -> Option<Vec<f64>> {
    match value {
        Value::Array(values) => values.iter().map(Value::as_f64).collect(),
        Value::Object(values) => values.values().map(Value::as_f64).collect(),
        _ => None,
    }
}

/// What may be known of a law.
#[derive(Default)]
struct Facts {
    mean: Option<f64>,
    cv: Option<f64>,
    stages: Option<f64>,
    shape: Option<f64>,
    scale: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    mode: Option<f64>,
    mu: Option<f64>,
    sigma: Option<f64>,
    values: Option<Vec<f64>>,
    weights: Option<Vec<f64>>,
}

impl Facts {
    fn law(&self, kind: &str) -> Option<Value> {
        let Facts { mean, cv, stages, shape, scale, low, high, mode, mu, sigma, values, weights } = self;
        let mean = *mean;
        Some(match kind {
            "exponential" => json!({"distribution": "exponential", "mean": mean?}),
            "fixed" => json!({"distribution": "fixed", "value": mean?}),
            "erlang" => {
                json!({"distribution": "erlang", "mean": mean?, "stages": stages.or(cv.map(|cv| (1.0 / (cv * cv)).round()))? as u32})
            }
            "gamma" => {
                let shape = shape.or(cv.map(|cv| 1.0 / (cv * cv)))?;
                json!({"distribution": "gamma", "mean": mean.or(scale.map(|scale| scale * shape))?, "cv": 1.0 / shape.sqrt()})
            }
            "lognormal" => match (mu, sigma) {
                (Some(mu), Some(sigma)) => json!({"distribution": "lognormal", "mu": mu, "sigma": sigma}),
                _ => json!({"distribution": "lognormal", "mean": mean?, "cv": cv.as_ref()?}),
            },
            "weibull" => match (shape, scale) {
                (Some(shape), Some(scale)) => json!({"distribution": "weibull", "shape": shape, "scale": scale}),
                (Some(shape), None) => {
                    let scale = mean? / statrs::function::gamma::gamma(1.0 + 1.0 / shape);
                    json!({"distribution": "weibull", "shape": shape, "scale": scale})
                }
                _ => json!({"distribution": "weibull", "mean": mean?, "cv": cv.as_ref()?}),
            },
            "uniform" => {
                let half = match (mean, cv) {
                    (Some(mean), Some(cv)) => mean * cv * 3f64.sqrt(),
                    (Some(mean), None) => mean,
                    _ => 0.0,
                };
                json!({"distribution": "uniform", "low": low.or(mean.map(|mean| mean - half))?, "high": high.or(mean.map(|mean| mean + half))?})
            }
            "triangular" => {
                json!({"distribution": "triangular", "low": low.as_ref()?, "mode": mode.as_ref()?, "high": high.as_ref()?})
            }
            "hyperexponential" => {
                // Two branches with balanced means, as the handbooks fit a mean and a cv.
                let (mean, square) = (mean?, cv.as_ref()?.powi(2));
                let share = (1.0 + ((square - 1.0) / (square + 1.0)).max(0.0).sqrt()) / 2.0;
                let means = [mean / (2.0 * share), mean / (2.0 * (1.0 - share))];
                json!({"distribution": "hyperexponential", "shares": [share, 1.0 - share], "means": means})
            }
            "empirical" => match weights {
                Some(weights) => json!({"distribution": "empirical", "values": values.as_ref()?, "weights": weights}),
                None => json!({"distribution": "empirical", "values": values.as_ref()?}),
            },
            _ => return None,
        })
    }
}

/// A law written as an object: `{"dist": "lognormal", "mean": 4, "cv": 1.2}` in any of the usual spellings.
fn law_of_object(object: &Map<String, Value>, name: &str) -> Result<Value, CaseError> {
    if object.contains_key("distribution") && object.keys().all(|key| key != "rate") {
        return Ok(Value::Object(object.clone()));
    }
    let mut parameters = Map::new();
    for (key, value) in object {
        let key = match key.as_str() {
            "dist" | "distribution" | "kind" | "type" | "name" | "law" => name.to_owned(),
            "value" => format!("{name}_mean"),
            key => format!("{name}_{key}"),
        };
        parameters.insert(key, value.clone());
    }
    Words::new(parameters, "")
        .law(&[name], 0, "")?
        .ok_or_else(|| CaseError::Law { law: Value::Object(object.clone()).to_string() })
}

/// The law a word or Kendall's letter stands for.
pub(super) fn kind_of(word: &str) -> Option<&'static str> {
    let word = word.trim().to_lowercase();
    let bare = word.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '_' | '-'));
    Some(match bare {
        "m" | "exponential" | "exp" | "markovian" | "poisson" | "negexp" => "exponential",
        "d" | "deterministic" | "fixed" | "constant" | "det" => "fixed",
        "e" | "e_k" | "ek" | "erlang" | "erlang-k" | "erlang_k" => "erlang",
        "gamma" | "γ" => "gamma",
        "lognormal" | "log-normal" | "log_normal" | "ln" => "lognormal",
        "weibull" | "w" => "weibull",
        "uniform" | "u" => "uniform",
        "triangular" => "triangular",
        "h" | "hyperexponential" | "hyper-exponential" | "hyperexp" => "hyperexponential",
        "empirical" | "discrete" => "empirical",
        "g" | "gi" | "general" => "general",
        _ => return None,
    })
}

/// The number a word ends with: `erlang3`, `E_2`.
fn digits(word: &str) -> Option<f64> {
    word.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(parameters: Value, text: &str) -> Words {
        Words::new(parameters.as_object().cloned().unwrap_or_default(), text)
    }

    #[test]
    fn a_law_is_found_under_the_names_people_give_it() {
        let service = |parameters, text: &str| {
            let words = words(parameters, text);
            let code = words.kendall().map_or(String::new(), |[_, service, ..]| service);
            words.law(&["service"], 0, &code).map(|law| law.unwrap_or_default())
        };
        let exponential = json!({"distribution": "exponential", "mean": 0.5});
        assert_eq!(service(json!({"service_rate": 2.0}), "M/M/1 FIFO").unwrap(), exponential);
        assert_eq!(service(json!({"service_mean": 0.5}), "").unwrap(), exponential);
        assert_eq!(
            service(json!({"service_rate": 2.0}), "M/D/1").unwrap(),
            json!({"distribution": "fixed", "value": 0.5})
        );
        let erlang = json!({"distribution": "erlang", "mean": 1.0, "stages": 3});
        assert_eq!(service(json!({"service": "erlang", "service_mean": 1.0, "stages": 3}), "").unwrap(), erlang);
        assert_eq!(service(json!({"service_mean": 1.0, "service_stages": 3}), "").unwrap(), erlang);
        assert_eq!(service(json!({"service_mean": 1.0}), "M/E_3/1").unwrap(), erlang);
        assert_eq!(service(json!({"service": {"dist": "erlang", "mean": 1.0, "stages": 3}}), "").unwrap(), erlang);
        let h2 = json!({"distribution": "hyperexponential", "shares": [0.25, 0.75], "means": [2.0, 0.5]});
        assert_eq!(
            service(
                json!({"service": "hyperexponential", "service_probs": [0.25, 0.75], "service_rates": [0.5, 2.0]}),
                ""
            )
            .unwrap(),
            h2
        );
        assert_eq!(service(json!({"p": 0.25, "service_rates": [0.5, 2.0]}), "M/H2/1").unwrap(), h2);
        assert!(service(json!({"service": "frobnicated", "service_mean": 1.0}), "").is_err());
        assert!(service(json!({"service": "lognormal", "service_mean": 1.0}), "").is_err());
        assert_eq!(service(json!({}), "").unwrap(), Value::Null);
    }

    #[test]
    fn kendall_is_read_where_it_stands() {
        let of = |text: &str| words(json!({}), text).kendall();
        assert_eq!(of("the queue M/M/c+D, FIFO"), Some(["m", "m", "c", "d"].map(str::to_owned)));
        assert_eq!(of("M^X/M/1: batches").unwrap()[0], "m^x");
        assert_eq!(of("M(t)/G/inf").unwrap()[2], "inf");
        assert_eq!(of("people and/or beds at 1/2 of"), None);
    }

    #[test]
    fn a_key_nobody_asked_for_is_told() {
        let words = words(json!({"a": 1, "b": [1, 2], "e": "no"}), "");
        assert_eq!(words.number(&["x", "a"]), Some(1.0));
        assert_eq!(words.at(&["b"], 1), Some(2.0));
        assert_eq!(words.flag(&["e"]), Some(false));
        assert_eq!(words.at(&["d"], 1), None);
        assert!(words.unused().is_empty());
        assert_eq!(super::Words::new(words.parameters, "").unused(), ["a", "b", "e"]);
    }
}

//! Need, against the reference cases and on the example place.

use foresee::project::case::answer;
use foresee::project::cohort::AGES;
use foresee::project::forecast::{Forecast, STEPS, Stage, demand, project};
use foresee::project::need::{Need, read};
use serde_json::Value;
use std::path::PathBuf;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where `found` differs from `wanted` by more than the tolerance of the case.
fn differs(at: &str, wanted: &Value, found: &Value, rel: f64, abs: f64) -> Option<String> {
    match (wanted, found) {
        (Value::Number(one), Value::Number(two)) => {
            let (one, two) = (one.as_f64()?, two.as_f64()?);
            ((one - two).abs() > abs + rel * one.abs() + 1e-12).then(|| format!("{at}: {two} where {one} is wanted"))
        }
        (Value::Array(one), Value::Array(two)) if one.len() == two.len() => {
            one.iter().zip(two).enumerate().find_map(|(index, (one, two))| differs(&format!("{at}[{index}]"), one, two, rel, abs))
        }
        (Value::Object(one), two) => {
            one.iter().find_map(|(name, one)| differs(&format!("{at}.{name}"), one, &two[name], rel, abs))
        }
        (one, two) => (one != two).then(|| format!("{at}: {two} where {one} is wanted")),
    }
}

#[test]
fn reference_cases_are_met() {
    // Beside the workspace, or beside the directory in which its working trees stand.
    let files = ["../shared", "../../shared"].map(|shared| root().join(shared).join("cases/projection.json"));
    let Some(text) = files.iter().find_map(|file| std::fs::read_to_string(file).ok()) else {
        println!("skipped: no ../shared/cases/projection.json");
        return;
    };
    let cases: Value = serde_json::from_str(&text).unwrap();
    let cases = cases["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let mut asked = case.clone();
        let wanted = asked.as_object_mut().unwrap().remove("expected").unwrap();
        let found: Value = serde_json::from_str(&answer(&asked.to_string()).unwrap()).unwrap();
        let tolerance = |name: &str| case["tolerance"][name].as_f64().unwrap_or(0.0);
        let fault = differs("", &wanted, &found, tolerance("rel"), tolerance("abs"));
        assert_eq!(fault, None, "{} {}", case["id"], case["title"]);
    }
}

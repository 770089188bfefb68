use agree::opinion::*;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn shared(part: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(part);
    if !path.exists() {
        println!("skipped: ../shared is absent");
        return None;
    }
    Some(path)
}

fn open(path: &str) -> Option<Vec<u8>> {
    std::fs::read(path).ok()
}

/// Every value within 1e-5, every list in the same order; silhouettes and inertia as the cases ask.
fn same(path: &str, golden: &Value, ours: &Value, wrong: &mut Vec<String>) {
    match (golden, ours) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            let near = if path.ends_with("inertia") {
                b <= a * 1.001
            } else if path.ends_with("silhouette") {
                (a - b).abs() < 0.003
            } else {
                (a - b).abs() <= 1e-5
            };
            if !near {
                wrong.push(format!("{path}: {b} instead of {a}"));
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().for_each(|(i, (a, b))| same(&format!("{path}[{i}]"), a, b, wrong));
        }
        (Value::Object(a), Value::Object(b)) => {
            for (name, a) in a {
                same(&format!("{path}.{name}"), a, b.get(name).unwrap_or(&Value::Null), wrong);
            }
        }
        (a, b) if a == b => {}
        (a, b) => wrong.push(format!("{path}: {b} instead of {a}")),
    }
}

#[test]
fn every_reference_case_is_within_tolerance() {
    let Some(path) = shared("cases/opinion.json") else { return };
    let cases: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut wrong = vec![];
    for case in cases["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        // End to end: from the votes alone.
        let ask = serde_json::json!({ "name": name, "resamples": 0 });
        let found: Value = serde_json::from_str(&answer(&ask.to_string(), &open).unwrap()).unwrap();
        for field in ["participants", "statements", "votes", "density", "moderated_out", "clustered", "pca", "k", "best_k"] {
            same(&format!("{name}.{field}"), &case[field], &found[field], &mut wrong);
        }
        let grouped = case["clustered"].as_u64().unwrap() as usize;
        let elsewhere: usize = case["groups"]
            .as_array()
            .unwrap()
            .iter()
            .zip(found["groups"].as_array().unwrap())
            .map(|(golden, ours)| {
                let ours = ours.as_array().unwrap();
                golden.as_array().unwrap().iter().filter(|person| !ours.contains(person)).count()
            })
            .sum();
        println!("{name}: {elsewhere} of {grouped} in another group");
        if elsewhere > (grouped / 100).max(2) {
            wrong.push(format!("{name}: {elsewhere} people in another group"));
        }
        // With the golden groups: every number that comes of them.
        let ask = serde_json::json!({ "name": name, "groups": case["groups"], "resamples": 0 });
        let counted: Value = serde_json::from_str(&answer(&ask.to_string(), &open).unwrap()).unwrap();
        for field in [
            "group_sizes",
            "group_informed_consensus_agree",
            "group_informed_consensus_disagree",
            "consensus_effective_agreement",
            "consensus",
            "representative",
            "priority",
        ] {
            same(&format!("{name}.{field}"), &case[field], &counted[field], &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{} values are off:\n{}", wrong.len(), wrong.join("\n"));
}

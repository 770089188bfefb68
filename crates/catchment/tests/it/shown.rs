//! What a user sees: help, tables, and pages over HTTP.

use crate::place::{Place, catchment, command};

const COMMANDS: [&str; 25] = [
    "demo",
    "sample",
    "init",
    "add",
    "problems",
    "retry",
    "see",
    "paper",
    "digest",
    "why",
    "sql",
    "measure",
    "spc",
    "rates",
    "funnel",
    "inequality",
    "lifetable",
    "journeys",
    "calibrate",
    "simulate",
    "project",
    "opinion",
    "serve",
    "allow",
    "doctor",
];

#[test]
fn every_commands_help_opens_with_examples() {
    for name in COMMANDS {
        let help = catchment(&[name, "--help"]).well().out;
        assert!(help.starts_with("Examples:\n  catchment "), "{name}: {help}");
        assert!(help.contains(&format!("catchment {name}")), "{name}: {help}");
    }
    let help = catchment(&["--help"]).well().out;
    for name in COMMANDS {
        assert!(help.contains(&format!("\n  {name} ")), "{name} is not listed: {help}");
    }
}

#[test]
fn an_unknown_command_is_exit_code_2_and_a_fault_is_1() {
    assert_eq!(command().arg("vanish").output().unwrap().status.code(), Some(2));
    assert_eq!(command().args(["see", "/nowhere"]).output().unwrap().status.code(), Some(1));
}

#[test]
fn spc_draws_any_csv_file() {
    let place = Place::new();
    let values = [50, 52, 49, 51, 50, 53, 48, 50, 51, 49, 52, 50, 51, 75];
    let rows: String =
        values.iter().enumerate().map(|(at, value)| format!("2025-{:02}-01,{value}\n", 1 + at % 12)).collect();
    let file = place.write(
        "spc.csv",
        format!("month,value\n{rows}")
            .replace("2025-01-01,51", "2026-01-01,51")
            .replace("2025-02-01,75", "2026-02-01,75"),
    );
    let json = catchment(&["spc", &file, "--better", "lower", "--json"]).well().out;
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    let chart = &report["charts"][0];
    assert_eq!(chart["values"].as_array().unwrap().len(), 14);
    assert_eq!(
        (&chart["variation_icon"], &chart["point_type"][13]),
        (&"concern_high".into(), &"special_cause_concern".into())
    );
    let outside = chart["outside_limits"].as_array().unwrap();
    assert_eq!(
        outside.iter().map(|point| point == true).collect::<Vec<_>>(),
        (0..14).map(|point| point == 13).collect::<Vec<_>>()
    );
    assert!(!catchment(&["spc", &file, "--value", "nothing"]).ok);
}

/// What a command answers to text on standard input.
pub fn piped(arguments: &[&str], text: &str) -> crate::place::Said {
    use std::io::Write as _;
    use std::process::Stdio;
    let mut command = command();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    crate::place::said(child.wait_with_output().unwrap())
}

#[test]
fn one_object_in_is_one_object_out() {
    let answer = |arguments: &[&str], case: serde_json::Value| -> serde_json::Value {
        serde_json::from_str(&piped(arguments, &case.to_string()).well().out).unwrap()
    };
    // Newcombe 1998, table I: 81 of 263.
    let case = serde_json::json!({"kind": "prop", "args": {"multiplier": 100}, "input": {"x": [81], "n": [263]}});
    let share = answer(&["rates", "--json"], case.clone());
    assert!((share["lowercl"].as_f64().unwrap() - 25.53).abs() < 5e-3, "{share}");
    assert_eq!(answer(&["spc", "--json"], case), share);
    let case = serde_json::json!({"kind": "chart_c", "input": {"y": [4, 9, 4, 9, 4, 9], "n": null}});
    assert_eq!(answer(&["spc", "--json"], case)["cl"][0], 6.5);
    let wrong = serde_json::json!({"kind": "prop", "input": {"x": [5], "n": [3]}});
    let said = piped(&["rates", "--json"], &wrong.to_string());
    assert!(!said.ok && said.err.contains("row 1") && said.out.is_empty(), "{}", said.err);
    let said = piped(&["rates", "--json"], "{nonsense");
    assert!(!said.ok && said.err.contains("is not JSON"), "{}", said.err);
}

#[test]
fn every_published_case_comes_out_the_same_from_the_command_line() {
    for (file, command, kinds) in [("spc.json", "spc", 2), ("phe.json", "rates", 5)] {
        let Some(path) = crate::place::shared(&format!("cases/{file}")) else {
            println!("skipped: {file} is not here");
            continue;
        };
        let all: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for case in all["cases"].as_array().unwrap() {
            // One of each kind: the engine itself is held to all of them.
            if !seen.insert(case["kind"].to_string()) {
                continue;
            }
            let mut asked = case.clone();
            asked.as_object_mut().unwrap().remove("expected");
            let said = piped(&[command, "--json"], &asked.to_string()).well();
            let got: serde_json::Value = serde_json::from_str(&said.out).unwrap();
            for name in case["expected"].as_object().unwrap().keys() {
                assert!(got.get(name).is_some(), "{}: no {name}", case["id"]);
            }
        }
        assert!(seen.len() >= kinds);
    }
}

#[test]
fn plain_files_are_answered_and_bad_rows_are_told_by_line() {
    let place = Place::new();
    let file = place.write("admissions.csv", "area,events,people\nEastbrook,48,21000\nDunmoor,oops,9000\n");
    let said = catchment(&["rates", &file, "--csv"]).well();
    assert!(said.out.contains("Eastbrook,48,21000,228.5") && said.err.contains("line 3"), "{}{}", said.out, said.err);
    let file =
        place.write("fifths.csv", "fifth,events,people\n1,120,20000\n2,70,20000\n3,60,20000\n4,58,20000\n5,52,20000\n");
    let said = catchment(&["inequality", &file, "--json"]).well();
    assert!(said.out.contains("\"rows\""), "{}", said.out);
    let said = catchment(&["funnel", &file, "--group", "fifth", "--csv"]).well();
    assert!(said.out.lines().count() >= 6, "{}", said.out);
    assert!(!catchment(&["lifetable", &file]).ok);
}

#[test]
fn a_measure_is_begun_checked_and_run() {
    let place = Place::new();
    let folder = place.path("").display().to_string();
    let measure = |arguments: &[&str]| {
        let mut all = vec!["measure", arguments[0], &folder];
        all.extend(&arguments[1..]);
        catchment(&all)
    };
    measure(&["new", "seen-in-four"]).well();
    assert!(!measure(&["new", "seen-in-four"]).ok, "it is there already");
    assert!(!measure(&["new", "Not Plain"]).ok);
    let good = "## Four hours count\n\nGiven stays\n\n| kind | started | ended |\n| --- | --- | --- |\n| emergency_department | 2025-11-03 10:00 | 2025-11-03 14:00 |\n\nThen\n\n| period | numerator | denominator |\n| --- | --- | --- |\n| 2025-11-03 | 1 | 1 |\n";
    place.write("measures/spec/seen-in-four.md", good);
    let said = measure(&["check", "seen-in-four", "--csv"]).well();
    assert!(said.out.contains("seen-in-four,1,well"), "{}", said.out);
    place.write("measures/spec/seen-in-four.md", good.replace("| 1 | 1 |", "| 0 | 1 |"));
    let said = measure(&["check", "seen-in-four", "--csv"]);
    assert!(!said.ok && said.out.contains("expected numerator 0"), "{}", said.out);
    let text = std::fs::read_to_string(place.path("measures/seen-in-four.toml")).unwrap();
    place.write("measures/seen-in-four.toml", text.replace("FROM stays", "FROM sta"));
    let said = measure(&["check", "seen-in-four", "--csv"]);
    assert!(!said.ok && said.out.contains("seen-in-four.toml:"), "{}", said.out);
    assert!(!measure(&["run", "seen-in-four"]).ok, "there are no records yet");
}

/// The version of each table.
fn versions(place: &Place) -> std::collections::BTreeMap<String, u64> {
    let head = std::fs::read_to_string(place.path("lake/HEAD.json")).unwrap();
    let head: serde_json::Value = serde_json::from_str(&head).unwrap();
    head["tables"].as_object().unwrap().iter().map(|(name, at)| (name.clone(), at.as_u64().unwrap())).collect()
}

#[test]
fn only_what_changed_is_made_again() {
    let place = Place::new();
    let rows: String = (0..400)
        .map(|at| {
            format!(
                "{at},p{at},,Aa,1950-01-01,QR1 1AB,ED,2025-{0:02}-{1:02} 10:20,2025-{0:02}-{1:02} 13:10\n",
                1 + at / 28 % 11,
                1 + at % 28
            )
        })
        .collect();
    place.run("add", &[&place.write("in/visits.csv", format!("{}{rows}", crate::place::VISITS_HEAD))]).well();
    let count = |measure: &str| place.sql(&format!("select count(*) from series where measure = '{measure}'"));
    let first = versions(&place);
    let whole = count("four-hours-in-emergency");
    assert_ne!(whole, "0");
    // A measure that is written is there at once, and nothing else is made again.
    let text = std::fs::read_to_string(place.path("measures/four-hours-in-emergency.toml")).unwrap();
    place.write("measures/mine.toml", text.replace("id = \"four-hours-in-emergency\"", "id = \"mine\""));
    assert_eq!(count("mine"), whole);
    let second = versions(&place);
    assert!(second["series"] > first["series"] && second["stays"] == first["stays"], "{second:?}");
    // One that is changed is counted again; one that is taken away is gone.
    let half = text.replace("id = \"four-hours-in-emergency\"", "id = \"mine\"").replace("\"neighbourhood\", ", "");
    place.write("measures/mine.toml", half);
    assert!(count("mine").parse::<u32>().unwrap() < whole.parse().unwrap());
    std::fs::remove_file(place.path("measures/mine.toml")).unwrap();
    assert_eq!((count("mine").as_str(), count("four-hours-in-emergency")), ("0", whole.clone()));
    // Published figures leave people and journeys alone.
    place.write(
        "feeds/beds.toml",
        "feed = 'beds'\norganisation = 'NHSE'\nformat = 'series'\nmatch = ['beds.csv']\nperiod = 'month'\ngrain = 'month'\nlevel = 'organisation'\ngroup = 'org'\n[[series]]\nmeasure = 'beds'\ntitle = 'Beds'\nunit = 'beds'\nvalue = 'beds'\n",
    );
    place.run("add", &[&place.write("in/beds.csv", "month,org,beds\n2025-01,RX1,40\n")]).well();
    let third = versions(&place);
    assert_eq!((count("beds").as_str(), third["stays"]), ("1", first["stays"]));
    assert_eq!(count("four-hours-in-emergency"), whole);
    // Records of people make all of it again.
    let file = place.write(
        "in/more.csv",
        format!("{}999,p999,,Aa,1950-01-01,QR1 1AB,ED,2025-10-03 10:20,2025-10-03 13:10\n", crate::place::VISITS_HEAD),
    );
    place.run("add", &[&file, "--feed", "visits"]).well();
    assert!(versions(&place)["stays"] > third["stays"]);
}

#[test]
fn journeys_answers_any_event_log() {
    let place = Place::new();
    let file = place.write("log.csv", "case,activity,time\nNA,a,2025-01-01T09:00:00\nNA,b,2025-01-01T09:10:00\nX,a,2025-01-01T09:00:00\nX,b,2025-01-01T09:30:00\n");
    let json: serde_json::Value = serde_json::from_str(&catchment(&["journeys", &file, "--json"]).well().out).unwrap();
    assert_eq!(json["size"]["cases"], 2);
    assert_eq!(json["size"]["events"], 4);
    for part in ["size", "start_end", "throughput", "variants", "arcs"] {
        assert!(!json[part].is_null(), "{part}");
    }
}

//! What a user sees: help, tables, and pages over HTTP.

use crate::place::{Place, catchment, command};

const COMMANDS: [&str; 16] = [
    "demo", "sample", "init", "add", "problems", "retry", "see", "paper", "digest", "why", "sql", "spc", "journeys",
    "serve", "allow", "doctor",
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

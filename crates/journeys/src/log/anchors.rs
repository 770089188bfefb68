//! Real logs and the answers that other engines (PM4Py, DuckDB) give for them.

use super::{Answers, Arc, Columns, Log, to_json};
use arrow::datatypes::{DataType, TimeUnit};
use flate2::read::GzDecoder;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

fn shared() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    if !shared.exists() {
        println!("skipped: ../shared is absent");
        return None;
    }
    Some(shared)
}

/// The log that the cases call by this name.
fn open(shared: &Path, name: &str, csv: bool) -> Log {
    let (file, only) = match name.split_once('#') {
        Some(("synthetic", _)) => ("synthetic_200k_seed7", None),
        Some((file, lifecycle)) => (file, Some(("lifecycle".to_owned(), lifecycle.to_owned()))),
        None => (name, None),
    };
    let by = if file.starts_with("synthetic") { "org" } else { "resource" };
    let columns = Columns { by: Some(by.to_owned()), only, ..Columns::default() };
    let path = |kind: &str| shared.join("data/journeys").join(format!("{file}.{kind}"));
    if csv {
        Log::from_csv(GzDecoder::new(File::open(path("csv.gz")).unwrap()), &columns).unwrap()
    } else {
        Log::from_parquet(File::open(path("parquet")).unwrap(), &columns).unwrap()
    }
}

/// Every number of the expected object, by the name it has there, is in ours and is near enough.
#[track_caller]
fn same(what: &str, ours: &Value, expected: &Value, relative: f64) {
    match expected {
        Value::Object(fields) => fields.iter().for_each(|(k, v)| same(&format!("{what}.{k}"), &ours[k], v, relative)),
        Value::Array(items) => {
            assert!(ours.as_array().is_some_and(|a| a.len() >= items.len()), "{what}: {ours}");
            items.iter().enumerate().for_each(|(at, v)| same(&format!("{what}[{at}]"), &ours[at], v, relative));
        }
        Value::Number(number) => {
            let (ours, expected) = (ours.as_f64().unwrap_or(f64::NAN), number.as_f64().unwrap());
            // The answers are written to six decimal places.
            let near = (ours - expected).abs() <= relative * expected.abs() + 1e-6;
            assert!(near, "{what}: ours is {ours}, expected {expected}");
        }
        other => assert_eq!(ours, other, "{what}"),
    }
}

fn arc_json(answers: &Answers, from: &str, to: &str, handovers: bool) -> Value {
    let arcs = if handovers { &answers.handovers } else { &answers.arcs };
    let arc = arcs.iter().find(|a| a.from == from && a.to == to).cloned();
    let found = Answers { arcs: arc.into_iter().collect(), ..answers.clone() };
    to_json(&found)["arcs"][0].clone()
}

fn utc(text: &str) -> i64 {
    super::iso::micros(text).unwrap()
}

/// A reference case against the log, or false if it asks what case, activity, time and who did it cannot tell.
fn check(log: &Log, answers: &Answers, json: &Value, name: &str, case: &Value) -> bool {
    let (question, expected) = (case["case"].as_str().unwrap(), &case["expected"]);
    let what = &format!("{name}: {question}");
    let text = |key: &str| expected[key].as_str().unwrap();
    let exact = 1e-9;
    match question.split(' ').next().unwrap() {
        "size" => {
            // People are not in the log; organisations and the top variant are elsewhere in ours.
            let mut expected = expected.clone();
            let fields = expected.as_object_mut().unwrap();
            fields.remove("persons");
            if let Some(orgs) = fields.remove("orgs") {
                let by: BTreeSet<&str> =
                    (0..log.cases()).flat_map(|at| log.case(at).events()).filter_map(|e| e.2).collect();
                assert_eq!(Value::from(by.len()), orgs);
            }
            if let Some(count) = fields.remove("top_variant_count") {
                assert_eq!(json["variants"][0]["count"], count, "{what}");
            }
            same(what, &json["size"], &expected, 0.0);
        }
        "start_end" | "rework" => {
            let ours = &json[question];
            same(what, ours, expected, 0.0);
        }
        "throughput" => same(what, &json["throughput"], expected, exact),
        "variant_coverage" => same(what, &json["variant_coverage"], expected, 0.0),
        "self_loops" => assert_eq!(json["self_loops"], *expected, "{what}"),
        variant if variant.starts_with("variant_") => {
            let digest = &expected["sha256_16_of_sequence_joined_by_0x1f"];
            let ours = json["variants"]
                .as_array()
                .unwrap()
                .iter()
                .find(|v| v["sha256_16_of_sequence_joined_by_0x1f"] == *digest);
            same(what, ours.unwrap_or_else(|| panic!("{what}")), expected, 0.0);
        }
        "arc" => same(what, &arc_json(answers, text("from"), text("to"), false), expected, exact),
        "handover" => {
            same(what, &arc_json(answers, text("from"), text("to"), true), expected, exact);
        }
        "org_handover_matrix" => same(what, &json["handovers"], expected, exact),
        "interval" => {
            let interval = log.interval(text("from"), text("to")).unwrap();
            let ours = serde_json::json!({
                "from": text("from"), "to": text("to"), "pairs": interval.pairs, "b_before_a": interval.reversed,
                "a_without_b": interval.without, "median_s": interval.quantile_seconds(0.5),
                "p90_s": interval.quantile_seconds(0.9), "within_1h": interval.within(3_600.0),
            });
            same(what, &ours, expected, exact);
        }
        "temporal_profile" => {
            let (mean, deviation) = log.profile(text("from"), text("to")).unwrap().unwrap();
            let ours =
                serde_json::json!({ "from": text("from"), "to": text("to"), "mean_s": mean, "stdev_s": deviation });
            same(what, &ours, expected, 1e-6);
        }
        "interface" => {
            let (ready, received) = question.strip_prefix("interface ").unwrap().split_once(" => ").unwrap();
            let words: Vec<&str> = case["question"].as_str().unwrap().split(' ').collect();
            let limit: f64 = words[words.iter().position(|w| *w == "limit").unwrap() + 1].parse().unwrap();
            let waits = log.waits(ready, &[received]).unwrap();
            let all = &waits.by_exit(limit)[0];
            let at = expected["waiting_at_utc"].as_object().unwrap().keys();
            let ours = serde_json::json!({
                "ready": waits.waits.len(), "received": all.count, "open": waits.open(), "mean_s": all.mean_seconds,
                "median_s": all.median_seconds, "p90_s": all.p90_seconds, "breaches": all.breaches, "hours_lost": all.lost_hours,
                "by_receiving_org": waits.by_receiver(limit).iter().map(|e| serde_json::json!({
                    "org": e.name, "n": e.count, "median_s": e.median_seconds, "p90_s": e.p90_seconds, "hours_lost": e.lost_hours,
                })).collect::<Vec<_>>(),
                "waiting_at_utc": at.map(|at| (at.clone(), Value::from(waits.waiting_at(utc(at))))).collect::<serde_json::Map<_, _>>(),
            });
            same(what, &ours, expected, exact);
        }
        "competing" => {
            let ready = question.strip_prefix("competing exits ").unwrap();
            let exits: Vec<&str> =
                expected["exits"].as_array().unwrap().iter().map(|e| e["exit"].as_str().unwrap()).collect();
            let waits = log.waits(ready, &exits).unwrap();
            let at = expected["waiting_at_utc"].as_object().unwrap().keys();
            let ours = serde_json::json!({
                "exits": waits.by_exit(0.0).iter().map(|e| serde_json::json!({
                    "exit": e.name, "n": e.count, "median_s": e.median_seconds, "p90_s": e.p90_seconds,
                })).collect::<Vec<_>>(),
                "open": waits.open(),
                "waiting_at_utc": at.map(|at| (at.clone(), Value::from(waits.waiting_at(utc(at))))).collect::<serde_json::Map<_, _>>(),
            });
            same(what, &ours, expected, exact);
        }
        "filter" => {
            let since = utc("2024-11-01");
            let kept = log.keep(|case| {
                let ready = |e: (&str, i64, Option<&str>)| e.0 == "No criteria to reside (ready)";
                case.started_micros() >= since
                    && case.events().any(|e| e.2 == Some("Acute B"))
                    && case.events().any(ready)
            });
            same(what, &to_json(&kept.answers())["size"], expected, 0.0);
        }
        "longest" => {
            let ours: Vec<Value> = log
                .longest(3)
                .into_iter()
                .map(|(case, s)| serde_json::json!([case.parse::<i64>().unwrap(), s]))
                .collect();
            same(what, &Value::from(ours), expected, 0.0);
        }
        _ => return false,
    }
    true
}

/// Runs the cases of one log; returns how many there are and which could not be asked.
fn run(name: &str, csv: bool) -> Option<(usize, Vec<String>)> {
    let shared = shared()?;
    let all: Value = serde_json::from_reader(File::open(shared.join("cases/journeys.json")).unwrap()).unwrap();
    let log = open(&shared, name, csv);
    let answers = log.answers();
    let json = to_json(&answers);
    let cases: Vec<&Value> = all["cases"].as_array().unwrap().iter().filter(|c| c["log"] == name).collect();
    let unasked = cases.iter().filter(|case| !check(&log, &answers, &json, name, case));
    let unasked = unasked.map(|c| c["case"].as_str().unwrap().to_owned()).collect();
    assert_eq!(log.problems().rows(), 0);
    Some((cases.len(), unasked))
}

#[track_caller]
fn all_of(name: &str, csv: bool, unasked: &[&str]) {
    if let Some((count, not)) = run(name, csv) {
        assert!(count > 0);
        assert_eq!(not, unasked, "{name}");
    }
}

#[test]
fn sepsis_answers_as_pm4py_and_duckdb_do_and_keeps_the_case_called_na() {
    all_of("sepsis_cases", false, &[]);
    all_of("sepsis_cases", true, &[]);
    if let Some(shared) = shared() {
        let log = open(&shared, "sepsis_cases", true);
        assert!((0..log.cases()).any(|at| log.case(at).name() == "NA"));
    }
}

#[test]
fn a_hospital_of_dates_only_answers_and_says_so() {
    all_of("bpi2011_hospital", false, &[]);
    all_of("bpi2011_hospital", true, &[]);
    if let Some(shared) = shared() {
        assert_eq!(open(&shared, "bpi2011_hospital", false).precision(), super::Precision::Day);
    }
}

#[test]
fn billing_fines_and_patients_answer() {
    for csv in [false, true] {
        all_of("hospital_billing_10k", csv, &[]);
        all_of("traffic_fines_10k", csv, &[]);
        all_of("patients_artificial#complete", csv, &[]);
    }
}

#[test]
fn a_whole_system_answers_with_its_interfaces() {
    // Whose cases overlap needs the person, which is a column of its own.
    all_of("synthetic#7", false, &["person_overlap"]);
}

#[test]
fn merged_sketches_of_a_real_log_are_within_two_in_a_hundred() {
    let Some(shared) = shared() else { return };
    let log = open(&shared, "synthetic#7", false);
    let mut sum = log.keep(|case| case.name().ends_with('0')).sketch();
    for digit in '1'..='9' {
        sum.merge(&log.keep(|case| case.name().ends_with(digit)).sketch());
    }
    let (exact, merged) = (log.answers(), sum.answers());
    assert_eq!((exact.size, &exact.variants), (merged.size, &merged.variants));
    let values = |a: &Arc| (a.median_seconds, a.p90_seconds);
    for (exact, merged) in exact.arcs.iter().zip(&merged.arcs).filter(|(a, _)| a.count > 30) {
        let ((median, p90), (about_median, about_p90)) = (values(exact), values(merged));
        assert!((median - about_median).abs() <= 0.02 * median, "{exact:?} {merged:?}");
        assert!((p90 - about_p90).abs() <= 0.02 * p90, "{exact:?} {merged:?}");
    }
}

#[test]
fn parquet_of_any_usual_types_gives_the_same_log() {
    use arrow::array::{ArrayRef, RecordBatch};
    use arrow::compute::cast;
    use std::sync::Arc as Shared;
    let times = ["2025-01-06T09:00:00", "2025-01-06T09:10:00", "2025-01-05T00:00:00", "2025-01-07T00:00:00"];
    let text = |of: [&str; 4]| -> ArrayRef { Shared::new(arrow::array::StringArray::from(of.to_vec())) };
    let (case, activity) = (text(["2", "1", "2", "1"]), text(["x", "y", "x", "z"]));
    let stamp = cast(&text(times), &DataType::Timestamp(TimeUnit::Second, None)).unwrap();
    let coded = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::LargeUtf8));
    let zone = Some("+00:00".into());
    let mut kinds = Vec::new();
    for names in [DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View, coded, DataType::Int64, DataType::UInt64] {
        let activities = if names.is_integer() { DataType::Utf8 } else { names.clone() };
        for time in [
            DataType::Timestamp(TimeUnit::Second, None),
            DataType::Timestamp(TimeUnit::Millisecond, zone.clone()),
            DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
            DataType::Timestamp(TimeUnit::Nanosecond, None),
            DataType::Int64,
            DataType::UInt32,
            DataType::Utf8,
            DataType::Utf8View,
        ] {
            kinds.push((names.clone(), activities.clone(), time));
        }
    }
    for (cases, activities, time) in kinds {
        let through = if time == DataType::UInt32 { cast(&stamp, &DataType::Int64).unwrap() } else { stamp.clone() };
        let batch = RecordBatch::try_from_iter([
            ("time", cast(&through, &time).unwrap()),
            ("noise", activity.clone()),
            ("case", cast(&case, &cases).unwrap()),
            ("activity", cast(&activity, &activities).unwrap()),
        ])
        .unwrap();
        let mut bytes = Vec::new();
        let mut parquet = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
        parquet.write(&batch).unwrap();
        parquet.close().unwrap();
        let from_parquet = Log::from_parquet(bytes::Bytes::from(bytes), &Columns::default()).unwrap();
        let from_batch = Log::from_batches(&batch.schema(), [Ok(batch.clone())], &Columns::default()).unwrap();
        assert_eq!(from_parquet, from_batch);
        let events: Vec<_> = from_parquet.case(0).events().map(|e| (e.0, e.1 / 1_000_000)).collect();
        assert_eq!(
            (from_parquet.case(0).name().as_str(), events),
            ("2", vec![("x", 1_736_035_200), ("x", 1_736_154_000)]),
            "{cases} {time}"
        );
    }
}

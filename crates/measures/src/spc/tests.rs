use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The published cases, when the shared folder is there.
pub(crate) fn cases(file: &str) -> Option<Vec<Value>> {
    let path = root().join("../shared/cases").join(file);
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("skipped: ../shared is absent");
        return None;
    };
    let whole: Value = serde_json::from_str(&text).unwrap();
    Some(whole["cases"].as_array().unwrap().clone())
}

pub(crate) fn numbers(value: &Value) -> Vec<Option<f64>> {
    value.as_array().unwrap().iter().map(Value::as_f64).collect()
}

/// Whether an answer holds what is expected, with numbers within 1e-9 of each other (relative).
fn check_answer(got: &Value, want: &Value, at: &str) {
    match (got, want) {
        (Value::Object(got), Value::Object(want)) => {
            let names = |object: &serde_json::Map<String, Value>| {
                let mut names: Vec<_> = object.keys().cloned().collect();
                names.sort();
                names
            };
            assert_eq!(names(got), names(want), "{at}");
            for (name, want) in want {
                check_answer(&got[name], want, &format!("{at}.{name}"));
            }
        }
        (Value::Array(got), Value::Array(want)) => {
            assert_eq!(got.len(), want.len(), "{at}");
            for (number, (got, want)) in got.iter().zip(want).enumerate() {
                check_answer(got, want, &format!("{at}[{number}]"));
            }
        }
        (Value::Number(got), Value::Number(want)) => {
            let (got, want) = (got.as_f64().unwrap(), want.as_f64().unwrap());
            assert!((got - want).abs() <= 1e-9 * want.abs().max(1e-3), "{at}: {got} is not {want}");
        }
        (got, want) => assert_eq!(got, want, "{at}"),
    }
}

#[test]
fn every_published_case_is_answered_within_its_tolerance_by_its_own_names() {
    let Some(mut all) = cases("spc.json") else { return };
    all.extend(cases("evaluation.json").unwrap().into_iter().filter(|case| case["kind"] == "benjamini_hochberg"));
    let mut answered = 0;
    for mut case in all.into_iter().filter(|case| case["kind"] != "funnel") {
        let want = case.as_object_mut().unwrap().remove("expected").unwrap();
        let (id, rough) = (case["id"].as_str().unwrap().to_owned(), case["tolerance"].is_object());
        let got = answer(&case).unwrap();
        if rough {
            assert_eq!(got["reject"], want["reject"], "{id}");
            for (got, want) in numbers(&got["adjusted"]).into_iter().zip(numbers(&want["adjusted"])) {
                assert!((got.unwrap() - want.unwrap()).abs() <= 1e-6, "{id}");
            }
        } else {
            check_answer(&got, &want, &id);
        }
        answered += 1;
    }
    assert!(answered >= 20, "{answered}");
}

#[test]
fn a_case_that_makes_no_chart_says_what_is_wrong() {
    let check = |case: Value, words: &str| {
        let error = answer(&case).unwrap_err();
        let source = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
        assert_eq!(format!("{error}{source}"), words);
    };
    let xmr = |more: Value| {
        let mut input = json!({"values": [1, 2, 3, 4], "improvement_direction": "decrease"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"kind": "xmr", "input": input})
    };
    check(json!({"input": {}}), "`kind` is not a word");
    check(json!({"kind": "xmr"}), "`values` is not a list of numbers");
    check(xmr(json!({"values": [1, "12"]})), "`values` has \"12\" at 2, which is no number");
    check(xmr(json!({"improvement_direction": "up"})), "`improvement_direction` is not increase, decrease or neutral");
    check(
        xmr(json!({"fix_after_n_points": 3})),
        "cannot draw the chart: cannot fix limits on 3 points: 12 are the fewest",
    );
    check(xmr(json!({"rebase_at_index0": [1.5]})), "`rebase_at_index0` has 1.5, which is no whole number");
    check(xmr(json!({"rebase_at_index0": 4})), "cannot draw the chart: cannot rebase at point 5: there are only 4");
    check(xmr(json!({"dates": ["2025-01-01"]})), "`dates` has 1 periods for 4 values");
    check(
        xmr(json!({"dates": ["2025-01-01", "2025-02-01", "2025-02-01", "2025-03-01"]})),
        "`dates` has \"2025-02-01\" at 3, which does not come after the one before",
    );
    check(
        json!({"kind": "chart_p", "input": {"y": [1, 2], "n": null}}),
        "cannot draw the chart: a share or rate needs a denominator for each value",
    );
    check(json!({"kind": "chart_c", "input": {"y": [3]}}), "cannot draw the chart: there are too few values");
    check(json!({"kind": "benjamini_hochberg", "input": {"p": [0.1, 1.2]}}), "`p` is not between 0 and 1 at 2");
    assert!(matches!(answer(&json!({"kind": "pie"})), Err(CaseError::Kind(kind)) if kind == "pie"));
}

#[test]
fn what_a_case_does_not_know_is_null() {
    let values = [json!(3), Value::Null, json!(4), json!(3), json!(90)];
    let case = json!({"kind": "xmr", "input": {"values": values, "rebase_at_index0": [0, 4], "improvement_direction": "neutral", "target": 3}});
    let got = answer(&case).unwrap();
    assert_eq!(got["segments"][0]["rebase_group"], 1);
    assert_eq!(got["segments"][0]["n"], 4);
    assert_eq!(got["segments"][1]["lpl"], Value::Null);
    assert_eq!(got["relative_to_mean"], json!([-1, null, 1, -1, 0]));
    assert_eq!(got["outside_limits"], json!([false, null, false, false, null]));
    assert_eq!((&got["assurance_icon"], &got["making_data_count"]["icons_shown"]), (&Value::Null, &json!(false)));
    let flat = json!({"kind": "chart_run", "input": {"y": [2, 2, 2], "n": null}});
    let got = answer(&flat).unwrap();
    assert_eq!((&got["n_useful"], &got["longest_run"], &got["runs_signal"]), (&json!(0), &Value::Null, &json!(false)));
}

/// Words of a spec table to options; the words are explained in spec/spc/README.md.
fn spec_options(words: &str) -> (Options, String) {
    let mut options = Options::default();
    let mut unit = String::new();
    for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match word.split_once(' ').unwrap_or((word, "")) {
            ("lower", _) => options.better = Better::Lower,
            ("higher", _) => options.better = Better::Higher,
            ("neither", _) => options.better = Better::Neither,
            ("R", _) => options.rules = Rules::NhsrPlotTheDots,
            ("target", rest) => {
                let (target, of) = rest.split_once(' ').unwrap_or((rest, ""));
                options.target = Some(target.parse().unwrap());
                unit = of.to_owned();
            }
            ("rebase", at) => options.rebase.push((at.parse::<usize>().unwrap() - 1).into()),
            ("fix", points) => options.fix_after = Some(points.parse().unwrap()),
            _ => panic!("`{word}` is not an option of a spec table"),
        }
    }
    (options, unit)
}

/// One letter a point: O outside, T trend, W two of three, S shift, dot for none; lower case when below or falling.
fn letters(chart: &Chart) -> String {
    let letter = |signal: Signal| {
        let letter = match signal.rule {
            Rule::Outside => 'O',
            Rule::Trend => 'T',
            Rule::TwoOfThree => 'W',
            Rule::Shift => 'S',
        };
        match signal.side {
            Side::Above => letter,
            Side::Below => letter.to_ascii_lowercase(),
        }
    };
    chart.points.iter().map(|point| point.signal().map_or('.', letter)).collect()
}

#[test]
fn the_manual_in_spec_spc_is_true() {
    let mut rows = 0;
    for entry in std::fs::read_dir(root().join("spec/spc")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for line in text.lines().filter(|line| line.starts_with('|')) {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [values, words, limits, signals, sentence] = cells[..] else { continue };
            if values == "values" || values.starts_with("--") {
                continue;
            }
            let values: Vec<Option<f64>> = values.split_whitespace().map(|v| v.parse().ok()).collect();
            let (options, unit) = spec_options(words);
            let chart = xmr(&values, &options).unwrap();
            let last = chart.last_segment().unwrap();
            let got = match last.limits {
                Some(l) => format!("{:.1} {:.1} {:.1}", l.lower, last.mean.unwrap(), l.upper),
                None => "none".to_owned(),
            };
            let at = format!("{}: {line}", path.display());
            assert_eq!(got, limits, "{at}");
            assert_eq!(letters(&chart), signals.trim_matches('`'), "{at}");
            assert_eq!(chart.sentence("week", &unit), sentence, "{at}");
            rows += 1;
        }
    }
    assert!(rows >= 20, "only {rows} rows in spec/spc");
}

#[test]
fn a_series_that_never_moves_has_limits_at_its_mean_and_no_signal() {
    for value in [0.0, 0.1, 1e9 / 3.0] {
        for rules in [Rules::MakingDataCount, Rules::NhsrPlotTheDots] {
            let chart = xmr(&[Some(value); 30], &Options { rules, ..Options::default() }).unwrap();
            let limits = chart.segments[0].limits.unwrap();
            assert!((limits.upper - value).abs() <= 1e-12 * value && limits.upper == limits.lower);
            assert_eq!(chart.points.iter().filter(|point| !point.signals.is_empty()).count(), 0);
        }
    }
}

#[test]
fn a_gap_has_no_range_to_its_neighbours_and_breaks_a_run() {
    let mut values: Vec<Option<f64>> = (0..20).map(|i| Some(f64::from(i % 2))).collect();
    values[10] = None;
    values[11] = Some(100.0);
    let chart = xmr(&values[..11], &Options::default()).unwrap();
    assert_eq!(chart.segments[0].points, 10);
    assert_eq!(chart.sentence("week", ""), "Too few points to tell: 10 of 13");
    let rising: Vec<_> = (0..14).map(|i| (i != 6).then_some(f64::from(i))).collect();
    let chart = xmr(&rising, &Options::default()).unwrap();
    assert!(!chart.points[5].signals.iter().any(|signal| signal.rule == Rule::Trend));
    assert!(chart.points[13].signals.iter().any(|signal| signal.rule == Rule::Trend));
}

#[test]
fn impossible_options_are_refused_with_a_reason() {
    let check = |values: &[f64], options: Options, words: &str| {
        let values: Vec<_> = values.iter().copied().map(Some).collect();
        assert_eq!(xmr(&values, &options).unwrap_err().to_string(), words);
    };
    let plain = Options::default;
    check(&[1.0, f64::INFINITY], plain(), "point 2 is not a finite number");
    check(&[1.0], Options { target: Some(f64::NAN), ..plain() }, "the target is not a finite number");
    check(&[1.0], Options { rebase: vec![1.into()], ..plain() }, "cannot rebase at point 2: there are only 1");
    check(&[1.0], Options { fix_after: Some(11), ..plain() }, "cannot fix limits on 11 points: 12 are the fewest");
    assert_eq!(xmr(&[], &plain()).unwrap().sentence("week", ""), "Too few points to tell: 0 of 13");
}

/// A small generator for the simulations below: SplitMix64, then Box and Muller.
struct Stream(u64);

impl Stream {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (a, b) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }

    fn series(&mut self, points: usize, carried: f64) -> Vec<Option<f64>> {
        let mut value = self.normal();
        let fresh = (1.0 - carried * carried).sqrt();
        (0..points)
            .map(|_| {
                value = carried * value + fresh * self.normal();
                Some(50.0 + 5.0 * value)
            })
            .collect()
    }
}

#[test]
fn the_share_of_false_signals_is_what_stable_series_show() {
    let mut stream = Stream(20_251_117);
    for (points, carried) in [(24, 0.0), (52, 0.0), (24, 0.3), (52, 0.6)] {
        let series = 4_000;
        let false_signals = (0..series)
            .filter(|_| {
                let chart = xmr(&stream.series(points, carried), &Options::default()).unwrap();
                chart.variation().is_signal()
            })
            .count();
        let got = false_signals as f64 / f64::from(series);
        let want = false_signal_rate(points, carried);
        // four standard errors of both simulations
        let slack = 4.0 * (want * (1.0 - want) * (1.0 / f64::from(series) + 1.0 / 2500.0)).sqrt();
        assert!((got - want).abs() < slack, "{points} points, {carried}: {got} is not {want} ± {slack}");
    }
}

#[test]
fn a_page_of_quiet_charts_says_how_many_would_signal_by_chance() {
    let mut stream = Stream(7);
    let charts: Vec<Chart> = (0..100).map(|_| xmr(&stream.series(52, 0.6), &Options::default()).unwrap()).collect();
    let expected = expected_false_signals(&charts);
    assert!((12.0..24.0).contains(&expected), "{expected}");
    assert_eq!(expected_false_signals(&[] as &[Chart]), 0.0);
}

proptest! {
    #[test]
    fn turning_a_chart_upside_down_turns_its_signals(values in prop::collection::vec(-50i32..50, 2..60)) {
        let up: Vec<_> = values.iter().map(|&v| Some(f64::from(v))).collect();
        let down: Vec<_> = values.iter().map(|&v| Some(-f64::from(v))).collect();
        for rules in [Rules::MakingDataCount, Rules::NhsrPlotTheDots] {
            let up = xmr(&up, &Options { rules, better: Better::Higher, ..Options::default() }).unwrap();
            let down = xmr(&down, &Options { rules, better: Better::Lower, ..Options::default() }).unwrap();
            for (up, down) in up.points.iter().zip(&down.points) {
                prop_assert_eq!(up.variation.point_type(), down.variation.point_type());
                prop_assert_eq!(up.signals.len(), down.signals.len());
            }
        }
    }

    #[test]
    fn no_bytes_stop_the_reader(bytes in prop::collection::vec(prop::sample::select(b"0123459-/,\"\n QWxe.%*\xc3\xa3T:".to_vec()), 0..200)) {
        let file = [b"date,value\n2025-01-01,3\n", bytes.as_slice()].concat();
        for bytes in [bytes, file] {
            if let Ok(report) = from_csv(bytes.as_slice(), &FileOptions::default()) {
                prop_assert!(report.charts.iter().all(|named| named.periods.len() == named.chart.points.len()));
                report.to_json();
            }
        }
    }

    #[test]
    fn units_do_not_change_signals(values in prop::collection::vec(0i32..1000, 2..60), scale in 1u32..5) {
        let scale = 60f64.powi(scale as i32);
        let one: Vec<_> = values.iter().map(|&v| Some(f64::from(v))).collect();
        let other: Vec<_> = values.iter().map(|&v| Some(f64::from(v) * scale)).collect();
        let [one, other] = [one, other].map(|values| xmr(&values, &Options::default()).unwrap());
        prop_assert_eq!(letters(&one), letters(&other));
    }

    #[test]
    fn segments_do_not_see_each_other(a in prop::collection::vec(0i32..100, 1..30), b in prop::collection::vec(0i32..100, 1..30)) {
        let [a, b] = [a, b].map(|part| part.into_iter().map(|v| Some(f64::from(v))).collect::<Vec<_>>());
        let both: Vec<_> = a.iter().chain(&b).copied().collect();
        let whole = xmr(&both, &Options { rebase: vec![a.len().into()], ..Options::default() }).unwrap();
        let parts = [a, b].map(|values| letters(&xmr(&values, &Options::default()).unwrap()));
        prop_assert_eq!(letters(&whole), parts.concat());
    }
}

fn check_file(csv: &str, options: &FileOptions, want: &str) {
    let got = match from_csv(csv.as_bytes(), options) {
        Ok(report) => {
            let mut lines = Vec::new();
            for named in &report.charts {
                let values: Vec<String> =
                    named.chart.points.iter().map(|p| p.value.map_or("–".into(), |v| v.to_string())).collect();
                lines.push(format!(
                    "{}[{}] {} | {}",
                    named.group,
                    named.grain,
                    named.periods.join(" "),
                    values.join(" ")
                ));
            }
            lines.extend(report.problems.iter().map(ToString::to_string));
            lines.join("\n")
        }
        Err(error) => error.to_string(),
    };
    assert_eq!(got, want, "{csv}");
}

#[test]
fn a_file_is_read_as_people_write_them() {
    let plain = FileOptions::default();
    check_file("Date,Value\n03/11/2025,\"1,204\"\n10/11/2025,12%\n", &plain, "[week] 2025-11-03 2025-11-10 | 1204 12");
    check_file("\u{feff}when,who,waits\nNov-25,x1,5\nJan-26,x2,7\n", &plain, "[point] 2025-11-01 2026-01-01 | 5 7");
    check_file(
        "month,n\n2025-03,3\n2025-01,1\n2025-02,2\n2025-05,5\n",
        &plain,
        "[month] 2025-01-01 2025-02-01 2025-03-01 2025-04-01 2025-05-01 | 1 2 3 – 5",
    );
    check_file(
        "quarter,group,n\n2025 Q1,a,1\n2025 Q2,a,*\n2025 Q1,b,3\n",
        &plain,
        "a[quarter] 2025-01-01 2025-04-01 | 1 –\nb[point] 2025-01-01 | 3",
    );
    check_file("period,value\nbaseline,1\nafter,2\n", &plain, "[point] baseline after | 1 2");
    check_file(
        "day,n\n2025-11-07,1\n2025-11-10,2\n2025-11-11,3\n2025-11-13,3\n",
        &plain,
        "[day] 2025-11-07 2025-11-10 2025-11-11 2025-11-12 2025-11-13 | 1 2 3 – 3",
    );
}

#[test]
fn periods_that_repeat_are_told_apart_by_a_column_of_words() {
    let plain = FileOptions::default();
    check_file(
        "trust,month,n\nRJZ,2025-01,1\nRQM,2025-01,5\nRJZ,2025-02,2\nRQM,2025-02,6\n",
        &plain,
        "RJZ[month] 2025-01-01 2025-02-01 | 1 2\nRQM[month] 2025-01-01 2025-02-01 | 5 6",
    );
    check_file(
        "month,n\n2025-01,1\n2025-01,5\n2025-01,2\n",
        &plain,
        "most values of `month` occur more than once: name the column that tells groups apart with --group",
    );
}

#[test]
fn a_bad_row_is_named_by_its_line_and_the_others_are_charted() {
    let csv = "month,n\n2025-01,1\n2025-02,lots\nsoon,3\n2025-03\n,5\n2025-03,6\n2025-01,7\n";
    check_file(
        csv,
        &FileOptions::default(),
        "[month] 2025-01-01 2025-02-01 2025-03-01 | 1 – 6\nline 3: `lots` is not a number\nline 4: `soon` is not a date, as the other periods are\nline 5: has 1 fields, too few to hold a period and a value\nline 6: has no period\nline 8: `2025-01` is already on line 2, which was used",
    );
    let bytes = b"month,n\n2025-01,\xff\xfe\n2025-02,2\n";
    let report = from_csv(&bytes[..], &FileOptions::default()).unwrap();
    assert_eq!((report.charts[0].chart.points.len(), report.problems.len()), (2, 1));
}

#[test]
fn a_file_without_what_is_asked_says_what_it_has() {
    let with = |columns| FileOptions { columns, ..FileOptions::default() };
    let csv = "month,n\n2025-01,1\n";
    check_file(
        csv,
        &with(Columns { value: Some("waits".into()), ..Columns::default() }),
        "no value column called `waits`: the file has `month`, `n`; name it with --value",
    );
    check_file("", &FileOptions::default(), "no period column: the file has ; name it with --period");
    check_file("month,n\n", &FileOptions::default(), "no row has a period and a value; 0 rows have problems");
    check_file(
        "month,x,y z\n",
        &FileOptions::default(),
        "no value column: the file has `month`, `x`, `y z`; name it with --value",
    );
    check_file(
        csv,
        &FileOptions { rebase: vec!["2026-01".into()], ..FileOptions::default() },
        "cannot rebase at `2026-01`: no period is that late or has that name",
    );
}

#[test]
fn the_report_says_the_same_in_json_csv_and_text() {
    let mut csv = "week,minutes\n".to_owned();
    for week in 0..15 {
        let minutes = if week == 14 { 60 } else { 30 + week % 3 };
        csv.push_str(&format!("{},{minutes}\n", domain::Date(20_395 + 7 * week)));
    }
    let options = FileOptions {
        chart: Options { better: Better::Lower, target: Some(15.0), ..Options::default() },
        unit: "minutes".into(),
        ..FileOptions::default()
    };
    let report = from_csv(csv.as_bytes(), &options).unwrap();
    let json = report.to_json();
    assert_eq!(json["charts"][0]["sentence"], "Above the usual range; will miss 15 minutes");
    assert_eq!(json["charts"][0]["point_type"][14], "special_cause_concern");
    assert_eq!(
        report.to_csv().lines().last().unwrap().rsplit(',').take(3).collect::<Vec<_>>(),
        ["special_cause_concern", "above the usual range", "15"]
    );
    assert!(report.to_text().lines().any(|line| line.ends_with("above the usual range (concern)")));
}

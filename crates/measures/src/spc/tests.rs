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
            if ["values", "measured"].contains(&cells[0]) || cells[0].starts_with("--") {
                continue;
            }
            let numbers = |cell: &str| cell.split_whitespace().map(|v| v.parse().ok()).collect::<Vec<Option<f64>>>();
            let page = path.file_name().unwrap().to_str().unwrap();
            let (values, words, limits, signals, sentence) = match (page, cells.as_slice()) {
                ("days.md", _) => continue, // rates, which the simulations keep
                ("which-chart.md", [measured, counts, of, says]) => {
                    let statistic = crate::Statistic::deserialize(Value::from(*measured)).unwrap();
                    assert_eq!(choose(statistic, &numbers(counts), &numbers(of)).1, *says, "{line}");
                    rows += 1;
                    continue;
                }
                ("two-rule-sets.md", [values, words, says]) => {
                    let got = difference(&numbers(values), &spec_options(words).0).unwrap();
                    assert_eq!(got.map_or("-".to_owned(), |difference| difference.sentence), *says, "{line}");
                    rows += 1;
                    continue;
                }
                (_, &[values, words, limits, signals, sentence]) => (numbers(values), words, limits, signals, sentence),
                _ => continue,
            };
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
    assert!(rows >= 55, "only {rows} rows in spec/spc");
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

fn some(values: impl IntoIterator<Item = f64>) -> Vec<Option<f64>> {
    values.into_iter().map(Some).collect()
}

#[test]
fn where_the_rule_sets_disagree_is_said_in_one_sentence() {
    let check = |values: Vec<f64>, options: Options, want: Option<&str>| {
        let got = difference(&some(values), &options).unwrap();
        assert_eq!(got.map(|difference| difference.sentence).as_deref(), want);
    };
    let steady = || [50.0, 52.0, 49.0, 51.0, 48.0, 50.0].repeat(3);
    let higher = Options { better: Better::Higher, ..Options::default() };
    check(steady(), higher.clone(), None);
    let wild = [steady(), vec![80.0], steady()].concat();
    let target = Options { target: Some(60.0), ..higher.clone() };
    check(
        wild,
        target,
        Some(
            "The two rule sets differ on the target (Making Data Count says hit and miss, the R package will be missed)",
        ),
    );
    let there_and_back = (40..48).map(f64::from).chain((0..7).map(|step| 46.5 - f64::from(step))).collect();
    let both = "The two rule sets differ on 3 of 15 points (point 11: Making Data Count says improvement, the R package concern)";
    check(there_and_back, higher, Some(both));
}

#[test]
fn a_rebase_says_why_and_by_whom_and_twice_is_once() {
    let values = some([4.0, 6.0].repeat(10));
    let rebase = |reason: &str| Rebase { at: 10, reason: reason.into(), by: "A. Patel".into() };
    let with = |rebase: Vec<Rebase>| xmr(&values, &Options { rebase, ..Options::default() }).unwrap();
    let once = with(vec![rebase("second nurse")]);
    assert_eq!(once.segments.len(), 2);
    assert_eq!(once.options.rebase[0].words(), "second nurse (A. Patel)");
    assert_eq!(with(vec![rebase("second nurse"), rebase("typed again")]), once);
    assert_eq!(once.warnings()[1], "segment 2: 10 points make trial limits only; 13 make full ones");
    assert_eq!(Rebase::from(3).words(), "");
    assert_eq!(Rebase::on(&[Date(7), Date(14)], Date(15), "", ""), None);
}

#[test]
fn a_standard_that_changes_is_judged_by_what_is_in_force_now() {
    let weeks: Vec<Date> = (0..20).map(|week| Date(20_395 + 7 * week)).collect();
    let standard = [(weeks[15], 40.0), (Date(0), 10.0), (Date(90_000), 99.0)];
    let targets = Target::steps(&weeks, &standard);
    assert_eq!(targets, [Target { from: 0, value: 10.0 }, Target { from: 15, value: 40.0 }]);
    let options = Options { better: Better::Lower, targets, ..Options::default() };
    assert_eq!([0, 14, 15, 19].map(|at| options.target_at(at)), [10.0, 10.0, 40.0, 40.0].map(Some));
    let chart = |weeks: usize| xmr(&some([29.0, 31.0].repeat(weeks / 2)), &options).unwrap();
    assert_eq!(chart(20).sentence("week", "minutes"), "No change; will meet 40 minutes");
    assert_eq!(chart(14).sentence("week", "minutes"), "No change; will miss 10 minutes");
    let wrong = Options { targets: vec![Target { from: 0, value: f64::NAN }], ..Options::default() };
    assert_eq!(xmr(&[], &wrong), Err(SpcError::TargetNotFinite));
}

#[test]
fn icons_are_letters() {
    let high = Variation::Concern(Side::Above);
    let letters = [high, Variation::Improvement(Side::Below), Variation::CommonCause].map(Variation::letter);
    assert_eq!(letters, [Some('H'), Some('L'), None]);
    assert_eq!([Assurance::Pass, Assurance::Fail, Assurance::Inconsistent].map(Assurance::letter), ['P', 'F', '?']);
}

#[test]
fn a_page_counts_its_signals_beside_those_of_chance() {
    let check = |signals, expected, words: &str| {
        assert_eq!(Page { signals, expected, adjusted: Vec::new() }.sentence(), words);
    };
    check(3, 1.2, "3 signals; 1 is expected when nothing changes");
    check(1, 0.3, "1 signal; fewer than 1 is expected when nothing changes");
    check(0, 2.5, "No signals; 3 are expected when nothing changes");
    let quiet = xmr(&some([4.0, 6.0, 5.0].repeat(8)), &Options::default()).unwrap();
    let loud = xmr(&some([[4.0, 6.0, 5.0].repeat(8), vec![40.0]].concat()), &Options::default()).unwrap();
    let short = xmr(&some([4.0, 6.0, 90.0]), &Options::default()).unwrap();
    let page = Page::of([&quiet, &short, &loud]);
    assert_eq!((page.signals, page.adjusted[1], page.certain(0.05).collect::<Vec<_>>()), (1, None, vec![2]));
    assert_eq!(page_sentence([&loud]), "1 signal; fewer than 1 is expected when nothing changes");
}

#[test]
fn days_that_follow_each_other_are_judged_against_what_they_lead_one_to_expect() {
    let dates: Vec<Date> = (0..91).map(|day| Date(20_395 + day)).collect();
    // Slow waves, and Mondays (the first day) twenty higher.
    let wave = |day: usize| 100.0 + 12.0 * (day as f64 / 8.0).sin() + [20.0, 3.0, 0.0, 1.0, 4.0, -2.0, 1.0][day % 7];
    let mut values: Vec<f64> = (0..91).map(|day| wave(day) + [0.0, 2.0, -1.0][day % 3]).collect();
    values[60] += 25.0;
    let mut values = some(values);
    values[45] = None;
    let chart = xmr_on(&dates, &values, &Options::default()).unwrap();
    let adjusted = chart.adjusted.as_ref().unwrap();
    assert!(adjusted.carried > 0.5, "{}", adjusted.carried);
    assert!((adjusted.weekdays.as_ref().unwrap()[0] - 16.0).abs() < 3.0, "{:?}", adjusted.weekdays);
    assert_eq!(chart.points.iter().map(|point| point.value).collect::<Vec<_>>(), values);
    // A day is outside exactly when it lies beyond its own limits, and the wild one does.
    for (at, point) in chart.points.iter().enumerate() {
        let Some((limits, value)) = chart.limits_at(at).zip(point.value) else {
            assert_eq!((at, point.value), (45, None));
            continue;
        };
        assert_eq!(point.outside, value > limits.upper || value < limits.lower, "{at}");
    }
    // Nothing is known of the day before the first and the one after the gap: their limits are wider.
    let width = |at: usize| chart.limits_at(at).map(|limits| limits.upper - limits.lower).unwrap();
    assert!(width(0) > width(1) && width(46) > width(47) && width(46) == width(0));
    assert!(chart.points[60].outside && chart.autocorrelation() < 0.3);
    let whole = chart.segments[0].limits.unwrap();
    let own = chart.limits_at(30).unwrap();
    assert!(whole.upper - whole.lower > own.upper - own.lower);
    let never = Options { adjust: Adjust::Never, ..Options::default() };
    assert_eq!(xmr_on(&dates, &values, &never).unwrap().adjusted, None);
    let weeks: Vec<Date> = (0..91).map(|week| Date(20_395 + 7 * week)).collect();
    assert_eq!(xmr_on(&weeks, &values, &Options::default()).unwrap(), xmr(&values, &Options::default()).unwrap());
    assert_eq!(xmr_on(&dates[1..], &values, &never), Err(SpcError::Dates(90)));
    assert_eq!(xmr_on(&[dates[0], dates[0]], &values[..2], &never), Err(SpcError::Dates(1)));
}

#[test]
fn months_are_taken_out_when_asked() {
    let dates: Vec<Date> =
        (0..48).filter_map(|month| Date::from_ymd(2022 + month / 12, month as u32 % 12 + 1, 1)).collect();
    let winter = |month: usize| if [0, 1, 11].contains(&(month % 12)) { 30.0 } else { 0.0 };
    let values = some((0..48).map(|month| 100.0 + winter(month) + [2.0, -3.0, 1.0, 0.0, -1.0][month % 5]));
    let chart = |adjust| xmr_on(&dates, &values, &Options { adjust, ..Options::default() }).unwrap();
    let adjusted = chart(Adjust::WithMonths).adjusted.unwrap();
    assert_eq!(adjusted.weekdays, None);
    assert!((adjusted.months.as_ref().unwrap()[0] - 22.5).abs() < 2.0, "{:?}", adjusted.months);
    assert!(adjusted.words().starts_with("each point is judged against what its month"));
    assert_eq!(chart(Adjust::WhenDaily).adjusted, None);
}

#[test]
fn many_series_come_out_as_each_would_alone() {
    let values = some((0..60).map(|at| f64::from(at * 37 % 11)));
    let charts = many(&values, &[20, 20, 60], &Options::default());
    let alone = [&values[..20], &[], &values[20..]].map(|values| xmr(values, &Options::default()));
    assert_eq!(charts, alone);
    assert_eq!(many(&values, &[30, 20, 61], &Options::default())[1..], [1, 2].map(|at| Err(SpcError::Series(at))));
}

/// The rules word for word: a point has a signal when some window that holds it meets the rule.
fn word_for_word(points: &[Point], rules: Rules) -> Vec<Vec<Signal>> {
    let far = |point: &Point| point.beyond_near && (rules == Rules::MakingDataCount || !point.outside);
    let one_side = |window: &[Point], side| window.iter().all(|point| point.side == Some(side));
    let steps = |window: &[Point], side| {
        window.windows(2).all(|pair| match (pair[0].value, pair[1].value) {
            (Some(before), Some(now)) if side == Side::Above => now > before,
            (Some(before), Some(now)) => now < before,
            _ => false,
        })
    };
    let mut found = vec![Vec::new(); points.len()];
    for at in 0..points.len() {
        for side in [Side::Above, Side::Below] {
            let within = |length: usize, rule: &dyn Fn(&[Point]) -> bool| {
                (0..points.len()).any(|from| {
                    (from..from + length).contains(&at) && points.get(from..from + length).is_some_and(rule)
                })
            };
            let two_of_three =
                |window: &[Point]| one_side(window, side) && window.iter().filter(|point| far(point)).count() >= 2;
            for (rule, holds) in [
                (Rule::Outside, points[at].outside && points[at].side == Some(side)),
                (Rule::Trend, within(7, &|window| steps(window, side))),
                (Rule::TwoOfThree, far(&points[at]) && within(3, &two_of_three)),
                (Rule::Shift, within(7, &|window| one_side(window, side))),
            ] {
                if holds {
                    found[at].push(Signal { rule, side });
                }
            }
        }
    }
    found
}

proptest! {
    #[test]
    fn the_rules_are_kept_word_for_word(
        steps in prop::collection::vec(prop::option::weighted(0.97, -2i32..=3), 1..60),
        back in 3i32..20,
        rules in prop::sample::select(vec![Rules::MakingDataCount, Rules::NhsrPlotTheDots]),
    ) {
        let mut height = 0;
        let values: Vec<_> = steps.iter().map(|step| {
            height += (*step)?;
            if height > back { height -= back }
            Some(f64::from(height))
        }).collect();
        let chart = xmr(&values, &Options { rules, ..Options::default() }).unwrap();
        for (point, want) in chart.points.iter().zip(word_for_word(&chart.points, rules)) {
            prop_assert_eq!(point.signals.len(), want.len());
            prop_assert!(want.iter().all(|signal| point.signals.contains(*signal)), "{:?} {:?}", point, want);
        }
    }

    #[test]
    fn adding_or_scaling_changes_no_signal_and_a_mirror_turns_each(
        values in prop::collection::vec(prop::option::weighted(0.9, -500i32..500), 1..60),
        add in -1000i32..1000,
        scale in 1u32..50,
        rules in prop::sample::select(vec![Rules::MakingDataCount, Rules::NhsrPlotTheDots]),
    ) {
        let chart = |change: &dyn Fn(f64) -> f64, better| {
            let values: Vec<_> = values.iter().map(|value| value.map(|value| change(f64::from(value)))).collect();
            xmr(&values, &Options { rules, better, rebase: vec![(values.len() / 2).into()], ..Options::default() }).unwrap()
        };
        let plain = chart(&|value| value, Better::Higher);
        // Powers of two and whole numbers keep every comparison exact.
        let moved = chart(&|value| value + f64::from(add), Better::Higher);
        let scaled = chart(&|value| value * f64::from(scale), Better::Higher);
        let mirrored = chart(&|value| -value, Better::Lower);
        for (at, point) in plain.points.iter().enumerate() {
            prop_assert_eq!(point.signals, moved.points[at].signals);
            prop_assert_eq!(point.signals, scaled.points[at].signals);
            let other = |signal: Signal| Signal {
                side: if signal.side == Side::Above { Side::Below } else { Side::Above },
                ..signal
            };
            let turned: Vec<Signal> = mirrored.points[at].signals.iter().map(other).collect();
            prop_assert_eq!(point.signals.len(), turned.len());
            prop_assert_eq!(point.signal(), turned.first().copied());
            prop_assert!(turned.iter().all(|signal| point.signals.contains(*signal)));
        }
        for (segment, moved) in plain.segments.iter().zip(&moved.segments) {
            let (Some(limits), Some(moved)) = (segment.limits, moved.limits) else { continue };
            prop_assert!((limits.upper + f64::from(add) - moved.upper).abs() < 1e-8);
            prop_assert!((limits.lower + f64::from(add) - moved.lower).abs() < 1e-8);
        }
    }

    #[test]
    fn rebasing_twice_at_a_point_changes_nothing(
        values in prop::collection::vec(0i32..100, 2..40), at in 0usize..40, again in 0usize..40,
    ) {
        let values = some(values.into_iter().map(f64::from));
        let (at, again) = (at % values.len(), again % values.len());
        let with = |rebase: &[usize]| {
            let rebase = rebase.iter().map(|at| Rebase::from(*at)).collect();
            xmr(&values, &Options { rebase, ..Options::default() }).unwrap()
        };
        prop_assert_eq!(with(&[at, again, at]), with(&[again, at]));
    }

    #[test]
    fn limits_of_a_series_that_never_moves_are_its_mean(value in -1e12..1e12f64, points in 2usize..50, gap in 0usize..50) {
        let mut values = vec![Some(value); points + 2];
        if gap > 1 && gap < points {
            values[gap] = None;
        }
        for rules in [Rules::MakingDataCount, Rules::NhsrPlotTheDots] {
            let chart = xmr(&values, &Options { rules, ..Options::default() }).unwrap();
            let limits = chart.segments[0].limits.unwrap();
            prop_assert_eq!((Some(limits.lower), Some(limits.upper)), (chart.segments[0].mean, chart.segments[0].mean));
            prop_assert!(chart.points.iter().all(|point| point.signals.is_empty() && point.side.is_none()));
        }
    }

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
    fn no_case_stops_the_answer(
        kind in prop::sample::select(vec!["xmr", "chart_p", "chart_pp", "chart_up", "chart_c", "chart_g", "chart_t", "chart_i", "chart_mr", "chart_run"]),
        y in prop::collection::vec(prop::sample::select(vec![json!(null), json!(0), json!(1), json!(5), json!(-2.5), json!(1e308), json!("1")]), 0..20),
        n in prop::option::of(prop::collection::vec(prop::sample::select(vec![json!(null), json!(0), json!(9), json!(1e-300)]), 0..20)),
        at in prop::option::of(0usize..25),
    ) {
        let input = json!({"y": y, "values": y, "n": n, "freeze": at, "rebase_at_index0": at, "fix_after_n_points": at, "target": 3});
        if let Ok(got) = answer(&json!({"kind": kind, "input": input})) {
            let points = if kind == "xmr" { &got["point_type"] } else { &got["sigma_signal"] };
            prop_assert_eq!(points.as_array().unwrap().len(), y.len());
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
fn what_cannot_be_charted_is_a_gap_that_is_stated() {
    let plain = FileOptions::default();
    check_file(
        "month,n\n2025-01,1\n2025-02,2\n2025-03-01,3\n2025-04,4\n2025 Q2,9\n",
        &plain,
        "[month] 2025-01-01 2025-02-01 2025-03-01 2025-04-01 | 1 2 – 4\nline 4: `2025-03-01` is a day, and most other periods are months\nline 6: `2025 Q2` is a quarter, and most other periods are months",
    );
    check_file(
        "week,share\n2025-11-03,#DIV/0!\n2025-11-10,inf\n2025-11-17,NaN\n2025-11-24,0.5\n",
        &FileOptions {
            columns: Columns { value: Some("share".into()), ..Columns::default() },
            ..FileOptions::default()
        },
        "[week] 2025-11-03 2025-11-10 2025-11-17 2025-11-24 | – – – 0.5\nline 2: `#DIV/0!` is not a number\nline 3: `inf` is not a number",
    );
    let uneven = "date,n\n2025-01-01,1\n2025-01-04,2\n2025-01-09,3\n2025-03-01,4\n";
    let report = from_csv(uneven.as_bytes(), &plain).unwrap();
    let note = "the periods are not evenly spaced; the chart takes them one after another";
    assert_eq!((report.charts[0].grain, report.charts[0].warnings[0].as_str()), ("point", note));
    let one = from_csv("month,n\n2025-01,1\n".as_bytes(), &plain).unwrap();
    assert_eq!(one.charts[0].sentence, "Too few points to tell: 1 of 13");
}

#[test]
fn a_file_of_days_that_follow_each_other_says_what_was_allowed_for() {
    let mut csv = "day,n\n".to_owned();
    for day in 0..91 {
        let wave = 100.0 + 12.0 * (f64::from(day) / 8.0).sin() + f64::from(day * 7 % 5);
        csv.push_str(&format!("{},{wave:.2}\n", Date(20_395 + day)));
    }
    let report = from_csv(csv.as_bytes(), &FileOptions::default()).unwrap();
    let words = "each point is judged against what the point before it (correlation 0.9) leads one to expect";
    assert_eq!(report.charts[0].warnings, [words]);
    let json = report.to_json();
    let (chart, line) = (&json["charts"][0], report.to_csv().lines().nth(40).unwrap().to_owned());
    assert_eq!(chart["adjusted"], words);
    let lower = chart["lpl_at"][39].as_f64().unwrap();
    assert_eq!(line.split(',').nth(4), Some(lower.to_string().as_str()));
    assert!(lower > chart["segments"][0]["lpl"].as_f64().unwrap());
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

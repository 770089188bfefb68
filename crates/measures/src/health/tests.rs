use super::*;
use crate::spc::tests::cases;
use serde_json::Value;

/// Whether an answer is what is expected: names exactly, words exactly, numbers within the tolerance.
fn compare(got: &Value, want: &Value, tolerance: &dyn Fn(&str) -> (f64, f64), path: &str, wrong: &mut Vec<String>) {
    match (got, want) {
        (Value::Object(got), Value::Object(want)) => {
            let names = |map: &serde_json::Map<String, Value>| {
                let mut names: Vec<String> = map.keys().cloned().collect();
                names.sort();
                names
            };
            if names(got) != names(want) {
                wrong.push(format!("{path}: names {:?} are not {:?}", names(got), names(want)));
            }
            for (name, want) in want {
                compare(got.get(name).unwrap_or(&Value::Null), want, tolerance, &format!("{path}.{name}"), wrong);
            }
        }
        (Value::Array(got), Value::Array(want)) if got.len() == want.len() => {
            for (i, (got, want)) in got.iter().zip(want).enumerate() {
                compare(got, want, tolerance, &format!("{path}[{i}]"), wrong);
            }
        }
        (Value::Number(got), Value::Number(want)) => {
            let (got, want) = (got.as_f64().unwrap(), want.as_f64().unwrap());
            let (relative, absolute) = tolerance(path);
            // Expected values are printed to twelve digits.
            if (got - want).abs() > (relative * want.abs()).max(absolute) {
                wrong.push(format!("{path}: {got} is not {want}"));
            }
        }
        (got, want) if got == want => {}
        (got, want) => wrong.push(format!("{path}: {got} is not {want}")),
    }
}

fn check(id: &Value, got: &Value, expected: &Value, limits: Option<f64>) {
    let tolerance = |path: &str| match limits {
        Some(limit) if path.contains("lower") || path.contains("upper") => (0.0, limit),
        _ => (1e-9, 1e-12),
    };
    let mut wrong = Vec::new();
    compare(got, expected, &tolerance, id.as_str().unwrap(), &mut wrong);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check_case(case: &Value) {
    let got = answer(case).unwrap_or_else(|error| panic!("{}: {error}", case["id"]));
    check(&case["id"], &got, &case["expected"], case["tolerance"]["limits_abs"].as_f64());
}

#[test]
fn every_published_public_health_case_comes_out_the_same() {
    let Some(cases) = cases("phe.json") else { return };
    assert!(cases.len() >= 15);
    cases.iter().for_each(check_case);
}

#[test]
fn every_published_overdispersed_funnel_comes_out_the_same() {
    let Some(cases) = cases("spc.json") else { return };
    let funnels: Vec<&Value> = cases.iter().filter(|case| case["kind"] == "funnel").collect();
    assert!(funnels.len() >= 3);
    funnels.into_iter().for_each(check_case);
}

/// `cases.json`: what the published cases do not show, worked out apart from this code (numpy and scipy, the formulas written
/// anew): several levels, groups, missing values, percentages, transformed slopes, wide life expectancies, standardised rates
/// in a funnel, and overdispersed funnels where the R package is wrong. Only the names given are compared.
#[test]
fn cases_of_our_own_come_out_as_worked_out_apart() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("cases.json")).unwrap();
    for case in &cases {
        let mut got = answer(case).unwrap_or_else(|error| panic!("{}: {error}", case["id"]));
        let expected = &case["expected"];
        got.as_object_mut().unwrap().retain(|name, _| expected.get(name).is_some());
        if let Some(limits) = got.get_mut("limits").and_then(Value::as_object_mut) {
            limits.retain(|name, _| expected["limits"].get(name).is_some());
        }
        check(&case["id"], &got, expected, case["tolerance"]["limits_abs"].as_f64());
    }
}

#[test]
fn published_limits_are_met() {
    let near = |[lower, upper]: Limits, want: Limits, places: f64| {
        assert!((lower - want[0]).abs() <= places && (upper - want[1]).abs() <= places, "{lower} {upper} for {want:?}");
    };
    // Exact Poisson limits: Altman and others, Statistics with Confidence, 2nd edition, table 18.3.
    for (events, want) in [(0.0, [0.0, 3.689]), (1.0, [0.025, 5.572]), (5.0, [1.624, 11.668]), (9.0, [4.115, 17.085])] {
        near(poisson(events, Confidence::P95), want, 1e-3);
    }
    // Newcombe 1998, Statistics in Medicine 17: 873–890, table II, method 10.
    let shares = |a: f64, m: f64, b: f64, n: f64| {
        let one = |count, all| {
            let share = share(count, all).unwrap();
            (share.value(), share.limits(Confidence::P95))
        };
        gap(one(a, m), one(b, n)).difference_limits
    };
    near(shares(56.0, 70.0, 48.0, 80.0), [0.0524, 0.3339], 5e-5);
    near(shares(9.0, 10.0, 3.0, 10.0), [0.1705, 0.8090], 5e-5);
    near(shares(10.0, 10.0, 0.0, 10.0), [0.6075, 1.0], 5e-5);
}

#[test]
fn what_is_withheld_says_why() {
    let start = |i: u32| if i < 2 { i } else { 5 * (i - 1) };
    let bands = |people: f64, deaths: f64| -> Vec<AgeBand> {
        (0..20).map(|i| AgeBand { start: start(i), people, deaths }).collect()
    };
    let check = |bands: Vec<AgeBand>, want: Withheld| {
        assert_eq!(life_expectancy(&bands), Err(want.into()), "{want}");
    };
    assert!(life_expectancy(&bands(251.0, 5.0)).is_ok());
    check(bands(250.0, 5.0), Withheld::FewerThanFiveThousand);
    check(bands(300.0, 301.0), Withheld::MoreDeathsThanPeople);
    check(bands(300.0, -1.0), Withheld::NegativeDeaths);
    check(bands(0.0, 0.0), Withheld::NobodyInABand);
    check(bands(300.0, 0.0), Withheld::NoDeathsInLastBand);
    let mut few = bands(300.0, 0.0);
    few[19].deaths = 1.0;
    assert_eq!(life_expectancy(&few).unwrap()[19].value(), Err(Withheld::WiderThanTwentyYears));
    assert_eq!(mean(&[3.0]).unwrap().limits(Confidence::P95), Err(Withheld::OneValue));
    assert_eq!(direct(&[(9.0, 100.0, 1.0)], 1.0).unwrap().value(), Err(Withheld::FewerThanTen));
    assert!(direct(&[(10.0, 100.0, 1.0)], 1.0).unwrap().value().is_ok());
    assert_eq!(quantiles(&[Some(1.0), None], 2, true), Err(Withheld::FewerAreasThanGroups));
    let few = Fifth::Rate(rate(9.0, 100.0, 1.0).unwrap());
    assert_eq!(core20(few, few, Confidence::P95), Err(Withheld::FewerThanTen));
}

#[test]
fn a_case_that_cannot_be_answered_names_its_field() {
    use serde_json::json;
    let check = |case: Value, want: &str| assert_eq!(answer(&case).unwrap_err().to_string(), want);
    check(json!({"input": {}}), "`kind` is missing");
    check(json!({"kind": "rate", "input": {"x": [1]}}), "`input.n` is missing");
    check(json!({"kind": "rate", "input": {"x": [1, 2], "n": [1]}}), "`n` has 1 rows where the others have 2");
    check(
        json!({"kind": "rate", "input": {"x": [1, "many"], "n": [1, 2]}}),
        "`x row 2` is \"many\", which must be a number or null",
    );
    check(
        json!({"kind": "rate", "input": {"x": [1, 2], "n": [1, 0]}}),
        "row 2: the population is 0, which must be a number above 0",
    );
    check(
        json!({"kind": "rate", "input": {"x": [1], "n": [1]}, "args": {"confidence": 0.5}}),
        "confidence is 0.5, which must be at least 0.9 (or 90) and below 1 (or 100)",
    );
    check(json!({"kind": "mean", "input": {"x": []}}), "no rows");
    check(
        json!({"kind": "funnel", "data_type": "XX", "input": {}}),
        "`data_type` is \"XX\", which must be SR, PR or RC",
    );
    check(
        json!({"kind": "tea", "input": {}}),
        "`kind` is `tea`, which must be dsr, rate, prop, mean, isr, quant, sii, le, fun or funnel",
    );
}

#[test]
fn groups_are_named_or_told_by_a_column_that_repeats() {
    use serde_json::json;
    let mean = answer(&json!({"kind": "mean", "input": {"ward": [2, 1, 2], "x": [4, 5, 6]}})).unwrap();
    assert_eq!((&mean["ward"], &mean["value"]), (&json!([1, 2]), &json!([5, 5])));
    let rates = json!({"kind": "rate", "input": {"area": ["A", "A", "B"], "year": [1, 1, 1], "x": [4, 8, 6], "n": [10, 10, 10]}});
    let rates = answer(&rates).unwrap();
    assert_eq!((&rates["area"], &rates["x"], &rates["n"]), (&json!(["A", "B"]), &json!([12, 6]), &json!([20, 10])));
    let bands = json!({"x": [5, 6, 7, 8], "n": [10, 10, 10, 10], "s": [1, 1, 1, 1]});
    assert_eq!(answer(&json!({"kind": "dsr", "input": bands})).unwrap()["total_count"], 26);
}

/// Every cell of every case in turn is spoilt: there is an answer or an error, and never a panic.
#[test]
fn a_spoilt_case_is_answered_or_refused() {
    use serde_json::json;
    let cases: Vec<Value> = serde_json::from_str(include_str!("cases.json")).unwrap();
    let spoilt = [json!(null), json!(-1), json!(0), json!(1e300), json!("x"), json!([]), json!(0.5)];
    for mut case in cases {
        if case["kind"] == "sii" {
            case["args"]["repetitions"] = json!(1000);
        }
        for name in case["input"].as_object().unwrap().keys() {
            for bad in &spoilt {
                let mut cell = case.clone();
                if let Some(first) = cell["input"][name].get_mut(0) {
                    *first = bad.clone();
                }
                let mut whole = case.clone();
                whole["input"][name] = bad.clone();
                let _ = (answer(&cell), answer(&whole));
            }
        }
        for name in case["args"].as_object().into_iter().flat_map(|args| args.keys()) {
            for bad in &spoilt {
                let mut case = case.clone();
                case["args"][name] = bad.clone();
                let _ = answer(&case);
            }
        }
    }
}

mod laws {
    use super::*;
    use proptest::prelude::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-9)
    }

    fn groups() -> impl Strategy<Value = Vec<Group>> {
        prop::collection::vec((100.0..1e5_f64, 1.0..100.0_f64, 0.01..0.3_f64), 5..11).prop_map(|groups| {
            groups.into_iter().map(|(people, value, error)| Group { people, value, error }).collect()
        })
    }

    /// Twenty age bands with one death in the last at least.
    fn ages() -> impl Strategy<Value = Vec<AgeBand>> {
        prop::collection::vec((300.0..1e5_f64, 0.0..0.5_f64), 20).prop_map(|bands| {
            let start = |i: u32| if i < 2 { i } else { 5 * (i - 1) };
            let band = |(i, (people, rate)): (u32, (f64, f64))| AgeBand {
                start: start(i),
                people,
                deaths: people * rate + 1.0,
            };
            (0..).zip(bands).map(band).collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn limits_hold_the_value_and_widen_with_confidence(events in 0_u32..3000, more in 1_u32..5000) {
            let (events, all) = (f64::from(events), f64::from(events + more));
            for (value, [two, three]) in [
                (events, [Confidence::P95, Confidence::P998].map(|level| poisson(events, level))),
                (events / all, [Confidence::P95, Confidence::P998].map(|level| wilson(events, all, level))),
            ] {
                prop_assert!(three[0] <= two[0] && two[0] <= value + 1e-12, "{value} {two:?} {three:?}");
                prop_assert!(value <= two[1] + 1e-12 && two[1] <= three[1], "{value} {two:?} {three:?}");
            }
        }

        #[test]
        fn a_rate_scales_with_its_multiplier_and_against_its_people(events in 0.0..500.0_f64, people in 1.0..1e6_f64, by in 0.1..1e4_f64) {
            let limits = |rate: Rate| rate.limits(Confidence::P95).unwrap();
            let plain = rate(events, people, 1.0).unwrap();
            for other in [rate(events, people, by).unwrap(), rate(events, people / by, 1.0).unwrap()] {
                prop_assert!(near(other.value().unwrap(), by * plain.value().unwrap()));
                // A limit is a difference, and no more exact than what it is the difference of.
                let size = by * limits(plain)[1];
                prop_assert!(limits(other).into_iter().zip(limits(plain)).all(|(a, b)| (a - by * b).abs() <= 1e-9 * size));
            }
        }

        #[test]
        fn a_population_with_the_ages_of_the_standard_has_its_crude_rate(
            bands in prop::collection::vec((1_u32..50, 100.0..1e4_f64), 2..20), share in 0.01..10.0_f64,
        ) {
            let events: f64 = bands.iter().map(|(events, _)| f64::from(*events)).sum();
            let people: f64 = bands.iter().map(|(_, people)| people).sum();
            let rows: Vec<_> = bands.iter().map(|(events, people)| (f64::from(*events), *people, people * share)).collect();
            let (standard, crude) = (direct(&rows, 1000.0).unwrap(), rate(events, people, 1000.0).unwrap());
            prop_assume!(events >= 10.0);
            prop_assert!(near(standard.value().unwrap(), crude.value().unwrap()));
            let [a, b] = [standard, crude].map(|rate| rate.limits(Confidence::P95).unwrap());
            prop_assert!(near(a[0], b[0]) && near(a[1], b[1]));
        }

        #[test]
        fn events_that_come_to_the_same_people_are_less_sure(with in 10_u32..500, each in 2_u32..6) {
            let row = |people_with, each| Repeated { band: 0, each, people_with, people: 1e4, standard: 1.0 };
            let width = |rows: &[Repeated]| {
                let [lower, upper] = direct_of_repeated(rows, 1.0).unwrap().limits(Confidence::P95).unwrap();
                upper - lower
            };
            let (with, each) = (f64::from(with), f64::from(each));
            let ratio = width(&[row(with, each)]) / width(&[row(with * each, 1.0)]);
            prop_assert!(near(ratio, each.sqrt()), "{ratio}");
        }

        #[test]
        fn a_flat_slope_is_nothing_and_a_line_is_its_rise(groups in groups(), rise in -20.0..20.0_f64) {
            let all: f64 = groups.iter().map(|group| group.people).sum();
            let mut before = 0.0;
            let line: Vec<Group> = groups.iter().map(|group| {
                before += group.people / all;
                Group { value: 50.0 + rise * (before - group.people / all / 2.0), ..*group }
            }).collect();
            let fitted = slope(&line, Scale::Plain, false, 1.0).unwrap();
            prop_assert!((fitted.index() - rise).abs() < 1e-9 && near(fitted.intercept(), 50.0));
            prop_assert!(near(fitted.relative(), (50.0 + rise) / 50.0));
            let turned = slope(&line, Scale::Plain, false, -2.0).unwrap();
            prop_assert!((turned.index() + 2.0 * rise).abs() < 1e-9 && near(turned.relative() * fitted.relative(), 1.0));
        }

        #[test]
        fn a_slope_does_not_see_a_constant_and_scales(groups in groups(), by in 0.1..50.0_f64) {
            let index = |groups: &[Group]| slope(groups, Scale::Plain, false, 1.0).unwrap().index();
            let changed = |change: &dyn Fn(f64) -> f64| -> Vec<Group> {
                groups.iter().map(|group| Group { value: change(group.value), ..*group }).collect()
            };
            prop_assert!((index(&changed(&|value| value + by)) - index(&groups)).abs() < 1e-8);
            prop_assert!((index(&changed(&|value| value * by)) - by * index(&groups)).abs() < 1e-7);
        }

        #[test]
        fn years_of_life_fall_when_more_die(bands in ages(), at in 0_usize..20, more in 0.01..0.4_f64) {
            let before = life_expectancy(&bands).unwrap();
            let mut worse = bands.clone();
            worse[at].deaths += worse[at].people * more * 0.5;
            prop_assume!(worse[at].deaths <= worse[at].people);
            let after = life_expectancy(&worse).unwrap();
            let years = |at: &Expectancy| at.limits(Confidence::P95).iter().sum::<f64>() / 2.0;
            for (i, (before, after)) in before.iter().zip(&after).enumerate() {
                let (before, after) = (years(before), years(after));
                // A band that nobody outlives is at its worst already.
                prop_assert!(after <= before + 1e-9 && (i != at || after < before || before <= 2.5 + 1e-9), "{i}: {before} {after}");
            }
        }

        #[test]
        fn healthy_years_are_some_of_all_years(bands in ages(), share in 0.0..1.0_f64) {
            let years = |at: &Expectancy| at.limits(Confidence::P95).iter().sum::<f64>() / 2.0;
            let well = |share| healthy(&bands, &[Health { share, asked: 500.0 }; 20]).unwrap();
            let all = life_expectancy(&bands).unwrap();
            for ((all, some), whole) in all.iter().zip(&well(share)).zip(&well(1.0)) {
                prop_assert!(near(years(whole), years(all)) && near(years(some), share * years(all)));
            }
        }

        #[test]
        fn groups_by_need_are_as_even_as_they_can_be(n in 5_usize..200, q in 2_usize..11, highest in any::<bool>()) {
            prop_assume!(n >= q);
            let values: Vec<Option<f64>> = (0..n).map(|i| Some(((i * 7919) % 10007) as f64)).collect();
            let found = quantiles(&values, q, highest).unwrap();
            let size = |group| found.iter().filter(|found| **found == Some(group)).count();
            prop_assert!((1..=q).all(|group| size(group).abs_diff(n / q) <= 1), "{:?}", (1..=q).map(size).collect::<Vec<_>>());
            for (a, b) in (0..n).map(|i| (i, (i * 31 + 1) % n)) {
                let higher = values[a] > values[b];
                let (first, second) = if highest { (found[a], found[b]) } else { (found[b], found[a]) };
                prop_assert!(!higher || first <= second);
            }
        }

        #[test]
        fn a_gap_turned_about_is_its_mirror(a in 20_u32..500, b in 20_u32..500, people in 1e3..1e5_f64) {
            let one = |events: u32| Fifth::Rate(rate(f64::from(events), people, 1000.0).unwrap());
            let (there, back) = (core20(one(a), one(b), Confidence::P95).unwrap(), core20(one(b), one(a), Confidence::P95).unwrap());
            prop_assert!(near(there.difference_limits[0], -back.difference_limits[1]));
            prop_assert!(near(there.ratio_limits[0] * back.ratio_limits[1], 1.0), "{there:?} {back:?}");
            prop_assert!(there.ratio_limits[0] <= there.ratio && there.ratio <= there.ratio_limits[1]);
            // Both say the same of chance, but for what differs between the two at the very edge.
            let [wide, apart] = [there.difference_limits[0] > 0.0, there.ratio_limits[0] > 1.0];
            prop_assert!(wide == apart || there.difference_limits[0].abs() < 0.05 * there.difference.abs());
        }

        #[test]
        fn what_lies_beyond_the_line_of_a_funnel_is_what_is_significant(events in 0_u32..400, expected in 0.5..300.0_f64) {
            let events = f64::from(events);
            let [low, high] = usual_events(expected, Confidence::P95);
            let usual = rate_significance(events, expected).unwrap() == Significance::Usual;
            prop_assert_eq!(usual, (low..=high).contains(&events));
        }

        #[test]
        fn a_funnel_does_not_depend_on_order_and_widens_with_variation(
            points in prop::collection::vec((1_u32..300, 20.0..300.0_f64), 10..40), turn in 0_usize..40,
        ) {
            let points: Vec<(f64, f64)> = points.into_iter().map(|(top, bottom)| (f64::from(top), bottom)).collect();
            let mut turned = points.clone();
            turned.rotate_left(turn % points.len());
            for kind in [Overdispersion::LogRatio, Overdispersion::RootRatio, Overdispersion::CountRatio] {
                let [a, b] = [&points, &turned].map(|points| overdispersed(points, kind, 0.1).unwrap());
                prop_assert!(near(a.phi, b.phi) && near(a.tau2, b.tau2) && a.tau2 >= 0.0);
                let [wide, narrow] = [true, false].map(|adjusted| a.limits(Confidence::P998, adjusted));
                prop_assert!(wide.iter().all(|[lower, upper]| *lower <= a.centre && a.centre <= *upper));
                if kind == Overdispersion::CountRatio {
                    prop_assert!(wide.iter().zip(&narrow).all(|(wide, narrow)| wide[0] <= narrow[0] && wide[1] >= narrow[1]));
                }
            }
        }
    }

    #[test]
    fn simulated_limits_are_the_same_each_time_and_those_of_the_formula() {
        let groups = [71.0, 73.5, 75.0, 76.0, 79.0].map(|value| Group { people: 1000.0, value, error: 0.4 });
        for (scale, bent, groups) in [
            (Scale::Plain, false, groups),
            (Scale::Log, true, groups.map(|group| Group { error: group.error / 50.0, ..group })),
            (Scale::Log, false, groups.map(|group| Group { error: group.error / 50.0, ..group })),
        ] {
            let line = slope(&groups, scale, bent, 1.0).unwrap();
            let [index, relative] = line.simulated(&[Confidence::P95], 100_000)[0];
            assert_eq!([index, relative], line.simulated(&[Confidence::P95], 100_000)[0]);
            let exact = line.limits(Confidence::P95);
            let width = exact[1] - exact[0];
            assert!((0..2).all(|end| (index[end] - exact[end]).abs() < 0.02 * width), "{index:?} {exact:?}");
            assert!(relative[0] < line.relative() && line.relative() < relative[1]);
        }
    }

    /// All tables of this many groups with these total events.
    fn tables(groups: usize, total: u64) -> Vec<Vec<u64>> {
        match groups {
            0 => {
                if total == 0 {
                    vec![Vec::new()]
                } else {
                    Vec::new()
                }
            }
            _ => (0..=total)
                .flat_map(|first| {
                    tables(groups - 1, total - first).into_iter().map(move |mut rest| {
                        rest.insert(0, first);
                        rest
                    })
                })
                .collect(),
        }
    }

    /// A reader who knows the total and the rule tries every table there could be: for each hidden number at least two fit.
    #[test]
    fn no_hidden_number_can_be_worked_out_even_by_one_who_knows_the_rule() {
        for (groups, least) in [(2, 3), (2, 5), (3, 3), (3, 4), (4, 3)] {
            for total in least..=14 {
                let all: Vec<_> =
                    tables(groups, total).into_iter().map(|table| (suppress(&table, least), table)).collect();
                for (shown, table) in &all {
                    for group in 0..groups {
                        let small = table[group] > 0 && table[group] < least;
                        assert!(!(small && shown[group].is_some()), "{table:?} shows {shown:?}");
                        let other = |(seen, other): &&(Vec<Option<u64>>, Vec<u64>)| {
                            seen == shown && other[group] != table[group]
                        };
                        let known = shown[group].is_none() && !all.iter().any(|it| other(&it));
                        assert!(!known, "{table:?}, of which is shown {shown:?}, gives back group {group}");
                    }
                }
            }
        }
    }
}

mod files {
    use super::csv::*;
    use super::*;

    fn numbers(report: &Report, row: usize) -> Vec<String> {
        report.rows[row]
            .numbers
            .iter()
            .map(|number| number.map_or("–".into(), |number| format!("{number:.2}")))
            .collect()
    }

    #[test]
    fn a_bad_row_does_not_stop_a_good_one() {
        let text = "area,events,people\nA,5,3400\nB,many,10\nC,10,0\nD,,50\nE,10,5000\n";
        let report = rates(text.as_bytes(), &RateOptions::default()).unwrap();
        assert_eq!(numbers(&report, 0), ["5.00", "3400.00", "147.06", "47.75", "343.19"]);
        assert_eq!(report.rows[0].words, "exact Poisson");
        assert_eq!(report.rows[1].words, "not computed: line 4: the population is 0, which must be a number above 0");
        assert_eq!(
            report.rows[2].words,
            "not computed: line 5: the count is missing or not known; it must be a number of 0 or more"
        );
        assert_eq!(report.rows[3].words, "Byar");
        assert_eq!(report.problems[0].to_string(), "line 3: `many` is not a number");
        assert!(report.to_csv().starts_with("area,events,people,value,lower,upper,note\nA,5,3400,147.0588"));
        assert_eq!(report.to_json()["rows"][3]["area"], "E");
        assert!(
            report.to_text().contains("A          5    3400  147.1   47.7  343.2  exact Poisson\n"),
            "{}",
            report.to_text()
        );
    }

    #[test]
    fn a_standardised_rate_needs_all_its_rows() {
        let mut text = "area,age,events,people\n".to_owned();
        for (area, bad) in [("A", false), ("B", true), ("C", false)] {
            for age in (0..95).step_by(5) {
                let events =
                    if bad && age == 40 { "?".to_owned() } else { if area == "C" { 0 } else { 2 }.to_string() };
                text += &format!("{area},{age}-{},{events},1000\n", age + 4);
            }
        }
        let report = rates(text.as_bytes(), &RateOptions::default()).unwrap();
        assert_eq!(numbers(&report, 0)[..3], ["38.00", "19000.00", "200.00"]);
        assert_eq!(report.rows[1].words, "not computed: line 29 cannot be used");
        assert_eq!(report.rows[2].words, "withheld: fewer than 10 events");
        let twice = format!("{text}A,40,2,1000\n");
        assert_eq!(
            rates(twice.as_bytes(), &RateOptions::default()).unwrap().rows[0].words,
            "not computed: an age band is there twice"
        );
        let short = text.replace("A,90-94,2,1000\n", "");
        assert_eq!(
            rates(short.as_bytes(), &RateOptions::default()).unwrap().rows[0].words,
            "not computed: withheld: some age bands are missing"
        );
    }

    #[test]
    fn columns_are_found_or_named() {
        let text = "ward,falls,residents\nX,12,900\n";
        let error = rates(text.as_bytes(), &RateOptions::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no events column: the file has `ward`, `falls`, `residents`; name it with --events"
        );
        let columns =
            vec![(Role::Events, "falls".into()), (Role::People, "residents".into()), (Role::Group, "ward".into())];
        let report = rates(text.as_bytes(), &RateOptions { columns, ..RateOptions::default() }).unwrap();
        assert_eq!((&report.rows[0].names, report.name_heads[0].as_str()), (&vec!["X".to_owned()], "ward"));
        // A column of words says whose the rows are, whatever it is called; groups are never run together unseen.
        let report = rates("ward,value\nX,1\nY,5\nX,3\n".as_bytes(), &RateOptions::default()).unwrap();
        assert_eq!(report.rows.iter().map(|row| row.numbers[2]).collect::<Vec<_>>(), [Some(2.0), Some(5.0)]);
        assert_eq!(report.name_heads, ["ward"]);
        let columns = vec![(Role::Events, "fall".into())];
        let error = rates(text.as_bytes(), &RateOptions { columns, ..RateOptions::default() }).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no events column called `fall`: the file has `ward`, `falls`, `residents`; name it with --events"
        );
        assert!(matches!(rates("events,people\n".as_bytes(), &RateOptions::default()), Err(CsvError::Empty(0))));
    }

    #[test]
    fn a_funnel_says_who_is_out_of_the_ordinary() {
        let text = "organisation,events,people\nP1,40,310\nP2,61,350\nP3,150,820\nP4,20,200\nP5,500,200\n";
        let report = funnel(text.as_bytes(), &FunnelOptions::default()).unwrap();
        assert_eq!(report.rows.len(), 4);
        assert_eq!(report.problems[0].to_string(), "line 6: the count is 500, which must be at most the denominator");
        let words: Vec<&str> = report.rows.iter().map(|row| row.words.as_str()).collect();
        assert_eq!(words, ["as expected", "as expected", "as expected", "low, by more than 95% limits"]);
        let options = FunnelOptions { kind: FunnelKind::Ratio, ..FunnelOptions::default() };
        let report =
            funnel("group,observed,expected\na,14,6.1\nb,44,51.9\nc,200,231.4\n".as_bytes(), &options).unwrap();
        let words: Vec<&str> = report.rows.iter().map(|row| row.words.as_str()).collect();
        assert_eq!(words, ["high, by more than 95% limits", "as expected", "low, by more than 95% limits"]);
        let options = FunnelOptions {
            kind: FunnelKind::Overdispersed(Overdispersion::RootRatio, 0.1),
            ..FunnelOptions::default()
        };
        let report =
            funnel("group,observed,expected\na,14,6.1\nb,44,51.9\nc,200,231.4\nd,90,60\n".as_bytes(), &options)
                .unwrap();
        assert!(report.notes[1].starts_with("phi "), "{:?}", report.notes);
    }

    #[test]
    fn the_most_deprived_fifth_stands_against_the_rest() {
        let text = "fifth,events,people\n1,400,10000\n2,330,10000\n3,300,10000\n4,260,10000\n5,210,10000\n";
        let options = InequalityOptions { per: Some(1000.0), ..InequalityOptions::default() };
        let report = inequality(text.as_bytes(), &options).unwrap();
        assert_eq!(numbers(&report, 0)[..3], ["40.00", "27.50", "12.50"]);
        assert_eq!(numbers(&report, 0)[8], "-22.50");
        assert_eq!(report.rows[0].words, "the most deprived fifth differs by more than chance");
        let few = text.replace("400", "9");
        let report = inequality(few.as_bytes(), &options).unwrap();
        assert_eq!(report.rows[0].words, "not computed: withheld: fewer than 10 events");
        // Areas with scores, in any order, are put into fifths.
        let mut areas = "area,score,events,people\n".to_owned();
        for i in 0..20 {
            areas += &format!("a{i},{},{},1000\n", i * 3 + 1, 20 + i);
        }
        let report = inequality(areas.as_bytes(), &options).unwrap();
        assert_eq!((report.rows.len(), numbers(&report, 0)[0].as_str()), (1, "37.50"));
    }

    #[test]
    fn a_life_table_of_two_places() {
        let mut text = "area,age,people,deaths,healthy,asked\n".to_owned();
        for (area, people) in [("A", 30_000.0), ("B", 30.0)] {
            for age in [0, 1].into_iter().chain((5..95).step_by(5)) {
                text += &format!("{area},{age},{people},{},0.8,200\n", people / 50.0);
            }
        }
        let options = LifeOptions { ages: vec![90, 0], ..LifeOptions::default() };
        let report = lifetable(text.as_bytes(), &options).unwrap();
        assert_eq!(report.rows.len(), 3);
        assert_eq!(numbers(&report, 1)[0], "90.00");
        assert_eq!(numbers(&report, 1)[3], "50.00");
        assert_eq!(numbers(&report, 1)[6], "40.00");
        assert_eq!(report.rows[2].words, "not computed: withheld: 5,000 people or fewer");
        assert_eq!(report.rows[2].names, ["B"]);
    }
}

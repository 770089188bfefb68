//! The same answers by plain loops, and a small log whose answers were worked out by hand.

use super::{Arc, Columns, Log, LogError, Precision, What, to_json, to_text};
use arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc as Shared;

/// One event: case, activity, microseconds since 1970.
type Event = (String, String, i64);

/// The answers by plain loops: arcs, sequences with their counts, durations of cases.
#[derive(Debug, PartialEq)]
struct Plain {
    arcs: Vec<Arc>,
    sequences: BTreeMap<Vec<String>, u64>,
    lengths: Vec<i64>,
}

fn plain(events: &[Event]) -> Plain {
    let mut cases: HashMap<&str, Vec<&Event>> = HashMap::new();
    for event in events {
        cases.entry(&event.0).or_default().push(event);
    }
    let mut gaps: HashMap<(&str, &str), Vec<i64>> = HashMap::new();
    let (mut sequences, mut lengths) = (BTreeMap::new(), Vec::new());
    for case in cases.values_mut() {
        case.sort_by_key(|event| event.2);
        for pair in case.windows(2) {
            gaps.entry((&pair[0].1, &pair[1].1)).or_default().push(pair[1].2 - pair[0].2);
        }
        *sequences.entry(case.iter().map(|e| e.1.clone()).collect()).or_default() += 1;
        lengths.push(case[case.len() - 1].2 - case[0].2);
    }
    lengths.sort_unstable();
    let mut arcs: Vec<Arc> = gaps
        .into_iter()
        .map(|((from, to), mut gaps)| {
            gaps.sort_unstable();
            Arc {
                from: from.to_owned(),
                to: to.to_owned(),
                count: gaps.len() as u64,
                mean_seconds: gaps.iter().sum::<i64>() as f64 / gaps.len() as f64 / 1e6,
                median_seconds: quantile(&gaps, 0.5),
                p90_seconds: quantile(&gaps, 0.9),
                max_seconds: gaps[gaps.len() - 1] as f64 / 1e6,
                zero_gaps: gaps.iter().filter(|&&gap| gap == 0).count() as u64,
            }
        })
        .collect();
    arcs.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| (&a.from, &a.to).cmp(&(&b.from, &b.to))));
    Plain { arcs, sequences, lengths }
}

/// numpy's `linear`, in seconds.
fn quantile(sorted: &[i64], quantile: f64) -> f64 {
    let at = quantile * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[at.floor() as usize] as f64, sorted[at.ceil() as usize] as f64);
    (low + (high - low) * at.fract()) / 1e6
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-3)
}

#[track_caller]
fn agrees(log: &Log, events: &[Event]) {
    let (answers, plain) = (log.answers(), plain(events));
    assert_eq!(answers.arcs.len(), plain.arcs.len());
    for (ours, theirs) in answers.arcs.iter().zip(&plain.arcs) {
        assert_eq!(
            (&ours.from, &ours.to, ours.count, ours.zero_gaps),
            (&theirs.from, &theirs.to, theirs.count, theirs.zero_gaps)
        );
        for (ours, theirs) in [
            (ours.mean_seconds, theirs.mean_seconds),
            (ours.median_seconds, theirs.median_seconds),
            (ours.p90_seconds, theirs.p90_seconds),
            (ours.max_seconds, theirs.max_seconds),
        ] {
            assert!(near(ours, theirs), "{ours} is not {theirs}");
        }
    }
    let mut sequences: Vec<(&Vec<String>, u64)> = plain.sequences.iter().map(|(s, &n)| (s, n)).collect();
    sequences.sort_by_key(|s| std::cmp::Reverse(s.1));
    sequences.truncate(100);
    let ours: Vec<(&Vec<String>, u64)> = answers.variants.top.iter().map(|v| (&v.sequence, v.count)).collect();
    assert_eq!((answers.variants.count, ours), (plain.sequences.len() as u64, sequences));
    let t = answers.throughput;
    for (ours, wanted) in [
        (t.map(|t| t.p10_seconds), 0.1),
        (t.map(|t| t.p25_seconds), 0.25),
        (t.map(|t| t.median_seconds), 0.5),
        (t.map(|t| t.p95_seconds), 0.95),
        (t.map(|t| t.max_seconds), 1.0),
    ] {
        assert!(ours.is_none() == plain.lengths.is_empty());
        assert!(ours.is_none_or(|ours| near(ours, quantile(&plain.lengths, wanted))));
    }
}

fn batch(events: &[Event]) -> RecordBatch {
    let text = |of: fn(&Event) -> &String| -> ArrayRef {
        Shared::new(events.iter().map(|e| Some(of(e).as_str())).collect::<StringArray>())
    };
    let time: ArrayRef = Shared::new(TimestampMicrosecondArray::from_iter_values(events.iter().map(|e| e.2)));
    RecordBatch::try_from_iter([("case", text(|e| &e.0)), ("activity", text(|e| &e.1)), ("time", time)]).unwrap()
}

/// The log of these events, given in batches cut at the given places.
fn log(events: &[Event], cuts: &[usize]) -> Log {
    let mut ends: Vec<usize> = cuts.iter().map(|&c| c.min(events.len())).chain([0, events.len()]).collect();
    ends.sort_unstable();
    let batches: Vec<_> = ends.windows(2).map(|w| Ok(batch(&events[w[0]..w[1]]))).collect();
    Log::from_batches(&batch(events).schema(), batches, &Columns::default()).unwrap()
}

fn events(activities: u32) -> impl Strategy<Value = Vec<Event>> {
    let time = prop_oneof![
        Just(0_i64..20).prop_map(|range| (range, 60_000_000)),
        Just(-50_i64..5_000_000).prop_map(|range| (range, 1_000_000)),
        Just(-9_000_000_000_i64..9_000_000_000).prop_map(|range| (range, 1)),
        Just(-4_000_000_i64..4_000_000).prop_map(|range| (range, 3_600_000_000)),
    ];
    time.prop_flat_map(move |(range, unit)| {
        let event = (0..40_u32, 0..activities, range)
            .prop_map(move |(case, activity, at)| (format!("case {case}"), format!("step {activity}"), at * unit));
        prop::collection::vec(event, 0..400)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_agrees_with_plain_loops(events in prop_oneof![events(1), events(6), events(3_000)]) {
        agrees(&log(&events, &[]), &events);
    }

    #[test]
    fn batches_and_threads_change_nothing(events in events(6), cuts in prop::collection::vec(0_usize..400, 0..5)) {
        let one = |log: Log| rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap().install(|| log.answers());
        prop_assert_eq!(log(&events, &[]).answers(), one(log(&events, &cuts)));
    }

    #[test]
    fn parts_by_case_add_up_to_the_whole(events in events(6), part in 0..40_u32) {
        let name = format!("case {part}");
        let (left, right): (Vec<Event>, Vec<Event>) = events.iter().cloned().partition(|e| e.0 < name);
        let mut sum = log(&left, &[]).sketch();
        sum.merge(&log(&right, &[]).sketch());
        let whole = log(&events, &[]);
        let (exact, merged) = (whole.answers(), sum.answers());
        prop_assert_eq!(&sum.arcs, &whole.sketch().arcs);
        prop_assert_eq!((exact.size, &exact.variants, &exact.start, &exact.end), (merged.size, &merged.variants, &merged.start, &merged.end));
        for (exact, merged) in exact.arcs.iter().zip(&merged.arcs) {
            prop_assert_eq!((&exact.from, &exact.to, exact.count), (&merged.from, &merged.to, merged.count));
            prop_assert!(near(exact.mean_seconds, merged.mean_seconds) && near(exact.max_seconds, merged.max_seconds));
            prop_assert!((exact.median_seconds - merged.median_seconds).abs() <= exact.median_seconds / 31.0 + 1e-5);
            prop_assert!((exact.p90_seconds - merged.p90_seconds).abs() <= exact.p90_seconds / 31.0 + 1e-5);
        }
    }

    #[test]
    fn a_stored_log_is_the_same_log(events in events(300)) {
        let log = log(&events, &[]);
        let mut bytes = Vec::new();
        log.write(&mut bytes).unwrap();
        prop_assert_eq!(Log::read(bytes.as_slice()).unwrap(), log);
    }

    #[test]
    fn kept_cases_answer_as_if_they_were_alone(events in events(6)) {
        let alone: Vec<Event> = events.iter().filter(|e| e.0.ends_with('1')).cloned().collect();
        let kept = log(&events, &[]).keep(|case| case.name().ends_with('1'));
        agrees(&kept, &alone);
        let alone = log(&alone, &[]);
        prop_assert_eq!((kept.activities(), &kept.alike), (alone.activities(), &alone.alike));
    }
}

#[test]
fn large_parts_go_the_way_of_large_parts() {
    // Enough cases for several threads and enough gaps an arc for the buckets.
    let events: Vec<Event> = (0..60_000_u64)
        .map(|at| {
            let spread = at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
            (format!("{}", spread % 13_000), format!("{}", spread % 7 % 3), (at * 1_000 + spread) as i64 * 1_000_000)
        })
        .collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    let log = log(&events, &[]);
    agrees(&log, &events);
    assert_eq!(pool.install(|| log.answers()), log.answers());
}

#[test]
fn any_number_of_activities_has_room() {
    for count in [256, 257, 65_536, 65_537] {
        let events: Vec<Event> = (0..count).map(|at| ((at / 4).to_string(), at.to_string(), at * 1_000_000)).collect();
        let log = log(&events, &[]);
        assert_eq!(log.activities().len() as i64, count);
        agrees(&log, &events);
    }
}

/// Ambulance and ward, five cases by hand. Case NA has two events at one minute, told apart by the order of the rows;
/// case 3's rows come in the wrong order of time; case 5 is one event.
const BY_HAND: &str = "\
case,activity,time,organisation
1,arrived,2025-01-06T09:00:00,Ambulance
NA,arrived,2025-01-06T09:00:00,Ambulance
1,bed asked,2025-01-06T10:00:00,Hospital
NA,bed asked,2025-01-06T12:00:00,Hospital
NA,bloods,2025-01-06T12:00:00,Hospital
3,on ward,2025-01-06T18:00:00,Hospital
3,bed asked,2025-01-06T14:00:00,Hospital
3,arrived,2025-01-06T13:00:00,Ambulance
1,on ward,2025-01-06T16:00:00,Hospital
NA,home,2025-01-06T17:00:00,Hospital
,bloods,2025-01-06T17:00:00,Hospital
4,arrived,2025-01-06T20:00:00,Ambulance
4, ,2025-01-06T20:30:00,Hospital
4,bed asked,2025-01-06T21:00:00,Hospital
5,home,2025-01-06T22:00:00,
5,home,teatime,Hospital
";

fn by_hand() -> Log {
    let columns = Columns { by: Some("organisation".into()), ..Columns::default() };
    Log::from_csv(BY_HAND.as_bytes(), &columns).unwrap()
}

#[test]
fn the_log_by_hand_has_the_answers_by_hand() {
    let answers = by_hand().answers();
    let json = to_json(&answers);
    assert_eq!(
        json["size"].to_string(),
        r#"{"cases":5,"events":13,"activities":5,"variants":4,"dfg_arcs":4,"dfg_total":8}"#
    );
    assert_eq!(json["start_end"]["start"].to_string(), r#"{"arrived":4,"home":1}"#);
    assert_eq!(json["start_end"]["end"].to_string(), r#"{"home":2,"on ward":2,"bed asked":1}"#);
    let arcs: Vec<_> =
        answers.arcs.iter().map(|a| (a.from.as_str(), a.to.as_str(), a.count, a.median_seconds, a.zero_gaps)).collect();
    assert_eq!(
        arcs,
        [
            ("arrived", "bed asked", 4, 3_600.0, 0),  // 1 h, 3 h, 1 h, 1 h
            ("bed asked", "on ward", 2, 18_000.0, 0), // 6 h, 4 h
            ("bed asked", "bloods", 1, 0.0, 1),
            ("bloods", "home", 1, 18_000.0, 0),
        ]
    );
    assert_eq!((answers.arcs[0].mean_seconds, answers.arcs[0].max_seconds), (5_400.0, 10_800.0));
    assert!(near(answers.arcs[0].p90_seconds, 3_600.0 + 0.7 * 7_200.0));
    // Cases last 7, 8, 5, 1 and 0 hours.
    let t = answers.throughput.unwrap();
    assert_eq!(
        (t.mean_seconds, t.median_seconds, t.p25_seconds, t.max_seconds),
        (4.2 * 3_600.0, 18_000.0, 3_600.0, 28_800.0)
    );
    assert!(near(t.p90_seconds, 7.6 * 3_600.0));
    let top: Vec<_> = answers.variants.top.iter().map(|v| (v.sequence.join(" > "), v.count)).collect();
    assert_eq!(
        top,
        [
            ("arrived > bed asked > on ward".to_owned(), 2),
            ("arrived > bed asked".to_owned(), 1),
            ("arrived > bed asked > bloods > home".to_owned(), 1),
            ("home".to_owned(), 1),
        ]
    );
    let handovers: Vec<_> = answers.handovers.iter().map(|a| (a.from.as_str(), a.to.as_str(), a.count)).collect();
    assert_eq!(handovers, [("Ambulance", "Hospital", 4)]);
    assert_eq!(answers.precision, Precision::Minute);
}

#[test]
fn rows_that_cannot_be_used_are_counted_and_named() {
    let log = by_hand();
    let rows: Vec<_> = log.problems().first.iter().map(|p| (p.row, p.what)).collect();
    assert_eq!(rows, [(11, What::Case), (13, What::Activity), (16, What::Time)]);
    assert!(to_text(&log.answers()).contains(
        "3 rows could not be used: 1 without a case, 1 without an activity, 1 without a readable time; first at row 11, 13, 16"
    ));
}

#[test]
fn a_wait_ends_at_the_first_of_its_exits() {
    let log = by_hand();
    let alone = log.waits("bed asked", &["on ward"]).unwrap();
    let all = log.waits("bed asked", &["on ward", "home"]).unwrap();
    // Waits of 6 h and 4 h for a ward, 5 h until home, and case 4 is waiting still.
    assert_eq!((alone.open(), all.open()), (2, 1));
    let midnight = 1_736_208_000_000_000;
    assert_eq!((alone.waiting_at(midnight), all.waiting_at(midnight)), (2, 1));
    assert_eq!(all.waiting_at(midnight - 9 * 3_600_000_000), 3); // 15:00: 1, NA, 3
    let ended = &all.by_exit(4.5 * 3_600.0)[0];
    assert_eq!(
        (ended.name.as_str(), ended.count, ended.median_seconds, ended.breaches, ended.lost_hours),
        ("on ward", 2, 18_000.0, 1, 1.5)
    );
    assert_eq!(all.by_receiver(0.0)[0].lost_hours, 15.0);
    let never = log.waits("bed asked", &["the moon"]).unwrap_err();
    assert_eq!(never.to_string(), "no activity called \"the moon\" in the log");
}

#[test]
fn named_intervals_profiles_and_long_cases() {
    let log = by_hand();
    let interval = log.interval("arrived", "on ward").unwrap();
    assert_eq!((interval.pairs, interval.reversed, interval.without), (2, 0, 2));
    assert_eq!((interval.quantile_seconds(0.5), interval.within(5.0 * 3_600.0)), (Some(6.0 * 3_600.0), 1));
    assert_eq!(log.interval("on ward", "arrived").unwrap().reversed, 2);
    let (mean, deviation) = log.profile("arrived", "on ward").unwrap().unwrap();
    assert!(near(mean, 6.0 * 3_600.0) && near(deviation, 2_f64.sqrt() * 3_600.0));
    assert_eq!(log.longest(2), [("NA".to_owned(), 28_800.0), ("1".to_owned(), 25_200.0)]);
}

#[test]
fn the_text_is_for_people() {
    let text = to_text(&by_hand().answers());
    for line in [
        "5 cases, 13 events, 5 activities; times are known to the minute",
        "  middle 5 h; 9 in 10 within 7 h 36 min; mean 4 h 12 min; longest 8 h",
        "  from       to         times  middle wait  9 in 10 within  longest  no time between",
        "  arrived    bed asked      4          1 h      2 h 24 min      3 h                0",
        "      2  40.0 %  arrived → bed asked → on ward",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
}

#[test]
fn dates_are_known_as_dates_and_their_order_as_unknown() {
    for (midnight, next) in [
        ("2025-01-06", "2025-01-07"),
        ("2025-01-06T00:00", "2025-06-07T01:00"),
        ("2025-01-06 00:00:00", "2025-06-07T00:00:00+01:00"),
    ] {
        let csv = format!("case,event,date\nA,asked,{midnight}\nA,seen,{midnight}\nA,left,{next}\n");
        let answers = Log::from_csv(csv.as_bytes(), &Columns::default()).unwrap().answers();
        assert_eq!((answers.precision, answers.arcs[0].zero_gaps), (Precision::Day, 1), "{next}");
        assert!(to_text(&answers).contains("order unknown"));
    }
    for (first, next) in [("2025-01-06T00:00", "2025-01-06T01:00"), ("2025-01-06T09:00", "2025-01-07T09:00")] {
        let csv = format!("case,event,date\nA,asked,{first}\nA,seen,{next}\n");
        assert_eq!(Log::from_csv(csv.as_bytes(), &Columns::default()).unwrap().precision(), Precision::Minute);
    }
}

#[test]
fn the_file_order_breaks_ties_unless_it_says_otherwise() {
    let rows = "A,second,2025-01-06,9\nA,first,2025-01-06,8\n";
    let first = |head: &str| {
        let log = Log::from_csv(format!("case,activity,time,{head}\n{rows}").as_bytes(), &Columns::default()).unwrap();
        log.case(0).events().next().unwrap().0.to_owned()
    };
    assert_eq!((first("event_index"), first("other")), ("first".to_owned(), "second".to_owned()));
}

#[test]
fn only_the_rows_asked_for_are_read() {
    let csv = "Case ID,Activity,Complete Timestamp,lifecycle\nA,x,2025-01-06,start\nA,x,2025-01-07,complete\n,x,teatime,start\n";
    let columns = Columns { only: Some(("lifecycle".into(), "complete".into())), ..Columns::default() };
    let log = Log::from_csv(csv.as_bytes(), &columns).unwrap();
    assert_eq!((log.events(), log.problems().rows()), (1, 0));
}

#[test]
fn a_column_that_is_not_there_is_answered_with_those_that_are() {
    let read = |columns: &Columns| Log::from_csv("person,what,when\n".as_bytes(), columns).unwrap_err().to_string();
    assert_eq!(read(&Columns::default()), "no column for the case; the columns are: person, what, when");
    let named = Columns { case: Some("nhs".into()), ..Columns::default() };
    assert_eq!(read(&named), "no column for the case called \"nhs\"; the columns are: person, what, when");
    let flags = RecordBatch::try_from_iter([
        ("case", Shared::new(StringArray::from(vec!["1"])) as ArrayRef),
        ("activity", Shared::new(StringArray::from(vec!["x"]))),
        ("time", Shared::new(arrow::array::BooleanArray::from(vec![true]))),
    ])
    .unwrap();
    let read = Log::from_batches(&flags.schema(), [Ok(flags.clone())], &Columns::default());
    assert!(matches!(read, Err(LogError::TimeType { .. })));
}

#[test]
fn a_log_of_nothing_has_no_answers_and_no_faults() {
    let log = Log::from_csv("case,activity,time\n".as_bytes(), &Columns::default()).unwrap();
    let answers = log.answers();
    assert_eq!((answers.size.cases, answers.throughput, log.sketch().answers().throughput), (0, None, None));
    assert!(to_text(&answers).starts_with("0 cases, 0 events"));
    assert!(to_json(&answers)["throughput"].is_null());
}

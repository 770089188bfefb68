use super::*;
use arrow::array::{ArrayRef, Date32Array, Float64Array, Int32Array, StringArray, StringViewArray};
use proptest::prelude::*;
use std::sync::Arc;

/// Monday 3 November 2025.
const MONDAY: i32 = 20_395;

#[derive(Debug, Clone)]
struct Row {
    day: i32,
    handover: &'static str,
    from: Option<&'static str>,
    to: Option<&'static str>,
    neighbourhood: Option<&'static str>,
    deprivation: Option<i32>,
    seconds: i64,
}

fn batch(rows: &[Row]) -> RecordBatch {
    let text =
        |of: fn(&Row) -> Option<&'static str>| Arc::new(rows.iter().map(of).collect::<StringArray>()) as ArrayRef;
    RecordBatch::try_from_iter_with_nullable([
        ("day", Arc::new(Date32Array::from_iter_values(rows.iter().map(|row| row.day))) as ArrayRef, false),
        // As the engine hands text back.
        ("handover", Arc::new(rows.iter().map(|row| Some(row.handover)).collect::<StringViewArray>()), false),
        ("from_organisation", text(|row| row.from), true),
        ("to_organisation", text(|row| row.to), true),
        ("neighbourhood", text(|row| row.neighbourhood), true),
        ("deprivation", Arc::new(rows.iter().map(|row| row.deprivation).collect::<Int32Array>()), true),
        (
            "person_minutes",
            Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.seconds as f64 / 60.0))),
            false,
        ),
    ])
    .unwrap()
}

fn ledger(rows: &[Row]) -> Ledger {
    Ledger::from_batches([&batch(rows)]).unwrap()
}

const HANDOVERS: [&str; 3] = ["ambulance-to-ed", "ed-to-ward", "ward-to-home-care"];

fn a_row() -> impl Strategy<Value = Row> {
    let owner = || prop::sample::select(vec![None, Some("QR1"), Some("QR2"), Some("QR9")]);
    let home = prop::sample::select(vec![None, Some("Eastbrook"), Some("Dunmoor")]);
    let handover = prop::sample::select(HANDOVERS.to_vec());
    (0..28, handover, owner(), owner(), home, prop::option::of(1..6), 0..200_000_i64).prop_map(
        |(day, handover, from, to, neighbourhood, deprivation, seconds)| Row {
            day: MONDAY + day,
            handover,
            from,
            to,
            neighbourhood,
            deprivation,
            seconds,
        },
    )
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec(a_row(), 1..60)
}

/// The word of a row in a column, by plain reading.
fn word(row: &Row, column: Column) -> Option<String> {
    match column {
        Column::Handover => Some(row.handover.to_owned()),
        Column::FromOrganisation => row.from.map(str::to_owned),
        Column::ToOrganisation => row.to.map(str::to_owned),
        Column::Neighbourhood => row.neighbourhood.map(str::to_owned),
        Column::Deprivation => row.deprivation.map(|fifth| fifth.to_string()),
        _ => unreachable!(),
    }
}

fn splits() -> impl Strategy<Value = Vec<Column>> {
    use Column::*;
    prop::sample::subsequence(vec![Handover, FromOrganisation, ToOrganisation, Neighbourhood, Deprivation], 0..=5)
}

const LAST: Date = Date(MONDAY + 27);

proptest! {
    #[test]
    fn every_split_is_that_of_plain_loops_and_adds_up_to_the_total(rows in rows(), by in splits(), from in 0..28) {
        let first = Date(MONDAY + from);
        let mut expected: BTreeMap<Vec<Option<String>>, i64> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.day >= first.0 && row.seconds > 0) {
            *expected.entry(by.iter().map(|column| word(row, *column)).collect()).or_default() += row.seconds;
        }
        let held = ledger(&rows).held(&by, first, LAST).unwrap();
        prop_assert!(held.is_sorted_by(|a, b| a.seconds >= b.seconds));
        let got: BTreeMap<Vec<Option<String>>, i64> = held.into_iter().map(|held| (held.key, held.seconds)).collect();
        prop_assert_eq!(got, expected);
    }

    #[test]
    fn weeks_add_up_to_their_days_and_neither_order_nor_batches_matter(rows in rows(), by in splits(), cut in 0usize..60) {
        let own = ledger(&rows);
        let weeks = own.totals(&by, Grain::Week, Date(MONDAY), LAST).unwrap();
        let days = own.totals(&by, Grain::Day, Date(MONDAY), LAST).unwrap();
        for group in 0..weeks.groups.len() {
            let summed: Vec<i64> = days.of(group).chunks(7).map(|days| days.iter().sum()).collect();
            prop_assert_eq!(weeks.of(group), summed);
        }
        let (a, b) = rows.split_at(cut.min(rows.len()));
        let apart = Ledger::from_batches([&batch(b), &batch(a)]).unwrap();
        prop_assert_eq!(apart.held(&by, Date(MONDAY), LAST).unwrap(), own.held(&by, Date(MONDAY), LAST).unwrap());
    }

    #[test]
    fn who_is_moved_from_one_queue_to_another_waits_as_long(rows in rows(), at in 0usize..60, to in 0usize..3) {
        let mut moved = rows.clone();
        let at = at % rows.len();
        moved[at].handover = HANDOVERS[to];
        let weeks = |rows: &[Row], by: &[Column]| ledger(rows).totals(by, Grain::Week, Date(MONDAY), LAST).unwrap();
        let all = |rows: &[Row]| weeks(rows, &[]).seconds;
        prop_assert_eq!(all(&rows), all(&moved));
        let displaced = displacement(&weeks(&rows, &[Column::Handover]), &weeks(&moved, &[Column::Handover]));
        let hours = rows[at].seconds as f64 / 3600.0 / 4.0;
        let hours = if rows[at].handover == HANDOVERS[to] { 0.0 } else { hours };
        prop_assert!((displaced.saved - hours).abs() < 1e-9 && (displaced.added - hours).abs() < 1e-9);
        prop_assert_eq!(displaced.all.more(), 0.0);
        // Nobody's owners have changed, so by owner nothing moved at all.
        prop_assert_eq!(weeks(&rows, &Column::OWNERS), weeks(&moved, &Column::OWNERS));
    }

    #[test]
    fn saved_and_added_are_the_net(before in rows(), after in rows()) {
        let weeks = |rows: &[Row]| ledger(rows).totals(&[Column::Handover, Column::ToOrganisation], Grain::Week, Date(MONDAY), LAST).unwrap();
        let moved = displacement(&weeks(&before), &weeks(&after));
        let net = |rows: &[Row]| rows.iter().map(|row| row.seconds).sum::<i64>() as f64 / 3600.0 / 4.0;
        prop_assert!((moved.added - moved.saved - moved.all.more()).abs() < 1e-6);
        prop_assert!((moved.all.more() - (net(&after) - net(&before))).abs() < 1e-6);
        prop_assert!(moved.changes.is_sorted_by(|a, b| a.more().abs() >= b.more().abs()));
    }

    #[test]
    fn a_wait_stands_at_one_end_of_each_of_its_owners(rows in rows()) {
        let days = ledger(&rows).totals(&Column::OWNERS, Grain::Day, Date(MONDAY), LAST).unwrap();
        for own in ["QR1", "QR2", "QR9"] {
            let ends = days.ends((Date(MONDAY), LAST), |key| crate::pressure::end_of(own, key[0], key[1], false));
            let held: f64 = ends.iter().flatten().flatten().sum();
            let touched = rows.iter().filter(|row| row.from == Some(own) || row.to == Some(own));
            let wanted = touched.map(|row| row.seconds).sum::<i64>() as f64 / 86_400.0;
            prop_assert!((held - wanted).abs() < 1e-9, "{own}: {held} {wanted}");
        }
    }
}

#[test]
fn rows_that_are_no_ledger_are_named() {
    let good = batch(&[Row {
        day: MONDAY,
        handover: "ed-to-ward",
        from: None,
        to: None,
        neighbourhood: None,
        deprivation: None,
        seconds: 60,
    }]);
    let check = |batch: &RecordBatch, want: &str| {
        assert_eq!(Ledger::from_batches([batch]).unwrap_err().to_string(), want);
    };
    check(&good.project(&[1, 6]).unwrap(), "the column `day` is missing");
    check(&good.project(&[0, 1]).unwrap(), "the column `person_minutes` is missing");
    let with = |minutes: ArrayRef| {
        RecordBatch::try_from_iter_with_nullable([
            ("day", good.column(0).clone(), true),
            ("person_minutes", minutes, true),
        ])
        .unwrap()
    };
    for minutes in [None, Some(f64::NAN), Some(-1.0), Some(f64::INFINITY)] {
        check(&with(Arc::new(Float64Array::from(vec![minutes]))), "row 0 has no usable `person_minutes`");
    }
    let by = Ledger::from_batches([&good]).unwrap().held(&[Column::Need], Date(MONDAY), LAST).unwrap_err();
    assert_eq!(by.to_string(), "the column `need` is missing");
    let none = Ledger::default().held(&[], Date(MONDAY), LAST).unwrap();
    assert!(none.is_empty());
}

/// Uniform numbers from 0 to 1, the same for a seed (splitmix64).
pub(crate) fn uniform(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed << 20;
    move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Weekly hours around a mean: the sum of six uniform numbers is near enough to a normal one, of standard deviation 50.
fn noise(seed: u64, weeks: usize) -> Vec<i64> {
    let mut uniform = uniform(seed);
    (0..weeks).map(|_| 1000 + (((0..6).map(|_| uniform()).sum::<f64>() - 3.0) * 70.7) as i64).collect()
}

fn one(hours: &[i64]) -> Totals {
    Totals {
        groups: vec![vec![Some("ed-to-ward".to_owned())]],
        periods: (0..hours.len()).map(|week| Date(MONDAY + 7 * week as i32)).collect(),
        seconds: hours.iter().map(|hours| hours * 3600).collect(),
    }
}

#[test]
fn a_change_is_called_more_than_chance_seldom_when_there_is_none_and_always_when_it_is_large() {
    let signals = |shift: i64| {
        let of = |seed: u64| {
            let weeks = noise(seed, 30);
            let after: Vec<i64> = weeks[26..].iter().map(|hours| hours + shift).collect();
            displacement(&one(&weeks[..26]), &one(&after)).all.is_signal == Some(true)
        };
        (0..500).filter(|seed| of(*seed)).count()
    };
    // 1 to 5 in 100 by chance in four weeks (a chart's newest point alone: 1.9 in 100, half of them to each side).
    let by_chance = signals(0);
    assert!((1..=25).contains(&by_chance), "{by_chance} of 500 by chance");
    // Four standard deviations.
    let found = signals(-200);
    assert!(found >= 490, "{found} of 500 found");
}

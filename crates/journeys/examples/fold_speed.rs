//! How long the fold takes: `cargo run --release -p journeys --example fold_speed [people]`.
//!
//! Every invented person has 20 events: six appointments, a fall with ambulance, bed and home care.

use arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use domain::{Instant, Place};
use std::sync::Arc;
use std::time::Instant as Clock;

const PLACE: &str = include_str!("../../../spec/journeys/place.toml");
const START: i64 = 1_735_689_600;

/// Service, organisation, event, minutes after the person's own start, episode, other service.
type Step = (&'static str, &'static str, &'static str, i64, i64, Option<&'static str>);
const LIFE: [Step; 20] = [
    ("surgery", "GPS", "asked", 0, 1, None),
    ("surgery", "GPS", "seen", 10_000, 1, None),
    ("surgery", "GPS", "asked", 40_000, 2, None),
    ("surgery", "GPS", "seen", 47_000, 2, None),
    ("surgery", "GPS", "asked", 100_000, 3, None),
    ("surgery", "GPS", "missed", 105_000, 3, None),
    ("ambulance", "AMB", "asked", 150_000, 4, None),
    ("ambulance", "AMB", "started", 150_030, 4, None),
    ("ambulance", "AMB", "ready", 150_080, 4, Some("ed")),
    ("ed", "RRG", "started", 150_085, 5, None),
    ("ambulance", "AMB", "left", 150_120, 4, Some("ed")),
    ("medical-ward", "RRG", "asked", 150_300, 5, Some("ed")),
    ("medical-ward", "RRG", "started", 150_700, 5, None),
    ("home-care", "COU", "asked", 155_000, 6, Some("medical-ward")),
    ("medical-ward", "RRG", "ready", 156_000, 5, Some("home-care")),
    ("medical-ward", "RRG", "left", 160_000, 5, Some("home-care")),
    ("home-care", "COU", "started", 160_300, 6, None),
    ("home-care", "COU", "left", 190_000, 6, None),
    ("surgery", "GPS", "asked", 200_000, 7, None),
    ("surgery", "GPS", "seen", 203_000, 7, None),
];

fn batch(people: std::ops::Range<i64>) -> RecordBatch {
    let rows =
        || people.clone().flat_map(|person| LIFE.iter().enumerate().map(move |(at, row)| (person, at as i64, row)));
    let vary = |person: i64, at: i64| (person.wrapping_mul(7919) % 250_000) + (person * 31 + at * 17) % 13;
    let time = |person: i64, at: i64, minutes: i64| (START + (minutes + vary(person, at)) * 60) * 1_000_000;
    let times: TimestampMicrosecondArray = rows().map(|(person, at, row)| Some(time(person, at, row.3))).collect();
    let times: ArrayRef = Arc::new(times.with_timezone("UTC"));
    let text = |of: &dyn Fn(i64, &'static Step) -> Option<&'static str>| -> ArrayRef {
        Arc::new(rows().map(|(person, _, row)| of(person, row)).collect::<StringArray>())
    };
    let long = |of: &dyn Fn(i64, i64, i64) -> Option<i64>| -> ArrayRef {
        Arc::new(rows().map(|(person, at, row)| of(person, at, row.4)).collect::<Int64Array>())
    };
    let int = |of: &dyn Fn(i64) -> i32| -> ArrayRef {
        Arc::new(rows().map(|(person, ..)| Some(of(person))).collect::<Int32Array>())
    };
    RecordBatch::try_from_iter_with_nullable(
        [
            ("person", long(&|person, _, _| Some(person))),
            ("event_id", long(&|person, at, _| Some(person * 100 + at))),
            ("organisation", text(&|_, row| Some(row.1))),
            ("service", text(&|_, row| Some(row.0))),
            ("subject", long(&|person, _, _| Some(person))),
            ("episode", long(&|person, _, episode| Some(person * 10 + episode))),
            ("kind", text(&|_, row| Some(row.2))),
            ("occurred_at", times.clone()),
            ("precision", text(&|_, _| Some("minute"))),
            ("received_at", times),
            ("other_service", text(&|_, row| row.5)),
            ("need", text(&|_, _| None)),
            ("fact", long(&|person, at, _| Some(person * 100 + at))),
            ("corrects", text(&|_, _| None)),
            ("birth_month", int(&|person| -(person % 960) as i32)),
            ("sex", text(&|person, _| Some(if person % 2 == 0 { "female" } else { "male" }))),
            ("neighbourhood", text(&|person, _| Some(["Eastbrook", "Mill", "Harbour"][(person % 3) as usize]))),
            ("deprivation", int(&|person| (person % 5 + 1) as i32)),
        ]
        .map(|(name, column)| (name, column, true)),
    )
    .expect("columns of one length")
}

fn main() {
    let people: i64 = std::env::args().nth(1).map_or(100_000, |text| text.parse().expect("a number of people"));
    let place = Place::parse(PLACE).expect("the place of the tables");
    let batches: Vec<RecordBatch> =
        (0..people).step_by(10_000).map(|from| batch(from..(from + 10_000).min(people))).collect();
    let clock = Clock::now();
    let mut fold = journeys::Fold::new(&place, Instant(START + 500 * 86_400));
    let mut stays = 0;
    for batch in &batches {
        fold.push(batch).expect("good events");
        stays += fold.take().expect("tables").stays.num_rows();
    }
    let pushed = clock.elapsed();
    let summary = fold.finish().expect("tables");
    stays += summary.parts.stays.num_rows();
    println!(
        "{} events of {people} people: {stays} stays, {} ledger rows; {:.2} s pushed, {:.2} s in all",
        people * LIFE.len() as i64,
        summary.delay_ledger.num_rows(),
        pushed.as_secs_f64(),
        clock.elapsed().as_secs_f64()
    );
}

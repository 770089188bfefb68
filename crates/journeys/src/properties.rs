//! Laws that hold for any events in any order.

use crate::reference;
use crate::spec::PLACE;
use crate::testing::{Told, batch, cell, floats, fold_along, longs, tables};
use crate::{Parts, Pathway};
use arrow::array::{Array, AsArray};
use arrow::datatypes::TimestampMicrosecondType;
use domain::{Instant, Precision};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

static PATHWAYS: LazyLock<[Pathway; 1]> = LazyLock::new(|| {
    let steps = ["ambulance", "emergency_department", "ward", "home_care"]
        .map(|kind| format!("[[step]]\nname = '{kind}'\nkind = '{kind}'\nwithin_minutes = 600\n"));
    let who = "id = 'falls'\ntitle = 'Who gets home?'\n[who]\nto = ['ambulance', 'emergency_department', 'ward']\n";
    [Pathway::parse(&(who.to_owned() + &steps.concat())).unwrap()]
});

const START: i64 = 1_761_300_000; // 24 October 2025, so that the clock change lies within reach
const SERVICES: [&str; 7] = ["ambulance", "ed", "medical-ward", "surgical-ward", "nursing", "home-care", "surgery"];
const KINDS: [&str; 9] = ["asked", "arrived", "started", "seen", "ready", "left", "missed", "cancelled", "died"];

fn told() -> impl Strategy<Value = Told> {
    let who = (1i64..4, 0usize..SERVICES.len(), proptest::option::weighted(0.8, 1i64..3), 0u32..100);
    let when = (0i64..60 * 24 * 50, 0usize..10, 0i64..5000);
    let what = (
        0u32..100,
        proptest::option::weighted(0.3, 0usize..SERVICES.len() + 1),
        proptest::option::weighted(0.2, 0i64..4),
    );
    (who, when, what, any::<u32>()).prop_map(|((person, service, episode, teller), when, what, id)| {
        let organisation = if teller < 10 { "RRG" } else { &PLACE.service(SERVICES[service]).unwrap().organisation };
        let precision = match when.1 {
            0 | 1 => Precision::Day,
            2 => Precision::Second,
            _ => Precision::Minute,
        };
        // Coarse steps, so that equal times are common.
        let at = Instant(START + when.0 / 90 * 90 * 60);
        let at = if precision == Precision::Day { PLACE.zone.midnight(PLACE.zone.date(at)) } else { at };
        let kind = match what.0 {
            0 => "died",
            1..8 => "corrected",
            more => KINDS[more as usize % 8],
        };
        let fact = what.2;
        Told {
            person,
            event_id: i64::from(id),
            organisation: organisation.to_owned(),
            service: Some(SERVICES[service].to_owned()),
            episode: episode.map(|episode| episode * 10 + person),
            kind: kind.to_owned(),
            at,
            precision,
            received: Instant(at.0 + when.2),
            other: what.1.map(|at| SERVICES.get(at).unwrap_or(&"home").to_string()),
            fact: fact.map(|fact| fact * 10 + person),
            corrects: (kind == "corrected" && id % 3 > 0).then(|| KINDS[id as usize % 6].to_owned()),
        }
    })
}

fn events() -> impl Strategy<Value = Vec<Told>> {
    proptest::collection::vec(told(), 0..60).prop_map(|mut told| {
        told.sort_by_key(|event| event.event_id);
        told.dedup_by_key(|event| event.event_id);
        told
    })
}

fn as_of() -> Instant {
    Instant(START + 60 * 86_400)
}

fn sorted(mut told: Vec<Told>) -> Vec<Told> {
    told.sort_by_key(|event| event.person);
    told
}

fn sum(table: &arrow::array::RecordBatch, column: &str) -> f64 {
    floats(table, column).iter().sum()
}

/// The seconds of a column of times; nothing where it is empty.
fn times(table: &arrow::array::RecordBatch, column: &str) -> Vec<Option<i64>> {
    let array = table.column_by_name(column).unwrap().as_primitive::<TimestampMicrosecondType>();
    array.iter().map(|micros| micros.map(|micros| micros / 1_000_000)).collect()
}

fn fold_all(told: Vec<Told>) -> crate::Summary {
    fold_along(&PLACE, &*PATHWAYS, as_of(), &[batch(&sorted(told))])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_arrival_and_any_cut_into_batches_gives_the_same(
        told in events(), shuffle in any::<u64>(), cuts in proptest::collection::vec(0usize..60, 0..4),
    ) {
        let whole = fold_all(told.clone());
        let mut shuffled = told.clone();
        // The same event told twice is one event.
        shuffled.extend(told.first().cloned());
        shuffled.sort_by_key(|event| (event.event_id as u64).wrapping_mul(shuffle | 1));
        let shuffled = sorted(shuffled);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(shuffled.len())).collect();
        cuts.extend([0, shuffled.len()]);
        cuts.sort_unstable();
        let parts: Vec<_> = cuts.windows(2).map(|cut| batch(&shuffled[cut[0]..cut[1]])).collect();
        prop_assert_eq!(&whole, &fold_along(&PLACE, &*PATHWAYS, as_of(), &parts));
        let mut taken = crate::Fold::new(&PLACE, as_of()).along(&*PATHWAYS);
        let mut stays = 0;
        for part in &parts {
            taken.push(part).unwrap();
            stays += taken.take().unwrap().stays.num_rows();
        }
        let rest = taken.finish().unwrap();
        prop_assert_eq!(stays + rest.parts.stays.num_rows(), whole.parts.stays.num_rows());
        prop_assert_eq!(&rest.delay_ledger, &whole.delay_ledger);
    }

    #[test]
    fn the_stays_are_those_of_plain_loops(told in events()) {
        let summary = fold_all(told.clone());
        let stays = &summary.parts.stays;
        let mut got: Vec<String> = (0..stays.num_rows()).map(|row| {
            let columns = ["person", "organisation", "service", "asked", "started", "ready", "ended", "contacts"];
            columns.map(|column| cell(stays, column, row, &PLACE.zone)).join("|")
        }).collect();
        got.sort();
        let mut expected = reference::stays(&told, &PLACE, as_of());
        // The reference knows no waits, so it does not know of asks that an exit elsewhere has closed.
        let closed: Vec<usize> = (0..stays.num_rows()).filter(|row| {
            cell(stays, "outcome", *row, &PLACE.zone) == "cancelled"
        }).collect();
        for row in closed {
            let open = ["person", "organisation", "service", "asked", "started", "ready"]
                .map(|column| cell(stays, column, row, &PLACE.zone)).join("|") + "||0";
            let full = ["person", "organisation", "service", "asked", "started", "ready", "ended", "contacts"]
                .map(|column| cell(stays, column, row, &PLACE.zone)).join("|");
            if !expected.contains(&full) && let Some(at) = expected.iter().position(|line| *line == open) {
                expected[at] = full;
            }
        }
        expected.sort();
        prop_assert_eq!(got, expected);
    }

    #[test]
    fn people_in_are_people_out_and_people_inside(told in events()) {
        let stays = fold_all(told).parts.stays;
        let outcome = stays.column_by_name("outcome").unwrap();
        let mut came = 0;
        let (mut out, mut inside, mut unknown) = (0, 0, 0);
        for (row, (started, ended)) in times(&stays, "started").into_iter().zip(times(&stays, "ended")).enumerate() {
            came += 1;
            match ended {
                Some(_) => out += 1,
                None if outcome.is_null(row) => inside += 1,
                None => unknown += 1,
            }
            if let (Some(started), Some(ended)) = (started, ended) {
                prop_assert!(ended >= started, "ended {ended} before {started}");
            }
            prop_assert_eq!(ended.is_some(), !outcome.is_null(row) && cell(&stays, "outcome", row, &PLACE.zone) != "unknown");
        }
        prop_assert_eq!(came, out + inside + unknown);
    }

    #[test]
    fn no_wait_is_negative_or_finer_than_it_is_known(told in events()) {
        let waits = fold_all(told).parts.handovers;
        let (asked, ended) = (times(&waits, "asked"), times(&waits, "ended_at"));
        for (row, minutes) in floats(&waits, "wait_minutes").into_iter().enumerate() {
            prop_assert!(minutes >= 0.0);
            match cell(&waits, "precision", row, &PLACE.zone).as_str() {
                "day" => prop_assert_eq!(minutes % 1440.0, 0.0),
                "minute" => prop_assert_eq!(minutes.fract(), 0.0),
                _ => prop_assert_eq!(minutes * 60.0, (ended[row].unwrap_or(as_of().0) - asked[row].unwrap()).max(0) as f64),
            }
            let by = cell(&waits, "ended_by", row, &PLACE.zone);
            prop_assert_eq!(by == "open", ended[row].is_none());
            prop_assert_eq!(cell(&waits, "still_waiting", row, &PLACE.zone), (by == "open").to_string());
            prop_assert_eq!(!cell(&waits, "taken", row, &PLACE.zone).is_empty(), by == "taken");
        }
    }

    #[test]
    fn the_parts_of_a_journey_are_the_whole(told in events()) {
        let journeys = fold_all(told.clone()).parts.journeys;
        let parts = ["care_minutes", "inside_wait_minutes", "wait_minutes", "home_minutes", "unknown_minutes"];
        let parts = parts.map(|part| floats(&journeys, part));
        let (started, ended) = (times(&journeys, "started"), times(&journeys, "ended"));
        for row in 0..journeys.num_rows() {
            let seconds: f64 = parts.iter().map(|part| (part[row] * 60.0).round()).sum();
            let whole = ended[row].unwrap_or(as_of().0) - started[row].unwrap();
            prop_assert_eq!(seconds, whole as f64);
        }
    }

    #[test]
    fn the_legs_of_a_journey_are_its_care_and_its_waits_in_the_order_of_its_way(told in events()) {
        let Parts { journeys, legs, .. } = fold_all(told).parts;
        let of = longs(&legs, "journey");
        let minutes = floats(&legs, "minutes");
        let at = |leg: usize| cell(&legs, "leg", leg, &PLACE.zone).parse::<usize>().unwrap();
        for (row, journey) in longs(&journeys, "journey").into_iter().enumerate() {
            let own: Vec<usize> = (0..of.len()).filter(|leg| of[*leg] == journey).collect();
            prop_assert!(own.is_sorted_by_key(|leg| at(*leg)));
            let (care, waiting): (Vec<usize>, Vec<usize>) =
                own.into_iter().partition(|leg| cell(&legs, "spent", *leg, &PLACE.zone) == "care");
            let kinds: Vec<String> = care.iter().map(|leg| cell(&legs, "kind", *leg, &PLACE.zone)).collect();
            let way = cell(&journeys, "way", row, &PLACE.zone);
            prop_assert_eq!(if kinds.is_empty() { "nothing begun".to_owned() } else { kinds.join(" → ") }, way);
            prop_assert!(care.iter().enumerate().all(|(stop, leg)| at(*leg) == 2 * stop + 1));
            for leg in &waiting {
                let stop = care.get(at(*leg) / 2).map(|leg| cell(&legs, "kind", *leg, &PLACE.zone));
                let after = if at(*leg) == 2 * care.len() { "home" } else { "" };
                prop_assert_eq!(cell(&legs, "kind", *leg, &PLACE.zone), stop.unwrap_or(after.to_owned()));
            }
            // Exact, unless the end of a leg is not known: then its minutes are empty, and the others are no more.
            let inside = floats(&journeys, "inside_wait_minutes")[row];
            let cared = floats(&journeys, "care_minutes")[row];
            let waited = floats(&journeys, "wait_minutes")[row] + inside;
            let column = legs.column_by_name("minutes").unwrap();
            for (legs, whole) in [(care, cared), (waiting, waited)] {
                let known: f64 = legs.iter().filter(|leg| column.is_valid(**leg)).map(|leg| minutes[*leg]).sum();
                let all = legs.iter().all(|leg| column.is_valid(*leg));
                prop_assert!(known < whole + 1e-6 && (!all || (known - whole).abs() < 1e-6), "{known} of {whole}");
            }
        }
    }

    #[test]
    fn every_second_is_in_the_leg_where_plain_loops_put_it(told in events()) {
        let batch = batch(&sorted(told));
        let mut fold = crate::Fold::new(&PLACE, as_of());
        let all = fold.words.events(&batch).unwrap();
        for events in all.chunk_by(|a, b| a.person == b.person) {
            let person = fold.person(&mut events.to_vec());
            for journey in &person.journeys {
                let legs = journey.legs.iter().filter(|leg| leg.seconds > 0).map(|leg| (leg.at, leg.seconds));
                prop_assert_eq!(legs.collect::<BTreeMap<_, _>>(), reference::legs(&person, journey, as_of()));
            }
        }
    }

    #[test]
    fn a_journey_that_should_follow_a_pathway_is_laid_beside_it_once(told in events()) {
        let Parts { journeys, stays, conformance, .. } = fold_all(told).parts;
        let kinds = ["ambulance", "emergency_department", "ward"];
        let comes = longs(&stays, "journey").into_iter().enumerate();
        let comes = comes.filter(|(stay, _)| kinds.contains(&cell(&stays, "kind", *stay, &PLACE.zone).as_str()));
        let should: BTreeSet<i64> = comes.map(|(_, journey)| journey).collect();
        let beside = longs(&conformance, "journey");
        prop_assert_eq!(beside.len(), should.len());
        prop_assert_eq!(beside.iter().copied().collect::<BTreeSet<_>>(), should);
        for (row, journey) in beside.into_iter().enumerate() {
            let at = longs(&journeys, "journey").iter().position(|other| *other == journey).unwrap();
            let waited = floats(&journeys, "wait_minutes")[at] + floats(&journeys, "inside_wait_minutes")[at];
            prop_assert!((floats(&conformance, "wait_minutes")[row] - waited).abs() < 1e-6);
            let got = |column: &str| cell(&conformance, column, row, &PLACE.zone);
            let steps = ["ambulance", "emergency_department", "ward", "home_care"];
            let way = cell(&journeys, "way", at, &PLACE.zone);
            match got("how").as_str() {
                "conforms" => prop_assert!(got("left_at").is_empty() && way.contains(&steps.join(" → ")), "{}", way),
                "left" | "died" => prop_assert!(got("left_at") > got("reached") && !cell(&journeys, "ended", at, &PLACE.zone).is_empty()),
                "under_way" => prop_assert!(got("left_at").is_empty() && cell(&journeys, "ended", at, &PLACE.zone).is_empty()),
                _ => prop_assert!(!got("left_at").is_empty()),
            }
            if let Ok(reached) = got("reached").parse::<usize>() {
                prop_assert!(way.contains(steps[reached]));
            }
        }
    }

    #[test]
    fn the_need_of_a_journey_is_the_first_that_fits_and_its_waits_have_it_too(told in events()) {
        let summary = fold_all(told);
        let Parts { stays, handovers, journeys, .. } = &summary.parts;
        let of = longs(stays, "journey");
        for (row, journey) in longs(journeys, "journey").into_iter().enumerate() {
            let kinds: Vec<String> =
                (0..of.len()).filter(|stay| of[*stay] == journey).map(|stay| cell(stays, "kind", stay, &PLACE.zone)).collect();
            let fits = |need: &&domain::Need| need.kinds.iter().any(|kind| kinds.iter().any(|own| own == kind.name()));
            let need = PLACE.needs.iter().find(fits).map_or("", |need| need.id.as_str());
            prop_assert_eq!(cell(journeys, "need", row, &PLACE.zone), need);
            for (wait, of) in longs(handovers, "journey").into_iter().enumerate() {
                prop_assert!(of != journey || cell(handovers, "need", wait, &PLACE.zone) == need);
            }
        }
        let waited = |table: &arrow::array::RecordBatch, minutes: &str| {
            let mut sums: BTreeMap<String, f64> = BTreeMap::new();
            for (row, minutes) in floats(table, minutes).into_iter().enumerate() {
                *sums.entry(cell(table, "need", row, &PLACE.zone)).or_default() += minutes;
            }
            sums.retain(|_, minutes| *minutes > 0.0);
            sums
        };
        prop_assert_eq!(waited(handovers, "wait_minutes"), waited(&summary.delay_ledger, "person_minutes"));
    }

    #[test]
    fn the_ledger_holds_every_minute_waited_and_no_other(told in events()) {
        let summary = fold_all(told);
        let waited = sum(&summary.parts.handovers, "wait_minutes");
        let ledger = sum(&summary.delay_ledger, "person_minutes");
        prop_assert!((waited - ledger).abs() < 1e-6 * waited.max(1.0), "{waited} waited, {ledger} in the ledger");
        let between: f64 = (0..summary.flow.num_rows())
            .filter(|row| cell(&summary.flow, "lane", *row, &PLACE.zone) == "between")
            .map(|row| floats(&summary.flow, "total_minutes")[row])
            .sum();
        prop_assert!((waited - between).abs() < 1e-6 * waited.max(1.0), "{waited} waited, {between} in the flow");
    }

    #[test]
    fn everything_belongs_to_one_journey(told in events()) {
        let summary = fold_all(told);
        for (name, table) in &tables(&summary)[..4] {
            for journey in longs(table, "journey") {
                prop_assert!(longs(&summary.parts.journeys, "journey").contains(&journey), "{} has no journey", name);
            }
        }
        let stays = summary.parts.stays.num_rows() as i32;
        let counted: i32 = (0..summary.parts.journeys.num_rows())
            .map(|row| cell(&summary.parts.journeys, "stays", row, &PLACE.zone).parse::<i32>().unwrap())
            .sum();
        prop_assert_eq!(stays, counted);
        let mut ids = longs(&summary.parts.stays, "stay");
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len() as i32, stays);
    }
}

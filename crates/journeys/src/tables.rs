//! Results as Arrow batches, in the columns of `docs/tables.md`.

use crate::Parts;
use crate::account::{Journey, Leg};
use crate::pathway::{Pathway, Verdict};
use crate::rows::{FoldError, NONE, Word, Words};
use crate::stays::{Outcome, Stay, Time};
use crate::sums::{Sums, Traits};
use crate::waits::{EndedBy, Side, Wait};
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use domain::{AGE_BANDS, Instant, Zone};
use std::sync::Arc;

/// Ways taken by fewer journeys than this are told together: a rare way is a fingerprint.
const RARE: i64 = 5;

/// One person's journeys, done.
pub(crate) struct Folded {
    pub person: i64,
    pub traits: Traits,
    pub stays: Vec<Stay>,
    pub waits: Vec<Wait>,
    pub journeys: Vec<Journey>,
    /// Pathways by their place, journeys by theirs.
    pub verdicts: Vec<(usize, usize, Verdict)>,
}

/// A number that is the same for the same two numbers, and otherwise spread evenly (the finaliser of SplitMix64).
fn mix(a: i64, b: i64) -> i64 {
    let mut hash = (a as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (b as u64).rotate_left(32);
    for _ in 0..2 {
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        hash ^= hash >> 31;
    }
    hash as i64
}

impl Folded {
    fn journey_id(&self, journey: &Journey) -> i64 {
        mix(self.person, journey.started.0)
    }
}

fn strings<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn longs(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.collect::<Int64Array>())
}

fn ints(values: impl Iterator<Item = Option<i32>>) -> ArrayRef {
    Arc::new(values.collect::<Int32Array>())
}

fn floats(values: impl Iterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(values.collect::<Float64Array>())
}

fn instants(values: impl Iterator<Item = Option<Instant>>) -> ArrayRef {
    let micros = values.map(|value| value.map(Instant::micros));
    Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

fn at(time: Option<Time>) -> Option<Instant> {
    time.map(|time| time.at)
}

fn minutes(seconds: i64) -> Option<f64> {
    Some(seconds as f64 / 60.0)
}

fn batch<const N: usize>(columns: [(&str, ArrayRef); N]) -> Result<RecordBatch, FoldError> {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))
        .map_err(FoldError::Output)
}

/// The tables of some people.
pub(crate) fn people(folded: &[Folded], pathways: &[Pathway], words: &Words, zone: &Zone) -> Result<Parts, FoldError> {
    Ok(Parts {
        stays: stays(folded, words, zone)?,
        handovers: handovers(folded, words, zone)?,
        journeys: journeys(folded, words, zone)?,
        legs: legs(folded, words)?,
        conformance: conformance(folded, pathways, words, zone)?,
    })
}

fn stays(folded: &[Folded], words: &Words, zone: &Zone) -> Result<RecordBatch, FoldError> {
    let mut rows: Vec<(&Folded, &Stay, i64)> = Vec::new();
    for person in folded {
        for journey in &person.journeys {
            let id = person.journey_id(journey);
            rows.extend(journey.stays.iter().map(|stay| (person, &person.stays[*stay], id)));
        }
    }
    let rows = || rows.iter();
    let text = |word: Word| words.text(word);
    batch([
        ("person", longs(rows().map(|(person, ..)| Some(person.person)))),
        ("stay", longs(rows().map(|(person, stay, _)| Some(mix(person.person, stay.event_id))))),
        ("journey", longs(rows().map(|(.., journey)| Some(*journey)))),
        ("organisation", strings(rows().map(|(_, stay, _)| text(stay.organisation)))),
        ("service", strings(rows().map(|(_, stay, _)| text(stay.service)))),
        ("kind", strings(rows().map(|(_, stay, _)| stay.kind.map(|kind| kind.name())))),
        ("sector", strings(rows().map(|(_, stay, _)| words.sector(stay.organisation)))),
        ("episode", longs(rows().map(|(_, stay, _)| stay.episode))),
        ("asked", instants(rows().map(|(_, stay, _)| at(stay.asked)))),
        ("started", instants(rows().map(|(_, stay, _)| at(stay.started)))),
        ("ready", instants(rows().map(|(_, stay, _)| at(stay.ready)))),
        ("ended", instants(rows().map(|(_, stay, _)| at(stay.ended)))),
        ("precision", strings(rows().map(|(_, stay, _)| Some(stay.precision.name())))),
        ("need", strings(rows().map(|(_, stay, _)| text(stay.need)))),
        ("outcome", strings(rows().map(|(_, stay, _)| outcome(stay.outcome, words)))),
        ("contacts", ints(rows().map(|(_, stay, _)| Some(stay.contacts)))),
        ("age", ints(rows().map(|(person, stay, _)| person.traits.age(stay.first(), zone)))),
        ("sex", strings(rows().map(|(person, ..)| text(person.traits.sex)))),
        ("neighbourhood", strings(rows().map(|(person, ..)| text(person.traits.neighbourhood)))),
        ("deprivation", ints(rows().map(|(person, ..)| person.traits.deprivation))),
    ])
}

fn outcome(outcome: Outcome, words: &Words) -> Option<&str> {
    match outcome {
        Outcome::Open => None,
        Outcome::Home => Some("home"),
        Outcome::Service(service) => words.text(service),
        Outcome::Died => Some("died"),
        Outcome::Missed => Some("missed"),
        Outcome::Cancelled => Some("cancelled"),
        Outcome::Left => Some("left"),
        Outcome::Unknown => Some("unknown"),
    }
}

fn handovers(folded: &[Folded], words: &Words, zone: &Zone) -> Result<RecordBatch, FoldError> {
    let mut rows: Vec<(&Folded, &Wait, (i64, Word))> = Vec::new();
    for person in folded {
        for journey in &person.journeys {
            let of = (person.journey_id(journey), journey.need);
            rows.extend(journey.waits.iter().map(|wait| (person, &person.waits[*wait], of)));
        }
    }
    let rows = || rows.iter();
    let text = |word: Word| words.text(word);
    batch([
        ("person", longs(rows().map(|(person, ..)| Some(person.person)))),
        ("journey", longs(rows().map(|(.., (journey, _))| Some(*journey)))),
        ("handover", strings(rows().map(|(_, wait, _)| text(wait.handover)))),
        ("from_service", strings(rows().map(|(_, wait, _)| text(wait.from_service)))),
        ("from_organisation", strings(rows().map(|(_, wait, _)| text(wait.from_organisation)))),
        ("from_kind", strings(rows().map(|(_, wait, _)| wait.from_side.name()))),
        ("to_service", strings(rows().map(|(_, wait, _)| text(wait.to_service)))),
        ("to_organisation", strings(rows().map(|(_, wait, _)| text(wait.to_organisation)))),
        ("to_kind", strings(rows().map(|(_, wait, _)| wait.to_side.name()))),
        ("asked", instants(rows().map(|(_, wait, _)| Some(wait.asked.at)))),
        ("accepted", instants(rows().map(|(_, wait, _)| at(wait.accepted)))),
        ("taken", instants(rows().map(|(_, wait, _)| at(wait.ended.filter(|_| wait.ended_by == EndedBy::Taken))))),
        ("ended_at", instants(rows().map(|(_, wait, _)| at(wait.ended)))),
        ("ended_by", strings(rows().map(|(_, wait, _)| Some(wait.ended_by.name())))),
        ("wait_minutes", floats(rows().map(|(_, wait, _)| minutes(wait.span.seconds)))),
        (
            "still_waiting",
            Arc::new(rows().map(|(_, wait, _)| Some(wait.ended_by == EndedBy::Open)).collect::<BooleanArray>()),
        ),
        ("standard_minutes", floats(rows().map(|(_, wait, _)| wait.standard))),
        ("precision", strings(rows().map(|(_, wait, _)| Some(wait.span.precision.name())))),
        ("age", ints(rows().map(|(person, wait, _)| person.traits.age(wait.asked.at, zone)))),
        ("sex", strings(rows().map(|(person, ..)| text(person.traits.sex)))),
        ("neighbourhood", strings(rows().map(|(person, ..)| text(person.traits.neighbourhood)))),
        ("deprivation", ints(rows().map(|(person, ..)| person.traits.deprivation))),
        ("need", strings(rows().map(|(.., (_, need))| text(*need)))),
    ])
}

/// A way in words, as a reader of the tables finds it.
fn way(sides: &[Side]) -> String {
    let names: Vec<&str> = sides.iter().map(|side| side.name().unwrap_or("elsewhere")).collect();
    if names.is_empty() { "nothing begun".to_owned() } else { names.join(" → ") }
}

fn journeys(folded: &[Folded], words: &Words, zone: &Zone) -> Result<RecordBatch, FoldError> {
    let mut rows: Vec<(&Folded, &Journey)> = Vec::new();
    for person in folded {
        rows.extend(person.journeys.iter().map(|journey| (person, journey)));
    }
    let rows = || rows.iter();
    let text = |word: Word| words.text(word);
    let ways: Vec<String> = rows().map(|(_, journey)| way(&journey.way)).collect();
    let organisations = |person: &Folded, journey: &Journey| {
        let mut all: Vec<Word> = journey.stays.iter().map(|at| person.stays[*at].organisation).collect();
        all.sort_unstable();
        all.dedup();
        all.len() as i32
    };
    batch([
        ("person", longs(rows().map(|(person, _)| Some(person.person)))),
        ("journey", longs(rows().map(|(person, journey)| Some(person.journey_id(journey))))),
        ("started", instants(rows().map(|(_, journey)| Some(journey.started)))),
        ("ended", instants(rows().map(|(_, journey)| Some(journey.until).filter(|_| !journey.open)))),
        ("stays", ints(rows().map(|(_, journey)| Some(journey.stays.len() as i32)))),
        ("organisations", ints(rows().map(|(person, journey)| Some(organisations(person, journey))))),
        ("care_minutes", floats(rows().map(|(_, journey)| minutes(journey.account.care)))),
        ("inside_wait_minutes", floats(rows().map(|(_, journey)| minutes(journey.account.inside)))),
        ("wait_minutes", floats(rows().map(|(_, journey)| minutes(journey.account.between)))),
        ("home_minutes", floats(rows().map(|(_, journey)| minutes(journey.account.home)))),
        ("unknown_minutes", floats(rows().map(|(_, journey)| minutes(journey.account.unknown)))),
        ("way", strings(ways.iter().map(|way| Some(way.as_str())))),
        ("age", ints(rows().map(|(person, journey)| person.traits.age(journey.started, zone)))),
        ("sex", strings(rows().map(|(person, _)| text(person.traits.sex)))),
        ("neighbourhood", strings(rows().map(|(person, _)| text(person.traits.neighbourhood)))),
        ("deprivation", ints(rows().map(|(person, _)| person.traits.deprivation))),
        ("need", strings(rows().map(|(_, journey)| text(journey.need)))),
    ])
}

fn legs(folded: &[Folded], words: &Words) -> Result<RecordBatch, FoldError> {
    let mut rows: Vec<(i64, i64, &Leg)> = Vec::new();
    for person in folded {
        for journey in &person.journeys {
            let id = person.journey_id(journey);
            rows.extend(journey.legs.iter().map(|leg| (person.person, id, leg)));
        }
    }
    let rows = || rows.iter();
    let text = |word: Word| words.text(word);
    batch([
        ("person", longs(rows().map(|(person, ..)| Some(*person)))),
        ("journey", longs(rows().map(|(_, journey, _)| Some(*journey)))),
        ("leg", ints(rows().map(|(.., leg)| Some(leg.at)))),
        ("kind", strings(rows().map(|(.., leg)| leg.kind.map(|kind| kind.name().unwrap_or("elsewhere"))))),
        ("service", strings(rows().map(|(.., leg)| text(leg.service)))),
        ("spent", strings(rows().map(|(.., leg)| Some(if leg.care { "care" } else { "waiting" })))),
        ("minutes", floats(rows().map(|(.., leg)| minutes(leg.seconds).filter(|_| !leg.open)))),
        ("handover", strings(rows().map(|(.., leg)| text(leg.handover)))),
    ])
}

fn conformance(folded: &[Folded], pathways: &[Pathway], words: &Words, zone: &Zone) -> Result<RecordBatch, FoldError> {
    let mut rows: Vec<(&Folded, &Pathway, &Journey, &Verdict)> = Vec::new();
    for person in folded {
        let verdicts = person.verdicts.iter();
        rows.extend(verdicts.map(|(pathway, at, found)| (person, &pathways[*pathway], &person.journeys[*at], found)));
    }
    let rows = || rows.iter();
    let text = |word: Word| words.text(word);
    let step = |step: Option<usize>| step.map(|step| step as i32);
    let waited = |journey: &Journey| minutes(journey.account.between + journey.account.inside);
    batch([
        ("pathway", strings(rows().map(|(_, pathway, ..)| Some(pathway.id.as_str())))),
        ("person", longs(rows().map(|(person, ..)| Some(person.person)))),
        ("journey", longs(rows().map(|(person, _, journey, _)| Some(person.journey_id(journey))))),
        ("started", instants(rows().map(|(_, _, journey, _)| Some(journey.started)))),
        ("reached", ints(rows().map(|(.., verdict)| step(verdict.reached)))),
        ("left_at", ints(rows().map(|(.., verdict)| step(verdict.left_at)))),
        ("how", strings(rows().map(|(.., verdict)| Some(verdict.how.name())))),
        (
            "elsewhere",
            strings(rows().map(|(.., verdict)| verdict.elsewhere.map(|kind| kind.name().unwrap_or("elsewhere")))),
        ),
        ("wait_minutes", floats(rows().map(|(_, _, journey, _)| waited(journey)))),
        ("age", ints(rows().map(|(person, _, journey, _)| person.traits.age(journey.started, zone)))),
        ("sex", strings(rows().map(|(person, ..)| text(person.traits.sex)))),
        ("neighbourhood", strings(rows().map(|(person, ..)| text(person.traits.neighbourhood)))),
        ("deprivation", ints(rows().map(|(person, ..)| person.traits.deprivation))),
        ("need", strings(rows().map(|(_, _, journey, _)| text(journey.need)))),
    ])
}

/// The delay ledger, by day and then by the words of its columns.
pub(crate) fn delay_ledger(sums: &Sums, words: &Words) -> Result<RecordBatch, FoldError> {
    let ranks = words.ranks();
    let rank = |word: Word| ranks.get(word as usize).copied();
    let mut rows: Vec<_> = sums.ledger.iter().collect();
    rows.sort_unstable_by_key(|(key, _)| {
        let places = [
            key.handover,
            key.from_service,
            key.from_organisation,
            key.to_service,
            key.to_organisation,
            key.neighbourhood,
            key.sex,
            key.need,
        ];
        (key.day, places.map(rank), key.age_band, key.deprivation)
    });
    let rows = || rows.iter();
    let text = |word: Word| words.text(word);
    batch([
        ("day", Arc::new(rows().map(|(key, _)| Some(key.day.0)).collect::<Date32Array>()) as ArrayRef),
        ("handover", strings(rows().map(|(key, _)| text(key.handover)))),
        ("from_service", strings(rows().map(|(key, _)| text(key.from_service)))),
        ("from_organisation", strings(rows().map(|(key, _)| text(key.from_organisation)))),
        ("to_service", strings(rows().map(|(key, _)| text(key.to_service)))),
        ("to_organisation", strings(rows().map(|(key, _)| text(key.to_organisation)))),
        ("neighbourhood", strings(rows().map(|(key, _)| text(key.neighbourhood)))),
        ("age_band", strings(rows().map(|(key, _)| key.age_band.map(|band| AGE_BANDS[usize::from(band)])))),
        ("sex", strings(rows().map(|(key, _)| text(key.sex)))),
        ("deprivation", ints(rows().map(|(key, _)| key.deprivation))),
        ("need", strings(rows().map(|(key, _)| text(key.need)))),
        ("people", longs(rows().map(|(_, cell)| Some(cell.people)))),
        ("waiting", longs(rows().map(|(_, cell)| Some(cell.waiting)))),
        ("person_minutes", floats(rows().map(|(_, cell)| minutes(cell.seconds)))),
    ])
}

/// The flow: the most waited at first.
pub(crate) fn flow(sums: &Sums, words: &Words) -> Result<RecordBatch, FoldError> {
    let ranks = words.ranks();
    let mut rows: Vec<_> = sums.flow.iter().collect();
    rows.sort_unstable_by_key(|(key, arc)| {
        (key.inside, -arc.seconds, ranks.get(key.handover as usize), key.from, key.to)
    });
    let rows = || rows.iter();
    batch([
        ("from_kind", strings(rows().map(|(key, _)| key.from.name()))),
        ("to_kind", strings(rows().map(|(key, _)| key.to.name()))),
        (
            "handover",
            strings(rows().map(|(key, _)| (key.handover != NONE).then(|| words.text(key.handover)).flatten())),
        ),
        ("lane", strings(rows().map(|(key, _)| Some(if key.inside { "inside" } else { "between" })))),
        ("people", longs(rows().map(|(_, arc)| Some(arc.people)))),
        ("times", longs(rows().map(|(_, arc)| Some(arc.times)))),
        ("median_minutes", floats(rows().map(|(_, arc)| Some(arc.quantile(0.5) / 60.0)))),
        ("p90_minutes", floats(rows().map(|(_, arc)| Some(arc.quantile(0.9) / 60.0)))),
        ("total_minutes", floats(rows().map(|(_, arc)| minutes(arc.seconds)))),
        ("open", longs(rows().map(|(_, arc)| Some(arc.open)))),
    ])
}

/// The ways through, the most common first and the rare ones together last.
pub(crate) fn variants(sums: &Sums) -> Result<RecordBatch, FoldError> {
    let mut rows = Vec::new();
    let mut other = crate::sums::Way::default();
    let mut total = 0;
    for (way, sum) in &sums.ways {
        total += sum.journeys;
        if sum.journeys < RARE {
            other.journeys += sum.journeys;
            other.care += sum.care;
            other.wait += sum.wait;
        } else {
            rows.push((self::way(way), *sum));
        }
    }
    rows.sort_unstable_by(|a, b| b.1.journeys.cmp(&a.1.journeys).then_with(|| a.0.cmp(&b.0)));
    if other.journeys > 0 {
        rows.push(("other".to_owned(), other));
    }
    let mean = |seconds: i64, journeys: i64| Some(seconds as f64 / 60.0 / journeys as f64);
    batch([
        ("variant", strings(rows.iter().map(|(name, _)| Some(name.as_str())))),
        ("journeys", longs(rows.iter().map(|(_, way)| Some(way.journeys)))),
        ("share", floats(rows.iter().map(|(_, way)| Some(way.journeys as f64 / total as f64)))),
        ("care_minutes", floats(rows.iter().map(|(_, way)| mean(way.care, way.journeys)))),
        ("wait_minutes", floats(rows.iter().map(|(_, way)| mean(way.wait, way.journeys)))),
    ])
}

//! The fold: batches of events in, tables out, people in parallel and the answer the same.

use crate::pathway::Pathway;
use crate::rows::{Event, FoldError, NONE, Words};
use crate::sums::{Sums, Traits};
use crate::tables::{self, Folded};
use crate::{account, stays, waits};
use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use domain::{Instant, Place};
use rayon::prelude::*;

/// Tables of the people who are done, one batch each; the columns are those of `docs/tables.md`.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// One row a stay.
    pub stays: RecordBatch,
    /// One row a wait between two stays.
    pub handovers: RecordBatch,
    /// One row a journey, with its way and its time account.
    pub journeys: RecordBatch,
    /// One row a leg of a journey: a wait for a stop of its way, or the care at it.
    pub legs: RecordBatch,
    /// One row a journey that should follow a pathway.
    pub conformance: RecordBatch,
}

/// What is left at the end, and what only the whole can tell.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The people whom nobody took yet.
    pub parts: Parts,
    /// Person-minutes waited, by day, handover and sort of person.
    pub delay_ledger: RecordBatch,
    /// How people pass from kind to kind of service, and how long that takes.
    pub flow: RecordBatch,
    /// The ways that journeys take.
    pub variants: RecordBatch,
}

/// Folds the events of many people, sorted by person, to stays, handovers and journeys.
///
/// Memory is flat when [`Fold::take`] is called between batches: only one person's events, the words and the sums stay.
///
/// ```
/// use arrow::array::RecordBatch;
/// # use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
/// # use std::sync::Arc;
/// let place = domain::Place::parse("name = 'Rivermead'").unwrap();
/// let mut fold = journeys::Fold::new(&place, domain::Instant(1_764_000_000));
/// # let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
/// # let mut fields: Vec<Field> = Vec::new();
/// # for name in ["person", "event_id", "subject", "episode", "fact"] { fields.push(Field::new(name, DataType::Int64, true)); }
/// # for name in ["occurred_at", "received_at"] { fields.push(Field::new(name, time.clone(), true)); }
/// # for name in ["birth_month", "deprivation"] { fields.push(Field::new(name, DataType::Int32, true)); }
/// # for name in ["organisation", "service", "kind", "precision", "other_service", "need", "corrects", "sex", "neighbourhood"] {
/// #     fields.push(Field::new(name, DataType::Utf8, true));
/// # }
/// let events: RecordBatch = /* select … from events order by person */
/// #     RecordBatch::new_empty(Arc::new(Schema::new(fields)));
/// fold.push(&events).unwrap();
/// let summary = fold.finish().unwrap();
/// assert_eq!(summary.parts.stays.num_rows(), 0);
/// ```
#[derive(Debug)]
pub struct Fold<'a> {
    place: &'a Place,
    as_of: Instant,
    pub(crate) words: Words,
    joins: waits::Joins,
    needs: account::Needs,
    pathways: &'a [Pathway],
    /// The events of the person who may go on in the next batch.
    unfinished: Vec<Event>,
    done: Vec<Parts>,
    sums: Sums,
}

impl<'a> Fold<'a> {
    /// A fold that knows nothing later than `as_of`: what is open then is open, and later events do not count.
    pub fn new(place: &'a Place, as_of: Instant) -> Fold<'a> {
        let mut words = Words::new(place);
        let joins = waits::Joins::new(place, &mut words);
        let needs = account::Needs::new(place, &mut words);
        Fold {
            place,
            as_of,
            words,
            joins,
            needs,
            pathways: &[],
            unfinished: Vec::new(),
            done: Vec::new(),
            sums: Sums::default(),
        }
    }

    /// Lays each journey beside these pathways too.
    pub fn along(self, pathways: &'a [Pathway]) -> Fold<'a> {
        Fold { pathways, ..self }
    }

    /// Folds the next events. Rows are sorted by person; a person may go on in the next batch, and the order inside a
    /// person does not matter. Columns are found by name: those of `events` in `docs/tables.md` from `organisation` to
    /// `corrects`, with `event_id`, `person`, `birth_month`, `sex`, `neighbourhood` and `deprivation`.
    ///
    /// # Errors
    /// When a column is missing or of another sort, a word is unknown, or people are not in order. Nothing of the batch
    /// is in then.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), FoldError> {
        let events = self.words.events(batch)?;
        let mut before = self.unfinished.last().map(|event| event.person);
        for event in &events {
            if let Some(before) = before.filter(|before| *before > event.person) {
                return Err(FoldError::Unsorted { person: event.person, before });
            }
            before = Some(event.person);
        }
        self.unfinished.extend(events);
        let Some(last) = self.unfinished.last().map(|event| event.person) else { return Ok(()) };
        let cut = self.unfinished.partition_point(|event| event.person < last);
        let rest = self.unfinished.split_off(cut);
        let done = std::mem::replace(&mut self.unfinished, rest);
        self.fold(&done)
    }

    /// Everyone who is done since the last call, and forgets them.
    ///
    /// # Errors
    /// When the result does not fit its columns.
    pub fn take(&mut self) -> Result<Parts, FoldError> {
        if self.done.is_empty() {
            self.done.push(tables::people(&[], self.pathways, &self.words, &self.place.zone)?);
        }
        let done = std::mem::take(&mut self.done);
        let table = |of: fn(&Parts) -> &RecordBatch| {
            concat_batches(&of(&done[0]).schema(), done.iter().map(of)).map_err(FoldError::Output)
        };
        Ok(Parts {
            stays: table(|parts| &parts.stays)?,
            handovers: table(|parts| &parts.handovers)?,
            journeys: table(|parts| &parts.journeys)?,
            legs: table(|parts| &parts.legs)?,
            conformance: table(|parts| &parts.conformance)?,
        })
    }

    /// The last people, and the answers about all of them, also about those who were taken before.
    ///
    /// # Errors
    /// When the result does not fit its columns.
    pub fn finish(mut self) -> Result<Summary, FoldError> {
        let rest = std::mem::take(&mut self.unfinished);
        self.fold(&rest)?;
        Ok(Summary {
            parts: self.take()?,
            delay_ledger: tables::delay_ledger(&self.sums, &self.words)?,
            flow: tables::flow(&self.sums, &self.words)?,
            variants: tables::variants(&self.sums)?,
        })
    }

    /// Whole people, a share for each core; shares come back in their order.
    fn fold(&mut self, events: &[Event]) -> Result<(), FoldError> {
        let people: Vec<&[Event]> = events.chunk_by(|a, b| a.person == b.person).collect();
        let share = people.len().div_ceil(4 * rayon::current_num_threads()).max(64);
        let shares: Vec<_> = people.par_chunks(share).map(|people| self.share(people)).collect();
        for share in shares {
            let (tables, sums) = share?;
            self.done.push(tables);
            self.sums.add(sums);
        }
        Ok(())
    }

    fn share(&self, people: &[&[Event]]) -> Result<(Parts, Sums), FoldError> {
        let zone = &self.place.zone;
        let mut sums = Sums::default();
        let mut folded = Vec::with_capacity(people.len());
        let mut events = Vec::new();
        for person in people {
            events.clear();
            events.extend_from_slice(person);
            let done = self.person(&mut events);
            sums.add_person(done.person, &done.traits, &done.stays, &done.waits, &done.journeys, zone);
            folded.push(done);
        }
        Ok((tables::people(&folded, self.pathways, &self.words, zone)?, sums))
    }

    pub(crate) fn person(&self, events: &mut Vec<Event>) -> Folded {
        let zone = &self.place.zone;
        let person = events.first().map_or(0, |event| event.person);
        stays::settle(events, zone, self.as_of);
        let traits = Traits {
            birth_month: events.iter().find_map(|event| event.birth_month),
            sex: events.iter().map(|event| event.sex).find(|word| *word != NONE).unwrap_or(NONE),
            neighbourhood: events.iter().map(|event| event.neighbourhood).find(|word| *word != NONE).unwrap_or(NONE),
            deprivation: events.iter().find_map(|event| event.deprivation),
        };
        let mut folded = stays::fold_person(events, &self.words, zone);
        let waits = waits::find_waits(&mut folded, &self.words, &self.joins, zone, self.as_of);
        let journeys = account::find_journeys(&folded.stays, &waits, &self.needs, self.as_of);
        let mut verdicts = Vec::new();
        for (at, journey) in journeys.iter().enumerate() {
            for (pathway, of) in self.pathways.iter().enumerate() {
                let found = of.judge(journey, &folded.stays, &waits, &traits, zone);
                verdicts.extend(found.map(|found| (pathway, at, found)));
            }
        }
        Folded { person, traits, stays: folded.stays, waits, journeys, verdicts }
    }
}

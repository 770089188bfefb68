//! The edge: Arrow rows become plain [`Event`]s whose words are numbers, so that nothing behind it allocates per row.

use arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type, Int64Type, TimeUnit};
use arrow::error::ArrowError;
use domain::{EventKind, Instant, Place, Precision, Sector, ServiceKind, UnknownWord};
use rustc_hash::FxHashMap;
use thiserror::Error;

/// What is wrong with a batch of events.
#[derive(Debug, Error)]
pub enum FoldError {
    /// A column is not there.
    #[error("the events have no column '{0}'")]
    Missing(&'static str),
    /// A column cannot be read as what it should be.
    #[error("the column '{column}' cannot be read")]
    Column {
        /// Its name.
        column: &'static str,
        /// Why.
        source: ArrowError,
    },
    /// A value that every event must have is null.
    #[error("the column '{column}' is empty in row {row} of the batch")]
    Empty {
        /// Its name.
        column: &'static str,
        /// The row, from 0.
        row: usize,
    },
    /// A word of an event is not one of ours.
    #[error("the column '{column}' holds a word that is not known")]
    Word {
        /// Its name.
        column: &'static str,
        /// The word and those that would do.
        source: UnknownWord,
    },
    /// A person's events stand in two places.
    #[error("the events are not sorted by person: {person} comes after {before}")]
    Unsorted {
        /// The person who comes too late.
        person: i64,
        /// The person before.
        before: i64,
    },
    /// A result could not be put into columns.
    #[error("the result does not fit its columns")]
    Output(#[source] ArrowError),
}

/// A word as a number.
pub(crate) type Word = u32;
/// No word: null.
pub(crate) const NONE: Word = Word::MAX;
/// The word `home`: where people go who need nobody next.
pub(crate) const HOME: Word = 0;

/// One event of one person, as the fold sees it. The derived order is not used; see [`crate::stays`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Event {
    pub person: i64,
    pub event_id: i64,
    pub organisation: Word,
    pub service: Word,
    pub subject: i64,
    pub episode: Option<i64>,
    pub kind: EventKind,
    pub at: Instant,
    pub precision: Precision,
    /// Microseconds: which version of a fact is the latest is decided finely.
    pub received: i64,
    pub other_service: Word,
    pub need: Word,
    pub fact: Option<i64>,
    pub corrects: Option<EventKind>,
    pub birth_month: Option<i32>,
    pub sex: Word,
    pub neighbourhood: Word,
    pub deprivation: Option<i32>,
}

/// What the place says of a service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ServiceInfo {
    pub kind: ServiceKind,
    pub organisation: Word,
}

/// Every word met so far, and what the place says of those that are services.
#[derive(Debug)]
pub(crate) struct Words {
    index: FxHashMap<Box<str>, Word>,
    texts: Vec<Box<str>>,
    services: Vec<Option<ServiceInfo>>,
    sectors: FxHashMap<Word, Sector>,
    kinds: FxHashMap<Word, EventKind>,
    precisions: FxHashMap<Word, Precision>,
}

impl Words {
    pub fn new(place: &Place) -> Words {
        let mut words = Words {
            index: FxHashMap::default(),
            texts: Vec::new(),
            services: Vec::new(),
            sectors: FxHashMap::default(),
            kinds: FxHashMap::default(),
            precisions: FxHashMap::default(),
        };
        words.word("home");
        for service in &place.services {
            let organisation = words.word(&service.organisation);
            let at = words.word(&service.id) as usize;
            words.services[at] = Some(ServiceInfo { kind: service.kind, organisation });
        }
        for organisation in &place.organisations {
            let word = words.word(&organisation.id);
            words.sectors.insert(word, organisation.sector);
        }
        for kind in EventKind::ALL {
            let word = words.word(kind.name());
            words.kinds.insert(word, *kind);
        }
        for precision in Precision::ALL {
            let word = words.word(precision.name());
            words.precisions.insert(word, *precision);
        }
        words
    }

    pub fn word(&mut self, text: &str) -> Word {
        if let Some(word) = self.index.get(text) {
            return *word;
        }
        let word = self.texts.len() as Word;
        self.index.insert(text.into(), word);
        self.texts.push(text.into());
        self.services.push(None);
        word
    }

    pub fn text(&self, word: Word) -> Option<&str> {
        self.texts.get(word as usize).map(AsRef::as_ref)
    }

    pub fn service(&self, word: Word) -> Option<ServiceInfo> {
        *self.services.get(word as usize)?
    }

    pub fn kind(&self, service: Word) -> Option<ServiceKind> {
        self.service(service).map(|info| info.kind)
    }

    pub fn sector(&self, organisation: Word) -> Option<&'static str> {
        self.sectors.get(&organisation).map(|sector| sector.name())
    }

    /// The place of each word in the order of the alphabet, so that output can be sorted without touching text.
    pub fn ranks(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.texts.len() as u32).collect();
        order.sort_unstable_by_key(|at| &self.texts[*at as usize]);
        let mut ranks = vec![0; order.len()];
        for (rank, at) in order.into_iter().enumerate() {
            ranks[at as usize] = rank as u32;
        }
        ranks
    }

    fn column(&mut self, batch: &RecordBatch, name: &'static str) -> Result<Vec<Word>, FoldError> {
        let array = find(batch, name)?;
        if matches!(array.data_type(), DataType::Dictionary(..)) {
            let wanted = DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into());
            let array = cast_to(array, &wanted, name)?;
            let dictionary: &DictionaryArray<Int32Type> = array.as_dictionary();
            let values: Vec<Word> = self.strings(dictionary.values().as_string());
            return Ok(dictionary
                .keys()
                .iter()
                .map(|key| key.map_or(NONE, |key| values.get(key as usize).copied().unwrap_or(NONE)))
                .collect());
        }
        let array = cast_to(array, &DataType::Utf8, name)?;
        Ok(self.strings(array.as_string()))
    }

    fn strings(&mut self, array: &StringArray) -> Vec<Word> {
        let mut last: (&str, Word) = ("home", HOME);
        let words = array.iter().map(|text| {
            let Some(text) = text else { return NONE };
            if text != last.0 {
                last = (text, self.word(text));
            }
            last.1
        });
        words.collect()
    }

    /// Every row of a batch, in its order.
    pub fn events(&mut self, batch: &RecordBatch) -> Result<Vec<Event>, FoldError> {
        let person = required::<Int64Array>(batch, "person", &DataType::Int64)?;
        let event_id = required::<Int64Array>(batch, "event_id", &DataType::Int64)?;
        let subject = required::<Int64Array>(batch, "subject", &DataType::Int64)?;
        let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let occurred = required::<TimestampMicrosecondArray>(batch, "occurred_at", &time)?;
        let received = required::<TimestampMicrosecondArray>(batch, "received_at", &time)?;
        let episode = cast_to(find(batch, "episode")?, &DataType::Int64, "episode")?;
        let episode = episode.as_primitive::<Int64Type>();
        let fact = cast_to(find(batch, "fact")?, &DataType::Int64, "fact")?;
        let fact = fact.as_primitive::<Int64Type>();
        let birth_month = cast_to(find(batch, "birth_month")?, &DataType::Int32, "birth_month")?;
        let birth_month = birth_month.as_primitive::<Int32Type>();
        let deprivation = cast_to(find(batch, "deprivation")?, &DataType::Int32, "deprivation")?;
        let deprivation = deprivation.as_primitive::<Int32Type>();
        let organisation = self.column(batch, "organisation")?;
        let service = self.column(batch, "service")?;
        let kind = self.column(batch, "kind")?;
        let precision = self.column(batch, "precision")?;
        let other_service = self.column(batch, "other_service")?;
        let need = self.column(batch, "need")?;
        let corrects = self.column(batch, "corrects")?;
        let sex = self.column(batch, "sex")?;
        let neighbourhood = self.column(batch, "neighbourhood")?;
        let mut events = Vec::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            events.push(Event {
                person: person.value(row),
                event_id: event_id.value(row),
                organisation: organisation[row],
                service: service[row],
                subject: subject.value(row),
                episode: value64(episode, row),
                kind: self.event_kind("kind", kind[row])?.ok_or(FoldError::Empty { column: "kind", row })?,
                at: Instant::from_micros(occurred.value(row)),
                precision: self.precision(precision[row], row)?,
                received: received.value(row),
                other_service: other_service[row],
                need: need[row],
                fact: value64(fact, row),
                corrects: self.event_kind("corrects", corrects[row])?,
                birth_month: value32(birth_month, row),
                sex: sex[row],
                neighbourhood: neighbourhood[row],
                deprivation: value32(deprivation, row),
            });
        }
        Ok(events)
    }

    fn event_kind(&self, column: &'static str, word: Word) -> Result<Option<EventKind>, FoldError> {
        match (self.kinds.get(&word), self.text(word)) {
            (Some(kind), _) => Ok(Some(*kind)),
            (None, None) => Ok(None),
            (None, Some(text)) => text.parse().map(Some).map_err(|source| FoldError::Word { column, source }),
        }
    }

    fn precision(&self, word: Word, row: usize) -> Result<Precision, FoldError> {
        match (self.precisions.get(&word), self.text(word)) {
            (Some(precision), _) => Ok(*precision),
            (None, None) => Err(FoldError::Empty { column: "precision", row }),
            (None, Some(text)) => text.parse().map_err(|source| FoldError::Word { column: "precision", source }),
        }
    }
}

fn value64(array: &Int64Array, row: usize) -> Option<i64> {
    array.is_valid(row).then(|| array.value(row))
}

fn value32(array: &Int32Array, row: usize) -> Option<i32> {
    array.is_valid(row).then(|| array.value(row))
}

fn find<'a>(batch: &'a RecordBatch, name: &'static str) -> Result<&'a ArrayRef, FoldError> {
    batch.column_by_name(name).ok_or(FoldError::Missing(name))
}

fn cast_to(array: &ArrayRef, to: &DataType, column: &'static str) -> Result<ArrayRef, FoldError> {
    if array.data_type() == to {
        return Ok(array.clone());
    }
    cast(array, to).map_err(|source| FoldError::Column { column, source })
}

fn required<T: Array + Clone + 'static>(
    batch: &RecordBatch,
    column: &'static str,
    to: &DataType,
) -> Result<T, FoldError> {
    let array = cast_to(find(batch, column)?, to, column)?;
    if array.null_count() > 0 {
        let row = (0..array.len()).find(|row| array.is_null(*row)).unwrap_or(0);
        return Err(FoldError::Empty { column, row });
    }
    array.as_any().downcast_ref::<T>().cloned().ok_or(FoldError::Missing(column))
}

#[cfg(test)]
mod tests {
    use crate::spec::PLACE;
    use crate::testing::{Told, batch, fold};
    use crate::{Fold, FoldError};
    use arrow::array::RecordBatch;
    use arrow::compute::cast;
    use arrow::datatypes::DataType;
    use domain::{Instant, Precision};

    fn told(person: i64) -> Told {
        Told {
            person,
            event_id: person,
            organisation: "RRG".to_owned(),
            service: Some("ed".to_owned()),
            episode: None,
            kind: "started".to_owned(),
            at: Instant(1_762_000_000),
            precision: Precision::Minute,
            received: Instant(1_762_000_000),
            other: None,
            fact: None,
            corrects: None,
        }
    }

    fn check(told: &[Told], change: impl Fn(RecordBatch) -> RecordBatch, message: &str) {
        let mut fold = Fold::new(&PLACE, Instant(1_763_000_000));
        assert_eq!(fold.push(&change(batch(told))).unwrap_err().to_string(), message);
        assert_eq!(fold.finish().unwrap().parts.stays.num_rows(), 0, "nothing of a bad batch is in");
    }

    #[test]
    fn text_of_any_kind_is_read() {
        let plain = batch(&[told(1), told(2)]);
        let dictionary = DataType::Dictionary(DataType::UInt16.into(), DataType::Utf8.into());
        for kind in [DataType::LargeUtf8, DataType::Utf8View, dictionary] {
            let schema = plain.schema();
            let columns =
                schema.fields().iter().map(|field| field.name().clone()).zip(plain.columns()).map(|(name, column)| {
                    let column = match column.data_type() {
                        DataType::Utf8 => cast(column, &kind).unwrap(),
                        _ => column.clone(),
                    };
                    (name, column, true)
                });
            let other = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
            let as_of = Instant(1_763_000_000);
            assert_eq!(fold(&PLACE, as_of, std::slice::from_ref(&plain)), fold(&PLACE, as_of, &[other]), "{kind}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_batch_is_named() {
        let without = |name: &'static str| {
            move |batch: RecordBatch| {
                let keep: Vec<usize> =
                    (0..batch.num_columns()).filter(|at| batch.schema().field(*at).name() != name).collect();
                batch.project(&keep).unwrap()
            }
        };
        check(&[told(1)], without("kind"), "the events have no column 'kind'");
        check(&[told(1)], without("deprivation"), "the events have no column 'deprivation'");
        check(&[told(2), told(1)], |batch| batch, "the events are not sorted by person: 1 comes after 2");
        let begun = Told { kind: "begun".to_owned(), ..told(1) };
        check(&[told(1), begun], |batch| batch, "the column 'kind' holds a word that is not known");
    }

    #[test]
    fn people_stay_sorted_from_batch_to_batch() {
        let mut fold = Fold::new(&PLACE, Instant(1_763_000_000));
        fold.push(&batch(&[told(2)])).unwrap();
        let error = fold.push(&batch(&[told(1)])).unwrap_err();
        assert!(matches!(error, FoldError::Unsorted { person: 1, before: 2 }));
        fold.push(&batch(&[told(3)])).unwrap();
        assert_eq!(fold.finish().unwrap().parts.stays.num_rows(), 2);
    }
}

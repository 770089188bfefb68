use crate::Linked;
use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use thiserror::Error;
use vault::{Pseudonym, SealError};

/// Why subjects could not be linked.
#[derive(Debug, Error)]
pub enum LinkError {
    /// A column that is not there, or is of another type.
    #[error("the subjects have no column '{0}' of the type that linking needs")]
    Column(&'static str),
    /// The vault does not open.
    #[error(transparent)]
    Vault(#[from] SealError),
}

fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// Columns of `people`.
pub fn people_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("subject", DataType::Int64, false),
        Field::new("person", DataType::Int64, false),
        Field::new("probability", DataType::Float64, false),
        Field::new("method", DataType::Utf8, false),
        Field::new("since", timestamp(), true),
    ]))
}

/// Columns of `demographics`.
pub fn demographics_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("person", DataType::Int64, false),
        Field::new("birth_month", DataType::Int32, true),
        Field::new("sex", DataType::Utf8, true),
        Field::new("neighbourhood", DataType::Utf8, true),
        Field::new("deprivation", DataType::Int32, true),
    ]))
}

/// A value and when it was told: the latest counts, and of two told at once the larger, so that order does not matter.
#[derive(Clone, Copy)]
struct Latest<T>(Option<(i64, T)>);

impl<T> Default for Latest<T> {
    fn default() -> Latest<T> {
        Latest(None)
    }
}

impl<T: Copy + Ord> Latest<T> {
    fn tell(&mut self, at: i64, value: Option<T>) {
        if let Some(value) = value {
            self.0 = self.0.max(Some((at, value)));
        }
    }
    fn join(&mut self, other: Latest<T>) {
        self.0 = self.0.max(other.0);
    }
    fn value(self) -> Option<T> {
        self.0.map(|(_, value)| value)
    }
}

#[derive(Clone, Copy, Default)]
struct Told {
    birth_month: Latest<i32>,
    sex: Latest<u16>,
    /// Neighbourhood and deprivation go together: they are of one address.
    home: Latest<(u16, i32)>,
}

/// All that is known of each subject, but who they are.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) subjects: Vec<Pseudonym>,
    index: FxHashMap<Pseudonym, u32>,
    since: Vec<i64>,
    told: Vec<Told>,
    words: Vec<String>,
    word_index: FxHashMap<String, u16>,
}

impl Known {
    pub(crate) fn index(&mut self, subject: Pseudonym) -> u32 {
        *self.index.entry(subject).or_insert_with(|| {
            self.subjects.push(subject);
            self.since.push(i64::MAX);
            self.told.push(Told::default());
            self.subjects.len() as u32 - 1
        })
    }

    fn word(&mut self, text: &str) -> u16 {
        if let Some(at) = self.word_index.get(text) {
            return *at;
        }
        let at = self.words.len() as u16;
        self.words.push(text.to_owned());
        self.word_index.insert(text.to_owned(), at);
        at
    }

    pub(crate) fn take(
        &mut self,
        batch: &RecordBatch,
        mut learn: impl FnMut(u32, &[u8]) -> Result<(), SealError>,
    ) -> Result<(), LinkError> {
        let subject = column(batch, "subject", &DataType::Int64)?;
        let identifiers = column(batch, "identifiers", &DataType::Binary)?;
        let birth_month = column(batch, "birth_month", &DataType::Int32)?;
        let sex = column(batch, "sex", &DataType::Utf8)?;
        let neighbourhood = column(batch, "neighbourhood", &DataType::Utf8)?;
        let deprivation = column(batch, "deprivation", &DataType::Int32)?;
        let received_at = column(batch, "received_at", &timestamp())?;
        let (subject, identifiers) = (subject.as_primitive::<Int64Type>(), identifiers.as_binary::<i32>());
        let (birth_month, sex) = (birth_month.as_primitive::<Int32Type>(), sex.as_string::<i32>());
        let (neighbourhood, deprivation) = (neighbourhood.as_string::<i32>(), deprivation.as_primitive::<Int32Type>());
        let received_at = received_at.as_primitive::<TimestampMicrosecondType>();
        for row in 0..batch.num_rows() {
            let at = self.index(subject.value(row));
            let received = received_at.value(row);
            learn(at, identifiers.value(row))?;
            let sex = sex.is_valid(row).then(|| self.word(sex.value(row)));
            let home =
                neighbourhood.is_valid(row).then(|| (self.word(neighbourhood.value(row)), deprivation.value(row)));
            self.since[at as usize] = self.since[at as usize].min(received);
            let told = &mut self.told[at as usize];
            told.birth_month.tell(received, birth_month.is_valid(row).then(|| birth_month.value(row)));
            told.sex.tell(received, sex);
            told.home.tell(received, home);
        }
        Ok(())
    }

    pub(crate) fn finish(self, person: &[Pseudonym], why: &[(f64, &'static str)]) -> Linked {
        let mut order: Vec<u32> = (0..person.len() as u32).collect();
        order.sort_unstable_by_key(|at| (person[*at as usize], self.subjects[*at as usize]));
        let pick = |at: &u32| *at as usize;
        let people = RecordBatch::try_new(
            people_schema(),
            vec![
                Arc::new(order.iter().map(|at| self.subjects[pick(at)]).collect::<Int64Array>()) as ArrayRef,
                Arc::new(order.iter().map(|at| person[pick(at)]).collect::<Int64Array>()),
                Arc::new(order.iter().map(|at| Some(why[pick(at)].0)).collect::<Float64Array>()),
                Arc::new(order.iter().map(|at| Some(why[pick(at)].1)).collect::<StringArray>()),
                Arc::new(
                    order
                        .iter()
                        .map(|at| Some(self.since[pick(at)]).filter(|since| *since != i64::MAX))
                        .collect::<TimestampMicrosecondArray>()
                        .with_timezone("UTC"),
                ),
            ],
        );
        let mut each: Vec<(Pseudonym, Told)> = Vec::new();
        for at in &order {
            let (person, told) = (person[pick(at)], self.told[pick(at)]);
            match each.last_mut() {
                Some((last, all)) if *last == person => {
                    all.birth_month.join(told.birth_month);
                    all.sex.join(told.sex);
                    all.home.join(told.home);
                }
                _ => each.push((person, told)),
            }
        }
        let word = |at: Option<u16>| at.map(|at| self.words[at as usize].as_str());
        let demographics = RecordBatch::try_new(
            demographics_schema(),
            vec![
                Arc::new(each.iter().map(|(person, _)| *person).collect::<Int64Array>()) as ArrayRef,
                Arc::new(each.iter().map(|(_, told)| told.birth_month.value()).collect::<Int32Array>()),
                Arc::new(each.iter().map(|(_, told)| word(told.sex.value())).collect::<StringArray>()),
                Arc::new(
                    each.iter().map(|(_, told)| word(told.home.value().map(|home| home.0))).collect::<StringArray>(),
                ),
                Arc::new(each.iter().map(|(_, told)| told.home.value().map(|home| home.1)).collect::<Int32Array>()),
            ],
        );
        Linked {
            people: people.expect("the columns are built to this schema"),
            demographics: demographics.expect("the columns are built to this schema"),
        }
    }
}

fn column(batch: &RecordBatch, name: &'static str, kind: &DataType) -> Result<ArrayRef, LinkError> {
    let column = batch.column_by_name(name).ok_or(LinkError::Column(name))?;
    cast(column, kind).map_err(|_| LinkError::Column(name))
}

/// Survivor and gone of each merge.
pub(crate) fn merges(batch: &RecordBatch) -> Result<Vec<(Pseudonym, Pseudonym)>, LinkError> {
    let survivor = column(batch, "subject", &DataType::Int64)?;
    let gone = column(batch, "other_subject", &DataType::Int64)?;
    let (survivor, gone) = (survivor.as_primitive::<Int64Type>(), gone.as_primitive::<Int64Type>());
    Ok(survivor.values().iter().copied().zip(gone.values().iter().copied()).collect())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use domain::Date;
    use vault::{Identifiers, Sealer};

    /// A subjects batch of (pseudonym, NHS number, birth day).
    pub(crate) fn subjects(rows: &[(i64, &str, i32)], sealer: &mut Sealer) -> RecordBatch {
        let sealed: Vec<Vec<u8>> = rows
            .iter()
            .map(|(_, number, birth)| {
                sealer.seal_identifiers(&Identifiers {
                    nhs_number: number.parse().ok(),
                    birth_date: (*birth != i32::MIN).then_some(Date(*birth)),
                    ..Identifiers::default()
                })
            })
            .collect();
        let sealed: arrow::array::BinaryArray = sealed.iter().map(|bytes| Some(bytes.as_slice())).collect();
        let none = |_| None::<i32>;
        RecordBatch::try_from_iter([
            ("subject", Arc::new(rows.iter().map(|row| row.0).collect::<Int64Array>()) as ArrayRef),
            ("identifiers", Arc::new(sealed)),
            ("birth_month", Arc::new(rows.iter().map(none).collect::<Int32Array>())),
            ("sex", Arc::new(rows.iter().map(|_| Some("female")).collect::<StringArray>())),
            ("neighbourhood", Arc::new(rows.iter().map(|_| None::<&str>).collect::<StringArray>())),
            ("deprivation", Arc::new(rows.iter().map(none).collect::<Int32Array>())),
            (
                "received_at",
                Arc::new(
                    rows.iter().map(|row| Some(row.0)).collect::<TimestampMicrosecondArray>().with_timezone("UTC"),
                ),
            ),
        ])
        .unwrap()
    }
}

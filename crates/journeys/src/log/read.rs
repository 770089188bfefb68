//! Parquet, CSV and Arrow batches → [`Log`]. The caller opens the file; only the columns asked for are decoded.

use super::build::{Builder, NEVER, NONE, Rows};
use super::columns::{Names, Texts};
use super::{Log, LogError, iso};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Field, Int32Type, Int64Type, Schema, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use arrow::error::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::file::reader::ChunkReader;
use rustc_hash::FxHashMap;
use std::io::Read;
use std::sync::Arc;

/// Which columns hold what. What is not named is guessed from the usual names, in any case and punctuation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// The case: `case`, `case_id`, `case:concept:name`, …
    pub case: Option<String>,
    /// The activity: `activity`, `concept:name`, `event`, …
    pub activity: Option<String>,
    /// The time: `timestamp`, `time`, `time:timestamp`, …
    pub time: Option<String>,
    /// Who did it (organisation, team, resource); read only if named.
    pub by: Option<String>,
    /// Only rows where this column has this value, as `("lifecycle", "complete")`.
    pub only: Option<(String, String)>,
}

const CASE: [&str; 8] =
    ["case", "caseid", "caseconceptname", "journey", "journeyid", "pathwayid", "spellid", "traceid"];
const ACTIVITY: [&str; 7] = ["activity", "activityname", "conceptname", "event", "eventname", "activityid", "kind"];
const TIME: [&str; 11] = [
    "timestamp",
    "time",
    "timetimestamp",
    "ts",
    "datetime",
    "eventtime",
    "completetimestamp",
    "occurredat",
    "at",
    "date",
    "eventdate",
];
const ORDER: [&str; 1] = ["eventindex"];

/// Where the columns are in a file.
#[derive(Debug)]
struct Found {
    case: usize,
    activity: usize,
    time: usize,
    by: Option<usize>,
    order: Option<usize>,
    only: Option<(usize, String)>,
}

impl Columns {
    fn find(&self, names: &[String]) -> Result<Found, LogError> {
        let plain = |name: &str| -> String {
            name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        let known: Vec<String> = names.iter().map(|n| plain(n)).collect();
        let guess = |usual: &[&str]| usual.iter().find_map(|u| known.iter().position(|k| k == u));
        let find = |role: &'static str, wanted: &Option<String>, usual: &[&str]| {
            wanted
                .as_ref()
                .map_or_else(|| guess(usual), |w| names.iter().position(|n| n == w))
                .ok_or_else(|| LogError::NoColumn { role, wanted: wanted.clone(), columns: names.to_vec() })
        };
        let named = |role, wanted: &Option<String>| match wanted {
            Some(_) => find(role, wanted, &[]).map(Some),
            None => Ok(None),
        };
        let only = self.only.as_ref();
        Ok(Found {
            case: find("case", &self.case, &CASE)?,
            activity: find("activity", &self.activity, &ACTIVITY)?,
            time: find("time", &self.time, &TIME)?,
            by: named("one who did it", &self.by)?,
            order: guess(&ORDER),
            only: named("rows to keep", &only.map(|(column, _)| column.clone()))?
                .zip(only.map(|(_, value)| value.clone())),
        })
    }
}

impl Log {
    /// Reads CSV with a header row; pass a decompressing reader for `.csv.gz`.
    ///
    /// Errors: a column that is not there, or bytes that cannot be read. Bad rows are [`Problems`](super::Problems).
    pub fn from_csv(bytes: impl Read, columns: &Columns) -> Result<Log, LogError> {
        const BLOCK: usize = 4_096;
        let mut csv = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let names: Vec<String> = csv
            .byte_headers()?
            .iter()
            .map(|name| String::from_utf8_lossy(name).trim_start_matches('\u{feff}').to_owned())
            .collect();
        let found = columns.find(&names)?;
        let (mut cases, mut activities) = (Texts::default(), Texts::default());
        let mut by = found.by.map(|_| Texts::default());
        let mut builder = Builder::new(0);
        let mut rows = Rows::default();
        let mut record = csv::ByteRecord::new();
        while csv.read_byte_record(&mut record)? {
            let field = |at: usize| String::from_utf8_lossy(record.get(at).unwrap_or_default());
            rows.case.push(number(&mut cases, &field(found.case)));
            rows.activity.push(number(&mut activities, &field(found.activity)));
            rows.micros.push(iso::micros(&field(found.time)).unwrap_or(NEVER));
            if let (Some(at), Some(by)) = (found.by, &mut by) {
                rows.by.push(by.number(&field(at)));
            }
            if let Some(at) = found.order {
                rows.order.push(field(at).trim().parse().unwrap_or(i64::MAX));
            }
            if let Some((at, value)) = &found.only {
                rows.left_out.push(field(*at) != *value);
            }
            if rows.case.len() == BLOCK {
                builder.push(std::mem::take(&mut rows))?;
            }
        }
        builder.push(rows)?;
        Ok(builder.finish(Names::Text(cases), &activities, by.as_ref()))
    }

    /// Reads Parquet: a `File`, or bytes in memory. Texts stay dictionary codes where the file has them so.
    ///
    /// Errors: a column that is not there or holds no times, or bytes that cannot be read.
    pub fn from_parquet<R: ChunkReader + 'static>(file: R, columns: &Columns) -> Result<Log, LogError> {
        let plain = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())?;
        let schema = plain.schema().clone();
        let found = columns.find(&names(&schema))?;
        // A column of few texts is read as its codes; forty names then cost forty look-ups and not ten million.
        let coded = Schema::new(
            schema
                .fields()
                .iter()
                .enumerate()
                .map(|(at, field)| match field.data_type() {
                    DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
                        if at == found.activity || Some(at) == found.by =>
                    {
                        let codes = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
                        Arc::new(Field::new(field.name(), codes, field.is_nullable()))
                    }
                    _ => field.clone(),
                })
                .collect::<Vec<_>>(),
        );
        let parquet = plain.metadata().clone();
        let options = ArrowReaderOptions::new().with_schema(Arc::new(coded));
        let metadata = ArrowReaderMetadata::try_new(parquet.clone(), options).unwrap_or(plain);
        let rows = parquet.file_metadata().num_rows().max(0) as usize;
        let mut reading = Reading::new(&schema, &found, rows)?;
        let mut wanted = vec![found.case, found.activity, found.time];
        wanted.extend(found.by);
        wanted.extend(found.order);
        wanted.extend(found.only.as_ref().map(|only| only.0));
        let mask = ProjectionMask::roots(parquet.file_metadata().schema_descr(), wanted.iter().copied());
        let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata)
            .with_projection(mask)
            .with_batch_size(16_384)
            .build()?;
        wanted.sort_unstable();
        wanted.dedup();
        let found = found.among(&wanted);
        for batch in batches {
            reading.push(&batch?, &found)?;
        }
        Ok(reading.finish())
    }

    /// Takes Arrow batches of one schema, as a query engine gives them.
    ///
    /// Errors: a column that is not there or holds no times, or a batch that is itself an error.
    pub fn from_batches(
        schema: &Schema,
        batches: impl IntoIterator<Item = Result<RecordBatch, ArrowError>>,
        columns: &Columns,
    ) -> Result<Log, LogError> {
        let found = columns.find(&names(schema))?;
        let mut reading = Reading::new(schema, &found, 0)?;
        for batch in batches {
            reading.push(&batch?, &found)?;
        }
        Ok(reading.finish())
    }
}

fn names(schema: &Schema) -> Vec<String> {
    schema.fields().iter().map(|f| f.name().clone()).collect()
}

impl Found {
    /// The same columns in a file that has only these.
    fn among(self, wanted: &[usize]) -> Found {
        let place = |at: usize| wanted.partition_point(|&w| w < at);
        Found {
            case: place(self.case),
            activity: place(self.activity),
            time: place(self.time),
            by: self.by.map(place),
            order: self.order.map(place),
            only: self.only.map(|(at, value)| (place(at), value)),
        }
    }
}

/// An empty text is no name.
fn number(texts: &mut Texts, name: &str) -> u32 {
    if name.trim_ascii().is_empty() { NONE } else { texts.number(name) }
}

/// A log coming in as batches.
struct Reading {
    builder: Builder,
    cases: Cases,
    activities: Coded,
    by: Coded,
}

impl Reading {
    fn new(schema: &Schema, found: &Found, rows: usize) -> Result<Self, LogError> {
        let time = schema.field(found.time);
        let text = |kind: &DataType| matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        match time.data_type() {
            DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => {}
            DataType::Dictionary(_, value) if text(value) => {}
            kind if kind.is_integer() || text(kind) => {}
            kind => {
                return Err(LogError::TimeType { column: time.name().clone(), found: kind.clone() });
            }
        }
        let case = schema.field(found.case).data_type();
        Ok(Reading {
            builder: Builder::new(rows),
            cases: if case.is_integer() && *case != DataType::UInt64 {
                Cases::Whole(Wholes::default())
            } else {
                Cases::Text(Coded::default())
            },
            activities: Coded::default(),
            by: Coded { blank: true, ..Coded::default() },
        })
    }

    fn push(&mut self, batch: &RecordBatch, found: &Found) -> Result<(), LogError> {
        let case = batch.column(found.case);
        let integers = |at: Option<usize>| -> Result<Vec<i64>, LogError> {
            let Some(at) = at else { return Ok(Vec::new()) };
            let order = cast(batch.column(at), &DataType::Int64)?;
            Ok(order.as_primitive::<Int64Type>().iter().map(|o| o.unwrap_or(i64::MAX)).collect())
        };
        self.builder.push(Rows {
            case: match &mut self.cases {
                Cases::Whole(wholes) => wholes.numbers(case)?,
                Cases::Text(coded) => coded.numbers(case)?,
            },
            activity: self.activities.numbers(batch.column(found.activity))?,
            micros: micros(batch.column(found.time))?,
            by: found.by.map_or(Ok(Vec::new()), |at| self.by.numbers(batch.column(at)))?,
            order: integers(found.order)?,
            left_out: match &found.only {
                Some((at, value)) => texts(batch.column(*at))?.iter().map(|text| text != Some(value)).collect(),
                None => Vec::new(),
            },
        })
    }

    fn finish(self) -> Log {
        let by = (self.by.texts.len() > 0).then_some(&self.by.texts);
        let cases = match self.cases {
            Cases::Whole(wholes) => Names::Whole(wholes.ids),
            Cases::Text(coded) => Names::Text(coded.texts),
        };
        self.builder.finish(cases, &self.activities.texts, by)
    }
}

enum Cases {
    Whole(Wholes),
    Text(Coded),
}

/// Whole numbers numbered in the order they were first seen. Ids near the first, as a sequence gives them, are looked
/// up in a plain table: one memory access an event where hashing costs three.
#[derive(Debug, Default)]
struct Wholes {
    base: i64,
    near: Vec<u32>,
    far: FxHashMap<i64, u32>,
    ids: Vec<i64>,
}

impl Wholes {
    /// The table reaches this far either side of the first id; memory that is never touched is never given.
    const REACH: i64 = 1 << 24;

    fn numbers(&mut self, array: &ArrayRef) -> Result<Vec<u32>, LogError> {
        let array = cast(array, &DataType::Int64)?;
        let array = array.as_primitive::<Int64Type>();
        if let (0, Some(first)) = (self.near.len(), array.iter().flatten().next()) {
            self.base = first.wrapping_sub(Self::REACH);
            self.near = vec![0; 2 * Self::REACH as usize];
        }
        Ok(if array.null_count() == 0 {
            array.values().iter().map(|&id| self.number(id)).collect()
        } else {
            array.iter().map(|id| id.map_or(NONE, |id| self.number(id))).collect()
        })
    }

    #[inline]
    fn number(&mut self, id: i64) -> u32 {
        let new = self.ids.len() as u32;
        let number = match self.near.get_mut(id.wrapping_sub(self.base) as usize) {
            Some(slot) => {
                // Zero is "not seen", so that the table needs no filling.
                if *slot == 0 {
                    *slot = new + 1;
                }
                *slot - 1
            }
            None => *self.far.entry(id).or_insert(new),
        };
        if number == new {
            self.ids.push(id);
        }
        number
    }
}

/// Texts of Arrow columns, numbered.
#[derive(Debug, Default)]
struct Coded {
    texts: Texts,
    /// Whether an empty text is a name too.
    blank: bool,
    /// The last dictionary seen and the number of each of its values.
    dictionary: Option<(ArrayRef, Vec<u32>)>,
}

impl Coded {
    fn number(&mut self, name: Option<&str>) -> u32 {
        match name {
            name if self.blank => self.texts.number(name.unwrap_or_default()),
            Some(name) => number(&mut self.texts, name),
            None => NONE,
        }
    }

    fn numbers(&mut self, array: &ArrayRef) -> Result<Vec<u32>, LogError> {
        if let DataType::Dictionary(..) = array.data_type() {
            let codes = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
            let array = cast(array, &codes)?;
            let array = array.as_dictionary::<Int32Type>();
            let values = array.values();
            let same = |old: &ArrayRef| old.len() == values.len() && old.to_data().ptr_eq(&values.to_data());
            let numbers = match self.dictionary.take() {
                Some((old, numbers)) if same(&old) => numbers,
                // Names are given to the values that rows use, in the order of the rows, whatever else is listed.
                _ => vec![UNSEEN; values.len()],
            };
            self.dictionary = Some((values.clone(), numbers));
            let values = array.values().as_string::<i32>();
            let blank = if self.blank && array.null_count() > 0 { self.texts.number("") } else { NONE };
            let keys = array.keys();
            return Ok((0..keys.len())
                .map(|at| {
                    if keys.is_null(at) {
                        return blank;
                    }
                    let key = keys.value(at) as usize;
                    let known = self.dictionary.as_ref().map_or(UNSEEN, |(_, numbers)| numbers[key]);
                    if known != UNSEEN {
                        return known;
                    }
                    let number = self.number((!values.is_null(key)).then(|| values.value(key)));
                    if let Some((_, numbers)) = &mut self.dictionary {
                        numbers[key] = number;
                    }
                    number
                })
                .collect());
        }
        Ok(texts(array)?.iter().map(|name| self.number(name)).collect())
    }
}

/// Not yet looked up; `NONE` is a value that is no name.
const UNSEEN: u32 = u32::MAX - 1;

fn texts(array: &ArrayRef) -> Result<StringArray, LogError> {
    Ok(cast(array, &DataType::Utf8)?.as_string::<i32>().clone())
}

/// Microseconds since 1970 of each row, `NEVER` where there is no time.
fn micros(array: &ArrayRef) -> Result<Vec<i64>, LogError> {
    macro_rules! ticks {
        ($array:expr, $kind:ty, $change:expr) => {{
            let ticks = $array.as_primitive::<$kind>();
            let change = $change;
            if ticks.null_count() == 0 {
                ticks.values().iter().map(|&t| change(i64::from(t)).unwrap_or(NEVER)).collect()
            } else {
                ticks.iter().map(|t| t.and_then(|t| change(i64::from(t))).unwrap_or(NEVER)).collect()
            }
        }};
    }
    Ok(match array.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => ticks!(array, TimestampSecondType, iso::seconds),
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            ticks!(array, TimestampMillisecondType, |t: i64| t.checked_mul(1_000).and_then(iso::known))
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => ticks!(array, TimestampMicrosecondType, iso::known),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            ticks!(array, TimestampNanosecondType, |t: i64| Some(t.div_euclid(1_000)))
        }
        DataType::Date32 => ticks!(array, Date32Type, |t: i64| iso::seconds(t * 86_400)),
        DataType::Date64 => {
            let dates = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
            return micros(&dates);
        }
        kind if kind.is_integer() => {
            let whole = cast(array, &DataType::Int64)?;
            ticks!(whole, Int64Type, iso::seconds)
        }
        _ => texts(array)?.iter().map(|text| text.and_then(iso::micros).unwrap_or(NEVER)).collect(),
    })
}

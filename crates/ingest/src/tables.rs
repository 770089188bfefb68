//! The Arrow tables that ingest fills: records, problems, events, subjects. `docs/tables.md` says what each column means.

use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanArray, Float64Builder, Int32Builder, Int64Builder, MapBuilder, RecordBatch,
    StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use domain::{EventKind, Instant, Place, Precision};
use rustc_hash::FxHashSet;
use std::sync::Arc;
use vault::{Identifiers, Key, Pseudonym, Sealer};

fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn schema(columns: &[(&str, DataType, bool)]) -> SchemaRef {
    Arc::new(Schema::new(
        columns.iter().map(|(name, kind, null)| Field::new(*name, kind.clone(), *null)).collect::<Vec<_>>(),
    ))
}

/// Columns of `records`.
pub fn records_schema() -> SchemaRef {
    schema(&[
        ("record_id", DataType::Binary, false),
        ("feed", DataType::Utf8, false),
        ("organisation", DataType::Utf8, false),
        ("received_at", timestamp(), false),
        ("format", DataType::Utf8, false),
        ("source", DataType::Utf8, false),
        ("line", DataType::Int64, false),
        ("payload", DataType::Binary, false),
    ])
}

/// Columns of `problems`.
pub fn problems_schema() -> SchemaRef {
    schema(&[
        ("record_id", DataType::Binary, true),
        ("feed", DataType::Utf8, false),
        ("organisation", DataType::Utf8, false),
        ("source", DataType::Utf8, false),
        ("line", DataType::Int64, false),
        ("code", DataType::Utf8, false),
        ("field", DataType::Utf8, false),
        ("message", DataType::Utf8, false),
        ("help", DataType::Utf8, false),
        ("severity", DataType::Utf8, false),
        ("at", timestamp(), false),
    ])
}

/// Columns of `events`.
pub fn events_schema() -> SchemaRef {
    let entries = Field::new(
        "entries",
        DataType::Struct(
            vec![Field::new("keys", DataType::Utf8, false), Field::new("values", DataType::Utf8, true)].into(),
        ),
        false,
    );
    schema(&[
        ("event_id", DataType::Int64, false),
        ("record_id", DataType::Binary, false),
        ("feed", DataType::Utf8, false),
        ("organisation", DataType::Utf8, false),
        ("service", DataType::Utf8, true),
        ("subject", DataType::Int64, false),
        ("other_subject", DataType::Int64, true),
        ("episode", DataType::Int64, true),
        ("kind", DataType::Utf8, false),
        ("occurred_at", timestamp(), false),
        ("precision", DataType::Utf8, false),
        ("received_at", timestamp(), false),
        ("other_service", DataType::Utf8, true),
        ("need", DataType::Utf8, true),
        ("fact", DataType::Int64, true),
        ("corrects", DataType::Utf8, true),
        ("attributes", DataType::Map(Arc::new(entries), false), true),
    ])
}

/// Columns of `subjects`, which stays in the vault.
pub fn subjects_schema() -> SchemaRef {
    schema(&[
        ("subject", DataType::Int64, false),
        ("identifiers", DataType::Binary, false),
        ("birth_month", DataType::Int32, true),
        ("sex", DataType::Utf8, true),
        ("lsoa", DataType::Utf8, true),
        ("neighbourhood", DataType::Utf8, true),
        ("deprivation", DataType::Int32, true),
        ("received_at", timestamp(), false),
    ])
}

/// Columns of `published`: series that came ready-made.
pub fn published_schema() -> SchemaRef {
    schema(&[
        ("measure", DataType::Utf8, false),
        ("level", DataType::Utf8, false),
        ("unit", DataType::Utf8, false),
        ("group", DataType::Utf8, false),
        ("period", DataType::Date32, false),
        ("grain", DataType::Utf8, false),
        ("numerator", DataType::Float64, true),
        ("denominator", DataType::Float64, true),
        ("value", DataType::Float64, true),
        ("source", DataType::Utf8, false),
        ("received_at", timestamp(), false),
    ])
}

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The record is not in.
    Error,
    /// The record is in, without this field.
    Warning,
    /// The record is kept and makes no event.
    Note,
}

impl Severity {
    /// The word for it in `problems`.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// A record, or a field of one, that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Stable name, such as `unknown_code`.
    pub code: &'static str,
    /// The column, segment or element.
    pub field: String,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: String,
    /// How much it matters.
    pub severity: Severity,
}

impl Problem {
    pub(crate) fn error(
        code: &'static str,
        field: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Problem {
        Problem { code, field: field.to_owned(), message: message.into(), help: help.into(), severity: Severity::Error }
    }
    pub(crate) fn warning(
        code: &'static str,
        field: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Problem {
        Problem { severity: Severity::Warning, ..Problem::error(code, field, message, help) }
    }
    pub(crate) fn note(
        code: &'static str,
        field: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Problem {
        Problem { severity: Severity::Note, ..Problem::error(code, field, message, help) }
    }
}

/// One event of the record in hand.
#[derive(Debug, Clone)]
pub(crate) struct Event<'a> {
    pub kind: EventKind,
    pub at: Instant,
    pub precision: Precision,
    pub service: Option<&'a str>,
    pub other_service: Option<&'a str>,
    pub need: Option<&'a str>,
    pub episode: Option<Pseudonym>,
    pub fact: Option<i64>,
    pub corrects: Option<EventKind>,
    pub other_subject: Option<Pseudonym>,
    pub attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Event<'a> {
    pub(crate) fn new(kind: EventKind, (at, precision): (Instant, Precision)) -> Event<'a> {
        Event {
            kind,
            at,
            precision,
            service: None,
            other_service: None,
            need: None,
            episode: None,
            fact: None,
            corrects: None,
            other_subject: None,
            attributes: Vec::new(),
        }
    }
}

/// What the record in hand says: whose it is, what happened, what is wrong with it.
#[derive(Default)]
pub(crate) struct Draft<'a> {
    pub subject: Pseudonym,
    pub identifiers: Option<Identifiers>,
    pub received: Option<Instant>,
    pub events: Vec<Event<'a>>,
    pub problems: Vec<Problem>,
}

/// 128-bit digest of a record within its feed: the name by which it is known to be in.
pub(crate) fn digest(feed: &str, bytes: &[u8]) -> u128 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(feed.len() as u32).to_le_bytes()).update(feed.as_bytes()).update(bytes);
    let mut first = [0u8; 16];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    u128::from_be_bytes(first)
}

/// Mixes two 64-bit numbers into a third (the finaliser of MurmurHash3), positive.
pub(crate) fn mix(a: i64, b: i64) -> i64 {
    let mut x = (a as u64) ^ (b as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    x = (x ^ (x >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    ((x ^ (x >> 33)) as i64) & i64::MAX
}

/// The tables made from one chunk of a feed.
pub struct Decoded {
    /// One row a record, in the order of the file.
    pub records: RecordBatch,
    /// The digest of each record, beside `records`.
    pub digests: Vec<u128>,
    /// What could not be used.
    pub problems: RecordBatch,
    /// What happened.
    pub events: RecordBatch,
    /// Who it happened to, each once.
    pub subjects: RecordBatch,
    /// A digest of each row of `subjects`, to leave out what is known.
    pub subject_digests: Vec<u64>,
    /// Published series.
    pub published: RecordBatch,
    /// How many records were held back for an error.
    pub held: u64,
    problem_record: Vec<u32>,
    event_record: Vec<u32>,
    subject_record: Vec<u32>,
    published_record: Vec<u32>,
}

/// For `problem_record`: the problem belongs to the file, not to a record.
const NO_RECORD: u32 = u32::MAX;

impl Decoded {
    /// Leaves only the records that `keep` marks, with what hangs on them. Subjects are told by the first record that names
    /// them in a chunk, so a subject goes only with a record that is known already, and then so is the subject.
    pub fn keep(mut self, keep: &[bool]) -> Decoded {
        if keep.iter().all(|keep| *keep) {
            return self;
        }
        let by = |records: &[u32]| -> BooleanArray {
            records.iter().map(|record| Some(*record == NO_RECORD || keep[*record as usize])).collect()
        };
        let filter =
            |batch: &RecordBatch, mask: &BooleanArray| filter_record_batch(batch, mask).expect("one mark a row");
        let subjects = by(&self.subject_record);
        self.subject_digests = self
            .subject_digests
            .iter()
            .zip(subjects.values())
            .filter(|(_, keep)| *keep)
            .map(|(digest, _)| *digest)
            .collect();
        self.subjects = filter(&self.subjects, &subjects);
        self.events = filter(&self.events, &by(&self.event_record));
        self.problems = filter(&self.problems, &by(&self.problem_record));
        self.published = filter(&self.published, &by(&self.published_record));
        self.records = filter(&self.records, &BooleanArray::from(keep.to_vec()));
        self.digests = self.digests.iter().zip(keep).filter(|(_, keep)| **keep).map(|(digest, _)| *digest).collect();
        self
    }

    /// Leaves out the subjects that `known` has seen.
    pub fn keep_subjects(&mut self, mut new: impl FnMut(u64) -> bool) {
        let mask: Vec<bool> = self.subject_digests.iter().map(|digest| new(*digest)).collect();
        if mask.iter().all(|keep| *keep) {
            return;
        }
        self.subjects = filter_record_batch(&self.subjects, &BooleanArray::from(mask)).expect("one mark a row");
    }

    /// How many events came of it.
    pub fn event_count(&self) -> usize {
        self.events.num_rows()
    }
}

struct Times(TimestampMicrosecondBuilder);

impl Times {
    fn new() -> Times {
        Times(TimestampMicrosecondBuilder::new().with_timezone("UTC"))
    }
    fn push(&mut self, at: Instant) {
        self.0.append_value(at.micros());
    }
    fn push_micros(&mut self, micros: i64) {
        self.0.append_value(micros);
    }
    fn done(mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
}

/// Fills the tables record by record.
pub(crate) struct Output<'a> {
    feed: &'a str,
    organisation: &'a str,
    format: &'static str,
    source: &'a str,
    place: &'a Place,
    loaded_at: Instant,
    /// Microseconds added to `received_at`: a second reading of a record is a later version of what it says.
    reading: i64,
    /// Microseconds, as [`crate::Chunk::after`] counts them.
    after: i64,
    sealer: Sealer,
    digests: Vec<u128>,
    held: u64,
    notes: std::collections::BTreeMap<(&'static str, String), (Problem, u64, i64)>,
    records: (BinaryBuilder, Times, Int64Builder, BinaryBuilder),
    problems: ProblemBuilder,
    events: EventBuilder,
    subjects: SubjectBuilder,
    seen: FxHashSet<u64>,
    published: PublishedBuilder,
}

struct ProblemBuilder {
    record: Vec<u32>,
    record_id: BinaryBuilder,
    line: Int64Builder,
    text: [StringBuilder; 5],
}

struct EventBuilder {
    record: Vec<u32>,
    event_id: Int64Builder,
    record_id: BinaryBuilder,
    service: StringBuilder,
    subject: Int64Builder,
    other_subject: Int64Builder,
    episode: Int64Builder,
    kind: StringBuilder,
    occurred_at: Times,
    precision: StringBuilder,
    received_at: Times,
    other_service: StringBuilder,
    need: StringBuilder,
    fact: Int64Builder,
    corrects: StringBuilder,
    attributes: MapBuilder<StringBuilder, StringBuilder>,
}

struct SubjectBuilder {
    record: Vec<u32>,
    digests: Vec<u64>,
    subject: Int64Builder,
    identifiers: BinaryBuilder,
    birth_month: Int32Builder,
    sex: StringBuilder,
    lsoa: StringBuilder,
    neighbourhood: StringBuilder,
    deprivation: Int32Builder,
    received_at: Times,
}

#[derive(Default)]
struct PublishedBuilder {
    record: Vec<u32>,
    text: [StringBuilder; 6],
    period: arrow::array::Date32Builder,
    numbers: [Float64Builder; 3],
}

/// One row of a published series.
pub(crate) struct PublishedRow<'a> {
    pub measure: &'a str,
    pub level: &'a str,
    pub unit: &'a str,
    pub group: &'a str,
    pub grain: &'a str,
    pub period: domain::Date,
    pub numerator: Option<f64>,
    pub denominator: Option<f64>,
    pub value: Option<f64>,
}

impl<'a> Output<'a> {
    pub(crate) fn new(
        feed: &'a crate::Feed,
        source: &'a str,
        place: &'a Place,
        key: &Key,
        loaded_at: Instant,
        reading: i64,
        after: u64,
    ) -> Output<'a> {
        Output {
            feed: &feed.name,
            organisation: &feed.organisation,
            format: feed.format.name(),
            source,
            place,
            loaded_at,
            reading,
            after: after as i64,
            sealer: key.sealer(),
            digests: Vec::new(),
            held: 0,
            notes: Default::default(),
            records: (BinaryBuilder::new(), Times::new(), Int64Builder::new(), BinaryBuilder::new()),
            problems: ProblemBuilder {
                record: Vec::new(),
                record_id: BinaryBuilder::new(),
                line: Int64Builder::new(),
                text: Default::default(),
            },
            events: EventBuilder {
                record: Vec::new(),
                event_id: Int64Builder::new(),
                record_id: BinaryBuilder::new(),
                service: StringBuilder::new(),
                subject: Int64Builder::new(),
                other_subject: Int64Builder::new(),
                episode: Int64Builder::new(),
                kind: StringBuilder::new(),
                occurred_at: Times::new(),
                precision: StringBuilder::new(),
                received_at: Times::new(),
                other_service: StringBuilder::new(),
                need: StringBuilder::new(),
                fact: Int64Builder::new(),
                corrects: StringBuilder::new(),
                attributes: MapBuilder::new(None, StringBuilder::new(), StringBuilder::new()),
            },
            subjects: SubjectBuilder {
                record: Vec::new(),
                digests: Vec::new(),
                subject: Int64Builder::new(),
                identifiers: BinaryBuilder::new(),
                birth_month: Int32Builder::new(),
                sex: StringBuilder::new(),
                lsoa: StringBuilder::new(),
                neighbourhood: StringBuilder::new(),
                deprivation: Int32Builder::new(),
                received_at: Times::new(),
            },
            seen: FxHashSet::default(),
            published: PublishedBuilder::default(),
        }
    }

    /// A record and all that it says. One with an error is kept and held back: none of its events go in.
    pub(crate) fn record(&mut self, bytes: &[u8], line: u64, draft: &Draft) {
        let digest = digest(self.feed, bytes);
        let id = digest.to_be_bytes();
        let record = self.digests.len() as u32;
        let received = draft.received.unwrap_or(self.loaded_at);
        // Of two rows that do not say when they were made, the one that was read later counts.
        let order = if draft.received.is_some() { 0 } else { self.after + line as i64 };
        self.digests.push(digest);
        self.records.0.append_value(id);
        self.records.1.push(received);
        self.records.2.append_value(line as i64);
        self.records.3.append_value(self.sealer.seal(bytes));
        let mut held = false;
        for problem in &draft.problems {
            held |= problem.severity == Severity::Error;
            self.push_problem(record, Some(&id), line, problem);
        }
        if held {
            self.held += 1;
            return;
        }
        if let Some(who) = &draft.identifiers {
            self.push_subject(record, draft.subject, who, received);
        }
        for event in &draft.events {
            self.push_event(record, &id, draft.subject, received.micros() + order, event);
        }
    }

    /// A problem of the file and of no record in it.
    pub(crate) fn problem(&mut self, line: u64, problem: &Problem) {
        self.push_problem(NO_RECORD, None, line, problem);
    }

    /// Something that many records share and that holds none of them back: said once a chunk, with its count.
    pub(crate) fn note(&mut self, line: u64, problem: Problem) {
        self.notes.entry((problem.code, problem.field.clone())).or_insert((problem, 0, line as i64)).1 += 1;
    }

    fn push_problem(&mut self, record: u32, id: Option<&[u8; 16]>, line: u64, problem: &Problem) {
        let out = &mut self.problems;
        out.record.push(record);
        out.record_id.append_option(id);
        out.line.append_value(line as i64);
        let texts = [problem.code, &problem.field, &problem.message, &problem.help, problem.severity.name()];
        for (column, text) in out.text.iter_mut().zip(texts) {
            column.append_value(text);
        }
    }

    fn push_subject(&mut self, record: u32, subject: Pseudonym, who: &Identifiers, received: Instant) {
        let mut hash = rustc_hash::FxHasher::default();
        {
            use std::hash::Hash;
            (subject, who.nhs_number, who.birth_date, who.sex).hash(&mut hash);
            (&who.local_id, &who.family_name, &who.given_name, &who.postcode).hash(&mut hash);
        }
        let hash = std::hash::Hasher::finish(&hash);
        if !self.seen.insert(hash) {
            return;
        }
        let located = self.place.locate(&who.postcode);
        let out = &mut self.subjects;
        out.record.push(record);
        out.digests.push(hash);
        out.subject.append_value(subject);
        out.identifiers.append_value(self.sealer.seal_identifiers(who));
        out.birth_month.append_option(who.birth_date.map(|date| {
            let (year, month, _) = date.ymd();
            (year - 1970) * 12 + month as i32 - 1
        }));
        out.sex.append_option(who.sex.map(|sex| sex.name()));
        out.lsoa.append_option(located.map(|(_, lsoa)| lsoa.code.as_str()));
        out.neighbourhood.append_option(located.map(|(neighbourhood, _)| neighbourhood.name.as_str()));
        out.deprivation.append_option(located.map(|(_, lsoa)| i32::from(lsoa.deprivation)));
        out.received_at.push(received);
    }

    fn push_event(&mut self, record: u32, id: &[u8; 16], subject: Pseudonym, received_micros: i64, event: &Event) {
        let out = &mut self.events;
        let mut hasher = blake3::Hasher::new();
        let mut numbers = [0u8; 48];
        for (slot, number) in numbers.chunks_exact_mut(8).zip([
            subject,
            event.episode.unwrap_or(-1),
            event.at.0,
            event.fact.unwrap_or(-1),
            event.other_subject.unwrap_or(-1),
            (event.kind as i64) << 16 | event.corrects.map_or(255, |kind| kind as i64) << 8 | event.precision as i64,
        ]) {
            slot.copy_from_slice(&number.to_le_bytes());
        }
        hasher.update(&numbers).update(self.organisation.as_bytes());
        for text in [event.service, event.other_service, event.need] {
            hasher.update(&[0]).update(text.unwrap_or("").as_bytes());
        }
        let mut first = [0u8; 8];
        first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        out.record.push(record);
        out.event_id.append_value(i64::from_le_bytes(first) & i64::MAX);
        out.record_id.append_value(id);
        out.service.append_option(event.service);
        out.subject.append_value(subject);
        out.other_subject.append_option(event.other_subject);
        out.episode.append_option(event.episode);
        out.kind.append_value(event.kind.name());
        out.occurred_at.push(event.at);
        out.precision.append_value(event.precision.name());
        out.received_at.push_micros(received_micros + self.reading);
        out.other_service.append_option(event.other_service);
        out.need.append_option(event.need);
        out.fact.append_option(event.fact);
        out.corrects.append_option(event.corrects.map(EventKind::name));
        for (name, value) in &event.attributes {
            out.attributes.keys().append_value(name);
            out.attributes.values().append_value(value);
        }
        out.attributes.append(!event.attributes.is_empty()).expect("as many values as keys");
    }

    /// A figure that the newest record tells.
    pub(crate) fn published(&mut self, row: &PublishedRow) {
        let out = &mut self.published;
        out.record.push(self.digests.len() as u32 - 1);
        let texts = [row.measure, row.level, row.unit, row.group, row.grain, self.feed];
        for (column, text) in out.text.iter_mut().zip(texts) {
            column.append_value(text);
        }
        out.period.append_value(row.period.0);
        for (column, number) in out.numbers.iter_mut().zip([row.numerator, row.denominator, row.value]) {
            column.append_option(number);
        }
    }

    /// The tables.
    pub(crate) fn finish(mut self) -> Decoded {
        for (problem, count, line) in std::mem::take(&mut self.notes).into_values() {
            let problem = Problem { message: format!("{count} × {}", problem.message), ..problem };
            self.problem(line as u64, &problem);
        }
        let rows = self.digests.len();
        let same = |text: &str, rows: usize| -> ArrayRef {
            let mut column = StringBuilder::with_capacity(rows, rows * text.len());
            for _ in 0..rows {
                column.append_value(text);
            }
            Arc::new(column.finish())
        };
        let batch = |schema: SchemaRef, columns: Vec<ArrayRef>| {
            RecordBatch::try_new(schema, columns).expect("the columns are built to this schema")
        };
        let (mut record_id, received_at, mut line, mut payload) = self.records;
        let records = batch(
            records_schema(),
            vec![
                Arc::new(record_id.finish()),
                same(self.feed, rows),
                same(self.organisation, rows),
                received_at.done(),
                same(self.format, rows),
                same(self.source, rows),
                Arc::new(line.finish()),
                Arc::new(payload.finish()),
            ],
        );
        let ProblemBuilder { record: problem_record, mut record_id, mut line, text } = self.problems;
        let count = problem_record.len();
        let mut at = Times::new();
        (0..count).for_each(|_| at.push(self.loaded_at));
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(record_id.finish()),
            same(self.feed, count),
            same(self.organisation, count),
            same(self.source, count),
            Arc::new(line.finish()),
        ];
        columns.extend(text.map(|mut column| Arc::new(column.finish()) as ArrayRef));
        columns.push(at.done());
        let problems = batch(problems_schema(), columns);
        let mut out = self.events;
        let count = out.record.len();
        let attributes: ArrayRef = {
            let built = out.attributes.finish();
            // The builder names its fields otherwise than the table does; the arrays are the same.
            match events_schema().field_with_name("attributes").map(Field::data_type) {
                Ok(DataType::Map(entries, _)) => {
                    let (_, offsets, values, nulls, ordered) = built.into_parts();
                    let (_, columns, _) = values.into_parts();
                    let DataType::Struct(fields) = entries.data_type() else { unreachable!("a map holds a struct") };
                    let values = arrow::array::StructArray::new(fields.clone(), columns, None);
                    Arc::new(arrow::array::MapArray::new(entries.clone(), offsets, values, nulls, ordered))
                }
                _ => Arc::new(built),
            }
        };
        let events = batch(
            events_schema(),
            vec![
                Arc::new(out.event_id.finish()),
                Arc::new(out.record_id.finish()),
                same(self.feed, count),
                same(self.organisation, count),
                Arc::new(out.service.finish()),
                Arc::new(out.subject.finish()),
                Arc::new(out.other_subject.finish()),
                Arc::new(out.episode.finish()),
                Arc::new(out.kind.finish()),
                out.occurred_at.done(),
                Arc::new(out.precision.finish()),
                out.received_at.done(),
                Arc::new(out.other_service.finish()),
                Arc::new(out.need.finish()),
                Arc::new(out.fact.finish()),
                Arc::new(out.corrects.finish()),
                attributes,
            ],
        );
        let mut who = self.subjects;
        let subjects = batch(
            subjects_schema(),
            vec![
                Arc::new(who.subject.finish()),
                Arc::new(who.identifiers.finish()),
                Arc::new(who.birth_month.finish()),
                Arc::new(who.sex.finish()),
                Arc::new(who.lsoa.finish()),
                Arc::new(who.neighbourhood.finish()),
                Arc::new(who.deprivation.finish()),
                who.received_at.done(),
            ],
        );
        let PublishedBuilder { record: published_record, text, mut period, numbers } = self.published;
        let mut received_at = Times::new();
        published_record.iter().for_each(|_| received_at.push(self.loaded_at));
        let [measure, level, unit, group, grain, source] = text.map(|mut column| Arc::new(column.finish()) as ArrayRef);
        let [numerator, denominator, value] = numbers.map(|mut column| Arc::new(column.finish()) as ArrayRef);
        let period = Arc::new(period.finish());
        let received_at = received_at.done();
        let columns =
            vec![measure, level, unit, group, period, grain, numerator, denominator, value, source, received_at];
        Decoded {
            records,
            digests: self.digests,
            problems,
            events,
            subjects,
            subject_digests: who.digests,
            published: batch(published_schema(), columns),
            held: self.held,
            problem_record,
            event_record: out.record,
            subject_record: who.record,
            published_record,
        }
    }
}

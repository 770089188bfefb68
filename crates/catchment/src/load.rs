//! A record arrives: files → chunks → tables → one commit of the Lake.

use crate::fault::Fault;
use crate::place::{Catchment, now};
use crate::progress::Progress;
use crate::refresh;
use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType};
use domain::Instant;
use ingest::{Chunk, Chunks, Decoded, Decoder, Feed, Format};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::{Access, Load, Meta};

/// What came of an `add` or a `retry`.
#[derive(Default, Debug, PartialEq)]
pub struct Added {
    pub files: u64,
    pub records: u64,
    /// Records that were in already.
    pub known: u64,
    pub events: u64,
    /// Records held back for an error.
    pub held: u64,
    pub problems: u64,
    /// Files that no feed's `match` fits.
    pub strangers: Vec<String>,
    pub series: u64,
}

/// A file to be read, or standard input.
struct Input {
    name: String,
    path: PathBuf,
    feed: usize,
}

/// Folders of a place that hold no records.
const OWN: [&str; 8] = ["lake", "feeds", "measures", "pathways", "truth", "models", "scenarios", "need"];
/// So many chunks are decoded side by side, then written.
const WINDOW: usize = 6;

/// Columns of `sources`: each file that came.
pub fn sources_schema() -> SchemaRef {
    let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    Arc::new(Schema::new(vec![
        Field::new("feed", DataType::Utf8, false),
        Field::new("organisation", DataType::Utf8, false),
        Field::new("source", DataType::Utf8, false),
        Field::new("format", DataType::Utf8, false),
        Field::new("loaded_at", time(), false),
        Field::new("records", DataType::Int64, false),
        Field::new("known", DataType::Int64, false),
        Field::new("events", DataType::Int64, false),
        Field::new("held", DataType::Int64, false),
        Field::new("newest", time(), true),
        Field::new("head", DataType::Utf8, true),
    ]))
}

#[derive(Default, Clone)]
struct SourceRow {
    records: u64,
    known: u64,
    events: u64,
    held: u64,
    newest: Option<i64>,
    head: Option<String>,
}

/// Adds files. All of it lands in one commit, or none.
pub fn add(
    at: &Catchment,
    files: &[String],
    feed: Option<&str>,
    later: bool,
    progress: &Progress,
) -> Result<Added, Fault> {
    let mut added = Added::default();
    let inputs = find(at, files, feed, &mut added)?;
    let mut load = at.lake.begin()?;
    let loaded_at = moment(&load);
    create_tables(&mut load)?;
    forget_file_problems(&mut load, &inputs)?;
    let bytes = inputs.iter().filter_map(|input| input.path.metadata().ok()).map(|meta| meta.len()).sum();
    let bar = progress.bytes("reading", bytes);
    let mut writer = Writer::new(at, &mut load, loaded_at, &mut added, 0);
    let mut window: Vec<(usize, Chunk)> = Vec::new();
    let mut before = 0;
    for (which, input) in inputs.iter().enumerate() {
        let feed = &at.feeds[input.feed];
        writer.added.files += 1;
        if input.path.extension().is_some_and(|ending| ending == "parquet") {
            writer.parquet(which, input, feed)?;
            continue;
        }
        let reader = match open(input) {
            Ok(reader) => bar.wrap_read(reader),
            Err(wrong) => {
                writer.file_problem(input, feed, "unreadable_file", &format!("the file cannot be read: {wrong}"))?;
                continue;
            }
        };
        let mut chunks = Chunks::new(reader, feed.format).after(before);
        // A row has eight bytes at least, so this is no smaller than the lines of the file.
        before += input.path.metadata().map_or(0, |meta| meta.len() / 8 + 1);
        let mut first = true;
        while let Some(chunk) = chunks.next() {
            match chunk {
                Ok(chunk) => window.push((which, chunk)),
                Err(wrong) => {
                    writer.file_problem(
                        input,
                        feed,
                        "unreadable_file",
                        &format!("the file stops being readable: {wrong}"),
                    )?;
                    break;
                }
            }
            if std::mem::take(&mut first) {
                let head = chunks.head().map(|head| String::from_utf8_lossy(head).into_owned());
                writer.sources.entry(which).or_default().head = head;
            }
            if window.len() >= WINDOW {
                writer.window(&inputs, &mut window)?;
                bar.set_message(rate(&bar, writer.added.records));
            }
        }
    }
    writer.window(&inputs, &mut window)?;
    writer.finish(&inputs)?;
    bar.finish_and_clear();
    let nothing = added.records == added.known && added.problems == 0 && added.series == 0;
    if nothing && load.base_version() > 0 && refresh::is_fresh(&load) {
        return Ok(added);
    }
    let mut meta = if later {
        Meta::from_iter([("fresh".to_owned(), false.into())])
    } else {
        let records = !refresh::is_fresh(&load) || inputs.iter().any(|input| at.feeds[input.feed].series.is_none());
        refresh::derive(at, &mut load, loaded_at, records, progress)?
    };
    meta.insert("loaded_at".to_owned(), loaded_at.0.into());
    progress.saying("writing", || load.commit(meta))?;
    Ok(added)
}

fn rate(bar: &indicatif::ProgressBar, records: u64) -> String {
    let seconds = bar.elapsed().as_secs_f64().max(0.001);
    format!("{} rows, {}/s", show::number::count(records), show::number::count((records as f64 / seconds) as u64))
}

/// The time of this load: later than the one before, whatever the clock says, so that what is told later counts.
fn moment(load: &Load) -> Instant {
    let last = load.meta().get("loaded_at").and_then(serde_json::Value::as_i64).unwrap_or(0);
    Instant(now().0.max(last + 1))
}

fn create_tables(load: &mut Load) -> Result<(), Fault> {
    for (name, schema) in [
        ("records", ingest::records_schema()),
        ("problems", ingest::problems_schema()),
        ("events", ingest::events_schema()),
        ("subjects", ingest::subjects_schema()),
        ("published", ingest::published_schema()),
        ("sources", sources_schema()),
    ] {
        load.create(name, &schema)?;
    }
    Ok(())
}

/// Which files are meant, and the feed of each.
fn find(at: &Catchment, files: &[String], feed: Option<&str>, added: &mut Added) -> Result<Vec<Input>, Fault> {
    let names = || at.feeds.iter().map(|feed| feed.name.as_str()).collect::<Vec<_>>().join(", ");
    let forced = match feed {
        None => None,
        Some(name) => Some(at.feeds.iter().position(|feed| feed.name == name).ok_or_else(|| {
            Fault::new(format!("there is no feed called '{name}'"), format!("the feeds of this place: {}", names()))
        })?),
    };
    let mut inputs = Vec::new();
    let mut take = |name: String, path: PathBuf, named: bool, added: &mut Added| -> Result<(), Fault> {
        match forced.or_else(|| at.feeds.iter().position(|feed| feed.fits(&name))) {
            Some(feed) => inputs.push(Input { name, path, feed }),
            None if named => {
                return Err(Fault::new(
                    format!("no feed's `match` fits {name}"),
                    format!("say which with --feed NAME (one of: {}), or write a feed file: docs/feeds.md", names()),
                ));
            }
            None => added.strangers.push(name),
        }
        Ok(())
    };
    for file in files {
        if file == "-" {
            if forced.is_none() {
                return Err(Fault::new(
                    "standard input has no name to find its feed by",
                    format!("add --feed NAME, one of: {}", names()),
                ));
            }
            // Standard input is read once, whatever stands beside it.
            take("standard input".to_owned(), PathBuf::from("/dev/stdin"), true, added)?;
            continue;
        }
        let path = Path::new(file);
        if path.is_dir() {
            let own = path.canonicalize().ok() == at.folder.canonicalize().ok();
            let mut found = Vec::new();
            walk(path, own, &mut found)?;
            found.sort();
            for path in found {
                take(path.display().to_string(), path.clone(), false, added)?;
            }
        } else if path.exists() {
            take(file.clone(), path.to_owned(), true, added)?;
        } else {
            let matches = glob::glob(file).map_err(|wrong| {
                Fault::new(format!("'{file}' is not a pattern"), "put patterns in quotes: 'in/*.csv'").because(wrong)
            })?;
            let mut found: Vec<PathBuf> = matches.flatten().filter(|path| path.is_file()).collect();
            found.sort();
            if found.is_empty() {
                return Err(Fault::new(
                    format!("there is no file {file}"),
                    "check the path; put patterns in quotes: 'in/*.csv'",
                ));
            }
            for path in found {
                take(path.display().to_string(), path.clone(), false, added)?;
            }
        }
    }
    if inputs.is_empty() {
        return Err(Fault::new(
            format!("none of the {} files fits a feed of this place", added.strangers.len()),
            format!("say which feed with --feed NAME (one of: {}), or write a feed file: docs/feeds.md", names()),
        ));
    }
    Ok(inputs)
}

fn walk(folder: &Path, own: bool, found: &mut Vec<PathBuf>) -> Result<(), Fault> {
    for entry in std::fs::read_dir(folder).map_err(Fault::disk("read", folder))? {
        let entry = entry.map_err(Fault::disk("read", folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        let skip = name.starts_with('.')
            || (own
                && (OWN.contains(&name.as_str())
                    || name == "place.toml"
                    || name == "vault.key"
                    || name == "forecasts.jsonl"
                    || name.ends_with(".geojson")));
        if skip {
            continue;
        }
        if path.is_dir() {
            walk(&path, false, found)?;
        } else if !name.ends_with(".toml") {
            // What a place says of itself may lie among what it was sent.
            found.push(path);
        }
    }
    Ok(())
}

fn open(input: &Input) -> std::io::Result<Box<dyn Read + Send>> {
    let file = File::open(&input.path)?;
    Ok(if input.path.extension().is_some_and(|ending| ending == "gz") {
        Box::new(flate2::read::MultiGzDecoder::new(BufReader::with_capacity(1 << 18, file)))
    } else {
        Box::new(file)
    })
}

/// Problems of a file as a whole go when the file comes again.
fn forget_file_problems(load: &mut Load, inputs: &[Input]) -> Result<(), Fault> {
    let coming: BTreeSet<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    rewrite_problems(load, |batch, row| {
        let id = batch.column_by_name("record_id");
        let source = batch.column_by_name("source").and_then(|column| column.as_string_opt::<i32>());
        !(id.is_some_and(|id| id.is_null(row)) && source.is_some_and(|source| coming.contains(source.value(row))))
    })
}

/// Keeps only the problems that `keep` says; leaves the table alone when that is all of them.
fn rewrite_problems(load: &mut Load, keep: impl Fn(&RecordBatch, usize) -> bool) -> Result<(), Fault> {
    let mut kept = Vec::new();
    let mut all = true;
    for batch in load.session(Access::Analyst)?.sql("select * from problems")? {
        let mask: Vec<bool> = (0..batch.num_rows()).map(|row| keep(&batch, row)).collect();
        all &= mask.iter().all(|keep| *keep);
        kept.push(
            filter_record_batch(&batch, &mask.into())
                .map_err(|wrong| Fault::new("cannot filter problems", "").because(wrong))?,
        );
    }
    if !all {
        load.replace("problems", &ingest::problems_schema())?;
        for batch in &kept {
            load.append("problems", batch)?;
        }
    }
    Ok(())
}

fn decoder<'a>(at: &'a Catchment, feed: &'a Feed, loaded_at: Instant, reading: i64) -> Decoder<'a> {
    Decoder::new(feed, &at.place, at.key.clone(), loaded_at).again(reading)
}

/// Decodes windows of chunks and puts what is new into the load.
struct Writer<'a, 'l> {
    at: &'a Catchment,
    load: &'l mut Load,
    loaded_at: Instant,
    added: &'l mut Added,
    /// How many times before these records were read; nought for new ones.
    reading: i64,
    subjects: SeenSubjects,
    sources: BTreeMap<usize, SourceRow>,
}

impl<'a, 'l> Writer<'a, 'l> {
    fn new(
        at: &'a Catchment,
        load: &'l mut Load,
        loaded_at: Instant,
        added: &'l mut Added,
        reading: i64,
    ) -> Writer<'a, 'l> {
        Writer { at, load, loaded_at, added, reading, subjects: SeenSubjects::default(), sources: BTreeMap::new() }
    }

    fn window(&mut self, inputs: &[Input], window: &mut Vec<(usize, Chunk)>) -> Result<(), Fault> {
        let (at, loaded_at, reading) = (self.at, self.loaded_at, self.reading);
        let decoded: Vec<(usize, Decoded)> = window
            .par_iter()
            .map(|(which, chunk)| {
                let input = &inputs[*which];
                (*which, decoder(at, &at.feeds[input.feed], loaded_at, reading).decode(chunk, &input.name))
            })
            .collect();
        window.clear();
        for (which, tables) in decoded {
            self.take(which, tables)?;
        }
        Ok(())
    }

    /// What is new of one chunk goes into the load.
    fn take(&mut self, which: usize, tables: Decoded) -> Result<(), Fault> {
        let read = tables.digests.len() as u64;
        let new = self.load.add_digests(&tables.digests)?;
        let known = new.iter().filter(|new| !**new).count() as u64;
        let tables = if known > 0 { tables.keep(&new) } else { tables };
        let source = self.sources.entry(which).or_default();
        source.records += read;
        source.known += known;
        self.added.records += read;
        self.added.known += known;
        self.write(Some(which), tables)
    }

    fn write(&mut self, which: Option<usize>, mut tables: Decoded) -> Result<(), Fault> {
        tables.keep_subjects(|digest| self.subjects.is_new(digest));
        let (events, held) = (tables.event_count() as u64, tables.held.min(tables.digests.len() as u64));
        if let Some(which) = which {
            let source = self.sources.entry(which).or_default();
            source.events += events;
            source.held += held;
            let limit = self.loaded_at.micros();
            if let Some(times) = tables.events.column_by_name("occurred_at") {
                let newest = times
                    .as_primitive::<TimestampMicrosecondType>()
                    .values()
                    .iter()
                    .copied()
                    .filter(|at| *at <= limit)
                    .max();
                source.newest = source.newest.max(newest);
            }
        }
        self.added.events += events;
        self.added.held += held;
        self.added.problems += tables.problems.num_rows() as u64;
        self.added.series += tables.published.num_rows() as u64;
        for (name, batch) in [
            ("problems", &tables.problems),
            ("events", &tables.events),
            ("subjects", &tables.subjects),
            ("published", &tables.published),
        ] {
            if batch.num_rows() > 0 {
                self.load.append(name, batch)?;
            }
        }
        if self.reading == 0 && tables.records.num_rows() > 0 {
            self.load.append("records", &tables.records)?;
        }
        Ok(())
    }

    fn parquet(&mut self, which: usize, input: &Input, feed: &'a Feed) -> Result<(), Fault> {
        let file = File::open(&input.path).map_err(Fault::disk("read", &input.path))?;
        match decoder(self.at, feed, self.loaded_at, self.reading).decode_parquet(file, &input.name) {
            Ok(tables) => self.take(which, tables),
            Err(wrong) => self.file_problem(input, feed, "wrong_format", &wrong),
        }
    }

    /// A problem of a file as a whole.
    fn file_problem(&mut self, input: &Input, feed: &Feed, code: &str, message: &str) -> Result<(), Fault> {
        let text = |value: &str| Arc::new(StringArray::from(vec![value])) as ArrayRef;
        let columns: Vec<ArrayRef> = vec![
            arrow::array::new_null_array(&DataType::Binary, 1),
            text(&feed.name),
            text(&feed.organisation),
            text(&input.name),
            Arc::new(Int64Array::from(vec![0])),
            text(code),
            text(""),
            text(message),
            text("mend the file and add it again; the other files are in"),
            text("error"),
            Arc::new(TimestampMicrosecondArray::from(vec![self.loaded_at.micros()]).with_timezone("UTC")),
        ];
        let batch = RecordBatch::try_new(ingest::problems_schema(), columns).expect("columns of this schema");
        self.added.problems += 1;
        Ok(self.load.append("problems", &batch)?)
    }

    fn finish(self, inputs: &[Input]) -> Result<(), Fault> {
        let rows: Vec<(&Input, &SourceRow)> = self
            .sources
            .iter()
            .filter(|(_, row)| row.records > row.known || row.records == 0)
            .map(|(which, row)| (&inputs[*which], row))
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        let feed = |input: &Input| &self.at.feeds[input.feed];
        let count = |of: fn(&SourceRow) -> u64| {
            Arc::new(rows.iter().map(|(_, row)| of(row) as i64).collect::<Int64Array>()) as ArrayRef
        };
        let text = |values: Vec<Option<&str>>| Arc::new(StringArray::from(values)) as ArrayRef;
        let columns = vec![
            text(rows.iter().map(|(input, _)| Some(feed(input).name.as_str())).collect()),
            text(rows.iter().map(|(input, _)| Some(feed(input).organisation.as_str())).collect()),
            text(rows.iter().map(|(input, _)| Some(input.name.as_str())).collect()),
            text(rows.iter().map(|(input, _)| Some(feed(input).format.name())).collect()),
            Arc::new(
                rows.iter()
                    .map(|_| Some(self.loaded_at.micros()))
                    .collect::<TimestampMicrosecondArray>()
                    .with_timezone("UTC"),
            ) as ArrayRef,
            count(|row| row.records),
            count(|row| row.known),
            count(|row| row.events),
            count(|row| row.held),
            Arc::new(
                rows.iter().map(|(_, row)| row.newest).collect::<TimestampMicrosecondArray>().with_timezone("UTC"),
            ),
            text(rows.iter().map(|(_, row)| row.head.as_deref()).collect()),
        ];
        let batch = RecordBatch::try_new(sources_schema(), columns).expect("columns of this schema");
        Ok(self.load.append("sources", &batch)?)
    }
}

/// Subjects that this load told already, as far as a small table remembers: one that it forgot is told again, no harm done.
struct SeenSubjects(Vec<u64>);

impl Default for SeenSubjects {
    fn default() -> SeenSubjects {
        SeenSubjects(vec![0; 1 << 20])
    }
}

impl SeenSubjects {
    fn is_new(&mut self, digest: u64) -> bool {
        let slot = (digest.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 44) as usize;
        std::mem::replace(&mut self.0[slot], digest) != digest
    }
}

/// Reads the records with problems again, as the feed files are now. Those that are well go in.
pub fn retry(at: &Catchment, feed: Option<&str>, progress: &Progress) -> Result<Added, Fault> {
    let mut added = Added::default();
    let mut load = at.lake.begin()?;
    let loaded_at = moment(&load);
    create_tables(&mut load)?;
    let reading = 1 + load.meta().get("readings").and_then(serde_json::Value::as_i64).unwrap_or(0);
    let heads = heads(&mut load)?;
    let wanted = "select distinct record_id from problems where record_id is not null and severity <> 'note'";
    let query = format!(
        "select r.record_id, r.feed, r.source, r.line, r.payload from records r join ({wanted}) p on r.record_id = p.record_id order by r.feed, r.source, r.line"
    );
    let batches = load.session(Access::Analyst)?.sql(&query)?;
    let mut again: Vec<(usize, String, Chunk, Vec<u8>)> = Vec::new();
    for batch in &batches {
        let text = |name: &str| batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>().cloned());
        let (Some(feeds), Some(sources)) = (text("feed"), text("source")) else { continue };
        let ids = batch.column(0).as_binary::<i32>();
        let lines = batch.column(3).as_primitive::<Int64Type>();
        let payloads = batch.column(4).as_binary::<i32>();
        for row in 0..batch.num_rows() {
            let name = feeds.value(row);
            let Some(which) = at.feeds.iter().position(|known| known.name == name) else { continue };
            if feed.is_some_and(|wanted| wanted != name) {
                continue;
            }
            let decoder = Decoder::new(&at.feeds[which], &at.place, at.key.clone(), loaded_at);
            let bytes = decoder
                .open(payloads.value(row))
                .map_err(|wrong| Fault::new(wrong.to_string(), "bring back the key file of this place"))?;
            let source = sources.value(row).to_owned();
            let head = heads.get(&(name.to_owned(), source.clone())).cloned();
            if matches!(at.feeds[which].format, Format::Csv | Format::Series) && head.is_none() {
                continue;
            }
            let chunk = Chunk::of_record(bytes, lines.value(row) as u64, head);
            again.push((which, source, chunk, ids.value(row).to_vec()));
        }
    }
    let ids: BTreeSet<&[u8]> = again.iter().map(|(.., id)| id.as_slice()).collect();
    rewrite_problems(&mut load, |batch, row| {
        let id = batch.column_by_name("record_id").and_then(|column| column.as_binary_opt::<i32>());
        !id.is_some_and(|id| id.is_valid(row) && ids.contains(id.value(row)))
    })?;
    let bar = progress.count("reading again", again.len() as u64);
    let mut writer = Writer::new(at, &mut load, loaded_at, &mut added, reading);
    for part in again.chunks(4096) {
        let decoded: Vec<Decoded> = part
            .par_iter()
            .map(|(which, source, chunk, _)| decoder(at, &at.feeds[*which], loaded_at, reading).decode(chunk, source))
            .collect();
        for tables in decoded {
            writer.added.records += tables.digests.len() as u64;
            writer.write(None, tables)?;
        }
        bar.inc(part.len() as u64);
    }
    bar.finish_and_clear();
    if added.records > 0 {
        let mut meta = refresh::derive(at, &mut load, loaded_at, true, progress)?;
        meta.insert("loaded_at".to_owned(), loaded_at.0.into());
        meta.insert("readings".to_owned(), reading.into());
        progress.saying("writing", || load.commit(meta))?;
    }
    Ok(added)
}

/// The heading of each CSV file that came.
fn heads(load: &mut Load) -> Result<HashMap<(String, String), Vec<u8>>, Fault> {
    let mut heads = HashMap::new();
    for batch in load.session(Access::Analyst)?.sql("select feed, source, head from sources where head is not null")? {
        let [feed, source, head] = [0, 1, 2].map(|at| batch.column(at).as_string::<i32>().clone());
        for row in 0..batch.num_rows() {
            heads.insert(
                (feed.value(row).to_owned(), source.value(row).to_owned()),
                head.value(row).as_bytes().to_vec(),
            );
        }
    }
    Ok(heads)
}

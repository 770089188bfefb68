//! Batches to Parquet files, in flat memory, on a thread of their own.
//!
//! A table's writer takes batches from a short queue, so parsing and compressing overlap and a slow disk slows the
//! parser instead of filling memory. Files roll at a size that a reader can share out; nothing refers to them until
//! the load commits.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::LakeError;
use crate::delta::DataFile;

const ROWS_PER_GROUP: usize = 1 << 20;
/// Encoded bytes held in memory for a group before it is written.
const BYTES_PER_GROUP: usize = 64 << 20;
const BYTES_PER_FILE: usize = 192 << 20;
/// Batches that may wait for a writer.
const QUEUE: usize = 4;

/// Writes one table's batches; made at the first batch.
pub(crate) struct Writer {
    queue: SyncSender<RecordBatch>,
    thread: JoinHandle<Result<Vec<DataFile>, LakeError>>,
    table: String,
    folder: PathBuf,
}

impl Writer {
    pub fn start(table: &str, folder: &Path, schema: SchemaRef) -> Result<Self, LakeError> {
        let (queue, batches) = sync_channel(QUEUE);
        let (name, place) = (table.to_owned(), folder.to_owned());
        let thread = std::thread::Builder::new()
            .name(format!("write {table}"))
            .spawn(move || write(&name, &place, &schema, &batches))
            .map_err(LakeError::file("write", folder))?;
        Ok(Self { queue, thread, table: table.to_owned(), folder: folder.to_owned() })
    }

    /// Fails when the thread has stopped; [`Self::finish`] then says why.
    pub fn write(&self, batch: RecordBatch) -> Result<(), ()> {
        self.queue.send(batch).map_err(|_| ())
    }

    /// Waits until all is on the disk, and says in which files.
    pub fn finish(self) -> Result<Vec<DataFile>, LakeError> {
        drop(self.queue);
        self.thread
            .join()
            .unwrap_or_else(|_| Err(LakeError::table("write", &self.table, &self.folder)("the writer stopped")))
    }
}

fn write(
    table: &str,
    folder: &Path,
    schema: &SchemaRef,
    batches: &Receiver<RecordBatch>,
) -> Result<Vec<DataFile>, LakeError> {
    let mut files = Vec::new();
    let written = roll(table, folder, schema, batches, &mut files);
    match written {
        Ok(()) => Ok(files),
        Err(error) => {
            discard(folder, &files);
            Err(error)
        }
    }
}

fn roll(
    table: &str,
    folder: &Path,
    schema: &SchemaRef,
    batches: &Receiver<RecordBatch>,
    files: &mut Vec<DataFile>,
) -> Result<(), LakeError> {
    let failed = |error| LakeError::table("write", table, folder)(error);
    let mut batches = batches.iter();
    while let Some(first) = batches.next() {
        let name = format!("part-{}.parquet", uuid::Uuid::new_v4().simple());
        let path = folder.join(&name);
        let file = File::create_new(&path).map_err(LakeError::file("write", &path))?;
        files.push(DataFile { path: name, bytes: 0, rows: 0, modified: now_millis() });
        let mut writer = ArrowWriter::try_new(file, Arc::clone(schema), Some(properties())).map_err(failed)?;
        let mut rows = 0;
        let mut next = Some(first);
        while let Some(batch) = next {
            rows += batch.num_rows() as u64;
            writer.write(&batch).map_err(failed)?;
            if writer.in_progress_size() > BYTES_PER_GROUP {
                writer.flush().map_err(failed)?;
            }
            if writer.bytes_written() > BYTES_PER_FILE {
                break;
            }
            next = batches.next();
        }
        let file = writer.into_inner().map_err(failed)?;
        file.sync_all().map_err(LakeError::file("sync", &path))?;
        let bytes = file.metadata().map_err(LakeError::file("read", &path))?.len();
        if let Some(last) = files.last_mut() {
            (last.bytes, last.rows, last.modified) = (bytes, rows, now_millis());
        }
    }
    Ok(())
}

fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).unwrap_or_default()))
        .set_max_row_group_row_count(Some(ROWS_PER_GROUP))
        .build()
}

fn now_millis() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

/// Removes files that nothing refers to; what cannot be removed now is swept by `vacuum`.
pub(crate) fn discard(folder: &Path, files: &[DataFile]) {
    for file in files {
        let _ = fs::remove_file(folder.join(&file.path));
    }
}

/// The types that a table can have, all nullable: what we keep must be readable by every Delta reader.
pub(crate) fn table_schema(table: &str, schema: &Schema) -> Result<SchemaRef, LakeError> {
    let fields = schema.fields().iter().map(|field| {
        let kept = table_type(field.data_type()).ok_or_else(|| LakeError::Schema {
            table: table.to_owned(),
            message: format!("column {} is {}, which tables do not hold", field.name(), field.data_type()),
        })?;
        Ok(Field::new(field.name(), kept, true))
    });
    Ok(Arc::new(Schema::new(fields.collect::<Result<Vec<_>, LakeError>>()?)))
}

fn table_type(given: &DataType) -> Option<DataType> {
    Some(match given {
        DataType::Boolean | DataType::Date32 | DataType::Float64 => given.clone(),
        DataType::Float16 | DataType::Float32 => DataType::Float64,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::UInt8 | DataType::UInt16 => DataType::Int32,
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => DataType::Int64,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => DataType::Utf8,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            DataType::Binary
        }
        DataType::Timestamp(_, Some(_)) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        DataType::Dictionary(_, values) => table_type(values)?,
        DataType::Map(entries, _) => {
            let DataType::Struct(pair) = entries.data_type() else { return None };
            let (key, value) = (table_type(pair.first()?.data_type())?, table_type(pair.get(1)?.data_type())?);
            let pair = vec![Field::new("key", key, false), Field::new("value", value, true)];
            DataType::Map(Arc::new(Field::new("key_value", DataType::Struct(pair.into()), false)), false)
        }
        _ => return None,
    })
}

/// The table's columns with any new ones of `given` after them; the same column must keep its type.
pub(crate) fn widen(table: &str, current: &Schema, given: &Schema) -> Result<SchemaRef, LakeError> {
    let mut fields = current.fields().to_vec();
    for field in table_schema(table, given)?.fields() {
        match current.field_with_name(field.name()) {
            Err(_) => fields.push(Arc::clone(field)),
            Ok(kept) if same_type(kept.data_type(), field.data_type()) => {}
            Ok(kept) => {
                let message = format!("column {} is {}, not {}", kept.name(), kept.data_type(), field.data_type());
                return Err(LakeError::Schema { table: table.to_owned(), message });
            }
        }
    }
    Ok(Arc::new(Schema::new(fields)))
}

/// Names inside a map do not matter.
fn same_type(one: &DataType, other: &DataType) -> bool {
    table_type(one) == table_type(other)
}

/// The batch in the order and types of its table; columns that it lacks are null.
pub(crate) fn conform(table: &str, batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, LakeError> {
    let wrong = |message: String| LakeError::Schema { table: table.to_owned(), message };
    let strict = CastOptions { safe: false, ..Default::default() };
    let column = |field: &Arc<Field>| -> Result<ArrayRef, LakeError> {
        match batch.column_by_name(field.name()) {
            None => Ok(new_null_array(field.data_type(), batch.num_rows())),
            Some(column) if column.data_type() == field.data_type() => Ok(Arc::clone(column)),
            Some(column) => cast_with_options(column, field.data_type(), &strict)
                .map_err(|error| wrong(format!("column {}: {error}", field.name()))),
        }
    };
    let columns = schema.fields().iter().map(column).collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(Arc::clone(schema), columns).map_err(|error| wrong(error.to_string()))
}

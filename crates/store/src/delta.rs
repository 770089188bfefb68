//! One table: a Delta log that says which Parquet files are active.
//!
//! There is one way to change a table: say which files shall be active. The commit holds the difference from what is
//! active now, so a table that a crash left ahead of `HEAD.json` is healed by the same words that append to it.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use deltalake_core::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake_core::kernel::transaction::{CommitBuilder, CommitProperties, TableReference};
use deltalake_core::kernel::{Action, Add, MetadataExt, Protocol, Remove, StructType, new_metadata};
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use deltalake_core::{DeltaTable, DeltaTableBuilder, DeltaTableError};
use url::Url;

use crate::LakeError;
use crate::head::sync_folder;

/// One Parquet file of a table; the path is relative to the table's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DataFile {
    pub path: String,
    pub bytes: u64,
    pub rows: u64,
    /// Milliseconds since 1970.
    pub modified: i64,
}

/// A table at one version.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub schema: SchemaRef,
    pub files: Vec<DataFile>,
}

/// Opens a table as it was at `version`.
pub(crate) async fn open(lake: &Path, name: &str, version: u64) -> Result<Table, LakeError> {
    let failed = || LakeError::table("open", name, &lake.join(name));
    let delta = builder(lake, name).map_err(failed())?.with_version(version).load().await.map_err(failed())?;
    read(&delta).map_err(failed())
}

/// The table at the newest version of its log, if it has been made.
pub(crate) async fn newest(lake: &Path, name: &str) -> Result<Option<Table>, LakeError> {
    let failed = || LakeError::table("open", name, &lake.join(name));
    match load(lake, name).await.map_err(failed())? {
        Some(delta) => read(&delta).map(Some).map_err(failed()),
        None => Ok(None),
    }
}

/// A power cut can leave a log entry without its bytes. No HEAD names it, so it is put out of the way of readers.
pub(crate) fn set_torn_aside(log: &Path, from: u64) -> Result<(), LakeError> {
    let mut version = from;
    loop {
        let entry = log.join(format!("{version:020}.json"));
        let Ok(text) = fs::read_to_string(&entry) else { return Ok(()) };
        let whole = !text.trim().is_empty()
            && text.lines().all(|line| serde_json::from_str::<serde::de::IgnoredAny>(line).is_ok());
        if !whole {
            fs::rename(&entry, entry.with_extension("torn")).map_err(LakeError::file("rename", &entry))?;
        }
        version += 1;
    }
}

/// Makes the table hold exactly these files, and answers the new version.
pub(crate) async fn commit(lake: &Path, name: &str, target: &Table) -> Result<u64, LakeError> {
    let folder = lake.join(name);
    let failed = || LakeError::table("commit", name, &folder);
    sync_folder(&folder)?;
    let delta = load(lake, name).await.map_err(failed())?;
    let version = change(lake, name, delta, target).await.map_err(failed())?;
    let log = folder.join("_delta_log");
    let entry = log.join(format!("{version:020}.json"));
    fs::File::open(&entry).and_then(|file| file.sync_all()).map_err(LakeError::file("sync", &entry))?;
    sync_folder(&log)?;
    sync_folder(&folder)?;
    Ok(version)
}

async fn change(lake: &Path, name: &str, delta: Option<DeltaTable>, target: &Table) -> Result<u64, DeltaTableError> {
    let kept: StructType = target.schema.as_ref().try_into_kernel()?;
    let active = match &delta {
        Some(delta) => read(delta)?.files,
        None => Vec::new(),
    };
    let before: BTreeMap<&str, &DataFile> = active.iter().map(|file| (file.path.as_str(), file)).collect();
    let after: BTreeMap<&str, &DataFile> = target.files.iter().map(|file| (file.path.as_str(), file)).collect();

    let mut actions = Vec::new();
    match &delta {
        None => {
            let protocol: Protocol = serde_json::from_str(r#"{"minReaderVersion":1,"minWriterVersion":2}"#)?;
            let metadata = new_metadata(&kept, Vec::<String>::new(), Vec::<(String, String)>::new())?;
            actions.push(Action::Protocol(protocol));
            actions.push(Action::Metadata(metadata.with_name(name.to_owned())?));
        }
        Some(delta) if delta.snapshot()?.schema().as_ref() != &kept => {
            actions.push(Action::Metadata(delta.snapshot()?.metadata().clone().with_schema(&kept)?));
        }
        Some(_) => {}
    }
    let gone = before.iter().filter(|(path, _)| !after.contains_key(*path)).map(|(_, file)| remove(file));
    let come = after.iter().filter(|(path, _)| !before.contains_key(*path)).map(|(_, file)| add(file));
    actions.extend(gone.chain(come));

    let mode = if before.keys().all(|path| after.contains_key(path)) { SaveMode::Append } else { SaveMode::Overwrite };
    let operation = DeltaOperation::Write { mode, partition_by: None, predicate: None };
    let log = match &delta {
        Some(delta) => delta.log_store(),
        None => builder(lake, name)?.build()?.log_store(),
    };
    let read_from = match &delta {
        Some(delta) => Some(delta.snapshot()?.snapshot() as &dyn TableReference),
        None => None,
    };
    // Old log entries stay: HEAD and those who travel in time name them.
    let properties = CommitProperties::default().with_max_retries(0).with_cleanup_expired_logs(Some(false));
    let done = CommitBuilder::from(properties).with_actions(actions).build(read_from, log, operation).await?;
    Ok(done.version())
}

fn add(file: &DataFile) -> Action {
    Action::Add(Add {
        path: file.path.clone(),
        partition_values: HashMap::new(),
        size: file.bytes as i64,
        modification_time: file.modified,
        data_change: true,
        stats: Some(serde_json::json!({ "numRecords": file.rows }).to_string()),
        tags: None,
        deletion_vector: None,
        base_row_id: None,
        default_row_commit_version: None,
        clustering_provider: None,
    })
}

fn remove(file: &DataFile) -> Action {
    Action::Remove(Remove {
        path: file.path.clone(),
        data_change: true,
        deletion_timestamp: Some(file.modified),
        extended_file_metadata: Some(true),
        partition_values: Some(HashMap::new()),
        size: Some(file.bytes as i64),
        ..Default::default()
    })
}

async fn load(lake: &Path, name: &str) -> Result<Option<DeltaTable>, DeltaTableError> {
    let log = lake.join(name).join("_delta_log");
    if !log.join(format!("{:020}.json", 0)).exists() {
        return Ok(None);
    }
    builder(lake, name)?.load().await.map(Some)
}

fn read(delta: &DeltaTable) -> Result<Table, DeltaTableError> {
    let snapshot = delta.snapshot()?.snapshot();
    let mut files: Vec<DataFile> = snapshot
        .try_log_data()?
        .iter()
        .map(|file| DataFile {
            path: file.path().into_owned(),
            bytes: file.size() as u64,
            rows: file.num_records().unwrap_or_default() as u64,
            modified: file.modification_time(),
        })
        .collect();
    files.sort_by(|one, other| (one.modified, &one.path).cmp(&(other.modified, &other.path)));
    Ok(Table { schema: snapshot.arrow_schema(), files })
}

fn builder(lake: &Path, name: &str) -> Result<DeltaTableBuilder, DeltaTableError> {
    let folder: PathBuf = lake.join(name);
    let url = Url::from_directory_path(&folder)
        .map_err(|()| DeltaTableError::Generic(format!("{} is not an absolute path", folder.display())))?;
    DeltaTableBuilder::from_url(url)
}

/// Adds `files` to what a table holds.
pub(crate) fn with_files(table: &Table, files: &[DataFile], schema: &SchemaRef) -> Table {
    let files = table.files.iter().chain(files).cloned().collect();
    Table { schema: Arc::clone(schema), files }
}

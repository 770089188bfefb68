//! The Lake and its loads: one writer, many readers, and one moment at which a load becomes true.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::{Array, BinaryArray, RecordBatch};
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::error::DataFusionError;
use datafusion::execution::runtime_env::RuntimeEnv;
use tokio::runtime::Runtime;

use crate::append::{Writer, conform, discard, table_schema, widen};
use crate::delta::{self, DataFile, Table, with_files};
use crate::head::{Head, Lock, Meta, lock, past, past_versions, sync_folder};
use crate::index::DigestIndex;
use crate::sql::{Access, Kernel, Rows, Session, engine, lent, listing, translate};
use crate::{LakeError, head};

/// Files below this many bytes are put together by [`Lake::compact`].
const SMALL_BYTES: u64 = 32 << 20;

/// How a Lake is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// Tables that an analyst never sees.
    pub vault: Vec<String>,
    /// Functions that SQL may call.
    pub kernels: Vec<Kernel>,
    /// Memory of the engine for all questions together, in bytes; what needs more spills to the disk.
    pub memory_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        let vault = vec!["subjects".to_owned(), "demographics".to_owned()];
        Self { vault, kernels: Vec::new(), memory_bytes: 512 << 20 }
    }
}

/// What a table holds now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableInfo {
    /// Its name in SQL.
    pub name: String,
    /// Rows.
    pub rows: u64,
    /// Bytes on the disk.
    pub bytes: u64,
    /// Files.
    pub files: usize,
    /// Its Delta version.
    pub version: u64,
}

/// Facts and derived tables in a folder. Cloning is cheap and shares the engine.
#[derive(Clone)]
pub struct Lake {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    options: Options,
    engine: Arc<RuntimeEnv>,
    lent: Mutex<BTreeMap<String, Arc<dyn TableProvider>>>,
    open: Mutex<HashMap<(String, u64), Arc<dyn TableProvider>>>,
    spill: Option<Spill>,
    /// Only taken on drop.
    runtime: Option<Runtime>,
}

impl std::fmt::Debug for Lake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lake").field("folder", &self.inner.folder).finish_non_exhaustive()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The last clone may be dropped by a task of ours, where waiting is not allowed.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Lake {
    /// Makes an empty Lake.
    ///
    /// # Errors
    /// [`LakeError::Exists`] when there is one; [`LakeError::File`] when the folder cannot be made.
    pub fn create(folder: impl AsRef<Path>, options: Options) -> Result<Self, LakeError> {
        let folder = folder.as_ref();
        if folder.join("HEAD.json").exists() {
            return Err(LakeError::Exists { path: folder.to_owned() });
        }
        for folder in [folder.join("heads"), folder.join("digests")] {
            fs::create_dir_all(&folder).map_err(LakeError::file("write", &folder))?;
        }
        let _lock = lock(folder)?;
        if folder.join("HEAD.json").exists() {
            return Err(LakeError::Exists { path: folder.to_owned() });
        }
        Head::default().write(folder, &mut |_| Ok(()))?;
        Self::open(folder, options)
    }

    /// Opens a Lake to read, and to write with [`Self::begin`].
    ///
    /// # Errors
    /// [`LakeError::Missing`] when there is none; [`LakeError::Head`] when `HEAD.json` cannot be understood.
    pub fn open(folder: impl AsRef<Path>, options: Options) -> Result<Self, LakeError> {
        let folder = folder.as_ref();
        if !folder.join("HEAD.json").exists() {
            return Err(LakeError::Missing { path: folder.to_owned() });
        }
        let folder = folder.canonicalize().map_err(LakeError::file("read", folder))?;
        Head::read(&folder)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .thread_name("lake")
            .thread_stack_size(8 << 20)
            .enable_all()
            .build()
            .map_err(LakeError::file("start threads for", &folder))?;
        // A Lake that may only be read can still be asked: it spills where the system keeps temporary files.
        let spill = Spill::new(&folder).ok();
        let engine = engine(options.memory_bytes, spill.as_ref().map(|spill| spill.folder.clone()))
            .map_err(|error| translate(error, folder.clone(), options.memory_bytes))?;
        let inner = Inner {
            folder,
            options,
            engine,
            lent: Mutex::default(),
            open: Mutex::default(),
            spill,
            runtime: Some(runtime),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Begins a load; there is one at a time. What a crash left undone is healed first.
    ///
    /// # Errors
    /// [`LakeError::Busy`] when another process writes; [`LakeError::Index`] when the digest index is damaged, which
    /// [`Self::rebuild_index`] mends.
    pub fn begin(&self) -> Result<Load, LakeError> {
        let (lock, head) = self.begin_healed()?;
        let index = DigestIndex::open(&self.digests(), &head.digests)?;
        sweep_runs(&self.digests(), &head);
        Ok(Load::new(self.clone(), lock, head, index))
    }

    fn begin_healed(&self) -> Result<(Lock, Head), LakeError> {
        let lock = lock(self.folder())?;
        if let Some(spill) = &self.inner.spill {
            spill.sweep();
        }
        let folder = self.folder().to_owned();
        let head = self.wait(async move { heal(&folder).await })?;
        Ok((lock, head))
    }

    /// Makes the digest index again from `records`, and answers how many digests it holds.
    ///
    /// # Errors
    /// Those of [`Self::begin`] and [`Self::sql`].
    pub fn rebuild_index(&self) -> Result<u64, LakeError> {
        let (lock, head) = self.begin_healed()?;
        let mut index = DigestIndex::open(&self.digests(), &[])?;
        if head.tables.contains_key("records") {
            let session = Session::new(self, head.clone(), Access::Vault, BTreeMap::new())?;
            for batch in session.stream("select record_id from records")? {
                index.insert_batch(&digests(&batch?)?)?;
            }
        }
        let count = index.len();
        Load::new(self.clone(), lock, head, index).commit(Meta::new())?;
        Ok(count)
    }

    /// Answers an analyst's question; waits.
    ///
    /// # Errors
    /// Those of [`Session::sql`].
    pub fn sql(&self, query: &str) -> Result<Vec<RecordBatch>, LakeError> {
        self.session(Access::Analyst)?.sql(query)
    }

    /// Answers an analyst's question; for callers that are async themselves, on any runtime.
    ///
    /// # Errors
    /// Those of [`Session::sql`].
    pub async fn sql_async(&self, query: &str) -> Result<Vec<RecordBatch>, LakeError> {
        self.session(Access::Analyst)?.sql_async(query).await
    }

    /// Answers a question batch by batch, in bounded memory.
    ///
    /// # Errors
    /// Those of [`Session::stream`].
    pub fn stream(&self, query: &str, access: Access) -> Result<Rows, LakeError> {
        self.session(access)?.stream(query)
    }

    /// All tables of this moment; later loads do not change what it answers.
    ///
    /// # Errors
    /// When `HEAD.json` cannot be read.
    pub fn session(&self, access: Access) -> Result<Session, LakeError> {
        Session::new(self, Head::read(self.folder())?, access, BTreeMap::new())
    }

    /// All tables as they were after load `version`.
    ///
    /// # Errors
    /// When that version is not kept any more.
    pub fn at(&self, version: u64, access: Access) -> Result<Session, LakeError> {
        Session::new(self, Head::read_at(self.folder(), version)?, access, BTreeMap::new())
    }

    /// Lends batches as a table that lives in memory, for all sessions: population, services, organisations.
    ///
    /// # Errors
    /// [`LakeError::Schema`] when there is no batch or batches differ in their columns.
    pub fn with_table(&self, name: &str, batches: Vec<RecordBatch>) -> Result<(), LakeError> {
        let table = lent(name, batches)?;
        guard(&self.inner.lent).insert(name.to_owned(), table);
        Ok(())
    }

    /// Counts loads; a reader who sees the same number sees the same tables.
    ///
    /// # Errors
    /// When `HEAD.json` cannot be read.
    pub fn version(&self) -> Result<u64, LakeError> {
        Ok(Head::read(self.folder())?.version)
    }

    /// What the last load kept for its caller.
    ///
    /// # Errors
    /// When `HEAD.json` cannot be read.
    pub fn meta(&self) -> Result<Meta, LakeError> {
        Ok(Head::read(self.folder())?.meta)
    }

    /// What each table holds now, by name.
    ///
    /// # Errors
    /// When a table cannot be opened.
    pub fn tables(&self) -> Result<Vec<TableInfo>, LakeError> {
        let (head, folder) = (Head::read(self.folder())?, self.folder().to_owned());
        self.wait(async move {
            let mut tables = Vec::new();
            for (name, version) in head.tables {
                let table = delta::open(&folder, &name, version).await?;
                let rows = table.files.iter().map(|file| file.rows).sum();
                let bytes = table.files.iter().map(|file| file.bytes).sum();
                tables.push(TableInfo { name, rows, bytes, files: table.files.len(), version });
            }
            Ok(tables)
        })
    }

    /// Forgets all but the last `keep` versions (at least the current one), removes the files that none of them
    /// refers to, and answers how many bytes that freed. Sessions on forgotten versions may fail.
    ///
    /// # Errors
    /// [`LakeError::Busy`] while a load runs; [`LakeError::File`] when a file cannot be removed.
    pub fn vacuum(&self, keep: usize) -> Result<u64, LakeError> {
        let (_lock, head) = self.begin_healed()?;
        let folder = self.folder().to_owned();
        let versions = past_versions(&folder)?;
        let (forgotten, kept) = versions.split_at(versions.len().saturating_sub(keep.max(1)));
        let mut heads = vec![head.clone()];
        for version in kept {
            heads.push(Head::read_at(&folder, *version)?);
        }
        for version in forgotten {
            let path = past(&folder, *version);
            fs::remove_file(&path).map_err(LakeError::file("remove", &path))?;
        }
        sweep_runs(&self.digests(), &head);
        self.wait(async move {
            let mut freed = 0;
            for name in tables_on_disk(&folder)? {
                let mut wanted = BTreeSet::new();
                let versions: BTreeSet<u64> = heads.iter().filter_map(|head| head.tables.get(&name).copied()).collect();
                for version in versions {
                    wanted.extend(delta::open(&folder, &name, version).await?.files.into_iter().map(|file| file.path));
                }
                freed += sweep_files(&folder.join(&name), &wanted)?;
            }
            Ok(freed)
        })
    }

    /// Puts the rows of small files together in each table that has more than `small_files` of them, as a load of its
    /// own, and answers which tables those were. Live feeds leave a file with every load; questions like few.
    ///
    /// # Errors
    /// Those of [`Self::begin`] and [`Load::commit`].
    pub fn compact(&self, small_files: usize) -> Result<Vec<String>, LakeError> {
        let mut load = self.begin()?;
        let mut compacted = Vec::new();
        for (name, version) in load.head.tables.clone() {
            let (folder, table) = (self.folder().to_owned(), name.clone());
            let Table { schema, files } = self.wait(async move { delta::open(&folder, &table, version).await })?;
            let (small, large): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| file.bytes < SMALL_BYTES);
            if small.len() <= small_files {
                continue;
            }
            let small = BTreeMap::from([(name.clone(), Table { schema: Arc::clone(&schema), files: small })]);
            let session = Session::new(self, load.head.clone(), Access::Vault, small)?;
            load.fill(&name, Table { schema: Arc::clone(&schema), files: large }, schema)?;
            for batch in session.stream(&format!("select * from \"{name}\""))? {
                load.append(&name, &batch?)?;
            }
            compacted.push(name);
        }
        if !compacted.is_empty() {
            load.commit(Meta::new())?;
        }
        Ok(compacted)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.inner.folder
    }

    fn digests(&self) -> PathBuf {
        self.folder().join("digests")
    }

    pub(crate) fn engine(&self) -> &Arc<RuntimeEnv> {
        &self.inner.engine
    }

    pub(crate) fn kernels(&self) -> &[Kernel] {
        &self.inner.options.kernels
    }

    pub(crate) fn cores(&self) -> usize {
        std::thread::available_parallelism().map_or(1, usize::from)
    }

    pub(crate) fn is_vault(&self, table: &str) -> bool {
        self.inner.options.vault.iter().any(|name| name == table)
    }

    pub(crate) fn lent(&self, name: &str) -> Option<Arc<dyn TableProvider>> {
        guard(&self.inner.lent).get(name).cloned()
    }

    pub(crate) fn lent_names(&self) -> Vec<String> {
        guard(&self.inner.lent).keys().cloned().collect()
    }

    /// A table at a version, opened once while it is of use: a newer version takes the place of an older one.
    pub(crate) async fn provider(&self, name: &str, version: u64) -> Result<Arc<dyn TableProvider>, LakeError> {
        let key = (name.to_owned(), version);
        if let Some(open) = guard(&self.inner.open).get(&key) {
            return Ok(Arc::clone(open));
        }
        let table = delta::open(self.folder(), name, version).await?;
        let provider = listing(self, name, &table)?;
        let mut open = guard(&self.inner.open);
        open.retain(|(other, old), _| other != name || *old > version);
        open.insert(key, Arc::clone(&provider));
        Ok(provider)
    }

    pub(crate) fn translate(&self, error: DataFusionError) -> LakeError {
        translate(error, self.folder().to_owned(), self.inner.options.memory_bytes)
    }

    /// Runs on our threads and waits; safe to call from any thread, of an async runtime or not.
    pub(crate) fn wait<T, F>(&self, work: F) -> Result<T, LakeError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, LakeError>> + Send + 'static,
    {
        futures::executor::block_on(self.spawn(work))
    }

    /// Runs on our threads, for callers that are async themselves.
    pub(crate) async fn spawn<T, F>(&self, work: F) -> Result<T, LakeError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, LakeError>> + Send + 'static,
    {
        let Some(runtime) = &self.inner.runtime else { return Err(LakeError::Stopped) };
        runtime.spawn(work).await.unwrap_or(Err(LakeError::Stopped))
    }
}

/// A lock that a panic left is still good: each change to what it guards is whole.
fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A load that is going on: nothing of it is seen until [`Load::commit`]; dropping it gives it up.
pub struct Load {
    lake: Lake,
    head: Head,
    tables: BTreeMap<String, Filling>,
    index: DigestIndex,
    /// Tables whose log names our files already.
    told: BTreeSet<String>,
    /// Told before each step of a commit; tests make it fail.
    step: Box<Step>,
    _lock: Lock,
}

type Step = dyn FnMut(&str) -> Result<(), LakeError> + Send;

struct Filling {
    schema: SchemaRef,
    /// What the table holds besides what is appended.
    base: Table,
    writer: Option<Writer>,
    files: Vec<DataFile>,
}

impl std::fmt::Debug for Load {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Load").field("head", &self.head).finish_non_exhaustive()
    }
}

impl Load {
    fn new(lake: Lake, lock: Lock, head: Head, index: DigestIndex) -> Self {
        let step = Box::new(|_: &str| Ok(()));
        Self { lake, head, tables: BTreeMap::new(), index, told: BTreeSet::new(), step, _lock: lock }
    }

    /// Makes sure that a table is there with these columns, even if it gets no rows. New columns are added to a table
    /// that is there; a column keeps its type.
    ///
    /// # Errors
    /// [`LakeError::Schema`] when a column has another type than before, or one that tables do not hold.
    pub fn create(&mut self, table: &str, schema: &Schema) -> Result<(), LakeError> {
        if !self.tables.contains_key(table) {
            let (base, schema) = match self.head.tables.get(table).copied() {
                Some(version) => {
                    let (folder, name) = (self.lake.folder().to_owned(), table.to_owned());
                    let base = self.lake.wait(async move { delta::open(&folder, &name, version).await })?;
                    let schema = widen(table, &base.schema, schema)?;
                    (base, schema)
                }
                None => {
                    let schema = table_schema(table, schema)?;
                    (Table { schema: Arc::clone(&schema), files: Vec::new() }, schema)
                }
            };
            self.fill(table, base, schema)?;
        }
        Ok(())
    }

    /// Empties a table, with the columns given; append what it shall hold. Until the commit, readers see the old rows.
    ///
    /// # Errors
    /// [`LakeError::Schema`] when a column has a type that tables do not hold.
    pub fn replace(&mut self, table: &str, schema: &Schema) -> Result<(), LakeError> {
        if let Some(mut filling) = self.tables.remove(table) {
            filling.settle()?;
            discard(&self.lake.folder().join(table), &filling.files);
        }
        let schema = table_schema(table, schema)?;
        self.fill(table, Table { schema: Arc::clone(&schema), files: Vec::new() }, schema)
    }

    fn fill(&mut self, table: &str, base: Table, schema: SchemaRef) -> Result<(), LakeError> {
        let folder = self.lake.folder().join(table);
        fs::create_dir_all(&folder).map_err(LakeError::file("write", &folder))?;
        self.tables.insert(table.to_owned(), Filling { schema, base, writer: None, files: Vec::new() });
        Ok(())
    }

    /// Appends rows. Columns are matched by name; those that the batch lacks are null.
    ///
    /// # Errors
    /// [`LakeError::Schema`] when a column does not fit; [`LakeError::Full`] when the disk is full, perhaps from an
    /// earlier batch, since files are written on another thread.
    pub fn append(&mut self, table: &str, batch: &RecordBatch) -> Result<(), LakeError> {
        self.create(table, &batch.schema())?;
        let folder = self.lake.folder().join(table);
        let Some(filling) = self.tables.get_mut(table) else { return Err(LakeError::Stopped) };
        if let Some(extra) =
            batch.schema_ref().fields().iter().find(|field| filling.schema.field_with_name(field.name()).is_err())
        {
            let message = format!("column {} is not in the first batch of this load", extra.name());
            return Err(LakeError::Schema { table: table.to_owned(), message });
        }
        let batch = conform(table, batch, &filling.schema)?;
        if batch.num_rows() == 0 {
            return Ok(());
        }
        if filling.writer.is_none() {
            filling.writer = Some(Writer::start(table, &folder, Arc::clone(&filling.schema))?);
        }
        match filling.writer.as_ref().map(|writer| writer.write(batch)) {
            Some(Ok(())) => Ok(()),
            // The writer has stopped; its result says why.
            _ => filling.settle().and(Err(LakeError::Stopped)),
        }
    }

    /// Puts digests into the index and answers, for each, whether it was new: false for one that is in the Lake, or
    /// that came earlier in this load. They are in for good only after the commit.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn add_digests(&mut self, digests: &[u128]) -> Result<Vec<bool>, LakeError> {
        self.index.insert_batch(digests)
    }

    /// For each digest, whether it is in the Lake or came earlier in this load.
    pub fn contains_batch(&self, digests: &[u128]) -> Vec<bool> {
        self.index.contains_batch(digests)
    }

    /// The tables as they will be: what this load appended so far is seen by this session, and by nobody else.
    ///
    /// # Errors
    /// When the files cannot be written.
    pub fn session(&mut self, access: Access) -> Result<Session, LakeError> {
        let mut ahead = BTreeMap::new();
        for (name, filling) in &mut self.tables {
            filling.settle()?;
            ahead.insert(name.clone(), with_files(&filling.base, &filling.files, &filling.schema));
        }
        Session::new(&self.lake, self.head.clone(), access, ahead)
    }

    /// The version of the Lake that this load started from.
    pub fn base_version(&self) -> u64 {
        self.head.version
    }

    /// What is kept in HEAD now; [`Load::commit`] adds to it.
    pub fn meta(&self) -> &Meta {
        &self.head.meta
    }

    /// Makes the load true, all of it at one moment, and answers the new version. `meta` is added to what is kept;
    /// a null takes a key away.
    ///
    /// # Errors
    /// When something cannot be written; the Lake is then as it was before the load.
    pub fn commit(mut self, meta: Meta) -> Result<u64, LakeError> {
        for filling in self.tables.values_mut() {
            filling.settle()?;
        }
        (self.step)("write digests")?;
        let mut next = self.head.clone();
        next.version += 1;
        next.digests = self.index.flush()?;
        for (key, value) in meta {
            match value {
                serde_json::Value::Null => next.meta.remove(&key),
                value => next.meta.insert(key, value),
            };
        }
        let changed: Vec<String> = self.tables.keys().cloned().collect();
        for name in changed {
            (self.step)(&format!("commit {name}"))?;
            let filling = &self.tables[&name];
            let target = with_files(&filling.base, &filling.files, &filling.schema);
            let folder = self.lake.folder().to_owned();
            self.told.insert(name.clone());
            let table = name.clone();
            let version = self.lake.wait(async move { delta::commit(&folder, &table, &target).await })?;
            next.tables.insert(name, version);
        }
        sync_folder(self.lake.folder())?;
        // From here on HEAD may name our runs, even if we do not live to see it.
        self.index.keep();
        next.write(self.lake.folder(), &mut self.step)?;
        (self.step)("sweep")?;
        sweep_runs(&self.lake.digests(), &next);
        Ok(next.version)
    }
}

impl Filling {
    /// Waits until all that was appended is in files.
    fn settle(&mut self) -> Result<(), LakeError> {
        if let Some(writer) = self.writer.take() {
            self.files.extend(writer.finish()?);
        }
        Ok(())
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.index.abandon();
        for (name, filling) in &mut self.tables {
            let _ = filling.settle();
            if !self.told.contains(name) {
                discard(&self.lake.folder().join(name), &filling.files);
            }
        }
    }
}

/// Tables that a crash left ahead of HEAD are brought back to what HEAD says, by a commit like any other.
async fn heal(folder: &Path) -> Result<Head, LakeError> {
    let mut head = Head::read(folder)?;
    let mut healed = false;
    for name in tables_on_disk(folder)? {
        let log = folder.join(&name).join("_delta_log");
        match head.tables.get(&name).copied() {
            Some(version) => {
                if !log.join(format!("{:020}.json", version + 1)).exists() {
                    continue;
                }
                let target = delta::open(folder, &name, version).await?;
                delta::set_torn_aside(&log, version + 1)?;
                let now = delta::commit(folder, &name, &target).await?;
                head.tables.insert(name, now);
                healed = true;
            }
            None => {
                delta::set_torn_aside(&log, 0)?;
                if let Some(table) = delta::newest(folder, &name).await?.filter(|table| !table.files.is_empty()) {
                    delta::commit(folder, &name, &Table { files: Vec::new(), ..table }).await?;
                }
            }
        }
    }
    if healed {
        head.write(folder, &mut |_| Ok(()))?;
    }
    Ok(head)
}

fn tables_on_disk(folder: &Path) -> Result<Vec<String>, LakeError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(LakeError::file("read", folder))? {
        let entry = entry.map_err(LakeError::file("read", folder))?;
        if entry.path().join("_delta_log").is_dir() {
            names.extend(entry.file_name().into_string());
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Runs that HEAD does not name are of a load that came to nothing, or were merged. What cannot go now goes later.
fn sweep_runs(digests: &Path, head: &Head) {
    for entry in fs::read_dir(digests).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if !head.digests.iter().any(|run| name == run.as_str()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn sweep_files(folder: &Path, wanted: &BTreeSet<String>) -> Result<u64, LakeError> {
    let mut freed = 0;
    for entry in fs::read_dir(folder).map_err(LakeError::file("read", folder))? {
        let entry = entry.map_err(LakeError::file("read", folder))?;
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".parquet") && !wanted.contains(&name) {
            freed += entry.metadata().map_err(LakeError::file("read", &path))?.len();
            fs::remove_file(&path).map_err(LakeError::file("remove", &path))?;
        }
    }
    Ok(freed)
}

fn digests(batch: &RecordBatch) -> Result<Vec<u128>, LakeError> {
    let wrong = |message: &str| LakeError::Schema { table: "records".to_owned(), message: message.to_owned() };
    let ids = batch.column(0).as_any().downcast_ref::<BinaryArray>().ok_or_else(|| wrong("record_id is not binary"))?;
    ids.iter()
        .map(|id| {
            let id = id.and_then(|id| <[u8; 16]>::try_from(id).ok());
            id.map(u128::from_be_bytes).ok_or_else(|| wrong("a record_id is not 16 bytes"))
        })
        .collect()
}

/// Where sorts spill: a folder of this process, held by a lock so that others can tell when it is left behind.
struct Spill {
    folder: PathBuf,
    _lock: Lock,
}

impl Spill {
    fn new(lake: &Path) -> Result<Self, LakeError> {
        let folder = lake.join("tmp").join(uuid::Uuid::new_v4().simple().to_string());
        fs::create_dir_all(&folder).map_err(LakeError::file("write", &folder))?;
        Ok(Self { _lock: head::lock(&folder)?, folder })
    }

    /// Removes the folders of processes that are gone.
    fn sweep(&self) {
        let Some(all) = self.folder.parent() else { return };
        for entry in fs::read_dir(all).into_iter().flatten().flatten() {
            if entry.path() != self.folder && head::lock(&entry.path()).is_ok() {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

impl Drop for Spill {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, MapBuilder, StringArray,
        StringBuilder, TimestampMicrosecondArray,
    };
    use arrow::datatypes::{DataType, Int64Type};

    use super::*;

    fn people(ids: impl IntoIterator<Item = i64>) -> RecordBatch {
        let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(ids));
        RecordBatch::try_from_iter([("person", ids)]).unwrap()
    }

    fn records(digests: &[u128]) -> RecordBatch {
        let ids: ArrayRef = Arc::new(BinaryArray::from_iter_values(digests.iter().map(|digest| digest.to_be_bytes())));
        RecordBatch::try_from_iter([("record_id", ids)]).unwrap()
    }

    fn new_lake(folder: &Path) -> Lake {
        Lake::create(folder, Options::default()).unwrap()
    }

    fn reopen(folder: &Path) -> Lake {
        Lake::open(folder, Options::default()).unwrap()
    }

    fn number(batches: &[RecordBatch]) -> i64 {
        batches[0].column(0).as_primitive::<Int64Type>().value(0)
    }

    /// Two loads over three tables, the second of which may be stopped. Before: 3 people, 2 stays. After: 5 and 1.
    fn first_load(lake: &Lake) {
        let mut load = lake.begin().unwrap();
        load.append("people", &people([1, 2, 3])).unwrap();
        load.append("stays", &people([1, 2])).unwrap();
        load.append("records", &records(&[7, 8])).unwrap();
        assert_eq!(load.add_digests(&[7, 8]).unwrap(), [true, true]);
        load.commit(Meta::from([("file".to_owned(), "one.csv".into())])).unwrap();
    }

    fn second_load(
        lake: &Lake,
        step: impl FnMut(&str) -> Result<(), LakeError> + Send + 'static,
    ) -> Result<u64, LakeError> {
        let mut load = lake.begin()?;
        load.step = Box::new(step);
        load.append("people", &people([4, 5]))?;
        load.replace("stays", &people([]).schema())?;
        load.append("stays", &people([9]))?;
        load.append("records", &records(&[9]))?;
        load.append("handovers", &people([1]))?;
        load.add_digests(&[9])?;
        load.commit(Meta::from([("file".to_owned(), "two.csv".into())]))
    }

    fn state(lake: &Lake) -> String {
        let handovers = lake.sql("select count(*) from handovers").map_or(-1, |rows| number(&rows));
        let sums = ["people", "stays"]
            .map(|table| number(&lake.sql(&format!("select coalesce(sum(person), 0) from {table}")).unwrap()));
        format!("{} {sums:?} {handovers} {}", lake.version().unwrap(), lake.meta().unwrap()["file"])
    }

    const BEFORE: &str = r#"1 [6, 3] -1 "one.csv""#;
    const AFTER: &str = r#"2 [15, 9] 1 "two.csv""#;

    /// What any Delta reader sees in the newest version of each table, HEAD or not.
    fn newest_files_are_those_of_head(lake: &Lake) {
        let folder = lake.folder().to_owned();
        lake.wait(async move {
            let head = Head::read(&folder)?;
            for name in tables_on_disk(&folder)? {
                let newest = delta::newest(&folder, &name).await?.unwrap();
                match head.tables.get(&name) {
                    Some(version) => assert_eq!(newest.files, delta::open(&folder, &name, *version).await?.files),
                    None => assert!(newest.files.is_empty()),
                }
            }
            Ok(())
        })
        .unwrap();
    }

    fn is_before_or_after_and_goes_on(lake: &Lake, expected: &str) {
        assert_eq!(state(lake), expected);
        let known = expected == AFTER;
        let load = lake.begin().unwrap();
        assert_eq!(load.contains_batch(&[7, 8, 9, 10]), [true, true, known, false]);
        newest_files_are_those_of_head(lake);
        drop(load);
        assert_eq!(state(lake), expected);
        if !known {
            second_load(lake, |_| Ok(())).unwrap();
        }
        assert_eq!(state(lake), AFTER);
        newest_files_are_those_of_head(lake);
        lake.vacuum(1).unwrap();
        assert_eq!(state(lake), AFTER);
        let on_disk = |table: &str| {
            let files = fs::read_dir(lake.folder().join(table)).unwrap();
            files.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|kind| kind == "parquet")).count()
        };
        assert_eq!(["people", "stays", "records", "handovers"].map(on_disk), [2, 1, 2, 1]);
    }

    fn steps() -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let lake = new_lake(folder.path());
        first_load(&lake);
        let steps = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&steps);
        second_load(&lake, move |step| {
            told.lock().unwrap().push(step.to_owned());
            Ok(())
        })
        .unwrap();
        assert_eq!(state(&lake), AFTER);
        steps.lock().unwrap().clone()
    }

    #[test]
    fn a_load_that_fails_at_any_step_leaves_the_lake_before_or_after() {
        let steps = steps();
        assert_eq!(steps.len(), 10, "{steps:?}");
        for (at, step) in steps.iter().enumerate() {
            let folder = tempfile::tempdir().unwrap();
            let lake = new_lake(folder.path());
            first_load(&lake);
            let (mut seen, place) = (0, folder.path().to_owned());
            let failed = second_load(&lake, move |_| {
                seen += 1;
                if seen <= at { Ok(()) } else { Err(LakeError::Full { path: place.clone() }) }
            });
            assert!(matches!(failed, Err(LakeError::Full { .. })), "{failed:?}");
            is_before_or_after_and_goes_on(&lake, if step == "sweep" { AFTER } else { BEFORE });
        }
    }

    #[test]
    fn a_process_killed_at_any_step_leaves_the_lake_before_or_after() {
        if let Ok(at) = std::env::var("STORE_TEST_STOP_AT") {
            let (mut seen, at) = (0, at.parse::<usize>().unwrap());
            let lake = reopen(Path::new(&std::env::var("STORE_TEST_LAKE").unwrap()));
            let _ = second_load(&lake, move |_| {
                seen += 1;
                if seen <= at { Ok(()) } else { std::process::abort() }
            });
            return;
        }
        let steps = steps();
        for (at, step) in steps.iter().enumerate() {
            let folder = tempfile::tempdir().unwrap();
            let lake = new_lake(folder.path());
            first_load(&lake);
            let child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "lake::tests::a_process_killed_at_any_step_leaves_the_lake_before_or_after"])
                .envs([
                    ("STORE_TEST_STOP_AT", at.to_string()),
                    ("STORE_TEST_LAKE", folder.path().display().to_string()),
                ])
                .output()
                .unwrap();
            assert!(!child.status.success(), "step {at} was not reached");
            // A reader that was open throughout and one that opens now see the same.
            let expected = if step == "sweep" { AFTER } else { BEFORE };
            assert_eq!(state(&lake), expected);
            is_before_or_after_and_goes_on(&reopen(folder.path()), expected);
        }
    }

    #[test]
    fn one_writes_at_a_time_and_readers_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let lake = new_lake(folder.path());
        first_load(&lake);
        let mut load = lake.begin().unwrap();
        load.append("people", &people([4])).unwrap();
        assert!(matches!(reopen(folder.path()).begin(), Err(LakeError::Busy { .. })));
        assert_eq!(number(&lake.sql("select count(*) from people").unwrap()), 3);
        let mine = load.session(Access::Analyst).unwrap();
        assert_eq!(number(&mine.sql("select count(*) from people").unwrap()), 4);
        load.append("people", &people([5])).unwrap();
        drop(load);
        assert_eq!(state(&lake), BEFORE);
        assert!(lake.begin().is_ok());
    }

    #[test]
    fn a_session_stays_in_its_moment() {
        let folder = tempfile::tempdir().unwrap();
        let lake = new_lake(folder.path());
        first_load(&lake);
        let then = lake.session(Access::Analyst).unwrap();
        second_load(&lake, |_| Ok(())).unwrap();
        assert_eq!(number(&then.sql("select sum(person) from people").unwrap()), 6);
        assert_eq!(number(&lake.at(1, Access::Analyst).unwrap().sql("select count(*) from stays").unwrap()), 2);
        assert_eq!(number(&lake.sql("select count(*) from stays").unwrap()), 1);
        let tables: Vec<_> = lake.tables().unwrap().into_iter().map(|table| (table.name, table.rows)).collect();
        let expected = [("handovers", 1), ("people", 5), ("records", 3), ("stays", 1)];
        assert_eq!(tables, expected.map(|(name, rows)| (name.to_owned(), rows)));
    }

    #[test]
    fn many_small_loads_keep_their_past_and_can_be_put_together() {
        let folder = tempfile::tempdir().unwrap();
        let lake = new_lake(folder.path());
        for person in 1..=105 {
            let mut load = lake.begin().unwrap();
            load.append("people", &people([person])).unwrap();
            load.commit(Meta::new()).unwrap();
        }
        let sum = |session: Session| number(&session.sql("select sum(person) from people").unwrap());
        let expect_both = |lake: &Lake| {
            assert_eq!(sum(lake.session(Access::Analyst).unwrap()), 105 * 106 / 2);
            assert_eq!(sum(lake.at(5, Access::Analyst).unwrap()), 15);
        };
        expect_both(&lake);
        assert!(folder.path().join("people/_delta_log/_last_checkpoint").exists());
        assert_eq!(lake.compact(200).unwrap(), Vec::<String>::new());
        assert_eq!(lake.compact(10).unwrap(), ["people"]);
        assert_eq!(lake.tables().unwrap()[0].files, 1);
        expect_both(&lake);
        expect_both(&reopen(folder.path()));
        assert!(lake.vacuum(1).unwrap() > 0);
        assert_eq!(number(&lake.sql("select sum(person) from people").unwrap()), 105 * 106 / 2);
        assert!(lake.at(5, Access::Analyst).is_err());
    }

    #[test]
    fn a_lost_index_is_rebuilt_from_the_records() {
        let folder = tempfile::tempdir().unwrap();
        let lake = new_lake(folder.path());
        first_load(&lake);
        for run in fs::read_dir(folder.path().join("digests")).unwrap() {
            fs::remove_file(run.unwrap().path()).unwrap();
        }
        assert!(matches!(lake.begin(), Err(LakeError::Index { .. })));
        assert_eq!(lake.rebuild_index().unwrap(), 2);
        assert_eq!(lake.begin().unwrap().contains_batch(&[7, 8, 9]), [true, true, false]);
    }

    #[test]
    fn a_table_grows_columns_but_keeps_types() {
        let folder = tempfile::tempdir().unwrap();
        let lake = new_lake(folder.path());
        first_load(&lake);
        let named: ArrayRef = Arc::new(StringArray::from(vec!["home"]));
        let wider = RecordBatch::try_from_iter([("outcome", Arc::clone(&named))]).unwrap();
        let mut load = lake.begin().unwrap();
        load.append("people", &wider).unwrap();
        let wrong = RecordBatch::try_from_iter([("person", named)]).unwrap();
        let error = load.append("stays", &wrong).unwrap_err().to_string();
        assert_eq!(error, "rows do not fit table stays: column person is Int64, not Utf8");
        load.commit(Meta::new()).unwrap();
        let rows = lake.sql("select count(*), count(person), count(outcome) from people").unwrap();
        let counts: Vec<i64> =
            rows[0].columns().iter().map(|column| column.as_primitive::<Int64Type>().value(0)).collect();
        assert_eq!(counts, [4, 3, 1]);
    }

    /// One row of each type that tables hold.
    fn all_types() -> RecordBatch {
        let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
        map.keys().append_value("ward");
        map.values().append_value("7B");
        map.append(true).unwrap();
        let at = TimestampMicrosecondArray::from(vec![1_700_000_000_123_456]).with_timezone("UTC");
        RecordBatch::try_from_iter([
            ("long", Arc::new(Int64Array::from(vec![i64::MIN])) as ArrayRef),
            ("int", Arc::new(Int32Array::from(vec![-1]))),
            ("double", Arc::new(Float64Array::from(vec![0.1]))),
            ("yes", Arc::new(BooleanArray::from(vec![true]))),
            ("text", Arc::new(StringArray::from(vec!["é"]))),
            ("bytes", Arc::new(BinaryArray::from_iter_values([[0, 255]]))),
            ("day", Arc::new(Date32Array::from(vec![20_000]))),
            ("at", Arc::new(at)),
            ("attributes", Arc::new(map.finish())),
        ])
        .unwrap()
    }

    #[test]
    fn every_type_comes_back_as_it_went_in() {
        let folder = tempfile::tempdir().unwrap();
        let lake = new_lake(folder.path());
        let mut load = lake.begin().unwrap();
        load.append("types", &all_types()).unwrap();
        load.commit(Meta::new()).unwrap();
        let rows = lake.sql("select * from types").unwrap();
        let back = conform("types", &rows[0], &table_schema("types", &all_types().schema()).unwrap()).unwrap();
        let sent = conform("types", &all_types(), &back.schema()).unwrap();
        assert_eq!(back, sent);
        let ward = lake.sql("select attributes['ward'], at + interval '1 second' > at from types").unwrap();
        assert_eq!(ward[0].column(0).as_string::<i32>().value(0), "7B");
        assert_eq!(rows[0].schema().field_with_name("text").unwrap().data_type(), &DataType::Utf8);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_heard_through_the_layers_of_the_parquet_writer() {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut writer = parquet::arrow::ArrowWriter::try_new(full, people([]).schema(), None).unwrap();
        writer.write(&people(0..100_000)).unwrap();
        let error = writer.finish().unwrap_err();
        let error = LakeError::table("write", "people", Path::new("/lake/people"))(error);
        assert_eq!(error.to_string(), "the disk is full: cannot write /lake/people");
    }

    #[test]
    fn what_is_missing_or_there_already_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Lake::open(folder.path().join("none"), Options::default()).unwrap_err();
        assert!(missing.to_string().starts_with("no lake at "), "{missing}");
        new_lake(folder.path());
        assert!(matches!(Lake::create(folder.path(), Options::default()), Err(LakeError::Exists { .. })));
        fs::write(folder.path().join("HEAD.json"), "{").unwrap();
        assert!(matches!(Lake::open(folder.path(), Options::default()), Err(LakeError::Head { .. })));
    }
}

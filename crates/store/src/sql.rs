//! Questions: SQL over all tables of one moment, read only, in bounded memory.
//!
//! A table is read as a listing of the Parquet files that its log says are active, which is the same on one machine
//! and on many. Tables are opened when a question names them, and kept open while they are current.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, MemTable, SchemaProvider, TableProvider};
use datafusion::common::config::TableParquetOptions;
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::execution::context::SQLOptions;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::StreamExt;
use tokio::sync::mpsc;

use crate::LakeError;
use crate::delta::Table;
use crate::error::disk_is_full;
use crate::head::Head;
use crate::lake::Lake;

const CATALOG: &str = "lake";
const SCHEMA: &str = "now";

/// Who asks: what they may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// All tables but those of the vault.
    Analyst,
    /// The vault too.
    Vault,
}

/// A pure function on columns that the engine calls by name in SQL, so heavy work per row runs where the rows are.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// The name in SQL, lower case.
    pub name: &'static str,
    /// The types of its arguments; the engine casts to them.
    pub arguments: Vec<DataType>,
    /// The type of its answer.
    pub answer: DataType,
    /// Takes arrays of one length and answers an array of that length.
    pub function: fn(&[ArrayRef]) -> Result<ArrayRef, String>,
}

/// The tables of one moment, to be asked.
pub struct Session {
    lake: Lake,
    context: SessionContext,
    version: u64,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("version", &self.version).finish_non_exhaustive()
    }
}

impl Session {
    /// `ahead` are tables as a load that is not committed sees them.
    pub(crate) fn new(
        lake: &Lake,
        head: Head,
        access: Access,
        ahead: BTreeMap<String, Table>,
    ) -> Result<Self, LakeError> {
        let mut config = SessionConfig::new()
            .with_default_catalog_and_schema(CATALOG, SCHEMA)
            .with_create_default_catalog_and_schema(false)
            .with_information_schema(true)
            .with_target_partitions(lake.cores())
            .with_collect_statistics(true);
        let options = config.options_mut();
        options.execution.parquet.schema_force_view_types = false;
        options.sql_parser.map_string_types_to_utf8view = false;
        options.optimizer.expand_views_at_output = true;
        options.execution.time_zone = Some("+00:00".to_owned());

        let version = head.version;
        let context = SessionContext::new_with_config_rt(config, Arc::clone(lake.engine()));
        let tables = Tables { lake: lake.clone(), head, access, ahead };
        context.register_catalog(CATALOG, Arc::new(Catalog(Arc::new(tables))));
        for kernel in lake.kernels() {
            context.register_udf(scalar_function(kernel));
        }
        Ok(Self { lake: lake.clone(), context, version })
    }

    /// The load that this session sees.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Answers a question; waits. There is always at least one batch, so the answer has its columns.
    ///
    /// # Errors
    /// [`LakeError::Sql`] with the words of the planner, [`LakeError::Vault`], [`LakeError::Memory`].
    pub fn sql(&self, query: &str) -> Result<Vec<RecordBatch>, LakeError> {
        let rows = self.stream(query)?;
        let schema = rows.schema();
        at_least_one(schema, rows.collect::<Result<Vec<_>, _>>()?)
    }

    /// Answers a question; for callers that are async themselves, on any runtime.
    ///
    /// # Errors
    /// Those of [`Self::sql`].
    pub async fn sql_async(&self, query: &str) -> Result<Vec<RecordBatch>, LakeError> {
        let mut rows = self.stream_async(query).await?;
        let mut batches = Vec::new();
        while let Some(batch) = rows.next_async().await {
            batches.push(batch?);
        }
        at_least_one(rows.schema(), batches)
    }

    /// Answers a question batch by batch; no more than a few batches wait in memory, and sorts spill to the disk.
    ///
    /// # Errors
    /// Those of [`Self::sql`]; later ones are items of the iterator.
    pub fn stream(&self, query: &str) -> Result<Rows, LakeError> {
        self.lake.wait(self.start(query))
    }

    /// [`Self::stream`] for callers that are async themselves.
    ///
    /// # Errors
    /// Those of [`Self::stream`].
    pub async fn stream_async(&self, query: &str) -> Result<Rows, LakeError> {
        let start = self.start(query);
        self.lake.spawn(start).await
    }

    /// The plan of a question, as text, for those who want to know why it is slow.
    ///
    /// # Errors
    /// Those of [`Self::sql`].
    pub fn explain(&self, query: &str) -> Result<String, LakeError> {
        let (context, query, lake) = (self.context.clone(), query.to_owned(), self.lake.clone());
        self.lake.wait(async move {
            let plan = plan(&context, &query).await.map_err(|error| lake.translate(error))?;
            Ok(datafusion::physical_plan::displayable(plan.as_ref()).indent(false).to_string())
        })
    }

    fn start(&self, query: &str) -> impl Future<Output = Result<Rows, LakeError>> + Send + use<> {
        let (context, query, lake) = (self.context.clone(), query.to_owned(), self.lake.clone());
        async move {
            let plan = plan(&context, &query).await.map_err(|error| lake.translate(error))?;
            let schema = plan.schema();
            let mut stream = execute_stream(plan, context.task_ctx()).map_err(|error| lake.translate(error))?;
            let (sender, receiver) = mpsc::channel(2);
            let translate = lake.clone();
            tokio::spawn(async move {
                // A reader who has gone closes the channel, and dropping the stream ends its work.
                while let Some(batch) = stream.next().await {
                    if sender.send(batch.map_err(|error| translate.translate(error))).await.is_err() {
                        break;
                    }
                }
            });
            Ok(Rows { schema, receiver, _lake: lake })
        }
    }
}

async fn plan(context: &SessionContext, query: &str) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
    let reads = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let state = context.state();
    let asked = state.create_logical_plan(query).await?;
    reads.verify_plan(&asked)?;
    state.create_physical_plan(&asked).await
}

fn at_least_one(schema: SchemaRef, mut batches: Vec<RecordBatch>) -> Result<Vec<RecordBatch>, LakeError> {
    batches.retain(|batch| batch.num_rows() > 0);
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(schema));
    }
    Ok(batches)
}

/// Batches of an answer, in order; drop it to stop the work.
pub struct Rows {
    schema: SchemaRef,
    receiver: mpsc::Receiver<Result<RecordBatch, LakeError>>,
    /// The engine runs while someone reads.
    _lake: Lake,
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl Rows {
    /// The columns of every batch.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// The next batch, for callers that are async themselves.
    pub async fn next_async(&mut self) -> Option<Result<RecordBatch, LakeError>> {
        self.receiver.recv().await
    }
}

impl Iterator for Rows {
    type Item = Result<RecordBatch, LakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        futures::executor::block_on(self.receiver.recv())
    }
}

fn scalar_function(kernel: &Kernel) -> datafusion::logical_expr::ScalarUDF {
    let function = kernel.function;
    let name = kernel.name;
    let call = move |arguments: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(arguments)?;
        let answer = function(&arrays).map_err(|error| DataFusionError::Execution(format!("{name}: {error}")))?;
        let constant = arguments.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
        if constant && answer.len() == 1 {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&answer, 0)?));
        }
        Ok(ColumnarValue::Array(answer))
    };
    create_udf(name, kernel.arguments.clone(), kernel.answer.clone(), Volatility::Immutable, Arc::new(call))
}

#[derive(Debug)]
struct Catalog(Arc<Tables>);

impl CatalogProvider for Catalog {
    fn schema_names(&self) -> Vec<String> {
        vec![SCHEMA.to_owned()]
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        (name == SCHEMA).then(|| Arc::clone(&self.0) as Arc<dyn SchemaProvider>)
    }
}

/// Opens a table when a question names it.
struct Tables {
    lake: Lake,
    head: Head,
    access: Access,
    ahead: BTreeMap<String, Table>,
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tables").field("head", &self.head).finish_non_exhaustive()
    }
}

impl Tables {
    fn hidden(&self, name: &str) -> bool {
        self.access == Access::Analyst && self.lake.is_vault(name)
    }

    async fn open(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, LakeError> {
        if self.hidden(name) {
            return Err(LakeError::Vault { table: name.to_owned() });
        }
        if let Some(table) = self.ahead.get(name) {
            return listing(&self.lake, name, table).map(Some);
        }
        match self.head.tables.get(name) {
            Some(version) => self.lake.provider(name, *version).await.map(Some),
            None => Ok(self.lake.lent(name)),
        }
    }
}

#[async_trait]
impl SchemaProvider for Tables {
    fn table_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.head.tables.keys().chain(self.ahead.keys()).cloned().collect();
        names.extend(self.lake.lent_names());
        names.sort_unstable();
        names.dedup();
        names.retain(|name| !self.hidden(name));
        names
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        self.open(name).await.map_err(|error| DataFusionError::External(Box::new(error)))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.table_names().iter().any(|table| table == name)
    }
}

/// A table as a listing of its active files.
pub(crate) fn listing(lake: &Lake, name: &str, table: &Table) -> Result<Arc<dyn TableProvider>, LakeError> {
    let folder = lake.folder().join(name);
    if table.files.is_empty() {
        return Ok(Arc::new(EmptyTable::new(Arc::clone(&table.schema))));
    }
    let failed = || LakeError::table("open", name, &folder);
    let urls = table
        .files
        .iter()
        .map(|file| ListingTableUrl::parse(folder.join(&file.path).to_string_lossy()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed())?;
    let mut parquet = TableParquetOptions::default();
    parquet.global.schema_force_view_types = false;
    let options = ListingOptions::new(Arc::new(ParquetFormat::default().with_options(parquet)));
    let config = ListingTableConfig::new_with_multi_paths(urls)
        .with_listing_options(options)
        .with_schema(Arc::clone(&table.schema));
    let statistics = lake.engine().cache_manager.get_file_statistic_cache();
    let listing = ListingTable::try_new(config).map_err(failed())?.with_cache(statistics);
    Ok(Arc::new(listing))
}

/// Batches as a table that lives in memory.
pub(crate) fn lent(name: &str, batches: Vec<RecordBatch>) -> Result<Arc<dyn TableProvider>, LakeError> {
    let wrong = |message: String| LakeError::Schema { table: name.to_owned(), message };
    let schema = batches.first().map(RecordBatch::schema).ok_or_else(|| wrong("there is no batch".to_owned()))?;
    let table = MemTable::try_new(schema, vec![batches]).map_err(|error| wrong(error.strip_backtrace()))?;
    Ok(Arc::new(table))
}

/// The engine's errors in our words.
pub(crate) fn translate(error: DataFusionError, folder: PathBuf, memory_bytes: usize) -> LakeError {
    if disk_is_full(&error) {
        return LakeError::Full { path: folder };
    }
    match error {
        DataFusionError::External(inner) => match inner.downcast::<LakeError>() {
            Ok(ours) => *ours,
            Err(inner) => LakeError::Sql { message: inner.to_string() },
        },
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => {
            translate(*inner, folder, memory_bytes)
        }
        DataFusionError::ResourcesExhausted(_) => {
            LakeError::Memory { limit_bytes: memory_bytes, source: Box::new(error) }
        }
        DataFusionError::Shared(inner) => match Arc::try_unwrap(inner) {
            Ok(inner) => translate(inner, folder, memory_bytes),
            Err(inner) => match inner.find_root() {
                DataFusionError::ResourcesExhausted(said) => LakeError::Memory {
                    limit_bytes: memory_bytes,
                    source: Box::new(DataFusionError::ResourcesExhausted(said.clone())),
                },
                root => LakeError::Sql { message: root.message().into_owned() },
            },
        },
        DataFusionError::SQL(error, _) => LakeError::Sql { message: error.to_string() },
        other => LakeError::Sql { message: other.message().into_owned() },
    }
}

/// The engine's memory and spill folder, shared by all sessions.
pub(crate) fn engine(memory_bytes: usize, spill: Option<PathBuf>) -> Result<Arc<RuntimeEnv>, DataFusionError> {
    use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
    use datafusion::execution::memory_pool::FairSpillPool;
    use datafusion::execution::runtime_env::RuntimeEnvBuilder;

    let mode = match spill {
        Some(folder) => DiskManagerMode::Directories(vec![folder]),
        None => DiskManagerMode::OsTmpDirectory,
    };
    RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(memory_bytes)))
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(mode).with_max_temp_directory_size(u64::MAX))
        .build_arc()
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray, Int64Array, StringArray};
    use arrow::datatypes::Int64Type;

    use super::*;
    use crate::{Meta, Options};

    fn twice(arrays: &[ArrayRef]) -> Result<ArrayRef, String> {
        let given = arrays[0].as_primitive::<Int64Type>();
        Ok(Arc::new(given.iter().map(|value| value.map(|value| value * 2)).collect::<Int64Array>()))
    }

    fn batch(values: impl IntoIterator<Item = i64>) -> RecordBatch {
        let values: Vec<i64> = values.into_iter().collect();
        let texts: StringArray = values.iter().map(|value| Some(format!("text {value}"))).collect();
        let (values, texts): (ArrayRef, ArrayRef) = (Arc::new(Int64Array::from(values)), Arc::new(texts));
        RecordBatch::try_from_iter([("subject", values), ("text", texts)]).unwrap()
    }

    fn lake(folder: &std::path::Path, memory_bytes: usize, rows: i64) -> Lake {
        let kernel =
            Kernel { name: "twice", arguments: vec![DataType::Int64], answer: DataType::Int64, function: twice };
        let options = Options { kernels: vec![kernel], memory_bytes, ..Options::default() };
        let lake = Lake::create(folder.join("lake"), options).unwrap();
        let mut load = lake.begin().unwrap();
        for start in (0..rows).step_by(8192) {
            let values = (start..rows.min(start + 8192)).map(|value| (value * 7919) % rows);
            load.append("events", &batch(values)).unwrap();
        }
        load.append("subjects", &batch([1])).unwrap();
        load.commit(Meta::new()).unwrap();
        lake
    }

    /// The first value of the answer, or what is said instead.
    fn answer(lake: &Lake, query: &str) -> String {
        let answer = match lake.sql(query) {
            Ok(batches) if batches[0].num_rows() == 0 => "nothing".to_owned(),
            Ok(batches) => arrow::util::display::array_value_to_string(batches[0].column(0), 0).unwrap(),
            Err(error) => error.to_string(),
        };
        answer.replace('\n', " ")
    }

    fn check(lake: &Lake, expected: &[(&str, &str)]) {
        let answers: Vec<(&str, String)> = expected.iter().map(|(query, _)| (*query, answer(lake, query))).collect();
        let expected: Vec<(&str, String)> =
            expected.iter().map(|(query, answer)| (*query, (*answer).to_owned())).collect();
        assert_eq!(answers, expected, "{answers:#?}");
    }

    #[test]
    fn questions_are_answered_and_only_questions() {
        let folder = tempfile::tempdir().unwrap();
        let lake = lake(folder.path(), 64 << 20, 10);
        lake.with_table("population", vec![batch([1, 2])]).unwrap();
        check(
            &lake,
            &[
                ("select count(*) from events", "10"),
                ("select subject from events where subject > 100", "nothing"),
                ("select twice(subject) from events where subject = 4", "8"),
                ("select twice(21)", "42"),
                ("select count(*) from events join population using (subject)", "2"),
                ("select count(*) from subjects", "table subjects is in the vault"),
                ("select count(*) from event", "table 'lake.now.event' not found"),
                ("select nothing from events", "No field named nothing. Valid fields are events.subject, events.text."),
                ("select 1 +", "sql parser error: Expected: an expression, found: EOF"),
                ("select 1/0", "Divide by zero error"),
                ("drop table events", "DDL not supported: DropTable"),
                ("create table x as select 1", "DDL not supported: CreateMemoryTable"),
                ("create external table x stored as parquet location '/etc'", "DDL not supported: CreateExternalTable"),
                ("insert into events values (1, 'x')", "DML not supported: Insert Into"),
                ("copy events to '/tmp/x.parquet'", "DML not supported: COPY"),
                ("set datafusion.execution.batch_size = 1", "Statement not supported: SetVariable"),
                ("select * from '/etc/passwd'", "table 'lake.now./etc/passwd' not found"),
            ],
        );
        let names = lake.sql("show tables").unwrap();
        let names: Vec<_> = names[0].column(2).as_string::<i32>().iter().flatten().collect();
        assert!(
            names.contains(&"events") && names.contains(&"population") && !names.contains(&"subjects"),
            "{names:?}"
        );
        let vault = lake.session(Access::Vault).unwrap().sql("select count(*) from subjects").unwrap();
        assert_eq!(vault[0].column(0).as_primitive::<Int64Type>().value(0), 1);
    }

    #[test]
    fn a_sort_larger_than_memory_spills_and_comes_back_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let rows = 2_000_000;
        let lake = lake(folder.path(), 48 << 20, rows);
        let mut next = 0;
        for batch in lake.stream("select subject, text from events order by subject, text", Access::Analyst).unwrap() {
            let batch = batch.unwrap();
            for subject in batch.column(0).as_primitive::<Int64Type>().values() {
                assert_eq!(*subject, next);
                next += 1;
            }
        }
        assert_eq!(next, rows);
    }

    #[test]
    fn a_question_that_cannot_spill_says_that_memory_is_short() {
        let folder = tempfile::tempdir().unwrap();
        let lake = lake(folder.path(), 1 << 20, 200_000);
        let error = lake.sql("select count(*) from events a join events b using (text)").unwrap_err();
        assert!(matches!(error, LakeError::Memory { limit_bytes: 1_048_576, .. }), "{error:?}");
    }

    #[test]
    fn async_callers_ask_from_their_own_runtime() {
        let folder = tempfile::tempdir().unwrap();
        let lake = lake(folder.path(), 64 << 20, 10);
        let theirs = tokio::runtime::Builder::new_current_thread().build().unwrap();
        theirs.block_on(async move {
            let answer = lake.sql_async("select max(subject) from events").await.unwrap();
            assert_eq!(answer[0].column(0).as_primitive::<Int64Type>().value(0), 9);
            // Waiting is safe there too, and so is dropping the Lake.
            assert_eq!(lake.sql("select subject from events").unwrap()[0].num_rows(), 10);
        });
    }

    #[test]
    fn an_answer_that_nobody_reads_to_its_end_stops() {
        let folder = tempfile::tempdir().unwrap();
        let lake = lake(folder.path(), 64 << 20, 100_000);
        let mut rows = lake.stream("select * from events", Access::Analyst).unwrap();
        assert!(rows.next().unwrap().unwrap().num_rows() > 0);
        drop(rows);
        assert_eq!(lake.sql("select 1").unwrap()[0].column(0).len(), 1);
    }
}

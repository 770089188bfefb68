//! What can go wrong with the Lake, said to people: what we tried, where, and the way out.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use datafusion::error::DataFusionError;

/// Why the Lake could not do what was asked; [`LakeError::help`] says the way out.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The folder holds no Lake.
    #[error("no lake at {}", path.display())]
    Missing {
        /// The folder that was opened.
        path: PathBuf,
    },
    /// The folder holds a Lake already.
    #[error("there is a lake at {} already", path.display())]
    Exists {
        /// The folder that was to be created.
        path: PathBuf,
    },
    /// Another process is writing.
    #[error("another process is writing to the lake at {}", path.display())]
    Busy {
        /// The Lake.
        path: PathBuf,
    },
    /// The disk is full; the Lake is as it was.
    #[error("the disk is full: cannot write {}", path.display())]
    Full {
        /// The file or folder that was being written.
        path: PathBuf,
    },
    /// A file of the Lake could not be read or written.
    #[error("cannot {doing} {}", path.display())]
    File {
        /// What we tried: `read`, `write`, `sync`.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// `HEAD.json` is not one that this version of the product understands.
    #[error("cannot understand {}", path.display())]
    Head {
        /// The file.
        path: PathBuf,
        /// Where it stops making sense.
        #[source]
        source: serde_json::Error,
    },
    /// A table could not be read or written.
    #[error("cannot {doing} table {table}")]
    Table {
        /// `open`, `write`, `commit`.
        doing: &'static str,
        /// The table.
        table: String,
        /// What went wrong.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A batch does not fit its table.
    #[error("rows do not fit table {table}: {message}")]
    Schema {
        /// The table.
        table: String,
        /// Which column, and why.
        message: String,
    },
    /// The table is in the vault and the question came from an analyst.
    #[error("table {table} is in the vault")]
    Vault {
        /// The table.
        table: String,
    },
    /// The question cannot be answered as it is written.
    #[error("{message}")]
    Sql {
        /// What the planner or the engine said.
        message: String,
    },
    /// The question needs more memory than it may have.
    #[error("the question needs more memory than {limit_bytes} bytes")]
    Memory {
        /// The limit.
        limit_bytes: usize,
        /// Who asked for how much.
        #[source]
        source: Box<DataFusionError>,
    },
    /// The index of what is in already is lost or damaged; nothing else is.
    #[error("the digest index is damaged: {} {message}", path.display())]
    Index {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// The engine stopped in the middle; the Lake is as it was.
    #[error("the engine stopped while it worked")]
    Stopped,
}

impl LakeError {
    /// The way out, in a sentence for the person who sees the error.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "make one by loading data into the place, or name another folder",
            Self::Exists { .. } => "open it, or name an empty folder",
            Self::Busy { .. } => "wait until it is done, then try again; reading goes on meanwhile",
            Self::Full { .. } => "make room and load again; the lake is as it was before this load",
            Self::File { .. } => "check that the folder exists and that you may write to it",
            Self::Head { .. } => "the file was written by a newer version or edited; restore it from heads/",
            Self::Table { .. } => "the lake is as it was; look at the cause and try again",
            Self::Schema { .. } => "the table keeps the types of its first load; give the column the same type",
            Self::Vault { .. } => "ask for age, sex, neighbourhood or deprivation of stays or handovers instead",
            Self::Sql { .. } => "questions read only; `show tables` and `describe events` say what is there",
            Self::Memory { .. } => "ask for fewer columns or a shorter period, or give the engine more memory",
            Self::Index { .. } => "rebuild it from the records; no facts are lost",
            Self::Stopped => "try again; if it happens again it is our fault",
        }
    }

    pub(crate) fn file(doing: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path },
            _ => Self::File { doing, path, source },
        }
    }

    pub(crate) fn table<E>(doing: &'static str, table: &str, folder: &Path) -> impl FnOnce(E) -> Self + use<E>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let (table, path) = (table.to_owned(), folder.to_owned());
        move |source| {
            let source = source.into();
            if disk_is_full(source.as_ref()) { Self::Full { path } } else { Self::Table { doing, table, source } }
        }
    }
}

/// Libraries wrap the system's word for a full disk several layers deep.
pub(crate) fn disk_is_full(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
                return true;
            }
            // An io::Error answers `source` with the cause of what it wraps, so look inside ourselves.
            if error.get_ref().is_some_and(|inner| disk_is_full(inner)) {
                return true;
            }
        }
        if let Some(parquet::errors::ParquetError::External(inner)) = error.downcast_ref()
            && disk_is_full(inner.as_ref())
        {
            return true;
        }
        cause = error.source();
    }
    false
}

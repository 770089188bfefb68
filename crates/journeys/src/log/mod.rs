//! The journeys of any event log: rows of (case, activity, time) from Parquet, CSV or Arrow, whoever wrote them.
//!
//! Grouping is what a question over ten million events costs, not arithmetic. So a [`Log`] is sorted once, by case and
//! then by time, into flat columns (an activity of one byte, a time of four, an offset for each case), and every
//! question is then a scan: which step follows which and how long it takes ([`Log::arcs`]), which sequences there are
//! ([`Log::variants`]), how long cases take ([`Log::throughput`]), who waits for what ([`Log::waits`]).
//!
//! ```text
//! rows as they arrived          a Log
//! case activity  time           starts   0        3     4
//!  B   arrived   09:00          case     B        A
//!  A   arrived   09:05    →     activity 0  2  1  0
//!  B   triage    09:10          seconds  0 600 ┆  300
//! ```
//!
//! Order inside a case is time, then `event_index` where the file has that column, then the order of the rows.
//! A time without a zone is taken as written. Rows that cannot be used are counted in [`Problems`], never dropped in
//! silence; the text `NA` is a value like any other.
//!
//! ```
//! use journeys::log::{Columns, Log};
//! let csv = "case,activity,time\nB,arrived,2025-01-06T09:00\nA,arrived,2025-01-06T09:05\nB,triage,2025-01-06T09:10\n";
//! let log = Log::from_csv(csv.as_bytes(), &Columns::default())?;
//! let answers = log.answers();
//! assert_eq!((answers.size.cases, answers.size.events), (2, 3));
//! assert_eq!(answers.arcs[0].median_seconds, 600.0);
//! # Ok::<(), journeys::log::LogError>(())
//! ```

mod alike;
mod answers;
mod ask;
mod build;
mod columns;
mod iso;
mod quantile;
mod read;
mod show;
mod sketch;
mod store;

#[cfg(test)]
mod anchors;
#[cfg(test)]
mod reference;

pub use answers::{Answers, Arc, Rework, Size, Spread, Variant, Variants};
pub use ask::{Case, End, Ended, Interval, Wait, Waits};
pub use build::{Problem, Problems, What};
pub use columns::Precision;
pub use read::Columns;
pub use show::{to_json, to_text};
pub use sketch::{Sketch, Tally};

use columns::{Codes, Names, Times};

/// An event log sorted by case and time, resident, ready for questions.
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    /// Where the events of each case begin; one more than there are cases.
    starts: Vec<u32>,
    /// The name of each case.
    cases: Names,
    /// The activity of each event, as a place in `activities`.
    activity: Codes,
    /// The names of the activities, sorted, each used at least once.
    activities: Vec<String>,
    /// When each event happened.
    time: Times,
    /// For each case, the first with the same sequence of activities.
    alike: Vec<u32>,
    /// Who did it (organisation, team, resource), where such a column was asked for.
    by: Option<(Codes, Vec<String>)>,
    precision: Precision,
    problems: Problems,
}

impl Log {
    /// How many cases there are.
    pub fn cases(&self) -> usize {
        self.starts.len() - 1
    }

    /// How many events there are.
    pub fn events(&self) -> usize {
        self.activity.len()
    }

    /// The names of the activities, sorted.
    pub fn activities(&self) -> &[String] {
        &self.activities
    }

    /// How finely the times are known.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// The rows that could not be used.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }
}

/// Why a log cannot be read at all. Single bad rows are [`Problems`].
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A column that was named, or guessed for, is not in the file.
    #[error("no column for the {role}{}; the columns are: {}", wanted.as_ref().map_or(String::new(), |w| format!(" called \"{w}\"")), columns.join(", "))]
    NoColumn {
        /// What the column would hold: case, activity, time.
        role: &'static str,
        /// The name that was asked for, if any.
        wanted: Option<String>,
        /// What the file has.
        columns: Vec<String>,
    },
    /// A time column of a type that holds no time.
    #[error(
        "the time column \"{column}\" has the type {found}; it should be a timestamp, a date, whole seconds or ISO text"
    )]
    TimeType {
        /// The column.
        column: String,
        /// Its Arrow type.
        found: arrow::datatypes::DataType,
    },
    /// More events than a log can number.
    #[error("more than {} events in one log; split it by case and merge the sketches", u32::MAX - 1)]
    TooLong,
    /// No activity has this name.
    #[error("no activity called \"{0}\" in the log")]
    NoActivity(String),
    /// No column of who did it was read.
    #[error("the log was read without a column of who did it")]
    NoBy,
    /// The bytes are not a stored log, or are damaged.
    #[error("not a stored log: {0}")]
    Stored(String),
    /// Arrow could not give a batch.
    #[error("cannot read the batches")]
    Arrow(#[from] arrow::error::ArrowError),
    /// The Parquet could not be read.
    #[error("cannot read the Parquet")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// The CSV could not be read.
    #[error("cannot read the CSV")]
    Csv(#[from] csv::Error),
    /// The bytes could not be read or written.
    #[error("cannot read or write the log")]
    Io(#[from] std::io::Error),
}

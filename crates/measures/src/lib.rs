//! Counts what happened and says whether it changed: tables → series → signals.
//!
//! [`define`] reads a place's measure files and turns each into one SQL query over the Lake; [`series`] is the table that
//! comes back, made from the answer by [`reduce`], with limits, signals and small-number rules; [`spc`] decides which changes
//! are real, [`health`] how large a rate or a difference is and how sure. [`ledger`] says where the hours waited are and
//! whether they were saved or only moved; [`pressure`] whether the two ends of a path are busy at once. Nothing here reads a
//! disk, a clock or the Lake: the caller runs the SQL and hands the rows back.
//!
//! ```text
//! measures/*.toml ─▶ define::parse ─▶ define::facts_sql ─▶ (the Lake) ─▶ Reducer ─▶ series::complete ─▶ series::limits ─▶ `series`
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod air_time;
pub mod check;
pub mod define;
pub mod groups;
pub mod health;
pub mod ledger;
pub mod pressure;
pub mod reduce;
pub mod series;
pub mod spc;

pub use define::{
    ChartKind, Kind, Measure, MeasureProblem, Part, Rebase, Standard, Statistic, Theme, facts_sql, series_sql,
};
pub use reduce::{People, Reducer};
pub use series::{Grain, Level, Public, SeriesRow, series_schema};

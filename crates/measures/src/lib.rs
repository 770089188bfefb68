//! Counts what happened and says whether it changed: tables → series → signals.
//!
//! [`define`] reads a place's measure files and turns each into one SQL query over the Lake; [`series`] is the table that
//! comes back, with limits, signals and small-number rules; [`spc`] decides which changes are real. Nothing here reads a
//! disk, a clock or the Lake: the caller runs the SQL and hands the rows back.
//!
//! ```text
//! measures/*.toml ─▶ define::parse ─▶ define::series_sql ─▶ (the Lake) ─▶ series::complete ─▶ series::limits ─▶ `series`
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod air_time;
pub mod check;
pub mod define;
pub mod groups;
pub mod series;
pub mod spc;

pub use define::{
    ChartKind, Kind, Measure, MeasureProblem, Part, Rebase, Standard, Statistic, Theme, facts_sql, series_sql,
};
pub use series::{Grain, Level, Public, SeriesRow, series_schema};

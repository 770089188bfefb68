//! Events of a person become journeys: stays, the handovers between them, and where every minute went.
//!
//! [`Fold`] takes events sorted by person and gives tables; nothing here reads a disk or a clock. The rules are in
//! `docs/journeys.md` and, as tables that run, in `spec/journeys`. [`log`] answers the questions of process mining on any
//! event log; [`pathway`] says which journeys went as was meant.
//!
//! ```text
//! rows ─ events ─ stays (one person, lane by lane) ─ waits ─ journeys and their time account ─ tables
//!                                                       └──────────── sums: ledger, flow, ways ─┘
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod account;
mod fold;
mod rows;
mod stays;
mod sums;
mod tables;
mod waits;

pub mod log;
pub mod pathway;

pub use fold::{Fold, Parts, Summary};
pub use pathway::Pathway;
pub use rows::FoldError;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod spec;
#[cfg(test)]
mod testing;

//! journeys

mod account;
mod fold;
mod rows;
mod stays;
mod sums;
mod tables;
mod waits;

pub mod log;

pub use fold::{Fold, Parts, Summary};
pub use rows::FoldError;

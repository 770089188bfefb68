//! The whole place, simulated: people come, wait, are cared for, are held where they are because the next place is full, and
//! go. [`model`] says what a place is, [`check`] proves that a model makes sense before it is run, [`engine`] runs it,
//! [`outcome`] is what came of it.

pub mod analytic;
pub mod case;
pub mod distribution;
pub mod model;
pub mod outcome;
pub mod run;
pub mod scenario;
pub mod trust;

pub use distribution::Distribution;
pub use model::Model;
pub use outcome::Outcome;

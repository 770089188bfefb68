//! The whole place, simulated: people come, wait, are cared for, are held where they are because the next place is full, and
//! go. [`model`] says what a place is, [`check`] proves that a model makes sense before it is run, [`engine`] runs it,
//! [`outcome`] is what came of it.
//!
//! ```
//! use foresee::simulate::{Compiled, Options, check, replicate};
//! let (model, _) = check::read(r#"
//!     name = "A clinic"
//!     horizon = 20000
//!     source = [{ name = "letters", to = "clinic", rate = 0.8 }]
//!     service = [{ name = "clinic", capacity = 1, stay = { distribution = "exponential", mean = 1 } }]
//! "#).unwrap();
//! let outcome = replicate(&Compiled::new(&model).unwrap(), 1, 0, &Options::default());
//! let wait = outcome.service("clinic").unwrap().all().wait.mean();
//! assert!((wait - 4.0).abs() < 1.0); // M/M/1 at 0.8
//! ```

pub mod analytic;
pub mod case;
pub mod check;
mod compile;
pub mod distribution;
pub mod engine;
mod list;
pub mod model;
pub mod outcome;
mod random;
pub mod run;
mod save;
pub mod scenario;
pub mod trust;

pub use check::{Invalid, Problem};
pub use compile::Compiled;
pub use distribution::Distribution;
pub use engine::{LoadError, Options, Run, replicate};
pub use model::Model;
pub use outcome::Outcome;

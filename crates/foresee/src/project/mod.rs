//! Need: how many people of which age will live where, what they will need, and why that grows.
//!
//! ```text
//! population, births, deaths, migration ──▶ cohort    the people of every neighbourhood, by single year of age and sex
//! totals of the larger area             ──▶ rake      constrained to them
//! death rates                           ──▶ life      life tables, healthy life, what living longer does to need
//! prevalence, transitions               ──▶ segment   conditions and frailty; segments and who moves between them
//! people × rate × steps                 ──▶ activity  health status, avoidance …; growth split into size, ageing and rate
//! what experts think, as ranges         ──▶ range     p10, p50 and p90 as a distribution; draws by key and seed
//! plans                                 ──▶ money     optimism bias, discounting, reference classes, savings together
//! ```
//!
//! [`need`] reads the tables of a place, [`forecast`] projects them, [`case`] answers one case as JSON. Nothing here is a forecast
//! of policy: it says what follows if births, deaths, moving and use go on as the tables say.

pub mod activity;
pub mod case;
pub mod cohort;
pub mod forecast;
pub mod life;
pub mod money;
pub mod need;
pub mod rake;
pub mod range;
pub mod segment;

use thiserror::Error;

/// Numbers of which no projection can be made.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ProjectError {
    /// A number that cannot be.
    #[error("{what} is {value}, which must be {must}")]
    Number {
        /// Which number, with its place in the list.
        what: String,
        /// What it is.
        value: f64,
        /// What it must be.
        must: &'static str,
    },
    /// Lists that do not fit each other.
    #[error("{what} has {found} numbers, which must be {wanted}")]
    Length {
        /// Which list.
        what: String,
        /// How long it is.
        found: usize,
        /// How long it must be.
        wanted: usize,
    },
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

/// Checks one number.
pub(crate) fn number(
    what: impl Into<String>,
    value: f64,
    must: &'static str,
    is: impl Fn(f64) -> bool,
) -> Result<f64, ProjectError> {
    if value.is_finite() && is(value) {
        Ok(value)
    } else {
        Err(ProjectError::Number { what: what.into(), value, must })
    }
}

/// Checks every number of a list.
pub(crate) fn numbers(
    what: &str,
    values: &[f64],
    must: &'static str,
    is: impl Fn(f64) -> bool + Copy,
) -> Result<(), ProjectError> {
    match values.iter().position(|&value| !(value.is_finite() && is(value))) {
        Some(at) => number(format!("{what} [{at}]"), values[at], must, is).map(drop),
        None => Ok(()),
    }
}

/// Checks the length of a list.
pub(crate) fn length(what: &str, found: usize, wanted: usize) -> Result<(), ProjectError> {
    if found == wanted { Ok(()) } else { Err(ProjectError::Length { what: what.into(), found, wanted }) }
}

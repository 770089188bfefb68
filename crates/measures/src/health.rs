//! Rates, inequality, life and funnels: the statistics that public health argues with, and how sure each one is.
//!
//! ```text
//! counts, people ──▶ rates       a rate, a share, a mean, a standardised rate, each with its limits
//! groups by need ──▶ inequality  quantiles, the slope from most to least deprived, most deprived fifth against the rest
//! deaths by age  ──▶ life        life expectancy, and the part of it in good health
//! organisations  ──▶ funnel      who is out of the ordinary, allowing for size and for how much all of them vary
//! counts to show ──▶ suppress    hides small numbers so that no subtraction brings one back
//! ```
//!
//! The methods are those of the Fingertips technical guidance; the R package `PHEindicatormethods` 2.1.0 is the oracle. A
//! number that a method forbids to give is [`Withheld`] with its reason; input that makes no statistic is a [`HealthError`]
//! with its row; neither is ever an empty cell without a word. [`answer`] takes one case as JSON, [`csv`] whole files.
//!
//! ```
//! use measures::health::{Confidence, Withheld, direct, rate};
//! let falls = rate(9.0, 5000.0, 100_000.0)?;
//! assert_eq!(falls.value(), Ok(180.0));
//! let [lower, upper] = falls.limits(Confidence::P95)?;
//! assert!((lower - 82.31).abs() < 0.01 && (upper - 341.70).abs() < 0.01);
//! // Nine events are too few to standardise: the reason is the answer.
//! assert_eq!(direct(&[(9.0, 5000.0, 5500.0)], 100_000.0)?.value(), Err(Withheld::FewerThanTen));
//! # Ok::<(), measures::health::HealthError>(())
//! ```

mod answer;
pub mod csv;
mod funnel;
mod inequality;
mod life;
mod rates;
mod special;
mod suppress;
#[cfg(test)]
mod tests;

pub use answer::{CaseError, answer};
pub use funnel::{
    Overdispersed, Overdispersion, Significance, control_events, overdispersed, rate_significance, share_significance,
    usual_events,
};
pub use inequality::{Fifth, Gap, Group, Scale, Slope, core20, gap, quantiles, slope, slope_of_fifths};
pub use life::{AgeBand, Expectancy, Health, healthy, life_expectancy};
pub use rates::{
    ESP2013, Mean, Rate, Repeated, Share, direct, direct_of_repeated, expected, mean, poisson, rate, ratio, share,
    wilson,
};
pub use suppress::suppress;

use thiserror::Error;

/// Lower, then upper.
pub type Limits = [f64; 2];

/// Why a number is not given, by the rule of its own method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum Withheld {
    /// A standardised rate, or one side of a comparison, rests on fewer than ten events.
    #[error("fewer than 10 events")]
    FewerThanTen,
    /// One value has no spread.
    #[error("one value alone has no limits")]
    OneValue,
    /// Fewer areas than the groups that they should make.
    #[error("fewer areas than groups")]
    FewerAreasThanGroups,
    /// Life expectancy of 5,000 person-years or fewer.
    #[error("5,000 people or fewer")]
    FewerThanFiveThousand,
    /// Life expectancy where some ages are missing.
    #[error("some age bands are missing")]
    AgesMissing,
    /// Life expectancy with a negative number of deaths.
    #[error("negative deaths in an age band")]
    NegativeDeaths,
    /// Life expectancy with an age band in which nobody lives.
    #[error("nobody in an age band")]
    NobodyInABand,
    /// Life expectancy where more died than lived.
    #[error("more deaths than people in an age band")]
    MoreDeathsThanPeople,
    /// Life expectancy where nobody died in the oldest, open age band.
    #[error("no deaths in the oldest age band")]
    NoDeathsInLastBand,
    /// Life expectancy whose 95% limits are more than 20 years apart.
    #[error("95% limits more than 20 years apart")]
    WiderThanTwentyYears,
}

/// Numbers that make no statistic.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum HealthError {
    /// A number that cannot be.
    #[error("row {row}: {what} is {value}, which must be {must}")]
    Number {
        /// The row, from 1.
        row: usize,
        /// Which number.
        what: &'static str,
        /// What it is.
        value: f64,
        /// What it must be.
        must: &'static str,
    },
    /// Nothing to count.
    #[error("no rows")]
    Empty,
    /// A level of confidence that is not between 90% and 100%.
    #[error("confidence is {0}, which must be at least 0.9 (or 90) and below 1 (or 100)")]
    Confidence(f64),
    /// An age band that has two populations, or two standard populations.
    #[error("age band {0} has more than one population or standard population")]
    TwoPopulations(String),
    /// Two rows for one age band.
    #[error("an age band is there twice")]
    Twice,
    /// Age bands that are not in rising order from 0.
    #[error("age bands must rise from 0; {0} does not")]
    Ages(u32),
    /// A slope needs from 5 to 100 groups.
    #[error("{0} groups; a slope needs from 5 to 100")]
    Groups(usize),
    /// The number is withheld.
    #[error("withheld: {0}")]
    Withheld(#[from] Withheld),
}

/// How sure a pair of limits is: 0.9 up to, not including, 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confidence(f64);

impl Confidence {
    /// 95%: two standard deviations.
    pub const P95: Confidence = Confidence(0.95);
    /// 99.8%: three standard deviations, the other half of the house style.
    pub const P998: Confidence = Confidence(0.998);

    /// From 0.9 to 1, or from 90 to 100.
    ///
    /// # Errors
    /// For any other number.
    pub fn new(level: f64) -> Result<Confidence, HealthError> {
        let share = if level >= 90.0 { level / 100.0 } else { level };
        if (0.9..1.0).contains(&share) { Ok(Confidence(share)) } else { Err(HealthError::Confidence(level)) }
    }

    /// The level, as a share: 0.95.
    pub fn share(self) -> f64 {
        self.0
    }

    /// The chance that is left at each end: 0.025 for 95%.
    pub fn tail(self) -> f64 {
        (1.0 - self.0) / 2.0
    }

    /// Standard deviations of the normal distribution: 1.96 for 95%.
    pub fn z(self) -> f64 {
        special::normal(1.0 - self.tail())
    }
}

/// The number itself, or the error of a row.
fn checked(row: usize, what: &'static str, value: f64, must: &'static str, holds: bool) -> Result<f64, HealthError> {
    if holds && value.is_finite() { Ok(value) } else { Err(HealthError::Number { row, what, value, must }) }
}

/// A count or a rate: 0 or more.
fn count(row: usize, what: &'static str, value: f64) -> Result<f64, HealthError> {
    checked(row, what, value, "a number of 0 or more", value >= 0.0)
}

/// People, or anything else that is divided by: more than 0.
fn people(row: usize, what: &'static str, value: f64) -> Result<f64, HealthError> {
    checked(row, what, value, "a number above 0", value > 0.0)
}

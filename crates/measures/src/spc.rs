//! Is the change real? XmR charts: the usual range is mean ± 2.66 × mean moving range, and a signal is something that
//! ordinary variation would seldom do.
//!
//! Two rule sets, one switch. [`Rules::MakingDataCount`] is what NHS England's tools do now: no screening of moving ranges,
//! two-of-three counts every point beyond two sigma (since December 2023), and a point that is both improvement and concern
//! shows as improvement. [`Rules::NhsrPlotTheDots`] follows the R package `NHSRplotthedots` 0.2.2: moving ranges of 3.267 ×
//! their mean or more are left out once, two-of-three counts only the points between two and three sigma. The manual, with
//! the tables that run as tests, is in `spec/spc`.
//!
//! We differ from the package on purpose in three places: a series that never moves has limits equal to its mean (the
//! package has none); a value within 1e-12 of the mean, relative, is on the mean (the package compares the last bit); and
//! the last point of a rising trend stays rising when another trend begins right after it (the package looks at the step
//! between the two).
//!
//! XmR suits most measures. Rare events, small counts and shares of very many have charts of their own in [`counts`];
//! [`choose`] says which one suits, and why. Days that follow each other are judged by [`xmr_on`]. Where the two rule sets
//! disagree [`difference`] says so, and [`Page`] says how many signals of a page are to be expected by chance.
//!
//! ```
//! use measures::spc::{Better, Options, xmr};
//! let mut waits = vec![Some(30.0), Some(31.0), Some(29.0)].repeat(5);
//! waits.push(Some(40.0));
//! let chart = xmr(&waits, &Options { better: Better::Lower, ..Options::default() })?;
//! assert_eq!(chart.variation().name(), "concern_high");
//! assert_eq!(chart.sentence("week", "minutes"), "Above the usual range");
//! # Ok::<(), measures::spc::SpcError>(())
//! ```

mod adjust;
mod case;
mod chance;
mod choose;
mod counted;
pub mod counts;
pub(crate) mod file;
mod reading;
mod rules;

pub use adjust::{Adjust, Adjusted, xmr_on};
pub use case::{CaseError, answer};
pub use chance::{Page, benjamini_hochberg, expected_false_signals, false_signal_rate, page_sentence};
pub use choose::choose;
pub use counted::counted;
pub use file::{Columns, FileError, FileOptions, FileReport, NamedChart, RowProblem, from_csv};
pub use reading::{Difference, difference, with_unit};
pub use rules::Signals;

use domain::Date;
use rayon::prelude::*;
use serde::Deserialize;
use std::cmp::Ordering;
use thiserror::Error;

/// Mean moving range to three sigma of single values: 3 / 1.128.
const LIMIT: f64 = 2.66;
/// A moving range this many times the mean moving range is itself out of the ordinary.
const SCREEN: f64 = 3.267;
/// Points in a shift, and points in a trend.
const RUN: usize = 7;
/// Fewer points than this in a segment make trial limits only.
pub const FULL_LIMITS: usize = 13;
/// The fewest points that limits may be fixed on.
const FEWEST_FIXED: usize = 12;
/// Closer than this to the mean, relative, is on it.
const TOLERANCE: f64 = 1e-12;

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Waits, falls, deaths.
    Lower,
    /// Shares seen in time.
    Higher,
    /// Activity: neither more nor less is good in itself.
    #[default]
    Neither,
}

/// Whose rules decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Rules {
    /// NHS England's Making Data Count, as its tools work today.
    #[default]
    MakingDataCount,
    /// The R package `NHSRplotthedots` 0.2.2.
    NhsrPlotTheDots,
}

/// A side of the mean; for a trend, `Above` is rising and `Below` falling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Above the mean, or rising.
    Above,
    /// Below the mean, or falling.
    Below,
}

/// The four rules, in the order in which they name a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// Beyond a process limit.
    Outside,
    /// Seven points, each higher (or each lower) than the one before.
    Trend,
    /// Two of three beyond two sigma, all three on one side of the mean.
    TwoOfThree,
    /// Seven in a row on one side of the mean.
    Shift,
}

/// A special cause at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signal {
    /// The rule that found it.
    pub rule: Rule,
    /// Which side it is on, or which way it goes.
    pub side: Side,
}

/// What a point says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Variation {
    /// Ordinary variation: no signal.
    CommonCause,
    /// A signal in the better direction.
    Improvement(Side),
    /// A signal in the worse direction.
    Concern(Side),
    /// A signal in a measure that has no better direction.
    Neutral(Side),
}

/// Can the process as it is meet its target?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Assurance {
    /// The target lies beyond the usual range on the easy side: it will be met.
    Pass,
    /// The target lies beyond the usual range on the hard side: it will be missed.
    Fail,
    /// The target lies inside the usual range: hit and miss.
    Inconsistent,
}

/// A point at which the process was changed on purpose, so that everything starts again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebase {
    /// Position of the first point after the change, from 0.
    pub at: usize,
    /// What was changed, as people say it; empty when nobody said.
    pub reason: String,
    /// Who decided to begin new limits; empty when nobody said.
    pub by: String,
}

impl Rebase {
    /// The rebase of a change on a date, in a chart whose points begin on `periods`: the first period that begins on the
    /// date or later. `None` when the chart ends before it.
    ///
    /// ```
    /// use domain::Date;
    /// use measures::spc::Rebase;
    /// let weeks = [Date(20_395), Date(20_402), Date(20_409)];
    /// let rebase = Rebase::on(&weeks, Date(20_400), "a second triage nurse", "A. Patel").unwrap();
    /// assert_eq!(rebase.at, 1);
    /// assert_eq!(rebase.words(), "a second triage nurse (A. Patel)");
    /// ```
    pub fn on(periods: &[Date], date: Date, reason: &str, by: &str) -> Option<Rebase> {
        let at = periods.iter().position(|begins| *begins >= date)?;
        Some(Rebase { at, reason: reason.to_owned(), by: by.to_owned() })
    }
}

impl From<usize> for Rebase {
    fn from(at: usize) -> Rebase {
        Rebase { at, ..Rebase::default() }
    }
}

/// A standard and the point from which it is in force.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Position of the first point it holds for, from 0.
    pub from: usize,
    /// In the unit of the values.
    pub value: f64,
}

impl Target {
    /// The steps of a standard with dates, in a chart whose points begin on `periods`, in the order of time. What came into
    /// force before the chart begins holds from its first point; what comes later than its last point is left out.
    pub fn steps(periods: &[Date], standard: &[(Date, f64)]) -> Vec<Target> {
        let mut dated = standard.to_vec();
        dated.sort_by_key(|(date, _)| *date);
        let from = |date: Date| periods.iter().position(|begins| *begins >= date);
        dated.iter().filter_map(|&(date, value)| Some(Target { from: from(date)?, value })).collect()
    }
}

/// How to draw a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Whose rules.
    pub rules: Rules,
    /// Which way is better.
    pub better: Better,
    /// The target, in the unit of the values, until the first of `targets`.
    pub target: Option<f64>,
    /// Targets that take its place, each from its point on. The newest that is in force counts for assurance.
    pub targets: Vec<Target>,
    /// Where a new segment begins. A second rebase at the same point changes nothing.
    pub rebase: Vec<Rebase>,
    /// Take mean and ranges from this many first points of each segment (12 or more).
    pub fix_after: Option<usize>,
    /// Leave extreme moving ranges out. `None` does as the rule set does.
    pub screen_outliers: Option<bool>,
    /// Whether [`xmr_on`] takes season and the day before into account; [`xmr`] never does.
    pub adjust: Adjust,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            rules: Rules::default(),
            better: Better::Neither,
            target: None,
            targets: Vec::new(),
            rebase: Vec::new(),
            fix_after: None,
            screen_outliers: None,
            adjust: Adjust::default(),
        }
    }
}

impl Options {
    /// The target in force at a point.
    pub fn target_at(&self, point: usize) -> Option<f64> {
        self.targets
            .iter()
            .filter(|step| step.from <= point)
            .max_by_key(|step| step.from)
            .map(|step| step.value)
            .or(self.target)
    }
}

/// Values or options that make no chart.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SpcError {
    /// A value is infinite or not a number.
    #[error("point {} is not a finite number", .0 + 1)]
    NotFinite(usize),
    /// A target is infinite or not a number.
    #[error("the target is not a finite number")]
    TargetNotFinite,
    /// A rebase beyond the last point.
    #[error("cannot rebase at point {}: there are only {points}", .at + 1)]
    RebaseOutside {
        /// Where, from 0.
        at: usize,
        /// How many points there are.
        points: usize,
    },
    /// Limits fixed on too few points.
    #[error("cannot fix limits on {0} points: 12 are the fewest")]
    FixedOnTooFew(usize),
    /// Dates that are not one a value, each later than the one before.
    #[error("point {} needs a date later than the one before", .0 + 1)]
    Dates(usize),
    /// A series that would end before it begins or after the values do.
    #[error("series {} does not lie within the values", .0 + 1)]
    Series(usize),
}

/// Mean and limits of a stretch between two rebases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// Position of its first point.
    pub first: usize,
    /// How many points have a value.
    pub points: usize,
    /// The mean; `None` without a value.
    pub mean: Option<f64>,
    /// The limits; `None` without two neighbouring values. Of an adjusted chart: what the process does as a whole, season
    /// and memory included; [`Chart::limits_at`] has what was expected of each point.
    pub limits: Option<Limits>,
}

/// The usual range of a segment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Lower process limit. Not cut at nought.
    pub lower: f64,
    /// Lower limit at two sigma.
    pub near_lower: f64,
    /// Upper limit at two sigma.
    pub near_upper: f64,
    /// Upper process limit.
    pub upper: f64,
}

impl Limits {
    /// Limits `reach` to each side of a centre, for three sigma.
    fn around(centre: f64, reach: f64) -> Limits {
        let near = 2.0 * reach / 3.0;
        Limits { lower: centre - reach, near_lower: centre - near, near_upper: centre + near, upper: centre + reach }
    }
}

impl Segment {
    /// Whether its limits are trial limits, on fewer than 13 points.
    pub fn is_short(&self) -> bool {
        self.points < FULL_LIMITS
    }
}

/// One point of a chart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Its value; a missing one stays missing.
    pub value: Option<f64>,
    /// The segment it is in.
    pub segment: usize,
    /// Its side of the mean (of what was expected, on an adjusted chart); `None` when on it or missing.
    pub side: Option<Side>,
    /// Strictly beyond two sigma.
    pub beyond_near: bool,
    /// Strictly beyond the limits.
    pub outside: bool,
    /// Every signal it is part of, the one that names it first.
    pub signals: Signals,
    /// What it says.
    pub variation: Variation,
}

impl Point {
    /// The signal that names this point.
    pub fn signal(&self) -> Option<Signal> {
        self.signals.iter().next()
    }

    /// 1 above the mean, −1 below, 0 on it; `None` when missing.
    pub fn relative_to_mean(&self) -> Option<i8> {
        self.value?;
        Some(match self.side {
            Some(Side::Above) => 1,
            Some(Side::Below) => -1,
            None => 0,
        })
    }
}

/// A measure over time, judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What it was drawn with; rebases in the order of time, one a point.
    pub options: Options,
    /// One a rebase, and the first.
    pub segments: Vec<Segment>,
    /// One a value, in the order given.
    pub points: Vec<Point>,
    /// What was taken into account before judging; `None` for a plain chart.
    pub adjusted: Option<Adjusted>,
}

/// Draws an XmR chart of values in the order of time.
///
/// A missing value has no moving range to its neighbours and breaks every run: nobody knows what it would have been.
///
/// # Errors
/// When a value or a target is not finite, a rebase lies beyond the values, or limits are fixed on fewer than 12 points.
///
/// Source: Making Data Count; NHSRplotthedots 0.2.2.
pub fn xmr(values: &[Option<f64>], options: &Options) -> Result<Chart, SpcError> {
    validate(values, options)?;
    let mut options = options.clone();
    options.rebase.sort_by_key(|rebase| rebase.at);
    options.rebase.dedup_by_key(|rebase| rebase.at);
    let starts = || std::iter::once(0).chain(options.rebase.iter().map(|rebase| rebase.at).filter(|at| *at > 0));
    let ends = starts().skip(1).chain([values.len()]);
    let mut segments = Vec::with_capacity(options.rebase.len() + 1);
    let mut points = Vec::with_capacity(values.len());
    for (first, end) in starts().zip(ends) {
        let segment = Segment { first, ..measure(&values[first..end], &options) };
        rules::judge(&values[first..end], &segment, segments.len(), &options, &mut points);
        segments.push(segment);
    }
    Ok(Chart { options, segments, points, adjusted: None })
}

/// Draws a chart of each of many series that lie end to end in `values`; series `i` stops before `ends[i]`. Uses every core.
///
/// ```
/// use measures::spc::{Options, many};
/// let values = [Some(3.0), Some(4.0), Some(3.0), Some(70.0), Some(60.0)];
/// let charts = many(&values, &[3, 5], &Options::default());
/// assert_eq!(charts[1].as_ref().unwrap().segments[0].mean, Some(65.0));
/// ```
pub fn many(values: &[Option<f64>], ends: &[usize], options: &Options) -> Vec<Result<Chart, SpcError>> {
    let draw = |at: usize| {
        let first = if at == 0 { 0 } else { ends[at - 1] };
        xmr(values.get(first..ends[at]).ok_or(SpcError::Series(at))?, options)
    };
    (0..ends.len()).into_par_iter().map(draw).collect()
}

fn validate(values: &[Option<f64>], options: &Options) -> Result<(), SpcError> {
    if let Some(at) = values.iter().position(|v| v.is_some_and(|v| !v.is_finite())) {
        return Err(SpcError::NotFinite(at));
    }
    if options.targets.iter().map(|step| step.value).chain(options.target).any(|target| !target.is_finite()) {
        return Err(SpcError::TargetNotFinite);
    }
    if let Some(rebase) = options.rebase.iter().find(|rebase| rebase.at >= values.len()) {
        return Err(SpcError::RebaseOutside { at: rebase.at, points: values.len() });
    }
    match options.fix_after {
        Some(few) if few < FEWEST_FIXED => Err(SpcError::FixedOnTooFew(few)),
        _ => Ok(()),
    }
}

/// Mean and limits from the values of one segment.
fn measure(values: &[Option<f64>], options: &Options) -> Segment {
    let baseline = &values[..options.fix_after.unwrap_or(values.len()).min(values.len())];
    let ranges = || baseline.windows(2).filter_map(|pair| Some((pair[1]? - pair[0]?).abs()));
    let mean = average(baseline.iter().copied().flatten());
    let typical = average(ranges());
    let screen = options.screen_outliers.unwrap_or(options.rules == Rules::NhsrPlotTheDots);
    let range = match typical {
        // A series that never moves keeps its ranges of nought: its limits are its mean.
        Some(typical) if screen && typical > 0.0 => average(ranges().filter(|range| *range < SCREEN * typical)),
        _ => typical,
    };
    let limits = mean.zip(range).map(|(mean, range)| Limits::around(mean, LIMIT * range));
    Segment { first: 0, points: values.iter().flatten().count(), mean, limits }
}

/// The mean; `None` of nothing, and of numbers too large to add up.
fn average(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0u32, 0.0), |(count, sum), value| (count + 1, sum + value));
    let mean = sum / f64::from(count);
    mean.is_finite().then_some(mean)
}

/// Compares, taking what differs by a rounding as equal.
fn clearly(value: f64, with: f64) -> Ordering {
    if (value - with).abs() <= TOLERANCE * value.abs().max(with.abs()) {
        Ordering::Equal
    } else {
        value.total_cmp(&with)
    }
}

impl Chart {
    /// The segment that holds today.
    pub fn last_segment(&self) -> Option<&Segment> {
        self.segments.last()
    }

    /// What the newest point says. A missing newest value says nothing.
    pub fn variation(&self) -> Variation {
        self.points.last().map_or(Variation::CommonCause, |point| point.variation)
    }

    /// The target in force at the newest point.
    pub fn target(&self) -> Option<f64> {
        self.options.target_at(self.points.len().saturating_sub(1))
    }

    /// The newest target against the limits of the last segment; `None` for a measure without a target or a better
    /// direction.
    pub fn assurance(&self) -> Option<Assurance> {
        let (target, limits) = self.target().zip(self.last_segment()?.limits)?;
        let (above, below) = match self.options.better {
            Better::Higher => (Assurance::Fail, Assurance::Pass),
            Better::Lower => (Assurance::Pass, Assurance::Fail),
            Better::Neither => return None,
        };
        Some(if clearly(target, limits.upper).is_gt() {
            above
        } else if clearly(target, limits.lower).is_lt() {
            below
        } else {
            Assurance::Inconsistent
        })
    }

    /// The limits that a point was judged by: those of its segment or, on an adjusted chart, its own.
    pub fn limits_at(&self, point: usize) -> Option<Limits> {
        match &self.adjusted {
            Some(adjusted) => *adjusted.limits.get(point)?,
            None => self.segments[self.points.get(point)?.segment].limits,
        }
    }

    /// Whether there are enough points to show limits and icons: Making Data Count waits for 13.
    pub fn is_shown(&self) -> bool {
        match self.options.rules {
            Rules::MakingDataCount => self.count() >= FULL_LIMITS,
            Rules::NhsrPlotTheDots => true,
        }
    }

    /// How many points have a value.
    pub fn count(&self) -> usize {
        self.segments.iter().map(|segment| segment.points).sum()
    }
}

#[cfg(test)]
mod simulated;
#[cfg(test)]
pub(crate) mod tests;

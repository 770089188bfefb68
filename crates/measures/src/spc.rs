//! Is the change real? XmR charts: the usual range is mean ± 2.66 × mean moving range, and a signal is something that
//! ordinary variation would seldom do.
//!
//! Two rule sets, one switch. [`Rules::MakingDataCount`] is what NHS England's tools do now: no screening of moving ranges,
//! two-of-three counts every point beyond two sigma (since December 2023), and a point that is both improvement and concern
//! shows as improvement. [`Rules::NhsrPlotTheDots`] follows the R package `NHSRplotthedots` 0.2.2: moving ranges of 3.267 ×
//! their mean or more are left out once, two-of-three counts only the points between two and three sigma. The manual, with
//! the tables that run as tests, is in `spec/spc`.
//!
//! We differ from the package on purpose in two places: a series that never moves has limits equal to its mean (the
//! package has none), and a value within 1e-12 of the mean, relative, is on the mean (the package compares the last bit).
//!
//! XmR suits most measures. Rare events, small counts and shares of very many have charts of their own in [`counts`].
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

pub mod counts;
pub(crate) mod file;

pub use file::{Columns, FileError, FileOptions, FileReport, NamedChart, RowProblem, from_csv};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Waits, falls, deaths.
    Lower,
    /// Shares seen in time.
    Higher,
    /// Activity: neither more nor less is good in itself.
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

/// How to draw a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Whose rules.
    pub rules: Rules,
    /// Which way is better.
    pub better: Better,
    /// The target, in the unit of the values.
    pub target: Option<f64>,
    /// Positions (from 0) at which a new segment begins: the process was changed there, and everything starts again.
    pub rebase: Vec<usize>,
    /// Take mean and ranges from this many first points of each segment (12 or more).
    pub fix_after: Option<usize>,
    /// Leave extreme moving ranges out. `None` does as the rule set does.
    pub screen_outliers: Option<bool>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            rules: Rules::default(),
            better: Better::Neither,
            target: None,
            rebase: Vec::new(),
            fix_after: None,
            screen_outliers: None,
        }
    }
}

/// Options that make no chart.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SpcError {
    /// A value is infinite or not a number.
    #[error("point {} is not a finite number", .0 + 1)]
    NotFinite(usize),
    /// The target is infinite or not a number.
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
}

/// Mean and limits of a stretch between two rebases.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Position of its first point.
    pub first: usize,
    /// How many points have a value.
    pub points: usize,
    /// The mean; `None` without a value.
    pub mean: Option<f64>,
    /// The limits; `None` without two neighbouring values.
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

impl Segment {
    /// Whether its limits are trial limits, on fewer than 13 points.
    pub fn is_short(&self) -> bool {
        self.points < FULL_LIMITS
    }
}

/// One point of a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Its value; a missing one stays missing.
    pub value: Option<f64>,
    /// The segment it is in.
    pub segment: usize,
    /// Its side of the mean; `None` when on the mean or missing.
    pub side: Option<Side>,
    /// Strictly beyond two sigma.
    pub beyond_near: bool,
    /// Strictly beyond the limits.
    pub outside: bool,
    /// Every signal it is part of, the one that names it first.
    pub signals: Vec<Signal>,
    /// What it says.
    pub variation: Variation,
}

/// A measure over time, judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What it was drawn with.
    pub options: Options,
    /// One a rebase, and the first.
    pub segments: Vec<Segment>,
    /// One a value, in the order given.
    pub points: Vec<Point>,
}

/// Draws an XmR chart of values in the order of time.
///
/// A missing value has no moving range to its neighbours and breaks every run: nobody knows what it would have been.
///
/// # Errors
/// When a value or the target is not finite, a rebase lies beyond the values, or limits are fixed on fewer than 12 points.
///
/// Source: Making Data Count; NHSRplotthedots 0.2.2.
pub fn xmr(values: &[Option<f64>], options: &Options) -> Result<Chart, SpcError> {
    validate(values, options)?;
    let mut starts: Vec<usize> = options.rebase.clone();
    starts.push(0);
    starts.sort_unstable();
    starts.dedup();
    let mut segments = Vec::with_capacity(starts.len());
    let mut points = Vec::with_capacity(values.len());
    for (segment, &first) in starts.iter().enumerate() {
        let end = starts.get(segment + 1).copied().unwrap_or(values.len());
        let values = &values[first..end];
        let mut stretch = measure(values, options);
        judge(values, &stretch, segment, options, &mut points);
        stretch.first = first;
        segments.push(stretch);
    }
    Ok(Chart { options: options.clone(), segments, points })
}

fn validate(values: &[Option<f64>], options: &Options) -> Result<(), SpcError> {
    if let Some(at) = values.iter().position(|v| v.is_some_and(|v| !v.is_finite())) {
        return Err(SpcError::NotFinite(at));
    }
    if options.target.is_some_and(|target| !target.is_finite()) {
        return Err(SpcError::TargetNotFinite);
    }
    if let Some(&at) = options.rebase.iter().find(|&&at| at >= values.len()) {
        return Err(SpcError::RebaseOutside { at, points: values.len() });
    }
    match options.fix_after {
        Some(few) if few < FEWEST_FIXED => Err(SpcError::FixedOnTooFew(few)),
        _ => Ok(()),
    }
}

/// Mean and limits from the values of one segment.
fn measure(values: &[Option<f64>], options: &Options) -> Segment {
    let baseline = &values[..options.fix_after.unwrap_or(values.len()).min(values.len())];
    let present: Vec<f64> = baseline.iter().copied().flatten().collect();
    let mean = average(&present);
    let mut ranges: Vec<f64> = baseline.windows(2).filter_map(|pair| Some((pair[1]? - pair[0]?).abs())).collect();
    let screen = options.screen_outliers.unwrap_or(options.rules == Rules::NhsrPlotTheDots);
    if let (true, Some(typical)) = (screen, average(&ranges)) {
        // A series that never moves keeps its ranges of nought: its limits are its mean.
        ranges.retain(|range| typical == 0.0 || *range < SCREEN * typical);
    }
    let limits = mean.zip(average(&ranges)).map(|(mean, range)| Limits {
        lower: mean - LIMIT * range,
        near_lower: mean - 2.0 * LIMIT / 3.0 * range,
        near_upper: mean + 2.0 * LIMIT / 3.0 * range,
        upper: mean + LIMIT * range,
    });
    Segment { first: 0, points: values.iter().flatten().count(), mean, limits }
}

fn average(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Judges the values of one segment against its limits and adds their points.
fn judge(values: &[Option<f64>], segment: &Segment, number: usize, options: &Options, points: &mut Vec<Point>) {
    let start = points.len();
    points.extend(values.iter().map(|&value| {
        let beyond = |low: f64, high: f64| value.is_some_and(|v| clearly(v, low).is_lt() || clearly(v, high).is_gt());
        Point {
            value,
            segment: number,
            side: value.zip(segment.mean).and_then(|(value, mean)| match clearly(value, mean) {
                Ordering::Greater => Some(Side::Above),
                Ordering::Less => Some(Side::Below),
                Ordering::Equal => None,
            }),
            beyond_near: segment.limits.is_some_and(|l| beyond(l.near_lower, l.near_upper)),
            outside: segment.limits.is_some_and(|l| beyond(l.lower, l.upper)),
            signals: Vec::new(),
            variation: Variation::CommonCause,
        }
    }));
    let points = &mut points[start..];
    signal_outside(points);
    signal_trends(points);
    signal_two_of_three(points, options.rules);
    signal_shifts(points);
    for point in points {
        // The sort is stable: of two trends through one point the later, put first, stays first.
        point.signals.sort_by_key(|signal| {
            let worse = signal.variation(options.better).is_concern();
            let improvement_first = options.rules == Rules::MakingDataCount;
            (improvement_first && worse, signal.rule)
        });
        if let Some(signal) = point.signals.first() {
            point.variation = signal.variation(options.better);
        }
    }
}

/// Compares, taking what differs by a rounding as equal.
fn clearly(value: f64, with: f64) -> Ordering {
    if (value - with).abs() <= TOLERANCE * value.abs().max(with.abs()) {
        Ordering::Equal
    } else {
        value.total_cmp(&with)
    }
}

fn signal_outside(points: &mut [Point]) {
    for point in points {
        if let (true, Some(side)) = (point.outside, point.side) {
            point.add(Rule::Outside, side);
        }
    }
}

fn signal_trends(points: &mut [Point]) {
    for end in RUN..=points.len() {
        let window = &points[end - RUN..end];
        let each = |wanted: Ordering| {
            window.windows(2).all(|pair| pair[1].value.zip(pair[0].value).map(|(b, a)| b.total_cmp(&a)) == Some(wanted))
        };
        let side = if each(Ordering::Greater) {
            Side::Above
        } else if each(Ordering::Less) {
            Side::Below
        } else {
            continue;
        };
        for point in &mut points[end - RUN..end] {
            point.signals.retain(|signal| *signal != Signal { rule: Rule::Trend, side });
            point.signals.insert(0, Signal { rule: Rule::Trend, side });
        }
    }
}

fn signal_two_of_three(points: &mut [Point], rules: Rules) {
    let far = |point: &Point| match rules {
        Rules::MakingDataCount => point.beyond_near,
        Rules::NhsrPlotTheDots => point.beyond_near && !point.outside,
    };
    for end in 3..=points.len() {
        let window = &mut points[end - 3..end];
        let Some(side) = same_side(window) else {
            continue;
        };
        if window.iter().filter(|point| far(point)).count() >= 2 {
            for point in window.iter_mut().filter(|point| far(point)) {
                point.add(Rule::TwoOfThree, side);
            }
        }
    }
}

fn signal_shifts(points: &mut [Point]) {
    for end in RUN..=points.len() {
        let window = &mut points[end - RUN..end];
        if let Some(side) = same_side(window) {
            for point in window {
                point.add(Rule::Shift, side);
            }
        }
    }
}

/// The side of the mean that all are on.
fn same_side(points: &[Point]) -> Option<Side> {
    let side = points.first()?.side?;
    points.iter().all(|point| point.side == Some(side)).then_some(side)
}

impl Point {
    /// The signal that names this point.
    pub fn signal(&self) -> Option<Signal> {
        self.signals.first().copied()
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

    fn add(&mut self, rule: Rule, side: Side) {
        let signal = Signal { rule, side };
        if !self.signals.contains(&signal) {
            self.signals.push(signal);
        }
    }
}

impl Signal {
    /// What this signal means when `better` is better.
    pub fn variation(self, better: Better) -> Variation {
        match (better, self.side) {
            (Better::Neither, side) => Variation::Neutral(side),
            (Better::Higher, Side::Above) | (Better::Lower, Side::Below) => Variation::Improvement(self.side),
            (Better::Higher, Side::Below) | (Better::Lower, Side::Above) => Variation::Concern(self.side),
        }
    }

    /// The label that `NHSRplotthedots` gives it.
    pub fn label(self) -> &'static str {
        match (self.rule, self.side) {
            (Rule::Outside, Side::Above) => "Above UCL",
            (Rule::Outside, Side::Below) => "Below LCL",
            (Rule::Trend, Side::Above) => "7 Point Trend (Increasing)",
            (Rule::Trend, Side::Below) => "7 Point Trend (Decreasing)",
            (Rule::TwoOfThree, Side::Above) => "2 in 3 Above CL",
            (Rule::TwoOfThree, Side::Below) => "2 in 3 Below CL",
            (Rule::Shift, Side::Above) => "7 Points Above CL",
            (Rule::Shift, Side::Below) => "7 Points Below CL",
        }
    }

    /// The same in plain words.
    pub fn words(self) -> &'static str {
        match (self.rule, self.side) {
            (Rule::Outside, Side::Above) => "above the usual range",
            (Rule::Outside, Side::Below) => "below the usual range",
            (Rule::Trend, Side::Above) => "rising",
            (Rule::Trend, Side::Below) => "falling",
            (Rule::TwoOfThree, Side::Above) => "near the top of the usual range",
            (Rule::TwoOfThree, Side::Below) => "near the bottom of the usual range",
            (Rule::Shift, Side::Above) => "higher than usual",
            (Rule::Shift, Side::Below) => "lower than usual",
        }
    }
}

impl Variation {
    /// Whether it is a signal of concern.
    pub fn is_concern(self) -> bool {
        matches!(self, Variation::Concern(_))
    }

    /// Whether there is a signal.
    pub fn is_signal(self) -> bool {
        self != Variation::CommonCause
    }

    /// The icon's name: `concern_high`, `improvement_low`, `neutral_high`, `common_cause` and so on.
    pub fn name(self) -> &'static str {
        match self {
            Variation::CommonCause => "common_cause",
            Variation::Improvement(Side::Above) => "improvement_high",
            Variation::Improvement(Side::Below) => "improvement_low",
            Variation::Concern(Side::Above) => "concern_high",
            Variation::Concern(Side::Below) => "concern_low",
            Variation::Neutral(Side::Above) => "neutral_high",
            Variation::Neutral(Side::Below) => "neutral_low",
        }
    }

    /// The name `NHSRplotthedots` gives a point of this kind.
    pub fn point_type(self) -> &'static str {
        match self {
            Variation::CommonCause => "common_cause",
            Variation::Improvement(_) => "special_cause_improvement",
            Variation::Concern(_) => "special_cause_concern",
            Variation::Neutral(Side::Above) => "special_cause_neutral_high",
            Variation::Neutral(Side::Below) => "special_cause_neutral_low",
        }
    }
}

impl Assurance {
    /// The icon's name: `pass`, `fail` or `inconsistent`.
    pub fn name(self) -> &'static str {
        match self {
            Assurance::Pass => "pass",
            Assurance::Fail => "fail",
            Assurance::Inconsistent => "inconsistent",
        }
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

    /// The target against the limits of the last segment; `None` for a measure without a target or a better direction.
    pub fn assurance(&self) -> Option<Assurance> {
        let (target, limits) = self.options.target.zip(self.last_segment()?.limits)?;
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

    /// Whether there are enough points to show limits and icons: Making Data Count waits for 13.
    pub fn is_shown(&self) -> bool {
        match self.options.rules {
            Rules::MakingDataCount => self.count() >= FULL_LIMITS,
            Rules::NhsrPlotTheDots => true,
        }
    }

    /// What to know before trusting the limits, in sentences.
    pub fn warnings(&self) -> Vec<String> {
        let several = self.segments.len() > 1;
        self.segments
            .iter()
            .enumerate()
            .filter(|(_, segment)| segment.is_short())
            .map(|(number, segment)| {
                let whose = if several { format!("segment {}: ", number + 1) } else { String::new() };
                format!("{whose}{} points make trial limits only; {FULL_LIMITS} make full ones", segment.points)
            })
            .collect()
    }

    /// The chart in one plain sentence: what the newest points say, then whether the target can be met.
    ///
    /// `each` is one period (`week`), `unit` that of the values (`minutes`, `%`).
    ///
    /// ```
    /// use measures::spc::{Better, Options, xmr};
    /// let flat = [30.0, 31.0, 29.0].repeat(5).into_iter().map(Some).collect::<Vec<_>>();
    /// let options = Options { better: Better::Lower, target: Some(15.0), ..Options::default() };
    /// assert_eq!(xmr(&flat, &options)?.sentence("week", "minutes"), "No change; will miss 15 minutes");
    /// # Ok::<(), measures::spc::SpcError>(())
    /// ```
    pub fn sentence(&self, each: &str, unit: &str) -> String {
        if !self.is_shown() {
            return format!("Too few points to tell: {} of {FULL_LIMITS}", self.count());
        }
        let change = self.change(each);
        let Some((assurance, target)) = self.assurance().zip(self.options.target) else {
            return change;
        };
        let target = with_unit(target, unit);
        match assurance {
            Assurance::Pass => format!("{change}; will meet {target}"),
            Assurance::Fail => format!("{change}; will miss {target}"),
            Assurance::Inconsistent => format!("{change}; hit and miss on {target}"),
        }
    }

    fn count(&self) -> usize {
        self.segments.iter().map(|segment| segment.points).sum()
    }

    fn change(&self, each: &str) -> String {
        let Some(last) = self.points.last() else {
            return "No values".to_owned();
        };
        if last.value.is_none() {
            return format!("The newest {each} is missing");
        }
        let Some(signal) = last.signal() else {
            return self.change_since_rebase().unwrap_or("No change").to_owned();
        };
        let periods = self
            .points
            .iter()
            .rev()
            .take_while(|point| match signal.rule {
                Rule::Shift => point.segment == last.segment && point.side == Some(signal.side),
                _ => point.segment == last.segment && point.signals.contains(&signal),
            })
            .count();
        if signal.rule == Rule::Shift && matches!(last.variation, Variation::Improvement(_)) {
            return "Improved and holding".to_owned();
        }
        let mut words = signal.words().to_owned();
        words[..1].make_ascii_uppercase();
        if periods > 1 && signal.rule != Rule::TwoOfThree {
            words.push_str(&format!(" for {periods} {each}s"));
        }
        words
    }

    /// A quiet chart that was rebased: does the new segment stand clear of the old limits?
    fn change_since_rebase(&self) -> Option<&'static str> {
        let [.., before, after] = self.segments.as_slice() else {
            return None;
        };
        let values: Vec<Option<f64>> = self.points[after.first..].iter().map(|p| p.value).collect();
        let mut points = Vec::new();
        judge(&values, before, 0, &self.options, &mut points);
        match points.last()?.signals.iter().find(|signal| signal.rule != Rule::Trend)?.variation(self.options.better) {
            Variation::Improvement(_) => Some("Improved and holding"),
            Variation::Concern(_) => Some("Worse, and staying so"),
            Variation::Neutral(Side::Above) => Some("Higher, and staying so"),
            Variation::Neutral(Side::Below) => Some("Lower, and staying so"),
            Variation::CommonCause => None,
        }
    }

    /// How strongly each value follows the one before it: lag-1 autocorrelation about the mean of its segment.
    /// Between −1 and 1; nought for fewer than three values or a series that never moves.
    pub fn autocorrelation(&self) -> f64 {
        let off: Vec<Option<(usize, f64)>> = self
            .points
            .iter()
            .map(|point| Some((point.segment, point.value? - self.segments[point.segment].mean?)))
            .collect();
        let squares: f64 = off.iter().flatten().map(|(_, d)| d * d).sum();
        if self.count() < 3 || squares <= 0.0 {
            return 0.0;
        }
        let products: f64 = off
            .windows(2)
            .filter_map(|pair| pair[0].zip(pair[1]))
            .filter(|((a, _), (b, _))| a == b)
            .map(|((_, a), (_, b))| a * b)
            .sum();
        products / squares
    }
}

/// A number with its unit, as written in a sentence: `15 minutes`, `78%`, `1,240 hours`.
pub fn with_unit(value: f64, unit: &str) -> String {
    let text = plain_number(value);
    match unit {
        "" => text,
        "%" => format!("{text}%"),
        _ => format!("{text} {unit}"),
    }
}

/// A number with at most three significant decimals and commas between thousands.
fn plain_number(value: f64) -> String {
    let decimals = match value.abs() {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let (sign, digits) = match whole.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", whole),
    };
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let fraction = fraction.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{dot}{fraction}")
}

/// How often the newest point of a chart is a signal though nothing has changed (a share, 0 to 1).
///
/// From 2,500 simulated series a cell under Making Data Count rules, at 24 and 52 points and autocorrelation 0, 0.3 and
/// 0.6; between them by straight lines, beyond them by the nearest.
///
/// ```
/// assert_eq!(measures::spc::false_signal_rate(24, 0.0), 0.016);
/// assert!(measures::spc::false_signal_rate(52, 0.6) > 0.2);
/// ```
pub fn false_signal_rate(points: usize, autocorrelation: f64) -> f64 {
    const RATES: [(f64, f64); 3] = [(0.016, 0.019), (0.053, 0.066), (0.18, 0.22)];
    if points < FULL_LIMITS {
        return 0.0; // no icon is shown
    }
    let long = ((points as f64 - 24.0) / 28.0).clamp(0.0, 1.0);
    let at = |cell: usize| RATES[cell].0 + (RATES[cell].1 - RATES[cell].0) * long;
    let along = (autocorrelation / 0.3).clamp(0.0, 2.0);
    let (cell, part) = if along < 1.0 { (0, along) } else { (1, along - 1.0) };
    at(cell) + (at(cell + 1) - at(cell)) * part
}

/// How many of these charts would show a signal at their newest point if nothing had changed: print it beside the count of
/// those that do. A chart that has really changed looks autocorrelated too, so this errs on the high side.
pub fn expected_false_signals<'a>(charts: impl IntoIterator<Item = &'a Chart>) -> f64 {
    charts.into_iter().map(|chart| false_signal_rate(chart.count(), chart.autocorrelation())).sum()
}

/// Adjusts p-values of tests made together for the share of false discoveries; in the order given.
///
/// Source: Benjamini and Hochberg 1995.
///
/// ```
/// let adjusted = measures::spc::benjamini_hochberg(&[0.01, 0.04, 0.03]);
/// assert!((adjusted[0] - 0.03).abs() < 1e-12 && (adjusted[1] - 0.04).abs() < 1e-12);
/// ```
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[b].total_cmp(&p[a]));
    let mut adjusted = vec![0.0; p.len()];
    let mut least = 1.0f64;
    for (larger, &at) in order.iter().enumerate() {
        least = least.min(p[at] * p.len() as f64 / (p.len() - larger) as f64);
        adjusted[at] = least;
    }
    adjusted
}

#[cfg(test)]
pub(crate) mod tests;

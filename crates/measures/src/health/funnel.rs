//! Who is out of the ordinary? Funnel plots: small organisations vary more by chance, so the limits narrow with size.
//!
//! Two kinds. The Fingertips funnel allows for chance alone: [`share_significance`] and [`rate_significance`] ask whether the
//! average lies within the limits of each organisation, and [`control_events`] draws the line. When organisations differ by
//! more than chance and case-mix adjustment can explain, that funnel flags most of them; [`overdispersed`] measures how much
//! all of them vary and widens the limits by it (Spiegelhalter, *Quality and Safety in Health Care* 2005; 14: 347–351).
//!
//! Two faults of the R package `FunnelPlotR` 0.6.0 are not repeated: limits on the square-root scale are squared back, and
//! the limits of a ratio of counts use the standard error that its z-scores use.

use super::{Confidence, HealthError, Limits, checked, count, people, rates, special};
use crate::groups::{quantile, share_limits};

/// Where an organisation lies against the funnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Significance {
    /// Below the 99.8% limits.
    Low3,
    /// Below the 95% limits.
    Low2,
    /// Within.
    Usual,
    /// Above the 95% limits.
    High2,
    /// Above the 99.8% limits.
    High3,
}

impl Significance {
    /// The chance of being so far out, at that end: as the R package writes it.
    pub fn label(self) -> &'static str {
        match self {
            Significance::Low3 => "Low (0.001)",
            Significance::Low2 => "Low (0.025)",
            Significance::Usual => "Not significant",
            Significance::High2 => "High (0.025)",
            Significance::High3 => "High (0.001)",
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Significance::Low3 => "low, by more than 99.8% limits",
            Significance::Low2 => "low, by more than 95% limits",
            Significance::Usual => "as expected",
            Significance::High2 => "high, by more than 95% limits",
            Significance::High3 => "high, by more than 99.8% limits",
        }
    }

    fn of(outside: impl Fn(Confidence) -> (bool, bool)) -> Significance {
        match (outside(Confidence::P998), outside(Confidence::P95)) {
            ((true, _), _) => Significance::Low3,
            (_, (true, _)) => Significance::Low2,
            ((_, true), _) => Significance::High3,
            (_, (_, true)) => Significance::High2,
            _ => Significance::Usual,
        }
    }
}

/// Whether `count` of `all` is out of the ordinary when the share of everyone together is `average`.
///
/// # Errors
/// When `count` is negative or more than `all`, or `all` is not above 0.
pub fn share_significance(count: f64, all: f64, average: f64) -> Result<Significance, HealthError> {
    let share = rates::share(count, all)?.value();
    Ok(Significance::of(|level| {
        let (low, high) = share_limits(average, all, level.z());
        (share < low, share > high)
    }))
}

/// Whether `events` are out of the ordinary when `expected` would be usual: the expected number of a ratio, or the average
/// rate times the people of a rate.
///
/// # Errors
/// When `events` is negative or `expected` not above 0.
pub fn rate_significance(events: f64, expected: f64) -> Result<Significance, HealthError> {
    count(1, "the count", events)?;
    people(1, "the expected number", expected)?;
    Ok(Significance::of(|level| {
        let [lower, upper] = rates::poisson(events, level);
        (upper < expected, lower > expected)
    }))
}

/// The fewest and the most events that [`rate_significance`] calls usual when so many are `expected`: the line of the funnel at
/// that size, so that what lies outside it is what is called significant.
///
/// ```
/// use measures::health::{Confidence, usual_events};
/// assert_eq!(usual_events(100.0, Confidence::P95), [81.0, 120.0]);
/// ```
pub fn usual_events(expected: f64, confidence: Confidence) -> Limits {
    let first = |holds: &dyn Fn(Limits) -> bool| {
        let (mut low, mut high) = (0_u64, 16 + (4.0 * expected) as u64);
        while low < high {
            let middle = low.midpoint(high);
            if holds(rates::poisson(middle as f64, confidence)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low as f64
    };
    [first(&|[_, upper]| upper >= expected), first(&|[lower, _]| lower > expected) - 1.0]
}

/// The expected events at which so many `events` lie on the line of the funnel: the fewest and the most that would still call
/// them usual. By bisection, to the step at which the published workbook stops (2⁻²⁴), so that its lines are these to the last
/// digit.
pub fn control_events(events: f64, confidence: Confidence) -> Limits {
    if events > 1e9 {
        return rates::poisson(events, confidence);
    }
    let solve = |is_too_many: &dyn Fn(f64) -> bool| {
        let (mut at, mut step) = (0.5, 0.5);
        let mean = |at: f64| (1.0 + events) * at / (1.0 - at);
        while step > 1e-7 {
            step /= 2.0;
            at += if is_too_many(mean(at)) { -step } else { step };
        }
        mean(at)
    };
    let tail = confidence.tail();
    let fewest = solve(&|mean| poisson_chance(mean, |k| k >= events) > tail);
    let most = solve(&|mean| poisson_chance(mean, |k| k <= events) < tail);
    [if events > 0.0 { fewest } else { 0.0 }, most]
}

/// The chance of the counts that `holds` chooses, when `mean` are expected; terms below 10⁻¹⁰ of all before them are left out,
/// and those more than twelve standard deviations below the mean.
fn poisson_chance(mean: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let first = (mean - 12.0 * mean.sqrt()).floor().max(0.0);
    let (mut k, mut term, mut all, mut chosen) = (first, 1.0, 0.0, 0.0);
    while k <= mean || term > all * 1e-10 {
        all += term;
        if holds(k) {
            chosen += term;
        }
        if all > 1e30 {
            [term, all, chosen] = [term, all, chosen].map(|sum| sum / 1e30);
        }
        k += 1.0;
        term *= mean / k;
    }
    chosen / all
}

/// What the numbers of a funnel are, and so the scale on which they vary evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Overdispersion {
    /// Observed over expected, by logarithms, the outer tenths left out: NHS England's mortality indicator (SHMI).
    LogRatio,
    /// Observed over expected, by square roots, the outer tenths drawn in: the Care Quality Commission's.
    RootRatio,
    /// A share, by the arcsine of its square root.
    Share,
    /// One count over another, by logarithms.
    CountRatio,
}

/// Organisations against each other, allowing for how much all of them vary.
#[derive(Debug, Clone, PartialEq)]
pub struct Overdispersed {
    /// The value of each: numerator over denominator.
    pub values: Vec<f64>,
    /// Standard errors from the centre, each by its own.
    pub z: Vec<f64>,
    /// The same after trimming; `None` where left out.
    pub trimmed: Vec<Option<f64>>,
    /// Which of them trimming changed, those on its edge included.
    pub is_trimmed: Vec<bool>,
    /// The variance of z: 1 when there is nothing but chance.
    pub phi: f64,
    /// The variance between organisations, on the scale.
    pub tau2: f64,
    /// The value in the middle of the funnel.
    pub centre: f64,
    kind: Overdispersion,
    points: Vec<(f64, f64)>,
    errors: Vec<f64>,
}

/// Measures how much organisations, `(numerator, denominator)` each, vary by more than chance; `trim` of them at each end,
/// usually a tenth, have no say in it.
///
/// # Errors
/// No rows; a negative numerator; a denominator that is not above 0; a share above 1; `trim` not from 0 to below a half.
pub fn overdispersed(points: &[(f64, f64)], kind: Overdispersion, trim: f64) -> Result<Overdispersed, HealthError> {
    if points.is_empty() {
        return Err(HealthError::Empty);
    }
    checked(1, "the trim", trim, "from 0 to below 0.5", (0.0..0.5).contains(&trim))?;
    for (row, &(top, bottom)) in (1..).zip(points) {
        count(row, "the numerator", top)?;
        people(row, "the denominator", bottom)?;
        if kind == Overdispersion::Share {
            checked(row, "the numerator", top, "at most the denominator", top <= bottom)?;
        }
    }
    let (tops, bottoms) =
        points.iter().fold((0.0, 0.0), |(tops, bottoms), (top, bottom)| (tops + top, bottoms + bottom));
    let centre = match kind {
        Overdispersion::LogRatio | Overdispersion::RootRatio => 1.0,
        Overdispersion::Share | Overdispersion::CountRatio => people(1, "the sum of the numerators", tops)? / bottoms,
    };
    let errors: Vec<f64> = points.iter().map(|&point| kind.error(point)).collect();
    let middle = kind.to(centre);
    let z: Vec<f64> = points.iter().zip(&errors).map(|(&point, error)| (kind.scaled(point) - middle) / error).collect();
    let (trimmed, is_trimmed) =
        if kind == Overdispersion::LogRatio { truncated(&z, trim) } else { winsorised(&z, trim) };
    let kept: Vec<f64> = trimmed.iter().flatten().copied().collect();
    let n = kept.len() as f64;
    let phi = kept.iter().map(|z| z * z).sum::<f64>() / n;
    checked(1, "the variance of the z-scores", phi, "a number; a count of 0 has no logarithm", true)?;
    let weights = || trimmed.iter().zip(&errors).filter(|(z, _)| z.is_some()).map(|(_, error)| error.powi(-2));
    let (sum, squares) = weights().fold((0.0, 0.0), |(sum, squares), weight| (sum + weight, squares + weight * weight));
    let tau2 = if n < 2.0 { 0.0 } else { ((n * phi - (n - 1.0)) / (sum - squares / sum)).max(0.0) };
    let values = points.iter().map(|(top, bottom)| top / bottom).collect();
    Ok(Overdispersed { values, z, trimmed, is_trimmed, phi, tau2, centre, kind, points: points.to_vec(), errors })
}

impl Overdispersed {
    /// The limits of each organisation, `deviations` standard deviations wide: with the variance between organisations when
    /// `adjusted`, else by chance alone (for observed over expected: exact Poisson, whose chance is `confidence`'s).
    pub fn limits(&self, confidence: Confidence, adjusted: bool) -> Vec<Limits> {
        let exact = matches!(self.kind, Overdispersion::LogRatio | Overdispersion::RootRatio) && !adjusted;
        let tau2 = if adjusted { self.tau2 } else { 0.0 };
        let z = deviations(confidence);
        let limit = |(&(_, bottom), error): (&(f64, f64), &f64)| {
            if exact {
                let [tail, rest] = [confidence.tail(), 1.0 - confidence.tail()];
                let ends = [special::chi_squared(tail, 2.0 * bottom), special::chi_squared(rest, 2.0 * (bottom + 1.0))];
                ends.map(|end| end / 2.0 / bottom)
            } else {
                let width = z * (error * error + tau2).sqrt();
                [-width, width].map(|width| self.kind.back(self.kind.to(self.centre) + width))
            }
        };
        self.points.iter().zip(&self.errors).map(limit).collect()
    }

    /// Where each organisation lies against its limits.
    pub fn significance(&self, adjusted: bool) -> Vec<Significance> {
        let (three, two) = (self.limits(Confidence::P998, adjusted), self.limits(Confidence::P95, adjusted));
        (0..self.values.len())
            .map(|i| {
                Significance::of(|level| {
                    let [lower, upper] = if level == Confidence::P998 { three[i] } else { two[i] };
                    (self.values[i] < lower, self.values[i] > upper)
                })
            })
            .collect()
    }
}

/// Standard deviations to six places, as the published methods print them, so that limits agree to the last digit.
fn deviations(confidence: Confidence) -> f64 {
    (confidence.z() * 1e6).round() / 1e6
}

impl Overdispersion {
    /// A value on the scale.
    fn to(self, value: f64) -> f64 {
        match self {
            Overdispersion::LogRatio | Overdispersion::CountRatio => value.ln(),
            Overdispersion::RootRatio => value.sqrt(),
            Overdispersion::Share => value.sqrt().asin(),
        }
    }

    /// From the scale back to a value; what is off the end of the scale is at its end.
    fn back(self, scaled: f64) -> f64 {
        match self {
            Overdispersion::LogRatio | Overdispersion::CountRatio => scaled.exp(),
            Overdispersion::RootRatio => scaled.max(0.0).powi(2),
            Overdispersion::Share => scaled.clamp(0.0, std::f64::consts::FRAC_PI_2).sin().powi(2),
        }
    }

    /// One organisation on the scale.
    fn scaled(self, (top, bottom): (f64, f64)) -> f64 {
        match self {
            Overdispersion::CountRatio => ((top + 0.5) / (bottom + 0.5)).ln(),
            _ => self.to(top / bottom),
        }
    }

    /// Its standard error there.
    fn error(self, (top, bottom): (f64, f64)) -> f64 {
        match self {
            Overdispersion::LogRatio => 1.0 / bottom.sqrt(),
            Overdispersion::RootRatio | Overdispersion::Share => 0.5 / bottom.sqrt(),
            Overdispersion::CountRatio => (top / (top + 0.5).powi(2) + bottom / (bottom + 0.5).powi(2)).sqrt(),
        }
    }
}

type Trimmed = (Vec<Option<f64>>, Vec<bool>);

/// Values beyond the quantiles of `trim` and 1 − `trim` are drawn in to them.
fn winsorised(z: &[f64], trim: f64) -> Trimmed {
    let mut sorted = z.to_vec();
    sorted.sort_by(f64::total_cmp);
    let [low, high] = [trim, 1.0 - trim].map(|q| quantile(&sorted, q).unwrap_or(f64::NAN));
    (z.iter().map(|z| Some(z.clamp(low, high))).collect(), z.iter().map(|z| !(*z > low && *z < high)).collect())
}

/// The first and the last of 1 / `trim` equal groups by rank are left out; ties share their middle rank.
fn truncated(z: &[f64], trim: f64) -> Trimmed {
    let groups = 1.0 / trim;
    let out = |z_here: &f64| {
        let below = z.iter().filter(|other| *other < z_here).count() as f64;
        let equal = z.iter().filter(|other| *other == z_here).count() as f64;
        let group = ((below + (equal + 1.0) / 2.0) * groups / (z.len() as f64 + 1.0)).floor();
        trim > 0.0 && !(group > 0.0 && group < groups - 1.0)
    };
    let is_out: Vec<bool> = z.iter().map(out).collect();
    (z.iter().zip(&is_out).map(|(z, out)| (!out).then_some(*z)).collect(), is_out)
}

//! Charts for counts, shares and rare events, where XmR is the wrong tool: its limits on a mean of two a week go below
//! nought and it calls a quiet year changed six times in ten.
//!
//! Follows `qicharts2` 0.8: limits at three sigma, cut at what is possible; no rules but "outside" and the two of Anhøj for
//! runs, which hold for every chart.
//!
//! ```
//! use measures::spc::counts::{Family, draw};
//! let falls = [5.0, 4.0, 1.0, 6.0, 1.0, 5.0, 2.0, 5.0, 6.0, 5.0, 2.0, 20.0];
//! let chart = draw(Family::Counts, &falls, &[], None)?;
//! assert_eq!(chart.outside().collect::<Vec<_>>(), [11]);
//! # Ok::<(), measures::spc::counts::CountsError>(())
//! ```

use super::{LIMIT, SCREEN};
use thiserror::Error;

/// Moving range to sigma, for two values.
const D2: f64 = 1.128;
/// Times between rare events become normal as this power.
const RARE: f64 = 1.0 / 3.6;

/// What the values are, which decides the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Cases of `n` people (P chart).
    Share,
    /// The same with big denominators, where plain limits are far too narrow (Laney's P′).
    BigShare,
    /// Events for `n` units of exposure (U chart).
    Rate,
    /// The same with big denominators (Laney's U′).
    BigRate,
    /// Events, with the same exposure each period (C chart).
    Counts,
    /// Cases between rare events (G chart).
    CasesBetween,
    /// Time between rare events (T chart).
    TimeBetween,
    /// Single values (I chart, with screened moving ranges).
    Single,
    /// Distance from one value to the next.
    MovingRange,
    /// No limits, only the median and its runs.
    Run,
}

/// Values that make no such chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CountsError {
    /// Nothing to draw, or less than the frozen baseline.
    #[error("there are too few values")]
    TooFew,
    /// A share or rate needs a denominator for each value.
    #[error("a share or rate needs a denominator for each value")]
    NoDenominators,
    /// A value or denominator that cannot be: negative, not finite, or nobody.
    #[error("value {} cannot be", .0 + 1)]
    Impossible(usize),
}

/// A chart of counts: one centre and one pair of limits a point, since denominators differ.
#[derive(Debug, Clone, PartialEq)]
pub struct CountsChart {
    /// What is drawn; the first moving range is missing.
    pub values: Vec<Option<f64>>,
    /// The centre line.
    pub centre: f64,
    /// Lower and upper limit of each point; none on a run chart.
    pub limits: Vec<Option<(f64, f64)>>,
    /// Runs about the centre line.
    pub runs: Runs,
}

/// Anhøj's two rules: a run too long, or too few crossings of the centre line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Runs {
    /// Values not on the centre line.
    pub useful: usize,
    /// The longest run on one side.
    pub longest: usize,
    /// The longest that chance allows.
    pub longest_most: usize,
    /// Times the line is crossed.
    pub crossings: usize,
    /// The fewest that chance allows.
    pub crossings_least: usize,
}

impl Runs {
    /// Whether either rule finds a change.
    pub fn is_signal(&self) -> bool {
        self.longest > self.longest_most || self.crossings < self.crossings_least
    }
}

impl CountsChart {
    /// Positions of the points strictly outside their limits.
    pub fn outside(&self) -> impl Iterator<Item = usize> {
        let out = |(value, limits): (&Option<f64>, &Option<(f64, f64)>)| {
            value.zip(*limits).is_some_and(|(value, (lower, upper))| value < lower || value > upper)
        };
        self.values.iter().zip(&self.limits).enumerate().filter(move |(_, point)| out(*point)).map(|(at, _)| at)
    }
}

/// Draws a chart of `values`, with a denominator each for shares and rates (else empty). `frozen` takes centre and limits
/// from that many first values.
///
/// # Errors
/// When there are too few values, no denominators, or a value that cannot be.
///
/// Source: qicharts2 0.8.1.
pub fn draw(
    family: Family,
    values: &[f64],
    denominators: &[f64],
    frozen: Option<usize>,
) -> Result<CountsChart, CountsError> {
    let ratio = matches!(family, Family::Share | Family::BigShare | Family::Rate | Family::BigRate);
    if ratio && denominators.len() != values.len() {
        return Err(CountsError::NoDenominators);
    }
    let signed = matches!(family, Family::Single | Family::MovingRange | Family::Run);
    let possible = |at: usize| {
        let n = if ratio { denominators[at] } else { 1.0 };
        values[at].is_finite() && (signed || values[at] >= 0.0) && n.is_finite() && n > 0.0
    };
    if let Some(at) = (0..values.len()).find(|&at| !possible(at)) {
        return Err(CountsError::Impossible(at));
    }
    let base = frozen.unwrap_or(values.len());
    if base < 2 || base > values.len() {
        return Err(CountsError::TooFew);
    }
    let drawn: Vec<f64> = match family {
        _ if ratio => values.iter().zip(denominators).map(|(y, n)| y / n).collect(),
        Family::MovingRange => values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect(),
        _ => values.to_vec(),
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let sigmas =
        |centre: f64, sigma: f64, most: f64| ((centre - 3.0 * sigma).max(0.0), (centre + 3.0 * sigma).min(most));
    let mut centre = mean(&drawn[..base.min(drawn.len())]);
    let limits: Vec<Option<(f64, f64)>> = match family {
        Family::Share | Family::BigShare | Family::Rate | Family::BigRate => {
            centre = values[..base].iter().sum::<f64>() / denominators[..base].iter().sum::<f64>();
            let share = matches!(family, Family::Share | Family::BigShare);
            let spread = if share { centre * (1.0 - centre) } else { centre };
            let sigma: Vec<f64> = denominators.iter().map(|n| (spread / n).sqrt()).collect();
            let wider = match family {
                Family::BigShare | Family::BigRate => {
                    let z: Vec<f64> = drawn.iter().zip(&sigma).map(|(y, s)| (y - centre) / s).collect();
                    mean(&ranges(&z[..base])) / D2
                }
                _ => 1.0,
            };
            let most = if share { 1.0 } else { f64::INFINITY };
            sigma.iter().map(|sigma| Some(sigmas(centre, sigma * wider, most))).collect()
        }
        Family::Counts => vec![Some(sigmas(centre, centre.sqrt(), f64::INFINITY)); values.len()],
        Family::CasesBetween => {
            let limits = sigmas(centre, (centre * (centre + 1.0)).sqrt(), f64::INFINITY);
            centre = median(&drawn[..base]);
            vec![Some(limits); values.len()]
        }
        Family::TimeBetween => {
            let normal: Vec<f64> = values.iter().map(|y| y.powf(RARE)).collect();
            let (middle, (lower, upper)) = single(&normal[..base]);
            centre = middle.powf(1.0 / RARE);
            vec![Some((lower.max(0.0).powf(1.0 / RARE), upper.powf(1.0 / RARE))); values.len()]
        }
        Family::Single => vec![Some(single(&values[..base]).1); values.len()],
        Family::MovingRange => {
            centre = mean(&drawn[..base - 1]);
            vec![Some((0.0, SCREEN * centre)); values.len()]
        }
        Family::Run => {
            centre = median(&drawn[..base]);
            vec![None; values.len()]
        }
    };
    let runs = runs(&drawn, centre);
    let missing = values.len() - drawn.len();
    let values = std::iter::repeat_n(None, missing).chain(drawn.into_iter().map(Some)).collect();
    Ok(CountsChart { values, centre, limits, runs })
}

fn ranges(values: &[f64]) -> Vec<f64> {
    values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect()
}

/// Mean and limits of single values, with extreme moving ranges left out once.
fn single(values: &[f64]) -> (f64, (f64, f64)) {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let mut ranges = ranges(values);
    let typical = mean(&ranges);
    ranges.retain(|range| typical == 0.0 || *range < SCREEN * typical);
    let (centre, reach) = (mean(values), LIMIT_BY_D2 * mean(&ranges));
    (centre, (centre - reach, centre + reach))
}

/// 3 / 1.128 unrounded, as qicharts2 has it; Making Data Count rounds to [`LIMIT`].
const LIMIT_BY_D2: f64 = 3.0 / D2;
const _: () = assert!(LIMIT_BY_D2 < LIMIT && LIMIT - LIMIT_BY_D2 < 0.001);

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
}

fn runs(values: &[f64], centre: f64) -> Runs {
    let sides: Vec<bool> = values.iter().filter(|value| **value != centre).map(|value| *value > centre).collect();
    let longest = sides.chunk_by(|a, b| a == b).map(<[bool]>::len).max().unwrap_or(0);
    let useful = sides.len();
    Runs {
        useful,
        longest,
        longest_most: if useful == 0 { 0 } else { (useful as f64).log2().round() as usize + 3 },
        crossings: sides.windows(2).filter(|pair| pair[0] != pair[1]).count(),
        crossings_least: fewest_crossings(useful),
    }
}

/// The lower 5% point of crossings among `useful` values: binomial with `useful - 1` fair throws.
fn fewest_crossings(useful: usize) -> usize {
    let throws = useful.saturating_sub(1) as f64;
    let mut chance = -throws * std::f64::consts::LN_2; // of no crossing, as a logarithm
    let mut below = chance.exp();
    let mut crossings = 0;
    while below < 0.05 && (crossings as f64) < throws {
        chance += (throws - crossings as f64).ln() - (crossings as f64 + 1.0).ln();
        below += chance.exp();
        crossings += 1;
    }
    crossings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spc::tests::{cases, numbers};

    #[test]
    fn every_published_chart_comes_out_the_same() {
        let Some(cases) = cases("spc.json") else { return };
        let mut seen = 0;
        for case in &cases {
            let family = match case["kind"].as_str().unwrap() {
                "chart_p" => Family::Share,
                "chart_pp" => Family::BigShare,
                "chart_u" => Family::Rate,
                "chart_up" => Family::BigRate,
                "chart_c" => Family::Counts,
                "chart_g" => Family::CasesBetween,
                "chart_t" => Family::TimeBetween,
                "chart_i" => Family::Single,
                "chart_mr" => Family::MovingRange,
                "chart_run" => Family::Run,
                _ => continue,
            };
            seen += 1;
            let (input, expected) = (&case["input"], &case["expected"]);
            let plain = |value| numbers(value).into_iter().flatten().collect::<Vec<f64>>();
            let denominators = if input["n"].is_null() { Vec::new() } else { plain(&input["n"]) };
            let frozen = input["freeze"].as_u64().map(|n| n as usize);
            let chart = draw(family, &plain(&input["y"]), &denominators, frozen).unwrap();
            let near = |got: Option<f64>, want: Option<f64>, what: &str| match (got, want) {
                (Some(got), Some(want)) => {
                    assert!(
                        (got - want).abs() <= 1e-9 * want.abs().max(1e-3),
                        "{} {what}: {got} is not {want}",
                        case["id"]
                    );
                }
                (got, want) => assert_eq!(got, want, "{} {what}", case["id"]),
            };
            for (at, want) in numbers(&expected["y"]).into_iter().enumerate() {
                near(chart.values[at], want, "y");
            }
            for (at, want) in numbers(&expected["cl"]).into_iter().enumerate() {
                near(Some(chart.centre), want, "cl");
                near(chart.limits[at].map(|l| l.0), expected["lcl"][at].as_f64(), "lcl");
                near(chart.limits[at].map(|l| l.1), expected["ucl"][at].as_f64(), "ucl");
                let out = chart.outside().any(|outside| outside == at);
                assert_eq!(Some(out), expected["sigma_signal"][at].as_bool(), "{} {at}", case["id"]);
            }
            let runs = chart.runs;
            for (got, name) in [
                (runs.useful, "n_useful"),
                (runs.longest, "longest_run"),
                (runs.longest_most, "longest_run_max"),
                (runs.crossings, "n_crossings"),
                (runs.crossings_least, "n_crossings_min"),
            ] {
                assert_eq!(Some(got as u64), expected[name].as_u64(), "{} {name}", case["id"]);
            }
            assert_eq!(Some(runs.is_signal()), expected["runs_signal"].as_bool(), "{}", case["id"]);
        }
        assert!(seen >= 6, "{seen}");
    }

    #[test]
    fn big_denominators_no_longer_signal_everywhere() {
        let Some(cases) = cases("spc.json") else { return };
        let case = cases.iter().find(|case| case["id"] == "p-02").unwrap();
        let plain = |value| numbers(value).into_iter().flatten().collect::<Vec<f64>>();
        let (y, n) = (plain(&case["input"]["y"]), plain(&case["input"]["n"]));
        let signals = |family| draw(family, &y, &n, None).unwrap().outside().count();
        assert_eq!((signals(Family::Share), signals(Family::BigShare)), (11, 0));
    }

    #[test]
    fn a_frozen_baseline_judges_what_follows_it() {
        let mut falls = vec![4.0; 12];
        falls.extend([9.0, 11.0]);
        let chart = draw(Family::Counts, &falls, &[], Some(12)).unwrap();
        assert_eq!((chart.centre, chart.outside().collect::<Vec<_>>()), (4.0, vec![13]));
    }

    #[test]
    fn the_median_of_a_rare_event_is_its_centre_and_the_limits_come_from_the_mean() {
        let between = [1.0, 2.0, 3.0, 4.0, 30.0];
        let chart = draw(Family::CasesBetween, &between, &[], None).unwrap();
        assert_eq!(chart.centre, 3.0);
        assert_eq!(chart.limits[0], Some((0.0, 8.0 + 3.0 * 72f64.sqrt())));
        let run = draw(Family::Run, &between, &[], None).unwrap();
        assert_eq!((run.centre, run.limits[0], run.runs.useful), (3.0, None, 4));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let refused = |family, y: &[f64], n: &[f64], frozen| draw(family, y, n, frozen).unwrap_err();
        assert_eq!(refused(Family::Share, &[1.0, 2.0], &[3.0], None), CountsError::NoDenominators);
        assert_eq!(refused(Family::Rate, &[1.0, 2.0], &[3.0, 0.0], None), CountsError::Impossible(1));
        assert_eq!(refused(Family::Counts, &[1.0, -2.0], &[], None), CountsError::Impossible(1));
        assert_eq!(refused(Family::Counts, &[1.0], &[], None), CountsError::TooFew);
        assert_eq!(refused(Family::Counts, &[1.0, 2.0], &[], Some(3)), CountsError::TooFew);
    }
}

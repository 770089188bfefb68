//! Charts for counts, shares and rare events, where XmR is the wrong tool: its limits on a mean of two a week go below
//! nought and it calls a quiet year changed six times in ten.
//!
//! Follows `qicharts2` 0.8: limits at three sigma, cut at what is possible; no rules but "outside" and the two of Anhøj for
//! runs, which hold for every chart.
//!
//! ```
//! use measures::spc::counts::{Family, draw};
//! let falls = [5.0, 4.0, 1.0, 6.0, 1.0, 5.0, 2.0, 5.0, 6.0, 5.0, 2.0, 20.0].map(Some);
//! let chart = draw(Family::Counts, &falls, &[], None)?;
//! assert_eq!(chart.outside().collect::<Vec<_>>(), [11]);
//! # Ok::<(), measures::spc::counts::CountsError>(())
//! ```

use super::{Better, LIMIT, Rule, SCREEN, Side, Signal, Variation, average, clearly};
use std::cmp::Ordering;
use thiserror::Error;

/// Moving range to sigma, for two values.
pub(super) const D2: f64 = 1.128;
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
    /// A value or denominator that cannot be.
    #[error("value {} cannot be: it is not finite, negative, more than there are, among nobody, or no time at all", .0 + 1)]
    Impossible(usize),
}

/// A chart of counts: one centre and one pair of limits a point, since denominators differ.
#[derive(Debug, Clone, PartialEq)]
pub struct CountsChart {
    /// What the values are.
    pub family: Family,
    /// What is drawn; gaps and the first moving range are missing.
    pub values: Vec<Option<f64>>,
    /// The centre line.
    pub centre: f64,
    /// Lower and upper limit of each point; none on a run chart, or where there is no denominator.
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

impl Family {
    /// What people call the chart.
    pub fn name(self) -> &'static str {
        match self {
            Family::Share => "P chart",
            Family::BigShare => "P′ chart",
            Family::Rate => "U chart",
            Family::BigRate => "U′ chart",
            Family::Counts => "C chart",
            Family::CasesBetween => "G chart",
            Family::TimeBetween => "T chart",
            Family::Single => "XmR chart",
            Family::MovingRange => "moving range chart",
            Family::Run => "run chart",
        }
    }
}

impl CountsChart {
    /// Positions of the points strictly outside their limits.
    pub fn outside(&self) -> impl Iterator<Item = usize> {
        (0..self.values.len()).filter(|at| self.side_outside(*at).is_some())
    }

    /// Whether runs about the centre line show a change. Moving ranges share a value each with the next, so their runs
    /// mean nothing.
    pub fn has_run(&self) -> bool {
        self.family != Family::MovingRange && self.runs.is_signal()
    }

    /// What the newest point says when fewer or more of what is counted is better. On a G or T chart a high point means that
    /// events have become rarer, which is better where fewer are.
    pub fn variation(&self, better: Better) -> Variation {
        let Some(side) = self.values.len().checked_sub(1).and_then(|last| self.side_outside(last)) else {
            return Variation::CommonCause;
        };
        let better = match (self.family, better) {
            (Family::CasesBetween | Family::TimeBetween, Better::Lower) => Better::Higher,
            (Family::CasesBetween | Family::TimeBetween, Better::Higher) => Better::Lower,
            _ => better,
        };
        Signal { rule: Rule::Outside, side }.variation(better)
    }

    /// The chart in one plain sentence: what the newest point says, or else its runs. `each` is one period (`week`).
    ///
    /// ```
    /// use measures::spc::counts::{Family, draw};
    /// let falls = [5.0, 4.0, 1.0, 6.0, 1.0, 5.0, 2.0, 5.0, 6.0, 5.0, 2.0, 20.0].map(Some);
    /// let sentence = |falls| draw(Family::Counts, falls, &[], None).map(|chart| chart.sentence("week"));
    /// assert_eq!(sentence(&falls)?, "More this week than chance would give");
    /// assert_eq!(sentence(&falls[..11])?, "No change");
    /// # Ok::<(), measures::spc::counts::CountsError>(())
    /// ```
    pub fn sentence(&self, each: &str) -> String {
        let Some(last) = self.values.len().checked_sub(1).filter(|last| self.values[*last].is_some()) else {
            return format!("The newest {each} is missing");
        };
        let words = match (self.family, self.side_outside(last)) {
            (_, None) if self.has_run() => return self.run_words(),
            (_, None) => "No change",
            (Family::CasesBetween, Some(Side::Above)) => {
                "More cases went by before the last event than chance would give"
            }
            (Family::CasesBetween, Some(Side::Below)) => {
                "Fewer cases went by before the last event than chance would give"
            }
            (Family::TimeBetween, Some(Side::Above)) => {
                "More time went by before the last event than chance would give"
            }
            (Family::TimeBetween, Some(Side::Below)) => {
                "Less time went by before the last event than chance would give"
            }
            (Family::MovingRange, Some(_)) => return format!("A bigger step this {each} than usual"),
            (Family::Single, Some(Side::Above)) => "Above the usual range",
            (Family::Single, Some(Side::Below)) => "Below the usual range",
            (_, Some(Side::Above)) => return format!("More this {each} than chance would give"),
            (_, Some(Side::Below)) => return format!("Fewer this {each} than chance would give"),
        };
        words.to_owned()
    }

    fn run_words(&self) -> String {
        let Runs { longest, longest_most, crossings, crossings_least, .. } = self.runs;
        if longest > longest_most {
            format!(
                "The level has moved: {longest} in a row on one side of the middle, where chance gives {longest_most} at most"
            )
        } else {
            let times = if crossings == 1 { "once" } else { &format!("{crossings} times") };
            format!("The level has moved: the middle is crossed {times}, where chance gives {crossings_least} at least")
        }
    }

    fn side_outside(&self, at: usize) -> Option<Side> {
        let (value, (lower, upper)) = self.values[at].zip(self.limits[at])?;
        if clearly(value, upper).is_gt() {
            Some(Side::Above)
        } else {
            clearly(value, lower).is_lt().then_some(Side::Below)
        }
    }
}

/// Draws a chart of `values`, with a denominator each for shares and rates; of other values than counts it is what each is
/// divided by, and empty when they stand as they are. `frozen` takes centre and limits from that many first values.
///
/// A period without a value or denominator, or with nothing among nobody, is a gap: missing, and in no mean. Moving ranges
/// that are themselves out of the ordinary are left out once, as the package does when it is attached.
///
/// # Errors
/// When there are too few values, no denominators, or a value that cannot be: not finite, negative where counts are drawn,
/// more cases than people, anything among nobody, no time between two events.
///
/// Source: qicharts2 0.8.1.
pub fn draw(
    family: Family,
    values: &[Option<f64>],
    denominators: &[Option<f64>],
    frozen: Option<usize>,
) -> Result<CountsChart, CountsError> {
    let share = matches!(family, Family::Share | Family::BigShare);
    let ratio = share || matches!(family, Family::Rate | Family::BigRate);
    let divided = ratio || (!denominators.is_empty() && family != Family::Counts);
    if divided && denominators.len() != values.len() {
        return Err(CountsError::NoDenominators);
    }
    let pairs: Vec<Option<(f64, f64)>> = (0..values.len())
        .map(|at| {
            let (y, n) = (values[at], if divided { denominators[at] } else { Some(1.0) });
            let known = |number: Option<f64>| number.is_none_or(f64::is_finite);
            let signed = matches!(family, Family::Single | Family::MovingRange | Family::Run);
            let possible = |(y, n): (f64, f64)| {
                (signed || y >= 0.0) && n > 0.0 && !(share && y > n) && !(family == Family::TimeBetween && y == 0.0)
            };
            match y.zip(n) {
                _ if !known(y) || !known(n) => Err(CountsError::Impossible(at)),
                Some((0.0, 0.0)) | None => Ok(None),
                Some(pair) => possible(pair).then_some(Some(pair)).ok_or(CountsError::Impossible(at)),
            }
        })
        .collect::<Result<_, _>>()?;
    let base = frozen.unwrap_or(values.len());
    if base > values.len() || pairs[..base].iter().flatten().count() < 2 {
        return Err(CountsError::TooFew);
    }
    let mut drawn: Vec<Option<f64>> = pairs.iter().map(|pair| pair.map(|(y, n)| y / n)).collect();
    if family == Family::MovingRange {
        drawn = std::iter::once(None).chain(ranges(&drawn)).collect();
    }
    let all = |limits: (f64, f64)| vec![Some(limits); values.len()];
    let sigmas =
        |centre: f64, sigma: f64, most: f64| ((centre - 3.0 * sigma).max(0.0), (centre + 3.0 * sigma).min(most));
    let mut centre = average(drawn[..base].iter().copied().flatten()).ok_or(CountsError::TooFew)?;
    let limits: Vec<Option<(f64, f64)>> = match family {
        Family::Share | Family::BigShare | Family::Rate | Family::BigRate => {
            let (events, exposure) = pairs[..base].iter().flatten().fold((0.0, 0.0), |(a, b), (y, n)| (a + y, b + n));
            centre = events / exposure;
            let spread = if share { centre * (1.0 - centre) } else { centre };
            let sigma: Vec<Option<f64>> = pairs.iter().map(|pair| pair.map(|(_, n)| (spread / n).sqrt())).collect();
            let wider = match family {
                Family::BigShare | Family::BigRate => {
                    let z = |(y, sigma): (&Option<f64>, &Option<f64>)| {
                        y.zip(*sigma).map(|(y, sigma)| if sigma > 0.0 { (y - centre) / sigma } else { 0.0 })
                    };
                    let z: Vec<Option<f64>> = drawn[..base].iter().zip(&sigma).map(z).collect();
                    screened(&ranges(&z)).ok_or(CountsError::TooFew)? / D2
                }
                _ => 1.0,
            };
            let most = if share { 1.0 } else { f64::INFINITY };
            sigma.iter().map(|sigma| sigma.map(|sigma| sigmas(centre, sigma * wider, most))).collect()
        }
        Family::Counts => all(sigmas(centre, centre.sqrt(), f64::INFINITY)),
        Family::CasesBetween => {
            let limits = sigmas(centre, (centre * (centre + 1.0)).sqrt(), f64::INFINITY);
            centre = median(&drawn[..base]);
            all(limits)
        }
        Family::TimeBetween => {
            let normal: Vec<Option<f64>> = drawn[..base].iter().map(|y| y.map(|y| y.powf(RARE))).collect();
            let (middle, (lower, upper)) = single(&normal).ok_or(CountsError::TooFew)?;
            centre = middle.powf(1.0 / RARE);
            all((lower.max(0.0).powf(1.0 / RARE), upper.powf(1.0 / RARE)))
        }
        Family::Single => all(single(&drawn[..base]).ok_or(CountsError::TooFew)?.1),
        Family::MovingRange => all((0.0, SCREEN * centre)),
        Family::Run => {
            centre = median(&drawn[..base]);
            vec![None; values.len()]
        }
    };
    let runs = runs(&drawn, centre);
    Ok(CountsChart { family, values: drawn, centre, limits, runs })
}

/// The cases (or the time) between one event and the next, for a G or T chart, from the events of each period and the cases
/// seen in it (or how long it is). Where within a period its events fell is not known; they are taken to be evenly spread.
/// Cases of a gap count for nobody; those after the last event are not yet between two.
///
/// ```
/// let between = measures::spc::counts::between(&[Some(0.0), Some(1.0), Some(0.0), Some(2.0)], &[Some(10.0); 4]);
/// assert_eq!(between, [Some(17.5), Some(5.0)]);
/// ```
pub fn between(events: &[Option<f64>], exposure: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut gaps = Vec::new();
    let (mut since, mut begun) = (0.0, false);
    for (events, exposure) in events.iter().zip(exposure) {
        let Some((events, exposure)) = events.zip(*exposure) else { continue };
        let each = exposure / events.max(0.0).round();
        // k events stand in the middle of k equal parts of the period.
        for event in 0..events.max(0.0).round() as usize {
            since += if event == 0 { each / 2.0 } else { each };
            if begun {
                gaps.push(Some(since));
            }
            (since, begun) = (0.0, true);
        }
        since += if events.round() >= 1.0 { each / 2.0 } else { exposure };
    }
    gaps
}

pub(super) fn ranges(values: &[Option<f64>]) -> Vec<Option<f64>> {
    values.windows(2).map(|pair| Some((pair[1]? - pair[0]?).abs())).collect()
}

/// The mean of moving ranges, extreme ones left out once.
pub(super) fn screened(ranges: &[Option<f64>]) -> Option<f64> {
    let ranges = || ranges.iter().copied().flatten();
    let typical = average(ranges())?;
    if typical > 0.0 { average(ranges().filter(|range| *range < SCREEN * typical)) } else { Some(typical) }
}

/// Mean and limits of single values.
fn single(values: &[Option<f64>]) -> Option<(f64, (f64, f64))> {
    let centre = average(values.iter().copied().flatten())?;
    let reach = LIMIT_BY_D2 * screened(&ranges(values))?;
    Some((centre, (centre - reach, centre + reach)))
}

/// 3 / 1.128 unrounded, as qicharts2 has it; Making Data Count rounds to [`LIMIT`].
const LIMIT_BY_D2: f64 = 3.0 / D2;
const _: () = assert!(LIMIT_BY_D2 < LIMIT && LIMIT - LIMIT_BY_D2 < 0.001);

fn median(values: &[Option<f64>]) -> f64 {
    let mut sorted: Vec<f64> = values.iter().copied().flatten().collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
}

fn runs(values: &[Option<f64>], centre: f64) -> Runs {
    let sides: Vec<Ordering> =
        values.iter().flatten().map(|value| clearly(*value, centre)).filter(|side| side.is_ne()).collect();
    let longest = sides.chunk_by(|a, b| a == b).map(<[Ordering]>::len).max().unwrap_or(0);
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
    fn big_denominators_no_longer_signal_everywhere() {
        let Some(cases) = cases("spc.json") else { return };
        let case = cases.iter().find(|case| case["id"] == "p-02").unwrap();
        let (y, n) = (numbers(&case["input"]["y"]), numbers(&case["input"]["n"]));
        let signals = |family| draw(family, &y, &n, None).unwrap().outside().count();
        assert_eq!((signals(Family::Share), signals(Family::BigShare)), (11, 0));
    }

    fn some(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().copied().map(Some).collect()
    }

    #[test]
    fn a_frozen_baseline_judges_what_follows_it() {
        let mut falls = vec![Some(4.0); 12];
        falls.extend([Some(9.0), Some(11.0)]);
        let chart = draw(Family::Counts, &falls, &[], Some(12)).unwrap();
        assert_eq!((chart.centre, chart.outside().collect::<Vec<_>>()), (4.0, vec![13]));
    }

    #[test]
    fn the_median_of_a_rare_event_is_its_centre_and_the_limits_come_from_the_mean() {
        let between = some(&[1.0, 2.0, 3.0, 4.0, 30.0]);
        let chart = draw(Family::CasesBetween, &between, &[], None).unwrap();
        assert_eq!(chart.centre, 3.0);
        assert_eq!(chart.limits[0], Some((0.0, 8.0 + 3.0 * 72f64.sqrt())));
        let run = draw(Family::Run, &between, &[], None).unwrap();
        assert_eq!((run.centre, run.limits[0], run.runs.useful), (3.0, None, 4));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let refused = |family, y: &[f64], n: &[f64], frozen| draw(family, &some(y), &some(n), frozen).unwrap_err();
        assert_eq!(refused(Family::Share, &[1.0, 2.0], &[3.0], None), CountsError::NoDenominators);
        assert_eq!(refused(Family::Rate, &[1.0, 2.0], &[3.0, 0.0], None), CountsError::Impossible(1));
        assert_eq!(refused(Family::Share, &[1.0, 4.0], &[3.0, 3.0], None), CountsError::Impossible(1));
        assert_eq!(refused(Family::Counts, &[1.0, -2.0], &[], None), CountsError::Impossible(1));
        assert_eq!(refused(Family::Single, &[1.0, f64::NAN], &[], None), CountsError::Impossible(1));
        assert_eq!(refused(Family::TimeBetween, &[1.0, 3.0, 0.0], &[], None), CountsError::Impossible(2));
        assert_eq!(refused(Family::Counts, &[1.0], &[], None), CountsError::TooFew);
        assert_eq!(refused(Family::Counts, &[1.0, 2.0], &[], Some(3)), CountsError::TooFew);
        assert_eq!(draw(Family::Single, &[Some(1.0), None, Some(2.0)], &[], None), Err(CountsError::TooFew));
    }

    #[test]
    fn nobody_to_count_among_is_a_gap_and_in_no_mean() {
        let (y, n) = ([Some(2.0), Some(0.0), None, Some(3.0), Some(1.0)], [10.0, 0.0, 10.0, 10.0, 10.0].map(Some));
        for family in [Family::Share, Family::BigShare, Family::Rate, Family::BigRate] {
            let chart = draw(family, &y, &n, None).unwrap();
            assert_eq!((chart.centre, chart.values[1], chart.limits[1], chart.limits[2]), (0.2, None, None, None));
            assert_eq!(chart.runs.useful, 2);
        }
    }

    #[test]
    fn values_that_never_move_are_on_their_centre_and_no_signal() {
        let families = [Family::Share, Family::BigShare, Family::Rate, Family::BigRate, Family::Counts];
        let others = [Family::CasesBetween, Family::TimeBetween, Family::Single, Family::MovingRange, Family::Run];
        for family in families.into_iter().chain(others) {
            for value in [0.1, 5.0] {
                let chart = draw(family, &[Some(value); 20], &[], None);
                let chart = chart.or_else(|_| draw(family, &[Some(value); 20], &[Some(7.0); 20], None)).unwrap();
                assert_eq!((chart.outside().count(), chart.runs.useful, chart.has_run()), (0, 0, false), "{family:?}");
                assert_eq!(chart.sentence("week"), "No change");
            }
        }
    }

    #[test]
    fn every_chart_is_read_in_one_sentence() {
        let check = |family, y: &[f64], n: &[f64], better, words: &str, letter| {
            let chart = draw(family, &some(y), &some(n), Some(12)).unwrap();
            assert_eq!(chart.sentence("week"), words, "{family:?}");
            assert_eq!(chart.variation(better).letter(), letter, "{family:?}");
            chart.variation(better)
        };
        let with = |last: f64| [4.0, 6.0].repeat(6).into_iter().chain([last]).collect::<Vec<f64>>();
        let more = "More this week than chance would give";
        let (high, low) = (with(40.0), with(0.001));
        check(Family::Counts, &high, &[], Better::Lower, more, Some('H'));
        check(Family::Share, &high, &[60.0; 13], Better::Lower, more, Some('H'));
        check(Family::Rate, &high, &[60.0; 13], Better::Lower, more, Some('H'));
        check(Family::Single, &high, &[], Better::Neither, "Above the usual range", Some('H'));
        check(Family::MovingRange, &high, &[], Better::Neither, "A bigger step this week than usual", Some('H'));
        let rarer = "More cases went by before the last event than chance would give";
        let better = check(Family::CasesBetween, &high, &[], Better::Lower, rarer, Some('H'));
        assert_eq!(better, Variation::Improvement(Side::Above));
        let sooner = "Less time went by before the last event than chance would give";
        let worse = check(Family::TimeBetween, &low, &[], Better::Lower, sooner, Some('L'));
        assert_eq!(worse, Variation::Concern(Side::Below));
        let level: Vec<f64> = [4.0, 6.0].repeat(6).into_iter().chain([7.0; 9]).collect();
        let moved = "The level has moved: 10 in a row on one side of the middle, where chance gives 7 at most";
        check(Family::Run, &level, &[], Better::Lower, moved, None);
        let step: Vec<f64> = [4.0, 4.1, 4.2, 4.3, 4.4, 4.5, 6.0, 6.1, 6.2, 6.3, 6.4, 6.5].into();
        let once = "The level has moved: the middle is crossed once, where chance gives 3 at least";
        check(Family::Run, &step, &[], Better::Lower, once, None);
        assert_eq!(
            draw(Family::Run, &[Some(1.0), Some(2.0), None], &[], None).unwrap().sentence("day"),
            "The newest day is missing"
        );
    }
}

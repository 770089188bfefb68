//! How much of what a page shows is chance.

use super::counts::D2;
use super::{Chart, FULL_LIMITS, LIMIT, clearly};

impl Chart {
    /// How strongly each value follows the one before it: lag-1 autocorrelation about the mean of its segment.
    /// Between −1 and 1; nought for fewer than three values or a series that never moves. Of an adjusted chart: what is left
    /// after the adjustment.
    pub fn autocorrelation(&self) -> f64 {
        let off: Vec<Option<(usize, f64)>> = (0..self.points.len())
            .map(|at| {
                let segment = self.points[at].segment;
                Some((segment, self.judged(at)? - self.segments[segment].mean?))
            })
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

    /// The value that was judged at a point: its own or, on an adjusted chart, what is left of it.
    fn judged(&self, point: usize) -> Option<f64> {
        match &self.adjusted {
            Some(adjusted) => *adjusted.judged.get(point)?,
            None => self.points[point].value,
        }
    }

    /// How likely a newest point as odd as this one is when nothing has changed, for [`benjamini_hochberg`] over a page.
    ///
    /// Three things would be odd, and each has its chance: a value so many sigma from the mean (two-sided normal; sigma is
    /// the mean moving range / 1.128), a run of k on one side of the mean that ends here (2 / 2ᵏ), and k values in a row
    /// each further than the one before (2 / k!). The least of the three is multiplied by three, since there were three
    /// ways to be odd (Bonferroni). Two of three is left to the first. Of a chart whose values follow each other too much it
    /// promises too little: adjust it first. `None` while no icon is shown, without limits, or when the newest is missing.
    ///
    /// ```
    /// use measures::spc::{Options, xmr};
    /// let mut values = [50.0, 52.0, 49.0, 51.0, 48.0].repeat(4);
    /// let p = |values: &[f64]| {
    ///     let values: Vec<_> = values.iter().copied().map(Some).collect();
    ///     xmr(&values, &Options::default()).unwrap().newest_p().unwrap()
    /// };
    /// assert_eq!(p(&values), 1.0);
    /// values.push(61.0);
    /// assert!(p(&values) < 0.01);
    /// ```
    pub fn newest_p(&self) -> Option<f64> {
        let last = self.points.len().checked_sub(1)?;
        let value = self.points[last].value.filter(|_| self.is_shown())?;
        let limits = self.limits_at(last)?;
        let centre = (limits.lower + limits.upper) / 2.0;
        let sigma = (limits.upper - limits.lower) / 2.0 / (LIMIT * D2);
        let far = if clearly(value, centre).is_eq() { 1.0 } else { two_sided((value - centre).abs() / sigma) };
        let first = self.segments[self.points[last].segment].first;
        let back = (first..=last).rev();
        let side = self.points[last].side;
        let run = back.clone().take_while(|&at| side.is_some() && self.points[at].side == side).count();
        let goes = |at: usize| {
            let (before, now) = (self.judged(at.checked_sub(1).filter(|before| *before >= first)?)?, self.judged(at)?);
            now.partial_cmp(&before).filter(|order| order.is_ne())
        };
        let way = goes(last);
        let steps = back.take_while(|&at| way.is_some() && goes(at) == way).count();
        let trend = (1..=steps + 1).fold(2.0, |chance, k| chance / k as f64);
        Some((3.0 * far.min(2.0 / 2f64.powi(run as i32)).min(trend)).min(1.0))
    }
}

/// The chance of a standard normal value at least this far from nought, either way, within 2e-7 of itself.
///
/// Source: the rational Chebyshev fit of the complementary error function in Numerical Recipes, section 6.2.
fn two_sided(far: f64) -> f64 {
    const FIT: [f64; 10] = [
        -1.265_512_23,
        1.000_023_68,
        0.374_091_96,
        0.096_784_18,
        -0.186_288_06,
        0.278_868_07,
        -1.135_203_98,
        1.488_515_87,
        -0.822_152_23,
        0.170_872_77,
    ];
    let x = far / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + x / 2.0);
    t * (FIT.iter().rev().fold(0.0, |sum, part| sum * t + part) - x * x).exp()
}

/// The signals of several charts read together.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Charts whose newest point is a signal.
    pub signals: usize,
    /// How many would be if nothing had changed.
    pub expected: f64,
    /// A p-value a chart, adjusted for all of them being looked at; `None` where a chart says nothing yet.
    pub adjusted: Vec<Option<f64>>,
}

impl Page {
    /// Reads charts together.
    pub fn of<'a>(charts: impl IntoIterator<Item = &'a Chart>) -> Page {
        let charts: Vec<&Chart> = charts.into_iter().collect();
        let p: Vec<Option<f64>> = charts.iter().map(|chart| chart.newest_p()).collect();
        let mut adjusted = benjamini_hochberg(&p.iter().copied().flatten().collect::<Vec<f64>>()).into_iter();
        Page {
            signals: charts.iter().filter(|chart| chart.is_shown() && chart.variation().is_signal()).count(),
            expected: expected_false_signals(charts.iter().copied()),
            adjusted: p.into_iter().map(|p| p.and_then(|_| adjusted.next())).collect(),
        }
    }

    /// Positions of the charts that have changed beyond doubt: of all found this way, at most this share (0 to 1) is false.
    pub fn certain(&self, share: f64) -> impl Iterator<Item = usize> {
        let found = move |(at, p): (usize, &Option<f64>)| p.is_some_and(|p| p <= share).then_some(at);
        self.adjusted.iter().enumerate().filter_map(found)
    }

    /// How many signals there are and how many chance gives: `3 signals; 1 is expected when nothing changes`.
    pub fn sentence(&self) -> String {
        let signals = match self.signals {
            0 => "No signals".to_owned(),
            1 => "1 signal".to_owned(),
            many => format!("{many} signals"),
        };
        let expected = match self.expected.round() as usize {
            0 if self.expected <= 0.0 => "none is".to_owned(),
            0 => "fewer than 1 is".to_owned(),
            1 => "1 is".to_owned(),
            many => format!("{many} are"),
        };
        format!("{signals}; {expected} expected when nothing changes")
    }
}

/// [`Page::sentence`] of these charts.
///
/// ```
/// assert_eq!(measures::spc::page_sentence([]), "No signals; none is expected when nothing changes");
/// ```
pub fn page_sentence<'a>(charts: impl IntoIterator<Item = &'a Chart>) -> String {
    Page::of(charts).sentence()
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

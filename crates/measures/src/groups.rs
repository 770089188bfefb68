//! Groups beside each other: is one different from the rest by more than chance?
//!
//! Intervals of a quantile need no shape of the distribution: they are two of the values themselves, chosen by the binomial
//! distribution of how many fall below the quantile (Conover, *Practical Nonparametric Statistics*, 3rd edition, 3.2).
//!
//! ```
//! use measures::groups::{quantile, quantile_range};
//! let waits: Vec<f64> = (1..=9).map(f64::from).collect();
//! assert_eq!(quantile(&waits, 0.5), Some(5.0));
//! // 2 to 8: each with probability (1 + 9) / 512 beyond, 96.1% between
//! assert_eq!(quantile_range(&waits, 0.5, 0.95), Some((2.0, 8.0)));
//! ```

/// The quantile of sorted values, between neighbours by linear interpolation (type 7 of Hyndman and Fan, R's default).
pub fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = q.clamp(0.0, 1.0) * last as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    Some(low + (high - low) * at.fract())
}

/// The narrowest pair of the sorted values, symmetric in probability, between which the quantile of the population lies with
/// at least `confidence`; `None` where even the smallest and the largest value do not hold it (five values for a median at 95%).
pub fn quantile_range(sorted: &[f64], q: f64, confidence: f64) -> Option<(f64, f64)> {
    let n = sorted.len();
    let tail = (1.0 - confidence) / 2.0;
    // The number of values below the quantile is binomial(n, q): `below(k)` is the chance of at most k.
    let mut term = n as f64 * (1.0 - q).ln();
    let (mut below, mut low, mut high) = (0.0, None, None);
    for k in 0..=n {
        below += term.exp();
        if below <= tail {
            low = Some(k);
        }
        if high.is_none() && 1.0 - below <= tail + 1e-12 {
            high = Some(k);
        }
        term += ((n - k) as f64).ln() - (k as f64 + 1.0).ln() + q.ln() - (1.0 - q).ln();
    }
    // Beyond the last value nothing is known.
    let high = high.filter(|high| *high < n)?;
    Some((sorted[low?], sorted[high]))
}

/// The range in which chance alone puts the share of `size` people when the share of all is `share` (0 to 1): normal
/// approximation of the binomial, which a Wilson interval inverts; `z` is 1.96 for 95%, 3.09 for 99.8%.
///
/// ```
/// let (low, high) = measures::groups::share_limits(0.5, 100.0, 1.96);
/// assert!((low - 0.402).abs() < 1e-12 && (high - 0.598).abs() < 1e-12);
/// ```
pub fn share_limits(share: f64, size: f64, z: f64) -> (f64, f64) {
    let error = if size > 0.0 { z * (share * (1.0 - share) / size).sqrt() } else { 1.0 };
    ((share - error).max(0.0), (share + error).min(1.0))
}

/// The 95% interval of a share (0 to 1), lower then upper: Wilson 1927, without continuity correction. NaN when `all` is 0.
///
/// ```
/// // 81 of 263: 25.53% to 36.62% (Newcombe 1998, Statistics in Medicine 17, table I)
/// let [low, high] = measures::groups::wilson(81.0, 263.0);
/// assert!((low - 0.2553).abs() < 5e-5 && (high - 0.3662).abs() < 5e-5);
/// ```
pub fn wilson(count: f64, all: f64) -> [f64; 2] {
    crate::health::wilson(count, all, crate::health::Confidence::P95)
}

/// How strongly two daily series move together when the second comes `lag` days after the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Together {
    /// Days from the first to the second.
    pub lag: usize,
    /// Correlation of what is left of both after weekday, slow change and yesterday are taken out; −1 to 1.
    pub correlation: f64,
    /// Its 95% interval (Fisher's z).
    pub range: (f64, f64),
    /// Whether it is more than the best of so many lags would show by chance (Bonferroni, two-sided 5%).
    pub is_signal: bool,
}

/// The strongest link of `first` with a later or same-day `second`, over lags of 0 to `longest` days, as one of `tried` such
/// questions asked at once.
///
/// Both are made free of weekday means, of the middle of the 29 days around each day, and of their own lag-1
/// autocorrelation (prewhitening: Box and Jenkins, *Time Series Analysis*, 11.2), since two series that merely drift
/// would seem to move together. It says nothing of cause. `None` with fewer than 60 days, or when one never moves.
pub fn together(first: &[f64], second: &[f64], longest: usize, tried: usize) -> Option<Together> {
    let n = first.len().min(second.len());
    if n < 60 {
        return None;
    }
    let (a, b) = (whitened(&first[..n]), whitened(&second[..n]));
    let best = (0..=longest)
        .filter_map(|lag| Some((lag, correlation(&a[..a.len() - lag], &b[lag..])?)))
        .max_by(|x, y| x.1.abs().total_cmp(&y.1.abs()))?;
    let (lag, correlation) = best;
    let error = 1.0 / ((a.len() - lag - 3) as f64).sqrt();
    let z = correlation.atanh();
    // 1.96 widened for the lags and the questions tried.
    let wanted = normal_quantile(1.0 - 0.025 / ((longest + 1) * tried.max(1)) as f64);
    let range = ((z - 1.96 * error).tanh(), (z + 1.96 * error).tanh());
    Some(Together { lag, correlation, range, is_signal: z.abs() > wanted * error })
}

/// Without weekday, slow change and yesterday.
fn whitened(values: &[f64]) -> Vec<f64> {
    let n = values.len();
    let flat: Vec<f64> = (0..n)
        .map(|i| {
            let mut around = values[i.saturating_sub(14)..(i + 15).min(n)].to_vec();
            around.sort_by(f64::total_cmp);
            values[i] - quantile(&around, 0.5).unwrap_or(0.0)
        })
        .collect();
    let mean = |day: usize| {
        let own = flat.iter().skip(day).step_by(7);
        own.clone().sum::<f64>() / own.count().max(1) as f64
    };
    let means: Vec<f64> = (0..7).map(mean).collect();
    let level: Vec<f64> = flat.iter().enumerate().map(|(i, v)| v - means[i % 7]).collect();
    let phi = correlation(&level[..n - 1], &level[1..]).unwrap_or(0.0);
    level.windows(2).map(|pair| pair[1] - phi * pair[0]).collect()
}

fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let n = a.len() as f64;
    let (ma, mb) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        ab += (x - ma) * (y - mb);
        aa += (x - ma) * (x - ma);
        bb += (y - mb) * (y - mb);
    }
    let size = (aa * bb).sqrt();
    (size > 1e-12).then(|| (ab / size).clamp(-0.999_999, 0.999_999))
}

/// Quantile of the standard normal for 0.5 < p < 1, |error| < 4.5e-4 (Abramowitz and Stegun 26.2.23).
fn normal_quantile(p: f64) -> f64 {
    let t = (-2.0 * (1.0 - p).ln()).sqrt();
    t - (2.515_517 + 0.802_853 * t + 0.010_328 * t * t)
        / (1.0 + 1.432_788 * t + 0.189_269 * t * t + 0.001_308 * t * t * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_lies_between_two_values_that_the_binomial_names() {
        let check = |n: u32, wanted: Option<(f64, f64)>| {
            let values: Vec<f64> = (1..=n).map(f64::from).collect();
            assert_eq!(quantile_range(&values, 0.5, 0.95), wanted, "{n}");
        };
        // Published ranks for a 95% interval of the median (Conover, table A3 and others): 6: 1–6, 10: 2–9, 20: 6–15, 25: 8–18.
        check(5, None);
        check(6, Some((1.0, 6.0)));
        check(10, Some((2.0, 9.0)));
        check(20, Some((6.0, 15.0)));
        check(25, Some((8.0, 18.0)));
        check(0, None);
        let (low, high) = quantile_range(&(0..4000).map(f64::from).collect::<Vec<_>>(), 0.5, 0.95).unwrap();
        let error = 1.96 * 1000_f64.sqrt();
        assert!((low - (2000.0 - error)).abs() < 2.0 && (high - (2000.0 + error)).abs() < 2.0, "{low} {high}");
    }

    /// A repeatable noise in −1 to 1.
    fn noise(seed: u64, n: usize) -> Vec<f64> {
        let mut state = seed;
        (0..n)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) as f64 / f64::from(1u32 << 30) - 1.0
            })
            .collect()
    }

    #[test]
    fn what_follows_two_days_later_is_found_and_what_merely_drifts_is_not() {
        let cause = noise(1, 400);
        let other = noise(2, 400);
        let effect: Vec<f64> = (0..400).map(|i| if i < 2 { 0.0 } else { cause[i - 2] } + 0.5 * other[i]).collect();
        let found = together(&cause, &effect, 7, 1).unwrap();
        assert_eq!(found.lag, 2);
        assert!(found.is_signal && found.correlation > 0.7 && found.range.0 > 0.6, "{found:?}");
        // Two series that rise all year, each with a weekend of its own, and nothing else in common.
        let drift = |seed| {
            noise(seed, 400).iter().enumerate().map(|(i, v)| v + i as f64 * 0.05 + (i % 7) as f64).collect::<Vec<_>>()
        };
        let apart =
            (10..60).filter(|seed| together(&drift(*seed), &drift(*seed + 1000), 7, 1).unwrap().is_signal).count();
        assert!(apart <= 7, "{apart} of 50 by chance");
        assert!(together(&cause[..50], &effect, 7, 1).is_none());
        assert!(together(&vec![1.0; 400], &effect, 7, 1).is_none());
    }

    #[test]
    fn wilsons_interval_holds_where_nobody_counts() {
        let [low, high] = wilson(0.0, 20.0);
        assert!(low.abs() < 1e-12 && (high - 0.1611).abs() < 5e-5, "{low} {high}");
    }

    #[test]
    fn the_normal_quantile_is_that_of_the_tables() {
        for (p, z) in [(0.975, 1.959_964), (0.995, 2.575_829), (0.999, 3.090_232)] {
            assert!((normal_quantile(p) - z).abs() < 4.5e-4);
        }
    }
}

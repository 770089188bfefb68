//! How far a simulated number can be trusted.
//!
//! One run of a place is one throw of the dice: single years of the same ward gave 0.2 and 11.8 hours of blocking, whose
//! true mean is 3.4. So every number is a mean over replications with its interval, a change is the mean of paired
//! differences on the same people, and what is asked for is a width ("± 5%"), never a number of replications:
//!
//! ```text
//! replications ─▶ interval ─▶ enough? ─▶ (how many more) ─▶ … ─▶ estimate ± half width, 95%
//! one long run ─▶ mser5 ─▶ where the start-up ends
//! with − without, replication by replication ─▶ paired ─▶ difference ± half width, variance ratio
//! ```
//!
//! Intervals are Student's t on replication means (Law, *Simulation Modeling and Analysis*, ch. 9); a start-up is cut by
//! MSER-5 (White, Cobb & Spratt 2000); several answers at once share the error by Bonferroni.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// The fewest replications from which a width is believed: below it the variance itself is too uncertain to stop on.
pub const LEAST: usize = 20;

/// Count, mean and spread of numbers seen one after another (Welford), so that nothing is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// How many numbers were seen.
    pub count: usize,
    /// Their mean; 0 before the first.
    pub mean: f64,
    /// Sum of squared distances from the mean.
    squares: f64,
}

impl Moments {
    /// The moments of these values.
    pub fn of(values: &[f64]) -> Self {
        values.iter().copied().collect()
    }

    /// Sees one more value.
    pub fn push(&mut self, value: f64) {
        self.count += 1;
        let distance = value - self.mean;
        self.mean += distance / self.count as f64;
        self.squares += distance * (value - self.mean);
    }

    /// The sample variance (n − 1); 0 for fewer than two values.
    pub fn variance(&self) -> f64 {
        if self.count < 2 { 0.0 } else { self.squares / (self.count - 1) as f64 }
    }

    /// The t interval of the mean at a confidence such as 0.95.
    pub fn interval(&self, confidence: f64) -> Interval {
        let sd = self.variance().sqrt();
        let half_width = match self.count {
            0 | 1 => f64::INFINITY,
            n => t_quantile(0.5 + confidence / 2.0, (n - 1) as f64) * sd / (n as f64).sqrt(),
        };
        Interval {
            mean: if self.count == 0 { f64::NAN } else { self.mean },
            half_width,
            sd,
            count: self.count,
            confidence,
        }
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut moments = Moments::default();
        values.into_iter().for_each(|value| moments.push(value));
        moments
    }
}

/// A mean and how far it may be from the truth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The mean of the replications.
    pub mean: f64,
    /// The truth lies within `mean ± half_width` as often as `confidence` says; infinite for fewer than two replications.
    pub half_width: f64,
    /// Standard deviation of one replication.
    pub sd: f64,
    /// How many replications.
    pub count: usize,
    /// The confidence, as a share (0.95).
    pub confidence: f64,
}

impl Interval {
    /// The lower end.
    pub fn low(&self) -> f64 {
        self.mean - self.half_width
    }

    /// The upper end.
    pub fn high(&self) -> f64 {
        self.mean + self.half_width
    }

    /// The standard error of the mean.
    pub fn standard_error(&self) -> f64 {
        self.sd / (self.count.max(1) as f64).sqrt()
    }

    /// Whether a value lies inside.
    pub fn holds(&self, value: f64) -> bool {
        (value - self.mean).abs() <= self.half_width
    }
}

/// The t interval of a mean of replications.
///
/// ```
/// let interval = foresee::simulate::trust::interval(&[4.0, 5.0, 6.0, 5.0], 0.95);
/// assert_eq!(interval.mean, 5.0);
/// assert!((interval.half_width - 3.182446 * (2.0f64 / 3.0).sqrt() / 2.0).abs() < 1e-5);
/// ```
pub fn interval(values: &[f64], confidence: f64) -> Interval {
    Moments::of(values).interval(confidence)
}

/// Where a start-up ends in one series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truncation {
    /// How many observations to leave out at the start; a whole number of batches.
    pub index: usize,
    /// The mean of what is left.
    pub mean: f64,
    /// The statistic that was made smallest: squared standard error of that mean, were its batches independent.
    pub statistic: f64,
}

/// MSER: the number of observations to leave out at the start so that the standard error of the mean of the rest is
/// smallest, on means of `batch` observations (5: MSER-5; on a series of week means, 1), looking no further than the first
/// half. `None` when there are fewer than four whole batches. A remainder that fills no batch is left out.
///
/// ```
/// use foresee::simulate::trust::mser;
/// let warming: Vec<f64> = (0..200).map(|i| if i < 30 { 0.0 } else { 10.0 + f64::from(i % 2) }).collect();
/// assert_eq!(mser(&warming, 5).map(|cut| cut.index), Some(30));
/// ```
pub fn mser(series: &[f64], batch: usize) -> Option<Truncation> {
    let means: Vec<f64> =
        series.chunks_exact(batch.max(1)).map(|values| values.iter().sum::<f64>() / values.len() as f64).collect();
    if means.len() < 4 {
        return None;
    }
    // From the back, one value more each time: the squares about the mean of every suffix in one pass.
    let mut suffix = Moments::default();
    let mut best: Option<Truncation> = None;
    for (cut, &value) in means.iter().enumerate().rev() {
        suffix.push(value);
        let statistic = suffix.squares / (suffix.count as f64).powi(2);
        if 2 * cut <= means.len() && best.is_none_or(|so_far| statistic <= so_far.statistic) {
            best = Some(Truncation { index: cut * batch.max(1), mean: suffix.mean, statistic });
        }
    }
    best
}

/// How wide an answer may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Precision {
    /// Half width as a share of the mean: 0.05 is ± 5%.
    Relative(f64),
    /// Half width in the answer's own unit.
    Absolute(f64),
}

impl Precision {
    /// The widest half width allowed for a mean.
    pub fn width(self, mean: f64) -> f64 {
        match self {
            Precision::Relative(share) => share * mean.abs(),
            Precision::Absolute(width) => width,
        }
    }
}

/// How many replications are needed in all, as far as those seen so far can tell, so that every answer is as narrow as
/// wanted at once. Each answer of `k` is held to `1 − (1 − confidence)/k` (Bonferroni). At least [`LEAST`]; when the answer
/// is no more than the count so far, it is time to stop. A mean of nought can have no relative width: an answer that never
/// varied needs no more, one that did is held at `usize::MAX`.
pub fn replications_needed(answers: &[(Interval, Precision)], confidence: f64) -> usize {
    let joint = 1.0 - (1.0 - confidence) / answers.len().max(1) as f64;
    answers.iter().map(|(seen, precision)| needed(seen, precision.width(seen.mean), joint)).fold(LEAST, usize::max)
}

fn needed(seen: &Interval, width: f64, confidence: f64) -> usize {
    let upper = 0.5 + confidence / 2.0;
    if seen.count < 2 || seen.mean.is_nan() {
        return LEAST;
    }
    if seen.sd == 0.0 {
        return seen.count;
    }
    if width <= 0.0 {
        return usize::MAX;
    }
    // t shrinks as n grows, so go up from the normal answer to the first n that is narrow enough.
    let ratio = (seen.sd / width).powi(2);
    let mut n = (normal_quantile(upper).powi(2) * ratio).ceil().max(2.0);
    for _ in 0..50 {
        let with_t = (t_quantile(upper, n - 1.0).powi(2) * ratio).ceil().max(2.0);
        if with_t <= n {
            break;
        }
        n = with_t;
    }
    n as usize
}

/// What a change did, replication by replication on the same people.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paired {
    /// Changed less base.
    pub difference: Interval,
    /// How many times smaller the variance is than with independent runs: (var base + var changed) / var difference.
    pub variance_ratio: f64,
    /// Correlation of the two.
    pub correlation: f64,
}

/// Paired differences `changed − base` under common random numbers; both slices in the same order of replications (the
/// longer one's rest is left out).
pub fn paired(base: &[f64], changed: &[f64], confidence: f64) -> Paired {
    let n = base.len().min(changed.len());
    let (base, changed) = (&base[..n], &changed[..n]);
    let differences: Moments = base.iter().zip(changed).map(|(b, c)| c - b).collect();
    let (b, c) = (Moments::of(base), Moments::of(changed));
    let independent = b.variance() + c.variance();
    let spread = (b.variance() * c.variance()).sqrt();
    Paired {
        difference: differences.interval(confidence),
        variance_ratio: independent / differences.variance(),
        correlation: if spread > 0.0 { (independent - differences.variance()) / (2.0 * spread) } else { 0.0 },
    }
}

/// The mean of `values` corrected by what the same replications drew: `control` has a mean that is known exactly (the
/// workload that arrived, say), so a replication with more than its share of work is brought back to the usual. Regression
/// estimate (Lavenberg & Welch 1981) with n − 2 degrees of freedom; a control that never varies corrects nothing.
pub fn controlled(values: &[f64], control: &[f64], known_mean: f64, confidence: f64) -> Interval {
    let n = values.len().min(control.len());
    let (values, control) = (&values[..n], &control[..n]);
    let (v, c) = (Moments::of(values), Moments::of(control));
    if n < 4 || c.variance() <= f64::EPSILON * c.mean.powi(2) {
        return v.interval(confidence);
    }
    let shared: f64 = values.iter().zip(control).map(|(x, y)| (x - v.mean) * (y - c.mean)).sum();
    let slope = shared / c.squares;
    let residual = ((v.squares - slope * shared).max(0.0) / (n - 2) as f64).sqrt();
    let away = c.mean - known_mean;
    let scale = (1.0 / n as f64 + away * away / c.squares).sqrt();
    Interval {
        mean: v.mean - slope * away,
        half_width: t_quantile(0.5 + confidence / 2.0, (n - 2) as f64) * residual * scale,
        sd: residual,
        count: n,
        confidence,
    }
}

/// A value below which a share of the replications lie, with an interval that needs no shape.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quantile {
    /// The share, 0 to 1.
    pub share: f64,
    /// The estimate.
    pub value: f64,
    /// Lower end: an order statistic; −∞ when there are too few values to say.
    pub low: f64,
    /// Upper end: an order statistic; +∞ when there are too few values to say.
    pub high: f64,
}

/// The quantile of sorted values at `share`, straight between order statistics (the definition R calls type 7). NaN when
/// there are none.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = share.clamp(0.0, 1.0) * last as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (place - place.floor()) * (sorted[above] - sorted[below])
}

/// The quantile with its interval: the two order statistics between which it lies with at least `confidence`, by the
/// binomial count of values below it. Independent values only (replication means, not people of one run).
pub fn quantile_interval(values: &[f64], share: f64, confidence: f64) -> Quantile {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let tail = (1.0 - confidence) / 2.0;
    // P(B ≤ k) of the number of values below the quantile, k = 0..n.
    let mut cumulative = Vec::with_capacity(n + 1);
    let mut sum = 0.0;
    for k in 0..=n {
        let log = ln_choose(n, k) + times_ln(k, share) + times_ln(n - k, 1.0 - share);
        sum += log.exp();
        cumulative.push(sum);
    }
    // x(r) ≤ q needs at least r below: P(B < r) ≤ tail. q ≤ x(s) needs at most s − 1 below: P(B ≥ s) ≤ tail.
    let low = (1..=n).rev().find(|&r| cumulative[r - 1] <= tail);
    let high = (1..=n).find(|&s| 1.0 - cumulative[s - 1] <= tail);
    Quantile {
        share,
        value: quantile(&sorted, share),
        low: low.map_or(f64::NEG_INFINITY, |r| sorted[r - 1]),
        high: high.map_or(f64::INFINITY, |s| sorted[s - 1]),
    }
}

fn ln_choose(n: usize, k: usize) -> f64 {
    use statrs::function::factorial::ln_factorial;
    ln_factorial(n as u64) - ln_factorial(k as u64) - ln_factorial((n - k) as u64)
}

fn times_ln(count: usize, share: f64) -> f64 {
    if count == 0 { 0.0 } else { count as f64 * share.ln() }
}

/// One moment of a time-varying answer: by hour of the day or week, or by day of the run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Mean over replications, with the interval of that mean.
    pub mean: Interval,
    /// Below this in one replication in twenty.
    pub p05: f64,
    /// The middle replication.
    pub p50: f64,
    /// Above this in one replication in twenty.
    pub p95: f64,
}

/// Bands of a series, one row a replication, one column a moment: what the mean is, and between what the days go.
pub fn bands(rows: &[Vec<f64>], confidence: f64) -> Vec<Band> {
    let width = rows.iter().map(Vec::len).min().unwrap_or(0);
    (0..width)
        .map(|moment| {
            let mut values: Vec<f64> = rows.iter().map(|row| row[moment]).collect();
            let mean = interval(&values, confidence);
            values.sort_by(f64::total_cmp);
            let at = |share| quantile(&values, share);
            Band { mean, p05: at(0.05), p50: at(0.5), p95: at(0.95) }
        })
        .collect()
}

/// The quantile of Student's t.
pub fn t_quantile(share: f64, degrees: f64) -> f64 {
    // Far out the t is the normal to four digits, and the normal is exact.
    if degrees > 1e5 {
        return normal_quantile(share);
    }
    StudentsT::new(0.0, 1.0, degrees.max(1.0)).map_or(f64::NAN, |t| t.inverse_cdf(share))
}

/// The quantile of the standard normal.
pub fn normal_quantile(share: f64) -> f64 {
    statrs::distribution::Normal::standard().inverse_cdf(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Uniforms and standard normals from a small counter, for tests alone.
    struct Dice(u64);
    impl Dice {
        fn uniform(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            (((z ^ (z >> 31)) >> 11) as f64 + 0.5) / (1u64 << 53) as f64
        }
        fn normal(&mut self) -> f64 {
            (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
        }
    }

    #[test]
    fn an_interval_is_the_one_in_the_table() {
        let table = [(1.0, 12.706), (4.0, 2.776), (19.0, 2.093), (39.0, 2.023), (1e6, 1.960)];
        for (degrees, t) in table {
            assert!((t_quantile(0.975, degrees) - t).abs() < 6e-4, "{degrees}");
        }
        assert_eq!(interval(&[3.0], 0.95).half_width, f64::INFINITY);
        assert!(interval(&[], 0.95).mean.is_nan());
        assert_eq!(interval(&[2.0; 5], 0.95).half_width, 0.0);
    }

    #[test]
    fn intervals_hold_the_truth_as_often_as_they_say() {
        let mut dice = Dice(1);
        let held = (0..4000)
            .filter(|_| interval(&(0..20).map(|_| 7.0 + 2.0 * dice.normal()).collect::<Vec<_>>(), 0.95).holds(7.0))
            .count();
        let coverage = held as f64 / 4000.0;
        assert!((0.94..0.96).contains(&coverage), "{coverage}");
    }

    #[test]
    fn order_statistics_hold_the_quantile_at_least_as_often_as_they_say() {
        for share in [0.5, 0.9] {
            let mut dice = Dice(2);
            let held = (0..3000)
                .filter(|_| {
                    let values: Vec<f64> = (0..60).map(|_| -dice.uniform().ln()).collect();
                    let seen = quantile_interval(&values, share, 0.95);
                    let truth = -(1.0f64 - share).ln();
                    seen.low <= truth && truth <= seen.high
                })
                .count();
            let coverage = held as f64 / 3000.0;
            assert!((0.94..0.99).contains(&coverage), "{share}: {coverage}");
        }
        let few = quantile_interval(&[1.0, 2.0, 3.0], 0.95, 0.95);
        assert_eq!((few.low, few.high), (2.0, f64::INFINITY), "three values cannot say how high a 95th centile is");
        // For the median of 20 the textbook interval is the 6th to the 15th.
        let ranks: Vec<f64> = (1..=20).map(f64::from).collect();
        let middle = quantile_interval(&ranks, 0.5, 0.95);
        assert_eq!((middle.low, middle.value, middle.high), (6.0, 10.5, 15.0));
    }

    #[test]
    fn mser_is_the_plain_search() {
        let mut dice = Dice(3);
        for n in [20, 21, 99, 400] {
            for batch in [1, 5] {
                let series: Vec<f64> =
                    (0..n).map(|i| 10.0 * (1.0 - (-f64::from(i) / 20.0).exp()) + dice.normal()).collect();
                let means: Vec<f64> =
                    series.chunks_exact(batch).map(|b| b.iter().sum::<f64>() / batch as f64).collect();
                let plain = (0..=means.len() / 2)
                    .map(|cut| {
                        let rest = &means[cut..];
                        let mean = rest.iter().sum::<f64>() / rest.len() as f64;
                        let squares: f64 = rest.iter().map(|y| (y - mean).powi(2)).sum();
                        (cut * batch, mean, squares / (rest.len() as f64).powi(2))
                    })
                    .min_by(|a, b| a.2.total_cmp(&b.2))
                    .unwrap();
                let cut = mser(&series, batch).unwrap();
                assert_eq!(cut.index, plain.0, "{n} by {batch}");
                assert!((cut.mean - plain.1).abs() < 1e-9 && (cut.statistic - plain.2).abs() < 1e-9);
            }
        }
        assert_eq!(mser(&[1.0; 19], 5), None);
        assert_eq!(mser(&[1.0; 20], 5).unwrap().index, 0, "a series that is settled from the start loses nothing");
    }

    #[test]
    fn stopping_when_told_is_narrow_enough() {
        let mut dice = Dice(4);
        let (a, b) = (Precision::Relative(0.02), Precision::Absolute(0.5));
        let (mut one, mut two) = (Moments::default(), Moments::default());
        loop {
            one.push(50.0 + 5.0 * dice.normal());
            two.push(4.0 * dice.normal());
            let seen = [(one.interval(0.95), a), (two.interval(0.95), b)];
            if one.count >= LEAST && replications_needed(&seen, 0.95) <= one.count {
                break;
            }
        }
        // Two answers at 95% together: each at 97.5%.
        assert!(one.interval(0.975).half_width <= 1.0 + 1e-9 && two.interval(0.975).half_width <= 0.5 + 1e-9);
        assert!((150..650).contains(&one.count), "{}", one.count);
        let nought = Moments::of(&[0.0; 30]).interval(0.95);
        assert_eq!(replications_needed(&[(nought, a)], 0.95), 30);
        assert_eq!(replications_needed(&[(Moments::of(&[1.0, -1.0]).interval(0.95), a)], 0.95), usize::MAX);
    }

    #[test]
    fn pairs_on_the_same_dice_are_narrower() {
        let mut dice = Dice(5);
        let (base, changed): (Vec<f64>, Vec<f64>) = (0..400)
            .map(|_| {
                let shared = 3.0 * dice.normal();
                (10.0 + shared + 0.3 * dice.normal(), 9.0 + shared + 0.3 * dice.normal())
            })
            .unzip();
        let seen = paired(&base, &changed, 0.95);
        assert!(seen.difference.holds(-1.0) && seen.difference.half_width < 0.06);
        assert!((70.0..140.0).contains(&seen.variance_ratio) && seen.correlation > 0.97, "{seen:?}");
    }

    #[test]
    fn a_control_takes_its_share_of_the_noise_away() {
        let mut dice = Dice(6);
        let mut held = 0;
        let mut narrower = 0.0;
        for _ in 0..1000 {
            let control: Vec<f64> = (0..30).map(|_| 5.0 + dice.normal()).collect();
            let values: Vec<f64> = control.iter().map(|work| 20.0 + 2.0 * (work - 5.0) + dice.normal()).collect();
            let seen = controlled(&values, &control, 5.0, 0.95);
            held += usize::from(seen.holds(20.0));
            narrower += interval(&values, 0.95).half_width / seen.half_width / 1000.0;
        }
        assert!((930..970).contains(&held), "{held}");
        assert!((2.0..2.4).contains(&narrower), "variance 5 falls to 1: {narrower}");
        let flat = controlled(&[1.0, 2.0, 3.0, 4.0], &[5.0; 4], 5.0, 0.95);
        assert_eq!(flat, interval(&[1.0, 2.0, 3.0, 4.0], 0.95));
    }

    #[test]
    fn bands_are_by_moment() {
        let rows: Vec<Vec<f64>> = (0..21).map(|r| vec![f64::from(r), 100.0 - f64::from(r)]).collect();
        let seen = bands(&rows, 0.95);
        assert_eq!((seen[0].p05, seen[0].p50, seen[0].p95), (1.0, 10.0, 19.0));
        assert_eq!((seen[1].p05, seen[1].mean.mean), (81.0, 90.0));
    }
}

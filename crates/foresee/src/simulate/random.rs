//! Random numbers by key, not by order: what a person draws depends on the seed, the replication, who they are, what it is
//! for and how often they have drawn it, and on nothing that anybody else does. A change to one service therefore leaves
//! every other draw as it was, and the difference of two runs is the difference that the change makes.
//!
//! Values are made by inversion, so a longer stay by the same draw is a longer stay: logarithm and exponential are our own
//! short tables (relative error below 1e-12), quantiles without a closed form are tables that are finest in both tails.

use super::distribution::{Distribution, normal_above};

/// Ticks to a unit of time.
pub(crate) const TICKS: f64 = (1u64 << 24) as f64;
/// Later than anything.
pub(crate) const NEVER: i64 = i64::MAX >> 2;

/// A time of the model in ticks, to the nearest.
pub(crate) fn ticks(time: f64) -> i64 {
    ((time * TICKS).round() as i64).clamp(-NEVER, NEVER)
}

/// The nearest whole number of ticks to a number from 0 (a rounding error below it counts as 0), at most 2^50.
#[inline(always)]
pub(crate) fn whole(value: f64) -> i64 {
    const SHIFT: f64 = (1u64 << 52) as f64;
    (value.clamp(0.0, (1u64 << 50) as f64) + SHIFT).to_bits() as i64 & ((1 << 52) - 1)
}

/// Mixes a word well: the finaliser of SplitMix64 (Steele, Lea & Flood 2014).
pub(crate) fn scramble(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// The key of the `index`-th thing under a key.
#[inline(always)]
pub(crate) fn under(key: u64, index: u64) -> u64 {
    scramble(key.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

/// The key of a name: the same wherever the name stands in a file.
pub(crate) fn named(key: u64, name: &str) -> u64 {
    name.bytes().fold(scramble(key ^ 0x5bd1_e995), |key, byte| under(key, u64::from(byte)))
}

/// One draw: 64 bits for a key, a use and how often it has been used (the step of wyrand: a folded multiplication).
#[inline(always)]
pub(crate) fn draw(key: u64, used_for: u64, time: u64) -> u64 {
    let word = key.wrapping_add(used_for).wrapping_add(time.wrapping_mul(0xa076_1d64_78bd_642f));
    let product = u128::from(word) * u128::from(word ^ 0xe703_7ed1_a0b4_28db);
    (product >> 64) as u64 ^ product as u64
}

/// A number from 0 to below 1.
#[inline(always)]
pub(crate) fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// Cells to an octave of a quantile table.
const CELLS: usize = 32;
/// Octaves on each side: tails down to 2^-41.
const OCTAVES: usize = 40;

/// Tables that all draws share.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    log: Box<[(f64, f64); 128]>,
    exp: Box<[f64; 64]>,
    normal: Quantiles,
}

/// Quantiles as cubics in cells that halve towards both ends of probability.
#[derive(Clone, Debug)]
pub(crate) struct Quantiles {
    cells: Vec<[f64; 4]>,
}

impl Quantiles {
    /// From the value that a share stays above (of the upper half), and under (of the lower half).
    fn new(above: impl Fn(f64) -> f64, under: Option<impl Fn(f64) -> f64>) -> Quantiles {
        let mut cells = Vec::new();
        let mut side = |value: &dyn Fn(f64) -> f64| {
            for octave in 0..OCTAVES {
                for cell in 0..CELLS {
                    let at = |part: f64| {
                        value((1.0 + (cell as f64 + part) / CELLS as f64) * (-(octave as f64) - 2.0).exp2())
                    };
                    let (a, b, c, d) = (at(0.0), at(1.0 / 3.0), at(2.0 / 3.0), at(1.0));
                    cells.push([
                        a,
                        (-11.0 * a + 18.0 * b - 9.0 * c + 2.0 * d) / 2.0,
                        (18.0 * a - 45.0 * b + 36.0 * c - 9.0 * d) / 2.0,
                        (-9.0 * a + 27.0 * b - 27.0 * c + 9.0 * d) / 2.0,
                    ]);
                }
            }
        };
        side(&above);
        if let Some(under) = under {
            side(&under);
        }
        Quantiles { cells }
    }

    /// The cell value of 63 bits that stand for a tail's share from 0 to a half.
    #[inline(always)]
    fn tail(&self, side: usize, bits: u64) -> f64 {
        let bits = bits | 1 << 20;
        let octave = bits.leading_zeros() as usize;
        let mantissa = bits << octave << 1;
        let cell = (mantissa >> 59) as usize;
        let part = (mantissa << 5 >> 11) as f64 * (1.0 / (1u64 << 53) as f64);
        match self.cells.get(side + octave.min(OCTAVES - 1) * CELLS + cell) {
            Some([a, b, c, d]) => a + part * (b + part * (c + part * d)),
            None => 0.0,
        }
    }

    /// The value at a draw: of the lower half when its top bit is off.
    #[inline(always)]
    fn value(&self, bits: u64) -> f64 {
        match bits >> 63 {
            1 => self.tail(0, !bits << 1),
            _ => self.tail(OCTAVES * CELLS, bits << 1),
        }
    }
}

impl Tables {
    pub(crate) fn new() -> Tables {
        let middle = |at: usize| 1.0 + (at as f64 + 0.5) / 128.0;
        Tables {
            log: Box::new(std::array::from_fn(|at| (1.0 / middle(at), middle(at).ln()))),
            exp: Box::new(std::array::from_fn(|at| (at as f64 / 64.0).exp2())),
            normal: Quantiles::new(normal_above, None::<fn(f64) -> f64>),
        }
    }

    /// An exponential of mean one: minus the logarithm of the draw.
    #[inline(always)]
    pub(crate) fn exponential(&self, bits: u64) -> f64 {
        // Larger draws are longer times, so that all inversions rise with the draw.
        let bits = !bits | 1;
        let shift = bits.leading_zeros();
        let mantissa = bits << shift << 1;
        let (inverse, log) = self.log[(mantissa >> 57) as usize];
        let value = f64::from_bits(0x3ff0_0000_0000_0000 | mantissa >> 12);
        let rest = value * inverse - 1.0;
        let series = rest * (1.0 - rest * (0.5 - rest * (1.0 / 3.0 - rest * 0.25)));
        f64::from(shift as i32 + 1) * std::f64::consts::LN_2 - log - series
    }

    /// The exponential function.
    #[inline(always)]
    pub(crate) fn exp(&self, x: f64) -> f64 {
        // Adding 1.5 × 2^52 leaves the nearest whole number in the low bits.
        const ROUND: f64 = 6_755_399_441_055_744.0;
        let shifted = (x * (64.0 / std::f64::consts::LN_2)).clamp(-60_000.0, 60_000.0) + ROUND;
        let steps = (shifted.to_bits() << 13) as i64 >> 13;
        let rest = x - (shifted - ROUND) * (std::f64::consts::LN_2 / 64.0);
        let series = 1.0 + rest * (1.0 + rest * (0.5 + rest * (1.0 / 6.0 + rest * (1.0 / 24.0))));
        let power = f64::from_bits(((steps >> 6) + 1023) as u64 * (1 << 52));
        self.exp[(steps & 63) as usize] * series * power
    }

    /// A standard normal.
    #[inline(always)]
    pub(crate) fn normal(&self, bits: u64) -> f64 {
        let upper = bits >> 63 == 1;
        let tail = self.normal.tail(0, if upper { !bits << 1 } else { bits << 1 });
        if upper { tail } else { -tail }
    }
}

/// A distribution made ready for drawing; times in ticks.
#[derive(Clone, Debug)]
pub(crate) enum Sampler {
    Fixed(f64),
    Exponential(f64),
    Lognormal { mu: f64, sigma: f64 },
    Weibull { inverse: f64, scale: f64 },
    Uniform { low: f64, width: f64 },
    Steps { values: Vec<f64>, below: Vec<f64> },
    Lines(Vec<f64>),
    Table(Quantiles),
    Mixture { below: Vec<f64>, parts: Vec<Sampler> },
    Shifted { by: f64, of: Box<Sampler> },
    Phase { initial: Vec<f64>, means: Vec<f64>, next: Vec<Vec<f64>> },
}

/// Running sums of shares, scaled so that the last is one.
fn running(shares: &[f64]) -> Vec<f64> {
    let total: f64 = shares.iter().sum();
    let mut sum = 0.0;
    shares
        .iter()
        .map(|share| {
            sum += share / total;
            sum
        })
        .collect()
}

impl Sampler {
    pub(crate) fn new(distribution: &Distribution) -> Sampler {
        match distribution {
            Distribution::Fixed { value } => Sampler::Fixed(value * TICKS),
            Distribution::Exponential { mean } => Sampler::Exponential(mean * TICKS),
            Distribution::Lognormal { mean, cv } => {
                let (mu, sigma) = Distribution::mu_sigma(*mean, *cv);
                Sampler::Lognormal { mu: mu + TICKS.ln(), sigma }
            }
            Distribution::Weibull { shape, scale } => Sampler::Weibull { inverse: 1.0 / shape, scale: scale * TICKS },
            Distribution::Uniform { low, high } => Sampler::Uniform { low: low * TICKS, width: (high - low) * TICKS },
            Distribution::Gamma { .. } | Distribution::Erlang { .. } | Distribution::Triangular { .. } => {
                let above = |share: f64| distribution.quantile_above(share) * TICKS;
                let under = |share: f64| distribution.quantile(share) * TICKS;
                Sampler::Table(Quantiles::new(above, Some(under)))
            }
            Distribution::Empirical { values, weights } => {
                let ones = vec![1.0; values.len()];
                let below = running(if weights.is_empty() { &ones } else { weights });
                Sampler::Steps { values: values.iter().map(|value| value * TICKS).collect(), below }
            }
            Distribution::Quantiles { quantiles } => {
                Sampler::Lines(quantiles.iter().map(|value| value * TICKS).collect())
            }
            Distribution::Hyperexponential { shares, means } => Sampler::Mixture {
                below: running(shares),
                parts: means.iter().map(|mean| Sampler::Exponential(mean * TICKS)).collect(),
            },
            Distribution::Mixture { shares, parts } => {
                Sampler::Mixture { below: running(shares), parts: parts.iter().map(Sampler::new).collect() }
            }
            Distribution::Shifted { by, of } => Sampler::Shifted { by: by * TICKS, of: Box::new(Sampler::new(of)) },
            Distribution::Phase { initial, rates } => {
                let out = |at: usize| -rates[at][at];
                Sampler::Phase {
                    initial: running(initial),
                    means: (0..rates.len()).map(|at| TICKS / out(at)).collect(),
                    next: rates
                        .iter()
                        .enumerate()
                        .map(|(at, row)| {
                            let mut sum = 0.0;
                            row.iter()
                                .enumerate()
                                .map(|(to, rate)| {
                                    sum += if to == at { 0.0 } else { rate / out(at) };
                                    sum
                                })
                                .collect()
                        })
                        .collect(),
                }
            }
        }
    }

    /// A time in ticks, at least 0, for a key, a use and how often it has been used.
    #[inline(always)]
    pub(crate) fn sample(&self, tables: &Tables, key: u64, used_for: u64, time: u64) -> i64 {
        let bits = draw(key, used_for, time);
        let value = match self {
            Sampler::Exponential(mean) => mean * tables.exponential(bits),
            Sampler::Lognormal { mu, sigma } => tables.exp(mu + sigma * tables.normal(bits)),
            other => other.value(tables, bits, key ^ used_for.rotate_left(17), time),
        };
        whole(value)
    }

    #[inline(never)]
    fn value(&self, tables: &Tables, bits: u64, key: u64, time: u64) -> f64 {
        match self {
            Sampler::Fixed(value) => *value,
            Sampler::Exponential(mean) => mean * tables.exponential(bits),
            Sampler::Lognormal { mu, sigma } => tables.exp(mu + sigma * tables.normal(bits)),
            Sampler::Weibull { inverse, scale } => scale * tables.exponential(bits).powf(*inverse),
            Sampler::Uniform { low, width } => low + width * unit(bits),
            Sampler::Steps { values, below } => {
                let at = below.partition_point(|below| *below <= unit(bits));
                values[at.min(values.len() - 1)]
            }
            Sampler::Lines(quantiles) => {
                let at = unit(bits) * (quantiles.len() - 1) as f64;
                let low = (at as usize).min(quantiles.len() - 2);
                quantiles[low] + (at - low as f64) * (quantiles[low + 1] - quantiles[low])
            }
            Sampler::Table(table) => table.value(bits),
            Sampler::Mixture { below, parts } => {
                let share = unit(bits);
                let at = below.partition_point(|below| *below <= share).min(parts.len() - 1);
                let from = at.checked_sub(1).map_or(0.0, |before| below[before]);
                let within = ((share - from) / (below[at] - from)).clamp(0.0, 1.0 - f64::EPSILON);
                parts[at].value(tables, (within * 2f64.powi(64)) as u64, key, time)
            }
            Sampler::Shifted { by, of } => by + of.value(tables, bits, key, time),
            Sampler::Phase { initial, means, next } => {
                let mut at = initial.partition_point(|below| *below <= unit(bits)).min(means.len() - 1);
                let (mut sum, mut step) = (0.0, 0);
                loop {
                    let chain = under(key, time);
                    sum += means[at] * tables.exponential(draw(chain, 1, step));
                    let to = next[at].partition_point(|below| *below <= unit(draw(chain, 2, step)));
                    step += 1;
                    if to >= means.len() || step > 1_000_000 {
                        return sum;
                    }
                    at = to;
                }
            }
        }
    }
}

/// What is left, in ticks, of a time that has lasted `elapsed` ticks: drawn from the distribution given that it is longer.
pub(crate) fn remaining(distribution: &Distribution, elapsed: i64, bits: u64) -> i64 {
    let elapsed = elapsed.max(0) as f64 / TICKS;
    let longer = distribution.survival(elapsed);
    let whole = distribution.quantile_above(longer * (1.0 - unit(bits)));
    if longer <= 0.0 { 0 } else { ticks((whole - elapsed).max(0.0)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_logarithm_and_exponential_are_right_to_twelve_digits() {
        let tables = Tables::new();
        for index in 0..20_000 {
            let bits = scramble(index);
            let exact = -(((!bits | 1) as f64) / 2f64.powi(64)).ln();
            assert!((tables.exponential(bits) - exact).abs() < 1e-12 * exact.max(1.0), "{bits:x}");
            let x = unit(bits) * 80.0 - 40.0;
            assert!((tables.exp(x) / x.exp() - 1.0).abs() < 1e-12, "{x}");
        }
    }

    #[test]
    fn a_quantile_table_errs_by_less_than_a_millionth() {
        let tables = Tables::new();
        let gamma = Distribution::Gamma { mean: 5.0, cv: 0.8 };
        let table = Sampler::new(&gamma);
        for index in 1..2_000 {
            let bits = scramble(index) >> (index % 20);
            let u = (bits as f64 + 0.5) / 2f64.powi(64);
            assert!((tables.normal(bits) - normal_above(1.0 - u)).abs() < 1e-6, "{u}");
            let exact = gamma.quantile(u) * TICKS;
            assert!((table.value(&tables, bits, 0, 0) / exact - 1.0).abs() < 1e-6, "{u}");
        }
    }

    #[test]
    fn draws_of_one_key_and_of_many_are_even_and_do_not_follow_each_other() {
        for many in [false, true] {
            let (mut buckets, mut product, count) = ([0u32; 64], 0.0, 1 << 16);
            let mut before = 0.5;
            for index in 0..count {
                let bits = if many { draw(under(7, index), 99, 0) } else { draw(under(7, 0), 99, index) };
                buckets[(bits >> 58) as usize] += 1;
                product += (before - 0.5) * (unit(bits) - 0.5);
                before = unit(bits);
            }
            let expected = count as f64 / 64.0;
            let chi: f64 = buckets.iter().map(|seen| (f64::from(*seen) - expected).powi(2) / expected).sum();
            assert!(chi < 120.0, "chi-squared of 63 degrees {chi}");
            assert!((product / count as f64 * 12.0).abs() < 4.5 / (count as f64).sqrt());
        }
    }

    #[test]
    fn a_stay_that_has_lasted_is_not_drawn_afresh() {
        let stay = Distribution::Lognormal { mean: 6.0, cv: 1.4 };
        let mean = |elapsed: f64| {
            (0..4000).map(|i| remaining(&stay, ticks(elapsed), scramble(i)) as f64 / TICKS).sum::<f64>() / 4000.0
        };
        assert!((mean(0.0) - 6.0).abs() < 0.5);
        assert!(mean(10.0) > 8.0, "long stays last longer still");
    }
}

//! What nobody knows, said as a range: p10, p50 and p90 become a distribution, and draws from it are keyed.
//!
//! Three quantiles make a metalog of three terms that goes through them exactly (Keelin, *The Metalog Distributions*, Decision
//! Analysis 2016); between bounds it is the log or logit metalog. Where they are too skewed for one, two halves of a normal
//! distribution meet at the median, which also goes through all three. A draw depends on the seed, the sample and the name of what is
//! drawn and on nothing else, so a new unknown leaves the draws of all others as they were.

use super::{ProjectError, number};
use serde::Deserialize;
use statrs::distribution::{ContinuousCDF, Normal};

/// A middle value and how far it may lie: 9 in 10 lie between `low` and `high`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Range {
    /// One in twenty is below this.
    pub low: f64,
    /// The middle one.
    pub middle: f64,
    /// One in twenty is above this.
    pub high: f64,
    /// Half of them lie between these.
    pub half: (f64, f64),
}

impl Range {
    /// A number that is sure.
    pub fn sure(value: f64) -> Range {
        Range { low: value, middle: value, high: value, half: (value, value) }
    }

    /// The 5th and 95th of a hundred of `draws`, about a middle value. Reorders `draws`; without draws the number is sure.
    pub(crate) fn of(middle: f64, draws: &mut [f64]) -> Range {
        if draws.is_empty() {
            return Range::sure(middle);
        }
        Range { low: pick(draws, 0.05), middle, high: pick(draws, 0.95), half: (pick(draws, 0.25), pick(draws, 0.75)) }
    }

    /// This range, each end changed by `change`.
    pub fn map(self, change: impl Fn(f64) -> f64) -> Range {
        Range {
            low: change(self.low),
            middle: change(self.middle),
            high: change(self.high),
            half: (change(self.half.0), change(self.half.1)),
        }
    }
}

/// The quantile of sorted values, linear between them (type 7 of Hyndman and Fan); not a number for none.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share.clamp(0.0, 1.0) * sorted.len().saturating_sub(1) as f64;
    let (below, part) = (at.floor() as usize, at.fract());
    match (sorted.get(below), sorted.get(below + 1)) {
        (Some(low), Some(high)) if part > 0.0 => low + part * (high - low),
        (Some(low), _) => *low,
        (None, _) => f64::NAN,
    }
}

/// The same quantile of values in any order, which it changes: finding two of them is quicker than sorting all.
fn pick(values: &mut [f64], share: f64) -> f64 {
    let at = share * (values.len() - 1) as f64;
    let (_, low, above) = values.select_nth_unstable_by(at.floor() as usize, f64::total_cmp);
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(*low);
    *low + at.fract() * (high - *low)
}

/// What those who were asked expect: as `{ p10 = 0.2, p50 = 0.5, p90 = 0.7, low = 0, high = 1 }`, the bounds if there are any.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elicited {
    /// One in ten below this.
    pub p10: f64,
    /// The middle.
    pub p50: f64,
    /// One in ten above this.
    pub p90: f64,
    /// Never below this.
    pub low: Option<f64>,
    /// Never above this.
    pub high: Option<f64>,
}

impl Elicited {
    /// A number that is sure.
    pub const fn sure(value: f64) -> Elicited {
        Elicited { p10: value, p50: value, p90: value, low: None, high: None }
    }

    /// Whether the three rise, within the bounds.
    ///
    /// # Errors
    /// [`ProjectError`] that says which does not.
    pub fn check(&self) -> Result<(), ProjectError> {
        number("p10", self.p10, "at most p50", |p10| p10 <= self.p50)?;
        number("p50", self.p50, "at most p90", |p50| p50 <= self.p90)?;
        number("p90", self.p90, "a number", |_| true)?;
        if let Some(low) = self.low {
            number("low", low, "below p10 (or all of them)", |low| low < self.p10 || low == self.p90)?;
        }
        if let Some(high) = self.high {
            number("high", high, "above p90 (or all of them)", |high| high > self.p90 || high == self.p10)?;
        }
        Ok(())
    }

    /// The value below which the share `y` lies, 0 < `y` < 1.
    ///
    /// ```
    /// use foresee::project::range::Elicited;
    /// let avoided = Elicited { p10: 0.05, p50: 0.10, p90: 0.30, low: Some(0.0), high: Some(1.0) };
    /// assert!((avoided.quantile(0.9) - 0.30).abs() < 1e-12 && avoided.quantile(0.999_999) < 1.0);
    /// ```
    pub fn quantile(&self, y: f64) -> f64 {
        if self.p10 == self.p90 {
            return self.p50;
        }
        // To a scale without bounds, where the metalog lives, and back.
        type Scale = fn(f64, f64, f64) -> f64;
        let (to, from): (Scale, Scale) = match (self.low, self.high) {
            (None, None) => (|x, _, _| x, |z, _, _| z),
            (Some(_), None) => (|x, low, _| (x - low).ln(), |z, low, _| low + z.exp()),
            (None, Some(_)) => (|x, _, high| -(high - x).ln(), |z, _, high| high - (-z).exp()),
            (Some(_), Some(_)) => {
                (|x, low, high| ((x - low) / (high - x)).ln(), |z, low, high| low + (high - low) / (1.0 + (-z).exp()))
            }
        };
        let (low, high) = (self.low.unwrap_or(0.0), self.high.unwrap_or(0.0));
        let [p10, p50, p90] = [self.p10, self.p50, self.p90].map(|x| to(x, low, high));
        let r = (p50 - p10) / (p90 - p10);
        // The three terms of a metalog rise everywhere when its skew stays within these (Keelin 2016, equation 14).
        let edge = 0.5 * (1.0 - 1.66711 * (0.5 - 0.1));
        let z = if (edge..=1.0 - edge).contains(&r) {
            let (nine, logit) = (9f64.ln(), (y / (1.0 - y)).ln());
            p50 + (p90 - p10) / (2.0 * nine) * logit + (1.0 - 2.0 * r) * (p90 - p10) / (0.8 * nine) * (y - 0.5) * logit
        } else {
            let side = if y < 0.5 { p50 - p10 } else { p90 - p50 };
            p50 + side * normal_quantile(y) / normal_quantile(0.9)
        };
        from(z, low, high)
    }

    /// The draw of this sample.
    pub fn draw(&self, seed: u64, sample: u64, name: &str) -> f64 {
        self.quantile(uniform(seed, sample, name))
    }
}

/// The quantile of the standard normal distribution.
pub(crate) fn normal_quantile(y: f64) -> f64 {
    Normal::standard().inverse_cdf(y)
}

/// A number between 0 and 1, neither of them, that depends on these three alone.
pub fn uniform(seed: u64, sample: u64, name: &str) -> f64 {
    let named = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mixed = mix(mix(mix(seed).wrapping_add(sample)).wrapping_add(named));
    ((mixed >> 11) as f64 + 0.5) / (1u64 << 53) as f64
}

/// The finalizer of SplitMix64 (Steele, Lea and Flood 2014).
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn draws_are_spread_evenly_and_keyed() {
        let draws: Vec<f64> = (0..20_000).map(|sample| uniform(7, sample, "mortality")).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let square = draws.iter().map(|draw| draw * draw).sum::<f64>() / 20_000.0;
        assert!((mean - 0.5).abs() < 0.01 && (square - 1.0 / 3.0).abs() < 0.01, "{mean} {square}");
        assert_eq!(uniform(7, 3, "mortality"), uniform(7, 3, "mortality"));
        assert_ne!(uniform(7, 3, "mortality"), uniform(7, 3, "fertility"));
        assert_ne!(uniform(7, 3, "mortality"), uniform(8, 3, "mortality"));
    }

    #[test]
    fn quantiles_that_fall_are_refused() {
        let wrong = Elicited { p10: 0.3, p50: 0.2, p90: 0.4, low: None, high: None };
        assert_eq!(wrong.check().unwrap_err().to_string(), "p10 is 0.3, which must be at most p50");
        let out = Elicited { p10: 0.1, p50: 0.2, p90: 0.4, low: Some(0.2), high: None };
        assert!(out.check().unwrap_err().to_string().starts_with("low is 0.2"));
    }

    proptest! {
        #[test]
        fn a_quantile_is_the_same_in_any_order(values in prop::collection::vec(-5.0..5.0f64, 1..40), share in 0.0..1.0f64) {
            let mut sorted = values.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            let mut values = values;
            prop_assert!((pick(&mut values, share) - quantile(&sorted, share)).abs() < 1e-12);
        }

        #[test]
        fn goes_through_its_three_quantiles_and_rises(p10 in 0.01..0.5f64, up in 0.001..0.2f64, more in 0.001..0.2f64, bounds in 0..4) {
            let range = Elicited {
                p10, p50: p10 + up, p90: p10 + up + more,
                low: (bounds & 1 == 1).then_some(0.0), high: (bounds & 2 == 2).then_some(1.0),
            };
            range.check().unwrap();
            for (y, value) in [(0.1, range.p10), (0.5, range.p50), (0.9, range.p90)] {
                prop_assert!((range.quantile(y) - value).abs() < 1e-9);
            }
            let values: Vec<f64> = (1..1000).map(|y| range.quantile(f64::from(y) / 1000.0)).collect();
            prop_assert!(values.windows(2).all(|pair| pair[0] <= pair[1]));
            prop_assert!(bounds & 1 == 0 || values[0] >= 0.0);
            prop_assert!(bounds & 2 == 0 || values[998] <= 1.0);
        }
    }
}

//! How long things last. A distribution is written as its name and what a person would say of it (mean and cv rather than
//! mu and sigma, though both are read), or as a bare number for what is always the same.

use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use statrs::function::{erf, gamma};

/// A distribution of a time from 0 on (or of any quantity not below 0).
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always the same.
    Fixed {
        /// The value.
        value: f64,
    },
    /// Exponential.
    Exponential {
        /// Its mean.
        mean: f64,
    },
    /// Lognormal.
    Lognormal {
        /// Its mean.
        mean: f64,
        /// Standard deviation over mean.
        cv: f64,
    },
    /// Gamma.
    Gamma {
        /// Its mean.
        mean: f64,
        /// Standard deviation over mean.
        cv: f64,
    },
    /// Weibull.
    Weibull {
        /// Below one: the longer it has lasted, the longer it will.
        shape: f64,
        /// The value that 63.2% stay under.
        scale: f64,
    },
    /// Sum of exponential stages of equal mean.
    Erlang {
        /// Its mean.
        mean: f64,
        /// How many stages.
        stages: u32,
    },
    /// Anything between two values.
    Uniform {
        /// The least.
        low: f64,
        /// The most.
        high: f64,
    },
    /// Between two values, most often near a third.
    Triangular {
        /// The least.
        low: f64,
        /// The most usual.
        mode: f64,
        /// The most.
        high: f64,
    },
    /// One of several exponentials.
    Hyperexponential {
        /// Shares, summing to one.
        shares: Vec<f64>,
        /// Their means.
        means: Vec<f64>,
    },
    /// Phase type: the time that a chain of phases takes to end.
    Phase {
        /// Where it begins: shares, summing to one.
        initial: Vec<f64>,
        /// Rates between phases; minus the whole rate out of each on the diagonal.
        rates: Vec<Vec<f64>>,
    },
    /// Values that were seen, each as likely as its weight.
    Empirical {
        /// In increasing order.
        values: Vec<f64>,
        /// As many weights; empty: all equal.
        weights: Vec<f64>,
    },
    /// Quantiles at equal steps of probability from 0 to 1, straight lines between.
    Quantiles {
        /// In increasing order.
        quantiles: Vec<f64>,
    },
    /// One of several distributions.
    Mixture {
        /// Shares, summing to one.
        shares: Vec<f64>,
        /// The distributions.
        parts: Vec<Distribution>,
    },
    /// Another, and always so much more.
    Shifted {
        /// How much more.
        by: f64,
        /// The other.
        of: Box<Distribution>,
    },
}

/// How a distribution stands in a file.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    distribution: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mean: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cv: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mu: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sigma: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shape: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scale: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stages: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    low: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    high: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shares: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    means: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    initial: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rates: Option<Vec<Vec<f64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weights: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantiles: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<Vec<Distribution>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<Box<Distribution>>,
}

impl Written {
    fn read(mut self) -> Result<Distribution, String> {
        let name = std::mem::take(&mut self.distribution);
        macro_rules! need {
            ($key:ident) => {
                self.$key.take().ok_or_else(|| format!("{name} needs `{}`", stringify!($key)))?
            };
        }
        let read = match name.as_str() {
            "fixed" => Distribution::Fixed { value: need!(value) },
            "exponential" => Distribution::Exponential { mean: need!(mean) },
            "lognormal" if self.mu.is_some() => {
                let (mu, sigma) = (need!(mu), need!(sigma));
                Distribution::lognormal(mu, sigma)
            }
            "lognormal" => Distribution::Lognormal { mean: need!(mean), cv: need!(cv) },
            "gamma" => Distribution::Gamma { mean: need!(mean), cv: need!(cv) },
            "weibull" if self.mean.is_some() => {
                let (mean, cv) = (need!(mean), need!(cv));
                if !(cv > 0.0 && cv < 100.0 && mean > 0.0) {
                    return Err("weibull needs a mean above 0 and a cv above 0".to_owned());
                }
                Distribution::weibull(mean, cv)
            }
            "weibull" => Distribution::Weibull { shape: need!(shape), scale: need!(scale) },
            "erlang" => Distribution::Erlang { mean: need!(mean), stages: need!(stages) },
            "uniform" => Distribution::Uniform { low: need!(low), high: need!(high) },
            "triangular" => Distribution::Triangular { low: need!(low), mode: need!(mode), high: need!(high) },
            "hyperexponential" => Distribution::Hyperexponential { shares: need!(shares), means: need!(means) },
            "phase" => Distribution::Phase { initial: need!(initial), rates: need!(rates) },
            "empirical" if self.quantiles.is_some() => Distribution::Quantiles { quantiles: need!(quantiles) },
            "empirical" => {
                Distribution::Empirical { values: need!(values), weights: self.weights.take().unwrap_or_default() }
            }
            "mixture" => Distribution::Mixture { shares: need!(shares), parts: need!(parts) },
            "shifted" => Distribution::Shifted { by: need!(by), of: need!(of) },
            _ => {
                return Err(format!(
                    "no distribution is called {name}: there are fixed, exponential, lognormal, gamma, weibull, erlang, \
                     uniform, triangular, hyperexponential, phase, empirical, mixture and shifted"
                ));
            }
        };
        let left = serde_json::to_value(&self).unwrap_or_default();
        match left.as_object().and_then(|left| left.keys().find(|key| *key != "distribution")) {
            Some(key) => Err(format!("`{key}` says nothing of {name}")),
            None => Ok(read),
        }
    }
}

impl Serialize for Distribution {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut written = Written::default();
        let mut name = |name: &str| written.distribution = name.to_owned();
        match self.clone() {
            Distribution::Fixed { value } => {
                name("fixed");
                written.value = Some(value);
            }
            Distribution::Exponential { mean } => {
                name("exponential");
                written.mean = Some(mean);
            }
            Distribution::Lognormal { mean, cv } => {
                name("lognormal");
                (written.mean, written.cv) = (Some(mean), Some(cv));
            }
            Distribution::Gamma { mean, cv } => {
                name("gamma");
                (written.mean, written.cv) = (Some(mean), Some(cv));
            }
            Distribution::Weibull { shape, scale } => {
                name("weibull");
                (written.shape, written.scale) = (Some(shape), Some(scale));
            }
            Distribution::Erlang { mean, stages } => {
                name("erlang");
                (written.mean, written.stages) = (Some(mean), Some(stages));
            }
            Distribution::Uniform { low, high } => {
                name("uniform");
                (written.low, written.high) = (Some(low), Some(high));
            }
            Distribution::Triangular { low, mode, high } => {
                name("triangular");
                (written.low, written.mode, written.high) = (Some(low), Some(mode), Some(high));
            }
            Distribution::Hyperexponential { shares, means } => {
                name("hyperexponential");
                (written.shares, written.means) = (Some(shares), Some(means));
            }
            Distribution::Phase { initial, rates } => {
                name("phase");
                (written.initial, written.rates) = (Some(initial), Some(rates));
            }
            Distribution::Empirical { values, weights } => {
                name("empirical");
                written.values = Some(values);
                written.weights = Some(weights).filter(|weights| !weights.is_empty());
            }
            Distribution::Quantiles { quantiles } => {
                name("empirical");
                written.quantiles = Some(quantiles);
            }
            Distribution::Mixture { shares, parts } => {
                name("mixture");
                (written.shares, written.parts) = (Some(shares), Some(parts));
            }
            Distribution::Shifted { by, of } => {
                name("shifted");
                (written.by, written.of) = (Some(by), Some(of));
            }
        }
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Distribution {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Distribution;
            fn expecting(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
                out.write_str("a number, or a table such as { distribution = \"exponential\", mean = 2 }")
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Distribution, E> {
                Ok(Distribution::Fixed { value })
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Distribution, E> {
                Ok(Distribution::Fixed { value: value as f64 })
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Distribution, E> {
                Ok(Distribution::Fixed { value: value as f64 })
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Distribution, A::Error> {
                let written = Written::deserialize(MapAccessDeserializer::new(map))?;
                written.read().map_err(de::Error::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Mean of a Weibull with scale one.
fn weibull_mean(shape: f64) -> f64 {
    gamma::gamma(1.0 + 1.0 / shape)
}

/// The value at which an increasing function reaches `aim`.
fn solve(from: f64, aim: f64, at: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, from.max(f64::MIN_POSITIVE));
    for _ in 0..2000 {
        if at(high) >= aim {
            break;
        }
        low = high;
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        match at(middle) < aim {
            true => low = middle,
            false => high = middle,
        }
    }
    high
}

impl Distribution {
    /// A lognormal by the mean and standard deviation of the logarithm.
    pub fn lognormal(mu: f64, sigma: f64) -> Distribution {
        Distribution::Lognormal { mean: (mu + sigma * sigma / 2.0).exp(), cv: (sigma * sigma).exp_m1().sqrt() }
    }

    /// A Weibull by mean and cv, both above 0.
    pub fn weibull(mean: f64, cv: f64) -> Distribution {
        let cv_of = |shape: f64| (weibull_mean(shape / 2.0) / weibull_mean(shape).powi(2) - 1.0).max(0.0).sqrt();
        let shape = 1.0 / solve(0.01, cv, |inverse| cv_of(1.0 / inverse));
        Distribution::Weibull { shape, scale: mean / weibull_mean(shape) }
    }

    /// Mu and sigma of a lognormal by its mean and cv.
    pub fn mu_sigma(mean: f64, cv: f64) -> (f64, f64) {
        let variance = (cv * cv).ln_1p();
        (mean.ln() - variance / 2.0, variance.sqrt())
    }

    /// Its mean.
    pub fn mean(&self) -> f64 {
        match self {
            Distribution::Fixed { value } => *value,
            Distribution::Exponential { mean }
            | Distribution::Lognormal { mean, .. }
            | Distribution::Gamma { mean, .. }
            | Distribution::Erlang { mean, .. } => *mean,
            Distribution::Weibull { shape, scale } => scale * weibull_mean(*shape),
            Distribution::Uniform { low, high } => 0.5 * (low + high),
            Distribution::Triangular { low, mode, high } => (low + mode + high) / 3.0,
            Distribution::Hyperexponential { shares, means } => dot(shares, means),
            Distribution::Phase { initial, rates } => phase_moments(initial, rates).0,
            Distribution::Empirical { values, weights } => moment(values, weights, 1),
            Distribution::Quantiles { quantiles } => {
                quantiles.windows(2).map(|pair| 0.5 * (pair[0] + pair[1])).sum::<f64>()
                    / (quantiles.len().max(2) - 1) as f64
            }
            Distribution::Mixture { shares, parts } => {
                dot(shares, &parts.iter().map(Distribution::mean).collect::<Vec<_>>())
            }
            Distribution::Shifted { by, of } => by + of.mean(),
        }
    }

    /// Its variance.
    pub fn variance(&self) -> f64 {
        let square = |mean: f64| mean * mean;
        match self {
            Distribution::Fixed { .. } => 0.0,
            Distribution::Exponential { mean } => square(*mean),
            Distribution::Lognormal { mean, cv } | Distribution::Gamma { mean, cv } => square(mean * cv),
            Distribution::Erlang { mean, stages } => square(*mean) / f64::from(*stages),
            Distribution::Weibull { shape, scale } => {
                square(*scale) * (weibull_mean(shape / 2.0) - square(weibull_mean(*shape)))
            }
            Distribution::Uniform { low, high } => square(high - low) / 12.0,
            Distribution::Triangular { low, mode, high } => {
                (low * low + mode * mode + high * high - low * mode - low * high - mode * high) / 18.0
            }
            Distribution::Hyperexponential { shares, means } => {
                let seconds: Vec<f64> = means.iter().map(|mean| 2.0 * mean * mean).collect();
                dot(shares, &seconds) - square(self.mean())
            }
            Distribution::Phase { initial, rates } => phase_moments(initial, rates).1,
            Distribution::Empirical { values, weights } => moment(values, weights, 2) - square(self.mean()),
            Distribution::Quantiles { quantiles } => {
                let second = |pair: &[f64]| (pair[0] * pair[0] + pair[0] * pair[1] + pair[1] * pair[1]) / 3.0;
                quantiles.windows(2).map(second).sum::<f64>() / (quantiles.len().max(2) - 1) as f64
                    - square(self.mean())
            }
            Distribution::Mixture { shares, parts } => {
                let seconds: Vec<f64> = parts.iter().map(|part| part.variance() + square(part.mean())).collect();
                dot(shares, &seconds) - square(self.mean())
            }
            Distribution::Shifted { of, .. } => of.variance(),
        }
    }

    /// Standard deviation over mean.
    pub fn cv(&self) -> f64 {
        self.variance().max(0.0).sqrt() / self.mean()
    }

    /// The chance of a value of at most `x`.
    pub fn cdf(&self, x: f64) -> f64 {
        1.0 - self.survival(x)
    }

    /// The chance of a value above `x`, exact far out too.
    pub fn survival(&self, x: f64) -> f64 {
        if x < 0.0 {
            return 1.0;
        }
        match self {
            Distribution::Fixed { value } => f64::from(x < *value),
            Distribution::Exponential { mean } => (-x / mean).exp(),
            Distribution::Lognormal { .. } | Distribution::Gamma { .. } | Distribution::Erlang { .. } if x == 0.0 => {
                1.0
            }
            Distribution::Lognormal { mean, cv } => {
                let (mu, sigma) = Distribution::mu_sigma(*mean, *cv);
                if sigma == 0.0 {
                    return f64::from(x < *mean);
                }
                0.5 * erf::erfc((x.ln() - mu) / (sigma * std::f64::consts::SQRT_2))
            }
            Distribution::Gamma { mean, cv } => {
                let shape = 1.0 / (cv * cv);
                gamma::checked_gamma_ur(shape, x * shape / mean).unwrap_or(0.0)
            }
            Distribution::Erlang { mean, stages } => {
                let shape = f64::from(*stages);
                gamma::checked_gamma_ur(shape, x * shape / mean).unwrap_or(0.0)
            }
            Distribution::Weibull { shape, scale } => (-(x / scale).powf(*shape)).exp(),
            Distribution::Uniform { low, high } if high > low => ((high - x) / (high - low)).clamp(0.0, 1.0),
            Distribution::Uniform { low, .. } => f64::from(x < *low),
            Distribution::Triangular { low, mode, high } => {
                if x <= *low {
                    f64::from(x < *high)
                } else if x >= *high {
                    0.0
                } else if x < *mode {
                    1.0 - (x - low).powi(2) / ((high - low) * (mode - low))
                } else {
                    (high - x).powi(2) / ((high - low) * (high - mode))
                }
            }
            Distribution::Hyperexponential { shares, means } => {
                shares.iter().zip(means).map(|(share, mean)| share * (-x / mean).exp()).sum()
            }
            Distribution::Phase { initial, rates } => phase_survival(initial, rates, x),
            Distribution::Empirical { values, weights } => {
                let at = values.partition_point(|value| *value <= x);
                match weights.is_empty() {
                    true => (values.len() - at) as f64 / values.len() as f64,
                    false => weights[at..].iter().sum::<f64>() / weights.iter().sum::<f64>(),
                }
            }
            Distribution::Quantiles { quantiles } => {
                let steps = (quantiles.len().max(2) - 1) as f64;
                let at = quantiles.partition_point(|value| *value <= x);
                match (at.checked_sub(1), quantiles.get(at)) {
                    (None, _) => 1.0,
                    (_, None) => 0.0,
                    (Some(low), Some(high)) => {
                        let part = (x - quantiles[low]) / (high - quantiles[low]);
                        1.0 - (low as f64 + part) / steps
                    }
                }
            }
            Distribution::Mixture { shares, parts } => {
                shares.iter().zip(parts).map(|(share, part)| share * part.survival(x)).sum()
            }
            Distribution::Shifted { by, of } => of.survival(x - by),
        }
    }

    /// The value that a share `u` (from 0 to below 1) stays at or under.
    pub fn quantile(&self, u: f64) -> f64 {
        self.quantile_above(1.0 - u)
    }

    /// The value that a share `s` (above 0, to 1) stays above: as [`Distribution::quantile`] of 1 - s, exact far out too.
    pub fn quantile_above(&self, s: f64) -> f64 {
        let s = s.clamp(f64::MIN_POSITIVE, 1.0);
        match self {
            Distribution::Fixed { value } => *value,
            Distribution::Exponential { mean } => -mean * s.ln(),
            Distribution::Lognormal { mean, cv } => {
                let (mu, sigma) = Distribution::mu_sigma(*mean, *cv);
                (mu + sigma * normal_above(s)).exp()
            }
            Distribution::Gamma { mean, cv } => gamma_above(1.0 / (cv * cv), s) * mean * cv * cv,
            Distribution::Erlang { mean, stages } => {
                let shape = f64::from(*stages);
                gamma_above(shape, s) * mean / shape
            }
            Distribution::Weibull { shape, scale } => scale * (-s.ln()).powf(1.0 / shape),
            Distribution::Uniform { low, high } => high - s * (high - low),
            Distribution::Triangular { low, mode, high } => {
                let (width, rise) = (high - low, mode - low);
                match (1.0 - s) * width < rise {
                    true => low + ((1.0 - s) * width * rise).sqrt(),
                    false => high - (s * width * (high - mode)).sqrt(),
                }
            }
            Distribution::Empirical { values, weights } => {
                if weights.is_empty() {
                    let at = ((1.0 - s) * values.len() as f64) as usize;
                    return values[at.min(values.len() - 1)];
                }
                let mut left = (1.0 - s) * weights.iter().sum::<f64>();
                for (value, weight) in values.iter().zip(weights) {
                    if left < *weight {
                        return *value;
                    }
                    left -= weight;
                }
                values.last().copied().unwrap_or(0.0)
            }
            Distribution::Quantiles { quantiles } => {
                let at = (1.0 - s) * (quantiles.len().max(2) - 1) as f64;
                let low = (at as usize).min(quantiles.len().max(2) - 2);
                quantiles[low] + (at - low as f64) * (quantiles[low + 1] - quantiles[low])
            }
            Distribution::Shifted { by, of } => by + of.quantile_above(s),
            Distribution::Hyperexponential { .. } | Distribution::Phase { .. } | Distribution::Mixture { .. } => {
                solve(self.mean(), -s, |x| -self.survival(x))
            }
        }
    }
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

fn moment(values: &[f64], weights: &[f64], power: i32) -> f64 {
    let sum: f64 = match weights.is_empty() {
        true => return values.iter().map(|value| value.powi(power)).sum::<f64>() / values.len() as f64,
        false => weights.iter().sum(),
    };
    values.iter().zip(weights).map(|(value, weight)| weight * value.powi(power)).sum::<f64>() / sum
}

/// The standard normal value that a share `s` stays above.
pub(crate) fn normal_above(s: f64) -> f64 {
    std::f64::consts::SQRT_2 * erf::erfc_inv(2.0 * s)
}

/// The value of a gamma of scale one that a share `s` stays above: Newton on the logarithm, kept between bounds.
fn gamma_above(shape: f64, s: f64) -> f64 {
    let above = |x: f64| gamma::checked_gamma_ur(shape, x).unwrap_or(0.0);
    let below = |x: f64| gamma::checked_gamma_lr(shape, x).unwrap_or(1.0);
    let z = normal_above(s);
    let cube = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * shape.sqrt());
    let small = ((1.0 - s).ln() + gamma::ln_gamma(shape + 1.0)) / shape;
    let mut x = if cube > 0.1 && shape > 0.3 { shape * cube.powi(3) } else { small.exp() };
    if x.is_nan() || x <= 0.0 {
        return 0.0;
    }
    let (mut low, mut high) = (0.0f64, f64::INFINITY);
    for _ in 0..100 {
        // The smaller of the two tails keeps its digits.
        let miss = if s < 0.5 { s - above(x) } else { below(x) - (1.0 - s) };
        if miss > 0.0 {
            high = x
        } else {
            low = x
        }
        let density = ((shape - 1.0) * x.ln() - x - gamma::ln_gamma(shape)).exp();
        let mut next = x - miss / density;
        if !(next > low && next < high) {
            next = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * x };
        }
        if (next - x).abs() <= 1e-13 * x || next < f64::MIN_POSITIVE {
            return next;
        }
        x = next;
    }
    x
}

/// Mean and variance of a phase type: solves T m = -1 and T n = -m.
fn phase_moments(initial: &[f64], rates: &[Vec<f64>]) -> (f64, f64) {
    let solve = |right: Vec<f64>| -> Vec<f64> {
        let size = right.len();
        let mut rows: Vec<Vec<f64>> =
            rates.iter().zip(right).map(|(row, right)| [&row[..], &[right]].concat()).collect();
        for at in 0..size {
            let Some(pivot) = (at..size).max_by(|a, b| rows[*a][at].abs().total_cmp(&rows[*b][at].abs())) else {
                break;
            };
            rows.swap(at, pivot);
            let row = rows[at].clone();
            for (other, cells) in rows.iter_mut().enumerate().filter(|(other, _)| *other != at) {
                let _ = other;
                let factor = cells[at] / row[at];
                for (cell, mine) in cells.iter_mut().zip(&row) {
                    *cell -= factor * mine;
                }
            }
        }
        (0..size).map(|at| rows[at][size] / rows[at][at]).collect()
    };
    let first = solve(vec![-1.0; rates.len()]);
    let second = solve(first.iter().map(|value| -value).collect());
    let mean = dot(initial, &first);
    (mean, 2.0 * dot(initial, &second) - mean * mean)
}

/// The chance that a chain has not ended after `x`: uniformisation.
fn phase_survival(initial: &[f64], rates: &[Vec<f64>], x: f64) -> f64 {
    let fastest = rates.iter().enumerate().map(|(at, row)| -row[at]).fold(0.0, f64::max);
    // In pieces of at most 30 jumps, so that the Poisson weights neither vanish nor overflow.
    let pieces = (fastest * x / 30.0).ceil().max(1.0);
    if pieces > 1e6 {
        return 0.0;
    }
    let jumps = fastest * x / pieces;
    let mut state = initial.to_vec();
    for _ in 0..pieces as usize {
        let (mut weight, mut step, mut sum) = ((-jumps).exp(), state.clone(), vec![0.0; state.len()]);
        let mut left = 1.0;
        for jump in 1..400 {
            for (total, part) in sum.iter_mut().zip(&step) {
                *total += weight * part;
            }
            left -= weight;
            if left < 1e-16 {
                break;
            }
            let mut next = step.clone();
            for (from, row) in rates.iter().enumerate() {
                for (to, rate) in row.iter().enumerate() {
                    next[to] += step[from] * rate / fastest;
                }
            }
            step = next;
            weight *= jumps / f64::from(jump);
        }
        state = sum;
    }
    state.iter().sum::<f64>().clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Distribution> {
        vec![
            Distribution::Fixed { value: 3.0 },
            Distribution::Exponential { mean: 2.0 },
            Distribution::Lognormal { mean: 120.0, cv: 1.2 },
            Distribution::Gamma { mean: 5.0, cv: 0.6 },
            Distribution::Gamma { mean: 5.0, cv: 1.7 },
            Distribution::weibull(4.0, 1.5),
            Distribution::weibull(4.0, 0.3),
            Distribution::Erlang { mean: 6.0, stages: 3 },
            Distribution::Uniform { low: 1.0, high: 4.0 },
            Distribution::Triangular { low: 1.0, mode: 2.0, high: 6.0 },
            Distribution::Hyperexponential { shares: vec![0.3, 0.7], means: vec![10.0, 1.0] },
            Distribution::Phase { initial: vec![1.0, 0.0], rates: vec![vec![-1.0, 0.4], vec![0.0, -0.2]] },
            Distribution::Empirical { values: vec![1.0, 2.0, 7.0], weights: vec![0.5, 0.3, 0.2] },
            Distribution::Empirical { values: vec![1.0, 2.0, 7.0], weights: vec![] },
            Distribution::Quantiles { quantiles: vec![0.0, 1.0, 4.0, 10.0] },
            Distribution::Mixture {
                shares: vec![0.8, 0.2],
                parts: vec![Distribution::Exponential { mean: 1.0 }, Distribution::Gamma { mean: 9.0, cv: 0.5 }],
            },
            Distribution::Shifted { by: 2.0, of: Box::new(Distribution::Exponential { mean: 1.0 }) },
        ]
    }

    #[test]
    fn mean_and_variance_are_those_of_the_quantiles() {
        for distribution in all() {
            let steps = 4_000;
            let values: Vec<f64> =
                (0..steps).map(|i| distribution.quantile((f64::from(i) + 0.5) / f64::from(steps))).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64;
            assert!((mean - distribution.mean()).abs() < 4e-3 * mean, "{distribution:?}: {mean}");
            assert!(
                (variance - distribution.variance()).abs() < 0.06 * variance + 1e-12,
                "{distribution:?}: {variance}"
            );
        }
    }

    #[test]
    fn a_quantile_undoes_the_distribution() {
        for distribution in all() {
            let atoms = matches!(distribution, Distribution::Fixed { .. } | Distribution::Empirical { .. });
            for u in [1e-9, 0.003, 0.2, 0.5, 0.77, 0.999, 1.0 - 1e-9] {
                let x = distribution.quantile(u);
                assert!(distribution.cdf(x) >= u - 1e-9, "{distribution:?} at {u}");
                assert!(
                    atoms || (distribution.cdf(x) - u).abs() < 1e-8,
                    "{distribution:?} at {u}: {}",
                    distribution.cdf(x)
                );
            }
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for distribution in all() {
            let text = toml::to_string(&distribution).unwrap();
            assert_eq!(toml::from_str::<Distribution>(&text).unwrap(), distribution, "{text}");
        }
        assert_eq!(serde_json::from_str::<Distribution>("2").unwrap(), Distribution::Fixed { value: 2.0 });
        let wrong = r#"{"distribution":"exponential","mean":2,"cv":1}"#;
        let error = serde_json::from_str::<Distribution>(wrong).unwrap_err().to_string();
        assert!(error.starts_with("`cv` says nothing of exponential"), "{error}");
    }
}

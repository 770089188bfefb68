//! Lengths of stay from what was seen of them. A stay that is still open at the end of the window is no short stay: it
//! says "longer than this", and a stay that was already going on when the window began is seen only because it was long.
//! Both are taken for what they say, so a place may learn from stays of which it has not seen both ends.

use crate::simulate::Distribution;
use statrs::function::gamma::{gamma_lr, ln_gamma};

/// What was seen of one length, in hours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spell {
    /// How long it had lasted when it was first seen: 0 unless it was going on when the window began.
    pub from: f64,
    /// How long it had lasted when it was last seen.
    pub to: f64,
    /// Did it end then? Else it is open: longer than `to`.
    pub ended: bool,
}

impl Spell {
    /// A length seen from its beginning to its end.
    pub fn whole(length: f64) -> Spell {
        Spell { from: 0.0, to: length, ended: true }
    }

    /// A length seen from its beginning and still going on.
    pub fn open(length: f64) -> Spell {
        Spell { from: 0.0, to: length, ended: false }
    }

    fn usable(&self) -> bool {
        self.from.is_finite() && self.to.is_finite() && self.from >= 0.0 && self.to >= self.from
    }
}

/// One second: what counts as no length at all is told as this, so that logarithms exist.
const LEAST: f64 = 1.0 / 3_600.0;
/// Fewer ended lengths than this make no distribution.
const FEW: usize = 8;
/// From so many ended lengths on, a class has a distribution of its own.
const ENOUGH: usize = 200;
/// Standard deviation / mean of a length is no more than this.
const MOST: f64 = 10.0;
/// Points of a table of quantiles: probabilities 0, 1/200, … 1.
const POINTS: usize = 201;
/// Quantile of the normal distribution for 95% intervals.
pub(crate) const Z95: f64 = 1.959_963_984_540_054;

/// The logarithm of the density of a distribution that is fitted here, of a length and its logarithm.
fn log_density(law: &Distribution) -> Box<dyn Fn(f64, f64) -> f64> {
    match law {
        Distribution::Exponential { mean } => {
            let (rate, log) = (1.0 / mean, mean.ln());
            Box::new(move |x, _| -x * rate - log)
        }
        Distribution::Lognormal { mean, cv } => {
            let (mu, sigma) = Distribution::mu_sigma(*mean, *cv);
            let known = sigma.ln() + 0.918_938_533_204_672_7;
            Box::new(move |_, log| -0.5 * ((log - mu) / sigma).powi(2) - log - known)
        }
        Distribution::Gamma { mean, cv } => {
            let shape = 1.0 / (cv * cv);
            let rate = shape / mean;
            let known = shape * rate.ln() - ln_gamma(shape);
            Box::new(move |x, log| known + (shape - 1.0) * log - rate * x)
        }
        Distribution::Weibull { shape, scale } => {
            let (shape, size, known) = (*shape, scale.ln(), (shape / scale).ln());
            Box::new(move |_, log| known + (shape - 1.0) * (log - size) - (shape * (log - size)).exp())
        }
        Distribution::Mixture { shares, parts } => {
            let each: Vec<_> = shares.iter().map(|share| share.ln()).zip(parts.iter().map(log_density)).collect();
            Box::new(move |x, log| {
                // One of the two is enough where the other is nothing beside it.
                each.iter()
                    .map(|(share, part)| share + part(x, log))
                    .reduce(|a: f64, b: f64| {
                        let (low, high) = if a < b { (a, b) } else { (b, a) };
                        if high - low > 40.0 { high } else { high + (low - high).exp().ln_1p() }
                    })
                    .unwrap_or(f64::NEG_INFINITY)
            })
        }
        _ => Box::new(|_, _| f64::NEG_INFINITY),
    }
}

fn log_survival(law: &Distribution, x: f64) -> f64 {
    match law {
        Distribution::Exponential { mean } => -x / mean,
        Distribution::Weibull { shape, scale } => -(x / scale).powf(*shape),
        _ => law.survival(x).max(1e-300).ln(),
    }
}

/// The same shape, `by` times as long.
pub fn scaled(law: &Distribution, by: f64) -> Distribution {
    let all = |values: &[f64]| values.iter().map(|value| value * by).collect();
    match law {
        Distribution::Fixed { value } => Distribution::Fixed { value: value * by },
        Distribution::Exponential { mean } => Distribution::Exponential { mean: mean * by },
        Distribution::Lognormal { mean, cv } => Distribution::Lognormal { mean: mean * by, cv: *cv },
        Distribution::Gamma { mean, cv } => Distribution::Gamma { mean: mean * by, cv: *cv },
        Distribution::Weibull { shape, scale } => Distribution::Weibull { shape: *shape, scale: scale * by },
        Distribution::Quantiles { quantiles } => Distribution::Quantiles { quantiles: all(quantiles) },
        Distribution::Mixture { shares, parts } => {
            Distribution::Mixture { shares: shares.clone(), parts: parts.iter().map(|part| scaled(part, by)).collect() }
        }
        // No other comes from a fit.
        other => other.clone(),
    }
}

/// The name of a fitted distribution, in a word or two.
pub fn name(law: &Distribution) -> &'static str {
    match law {
        Distribution::Fixed { .. } => "always the same",
        Distribution::Exponential { .. } => "exponential",
        Distribution::Lognormal { .. } => "lognormal",
        Distribution::Gamma { .. } => "gamma",
        Distribution::Weibull { .. } => "weibull",
        Distribution::Mixture { .. } => "two lognormal parts",
        _ => "quantiles as seen",
    }
}

/// A number with its 95% interval.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Estimate {
    /// What it is.
    pub name: String,
    /// The best guess.
    pub value: f64,
    /// Lower end of the 95% interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A distribution that was tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// Its name.
    pub name: &'static str,
    /// Akaike's criterion: lower is better.
    pub aic: f64,
    /// The greatest distance of its shares from those seen.
    pub distance: f64,
}

/// What was learned of a length.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The distribution to use.
    pub law: Distribution,
    /// Its parameters with intervals; a table has its mean alone.
    pub parameters: Vec<Estimate>,
    /// How many ended.
    pub ended: usize,
    /// How many are still open.
    pub open: usize,
    /// How many could not be used: an end before the beginning, or no number.
    pub refused: usize,
    /// The greatest distance of its shares from those seen (Kolmogorov and Smirnov; Kaplan and Meier's shares where some are open).
    pub distance: f64,
    /// All that were tried, the best by Akaike's criterion first.
    pub tried: Vec<Tried>,
}

/// Why no distribution could be had.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FitError {
    /// Too few to learn from.
    #[error("only {ended} ended of {seen}, and {FEW} are needed")]
    Few {
        /// How many ended.
        ended: usize,
        /// How many were seen.
        seen: usize,
    },
}

/// Shares that last longer, as seen (Kaplan and Meier, with late entry): `(length, share that lasts longer)` at each
/// length at which some ended.
///
/// ```
/// use foresee::calibrate::fit::{Spell, kaplan_meier};
/// let seen = [Spell::whole(1.0), Spell::open(2.0), Spell::whole(3.0), Spell::open(4.0)];
/// assert_eq!(kaplan_meier(&seen), [(1.0, 0.75), (3.0, 0.375)]);
/// ```
pub fn kaplan_meier(spells: &[Spell]) -> Vec<(f64, f64)> {
    let mut ends: Vec<(f64, bool)> = spells.iter().map(|spell| (spell.to, spell.ended)).collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    let mut late: Vec<f64> = spells.iter().map(|spell| spell.from).collect();
    late.sort_by(f64::total_cmp);
    let (mut gone, mut share, mut curve) = (0, 1.0, Vec::new());
    while gone < ends.len() {
        let at = ends[gone].0;
        // Who was seen before this length, and had not gone.
        let here = late.partition_point(|from| *from < at || at == 0.0).saturating_sub(gone).max(1);
        let same = ends[gone..].partition_point(|end| end.0 == at);
        let ended = ends[gone..gone + same].iter().filter(|end| end.1).count();
        if ended > 0 {
            share *= (1.0 - ended as f64 / here as f64).max(0.0);
            curve.push((at, share));
        }
        gone += same;
    }
    curve
}

/// The greatest distance of the law's shares from those of the curve.
fn distance(law: &Distribution, curve: &[(f64, f64)]) -> f64 {
    let (mut before, mut worst) = (1.0, 0.0_f64);
    for (at, share) in curve {
        let told = law.survival(*at);
        worst = worst.max((told - before).abs()).max((told - share).abs());
        before = *share;
    }
    worst
}

/// The law's table of quantiles as the curve has them; what the curve does not reach follows `tail`.
fn table(curve: &[(f64, f64)], tail: &Distribution) -> Distribution {
    let (last, rest) = curve.last().copied().unwrap_or((LEAST, 0.0));
    let beyond = tail.survival(last).max(1e-9);
    let values = (0..POINTS).map(|point| {
        let left = 1.0 - point as f64 / (POINTS - 1) as f64;
        // The last point is no more than the longest that so many would show.
        let left = left.max(0.2 / curve.len().max(POINTS) as f64);
        if left < rest {
            return tail.quantile(1.0 - beyond * left / rest).max(last);
        }
        let at = curve.partition_point(|step| step.1 >= left);
        let (to, low) = curve.get(at).copied().unwrap_or((last, rest));
        let (from, high) = if at == 0 { (curve[0].0 * 0.5, 1.0) } else { curve[at - 1] };
        if high > low { to - (to - from) * (left - low) / (high - low) } else { to }
    });
    let mut values: Vec<f64> = values.collect();
    for at in 1..values.len() {
        values[at] = values[at].max(values[at - 1]);
    }
    Distribution::Quantiles { quantiles: values }
}

/// The families, each with as many free numbers as it has and no bounds on them.
#[derive(Clone, Copy, PartialEq)]
enum Family {
    Exponential,
    Lognormal,
    Gamma,
    Weibull,
    TwoParts,
}

impl Family {
    const ALL: [Family; 5] = [Family::Exponential, Family::Lognormal, Family::Gamma, Family::Weibull, Family::TwoParts];

    fn law(self, x: &[f64]) -> Distribution {
        let cap = |value: f64| value.clamp(-30.0, 30.0).exp();
        match self {
            Family::Exponential => Distribution::Exponential { mean: cap(x[0]) },
            Family::Lognormal => Distribution::Lognormal { mean: cap(x[0]), cv: cap(x[1]).min(MOST) },
            Family::Gamma => Distribution::Gamma { mean: cap(x[0]), cv: cap(x[1]).clamp(1e-3, MOST) },
            Family::Weibull => Distribution::Weibull { scale: cap(x[0]), shape: cap(x[1]).clamp(0.2, 1e3) },
            Family::TwoParts => {
                let share = 1.0 / (1.0 + (-x[0]).exp());
                let part = |mu: f64, sigma: f64| Distribution::lognormal(mu, cap(sigma).clamp(0.05, 1.6));
                let parts = vec![part(x[1], x[2]), part(x[3], x[4])];
                Distribution::Mixture { shares: vec![share, 1.0 - share], parts }
            }
        }
    }

    /// Where to begin looking: the logarithms of the lengths, sorted.
    fn start(self, logs: &[f64], mean: f64) -> Vec<f64> {
        let spread = |part: &[f64]| {
            let middle = part.iter().sum::<f64>() / part.len() as f64;
            let square = part.iter().map(|log| (log - middle).powi(2)).sum::<f64>() / part.len() as f64;
            (middle, square.sqrt().max(0.05))
        };
        let (middle, sigma) = spread(logs);
        match self {
            Family::Exponential => vec![mean.ln()],
            Family::Lognormal => {
                let cv = (sigma * sigma).exp_m1().sqrt();
                vec![middle + sigma * sigma / 2.0, cv.ln()]
            }
            Family::Gamma => vec![mean.ln(), sigma.min(2.0).ln()],
            Family::Weibull => vec![mean.ln(), (1.2 / sigma).ln()],
            Family::TwoParts => {
                // Cut where the two sides spread least about their own middles.
                let cut = (1..10).map(|tenth| (tenth * logs.len() / 10).clamp(1, logs.len() - 1));
                let loose = |cut: usize| {
                    let part = |side: &[f64]| spread(side).1.powi(2) * side.len() as f64;
                    part(&logs[..cut]) + part(&logs[cut..])
                };
                let cut = cut.min_by(|a, b| loose(*a).total_cmp(&loose(*b))).unwrap_or(1);
                let (short, long) = (spread(&logs[..cut]), spread(&logs[cut..]));
                let share = cut as f64 / logs.len() as f64;
                vec![(share / (1.0 - share)).ln(), short.0, short.1.ln(), long.0, long.1.ln()]
            }
        }
    }

    fn names(self) -> &'static [&'static str] {
        match self {
            Family::Exponential => &["mean"],
            Family::Lognormal | Family::Gamma => &["mean", "cv"],
            Family::Weibull => &["scale", "shape"],
            Family::TwoParts => &["share", "short", "short_sigma", "long", "long_sigma"],
        }
    }
}

/// Spells with how many of them there are: of many, those within 3% of each other are told together.
fn gathered(spells: &[Spell]) -> Vec<(Spell, f64)> {
    const STEPS: f64 = 32.0;
    if spells.len() < 400 {
        return spells.iter().map(|spell| (*spell, 1.0)).collect();
    }
    let (mut bins, mut rest) = (std::collections::BTreeMap::<i64, (f64, f64)>::new(), Vec::new());
    for spell in spells {
        if spell.ended && spell.from <= 0.0 {
            let log = spell.to.ln();
            let bin = bins.entry((log * STEPS).round() as i64).or_default();
            *bin = (bin.0 + log, bin.1 + 1.0);
        } else {
            rest.push((*spell, 1.0));
        }
    }
    rest.extend(bins.into_values().map(|(logs, count)| (Spell::whole((logs / count).exp()), count)));
    rest
}

fn log_likelihood(law: &Distribution, spells: &[(Spell, f64)]) -> f64 {
    let density = log_density(law);
    spells
        .iter()
        .map(|(spell, count)| {
            let seen = if spell.ended { density(spell.to, spell.to.ln()) } else { log_survival(law, spell.to) };
            if spell.from > 0.0 { count * (seen - log_survival(law, spell.from)) } else { count * seen }
        })
        .sum()
}

/// The lowest point of `f` near `start` (Nelder and Mead), and its value.
pub(crate) fn lowest(f: impl Fn(&[f64]) -> f64, start: &[f64], step: f64, rounds: usize) -> (Vec<f64>, f64) {
    let size = start.len();
    let value = |x: &[f64]| {
        let y = f(x);
        if y.is_nan() { f64::INFINITY } else { y }
    };
    let mut corners: Vec<(Vec<f64>, f64)> = (0..=size)
        .map(|corner| {
            let mut x = start.to_vec();
            if corner > 0 {
                x[corner - 1] += step;
            }
            let y = value(&x);
            (x, y)
        })
        .collect();
    for _ in 0..rounds {
        corners.sort_by(|a, b| a.1.total_cmp(&b.1));
        if (corners[size].1 - corners[0].1).abs() <= 1e-9 * (1.0 + corners[0].1.abs()) {
            break;
        }
        let middle: Vec<f64> =
            (0..size).map(|at| corners[..size].iter().map(|corner| corner.0[at]).sum::<f64>() / size as f64).collect();
        let along = |by: f64| -> (Vec<f64>, f64) {
            let x: Vec<f64> = (0..size).map(|at| middle[at] + by * (corners[size].0[at] - middle[at])).collect();
            let y = value(&x);
            (x, y)
        };
        let mirrored = along(-1.0);
        if mirrored.1 < corners[0].1 {
            let further = along(-2.0);
            corners[size] = if further.1 < mirrored.1 { further } else { mirrored };
        } else if mirrored.1 < corners[size - 1].1 {
            corners[size] = mirrored;
        } else {
            let nearer = along(if mirrored.1 < corners[size].1 { -0.5 } else { 0.5 });
            if nearer.1 < corners[size].1.min(mirrored.1) {
                corners[size] = nearer;
            } else {
                let best = corners[0].0.clone();
                for corner in &mut corners[1..] {
                    for (x, best) in corner.0.iter_mut().zip(&best) {
                        *x = best + 0.5 * (*x - best);
                    }
                    corner.1 = value(&corner.0);
                }
            }
        }
    }
    corners.sort_by(|a, b| a.1.total_cmp(&b.1));
    corners.swap_remove(0)
}

/// Standard errors from the curvature of `f` (a negative log-likelihood) at its lowest point; none where it is flat.
pub(crate) fn errors(f: impl Fn(&[f64]) -> f64, at: &[f64]) -> Option<Vec<f64>> {
    let size = at.len();
    let step = 1e-3;
    let moved = |moves: &[(usize, f64)]| {
        let mut x = at.to_vec();
        for (which, by) in moves {
            x[*which] += by * step;
        }
        f(&x)
    };
    // The curvature beside the unit matrix, made into the unit matrix beside its inverse.
    let mut rows: Vec<Vec<f64>> = (0..size)
        .map(|i| {
            let curve = (0..size).map(|j| {
                let bend = moved(&[(i, 1.0), (j, 1.0)]) - moved(&[(i, 1.0), (j, -1.0)]) - moved(&[(i, -1.0), (j, 1.0)])
                    + moved(&[(i, -1.0), (j, -1.0)]);
                bend / (4.0 * step * step)
            });
            curve.chain((0..size).map(|j| f64::from(u8::from(i == j)))).collect()
        })
        .collect();
    for pivot in 0..size {
        let lead = rows[pivot][pivot];
        if lead.is_nan() || lead <= 1e-12 {
            return None;
        }
        rows[pivot].iter_mut().for_each(|value| *value /= lead);
        let row = rows[pivot].clone();
        for (which, other) in rows.iter_mut().enumerate() {
            if which != pivot {
                let by = other[pivot];
                other.iter_mut().zip(&row).for_each(|(value, lead)| *value -= by * lead);
            }
        }
    }
    Some((0..size).map(|i| rows[i][size + i].max(0.0).sqrt()).collect())
}

fn usable(spells: &[Spell]) -> Vec<Spell> {
    let good = spells.iter().filter(|spell| spell.usable());
    // An open stay of no length says nothing.
    let good = good.filter(|spell| spell.ended || spell.to > spell.from);
    good.map(|spell| Spell { to: spell.to.max(LEAST), from: spell.from.min(spell.to - LEAST).max(0.0), ..*spell })
        .collect()
}

/// The distribution of a length: the best of exponential, lognormal, gamma, Weibull and two lognormal parts by Akaike's
/// criterion, or the quantiles as seen where even the best is further from what was seen than chance explains.
///
/// # Errors
/// Fewer than eight that ended.
///
/// ```
/// use foresee::calibrate::fit::{Spell, fit};
/// let seen: Vec<Spell> = (1..=40).map(|n| Spell::whole(-10.0 * (1.0 - f64::from(n) / 41.0).ln())).collect();
/// let learned = fit(&seen).unwrap();
/// assert!((8.0..12.0).contains(&learned.law.mean()));
/// assert_eq!((learned.ended, learned.open, learned.refused), (40, 0, 0));
/// ```
pub fn fit(spells: &[Spell]) -> Result<Fit, FitError> {
    let refused = spells.iter().filter(|spell| !spell.usable()).count();
    let spells = usable(spells);
    let ended = spells.iter().filter(|spell| spell.ended).count();
    let open = spells.len() - ended;
    if ended < FEW {
        return Err(FitError::Few { ended, seen: spells.len() });
    }
    let curve = kaplan_meier(&spells);
    let first = spells[0].to;
    if spells.iter().all(|spell| spell.ended && (spell.to - first).abs() <= 1e-9 * first) {
        let value = Estimate { name: "value".to_owned(), value: first, low: first, high: first };
        let (law, parameters) = (Distribution::Fixed { value: first }, vec![value]);
        return Ok(Fit { law, parameters, ended, open, refused, distance: 0.0, tried: Vec::new() });
    }
    let mut logs: Vec<f64> = spells.iter().filter(|spell| spell.ended).map(|spell| spell.to.ln()).collect();
    logs.sort_by(f64::total_cmp);
    let exposure: f64 = spells.iter().map(|spell| spell.to - spell.from).sum();
    let mean = (exposure / ended as f64).max(LEAST);
    let mut found: Vec<(Family, Vec<f64>, Tried)> = Vec::new();
    let each = gathered(&spells);
    let longest = spells.iter().map(|spell| spell.to).fold(0.0, f64::max);
    // What chance explains at one in twenty; three in a hundred are no matter however many there are.
    let limit = (1.36 / (ended as f64).sqrt()).max(0.03);
    for family in Family::ALL {
        // Five numbers are not to be had from a handful, and not wanted where two will do.
        let near = found.iter().min_by(|a, b| a.2.aic.total_cmp(&b.2.aic)).is_some_and(|best| best.2.distance <= limit);
        if family == Family::TwoParts && (ended < 60 || near) {
            continue;
        }
        let cost = |x: &[f64]| -log_likelihood(&family.law(x), &each);
        let (x, lowest) = lowest(cost, &family.start(&logs, mean), 0.3, 120 * family.names().len());
        let law = family.law(&x);
        // A mean beyond all that was seen is told by the formula and not by the place.
        if family != Family::Exponential && law.mean() > longest {
            continue;
        }
        let tried =
            Tried { name: name(&law), aic: 2.0 * lowest + 2.0 * x.len() as f64, distance: distance(&law, &curve) };
        found.push((family, x, tried));
    }
    found.sort_by(|a, b| a.2.aic.total_cmp(&b.2.aic));
    let (family, x, best) = &found[0];
    let mut law = family.law(x);
    let cost = |x: &[f64]| -log_likelihood(&family.law(x), &each);
    let spread = errors(cost, x).unwrap_or_else(|| vec![f64::INFINITY; x.len()]);
    let straight = |at: usize| *family == Family::TwoParts && (at == 1 || at == 3);
    let mut parameters: Vec<Estimate> = (0..x.len())
        .map(|at| {
            let back = |value: f64| match family {
                Family::TwoParts if at == 0 => 1.0 / (1.0 + (-value).exp()),
                _ if straight(at) => value,
                _ => value.exp(),
            };
            let half = Z95 * spread[at];
            let name = family.names()[at].to_owned();
            Estimate { name, value: back(x[at]), low: back(x[at] - half), high: back(x[at] + half) }
        })
        .collect();
    let mut distance = best.distance;
    if distance > limit && ended >= 60 {
        let seen = table(&curve, &law);
        distance = self::distance(&seen, &curve);
        let mean = seen.mean();
        let half = Z95 * (seen.variance() / ended as f64).sqrt();
        parameters = vec![Estimate { name: "mean".to_owned(), value: mean, low: mean - half, high: mean + half }];
        law = seen;
    }
    let tried = found.into_iter().map(|(.., tried)| tried).collect();
    Ok(Fit { law, parameters, ended, open, refused, distance, tried })
}

/// What one class was given.
#[derive(Debug, Clone, PartialEq)]
pub struct OfClass {
    /// The class.
    pub class: String,
    /// Its distribution.
    pub law: Distribution,
    /// How many ended, how many are open.
    pub ended: usize,
    /// How many are open.
    pub open: usize,
    /// How much of it is the class's own, 0 (all is that of the whole) to 1.
    pub own: f64,
    /// How many times as long as the whole, with the interval before it was drawn to the whole.
    pub times: Estimate,
}

/// Lengths by class: one of its own for a class with at least 200 that ended; else that of the whole, made as much longer
/// or shorter as the class's own stays make believable (the fewer, the nearer to the whole).
///
/// # Errors
/// Those of [`fit`] for the whole.
pub fn by_class(classes: &[(String, Vec<Spell>)]) -> Result<(Fit, Vec<OfClass>), FitError> {
    let all: Vec<Spell> = classes.iter().flat_map(|(_, spells)| spells.iter().copied()).collect();
    let whole = fit(&all)?;
    if classes.len() < 2 {
        let own = |(class, _): &(String, Vec<Spell>)| OfClass {
            class: class.clone(),
            law: whole.law.clone(),
            ended: whole.ended,
            open: whole.open,
            own: 1.0,
            times: Estimate { name: "times".to_owned(), value: 1.0, low: 1.0, high: 1.0 },
        };
        let of: Vec<OfClass> = classes.iter().map(own).collect();
        return Ok((whole, of));
    }
    // How many times as long, on the logarithm: each class's own, under a smooth law of the whole.
    let smooth = match &whole.law {
        Distribution::Quantiles { .. } | Distribution::Fixed { .. } => smooth(&all),
        law => law.clone(),
    };
    let own: Vec<(Vec<Spell>, f64, f64)> = classes
        .iter()
        .map(|(_, spells)| {
            let spells = usable(spells);
            if !spells.iter().any(|spell| spell.ended) {
                return (spells, 0.0, f64::INFINITY);
            }
            let each = gathered(&spells);
            let cost = |x: &[f64]| -log_likelihood(&scaled(&smooth, x[0].clamp(-8.0, 8.0).exp()), &each);
            let (x, _) = lowest(cost, &[0.0], 0.2, 80);
            let error = errors(cost, &x).map_or(f64::INFINITY, |errors| errors[0].max(1e-6));
            (spells, x[0], error)
        })
        .collect();
    // How much classes differ beyond chance (DerSimonian and Laird).
    let known: Vec<(f64, f64)> =
        own.iter().filter(|class| class.2.is_finite()).map(|class| (class.1, class.2.powi(-2))).collect();
    let weight: f64 = known.iter().map(|class| class.1).sum();
    let middle = known.iter().map(|class| class.0 * class.1).sum::<f64>() / weight.max(1e-12);
    let scatter: f64 = known.iter().map(|class| class.1 * (class.0 - middle).powi(2)).sum();
    let slack = weight - known.iter().map(|class| class.1.powi(2)).sum::<f64>() / weight.max(1e-12);
    let between = if slack > 0.0 { ((scatter - (known.len() as f64 - 1.0)) / slack).max(0.0) } else { 0.0 };
    let of = classes.iter().zip(own).map(|((class, _), (spells, theta, error))| {
        let ended = spells.iter().filter(|spell| spell.ended).count();
        let trust = if error.is_finite() { between / (between + error * error) } else { 0.0 };
        let half = if error.is_finite() { Z95 * error } else { f64::INFINITY };
        let times = Estimate {
            name: "times".to_owned(),
            value: theta.exp(),
            low: (theta - half).exp(),
            high: (theta + half).exp(),
        };
        let fitted = if ended >= ENOUGH { fit(&spells).ok() } else { None };
        let (law, own) = match fitted {
            Some(fit) => (fit.law, 1.0),
            None => (scaled(&whole.law, (trust * theta).exp()), trust),
        };
        OfClass { class: class.clone(), law, ended, open: spells.len() - ended, own, times }
    });
    let of = of.collect();
    Ok((whole, of))
}

/// A lognormal law of these, whatever else fits better.
fn smooth(spells: &[Spell]) -> Distribution {
    let spells = usable(spells);
    let mut logs: Vec<f64> = spells.iter().filter(|spell| spell.ended).map(|spell| spell.to.ln()).collect();
    logs.sort_by(f64::total_cmp);
    let each = gathered(&spells);
    let cost = |x: &[f64]| -log_likelihood(&Family::Lognormal.law(x), &each);
    let mean = spells.iter().map(|spell| spell.to).sum::<f64>() / spells.len().max(1) as f64;
    Family::Lognormal.law(&lowest(cost, &Family::Lognormal.start(&logs, mean), 0.3, 240).0)
}

/// The chance of a chi-squared variable with `freedom` degrees to be at least `value`.
pub(crate) fn chance_above(value: f64, freedom: f64) -> f64 {
    if freedom <= 0.0 || value <= 0.0 { 1.0 } else { 1.0 - gamma_lr(freedom / 2.0, value / 2.0) }
}

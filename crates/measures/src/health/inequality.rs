//! How unequal: areas into groups by need, the slope from the most to the least deprived, and the most deprived fifth
//! against the rest.
//!
//! The slope index follows Low and Low (*Journal of Public Health* 2004; 26: 388–395). Each group stands at the middle of its
//! stretch of the population, ranked from the most deprived (0) to the least (1), and weighs as much as its people. Since the
//! weighted mean of those middles is always ½, the fitted line passes through (½, mean), and the slope index, its value at 1
//! less its value at 0, is one weighted sum of the groups' values.

use super::{Confidence, HealthError, Limits, Mean, Rate, Share, Withheld, checked, people};
use crate::groups::{quantile, quantile_range};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use rand_distr::{Distribution, StandardNormal};

/// The group of each value, 1 to `groups`; by `highest_first`, 1 holds the highest values, else the lowest. `None` where the
/// value is missing. Ties share a group: that of the lowest rank among them.
///
/// ```
/// use measures::health::quantiles;
/// let scores = [Some(9.0), Some(40.0), None, Some(22.0), Some(31.0)];
/// assert_eq!(quantiles(&scores, 2, true)?, [Some(2), Some(1), None, Some(2), Some(1)]);
/// # Ok::<(), measures::health::Withheld>(())
/// ```
///
/// # Errors
/// [`Withheld::FewerAreasThanGroups`].
pub fn quantiles(values: &[Option<f64>], groups: usize, highest_first: bool) -> Result<Vec<Option<usize>>, Withheld> {
    let known = |value: &Option<f64>| value.filter(|value| !value.is_nan());
    let mut sorted: Vec<f64> = values.iter().filter_map(known).collect();
    sorted.sort_by(|a, b| if highest_first { b.total_cmp(a) } else { a.total_cmp(b) });
    if sorted.len() < groups || groups == 0 {
        return Err(Withheld::FewerAreasThanGroups);
    }
    let (n, q) = (sorted.len() as f64, groups as f64);
    let group = |value: f64| {
        let rank =
            1.0 + sorted.partition_point(|&other| if highest_first { other > value } else { other < value }) as f64;
        ((q + 1.0 - ((n + 1.0 - rank) / (n / q)).ceil()).floor() as usize).max(1)
    };
    Ok(values.iter().map(|value| known(value).map(group)).collect())
}

/// The scale on which a group's value varies as a normal distribution does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// As it stands: a mean, a life expectancy.
    Plain,
    /// Its logarithm: a rate.
    Log,
    /// Its log odds: a share.
    Logit,
}

impl Scale {
    /// From the value to the scale.
    pub fn to(self, value: f64) -> f64 {
        match self {
            Scale::Plain => value,
            Scale::Log => value.ln(),
            Scale::Logit => (value / (1.0 - value)).ln(),
        }
    }

    /// From the scale to the value.
    pub fn back(self, scaled: f64) -> f64 {
        match self {
            Scale::Plain => scaled,
            Scale::Log => scaled.exp(),
            Scale::Logit => scaled.exp() / (1.0 + scaled.exp()),
        }
    }
}

/// The people of one group and how they fare.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Group {
    /// How many people.
    pub people: f64,
    /// The value.
    pub value: f64,
    /// Its standard error on the [`Scale`] of the slope.
    pub error: f64,
}

impl Group {
    /// A group whose standard error is taken from 95% limits, on the given scale.
    pub fn with_limits(people: f64, value: f64, [lower, upper]: Limits, scale: Scale) -> Group {
        let error = (scale.to(upper) - scale.to(lower)) / Confidence::P95.z() / 2.0;
        Group { people, value, error }
    }
}

/// The line through groups ranked from the most deprived, at 0, to the least, at 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Slope {
    groups: Vec<Group>,
    scale: Scale,
    /// Whether the line is fitted on the scale, not on the values.
    bent: bool,
    multiplier: f64,
    /// What each group's value adds to the slope, and its share of the people.
    pulls: Vec<f64>,
    shares: Vec<f64>,
    middle: f64,
    rise: f64,
}

/// Fits the slope of groups in order, the most deprived first.
///
/// `bent` fits the line on the scale (log of a rate, log odds of a share), which is straighter where values fall fast, and
/// takes the ends back. The slope is multiplied by `multiplier`; a negative one turns its sign and inverts the ratio, so that
/// both say how much worse off the most deprived are.
///
/// # Errors
/// Fewer than 5 or more than 100 groups, nobody in a group, a negative standard error, or a value that has no place on the
/// scale.
pub fn slope(groups: &[Group], scale: Scale, bent: bool, multiplier: f64) -> Result<Slope, HealthError> {
    if !(5..=100).contains(&groups.len()) {
        return Err(HealthError::Groups(groups.len()));
    }
    for (row, group) in (1..).zip(groups) {
        people(row, "the population", group.people)?;
        let (must, fits) = match scale {
            Scale::Plain => ("a number", true),
            Scale::Log => ("a number above 0", group.value > 0.0),
            Scale::Logit => ("above 0 and below 1", group.value > 0.0 && group.value < 1.0),
        };
        checked(row, "the value", group.value, must, fits)?;
        super::count(row, "the standard error", group.error)?;
    }
    checked(1, "the multiplier", multiplier, "a number other than 0", multiplier != 0.0)?;
    let all: f64 = groups.iter().map(|group| group.people).sum();
    let shares: Vec<f64> = groups.iter().map(|group| group.people / all).collect();
    let mut before = 0.0;
    let from_middle: Vec<f64> = shares
        .iter()
        .map(|share| {
            before += share;
            before - share / 2.0 - 0.5
        })
        .collect();
    let spread: f64 = shares.iter().zip(&from_middle).map(|(share, at)| share * at * at).sum();
    let pulls: Vec<f64> = shares.iter().zip(&from_middle).map(|(share, at)| share * at / spread).collect();
    let mut line = Slope { groups: groups.to_vec(), scale, bent, multiplier, pulls, shares, middle: 0.0, rise: 0.0 };
    let fitted: Vec<f64> = groups.iter().map(|group| if bent { scale.to(group.value) } else { group.value }).collect();
    line.middle = dot(&line.shares, &fitted);
    line.rise = dot(&line.pulls, &fitted);
    Ok(line)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl Slope {
    /// The value of the line at the most deprived end; only a bent line is multiplied, as the oracle does it.
    pub fn intercept(&self) -> f64 {
        let [most, _] = self.ends(self.middle, self.rise);
        if self.bent { most * self.multiplier.abs() } else { most }
    }

    /// The slope index of inequality: the least deprived end of the line less the most deprived.
    pub fn index(&self) -> f64 {
        self.index_of(self.ends(self.middle, self.rise))
    }

    /// The relative index of inequality: the least deprived end over the most deprived, or its inverse.
    pub fn relative(&self) -> f64 {
        self.relative_of(self.ends(self.middle, self.rise))
    }

    /// Limits of the slope index by the normal distribution. They are those of [`Slope::simulated`] without its noise, when
    /// values vary as a normal distribution does (plain scale) or the line is bent; else the values are taken as normal
    /// with the variance that they have after the scale is taken back.
    pub fn limits(&self, confidence: Confidence) -> Limits {
        let straight = |group: &Group| match self.scale {
            Scale::Plain => group.error,
            _ if self.bent => group.error,
            Scale::Log => group.value * group.error,
            Scale::Logit => group.value * (1.0 - group.value) * group.error,
        };
        let variance: f64 =
            self.groups.iter().zip(&self.pulls).map(|(group, pull)| (pull * straight(group)).powi(2)).sum();
        let error = confidence.z() * variance.sqrt();
        sorted([-error, error].map(|error| self.index_of(self.ends(self.middle, self.rise + error))))
    }

    /// Limits of the slope and relative indices at each level, from `draws` samples of every group's value. The generator is
    /// seeded here, so the same groups have the same limits everywhere and always; 100,000 draws, the usual number, leave
    /// about 1% of the width of 95% limits to chance.
    pub fn simulated(&self, levels: &[Confidence], draws: usize) -> Vec<[Limits; 2]> {
        let mut random = ChaCha8Rng::seed_from_u64(0x5107E);
        let centres: Vec<f64> = self.groups.iter().map(|group| self.scale.to(group.value)).collect();
        let mut drawn = vec![0.0; self.groups.len()];
        let (mut indices, mut relatives) = (Vec::with_capacity(draws), Vec::with_capacity(draws));
        for _ in 0..draws {
            for ((value, centre), group) in drawn.iter_mut().zip(&centres).zip(&self.groups) {
                let normal: f64 = StandardNormal.sample(&mut random);
                *value = centre + group.error * normal;
                if !self.bent {
                    *value = self.scale.back(*value);
                }
            }
            let rise = dot(&self.pulls, &drawn);
            // A bent line turns about its own middle; a straight one goes where the sample takes it.
            let middle = if self.bent { self.middle } else { dot(&self.shares, &drawn) };
            let ends = self.ends(middle, rise);
            indices.push(self.index_of(ends));
            relatives.push(self.relative_of(ends));
        }
        indices.sort_by(f64::total_cmp);
        relatives.sort_by(f64::total_cmp);
        let at = |sorted: &[f64], share: f64| {
            let place = (draws as f64 * share).round() as usize;
            sorted.get(place.clamp(1, draws.max(1)) - 1).copied().unwrap_or(f64::NAN)
        };
        let range = |sorted: &[f64], level: Confidence| [at(sorted, level.tail()), at(sorted, 1.0 - level.tail())];
        levels.iter().map(|&level| [range(&indices, level), range(&relatives, level)]).collect()
    }

    /// The values of the line at the most and the least deprived end.
    fn ends(&self, middle: f64, rise: f64) -> Limits {
        [middle - rise / 2.0, middle + rise / 2.0].map(|end| if self.bent { self.scale.back(end) } else { end })
    }

    fn index_of(&self, [most, least]: Limits) -> f64 {
        (least - most) * self.multiplier
    }

    fn relative_of(&self, [most, least]: Limits) -> f64 {
        if self.multiplier < 0.0 { most / least } else { least / most }
    }
}

fn sorted([a, b]: Limits) -> Limits {
    [a.min(b), a.max(b)]
}

/// What one group of people has: the kinds of number that a measure can be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fifth<'a> {
    /// Events for so many people.
    Rate(Rate),
    /// Some of all.
    Share(Share),
    /// The mean of values.
    Mean(Mean),
    /// The median of sorted values, with limits that need no shape of the distribution.
    Median(&'a [f64]),
}

impl Fifth<'_> {
    /// The number and its limits.
    ///
    /// # Errors
    /// [`Withheld::FewerThanTen`], of events or of values, whatever the kind: one rule for every comparison.
    pub fn estimate(&self, confidence: Confidence) -> Result<(f64, Limits), Withheld> {
        let few = match self {
            Fifth::Rate(rate) => rate.events < 10.0,
            Fifth::Share(share) => share.count < 10.0,
            Fifth::Mean(mean) => mean.count < 10,
            Fifth::Median(values) => values.len() < 10,
        };
        if few {
            return Err(Withheld::FewerThanTen);
        }
        Ok(match self {
            Fifth::Rate(rate) => (rate.value()?, rate.limits(confidence)?),
            Fifth::Share(share) => (share.value(), share.limits(confidence)),
            Fifth::Mean(mean) => (mean.value(), mean.limits(confidence)?),
            Fifth::Median(values) => {
                let (lower, upper) = quantile_range(values, 0.5, confidence.share()).ok_or(Withheld::FewerThanTen)?;
                (quantile(values, 0.5).ok_or(Withheld::FewerThanTen)?, [lower, upper])
            }
        })
    }

    /// The scale on which its slope is sampled.
    fn scale(&self) -> Scale {
        match self {
            Fifth::Rate(_) => Scale::Log,
            Fifth::Share(_) => Scale::Logit,
            Fifth::Mean(_) | Fifth::Median(_) => Scale::Plain,
        }
    }
}

/// One number against another, both with limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// The first and its limits.
    pub first: (f64, Limits),
    /// The second and its limits.
    pub second: (f64, Limits),
    /// First less second.
    pub difference: f64,
    /// Its limits; without 0 between them, it is more than chance.
    pub difference_limits: Limits,
    /// First over second.
    pub ratio: f64,
    /// Its limits; the upper is infinite when the second may be 0.
    pub ratio_limits: Limits,
}

/// The most deprived fifth against the rest (the Core20 of Core20PLUS5).
///
/// ```
/// use measures::health::{Confidence, Fifth, core20, rate};
/// let most = Fifth::Rate(rate(120.0, 20_000.0, 1000.0)?);
/// let rest = Fifth::Rate(rate(240.0, 80_000.0, 1000.0)?);
/// let gap = core20(most, rest, Confidence::P95)?;
/// assert_eq!((gap.difference, gap.ratio), (3.0, 2.0));
/// assert!(gap.difference_limits[0] > 0.0); // more than chance
/// # Ok::<(), measures::health::HealthError>(())
/// ```
///
/// # Errors
/// [`Withheld::FewerThanTen`] when either side has fewer than ten events or values.
pub fn core20(most: Fifth, rest: Fifth, confidence: Confidence) -> Result<Gap, Withheld> {
    Ok(gap(most.estimate(confidence)?, rest.estimate(confidence)?))
}

/// The difference and the ratio of two independent numbers, with limits built from the limits of each (MOVER: Newcombe's
/// method 10 for shares, Donner and Zou 2012 for ratios). So each kind of number keeps the limits that fit it.
pub fn gap(first: (f64, Limits), second: (f64, Limits)) -> Gap {
    let ((a, [la, ua]), (b, [lb, ub])) = (first, second);
    let difference = a - b;
    let difference_limits = [difference - (a - la).hypot(ub - b), difference + (ua - a).hypot(b - lb)];
    // The ratios r at which the limits of a − r·b touch 0: roots of a quadratic, the lower written so that it stays a root
    // when the upper limit of b is more than twice b.
    let part = |value: f64, limit: f64| limit * (2.0 * value - limit);
    let root = |near: f64, far: f64| ((a * b).powi(2) - part(a, near) * part(b, far)).max(0.0).sqrt();
    let lower = part(a, la) / (a * b + root(la, ub));
    let upper = if lb > 0.0 { (a * b + root(ua, lb)) / part(b, lb) } else { f64::INFINITY };
    Gap { first, second, difference, difference_limits, ratio: a / b, ratio_limits: [lower.max(0.0), upper] }
}

/// The slope over groups of people that are in order, the most deprived first: `(people, what they have)`. Rates are sampled
/// as logarithms and shares as log odds; the line itself is straight.
///
/// # Errors
/// As [`slope`]; [`HealthError::Withheld`] when a group has fewer than ten events or values.
pub fn slope_of_fifths(fifths: &[(f64, Fifth)], multiplier: f64) -> Result<Slope, HealthError> {
    let scale = fifths.first().ok_or(HealthError::Empty)?.1.scale();
    let mut groups = Vec::with_capacity(fifths.len());
    for (people, fifth) in fifths {
        let (value, limits) = fifth.estimate(Confidence::P95)?;
        groups.push(Group::with_limits(*people, value, limits, scale));
    }
    slope(&groups, scale, false, multiplier)
}

//! A rate, a share or a mean, and how sure it is.
//!
//! All rates are one thing: a count of events, and what one event more would add. A crude rate, a ratio of observed to
//! expected and a directly standardised rate differ only in that step, so they share their limits: those of the count
//! ([`poisson`]) carried over by the step (Dobson and others, *Statistics in Medicine* 1991; 10: 457–462).

use super::{Confidence, HealthError, Limits, Withheld, checked, count, people, special};

/// The European Standard Population of 2013: 19 bands of five years, the last from 90.
pub const ESP2013: [f64; 19] = [
    5000.0, 5500.0, 5500.0, 5500.0, 6000.0, 6000.0, 6500.0, 7000.0, 7000.0, 7000.0, 7000.0, 6500.0, 6000.0, 5500.0,
    5000.0, 4000.0, 2500.0, 1500.0, 1000.0,
];

/// Fewer events than this: limits are exact, and a standardised rate is withheld.
const TEN: f64 = 10.0;

/// Limits of the events that would be counted again and again: exact Poisson below ten (Armitage and Berry), Byar's
/// approximation from ten (Breslow and Day).
///
/// ```
/// use measures::health::{Confidence, poisson};
/// let [lower, upper] = poisson(9.0, Confidence::P95);
/// assert!((lower - 4.1154).abs() < 5e-5 && (upper - 17.0848).abs() < 5e-5);
/// ```
pub fn poisson(events: f64, confidence: Confidence) -> Limits {
    let (tail, z) = (confidence.tail(), confidence.z());
    let byar = |o: f64, z: f64| o * (1.0 - 1.0 / (9.0 * o) + z / (3.0 * o.sqrt())).powi(3);
    if events < TEN {
        [special::chi_squared(tail, 2.0 * events) / 2.0, special::chi_squared(1.0 - tail, 2.0 * events + 2.0) / 2.0]
    } else {
        [byar(events, -z).max(0.0), byar(events + 1.0, z)]
    }
}

/// Limits of a share, 0 to 1: Wilson 1927, without continuity correction. NaN when `all` is 0.
///
/// ```
/// use measures::health::{Confidence, wilson};
/// // 81 of 263: 25.53% to 36.62% (Newcombe 1998, Statistics in Medicine 17, table I)
/// let [lower, upper] = wilson(81.0, 263.0, Confidence::P95);
/// assert!((lower - 0.2553).abs() < 5e-5 && (upper - 0.3662).abs() < 5e-5);
/// ```
pub fn wilson(count: f64, all: f64, confidence: Confidence) -> Limits {
    let z2 = confidence.z().powi(2);
    let error = (z2 * (z2 + 4.0 * count * (1.0 - count / all))).sqrt();
    [2.0 * count + z2 - error, 2.0 * count + z2 + error].map(|end| (end / (2.0 * (all + z2))).clamp(0.0, 1.0))
}

/// A count of events made into a rate or a ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// The events counted.
    pub events: f64,
    /// What they are counted against: people, or the events expected.
    pub against: f64,
    value: f64,
    /// What one event more adds: the standard error of the rate over that of the count.
    step: f64,
    /// The fewest events that may be shown.
    least: f64,
}

impl Rate {
    /// The rate itself.
    ///
    /// # Errors
    /// [`Withheld::FewerThanTen`] for a directly standardised rate of fewer than ten events.
    pub fn value(&self) -> Result<f64, Withheld> {
        if self.events < self.least { Err(Withheld::FewerThanTen) } else { Ok(self.value) }
    }

    /// Its limits.
    ///
    /// # Errors
    /// As [`Rate::value`].
    pub fn limits(&self, confidence: Confidence) -> Result<Limits, Withheld> {
        let value = self.value()?;
        Ok(poisson(self.events, confidence).map(|end| value + self.step * (end - self.events)))
    }

    /// Whether the limits are exact Poisson rather than Byar's.
    pub fn is_exact(&self) -> bool {
        self.events < TEN
    }
}

/// Events for so many people: 48 falls among 21,000 per 100,000.
///
/// # Errors
/// When `events` is negative, or `people` or `per` is not above 0.
pub fn rate(events: f64, people: f64, per: f64) -> Result<Rate, HealthError> {
    let step = self::people(1, "the multiplier", per)? / self::people(1, "the population", people)?;
    Ok(Rate { events: count(1, "the count", events)?, against: people, value: events * step, step, least: 0.0 })
}

/// Observed over expected events, times a reference: 100 for a standardised mortality ratio, the reference population's own
/// rate for an indirectly standardised rate.
///
/// ```
/// use measures::health::{expected, ratio};
/// // Two age bands: the reference has 10 in 1,000 and 40 in 1,000; here are 500 and 2,000 people.
/// let expected = expected(&[(500.0, 10.0, 1000.0), (2000.0, 40.0, 1000.0)])?;
/// assert_eq!(expected, 85.0);
/// assert_eq!(ratio(102.0, expected, 100.0)?.value(), Ok(120.0));
/// # Ok::<(), measures::health::HealthError>(())
/// ```
///
/// # Errors
/// When `observed` is negative, or `expected` or `reference` is not above 0.
pub fn ratio(observed: f64, expected: f64, reference: f64) -> Result<Rate, HealthError> {
    let step = people(1, "the reference", reference)? / people(1, "the expected number", expected)?;
    let events = count(1, "the observed number", observed)?;
    Ok(Rate { events, against: expected, value: events * step, step, least: 0.0 })
}

/// The events that would happen if each age band had the rate of a reference population. One (people, reference events,
/// reference people) a band.
///
/// # Errors
/// When a number is negative, or a reference population is not above 0.
pub fn expected(bands: &[(f64, f64, f64)]) -> Result<f64, HealthError> {
    let mut sum = 0.0;
    for (row, &(here, events, there)) in (1..).zip(bands) {
        sum += count(row, "the population", here)? * count(row, "the reference count", events)?
            / people(row, "the reference population", there)?;
    }
    Ok(sum)
}

/// A directly standardised rate: what the rate would be if the population had the ages of the standard. One (events, people,
/// standard population) a band; [`ESP2013`] is the usual standard.
///
/// # Errors
/// When there is no band, a count is negative, or a population is not above 0.
pub fn direct(bands: &[(f64, f64, f64)], per: f64) -> Result<Rate, HealthError> {
    let once: Vec<Repeated> = (0..)
        .zip(bands)
        .map(|(band, &(people_with, people, standard))| Repeated { band, each: 1.0, people_with, people, standard })
        .collect();
    direct_of_repeated(&once, per)
}

/// People of one age band who had the same number of events.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Repeated {
    /// Which age band: any number that tells bands apart.
    pub band: usize,
    /// Events that each of them had.
    pub each: f64,
    /// How many of them there are.
    pub people_with: f64,
    /// All people of the age band.
    pub people: f64,
    /// The standard population of the age band.
    pub standard: f64,
}

/// A directly standardised rate of events that come to the same people again, as readmissions do.
///
/// People, not events, are independent: the variance is the sum over frequencies f of f² × the variance of the rate of people
/// with f events. With f = 1 alone this is [`direct`]; to count readmissions as independent makes the limits too narrow.
///
/// # Errors
/// As [`direct`], and when an age band has two populations or two standard populations.
pub fn direct_of_repeated(rows: &[Repeated], per: f64) -> Result<Rate, HealthError> {
    if rows.is_empty() {
        return Err(HealthError::Empty);
    }
    let mut bands: std::collections::BTreeMap<usize, (f64, f64)> = std::collections::BTreeMap::new();
    let (mut events, mut weighted, mut variance) = (0.0, 0.0, 0.0);
    for (row, r) in (1..).zip(rows) {
        let weight = count(row, "the standard population", r.standard)? / people(row, "the population", r.people)?;
        let with = count(row, "the count", r.people_with)?;
        let each = count(row, "the event frequency", r.each)?;
        if *bands.entry(r.band).or_insert((r.people, r.standard)) != (r.people, r.standard) {
            return Err(HealthError::TwoPopulations(r.band.to_string()));
        }
        events += each * with;
        weighted += each * with * weight;
        variance += each * each * with * weight * weight;
    }
    let people = bands.values().map(|(people, _)| people).sum();
    let standard: f64 = bands.values().map(|(_, standard)| standard).sum();
    let per =
        self::people(1, "the multiplier", per)? / self::people(1, "the sum of the standard populations", standard)?;
    let step = if events > 0.0 { (variance / events).sqrt() * per } else { 0.0 };
    Ok(Rate { events, against: people, value: weighted * per, step, least: TEN })
}

/// Some of all: a share from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// How many.
    pub count: f64,
    /// Of how many.
    pub all: f64,
}

/// Some of all.
///
/// # Errors
/// When `count` is negative or more than `all`, or `all` is not above 0.
pub fn share(count: f64, all: f64) -> Result<Share, HealthError> {
    let all = people(1, "the denominator", all)?;
    let count = self::count(1, "the count", count)?;
    checked(1, "the count", count, "at most the denominator", count <= all)?;
    Ok(Share { count, all })
}

impl Share {
    /// The share.
    pub fn value(&self) -> f64 {
        self.count / self.all
    }

    /// Its limits, by [`wilson`].
    pub fn limits(&self, confidence: Confidence) -> Limits {
        wilson(self.count, self.all, confidence)
    }
}

/// The mean of values, with what its limits need.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// How many values.
    pub count: usize,
    /// Their sum.
    pub sum: f64,
    /// Their standard deviation (n − 1); NaN for one value.
    pub deviation: f64,
}

/// The mean of values.
///
/// # Errors
/// When there are none, or one is not a finite number.
pub fn mean(values: &[f64]) -> Result<Mean, HealthError> {
    if values.is_empty() {
        return Err(HealthError::Empty);
    }
    for (row, value) in (1..).zip(values) {
        checked(row, "the value", *value, "a number", true)?;
    }
    let (count, sum) = (values.len(), values.iter().sum::<f64>());
    let mean = sum / count as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Ok(Mean { count, sum, deviation: (squares / (count as f64 - 1.0)).sqrt() })
}

impl Mean {
    /// The mean.
    pub fn value(&self) -> f64 {
        self.sum / self.count as f64
    }

    /// Its limits, by Student's t.
    ///
    /// # Errors
    /// [`Withheld::OneValue`].
    pub fn limits(&self, confidence: Confidence) -> Result<Limits, Withheld> {
        if self.count < 2 {
            return Err(Withheld::OneValue);
        }
        let n = self.count as f64;
        let error = special::student(1.0 - confidence.tail(), n - 1.0) * self.deviation / n.sqrt();
        Ok([self.value() - error, self.value() + error])
    }
}

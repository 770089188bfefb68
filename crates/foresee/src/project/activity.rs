//! How much will be asked of services: people × rate, step by step, and which part of the growth is whose.
//!
//! The steps are those of the national hospital demand model (The Strategy Unit, `nhp_model`): how many people of which age, health
//! status (who lives longer is well for longer: compression), growth that has nothing to do with age, inequality, avoidance. Each
//! multiplies. What a step is blamed for depends on its place in the order, so [`ordered`] stands beside [`shapley`], which is the mean
//! over all orders (Shapley 1953). For size, structure and rate that mean is the decomposition of Das Gupta (US Census Bureau 1993).

use super::{ProjectError, length, number, numbers};

/// Growth as the parts that made it; they sum to the growth.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Split {
    /// More people, of the same ages.
    pub size: f64,
    /// People of other ages.
    pub ageing: f64,
    /// People of the same age use more or less.
    pub rate: f64,
}

impl Split {
    /// The whole growth.
    pub fn total(&self) -> f64 {
        self.size + self.ageing + self.rate
    }
}

/// Splits the growth of Σ people × rate, cell by cell (age and sex), by Das Gupta's three factors: all people, their shares, rates.
///
/// ```
/// use foresee::project::activity::das_gupta;
/// let split = das_gupta(&[100.0, 100.0], &[220.0, 220.0], &[1.0, 3.0], &[1.0, 3.0])?;
/// assert!((split.size - 480.0).abs() < 1e-9 && split.ageing.abs() < 1e-9 && split.rate.abs() < 1e-9);
/// # Ok::<(), foresee::project::ProjectError>(())
/// ```
///
/// # Errors
/// [`ProjectError`] when lengths differ, a number is below nought, or nobody lives in one of the two years.
pub fn das_gupta(
    people_before: &[f64],
    people_after: &[f64],
    rates_before: &[f64],
    rates_after: &[f64],
) -> Result<Split, ProjectError> {
    let cells = people_before.len();
    for (what, list) in [("people after", people_after), ("rates before", rates_before), ("rates after", rates_after)] {
        length(what, list.len(), cells)?;
        numbers(what, list, "0 or more", |value| value >= 0.0)?;
    }
    numbers("people before", people_before, "0 or more", |people| people >= 0.0)?;
    let size = [people_before, people_after].map(|people| people.iter().sum::<f64>());
    size.iter().try_for_each(|&size| number("all people", size, "above 0", |size| size > 0.0).map(drop))?;
    let parts = shapley(3, |mask| {
        let [more, older, other] = [0, 1, 2].map(|step| (mask >> step & 1) as usize);
        let (people, rates) = (
            if older == 1 { people_after } else { people_before },
            if other == 1 { rates_after } else { rates_before },
        );
        size[more] / size[older] * people.iter().zip(rates).map(|(people, rate)| people * rate).sum::<f64>()
    });
    Ok(Split { size: parts[0], ageing: parts[1], rate: parts[2] })
}

/// What each of `steps` (at most 16) adds, in the mean over all orders in which they may be taken. `value` is the whole when the steps in
/// the mask have been taken. The parts sum to `value(all) - value(0)`.
pub fn shapley(steps: usize, value: impl Fn(u32) -> f64) -> Vec<f64> {
    let values: Vec<f64> = (0..1u32 << steps).map(value).collect();
    // Weight of a set of so many others: 1 / (steps × (steps − 1 over others)).
    let weights: Vec<f64> = (0..steps)
        .scan(1.0, |choose, others| {
            let weight = 1.0 / (steps as f64 * *choose);
            *choose *= (steps - 1 - others) as f64 / (others + 1) as f64;
            Some(weight)
        })
        .collect();
    (0..steps)
        .map(|step| {
            (0..1usize << steps)
                .filter(|mask| mask >> step & 1 == 0)
                .map(|mask| weights[mask.count_ones() as usize] * (values[mask | 1 << step] - values[mask]))
                .sum()
        })
        .collect()
}

/// What each of `steps` (at most 16) adds when they are taken in their order; `value` as for [`shapley`].
///
/// ```
/// use foresee::project::activity::{ordered, shapley};
/// // A hundred, grown by a tenth twice: the second tenth is of more.
/// let value = |mask: u32| 100.0 * 1.1f64.powi(mask.count_ones() as i32);
/// let parts = ordered(2, value);
/// assert!((parts[0] - 10.0).abs() < 1e-9 && (parts[1] - 11.0).abs() < 1e-9);
/// assert!(shapley(2, value).iter().all(|part| (part - 10.5).abs() < 1e-12));
/// ```
pub fn ordered(steps: usize, value: impl Fn(u32) -> f64) -> Vec<f64> {
    (0..steps).map(|step| value((2 << step) - 1) - value((1 << step) - 1)).collect()
}

/// Ages at which health status is adjusted.
pub const HEALTH_AGES: std::ops::RangeInclusive<usize> = 55..=90;

/// Use at the age that people behave like, over use at their own age. Who is `age` behaves like `age` − `h` × the gain in life expectancy;
/// use between whole ages is linear. Where nobody of that age uses anything the factor is 1.
pub fn health_status(use_by_age: &[f64], age: usize, gain: f64, h: f64) -> f64 {
    let last = use_by_age.len().saturating_sub(1);
    let Some(&own) = use_by_age.get(age).filter(|&&own| own > 0.0) else { return 1.0 };
    let like = (age as f64 - h * gain).clamp(0.0, last as f64);
    let (below, part) = (like.floor() as usize, like.fract());
    (use_by_age[below] + part * (use_by_age[(below + 1).min(last)] - use_by_age[below])) / own
}

/// Beds that so many admissions a year fill, staying so many days in the mean, when this share of beds may be full.
///
/// # Errors
/// [`ProjectError`] when a number is below nought or the share is not above 0 and at most 1.
pub fn beds(admissions: f64, stay_days: f64, occupancy: f64) -> Result<f64, ProjectError> {
    number("admissions", admissions, "0 or more", |admissions| admissions >= 0.0)?;
    number("mean stay in days", stay_days, "0 or more", |days| days >= 0.0)?;
    number("occupancy", occupancy, "above 0 and at most 1", |share| share > 0.0 && share <= 1.0)?;
    Ok(admissions * stay_days / 365.0 / occupancy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn beds_are_days_over_the_share_that_may_be_full() {
        assert_eq!(beds(3650.0, 5.0, 0.5), Ok(100.0));
        assert!(beds(10.0, 5.0, 0.0).unwrap_err().to_string().contains("above 0 and at most 1"));
    }

    #[test]
    fn people_who_live_longer_are_well_for_longer() {
        let using: Vec<f64> = (0..=90).map(f64::from).collect();
        assert_eq!(health_status(&using, 80, 2.0, 0.5), 79.0 / 80.0);
        assert_eq!(health_status(&using, 80, 2.0, 0.0), 1.0);
        assert_eq!(health_status(&[0.0; 91], 80, 2.0, 0.5), 1.0);
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_growth(
            before in prop::collection::vec(0.1..100.0f64, 6), after in prop::collection::vec(0.1..100.0f64, 6),
            old in prop::collection::vec(0.0..3.0f64, 6), new in prop::collection::vec(0.0..3.0f64, 6),
        ) {
            let activity = |people: &[f64], rates: &[f64]| people.iter().zip(rates).map(|(one, two)| one * two).sum::<f64>();
            let split = das_gupta(&before, &after, &old, &new).unwrap();
            prop_assert!((split.total() - activity(&after, &new) + activity(&before, &old)).abs() < 1e-9);
            // With rates as they were nothing is blamed on them.
            prop_assert!(das_gupta(&before, &after, &old, &old).unwrap().rate.abs() < 1e-9);
        }

        #[test]
        fn shapley_sums_and_does_not_mind_the_order(factors in prop::collection::vec(0.5..2.0f64, 1..8)) {
            let steps = factors.len();
            let product = |factors: &[f64], mask: u32| -> f64 {
                (0..steps).filter(|step| mask >> step & 1 == 1).fold(50.0, |product, step| product * factors[step])
            };
            let parts = shapley(steps, |mask| product(&factors, mask));
            let growth = product(&factors, (1 << steps) - 1) - 50.0;
            prop_assert!((parts.iter().sum::<f64>() - growth).abs() < 1e-9);
            prop_assert!((ordered(steps, |mask| product(&factors, mask)).iter().sum::<f64>() - growth).abs() < 1e-9);
            let backwards: Vec<f64> = factors.iter().rev().copied().collect();
            let mut mirrored = shapley(steps, |mask| product(&backwards, mask));
            mirrored.reverse();
            prop_assert!(parts.iter().zip(&mirrored).all(|(one, two)| (one - two).abs() < 1e-9));
        }
    }
}

//! Why plans cost more and save less than they say: optimism bias, discounting, reference classes, and savings that fail together.

use super::range::{normal_quantile, quantile, uniform};
use super::{ProjectError, length, number, numbers};

/// Starting uplifts of one kind of project, per cent, upper then lower.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bias {
    /// Its name in the table.
    pub kind: &'static str,
    /// On how long the works take; none where there are no works.
    pub works_duration: Option<[f64; 2]>,
    /// On capital; for outsourcing on operating cost.
    pub cost: [f64; 2],
    /// Whether `cost` is capital or operating cost.
    pub capital: bool,
}

/// Mott MacDonald, *Review of Large Public Procurement in the UK* (2002), table 2, as the supplementary guidance to the Green Book gives it.
pub const OPTIMISM_BIAS: [Bias; 6] = [
    Bias { kind: "standard_buildings", works_duration: Some([4.0, 1.0]), cost: [24.0, 2.0], capital: true },
    Bias { kind: "non_standard_buildings", works_duration: Some([39.0, 2.0]), cost: [51.0, 4.0], capital: true },
    Bias { kind: "standard_civil", works_duration: Some([20.0, 1.0]), cost: [44.0, 3.0], capital: true },
    Bias { kind: "non_standard_civil", works_duration: Some([25.0, 3.0]), cost: [66.0, 6.0], capital: true },
    Bias { kind: "equipment_development", works_duration: Some([54.0, 10.0]), cost: [200.0, 10.0], capital: true },
    Bias { kind: "outsourcing", works_duration: None, cost: [41.0, 0.0], capital: false },
];

/// The mean of `values` by `shares`, whatever these sum to; for a project of several kinds. Not a number when they sum to nought.
pub fn weighted(shares: &[f64], values: &[f64]) -> f64 {
    shares.iter().zip(values).map(|(share, value)| share * value).sum::<f64>() / shares.iter().sum::<f64>()
}

/// The uplift that is left when risks are managed: upper × Σ contribution × (1 − managed), never below lower. Contributions and uplifts in
/// per cent, `managed` from 0 to 1.
///
/// # Errors
/// [`ProjectError`] when lengths differ, a contribution is below nought or they exceed 100, or a share managed is not 0 to 1.
pub fn mitigated(upper: f64, lower: f64, contributions: &[f64], managed: &[f64]) -> Result<f64, ProjectError> {
    length("shares managed", managed.len(), contributions.len())?;
    numbers("contribution", contributions, "0 or more", |part| part >= 0.0)?;
    numbers("share managed", managed, "0 to 1", |share| (0.0..=1.0).contains(&share))?;
    number("the sum of contributions", contributions.iter().sum(), "at most 100", |sum| sum <= 100.0 + 1e-9)?;
    number("lower", lower, "at most upper", |lower| lower <= upper)?;
    let left: f64 = contributions.iter().zip(managed).map(|(part, managed)| part / 100.0 * (1.0 - managed)).sum();
    Ok((upper * left).max(lower))
}

/// Yearly rates of discount, each from its year on.
#[derive(Debug, Clone, PartialEq)]
pub struct Discount(pub Vec<(usize, f64)>);

impl Discount {
    /// One rate for all years.
    pub fn flat(rate: f64) -> Discount {
        Discount(vec![(0, rate)])
    }

    /// The Green Book's social time preference: 3.5% to year 30, 3.0% to 75, 2.5% to 125.
    pub fn green_book() -> Discount {
        Discount(vec![(0, 0.035), (31, 0.030), (76, 0.025)])
    }

    /// The Green Book's rate for health effects: 1.5% to year 30, 1.29% to 75, 1.07% to 125.
    pub fn health() -> Discount {
        Discount(vec![(0, 0.015), (31, 0.0129), (76, 0.0107)])
    }

    /// What one pound of each year from 0 on is worth in year 0: each year divides by its own rate.
    pub fn factors(&self, years: usize) -> Vec<f64> {
        let rate = |year: usize| self.0.iter().rev().find(|(from, _)| *from <= year).map_or(0.0, |(_, rate)| *rate);
        (0..years)
            .scan(1.0, |worth, year| {
                if year > 0 {
                    *worth /= 1.0 + rate(year);
                }
                Some(*worth)
            })
            .collect()
    }

    /// Present value in year 0 of what comes in each year from 0 on.
    pub fn present(&self, flow: &[f64]) -> f64 {
        self.factors(flow.len()).iter().zip(flow).map(|(worth, flow)| worth * flow).sum()
    }
}

/// What past schemes of a kind say about the next one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reference {
    /// Half of them delivered at least this share of their plan.
    pub median: f64,
    /// With the confidence asked for, at least this share is delivered.
    pub sure: f64,
    /// What must be planned to have what is needed with that confidence.
    pub plan: f64,
}

/// Reads a reference class: shares of plan `delivered` by past schemes, what is `needed`, how sure one must be (0 to 1). Quantiles are of
/// type 7.
///
/// # Errors
/// [`ProjectError`] when there is no past scheme, a number is not one, or the share to be sure of is not above 0.
pub fn reference(delivered: &[f64], needed: f64, confidence: f64) -> Result<Reference, ProjectError> {
    if delivered.is_empty() {
        return Err(ProjectError::Other("there is no past scheme to learn from".into()));
    }
    numbers("share delivered", delivered, "a number", |_| true)?;
    number("confidence", confidence, "0 to 1", |share| (0.0..=1.0).contains(&share))?;
    let mut sorted = delivered.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let sure = quantile(&sorted, 1.0 - confidence);
    number("the share that one can be sure of", sure, "above 0", |share| share > 0.0)?;
    Ok(Reference { median: quantile(&sorted, 0.5), sure, plan: needed / sure })
}

/// What several schemes save together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Together {
    /// The mean.
    pub mean: f64,
    /// Its standard deviation were they to fail one by one.
    pub apart: f64,
    /// Its standard deviation as they fail together.
    pub together: f64,
}

/// Mean and spread of a sum of savings with these means and standard deviations, each two correlated by `rho` through what they have
/// in common (the same staff, the same winter).
///
/// # Errors
/// [`ProjectError`] when lengths differ, a deviation is below nought, or `rho` is not 0 to 1.
pub fn together(means: &[f64], deviations: &[f64], rho: f64) -> Result<Together, ProjectError> {
    length("deviations", deviations.len(), means.len())?;
    numbers("mean", means, "a number", |_| true)?;
    numbers("deviation", deviations, "0 or more", |deviation| deviation >= 0.0)?;
    number("correlation", rho, "0 to 1", |rho| (0.0..=1.0).contains(&rho))?;
    let squares: f64 = deviations.iter().map(|deviation| deviation * deviation).sum();
    let sum: f64 = deviations.iter().sum();
    let common = (squares + rho * (sum * sum - squares)).sqrt();
    Ok(Together { mean: means.iter().sum(), apart: squares.sqrt(), together: common })
}

/// Sums of draws from `quantiles` (each the quantile function of one scheme) that share a normal common factor of correlation `rho`, sorted.
pub fn draws(quantiles: &[&dyn Fn(f64) -> f64], rho: f64, samples: u64, seed: u64) -> Vec<f64> {
    let cumulative = |z: f64| 0.5 * statrs::function::erf::erfc(-z / std::f64::consts::SQRT_2);
    let mut sums: Vec<f64> = (0..samples)
        .map(|sample| {
            let common = normal_quantile(uniform(seed, sample, "common"));
            let of = |(at, quantile): (usize, &&dyn Fn(f64) -> f64)| {
                let own = normal_quantile(uniform(seed, sample, &format!("scheme {at}")));
                quantile(cumulative(rho.sqrt() * common + (1.0 - rho).sqrt() * own).clamp(1e-12, 1.0 - 1e-12))
            };
            quantiles.iter().enumerate().map(of).sum()
        })
        .collect();
    sums.sort_unstable_by(f64::total_cmp);
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_green_book_steps_down_after_thirty_years() {
        let worth = Discount::green_book().factors(80);
        assert!((worth[30] - 1.035f64.powi(-30)).abs() < 1e-15);
        assert!((worth[31] / worth[30] - 1.0 / 1.03).abs() < 1e-15);
        assert!((worth[76] / worth[75] - 1.0 / 1.025).abs() < 1e-15);
        assert!(Discount::health().present(&[1.0; 40]) > Discount::green_book().present(&[1.0; 40]));
    }

    #[test]
    fn a_project_of_two_kinds_has_an_uplift_between() {
        let upper: Vec<f64> = OPTIMISM_BIAS[..2].iter().map(|bias| bias.cost[0]).collect();
        assert!((weighted(&[70.0, 30.0], &upper) - 32.1).abs() < 1e-12);
    }

    #[test]
    fn managed_bias_does_not_fall_below_its_lower_bound() {
        assert_eq!(mitigated(24.0, 2.0, &[34.0, 66.0], &[1.0, 1.0]), Ok(2.0));
        assert_eq!(mitigated(24.0, 2.0, &[100.0], &[0.0]), Ok(24.0));
        assert!(mitigated(24.0, 2.0, &[100.0], &[1.5]).unwrap_err().to_string().contains("0 to 1"));
    }

    #[test]
    fn savings_that_fail_together_spread_further() {
        let sum = together(&[1.0, 2.0], &[0.3, 0.4], 0.0).unwrap();
        assert_eq!((sum.mean, sum.apart, sum.together), (3.0, 0.5, 0.5));
        assert!((together(&[1.0, 2.0], &[0.3, 0.4], 1.0).unwrap().together - 0.7).abs() < 1e-12);
        let normal = |y: f64| 1.0 + 0.5 * normal_quantile(y);
        let spread = |rho| {
            let sums = draws(&[&normal, &normal, &normal], rho, 4000, 1);
            let mean = sums.iter().sum::<f64>() / 4000.0;
            (sums.iter().map(|sum| (sum - mean).powi(2)).sum::<f64>() / 3999.0).sqrt()
        };
        let wanted = together(&[1.0; 3], &[0.5; 3], 0.5).unwrap();
        assert!((spread(0.0) / wanted.apart - 1.0).abs() < 0.05 && (spread(0.5) / wanted.together - 1.0).abs() < 0.05);
    }

    #[test]
    fn a_class_that_delivers_nothing_cannot_be_planned_around() {
        assert!(reference(&[], 5.0, 0.8).unwrap_err().to_string().contains("no past scheme"));
        assert!(reference(&[0.0, 0.0], 5.0, 0.8).unwrap_err().to_string().contains("above 0"));
    }
}

//! Quantiles of the normal, chi-square and Student distributions: `statrs`, polished to the last
//! digits where its inversion stops early.

use statrs::distribution::{Continuous, ContinuousCDF, StudentsT};
use statrs::function::{erf, gamma};

/// Quantile of the standard normal.
pub fn normal(p: f64) -> f64 {
    -std::f64::consts::SQRT_2 * erf::erfc_inv(2.0 * p)
}

/// Quantile of chi-square with any positive degrees of freedom; 0 for none.
pub fn chi_squared(p: f64, freedom: f64) -> f64 {
    if freedom <= 0.0 {
        return 0.0;
    }
    // Wilson and Hilferty's start, then Halley's steps on the gamma distribution of shape freedom / 2.
    let shape = freedom / 2.0;
    let start = 1.0 - 2.0 / (9.0 * freedom) + normal(p) * (2.0 / (9.0 * freedom)).sqrt();
    // So near to the normal distribution, the start is the quantile.
    if freedom > 1e7 {
        return freedom * start.powi(3);
    }
    let mut x = (shape * start.powi(3)).max(((p.ln() + gamma::ln_gamma(shape + 1.0)) / shape).exp() * 0.5).max(1e-300);
    for _ in 0..50 {
        let density = ((shape - 1.0) * x.ln() - x - gamma::ln_gamma(shape)).exp();
        let newton = (gamma::gamma_lr(shape, x) - p) / density;
        let step = newton / (1.0 - 0.5 * (newton * ((shape - 1.0) / x - 1.0)).clamp(-1.0, 1.0));
        let next = if step < x { x - step } else { x / 2.0 };
        let moved = (next - x).abs();
        x = next;
        if moved <= 1e-15 * x {
            break;
        }
    }
    2.0 * x
}

/// Quantile of Student's t.
pub fn student(p: f64, freedom: f64) -> f64 {
    let Ok(t) = StudentsT::new(0.0, 1.0, freedom) else { return f64::NAN };
    let start = t.inverse_cdf(p);
    (0..3).fold(start, |x, _| x - (t.cdf(x) - p) / t.pdf(x))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference values to 15 digits, from 40-digit arithmetic (mpmath).
    #[test]
    fn quantiles_are_exact_to_ten_digits() {
        let check = |got: f64, want: f64, what: &str| {
            assert!((got - want).abs() <= 1e-11 * want.abs(), "{what}: {got} is not {want}");
        };
        check(normal(0.975), 1.9599639845400543, "normal(0.975)");
        check(normal(0.999), 3.0902323061678136, "normal(0.999)");
        check(normal(0.95), 1.6448536269514726, "normal(0.95)");
        check(normal(0.0005), -3.290526731491895, "normal(0.0005)");
        check(chi_squared(0.025, 2.0), 0.05063561596857975, "chi_squared(0.025, 2.0)");
        check(chi_squared(0.975, 4.0), 11.143286781877798, "chi_squared(0.975, 4.0)");
        check(chi_squared(0.001, 18.0), 4.90484880872755, "chi_squared(0.001, 18.0)");
        check(chi_squared(0.999, 20.0), 45.31474661812586, "chi_squared(0.999, 20.0)");
        check(chi_squared(0.975, 2.0), 7.3777589082278725, "chi_squared(0.975, 2.0)");
        check(chi_squared(0.025, 1234.56), 1139.0768415763382, "chi_squared(0.025, 1234.56)");
        check(chi_squared(0.999, 2000.4), 2201.575738726735, "chi_squared(0.999, 2000.4)");
        check(chi_squared(0.025, 0.5), 5.273202591259992e-07, "chi_squared(0.025, 0.5)");
        check(chi_squared(0.95, 160000.0), 160931.60536369146, "chi_squared(0.95, 160000.0)");
        check(student(0.975, 1.0), 12.706204736174705, "student(0.975, 1.0)");
        check(student(0.975, 2.0), 4.302652729749464, "student(0.975, 2.0)");
        check(student(0.975, 36.0), 2.028094000980451, "student(0.975, 36.0)");
        check(student(0.999, 4.0), 7.1731822197823085, "student(0.999, 4.0)");
        check(student(0.975, 999.0), 1.96234146113345, "student(0.975, 999.0)");
        check(student(0.999, 100000.0), 3.0903138094272378, "student(0.999, 100000.0)");
    }
}

//! How long people live at given death rates: the period life table, and the part of it that is lived in good health.
//!
//! | column | what it is |
//! | --- | --- |
//! | `m` | deaths for each person-year lived in the band |
//! | `a` | years of the band that those who die in it have lived, in the mean |
//! | `q` | chance of dying in the band: n m / (1 + (n − a) m) |
//! | `l`, `d` | of one born: alive at the start of the band, dying in it |
//! | `lived`, `total` | person-years lived in the band (L), and from its start on (T) |
//! | `e` | further years to live at its start: T / l |
//!
//! Chiang's rules (*The Life Table and its Applications*, 1984); by default those who die in the first year have lived a tenth of it
//! and others half of their band, as in the Fingertips technical guidance. [`infant`] has the rules of Coale and Demeny instead.
//! The open band lasts 1 / m. Healthy life is by Sullivan (1971).

use super::{ProjectError, length, number, numbers};

/// What kills in each band.
#[derive(Debug, Clone, Copy)]
pub enum Deaths<'a> {
    /// Deaths for each person-year.
    Rates(&'a [f64]),
    /// Chance of dying within the band; the last is 1, or what it is for a year in the open band.
    Chances(&'a [f64]),
}

/// A period life table of one person born, by age band; the last band is open.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Age at which each band starts.
    pub start: Vec<f64>,
    /// Death rate.
    pub m: Vec<f64>,
    /// Years lived in the band by those who die in it.
    pub a: Vec<f64>,
    /// Chance of dying in the band.
    pub q: Vec<f64>,
    /// Alive at its start.
    pub l: Vec<f64>,
    /// Dying in it.
    pub d: Vec<f64>,
    /// Person-years lived in it.
    pub lived: Vec<f64>,
    /// Person-years lived from its start on.
    pub total: Vec<f64>,
    /// Further years of life at its start.
    pub e: Vec<f64>,
}

/// Mean years lived by those who die in bands that start at these ages: a tenth of the first year, half of any other band. For the
/// open band it is not used.
pub fn usual(start: &[f64]) -> Vec<f64> {
    let width = |at: usize| start.get(at + 1).map_or(f64::NAN, |next| next - start[at]);
    (0..start.len()).map(|at| if start[at] == 0.0 && width(at) == 1.0 { 0.1 } else { width(at) / 2.0 }).collect()
}

/// Mean years lived by those who die at age 0, and at ages 1 to 4, by the death rate of infants (Coale and Demeny's West, as in
/// Preston, Heuveline and Guillot, table 3.3). `female` chooses the row.
pub fn infant(m0: f64, female: bool) -> [f64; 2] {
    match (female, m0 >= 0.107) {
        (false, true) => [0.330, 1.352],
        (false, false) => [0.045 + 2.684 * m0, 1.651 - 2.816 * m0],
        (true, true) => [0.350, 1.361],
        (true, false) => [0.053 + 2.800 * m0, 1.522 - 1.518 * m0],
    }
}

impl Table {
    /// The table of bands that start at the ages `start` (rising, the last open). `a`: years lived by those who die, as [`usual`] or
    /// from elsewhere; that of the open band is not read, but when it is all that tells how long that band lasts.
    ///
    /// ```
    /// use foresee::project::life::{Deaths, Table, usual};
    /// let start = [0.0, 1.0, 5.0];
    /// let table = Table::new(&start, Deaths::Rates(&[0.02; 3]), &usual(&start))?;
    /// assert!((table.e[2] - 50.0).abs() < 1e-12); // one in fifty a year: fifty years
    /// # Ok::<(), foresee::project::ProjectError>(())
    /// ```
    ///
    /// # Errors
    /// [`ProjectError`] when ages do not rise, lengths differ, a rate is below nought, a chance is not 0 to 1, or nobody dies in the
    /// open band.
    pub fn new(start: &[f64], deaths: Deaths<'_>, a: &[f64]) -> Result<Table, ProjectError> {
        let bands = start.len();
        let (Deaths::Rates(given) | Deaths::Chances(given)) = deaths;
        if bands == 0 {
            return Err(ProjectError::Length { what: "ages".into(), found: 0, wanted: 1 });
        }
        length("death rates", given.len(), bands)?;
        length("years lived by those who die", a.len(), bands)?;
        if let Some(at) = (1..bands).find(|&at| start[at].is_nan() || start[at] <= start[at - 1]) {
            return Err(ProjectError::Number {
                what: format!("age [{at}]"),
                value: start[at],
                must: "above the one before",
            });
        }
        let open = bands - 1;
        let (mut m, mut a, mut q) = (Vec::with_capacity(bands), a.to_vec(), Vec::with_capacity(bands));
        for band in 0..open {
            let width = start[band + 1] - start[band];
            number(format!("years lived by those who die [{band}]"), a[band], "0 to the width of the band", |a| {
                (0.0..=width).contains(&a)
            })?;
            match deaths {
                Deaths::Rates(rates) => {
                    let rate = number(format!("death rate [{band}]"), rates[band], "0 or more", |rate| rate >= 0.0)?;
                    m.push(rate);
                    q.push((width * rate / (1.0 + (width - a[band]) * rate)).min(1.0));
                }
                Deaths::Chances(chances) => {
                    let chance = number(format!("chance of dying [{band}]"), chances[band], "0 to 1", |q| {
                        (0.0..=1.0).contains(&q)
                    })?;
                    q.push(chance);
                    m.push(chance / (width - (width - a[band]) * chance));
                }
            }
        }
        let last = number("deaths in the open band", given[open], "above 0", |given| given > 0.0)?;
        m.push(match deaths {
            Deaths::Rates(_) => last,
            // A chance below 1 is that of one year, and whoever dies has lived half of it.
            Deaths::Chances(_) if last < 1.0 => last / (1.0 - last / 2.0),
            Deaths::Chances(_) if a[open].is_finite() && a[open] > 0.0 => 1.0 / a[open],
            // A table that ends with the last year of life.
            Deaths::Chances(_) => 2.0,
        });
        q.push(1.0);
        a[open] = 1.0 / m[open];
        Ok(Table::follow(start, m, a, q))
    }

    fn follow(start: &[f64], m: Vec<f64>, a: Vec<f64>, q: Vec<f64>) -> Table {
        let bands = start.len();
        let (mut l, mut d, mut lived) = (vec![1.0], Vec::with_capacity(bands), Vec::with_capacity(bands));
        for band in 0..bands {
            let died = l[band] * q[band];
            let left = l[band] - died;
            lived.push(match start.get(band + 1) {
                Some(next) => (next - start[band]) * left + a[band] * died,
                None => l[band] / m[band],
            });
            d.push(died);
            if band + 1 < bands {
                l.push(left);
            }
        }
        let mut total = lived.clone();
        (0..bands - 1).rev().for_each(|band| total[band] += total[band + 1]);
        let e = total.iter().zip(&l).map(|(total, &l)| if l > 0.0 { total / l } else { 0.0 }).collect();
        Table { start: start.to_vec(), m, a, q, l, d, lived, total, e }
    }

    /// Sullivan's healthy years: further years in good health at the start of each band, when the share `good` of each band is well.
    ///
    /// # Errors
    /// [`ProjectError`] when there is not one share, 0 to 1, for each band.
    pub fn healthy(&self, good: &[f64]) -> Result<Vec<f64>, ProjectError> {
        length("shares in good health", good.len(), self.l.len())?;
        numbers("share in good health", good, "0 to 1", |share| (0.0..=1.0).contains(&share))?;
        let mut years = 0.0;
        let mut healthy: Vec<f64> = (0..good.len())
            .rev()
            .map(|band| {
                years += good[band] * self.lived[band];
                if self.l[band] > 0.0 { years / self.l[band] } else { 0.0 }
            })
            .collect();
        healthy.reverse();
        Ok(healthy)
    }
}

/// Further years of life at each single year of age, from yearly chances of dying of which the last is for each year in the open age.
pub fn expectancy(q: &[f64]) -> Vec<f64> {
    let mut e = vec![0.0; q.len()];
    for age in (0..q.len()).rev() {
        let next = e.get(age + 1).copied();
        e[age] = match next {
            None => 1.0 / q[age].max(1e-9) - 0.5,
            Some(next) => (1.0 - q[age]) * (1.0 + next) + q[age] * if age == 0 { 0.1 } else { 0.5 },
        };
    }
    e
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_table_that_makes_no_sense_says_where() {
        let said = |start: &[f64], rates: &[f64]| {
            Table::new(start, Deaths::Rates(rates), &usual(start)).unwrap_err().to_string()
        };
        assert_eq!(said(&[0.0, 1.0, 1.0], &[0.1; 3]), "age [2] is 1, which must be above the one before");
        assert_eq!(said(&[0.0, 1.0], &[0.1, 0.0]), "deaths in the open band is 0, which must be above 0");
        assert_eq!(said(&[0.0, 1.0], &[-0.1, 0.2]), "death rate [0] is -0.1, which must be 0 or more");
        assert_eq!(said(&[0.0, 1.0], &[0.1]), "death rates has 1 numbers, which must be 2");
    }

    #[test]
    fn infants_who_die_have_lived_a_tenth_of_a_year() {
        let start = [0.0, 1.0, 2.0];
        let table = Table::new(&start, Deaths::Chances(&[0.01, 0.0, 0.5]), &usual(&start)).unwrap();
        assert!((table.lived[0] - (0.99 + 0.1 * 0.01)).abs() < 1e-15);
        assert!((table.e[2] - 1.5).abs() < 1e-12); // half die each year: 1 / 0.5 − 0.5
    }

    proptest! {
        #[test]
        fn one_rate_at_all_ages_is_life_of_one_over_it(rate in 0.001..0.2f64, bands in 2usize..30) {
            // With a of a constant hazard the abridged table is exact.
            let start: Vec<f64> = (0..bands).map(|band| 5.0 * band as f64).collect();
            let a = 1.0 / rate - 5.0 / (f64::exp(5.0 * rate) - 1.0);
            let table = Table::new(&start, Deaths::Rates(&vec![rate; bands]), &vec![a; bands]).unwrap();
            for e in &table.e {
                prop_assert!((e * rate - 1.0).abs() < 1e-9, "{} {}", e, 1.0 / rate);
            }
        }

        #[test]
        fn rates_and_chances_make_the_same_table(chances in prop::collection::vec(0.0001..0.3f64, 12)) {
            let start: Vec<f64> = (0..12).map(f64::from).collect();
            let one = Table::new(&start, Deaths::Chances(&chances), &usual(&start)).unwrap();
            let two = Table::new(&start, Deaths::Rates(&one.m), &usual(&start)).unwrap();
            prop_assert!(one.e.iter().zip(&two.e).all(|(one, two)| (one - two).abs() < 1e-9));
            prop_assert!(one.e.iter().zip(expectancy(&chances)).all(|(one, two)| (one - two).abs() < 1e-9));
            prop_assert!((one.d.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }

        #[test]
        fn healthy_life_is_life_when_all_are_well_and_half_when_half_are(rates in prop::collection::vec(0.001..0.5f64, 5), half in 0.0..1.0f64) {
            let start = [0.0, 1.0, 5.0, 20.0, 60.0];
            let table = Table::new(&start, Deaths::Rates(&rates), &usual(&start)).unwrap();
            for (healthy, e) in table.healthy(&[half; 5]).unwrap().iter().zip(&table.e) {
                prop_assert!((healthy - half * e).abs() < 1e-9);
            }
        }
    }
}

//! People of one year become those of the next: they move, die, grow older and have children.
//!
//! Two rules. [`year`] is for two sexes by single year of age, the last age open: half of the net migrants meet death at their
//! age; who survives is a year older (the open age stays); the other half of the migrants joins after ageing, at the next age;
//! births are fertility × the mean of the women at the start and at the end; the newborn meet half of a first year's death. It has
//! the shape of the subnational projections of the Office for National Statistics, and is not a copy of them.
//! [`Leslie`] is the one-sex matrix of Preston, Heuveline and Guillot (*Demography*, 2001, chapter 6), as the R package
//! popReconstruct has it; its stable root and stable population follow from the equation of Euler and Lotka.

use super::{ProjectError, length, number, numbers};

/// Single years of age that [`People`] has: 0 to 89, and 90 and over together.
pub const AGES: usize = 91;
/// Index of men and boys.
pub const MALE: usize = 0;
/// Index of women and girls.
pub const FEMALE: usize = 1;
/// One number for each single year of age.
pub type Ages = [f64; AGES];
/// One number for each sex ([`MALE`], [`FEMALE`]) and single year of age.
pub type People = [Ages; 2];

/// What happens to people in one year, by single year of age from 0; sexes are [`MALE`], then [`FEMALE`].
#[derive(Debug, Clone, Copy)]
pub struct Rates<'a> {
    /// Chance of dying within the year, 0 to 1.
    pub q: [&'a [f64]; 2],
    /// Births a woman has in a year.
    pub fertility: &'a [f64],
    /// Net migrants of the year: people who come less people who go.
    pub migrants: [&'a [f64]; 2],
    /// Boys born for each girl.
    pub sex_ratio: f64,
}

/// What happened in one year.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Events {
    /// Boys and girls born.
    pub births: [f64; 2],
    /// Deaths of men and of women, newborn among them.
    pub deaths: [f64; 2],
}

/// Makes the people of one year those of the next, in place. All lists are of one length, at least two; migration out may not
/// exceed the people who are there, or the answer is below nought.
///
/// ```
/// use foresee::project::cohort::{Rates, year};
/// let (mut men, mut women) = ([10.0, 20.0, 30.0], [11.0, 21.0, 31.0]);
/// let nothing = [0.0; 3];
/// let rates = Rates { q: [&nothing; 2], fertility: &nothing, migrants: [&nothing; 2], sex_ratio: 1.05 };
/// let events = year([&mut men, &mut women], &rates);
/// assert_eq!((men, events.births), ([0.0, 10.0, 50.0], [0.0; 2])); // a year older, and nothing else
/// ```
pub fn year(people: [&mut [f64]; 2], rates: &Rates<'_>) -> Events {
    let mut events = Events::default();
    let [men, women] = people;
    let children = |women: &[f64]| -> f64 { women.iter().zip(rates.fertility).map(|(women, rate)| women * rate).sum() };
    let before = children(women);
    for (sex, people) in [&mut *men, &mut *women].into_iter().enumerate() {
        let (q, migrants) = (rates.q[sex], rates.migrants[sex]);
        let open = people.len() - 1;
        let mut arriving = 0.0; // who will be of the age in hand, coming from the age below
        let mut deaths = 0.0;
        for age in 0..=open {
            let exposed = people[age] + migrants[age] / 2.0;
            let died = exposed * q[age];
            deaths += died;
            let older = exposed - died + migrants[age] / 2.0;
            people[age] = arriving;
            arriving = older;
        }
        people[open] += arriving;
        events.deaths[sex] = deaths;
    }
    let births = (before + children(women)) / 2.0;
    events.births = [births * rates.sex_ratio / (1.0 + rates.sex_ratio), births / (1.0 + rates.sex_ratio)];
    for (sex, people) in [men, women].into_iter().enumerate() {
        let died = events.births[sex] * rates.q[sex][0] / 2.0;
        people[0] += events.births[sex] - died;
        events.deaths[sex] += died;
    }
    events
}

/// The matrix that makes people of one sex in equal age groups those one step later.
#[derive(Debug, Clone, PartialEq)]
pub struct Leslie {
    births: Vec<f64>,
    survival: Vec<f64>,
    open: f64,
}

/// The population to which a [`Leslie`] matrix leads in the end.
#[derive(Debug, Clone, PartialEq)]
pub struct Stable {
    /// Growth a step: the dominant root of the matrix.
    pub root: f64,
    /// Share of each age group; they sum to 1.
    pub shares: Vec<f64>,
    /// Daughters that one daughter will have.
    pub net_reproduction: f64,
    /// Steps from mother to daughter, in the mean of the stable population.
    pub generation: f64,
}

impl Leslie {
    /// The matrix of `n` age groups of `age_interval` years. `survival` has `n + 1` shares: of births to the first group, of each
    /// group to the next, and last within the open group; `fertility` has `n` yearly rates a woman, of which the share
    /// 1 / (1 + `sex_ratio`) are girls.
    ///
    /// # Errors
    /// [`ProjectError`] when lengths do not fit, a share is not 0 to 1, or a rate is below nought.
    pub fn new(survival: &[f64], fertility: &[f64], sex_ratio: f64, age_interval: f64) -> Result<Leslie, ProjectError> {
        let groups = fertility.len();
        if groups < 2 {
            return Err(ProjectError::Length { what: "fertility".into(), found: groups, wanted: 2 });
        }
        length("survival", survival.len(), groups + 1)?;
        numbers("survival", survival, "0 to 1", |share| (0.0..=1.0).contains(&share))?;
        numbers("fertility", fertility, "0 or more", |rate| rate >= 0.0)?;
        number("sex ratio at birth", sex_ratio, "above 0", |ratio| ratio > 0.0)?;
        number("age interval", age_interval, "above 0", |years| years > 0.0)?;
        let girls = survival[0] * age_interval / 2.0 / (1.0 + sex_ratio);
        let births = (0..groups)
            .map(|group| girls * (fertility[group] + fertility.get(group + 1).unwrap_or(&0.0) * survival[group + 1]))
            .collect();
        Ok(Leslie { births, survival: survival[1..groups].to_vec(), open: survival[groups] })
    }

    /// The people one step later; half of `migrants` (net, in people) meet death and have children on the way.
    pub fn step(&self, people: &[f64], migrants: &[f64]) -> Vec<f64> {
        let exposed: Vec<f64> = people.iter().zip(migrants).map(|(people, net)| people + net / 2.0).collect();
        let last = exposed.len() - 1;
        let mut after = vec![self.births.iter().zip(&exposed).map(|(births, people)| births * people).sum::<f64>()];
        after.extend(self.survival.iter().zip(&exposed).map(|(share, people)| share * people));
        after[last] += self.open * exposed[last];
        after.iter_mut().zip(migrants).for_each(|(people, net)| *people += net / 2.0);
        after
    }

    /// The rows of the matrix.
    pub fn rows(&self) -> Vec<Vec<f64>> {
        let groups = self.births.len();
        let mut rows = vec![vec![0.0; groups]; groups];
        rows[0].copy_from_slice(&self.births);
        self.survival.iter().enumerate().for_each(|(group, &share)| rows[group + 1][group] = share);
        rows[groups - 1][groups - 1] += self.open;
        rows
    }

    /// The root by which this population grows in the end, and its ages then.
    ///
    /// # Errors
    /// [`ProjectError::Other`] when nobody has children, for then it dies out.
    pub fn stable(&self) -> Result<Stable, ProjectError> {
        let groups = self.births.len();
        // Of one girl in the first group, how many are alive in each later one (the open group not yet summed up).
        let alive: Vec<f64> = std::iter::once(1.0)
            .chain(self.survival.iter().scan(1.0, |alive, share| {
                *alive *= share;
                Some(*alive)
            }))
            .collect();
        let shape = |root: f64| -> Vec<f64> {
            let mut shape: Vec<f64> =
                alive.iter().enumerate().map(|(group, alive)| alive / root.powi(group as i32)).collect();
            shape[groups - 1] *= root / (root - self.open);
            shape
        };
        let daughters =
            |root: f64| self.births.iter().zip(shape(root)).map(|(births, people)| births * people).sum::<f64>() / root;
        if !self.births.iter().zip(&alive).any(|(births, alive)| births * alive > 0.0) {
            return Err(ProjectError::Other("nobody has children, so there is no stable population".into()));
        }
        let (mut low, mut high) = (self.open, 2.0);
        while daughters(high) > 1.0 {
            high *= 2.0;
        }
        for _ in 0..200 {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high {
                break;
            }
            if daughters(middle) > 1.0 { low = middle } else { high = middle }
        }
        let root = f64::midpoint(low, high);
        let shares = shape(root);
        let whole: f64 = shares.iter().sum();
        let net = if self.open < 1.0 { daughters(1.0) } else { f64::INFINITY };
        let mothers = shares.iter().zip(&self.births).enumerate();
        let generation = mothers.map(|(group, (people, births))| (group + 1) as f64 * people * births / root).sum();
        Ok(Stable {
            root,
            shares: shares.iter().map(|people| people / whole).collect(),
            net_reproduction: net,
            generation,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_group_that_has_one_daughter_each_neither_grows_nor_shrinks() {
        // Everybody lives to the second group; there each woman has 2 × 2 / (5 / 2) births in five years, half of them girls.
        let leslie = Leslie::new(&[1.0, 1.0, 0.0], &[0.0, 0.8], 1.0, 5.0).unwrap();
        let stable = leslie.stable().unwrap();
        assert_eq!(leslie.rows(), [[1.0, 1.0], [1.0, 0.0]]);
        assert!((stable.root - f64::midpoint(1.0, 5f64.sqrt())).abs() < 1e-12, "{}", stable.root); // the golden ratio
    }

    #[test]
    fn nobody_has_children() {
        let leslie = Leslie::new(&[1.0, 0.9, 0.5], &[0.0, 0.0], 1.05, 5.0).unwrap();
        assert!(leslie.stable().unwrap_err().to_string().contains("nobody has children"));
        let wrong = Leslie::new(&[1.0, 1.1, 0.5], &[0.0, 0.0], 1.05, 5.0).unwrap_err();
        assert_eq!(wrong.to_string(), "survival [1] is 1.1, which must be 0 to 1");
    }

    proptest! {
        #[test]
        fn people_before_and_births_and_migrants_are_people_after_and_deaths(
            men in prop::collection::vec(0.0..1e4f64, AGES), women in prop::collection::vec(0.0..1e4f64, AGES),
            q in prop::collection::vec(0.0..1.0f64, AGES), fertility in prop::collection::vec(0.0..0.2f64, AGES),
            migrants in prop::collection::vec(-10.0..10.0f64, AGES),
        ) {
            let before: f64 = men.iter().chain(&women).chain(&migrants).chain(&migrants).sum();
            let (mut men, mut women) = (men, women);
            let rates = Rates { q: [&q, &q], fertility: &fertility, migrants: [&migrants, &migrants], sex_ratio: 1.05 };
            let events = year([&mut men, &mut women], &rates);
            let after: f64 = men.iter().chain(&women).sum();
            let born: f64 = events.births.iter().sum();
            let died: f64 = events.deaths.iter().sum();
            prop_assert!((before + born - after - died).abs() < 1e-6 * before.abs().max(1.0));
        }

        #[test]
        fn without_events_everybody_is_a_year_older(men in prop::collection::vec(0.0..1e4f64, 5)) {
            let nothing = [0.0; 5];
            let rates = Rates { q: [&nothing; 2], fertility: &nothing, migrants: [&nothing; 2], sex_ratio: 1.05 };
            let (mut after, mut women) = (men.clone(), men.clone());
            year([&mut after, &mut women], &rates);
            prop_assert_eq!(&after[..4], &[0.0, men[0], men[1], men[2]]);
            prop_assert_eq!(after[4], men[3] + men[4]);
        }

        #[test]
        fn the_stable_population_is_what_many_steps_lead_to(
            survival in prop::collection::vec(0.5..0.999f64, 7), fertility in prop::collection::vec(0.05..0.3f64, 6),
        ) {
            let leslie = Leslie::new(&survival, &fertility, 1.05, 5.0).unwrap();
            let stable = leslie.stable().unwrap();
            let after = leslie.step(&stable.shares, &[0.0; 6]);
            for (after, share) in after.iter().zip(&stable.shares) {
                prop_assert!((after - stable.root * share).abs() < 1e-10);
            }
            // Growth and reproduction are on the same side of one.
            prop_assert!((stable.root - 1.0) * (stable.net_reproduction - 1.0) >= -1e-12);
        }
    }
}

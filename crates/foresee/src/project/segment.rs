//! Conditions and segments: what share of people of each age and sex has what, and who moves between segments in a year.
//!
//! A prevalence is a share by age and sex and stays as it is: what grows is the people of that age. Segments (well, at risk, with a
//! long-term condition, complex, frail, at the end of life, children, maternity, mental health) are a Markov chain along the life of a
//! cohort: the shares of one age, moved by that age's transitions, are the shares of the next age a year later. `died` may be one of
//! the transitions; it says who dies rather than how many, for deaths are those of the life table, and the shares of the living are made
//! to sum to 1 again.

use super::cohort::{AGES, FEMALE, People};

/// The transition that is no segment.
pub const DIED: &str = "died";

/// Segments and how people move between them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Segments {
    /// Their names.
    pub names: Vec<String>,
    /// Where people are now: for each segment its share by sex and age. Empty: where the transitions themselves would have led.
    pub now: Vec<People>,
    /// Yearly moves.
    pub moves: Vec<Move>,
}

/// The yearly chance of moving from one segment to another, by sex and age.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    /// From this segment.
    pub from: usize,
    /// To this one; none: died.
    pub to: Option<usize>,
    /// With this chance.
    pub chance: People,
}

impl Segments {
    /// The shares now: as counted, or as the transitions lead to from birth in the first segment.
    pub fn start(&self) -> Vec<People> {
        if !self.now.is_empty() {
            return self.now.clone();
        }
        let mut shares = vec![[[0.0; AGES]; 2]; self.names.len()];
        for sex in 0..=FEMALE {
            if let Some(first) = shares.first_mut() {
                first[sex][0] = 1.0;
            }
            for age in 1..AGES {
                let older = self.moved(&shares, sex, age - 1);
                put(&mut shares, sex, age, &older);
            }
            self.open(&mut shares, sex);
        }
        shares
    }

    /// The shares one year later. Newborn children are as newborn children are now; people who move here are like those of their age.
    pub fn year(&self, shares: &[People]) -> Vec<People> {
        let mut after = shares.to_vec();
        for sex in 0..=FEMALE {
            for age in 1..AGES {
                put(&mut after, sex, age, &self.moved(shares, sex, age - 1));
            }
            self.open(&mut after, sex);
        }
        after
    }

    /// The shares of people of `age`, a year later.
    fn moved(&self, from: &[People], sex: usize, age: usize) -> Vec<f64> {
        let mut shares: Vec<f64> = from.iter().map(|segment| segment[sex][age]).collect();
        for step in &self.moves {
            let part = from[step.from][sex][age] * step.chance[sex][age];
            shares[step.from] -= part;
            if let Some(to) = step.to {
                shares[to] += part;
            }
        }
        let living: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share = if living > 0.0 { *share / living } else { 0.0 });
        shares
    }

    /// In the open age people of all years of 90 and over stand together; its shares are those that its own transitions settle at,
    /// with a fifth of its people coming from 89 each year.
    fn open(&self, shares: &mut [People], sex: usize) {
        let coming: Vec<f64> = shares.iter().map(|segment| segment[sex][AGES - 1]).collect();
        for _ in 0..20 {
            let stayed = self.moved(shares, sex, AGES - 1);
            let mixed: Vec<f64> = stayed.iter().zip(&coming).map(|(stayed, new)| 0.8 * stayed + 0.2 * new).collect();
            put(shares, sex, AGES - 1, &mixed);
        }
    }
}

fn put(shares: &mut [People], sex: usize, age: usize, these: &[f64]) {
    shares.iter_mut().zip(these).for_each(|(segment, share)| segment[sex][age] = *share);
}

/// People with something of which `share` is the share by sex and age.
pub fn people_with(people: &People, share: &People) -> f64 {
    dot(&people[0], &share[0]) + dot(&people[1], &share[1])
}

/// Σ of products, in four sums so that the machine adds them side by side; the order is fixed, and so are the bits.
pub(crate) fn dot(one: &[f64], two: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (ones, twos) = (one.as_chunks::<4>(), two.as_chunks::<4>());
    for (one, two) in ones.0.iter().zip(twos.0) {
        for lane in 0..4 {
            sums[lane] += one[lane] * two[lane];
        }
    }
    sums.iter().sum::<f64>() + ones.1.iter().zip(twos.1).map(|(one, two)| one * two).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two(chance: f64, died: f64) -> Segments {
        let all = |chance: f64| [[chance; AGES]; 2];
        Segments {
            names: vec!["well".into(), "frail".into()],
            now: Vec::new(),
            moves: vec![
                Move { from: 0, to: Some(1), chance: all(chance) },
                Move { from: 1, to: None, chance: all(died) },
            ],
        }
    }

    #[test]
    fn shares_always_sum_to_one_and_stay_where_the_moves_lead() {
        let segments = two(0.02, 0.0);
        let start = segments.start();
        assert!((start[0][0][30] - 0.98f64.powi(30)).abs() < 1e-12);
        let later = segments.year(&start);
        for age in 0..AGES {
            assert!((later[0][1][age] + later[1][1][age] - 1.0).abs() < 1e-12);
            if age < AGES - 1 {
                assert!((later[1][1][age] - start[1][1][age]).abs() < 1e-12, "at {age}");
            }
        }
    }

    #[test]
    fn segments_that_die_sooner_are_smaller_among_the_living() {
        assert!(two(0.02, 0.2).start()[1][0][60] < two(0.02, 0.0).start()[1][0][60]);
    }

    #[test]
    fn people_with_a_condition_are_people_times_share() {
        let (people, share) = ([[10.0; AGES]; 2], [[0.1; AGES], [0.2; AGES]]);
        assert!((people_with(&people, &share) - 91.0 * 3.0).abs() < 1e-9);
    }
}

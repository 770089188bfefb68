//! What the counts say of each statement: who agrees beyond chance, what a group is known by, and what all groups share.

use super::{Choice, Opinion, Standing, Tally};
use serde::Serialize;

/// The share who chose so, drawn towards a half by `prior` imagined votes each way: (n + prior) ÷ (seen + 2 prior).
///
/// ```
/// use agree::opinion::{share, Choice, Tally};
/// assert_eq!(share(&Tally { agree: 3, disagree: 0, pass: 1 }, Choice::Agree, 1.0), 4.0 / 6.0);
/// ```
pub fn share(tally: &Tally, choice: Choice, prior: f64) -> f64 {
    (f64::from(tally.of(choice)) + prior) / (f64::from(tally.seen()) + 2.0 * prior)
}

/// How far the share is above a half, in standard errors; one imagined vote for (as Polis does).
pub fn above_half(tally: &Tally, choice: Choice) -> f64 {
    let seen = f64::from(tally.seen()) + 1.0;
    2.0 * seen.sqrt() * ((f64::from(tally.of(choice)) + 1.0) / seen - 0.5)
}

/// How far the share in one group is above that in all others, in standard errors; one imagined vote for in each.
pub fn above_others(here: &Tally, others: &Tally, choice: Choice) -> f64 {
    let [a, n] = [here.of(choice), here.seen()].map(|n| f64::from(n) + 1.0);
    let [b, m] = [others.of(choice), others.seen()].map(|n| f64::from(n) + 1.0);
    let together = (a + b) / (n + m);
    if together >= 1.0 {
        return 0.0;
    }
    (a / n - b / m) / (together * (1.0 - together) * (1.0 / n + 1.0 / m)).sqrt()
}

/// Group-informed consensus: the product over groups of the share who chose so, prior one. Nobody can outvote a group.
///
/// ```
/// use agree::opinion::{group_informed_consensus, Choice, Tally};
/// let [many, few] = [Tally { agree: 98, disagree: 0, pass: 0 }, Tally { agree: 0, disagree: 8, pass: 0 }];
/// assert_eq!(group_informed_consensus(&[many, few], Choice::Agree), 0.99 * 0.1);
/// ```
pub fn group_informed_consensus(groups: &[Tally], choice: Choice) -> f64 {
    groups.iter().map(|tally| share(tally, choice, 1.0)).product()
}

/// Common ground from 0 to 1: the geometric mean over groups of share for × (1 - share against), Jeffreys prior. Unlike the plain
/// product it does not fall with the number of groups, and a pass counts for more than a vote against.
pub fn common_ground(groups: &[Tally], choice: Choice) -> f64 {
    let each = groups.iter().map(|tally| share(tally, choice, 0.5) * (1.0 - share(tally, choice.opposite(), 0.5)));
    each.product::<f64>().powf(1.0 / groups.len() as f64)
}

/// A statement that a group, or everyone, stands behind or against.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Backed {
    /// The statement.
    pub statement: u64,
    /// Which way.
    pub direction: Choice,
    /// How many voted that way.
    pub n_success: u32,
    /// How many voted at all, passes counted.
    pub n_trials: u32,
    /// The share, prior one.
    pub p: f64,
    /// How far above a half, in standard errors.
    pub p_test: f64,
}

/// A statement that tells a group from the others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Representative {
    /// The statement, and how the group stands to it.
    #[serde(flatten)]
    pub backed: Backed,
    /// The share in the group ÷ the share elsewhere.
    pub repness: f64,
    /// How far above the others, in standard errors.
    pub repness_test: f64,
}

fn backed(statement: u64, tally: &Tally, direction: Choice, prior: f64) -> Backed {
    Backed {
        statement,
        direction,
        n_success: tally.of(direction),
        n_trials: tally.seen(),
        p: share(tally, direction, prior),
        p_test: above_half(tally, direction),
    }
}

impl Opinion {
    /// Statements that more than half of all, beyond chance, vote for (or against): by share × test, at most `pick`.
    pub fn consensus(&self, direction: Choice) -> Vec<Backed> {
        let rules = &self.options;
        let mut found: Vec<Backed> = self
            .ranked()
            .map(|standing| backed(standing.statement, &standing.everyone, direction, rules.prior))
            .filter(|backed| backed.p > 0.5 && backed.p_test > rules.significant_z)
            .collect();
        best_first(&mut found, |backed| backed.p * backed.p_test);
        found.truncate(rules.pick);
        found
    }

    /// What a group is known by, as Polis picks: significant on both tests, by repness × its test × share × its test, what the
    /// group most agrees on first, at most `pick`; agreements before disagreements.
    pub fn representative(&self, group: usize) -> Vec<Representative> {
        self.representative_of(group, &|_| true, true)
    }

    /// The same, of the statements that `may` be told; `lead` puts what the group most agrees on first, even if others agree more.
    pub(super) fn representative_of(
        &self,
        group: usize,
        may: &dyn Fn(&Standing) -> bool,
        lead: bool,
    ) -> Vec<Representative> {
        let rules = &self.options;
        let of = |standing: &Standing, direction: Choice| {
            let here = &standing.groups[group];
            let others = standing.groups.iter().enumerate().filter(|(other, _)| *other != group);
            let others = others.fold(Tally::default(), |sum, (_, tally)| sum + *tally);
            Representative {
                backed: backed(standing.statement, here, direction, rules.prior),
                repness: share(here, direction, rules.prior) / share(&others, direction, rules.prior),
                repness_test: above_others(here, &others, direction),
            }
        };
        let metric = |r: &Representative| r.repness * r.repness_test * r.backed.p * r.backed.p_test;
        let mut best_agreed: Option<Representative> = None;
        let mut best: Option<Representative> = None;
        let mut told: Vec<Representative> = vec![];
        for standing in self.ranked().filter(|standing| may(standing)) {
            let [agree, disagree] = [Choice::Agree, Choice::Disagree].map(|direction| of(standing, direction));
            let significant =
                |r: &Representative| r.backed.p_test > rules.significant_z && r.repness_test > rules.significant_z;
            let stands = if agree.repness_test > disagree.repness_test { &agree } else { &disagree };
            if significant(&agree) || significant(&disagree) {
                told.push(stands.clone());
            }
            if best.as_ref().is_none_or(|best| stands.repness_test > best.repness_test) {
                best = Some(stands.clone());
            }
            // What the group most agrees on, whether or not it sets it apart.
            let better = match &best_agreed {
                _ if agree.backed.n_success == 0 && disagree.backed.n_success == 0 => false,
                Some(best) if best.repness > 1.0 => metric(&agree) > metric(best),
                Some(best) => agree.backed.p * agree.backed.p_test > best.backed.p * best.backed.p_test,
                None => agree.backed.p_test > rules.significant_z || (agree.repness > 1.0 && agree.backed.p > 0.5),
            };
            if better {
                best_agreed = Some(agree);
            }
        }
        best_first(&mut told, metric);
        // It is told by the direction in which it is further from the others.
        let head = match (best_agreed, told.is_empty()) {
            (Some(agreed), _) => {
                let standing = self.ranked().find(|standing| standing.statement == agreed.backed.statement);
                let disagree = standing.map(|standing| of(standing, Choice::Disagree));
                Some(disagree.filter(|other| other.repness_test >= agreed.repness_test).unwrap_or(agreed))
            }
            (None, true) => best,
            (None, false) => None,
        };
        if let Some(head) = head.filter(|_| lead) {
            told.retain(|other| other.backed.statement != head.backed.statement);
            told.insert(0, head);
        }
        told.truncate(rules.pick);
        told.sort_by_key(|told| told.backed.direction != Choice::Agree);
        told
    }

    /// Statements by a value, highest first; among equals the lower statement first. Moderated out and descriptive ones stay out.
    pub fn ranking(&self, value: impl Fn(&Standing) -> f64) -> Vec<(u64, f64)> {
        let mut all: Vec<(u64, f64)> = self.ranked().map(|standing| (standing.statement, value(standing))).collect();
        best_first(&mut all, |(_, value)| *value);
        all
    }

    pub(super) fn ranked(&self) -> impl Iterator<Item = &Standing> {
        self.standings.iter().filter(|standing| !standing.out && !standing.meta)
    }
}

/// Highest first; stable, and blind to what only the order of multiplication makes different.
fn best_first<T>(items: &mut [T], value: impl Fn(&T) -> f64) {
    items.sort_by_cached_key(|item| std::cmp::Reverse((value(item) * 1e11).round() as i128));
}

//! Options put in order. One winner: Schulze's method ("A new monotonic, clone-independent, reversal symmetric, and
//! Condorcet-consistent single-winner election method", 2011), strength of a link by winning votes. Several: the single
//! transferable vote of the Scottish Local Government Elections Order 2007 (SSI 2007/42, schedule 1, rules 45 to 52): quota
//! whole votes / (seats + 1) + 1, the weighted inclusive Gregory method, values to five decimal places with the rest ignored.
//!
//! Where a rule says "by lot", the lot is a [`Lot`]: a hash of a word and the option's name. The word should hold what nobody knows who
//! words the question, such as all votes: everybody can draw it again, and the order of options and ballots does not touch it.

use super::VoteError;
use std::fmt::{Display, Formatter};

/// One ballot: groups of options, best first. Options left out are equal and last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Ranking(Vec<Vec<usize>>);

impl Ranking {
    /// A ballot with one option at each place, best first.
    ///
    /// # Errors
    /// When an option comes twice.
    pub fn strict(options: impl IntoIterator<Item = usize>) -> Result<Ranking, VoteError> {
        Ranking::new(options.into_iter().map(|option| vec![option]))
    }

    /// A ballot with any number of equal options at each place, best first.
    ///
    /// # Errors
    /// When an option comes twice.
    pub fn new(places: impl IntoIterator<Item = Vec<usize>>) -> Result<Ranking, VoteError> {
        let places: Vec<Vec<usize>> = places.into_iter().filter(|place| !place.is_empty()).collect();
        let mut all: Vec<usize> = places.iter().flatten().copied().collect();
        all.sort_unstable();
        match all.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(VoteError::RankedTwice { option: pair[0] }),
            None => Ok(Ranking(places)),
        }
    }

    /// The places, best first.
    pub fn places(&self) -> &[Vec<usize>] {
        &self.0
    }

    /// The place of each of `options`, 0 best; those left out share the last.
    fn ranks(&self, options: usize) -> Vec<usize> {
        let mut ranks = vec![self.0.len(); options];
        for (rank, place) in self.0.iter().enumerate() {
            for &option in place {
                ranks[option] = rank;
            }
        }
        ranks
    }
}

/// How a tie is drawn: by a hash of a word and the option's name, the lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lot(u64);

impl Lot {
    /// A lot from a word that is known to all once the votes are, and to nobody before.
    pub fn new(word: &str) -> Lot {
        Lot(hash(0, word))
    }
    /// The options in the order of the lot.
    pub fn order(self, options: &[String]) -> Vec<usize> {
        let mut drawn: Vec<(u64, &String, usize)> =
            options.iter().enumerate().map(|(at, name)| (hash(self.0, name), name, at)).collect();
        drawn.sort_unstable();
        drawn.into_iter().map(|(_, _, at)| at).collect()
    }
    /// The place of each option in that order.
    fn places(self, options: &[String]) -> Vec<usize> {
        let mut place = vec![0; options.len()];
        for (rank, at) in self.order(options).into_iter().enumerate() {
            place[at] = rank;
        }
        place
    }
}

/// FNV-1a of the bytes, finished as SplitMix64 does.
fn hash(seed: u64, text: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ seed;
    let hash = text.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    crate::random::mix(hash)
}

/// How many prefer each option to each other: `beats[a][b]` ballots place a before b.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pairwise(pub Vec<Vec<u64>>);

impl Pairwise {
    /// Counts the ballots.
    ///
    /// # Errors
    /// When a ballot ranks an option that is not there.
    pub fn count(ballots: &[Ranking], options: usize) -> Result<Pairwise, VoteError> {
        known(ballots, options)?;
        let mut beats = vec![vec![0; options]; options];
        for ballot in ballots {
            let ranks = ballot.ranks(options);
            for a in 0..options {
                for b in 0..options {
                    beats[a][b] += u64::from(ranks[a] < ranks[b]);
                }
            }
        }
        Ok(Pairwise(beats))
    }
    fn wins(&self, a: usize, b: usize) -> bool {
        self.0[a][b] > self.0[b][a]
    }
}

fn known(ballots: &[Ranking], options: usize) -> Result<(), VoteError> {
    match ballots.iter().flat_map(|ballot| ballot.0.iter().flatten()).find(|&&option| option >= options) {
        Some(&option) => Err(VoteError::NoSuchOption { option, options }),
        None => Ok(()),
    }
}

fn named(options: &[String]) -> Result<(), VoteError> {
    let mut names: Vec<&String> = options.iter().collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(VoteError::SameName { name: pair[0].clone() }),
        None => Ok(()),
    }
}

/// The option that beats each other one to one, where there is one.
pub fn condorcet_winner(pairs: &Pairwise) -> Option<usize> {
    let all = 0..pairs.0.len();
    all.clone().find(|&a| all.clone().all(|b| a == b || pairs.wins(a, b)))
}

/// The smallest set of options of which each beats each one outside it; in the order of options.
pub fn smith_set(pairs: &Pairwise) -> Vec<usize> {
    let size = pairs.0.len();
    // Whoever is reached from a by "does not lose to" belongs with it; the smallest such set is the Smith set.
    let reach = |from: usize| {
        let mut inside = vec![false; size];
        let mut todo = vec![from];
        while let Some(at) = todo.pop() {
            if !std::mem::replace(&mut inside[at], true) {
                todo.extend((0..size).filter(|&other| other != at && !pairs.wins(at, other)));
            }
        }
        (0..size).filter(|&at| inside[at]).collect::<Vec<_>>()
    };
    (0..size).map(reach).min_by_key(Vec::len).unwrap_or_default()
}

/// A count by Schulze's method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schulze {
    /// One to one.
    pub pairs: Pairwise,
    /// `paths[a][b]`: strength of the strongest path from a to b, the votes of its weakest link.
    pub paths: Vec<Vec<u64>>,
    /// Options that no other one beats by strongest paths; more than one is a tie.
    pub winners: Vec<usize>,
    /// All options, best first; ties by lot.
    pub order: Vec<usize>,
}

/// Puts options in order by Schulze's method.
///
/// ```
/// use agree::vote::{Lot, Ranking, schulze};
/// let ballots = [Ranking::strict([0, 1])?, Ranking::strict([0, 1])?, Ranking::strict([1, 0])?];
/// let found = schulze(&ballots, &["home".to_owned(), "bed".to_owned()], Lot::new("question 1"))?;
/// assert_eq!(found.order, [0, 1]);
/// # Ok::<(), agree::vote::VoteError>(())
/// ```
///
/// # Errors
/// When a ballot ranks an option that is not there, or two options have one name.
pub fn schulze(ballots: &[Ranking], options: &[String], lot: Lot) -> Result<Schulze, VoteError> {
    named(options)?;
    let size = options.len();
    let pairs = Pairwise::count(ballots, size)?;
    let link = |a, b| if pairs.wins(a, b) { pairs.0[a][b] } else { 0 };
    let mut paths: Vec<Vec<u64>> = (0..size).map(|a| (0..size).map(|b| link(a, b)).collect()).collect();
    for by in 0..size {
        for a in 0..size {
            for b in 0..size {
                if a != b && a != by && b != by {
                    paths[a][b] = paths[a][b].max(paths[a][by].min(paths[by][b]));
                }
            }
        }
    }
    let unbeaten = |among: &[usize]| -> Vec<usize> {
        among.iter().copied().filter(|&a| among.iter().all(|&b| paths[a][b] >= paths[b][a])).collect()
    };
    let place = lot.places(options);
    let mut left: Vec<usize> = (0..size).collect();
    let winners = unbeaten(&left);
    let mut order = Vec::with_capacity(size);
    while !left.is_empty() {
        let mut tier = unbeaten(&left); // never empty: beating by strongest paths is transitive
        tier.sort_unstable_by_key(|&option| place[option]);
        left.retain(|option| !tier.contains(option));
        order.extend(tier);
    }
    Ok(Schulze { pairs, paths, winners, order })
}

/// Votes to five decimal places, in hundred-thousandths, so that a count is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Value(pub u64);

impl Value {
    /// One vote.
    pub const ONE: u64 = 100_000;
}

impl Display for Value {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}.{:05}", self.0 / Value::ONE, self.0 % Value::ONE)
    }
}

/// What happened at a stage of the count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageKind {
    /// First preferences.
    First,
    /// The surplus of an option was passed on.
    Surplus(usize),
    /// An option was excluded and its papers passed on.
    Excluded(usize),
}

/// One stage of the count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// What happened.
    pub kind: StageKind,
    /// Votes of each option after it.
    pub votes: Vec<Value>,
    /// Options that reached the quota at it or fill the last seats, most votes first.
    pub elected: Vec<usize>,
    /// Votes that could not be passed on, and what the five places ignore.
    pub lost: Value,
    /// Whether a lot was drawn.
    pub by_lot: bool,
}

/// A count by the single transferable vote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transferable {
    /// Votes that elect.
    pub quota: Value,
    /// Options elected, in order.
    pub elected: Vec<usize>,
    /// The stages.
    pub stages: Vec<Stage>,
}

/// A count, by its method.
#[derive(Debug, Clone, PartialEq)]
pub enum Count {
    /// One to one, strongest paths.
    Schulze(Schulze),
    /// Stage by stage.
    Transferable(Transferable),
}

/// Where a paper is: the option that holds it, at what value, and how far down its list it has been read.
struct Held<'a> {
    ballot: &'a Ranking,
    holder: Option<usize>,
    value: u64,
}

/// Fills `seats` by the Scottish single transferable vote; with one seat this is the alternative vote. A paper with two options at
/// one place can be passed on no further than that.
///
/// # Errors
/// When a ballot ranks an option that is not there, two options have one name, or there is no seat or option.
pub fn transferable_vote(
    ballots: &[Ranking],
    options: &[String],
    seats: usize,
    lot: Lot,
) -> Result<Transferable, VoteError> {
    named(options)?;
    known(ballots, options.len())?;
    if seats == 0 || options.is_empty() {
        return Err(VoteError::NoSeats);
    }
    let place = lot.places(options);
    let mut continuing = vec![true; options.len()];
    let mut papers: Vec<Held> = ballots
        .iter()
        .map(|ballot| Held { ballot, holder: next(ballot, &continuing), value: Value::ONE })
        .filter(|paper| paper.holder.is_some()) // a blank paper is not a valid one
        .collect();
    let quota = Value((papers.len() as u64 / (seats as u64 + 1) + 1) * Value::ONE);
    let mut votes = vec![Value(0); options.len()];
    for holder in papers.iter().filter_map(|paper| paper.holder) {
        votes[holder].0 += Value::ONE;
    }
    let whole = papers.len() as u64 * Value::ONE;
    let mut elected: Vec<usize> = Vec::new();
    let mut surplus: Vec<usize> = Vec::new();
    let mut stages: Vec<Stage> = Vec::new();
    let (mut kind, mut by_lot) = (StageKind::First, false);
    loop {
        let mut now: Vec<usize> =
            (0..options.len()).filter(|&option| continuing[option] && votes[option] >= quota).collect();
        now.sort_by_key(|&option| (std::cmp::Reverse(votes[option]), place[option]));
        now.truncate(seats - elected.len());
        for &option in &now {
            continuing[option] = false;
            if votes[option] > quota {
                surplus.push(option);
            }
        }
        // Rule 52: when as many are left as seats, all of them are elected and nothing more is transferred.
        let mut rest: Vec<usize> = (0..options.len()).filter(|&option| continuing[option]).collect();
        let full = elected.len() + now.len() + rest.len() <= seats;
        if full {
            rest.sort_by_key(|&option| (std::cmp::Reverse(votes[option]), place[option]));
            now.append(&mut rest);
        }
        elected.extend(&now);
        let lost = Value(whole - votes.iter().map(|value| value.0).sum::<u64>());
        stages.push(Stage { kind, votes: votes.clone(), elected: now, lost, by_lot });
        if full || elected.len() == seats {
            return Ok(Transferable { quota, elected, stages });
        }
        let from = if surplus.is_empty() {
            let (lowest, lot) = extreme(&rest, &stages, &place, false);
            by_lot = lot;
            continuing[lowest] = false;
            kind = StageKind::Excluded(lowest);
            lowest
        } else {
            let (highest, lot) = extreme(&surplus, &stages, &place, true);
            by_lot = lot;
            surplus.retain(|&option| option != highest);
            kind = StageKind::Surplus(highest);
            highest
        };
        let total = votes[from].0;
        let over = if matches!(kind, StageKind::Surplus(_)) { total - quota.0 } else { total };
        votes[from].0 -= over;
        for paper in papers.iter_mut().filter(|paper| paper.holder == Some(from)) {
            paper.holder = next(paper.ballot, &continuing);
            // Rule 48(3): surplus x value when received / votes, to five places; an exclusion passes the value on whole.
            paper.value = (u128::from(paper.value) * u128::from(over) / u128::from(total.max(1))) as u64;
            if let Some(to) = paper.holder {
                votes[to].0 += paper.value;
            }
        }
    }
}

/// The first option on the paper that still stands; none from a place that two share.
fn next(ballot: &Ranking, continuing: &[bool]) -> Option<usize> {
    for place in &ballot.0 {
        match place[..] {
            [option] if continuing[option] => return Some(option),
            [_] => {}
            _ => return None,
        }
    }
    None
}

/// Who has most (or fewest) votes; of equals, who had at the most recent stage at which they differ; else by lot. Whether by lot.
fn extreme(among: &[usize], stages: &[Stage], place: &[usize], most: bool) -> (usize, bool) {
    let mut equal = among.to_vec();
    for stage in stages.iter().rev() {
        let best = equal.iter().map(|&option| stage.votes[option]);
        let best = if most { best.max() } else { best.min() };
        equal.retain(|&option| Some(stage.votes[option]) == best);
    }
    equal.sort_unstable_by_key(|&option| place[option]);
    (equal[0], equal.len() > 1)
}

//! Where people agree across groups: opinion groups and common ground, from votes on short statements.
//!
//! People agree, disagree or pass. From that alone come the groups in which people answer alike, what each group is known by, and
//! what all of them share. The method is that of Polis (Small and others 2021, *Recerca* 26(2)); what differs is said where it does:
//!
//! - The same votes give the same bytes: in any order, after any restart, whatever people are called. Nothing is remembered
//!   from one answer to the next.
//! - Beside every grouping stands how firm it is: how alike the groups are when a fifth of the people leave, and how much of
//!   the map would come back had people met other statements. Where that is little, the answer is "too few votes to see groups yet".
//! - Common ground is also told over the perspectives that people declare, not only over groups that are found.
//! - No function gives the group of a person; [`Report`] shows no cut with fewer than [`SMALL`] people in it. ([`answer`], which
//!   serves reference cases, does list groups, and is not for publication.)
//!
//! ```
//! use agree::opinion::{Choice, Conversation, Options, Vote};
//! let mut conversation = Conversation::default();
//! for participant in 0..40 {
//!     for statement in 0..12 {
//!         // All agree on the first three; on the others the even answer one way and the odd the other.
//!         let choice = if statement < 3 || participant % 2 == 0 { Choice::Agree } else { Choice::Disagree };
//!         conversation.cast(Vote { participant, statement, choice, at: None });
//!     }
//! }
//! let opinion = conversation.opinion(&Options::default());
//! assert_eq!(opinion.group_sizes(), [20, 20]);
//! assert_eq!(opinion.consensus(Choice::Agree)[0].statement, 0);
//! ```

mod answer;
mod files;
mod groups;
mod map;
mod report;
mod statements;

pub use answer::{AnswerError, answer};
pub use files::{Problem, export, read};
pub use report::{Part, Report, Row, SMALL, report};
pub use statements::{
    Backed, Representative, above_half, above_others, common_ground, group_informed_consensus, share,
};

use groups::{Effort, QUICK, Sequence, Split, THOROUGH, likeness};
use map::{Ballots, Map};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// What somebody says to a statement that he or she has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// -1
    Disagree = 0,
    /// 0: seen, no view.
    Pass = 1,
    /// +1
    Agree = 2,
}

impl Choice {
    /// From -1, 0 and 1.
    pub fn from_number(number: i64) -> Option<Self> {
        [Choice::Disagree, Choice::Pass, Choice::Agree].into_iter().find(|choice| choice.number() == number)
    }

    /// -1, 0 or 1.
    pub fn number(self) -> i64 {
        self as i64 - 1
    }

    fn opposite(self) -> Self {
        match self {
            Choice::Disagree => Choice::Agree,
            Choice::Pass => Choice::Pass,
            Choice::Agree => Choice::Disagree,
        }
    }
}

/// One vote. Of several by one person on one statement the latest counts: by `at` (milliseconds) where both have it, and
/// else the one that was cast last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vote {
    /// Who; a number that means nothing beyond this conversation.
    pub participant: u64,
    /// On what.
    pub statement: u64,
    /// What was said.
    pub choice: Choice,
    /// When, in milliseconds since 1970.
    pub at: Option<i64>,
}

/// A statement and what moderators made of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statement {
    /// The words, in the language they were said in.
    pub text: String,
    /// Who said it.
    pub author: Option<u64>,
    /// Whether people get to see it.
    pub moderation: Moderation,
    /// It describes the voter ("I am over 60") and is no opinion: it stays out of rankings.
    pub meta: bool,
    /// When, in milliseconds since 1970.
    pub at: Option<i64>,
    /// Why it has no words here, where they were kept out.
    pub reason: String,
}

/// What moderators decided of a statement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Moderation {
    /// -1: not shown; its votes count for nothing but how much people took part.
    Out,
    /// 0: not looked at yet.
    #[default]
    Open,
    /// 1: shown.
    In,
}

/// How many chose what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Votes for.
    pub agree: u32,
    /// Votes against.
    pub disagree: u32,
    /// Seen, no view.
    pub pass: u32,
}

impl Tally {
    /// All who voted.
    pub fn seen(&self) -> u32 {
        self.agree + self.disagree + self.pass
    }

    /// Those who chose so.
    pub fn of(&self, choice: Choice) -> u32 {
        match choice {
            Choice::Disagree => self.disagree,
            Choice::Pass => self.pass,
            Choice::Agree => self.agree,
        }
    }

    fn at(&mut self, choice: Choice) -> &mut u32 {
        match choice {
            Choice::Disagree => &mut self.disagree,
            Choice::Pass => &mut self.pass,
            Choice::Agree => &mut self.agree,
        }
    }

    fn change(&mut self, before: Option<Choice>, after: Choice) {
        if let Some(before) = before {
            *self.at(before) -= 1;
        }
        *self.at(after) += 1;
    }
}

impl std::ops::Add for Tally {
    type Output = Tally;
    fn add(self, other: Tally) -> Tally {
        Tally {
            agree: self.agree + other.agree,
            disagree: self.disagree + other.disagree,
            pass: self.pass + other.pass,
        }
    }
}

/// All votes on all statements, with the count of each statement kept up to date vote by vote.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conversation {
    /// What is known of the statements; one without an entry is open and has no words here.
    pub statements: BTreeMap<u64, Statement>,
    /// The perspective that a participant declared.
    pub perspectives: BTreeMap<u64, String>,
    people: BTreeMap<u64, Vec<Cast>>,
    tallies: BTreeMap<u64, Tally>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Cast {
    statement: u64,
    choice: Choice,
    at: Option<i64>,
}

/// What a vote changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    participant: u64,
    statement: u64,
    before: Option<Choice>,
    after: Choice,
}

impl Conversation {
    /// Take a vote in. `None` if a later one by the same person on the same statement is already here.
    pub fn cast(&mut self, vote: Vote) -> Option<Change> {
        let Vote { participant, statement, choice, at } = vote;
        let casts = self.people.entry(participant).or_default();
        let cast = Cast { statement, choice, at };
        let before = match casts.binary_search_by_key(&statement, |cast| cast.statement) {
            Ok(place) if matches!((casts[place].at, at), (Some(known), Some(new)) if new < known) => return None,
            Ok(place) => Some(std::mem::replace(&mut casts[place], cast).choice),
            Err(place) => {
                casts.insert(place, cast);
                None
            }
        };
        self.tallies.entry(statement).or_default().change(before, choice);
        Some(Change { participant, statement, before, after: choice })
    }

    /// The count of a statement.
    pub fn tally(&self, statement: u64) -> Tally {
        self.tallies.get(&statement).copied().unwrap_or_default()
    }

    /// How many people have voted.
    pub fn participants(&self) -> usize {
        self.people.len()
    }

    /// All votes that count, person by person.
    pub fn cast_by_all(&self) -> impl Iterator<Item = Vote> {
        self.people.iter().flat_map(|(&participant, casts)| {
            casts.iter().map(move |&Cast { statement, choice, at }| Vote { participant, statement, choice, at })
        })
    }

    /// How many statements one person has voted on.
    pub fn votes_of(&self, participant: u64) -> usize {
        self.people.get(&participant).map_or(0, Vec::len)
    }

    /// What one person said to a statement.
    pub fn vote_of(&self, participant: u64, statement: u64) -> Option<Choice> {
        let casts = self.people.get(&participant)?;
        Some(casts[casts.binary_search_by_key(&statement, |cast| cast.statement).ok()?].choice)
    }

    /// The vote of one person that was cast last.
    pub fn last_of(&self, participant: u64) -> Option<Vote> {
        let last = self.people.get(&participant)?.iter().max_by_key(|cast| (cast.at, cast.statement))?;
        let &Cast { statement, choice, at } = last;
        Some(Vote { participant, statement, choice, at })
    }

    /// How many votes count.
    pub fn votes(&self) -> usize {
        self.people.values().map(Vec::len).sum()
    }

    /// Each statement that may be shown, with the weight with which to show it next: as of [`Conversation::opinion`], without its groups.
    pub fn priorities(&self) -> Vec<(u64, f64)> {
        #[allow(clippy::reversed_empty_ranges)] // no number of groups is tried
        let options = Options { groups: 2..=1, resamples: 0, ..Options::default() };
        find(self, &options, None).priorities()
    }

    /// Groups, common ground and what to show next. Same votes, same answer.
    pub fn opinion(&self, options: &Options) -> Opinion {
        find(self, options, None)
    }

    /// The statement to show somebody next, of those that he or she has not voted on: by chance, weighted by priority.
    /// `draw` is from 0 up to and without 1; `None` when all are seen.
    pub fn next(&self, priorities: &[(u64, f64)], participant: u64, draw: f64) -> Option<u64> {
        let seen = self.people.get(&participant).map(Vec::as_slice).unwrap_or_default();
        let mut open = priorities.iter().filter(|(id, weight)| {
            *weight > 0.0 && !self.is_out(*id) && seen.binary_search_by_key(id, |cast| cast.statement).is_err()
        });
        let mut left = draw * open.clone().map(|(_, weight)| weight).sum::<f64>();
        let drawn = open.clone().find(|(_, weight)| {
            left -= weight;
            left < 0.0
        });
        drawn.or_else(|| open.next_back()).map(|(id, _)| *id)
    }

    fn is_out(&self, statement: u64) -> bool {
        self.statements.get(&statement).is_some_and(|statement| statement.moderation == Moderation::Out)
    }
}

/// How to look.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Who voted on fewer statements than this is in no group (or on fewer than all, where there are not that many).
    pub min_votes: usize,
    /// The numbers of groups to try, at most 16.
    pub groups: std::ops::RangeInclusive<usize>,
    /// No grouping with a smaller group than this is taken.
    pub smallest_group: usize,
    /// What moderated-out statements do to the map.
    pub moderated: Moderated,
    /// Imagined votes each way in every share.
    pub prior: f64,
    /// Standard errors beyond which chance is ruled out, one-sided; 1.28 for 90%.
    pub significant_z: f64,
    /// At most this many statements of one kind.
    pub pick: usize,
    /// How often the grouping is tried again without a fifth of the people.
    pub resamples: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            min_votes: 7,
            groups: 2..=5,
            smallest_group: 1,
            moderated: Moderated::Zeroed,
            prior: 1.0,
            significant_z: 1.281_551_565_544_600_4,
            pick: 5,
            resamples: 12,
        }
    }
}

/// What moderated-out statements do to the map. It matters: groupings under the two are no more alike than 0.6 to 0.95.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moderated {
    /// A pass by everybody, as in Polis: they move nobody, but who has voted on little stands nearer the middle.
    Zeroed,
    /// As if they had never been said.
    LeftOut,
}

/// What the votes say.
#[derive(Clone, Debug)]
pub struct Opinion {
    /// How many people have voted.
    pub participants: usize,
    /// Those of them who voted on enough to be placed.
    pub placed: usize,
    /// Each statement that has votes, lowest number first.
    pub standings: Vec<Standing>,
    /// Variance along the two directions of the map, and in all.
    pub variance: [f64; 2],
    /// Variance over all directions.
    pub variance_in_all: f64,
    /// What each number of groups would give.
    pub tried: Vec<Tried>,
    /// The number of groups with the highest silhouette.
    pub best_k: Option<usize>,
    /// How firm the grouping is.
    pub firmness: Firmness,
    /// Why no groups are to be shown, where that is so.
    pub not_yet: Option<NotYet>,
    /// The names of declared perspectives, in the order of [`Standing::perspectives`].
    pub perspectives: Vec<String>,
    options: Options,
    /// The people of each group: never public.
    groups: Vec<Vec<u64>>,
}

/// A statement and how it stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The statement.
    pub statement: u64,
    /// Moderated out.
    pub out: bool,
    /// Describes the voter.
    pub meta: bool,
    /// The votes of everyone.
    pub everyone: Tally,
    /// The votes of those who are placed.
    pub placed: Tally,
    /// The votes of each group.
    pub groups: Vec<Tally>,
    /// The votes of those who declared each perspective.
    pub perspectives: Vec<Tally>,
    /// Its weight along each direction of the map.
    pub loadings: [f64; 2],
    /// The weight with which to show it next, with E by a vote against (as Polis), and by a vote for (as red-dwarf).
    pub priority: [f64; 2],
}

/// One number of groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// People in each group, largest first.
    pub sizes: Vec<usize>,
    /// Sum of squared distances from the middles of groups.
    pub inertia: f64,
    /// Mean silhouette.
    pub silhouette: f64,
}

/// How firm the groups are.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Firmness {
    /// Likeness (adjusted Rand index) of the groups with those found without a fifth of the people: mean of all tries.
    pub mean_likeness: f64,
    /// The worst of them.
    pub worst_likeness: f64,
    /// How often each number of groups was best.
    pub group_counts: BTreeMap<usize, usize>,
    /// The share of the map that would come back had people met other statements: 0 noise, 1 sure. From two maps of half the
    /// votes of each person, on directions that other people gave; Spearman and Brown's formula.
    pub repeatability: f64,
}

/// Why groups are not to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotYet {
    /// Fewer than twice [`SMALL`] people have voted on enough statements.
    FewPeople,
    /// People do not differ, or no grouping has all groups as large as it must be.
    NoGroups,
    /// The map is mostly chance: too few votes each.
    FewVotes,
    /// The groups change when some people leave.
    Unsteady,
}

/// Below this share of the map that repeats, where a person stands is mostly chance.
const REPEATABLE: f64 = 0.5;
/// Below this mean likeness, groups are an accident of who came.
const STEADY: f64 = 0.5;

impl Opinion {
    /// People in each group, largest first.
    pub fn group_sizes(&self) -> Vec<usize> {
        self.groups.iter().map(Vec::len).collect()
    }

    /// Each statement that may be shown, with the weight with which to show it next.
    pub fn priorities(&self) -> Vec<(u64, f64)> {
        let open = self.standings.iter().filter(|standing| !standing.out);
        open.map(|standing| (standing.statement, standing.priority[0])).collect()
    }

    /// Counts by group that follow each new vote, until groups are found anew.
    pub fn live(&self) -> Live {
        let member =
            self.groups.iter().enumerate().flat_map(|(group, people)| people.iter().map(move |id| (*id, group)));
        let tallies = self.standings.iter().map(|standing| (standing.statement, standing.groups.clone()));
        Live { member: member.collect(), tallies: tallies.collect(), groups: self.groups.len() }
    }
}

/// Counts by group, up to date with each vote.
pub struct Live {
    member: HashMap<u64, usize>,
    tallies: HashMap<u64, Vec<Tally>>,
    groups: usize,
}

impl Live {
    /// Count a vote. Who is in no group yet changes nothing here.
    pub fn follow(&mut self, change: &Change) {
        let Some(group) = self.member.get(&change.participant) else { return };
        let tallies = self.tallies.entry(change.statement).or_insert_with(|| vec![Tally::default(); self.groups]);
        tallies[*group].change(change.before, change.after);
    }

    /// The count of a statement in each group.
    pub fn tallies(&self, statement: u64) -> Vec<Tally> {
        self.tallies.get(&statement).cloned().unwrap_or_else(|| vec![Tally::default(); self.groups])
    }
}

/// Find groups, or take those given, and count.
fn find(conversation: &Conversation, options: &Options, given: Option<&[Vec<u64>]>) -> Opinion {
    let ballots = Ballots::of(conversation, options.moderated);
    let map = Map::fit(&ballots, &ballots.everyone(), None);
    let placed = placed(&ballots, &ballots.everyone(), options);
    let (tried, best) = grouped(&ballots, &map, &placed, options, THOROUGH);
    let (groups, firmness) = match &best {
        Some(best) => {
            let mut groups = vec![vec![]; best.sizes.len()];
            placed.iter().zip(&best.label).for_each(|(person, label)| groups[*label as usize].push(*person));
            (groups, firmness(&ballots, &map, &placed, best, options))
        }
        None => (vec![], Firmness::default()),
    };
    let not_yet = match &best {
        _ if placed.len() < 2 * SMALL => Some(NotYet::FewPeople),
        None => Some(NotYet::NoGroups),
        _ if firmness.repeatability < REPEATABLE => Some(NotYet::FewVotes),
        _ if firmness.mean_likeness < STEADY => Some(NotYet::Unsteady),
        Some(_) => None,
    };
    let best_k = best.map(|best| best.sizes.len());
    let groups = match given {
        Some(given) => {
            let rows: HashMap<u64, u32> = ballots.people.iter().copied().zip(0..).collect();
            given.iter().map(|ids| ids.iter().filter_map(|id| rows.get(id).copied()).collect()).collect()
        }
        None => groups,
    };
    opinion(conversation, options, &ballots, &map, placed, groups, Found { tried, best_k, firmness, not_yet })
}

struct Found {
    tried: Vec<Tried>,
    best_k: Option<usize>,
    firmness: Firmness,
    not_yet: Option<NotYet>,
}

/// Count the votes of everyone, of groups and of perspectives, and put it all together.
fn opinion(
    conversation: &Conversation,
    options: &Options,
    ballots: &Ballots,
    map: &Map,
    placed: Vec<u32>,
    groups: Vec<Vec<u32>>,
    found: Found,
) -> Opinion {
    let mut declared: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (row, id) in ballots.people.iter().enumerate() {
        if let Some(perspective) = conversation.perspectives.get(id) {
            declared.entry(perspective).or_default().push(row as u32);
        }
    }
    let everyone = ballots.count(&ballots.everyone());
    let of_placed = ballots.count(&placed);
    let of_groups: Vec<Vec<u32>> = groups.iter().map(|people| ballots.count(people)).collect();
    let of_perspectives: Vec<Vec<u32>> = declared.values().map(|people| ballots.count(people)).collect();
    let tally = |counts: &Vec<u32>, column: usize| Tally {
        disagree: counts[column * 3],
        pass: counts[column * 3 + 1],
        agree: counts[column * 3 + 2],
    };
    let standing = |(column, id): (usize, &u64)| {
        let placed = tally(&of_placed, column);
        let meta = conversation.statements.get(id).is_some_and(|statement| statement.meta);
        let priority = [Choice::Disagree, Choice::Agree].map(|choice| {
            let seen = f64::from(placed.seen());
            let weight = share(&placed, Choice::Agree, 1.0)
                * (1.0 - share(&placed, Choice::Pass, 1.0))
                * (1.0 + map.extremity(column, choice))
                * (1.0 + 8.0 * (-seen / 5.0).exp2());
            if meta { 49.0 } else { weight * weight }
        });
        Standing {
            statement: *id,
            out: ballots.out[column],
            meta,
            everyone: tally(&everyone, column),
            placed,
            groups: of_groups.iter().map(|counts| tally(counts, column)).collect(),
            perspectives: of_perspectives.iter().map(|counts| tally(counts, column)).collect(),
            loadings: [0, 1].map(|axis| map.loadings[axis][column]),
            priority,
        }
    };
    let ids = |people: Vec<u32>| {
        let mut ids: Vec<u64> = people.into_iter().map(|row| ballots.people[row as usize]).collect();
        ids.sort_unstable();
        ids
    };
    Opinion {
        participants: ballots.people.len(),
        placed: placed.len(),
        standings: ballots.statements.iter().enumerate().map(standing).collect(),
        variance: map.variance,
        variance_in_all: map.variance_in_all,
        tried: found.tried,
        best_k: found.best_k,
        firmness: found.firmness,
        not_yet: found.not_yet,
        perspectives: declared.keys().map(|name| (*name).to_owned()).collect(),
        options: options.clone(),
        groups: groups.into_iter().map(ids).collect(),
    }
}

/// Those of `people` who voted on enough statements.
fn placed(ballots: &Ballots, people: &[u32], options: &Options) -> Vec<u32> {
    let enough = options.min_votes.min(ballots.statements.len()).max(1);
    people.iter().copied().filter(|person| ballots.row(*person).len() >= enough).collect()
}

/// Each number of groups, and the best of them by silhouette whose groups are all large enough.
fn grouped(
    ballots: &Ballots,
    map: &Map,
    placed: &[u32],
    options: &Options,
    effort: Effort,
) -> (Vec<Tried>, Option<Split>) {
    let points: Vec<_> = placed.iter().map(|person| map.place(ballots, ballots.row(*person))).collect();
    let range = (*options.groups.start()).max(2)..=(*options.groups.end()).min(16);
    let splits = groups::split(&points, range, effort);
    let tried = splits.iter().map(|split| Tried {
        sizes: split.sizes.clone(),
        inertia: split.inertia,
        silhouette: split.silhouette,
    });
    let tried = tried.collect();
    let large = |split: &Split| split.sizes.iter().all(|size| *size >= options.smallest_group);
    let best = splits.into_iter().filter(large).reduce(
        |best, split| {
            if split.silhouette > best.silhouette { split } else { best }
        },
    );
    (tried, best)
}

fn firmness(ballots: &Ballots, map: &Map, placed: &[u32], best: &Split, options: &Options) -> Firmness {
    let label: HashMap<u32, u8> = placed.iter().copied().zip(best.label.iter().copied()).collect();
    let again: Vec<Option<(usize, f64)>> = (0..options.resamples as u64)
        .into_par_iter()
        .map(|turn| {
            let mut sequence = Sequence(turn << 32);
            let stay: Vec<u32> = ballots.everyone().into_iter().filter(|_| sequence.draw() >= 0.2).collect();
            let map = Map::fit(ballots, &stay, Some(map));
            let placed = self::placed(ballots, &stay, options);
            let (_, best) = grouped(ballots, &map, &placed, options, QUICK);
            let best = best?;
            let pairs = placed.iter().zip(&best.label).map(|(person, other)| (label[person], *other));
            Some((best.sizes.len(), likeness(pairs)))
        })
        .collect();
    let mut firmness = Firmness { worst_likeness: 1.0, ..Firmness::default() };
    for try_ in &again {
        let (count, likeness) = try_.unwrap_or_default();
        *firmness.group_counts.entry(count).or_default() += 1;
        firmness.mean_likeness += likeness / again.len() as f64;
        firmness.worst_likeness = firmness.worst_likeness.min(likeness);
    }
    firmness.repeatability = repeatability(ballots, map, placed);
    firmness
}

/// The share of the map that is not chance: half the votes of each person against the other half, on directions found from
/// other people.
fn repeatability(ballots: &Ballots, map: &Map, placed: &[u32]) -> f64 {
    let [mut together, mut alone] = [0.0, 0.0];
    for fold in 0..2 {
        let side = |side: usize| placed.iter().copied().skip(side).step_by(2);
        let map = Map::fit(ballots, &side(1 - fold).collect::<Vec<_>>(), Some(map));
        let mut sums = [[0.0; 5]; 2];
        let mut people = 0.0;
        for person in side(fold) {
            let half = |from: usize| ballots.row(person).iter().copied().skip(from).step_by(2).collect::<Vec<_>>();
            let [a, b] = [0, 1].map(|from| map.place(ballots, &half(from)));
            for axis in 0..2 {
                let (a, b) = (a[axis], b[axis]);
                sums[axis].iter_mut().zip([a, b, a * a, b * b, a * b]).for_each(|(sum, x)| *sum += x);
            }
            people += 1.0;
        }
        for [a, b, aa, bb, ab] in sums {
            together += ab - a * b / people;
            alone += (aa - a * a / people + bb - b * b / people) / 2.0;
        }
    }
    let correlation = if alone > 0.0 { (together / alone).max(0.0) } else { 0.0 };
    2.0 * correlation / (1.0 + correlation)
}

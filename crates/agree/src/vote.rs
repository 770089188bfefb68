//! How a question is settled: the rules of voting, quorum, and votes that stay sealed until the close.
//!
//! Who may vote is a [`Roll`]. Votes are cast into [`Ballots`], which are [`Sealed`] until the close and [`Open`] after it; only open
//! ballots can be counted, by [`Ballots::settle`] (one wording, for or against) or [`Ballots::elect`] (options in order).
//!
//! | [`Rule`] | Passes when | Use |
//! | --- | --- | --- |
//! | advice | everyone who may vote has been heard; whoever holds the authority then decides | small, can be undone |
//! | consent | somebody is for it, and nobody objects with a reason | the usual rule among partners |
//! | bridging | every perspective agrees by itself, however few it has | principles, story, priorities |
//! | majority | more than half | statutory boards |
//! | two thirds | at least two thirds | changes of the rules themselves |
//! | ranked | Schulze: the option that wins each comparison by strongest paths; STV: seats in proportion | choosing among options |
//!
//! Conflicts of interest are left out of every count: the member stays on the roll, so the number that makes a quorum does not
//! shrink, but neither the vote nor the presence counts. To pass is to be present.
//!
//! ```
//! use agree::vote::*;
//! use domain::Instant;
//! let roll = Roll::new([Member::new("hospital", "acute"), Member::new("care", "social care"), Member::new("gp", "primary care")])?;
//! let mut sealed = Ballots::sealed(roll, Instant(0), Instant(100), Secrecy::Named)?;
//! sealed.cast("hospital", Say::For, Instant(10))?;
//! sealed.cast("care", Say::Against { reason: "it moves the wait to us".into() }, Instant(20))?;
//! sealed.cast("gp", Say::For, Instant(30))?;
//! let sealed = sealed.open(Instant(99)).unwrap_err(); // not yet, and nothing is told
//! let open = sealed.open(Instant(100)).unwrap();
//! let verdict = open.settle(&Rule::Consent { quorum: Quorum::HALF })?;
//! assert_eq!(verdict.to_string(), "not passed: care objects, because it moves the wait to us");
//! # Ok::<(), VoteError>(())
//! ```

mod ranked;
mod sealed;

pub use ranked::{
    Count, Lot, Pairwise, Ranking, Schulze, Stage, StageKind, Transferable, Value, condorcet_winner, schulze,
    smith_set, transferable_vote,
};
pub use sealed::{Ballots, Cast, Open, Paper, Sealed, Secrecy};

use domain::Instant;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Formatter};

/// Somebody who may vote: a seat, an organisation or a person, by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Id, unique on the roll.
    pub id: String,
    /// The voice that it speaks with, as the scheme of delegation names it.
    pub perspective: String,
    /// The interest that keeps it from voting on this question, in words.
    pub conflict: Option<String>,
}

impl Member {
    /// A member without a conflict.
    pub fn new(id: impl Into<String>, perspective: impl Into<String>) -> Member {
        Member { id: id.into(), perspective: perspective.into(), conflict: None }
    }
    /// The same member with an interest that keeps it from voting.
    pub fn conflicted(mut self, interest: impl Into<String>) -> Member {
        self.conflict = Some(interest.into());
        self
    }
}

/// Everyone who may vote on a question, each once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Roll(BTreeMap<String, Member>);

impl Roll {
    /// A roll of members.
    ///
    /// # Errors
    /// When an id comes twice.
    pub fn new(members: impl IntoIterator<Item = Member>) -> Result<Roll, VoteError> {
        let mut roll = BTreeMap::new();
        for member in members {
            if let Some(twice) = roll.insert(member.id.clone(), member) {
                return Err(VoteError::Twice { member: twice.id });
            }
        }
        Ok(Roll(roll))
    }
    /// Members in the order of their ids.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.0.values()
    }
    fn perspective(&self, member: &str) -> String {
        self.0.get(member).map(|member| member.perspective.clone()).unwrap_or_default()
    }
    /// How many are on the roll, conflicted or not.
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// Whether nobody may vote.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What a member says to one wording.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Say {
    /// For it.
    For,
    /// Against it. Under consent only a reason makes an objection.
    Against {
        /// Why; may be empty.
        reason: String,
    },
    /// Present, neither for nor against.
    Pass,
}

/// A part of a whole, exact: no third is ever 0.333.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Share {
    /// Parts.
    pub of: u32,
    /// In how many.
    pub out_of: u32,
}

impl Share {
    /// Whether `part` of `whole` is at least this share.
    pub fn reached(self, part: usize, whole: usize) -> bool {
        part as u128 * u128::from(self.out_of) >= whole as u128 * u128::from(self.of)
    }
    /// Whether `part` of `whole` is more than this share.
    pub fn passed(self, part: usize, whole: usize) -> bool {
        part as u128 * u128::from(self.out_of) > whole as u128 * u128::from(self.of)
    }
}

/// How many of the roll must be present, without a conflict, for a result to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quorum {
    /// At least this many.
    Members(usize),
    /// At least this share of the whole roll.
    Share(Share),
}

impl Quorum {
    /// At least half of the roll.
    pub const HALF: Quorum = Quorum::Share(Share { of: 1, out_of: 2 });
    /// The number needed of a roll of this size.
    pub fn needed(self, roll: usize) -> usize {
        match self {
            Quorum::Members(count) => count,
            Quorum::Share(Share { of, out_of }) => {
                ((roll as u128 * u128::from(of)).div_ceil(u128::from(out_of.max(1)))) as usize
            }
        }
    }
}

/// Of whom a majority is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    /// Those who voted for or against: to pass is not to vote.
    Voting,
    /// All of the roll without a conflict: silence counts against.
    Roll,
}

/// How a question is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Whoever holds the authority decides after hearing all on the roll.
    Advice,
    /// Passes unless somebody objects with a reason.
    Consent {
        /// Who must be present.
        quorum: Quorum,
    },
    /// Passes when every perspective on the roll agrees by itself.
    Bridging {
        /// Who must be present.
        quorum: Quorum,
        /// The share of those heard in each perspective that must be for it; at least.
        share: Share,
        /// How many of each perspective must be heard.
        minimum: usize,
    },
    /// More than half are for it.
    Majority {
        /// Who must be present.
        quorum: Quorum,
        /// Of whom.
        of: Base,
    },
    /// At least two thirds are for it.
    TwoThirds {
        /// Who must be present.
        quorum: Quorum,
        /// Of whom.
        of: Base,
    },
    /// Options in order, one winner: Schulze's strongest paths.
    Schulze {
        /// Who must be present.
        quorum: Quorum,
    },
    /// Options in order, several winners in proportion: the Scottish single transferable vote.
    Transferable {
        /// Who must be present.
        quorum: Quorum,
        /// How many are to be chosen.
        seats: usize,
    },
}

impl Rule {
    /// Who must be present; under advice everybody is heard, so nobody is counted.
    pub const fn quorum(&self) -> Option<Quorum> {
        match *self {
            Rule::Advice => None,
            Rule::Consent { quorum }
            | Rule::Bridging { quorum, .. }
            | Rule::Majority { quorum, .. }
            | Rule::TwoThirds { quorum, .. }
            | Rule::Schulze { quorum }
            | Rule::Transferable { quorum, .. } => Some(quorum),
        }
    }
    /// Whether options are put in order.
    pub const fn ranks(&self) -> bool {
        matches!(self, Rule::Schulze { .. } | Rule::Transferable { .. })
    }
    /// Whether votes can be counted that have lost their names: not where an objection wants an answer, or each perspective counts.
    pub const fn counts_nameless(&self) -> bool {
        !matches!(self, Rule::Advice | Rule::Consent { .. } | Rule::Bridging { .. })
    }
    /// The rule as it is said to a reader.
    pub const fn words(&self) -> &'static str {
        match self {
            Rule::Advice => "advice",
            Rule::Consent { .. } => "consent",
            Rule::Bridging { .. } => "agreement of every perspective",
            Rule::Majority { .. } => "majority",
            Rule::TwoThirds { .. } => "two thirds",
            Rule::Schulze { .. } => "options in order (Schulze)",
            Rule::Transferable { .. } => "options in order (single transferable vote)",
        }
    }
}

/// What one perspective said to one wording.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heard {
    /// Votes for.
    pub agree: usize,
    /// Votes against.
    pub disagree: usize,
    /// Present, neither.
    pub pass: usize,
}

impl Heard {
    /// All who were heard.
    pub fn all(&self) -> usize {
        self.agree + self.disagree + self.pass
    }
}

/// Why a wording did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Too few were present.
    Quorum {
        /// Without a conflict and present.
        present: usize,
        /// Needed.
        needed: usize,
    },
    /// Under advice: these have not yet been heard.
    Unheard(Vec<String>),
    /// Under consent: who objects (where votes are named) and why.
    Objection {
        /// The member.
        by: String,
        /// The reason given.
        reason: String,
    },
    /// Under bridging: this perspective has said too little.
    TooFew {
        /// Which.
        perspective: String,
        /// How many were heard.
        heard: usize,
        /// Needed.
        needed: usize,
    },
    /// Under bridging: this perspective does not agree.
    Disagrees {
        /// Which.
        perspective: String,
        /// For it.
        agree: usize,
        /// Heard.
        heard: usize,
    },
    /// Not enough votes for it.
    Short {
        /// For it.
        agree: usize,
        /// Of so many.
        of: usize,
    },
    /// Under consent: these stood on an earlier wording, and have not said whether this one is theirs.
    Unconfirmed(Vec<String>),
}

impl Display for Reason {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Reason::Quorum { present, needed } => write!(out, "{present} were present and {needed} are needed"),
            Reason::Unheard(who) => write!(out, "not yet heard: {}", who.join(", ")),
            Reason::Objection { by, reason } => write!(out, "{by} objects, because {reason}"),
            Reason::TooFew { perspective, heard, needed } => {
                write!(out, "{heard} of {perspective} were heard and {needed} are needed")
            }
            Reason::Disagrees { perspective, agree, heard } => write!(out, "{agree} of {heard} of {perspective} agree"),
            Reason::Short { agree, of } => write!(out, "{agree} of {of} are for it"),
            Reason::Unconfirmed(who) => {
                write!(out, "said of an earlier wording, and not yet of this one: {}", who.join(", "))
            }
        }
    }
}

/// What the rule says of one wording, with the counts it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Why it did not pass; empty when it did.
    pub against: Vec<Reason>,
    /// What all said together.
    pub all: Heard,
    /// What each perspective on the roll said; conflicted members are in none. Empty where votes have lost their names.
    pub heard: BTreeMap<String, Heard>,
    /// Group-informed consensus: the product over perspectives of (agree + 1) / (heard + 2), 0 to 1; as Polis counts it. Of votes without
    /// names, of all as one.
    pub consensus: f64,
    /// Objections without a reason: they do not stop consent, and a reason should be asked for.
    pub without_reason: usize,
}

impl Verdict {
    /// Whether it passed.
    pub fn passed(&self) -> bool {
        self.against.is_empty()
    }
}

impl Display for Verdict {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        if self.passed() {
            return out.write_str("passed");
        }
        let reasons: Vec<String> = self.against.iter().map(Reason::to_string).collect();
        write!(out, "not passed: {}", reasons.join("; "))
    }
}

/// Who was chosen, with the whole count.
#[derive(Debug, Clone, PartialEq)]
pub struct Elected {
    /// Options chosen, in order; empty without a quorum.
    pub chosen: Vec<usize>,
    /// The count, stage by stage or pair by pair.
    pub count: Count,
    /// Why nothing was chosen.
    pub against: Option<Reason>,
    /// Options in the order in which a lot would take them.
    pub lot: Vec<usize>,
}

impl<V> Ballots<Open, V> {
    fn present(&self, quorum: Quorum) -> Option<Reason> {
        let (present, needed) = (self.papers().len(), quorum.needed(self.roll().len()));
        // Nobody at all settles nothing, whatever the quorum says.
        (present < needed.max(1)).then_some(Reason::Quorum { present, needed: needed.max(1) })
    }
}

impl Ballots<Open, Say> {
    /// What the rule says of the wording that these ballots are about.
    ///
    /// # Errors
    /// When the rule ranks options.
    pub fn settle(&self, rule: &Rule) -> Result<Verdict, VoteError> {
        let mut heard: BTreeMap<String, Heard> =
            self.roll().members().map(|member| (member.perspective.clone(), Heard::default())).collect();
        let (mut all, mut without_reason) = (Heard::default(), 0);
        let count = |said: &mut Heard, vote: &Say| match vote {
            Say::For => said.agree += 1,
            Say::Against { .. } => said.disagree += 1,
            Say::Pass => said.pass += 1,
        };
        for paper in self.papers() {
            without_reason += usize::from(matches!(&paper.vote, Say::Against { reason } if reason.trim().is_empty()));
            count(&mut all, &paper.vote);
            match &paper.voter {
                Some(_) => count(heard.entry(paper.perspective.clone()).or_default(), &paper.vote),
                None if rule.counts_nameless() => heard.clear(),
                None => return Err(VoteError::WrongRule { rule: rule.words() }),
            }
        }
        let share = |said: &Heard| (said.agree as f64 + 1.0) / (said.all() as f64 + 2.0);
        let consensus = if heard.is_empty() { share(&all) } else { heard.values().map(share).product::<f64>() };
        let Heard { agree, disagree, .. } = all;
        let base = |of: Base| match of {
            Base::Voting => agree + disagree,
            Base::Roll => self.roll().members().filter(|member| member.conflict.is_none()).count(),
        };
        let short = |of: usize, enough: bool| if enough { Vec::new() } else { vec![Reason::Short { agree, of }] };
        let (quorum, mut against) = match *rule {
            Rule::Advice => {
                let voted: BTreeSet<&String> = self.voted().iter().collect();
                let silent: Vec<String> = self
                    .roll()
                    .members()
                    .filter(|member| member.conflict.is_none() && !voted.contains(&member.id))
                    .map(|member| member.id.clone())
                    .collect();
                (None, if silent.is_empty() { Vec::new() } else { vec![Reason::Unheard(silent)] })
            }
            Rule::Consent { quorum } => {
                let objections = self.papers().iter().filter_map(|paper| match &paper.vote {
                    Say::Against { reason } if !reason.trim().is_empty() => Some(Reason::Objection {
                        by: paper.voter.clone().unwrap_or_default(),
                        reason: reason.trim().to_owned(),
                    }),
                    _ => None,
                });
                let wanted = (agree == 0).then_some(Reason::Short { agree, of: self.papers().len() });
                (Some(quorum), wanted.into_iter().chain(objections).collect())
            }
            Rule::Bridging { quorum, share, minimum } => {
                let mut against = Vec::new();
                for (perspective, said) in &heard {
                    let (perspective, all) = (perspective.clone(), said.all());
                    if all < minimum.max(1) {
                        against.push(Reason::TooFew { perspective, heard: all, needed: minimum.max(1) });
                    } else if !share.reached(said.agree, all) {
                        against.push(Reason::Disagrees { perspective, agree: said.agree, heard: all });
                    }
                }
                (Some(quorum), against)
            }
            Rule::Majority { quorum, of } => {
                let of = base(of);
                (Some(quorum), short(of, Share { of: 1, out_of: 2 }.passed(agree, of)))
            }
            Rule::TwoThirds { quorum, of } => {
                let of = base(of);
                (Some(quorum), short(of, agree > 0 && Share { of: 2, out_of: 3 }.reached(agree, of)))
            }
            Rule::Schulze { .. } | Rule::Transferable { .. } => {
                return Err(VoteError::WrongRule { rule: rule.words() });
            }
        };
        if let Some(absent) = quorum.and_then(|quorum| self.present(quorum)) {
            against.insert(0, absent);
        }
        Ok(Verdict { against, all, heard, consensus, without_reason })
    }
}

impl Ballots<Open, Ranking> {
    /// Who is chosen among `options` (their names, which the lot is drawn from).
    ///
    /// # Errors
    /// When the rule does not rank, a ranking names an option that is not there, or no seat is to be filled.
    pub fn elect(&self, rule: &Rule, options: &[String], lot: Lot) -> Result<Elected, VoteError> {
        let papers: Vec<Ranking> = self.papers().iter().map(|paper| paper.vote.clone()).collect();
        let (quorum, chosen, count) = match *rule {
            Rule::Schulze { quorum } => {
                let found = schulze(&papers, options, lot)?;
                (quorum, found.order.first().copied().into_iter().collect(), Count::Schulze(found))
            }
            Rule::Transferable { quorum, seats } => {
                let found = transferable_vote(&papers, options, seats, lot)?;
                (quorum, found.elected.clone(), Count::Transferable(found))
            }
            _ => return Err(VoteError::WrongRule { rule: rule.words() }),
        };
        let against = self.present(quorum);
        let chosen = if against.is_some() { Vec::new() } else { chosen };
        Ok(Elected { chosen, count, against, lot: lot.order(options) })
    }
}

/// What cannot be voted or counted, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VoteError {
    /// The same id twice on a roll.
    #[error("'{member}' is on the roll twice")]
    Twice {
        /// Which.
        member: String,
    },
    /// The close does not come after the opening.
    #[error("voting must close after it opens")]
    Times,
    /// Not on the roll.
    #[error("'{voter}' is not on the roll of this question")]
    NotOnRoll {
        /// Who.
        voter: String,
    },
    /// An interest keeps this member from voting.
    #[error("'{voter}' has declared an interest and does not vote on this: {interest}")]
    Conflicted {
        /// Who.
        voter: String,
        /// The interest.
        interest: String,
    },
    /// Too early.
    #[error("voting has not opened yet")]
    NotOpen {
        /// When it opens.
        opens: Instant,
    },
    /// Too late.
    #[error("voting has closed; this vote is not counted")]
    Closed {
        /// When it closed.
        closed: Instant,
    },
    /// The rule counts another kind of vote.
    #[error("the rule '{rule}' does not count votes of this kind")]
    WrongRule {
        /// Which.
        rule: &'static str,
    },
    /// An option ranked twice.
    #[error("option {option} is ranked twice on one ballot")]
    RankedTwice {
        /// Which, from 0.
        option: usize,
    },
    /// An option that is not there.
    #[error("a ballot ranks option {option}, and there are {options}")]
    NoSuchOption {
        /// Which, from 0.
        option: usize,
        /// How many there are.
        options: usize,
    },
    /// Two options have one name, so that no lot could tell them apart.
    #[error("two options are called '{name}'")]
    SameName {
        /// The name.
        name: String,
    },
    /// Nothing to be chosen.
    #[error("no seat is to be filled, or there is no option to fill it")]
    NoSeats,
}

#[cfg(test)]
mod tests;

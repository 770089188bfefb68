//! Votes that nobody can count before the close. The type holds it: a sealed ballot box has no method, no trait and no debug
//! output from which a vote, a count by option or a comparison with a guess can be had.
//!
//! ```compile_fail
//! # use agree::vote::*;
//! fn peek(sealed: Ballots<Sealed, Say>) { sealed.papers(); }
//! ```
//! ```compile_fail
//! # use agree::vote::*;
//! fn tally(sealed: Ballots<Sealed, Say>) { let _ = sealed.settle(&Rule::Advice); }
//! ```
//! ```compile_fail
//! # use agree::vote::*;
//! fn write_out(sealed: Ballots<Sealed, Say>) { let _ = serde_json::to_string(&sealed); }
//! ```
//! ```compile_fail
//! # use agree::vote::*;
//! fn guess(sealed: Ballots<Sealed, Say>, guess: Ballots<Sealed, Say>) -> bool { sealed == guess }
//! ```
//! ```compile_fail
//! # use agree::vote::*;
//! fn copy(sealed: Ballots<Sealed, Say>) -> Ballots<Sealed, Say> { sealed.clone() }
//! ```

use super::{Roll, VoteError};
use domain::Instant;
use std::collections::BTreeMap;
use std::fmt::{Debug, Display, Formatter};
use std::marker::PhantomData;

/// Not to be counted yet.
pub enum Sealed {}
/// Closed, and open to everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Open {}

/// Whether votes keep their names when they are opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Secrecy {
    /// Each vote is shown with its member.
    Named,
    /// Votes lose names and perspectives on opening, for in a small board a perspective is a name, and are put in an order that tells
    /// nothing; who voted stays known.
    Secret,
}

/// One vote, opened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Paper<V> {
    /// The perspective that it was cast with; empty in a secret vote.
    pub perspective: String,
    /// The vote.
    pub vote: V,
    /// Whose; `None` in a secret vote.
    pub voter: Option<String>,
}

/// What became of a vote that was cast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cast {
    /// It is the first of this member.
    First,
    /// It takes the place of an earlier one of the same member.
    Replaced,
}

/// A ballot box: votes of one kind on one question.
pub struct Ballots<S, V> {
    roll: Roll,
    opens: Instant,
    closes: Instant,
    secrecy: Secrecy,
    cast: BTreeMap<String, V>,
    papers: Vec<Paper<V>>,
    voted: Vec<String>,
    state: PhantomData<S>,
}

impl<V: Ord> Ballots<Sealed, V> {
    /// An empty box that takes votes from `opens` until just before `closes`.
    ///
    /// # Errors
    /// When it would close before it opens.
    pub fn sealed(roll: Roll, opens: Instant, closes: Instant, secrecy: Secrecy) -> Result<Self, VoteError> {
        if closes <= opens {
            return Err(VoteError::Times);
        }
        let (cast, papers, voted) = (BTreeMap::new(), Vec::new(), Vec::new());
        Ok(Ballots { roll, opens, closes, secrecy, cast, papers, voted, state: PhantomData })
    }

    /// Casts a vote. A member may change it until the close; the last one counts.
    ///
    /// # Errors
    /// When the member may not vote, or not at this moment.
    pub fn cast(&mut self, voter: &str, vote: V, at: Instant) -> Result<Cast, VoteError> {
        let Some(member) = self.roll.0.get(voter) else {
            return Err(VoteError::NotOnRoll { voter: voter.to_owned() });
        };
        if let Some(interest) = &member.conflict {
            return Err(VoteError::Conflicted { voter: voter.to_owned(), interest: interest.clone() });
        }
        if at < self.opens {
            return Err(VoteError::NotOpen { opens: self.opens });
        }
        if at >= self.closes {
            return Err(VoteError::Closed { closed: self.closes });
        }
        Ok(if self.cast.insert(voter.to_owned(), vote).is_some() { Cast::Replaced } else { Cast::First })
    }

    /// Declares an interest during the vote: what the member has cast is withdrawn, and it votes no more.
    ///
    /// # Errors
    /// When it is not on the roll.
    pub fn declare(&mut self, voter: &str, interest: &str) -> Result<(), VoteError> {
        let member = self.roll.0.get_mut(voter).ok_or_else(|| VoteError::NotOnRoll { voter: voter.to_owned() })?;
        member.conflict = Some(interest.to_owned());
        self.cast.remove(voter);
        Ok(())
    }

    /// Whether this member has voted; not how.
    pub fn has_voted(&self, voter: &str) -> bool {
        self.cast.contains_key(voter)
    }

    /// Opens the box.
    ///
    /// # Errors
    /// Before the close: the box itself, as sealed as it was.
    pub fn open(self, now: Instant) -> Result<Ballots<Open, V>, Ballots<Sealed, V>> {
        if now < self.closes {
            return Err(self);
        }
        let Ballots { roll, opens, closes, secrecy, cast, .. } = self;
        let voted = cast.keys().cloned().collect();
        let mut papers: Vec<Paper<V>> = cast
            .into_iter()
            .map(|(voter, vote)| match secrecy {
                Secrecy::Secret => Paper { perspective: String::new(), vote, voter: None },
                Secrecy::Named => Paper { perspective: roll.perspective(&voter), vote, voter: Some(voter) },
            })
            .collect();
        if secrecy == Secrecy::Secret {
            papers.sort(); // the order of ids would give the names back
        }
        Ok(Ballots { roll, opens, closes, secrecy, cast: BTreeMap::new(), papers, voted, state: PhantomData })
    }
}

impl<S, V> Ballots<S, V> {
    /// Who may vote.
    pub fn roll(&self) -> &Roll {
        &self.roll
    }
    /// When votes are taken, from and until.
    pub fn times(&self) -> (Instant, Instant) {
        (self.opens, self.closes)
    }
}

impl<V: Ord> Ballots<Open, V> {
    /// Votes that lie open already, at most one a member. Those of a member with a conflict, or with no seat on this roll, do not count;
    /// votes without a name are counted as they are, and whose they may be is not asked. `voted` is who voted, by id.
    pub fn opened(roll: Roll, papers: impl IntoIterator<Item = (Option<String>, V)>, voted: Vec<String>) -> Self {
        let counts = |voter: &String| roll.0.get(voter).is_some_and(|member| member.conflict.is_none());
        let mut papers: Vec<Paper<V>> = papers
            .into_iter()
            .filter(|(voter, _)| voter.as_ref().is_none_or(counts))
            .map(|(voter, vote)| Paper {
                perspective: voter.as_ref().map_or_else(String::new, |voter| roll.perspective(voter)),
                vote,
                voter,
            })
            .collect();
        papers.sort();
        let (opens, closes) = (Instant(0), Instant(0));
        let secrecy = Secrecy::Named;
        Ballots { roll, opens, closes, secrecy, cast: BTreeMap::new(), papers, voted, state: PhantomData }
    }
}

impl<V> Ballots<Open, V> {
    /// The votes, at most one a member.
    pub fn papers(&self) -> &[Paper<V>] {
        &self.papers
    }
    /// Who voted, in the order of ids.
    pub fn voted(&self) -> &[String] {
        &self.voted
    }
}

impl<V> Debug for Ballots<Sealed, V> {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        write!(out, "Ballots(sealed until {})", self.closes.0)
    }
}

impl<V> Display for Ballots<Sealed, V> {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        out.write_str("votes are sealed until the close")
    }
}

impl<V: Debug> Debug for Ballots<Open, V> {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Ballots").field("papers", &self.papers).field("voted", &self.voted).finish()
    }
}

//! What the log adds up to. Every page is a view of this, and of nothing else that people said.

use super::*;
use crate::decision::{self, Decision, Register, Stage, Standing, standings};
use crate::opinion;
use crate::plan::{Banked, Past, Plan, State as Step};
use crate::scheme::Scheme;
use crate::trust::Instrument;
use crate::vote::{Ballots, Lot, Member, Ranking, Reason, Roll, Say, VoteError};
use std::sync::Arc;

/// A perspective whose share of the air is told, beside its fair share.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Air {
    /// Whose.
    pub perspective: String,
    /// Statements that people saw.
    pub statements: u64,
    /// Votes that may be told of it alone: those in conversations in which enough people of it voted, and members who have said where they
    /// stand. Of the voice without a name: those of voices with few voters, together.
    pub votes: u64,
    /// Whether it has more votes, which are told together with those of other voices or not at all.
    pub few: bool,
    /// Minutes of meetings.
    pub minutes: u64,
    /// Measures that were cited.
    pub evidence: u64,
    /// Its fair share, 0 to 1.
    pub fair: f64,
}

impl Air {
    /// Its share of all statements, votes, minutes and evidence of `all`, each kind with the same weight, over its fair share: 1 is fair. `None` where
    /// nothing was said at all, or nothing is its fair share.
    pub fn ratio(&self, all: &[Air]) -> Option<f64> {
        let kinds: [fn(&Air) -> u64; 4] =
            [|air| air.statements, |air| air.votes, |air| air.minutes, |air| air.evidence];
        let shares = kinds.iter().filter_map(|kind| {
            let whole: u64 = all.iter().map(kind).sum();
            (whole > 0).then(|| kind(self) as f64 / whole as f64)
        });
        let shares: Vec<f64> = shares.collect();
        (!shares.is_empty() && self.fair > 0.0).then(|| shares.iter().sum::<f64>() / shares.len() as f64 / self.fair)
    }
}

/// One version of something, with who made it and because of what.
#[derive(Debug, Clone, PartialEq)]
pub struct Version<T> {
    /// Its place in the log.
    pub seq: u64,
    /// When.
    pub at: Instant,
    /// By whom.
    pub who: String,
    /// Because of what.
    pub because: Vec<String>,
    /// What it says.
    pub is: T,
}

/// A line of the shared story with all its versions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Told {
    /// Oldest first; never empty.
    pub versions: Vec<Version<Line>>,
    /// What each perspective holds of the newest: a reason where it disputes it.
    pub held: BTreeMap<String, Option<String>>,
}

impl Told {
    /// The newest version.
    pub fn now(&self) -> &Line {
        &self.newest().is
    }
    /// The newest version, with who made it.
    pub fn newest(&self) -> &Version<Line> {
        &self.versions[self.versions.len() - 1] // apply() puts the first in
    }
    /// Perspectives that dispute it, and why.
    pub fn disputes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.held.iter().filter_map(|(who, why)| Some((who.as_str(), why.as_deref()?)))
    }
    /// Whether a fact was not said again in time.
    pub fn is_stale(&self, today: Date) -> bool {
        self.now().good_until.is_some_and(|until| until <= today)
    }
}

/// So many people vote on a statement before their votes are told, all at once: one vote alone is never seen to come.
pub const BATCH: usize = opinion::SMALL;
/// More newcomers than this in one hour, and ten times as many as in the other hours, are a surge.
const SURGE: u32 = 50;
const HOUR: i64 = 3600;

/// An hour in which far more people voted for the first time than is usual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surge {
    /// When the hour began.
    pub from: Instant,
    /// How many came in it.
    pub came: u32,
    /// How many came in any other hour, in the middle of all.
    pub usual: f64,
}

/// What a moderator decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruled {
    /// When.
    pub at: Instant,
    /// Who.
    pub who: String,
    /// What.
    pub ruling: Ruling,
}

/// A statement, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Its number in its conversation, from 1.
    pub number: u64,
    /// When.
    pub at: Instant,
    /// Who wrote it. Pages show role and perspective alone.
    pub who: String,
    /// What was said.
    pub is: Statement,
    /// Its words in other languages, by language.
    pub translations: BTreeMap<String, String>,
    /// What moderators decided, oldest first.
    pub rulings: Vec<Ruled>,
    /// The appeal that nobody has ruled on since.
    pub appeal: Option<String>,
    /// When its author asked that it be looked at again.
    pub asked: Vec<Instant>,
    /// The answer that it got, when, and because of what.
    pub answer: Option<Version<Answer>>,
}

impl Said {
    /// Whether people see it.
    pub fn is_in(&self) -> bool {
        self.ruling() == Some(&Ruling::In)
    }
    /// What holds now of what moderators decided.
    pub fn ruling(&self) -> Option<&Ruling> {
        self.rulings.last().map(|ruled| &ruled.ruling)
    }
    /// Whether a moderator is wanted: nobody ruled on it, or on its appeal.
    pub fn waits(&self) -> bool {
        self.rulings.is_empty() || self.appeal.is_some()
    }
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Talk {
    /// The question, as it stands now.
    pub is: Conversation,
    /// The deeds that opened it and changed it, oldest first.
    pub versions: Vec<u64>,
    /// Statements by id.
    pub statements: BTreeMap<u64, Said>,
    /// All votes, of this moment: to choose what is shown next, and for whoever holds the key; see [`Talk::told`]. A voter is a number
    /// that means nothing elsewhere.
    pub votes: opinion::Conversation,
    told: opinion::Conversation,
    /// Votes that are not told yet, by statement and voter.
    held: BTreeMap<u64, BTreeMap<u64, opinion::Vote>>,
    /// How often votes were told.
    batches: u64,
    /// People who voted for the first time on their own device, by hour.
    came: BTreeMap<i64, u32>,
    /// How many votes came in which way.
    pub via: BTreeMap<Via, u64>,
    /// Minutes by perspective.
    pub minutes: BTreeMap<String, u64>,
}

impl Talk {
    /// Whether votes and statements are taken at this moment.
    pub fn is_open(&self, at: Instant) -> bool {
        (self.is.opens..self.is.closes).contains(&at.0)
    }

    /// Votes as they may be told at this moment: all of them once it is closed; before, those on a statement [`BATCH`] people at a time, so
    /// that whoever sees somebody vote does not learn how.
    pub fn told(&self, at: Instant) -> &opinion::Conversation {
        if self.is.elsewhere || self.is.closes <= at.0 { &self.votes } else { &self.told }
    }

    /// Tells one state of [`Talk::told`] from another.
    pub fn edition(&self, at: Instant) -> (bool, u64, usize) {
        let whole = self.is.elsewhere || self.is.closes <= at.0;
        let votes = if whole { self.via.values().sum() } else { self.batches };
        (whole, votes, self.statements.values().map(|said| said.rulings.len()).sum())
    }

    /// The statement that stands for one: itself, or the one that says the same.
    pub fn stands_for(&self, id: u64) -> u64 {
        let mut stands = id;
        // One may be folded into another that was folded later; never more often than there are statements.
        for _ in 0..self.statements.len() {
            match self.statements.get(&stands).and_then(Said::ruling) {
                Some(Ruling::SameAs(other)) => stands = *other,
                _ => break,
            }
        }
        stands
    }

    /// The id of a statement by its number in this conversation.
    pub fn numbered(&self, number: u64) -> Option<u64> {
        self.statements.iter().find(|(_, said)| said.number == number).map(|(id, _)| *id)
    }

    /// The newest hour in which more than 50 people voted here for the first time, and ten times as many as in any other hour on
    /// average. It may be a letter to every household, or one person with many devices: whoever reads the votes should know.
    pub fn surge(&self, at: Instant) -> Option<Surge> {
        let all: u32 = self.came.values().sum();
        let others = ((at.0.min(self.is.closes) - self.is.opens) / HOUR).max(1) as f64;
        self.came.iter().rev().find_map(|(hour, came)| {
            let usual = f64::from(all - came) / others;
            let surges = *came > SURGE && f64::from(*came) > 10.0 * usual;
            surges.then_some(Surge { from: Instant(hour * HOUR), came: *came, usual })
        })
    }

    fn vote(&mut self, one: Vote, choice: opinion::Choice, participant: u64, at: Instant) {
        let vote = opinion::Vote { participant, statement: one.statement, choice, at: Some(at.0 * 1000) };
        if self.votes.votes_of(participant) == 0 && one.via == Via::Device && !self.is.elsewhere {
            *self.came.entry(at.0.div_euclid(HOUR)).or_default() += 1;
        }
        self.votes.cast(vote);
        *self.via.entry(one.via).or_default() += 1;
        if !one.perspective.is_empty() {
            self.votes.perspectives.insert(participant, one.perspective);
        }
        if self.is.elsewhere {
            return;
        }
        let held = self.held.entry(one.statement).or_default();
        held.insert(participant, vote);
        if held.len() >= BATCH {
            self.batches += 1;
            for (participant, vote) in std::mem::take(held) {
                self.told.cast(vote);
                if let Some(perspective) = self.votes.perspectives.get(&participant) {
                    self.told.perspectives.insert(participant, perspective.clone());
                }
            }
        }
    }

    /// Who has had how much of the air so far, smallest ratio first; those who must be heard and were not are there with noughts. Votes
    /// are those that may be told: those of voices with few voters are together in the voice without a name.
    pub fn air(&self, at: Instant) -> Vec<Air> {
        let votes = self.told(at);
        let sum: f64 = self.is.perspectives.values().sum();
        let mut air: BTreeMap<&str, Air> = BTreeMap::new();
        for (name, share) in &self.is.perspectives {
            air.entry(name).or_default().fair = if sum > 0.0 { share / sum } else { 0.0 };
        }
        for said in self.statements.values().filter(|said| said.is_in()) {
            air.entry(&said.is.perspective).or_default().statements += 1;
        }
        let mut cast: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for (voter, perspective) in &votes.perspectives {
            let one = cast.entry(perspective).or_default();
            one.0 += 1;
            one.1 += votes.votes_of(*voter) as u64;
        }
        let (few, together) = super::air::few_together(&cast);
        for (name, (_, votes)) in cast {
            let one = air.entry(name).or_default();
            one.few = few.contains(name);
            one.votes += if one.few { 0 } else { votes };
        }
        if together > 0 {
            air.entry("").or_default().votes += together;
        }
        for (perspective, minutes) in &self.minutes {
            air.entry(perspective).or_default().minutes += minutes;
        }
        let mut air: Vec<Air> =
            air.into_iter().map(|(name, air)| Air { perspective: name.to_owned(), ..air }).collect();
        let all = air.clone();
        let ratio = |air: &Air| air.ratio(&all).unwrap_or(f64::INFINITY);
        air.sort_by(|a, b| ratio(a).total_cmp(&ratio(b)).then_with(|| a.perspective.cmp(&b.perspective)));
        air
    }
}

/// A perspective that was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Voiced {
    /// When.
    pub at: Instant,
    /// Who wrote it down.
    pub who: String,
    /// What.
    pub is: Voice,
}

/// What a member said, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stood {
    /// When.
    pub at: Instant,
    /// What.
    pub ballot: Ballot,
    /// The draft that it saw, by its place in the log: 0 where none was written yet, none where it did not say.
    pub draft: Option<u64>,
}

/// A question to be settled, from asked to reviewed.
#[derive(Debug, Clone, PartialEq)]
pub struct Matter {
    /// The question, with its options as they stand now, and by whom it was put first.
    pub is: Version<Question>,
    /// Its newest correction: its place in the log, and when.
    pub corrected: Option<(u64, Instant)>,
    /// Options of which the effects changed after members had stood, and when.
    pub changed: BTreeMap<String, Instant>,
    /// Drafts, oldest first.
    pub drafts: Vec<Version<Draft>>,
    /// Perspectives heard; the last that one said counts.
    pub heard: Vec<Voiced>,
    /// Interests declared.
    pub interests: Vec<Interest>,
    /// Where members stand: the last of each on each option, the newest last.
    pub ballots: BTreeMap<String, Vec<Stood>>,
    /// Sealed votes, the last of each member.
    pub sealed: BTreeMap<String, String>,
    /// The same, opened.
    pub opened: Option<Opened>,
    /// When it was recorded.
    pub recorded: Option<Version<()>>,
    /// The day on which the decision is to be reviewed.
    pub review_on: Option<Date>,
    /// Parts that the public version leaves out, each with the reason.
    pub redacted: BTreeMap<String, String>,
    /// Stop rules that rang, with when we were told.
    pub rang: Vec<(Instant, Rang)>,
    /// The newest review.
    pub review: Option<Version<Reviewed>>,
    /// Reviews before it, oldest first.
    pub reviews_before: Vec<Version<Reviewed>>,
}

/// What a rule says of the votes.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Of one option.
    On(crate::vote::Verdict),
    /// Of all options in order, chosen ones named.
    Order {
        /// Who was chosen, by option id.
        chosen: Vec<String>,
        /// Ids of all options: the count names each by its place here.
        options: Vec<String>,
        /// The whole count: pairs and strongest paths, or stages; and the order of the lot.
        elected: crate::vote::Elected,
    },
}

impl Verdict {
    /// Whether this option has passed.
    pub fn passed(&self, option: &str) -> bool {
        match self {
            Verdict::On(verdict) => verdict.passed(),
            Verdict::Order { chosen, .. } => chosen.iter().any(|one| one == option),
        }
    }
}

impl Matter {
    /// How far it has come, and what the next stage waits for.
    pub fn stage(&self) -> (Stage, Vec<String>) {
        if self.recorded.is_some() {
            return match self.is_reviewed() {
                true => (Stage::Reviewed, Vec::new()),
                false => (Stage::Decided, vec!["its review".into()]),
            };
        }
        let question = &self.is.is;
        let mut stances: Vec<Stance> = self.stood().collect();
        if let Some(member) = self.have_said().first().filter(|_| stances.is_empty()) {
            // Somebody has voted; how is not said.
            let (member, position) = ((*member).to_owned(), Position::CanLiveWith);
            stances.push(Stance { member, option: String::new(), position, note: String::new() });
        }
        let of = decision::Question {
            id: question.id.clone(),
            question: question.question.clone(),
            options: question.options.clone(),
            must_be_heard: question.must_be_heard.clone(),
            heard: self.voices(),
            stances,
        };
        of.stage()
    }

    /// Whether expected and actual were laid side by side on the review day or after it; a look that a bell called for before is none.
    pub fn is_reviewed(&self) -> bool {
        let day = self.review.as_ref().map(|review| day_of(review.at));
        day.is_some_and(|day| self.review_on.is_none_or(|due| due <= day))
    }

    /// Whether its sealed votes are to be opened now.
    pub fn is_to_open(&self, at: Instant) -> bool {
        let question = &self.is.is;
        let waits = self.opened.is_none() && self.recorded.is_none() && question.withdrawn.is_empty();
        question.sealed.is_some() && waits && question.closes <= at.0
    }

    /// The newest version of the question, by its place in the log.
    pub fn newest(&self) -> u64 {
        self.corrected.map_or(self.is.seq, |corrected| corrected.0)
    }

    fn stood(&self) -> impl Iterator<Item = Stance> + '_ {
        let all = self.ballots.iter().flat_map(|(member, all)| all.iter().map(move |one| (member, one)));
        all.filter_map(|(member, one)| one.ballot.stance(member))
    }

    /// Whether what members say is said of a wording: under consent and advice, in the open.
    pub fn is_worded(&self) -> bool {
        self.is.is.sealed.is_none() && matches!(self.is.is.rule, Rule::Consent { .. } | Rule::Advice)
    }

    /// Whether a member has stood on this option, and on another wording than the newest.
    pub fn is_of_earlier_wording(&self, member: &str, option: &str) -> bool {
        let of = |one: &&Stood| matches!(&one.ballot, Ballot::On { option: on, .. } if on == option);
        let stood = self.ballots.get(member).and_then(|all| all.iter().find(of));
        let (Some(newest), Some(saw)) = (self.drafts.last(), stood.and_then(|one| one.draft)) else { return false };
        let known = self.drafts.iter().find(|draft| draft.seq == saw);
        self.is_worded() && known.is_none_or(|known| !is_same_wording(&known.is, &newest.is))
    }

    /// Since when the newest wording has stood.
    pub fn worded_at(&self) -> Option<Instant> {
        let newest = self.drafts.last()?;
        let same = self.drafts.iter().rev().take_while(|draft| is_same_wording(&draft.is, &newest.is));
        same.last().map(|draft| draft.at)
    }

    /// What each perspective said last, and the newest answer to each objection, in the order in which they were first heard.
    pub fn voices(&self) -> Vec<Voice> {
        let mut voices: Vec<Voice> = Vec::new();
        for one in &self.heard {
            let is = |known: &&mut Voice| known.perspective == one.is.perspective && known.member == one.is.member;
            match voices.iter_mut().find(is) {
                Some(known) => *known = one.is.clone(),
                None => voices.push(one.is.clone()),
            }
        }
        voices
    }

    /// Where members stand, as far as that is open: nothing of a sealed vote before it is opened.
    pub fn stances(&self) -> Vec<Stance> {
        match (&self.is.is.sealed, &self.opened) {
            (None, _) => self.stood().collect(),
            (Some(_), Some(opened)) => {
                opened.papers.iter().filter_map(|paper| paper.ballot.stance(paper.member.as_deref()?)).collect()
            }
            (Some(_), None) => Vec::new(),
        }
    }

    /// Members who have said where they stand, or voted; not how.
    pub fn have_said(&self) -> Vec<&str> {
        self.ballots.keys().chain(self.sealed.keys()).map(String::as_str).collect()
    }

    /// Where members stand on each option, and who has not said.
    ///
    /// # Errors
    /// See [`standings`].
    pub fn standings(&self, roll: &Roll) -> Result<(BTreeMap<String, Standing>, Vec<String>), decision::DecisionError> {
        let mut members: Vec<String> = roll.members().map(|member| member.id.clone()).collect();
        if members.is_empty() {
            members = self.have_said().into_iter().map(str::to_owned).collect(); // no scheme names seats
        }
        let (standing, mut silent) = standings(&self.is.is.options, &members, &self.stances())?;
        silent.retain(|member| !self.sealed.contains_key(member) && !self.ballots.contains_key(member));
        Ok((standing, silent))
    }

    /// What the rule says of the votes on this option. Sealed votes say nothing before they are opened.
    ///
    /// # Errors
    /// When the votes are sealed, or cannot be counted by this rule.
    pub fn verdict(&self, roll: &Roll, option: &str) -> Result<Verdict, VoteError> {
        let question = &self.is.is;
        if question.sealed.is_some() && self.opened.is_none() {
            return Err(VoteError::NotOpen { opens: Instant(question.closes) });
        }
        let conflicted = |member: &Member| {
            let interest = self.bars(&member.id);
            interest.map_or_else(|| member.clone(), |interest| member.clone().conflicted(&interest.what))
        };
        let roll = Roll::new(roll.members().map(conflicted))?;
        let voted = self.have_said().into_iter().map(str::to_owned).collect();
        // One of each member, and of a paper that has lost its name what it says alone.
        let papers: Vec<(Option<String>, Vec<&Ballot>)> = match &self.opened {
            Some(opened) => opened.papers.iter().map(|paper| (paper.member.clone(), vec![&paper.ballot])).collect(),
            None => self
                .ballots
                .iter()
                .map(|(member, all)| (Some(member.clone()), all.iter().map(|one| &one.ballot).collect()))
                .collect(),
        };
        if question.rule.ranks() {
            let ids: Vec<String> = question.options.all().iter().map(|choice| choice.id.clone()).collect();
            let order = |ballots: &[&Ballot]| {
                let Some(Ballot::Order(order)) = ballots.last() else { return None };
                let known: Vec<usize> =
                    order.iter().filter_map(|id| ids.iter().position(|known| known == id)).collect();
                let rest: Vec<usize> = (0..ids.len()).filter(|at| !known.contains(at)).collect();
                let places = known.into_iter().map(|at| vec![at]).chain((!rest.is_empty()).then_some(rest));
                Ranking::new(places).ok()
            };
            let papers = papers.into_iter().filter_map(|(member, ballots)| Some((member, order(&ballots)?)));
            let cast = Ballots::opened(roll, papers, voted);
            // The lot is drawn from the question's id and every vote that counts, a line each, in the order of their letters: it is
            // fixed with the last vote.
            let line = |ranking: &Ranking| {
                let places = ranking.places().iter().filter(|place| place.len() == 1).flatten();
                places.map(|at| ids[*at].as_str()).collect::<Vec<_>>().join(" ")
            };
            let mut lines: Vec<String> = cast.papers().iter().map(|paper| line(&paper.vote)).collect();
            lines.sort_unstable();
            let word = format!("{}\n{}", question.id, lines.join("\n"));
            let elected = cast.elect(&question.rule, &ids, Lot::new(&word))?;
            let chosen = elected.chosen.iter().map(|at| ids[*at].clone()).collect();
            return Ok(Verdict::Order { chosen, options: ids, elected });
        }
        let say = |ballots: &[&Ballot]| {
            let on = |ballot: &&&Ballot| matches!(ballot, Ballot::On { option: on, .. } if on == option);
            match ballots.iter().find(on) {
                Some(Ballot::On { position: Position::Supports, .. }) => Say::For,
                Some(Ballot::On { position: Position::Concern { reason }, .. }) => {
                    Say::Against { reason: reason.clone() }
                }
                Some(_) => Say::Pass,
                // Who is for another option is not for this one, and has not objected to it.
                None if ballots.iter().any(|b| matches!(b, Ballot::On { position: Position::Supports, .. })) => {
                    Say::Against { reason: String::new() }
                }
                None => Say::Pass,
            }
        };
        let counts = |member: &Member| member.conflict.is_none() && self.is_of_earlier_wording(&member.id, option);
        let earlier: Vec<String> = roll.members().filter(|one| counts(one)).map(|member| member.id.clone()).collect();
        let papers = papers.iter().map(|(member, ballots)| (member.clone(), say(ballots)));
        let mut verdict = Ballots::opened(roll, papers, voted).settle(&question.rule)?;
        if matches!(question.rule, Rule::Consent { .. }) && !earlier.is_empty() {
            verdict.against.push(Reason::Unconfirmed(earlier));
        }
        Ok(Verdict::On(verdict))
    }

    /// The interest that keeps a member from voting, where it has declared one.
    pub fn bars(&self, member: &str) -> Option<&Interest> {
        self.interests.iter().find(|one| one.member == member && one.handled != decision::Handled::Noted)
    }

    /// A draft with what was heard and said filled in, as it would be recorded.
    pub fn complete(&self, draft: &Draft) -> Draft {
        let question = &self.is.is;
        Draft {
            id: question.id.clone(),
            question: question.question.clone(),
            options: question.options.clone(),
            level: question.level,
            why_not_lower: question.why_not_lower.clone(),
            must_be_heard: question.must_be_heard.clone(),
            heard: self.voices(),
            stances: self.stances(),
            interests: self.interests.clone(),
            ..draft.clone()
        }
    }
}

/// Whether two drafts say the same of what we will do.
pub(super) fn is_same_wording(one: &Draft, other: &Draft) -> bool {
    (&one.we_will, &one.chosen) == (&other.we_will, &other.chosen)
}

/// Takes in what a member says: in place of what it said of the same option, and of what it supported when it supports another.
fn stand(all: &mut Vec<Stood>, new: Stood) {
    match &new.ballot {
        Ballot::On { option, position, .. } if new.draft.is_some() => {
            let supports = *position == Position::Supports;
            all.retain(|old| match &old.ballot {
                Ballot::On { option: on, position, .. } => {
                    on != option && !(supports && *position == Position::Supports)
                }
                Ballot::Order(_) => false,
            });
        }
        _ => all.clear(),
    }
    all.push(new);
}

/// A plan with all its versions; `now` has the steps and rocks as they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreed {
    /// Oldest first.
    pub versions: Vec<Version<PlanAgreed>>,
    /// As it stands.
    pub now: Plan,
    /// Tests of change, by id.
    pub cycles: BTreeMap<String, Cycle>,
    /// How rocks were cleared, by id.
    pub how: BTreeMap<String, String>,
    /// What savings were found to bring, the last of each, by id.
    pub delivered: BTreeMap<String, Version<Delivered>>,
    /// Each step and saving as it was first promised: a new version cannot wipe it.
    pub first: Plan,
    /// When steps began, by id; it stays when they are done.
    pub began: BTreeMap<String, Date>,
    /// When steps were done, by id.
    pub ended: BTreeMap<String, Date>,
}

impl Agreed {
    fn new(version: Version<PlanAgreed>) -> Agreed {
        let plan = version.is.plan.clone();
        let mut agreed = Agreed {
            versions: Vec::new(),
            now: plan.clone(),
            cycles: BTreeMap::new(),
            how: BTreeMap::new(),
            delivered: BTreeMap::new(),
            first: plan.promised(),
            began: BTreeMap::new(),
            ended: BTreeMap::new(),
        };
        agreed.follow(version);
        agreed
    }

    /// The next version: what happened since the last one stays.
    fn follow(&mut self, version: Version<PlanAgreed>) {
        self.now = version.is.plan.clone().following(&self.now);
        for step in self.now.promised().steps {
            match self.first.steps.iter_mut().find(|known| known.id == step.id) {
                Some(known) => known.due = known.due.or(step.due),
                None => self.first.steps.push(step),
            }
        }
        for saving in self.now.promised().savings {
            if self.first.savings.iter().all(|known| known.id != saving.id) {
                self.first.savings.push(saving);
            }
        }
        // A step that was taken out and comes again has still been begun and done when it was.
        let told = self.now.steps.iter().filter(|step| step.state != Step::ToDo);
        let told: Vec<(String, Step)> = told.map(|step| (step.id.clone(), step.state)).collect();
        told.into_iter().for_each(|(step, state)| self.came(step, state));
        self.versions.push(version);
    }

    fn came(&mut self, step: String, state: Step) {
        match state {
            Step::ToDo => {
                self.began.remove(&step);
                self.ended.remove(&step);
            }
            Step::Started(on) => {
                self.ended.remove(&step);
                self.began.insert(step, on);
            }
            Step::Done(on) => drop(self.ended.insert(step, on)),
        }
    }

    /// The first day that was promised for a step.
    pub fn first_due(&self, step: &str) -> Option<Date> {
        self.first.steps.iter().find(|known| known.id == step)?.due
    }

    /// What its days were worth: days that each step took, from its own beginning to its end or to today, over the days that were first
    /// promised of it. Steps of which nobody said when they began are left out.
    pub fn times(&self, today: Date) -> Vec<Past> {
        let past = |step: &crate::plan::Step| {
            let (began, ended) = (*self.began.get(&step.id)?, self.ended.get(&step.id).copied());
            (began <= today).then(|| Past {
                class: step.class.clone(),
                promised: step.days,
                delivered: f64::from((ended.unwrap_or(today).0 - began.0).max(0)),
                open: ended.is_none(),
            })
        };
        self.first.steps.iter().filter_map(past).collect()
    }

    /// What its money was worth: what savings were found to bring, over what was first promised of them.
    pub fn money(&self) -> Vec<Past> {
        let past = |saving: &crate::plan::Saving| {
            let delivered = self.delivered.get(&saving.id)?.is.pounds;
            Some(Past { class: saving.class.clone(), promised: saving.promised, delivered, open: false })
        };
        self.first.savings.iter().filter_map(past).collect()
    }
}

/// A promise and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Promised {
    /// The promise.
    pub is: Version<Promise>,
    /// What became of it.
    pub kept: Option<Kept>,
}

/// A note on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its place in the log.
    pub seq: u64,
    /// When.
    pub at: Instant,
    /// Who.
    pub who: String,
    /// What.
    pub is: Written,
}

/// How far what was said changed something, for one perspective.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changed {
    /// Statements that people saw.
    pub said: u64,
    /// Of these, answered.
    pub answered: u64,
    /// Of these, those because of which a line, a question, a decision or a plan was changed.
    pub changed: u64,
}

/// Sheets by voter, week, who answers and about whom.
type Sheets = BTreeMap<(String, Date, String, String), Sheet>;

/// What the log adds up to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct State {
    /// The place in the log of the last deed.
    pub seq: u64,
    /// The latest moment of any deed.
    pub newest: Option<Instant>,
    /// The place in the log of the last deed about a question or a decision.
    pub settled: u64,
    /// Who may decide what.
    pub scheme: Option<Scheme>,
    /// The shared story.
    pub lines: BTreeMap<String, Told>,
    /// Conversations, each shared with whoever looks at it while others vote.
    pub talks: BTreeMap<String, Arc<Talk>>,
    /// In which conversation a statement is.
    pub statements: BTreeMap<u64, String>,
    /// Questions.
    pub matters: BTreeMap<String, Matter>,
    /// Decisions recorded.
    pub decisions: Register,
    /// Plans.
    pub plans: BTreeMap<String, Agreed>,
    /// Promises.
    pub promises: BTreeMap<String, Promised>,
    /// What is asked at the joins here, as whoever opens the log says; the weekly pulse at any handover where nothing is said.
    pub instruments: Arc<Vec<Instrument>>,
    /// Sheets by instrument and handover: one a voter, week and side.
    pub pulses: BTreeMap<(String, String), Sheets>,
    /// Minutes of meetings about neither a conversation nor a question, by what they were about.
    pub minutes: BTreeMap<String, BTreeMap<String, u64>>,
    /// Notes by page.
    pub notes: BTreeMap<String, Vec<Note>>,
    /// Reasons given for looking at single journeys.
    pub reasons: Vec<Note>,
    /// Single journeys that were opened.
    pub looked: Vec<Note>,
    /// From a thing of the log to what caused it, with when: a walk on these is the loop.
    pub because: Vec<(String, String, Instant)>,
    /// Deeds that could not be, and why.
    pub refused: Vec<(u64, String)>,
    /// What was done, oldest first, as far as it is told deed by deed ([`Act::told`]).
    pub done: Vec<Done>,
}

/// Whether a cause is something that people said.
pub fn was_said(cause: &str) -> bool {
    cause.starts_with("statement/") || cause.starts_with("conversation/")
}

/// Who did what to which, because of what.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// Its place in the log.
    pub seq: u64,
    /// When.
    pub at: Instant,
    /// Who.
    pub who: String,
    /// "recorded a decision"
    pub did: &'static str,
    /// "decision/share-the-money"
    pub what: String,
    /// Because of what.
    pub because: Vec<String>,
}

impl State {
    /// What a log adds up to. A deed that cannot be is set aside in `refused`, and the rest stands.
    pub fn of(deeds: impl IntoIterator<Item = Deed>) -> State {
        let mut state = State::default();
        for deed in deeds {
            state.follow(deed);
        }
        state
    }

    /// Takes in what the log holds. It was checked when it was written, by the rules of then: what later rules would not take stays.
    /// What makes no sense by itself is set aside.
    pub fn follow(&mut self, deed: Deed) {
        let fits = match &deed.act {
            // What cannot be scored by the instruments of now is left out.
            Act::Pulse(_) => self.check(&deed.who, deed.at, &deed.because, &deed.act),
            act => check::fits(act),
        };
        match fits {
            Ok(()) => self.take(deed),
            Err(wrong) => {
                self.seq = deed.seq;
                self.refused.push((deed.seq, wrong.to_string()));
            }
        }
    }

    /// Takes a deed in.
    ///
    /// # Errors
    /// When it cannot be; the state is then as it was.
    pub fn apply(&mut self, deed: Deed) -> Result<(), Refusal> {
        self.check(&deed.who, deed.at, &deed.because, &deed.act)?;
        self.take(deed);
        Ok(())
    }

    fn take(&mut self, deed: Deed) {
        let Deed { seq, at, who, because, act } = deed;
        self.seq = seq;
        self.newest = self.newest.max(Some(at));
        let did = act.did().1;
        if did.starts_with("decision/") {
            self.settled = seq;
        }
        if let Some(told) = act.told() {
            let (who, because) = (who.clone(), because.clone());
            self.done.push(Done { seq, at, who, did: told, what: did.clone(), because });
        }
        if !because.is_empty() {
            self.because.extend(because.iter().map(|cause| (did.clone(), cause.clone(), at)));
        }
        self.change(seq, at, who, because, act);
    }

    fn change(&mut self, seq: u64, at: Instant, who: String, because: Vec<String>, act: Act) {
        match act {
            Act::Scheme(rows) => self.scheme = Scheme::new(rows).ok(),
            Act::Line(is) => {
                let told = self.lines.entry(is.id.clone()).or_default();
                told.held.clear();
                told.versions.push(Version { seq, at, who, because, is });
            }
            Act::Standing(one) => {
                if let Some(told) = self.lines.get_mut(&one.line) {
                    told.held.insert(one.perspective, one.disputed);
                }
            }
            Act::Conversation(is) => {
                let talk = Arc::make_mut(self.talks.entry(is.id.clone()).or_default());
                talk.is = is;
                talk.versions.push(seq);
            }
            Act::Statement(is) => {
                let Some(talk) = self.talks.get_mut(&is.conversation).map(Arc::make_mut) else { return };
                let known = opinion::Statement {
                    text: if is.in_english.is_empty() { is.text.clone() } else { is.in_english.clone() },
                    at: Some(at.0 * 1000),
                    moderation: opinion::Moderation::Out,
                    ..Default::default()
                };
                talk.told.statements.insert(seq, known.clone());
                talk.votes.statements.insert(seq, known);
                self.statements.insert(seq, is.conversation.clone());
                let said = Said {
                    number: talk.statements.len() as u64 + 1,
                    at,
                    who,
                    is,
                    translations: BTreeMap::new(),
                    rulings: Vec::new(),
                    appeal: None,
                    asked: Vec::new(),
                    answer: None,
                };
                talk.statements.insert(seq, said);
            }
            Act::Translation(one) => {
                let Some(talk) = self.talk_of(one.statement) else { return };
                if one.language == "en" {
                    for votes in [&mut talk.votes, &mut talk.told] {
                        votes.statements.entry(one.statement).or_default().text.clone_from(&one.text);
                    }
                }
                if let Some(said) = talk.statements.get_mut(&one.statement) {
                    match one.language.as_str() {
                        "en" => said.is.in_english = one.text,
                        _ => drop(said.translations.insert(one.language, one.text)),
                    }
                }
            }
            Act::Moderation(one) => {
                let Some(talk) = self.talk_of(one.statement) else { return };
                let moderation = match one.ruling {
                    Ruling::In => opinion::Moderation::In,
                    Ruling::Out(_) | Ruling::SameAs(_) => opinion::Moderation::Out,
                };
                for votes in [&mut talk.votes, &mut talk.told] {
                    if let Some(known) = votes.statements.get_mut(&one.statement) {
                        known.moderation = moderation;
                    }
                }
                if let Some(said) = talk.statements.get_mut(&one.statement) {
                    said.appeal = None;
                    said.rulings.push(Ruled { at, who, ruling: one.ruling });
                }
            }
            Act::Appeal(one) => {
                if let Some(said) = self.talk_of(one.statement).and_then(|talk| talk.statements.get_mut(&one.statement))
                {
                    said.appeal = Some(one.words);
                    said.asked.push(at);
                }
            }
            Act::Vote(one) => {
                let (Some(choice), Some(participant)) = (one.chosen(), voter(&who)) else { return };
                let Some(talk) = self.talk_of(one.statement) else { return };
                talk.vote(one, choice, participant, at);
            }
            Act::Answer(one) => {
                if let Some(said) = self.talk_of(one.statement).and_then(|talk| talk.statements.get_mut(&one.statement))
                {
                    said.answer = Some(Version { seq, at, who, because, is: one.answer });
                }
            }
            Act::Minutes(one) => {
                let talk = one.about.strip_prefix("conversation/").and_then(|id| self.talks.get_mut(id));
                let minutes = match talk {
                    Some(talk) => &mut Arc::make_mut(talk).minutes,
                    None => self.minutes.entry(one.about).or_default(),
                };
                *minutes.entry(one.perspective).or_default() += u64::from(one.minutes);
            }
            Act::Question(is) => {
                if let Some(known) = self.matters.get_mut(&is.id) {
                    known.corrected = Some((seq, at));
                    known.is.is = is;
                    known.opened = None; // nobody had voted, and now they may
                    return;
                }
                let matter = Matter {
                    corrected: None,
                    changed: BTreeMap::new(),
                    review_on: None,
                    redacted: BTreeMap::new(),
                    reviews_before: Vec::new(),
                    drafts: Vec::new(),
                    heard: Vec::new(),
                    interests: Vec::new(),
                    ballots: BTreeMap::new(),
                    sealed: BTreeMap::new(),
                    opened: None,
                    recorded: None,
                    rang: Vec::new(),
                    review: None,
                    is: Version { seq, at, who, because, is },
                };
                self.matters.insert(matter.is.is.id.clone(), matter);
            }
            Act::Choices(one) => {
                let Some(matter) = self.matters.get_mut(&one.question) else { return };
                let mut all: Vec<decision::Choice> = matter.is.is.options.clone().into();
                // Before "change nothing", which stays last.
                let last = all.iter().position(|choice| choice.id == decision::CHANGE_NOTHING).unwrap_or(all.len());
                all.splice(last..last, one.add);
                let has_stood = !matter.have_said().is_empty();
                for (option, effects) in one.effects {
                    for choice in all.iter_mut().filter(|choice| choice.id == option && choice.effects != effects) {
                        choice.effects.clone_from(&effects);
                        if has_stood {
                            matter.changed.insert(option.clone(), at);
                        }
                    }
                }
                if let Ok(options) = Options::new(all) {
                    matter.is.is.options = options;
                }
            }
            Act::Draft(one) => {
                if let Some(matter) = self.matters.get_mut(&one.draft.id) {
                    matter.drafts.push(Version { seq, at, who, because, is: one.draft });
                }
            }
            Act::Voice(one) => {
                if let Some(matter) = self.matters.get_mut(&one.question) {
                    matter.heard.push(Voiced { at, who, is: one.voice });
                }
            }
            Act::Interest(one) => {
                if let Some(matter) = self.matters.get_mut(&one.question) {
                    if one.interest.handled != decision::Handled::Noted {
                        // What it has said already does not count either, and is not opened.
                        matter.ballots.remove(&one.interest.member);
                        matter.sealed.remove(&one.interest.member);
                    }
                    matter.interests.push(one.interest);
                }
            }
            Act::Ballot(one) => {
                if let Some(matter) = self.matters.get_mut(&one.question) {
                    let BallotCast { member, ballot, draft, .. } = one;
                    stand(matter.ballots.entry(member).or_default(), Stood { at, ballot, draft });
                }
            }
            Act::Sealed(one) => {
                if let Some(matter) = self.matters.get_mut(&one.question) {
                    matter.sealed.insert(one.member, one.sealed);
                }
            }
            Act::Opened(one) => {
                if let Some(matter) = self.matters.get_mut(&one.question) {
                    matter.opened = Some(one);
                }
            }
            Act::Decision(one) => {
                let Some(decision) = Decision::kept(one.decision) else { return };
                if let Some(matter) = self.matters.get_mut(&decision.id) {
                    matter.recorded = Some(Version { seq, at, who, because, is: () });
                    matter.review_on = Some(decision.review_on());
                }
                // check() has seen that it can be added.
                let _ = self.decisions.add(decision);
            }
            Act::Redaction(one) => {
                if let Some(matter) = self.matters.get_mut(&one.decision) {
                    matter.redacted.insert(one.field, one.reason);
                }
            }
            Act::Rang(one) => {
                if let Some(matter) = self.matters.get_mut(&one.decision) {
                    matter.rang.push((at, one));
                }
            }
            Act::Review(one) => {
                if let Some(matter) = self.matters.get_mut(&one.decision) {
                    let newest = matter.review.replace(Version { seq, at, who, because, is: one });
                    matter.reviews_before.extend(newest);
                }
            }
            Act::Plan(is) => {
                let version = Version { seq, at, who, because, is };
                match self.plans.get_mut(&version.is.plan.id) {
                    Some(agreed) => agreed.follow(version),
                    None => drop(self.plans.insert(version.is.plan.id.clone(), Agreed::new(version))),
                }
            }
            Act::Progress(one) => {
                let Some(agreed) = self.plans.get_mut(&one.plan) else { return };
                agreed.now.steps.iter_mut().filter(|step| step.id == one.step).for_each(|step| step.state = one.state);
                agreed.came(one.step, one.state);
            }
            Act::Delivered(is) => {
                let Some(agreed) = self.plans.get_mut(&is.plan) else { return };
                let banked = Some(Banked { pounds: is.pounds, on: is.on });
                agreed.now.savings.iter_mut().filter(|one| one.id == is.saving).for_each(|one| one.delivered = banked);
                agreed.delivered.insert(is.saving.clone(), Version { seq, at, who, because, is });
            }
            Act::Cycle(one) => {
                if let Some(agreed) = self.plans.get_mut(&one.plan) {
                    agreed.cycles.insert(one.id.clone(), one);
                }
            }
            Act::Rock(one) => {
                if let Some(agreed) = self.plans.get_mut(&one.plan) {
                    agreed.now.rocks.push(one.rock);
                }
            }
            Act::Cleared(one) => {
                let Some(agreed) = self.plans.get_mut(&one.plan) else { return };
                agreed.now.rocks.iter_mut().filter(|rock| rock.id == one.rock).for_each(|r| r.cleared = Some(one.on));
                agreed.how.insert(one.rock, one.how);
            }
            Act::Promise(is) => {
                let promised = Promised { is: Version { seq, at, who, because, is }, kept: None };
                self.promises.insert(promised.is.is.id.clone(), promised);
            }
            Act::Kept(one) => {
                if let Some(promised) = self.promises.get_mut(&one.promise) {
                    promised.kept = Some(one);
                }
            }
            Act::Pulse(one) => {
                let sheets = self.pulses.entry((one.instrument, one.handover)).or_default();
                sheets.insert((who, one.sheet.week, one.sheet.by.clone(), one.sheet.about.clone()), one.sheet);
            }
            Act::Note(is) => {
                self.notes.entry(is.about.clone()).or_default().push(Note { seq, at, who, is });
            }
            Act::Reason(is) => self.reasons.push(Note { seq, at, who, is }),
            Act::Looked(is) => self.looked.push(Note { seq, at, who, is }),
        }
    }

    fn talk_of(&mut self, statement: u64) -> Option<&mut Talk> {
        self.talks.get_mut(self.statements.get(&statement)?).map(Arc::make_mut)
    }

    /// A statement by its id.
    pub fn statement(&self, id: u64) -> Option<(&Talk, &Said)> {
        let talk = self.talks.get(self.statements.get(&id)?)?;
        Some((talk, talk.statements.get(&id)?))
    }

    /// You said, so we: by perspective, how much of what people said was answered, and how much changed something.
    pub fn changes(&self) -> BTreeMap<String, Changed> {
        let changing = ["line/", "decision/", "plan/", "rock/", "promise/"];
        let causes: std::collections::BTreeSet<u64> = self
            .because
            .iter()
            .filter(|(what, ..)| changing.iter().any(|kind| what.starts_with(kind)))
            .filter_map(|(_, cause, _)| cause.strip_prefix("statement/")?.parse().ok())
            .collect();
        let mut all: BTreeMap<String, Changed> = BTreeMap::new();
        for talk in self.talks.values().filter(|talk| !talk.is.elsewhere) {
            for (id, said) in talk.statements.iter().filter(|(_, said)| said.is_in()) {
                let one = all.entry(said.is.perspective.clone()).or_default();
                one.said += 1;
                one.answered += u64::from(said.answer.is_some());
                one.changed += u64::from(causes.contains(id));
            }
        }
        all
    }

    /// How many new versions of lines and of plans came because of what was said, and how many there were in all.
    pub fn moved(&self) -> (u64, u64) {
        let said = |because: &Vec<String>| u64::from(because.iter().any(|cause| was_said(cause)));
        // the first of each is no change
        let lines = self.lines.values().flat_map(|told| told.versions.iter().skip(1).map(|version| &version.because));
        let plans = self.plans.values().flat_map(|plan| plan.versions.iter().skip(1).map(|version| &version.because));
        lines.chain(plans).fold((0, 0), |(moved, all), because| (moved + said(because), all + 1))
    }

    /// What is asked at the joins.
    pub fn instruments(&self) -> &[Instrument] {
        if self.instruments.is_empty() { std::slice::from_ref(Instrument::pulse()) } else { &self.instruments }
    }

    /// Each answer of one instrument at one handover, beside its person.
    pub fn sheets(&self, instrument: &str, handover: &str) -> impl Iterator<Item = (&str, &Sheet)> {
        let known = self.pulses.get(&(instrument.to_owned(), handover.to_owned()));
        known.into_iter().flatten().map(|((who, ..), sheet)| (who.as_str(), sheet))
    }

    /// How many answers of the log fit no question that is asked here now, and are left out.
    pub fn unscored(&self) -> usize {
        self.refused.iter().filter(|(_, why)| why.starts_with("sheet: ")).count()
    }

    /// The members of the body that settles a question, on a day; the body's own voice where no scheme names seats.
    ///
    /// # Errors
    /// When the scheme knows no such body on that day.
    pub fn roll(&self, body: &str, on: Date) -> Result<Roll, crate::scheme::SchemeError> {
        self.scheme.as_ref().map_or_else(|| Ok(Roll::default()), |scheme| scheme.roll(body, on))
    }

    /// The seats whose votes count on a question: those of this moment, and once it is closed or recorded those of that day.
    ///
    /// # Errors
    /// When the scheme knows no such body on that day.
    pub fn seats(&self, matter: &Matter, at: Instant) -> Result<Roll, crate::scheme::SchemeError> {
        let at = matter.recorded.as_ref().map_or(at, |recorded| recorded.at);
        let question = &matter.is.is;
        self.roll(&question.body, day_of(at.min(Instant(question.closes))))
    }
}

/// The number of a voter, from `voter/` and 16 hexadecimal digits.
pub(super) fn voter(who: &str) -> Option<u64> {
    let digits = who.strip_prefix("voter/").filter(|digits| digits.len() == 16)?;
    u64::from_str_radix(digits, 16).ok()
}

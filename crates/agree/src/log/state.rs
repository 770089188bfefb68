//! What the log adds up to. Every page is a view of this, and of nothing else that people said.

use super::*;
use crate::decision::{self, Decision, Register, Stage, Standing, standings};
use crate::opinion;
use crate::plan::Plan;
use crate::scheme::Scheme;
use crate::trust::Instrument;
use crate::vote::{Ballots, Lot, Member, Open, Ranking, Roll, Say, VoteError};
use std::sync::Arc;

/// A perspective whose share of the air is told, beside its fair share.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Air {
    /// Whose.
    pub perspective: String,
    /// Statements that people saw.
    pub statements: u64,
    /// Votes.
    pub votes: u64,
    /// People who cast them.
    pub voters: u64,
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

/// A statement, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// When.
    pub at: Instant,
    /// Who wrote it. Pages show role and perspective alone.
    pub who: String,
    /// What was said.
    pub is: Statement,
    /// What moderators decided, oldest first, with when.
    pub rulings: Vec<(Instant, Ruling)>,
    /// The appeal that nobody has ruled on since.
    pub appeal: Option<String>,
    /// The answer that it got, when, and because of what.
    pub answer: Option<Version<Answer>>,
}

impl Said {
    /// Whether people see it.
    pub fn is_in(&self) -> bool {
        matches!(self.rulings.last(), Some((_, Ruling::In)))
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
    /// Statements by id.
    pub statements: BTreeMap<u64, Said>,
    /// All votes. A voter is a number that means nothing elsewhere.
    pub votes: opinion::Conversation,
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

    /// Who has had how much of the air so far, smallest ratio first; those who must be heard and were not are there with noughts.
    pub fn air(&self) -> Vec<Air> {
        let sum: f64 = self.is.perspectives.values().sum();
        let mut air: BTreeMap<&str, Air> = BTreeMap::new();
        for (name, share) in &self.is.perspectives {
            air.entry(name).or_default().fair = if sum > 0.0 { share / sum } else { 0.0 };
        }
        for said in self.statements.values().filter(|said| said.is_in()) {
            air.entry(&said.is.perspective).or_default().statements += 1;
        }
        for (voter, perspective) in &self.votes.perspectives {
            let one = air.entry(perspective).or_default();
            one.votes += self.votes.votes_of(*voter) as u64;
            one.voters += 1;
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

/// A question to be settled, from asked to reviewed.
#[derive(Debug, Clone, PartialEq)]
pub struct Matter {
    /// The question, with its options as they stand now.
    pub is: Version<Question>,
    /// Drafts, oldest first.
    pub drafts: Vec<Version<Draft>>,
    /// Perspectives heard; the last that one said counts.
    pub heard: Vec<Voiced>,
    /// Interests declared.
    pub interests: Vec<Interest>,
    /// Where members stand, the last of each, with when.
    pub ballots: BTreeMap<String, (Instant, Ballot)>,
    /// Sealed votes, the last of each member.
    pub sealed: BTreeMap<String, String>,
    /// The same, opened.
    pub opened: Option<Opened>,
    /// When it was recorded.
    pub recorded: Option<Version<()>>,
    /// Stop rules that rang, with when we were told.
    pub rang: Vec<(Instant, Rang)>,
    /// The newest review.
    pub review: Option<Version<Reviewed>>,
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
        /// The whole count.
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
            return match &self.review {
                Some(_) => (Stage::Reviewed, Vec::new()),
                None => (Stage::Decided, vec!["its review".into()]),
            };
        }
        let question = &self.is.is;
        let silent = || {
            let on = |(member, (_, ballot)): (&String, &(Instant, Ballot))| ballot.stance(member);
            let mut stances: Vec<Stance> = self.ballots.iter().filter_map(on).collect();
            if stances.is_empty()
                && let Some(member) = self.ballots.keys().chain(self.sealed.keys()).next()
            {
                // Somebody has voted; how is not said.
                let position = Position::CanLiveWith;
                stances.push(Stance { member: member.clone(), option: String::new(), position, note: String::new() });
            }
            stances
        };
        let of = decision::Question {
            id: question.id.clone(),
            question: question.question.clone(),
            options: question.options.clone(),
            must_be_heard: question.must_be_heard.clone(),
            heard: self.voices(),
            stances: silent(),
        };
        of.stage()
    }

    /// What each perspective said last, in the order in which they were first heard.
    pub fn voices(&self) -> Vec<Voice> {
        let mut voices: Vec<Voice> = Vec::new();
        for one in &self.heard {
            match voices.iter_mut().find(|known| known.perspective == one.is.perspective) {
                Some(known) => *known = one.is.clone(),
                None => voices.push(one.is.clone()),
            }
        }
        voices
    }

    /// Where members stand, as far as that is open: nothing of a sealed vote before it is opened.
    pub fn stances(&self) -> Vec<Stance> {
        match (&self.is.is.sealed, &self.opened) {
            (None, _) => self.ballots.iter().filter_map(|(member, (_, ballot))| ballot.stance(member)).collect(),
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
        let members: Vec<String> = roll.members().map(|member| member.id.clone()).collect();
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
            let interest = self
                .interests
                .iter()
                .find(|interest| interest.member == member.id && !matches!(interest.handled, decision::Handled::Noted));
            interest.map_or_else(|| member.clone(), |interest| member.clone().conflicted(&interest.what))
        };
        let roll = Roll::new(roll.members().map(conflicted))?;
        let papers: Vec<(String, Ballot)> = match &self.opened {
            // A secret paper has lost its name; any voter of its perspective who has none yet stands for it.
            Some(opened) => {
                let mut free: Vec<&String> = opened.voted.iter().collect();
                let mut papers = Vec::new();
                for paper in &opened.papers {
                    let speaks = |voter: &&String| {
                        roll.members().any(|one| one.id == **voter && one.perspective == paper.perspective)
                    };
                    let member = match &paper.member {
                        Some(member) => Some(member.clone()),
                        None => free.iter().position(speaks).map(|at| free.remove(at).clone()),
                    };
                    papers.extend(member.map(|member| (member, paper.ballot.clone())));
                }
                papers
            }
            None => self.ballots.iter().map(|(member, (_, ballot))| (member.clone(), ballot.clone())).collect(),
        };
        let ids: Vec<String> = question.options.all().iter().map(|choice| choice.id.clone()).collect();
        match question.rule {
            Rule::Schulze { .. } | Rule::Transferable { .. } => {
                let order = |ballot: &Ballot| {
                    let Ballot::Order(order) = ballot else { return None };
                    let known: Vec<usize> =
                        order.iter().filter_map(|id| ids.iter().position(|known| known == id)).collect();
                    let rest: Vec<usize> = (0..ids.len()).filter(|at| !known.contains(at)).collect();
                    let places = known.into_iter().map(|at| vec![at]).chain((!rest.is_empty()).then_some(rest));
                    Ranking::new(places).ok()
                };
                let cast = count(roll, papers.iter().filter_map(|(member, ballot)| Some((member, order(ballot)?))))?;
                let elected = cast.elect(&question.rule, &ids, Lot::new(&question.id))?;
                let chosen = elected.chosen.iter().map(|at| ids[*at].clone()).collect();
                Ok(Verdict::Order { chosen, elected })
            }
            _ => {
                let say = |ballot: &Ballot| match ballot {
                    Ballot::On { option: on, position, .. } if on == option => match position {
                        Position::Supports => Say::For,
                        Position::CanLiveWith => Say::Pass,
                        Position::Concern { reason } => Say::Against { reason: reason.clone() },
                    },
                    // Who is for another option is not for this one, and has not objected to it.
                    Ballot::On { position: Position::Supports, .. } => Say::Against { reason: String::new() },
                    _ => Say::Pass,
                };
                let cast = count(roll, papers.iter().map(|(member, ballot)| (member, say(ballot))))?;
                Ok(Verdict::On(cast.settle(&question.rule)?))
            }
        }
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

fn count<'a, V: Ord>(roll: Roll, votes: impl Iterator<Item = (&'a String, V)>) -> Result<Ballots<Open, V>, VoteError> {
    let mut cast = Ballots::sealed(roll, Instant(0), Instant(1), Secrecy::Named)?;
    for (member, vote) in votes {
        match cast.cast(member, vote, Instant(0)) {
            // Who declared an interest later, or sits here no more, does not count.
            Ok(_) | Err(VoteError::Conflicted { .. } | VoteError::NotOnRoll { .. }) => {}
            Err(wrong) => return Err(wrong),
        }
    }
    cast.open(Instant(1)).map_err(|_| VoteError::Times)
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
    /// The same of the last deed about a question or a decision.
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

    /// Takes a deed in, or sets it aside.
    pub fn follow(&mut self, deed: Deed) {
        let seq = deed.seq;
        if let Err(wrong) = self.apply(deed) {
            self.seq = seq;
            self.refused.push((seq, wrong.to_string()));
        }
    }

    /// Takes a deed in.
    ///
    /// # Errors
    /// When it cannot be; the state is then as it was.
    pub fn apply(&mut self, deed: Deed) -> Result<(), Refusal> {
        self.check(&deed.who, deed.at, &deed.because, &deed.act)?;
        let Deed { seq, at, who, because, act } = deed;
        self.seq = seq;
        let did = act.did().1;
        if did.starts_with("decision/") {
            self.settled = seq;
        }
        if !because.is_empty() {
            self.because.extend(because.iter().map(|cause| (did.clone(), cause.clone(), at)));
        }
        self.change(seq, at, who, because, act);
        Ok(())
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
                let talk = self.talks.entry(is.id.clone()).or_default();
                Arc::make_mut(talk).is = is;
            }
            Act::Statement(is) => {
                let Some(talk) = self.talks.get_mut(&is.conversation).map(Arc::make_mut) else { return };
                let known = opinion::Statement {
                    text: if is.in_english.is_empty() { is.text.clone() } else { is.in_english.clone() },
                    at: Some(at.0 * 1000),
                    moderation: opinion::Moderation::Out,
                    ..Default::default()
                };
                talk.votes.statements.insert(seq, known);
                self.statements.insert(seq, is.conversation.clone());
                let said = Said { at, who, is, rulings: Vec::new(), appeal: None, answer: None };
                talk.statements.insert(seq, said);
            }
            Act::Moderation(one) => {
                let Some(talk) = self.talk_of(one.statement) else { return };
                let moderation = match one.ruling {
                    Ruling::In => opinion::Moderation::In,
                    Ruling::Out(_) | Ruling::SameAs(_) => opinion::Moderation::Out,
                };
                if let Some(known) = talk.votes.statements.get_mut(&one.statement) {
                    known.moderation = moderation;
                }
                if let Some(said) = talk.statements.get_mut(&one.statement) {
                    said.appeal = None;
                    said.rulings.push((at, one.ruling));
                }
            }
            Act::Appeal(one) => {
                if let Some(said) = self.talk_of(one.statement).and_then(|talk| talk.statements.get_mut(&one.statement))
                {
                    said.appeal = Some(one.words);
                }
            }
            Act::Vote(one) => {
                let (Some(choice), Some(participant)) = (one.chosen(), voter(&who)) else { return };
                let Some(talk) = self.talk_of(one.statement) else { return };
                let vote = opinion::Vote { participant, statement: one.statement, choice, at: Some(at.0 * 1000) };
                talk.votes.cast(vote);
                *talk.via.entry(one.via).or_default() += 1;
                if !one.perspective.is_empty() {
                    talk.votes.perspectives.insert(participant, one.perspective);
                }
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
                let matter = Matter {
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
                for (option, effects) in one.effects {
                    all.iter_mut().filter(|choice| choice.id == option).for_each(|c| c.effects.clone_from(&effects));
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
                    matter.interests.push(one.interest);
                }
            }
            Act::Ballot(one) => {
                if let Some(matter) = self.matters.get_mut(&one.question) {
                    matter.ballots.insert(one.member, (at, one.ballot));
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
                let Ok(decision) = Decision::try_from(one.decision) else { return };
                if let Some(matter) = self.matters.get_mut(&decision.id) {
                    matter.recorded = Some(Version { seq, at, who, because, is: () });
                }
                // check() has seen that it can be added.
                let _ = self.decisions.add(decision);
            }
            Act::Rang(one) => {
                if let Some(matter) = self.matters.get_mut(&one.decision) {
                    matter.rang.push((at, one));
                }
            }
            Act::Review(one) => {
                if let Some(matter) = self.matters.get_mut(&one.decision) {
                    matter.review = Some(Version { seq, at, who, because, is: one });
                }
            }
            Act::Plan(is) => {
                let now = is.plan.clone();
                let version = Version { seq, at, who, because, is };
                match self.plans.get_mut(&now.id) {
                    Some(agreed) => {
                        agreed.now = now;
                        agreed.versions.push(version);
                    }
                    None => {
                        let (cycles, how) = (BTreeMap::new(), BTreeMap::new());
                        self.plans.insert(now.id.clone(), Agreed { versions: vec![version], now, cycles, how });
                    }
                }
            }
            Act::Progress(one) => {
                let Some(agreed) = self.plans.get_mut(&one.plan) else { return };
                agreed.now.steps.iter_mut().filter(|step| step.id == one.step).for_each(|step| step.state = one.state);
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
        for talk in self.talks.values() {
            for (id, said) in talk.statements.iter().filter(|(_, said)| said.is_in()) {
                let one = all.entry(said.is.perspective.clone()).or_default();
                one.said += 1;
                one.answered += u64::from(said.answer.is_some());
                one.changed += u64::from(causes.contains(id));
            }
        }
        all
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
}

/// The number of a voter, from `voter/` and 16 hexadecimal digits.
pub(super) fn voter(who: &str) -> Option<u64> {
    let digits = who.strip_prefix("voter/").filter(|digits| digits.len() == 16)?;
    u64::from_str_radix(digits, 16).ok()
}

//! Who did what to which, because of what: everything that people say and settle is one log of [`Deed`]s, and [`State`] is what it
//! adds up to. Nothing is edited: a new deed says what is so from now on, and its `because` leads to what caused it.
//!
//! | They | do it to | [`Act`] |
//! | --- | --- | --- |
//! | adapt, weigh | a line of the shared story | `line`, `standing` |
//! | say, decide, weigh, hear | a conversation and its statements | `conversation`, `statement`, `translation`, `moderation`, `appeal`, `vote`, `answer`, `minutes` |
//! | say, adapt, hear, weigh, decide, keep, learn | a question and its decision | `question`, `choices`, `draft`, `voice`, `interest`, `ballot`, `sealed`, `opened`, `decision`, `redaction`, `rang`, `review` |
//! | commit, keep, learn | a plan, its steps and its money | `plan`, `progress`, `delivered`, `cycle` |
//! | say, clear | a rock | `rock`, `cleared` |
//! | commit, keep | a promise between two parties | `promise`, `kept` |
//! | weigh | a handover, as two teams find it | `pulse` |
//! | delegate | who may decide what | `scheme` |
//! | say | a page, or a point of it | `note`, `reason`, `looked` |
//!
//! ```
//! use agree::log::*;
//! use domain::Instant;
//! let mut state = State::default();
//! let deed = |seq, act| {
//!     let because = vec!["/handovers/ward-to-home-care".into()];
//!     Deed { seq, at: Instant(1_763_000_000), who: "Flow lead, Rivermead".into(), because, act }
//! };
//! let line = |text: &str| Act::Line(Line { id: "home".into(), kind: Kind::Why, text: text.into(), ..Line::default() });
//! state.apply(deed(1, line("People belong at home")))?;
//! state.apply(deed(2, line("Nobody should be in hospital who could be at home")))?;
//! assert_eq!(state.lines["home"].versions.len(), 2);
//! assert_eq!(state.lines["home"].now().text, "Nobody should be in hospital who could be at home");
//! # Ok::<(), Refusal>(())
//! ```

mod air;
mod check;
mod state;
#[cfg(test)]
mod tests;
mod words;

pub use check::{Refusal, Why, day_of};
pub use state::{
    Agreed, Air, BATCH, Changed, Done, Matter, Note, Promised, Ruled, Said, State, Stood, Surge, Talk, Told, Verdict,
    Version, Voiced, was_said,
};
pub use words::{LONGEST, STATEMENT, fit, is_address};

use crate::day;
use crate::decision::{Answer, Draft, Effect, Interest, Options, Position, Stance, Voice};
use crate::opinion::Choice;
use crate::plan::{Plan, Rock, State as Progress};
use crate::scheme::{Level, Rows};
use crate::trust::{Instrument, Sheet};
use crate::vote::{Rule, Secrecy};
use domain::{Date, Instant};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who signs what the machine does by itself: it alone opens sealed votes and rings a bell.
pub const MACHINE: &str = "Catchment";

/// Something that somebody did.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    /// Its place in the log, from 1.
    pub seq: u64,
    /// When.
    pub at: Instant,
    /// Who: as they sign ("Flow lead, Rivermead"), or `voter/` and 16 hexadecimal digits that mean nothing beyond one conversation.
    pub who: String,
    /// What caused it: addresses ("/measures/home-care-wait-days?week=2025-11-10") and things of the log ("statement/12").
    pub because: Vec<String>,
    /// What.
    pub act: Act,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum Act {
    /// Who may decide what, from now on: the scheme of delegation, whole.
    Scheme(Rows),
    /// A line of the shared story, new or in new words.
    Line(Line),
    /// What a perspective holds of a line.
    Standing(LineStanding),
    /// A question to many is opened, or its end is moved.
    Conversation(Conversation),
    /// Somebody says something.
    Statement(Statement),
    /// What somebody said, in another language.
    Translation(Translation),
    /// People get to see a statement, or not.
    Moderation(Moderation),
    /// Whoever wrote a statement asks that it be looked at again.
    Appeal(Appeal),
    /// Somebody agrees, disagrees or passes.
    Vote(Vote),
    /// What was done with a statement.
    Answer(Answered),
    /// Minutes that a perspective had in a meeting.
    Minutes(Minutes),
    /// A question to be settled is put, corrected or withdrawn.
    Question(Question),
    /// The options are changed, or what they would do has been tried.
    Choices(Choices),
    /// The decision as it would be recorded; the last one counts.
    Draft(Drafted),
    /// A perspective is heard.
    Voice(VoiceHeard),
    /// An interest is declared.
    Interest(InterestDeclared),
    /// A member says where it stands.
    Ballot(BallotCast),
    /// A member votes, and nobody can read it yet.
    Sealed(SealedBallot),
    /// The sealed votes, opened after the close.
    Opened(Opened),
    /// The decision is recorded.
    Decision(Recorded),
    /// A part of a decision is left out of its public version.
    Redaction(Redacted),
    /// A stop rule rang.
    Rang(Rang),
    /// Expected and actual were laid side by side.
    Review(Reviewed),
    /// A plan, whole: new, or the next version of one.
    Plan(PlanAgreed),
    /// A step begins or ends.
    Progress(StepProgress),
    /// What a saving was found to bring.
    Delivered(Delivered),
    /// Plan, do, study, act.
    Cycle(Cycle),
    /// Something blocks a plan.
    Rock(RockRaised),
    /// It does so no more.
    Cleared(RockCleared),
    /// A promise between two parties.
    Promise(Promise),
    /// It was kept, or was not.
    Kept(Kept),
    /// How one team finds working with another, this week.
    Pulse(Pulse),
    /// A note on a page, or on a point of it.
    Note(Written),
    /// Why single journeys are looked at.
    Reason(Written),
    /// A single journey was opened.
    Looked(Written),
}

/// What a line of the shared story is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Why we are here.
    #[default]
    Why,
    /// A principle that we hold to.
    How,
    /// A priority.
    What,
    /// What a measure is to become, and by when.
    Target,
    /// Something that is so.
    Fact,
}

/// One sentence of the shared story.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Id; a new deed with the same id is its next version.
    pub id: String,
    /// Its kind.
    pub kind: Kind,
    /// The sentence.
    pub text: String,
    /// The line that it hangs on; every target and priority needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<String>,
    /// What a target is tied to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// What shows a fact: an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// The day from which a fact is stale unless it is said again.
    #[serde(default, with = "day::option", skip_serializing_if = "Option::is_none")]
    pub good_until: Option<Date>,
    /// Whether it is told no more.
    #[serde(default, skip_serializing_if = "is_false")]
    pub retired: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn is_false(so: &bool) -> bool {
    !so
}

/// What a measure is to become.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The measure.
    pub measure: String,
    /// Its unit, as it is said after a number.
    #[serde(default)]
    pub unit: String,
    /// What it was.
    pub from: f64,
    /// What it is to be.
    pub to: f64,
    /// By this day.
    #[serde(with = "day")]
    pub by: Date,
}

/// What a perspective holds of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineStanding {
    /// The line.
    pub line: String,
    /// With which voice.
    pub perspective: String,
    /// Whether it agrees; a dispute needs a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disputed: Option<String>,
}

/// A question to many.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversation {
    /// Id; its address is made of it.
    pub id: String,
    /// The question.
    pub question: String,
    /// Why it is asked, and what will be done with what is said.
    pub purpose: String,
    /// Voices that must be heard, each with its fair share of the air; shares are scaled to their sum.
    #[serde(default)]
    pub perspectives: BTreeMap<String, f64>,
    /// Whether anybody may take part without an account.
    #[serde(default)]
    pub open_to_all: bool,
    /// Whether it was held elsewhere and is here to be read: nobody here promised an answer, and it counts for nothing here.
    #[serde(default, skip_serializing_if = "is_false")]
    pub elsewhere: bool,
    /// The deed that this takes the place of, to correct a purpose or move an end; a new conversation has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u64>,
    /// From when, in seconds since 1970.
    pub opens: i64,
    /// Until just before.
    pub closes: i64,
}

/// Who typed in what somebody said or voted elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Helped {
    /// The helper, as they sign.
    pub by: String,
    /// The day on which it was filled in; what was filled in before the close may be typed in after it.
    #[serde(default, with = "day::option", skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
}

/// How words came to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// On their own device.
    #[default]
    Device,
    /// On paper, typed in by a helper.
    Paper,
    /// By phone, with a helper.
    Phone,
    /// In a room, with a helper.
    Room,
}

impl Via {
    /// As it is said to a reader; nothing for the usual way.
    pub const fn words(self) -> &'static str {
        match self {
            Via::Device => "",
            Via::Paper => "on paper, with a helper",
            Via::Phone => "by phone, with a helper",
            Via::Room => "in a room, with a helper",
        }
    }
}

/// The smallest unit of speech. Its id is the place of its deed in the log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// In which conversation.
    pub conversation: String,
    /// The words, in the language that they were said in.
    pub text: String,
    /// With which voice.
    pub perspective: String,
    /// A role and a place, never a name: "Ward sister, Eastbrook".
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// The language, as BCP 47 writes it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// The same in English, where the language is another.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub in_english: String,
    /// How it came.
    #[serde(default)]
    pub via: Via,
    /// Who typed it in, where somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helped: Option<Helped>,
}

/// The words of a statement in another language, beside the original.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Translation {
    /// The statement.
    pub statement: u64,
    /// The language, as BCP 47 writes it.
    pub language: String,
    /// The words in it.
    pub text: String,
}

/// What became of a statement before people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moderation {
    /// The statement.
    pub statement: u64,
    /// What.
    pub ruling: Ruling,
}

/// What a moderator decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ruling {
    /// People see it.
    In,
    /// They do not, because.
    Out(String),
    /// It says what another says, which stands for both.
    SameAs(u64),
}

/// An author asks again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appeal {
    /// The statement.
    pub statement: u64,
    /// Why.
    pub words: String,
}

/// A vote on a statement. The last of one voter counts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// The statement.
    pub statement: u64,
    /// 1 agrees, -1 disagrees, 0 passes.
    pub choice: i8,
    /// With which voice; empty when not said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub perspective: String,
    /// How it came.
    #[serde(default)]
    pub via: Via,
    /// Who typed it in, where somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helped: Option<Helped>,
}

impl Vote {
    pub(crate) fn chosen(&self) -> Option<Choice> {
        Choice::from_number(i64::from(self.choice))
    }
}

/// What was done with a statement; what changed because of it says so in its own `because`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// The statement.
    pub statement: u64,
    /// What was done.
    pub answer: Answer,
}

/// Minutes of a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Minutes {
    /// What the meeting was about: "conversation/…", "decision/…" or a name of its own.
    pub about: String,
    /// Whose.
    pub perspective: String,
    /// How many.
    pub minutes: u32,
}

/// A question to be settled; until somebody has said where they stand, a new deed with the same id corrects or withdraws it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Id; the decision's address is made of it.
    pub id: String,
    /// The question.
    pub question: String,
    /// The body that settles it.
    pub body: String,
    /// The duty under which it does.
    pub duty: String,
    /// Pounds that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pounds: Option<f64>,
    /// At which level.
    pub level: Level,
    /// Why not lower.
    #[serde(default)]
    pub why_not_lower: String,
    /// The options.
    pub options: Options,
    /// Voices that must be heard.
    #[serde(default)]
    pub must_be_heard: Vec<String>,
    /// The conversation in which it is talked over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// How it is settled.
    pub rule: Rule,
    /// Why in this way.
    pub why_this_rule: String,
    /// Whether votes are sealed until the close, and whether they keep their names then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Secrecy>,
    /// From when members may say where they stand, in seconds since 1970.
    pub opens: i64,
    /// Until just before.
    pub closes: i64,
    /// The version that it corrects, by its place in the log; none for a question that is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u64>,
    /// Why it is asked no more; empty while it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub withdrawn: String,
}

/// Options in new words, or with what they would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choices {
    /// The question.
    pub question: String,
    /// Effects found, by option; those of an option take the place of what was known of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub effects: BTreeMap<String, Vec<Effect>>,
    /// An option that is added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add: Option<crate::decision::Choice>,
}

/// The decision as it would be recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drafted {
    /// Its words; what was heard and said is filled in from the log.
    pub draft: Draft,
}

/// A perspective is heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoiceHeard {
    /// The question.
    pub question: String,
    /// Who, what it said and what was done with it.
    pub voice: Voice,
}

/// An interest is declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InterestDeclared {
    /// The question.
    pub question: String,
    /// What it is.
    pub interest: Interest,
}

/// Where a member stands: on one option, or with all of them in order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ballot {
    /// On one option.
    On {
        /// The option.
        option: String,
        /// Where it stands.
        position: Position,
        /// What it adds.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    /// Options, best first; those not named are last together.
    Order(Vec<String>),
}

impl Ballot {
    /// The same without its free words.
    pub fn wordless(self) -> Ballot {
        match self {
            Ballot::On { option, position: Position::Concern { .. }, .. } => {
                Ballot::On { option, position: Position::Concern { reason: String::new() }, note: String::new() }
            }
            Ballot::On { option, position, .. } => Ballot::On { option, position, note: String::new() },
            order @ Ballot::Order(_) => order,
        }
    }

    /// The stance that it is, where it is one.
    pub fn stance(&self, member: &str) -> Option<Stance> {
        match self {
            Ballot::On { option, position, note } => Some(Stance {
                member: member.to_owned(),
                option: option.clone(),
                position: position.clone(),
                note: note.clone(),
            }),
            Ballot::Order(_) => None,
        }
    }
}

/// A member says where it stands. Of each option the last that it says counts, and it supports one at most; of options in order, the
/// last order counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BallotCast {
    /// The question.
    pub question: String,
    /// The seat.
    pub member: String,
    /// Where it stands.
    pub ballot: Ballot,
    /// The wording that it saw: the place of the draft in the log, 0 where none was written yet. A ballot that does not say so takes the
    /// place of all that the member said before, and is of any wording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<u64>,
}

/// A vote that nobody can read yet. The last one counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedBallot {
    /// The question.
    pub question: String,
    /// The seat.
    pub member: String,
    /// The sealed bytes, in hexadecimal.
    pub sealed: String,
}

/// Sealed votes, opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// The question.
    pub question: String,
    /// Who voted, in the order of seats.
    pub voted: Vec<String>,
    /// The votes; each with seat and perspective where votes keep their names, and in an order that tells nothing where they do not.
    pub papers: Vec<OpenedPaper>,
    /// Who voted with what does not open: counted for nobody, and said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spoilt: Vec<String>,
}

/// One vote, opened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenedPaper {
    /// The voice that it was cast with; empty in a secret vote, where it would tell whose it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub perspective: String,
    /// The vote; without its free words in a secret vote.
    pub ballot: Ballot,
    /// Whose; none in a secret vote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
}

/// A decision, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// The record.
    pub decision: Draft,
}

/// A part of a decision whose words the public version leaves out. The record itself keeps them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redacted {
    /// The decision.
    pub decision: String,
    /// Which part: one of [`crate::decision::Decision::parts`].
    pub field: String,
    /// Why; it is published in place of the words.
    pub reason: String,
}

/// A stop rule rang.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rang {
    /// The decision.
    pub decision: String,
    /// Which of its stop rules, from 0.
    pub rule: usize,
    /// The condition held since the period that ended on this day.
    #[serde(with = "day")]
    pub since: Date,
    /// The period that made it ring ended on this day.
    #[serde(with = "day")]
    pub rang: Date,
}

/// A review.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reviewed {
    /// The decision.
    pub decision: String,
    /// What each of its predictions has become, in their order.
    pub actual: Vec<Option<f64>>,
    /// What we make of it.
    pub words: String,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanAgreed {
    /// The plan.
    pub plan: Plan,
    /// The measure that it hopes to move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    /// The version that it takes the place of, by its place in the log; refused when that is no longer the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u64>,
    /// When it is looked at again.
    #[serde(default, with = "day::option", skip_serializing_if = "Option::is_none")]
    pub review_on: Option<Date>,
}

/// A step begins or ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepProgress {
    /// The plan.
    pub plan: String,
    /// The step.
    pub step: String,
    /// How far it has come.
    pub state: Progress,
}

/// What a saving was found to bring; the last one counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivered {
    /// The plan.
    pub plan: String,
    /// The saving.
    pub saving: String,
    /// Pounds, counted as the promise was: a year when recurrent, in all when one-off.
    pub pounds: f64,
    /// The day from which it came.
    #[serde(with = "day")]
    pub on: Date,
    /// What shows it: a budget line that was cut, a ward that was closed, an address.
    pub evidence: String,
}

/// A test of change: plan, do, study, act (Deming).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cycle {
    /// The plan of which it is a part.
    pub plan: String,
    /// Id, unique in the plan; a new deed with the same id is its next version.
    pub id: String,
    /// What is tried, with whom, until when, and what is expected.
    pub try_it: String,
    /// What was done.
    #[serde(default)]
    pub done: String,
    /// What was seen.
    #[serde(default)]
    pub seen: String,
    /// What comes of it: adopt, adapt or abandon, and why.
    #[serde(default)]
    pub so: String,
}

/// Something blocks a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RockRaised {
    /// The plan.
    pub plan: String,
    /// What it is.
    pub rock: Rock,
}

/// A rock is out of the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RockCleared {
    /// The plan.
    pub plan: String,
    /// The rock.
    pub rock: String,
    /// Since when.
    #[serde(with = "day")]
    pub on: Date,
    /// How.
    pub how: String,
}

/// A promise between two parties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// Id.
    pub id: String,
    /// Who promises: a role or a body.
    pub by: String,
    /// To whom.
    pub to: String,
    /// What.
    pub what: String,
    /// At which handover, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handover: Option<String>,
    /// By when.
    #[serde(with = "day")]
    pub due: Date,
    /// How we will know.
    pub how_we_will_know: String,
}

/// What became of a promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The promise.
    pub promise: String,
    /// Since when it is kept; none when it was not.
    #[serde(default, with = "day::option", skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
    /// What shows it, or what came between.
    pub words: String,
}

/// A sheet of the weekly pulse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pulse {
    /// Of which instrument.
    #[serde(default = "pulse", skip_serializing_if = "is_pulse")]
    pub instrument: String,
    /// At which handover.
    pub handover: String,
    /// The answers, without the person.
    pub sheet: Sheet,
}

fn pulse() -> String {
    Instrument::pulse().id.clone()
}

fn is_pulse(id: &String) -> bool {
    *id == Instrument::pulse().id
}

/// Words about a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// The address.
    pub about: String,
    /// The point of it; empty for the whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub point: String,
    /// What was written.
    pub text: String,
}

impl Act {
    /// Whether the machine alone does this: nobody else may say that a bell rang or that sealed votes are open.
    pub const fn is_of_machine(&self) -> bool {
        matches!(self, Act::Opened(_) | Act::Rang(_))
    }

    /// What was done, in words for everybody; `None` for what is never told deed by deed: votes, what somebody answered of another team, who
    /// looked at a single journey, and what is not read yet.
    pub fn told(&self) -> Option<&'static str> {
        Some(match self {
            Act::Scheme(_) => "said who may decide what",
            Act::Line(_) => "wrote a line of our story",
            Act::Standing(_) => "said how a line stands",
            Act::Conversation(_) => "opened or steered a conversation",
            Act::Translation(_) => "translated a statement",
            Act::Moderation(_) => "ruled on a statement",
            Act::Answer(_) => "answered a statement",
            Act::Minutes(_) => "kept the minutes of a meeting",
            Act::Question(_) => "put a question",
            Act::Choices(_) => "set out the choices",
            Act::Draft(_) => "drafted a decision",
            Act::Voice(_) => "heard a voice",
            Act::Interest(_) => "declared an interest",
            Act::Opened(_) => "opened the votes",
            Act::Decision(_) => "recorded a decision",
            Act::Redaction(_) => "left a part out of the public version",
            Act::Rang(_) => "rang a stop rule",
            Act::Review(_) => "reviewed a decision",
            Act::Plan(_) => "agreed a plan",
            Act::Progress(_) => "moved a step",
            Act::Delivered(_) => "said what a saving brought",
            Act::Cycle(_) => "told of a small test",
            Act::Rock(_) => "named what blocks a plan",
            Act::Cleared(_) => "cleared what blocked a plan",
            Act::Promise(_) => "made a promise",
            Act::Kept(_) => "said what became of a promise",
            Act::Note(_) => "wrote a note",
            Act::Statement(_) | Act::Appeal(_) | Act::Vote(_) | Act::Ballot(_) | Act::Sealed(_) => return None,
            Act::Pulse(_) | Act::Reason(_) | Act::Looked(_) => return None,
        })
    }

    /// The verb, and what it was done to: what the log can be searched by.
    pub fn did(&self) -> (&'static str, String) {
        let of = |kind: &str, id: &dyn std::fmt::Display| format!("{kind}/{id}");
        match self {
            Act::Scheme(_) => ("delegate", "scheme".to_owned()),
            Act::Line(line) => ("adapt", of("line", &line.id)),
            Act::Standing(one) => ("weigh", of("line", &one.line)),
            Act::Conversation(one) => ("say", of("conversation", &one.id)),
            Act::Statement(one) => ("say", of("conversation", &one.conversation)),
            Act::Translation(one) => ("say", of("statement", &one.statement)),
            Act::Moderation(one) => ("decide", of("statement", &one.statement)),
            Act::Appeal(one) => ("say", of("statement", &one.statement)),
            Act::Vote(one) => ("weigh", of("statement", &one.statement)),
            Act::Answer(one) => ("hear", of("statement", &one.statement)),
            Act::Minutes(one) => ("say", one.about.clone()),
            Act::Question(one) => ("say", of("decision", &one.id)),
            Act::Choices(one) => ("adapt", of("decision", &one.question)),
            Act::Draft(one) => ("adapt", of("decision", &one.draft.id)),
            Act::Voice(one) => ("hear", of("decision", &one.question)),
            Act::Interest(one) => ("say", of("decision", &one.question)),
            Act::Ballot(one) => ("weigh", of("decision", &one.question)),
            Act::Sealed(one) => ("weigh", of("decision", &one.question)),
            Act::Opened(one) => ("hear", of("decision", &one.question)),
            Act::Decision(one) => ("decide", of("decision", &one.decision.id)),
            Act::Redaction(one) => ("adapt", of("decision", &one.decision)),
            Act::Rang(one) => ("keep", of("decision", &one.decision)),
            Act::Review(one) => ("learn", of("decision", &one.decision)),
            Act::Plan(one) => ("commit", of("plan", &one.plan.id)),
            Act::Progress(one) => ("keep", of("plan", &one.plan)),
            Act::Delivered(one) => ("keep", of("plan", &one.plan)),
            Act::Cycle(one) => ("learn", of("plan", &one.plan)),
            Act::Rock(one) => ("say", of("rock", &format_args!("{}/{}", one.plan, one.rock.id))),
            Act::Cleared(one) => ("clear", of("rock", &format_args!("{}/{}", one.plan, one.rock))),
            Act::Promise(one) => ("commit", of("promise", &one.id)),
            Act::Kept(one) => ("keep", of("promise", &one.promise)),
            Act::Pulse(one) => ("weigh", of("pulse", &one.handover)),
            Act::Note(one) | Act::Reason(one) => ("say", one.about.clone()),
            Act::Looked(one) => ("visit", one.about.clone()),
        }
    }
}

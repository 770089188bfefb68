//! A question, its options, where members stand, and the decision: a prediction with somebody's name under it.
//!
//! A [`Decision`] is made by [`Draft::record`] alone, also when it is read back from JSON, and that refuses a draft without a
//! prediction, a stop rule, an owner and a review date; without every perspective that must be heard; without equal thought for the
//! level below. Records never change: a new one says which it supersedes, and [`Register`] holds that the chain does not fork.
//!
//! ```
//! use agree::decision::*;
//! use domain::Date;
//! let rule = StopRule {
//!     measure: "home-care-wait-days".into(), of: None, when: Condition::AtLeast(4.4), periods: 2, watched_from: None, words: None,
//! };
//! let week = |at: i32, value| Point { ends: Date(20_000 + 7 * at), value };
//! let watch = rule.check(&[week(0, Some(4.1)), week(1, Some(4.6)), week(2, None), week(3, Some(4.4)), week(4, Some(3.9))]);
//! assert_eq!(watch, Watch::Tripped { since: Date(20_007), rang: Date(20_021) });
//! ```

use crate::day;
use crate::scheme::Level;
use domain::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Formatter};

/// The id of the option that is always there.
pub const CHANGE_NOTHING: &str = "change-nothing";

/// Whether more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// Less is better.
    Lower,
    /// More is better.
    Higher,
}

/// Whom an effect falls on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whom {
    /// Everybody.
    All,
    /// People of a place.
    Place(String),
    /// An organisation.
    Organisation(String),
    /// People of the poorest fifth.
    PoorestFifth,
}

/// What an option would do to one measure, against changing nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// The measure.
    pub measure: String,
    /// Whom it falls on.
    pub whom: Whom,
    /// The change expected, in the unit of the measure.
    pub expected: f64,
    /// Its range, lower and upper.
    pub range: [f64; 2],
    /// Which way is better.
    pub better: Better,
    /// The simulation or measure that says so: its address.
    pub evidence: String,
}

/// One option.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Id.
    pub id: String,
    /// In a few words.
    pub title: String,
    /// In a sentence.
    #[serde(default)]
    pub detail: String,
    /// What it would do.
    #[serde(default)]
    pub effects: Vec<Effect>,
}

/// The options of a question; "change nothing" is always one of them, and last when it was not written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Choice>", into = "Vec<Choice>")]
pub struct Options(Vec<Choice>);

impl Options {
    /// Options with "change nothing" among them.
    ///
    /// # Errors
    /// When an id comes twice, or there is nothing to choose but to change nothing.
    pub fn new(mut choices: Vec<Choice>) -> Result<Options, DecisionError> {
        let mut ids = BTreeSet::new();
        if let Some(twice) = choices.iter().find(|choice| !ids.insert(choice.id.clone())) {
            return Err(DecisionError::OptionTwice { option: twice.id.clone() });
        }
        if !ids.contains(CHANGE_NOTHING) {
            choices.push(Choice {
                id: CHANGE_NOTHING.into(),
                title: "Change nothing".into(),
                detail: "What happens if we do not decide".into(),
                effects: Vec::new(),
            });
        }
        if choices.len() < 2 { Err(DecisionError::NoOptions) } else { Ok(Options(choices)) }
    }
    /// All of them.
    pub fn all(&self) -> &[Choice] {
        &self.0
    }
    /// One of them.
    pub fn get(&self, id: &str) -> Option<&Choice> {
        self.0.iter().find(|choice| choice.id == id)
    }
}

impl TryFrom<Vec<Choice>> for Options {
    type Error = DecisionError;
    fn try_from(choices: Vec<Choice>) -> Result<Options, DecisionError> {
        Options::new(choices)
    }
}

impl From<Options> for Vec<Choice> {
    fn from(options: Options) -> Vec<Choice> {
        options.0
    }
}

impl Choice {
    /// Whom it would help and whom it would harm, by effects whose whole range lies on one side.
    pub fn gains_and_losses(&self) -> (Vec<&Effect>, Vec<&Effect>) {
        let good = |effect: &&Effect| match effect.better {
            Better::Lower => effect.range[1] < 0.0,
            Better::Higher => effect.range[0] > 0.0,
        };
        let bad = |effect: &&Effect| match effect.better {
            Better::Lower => effect.range[0] > 0.0,
            Better::Higher => effect.range[1] < 0.0,
        };
        (self.effects.iter().filter(good).collect(), self.effects.iter().filter(bad).collect())
    }
}

/// Kinds of interest, as NHS England's guidance of 2017 and 2024 has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InterestKind {
    /// Money.
    Financial,
    /// A profession or standing.
    NonFinancialProfessional,
    /// Family, faith, cause.
    NonFinancialPersonal,
    /// Of somebody close.
    Indirect,
}

/// What was done about an interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Handled {
    /// Noted; took part in full.
    Noted,
    /// Spoke and did not vote.
    DidNotVote,
    /// Left for this question.
    Left,
}

/// An interest that was declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interest {
    /// Whose seat.
    pub member: String,
    /// Of which kind.
    pub kind: InterestKind,
    /// What it is.
    pub what: String,
    /// What was done about it.
    pub handled: Handled,
}

/// Where a member stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// Supports it.
    Supports,
    /// Can live with it.
    CanLiveWith,
    /// Has a concern about it, and says why.
    Concern {
        /// Why; never empty.
        reason: String,
    },
}

/// What a member says of one option. The last one that it says of an option counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stance {
    /// The member.
    pub member: String,
    /// The option.
    pub option: String,
    /// Where it stands.
    pub position: Position,
    /// What it adds: "if money can move each month".
    #[serde(default)]
    pub note: String,
}

/// Where members stand on one option.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// Members that support it.
    pub supports: Vec<String>,
    /// Members that can live with it.
    pub can_live_with: Vec<String>,
    /// Members that have a concern, and why.
    pub concerns: Vec<(String, String)>,
}

/// Where members stand on each option, and who has not said.
///
/// # Errors
/// When a stance is not about an option, or a concern without a reason. Who is no member is left out.
pub fn standings(
    options: &Options,
    members: &[String],
    stances: &[Stance],
) -> Result<(BTreeMap<String, Standing>, Vec<String>), DecisionError> {
    let mut last: BTreeMap<(&str, &str), &Stance> = BTreeMap::new();
    for stance in stances.iter().filter(|stance| members.contains(&stance.member)) {
        if options.get(&stance.option).is_none() {
            return Err(DecisionError::NoSuchOption { option: stance.option.clone() });
        }
        if matches!(&stance.position, Position::Concern { reason } if reason.trim().is_empty()) {
            return Err(DecisionError::ConcernWithoutReason { member: stance.member.clone() });
        }
        last.insert((&stance.member, &stance.option), stance);
    }
    let mut standings: BTreeMap<String, Standing> =
        options.all().iter().map(|choice| (choice.id.clone(), Standing::default())).collect();
    for stance in last.values() {
        let Some(standing) = standings.get_mut(&stance.option) else { continue };
        match &stance.position {
            Position::Supports => standing.supports.push(stance.member.clone()),
            Position::CanLiveWith => standing.can_live_with.push(stance.member.clone()),
            Position::Concern { reason } => standing.concerns.push((stance.member.clone(), reason.clone())),
        }
    }
    let spoke = |member: &&String| last.keys().any(|(who, _)| *who == member.as_str());
    let silent = members.iter().filter(|member| !spoke(member)).cloned().collect();
    Ok((standings, silent))
}

/// What was done with what a perspective said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Taken up.
    Adopted,
    /// Taken up in another form.
    Adapted(String),
    /// Not taken up, because.
    Declined(String),
    /// It said that it has no view.
    NoView,
}

/// A perspective that was heard, and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voice {
    /// Which perspective.
    pub perspective: String,
    /// What it said, or where that stands.
    pub said: String,
    /// What was done with it.
    pub answer: Answer,
    /// The seat whose objection this answers; none where a perspective was heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
}

/// What is expected of a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prediction {
    /// The measure.
    pub measure: String,
    /// Its unit, as it is said after a number.
    #[serde(default)]
    pub unit: String,
    /// What it is now.
    pub from: f64,
    /// What it will be.
    pub expected: f64,
    /// The range in which it will most likely be, lower and upper.
    pub range: [f64; 2],
    /// By this day.
    #[serde(with = "day")]
    pub by: Date,
}

/// When a value of a measure counts against a decision.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// More than this.
    Above(f64),
    /// This or more.
    AtLeast(f64),
    /// Less than this.
    Below(f64),
    /// This or less.
    AtMost(f64),
}

impl Condition {
    fn holds(self, value: f64) -> bool {
        match self {
            Condition::Above(bar) => value > bar,
            Condition::AtLeast(bar) => value >= bar,
            Condition::Below(bar) => value < bar,
            Condition::AtMost(bar) => value <= bar,
        }
    }
    fn bar(self) -> f64 {
        match self {
            Condition::Above(bar) | Condition::AtLeast(bar) | Condition::Below(bar) | Condition::AtMost(bar) => bar,
        }
    }
}

impl Display for Condition {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Condition::Above(bar) => write!(out, "above {bar}"),
            Condition::AtLeast(bar) => write!(out, "{bar} or more"),
            Condition::Below(bar) => write!(out, "below {bar}"),
            Condition::AtMost(bar) => write!(out, "{bar} or less"),
        }
    }
}

/// When we stop or change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StopRule {
    /// The measure.
    pub measure: String,
    /// Of which place or organisation; without it, of the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// What must not be.
    pub when: Condition,
    /// For how many periods one after the other.
    pub periods: u32,
    /// The first day that counts: "after six weeks".
    #[serde(default, with = "day::option", skip_serializing_if = "Option::is_none")]
    pub watched_from: Option<Date>,
    /// The words in which it was agreed; said beside the rule, never in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

/// One period of a measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Its last day.
    pub ends: Date,
    /// Its value; `None` when it is not known.
    pub value: Option<f64>,
}

/// What a stop rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// Nothing is known yet.
    Unknown,
    /// All is well.
    Quiet,
    /// The condition holds, and not yet for long enough.
    Counting {
        /// Since the period that ended on this day.
        since: Date,
        /// Periods so far.
        periods: u32,
    },
    /// It rang, and stays so: what came later does not undo it.
    Tripped {
        /// The condition held since the period that ended on this day.
        since: Date,
        /// The period that made it ring ended on this day.
        rang: Date,
    },
}

impl StopRule {
    /// Watches a series, in any order. A period whose value is not known neither counts nor breaks a run: a gap in the data never
    /// silences the bell and never rings it.
    pub fn check(&self, series: &[Point]) -> Watch {
        let mut known: Vec<(Date, f64)> = series
            .iter()
            .filter(|point| self.watched_from.is_none_or(|from| from <= point.ends))
            .filter_map(|point| Some((point.ends, point.value.filter(|value| !value.is_nan())?)))
            .collect();
        known.sort_by_key(|point| point.0);
        let mut watch = if known.is_empty() { Watch::Unknown } else { Watch::Quiet };
        for (ends, value) in known {
            watch = match watch {
                _ if !self.when.holds(value) => Watch::Quiet,
                Watch::Counting { since, periods } => Watch::Counting { since, periods: periods + 1 },
                _ => Watch::Counting { since: ends, periods: 1 },
            };
            if let Watch::Counting { since, periods } = watch
                && periods >= self.periods
            {
                return Watch::Tripped { since, rang: ends };
            }
        }
        watch
    }
}

impl Display for StopRule {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.measure)?;
        self.of.iter().try_for_each(|of| write!(out, " of {of}"))?;
        write!(out, " is {}", self.when)?;
        if self.periods != 1 {
            write!(out, " for {} periods", self.periods)?;
        }
        self.words.iter().try_for_each(|words| write!(out, ": {words}"))
    }
}

/// How it was settled, and why in this way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settled {
    /// The rule, as [`crate::vote::Rule::words`] says it.
    pub rule: String,
    /// Why this rule.
    pub because: String,
    /// What came out, as [`crate::vote::Verdict`] says it.
    pub outcome: String,
}

/// What a decision does to people who are treated worse already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Equality {
    /// Who may be worse off.
    pub who_may_lose: String,
    /// What is done about it.
    pub what_we_do: String,
}

/// What is asked about who is treated worse already.
const EQUALITY: &str = "the equality impact: who may lose by it, or “nobody, because …”, and what we do about that";

/// A decision as it would be recorded. What is missing is found by [`Draft::missing`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Id; its address is made of it.
    pub id: String,
    /// The question.
    pub question: String,
    /// What we will do, in a sentence.
    pub we_will: String,
    /// The options.
    pub options: Options,
    /// The option chosen.
    pub chosen: String,
    /// Where several are chosen: the others, in the order of the count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Why it, and not the others.
    pub because: String,
    /// At which level.
    pub level: Level,
    /// Why not lower; needed above a neighbourhood.
    #[serde(default)]
    pub why_not_lower: String,
    /// By what right: the words of [`crate::scheme::Authority`].
    pub authority: String,
    /// How it was settled.
    pub settled: Settled,
    /// Perspectives that must be heard.
    #[serde(default)]
    pub must_be_heard: Vec<String>,
    /// Those that were.
    #[serde(default)]
    pub heard: Vec<Voice>,
    /// Why it could not wait for those that were not; they stay a gap that everybody sees.
    #[serde(default)]
    pub could_not_wait: String,
    /// Where members stood.
    #[serde(default)]
    pub stances: Vec<Stance>,
    /// Interests declared.
    #[serde(default)]
    pub interests: Vec<Interest>,
    /// Equality impact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equality: Option<Equality>,
    /// What we expect.
    #[serde(default)]
    pub expects: Vec<Prediction>,
    /// When we stop or change.
    #[serde(default)]
    pub stop_if: Vec<StopRule>,
    /// The role that answers for it.
    #[serde(default)]
    pub owner: String,
    /// The day on which it was decided.
    #[serde(with = "day")]
    pub decided: Date,
    /// The day on which it begins, where that is another.
    #[serde(default, with = "day::option", skip_serializing_if = "Option::is_none")]
    pub starts: Option<Date>,
    /// The day on which expected and actual are laid side by side.
    #[serde(default, with = "day::option", skip_serializing_if = "Option::is_none")]
    pub review_on: Option<Date>,
    /// The decision that this one takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<String>,
}

impl Draft {
    /// What is still missing, each in words; empty when it can be recorded.
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        let mut need = |is: bool, what: &str| {
            if !is {
                missing.push(what.to_owned());
            }
        };
        let said = |text: &str| !text.trim().is_empty();
        let id =
            !self.id.is_empty() && self.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        need(id, "an id of lower-case letters, digits and hyphens");
        need(said(&self.question), "the question");
        need(said(&self.we_will), "what we will do");
        let offered = |option: &String| self.options.get(option).is_some();
        need(offered(&self.chosen) && self.also.iter().all(offered), "an option that is one of those offered");
        need(said(&self.because), "the reason for the choice");
        need(said(&self.authority), "by what right it is decided");
        need(
            said(&self.settled.rule) && said(&self.settled.because),
            "the rule by which it was settled, and why that rule",
        );
        need(self.level == Level::Neighbourhood || said(&self.why_not_lower), "why it is not decided at a lower level");
        let fair = |equality: &Equality| said(&equality.who_may_lose) && said(&equality.what_we_do);
        need(self.equality.as_ref().is_some_and(fair), EQUALITY);
        need(!self.expects.is_empty(), "a prediction");
        for one in &self.expects {
            let numbers = [one.from, one.expected, one.range[0], one.range[1]].iter().all(|number| number.is_finite());
            let sound = numbers && one.range[0] <= one.expected && one.expected <= one.range[1] && said(&one.measure);
            need(sound, "a prediction with a measure, and an expected value inside its range");
            need(one.by > self.decided, "a prediction for a day after the decision");
        }
        need(!self.stop_if.is_empty(), "a stop rule");
        let sound = |rule: &StopRule| rule.periods > 0 && rule.when.bar().is_finite() && said(&rule.measure);
        need(self.stop_if.iter().all(sound), "a stop rule with a measure, a bar and at least one period");
        need(said(&self.owner), "an owner");
        need(self.review_on.is_some_and(|review| review > self.decided), "a review date after the decision");
        need(
            self.gaps().is_empty() || said(&self.could_not_wait),
            "every perspective that must be heard, or why it could not wait",
        );
        let answered = |voice: &Voice| match &voice.answer {
            Answer::Adapted(how) | Answer::Declined(how) => said(how),
            Answer::Adopted | Answer::NoView => true,
        };
        need(self.heard.iter().all(answered), "an answer with its reason to every perspective that was heard");
        let reasoned = |stance: &Stance| !matches!(&stance.position, Position::Concern { reason } if !said(reason));
        need(self.stances.iter().all(reasoned), "a reason for every concern");
        missing.dedup();
        missing
    }

    /// Perspectives that must be heard and were not.
    pub fn gaps(&self) -> Vec<&str> {
        let heard: BTreeSet<&str> = self.heard.iter().map(|voice| voice.perspective.as_str()).collect();
        self.must_be_heard.iter().map(String::as_str).filter(|one| !heard.contains(one)).collect()
    }

    /// Records the decision.
    ///
    /// # Errors
    /// When anything is missing: all of it, in words.
    pub fn record(self) -> Result<Decision, DecisionError> {
        let missing = self.missing();
        if missing.is_empty() { Ok(Decision(self)) } else { Err(DecisionError::Missing(missing)) }
    }
}

/// A decision that was recorded. Nothing can change it; [`Draft::record`] is the only way to make one, also from JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Draft", into = "Draft")]
pub struct Decision(Draft);

impl TryFrom<Draft> for Decision {
    type Error = DecisionError;
    fn try_from(draft: Draft) -> Result<Decision, DecisionError> {
        draft.record()
    }
}

impl From<Decision> for Draft {
    fn from(decision: Decision) -> Draft {
        decision.0
    }
}

impl std::ops::Deref for Decision {
    type Target = Draft;
    fn deref(&self) -> &Draft {
        &self.0
    }
}

impl Decision {
    /// One that was taken once: it stays, also where it says less of who may lose than is asked for now.
    pub(crate) fn kept(draft: Draft) -> Option<Decision> {
        let is_whole = draft.equality.is_some() && draft.missing().iter().all(|what| what == EQUALITY);
        is_whole.then_some(Decision(draft))
    }

    /// The address at which everybody can read it, for good.
    pub fn address(&self) -> String {
        format!("/decisions/{}", self.0.id)
    }

    /// The day of its review.
    pub fn review_on(&self) -> Date {
        self.0.review_on.unwrap_or(self.0.decided) // record() has seen to it
    }

    /// The parts whose words may be left out of the public version: `because`, `why-not-lower`, `could-not-wait`, `equality`, and by seat
    /// or perspective `stance/…`, `interest/…`, `heard/…`. What we will do, what we expect, when we stop, by what right and who answers
    /// for it are always public.
    pub fn parts(&self) -> Vec<String> {
        let said = |name: &str, text: &str| (!text.is_empty()).then(|| name.to_owned());
        let stances = self
            .stances
            .iter()
            .filter(|stance| !stance.note.is_empty() || matches!(stance.position, Position::Concern { .. }));
        let mut parts: Vec<String> = [
            said("because", &self.because),
            said("why-not-lower", &self.why_not_lower),
            said("could-not-wait", &self.could_not_wait),
            self.equality.as_ref().map(|_| "equality".to_owned()),
        ]
        .into_iter()
        .flatten()
        .chain(stances.map(|stance| format!("stance/{}", stance.member)))
        .chain(self.interests.iter().map(|interest| format!("interest/{}", interest.member)))
        .chain(self.heard.iter().map(|voice| format!("heard/{}", voice.perspective)))
        .collect();
        let mut seen = BTreeSet::new();
        parts.retain(|part| seen.insert(part.clone()));
        parts
    }

    /// The public version: each of these [parts](Decision::parts) keeps its place and loses its words, and the reason is said there.
    pub fn public(&self, redactions: &BTreeMap<String, String>) -> Draft {
        let mut public = self.0.clone();
        for (part, why) in redactions {
            let words = || format!("not published: {why}");
            match part.split_once('/').unwrap_or((part, "")) {
                ("because", _) => public.because = words(),
                ("why-not-lower", _) => public.why_not_lower = words(),
                ("could-not-wait", _) => public.could_not_wait = words(),
                ("equality", _) => {
                    public.equality = Some(Equality { who_may_lose: words(), what_we_do: words() });
                }
                ("stance", member) => {
                    for stance in public.stances.iter_mut().filter(|stance| stance.member == member) {
                        stance.note = words();
                        if let Position::Concern { reason } = &mut stance.position {
                            *reason = words();
                        }
                    }
                    // An answer repeats the objection.
                    for voice in public.heard.iter_mut().filter(|voice| voice.member.as_deref() == Some(member)) {
                        voice.said = words();
                    }
                }
                ("interest", member) => {
                    public.interests.iter_mut().filter(|one| one.member == member).for_each(|one| one.what = words());
                }
                (_, perspective) => {
                    for voice in public.heard.iter_mut().filter(|voice| voice.perspective == perspective) {
                        voice.said = words();
                        if let Answer::Adapted(how) | Answer::Declined(how) = &mut voice.answer {
                            *how = words();
                        }
                    }
                }
            }
        }
        public
    }
}

/// Where a question is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It is put, with its options.
    Asked,
    /// Everybody who must be heard was.
    Heard,
    /// What each option would do has been tried.
    Tried,
    /// Members say where they stand.
    Weighing,
    /// It is recorded.
    Decided,
    /// Expected and actual were laid side by side.
    Reviewed,
}

impl Stage {
    /// All six in order.
    pub const ALL: [Stage; 6] =
        [Stage::Asked, Stage::Heard, Stage::Tried, Stage::Weighing, Stage::Decided, Stage::Reviewed];
    /// As it is said to a reader.
    pub const fn words(self) -> &'static str {
        match self {
            Stage::Asked => "Asked",
            Stage::Heard => "Heard",
            Stage::Tried => "Tried",
            Stage::Weighing => "Weighing",
            Stage::Decided => "Decided",
            Stage::Reviewed => "Reviewed",
        }
    }
}

/// A question that is open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Id.
    pub id: String,
    /// As it is asked.
    pub question: String,
    /// Its options.
    pub options: Options,
    /// Perspectives that must be heard.
    #[serde(default)]
    pub must_be_heard: Vec<String>,
    /// Those that were.
    #[serde(default)]
    pub heard: Vec<Voice>,
    /// Where members stand.
    #[serde(default)]
    pub stances: Vec<Stance>,
}

impl Question {
    /// How far it has come, and what the next stage waits for. Stages are never skipped: stances before all was heard and tried do
    /// not carry it past that.
    pub fn stage(&self) -> (Stage, Vec<String>) {
        let heard: BTreeSet<&str> = self.heard.iter().map(|voice| voice.perspective.as_str()).collect();
        let silent: Vec<String> =
            self.must_be_heard.iter().filter(|one| !heard.contains(one.as_str())).cloned().collect();
        if !silent.is_empty() {
            return (Stage::Asked, silent.into_iter().map(|one| format!("{one} has not been heard")).collect());
        }
        let untried = |choice: &&Choice| choice.id != CHANGE_NOTHING && choice.effects.is_empty();
        let untried: Vec<String> =
            self.options.all().iter().filter(untried).map(|one| format!("{} has not been tried", one.title)).collect();
        if !untried.is_empty() {
            return (Stage::Heard, untried);
        }
        if self.stances.is_empty() {
            return (Stage::Tried, vec!["no member has said where it stands".into()]);
        }
        (Stage::Weighing, vec!["the decision has not been recorded".into()])
    }
}

/// How a prediction turned out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnedOut {
    /// Inside its range.
    AsExpected,
    /// Beyond its range, on the side that was aimed for.
    MoreThanExpected,
    /// Moved as was aimed for, and less than the range.
    LessThanExpected,
    /// Did not move, or moved the other way.
    NotAtAll,
    /// Outside the range of a prediction that nothing would change.
    Otherwise,
    /// Not known yet.
    Unknown,
}

/// Expected beside actual.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// The measure.
    pub measure: String,
    /// How it turned out.
    pub result: TurnedOut,
    /// The same in words.
    pub words: String,
}

/// Lays expected and actual of each prediction side by side; `actual` finds the value of a measure on the prediction's day.
pub fn review(decision: &Decision, actual: impl Fn(&Prediction) -> Option<f64>) -> Vec<Review> {
    let one = |expected: &Prediction| {
        let (found, [lower, upper]) = (actual(expected).filter(|value| value.is_finite()), expected.range);
        let unit = if expected.unit.is_empty() { String::new() } else { format!(" {}", expected.unit) };
        let aimed =
            (expected.expected - expected.from).signum() * f64::from(u8::from(expected.expected != expected.from));
        let result = match found {
            None => TurnedOut::Unknown,
            Some(value) if lower <= value && value <= upper => TurnedOut::AsExpected,
            Some(_) if aimed == 0.0 => TurnedOut::Otherwise,
            Some(value) if (value - expected.expected) * aimed > 0.0 => TurnedOut::MoreThanExpected,
            Some(value) if (value - expected.from) * aimed > 0.0 => TurnedOut::LessThanExpected,
            Some(_) => TurnedOut::NotAtAll,
        };
        let turned_out = match (found, result) {
            (None, _) => "What it is now is not known.".to_owned(),
            (Some(value), TurnedOut::AsExpected) => format!("It is {value}: as expected."),
            (Some(value), TurnedOut::MoreThanExpected) => format!("It is {value}: more than expected."),
            (Some(value), TurnedOut::LessThanExpected) => format!("It is {value}: less than expected."),
            (Some(value), TurnedOut::NotAtAll) => format!("It is {value}: not what we aimed for."),
            (Some(value), _) => format!("It is {value}: we did not expect it to move."),
        };
        let words = format!(
            "We expected {}{unit} by {}, most likely between {lower} and {upper}; it was {}. {turned_out}",
            expected.expected,
            day::long(expected.by),
            expected.from,
        );
        Review { measure: expected.measure.clone(), result, words }
    };
    decision.expects.iter().map(one).collect()
}

/// All decisions, in the order in which they were recorded.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Register(Vec<Decision>);

impl Register {
    /// Adds a decision.
    ///
    /// # Errors
    /// When its id is taken, or it supersedes one that is not there or that another has superseded already.
    pub fn add(&mut self, decision: Decision) -> Result<(), DecisionError> {
        if self.get(&decision.id).is_some() {
            return Err(DecisionError::Taken { decision: decision.id.clone() });
        }
        if let Some(old) = &decision.supersedes {
            if self.get(old).is_none() {
                return Err(DecisionError::SupersedesNothing { decision: decision.id.clone(), old: old.clone() });
            }
            if let Some(by) = self.superseded_by(old) {
                return Err(DecisionError::SupersededAlready { old: old.clone(), by: by.id.clone() });
            }
        }
        self.0.push(decision);
        Ok(())
    }
    /// All of them.
    pub fn all(&self) -> &[Decision] {
        &self.0
    }
    /// One by its id.
    pub fn get(&self, id: &str) -> Option<&Decision> {
        self.0.iter().find(|decision| decision.id == id)
    }
    /// What took the place of a decision.
    pub fn superseded_by(&self, id: &str) -> Option<&Decision> {
        self.0.iter().find(|decision| decision.supersedes.as_deref() == Some(id))
    }
    /// Decisions that stand.
    pub fn current(&self) -> impl Iterator<Item = &Decision> {
        self.0.iter().filter(|decision| self.superseded_by(&decision.id).is_none())
    }
}

/// What cannot be decided or recorded, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecisionError {
    /// The draft is not whole.
    #[error("the decision cannot be recorded without {}", .0.join("; without "))]
    Missing(Vec<String>),
    /// Two options of one id.
    #[error("two options have the id '{option}'")]
    OptionTwice {
        /// Which.
        option: String,
    },
    /// Only "change nothing".
    #[error("a question needs an option beside changing nothing")]
    NoOptions,
    /// A stance about something else.
    #[error("there is no option '{option}'")]
    NoSuchOption {
        /// Which.
        option: String,
    },
    /// A concern without a reason.
    #[error("a concern needs a reason, and '{member}' gives none")]
    ConcernWithoutReason {
        /// Who.
        member: String,
    },
    /// The id is taken.
    #[error("there is a decision '{decision}' already; a record is superseded, never changed")]
    Taken {
        /// Which.
        decision: String,
    },
    /// What it supersedes is not there.
    #[error("'{decision}' supersedes '{old}', and there is no such decision")]
    SupersedesNothing {
        /// Which.
        decision: String,
        /// What is not there.
        old: String,
    },
    /// Somebody was quicker.
    #[error("'{old}' has been superseded already, by '{by}'")]
    SupersededAlready {
        /// The old one.
        old: String,
        /// The new one.
        by: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const DAY: Date = Date(20_000);

    fn draft() -> Draft {
        serde_json::from_value(json!({
            "id": "share-2-4m", "question": "How should we share £2.4m?", "we_will": "spend it where the wait is longest",
            "options": [{ "id": "b", "title": "Go where the wait is" }], "chosen": "b", "because": "it frees most bed days",
            "level": "place", "why_not_lower": "the hospital serves all five places", "authority": "Urgent Care Board",
            "settled": { "rule": "consent", "because": "all of us carry it out", "outcome": "passed" },
            "must_be_heard": ["social care", "voluntary"],
            "heard": [
                { "perspective": "social care", "said": "money each month", "answer": { "adapted": "reviewed monthly" } },
                { "perspective": "voluntary", "said": "", "answer": "no-view" }
            ],
            "stances": [{ "member": "coastside", "option": "b", "position": { "concern": { "reason": "loses by 0.2 days" } } }],
            "interests": [{ "member": "homes", "kind": "financial", "what": "owns beds", "handled": "did-not-vote" }],
            "equality": { "who_may_lose": "people of Coastside", "what_we_do": "watch their wait apart" },
            "expects": [{ "measure": "bed-days", "unit": "bed days a week", "from": 0, "expected": 188, "range": [120, 255],
                "by": "2025-01-12" }],
            "stop_if": [{ "measure": "wait", "when": { "at-least": 4.4 }, "periods": 1, "watched_from": "2024-11-16" }],
            "owner": "head of home care", "decided": DAY.to_string(), "review_on": "2025-01-12"
        }))
        .unwrap()
    }

    fn refused(change: impl Fn(&mut Draft)) -> String {
        let mut draft = draft();
        change(&mut draft);
        draft.record().unwrap_err().to_string().replace("the decision cannot be recorded without ", "")
    }

    #[test]
    fn a_decision_needs_a_prediction_a_stop_rule_an_owner_and_a_review() {
        assert_eq!(draft().record().unwrap().address(), "/decisions/share-2-4m");
        assert_eq!(refused(|draft| draft.expects.clear()), "a prediction");
        assert_eq!(refused(|draft| draft.stop_if.clear()), "a stop rule");
        assert_eq!(refused(|draft| draft.owner = "  ".into()), "an owner");
        assert_eq!(refused(|draft| draft.review_on = None), "a review date after the decision");
        assert_eq!(refused(|draft| draft.review_on = Some(DAY)), "a review date after the decision");
        assert_eq!(refused(|draft| draft.why_not_lower.clear()), "why it is not decided at a lower level");
        assert_eq!(refused(|draft| draft.equality = None), EQUALITY);
        assert_eq!(refused(|draft| draft.chosen = "z".into()), "an option that is one of those offered");
        let outside = "a prediction with a measure, and an expected value inside its range";
        assert_eq!(refused(|draft| draft.expects[0].range = [200.0, 255.0]), outside);
        assert_eq!(refused(|draft| draft.expects[0].by = DAY), "a prediction for a day after the decision");
        let both = refused(|draft| (draft.owner, draft.stop_if) = (String::new(), Vec::new()));
        assert_eq!(both, "a stop rule; without an owner");
    }

    #[test]
    fn a_perspective_that_was_not_heard_stops_the_record_or_stays_a_gap_on_it() {
        let late = |draft: &mut Draft| drop(draft.heard.pop());
        assert_eq!(refused(late), "every perspective that must be heard, or why it could not wait");
        let mut urgent = draft();
        late(&mut urgent);
        urgent.could_not_wait = "the money lapses on Friday".into();
        assert_eq!(urgent.record().unwrap().gaps(), ["voluntary"]);
        let unanswered = refused(|draft| draft.heard[0].answer = Answer::Declined(" ".into()));
        assert_eq!(unanswered, "an answer with its reason to every perspective that was heard");
    }

    #[test]
    fn json_is_no_way_round() {
        let decision = draft().record().unwrap();
        let json = serde_json::to_value(&decision).unwrap();
        assert_eq!(serde_json::from_value::<Decision>(json.clone()).unwrap(), decision);
        for needed in ["expects", "stop_if", "owner", "review_on"] {
            let mut less = json.clone();
            less.as_object_mut().unwrap().remove(needed);
            assert!(serde_json::from_value::<Decision>(less).is_err(), "{needed}");
        }
    }

    #[test]
    fn to_change_nothing_is_always_an_option() {
        let ids = draft().options.all().iter().map(|choice| choice.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids, ["b", CHANGE_NOTHING]);
        assert_eq!(Options::new(Vec::new()), Err(DecisionError::NoOptions));
        let twice = vec![draft().options.all()[0].clone(); 2];
        assert_eq!(Options::new(twice), Err(DecisionError::OptionTwice { option: "b".into() }));
    }

    fn weeks(values: &[f64]) -> Vec<Point> {
        let point = |(at, value): (usize, &f64)| Point {
            ends: Date(DAY.0 + 7 * at as i32),
            value: Some(*value).filter(|value| !value.is_nan()),
        };
        values.iter().enumerate().map(point).collect()
    }

    #[test]
    fn a_stop_rule_rings_once_the_condition_has_held_long_enough_and_stays_rung() {
        let rule = |when, periods| StopRule {
            measure: "wait".into(),
            of: Some("Coastside".into()),
            when,
            periods,
            watched_from: None,
            words: None,
        };
        let week = |at: i32| Date(DAY.0 + 7 * at);
        let three = rule(Condition::Above(5.0), 3);
        assert_eq!(three.check(&[]), Watch::Unknown);
        assert_eq!(three.check(&weeks(&[5.0, 5.1, 5.2])), Watch::Counting { since: week(1), periods: 2 });
        assert_eq!(three.check(&weeks(&[5.1, 5.2, 5.0, 6.0, 7.0])), Watch::Counting { since: week(3), periods: 2 });
        assert_eq!(
            three.check(&weeks(&[5.1, 5.2, f64::NAN, 5.3, 1.0])),
            Watch::Tripped { since: week(0), rang: week(3) }
        );
        let mut turned = weeks(&[5.1, 5.2, 5.3]);
        turned.reverse();
        assert_eq!(three.check(&turned), Watch::Tripped { since: week(0), rang: week(2) });
        let late = StopRule { watched_from: Some(week(2)), ..rule(Condition::AtLeast(4.4), 1) };
        assert_eq!(late.check(&weeks(&[9.0, 9.0, 4.3])), Watch::Quiet);
        assert_eq!(late.check(&weeks(&[9.0, 9.0, 4.3, 4.4])), Watch::Tripped { since: week(3), rang: week(3) });
        assert_eq!(rule(Condition::Below(1.0), 1).check(&weeks(&[1.0])), Watch::Quiet);
        assert_eq!(rule(Condition::AtMost(1.0), 1).check(&weeks(&[1.0])), Watch::Tripped { since: DAY, rang: DAY });
        assert_eq!(three.to_string(), "wait of Coastside is above 5 for 3 periods");
        let said = StopRule { words: Some("Coastside waits longer".into()), ..three };
        assert_eq!(said.to_string(), "wait of Coastside is above 5 for 3 periods: Coastside waits longer");
    }

    #[test]
    fn expected_stands_against_actual_in_words() {
        let told = |from, expected, range, actual| {
            let mut draft = draft();
            (draft.expects[0].from, draft.expects[0].expected, draft.expects[0].range) = (from, expected, range);
            review(&draft.record().unwrap(), |_| actual).remove(0)
        };
        let freed = |actual| told(0.0, 188.0, [120.0, 255.0], actual);
        assert_eq!(
            freed(Some(140.0)).words,
            "We expected 188 bed days a week by 12 January 2025, most likely between 120 and 255; it was 0. It is 140: as \
             expected."
        );
        let result = |review: Review| review.result;
        assert_eq!(result(freed(Some(300.0))), TurnedOut::MoreThanExpected);
        assert_eq!(result(freed(Some(60.0))), TurnedOut::LessThanExpected);
        assert_eq!(result(freed(Some(-5.0))), TurnedOut::NotAtAll);
        assert_eq!(result(freed(None)), TurnedOut::Unknown);
        let shorter = |actual| result(told(5.0, 3.5, [3.0, 4.0], Some(actual)));
        assert_eq!(
            [shorter(2.0), shorter(4.5), shorter(5.0)],
            [TurnedOut::MoreThanExpected, TurnedOut::LessThanExpected, TurnedOut::NotAtAll]
        );
        assert_eq!(result(told(1.0, 1.0, [0.9, 1.1], Some(2.0))), TurnedOut::Otherwise);
    }

    #[test]
    fn a_record_is_superseded_and_never_forks() {
        let made = |id: &str, old: Option<&str>| {
            Draft { id: id.into(), supersedes: old.map(str::to_owned), ..draft() }.record().unwrap()
        };
        let mut register = Register::default();
        register.add(made("a", None)).unwrap();
        assert!(matches!(register.add(made("a", None)), Err(DecisionError::Taken { .. })));
        assert!(matches!(register.add(made("c", Some("z"))), Err(DecisionError::SupersedesNothing { .. })));
        register.add(made("b", Some("a"))).unwrap();
        let fork = register.add(made("c", Some("a"))).unwrap_err();
        assert_eq!(fork.to_string(), "'a' has been superseded already, by 'b'");
        assert_eq!(register.current().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn the_public_version_says_that_something_is_not_published_and_why() {
        let decision = draft().record().unwrap();
        let withheld = |parts: &[(&str, &str)]| {
            decision.public(&parts.iter().map(|(part, why)| ((*part).to_owned(), (*why).to_owned())).collect())
        };
        let public = withheld(&[
            ("interest/homes", "commercial"),
            ("stance/coastside", "names a person"),
            ("heard/social care", "commercial"),
            ("equality", "too few to tell"),
        ]);
        assert_eq!(public.interests[0].what, "not published: commercial");
        assert_eq!(public.stances[0].position, Position::Concern { reason: "not published: names a person".into() });
        assert_eq!(public.heard[0].said, "not published: commercial");
        assert_eq!(public.equality.unwrap().who_may_lose, "not published: too few to tell");
        assert_eq!(public.we_will, decision.we_will);
        assert_eq!(decision.interests[0].what, "owns beds");
        // Each part that may be left out can be, and is known by its name.
        for part in decision.parts() {
            assert_ne!(withheld(&[(&part, "why")]), *decision, "{part}");
        }
    }

    #[test]
    fn stages_are_never_skipped() {
        let draft = draft();
        let mut question = Question {
            id: "q".into(),
            question: draft.question.clone(),
            options: draft.options.clone(),
            must_be_heard: draft.must_be_heard.clone(),
            heard: Vec::new(),
            stances: draft.stances.clone(),
        };
        assert_eq!(question.stage().0, Stage::Asked);
        assert_eq!(question.stage().1, ["social care has not been heard", "voluntary has not been heard"]);
        question.heard = draft.heard.clone();
        assert_eq!(question.stage(), (Stage::Heard, vec!["Go where the wait is has not been tried".into()]));
        let mut choice = draft.options.all()[0].clone();
        let effect = |whom, expected: f64, better| Effect {
            measure: "wait".into(),
            whom,
            expected,
            range: [expected - 0.1, expected + 0.1],
            better,
            evidence: "/simulations/1".into(),
        };
        choice.effects = vec![
            effect(Whom::All, -1.0, Better::Lower),
            effect(Whom::Place("Coastside".into()), 0.2, Better::Lower),
            effect(Whom::PoorestFifth, 0.05, Better::Higher),
        ];
        let (gains, losses) = choice.gains_and_losses();
        assert_eq!((gains.len(), losses.len()), (1, 1), "a range that holds nought is neither");
        question.options = Options::new(vec![choice]).unwrap();
        assert_eq!(question.stage().0, Stage::Weighing);
        question.stances.clear();
        assert_eq!(question.stage().0, Stage::Tried);
    }

    #[test]
    fn the_last_stance_of_a_member_on_an_option_counts_and_silence_is_shown() {
        let draft = draft();
        let stance = |member: &str, position| Stance {
            member: member.into(),
            option: "b".into(),
            position,
            note: String::new(),
        };
        let members = ["a", "b", "c"].map(str::to_owned);
        let said = [
            stance("a", Position::Concern { reason: "cost".into() }),
            stance("b", Position::CanLiveWith),
            stance("a", Position::Supports),
        ];
        let (found, silent) = standings(&draft.options, &members, &said).unwrap();
        let expected = Standing { supports: vec!["a".into()], can_live_with: vec!["b".into()], concerns: Vec::new() };
        assert_eq!(found["b"], expected);
        assert_eq!(silent, ["c"]);
        // What it says of another option is kept beside it, and who has left takes nothing of the others with it.
        let nothing =
            Stance { option: CHANGE_NOTHING.into(), ..stance("a", Position::Concern { reason: "harm".into() }) };
        let gone = stance("gone", Position::Supports);
        let (found, _) = standings(&draft.options, &members, &[said[2].clone(), nothing, gone]).unwrap();
        assert_eq!(found["b"].supports, ["a"]);
        assert_eq!(found[CHANGE_NOTHING].concerns, [("a".to_owned(), "harm".to_owned())]);
        let bare = [stance("a", Position::Concern { reason: " ".into() })];
        let refused = standings(&draft.options, &members, &bare).unwrap_err();
        assert_eq!(refused.to_string(), "a concern needs a reason, and 'a' gives none");
    }
}

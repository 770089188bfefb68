//! What may be done now, and what is wrong with it otherwise: said before anything is written. What was taken once stays in, by [`fits`].

use super::state::{is_same_wording, voter};
use super::words::{LONGEST, STATEMENT, fit, harmless, is_address};
use super::*;
use crate::decision::{CHANGE_NOTHING, Decision, Handled};
use crate::plan::State as Step;
use crate::scheme::Scheme;
use crate::vote::Quorum;

/// What kind of refusal it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Something in it cannot be so; another try may be taken.
    Wrong,
    /// It is about something that is not there.
    Unknown,
    /// It is too early or too late.
    Closed,
    /// Somebody was quicker, or it was done already.
    Already,
    /// This one may not.
    NotAllowed,
}

/// Why something was not taken, for whoever tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {words}")]
pub struct Refusal {
    /// Which part of it.
    pub field: &'static str,
    /// What is wrong, and the way out.
    pub words: String,
    /// What kind of refusal it is.
    pub why: Why,
}

fn refuse<T>(why: Why, field: &'static str, words: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { field, words: words.into(), why })
}

fn wrong<T>(field: &'static str, words: impl Into<String>) -> Result<T, Refusal> {
    let words = words.into();
    let mut letters = words.chars();
    let words =
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect::<String>());
    refuse(Why::Wrong, field, words)
}

/// Names what is not there, and what is.
fn none<'a, T>(what: &'static str, wanted: &str, known: impl Iterator<Item = &'a String>) -> Result<T, Refusal> {
    let known: Vec<&str> = known.map(String::as_str).collect();
    let some = known.iter().take(12).copied().collect::<Vec<_>>().join(", ");
    let some = match known.len() {
        0 => "there is none".to_owned(),
        1..=12 => format!("there are {some}"),
        all => format!("there are {some} and {} more", all - 12),
    };
    refuse(Why::Unknown, what, format!("There is no {what} “{wanted}” here; {some}"))
}

/// A text that must be there, as it may be kept.
fn text(field: &'static str, text: &str, most: usize) -> Result<(), Refusal> {
    match fit(text, most) {
        Ok(fits) if fits == text => Ok(()),
        Ok(_) => wrong(field, "Leave out the spaces around it, and marks that nobody sees"),
        Err(words) => wrong(field, words),
    }
}

/// A text that must be there, in one line.
fn title(field: &'static str, words: &str) -> Result<(), Refusal> {
    text(field, words, 200)?;
    if words.contains('\n') { wrong(field, "Write it in one line") } else { Ok(()) }
}

/// A text that may be missing.
fn maybe(field: &'static str, words: &str, most: usize) -> Result<(), Refusal> {
    if words.is_empty() { Ok(()) } else { text(field, words, most) }
}

fn id(field: &'static str, id: &str) -> Result<(), Refusal> {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=80).contains(&id.len()) && id.bytes().all(good) {
        return Ok(());
    }
    wrong(field, "An id is 1 to 80 lower-case letters, digits and hyphens")
}

fn number(field: &'static str, number: f64) -> Result<(), Refusal> {
    if number.is_finite() { Ok(()) } else { wrong(field, "Write a number") }
}

fn language(tag: &str) -> Result<(), Refusal> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if tag.len() <= 35 && tag.bytes().all(good) {
        return Ok(());
    }
    wrong("language", "A language is written as cy, pl or pt-BR")
}

/// A text without the letters that take no room, which make two of what is read as one.
fn seen(text: &str) -> String {
    let unseen =
        |letter: char| matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    text.chars().filter(|letter| !unseen(*letter)).collect()
}

/// Seconds in ten years.
const TEN_YEARS: i64 = 3_653 * 86_400;
/// The most choices of a question: a ballot that puts so many in order fits into a sealed vote.
const MOST_CHOICES: usize = 50;

/// The day of a moment, in universal time.
pub fn day_of(at: Instant) -> Date {
    Date(at.0.div_euclid(86_400) as i32)
}

/// From 1970 to 2199, in seconds.
const NEAR: std::ops::Range<i64> = 0..7_258_118_400;

/// Whether a deed makes sense by itself, whatever went before and by the rules of any time.
pub(super) fn fits(act: &Act) -> Result<(), Refusal> {
    let near = |opens: i64, closes: i64| {
        let far = [("opens", opens), ("closes", closes)].into_iter().find(|moment| !NEAR.contains(&moment.1));
        far.map_or(Ok(()), |(field, _)| wrong(field, "Choose a day between 1970 and 2199"))
    };
    match act {
        Act::Scheme(rows) => Scheme::new(rows.clone()).map(drop).or_else(|fault| wrong("scheme", fault.to_string())),
        Act::Conversation(one) => near(one.opens, one.closes),
        Act::Question(one) => near(one.opens, one.closes),
        Act::Plan(one) => one.plan.check().or_else(|fault| wrong("plan", fault.to_string())),
        _ => Ok(()),
    }
}

/// No text of a deed names a person, hides marks or is endless, in whatever part of it.
fn all_harmless(part: &str, value: &serde_json::Value) -> Result<(), Refusal> {
    use serde_json::Value;
    match value {
        Value::String(text) => harmless(text, 2 * LONGEST).or_else(|words| match part {
            "" => wrong("", words),
            part => wrong("", format!("{}: {words}", part.replace('_', " "))),
        }),
        Value::Array(all) => all.iter().try_for_each(|value| all_harmless(part, value)),
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| {
            all_harmless("name", &Value::from(name.as_str()))?;
            all_harmless(name, value)
        }),
        _ => Ok(()),
    }
}

impl super::State {
    /// Whether this may be done now.
    ///
    /// # Errors
    /// What is wrong with it, and the way out.
    pub fn check(&self, who: &str, at: Instant, because: &[String], act: &Act) -> Result<(), Refusal> {
        self.may(who, at, because, act)?;
        match act {
            // They hold no words, or none that anybody could read.
            Act::Vote(_) | Act::Pulse(_) | Act::Progress(_) | Act::Sealed(_) | Act::Rang(_) => Ok(()),
            act => match serde_json::to_value(act) {
                Ok(value) => all_harmless("", &value),
                Err(_) => wrong("", "This cannot be written down"),
            },
        }
    }

    fn may(&self, who: &str, at: Instant, because: &[String], act: &Act) -> Result<(), Refusal> {
        fits(act)?;
        if !NEAR.contains(&at.0) {
            return wrong("at", "Choose a day between 1970 and 2199");
        }
        if voter(who).is_none() {
            text("who", who, 100)?;
        }
        if because.len() > 100 {
            return wrong("because", "Name at most 100 causes");
        }
        because.iter().try_for_each(|cause| self.known_cause(cause))?;
        if act.is_of_machine() && who != MACHINE {
            return refuse(
                Why::NotAllowed,
                "who",
                "Nobody but Catchment itself says that votes are open or that a bell rang",
            );
        }
        let late = self.by_now(at);
        match act {
            Act::Scheme(rows) => rows.check().or_else(|fault| wrong("scheme", fault.to_string())),
            Act::Line(line) => self.line(line, at, because),
            Act::Standing(one) => {
                if !self.lines.contains_key(&one.line) {
                    return refuse(Why::Unknown, "line", "There is no such line");
                }
                text("perspective", &one.perspective, 100)?;
                one.disputed.as_ref().map_or(Ok(()), |why| text("disputed", why, LONGEST))
            }
            Act::Conversation(one) => self.conversation(one, late),
            Act::Statement(one) => self.said(who, at, one),
            Act::Translation(one) => self.translation(one),
            Act::Moderation(one) => self.moderation(who, one),
            Act::Appeal(one) => {
                let Some((_, said)) = self.statement(one.statement) else {
                    return refuse(Why::Unknown, "statement", "There is no such statement");
                };
                if said.who != who {
                    return refuse(
                        Why::NotAllowed,
                        "statement",
                        "Only whoever wrote it can ask that it be looked at again",
                    );
                }
                match said.ruling() {
                    Some(Ruling::Out(_) | Ruling::SameAs(_)) if said.appeal.is_none() => {
                        text("words", &one.words, LONGEST)
                    }
                    Some(Ruling::Out(_) | Ruling::SameAs(_)) => {
                        refuse(Why::Already, "words", "Somebody will look at it again; you have asked already")
                    }
                    _ => wrong("words", "It was not taken out"),
                }
            }
            Act::Vote(one) => {
                let Some((talk, said)) = self.statement(one.statement) else {
                    return refuse(Why::Unknown, "statement", "There is no such statement");
                };
                if !said.is_in() {
                    return refuse(Why::Unknown, "statement", "This statement is not open to votes");
                }
                self.open(&talk.is, at, one.helped.as_ref())?;
                if one.chosen().is_none() {
                    return wrong("choice", "Choose agree, disagree or pass");
                }
                if voter(who).is_none() {
                    return refuse(Why::NotAllowed, "who", "Votes are kept apart from names");
                }
                maybe("perspective", &one.perspective, 100)
            }
            Act::Answer(one) => match self.statement(one.statement) {
                None => refuse(Why::Unknown, "statement", "There is no such statement"),
                Some((_, said)) if !said.is_in() => {
                    refuse(Why::Unknown, "statement", "People cannot see this statement")
                }
                Some(_) => match &one.answer {
                    Answer::Adapted(how) | Answer::Declined(how) => text("answer", how, LONGEST),
                    Answer::Adopted if because.is_empty() => {
                        wrong("because", "Say which line, decision or plan took it up")
                    }
                    Answer::Adopted => Ok(()),
                    Answer::NoView => wrong("answer", "A statement is adopted, adapted or declined because"),
                },
            },
            Act::Minutes(one) => {
                text("about", &one.about, 200)?;
                text("perspective", &one.perspective, 100)?;
                if one.minutes == 0 || one.minutes > 1440 {
                    wrong("minutes", "Write 1 to 1,440 minutes")
                } else {
                    Ok(())
                }
            }
            Act::Question(one) => self.question(one, at, late),
            Act::Choices(one) => self.choices(one),
            Act::Draft(one) => {
                let matter = self.unsettled(&one.draft.id)?;
                text("we_will", &one.draft.we_will, LONGEST)?;
                let words = one.draft.stop_if.iter().filter_map(|rule| rule.words.as_ref());
                words.into_iter().try_for_each(|words| text("words", words, LONGEST))?;
                self.supersedes(matter, one.draft.supersedes.as_deref(), late)
            }
            Act::Voice(one) => {
                let matter = self.unsettled(&one.question)?;
                if let Some(member) = &one.voice.member {
                    let objects =
                        |one: &Stance| one.member == *member && matches!(one.position, Position::Concern { .. });
                    if !matter.stances().iter().any(objects) {
                        return refuse(Why::Unknown, "member", "This seat has not objected");
                    }
                    if one.voice.answer == Answer::NoView {
                        return wrong("answer", "An objection is adopted, adapted or declined because");
                    }
                }
                text("perspective", &one.voice.perspective, 100)?;
                match &one.voice.answer {
                    Answer::Adapted(how) | Answer::Declined(how) => text("answer", how, LONGEST)?,
                    Answer::Adopted | Answer::NoView => {}
                }
                text("said", &one.voice.said, LONGEST)
            }
            Act::Interest(one) => {
                let matter = self.unsettled(&one.question)?;
                self.member(matter, &one.interest.member, late)?;
                if matter.opened.is_some() && one.interest.handled != Handled::Noted {
                    return refuse(
                        Why::Closed,
                        "handled",
                        "The votes are open, and nobody can tell which to leave out: have it noted, and put the question again if it weighs",
                    );
                }
                text("what", &one.interest.what, LONGEST)
            }
            Act::Ballot(one) => {
                let matter = self.unsettled(&one.question)?;
                if matter.is.is.sealed.is_some() {
                    return refuse(Why::NotAllowed, "ballot", "Votes on this question are sealed until the close");
                }
                self.may_vote(matter, &one.member, at)?;
                match one.draft.filter(|draft| *draft != 0) {
                    Some(draft) if !matter.drafts.iter().any(|known| known.seq == draft) => {
                        refuse(Why::Unknown, "draft", "There is no such wording")
                    }
                    _ => ballot(matter, &one.ballot),
                }
            }
            Act::Sealed(one) => {
                let matter = self.unsettled(&one.question)?;
                if matter.is.is.sealed.is_none() {
                    return refuse(Why::NotAllowed, "ballot", "Votes on this question are open");
                }
                self.may_vote(matter, &one.member, at)?;
                let hex = one.sealed.bytes().all(|byte| byte.is_ascii_hexdigit()) && !one.sealed.is_empty();
                if hex && one.sealed.len() <= 65_536 { Ok(()) } else { wrong("sealed", "A sealed vote is hexadecimal") }
            }
            Act::Opened(one) => self.opened(one, at),
            Act::Decision(one) => self.decision(one, late),
            Act::Redaction(one) => {
                let Some(decision) = self.decisions.get(&one.decision) else {
                    return refuse(Why::Unknown, "decision", "There is no such decision");
                };
                if !decision.parts().contains(&one.field) {
                    return refuse(Why::Unknown, "field", "This part has no words, or is always published");
                }
                text("reason", &one.reason, LONGEST)
            }
            Act::Rang(one) => {
                let Some(decision) = self.decisions.get(&one.decision) else {
                    return refuse(Why::Unknown, "decision", "There is no such decision");
                };
                if one.rule >= decision.stop_if.len() {
                    return refuse(Why::Unknown, "rule", "The decision has no such stop rule");
                }
                if one.since > one.rang || one.rang > day_of(at) {
                    return wrong(
                        "rang",
                        "A bell rings on a day that has come, and not before its condition began to hold",
                    );
                }
                let rang = self.matters.get(&one.decision).is_some_and(|m| m.rang.iter().any(|r| r.1.rule == one.rule));
                if rang { refuse(Why::Already, "rule", "It has rung already, and stays so") } else { Ok(()) }
            }
            Act::Review(one) => {
                let Some(decision) = self.decisions.get(&one.decision) else {
                    return refuse(Why::Unknown, "decision", "There is no such decision");
                };
                if one.actual.len() != decision.expects.len() {
                    return wrong(
                        "actual",
                        format!("Say what became of each of its {} predictions", decision.expects.len()),
                    );
                }
                let rang = self.matters.get(&one.decision).is_some_and(|matter| !matter.rang.is_empty());
                if day_of(at) < decision.review_on() && !rang {
                    let due = day::long(decision.review_on());
                    return refuse(Why::Closed, "words", format!("Its review day is {due}, and no stop rule has rung"));
                }
                one.actual.iter().flatten().try_for_each(|value| number("actual", *value))?;
                text("words", &one.words, LONGEST)
            }
            Act::Plan(one) => {
                id("plan", &one.plan.id)?;
                text("title", &one.plan.title, 200)?;
                maybe("aim", &one.plan.aim, LONGEST)?;
                maybe("owner", &one.plan.owner, 100)?;
                let known = self.plans.get(&one.plan.id);
                // As it will stand, with all that has happened since.
                let stands = known.map(|known| one.plan.clone().following(&known.now));
                stands.as_ref().unwrap_or(&one.plan).check().or_else(|fault| wrong("plan", fault.to_string()))?;
                let newest = known.and_then(|plan| plan.versions.last()).map(|newest| newest.seq);
                if one.parent == newest {
                    return Ok(());
                }
                refuse(Why::Already, "parent", "The plan has a newer version: look at it, and try again from there")
            }
            Act::Progress(one) => {
                let plan = &self.plan(&one.plan)?.now;
                if !plan.steps.iter().any(|step| step.id == one.step) {
                    return none("step", &one.step, plan.steps.iter().map(|step| &step.id));
                }
                match one.state {
                    Step::Started(on) | Step::Done(on) if on < plan.start => {
                        wrong("on", format!("That is before the plan starts, on {}", day::long(plan.start)))
                    }
                    Step::Started(on) | Step::Done(on) if on > day_of(at) => wrong("on", "That day has not come yet"),
                    _ => Ok(()),
                }
            }
            Act::Delivered(one) => {
                let plan = &self.plan(&one.plan)?.now;
                let Some(saving) = plan.savings.iter().find(|saving| saving.id == one.saving) else {
                    return none("saving", &one.saving, plan.savings.iter().map(|saving| &saving.id));
                };
                if let Some(same) = &saving.same_as {
                    return wrong("saving", format!("It is another saving by another name: say it of '{same}'"));
                }
                if !(0.0..=1e12).contains(&one.pounds) {
                    return wrong("pounds", "Write pounds from 0");
                }
                if one.on < plan.start {
                    return wrong("on", format!("That is before the plan starts, on {}", day::long(plan.start)));
                }
                if one.on > day_of(at) {
                    return wrong("on", "That day has not come yet");
                }
                text("evidence", &one.evidence, LONGEST)
            }
            Act::Cycle(one) => {
                self.plan(&one.plan)?;
                id("id", &one.id)?;
                text("try_it", &one.try_it, LONGEST)?;
                [("done", &one.done), ("seen", &one.seen), ("so", &one.so)]
                    .into_iter()
                    .try_for_each(|(field, words)| maybe(field, words, LONGEST))
            }
            Act::Rock(one) => {
                let mut plan = self.plan(&one.plan)?.now.clone();
                id("id", &one.rock.id)?;
                text("title", &one.rock.title, 200)?;
                text("who_can_move_it", &one.rock.who_can_move_it, 100)?;
                if one.rock.raised > day_of(at) {
                    return wrong("raised", "That day has not come yet");
                }
                if plan.rocks.iter().any(|rock| rock.id == one.rock.id) {
                    return refuse(Why::Already, "id", "The plan has a rock of this name");
                }
                plan.rocks.push(one.rock.clone());
                plan.check().or_else(|fault| wrong("rock", fault.to_string()))
            }
            Act::Cleared(one) => {
                let plan = &self.plan(&one.plan)?.now;
                match plan.rocks.iter().find(|rock| rock.id == one.rock) {
                    None => none("rock", &one.rock, plan.rocks.iter().map(|rock| &rock.id)),
                    Some(rock) if rock.cleared.is_some_and(|cleared| cleared <= day_of(at)) => {
                        refuse(Why::Already, "rock", "It was cleared already")
                    }
                    Some(_) if one.on > day_of(at) => wrong("on", "That day has not come yet"),
                    Some(rock) if one.on < rock.raised => wrong("on", "That is before it was raised"),
                    Some(_) => text("how", &one.how, LONGEST),
                }
            }
            Act::Promise(one) => {
                id("id", &one.id)?;
                if self.promises.contains_key(&one.id) {
                    return refuse(Why::Already, "id", "There is a promise of this name; make another");
                }
                text("by", &one.by, 100)?;
                text("to", &one.to, 100)?;
                text("what", &one.what, LONGEST)?;
                text("how_we_will_know", &one.how_we_will_know, LONGEST)
            }
            Act::Kept(one) => match self.promises.get(&one.promise) {
                None => refuse(Why::Unknown, "promise", "There is no such promise"),
                Some(promised) if promised.kept.is_some() => {
                    refuse(Why::Already, "promise", "It was said already what became of it, and that stays so")
                }
                Some(_) if one.on.is_some_and(|on| on > day_of(at)) => wrong("on", "That day has not come yet"),
                Some(_) => text("words", &one.words, LONGEST),
            },
            Act::Pulse(one) => {
                if voter(who).is_none() {
                    return refuse(Why::NotAllowed, "who", "Answers are kept apart from names");
                }
                let Some(asked) = self.instruments().iter().find(|known| known.id == one.instrument) else {
                    return refuse(Why::Unknown, "sheet", format!("Nobody asks “{}” here", one.instrument));
                };
                text("handover", &one.handover, 200)?;
                text("by", &one.sheet.by, 100)?;
                text("about", &one.sheet.about, 100)?;
                if one.sheet.week > Date(day_of(at).0 + 1) {
                    return wrong("week", "That week has not begun");
                }
                let cannot = |fault| wrong("sheet", format!("It cannot be scored: {fault}"));
                asked.fits(&one.handover, &one.sheet).or_else(cannot)
            }
            Act::Note(one) | Act::Reason(one) | Act::Looked(one) => {
                text("about", &one.about, 2048)?;
                maybe("point", &one.point, 100)?;
                text("text", &one.text, LONGEST)
            }
        }
    }

    /// A cause is an address of a page, or a thing that is in the log.
    fn known_cause(&self, cause: &str) -> Result<(), Refusal> {
        text("because", cause, 2048)?;
        let known = match cause.split_once('/') {
            Some(("", _)) => is_address(cause),
            Some(("line", id)) => self.lines.contains_key(id),
            Some(("statement", id)) => id.parse().is_ok_and(|id: u64| self.statements.contains_key(&id)),
            Some(("conversation", id)) => self.talks.contains_key(id),
            Some(("decision", id)) => self.matters.contains_key(id),
            Some(("plan", id)) => self.plans.contains_key(id),
            Some(("promise", id)) => self.promises.contains_key(id),
            Some(("rock", rest)) => rest.split_once('/').is_some_and(|(plan, rock)| {
                self.plans.get(plan).is_some_and(|plan| plan.now.rocks.iter().any(|known| known.id == rock))
            }),
            Some(("lesson", id)) => !id.is_empty(),
            _ => false,
        };
        if known {
            return Ok(());
        }
        wrong(
            "because",
            "A cause is the address of a page, or a statement, line, conversation, decision, plan, rock or promise that is here",
        )
    }

    /// The moment at which something that is said to have been done at `at` can count: it is written after all that is here. What had
    /// closed by then is closed, whatever day a line is given.
    fn by_now(&self, at: Instant) -> Instant {
        self.newest.map_or(at, |newest| newest.max(at))
    }

    fn line(&self, line: &Line, at: Instant, because: &[String]) -> Result<(), Refusal> {
        id("id", &line.id)?;
        text("text", &line.text, 500)?;
        let known = self.lines.get(&line.id).map(super::Told::now);
        if let Some(target) = &line.target {
            text("measure", &target.measure, 200)?;
            number("from", target.from)?;
            number("to", target.to)?;
            let is_kept = known.and_then(|known| known.target.as_ref()).is_some_and(|known| known.by == target.by);
            if target.by <= day_of(at) && !is_kept {
                return wrong("by", "Write a day that is still to come");
            }
        }
        if (line.kind == Kind::Target) != line.target.is_some() {
            return wrong("target", "A target, and nothing else, is tied to a measure");
        }
        if line.kind == Kind::Fact && line.evidence.is_none() && !line.retired {
            return wrong("evidence", "A fact needs the address of what shows it");
        }
        if line.evidence.as_deref().is_some_and(|evidence| !is_address(evidence)) {
            return wrong("evidence", "Give the address of one of our pages, such as /measures/wait-for-home-care");
        }
        if let Some(under) = &line.under {
            // It may not hang on itself, however far up.
            let mut up = Some(under.clone());
            for _ in 0..=self.lines.len() {
                match up {
                    Some(one) if one == line.id => return wrong("under", "A line cannot hang on itself"),
                    Some(one) => match self.lines.get(&one) {
                        None => return refuse(Why::Unknown, "under", "There is no such line to hang it on"),
                        Some(told) => up = told.now().under.clone(),
                    },
                    None => break,
                }
            }
        } else if matches!(line.kind, Kind::Target | Kind::What) && !line.retired {
            return wrong("under", "Every priority and target hangs on a why: name the line");
        }
        match known {
            Some(known) if known.kind != line.kind => {
                wrong("kind", "A line keeps its kind: retire it, and write another")
            }
            Some(_) if because.is_empty() => {
                wrong("because", "Say because of what it changes: the address of a page, a statement or a decision")
            }
            _ => Ok(()),
        }
    }

    fn conversation(&self, one: &Conversation, at: Instant) -> Result<(), Refusal> {
        id("id", &one.id)?;
        title("question", &one.question)?;
        text("purpose", &one.purpose, LONGEST)?;
        for (perspective, share) in &one.perspectives {
            text("perspectives", perspective, 100)?;
            if !share.is_finite() || *share < 0.0 {
                return wrong("perspectives", "A fair share is a number from 0");
            }
        }
        if one.closes <= one.opens {
            return wrong("closes", "It closes before it opens");
        }
        let newest = self.talks.get(&one.id).and_then(|talk| talk.versions.last());
        match (newest, &one.parent) {
            (Some(_), None) => {
                return refuse(Why::Already, "id", "There is a conversation of this name: give it another");
            }
            (newest, Some(parent)) if newest != Some(parent) => {
                let words = "Somebody changed this conversation meanwhile: look at it, and try again from there";
                return refuse(Why::Already, "parent", words);
            }
            _ => {}
        }
        match self.talks.get(&one.id) {
            Some(talk) if talk.is.question != one.question && !talk.statements.is_empty() => {
                refuse(Why::Already, "question", "People have answered this question: open another conversation")
            }
            Some(talk) if talk.is.closes <= at.0 => {
                refuse(Why::Closed, "closes", "It is closed, and stays so: open another conversation")
            }
            _ => Ok(()),
        }
    }

    /// Whether votes and statements are taken at this moment; what was filled in on a day before the close may be typed in after it.
    fn open(&self, talk: &Conversation, at: Instant, helped: Option<&Helped>) -> Result<(), Refusal> {
        // One that was held elsewhere is taken in whole, after its close.
        let late = if talk.elsewhere { at } else { self.by_now(at) };
        if let Some(helped) = helped {
            text("helper", &helped.by, 100)?;
        }
        if let Some(on) = helped.and_then(|helped| helped.on) {
            let day = i64::from(on.0) * 86_400;
            return match () {
                // A day of the place may be one ahead.
                () if on.0 > day_of(at).0 + 1 => wrong("on", "That day has not come yet"),
                () if day + 86_400 <= talk.opens => wrong("on", "That is before this conversation opened"),
                () if day >= talk.closes => refuse(Why::Closed, "on", "That is after this conversation closed"),
                () => Ok(()),
            };
        }
        if at.0 < talk.opens {
            return refuse(Why::Closed, "conversation", "This conversation has not opened yet");
        }
        if late.0 >= talk.closes {
            return refuse(
                Why::Closed,
                "conversation",
                "This conversation is closed. What was said stays here to be read",
            );
        }
        Ok(())
    }

    fn said(&self, who: &str, at: Instant, one: &Statement) -> Result<(), Refusal> {
        let Some(talk) = self.talks.get(&one.conversation) else {
            return refuse(Why::Unknown, "conversation", "There is no such conversation");
        };
        self.open(&talk.is, at, one.helped.as_ref())?;
        // what was said elsewhere is as long, and as often, as it was there
        let elsewhere = talk.is.elsewhere;
        text("text", &one.text, if elsewhere { LONGEST } else { STATEMENT })?;
        maybe("in_english", &one.in_english, 2 * STATEMENT)?;
        text("perspective", &one.perspective, 100)?;
        maybe("role", &one.role, 100)?;
        language(&one.language)?;
        let twice = talk.statements.values().any(|said| said.who == who && seen(&said.is.text) == seen(&one.text));
        if twice && !elsewhere { refuse(Why::Already, "text", "You have said this already") } else { Ok(()) }
    }

    fn translation(&self, one: &Translation) -> Result<(), Refusal> {
        let Some((_, said)) = self.statement(one.statement) else {
            return refuse(Why::Unknown, "statement", "There is no such statement");
        };
        language(&one.language)?;
        if one.language.is_empty() || one.language == said.is.language {
            return wrong("language", "Choose the language into which you translate it");
        }
        if one.language == "en" && said.is.language.is_empty() {
            return wrong("language", "It is in English already: choose another language");
        }
        text("text", &one.text, 2 * STATEMENT)
    }

    fn moderation(&self, who: &str, one: &Moderation) -> Result<(), Refusal> {
        let Some((talk, said)) = self.statement(one.statement) else {
            return refuse(Why::Unknown, "statement", "There is no such statement");
        };
        if said.appeal.is_some() && said.rulings.iter().any(|ruled| ruled.who == who) {
            let words = "Its author asks again, and you ruled on it before: somebody else decides now";
            return refuse(Why::NotAllowed, "ruling", words);
        }
        match &one.ruling {
            Ruling::In => Ok(()),
            Ruling::Out(why) if why.trim().is_empty() => {
                wrong("reason", "Say why it is kept out: everybody reads the reason")
            }
            Ruling::Out(why) => text("reason", why, LONGEST),
            Ruling::SameAs(other)
                if *other != one.statement && talk.statements.get(other).is_some_and(|o| o.is_in()) =>
            {
                Ok(())
            }
            Ruling::SameAs(_) => wrong("same_as", "Name another statement of this conversation that people see"),
        }
    }

    fn question(&self, one: &Question, at: Instant, late: Instant) -> Result<(), Refusal> {
        id("id", &one.id)?;
        match (self.matters.get(&one.id), one.parent) {
            (None, None) => {}
            (None, Some(_)) => return refuse(Why::Unknown, "id", "There is no such question"),
            (Some(_), None) => return refuse(Why::Already, "id", "There is a question of this name"),
            (Some(_), Some(parent)) => {
                let known = self.unsettled(&one.id)?;
                if parent != known.newest() {
                    return refuse(Why::Already, "id", "Somebody has changed it since: look at it, and try again");
                }
                if !known.have_said().is_empty() {
                    let words = "Members have said where they stand on it: put another question";
                    return refuse(Why::Closed, "id", words);
                }
            }
        }
        if !one.withdrawn.is_empty() {
            return text("withdrawn", &one.withdrawn, LONGEST);
        }
        title("question", &one.question)?;
        text("why_this_rule", &one.why_this_rule, LONGEST)?;
        let mut voices = std::collections::BTreeSet::new();
        for voice in &one.must_be_heard {
            text("must_be_heard", voice, 100)?;
            if !voices.insert(voice.to_lowercase()) {
                return wrong("must_be_heard", format!("It is there twice: {voice}"));
            }
        }
        choices(one.options.all())?;
        if one.level != Level::Neighbourhood {
            text("why_not_lower", &one.why_not_lower, LONGEST)?;
        }
        if one.closes <= one.opens || one.closes <= at.0 {
            return wrong("closes", "It closes before it opens");
        }
        if one.closes <= late.0 {
            return wrong("closes", "It has closed by now: more has been said here since");
        }
        if one.closes - at.0 > TEN_YEARS {
            return wrong("closes", "It closes in more than ten years");
        }
        if one.pounds.is_some_and(|pounds| !(pounds.is_finite() && pounds >= 0.0)) {
            return wrong("pounds", "Write how many pounds, from nought");
        }
        let is_none = |quorum: Quorum| match quorum {
            Quorum::Members(needed) => needed == 0,
            Quorum::Share(share) => share.of == 0 || share.out_of == 0,
        };
        if one.rule.quorum().is_some_and(is_none) {
            return wrong("quorum", "At least one seat must take part");
        }
        if let Rule::Transferable { seats, .. } = one.rule
            && !(1..one.options.all().len()).contains(&seats)
        {
            return wrong("seats", "Choose at least one, and fewer than there are choices");
        }
        if one.sealed == Some(Secrecy::Secret) && !one.rule.counts_nameless() {
            return wrong(
                "sealed",
                "By this rule it matters who says what, so votes keep their names: leave it open, or sealed with names",
            );
        }
        if one.conversation.as_ref().is_some_and(|talk| !self.talks.contains_key(talk)) {
            return refuse(Why::Unknown, "conversation", "There is no such conversation");
        }
        let Some(scheme) = &self.scheme else { return Ok(()) };
        let today = day_of(at);
        let may = scheme.who_may_decide(&one.duty, today, one.pounds);
        let may = may.or_else(|fault| wrong("duty", fault.to_string()))?;
        let Some(authority) = may.iter().find(|authority| authority.body == one.body) else {
            let these: Vec<&str> = may.iter().map(|authority| authority.words.as_str()).collect();
            let these = if these.is_empty() { "nobody, for so much money".to_owned() } else { these.join("; ") };
            return refuse(Why::NotAllowed, "body", format!("This body may not settle it. These may: {these}"));
        };
        if one.level < authority.level {
            let level = authority.level.words();
            return wrong("level", format!("This body decides at the level of the {level}: say so, and why not lower"));
        }
        let seats = self.roll(&one.body, today).map_or(0, |roll| roll.len());
        match one.rule.quorum().map(|quorum| quorum.needed(seats)) {
            Some(needed) if seats > 0 && needed > seats => {
                wrong("quorum", format!("There are {seats} seats, and {needed} would have to take part"))
            }
            _ => Ok(()),
        }
    }

    fn choices(&self, one: &Choices) -> Result<(), Refusal> {
        let matter = self.unsettled(&one.question)?;
        if !matter.have_said().is_empty() && one.add.is_some() {
            return refuse(
                Why::Closed,
                "add",
                "Members have said where they stand on these options: put another question",
            );
        }
        let mut all: Vec<crate::decision::Choice> = matter.is.is.options.clone().into();
        if let Some(add) = &one.add {
            id("add", &add.id)?;
            all.push(add.clone());
            Options::new(all.clone()).map(drop).or_else(|fault| wrong("add", fault.to_string()))?;
            choices(&all)?;
        }
        for (option, effects) in &one.effects {
            if !all.iter().any(|choice| choice.id == *option) {
                return refuse(Why::Unknown, "effects", "There is no such option");
            }
            for effect in effects {
                [effect.expected, effect.range[0], effect.range[1]]
                    .into_iter()
                    .try_for_each(|n| number("effects", n))?;
                text("evidence", &effect.evidence, 2048)?;
            }
        }
        Ok(())
    }

    fn unsettled(&self, question: &str) -> Result<&Matter, Refusal> {
        match self.matters.get(question) {
            None => refuse(Why::Unknown, "question", "There is no such question"),
            Some(matter) if matter.recorded.is_some() => {
                refuse(Why::Closed, "question", "It is decided. A record is superseded, never changed")
            }
            Some(matter) if !matter.is.is.withdrawn.is_empty() => {
                refuse(Why::Closed, "question", "It was withdrawn, and is asked no more")
            }
            Some(matter) => Ok(matter),
        }
    }

    /// A seat of the body that settles it; any member where no scheme names seats.
    fn member(&self, matter: &Matter, member: &str, at: Instant) -> Result<(), Refusal> {
        text("member", member, 100)?;
        if self.scheme.is_none() {
            return Ok(());
        }
        let roll = self.seats(matter, at).or_else(|fault| wrong("body", fault.to_string()))?;
        if roll.members().any(|one| one.id == member) {
            return Ok(());
        }
        refuse(Why::NotAllowed, "member", "This seat does not vote on the body that settles this question")
    }

    /// Whether a seat may say where it stands on a question now. After the close only of a wording that came late: all of one that was
    /// first written then, and whoever stood on another.
    ///
    /// # Errors
    /// When it has no seat there, an interest bars it, or it is not the time.
    pub fn may_vote(&self, matter: &Matter, member: &str, at: Instant) -> Result<(), Refusal> {
        let late = self.by_now(at);
        self.member(matter, member, late)?;
        if let Some(interest) = matter.bars(member) {
            return refuse(
                Why::NotAllowed,
                "member",
                format!("An interest was declared, and keeps it from voting: {}", interest.what),
            );
        }
        let question = &matter.is.is;
        if at.0 < question.opens {
            return refuse(Why::Closed, "question", "Members cannot say where they stand yet");
        }
        if late.0 < question.closes {
            return Ok(());
        }
        let is_new = matter.is_worded() && matter.worded_at().is_some_and(|at| at.0 >= question.closes);
        let options = question.options.all();
        if is_new || options.iter().any(|option| matter.is_of_earlier_wording(member, &option.id)) {
            return Ok(());
        }
        refuse(Why::Closed, "question", "This has closed")
    }

    fn opened(&self, one: &Opened, at: Instant) -> Result<(), Refusal> {
        let matter = self.unsettled(&one.question)?;
        let Some(secrecy) = matter.is.is.sealed else {
            return wrong("question", "Votes on this question were never sealed");
        };
        if at.0 < matter.is.is.closes {
            return refuse(Why::Closed, "question", "Votes stay sealed until the close");
        }
        if matter.opened.is_some() {
            return refuse(Why::Already, "question", "The votes are open already");
        }
        let spoilt = one.spoilt.iter().filter(|member| matter.sealed.contains_key(*member)).count();
        if one.voted.iter().ne(matter.sealed.keys())
            || one.papers.len() + spoilt != one.voted.len()
            || spoilt != one.spoilt.len()
            || !one.spoilt.is_sorted_by(|a, b| a < b)
        {
            return wrong("voted", "Every sealed vote is opened, and no other");
        }
        let named = one.papers.iter().filter(|paper| paper.member.is_some()).count();
        match secrecy {
            Secrecy::Named if named != one.papers.len() => return wrong("papers", "These votes keep their names"),
            Secrecy::Secret if named != 0 => return wrong("papers", "These votes lose their names"),
            Secrecy::Secret if !one.papers.is_sorted() => {
                return wrong("papers", "Their order must not tell who cast them");
            }
            _ => {}
        }
        one.papers.iter().try_for_each(|paper| match (&paper.ballot, secrecy) {
            // Its free words stay sealed.
            (Ballot::On { option, position: Position::Concern { reason }, .. }, Secrecy::Secret)
                if reason.is_empty() =>
            {
                ballot(
                    matter,
                    &Ballot::On { option: option.clone(), position: Position::CanLiveWith, note: String::new() },
                )
            }
            _ => ballot(matter, &paper.ballot),
        })
    }

    /// A draft with all that the log knows filled in, as it would be recorded at this moment: what was asked, heard and said, by what
    /// right it is decided, and what came of the rule. Whether it may be recorded is for [`State::check`] to say.
    ///
    /// # Errors
    /// When there is no such question, it is settled, the body may not settle it, or its votes cannot be counted yet.
    pub fn complete(&self, draft: &Draft, at: Instant) -> Result<Draft, Refusal> {
        let matter = self.unsettled(&draft.id)?;
        let mut draft = matter.complete(draft);
        let question = &matter.is.is;
        draft.settled.rule = question.rule.words().to_owned();
        draft.settled.because.clone_from(&question.why_this_rule);
        let Some(scheme) = &self.scheme else { return Ok(draft) };
        let may = scheme.who_may_decide(&question.duty, day_of(at), question.pounds);
        let may = may.or_else(|fault| wrong("authority", fault.to_string()))?;
        let now =
            scheme.now_called(&question.body, day_of(at)).or_else(|fault| wrong("authority", fault.to_string()))?;
        let Some(authority) = may.into_iter().find(|authority| authority.body == now.id) else {
            return refuse(Why::NotAllowed, "authority", "The body may no longer settle it: see who may");
        };
        draft.authority = authority.words;
        draft.settled.outcome = match self.verdict_of(matter, &draft.chosen, at)? {
            Verdict::On(verdict) => verdict.to_string(),
            Verdict::Order { chosen, .. } => {
                if matches!(question.rule, Rule::Transferable { .. }) {
                    draft.also = chosen.iter().filter(|id| **id != draft.chosen).cloned().collect();
                }
                format!("chosen: {}", chosen.join(", "))
            }
        };
        Ok(draft)
    }

    fn verdict_of(&self, matter: &Matter, option: &str, at: Instant) -> Result<Verdict, Refusal> {
        let roll = self.seats(matter, at).or_else(|fault| wrong("body", fault.to_string()))?;
        matter.verdict(&roll, option).or_else(|fault| wrong("settled", fault.to_string()))
    }

    fn decision(&self, one: &Recorded, at: Instant) -> Result<(), Refusal> {
        let draft = &one.decision;
        let matter = self.unsettled(&draft.id)?;
        let whole = self.complete(draft, at)?;
        let passed = || match &self.scheme {
            Some(_) if !self.verdict_of(matter, &draft.chosen, at)?.passed(&draft.chosen) => {
                wrong("settled", format!("By the rule that was chosen this is {}", whole.settled.outcome))
            }
            _ => Ok(()),
        };
        if whole != *draft {
            passed()?;
            as_it_was(&whole, draft)?;
        }
        let decision = Decision::try_from(draft.clone()).or_else(|fault| wrong("decision", fault.to_string()))?;
        if draft.decided != day_of(at) {
            return wrong(
                "decided",
                format!("It is decided on the day on which it is recorded, {}", day::long(day_of(at))),
            );
        }
        self.supersedes(matter, draft.supersedes.as_deref(), at)?;
        self.decisions.clone().add(decision).or_else(|fault| refuse(Why::Already, "supersedes", fault.to_string()))?;
        passed()?;
        if matter.is_worded() && matter.drafts.last().is_some_and(|newest| !is_same_wording(&newest.is, draft)) {
            return wrong("we_will", "Members stood on another wording: show them this one first");
        }
        let question = &matter.is.is;
        if at.0 >= question.closes || question.rule == Rule::Advice {
            return Ok(());
        }
        let said = matter.have_said();
        let seats = self.seats(matter, at).or_else(|fault| wrong("body", fault.to_string()))?;
        let silent = |id: &&str| !said.contains(id) && matter.bars(id).is_none();
        let silent: Vec<&str> = seats.members().map(|member| member.id.as_str()).filter(silent).collect();
        if !seats.is_empty() && silent.is_empty() {
            return Ok(());
        }
        let waits = if silent.is_empty() { String::new() } else { format!(": {}", silent.join(", ")) };
        refuse(
            Why::Closed,
            "settled",
            format!("It can be recorded when it has closed, or when every seat has spoken{waits}"),
        )
    }

    /// Whether the body that settles this question may put something in the place of an older decision: its own, one of a body that it
    /// took the place of, or one that it might have taken.
    ///
    /// # Errors
    /// When it may not.
    pub fn supersedes(&self, matter: &Matter, old: Option<&str>, at: Instant) -> Result<(), Refusal> {
        let (Some(scheme), Some(old)) = (&self.scheme, old.and_then(|old| self.matters.get(old))) else {
            return Ok(());
        };
        let (old, on) = (&old.is.is, day_of(at));
        let called =
            |body: &str| scheme.now_called(body, on).map_or_else(|_| body.to_owned(), |known| known.id.clone());
        let own = called(&matter.is.is.body);
        let may = || scheme.who_may_decide(&old.duty, on, old.pounds).unwrap_or_default();
        if called(&old.body) == own || may().iter().any(|authority| authority.body == own) {
            return Ok(());
        }
        refuse(Why::NotAllowed, "supersedes", "Another body took that decision, and this one may not decide about it")
    }

    fn plan(&self, plan: &str) -> Result<&Agreed, Refusal> {
        self.plans.get(plan).map_or_else(|| none("plan", plan, self.plans.keys()), Ok)
    }
}

/// Names the first part of a record that is not as the log has it, and what the log has.
fn as_it_was(whole: &Draft, draft: &Draft) -> Result<(), Refusal> {
    const PARTS: [&str; 12] = [
        "id",
        "question",
        "options",
        "level",
        "why_not_lower",
        "must_be_heard",
        "heard",
        "stances",
        "interests",
        "authority",
        "settled",
        "also",
    ];
    let [whole, draft] = [whole, draft].map(|one| serde_json::json!(one));
    let Some(field) = PARTS.into_iter().find(|part| whole[part] != draft[part]) else { return Ok(()) };
    let has: String = whole[field].to_string().chars().take(LONGEST).collect();
    wrong(field, format!("The record must hold what was asked, heard and said, as it was. The log has {has}"))
}

/// Choices that can be told apart, and that fit on a ballot.
fn choices(all: &[crate::decision::Choice]) -> Result<(), Refusal> {
    if all.len() > MOST_CHOICES {
        return wrong("options", format!("Offer at most {MOST_CHOICES} choices"));
    }
    let mut titles = std::collections::BTreeSet::new();
    for choice in all {
        id("options", &choice.id)?;
        text("options", &choice.title, 200)?;
        maybe("options", &choice.detail, LONGEST)?;
        if !titles.insert(choice.title.to_lowercase()) {
            return wrong("options", format!("Two choices are called “{}”", choice.title));
        }
    }
    Ok(())
}

fn ballot(matter: &Matter, ballot: &Ballot) -> Result<(), Refusal> {
    let options = &matter.is.is.options;
    let ranks = matter.is.is.rule.ranks();
    match ballot {
        Ballot::On { option, position, note } => {
            if ranks {
                return wrong("ballot", "Put the options in order");
            }
            if options.get(option).is_none() {
                return refuse(Why::Unknown, "option", "There is no such option");
            }
            if let Position::Concern { reason } = position {
                text("reason", reason, LONGEST)?;
            }
            maybe("note", note, LONGEST)
        }
        Ballot::Order(order) => {
            if !ranks {
                return wrong("ballot", "Say where you stand on one option");
            }
            let mut seen = std::collections::BTreeSet::new();
            if order.is_empty() || !order.iter().all(|id| options.get(id).is_some() && seen.insert(id)) {
                return wrong("order", format!("Name each option once, best first; “{CHANGE_NOTHING}” is one of them"));
            }
            Ok(())
        }
    }
}

//! What may be done now, and what is wrong with it otherwise: said before anything is written, and again when it is read.

use super::state::voter;
use super::words::{LONGEST, STATEMENT, fit};
use super::*;
use crate::decision::{CHANGE_NOTHING, Decision};
use crate::plan::State as Step;
use crate::scheme::Scheme;

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
        Ok(_) => wrong(field, "Leave out the spaces around it"),
        Err(words) => wrong(field, words),
    }
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

/// The day of a moment, in universal time.
pub fn day_of(at: Instant) -> Date {
    Date(at.0.div_euclid(86_400) as i32)
}

impl super::State {
    /// Whether this may be done now.
    ///
    /// # Errors
    /// What is wrong with it, and the way out.
    pub fn check(&self, who: &str, at: Instant, because: &[String], act: &Act) -> Result<(), Refusal> {
        if voter(who).is_none() {
            text("who", who, 100)?;
        }
        if because.len() > 100 {
            return wrong("because", "Name at most 100 causes");
        }
        because.iter().try_for_each(|cause| self.known_cause(cause))?;
        match act {
            Act::Scheme(rows) => {
                Scheme::new(rows.clone()).map(drop).or_else(|fault| wrong("scheme", fault.to_string()))
            }
            Act::Line(line) => self.line(line),
            Act::Standing(one) => {
                if !self.lines.contains_key(&one.line) {
                    return refuse(Why::Unknown, "line", "There is no such line");
                }
                text("perspective", &one.perspective, 100)?;
                one.disputed.as_ref().map_or(Ok(()), |why| text("disputed", why, LONGEST))
            }
            Act::Conversation(one) => self.conversation(one, at),
            Act::Statement(one) => self.said(who, at, one),
            Act::Moderation(one) => self.moderation(one),
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
                match said.rulings.last() {
                    Some((_, Ruling::Out(_) | Ruling::SameAs(_))) if said.appeal.is_none() => {
                        text("words", &one.words, LONGEST)
                    }
                    Some((_, Ruling::Out(_) | Ruling::SameAs(_))) => {
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
                self.open(&talk.is, at)?;
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
            Act::Question(one) => self.question(one, at),
            Act::Choices(one) => self.choices(one),
            Act::Draft(one) => {
                self.unsettled(&one.draft.id)?;
                text("we_will", &one.draft.we_will, LONGEST)
            }
            Act::Voice(one) => {
                self.unsettled(&one.question)?;
                text("perspective", &one.voice.perspective, 100)?;
                match &one.voice.answer {
                    Answer::Adapted(how) | Answer::Declined(how) => text("answer", how, LONGEST)?,
                    Answer::Adopted | Answer::NoView => {}
                }
                text("said", &one.voice.said, LONGEST)
            }
            Act::Interest(one) => {
                let matter = self.unsettled(&one.question)?;
                self.member(matter, &one.interest.member, at)?;
                text("what", &one.interest.what, LONGEST)
            }
            Act::Ballot(one) => {
                let matter = self.unsettled(&one.question)?;
                if matter.is.is.sealed.is_some() {
                    return refuse(Why::NotAllowed, "ballot", "Votes on this question are sealed until the close");
                }
                self.may_vote(matter, &one.member, at)?;
                ballot(matter, &one.ballot)
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
            Act::Decision(one) => self.decision(one, at),
            Act::Rang(one) => {
                let Some(decision) = self.decisions.get(&one.decision) else {
                    return refuse(Why::Unknown, "decision", "There is no such decision");
                };
                if one.rule >= decision.stop_if.len() {
                    return refuse(Why::Unknown, "rule", "The decision has no such stop rule");
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
                Some(_) => text("words", &one.words, LONGEST),
            },
            Act::Pulse(one) => {
                text("handover", &one.handover, 200)?;
                text("by", &one.sheet.by, 100)?;
                text("about", &one.sheet.about, 100)?;
                if voter(who).is_none() {
                    return refuse(Why::NotAllowed, "who", "Answers are kept apart from names");
                }
                let week = one.sheet.week.0;
                if (day_of(at).0 - 6..=day_of(at).0 + 1).contains(&week) || week <= day_of(at).0 {
                    Ok(())
                } else {
                    wrong("week", "That week has not begun")
                }
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
            Some(("", _)) => true,
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

    fn line(&self, line: &Line) -> Result<(), Refusal> {
        id("id", &line.id)?;
        text("text", &line.text, 500)?;
        if let Some(target) = &line.target {
            text("measure", &target.measure, 200)?;
            number("from", target.from)?;
            number("to", target.to)?;
        }
        if (line.kind == Kind::Target) != line.target.is_some() {
            return wrong("target", "A target, and nothing else, is tied to a measure");
        }
        if line.kind == Kind::Fact && line.evidence.is_none() && !line.retired {
            return wrong("evidence", "A fact needs the address of what shows it");
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
        match self.lines.get(&line.id) {
            Some(told) if told.now().kind != line.kind => {
                wrong("kind", "A line keeps its kind: retire it, and write another")
            }
            _ => Ok(()),
        }
    }

    fn conversation(&self, one: &Conversation, at: Instant) -> Result<(), Refusal> {
        id("id", &one.id)?;
        text("question", &one.question, 200)?;
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

    fn open(&self, talk: &Conversation, at: Instant) -> Result<(), Refusal> {
        if at.0 < talk.opens {
            return refuse(Why::Closed, "conversation", "This conversation has not opened yet");
        }
        if at.0 >= talk.closes {
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
        self.open(&talk.is, at)?;
        text("text", &one.text, STATEMENT)?;
        maybe("in_english", &one.in_english, 2 * STATEMENT)?;
        text("perspective", &one.perspective, 100)?;
        maybe("role", &one.role, 100)?;
        let tag = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if one.language.len() > 35 || !one.language.bytes().all(tag) {
            return wrong("language", "A language is written as cy, pl or pt-BR");
        }
        let twice = talk.statements.values().any(|said| said.who == who && said.is.text == one.text);
        if twice { refuse(Why::Already, "text", "You have said this already") } else { Ok(()) }
    }

    fn moderation(&self, one: &Moderation) -> Result<(), Refusal> {
        let Some((talk, _)) = self.statement(one.statement) else {
            return refuse(Why::Unknown, "statement", "There is no such statement");
        };
        match &one.ruling {
            Ruling::In => Ok(()),
            Ruling::Out(why) => text("reason", why, LONGEST),
            Ruling::SameAs(other)
                if *other != one.statement && talk.statements.get(other).is_some_and(|o| o.is_in()) =>
            {
                Ok(())
            }
            Ruling::SameAs(_) => wrong("same_as", "Name another statement of this conversation that people see"),
        }
    }

    fn question(&self, one: &Question, at: Instant) -> Result<(), Refusal> {
        id("id", &one.id)?;
        if self.matters.contains_key(&one.id) {
            return refuse(Why::Already, "id", "There is a question of this name");
        }
        text("question", &one.question, 200)?;
        text("why_this_rule", &one.why_this_rule, LONGEST)?;
        one.must_be_heard.iter().try_for_each(|voice| text("must_be_heard", voice, 100))?;
        if one.level != Level::Neighbourhood {
            text("why_not_lower", &one.why_not_lower, LONGEST)?;
        }
        if one.closes <= one.opens {
            return wrong("closes", "It closes before it opens");
        }
        if one.conversation.as_ref().is_some_and(|talk| !self.talks.contains_key(talk)) {
            return refuse(Why::Unknown, "conversation", "There is no such conversation");
        }
        let Some(scheme) = &self.scheme else { return Ok(()) };
        let may = scheme.who_may_decide(&one.duty, day_of(at), one.pounds);
        let may = may.or_else(|fault| wrong("duty", fault.to_string()))?;
        if may.iter().any(|authority| authority.body == one.body) {
            return Ok(());
        }
        let these: Vec<&str> = may.iter().map(|authority| authority.words.as_str()).collect();
        let these = if these.is_empty() { "nobody, for so much money".to_owned() } else { these.join("; ") };
        refuse(Why::NotAllowed, "body", format!("This body may not settle it. These may: {these}"))
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
            text("title", &add.title, 100)?;
            all.push(add.clone());
            Options::new(all.clone()).map(drop).or_else(|fault| wrong("add", fault.to_string()))?;
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
            Some(matter) => Ok(matter),
        }
    }

    /// A seat of the body that settles it; any member where no scheme names seats.
    fn member(&self, matter: &Matter, member: &str, at: Instant) -> Result<(), Refusal> {
        text("member", member, 100)?;
        if self.scheme.is_none() {
            return Ok(());
        }
        let roll = self.roll(&matter.is.is.body, day_of(at)).or_else(|fault| wrong("body", fault.to_string()))?;
        if roll.members().any(|one| one.id == member) {
            return Ok(());
        }
        refuse(Why::NotAllowed, "member", "This seat does not vote on the body that settles this question")
    }

    fn may_vote(&self, matter: &Matter, member: &str, at: Instant) -> Result<(), Refusal> {
        self.member(matter, member, at)?;
        let out = |interest: &&Interest| {
            interest.member == member && !matches!(interest.handled, crate::decision::Handled::Noted)
        };
        if let Some(interest) = matter.interests.iter().find(out) {
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
        if at.0 >= question.closes || matter.opened.is_some() {
            return refuse(Why::Closed, "question", "This has closed");
        }
        Ok(())
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
        if one.voted.iter().ne(matter.sealed.keys()) || one.papers.len() != one.voted.len() {
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
        one.papers.iter().try_for_each(|paper| ballot(matter, &paper.ballot))
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
        let Some(authority) = may.into_iter().find(|authority| authority.body == question.body) else {
            return refuse(Why::NotAllowed, "authority", "The body may no longer settle it: see who may");
        };
        draft.authority = authority.words;
        draft.settled.outcome = match self.verdict_of(matter, &draft.chosen, at)? {
            Verdict::On(verdict) => verdict.to_string(),
            Verdict::Order { chosen, .. } => format!("chosen: {}", chosen.join(", ")),
        };
        Ok(draft)
    }

    fn verdict_of(&self, matter: &Matter, option: &str, at: Instant) -> Result<Verdict, Refusal> {
        let roll = self.roll(&matter.is.is.body, day_of(at)).or_else(|fault| wrong("body", fault.to_string()))?;
        matter.verdict(&roll, option).or_else(|fault| wrong("settled", fault.to_string()))
    }

    fn decision(&self, one: &Recorded, at: Instant) -> Result<(), Refusal> {
        let draft = &one.decision;
        let matter = self.unsettled(&draft.id)?;
        if self.complete(draft, at)? != *draft {
            return wrong("decision", "The record must hold what was asked, heard and said, as it was");
        }
        let decision = Decision::try_from(draft.clone()).or_else(|fault| wrong("decision", fault.to_string()))?;
        if draft.decided > day_of(at) {
            return wrong("decided", "That day has not come yet");
        }
        self.decisions.clone().add(decision).or_else(|fault| refuse(Why::Already, "supersedes", fault.to_string()))?;
        if self.scheme.is_none() || self.verdict_of(matter, &draft.chosen, at)?.passed(&draft.chosen) {
            return Ok(());
        }
        wrong("settled", format!("By the rule that was chosen this is {}", draft.settled.outcome))
    }

    fn plan(&self, plan: &str) -> Result<&Agreed, Refusal> {
        self.plans.get(plan).map_or_else(|| none("plan", plan, self.plans.keys()), Ok)
    }
}

fn ballot(matter: &Matter, ballot: &Ballot) -> Result<(), Refusal> {
    let options = &matter.is.is.options;
    let ranks = matches!(matter.is.is.rule, Rule::Schulze { .. } | Rule::Transferable { .. });
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

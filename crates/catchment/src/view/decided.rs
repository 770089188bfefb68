//! Questions and decisions: what each choice would do, where members stand, the wording, and whether it turned out as expected.

mod public;

use super::{Reader, better, quoted};
use crate::ask::{Ask, Wrong};
use crate::fault::Fault;
use crate::see::Why as Walk;
use agree::decision::{
    self, Answer, CHANGE_NOTHING, Choice, Decision, Draft, Effect, Handled, Interest, InterestKind, Point, Position,
    Prediction, Stage, StopRule, TurnedOut, Watch, Whom,
};
use agree::log::{Ballot, Matter, State, Verdict};
use agree::scheme::Authority;
use agree::vote::{Count, Elected, Quorum, Reason, Rule};
use domain::{Date, Instant};
use measures::series::Grain;
use measures::spc;
use show::number::{count, plural};
use show::{
    Alternative, Bell, Better, Card, Cell, Choices, Clause, Earlier, Evidence, Expected, Fact, Field, Figure, Form,
    Link, Panel, Picture, Ring, Rows, Stages, Stand, Stands, Table, Unit, View, Width, Wording,
};
use std::collections::BTreeMap;

/// Cards of each kind that home has room for.
const ON_HOME: usize = 3;

/// A measure, as it is said.
pub(crate) struct Called {
    pub title: String,
    pub unit: Unit,
    pub better: Better,
    /// Its page, where it has one.
    pub href: Option<String>,
    /// What `/why/` knows it by.
    pub why: Option<String>,
}

/// A day as it is said: "20 November 2025".
pub fn long(day: Date) -> String {
    jiff::civil::Date::from(day).strftime("%-d %B %Y").to_string()
}

/// The letter by which an option is known on its page; none for changing nothing.
pub fn letters(question: &agree::log::Question) -> BTreeMap<&str, String> {
    let real = question.options.all().iter().filter(|choice| choice.id != CHANGE_NOTHING);
    let lettered = real.enumerate().map(|(at, choice)| {
        let letter = char::from_u32(u32::from(b'A') + at as u32).filter(|_| at < 26);
        (choice.id.as_str(), letter.map_or_else(|| (at + 1).to_string(), |letter| letter.to_string()))
    });
    lettered.chain([(CHANGE_NOTHING, String::new())]).collect()
}

/// A role as it is said of a seat; its id where the scheme no longer has it.
pub fn seat_called(state: &State, seat: &str) -> String {
    let rows = state.scheme.as_ref().map(|scheme| &scheme.rows().seats);
    let known = rows.and_then(|seats| seats.iter().find(|known| known.id == seat));
    known.map_or_else(|| seat.to_owned(), |known| known.role.clone())
}

/// The name of a body; its id where no scheme names it.
pub(crate) fn body_called(state: &State, body: &str, on: Date) -> String {
    let known = state.scheme.as_ref().and_then(|scheme| scheme.now_called(body, on).ok());
    known.map_or_else(|| show::chart::sentence(&body.replace('-', " ")), |known| known.name.clone())
}

/// Whether a question wants something: what is shown first.
fn is_due(matter: &Matter) -> bool {
    matter.recorded.is_none() && matter.is.is.withdrawn.is_empty()
}

/// Whether a decision is to be laid beside what came.
pub(crate) fn is_ready(state: &State, matter: &Matter, today: Date) -> bool {
    let decision = state.decisions.get(&matter.is.is.id);
    decision.is_some_and(|known| known.review_on() <= today) && !matter.is_reviewed() && !is_superseded(state, matter)
}

fn is_superseded(state: &State, matter: &Matter) -> bool {
    state.decisions.superseded_by(&matter.is.is.id).is_some()
}

/// Whether one of its stop rules rang and nobody has looked at it since.
pub(crate) fn rings(state: &State, matter: &Matter) -> bool {
    let newest = matter.rang.iter().map(|rang| rang.0).max();
    let looked = matter.review.as_ref().map(|review| review.at);
    newest.is_some_and(|rang| looked.is_none_or(|looked| looked < rang)) && !is_superseded(state, matter)
}

/// What a stage before any vote waits for, to follow "waits for".
fn waits_for(words: &str) -> String {
    if let Some(who) = words.strip_suffix(" has not been heard") {
        return format!("{who} to be heard");
    }
    if let Some(what) = words.strip_suffix(" has not been tried") {
        return format!("“{what}” to be tried");
    }
    match words {
        "no member has said where it stands" => "members to say where they stand".to_owned(),
        other => other.to_owned(),
    }
}

/// Of a seat, whom it speaks for: "Eastbrook practices" of "Clinical director, Eastbrook practices".
fn speaks_for(state: &State, seat: &str) -> String {
    let role = seat_called(state, seat);
    role.rsplit_once(", ").map_or(role.clone(), |(_, body)| body.to_owned())
}

/// Why a rule says no, as what is waited for.
fn lacking(state: &State, reason: &Reason) -> String {
    match reason {
        Reason::Quorum { present, needed } => {
            format!("{} to say where they stand", plural(needed.saturating_sub(*present), "more member"))
        }
        Reason::Unheard(who) => format!("{} to be heard", who.join(", ")),
        Reason::Objection { by, .. } => format!("an answer to the concern of {}", speaks_for(state, by)),
        Reason::TooFew { perspective, .. } => format!("{perspective} to say where they stand"),
        Reason::Disagrees { perspective, .. } => format!("{perspective} to agree"),
        Reason::Unconfirmed(who) => {
            let who: Vec<String> = who.iter().map(|seat| speaks_for(state, seat)).collect();
            format!("{} to say whether the new wording is theirs", who.join(", "))
        }
        Reason::Short { agree, of } => format!("more to be for it: {agree} of {of} are"),
    }
}

/// Why a rule says no, seats by their roles.
fn reasoned(state: &State, reason: &Reason) -> String {
    match reason {
        Reason::Objection { by, reason } => {
            format!("{} has a concern: {}", speaks_for(state, by), reason.trim_end_matches('.'))
        }
        Reason::Unconfirmed(_) => format!("it waits for {}", lacking(state, reason)),
        other => other.to_string(),
    }
}

/// What a measure was about a day.
struct Was {
    /// The day on which the newest of its periods ended.
    ends: Date,
    /// The mean over its periods.
    value: f64,
    /// "in the four weeks to 14 September 2025"
    when: String,
}

/// What came of one prediction.
struct Came {
    was: Option<Was>,
    /// Whether its day has passed, or it was reviewed.
    is_due: bool,
    /// What it is now, where that is later.
    now: Option<f64>,
    result: TurnedOut,
}

/// How a value that came is counted.
const SETTLED: &str = "the mean of its last four whole weeks up to the day of the prediction, or its last whole month where it is counted by month";

/// The mean of the last four whole weeks between two days; of a measure that has months only, its last whole month. One week alone says
/// more of chance than of what was decided, and a mean leaves no bad week out.
fn settled(points: &[Point], after: Date, until: Date) -> Option<Was> {
    const DAYS: i32 = 28;
    let is_weekly = points.windows(2).any(|pair| pair[1].ends.0 - pair[0].ends.0 < 10);
    let between = points.iter().filter(|point| point.ends > after && point.ends <= until);
    let known: Vec<(Date, f64)> = between.filter_map(|point| Some((point.ends, point.value?))).collect();
    let ends = known.last()?.0;
    let kept: Vec<f64> = known.iter().filter(|point| point.0.0 > ends.0 - DAYS).map(|point| point.1).collect();
    let when = match (is_weekly, kept.len()) {
        (false, _) => format!("in {}", jiff::civil::Date::from(ends).strftime("%B %Y")),
        (true, 1) => format!("in the week to {}", long(ends)),
        (true, many) => format!("in the {} weeks to {}", ["two", "three", "four"][many.clamp(2, 4) - 2], long(ends)),
    };
    Some(Was { ends, value: kept.iter().sum::<f64>() / kept.len() as f64, when })
}

/// How a prediction turned out, in a sentence: what it did beside what was expected of it.
fn turned_out(expected: &Prediction, unit: &Unit, value: f64, when: &str, result: TurnedOut) -> String {
    let level = expected.from.abs().max(expected.expected.abs());
    let scale = unit.scale(level).precise(level / 2.0);
    // what differs by a share differs by points of it
    let points = Unit::Of("percentage points".to_owned());
    let apart = if *unit == Unit::Percent { points.scale(level).precise(level / 2.0) } else { scale.clone() };
    let moved = |to: f64| match to.total_cmp(&expected.from) {
        std::cmp::Ordering::Less => format!("fell by {}", apart.say(expected.from - to)),
        _ => format!("rose by {}", apart.say(to - expected.from)),
    };
    let hoped = apart.number((expected.expected - expected.from).abs());
    let way = if expected.expected < expected.from { "fall" } else { "rise" };
    let says = match result {
        TurnedOut::AsExpected => return format!("It was {} {when}: as expected.", scale.say(value)),
        TurnedOut::MoreThanExpected | TurnedOut::LessThanExpected => format!("we expected {hoped}"),
        TurnedOut::NotAtAll => format!("we expected it to {way} by {hoped}"),
        TurnedOut::Otherwise | TurnedOut::Unknown => "we did not expect it to move".to_owned(),
    };
    if scale.number(value) == scale.number(expected.from) {
        return format!("It was still {} {when}; {says}.", scale.say(value));
    }
    format!("It {} {when}, to {}; {says}.", moved(value), scale.say(value))
}

/// One decision's predictions in a few words, of those whose day has passed.
fn all_turned_out(due: &[TurnedOut]) -> String {
    let as_expected = due.iter().filter(|one| **one == TurnedOut::AsExpected).count();
    match (due.len(), as_expected) {
        (0, _) => "Too early to say".to_owned(),
        (all, same) if all == same => "As expected".to_owned(),
        (1, 0) if due[0] == TurnedOut::MoreThanExpected => "More than expected".to_owned(),
        (1, 0) if due[0] == TurnedOut::LessThanExpected => "Less than expected".to_owned(),
        (_, 0) => "Not as expected".to_owned(),
        (all, same) => format!("{same} of {} as expected", plural(all, "prediction")),
    }
}

/// "by consent; at least half of the 12 seats must take part"
fn ruled(rule: &Rule, seats: usize) -> String {
    let by = format!("Settled by {}", rule.words());
    match rule.quorum() {
        None => format!("{by}."),
        Some(Quorum::Members(needed)) => format!("{by}; {needed} must take part."),
        Some(quorum) if seats == 0 => format!("{by}; {} must take part.", quorum.needed(seats)),
        Some(quorum) => format!("{by}; {} of {seats} must take part.", quorum.needed(seats)),
    }
}

fn interest_kind(kind: InterestKind) -> &'static str {
    match kind {
        InterestKind::Financial => "money",
        InterestKind::NonFinancialProfessional => "profession or standing",
        InterestKind::NonFinancialPersonal => "family, faith or cause",
        InterestKind::Indirect => "of somebody close",
    }
}

fn handled(handled: Handled) -> &'static str {
    match handled {
        Handled::Noted => "noted, took part in full",
        Handled::DidNotVote => "spoke and did not vote",
        Handled::Left => "left for this question",
    }
}

fn answered(answer: &Answer) -> String {
    match answer {
        Answer::Adopted => "Adopted".to_owned(),
        Answer::Adapted(how) => format!("Adapted: {how}"),
        Answer::Declined(why) => format!("Declined: {why}"),
        Answer::NoView => "It has no view".to_owned(),
    }
}

/// How a stop rule stands as `show` draws it: what rang in the log stays so.
fn ring(rule: &StopRule, at: usize, matter: &Matter, series: &[Point]) -> Ring {
    if let Some((_, rang)) = matter.rang.iter().find(|rang| rang.1.rule == at) {
        return Ring::Rang(long(rang.rang));
    }
    match rule.check(series) {
        Watch::Unknown => Ring::Unknown,
        Watch::Quiet => Ring::Quiet,
        Watch::Counting { periods, .. } => Ring::Counting(periods, rule.periods),
        Watch::Tripped { rang, .. } => Ring::Rang(long(rang)),
    }
}

/// Questions and decisions by what they want now, each list in the order in which it is read.
pub(crate) struct Sorted<'s> {
    pub rang: Vec<&'s Matter>,
    pub ready: Vec<&'s Matter>,
    pub due: Vec<&'s Matter>,
    pub agreed: Vec<&'s Matter>,
    pub reviewed: Vec<&'s Matter>,
    pub superseded: Vec<&'s Matter>,
    pub withdrawn: Vec<&'s Matter>,
}

pub(crate) fn sorted(state: &State, today: Date) -> Sorted<'_> {
    let mut all: Vec<&Matter> = state.matters.values().collect();
    let decided = |matter: &Matter| matter.recorded.as_ref().map(|recorded| recorded.at);
    all.sort_by_key(|matter| (decided(matter).map(std::cmp::Reverse), matter.is.is.closes, &matter.is.is.id));
    let mut sorted = Sorted {
        rang: Vec::new(),
        ready: Vec::new(),
        due: Vec::new(),
        agreed: Vec::new(),
        reviewed: Vec::new(),
        superseded: Vec::new(),
        withdrawn: Vec::new(),
    };
    for matter in all {
        let list = match () {
            () if is_due(matter) => &mut sorted.due,
            () if matter.recorded.is_none() => &mut sorted.withdrawn,
            () if is_superseded(state, matter) => &mut sorted.superseded,
            () if rings(state, matter) => &mut sorted.rang,
            () if is_ready(state, matter, today) => &mut sorted.ready,
            () if matter.is_reviewed() => &mut sorted.reviewed,
            () => &mut sorted.agreed,
        };
        list.push(matter);
    }
    sorted
}

impl Reader<'_> {
    /// The day that it is here.
    pub(crate) fn today(&self) -> Date {
        self.zone().date(crate::place::now())
    }

    /// "Thursday 20 November 2025 at 5pm"
    pub(crate) fn moment(&self, at: Instant) -> String {
        let shown = self.zone().show(at);
        let time = shown.split_once(' ').map_or("", |(_, time)| time);
        format!("{} at {}", show::number::date(self.zone().date(at).into()), show::words::clock(time))
    }

    /// By the words of its id, which are few: its title is a question.
    pub(crate) fn called(&self, measure: &str) -> Called {
        let title = show::chart::sentence(&measure.replace('-', " "));
        let href = |id: &str| Some(format!("/measures/{}", show::escape(id)));
        if let Some(own) = self.at.measures.iter().find(|own| own.id == measure) {
            return Called {
                title,
                unit: Unit::from(own.unit.as_str()),
                better: better(own.judged(spc::Rules::default()).better),
                href: href(&own.id),
                why: Some(own.id.clone()),
            };
        }
        let mut rules = self.at.feeds.iter().filter_map(|feed| feed.series.as_ref()).flat_map(|series| &series.series);
        if let Some(rule) = rules.find(|rule| rule.measure == measure) {
            return Called {
                title,
                unit: Unit::from(rule.unit.as_str()),
                better: better(crate::refresh::judged(self.at, rule).better),
                href: href(&rule.measure),
                why: Some(rule.measure.clone()),
            };
        }
        Called { title, unit: Unit::Of(String::new()), better: Better::Neither, href: None, why: None }
    }

    /// Whole periods of a measure, weeks where it has weeks, of the whole or of a place or organisation; oldest first.
    ///
    /// # Errors
    /// When the Lake cannot be read.
    pub(crate) fn periods(&self, measure: &str, of: Option<&str>) -> Result<Vec<Point>, Fault> {
        let Some(as_of) = self.as_of().filter(|_| self.has("series")) else { return Ok(Vec::new()) };
        let whose = match of {
            None => "level = 'system'".to_owned(),
            Some(of) => {
                let known = self.at.place.organisations.iter().find(|known| known.name == of);
                let of = quoted(known.map_or(of, |known| known.id.as_str()));
                format!("level in ('neighbourhood', 'organisation', 'service') and \"group\" = '{of}'")
            }
        };
        let query = format!(
            "select period, grain, value from series where measure = '{}' and {whose} and grain in ('week', 'month') order by period",
            quoted(measure)
        );
        let grid = self.ask(&query)?;
        let last = self.zone().date(as_of);
        let of_grain = |grain: Grain| {
            let rows = grid.rows().filter(move |row| row.text("grain") == grain.name());
            let points = rows.filter_map(move |row| {
                let ends = Date(grain.start(grain.number(row.date("period")?) + 1).0 - 1);
                (ends <= last).then(|| Point { ends, value: row.number("value") })
            });
            points.collect::<Vec<Point>>()
        };
        let weeks = of_grain(Grain::Week);
        Ok(if weeks.is_empty() { of_grain(Grain::Month) } else { weeks })
    }

    /// What a stop rule watches: the periods that end after the decision was taken.
    ///
    /// # Errors
    /// When the Lake cannot be read.
    pub(crate) fn since(&self, decision: &Decision, rule: &StopRule) -> Result<Vec<Point>, Fault> {
        let mut points = self.periods(&rule.measure, rule.of.as_deref())?;
        points.retain(|point| point.ends > decision.decided);
        Ok(points)
    }

    /// What a measure has become: the mean of its last four whole weeks up to the day for which it was predicted, with the day on which
    /// they ended; of a measure that has months only, the last month.
    ///
    /// # Errors
    /// When the Lake cannot be read.
    pub(crate) fn actual(&self, decided: Date, expected: &Prediction) -> Result<Option<(Date, f64)>, Fault> {
        let points = self.periods(&expected.measure, None)?;
        Ok(settled(&points, decided, expected.by).map(|was| (was.ends, was.value)))
    }

    /// What the next stage really waits for.
    fn awaited(&self, state: &State, matter: &Matter, today: Date) -> Vec<String> {
        let question = &matter.is.is;
        let (stage, waits) = matter.stage();
        match stage {
            _ if !question.withdrawn.is_empty() => Vec::new(),
            Stage::Reviewed => Vec::new(),
            Stage::Decided if is_superseded(state, matter) => Vec::new(),
            Stage::Decided => {
                let on = state.decisions.get(&question.id).map(Decision::review_on);
                vec![on.map_or("its review".to_owned(), |on| {
                    let was = if on <= today { ", which was due" } else { "" };
                    format!("its review{was} on {}", long(on))
                })]
            }
            Stage::Weighing if question.sealed.is_some() && matter.opened.is_none() => {
                vec![format!("the votes to be opened, {}", self.moment(Instant(question.closes)))]
            }
            Stage::Weighing => {
                let Some(newest) = matter.drafts.last() else { return vec!["a wording".to_owned()] };
                let roll = state.seats(matter, crate::place::now()).unwrap_or_default();
                if let Ok(Verdict::On(verdict)) = matter.verdict(&roll, &newest.is.chosen)
                    && !verdict.passed()
                {
                    return verdict.against.iter().map(|reason| lacking(state, reason)).collect();
                }
                let draft = Draft { decided: today, ..newest.is.clone() };
                let draft = state.complete(&draft, crate::place::now()).unwrap_or_else(|_| matter.complete(&draft));
                match draft.missing() {
                    missing if missing.is_empty() => vec!["the decision to be recorded".to_owned()],
                    missing => missing,
                }
            }
            Stage::Asked | Stage::Heard | Stage::Tried => waits.iter().map(|words| waits_for(words)).collect(),
        }
    }

    /// What was passed over on the way to a record: voices that were never heard, and choices that were never tried.
    fn skipped(&self, state: &State, matter: &Matter) -> Vec<(usize, String)> {
        let Some(decision) = state.decisions.get(&matter.is.is.id) else { return Vec::new() };
        let place = |stage: Stage| Stage::ALL.iter().position(|known| *known == stage).unwrap_or(0);
        let unheard = decision.gaps().into_iter().map(|who| (place(Stage::Heard), format!("{who}: never heard")));
        let untried = untried(decision).map(|choice| (place(Stage::Tried), format!("“{}”: never tried", choice.title)));
        unheard.chain(untried).collect()
    }

    fn stages(&self, state: &State, matter: &Matter, today: Date) -> Stages {
        let stage = matter.stage().0;
        let at = Stage::ALL.iter().position(|known| *known == stage).unwrap_or(0);
        let question = &matter.is.is;
        let mut links = Vec::new();
        if let Some(by) = state.decisions.superseded_by(&question.id) {
            links.push(Link::new(format!("Superseded on {} by: {}", long(by.decided), by.question), by.address()));
        }
        let now = crate::place::now().0;
        if matter.recorded.is_none() && (question.opens..question.closes).contains(&now) {
            links.push(Link::new("Say where you stand", "#stands"));
        }
        Stages {
            names: Stages::QUESTION.map(str::to_owned).to_vec(),
            at: if stage == Stage::Reviewed { Stage::ALL.len() } else { at },
            waits_for: self.awaited(state, matter, today),
            skipped: self.skipped(state, matter),
            links,
        }
    }

    /// The newest value of a measure for the whole, to two decimal places.
    ///
    /// # Errors
    /// When the Lake cannot be read.
    pub(crate) fn value_now(&self, measure: &str) -> Result<Option<f64>, Fault> {
        let newest = self.periods(measure, None)?.iter().filter_map(|point| point.value).next_back();
        Ok(newest.map(|value| (value * 100.0).round() / 100.0))
    }

    fn unit_of(&self, prediction: &Prediction) -> Unit {
        if prediction.unit.is_empty() {
            self.called(&prediction.measure).unit
        } else {
            Unit::from(prediction.unit.as_str())
        }
    }

    /// A question or decision in one row.
    fn carded(&self, state: &State, matter: &Matter, today: Date) -> Card {
        let question = &matter.is.is;
        let stage = matter.stage().0;
        let link = Link::new(question.question.clone(), format!("/decisions/{}", question.id));
        let Some(decision) = state.decisions.get(&question.id) else {
            let closes = self.moment(Instant(question.closes));
            let is_over = question.closes <= crate::place::now().0;
            if !question.withdrawn.is_empty() {
                return Card {
                    kind: "Question".to_owned(),
                    link,
                    stage: "Withdrawn".to_owned(),
                    when: String::new(),
                    wants: String::new(),
                    note: question.withdrawn.clone(),
                };
            }
            return Card {
                kind: "Question".to_owned(),
                link,
                stage: stage.words().to_owned(),
                when: if is_over { format!("voting ended {closes}") } else { format!("closes {closes}") },
                wants: String::new(),
                note: match self.awaited(state, matter, today).as_slice() {
                    [] => String::new(),
                    [one] => format!("Waits for {one}."),
                    [one, rest @ ..] => format!("Waits for {one}, and {} more.", rest.len()),
                },
            };
        };
        let first = matter.rang.iter().min_by_key(|rang| rang.1.rang);
        let said = |rang: &agree::log::Rang| decision.stop_if.get(rang.rule).map_or(String::new(), |r| self.stop(r));
        let (stage, when, note) = match (first, &matter.review) {
            (Some((_, rang)), _) if rings(state, matter) => {
                ("Rang", format!("rang on {}", long(rang.rang)), format!("{}.", said(rang)))
            }
            _ if is_superseded(state, matter) => ("Superseded", String::new(), decision.we_will.clone()),
            (_, Some(review)) if matter.is_reviewed() => {
                let on = self.zone().date(review.at);
                ("Reviewed", format!("reviewed {}", long(on)), review.is.words.clone())
            }
            _ if decision.review_on() <= today => {
                ("Ready to review", format!("review was due {}", long(decision.review_on())), decision.we_will.clone())
            }
            _ => ("Agreed", format!("review {}", long(decision.review_on())), decision.we_will.clone()),
        };
        let kind = "Decision".to_owned();
        Card { kind, link, stage: stage.to_owned(), when, wants: String::new(), note }
    }

    /// A stop rule in words, its measure as the place calls it.
    fn stop(&self, rule: &StopRule) -> String {
        let words = rule
            .words
            .as_ref()
            .map_or(String::new(), |words| format!(": {}", self.within(words.trim_end_matches('.'))));
        format!("{}{words}", self.bar_of(rule))
    }

    /// To stand inside a sentence, where the name of a place keeps its capital.
    fn within(&self, text: &str) -> String {
        let mut names = self.at.place.neighbourhoods.iter().map(|known| known.name.as_str());
        if names.any(|name| text.starts_with(name)) { text.to_owned() } else { first_low(text) }
    }

    /// How a stop rule is counted.
    fn bar_of(&self, rule: &StopRule) -> String {
        let called = self.called(&rule.measure);
        let of = rule.of.as_ref().map_or(String::new(), |of| format!(" in {of}"));
        let unit = match &called.unit {
            Unit::Percent => "%".to_owned(),
            Unit::Of(noun) if noun.is_empty() => String::new(),
            unit => format!(" {}", unit.code()),
        };
        let bar = rule.when.to_string();
        let bar = match bar.split_once(" or ") {
            Some((number, more)) => format!("{number}{unit} or {more}"),
            None => format!("{bar}{unit}"),
        };
        let long = if rule.periods > 1 { format!(", {} times in a row", rule.periods) } else { String::new() };
        format!("{}{of} is {bar}{long}", called.title)
    }

    fn expects(&self, expected: &Prediction) -> String {
        let (called, unit) = (self.called(&expected.measure), self.unit_of(expected));
        let scale = unit.scale(expected.expected);
        format!(
            "{}: {} by {}, most likely between {} and {}. It was {}.",
            called.title,
            scale.say(expected.expected),
            long(expected.by),
            scale.number(expected.range[0]),
            scale.say(expected.range[1]),
            scale.say(expected.from),
        )
    }

    /// The panel of home: what is due, agreed, ready to review.
    ///
    /// # Errors
    /// When the Ledger cannot be read.
    pub(crate) fn where_we_decide(&self) -> Result<Panel, Fault> {
        let (state, today) = (self.said()?, self.today());
        let mut panel = super::whole::decide();
        if state.matters.is_empty() {
            return Ok(panel);
        }
        let sorted = sorted(&state, today);
        let first = [&sorted.rang, &sorted.ready, &sorted.due].into_iter().flat_map(|list| list.iter().take(ON_HOME));
        let newest = sorted.agreed.iter().take(ON_HOME - 1);
        let cards: Vec<Card> = first.chain(newest).map(|matter| self.carded(&state, matter, today)).collect();
        panel.note = told(&sorted);
        panel.pictures = vec![Picture::Board(cards)];
        panel.links = vec![Link::new("All questions and decisions", "/decisions"), Link::new("This Monday", "/monday")];
        Ok(panel)
    }

    /// `/decisions`
    pub(super) fn decisions(&self, ask: &Ask, duty: Option<&str>, pounds: Option<&str>) -> Result<View, Wrong> {
        let (state, today) = (self.said()?, self.today());
        let sorted = sorted(&state, today);
        let title = match (sorted.rang.len(), sorted.ready.len(), sorted.due.len()) {
            (0, 0, 0) if state.matters.is_empty() => "No question has been put yet".to_owned(),
            (0, 0, 0) => "No question is open".to_owned(),
            _ => told(&sorted),
        };
        let mut view = self.blank(ask, title);
        view.over = "Questions and decisions".to_owned();
        view.lede = "Each has one address for good: the question, who was heard, what each choice would do, where members stand, the wording, and later whether it came as expected.".to_owned();
        view.facts = self.facts(&state);
        let lists = [
            (
                "rang",
                "A stop rule rang",
                "Look at these first: what we said would make us stop has come.",
                &sorted.rang,
            ),
            ("ready", "Ready to review", "Their day has come: what we expected, beside what came.", &sorted.ready),
            ("due", "To be settled", "In the order in which they close.", &sorted.due),
            ("agreed", "Agreed, and being watched", "The newest first.", &sorted.agreed),
            ("reviewed", "Reviewed", "", &sorted.reviewed),
            ("superseded", "Superseded", "Kept as they were; another has taken the place of each.", &sorted.superseded),
            ("withdrawn", "Withdrawn", "Asked no more, before anybody had said where they stand.", &sorted.withdrawn),
        ];
        for (id, title, note, matters) in lists {
            if !matters.is_empty() {
                view.panels.push(Panel {
                    id: id.to_owned(),
                    title: title.to_owned(),
                    note: note.to_owned(),
                    pictures: vec![Picture::Board(matters.iter().map(|m| self.carded(&state, m, today)).collect())],
                    ..Panel::default()
                });
            }
        }
        view.panels.push(self.who_can(&state, duty, pounds, today));
        Ok(view)
    }

    /// Days from asked to decided, and the share that is decided as low as may be.
    fn facts(&self, state: &State) -> Vec<Fact> {
        let mut took: Vec<f64> = took(state).into_iter().map(|row| row.1).collect();
        took.sort_by(f64::total_cmp);
        let low = lowest(state);
        let evidence = |definition: &str, rows: usize| Evidence {
            sources: vec!["the Ledger".to_owned()],
            ..self.evidence("decisions", definition, Some(rows as u64))
        };
        let days = agree::plan::quantile(&took, 0.5);
        let asked = evidence("Days from when a question was put to when it was recorded, the middle one", took.len());
        let share = (!low.is_empty()).then(|| {
            let lowest = low.iter().filter(|row| row.3).count();
            100.0 * lowest as f64 / low.len() as f64
        });
        let says = "Decisions taken by the lowest body that the scheme of delegation lets take them, of all decisions";
        vec![
            Fact {
                title: "From asked to decided".to_owned(),
                figure: Figure::new(Some(days).filter(|days| days.is_finite()), Unit::Days, asked),
                note: "middle".to_owned(),
            },
            Fact {
                title: "Taken at the lowest level".to_owned(),
                figure: Figure::new(share, Unit::Percent, evidence(says, low.len())),
                note: format!("of {}", plural(low.len(), "decision")),
            },
        ]
    }

    /// Who can decide this?
    fn who_can(&self, state: &State, duty: Option<&str>, pounds: Option<&str>, today: Date) -> Panel {
        let mut panel = Panel {
            id: "who".to_owned(),
            title: "Who can decide this?".to_owned(),
            note: "From the scheme of delegation as it is today, the lowest level first.".to_owned(),
            ..Panel::default()
        };
        let Some(scheme) = &state.scheme else {
            panel.pictures = vec![Picture::Words(vec![
                "No scheme of delegation is kept here yet, so any question may be put to any body.".to_owned(),
            ])];
            return panel;
        };
        let mut duties: Vec<(String, String)> = Vec::new();
        for row in &scheme.rows().duties {
            if !duties.iter().any(|known| known.0 == row.id) {
                duties.push((row.id.clone(), row.name.clone()));
            }
        }
        duties.sort_by(|a, b| a.1.cmp(&b.1));
        let mut form = Form {
            id: "who".to_owned(),
            send_to: "/decisions".to_owned(),
            fields: vec![
                Field {
                    name: "duty".to_owned(),
                    label: "What is it about?".to_owned(),
                    value: duty.unwrap_or_default().to_owned(),
                    options: duties,
                    ..Field::default()
                },
                Field {
                    name: "pounds".to_owned(),
                    label: "How much money, in pounds?".to_owned(),
                    hint: "Leave it empty where it is not about money.".to_owned(),
                    value: pounds.unwrap_or_default().to_owned(),
                    ..Field::default()
                },
            ],
            button: "Who can decide this?".to_owned(),
            ..Form::default()
        };
        let amount = pounds.map(|text| text.replace(['£', ',', ' '], "").parse::<f64>());
        let amount = match amount {
            Some(Ok(pounds)) if pounds.is_finite() && pounds >= 0.0 => Some(pounds),
            Some(_) => {
                form.wrong = Some(("pounds".to_owned(), "Write an amount, such as 250000".to_owned()));
                None
            }
            None => None,
        };
        if let Some(duty) = duty.filter(|_| form.wrong.is_none()) {
            match scheme.who_may_decide(duty, today, amount) {
                Ok(may) if may.is_empty() => panel.pictures.push(Picture::Words(vec![
                    "Nobody here may decide about so much money. Ask whoever holds the duty to raise the limit."
                        .to_owned(),
                ])),
                Ok(may) => panel.pictures.push(Picture::Rows(authorities(&may))),
                Err(fault) => form.wrong = Some(("duty".to_owned(), show::chart::sentence(&fault.to_string()))),
            }
        }
        panel.pictures.push(Picture::Form(form));
        panel
    }

    /// `/decisions/ID`
    pub(super) fn decision(&self, ask: &Ask, id: &str) -> Result<View, Wrong> {
        let (state, today) = (self.said()?, self.today());
        let Some(matter) = state.matters.get(id) else {
            let known = state.matters.values();
            let known = known.map(|m| Link::new(m.is.is.question.clone(), format!("/decisions/{}", m.is.is.id)));
            return Err(self.no_such("decision", id, known.collect::<Vec<_>>()));
        };
        let question = &matter.is.is;
        let decision = state.decisions.get(id);
        let mut view = self.blank(ask, question.question.clone());
        let body = body_called(&state, &question.body, self.zone().date(matter.is.at));
        let closes = self.moment(Instant(question.closes));
        let is_over = question.closes <= crate::place::now().0;
        view.over = match decision {
            Some(decision) => format!("Decided by the {} on {}", bare(&body), long(decision.decided)),
            None => {
                format!("Asked by the {}. {} {closes}", bare(&body), if is_over { "Voting ended" } else { "Closes" })
            }
        };
        if let Some((_, at)) = matter.corrected.filter(|_| decision.is_none()) {
            let what = if question.withdrawn.is_empty() { "Corrected" } else { "Withdrawn" };
            view.over.push_str(&format!(". {what} on {}", long(self.zone().date(at))));
        }
        view.lede = match (&matter.review, decision) {
            (Some(review), _) => review.is.words.clone(),
            (None, Some(decision)) => format!("We will {}.", first_low(&decision.we_will)),
            (None, None) => question.withdrawn.clone(),
        };
        view.panels.push(Panel {
            id: "stages".to_owned(),
            title: "Where it stands".to_owned(),
            pictures: vec![Picture::Stages(self.stages(&state, matter, today))],
            ..Panel::default()
        });
        if let Some(decision) = decision {
            view.panels.push(self.came(&state, matter, decision)?);
        }
        view.panels.push(self.choices_of(&state, matter));
        let ground = self.ground_of(&state, matter)?;
        let is_wide = ground.is_some();
        view.panels.extend(ground);
        view.panels.push(self.stands_of(&state, matter, if is_wide { Width::Narrow } else { Width::Whole }));
        let heard = [self.heard_on(&state, matter), self.heard_of(&state, matter)];
        view.panels.extend(heard.into_iter().chain([self.wording_of(&state, matter, today)]));
        Ok(view)
    }

    fn effect_figure(&self, matter: &Matter, effect: &Effect) -> Figure {
        let called = self.called(&effect.measure);
        let is_address = effect.evidence.starts_with('/');
        let evidence = Evidence {
            shown_on: is_address.then(|| Link::new("what says so", effect.evidence.clone())).into_iter().collect(),
            sources: vec![if is_address { "the run or measure below".to_owned() } else { effect.evidence.clone() }],
            ..self.evidence(
                &format!("decision/{}", matter.is.is.id),
                format!("{}: the {}, with its range", called.title, against(&matter.is.is, &effect.measure)),
                None,
            )
        };
        Figure::new(effect.expected, called.unit, evidence).within(Some((effect.range[0], effect.range[1])))
    }

    /// What the poorest fifth has of an effect, and in words: as a share of what everybody has, where both are told and go one way.
    fn fair(&self, matter: &Matter, choice: &Choice, measure: &str) -> Option<(Figure, String)> {
        let of = |whom: &Whom| choice.effects.iter().find(|known| known.whom == *whom && known.measure == measure);
        let effect = of(&Whom::PoorestFifth)?;
        let figure = self.effect_figure(matter, effect);
        // a measure that is a share of the poorest fifth already
        let ratio = match of(&Whom::All) {
            Some(all) if effect.expected * all.expected > 0.0 => effect.expected / all.expected,
            None if measure.contains("share") => effect.expected,
            _ => {
                let said = if effect.expected == 0.0 { "the same".to_owned() } else { signed(&figure) };
                return Some((figure, said));
            }
        };
        let gains = match effect.better {
            decision::Better::Lower => effect.expected < 0.0,
            decision::Better::Higher => effect.expected > 0.0,
        };
        let verb = if gains { "gain" } else { "lose" };
        let said = match format!("{ratio:.2}").as_str() {
            "1.00" => format!("{verb} as much as everybody"),
            ratio => format!("{verb} {ratio} times as much"),
        };
        Some((Figure { value: Some(ratio), unit: Unit::Of(String::new()), range: None, ..figure }, said))
    }

    fn choices_of(&self, state: &State, matter: &Matter) -> Panel {
        let question = &matter.is.is;
        let letters = letters(question);
        let all = || question.options.all().iter().flat_map(|choice| &choice.effects);
        let is_worse = |effect: &Effect| effect.measure.contains("worse");
        // One measure in a column: the one that most choices tell of.
        let most = |wanted: &dyn Fn(&Effect) -> bool| {
            let mut counted: Vec<(&str, usize)> = Vec::new();
            for effect in all().filter(|effect| wanted(effect)) {
                match counted.iter_mut().find(|known| known.0 == effect.measure) {
                    Some(known) => known.1 += 1,
                    None => counted.push((&effect.measure, 1)),
                }
            }
            let first = counted.iter().map(|known| known.1).max()?;
            counted.into_iter().find(|known| known.1 == first).map(|known| known.0.to_owned())
        };
        let main = most(&|effect| effect.whom == Whom::All && !is_worse(effect));
        let by_place = |effect: &&Effect| matches!(effect.whom, Whom::Place(_));
        // Of what everybody gains, place by place, rather than of something else.
        let placed = all().filter(by_place).find(|effect| Some(&effect.measure) == main.as_ref());
        let placed = placed.or_else(|| all().find(by_place)).map(|effect| effect.measure.clone());
        let mut names: Vec<&str> = Vec::new();
        for effect in all().filter(|effect| Some(&effect.measure) == placed.as_ref()) {
            if let Whom::Place(name) = &effect.whom
                && !names.contains(&name.as_str())
            {
                names.push(name);
            }
        }
        let roll = state.seats(matter, crate::place::now()).unwrap_or_default();
        let standing = matter.standings(&roll).map(|standings| standings.0).unwrap_or_default();
        let is_sealed = question.sealed.is_some() && matter.opened.is_none();
        let firsts = first_choices(matter);
        let support = |option: &str| {
            let named = standing.get(option).map_or(0, |standing| standing.supports.len());
            (!is_sealed).then(|| (named + firsts.get(option).copied().unwrap_or(0)) as u64)
        };
        let leading = self.leading(state, matter, &roll);
        let poor = most(&|effect| effect.whom == Whom::PoorestFifth);
        let whom = |effect: &Effect| match &effect.whom {
            Whom::All => "everybody".to_owned(),
            Whom::Place(name) => name.clone(),
            Whom::Organisation(id) => self.organisation_name(id),
            Whom::PoorestFifth => "the poorest fifth".to_owned(),
        };
        let who = |mut effects: Vec<&Effect>| {
            let mut names: Vec<String> = Vec::new();
            effects.sort_by_key(|effect| near(&effect.whom));
            for name in effects.into_iter().filter(|effect| effect.whom != Whom::All).map(whom) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names
        };
        let row = |choice: &Choice| {
            let find = |wanted: &dyn Fn(&Effect) -> bool| {
                choice.effects.iter().find(|effect| wanted(effect)).map(|effect| self.effect_figure(matter, effect))
            };
            let (gains, loses) = choice.gains_and_losses();
            let is_column = |effect: &&Effect| match &effect.whom {
                Whom::All => Some(&effect.measure) == main.as_ref() || is_worse(effect),
                Whom::Place(_) => Some(&effect.measure) == placed.as_ref(),
                Whom::PoorestFifth => Some(&effect.measure) == poor.as_ref(),
                Whom::Organisation(_) => false,
            };
            let mut also: Vec<&Effect> = choice.effects.iter().filter(|effect| !is_column(effect)).collect();
            also.sort_by_key(|effect| near(&effect.whom));
            let also = also.into_iter().map(|effect| {
                let (figure, title) = (self.effect_figure(matter, effect), self.called(&effect.measure).title);
                let of = if effect.whom == Whom::All { String::new() } else { format!("{}: ", whom(effect)) };
                let low = if of.is_empty() { title } else { first_low(&title) };
                let spread = (effect.range[1] - effect.range[0]) / 4.0;
                let scale = figure.unit.scale(effect.expected).precise(spread);
                let [from, to] = effect.range.map(|value| scale.number(value));
                let plus = if effect.expected > 0.0 { "+" } else { "" };
                format!("{}{low} {plus}{} ({from} to {to}).", show::chart::sentence(&of), scale.say(effect.expected))
            });
            let fair = poor.as_ref().and_then(|measure| self.fair(matter, choice, measure));
            let nothing = choice.id == CHANGE_NOTHING && choice.effects.is_empty();
            let places: Vec<(String, Figure)> = names
                .iter()
                .filter_map(|name| {
                    let is = |effect: &Effect| {
                        Some(&effect.measure) == placed.as_ref() && effect.whom == Whom::Place((*name).to_owned())
                    };
                    Some(((*name).to_owned(), find(&is)?))
                })
                .collect();
            Alternative {
                letter: letters.get(choice.id.as_str()).cloned().unwrap_or_default(),
                title: choice.title.clone(),
                detail: match matter.changed.get(&choice.id) {
                    None => choice.detail.clone(),
                    Some(at) => {
                        let changed = format!(
                            "What it would do was changed on {}, after members had stood.",
                            long(self.zone().date(*at))
                        );
                        match choice.detail.trim_end_matches('.') {
                            "" => changed,
                            detail => format!("{detail}. {changed}"),
                        }
                    }
                },
                chosen: leading.as_deref() == Some(choice.id.as_str()),
                effect: find(&|e| e.whom == Whom::All && Some(&e.measure) == main.as_ref()).or_else(|| {
                    // Everything is told against this one.
                    let called = self.called(main.as_ref().filter(|_| nothing)?);
                    let says = "Every effect is told against changing nothing, so its own is nought";
                    let id = format!("decision/{}", question.id);
                    Some(Figure::new(0.0, called.unit, self.evidence(&id, says, None)))
                }),
                worse: find(&|e| is_worse(e)).map(|figure| Figure { unit: Unit::Percent, ..figure }),
                places: if places.len() == names.len() { places } else { Vec::new() },
                poorest: fair.as_ref().map(|known| known.0.clone()),
                poorest_words: fair.map_or_else(String::new, |known| known.1),
                support: support(&choice.id),
                gains: who(gains),
                loses: who(loses),
                also: also.collect(),
                href: choice.effects.iter().map(|e| e.evidence.clone()).find(|address| address.starts_with('/')),
            }
        };
        let called = |measure: &Option<String>| measure.as_ref().map(|measure| self.called(measure));
        let (effect, place) = (called(&main), called(&placed));
        let poorest = poor.as_ref().map(|measure| self.called(measure));
        let against = |measure: &Option<String>| measure.as_ref().map_or("", |measure| against(question, measure));
        let runs: Vec<&str> = all().map(|effect| effect.evidence.as_str()).filter(|a| a.starts_with('/')).collect();
        let is_simulated = runs.iter().any(|address| address.starts_with("/simulate"));
        let picture = Choices {
            id: "choices".to_owned(),
            title: String::new(),
            definition: match (main.is_some(), is_simulated) {
                (true, true) => {
                    "Tried on the copy of the place, the same people with the same luck in each.".to_owned()
                }
                (true, false) => "What it would change, with its range.".to_owned(),
                _ => String::new(),
            },
            better: effect.as_ref().map_or(Better::Neither, |called| called.better),
            effect: effect.map_or_else(Default::default, |called| {
                (called.title, format!("{}{}, middle and 90% range", in_unit(&called.unit), against(&main)))
            }),
            worse: ("Worse winter than last".to_owned(), "in 100 winters".to_owned()),
            places_better: place.as_ref().map_or(Better::Neither, |called| called.better),
            places: place.map_or_else(Default::default, |called| {
                (format!("{}, by place", called.title), format!("{}{}", in_unit(&called.unit), against(&placed)))
            }),
            poorest: poorest.map_or_else(Default::default, |called| {
                ("Poorest fifth".to_owned(), format!("beside everybody, of {}", first_low(&called.title)))
            }),
            rows: question.options.all().iter().map(row).collect(),
        };
        let mut links: Vec<Link> = Vec::new();
        if let Some(run) = runs.first() {
            let words = if is_simulated { "Change the assumptions" } else { "What says so" };
            links.push(Link::new(words, *run));
        }
        let pictures = vec![Picture::Choices(Box::new(picture))];
        Panel {
            id: "choices".to_owned(),
            title: "What each choice would do".to_owned(),
            pictures,
            links,
            ..Panel::default()
        }
    }

    /// The option that was chosen, or the one that most support so far.
    fn leading(&self, state: &State, matter: &Matter, roll: &agree::vote::Roll) -> Option<String> {
        if let Some(decision) = state.decisions.get(&matter.is.is.id) {
            return Some(decision.chosen.clone());
        }
        if let Some(Ok(Verdict::Order { chosen, .. })) =
            matches!(matter.is.is.rule, Rule::Schulze { .. } | Rule::Transferable { .. })
                .then(|| matter.verdict(roll, CHANGE_NOTHING))
        {
            return chosen.first().cloned();
        }
        let (standing, _) = matter.standings(roll).ok()?;
        let most = standing.values().map(|one| one.supports.len()).max().filter(|most| *most > 0)?;
        let mut first = standing.iter().filter(|(_, one)| one.supports.len() == most).map(|(id, _)| id.clone());
        let leading = first.next();
        leading.filter(|_| first.next().is_none())
    }

    /// What its conversation agrees on, where it has one.
    fn ground_of(&self, state: &State, matter: &Matter) -> Result<Option<Panel>, Fault> {
        let Some(talk) = matter.is.is.conversation.as_ref().and_then(|id| state.talks.get(id)) else { return Ok(None) };
        let heard = self.at.opinions.of(talk);
        Ok(Some(Panel {
            id: "ground".to_owned(),
            title: "What we agree on, and where we differ".to_owned(),
            pictures: vec![Picture::Ground(super::talked::ground(talk, &heard))],
            width: Width::Wide,
            links: vec![Link::new("All that was said", format!("/conversations/{}", talk.is.id))],
            ..Panel::default()
        }))
    }

    fn stands_of(&self, state: &State, matter: &Matter, width: Width) -> Panel {
        let question = &matter.is.is;
        let letters = letters(question);
        let letter = |option: &str| match letters.get(option).map(String::as_str) {
            Some("") => "changing nothing".to_owned(),
            Some(letter) => letter.to_owned(),
            None => option.to_owned(),
        };
        let roll = state.seats(matter, crate::place::now()).unwrap_or_default();
        let leading = self.leading(state, matter, &roll);
        let is_sealed = question.sealed.is_some() && matter.opened.is_none();
        let opened: BTreeMap<&str, &Ballot> = matter
            .opened
            .iter()
            .flat_map(|opened| &opened.papers)
            .filter_map(|paper| Some((paper.member.as_deref()?, &paper.ballot)))
            .collect();
        // Of several, what it says of the choice that leads; what it objects to is told beside it.
        let ballot = |member: &str| match &matter.opened {
            Some(_) => opened.get(member).copied(),
            None => {
                let all = matter.ballots.get(member)?;
                let of = |known: &&agree::log::Stood| matches!(&known.ballot, Ballot::On { option, .. } if leading.as_ref() == Some(option));
                let supports = |known: &&agree::log::Stood| {
                    matches!(&known.ballot, Ballot::On { position: Position::Supports, .. })
                };
                let first = all.iter().find(of).or_else(|| all.iter().find(supports)).or(all.last());
                first.map(|known| &known.ballot)
            }
        };
        let beside = |member: &str, shown: Option<&Ballot>| {
            let mut words = Vec::new();
            for stance in matter.stances().into_iter().filter(|stance| stance.member == member) {
                let is_shown = matches!(shown, Some(Ballot::On { option, .. }) if *option == stance.option);
                if let (Position::Concern { reason }, false) = (&stance.position, is_shown) {
                    words.push(format!("Concern about {}: {reason}", letter(&stance.option)));
                }
                if matter.is_of_earlier_wording(member, &stance.option) {
                    words.push("Of an earlier wording".to_owned());
                }
            }
            let answers = matter.voices().into_iter().filter(|voice| voice.member.as_deref() == Some(member));
            words.extend(answers.map(|voice| format!("Answered: {}", first_low(&answered(&voice.answer)))));
            words
        };
        let voted = |member: &str| {
            matter.sealed.contains_key(member)
                || matter.opened.as_ref().is_some_and(|opened| opened.voted.iter().any(|known| known == member))
        };
        let stand = |member: &str| {
            let barred = matter.bars(member);
            let (position, note) = match ballot(member) {
                _ if barred.is_some() => {
                    let what = barred.map_or(String::new(), |interest| interest.what.clone());
                    (show::Position::Apart("Does not vote".to_owned()), what)
                }
                Some(Ballot::On { option, position, note }) => match position {
                    Position::Supports if leading.as_ref().is_some_and(|known| known != option) => {
                        (show::Position::Prefers(letter(option)), note.clone())
                    }
                    Position::Supports => (show::Position::Supports(letter(option)), note.clone()),
                    Position::CanLiveWith => (show::Position::CanLiveWith(letter(option)), note.clone()),
                    Position::Concern { reason } => (show::Position::Concern(letter(option)), reason.clone()),
                },
                Some(Ballot::Order(order)) => {
                    let order: Vec<String> = order.iter().map(|option| letter(option)).collect();
                    (show::Position::Prefers(order.join(", then ")), String::new())
                }
                None if voted(member) => (show::Position::Voted, String::new()),
                None => (show::Position::Silent, String::new()),
            };
            let words = Some(note).filter(|note| !note.is_empty()).into_iter().chain(beside(member, ballot(member)));
            let note = words.map(|words| words.trim_end_matches('.').to_owned()).collect::<Vec<_>>().join(". ");
            Stand { member: seat_called(state, member), position, note, href: None }
        };
        let mut members: Vec<Stand> = roll.members().map(|member| stand(&member.id)).collect();
        if roll.is_empty() {
            members = matter.have_said().into_iter().map(stand).collect();
        }
        let order = |stand: &Stand| match stand.position {
            show::Position::Silent => 2,
            show::Position::Apart(_) => 1,
            _ => 0,
        };
        members.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.member.cmp(&b.member)));
        let mut note =
            format!("{} {}.", ruled(&question.rule, roll.len()), question.why_this_rule.trim_end_matches('.'));
        if let (Some(_), Some(opened)) = (&question.sealed, &matter.opened)
            && opened.papers.iter().all(|paper| paper.member.is_none())
            && !opened.papers.is_empty()
        {
            note.push_str(&format!(" {} were opened; they lost their names.", plural(opened.papers.len(), "vote")));
        }
        if let Some(opened) = matter.opened.as_ref().filter(|opened| !opened.spoilt.is_empty()) {
            let many = plural(opened.spoilt.len(), "vote");
            note.push_str(&format!(" {many} did not open, and counted for nobody."));
        }
        let picture = Stands {
            id: "stands".to_owned(),
            members,
            sealed: is_sealed.then(|| self.moment(Instant(question.closes))),
            note,
        };
        let tally = matter.opened.as_ref().map_or_else(Vec::new, |opened| secret_tally(opened, &letter));
        let (mut winner, mut counted) = (None, None);
        if let Ok(Verdict::Order { options, elected, .. }) = matter.verdict(&roll, CHANGE_NOTHING) {
            let is_over = question.closes <= crate::place::now().0;
            winner = is_over.then(|| Picture::Words(vec![elected_of(&elected, &options, &letter)]));
            counted = Some(count_of(&elected.count, question, &letter));
        }
        Panel {
            id: "stands".to_owned(),
            title: "Where members stand".to_owned(),
            note: String::new(),
            pictures: [Picture::Stands(picture)]
                .into_iter()
                .chain((!tally.is_empty()).then_some(Picture::Words(tally)))
                .chain(winner)
                .chain(counted.map(Picture::Rows))
                .collect(),
            width,
            links: Vec::new(),
        }
    }

    /// Who was heard, and what was done with it.
    fn heard_of(&self, state: &State, matter: &Matter) -> Panel {
        let mut table = Table::new(["voice", "said", "answer"]);
        for voice in matter.voices() {
            let who = match &voice.member {
                Some(seat) => format!("{}, objecting", seat_called(state, seat)),
                None => show::chart::sentence(&voice.perspective),
            };
            table.push([who.into(), voice.said.into(), Cell::Text(answered(&voice.answer))]);
        }
        let gaps =
            matter.is.is.must_be_heard.iter().filter(|who| !matter.heard.iter().any(|h| h.is.perspective == **who));
        for gap in gaps {
            table.push([show::chart::sentence(gap).into(), "Not heard yet".into(), "A gap that everybody sees".into()]);
        }
        let pictures = if table.rows.is_empty() {
            vec![Picture::Words(vec![
                "Nobody in particular must be heard, and nobody was written down yet.".to_owned(),
            ])]
        } else {
            vec![Picture::Rows(Rows { caption: "Who was heard".to_owned(), table, links: Vec::new() })]
        };
        Panel {
            id: "heard".to_owned(),
            title: "Who was heard, and what came of it".to_owned(),
            pictures,
            ..Panel::default()
        }
    }

    fn wording_of(&self, state: &State, matter: &Matter, today: Date) -> Panel {
        let question = &matter.is.is;
        let decision = state.decisions.get(&question.id);
        let newest = matter.drafts.last();
        let draft: Option<Draft> = match (decision, newest) {
            (Some(decision), _) => Some(Draft::clone(decision)),
            (None, Some(version)) => {
                let draft = Draft { decided: today, ..version.is.clone() };
                Some(state.complete(&draft, crate::place::now()).unwrap_or_else(|_| matter.complete(&draft)))
            }
            (None, None) => None,
        };
        let note = match (decision, newest) {
            (Some(decision), _) => {
                let by = matter.recorded.as_ref().map_or(String::new(), |recorded| format!(" by {}", recorded.who));
                format!("Recorded on {}{by}. Nothing can change it.", long(decision.decided))
            }
            (None, Some(version)) => {
                format!("Draft {}, by {}. Nothing is decided until it is recorded.", matter.drafts.len(), version.who)
            }
            (None, None) => "Nothing is written yet.".to_owned(),
        };
        let empty = Vec::<String>::new;
        let of = |get: &dyn Fn(&Draft) -> Vec<String>| draft.as_ref().map_or_else(empty, get);
        let predicted: Vec<Link> = draft
            .iter()
            .flat_map(|draft| &draft.expects)
            .filter_map(|expected| {
                let called = self.called(&expected.measure);
                Some(Link::new(called.title, called.href?))
            })
            .collect();
        let mut clauses = vec![
            Clause::new("We will", of(&|draft| vec![draft.we_will.clone()])),
            Clause::new("We expect", of(&|draft| draft.expects.iter().map(|e| self.expects(e)).collect())),
            Clause::new(
                "We will stop or change if",
                of(&|draft| draft.stop_if.iter().map(|rule| format!("{}.", self.stop(rule))).collect()),
            ),
            Clause::new(
                "Who and when",
                of(&|draft| {
                    let owner = Some(draft.owner.clone()).filter(|owner| !owner.is_empty());
                    let review = draft.review_on.map(|day| format!("Reviewed on {}.", long(day)));
                    let starts = draft.starts.map(|day| format!("Starts on {}.", long(day)));
                    owner.map(|owner| format!("{owner}.")).into_iter().chain(starts).chain(review).collect()
                }),
            ),
        ];
        clauses[1].links = predicted;
        let mut more = Vec::new();
        if let Some(draft) = &draft {
            let chosen = draft.options.get(&draft.chosen).map_or("", |choice| choice.title.as_str());
            more.push(Clause::new(
                if chosen.is_empty() { "Why this choice".to_owned() } else { format!("Why “{chosen}”") },
                [draft.because.clone()],
            ));
            more.push(Clause::new("By what right", [grouped(&draft.authority)]));
            let settled = &draft.settled;
            let by = if settled.rule.is_empty() {
                String::new()
            } else {
                format!("By {}: {}.", settled.rule, first_low(settled.because.trim_end_matches('.')))
            };
            more.push(Clause::new("How it is settled", [by, self.outcome(state, matter, draft, false)]));
            let equality = draft.equality.as_ref().map_or_else(Vec::new, |equality| {
                vec![
                    format!("May lose: {}.", first_low(equality.who_may_lose.trim_end_matches('.'))),
                    format!("What we do about it: {}.", first_low(equality.what_we_do.trim_end_matches('.'))),
                ]
            });
            more.push(Clause::new("Equality", equality));
        }
        more.insert(
            more.len().min(1),
            Clause::new(
                format!("Decided at the level of the {}", question.level.words()),
                [if question.why_not_lower.is_empty() {
                    "There is no lower level.".to_owned()
                } else {
                    format!("Why not lower: {}", first_low(&question.why_not_lower))
                }],
            ),
        );
        more.push(Clause::new("Interests declared", interests(state, &matter.interests)));
        let mut links = Vec::new();
        if let Some(by) = state.decisions.superseded_by(&question.id) {
            links.push(Link::new(format!("Superseded by: {}", by.question), by.address()));
        }
        if let Some(old) = draft.as_ref().and_then(|draft| draft.supersedes.as_ref()) {
            let known = state.matters.get(old).map_or(old, |known| &known.is.is.question);
            links.push(Link::new(format!("Takes the place of: {known}"), format!("/decisions/{old}")));
        }
        if decision.is_some() {
            links.push(Link::new("What the public sees of it", format!("/public/decisions/{}", question.id)));
        }
        let gaps = draft.as_ref().map_or_else(
            || matter.complete(&blank_draft(&question.id, today)).gaps().into_iter().map(str::to_owned).collect(),
            |draft| draft.gaps().into_iter().map(str::to_owned).collect(),
        );
        let wording = Wording {
            id: "wording".to_owned(),
            note,
            recorded: decision.is_some(),
            links,
            earlier: self.earlier(state, matter),
            clauses,
            more,
            not_heard: gaps,
            could_not_wait: draft.as_ref().map_or(String::new(), |draft| draft.could_not_wait.clone()),
            missing: if decision.is_some() { Vec::new() } else { draft.as_ref().map_or_else(Vec::new, Draft::missing) },
            acts: Vec::new(),
        };
        Panel {
            id: "wording".to_owned(),
            title: match decision {
                Some(_) => "The decision, as it was recorded".to_owned(),
                None => "The decision, as it would be recorded".to_owned(),
            },
            pictures: vec![Picture::Wording(Box::new(wording))],
            ..Panel::default()
        }
    }

    /// What the rule said of the votes, in words, with the whole count and every concern: seats by whom they speak for, and options by
    /// their letters; for the public by their titles.
    fn outcome(&self, state: &State, matter: &Matter, draft: &Draft, is_public: bool) -> String {
        let question = &matter.is.is;
        let roll = state.seats(matter, crate::place::now()).unwrap_or_default();
        let letters = letters(question);
        let option = |id: &str| match (letters.get(id).map(String::as_str), question.options.get(id)) {
            (_, Some(choice)) if is_public => format!("“{}”", choice.title),
            (Some(letter), Some(choice)) if !letter.is_empty() => format!("{letter}, {}", first_low(&choice.title)),
            (_, choice) => choice.map_or(id.to_owned(), |choice| first_low(&choice.title)),
        };
        let short = |id: &str| match letters.get(id).map(String::as_str) {
            Some(letter) if !letter.is_empty() && !is_public => letter.to_owned(),
            _ => option(id),
        };
        match matter.verdict(&roll, &draft.chosen) {
            Ok(Verdict::Order { chosen, options, elected }) if !chosen.is_empty() => {
                elected_of(&elected, &options, &option)
            }
            Ok(Verdict::On(verdict)) if verdict.passed() => {
                // As the record has them: what its public version leaves out is left out here.
                let on_roll = |seat: &str| roll.is_empty() || roll.members().any(|member| member.id == seat);
                let stances: Vec<_> = draft.stances.iter().filter(|stance| on_roll(&stance.member)).collect();
                let rest = question.options.all().iter().map(|choice| &choice.id).filter(|id| **id != draft.chosen);
                let (mut told, mut concerns) = (Vec::new(), Vec::new());
                for id in [&draft.chosen].into_iter().chain(rest) {
                    let of = |is: fn(&Position) -> bool| {
                        stances.iter().filter(|stance| stance.option == *id && is(&stance.position)).count()
                    };
                    let counts = [
                        (of(|one| *one == Position::Supports), "for"),
                        (of(|one| *one == Position::CanLiveWith), "can live with"),
                        (of(|one| matches!(one, Position::Concern { .. })), "with a concern about"),
                    ];
                    let counts = counts.into_iter().filter(|one| one.0 > 0);
                    told.extend(counts.map(|(many, stand)| format!("{many} {stand} {}", short(id))));
                    for stance in stances.iter().filter(|stance| stance.option == *id) {
                        if let Position::Concern { reason } = &stance.position {
                            let (who, reason) = (speaks_for(state, &stance.member), reason.trim_end_matches('.'));
                            concerns.push(format!(" The concern of {who} about {}: {reason}.", short(id)));
                        }
                    }
                }
                // Votes that have lost their names.
                if told.is_empty() {
                    let all = &verdict.all;
                    let counts = [(all.agree, "for it"), (all.disagree, "against it"), (all.pass, "neither")];
                    let counts = counts.into_iter().filter(|one| one.0 > 0);
                    told.extend(counts.map(|(many, stand)| format!("{many} {stand}")));
                }
                let told = if told.is_empty() { String::new() } else { format!(": {}", told.join(", ")) };
                format!("It passed{told}.{}", concerns.concat())
            }
            Ok(Verdict::On(verdict)) if matter.recorded.is_none() => {
                let reasons: Vec<String> = verdict.against.iter().map(|reason| reasoned(state, reason)).collect();
                format!("It has not passed yet: {}.", reasons.join("; "))
            }
            _ => show::chart::sentence(&draft.settled.outcome),
        }
    }

    /// Earlier wordings, the newest first, each with what the next one made of it.
    fn earlier(&self, state: &State, matter: &Matter) -> Vec<Earlier> {
        let said = |draft: &Draft| {
            let draft = matter.complete(draft);
            let chosen = draft.options.get(&draft.chosen).map_or(String::new(), |choice| choice.title.clone());
            let equality = draft.equality.as_ref().map_or(String::new(), |equality| {
                format!("May lose: {}. What we do about it: {}", equality.who_may_lose, equality.what_we_do)
            });
            let expects: Vec<String> = draft.expects.iter().map(|one| self.expects(one)).collect();
            let stops: Vec<String> = draft.stop_if.iter().map(|rule| format!("{}.", self.stop(rule))).collect();
            let review = draft.review_on.map_or(String::new(), |day| format!("Reviewed on {}.", long(day)));
            [
                format!("We will {}", first_low(&draft.we_will)),
                chosen,
                draft.because.clone(),
                expects.join(" "),
                stops.join(" "),
                [draft.owner.clone(), review].join(" ").trim().to_owned(),
                equality,
                draft.could_not_wait.clone(),
            ]
        };
        let pairs = matter.drafts.windows(2).enumerate().rev();
        let earlier = pairs.map(|(at, pair)| {
            let (old, new) = (said(&pair[0].is), said(&pair[1].is));
            let changed = old.iter().zip(&new).filter(|(old, new)| old != new);
            Earlier {
                title: format!(
                    "Draft {}, by {} on {}, and what draft {} made of it",
                    at + 1,
                    pair[0].who,
                    long(self.zone().date(pair[0].at)),
                    at + 2
                ),
                changed: changed.map(|(old, new)| show::words::changed(old, new)).collect(),
                because: pair[1].because.iter().map(|thing| super::talked::because(state, thing)).collect(),
            }
        });
        earlier.collect()
    }

    /// What came of each prediction, in their order. What was kept at a review stays so.
    fn since_decided(&self, matter: &Matter, decision: &Decision) -> Result<Vec<Came>, Fault> {
        let today = self.today();
        let mut all = Vec::new();
        for (at, expected) in decision.expects.iter().enumerate() {
            let points = self.periods(&expected.measure, None)?;
            // a look that a bell called for before its day settles nothing
            let kept = matter
                .review
                .as_ref()
                .filter(|_| matter.is_reviewed())
                .and_then(|review| review.is.actual.get(at).copied().flatten());
            let found = settled(&points, decision.decided, expected.by);
            let was = match (kept, found) {
                (Some(value), Some(was)) => Some(Was { value, ..was }),
                (Some(value), None) => {
                    Some(Was { ends: expected.by, value, when: format!("by {}", long(expected.by)) })
                }
                (None, found) => found,
            };
            let is_due = expected.by < today || kept.is_some();
            let ends = was.as_ref().map(|was| was.ends);
            let now = settled(&points, decision.decided, today)
                .filter(|now| is_due && ends.is_some_and(|ends| now.ends > ends))
                .map(|now| now.value);
            all.push(Came { was, is_due, now, result: TurnedOut::Unknown });
        }
        let turned = decision::review(decision, |wanted| {
            let at = decision.expects.iter().position(|known| std::ptr::eq(known, wanted))?;
            all.get(at)?.was.as_ref().map(|was| was.value)
        });
        for (came, turned) in all.iter_mut().zip(turned) {
            came.result = turned.result;
        }
        Ok(all)
    }

    /// What was expected, beside what came.
    fn came(&self, state: &State, matter: &Matter, decision: &Decision) -> Result<Panel, Fault> {
        let today = self.today();
        let came = self.since_decided(matter, decision)?;
        let mut rows = Vec::new();
        for (expected, came) in decision.expects.iter().zip(&came) {
            let (called, unit) = (self.called(&expected.measure), self.unit_of(expected));
            let id = called.why.clone().unwrap_or_else(|| format!("decision/{}", decision.id));
            let says = |what: &str| self.evidence(&id, format!("{}: {what}", called.title), None);
            let sentence = match &came.was {
                Some(was) if came.is_due => turned_out(expected, &unit, was.value, &was.when, came.result),
                Some(was) => format!(
                    "Too early to say: {} so far, we hope for {}.",
                    unit.say(was.value),
                    unit.say(expected.expected)
                ),
                None if expected.by < today => "Nothing has come that could tell.".to_owned(),
                None => format!("Too early to say: we hope for {}.", unit.say(expected.expected)),
            };
            let aimed = match expected.expected.total_cmp(&expected.from) {
                std::cmp::Ordering::Less => Better::Lower,
                std::cmp::Ordering::Greater => Better::Higher,
                std::cmp::Ordering::Equal => Better::Neither,
            };
            let was = if expected.by < today { "was due" } else { "by" };
            rows.push(show::Prediction {
                name: called.title.clone(),
                before: Some(expected.from),
                expected: Figure::new(
                    expected.expected,
                    unit.clone(),
                    says("what we expected, with the range in which it would most likely be"),
                )
                .within(Some((expected.range[0], expected.range[1]))),
                actual: Figure::new(came.was.as_ref().map(|was| was.value), unit, says(SETTLED)),
                when: came.was.as_ref().filter(|_| came.is_due).map_or_else(String::new, |was| was.when.clone()),
                now: came.now,
                better: aimed,
                by: format!("{was} {}", long(expected.by)),
                sentence,
                href: called.href,
            });
        }
        let mut bells = Vec::new();
        for (at, rule) in decision.stop_if.iter().enumerate() {
            let series = self.since(decision, rule)?;
            let href = self.called(&rule.measure).href;
            bells.push(Bell { words: first_low(&self.stop(rule)), state: ring(rule, at, matter, &series), href });
        }
        let is_ringing = bells.iter().any(|bell| matches!(bell.state, Ring::Rang(_)));
        let due: Vec<TurnedOut> =
            came.iter().filter(|one| one.is_due && one.was.is_some()).map(|one| one.result).collect();
        let title = if is_ringing { "A stop rule rang".to_owned() } else { all_turned_out(&due) };
        let mut pictures = vec![Picture::Expected(Expected {
            id: "expected".to_owned(),
            title: "Expected, and what came".to_owned(),
            definition: "What was expected, with its range, beside what came: the mean of the last four whole weeks up to the day, or the last whole month of what is counted by month.".to_owned(),
            rows,
            bells,
        })];
        if let Some(review) = &matter.review {
            let on = long(self.zone().date(review.at));
            let mut words = vec![format!("Reviewed on {on} by {}: {}", review.who, review.is.words)];
            words.extend(matter.reviews_before.iter().rev().map(|review| {
                let on = long(self.zone().date(review.at));
                format!("Before, on {on} by {}: {}", review.who, review.is.words)
            }));
            pictures.push(Picture::Words(words));
        }
        if is_ready(state, matter, self.today()) {
            pictures.push(Picture::Words(vec![format!(
                "Its review was due on {}. It has not been looked at yet.",
                long(decision.review_on())
            )]));
        }
        Ok(Panel { id: "expected".to_owned(), title, pictures, ..Panel::default() })
    }

    /// Where figures of what people settle come from.
    ///
    /// # Errors
    /// When the Ledger cannot be read.
    pub(crate) fn why_settled(&self, figure: &str) -> Result<Option<Walk>, Fault> {
        let state = self.said()?;
        let walk = |title: &str, says: &str, name: &str, table: Table| Walk {
            title: title.to_owned(),
            text: vec![("What it is".to_owned(), says.to_owned())],
            tables: vec![(name.to_owned(), table)],
            single: Vec::new(),
        };
        if figure == "decisions" {
            let mut table = Table::new(["decision", "asked", "decided", "days", "level", "lowest_level", "lowest"]);
            let low = lowest(&state);
            for (id, days) in took(&state) {
                let (Some(matter), Some(decision)) = (state.matters.get(&id), state.decisions.get(&id)) else {
                    continue;
                };
                let level = low.iter().find(|row| row.0 == id);
                table.push([
                    id.as_str().into(),
                    self.zone().date(matter.is.at).to_string().into(),
                    decision.decided.to_string().into(),
                    Cell::of(Some(days), &Unit::Days),
                    level.map_or("", |row| row.1).into(),
                    level.map_or("", |row| row.2).into(),
                    level.map_or("", |row| if row.3 { "yes" } else { "no" }).into(),
                ]);
            }
            let says = "Every decision: from when its question was put to when it was recorded, and whether a lower body might have taken it by the scheme of delegation of that day.";
            return Ok(Some(walk("Questions and decisions", says, "Decisions", table)));
        }
        let Some(matter) = figure.strip_prefix("decision/").and_then(|id| state.matters.get(id)) else {
            return Ok(None);
        };
        let mut table =
            Table::new(["option", "measure", "for", "change", "range_from", "range_to", "unit", "evidence"]);
        for choice in matter.is.is.options.all() {
            for effect in &choice.effects {
                let unit = self.called(&effect.measure).unit;
                let whom = match &effect.whom {
                    Whom::All => "all",
                    Whom::Place(name) => name.as_str(),
                    Whom::Organisation(id) => id.as_str(),
                    Whom::PoorestFifth => "poorest fifth",
                };
                let [from, to] = effect.range.map(|value| Cell::of(Some(value), &unit));
                let change = Cell::of(Some(effect.expected), &unit);
                let (option, measure) = (choice.id.as_str(), effect.measure.as_str());
                table.push([
                    option.into(),
                    measure.into(),
                    whom.into(),
                    change,
                    from,
                    to,
                    unit.code().into(),
                    effect.evidence.as_str().into(),
                ]);
            }
        }
        let says = "What each option would do against changing nothing, as it was written down, with the run or measure that says so.";
        Ok(Some(walk(&matter.is.is.question, says, "Effects", table)))
    }
}

/// A draft with nothing in it.
pub fn blank_draft(id: &str, today: Date) -> Draft {
    Draft {
        id: id.to_owned(),
        question: String::new(),
        we_will: String::new(),
        options: agree::decision::Options::new(vec![Choice {
            id: "a".to_owned(),
            title: String::new(),
            detail: String::new(),
            effects: Vec::new(),
        }])
        .unwrap_or_else(|_| unreachable!("one option and changing nothing are two")),
        chosen: String::new(),
        also: Vec::new(),
        because: String::new(),
        level: agree::scheme::Level::Neighbourhood,
        why_not_lower: String::new(),
        authority: String::new(),
        settled: agree::decision::Settled { rule: String::new(), because: String::new(), outcome: String::new() },
        must_be_heard: Vec::new(),
        heard: Vec::new(),
        could_not_wait: String::new(),
        stances: Vec::new(),
        interests: Vec::new(),
        equality: None,
        expects: Vec::new(),
        stop_if: Vec::new(),
        owner: String::new(),
        decided: today,
        starts: None,
        review_on: None,
        supersedes: None,
    }
}

fn interests(state: &State, all: &[Interest]) -> Vec<String> {
    if all.is_empty() {
        return vec!["None.".to_owned()];
    }
    let said = |one: &Interest| {
        let (who, what) = (seat_called(state, &one.member), first_low(one.what.trim_end_matches('.')));
        format!("{who} ({}): {what}; {}.", interest_kind(one.kind), handled(one.handled))
    };
    all.iter().map(said).collect()
}

/// Whom it is about, from a person to a body: the order in which effects are told.
fn near(whom: &Whom) -> usize {
    match whom {
        Whom::PoorestFifth => 0,
        Whom::Place(_) => 1,
        Whom::All => 2,
        Whom::Organisation(_) => 3,
    }
}

/// What the effects on a measure are told against: where changing nothing has an effect of its own, they are against today.
fn against(question: &agree::log::Question, measure: &str) -> &'static str {
    let nothing = question.options.get(CHANGE_NOTHING).into_iter().flat_map(|choice| &choice.effects);
    match nothing.filter(|effect| effect.measure == measure).any(|effect| effect.expected != 0.0) {
        true => "change from today",
        false => "change against changing nothing",
    }
}

/// "+0.2 days"
fn signed(figure: &Figure) -> String {
    let said = figure.say();
    if figure.value.is_some_and(|value| value > 0.0) { format!("+{said}") } else { said }
}

/// How many put an option first.
fn first_choices(matter: &Matter) -> BTreeMap<String, usize> {
    let opened = matter.opened.iter().flat_map(|opened| &opened.papers).map(|paper| &paper.ballot);
    let open = matter.ballots.values().flatten().map(|known| &known.ballot).filter(|_| matter.is.is.sealed.is_none());
    let mut firsts = BTreeMap::new();
    for ballot in opened.chain(open) {
        if let Ballot::Order(order) = ballot
            && let Some(first) = order.first()
        {
            *firsts.entry(first.clone()).or_default() += 1;
        }
    }
    firsts
}

/// What came of votes that have lost their names.
fn secret_tally(opened: &agree::log::Opened, letter: &dyn Fn(&str) -> String) -> Vec<String> {
    let mut tally: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for paper in opened.papers.iter().filter(|paper| paper.member.is_none()) {
        let said = match &paper.ballot {
            Ballot::On { option, position: Position::Supports, .. } => (letter(option), "support"),
            Ballot::On { option, position: Position::CanLiveWith, .. } => (letter(option), "can live with"),
            Ballot::On { option, position: Position::Concern { .. }, .. } => (letter(option), "have a concern about"),
            Ballot::Order(order) => (order.first().map_or(String::new(), |first| letter(first)), "put first"),
        };
        *tally.entry(said).or_default() += 1;
    }
    tally.into_iter().map(|((option, verb), many)| format!("{many} {verb} {option}.")).collect()
}

/// Who was chosen by a count of options in order, with every tie that a lot settled.
fn elected_of(elected: &Elected, options: &[String], name: &dyn Fn(&str) -> String) -> String {
    let called = |all: &[usize], join: &str| {
        all.iter().filter_map(|at| Some(name(options.get(*at)?))).collect::<Vec<_>>().join(join)
    };
    if let Some(reason) = &elected.against {
        return format!("Nothing is chosen: {reason}.");
    }
    let chosen = called(&elected.chosen, "; then ");
    let tie = match &elected.count {
        Count::Schulze(found) if found.winners.len() > 1 => {
            format!(" It was a tie between {}: the lot chose.", called(&found.winners, " and "))
        }
        Count::Transferable(found) if found.stages.iter().any(|stage| stage.by_lot) => {
            " There was a tie on the way: the lot settled it.".to_owned()
        }
        _ => String::new(),
    };
    format!("Chosen: {chosen}.{tie}")
}

/// Choices of a record of which nobody tried what they would do.
fn untried(draft: &Draft) -> impl Iterator<Item = &Choice> {
    draft.options.all().iter().filter(|choice| choice.id != CHANGE_NOTHING && choice.effects.is_empty())
}

/// How votes that put options in order were counted: each pair of options, or each stage.
fn count_of(count: &Count, question: &agree::log::Question, letter: &dyn Fn(&str) -> String) -> Rows {
    let names: Vec<String> =
        question.options.all().iter().map(|choice| show::chart::sentence(&letter(&choice.id))).collect();
    match count {
        Count::Schulze(found) => {
            let head = names.iter().map(|name| format!("before {}", first_low(name)));
            let mut table = Table::new([String::new()].into_iter().chain(head));
            for (a, name) in names.iter().enumerate() {
                let cells = (0..names.len()).map(|b| match found.pairs.0.get(a).and_then(|row| row.get(b)) {
                    Some(many) if a != b => Cell::from(*many),
                    _ => Cell::from(""),
                });
                table.push([Cell::from(name.as_str())].into_iter().chain(cells));
            }
            Rows { caption: "How many put one before another".to_owned(), table, links: Vec::new() }
        }
        Count::Transferable(found) => {
            let head = ["stage".to_owned()].into_iter().chain(names.iter().cloned()).chain(["chosen".to_owned()]);
            let mut table = Table::new(head);
            for (at, stage) in found.stages.iter().enumerate() {
                let votes = stage.votes.iter().map(|votes| Cell::Text(votes.to_string()));
                let chosen: Vec<&str> =
                    stage.elected.iter().filter_map(|at| names.get(*at)).map(String::as_str).collect();
                let chosen = [Cell::Text(chosen.join(", "))];
                table.push([Cell::from(at + 1)].into_iter().chain(votes).chain(chosen));
            }
            Rows { caption: "The count, stage by stage".to_owned(), table, links: Vec::new() }
        }
    }
}

/// "2 stop rules rang, 1 decision is ready to review, 3 questions are due"
fn told(sorted: &Sorted) -> String {
    let is = |many: usize| if many == 1 { "is" } else { "are" };
    let parts = [
        (
            sorted.rang.len(),
            match sorted.rang.len() {
                1 => "1 decision of ours rang its stop rule".to_owned(),
                rang => format!("{rang} decisions of ours rang their stop rules"),
            },
        ),
        (
            sorted.ready.len(),
            format!("{} {} ready to review", plural(sorted.ready.len(), "decision"), is(sorted.ready.len())),
        ),
        (sorted.due.len(), format!("{} {} to be settled", plural(sorted.due.len(), "question"), is(sorted.due.len()))),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| part.0 > 0).map(|part| part.1).collect();
    match parts.as_slice() {
        [] => format!("{} stand", plural(sorted.agreed.len() + sorted.reviewed.len(), "decision")),
        [first @ .., last] if !first.is_empty() => show::chart::sentence(&format!("{} and {last}", first.join(", "))),
        all => show::chart::sentence(&all.join("")),
    }
}

/// Each decision with the days from when it was asked to when it was recorded.
fn took(state: &State) -> Vec<(String, f64)> {
    let days = |matter: &Matter| {
        let recorded = matter.recorded.as_ref()?;
        Some((matter.is.is.id.clone(), ((recorded.at.0 - matter.is.at.0) as f64 / 86_400.0).max(0.0)))
    };
    state.matters.values().filter_map(days).collect()
}

/// Each decision of which it is known: its level, the lowest that might have taken it, and whether they are the same.
fn lowest(state: &State) -> Vec<(String, &'static str, &'static str, bool)> {
    let Some(scheme) = &state.scheme else { return Vec::new() };
    let row = |decision: &Decision| {
        let question = &state.matters.get(&decision.id)?.is.is;
        let may = scheme.who_may_decide(&question.duty, decision.decided, question.pounds).ok()?;
        let low = may.first()?.level;
        Some((decision.id.clone(), question.level.words(), low.words(), question.level <= low))
    };
    state.decisions.all().iter().filter_map(row).collect()
}

fn authorities(may: &[Authority]) -> Rows {
    let mut table = Table::new(["who", "level", "up_to_pounds"]);
    for one in may {
        let limit =
            one.up_to.map_or(Cell::from("no limit"), |pounds| Cell::said(pounds, format!("£{}", count(pounds as u64))));
        table.push([grouped(&one.words).into(), show::chart::sentence(one.level.words()).into(), limit]);
    }
    Rows { caption: "Who can decide this, the lowest level first".to_owned(), table, links: Vec::new() }
}

/// "up to £2500000" as it is read: "up to £2,500,000".
pub(crate) fn grouped(words: &str) -> String {
    let Some((before, rest)) = words.split_once('£') else { return words.to_owned() };
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    match digits.parse() {
        Ok(number) => format!("{before}£{}{}", count(number), &rest[digits.len()..]),
        Err(_) => words.to_owned(),
    }
}

/// "days, " before what else is said of a column.
fn in_unit(unit: &Unit) -> String {
    match unit.code() {
        "" => String::new(),
        code => format!("{code}, "),
    }
}

/// Without an article of its own.
fn bare(name: &str) -> &str {
    name.strip_prefix("The ").or_else(|| name.strip_prefix("the ")).unwrap_or(name)
}

/// To stand inside a sentence; a word that is all capitals keeps them.
pub(crate) fn first_low(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() && !text.starts_with("I ") => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weeks(values: &[f64]) -> Vec<Point> {
        let ends = |at: usize| Date(20_000 + 7 * at as i32);
        values.iter().enumerate().map(|(at, value)| Point { ends: ends(at), value: Some(*value) }).collect()
    }

    fn expected(from: f64, expected: f64, range: [f64; 2]) -> Prediction {
        let (measure, unit) = ("crews".to_owned(), "minutes".to_owned());
        Prediction { measure, unit, from, expected, range, by: Date(20_030) }
    }

    #[test]
    fn one_good_week_does_not_make_a_prediction_come_true() {
        let points = weeks(&[90.0, 19.0, 79.0, 19.0, 22.0, 105.0]);
        let was = settled(&points, Date(20_000), Date(20_030)).unwrap();
        assert_eq!((was.ends, was.value), (Date(20_028), 34.75), "the four weeks to the day, and none after it");
        assert_eq!(was.when, "in the four weeks to 1 November 2024");
        let now = settled(&points, Date(20_000), Date(20_060)).unwrap();
        assert_eq!(now.value, 56.25);
        assert!(settled(&points, Date(20_060), Date(20_090)).is_none());
    }

    #[test]
    fn what_is_counted_by_month_is_its_last_month() {
        let months = [(20_023, 5.0), (20_053, 7.0)].map(|(ends, value)| Point { ends: Date(ends), value: Some(value) });
        let was = settled(&months, Date(20_000), Date(20_060)).unwrap();
        assert_eq!((was.value, was.when.as_str()), (7.0, "in November 2024"));
    }

    #[test]
    fn a_wait_that_fell_by_less_says_by_how_much() {
        let people = Unit::Of("people".to_owned());
        let said = |value, result| turned_out(&expected(26.0, 19.0, [16.0, 22.0]), &people, value, "in May", result);
        assert_eq!(said(24.3, TurnedOut::LessThanExpected), "It fell by 2 people in May, to 24 people; we expected 7.");
        assert_eq!(
            said(28.0, TurnedOut::NotAtAll),
            "It rose by 2 people in May, to 28 people; we expected it to fall by 7."
        );
        assert_eq!(said(26.1, TurnedOut::NotAtAll), "It was still 26 people in May; we expected it to fall by 7.");
        assert_eq!(said(20.0, TurnedOut::AsExpected), "It was 20 people in May: as expected.");
        let share = expected(4.4, 3.6, [3.2, 4.0]);
        let said = turned_out(&share, &Unit::Percent, 5.1, "in May", TurnedOut::NotAtAll);
        assert_eq!(said, "It rose by 0.7 percentage points in May, to 5.1%; we expected it to fall by 0.8.");
    }

    #[test]
    fn nothing_is_judged_before_its_day() {
        assert_eq!(all_turned_out(&[]), "Too early to say");
        assert_eq!(all_turned_out(&[TurnedOut::AsExpected; 2]), "As expected");
        assert_eq!(all_turned_out(&[TurnedOut::NotAtAll]), "Not as expected");
        let mixed = [TurnedOut::AsExpected, TurnedOut::LessThanExpected];
        assert_eq!(all_turned_out(&mixed), "1 of 2 predictions as expected");
    }
}

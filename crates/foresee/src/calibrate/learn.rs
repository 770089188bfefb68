//! The copy of a place, learned from what its people went through.
//!
//! The one mistake that spoils such copies is to count waiting twice: a bed in which somebody only waits for home care is
//! occupied because home care is full, and a copy that has "home care is full" *and* a length of stay with the waiting in
//! it fills its wards twice. So every stay is cut in two, treatment and delay, and the delay in two again: while the next
//! service was full (the copy will make that itself) and while it was not (a process: papers, transport, medicines, a
//! visit on another day), which is learned as the delay of that way out.

use super::arrivals::{Calendar, arrivals};
use super::fit::{Estimate, Fit, Spell, Z95, by_class, chance_above, fit, scaled};
use super::opening::{Opening, OpeningError, opening, rate};
use crate::simulate::model::{
    Capacity, Class, Distribution, Model, Need, Order, Present, Resource, Route, Service, State, WarmUp, WarmUpRule,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// How a visit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Left {
    /// It has not, or nobody knows how.
    #[default]
    Unknown,
    /// They left the place for home.
    Home,
    /// They went on to another service.
    On,
    /// They died.
    Died,
    /// What was asked for was withdrawn, refused or missed.
    Withdrawn,
    /// It is over, and nobody knows since when.
    Lost,
}

/// One stay of one person in one service, asked for or begun. Times are hours of the clock on the wall since the window
/// began; before it they are negative. What is not known is none.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Visit {
    /// Whose. Only that two visits are of the same person is used.
    pub person: i64,
    /// Which service: its place in [`Records::services`].
    pub service: u32,
    /// Which class: its place in [`Records::classes`].
    pub class: u32,
    /// When it was asked for.
    pub asked: Option<f64>,
    /// When it began.
    pub started: Option<f64>,
    /// When treatment was done and the person could have left.
    pub ready: Option<f64>,
    /// When it ended; of what never began, when it was no longer asked for.
    pub ended: Option<f64>,
    /// The service they went on to, or wait for.
    pub next: Option<u32>,
    /// The service that they came, or were sent, from.
    pub from: Option<u32>,
    /// How it ended.
    pub left: Left,
}

/// A service as the place declares it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Declared {
    /// Its name, the same in the copy.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// The organisation whose it is.
    pub owner: String,
    /// Beds, places or crews, if it says so.
    pub capacity: Option<u32>,
    /// Pounds for an hour of a person in care, if known; else 0.
    pub cost_per_hour: f64,
}

/// All that a copy is made from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Records {
    /// The place's name.
    pub name: String,
    /// The services.
    pub services: Vec<Declared>,
    /// The classes of person; empty: one, `everyone`.
    pub classes: Vec<String>,
    /// What people went through, in any order.
    pub visits: Vec<Visit>,
    /// The end of the window, in hours; it begins at 0. What lies later has not happened.
    pub to: f64,
    /// Where hour 0 lies in the week and the year.
    pub calendar: Calendar,
}

/// How far back to look, in hours before the end of the window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reach {
    /// For the shape of the week and the year.
    pub arrivals: f64,
    /// For how many come now: the level of that shape.
    pub level: f64,
    /// For lengths of stay and ways out.
    pub stays: f64,
    /// For delays and waits, which change sooner.
    pub delays: f64,
}

impl Reach {
    /// The whole window: for the copy on which changes are tried.
    pub const ALL: Reach =
        Reach { arrivals: f64::INFINITY, level: f64::INFINITY, stays: f64::INFINITY, delays: f64::INFINITY };
    /// For the next days: as things are now.
    pub const NOW: Reach = Reach { arrivals: f64::INFINITY, level: 1_344.0, stays: 4_380.0, delays: 1_008.0 };
}

/// What was learned of one thing, or why it was not.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Lesson {
    /// A service, or two with ` > ` between.
    pub of: String,
    /// What of it: `arrivals`, `stay`, `delay`, `wait`, `routes`, `order`, `capacity`, `opening`, `patience`, `records`.
    pub what: String,
    /// In a sentence.
    pub words: String,
    /// From how many.
    pub from: usize,
    /// The numbers with their intervals.
    pub estimates: Vec<Estimate>,
    /// False: it could not be learned.
    pub learned: bool,
}

/// What people wait for between two services.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Join {
    /// The service whose place is held meanwhile.
    pub from: String,
    /// The next service; none: home.
    pub to: Option<String>,
    /// How many waited.
    pub waits: usize,
    /// Hours waited while the next service was full.
    pub for_capacity: f64,
    /// Hours waited while it was not full and shut, or only just open.
    #[serde(default)]
    pub for_opening: f64,
    /// Hours waited while it was neither.
    pub for_process: f64,
}

/// A copy of a place, and what is to be known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// The copy; its time 0 is the end of the window, its unit the hour. It starts from who is in the place then.
    pub model: Model,
    /// What was learned, and what could not be.
    pub lessons: Vec<Lesson>,
    /// Delays between services, in two parts.
    pub joins: Vec<Join>,
    /// How far rates of sources and lengths of services may be wrong: standard deviation of their logarithm, by name.
    pub doubts: Vec<(String, f64)>,
}

/// Why there is no copy.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LearnError {
    /// The window is no span of time.
    #[error("the window is {0} hours long; at least 168 are needed")]
    Window(f64),
    /// A visit names a service or class that is not declared.
    #[error("visit {0} names a service or class that is not declared")]
    Names(usize),
    /// Nothing that happened can be used.
    #[error("none of {0} visits can be used")]
    Nothing(usize),
}

/// Whoever begins within so many hours of leaving elsewhere came from there.
const GAP: f64 = 12.0;
/// Clocks of two senders differ by this much.
const CLOCKS: f64 = 1.0;
const MINUTE: f64 = 1.0 / 60.0;
/// Open for so many times as long as any that ended is lost: half as much would lose a rare long stay in a short window.
const LOST: f64 = 4.0;
/// Asks that came to nothing without a word, from which on others are judged by them.
const MANY_LAPSED: usize = 20;
/// Shares of ways out lean on those of all classes as if so many more had been seen.
const PRIOR: f64 = 10.0;
/// The name of the way home, for those who are ready and wait to go.
pub const HOME: &str = "home";

/// The name of the service that stands for a wait which holds no place: from being asked for to the start.
pub fn waiting_for(service: &str) -> String {
    format!("waiting for {service}")
}

/// A visit made sound, and joined to the one that followed it.
#[derive(Debug, Clone, Copy)]
struct Step {
    visit: Visit,
    /// The visit that came before and let go for this one.
    before: Option<usize>,
    /// The visit that this one let go for, or waits for.
    after: Option<usize>,
}

/// Records made sound at some moment.
pub struct Known<'a> {
    records: &'a Records,
    /// The moment: nothing later is known.
    pub now: f64,
    steps: Vec<Step>,
    lessons: Vec<Lesson>,
}

fn lesson(of: &str, what: &str, words: String, from: usize, estimates: Vec<Estimate>) -> Lesson {
    Lesson { of: of.to_owned(), what: what.to_owned(), words, from, estimates, learned: true }
}

fn unlearned(of: &str, what: &str, words: String, from: usize) -> Lesson {
    Lesson { of: of.to_owned(), what: what.to_owned(), words, from, estimates: Vec::new(), learned: false }
}

/// A spell from `begin` to `end` (open when none) as it was seen between `since` and `now`.
fn spell(begin: f64, end: Option<f64>, since: f64, now: f64) -> Option<Spell> {
    let last = end.unwrap_or(now);
    if last < since || begin > now || last < begin {
        return None;
    }
    Some(Spell { from: (since - begin).max(0.0), to: last - begin, ended: end.is_some() })
}

impl Records {
    /// What is known at `now` (at most the end of the window): what happened later is forgotten, what cannot be is left out,
    /// and every stay is joined to the next.
    ///
    /// # Errors
    /// A window under a week; names that are not declared; nothing that can be used.
    pub fn known(&self, now: f64) -> Result<Known<'_>, LearnError> {
        if !now.is_finite() || now.min(self.to) < 168.0 {
            return Err(LearnError::Window(now));
        }
        let now = now.min(self.to);
        let (services, classes) = (self.services.len(), self.classes.len().max(1));
        let (mut backwards, mut future, mut empty) = (0, 0, 0);
        let mut steps = Vec::with_capacity(self.visits.len());
        let mut lengths = vec![[0; 2]; services];
        for (at, visit) in self.visits.iter().enumerate() {
            let named = [Some(visit.service), visit.next, visit.from];
            if visit.class as usize >= classes || named.iter().flatten().any(|name| *name as usize >= services) {
                return Err(LearnError::Names(at));
            }
            if let (Some(started), Some(ended)) = (visit.started, visit.ended) {
                let lengths = &mut lengths[visit.service as usize];
                lengths[0] += 1;
                lengths[1] += usize::from(ended - started < 1.0 / 60.0);
            }
        }
        // Contacts that hold nothing are no part of a copy: a call, an appointment of which only the beginning is told.
        let bare: Vec<bool> = lengths.iter().map(|[all, none]| *all >= 20 && 20 * none >= 19 * all).collect();
        for visit in self.visits.iter().filter(|visit| !bare[visit.service as usize]) {
            let mut visit = *visit;
            let Visit { asked, started, ready, ended, .. } = &mut visit;
            for time in [&mut *asked, started, ready, ended] {
                if time.is_some_and(|time| !time.is_finite()) {
                    *time = None;
                }
                if time.is_some_and(|time| time > now) {
                    future += usize::from(now == self.to);
                    *time = None;
                }
            }
            if let (Some(from), Some(to)) = (started.or(*asked), *ended)
                && to < from
            {
                backwards += 1;
                continue;
            }
            if started.or(*asked).is_none() {
                empty += 1;
                continue;
            }
            if let (Some(from), Some(done)) = (*started, *ready) {
                *ready = Some(done.clamp(from, ended.unwrap_or(now).max(from)));
            }
            if started.is_none() {
                *ready = None;
            }
            // How it ended is known when it has; whom they wait for, when they are ready.
            if ended.is_none() && visit.left != Left::Lost {
                visit.left = Left::Unknown;
                if visit.ready.is_none() {
                    visit.next = None;
                }
            }
            steps.push(Step { visit, before: None, after: None });
        }
        if steps.is_empty() {
            return Err(LearnError::Nothing(self.visits.len()));
        }
        steps.sort_by(|a, b| {
            let key = |step: &Step| step.visit.started.or(step.visit.asked).unwrap_or(0.0);
            (a.visit.person.cmp(&b.visit.person))
                .then(key(a).total_cmp(&key(b)))
                .then(a.visit.service.cmp(&b.visit.service))
        });
        let mut known = Known { records: self, now, steps, lessons: Vec::new() };
        for (service, _) in self.services.iter().zip(&bare).filter(|(_, bare)| **bare) {
            let words =
                "contacts of no length hold no place: left out, and whom they send comes from outside".to_owned();
            known.lessons.push(unlearned(&service.name, "stay", words, 0));
        }
        let told = |words: String, from| unlearned("the place", "records", words, from);
        if backwards > 0 {
            known.lessons.push(told(format!("{backwards} visits end before they begin: left out"), backwards));
        }
        if future > 0 {
            known.lessons.push(told(format!("{future} times lie after the end of the window: not known yet"), future));
        }
        if empty > 0 {
            known.lessons.push(told(format!("{empty} visits have no time of asking or starting: left out"), empty));
        }
        known.join();
        known.lose();
        Ok(known)
    }
}

impl Known<'_> {
    fn name(&self, service: u32) -> &str {
        &self.records.services[service as usize].name
    }

    /// Joins each visit to the one it came from.
    fn join(&mut self) {
        let steps = &mut self.steps;
        // How often an ask made during a stay ended with moving there: only such joins are waited for in place.
        let mut pairs: HashMap<(u32, u32), [usize; 2]> = HashMap::new();
        let mut first = 0;
        while first < steps.len() {
            let person = steps[first].visit.person;
            let last = first + steps[first..].partition_point(|step| step.visit.person == person);
            for to in first..last {
                let visit = steps[to].visit;
                let sent = |from: &Visit| visit.from == Some(from.service) || from.next == Some(visit.service);
                if let Some(started) = visit.started {
                    let gap = |from: usize| steps[from].visit.ended.map(|ended| started - ended);
                    let near = (first..last).filter(|from| {
                        let before = &steps[*from];
                        *from != to
                            && before.after.is_none()
                            && before.visit.started.is_some_and(|begun| begun <= started)
                            && gap(*from).is_some_and(|gap| (-CLOCKS..=GAP).contains(&gap))
                            && sent(&before.visit)
                    });
                    let near = near.min_by(|a, b| {
                        let key = |at: usize| gap(at).unwrap_or(GAP).abs();
                        key(*a).total_cmp(&key(*b))
                    });
                    if let Some(from) = near {
                        steps[from].after = Some(to);
                        steps[to].before = Some(from);
                        let before = &mut steps[from].visit;
                        if before.ready.is_none() {
                            before.ready = visit.asked.filter(|asked| {
                                before.started.is_some_and(|begun| *asked >= begun)
                                    && before.ended.is_some_and(|ended| *asked < ended)
                            });
                        }
                        pairs.entry((before.service, visit.service)).or_default()[0] += 1;
                    }
                }
                if let (Some(from), Some(_)) = (visit.from, visit.asked) {
                    let over = visit.started.or(visit.ended).is_some();
                    pairs.entry((from, visit.service)).or_default()[1] += usize::from(over);
                }
            }
            first = last;
        }
        // Those who still wait where they are.
        for to in 0..steps.len() {
            let visit = steps[to].visit;
            let (None, None, Some(asked)) = (visit.started, visit.ended, visit.asked) else { continue };
            let around = |from: &Step| from.visit.person == visit.person;
            let low = steps[..to].iter().rposition(|step| !around(step)).map_or(0, |at| at + 1);
            let high = to + steps[to..].iter().position(|step| !around(step)).unwrap_or(steps.len() - to);
            let here = (low..high).filter(|at| {
                let from = &steps[*at];
                let moves =
                    pairs.get(&(from.visit.service, visit.service)).is_some_and(|[moved, all]| 2 * moved > *all);
                from.after.is_none()
                    && from.visit.ended.is_none()
                    && from.visit.started.is_some_and(|begun| begun <= asked)
                    && (from.visit.next == Some(visit.service)
                        || (moves && from.visit.ready.is_none() && visit.from == Some(from.visit.service)))
            });
            if let Some(from) = here.max() {
                steps[from].after = Some(to);
                steps[to].before = Some(from);
                let before = &mut steps[from].visit;
                before.ready = before.ready.or(Some(asked));
                before.next = Some(visit.service);
            }
        }
    }

    /// A stay or wait that is open for four times as long as any that ever ended is a message that was lost.
    fn lose(&mut self) {
        let count = self.records.services.len();
        let (mut longest, mut ended) = (vec![[0.0_f64; 2]; count], vec![[0; 2]; count]);
        let parts = |visit: &Visit, now: f64| {
            let end = visit.ended;
            let stay = visit.started.map(|begun| (end.unwrap_or(now) - begun, end.is_some()));
            let until = visit.started.or(end);
            let wait = visit.asked.map(|asked| (until.unwrap_or(now) - asked, until.is_some()));
            [stay, wait]
        };
        for step in &self.steps {
            for (part, told) in parts(&step.visit, self.now).into_iter().enumerate() {
                if let Some((length, true)) = told {
                    let service = step.visit.service as usize;
                    longest[service][part] = longest[service][part].max(length);
                    ended[service][part] += 1;
                }
            }
        }
        // Where asks come to nothing and nobody says so, they are no longer told once that is known; one that is still open counts
        // as such from when more of those like it came to nothing than began later. And who begins four times as late as that (or
        // as half of all begin) came for another reason than that ask.
        let (mut nothing, mut taken) = (vec![0_usize; count], vec![Vec::new(); count]);
        for visit in self.steps.iter().map(|step| &step.visit) {
            let service = visit.service as usize;
            match (visit.asked, visit.started) {
                (Some(asked), Some(started)) => taken[service].push((started - asked).max(0.0)),
                (Some(_), None) => nothing[service] += usize::from(visit.left == Left::Lost),
                (None, _) => {}
            }
        }
        for (waits, nothing) in taken.iter_mut().zip(&nothing).filter(|(_, nothing)| **nothing >= MANY_LAPSED) {
            waits.sort_by(f64::total_cmp);
            let turn = waits.len().saturating_sub(*nothing).max(waits.len() / 2);
            let latest = LOST * waits.get(turn).copied().unwrap_or(f64::INFINITY).max(CLOCKS);
            waits.truncate(waits.partition_point(|wait| *wait <= latest));
        }
        for visit in self.steps.iter_mut().filter(|step| step.before.is_none()).map(|step| &mut step.visit) {
            let service = visit.service as usize;
            let (Some(asked), Some(started)) = (visit.asked, visit.started) else { continue };
            let latest = taken[service].last().copied().unwrap_or(f64::INFINITY);
            if nothing[service] >= MANY_LAPSED && started - asked > latest {
                visit.asked = None;
            }
        }
        let mut lapsed: BTreeMap<u32, usize> = BTreeMap::new();
        for visit in self.steps.iter_mut().filter(|step| step.before.is_none()).map(|step| &mut step.visit) {
            let service = visit.service as usize;
            let (Some(asked), None, None) = (visit.asked, visit.started, visit.ended) else { continue };
            let longer = taken[service].len() - taken[service].partition_point(|wait| *wait <= self.now - asked);
            if nothing[service] >= MANY_LAPSED && nothing[service] > longer && visit.left != Left::Lost {
                visit.left = Left::Lost;
                *lapsed.entry(visit.service).or_default() += 1;
            }
        }
        for (service, lapsed) in lapsed {
            let words = format!(
                "{lapsed} asks are open for so long that more of those like them came to nothing than began: taken as such"
            );
            self.lessons.push(unlearned(self.name(service), "records", words, lapsed));
        }
        let mut lost: BTreeMap<u32, usize> = BTreeMap::new();
        let now = self.now;
        for step in &mut self.steps {
            let service = step.visit.service as usize;
            for (part, told) in parts(&step.visit, now).into_iter().enumerate() {
                if let Some((length, false)) = told
                    && (part == 0 || step.visit.started.is_none())
                    && ended[service][part] >= 60
                    && length > LOST * longest[service][part]
                    && step.visit.left != Left::Lost
                {
                    step.visit.left = Left::Lost;
                    *lost.entry(step.visit.service).or_default() += 1;
                }
            }
        }
        for (service, lost) in lost {
            let words =
                format!("{lost} are open for four times as long as any that ended: taken as messages that were lost");
            self.lessons.push(unlearned(self.name(service), "records", words, lost));
        }
    }

    fn live(&self) -> impl Iterator<Item = (usize, &Step)> {
        self.steps.iter().enumerate().filter(|(_, step)| step.visit.left != Left::Lost)
    }

    /// Begin and end (none: open) of each stay in a service.
    fn stays(&self, service: u32) -> impl Iterator<Item = (f64, Option<f64>)> {
        let of = self.live().filter(move |(_, step)| step.visit.service == service);
        of.filter_map(|(_, step)| step.visit.started.map(|started| (started, step.visit.ended)))
    }

    /// Those who are ready in a place that they hold: when, until when (none: they are), for which service (none: home).
    fn held(&self) -> impl Iterator<Item = Held> {
        self.live().filter_map(|(_, step)| self.held_by(step))
    }

    fn held_by(&self, step: &Step) -> Option<Held> {
        let visit = &step.visit;
        let ready = visit.ready?;
        let next = visit.next.or_else(|| step.after.map(|after| self.steps[after].visit.service));
        // Who dies in the place they hold waits for nothing.
        let dies = visit.left == Left::Died && next.is_none();
        (!dies).then_some(Held { service: visit.service, next, ready, until: visit.ended })
    }

    /// Those who wait for a service and hold no place meanwhile: when it was asked for, until when it began or was no longer
    /// asked for (none: they wait), and whether it began.
    fn queued(&self, service: u32) -> impl Iterator<Item = (f64, Option<f64>, bool)> {
        let of = self.live().filter(move |(_, step)| step.visit.service == service && step.before.is_none());
        of.filter_map(|(_, step)| {
            let visit = &step.visit;
            let asked = visit.asked?;
            Some((asked, visit.started.or(visit.ended), visit.started.is_some()))
        })
    }

    /// Mean number of people in a service in each of the spans between `edges`.
    pub fn present(&self, service: &str, edges: &[f64]) -> Vec<f64> {
        let Some(service) = self.records.services.iter().position(|declared| declared.name == service) else {
            return vec![0.0; edges.len().saturating_sub(1)];
        };
        spread(self.stays(service as u32), edges, self.now)
    }

    /// People who began at a service in each of the spans between `edges`.
    pub fn begun(&self, service: &str, edges: &[f64]) -> Vec<f64> {
        let mut counts = vec![0.0; edges.len().saturating_sub(1)];
        let service = self.records.services.iter().position(|declared| declared.name == service);
        for (started, _) in service.into_iter().flat_map(|service| self.stays(service as u32)) {
            let span = edges.partition_point(|edge| *edge <= started);
            if span > 0 && span < edges.len() {
                counts[span - 1] += 1.0;
            }
        }
        counts
    }

    /// Mean number of people who wait in each of the spans between `edges`: in a place that they hold at `from` for `to`
    /// (none: home); or, when `from` is none, for `to` without a place.
    pub fn waiting(&self, from: Option<&str>, to: Option<&str>, edges: &[f64]) -> Vec<f64> {
        let index =
            |name: &str| self.records.services.iter().position(|declared| declared.name == name).map(|at| at as u32);
        match (from, to) {
            (Some(from), to) => {
                let (from, to) = (index(from), to.map(index));
                let held = self.held().filter(|held| {
                    Some(held.service) == from
                        && match to {
                            None => held.next.is_none(),
                            Some(to) => held.next == to && to.is_some(),
                        }
                });
                spread(held.map(|held| (held.ready, held.until)), edges, self.now)
            }
            (None, Some(to)) => {
                let queued = index(to).into_iter().flat_map(|to| self.queued(to));
                spread(queued.map(|(asked, until, _)| (asked, until)), edges, self.now)
            }
            (None, None) => vec![0.0; edges.len().saturating_sub(1)],
        }
    }
}

/// Someone who is ready in a place that they hold.
struct Held {
    service: u32,
    next: Option<u32>,
    ready: f64,
    until: Option<f64>,
}

/// Mean number under way in each span.
fn spread(spells: impl Iterator<Item = (f64, Option<f64>)>, edges: &[f64], now: f64) -> Vec<f64> {
    let mut sums = vec![0.0; edges.len().saturating_sub(1)];
    for (from, to) in spells {
        let to = to.unwrap_or(now);
        let first = edges.partition_point(|edge| *edge <= from).saturating_sub(1);
        for span in first..sums.len() {
            if edges[span] >= to {
                break;
            }
            sums[span] += (to.min(edges[span + 1]) - from.max(edges[span])).max(0.0);
        }
    }
    sums.iter().enumerate().map(|(span, sum)| sum / (edges[span + 1] - edges[span])).collect()
}

/// A number of people over time: when it changes, and what to.
struct Count {
    times: Vec<f64>,
    levels: Vec<u32>,
}

impl Count {
    fn of(spells: impl Iterator<Item = (f64, Option<f64>)>) -> Count {
        let mut moves: Vec<(f64, i64)> = Vec::new();
        for (from, to) in spells {
            moves.push((from, 1));
            if let Some(to) = to {
                moves.push((to.max(from), -1));
            }
        }
        // At one moment, who leaves makes room for who comes.
        moves.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let (mut times, mut levels, mut level) = (Vec::new(), Vec::new(), 0_i64);
        for (at, by) in moves {
            level += by;
            if times.last() == Some(&at) {
                if let Some(last) = levels.last_mut() {
                    *last = level.max(0) as u32;
                }
            } else {
                times.push(at);
                levels.push(level.max(0) as u32);
            }
        }
        Count { times, levels }
    }

    /// The number just before a moment.
    fn at(&self, moment: f64) -> u32 {
        let at = self.times.partition_point(|time| *time < moment);
        if at == 0 { 0 } else { self.levels[at - 1] }
    }

    /// `(from, to, number)` for each stretch of `from..to` in which the number stays the same.
    fn stretches(&self, from: f64, to: f64) -> impl Iterator<Item = (f64, f64, u32)> {
        let first = self.times.partition_point(|at| *at <= from);
        (first..=self.times.len()).map_while(move |at| {
            let begin = if at == first { from } else { self.times[at - 1] };
            let end = self.times.get(at).copied().unwrap_or(f64::INFINITY).min(to);
            let level = if at == 0 { 0 } else { self.levels[at - 1] };
            (begin < to).then_some((begin, end, level))
        })
    }
}

/// What limits a service.
struct Limit {
    /// Units in the copy; none: without limit.
    units: Option<u32>,
    /// The number from which it counts as full; none: never.
    full: Option<u32>,
    lesson: Lesson,
}

impl Known<'_> {
    /// A service is limited when its number comes to a stop: it is as full as it gets far longer than it is one short of
    /// that, and people wait for it then. Where nothing stops it, each number more is rarer than the one before.
    fn limit(&self, service: u32, occupied: &Count, waiting: &Count, since: f64) -> Limit {
        let declared = &self.records.services[service as usize];
        // By number in it: hours, hours waited by others meanwhile, and how often it was reached.
        let mut by_level: BTreeMap<u32, [f64; 3]> = BTreeMap::new();
        for (from, to, level) in occupied.stretches(since, self.now) {
            let waited: f64 =
                waiting.stretches(from, to).map(|(from, to, people)| (to - from) * f64::from(people)).sum();
            let sums = by_level.entry(level).or_default();
            for (sum, more) in sums.iter_mut().zip([to - from, waited, 1.0]) {
                *sum += more;
            }
        }
        let [hours, waited] = [0, 1].map(|part| by_level.values().map(|sums| sums[part]).sum::<f64>());
        let most = by_level.keys().last().copied().unwrap_or(0);
        // Numbers that are exceeded in less than 2% of the time, the highest first.
        let (mut above, mut high, mut stop) = (0.0, most, None);
        for (level, [time, waits, times]) in by_level.iter().rev() {
            if above > 0.02 * hours {
                break;
            }
            let before = level.checked_sub(1).and_then(|below| by_level.get(&below)).map_or(0.0, |sums| sums[0]);
            let stuck = *time > 1.5 * before && *times >= 10.0 && *level > 0;
            if stuck && *waits >= 24.0 && waits / time > 1.2 * (waited - waits) / (hours - time).max(1e-9) {
                stop = Some((*level, time / hours, before / hours, *waits));
            }
            above += time;
            if above <= 0.01 * hours {
                high = level.saturating_sub(1);
            }
        }
        let (name, days) = (&declared.name, (hours / 24.0) as usize);
        let said = declared.capacity.map_or("none declared".to_owned(), |units| format!("{units} declared"));
        let (units, full, words) = match (stop, declared.capacity) {
            (Some((units, full, short, waits)), _) => {
                let words = format!(
                    "{units} at once ({said}): it was that full {:.1}% of the time and one short of it {:.1}%; {waits:.0} of \
                     {waited:.0} hours waited for it were waited then",
                    100.0 * full,
                    100.0 * short
                );
                (Some(units), Some(units), words)
            }
            (None, Some(units)) if units >= high => {
                let words = format!("{units}, as declared: never seen to come to a stop, {most} in it at most");
                (Some(units.max(most)), Some(units), words)
            }
            _ => {
                let words = format!(
                    "could not learn a limit ({said}): never seen to come to a stop, {most} in it at most; taken as without limit"
                );
                (None, None, words)
            }
        };
        let lesson = match units {
            Some(value) => {
                let (value, low, high) = (f64::from(value), f64::from(high.min(value)), f64::from(most.max(value)));
                lesson(name, "capacity", words, days, vec![Estimate { name: "units".to_owned(), value, low, high }])
            }
            None => unlearned(name, "capacity", words, days),
        };
        Limit { units, full, lesson }
    }

    /// When a service begins with those who wait for it.
    fn opening(&self, service: u32, since: f64) -> Result<Opening, OpeningError> {
        let (mut starts, mut waits) = (Vec::new(), Vec::new());
        for (_, step) in self.live().filter(|(_, step)| step.visit.service == service) {
            let asked = step.before.and_then(|before| self.steps[before].visit.ready).or(step.visit.asked);
            let until = step.visit.started.or(step.visit.ended).unwrap_or(self.now);
            let Some(asked) = asked.filter(|asked| until - asked > MINUTE && until >= since) else { continue };
            waits.push((asked.max(since), until));
            starts.extend(step.visit.started);
        }
        opening(&starts, &waits, self.records.calendar)
    }

    /// How long people wait before they give up: who began has not, for as long as they waited.
    fn patience(&self, service: u32, since: f64) -> Option<(Lesson, Option<Distribution>)> {
        let (mut spells, mut left) = (Vec::new(), 0);
        for (_, step) in self.live().filter(|(_, step)| step.visit.service == service && step.before.is_none()) {
            let visit = &step.visit;
            let Some(asked) = visit.asked else { continue };
            let Some(mut seen) = spell(asked, visit.started.or(visit.ended), since, self.now) else { continue };
            if seen.to - seen.from > MINUTE {
                // Who died, or was lost sight of, might have waited on.
                seen.ended &= visit.started.is_none() && matches!(visit.left, Left::Home | Left::Withdrawn);
                left += usize::from(seen.ended);
                spells.push(seen);
            }
        }
        if spells.len() < 8 {
            return None;
        }
        let hours: f64 = spells.iter().map(|spell| spell.to - spell.from).sum();
        let (name, count) = (self.name(service), spells.len());
        let words = format!("{left} of {count} left before they began, in {hours:.0} hours of waiting");
        Some(match fit(&spells) {
            Ok(learned) => {
                let words = format!("{words}: if none began, {}", in_words(&learned));
                let told = [vec![rate("left an hour waited", left, hours)], learned.parameters].concat();
                (lesson(name, "patience", words, left, told), Some(learned.law))
            }
            Err(error) => {
                let words = format!("could not learn how long people wait before they give up: {error}; {words}");
                (unlearned(name, "patience", words, count), None)
            }
        })
    }

    /// Who of those waiting is taken first.
    fn order(&self, service: u32, since: f64) -> (Order, Lesson) {
        let mut waits: Vec<(f64, f64)> = Vec::new();
        for (_, step) in self.live().filter(|(_, step)| step.visit.service == service) {
            let asked = step.before.and_then(|before| self.steps[before].visit.ready).or(step.visit.asked);
            if let (Some(asked), Some(started)) = (asked, step.visit.started)
                && asked < started
                && started >= since
            {
                waits.push((asked, started));
            }
        }
        waits.sort_by(|a, b| a.0.total_cmp(&b.0));
        let name = self.name(service);
        // Where in the line who is taken stood: 0 first, 1 last. Waits are in the order of asking, so who is in line is near.
        let (mut places, mut starts) = (0.0_f64, 0.0_f64);
        let longest = waits.iter().map(|wait| wait.1 - wait.0).fold(0.0, f64::max);
        let stride = waits.len().div_ceil(2_000).max(1);
        for (at, (_, started)) in waits.iter().enumerate().step_by(stride) {
            let first = waits.partition_point(|wait| wait.0 < started - longest);
            let (mut before, mut after) = (0.0, 0.0);
            for (other, wait) in waits.iter().enumerate().skip(first) {
                if wait.0 >= *started {
                    break;
                }
                if other != at && wait.1 > *started {
                    if other < at { before += 1.0 } else { after += 1.0 }
                }
            }
            if before + after > 0.0 {
                places += before / (before + after);
                starts += 1.0;
            }
        }
        if starts < 30.0 {
            let words = format!("could not learn who is taken first: somebody else waited at only {starts:.0} starts");
            return (Order::First, unlearned(name, "order", words, starts as usize));
        }
        let place = places / starts;
        let (order, words) = match place {
            place if place < 0.35 => (Order::First, "who asked first is mostly taken first"),
            place if place > 0.65 => (Order::Last, "who asked last is mostly taken first"),
            _ => (Order::Random, "who is taken next hardly depends on who asked first"),
        };
        let half = Z95 * (1.0 / 12.0 / starts).sqrt();
        let estimate =
            Estimate { name: "place in line".to_owned(), value: place, low: place - half, high: place + half };
        (order, lesson(name, "order", words.to_owned(), starts as usize, vec![estimate]))
    }
}

/// The name of the resource that stands for the places of a limited service in which people also wait to leave.
pub fn places_of(service: &str) -> String {
    format!("places of {service}")
}

/// The name of the service that stands for being ready in a place and not yet gone: `ward > home-care`, `ward > home`.
pub fn leaving(from: &str, to: Option<&str>) -> String {
    format!("{from} > {}", to.unwrap_or(HOME))
}

/// A length that could be learned, or the best that can be said without.
fn length(of: &str, what: &str, spells: &[Spell], lessons: &mut Vec<Lesson>) -> Distribution {
    match fit(spells) {
        Ok(learned) => {
            lessons.push(lesson(of, what, in_words(&learned), learned.ended, learned.parameters.clone()));
            learned.law
        }
        Err(error) => {
            lessons.push(unlearned(of, what, format!("could not learn how long: {error}"), spells.len()));
            rough(spells)
        }
    }
}

/// How far mean waits drift from one half-week to the next beyond chance (standard deviation of their logarithm, DerSimonian and
/// Laird), and how many times as long as on the whole they are in the last week: its own mean as far as drift, and not chance,
/// explains it. Waits are `(begun, length)` and stand in the half-week in which they ended, so that short ones are not first.
fn drift(waits: &[(f64, f64)], now: f64) -> (f64, f64) {
    const BLOCK: f64 = 84.0;
    let mut blocks: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for (begun, length) in waits {
        blocks.entry(((now - begun - length) / BLOCK).floor() as i64).or_default().push(length.max(MINUTE));
    }
    // How long ago, the logarithm of the mean, and its weight; a block of equal waits is no surer than a twentieth.
    let means: Vec<(i64, f64, f64)> = blocks
        .iter()
        .filter(|(_, waits)| waits.len() >= 5)
        .map(|(ago, waits)| {
            let count = waits.len() as f64;
            let mean = waits.iter().sum::<f64>() / count;
            let variance = waits.iter().map(|wait| (wait - mean).powi(2)).sum::<f64>() / (count - 1.0);
            (*ago, mean.ln(), 1.0 / (variance / (mean * mean * count)).max(0.0025))
        })
        .collect();
    if means.len() < 4 {
        return (0.0, 1.0);
    }
    let sum = |of: &dyn Fn(&(i64, f64, f64)) -> f64| means.iter().map(of).sum::<f64>();
    let (weights, squares) = (sum(&|block| block.2), sum(&|block| block.2 * block.2));
    let middle = sum(&|block| block.1 * block.2) / weights;
    let apart = sum(&|block| block.2 * (block.1 - middle).powi(2));
    let own = (apart - (means.len() - 1) as f64) / (weights - squares / weights).max(1e-9);
    let own = own.clamp(0.0, 1.0);
    let late = means.iter().filter(|block| block.0 < 2);
    let (off, weight) = late.fold((0.0, 0.0), |sum, block| (sum.0 + (block.1 - middle) * block.2, sum.1 + block.2));
    let level = if weight > 0.0 { off / weight * own / (own + 1.0 / weight) } else { 0.0 };
    (own.sqrt(), level.exp())
}

/// Forgetful, with the mean that so little shows.
fn rough(spells: &[Spell]) -> Distribution {
    let hours: f64 = spells.iter().map(|spell| (spell.to - spell.from).max(0.0)).sum();
    let ended = spells.iter().filter(|spell| spell.ended).count().max(1);
    Distribution::Exponential { mean: (hours / ended as f64).max(1.0 / 60.0) }
}

fn in_words(learned: &Fit) -> String {
    let hours = |value: f64| {
        if value < 48.0 { format!("{value:.1} hours") } else { format!("{:.1} days", value / 24.0) }
    };
    let others: Vec<String> = learned
        .tried
        .iter()
        .filter(|tried| tried.name != super::fit::name(&learned.law))
        .map(|tried| format!("{} {:.3}", tried.name, tried.distance))
        .collect();
    let mut words = format!(
        "mean {}, median {}: {}, {:.3} from what was seen",
        hours(learned.law.mean()),
        hours(learned.law.quantile(0.5)),
        super::fit::name(&learned.law),
        learned.distance
    );
    if !others.is_empty() {
        words += &format!(" (others: {})", others.join(", "));
    }
    if learned.open > 0 {
        words += &format!("; {} still open, taken as longer than so far", learned.open);
    }
    words
}

/// A share with its interval (Wilson).
fn share(name: String, count: f64, of: f64) -> Estimate {
    let (p, square) = (count / of.max(1e-9), Z95 * Z95);
    let middle = (p + square / (2.0 * of)) / (1.0 + square / of);
    let half = Z95 / (1.0 + square / of) * (p * (1.0 - p) / of + square / (4.0 * of * of)).sqrt();
    Estimate { name, value: p, low: (middle - half).max(0.0), high: (middle + half).min(1.0) }
}

impl Known<'_> {
    /// The copy, as far back as `reach` says.
    ///
    /// # Errors
    /// Nothing was ever begun.
    pub fn learn(&self, reach: Reach) -> Result<Learned, LearnError> {
        let mut maker = Maker::new(self, reach)?;
        maker.delays();
        for service in 0..self.records.services.len() as u32 {
            if maker.used[service as usize] {
                maker.service(service);
            }
        }
        let Maker { mut model, lessons, joins, doubts, .. } = maker;
        prune(&mut model);
        Ok(Learned { model, lessons, joins: joins.into_values().map(|(join, _)| join).collect(), doubts })
    }
}

/// From one service to another (none: home).
type Way = (u32, Option<u32>);

/// A copy in the making.
struct Maker<'a> {
    known: &'a Known<'a>,
    reach: Reach,
    /// From when on lengths of stay, and delays, are looked at.
    stays_since: f64,
    delays_since: f64,
    classes: Vec<String>,
    used: Vec<bool>,
    occupied: Vec<Count>,
    limits: Vec<Option<Limit>>,
    /// Those who begin with whoever was ready meanwhile when they open.
    doors: Vec<Option<Opening>>,
    joins: BTreeMap<Way, (Join, Vec<Spell>)>,
    /// When each wait of a join that is over began, and its length.
    waited: BTreeMap<Way, Vec<(f64, f64)>>,
    delays: BTreeMap<Way, Distribution>,
    model: Model,
    lessons: Vec<Lesson>,
    doubts: Vec<(String, f64)>,
}

impl<'a> Maker<'a> {
    /// Finds which services are used, and what limits each.
    fn new(known: &'a Known<'a>, reach: Reach) -> Result<Maker<'a>, LearnError> {
        let (records, now) = (known.records, known.now);
        let stays_since = (now - reach.stays).max(0.0);
        let services = 0..records.services.len() as u32;
        let in_use = |service| known.stays(service).any(|(_, end)| end.is_none_or(|end| end >= stays_since));
        let used: Vec<bool> = services.clone().map(in_use).collect();
        if !used.contains(&true) {
            return Err(LearnError::Nothing(records.visits.len()));
        }
        let classes = if records.classes.is_empty() { vec!["everyone".to_owned()] } else { records.classes.clone() };
        let occupied: Vec<Count> = services.clone().map(|service| Count::of(known.stays(service))).collect();
        let limit = |service: u32| {
            let held = known.held().filter(|held| held.next == Some(service)).map(|held| (held.ready, held.until));
            let queued = known.queued(service).map(|(asked, until, _)| (asked, until));
            known.limit(service, &occupied[service as usize], &Count::of(held.chain(queued)), stays_since)
        };
        let limits: Vec<Option<Limit>> =
            services.map(|service| used[service as usize].then(|| limit(service))).collect();
        let made =
            format!("learned from {} visits of {:.0} days; time 0 is the end of them", known.steps.len(), now / 24.0);
        let model = Model {
            name: records.name.clone(),
            made: vec![made],
            horizon: 8_760.0,
            week_starts: (records.calendar.week_starts + now).rem_euclid(168.0),
            year_starts: (records.calendar.year_starts + now).rem_euclid(8_766.0),
            classes: classes
                .iter()
                .map(|name| Class { name: name.clone(), priority: 0, ..Default::default() })
                .collect(),
            ..Model::default()
        };
        let mut lessons = known.lessons.clone();
        lessons.extend(limits.iter().flatten().map(|limit| limit.lesson.clone()));
        let mut doors: Vec<Option<Opening>> = Vec::new();
        for service in 0..records.services.len() as u32 {
            let learned = used[service as usize].then(|| known.opening(service, stays_since));
            let name = known.name(service);
            lessons.extend(learned.as_ref().map(|learned| match learned {
                Ok(learned) => lesson(name, "opening", learned.words(), learned.starts, learned.edges.clone()),
                Err(error) => {
                    let from = if let OpeningError::Few(starts) = error { *starts } else { 0 };
                    unlearned(name, "opening", format!("could not learn when it is open: {error}"), from)
                }
            }));
            doors.push(learned.and_then(Result::ok).filter(|learned| learned.gathers && !learned.always()));
        }
        Ok(Maker {
            known,
            reach,
            stays_since,
            delays_since: (now - reach.delays).max(0.0),
            classes,
            used,
            occupied,
            limits,
            doors,
            joins: BTreeMap::new(),
            waited: BTreeMap::new(),
            delays: BTreeMap::new(),
            model,
            lessons,
            doubts: Vec::new(),
        })
    }

    /// Class of a person, where there is more than one.
    fn class(&self, class: u32) -> Option<String> {
        (self.classes.len() > 1).then(|| self.classes[class as usize].clone())
    }

    /// Who is ready and waits, as the copy tells it.
    fn held(&self, step: &Step) -> Option<Held> {
        let held = self.known.held_by(step)?;
        let next = held.next.filter(|next| self.used[*next as usize]);
        self.delays.contains_key(&(held.service, next)).then_some(Held { next, ..held })
    }

    /// The name of a way out that people wait for.
    fn leaving(&self, (from, to): Way) -> String {
        leaving(self.known.name(from), to.map(|to| self.known.name(to)))
    }

    /// Does anybody wait elsewhere, in a place that they hold, to come here?
    fn awaited(&self, service: u32) -> bool {
        self.joins.keys().any(|way| way.1 == Some(service))
    }

    /// Delay, while the next service was full and while it was not, and how long the latter lasts.
    fn delays(&mut self) {
        let known = self.known;
        for held in known.held() {
            self.watch(held);
        }
        // A way out whose delay is as good as nothing is none.
        self.joins.retain(|_, (join, _)| {
            (join.for_process + join.for_opening + join.for_capacity) / join.waits as f64 > 0.05
        });
        let nexts: BTreeSet<Option<u32>> = self.joins.keys().map(|way| way.1).collect();
        for next in nexts {
            let ways: Vec<Way> = self.joins.keys().filter(|way| way.1 == next).copied().collect();
            let named: Vec<(String, Vec<Spell>)> =
                ways.iter().map(|way| (self.leaving(*way), self.joins[way].1.clone())).collect();
            let all = format!("anywhere > {}", next.map_or(HOME, |next| self.known.name(next)));
            let laws: Vec<Distribution> = match by_class(&named) {
                Ok((whole, of)) => {
                    let words = format!("while the next was not full: {}", in_words(&whole));
                    self.lessons.push(lesson(&all, "delay", words, whole.ended, whole.parameters));
                    of.into_iter().map(|of| of.law).collect()
                }
                Err(error) => {
                    let words = format!("could not learn the delay: {error}");
                    self.lessons.push(unlearned(&all, "delay", words, named.len()));
                    named.iter().map(|(_, spells)| rough(spells)).collect()
                }
            };
            for ((way, law), (name, spells)) in ways.into_iter().zip(laws).zip(named) {
                let join = &self.joins[&way].0;
                // All of it is for want of a place: the copy makes that itself.
                let none = join.for_process / (join.waits as f64) < 0.05;
                let (drift, lately) = self.waited.get(&way).map_or((0.0, 1.0), |waits| drift(waits, self.known.now));
                let law = match none {
                    true => Distribution::Fixed { value: 0.0 },
                    // As things are now, and not as they were over all of the reach.
                    false if self.reach.delays.is_finite() => scaled(&law, lately),
                    false => law,
                };
                let hours = join.for_capacity + join.for_opening + join.for_process;
                let part = |part: f64| 100.0 * part / hours;
                let shut = match join.for_opening {
                    0.0 => String::new(),
                    shut => format!("{:.0}% while it was shut or only just open, ", part(shut)),
                };
                let words = format!(
                    "{hours:.0} hours waited by {}: {:.0}% while the next service was full, {shut}{:.0}% while it was not",
                    join.waits,
                    part(join.for_capacity),
                    part(join.for_process)
                );
                let ended = spells.iter().filter(|spell| spell.ended).count().max(1) as f64;
                let (mean, half) = (law.mean(), Z95 * (law.variance() / ended).sqrt());
                let mean =
                    Estimate { name: "mean".to_owned(), value: mean, low: (mean - half).max(0.0), high: mean + half };
                self.lessons.push(lesson(&name, "delay", words, join.waits, vec![mean]));
                if !none {
                    self.doubts.push((name, (law.cv() / ended.sqrt()).hypot(drift)));
                }
                self.delays.insert(way, law);
            }
        }
    }

    /// Adds one wait to its join. While the next service is full or shut nobody can see whether the process is done: it is watched
    /// only while it is neither, each such stretch entered late and left early.
    fn watch(&mut self, held: Held) {
        let Some(whole) = spell(held.ready, held.until, self.delays_since, self.known.now) else { return };
        let next = held.next.filter(|next| self.used[*next as usize]);
        let until = held.until.unwrap_or(self.known.now);
        let (join, spells) = self.joins.entry((held.service, next)).or_insert_with(|| {
            let join = Join {
                from: self.known.name(held.service).to_owned(),
                to: next.map(|next| self.known.name(next).to_owned()),
                waits: 0,
                for_capacity: 0.0,
                for_opening: 0.0,
                for_process: 0.0,
            };
            (join, Vec::new())
        });
        join.waits += 1;
        if let Some(until) = held.until {
            self.waited.entry((held.service, next)).or_default().push((held.ready, until - held.ready));
        }
        let full = next.and_then(|next| self.limits[next as usize].as_ref()?.full.map(|full| (next as usize, full)));
        let door = next.and_then(|next| self.doors[next as usize].as_ref());
        if full.is_none() && door.is_none() {
            join.for_process += whole.to - whole.from;
            spells.push(whole);
            return;
        }
        let begin = held.ready.max(self.delays_since);
        let mut free: Vec<(f64, f64)> = Vec::new();
        match full {
            Some((next, full)) if begin >= until => {
                free.extend((self.occupied[next].at(until) < full).then_some((begin, until)));
            }
            Some((next, full)) => {
                let mut open: Option<(f64, f64)> = None;
                for (from, to, level) in self.occupied[next].stretches(begin, until) {
                    if level < full {
                        open = Some((open.map_or(from, |open| open.0), to));
                    } else {
                        join.for_capacity += to - from;
                        free.extend(open.take());
                    }
                }
                free.extend(open);
            }
            None => free.push((begin, until)),
        }
        let week = self.known.records.calendar.week_starts;
        for (from, to) in free {
            let open = match door {
                Some(door) if to > from => door.settled(from, to, week),
                Some(door) if !door.at(week + to, true) => Vec::new(),
                _ => vec![(from, to)],
            };
            join.for_opening += to - from;
            for (from, to) in open {
                join.for_process += to - from;
                join.for_opening -= to - from;
                let ended = held.until == Some(to);
                spells.push(Spell { from: from - held.ready, to: to - held.ready, ended });
            }
        }
        join.for_opening = join.for_opening.max(0.0);
    }

    /// A service: its stay, its ways out, who comes and who is there.
    fn service(&mut self, service: u32) {
        let known = self.known;
        let declared = &known.records.services[service as usize];
        let units = self.limits[service as usize].as_ref().and_then(|limit| limit.units);
        let of: Vec<&Step> = known.live().map(|(_, step)| step).filter(|step| step.visit.service == service).collect();
        let mut learned = Service {
            name: declared.name.clone(),
            kind: declared.kind.clone(),
            owner: declared.owner.clone(),
            cost_per_hour: declared.cost_per_hour,
            ..Service::default()
        };
        self.stay(&of, &mut learned);
        let (onward, transfer) = self.ways(&of, &mut learned);
        // Where a place is limited, who is ready keeps it until they go: it is a resource that treatment and delay need.
        let leaves: Vec<(Way, Distribution)> = self
            .delays
            .range((service, None)..=(service, Some(u32::MAX)))
            .map(|(way, law)| (*way, law.clone()))
            .collect();
        match units {
            Some(units) if !leaves.is_empty() => {
                let resource = places_of(&declared.name);
                self.model.resources.push(Resource { name: resource.clone(), capacity: Capacity::Fixed(units) });
                learned.needs.push(Need { resource, units: 1, class: None, held: true });
            }
            units => learned.capacity = units.map(Capacity::Fixed),
        }
        if leaves.is_empty() {
            learned.transfer.clone_from(&transfer);
        }
        for (way, law) in leaves {
            let [away, on] = onward.get(&way.1).copied().unwrap_or([0.0, 1.0]);
            let to = way.1.filter(|_| on > 0.0).map(|to| known.name(to).to_owned());
            self.model.services.push(Service {
                name: self.leaving(way),
                kind: "leaving".to_owned(),
                stay: Some(law),
                capacity: None,
                transfer: transfer.clone().filter(|_| to.is_some()),
                routes: to.map(|to| Route { to, share: on / (on + away), ..Route::default() }).into_iter().collect(),
                stays: BTreeMap::new(),
                ..learned.clone()
            });
        }
        let shut = self.doors[service as usize].is_some();
        if let Some(open) = &self.doors[service as usize] {
            // Without a limit: of what was ever there, twice as many.
            let most = self.occupied[service as usize].levels.iter().max().copied().unwrap_or(0);
            learned.capacity = Some(open.rota(units.unwrap_or(2 * most.max(5))));
        }
        let door = self.door(service, units.is_some(), &mut learned);
        if let Some((told, law)) = known.patience(service, self.stays_since) {
            // Who waits at a door of their own leaves by a share of its ways out.
            learned.patience = law.filter(|_| door.is_none() && (units.is_some() || shut));
            self.lessons.push(told);
        }
        if units.is_some() || shut {
            learned.queue = self.awaited(service).then_some(0);
            let (order, told) = known.order(service, self.delays_since);
            learned.order = order;
            self.lessons.push(told);
        }
        let waits = door.is_some() || units.is_some() || shut;
        let mut come: [Vec<(f64, u32)>; 2] = Default::default();
        for Step { visit, .. } in of.iter().filter(|step| step.before.is_none()) {
            let asked = visit.asked.filter(|asked| waits && visit.started.is_none_or(|begun| begun - asked > MINUTE));
            if let Some(at) = asked.or(visit.started) {
                come[usize::from(door.is_some() && asked.is_some())].push((at, visit.class));
            }
        }
        self.arrivals(&declared.name, &come[0]);
        if let Some(door) = &door {
            self.arrivals(door, &come[1]);
        }
        for step in of.iter().filter(|step| step.visit.ended.is_none()) {
            let visit = &step.visit;
            let (place, since, state) = match (visit.started, visit.asked, self.held(step)) {
                (Some(_), _, Some(held)) => (self.leaving((service, held.next)), held.ready, State::InCare),
                (Some(started), _, None) => (declared.name.clone(), started, State::InCare),
                (None, Some(asked), _) if step.before.is_none() && waits => match &door {
                    Some(door) => (door.clone(), asked, State::InCare),
                    None => (declared.name.clone(), asked, State::Waiting),
                },
                _ => continue,
            };
            let elapsed = (known.now - since).max(0.0);
            let class = self.class(visit.class);
            self.model.start.push(Present { service: place, class, state, next: None, elapsed, people: 1 });
        }
        self.model.services.push(learned);
    }

    /// Treatment: until ready.
    fn stay(&mut self, of: &[&Step], learned: &mut Service) {
        let mut classes: Vec<(String, Vec<Spell>)> =
            self.classes.iter().map(|name| (name.clone(), Vec::new())).collect();
        for step in of {
            let Some(started) = step.visit.started else { continue };
            let ready = self.held(step).map(|held| held.ready);
            if let Some(seen) = spell(started, ready.or(step.visit.ended), self.stays_since, self.known.now) {
                classes[step.visit.class as usize].1.push(seen);
            }
        }
        classes.retain(|(_, spells)| !spells.is_empty());
        let name = &learned.name;
        match by_class(&classes) {
            Ok((whole, of)) => {
                let words = format!("treatment alone, {}", in_words(&whole));
                self.lessons.push(lesson(name, "stay", words, whole.ended, whole.parameters));
                self.doubts.push((name.clone(), whole.law.cv() / (whole.ended as f64).sqrt()));
                if of.len() > 1 {
                    let times = of.iter().map(|of| Estimate { name: of.class.clone(), ..of.times.clone() }).collect();
                    let words: Vec<String> =
                        of.iter().map(|of| format!("{} {:.0}%", of.class, 100.0 * of.own)).collect();
                    let words = format!("times as long as all, and how far each is its own: {}", words.join(", "));
                    self.lessons.push(lesson(name, "stay by class", words, whole.ended, times));
                    learned.stays = of.into_iter().map(|of| (of.class, of.law)).collect();
                }
                learned.stay = Some(whole.law);
            }
            Err(error) => {
                let all: Vec<Spell> = classes.into_iter().flat_map(|(_, spells)| spells).collect();
                let words = format!("could not learn how long: {error}");
                self.lessons.push(unlearned(name, "stay", words, all.len()));
                learned.stay = Some(rough(&all));
            }
        }
    }

    /// Ways out, by class; how many of those who waited to leave went elsewhere, and on; and the time on the way.
    fn ways(&mut self, of: &[&Step], learned: &mut Service) -> (BTreeMap<Option<u32>, [f64; 2]>, Option<Distribution>) {
        let known = self.known;
        // By way, by night and by day, by class.
        let mut ways: BTreeMap<Option<String>, [Vec<f64>; 2]> = BTreeMap::new();
        let mut onward: BTreeMap<Option<u32>, [f64; 2]> = BTreeMap::new();
        let mut gaps = Vec::new();
        for step in of.iter().filter(|step| step.visit.started.is_some()) {
            let Some(ended) = step.visit.ended.filter(|ended| *ended >= self.stays_since) else { continue };
            let after = step.after.map(|after| &known.steps[after].visit);
            let after = after.filter(|after| self.used[after.service as usize]);
            let way = match self.held(step) {
                Some(held) => {
                    let went = after.is_some_and(|after| Some(after.service) == held.next);
                    onward.entry(held.next).or_default()[usize::from(went)] += 1.0;
                    Some(self.leaving((held.service, held.next)))
                }
                None => after.map(|after| known.name(after.service).to_owned()),
            };
            gaps.extend(after.and_then(|after| after.started).map(|begun| Spell::whole((begun - ended).max(0.0))));
            // Where somebody goes is settled when they are ready.
            let settled = self.held(step).map_or(ended, |held| held.ready);
            let hour = (known.records.calendar.week_starts + settled).rem_euclid(24.0);
            let none = || [vec![0.0; self.classes.len()], vec![0.0; self.classes.len()]];
            let by_day = usize::from((BY_DAY.0..BY_DAY.1).contains(&hour));
            ways.entry(way).or_insert_with(none)[by_day][step.visit.class as usize] += 1.0;
        }
        let sides: BTreeMap<&Option<String>, [f64; 2]> =
            ways.iter().map(|(way, counts)| (way, [0, 1].map(|side| counts[side].iter().sum()))).collect();
        let (differ, words) = hours_matter(sides.values());
        let total: f64 = sides.values().flatten().sum();
        let mut estimates = Vec::new();
        // The whole day, or the night and the day.
        type Part = (&'static [usize], Option<(f64, f64)>, &'static str);
        let parts: &[Part] = if differ {
            &[(&[0], Some((BY_DAY.1, BY_DAY.0)), " by night"), (&[1], Some(BY_DAY), " by day")]
        } else {
            &[(&[0, 1], None, "")]
        };
        for (sides, hours, when) in parts {
            let count = |way: &[Vec<f64>; 2], class: usize| sides.iter().map(|side| way[*side][class]).sum::<f64>();
            let classes = 0..self.classes.len();
            let totals: Vec<f64> =
                classes.clone().map(|class| ways.values().map(|way| count(way, class)).sum()).collect();
            let total: f64 = totals.iter().sum();
            for (way, counts) in &ways {
                let Some(to) = way else { continue };
                let all: f64 = classes.clone().map(|class| count(counts, class)).sum();
                let whole = all / total.max(1.0);
                estimates.push(share(format!("{to}{when}"), all, total));
                for class in classes.clone() {
                    // As many as there are, and ten more of whom the whole's share went this way (Dirichlet).
                    let share = (count(counts, class) + PRIOR * whole) / (totals[class] + PRIOR);
                    let class = self.class(class as u32);
                    learned.routes.push(Route { to: to.clone(), share, class, hours: *hours, ..Route::default() });
                }
            }
        }
        self.lessons.push(if total > 0.0 {
            lesson(&learned.name, "routes", words, total as usize, estimates)
        } else {
            unlearned(&learned.name, "routes", "could not learn where people go: nobody left".to_owned(), 0)
        });
        let mean = gaps.iter().map(|gap| gap.to).sum::<f64>() / gaps.len().max(1) as f64;
        let transfer = (mean > 0.25).then(|| length(&learned.name, "transfer", &gaps, &mut self.lessons));
        (onward, transfer)
    }

    /// Those who wait for a service and hold no place meanwhile: a service of its own, and its name, where there are any. If a
    /// limit makes them wait, they only stand in line with those who hold a place elsewhere.
    fn door(&mut self, service: u32, limited: bool, learned: &mut Service) -> Option<String> {
        let now = self.known.now;
        let waits: Vec<(f64, Option<f64>, bool)> = self.known.queued(service).collect();
        let long = waits.iter().filter(|wait| wait.1.unwrap_or(now) - wait.0 > MINUTE).count();
        if long < 8 || (limited && !self.awaited(service)) {
            return None;
        }
        let over = waits.iter().filter(|wait| wait.1.is_some_and(|end| end >= self.delays_since));
        let (count, begun) =
            over.fold((0.0_f64, 0.0_f64), |(count, begun), wait| (count + 1.0, begun + f64::from(u8::from(wait.2))));
        let name = waiting_for(&learned.name);
        let stay = if limited {
            Distribution::Fixed { value: 0.0 }
        } else {
            let week = self.known.records.calendar.week_starts;
            let parts = |whole: Spell, asked: f64| match &self.doors[service as usize] {
                None => vec![whole],
                Some(door) => {
                    let open = door.settled(asked + whole.from, asked + whole.to, week);
                    let part = |(from, to): (f64, f64)| Spell {
                        from: from - asked,
                        to: to - asked,
                        ended: whole.ended && (to - asked - whole.to).abs() < 1e-9,
                    };
                    open.into_iter().map(part).collect()
                }
            };
            let spells: Vec<Spell> = waits
                .iter()
                .filter_map(|wait| spell(wait.0, wait.1, self.delays_since, now).map(|whole| parts(whole, wait.0)))
                .flatten()
                .collect();
            let stay = length(&learned.name, "wait", &spells, &mut self.lessons);
            let over = waits.iter().filter(|wait| wait.2 && wait.1.is_some_and(|end| end >= self.delays_since));
            let over: Vec<(f64, f64)> = over.filter_map(|wait| Some((wait.0, wait.1? - wait.0))).collect();
            let (drift, lately) = drift(&over, now);
            self.doubts.push((name.clone(), (stay.cv().min(2.0) / begun.max(1.0).sqrt()).hypot(drift)));
            if self.reach.delays.is_finite() { scaled(&stay, lately) } else { stay }
        };
        let share = if count > 0.0 { begun / count } else { 1.0 };
        self.model.services.push(Service {
            name: name.clone(),
            kind: "asked".to_owned(),
            owner: learned.owner.clone(),
            stay: Some(stay),
            routes: vec![Route { to: learned.name.clone(), share, ..Route::default() }],
            ..Service::default()
        });
        Some(name)
    }

    /// Who comes from outside: times and classes.
    fn arrivals(&mut self, to: &str, come: &[(f64, u32)]) {
        let (now, calendar) = (self.known.now, self.known.records.calendar);
        let from = (now - self.reach.arrivals).max(0.0);
        let times: Vec<f64> = come.iter().map(|(at, _)| *at).collect();
        let Some(learned) = arrivals(&times, from, now, calendar) else {
            if !times.is_empty() {
                let words = "could not learn who comes: nobody did in the window".to_owned();
                self.lessons.push(unlearned(to, "arrivals", words, 0));
            }
            return;
        };
        let recent = (now - self.reach.level).max(from);
        let level = if recent > from { learned.level(&times, recent, now, calendar) } else { 1.0 };
        let mut source = learned.source(&format!("to {to}"), to, None, level * learned.grown(now - from));
        let mut estimates = vec![learned.rate.clone()];
        estimates.extend(learned.growth.clone());
        if self.classes.len() > 1 {
            let mut counts = vec![0.0; self.classes.len()];
            come.iter().filter(|(at, _)| *at >= from).for_each(|(_, class)| counts[*class as usize] += 1.0);
            let total: f64 = counts.iter().sum();
            for (name, count) in self.classes.iter().zip(counts).filter(|(_, count)| *count > 0.0) {
                source.classes.insert(name.clone(), count / total);
                estimates.push(share(name.clone(), count, total));
            }
        }
        self.lessons.push(lesson(to, "arrivals", learned.words(), learned.count, estimates));
        let lately = times.iter().filter(|at| **at >= recent).count().max(1) as f64;
        self.doubts.push((source.name.clone(), (learned.dispersion.max(1.0) / lately).sqrt()));
        self.model.sources.push(source);
    }
}

impl Learned {
    /// The copy in its usual state, whoever is in the place now: it starts empty, and what that does is left out.
    pub fn steady(&self) -> Model {
        let mut model = self.model.clone();
        model.start.clear();
        model.warm_up = Some(WarmUp::Rule(WarmUpRule::Mser));
        prune(&mut model);
        model
    }
}

/// Takes out what nobody comes to.
fn prune(model: &mut Model) {
    let first = model.sources.iter().map(|source| source.to.clone());
    let mut todo: Vec<String> = first.chain(model.start.iter().map(|present| present.service.clone())).collect();
    let mut reached = HashSet::new();
    while let Some(name) = todo.pop() {
        let routes = model.service(&name).into_iter().flat_map(|service| &service.routes);
        todo.extend(
            routes.filter(|route| route.share > 0.0 && !reached.contains(&route.to)).map(|route| route.to.clone()),
        );
        reached.insert(name);
    }
    model.services.retain(|service| reached.contains(&service.name));
    for service in &mut model.services {
        service.routes.retain(|route| reached.contains(&route.to));
    }
    let needed =
        |name: &String| model.services.iter().any(|service| service.needs.iter().any(|need| need.resource == *name));
    let kept: Vec<bool> = model.resources.iter().map(|resource| needed(&resource.name)).collect();
    let mut kept = kept.into_iter();
    model.resources.retain(|_| kept.next().unwrap_or(true));
}

/// The hours of the day that are told apart from the night.
const BY_DAY: (f64, f64) = (8.0, 20.0);

/// Do people go elsewhere by day than by night? Counts by way, by night and by day. Only a difference that is more than chance, that
/// pays for its numbers (Schwarz's criterion) and moves a share by 5 in 100 or more is worth it.
fn hours_matter<'a>(ways: impl Iterator<Item = &'a [f64; 2]>) -> (bool, String) {
    let ways: Vec<&[f64; 2]> = ways.filter(|counts| counts[0] + counts[1] >= 10.0).collect();
    let sides: [f64; 2] = [0, 1].map(|side| ways.iter().map(|counts| counts[side]).sum());
    let total = sides[0] + sides[1];
    if ways.len() < 2 || sides[0] < 20.0 || sides[1] < 20.0 {
        let few = "shares of those who left; could not test whether they differ by night, because too few left";
        return (false, few.to_owned());
    }
    // Twice the gain in the logarithm of the likelihood.
    let (mut apart, mut most) = (0.0, 0.0_f64);
    for counts in &ways {
        for side in 0..2 {
            let meant = (counts[0] + counts[1]) * sides[side] / total;
            if counts[side] > 0.0 {
                apart += 2.0 * counts[side] * (counts[side] / meant).ln();
            }
        }
        most = most.max((counts[1] / sides[1] - counts[0] / sides[0]).abs());
    }
    let more = (ways.len() - 1) as f64;
    let p = chance_above(apart, more);
    let p = if p < 1e-15 { "under 1e-15".to_owned() } else { format!("{p:.1e}") };
    let worth = apart > more * total.ln() && most >= 0.05;
    let words = if worth {
        format!(
            "shares of those who left; they differ between day (8 to 20) and night by up to {:.0} in 100 (p {p}), and the copy \
             has both",
            100.0 * most
        )
    } else {
        format!(
            "shares of those who left; day and night differ by up to {:.0} in 100 (p {p}), too little for numbers of their own",
            100.0 * most
        )
    };
    (worth, words)
}

//! What we do about a decision: steps, rocks, and the dates and money that they will bring.
//!
//! A [`Plan`] is a value, written in TOML or JSON. [`Plan::check`] says all that is wrong with it; [`schedule()`] lays it out with the
//! capacity of its named roles; [`forecast()`] plays it ten thousand times with what [`Reference`] has learned of promises here;
//! [`monday`] and [`warnings`] say what to look at this week.
//!
//! ```
//! use agree::plan::{Plan, schedule};
//! let plan: Plan = toml::from_str(r#"
//!     id = "home-first"
//!     title = "Home first in Eastbrook"
//!     start = 2026-01-05
//!     [[role]]
//!     id = "therapist"
//!     name = "Therapist"
//!     fte = 1.0
//!     [[step]]
//!     id = "agree-rota"
//!     title = "Agree the rota"
//!     owner = "therapist"
//!     days = 14.0
//!     [[step]]
//!     id = "first-people"
//!     title = "First ten people home"
//!     owner = "therapist"
//!     days = 28.0
//!     after = ["agree-rota"]
//! "#)?;
//! let laid_out = schedule(&plan, plan.start)?;
//! assert_eq!(laid_out.end.to_string(), "2026-02-16");
//! assert_eq!(laid_out.critical, ["agree-rota", "first-people"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod forecast;
mod monday;
mod optimism;
mod rocks;
mod schedule;

pub use forecast::{Bar, Cause, Dates, Forecast, Money, Promised, Range, Reference, StepForecast, forecast, promised};
use monday::doubles;
pub use monday::{Item, Monday, Warning, early_wins, everybody, is_called, monday, warnings};
pub use optimism::{
    MONEY_ELSEWHERE, Past, Project, Ratios, Record, Risk, TIMES_ELSEWHERE, Uplift, mitigated_uplift, mixed_uplift,
    plan_needed, promised_against_delivered, quantile, uplift,
};
pub use rocks::{Survival, half_life, half_life_by_month, survival};
pub use schedule::{Laid, Schedule, Wait, schedule};

use crate::day;
use domain::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What we do about a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// What it is for, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub aim: String,
    /// What whoever answers for it as a whole is called: a role or a body.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// Its first day.
    #[serde(with = "day")]
    pub start: Date,
    /// What it must bring, and by when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goal>,
    /// Who does the work.
    #[serde(default, rename = "role", skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
    /// What is to be done.
    #[serde(default, rename = "step", skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// What blocks it.
    #[serde(default, rename = "rock", skip_serializing_if = "Vec::is_empty")]
    pub rocks: Vec<Rock>,
    /// Where its savings come from, and how much there is.
    #[serde(default, rename = "pool", skip_serializing_if = "Vec::is_empty")]
    pub pools: Vec<Pool>,
    /// The money it is to save.
    #[serde(default, rename = "saving", skip_serializing_if = "Vec::is_empty")]
    pub savings: Vec<Saving>,
}

/// What a plan must bring.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// The last day that counts.
    #[serde(with = "day")]
    pub by: Date,
    /// Money released in cash until then, recurrent and one-off together, in pounds.
    #[serde(default)]
    pub cash: f64,
}

/// A named role: capacity, never a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Id.
    pub id: String,
    /// As it is called.
    pub name: String,
    /// Whole-time equivalents that it has for change: 0.5 is half a post, 2.5 two people and a half-timer. None: nobody yet.
    pub fte: f64,
}

/// Work of one role on one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effort {
    /// Which role.
    pub role: String,
    /// Working days of one whole-time person.
    pub days: f64,
}

/// How far a step has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Not begun.
    #[default]
    ToDo,
    /// Begun on this day.
    Started(#[serde(with = "day")] Date),
    /// Ended on this day.
    Done(#[serde(with = "day")] Date),
}

impl State {
    #[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
    fn is_to_do(&self) -> bool {
        *self == State::ToDo
    }

    /// Whether it is over.
    pub fn is_done(self) -> bool {
        matches!(self, State::Done(_))
    }
}

/// One thing to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Id, unique in the plan.
    pub id: String,
    /// Title.
    pub title: String,
    /// The role that answers for it.
    pub owner: String,
    /// The class of the reference whose record it is judged by.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub class: String,
    /// Calendar days that it takes when all goes as promised.
    pub days: f64,
    /// Steps that must end before it begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// Work that it needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effort: Vec<Effort>,
    /// The first day on which it may begin.
    #[serde(default, with = "day::option", skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Date>,
    /// The day by which its end is promised.
    #[serde(default, with = "day::option", skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
    /// How far it has come.
    #[serde(default, skip_serializing_if = "State::is_to_do")]
    pub state: State,
    /// Whether people will feel it at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub early_win: bool,
    /// What it is to move, from the aim towards the step: "People go home sooner", "Home care starts the same day".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drivers: Vec<String>,
}

/// What blocks steps, and who can move it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rock {
    /// Id.
    pub id: String,
    /// What it is.
    pub title: String,
    /// Steps that it blocks.
    #[serde(default)]
    pub blocks: Vec<String>,
    /// The role or body that can move it.
    pub who_can_move_it: String,
    /// The day on which it was raised.
    #[serde(with = "day")]
    pub raised: Date,
    /// The day on which it was cleared.
    #[serde(default, with = "day::option", skip_serializing_if = "Option::is_none")]
    pub cleared: Option<Date>,
}

impl Rock {
    /// Days from being raised until it was cleared, or until `today`; from 0.
    pub fn age_days(&self, today: Date) -> i32 {
        (self.cleared.map_or(today, |cleared| cleared.min(today)).0 - self.raised.0).max(0)
    }

    /// Whether it is in the way on this day: raised, and not cleared yet.
    pub fn lies(&self, today: Date) -> bool {
        self.raised <= today && self.cleared.is_none_or(|cleared| cleared > today)
    }
}

/// Money or days that savings are taken from: a budget line, a ward's bed days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// Id.
    pub id: String,
    /// As it is called.
    pub title: String,
    /// The most that can be saved from it in a year, in pounds: by yearly savings together, and by one-off ones beside them.
    pub most: f64,
}

/// Whether a saving comes again each year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Again {
    /// Each year: pounds a year.
    Recurrent,
    /// Once: pounds.
    OneOff,
}

/// What a saving gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gives {
    /// Money that can be spent elsewhere.
    Cash,
    /// Time of people or beds, for others.
    Capacity,
    /// Cost that would have come and does not.
    Avoided,
}

/// Money that a step is to save.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saving {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// The step at whose end it begins.
    pub step: String,
    /// The class of the reference whose record it is judged by.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub class: String,
    /// Pounds promised: a year when recurrent, in all when one-off.
    pub promised: f64,
    /// Whether it comes again.
    pub again: Again,
    /// What it gives.
    pub gives: Gives,
    /// Who banks it.
    pub banked_by: String,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// The saving that this one is under another name: counted there, never here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// Savings that look like this one and are not: both are counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_same_as: Vec<String>,
    /// What came of it, once that is known; pages keep it in the log, and a plan's own text leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<Banked>,
}

/// What came of a saving.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Banked {
    /// Pounds, counted as the promise was: a year when recurrent, in all when one-off.
    pub pounds: f64,
    /// The day from which it came.
    #[serde(with = "day")]
    pub on: Date,
}

/// What is wrong with a plan.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// Two things have one id.
    #[error("two {what}s have the id '{id}'")]
    Twice {
        /// What they are.
        what: &'static str,
        /// The id.
        id: String,
    },
    /// Something names what is not there.
    #[error("{what} '{id}' names the {other_kind} '{other}', and there is none")]
    Unknown {
        /// What names it.
        what: &'static str,
        /// Its id.
        id: String,
        /// What is named.
        other_kind: &'static str,
        /// The name.
        other: String,
    },
    /// A step's owner is no role of the plan.
    #[error("step '{step}' is owned by '{owner}', and the plan has no such role")]
    Owner {
        /// The step.
        step: String,
        /// The owner.
        owner: String,
    },
    /// Steps wait for each other in a ring.
    #[error("steps wait for each other: {}", .steps.join(" → "))]
    Cycle {
        /// The ring; the first comes again at the end.
        steps: Vec<String>,
    },
    /// A date before the plan begins.
    #[error("{what} of '{id}' is {date}, before the plan starts on {start}")]
    BeforeStart {
        /// Which date.
        what: &'static str,
        /// Of what.
        id: String,
        /// The date.
        date: Date,
        /// First day of the plan.
        start: Date,
    },
    /// Two dates in the wrong order.
    #[error("{later} of '{id}' comes before {earlier}")]
    Order {
        /// Of what.
        id: String,
        /// What should be earlier.
        earlier: &'static str,
        /// What should be later.
        later: &'static str,
    },
    /// A number that cannot be.
    #[error("{what} of '{id}' is {number}; write {fit}")]
    Number {
        /// Which number.
        what: &'static str,
        /// Of what.
        id: String,
        /// The number.
        number: f64,
        /// What it may be.
        fit: &'static str,
    },
}

impl PlanError {
    /// The id of what it is about, and of the other that it names: where to look in a file.
    pub fn about(&self) -> Vec<&str> {
        match self {
            PlanError::Twice { id, .. }
            | PlanError::BeforeStart { id, .. }
            | PlanError::Order { id, .. }
            | PlanError::Number { id, .. } => vec![id],
            PlanError::Unknown { id, other, .. } => vec![id, other],
            PlanError::Owner { step, owner } => vec![step, owner],
            PlanError::Cycle { steps } => steps.iter().map(String::as_str).take(1).collect(),
        }
    }

    /// The way out.
    pub fn help(&self) -> String {
        match self {
            PlanError::Twice { what, .. } => format!("give one {what} another id"),
            PlanError::Unknown { other_kind, other, .. } => format!("add the {other_kind} '{other}', or mend its name"),
            PlanError::Owner { owner, .. } => format!("add [[role]] with id = \"{owner}\", or name one that is there"),
            PlanError::Cycle { .. } => "take one of them out of an `after`".to_owned(),
            PlanError::BeforeStart { .. } => "move the day, or let the plan start sooner".to_owned(),
            PlanError::Order { .. } => "change one of the two days".to_owned(),
            PlanError::Number { fit, .. } => format!("write {fit}"),
        }
    }
}

/// All that is wrong with a plan.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the plan cannot be followed: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct PlanErrors(pub Vec<PlanError>);

impl Plan {
    /// Whether the plan can be followed.
    ///
    /// # Errors
    /// All that is wrong, not only the first.
    pub fn check(&self) -> Result<(), PlanErrors> {
        let mut wrong = Vec::new();
        twice("role", self.roles.iter().map(|role| &role.id), &mut wrong);
        twice("step", self.steps.iter().map(|step| &step.id), &mut wrong);
        twice("rock", self.rocks.iter().map(|rock| &rock.id), &mut wrong);
        twice("pool", self.pools.iter().map(|pool| &pool.id), &mut wrong);
        twice("saving", self.savings.iter().map(|saving| &saving.id), &mut wrong);
        let roles: BTreeSet<&str> = self.roles.iter().map(|role| role.id.as_str()).collect();
        let steps = index(self.steps.iter().map(|step| step.id.as_str()));
        let mut number = |what, id: &str, number: f64| {
            // A century: beyond it no date means anything. Less than half a day a year is nobody.
            let (is_fit, fit) = match what {
                "days" | "effort" => ((0.0..=36_525.0).contains(&number), "a number from 0 to 36525"),
                "fte" => (number == 0.0 || (0.01..=1e6).contains(&number), "0, or a number from 0.01"),
                _ => ((0.0..=1e12).contains(&number), "a number from 0"),
            };
            if !is_fit {
                wrong.push(PlanError::Number { what, id: id.to_owned(), number, fit });
            }
        };
        for role in &self.roles {
            number("fte", &role.id, role.fte);
        }
        for step in &self.steps {
            number("days", &step.id, step.days);
            step.effort.iter().for_each(|effort| number("effort", &step.id, effort.days));
        }
        self.pools.iter().for_each(|pool| number("most", &pool.id, pool.most));
        for saving in &self.savings {
            number("promised", &saving.id, saving.promised);
            saving.delivered.iter().for_each(|banked| number("delivered", &saving.id, banked.pounds));
        }
        if let Some(goal) = &self.goal {
            number("cash", "goal", goal.cash);
        }
        let early = |what, id: &str, date: Date| {
            (date < self.start).then(|| PlanError::BeforeStart { what, id: id.to_owned(), date, start: self.start })
        };
        wrong.extend(self.goal.and_then(|goal| early("the last day", "goal", goal.by)));
        let unknown = |what, id: &str, other_kind, other: &str| PlanError::Unknown {
            what,
            id: id.to_owned(),
            other_kind,
            other: other.to_owned(),
        };
        for step in &self.steps {
            let id = step.id.as_str();
            if !roles.contains(step.owner.as_str()) {
                wrong.push(PlanError::Owner { step: id.to_owned(), owner: step.owner.clone() });
            }
            for other in step.after.iter().filter(|other| !steps.contains_key(other.as_str())) {
                wrong.push(unknown("step", id, "step", other));
            }
            for effort in step.effort.iter().filter(|effort| !roles.contains(effort.role.as_str())) {
                wrong.push(unknown("step", id, "role", &effort.role));
            }
            wrong.extend(step.not_before.and_then(|date| early("the first day", id, date)));
            wrong.extend(step.due.and_then(|date| early("the promised day", id, date)));
            wrong.extend(match step.state {
                State::ToDo => None,
                State::Started(date) => early("the day it was started", id, date),
                State::Done(date) => early("the day it was done", id, date),
            });
            if let (Some(first), Some(due)) = (step.not_before, step.due)
                && due < first
            {
                wrong.push(PlanError::Order { id: id.to_owned(), earlier: "its first day", later: "the promised day" });
            }
        }
        for rock in &self.rocks {
            for other in rock.blocks.iter().filter(|other| !steps.contains_key(other.as_str())) {
                wrong.push(unknown("rock", &rock.id, "step", other));
            }
            if rock.cleared.is_some_and(|cleared| cleared < rock.raised) {
                wrong.push(PlanError::Order {
                    id: rock.id.clone(),
                    earlier: "the day it was raised",
                    later: "the day it was cleared",
                });
            }
        }
        for saving in &self.savings {
            if !steps.contains_key(saving.step.as_str()) {
                wrong.push(unknown("saving", &saving.id, "step", &saving.step));
            }
            if let Some(pool) = saving.pool.as_ref().filter(|pool| !self.pools.iter().any(|known| known.id == **pool)) {
                wrong.push(unknown("saving", &saving.id, "pool", pool));
            }
            for other in saving.not_same_as.iter().filter(|id| !self.savings.iter().any(|known| known.id == **id)) {
                wrong.push(unknown("saving", &saving.id, "saving", other));
            }
            if let Some(same) = &saving.same_as {
                // Of two names for one money one must be counted: no chains, and not itself.
                let counted = |known: &&Saving| known.id == *same && known.same_as.is_none();
                if !self.savings.iter().any(|known| counted(&known)) {
                    wrong.push(unknown("saving", &saving.id, "counted saving", same));
                }
            }
        }
        if let Err(steps) = order(&self.waits_for()) {
            let steps = steps.into_iter().map(|at| self.steps[at].id.clone()).collect();
            wrong.push(PlanError::Cycle { steps });
        }
        if wrong.is_empty() { Ok(()) } else { Err(PlanErrors(wrong)) }
    }

    /// This plan as the next version of one that is under way: what has happened since stays. How far steps have come, what savings brought
    /// and every rock are taken from there by their ids; what this text says of them counts only where it is new.
    #[must_use]
    pub fn following(mut self, before: &Plan) -> Plan {
        for step in &mut self.steps {
            if let Some(known) = before.steps.iter().find(|known| known.id == step.id) {
                step.state = known.state;
            }
        }
        for saving in &mut self.savings {
            if let Some(known) = before.savings.iter().find(|known| known.id == saving.id) {
                saving.delivered = known.delivered;
            }
        }
        self.rocks.retain(|rock| before.rocks.iter().all(|known| known.id != rock.id));
        self.rocks.splice(0..0, before.rocks.iter().cloned());
        let steps: BTreeSet<&str> = self.steps.iter().map(|step| step.id.as_str()).collect();
        for rock in self.rocks.iter_mut().filter(|rock| before.rocks.iter().any(|known| known.id == rock.id)) {
            rock.blocks.retain(|step| steps.contains(step.as_str()));
        }
        self
    }

    /// What was promised, without what happened since: no rocks, no step begun, nothing delivered. A new version is written from this.
    #[must_use]
    pub fn promised(&self) -> Plan {
        let mut plan = Plan { rocks: Vec::new(), ..self.clone() };
        plan.steps.iter_mut().for_each(|step| step.state = State::ToDo);
        plan.savings.iter_mut().for_each(|saving| saving.delivered = None);
        plan
    }

    /// What a role of this plan is called; the id where there is no such role.
    pub fn role_called<'a>(&'a self, id: &'a str) -> &'a str {
        self.roles.iter().find(|role| role.id == id).map_or(id, |role| &role.name)
    }

    /// For each step, those that it waits for; names that are not there are left out.
    fn waits_for(&self) -> Vec<Vec<usize>> {
        let at = index(self.steps.iter().map(|step| step.id.as_str()));
        let before = |step: &Step| step.after.iter().filter_map(|id| at.get(id.as_str()).copied()).collect();
        self.steps.iter().map(before).collect()
    }
}

fn index<'a>(ids: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    ids.enumerate().map(|(at, id)| (id, at)).collect()
}

fn twice<'a>(what: &'static str, ids: impl Iterator<Item = &'a String>, wrong: &mut Vec<PlanError>) {
    let mut sorted: Vec<&String> = ids.collect();
    sorted.sort_unstable();
    let pairs = sorted.windows(2).filter(|pair| pair[0] == pair[1]);
    wrong.extend(pairs.map(|pair| PlanError::Twice { what, id: pair[0].clone() }));
}

/// Steps in an order in which each comes after those it waits for, or a ring of steps (the first again at the end).
fn order(before: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut open: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut after = vec![Vec::new(); before.len()];
    for (step, waits) in before.iter().enumerate() {
        waits.iter().for_each(|&first| after[first].push(step));
    }
    let mut order: Vec<usize> = (0..before.len()).filter(|&step| open[step] == 0).collect();
    let mut at = 0;
    while at < order.len() {
        for &step in &after[order[at]] {
            open[step] -= 1;
            if open[step] == 0 {
                order.push(step);
            }
        }
        at += 1;
    }
    if order.len() == before.len() {
        return Ok(order);
    }
    // Each step left waits for one that is left: walk back until one comes again.
    let mut walk: Vec<usize> = (0..before.len()).filter(|&step| open[step] > 0).take(1).collect();
    loop {
        let here = walk[walk.len() - 1];
        let Some(&next) = before[here].iter().find(|&&first| open[first] > 0) else { return Err(walk) };
        if let Some(first) = walk.iter().position(|&seen| seen == next) {
            let mut ring = walk.split_off(first);
            ring.push(next);
            ring.reverse();
            return Err(ring);
        }
        walk.push(next);
    }
}

#[cfg(test)]
mod tests;

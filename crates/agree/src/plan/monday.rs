//! What to look at this week: mine, late, blocked; and where more is promised than can be kept.

use super::{Plan, Schedule, State, Step};
use crate::day;
use domain::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Formatter};

/// One line of the Monday page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The plan.
    pub plan: String,
    /// The step, or the rock to be moved.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What is to be said of it.
    pub words: String,
}

/// The Monday page of one role. Each step is on it once: blocked before late before mine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Monday {
    /// Under way or ready to begin, soonest promised first; and rocks that this role can move.
    pub mine: Vec<Item>,
    /// Promised for a day that has passed.
    pub late: Vec<Item>,
    /// Held by a rock.
    pub blocked: Vec<Item>,
}

/// The Monday page of a role, over all plans that it works on.
pub fn monday(plans: &[Plan], role: &str, today: Date) -> Monday {
    let mut page = Monday::default();
    for plan in plans {
        let done: BTreeSet<&str> = plan
            .steps
            .iter()
            .filter(|step| matches!(step.state, State::Done(_)))
            .map(|step| step.id.as_str())
            .collect();
        let lying = || {
            plan.rocks.iter().filter(|rock| rock.raised <= today && rock.cleared.is_none_or(|cleared| cleared > today))
        };
        let item = |id: &str, title: &str, words: String| Item {
            plan: plan.id.clone(),
            id: id.to_owned(),
            title: title.to_owned(),
            words,
        };
        for rock in lying().filter(|rock| rock.who_can_move_it == role) {
            let words = format!("yours to move, raised {} ago", day::days(rock.age_days(today)));
            page.mine.push(item(&rock.id, &rock.title, words));
        }
        let mut mine: Vec<&Step> =
            plan.steps.iter().filter(|step| step.owner == role && !done.contains(step.id.as_str())).collect();
        mine.sort_by_key(|step| (step.due.is_none(), step.due));
        for step in mine {
            let promised = match step.due {
                Some(due) if due < today => {
                    format!("promised for {}, {} ago", day::long(due), day::days(today.0 - due.0))
                }
                Some(due) => format!("promised for {}", day::long(due)),
                None => "no day promised".to_owned(),
            };
            let rocks: Vec<String> = lying()
                .filter(|rock| rock.blocks.contains(&step.id))
                .map(|rock| format!("{} ({} can move it)", rock.title, rock.who_can_move_it))
                .collect();
            let begins = match step.state {
                State::Started(_) => true,
                _ => {
                    step.after.iter().all(|first| done.contains(first.as_str()))
                        && step.not_before.is_none_or(|first| first <= today)
                }
            };
            if !rocks.is_empty() {
                page.blocked.push(item(&step.id, &step.title, format!("{promised}; blocked by {}", rocks.join(", "))));
            } else if step.due.is_some_and(|due| due < today) {
                page.late.push(item(&step.id, &step.title, promised));
            } else if begins {
                page.mine.push(item(&step.id, &step.title, promised));
            }
        }
    }
    page
}

/// Steps that people will feel at once and that are laid out to end by this day.
pub fn early_wins<'a>(plan: &'a Plan, laid_out: &Schedule, by: Date) -> Vec<&'a Step> {
    let ends = |step: &Step| laid_out.steps.iter().any(|laid| laid.step == step.id && laid.finish <= by);
    plan.steps.iter().filter(|step| step.early_win && ends(step)).collect()
}

/// More is promised than can be kept.
#[derive(Debug, Clone, PartialEq)]
pub enum Warning {
    /// Finish first: a role has more under way than it can carry.
    TooMuchUnderWay {
        /// The role.
        role: String,
        /// Steps under way.
        started: usize,
        /// What it can carry.
        carries: usize,
    },
    /// A role has promised more work by a day than there is time for.
    OverCommitted {
        /// The role.
        role: String,
        /// The first day for which it is too much.
        by: Date,
        /// Working days of effort promised by then.
        promised_days: f64,
        /// Working days that the role has until then.
        has_days: f64,
    },
    /// A step is owned by a role that nobody fills.
    Nobody {
        /// The plan.
        plan: String,
        /// The step.
        step: String,
        /// The role.
        role: String,
    },
    /// More is promised from one pool than it holds.
    PoolTooSmall {
        /// The pool.
        pool: String,
        /// Pounds promised from it.
        promised: f64,
        /// Pounds that it holds.
        most: f64,
    },
    /// Two savings look like one: same pool, same step, and neither says that it is the other.
    CountedTwice {
        /// One.
        saving: String,
        /// The other.
        other: String,
    },
}

impl Display for Warning {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Warning::TooMuchUnderWay { role, started, carries } => {
                write!(out, "{role} has {started} steps under way and can carry {carries}: finish one before the next")
            }
            Warning::OverCommitted { role, by, promised_days, has_days } => write!(
                out,
                "{role} has promised {promised_days:.0} working days by {} and has {has_days:.0}",
                day::long(*by)
            ),
            Warning::Nobody { plan, step, role } => write!(out, "nobody fills {role}, who owns {step} of {plan}"),
            Warning::PoolTooSmall { pool, promised, most } => {
                write!(out, "£{promised:.0} is promised from {pool}, which holds £{most:.0}")
            }
            Warning::CountedTwice { saving, other } => {
                write!(out, "{saving} and {other} come from one pool at one step: are they one saving?")
            }
        }
    }
}

/// Warnings over all plans together. A role of one id is the same role in each; where plans differ on its capacity the largest
/// counts. A role can carry two steps a post, and one at least.
pub fn warnings(plans: &[Plan], today: Date) -> Vec<Warning> {
    let mut roles: BTreeMap<&str, f64> = BTreeMap::new();
    for role in plans.iter().flat_map(|plan| &plan.roles) {
        let fte = roles.entry(&role.id).or_insert(0.0);
        *fte = fte.max(role.fte);
    }
    let open = |step: &&Step| !matches!(step.state, State::Done(_));
    let mut found = Vec::new();
    for (&role, &fte) in &roles {
        let all = || plans.iter().flat_map(|plan| &plan.steps).filter(open);
        let started = all().filter(|step| step.owner == role && matches!(step.state, State::Started(_))).count();
        let carries = ((2.0 * fte).round() as usize).max(1);
        if started > carries {
            found.push(Warning::TooMuchUnderWay { role: role.to_owned(), started, carries });
        }
        // In order of promised days, all that is promised by each must fit before it.
        let mut promised: Vec<(Date, f64)> = all()
            .flat_map(|step| step.effort.iter().map(move |effort| (step, effort)))
            .filter(|(_, effort)| effort.role == role)
            .filter_map(|(step, effort)| Some((step.due?, effort.days * left(step, today))))
            .collect();
        promised.sort_by_key(|one| one.0);
        let mut promised_days = 0.0;
        for (at, (by, days)) in promised.iter().enumerate() {
            promised_days += days;
            let has_days = fte * f64::from((by.0 - today.0).max(0)) * 5.0 / 7.0;
            let last_of_day = promised.get(at + 1).is_none_or(|next| next.0 != *by);
            if last_of_day && promised_days > has_days + 1e-9 {
                found.push(Warning::OverCommitted { role: role.to_owned(), by: *by, promised_days, has_days });
                break;
            }
        }
    }
    for plan in plans {
        for step in plan.steps.iter().filter(open) {
            if roles.get(step.owner.as_str()).is_none_or(|&fte| fte <= 0.0) {
                let (plan, step, role) = (plan.id.clone(), step.id.clone(), step.owner.clone());
                found.push(Warning::Nobody { plan, step, role });
            }
        }
        let counted: Vec<_> = plan.savings.iter().filter(|saving| saving.same_as.is_none()).collect();
        for pool in &plan.pools {
            let from: Vec<_> = counted.iter().filter(|saving| saving.pool.as_ref() == Some(&pool.id)).collect();
            let promised: f64 = from.iter().map(|saving| saving.promised).sum();
            if promised > pool.most {
                found.push(Warning::PoolTooSmall { pool: pool.id.clone(), promised, most: pool.most });
            }
            for (at, saving) in from.iter().enumerate() {
                if let Some(other) = from[..at].iter().find(|other| other.step == saving.step) {
                    let (saving, other) = (saving.id.clone(), other.id.clone());
                    found.push(Warning::CountedTwice { saving, other });
                }
            }
        }
    }
    found
}

/// The share of a step's effort that is still to come.
fn left(step: &Step, today: Date) -> f64 {
    match step.state {
        State::Started(date) if step.days > 0.0 => 1.0 - (f64::from(today.0 - date.0) / step.days).clamp(0.0, 1.0),
        _ => 1.0,
    }
}

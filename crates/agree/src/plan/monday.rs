//! What to look at this week: mine, late, blocked; and where more is promised than can be kept.

use super::{Again, Plan, Saving, Schedule, State, Step};
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
    /// Whose it is.
    pub who: String,
    /// What is to be said of it.
    pub words: String,
    /// Days by which it is late, or for which a rock has lain; the worst first.
    pub days: i32,
    /// How far the step has come; nothing of a rock.
    pub state: Option<State>,
    /// The day promised.
    pub due: Option<Date>,
    /// Rocks that hold it, each with who can move it.
    pub held: Vec<(String, String)>,
}

/// The Monday page of one role, or of everybody. Each step is on it once: blocked before late before mine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Monday {
    /// Rocks that these can move, the oldest first; then what is under way or ready to begin, soonest promised first.
    pub mine: Vec<Item>,
    /// Promised for a day that has passed, the latest first.
    pub late: Vec<Item>,
    /// Held by a rock, the latest first.
    pub blocked: Vec<Item>,
}

impl Monday {
    /// How many steps are late, those that are blocked among them.
    pub fn behind(&self) -> usize {
        self.late.len() + self.blocked.iter().filter(|item| item.days > 0).count()
    }
}

/// Everybody who is on a Monday page: roles of plans, by their names, and whoever can move a rock that lies.
pub fn everybody(plans: &[Plan], today: Date) -> BTreeSet<String> {
    let roles = plans.iter().flat_map(|plan| plan.roles.iter().map(|role| role.name.clone()));
    let movers = plans.iter().flat_map(|plan| {
        let lying = plan.rocks.iter().filter(move |rock| rock.lies(today));
        lying.map(|rock| plan.role_called(&rock.who_can_move_it).to_owned())
    });
    roles.chain(movers).collect()
}

/// The Monday page of `who`, over all plans: a role by its name, whoever can move a rock, or everybody.
pub fn monday(plans: &[Plan], who: Option<&str>, today: Date) -> Monday {
    let theirs = |name: &str| who.is_none_or(|who| same(who, name));
    let (mut rocks, mut page) = (Vec::new(), Monday::default());
    let mut next: Vec<(bool, Option<Date>, Item)> = Vec::new();
    for plan in plans {
        let done: BTreeSet<&str> =
            plan.steps.iter().filter(|step| step.state.is_done()).map(|step| step.id.as_str()).collect();
        let lying = || plan.rocks.iter().filter(|rock| rock.lies(today));
        let item = |id: &str, title: &str, who: &str, days: i32, words: String| Item {
            plan: plan.id.clone(),
            id: id.to_owned(),
            title: title.to_owned(),
            who: plan.role_called(who).to_owned(),
            words,
            days,
            state: None,
            due: None,
            held: Vec::new(),
        };
        for rock in lying().filter(|rock| theirs(plan.role_called(&rock.who_can_move_it))) {
            let days = rock.age_days(today);
            let whose = if who.is_some() { "yours to move".to_owned() } else { "to be moved".to_owned() };
            let words = format!("{whose}, raised {} ago", day::days(days));
            rocks.push(item(&rock.id, &rock.title, &rock.who_can_move_it, days, words));
        }
        let open = |step: &&Step| !step.state.is_done() && theirs(plan.role_called(&step.owner));
        for step in plan.steps.iter().filter(open) {
            let days = step.due.map_or(0, |due| (today.0 - due.0).max(0));
            let promised = match step.due {
                Some(due) if due < today => format!("promised for {}, {} ago", day::long(due), day::days(days)),
                Some(due) => format!("promised for {}", day::long(due)),
                None => "no day promised".to_owned(),
            };
            let held: Vec<(String, String)> = lying()
                .filter(|rock| rock.blocks.contains(&step.id))
                .map(|rock| (rock.title.clone(), plan.role_called(&rock.who_can_move_it).to_owned()))
                .collect();
            let begins = match step.state {
                State::Started(_) => true,
                _ => {
                    step.after.iter().all(|first| done.contains(first.as_str()))
                        && step.not_before.is_none_or(|first| first <= today)
                }
            };
            let said: Vec<String> =
                held.iter().map(|(rock, who)| format!("\u{201c}{rock}\u{201d} ({who} can move it)")).collect();
            let item = |words| Item {
                state: Some(step.state),
                due: step.due,
                held: held.clone(),
                ..item(&step.id, &step.title, &step.owner, days, words)
            };
            if !held.is_empty() {
                page.blocked.push(item(format!("{promised}; blocked by {}", said.join(", "))));
            } else if days > 0 {
                page.late.push(item(promised));
            } else if begins {
                next.push((step.due.is_none(), step.due, item(promised)));
            }
        }
    }
    for worst in [&mut rocks, &mut page.late, &mut page.blocked] {
        worst.sort_by_key(|item| std::cmp::Reverse(item.days));
    }
    next.sort_by_key(|(no_day, due, _)| (*no_day, *due));
    page.mine = rocks.into_iter().chain(next.into_iter().map(|one| one.2)).collect();
    page
}

/// Whether somebody who signs with this name is meant by the name of a role: "Flow lead, Rivermead" by "Flow lead".
pub fn is_called(name: &str, role: &str) -> bool {
    same(name, role) || name.split_once(',').is_some_and(|(first, _)| same(first, role))
}

/// Whether two names are one, but for case and spaces.
fn same(a: &str, b: &str) -> bool {
    plain(a) == plain(b)
}

/// Letters and digits of a name alone.
fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Steps that people will feel at once and that are laid out to end by this day.
pub fn early_wins<'a>(plan: &'a Plan, laid_out: &Schedule, by: Date) -> Vec<&'a Step> {
    let ends = |step: &Step| laid_out.steps.iter().any(|laid| laid.step == step.id && laid.finish <= by);
    plan.steps.iter().filter(|step| step.early_win && ends(step)).collect()
}

/// More is promised than can be kept, or something is told that cannot have been. Roles, steps, pools and savings by what they are called.
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
    /// A role has work left that was promised for a day that has passed.
    Overdue {
        /// The role.
        role: String,
        /// The first such day.
        since: Date,
        /// Working days of effort left of it.
        days: f64,
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
    /// A step needs a role that nobody fills.
    Nobody {
        /// The plan.
        plan: String,
        /// The step.
        step: String,
        /// The role.
        role: String,
    },
    /// A step began, or was done, before what it waits for was done.
    OutOfOrder {
        /// The plan.
        plan: String,
        /// The step.
        step: String,
        /// What it waits for.
        first: String,
        /// The day on which it began or was done.
        on: Date,
        /// Who answers for the step.
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
        /// Whether each year, or once.
        again: Again,
    },
    /// Two savings look like one, and neither says that it is the other.
    CountedTwice {
        /// One.
        saving: String,
        /// The other.
        other: String,
        /// Where they meet: the pool, the step, or the other plan.
        both: String,
        /// Whether the first is left out of the sums until the plan says that they are two; in two plans each counts its own.
        is_left_out: bool,
    },
}

impl Warning {
    /// The role that it is about, where it is about one.
    pub fn role(&self) -> Option<&str> {
        match self {
            Warning::TooMuchUnderWay { role, .. }
            | Warning::Overdue { role, .. }
            | Warning::OverCommitted { role, .. }
            | Warning::Nobody { role, .. }
            | Warning::OutOfOrder { role, .. } => Some(role),
            Warning::PoolTooSmall { .. } | Warning::CountedTwice { .. } => None,
        }
    }

    /// Whether it is about this role.
    pub fn is_of(&self, role: &str) -> bool {
        self.role().is_some_and(|own| same(own, role))
    }
}

/// `1 working day`, `3.5 working days`
fn working(days: &str) -> String {
    format!("{days} working day{}", if days == "1" { "" } else { "s" })
}

fn pounds(sum: f64) -> String {
    let digits = format!("{sum:.0}");
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("£{grouped}")
}

impl Display for Warning {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        let whole = |days: f64| format!("{days:.0}");
        match self {
            Warning::TooMuchUnderWay { role, started, carries } => {
                write!(out, "{role} has {started} steps under way and can carry {carries}: finish one before the next")
            }
            Warning::Overdue { role, since, days } => {
                let days = if *days < 0.95 { format!("{days:.1}") } else { whole(*days) };
                write!(out, "{role} has {} of work left that is overdue since {}", working(&days), day::long(*since))
            }
            Warning::OverCommitted { role, by, promised_days, has_days } => {
                let (mut promised, mut has) = (whole(*promised_days), whole(*has_days));
                if promised == has {
                    (promised, has) = (format!("{promised_days:.1}"), format!("{has_days:.1}"));
                }
                write!(out, "{role} has promised {} by {} and has {has}", working(&promised), day::long(*by))
            }
            Warning::Nobody { plan, step, role } => {
                write!(out, "nobody fills {role}, whom \u{201c}{step}\u{201d} of {plan} needs")
            }
            Warning::OutOfOrder { plan, step, first, on, .. } => write!(
                out,
                "\u{201c}{step}\u{201d} of {plan} is told as begun or done by {}, before \u{201c}{first}\u{201d}, which it waits for, was done",
                day::long(*on)
            ),
            Warning::PoolTooSmall { pool, promised, most, again } => {
                let (promised, most) = (pounds(*promised), pounds(*most));
                let each = if *again == Again::Recurrent { " a year" } else { "" };
                write!(out, "{promised}{each} is promised from \u{201c}{pool}\u{201d}, which holds {most}")
            }
            Warning::CountedTwice { saving, other, both, is_left_out } => {
                let (saving, other) = (format!("\u{201c}{saving}\u{201d}"), format!("\u{201c}{other}\u{201d}"));
                write!(out, "{saving} and {other} both come from {both}: are they one saving?")?;
                if *is_left_out {
                    write!(out, " Until the plan says that they are two, {saving} is left out of its sums")?;
                }
                Ok(())
            }
        }
    }
}

/// Warnings over all plans together. A role of one name is the same role in each, and a pool of one id the same pool; where plans differ
/// on how much it has, the largest counts. A role can carry two steps a post, and one at least. Work of a step without a promised day
/// is due when what waits for it is, or on the last day of the plan's goal.
pub fn warnings(plans: &[Plan], today: Date) -> Vec<Warning> {
    let mut found = Vec::new();
    let mut roles: BTreeMap<String, Load> = BTreeMap::new();
    for plan in plans {
        for role in &plan.roles {
            let load = roles.entry(plain(&role.name)).or_default();
            if load.name.is_empty() || role.fte > load.fte {
                load.name.clone_from(&role.name);
            }
            load.fte = load.fte.max(role.fte);
        }
    }
    for plan in plans {
        let due = dues(plan);
        for (step, due) in plan.steps.iter().zip(due).filter(|(step, _)| !step.state.is_done()) {
            if let (State::Started(_), Some(load)) = (step.state, roles.get_mut(&plain(plan.role_called(&step.owner))))
            {
                load.started += 1;
            }
            for effort in &step.effort {
                if let (Some(due), Some(load)) = (due, roles.get_mut(&plain(plan.role_called(&effort.role)))) {
                    load.work.push((due, effort.days * left(step, today)));
                }
            }
        }
    }
    roles.into_values().for_each(|load| load.warn(today, &mut found));
    let nobody = |plan: &Plan, id: &str| {
        let name = plan.role_called(id);
        let filled = |other: &Plan| other.roles.iter().any(|role| same(&role.name, name) && role.fte > 0.0);
        (!plans.iter().any(filled)).then(|| name.to_owned())
    };
    for plan in plans {
        for step in plan.steps.iter().filter(|step| !step.state.is_done()) {
            let needed: BTreeSet<&String> = std::iter::once(&step.owner)
                .chain(step.effort.iter().filter(|effort| effort.days > 0.0).map(|effort| &effort.role))
                .collect();
            found.extend(needed.into_iter().filter_map(|id| nobody(plan, id)).map(|role| Warning::Nobody {
                plan: plan.title.clone(),
                step: step.title.clone(),
                role,
            }));
        }
        found.extend(out_of_order(plan));
    }
    too_much_from_pools(plans, &mut found);
    counted_twice(plans, &mut found);
    found
}

/// What one role has promised over all plans.
#[derive(Default)]
struct Load {
    name: String,
    fte: f64,
    started: usize,
    /// Until when, and working days.
    work: Vec<(Date, f64)>,
}

impl Load {
    fn warn(mut self, today: Date, found: &mut Vec<Warning>) {
        let carries = ((2.0 * self.fte).round() as usize).max(1);
        if self.started > carries {
            found.push(Warning::TooMuchUnderWay { role: self.name.clone(), started: self.started, carries });
        }
        self.work.retain(|work| work.1 > 0.0);
        self.work.sort_by_key(|work| work.0);
        let overdue: f64 = self.work.iter().filter(|work| work.0 < today).map(|work| work.1).sum();
        if let Some((since, _)) = self.work.first().filter(|_| overdue >= 0.05) {
            found.push(Warning::Overdue { role: self.name.clone(), since: *since, days: overdue });
        }
        if self.fte <= 0.0 {
            return; // nobody fills it: that is said of each step
        }
        // In order of promised days, all that is promised by each must fit before it.
        let mut promised_days = 0.0;
        for (at, (by, days)) in self.work.iter().enumerate() {
            promised_days += days;
            let has_days = self.fte * f64::from((by.0 - today.0).max(0)) * 5.0 / 7.0;
            let last_of_day = self.work.get(at + 1).is_none_or(|next| next.0 != *by);
            if *by >= today && last_of_day && promised_days > has_days + 0.05 {
                found.push(Warning::OverCommitted { role: self.name, by: *by, promised_days, has_days });
                return;
            }
        }
    }
}

/// Of each step the day promised; where none is, that of the first promised that waits for it, or the goal's.
fn dues(plan: &Plan) -> Vec<Option<Date>> {
    let before = plan.waits_for();
    let mut due: Vec<Option<Date>> = plan.steps.iter().map(|step| step.due).collect();
    for step in super::order(&before).unwrap_or_default().into_iter().rev() {
        due[step] = due[step].or(plan.goal.map(|goal| goal.by));
        for &first in before[step].iter().filter(|&&first| plan.steps[first].due.is_none()) {
            due[first] = [due[first], due[step]].into_iter().flatten().min();
        }
    }
    due
}

fn out_of_order(plan: &Plan) -> Vec<Warning> {
    let mut found = Vec::new();
    for step in &plan.steps {
        let (State::Started(on) | State::Done(on)) = step.state else { continue };
        let early = |first: &&Step| match first.state {
            State::Done(done) => done > on,
            _ => true,
        };
        let waits = step.after.iter().filter_map(|id| plan.steps.iter().find(|first| first.id == *id));
        found.extend(waits.filter(early).map(|first| Warning::OutOfOrder {
            plan: plan.title.clone(),
            step: step.title.clone(),
            first: first.title.clone(),
            on,
            role: plan.role_called(&step.owner).to_owned(),
        }));
    }
    found
}

fn counted(plan: &Plan) -> impl Iterator<Item = &Saving> {
    plan.savings.iter().filter(|saving| saving.same_as.is_none())
}

fn too_much_from_pools(plans: &[Plan], found: &mut Vec<Warning>) {
    let mut pools: BTreeMap<&str, (&str, f64)> = BTreeMap::new();
    for pool in plans.iter().flat_map(|plan| &plan.pools) {
        let known = pools.entry(&pool.id).or_insert((&pool.title, 0.0));
        known.1 = known.1.max(pool.most);
    }
    for (id, (title, most)) in pools {
        for again in [Again::Recurrent, Again::OneOff] {
            let from =
                plans.iter().flat_map(counted).filter(|one| one.pool.as_deref() == Some(id) && one.again == again);
            let promised: f64 = from.map(|saving| saving.promised).sum();
            if promised > most {
                found.push(Warning::PoolTooSmall { pool: title.to_owned(), promised, most, again });
            }
        }
    }
}

/// Savings that look like a larger one, each with that one: of one step and one kind, and of one pool or like titles, where neither says
/// that it is not the other.
pub(super) fn doubles(plan: &Plan) -> Vec<(&Saving, &Saving)> {
    let mut all: Vec<&Saving> = counted(plan).collect();
    all.sort_by(|a, b| b.promised.total_cmp(&a.promised));
    let (mut kept, mut found): (Vec<&Saving>, _) = (Vec::new(), Vec::new());
    for saving in all {
        let looks_the_same = |other: &&&Saving| {
            let one_pool = other.pool.is_some() && other.pool == saving.pool;
            let are_two = other.not_same_as.contains(&saving.id) || saving.not_same_as.contains(&other.id);
            let alike = other.step == saving.step && other.gives == saving.gives;
            alike && !are_two && (one_pool || like(&other.title, &saving.title))
        };
        match kept.iter().find(looks_the_same) {
            Some(other) => found.push((saving, *other)),
            None => kept.push(saving),
        }
    }
    found
}

/// Savings that look like one within a plan, or of like step, title and sum in two plans.
fn counted_twice(plans: &[Plan], found: &mut Vec<Warning>) {
    for plan in plans {
        for (saving, other) in doubles(plan) {
            let pool = saving.pool.as_ref().filter(|_| other.pool == saving.pool);
            let pool = pool.and_then(|id| plan.pools.iter().find(|pool| pool.id == *id));
            let step = plan.steps.iter().find(|step| step.id == saving.step).map_or("", |step| &step.title);
            let both = pool.map_or_else(|| format!("the end of “{step}”"), |pool| format!("“{}”", pool.title));
            let (saving, other) = (saving.title.clone(), other.title.clone());
            found.push(Warning::CountedTwice { saving, other, both, is_left_out: true });
        }
    }
    let key = |plan: &Plan, saving: &Saving| {
        let step = plan.steps.iter().find(|step| step.id == saving.step).map_or("", |step| &step.title);
        (plain(step), plain(&saving.title), saving.promised.to_bits())
    };
    let mut seen: BTreeMap<(String, String, u64), &Plan> = BTreeMap::new();
    for plan in plans {
        for saving in counted(plan) {
            match seen.get(&key(plan, saving)) {
                Some(other) if other.id != plan.id => found.push(Warning::CountedTwice {
                    saving: saving.title.clone(),
                    other: saving.title.clone(),
                    both: format!("one step, promised in two plans, {} and {}", other.title, plan.title),
                    is_left_out: false,
                }),
                _ => drop(seen.insert(key(plan, saving), plan)),
            }
        }
    }
}

/// Whether two titles say the same in other words: half or more of the words of both are in both.
fn like(a: &str, b: &str) -> bool {
    let words = |text: &str| -> BTreeSet<String> {
        text.split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| word.chars().count() > 2)
            .map(str::to_lowercase)
            .collect()
    };
    let (one, other) = (words(a), words(b));
    let all = one.union(&other).count();
    plain(a) == plain(b) || (all > 0 && 2 * one.intersection(&other).count() >= all)
}

/// The share of a step's effort that is still to come.
fn left(step: &Step, today: Date) -> f64 {
    match step.state {
        State::Started(date) if step.days > 0.0 => 1.0 - (f64::from(today.0 - date.0) / step.days).clamp(0.0, 1.0),
        _ => 1.0,
    }
}

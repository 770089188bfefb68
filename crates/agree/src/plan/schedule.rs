//! The plan laid out as promised, with the capacity of its roles.
//!
//! Time runs in calendar days. A role of 2.5 whole-time equivalents is three lanes: two at full speed and one at half; a working day
//! of effort takes 7/5 calendar days on a full lane. Whoever is ready first goes first, of several the one with the longest way
//! still behind it; it takes the lane on which it would end soonest. A step ends when both its days and its work are over. Rocks are
//! taken as cleared today here; [`super::forecast()`] draws how long they lie.

use super::{Plan, PlanErrors, State, order};
use domain::Date;
use std::collections::BTreeSet;

/// Why a step cannot begin sooner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wait {
    /// Nothing: it can begin now, has begun or is done.
    Nothing,
    /// Another step must end.
    Step(String),
    /// A role is busy with another step.
    Busy {
        /// The role.
        role: String,
        /// What it is busy with.
        step: String,
    },
    /// It may not begin before this day.
    Until(Date),
}

/// One step, laid out.
#[derive(Debug, Clone, PartialEq)]
pub struct Laid {
    /// The step.
    pub step: String,
    /// When it begins; of one that is done, when it ended.
    pub start: Date,
    /// When it ends.
    pub finish: Date,
    /// Days that it may slip before the end of the plan moves.
    pub slack_days: f64,
    /// What it waits for.
    pub waits: Wait,
}

/// A plan laid out as promised.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// The steps, in the order of the plan.
    pub steps: Vec<Laid>,
    /// The chain of steps, through waiting and busy roles, that sets the end; first to last.
    pub critical: Vec<String>,
    /// When all is done.
    pub end: Date,
}

/// One step in numbers; days from the start of the plan.
pub(super) struct Node {
    pub days: f64,
    /// Days since it was started, 0 when it was not.
    pub elapsed: f64,
    /// It begins no sooner: today, or its first day.
    pub floor: f64,
    pub done: Option<f64>,
    /// Role and calendar days on a full lane.
    pub needs: Vec<(usize, f64)>,
}

/// A plan in numbers.
pub(super) struct Net {
    pub nodes: Vec<Node>,
    pub before: Vec<Vec<usize>>,
    /// Of each role, each lane's slowness: 1 is a whole-time person, 2 half a post. Fastest first.
    pub lanes: Vec<Vec<f64>>,
    /// Today, in days from the start.
    pub now: f64,
    topological: Vec<usize>,
}

/// Where every step lies; days from the start of the plan.
pub(super) struct Placed {
    pub start: Vec<f64>,
    pub finish: Vec<f64>,
    /// Steps that are not done, in the order in which they begin.
    pub list: Vec<usize>,
    /// On each step's lanes: role, the step there before it, and when this one leaves the lane.
    lanes: Vec<Vec<(usize, Option<usize>, f64)>>,
}

const CALENDAR_DAYS_A_WORKING_DAY: f64 = 7.0 / 5.0;
const SAME: f64 = 1e-9;
/// In days, about an hour: so far into the next one still counts as the day before, since what is drawn is rounded many times on its way.
pub(super) const STILL_THAT_DAY: f64 = 0.05;
/// 31 December 9999: what would end later is said to end then.
const LAST: f64 = 2_932_896.0;

/// A day counted from the start of a plan.
pub(super) fn date(start: Date, days: f64) -> Date {
    Date((f64::from(start.0) + (days - STILL_THAT_DAY).ceil()).min(LAST) as i32)
}

impl Net {
    pub fn of(plan: &Plan, today: Date) -> Result<Net, PlanErrors> {
        plan.check()?;
        let mut before = plan.waits_for();
        let topological = order(&before).unwrap_or_default(); // check() has found every ring
        for (step, waits) in plan.steps.iter().zip(&mut before) {
            if step.state != State::ToDo {
                waits.clear(); // what has begun waits no more
            }
        }
        let day = |date: Date| f64::from(date.0 - plan.start.0);
        let now = day(today).max(0.0);
        let role = |id: &str| plan.roles.iter().position(|role| role.id == id && role.fte > 0.0);
        let node = |step: &super::Step| {
            let needs = step.effort.iter().filter(|effort| effort.days > 0.0);
            Node {
                days: step.days,
                elapsed: if let State::Started(date) = step.state { (now - day(date)).max(0.0) } else { 0.0 },
                floor: if let State::ToDo = step.state {
                    step.not_before.map_or(now, |date| day(date).max(now))
                } else {
                    now
                },
                done: if let State::Done(date) = step.state { Some(day(date)) } else { None },
                needs: needs
                    .filter_map(|effort| Some((role(&effort.role)?, effort.days * CALENDAR_DAYS_A_WORKING_DAY)))
                    .collect(),
            }
        };
        let nodes: Vec<Node> = plan.steps.iter().map(node).collect();
        let lanes = (0..plan.roles.len())
            .map(|role| {
                // A role that nobody fills holds nobody up here; warnings() says so.
                let fte = plan.roles[role].fte;
                let used = nodes.iter().filter(|node| node.needs.iter().any(|need| need.0 == role)).count();
                // More lanes than steps would never be used.
                let mut lanes = vec![1.0; (fte.floor() as usize).min(used)];
                if fte.fract() >= 0.01 - SAME && lanes.len() < used {
                    lanes.push(1.0 / fte.fract());
                }
                lanes
            })
            .collect();
        Ok(Net { nodes, before, lanes, now, topological })
    }

    pub fn place(&self) -> Placed {
        let size = self.nodes.len();
        let mut after = vec![Vec::new(); size];
        for (step, waits) in self.before.iter().enumerate() {
            waits.iter().for_each(|&first| after[first].push(step));
        }
        // The longest way still behind each step, itself included; those under way keep their lanes.
        let mut behind = vec![0.0f64; size];
        for &step in self.topological.iter().rev() {
            let node = &self.nodes[step];
            let way = after[step].iter().map(|&next| behind[next]).fold(0.0, f64::max);
            let work = node.needs.iter().map(|&(role, work)| work * self.lanes[role][0]).fold(node.days, f64::max);
            behind[step] = if node.done.is_some() { 0.0 } else { way + (work - node.elapsed).max(0.0) };
        }
        let first =
            |step: &usize| (self.nodes[*step].elapsed <= 0.0, std::cmp::Reverse(behind[*step].to_bits()), *step);

        let mut open: Vec<usize> = self.before.iter().map(Vec::len).collect();
        let mut ready: Vec<f64> = self.nodes.iter().map(|node| node.floor).collect();
        let (mut start, mut finish) = (vec![0.0; size], vec![0.0; size]);
        let mut free: Vec<Vec<(f64, Option<usize>)>> =
            self.lanes.iter().map(|lanes| vec![(self.now, None); lanes.len()]).collect();
        let mut lanes = vec![Vec::new(); size];
        let mut list = Vec::with_capacity(size);
        let mut waiting = BTreeSet::new();
        // What ends when; days are never negative, so their bits sort as they do.
        let mut ends: BTreeSet<(u64, usize)> = BTreeSet::new();
        let mut moments: BTreeSet<u64> = BTreeSet::from([self.now.to_bits()]);
        for step in 0..size {
            if let Some(done) = self.nodes[step].done {
                (start[step], finish[step]) = (done.max(0.0), done.max(0.0));
                ends.insert((finish[step].to_bits().min(self.now.to_bits()), step));
            } else if open[step] == 0 {
                waiting.insert(first(&step));
                moments.insert(ready[step].to_bits());
            }
        }
        while let Some(moment) = moments.pop_first() {
            let now = f64::from_bits(moment);
            while let Some(&(_, ended)) = ends.first().filter(|end| end.0 <= moment) {
                ends.pop_first();
                for &next in &after[ended] {
                    open[next] -= 1;
                    ready[next] = ready[next].max(finish[ended]);
                    if open[next] == 0 && self.nodes[next].done.is_none() {
                        waiting.insert(first(&next));
                        moments.insert(ready[next].max(now).to_bits());
                    }
                }
            }
            let mut began = Vec::new();
            // Lanes as those see them who come later: what waits for a busy one has it next.
            let mut next = free.clone();
            for key in &waiting {
                let step = key.2;
                let node = &self.nodes[step];
                if ready[step] > now {
                    continue;
                }
                let works =
                    |role: usize, lane: usize, work: f64| (work * self.lanes[role][lane] - node.elapsed).max(0.0);
                let soonest = |&(role, work): &(usize, f64)| {
                    let from = |lane: usize| next[role][lane].0.max(now);
                    // Of two on which it would end alike, the one that is free sooner.
                    let key = |lane: &usize| (from(*lane) + works(role, *lane, work), from(*lane));
                    let sooner = |a: &usize, b: &usize| {
                        let (a, b) = (key(a), key(b));
                        if (a.0 - b.0).abs() > SAME { a.0.total_cmp(&b.0) } else { a.1.total_cmp(&b.1) }
                    };
                    (0..next[role].len()).min_by(sooner).map(|lane| (role, lane, work))
                };
                let chosen: Vec<(usize, usize, f64)> = node.needs.iter().filter_map(soonest).collect();
                if chosen.iter().any(|&(role, lane, _)| next[role][lane].0 > now) {
                    for (role, lane, work) in chosen {
                        if next[role][lane].0 > now {
                            next[role][lane].0 += works(role, lane, work);
                        }
                    }
                    continue;
                }
                (start[step], finish[step]) = (now, now + (node.days - node.elapsed).max(0.0));
                for (role, lane, work) in chosen {
                    let leaves = now + works(role, lane, work);
                    lanes[step].push((role, free[role][lane].1, leaves));
                    free[role][lane] = (leaves, Some(step));
                    next[role][lane] = free[role][lane];
                    finish[step] = finish[step].max(leaves);
                    moments.insert(leaves.to_bits());
                }
                ends.insert((finish[step].to_bits(), step));
                moments.insert(finish[step].to_bits());
                list.push(step);
                began.push(*key);
            }
            began.iter().for_each(|key| {
                waiting.remove(key);
            });
        }
        Placed { start, finish, list, lanes }
    }
}

/// Lays a plan out as promised, as it stands on `today`.
///
/// # Errors
/// When the plan cannot be followed: see [`Plan::check`].
pub fn schedule(plan: &Plan, today: Date) -> Result<Schedule, PlanErrors> {
    let net = Net::of(plan, today)?;
    let placed = net.place();
    let end = placed.finish.iter().copied().fold(0.0, f64::max);
    let mut slack: Vec<f64> = placed.finish.iter().map(|finish| end - finish).collect();
    for &step in placed.list.iter().rev() {
        for &first in &net.before[step] {
            slack[first] = slack[first].min(placed.start[step] - placed.finish[first] + slack[step]);
        }
        for &(_, held, _) in &placed.lanes[step] {
            if let Some(first) = held {
                let role = |lane: &&(usize, Option<usize>, f64)| placed.lanes[step].iter().any(|own| own.0 == lane.0);
                let leaves = placed.lanes[first].iter().find(role).map_or(placed.finish[first], |lane| lane.2);
                slack[first] = slack[first].min(placed.start[step] - leaves + slack[step]);
            }
        }
    }
    let date = |days: f64| date(plan.start, days);
    let id = |step: usize| plan.steps[step].id.clone();
    // What holds a step: the last of the steps before it, or the role that is busy until it begins.
    let held = |step: usize| -> (Option<usize>, Wait) {
        let node = &net.nodes[step];
        if node.done.is_some() || node.elapsed > 0.0 {
            return (None, Wait::Nothing);
        }
        let last = net.before[step].iter().copied().max_by(|&a, &b| placed.finish[a].total_cmp(&placed.finish[b]));
        if let Some(last) = last.filter(|&last| placed.finish[last] >= placed.start[step] - SAME) {
            return (Some(last), Wait::Step(id(last)));
        }
        if node.floor >= placed.start[step] - SAME {
            let wait = if node.floor > net.now { Wait::Until(date(node.floor)) } else { Wait::Nothing };
            return (None, wait);
        }
        let busy = placed.lanes[step].iter().filter_map(|&(role, before, _)| Some((role, before?)));
        let leaves = |(role, step): &(usize, usize)| {
            placed.lanes[*step].iter().filter(|lane| lane.0 == *role).map(|lane| lane.2).fold(0.0, f64::max)
        };
        match busy.max_by(|a, b| leaves(a).total_cmp(&leaves(b))) {
            Some((role, by)) => (Some(by), Wait::Busy { role: plan.roles[role].id.clone(), step: id(by) }),
            None => (None, Wait::Nothing),
        }
    };
    let mut critical = Vec::new();
    let mut at = (0..net.nodes.len())
        .filter(|&step| net.nodes[step].done.is_none())
        .max_by(|&a, &b| placed.finish[a].total_cmp(&placed.finish[b]));
    while let Some(step) = at.filter(|&step| net.nodes[step].done.is_none()) {
        critical.push(id(step));
        at = held(step).0;
    }
    critical.reverse();
    let steps = (0..net.nodes.len()).map(|step| Laid {
        step: id(step),
        start: date(placed.start[step]),
        finish: date(placed.finish[step]),
        slack_days: slack[step],
        waits: held(step).1,
    });
    Ok(Schedule { steps: steps.collect(), critical, end: date(end) })
}

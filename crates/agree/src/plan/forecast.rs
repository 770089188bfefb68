//! A plan played many times: when it ends, what it brings, and what that hangs on.
//!
//! In each run every step takes its promised days times a ratio drawn from the record of its class, with a part that all steps of
//! the run share; open rocks lie for as long as rocks lie here; roles work on one step at a time in the order of the promised
//! plan ([`super::schedule()`]), on the lane where it ends soonest. A step under way is drawn from those that lasted longer than it has.
//! Savings begin when their step ends and bring a share drawn from their class, or what they were found to bring.
//!
//! Each draw is a hash of seed, run and step, so that any thread can play any run: same seed, same bytes. Sixteen runs are played
//! side by side, so that the machine can add and compare many at once.

use super::schedule::{Net, Placed, STILL_THAT_DAY, date};
use super::{
    Again, Banked, Gives, MONEY_ELSEWHERE, Past, Plan, PlanErrors, Ratios, Saving, TIMES_ELSEWHERE, doubles, quantile,
};
use crate::random::mix;
use domain::Date;
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};
use std::collections::BTreeMap;

/// What promises are worth here.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// Days taken / promised.
    pub times: Ratios,
    /// Money delivered / promised.
    pub money: Ratios,
    /// Correlation between the times of any two steps, 0 to 1: one hard winter makes all of them late.
    pub common_times: f64,
    /// Correlation between any two savings, 0 to 1.
    pub common_money: f64,
    /// Days in which half of the rocks are cleared; unknown until half have been: see [`super::half_life`].
    pub rock_half_life_days: Option<f64>,
}

impl Reference {
    /// Nothing learned here yet: what was published of others ([`TIMES_ELSEWHERE`], [`MONEY_ELSEWHERE`]). The correlations are our
    /// assumption.
    pub fn published() -> Reference {
        Reference::learn(&[], &[])
    }

    /// What was published, and what this place has learned of its own times and money.
    pub fn learn(times: &[Past], money: &[Past]) -> Reference {
        Reference {
            times: Ratios::learn(times, &TIMES_ELSEWHERE),
            money: Ratios::learn(money, &MONEY_ELSEWHERE),
            common_times: 0.5,
            common_money: 0.5,
            rock_half_life_days: None,
        }
    }
}

/// A date with its range: one run in ten is sooner than the first, one in ten later than the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dates {
    /// One in ten is sooner.
    pub p10: Date,
    /// The middle.
    pub p50: Date,
    /// One in ten is later.
    pub p90: Date,
}

/// A sum of money with its range, in pounds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Range {
    /// One run in ten is below.
    pub p10: f64,
    /// The middle.
    pub p50: f64,
    /// One in ten is above.
    pub p90: f64,
    /// The mean.
    pub mean: f64,
}

/// What savings bring, in pounds. Cash, time and cost avoided are never added to each other; recurrent and one-off cash are, until a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Money {
    /// The last day counted: the goal's, or the last of a year from the start of the plan.
    pub until: Date,
    /// Until that day, by kind.
    pub kinds: Vec<(Again, Gives, Range)>,
    /// Cash until that day, recurrent and one-off together.
    pub cash: Range,
    /// Recurrent cash in a whole year, of what has begun by that day.
    pub recurrent_cash_a_year: Range,
    /// Savings that are another one by another name, and so are not counted.
    pub counted_elsewhere: Vec<String>,
    /// Savings that look like another one, and are not counted until the plan says that they are two.
    pub perhaps_twice: Vec<String>,
}

/// One step, forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct StepForecast {
    /// The step.
    pub step: String,
    /// Its beginning: half of the runs are sooner. Of one that has begun, today; of one that is done, its end.
    pub start: Date,
    /// Its end: half of the runs are sooner.
    pub finish: Date,
    /// The chance that it ends after the promised day, where it has one.
    pub late: Option<f64>,
}

/// What the end of a plan hangs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// What all steps share.
    Common,
    /// One step.
    Step(String),
    /// How long one rock lies.
    Rock(String),
}

/// How far one cause moves the end.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// What.
    pub cause: Cause,
    /// Days between the end when it goes as well as one time in ten and as badly as one in ten, all else as it may be.
    pub days: f64,
}

/// A plan, forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// Runs played.
    pub runs: u32,
    /// When all is done.
    pub end: Dates,
    /// The chance to be done on the goal's last day.
    pub done_in_time: Option<f64>,
    /// Money.
    pub money: Money,
    /// The chance that cash reaches the goal.
    pub reaches_cash: Option<f64>,
    /// Steps, in the order of the plan.
    pub steps: Vec<StepForecast>,
    /// Ends of the early wins.
    pub early_wins: Vec<(String, Dates)>,
    /// What the end hangs on, the widest first: at most twenty, and none that chance alone could show.
    pub tornado: Vec<Bar>,
    /// Open rocks taken as cleared today, because nobody knows yet how long rocks lie here.
    pub rocks_not_drawn: Vec<String>,
}

/// Runs played side by side.
const WIDE: usize = 16;
type Lane = [f32; WIDE];
/// Runs that one thread plays in one go; fixed, so that sums do not depend on the number of threads.
const GO: u32 = 512;
/// Ratios lie in tables over a normal score from -4 to 4.
const CELLS: usize = 1024;
const SCORES: usize = 4096;
/// A cause is judged by runs whose score of it is within nine tenths of all: a tail that nobody has seen does not make its bar.
const USUAL: f32 = 1.645;
/// Days.
const YEAR: f64 = 365.0;
/// Tenth to ninetieth percentile of a normal score.
const TENTHS: f64 = 2.563_103_131_089_201;

/// Plays a plan `runs` times (at least once) as it stands on `today`.
///
/// # Errors
/// When the plan cannot be followed: see [`Plan::check`].
pub fn forecast(plan: &Plan, reference: &Reference, today: Date, seed: u64, runs: u32) -> Result<Forecast, PlanErrors> {
    let net = Net::of(plan, today)?;
    let placed = net.place();
    let runs = runs.max(1);
    let game = Game::of(plan, &net, &placed, reference, today, seed);
    let goes: Vec<u32> = (0..runs.div_ceil(GO)).collect();
    let parts: Vec<Sums> = goes.into_par_iter().map(|go| game.play(go * GO, runs.min((go + 1) * GO))).collect();
    // Of each step all its days, which lie side by side in each part.
    let days_of = |at: usize, of: fn(&Sums) -> &Vec<f32>| -> Vec<f32> {
        let part = |part| {
            let (all, size) = (of(part), part.ends.len());
            all[at * size..(at + 1) * size].iter().copied()
        };
        parts.iter().flat_map(part).collect()
    };
    let middles: Vec<[f64; 2]> = (0..game.list.len())
        .into_par_iter()
        .map(|at| [middle(days_of(at, |part| &part.start)), middle(days_of(at, |part| &part.finish))])
        .collect();
    let wins: Vec<Vec<f64>> = game
        .wins
        .iter()
        .map(|&step| match game.place[step] {
            Some(at) => days_of(at, |part| &part.finish).into_iter().map(f64::from).collect(),
            None => vec![placed.finish[step]],
        })
        .collect();
    let mut all = Sums::new(&game, 0);
    parts.into_iter().for_each(|part| all.add(part));

    let count = f64::from(runs);
    let date = |days: f64| date(plan.start, days);
    let dates = |days: &[f64]| {
        let mut days = days.to_vec();
        days.sort_by(f64::total_cmp);
        let at = |share| date(quantile(&days, share));
        Dates { p10: at(0.1), p50: at(0.5), p90: at(0.9) }
    };
    let range = |column: usize| {
        let mut money: Vec<f64> = all.money.iter().map(|row| row[column]).collect();
        money.sort_by(f64::total_cmp);
        let at = |share| quantile(&money, share);
        Range { p10: at(0.1), p50: at(0.5), p90: at(0.9), mean: money.iter().sum::<f64>() / count }
    };
    let share = |is: usize| is as f64 / count;
    let due = |goal: super::Goal| f64::from(goal.by.0 - plan.start.0);
    let step = |at: usize| {
        let place = game.place[at];
        let [start, finish] = place.map_or([placed.start[at], placed.finish[at]], |place| middles[place]);
        let late = plan.steps[at].due.map(|due| match place {
            Some(place) => f64::from(all.late[place]) / count,
            None => f64::from(u8::from(placed.finish[at] > f64::from(due.0 - plan.start.0))),
        });
        StepForecast { step: plan.steps[at].id.clone(), start: date(start), finish: date(finish), late }
    };
    // The slope of the end on each cause's own score, which no other cause shares, times a tenth-to-ninetieth step.
    let mean_end = all.ends.iter().sum::<f64>() / count;
    let swing = |[all, score, square, ends, product]: [f64; 5]| {
        let spread = square - score * score / all;
        if spread > 0.0 { (product - score * ends / all) / spread * TENTHS } else { 0.0 }
    };
    let cause = |at: usize| match at.checked_sub(1) {
        None => Cause::Common,
        Some(rock) if rock < game.rocks.len() => Cause::Rock(plan.rocks[game.rocks[rock]].id.clone()),
        Some(step) => Cause::Step(plan.steps[game.list[step - game.rocks.len()]].id.clone()),
    };
    // A bar that chance alone could make, or of less than half a day, says nothing.
    let spread = (all.ends.iter().map(|end| (end - mean_end).powi(2)).sum::<f64>() / count).sqrt();
    // The usual scores are nine tenths of all, with 0.62 of their variance.
    let clear = (3.0 * TENTHS * spread / (0.9 * 0.62 * count).sqrt()).max(0.5);
    let mut tornado: Vec<Bar> = (0..all.causes.len())
        .map(|at| Bar { cause: cause(at), days: swing(all.causes[at]) })
        .filter(|bar| bar.days > clear)
        .collect();
    tornado.sort_by(|a, b| b.days.total_cmp(&a.days));
    tornado.truncate(20);
    // A rock cleared after today still lies: nothing of the future is known.
    let open = plan.rocks.iter().filter(|rock| rock.lies(today));
    let again = [Again::Recurrent, Again::OneOff];
    let gives = [Gives::Cash, Gives::Capacity, Gives::Avoided];
    let kinds = (0..6).map(|kind| (again[kind / 3], gives[kind % 3], range(kind)));
    Ok(Forecast {
        runs,
        end: dates(&all.ends),
        done_in_time: plan
            .goal
            .map(|goal| share(all.ends.iter().filter(|&&end| end <= due(goal) + STILL_THAT_DAY).count())),
        money: Money {
            until: until(plan),
            kinds: kinds.collect(),
            cash: range(6),
            recurrent_cash_a_year: range(7),
            counted_elsewhere: plan
                .savings
                .iter()
                .filter(|one| one.same_as.is_some())
                .map(|one| one.id.clone())
                .collect(),
            perhaps_twice: doubles(plan).into_iter().map(|(one, _)| one.id.clone()).collect(),
        },
        reaches_cash: plan
            .goal
            .filter(|goal| goal.cash > 0.0)
            .map(|goal| share(all.money.iter().filter(|row| row[6] >= goal.cash).count())),
        steps: (0..plan.steps.len()).map(step).collect(),
        early_wins: game.wins.iter().zip(&wins).map(|(&at, days)| (plan.steps[at].id.clone(), dates(days))).collect(),
        tornado,
        rocks_not_drawn: match reference.rock_half_life_days {
            Some(_) => Vec::new(),
            None => open.map(|rock| rock.id.clone()).collect(),
        },
    })
}

/// The last day on which money counts.
fn until(plan: &Plan) -> Date {
    plan.goal.map_or(Date(plan.start.0 + YEAR as i32 - 1), |goal| goal.by)
}

/// Savings that are counted: not those that are another one by another name, nor those that look like it.
fn counted(plan: &Plan) -> Vec<&Saving> {
    let twice = doubles(plan);
    let own = |saving: &&Saving| saving.same_as.is_none() && twice.iter().all(|(one, _)| one.id != saving.id);
    plan.savings.iter().filter(own).collect()
}

/// What a plan promises, whatever has happened since: its days and sums as they are written, in pounds until the last day counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Promised {
    /// When all is to be done: the last day promised of a step. A step without one ends as the plan lays it out from its first day.
    pub end: Date,
    /// Cash, recurrent and one-off together, each from the promised end of its step; more than a pool holds is promised all the same.
    pub cash: f64,
    /// By kind, in the order of [`Money::kinds`].
    pub kinds: [f64; 6],
    /// Of each kind what is promised in all: pounds a year where it comes each year.
    pub whole: [f64; 6],
    /// Recurrent cash in a whole year, of what is to begin by the last day.
    pub cash_a_year: f64,
}

/// What a plan promises: it does not shrink as the plan slips.
///
/// # Errors
/// When the plan cannot be followed: see [`Plan::check`].
pub fn promised(plan: &Plan) -> Result<Promised, PlanErrors> {
    let fresh = plan.promised();
    let net = Net::of(&fresh, plan.start)?;
    let mut ends = net.place().finish;
    for step in super::order(&net.before).unwrap_or_default() {
        let after = net.before[step].iter().map(|&first| ends[first] + plan.steps[step].days);
        ends[step] = match plan.steps[step].due {
            Some(due) => f64::from(due.0 - plan.start.0),
            None => after.fold(ends[step], f64::max),
        };
    }
    let end = date(plan.start, ends.iter().copied().fold(0.0, f64::max));
    let mut found = Promised { end, cash: 0.0, kinds: [0.0; 6], whole: [0.0; 6], cash_a_year: 0.0 };
    let at = super::index(plan.steps.iter().map(|step| step.id.as_str()));
    let last = f64::from(until(plan).0 - plan.start.0);
    for saving in counted(&fresh) {
        let (recurrent, is_cash) = (saving.again == Again::Recurrent, saving.gives == Gives::Cash);
        let kind = usize::from(!recurrent) * 3 + saving.gives as usize;
        found.whole[kind] += saving.promised;
        let Some(begins) = at.get(saving.step.as_str()).map(|&step| ends[step]).filter(|&begins| begins <= last) else {
            continue;
        };
        let by_then = saving.promised * if recurrent { (last + 1.0 - begins) / YEAR } else { 1.0 };
        found.kinds[kind] += by_then;
        found.cash += if is_cash { by_then } else { 0.0 };
        found.cash_a_year += if is_cash && recurrent { saving.promised } else { 0.0 };
    }
    Ok(found)
}

/// The middle of values: of an even number, between both.
fn middle(mut values: Vec<f32>) -> f64 {
    let half = values.len() / 2;
    if half >= values.len() {
        return 0.0;
    }
    let even = values.len().is_multiple_of(2);
    let (below, at, _) = values.select_nth_unstable_by(half, f32::total_cmp);
    let last = below.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if even { f64::midpoint(f64::from(last), f64::from(*at)) } else { f64::from(*at) }
}

/// One saving that is counted, in numbers.
struct Counted {
    step: usize,
    table: usize,
    promised: f64,
    recurrent: bool,
    gives: usize,
    pool: Option<usize>,
    /// What it was found to bring, and since when in days from the start: nothing is drawn then.
    banked: Option<(f64, f64)>,
}

/// Everything that does not change from run to run, laid out to be walked in order.
struct Game {
    seed: u64,
    now: f32,
    /// The end of the last day counted.
    until: f64,
    /// Steps that are not done, in the order in which they begin; all else about steps is by place in this list.
    list: Vec<usize>,
    place: Vec<Option<usize>>,
    floor: Vec<f32>,
    days: Vec<f32>,
    elapsed: Vec<f32>,
    due: Vec<f32>,
    /// Which table of ratios: that of its class, or its own where it is under way.
    table: Vec<usize>,
    before: Spans<u32>,
    blocked: Spans<u32>,
    needs: Spans<(u32, f32)>,
    /// First lane and slowness of each lane, of each role.
    lanes: Spans<f32>,
    rocks: Vec<usize>,
    rock_days: Vec<f32>,
    scores: Vec<f32>,
    tables: Vec<Vec<f32>>,
    weight_times: [f32; 2],
    weight_money: [f32; 2],
    savings: Vec<Counted>,
    pools: Vec<f64>,
    wins: Vec<usize>,
    done: Vec<f64>,
}

/// Lists of several lengths, end to end.
struct Spans<T> {
    ends: Vec<usize>,
    all: Vec<T>,
}

impl<T> Spans<T> {
    fn of(lists: impl Iterator<Item = Vec<T>>) -> Spans<T> {
        let (mut ends, mut all) = (vec![0], Vec::new());
        for list in lists {
            all.extend(list);
            ends.push(all.len());
        }
        Spans { ends, all }
    }
    fn at(&self, at: usize) -> &[T] {
        &self.all[self.ends[at]..self.ends[at + 1]]
    }
}

impl Game {
    fn of(plan: &Plan, net: &Net, placed: &Placed, reference: &Reference, today: Date, seed: u64) -> Game {
        let list = &placed.list;
        let normal = Normal::standard();
        let scores = (0..SCORES).map(|at| normal.inverse_cdf((at as f64 + 0.5) / SCORES as f64) as f32).collect();
        let shares: Vec<f64> = (0..CELLS).map(|at| normal.cdf((at as f64 + 0.5) * 8.0 / CELLS as f64 - 4.0)).collect();
        let mut tables: Vec<Vec<f32>> = Vec::new();
        let mut put = |ratio: &dyn Fn(f64) -> f64| {
            tables.push(shares.iter().map(|&share| ratio(share).max(0.0) as f32).collect());
            tables.len() - 1
        };
        let (mut times, mut money) = (BTreeMap::new(), BTreeMap::new());
        let table = list.iter().map(|&at| {
            let (class, node) = (plan.steps[at].class.as_str(), &net.nodes[at]);
            // As long as it takes when all goes as promised, on a lane for itself.
            let alone = node.needs.iter().map(|&(role, work)| work * net.lanes[role][0]).fold(node.days, f64::max);
            if node.elapsed > 0.0 && alone > 0.0 {
                let beyond = reference.times.lasting_beyond(class, node.elapsed / alone);
                return put(&beyond);
            }
            *times.entry(class).or_insert_with(|| put(&|share| reference.times.quantile(class, share)))
        });
        let table = table.collect();
        let at = super::index(plan.steps.iter().map(|step| step.id.as_str()));
        let pool = super::index(plan.pools.iter().map(|pool| pool.id.as_str()));
        let banked = |banked: &Banked| (banked.pounds, f64::from(banked.on.0 - plan.start.0));
        let savings = counted(plan)
            .into_iter()
            .filter_map(|saving| {
                let class = saving.class.as_str();
                Some(Counted {
                    step: *at.get(saving.step.as_str())?,
                    table: *money.entry(class).or_insert_with(|| put(&|share| reference.money.quantile(class, share))),
                    promised: saving.promised,
                    recurrent: saving.again == Again::Recurrent,
                    gives: saving.gives as usize,
                    pool: saving.pool.as_ref().and_then(|id| pool.get(id.as_str()).copied()),
                    banked: saving.delivered.as_ref().map(banked),
                })
            })
            .collect();
        let mut place = vec![None; plan.steps.len()];
        list.iter().enumerate().for_each(|(here, &step)| place[step] = Some(here));
        let half_life = reference.rock_half_life_days;
        let rocks: Vec<usize> =
            (0..plan.rocks.len()).filter(|&rock| half_life.is_some() && plan.rocks[rock].lies(today)).collect();
        let blocked = list.iter().map(|&step| {
            let blocks = |rock: usize| plan.rocks[rock].blocks.contains(&plan.steps[step].id);
            (0..rocks.len() as u32).filter(|&rock| blocks(rocks[rock as usize])).collect()
        });
        let blocked = Spans::of(blocked);
        let weights = |common: f64| {
            let common = common.clamp(0.0, 1.0);
            [common.sqrt() as f32, (1.0 - common).sqrt() as f32]
        };
        let floor = |&step: &usize| {
            let done = net.before[step].iter().filter_map(|&first| net.nodes[first].done);
            done.fold(net.nodes[step].floor, f64::max) as f32
        };
        let due = |&step: &usize| {
            plan.steps[step].due.map_or(f32::INFINITY, |due| (due.0 - plan.start.0) as f32 + STILL_THAT_DAY as f32)
        };
        let before = |&step: &usize| net.before[step].iter().filter_map(|&first| Some(place[first]? as u32)).collect();
        let needs =
            |&step: &usize| net.nodes[step].needs.iter().map(|&(role, work)| (role as u32, work as f32)).collect();
        Game {
            seed,
            now: net.now as f32,
            until: f64::from(until(plan).0 - plan.start.0) + 1.0,
            floor: list.iter().map(floor).collect(),
            days: list.iter().map(|&step| net.nodes[step].days as f32).collect(),
            elapsed: list.iter().map(|&step| net.nodes[step].elapsed as f32).collect(),
            due: list.iter().map(due).collect(),
            table,
            before: Spans::of(list.iter().map(before)),
            blocked,
            needs: Spans::of(list.iter().map(needs)),
            lanes: Spans::of(net.lanes.iter().map(|lanes| lanes.iter().map(|&slow| slow as f32).collect())),
            rocks,
            // Half are gone after one half-life, half of the rest after the next: no memory of how long one has lain.
            rock_days: shares.iter().map(|share| (-(1.0 - share).log2() * half_life.unwrap_or(0.0)) as f32).collect(),
            scores,
            tables,
            weight_times: weights(reference.common_times),
            weight_money: weights(reference.common_money),
            savings,
            pools: plan.pools.iter().map(|pool| pool.most).collect(),
            wins: (0..plan.steps.len()).filter(|&step| plan.steps[step].early_win).collect(),
            done: placed.finish.clone(),
            list: list.clone(),
            place,
        }
    }

    /// Sixteen bits of chance for each of four draws in a row, for each of sixteen runs.
    fn chance(&self, group: u64, run: u32) -> [u64; WIDE] {
        let key = mix(self.seed ^ mix(group));
        std::array::from_fn(|lane| mix(key ^ u64::from(run + lane as u32).wrapping_mul(0xd6e8_feb8_6659_fd93)))
    }

    fn score(&self, chance: &[u64; WIDE], which: usize) -> Lane {
        std::array::from_fn(|lane| self.scores[(chance[lane] >> (16 * which + 4)) as usize % SCORES])
    }

    fn look_up(table: &[f32], score: f32) -> f32 {
        table[((score + 4.0) * (CELLS as f32 / 8.0)).clamp(0.0, (CELLS - 1) as f32) as usize % CELLS]
    }

    /// Plays runs `from` until `to`.
    fn play(&self, from: u32, to: u32) -> Sums {
        let mut sums = Sums::new(self, (to - from) as usize);
        let mut finish = vec![[0.0f32; WIDE]; self.list.len()];
        let mut own = vec![[0.0f32; WIDE]; self.list.len()];
        let mut free = vec![[0.0f32; WIDE]; self.lanes.all.len()];
        let mut rocks = vec![[0.0f32; WIDE]; self.rocks.len()];
        let mut rock_scores = rocks.clone();
        for run in (from..to).step_by(WIDE) {
            let live = ((to - run) as usize).min(WIDE);
            let chance = self.chance(u64::MAX, run);
            let (common, common_money) = (self.score(&chance, 0), self.score(&chance, 1));
            for (rock, (days, score)) in rocks.iter_mut().zip(&mut rock_scores).enumerate() {
                *score = self.score(&self.chance(u64::MAX - 1 - rock as u64, run), 0);
                *days = score.map(|score| self.now + Game::look_up(&self.rock_days, score));
            }
            free.iter_mut().for_each(|lane| *lane = [self.now; WIDE]);
            let end = self.dates(
                run,
                (run - from) as usize,
                live,
                &common,
                &rocks,
                &mut finish,
                &mut own,
                &mut free,
                &mut sums,
            );
            let mut note = |at: usize, score: &Lane| {
                let (mut all, mut one, mut two, mut ends, mut both) = (0.0f32, 0.0f32, 0.0f32, 0.0f32, 0.0f32);
                for lane in 0..live {
                    let inside = if score[lane].abs() <= USUAL { 1.0 } else { 0.0 };
                    all += inside;
                    one += inside * score[lane];
                    two += inside * score[lane] * score[lane];
                    ends += inside * end[lane];
                    both += inside * score[lane] * end[lane];
                }
                for (sum, more) in sums.causes[at].iter_mut().zip([all, one, two, ends, both]) {
                    *sum += f64::from(more);
                }
            };
            note(0, &common);
            rock_scores.iter().enumerate().for_each(|(rock, score)| note(1 + rock, score));
            own.iter().enumerate().for_each(|(step, score)| note(1 + self.rocks.len() + step, score));
            sums.ends.extend(end[..live].iter().map(|&end| f64::from(end)));
            let ends =
                |step: usize, lane: usize| self.place[step].map_or(self.done[step], |at| f64::from(finish[at][lane]));
            let drawn: Vec<Lane> =
                (0..self.savings.len()).map(|at| self.score(&self.chance((1 << 40) + at as u64, run), 0)).collect();
            for lane in 0..live {
                let [shared, alone] = self.weight_money;
                let amount = |at: usize| {
                    let saving = &self.savings[at];
                    let score = shared * common_money[lane] + alone * drawn[at][lane];
                    let share = f64::from(Game::look_up(&self.tables[saving.table], score));
                    saving.banked.map_or(saving.promised * share, |banked| banked.0)
                };
                let begins = |at: usize| {
                    let saving = &self.savings[at];
                    saving.banked.map_or(f64::INFINITY, |banked| banked.1).min(ends(saving.step, lane))
                };
                sums.money.push(self.money(amount, begins));
            }
        }
        sums
    }

    /// When each step ends in each of sixteen runs; the end of all.
    #[allow(clippy::too_many_arguments)]
    fn dates(
        &self,
        run: u32,
        since: usize,
        live: usize,
        common: &Lane,
        rocks: &[Lane],
        finish: &mut [Lane],
        own: &mut [Lane],
        free: &mut [Lane],
        sums: &mut Sums,
    ) -> Lane {
        let larger = |a: f32, b: f32| if a > b { a } else { b };
        let [shared, alone] = self.weight_times;
        let mut end = [self.now; WIDE];
        let mut chance = [0; WIDE];
        for at in 0..self.list.len() {
            if at % 4 == 0 {
                chance = self.chance(at as u64 / 4, run);
            }
            let score = self.score(&chance, at % 4);
            let table = &self.tables[self.table[at]];
            let ratio: Lane =
                std::array::from_fn(|lane| Game::look_up(table, shared * common[lane] + alone * score[lane]));
            own[at] = score;
            let mut ready = [self.floor[at]; WIDE];
            for &first in self.before.at(at) {
                let first = &finish[first as usize];
                (0..WIDE).for_each(|lane| ready[lane] = larger(ready[lane], first[lane]));
            }
            for &rock in self.blocked.at(at) {
                let lies = &rocks[rock as usize];
                (0..WIDE).for_each(|lane| ready[lane] = larger(ready[lane], lies[lane]));
            }
            let (days, elapsed) = (self.days[at], self.elapsed[at]);
            let mut over: Lane = std::array::from_fn(|lane| larger(days * ratio[lane] - elapsed, 0.0));
            let mut begins = ready;
            match *self.needs.at(at) {
                [] => (0..WIDE).for_each(|lane| over[lane] += ready[lane]),
                [(role, work)] => {
                    let work: Lane = ratio.map(|ratio| work * ratio);
                    let first = self.lanes.ends[role as usize];
                    let slow = self.lanes.at(role as usize);
                    let (chosen, start) = soonest(&free[first..first + slow.len()], slow, &ready, &work, elapsed);
                    let mut leaves = [0.0f32; WIDE];
                    for (post, &slow) in slow.iter().enumerate() {
                        let free = &mut free[first + post];
                        for lane in 0..WIDE {
                            let until = start[lane] + larger(work[lane] * slow - elapsed, 0.0);
                            let here = chosen[lane] == post as u32;
                            free[lane] = if here { until } else { free[lane] };
                            leaves[lane] = if here { until } else { leaves[lane] };
                        }
                    }
                    (0..WIDE).for_each(|lane| over[lane] = larger(start[lane] + over[lane], leaves[lane]));
                    begins = start;
                }
                ref needs => {
                    // All roles begin together, on the lanes that each would choose by itself.
                    let mut start = ready;
                    let chosen: Vec<[u32; WIDE]> = needs
                        .iter()
                        .map(|&(role, work)| {
                            let work: Lane = ratio.map(|ratio| work * ratio);
                            let first = self.lanes.ends[role as usize];
                            let slow = self.lanes.at(role as usize);
                            let (chosen, from) =
                                soonest(&free[first..first + slow.len()], slow, &ready, &work, elapsed);
                            (0..WIDE).for_each(|lane| start[lane] = larger(start[lane], from[lane]));
                            chosen
                        })
                        .collect();
                    (0..WIDE).for_each(|lane| over[lane] += start[lane]);
                    begins = start;
                    for (&(role, work), chosen) in needs.iter().zip(&chosen) {
                        let first = self.lanes.ends[role as usize];
                        let slow = self.lanes.at(role as usize);
                        for lane in 0..WIDE {
                            let post = chosen[lane] as usize;
                            let until = start[lane] + larger(work * ratio[lane] * slow[post] - elapsed, 0.0);
                            free[first + post][lane] = until;
                            over[lane] = larger(over[lane], until);
                        }
                    }
                }
            }
            let due = self.due[at];
            for lane in 0..WIDE {
                end[lane] = larger(end[lane], over[lane]);
            }
            sums.late[at] += over[..live].iter().map(|&over| u32::from(over > due)).sum::<u32>();
            let here = at * sums.runs + since;
            sums.finish[here..here + live].copy_from_slice(&over[..live]);
            sums.start[here..here + live].copy_from_slice(&begins[..live]);
            finish[at] = over;
        }
        end
    }

    /// One run's money: six kinds until the last day, cash, recurrent cash a year. What begins after the last day takes nothing out of its
    /// pool. A pool gives no more a year than it holds to what comes each year, and no more than that for each year counted to all.
    fn money(&self, amount: impl Fn(usize) -> f64, begins: impl Fn(usize) -> f64) -> [f64; 8] {
        let years = (self.until / YEAR).max(1.0);
        // What each brings a year or in all, and the years that it does so; `None` where it has not begun by the last day.
        let begun: Vec<Option<(f64, f64)>> = (0..self.savings.len())
            .map(|at| {
                let left = self.until - begins(at);
                (left >= 1.0 - STILL_THAT_DAY)
                    .then(|| (amount(at), if self.savings[at].recurrent { left / YEAR } else { 1.0 }))
            })
            .collect();
        let cuts = |most: &dyn Fn(usize) -> f64, taken: &dyn Fn(&Counted, f64, f64) -> f64| {
            let mut pools = vec![0.0f64; self.pools.len()];
            for (saving, begun) in self.savings.iter().zip(&begun) {
                if let (Some(pool), Some((amount, years))) = (saving.pool, *begun) {
                    pools[pool] += taken(saving, amount, years);
                }
            }
            pools.iter().enumerate().map(|(at, sum)| if *sum > most(at) { most(at) / sum } else { 1.0 }).collect()
        };
        let yearly: Vec<f64> =
            cuts(&|pool| self.pools[pool], &|saving, amount, _| if saving.recurrent { amount } else { 0.0 });
        let first = |saving: &Counted| saving.pool.filter(|_| saving.recurrent).map_or(1.0, |pool| yearly[pool]);
        let all: Vec<f64> =
            cuts(&|pool| self.pools[pool] * years, &|saving, amount, years| amount * first(saving) * years);
        let mut out = [0.0; 8];
        for (saving, begun) in self.savings.iter().zip(&begun) {
            let Some((amount, years)) = *begun else { continue };
            let a_year = amount * first(saving);
            let until = a_year * years * saving.pool.map_or(1.0, |pool| all[pool]);
            out[usize::from(!saving.recurrent) * 3 + saving.gives] += until;
            if saving.gives == Gives::Cash as usize {
                out[6] += until;
                out[7] += if saving.recurrent { a_year } else { 0.0 };
            }
        }
        out
    }
}

/// The post of a role on which the work would end soonest, and when it could begin there.
fn soonest(free: &[Lane], slow: &[f32], ready: &Lane, work: &Lane, elapsed: f32) -> ([u32; WIDE], Lane) {
    let larger = |a: f32, b: f32| if a > b { a } else { b };
    let mut best = [f32::INFINITY; WIDE];
    let (mut chosen, mut start) = ([0u32; WIDE], *ready);
    for (post, (free, &slow)) in free.iter().zip(slow).enumerate() {
        for lane in 0..WIDE {
            let from = larger(free[lane], ready[lane]);
            let until = from + larger(work[lane] * slow - elapsed, 0.0);
            let sooner = until < best[lane];
            best[lane] = if sooner { until } else { best[lane] };
            start[lane] = if sooner { from } else { start[lane] };
            chosen[lane] = if sooner { post as u32 } else { chosen[lane] };
        }
    }
    (chosen, start)
}

/// What many runs add up to.
struct Sums {
    ends: Vec<f64>,
    money: Vec<[f64; 8]>,
    late: Vec<u32>,
    /// How many runs `start` and `finish` hold of each step, one step after the other.
    runs: usize,
    start: Vec<f32>,
    finish: Vec<f32>,
    /// Of each cause (common, rocks, steps), over its usual scores: how many, their sum, their squares, the ends, their products.
    causes: Vec<[f64; 5]>,
}

impl Sums {
    fn new(game: &Game, runs: usize) -> Sums {
        let (steps, causes) = (game.list.len(), 1 + game.rocks.len() + game.list.len());
        Sums {
            ends: Vec::new(),
            money: Vec::new(),
            late: vec![0; steps],
            runs,
            start: vec![0.0; steps * runs],
            finish: vec![0.0; steps * runs],
            causes: vec![[0.0; 5]; causes],
        }
    }
    /// All but the days of each step.
    fn add(&mut self, other: Sums) {
        self.ends.extend(other.ends);
        self.money.extend(other.money);
        self.late.iter_mut().zip(other.late).for_each(|(all, more)| *all += more);
        self.causes.iter_mut().flatten().zip(other.causes.iter().flatten()).for_each(|(all, more)| *all += more);
    }
}

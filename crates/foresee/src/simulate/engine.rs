//! The engine: one replication, event by event.
//!
//! People are records of 72 bytes in one list, queues are threaded through them, and what a person does next is read from
//! tables: no closures, no lookups by name, nothing allocated for an event. When a place is freed, a work list (not a
//! recursion) starts those who wait, takes in those who are held elsewhere, first held first, and so frees the next place,
//! until nothing moves. Models that ask for nothing but capacity, queues, classes, priority, routes and blocking take a path
//! from which the rest is compiled away (`RICH` is false); both are this one text.

use std::hint::select_unpredictable;

use super::compile::{Compiled, Crowd, FeedKind, NONE, Post};
use super::list::List;
use super::model::{Full, Order, Preempt, Shift, State as Doing};
use super::outcome::{
    BINS, Deadlocks, Flow, Join, Outcome, Place, ResourceOutcome, ServiceOutcome, Snapshot, SourceOutcome, Step, Tally,
};
use super::random::{NEVER, TICKS, Tables, draw, named, remaining, ticks, under, unit, whole};
use super::save::{Saved, saved};

/// What is asked of a replication beside the model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// How long it lasts; absent: what the model says.
    pub horizon: Option<f64>,
    /// What is left out at the start; absent: what the model says (a rule counts as none).
    pub warm_up: Option<f64>,
    /// Instants at which the place is looked at.
    pub at: Vec<f64>,
    /// Cycle and step of profiles: (24, 1) or (168, 1) hours, by the clock.
    pub profile: Option<(f64, f64)>,
    /// Step of series from time 0.
    pub series: Option<f64>,
}

/// Runs one replication. The same model, seed, replication and options give the same outcome, to the byte.
pub fn replicate(model: &Compiled, seed: u64, replication: u64, options: &Options) -> Outcome {
    let mut run = Run::new(model, seed, replication, options);
    run.go_on(f64::INFINITY);
    run.outcome()
}

// Kinds of event, in the order in which they happen at one instant.
const END: u8 = 0;
const CLEANED: u8 = 1;
const SHIFT: u8 = 2;
const STOCK_SHIFT: u8 = 3;
const DOOR: u8 = 4;
const WORSE: u8 = 5;
const GIVE_UP: u8 = 6;
const ARRIVE: u8 = 7;
const RETURN: u8 = 8;
const SLOT: u8 = 9;
/// An event of no kind.
const NOTHING: u64 = u64::MAX;

// What draws are for; added to a service's own word.
const STAY: u64 = 0x2545_f491_4f6c_dd1d;
const ROUTE: u64 = STAY.wrapping_mul(3);
const PATIENCE: u64 = STAY.wrapping_mul(5);
const BAULK: u64 = STAY.wrapping_mul(7);
const ORDER: u64 = STAY.wrapping_mul(9);
const TRANSFER: u64 = STAY.wrapping_mul(11);
const CLEAN: u64 = STAY.wrapping_mul(13);
const WORSEN: u64 = STAY.wrapping_mul(15);
const CLASS: u64 = STAY.wrapping_mul(17);
const BATCH: u64 = STAY.wrapping_mul(19);
const GAP: u64 = STAY.wrapping_mul(21);
const HEIGHT: u64 = STAY.wrapping_mul(23);
const HOME: u64 = STAY.wrapping_mul(25);
const ELAPSED: u64 = STAY.wrapping_mul(27);
const KEEP: u64 = STAY.wrapping_mul(29);

// What a person is doing.
const FREE: u8 = 0;
const WAITING: u8 = 1;
const IN_CARE: u8 = 2;
const BLOCKED: u8 = 3;
const TRAVELLING: u8 = 4;
const AT_HOME: u8 = 5;

saved! {
    #[derive(Clone, Copy, Debug, Default)]
    struct Person {
        key: u64,
        entered: i64,
        /// At this service.
        arrived: i64,
        /// Care began (the last time, if it was interrupted).
        started: i64,
        /// Care ended; of who waits in a plain model, how long it will take.
        ended: i64,
        /// Neighbours in the queue, or among those held elsewhere who want to come in; `next` also threads free records.
        next: u32,
        prev: u32,
        /// Neighbours among those in care, or among those held here.
        mate_next: u32,
        mate_prev: u32,
        /// Timers of an older stamp are void.
        stamp: u32,
        service: u16,
        target: u16,
        feed: u16,
        visit: u16,
        class: u8,
        doing: u8,
        /// How often pushed out at this service.
        round: u16,
    }
}

saved! {
    /// What only those need who can be pushed out of care.
    #[derive(Clone, Copy, Debug, Default)]
    struct Spell {
        ends: i64,
        /// Of the stay, not yet had; -1: nothing was begun.
        left: i64,
        whole: i64,
        cared: i64,
    }
}

saved! {
    #[derive(Clone, Debug, Default)]
    struct Site {
        waiting: u32,
        in_care: u32,
        blocked: u32,
        /// Units in use: in care, blocked, being cleaned.
        busy: u32,
        capacity: u32,
        /// Units promised to people on their way, and how many people.
        coming: u32,
        travellers: u32,
        cleaning: u32,
        most: u32,
        shut: bool,
        is_full: bool,
        /// One bit for each level of priority at which somebody waits.
        levels: u64,
        /// Those held elsewhere who want to come in, first held first.
        entry: Ends,
        /// Those held here, first held first; and those in care, where that is asked.
        held: Ends,
        care: Ends,
        arrivals: u64,
        waiting_area: i64,
        care_area: i64,
        blocked_area: i64,
        busy_area: i64,
        full_area: i64,
    }
}

saved! {
    /// First and last of a thread of people.
    #[derive(Clone, Copy, Debug)]
    struct Ends {
        head: u32,
        tail: u32,
    }
}

impl Default for Ends {
    fn default() -> Ends {
        Ends { head: NONE, tail: NONE }
    }
}

impl Site {
    /// The areas so far, as if everybody left now.
    fn areas(&self, now: i64) -> [i64; 5] {
        let area = |area: i64, count: u32| area.wrapping_add(now.wrapping_mul(i64::from(count)));
        [
            area(self.waiting_area, self.waiting),
            area(self.care_area, self.in_care),
            area(self.blocked_area, self.blocked),
            area(self.busy_area, self.busy),
            area(self.full_area, u32::from(self.is_full)),
        ]
    }

    fn present(&self) -> u32 {
        self.waiting + self.in_care + self.blocked
    }

    /// Somebody begins to wait.
    #[inline(always)]
    fn one_waits(&mut self, now: i64) {
        self.waiting += 1;
        self.waiting_area = self.waiting_area.wrapping_sub(now);
    }

    /// Somebody waits no longer.
    #[inline(always)]
    fn one_waited(&mut self, now: i64) {
        self.waiting -= 1;
        self.waiting_area = self.waiting_area.wrapping_add(now);
    }

    /// Somebody is cared for no longer.
    #[inline(always)]
    fn one_cared_for(&mut self, now: i64) {
        self.in_care -= 1;
        self.care_area = self.care_area.wrapping_add(now);
    }

    /// Units are taken.
    #[inline(always)]
    fn take(&mut self, units: u32, now: i64) {
        self.busy += units;
        self.busy_area = self.busy_area.wrapping_sub(now.wrapping_mul(i64::from(units)));
    }

    /// Units are free again. Whoever takes or frees them calls the service up, so that [`Site::fullness`] is told in the end.
    #[inline(always)]
    fn free(&mut self, units: u32, now: i64) {
        self.busy -= units;
        self.busy_area = self.busy_area.wrapping_add(now.wrapping_mul(i64::from(units)));
    }

    /// Units that are neither in use nor promised.
    fn spare(&self) -> u32 {
        self.capacity.saturating_sub(self.busy).saturating_sub(self.coming)
    }

    /// Says whether every unit is busy, when that changed.
    #[inline(always)]
    fn fullness(&mut self, now: i64) {
        let full = self.busy >= self.capacity;
        if full != self.is_full {
            self.is_full = full;
            self.full_area = self.full_area.wrapping_add(if full { now.wrapping_neg() } else { now });
        }
    }
}

saved! {
    /// Counts and times, in ticks.
    #[derive(Clone, Debug, Default)]
    struct Sum {
        count: u64,
        /// Counted for waits alone, of which many are nought.
        noughts: u64,
        sum: u64,
        longest: u64,
        bins: Vec<u32>,
    }
}

/// Scale of bins: 2^12 ticks of 2^24 to a unit.
const BIN: u32 = 12;

impl Sum {
    #[inline(always)]
    fn add(&mut self, time: i64) {
        let time = time as u64;
        self.count += 1;
        self.sum = self.sum.wrapping_add(time);
        self.longest = self.longest.max(time);
    }

    #[inline(always)]
    fn add_binned(&mut self, time: i64) {
        self.add(time);
        // One more than the time in bins, as a float: exponent and first bits of the fraction are the bin.
        let scaled = time as f64 * (1.0 / (1u64 << BIN) as f64) + 1.0;
        let bin = (scaled.to_bits().wrapping_sub(1f64.to_bits()) >> (52 - BINS.trailing_zeros())) as usize;
        match self.bins.get_mut(bin) {
            Some(count) => *count += 1,
            None => self.grow(bin),
        }
    }

    #[cold]
    fn grow(&mut self, bin: usize) {
        self.bins.resize((bin + 1).next_multiple_of(4 * BINS), 0);
        self.bins[bin] += 1;
    }

    fn tally(&self) -> Tally {
        let used = self.bins.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
        Tally {
            count: self.count,
            some: self.count - self.noughts,
            sum: self.sum as f64 / TICKS,
            longest: self.longest as f64 / TICKS,
            bins: self.bins[..used].iter().map(|count| u64::from(*count)).collect(),
            bin: if used > 0 { f64::from(1u32 << BIN) / TICKS } else { 0.0 },
        }
    }
}

saved! {
    #[derive(Clone, Debug, Default)]
    struct Counts {
        arrivals: u64,
        waited: u64,
        started: u64,
        lost: u64,
        baulked: u64,
        reneged: u64,
        diverted: u64,
        interrupted: u64,
        worsened: u64,
        wait: Sum,
        given_up: Sum,
        blocked: Sum,
        care: Sum,
        stay: Sum,
    }
}

saved! {
    /// Where a source is.
    #[derive(Clone, Debug, Default)]
    struct FeedState {
        next: i64,
        key: u64,
        index: u64,
        rate: f64,
        rate_until: i64,
        /// By band: time and number of the next candidate.
        bands: Vec<Band>,
        arrivals: u64,
        lost: u64,
    }
}

saved! {
    /// Candidates of a band. The one after the next is drawn before it is asked for, so that nobody waits for its logarithm.
    #[derive(Clone, Copy, Debug)]
    struct Band {
        next: i64,
        after: i64,
        key: u64,
        index: u64,
        /// Which band it is.
        band: u64,
    }
}

impl Band {
    fn new(key: u64, band: usize, mean: f64, tables: &Tables) -> Band {
        let mut band = Band { next: 0, after: 0, key: under(key, band as u64), index: 0, band: band as u64 };
        band.after = whole(mean * tables.exponential(draw(band.key, GAP, 0)));
        band.turn(mean, tables);
        band
    }

    /// Goes on to the next candidate.
    #[inline(always)]
    fn turn(&mut self, mean: f64, tables: &Tables) {
        self.next = self.after;
        self.index += 1;
        self.after = self.next + whole(mean * tables.exponential(draw(self.key, GAP, self.index)));
    }
}

saved! {
    /// People held in one service because another is full.
    #[derive(Clone, Copy, Debug, Default)]
    struct Hold {
        people: u32,
        /// Where it stands in the list of joins that hold somebody.
        at: u32,
        since: i64,
        moved: u64,
        time: i64,
    }
}

saved! {
    #[derive(Clone, Copy, Debug, Default)]
    struct Sampled {
        count: u32,
        waiting: i64,
        care: i64,
        blocked: i64,
        present: u64,
        arrivals: u64,
    }
}

saved! {
    /// Steps of a profile or a series, by service.
    #[derive(Clone, Debug, Default)]
    struct Watch {
        step: i64,
        /// 0: a series.
        cycle: i64,
        next: i64,
        slots: u64,
        /// Step that is being watched, of each service; none before the first tick.
        open: Option<u64>,
        before: Vec<i64>,
        sampled: Vec<Sampled>,
    }
}

saved! {
    #[derive(Clone, Debug, Default)]
    struct Look {
        time: i64,
        waiting: Vec<u32>,
        in_care: Vec<u32>,
        blocked: Vec<u32>,
        arrivals: Vec<u64>,
    }
}

saved! {
    #[derive(Clone, Debug)]
    struct State {
        shape: u64,
        now: i64,
        horizon: i64,
        warm: i64,
        warmed: bool,
        stopped: bool,
        key: u64,
        list: List,
        people: Vec<Person>,
        spells: Vec<Spell>,
        free: u32,
        sites: Vec<Site>,
        queues: Vec<Ends>,
        /// Of each resource: capacity, units in use, area.
        stocks: Vec<(u32, u32, i64)>,
        feeds: Vec<FeedState>,
        next_feed: u32,
        next_feed_at: i64,
        next_control: i64,
        holds: Vec<Hold>,
        holding: Vec<u32>,
        blame: Vec<i64>,
        counts: Vec<Counts>,
        base: Vec<i64>,
        inside: u64,
        inside_area: i64,
        inside_before: u64,
        spent_before: i64,
        came: u64,
        left: u64,
        times: Vec<Sum>,
        deadlocks: u64,
        first_deadlock: Option<i64>,
        ring: Vec<u32>,
        looks: Vec<Look>,
        looked: u64,
        profile: Watch,
        series: Watch,
        events: u64,
    }
}

impl Saved for (u32, u32, i64) {
    fn save(&self, bytes: &mut Vec<u8>) {
        self.0.save(bytes);
        self.1.save(bytes);
        self.2.save(bytes);
    }
    fn load(bytes: &mut &[u8]) -> Option<Self> {
        Some((u32::load(bytes)?, u32::load(bytes)?, i64::load(bytes)?))
    }
}

/// Why saved bytes cannot be gone on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// They are cut short, or no state at all.
    #[error("the saved state cannot be read")]
    Unreadable,
    /// Services, classes, resources or sources are not the same.
    #[error("the saved state is of a model with other services, classes, resources or sources")]
    OtherModel,
}

/// A replication that can be stopped, saved and gone on with.
#[derive(Clone, Debug)]
pub struct Run<'m> {
    model: &'m Compiled,
    state: State,
    work: Vec<u32>,
    /// A service that may be in a ring of people who wait for each other, to be looked at once nothing moves.
    suspect: u32,
    /// Of each service, then of each resource, whether it will be free again without help; kept to be filled again.
    movers: Vec<bool>,
    /// The ring that was found last, kept to be filled again.
    ring: Vec<u32>,
    /// People who moved from each service to each, since last asked; empty when nobody asks.
    moves: Vec<u32>,
}

impl<'m> Run<'m> {
    fn of(model: &'m Compiled, state: State) -> Run<'m> {
        let places = model.sites.len() + model.stocks.len();
        Run {
            model,
            state,
            work: Vec::new(),
            suspect: NONE,
            movers: vec![false; places],
            ring: Vec::new(),
            moves: Vec::new(),
        }
    }

    /// A replication at time 0, with whoever the model says is there.
    pub fn new(model: &'m Compiled, seed: u64, replication: u64, options: &Options) -> Run<'m> {
        let (services, classes) = (model.sites.len(), model.classes);
        let key = under(under(0x0c47_c4a3_9e11_0d5b, seed), replication);
        let horizon = ticks(options.horizon.unwrap_or(model.model.horizon));
        let warm = ticks(options.warm_up.unwrap_or_else(|| model.model.warm_up_time()));
        let mut looks: Vec<i64> = options.at.iter().map(|at| ticks(*at)).collect();
        looks.sort_unstable();
        let watch = |cycle: f64, step: f64| {
            let (cycle, step) = (ticks(cycle), ticks(step).max(1));
            let slots = if cycle > 0 { cycle / step } else { horizon / step + 1 };
            let slots = slots.max(1) as u64;
            Watch {
                step,
                cycle,
                next: 0,
                slots,
                open: None,
                before: vec![0; services * 5],
                sampled: vec![Sampled::default(); services * slots as usize],
            }
        };
        let off = Watch { next: NEVER, ..Watch::default() };
        let state = State {
            shape: model.shape,
            now: 0,
            horizon,
            warm,
            warmed: false,
            stopped: false,
            key,
            list: List::new(model.shift),
            people: Vec::new(),
            spells: Vec::new(),
            free: NONE,
            sites: model
                .sites
                .iter()
                .map(|site| Site {
                    capacity: site.rota.as_ref().map_or(site.capacity, |rota| rota.at(0).0),
                    shut: site.closed.iter().any(|(from, until)| *from <= 0 && 0 < *until),
                    ..Site::default()
                })
                .collect(),
            queues: vec![Ends::default(); services * model.levels],
            stocks: model
                .stocks
                .iter()
                .map(|stock| (stock.rota.as_ref().map_or(stock.capacity, |rota| rota.at(0).0), 0, 0))
                .collect(),
            feeds: vec![FeedState::default(); model.feeds.len()],
            next_feed: 0,
            next_feed_at: NEVER,
            next_control: 0,
            holds: vec![Hold::default(); services * services],
            holding: Vec::new(),
            blame: vec![0; services * services],
            counts: vec![Counts::default(); services * classes],
            base: vec![0; services * 5 + model.stocks.len() + 1],
            inside: 0,
            inside_area: 0,
            inside_before: 0,
            spent_before: 0,
            came: 0,
            left: 0,
            times: vec![Sum::default(); classes],
            deadlocks: 0,
            first_deadlock: None,
            ring: Vec::new(),
            looks: looks.into_iter().map(|time| Look { time, ..Look::default() }).collect(),
            looked: 0,
            profile: options.profile.map_or(off.clone(), |(cycle, step)| watch(cycle, step)),
            series: options.series.map_or(off, |step| watch(0.0, step)),
            events: 0,
        };
        let mut run = Run::of(model, state);
        run.open_doors();
        run.fill();
        run.start_feeds();
        run
    }

    /// The time that has been reached.
    pub fn now(&self) -> f64 {
        self.state.now as f64 / TICKS
    }

    /// Whether it has reached its end, by time or by a deadlock that stops it.
    pub fn is_over(&self) -> bool {
        self.state.stopped || self.state.now >= self.state.horizon
    }

    /// How many moved from each service to each (row by row) since this was last asked; noughts the first time, which starts
    /// the count. Only a model compiled `rich` counts.
    pub(crate) fn moved(&mut self) -> Vec<u32> {
        let services = self.model.sites.len();
        let moves = std::mem::replace(&mut self.moves, vec![0; services * services]);
        if moves.is_empty() { self.moves.clone() } else { moves }
    }

    /// Everything that goes on, as bytes.
    pub fn save(&self) -> Vec<u8> {
        let mut bytes = b"catchment run 1\n".to_vec();
        self.state.save(&mut bytes);
        bytes
    }

    /// Goes on from what was saved: with the same model to the same outcome, or as a branch with one whose services,
    /// classes, resources and sources have the same names.
    ///
    /// # Errors
    /// The bytes are not a state, or one of another model.
    pub fn load(model: &'m Compiled, bytes: &[u8]) -> Result<Run<'m>, LoadError> {
        let mut rest = bytes.strip_prefix(b"catchment run 1\n").ok_or(LoadError::Unreadable)?;
        let state = State::load(&mut rest).filter(|_| rest.is_empty()).ok_or(LoadError::Unreadable)?;
        if state.shape != model.shape || state.queues.len() != model.sites.len() * model.levels {
            return Err(LoadError::OtherModel);
        }
        let mut run = Run::of(model, state);
        run.adopt();
        Ok(run)
    }

    /// Takes up what a changed model says differently from the one that was saved.
    fn adopt(&mut self) {
        let now = self.state.now;
        for at in 0..self.model.sites.len() {
            let site = &self.model.sites[at];
            let capacity = site.rota.as_ref().map_or(site.capacity, |rota| rota.at(now).0);
            if self.state.sites[at].capacity != capacity {
                self.state.sites[at].capacity = capacity;
                self.state.sites[at].fullness(now);
                self.work.push(at as u32);
            }
        }
        for (state, feed) in self.state.feeds.iter_mut().zip(&self.model.feeds) {
            if let FeedKind::Poisson(pace) = &feed.kind {
                state.rate_until = state.rate_until.min(now);
                while state.bands.len() < pace.bands.len() {
                    let index = state.bands.len();
                    let mean = pace.bands[index].2;
                    let key = state.key_of(self.state.key, feed.word);
                    let mut band = Band::new(key, index, mean, &self.model.tables);
                    while band.next <= now {
                        band.turn(mean, &self.model.tables);
                    }
                    state.bands.push(band);
                }
                state.bands.truncate(pace.bands.len());
            }
        }
        if self.model.interrupts {
            self.state.spells.resize(self.state.people.len(), Spell { left: -1, ..Spell::default() });
        }
        if !self.model.rich {
            for who in 0..self.state.people.len() as u32 {
                let Person { doing, service, .. } = self.state.people[who as usize];
                if doing == WAITING {
                    self.state.people[who as usize].ended = self.stay(who, service as usize);
                }
            }
        }
        self.settle::<true>();
        self.unlock();
    }

    /// Goes on until a time, or the end.
    pub fn go_on(&mut self, until: f64) {
        let until = if until.is_finite() { ticks(until).min(self.state.horizon) } else { self.state.horizon };
        match self.model.rich {
            true => self.advance::<true>(until),
            false => self.advance::<false>(until),
        }
    }

    fn advance<const RICH: bool>(&mut self, until: i64) {
        while !self.state.stopped {
            let Some(event) = self.events::<RICH>(until) else {
                self.state.now = self.state.now.max(until);
                break;
            };
            self.other(event);
            self.unlock();
        }
    }

    /// Sources send people and care ends, until the time is reached (none) or something rarer comes, which is returned, or
    /// nothing ([`NOTHING`]) when a service is suspect.
    #[inline(never)]
    fn events<const RICH: bool>(&mut self, until: i64) -> Option<u64> {
        let mut bound = until.min(self.state.next_control - 1);
        loop {
            let (listed, fed) = (self.state.list.first(), self.state.next_feed_at);
            let next = listed.min(fed);
            if next > bound {
                if self.state.next_control > until {
                    return None;
                }
                self.control();
                bound = until.min(self.state.next_control - 1);
                continue;
            }
            debug_assert!(self.state.sites.iter().all(|site| site.is_full == (site.busy >= site.capacity)));
            self.state.events += 1;
            self.state.now = next;
            if fed < listed {
                self.bring::<RICH>();
            } else {
                let event = self.state.list.pop();
                let (kind, who, stamp) = ((event >> 60) as u8, (event >> 32) as u32 & 0x0fff_ffff, event as u32);
                if kind != END {
                    return Some(event);
                }
                if RICH && self.state.people[who as usize].stamp != stamp {
                    continue;
                }
                self.end_care::<RICH>(who);
            }
            if self.suspect != NONE {
                return Some(NOTHING);
            }
        }
    }

    fn other(&mut self, event: u64) {
        let (kind, who, stamp) = ((event >> 60) as u8, (event >> 32) as u32 & 0x0fff_ffff, event as u32);
        let current = |run: &Self| run.state.people[who as usize].stamp == stamp;
        match kind {
            CLEANED => {
                let site = &mut self.state.sites[who as usize];
                site.cleaning -= stamp;
                site.free(stamp, self.state.now);
                self.work.push(who);
            }
            SHIFT => {
                self.change_shift(who as usize);
                self.settle::<true>();
                self.look_again(who as usize);
            }
            STOCK_SHIFT => self.change_stock(who as usize),
            DOOR => {
                self.change_door(who as usize);
                self.settle::<true>();
                self.look_again(who as usize);
            }
            WORSE if current(self) => self.worsen(who),
            GIVE_UP if current(self) => self.give_up(who),
            ARRIVE if current(self) => self.arrive(who),
            RETURN => {
                let person = &mut self.state.people[who as usize];
                let (feed, now) = (person.feed as usize, self.state.now);
                person.entered = now;
                person.visit = person.visit.wrapping_add(1);
                self.state.feeds[feed].arrivals += 1;
                let to = self.model.feeds[feed].to as usize;
                self.enter::<true>(who, to);
            }
            SLOT => self.open_slot(who as usize),
            _ => {}
        }
        self.settle::<true>();
    }

    #[inline(always)]
    fn push(&mut self, time: i64, kind: u8, who: u32, stamp: u32) {
        let event = u64::from(kind) << 60 | u64::from(who) << 32 | u64::from(stamp);
        self.state.list.push(u128::from(time as u64) << 64 | u128::from(event));
    }
}

// People come.
impl Run<'_> {
    fn start_feeds(&mut self) {
        for index in 0..self.model.feeds.len() {
            let feed = &self.model.feeds[index];
            let key = FeedState::default().key_of(self.state.key, feed.word);
            let state = &mut self.state.feeds[index];
            state.key = key;
            match &feed.kind {
                FeedKind::Poisson(pace) => {
                    for (band, (_, _, mean)) in pace.bands.iter().enumerate() {
                        state.bands.push(Band::new(key, band, *mean, &self.model.tables));
                    }
                }
                FeedKind::Closed { people, home } => {
                    state.next = NEVER;
                    for person in 0..*people {
                        let key = under(key, u64::from(person));
                        let time = home * self.model.tables.exponential(draw(key, HOME, 0));
                        let who = self.person(key, index, 0);
                        self.state.people[who as usize].doing = AT_HOME;
                        self.push(time as i64, RETURN, who, 0);
                    }
                    continue;
                }
                FeedKind::Gap(_) | FeedKind::At { .. } => {}
            }
            self.next_of(index);
        }
        self.next_feed();
    }

    /// When a source next sends somebody.
    #[inline(always)]
    fn next_of(&mut self, index: usize) {
        let (feed, state) = (&self.model.feeds[index], &mut self.state.feeds[index]);
        let FeedKind::Poisson(pace) = &feed.kind else { return self.next_of_other(index) };
        loop {
            // Which of them is first cannot be foreseen.
            let mut candidates = state.bands.iter_mut();
            let Some(mut band) = candidates.next() else { return };
            for other in candidates {
                band = select_unpredictable(other.next < band.next, other, band);
            }
            let Some((low, width, mean)) = pace.bands.get(band.band as usize) else { return };
            let Band { next: time, key, index, .. } = *band;
            if time >= feed.until {
                state.next = NEVER;
                return;
            }
            band.turn(*mean, &self.model.tables);
            if time >= state.rate_until {
                (state.rate, state.rate_until) = pace.at(time, &self.model.tables, state.key);
            }
            // One comparison for all bands: which band it is cannot be foreseen.
            if low + width * unit(draw(key, HEIGHT, index)) < state.rate {
                if time < feed.from {
                    continue;
                }
                (state.next, state.index) = (time, under(key, index));
                return;
            }
            if state.rate == 0.0 && state.rate_until >= NEVER {
                state.next = NEVER;
                return;
            }
        }
    }

    fn next_of_other(&mut self, index: usize) {
        let (feed, state) = (&self.model.feeds[index], &mut self.state.feeds[index]);
        loop {
            match &feed.kind {
                FeedKind::Gap(gap) => state.next += gap.sample(&self.model.tables, state.key, GAP, state.index),
                FeedKind::At { every, offset, at } => {
                    let (turn, which) = (state.index / at.len() as u64, (state.index % at.len() as u64) as usize);
                    // A repeating timetable is by the clock: the turn that is going on at time 0 comes first.
                    let first = if *every > 0 { offset.div_euclid(*every) * every } else { 0 };
                    state.next = match turn {
                        0 => first + at[which] - offset,
                        _ if *every > 0 => first + turn as i64 * every + at[which] - offset,
                        _ => NEVER,
                    };
                }
                FeedKind::Closed { .. } | FeedKind::Poisson(_) => return,
            }
            state.index += 1;
            if state.next >= feed.until {
                state.next = NEVER;
            }
            if state.next >= feed.from.max(0) {
                return;
            }
        }
    }

    #[inline(always)]
    fn next_feed(&mut self) {
        let (mut at, mut time) = (0, NEVER);
        if let [only] = &self.state.feeds[..] {
            time = only.next;
        } else {
            for (index, feed) in self.state.feeds.iter().enumerate() {
                if feed.next < time {
                    (at, time) = (index, feed.next);
                }
            }
        }
        (self.state.next_feed, self.state.next_feed_at) = (at as u32, time);
    }

    /// The next people of the sources come.
    #[inline(always)]
    fn bring<const RICH: bool>(&mut self) {
        let index = self.state.next_feed as usize;
        let feed = &self.model.feeds[index];
        let state = &mut self.state.feeds[index];
        let poisson = matches!(feed.kind, FeedKind::Poisson(_));
        let key = if poisson { state.index } else { under(state.key, state.index) };
        let people = match &feed.batch {
            None => 1,
            Some(Crowd::Fixed(people)) => *people,
            Some(Crowd::Drawn(sampler)) => {
                (sampler.sample(&self.model.tables, key, BATCH, 0) as f64 / TICKS).round().clamp(1.0, 1e6) as u32
            }
        };
        state.arrivals += u64::from(people);
        for person in 0..people {
            let key = if person == 0 { key } else { under(key, u64::from(person)) };
            let class = match &feed.classes[..] {
                [(_, class)] => *class,
                classes => {
                    let share = unit(draw(key, CLASS, 0));
                    classes.iter().find(|(below, _)| share < *below).or(classes.last()).map_or(0, |(_, class)| *class)
                }
            };
            if !feed.keep.is_empty() && unit(draw(key, KEEP, 0)) >= feed.kept(class, self.state.now) {
                self.state.feeds[index].arrivals -= 1;
                continue;
            }
            let who = self.person(key, index, class);
            self.enter::<RICH>(who, feed.to as usize);
        }
        self.settle::<RICH>();
        self.next_of(index);
        self.next_feed();
    }

    /// A new record.
    #[inline(always)]
    fn person(&mut self, key: u64, feed: usize, class: u8) -> u32 {
        let fresh = Person { key, entered: self.state.now, feed: feed as u16, class, ..Person::default() };
        match self.state.people.get_mut(self.state.free as usize) {
            Some(place) => {
                let (who, stamp) = (self.state.free, place.stamp);
                self.state.free = place.next;
                *place = Person { stamp: stamp.wrapping_add(1), ..fresh };
                who
            }
            None => {
                self.state.people.push(fresh);
                if self.model.interrupts {
                    self.state.spells.push(Spell { left: -1, ..Spell::default() });
                }
                self.state.people.len() as u32 - 1
            }
        }
    }

    /// Somebody comes from outside (or holds nothing, having given up elsewhere): taken, sent on, or lost.
    #[inline(always)]
    fn enter<const RICH: bool>(&mut self, who: u32, to: usize) {
        let Person { class, doing, .. } = self.state.people[who as usize];
        let mut to = to;
        let mut tries = 0;
        loop {
            let flow = to * self.model.classes + class as usize;
            self.state.counts[flow].arrivals += 1;
            let site = &mut self.state.sites[to];
            site.arrivals += 1;
            let nobody_held = site.entry.head == NONE;
            if RICH && self.baulks(who, to) {
                self.state.counts[flow].baulked += 1;
                return self.turned_away(who, false);
            }
            if nobody_held && self.admits::<RICH>(who, to) {
                // Who has given up elsewhere is inside already.
                if doing != WAITING {
                    self.state.inside += 1;
                    self.state.inside_area = self.state.inside_area.wrapping_sub(self.state.now);
                    self.state.came += 1;
                }
                return self.accept::<RICH>(who, to);
            }
            let site = &self.model.sites[to];
            if RICH && site.full == Some(Full::Divert) && tries < self.model.sites.len() {
                self.state.counts[flow].diverted += 1;
                to = site.divert as usize;
                tries += 1;
                continue;
            }
            self.state.counts[flow].lost += 1;
            return self.turned_away(who, true);
        }
    }

    #[inline(always)]
    fn baulks(&self, who: u32, to: usize) -> bool {
        let Some(baulk) = &self.model.sites[to].baulk else { return false };
        let person = &self.state.people[who as usize];
        let bits = draw(person.key, self.model.sites[to].word.wrapping_add(BAULK), u64::from(person.visit));
        unit(bits) < baulk.share(self.state.sites[to].present())
    }

    /// Not taken: out of the place, and out of the record.
    fn turned_away(&mut self, who: u32, at_the_door: bool) {
        let person = self.state.people[who as usize];
        if person.doing == WAITING {
            return self.depart(who);
        }
        self.state.feeds[person.feed as usize].lost += u64::from(at_the_door);
        self.forget(who);
    }
}

// A service takes people in and begins their care.
impl<'m> Run<'m> {
    #[inline(always)]
    fn post(&self, who: u32, at: usize) -> &'m Post {
        &self.model.posts[at * self.model.classes + self.state.people[who as usize].class as usize]
    }

    /// Whether there is a place for a person: one to be cared for in, or one to wait in.
    #[inline(always)]
    fn admits<const RICH: bool>(&self, who: u32, to: usize) -> bool {
        let (site, state) = (&self.model.sites[to], &self.state.sites[to]);
        if RICH && state.shut {
            return false;
        }
        if site.queue == NONE {
            return true;
        }
        if RICH && site.before {
            // Whoever cannot begin yet waits in a place of care.
            return state.present() + state.travellers < state.capacity.saturating_add(site.queue);
        }
        let mut wait = state.waiting;
        if RICH && state.coming > 0 {
            wait += state.coming.saturating_sub(state.capacity.saturating_sub(state.busy));
        }
        wait < site.queue || self.can_start_new::<RICH>(who, to)
    }

    /// Whether care can begin for somebody who has just come: nobody of their priority or above is before them.
    #[inline(always)]
    fn can_start_new<const RICH: bool>(&self, who: u32, to: usize) -> bool {
        let site = &self.state.sites[to];
        let mine = if self.model.levels == 1 { u64::MAX } else { (2u64 << self.post(who, to).level).wrapping_sub(1) };
        site.levels & mine == 0 && if RICH { self.can_start::<RICH>(who, to) } else { site.busy < site.capacity }
    }

    /// Whether units, and all else that is needed, are free.
    #[inline(always)]
    fn can_start<const RICH: bool>(&self, who: u32, at: usize) -> bool {
        let state = &self.state.sites[at];
        if !RICH {
            return state.busy < state.capacity;
        }
        let (site, post) = (&self.model.sites[at], self.post(who, at));
        // Promised units are for those on their way.
        let free = state.spare();
        free >= post.units && site.slots.is_none() && self.others_allow(who, at)
    }

    /// Whether resources are free.
    fn resources_allow(&self, who: u32, at: usize) -> bool {
        let needs = self.post(who, at).needs;
        self.model.needs[needs.0 as usize..needs.1 as usize].iter().all(|(stock, units, _)| {
            let (capacity, busy, _) = self.state.stocks[*stock as usize];
            capacity.saturating_sub(busy) >= *units
        })
    }

    /// Whether resources and, where care waits for it, the place ahead are free.
    fn others_allow(&self, who: u32, at: usize) -> bool {
        self.resources_allow(who, at)
            && self
                .ahead(who, at)
                .is_none_or(|to| self.state.sites[to].entry.head == NONE && self.admits::<true>(who, to))
    }

    /// Whether a person from inside waits for a place here (rather than being lost or sent elsewhere).
    fn holds_back(&self, to: usize) -> bool {
        !matches!(self.model.sites[to].full, Some(Full::Lose | Full::Divert))
    }

    /// A person who is admitted comes in: care begins, or they wait.
    #[inline(always)]
    fn accept<const RICH: bool>(&mut self, who: u32, to: usize) {
        let person = &mut self.state.people[who as usize];
        let flow = to * self.model.classes + person.class as usize;
        person.service = to as u16;
        person.arrived = self.state.now;
        person.round = 0;
        person.visit = person.visit.wrapping_add(self.model.posts[flow].returns);
        if RICH && self.model.interrupts {
            self.state.spells[who as usize] = Spell { left: -1, ..Spell::default() };
        }
        // Of a plain model a stay is drawn on coming, so that whoever is next need not wait for it to be drawn.
        let plain = !RICH || !self.model.rich;
        let stay = if plain { self.stay(who, to) } else { 0 };
        if self.can_start_new::<RICH>(who, to) {
            match plain {
                true => self.begin::<RICH>(who, to, stay),
                false => self.start::<RICH>(who, to),
            }
        } else {
            if plain {
                self.state.people[who as usize].ended = stay;
            }
            self.wait::<RICH>(who, to);
            let waits = !RICH || self.state.people[who as usize].doing == WAITING;
            self.state.counts[flow].waited += u64::from(waits);
        }
        let state = &mut self.state.sites[to];
        state.fullness(self.state.now);
        state.most = state.most.max(state.present());
    }

    #[inline(always)]
    fn wait<const RICH: bool>(&mut self, who: u32, at: usize) {
        let order = if RICH { self.model.sites[at].order } else { Order::First };
        self.state.people[who as usize].doing = WAITING;
        let state = &mut self.state.sites[at];
        state.one_waits(self.state.now);
        match order {
            Order::First => self.queue_last(who, at),
            Order::Last => {
                let head = self.queue(who, at).head;
                self.queue_before(who, at, head);
            }
            Order::Random => {
                let person = &self.state.people[who as usize];
                let (mut place, mut others) = (self.queue(who, at).head, 0u64);
                while place != NONE {
                    others += 1;
                    place = self.state.people[place as usize].next;
                }
                let word = self.model.sites[at].word.wrapping_add(ORDER);
                let chosen = unit(draw(person.key, word, u64::from(person.visit))) * (others + 1) as f64;
                place = self.queue(who, at).head;
                for _ in 0..chosen as u64 {
                    place = self.state.people[place as usize].next;
                }
                self.queue_before(who, at, place);
            }
        }
        if RICH {
            if self.model.locks {
                self.suspect_if_stuck(at);
            }
            self.set_timers(who, at, true, 0);
            if self.model.sites[at].preempt.is_some() {
                self.preempt(at);
            }
        }
    }

    fn queue(&self, who: u32, at: usize) -> Ends {
        self.state.queues[at * self.model.levels + self.post(who, at).level as usize]
    }

    /// Puts a person into their level's queue before another, or last.
    #[inline(always)]
    fn queue_before(&mut self, who: u32, at: usize, before: u32) {
        let level = if self.model.levels == 1 { 0 } else { self.post(who, at).level };
        self.state.sites[at].levels |= 1 << level;
        let ends = &mut self.state.queues[at * self.model.levels + level as usize];
        link(&mut self.state.people, ends, who, before, |person| (&mut person.next, &mut person.prev));
    }

    /// The same, last.
    #[inline(always)]
    fn queue_last(&mut self, who: u32, at: usize) {
        let level = if self.model.levels == 1 { 0 } else { self.post(who, at).level };
        self.state.sites[at].levels |= 1 << level;
        let ends = &mut self.state.queues[at * self.model.levels + level as usize];
        let before = std::mem::replace(&mut ends.tail, who);
        match self.state.people.get_mut(before as usize) {
            Some(other) => other.next = who,
            None => ends.head = who,
        }
        let person = &mut self.state.people[who as usize];
        (person.next, person.prev) = (NONE, before);
    }

    /// Takes the first of a level out of its queue.
    #[inline(always)]
    fn unqueue_first(&mut self, at: usize, level: u32) {
        let ends = &mut self.state.queues[at * self.model.levels + level as usize];
        let next = self.state.people[ends.head as usize].next;
        ends.head = next;
        let state = &mut self.state.sites[at];
        match self.state.people.get_mut(next as usize) {
            Some(other) => other.prev = NONE,
            None => {
                ends.tail = NONE;
                state.levels &= !(1 << level);
            }
        }
        state.one_waited(self.state.now);
    }

    /// Takes a person out of their queue.
    #[inline(always)]
    fn unqueue(&mut self, who: u32, at: usize) {
        let level = if self.model.levels == 1 { 0 } else { self.post(who, at).level };
        let ends = &mut self.state.queues[at * self.model.levels + level as usize];
        unlink(&mut self.state.people, ends, who, |person| (&mut person.next, &mut person.prev));
        let state = &mut self.state.sites[at];
        if ends.head == NONE {
            state.levels &= !(1 << level);
        }
        state.one_waited(self.state.now);
    }

    /// Patience and worsening begin to run; of both, `elapsed` ticks have gone.
    fn set_timers(&mut self, who: u32, at: usize, patience: bool, elapsed: i64) {
        let person = self.state.people[who as usize];
        let post = self.post(who, at);
        let (tables, word, visit) = (&self.model.tables, self.model.sites[at].word, u64::from(person.visit));
        let now = self.state.now;
        if patience && post.patience != NONE {
            let sampler = &self.model.samplers[post.patience as usize];
            let time = if elapsed > 0 {
                let service = &self.model.model.services[at];
                let given = service.patience_of(self.model.model.class_names()[person.class as usize]);
                let bits = draw(person.key, word.wrapping_add(PATIENCE), visit);
                given.map_or(NEVER, |given| remaining(given, elapsed, bits))
            } else {
                sampler.sample(tables, person.key, word.wrapping_add(PATIENCE), visit)
            };
            self.push(now + time, GIVE_UP, who, person.stamp);
        }
        let changes = post.worsenings.0 as usize..post.worsenings.1 as usize;
        let first = self.model.worsenings[changes].iter().enumerate().map(|(change, (_, after))| {
            let word = word.wrapping_add(WORSEN).wrapping_add(change as u64);
            self.model.samplers[*after as usize].sample(tables, person.key, word, visit)
        });
        if let Some(time) = first.min() {
            self.push(now + (time - elapsed).max(0), WORSE, who, person.stamp);
        }
    }

    /// Care begins (again).
    #[inline(always)]
    fn start<const RICH: bool>(&mut self, who: u32, at: usize) {
        let left = if RICH && self.model.interrupts { self.state.spells[who as usize].left } else { -1 };
        let stay = match left {
            ..0 => self.stay(who, at),
            left => left,
        };
        self.begin::<RICH>(who, at, stay);
    }

    /// How long a person's care will take.
    #[inline(always)]
    fn stay(&self, who: u32, at: usize) -> i64 {
        let (model, person) = (self.model, &self.state.people[who as usize]);
        let post = &model.posts[at * model.classes + person.class as usize];
        if post.stay == NONE {
            return 0;
        }
        let time = u64::from(person.visit) | u64::from(person.round) << 32;
        model.samplers[post.stay as usize].sample(&model.tables, person.key, post.word.wrapping_add(STAY), time)
    }

    /// Care begins, for so long.
    #[inline(always)]
    fn begin<const RICH: bool>(&mut self, who: u32, at: usize, stay: i64) {
        let now = self.state.now;
        let person = &mut self.state.people[who as usize];
        let flow = at * self.model.classes + person.class as usize;
        person.doing = IN_CARE;
        person.started = now;
        person.stamp = person.stamp.wrapping_add(1);
        let stamp = person.stamp;
        let state = &mut self.state.sites[at];
        state.in_care += 1;
        state.care_area = state.care_area.wrapping_sub(now);
        state.take(if RICH { self.model.posts[flow].units } else { 1 }, now);
        self.state.counts[flow].started += 1;
        if RICH {
            self.start_rest(who, at, stay);
        }
        self.push(now + stay, END, who, stamp);
    }

    fn start_rest(&mut self, who: u32, at: usize, stay: i64) {
        let now = self.state.now;
        self.take_needs(who, at, &[false, true]);
        let site = &self.model.sites[at];
        if self.model.interrupts {
            let spell = &mut self.state.spells[who as usize];
            if spell.left < 0 {
                spell.whole = stay;
            }
            spell.ends = now + stay;
        }
        if site.mates {
            let ends = &mut self.state.sites[at].care;
            link(&mut self.state.people, ends, who, NONE, |person| (&mut person.mate_next, &mut person.mate_prev));
        }
        if site.before {
            let ahead = self.ahead(who, at);
            self.state.people[who as usize].target = ahead.map_or(u16::MAX, |to| to as u16);
            if let Some(to) = ahead {
                self.promise(who, to, 1);
            }
        }
    }

    /// Promises a place to somebody on their way, or takes the promise back.
    fn promise(&mut self, who: u32, to: usize, people: i32) {
        if self.model.sites[to].queue != NONE {
            let units = self.post(who, to).units;
            let state = &mut self.state.sites[to];
            match people > 0 {
                true => state.coming += units,
                false => state.coming -= units,
            }
        }
        let travellers = &mut self.state.sites[to].travellers;
        *travellers = travellers.wrapping_add_signed(people);
    }

    /// Pushes out whom the first in the queue comes before, if that makes room for them.
    fn preempt(&mut self, at: usize) {
        loop {
            let levels = self.state.sites[at].levels;
            if levels == 0 {
                return;
            }
            let level = levels.trailing_zeros();
            let who = self.state.queues[at * self.model.levels + level as usize].head;
            let units = self.post(who, at).units;
            let state = &self.state.sites[at];
            let mut free = state.spare();
            if free < units {
                // The lowest priority goes first; among equals, who was taken last.
                let (mut victim, mut lowest, mut mate) = (NONE, level, state.care.head);
                while mate != NONE {
                    let theirs = self.post(mate, at);
                    if u32::from(theirs.level) > level {
                        free += theirs.units;
                        if u32::from(theirs.level) >= lowest {
                            (victim, lowest) = (mate, u32::from(theirs.level));
                        }
                    }
                    mate = self.state.people[mate as usize].mate_next;
                }
                if victim == NONE || free < units || !self.others_allow(who, at) {
                    return;
                }
                self.interrupt(victim, at, self.model.sites[at].preempt.unwrap_or(Preempt::Resume));
            } else {
                if !self.can_start::<true>(who, at) {
                    return;
                }
                self.unqueue(who, at);
                self.start::<true>(who, at);
            }
        }
    }

    /// Pushes a person out of care, to the head of their queue.
    fn interrupt(&mut self, who: u32, at: usize, how: Preempt) {
        let now = self.state.now;
        self.stop_care(who, at);
        let units = self.post(who, at).units;
        self.state.sites[at].free(units, now);
        let class = self.state.people[who as usize].class as usize;
        self.state.counts[at * self.model.classes + class].interrupted += 1;
        let person = &mut self.state.people[who as usize];
        let spell = &mut self.state.spells[who as usize];
        spell.cared += now - person.started;
        spell.left = match how {
            Preempt::Resume => spell.ends - now,
            Preempt::Restart => spell.whole,
            Preempt::Resample => -1,
        };
        person.round = person.round.wrapping_add(1);
        person.stamp = person.stamp.wrapping_add(1);
        person.doing = WAITING;
        if self.model.sites[at].before && person.target != u16::MAX {
            let to = person.target as usize;
            self.promise(who, to, -1);
        }
        let state = &mut self.state.sites[at];
        state.one_waits(now);
        let head = self.queue(who, at).head;
        self.queue_before(who, at, head);
        self.free_needs(who, at, &[false, true]);
    }

    /// Out of care: the person's record is left as it is.
    #[inline(always)]
    fn stop_care(&mut self, who: u32, at: usize) {
        let state = &mut self.state.sites[at];
        state.one_cared_for(self.state.now);
        if self.model.sites[at].mates {
            let ends = &mut self.state.sites[at].care;
            unlink(&mut self.state.people, ends, who, |person| (&mut person.mate_next, &mut person.mate_prev));
        }
    }

    /// Takes what is needed for care.
    fn take_needs(&mut self, who: u32, at: usize, which: &[bool]) {
        let (from, to) = self.post(who, at).needs;
        for need in from..to {
            let (stock, units, held) = self.model.needs[need as usize];
            if which.contains(&held) {
                let stock = &mut self.state.stocks[stock as usize];
                stock.1 += units;
                stock.2 = stock.2.wrapping_sub(self.state.now.wrapping_mul(i64::from(units)));
            }
        }
    }

    /// Gives back what was needed for care (or what is kept beyond it), and calls those who wait for it: longest waiting
    /// first, by priority.
    fn free_needs(&mut self, who: u32, at: usize, which: &[bool]) {
        let (from, to) = self.post(who, at).needs;
        for need in from..to {
            let (stock, units, held) = self.model.needs[need as usize];
            if which.contains(&held) {
                let state = &mut self.state.stocks[stock as usize];
                state.1 -= units;
                state.2 = state.2.wrapping_add(self.state.now.wrapping_mul(i64::from(units)));
            }
        }
        for need in from..to {
            if which.contains(&self.model.needs[need as usize].2) {
                self.call_users(self.model.needs[need as usize].0 as usize);
            }
        }
    }

    /// Puts the services that need a resource on the work list, so that who has waited longest is looked at first; those who
    /// are held elsewhere for want of it come after those who wait.
    fn call_users(&mut self, stock: usize) {
        let start = self.work.len();
        for user in &self.model.stocks[stock].users {
            let site = &self.state.sites[*user as usize];
            if site.waiting > 0 || site.entry.head != NONE {
                self.work.push(*user);
            }
        }
        // The list is taken from its end.
        let mut work = std::mem::take(&mut self.work);
        work[start..].sort_unstable_by_key(|user| std::cmp::Reverse(self.rank(*user)));
        self.work = work;
    }

    /// Priority of who is next at a service where somebody is, since when they wait, and the service.
    fn rank(&self, at: u32) -> (u32, i64, u32) {
        let site = &self.state.sites[at as usize];
        let next = self.next_in(at as usize).map(|who| &self.state.people[who as usize]);
        let since = next.map_or(NEVER, |person| if site.waiting > 0 { person.arrived } else { person.ended });
        (site.levels.trailing_zeros(), since, at)
    }
}

// Care ends, and people go on.
impl Run<'_> {
    #[inline(always)]
    fn end_care<const RICH: bool>(&mut self, who: u32) {
        let now = self.state.now;
        let person = &mut self.state.people[who as usize];
        let at = person.service as usize;
        person.ended = now;
        if RICH {
            person.stamp = person.stamp.wrapping_add(1);
            let post = &self.model.posts[at * self.model.classes + person.class as usize];
            let needs = post.needs.1 > post.needs.0;
            self.stop_care(who, at);
            if needs {
                self.free_needs(who, at, &[false]);
            }
            if self.model.sites[at].before {
                let target = self.state.people[who as usize].target;
                if target != u16::MAX {
                    self.promise(who, target as usize, -1);
                    self.leave::<true>(who, at);
                    self.set_out::<true>(who, at, target as usize);
                    return self.settle::<true>();
                }
            }
        } else {
            self.state.sites[at].one_cared_for(now);
        }
        match self.route(who, at) {
            None => {
                self.leave::<RICH>(who, at);
                self.depart(who);
            }
            Some(to) => self.hand_on::<RICH>(who, at, to),
        }
        self.settle::<RICH>();
    }

    /// Where a person goes next; none: out of the place.
    #[inline(always)]
    fn route(&self, who: u32, at: usize) -> Option<usize> {
        let post = self.post(who, at);
        let (from, to) = post.ways;
        if from == to {
            return None;
        }
        let person = &self.state.people[who as usize];
        let bits = draw(person.key, post.word.wrapping_add(ROUTE), u64::from(person.visit));
        let ways = &self.model.ways[from as usize..to as usize];
        if post.plain {
            // As many ways are passed by as end at or below the draw: counted, since which it is cannot be foreseen.
            let mut passed = 0;
            for way in ways {
                passed += usize::from(way.below <= bits);
            }
            return ways.get(passed).map(|way| way.to as usize);
        }
        let mut share = unit(bits);
        for way in ways.iter().filter(|way| way.condition == NONE || self.holds(way.condition)) {
            share -= way.share;
            if share < -1e-12 {
                return Some(way.to as usize);
            }
        }
        None
    }

    /// Whether a way is open.
    fn holds(&self, condition: u32) -> bool {
        let condition = &self.model.conditions[condition as usize];
        let hours = condition.hours.is_none_or(|(from, until)| {
            let hour = ((self.state.now + self.model.week_starts).rem_euclid(24 * self.model.hour)) as f64
                / self.model.hour as f64
                * TICKS;
            let hour = hour as i64;
            if from <= until { from <= hour && hour < until } else { hour >= from || hour < until }
        });
        hours
            && condition.when.is_none_or(|(service, least, most)| {
                let present = self.state.sites[service as usize].present();
                least <= present && (most == NONE || present <= most)
            })
    }

    /// Ready for the next service: goes there, is sent elsewhere, or holds the place here until there is one.
    #[inline(always)]
    fn hand_on<const RICH: bool>(&mut self, who: u32, at: usize, to: usize) {
        let mut to = to;
        let mut tries = 0;
        loop {
            if RICH && self.baulks(who, to) {
                let class = self.state.people[who as usize].class as usize;
                let counts = &mut self.state.counts[to * self.model.classes + class];
                counts.arrivals += 1;
                counts.baulked += 1;
                self.state.sites[to].arrivals += 1;
                self.leave::<RICH>(who, at);
                return self.depart(who);
            }
            if self.state.sites[to].entry.head == NONE && self.admits::<RICH>(who, to) {
                self.leave::<RICH>(who, at);
                return self.set_out::<RICH>(who, at, to);
            }
            let site = &self.model.sites[to];
            if !RICH || self.holds_back(to) || tries >= self.model.sites.len() {
                return self.hold(who, at, to);
            }
            let class = self.state.people[who as usize].class as usize;
            let counts = &mut self.state.counts[to * self.model.classes + class];
            counts.arrivals += 1;
            self.state.sites[to].arrivals += 1;
            if site.full == Some(Full::Lose) {
                counts.lost += 1;
                self.leave::<RICH>(who, at);
                return self.depart(who);
            }
            counts.diverted += 1;
            to = site.divert as usize;
            tries += 1;
        }
    }

    /// On the way to the next service, whose place is assured.
    #[inline(always)]
    fn set_out<const RICH: bool>(&mut self, who: u32, at: usize, to: usize) {
        if RICH && !self.moves.is_empty() {
            self.moves[at * self.model.sites.len() + to] += 1;
        }
        let transfer = if RICH { self.model.sites[at].transfer } else { NONE };
        if RICH && transfer != NONE {
            self.promise(who, to, 1);
            let person = &mut self.state.people[who as usize];
            person.doing = TRAVELLING;
            person.target = to as u16;
            person.stamp = person.stamp.wrapping_add(1);
            let (stamp, word) = (person.stamp, self.model.sites[at].word.wrapping_add(TRANSFER));
            let time = u64::from(person.visit);
            let time = self.model.samplers[transfer as usize].sample(&self.model.tables, person.key, word, time);
            return self.push(self.state.now + time, ARRIVE, who, stamp);
        }
        let class = self.state.people[who as usize].class as usize;
        self.state.counts[to * self.model.classes + class].arrivals += 1;
        self.state.sites[to].arrivals += 1;
        self.accept::<RICH>(who, to);
    }

    fn arrive(&mut self, who: u32) {
        let person = self.state.people[who as usize];
        let to = person.target as usize;
        self.promise(who, to, -1);
        self.state.counts[to * self.model.classes + person.class as usize].arrivals += 1;
        self.state.sites[to].arrivals += 1;
        self.accept::<true>(who, to);
        self.work.push(to as u32);
    }

    /// Leaves a service after care: its units are free (or cleaned first), its times are told.
    #[inline(always)]
    fn leave<const RICH: bool>(&mut self, who: u32, at: usize) {
        let now = self.state.now;
        if RICH && self.model.sites[at].keeps {
            self.free_needs(who, at, &[true]);
        }
        let person = self.state.people[who as usize];
        let flow = at * self.model.classes + person.class as usize;
        let cared = if RICH && self.model.interrupts { self.state.spells[who as usize].cared } else { 0 };
        let care = cared + person.ended - person.started;
        let counts = &mut self.state.counts[flow];
        let wait = person.ended - person.arrived - care;
        counts.wait.add_binned(wait);
        counts.wait.noughts += u64::from(wait == 0);
        if now > person.ended {
            counts.blocked.add_binned(now - person.ended);
        }
        counts.care.count += 1;
        counts.care.sum = counts.care.sum.wrapping_add(care as u64);
        counts.stay.add_binned(now - person.arrived);
        let units = if RICH { self.model.posts[flow].units } else { 1 };
        if RICH && self.model.sites[at].turnaround != NONE {
            let word = self.model.sites[at].word.wrapping_add(CLEAN);
            let sampler = &self.model.samplers[self.model.sites[at].turnaround as usize];
            let time = sampler.sample(&self.model.tables, person.key, word, u64::from(person.visit));
            self.state.sites[at].cleaning += units;
            return self.push(now + time, CLEANED, at as u32, units);
        }
        self.state.sites[at].free(units, now);
        self.work.push(at as u32);
    }

    /// Leaves the place.
    #[inline(always)]
    fn depart(&mut self, who: u32) {
        let now = self.state.now;
        let person = &self.state.people[who as usize];
        self.state.times[person.class as usize].add_binned(now - person.entered);
        self.state.left += 1;
        self.state.inside -= 1;
        self.state.inside_area = self.state.inside_area.wrapping_add(now);
        self.forget(who);
    }

    /// The record is free for another, or its person is at home until they come again.
    #[inline(always)]
    fn forget(&mut self, who: u32) {
        let person = &mut self.state.people[who as usize];
        person.stamp = person.stamp.wrapping_add(1);
        if self.model.closed
            && let Some(FeedKind::Closed { home, .. }) =
                self.model.feeds.get(person.feed as usize).map(|feed| &feed.kind)
        {
            person.doing = AT_HOME;
            let time = home * self.model.tables.exponential(draw(person.key, HOME, u64::from(person.visit) + 1));
            return self.push(self.state.now + time as i64, RETURN, who, 0);
        }
        person.doing = FREE;
        person.next = self.state.free;
        self.state.free = who;
    }
}

// People are held where they are, and let go again.
impl Run<'_> {
    #[inline(never)]
    fn hold(&mut self, who: u32, at: usize, to: usize) {
        let now = self.state.now;
        if self.state.sites[at].blocked == 0 {
            self.tell_blame();
        }
        let person = &mut self.state.people[who as usize];
        (person.doing, person.target) = (BLOCKED, to as u16);
        let entry = &mut self.state.sites[to].entry;
        link(&mut self.state.people, entry, who, NONE, |person| (&mut person.next, &mut person.prev));
        let state = &mut self.state.sites[at];
        link(&mut self.state.people, &mut state.held, who, NONE, |person| {
            (&mut person.mate_next, &mut person.mate_prev)
        });
        state.blocked += 1;
        state.blocked_area = state.blocked_area.wrapping_sub(now);
        self.join(at, to, 1);
        if self.state.sites[at].in_care == 0 || self.model.locks {
            self.suspect = at as u32;
        }
    }

    /// Lets go of a person who was held (their record says where and for what).
    fn let_go(&mut self, who: u32) {
        let now = self.state.now;
        let (at, to) =
            (self.state.people[who as usize].service as usize, self.state.people[who as usize].target as usize);
        if self.state.sites[at].held.head == who {
            self.tell_blame();
        }
        let entry = &mut self.state.sites[to].entry;
        unlink(&mut self.state.people, entry, who, |person| (&mut person.next, &mut person.prev));
        let state = &mut self.state.sites[at];
        unlink(&mut self.state.people, &mut state.held, who, |person| (&mut person.mate_next, &mut person.mate_prev));
        state.blocked -= 1;
        state.blocked_area = state.blocked_area.wrapping_add(now);
        self.join(at, to, -1);
    }

    /// One person more or fewer is held at a join.
    fn join(&mut self, at: usize, to: usize, people: i32) {
        let now = self.state.now;
        let index = at * self.model.sites.len() + to;
        self.tell(index);
        let hold = &mut self.state.holds[index];
        hold.people = hold.people.wrapping_add_signed(people);
        if people > 0 {
            hold.time = hold.time.wrapping_sub(now);
            if hold.people == 1 {
                (hold.at, hold.since) = (self.state.holding.len() as u32, now);
                self.state.holding.push(index as u32);
            }
        } else {
            hold.time = hold.time.wrapping_add(now);
            hold.moved += 1;
            if hold.people == 0 {
                let place = hold.at;
                self.state.holding.swap_remove(place as usize);
                if let Some(moved) = self.state.holding.get(place as usize) {
                    self.state.holds[*moved as usize].at = place;
                }
            }
        }
    }

    /// Who is to blame may change now: tells what was so far.
    fn tell_blame(&mut self) {
        for place in 0..self.state.holding.len() {
            self.tell(self.state.holding[place] as usize);
        }
    }

    /// Tells whose fault the time held at a join has been since it was last told: of the service that is waited for, or, if
    /// one of its own people is held, of what the longest held of them waits for, and so on along the chain.
    fn tell(&mut self, index: usize) {
        let services = self.model.sites.len();
        let hold = &self.state.holds[index];
        let time = self.state.now - hold.since;
        if hold.people == 0 || time == 0 {
            return;
        }
        let mut cause = index % services;
        for _ in 0..services {
            match self.state.sites[cause].held.head {
                NONE => break,
                first => cause = self.state.people[first as usize].target as usize,
            }
        }
        let cell = &mut self.state.blame[index / services * services + cause];
        *cell = cell.wrapping_add(time.wrapping_mul(i64::from(hold.people)));
        self.state.holds[index].since = self.state.now;
    }

    /// Starts those who wait and takes in those who are held elsewhere, until nothing moves.
    #[inline(always)]
    fn settle<const RICH: bool>(&mut self) {
        while let Some(at) = self.work.pop() {
            let at = at as usize;
            self.start_waiting::<RICH>(at);
            if self.state.sites[at].entry.head != NONE {
                self.take_in::<RICH>(at);
            }
            if RICH && self.model.locks {
                self.suspect_if_stuck(at);
            }
            if RICH && !self.model.sites[at].heralds.is_empty() {
                for herald in &self.model.sites[at].heralds {
                    if self.state.sites[*herald as usize].waiting > 0 {
                        self.start_waiting::<true>(*herald as usize);
                        if self.state.sites[*herald as usize].entry.head != NONE {
                            self.take_in::<true>(*herald as usize);
                        }
                    }
                }
            }
        }
    }

    /// Nobody is in care, and yet somebody waits, or is held elsewhere who could come in.
    fn suspect_if_stuck(&mut self, at: usize) {
        let site = &self.state.sites[at];
        if site.in_care == 0 && (site.levels != 0 || site.entry.head != NONE) {
            self.suspect = at as u32;
        }
    }

    #[inline(always)]
    fn start_waiting<const RICH: bool>(&mut self, at: usize) {
        loop {
            let site = &mut self.state.sites[at];
            let level = site.levels.trailing_zeros();
            if site.levels == 0 || !RICH && site.busy >= site.capacity {
                return site.fullness(self.state.now);
            }
            let who = self.state.queues[at * self.model.levels + level as usize].head;
            if RICH && !self.can_start::<RICH>(who, at) {
                return self.state.sites[at].fullness(self.state.now);
            }
            self.unqueue_first(at, level);
            match RICH {
                true => self.start::<true>(who, at),
                false => self.begin::<false>(who, at, self.state.people[who as usize].ended),
            }
        }
    }

    /// Takes in those who are held elsewhere, first held first, while there are places.
    #[inline(never)]
    fn take_in<const RICH: bool>(&mut self, to: usize) {
        loop {
            let who = self.state.sites[to].entry.head;
            if who == NONE || !self.admits::<RICH>(who, to) {
                return;
            }
            let at = self.state.people[who as usize].service as usize;
            self.let_go(who);
            self.leave::<RICH>(who, at);
            self.set_out::<RICH>(who, at, to);
        }
    }

    /// A service that could have been helped by the clock, and was not, may be in a ring.
    fn look_again(&mut self, at: usize) {
        if self.state.sites[at].blocked > 0 && self.state.sites[at].in_care == 0 {
            self.suspect = at as u32;
        }
    }

    /// Looks for rings of people who wait for each other, and resolves them as the model says, until nobody is suspect.
    fn unlock(&mut self) {
        while self.suspect != NONE && !self.state.stopped {
            let suspect = std::mem::replace(&mut self.suspect, NONE) as usize;
            self.find_what_moves();
            // Where people hold more than the place they are in, another may be in the ring and not the one that was seen last.
            let services = if self.model.locks { 0..self.model.sites.len() } else { 0..0 };
            let mut ring = std::mem::take(&mut self.ring);
            if std::iter::once(suspect).chain(services).any(|at| self.ring_from(at, &mut ring)) {
                self.resolve(&ring);
                self.settle::<true>();
            }
            self.ring = ring;
        }
    }

    /// Which services will have a place again without help, and which resources a unit.
    fn find_what_moves(&mut self) {
        let mut movers = std::mem::take(&mut self.movers);
        let services = self.model.sites.len();
        for (place, moves) in movers.iter_mut().enumerate() {
            *moves = match place.checked_sub(services) {
                None => self.service_moves(place),
                Some(stock) => self.stock_moves(stock),
            };
        }
        // And whatever waits for those alone.
        while let Some(place) = (0..movers.len()).find(|place| !movers[*place] && self.follows(*place, &movers)) {
            movers[place] = true;
        }
        self.movers = movers;
    }

    /// Whether time alone will free a place of a service, or has.
    fn service_moves(&self, at: usize) -> bool {
        let (state, site) = (&self.state.sites[at], &self.model.sites[at]);
        let wanted = self.model.locks && (state.levels != 0 || state.entry.head != NONE);
        let timed = |post: &Post| post.patience != NONE || post.worsenings.0 < post.worsenings.1;
        let posts = &self.model.posts[at * self.model.classes..(at + 1) * self.model.classes];
        state.in_care > 0
            || state.blocked == 0 && !wanted
            || state.cleaning > 0
            || state.travellers > 0
            || state.shut
            || site.slots.is_some()
            || site.rota.as_ref().is_some_and(|rota| rota.most() > state.capacity)
            || wanted && state.waiting > 0 && posts.iter().any(timed)
            // A way that is open at times may open.
            || wanted && site.before && !posts.iter().all(|post| post.plain)
    }

    /// Whether time alone will free a unit of a resource: one is used in care, or more will come.
    fn stock_moves(&self, stock: usize) -> bool {
        let (capacity, busy, _) = self.state.stocks[stock];
        let held: u32 = self.holders(stock).map(|(_, units)| units).sum();
        busy > held || self.model.stocks[stock].rota.as_ref().is_some_and(|rota| rota.most() > capacity)
    }

    /// People who are held somewhere and keep units of a resource meanwhile, and how many.
    fn holders(&self, stock: usize) -> impl Iterator<Item = (u32, u32)> {
        let people = self.state.people.iter().zip(0..).filter(|(person, _)| person.doing == BLOCKED);
        people.filter_map(move |(person, who)| {
            let needs = self.post(who, person.service as usize).needs;
            let needs = &self.model.needs[needs.0 as usize..needs.1 as usize];
            let units =
                needs.iter().filter(|(of, _, held)| *held && *of as usize == stock).map(|(_, units, _)| units).sum();
            (units > 0).then_some((who, units))
        })
    }

    /// Whether a service, or a resource, moves because others do.
    fn follows(&self, place: usize, movers: &[bool]) -> bool {
        let services = self.model.sites.len();
        if let Some(stock) = place.checked_sub(services) {
            return self.holders(stock).any(|(who, _)| movers[self.state.people[who as usize].target as usize]);
        }
        let let_go = |join: &u32| *join as usize / services == place && movers[*join as usize % services];
        self.state.holding.iter().any(let_go) || self.model.locks && self.may_start(place, movers)
    }

    /// Whether whoever is first in the line of a service, or comes in next, has all that is needed, or will.
    fn may_start(&self, at: usize, movers: &[bool]) -> bool {
        let Some(who) = self.next_in(at) else { return false };
        let state = &self.state.sites[at];
        let room = state.spare() >= self.post(who, at).units;
        let ahead = self.ahead(who, at);
        room && self.short_of(who, at, movers).is_none()
            && ahead
                .is_none_or(|to| movers[to] || self.state.sites[to].entry.head == NONE && self.admits::<true>(who, to))
    }

    /// Who is first in the line of a service, or comes in next from another.
    fn next_in(&self, at: usize) -> Option<u32> {
        let site = &self.state.sites[at];
        let who = match site.levels {
            0 => site.entry.head,
            levels => self.state.queues[at * self.model.levels + levels.trailing_zeros() as usize].head,
        };
        (who != NONE).then_some(who)
    }

    /// A resource of which a person has too little to begin care, now and until somebody is helped.
    fn short_of(&self, who: u32, at: usize, movers: &[bool]) -> Option<usize> {
        let (from, to) = self.post(who, at).needs;
        let needs = &self.model.needs[from as usize..to as usize];
        needs.iter().map(|(stock, units, _)| (*stock as usize, *units)).find_map(|(stock, units)| {
            let (capacity, busy, _) = self.state.stocks[stock];
            (capacity.saturating_sub(busy) < units && !movers[self.model.sites.len() + stock]).then_some(stock)
        })
    }

    /// Where a person must have a place before care begins.
    fn ahead(&self, who: u32, at: usize) -> Option<usize> {
        self.model.sites[at].before.then(|| self.route(who, at)).flatten().filter(|to| self.holds_back(*to))
    }

    /// Finds the ring of people that is met by asking, from a service that does not move, who stands in whose way.
    fn ring_from(&self, at: usize, ring: &mut Vec<u32>) -> bool {
        ring.clear();
        let mut next = if self.movers[at] { None } else { self.in_the_way(at) };
        while let Some(who) = next {
            if let Some(first) = ring.iter().position(|other| *other == who) {
                ring.drain(..first);
                return true;
            }
            ring.push(who);
            let person = &self.state.people[who as usize];
            let at = person.service as usize;
            next = match person.doing {
                BLOCKED => self.in_the_way(person.target as usize),
                _ => match self.short_of(who, at, &self.movers) {
                    Some(stock) => self.longest_holder(stock),
                    None => self.ahead(who, at).and_then(|to| self.in_the_way(to)),
                },
            };
        }
        false
    }

    /// Who must move before anybody can come into a service that does not: whoever has been held there longest, else the
    /// first in its line; or, while it is empty, who keeps the resource that is wanted there.
    fn in_the_way(&self, at: usize) -> Option<u32> {
        let site = &self.state.sites[at];
        match site.held.head {
            NONE if site.levels == 0 => self.longest_holder(self.short_of(self.next_in(at)?, at, &self.movers)?),
            NONE => self.next_in(at),
            held => Some(held),
        }
    }

    fn longest_holder(&self, stock: usize) -> Option<u32> {
        let since = |who: u32| self.state.people[who as usize].ended;
        self.holders(stock).map(|(who, _)| who).min_by_key(|who| (since(*who), *who))
    }

    /// Tells of a ring, and has it move on together: those who are held all go, then each comes into the place that was left.
    /// When nobody is held, all wait for the place ahead: each begins care as though it were free.
    fn resolve(&mut self, ring: &[u32]) {
        self.state.deadlocks += 1;
        if self.state.first_deadlock.is_none() {
            self.state.first_deadlock = Some(self.state.now);
            self.state.ring = ring.iter().map(|who| u32::from(self.state.people[*who as usize].service)).collect();
        }
        if self.model.stop_at_deadlock {
            self.state.stopped = true;
            return;
        }
        let mut nobody_held = true;
        for who in ring {
            let Person { doing, service, .. } = self.state.people[*who as usize];
            if doing == BLOCKED {
                nobody_held = false;
                self.let_go(*who);
                self.leave::<true>(*who, service as usize);
            }
        }
        for who in ring {
            let Person { doing, service, target, .. } = self.state.people[*who as usize];
            let at = service as usize;
            if doing == BLOCKED {
                self.set_out::<true>(*who, at, target as usize);
            } else if nobody_held
                && self.state.sites[at].spare() >= self.post(*who, at).units
                && self.resources_allow(*who, at)
            {
                self.unqueue(*who, at);
                self.start::<true>(*who, at);
                self.work.push(service.into());
            }
        }
    }
}

// What the clock brings.
impl Run<'_> {
    fn worsen(&mut self, who: u32) {
        let at = self.state.people[who as usize].service as usize;
        let person = self.state.people[who as usize];
        let post = self.post(who, at);
        let word = self.model.sites[at].word.wrapping_add(WORSEN);
        let changes = post.worsenings.0 as usize..post.worsenings.1 as usize;
        let first = changes.min_by_key(|change| {
            let after = self.model.worsenings[*change].1;
            let word = word.wrapping_add((*change - post.worsenings.0 as usize) as u64);
            self.model.samplers[after as usize].sample(&self.model.tables, person.key, word, u64::from(person.visit))
        });
        let Some(change) = first else { return };
        self.state.counts[at * self.model.classes + person.class as usize].worsened += 1;
        self.unqueue(who, at);
        self.state.people[who as usize].class = self.model.worsenings[change].0;
        let state = &mut self.state.sites[at];
        state.one_waits(self.state.now);
        // Among the others of the new class they stand as if they had always been of it.
        let mut before = NONE;
        let mut other = self.queue(who, at).tail;
        if self.model.sites[at].order == Order::First {
            while other != NONE && self.state.people[other as usize].arrived > person.arrived {
                before = other;
                other = self.state.people[other as usize].prev;
            }
        }
        self.queue_before(who, at, before);
        self.set_timers(who, at, false, 0);
        if self.model.sites[at].preempt.is_some() {
            self.preempt(at);
        }
        self.work.push(at as u32);
    }

    fn give_up(&mut self, who: u32) {
        let person = self.state.people[who as usize];
        if person.doing != WAITING {
            return;
        }
        let at = person.service as usize;
        self.unqueue(who, at);
        let counts = &mut self.state.counts[at * self.model.classes + person.class as usize];
        counts.reneged += 1;
        counts.given_up.add(self.state.now - person.arrived);
        self.state.people[who as usize].stamp = person.stamp.wrapping_add(1);
        self.work.push(at as u32);
        match self.model.sites[at].leaves_to {
            NONE => self.depart(who),
            to => self.enter::<true>(who, to as usize),
        }
    }

    fn change_shift(&mut self, at: usize) {
        let (site, now) = (&self.model.sites[at], self.state.now);
        let Some(rota) = &site.rota else { return };
        let (capacity, next) = rota.at(now);
        self.state.sites[at].capacity = capacity;
        self.state.sites[at].fullness(now);
        self.work.push(at as u32);
        if next < NEVER {
            self.push(next, SHIFT, at as u32, 0);
        }
        if site.shift == Shift::Finish {
            return;
        }
        let how = if site.shift == Shift::HandOver { Preempt::Resume } else { site.preempt.unwrap_or(Preempt::Resume) };
        while self.state.sites[at].busy > capacity {
            let (mut victim, mut lowest, mut mate) = (NONE, 0, self.state.sites[at].care.head);
            while mate != NONE {
                let level = self.post(mate, at).level;
                if level >= lowest {
                    (victim, lowest) = (mate, level);
                }
                mate = self.state.people[mate as usize].mate_next;
            }
            if victim == NONE {
                return;
            }
            self.interrupt(victim, at, how);
        }
    }

    fn change_stock(&mut self, stock: usize) {
        let Some(rota) = &self.model.stocks[stock].rota else { return };
        let (capacity, next) = rota.at(self.state.now);
        self.state.stocks[stock].0 = capacity;
        if next < NEVER {
            self.push(next, STOCK_SHIFT, stock as u32, 0);
        }
        self.call_users(stock);
    }

    fn change_door(&mut self, at: usize) {
        let now = self.state.now;
        self.state.sites[at].shut =
            self.model.sites[at].closed.iter().any(|(from, until)| *from <= now && now < *until);
        self.work.push(at as u32);
    }

    fn open_slot(&mut self, at: usize) {
        let Some(slots) = &self.model.sites[at].slots else { return };
        let (people, _) = slots.slot(self.state.now);
        for _ in 0..people {
            let levels = self.state.sites[at].levels;
            if levels == 0 {
                break;
            }
            let who = self.state.queues[at * self.model.levels + levels.trailing_zeros() as usize].head;
            if !self.others_allow(who, at) {
                break;
            }
            self.unqueue(who, at);
            self.start::<true>(who, at);
            self.work.push(at as u32);
        }
        let (_, next) = slots.slot(self.state.now + 1);
        if next < NEVER {
            self.push(next, SLOT, at as u32, 0);
        }
    }

    /// Writes the first change of each timetable into the list.
    fn open_doors(&mut self) {
        for at in 0..self.model.sites.len() {
            let site = &self.model.sites[at];
            if let Some(rota) = &site.rota {
                let (_, next) = rota.at(0);
                if next < NEVER {
                    self.push(next, SHIFT, at as u32, 0);
                }
            }
            if let Some(slots) = &site.slots {
                let (_, next) = slots.slot(0);
                if next < NEVER {
                    self.push(next, SLOT, at as u32, 0);
                }
            }
            for (from, until) in site.closed.clone() {
                for time in [from, until].into_iter().filter(|time| *time > 0 && *time < NEVER) {
                    self.push(time, DOOR, at as u32, 0);
                }
            }
        }
        for stock in 0..self.model.stocks.len() {
            if let Some(rota) = &self.model.stocks[stock].rota {
                let (_, next) = rota.at(0);
                if next < NEVER {
                    self.push(next, STOCK_SHIFT, stock as u32, 0);
                }
            }
        }
        for at in 0..self.model.sites.len() {
            self.state.sites[at].fullness(0);
        }
    }

    /// Those who are in the place at time 0, longest there first.
    fn fill(&mut self) {
        let names = self.model.model.class_names();
        let mut all: Vec<(usize, &super::model::Present)> = Vec::new();
        for (index, present) in self.model.model.start.iter().enumerate() {
            all.extend((0..present.people).map(|_| (index, present)));
        }
        let key = named(self.state.key, "start");
        let mut people: Vec<(i64, u64, &super::model::Present)> = all
            .into_iter()
            .enumerate()
            .map(|(index, (_, present))| (ticks(present.elapsed), under(key, index as u64), present))
            .collect();
        people.sort_by_key(|(elapsed, _, _)| -elapsed);
        let service = |name: &str| self.model.model.services.iter().position(|service| service.name == name);
        let mut held = Vec::new();
        for (elapsed, key, present) in people {
            let Some(at) = service(&present.service) else { continue };
            let class = present.class.as_deref().and_then(|class| names.iter().position(|name| *name == class));
            let who = self.person(key, usize::from(u16::MAX), class.unwrap_or(0) as u8);
            let person = &mut self.state.people[who as usize];
            (person.entered, person.arrived, person.service) = (-elapsed, -elapsed, at as u16);
            person.visit = self.model.posts[at * self.model.classes + class.unwrap_or(0)].returns;
            self.state.inside += 1;
            self.state.came += 1;
            self.state.sites[at].arrivals += 1;
            match present.state {
                Doing::Waiting => {
                    person.doing = WAITING;
                    self.state.sites[at].waiting += 1;
                    self.queue_before(who, at, NONE);
                    self.set_timers(who, at, true, elapsed);
                }
                Doing::InCare => {
                    let key = person.key;
                    let stay = self.model.model.services[at].stay_of(names[class.unwrap_or(0)]);
                    let bits = draw(key, self.model.sites[at].word.wrapping_add(ELAPSED), 0);
                    let left = stay.map_or(0, |stay| remaining(stay, elapsed, bits));
                    self.begin::<true>(who, at, left);
                    self.state.people[who as usize].started = -elapsed;
                    if self.model.interrupts {
                        self.state.spells[who as usize].whole = left + elapsed;
                    }
                }
                Doing::Blocked => {
                    (person.started, person.ended) = (-elapsed, -elapsed);
                    let units = self.post(who, at).units;
                    self.state.sites[at].busy += units;
                    self.take_needs(who, at, &[true]);
                    let next = present.next.as_deref().and_then(service);
                    held.push((who, at, next));
                }
            }
        }
        for (who, at, next) in held {
            match next {
                Some(to) => self.hold(who, at, to),
                None => {
                    self.leave::<true>(who, at);
                    self.depart(who);
                }
            }
        }
        for at in 0..self.model.sites.len() {
            let state = &mut self.state.sites[at];
            state.most = state.present();
            self.work.push(at as u32);
        }
        self.settle::<true>();
        self.unlock();
    }
}

// What is told.
impl Run<'_> {
    /// What is due at this time apart from events: warm-up, looks, steps.
    #[inline(never)]
    fn control(&mut self) {
        let now = self.state.next_control;
        self.state.now = now;
        if !self.state.warmed && now >= self.state.warm {
            self.forget_the_start();
        }
        while let Some(look) = self.state.looks.get_mut(self.state.looked as usize).filter(|look| look.time <= now) {
            let sites = &self.state.sites;
            look.waiting = sites.iter().map(|site| site.waiting).collect();
            look.in_care = sites.iter().map(|site| site.in_care).collect();
            look.blocked = sites.iter().map(|site| site.blocked).collect();
            look.arrivals = sites.iter().map(|site| site.arrivals).collect();
            self.state.looked += 1;
        }
        if now >= self.state.profile.next {
            let warm = self.state.warmed;
            step(&mut self.state.profile, &self.state.sites, now, self.model.week_starts, warm);
        }
        if now >= self.state.series.next {
            step(&mut self.state.series, &self.state.sites, now, 0, true);
        }
        let warm = if self.state.warmed { NEVER } else { self.state.warm };
        let look = self.state.looks.get(self.state.looked as usize).map_or(NEVER, |look| look.time);
        self.state.next_control = warm.min(look).min(self.state.profile.next).min(self.state.series.next);
    }

    /// The warm-up is over: what was counted is forgotten, what was added up so far is noted.
    fn forget_the_start(&mut self) {
        let now = self.state.now;
        self.tell_blame();
        self.state.warmed = true;
        self.state.counts.fill(Counts::default());
        self.state.times.fill(Sum::default());
        self.state.blame.fill(0);
        for hold in &mut self.state.holds {
            hold.moved = 0;
            hold.time = now.wrapping_mul(i64::from(hold.people)).wrapping_neg();
        }
        for feed in &mut self.state.feeds {
            (feed.arrivals, feed.lost) = (0, 0);
        }
        let mut base: Vec<i64> = self.state.sites.iter().flat_map(|site| site.areas(now)).collect();
        base.extend(self.state.stocks.iter().map(|(_, busy, area)| area.wrapping_add(now * i64::from(*busy))));
        base.push(self.state.inside_area.wrapping_add(now * self.state.inside as i64));
        self.state.base = base;
        for site in &mut self.state.sites {
            site.most = site.present();
        }
        self.state.inside_before = self.state.inside;
        self.state.spent_before = self.spent();
        (self.state.came, self.state.left) = (0, 0);
    }

    /// What those inside have spent inside.
    fn spent(&self) -> i64 {
        let inside = self.state.people.iter().filter(|person| !matches!(person.doing, FREE | AT_HOME));
        inside.map(|person| self.state.now - person.entered).fold(0, i64::wrapping_add)
    }

    /// What came of it until now. A run that goes on can be asked again.
    pub fn outcome(&self) -> Outcome {
        let mut run = self.clone();
        if !run.state.warmed {
            run.forget_the_start();
        }
        run.tell_blame();
        let (model, state, now) = (self.model, &run.state, run.state.now);
        let time = |ticks: i64| ticks as f64 / TICKS;
        let (services, classes) = (model.sites.len(), model.classes);
        let count = |counts: &Counts| Flow {
            arrivals: counts.arrivals,
            waited: counts.waited,
            started: counts.started,
            left: counts.stay.count,
            lost: counts.lost,
            baulked: counts.baulked,
            reneged: counts.reneged,
            diverted: counts.diverted,
            interrupted: counts.interrupted,
            worsened: counts.worsened,
            wait: counts.wait.tally(),
            given_up: counts.given_up.tally(),
            blocked: counts.blocked.tally().with_noughts(counts.stay.count - counts.blocked.count),
            care: counts.care.tally(),
            stay: counts.stay.tally(),
        };
        let outcome_of = |at: usize| {
            let areas = state.sites[at].areas(now);
            let area = |which: usize| time(areas[which].wrapping_sub(state.base[at * 5 + which]));
            ServiceOutcome {
                name: model.model.services[at].name.clone(),
                classes: state.counts[at * classes..(at + 1) * classes].iter().map(count).collect(),
                waiting: area(0),
                in_care: area(1),
                blocked: area(2),
                busy: area(3),
                full: area(4),
                most: state.sites[at].most,
                blame: (0..services).map(|by| time(state.blame[by * services + at])).collect(),
                profile: steps(&state.profile, at, services),
                series: steps(&state.series, at, services),
            }
        };
        Outcome {
            replications: 1,
            span: time(now - state.warm.min(now)),
            services: (0..services).map(outcome_of).collect(),
            resources: model
                .model
                .resources
                .iter()
                .zip(&state.stocks)
                .enumerate()
                .map(|(at, (resource, (_, busy, area)))| ResourceOutcome {
                    name: resource.name.clone(),
                    busy: time(area.wrapping_add(now * i64::from(*busy)).wrapping_sub(state.base[services * 5 + at])),
                })
                .collect(),
            sources: model
                .model
                .sources
                .iter()
                .zip(&state.feeds)
                .map(|(source, feed)| SourceOutcome {
                    name: source.name.clone(),
                    arrivals: feed.arrivals,
                    lost: feed.lost,
                })
                .collect(),
            joins: state
                .holds
                .iter()
                .enumerate()
                .map(|(index, hold)| Join {
                    from: index / services,
                    to: index % services,
                    moved: hold.moved,
                    time: time(hold.time.wrapping_add(now.wrapping_mul(i64::from(hold.people)))),
                })
                .filter(|join| join.moved > 0 || join.time > 0.0)
                .collect(),
            place: Place {
                inside_before: state.inside_before,
                came: state.came,
                left: state.left,
                inside_after: state.inside,
                present: time(
                    state
                        .inside_area
                        .wrapping_add(now * state.inside as i64)
                        .wrapping_sub(state.base.last().copied().unwrap_or(0)),
                ),
                spent_before: time(state.spent_before),
                spent_after: time(run.spent()),
                time: state.times.iter().map(Sum::tally).collect(),
            },
            deadlocks: Deadlocks {
                count: state.deadlocks,
                first: state.first_deadlock.map(time),
                ring: state.ring.iter().map(|service| *service as usize).collect(),
                replications: u32::from(state.first_deadlock.is_some()),
                sum_first: state.first_deadlock.map_or(0.0, time),
            },
            snapshots: state.looks[..state.looked as usize]
                .iter()
                .map(|look| {
                    let floats = |counts: &[u32]| counts.iter().map(|count| f64::from(*count)).collect();
                    Snapshot {
                        time: time(look.time),
                        waiting: floats(&look.waiting),
                        in_care: floats(&look.in_care),
                        blocked: floats(&look.blocked),
                        arrivals: look.arrivals.iter().map(|count| *count as f64).collect(),
                    }
                })
                .collect(),
            profile_step: time(state.profile.step),
            series_step: time(state.series.step),
            events: state.events,
        }
    }
}

impl FeedState {
    fn key_of(&self, key: u64, word: u64) -> u64 {
        under(key, word)
    }
}

/// A step of a watch ends, and another begins.
fn step(watch: &mut Watch, sites: &[Site], now: i64, offset: i64, counts: bool) {
    let services = sites.len();
    let clock = now + offset;
    let opens = match watch.cycle {
        0 => (clock / watch.step) as u64,
        cycle => (clock.rem_euclid(cycle) / watch.step) as u64,
    };
    for (at, site) in sites.iter().enumerate() {
        let [waiting, care, blocked, ..] = site.areas(now);
        let before = &mut watch.before[at * 5..at * 5 + 5];
        if let Some(open) = watch.open.filter(|open| *open < watch.slots) {
            let sampled = &mut watch.sampled[open as usize * services + at];
            sampled.count += 1;
            sampled.waiting += waiting.wrapping_sub(before[0]);
            sampled.care += care.wrapping_sub(before[1]);
            sampled.blocked += blocked.wrapping_sub(before[2]);
            sampled.arrivals += site.arrivals - before[3] as u64;
            // With the step and not before: the one that opens at the end is never over.
            sampled.present += before[4] as u64;
        }
        before.copy_from_slice(&[waiting, care, blocked, site.arrivals as i64, i64::from(site.present())]);
    }
    watch.open = counts.then_some(opens);
    watch.next = now + watch.step;
}

fn steps(watch: &Watch, at: usize, services: usize) -> Vec<Step> {
    let time = |area: i64| area as f64 / watch.step as f64;
    (0..watch.slots as usize)
        .map(|slot| {
            let sampled = &watch.sampled[slot * services + at];
            Step {
                count: sampled.count,
                waiting: time(sampled.waiting),
                in_care: time(sampled.care),
                blocked: time(sampled.blocked),
                present_at: sampled.present as f64,
                arrivals: sampled.arrivals as f64,
            }
        })
        .collect()
}

/// Threads a person in before another, or last.
#[inline(always)]
fn link(
    people: &mut [Person],
    ends: &mut Ends,
    who: u32,
    before: u32,
    links: impl Fn(&mut Person) -> (&mut u32, &mut u32),
) {
    let after = match people.get_mut(before as usize) {
        Some(other) => std::mem::replace(links(other).1, who),
        None => std::mem::replace(&mut ends.tail, who),
    };
    match people.get_mut(after as usize) {
        Some(other) => *links(other).0 = who,
        None => ends.head = who,
    }
    let (next, prev) = links(&mut people[who as usize]);
    (*next, *prev) = (before, after);
}

/// Takes a person out of a thread.
#[inline(always)]
fn unlink(people: &mut [Person], ends: &mut Ends, who: u32, links: impl Fn(&mut Person) -> (&mut u32, &mut u32)) {
    let (next, prev) = links(&mut people[who as usize]);
    let (next, prev) = (*next, *prev);
    match people.get_mut(prev as usize) {
        Some(other) => *links(other).0 = next,
        None => ends.head = next,
    }
    match people.get_mut(next as usize) {
        Some(other) => *links(other).1 = prev,
        None => ends.tail = prev,
    }
}

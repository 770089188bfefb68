//! A model made ready to run: names become indices, distributions samplers, hours timetables in ticks.

use std::collections::HashMap;

use super::check::{self, Invalid, Problem};
use super::distribution::Distribution;
use super::model::{
    Batch, Baulk, Block, Capacity, Deadlock, Full, Model, Order, Preempt, Service, Shift, Source, When,
};
use super::random::{NEVER, Sampler, TICKS, Tables, named, ticks};

/// No such thing.
pub(crate) const NONE: u32 = u32::MAX;

/// A model proved to make sense and made ready to run.
#[derive(Clone, Debug)]
pub struct Compiled {
    pub(crate) model: Model,
    /// What was found that is odd but no fault.
    pub(crate) warnings: Vec<Problem>,
    pub(crate) tables: Tables,
    pub(crate) samplers: Vec<Sampler>,
    pub(crate) sites: Vec<Site>,
    /// By service and class.
    pub(crate) posts: Vec<Post>,
    pub(crate) ways: Vec<Way>,
    pub(crate) conditions: Vec<Condition>,
    /// Resource and units of each need, and whether it is kept until the person leaves.
    pub(crate) needs: Vec<(u32, u32, bool)>,
    /// Class become, and sampler of after how long.
    pub(crate) worsenings: Vec<(u8, u32)>,
    pub(crate) feeds: Vec<Feed>,
    pub(crate) stocks: Vec<Stock>,
    pub(crate) classes: usize,
    pub(crate) levels: usize,
    /// Whether anything is asked that the plain path leaves out.
    pub(crate) rich: bool,
    /// Whether anyone may be pushed out of care.
    pub(crate) interrupts: bool,
    /// Whether any source is a closed population.
    pub(crate) closed: bool,
    /// Whether people keep more than a place while they are held, or wait in one for another: rings are looked for everywhere.
    pub(crate) locks: bool,
    pub(crate) stop_at_deadlock: bool,
    pub(crate) week_starts: i64,
    pub(crate) hour: i64,
    pub(crate) shift: u32,
    /// Changes when the names of services, classes, resources or sources do.
    pub(crate) shape: u64,
}

/// A service.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) word: u64,
    pub(crate) queue: u32,
    pub(crate) capacity: u32,
    pub(crate) rota: Option<Rota>,
    pub(crate) slots: Option<Rota>,
    pub(crate) closed: Vec<(i64, i64)>,
    pub(crate) shift: Shift,
    pub(crate) order: Order,
    pub(crate) preempt: Option<Preempt>,
    /// Keeps a list of who is in care, since someone may be pushed out.
    pub(crate) mates: bool,
    pub(crate) baulk: Option<Baulk>,
    pub(crate) full: Option<Full>,
    pub(crate) divert: u32,
    pub(crate) leaves_to: u32,
    pub(crate) before: bool,
    pub(crate) transfer: u32,
    pub(crate) turnaround: u32,
    /// Something that is needed here is kept until the person leaves.
    pub(crate) keeps: bool,
    /// Services that begin care only once a place here is theirs.
    pub(crate) heralds: Vec<u32>,
}

/// A class at a service.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    /// Of the service.
    pub(crate) word: u64,
    /// What being here adds to a person's visits: 1 where people may come back, so that they draw anew.
    pub(crate) returns: u16,
    pub(crate) stay: u32,
    pub(crate) patience: u32,
    pub(crate) units: u32,
    pub(crate) level: u8,
    pub(crate) plain: bool,
    pub(crate) ways: (u32, u32),
    pub(crate) needs: (u32, u32),
    pub(crate) worsenings: (u32, u32),
}

/// A way on.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    /// Draws below this go here, when no way has a condition.
    pub(crate) below: u64,
    pub(crate) share: f64,
    pub(crate) to: u32,
    pub(crate) condition: u32,
}

/// When a way is open.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) hours: Option<(i64, i64)>,
    pub(crate) when: Option<(u32, u32, u32)>,
}

/// Units over time.
#[derive(Clone, Debug)]
pub(crate) struct Rota {
    every: i64,
    offset: i64,
    from: Vec<i64>,
    units: Vec<u32>,
}

impl Rota {
    fn new(every: Option<f64>, week_starts: f64, from: &[f64], units: &[u32]) -> Rota {
        let offset = if every.is_some() { ticks(week_starts) } else { 0 };
        let from = from.iter().map(|from| ticks(*from)).collect();
        Rota { every: every.map_or(0, ticks), offset, from, units: units.to_vec() }
    }

    /// Units from a time on, and when they next may change (later than the time).
    pub(crate) fn at(&self, time: i64) -> (u32, i64) {
        let clock = time + self.offset;
        let turn = if self.every > 0 { clock.div_euclid(self.every) * self.every } else { 0 };
        let piece = self.from.partition_point(|from| *from <= clock - turn);
        let units = match piece.checked_sub(1) {
            Some(piece) => self.units[piece],
            None if self.every > 0 => self.units.last().copied().unwrap_or(0),
            None => 0,
        };
        let next = match self.from.get(piece) {
            Some(from) => turn + from - self.offset,
            None if self.every > 0 => turn + self.every + self.from[0] - self.offset,
            None => NEVER,
        };
        (units, next)
    }

    /// The most that there ever is.
    pub(crate) fn most(&self) -> u32 {
        self.units.iter().copied().max().unwrap_or(0)
    }

    /// The first moment at or after a time, and how many people it takes.
    pub(crate) fn slot(&self, time: i64) -> (u32, i64) {
        let (_, next) = self.at(time - 1);
        if next >= NEVER { (0, NEVER) } else { (self.at(next).0, next) }
    }
}

/// A resource.
#[derive(Clone, Debug)]
pub(crate) struct Stock {
    pub(crate) capacity: u32,
    pub(crate) rota: Option<Rota>,
    /// Services whose care needs it.
    pub(crate) users: Vec<u32>,
}

/// A source.
#[derive(Clone, Debug)]
pub(crate) struct Feed {
    pub(crate) word: u64,
    pub(crate) to: u32,
    /// Running shares of classes.
    pub(crate) classes: Vec<(f64, u8)>,
    pub(crate) kind: FeedKind,
    pub(crate) batch: Option<Crowd>,
    pub(crate) from: i64,
    pub(crate) until: i64,
    /// Shares that come, of a class or of all, for a time.
    pub(crate) keep: Vec<Kept>,
}

/// Of those who would come only a share does.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    share: f64,
    class: Option<u8>,
    from: i64,
    until: i64,
}

impl Feed {
    /// The share of a class that comes at a time.
    #[cold]
    pub(crate) fn kept(&self, class: u8, time: i64) -> f64 {
        let held = |keep: &&Kept| keep.class.is_none_or(|of| of == class) && keep.from <= time && time < keep.until;
        self.keep.iter().filter(held).map(|keep| keep.share).product()
    }
}

/// How many come at once.
#[derive(Clone, Debug)]
pub(crate) enum Crowd {
    Fixed(u32),
    Drawn(Sampler),
}

/// How a source's people are timed.
#[derive(Clone, Debug)]
pub(crate) enum FeedKind {
    /// A Poisson process whose rate is piecewise constant, thinned.
    Poisson(Pace),
    /// Times that are given.
    At { every: i64, offset: i64, at: Vec<i64> },
    /// Independent gaps.
    Gap(Sampler),
    /// People who come back; mean time at home.
    Closed { people: u32, home: f64 },
}

/// A rate over time.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    every: i64,
    offset: i64,
    from: Vec<i64>,
    rates: Vec<f64>,
    growth: f64,
    season: Vec<f64>,
    spread: Option<Sampler>,
    year: i64,
    year_offset: i64,
    day: i64,
    day_offset: i64,
    /// Bands of rate, each the stage of its own Poisson process: lower edge, width, mean gap in ticks.
    pub(crate) bands: Vec<(f64, f64, f64)>,
}

impl Pace {
    /// The rate from a time on, and until when it holds.
    pub(crate) fn at(&self, time: i64, tables: &Tables, key: u64) -> (f64, i64) {
        let clock = time + self.offset;
        let turn = if self.every > 0 { clock.div_euclid(self.every) * self.every } else { 0 };
        let piece = self.from.partition_point(|from| *from <= clock - turn);
        let next = match self.from.get(piece) {
            Some(from) => turn + from - self.offset,
            None if self.every > 0 => turn + self.every + self.from[0] - self.offset,
            None => NEVER,
        };
        let Some(rate) = piece.checked_sub(1).and_then(|piece| self.rates.get(piece)) else { return (0.0, next) };
        if self.growth == 0.0 && self.season.is_empty() && self.spread.is_none() {
            return (*rate, next);
        }
        let day = (time + self.day_offset).div_euclid(self.day);
        let middle = (day * self.day - self.day_offset + self.day / 2) as f64 / self.year as f64;
        let month = ((middle + self.year_offset as f64 / self.year as f64).rem_euclid(1.0) * 12.0) as usize;
        let season = self.season.get(month).copied().unwrap_or(1.0);
        let spread =
            self.spread.as_ref().map_or(1.0, |spread| spread.sample(tables, key, 1, day as u64) as f64 / TICKS);
        let rate = rate * (1.0 + self.growth).powf(middle) * season * spread;
        (rate, next.min((day + 1) * self.day - self.day_offset))
    }
}

impl Compiled {
    /// Proves that a model makes sense, and makes it ready to run.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with the way out ([`check::model`]).
    pub fn new(model: &Model) -> Result<Compiled, Invalid> {
        let (warnings, faults): (Vec<_>, Vec<_>) = check::model(model).into_iter().partition(|found| !found.fatal);
        if !faults.is_empty() {
            return Err(Invalid { problems: faults });
        }
        let mut compiled = compile(model);
        compiled.warnings = warnings;
        Ok(compiled)
    }

    /// The model that this was made from.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What was found that is odd but no fault: a service offered more than it can do, a ring that can lock.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }
}

struct Maker<'a> {
    model: &'a Model,
    services: HashMap<&'a str, u32>,
    classes: HashMap<&'a str, u8>,
    resources: HashMap<&'a str, u32>,
    samplers: Vec<Sampler>,
}

impl Maker<'_> {
    fn sampler(&mut self, distribution: Option<&Distribution>) -> u32 {
        let Some(distribution) = distribution else { return NONE };
        self.samplers.push(Sampler::new(distribution));
        self.samplers.len() as u32 - 1
    }

    fn service(&self, name: Option<&str>) -> u32 {
        name.and_then(|name| self.services.get(name)).copied().unwrap_or(NONE)
    }

    fn site(&mut self, service: &Service) -> Site {
        let week = self.model.week_starts;
        let (mut capacity, mut rota, mut slots) = (NONE, None, None);
        match &service.capacity {
            None => {}
            Some(Capacity::Fixed(units)) => capacity = *units,
            Some(Capacity::Hours(hours)) => {
                rota = Some(Rota::new(hours.every, week, &hours.from, &hours.units));
                capacity = 0;
            }
            Some(Capacity::Slots(given)) => {
                slots = Some(Rota::new(given.every, week, &given.slots, &vec![given.people; given.slots.len()]));
            }
        }
        let divert = self.service(service.divert.as_deref());
        Site {
            word: named(1, &service.name),
            queue: service.queue.unwrap_or(NONE),
            capacity,
            slots,
            closed: service.closed.iter().map(|(from, until)| (ticks(*from), ticks(*until))).collect(),
            shift: service.shift,
            order: service.order,
            preempt: service.preempt,
            mates: service.preempt.is_some() || (service.shift != Shift::Finish && rota.is_some()),
            rota,
            baulk: service.baulk.clone(),
            full: service.full.or((divert != NONE).then_some(Full::Divert)),
            divert,
            leaves_to: self.service(service.leaves_to.as_deref()),
            before: service.block == Block::Before,
            transfer: self.sampler(service.transfer.as_ref()),
            turnaround: self.sampler(service.turnaround.as_ref()),
            keeps: service.needs.iter().any(|need| need.held),
            heralds: Vec::new(),
        }
    }

    fn feed(&self, source: &Source) -> Feed {
        let model = self.model;
        let class = |name: &str| self.classes.get(name).copied().unwrap_or(0);
        let mut sum = 0.0;
        let mut classes: Vec<(f64, u8)> = source
            .classes
            .iter()
            .map(|(name, share)| {
                sum += share;
                (sum, class(name))
            })
            .collect();
        if classes.is_empty() {
            classes = vec![(1.0, source.class.as_deref().map_or(0, class))];
        }
        let week = ticks(model.week_starts);
        let kind = if let Some(people) = source.population {
            FeedKind::Closed { people, home: TICKS / source.rate.unwrap_or(1.0) }
        } else if let Some(gap) = &source.gap {
            FeedKind::Gap(Sampler::new(gap))
        } else if !source.at.is_empty() {
            let offset = if source.every.is_some() { week } else { 0 };
            FeedKind::At {
                every: source.every.map_or(0, ticks),
                offset,
                at: source.at.iter().map(|at| ticks(*at)).collect(),
            }
        } else {
            FeedKind::Poisson(pace(model, source))
        };
        Feed {
            word: named(2, &source.name),
            to: self.service(Some(&source.to)),
            classes,
            kind,
            batch: source.batch.as_ref().map(|batch| match batch {
                Batch::Fixed(people) => Crowd::Fixed(*people),
                Batch::Shares { shares } => Crowd::Drawn(Sampler::new(&Distribution::Empirical {
                    values: (1..=shares.len()).map(|people| people as f64).collect(),
                    weights: shares.clone(),
                })),
                Batch::Drawn(distribution) => Crowd::Drawn(Sampler::new(distribution)),
            }),
            from: source.from.map_or(0, ticks),
            until: source.until.map_or(NEVER, ticks),
            keep: source
                .keep
                .iter()
                .map(|keep| Kept {
                    share: keep.share,
                    class: keep.class.as_deref().map(class),
                    from: keep.from.map_or(-NEVER, ticks),
                    until: keep.until.map_or(NEVER, ticks),
                })
                .collect(),
        }
    }
}

fn pace(model: &Model, source: &Source) -> Pace {
    let rates = if source.rates.is_empty() { vec![source.rate.unwrap_or(0.0)] } else { source.rates.clone() };
    let mut every = source.every;
    let mut from: Vec<i64> = source.breaks.iter().map(|at| ticks(*at)).collect();
    if from.is_empty() {
        let whole = *every.get_or_insert(model.unit.day());
        from = (0..rates.len()).map(|at| ticks(whole * at as f64 / rates.len() as f64)).collect();
    }
    if source.rates.is_empty() {
        (every, from) = (None, vec![-NEVER]);
    }
    let day = ticks(model.unit.day());
    let year = ticks(model.unit.day() * 365.25);
    let spread = (source.day_spread > 0.0).then_some(Distribution::Gamma { mean: 1.0, cv: source.day_spread });
    let years = model.horizon / (model.unit.day() * 365.25);
    let most = rates.iter().copied().fold(0.0, f64::max)
        * source.season.iter().copied().reduce(f64::max).unwrap_or(1.0)
        * (1.0 + source.growth).powf(years + 1.0).max(1.0)
        * spread.as_ref().map_or(1.0, |spread| spread.quantile_above(1e-7));
    // Bands are the same for every model: a higher rate adds people to those who come anyway.
    let mut bands = vec![(0.0, 0.25), (0.25, 0.75)];
    let mut edge = 1.0;
    bands.retain(|band| band.0 < most || band.0 == 0.0);
    while edge < most {
        bands.push((edge, edge));
        edge *= 2.0;
    }
    Pace {
        offset: if every.is_some() { ticks(model.week_starts) } else { 0 },
        every: every.map_or(0, ticks),
        from,
        rates,
        growth: source.growth,
        season: source.season.clone(),
        spread: spread.as_ref().map(Sampler::new),
        year,
        year_offset: ticks(model.year_starts),
        day,
        day_offset: ticks(model.week_starts),
        bands: bands.into_iter().map(|(low, width)| (low, width, TICKS / width)).collect(),
    }
}

fn compile(model: &Model) -> Compiled {
    let index = |names: Vec<&'_ str>| -> HashMap<String, u32> {
        names.into_iter().enumerate().map(|(at, name)| (name.to_owned(), at as u32)).collect()
    };
    let names = model.class_names();
    let services = index(model.services.iter().map(|service| service.name.as_str()).collect());
    let resources = index(model.resources.iter().map(|resource| resource.name.as_str()).collect());
    let classes = index(names.clone());
    let mut maker = Maker {
        model,
        services: services.iter().map(|(name, at)| (name.as_str(), *at)).collect(),
        classes: classes.iter().map(|(name, at)| (name.as_str(), *at as u8)).collect(),
        resources: resources.iter().map(|(name, at)| (name.as_str(), *at)).collect(),
        samplers: Vec::new(),
    };
    let mut priorities: Vec<i32> = model.classes.iter().map(|class| class.priority).collect();
    priorities.sort_unstable();
    priorities.dedup();
    let level = |class: usize| {
        let priority = model.classes.get(class).map_or(0, |class| class.priority);
        priorities.iter().position(|other| *other == priority).unwrap_or(0) as u8
    };

    let mut sites: Vec<Site> = model.services.iter().map(|service| maker.site(service)).collect();
    let (mut posts, mut ways, mut conditions) = (Vec::new(), Vec::new(), Vec::new());
    let (mut needs, mut worsenings) = (Vec::new(), Vec::new());
    for service in &model.services {
        let common = (maker.sampler(service.stay.as_ref()), maker.sampler(service.patience.as_ref()));
        for (class, name) in names.iter().enumerate() {
            let mine = |class: &Option<String>| class.as_deref().is_none_or(|class| class == *name);
            let first = |list: usize| list as u32;
            let own = service.stays.get(*name);
            let stay = if own.is_some() { maker.sampler(own) } else { common.0 };
            let own = service.patiences.get(*name);
            let patience = if own.is_some() { maker.sampler(own) } else { common.1 };
            let (ways_from, needs_from, worse_from) = (first(ways.len()), first(needs.len()), first(worsenings.len()));
            let (mut sum, mut plain) = (0.0, true);
            for route in service.routes.iter().filter(|route| mine(&route.class)) {
                sum += route.share;
                let condition = if route.hours.is_some() || route.when.is_some() {
                    plain = false;
                    let hours = route.hours.map(|(from, until)| (ticks(from), ticks(until)));
                    let when = route.when.as_ref().map(|When { service, at_least, at_most }| {
                        (maker.service(Some(service)), at_least.unwrap_or(0), at_most.unwrap_or(NONE))
                    });
                    conditions.push(Condition { hours, when });
                    conditions.len() as u32 - 1
                } else {
                    NONE
                };
                let below = if sum >= 1.0 - 1e-9 { u64::MAX } else { (sum * 2f64.powi(64)) as u64 };
                ways.push(Way { below, share: route.share, to: maker.service(Some(&route.to)), condition });
            }
            for need in service.needs.iter().filter(|need| mine(&need.class)) {
                needs.push((maker.resources.get(need.resource.as_str()).copied().unwrap_or(0), need.units, need.held));
            }
            for change in service.deterioration.iter().filter(|change| change.from == *name) {
                let after = maker.sampler(Some(&change.after));
                worsenings.push((maker.classes.get(change.to.as_str()).copied().unwrap_or(0), after));
            }
            posts.push(Post {
                word: named(1, &service.name),
                returns: 0,
                stay,
                patience,
                units: service.units.get(*name).copied().unwrap_or(1),
                level: level(class),
                plain,
                ways: (ways_from, first(ways.len())),
                needs: (needs_from, first(needs.len())),
                worsenings: (worse_from, first(worsenings.len())),
            });
        }
    }
    let closed = model.sources.iter().any(|source| source.population.is_some());
    for (at, returns) in check::rings(model).into_iter().enumerate() {
        for post in &mut posts[at * names.len()..(at + 1) * names.len()] {
            post.returns = u16::from(returns || closed);
        }
    }
    for (at, service) in model.services.iter().enumerate().filter(|(_, service)| service.block == Block::Before) {
        for route in &service.routes {
            let to = maker.service(Some(&route.to)) as usize;
            if !sites[to].heralds.contains(&(at as u32)) {
                sites[to].heralds.push(at as u32);
            }
        }
    }
    let stocks = model
        .resources
        .iter()
        .map(|resource| {
            let users = model.services.iter().enumerate();
            let users = users.filter(|(_, service)| service.needs.iter().any(|need| need.resource == resource.name));
            let (capacity, rota) = match &resource.capacity {
                Capacity::Fixed(units) => (*units, None),
                Capacity::Hours(hours) => {
                    (0, Some(Rota::new(hours.every, model.week_starts, &hours.from, &hours.units)))
                }
                Capacity::Slots(_) => (0, None),
            };
            Stock { capacity, rota, users: users.map(|(at, _)| at as u32).collect() }
        })
        .collect();
    let feeds: Vec<Feed> = model.sources.iter().map(|source| maker.feed(source)).collect();

    // Buckets of about eight events, and one for all when few are ever pending; any width gives the same order.
    let traffic = check::traffic(model);
    let flow: f64 = traffic.iter().map(|(rate, _)| rate).sum();
    let pending: f64 = traffic
        .iter()
        .zip(&model.services)
        .map(|((_, load), service)| {
            service.capacity.as_ref().and_then(Capacity::mean).map_or(*load, |capacity| load.min(capacity))
        })
        .sum();
    let timers = model.services.iter().any(|service| {
        service.patience.is_some() || !service.patiences.is_empty() || !service.deterioration.is_empty()
    });
    let width = match pending < 24.0 && !timers && !closed {
        true => 62,
        false => (8.0 / flow.clamp(1e-6, 1e9) * TICKS).log2().clamp(4.0, 40.0) as u32,
    };

    // Who is there at the start has a stay that is put in place of another.
    let rich = !model.start.is_empty()
        || model.services.iter().any(|service| {
            !matches!(service.capacity, None | Some(Capacity::Fixed(_)))
                || service.order != Order::First
                || service.preempt.is_some()
                || service.patience.is_some()
                || service.baulk.is_some()
                || service.full.is_some()
                || service.divert.is_some()
                || service.block != Block::After
                || service.transfer.is_some()
                || service.turnaround.is_some()
                || !(service.needs.is_empty() && service.units.is_empty() && service.patiences.is_empty())
                || !(service.deterioration.is_empty() && service.closed.is_empty())
        });
    let shape = ["", "/", "//", "///"]
        .iter()
        .zip([
            names.clone(),
            model.services.iter().map(|service| service.name.as_str()).collect(),
            model.resources.iter().map(|resource| resource.name.as_str()).collect(),
            model.sources.iter().map(|source| source.name.as_str()).collect(),
        ])
        .flat_map(|(mark, names)| std::iter::once(*mark).chain(names))
        .fold(3, named);
    Compiled {
        tables: Tables::new(),
        samplers: maker.samplers,
        classes: names.len(),
        levels: priorities.len().max(1),
        rich,
        interrupts: sites.iter().any(|site| site.mates),
        closed,
        locks: sites.iter().any(|site| site.keeps || site.before),
        stop_at_deadlock: model.deadlock == Deadlock::Stop,
        week_starts: ticks(model.week_starts),
        hour: ticks(1.0 / model.unit.hours()),
        shift: width,
        shape,
        sites,
        posts,
        ways,
        conditions,
        needs,
        worsenings,
        feeds,
        stocks,
        warnings: Vec::new(),
        model: model.clone(),
    }
}

//! Twenty years ahead: people, conditions, segments and use of services of every neighbourhood, each as a range, and why it grows.
//!
//! The middle of every range is the run in which each unknown has its p50, so the middles of a table add up; low and high are the 5th
//! and 95th of a hundred runs in which all unknowns are drawn (by [`Elicited::draw`](super::range::Elicited::draw)). An unknown is the
//! same for the whole place: the runs are of the place, not of each neighbourhood for itself. A run is pure, and its draws are keyed, so
//! the answer does not depend on threads.

use super::activity::{HEALTH_AGES, Split, das_gupta, health_status, ordered, shapley};
use super::cohort::{self, AGES, Ages, FEMALE, MALE, People};
use super::life::expectancy;
use super::need::{Area, BANDS, Need, Per, Service, Totals, ages};
use super::rake::{Margin, rake};
use super::range::Range;
use super::segment::{dot, people_with};
use super::{ProjectError, number};
use crate::simulate::model::Model;
use rayon::prelude::*;

/// The steps by which use grows, in the order in which [`Growth::ordered`] takes them.
pub const STEPS: [&str; 7] =
    ["more people", "older people", "fertility", "health status", "growth beyond age", "inequality", "avoidance"];

/// A place and its neighbourhoods, year by year from the year of the population on.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// Of what place.
    pub name: String,
    /// Where the numbers are from.
    pub source: String,
    /// The first year; lists by year start with it.
    pub year: i32,
    /// Years ahead; lists by year are one longer.
    pub years: usize,
    /// Of the draws.
    pub seed: u64,
    /// Runs behind each range; none: the ranges are sure.
    pub samples: usize,
    /// The whole place.
    pub place: Outlook,
    /// Its neighbourhoods.
    pub areas: Vec<Outlook>,
    /// Names of the conditions.
    pub conditions: Vec<String>,
    /// Names of the segments.
    pub segments: Vec<String>,
    /// The services, as need has them.
    pub services: Vec<Service>,
}

/// What one neighbourhood, or the place, comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// Its name.
    pub name: String,
    /// People by year, sex and single year of age: the middle.
    pub people: Vec<People>,
    /// People by year, sex and band of [`BANDS`].
    pub bands: Vec<[[Range; 6]; 2]>,
    /// All people by year.
    pub total: Vec<Range>,
    /// Births in the twelve months from the middle of each year on.
    pub births: Vec<Range>,
    /// Deaths in the same months.
    pub deaths: Vec<Range>,
    /// People with each condition, by year.
    pub conditions: Vec<Vec<Range>>,
    /// People in each segment, by year.
    pub segments: Vec<Vec<Range>>,
    /// Use of each service, by year.
    pub activity: Vec<Vec<Range>>,
    /// The same by band of [`BANDS`].
    pub activity_bands: Vec<Vec<[Range; 6]>>,
    /// Why the use of each service grew by each year: the middle.
    pub growth: Vec<Vec<Growth>>,
}

/// Growth of the use of one service since the first year, three times over; each sums to the growth.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Growth {
    /// By size, ageing and rate (Das Gupta).
    pub split: Split,
    /// By [`STEPS`], taken in that order.
    pub ordered: [f64; 7],
    /// By [`STEPS`], in the mean over all orders (Shapley).
    pub fair: [f64; 7],
}

/// How much more is asked of a service by people of an age than in the first year.
#[derive(Debug, Clone, PartialEq)]
pub struct Demand {
    /// The service of need.
    pub service: String,
    /// The kind of service of the place that it is.
    pub kind: Option<String>,
    /// The band of [`BANDS`]; none: all ages.
    pub band: Option<usize>,
    /// Use in that year over use in the first; 1 where there was none.
    pub factor: Range,
}

/// A stage of life, as boards argue about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Children under 18, and giving birth.
    Children,
    /// 18 to 64.
    Working,
    /// 65 and over.
    Old,
}

impl Stage {
    /// All of them.
    pub const ALL: [Stage; 3] = [Stage::Children, Stage::Working, Stage::Old];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Children => "children and maternity",
            Stage::Working => "people of 18 to 64",
            Stage::Old => "people of 65 and over",
        }
    }

    fn of(band: usize) -> Stage {
        match band {
            0 => Stage::Children,
            1 | 2 => Stage::Working,
            _ => Stage::Old,
        }
    }
}

/// How one stage of life changes in a neighbourhood.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StageChange {
    /// Which.
    pub stage: Stage,
    /// People in the first year.
    pub people_now: f64,
    /// People in the year asked for.
    pub people_then: Range,
    /// Pounds a year that their use of services costs in the first year, at the costs of need; nought where it has none.
    pub cost_now: f64,
    /// The same in the year asked for: the middle.
    pub cost_then: f64,
}

impl StageChange {
    /// More people than in the first year.
    pub fn more_people(&self) -> f64 {
        self.people_then.middle - self.people_now
    }

    /// Pounds a year more.
    pub fn more_cost(&self) -> f64 {
        self.cost_then - self.cost_now
    }
}

/// The ingredients of a first sentence about a neighbourhood or the place.
#[derive(Debug, Clone, PartialEq)]
pub struct Headline {
    /// Of whom.
    pub name: String,
    /// The year asked for.
    pub year: i32,
    /// What grows most of what is argued about: children and maternity or old age, by people; then the other; then people of 18 to 64.
    pub stages: [StageChange; 3],
    /// All people now.
    pub people_now: f64,
    /// All people then.
    pub people_then: Range,
    /// Births a year now.
    pub births_now: f64,
    /// Births a year then.
    pub births_then: Range,
    /// The service (its place in [`Forecast::services`]) whose use grows by the largest share, if any grows.
    pub service: Option<usize>,
    /// Growth of all use in pounds a year: by size, ageing and rate.
    pub cost: Split,
}

impl Headline {
    /// What grows most, old age or children and maternity.
    pub fn most(&self) -> &StageChange {
        &self.stages[0]
    }

    /// One sentence.
    pub fn sentence(&self) -> String {
        let more = |change: f64| match change.round() {
            0.0 => "as many".to_owned(),
            fewer if fewer < 0.0 => format!("{} fewer", thousands(-fewer)),
            more => format!("{} more", thousands(more)),
        };
        let told = |change: &StageChange| match change.stage {
            Stage::Children => {
                let births = self.births_then.middle - self.births_now;
                format!("{} children and {} births a year", more(change.more_people()), more(births))
            }
            stage => format!("{} {}", more(change.more_people()), stage.name()),
        };
        let [first, second, _] = &self.stages;
        format!("By {} {} has {}, and {}.", self.year, self.name, told(first), told(second))
    }
}

/// A whole number with a comma before every three digits.
fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut words = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            words.push(',');
        }
        words.push(digit);
    }
    words
}

/// One row of a table of neighbourhoods.
#[derive(Debug, Clone, PartialEq)]
pub struct AreaRow {
    /// Neighbourhood.
    pub name: String,
    /// People now, and then.
    pub people: (f64, Range),
    /// Of them under 18.
    pub children: (f64, Range),
    /// Of them 65 and over.
    pub old: (f64, Range),
    /// Of them 85 and over.
    pub oldest: (f64, Range),
    /// Births a year.
    pub births: (f64, Range),
    /// What grows by more people, old age or children and maternity.
    pub most: Stage,
}

/// Projects `need` so many `years` ahead, with ranges from so many `samples` (none: no ranges). `seed` chooses the draws.
///
/// ```no_run
/// # let need: foresee::project::need::Need = todo!();
/// let forecast = foresee::project::forecast::project(&need, 20, 7, 256)?;
/// println!("{}", forecast.headline(&forecast.place, 20).sentence());
/// # Ok::<(), foresee::project::ProjectError>(())
/// ```
///
/// # Errors
/// [`ProjectError`] when years are not 1 to 60, or a year's totals cannot be met.
pub fn project(need: &Need, years: usize, seed: u64, samples: usize) -> Result<Forecast, ProjectError> {
    number("years", years as f64, "1 to 60", |years| (1.0..=60.0).contains(&years))?;
    let shares = segment_shares(need, years);
    let middle = Draw::middle(need);
    let course = Course::run(need, &middle, years, None)?;
    let flat = measure(need, &middle, &course, &shares);
    // How far each run is from the middle: half the memory, and exactly nought where nothing is unknown.
    let draws: Vec<Vec<f32>> = (0..samples as u64)
        .into_par_iter()
        .map(|sample| {
            let draw = Draw::of(need, seed, sample);
            let course = Course::run(need, &draw, years, Some(&course.fitted))?;
            let values = measure(need, &draw, &course, &shares);
            Ok(values.iter().zip(&flat).map(|(value, middle)| (value - middle) as f32).collect())
        })
        .collect::<Result<_, ProjectError>>()?;
    let ranges: Vec<Range> = flat
        .par_iter()
        .enumerate()
        .map_init(Vec::new, |column, (at, &middle)| {
            column.clear();
            column.extend(draws.iter().map(|draw| middle + f64::from(draw[at])));
            Range::of(middle, column)
        })
        .collect();
    let wide = Width::of(need);
    let mut areas: Vec<Outlook> = (0..need.areas.len())
        .map(|area| {
            let people = course.people.iter().map(|people| people[area]).collect();
            outlook(need, need.areas[area].name.clone(), people, &ranges, area, years, wide)
        })
        .collect();
    let people: Vec<People> = course.people.iter().map(|areas| sum(areas)).collect();
    let mut place = outlook(need, need.name.clone(), people, &ranges, need.areas.len(), years, wide);
    let rates: Vec<Rates> = (0..=years).map(|year| Rates::of(need, &middle, year)).collect();
    areas.par_iter_mut().enumerate().try_for_each(|(at, outlook)| {
        for (service, by_year) in outlook.growth.iter_mut().enumerate() {
            for (year, rates) in rates.iter().enumerate() {
                let people = [&outlook.people[0], &outlook.people[year]];
                by_year.push(growth(need, &middle, rates, year, service, &need.areas[at], people)?);
            }
        }
        Ok::<(), ProjectError>(())
    })?;
    for (service, by_year) in place.growth.iter_mut().enumerate() {
        let whole =
            |year: usize| areas.iter().fold(Growth::default(), |sum, area| sum.add(&area.growth[service][year]));
        by_year.extend((0..=years).map(whole));
    }
    Ok(Forecast {
        name: need.name.clone(),
        source: need.source.clone(),
        year: need.year,
        years,
        seed,
        samples,
        place,
        areas,
        conditions: need.conditions.iter().map(|condition| condition.name.clone()).collect(),
        segments: need.segments.names.clone(),
        services: need.services.clone(),
    })
}

/// How much more is asked of each service, at all ages and by band, in a calendar `year` than in the first; years beyond the last are as
/// the last, years before the first as the first.
pub fn demand(forecast: &Forecast, year: i32) -> Vec<Demand> {
    let at = forecast.at(year);
    let place = &forecast.place;
    let factor = |by_year: &dyn Fn(usize) -> Range| {
        let (now, then) = (by_year(0).middle, by_year(at));
        if now > 0.0 { then.map(|value| value / now) } else { Range::sure(1.0) }
    };
    let mut all = Vec::with_capacity(forecast.services.len() * (BANDS.len() + 1));
    for (index, service) in forecast.services.iter().enumerate() {
        let mut push =
            |band, factor| all.push(Demand { service: service.id.clone(), kind: service.kind.clone(), band, factor });
        push(None, factor(&|year| place.activity[index][year]));
        for band in 0..BANDS.len() {
            push(Some(band), factor(&|year| place.activity_bands[index][year][band]));
        }
    }
    all
}

/// How many times as many come from each source of a model in a calendar `year` as in the first, and of which class where classes
/// differ: `(source, class, factor)`. A source asks for what the service it leads to is in need; of a service of which need says nothing
/// people ask as often as there are people. Classes that are ages (`under 65`, `65 to 79`, `80 and over`) grow as those ages do.
pub fn factors(forecast: &Forecast, year: i32, model: &Model) -> Vec<(String, Option<String>, f64)> {
    let (at, place) = (forecast.at(year), &forecast.place);
    let ratio = |now: f64, then: f64| if now > 0.0 && then > 0.0 { then / now } else { 1.0 };
    let mut all = Vec::new();
    for source in &model.sources {
        // A service that only stands for waiting leads on to the one that is waited for.
        let kind_of = |name: &str| {
            let service = model.service(name)?;
            let known = |kind: &str| forecast.services.iter().any(|known| known.kind.as_deref() == Some(kind));
            let next = || service.routes.first().and_then(|route| model.service(&route.to));
            [Some(service), next()].into_iter().flatten().map(|service| service.kind.clone()).find(|kind| known(kind))
        };
        let kind = kind_of(&source.to);
        let of = |kind: &str| -> Vec<usize> {
            let is = |service: &usize| forecast.services[*service].kind.as_deref() == Some(kind);
            (0..forecast.services.len()).filter(is).collect()
        };
        let whole = match &kind {
            None => ratio(place.total[0].middle, place.total[at].middle),
            Some(kind) => {
                let sum = |year: usize| of(kind).into_iter().map(|service| place.activity[service][year].middle).sum();
                ratio(sum(0), sum(at))
            }
        };
        let classes: Vec<(&String, (usize, usize))> =
            source.classes.keys().filter_map(|class| Some((class, ages_of(class)?))).collect();
        match &kind {
            Some(kind) if !classes.is_empty() && classes.len() == source.classes.len() => {
                for (class, (from, to)) in classes {
                    let sum = |year: usize| -> f64 {
                        let bands = (0..BANDS.len()).map(|band| {
                            let ages = super::need::ages(band);
                            let inside = ages.end.min(to).saturating_sub(ages.start.max(from)) as f64;
                            let used = of(kind)
                                .into_iter()
                                .map(|service| place.activity_bands[service][year][band].middle)
                                .sum::<f64>();
                            used * inside / ages.len() as f64
                        });
                        bands.sum()
                    };
                    all.push((source.name.clone(), Some(class.clone()), ratio(sum(0), sum(at))));
                }
            }
            _ => all.push((source.name.clone(), None, whole)),
        }
    }
    all
}

/// The ages of a class that is called by them, up to but without the last.
fn ages_of(class: &str) -> Option<(usize, usize)> {
    match class.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["under", to] => Some((0, to.parse().ok()?)),
        [from, "to", to] => Some((from.parse().ok()?, to.parse::<usize>().ok()? + 1)),
        [from, "and", "over"] => Some((from.parse().ok()?, AGES)),
        _ => None,
    }
}

impl Forecast {
    /// Where a calendar year stands in the lists by year; the nearest that there is.
    pub fn at(&self, year: i32) -> usize {
        usize::try_from(year.saturating_sub(self.year)).unwrap_or(0).min(self.years)
    }

    /// Beds or places that a service fills in an outlook, so many years ahead; none where need says nothing of stays.
    pub fn beds(&self, outlook: &Outlook, service: usize, ahead: usize) -> Option<Range> {
        let (row, ahead) = (self.services.get(service)?, ahead.min(self.years));
        let stay = row.stay_days?;
        Some(outlook.activity.get(service)?[ahead].map(|used| used * stay / 365.0 / row.occupancy))
    }

    /// What changes most in an outlook, so many years ahead.
    pub fn headline(&self, outlook: &Outlook, ahead: usize) -> Headline {
        let ahead = ahead.min(self.years);
        let [young, working, old] = Stage::ALL.map(|stage| self.stage(outlook, stage, ahead));
        let stages =
            if young.more_people() > old.more_people() { [young, old, working] } else { [old, young, working] };
        let share = |service: &usize| {
            let (now, then) = (outlook.activity[*service][0].middle, outlook.activity[*service][ahead].middle);
            if now > 0.0 { then / now - 1.0 } else { 0.0 }
        };
        let mut cost = Split::default();
        for (service, growth) in self.services.iter().zip(&outlook.growth) {
            let (pounds, split) = (service.cost.unwrap_or(0.0), growth[ahead].split);
            cost.size += pounds * split.size;
            cost.ageing += pounds * split.ageing;
            cost.rate += pounds * split.rate;
        }
        Headline {
            name: outlook.name.clone(),
            year: self.year + ahead as i32,
            stages,
            people_now: outlook.total[0].middle,
            people_then: outlook.total[ahead],
            births_now: outlook.births[0].middle,
            births_then: outlook.births[ahead],
            service: (0..self.services.len())
                .filter(|service| share(service) > 0.0)
                .max_by(|one, two| share(one).total_cmp(&share(two))),
            cost,
        }
    }

    /// The table of neighbourhoods, so many years ahead, with the place as its last row.
    pub fn table(&self, ahead: usize) -> Vec<AreaRow> {
        let ahead = ahead.min(self.years);
        let row = |outlook: &Outlook| {
            let of = |bands: std::ops::Range<usize>| {
                (outlook.people_in(bands.clone(), 0).middle, outlook.people_in(bands, ahead))
            };
            AreaRow {
                name: outlook.name.clone(),
                people: (outlook.total[0].middle, outlook.total[ahead]),
                children: of(0..1),
                old: of(3..6),
                oldest: of(5..6),
                births: (outlook.births[0].middle, outlook.births[ahead]),
                most: self.headline(outlook, ahead).most().stage,
            }
        };
        self.areas.iter().chain(std::iter::once(&self.place)).map(row).collect()
    }

    fn stage(&self, outlook: &Outlook, stage: Stage, ahead: usize) -> StageChange {
        let bands = match stage {
            Stage::Children => 0..1,
            Stage::Working => 1..3,
            Stage::Old => 3..6,
        };
        let cost = |year: usize| -> f64 {
            let services = self.services.iter().zip(&outlook.activity_bands);
            let of = |(service, activity): (&Service, &Vec<[Range; 6]>)| {
                let mine = |band: &usize| {
                    if service.per == Per::Birth { stage == Stage::Children } else { Stage::of(*band) == stage }
                };
                service.cost.unwrap_or(0.0)
                    * (0..BANDS.len()).filter(mine).map(|band| activity[year][band].middle).sum::<f64>()
            };
            services.map(of).sum()
        };
        StageChange {
            stage,
            people_now: outlook.people_in(bands.clone(), 0).middle,
            people_then: outlook.people_in(bands, ahead),
            cost_now: cost(0),
            cost_then: cost(ahead),
        }
    }
}

impl Outlook {
    /// People of some bands. Ends of several bands are added up, so that they are a little wider than the range of the sum.
    pub fn people_in(&self, bands: std::ops::Range<usize>, ahead: usize) -> Range {
        let mut sum = Range::default();
        for range in self.bands[ahead].iter().flat_map(|sex| &sex[bands.clone()]) {
            sum.low += range.low;
            sum.middle += range.middle;
            sum.high += range.high;
            sum.half.0 += range.half.0;
            sum.half.1 += range.half.1;
        }
        sum
    }
}

impl Growth {
    fn add(mut self, other: &Growth) -> Growth {
        self.split.size += other.split.size;
        self.split.ageing += other.split.ageing;
        self.split.rate += other.split.rate;
        self.ordered.iter_mut().zip(other.ordered).for_each(|(sum, part)| *sum += part);
        self.fair.iter_mut().zip(other.fair).for_each(|(sum, part)| *sum += part);
        self
    }
}

/// One value for every unknown.
struct Draw {
    mortality: f64,
    births: f64,
    migration: f64,
    health: f64,
    /// Non-demographic growth, inequality and avoidance of each service.
    services: Vec<[f64; 3]>,
}

impl Draw {
    fn middle(need: &Need) -> Draw {
        Draw {
            mortality: need.mortality.p50,
            births: need.births.p50,
            migration: need.migration.p50,
            health: need.health_status.p50,
            services: need
                .services
                .iter()
                .map(|service| [service.non_demographic.p50, service.inequality.p50, service.avoidance.p50])
                .collect(),
        }
    }

    fn of(need: &Need, seed: u64, sample: u64) -> Draw {
        let of = |service: &Service| {
            [
                ("non_demographic", service.non_demographic),
                ("inequality", service.inequality),
                ("avoidance", service.avoidance),
            ]
            .map(|(step, range)| range.draw(seed, sample, &format!("{step} of {}", service.id)))
        };
        Draw {
            mortality: need.mortality.draw(seed, sample, "mortality"),
            births: need.births.draw(seed, sample, "fertility"),
            migration: need.migration.draw(seed, sample, "migration"),
            health: need.health_status.draw(seed, sample, "health status"),
            services: need.services.iter().map(of).collect(),
        }
    }

    /// What inequality, growth beyond age and avoidance do to a service in a neighbourhood, and its usual ratio.
    fn factors(&self, need: &Need, service: usize, area: &Area, year: usize) -> [f64; 4] {
        let [growth, closed, avoided] = self.services[service];
        let phase = (year as f64 / need.horizon as f64).min(1.0);
        let ratio = area.usage.powf(need.services[service].gradient);
        let closer = if ratio > 1.0 { (1.0 + (ratio - 1.0) * (1.0 - closed * phase)) / ratio } else { 1.0 };
        [ratio, (1.0 + growth).max(0.0).powi(year as i32), closer, 1.0 - avoided * phase]
    }
}

/// People of all neighbourhoods, year by year.
struct Course {
    people: Vec<Vec<People>>,
    births: Vec<Vec<f64>>,
    deaths: Vec<Vec<f64>>,
    /// What constraining multiplied people by, in years that have totals.
    fitted: Vec<Option<Vec<People>>>,
}

impl Course {
    /// `fitted`: what constraining did to the middle run; without it this is that run, and is constrained.
    fn run(
        need: &Need,
        draw: &Draw,
        years: usize,
        fitted: Option<&[Option<Vec<People>>]>,
    ) -> Result<Course, ProjectError> {
        let mut now: Vec<People> = need.areas.iter().map(|area| area.people).collect();
        let mut course = Course {
            people: Vec::with_capacity(years + 1),
            births: Vec::new(),
            deaths: Vec::new(),
            fitted: Vec::new(),
        };
        for year in 0..=years {
            let fit = match fitted {
                Some(fitted) => fitted[year].clone(),
                None => {
                    need.totals.get(&(need.year + year as i32)).map(|totals| constrain(&now, totals)).transpose()?
                }
            };
            if let Some(fit) = &fit {
                now.iter_mut().zip(fit).for_each(|(people, fit)| *people = times(people, fit));
            }
            course.fitted.push(fit);
            course.people.push(now.clone());
            // The trend of a year is already in it: the k-th year ahead has k years of trend.
            let (mortality, births) =
                ((1.0 + draw.mortality).powi(year as i32 + 1), (1.0 + draw.births).powi(year as i32 + 1));
            let (mut born, mut died) = (Vec::with_capacity(now.len()), Vec::with_capacity(now.len()));
            for (people, area) in now.iter_mut().zip(&need.areas) {
                let q = need.q.map(|q| q.map(|q| (q * mortality * area.mortality).min(1.0)));
                let fertility = need.fertility.map(|rate| rate * births * area.fertility);
                let mut migrants = area.migrants;
                for sex in [MALE, FEMALE] {
                    for (net, people) in migrants[sex].iter_mut().zip(people[sex]) {
                        // At most half of those who are there leave in a year.
                        *net = (*net * draw.migration).max(-people / 2.0);
                    }
                }
                let [men, women] = people;
                let rates = cohort::Rates {
                    q: [&q[MALE], &q[FEMALE]],
                    fertility: &fertility,
                    migrants: [&migrants[MALE], &migrants[FEMALE]],
                    sex_ratio: need.sex_ratio,
                };
                let events = cohort::year([men, women], &rates);
                people.iter_mut().flatten().for_each(|people| *people = people.max(0.0));
                born.push(events.births.iter().sum());
                died.push(events.deaths.iter().sum());
            }
            course.births.push(born);
            course.deaths.push(died);
        }
        Ok(course)
    }
}

/// What to multiply people by so that they meet the totals of a year. Neighbourhoods' totals are taken as proportions where they do not
/// sum to the totals of the place.
fn constrain(now: &[People], totals: &Totals) -> Result<Vec<People>, ProjectError> {
    // Each sex and age is in one group, the last of them the rest, which no total names.
    let rest = totals.groups.len();
    let mut group = [[rest; AGES]; 2];
    for (index, part) in totals.groups.iter().enumerate() {
        for sex in part.sexes.clone() {
            group[sex][part.ages.clone()].fill(index);
        }
    }
    let width = rest + 1;
    let mut cells = vec![0.0; now.len() * width];
    for (area, people) in now.iter().enumerate() {
        for (sex, age) in each() {
            cells[area * width + group[sex][age]] += people[sex][age];
        }
    }
    let before = cells.clone();
    let columns = |cells: &[f64], column: usize| cells.iter().skip(column).step_by(width).sum::<f64>();
    let rows: Vec<f64> = cells.chunks(width).map(|row| row.iter().sum()).collect();
    let mut wanted: Vec<f64> = totals.groups.iter().map(|part| part.people).collect();
    wanted.push(columns(&cells, rest));
    let mut margins = Vec::new();
    if !totals.areas.is_empty() {
        let named: f64 = totals.areas.iter().map(|(_, people)| people).sum();
        let others: f64 =
            (0..now.len()).filter(|area| totals.areas.iter().all(|(at, _)| at != area)).map(|area| rows[area]).sum();
        if totals.groups.is_empty() {
            wanted = vec![named + others];
        }
        let whole: f64 = wanted.iter().sum();
        let left = (whole - named).max(0.0);
        let mut targets: Vec<f64> =
            rows.iter().map(|row| if others > 0.0 { row / others * left } else { 0.0 }).collect();
        totals.areas.iter().for_each(|&(area, people)| targets[area] = people);
        let sum: f64 = targets.iter().sum();
        targets.iter_mut().for_each(|target| *target *= whole / sum);
        margins.push(Margin { axes: vec![0], totals: targets });
    }
    margins.push(Margin { axes: vec![1], totals: wanted });
    rake(&mut cells, &[now.len(), width], &margins)?;
    Ok((0..now.len())
        .map(|area| {
            let mut fit = [[1.0; AGES]; 2];
            for (sex, age) in each() {
                let at = area * width + group[sex][age];
                fit[sex][age] = if before[at] > 0.0 { cells[at] / before[at] } else { 1.0 };
            }
            fit
        })
        .collect())
}

/// Shares of people with each condition, then in each segment, by year.
fn segment_shares(need: &Need, years: usize) -> Vec<Vec<People>> {
    let mut now = need.segments.start();
    (0..=years)
        .map(|year| {
            if year > 0 {
                now = need.segments.year(&now);
            }
            need.conditions.iter().map(|condition| condition.share).chain(now.iter().copied()).collect()
        })
        .collect()
}

/// Use of each service by sex and age in a year, before what differs between neighbourhoods.
struct Rates {
    /// As people are now.
    plain: Vec<People>,
    /// What health status multiplies them by.
    health: Vec<People>,
    /// What the trend of fertility multiplies use that follows births by.
    births: f64,
}

impl Rates {
    fn of(need: &Need, draw: &Draw, year: usize) -> Rates {
        let gain = need.q.map(|q| {
            let then = q.map(|q| (q * (1.0 + draw.mortality).powi(year as i32)).min(1.0));
            let (now, then) = (expectancy(&q), expectancy(&then));
            now.iter().zip(then).map(|(now, then)| then - now).collect::<Vec<f64>>()
        });
        let plain = |service: &Service| {
            let mut rate = service.rate;
            if service.per == Per::Birth {
                rate[MALE] = [0.0; AGES];
                rate[FEMALE].iter_mut().zip(need.fertility).for_each(|(rate, births)| *rate *= births);
            }
            rate
        };
        let health = |service: &Service| {
            let mut factor = [[1.0; AGES]; 2];
            if service.per == Per::Person && draw.health > 0.0 && year > 0 {
                for sex in [MALE, FEMALE] {
                    for age in HEALTH_AGES {
                        factor[sex][age] = health_status(&service.rate[sex], age, gain[sex][age], draw.health);
                    }
                }
            }
            factor
        };
        Rates {
            plain: need.services.iter().map(plain).collect(),
            health: need.services.iter().map(health).collect(),
            births: (1.0 + draw.births).powi(year as i32),
        }
    }

    /// The trend of fertility for a service, and the fertility of the neighbourhood.
    fn born(&self, service: &Service, area: &Area) -> [f64; 2] {
        if service.per == Per::Birth { [self.births, area.fertility] } else { [1.0; 2] }
    }
}

/// Where each number of an area and year stands in the row that [`measure`] makes.
#[derive(Clone, Copy)]
struct Width {
    shares: usize,
    services: usize,
    all: usize,
}

/// Six bands of two sexes, all people, births, deaths.
const FIXED: usize = 15;

impl Width {
    fn of(need: &Need) -> Width {
        let (shares, services) = (need.conditions.len() + need.segments.names.len(), need.services.len());
        Width { shares, services, all: FIXED + shares + 7 * services }
    }
}

/// All numbers of one run: for each year, each area and last the place, one row of [`Width::all`].
fn measure(need: &Need, draw: &Draw, course: &Course, shares: &[Vec<People>]) -> Vec<f64> {
    let width = Width::of(need);
    let areas = need.areas.len();
    let mut all = vec![0.0; course.people.len() * (areas + 1) * width.all];
    for (year, block) in all.chunks_mut((areas + 1) * width.all).enumerate() {
        let rates = Rates::of(need, draw, year);
        let rates: Vec<People> =
            rates.plain.iter().zip(&rates.health).map(|(plain, health)| times(plain, health)).collect::<Vec<_>>();
        let trend = (1.0 + draw.births).powi(year as i32);
        let (rows, place) = block.split_at_mut(areas * width.all);
        for (at, row) in rows.chunks_mut(width.all).enumerate() {
            let (area, people) = (&need.areas[at], &course.people[year][at]);
            for sex in [MALE, FEMALE] {
                for band in 0..6 {
                    row[sex * 6 + band] = people[sex][ages(band)].iter().sum();
                }
            }
            row[12] = row[..12].iter().sum();
            row[13] = course.births[year][at];
            row[14] = course.deaths[year][at];
            for (share, into) in shares[year].iter().zip(&mut row[FIXED..]) {
                *into = people_with(people, share);
            }
            for (service, into) in row[FIXED + width.shares..].chunks_mut(7).enumerate() {
                let born = if need.services[service].per == Per::Birth { trend * area.fertility } else { 1.0 };
                let factor = draw.factors(need, service, area, year).iter().product::<f64>() * born;
                let rate = &rates[service];
                for band in 0..6 {
                    let of = |sex: usize| dot(&people[sex][ages(band)], &rate[sex][ages(band)]);
                    into[band + 1] = factor * (of(MALE) + of(FEMALE));
                }
                into[0] = into[1..].iter().sum();
            }
            place.iter_mut().zip(row).for_each(|(sum, value)| *sum += *value);
        }
    }
    all
}

/// The outlook of one area (or, as the last, of the place) from the ranges of all.
fn outlook(
    need: &Need,
    name: String,
    people: Vec<People>,
    ranges: &[Range],
    at: usize,
    years: usize,
    width: Width,
) -> Outlook {
    let row = |year: usize| &ranges[(year * (need.areas.len() + 1) + at) * width.all..][..width.all];
    let by_year = |column: usize| -> Vec<Range> { (0..=years).map(|year| row(year)[column]).collect() };
    let bands = |from: usize, year: usize| -> [Range; 6] { std::array::from_fn(|band| row(year)[from + band]) };
    let service = |service: usize| FIXED + width.shares + 7 * service;
    Outlook {
        name,
        people,
        bands: (0..=years).map(|year| [bands(0, year), bands(6, year)]).collect(),
        total: by_year(12),
        births: by_year(13),
        deaths: by_year(14),
        conditions: (0..need.conditions.len()).map(|share| by_year(FIXED + share)).collect(),
        segments: (need.conditions.len()..width.shares).map(|share| by_year(FIXED + share)).collect(),
        activity: (0..width.services).map(|at| by_year(service(at))).collect(),
        activity_bands: (0..width.services)
            .map(|at| (0..=years).map(|year| bands(service(at) + 1, year)).collect())
            .collect(),
        growth: vec![Vec::with_capacity(years + 1); width.services],
    }
}

/// Why the use of one service in one neighbourhood grew between the first year and another.
fn growth(
    need: &Need,
    draw: &Draw,
    rates: &Rates,
    year: usize,
    service: usize,
    area: &Area,
    [before, after]: [&People; 2],
) -> Result<Growth, ProjectError> {
    let [ratio, beyond, closer, avoided] = draw.factors(need, service, area, year);
    let [trend, fertility] = rates.born(&need.services[service], area);
    let usual = rates.plain[service].map(|rate| rate.map(|rate| rate * ratio * fertility));
    let healthy = times(&usual, &rates.health[service]);
    let size = [before, after].map(|people| people.iter().flatten().sum::<f64>());
    if size[0] <= 0.0 || size[1] <= 0.0 {
        // Nobody before or nobody after: all of it is size.
        let then = people_with(after, &healthy) * trend * beyond * closer * avoided;
        let all = then - people_with(before, &usual);
        let only = std::array::from_fn(|step| if step == 0 { all } else { 0.0 });
        return Ok(Growth { split: Split { size: all, ..Split::default() }, ordered: only, fair: only });
    }
    // Use by people of the ages of one year, as many as in the first, with or without what health status does.
    let use_of = [before, after].map(|people| {
        let scale = size[0] / people.iter().flatten().sum::<f64>();
        [&usual, &healthy].map(|rates| people_with(people, rates) * scale)
    });
    let factors = [size[1] / size[0], 1.0, trend, 1.0, beyond, closer, avoided];
    let value = |mask: u32| {
        let taken = |step: usize| (mask >> step & 1) as usize;
        let scale: f64 = (0..STEPS.len()).filter(|&step| taken(step) == 1).map(|step| factors[step]).product();
        use_of[taken(1)][taken(3)] * scale
    };
    let (mut in_order, mut fair) = ([0.0; 7], [0.0; 7]);
    in_order.copy_from_slice(&ordered(STEPS.len(), value));
    fair.copy_from_slice(&shapley(STEPS.len(), value));
    let changed = healthy.map(|rate| rate.map(|rate| rate * trend * beyond * closer * avoided));
    let split = das_gupta(before.as_flattened(), after.as_flattened(), usual.as_flattened(), changed.as_flattened())?;
    Ok(Growth { split, ordered: in_order, fair })
}

/// Every sex and age.
fn each() -> impl Iterator<Item = (usize, usize)> {
    [MALE, FEMALE].into_iter().flat_map(|sex| (0..AGES).map(move |age| (sex, age)))
}

fn times(one: &People, two: &People) -> People {
    let of = |sex: usize| -> Ages { std::array::from_fn(|age| one[sex][age] * two[sex][age]) };
    [of(MALE), of(FEMALE)]
}

fn sum(areas: &[People]) -> People {
    let mut sum = [[0.0; AGES]; 2];
    areas.iter().flat_map(|people| people.as_flattened()).zip((0..2 * AGES).cycle()).for_each(|(people, at)| {
        sum.as_flattened_mut()[at] += people;
    });
    sum
}

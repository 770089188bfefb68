//! A model and a scenario make a model. Nobody is moved to another random stream by it: what is added (a service, the people
//! who come on top) goes behind what is there, and what stays keeps its name and place, so that with and without are the same
//! people with the same luck.

use super::change::{By, Change, ChangeError, What, When, Who, Words};
use super::file::{Scenario, ScenarioError};
use crate::simulate::check;
use crate::simulate::distribution::Distribution;
use crate::simulate::model::{Capacity, Hours, Keep, Model, Route, Service, Slots, Source};

/// Why a change cannot be made to this model.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ApplyError {
    /// No such name.
    #[error("there is no {what} `{name}` in {model}{}", nearest.as_ref().map(|name| format!(", did you mean `{name}`?")).unwrap_or_default())]
    Unknown {
        /// What was looked for.
        what: &'static str,
        /// Its name.
        name: String,
        /// Title of the model.
        model: String,
        /// The name that is most like it.
        nearest: Option<String>,
    },
    /// The thing has no number that could change.
    #[error("{name} {why}")]
    Nothing {
        /// Its name.
        name: String,
        /// Why.
        why: &'static str,
    },
    /// A count that is not whole.
    #[error("{name} would have {value} {what}: they come in whole numbers from 0")]
    Whole {
        /// Its name.
        name: String,
        /// The number that would be.
        value: f64,
        /// Of what.
        what: &'static str,
    },
    /// Shares above one.
    #[error("{} in 100 {class}people would leave {name}: shares sum to at most 1", super::change::number(sum * 100.0))]
    Shares {
        /// The service.
        name: String,
        /// The class, with a space; or nothing.
        class: String,
        /// What the shares come to.
        sum: f64,
    },
    /// Something that cannot change part of the time.
    #[error("{what} cannot change for a part of the time")]
    PartOfTime {
        /// What.
        what: &'static str,
    },
    /// The model that comes out makes no sense.
    #[error("{0}")]
    Model(String),
}

/// The model with all changes of a scenario made in order, proved to make sense.
///
/// # Errors
/// The first change that cannot be made, with its line; or what is wrong with the model that comes out.
pub fn apply(model: &Model, scenario: &Scenario) -> Result<Model, ScenarioError> {
    if let Some(name) = scenario.inherits.first() {
        return Err(ScenarioError::new(0, format!("what `{name}` says is not known yet: resolve the scenario first")));
    }
    if let Some(year) = scenario.year {
        let why = format!("what {year} asks for is not known yet: add the demand of its projection first");
        return Err(ScenarioError::new(0, why));
    }
    let mut changed = model.clone();
    for (at, change) in scenario.changes.iter().enumerate() {
        let line = scenario.lines.get(at).copied().unwrap_or(0);
        make(&mut changed, change)
            .map_err(|why| ScenarioError::new(line, format!("{}: {why}", change.sentence(model))))?;
    }
    if !scenario.changes.is_empty() {
        let faults: Vec<String> =
            check::model(&changed).iter().filter(|found| found.fatal).map(ToString::to_string).collect();
        if !faults.is_empty() {
            return Err(ScenarioError::new(0, ApplyError::Model(faults.join("; "))));
        }
    }
    Ok(changed)
}

impl Change {
    /// The change in plain English, without a full stop: "10 more places in Home care after hospital, from week 5".
    pub fn sentence(&self, model: &Model) -> String {
        let added = match &self.what {
            What::New(json) => serde_json::from_str::<Service>(json).ok(),
            _ => None,
        };
        let service = |name: &str| model.service(name).or(added.as_ref());
        let title = |name: &str| match service(name) {
            Some(service) => service.title().to_owned(),
            None => name.to_owned(),
        };
        let places = |name: &str| match service(name).map(|service| service.kind.as_str()) {
            Some(kind) if kind.contains("ward") => ("bed", "beds"),
            Some("ambulance") => ("crew", "crews"),
            Some("intermediate_care" | "care_home") => ("bed", "beds"),
            None if model.resources.iter().any(|resource| resource.name == name) => ("member of staff", "staff"),
            _ => ("place", "places"),
        };
        self.say(&Words { title: &title, places: &places })
    }

    /// A new service, whole.
    pub fn new_service(service: &Service) -> Self {
        let who = Who { name: service.name.clone(), to: None, class: None };
        let json = serde_json::to_string(service).unwrap_or_default(); // a table of strings and numbers always has a JSON
        Self { who, what: What::New(json), when: When::default() }
    }
}

fn make(model: &mut Model, change: &Change) -> Result<(), ApplyError> {
    let Change { who, what, when } = change;
    if let Some(class) = &who.class {
        known("class", class, model, &model.class_names())?;
    }
    let only_whole_time = |what| if when.always() { Ok(()) } else { Err(ApplyError::PartOfTime { what }) };
    match what {
        What::Places(by) => {
            let clock = Clock::of(model);
            let capacity = clock.over(places_of(model, who)?, when, &who.name, |now| by.apply(now))?;
            set_places(model, who, capacity)
        }
        What::Open(open, close) => {
            let clock = Clock::of(model);
            let now = places_of(model, who)?;
            let most = f64::from(now.most());
            let (inside, outside) =
                (When { hours: Some((*open, *close)), ..*when }, When { hours: Some((*close, *open)), ..*when });
            // Hours that are new have the units of the busiest hour of today.
            let longer = clock.over(now, &inside, &who.name, |now| if now > 0.0 { now } else { most })?;
            let capacity = clock.over(&longer, &outside, &who.name, |_| 0.0)?;
            set_places(model, who, capacity)
        }
        What::Queue(by) => {
            only_whole_time("places to wait")?;
            let service = service_of(model, who)?;
            let Some(now) = service.queue else {
                let why = "has places to wait without limit: say =20 to give it one";
                return match by {
                    By::To(value) => {
                        whole(&who.name, *value, "places to wait").map(|places| service.queue = Some(places))
                    }
                    _ => Err(ApplyError::Nothing { name: who.name.clone(), why }),
                };
            };
            service.queue = Some(whole(&who.name, by.apply(f64::from(now)), "places to wait")?);
            Ok(())
        }
        What::Stay(by) => {
            only_whole_time("a stay")?;
            let unit = model.unit.hours();
            let service = service_of(model, who)?;
            if service.stay.is_none() && service.stays.is_empty() {
                return Err(ApplyError::Nothing { name: who.name.clone(), why: "has no stay that could change" });
            }
            times(&mut service.stay, Some(&mut service.stays), who, *by, unit)
        }
        What::Patience(by) => {
            only_whole_time("patience")?;
            let unit = model.unit.hours();
            let service = service_of(model, who)?;
            if service.patience.is_none() && service.patiences.is_empty() {
                return Err(ApplyError::Nothing { name: who.name.clone(), why: "has people who wait without end" });
            }
            times(&mut service.patience, Some(&mut service.patiences), who, *by, unit)
        }
        What::Transfer(by) => {
            only_whole_time("a way")?;
            let unit = model.unit.hours();
            let service = service_of(model, who)?;
            if service.transfer.is_none() {
                return Err(ApplyError::Nothing {
                    name: who.name.clone(),
                    why: "has no way to the next service that takes time",
                });
            }
            times(&mut service.transfer, None, who, *by, unit)
        }
        What::Arrivals(by) => arrivals(model, who, *by, when),
        What::Share(by) => {
            only_whole_time("a share")?;
            share(model, who, *by)
        }
        What::Closed => {
            if when.weekly() {
                return Err(ApplyError::Nothing {
                    name: who.name.clone(),
                    why: "is closed for days on end; for hours of the week say open",
                });
            }
            let clock = Clock::of(model);
            let span =
                (when.from.unwrap_or(0.0) / clock.unit, when.until.map_or(clock.horizon, |until| until / clock.unit));
            let closed = &mut service_of(model, who)?.closed;
            closed.push(span);
            closed.sort_by(|one, other| one.0.total_cmp(&other.0));
            // Two closures that overlap are one.
            closed.dedup_by(|next, last| {
                let overlap = next.0 <= last.1;
                if overlap {
                    last.1 = last.1.max(next.1);
                }
                overlap
            });
            Ok(())
        }
        What::New(json) => {
            let service: Service = serde_json::from_str(json)
                .map_err(|wrong| ApplyError::Model(ChangeError::New(wrong.to_string()).to_string()))?;
            if model.service(&service.name).is_some() {
                return Err(ApplyError::Nothing { name: service.name, why: "is there already" });
            }
            model.services.push(service);
            Ok(())
        }
    }
}

fn known(what: &'static str, name: &str, model: &Model, names: &[&str]) -> Result<(), ApplyError> {
    if names.contains(&name) {
        return Ok(());
    }
    let nearest =
        names.iter().map(|other| (unlike(name, other), *other)).min().filter(|(unlike, _)| 3 * unlike <= name.len());
    let nearest = nearest.map(|(_, name)| name.to_owned());
    Err(ApplyError::Unknown { what, name: name.to_owned(), model: model.name.clone(), nearest })
}

/// How many letters must be changed, added or left out to make one word of the other (Levenshtein).
fn unlike(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], at + 1);
        for (i, same) in other.iter().map(|other| *other == letter).enumerate() {
            let cost = (row[i].min(row[i + 1]) + 1).min(corner + usize::from(!same));
            corner = std::mem::replace(&mut row[i + 1], cost);
        }
    }
    row[other.len()]
}

fn service_of<'a>(model: &'a mut Model, who: &Who) -> Result<&'a mut Service, ApplyError> {
    let at = service_at(model, &who.name)?;
    Ok(&mut model.services[at])
}

fn service_at(model: &Model, name: &str) -> Result<usize, ApplyError> {
    let names: Vec<&str> = model.services.iter().map(|service| service.name.as_str()).collect();
    known("service", name, model, &names)?;
    Ok(names.iter().position(|other| *other == name).unwrap_or(0))
}

fn places_of<'a>(model: &'a Model, who: &Who) -> Result<&'a Capacity, ApplyError> {
    if who.class.is_some() {
        return Err(ApplyError::Nothing { name: who.name.clone(), why: "has the same places for every class" });
    }
    if let Some(resource) = model.resources.iter().find(|resource| resource.name == who.name) {
        return Ok(&resource.capacity);
    }
    let names =
        model.services.iter().map(|service| &service.name).chain(model.resources.iter().map(|resource| &resource.name));
    known("service or resource", &who.name, model, &names.map(String::as_str).collect::<Vec<_>>())?;
    let places = model.service(&who.name).and_then(|service| service.capacity.as_ref());
    places.ok_or_else(|| ApplyError::Nothing {
        name: who.name.clone(),
        why: "has places without limit, so there is nothing to add to or take from",
    })
}

fn set_places(model: &mut Model, who: &Who, capacity: Capacity) -> Result<(), ApplyError> {
    if let Some(resource) = model.resources.iter_mut().find(|resource| resource.name == who.name) {
        resource.capacity = capacity;
    } else {
        service_of(model, who)?.capacity = Some(capacity);
    }
    Ok(())
}

fn whole(name: &str, value: f64, what: &'static str) -> Result<u32, ApplyError> {
    if value < 0.0 || value.fract() != 0.0 || value > f64::from(u32::MAX) {
        return Err(ApplyError::Whole { name: name.to_owned(), value, what });
    }
    Ok(value as u32)
}

/// The clock of a model: changes are dated in hours, models in their own unit.
struct Clock {
    unit: f64,
    week_starts: f64,
    horizon: f64,
}

impl Clock {
    fn of(model: &Model) -> Self {
        Self { unit: model.unit.hours(), week_starts: model.week_starts, horizon: model.horizon }
    }

    /// Capacity with `to(units)` in place of the units wherever `when` holds. A rota that repeats goes on
    /// repeating, if only days and hours of the week are said; else it is written out to the horizon.
    fn over(
        &self,
        capacity: &Capacity,
        when: &When,
        name: &str,
        to: impl Fn(f64) -> f64,
    ) -> Result<Capacity, ApplyError> {
        // Of people who are added in general, none come while the service is shut; a change of just those hours says so.
        let units = |now: u32, rota: bool| match to(f64::from(now)) {
            _ if now == 0 && rota && when.hours.is_none() => Ok(0),
            value if value == f64::from(now) => Ok(now),
            value => whole(name, if value.fract() == 0.0 { value } else { rounded(now, value, &to) }, "places"),
        };
        match capacity {
            Capacity::Slots(slots) if when.always() => {
                Ok(Capacity::Slots(Slots { people: units(slots.people, false)?, ..slots.clone() }))
            }
            Capacity::Slots(_) => Err(ApplyError::PartOfTime { what: "the people that a slot takes" }),
            Capacity::Fixed(now) if when.always() => Ok(Capacity::Fixed(units(*now, false)?)),
            Capacity::Hours(hours) if when.always() => {
                let units = hours.units.iter().map(|now| units(*now, true)).collect::<Result<_, _>>()?;
                Ok(Capacity::Hours(Hours { units, ..hours.clone() }))
            }
            Capacity::Fixed(_) | Capacity::Hours(_) => {
                let rota = matches!(capacity, Capacity::Hours(_));
                let (day, week) = (24.0 / self.unit, 168.0 / self.unit);
                let every = match capacity {
                    Capacity::Hours(hours) => hours.every,
                    _ => Some(week),
                };
                let weekly = when.from.is_none()
                    && when.until.is_none()
                    && every.is_some_and(|every| (week / every).fract() == 0.0);
                // On a repeating rota time is that of the week; written out it is that of the run.
                let (start, end) = if weekly { (0.0, week) } else { (0.0, self.horizon) };
                let shift = if weekly { 0.0 } else { self.week_starts };
                let mut edges = vec![start];
                edges.extend([when.from, when.until].into_iter().flatten().map(|at| at / self.unit));
                let repeat = |edges: &mut Vec<f64>, offsets: &[f64], every: f64| {
                    let first = ((start + shift) / every).floor() as i64;
                    let last = ((end + shift) / every).ceil() as i64;
                    for cycle in first..=last {
                        edges.extend(offsets.iter().map(|offset| offset + cycle as f64 * every - shift));
                    }
                };
                match capacity {
                    Capacity::Hours(Hours { every: Some(every), from, .. }) => repeat(&mut edges, from, *every),
                    Capacity::Hours(hours) => edges.extend(&hours.from),
                    _ => {}
                }
                if let Some((open, close)) = when.hours {
                    repeat(&mut edges, &[f64::from(open) / self.unit, f64::from(close) / self.unit], day);
                }
                if when.days.is_some() {
                    repeat(&mut edges, &[0.0], day);
                }
                edges.retain(|at| *at >= start && *at < end);
                edges.sort_by(f64::total_cmp);
                edges.dedup();
                let (mut from, mut now) = (Vec::new(), Vec::new());
                for at in edges {
                    let clock = at + shift;
                    let of_week = clock.rem_euclid(week) * self.unit;
                    let before = capacity.at(if matches!(capacity, Capacity::Hours(Hours { every: None, .. })) {
                        at
                    } else {
                        clock
                    });
                    let after = if when.holds(at * self.unit, of_week) { units(before, rota)? } else { before };
                    if now.last() != Some(&after) {
                        from.push(at);
                        now.push(after);
                    }
                }
                Ok(Capacity::Hours(Hours { every: weekly.then_some(week), from, units: now }))
            }
        }
    }
}

/// A tenth more of 18 places is 20: shares of places are rounded, numbers of them are not.
fn rounded(now: u32, value: f64, to: &impl Fn(f64) -> f64) -> f64 {
    let proportional = (to(2.0 * f64::from(now)) - 2.0 * value).abs() < 1e-9 * value.abs().max(1.0);
    if proportional { value.round() } else { value }
}

/// Scales times so that their mean becomes what is wanted, by class if the change is of one.
fn times(
    all: &mut Option<Distribution>,
    by_class: Option<&mut std::collections::BTreeMap<String, Distribution>>,
    who: &Who,
    by: By,
    unit: f64,
) -> Result<(), ApplyError> {
    let change = |time: &Distribution| {
        let mean = time.mean() * unit;
        let after = by.apply(mean);
        if after <= 0.0 || mean <= 0.0 {
            return Err(ApplyError::Nothing { name: who.name.clone(), why: "would be left with no time at all" });
        }
        Ok(scaled(time, after / mean))
    };
    match (&who.class, by_class) {
        (Some(class), Some(by_class)) => {
            let Some(now) = by_class.get(class).or(all.as_ref()) else {
                return Err(ApplyError::Nothing { name: who.name.clone(), why: "says nothing of this class" });
            };
            let after = change(now)?;
            by_class.insert(class.clone(), after);
        }
        (Some(_), None) => {
            return Err(ApplyError::Nothing { name: who.name.clone(), why: "is the same for every class" });
        }
        (None, by_class) => {
            *all = all.as_ref().map(change).transpose()?;
            for time in by_class.into_iter().flat_map(|times| times.values_mut()) {
                *time = change(time)?;
            }
        }
    }
    Ok(())
}

/// The same shape, so many times as long.
fn scaled(time: &Distribution, factor: f64) -> Distribution {
    let mut time = time.clone();
    scale(&mut time, factor);
    time
}

fn scale(time: &mut Distribution, factor: f64) {
    use Distribution as D;
    match time {
        D::Fixed { value } => *value *= factor,
        D::Exponential { mean } | D::Lognormal { mean, .. } | D::Gamma { mean, .. } | D::Erlang { mean, .. } => {
            *mean *= factor
        }
        D::Weibull { scale, .. } => *scale *= factor,
        D::Uniform { low, high } => [low, high].into_iter().for_each(|at| *at *= factor),
        D::Triangular { low, mode, high } => [low, mode, high].into_iter().for_each(|at| *at *= factor),
        D::Hyperexponential { means: times, .. }
        | D::Empirical { values: times, .. }
        | D::Quantiles { quantiles: times } => {
            times.iter_mut().for_each(|time| *time *= factor);
        }
        D::Phase { rates, .. } => rates.iter_mut().flatten().for_each(|rate| *rate /= factor),
        D::Mixture { parts, .. } => parts.iter_mut().for_each(|part| scale(part, factor)),
        D::Shifted { by, of } => {
            *by *= factor;
            scale(of, factor);
        }
    }
}

/// More people of a class or for a time come as a source of their own behind the others, so that those who come today come
/// just as they do; fewer come as the same people, some of whom stay away.
fn arrivals(model: &mut Model, who: &Who, by: By, when: &When) -> Result<(), ApplyError> {
    if when.weekly() {
        return Err(ApplyError::PartOfTime {
            what: "who comes on days or hours of the week is said by the rates of the source, which",
        });
    }
    let names: Vec<&str> = model.sources.iter().map(|source| source.name.as_str()).collect();
    known("source", &who.name, model, &names)?;
    let clock = Clock::of(model);
    let class_of_all = model.class_names()[0].to_owned();
    let at = names.iter().position(|name| *name == who.name).unwrap_or(0);
    let source = &model.sources[at];
    let share = match &who.class {
        None => 1.0,
        Some(class) if source.classes.is_empty() => {
            f64::from(u8::from(source.class.as_ref().unwrap_or(&class_of_all) == class))
        }
        Some(class) => source.classes.get(class).copied().unwrap_or(0.0),
    };
    if share == 0.0 {
        return Err(ApplyError::Nothing { name: who.name.clone(), why: "brings nobody of this class" });
    }
    let now = share * rate(source).unwrap_or(f64::NAN) / clock.unit;
    let factor = match by {
        By::Times(factor) => factor,
        by => by.apply(now) / now,
    };
    let nothing = |why| ApplyError::Nothing { name: who.name.clone(), why };
    if !factor.is_finite() {
        return Err(nothing("brings people by a timetable, which has no rate: say x0.9"));
    }
    if factor <= 0.0 {
        return Err(nothing("would bring nobody"));
    }
    let (from, until) = (when.from.map(|from| from / clock.unit), when.until.map(|until| until / clock.unit));
    if when.always() && who.class.is_none() && source.at.is_empty() {
        // Who comes at a lower rate comes at a higher one too: the engine sees to that.
        let source = &mut model.sources[at];
        source.rate = source.rate.map(|rate| rate * factor);
        source.rates.iter_mut().for_each(|rate| *rate *= factor);
        source.gap = source.gap.as_ref().map(|gap| scaled(gap, 1.0 / factor));
    } else if factor <= 1.0 {
        model.sources[at].keep.push(Keep { share: factor, class: who.class.clone(), from, until });
    } else if source.rates.is_empty() && (source.rate.is_none() || source.population.is_some()) {
        return Err(nothing("brings people by a timetable or one by one: more of them come always and of all classes"));
    } else {
        let mut more = source.clone();
        more.name = format!("{}, more", source.name);
        while names.contains(&more.name.as_str()) {
            more.name.push_str(" again");
        }
        let factor = share * (factor - 1.0);
        more.rate = more.rate.map(|rate| rate * factor);
        more.rates.iter_mut().for_each(|rate| *rate *= factor);
        if let Some(class) = &who.class {
            more.class = Some(class.clone());
            more.classes.clear();
        }
        more.from = more.from.into_iter().chain(from).reduce(f64::max);
        more.until = more.until.into_iter().chain(until).reduce(f64::min);
        model.sources.push(more);
    }
    Ok(())
}

/// Mean people (or batches) per unit of time; none for a timetable.
fn rate(source: &Source) -> Option<f64> {
    if !source.rates.is_empty() {
        let widths: Vec<f64> = match source.breaks.len() {
            0 => vec![1.0; source.rates.len()],
            _ => source.breaks.windows(2).map(|edges| edges[1] - edges[0]).collect(),
        };
        let people: f64 = source.rates.iter().zip(&widths).map(|(rate, width)| rate * width).sum();
        return Some(people / widths.iter().sum::<f64>());
    }
    let gap = source.gap.as_ref().map(|gap| 1.0 / gap.mean());
    source.rate.map(|rate| rate * f64::from(source.population.unwrap_or(1))).or(gap)
}

/// Changes the share of a handover: every route from one service to the other, or those of one class.
fn share(model: &mut Model, who: &Who, by: By) -> Result<(), ApplyError> {
    let to = who.to.clone().unwrap_or_default();
    service_at(model, &to)?;
    let classes: Vec<String> = model.class_names().into_iter().map(str::to_owned).collect();
    let service = service_of(model, who)?;
    let mine = |route: &Route| route.to == to && (who.class.is_none() || route.class == who.class);
    let mut found = false;
    for route in service.routes.iter_mut().filter(|route| mine(route)) {
        route.share = by.apply(route.share);
        found = true;
    }
    if !found {
        // A route of all is split when one class changes.
        let of_all = service.routes.iter().position(|route| route.to == to && route.class.is_none());
        match (of_all, &who.class) {
            (Some(at), Some(changed)) => {
                let route = service.routes.remove(at);
                for class in &classes {
                    let share = if class == changed { by.apply(route.share) } else { route.share };
                    service.routes.push(Route { class: Some(class.clone()), share, ..route.clone() });
                }
            }
            _ if matches!(by, By::Times(_)) => {
                return Err(ApplyError::Nothing {
                    name: who.name.clone(),
                    why: "sends nobody there today: say +0.1 or =0.1",
                });
            }
            _ => service.routes.push(Route { to, share: by.apply(0.0), class: who.class.clone(), ..Route::default() }),
        }
    }
    if let Some(route) = service.routes.iter().find(|route| !(0.0..=1.0).contains(&route.share)) {
        let class = route.class.clone().map(|class| class + " ").unwrap_or_default();
        return Err(ApplyError::Shares { name: who.name.clone(), class, sum: route.share });
    }
    for class in &classes {
        let of_class = |route: &&Route| {
            route.hours.is_none() && route.when.is_none() && route.class.as_ref().is_none_or(|of| of == class)
        };
        let sum: f64 = service.routes.iter().filter(of_class).map(|route| route.share).sum();
        if sum > 1.0 + 1e-9 {
            let class = if classes.len() > 1 { format!("{class} ") } else { String::new() };
            return Err(ApplyError::Shares { name: who.name.clone(), class, sum });
        }
    }
    Ok(())
}

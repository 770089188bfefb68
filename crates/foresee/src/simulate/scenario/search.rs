//! What would have to be true: the smallest change that meets an aim, and which numbers of the place matter most to it.
//!
//! Both try many models on the same people with the same luck, so that the answer of a little more is never worse by chance
//! where it is better in truth, and stop trying a value once its interval lies on one side of the aim.

use super::change::{By, Change, What, When, Who, number};
use crate::simulate::model::Model;
use crate::simulate::outcome::{Outcome, Tally};
use crate::simulate::trust::{Interval, LEAST, Paired, interval, paired};
use serde::Serialize;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// An aim: a number of an outcome that is to be under a limit. As a short text: `general-ed:wait<4` (mean hours),
/// `general-ed/frail:wait90<4` (9 in 10 within), `general-ed:held>12<1%` (share held over 12 hours), `general-utc:unseen<2%`,
/// `general-surgical:lost<5%`, `home-care:busy<92%`, `general-older>home-care:delay<200` and `place:delay<900` (hours a week).
///
/// ```
/// use foresee::simulate::scenario::Aim;
/// let aim: Aim = "general-ed:held>12<1%".parse().unwrap();
/// assert_eq!(aim.to_string(), "general-ed:held>12<1%");
/// assert!("general-ed:wait<-1".parse::<Aim>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Aim {
    /// The service, or the handover; the name `place` is the whole place.
    pub who: Who,
    /// What is counted there.
    pub number: Number,
    /// What it is to be under: hours, hours a week, or a share.
    pub limit: f64,
}

/// A number of an outcome. Times are in hours, whatever the unit of the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// Mean wait until care begins.
    Wait,
    /// The wait that a share (0 to 1) of people stay within.
    WaitWithin(f64),
    /// Share of people who wait longer than so many hours.
    WaitOver(f64),
    /// Mean time held after care because the next place is full.
    Held,
    /// The time held that a share of people stay within.
    HeldWithin(f64),
    /// Share of people who are held longer than so many hours.
    HeldOver(f64),
    /// Person-hours a week of waiting: at a handover, at a service (waiting or held there), in the place.
    Delay,
    /// Share of those who came who left without being seen.
    Unseen,
    /// Share of those who came who found no place.
    Lost,
    /// Share of places in use, people held there included.
    Busy,
}

/// Why an aim cannot be read, or not be asked of this model.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AimError {
    /// Not an aim.
    #[error("`{0}` is not an aim: write for example `general-ed:wait<4`, `general-ed:held>12<1%` or `place:delay<900`")]
    Shape(String),
    /// No such service, handover or class.
    #[error("there is no `{0}` in {1}")]
    Unknown(String, String),
}

impl FromStr for Aim {
    type Err = AimError;

    fn from_str(text: &str) -> Result<Self, AimError> {
        let wrong = || AimError::Shape(text.to_owned());
        let (who, rest) = text.split_once(':').ok_or_else(wrong)?;
        let (rest, limit) = rest.rsplit_once('<').ok_or_else(wrong)?;
        let who = Who::parse(who);
        let finite = |text: &str| text.trim().parse().ok().filter(|value: &f64| value.is_finite() && *value >= 0.0);
        let word = rest.trim_end_matches(|at: char| at.is_ascii_digit() || at == '.' || at == '>');
        let after = &rest[word.len()..];
        let number = match (word, after.strip_prefix('>'), after) {
            ("wait", None, "") => Number::Wait,
            ("held", None, "") => Number::Held,
            ("wait", Some(hours), _) => Number::WaitOver(finite(hours).ok_or_else(wrong)?),
            ("held", Some(hours), _) => Number::HeldOver(finite(hours).ok_or_else(wrong)?),
            ("wait" | "held", None, within) => {
                let share = finite(within).filter(|share| *share < 100.0).ok_or_else(wrong)? / 100.0;
                if word == "wait" { Number::WaitWithin(share) } else { Number::HeldWithin(share) }
            }
            ("delay", None, "") => Number::Delay,
            ("unseen", None, "") => Number::Unseen,
            ("lost", None, "") => Number::Lost,
            ("busy", None, "") => Number::Busy,
            _ => return Err(wrong()),
        };
        let limit = match limit.trim().strip_suffix('%') {
            Some(percent) if number.share() => finite(percent).ok_or_else(wrong)? / 100.0,
            None if !number.share() => finite(limit).ok_or_else(wrong)?,
            _ => return Err(wrong()),
        };
        let joined = who.to.is_some() || who.name == PLACE;
        if who.name.is_empty() || (joined && number != Number::Delay) || (joined && who.class.is_some()) {
            return Err(wrong());
        }
        if who.class.is_some() && matches!(number, Number::Busy | Number::Delay) {
            return Err(wrong());
        }
        Ok(Self { who, number, limit })
    }
}

/// The name of the whole place in an aim.
const PLACE: &str = "place";

impl Number {
    /// Whether it is a share of people or places, and not hours.
    pub fn share(self) -> bool {
        matches!(self, Self::WaitOver(_) | Self::HeldOver(_) | Self::Unseen | Self::Lost | Self::Busy)
    }
}

impl Display for Aim {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{}:", self.who)?;
        match self.number {
            Number::Wait => write!(out, "wait"),
            Number::WaitWithin(share) => write!(out, "wait{}", clean(share * 100.0)),
            Number::WaitOver(hours) => write!(out, "wait>{hours}"),
            Number::Held => write!(out, "held"),
            Number::HeldWithin(share) => write!(out, "held{}", clean(share * 100.0)),
            Number::HeldOver(hours) => write!(out, "held>{hours}"),
            Number::Delay => write!(out, "delay"),
            Number::Unseen => write!(out, "unseen"),
            Number::Lost => write!(out, "lost"),
            Number::Busy => write!(out, "busy"),
        }?;
        if self.number.share() {
            write!(out, "<{}%", clean(self.limit * 100.0))
        } else {
            write!(out, "<{}", self.limit)
        }
    }
}

/// 0.07 × 100 is 7, not 7.000000000000001.
fn clean(percent: f64) -> f64 {
    (percent * 1e9).round() / 1e9
}

impl Aim {
    /// Can it be asked of this model?
    pub fn check(&self, model: &Model) -> Result<(), AimError> {
        let unknown = |name: &str| Err(AimError::Unknown(name.to_owned(), model.name.clone()));
        for name in [Some(&self.who.name), self.who.to.as_ref()].into_iter().flatten() {
            if name != PLACE && model.service(name).is_none() {
                return unknown(name);
            }
        }
        match &self.who.class {
            Some(class) if !model.class_names().contains(&class.as_str()) => unknown(class),
            _ => Ok(()),
        }
    }

    /// The aim in plain English, without a full stop.
    pub fn sentence(&self, model: &Model) -> String {
        let title = |name: &str| model.service(name).map_or(name, |service| service.title()).to_owned();
        let name = title(&self.who.name);
        let whom = self.who.class.as_ref().map(|class| format!("{class} people")).unwrap_or("people".to_owned());
        let hours = |hours: f64| format!("{} hour{}", number(hours), if hours == 1.0 { "" } else { "s" });
        let limit = hours(self.limit);
        let in_100 = number(self.limit * 100.0);
        let tenths = |share: f64| format!("{} in 100", number(share * 100.0));
        match self.number {
            Number::Wait => format!("the mean wait of {whom} for {name} is under {limit}"),
            Number::WaitWithin(share) => format!("{} {whom} wait for {name} under {limit}", tenths(share)),
            Number::WaitOver(over) => format!("fewer than {in_100} in 100 {whom} wait over {} for {name}", hours(over)),
            Number::Held => format!("the mean time that {whom} are held in {name} is under {limit}"),
            Number::HeldWithin(share) => format!("{} {whom} are held in {name} under {limit}", tenths(share)),
            Number::HeldOver(over) => {
                format!("fewer than {in_100} in 100 {whom} are held in {name} over {}", hours(over))
            }
            Number::Delay => match &self.who.to {
                Some(to) => format!("people are held in {name} for {} under {limit} a week", title(to)),
                None if self.who.name == PLACE => format!("people wait under {limit} a week in the whole place"),
                None => format!("people wait or are held in {name} under {limit} a week"),
            },
            Number::Unseen => format!("fewer than {in_100} in 100 {whom} leave {name} without being seen"),
            Number::Lost => format!("fewer than {in_100} in 100 {whom} find no place in {name}"),
            Number::Busy => format!("fewer than {in_100} in 100 places of {name} are in use"),
        }
    }

    /// The number in an outcome of this model.
    pub fn value(&self, model: &Model, outcome: &Outcome) -> f64 {
        let unit = model.unit.hours();
        let weekly = |time: f64| time / outcome.span * 168.0;
        let at = |name: &str| model.services.iter().position(|service| service.name == name);
        if self.who.name == PLACE {
            return weekly(outcome.services.iter().map(|service| service.waiting + service.blocked).sum());
        }
        let Some(service) = at(&self.who.name) else { return f64::NAN };
        if let Some(to) = &self.who.to {
            let joins = outcome.joins.iter().filter(|join| join.from == service && Some(join.to) == at(to));
            return weekly(joins.map(|join| join.time).sum());
        }
        let seen = &outcome.services[service];
        let class = self.who.class.as_ref().and_then(|class| model.class_names().iter().position(|name| name == class));
        let flow = class.map_or_else(|| seen.all(), |class| seen.classes[class].clone());
        let of = |part: u64, whole: u64| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
        let over = |tally: &Tally, hours: f64| tally.share_above(hours / unit);
        match self.number {
            Number::Wait => flow.wait.mean() * unit,
            Number::WaitWithin(share) => flow.wait.quantile(share) * unit,
            Number::WaitOver(hours) => over(&flow.wait, hours),
            Number::Held => flow.blocked.mean() * unit,
            Number::HeldWithin(share) => flow.blocked.quantile(share) * unit,
            Number::HeldOver(hours) => over(&flow.blocked, hours),
            Number::Delay => weekly(seen.waiting + seen.blocked),
            Number::Unseen => of(flow.reneged + flow.baulked, flow.arrivals),
            Number::Lost => of(flow.lost, flow.arrivals),
            Number::Busy => {
                let units = model.services[service].capacity.as_ref().and_then(|capacity| capacity.mean());
                units.map_or(0.0, |units| seen.busy / outcome.span / units)
            }
        }
    }
}

/// What may be changed, and how far: a change whose number is left open with a question mark.
///
/// ```
/// use foresee::simulate::scenario::Lever;
/// let lever = Lever::new("home-care:places:+?", 0.0, 30.0).unwrap();
/// assert_eq!(lever.change(12.0).to_string(), "home-care:places:+12");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Lever {
    change: Change,
    /// The smallest change, where the search begins: often none (+0, x1).
    pub least: f64,
    /// The largest change that would be thought of.
    pub most: f64,
    /// Steps that are told apart: 1 for places, a hundredth of the way for anything else.
    pub step: f64,
}

impl Lever {
    /// A lever between the smallest and the largest change. `most` may be below `least`: a stay from x1 down to x0.5.
    ///
    /// # Errors
    /// No question mark, not a change, or bounds that are no numbers.
    pub fn new(text: &str, least: f64, most: f64) -> Result<Self, super::ChangeError> {
        use super::ChangeError as E;
        if !least.is_finite() || !most.is_finite() || least == most {
            return Err(E::Number(format!("{least} to {most}")));
        }
        if text.matches('?').count() != 1 {
            return Err(E::By(text.to_owned()));
        }
        let at = |value: f64| {
            let text = if value < 0.0 { text.replace("+?", "?") } else { text.to_owned() };
            text.replace('?', &value.to_string()).parse::<Change>()
        };
        let (change, _) = (at(least)?, at(most)?);
        let whole = matches!(change.what, What::Places(By::Add(_) | By::To(_)) | What::Queue(By::Add(_) | By::To(_)));
        let whole = whole && least.fract() == 0.0 && most.fract() == 0.0;
        let step = if whole { 1.0 } else { (most - least).abs() / 100.0 };
        Ok(Self { change, least, most, step })
    }

    /// The change at a value of the lever.
    pub fn change(&self, value: f64) -> Change {
        let set = |by: By| match by {
            By::Add(_) => By::Add(value),
            By::Times(_) => By::Times(value),
            By::To(_) => By::To(value),
        };
        Change { what: self.change.what.with(set), ..self.change.clone() }
    }

    pub(super) fn steps(&self) -> usize {
        ((self.most - self.least).abs() / self.step).round() as usize
    }

    fn value(&self, step: usize) -> f64 {
        if step == self.steps() {
            self.most
        } else {
            self.least + (self.most - self.least).signum() * self.step * step as f64
        }
    }
}

/// One value of a lever that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Tried {
    /// The lever.
    pub value: f64,
    /// The number that the aim is about.
    pub number: Interval,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// The smallest value that meets the aim in the mean of the runs; none when even the largest does not.
    pub value: Option<f64>,
    /// The smallest value at which the whole interval meets it; none when the runs cannot be that sure of any.
    pub sure: Option<f64>,
    /// All that was tried, in order of the lever.
    pub tried: Vec<Tried>,
}

impl Found {
    /// What would have to be true, in plain English.
    pub fn sentence(&self, aim: &Aim, lever: &Lever, model: &Model) -> String {
        let aim = aim.sentence(model);
        let change = |value: f64| lever.change(value).sentence(model);
        match (self.value, self.sure) {
            (Some(value), _) if value == lever.least => format!("Nothing has to change: {aim}"),
            (Some(value), Some(sure)) if sure != value => {
                format!("{}, so that {aim}; to be sure of it, {}", change(value), change(sure))
            }
            (Some(value), Some(_)) => format!("{}, so that {aim}", change(value)),
            (Some(value), None) => format!("{}, so that {aim}, though these runs cannot be sure of it", change(value)),
            (None, _) => format!("No: not even with \"{}\" would it be true that {aim}", change(lever.most)),
        }
    }
}

/// Looks for the smallest value of a lever that meets an aim, by bisection. `more(value, from, to)` gives the number for
/// replications `from..to` at a value, always of the same people; each value is tried until its interval lies on one side of
/// the limit, or `replications` have been.
///
/// The number has to get smaller, or not change, along the lever; where chance breaks that (it hardly can, on the same people)
/// the value found still meets the aim.
///
/// # Errors
/// What `more` says: a value that makes no model, or a cancelled run.
pub fn smallest<E>(
    lever: &Lever,
    limit: f64,
    replications: usize,
    confidence: f64,
    mut more: impl FnMut(f64, usize, usize) -> Result<Vec<f64>, E>,
) -> Result<Found, E> {
    let mut tried: Vec<(usize, Interval)> = Vec::new();
    let mut at = |step: usize| -> Result<Interval, E> {
        if let Some((_, seen)) = tried.iter().find(|(other, _)| *other == step) {
            return Ok(*seen);
        }
        let (mut values, mut wanted) = (Vec::new(), LEAST.min(replications));
        let seen = loop {
            values.extend(more(lever.value(step), values.len(), wanted)?);
            let seen = interval(&values, confidence);
            if !seen.holds(limit) || wanted >= replications {
                break seen;
            }
            wanted = (2 * wanted).min(replications);
        };
        tried.push((step, seen));
        Ok(seen)
    };
    let mut first = |meets: &dyn Fn(&Interval) -> bool| -> Result<Option<usize>, E> {
        let (mut low, mut high) = (0, lever.steps());
        if meets(&at(low)?) {
            return Ok(Some(low));
        }
        if !meets(&at(high)?) {
            return Ok(None);
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if meets(&at(middle)?) { high = middle } else { low = middle }
        }
        Ok(Some(high))
    };
    let value = first(&|seen| seen.mean < limit)?;
    let sure = if value.is_some() { first(&|seen| seen.high() < limit)? } else { None };
    tried.sort_by_key(|(step, _)| *step);
    Ok(Found {
        value: value.map(|step| lever.value(step)),
        sure: sure.map(|step| lever.value(step)),
        tried: tried.into_iter().map(|(step, number)| Tried { value: lever.value(step), number }).collect(),
    })
}

/// What a number of the place does to an aim.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bar {
    /// The change down and the change up.
    pub changes: [Change; 2],
    /// What each does to the number of the aim, paired with the place as it is; none where it makes no model.
    pub effects: [Option<Paired>; 2],
}

impl Bar {
    /// The larger of the two effects, without its sign: what a tornado is sorted by.
    pub fn size(&self) -> f64 {
        self.effects.iter().flatten().map(|effect| effect.difference.mean.abs()).fold(0.0, f64::max)
    }
}

/// Every number of a model that could be other than it is: arrivals, stays and places, each down and up by a share.
pub fn levers(model: &Model, share: f64) -> Vec<[Change; 2]> {
    let who = |name: &str| Who { name: name.to_owned(), to: None, class: None };
    let both = |who: Who, what: fn(By) -> What| {
        [1.0 - share, 1.0 + share].map(|factor| Change {
            who: who.clone(),
            what: what(By::Times(factor)),
            when: When::default(),
        })
    };
    let sources = model.sources.iter().map(|source| both(who(&source.name), What::Arrivals));
    let of = |service: &crate::simulate::model::Service| {
        let stay = (service.stay.is_some() || !service.stays.is_empty()).then(|| both(who(&service.name), What::Stay));
        let places = service.capacity.as_ref().map(|_| both(who(&service.name), What::Places));
        stay.into_iter().chain(places)
    };
    let resources = model.resources.iter().map(|resource| both(who(&resource.name), What::Places));
    sources.chain(model.services.iter().flat_map(of)).chain(resources).collect()
}

/// What matters most: the effect of each pair of changes on the number of an aim, largest first. `run(change)` gives that
/// number by replication of the place as it is (none) or with one change, always of the same people; it may give nothing for
/// a change that makes no model.
///
/// # Errors
/// What `run` says.
pub fn tornado<E>(
    levers: &[[Change; 2]],
    confidence: f64,
    mut run: impl FnMut(Option<&Change>) -> Result<Option<Vec<f64>>, E>,
) -> Result<Vec<Bar>, E> {
    let base = run(None)?.unwrap_or_default();
    let mut bars = Vec::with_capacity(levers.len());
    for changes in levers {
        let mut effects = [None, None];
        for (change, effect) in changes.iter().zip(&mut effects) {
            *effect = run(Some(change))?.map(|changed| paired(&base, &changed, confidence));
        }
        bars.push(Bar { changes: changes.clone(), effects });
    }
    bars.sort_by(|one, other| other.size().total_cmp(&one.size()));
    Ok(bars)
}

//! Does a model make sense? Everything that is wrong is told at once, with its line, the reason and the way out, before a run
//! begins; what is odd but possible (more work than a service can do, a ring that can lock) is told beside the run.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use super::distribution::Distribution;
use super::model::{Batch, Baulk, Block, Capacity, Full, Hours, Model, Present, Service, Slots, Source, State, WarmUp};

/// More units than any place has.
const MOST_UNITS: u32 = 999_999;
/// More people inside at once than a run holds (72 bytes each).
const MOST_PEOPLE: f64 = 5_000_000.0;
/// More services than tables of pairs are made for.
const MOST_SERVICES: usize = 1_000;

/// Something wrong with a model, or odd about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line of the file, from 1, when the model came from text.
    pub line: Option<usize>,
    /// Where in the model: keys and places in lists, with dots (`service.3.capacity`).
    pub at: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// Whether the model cannot be run.
    pub fatal: bool,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "line {line}: {}", self.message)?,
            None => write!(out, "{}: {}", self.at, self.message)?,
        }
        if !self.help.is_empty() {
            write!(out, " ({})", self.help)?;
        }
        Ok(())
    }
}

/// A model that cannot be run, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the model cannot be run: {}", self.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Invalid {
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
}

/// Reads a model file (TOML, or JSON when it begins with a brace) and proves that it makes sense.
///
/// # Errors
/// Everything that is wrong, with its line.
pub fn read(text: &str) -> Result<(Model, Vec<Problem>), Invalid> {
    let json = text.trim_start().starts_with('{');
    let problem = |line: Option<usize>, message: String| {
        let help = "docs/models.md lists every key".to_owned();
        Invalid { problems: vec![Problem { line, at: String::new(), message, help, fatal: true }] }
    };
    let read = match json {
        true => Model::from_json(text).map_err(|error| {
            let message = error.to_string();
            problem(Some(error.line()), message.split(" at line ").next().unwrap_or_default().to_owned())
        })?,
        false => Model::from_toml(text).map_err(|error| {
            let line = error.span().map(|span| line_of(text, span.start));
            problem(line, error.message().replace('\n', ", "))
        })?,
    };
    let mut found = model(&read);
    if !json && let Ok(table) = toml::de::DeTable::parse(text) {
        for problem in &mut found {
            problem.line = Some(line_of(text, locate(&table, &problem.at)));
        }
        found.sort_by_key(|problem| problem.line);
    }
    let (faults, warnings): (Vec<_>, Vec<_>) = found.into_iter().partition(|problem| problem.fatal);
    if faults.is_empty() { Ok((read, warnings)) } else { Err(Invalid { problems: faults }) }
}

fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Where a path stands in the text: as far along it as the text goes.
fn locate(table: &toml::Spanned<toml::de::DeTable<'_>>, path: &str) -> usize {
    use toml::de::DeValue;
    let mut at = 0;
    let mut value: Option<&DeValue> = None;
    for step in path.split('.').filter(|step| !step.is_empty()) {
        let next = match (value, step.parse::<usize>()) {
            (None, _) => table.get_ref().get_key_value(step).map(|(key, value)| (key.span().start, value)),
            (Some(DeValue::Array(items)), Ok(index)) => items.get(index).map(|item| (item.span().start, item)),
            (Some(DeValue::Table(table)), _) => table.get_key_value(step).map(|(key, value)| (key.span().start, value)),
            _ => None,
        };
        let Some((start, next)) = next else { break };
        at = start;
        value = Some(next.get_ref());
    }
    at
}

struct Finder<'a> {
    model: &'a Model,
    found: Vec<Problem>,
    services: HashMap<&'a str, usize>,
    classes: HashMap<&'a str, usize>,
    resources: HashSet<&'a str>,
}

/// What is wrong with a model, and what is odd about it.
pub fn model(model: &Model) -> Vec<Problem> {
    let named = |names: Vec<&'_ str>| -> Vec<String> { names.into_iter().map(str::to_owned).collect() };
    let class_names = named(model.class_names());
    let mut finder = Finder {
        model,
        found: Vec::new(),
        services: model.services.iter().enumerate().map(|(at, service)| (service.name.as_str(), at)).collect(),
        classes: class_names.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect(),
        resources: model.resources.iter().map(|resource| resource.name.as_str()).collect(),
    };
    finder.whole();
    for (at, source) in model.sources.iter().enumerate() {
        finder.source(&format!("source.{at}"), source);
    }
    for (at, resource) in model.resources.iter().enumerate() {
        let path = format!("resource.{at}.capacity");
        finder.capacity(&path, &resource.capacity);
        if matches!(resource.capacity, Capacity::Slots(_)) {
            finder.fault(&path, "a resource has no slots".into(), "give it a number, or hours with units");
        }
    }
    for (at, service) in model.services.iter().enumerate() {
        finder.service(&format!("service.{at}"), service);
    }
    for (at, present) in model.start.iter().enumerate() {
        finder.present(&format!("start.{at}"), present);
    }
    if finder.found.iter().all(|problem| !problem.fatal) {
        finder.network();
    }
    finder.found
}

impl Finder<'_> {
    fn add(&mut self, at: &str, message: String, help: &str, fatal: bool) {
        self.found.push(Problem { line: None, at: at.to_owned(), message, help: help.to_owned(), fatal });
    }

    fn fault(&mut self, at: &str, message: String, help: &str) {
        self.add(at, message, help, true);
    }

    fn time(&mut self, at: &str, what: &str, value: f64, least: f64) {
        if !(value.is_finite() && value >= least && value <= 1e9) {
            let message = format!("{what} is {value}");
            self.fault(at, message, &format!("it must be a number from {least} to 1,000,000,000"));
        }
    }

    fn known_service(&mut self, at: &str, name: &str) {
        if !self.services.contains_key(name) {
            let names: Vec<&str> = self.model.services.iter().map(|service| service.name.as_str()).collect();
            let help = format!("services are {}", names.join(", "));
            self.fault(at, format!("no service is called \"{name}\""), &help);
        }
    }

    fn known_class(&mut self, at: &str, name: &str) {
        if !self.classes.contains_key(name) {
            let help = format!("classes are {}", self.model.class_names().join(", "));
            self.fault(at, format!("no class is called \"{name}\""), &help);
        }
    }

    fn whole(&mut self) {
        let model = self.model;
        if !(model.horizon.is_finite() && model.horizon > 0.0 && model.horizon <= 1e9) {
            self.fault("horizon", format!("the horizon is {}", model.horizon), "it must be above 0 and finite");
        }
        if let Some(WarmUp::Time(time)) = model.warm_up
            && !(0.0..model.horizon).contains(&time)
        {
            let message = format!("the warm-up of {time} is not within the horizon of {}", model.horizon);
            self.fault("warm_up", message, "a warm-up is shorter than the horizon, or \"mser\"");
        }
        self.time("week_starts", "week_starts", model.week_starts, -1e9);
        self.time("year_starts", "year_starts", model.year_starts, -1e9);
        if model.services.is_empty() {
            self.fault("", "the model has no service".into(), "add a [[service]]");
        }
        if model.sources.is_empty() && model.start.is_empty() {
            self.fault("", "nobody comes and nobody is there".into(), "add a [[source]] or a [[start]]");
        }
        if model.services.len() > MOST_SERVICES {
            self.fault("service", format!("{} services", model.services.len()), "at most 1,000 are simulated together");
        }
        if model.classes.len() > 250 {
            self.fault("class", format!("{} classes", model.classes.len()), "there may be 250");
        }
        let priorities: HashSet<i32> = model.classes.iter().map(|class| class.priority).collect();
        if priorities.len() > 60 {
            self.fault("class", format!("{} different priorities", priorities.len()), "there may be 60");
        }
        let lists: [(&str, Vec<&str>); 4] = [
            ("class", model.classes.iter().map(|class| class.name.as_str()).collect()),
            ("source", model.sources.iter().map(|source| source.name.as_str()).collect()),
            ("resource", model.resources.iter().map(|resource| resource.name.as_str()).collect()),
            ("service", model.services.iter().map(|service| service.name.as_str()).collect()),
        ];
        for (what, names) in lists {
            let mut seen = HashSet::new();
            for (at, name) in names.into_iter().enumerate() {
                if name.is_empty() {
                    self.fault(&format!("{what}.{at}.name"), format!("a {what} has no name"), "give it one");
                }
                if !seen.insert(name) {
                    let message = format!("there are two of the name \"{name}\"");
                    self.fault(&format!("{what}.{at}.name"), message, "names are different");
                }
            }
        }
    }

    fn shares(&mut self, at: &str, what: &str, shares: &[f64]) {
        let sum: f64 = shares.iter().sum();
        if shares.iter().any(|share| !(share.is_finite() && (0.0..=1.0 + 1e-9).contains(share))) {
            self.fault(at, format!("{what} has a share that is not from 0 to 1"), "shares are parts of one");
        } else if (sum - 1.0).abs() > 1e-6 {
            self.fault(at, format!("{what} sums to {sum}"), "shares sum to one");
        }
    }

    fn distribution(&mut self, at: &str, distribution: &Distribution) {
        let wrong = |value: f64, above: bool| {
            !(value.is_finite() && value <= 1e9 && if above { value > 0.0 } else { value >= 0.0 })
        };
        let mut fault = |message: String, help: &str| self.fault(at, message, help);
        match distribution {
            Distribution::Fixed { value } if wrong(*value, false) => {
                fault(format!("a time of {value}"), "it must be from 0 and finite");
            }
            Distribution::Exponential { mean } if wrong(*mean, true) => {
                fault(format!("an exponential of mean {mean}"), "the mean must be above 0 and finite");
            }
            Distribution::Lognormal { mean, cv } | Distribution::Gamma { mean, cv }
                if wrong(*mean, true) || wrong(*cv, true) || *cv > 30.0 =>
            {
                fault(format!("a mean of {mean} and a cv of {cv}"), "both must be above 0, the cv at most 30");
            }
            Distribution::Weibull { shape, scale } if wrong(*scale, true) || !(0.05..=1000.0).contains(shape) => {
                fault(
                    format!("a Weibull of shape {shape} and scale {scale}"),
                    "shape from 0.05 to 1,000, scale above 0",
                );
            }
            Distribution::Erlang { mean, stages } if wrong(*mean, true) || !(1..=10_000).contains(stages) => {
                fault(format!("an Erlang of mean {mean} and {stages} stages"), "mean above 0, 1 to 10,000 stages");
            }
            Distribution::Uniform { low, high } if wrong(*low, false) || wrong(*high, false) || low > high => {
                fault(format!("a uniform from {low} to {high}"), "low from 0, high not below it");
            }
            Distribution::Triangular { low, mode, high }
                if wrong(*low, false) || wrong(*high, false) || !(low <= mode && mode <= high && low < high) =>
            {
                fault(format!("a triangle of {low}, {mode}, {high}"), "low, mode and high in this order, from 0");
            }
            Distribution::Hyperexponential { shares, means } => {
                if shares.len() != means.len() || means.iter().any(|mean| wrong(*mean, true)) {
                    fault("as many means above 0 as shares are needed".into(), "one mean for each share");
                }
                self.shares(at, "the mixture", shares);
            }
            Distribution::Mixture { shares, parts } => {
                if shares.len() != parts.len() {
                    fault("as many parts as shares are needed".into(), "one part for each share");
                }
                self.shares(at, "the mixture", shares);
                for part in parts {
                    self.distribution(at, part);
                }
            }
            Distribution::Shifted { by, of } => {
                if wrong(*by, false) {
                    fault(format!("shifted by {by}"), "it must be from 0 and finite");
                }
                self.distribution(at, of);
            }
            Distribution::Phase { initial, rates } => {
                let size = initial.len();
                let square = rates.len() == size && rates.iter().all(|row| row.len() == size);
                let outward = rates.iter().enumerate().all(|(at, row)| {
                    row.iter().enumerate().all(|(to, rate)| rate.is_finite() && (to == at || *rate >= 0.0))
                        && row.iter().sum::<f64>() <= 1e-9
                        && row.get(at).is_some_and(|rate| *rate < 0.0)
                });
                if !square || !outward {
                    let help = "a square of rates, minus the whole rate out on the diagonal, rows summing to at most 0";
                    fault("the rates of the phases are not those of a chain that ends".into(), help);
                } else if !distribution.mean().is_finite() || distribution.mean() <= 0.0 {
                    fault("the phases never end".into(), "some phase needs a rate out");
                }
                self.shares(at, "initial", initial);
            }
            Distribution::Empirical { values, weights } => {
                let sorted = values.windows(2).all(|pair| pair[0] <= pair[1]);
                if values.is_empty() || !sorted || values.iter().any(|value| wrong(*value, false)) {
                    fault("values must be from 0, in increasing order".into(), "sort them");
                }
                let sum: f64 = weights.iter().sum();
                let odd = weights.iter().any(|weight| wrong(*weight, false)) || wrong(sum, true);
                if !weights.is_empty() && (weights.len() != values.len() || odd) {
                    fault("as many weights from 0 as values are needed".into(), "one weight for each value");
                }
            }
            Distribution::Quantiles { quantiles } => {
                let sorted = quantiles.windows(2).all(|pair| pair[0] <= pair[1]);
                if quantiles.len() < 2 || !sorted || quantiles.iter().any(|value| wrong(*value, false)) {
                    fault("two or more quantiles are needed, from 0, in increasing order".into(), "sort them");
                }
            }
            _ => {}
        }
    }

    fn source(&mut self, at: &str, source: &Source) {
        let key = |name: &str| format!("{at}.{name}");
        self.known_service(&key("to"), &source.to);
        if let Some(class) = &source.class {
            self.known_class(&key("class"), class);
        }
        if !source.classes.is_empty() {
            for class in source.classes.keys() {
                self.known_class(&key("classes"), class);
            }
            self.shares(&key("classes"), "classes", &source.classes.values().copied().collect::<Vec<_>>());
        }
        let kinds = [
            source.rate.is_some() && source.population.is_none(),
            !source.rates.is_empty(),
            !source.at.is_empty(),
            source.gap.is_some(),
            source.population.is_some(),
        ];
        if kinds.iter().filter(|kind| **kind).count() != 1 {
            let message = format!("source \"{}\" must say in one way how people come", source.name);
            self.fault(at, message, "one of rate, rates, at, gap, or population with rate");
            return;
        }
        let wrong = |rate: f64| !(rate.is_finite() && (0.0..=1e7).contains(&rate));
        if let Some(rate) = source.rate.filter(|rate| wrong(*rate)) {
            self.fault(&key("rate"), format!("a rate of {rate}"), "a rate is from 0 to 10,000,000 and finite");
        }
        if let Some(rate) = source.rates.iter().find(|rate| wrong(**rate)) {
            self.fault(&key("rates"), format!("a rate of {rate}"), "a rate is from 0 to 10,000,000 and finite");
        }
        if let Some(every) = source.every.filter(|every| !(every.is_finite() && *every > 0.0)) {
            self.fault(&key("every"), format!("a cycle of {every}"), "it must be above 0 and finite");
        }
        if !source.breaks.is_empty() {
            let end = source.every.unwrap_or(f64::INFINITY);
            if source.breaks.len() != source.rates.len() + 1 || !rising(&source.breaks, f64::NEG_INFINITY, end) {
                let message = "breaks must rise, one more of them than there are rates".into();
                self.fault(&key("breaks"), message, "each rate holds from one break to the next");
            }
        }
        if !source.at.is_empty() && !rising_or_equal(&source.at, 0.0, source.every.unwrap_or(f64::INFINITY)) {
            let message = "times of arrival must be from 0, in order, and within the cycle".into();
            self.fault(&key("at"), message, "sort them");
        }
        if let Some(people) = source.population
            && (people == 0 || people as f64 > MOST_PEOPLE || source.rate.is_none_or(|rate| rate <= 0.0))
        {
            let message = format!("a closed population of {people} with a rate of {:?}", source.rate);
            self.fault(&key("population"), message, "1 to 5,000,000 people, and a rate above 0 for each");
        }
        if let Some(gap) = &source.gap {
            self.distribution(&key("gap"), gap);
            if gap.mean() <= 0.0 {
                self.fault(&key("gap"), "the gap between arrivals is nought".into(), "its mean must be above 0");
            }
        }
        match &source.batch {
            Some(Batch::Fixed(0)) => self.fault(&key("batch"), "a batch of nobody".into(), "at least 1"),
            Some(Batch::Fixed(people)) if *people > 1_000_000 => {
                self.fault(&key("batch"), format!("a batch of {people}"), "at most 1,000,000");
            }
            Some(Batch::Shares { shares }) => self.shares(&key("batch"), "the batch", &shares.clone()),
            Some(Batch::Drawn(distribution)) => self.distribution(&key("batch"), &distribution.clone()),
            Some(Batch::Fixed(_)) | None => {}
        }
        if !source.season.is_empty() && (source.season.len() != 12 || source.season.iter().any(|factor| wrong(*factor)))
        {
            self.fault(&key("season"), "a season has twelve factors from 0".into(), "January first");
        }
        if !(source.growth > -1.0 && source.growth < 1.0) {
            self.fault(&key("growth"), format!("growth of {} a year", source.growth), "0.02 is two in a hundred");
        }
        for keep in &source.keep {
            if !(0.0..=1.0).contains(&keep.share) {
                self.fault(&key("keep"), format!("a share of {} that comes", keep.share), "from 0 to 1");
            }
            if let Some(class) = &keep.class {
                self.known_class(&key("keep"), class);
            }
        }
        if !(0.0..=2.0).contains(&source.day_spread) {
            self.fault(&key("day_spread"), format!("a day_spread of {}", source.day_spread), "from 0 to 2");
        }
        for (name, time) in [("from", source.from), ("until", source.until)] {
            if let Some(time) = time {
                self.time(&key(name), name, time, -1e9);
            }
        }
    }

    fn capacity(&mut self, at: &str, capacity: &Capacity) {
        let units: Vec<u32> = match capacity {
            Capacity::Fixed(units) => vec![*units],
            Capacity::Hours(hours) => hours.units.clone(),
            Capacity::Slots(slots) => vec![slots.people],
        };
        let most = units.iter().copied().max().unwrap_or(0);
        if most == 0 {
            let help = "a capacity is 1 or more; leave it out for a service without limit";
            self.fault(at, "a capacity of 0: nobody would ever be cared for".into(), help);
        }
        if most > MOST_UNITS {
            let help = "at most 999,999; leave capacity out for a service without limit";
            self.fault(at, format!("a capacity of {most} is more than a place can have"), help);
        }
        match capacity {
            Capacity::Hours(Hours { every, from, units }) => {
                let end = every.unwrap_or(1e9);
                if from.is_empty()
                    || from.len() != units.len()
                    || !rising(from, f64::NEG_INFINITY, end)
                    || from[0] < 0.0
                {
                    let help = "from = [0, 8, 18], units = [5, 10, 5]: times rise and lie within `every`";
                    self.fault(at, "hours need as many rising times as units".into(), help);
                }
                if every.is_some_and(|every| !(every.is_finite() && every > 0.0)) {
                    self.fault(at, "a cycle of hours must be above 0".into(), "every = 24 or 168");
                }
            }
            Capacity::Slots(Slots { slots, every, .. }) => {
                let end = every.unwrap_or(1e9);
                if slots.is_empty() || !rising(slots, f64::NEG_INFINITY, end) || slots[0] < 0.0 {
                    self.fault(
                        at,
                        "slots must be times that rise, within `every`".into(),
                        "slots = [9, 9.5, 10], every = 24",
                    );
                }
            }
            Capacity::Fixed(_) => {}
        }
    }

    fn service(&mut self, at: &str, service: &Service) {
        let key = |name: &str| format!("{at}.{name}");
        if let Some(capacity) = &service.capacity {
            self.capacity(&key("capacity"), capacity);
        }
        let singles = [
            ("stay", &service.stay),
            ("patience", &service.patience),
            ("transfer", &service.transfer),
            ("turnaround", &service.turnaround),
        ];
        for (name, distribution) in singles {
            if let Some(distribution) = distribution {
                self.distribution(&key(name), distribution);
            }
        }
        for (name, by_class) in [("stays", &service.stays), ("patiences", &service.patiences)] {
            for (class, distribution) in by_class {
                self.known_class(&format!("{at}.{name}.{class}"), class);
                self.distribution(&format!("{at}.{name}.{class}"), distribution);
            }
        }
        for (class, units) in &service.units {
            self.known_class(&format!("{at}.units.{class}"), class);
            let most = service.capacity.as_ref().map_or(u32::MAX, |capacity| match capacity {
                Capacity::Slots(_) => u32::MAX,
                capacity => capacity.most(),
            });
            if *units == 0 || *units > most {
                let message = format!("{class} takes {units} of {most} units");
                self.fault(&format!("{at}.units.{class}"), message, "from 1 to the capacity");
            }
        }
        for (index, need) in service.needs.iter().enumerate() {
            let path = format!("{at}.needs.{index}");
            if let Some(class) = &need.class {
                self.known_class(&path, class);
            }
            if !self.resources.contains(need.resource.as_str()) {
                self.fault(&path, format!("no resource is called \"{}\"", need.resource), "add a [[resource]]");
            }
            let resource = self.model.resources.iter().find(|resource| resource.name == need.resource);
            if let Some(most) = resource.map(|resource| resource.capacity.most()).filter(|most| need.units > *most) {
                let message = format!("{} of {most} units of {} are needed at once", need.units, need.resource);
                self.fault(&path, message, "care would never begin");
            }
        }
        for (name, target) in [("leaves_to", &service.leaves_to), ("divert", &service.divert)] {
            if let Some(target) = target {
                self.known_service(&key(name), target);
            }
        }
        if service.full == Some(Full::Divert) && service.divert.is_none() {
            self.fault(&key("full"), "diverted, but where to?".into(), "divert = \"other service\"");
        }
        if service.queue.is_some() && service.capacity.is_none() && service.needs.is_empty() {
            self.fault(
                &key("queue"),
                "a queue before a capacity without limit".into(),
                "leave queue out, or give a capacity",
            );
        }
        match &service.baulk {
            Some(Baulk::Linear { over, .. }) if !(over.is_finite() && *over > 0.0) => {
                self.fault(&key("baulk"), format!("baulking over {over}"), "over how many more present all stay away");
            }
            Some(Baulk::Shares { shares })
                if shares.is_empty() || shares.iter().any(|share| !(0.0..=1.0).contains(share)) =>
            {
                self.fault(&key("baulk"), "shares that stay away are from 0 to 1".into(), "one for 0, 1, 2 … present");
            }
            _ => {}
        }
        for (index, change) in service.deterioration.iter().enumerate() {
            let path = format!("{at}.deterioration.{index}");
            self.known_class(&path, &change.from);
            self.known_class(&path, &change.to);
            self.distribution(&path, &change.after);
        }
        for (index, (from, until)) in service.closed.iter().enumerate() {
            if !(from.is_finite() && until.is_finite() && from < until) {
                self.fault(
                    &format!("{at}.closed.{index}"),
                    format!("closed from {from} until {until}"),
                    "from before until",
                );
            }
        }
        self.routes(at, service);
    }

    fn routes(&mut self, at: &str, service: &Service) {
        for (index, route) in service.routes.iter().enumerate() {
            let path = format!("{at}.route.{index}");
            self.known_service(&format!("{path}.to"), &route.to);
            if let Some(class) = &route.class {
                self.known_class(&format!("{path}.class"), class);
            }
            if let Some(when) = &route.when {
                self.known_service(&format!("{path}.when"), &when.service);
            }
            if !(route.share.is_finite() && route.share >= 0.0 && route.share <= 1.0 + 1e-9) {
                let message = format!("a share of {} goes to {}", route.share, route.to);
                self.fault(&format!("{path}.share"), message, "a share is from 0 to 1");
            }
            if route.hours.is_some_and(|(from, until)| !((0.0..=24.0).contains(&from) && (0.0..=24.0).contains(&until)))
            {
                self.fault(&format!("{path}.hours"), "hours are of the day, from 0 to 24".into(), "hours = [8, 18]");
            }
        }
        let model = self.model;
        let mut over: BTreeMap<String, f64> = BTreeMap::new();
        for class in model.class_names() {
            let sum = most_shared(service, class);
            if sum > 1.0 + 1e-6 {
                over.insert(class.to_owned(), sum);
            }
        }
        if let Some((class, sum)) = over.into_iter().next() {
            let of = if model.classes.is_empty() { String::new() } else { format!(" of {class}") };
            let message = format!("the routes{of} from \"{}\" sum to {:.4}", service.name, sum);
            self.fault(
                &format!("{at}.route.0"),
                message,
                "shares sum to at most one; what is left over leaves the place",
            );
        }
    }

    fn present(&mut self, at: &str, present: &Present) {
        let key = |name: &str| format!("{at}.{name}");
        self.known_service(&key("service"), &present.service);
        if let Some(class) = &present.class {
            self.known_class(&key("class"), class);
        }
        if let Some(next) = &present.next {
            self.known_service(&key("next"), next);
        }
        if present.state == State::Blocked && present.next.is_none() {
            self.fault(at, "blocked, but for what?".into(), "next = \"service\"");
        }
        self.time(&key("elapsed"), "elapsed", present.elapsed, 0.0);
    }

    /// Who reaches what, and whether they ever come out; load, and rings that can lock.
    fn network(&mut self) {
        let model = self.model;
        let classes = model.class_names();
        let ways = ways(model);
        let mut reached: HashSet<(usize, usize)> = HashSet::new();
        let mut todo: Vec<(usize, usize)> = Vec::new();
        for source in &model.sources {
            let to = self.services[source.to.as_str()];
            match source.classes.is_empty() {
                true => todo.push((to, source.class.as_deref().map_or(0, |class| self.classes[class]))),
                false => todo.extend(source.classes.keys().map(|class| (to, self.classes[class.as_str()]))),
            }
        }
        for present in &model.start {
            let class = present.class.as_deref().map_or(0, |class| self.classes[class]);
            todo.push((self.services[present.service.as_str()], class));
            todo.extend(present.next.iter().map(|next| (self.services[next.as_str()], class)));
        }
        while let Some(node) = todo.pop() {
            if reached.insert(node) {
                todo.extend(ways[node.0 * classes.len() + node.1].iter().copied());
            }
        }
        for (at, service) in model.services.iter().enumerate() {
            if !reached.iter().any(|(reached, _)| *reached == at) {
                let message = format!("nobody reaches \"{}\"", service.name);
                self.fault(&format!("service.{at}.name"), message, "add a route or a source to it, or take it out");
            }
        }
        // Who can come out: backwards from where people leave.
        let mut out: HashSet<(usize, usize)> =
            reached.iter().copied().filter(|(at, class)| leaves(&model.services[*at], classes[*class])).collect();
        loop {
            let more: Vec<_> = reached
                .iter()
                .copied()
                .filter(|node| !out.contains(node))
                .filter(|node| ways[node.0 * classes.len() + node.1].iter().any(|to| out.contains(to)))
                .collect();
            if more.is_empty() {
                break;
            }
            out.extend(more);
        }
        let mut caught: Vec<_> = reached.iter().filter(|node| !out.contains(node)).copied().collect();
        caught.sort_unstable();
        if let Some((at, class)) = caught.first().copied() {
            let mut names: Vec<&str> = caught.iter().map(|(at, _)| model.services[*at].name.as_str()).collect();
            names.dedup();
            let of = if model.classes.is_empty() { String::new() } else { format!(" for {}", classes[class]) };
            let message = format!("a loop with no exit{of}: {}", names.join(" → "));
            self.fault(&format!("service.{at}.route.0"), message, "some route out must leave a share over");
            return;
        }
        let traffic = traffic(model);
        let mut inside = 0.0;
        for (at, service) in model.services.iter().enumerate() {
            let (rate, load) = traffic[at];
            let Some(capacity) = service.capacity.as_ref().and_then(Capacity::mean) else {
                inside += load;
                continue;
            };
            let waits = service.queue.is_none() && service.patience.is_none() && service.patiences.is_empty();
            inside += load.min(capacity) + f64::from(service.queue.unwrap_or(0));
            if load >= capacity {
                if waits && service.baulk.is_none() {
                    inside += (load - capacity) / load.max(1e-9) * rate * model.horizon;
                }
                let message = format!(
                    "\"{}\" is offered {load:.2} units of work and has {capacity:.2}: it is always full, and what waits \
                     for it grows",
                    service.name
                );
                self.add(
                    &format!("service.{at}.capacity"),
                    message,
                    "more capacity, shorter stays or fewer people",
                    false,
                );
            }
        }
        // A closed population is never more than itself.
        if model.sources.iter().all(|source| source.population.is_some()) {
            inside = inside.min(model.sources.iter().filter_map(|source| source.population).map(f64::from).sum());
        }
        if inside > MOST_PEOPLE {
            let message = format!("about {inside:.0} people would be inside at once");
            self.fault("horizon", message, "at most 5,000,000 are held; a shorter horizon or lower rates");
        }
        for ring in locking_rings(model) {
            let names: Vec<&str> = ring.iter().map(|at| model.services[*at].name.as_str()).collect();
            let message = format!("people can come to wait for each other in a ring: {}", names.join(" → "));
            let help = "a deadlock is told, and resolved as `deadlock` says; a queue without limit cannot lock";
            self.add(&format!("service.{}.route.0", ring[0]), message, help, false);
        }
    }
}

fn rising(times: &[f64], least: f64, most: f64) -> bool {
    times.iter().all(|time| time.is_finite() && *time >= least && *time <= most)
        && times.windows(2).all(|pair| pair[0] < pair[1])
}

fn rising_or_equal(times: &[f64], least: f64, most: f64) -> bool {
    times.iter().all(|time| time.is_finite() && *time >= least && *time <= most.min(1e9))
        && times.windows(2).all(|pair| pair[0] <= pair[1])
}

/// The most that the routes of a class ever share out at once.
fn most_shared(service: &Service, class: &str) -> f64 {
    let mine: Vec<_> =
        service.routes.iter().filter(|route| route.class.as_deref().is_none_or(|other| other == class)).collect();
    let mut hours: Vec<f64> =
        mine.iter().filter_map(|route| route.hours).flat_map(|(from, until)| [from, until]).collect();
    hours.push(0.0);
    let mut counts: Vec<(Option<&str>, u32)> = vec![(None, 0)];
    for when in mine.iter().filter_map(|route| route.when.as_ref()) {
        let service = Some(when.service.as_str());
        counts.push((service, 0));
        counts.extend(when.at_least.into_iter().chain(when.at_most).map(|count| (service, count)));
    }
    let mut most: f64 = 0.0;
    for hour in &hours {
        for (held, count) in &counts {
            let shares = mine.iter().filter(|route| {
                let open = route.hours.is_none_or(|(from, until)| match from <= until {
                    true => from <= *hour && *hour < until,
                    false => *hour >= from || *hour < until,
                });
                open && route.when.as_ref().is_none_or(|when| {
                    *held == Some(when.service.as_str())
                        && when.at_least.is_none_or(|least| *count >= least)
                        && when.at_most.is_none_or(|most| *count <= most)
                })
            });
            most = most.max(shares.map(|route| route.share).sum());
        }
    }
    most
}

/// Whether somebody of a class leaves the place from here.
fn leaves(service: &Service, class: &str) -> bool {
    let mine = service.routes.iter().filter(|route| route.class.as_deref().is_none_or(|other| other == class));
    let always: f64 = mine.filter(|route| route.hours.is_none() && route.when.is_none()).map(|route| route.share).sum();
    let gives_up = service.patience_of(class).is_some() && service.leaves_to.is_none() && service.capacity.is_some();
    always < 1.0 - 1e-6 || gives_up || service.full == Some(Full::Lose) || service.baulk.is_some()
}

/// Where one can come from each service and class, by route, change of class, diversion or giving up.
fn ways(model: &Model) -> Vec<Vec<(usize, usize)>> {
    let classes = model.class_names();
    let index = |name: &str| model.services.iter().position(|service| service.name == name);
    let mut ways = Vec::new();
    for (at, service) in model.services.iter().enumerate() {
        for (class, name) in classes.iter().enumerate() {
            let routes = service
                .routes
                .iter()
                .filter(|route| route.share > 0.0 && route.class.as_deref().is_none_or(|other| other == *name));
            let mut to: Vec<(usize, usize)> = routes.filter_map(|route| Some((index(&route.to)?, class))).collect();
            to.extend(service.divert.iter().chain(&service.leaves_to).filter_map(|name| Some((index(name)?, class))));
            for change in service.deterioration.iter().filter(|change| change.from == *name) {
                to.extend(classes.iter().position(|name| *name == change.to).map(|class| (at, class)));
            }
            ways.push(to);
        }
    }
    ways
}

/// Whether people may come back to each service.
pub(crate) fn rings(model: &Model) -> Vec<bool> {
    let services = model.services.len();
    let classes = model.class_names().len();
    let mut next: Vec<HashSet<usize>> = vec![HashSet::new(); services];
    for (node, to) in ways(model).into_iter().enumerate() {
        next[node / classes].extend(to.into_iter().filter(|to| to.1 == node % classes).map(|to| to.0));
    }
    (0..services)
        .map(|at| {
            let (mut seen, mut todo): (HashSet<usize>, Vec<usize>) =
                (HashSet::new(), next[at].iter().copied().collect());
            while let Some(to) = todo.pop() {
                if seen.insert(to) {
                    todo.extend(next[to].iter().copied());
                }
            }
            seen.contains(&at)
        })
        .collect()
}

/// One ring for each service in which people can come to wait for each other: every step of it can be full and hold them back.
fn locking_rings(model: &Model) -> Vec<Vec<usize>> {
    let index = |name: &str| model.services.iter().position(|service| service.name == name);
    let holds = |service: &Service| {
        service.queue.is_some() && !matches!(service.full, Some(Full::Lose | Full::Divert)) && service.divert.is_none()
    };
    // Where a resource is kept that is needed here, unless it is kept by those who are here.
    let kept = |at: usize| {
        let needs = |other: usize| model.services[other].needs.iter();
        let elsewhere = (0..model.services.len()).filter(move |other| *other != at);
        elsewhere.filter(move |other| {
            needs(*other).any(|held| held.held && needs(at).any(|need| need.resource == held.resource))
        })
    };
    let next: Vec<Vec<usize>> = model
        .services
        .iter()
        .enumerate()
        .map(|(at, service)| {
            // Care that waits for the place ahead alone always finds the one that was just left.
            let waits = (service.block == Block::After || !service.needs.is_empty()) && service.capacity.is_some();
            let routes = service.routes.iter().filter(|route| waits && route.share > 0.0);
            let ahead = routes.filter_map(|route| index(&route.to)).filter(|to| holds(&model.services[*to]));
            ahead.chain(kept(at)).collect()
        })
        .collect();
    let mut rings: Vec<Vec<usize>> = Vec::new();
    for start in 0..next.len() {
        // The shortest way back, breadth first; each ring is told once, from its first service.
        let mut from: HashMap<usize, usize> = HashMap::new();
        let mut todo = std::collections::VecDeque::from([start]);
        while let Some(at) = todo.pop_front() {
            for to in next[at].iter().copied().filter(|to| *to >= start) {
                if to == start {
                    let mut ring = vec![at];
                    while *ring.last().unwrap_or(&start) != start {
                        ring.push(from[ring.last().unwrap_or(&start)]);
                    }
                    ring.reverse();
                    rings.push(ring);
                    todo.clear();
                    break;
                }
                if let std::collections::hash_map::Entry::Vacant(place) = from.entry(to) {
                    place.insert(at);
                    todo.push_back(to);
                }
            }
        }
    }
    rings
}

/// Mean people (or batches of them, times their size) a unit of time that a source sends.
pub(crate) fn mean_rate(model: &Model, source: &Source) -> f64 {
    let batch = source.batch.as_ref().map_or(1.0, |batch| match batch {
        Batch::Fixed(people) => f64::from(*people),
        Batch::Shares { shares } => shares.iter().enumerate().map(|(at, share)| (at as f64 + 1.0) * share).sum(),
        Batch::Drawn(distribution) => distribution.mean().max(1.0),
    });
    let season = source.season.iter().sum::<f64>() / source.season.len().max(1) as f64;
    let season = if source.season.is_empty() { 1.0 } else { season };
    let rate = if let Some(people) = source.population {
        f64::from(people) * source.rate.unwrap_or(0.0)
    } else if let Some(gap) = &source.gap {
        1.0 / gap.mean().max(1e-9)
    } else if !source.at.is_empty() {
        source.at.len() as f64 / source.every.unwrap_or(model.horizon)
    } else if !source.breaks.is_empty() {
        let work: f64 =
            source.rates.iter().zip(source.breaks.windows(2)).map(|(rate, piece)| rate * (piece[1] - piece[0])).sum();
        work / source.every.unwrap_or(model.horizon)
    } else if !source.rates.is_empty() {
        source.rates.iter().sum::<f64>() / source.rates.len() as f64
    } else {
        source.rate.unwrap_or(0.0)
    };
    rate * batch * season
}

/// Mean people a unit of time that come to each service, and the units of capacity that they would keep busy, if nobody were
/// lost, gave up or stayed away.
pub(crate) fn traffic(model: &Model) -> Vec<(f64, f64)> {
    let names = model.class_names();
    let classes = names.len();
    let index: HashMap<&str, usize> =
        model.services.iter().enumerate().map(|(at, service)| (service.name.as_str(), at)).collect();
    let class = |name: &str| names.iter().position(|other| *other == name).unwrap_or(0);
    let mut outside = vec![0.0; model.services.len() * classes];
    for source in &model.sources {
        let (rate, Some(to)) = (mean_rate(model, source), index.get(source.to.as_str())) else { continue };
        match source.classes.is_empty() {
            true => outside[to * classes + source.class.as_deref().map_or(0, class)] += rate,
            false => {
                source.classes.iter().for_each(|(name, share)| outside[to * classes + class(name)] += rate * share)
            }
        }
    }
    // A route with a condition counts for the part of the day in which it holds; one on the state, when it is "at most".
    let mut routes: Vec<(usize, usize, f64)> = Vec::new();
    for (at, service) in model.services.iter().enumerate() {
        for (kind, name) in names.iter().enumerate() {
            for route in &service.routes {
                if route.class.as_deref().is_some_and(|other| other != *name) {
                    continue;
                }
                let hours = route.hours.map_or(1.0, |(from, until)| (until - from).rem_euclid(24.0) / 24.0);
                let when = route.when.as_ref().map_or(1.0, |when| f64::from(u8::from(when.at_least.is_none())));
                if let Some(to) = index.get(route.to.as_str()) {
                    routes.push((at * classes + kind, to * classes + kind, route.share * hours * when));
                }
            }
        }
    }
    let mut rates = outside.clone();
    for _ in 0..2_000 {
        let mut next = outside.clone();
        for (from, to, share) in &routes {
            next[*to] += rates[*from] * share;
        }
        let moved: f64 = next.iter().zip(&rates).map(|(next, rate)| (next - rate).abs()).sum();
        rates = next;
        if moved < 1e-10 {
            break;
        }
    }
    model
        .services
        .iter()
        .enumerate()
        .map(|(at, service)| {
            let of = &rates[at * classes..(at + 1) * classes];
            let load = of.iter().zip(&names).map(|(rate, name)| {
                let units = f64::from(service.units.get(*name).copied().unwrap_or(1));
                rate * units * service.stay_of(name).map_or(0.0, Distribution::mean)
            });
            (of.iter().sum(), load.sum())
        })
        .collect()
}

//! From the parameters of a case to a model: the same words always mean the same thing, whatever queue they describe.
//!
//! Stations are services named "1", "2" … in order; what only helps (a home that people come back from, a door that sends
//! them to the shorter queue) has a name of its own after them.

use super::CaseError;
use super::series::{Formula, clause};
use super::words::{Words, kind_of};
use crate::simulate::Distribution;
use crate::simulate::model::{
    Batch, Baulk, Block, Capacity, Class, Deadlock, Deterioration, Full, Hours, Model, Need, Order, Preempt, Present,
    Resource, Route, Service, Shift, Slots, Source, State, WarmUp, When,
};
use serde_json::Value;

/// How long to run, as the case's `run` says.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    pub(super) replications: usize,
    customers: Option<f64>,
    warm_up_customers: f64,
    days: Option<f64>,
    warm_up_days: f64,
    horizon: Option<f64>,
    warm_up: f64,
    pub(super) seed: u64,
}

impl Budget {
    pub(super) fn new(run: &Words) -> Budget {
        let customers = run.number(&["customers_per_replication", "customers", "arrivals", "arrivals_per_replication"]);
        Budget {
            replications: run.number(&["replications", "reps"]).map_or(20, |count| count.max(1.0) as usize),
            customers,
            warm_up_customers: run.number(&["warmup_customers", "warm_up_customers", "warmup_arrivals"]).unwrap_or(0.0),
            days: run.number(&["days"]).or_else(|| Some(7.0 * run.number(&["weeks"])?)),
            warm_up_days: run.number(&["warmup_days", "warm_up_days"]).unwrap_or(0.0),
            horizon: run.number(&["horizon", "horizon_h", "hours", "time", "length", "until", "run_length"]),
            warm_up: run.number(&["warmup", "warm_up", "warmup_h", "warmup_hours", "warmup_time"]).unwrap_or(0.0),
            seed: run.number(&["seed"]).map_or(1, |seed| seed as u64),
        }
    }

    /// Whether it is counted in days, so that instants are those of every cycle.
    pub(super) fn is_by_day(&self) -> bool {
        self.days.is_some()
    }
}

/// What one run of a case differs in from another run of the same case.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Variant {
    /// A line of this many stations, where the case lists several.
    pub(super) line: Option<usize>,
    /// How many are present at each station at time 0.
    pub(super) initial: Option<Vec<u32>>,
    /// The last instant that is asked for.
    pub(super) last: Option<f64>,
    /// Run until a ring of people wait for each other.
    pub(super) to_deadlock: bool,
    /// How long everyone present at time 0 has been in care.
    pub(super) elapsed: Option<f64>,
}

/// A model and how many of its services are stations.
pub(super) struct Built {
    pub(super) model: Model,
    pub(super) stations: usize,
    /// How long the arrivals and the staff take to repeat; a day when they do not.
    pub(super) cycle: f64,
}

/// The model of a case.
///
/// # Errors
/// What is missing, or a law nobody knows.
pub(super) fn model(words: &Words, budget: &Budget, variant: &Variant) -> Result<Built, CaseError> {
    let shape = Shape::of(words, variant);
    let mut model = Model {
        name: "case".to_owned(),
        deadlock: if variant.to_deadlock { Deadlock::Stop } else { Deadlock::Swap },
        ..Model::default()
    };
    if words.word(&["unit", "time_unit"]).is_some_and(|unit| unit.starts_with("day")) {
        model.unit = crate::simulate::model::Unit::Day;
    }
    classes(words, &shape, &mut model)?;
    for station in 0..shape.stations {
        let service = service(words, &shape, &mut model, station)?;
        model.services.push(service);
    }
    routes(words, &shape, &mut model)?;
    let (rate, cycle) = sources(words, &shape, &mut model)?;
    helpers(words, &shape, &mut model)?;
    start(words, &shape, variant, &mut model)?;
    let customers = |count: f64| if rate > 0.0 { count / rate } else { count };
    model.horizon = match (budget.horizon, budget.days, budget.customers) {
        _ if variant.to_deadlock => 1e5 / rate.max(1e-9),
        (Some(horizon), ..) => horizon,
        (_, Some(days), _) => (days + budget.warm_up_days) * cycle,
        (_, _, Some(count)) => customers(count),
        _ => variant.last.unwrap_or(customers(200_000.0)),
    };
    model.horizon = model.horizon.max(variant.last.unwrap_or(0.0));
    let warm_up = match (budget.days, budget.customers) {
        _ if variant.to_deadlock || (variant.last.is_some() && budget.days.is_none()) => 0.0,
        (Some(_), _) => budget.warm_up_days * cycle,
        (_, Some(_)) => customers(budget.warm_up_customers),
        _ => budget.warm_up,
    };
    if warm_up > 0.0 {
        model.warm_up = Some(WarmUp::Time(warm_up));
    }
    Ok(Built { model, stations: shape.stations, cycle })
}

/// What kind of system the words describe.
struct Shape {
    stations: usize,
    classes: usize,
    /// Stations one after another.
    is_line: bool,
    /// The first station never runs out of people.
    is_saturated: bool,
    /// Who finds the first full goes to the second.
    is_overflow: bool,
    /// Arrivals join the station with fewest people.
    is_shortest: bool,
    /// Nobody comes and nobody leaves.
    is_closed: bool,
    kendall: [String; 4],
}

const SERVERS: &[&str] =
    &["servers", "staff", "beds", "server", "servers_per_station", "c", "trunks", "lines", "repairers"];
const RATES: &[&str] = &["service_rates", "service_means", "service_rate", "service_mean", "service", "services"];
const ROUTING: &[&str] = &["routing", "routing_matrix", "transition_matrix", "routes", "P"];
const EXTERNAL: &[&str] =
    &["external_rates", "external_arrival_rates", "external_arrivals", "arrival_rates_by_station"];

impl Shape {
    fn of(words: &Words, variant: &Variant) -> Shape {
        let is_overflow = words.says("overflow");
        let is_shortest =
            words.says_any(&["shorter queue", "shortest queue", "join-the-short", "least busy", "fewest"]);
        let is_saturated = words.says_any(&["saturated", "never starved", "never empty"]);
        let routed = words.matrix(ROUTING).map(|rows| rows.len()).or(words.length(EXTERNAL));
        let asked = variant
            .line
            .or_else(|| words.number(&["stations", "nodes", "n_stations", "k_stations"]).map(|n| n as usize));
        let is_line = routed.is_none()
            && (is_saturated
                || words.says_any(&[
                    "tandem",
                    "in series",
                    "line of",
                    " line",
                    "flow line",
                    "blocking after",
                    "blocking before",
                ]));
        let by_station = is_line
            || is_overflow
            || is_shortest
            || words.says_any(&["network", "stations", "nodes", "gordon", "cyclic"])
            || words.length(SERVERS).is_some_and(|n| n > 1);
        let lengths = [SERVERS, RATES].iter().filter_map(|keys| words.length(keys)).max();
        let is_mixture = words.length(&["service_rates", "service_means"]).is_some()
            && words.kendall().is_some_and(|[_, code, ..]| kind_of(&code) == Some("hyperexponential"));
        let arrivals = words.length(&["arrival_rates", "arrivals_by_class", "class_rates", "arrival_rate"]);
        let stations = asked.or(routed).or(lengths.filter(|_| by_station)).unwrap_or(match arrivals {
            None if !is_mixture => lengths.unwrap_or(1),
            _ => 1,
        });
        let stations = stations.max(if is_overflow || is_shortest { 2 } else { 1 });
        let by_class = arrivals.filter(|n| stations == 1 || *n != stations || words.says("class"));
        let classes = words
            .number(&["classes", "n_classes"])
            .map(|n| n as usize)
            .or(by_class)
            .or(words.length(&["class_shares", "class_probabilities", "class_mix"]))
            .unwrap_or(1);
        let is_closed =
            words.has(&["population", "customers", "jobs", "circulating"]) && !words.has(PER_PERSON) && !is_saturated;
        Shape {
            stations,
            classes: classes.max(1),
            is_line,
            is_saturated,
            is_overflow,
            is_shortest,
            is_closed,
            kendall: words.kendall().unwrap_or_default(),
        }
    }
}

/// So many returns per unit of time that a closed population is never seen at home.
pub(super) const AT_ONCE: f64 = 1e7;

const PER_PERSON: &[&str] = &[
    "rate_per_person",
    "per_person_rate",
    "failure_rate",
    "return_rate",
    "think_rate",
    "home_rate",
    "arrival_rate_per_person",
    "think_mean",
    "home_mean",
    "time_at_home_mean",
    "mean_time_at_home",
];

fn station(index: usize) -> String {
    (index + 1).to_string()
}

fn distribution(value: Value) -> Result<Distribution, CaseError> {
    let law = value.to_string();
    serde_json::from_value(value).map_err(|source| CaseError::Law { law: format!("{law} ({source})") })
}

fn law(words: &Words, names: &[&str], index: usize, code: &str) -> Result<Option<Distribution>, CaseError> {
    words.law(names, index, code)?.map(distribution).transpose()
}

fn classes(words: &Words, shape: &Shape, model: &mut Model) -> Result<(), CaseError> {
    words.any(&["priority", "discipline", "queue_discipline", "class_names", "classes"]);
    if shape.classes == 1 {
        return Ok(());
    }
    let ranks = words.lists(&["priorities", "priority", "priority_order", "class_priorities"]);
    let is_ranked = ranks.is_some() || words.says("priority") || words.says("preempt") || words.says("urgent");
    let last_first = words.says_any(&["class 2 first", "class 2 has priority", "higher number first"]);
    for index in 0..shape.classes {
        let rank = match &ranks {
            Some(ranks) => ranks.get(index).map_or(0, |rank| *rank as i32),
            None if !is_ranked => 0,
            None if last_first => (shape.classes - index) as i32,
            None => index as i32,
        };
        model.classes.push(Class { name: station(index), priority: rank, ..Class::default() });
    }
    Ok(())
}

/// How many servers a station has: `None` without limit.
fn servers(words: &Words, shape: &Shape, index: usize) -> Result<Option<u32>, CaseError> {
    let own = format!("servers_{}", index + 1);
    if let Some(count) = words.at(&[own.as_str()], index).or_else(|| words.at(SERVERS, index)) {
        return Ok(Some(count.max(0.0) as u32));
    }
    let unlimited = matches!(shape.kendall[2].as_str(), "inf" | "∞" | "infinity")
        || words.says_any(&["infinite server", "infinite-server", "unlimited servers"]);
    let by_words = words.any(SERVERS).is_some_and(|value| match value {
        Value::Array(values) => values.get(index).is_none_or(|value| !value.is_number()),
        value => !value.is_number(),
    });
    if unlimited || by_words {
        return Ok(None);
    }
    if let Ok(count) = shape.kendall[2].parse() {
        return Ok(Some(count));
    }
    Ok(Some(match words.at(&["capacity", "capacities", "units_available", "total_units"], index) {
        Some(units) if words.has(&["units"]) || words.says("loss") => units as u32,
        _ => 1,
    }))
}

/// Places to wait at a station: `None` without limit.
fn places(words: &Words, shape: &Shape, index: usize, servers: Option<u32>) -> Option<u32> {
    let beyond = |total: f64| servers.map(|servers| (total.max(0.0) as u32).saturating_sub(servers));
    let number = index + 1;
    let own = |stems: &[&str]| -> Vec<String> { stems.iter().map(|stem| format!("{stem}_{number}")).collect() };
    fn refer(keys: &[String]) -> Vec<&str> {
        keys.iter().map(String::as_str).collect()
    }
    let total = own(&["places", "capacity", "k", "room"]);
    if let Some(total) = words.at(&refer(&total), index) {
        return beyond(total);
    }
    let waiting = own(&["queue_places", "buffer", "queue", "queue_capacity", "waiting_places"]);
    if let Some(places) = words.at(&refer(&waiting), index) {
        return Some(places as u32);
    }
    const WAITING: &[&str] = &[
        "queue_places",
        "queue_capacity",
        "queue_capacities",
        "waiting_places",
        "waiting_room",
        "queue_limit",
        "queue_limits",
    ];
    if words.has(WAITING) {
        return words.at(WAITING, index).map(|places| places as u32);
    }
    const BETWEEN: &[&str] = &["buffers", "buffer", "buffer_places", "buffer_size", "buffer_sizes"];
    if shape.is_line && words.has(BETWEEN) {
        // Buffers lie between stations: one fewer than there are, the first before the second, unless each has its own.
        return match words.length(BETWEEN) {
            Some(length) if length >= shape.stations => words.at(BETWEEN, index).map(|places| places as u32),
            _ if index == 0 => None,
            _ => words.at(BETWEEN, index - 1).map(|places| places as u32),
        };
    }
    if words.has(BETWEEN) {
        return words.at(BETWEEN, index).map(|places| places as u32);
    }
    const TOTAL: &[&str] = &["capacity", "capacities", "system_capacity", "places", "max_in_system", "K"];
    let is_units = words.has(&["units"]) || (!words.has(SERVERS) && words.says("loss"));
    if words.has(TOTAL) && !is_units {
        return words.at(TOTAL, index).and_then(beyond);
    }
    if shape.is_line
        && shape.stations > 1
        && (shape.is_saturated
            || words.says_any(&["nothing between", "no buffer", "no intermediate", "without buffer"]))
    {
        return (index > 0).then_some(0);
    }
    let loses = words.says_any(&["loss", "lost", "erlang b", "c/c", "no queue", "no waiting"]);
    let waits_second =
        shape.is_overflow && index > 0 && words.says_any(&["queue at the second", "waits at the second", "delay"]);
    ((loses || shape.is_overflow) && !waits_second && !words.says_any(&["unlimited queue before 1", "infinite queue"]))
        .then_some(0)
}

fn service(words: &Words, shape: &Shape, model: &mut Model, index: usize) -> Result<Service, CaseError> {
    const STAY: &[&str] = &["service", "stay", "length_of_stay", "los", "treatment", "repair"];
    let number = index + 1;
    let code = shape.kendall[1].as_str();
    let numbered: Vec<String> = STAY.iter().map(|stem| format!("{stem}_{number}")).collect();
    let mut own: Vec<&str> = numbered.iter().map(String::as_str).collect();
    own.push(if number == 1 { "mu1" } else { "mu2" });
    let by_class = shape.classes > 1
        && words.length(RATES).is_some_and(|n| n == shape.classes)
        && (shape.stations == 1 || shape.stations != shape.classes);
    let mut service = Service { name: station(index), ..Service::default() };
    if by_class {
        for class in 0..shape.classes {
            if let Some(stay) = law(words, STAY, class, code)? {
                service.stays.insert(station(class), stay);
            }
        }
    } else {
        service.stay = match law(words, &own, index, code)? {
            Some(stay) => Some(stay),
            None => law(words, STAY, index, code)?,
        };
    }
    let count = servers(words, shape, index)?;
    service.queue = places(words, shape, index, count);
    let counts_only = service.stay.is_none() && service.stays.is_empty();
    if counts_only && !words.has(&["breaks", "horizon"]) {
        return Err(CaseError::missing("how long service lasts: service_rate, or service and service_mean"));
    }
    service.capacity = if counts_only { None } else { count.map(Capacity::Fixed) };
    if let Some(hours) = rota(words)? {
        service.capacity = Some(hours);
        service.queue = service.queue.filter(|_| words.has(&["queue_places", "capacity"]));
        service.shift = match () {
            () if words.says_any(&["finish", "exhaustive", "non-preemptive", "nonpreemptive"]) => Shift::Finish,
            () if words.says("resume") => Shift::HandOver,
            () if words.says_any(&["restart", "repeat", "resampl"]) => Shift::Preempt,
            () if words.says_any(&["preempt", "back to the head", "handed over", "hand over"]) => Shift::HandOver,
            () => Shift::Finish,
        };
    }
    if let Some(slots) = clinic(words) {
        service.capacity = Some(slots);
    }
    let preemptive = words.flag(&["preemptive", "preemption", "preempt"]).unwrap_or(
        words.says("preempt") && !words.says_any(&["non-preempt", "nonpreempt", "non preempt", "not preempt"]),
    );
    if preemptive {
        service.preempt = Some(match () {
            () if words.says("resume") => Preempt::Resume,
            () if words.says_any(&["resampl", "different", "new service time"]) => Preempt::Resample,
            () if words.says_any(&["restart", "repeat"]) => Preempt::Restart,
            () => Preempt::Resume,
        });
    }
    service.order = match () {
        () if words.says_any(&["lcfs", "last come", "last-come", "lifo"]) => Order::Last,
        () if words.says_any(&["random order", "siro", "by lot", "at random"]) => Order::Random,
        () => Order::First,
    };
    if words.says("lcfs") && preemptive {
        service.preempt = Some(Preempt::Resume);
    }
    patience(words, shape, &mut service)?;
    service.baulk = baulk(words)?;
    if words.says_any(&["before service", "communication blocking", "bbs"])
        || words.word(&["blocking"]).is_some_and(|word| word.contains("before"))
    {
        service.block = Block::Before;
    }
    if shape.stations > 1
        && words.says_any(&["lost when full", "lost if full", "no blocking", "is lost"])
        && !words.says("block")
    {
        service.full = Some(Full::Lose);
    }
    if shape.is_overflow && index + 1 < shape.stations {
        service.full = Some(Full::Divert);
        service.divert = Some(station(index + 1));
    }
    for class in 0..shape.classes {
        if let Some(units) = words.at(&["units", "units_needed", "units_per_class"], class) {
            if shape.classes > 1 {
                service.units.insert(station(class), units as u32);
            } else {
                service.units.insert("everyone".to_owned(), units as u32);
            }
        }
    }
    resources(words, shape, model, &mut service)?;
    service.turnaround = law(words, &["turnaround", "cleaning", "setup"], index, "")?;
    service.transfer = law(words, &["transfer", "transport", "travel"], index, "")?;
    const CHANGE: &[&str] =
        &["deterioration", "class_change", "change", "upgrade", "step_up", "escalation", "priority_change"];
    if shape.classes > 1
        && let Some(after) = law(words, CHANGE, 0, "")?
    {
        service.deterioration.push(Deterioration {
            from: station(shape.classes - 1),
            to: station(shape.classes - 2),
            after,
        });
    }
    Ok(service)
}

fn patience(words: &Words, shape: &Shape, service: &mut Service) -> Result<(), CaseError> {
    const PATIENCE: &[&str] = &["patience", "reneging", "abandonment", "renege", "impatience"];
    let code = shape.kendall[3].as_str();
    let code =
        if words.says_any(&["deterministic patience", "fixed patience", "constant patience"]) { "d" } else { code };
    let each = words.length(&["patience_rates", "patience_means", "patience", "patience_rate", "patience_mean"]);
    if shape.classes > 1 && each.is_some() {
        for class in 0..shape.classes {
            if let Some(patience) = law(words, PATIENCE, class, code)? {
                service.patiences.insert(station(class), patience);
            }
        }
    } else {
        service.patience = law(words, PATIENCE, 0, code)?;
    }
    Ok(())
}

/// Who stays away: shares by number present, or the formula in the words, worked out for every number up to a thousand.
fn baulk(words: &Words) -> Result<Option<Baulk>, CaseError> {
    let join = words
        .lists(&["join_probabilities", "joining_probabilities"])
        .map(|shares| shares.iter().map(|share| 1.0 - share).collect());
    if let Some(shares) =
        words.lists(&["baulk_probabilities", "balk_probabilities", "baulk_shares", "baulking_probabilities"]).or(join)
    {
        return Ok(Some(Baulk::Shares { shares }));
    }
    let from = words
        .number(&["baulk_from", "balk_from", "baulk_threshold", "threshold"])
        .filter(|_| words.says_any(&["baulk", "balk"]));
    if let (Some(from), Some(over)) = (from, words.number(&["baulk_over", "balk_over"])) {
        return Ok(Some(Baulk::Linear { from: from as u32, over }));
    }
    let text = words.text();
    let constant = words.number(&["baulk_probability", "balk_probability", "baulk_p"]);
    if !words.says_any(&[
        "baulk",
        "balk",
        "stays away",
        "stay away",
        "discouraged",
        "joins with probability",
        "join with probability",
    ]) && constant.is_none()
    {
        return Ok(None);
    }
    // "finding n>=3 present": the first number present from which anyone stays away.
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bound = |sign: &str| {
        compact
            .split(sign)
            .nth(1)
            .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u32>().ok())
    };
    let from =
        from.map(|from| from as u32).or(bound("n>=")).or(bound("n≥")).or(bound("n>").map(|n| n + 1)).unwrap_or(0);
    let formula = text
        .split("probability")
        .skip(1)
        .map(|rest| clause(rest.trim_start().trim_start_matches(['=', ':'])).trim())
        .map(|formula| formula.split(" (").next().unwrap_or(formula).trim())
        .find(|formula| formula.contains('n') && formula.contains(['/', '^', '(', '*']))
        .or(text.contains("discouraged").then_some("1/(n+1)"));
    let joins = words.says_any(&["joins with", "join with", "joining", "discouraged", "enters with"]);
    let shares: Result<Vec<f64>, CaseError> = (0..=1000u32)
        .map(|n| {
            let names = |name: &str| if name == "n" { Some(f64::from(n)) } else { words.number(&[name]) };
            let share = match (constant, formula) {
                _ if n < from => return Ok(0.0),
                (Some(share), _) => share,
                (_, Some(formula)) => {
                    Formula::value(formula, &names).ok_or_else(|| CaseError::Formula { text: formula.to_owned() })?
                }
                _ => {
                    return Err(CaseError::missing(
                        "the share that baulks: baulk_probabilities, baulk_from and baulk_over, or a formula in n",
                    ));
                }
            };
            let share = share.clamp(0.0, 1.0);
            Ok(if joins && constant.is_none() { 1.0 - share } else { share })
        })
        .collect();
    shares.map(|shares| Some(Baulk::Shares { shares }))
}

/// Other resources that are needed all at once: `capacities`, and how many units of each a class needs.
fn resources(words: &Words, shape: &Shape, model: &mut Model, service: &mut Service) -> Result<(), CaseError> {
    let Some(needs) = words.matrix(&["needs", "requirements", "units_by_class", "resource_needs", "demands", "units"])
    else {
        return Ok(());
    };
    let capacities = words
        .lists(&["capacities", "resources", "resource_capacities", "capacity"])
        .ok_or_else(|| CaseError::missing("capacities of the resources"))?;
    for (index, capacity) in capacities.iter().enumerate() {
        model
            .resources
            .push(Resource { name: format!("resource {}", index + 1), capacity: Capacity::Fixed(*capacity as u32) });
    }
    for (class, row) in needs.iter().enumerate() {
        for (index, units) in row.iter().enumerate().filter(|(_, units)| **units > 0.0) {
            service.needs.push(Need {
                resource: format!("resource {}", index + 1),
                units: *units as u32,
                class: (shape.classes > 1).then(|| station(class)),
                held: false,
            });
        }
    }
    // Units of its own are never short: whoever finds no place finds a resource short.
    service.capacity = Some(Capacity::Fixed(capacities.iter().sum::<f64>() as u32));
    service.units.clear();
    Ok(())
}

/// Staff by hour of the day, or in pieces between breaks.
fn rota(words: &Words) -> Result<Option<Capacity>, CaseError> {
    const HOURLY: &[&str] = &[
        "hourly_staff",
        "hourly_servers",
        "staff_by_hour",
        "servers_by_hour",
        "hourly_capacity",
        "hourly_beds",
        "staff_schedule",
        "servers_schedule",
        "capacity_schedule",
        "staff",
    ];
    let whole = |values: &[f64]| values.iter().map(|value| value.max(0.0) as u32).collect::<Vec<_>>();
    let breaks = words.lists(&["staff_breaks", "servers_breaks", "capacity_breaks", "shift_starts", "shift_breaks"]);
    let Some(units) = words.lists(HOURLY).or_else(|| words.lists(&["servers"]).filter(|_| breaks.is_some())) else {
        return Ok(None);
    };
    let period = words.number(&["period_h", "period", "cycle"]).unwrap_or(24.0);
    Ok(Some(Capacity::Hours(match breaks {
        Some(mut from) => {
            let every =
                if from.len() > units.len() { from.pop() } else { words.number(&["period_h", "period", "cycle"]) };
            Hours { every: every.filter(|_| !words.says("once")), from, units: whole(&units) }
        }
        None => {
            let piece = period / units.len() as f64;
            Hours {
                every: Some(period),
                from: (0..units.len()).map(|index| index as f64 * piece).collect(),
                units: whole(&units),
            }
        }
    })))
}

/// A clinic that starts people at its slots alone.
fn clinic(words: &Words) -> Option<Capacity> {
    let people = words
        .number(&["slot_size", "slot_people", "people_per_slot", "bulk_size", "batch_capacity", "slot_capacity"])
        .map_or(1, |people| people as u32);
    let every = words.number(&["slot_interval", "slot_every", "slot_length", "interval", "slot_period"]);
    let slots = words.lists(&["slots", "slot_times"]);
    match (slots, every) {
        (Some(slots), every) => {
            let every = every.or(words.number(&["period_h", "period", "cycle", "every"]));
            Some(Capacity::Slots(Slots { slots, every, people }))
        }
        (None, Some(every)) => Some(Capacity::Slots(Slots { slots: vec![0.0], every: Some(every), people })),
        (None, None) => None,
    }
}

fn routes(words: &Words, shape: &Shape, model: &mut Model) -> Result<(), CaseError> {
    let mut add = |from: usize, to: usize, share: f64| {
        if share > 0.0 && from < model.services.len() && to < shape.stations {
            model.services[from].routes.push(Route { to: station(to), share, ..Route::default() });
        }
    };
    if let Some(matrix) = words.matrix(ROUTING) {
        for (from, row) in matrix.iter().enumerate() {
            for (to, share) in row.iter().enumerate() {
                // In a closed network everyone who returns to the first station leaves and comes in again at once.
                if !(shape.is_closed && to == 0) {
                    add(from, to, *share);
                }
            }
        }
        return Ok(());
    }
    if let Some(visits) = words.lists(&["visit_ratios", "visits", "visit_counts"]).filter(|_| shape.is_closed) {
        // How often a station is visited is all that counts: from the first to each other, and back.
        visits.iter().enumerate().skip(1).for_each(|(to, often)| add(0, to, often / visits[0]));
        return Ok(());
    }
    if shape.is_line || shape.is_closed {
        (1..shape.stations).for_each(|to| add(to - 1, to, 1.0));
    }
    const FEEDBACK: &[&str] =
        &["feedback", "feedback_probability", "return_probability", "rework", "rework_probability", "p_feedback"];
    if let Some(share) = words.number(FEEDBACK) {
        let last = shape.stations - 1;
        add(last, 0, share);
    } else if words.has(FEEDBACK) {
        for index in 0..shape.stations {
            if let Some(share) = words.at(FEEDBACK, index) {
                add(index, index, share);
            }
        }
    }
    Ok(())
}

/// The sources, and how many people come per unit of time in all, and after how long the rates repeat.
fn sources(words: &Words, shape: &Shape, model: &mut Model) -> Result<(f64, f64), CaseError> {
    const RATE: &[&str] = &["arrival_rate", "arrival_rates", "batch_rate", "batch_arrival_rate", "rate"];
    let cycle = words.number(&["period_h", "period", "cycle", "cycle_h"]).unwrap_or(24.0);
    let first = if shape.is_shortest { "door".to_owned() } else { station(0) };
    let base = Source { name: "outside".to_owned(), to: first, ..Source::default() };
    let class = |index: usize| (shape.classes > 1).then(|| station(index));
    if let Some(population) = words.number(&["population", "customers", "jobs", "circulating", "machines"]) {
        let rate = words.number(PER_PERSON).unwrap_or(AT_ONCE);
        let rate = if words.number(&PER_PERSON[7..]).is_some() { 1.0 / rate } else { rate };
        let served: f64 = model.services.iter().map(top_rate).fold(f64::INFINITY, f64::min);
        model.sources.push(Source { population: Some(population as u32), rate: Some(rate), ..base });
        return Ok(((population * rate).min(served), cycle));
    }
    if shape.is_saturated {
        // One more person than the line can hold beyond its first queue: somebody always waits for the first station.
        let room: u32 =
            model.services.iter().map(|service| most(service).unwrap_or(1) + service.queue.unwrap_or(0)).sum();
        let rate = model.services.iter().map(top_rate).fold(f64::INFINITY, f64::min);
        model.services[0].queue = None;
        model.sources.push(Source { population: Some(room + 1), rate: Some(AT_ONCE), ..base });
        return Ok((rate / 2.0, cycle));
    }
    let batch = batch(words)?;
    let size = batch.as_ref().map_or(1.0, |(_, mean)| *mean);
    let batch = batch.map(|(batch, _)| batch);
    // Rates over time.
    if let Some((rates, breaks, every)) = profile(words, cycle)? {
        let mean = match &breaks {
            Some(breaks) => {
                rates.iter().zip(breaks.windows(2)).map(|(rate, ends)| rate * (ends[1] - ends[0])).sum::<f64>()
                    / (breaks[breaks.len() - 1] - breaks[0])
            }
            None => rates.iter().sum::<f64>() / rates.len() as f64,
        };
        let growth = words.number(&["growth", "growth_per_year", "annual_growth"]).unwrap_or(0.0);
        let day_spread = words.number(&["day_spread", "day_cv"]).unwrap_or(0.0);
        let cycle = every.unwrap_or(cycle);
        model.sources.push(Source {
            rates,
            breaks: breaks.unwrap_or_default(),
            every,
            batch,
            growth,
            day_spread,
            ..base
        });
        return Ok((mean * size, cycle));
    }
    // By station, by class, or one.
    if let Some(external) = words.lists(EXTERNAL).or_else(|| {
        words.lists(RATE).filter(|rates| shape.classes == 1 && rates.len() == shape.stations && rates.len() > 1)
    }) {
        for (index, rate) in external.iter().enumerate().filter(|(_, rate)| **rate > 0.0) {
            model.sources.push(Source {
                name: format!("outside {}", index + 1),
                to: station(index),
                rate: Some(*rate),
                batch: batch.clone(),
                ..base.clone()
            });
        }
        return Ok((external.iter().sum::<f64>() * size, cycle));
    }
    if let Some(rates) = words.lists(RATE) {
        for (index, rate) in rates.iter().enumerate().filter(|(_, rate)| **rate > 0.0) {
            model.sources.push(Source {
                name: format!("class {}", index + 1),
                class: class(index),
                rate: Some(*rate),
                batch: batch.clone(),
                ..base.clone()
            });
        }
        return Ok((rates.iter().sum::<f64>() * size, cycle));
    }
    let shares = words.lists(&["class_shares", "class_probabilities", "class_mix"]).unwrap_or_default();
    let classes = shares.iter().enumerate().map(|(index, share)| (station(index), *share)).collect();
    let code = shape.kendall[0].split(['^', '[', '(']).next().unwrap_or("");
    let code = if words.says_any(&[
        "deterministic arrivals",
        "scheduled arrivals",
        "regular arrivals",
        "constant interarrival",
    ]) {
        "d"
    } else {
        code
    };
    if words.number(RATE) == Some(0.0) {
        return Ok((0.0, cycle));
    }
    let gap = law(words, &["interarrival", "inter_arrival", "interarrival_time", "gap", "arrival"], 0, code)?;
    let growth = words.number(&["growth", "growth_per_year", "annual_growth"]).unwrap_or(0.0);
    let day_spread = words.number(&["day_spread", "day_cv"]).unwrap_or(0.0);
    let base = Source { batch, classes, growth, day_spread, ..base };
    match gap.or_else(|| {
        words.number(RATE).filter(|rate| *rate > 0.0).map(|rate| Distribution::Exponential { mean: 1.0 / rate })
    }) {
        Some(Distribution::Exponential { mean }) if mean.is_finite() => {
            model.sources.push(Source { rate: Some(1.0 / mean), ..base });
            Ok((size / mean, cycle))
        }
        Some(gap) if gap.mean().is_finite() && gap.mean() > 0.0 => {
            let rate = size / gap.mean();
            model.sources.push(Source { gap: Some(gap), ..base });
            Ok((rate, cycle))
        }
        _ if words.has(&["initial", "census", "elapsed", "arrival_rate"]) => Ok((0.0, cycle)),
        _ => Err(CaseError::missing(
            "how people come: arrival_rate, arrival_rates, external_rates, rates and breaks, or population",
        )),
    }
}

/// The most people a service can finish per unit of time.
fn top_rate(service: &Service) -> f64 {
    let stay = service.stay.as_ref().map_or(0.0, Distribution::mean);
    if stay > 0.0 { most(service).map_or(f64::INFINITY, f64::from) / stay } else { f64::INFINITY }
}

fn most(service: &Service) -> Option<u32> {
    service.capacity.as_ref().map(Capacity::most)
}

/// How many come at once, and their mean.
fn batch(words: &Words) -> Result<Option<(Batch, f64)>, CaseError> {
    let shares_of = |sizes: &[f64], shares: &[f64]| {
        let most = sizes.iter().fold(0.0f64, |a, b| a.max(*b)) as usize;
        let mut by_size = vec![0.0; most];
        sizes
            .iter()
            .zip(shares)
            .filter(|(size, _)| **size >= 1.0)
            .for_each(|(size, share)| by_size[*size as usize - 1] += share);
        let mean = by_size.iter().enumerate().map(|(index, share)| (index + 1) as f64 * share).sum();
        Some((Batch::Shares { shares: by_size }, mean))
    };
    const SHARES: &[&str] =
        &["batch_probabilities", "batch_shares", "batch_probs", "batch_distribution", "batch_weights", "batch"];
    if let Some(shares) = words.lists(SHARES) {
        let sizes = words
            .lists(&["batch_sizes", "batch_size"])
            .unwrap_or_else(|| (1..=shares.len()).map(|size| size as f64).collect());
        return Ok(shares_of(&sizes, &shares));
    }
    if let (Some(low), Some(high)) =
        (words.number(&["batch_min", "batch_low"]), words.number(&["batch_max", "batch_high"]))
    {
        let sizes: Vec<f64> = (low as u32..=high as u32).map(f64::from).collect();
        return Ok(shares_of(&sizes, &vec![1.0 / sizes.len() as f64; sizes.len()]));
    }
    let word = words
        .word(&["batch", "batch_size", "batch_distribution", "batch_law", "batch_size_distribution"])
        .unwrap_or_default();
    let p = words.number(&["batch_p", "batch_parameter", "geometric_p"]);
    let mean = words.number(&["batch_mean", "mean_batch", "batch_size_mean", "mean_batch_size"]).or(p.map(|p| 1.0 / p));
    let fixed = words.number(&["batch_size", "batch", "batch_fixed"]);
    Ok(match (mean.or(fixed), word.contains("geometric") || words.says("geometric") || p.is_some()) {
        (Some(mean), true) => {
            let p = 1.0 / mean;
            let mut shares: Vec<f64> =
                (0..).map(|k| p * (1.0 - p).powi(k)).take_while(|share| *share > 1e-13).collect();
            let total: f64 = shares.iter().sum();
            shares.iter_mut().for_each(|share| *share /= total);
            Some((Batch::Shares { shares }, mean))
        }
        (Some(size), false) if size.fract() == 0.0 && size >= 1.0 => Some((Batch::Fixed(size as u32), size)),
        (Some(_), false) => return Err(CaseError::missing("the law of the batch size")),
        (None, _) => None,
    })
}

type Profile = (Vec<f64>, Option<Vec<f64>>, Option<f64>);

/// Rates over time: their pieces, where these break, and after how long they repeat.
fn profile(words: &Words, cycle: f64) -> Result<Option<Profile>, CaseError> {
    const HOURLY: &[&str] = &[
        "hourly_arrival_rate",
        "hourly_arrival_rates",
        "hourly_rates",
        "hourly_arrivals",
        "arrival_rates_by_hour",
        "arrival_rate_by_hour",
        "weekly_rates",
        "hourly_rate",
    ];
    if let Some(rates) = words.lists(HOURLY) {
        let every = if rates.len() % 24 == 0 { rates.len() as f64 } else { cycle };
        return Ok(Some((rates, None, Some(every))));
    }
    if let (Some(rates), Some(breaks)) = (
        words.lists(&["rates", "arrival_rates", "piecewise_rates"]),
        words.lists(&["breaks", "breakpoints", "times", "arrival_breaks"]),
    ) {
        let every = words.number(&["period", "period_h", "every", "cycle"]);
        return Ok(Some((rates, Some(breaks), every)));
    }
    // Pieces fine enough that a wave cannot tell them from itself, each with the exact mean of the wave over it.
    const PIECES: usize = 2400;
    let amplitude = words.number(&["amplitude"]).or_else(|| {
        Some(
            words.number(&["relative_amplitude", "beta"]).filter(|_| words.says_any(&["sin", "cos"]))?
                * words.number(&["mean_rate", "arrival_rate"])?,
        )
    });
    if let (Some(mean), Some(amplitude)) =
        (words.number(&["mean_rate", "mean_arrival_rate", "base_rate", "arrival_rate"]), amplitude)
    {
        let phase = words.number(&["phase", "peak_h", "peak"]).unwrap_or(0.0);
        let is_cosine = words.says("cos(") || words.says("cos ");
        let turn = std::f64::consts::TAU;
        let area = |t: f64| {
            let angle = turn * (t / cycle);
            if is_cosine { (angle - turn * phase / cycle).sin() } else { -(angle + phase).cos() }
        };
        let piece = cycle / PIECES as f64;
        let rates = (0..PIECES)
            .map(|index| {
                mean + amplitude * cycle / turn * (area((index + 1) as f64 * piece) - area(index as f64 * piece))
                    / piece
            })
            .collect();
        return Ok(Some((rates, None, Some(cycle))));
    }
    // "rate(t) = 2 + 0.1 t"
    let text = words.text();
    let written = ["rate(t) =", "lambda(t) =", "λ(t) ="].iter().find_map(|lead| text.split(lead).nth(1)).map(clause);
    if let Some(formula) = written {
        let formula = formula.split(" per ").next().unwrap_or(formula);
        let end = words
            .number(&["horizon", "end", "t_end", "duration", "until"])
            .or(words.number(&["period", "period_h"]))
            .unwrap_or(cycle);
        let piece = end / PIECES as f64;
        let rates: Option<Vec<f64>> = (0..PIECES)
            .map(|index| {
                let at = |t: f64| {
                    Formula::value(formula, &|name: &str| if name == "t" { Some(t) } else { words.number(&[name]) })
                };
                let (from, to) = (index as f64 * piece, (index + 1) as f64 * piece);
                Some((at(from)? + 4.0 * at((from + to) / 2.0)? + at(to)?) / 6.0)
            })
            .collect();
        let rates = rates.ok_or_else(|| CaseError::Formula { text: formula.trim().to_owned() })?;
        let breaks = (0..=PIECES).map(|index| index as f64 * piece).collect();
        let every = words.number(&["period", "period_h"]);
        return Ok(Some((rates, Some(breaks), every)));
    }
    Ok(None)
}

/// What only helps: the door that knows which queue is shorter, the home that people come back from, the orbit of those who
/// try again.
fn helpers(words: &Words, shape: &Shape, model: &mut Model) -> Result<(), CaseError> {
    if shape.is_shortest {
        // A ladder of doors: whoever has at most so many present takes them, and the next door asks for one more.
        const DOORS: u32 = 100;
        let door = |present: u32| if present == 0 { "door".to_owned() } else { format!("door {present}") };
        for present in 0..DOORS {
            let mut service = Service { name: door(present), ..Service::default() };
            let when = |index: usize, at_least, at_most| Some(When { service: station(index), at_least, at_most });
            for index in 0..shape.stations {
                let when = when(index, None, Some(present));
                service.routes.push(Route { to: station(index), share: 1.0, when, ..Route::default() });
            }
            let to = if present + 1 < DOORS { door(present + 1) } else { station(0) };
            service.routes.push(Route { to, share: 1.0, when: when(0, Some(present + 1), None), ..Route::default() });
            model.services.push(service);
        }
    }
    if let Some(share) =
        words.number(&["readmission_probability", "readmission", "readmission_share", "readmission_rate"])
    {
        let home = law(
            words,
            &["readmission_delay", "readmission_time", "time_to_readmission", "home", "time_at_home", "delay"],
            0,
            "",
        )?;
        let mut service = Service { name: "home".to_owned(), stay: home, ..Service::default() };
        service.routes.push(Route { to: station(0), share: 1.0, ..Route::default() });
        model.services[shape.stations - 1].routes.push(Route { to: "home".to_owned(), share, ..Route::default() });
        model.services.push(service);
    }
    if let Some(stay) = law(words, &["retrial", "orbit"], 0, "")? {
        let mut service = Service { name: "orbit".to_owned(), stay: Some(stay), ..Service::default() };
        service.routes.push(Route { to: station(0), share: 1.0, ..Route::default() });
        model.services[0].queue = Some(0);
        model.services[0].full = Some(Full::Divert);
        model.services[0].divert = Some("orbit".to_owned());
        model.services.push(service);
    }
    Ok(())
}

fn start(words: &Words, shape: &Shape, variant: &Variant, model: &mut Model) -> Result<(), CaseError> {
    const INITIAL: &[&str] = &["initial", "initial_number", "start", "n0", "initial_present"];
    let people = variant.initial.clone().unwrap_or_else(|| {
        (0..shape.stations)
            .map(|index| match words.at(INITIAL, index) {
                Some(people) if index == 0 || words.length(INITIAL).is_some() => people.max(0.0) as u32,
                _ => 0,
            })
            .collect()
    });
    const ELAPSED: &[&str] =
        &["elapsed", "elapsed_stays", "elapsed_stay", "initial_elapsed", "elapsed_h", "ages", "age"];
    let each = words.lists(ELAPSED);
    let one = variant.elapsed.or(words.number(ELAPSED));
    if let (Some(each), None) = (&each, one) {
        let copies = words.number(INITIAL).unwrap_or(0.0) as usize / each.len().max(1);
        model.start.extend(each.iter().map(|elapsed| Present {
            service: station(0),
            class: None,
            state: State::InCare,
            next: None,
            elapsed: *elapsed,
            people: copies.max(1) as u32,
        }));
        return Ok(());
    }
    let people = match one {
        Some(_) if people.iter().all(|people| *people == 0) => {
            vec![words.number(&["people", "count", "number_present", "beds_occupied"]).unwrap_or(1.0) as u32]
        }
        _ => people,
    };
    let one = one.unwrap_or(0.0);
    for (index, people) in people.into_iter().enumerate().filter(|(_, people)| *people > 0) {
        let Some(service) = model.services.get(index) else { continue };
        let first = service.capacity.as_ref().map_or(u32::MAX, |capacity| capacity.at(0.0));
        let in_care = people.min(first);
        let mut add = |state, people, elapsed| {
            if people > 0 {
                model.start.push(Present { service: station(index), class: None, state, next: None, elapsed, people });
            }
        };
        add(State::InCare, in_care, one);
        add(State::Waiting, people - in_care, 0.0);
    }
    Ok(())
}

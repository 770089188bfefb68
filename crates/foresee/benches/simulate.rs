//! How fast the engine is, in processor time of one core, beside its rivals on the same two models:
//!
//!     cargo bench -p foresee --bench simulate
//!     RIVALS_PYTHON=/path/to/python RIVALS=/path/to/bench/simulation cargo bench -p foresee --bench simulate
//!     cargo bench -p foresee --bench simulate -- threads
//!     cargo bench -p foresee --bench simulate -- winters 1000
//!
//! Ours are `src/simulate/case/network10.toml` (ten services, a year, 109,500 people) and `mm3.toml` (M/M/3 at 0.9, a million people) beside this
//! file, run by the function that everybody calls: `replicate`. The rivals are scripts `bench_simpy.py` and `bench_ciw.py` in
//! the folder named by `RIVALS`, which print one JSON line each; without them the table has our rows only.
//!
//! `network` and `desks` run one of the two alone, for a profiler. `threads` runs the ten services by `run` on one thread and on two,
//! in turns, by the clock: nothing else should run. `winters` runs so many winters (a month to fill, then November to February) of
//! a place of a million people: four such networks, four times the people of one, in one model.

use std::process::Command;
use std::time::Instant;

use foresee::simulate::model::WarmUp;
use foresee::simulate::run::{Settings, Stop, run};
use foresee::simulate::{Compiled, Model, Options, replicate};

const NETWORK: &str = include_str!("../src/simulate/case/network10.toml");
const DESKS: &str = include_str!("mm3.toml");

/// Processor time of this process's first thread, in seconds.
fn processor() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds: Option<f64> = text.split(' ').next().and_then(|word| word.parse().ok());
    nanoseconds.map_or_else(
        || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs_f64(),
        |nanoseconds| nanoseconds / 1e9,
    )
}

/// Best of several, in seconds.
fn best(times: u32, mut run: impl FnMut(u64)) -> f64 {
    (0..times)
        .map(|time| {
            let start = processor();
            run(u64::from(time));
            processor() - start
        })
        .fold(f64::INFINITY, f64::min)
}

fn model(text: &str) -> Model {
    Model::from_toml(text).expect("a model")
}

fn compiled(model: &Model) -> Compiled {
    Compiled::new(model).expect("a model that makes sense")
}

fn rival(script: &str, arguments: &[&str], key: &str) -> Option<f64> {
    let (python, folder) = (std::env::var("RIVALS_PYTHON").ok()?, std::env::var("RIVALS").ok()?);
    let output = Command::new(python).arg(format!("{folder}/{script}")).args(arguments).output().ok()?;
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
    told[key].as_f64()
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let count = words.get(1).and_then(|word| word.parse().ok());
    match words.first().map(String::as_str) {
        Some("network") => println!("ten services: {:.1} replications/s", 1.0 / network(count.unwrap_or(20))),
        Some("desks") => println!("M/M/3: {:.2} million customers/s", desks(count.unwrap_or(10) as u32) / 1e6),
        Some("threads") => threads(count.unwrap_or(200)),
        Some("winters") => winters(count.unwrap_or(50)),
        _ => table(),
    }
    if let Ok(status) = std::fs::read_to_string("/proc/self/status")
        && let Some(line) = status.lines().find(|line| line.starts_with("VmHWM"))
    {
        println!("memory at most:{}", line.trim_start_matches("VmHWM:"));
    }
}

/// Seconds to a replication of the ten services.
fn network(times: usize) -> f64 {
    let network = compiled(&model(NETWORK));
    best(times as u32, |replication| {
        replicate(&network, 1, replication, &Options::default());
    })
}

/// Customers of three desks a second.
fn desks(times: u32) -> f64 {
    let desks = compiled(&model(DESKS));
    let mut customers = 0;
    let seconds = best(times, |replication| {
        customers = replicate(&desks, 1, replication, &Options::default()).sources[0].arrivals;
    });
    customers as f64 / seconds
}

fn table() {
    let place = compiled(&model(NETWORK));
    let watched = Options { profile: Some((24.0, 1.0)), series: Some(24.0), ..Options::default() };
    let outcome = replicate(&place, 1, 0, &Options::default());
    let people: u64 = outcome.sources.iter().map(|source| source.arrivals).sum();
    println!("ten services: {people} people counted, {} events", outcome.events);
    let year = network(20);
    let year_watched = best(10, |replication| {
        replicate(&place, 1, replication, &watched);
    });
    println!("| engine | ten services, replications/s | M/M/3, million customers/s |");
    println!("| --- | --- | --- |");
    println!("| catchment | {:.1} | {:.1} |", 1.0 / year, desks(10) / 1e6);
    println!("| catchment, profile by hour and series by day kept | {:.1} | |", 1.0 / year_watched);
    println!("events a second: {:.1} million", outcome.events as f64 / year / 1e6);
    for (name, script, few, many) in [("SimPy", "bench_simpy.py", "1", "200000"), ("Ciw", "bench_ciw.py", "1", "50000")]
    {
        let network = rival(script, &["net", few], "reps_per_cpu_s");
        let desks = rival(script, &["mm3", many], "customers_per_cpu_s");
        if let (Some(network), Some(desks)) = (network, desks) {
            println!("| {name} | {network:.3} | {:.3} |", desks / 1e6);
        }
    }
}

/// Seconds by the clock for so many replications on so many threads.
fn by_the_clock(model: &Model, replications: usize, threads: usize) -> f64 {
    let settings = Settings { stop: Stop::Replications(replications), threads, ..Settings::default() };
    let start = Instant::now();
    run(model, &settings, &mut |_| (), &false.into()).expect("a run");
    start.elapsed().as_secs_f64()
}

fn threads(replications: usize) {
    let network = model(NETWORK);
    let (mut one, mut two) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..3 {
        one = one.min(by_the_clock(&network, replications, 1));
        two = two.min(by_the_clock(&network, replications, 2));
    }
    println!("{replications} years of ten services: {one:.2} s on one thread, {two:.2} s on two");
    println!("two threads are {:.1} % efficient", 100.0 * one / (2.0 * two));
}

fn winters(replications: usize) {
    let one = model(NETWORK);
    let mut place = Model {
        services: Vec::new(),
        sources: Vec::new(),
        horizon: 3600.0,
        warm_up: Some(WarmUp::Time(720.0)),
        ..one.clone()
    };
    for part in 1..=4 {
        let named = |name: &str| format!("{name} {part}");
        place.sources.extend(one.sources.iter().cloned().map(|mut source| {
            (source.name, source.to) = (named(&source.name), named(&source.to));
            source
        }));
        place.services.extend(one.services.iter().cloned().map(|mut service| {
            service.name = named(&service.name);
            service.routes.iter_mut().for_each(|route| route.to = named(&route.to));
            service
        }));
    }
    let seconds = by_the_clock(&place, replications, 0);
    println!(
        "{replications} winters of a million people: {seconds:.1} s by the clock, {:.1} winters/s, 1,000 in {:.0} s",
        replications as f64 / seconds,
        1000.0 * seconds / replications as f64
    );
}

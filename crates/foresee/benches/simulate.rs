//! How fast the engine is, in processor time of one core, beside its rivals on the same two models:
//!
//!     cargo bench -p foresee
//!     RIVALS_PYTHON=/path/to/python RIVALS=/path/to/bench/simulation cargo bench -p foresee
//!
//! Ours are `src/simulate/case/network10.toml` (ten services, a year, 109,500 people) and `mm3.toml` (M/M/3 at 0.9, a million people) beside this
//! file, run by the function that everybody calls: `replicate`. The rivals are scripts `bench_simpy.py` and `bench_ciw.py` in
//! the folder named by `RIVALS`, which print one JSON line each; without them the table has our rows only.

use std::process::Command;

use foresee::simulate::{Compiled, Model, Options, replicate};

/// Processor time of this process, in seconds.
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

fn model(text: &str) -> Compiled {
    Compiled::new(&Model::from_toml(text).expect("a model")).expect("a model that makes sense")
}

fn rival(script: &str, arguments: &[&str], key: &str) -> Option<f64> {
    let (python, folder) = (std::env::var("RIVALS_PYTHON").ok()?, std::env::var("RIVALS").ok()?);
    let output = Command::new(python).arg(format!("{folder}/{script}")).args(arguments).output().ok()?;
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
    told[key].as_f64()
}

fn main() {
    let network = model(include_str!("../src/simulate/case/network10.toml"));
    let desks = model(include_str!("mm3.toml"));
    let watched = Options { profile: Some((24.0, 1.0)), series: Some(24.0), ..Options::default() };

    let outcome = replicate(&network, 1, 0, &Options::default());
    let people: u64 = outcome.sources.iter().map(|source| source.arrivals).sum();
    println!("ten services: {people} people counted, {} events", outcome.events);
    let year = best(20, |replication| {
        replicate(&network, 1, replication, &Options::default());
    });
    let year_watched = best(10, |replication| {
        replicate(&network, 1, replication, &watched);
    });
    let mut customers = 0;
    let desk = best(10, |replication| {
        customers = replicate(&desks, 1, replication, &Options::default()).sources[0].arrivals;
    });
    println!("| engine | ten services, replications/s | M/M/3, million customers/s |");
    println!("| --- | --- | --- |");
    println!("| catchment | {:.1} | {:.1} |", 1.0 / year, customers as f64 / desk / 1e6);
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
    if let Ok(status) = std::fs::read_to_string("/proc/self/status")
        && let Some(line) = status.lines().find(|line| line.starts_with("VmHWM"))
    {
        println!("memory at most:{}", line.trim_start_matches("VmHWM:"));
    }
}

//! What a question over a log costs: CPU seconds and memory, cold from the file and warm.
//!
//! ```text
//! cargo run --release -p journeys --example bench_log -- log_10m_time.parquet [threads] [warm runs]
//! ```
//!
//! The last line is JSON with the names that `bench/journeys/run_bench.py` reads, and the digest that all engines share.

use journeys::log::{Columns, Log, to_json};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Map, Value, json};
use std::error::Error;
use std::fs::File;
use std::time::Instant;

fn cpu_seconds() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

/// The most memory this process has held, in megabytes.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    let kilobytes = line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok());
    kilobytes.map_or(f64::NAN, |kb| kb / 1024.0)
}

struct Phases(Map<String, Value>);

impl Phases {
    fn run<T>(&mut self, name: &str, work: impl FnOnce() -> T) -> T {
        let (wall, cpu) = (Instant::now(), cpu_seconds());
        let answer = work();
        let (cpu, wall) = (cpu_seconds() - cpu, wall.elapsed().as_secs_f64());
        println!("{name:<24} {:>9.1} ms CPU {:>9.1} ms wall", cpu * 1e3, wall * 1e3);
        self.0.insert(name.to_owned(), json!({ "cpu": cpu, "wall": wall }));
        answer
    }

    fn total(&self, of: &str) -> f64 {
        self.0.values().filter_map(|phase| phase[of].as_f64()).sum()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: bench_log FILE [threads] [warm runs]")?;
    let threads = arguments.next().map_or(Ok(1), |n| n.parse())?;
    let runs: u32 = arguments.next().map_or(Ok(10), |n| n.parse())?;
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;

    let mut cold = Phases(Map::new());
    let log = cold.run("load", || -> Result<Log, Box<dyn Error>> {
        let (file, columns) = (File::open(&path)?, Columns::default());
        Ok(if path.ends_with(".csv") { Log::from_csv(file, &columns)? } else { Log::from_parquet(file, &columns)? })
    })?;
    let arcs = cold.run("arcs", || log.arcs());
    let variants = cold.run("variants", || log.variants());
    let throughput = cold.run("throughput", || log.throughput());
    let peak = peak_megabytes();

    let mut warm = [f64::INFINITY; 2];
    for _ in 0..runs {
        let (wall, cpu) = (Instant::now(), cpu_seconds());
        std::hint::black_box((log.arcs(), log.variants(), log.throughput()));
        warm = [warm[0].min(cpu_seconds() - cpu), warm[1].min(wall.elapsed().as_secs_f64())];
    }
    println!("warm, three questions, best of {runs}: {:.1} ms CPU, {:.1} ms wall", warm[0] * 1e3, warm[1] * 1e3);
    let mut more = Phases(Map::new());
    let answers = more.run("all answers", || log.answers());
    more.run("sketch", || log.sketch());
    std::hint::black_box(to_json(&answers));

    let handover =
        arcs.iter().find(|a| a.from == "Ambulance at hospital (ready)" && a.to == "Ambulance handover (received)");
    println!(
        "{}",
        json!({
            "engine": format!("catchment journeys, {threads} threads"),
            "total_cpu": cold.total("cpu"),
            "total_wall": cold.total("wall"),
            "peak_rss_mb": peak,
            "warm_cpu": warm[0],
            "warm_wall": warm[1],
            "phases": cold.0,
            "digest": {
                "events": log.events(),
                "cases": log.cases(),
                "arcs": arcs.len(),
                "df": arcs.iter().map(|a| a.count).sum::<u64>(),
                "variants": variants.count,
                "top_variant": variants.top.first().map(|v| v.count),
                "through_mean": throughput.map(|t| t.mean_seconds),
                "through_median": throughput.map(|t| t.median_seconds),
                "through_p90": throughput.map(|t| t.p90_seconds),
                "handover": handover.map(|a| json!({
                    "n": a.count, "mean": a.mean_seconds, "median": a.median_seconds, "p90": a.p90_seconds,
                })),
            },
        })
    );
    Ok(())
}

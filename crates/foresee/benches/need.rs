//! How long a forecast takes: `cargo bench -p foresee --bench need`.
//!
//! Rivermead, and Rivermead with four of its neighbourhoods a second time, so that there are twelve; 20 years, 256 runs.

use foresee::project::forecast::project;
use foresee::project::need::read;
use std::time::Instant;

fn main() {
    let here = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../place/need");
    let open = |file: &str| std::fs::read_to_string(here.join(file)).map_err(|error| error.to_string());
    let start = Instant::now();
    let words = open("need.toml").unwrap_or_default();
    let mut need = read(&words, open, &[]).unwrap_or_else(|fault| panic!("{fault}"));
    println!("read: {:?}", start.elapsed());
    for _ in 0..2 {
        for samples in [0, 256] {
            let (start, before) = (Instant::now(), processor());
            let forecast = project(&need, 20, 7, samples).unwrap_or_else(|fault| panic!("{fault}"));
            let (wall, cpu) = (start.elapsed(), processor() - before);
            let (areas, total) = (need.areas.len(), forecast.place.total[20]);
            println!("{areas} neighbourhoods, {samples} runs: {wall:?}, {cpu:.2} s of processor ({total:.0?})");
        }
        need.areas.extend(need.areas[..4].to_vec());
        need.totals.clear();
    }
}

/// Seconds of processor so far, all threads, to a hundredth: on a busy machine the wall clock says little.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or("").split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

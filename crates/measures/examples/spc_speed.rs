//! How long XmR with every rule takes on 1,000,000 points in 10,000 series, beside the plainest NumPy that finds the same
//! signals (`spc_speed.py`), in one run on one machine:
//!
//! ```text
//! cargo run --release -p measures --example spc_speed
//! ```

use measures::spc::{Options, many};
use std::time::Instant;

const SERIES: usize = 10_000;
const POINTS: usize = 100;

fn main() {
    let mut state = 7u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    // Twelve uniforms make one that is near enough to normal.
    let values: Vec<f64> = (0..SERIES * POINTS).map(|_| 44.0 + (0..12).map(|_| uniform()).sum::<f64>()).collect();
    let some: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
    let ends: Vec<usize> = (1..=SERIES).map(|series| series * POINTS).collect();
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let begun = Instant::now();
        let charts = many(&some, &ends, &Options::default());
        let seconds = begun.elapsed().as_secs_f64();
        best = best.min(seconds);
        let points = charts.iter().flatten().flat_map(|chart| &chart.points);
        let (all, signals) =
            points.fold((0, 0), |(all, signals), point| (all + 1, signals + usize::from(!point.signals.is_empty())));
        println!("catchment: {all} points, {signals} of them signals, in {seconds:.3} s");
    }
    println!(
        "catchment, best of 5: {best:.3} s on {} cores",
        std::thread::available_parallelism().map_or(1, usize::from)
    );
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let file = std::env::temp_dir().join("spc_speed.f64");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/spc_speed.py");
    if let Err(wrong) = std::fs::write(&file, bytes) {
        println!("no rival: {wrong}");
        return;
    }
    match std::process::Command::new("python3").arg(script).arg(&file).arg(POINTS.to_string()).status() {
        Ok(status) if status.success() => {}
        _ => println!("no rival: python3 with NumPy is not here"),
    }
    let _ = std::fs::remove_file(file);
}

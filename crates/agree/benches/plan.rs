//! How long 10,000 runs of a plan of 2,000 steps take, in seconds of processor time: `cargo bench -p agree --bench plan`.
//!
//! Each step waits for up to two earlier ones, works for one of eight roles (of 0.5 to 4 posts), has a class and a promised day;
//! there are twenty rocks and fifty savings. The bar is one second.

use agree::plan::*;
use agree::random::mix;
use domain::Date;
use std::time::Instant;

const STEPS: usize = 2_000;
const RUNS: u32 = 10_000;

fn draw(at: usize, salt: u64, below: usize) -> usize {
    (mix(at as u64 ^ (salt << 32)) % below as u64) as usize
}

fn plan() -> Plan {
    let start = Date(20_458);
    let step = |at: usize| Step {
        id: format!("s{at}"),
        title: format!("Step {at}"),
        owner: "r0".into(),
        class: ["estate", "people", "digital"][draw(at, 6, 3)].into(),
        days: 5.0 + draw(at, 3, 30) as f64,
        after: (0..if at > 20 { 2 } else { 0 })
            .map(|salt| format!("s{}", at - 1 - draw(at, salt, at.min(60))))
            .collect(),
        effort: vec![Effort { role: format!("r{}", draw(at, 4, 8)), days: 0.5 + draw(at, 5, 5) as f64 }],
        not_before: None,
        due: Some(Date(start.0 + 600 + draw(at, 7, 600) as i32)),
        state: State::ToDo,
        early_win: at.is_multiple_of(100),
        drivers: vec![],
    };
    let rock = |at: usize| Rock {
        id: format!("k{at}"),
        title: "a rock".into(),
        blocks: vec![format!("s{}", at * 90)],
        who_can_move_it: "r1".into(),
        raised: start,
        cleared: None,
    };
    let saving = |at: usize| Saving {
        id: format!("m{at}"),
        title: "a saving".into(),
        step: format!("s{}", at * 40),
        class: "beds".into(),
        promised: 100_000.0,
        again: if at.is_multiple_of(2) { Again::Recurrent } else { Again::OneOff },
        gives: Gives::Cash,
        banked_by: "hospital".into(),
        pool: None,
        same_as: None,
        not_same_as: Vec::new(),
        delivered: None,
    };
    Plan {
        id: "bench".into(),
        title: "Two thousand steps".into(),
        aim: String::new(),
        owner: String::new(),
        start,
        goal: Some(Goal { by: Date(start.0 + 1_095), cash: 2_000_000.0 }),
        roles: (0..8)
            .map(|at| Role { id: format!("r{at}"), name: "a role".into(), fte: 0.5 + at as f64 * 0.5 })
            .collect(),
        steps: (0..STEPS).map(step).collect(),
        rocks: (0..20).map(rock).collect(),
        pools: Vec::new(),
        savings: (0..50).map(saving).collect(),
    }
}

/// Seconds of processor time that this process has used, all threads together.
fn processor_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}

fn main() {
    let (plan, reference) = (plan(), Reference { rock_half_life_days: Some(45.0), ..Reference::published() });
    let laid = Instant::now();
    let laid_out = schedule(&plan, plan.start).expect("the plan can be followed");
    println!("laid out in {:.3} s, ends {}", laid.elapsed().as_secs_f64(), laid_out.end);
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        for _ in 0..3 {
            let (wall, before) = (Instant::now(), processor_seconds());
            let found =
                pool.install(|| forecast(&plan, &reference, plan.start, 1, RUNS)).expect("the plan can be followed");
            let used = processor_seconds().zip(before).map(|(after, before)| after - before);
            println!(
                "{threads} thread(s): {RUNS} runs x {STEPS} steps in {:.2} s, {} s of processor; ends {} ({} to {})",
                wall.elapsed().as_secs_f64(),
                used.map_or("unknown".to_owned(), |used| format!("{used:.2}")),
                found.end.p50,
                found.end.p10,
                found.end.p90,
            );
        }
    }
}

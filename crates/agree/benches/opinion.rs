//! Groups and common ground, timed: the real conversations of `../shared/data/polis` and an invented one of 100,000 people.
//!
//! `RIVALS_PYTHON=/path/to/python cargo bench -p agree --bench opinion` also runs red-dwarf (PyPI, 0.4.0) on the same real
//! conversations in the same run: `run_pipeline`, the votes already in memory, as here. Times are seconds of the processor.

#![allow(clippy::unwrap_used)]

use agree::opinion::{Change, Choice, Conversation, Options, Report, Vote, read};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const NAMES: [&str; 5] = ["fifteen-seattle", "brexit-consensus", "nz-biodiversity", "vtaiwan-uberx", "bowling-green"];

const RIVAL: &str = r#"
import sys, csv, time, warnings
warnings.filterwarnings("ignore")
from reddwarf.implementations.polis import run_pipeline
for name in sys.argv[2:]:
    folder = sys.argv[1] + "/" + name
    votes = {}
    for r in csv.DictReader(open(folder + "/votes.csv")):
        votes[(int(r["participant"]), int(r["statement"]))] = int(r["vote"])
    votes = [{"participant_id": p, "statement_id": s, "vote": v} for (p, s), v in votes.items()]
    out = [int(r["statement"]) for r in csv.DictReader(open(folder + "/statements.csv")) if r["moderated"] == "-1"]
    best = 1e9
    for _ in range(3):
        start = time.process_time()
        run_pipeline(votes=votes, mod_out_statement_ids=out, random_state=1)
        best = min(best, time.process_time() - start)
    print(name, best)
"#;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/polis");
    let mut rivals = std::collections::HashMap::new();
    if let (Ok(python), true) = (std::env::var("RIVALS_PYTHON"), folder.exists()) {
        let output = Command::new(python).args(["-c", RIVAL]).arg(&folder).args(NAMES).output().unwrap();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            if let Some((name, seconds)) = line.split_once(' ') {
                rivals.insert(name.to_owned(), seconds.parse::<f64>().unwrap());
            }
        }
        if !output.status.success() {
            println!("red-dwarf failed: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
    for name in NAMES {
        let file = |file: &str| std::fs::read(folder.join(name).join(file));
        let (Ok(votes), Ok(statements)) = (file("votes.csv"), file("statements.csv")) else {
            println!("{name}: skipped, ../shared is absent");
            continue;
        };
        let (conversation, _) = read(&[("votes.csv", &votes), ("statements.csv", &statements)]);
        let (plain, firm) = time(&conversation);
        let beside = match rivals.get(name) {
            Some(rival) => format!("; red-dwarf {rival:.3} s, {:.1} times as long", rival / plain),
            None => String::new(),
        };
        println!("{name:18} {plain:.4} s, with firmness {firm:.4} s{beside}");
    }
    let start = processor_seconds();
    let mut big = invented(100_000, 1_000, 10);
    println!("100,000 people x 1,000 statements, {} votes: taken in {:.2} s", big.votes(), processor_seconds() - start);
    let (plain, firm) = time(&big);
    println!("{:18} {plain:.3} s, with firmness {firm:.3} s; at most {:.0} MB", "", peak_megabytes());
    let start = processor_seconds();
    let report = Report::of(&big, &Options::default());
    println!("{:18} report {:.3} s: {}", "", processor_seconds() - start, report.groups_in_words);
    // One vote: counts of the statement, and of each group.
    let mut live = big.opinion(&Options { resamples: 0, ..Options::default() }).live();
    let mut each = vec![];
    for turn in 0..10_000_u64 {
        let one = Instant::now();
        let vote = Vote { participant: turn * 7 % 100_000, statement: turn % 1_000, choice: Choice::Agree, at: None };
        let change: Option<Change> = big.cast(vote);
        change.iter().for_each(|change| live.follow(change));
        each.push(one.elapsed().as_secs_f64() * 1e6);
    }
    each.sort_by(f64::total_cmp);
    println!(
        "one vote: {:.2} µs in the middle, {:.1} µs at the 99.9th percentile, {:.0} µs at worst",
        each[5_000], each[9_990], each[9_999]
    );
}

/// The least of three runs, in seconds of the processor: pipeline alone, and with its firmness.
fn time(conversation: &Conversation) -> (f64, f64) {
    let run = |resamples: usize| {
        let options = Options { resamples, ..Options::default() };
        let each = (0..3).map(|_| {
            let start = processor_seconds();
            let opinion = conversation.opinion(&options);
            assert!(opinion.participants > 0);
            processor_seconds() - start
        });
        each.fold(f64::INFINITY, f64::min)
    };
    (run(0), run(12))
}

/// Three groups that differ on some statements, and every person on some votes.
fn invented(people: u64, statements: u64, votes_each: u64) -> Conversation {
    let mut state = 7_u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1_u64 << 31) as f64
    };
    let leaning: Vec<[f64; 3]> = (0..statements)
        .map(|_| {
            let base = next();
            let divides = next() < 0.4;
            [0; 3].map(|_| if divides { next() } else { base })
        })
        .collect();
    let mut conversation = Conversation::default();
    for participant in 0..people {
        let draw = next();
        let group = usize::from(draw > 0.5) + usize::from(draw > 0.8);
        for _ in 0..votes_each {
            let statement = (next() * statements as f64) as u64;
            let choice = match next() {
                pass if pass < 0.15 => Choice::Pass,
                _ if next() < leaning[statement as usize][group] => Choice::Agree,
                _ => Choice::Disagree,
            };
            conversation.cast(Vote { participant, statement, choice, at: None });
        }
    }
    conversation
}

/// Processor time of all threads of this process.
fn processor_seconds() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let all = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok());
    let nanoseconds = |text: &String| text.split(' ').next().and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0);
    all.map(|text| nanoseconds(&text)).sum::<f64>() / 1e9
}

fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("0");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

//! How long it takes to write and to read: `cargo bench -p ledger`, or with an address to measure that database.
//! The Ledger at the address must be empty.

#![allow(clippy::unwrap_used)]

use ledger::{Ledger, New};
use serde_json::json;
use std::time::Instant;

fn entries(count: usize) -> Vec<New> {
    let entry = |at: usize| New {
        at: 1_764_579_731 + at as i64,
        who: "Flow lead, Rivermead".to_owned(),
        did: "weighed".to_owned(),
        what: format!("statement/{}", at % 500),
        because: vec!["conversation/home-care".to_owned()],
        body: json!({"vote": 1, "by": format!("token-{at}"), "hours": at as f64 / 7.0}),
        form: 1,
        once: Some(format!("form-{at}")),
    };
    (0..count).map(entry).collect()
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let address = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let at = address.unwrap_or_else(|| folder.path().join("ledger.db").display().to_string());
    let ledger = Ledger::open(&at).await.unwrap();
    let mut all = entries(100_000);
    let first: Vec<New> = all.drain(..500).collect();
    let began = Instant::now();
    for entry in first {
        ledger.append(vec![entry], None).await.unwrap();
    }
    println!("{:>9.2} ms  one entry appended, on the disk", began.elapsed().as_secs_f64() * 1000.0 / 500.0);
    let mut fastest = f64::INFINITY;
    while !all.is_empty() {
        let some: Vec<New> = all.drain(..all.len().min(10_000)).collect();
        let (began, full) = (Instant::now(), some.len() == 10_000);
        ledger.append(some, None).await.unwrap();
        fastest = if full { fastest.min(began.elapsed().as_secs_f64()) } else { fastest };
    }
    println!("{:>9.0} ms  10,000 entries appended at once", fastest * 1000.0);
    let began = Instant::now();
    let count = ledger.since(0).await.unwrap().len();
    println!("{:>9.0} ms  {count} entries read", began.elapsed().as_secs_f64() * 1000.0);
    let began = Instant::now();
    assert_eq!(ledger.verify().await.unwrap().wrong, None);
    println!("{:>9.0} ms  {count} entries verified", began.elapsed().as_secs_f64() * 1000.0);
    let began = Instant::now();
    let mut bytes = Vec::new();
    ledger.export(&mut bytes).await.unwrap();
    println!("{:>9.0} ms  exported, {} MB", began.elapsed().as_secs_f64() * 1000.0, bytes.len() / 1_000_000);
    let other = Ledger::open(folder.path().join("other.db").to_str().unwrap()).await.unwrap();
    let began = Instant::now();
    other.import(&bytes[..], "export").await.unwrap();
    println!("{:>9.0} ms  imported into SQLite", began.elapsed().as_secs_f64() * 1000.0);
}

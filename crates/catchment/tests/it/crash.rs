//! Killed or starved at any moment, the Lake is as it was before or after, never between.

use crate::place::{Place, VISITS_HEAD, command, said};
use std::io::Read;
use std::process::{Command, Stdio};

fn rows(count: usize) -> String {
    let mut text = VISITS_HEAD.to_owned();
    for row in 0..count {
        text.push_str(&format!(
            "{row},p{row},,Aa,1950-01-01,QR1 1AB,ED,2025-11-{:02} 09:14,2025-11-{:02} 12:00\n",
            1 + row % 28,
            1 + row % 28
        ));
    }
    text
}

/// Rows of the facts and of what is derived, or `-` where there is no table.
fn state(place: &Place) -> String {
    let tables = place.sql("select table_name from information_schema.tables");
    ["records", "events", "stays"]
        .map(|table| {
            if tables.lines().any(|known| known == table) {
                place.sql(&format!("select count(*) from {table}"))
            } else {
                "-".to_owned()
            }
        })
        .join(" ")
}

#[test]
fn kill_9_at_any_moment_leaves_before_or_after() {
    let place = Place::new();
    let (before, after) = ("1 2 1", "60001 120002 60001");
    let first = place.write("in/visits-first.csv", rows(1).replace("0,p0", "first,first"));
    place.run("add", &[&first]).well();
    let file = place.write("in/visits.csv", rows(60_000));
    assert_eq!(state(&place), before);
    let folder = place.path("");
    let mut killed = 0;
    for step in 0..12 {
        let mut child = command()
            .args(["add", folder.to_str().unwrap(), &file])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // How long it lives is counted in what it has written, so a slow machine is killed at the same places.
        let wanted = step * 700_000;
        while child.try_wait().unwrap().is_none() {
            if lake_bytes(&place) >= wanted {
                child.kill().unwrap();
                killed += 1;
                break;
            }
            std::thread::yield_now();
        }
        let mut out = String::new();
        child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        child.wait().unwrap();
        let now = state(&place);
        assert!(now == before || now == after, "after a kill at {wanted} bytes: {now}");
        if out.contains("records in") {
            assert_eq!(now, after, "what was acknowledged is lost");
        }
    }
    assert!(killed > 0);
    place.run("add", &[&file]).well();
    assert_eq!(state(&place), after);
}

fn lake_bytes(place: &Place) -> u64 {
    let mut folders = vec![place.path("lake")];
    let mut bytes = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(meta) if meta.is_dir() => folders.push(entry.path()),
                Ok(meta) => bytes += meta.len(),
                Err(_) => {}
            }
        }
    }
    bytes
}

#[test]
fn a_disk_that_fills_is_said_and_changes_nothing() {
    let place = Place::new();
    let first = place.write("in/visits-first.csv", rows(1).replace("0,p0", "first,first"));
    place.run("add", &[&first]).well();
    let file = place.write("in/visits.csv", rows(60_000));
    let before = state(&place);
    // No file may grow beyond 512 kB: writing more fails as it does on a full disk.
    let script = format!(
        "trap '' XFSZ; ulimit -f 1024; exec '{}' add '{}' '{file}'",
        env!("CARGO_BIN_EXE_catchment"),
        place.path("").display()
    );
    let output =
        Command::new("sh").args(["-c", &script]).env("CATCHMENT_NOW", "2025-12-01T00:00:00Z").output().unwrap();
    let told = said(output);
    assert!(!told.ok, "{}", told.out);
    assert!(told.err.contains("help:"), "{}", told.err);
    assert_eq!(state(&place), before);
    place.run("add", &[&file]).well();
    assert_eq!(place.sql("select count(*) from records"), "60001");
}

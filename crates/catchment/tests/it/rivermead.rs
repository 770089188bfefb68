//! Rivermead, written, loaded and held against its own truth.

use crate::place::catchment;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

/// One small Rivermead for all the tests here.
fn rivermead() -> &'static Path {
    static PLACE: OnceLock<tempfile::TempDir> = OnceLock::new();
    PLACE
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let place = folder.path().join("rivermead");
            let place = place.to_str().unwrap();
            catchment(&["demo", place, "--people", "6000", "--months", "13", "--seed", "7", "--no-serve"]).well();
            folder
        })
        .path()
}

fn place() -> String {
    rivermead().join("rivermead").display().to_string()
}

fn sql(query: &str) -> Vec<Vec<String>> {
    let said = catchment(&["sql", &place(), query, "--csv"]).well();
    said.out.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn number(query: &str) -> f64 {
    sql(query)[0][0].parse().unwrap()
}

/// A file of `truth/`, as rows by column name.
fn truth(name: &str) -> Vec<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(Path::new(&place()).join("truth").join(name)).unwrap();
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines.map(|line| head.iter().map(ToString::to_string).zip(line.split(',').map(str::to_owned)).collect()).collect()
}

#[test]
fn adding_rivermead_again_changes_nothing() {
    let said = catchment(&["add", &place(), &place()]).well();
    assert!(said.out.contains("were in already; nothing changed"), "{}", said.out);
}

#[test]
fn stays_are_the_true_stays_but_for_the_known_dirt() {
    let mut expected: BTreeMap<String, f64> = BTreeMap::new();
    for stay in truth("stays.csv") {
        *expected.entry(stay["service"].clone()).or_default() += 1.0;
    }
    // A team's visits after one referral are stays of no length of one episode; the truth writes the episode once.
    let mut found: BTreeMap<String, f64> = BTreeMap::new();
    for row in sql(
        "select service, count(distinct coalesce(episode, stay)) from stays where service is not null group by service",
    ) {
        found.insert(row[0].clone(), row[1].parse().unwrap());
    }
    for (service, stays) in expected.iter().filter(|(_, stays)| **stays >= 100.0) {
        let got = found.get(service).copied().unwrap_or(0.0);
        assert!((got / stays - 1.0).abs() < 0.04, "{service}: {got} stays where {stays} are true");
    }
}

#[test]
fn waits_for_home_care_are_the_true_waits() {
    // Whole days at the middle: the council says dates.
    let middle = number(
        "select median(wait_minutes) / 1440 from handovers where handover = 'ward-to-home-care' and ended_by = 'taken'",
    );
    assert!((1.0..9.0).contains(&middle), "{middle} days");
    // Home First, as the truth tells it: a place this small has a handful of people in Eastbrook, so each of them counts.
    let story = |name: &str, eastbrook: bool| {
        let told = truth("stories.csv").into_iter();
        told.filter(|story| story["story"] == name).find(|story| (story["where"] == "Eastbrook") == eastbrook).unwrap()
    };
    let here = story("home-first", true);
    let days = |where_: &str, from: &str, to: &str| {
        number(&format!(
            "select avg(wait_minutes) / 1440 from handovers where handover = 'ward-to-home-care' and ended_by = 'taken' and neighbourhood {where_} and taken >= timestamp '{from}' and taken < timestamp '{to}'"
        ))
    };
    let shortage = story("home-care-shortage", false)["from"].clone();
    let eastbrook = days("= 'Eastbrook'", &here["from"], "2025-11-17");
    let elsewhere = days("<> 'Eastbrook'", &here["from"], &shortage);
    let told: f64 = here["after"].parse().unwrap();
    assert!((eastbrook / told - 1.0).abs() < 0.1, "{eastbrook:.2} days where {told:.2} are true");
    assert!(eastbrook < elsewhere * 0.75, "Home First: {eastbrook:.2} days in Eastbrook, {elsewhere:.2} elsewhere");
}

#[test]
fn links_are_right_and_few_are_missed() {
    // Each true person who is in several feeds with a good number should be one person here.
    let people = number("select count(distinct person) from people");
    let truth: std::collections::BTreeSet<String> =
        truth("subjects.csv").into_iter().map(|row| row["person"].clone()).collect();
    let ratio = people / truth.len() as f64;
    assert!((0.98..1.45).contains(&ratio), "{people} people found of {} true", truth.len());
    let merges = "from events e join people a on a.subject = e.subject join people b on b.subject = e.other_subject where e.kind = 'merged'";
    assert!(number(&format!("select count(*) {merges}")) > 0.0);
    assert_eq!(number(&format!("select count(*) {merges} and a.person <> b.person")), 0.0);
}

#[test]
fn the_ledger_holds_every_hour_that_was_waited() {
    let ledger = number("select sum(person_minutes) from delay_ledger");
    let waits = number("select sum(wait_minutes) from handovers");
    assert!((ledger / waits - 1.0).abs() < 0.001, "{ledger} {waits}");
    assert_eq!(
        number("select count(*) from journeys where care_minutes < 0 or wait_minutes < 0 or unknown_minutes < 0"),
        0.0
    );
}

#[test]
fn every_measure_gives_a_series_and_every_sector_has_one() {
    let measured: Vec<String> = sql("select distinct measure from series where level = 'system' order by measure")
        .into_iter()
        .map(|row| row[0].clone())
        .collect();
    let library = std::fs::read_dir(Path::new(&place()).join("measures")).unwrap().count();
    assert_eq!(measured.len(), library, "{measured:?}");
    let weeks = "select count(*) from series where level = 'system' and grain = 'week' and value is not null";
    assert!(number(weeks) > 500.0);
}

#[test]
fn every_figure_walks_to_its_rows() {
    for figure in [
        "ward-to-home-care",
        "ambulance-to-ed",
        "four-hours-in-emergency",
        "wait-for-home-care",
        "gp-appointments",
        "problems",
        "ledger",
        "measures",
        "sources",
    ] {
        let why = catchment(&["why", &place(), figure]).well().out;
        assert!(why.lines().count() > 5, "{figure}: {why}");
    }
    let why = catchment(&["why", &place(), "ambulance-to-ed"]).well().out;
    assert!(why.contains("cad-2025"), "the walk ends at a file and its lines: {why}");
}

#[test]
fn the_same_seed_writes_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let digest = |name: &str, seed: &str| {
        let place = folder.path().join(name);
        catchment(&["sample", place.to_str().unwrap(), "--people", "500", "--months", "2", "--seed", seed]).well();
        let output = std::process::Command::new("sh")
            .args(["-c", "find . -type f | sort | xargs cat | cksum"])
            .current_dir(place)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(digest("a", "3"), digest("b", "3"));
    assert_ne!(digest("c", "4"), digest("d", "3"));
}

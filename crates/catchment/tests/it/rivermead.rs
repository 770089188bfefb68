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
    for measure in library() {
        let whole = measure.levels.contains(&measures::Level::System);
        assert_eq!(measured.contains(&measure.id), whole, "{}", measure.id);
    }
    let weeks = "select count(*) from series where level = 'system' and grain = 'week' and value is not null";
    assert!(number(weeks) > 500.0);
}

fn library() -> Vec<measures::Measure> {
    let folder = Path::new(&place()).join("measures");
    let files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| (path.display().to_string(), std::fs::read_to_string(path).unwrap()))
        .collect();
    let (measures, problems) = measures::define::parse(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    assert_eq!(problems, []);
    measures
}

/// The plain reference: every level and period of every measure in SQL.
#[test]
fn every_number_of_the_library_is_what_plain_sql_says() {
    let day = |sort: &str| {
        let query = format!(
            "select period from series where measure = 'practice-appointments' and grain = 'day' and level = 'system' order by period {sort} limit 1"
        );
        let text = sql(&query)[0][0].clone();
        let part = |at: usize| text.split('-').nth(at).unwrap().parse::<u32>().unwrap();
        domain::Date::from_ymd(part(0) as i32, part(1), part(2)).unwrap()
    };
    let (first, last) = (day("asc"), day("desc"));
    // The engine's percentile_cont goes from one value to the next in steps of a millionth; ours goes all the way.
    let near = |measure: &measures::Measure, a: &str, b: &str| match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => {
            let quantile = matches!(measure.statistic, measures::Statistic::Median | measures::Statistic::P90);
            (a - b).abs() <= if quantile { 1e-5 } else { 1e-9 } * a.abs().max(b.abs()).max(1e-9)
        }
        _ => a == b,
    };
    let mut compared = 0;
    for measure in library().iter().filter(|measure| !measure.is_published()) {
        let key = |row: &Vec<String>| row[..4].to_vec();
        let ours = sql(&format!(
            "select level, \"group\", grain, period, numerator, denominator, value from series where measure = '{}'",
            measure.id
        ));
        let ours: std::collections::HashMap<Vec<String>, &Vec<String>> =
            ours.iter().map(|row| (key(row), row)).collect();
        let plain = measures::series_sql(measure, first, last);
        let plain =
            sql(&format!("select level, \"group\", grain, period, numerator, denominator, value from ({plain})"));
        assert!(!plain.is_empty(), "{}", measure.id);
        for row in &plain {
            let own = ours.get(&key(row)).unwrap_or_else(|| panic!("{}: no {row:?}", measure.id));
            assert!((4..7).all(|at| near(measure, &own[at], &row[at])), "{}: {own:?} is not {row:?}", measure.id);
        }
        // What is ours alone are the noughts of days on which nothing happened.
        let known: std::collections::HashSet<Vec<String>> = plain.iter().map(key).collect();
        assert!(
            ours.iter().all(|(key, row)| known.contains(key) || row[6] == "0" || row[6] == "0.0"),
            "{}",
            measure.id
        );
        compared += plain.len();
    }
    assert!(compared > 100_000, "{compared}");
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

//! Runs the tables of `spec/journeys` and `spec/pathways`.

use crate::Pathway;
use crate::testing::{Told, batch, cell, fold_along};
use arrow::array::RecordBatch;
use domain::{Instant, Place, Zone};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::LazyLock;

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../spec").join(name)
}

/// The place of the tables.
pub(crate) static PLACE: LazyLock<Place> =
    LazyLock::new(|| Place::parse(&std::fs::read_to_string(folder("journeys").join("place.toml")).unwrap()).unwrap());

struct Table {
    line: usize,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

struct Case {
    title: String,
    known_until: Option<String>,
    /// The last one that the page has declared.
    pathway: Option<Pathway>,
    tables: Vec<Table>,
}

fn read(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut in_table = false;
    let mut toml: Option<String> = None;
    let mut pathway: Option<Pathway> = None;
    for (at, line) in text.lines().enumerate() {
        match (&mut toml, line) {
            (None, "```toml") => toml = Some(String::new()),
            (Some(text), "```") => {
                pathway = Some(Pathway::parse(text).unwrap_or_else(|error| panic!("before line {}: {error}", at + 1)));
                toml = None;
            }
            (Some(text), line) => text.extend([line, "\n"]),
            (None, _) => {}
        }
        if let Some(title) = line.strip_prefix("## ") {
            cases.push(Case {
                title: title.to_owned(),
                known_until: None,
                pathway: pathway.clone(),
                tables: Vec::new(),
            });
        }
        let Some(case) = cases.last_mut() else { continue };
        if let Some(moment) = line.strip_prefix("Known until ") {
            case.known_until = Some(moment.trim_end_matches('.').to_owned());
        }
        let cells = line.strip_prefix('|').and_then(|line| line.trim_end().strip_suffix('|'));
        let Some(cells) = cells else {
            in_table = false;
            continue;
        };
        let cells: Vec<String> = cells.split('|').map(|cell| cell.trim().to_owned()).collect();
        match case.tables.last_mut().filter(|_| in_table) {
            None => case.tables.push(Table { line: at + 1, head: cells, rows: Vec::new() }),
            Some(_) if cells.iter().all(|cell| cell == "---") => {}
            Some(table) => {
                assert_eq!(table.head.len(), cells.len(), "line {}: cells", at + 1);
                table.rows.push(cells);
            }
        }
        in_table = true;
    }
    cases
}

fn number(words: &mut HashMap<String, i64>, word: &str) -> Option<i64> {
    let next = words.len() as i64 + 1;
    (!word.is_empty()).then(|| *words.entry(word.to_owned()).or_insert(next))
}

fn events(table: &Table, place: &Place) -> Vec<Told> {
    let mut words = HashMap::new();
    let mut told = Vec::new();
    for (at, row) in table.rows.iter().enumerate() {
        let known =
            ["person", "time", "told by", "service", "event", "episode", "other", "received", "fact", "corrects"];
        for name in &table.head {
            assert!(known.contains(&name.as_str()), "line {}: no column '{name}'", table.line);
        }
        let get = |name: &str| {
            let at = table.head.iter().position(|head| head == name);
            at.map(|at| row[at].clone()).filter(|cell| !cell.is_empty())
        };
        let time = |name: &str| {
            get(name).map(|text| place.zone.parse(&text).unwrap_or_else(|error| panic!("{text}: {error}")))
        };
        let (when, precision) = time("time").unwrap();
        for name in [get("service"), get("other")].into_iter().flatten() {
            assert!(place.service(&name).is_some() || name == "home", "no service {name}");
        }
        let service = get("service");
        told.push(Told {
            person: get("person").map_or(1, |person| person.parse().unwrap()),
            event_id: at as i64 + 1,
            organisation: get("told by")
                .unwrap_or_else(|| place.service(service.as_deref().unwrap()).unwrap().organisation.clone()),
            service,
            episode: get("episode").and_then(|word| number(&mut words, &word)),
            kind: get("event").unwrap(),
            at: when,
            precision,
            received: time("received").map_or(when, |time| time.0),
            other: get("other"),
            fact: get("fact").and_then(|word| number(&mut words, &word)),
            corrects: get("corrects"),
        });
    }
    told
}

/// The words of the manual to the columns of the tables.
fn column(name: &str) -> String {
    match name {
        "stay" => "service",
        "wait" => "handover",
        "from" => "from_service",
        "to" => "to_service",
        "journey" => "started",
        "took" => "minutes",
        "care" => "care_minutes",
        "inside" => "inside_wait_minutes",
        "between" => "wait_minutes",
        "home" => "home_minutes",
        "unknown" => "unknown_minutes",
        "waited" => "wait_minutes",
        "median" => "median_minutes",
        "p90" => "p90_minutes",
        "total" => "total_minutes",
        name => return name.replace(' ', "_"),
    }
    .to_owned()
}

fn show(table: &RecordBatch, name: &str, row: usize, zone: &Zone) -> String {
    let value = cell(table, &column(name), row, zone);
    let dated = table.column_by_name("precision").is_some() && cell(table, "precision", row, zone) == "day";
    match name {
        "took" if value.is_empty() => value,
        "waited" | "care" | "inside" | "between" | "home" | "unknown" | "took" => {
            let minutes: f64 = value.parse().unwrap();
            assert_eq!(minutes.fract(), 0.0, "{name} is {value} minutes");
            let minutes = minutes as i64;
            if dated {
                assert_eq!(minutes % 1440, 0, "{minutes} minutes between dates");
                return format!("{} days", minutes / 1440);
            }
            format!("{} h {} min", minutes / 60, minutes % 60)
        }
        _ if dated => value.strip_suffix(" 00:00").map(str::to_owned).unwrap_or(value),
        _ => value,
    }
}

/// What a case says against what the fold says; nothing when they agree.
fn differences(case: &Case, place: &Place) -> Vec<String> {
    let (told, expected) = case.tables.split_first().expect("a case has a table of events");
    assert!(!expected.is_empty(), "{}: nothing is expected", case.title);
    let as_of: Instant = place.zone.parse(case.known_until.as_deref().unwrap_or("2026-01-01 00:00")).unwrap().0;
    let summary = fold_along(place, case.pathway.as_slice(), as_of, &[batch(&events(told, place))]);
    let mut differences = Vec::new();
    for table in expected {
        let first = table.head.iter().find(|name| *name != "person").unwrap();
        let got = match first.as_str() {
            "stay" => &summary.parts.stays,
            "wait" => &summary.parts.handovers,
            "journey" => &summary.parts.journeys,
            "leg" => &summary.parts.legs,
            "how" => &summary.parts.conformance,
            "day" => &summary.delay_ledger,
            "from kind" => &summary.flow,
            "variant" => &summary.variants,
            other => panic!("line {}: no table begins with '{other}'", table.line),
        };
        let rows: Vec<Vec<String>> = (0..got.num_rows())
            .map(|row| table.head.iter().map(|name| show(got, name, row, &place.zone)).collect())
            .collect();
        if rows != table.rows {
            let lines = |rows: &[Vec<String>]| {
                rows.iter().map(|row| format!("    | {} |\n", row.join(" | "))).collect::<String>()
            };
            differences.push(format!(
                "line {}: {}\n  | {} |\n  the manual:\n{}  the fold:\n{}",
                table.line,
                case.title,
                table.head.join(" | "),
                lines(&table.rows),
                lines(&rows)
            ));
        }
    }
    differences
}

fn check(markdown: &str) -> Vec<String> {
    read(markdown).iter().flat_map(|case| differences(case, &PLACE)).collect()
}

#[test]
fn every_table_of_the_manual_is_true() {
    let mut cases = 0;
    let mut wrong = String::new();
    let entries = ["journeys", "pathways"].into_iter().flat_map(|name| std::fs::read_dir(folder(name)).unwrap());
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "md")) {
        let text = std::fs::read_to_string(&file).unwrap();
        cases += read(&text).len();
        for difference in check(&text) {
            wrong.push_str(&format!("{} {difference}\n", file.file_name().unwrap().to_string_lossy()));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(cases >= 50, "only {cases} cases");
}

#[test]
fn a_table_that_is_wrong_is_found() {
    let beds = std::fs::read_to_string(folder("journeys").join("beds.md")).unwrap();
    for (right, wrong) in [("6 h 12 min", "6 h 0 min"), ("| taken | 0 h 30 min |", "| open | 0 h 30 min |")] {
        assert!(beds.contains(right));
        assert_eq!(check(&beds.replacen(right, wrong, 1)).len(), 1, "{wrong}");
    }
    let falls = std::fs::read_to_string(folder("pathways").join("falls.md")).unwrap();
    for (right, wrong) in [("| extra | 3 | 2 |", "| extra | 3 | 1 |"), ("optional = true", "optional = false")] {
        assert!(falls.contains(right));
        assert!(!check(&falls.replacen(right, wrong, 1)).is_empty(), "{wrong}");
    }
    let without_a_row = beds.replacen(
        "| call-to-crew | | ambulance | 2025-11-03 10:00 | 2025-11-03 10:15 | taken | 0 h 15 min |\n",
        "",
        1,
    );
    assert_eq!(check(&without_a_row).len(), 1);
}

//! Adding files: exactly once, the good rows in, the bad ones told with the way out.

use crate::place::{CREWS_HEAD, Place, VISITS, VISITS_HEAD, catchment, command, said};
use std::io::Write;
use std::process::Stdio;

const GOOD: &str = "1,a,9990000026,Aa,1950-01-01,QR1 1AB,ED,2025-11-03 09:14,2025-11-03 12:00\n2,b,,Bb,1960-01-01,QR1 1AB,ED,2025-11-04 09:14,\n";

fn visits(rows: &str) -> String {
    format!("{VISITS_HEAD}{rows}")
}

#[test]
fn adding_twice_changes_nothing_and_says_so() {
    let place = Place::new();
    let file = place.write("in/visits.csv", visits(GOOD));
    let first = place.run("add", &[&file]).well();
    assert_eq!(first.out, "2 records in, 3 events\n");
    let before = std::fs::read_to_string(place.path("lake/HEAD.json")).unwrap();
    let again = place.run("add", &[&file]).well();
    assert_eq!(again.out, "all 2 records were in already; nothing changed\n");
    assert_eq!(before, std::fs::read_to_string(place.path("lake/HEAD.json")).unwrap());
    assert_eq!(place.sql("select count(*) from events"), "3");
}

#[test]
fn a_row_that_grew_replaces_what_it_said_before() {
    let place = Place::new();
    let file = place.write("in/visits.csv", visits(GOOD));
    place.run("add", &[&file]).well();
    let grown = GOOD.replace("2025-11-04 09:14,", "2025-11-04 09:30,2025-11-04 11:00");
    let file = place.write("in/visits-later.csv", visits(&grown));
    let said = place.run("add", &[&file]).well();
    assert_eq!(said.out, "1 records in, 2 events; 1 were in already\n");
    assert_eq!(
        place.sql("select started, ended from stays order by started"),
        "2025-11-03T09:14:00Z,2025-11-03T12:00:00Z\n2025-11-04T09:30:00Z,2025-11-04T11:00:00Z"
    );
}

#[test]
fn a_bad_row_waits_with_its_reason_and_comes_in_when_the_map_is_mended() {
    let place = Place::new();
    let rows = format!(
        "{GOOD}3,c,,Cc,1970-01-01,QR1 1AB,UTC,2025-11-05 09:14,2025-11-05 10:14\n4,d,,Dd,1970-01-01,QR1 1AB,ED,never,\n"
    );
    let file = place.write("in/visits.csv", visits(&rows));
    let said = place.run("add", &[&file]).well();
    assert!(said.out.starts_with("2 records in, 3 events; 2 wait for you: catchment problems"), "{}", said.out);
    let problems = place.run("problems", &["--all"]).well().out;
    assert!(problems.contains("visits.csv,4,error,unknown_code,site,'UTC' is not in the map 'sites'"), "{problems}");
    assert!(problems.contains("visits.csv,5,error,bad_time,arrived,"), "{problems}");

    let same = place.run("retry", &[]).well();
    assert_eq!(same.out, "2 records read again: 0 are in, 2 still wait\n");
    place.write("feeds/visits.toml", VISITS.replace("\"ED\" = \"ed\"", "\"ED\" = \"ed\"\n\"UTC\" = \"ed\""));
    let mended = place.run("retry", &[]).well();
    assert_eq!(mended.out, "2 records read again: 1 are in, 1 still wait\n");
    assert_eq!(place.sql("select count(*) from stays"), "3");
    assert_eq!(place.sql("select code, line from problems"), "bad_time,5");
    assert_eq!(place.run("add", &[&file]).well().out, "all 4 records were in already; nothing changed\n");
}

#[test]
fn standard_input_patterns_and_folders_are_read_alike() {
    let place = Place::new();
    let mut child = command()
        .args(["add", place.path("").to_str().unwrap(), "-", "--feed", "visits"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(visits(GOOD).as_bytes()).unwrap();
    assert_eq!(said(child.wait_with_output().unwrap()).well().out, "2 records in, 3 events\n");
    place.write("in/visits.csv", visits(GOOD));
    place.write("in/notes.txt", "not for us");
    let pattern = place.path("in/visits*.csv").display().to_string();
    assert!(place.run("add", &[&pattern]).well().out.starts_with("all 2 records were in already"));
    let folder = place.run("add", &[place.path("in").to_str().unwrap()]).well().out;
    assert!(folder.contains("1 file fit no feed and were left out"), "{folder}");
}

#[test]
fn files_that_cannot_be_read_are_told_and_the_others_go_in() {
    let place = Place::new();
    place.write("in/visits-good.csv", visits(GOOD));
    place.write("in/visits-empty.csv", "");
    place.write("in/visits-other.csv", "a,b\n1,2\n");
    place.write("in/visits-cut.csv.gz", [0x1f, 0x8b, 8, 0, 1]);
    let feed = VISITS.replace("\"visits*.csv\"", "\"visits*.csv\", \"visits*.gz\"");
    place.write("feeds/visits.toml", feed);
    place.run("add", &[place.path("in").to_str().unwrap()]).well();
    assert_eq!(place.sql("select count(*) from stays"), "2");
    assert_eq!(place.sql("select code from problems order by code"), "empty_file\nmissing_column\nunreadable_file");
    // When the file comes again, mended, its problem is gone.
    place.write("in/visits-other.csv", visits("9,z,,Zz,1950-01-01,QR1 1AB,ED,2025-11-03 09:14,\n"));
    place.run("add", &[place.path("in").to_str().unwrap()]).well();
    assert_eq!(place.sql("select code from problems where code = 'missing_column'"), "");
}

#[test]
fn a_folder_of_ten_thousand_files_is_one_load() {
    let place = Place::new();
    for file in 0..10_000 {
        let row = format!("{file},p{file},,Aa,1950-01-01,QR1 1AB,ED,2025-11-{:02} 09:14,\n", 1 + file % 28);
        place.write(&format!("in/visits-{file}.csv"), visits(&row));
    }
    let said = place.run("add", &[place.path("in").to_str().unwrap()]).well();
    assert_eq!(said.out, "10,000 records in, 10,000 events\n");
    assert_eq!(place.sql("select count(*) from sources"), "10000");
}

#[test]
fn two_organisations_that_know_one_person_make_one_journey() {
    let place = Place::new();
    let visits = place
        .write("in/visits.csv", visits("1,a,9990000026,Aa,1950-01-01,QR1 1AB,ED,2025-11-03 09:14,2025-11-03 12:00\n"));
    let crews = place.write(
        "in/crews.csv",
        format!("{CREWS_HEAD}7,x,9990000026,1950-01-01,2025-11-03 08:30,2025-11-03 09:10,2025-11-03 09:52\n"),
    );
    place.run("add", &[&visits, &crews]).well();
    assert_eq!(place.sql("select count(distinct person), count(*) from stays"), "1,2");
    assert_eq!(
        place.sql("select handover, wait_minutes, ended_by from handovers where handover = 'ambulance-to-ed'"),
        "ambulance-to-ed,42,taken"
    );
    assert_eq!(place.sql("select stays, organisations from journeys"), "2,2");
}

#[test]
fn nobody_is_named_by_any_table_that_an_analyst_may_ask() {
    let place = Place::new();
    let file = place.write("in/visits.csv", visits("1,local77,9990000026,Zebedee,1950-01-01,QR1 1AB,ED,2025-11-03 09:14,\n2,local78,9990000027,Yorick,never,QR1 1AB,XX,2025-11-03 09:14,\n"));
    place.run("add", &[&file]).well();
    let tables =
        place.sql("select table_name from information_schema.tables where table_schema <> 'information_schema'");
    assert!(!tables.contains("subjects") && !tables.contains("demographics") && tables.contains("events"), "{tables}");
    for table in tables.lines() {
        let rows = place.sql(&format!("select * from {table}"));
        for secret in ["Zebedee", "Yorick", "9990000026", "9990000027", "local77", "1950-01-01", "QR1 1AB"] {
            assert!(!rows.contains(secret), "{table} shows {secret}");
        }
    }
    for table in ["subjects", "demographics"] {
        assert!(!place.run("sql", &[&format!("select * from {table}")]).ok);
    }
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(place.path("vault.key")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn sql_only_reads() {
    let place = Place::new();
    let file = place.write("in/visits.csv", visits(GOOD));
    place.run("add", &[&file]).well();
    for query in [
        "drop table events",
        "delete from events",
        "insert into events select * from events",
        "copy events to '/tmp/events.csv'",
        "create table x as select 1",
    ] {
        assert!(!place.run("sql", &[query]).ok, "{query}");
    }
}

#[test]
fn errors_say_what_where_and_the_way_out() {
    let place = Place::new();
    let none = place.run("add", &["nowhere.csv"]);
    assert!(
        !none.ok && none.err.contains("there is no file nowhere.csv") && none.err.contains("help:"),
        "{}",
        none.err
    );
    let stranger = place.write("in/strange.csv", "a\n1\n");
    assert!(place.run("add", &[&stranger]).err.contains("--feed NAME"));
    let empty = place.run("see", &[]);
    assert!(empty.err.contains("holds no records yet") && empty.err.contains("catchment add"), "{}", empty.err);
    place.write("feeds/visits.toml", VISITS.replace("started", "begun"));
    let broken = place.run("add", &[&stranger]);
    assert!(broken.err.contains("visits.toml:13: 'begun' is not an event kind"), "{}", broken.err);
    let nobody = catchment(&["see", "/nowhere"]);
    assert!(nobody.err.contains("/nowhere is not a place: it has no place.toml"), "{}", nobody.err);
}

#[test]
fn a_broken_measure_names_its_line_and_stops_no_other() {
    let place = Place::new();
    place.write("measures/broken.toml", "id = \"broken\"\ntitle = \n");
    place.write(
        "measures/wrong-sql.toml",
        std::fs::read_to_string(place.path("measures/wait-for-a-bed.toml"))
            .unwrap()
            .replace("wait-for-a-bed", "wrong-sql")
            .replace("FROM handovers", "FROM nothing"),
    );
    let rows: String = (0..900)
        .map(|day| {
            format!(
                "{day},p{day},,Aa,1950-01-01,QR1 1AB,ED,2025-{:02}-{:02} 09:14,2025-{0:02}-{1:02} 23:10\n",
                1 + day / 28 % 11,
                1 + day % 28
            )
        })
        .collect();
    let file = place.write("in/visits.csv", visits(&rows));
    let said = place.run("add", &[&file]).well();
    assert!(said.err.contains("wrong-sql.toml:"), "{}", said.err);
    assert_ne!(place.sql("select count(*) from series where measure = 'four-hours-in-emergency'"), "0");
    let doctor = place.run("doctor", &[]);
    assert!(!doctor.ok && doctor.out.contains("broken.toml:2"), "{}", doctor.out);
}

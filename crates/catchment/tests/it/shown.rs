//! What a user sees: help, tables, and pages over HTTP.

use crate::place::{Place, VISITS_HEAD, catchment, command};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

const COMMANDS: [&str; 13] =
    ["demo", "sample", "init", "add", "problems", "retry", "see", "why", "sql", "spc", "journeys", "serve", "doctor"];

#[test]
fn every_commands_help_opens_with_examples() {
    for name in COMMANDS {
        let help = catchment(&[name, "--help"]).well().out;
        assert!(help.starts_with("Examples:\n  catchment "), "{name}: {help}");
        assert!(help.contains(&format!("catchment {name}")), "{name}: {help}");
    }
    let help = catchment(&["--help"]).well().out;
    for name in COMMANDS {
        assert!(help.contains(&format!("\n  {name} ")), "{name} is not listed: {help}");
    }
}

#[test]
fn an_unknown_command_is_exit_code_2_and_a_fault_is_1() {
    assert_eq!(command().arg("vanish").output().unwrap().status.code(), Some(2));
    assert_eq!(command().args(["see", "/nowhere"]).output().unwrap().status.code(), Some(1));
}

#[test]
fn spc_draws_any_csv_file() {
    let place = Place::new();
    let values = [50, 52, 49, 51, 50, 53, 48, 50, 51, 49, 52, 50, 51, 75];
    let rows: String =
        values.iter().enumerate().map(|(at, value)| format!("2025-{:02}-01,{value}\n", 1 + at % 12)).collect();
    let file = place.write(
        "spc.csv",
        format!("month,value\n{rows}")
            .replace("2025-01-01,51", "2026-01-01,51")
            .replace("2025-02-01,75", "2026-02-01,75"),
    );
    let json = catchment(&["spc", &file, "--better", "lower", "--json"]).well().out;
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    let chart = &report["charts"][0];
    assert_eq!(chart["values"].as_array().unwrap().len(), 14);
    assert_eq!(
        (&chart["variation_icon"], &chart["point_type"][13]),
        (&"concern_high".into(), &"special_cause_concern".into())
    );
    let outside = chart["outside_limits"].as_array().unwrap();
    assert_eq!(
        outside.iter().map(|point| point == true).collect::<Vec<_>>(),
        (0..14).map(|point| point == 13).collect::<Vec<_>>()
    );
    assert!(!catchment(&["spc", &file, "--value", "nothing"]).ok);
}

#[test]
fn journeys_answers_any_event_log() {
    let place = Place::new();
    let file = place.write("log.csv", "case,activity,time\nNA,a,2025-01-01T09:00:00\nNA,b,2025-01-01T09:10:00\nX,a,2025-01-01T09:00:00\nX,b,2025-01-01T09:30:00\n");
    let json: serde_json::Value = serde_json::from_str(&catchment(&["journeys", &file, "--json"]).well().out).unwrap();
    assert_eq!(json["size"]["cases"], 2);
    assert_eq!(json["size"]["events"], 4);
    for part in ["size", "start_end", "throughput", "variants", "arcs"] {
        assert!(!json[part].is_null(), "{part}");
    }
}

/// A server of ours that ends with the test.
struct Server(Child, u16);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    fn of(place: &Place) -> Server {
        let mut child = command()
            .args(["serve", place.path("").to_str().unwrap(), "--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.split_whitespace().next().and_then(|address| address.rsplit(':').next()?.parse().ok());
        Server(child, port.unwrap_or_else(|| panic!("no address: {line}")))
    }

    fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.1)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        (text[9..12].parse().unwrap(), text)
    }
}

#[test]
fn the_page_answers_before_and_after_the_first_records() {
    let place = Place::new();
    let server = Server::of(&place);
    assert!(server.get("/").1.contains("Nothing has been added yet"));
    let rows: String = (0..600)
        .map(|day| {
            format!(
                "{day},p{day},,Aa,1950-01-01,QR1 1AB,ED,2025-{:02}-{:02} 09:14,2025-{0:02}-{1:02} 23:10\n",
                1 + day / 28 % 11,
                1 + day % 28
            )
        })
        .collect();
    let file = place.write("in/visits.csv", format!("{VISITS_HEAD}{rows}"));
    place.run("add", &[&file]).well();
    // The server sees the load that another process made.
    let (code, page) = server.get("/");
    assert_eq!(code, 200);
    assert!(page.contains("Testham") && page.contains("mergency department") && page.contains("<svg"), "{page}");
    for (path, code, part) in [
        ("/assets/catchment.css", 200, "text/css"),
        ("/measures/four-hours-in-emergency.csv", 200, "four-hours-in-emergency,system"),
        ("/why/four-hours-in-emergency", 200, "What it asks"),
        ("/why/ambulance-to-ed", 200, "How they ended"),
        ("/why/visits", 200, "visits.csv"),
        ("/why/nothing", 404, "not found"),
        ("/measures/x'y.csv", 404, "not found"),
        ("/nothing", 404, "not found"),
    ] {
        let (got, text) = server.get(path);
        assert_eq!(got, code, "{path}: {text}");
        assert!(text.contains(part), "{path}: {text}");
    }
}

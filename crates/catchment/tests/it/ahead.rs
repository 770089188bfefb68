//! What is coming and the place simulated, as a user meets them: commands, files and pages.

use crate::http::{Server, folder};
use crate::place::{CREWS_HEAD, Place, VISITS_HEAD, catchment};
use crate::shown::piped;
use serde_json::Value;

const MODEL: &str = r#"name = "Testham"
unit = "hour"
horizon = 1344
warm_up = 336

[[source]]
name = "people who walk in"
to = "ed"
rate = 3.0

[[service]]
name = "ed"
kind = "emergency_department"
owner = "H"
capacity = 8
stay = { distribution = "exponential", mean = 2 }
[[service.route]]
to = "wards"
share = 0.3

[[service]]
name = "wards"
kind = "ward"
owner = "H"
cost_per_hour = 14
capacity = 24
queue = 0
stay = { distribution = "lognormal", mean = 24, cv = 0.8 }
"#;

fn with_model() -> Place {
    let place = Place::new();
    let visits: String = (0..40)
        .map(|at| {
            format!("{at},p{at},,Aa,1950-01-01,QR1 1AB,ED,2025-11-{0:02} 09:14,2025-11-{0:02} 12:00\n", 1 + at % 16)
        })
        .collect();
    let crews: String = (0..20)
        .map(|at| {
            format!(
                "{at},p{at},,1950-01-01,2025-11-{0:02} 08:14,2025-11-{0:02} 08:54,2025-11-{0:02} 09:14\n",
                1 + at % 16
            )
        })
        .collect();
    let visits = place.write("in/visits.csv", format!("{VISITS_HEAD}{visits}"));
    let crews = place.write("in/crews.csv", format!("{CREWS_HEAD}{crews}"));
    place.run("add", &[&visits, &crews]).well();
    place.write("models/testham.toml", MODEL);
    place
}

fn table<'v>(view: &'v Value, id: &str) -> &'v Vec<Value> {
    let tables = view["panels"].as_array().unwrap().iter().flat_map(|panel| panel["tables"].as_array().unwrap());
    tables.into_iter().find(|table| table["id"] == id).unwrap_or_else(|| panic!("no table {id}"))["rows"]
        .as_array()
        .unwrap()
}

#[test]
fn one_case_in_is_one_answer_out_of_the_simulator_and_of_the_projection() {
    let case = r#"{"name": "a queue", "model": "M/M/1 FIFO", "parameters": {"arrival_rate": 0.5, "service_rate": 1.0, "servers": 1},
        "run": {"customers_per_replication": 20000, "warmup_customers": 2000, "replications": 20}, "tolerance": {"mean_number": ["rel", 0.05]}}"#;
    let said: Value = serde_json::from_str(&piped(&["simulate", "--json"], case).well().out).unwrap();
    assert!((said["mean_number"].as_f64().unwrap() - 1.0).abs() < 0.1, "{said}");
    let again = piped(&["simulate", "--json"], case).well().out;
    assert_eq!(serde_json::from_str::<Value>(&again).unwrap(), said, "the same case is answered alike");
    let case = r#"{"id": "x", "kind": "discounting", "input": {"cash_flow": [-100, 103.5], "rates": [0.035]}}"#;
    let said: Value = serde_json::from_str(&piped(&["project", "--json"], case).well().out).unwrap();
    assert!(said["npv"][0].as_f64().unwrap().abs() < 1e-9, "{said}");
    for (command, wrong, words) in [
        ("simulate", r#"{"model": "a carousel", "parameters": {"horses": 12}}"#, "does not say"),
        ("project", r#"{"kind": "tea_leaves", "input": {}}"#, "tea_leaves"),
        ("simulate", "{nonsense", "JSON"),
    ] {
        let said = piped(&[command, "--json"], wrong);
        assert!(!said.ok && said.err.contains(words) && said.out.is_empty(), "{command}: {}", said.err);
    }
}

#[test]
fn a_model_file_is_run_and_its_faults_are_told_by_line() {
    let place = Place::new();
    let model = place.write("models/testham.toml", MODEL);
    let run = |more: &[&str]| catchment(&[&["simulate", model.as_str(), "--replications", "20"], more].concat());
    let rows = run(&["--csv"]).well().out;
    assert!(rows.lines().any(|line| line.starts_with("ed.present,")), "{rows}");
    assert_eq!(run(&["--csv", "--threads", "1"]).well().out, rows, "threads change nothing");
    assert_ne!(run(&["--csv", "--seed", "2"]).well().out, rows);
    let pair = run(&["--change", "wards:places:+6", "--csv"]).well().out;
    assert!(pair.starts_with("answer,without,with,difference"), "{pair}");
    assert!(run(&["--stress"]).well().out.contains("Aims of experimentation"));
    let said = run(&["--change", "wards:places:sideways"]);
    assert!(!said.ok && said.err.contains("home-care:places:+10"), "{}", said.err);
    for (from, to, line, words) in [
        ("share = 0.3", "share = 1.3", 17, "1.3"),
        ("capacity = 24", "capacity = 0", 26, "capacity"),
        ("to = \"wards\"", "to = \"wrads\"", 18, "wrads"),
        ("rate = 3.0", "rate = inf", 9, "rate"),
    ] {
        let broken = place.write("models/broken.toml", MODEL.replacen(from, to, 1));
        let said = catchment(&["simulate", &broken]);
        assert!(!said.ok && said.err.contains(words), "{to}: {}", said.err);
        assert!(said.err.contains(&format!("broken.toml:{line}")), "{to}: {}", said.err);
    }
}

#[test]
fn a_change_is_tried_from_an_address_and_says_where_the_waiting_went() {
    let place = with_model();
    let see =
        |address: &str| -> Value { serde_json::from_str(&place.run("see", &[address, "--json"]).well().out).unwrap() };
    let ran = see("/simulate/run?change=wards:places:%2B6");
    let waits = table(&ran, "waits");
    let held = waits
        .iter()
        .find(|row| row["name"].as_str().is_some_and(|name| name.contains("to Wards") || name.contains("wards")))
        .unwrap();
    assert!(held["difference"].as_f64().or(held["value"].as_f64()).unwrap() < 0.0, "{held}");
    assert!(ran["title"].as_str().unwrap().contains("hours a week"), "{}", ran["title"]);
    assert_eq!(see("/simulate/run?change=wards:places:%2B6"), ran, "an address that is sent is answered alike");
    let aim = see("/simulate/aim?aim=ed:held%3C0.05&lever=wards:places");
    assert!(!table(&aim, "tried").is_empty(), "{aim}");
    for (address, words) in [
        ("/simulate/run?change=wards:places:lots", "home-care:places:+10"),
        ("/simulate/run?change=moon:places:%2B6", "moon"),
        ("/simulate/run?scenario=winter", "winter"),
        ("/simulate?model=mars", "mars"),
        ("/simulate/aim?aim=happiness&lever=wards:places", "general-ed:wait<4"),
        ("/simulate/aim?aim=ed:wait%3C4&lever=wards", "home-care:places"),
    ] {
        let said = place.run("see", &[address]);
        assert!(!said.ok && said.err.contains(words), "{address}: {}", said.err);
    }
}

#[test]
fn a_run_goes_on_while_the_page_tells_how_far_it_is_and_can_be_stopped() {
    let place = with_model();
    let server = Server::of(&folder(&place), &[]);
    let form = server.get("/simulate");
    assert!(form.text().contains("wards:places") && form.text().contains("/simulate/try"), "{}", form.text());
    let go = server.get("/simulate/try?model=testham&ed:places=8&wards:places=30&stay-of=ed&stay-percent=100");
    assert_eq!((go.status, go.header("location")), (303, "/simulate/run?change=wards%3Aplaces%3A%2B6"));
    assert_eq!(server.get("/simulate/try?model=testham&ed:places=8&wards:places=24").header("location"), "/simulate");
    let odd = server.get("/simulate/try?model=testham&stay-of=ed&stay-percent=half");
    assert_eq!(odd.status, 400, "{}", odd.text());
    let aim = server.get("/simulate/try?model=testham&lever=wards:places&number=ed:held&limit=0.5");
    assert_eq!(aim.header("location"), "/simulate/aim?aim=ed%3Aheld%3C0.5&lever=wards%3Aplaces");
    let address = go.header("location").to_owned();
    let mut last = server.get(&address.replacen("run?", "run.json?", 1));
    for _ in 0..1_000_000 {
        if !last.text().contains("\"running\"") {
            break;
        }
        last = server.get(&address.replacen("run?", "run.json?", 1));
    }
    assert_eq!(last.status, 200, "{}", last.text());
    assert!(!table(&last.json(), "waits").is_empty(), "{}", last.text());
    let stop = server.ask(
        "POST",
        &address.replacen("/simulate/", "/simulate/stop/", 1),
        &[("Sec-Fetch-Site", "cross-site")],
        "",
    );
    assert_eq!(stop.status, 403, "another site cannot stop a run");
    let stop = server.ask(
        "POST",
        &address.replacen("/simulate/", "/simulate/stop/", 1),
        &[("Sec-Fetch-Site", "same-origin")],
        "",
    );
    assert_eq!((stop.status, stop.header("location")), (303, address.as_str()));
}

#[test]
fn a_place_without_copy_need_or_forecast_says_how_to_make_them() {
    let place = with_model();
    std::fs::remove_dir_all(place.path("models")).unwrap();
    for (address, words) in [
        ("/simulate", "catchment calibrate"),
        ("/simulate/run?change=a:places:%2B1", "catchment calibrate"),
        ("/model", "catchment calibrate"),
        ("/next", "catchment calibrate"),
        ("/need", "catchment project"),
    ] {
        let said = place.run("see", &[address, "--json"]).well().out;
        assert!(said.contains(words), "{address}: {said}");
    }
    // A line that broke off was never acknowledged; one that is whole and cannot be read is not passed over.
    place.write("forecasts.jsonl", "{\"line\": \"ma");
    place.run("see", &["/next", "--json"]).well();
    place.write("forecasts.jsonl", "{\"line\": \"maybe\"}\n");
    let said = place.run("see", &["/next"]);
    assert!(!said.ok && said.err.contains("forecasts.jsonl:1"), "{}", said.err);
    std::fs::remove_file(place.path("forecasts.jsonl")).unwrap();
    let few = place.run("calibrate", &[]);
    assert!(!few.ok || few.out.contains("no"), "{}", few.err);
}

// A place that forecasts.

const WARDS: &str = r#"feed = "spells"
organisation = "H"
format = "csv"
match = ["spells*.csv"]
key = ["visit"]
[subject]
local_id = "who"
birth_date = "born"
sex = "sex"
[[event]]
kind = "started"
at = "came"
service = "ed"
[[event]]
kind = "ready"
at = "decided"
service = "ed"
other_service = "wards"
[[event]]
kind = "left"
at = "moved"
service = "ed"
other_service = "wards"
[[event]]
kind = "started"
at = "moved"
service = "wards"
[[event]]
kind = "left"
at = "home"
service = "wards"
other_service = "home"
"#;

const PRESSURE: &str = r#"form = "measured"
id = "urgent-care"
name = "Urgent care"
[front]
handovers = ["ambulance-to-ed"]
waits = "to come into hospital"
[back]
handovers = ["ed-to-ward"]
waits = "for a bed"
"#;

/// Crews and spells of some days from 1 June 2025 on: on every eleventh day all wait three times as long at both ends.
fn spells(days: std::ops::Range<i64>) -> [String; 2] {
    let (mut crews, mut spells) = (CREWS_HEAD.to_owned(), "visit,who,born,sex,came,decided,moved,home\n".to_owned());
    let first = jiff::civil::date(2025, 6, 1).at(0, 0, 0, 0);
    for day in days {
        for nth in 0..8_i64 {
            let who = day * 8 + nth;
            let minute = |minutes: i64| {
                (first + jiff::Span::new().minutes(day * 1_440 + minutes)).strftime("%F %H:%M").to_string()
            };
            let times = if day % 11 == 0 { 3 } else { 1 };
            let came = 60 + nth * 150 + who % 13;
            let handed = came + (20 + who % 17) * times;
            let decided = handed + 90 + (who % 29) * 3;
            let moved = decided + (60 + (who % 31) * 4) * times;
            let home = moved + 1_440 + (who % 37) * 60;
            crews += &format!("{who},p{who},,1950-01-01,{},{},{}\n", minute(came - 30), minute(came), minute(handed));
            let sex = if who % 2 == 0 { "F" } else { "M" };
            spells += &format!(
                "{who},p{who},1950-01-01,{sex},{},{},{},{}\n",
                minute(handed),
                minute(decided),
                minute(moved),
                minute(home)
            );
        }
    }
    [crews, spells]
}

/// A place with half a year of records, a path that is watched, and a copy that forecasts.
fn that_forecasts() -> Place {
    let place = Place::new();
    let rule = "[[handover]]\nid = \"ed-to-ward\"\nname = \"Emergency department to ward\"\nfrom = \"emergency_department\"\nto = \"ward\"\n";
    place.write("place.toml", format!("{}\n{rule}", crate::place::PLACE));
    place.write("feeds/spells.toml", WARDS);
    place.write("pressure/urgent-care.toml", PRESSURE);
    place.write("measures/wait-for-a-bed.toml", include_str!("../../../../place/measures/wait-for-a-bed.toml"));
    let [crews, wards] = spells(0..177);
    let files = [place.write("in/crews-1.csv", crews), place.write("in/spells-1.csv", wards)];
    place.run("add", &[&files[0], &files[1]]).well();
    place.run("calibrate", &[]).well();
    place
}

fn kept(place: &Place, line: &str) -> usize {
    let text = std::fs::read_to_string(place.path("forecasts.jsonl")).unwrap();
    text.lines().filter(|text| text.contains(&format!("\"line\":\"{line}\""))).count()
}

#[test]
fn the_chance_of_a_severe_day_is_said_scored_and_shown_and_a_new_day_is_forecast_while_the_place_is_served() {
    let place = that_forecasts();
    // Three days ahead; and those of the nights on which the copy was tried that have come.
    assert_eq!(kept(&place, "chance"), 3);
    let came = kept(&place, "came");
    assert!(came >= 10, "{came}");
    let see =
        |address: &str| -> Value { serde_json::from_str(&place.run("see", &[address, "--json"]).well().out).unwrap() };
    let next = see("/next");
    let panel = next["panels"].as_array().unwrap().iter().find(|panel| panel["id"] == "severe-urgent-care").unwrap();
    assert_eq!(panel["tables"].as_array().unwrap().len(), 3, "dots for each day: {panel}");
    let means = next["panels"].as_array().unwrap().iter().find(|panel| panel["id"] == "means-urgent-care").unwrap();
    let said = means.to_string();
    assert!(said.contains("wait to come into hospital and more than"), "{said}");
    assert!(panel["note"].as_str().unwrap().contains("by the last half-year"), "{panel}");
    let csv = place.run("see", &["/next", "--panel", "means-urgent-care", "--csv"]).well().out;
    assert_eq!(csv.lines().count(), 4, "a heading and a row for each day: {csv}");
    assert!(csv.lines().skip(1).all(|row| row.starts_with("2025-11-2")), "{csv}");
    let chances = |model: &Value| -> u64 {
        let table = model["panels"].as_array().unwrap().iter().find(|panel| panel["id"] == "chances").unwrap();
        let rows = table["tables"][0]["rows"].as_array().unwrap();
        rows.iter().map(|row| row["days"].as_u64().or(row["days"].as_f64().map(|days| days as u64)).unwrap()).sum()
    };
    assert_eq!(chances(&see("/model")), came as u64);
    // Every result says whether the copy holds, or that nobody knows.
    let trusted = |text: &str| text.contains("held against the last 7 nights");
    for address in
        ["/next", "/simulate", "/simulate/run?change=ed:stay:x0.9", "/simulate/aim?aim=ed:held%3C0.1&lever=ed:stay"]
    {
        let said = place.run("see", &[address, "--json"]).well().out;
        assert!(trusted(&said), "{address}: {said}");
    }
    let model = place.path("models/learned.toml").display().to_string();
    for shape in ["--csv", "--json"] {
        let said = catchment(&["simulate", &model, "--replications", "4", shape]).well();
        assert!(trusted(&said.err) && !trusted(&said.out), "{shape}: {}", said.err);
    }
    let by_hand = place.write("models/by-hand.toml", MODEL);
    let said = catchment(&["simulate", &by_hand, "--replications", "4", "--csv"]).well();
    assert!(said.err.contains("written by hand"), "{}", said.err);
    assert!(see("/simulate?model=by-hand")["lede"].as_str().unwrap().contains("written by hand"));
    // A day comes while the place is served: what was said of it is scored, and the next days are forecast.
    let (scored, made) = (kept(&place, "scored"), kept(&place, "made"));
    let server = Server::of(&folder(&place), &[]);
    assert_eq!(chances(&server.get("/model.json").json()), came as u64);
    let [crews, wards] = spells(177..180);
    let files = [place.write("in/crews-2.csv", crews), place.write("in/spells-2.csv", wards)];
    place.run("add", &[&files[0], &files[1]]).well();
    let mut last = 0;
    for _ in 0..30_000 {
        last = chances(&server.get("/model.json").json());
        if last > came as u64 {
            break;
        }
    }
    assert!(last > came as u64, "days that were ahead have come");
    assert_eq!(kept(&place, "chance"), 6, "the next days are said once");
    assert!(kept(&place, "scored") > scored && kept(&place, "made") > made);
}

#[test]
fn the_demand_of_a_year_is_asked_of_need_when_it_is_run() {
    let place = with_model();
    for name in [
        "need.toml",
        "population.csv",
        "mortality.csv",
        "fertility.csv",
        "activity.csv",
        "areas.csv",
        "migration.csv",
        "totals.csv",
        "conditions.csv",
        "transitions.csv",
        "rules.csv",
        "steps.csv",
    ] {
        let text = std::fs::read_to_string(format!("{}/../../place/need/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        place.write(&format!("need/{name}"), text);
    }
    let scenario = place.write("scenarios/year-2040.toml", "title = 'Demand of 2040'\n[demand]\nyear = 2040\n");
    let model = place.path("models/testham.toml").display().to_string();
    let run = || catchment(&["simulate", &model, "--scenario", &scenario, "--replications", "8", "--csv"]).well().out;
    let more = run();
    assert!(more.starts_with("answer,without,with,difference"), "{more}");
    // When need says otherwise, so does the run.
    let activity = std::fs::read_to_string(place.path("need/steps.csv")).unwrap();
    let fewer = activity.lines().map(|line| {
        if line.starts_with("emergency-department,non_demographic") {
            "emergency-department,non_demographic,-0.06,-0.05,-0.04".to_owned()
                + &",".repeat(line.matches(',').count() - 4)
        } else {
            line.to_owned()
        }
    });
    place.write("need/steps.csv", fewer.collect::<Vec<_>>().join("\n") + "\n");
    assert_ne!(run(), more);
    let page = place.run("see", &["/simulate/run?scenario=year-2040", "--json"]).well().out;
    assert!(page.contains("people come") || page.contains("arrivals"), "{page}");
    std::fs::remove_dir_all(place.path("need")).unwrap();
    let said = catchment(&["simulate", &model, "--scenario", &scenario, "--replications", "8"]);
    assert!(!said.ok && said.err.contains("need.toml"), "{}", said.err);
}

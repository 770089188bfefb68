//! The delay ledger, pressure and air time, as pages and as data.

use crate::http::{Server, rivermead};
use crate::place::{CREWS_HEAD, Place, VISITS_HEAD};
use serde_json::Value;

fn rows<'v>(view: &'v Value, table: &str) -> &'v Vec<Value> {
    let tables = view["panels"].as_array().unwrap().iter().flat_map(|panel| panel["tables"].as_array().unwrap());
    let found = tables.into_iter().find(|known| known["id"] == table);
    found.unwrap_or_else(|| panic!("no table {table}: {view:#}"))["rows"].as_array().unwrap()
}

fn sum(rows: &[Value], column: &str) -> f64 {
    rows.iter().map(|row| row[column].as_f64().unwrap()).sum()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-6 * (1.0 + a.abs())
}

#[test]
fn the_ledger_is_conserved_however_it_is_split() {
    let rivermead = rivermead();
    let server = &rivermead.server;
    let everywhere = server.get("/ledger.json").json();
    let headline = |view: &Value| view["facts"][0]["value"].as_f64();
    let all = headline(&everywhere).unwrap();
    let handovers = server.get("/handovers.json").json();
    let fact = handovers["facts"].as_array().unwrap().iter().find(|fact| fact["title"] == "Time waiting between us");
    assert!(near(fact.unwrap()["value"].as_f64().unwrap(), all), "{handovers:#}");
    let mut shown = 0;
    for query in ["", "?place=Eastbrook", "?age=75-84", "?deprivation=1&sex=female", "?need=urgent", "?week=2025-10-13"]
    {
        let reply = server.get(&format!("/ledger.json{query}"));
        if reply.status == 404 || headline(&reply.json()).is_none() {
            continue;
        }
        let view = reply.json();
        let hours = headline(&view).unwrap();
        assert!(hours <= all * 1.5, "{query}");
        for table in ["handovers", "places", "needs"] {
            let rows = rows(&view, table);
            assert!(near(sum(rows, "wait_hours"), hours), "{query} {table}: {rows:#?} is not {hours}");
            let hours: Vec<f64> = rows.iter().map(|row| row["wait_hours"].as_f64().unwrap()).collect();
            let ranked = hours.len().saturating_sub(1);
            assert!(hours[..ranked].is_sorted_by(|a, b| a >= b), "{query} {table}: most first");
            shown += 1;
        }
        let (moved, net) = rows(&view, "moved").split_at(rows(&view, "moved").len() - 1);
        assert_eq!(net[0]["handover"], "In all");
        for column in ["hours_a_week_before", "hours_a_week_since", "hours_more"] {
            assert!(near(sum(moved, column), net[0][column].as_f64().unwrap()), "{query} {column}");
        }
    }
    assert!(shown >= 9, "{shown}");
    // One neighbourhood's row is its own page's headline.
    let row = rows(&everywhere, "places").iter().find(|row| row["neighbourhood"] == "Eastbrook").unwrap();
    let own = server.get("/ledger.json?place=Eastbrook").json();
    assert!(near(headline(&own).unwrap(), row["wait_hours"].as_f64().unwrap()), "{row}");
    let each = |view: &Value| view["facts"][1]["value"].as_f64().unwrap();
    assert!(near(each(&own), row["hours_per_1000_people"].as_f64().unwrap()), "{row}: {}", each(&own));
}

#[test]
fn a_handover_says_what_became_of_its_hours_elsewhere() {
    let rivermead = rivermead();
    let view = rivermead.server.get("/handovers/ward-to-home-care.json").json();
    let panel = view["panels"].as_array().unwrap().iter().find(|panel| panel["id"] == "ledger").unwrap();
    let words = panel["words"][0].as_str().unwrap();
    assert!(words.contains("here; elsewhere") && words.contains("in all"), "{words}");
    assert_eq!(panel["links"][0]["address"], "/ledger");
}

/// Crews and visits of ten months; on the last Sunday many crews wait all day.
fn pressed() -> Place {
    let place = Place::new();
    let day = |day: usize| format!("2025-{:02}-{:02}", 1 + day / 28, 1 + day % 28);
    let visits: String =
        (0..300).map(|at| format!("{at},p{at},,Aa,1950-01-01,QR1 1AB,ED,{0} 10:20,{0} 13:10\n", day(at))).collect();
    let usual = (0..300).map(|at| format!("{at},p{at},,1950-01-01,{0} 09:14,{0} 10:00,{0} 10:20\n", day(at)));
    let busy =
        (0..12).map(|at| format!("b{at},b{at},,1950-01-01,2025-11-16 00:14,2025-11-16 01:00,2025-11-16 22:00\n"));
    let crews: String = usual.chain(busy).collect();
    let visits = place.write("in/visits.csv", format!("{VISITS_HEAD}{visits}"));
    let crews = place.write("in/crews.csv", format!("{CREWS_HEAD}{crews}"));
    place.write(
        "feeds/declared-pressure.toml",
        "feed = 'declared-pressure'\norganisation = 'H'\nformat = 'series'\nmatch = ['declared*.csv']\nperiod = 'day'\ngrain = 'day'\nlevel = 'organisation'\ngroup = 'organisation'\n[[series]]\nmeasure = 'declared-pressure'\ntitle = 'Declared pressure'\nunit = 'level'\nbetter = 'lower'\nvalue = 'level'\n",
    );
    let declared: String =
        (10..=16).map(|day| format!("2025-11-{day},H,{}\n", if day == 16 { 3 } else { 2 })).collect();
    let declared = place.write("in/declared.csv", format!("day,organisation,level\n{declared}"));
    place.run("add", &[&visits, &crews, &declared]).well();
    place
}

const SCALE: &str = "form = 'opel'\nid = 'toy'\nname = 'Toy scale'\nscope = 'acute'\nsource = 'nowhere'\ncomplete = true\nvalid_from = 2025-04-01\n[[parameter]]\nid = 'said'\nname = 'What was said'\nunit = 'level'\nworse = 'higher'\nmeasure = 'declared-pressure'\n";
const FILLED: &str =
    "cuts = [2, 3]\npoints = [0, 1, 4]\n[[band]]\nlevel = 1\nfrom = 0\nto = 1\n[[band]]\nlevel = 2\nfrom = 2\nto = 4\n";

#[test]
fn pressure_is_measured_beside_what_is_declared() {
    let place = pressed();
    let told =
        |address: &str| -> Value { serde_json::from_str(&place.run("see", &[address, "--json"]).well().out).unwrap() };
    let view = told("/pressure?week=2025-11-10");
    let strip = |view: &Value, whom: &str| -> Value {
        rows(view, "organisations").iter().find(|row| row["organisation"] == whom).unwrap().clone()
    };
    let crews = strip(&view, "Testham Ambulance");
    assert_eq!(crews["level"], 2.0, "{crews}");
    assert_eq!(crews["reason"], "11 wait in ambulances outside hospital; usually nobody");
    assert_eq!(crews["days"].as_str().unwrap().matches('2').count(), 1, "{crews}");
    let hospital = strip(&view, "Testham Hospital");
    assert_eq!((&hospital["level"], &hospital["declared_level"]), (&2.into(), &3.into()), "{hospital}");
    // Of a path with one end nobody can say that both are busy at once, so nothing is said of agreement either.
    let words =
        view["panels"].as_array().unwrap().iter().find(|panel| panel["id"] == "declared").unwrap()["words"][0].clone();
    assert_eq!(words, "Testham Hospital: no day is known on which a level was both declared and measured.");
    // The same strip on the page of the whole, and nothing declared of a part of the people.
    assert_eq!(strip_of(&told("/?week=2025-11-10"), "pressure", "Testham Hospital"), hospital);
    let part = told("/pressure?week=2025-11-10&age=75-84");
    assert_eq!(strip(&part, "Testham Hospital")["declared_level"].as_f64(), None, "{part:#}");

    let scales =
        |view: &Value| rows(view, "scales").iter().map(|row| row["still_to_be_filled"].clone()).collect::<Vec<_>>();
    assert!(scales(&view).iter().all(|missing| missing.as_str().unwrap().contains("valid")), "{:?}", scales(&view));
    let panel =
        |view: &Value| view["panels"].as_array().unwrap().iter().find(|panel| panel["id"] == "scales").unwrap().clone();
    assert_eq!(panel(&view)["tables"].as_array().unwrap().len(), 1, "no level from an unfilled table");

    let unfilled = place.write("pressure/toy.toml", SCALE);
    let level = |view: &Value| rows(view, "scales-2")[0].clone();
    let none = level(&told("/pressure?week=2025-11-10"));
    assert_eq!((&none["scored"], &none["level"]), (&"Testham Hospital".into(), &Value::Null), "{none}");
    assert!(none["why_not"].as_str().unwrap().contains("cuts and points of said"), "{none}");
    let text = SCALE.replace("complete = true", "complete = true\nat_cut = 'worse'") + FILLED;
    std::fs::write(&unfilled, &text).unwrap();
    let filled = level(&told("/pressure?week=2025-11-10"));
    assert_eq!((&filled["score"], &filled["level"]), (&4.into(), &2.into()), "{filled}");

    std::fs::write(&unfilled, text.replace("cuts = [2, 3]", "cuts = [3, 2]")).unwrap();
    let doctor = place.run("doctor", &["--json"]).out;
    assert!(doctor.contains("the cuts do not go from good to bad"), "{doctor}");
}

fn strip_of(view: &Value, table: &str, whom: &str) -> Value {
    rows(view, table).iter().find(|row| row["organisation"] == whom).unwrap().clone()
}

#[test]
fn who_fell_silent_has_no_level_and_an_empty_place_says_what_to_add() {
    let place = Place::new();
    let server = Server::of(place.path("").to_str().unwrap(), &[]);
    for path in ["/ledger", "/pressure", "/air-time"] {
        let reply = server.get(path);
        assert!(reply.status == 200 && reply.text().contains("Nothing has been added yet"), "{path}");
    }
    drop(server);
    let place = pressed();
    // The hospital goes on telling, the crews do not.
    let more: String = (17..31)
        .map(|day| format!("m{day},m{day},,Aa,1950-01-01,QR1 1AB,ED,2025-11-{day} 10:20,2025-11-{day} 23:10\n"))
        .collect();
    let more = place.write("in/visits-more.csv", format!("{VISITS_HEAD}{more}"));
    place.run("add", &[&more]).well();
    let view: Value = serde_json::from_str(&place.run("see", &["/pressure", "--json"]).well().out).unwrap();
    let crews = strip_of(&view, "organisations", "Testham Ambulance");
    assert_eq!((&crews["level"], &crews["missing"]), (&Value::Null, &"out of date".into()), "{crews}");
}

#[test]
fn pages_are_counted_by_page_and_never_for_the_public() {
    let place = pressed();
    let server = Server::of(place.path("").to_str().unwrap(), &[]);
    let before = server.get("/air-time").text();
    assert!(before.contains("No page about a sector has been opened yet: 0"), "{before}");
    assert!(before.contains("No question has been asked yet: 0"));
    for path in
        ["/measures/ambulance-handover", "/measures/ambulance-handover?week=2025-11-03", "/organisations/H", "/public"]
    {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
    assert_eq!(server.get("/measures/no-such-measure").status, 404);
    server.get("/measures/ambulance-handover.csv");
    let pages = server.get("/why/air-time.json").json();
    let times = |page: &str| {
        let all = pages["panels"].as_array().unwrap().iter().flat_map(|panel| panel["tables"].as_array().unwrap());
        let mut rows = all.flat_map(|table| table["rows"].as_array().unwrap());
        rows.find(|row| row["page"] == page).map(|row| row["times"].as_f64().unwrap())
    };
    assert_eq!(times("/measures/ambulance-handover"), Some(2.0), "{pages:#}");
    assert_eq!(
        (times("/organisations/H"), times("/public"), times("/measures/no-such-measure")),
        (Some(1.0), None, None)
    );
    let view = server.get("/air-time.json").json();
    let views = rows(&view, "views");
    let share = |table: &[Value], sector: &str| {
        table.iter().find(|row| row["name"] == sector).unwrap()["value"].as_f64().unwrap()
    };
    assert!(near(share(views, "Ambulance"), 200.0 / 3.0) && near(share(views, "Acute"), 100.0 / 3.0), "{views:#?}");
    for table in ["measures", "views"] {
        assert!(near(sum(rows(&view, table), "value"), 100.0), "{table}");
        assert!(near(sum(rows(&view, table), "fair_share"), 100.0), "{table}");
    }
    assert_eq!(server.get("/air-time").status, 200);
}

#[test]
fn a_child_of_eleven_can_read_every_public_page() {
    let rivermead = rivermead();
    let (mut todo, mut read) = (vec!["/public".to_owned()], std::collections::BTreeSet::new());
    while let Some(address) = todo.pop() {
        if address.ends_with(".json") || !read.insert(address.clone()) {
            continue;
        }
        let reply = rivermead.server.get(&address);
        assert_eq!(reply.status, 200, "{address}");
        let html = reply.text();
        let age = show::public::reading_age(&html);
        assert!(age <= 11.0, "one has to be {age:.1} to read {address}");
        assert!(html.len() < 50_000 && !html.contains("<script"), "{address}: {} bytes", html.len());
        let links = html.split("href=\"/public").skip(1).filter_map(|rest| rest.split(['"', '#', '?']).next());
        todo.extend(links.map(|rest| format!("/public{rest}")));
    }
    for known in ["/public/decisions/rapid-release", "/public/say/home", "/public/said", "/public/story"] {
        assert!(read.contains(known), "nothing leads to {known}: {read:?}");
    }
}

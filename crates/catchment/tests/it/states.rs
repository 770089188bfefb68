//! Pages of places that are large, odd, silent or nearly empty.

use crate::http::Server;
use crate::place::{CREWS_HEAD, PLACE, Place, VISITS_HEAD};

/// A place with so many more neighbourhoods, and their outlines.
fn with_places(names: &[String]) -> Place {
    let place = Place::new();
    let mut text = PLACE.replacen("name = \"Testham\"", "name = \"Testham\"\nboundaries = \"map.geojson\"", 1);
    let mut features = Vec::new();
    for (at, name) in names.iter().enumerate() {
        text += &format!(
            "[[neighbourhood]]\nname = '{name}'\n[[neighbourhood.lsoa]]\ncode = \"E02{at:06}\"\ndeprivation = {}\n",
            at % 5 + 1
        );
        let (x, y) = (-4.0 + (at % 100) as f64 * 0.01, 50.0 + (at / 100) as f64 * 0.01);
        let ring = [(x, y), (x + 0.01, y), (x + 0.01, y + 0.01), (x, y + 0.01), (x, y)].map(|(x, y)| [x, y]);
        features.push(serde_json::json!({"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Polygon", "coordinates": [ring]}}));
    }
    place.write("map.geojson", serde_json::json!({"type": "FeatureCollection", "features": features}).to_string());
    place.write("place.toml", text);
    let visits: String = (0..200)
        .map(|at| {
            format!(
                "{at},p{at},,Aa,1950-01-01,QR1 1AB,ED,2025-{0:02}-{1:02} 10:20,2025-{0:02}-{1:02} 13:10\n",
                1 + at / 28,
                1 + at % 28
            )
        })
        .collect();
    let visits = place.write("in/visits.csv", format!("{VISITS_HEAD}{visits}"));
    place.run("add", &[&visits]).well();
    place
}

#[test]
fn ten_thousand_neighbourhoods_are_one_page_each() {
    let names: Vec<String> = (0..10_000).map(|at| format!("Area {at}")).collect();
    let place = with_places(&names);
    let server = Server::of(place.path("").to_str().unwrap(), &[]);
    for path in [
        "/",
        "/handovers",
        "/handovers/ambulance-to-ed",
        "/places",
        "/places/Area%2077",
        "/map",
        "/measures",
        "/search?q=area%2077",
    ] {
        let reply = server.get(path);
        assert_eq!(reply.status, 200, "{path}");
        let page = reply.text();
        assert!(page.len() < 2_500_000, "{path}: {} bytes", page.len());
        // So many are not put into a list to choose from.
        assert!(page.matches("<option").count() < 1_000, "{path}");
    }
    let unknown = server.get("/places/Area%207x");
    assert_eq!(unknown.status, 404);
    assert!(unknown.text().contains("/places/Area%207\""), "{}", unknown.text());
}

#[test]
fn markup_in_a_name_stays_words() {
    let place = with_places(&["<script>alert(1)</script>".to_owned(), "A & B \"C\"".to_owned()]);
    let server = Server::of(place.path("").to_str().unwrap(), &[]);
    for path in [
        "/",
        "/places",
        "/map",
        "/places/%3Cscript%3Ealert%281%29%3C%2Fscript%3E",
        "/search?q=%3Cscript%3E",
        "/handovers/ambulance-to-ed?place=A%20%26%20B%20%22C%22",
    ] {
        let page = server.get(path).text();
        assert!(!page.contains("<script>alert"), "{path}");
    }
    assert!(server.get("/places").text().contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

#[test]
fn a_measure_without_data_and_a_feed_that_fell_silent_say_so() {
    let place = Place::new();
    let day = |at: usize| format!("2025-{:02}-{:02}", 1 + at / 28, 1 + at % 28);
    let visits: String =
        (0..300).map(|at| format!("{at},p{at},,Aa,1950-01-01,QR1 1AB,ED,{0} 10:20,{0} 13:10\n", day(at))).collect();
    // The crews' last file came in April.
    let crews: String = (0..100)
        .map(|at| format!("{at},p{at},,1950-01-01,{0} 09:14,{0} 10:{1:02},{0} 10:20\n", day(at), at % 20))
        .collect();
    let visits = place.write("in/visits.csv", format!("{VISITS_HEAD}{visits}"));
    let crews = place.write("in/crews.csv", format!("{CREWS_HEAD}{crews}"));
    place.run("add", &[&visits, &crews]).well();
    let server = Server::of(place.path("").to_str().unwrap(), &[]);

    let silent = server.get("/measures/ambulance-handover").text();
    assert!(silent.contains("No data for") && silent.contains("the last was week from"), "since when is said");
    let sources = server.get("/sources").text();
    assert!(sources.contains("One source has fallen silent"), "{sources}");

    let none = server.get("/measures/talking-therapies-within-six-weeks");
    assert_eq!(none.status, 200);
    assert!(none.text().contains("No data for this measure"), "{}", none.text());

    for week in ["1925-01-05", "2019-01-07", "2031-01-06"] {
        let other = server.get(&format!("/?week={week}"));
        assert_eq!(other.status, 400, "{week}");
        assert!(other.text().to_lowercase().contains("the records fill the weeks from"), "{week}: {}", other.text());
    }
}

#[test]
fn few_people_of_a_group_are_not_shown() {
    let place = Place::new();
    let day = |at: usize| format!("2025-{:02}-{:02}", 1 + at / 28, 1 + at % 28);
    // One of them is old: whoever asks for that age would see one person.
    let crews: String = (0..300)
        .map(|at| {
            let born = if at == 280 { "1930-01-01" } else { "1990-01-01" };
            format!("{at},p{at},,{born},{0} 09:14,{0} 10:{1:02},{0} 10:59\n", day(at), at % 20)
        })
        .collect();
    let visits: String =
        (0..300).map(|at| format!("{at},p{at},,Aa,,QR1 1AB,ED,{0} 10:59,{0} 13:10\n", day(at))).collect();
    let visits = place.write("in/visits.csv", format!("{VISITS_HEAD}{visits}"));
    let crews = place.write("in/crews.csv", format!("{CREWS_HEAD}{crews}"));
    place.run("add", &[&visits, &crews]).well();
    let everybody = place.run("see", &["/handovers/ambulance-to-ed", "--json"]).well().out;
    let everybody: serde_json::Value = serde_json::from_str(&everybody).unwrap();
    assert!(everybody["facts"].as_array().unwrap().iter().all(|fact| fact["missing"].is_null()), "{everybody}");
    let week = place.sql("select cast(date_trunc('week', local_date(taken)) as date) from handovers where age > 85 and taken is not null");
    let few = place.run("see", &[&format!("/handovers/ambulance-to-ed?age=85%2B&week={week}"), "--json"]).well().out;
    let few: serde_json::Value = serde_json::from_str(&few).unwrap();
    let taken = &few["facts"][0];
    assert_eq!((&taken["value"], &taken["said"]), (&serde_json::Value::Null, &"too few to show".into()), "{few}");
}

#[test]
fn what_is_hidden_of_a_measure_is_not_the_rest_of_what_is_shown() {
    let place = Place::new();
    // One visitor of 300 is old, and all of them are known: to hide that one alone would hide nothing.
    let visits: String = (0..300)
        .map(|at| {
            let (day, born) = (1 + at / 28, if at == 280 { "1930-01-01" } else { "1990-01-01" });
            let day = format!("2025-{day:02}-{:02}", 1 + at % 28);
            format!("{at},p{at},,Aa,{born},QR1 1AB,ED,{day} 10:59,{day} {}:10\n", if at % 3 == 0 { 18 } else { 13 })
        })
        .collect();
    let visits = place.write("in/visits.csv", format!("{VISITS_HEAD}{visits}"));
    place.run("add", &[&visits]).well();
    let week = "2025-11-10";
    let address = format!("/measures/four-hours-in-emergency?week={week}");
    let view: serde_json::Value = serde_json::from_str(&place.run("see", &[&address, "--json"]).well().out).unwrap();
    let tables = view["panels"].as_array().unwrap().iter().flat_map(|panel| panel["tables"].as_array().unwrap());
    let unequal = tables.into_iter().find(|table| table["id"] == "unequal").expect("the measure is cut by age");
    let ages: Vec<_> = unequal["rows"].as_array().unwrap().iter().filter(|row| row["group"] == "Age").collect();
    let hidden = ages.iter().filter(|row| row["value"].is_null()).count();
    assert!(ages.len() > 1 && hidden != 1, "{unequal}");
    for row in ages.iter().filter(|row| row["value"].is_null()) {
        assert!(row["people"].is_null() && row["range_from"].is_null(), "its number can be read: {row}");
    }
}

//! One view, many media, the same values: what the twin of a picture tells, JSON, CSV and the terminal tell too.

mod everything;
#[path = "../examples/invented/mod.rs"]
mod invented;

use everything::{everything, views};
use proptest::prelude::*;
use serde_json::Value;
use show::*;

fn parsed(view: &View) -> Value {
    serde_json::from_str(&media::json(view)).expect("JSON parses")
}

fn read(csv: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let headers = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    let record = |r: Result<csv::StringRecord, _>| r.expect("a record").iter().map(str::to_owned).collect();
    (headers, reader.records().map(record).collect())
}

/// What CSV and JSON say of a cell.
fn same(cell: &Cell, csv: &str, json: &Value) {
    match cell {
        Cell::Text(text) => {
            assert_eq!(json, text);
            assert!(csv == text || csv.strip_prefix('\'') == Some(text), "{csv} is not {text}");
        }
        Cell::Number(value, _) => {
            // serde_json reads the last digit of seventeen only nearly
            assert!((json.as_f64().expect("a number") - value).abs() <= value.abs() * 1e-15, "{json} is not {value}");
            assert_eq!(csv.parse(), Ok(*value));
        }
        Cell::Missing => assert_eq!((json, csv), (&Value::Null, "")),
    }
}

#[test]
fn every_picture_with_values_has_a_twin_and_every_medium_tells_it() {
    let mut kinds = 0;
    for view in views() {
        let (json, text) = (parsed(&view), media::text(&view, 160));
        for (panel, json) in view.panels.iter().zip(json["panels"].as_array().expect("panels")) {
            assert_eq!(json["id"], panel.id.as_str());
            let with_values = panel.pictures.iter().filter(|p| {
                !matches!(
                    p,
                    Picture::State(_) | Picture::Words(_) | Picture::Form(_) | Picture::Acts(_) | Picture::Vote(_)
                )
            });
            let tables = panel.tables();
            assert_eq!(tables.len(), with_values.count(), "{}", panel.id);
            for ((id, table), json) in tables.iter().zip(json["tables"].as_array().expect("tables")) {
                kinds += 1;
                let (headers, rows) = read(&media::csv(&view, Some(id)).expect("the panel is known"));
                assert_eq!((&headers, rows.len()), (&table.headers, table.rows.len()), "{id}");
                assert!(table.rows.iter().all(|r| r.len() == headers.len()), "{id}");
                let newest_first = headers[0] == "start";
                let expected = headers.iter().position(|h| h == "expected");
                let first =
                    expected.and_then(|i| table.rows.iter().position(|row| row[i] != Cell::Missing)).unwrap_or(0);
                for (i, row) in table.rows.iter().enumerate() {
                    let rows_of = table.rows.len();
                    let at = if newest_first { rows_of - 1 - i } else { (i + rows_of - first) % rows_of };
                    for (j, cell) in row.iter().enumerate() {
                        same(cell, &rows[i][j], &json["rows"][i][&headers[j]]);
                        let shown = !matches!(headers[j].as_str(), "id" | "unit");
                        if let (Cell::Number(_, said), true, 0..12) = (cell, shown, at) {
                            assert!(text.contains(said.as_str()), "{id}: {said} is not in\n{text}");
                        }
                    }
                }
            }
        }
    }
    assert!(kinds >= 30, "{kinds}");
}

#[test]
fn facts_are_said_alike_and_say_why_there_is_no_number() {
    for view in views() {
        let (json, text) = (parsed(&view), media::text(&view, 100));
        for (fact, json) in view.facts.iter().zip(json["facts"].as_array().expect("facts")) {
            assert_eq!(json["value"].as_f64(), fact.figure.value);
            assert_eq!(json["said"], fact.figure.say());
            assert_eq!(json["evidence"]["definition"], fact.figure.evidence.definition.as_str());
            assert!(text.contains(&fact.figure.say()) && text.contains(&fact.title), "{text}");
        }
    }
    let view = &everything();
    assert_eq!(parsed(view)["facts"][2]["missing"], "too few to show");
    assert_eq!(parsed(view)["facts"][0]["range"], serde_json::json!([260, 353]));
}

#[test]
fn an_address_holds_what_was_chosen() {
    let view = &everything();
    let json = parsed(view);
    assert_eq!(json["address"], "/handovers/emergency-department-to-ward?place=Eastbrook&age=75-84");
    assert_eq!(json["chosen"][1]["said"], "75 to 84");
    assert_eq!(json["panels"][8]["state"], "stale");
    let text = media::text(view, 80);
    assert!(text.contains("Place: Eastbrook; Age: 75 to 84") && text.contains("catchment doctor"), "{text}");
}

#[test]
fn few_people_stay_hidden_in_every_medium() {
    let view = &everything();
    let csv = media::csv(view, Some("who")).expect("who is a panel");
    assert!(csv.contains("Deprivation,Least deprived fifth,,,,,minutes,,too few to show\n"), "{csv}");
    assert!(csv.ends_with(",everybody,372,,,,minutes,,\n"), "{csv}");
    let csv = media::csv(view, Some("when")).expect("when is a panel");
    assert!(csv.contains("Wednesday,3,,,minutes,too few to show\n"), "{csv}");
}

#[test]
fn a_point_of_a_funnel_has_the_limits_at_its_size() {
    let csv = media::csv(&everything(), Some("where-2")).expect("the second table of where");
    let (headers, rows) = read(&csv);
    let column = headers.iter().position(|h| h == "upper_95").expect("upper_95");
    // 420 of 100 to 500 is four fifths of the way from 14.1 to 11.1
    assert!((rows[0][column].parse::<f64>().expect("a number") - 11.7).abs() < 1e-9, "{csv}");
}

#[test]
fn csv_without_a_name_is_the_first_table_that_holds_rows() {
    let mut view = everything();
    view.panels.insert(0, Panel { id: "none".into(), pictures: vec![Picture::List(vec![])], ..Panel::default() });
    assert!(media::csv(&view, None).expect("a table").starts_with("start,value,lower,mean,upper,target,signal,unit\n"));
    assert_eq!(media::csv(&view, Some("none")), Ok("kind,what,note,address\n".to_owned()));
    let wrong = media::csv(&view, Some("wards")).expect_err("no such panel");
    assert_eq!(
        wrong,
        "no panel \"wards\" holds a table here; these do: none, weeks, when, who, ways, ways-2, where, where-2, in-100, rows, rows-2, notes"
    );
    assert!(media::csv(&View::default(), None).is_err());
}

#[test]
fn a_terminal_of_120_characters() {
    insta::assert_snapshot!(media::text(&everything(), 120));
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~\n\r\t]{0,12}", ".{0,8}", "[=+@-][A-Z(1]{0,5}"]
}

fn cells() -> impl Strategy<Value = Cell> {
    use proptest::num::f64::{INFINITE, NEGATIVE, NORMAL, POSITIVE, QUIET_NAN, ZERO};
    // Those below 10⁻³⁰⁷ are read back by serde_json to their last digit but one.
    let number = POSITIVE | NEGATIVE | NORMAL | ZERO | INFINITE | QUIET_NAN;
    prop_oneof![words().prop_map(Cell::Text), number.prop_map(Cell::from), Just(Cell::Missing)]
}

fn tables() -> impl Strategy<Value = Table> {
    (1usize..5).prop_flat_map(|columns| {
        proptest::collection::vec(proptest::collection::vec(cells(), columns), 0..6).prop_map(move |rows| Table {
            headers: (0..columns).map(|i| format!("column_{i}")).collect(),
            rows,
            ..Table::default()
        })
    })
}

proptest! {
    #[test]
    fn whatever_the_rows_json_parses_and_csv_comes_back(table in tables(), title in words(), width in 1usize..200) {
        let rows = Picture::Rows(Rows { table: table.clone(), ..Rows::default() });
        let panel = Panel { id: "rows".into(), title: title.clone(), pictures: vec![rows], ..Panel::default() };
        let view = View { title, panels: vec![panel], ..View::default() };
        let (headers, rows) = read(&media::csv(&view, Some("rows")).expect("rows is a panel"));
        let json = parsed(&view);
        prop_assert_eq!(json["title"].as_str(), Some(view.title.as_str()));
        prop_assert_eq!(rows.len(), table.rows.len());
        for (i, row) in table.rows.iter().enumerate() {
            for (j, cell) in row.iter().enumerate() {
                let finite = !matches!(cell, Cell::Number(v, _) if !v.is_finite());
                let json = &json["panels"][0]["tables"][0]["rows"][i][&headers[j]];
                same(if finite { cell } else { &Cell::Missing }, &rows[i][j], json);
            }
        }
        prop_assert!(media::text(&view, width).chars().all(|ch| ch == '\n' || !ch.is_control()));
    }
}

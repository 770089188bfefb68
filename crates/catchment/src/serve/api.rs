//! What machines may ask, as OpenAPI 3.1: every address of a view that ends in `.json` or `.csv`. It is written by hand, since
//! every address goes through one handler; `tests/it/http.rs` holds it to what is answered, and `scripts/schemathesis` asks
//! thousands of things that it allows.

use crate::ask::{Ask, Medium};
use crate::place::Catchment;
use domain::AGE_BANDS;
use serde_json::{Map, Value, json};
use show::{Cell, Rows, Table};

/// Every address: its path, what it shows, and what may be chosen beside for whom and when.
const ROUTES: [(&str, &str, &[&str]); 39] = [
    ("/index", "The whole system", &[]),
    ("/handovers", "Where people wait between services", &[]),
    ("/handovers/{id}", "One handover", &[]),
    ("/ledger", "Where the hours are waited, and whether they were saved or only moved", &[]),
    ("/pressure", "Pressure as it is measured, beside what is declared", &[]),
    ("/journeys", "The ways that people take", &[]),
    ("/journeys/one", "Single journeys, for those who may and have given a reason", &["reason"]),
    ("/journeys/one/{journey}", "A single journey, likewise", &["reason"]),
    ("/pathways/{id}", "A declared pathway, and where people leave it", &[]),
    ("/measures", "Every measure, and which have really changed", &[]),
    ("/measures/{id}", "One measure", &[]),
    ("/air-time", "Whose measures, signals, questions and pages these are", &[]),
    ("/places", "Neighbourhoods beside each other", &[]),
    ("/places/{name}", "One neighbourhood", &[]),
    ("/organisations", "Who takes part, and how pressed they are", &[]),
    ("/organisations/{id}", "One organisation", &[]),
    ("/sources", "What all this rests on, and what could not be used", &[]),
    ("/sources/{feed}", "One source", &[]),
    ("/map", "A measure on the map", &["measure"]),
    ("/search", "Everything that has these words", &["q"]),
    ("/next", "The next days of each service and handover, with ranges", &[]),
    ("/need", "Who will live here, and what they will ask for", &[]),
    ("/simulate", "What may be tried on the copy of the place", &["model", "scenario", "change"]),
    ("/simulate/run", "What a change does: with and without, for the same people", &["model", "scenario", "change"]),
    ("/simulate/aim", "The smallest change that meets an aim, and what matters most to it", &["model", "aim", "lever"]),
    ("/model", "What the copy learnt, and whether its forecasts hold", &["model"]),
    ("/why/{figure}", "Where a number comes from", &[]),
    ("/story", "The shared story, line by line", &[]),
    ("/conversations", "What people are asked, and what they were", &[]),
    ("/conversations/{id}", "A conversation: what is agreed on, and where groups differ", &[]),
    ("/conversations/{id}/moderation", "What was taken out of it, and why", &[]),
    ("/said", "What people said, and what came of it", &[]),
    ("/decisions", "Questions and decisions, by stage", &[]),
    ("/decisions/{id}", "One question, from asked to reviewed", &[]),
    ("/plans", "Plans", &[]),
    ("/plans/{id}", "One plan: steps, rocks, dates and money", &[]),
    ("/monday", "What is mine, late or blocked", &["role"]),
    ("/trust", "How teams find working with each other, and what they do", &[]),
    ("/log", "Who did what to which, because of what", &[]),
];

/// `/openapi.json` of a place.
pub fn openapi(at: &Catchment) -> String {
    let place = &at.place;
    let mut paths = Map::new();
    for (path, what, keys) in ROUTES {
        for (ending, kind, schema, how) in [
            (
                ".json",
                "application/json",
                json!({"$ref": "#/components/schemas/View"}),
                "The whole view; with `panel`, the panel that holds that table.",
            ),
            (
                ".csv",
                "text/csv",
                json!({"type": "string"}),
                "One table of the view: the one that `panel` names, or the first. The first line names the columns.",
            ),
        ] {
            let operation = json!({
                "operationId": format!("{}{ending}", path.trim_start_matches('/')).replace(['/', '.', '{', '}'], "_"),
                "summary": what,
                "description": how,
                "parameters": parameters(path, keys, at),
                "responses": responses(path, kind, schema),
            });
            paths.insert(format!("{path}{ending}"), json!({"get": operation}));
        }
    }
    paths.insert("/signals.atom".to_owned(), json!({"get": {
        "operationId": "signals_atom",
        "summary": "What has really changed in the whole place, as an Atom feed",
        "description": "One entry for each measure and handover whose newest period is a signal; an entry keeps its id whatever name the place is served under.",
        "parameters": [],
        "responses": {
            "200": {"description": "As asked", "content": {"application/atom+xml": {"schema": {"type": "string"}}}},
            "304": {"description": "As you hold it (If-None-Match)"},
        },
    }}));
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("{}: every page is also data", place.name),
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Every address of a page answers with the same values as JSON when its path ends in .json, and as CSV when it ends in .csv. Of a key given twice the last counts; a key without a value, and one that is not named here, is passed over. Answers carry an ETag that changes when records come.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": schemas()},
    });
    format!("{document:#}\n")
}

/// Names that the place has, to begin with.
fn names(at: &Catchment, path: &str) -> Vec<String> {
    let place = &at.place;
    let all: Vec<&str> = match path {
        "/handovers/{id}" => place.handovers.iter().map(|known| known.id.as_str()).collect(),
        "/pathways/{id}" => at.pathways.iter().map(|known| known.id.as_str()).collect(),
        "/measures/{id}" | "measure" => at.measures.iter().map(|known| known.id.as_str()).collect(),
        "/places/{name}" | "place" => place.neighbourhoods.iter().map(|known| known.name.as_str()).collect(),
        "/organisations/{id}" => place.organisations.iter().map(|known| known.id.as_str()).collect(),
        "/sources/{feed}" => at.feeds.iter().map(|known| known.name.as_str()).collect(),
        "/why/{figure}" => vec!["ledger", "measures", "sources", "problems"],
        "need" => place.needs.iter().map(|known| known.id.as_str()).collect(),
        "q" => vec!["ward home"],
        _ => Vec::new(),
    };
    all.into_iter().take(5).map(str::to_owned).collect()
}

fn parameters(path: &str, keys: &[&str], at: &Catchment) -> Vec<Value> {
    let text = |of: &str| {
        let mut schema = json!({"type": "string", "maxLength": if of == "change" { 1000 } else { 200 }});
        let names = names(at, of);
        if !names.is_empty() {
            schema["examples"] = names.into();
        }
        schema
    };
    let mut all = Vec::new();
    if let Some(name) = path.split(['{', '}']).nth(1) {
        let mut schema = text(path);
        schema["minLength"] = 1.into();
        all.push(json!({"name": name, "in": "path", "required": true, "schema": schema}));
    }
    let filters = [
        ("place", "A neighbourhood, by name", text("place")),
        ("age", "Age in years", json!({"type": "string", "enum": AGE_BANDS})),
        ("deprivation", "A fifth: 1 is the most deprived", json!({"type": "integer", "minimum": 1, "maximum": 5})),
        ("sex", "Sex", json!({"type": "string", "enum": ["female", "male"]})),
        ("need", "A need that the place names", text("need")),
        ("week", "A week, by its Monday; any day of it will do", json!({"type": "string", "format": "date"})),
        ("panel", "A table of the view, by name", text("panel")),
    ];
    let own = [
        ("measure", "The measure or handover that is drawn", text("measure")),
        ("q", "The words that are looked for", text("q")),
        ("reason", "The number of a reason that you gave", text("reason")),
    ];
    let own = own.into_iter().filter(|key| keys.contains(&key.0));
    all.extend(
        filters
            .into_iter()
            .chain(own)
            .map(|(name, what, schema)| json!({"name": name, "in": "query", "description": what, "schema": schema})),
    );
    all
}

fn responses(path: &str, kind: &str, schema: Value) -> Value {
    let problem = |what: &str| json!({"description": what, "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}});
    let mut all = json!({
        "200": {"description": "As asked", "content": {kind: {"schema": schema}}},
        "304": {"description": "As you hold it (If-None-Match)"},
        "400": problem("Something in the address makes no sense; `detail` says what to do"),
        "404": problem("Nothing has that name; `like` leads to the nearest"),
    });
    if path.starts_with("/journeys/one") {
        all["403"] = problem("Not open to you, or not without a reason");
    }
    all
}

fn schemas() -> Value {
    let text = || json!({"type": "string"});
    let list = |name: &str| json!({"type": "array", "items": {"$ref": format!("#/components/schemas/{name}")}});
    let object = |what: &str, fields: Value| {
        let required: Vec<String> = fields.as_object().map_or(Vec::new(), |fields| fields.keys().cloned().collect());
        json!({"type": "object", "description": what, "properties": fields, "required": required, "additionalProperties": false})
    };
    json!({
        "View": object("What an address shows.", json!({
            "address": {"type": "string", "description": "Its path, with what was chosen"},
            "place": text(), "title": text(), "over": text(), "lede": text(), "as_of": text(),
            "notice": {"type": ["string", "null"]},
            "chosen": list("Chosen"), "facts": list("Fact"), "panels": list("Panel"),
        })),
        "Chosen": object("What was chosen.", json!({"name": text(), "label": text(), "value": text(), "said": text()})),
        "Fact": object("A number with where it came from.", json!({
            "title": text(),
            "value": {"type": ["number", "null"], "description": "In `unit`"},
            "unit": text(),
            "range": {"type": ["array", "null"], "items": {"type": ["number", "null"]}, "minItems": 2, "maxItems": 2},
            "missing": {"type": ["string", "null"], "description": "Why there is no value"},
            "said": text(), "note": text(),
            "evidence": {"$ref": "#/components/schemas/Evidence"},
        })),
        "Evidence": object("Where a number came from; `/why/ID` opens its rows.", json!({
            "id": text(), "definition": text(), "numerator": text(), "denominator": text(), "excludes": text(),
            "sources": {"type": "array", "items": text()},
            "rows": {"type": ["integer", "null"], "minimum": 0},
            "fresh_as_of": text(),
            "shown_on": list("Link"),
        })),
        "Panel": object("A part of the view.", json!({
            "id": text(), "title": text(), "note": text(),
            "words": {"type": "array", "items": text()},
            "state": {"type": ["string", "null"], "enum": ["empty", "stale", "suppressed", "not_allowed", "too_few", "working", "wrong", null], "description": "Why there is nothing to see"},
            "tables": list("Table"), "links": list("Link"),
        })),
        "Table": object("Rows; what is not known is null.", json!({
            "id": {"type": "string", "description": "Its name in `panel`"},
            "headers": {"type": "array", "items": text()},
            "rows": {"type": "array", "items": {"type": "object", "additionalProperties": {"type": ["string", "number", "null"]}}},
            "note": text(),
        })),
        "Link": object("Where to go on.", json!({"words": text(), "address": text()})),
        "Problem": object("Why there is no answer (RFC 9457).", json!({
            "type": text(), "title": text(), "status": {"type": "integer"}, "detail": text(),
            "like": {"type": "array", "items": text(), "description": "Addresses that may have been meant"},
        })),
    })
}

/// Every address as rows, for the page that tells of them.
pub fn routes() -> Rows {
    let mut table = Table::new(["address", "what_it_shows", "json", "csv"]);
    let mut links = Vec::new();
    for (path, what, _) in ROUTES {
        let page = if path == "/index" { "/" } else { path };
        table.push([page.to_owned(), what.to_owned(), format!("{path}.json"), format!("{path}.csv")].map(Cell::from));
        links.push(
            (!path.contains('{'))
                .then(|| Ask::parse(page, "").map(|(ask, _)| ask.address_as(&Medium::Page)).ok())
                .flatten(),
        );
    }
    Rows { caption: "Every address, and the same as data".to_owned(), table, links }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::Page;

    #[test]
    fn every_page_that_can_be_asked_for_is_told_of() {
        let mut told = [false; 39];
        for (path, _, _) in ROUTES {
            let (ask, _) = Ask::parse(&format!("{}.json", path.replace(['{', '}'], "")), "").unwrap();
            let at = match ask.page {
                Page::Whole => 0,
                Page::Handovers => 1,
                Page::Handover(_) => 2,
                Page::Journeys => 3,
                Page::Singles(_) => 4,
                Page::Single(..) => 5,
                Page::Pathway(_) => 6,
                Page::Measures => 7,
                Page::Measure(_) => 8,
                Page::Places => 9,
                Page::Place(_) => 10,
                Page::Organisations => 11,
                Page::Organisation(_) => 12,
                Page::Sources => 13,
                Page::Source(_) => 14,
                Page::Map(_) => 15,
                Page::Search(_) => 16,
                Page::Why(_) => 17,
                Page::Ledger => 18,
                Page::Pressure => 19,
                Page::AirTime => 20,
                Page::Need => 21,
                Page::Next => 22,
                Page::Simulate(_) => 23,
                Page::Run(_) => 24,
                Page::Aim(_) => 25,
                Page::Model(_) => 26,
                Page::Story => 27,
                Page::Conversations => 28,
                Page::Conversation(_) => 29,
                Page::Moderation(_) => 30,
                Page::Said => 31,
                Page::Decisions(..) => 32,
                Page::Decision(_) => 33,
                Page::Plans => 34,
                Page::Plan(_) => 35,
                Page::Monday(_) => 36,
                Page::Trust => 37,
                Page::Log => 38,
            };
            told[at] = true;
        }
        assert_eq!(told, [true; 39]);
        assert_eq!(routes().table.rows.len(), 39);
    }
}

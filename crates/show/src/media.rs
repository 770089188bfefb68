//! One view in three more media: JSON and CSV for machines, text for a terminal. The paper is [`crate::paper`].
//!
//! All of them tell the tables of [`Picture::table`], so that a number is the same wherever it is read.

use crate::table::{Cell, Table};
use crate::view::*;
use serde_json::{Value, json};

/// How many rows of each table a terminal shows before it counts the rest.
const ROWS: usize = 12;

/// The whole view as one JSON object, fields always in this order: `address` (with what was chosen), `place`, `title`,
/// `over`, `lede`, `as_of`, `notice`, `chosen`, `facts` with their evidence, and `panels` with their sentences, the
/// state they are in (or null) and their tables, each row an object by header.
///
/// Values are raw, in the `unit` beside them or the one that the header names; what is not known is null.
pub fn json(view: &View) -> String {
    let chosen = view.choices.iter().filter_map(|c| {
        let value = c.chosen.as_ref()?;
        let said = c.options.iter().find(|o| o.0 == *value).map_or(value, |o| &o.1);
        Some(json!({"name": c.name, "label": c.label, "value": value, "said": said}))
    });
    let value = json!({
        "address": view.carry(&view.address),
        "place": view.place_name,
        "title": view.title,
        "over": view.over,
        "lede": view.lede,
        "as_of": view.as_of,
        "notice": view.notice,
        "chosen": chosen.collect::<Value>(),
        "facts": view.facts.iter().map(fact).collect::<Value>(),
        "panels": view.panels.iter().map(panel).collect::<Value>(),
    });
    // whatever a record held, printing this must not steer a terminal
    let steers = |ch: char| matches!(ch, '\u{7f}'..='\u{9f}');
    let text = format!("{value:#}\n");
    if !text.contains(steers) {
        return text;
    }
    let escaped = |ch: char| if steers(ch) { format!("\\u{:04x}", u32::from(ch)) } else { ch.to_string() };
    text.chars().map(escaped).collect()
}

fn fact(fact: &Fact) -> Value {
    let Figure { value, unit, range, missing, evidence } = &fact.figure;
    json!({
        "title": fact.title,
        "value": value.map(number),
        "unit": unit.code(),
        "range": range.map(|(low, high)| [number(low), number(high)]),
        "missing": value.is_none().then(|| missing.words()),
        "said": fact.figure.say(),
        "note": fact.note,
        "evidence": {
            "id": evidence.id,
            "definition": evidence.definition,
            "numerator": evidence.numerator,
            "denominator": evidence.denominator,
            "excludes": evidence.excludes,
            "sources": evidence.sources,
            "rows": evidence.rows,
            "fresh_as_of": evidence.fresh_as_of,
            "shown_on": evidence.shown_on.iter().map(link).collect::<Value>(),
        },
    })
}

fn link(link: &Link) -> Value {
    json!({"words": link.words, "address": link.href})
}

fn panel(panel: &Panel) -> Value {
    let state = panel.pictures.iter().find_map(|p| match p {
        Picture::State(state) => Some(state.why.code()),
        _ => None,
    });
    let table = |(id, table): (String, Table)| {
        let object = |row: &Vec<Cell>| {
            let cell = |i| row.get(i).map_or(Value::Null, cell);
            table.headers.iter().enumerate().map(|(i, header)| (header.clone(), cell(i))).collect::<Value>()
        };
        let rows = table.rows.iter().map(object).collect::<Value>();
        json!({"id": id, "headers": table.headers, "rows": rows, "note": table.note})
    };
    json!({
        "id": panel.id,
        "title": panel.title,
        "note": panel.note,
        "words": panel.sentences(),
        "state": state,
        "tables": panel.tables().into_iter().map(table).collect::<Value>(),
        "links": panel.links.iter().map(link).collect::<Value>(),
    })
}

fn cell(cell: &Cell) -> Value {
    match cell {
        Cell::Text(text) => text.as_str().into(),
        Cell::Number(value, _) => number(*value),
        Cell::Missing => Value::Null,
    }
}

/// A whole number without ".0", as CSV has it; what is not a number is null.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 { (value as i64).into() } else { value.into() }
}

impl Why {
    /// Its code word in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Why::Empty => "empty",
            Why::Stale => "stale",
            Why::Suppressed => "suppressed",
            Why::NotAllowed => "not_allowed",
            Why::TooFew => "too_few",
            Why::Working => "working",
            Why::Wrong => "wrong",
        }
    }
}

/// One table of the view as CSV: the one named (`waits`, or `waits-2` for the second in that panel), or else the first
/// that holds rows, or the header of the first.
///
/// ```
/// use show::{Panel, Picture, Rows, Table, View, media};
/// let table = Table::new(["ward", "waiting"]).row(["Ash".into(), 12u64.into()]);
/// let pictures = vec![Picture::Rows(Rows { table, ..Rows::default() })];
/// let view = View { panels: vec![Panel { id: "wards".into(), pictures, ..Panel::default() }], ..View::default() };
/// assert_eq!(media::csv(&view, Some("wards")).unwrap(), "ward,waiting\nAsh,12\n");
/// assert_eq!(media::csv(&view, Some("beds")).unwrap_err(), "no panel \"beds\" holds a table here; these do: wards");
/// ```
///
/// # Errors
/// A sentence that names the tables there are, when none has that name or there is none.
pub fn csv(view: &View, panel: Option<&str>) -> Result<String, String> {
    let tables: Vec<(String, Table)> = view.panels.iter().flat_map(Panel::tables).collect();
    let found = match panel {
        Some(name) => tables.iter().find(|(id, _)| id == name),
        // Without rows its header says what would stand there.
        None => tables.iter().find(|(_, table)| !table.rows.is_empty()).or(tables.first()),
    };
    if let Some((_, table)) = found {
        return Ok(table.to_csv());
    }
    let known = tables.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>().join(", ");
    Err(match panel.filter(|_| !tables.is_empty()) {
        None => "this page holds no table".to_owned(),
        Some(name) => format!("no panel \"{name}\" holds a table here; these do: {known}"),
    })
}

/// For a terminal `width` characters wide: title, numbers, and each panel with what it says and its tables, of which
/// at most twelve rows each; what is cut is counted.
pub fn text(view: &View, width: usize) -> String {
    let mut out = String::new();
    let mut say = |text: &str| {
        if !text.is_empty() {
            out += &wrapped(text, width);
        }
    };
    say(&view.over);
    say(&view.title);
    say(&view.lede);
    say(&view.chosen());
    if !view.facts.is_empty() {
        out += &format!("\n{}", facts(&view.facts).to_text(width, usize::MAX));
    }
    for panel in &view.panels {
        out.push('\n');
        let heading = [panel.title.as_str(), panel.note.as_str()].map(str::trim).into_iter().filter(|t| !t.is_empty());
        let heading = heading.collect::<Vec<_>>().join(" – ");
        out += &wrapped(&heading, width);
        for sentence in panel.sentences() {
            out += &wrapped(&sentence, width);
        }
        for (_, table) in panel.tables() {
            let table = table.for_people();
            if !table.headers.is_empty() {
                out += &format!("\n{}", table.to_text(width, ROWS));
            }
        }
    }
    let foot = [view.as_of.as_str(), view.notice.as_deref().unwrap_or_default()].into_iter().filter(|t| !t.is_empty());
    let foot = foot.map(|t| t.trim_end_matches('.').to_owned() + ".").collect::<Vec<_>>().join(" ");
    if !foot.is_empty() {
        out += &format!("\n{}", wrapped(&foot, width));
    }
    out
}

/// The facts as a table for people.
fn facts(facts: &[Fact]) -> Table {
    let mut table = Table::new(["what", "number", "range", "note"]);
    for Fact { title, figure, note } in facts {
        let range = figure.range.map(|(low, high)| format!("{} to {}", figure.unit.say(low), figure.unit.say(high)));
        let said = figure.value.map_or_else(|| figure.say().into(), |v| Cell::said(v, figure.unit.say(v)));
        table.push([title.as_str().into(), said, range.unwrap_or_default().into(), note.as_str().into()]);
    }
    table.for_people()
}

/// Lines of at most `width` characters, broken at spaces; a longer word keeps its line. Nothing in it steers a terminal, and
/// what is to be typed is quoted.
fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::new();
    for paragraph in crate::words::quoted(text).lines() {
        let mut length = 0;
        for word in paragraph.split_whitespace() {
            let size = word.chars().count();
            if length > 0 && length + 1 + size > width {
                out.push('\n');
                length = 0;
            } else if length > 0 {
                out.push(' ');
                length += 1;
            }
            out.extend(word.chars().map(|ch| if ch.is_control() { '�' } else { ch }));
            length += size;
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_alike_in_json_and_csv() {
        let written = |v: f64| (number(v).to_string(), Table::new(["v"]).row([Cell::from(v)]).to_csv());
        for (value, said) in [(41.0, "41"), (41.5, "41.5"), (-0.25, "-0.25"), (1e6, "1000000")] {
            assert_eq!(written(value), (said.to_owned(), format!("v\n{said}\n")));
        }
        assert_eq!(written(f64::NAN), ("null".to_owned(), "v\n\"\"\n".to_owned()));
        assert_eq!(number(f64::INFINITY), Value::Null);
    }

    #[test]
    fn lines_break_at_spaces_and_nothing_steers_the_terminal() {
        assert_eq!(wrapped("one two three", 7), "one two\nthree\n");
        assert_eq!(wrapped("unbreakable \u{1b}[2J", 5), "unbreakable\n�[2J\n");
        let view = View { title: "\u{9b}2J".to_owned(), ..View::default() };
        assert!(json(&view).contains("\\u009b2J"), "{}", json(&view));
    }
}

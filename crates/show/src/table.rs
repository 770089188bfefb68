//! Tables for people on a terminal; CSV or JSON when piped. The same cells in all three.
//!
//! Headers are code words (`wait_minutes_p50`): CSV and JSON keep them, a terminal says the page word of each.

use crate::view::{Handover, Series, Signal};
use crate::words;

/// A table that a command prints.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Code words, one a column.
    pub headers: Vec<String>,
    /// Cells, as many in each row as headers.
    pub rows: Vec<Vec<Cell>>,
    /// Said under the table on a terminal; may be empty.
    pub note: String,
    /// The command that shows the rows left out, for the "… 12 more" line; may be empty.
    pub all: String,
}

/// One cell: what a machine reads and what a person reads.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words, aligned left.
    Text(String),
    /// A number and how it is said, aligned right.
    Number(f64, String),
    /// Nobody knows: "·" on a terminal, empty in CSV, null in JSON.
    Missing,
}

impl Cell {
    /// A number with its words: `Cell::said(41.0, "41 min")`.
    pub fn said(value: f64, words: impl Into<String>) -> Cell {
        Cell::Number(value, words.into())
    }

    /// A number in a unit, or missing; what is not a number is missing.
    pub fn of(value: Option<f64>, unit: &crate::Unit) -> Cell {
        value.filter(|v| v.is_finite()).map_or(Cell::Missing, |v| Cell::Number(v, unit.say(v)))
    }

    fn shown(&self) -> String {
        let text = match self {
            Cell::Text(text) | Cell::Number(_, text) => text.as_str(),
            Cell::Missing => "·",
        };
        // data may hold anything: a control character must not reach the terminal
        text.chars().map(|ch| if ch.is_control() { '�' } else { ch }).collect()
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}
impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell::Text(text)
    }
}
impl From<u64> for Cell {
    fn from(n: u64) -> Cell {
        Cell::Number(n as f64, crate::number::count(n))
    }
}
impl From<usize> for Cell {
    fn from(n: usize) -> Cell {
        Cell::from(n as u64)
    }
}
impl From<f64> for Cell {
    fn from(v: f64) -> Cell {
        Cell::Number(v, crate::Unit::Of(String::new()).say(v))
    }
}
impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Cell {
        value.map_or(Cell::Missing, Into::into)
    }
}

impl Table {
    /// An empty table with these code words as headers.
    pub fn new<H: Into<String>>(headers: impl IntoIterator<Item = H>) -> Table {
        Table { headers: headers.into_iter().map(Into::into).collect(), ..Table::default() }
    }

    /// Adds a row.
    pub fn row(mut self, cells: impl IntoIterator<Item = Cell>) -> Table {
        self.push(cells);
        self
    }

    /// Adds a row in place.
    pub fn push(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// A series as rows, oldest first: what `/measures/{id}.csv` serves, the same values as its chart.
    pub fn of_series(series: &Series) -> Table {
        let mut table = Table::new(["start", "value", "lower", "mean", "upper", "target", "signal"]);
        for (i, point) in series.points.iter().enumerate() {
            let cell = |value: Option<f64>| Cell::of(value, &series.unit);
            let limits = series.limits_at(i);
            table.push([
                Cell::Text(point.start.to_string()),
                cell(point.value),
                cell(limits.map(|l| l.lower)),
                cell(limits.map(|l| l.mean)),
                cell(limits.map(|l| l.upper)),
                cell(series.target),
                Cell::Text(if point.signal == Signal::Ordinary {
                    String::new()
                } else {
                    words::point_signal(point.signal).to_owned()
                }),
            ]);
        }
        table
    }

    /// Handovers ranked by time waiting, as the page ranks them; the unknown come last.
    pub fn of_handovers(handovers: &[Handover]) -> Table {
        let mut table = Table::new([
            "handover",
            "wait_minutes_p50",
            "wait_minutes_p90",
            "wait_hours",
            "still_waiting",
            "past_year",
            "signal",
        ]);
        let ranked = crate::view::ranked(handovers);
        if let Some(first) = ranked.first() {
            table.note = format!("Why: `catchment why {}`", first.middle.evidence.id);
        }
        for h in ranked {
            let figure = |f: &crate::Figure| Cell::of(f.value, &f.unit);
            table.push([
                Cell::from(h.id.as_str()),
                figure(&h.middle),
                figure(&h.nine_in_ten),
                figure(&h.hours_waiting),
                figure(&h.waiting_now),
                Cell::Text(crate::twin::year(&h.past_year)),
                Cell::from(words::wait_signal(h.signal)),
            ]);
        }
        table
    }

    /// For a terminal `width` characters wide, at most `rows` rows; what is cut is counted and says how to see it.
    pub fn to_text(&self, width: usize, rows: usize) -> String {
        let columns = self.headers.len();
        let heads: Vec<String> = self.headers.iter().map(|h| words::page(h)).collect();
        let shown: Vec<Vec<String>> =
            self.rows.iter().take(rows).map(|r| (0..columns).map(|i| cell(r, i).shown()).collect()).collect();
        let right: Vec<bool> = (0..columns)
            .map(|i| {
                let mut cells = self.rows.iter().map(|r| cell(r, i)).filter(|c| **c != Cell::Missing).peekable();
                cells.peek().is_some() && cells.all(|c| matches!(c, Cell::Number(..)))
            })
            .collect();
        let mut widths: Vec<usize> = (0..columns)
            .map(|i| shown.iter().map(|r| length(&r[i])).chain([length(&heads[i])]).max().unwrap_or(0))
            .collect();
        // the widest column of words gives way first, never a number
        let gaps = 2 * columns.saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > width {
            let Some(i) = (0..columns).filter(|i| !right[*i] && widths[*i] > 8).max_by_key(|i| widths[*i]) else {
                break;
            };
            widths[i] -= 1;
        }
        let mut text = String::new();
        for row in std::iter::once(&heads).chain(&shown) {
            let cells: Vec<String> = (0..columns).map(|i| fit(&row[i], widths[i], right[i])).collect();
            text += cells.join("  ").trim_end();
            text.push('\n');
        }
        if self.rows.len() > rows {
            text += &format!("… {} more", crate::number::count((self.rows.len() - rows) as u64));
            if !self.all.is_empty() {
                text += &format!(": “{}”", self.all);
            }
            text.push('\n');
        }
        if !self.note.is_empty() {
            text += &words::quoted(&self.note);
            text.push('\n');
        }
        text
    }

    /// As a person reads it: without the columns that name a row or a unit for machines or that say nothing, a series from
    /// its newest point on, and a forecast from the first thing that it expects.
    pub fn for_people(&self) -> Table {
        let blank = |i: usize| self.rows.iter().all(|r| matches!(cell(r, i), Cell::Text(text) if text.is_empty()));
        let blank = (0..self.headers.len()).filter(|i| !self.rows.is_empty() && blank(*i));
        let blank: Vec<&str> = blank.map(|i| self.headers[i].as_str()).collect();
        let mut table = self.without(&[["id", "unit"].as_slice(), &blank].concat());
        if self.headers.first().is_some_and(|h| h == "start") {
            table.rows.reverse();
        }
        // of what was and what may come, what may come
        if let Some(i) = table.headers.iter().position(|h| h == "expected") {
            let first = table.rows.iter().position(|row| *cell(row, i) != Cell::Missing).unwrap_or(0);
            table.rows.rotate_left(first);
        }
        table
    }

    /// The same without these columns.
    pub(crate) fn without(&self, headers: &[&str]) -> Table {
        let kept: Vec<usize> =
            (0..self.headers.len()).filter(|i| !headers.contains(&self.headers[*i].as_str())).collect();
        Table {
            headers: kept.iter().map(|i| self.headers[*i].clone()).collect(),
            rows: self.rows.iter().map(|r| kept.iter().map(|i| cell(r, *i).clone()).collect()).collect(),
            ..self.clone()
        }
    }

    /// RFC 4180 with line feeds: a header, then raw values; missing is empty.
    ///
    /// Words that a spreadsheet would run as a formula (`=`, `+`, `-`, `@` first, but no number) get a `'` before them.
    pub fn to_csv(&self) -> String {
        let mut text = self.headers.iter().map(|h| quoted(h)).collect::<Vec<_>>().join(",") + "\n";
        for row in &self.rows {
            let cells: Vec<String> = (0..self.headers.len())
                .map(|i| match cell(row, i) {
                    Cell::Text(words) => quoted(words),
                    Cell::Number(value, _) if value.is_finite() => value.to_string(),
                    Cell::Number(..) | Cell::Missing => String::new(),
                })
                .collect();
            let line = cells.join(",");
            // the empty line of a single empty cell would be read as no row at all
            text += if self.headers.len() == 1 && line.is_empty() { "\"\"" } else { &line };
            text.push('\n');
        }
        text
    }

    /// An array of objects, one a line; missing is null.
    pub fn to_json(&self) -> String {
        let rows: Vec<String> = self
            .rows
            .iter()
            .map(|row| {
                let fields: Vec<String> = (self.headers.iter().enumerate())
                    .map(|(i, header)| {
                        let value = match cell(row, i) {
                            Cell::Text(words) => json(words),
                            Cell::Number(value, _) if value.is_finite() => value.to_string(),
                            Cell::Number(..) | Cell::Missing => "null".to_owned(),
                        };
                        format!("{}: {value}", json(header))
                    })
                    .collect();
                format!("{{{}}}", fields.join(", "))
            })
            .collect();
        if rows.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", rows.join(",\n")) }
    }
}

/// A year in a few characters: `▂▂▃▂▅▇`; a missing value is a space.
///
/// ```
/// assert_eq!(show::table::spark(&[Some(1.0), None, Some(2.0), Some(8.0)]), "▁ ▂█");
/// ```
pub fn spark(values: &[Option<f64>]) -> String {
    let known = || values.iter().flatten().filter(|v| v.is_finite());
    let low = known().copied().fold(f64::INFINITY, f64::min);
    let high = known().copied().fold(f64::NEG_INFINITY, f64::max);
    let step = |v: f64| if high > low { ((v - low) / (high - low) * 7.0).round() as u32 } else { 2 };
    let draw =
        |v: &Option<f64>| v.filter(|v| v.is_finite()).and_then(|v| char::from_u32(0x2581 + step(v))).unwrap_or(' ');
    values.iter().map(draw).collect()
}

/// A JSON string, quotes included.
pub fn json(text: &str) -> String {
    let mut out = String::from('"');
    for ch in text.chars() {
        match ch {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            ch if ch.is_control() => out += &format!("\\u{:04x}", u32::from(ch)),
            ch => out.push(ch),
        }
    }
    out.push('"');
    out
}

fn cell(row: &[Cell], i: usize) -> &Cell {
    row.get(i).unwrap_or(&Cell::Missing)
}

fn quoted(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !text.parse::<f64>().is_ok_and(f64::is_finite);
    let defused = if formula { format!("'{text}") } else { text.to_owned() };
    let text = defused.as_str();
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn fit(text: &str, width: usize, right: bool) -> String {
    if length(text) > width {
        return text.chars().take(width.saturating_sub(1)).chain(['…']).collect();
    }
    if right { format!("{text:>width$}") } else { format!("{text:<width$}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn handovers() -> Table {
        let mut table = Table::new(["handover", "wait_minutes_p50", "wait_minutes_p90", "past_year"])
            .row([
                "ward to home with care".into(),
                Cell::said(7056.0, "4.9 days"),
                Cell::said(15_840.0, "11 days"),
                "▂▂▃▂▅▇ longer than usual".into(),
            ])
            .row([
                "999 to ambulance, \"category 2\"".into(),
                Cell::said(34.0, "34 min"),
                Cell::Missing,
                "▂▃▂▂▂▃ as usual".into(),
            ])
            .row([
                "ward to care home".into(),
                Cell::said(9792.0, "6.8 days"),
                Cell::said(23_040.0, "16 days"),
                "".into(),
            ]);
        table.all = "catchment see handovers --all".to_owned();
        table.note = "Why: `catchment why ward-home-care`".to_owned();
        table
    }

    fn check(width: usize, rows: usize, text: &str) {
        assert_eq!(handovers().to_text(width, rows), text);
    }

    #[test]
    fn columns_line_up_and_the_rest_is_counted() {
        check(
            120,
            2,
            "\
handover                        middle wait  9 in 10 within  past year
ward to home with care             4.9 days         11 days  ▂▂▃▂▅▇ longer than usual
999 to ambulance, \"category 2\"       34 min               ·  ▂▃▂▂▂▃ as usual
… 1 more: “catchment see handovers --all”
Why: “catchment why ward-home-care”
",
        );
    }

    #[test]
    fn a_narrow_terminal_cuts_words_and_keeps_numbers() {
        let text = handovers().to_text(60, 9);
        assert!(text.lines().take(4).all(|l| l.chars().count() <= 60), "{text}");
        assert!(text.contains("4.9 days") && text.contains("…"), "{text}");
    }

    #[test]
    fn a_machine_gets_raw_values_and_code_words() {
        let csv = handovers().to_csv();
        assert!(
            csv.starts_with("handover,wait_minutes_p50,wait_minutes_p90,past_year\nward to home with care,7056,15840,"),
            "{csv}"
        );
        assert!(csv.contains("\"999 to ambulance, \"\"category 2\"\"\",34,,"), "{csv}");
        let json = handovers().to_json();
        assert!(
            json.contains(
                r#"{"handover": "999 to ambulance, \"category 2\"", "wait_minutes_p50": 34, "wait_minutes_p90": null,"#
            ),
            "{json}"
        );
    }

    #[test]
    fn a_spreadsheet_runs_nothing_and_numbers_stay_numbers() {
        let words = ["=HYPERLINK(\"http://x\")", "+44", "-3.5", "-cmd", "@SUM(A1)", "a=b"];
        let table = words.into_iter().fold(Table::new(["words"]), |table, w| table.row([w.into()]));
        let csv = table.row([Cell::said(-3.5, "−3.5")]).row([Cell::Missing]).to_csv();
        let wanted = "words\n\"'=HYPERLINK(\"\"http://x\"\")\"\n+44\n-3.5\n'-cmd\n'@SUM(A1)\na=b\n-3.5\n\"\"\n";
        assert_eq!(csv, wanted);
    }

    #[test]
    fn a_value_cannot_steer_the_terminal() {
        let table = Table::new(["code"]).row(["\u{1b}[2Jward".into()]);
        assert_eq!(table.to_text(80, 9), "code\n�[2Jward\n");
        assert_eq!(table.to_json(), "[\n{\"code\": \"\\u001b[2Jward\"}\n]\n");
    }

    #[test]
    fn an_empty_table_is_its_headers() {
        let table = Table::new(["code"]);
        assert_eq!(
            (table.to_text(80, 9).as_str(), table.to_csv().as_str(), table.to_json().as_str()),
            ("code\n", "code\n", "[]\n")
        );
    }

    #[test]
    fn a_series_as_csv_has_every_period_and_leaves_gaps_empty() {
        let point =
            |day, value| crate::Point { start: jiff::civil::date(2025, 11, day), value, signal: Signal::Ordinary };
        let mut series = Series {
            id: "m".to_owned(),
            title: "m".to_owned(),
            unit: crate::Unit::Minutes,
            better: crate::Better::Lower,
            every: crate::Every::Week,
            points: vec![point(3, Some(41.5)), point(10, None), point(17, Some(90.0))],
            limits: vec![crate::Limits { from: 0, to: 2, mean: 30.0, lower: -1.0, upper: 61.0 }],
            target: None,
            events: vec![],
            baseline: None,
            method: String::new(),
        };
        series.points[2].signal = Signal::Concern;
        assert_eq!(
            Table::of_series(&series).to_csv(),
            "start,value,lower,mean,upper,target,signal\n2025-11-03,41.5,-1,30,61,,\n2025-11-10,,-1,30,61,,\n2025-11-17,90,,,,,signal of concern\n"
        );
    }

    proptest! {
        #[test]
        fn csv_has_a_line_for_each_row_whatever_the_words(words in proptest::collection::vec("[ -~]{0,12}", 0..8)) {
            let mut table = Table::new(["words"]);
            words.iter().for_each(|w| table.push([w.as_str().into()]));
            prop_assert_eq!(table.to_csv().lines().count(), words.len() + 1);
        }

        #[test]
        fn no_line_of_words_is_wider_than_the_terminal(words in proptest::collection::vec("[a-zé▂]{0,90}", 1..6), width in 20usize..100) {
            let mut table = Table::new(["words", "more"]);
            words.iter().for_each(|w| table.push([w.as_str().into(), w.as_str().into()]));
            prop_assert!(table.to_text(width, 99).lines().all(|l| l.chars().count() <= width));
        }
    }
}

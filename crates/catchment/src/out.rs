//! What is printed: tables for people, CSV or JSON for machines.

use show::Table;
use std::io::{self, IsTerminal, Write};

/// How tables are printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Text { width: usize },
    Csv,
    Json,
}

impl Shape {
    /// As asked, else a table on a terminal and CSV when piped.
    pub fn new(json: bool, csv: bool) -> Shape {
        if json {
            Shape::Json
        } else if csv || !io::stdout().is_terminal() {
            Shape::Csv
        } else {
            Shape::Text { width: terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0)) }
        }
    }
}

/// Prints a table; on a terminal at most `rows` rows of it.
pub fn table(table: &Table, shape: Shape, rows: usize) -> io::Result<()> {
    text(&match shape {
        Shape::Text { width } => table.to_text(width, rows),
        Shape::Csv => table.to_csv(),
        Shape::Json => table.to_json(),
    })
}

/// Prints text; a reader who has seen enough (`| head`) is no error.
pub fn text(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let done =
        out.write_all(text.as_bytes()).and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") });
    match done {
        Err(wrong) if wrong.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// An error with all that lies behind it, in one line.
pub fn chain(wrong: &dyn std::error::Error) -> String {
    let mut text = wrong.to_string();
    let mut next = wrong.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

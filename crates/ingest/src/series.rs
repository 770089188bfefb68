//! Published series: figures that came ready-made, CSV or Parquet, one row a period and a group.

use crate::Chunk;
use crate::feed::{Feed, SeriesFeed};
use crate::refuse;
use crate::tables::{Draft, Output, Problem, PublishedRow};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type};
use domain::Date;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::reader::ChunkReader;

/// Decodes the rows of one chunk of a published CSV file.
pub(crate) fn decode(chunk: &Chunk, feed: &Feed, out: &mut Output) {
    let (Some(rules), true) = (&feed.series, chunk.head.is_some()) else { return };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(chunk.bytes.as_slice());
    let head: &[u8] = chunk.head.as_deref().map_or(&[], |head| head.as_slice());
    let mut heading = csv::StringRecord::new();
    let mut head_reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(head);
    if !matches!(head_reader.read_record(&mut heading), Ok(true)) {
        out.problem(
            1,
            &Problem::error(
                "wrong_format",
                "",
                "there is no heading",
                "a csv file begins with the names of its columns",
            ),
        );
        return;
    }
    let names: Vec<&str> = heading.iter().map(str::trim).collect();
    let columns = match Columns::find(rules, &names) {
        Ok(columns) => columns,
        Err(problem) => {
            return if chunk.first {
                out.problem(1, &problem)
            };
        }
    };
    let mut row = csv::StringRecord::new();
    loop {
        let line = chunk.line + reader.position().line() - 1;
        match reader.read_record(&mut row) {
            Ok(false) => return,
            Ok(true) if row.len() == names.len() => {
                columns.row(rules, line, names.len(), |at| row.get(at).unwrap_or("").trim(), out)
            }
            Ok(true) => out.problem(
                line,
                &Problem::error(
                    "truncated",
                    "",
                    format!("the row has {} columns where the heading has {}", row.len(), names.len()),
                    "ask the publisher for the file again",
                ),
            ),
            Err(_) => out.problem(
                line,
                &Problem::error(
                    "invalid_utf8",
                    "",
                    "the row holds bytes that are not UTF-8",
                    "save the file as UTF-8 and add it again",
                ),
            ),
        }
    }
}

/// Decodes a published Parquet file.
pub(crate) fn decode_parquet<R: ChunkReader + 'static>(file: R, feed: &Feed, out: &mut Output) -> Result<(), String> {
    let Some(rules) = &feed.series else {
        return Err(format!("feed '{}' is not a series feed; only those read Parquet", feed.name));
    };
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(|builder| builder.build())
        .map_err(|wrong| wrong.to_string())?;
    let mut line = 0;
    for batch in reader {
        let batch: RecordBatch = batch.map_err(|wrong| wrong.to_string())?;
        let schema = batch.schema();
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let columns = match Columns::find(rules, &names) {
            Ok(columns) => columns,
            Err(problem) => {
                out.problem(1, &problem);
                return Ok(());
            }
        };
        let mut texts: Vec<Vec<String>> = Vec::new();
        for column in batch.columns() {
            texts.push(match column.data_type() {
                DataType::Float64 => column
                    .as_primitive::<Float64Type>()
                    .iter()
                    .map(|value| value.map_or(String::new(), |value| value.to_string()))
                    .collect(),
                _ => text_of(column)?,
            });
        }
        (0..batch.num_rows()).for_each(|row| {
            line += 1;
            columns.row(rules, line, names.len(), |at| texts[at][row].as_str(), out);
        });
    }
    Ok(())
}

/// The row as CSV, whatever it came as: so it is kept, and so it can be read again.
fn as_csv<'t>(fields: impl Iterator<Item = &'t str>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    writer.write_record(fields).expect("memory takes what is written");
    let mut bytes = writer.into_inner().expect("memory takes what is written");
    bytes.truncate(bytes.trim_ascii_end().len());
    bytes
}

fn text_of(column: &dyn Array) -> Result<Vec<String>, String> {
    let text = arrow::compute::cast(column, &DataType::Utf8).map_err(|wrong| wrong.to_string())?;
    Ok(text.as_string::<i32>().iter().map(|value| value.unwrap_or("").to_owned()).collect())
}

struct Columns {
    period: usize,
    group: Option<usize>,
    rules: Vec<[Option<usize>; 4]>,
}

impl Columns {
    fn find(feed: &SeriesFeed, names: &[&str]) -> Result<Columns, Problem> {
        let find = |name: &String| {
            names.iter().position(|column| column.eq_ignore_ascii_case(name)).ok_or_else(|| {
                let message = format!("the heading has no column '{name}'; it has: {}", names.join(", "));
                Problem::error(
                    "missing_column",
                    name,
                    message,
                    "name the right column in the feed file, or load the file that belongs to it",
                )
            })
        };
        let maybe = |name: Option<&String>| name.map(find).transpose();
        let mut rules = Vec::new();
        for rule in &feed.series {
            rules.push([
                maybe(rule.numerator.as_ref())?,
                maybe(rule.denominator.as_ref())?,
                maybe(rule.value.as_ref())?,
                maybe(rule.only.as_ref().map(|only| &only.column))?,
            ]);
        }
        Ok(Columns { period: find(&feed.period)?, group: maybe(feed.group.as_ref())?, rules })
    }

    fn row<'t>(&self, feed: &SeriesFeed, line: u64, width: usize, text: impl Fn(usize) -> &'t str, out: &mut Output) {
        let bytes = as_csv((0..width).map(&text));
        let Some(period) = read_period(text(self.period)) else {
            let help = "months are read as 2025-08, Aug-25, August 2025, 01/08/2025 and the like; days as 2025-08-01";
            let message = format!("'{}' is not a period", text(self.period).chars().take(24).collect::<String>());
            return out.record(&bytes, line, &refuse(Problem::error("bad_time", &feed.period, message, help)));
        };
        out.record(&bytes, line, &Draft::default());
        for (rule, [numerator, denominator, value, only]) in feed.series.iter().zip(&self.rules) {
            if let (Some(at), Some(only)) = (only, &rule.only)
                && !only.is.iter().any(|is| is == text(*at))
            {
                continue;
            }
            let mut read = |at: &Option<usize>| -> Option<f64> {
                let written = text((*at)?);
                match read_number(written) {
                    Ok(number) => number,
                    Err(()) => {
                        let message = format!("'{}' is not a number", written.chars().take(24).collect::<String>());
                        out.note(
                            line,
                            Problem::warning("bad_number", &rule.measure, message, "it is shown as missing"),
                        );
                        None
                    }
                }
            };
            let (numerator, denominator, value) = (read(numerator), read(denominator), read(value));
            let computed = match (numerator, denominator, rule.denominator.is_some()) {
                (Some(numerator), Some(denominator), _) if denominator != 0.0 => {
                    Some(numerator / denominator * rule.multiplier)
                }
                (Some(numerator), None, false) => Some(numerator * rule.multiplier),
                _ => None,
            };
            out.published(&PublishedRow {
                measure: &rule.measure,
                level: &feed.level,
                unit: &rule.unit,
                group: self.group.map_or("", &text),
                grain: &feed.grain,
                period,
                numerator,
                denominator,
                value: if rule.value.is_some() { value } else { computed },
            });
        }
    }
}

/// A number as publishers write it. Suppressed (`*`, `-`, `c`, `..`, blank) is missing, never nought.
fn read_number(written: &str) -> Result<Option<f64>, ()> {
    if matches!(written, "" | "*" | "-" | "c" | ".." | "." | "NA" | "N/A" | "null" | "NaN") {
        return Ok(None);
    }
    let plain = written.replace(',', "");
    plain
        .trim_end_matches('%')
        .parse::<f64>()
        .map(|number| Some(number).filter(|number| number.is_finite()))
        .map_err(|_| ())
}

/// The first day of a period, in any of the spellings that publishers use.
pub(crate) fn read_period(written: &str) -> Option<Date> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let lower = written.trim().to_ascii_lowercase();
    let parts: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).collect();
    let number = |text: &str| text.parse::<u32>().ok();
    let year = |text: &str| match (text.len(), number(text)) {
        (4, Some(year)) => Some(year as i32),
        (2, Some(year)) => Some(2000 + year as i32),
        _ => None,
    };
    let named = parts.iter().position(|part| {
        part.len() >= 3 && MONTHS.contains(&part.get(..3).unwrap_or("")) && part.chars().all(char::is_alphabetic)
    });
    if let Some(at) = named {
        let month = 1 + MONTHS.iter().position(|month| parts[at].starts_with(month))? as u32;
        let day = at
            .checked_sub(1)
            .and_then(|at| number(parts[at]))
            .filter(|day| (1..=31).contains(day) && parts.len() > at + 1)
            .unwrap_or(1);
        let year = parts
            .get(at + 1)
            .and_then(|text| year(text))
            .or_else(|| at.checked_sub(1).and_then(|at| year(parts[at])))?;
        return Date::from_ymd(year, month, day);
    }
    if let Some(at) = parts.iter().position(|part| matches!(part.strip_prefix('q').and_then(number), Some(1..=4))) {
        // A quarter of a financial year: Q1 begins in April.
        let quarter = number(&parts[at][1..])?;
        let first = parts
            .iter()
            .enumerate()
            .find(|(other, part)| *other != at && part.len() == 4)
            .and_then(|(_, part)| year(part))?;
        return if quarter == 4 { Date::from_ymd(first + 1, 1, 1) } else { Date::from_ymd(first, 1 + quarter * 3, 1) };
    }
    match parts.as_slice() {
        [all] if all.len() == 6 => Date::from_ymd(year(&all[..4])?, number(&all[4..])?, 1),
        [all] if all.len() == 8 => Date::from_ymd(year(&all[..4])?, number(&all[4..6])?, number(&all[6..])?),
        [all] if all.len() == 4 => Date::from_ymd(year(all)?, 1, 1),
        [y, m] if y.len() == 4 && m.len() <= 2 => Date::from_ymd(year(y)?, number(m)?, 1),
        [m, y] if y.len() == 4 && m.len() <= 2 => Date::from_ymd(year(y)?, number(m)?, 1),
        [y, m, d, ..] if y.len() == 4 && d.len() >= 2 => Date::from_ymd(year(y)?, number(m)?, number(d.get(..2)?)?),
        [d, m, y, ..] if y.len() == 4 => Date::from_ymd(year(y)?, number(m)?, number(d)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_read_in_every_spelling_that_publishers_use() {
        for written in [
            "2025-08-01",
            "2025-08",
            "Aug-25",
            "August 2025",
            "01/08/2025",
            "202508",
            "MSitAE-AUGUST-2025",
            "20250801",
            "1 Aug 2025",
            "2025-08-01T00:00:00",
        ] {
            assert_eq!(read_period(written).map(|date| date.to_string()).as_deref(), Some("2025-08-01"), "{written}");
        }
        assert_eq!(read_period("2025/26 Q1").map(|date| date.to_string()).as_deref(), Some("2025-04-01"));
        assert_eq!(read_period("2024/25 Q4").map(|date| date.to_string()).as_deref(), Some("2025-01-01"));
        for written in ["", "total", "2025-13", "Maybe 2025x"] {
            assert_eq!(read_period(written), None, "{written}");
        }
    }

    #[test]
    fn a_suppressed_number_is_missing_and_never_nought() {
        assert_eq!(read_number("1,204"), Ok(Some(1204.0)));
        assert_eq!(read_number("*"), Ok(None));
        assert_eq!(read_number("few"), Err(()));
    }
}

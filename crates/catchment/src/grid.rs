//! Answers of SQL, row by row, for pages and tables that are small.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, TimeUnit, TimestampMicrosecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use domain::{Date, Instant, Zone};
use show::{Cell, Table, Unit};

/// The rows of an answer.
pub struct Grid(Vec<RecordBatch>);

/// One of them.
#[derive(Clone, Copy)]
pub struct Row<'g> {
    batch: &'g RecordBatch,
    row: usize,
}

impl Grid {
    pub fn new(batches: Vec<RecordBatch>) -> Grid {
        Grid(batches)
    }

    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.0.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| Row { batch, row }))
    }

    /// As a table, whatever its columns are; moments are of UTC, as machines want them.
    pub fn to_table(&self) -> Table {
        self.table(None)
    }

    /// As a table for a reader of the place: moments are on its clock.
    pub fn to_local_table(&self, zone: &Zone) -> Table {
        self.table(Some(zone))
    }

    fn table(&self, zone: Option<&Zone>) -> Table {
        let Some(first) = self.0.first() else { return Table::default() };
        let mut table = Table::new(first.schema().fields().iter().map(|field| field.name().clone()));
        let options = FormatOptions::default().with_timestamp_tz_format(Some("%Y-%m-%dT%H:%M:%SZ"));
        for batch in &self.0 {
            let columns: Vec<(&ArrayRef, Option<ArrayRef>, Option<ArrayFormatter>)> = batch
                .columns()
                .iter()
                .map(|column| {
                    let plain =
                        (column.data_type().is_numeric()).then(|| cast(column, &DataType::Float64).ok()).flatten();
                    (column, plain, ArrayFormatter::try_new(column, &options).ok())
                })
                .collect();
            for row in 0..batch.num_rows() {
                table.push(columns.iter().zip(batch.schema().fields()).map(|((column, plain, text), field)| {
                    if column.is_null(row) {
                        return Cell::Missing;
                    }
                    if let (Some(zone), Some(times)) = (zone, column.as_primitive_opt::<TimestampMicrosecondType>()) {
                        return Cell::Text(zone.show(Instant::from_micros(times.value(row))));
                    }
                    let shown = text.as_ref().map_or(String::new(), |text| text.value(row).to_string());
                    let Some(numbers) = plain else { return Cell::Text(shown) };
                    let number = numbers.as_primitive::<Float64Type>().value(row);
                    if column.data_type().is_floating() {
                        return match number.is_finite() {
                            true if field.name().contains("minutes") => Cell::of(Some(number), &Unit::Minutes),
                            true => Cell::said(number, short(number)),
                            false => Cell::Missing,
                        };
                    }
                    // Beyond this a whole number is a name, and a float would change it.
                    if number.abs() < 9e15 { Cell::said(number, shown) } else { Cell::Text(shown) }
                }));
            }
        }
        table
    }
}

/// For a reader: four figures or so. CSV and JSON keep the number as it is.
pub fn short(number: f64) -> String {
    let decimals = match number.abs() {
        size if size >= 1000.0 => 0,
        size if size >= 1.0 => 2,
        _ => 4,
    };
    if decimals == 0 && number > 0.0 {
        return show::number::count(number.round() as u64);
    }
    let text = format!("{number:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

impl Row<'_> {
    fn column(&self, name: &str) -> Option<&ArrayRef> {
        self.batch.column_by_name(name).filter(|column| column.is_valid(self.row))
    }

    pub fn text(&self, name: &str) -> String {
        let Some(column) = self.column(name) else { return String::new() };
        match cast(&column.slice(self.row, 1), &DataType::Utf8) {
            Ok(text) => text.as_string::<i32>().value(0).to_owned(),
            Err(_) => String::new(),
        }
    }

    pub fn number(&self, name: &str) -> Option<f64> {
        let column = self.column(name)?;
        let number = cast(&column.slice(self.row, 1), &DataType::Float64).ok()?;
        let value = number.as_primitive::<Float64Type>().value(0);
        value.is_finite().then_some(value)
    }

    pub fn count(&self, name: &str) -> u64 {
        self.number(name).map_or(0, |number| number as u64)
    }

    pub fn date(&self, name: &str) -> Option<Date> {
        let column = self.column(name)?;
        let date = cast(&column.slice(self.row, 1), &DataType::Date32).ok()?;
        Some(Date(date.as_primitive::<arrow::datatypes::Date32Type>().value(0)))
    }

    pub fn instant(&self, name: &str) -> Option<Instant> {
        let column = self.column(name)?;
        let time =
            cast(&column.slice(self.row, 1), &DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))).ok()?;
        Some(Instant::from_micros(time.as_primitive::<TimestampMicrosecondType>().value(0)))
    }
}

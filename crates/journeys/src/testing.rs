//! Events for tests, and results as text.

use crate::{Fold, Parts, Pathway, Summary};
use arrow::array::{
    Array, ArrayRef, AsArray, Int32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use domain::{Date, Instant, Place, Precision, Zone};
use std::sync::Arc;

/// An event as a feed would tell it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    pub person: i64,
    pub event_id: i64,
    pub organisation: String,
    pub service: Option<String>,
    pub episode: Option<i64>,
    pub kind: String,
    pub at: Instant,
    pub precision: Precision,
    pub received: Instant,
    pub other: Option<String>,
    pub fact: Option<i64>,
    pub corrects: Option<String>,
}

pub(crate) fn batch(told: &[Told]) -> RecordBatch {
    fn text<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
        Arc::new(values.collect::<StringArray>())
    }
    let longs =
        |values: &mut dyn Iterator<Item = Option<i64>>| -> ArrayRef { Arc::new(values.collect::<Int64Array>()) };
    let times = |values: &mut dyn Iterator<Item = Instant>| -> ArrayRef {
        let micros: TimestampMicrosecondArray = values.map(|at| Some(at.micros())).collect();
        Arc::new(micros.with_timezone("UTC"))
    };
    let rows = || told.iter();
    RecordBatch::try_from_iter_with_nullable(
        [
            ("received_at", times(&mut rows().map(|event| event.received))),
            ("person", longs(&mut rows().map(|event| Some(event.person)))),
            ("event_id", longs(&mut rows().map(|event| Some(event.event_id)))),
            ("organisation", text(rows().map(|event| Some(event.organisation.as_str())))),
            ("service", text(rows().map(|event| event.service.as_deref()))),
            ("subject", longs(&mut rows().map(|event| Some(event.person)))),
            ("episode", longs(&mut rows().map(|event| event.episode))),
            ("kind", text(rows().map(|event| Some(event.kind.as_str())))),
            ("occurred_at", times(&mut rows().map(|event| event.at))),
            ("precision", text(rows().map(|event| Some(event.precision.name())))),
            ("other_service", text(rows().map(|event| event.other.as_deref()))),
            ("need", text(rows().map(|_| None))),
            ("fact", longs(&mut rows().map(|event| event.fact))),
            ("corrects", text(rows().map(|event| event.corrects.as_deref()))),
            ("birth_month", Arc::new(rows().map(|event| Some(event.person as i32 * -7)).collect::<Int32Array>())),
            ("sex", text(rows().map(|event| Some(if event.person % 10 < 6 { "female" } else { "male" })))),
            ("neighbourhood", text(rows().map(|_| Some("Eastbrook")))),
            ("deprivation", Arc::new(rows().map(|_| Some(1)).collect::<Int32Array>())),
        ]
        .map(|(name, column)| (name, column, true)),
    )
    .unwrap()
}

pub(crate) fn fold(place: &Place, as_of: Instant, batches: &[RecordBatch]) -> Summary {
    fold_along(place, &[], as_of, batches)
}

pub(crate) fn fold_along(place: &Place, pathways: &[Pathway], as_of: Instant, batches: &[RecordBatch]) -> Summary {
    let mut fold = Fold::new(place, as_of).along(pathways);
    for batch in batches {
        fold.push(batch).unwrap();
    }
    fold.finish().unwrap()
}

/// All tables by name; those whose rows belong to a journey first.
pub(crate) fn tables(summary: &Summary) -> [(&'static str, &RecordBatch); 8] {
    let Parts { stays, handovers, journeys, legs, conformance } = &summary.parts;
    [
        ("stays", stays),
        ("handovers", handovers),
        ("legs", legs),
        ("conformance", conformance),
        ("journeys", journeys),
        ("delay_ledger", &summary.delay_ledger),
        ("flow", &summary.flow),
        ("variants", &summary.variants),
    ]
}

/// A cell as a reader of the manual would write it; times on the clock of the zone.
pub(crate) fn cell(table: &RecordBatch, column: &str, row: usize, zone: &Zone) -> String {
    let array = table.column_by_name(column).unwrap_or_else(|| panic!("no column {column}"));
    if array.is_null(row) {
        return String::new();
    }
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Float64 => array.as_primitive::<Float64Type>().value(row).to_string(),
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::Date32 => Date(array.as_primitive::<Date32Type>().value(row)).to_string(),
        DataType::Timestamp(..) => {
            zone.show(Instant::from_micros(array.as_primitive::<TimestampMicrosecondType>().value(row)))
        }
        other => panic!("{column} is {other}"),
    }
}

pub(crate) fn longs(table: &RecordBatch, column: &str) -> Vec<i64> {
    table.column_by_name(column).unwrap().as_primitive::<Int64Type>().values().to_vec()
}

pub(crate) fn floats(table: &RecordBatch, column: &str) -> Vec<f64> {
    table.column_by_name(column).unwrap().as_primitive::<Float64Type>().values().to_vec()
}

//! Where people write about a chart: under it, about the whole or one of its points, whatever it is a chart of.

use show::{Notes, Panel, Picture, Series};

/// So many of the newest points of a chart can be written about.
const POINTS: usize = 26;

/// The panel that stands under a chart; [`crate::keep::tell`] fills it with what was written.
pub(super) fn panel(series: &Series) -> Panel {
    let newest = series.points.iter().rev().filter(|point| point.value.is_some()).take(POINTS);
    let of = show::chart::sentence(show::words::every(series.every));
    let points = newest.map(|point| (point.start.to_string(), format!("{of} of {}", show::number::date(point.start))));
    Panel {
        id: "notes".to_owned(),
        title: "What people know about this".to_owned(),
        note: "Signed and kept.".to_owned(),
        pictures: vec![Picture::Notes(Notes { points: points.collect(), ..Notes::default() })],
        ..Panel::default()
    }
}

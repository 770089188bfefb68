//! Prints the whole-system page of invented data: `cargo run -p show --example page > page.html`.
//! `page empty` prints the page of a place with nothing in it, `page missing` one where much is not known.

mod invented;

use show::page;

fn main() {
    let html = match std::env::args().nth(1).as_deref() {
        Some("empty") => page::empty("Rivermead Health and Care Partnership"),
        Some("missing") => page::whole_system(&invented::missing()),
        Some("why") => {
            let view = invented::rivermead();
            let mut rows = show::Table::of_series(&view.measures[1].series);
            rows.note = "Every week that the chart draws.".to_owned();
            let measure = &view.measures[1];
            let text = [("What it asks".to_owned(), measure.latest.evidence.definition.clone())];
            let tables = [("The newest weeks".to_owned(), rows)];
            page::why(&view.place_name, &measure.series.id, &measure.series.title, &text, &tables)
        }
        Some("not-found") => page::not_found(),
        _ => page::whole_system(&invented::rivermead()),
    };
    println!("{html}");
}

//! Prints the whole-system page of invented data: `cargo run -p show --example page > page.html`.
//! `page empty` prints the page of a place with nothing in it, `page missing` one where much is not known.

mod invented;

use show::page;

fn main() {
    let html = match std::env::args().nth(1).as_deref() {
        Some("empty") => page::empty("Rivermead Health and Care Partnership"),
        Some("missing") => page::whole_system(&invented::missing()),
        Some("not-found") => page::not_found(),
        _ => page::whole_system(&invented::rivermead()),
    };
    println!("{html}");
}

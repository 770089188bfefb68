//! Prints a page of invented data: `cargo run -p show --example page -- handover > page.html`; with a folder as second
//! word (`-- all DIR`), writes each of them there.

mod invented;

use invented::pages;
use show::page::{self, Frame};
use show::{Rows, Table};

fn html(name: &str) -> Option<String> {
    let frame = Frame { reader: Some("Flow lead, Rivermead".to_owned()), live: true };
    Some(match name {
        "public" => show::public::page(&pages::public()),
        "api" => {
            let table = Table::new(["address", "what"])
                .row(["/".into(), "The whole system".into()])
                .row(["/handovers/{id}".into(), "One handover".into()]);
            page::api(
                "/openapi.json",
                &Rows { caption: "Addresses".to_owned(), table, links: vec![Some("/".to_owned())] },
            )
        }
        name => {
            let public = invented::room::public_pages().into_iter().find(|p| p.0 == name);
            public.map_or_else(|| pages::page(name).map(|told| page::view(&told, &frame)), |p| Some(p.1))?
        }
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let other = ["api", "public", "public-talk", "public-decision", "public-said"];
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["all", folder] => {
            for name in pages::NAMES.into_iter().chain(other) {
                std::fs::write(format!("{folder}/{name}.html"), html(name).unwrap_or_default())?;
            }
        }
        [name] => println!("{}", html(name).ok_or_else(|| format!("no page {name}: {:?} or {other:?}", pages::NAMES))?),
        _ => println!("{}", html("whole-system").unwrap_or_default()),
    }
    Ok(())
}

//! Writes each invented page as PDF and as HTML into a folder: `cargo run -p show --example paper -- DIR`.

mod invented;

use invented::pages;
use show::paper::{Fonts, html, pdf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dist = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/dist");
    let font = |weight: u16| std::fs::read(format!("{dist}/inter-{weight}.ttf"));
    let (regular, semibold, bold) = (font(400)?, font(600)?, font(700)?);
    let fonts = Fonts { regular: &regular, semibold: &semibold, bold: &bold, others: &[] };
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    for name in pages::NAMES {
        if let Some(view) = pages::page(name) {
            std::fs::write(format!("{folder}/{name}.pdf"), pdf(&view, &fonts)?)?;
            std::fs::write(format!("{folder}/{name}-paper.html"), html(&view))?;
        }
    }
    Ok(())
}

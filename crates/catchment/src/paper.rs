//! `paper`: any page as a PDF for those who read on paper.

use crate::fault::Fault;
use crate::out::chain;
use crate::place::{Catchment, embedded};
use crate::see;
use show::paper::Fonts;

/// The PDF of an address, perhaps of another week.
///
/// # Errors
/// When the address leads nowhere, or the binary was built without its fonts.
pub fn pdf(at: &Catchment, address: &str, week: Option<&str>) -> Result<Vec<u8>, Fault> {
    // Of a key that stands twice the last counts.
    let address = match week {
        Some(week) => format!("{address}{}week={}", if address.contains('?') { "&" } else { "?" }, show::escape(week)),
        None => address.to_owned(),
    };
    let (view, _) = see::view(at, &address)?;
    let font = |name: &str| {
        let font = embedded::ASSETS.iter().find(|known| known.0 == name);
        font.map(|font| font.1).ok_or_else(|| {
            Fault::new(format!("this binary was built without {name}"), "npm ci && npm run build, then build again")
        })
    };
    let fonts =
        Fonts { regular: font("inter-400.ttf")?, semibold: font("inter-600.ttf")?, bold: font("inter-700.ttf")? };
    show::paper::pdf(&view, &fonts).map_err(|wrong| Fault::new(format!("cannot draw the paper: {}", chain(&wrong)), ""))
}

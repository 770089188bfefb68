//! `paper`: any page as a PDF for those who read on paper, or as one HTML document that mails, opens and prints anywhere.

use crate::fault::Fault;
use crate::out::chain;
use crate::place::{Catchment, embedded};
use crate::see;
use show::paper::Fonts;
use std::path::Path;

/// What a paper is written as.
#[derive(Clone, Copy)]
pub enum Form {
    Pdf,
    Html,
}

impl Form {
    /// By the ending of the file.
    ///
    /// # Errors
    /// When it is neither.
    pub fn of(file: &Path) -> Result<Form, Fault> {
        match file.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("pdf") => Ok(Form::Pdf),
            Some("html" | "htm") => Ok(Form::Html),
            _ => Err(Fault::new(
                format!("a paper is a .pdf or an .html, and {} is neither", file.display()),
                "end its name in one of them; catchment see PLACE ADDRESS --csv writes data",
            )),
        }
    }
}

/// The paper of an address, perhaps of another week.
///
/// # Errors
/// When the address leads nowhere, or the binary was built without its fonts.
pub fn write(at: &Catchment, address: &str, week: Option<&str>, form: Form) -> Result<Vec<u8>, Fault> {
    // Of a key that stands twice the last counts.
    let address = match week {
        Some(week) => format!("{address}{}week={}", if address.contains('?') { "&" } else { "?" }, show::escape(week)),
        None => address.to_owned(),
    };
    let (view, _) = see::view(at, &address)?;
    if matches!(form, Form::Html) {
        return Ok(show::paper::html(&view).into_bytes());
    }
    let font = |name: &str| {
        let font = embedded::ASSETS.iter().find(|known| known.0 == name);
        font.map(|font| font.1).ok_or_else(|| {
            Fault::new(format!("this binary was built without {name}"), "npm ci && npm run build, then build again")
        })
    };
    let subsets = ["latin-ext", "vietnamese", "cyrillic", "cyrillic-ext", "greek"];
    let others = subsets.iter().map(|subset| font(&format!("inter-{subset}.ttf"))).collect::<Result<Vec<_>, _>>()?;
    let fonts = Fonts {
        regular: font("inter-400.ttf")?,
        semibold: font("inter-600.ttf")?,
        bold: font("inter-700.ttf")?,
        others: &others,
    };
    show::paper::pdf(&view, &fonts).map_err(|wrong| Fault::new(format!("cannot draw the paper: {}", chain(&wrong)), ""))
}

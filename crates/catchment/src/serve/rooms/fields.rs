//! What forms are made of, and what of them is read.

use super::{Led, No, Sent, Shared, asking, unfit};
use crate::access::Person;
use crate::ask::Ask;
use agree::log::{Refusal, Why};
use domain::Date;
use show::{Act as Offer, Entry, Field, Form, Panel, Picture, View};

/// The most letters of a text.
pub(super) const LONGEST: usize = agree::log::LONGEST;

pub(super) const SETTLES: fn(&Person) -> bool = |person| person.settles;
pub(super) const SPEAKS: fn(&Person) -> bool = |person| person.notes || person.settles;

pub(super) fn line(name: &str, label: &str) -> Field {
    Field { name: name.to_owned(), label: label.to_owned(), ..Field::default() }
}

pub(super) fn needed(name: &str, label: &str) -> Field {
    Field { required: true, ..line(name, label) }
}

pub(super) fn long_text(name: &str, label: &str, hint: &str) -> Field {
    Field { entry: Entry::Long, most: LONGEST, hint: hint.to_owned(), ..line(name, label) }
}

pub(super) fn day(name: &str, label: &str) -> Field {
    Field { entry: Entry::Day, ..line(name, label) }
}

pub(super) fn chosen(name: &str, label: &str, entry: Entry, options: Vec<(String, String)>) -> Field {
    Field { entry, options, ..line(name, label) }
}

pub(super) fn pairs<'a>(all: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    all.into_iter().map(|(value, words)| (value.to_owned(), words.to_owned())).collect()
}

/// With "none of these" before them.
pub(super) fn or_none(words: &str, all: Vec<(String, String)>) -> Vec<(String, String)> {
    [(String::new(), words.to_owned())].into_iter().chain(all).collect()
}

pub(super) fn hinted(field: Field, hint: &str) -> Field {
    Field { hint: hint.to_owned(), ..field }
}

pub(super) fn holding(field: Field, value: impl Into<String>) -> Field {
    Field { value: value.into(), ..field }
}

/// A form of this page, about this thing.
pub(super) fn form(ask: &Ask, kind: &str, about: &[(&str, &str)], fields: Vec<Field>, button: &str) -> Form {
    let mut form = asking(ask, kind);
    form.kept.extend(about.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Form { fields, button: button.to_owned(), ..form }
}

pub(super) fn offer(title: &str, detail: &str, form: Form) -> Offer {
    Offer { title: title.to_owned(), detail: detail.to_owned(), form, open: false, main: false }
}

/// Puts what a reader may do at the end of a panel, or of the page where there is none of that name.
pub(super) fn put(view: &mut View, panel: &str, offers: Vec<Offer>) {
    if offers.is_empty() {
        return;
    }
    let acts = Picture::Acts(offers);
    match view.panels.iter_mut().find(|known| known.id == panel) {
        Some(known) => known.pictures.push(acts),
        None => view.panels.push(Panel {
            id: panel.to_owned(),
            title: "What you can do".to_owned(),
            pictures: vec![acts],
            ..Panel::default()
        }),
    }
}

/// Measures to choose from, each with the unit in which numbers are written beside it.
pub(super) fn measures(shared: &Shared) -> Vec<(String, String)> {
    let named = |measure: &measures::Measure| {
        let unit = if measure.unit.is_empty() { String::new() } else { format!(" ({})", measure.unit) };
        (measure.id.clone(), format!("{}{unit}", measure.title))
    };
    let mut all: Vec<(String, String)> = shared.at.measures.iter().map(named).collect();
    all.sort_by(|a, b| a.1.cmp(&b.1));
    all
}

/// The unit of a measure of this place; empty where it has none.
pub(super) fn unit_of(shared: &Shared, measure: &str) -> String {
    shared.at.measures.iter().find(|known| known.id == measure).map_or_else(String::new, |known| known.unit.clone())
}

pub(super) fn back(sent: &Sent, panel: &str) -> Led {
    Led::to(format!("{}#{panel}", sent.to.address()))
}

/// An id made of words, not taken yet.
pub(super) fn named(words: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut id = String::new();
    for letter in words.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            id.push(letter);
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
        if id.len() >= 48 {
            break;
        }
    }
    let id = id.trim_matches('-');
    let id = if id.is_empty() { "one" } else { id };
    let more = (2..).map(|n| format!("{id}-{n}"));
    [id.to_owned()].into_iter().chain(more).find(|id| !is_taken(id)).unwrap_or_default()
}

pub(super) fn unknown<T>(field: &'static str, words: &str) -> Result<T, No> {
    Err(No::Refusal(Refusal { field, words: words.to_owned(), why: Why::Unknown }))
}

/// A word of a form as one of the values of the log.
pub(super) fn word<T>(sent: &Sent, field: &'static str, all: &[(&str, T)]) -> Result<T, No>
where
    T: Copy,
{
    let word = sent.text(field);
    all.iter().find(|known| known.0 == word).map_or_else(|| unfit(field, "Choose one of these"), |known| Ok(known.1))
}

pub(super) fn a_number(sent: &Sent, field: &'static str) -> Result<f64, No> {
    sent.number(field)?.map_or_else(|| unfit(field, "Write a number"), Ok)
}

pub(super) fn a_day(sent: &Sent, field: &'static str) -> Result<Date, No> {
    sent.day(field)?.map_or_else(|| unfit(field, "Write a day"), Ok)
}

pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

pub(super) fn filled(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

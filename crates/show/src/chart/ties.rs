//! Who trusts whom: groups on a circle, a line for each pair that is known.

use super::*;
use crate::room::{Tie, Ties};

/// Groups on a circle, 400 × 320, shrinking on a phone: a heavy line is a strong tie, a thin and dashed one a weak tie, and none is
/// drawn where too few have answered.
pub fn ties(picture: &Ties) -> Markup {
    const WIDE: f64 = 400.0;
    const HIGH: f64 = 320.0;
    const SIZE: f64 = 14.0;
    const RADIUS: f64 = 108.0;
    let n = picture.groups.len();
    let at = |i: usize| {
        let turn = (i as f64 / n.max(1) as f64 - 0.25) * std::f64::consts::TAU;
        (WIDE / 2.0 + RADIUS * 1.08 * turn.cos(), HIGH / 2.0 + RADIUS * turn.sin())
    };
    let pairs: Vec<(usize, usize, f64)> = (0..n)
        .flat_map(|a| (a + 1..n).map(move |b| (a, b)))
        .filter_map(|(a, b)| Some((a, b, picture.between(a, b)?)))
        .collect();
    let (low, high) = picture.scale;
    let thick = |v: f64| 1.0 + ((v - low) / (high - low).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0) * 5.0;
    let mut labels = Labels::on(WIDE, HIGH);
    let names: Vec<Markup> = picture
        .groups
        .iter()
        .enumerate()
        .flat_map(|(i, group)| {
            let (x, y) = at(i);
            let (anchor, x, room) = match x - WIDE / 2.0 {
                off if off > 20.0 => (Anchor::Start, x + 12.0, WIDE - x - 14.0),
                off if off < -20.0 => (Anchor::End, x - 12.0, x - 14.0),
                _ => (Anchor::Middle, x, WIDE * 0.6),
            };
            let y = match (anchor, y < HIGH / 2.0) {
                (Anchor::Middle, true) => y - 16.0,
                (Anchor::Middle, false) => y + 26.0,
                _ => y + 5.0,
            };
            // a long name takes two lines
            let lines = two_lines(group, SIZE, room.max(0.0));
            let up = if lines.len() > 1 && y < HIGH / 2.0 { 16.0 } else { 0.0 };
            let label = |k: usize, text: &String| Label::new(text, x, y - up + 16.0 * k as f64, SIZE).anchor(anchor);
            labels.put_all(lines.iter().enumerate().map(|(k, text)| label(k, text)))
        })
        .collect();
    let id = name("ties", &picture.id);
    html! {
        svg.ties xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 320" role="img" aria-labelledby=(format!("{id}-t {id}-d")) {
            (told(&id, &picture.title, &describe(picture, &pairs)))
            @for (a, b, v) in &pairs {
                @let ((x1, y1), (x2, y2)) = (at(*a), at(*b));
                @let strong = *v >= picture.strong;
                path d=(format!("M{} {}L{} {}", c(x1), c(y1), c(x2), c(y2))) fill="none" stroke=(if strong { STOP } else { USUAL }) stroke-width=(c(thick(*v))) stroke-dasharray=[(!strong).then_some("7 6")] stroke-opacity=(if strong { ".85" } else { "1" }) {}
            }
            @for i in 0..n { @let (x, y) = at(i); circle cx=(c(x)) cy=(c(y)) r="8" fill="#fff" stroke=(INK) stroke-width="2.4" {} }
            @for words in &names { (words) }
        }
    }
}

/// The text in one line, or parted between words into two.
fn two_lines(text: &str, size: f64, room: f64) -> Vec<String> {
    if width(text, size) <= room {
        return vec![plain(text)];
    }
    let parted = text.char_indices().filter(|(_, ch)| *ch == ' ').map(|(i, _)| i);
    match parted.rev().find(|i| width(&text[..*i], size) <= room) {
        Some(i) => vec![plain(&text[..i]), fit(&text[i + 1..], size, room)],
        None => vec![fit(text, size, room)],
    }
}

fn describe(picture: &Ties, pairs: &[(usize, usize, f64)]) -> String {
    let scale = Unit::Of(String::new()).scale(picture.scale.1);
    let said = pairs.iter().map(|(a, b, v)| {
        let word = if *v >= picture.strong { "strong" } else { "weak" };
        format!("{} and {}: {}, {word}", picture.groups[*a], picture.groups[*b], scale.number(*v))
    });
    let said: Vec<String> = said.collect();
    let none = if said.is_empty() { "No tie is known yet".to_owned() } else { said.join("; ") };
    format!("{}. {none}.", picture.definition.trim_end_matches('.'))
}

impl Ties {
    /// What two groups say of each other, both sides together; `None` where too few have answered on either.
    pub fn between(&self, a: usize, b: usize) -> Option<f64> {
        let of = |a: usize, b: usize| match self.cells.get(a)?.get(b)? {
            Tie::Score(v, ..) if v.is_finite() => Some(*v),
            Tie::Score(..) | Tie::TooFew | Tie::None => None,
        };
        Some((of(a, b)? + of(b, a)?) / 2.0)
    }
}

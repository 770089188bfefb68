//! Who trusts whom: groups on a circle, and at each join what each side says of the other.

use super::*;
use crate::room::{Join, Side, Strength, Tie, Ties};

/// Groups on a circle, 480 × 320, shrinking on a phone. A join is a line between two groups, and the half at each group is what that group
/// says: heavy is strong, plain is usual, dashed is weak, and none is drawn where too few have answered.
pub fn ties(picture: &Ties) -> Markup {
    const WIDE: f64 = 480.0;
    const HIGH: f64 = 320.0;
    const SIZE: f64 = 14.0;
    const RADIUS: f64 = 104.0;
    let n = picture.groups.len();
    let at = |i: usize| {
        let turn = (i as f64 / n.max(1) as f64 - 0.25) * std::f64::consts::TAU;
        (WIDE / 2.0 + RADIUS * 1.12 * turn.cos(), HIGH / 2.0 + RADIUS * turn.sin())
    };
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
            // a long name takes as many lines as it needs
            let lines = wrapped(group, SIZE, room.max(0.0));
            let more = 16.0 * (lines.len().max(1) - 1) as f64;
            let y = match (anchor, y < HIGH / 2.0) {
                (Anchor::Middle, true) => y - 16.0 - more,
                (Anchor::Middle, false) => y + 26.0,
                _ => y + 5.0 - more / 2.0,
            };
            let label = |k: usize, text: &String| Label::new(text, x, y + 16.0 * k as f64, SIZE).anchor(anchor);
            labels.put_all(lines.iter().enumerate().map(|(k, text)| label(k, text)))
        })
        .collect();
    let id = name("ties", &picture.id);
    html! {
        svg.ties xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 320" role="img" aria-labelledby=(format!("{id}-t {id}-d")) {
            (told(&id, &picture.title, &describe(picture)))
            @for (place, side, score) in picture.known() {
                @let ((x1, y1), (x2, y2)) = (at(side.by), at(side.about));
                // joins between the same two groups lie beside each other, whichever side speaks
                @let way = if side.by < side.about { 1.0 } else { -1.0 };
                @let long = (x2 - x1).hypot(y2 - y1).max(f64::MIN_POSITIVE);
                @let (dx, dy) = ((y1 - y2) / long * 9.0 * place * way, (x2 - x1) / long * 9.0 * place * way);
                @let (colour, thick, dash) = drawn(picture.strength(score));
                path d=(format!("M{} {}L{} {}", c(x1 + dx), c(y1 + dy), c((x1 + x2) / 2.0 + dx), c((y1 + y2) / 2.0 + dy))) fill="none" stroke=(colour) stroke-width=(thick) stroke-dasharray=[dash] {}
            }
            @for i in 0..n { @let (x, y) = at(i); circle cx=(c(x)) cy=(c(y)) r="8" fill="#fff" stroke=(INK) stroke-width="2.4" {} }
            @for words in &names { (words) }
        }
    }
}

/// Colour, width and dashes of a tie.
fn drawn(strength: Strength) -> (&'static str, &'static str, Option<&'static str>) {
    match strength {
        Strength::Strong => (STOP, "6", None),
        Strength::Usual => (USUAL, "3", None),
        Strength::Weak => (CONCERN, "2.5", Some("5 5")),
    }
}

/// A short line as it is drawn, for a key and beside a score.
pub fn tie(strength: Strength) -> Markup {
    let (colour, thick, dash) = drawn(strength);
    html! { svg viewBox="0 0 24 12" width="24" height="12" aria-hidden="true" { path d="M1 6H23" stroke=(colour) stroke-width=(thick) stroke-dasharray=[dash] {} } }
}

/// The text, parted between words into lines that have room; one that has none is cut.
fn wrapped(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size) <= room => *line = format!("{line} {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().take(4).map(|line| fit(line, size, room)).collect()
}

fn describe(picture: &Ties) -> String {
    let scale = Unit::Of(String::new()).scale(picture.scale.1);
    let said = picture.known().map(|(_, side, score)| {
        let [by, about] = [side.by, side.about].map(|at| picture.groups[at].as_str());
        format!("{by} of {about}: {}, {}", scale.number(score), picture.strength(score).word())
    });
    let said: Vec<String> = said.collect();
    let none = if said.is_empty() { "No tie is known yet".to_owned() } else { said.join("; ") };
    format!("{}. {none}.", picture.definition.trim_end_matches('.'))
}

impl Ties {
    /// Each side that is known and is of another group, with its score, and how far its join lies from the middle of all joins between
    /// the same two.
    pub fn known(&self) -> impl Iterator<Item = (f64, &Side, f64)> {
        let pair = |join: &Join| join.said.first().map(|side| (side.by.min(side.about), side.by.max(side.about)));
        self.joins.iter().enumerate().flat_map(move |(at, join)| {
            let same = |all: &[Join]| all.iter().filter(|other| pair(other) == pair(join)).count() as f64;
            let place = same(&self.joins[..at]) - (same(&self.joins) - 1.0) / 2.0;
            join.said.iter().filter_map(move |side| match side.tie {
                Tie::Score { score, .. }
                    if score.is_finite() && side.by != side.about && side.by.max(side.about) < self.groups.len() =>
                {
                    Some((place, side, score))
                }
                _ => None,
            })
        })
    }
}

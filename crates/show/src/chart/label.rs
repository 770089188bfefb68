//! Words on paper: how wide they are at most, and which of them have room.
//!
//! Nobody here can ask a browser how wide a text is, so each character has a bound: the wider of Inter at 400 and at 600,
//! rounded up. A label that stays within its bound stays within it in the browser.

use super::{INK, c};
use maud::{Markup, html};

/// The most that a text can be wide, in the unit of `size`.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(em).sum::<f64>() * size
}

fn em(ch: char) -> f64 {
    match ch {
        'i' | 'j' | 'l' | 'I' | ' ' | '.' | ',' | ':' | ';' | '\'' | '’' | '!' | '·' | '|' => {
            if ch == '|' {
                0.36
            } else {
                0.33
            }
        }
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '{' | '}' | '/' | '\\' | '`' => 0.42,
        'm' => 0.91,
        'w' => 0.85,
        'M' | 'W' | '@' | '%' | '…' | '▲' | '▼' | '→' | '—' => 1.03,
        'E' | 'F' | 'L' | 'J' => 0.61,
        'a'..='z' | 'à'..='å' | 'è'..='ö' | 'ø'..='ÿ' | '–' | '“' | '”' => 0.63,
        '0'..='9' => 0.65,
        'A'..='Z' => 0.78,
        ' '..='~' | '£' | '−' | '×' => 0.67,
        _ => 1.15,
    }
}

/// The text, cut with "…" where it would be wider than `room`, between words where one has room: who speaks to a link says
/// what stands there. Nothing where not even two letters have room.
pub(super) fn fit(text: &str, size: f64, room: f64) -> String {
    let text = plain(text);
    if width(&text, size) <= room {
        return text;
    }
    let mut kept = String::new();
    let mut used = width("…", size);
    for ch in text.chars() {
        used += em(ch) * size;
        if used > room {
            break;
        }
        kept.push(ch);
    }
    let whole = if text[kept.len()..].starts_with(' ') { None } else { kept.rfind(' ') };
    let kept = kept[..whole.unwrap_or(kept.len())].trim_end();
    if kept.chars().count() < 2 { String::new() } else { format!("{kept}…") }
}

/// Text that may stand in XML: a control character becomes a space.
pub(crate) fn plain(text: &str) -> String {
    let odd = |ch: char| ch.is_control() || matches!(ch, '\u{fffe}' | '\u{ffff}');
    text.chars().map(|ch| if odd(ch) { ' ' } else { ch }).collect()
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// One line of text at its baseline.
#[derive(Clone, Debug)]
pub(super) struct Label {
    text: String,
    x: f64,
    y: f64,
    size: f64,
    anchor: Anchor,
    bold: bool,
    fill: &'static str,
    halo: Option<&'static str>,
    /// What follows in the same line, in its own ink and weight.
    tail: Option<(String, &'static str, bool)>,
}

/// Left, top, right, bottom.
pub(super) type Room = [f64; 4];

impl Label {
    pub(super) fn new(text: impl AsRef<str>, x: f64, y: f64, size: f64) -> Label {
        let text = plain(text.as_ref());
        Label { text, x, y, size, anchor: Anchor::Start, bold: false, fill: INK, halo: None, tail: None }
    }

    pub(super) fn anchor(mut self, anchor: Anchor) -> Label {
        self.anchor = anchor;
        self
    }

    pub(super) fn bold(mut self) -> Label {
        self.bold = true;
        self
    }

    pub(super) fn fill(mut self, fill: &'static str) -> Label {
        self.fill = fill;
        self
    }

    /// Drawn with an edge of the ground's colour, so that lines under it do not disturb.
    pub(super) fn halo(mut self, ground: &'static str) -> Label {
        self.halo = Some(ground);
        self
    }

    /// More words in the same line.
    pub(super) fn tail(mut self, text: impl AsRef<str>, fill: &'static str, bold: bool) -> Label {
        self.tail = Some((plain(text.as_ref()), fill, bold));
        self
    }

    pub(super) fn area(&self) -> Room {
        let more = self.tail.as_ref().map_or(0.0, |t| width(&t.0, self.size));
        let wide = width(&self.text, self.size) + more;
        let left = match self.anchor {
            Anchor::Start => self.x,
            Anchor::Middle => self.x - wide / 2.0,
            Anchor::End => self.x - wide,
        };
        [left, self.y - self.size * 0.8, left + wide, self.y + self.size * 0.24]
    }

    pub(super) fn draw(&self) -> Markup {
        let anchor = match self.anchor {
            Anchor::Start => None,
            Anchor::Middle => Some("middle"),
            Anchor::End => Some("end"),
        };
        html! {
            text x=(c(self.x)) y=(c(self.y)) font-size=(c(self.size)) text-anchor=[anchor] fill=(self.fill)
                font-weight=[self.bold.then_some("600")] stroke=[self.halo] stroke-width=[self.halo.map(|_| "4")]
                stroke-linejoin=[self.halo.map(|_| "round")] paint-order=[self.halo.map(|_| "stroke")] {
                (self.text)
                @if let Some((text, fill, bold)) = &self.tail { tspan fill=(fill) font-weight=(if *bold { "600" } else { "400" }) { (text) } }
            }
        }
    }
}

/// What is already on the paper.
pub(super) struct Labels {
    paper: (f64, f64),
    taken: Vec<Room>,
}

impl Labels {
    pub(super) fn on(wide: f64, high: f64) -> Labels {
        Labels { paper: (wide, high), taken: Vec::new() }
    }

    /// Whether nothing lies there yet.
    pub(super) fn free(&self, area: Room) -> bool {
        let [left, top, right, bottom] = area;
        let inside = left >= 0.0 && top >= 0.0 && right <= self.paper.0 && bottom <= self.paper.1;
        inside && self.free_of_others(area)
    }

    /// The same of an area that may reach beyond the paper: a label with some room about it.
    pub(super) fn free_of_others(&self, [left, top, right, bottom]: Room) -> bool {
        self.taken.iter().all(|t| right <= t[0] || left >= t[2] || bottom <= t[1] || top >= t[3])
    }

    /// Keeps others away.
    pub(super) fn take(&mut self, area: Room) {
        self.taken.push(area);
    }

    /// Draws the label if it covers nothing and stays on the paper.
    pub(super) fn put(&mut self, label: Label) -> Option<Markup> {
        self.put_all([label])
    }

    /// Draws all of these lines, or none.
    pub(super) fn put_all(&mut self, lines: impl IntoIterator<Item = Label>) -> Option<Markup> {
        let lines: Vec<Label> = lines.into_iter().filter(|l| !l.text.trim().is_empty()).collect();
        if lines.is_empty() || !lines.iter().all(|l| self.free(l.area())) {
            return None;
        }
        self.taken.extend(lines.iter().map(Label::area));
        Some(html! { @for line in &lines { (line.draw()) } })
    }

    /// The first of several places that is free.
    pub(super) fn first(&mut self, places: impl IntoIterator<Item = Label>) -> Option<Markup> {
        places.into_iter().find_map(|label| self.put(label))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_where_its_room_ends() {
        assert_eq!(fit("Rivermead", 10.0, 100.0), "Rivermead");
        for (room, cut) in [(80.0, "Rivermead…"), (110.0, "Rivermead General…"), (40.0, "River…")] {
            assert_eq!(fit("Rivermead General Hospital", 10.0, room), cut);
            assert!(width(cut, 10.0) <= room, "{cut}");
        }
        assert_eq!(fit("Rivermead", 10.0, 12.0), "");
    }

    #[test]
    fn a_label_has_no_room_on_another_nor_beyond_the_paper() {
        let mut labels = Labels::on(100.0, 40.0);
        assert!(labels.put(Label::new("here", 10.0, 20.0, 12.0)).is_some());
        assert!(labels.put(Label::new("here", 20.0, 22.0, 12.0)).is_none());
        assert!(labels.put(Label::new("here", 90.0, 20.0, 12.0)).is_none());
        assert!(labels.put(Label::new("here", 10.0, 36.0, 12.0)).is_some());
    }
}

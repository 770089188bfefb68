//! Charts as SVG text: they print, mail, snapshot and need no script.
//!
//! Orange is longer or worse, blue shorter or better, grey usual; a shape, a height or a word always says it too, so every
//! chart reads in greyscale. Each carries its finding in `<title>` and its values in `<desc>`; where a part leads
//! somewhere the part is a link with a name of its own. A label is drawn only where it covers no other ([`Labels`]);
//! what has no room is still told in a `<title>`. Same values in, same bytes out.
//!
//! On a phone: `spc`, `fan_small`, `strip`, `ribbon_of`, `map`, `expected`, `ties` and `in_100` shrink; `flow` scrolls sideways; all others come
//! twice, as `.wide-only` and as `.phone-only`, of which the page shows one.

mod choice;
mod dots;
mod expected;
mod fan;
mod flow;
mod forest;
mod funnel;
pub mod grid;
mod growth;
mod heat;
mod intervals;
mod label;
mod map;
mod pyramid;
mod ring;
mod schedule;
mod spc;
mod strip;
mod ties;
mod tornado;
mod trust;
mod way;
mod week;

pub(crate) use choice::change_said;
pub use choice::{PLACES, common, dots, effect, place_rows, places, share, split, steps};
pub use dots::in_100;
pub use expected::expected;
pub use fan::{fan, fan_small};
pub use flow::flow;
pub use forest::differences;
pub(crate) use forest::differences_on_paper;
pub use funnel::funnel;
pub use growth::growth;
pub use heat::heat;
pub use intervals::{against, intervals};
pub use map::map;
pub use pyramid::pyramid;
pub use ring::{assurance, variation};
pub use schedule::{key_rock, schedule};
pub use spc::{describe, sparkline, spc, spc_wide, usual_range};
pub use strip::{bar, strip};
pub use ties::{tie, ties};
pub use tornado::tornado;
pub use trust::trust;
pub use way::{ribbon_of, way};
pub(crate) use week::still_on_paper;
pub use week::{still, week, week_values};

use crate::number::{Scale, Unit, plural};
use crate::view::{Better, Signal};
pub(crate) use label::{plain, width};

use label::{Anchor, Label, Labels, fit};
use maud::{Markup, html};

const INK: &str = "#212b32";
const SECOND: &str = "#4c6272";
const USUAL: &str = "#768692";
const CONCERN: &str = "#b8500a";
const BETTER: &str = "#005eb8";
const LINE: &str = "#d8dde0";
const PALE: &str = "#f0f4f5";
const FAINT: &str = "#e8edef";
const STOP: &str = "#2f4758";

/// An id of its own for a part of a picture: `kind`, then the picture's id with all but letters, digits and `_` spelled out,
/// so that two pictures never share one and no id holds a space.
fn name(kind: &str, id: &str) -> String {
    let mut out = format!("{kind}-");
    for ch in id.chars() {
        match ch {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' => out.push(ch),
            other => out += &format!(".{:x}.", u32::from(other)),
        }
    }
    out
}

/// The finding and the values of a chart, for [`Svg`] and for those who do not see it.
fn told(id: &str, title: &str, desc: &str) -> Markup {
    html! {
        title id=(format!("{id}-t")) { (plain(title)) }
        desc id=(format!("{id}-d")) { (plain(desc)) }
    }
}

/// A part of a chart that says what it is when pointed at, and leads where it can. The title stands outside the link, whose
/// words must be those that are read.
fn part(href: Option<&str>, said: &str, inside: Markup) -> Markup {
    let said = plain(said);
    html! {
        g {
            title { (said) }
            @match href {
                Some(href) => a href=(plain(href)) aria-label=(said) { (inside) },
                None => (inside),
            }
        }
    }
}

/// A picture with links is a group, one without is an image.
fn role(links: bool) -> &'static str {
    if links { "group" } else { "img" }
}

/// Diagonal lines for waits and for what is not known: seen without colour.
fn hatch(id: &str, ground: &str, line: &str, thick: f64) -> Markup {
    html! {
        defs {
            pattern id=(id) width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                rect width="6" height="6" fill=(ground) {}
                path d="M0 0V6" stroke=(line) stroke-width=(thick) {}
            }
        }
    }
}

/// At most five steps of one hue, from light to dark, and the ink that is read on each.
struct Steps {
    fills: [&'static str; 5],
    /// Upper ends of all classes but the last, rising.
    breaks: Vec<f64>,
    time: bool,
}

impl Steps {
    /// Classes that end at these of a hundred values: fifths, or most of them light. Equal values are never parted, so there may
    /// be fewer than five.
    fn of(values: impl Iterator<Item = f64>, ends: [usize; 4], unit: &Unit, better: Better) -> Steps {
        let mut sorted: Vec<f64> = values.filter(|v| v.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len();
        let mut breaks: Vec<f64> =
            ends.iter().filter_map(|k| sorted.get((n * k).div_ceil(100).checked_sub(1)?).copied()).collect();
        breaks.dedup();
        breaks.retain(|b| sorted.last().is_some_and(|last| b < last));
        let fills = match better {
            Better::Lower => ["#fbe8d8", "#f5cba6", "#eba871", "#d97a35", "#843604"],
            Better::Higher => ["#e3eef9", "#bcd7f1", "#8fbce8", "#5c9bd8", "#00478b"],
            Better::Neither => ["#e6ecef", "#c9d3da", "#abb9c3", "#8a9ba7", "#2f4758"],
        };
        Steps { fills, breaks, time: unit.is_time() }
    }

    fn len(&self) -> usize {
        self.breaks.len() + 1
    }

    fn class(&self, value: f64) -> usize {
        self.breaks.iter().take_while(|b| value > **b).count()
    }

    /// Fewer classes keep the ends, so that the darkest is always the largest.
    fn step(&self, class: usize) -> usize {
        if self.len() == 1 { 2 } else { class * 4 / (self.len() - 1) }
    }

    fn fill(&self, class: usize) -> &'static str {
        self.fills[self.step(class).min(4)]
    }

    fn ink(&self, class: usize) -> &'static str {
        if self.step(class) > 3 { "#fff" } else { INK }
    }

    /// "shortest fifth" … "longest fifth"
    fn words(&self, class: usize) -> &'static str {
        let words: &[[&str; 2]] = match self.len() {
            1 => &[["all alike", "all alike"]],
            2 => &[["shorter half", "lower half"], ["longer half", "higher half"]],
            3 => &[["shortest", "lowest"], ["middle", "middle"], ["longest", "highest"]],
            4 => &[
                ["shortest", "lowest"],
                ["second shortest", "second lowest"],
                ["second longest", "second highest"],
                ["longest", "highest"],
            ],
            _ => &[
                ["shortest fifth", "lowest fifth"],
                ["second shortest", "second lowest"],
                ["middle fifth", "middle fifth"],
                ["second longest", "second highest"],
                ["longest fifth", "highest fifth"],
            ],
        };
        words[class.min(words.len() - 1)][usize::from(!self.time)]
    }
}

/// Round numbers of the said unit between `low` and `high`, at most about `most` of them.
fn round_ticks(unit: &Unit, scale: &Scale, low: f64, high: f64, most: usize) -> Vec<f64> {
    let per = match (unit, scale.word.as_str()) {
        (Unit::Minutes, "hours") => 60.0,
        (Unit::Minutes, "days") => 1440.0,
        (Unit::Hours, "days") => 24.0,
        (Unit::Pounds, "£k") => 1e3,
        (Unit::Pounds, "£m") => 1e6,
        (Unit::Pounds, "£bn") => 1e9,
        _ => 1.0,
    };
    let (low, high) = (low / per, high / per);
    let rough = (high - low) / most.max(1) as f64;
    if !rough.is_finite() || rough <= 0.0 {
        return vec![];
    }
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|k| k * power).into_iter().find(|s| *s >= rough).unwrap_or(10.0 * power);
    let first = (low / step).ceil();
    (0..=most * 2).map(|i| (first + i as f64) * step).take_while(|v| *v <= high).map(|v| v * per).collect()
}

/// Where the entries of a key stand, each with 28 for its mark, in as many rows of 24 as they need; and how far down the last
/// row is.
fn key_rows<'a>(words: impl Iterator<Item = &'a str>, left: f64, wide: f64, size: f64) -> (Vec<(f64, f64)>, f64) {
    let (mut across, mut down) = (left, 0.0);
    let mut rows = Vec::new();
    for word in words {
        let long = 28.0 + width(word, size);
        if across + long > wide && across > left {
            (across, down) = (left, down + 24.0);
        }
        rows.push((across, down));
        across += long + 18.0;
    }
    (rows, down)
}

/// A filled box of a key, on the line of its words.
fn swatch(x: f64, y: f64, fill: &str) -> Markup {
    html! { rect x=(c(x)) y=(c(y - 11.0)) width="20" height="14" rx="2" fill=(fill) stroke="#aab8c2" stroke-width=".8" {} }
}

/// "+3.1", "−4", "0"
fn signed(scale: &Scale, v: f64) -> String {
    let text = short(scale, v);
    if v > 0.0 && text.chars().any(|ch| ('1'..='9').contains(&ch)) { format!("+{text}") } else { text }
}

/// A number for a label: beyond any use of digits it is said by its size alone.
fn short(scale: &Scale, value: f64) -> String {
    let text = scale.number(value);
    if text.chars().count() > 14 { format!("{value:.0e}") } else { text }
}

fn short_say(unit: &Unit, value: f64) -> String {
    let text = unit.say(value);
    if text.chars().count() > 40 { format!("{value:.0e}") } else { text }
}

fn colour(signal: Signal) -> &'static str {
    match signal {
        Signal::Ordinary => USUAL,
        Signal::Concern => CONCERN,
        Signal::Improvement => BETTER,
        Signal::Change => INK,
    }
}

fn text_colour(signal: Signal) -> &'static str {
    match signal {
        Signal::Ordinary => SECOND,
        Signal::Concern => "#8f3d06",
        Signal::Improvement => "#00478b",
        Signal::Change => INK,
    }
}

/// Diamond for concern, circle for improvement, square for a change without a better way.
fn mark(x: f64, y: f64, signal: Signal) -> Markup {
    let fill = colour(signal);
    html! {
        @match signal {
            Signal::Concern => path d=(format!("M{} {}l4.6 4.6-4.6 4.6-4.6-4.6z", c(x), c(y - 4.6))) fill=(fill) {},
            Signal::Improvement => circle cx=(c(x)) cy=(c(y)) r="3.4" fill=(fill) {},
            Signal::Change => path d=(format!("M{} {}h6v6h-6z", c(x - 3.0), c(y - 3.0))) fill=(fill) {},
            Signal::Ordinary => {},
        }
    }
}

/// Marks for the key under charts.
pub fn key_mark(signal: Signal) -> Markup {
    html! {
        svg xmlns="http://www.w3.org/2000/svg" width="12" height="12" aria-hidden="true" {
            @if signal == Signal::Ordinary { circle cx="6" cy="6" r="2.6" fill=(USUAL) {} } @else { (mark(6.0, 6.0, signal)) }
        }
    }
}

/// Smallest and largest of what is known, kept where a difference of two is still a number; 0 to 1 when nothing is.
fn span(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .filter(|v| v.is_finite())
        .map(|v| v.clamp(-FAR, FAR))
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low <= high { (low, high) } else { (0.0, 1.0) }
}

const FAR: f64 = 1e200;

/// Moves labels apart so that none covers another, keeping their order.
fn spread<T>(labels: &mut [(f64, T)], apart: f64, top: f64, bottom: f64) {
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut floor = top;
    for label in labels.iter_mut() {
        label.0 = label.0.max(floor);
        floor = label.0 + apart;
    }
    let mut ceiling = bottom;
    for label in labels.iter_mut().rev() {
        label.0 = label.0.min(ceiling);
        ceiling = label.0 - apart;
    }
}

/// The text with a capital at its start.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// A coordinate: one decimal is a tenth of a pixel, and keeps pages small.
fn c(v: f64) -> String {
    let text = format!("{v:.1}");
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_owned(),
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// A direction mark for a signal: ▲ for more, ▼ for less.
pub(crate) fn direction(signal: Signal, better: Better) -> &'static str {
    match (signal, better) {
        (Signal::Concern, Better::Lower) | (Signal::Improvement, Better::Higher) => "up",
        (Signal::Concern, Better::Higher) | (Signal::Improvement, Better::Lower) => "down",
        _ => "none",
    }
}

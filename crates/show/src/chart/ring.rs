//! Two rings beside a measure: whether it really changed, and whether it will meet its target.
//!
//! After NHS England's variation and assurance icons, in the colours of this product. The letter carries the meaning: H and
//! L for high and low, F, P and ? for a target that will be missed, met or left to chance. Worse has a heavy ring and
//! diamonds, better a thin ring and circles, so that the rings read without colour too; a dashed empty ring says that there is
//! nothing to judge by.

use super::*;
use crate::view::{Assurance, Series, Side, Variation};
use crate::words;

/// Whether it really changed: a line of five dots of which the last two say it, 40 × 40.
pub fn variation(series: &Series) -> Markup {
    let said = series.variation();
    // a line that ends high leaves room for its letter above its beginning, one that ends low below it
    let (high, low) = ([27.0, 24.0, 28.0, 19.0, 14.0], [13.0, 16.0, 12.0, 21.0, 26.0]);
    let (signal, side) = match said {
        Variation::Unknown => (None, None),
        Variation::Ordinary => (Some(Signal::Ordinary), None),
        Variation::Concern(side) => (Some(Signal::Concern), Some(side)),
        Variation::Improvement(side) => (Some(Signal::Improvement), Some(side)),
        Variation::Change(side) => (Some(Signal::Change), Some(side)),
    };
    let label = format!("Variation: {}", words::variation(said));
    let Some(signal) = signal else { return ring(&label, None, html! {}) };
    let (heights, at) = match side {
        Some(Side::High) => (high, 18.0),
        Some(Side::Low) => (low, 33.0),
        None => ([23.0, 16.0, 22.0, 18.0, 23.0], 0.0),
    };
    let letter = match (side, signal) {
        (None, _) => html! {},
        // no side is better: an arrow in place of a letter that is read as a judgement
        (Some(Side::High), Signal::Change) => {
            html! { path d="M14 19V9M10 13l4-4.5 4 4.5" fill="none" stroke=(INK) stroke-width="2.2" {} }
        }
        (Some(Side::Low), Signal::Change) => {
            html! { path d="M14 22V32M10 28l4 4.5 4-4.5" fill="none" stroke=(INK) stroke-width="2.2" {} }
        }
        (Some(Side::High), signal) => letter("H", 14.0, at, signal),
        (Some(Side::Low), signal) => letter("L", 14.0, at, signal),
    };
    ring(&label, Some(signal), html! { (five(&heights, signal)) (letter) })
}

/// Whether it will meet its target as it is: the line below, across or above the target, 40 × 40.
pub fn assurance(series: &Series) -> Markup {
    let said = series.assurance();
    let label = format!("Target: {}", words::assurance(said));
    // where the target lies, where the letter stands, and how high the middle of the line is
    let (sign, signal, target, base, middle) = match said {
        Assurance::Unknown => return ring(&label, None, html! {}),
        Assurance::Fail => ("F", Signal::Concern, 11.0, 34.0, 18.0),
        Assurance::Pass => ("P", Signal::Improvement, 29.0, 17.0, 23.0),
        Assurance::HitAndMiss => ("?", Signal::Ordinary, 24.0, 17.0, 24.0),
    };
    let d = [3.0, -2.0, 2.5, -2.5, 1.5]
        .iter()
        .enumerate()
        .map(|(i, dy)| format!("{}{} {}", if i == 0 { 'M' } else { 'L' }, 8 + 6 * i, c(middle + dy)));
    let (from, to) = if sign == "F" { ("10", "30") } else { ("6", "34") };
    ring(
        &label,
        Some(signal),
        html! {
            path d=(format!("M{from} {}H{to}", c(target))) stroke=(colour(signal)) stroke-width="2" stroke-dasharray="4 2" {}
            path d=(d.collect::<String>()) fill="none" stroke=(USUAL) stroke-width="1.4" stroke-linejoin="round" {}
            (letter(sign, 20.0, base, signal))
        },
    )
}

fn ring(label: &str, signal: Option<Signal>, inside: Markup) -> Markup {
    let (stroke, wide) = match signal {
        Some(Signal::Concern) => (CONCERN, "3.4"),
        Some(signal) => (colour(signal), "1.8"),
        None => (USUAL, "1.4"),
    };
    html! {
        svg.ring xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40" role="img" aria-label=(label) {
            circle cx="20" cy="20" r="18" fill="#fff" stroke=(stroke) stroke-width=(wide) stroke-dasharray=[signal.is_none().then_some("3 3")] {}
            (inside)
        }
    }
}

fn letter(text: &str, x: f64, base: f64, signal: Signal) -> Markup {
    Label::new(text, x, base, 14.0).anchor(Anchor::Middle).bold().fill(text_colour(signal)).draw()
}

/// Five dots on a line, the last two in the colour and shape of the signal.
fn five(heights: &[f64; 5], signal: Signal) -> Markup {
    let x = |i: usize| 8.0 + 6.0 * i as f64;
    let line: String = heights
        .iter()
        .enumerate()
        .map(|(i, y)| format!("{}{} {}", if i == 0 { 'M' } else { 'L' }, c(x(i)), c(*y)))
        .collect();
    let usual = if signal == Signal::Ordinary { 5 } else { 3 };
    let dots: String = (0..usual).map(|i| format!("M{} {}h0", c(x(i)), c(heights[i]))).collect();
    html! {
        path d=(line) fill="none" stroke=(USUAL) stroke-width="1.2" {}
        path d=(dots) stroke=(USUAL) stroke-width="4" stroke-linecap="round" {}
        @for (i, y) in heights.iter().enumerate().skip(usual) { (mark(x(i), *y, signal)) }
    }
}

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
    let (high, low) = ([28.5, 26.0, 29.5, 22.5, 16.5], [11.5, 14.0, 10.5, 17.5, 23.5]);
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
        Some(Side::High) => (high, 20.0),
        Some(Side::Low) => (low, 31.5),
        None => ([23.0, 16.0, 22.0, 18.0, 23.0], 0.0),
    };
    let letter = match (side, signal) {
        (None, _) => html! {},
        // no side is better: an arrow in place of a letter that is read as a judgement
        (Some(Side::High), Signal::Change) => {
            html! { path d="M15 21V10M11 14l4-4.5 4 4.5" fill="none" stroke=(INK) stroke-width="2.2" {} }
        }
        (Some(Side::Low), Signal::Change) => {
            html! { path d="M14 20V31M10 27l4 4.5 4-4.5" fill="none" stroke=(INK) stroke-width="2.2" {} }
        }
        (Some(Side::High), signal) => letter("H", 15.0, at, signal),
        (Some(Side::Low), signal) => letter("L", 14.5, at, signal),
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
        Assurance::Fail => ("F", Signal::Concern, 9.5, 34.0, 16.5),
        Assurance::Pass => ("P", Signal::Improvement, 31.0, 18.0, 24.5),
        Assurance::HitAndMiss => ("?", Signal::Ordinary, 26.0, 18.0, 26.0),
    };
    let d = [4.0, -3.0, 3.5, -3.5, 2.5]
        .iter()
        .enumerate()
        .map(|(i, dy)| format!("{}{} {}", if i == 0 { 'M' } else { 'L' }, 8 + 6 * i, c(middle + dy)));
    let (from, to) = if sign == "?" { (6, 34) } else { (10, 30) };
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
    let x = |i: usize| 9.0 + 5.0 * i as f64;
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

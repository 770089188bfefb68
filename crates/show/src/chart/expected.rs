//! What was expected beside what came: the range that was promised, what it was before, and where it is.

use super::*;
use crate::room::Prediction;

/// One prediction on a scale of its own, 342 × 74: a pale box is the range, a line in it what was expected, a hollow circle what
/// was before, and the mark what came: a diamond beyond the range for the worse, a full circle for the better; what it is now, where
/// that is later, an open triangle. It shrinks.
pub fn expected(row: &Prediction) -> Markup {
    const WIDE: f64 = 342.0;
    const SIZE: f64 = 13.0;
    const HIGH: f64 = 74.0;
    let unit = &row.expected.unit;
    let finite = |v: Option<f64>| v.filter(|v| v.is_finite()).map(|v| v.clamp(-FAR, FAR));
    let (before, middle, actual) = (finite(row.before), finite(row.expected.value), finite(row.actual.value));
    let range = row.expected.range.filter(|(l, h)| l.is_finite() && h.is_finite());
    let range = range.map(|(l, h)| (l.min(h).clamp(-FAR, FAR), h.max(l).clamp(-FAR, FAR)));
    let (is_due, now) = (!row.when.is_empty(), finite(row.now));
    let known = [before, middle, actual, now].into_iter().flatten();
    let (low, high) = span(known.chain(range.into_iter().flat_map(|(l, h)| [l, h])));
    let pad = if high > low { (high - low) * 0.12 } else { high.abs().max(1.0) * 0.5 };
    let (low, high) = (low - pad, high + pad);
    let x = |v: f64| 8.0 + (v - low) / (high - low) * (WIDE - 16.0);
    let scale = unit.scale(low.abs().max(high.abs())).precise((high - low) / 2.0);
    let say = |v: f64| short(&scale, v);
    let signal = row.signal();
    let mut labels = Labels::on(WIDE, HIGH);
    let at = |v: f64, text: &str| {
        let half = width(text, SIZE) / 2.0;
        x(v).max(half).min(WIDE - half)
    };
    // what came stands above; what was expected and before below, where there is room for them
    let came = actual.and_then(|v| {
        let said = short_say(unit, v);
        let text = fit(&if is_due { format!("{said} when due") } else { format!("is {said}") }, SIZE, WIDE);
        labels.put(Label::new(&text, at(v, &text), 14.0, SIZE).anchor(Anchor::Middle).bold().fill(text_colour(signal)))
    });
    let promised = middle.map(|v| match range {
        Some((l, h)) => (v, format!("expected {}, {} to {}", say(v), say(l), say(h))),
        None => (v, format!("expected {}", say(v))),
    });
    let promised = promised.and_then(|(v, text)| {
        let text = fit(&text, SIZE, WIDE);
        labels.put(Label::new(&text, at(v, &text), 54.0, SIZE).anchor(Anchor::Middle).fill(SECOND))
    });
    let since = now.and_then(|v| {
        let text = fit(&format!("now {}", say(v)), SIZE, WIDE);
        let label = |y: f64| Label::new(&text, at(v, &text), y, SIZE).anchor(Anchor::Middle);
        labels.first([label(14.0), label(54.0), label(70.0)])
    });
    let was = before.and_then(|v| {
        let text = fit(&format!("before {}", say(v)), SIZE, WIDE);
        let label = |y: f64| Label::new(&text, at(v, &text), y, SIZE).anchor(Anchor::Middle).fill(SECOND);
        labels.first([label(54.0), label(14.0), label(70.0)])
    });
    html! {
        svg.expected xmlns="http://www.w3.org/2000/svg" viewBox="0 0 342 74" role="img" aria-label=(plain(&said(row))) {
            path d="M4 30H338" stroke=(LINE) {}
            @if let Some((l, h)) = range { rect x=(c(x(l))) y="22" width=(c((x(h) - x(l)).max(2.0))) height="16" fill="#dce4ea" {} }
            @if let Some(v) = middle { path d=(format!("M{} 22v16", c(x(v)))) stroke=(STOP) stroke-width="2" {} }
            @if let Some(v) = before { circle cx=(c(x(v))) cy="30" r="4.6" fill="#fff" stroke=(USUAL) stroke-width="2" {} }
            @if let Some(v) = actual {
                @match signal {
                    Signal::Concern => path d=(format!("M{} 23l7 7-7 7-7-7z", c(x(v)))) fill=(CONCERN) {},
                    Signal::Change => path d=(format!("M{} 25h10v10h-10z", c(x(v) - 5.0))) fill=(INK) {},
                    signal => circle cx=(c(x(v))) cy="30" r="5.6" fill=(if signal == Signal::Improvement { BETTER } else { STOP }) {},
                }
            }
            // an open triangle that points to it
            @if let Some(v) = now { path d=(format!("M{} 30l-5-9h10z", c(x(v)))) fill="#fff" stroke=(INK) stroke-width="1.6" {} }
            @for words in [&came, &promised, &since, &was].into_iter().flatten() { (words) }
        }
    }
}

/// "Middle wait: expected 3.5 days, 3 to 4.1; before 4.9 days; is 3.4 days"
fn said(row: &Prediction) -> String {
    let unit = &row.expected.unit;
    let mut text = format!("{}: expected {}", row.name, choice::range_said(&row.expected));
    if let Some(before) = row.before {
        text += &format!("; before {}", unit.say(before));
    }
    text += &match row.actual.value {
        Some(v) if !row.when.is_empty() => format!("; {} {}", unit.say(v), row.when),
        Some(v) => format!("; is {}", unit.say(v)),
        None => format!("; now {}", row.actual.missing.words()),
    };
    row.now.map_or(text.clone(), |now| format!("{text}; now {}", unit.say(now)))
}

//! What matters: how far the result moves when one thing is lower or higher than it was learnt to be. The widest bar comes
//! first; what stands at each end says how it was set.

use super::*;
use crate::ahead::{Swing, Tornado};

/// Bars about the result as it was learnt, 760 wide, and for a phone 342. The page shows `.wide-only` or `.phone-only`.
pub fn tornado(picture: &Tornado) -> Markup {
    html! { (draw(picture, false)) (draw(picture, true)) }
}

fn draw(picture: &Tornado, phone: bool) -> Markup {
    const SIZE: f64 = 14.0;
    const TOP: f64 = 34.0;
    let unit = &picture.base.unit;
    let rows = picture.sorted();
    // bars need room at both ends for how each was set
    let (wide, row, bar): (f64, f64, f64) = if phone { (342.0, 74.0, 16.0) } else { (760.0, 40.0, 20.0) };
    let tame = |v: f64| v.clamp(-FAR, FAR);
    let ends = |s: &Swing| [s.at.0, s.at.1].map(tame);
    let base = picture.base.value.filter(|v| v.is_finite()).map(tame);
    let (low, high) = span(rows.iter().flat_map(|s| ends(s)).chain(base));
    let pad = if high > low { (high - low) * 0.02 } else { high.abs().max(1.0) * 0.5 };
    let (low, high) = (low - pad, high + pad);
    let longest = rows.iter().flat_map(|s| [&s.set.0, &s.set.1]).map(|w| width(w, 13.0)).fold(0.0, f64::max).min(110.0);
    let (left, right) = if phone { (8.0, 334.0) } else { (216.0 + longest, wide - longest - 14.0) };
    let x = |v: f64| left + (v.clamp(low, high) - low) / (high - low) * (right - left);
    let scale = unit.scale(high.abs().max(low.abs())).precise((high - low) / 8.0);
    let height = TOP + row * rows.len() as f64 + 34.0;
    let bottom = height - 28.0;
    let id = name(if phone { "matters-phone" } else { "matters" }, &picture.id);
    let mut labels = Labels::on(wide, height);

    let head = base.and_then(|b| {
        let text = format!("as it was learnt: {}", short_say(unit, b));
        let half = width(&text, SIZE) / 2.0;
        labels.put(Label::new(text, x(b).min(wide - half).max(half), 15.0, SIZE).anchor(Anchor::Middle).bold())
    });
    let values = round_ticks(unit, &scale, low, high, if phone { 3 } else { 5 });
    let at_axis = scale.clone().for_ticks(&values);
    let ticks: Vec<(f64, Option<Markup>)> = values
        .into_iter()
        .map(|v| {
            (
                x(v),
                labels
                    .put(Label::new(short(&at_axis, v), x(v), height - 9.0, 13.0).anchor(Anchor::Middle).fill(SECOND)),
            )
        })
        .collect();
    let word = labels.put(Label::new(fit(&scale.word, 13.0, 200.0), 0.0, height - 9.0, 13.0).fill(SECOND));

    let body: Vec<Markup> = rows
        .iter()
        .enumerate()
        .map(|(i, s)| {
            let y = TOP + row * i as f64;
            let middle = if phone { y + 34.0 } else { y + row / 2.0 - 2.0 };
            let at = ends(s);
            let words = if phone {
                Label::new(fit(&s.name, SIZE, wide - 4.0), 0.0, y + 17.0, SIZE)
            } else {
                Label::new(fit(&s.name, SIZE, 196.0), 0.0, middle + 5.0, SIZE)
            };
            let words = labels.put(if s.href.is_some() { words.fill(BETTER) } else { words }.halo("#fff"));
            // at each end of the bar how it was set: whichever of the two lies left
            let swapped = at[0] > at[1];
            let (first, second) = if swapped { ((at[1], &s.set.1), (at[0], &s.set.0)) } else { ((at[0], &s.set.0), (at[1], &s.set.1)) };
            let set = [(first, true), (second, false)].map(|((v, text), start)| {
                let text = fit(text, 13.0, if phone { wide / 2.0 - 12.0 } else { longest + 2.0 });
                let label = match (phone, start) {
                    (true, true) => Label::new(text, left, middle + 27.0, 13.0),
                    (true, false) => Label::new(text, right, middle + 27.0, 13.0).anchor(Anchor::End),
                    (false, true) => Label::new(text, x(v) - 7.0, middle + 4.5, 13.0).anchor(Anchor::End),
                    (false, false) => Label::new(text, x(v) + 7.0, middle + 4.5, 13.0),
                };
                labels.put(label.fill(SECOND).halo("#fff"))
            });
            let bars: Vec<(f64, f64, Signal)> = at
                .into_iter()
                .filter(|v| v.is_finite())
                .filter_map(|v| base.map(|b| (b, v)))
                .map(|(b, v)| (x(b.min(v)), x(b.max(v)), effect(picture.better, b, v)))
                .filter(|(from, to, _)| to > from)
                .collect();
            part(s.href.as_deref(), &words_of(picture, s), html! {
                rect x="0" y=(c(y)) width=(c(wide)) height=(c(row - 2.0)) fill="#fff" fill-opacity="0" {}
                @for (from, to, signal) in &bars {
                    @let (fill, stroke) = match signal { Signal::Concern => ("#d97a35", CONCERN), Signal::Improvement => ("#4a90d0", BETTER), _ => ("#93a1ab", USUAL) };
                    rect x=(c(*from)) y=(c(middle - bar / 2.0)) width=(c(to - from)) height=(c(bar)) fill=(fill) stroke=(stroke) {}
                }
                @if let Some(b) = base { path d=(format!("M{} {}v{}", c(x(b)), c(middle - bar / 2.0 - 3.0), c(bar + 6.0))) stroke=(INK) stroke-width="1.6" {} }
                @if let Some(words) = &words { (words) }
                @for set in set.iter().flatten() { (set) }
            })
        })
        .collect();
    let links = rows.iter().any(|s| s.href.is_some());
    html! {
        svg class=(if phone { "phone-only" } else { "wide-only" }) xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {wide} {}", c(height))) role=(role(links)) aria-labelledby=(format!("{id}-t {id}-d")) {
            (told(&id, &picture.title, &describe(picture)))
            path d=(format!("M{} {}H{}", c(left), c(bottom), c(right))) stroke=(LINE) {}
            @for (at, words) in &ticks { @if let Some(words) = words { path d=(format!("M{} {}v5", c(*at), c(bottom))) stroke=(USUAL) {} (words) } }
            @if let Some(word) = &word { (word) }
            @if let Some(b) = base { path d=(format!("M{} 22V{}", c(x(b)), c(bottom))) stroke=(INK) stroke-width="1.6" {} }
            @for row in &body { (row) }
            @if let Some(head) = &head { (head) }
        }
    }
}

fn effect(better: Better, base: f64, v: f64) -> Signal {
    match (better, v < base) {
        (Better::Neither, _) => Signal::Ordinary,
        (Better::Lower, true) | (Better::Higher, false) => Signal::Improvement,
        (Better::Lower, false) | (Better::Higher, true) => Signal::Concern,
    }
}

/// "Length of home care: 3.1 days at 26 days, 4.4 days at 34 days"
fn words_of(picture: &Tornado, s: &Swing) -> String {
    let unit = &picture.base.unit;
    let say = |v: f64| if v.is_finite() { unit.say(v) } else { crate::words::MISSING.to_owned() };
    format!("{}: {} at {}, {} at {}", s.name, say(s.at.0), s.set.0, say(s.at.1), s.set.1)
}

fn describe(picture: &Tornado) -> String {
    let rows: Vec<String> = picture.sorted().into_iter().map(|s| words_of(picture, s)).collect();
    format!(
        "{}. As it was learnt: {}. {}.",
        picture.definition.trim_end_matches('.'),
        picture.base.say(),
        rows.join("; ")
    )
}

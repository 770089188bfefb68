//! Why more will be asked for: the growth of each service in its parts, shared fairly, and thinner below it the same when one
//! part is taken after another.

use super::*;
use crate::ahead::{Grown, Growth};

/// What the parts are filled with, in their order, and the ink that is read on each; the fourth is hatched.
const FILLS: [(&str, &str); 6] =
    [(STOP, "#fff"), ("#8ba1b0", INK), ("#d3dce2", INK), ("", INK), ("#4a90d0", INK), ("#e8edef", INK)];

/// A bar for each service, 760 wide, and for a phone 342 with the name above. The page shows `.wide-only` or `.phone-only`.
pub fn growth(picture: &Growth) -> Markup {
    html! { (draw(picture, false)) (draw(picture, true)) }
}

fn draw(picture: &Growth, phone: bool) -> Markup {
    const SIZE: f64 = 14.0;
    let wide: f64 = if phone { 342.0 } else { 760.0 };
    let (left, right) = if phone { (8.0, 334.0) } else { (230.0, 590.0) };
    let tame = |v: &f64| if v.is_finite() { v.clamp(-FAR, FAR) } else { 0.0 };
    let parts = |all: &[f64]| -> Vec<f64> { all.iter().take(picture.parts.len()).map(tame).collect() };
    let sides = |all: &[f64]| {
        let of = |sign: f64| all.iter().filter(|v| **v * sign > 0.0).sum::<f64>();
        [of(-1.0), of(1.0)]
    };
    let both = |s: &Grown| [parts(&s.fair), parts(&s.ordered)];
    let (low, high) = span(picture.services.iter().flat_map(both).flat_map(|all| sides(&all)).chain([0.0]));
    let pad = if high > low { (high - low) * 0.03 } else { 1.0 };
    let (low, high) = (if low < 0.0 { low - pad } else { 0.0 }, high + pad);
    let x = |v: f64| left + (v.clamp(low, high) - low) / (high - low) * (right - left);
    let unit = &picture.unit;
    let scale = unit.scale(high.max(-low)).precise((high - low) / 8.0);

    let thin = picture.services.iter().any(|s| !s.ordered.is_empty());
    let id = name(if phone { "growth-phone" } else { "growth" }, &picture.id);
    let fill = |i: usize| match FILLS[i % 6].0 {
        "" => format!("url(#{id}-h)"),
        plain => plain.to_owned(),
    };
    // the key stands at the top
    let names: Vec<String> = picture.parts.iter().map(|p| fit(p, SIZE, wide - 32.0)).collect();
    let (places, down) = key_rows(names.iter().map(String::as_str), 0.0, wide, SIZE);
    let top = 40.0 + down;
    let (bar, row) = (22.0, if phone { 54.0 } else { 38.0 } + if thin { 12.0 } else { 4.0 });
    let height = top + row * picture.services.len() as f64 + 34.0;
    let bottom = height - 28.0;
    let mut labels = Labels::on(wide, height);
    let key: Vec<Markup> = names
        .iter()
        .zip(&places)
        .enumerate()
        .filter_map(|(i, (words, (dx, dy)))| {
            let line = 15.0 + dy;
            let text = labels.put(Label::new(words, dx + 28.0, line, SIZE))?;
            Some(html! { (swatch(*dx, line, &fill(i))) (text) })
        })
        .collect();
    let values = round_ticks(unit, &scale, low, high, if phone { 3 } else { 5 });
    let at_axis = scale.clone().for_ticks(&values);
    let ticks: Vec<(f64, Option<Markup>)> = values
        .into_iter()
        .map(|v| {
            (
                x(v),
                labels
                    .put(Label::new(signed(&at_axis, v), x(v), height - 9.0, 13.0).anchor(Anchor::Middle).fill(SECOND)),
            )
        })
        .collect();
    let word =
        Label::new(fit(&scale.word, 13.0, wide * 0.3), if phone { wide } else { right + 24.0 }, height - 9.0, 13.0)
            .fill(SECOND);
    let word = labels.put(if phone { word.anchor(Anchor::End) } else { word });

    let body: Vec<Markup> = picture
        .services
        .iter()
        .enumerate()
        .map(|(i, s)| {
            let y = top + row * i as f64;
            let place = y + if phone { 28.0 } else { 8.0 };
            let line = if phone { y + 16.0 } else { place + 16.0 };
            let unit = &s.figure.unit;
            let number = s.figure.value.filter(|v| v.is_finite()).map_or_else(|| s.figure.missing.words().to_owned(), |v| {
                let plus = if v > 0.0 { "+" } else { "" };
                let within = s.figure.range.filter(|_| !phone).map_or(String::new(), |(l, h)| {
                    let scale = unit.scale(v.abs().max(h.abs()));
                    format!(" ({} to {})", signed(&scale, l), signed(&scale, h))
                });
                format!("{plus}{}{within}", short_say(unit, v))
            });
            let label = Label::new(fit(&number, SIZE, if phone { wide * 0.4 } else { wide - right - 24.0 }), if phone { wide } else { right + 24.0 }, line, SIZE).bold();
            let label = if phone { label.anchor(Anchor::End).halo("#fff") } else { label };
            let taken = label.area();
            let number = labels.put(label);
            let room = if phone { (if number.is_some() { taken[0] } else { wide }) - 12.0 } else { left - 24.0 };
            let words = Label::new(fit(&s.name, SIZE, room), 0.0, line, SIZE);
            let words = labels.put(if s.href.is_some() { words.fill(BETTER) } else { words }.halo("#fff"));
            let note = (thin && !phone).then(|| labels.put(Label::new(fit(&s.note, 12.0, room), 0.0, line + 17.0, 12.0).fill(SECOND))).flatten();
            let stack = |all: &[f64]| {
                let mut at = [0.0, 0.0];
                let laid: Vec<(usize, f64, f64)> = all.iter().enumerate().filter(|(_, v)| **v != 0.0).map(|(k, v)| {
                    let side = usize::from(*v > 0.0);
                    let from = at[side];
                    at[side] += v;
                    (k, from.min(at[side]), from.max(at[side]))
                }).collect();
                laid
            };
            let (fair, ordered) = (parts(&s.fair), parts(&s.ordered));
            let drawn: Vec<Markup> = stack(&fair).into_iter().map(|(k, from, to)| {
                let (from, to) = (x(from), x(to));
                let text = signed(&scale, fair[k]);
                let room = width(&text, 13.0) + 6.0 < to - from && !FILLS[k % 6].0.is_empty();
                let text = room.then(|| labels.put(Label::new(text, (from + to) / 2.0, place + 15.5, 13.0).anchor(Anchor::Middle).fill(FILLS[k % 6].1))).flatten();
                html! {
                    rect x=(c(from)) y=(c(place)) width=(c(to - from)) height=(c(bar)) fill=(fill(k)) stroke="#fff" {}
                    @if let Some(text) = text { (text) }
                }
            }).collect();
            let below: Vec<Markup> = stack(&ordered).into_iter().map(|(k, from, to)| html! {
                rect x=(c(x(from))) y=(c(place + bar + 3.0)) width=(c(x(to) - x(from))) height="6" fill=(fill(k)) stroke="#fff" stroke-width=".6" {}
            }).collect();
            let net = s.figure.value.filter(|v| v.is_finite() && fair.iter().any(|p| *p < 0.0) && s.figure.unit == picture.unit);
            html! {
                (part(s.href.as_deref(), &words_of(picture, s), html! {
                    rect x="0" y=(c(y)) width=(c(wide)) height=(c(row - 2.0)) fill="#fff" fill-opacity="0" {}
                    @for part in drawn.iter().chain(&below) { (part) }
                    path d=(format!("M{} {}v{}", c(x(0.0)), c(place - 3.0), c(bar + if thin { 15.0 } else { 6.0 }))) stroke=(INK) {}
                    @if let Some(v) = net { path d=(format!("M{} {}l-5-7h10z", c(x(v)), c(place - 1.0))) fill=(INK) {} }
                    @if let Some(words) = &words { (words) }
                }))
                @if let Some(number) = &number { (number) }
                @if let Some(note) = &note { (note) }
            }
        })
        .collect();
    let links = picture.services.iter().any(|s| s.href.is_some());
    html! {
        svg class=(if phone { "phone-only" } else { "wide-only" }) xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {wide} {}", c(height))) role=(role(links)) aria-labelledby=(format!("{id}-t {id}-d")) {
            (told(&id, &picture.title, &describe(picture)))
            @if picture.parts.len() > 3 { (hatch(&format!("{id}-h"), "#fff", STOP, 1.6)) }
            @for mark in &key { (mark) }
            path d=(format!("M{} {}H{}", c(left), c(bottom), c(right))) stroke=(LINE) {}
            @for (at, words) in &ticks { @if let Some(words) = words { path d=(format!("M{} {}v5", c(*at), c(bottom))) stroke=(USUAL) {} (words) } }
            @if let Some(word) = &word { (word) }
            @for row in &body { (row) }
        }
    }
}

/// "Emergency admissions: +21%; more people +6%, older people +11%, more for each person +4%"
fn words_of(picture: &Growth, s: &Grown) -> String {
    let plus = |unit: &Unit, v: f64| format!("{}{}", if v > 0.0 { "+" } else { "" }, unit.say(v));
    let all = s.figure.value.map_or_else(|| s.figure.say(), |v| plus(&s.figure.unit, v));
    let parts = picture.parts.iter().zip(&s.fair).filter(|(_, v)| v.is_finite());
    let parts: Vec<String> = parts.map(|(part, v)| format!("{part} {}", plus(&picture.unit, *v))).collect();
    let parts = if parts.is_empty() { String::new() } else { format!("; {}", parts.join(", ")) };
    let note = if s.note.is_empty() { String::new() } else { format!(" ({})", s.note) };
    format!("{}: {all}{parts}{note}", s.name)
}

fn describe(picture: &Growth) -> String {
    let rows: Vec<String> = picture.services.iter().map(|s| words_of(picture, s)).collect();
    format!("{}. {}.", picture.definition.trim_end_matches('.'), rows.join(". "))
}

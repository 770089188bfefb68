//! With a change and without it, row by row: how much less or more, and the range that holds it. The first thing to see is
//! where the waiting went.

use super::*;
use crate::ahead::{Difference, Differences};

/// A mark with its range for each row about nothing, 860 wide (1120 where it is known what each is without and with), and for a phone 342 with the name above its mark. A circle is
/// better, a diamond worse, and hollow what chance alone would do. The page shows `.wide-only` or `.phone-only`.
pub fn differences(picture: &Differences) -> Markup {
    html! { (draw(picture, false, picture.beside())) (draw(picture, true, false)) }
}

/// The same once, for paper: 860 wide, without what each is without and with.
pub(crate) fn differences_on_paper(picture: &Differences) -> Markup {
    draw(picture, false, false)
}

fn draw(picture: &Differences, phone: bool, beside: bool) -> Markup {
    const SIZE: f64 = 14.0;
    let top = if phone { 48.0 } else { 34.0 };
    const HEADING: f64 = 34.0;
    let (wide, left, right, row): (f64, f64, f64, f64) =
        if phone { (342.0, 8.0, 334.0, 50.0) } else { (860.0, 330.0, 650.0, 31.0) };
    let unit = &picture.unit;
    let groups = picture.sorted();
    let rows = || groups.iter().flat_map(|(_, rows)| rows.iter().copied());
    // what it is without and with stands at the far right, where it is known
    let (wide, edge) = if beside { (1120.0, 860.0) } else { (wide, wide) };
    let value = |d: &Difference| d.figure.value.filter(|v| v.is_finite()).map(|v| v.clamp(-FAR, FAR));
    let range = |d: &Difference| {
        d.figure
            .range
            .filter(|(l, h)| l.is_finite() && h.is_finite())
            .map(|(l, h)| (l.min(h).clamp(-FAR, FAR), h.max(l).clamp(-FAR, FAR)))
    };
    let all = rows().flat_map(|d| value(d).into_iter().chain(range(d).into_iter().flat_map(|(l, h)| [l, h])));
    let (low, high) = span(all.chain([0.0]));
    let pad = if high > low { (high - low) * 0.05 } else { 1.0 };
    let (low, high) = (low - pad, high + pad);
    let x = |v: f64| left + (v.clamp(low, high) - low) / (high - low) * (right - left);
    let scale = unit.scale(low.abs().max(high)).precise((high - low) / 12.0);

    let titled = |title: &str| if title.is_empty() { 0.0 } else { HEADING };
    let height = top + groups.iter().map(|(t, r)| titled(t) + row * r.len() as f64).sum::<f64>() + 34.0;
    let bottom = height - 28.0;
    let id = name(if phone { "differences-phone" } else { "differences" }, &picture.id);
    let mut labels = Labels::on(wide, height);

    // which side is which: on both sides of nothing, and on a phone one below the other, each from its edge where it must
    let side = |text: &str, right: bool| {
        let room = match (phone, right) {
            (true, _) => wide - 40.0,
            (false, true) => edge - x(0.0) - 36.0,
            (false, false) => x(0.0) - 36.0,
        };
        let text = fit(text, SIZE, room);
        let text = match (text.is_empty(), right) {
            (true, _) => return None,
            (_, true) => format!("{text} →"),
            (_, false) => format!("← {text}"),
        };
        let long = width(&text, SIZE);
        let better = match picture.better {
            Better::Lower => Some(!right),
            Better::Higher => Some(right),
            Better::Neither => None,
        };
        let ink =
            better.map_or(SECOND, |b| if b { text_colour(Signal::Improvement) } else { text_colour(Signal::Concern) });
        let at = if right { (x(0.0) + 10.0).min(wide - long) } else { (x(0.0) - 10.0 - long).max(0.0) };
        Some(Label::new(text, at, if phone && right { 34.0 } else { 15.0 }, SIZE).fill(ink).bold().halo("#fff"))
    };
    let sides =
        [side(&picture.sides.0, false), side(&picture.sides.1, true)].map(|s| s.and_then(|label| labels.put(label)));
    let values = round_ticks(unit, &scale, low, high, if phone { 3 } else { 5 });
    let at_axis = scale.clone().for_ticks(&values);
    let ticks: Vec<(f64, Option<Markup>)> = values
        .into_iter()
        .map(|v| {
            (
                x(v),
                labels
                    .put(Label::new(signed(&at_axis, v), x(v), height - 9.0, 13.5).anchor(Anchor::Middle).fill(SECOND)),
            )
        })
        .collect();
    let word =
        Label::new(fit(&scale.word, 13.5, wide * 0.4), if phone { wide } else { right + 24.0 }, height - 9.0, 13.5)
            .fill(SECOND);
    let word = labels.put(if phone { word.anchor(Anchor::End) } else { word });

    let mut y = top;
    let mut body: Vec<Markup> = Vec::new();
    if beside {
        body.extend(labels.put(Label::new("without → with", edge + 16.0, 15.0, SIZE).fill(SECOND)));
    }
    for (title, rows) in &groups {
        if !title.is_empty() {
            let text = fit(title, 15.0, wide - 4.0);
            body.extend(labels.put(Label::new(text, 0.0, y + 22.0, 15.0).bold().halo("#fff")));
        }
        y += titled(title);
        for d in rows {
            let signal = picture.signal(d);
            let (value, range) = (value(d), range(d));
            let number = value.map_or_else(
                || d.figure.missing.words().to_owned(),
                |v| match range {
                    Some((l, h)) if !phone => {
                        format!("{} ({} to {})", signed(&scale, v), signed(&scale, l), signed(&scale, h))
                    }
                    _ => signed(&scale, v),
                },
            );
            let place = y + if phone { 36.0 } else { 16.0 };
            let line = y + if phone { 17.0 } else { 21.0 };
            let label = Label::new(
                fit(&number, SIZE, edge - right - 24.0),
                if phone { wide } else { right + 24.0 },
                line,
                SIZE,
            );
            let label = if phone {
                Label::new(fit(&number, SIZE, wide * 0.4), wide, line, SIZE).anchor(Anchor::End).halo("#fff")
            } else {
                label
            };
            let label = label.fill(if value.is_some() { text_colour(signal) } else { SECOND });
            let label = if signal == Signal::Ordinary { label } else { label.bold() };
            let taken = label.area();
            let number = labels.put(label);
            let room = if phone { (if number.is_some() { taken[0] } else { wide }) - 12.0 } else { left - 20.0 };
            let words = Label::new(fit(&d.name, SIZE, room), 0.0, line, SIZE);
            let words = labels.put(if d.href.is_some() { words.fill(BETTER) } else { words }.halo("#fff"));
            body.push(part(d.href.as_deref(), &words_of(picture, d), html! {
                // the whole row can be pointed at
                rect x="0" y=(c(y)) width=(c(wide)) height=(c(row - 2.0)) fill="#fff" fill-opacity="0" {}
                path d=(format!("M{} {}H{}", c(left), c(place), c(right))) stroke=(PALE) {}
                @if let (Some(_), Some((l, h))) = (value, range) {
                    path d=(format!("M{} {}H{}", c(x(l)), c(place), c(x(h)))) stroke=(colour(signal)) stroke-width="3.4" stroke-linecap="round" stroke-opacity=".55" {}
                }
                @if let Some(v) = value { (marked(x(v), place, signal)) }
                @if let Some(words) = &words { (words) }
            }));
            body.extend(number);
            if let (true, Some(without), Some(with)) = (beside, d.without, d.with) {
                let scale = d.figure.unit.scale(without.abs().max(with.abs()));
                let text = fit(
                    &format!("{} → {}", short(&scale, without), short_say(&d.figure.unit, with)),
                    SIZE,
                    wide - edge - 16.0,
                );
                body.extend(labels.put(Label::new(text, edge + 16.0, line, SIZE).fill(SECOND)));
            }
            y += row;
        }
    }
    let links = rows().any(|d| d.href.is_some());
    html! {
        svg class=(if phone { "phone-only" } else { "wide-only" }) xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {wide} {}", c(height))) role=(role(links)) aria-labelledby=(format!("{id}-t {id}-d")) {
            (told(&id, &picture.title, &describe(picture)))
            path d=(format!("M{} {}H{}", c(left), c(bottom), c(right))) stroke=(LINE) {}
            @for (at, words) in &ticks { @if let Some(words) = words { path d=(format!("M{} {}v5", c(*at), c(bottom))) stroke=(USUAL) {} (words) } }
            @if let Some(word) = &word { (word) }
            path d=(format!("M{} 4V{}", c(x(0.0)), c(bottom))) stroke=(INK) {}
            @for words in sides.iter().flatten() { (words) }
            @for row in &body { (row) }
        }
    }
}

/// A diamond is worse, a full circle better, a square changed, and a hollow circle no more than chance.
fn marked(x: f64, y: f64, signal: Signal) -> Markup {
    html! {
        @match signal {
            Signal::Concern => path d=(format!("M{} {}l6.5 6.5-6.5 6.5-6.5-6.5z", c(x), c(y - 6.5))) fill=(CONCERN) {},
            Signal::Improvement => circle cx=(c(x)) cy=(c(y)) r="5.5" fill=(BETTER) {},
            Signal::Change => path d=(format!("M{} {}h10v10h-10z", c(x - 5.0), c(y - 5.0))) fill=(INK) {},
            Signal::Ordinary => circle cx=(c(x)) cy=(c(y)) r="4.6" fill="#fff" stroke=(USUAL) stroke-width="2" {},
        }
    }
}

/// "Ward to home with care: 120 hours less waiting, 80 to 160; 1,240 without, 1,120 with"
fn words_of(picture: &Differences, d: &Difference) -> String {
    let unit = &d.figure.unit;
    let Some(v) = d.figure.value else { return format!("{}: {}", d.name, d.figure.missing.words()) };
    let scale = unit.scale(v);
    let mut text = format!("{}: {}", d.name, unit.say(v.abs()));
    let which = if v < 0.0 { &picture.sides.0 } else { &picture.sides.1 };
    text += &format!(" {which}");
    if let Some((l, h)) = d.figure.range {
        text += &format!(", range {} to {}", signed(&scale, l), signed(&scale, h));
    }
    if picture.signal(d) == Signal::Ordinary {
        text += ", no more than chance would make";
    }
    if let (Some(without), Some(with)) = (d.without, d.with) {
        text += &format!("; {} without, {} with", unit.say(without), unit.say(with));
    }
    text
}

fn describe(picture: &Differences) -> String {
    let groups = picture.sorted().into_iter().map(|(title, rows)| {
        let rows = rows.into_iter().map(|d| words_of(picture, d)).collect::<Vec<_>>().join("; ");
        if title.is_empty() { format!(" {rows}.") } else { format!(" {title}: {rows}.") }
    });
    format!("{}.{}", picture.definition.trim_end_matches('.'), groups.collect::<String>())
}

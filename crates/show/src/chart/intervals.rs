//! Groups beside each other, each with its range, against the value for everybody, against what would be fair for each, or
//! with the line that runs through groups in order.

use super::*;
use crate::view::{Interval, Intervals};

/// A dot with its range for each group, 640 wide, and for a phone 342 with the name above its dot. Diamonds are worse
/// than chance would make them. The page shows `.wide-only` or `.phone-only`.
pub fn intervals(picture: &Intervals) -> Markup {
    against(picture, "fair")
}

/// The same, where what stands as an open square is called by another word: "promised".
pub fn against(picture: &Intervals, word: &str) -> Markup {
    html! { (draw(picture, false, word)) (draw(picture, true, word)) }
}

fn draw(picture: &Intervals, phone: bool, word: &str) -> Markup {
    const SIZE: f64 = 14.0;
    const TOP: f64 = 30.0;
    /// Letters of a noun beyond which it is not said again in every row.
    const LONG_NOUN: usize = 12;
    let unit = &picture.unit;
    // Long names, and two numbers beside them: on a phone a line each.
    let apart = word != "fair";
    let stacked = phone || apart;
    let (wide, left, right, row): (f64, f64, f64, f64) = match (phone, apart) {
        (true, true) => (342.0, 8.0, 334.0, 68.0),
        (true, false) => (342.0, 8.0, 334.0, 50.0),
        (false, true) => (640.0, 8.0, 632.0, 50.0),
        (false, false) => (640.0, 196.0, 446.0, 32.0),
    };
    let under = if phone && apart { 18.0 } else { 0.0 };
    let heading = 36.0;
    let rows = || picture.groups.iter().flat_map(|(_, rows)| rows);
    let range = |i: &Interval| i.figure.range.map(|(l, h)| (l.min(h), h.max(l)));
    let (mut low, mut high) = span(
        rows()
            .flat_map(|i| {
                i.figure.value.into_iter().chain(i.fair).chain(range(i).into_iter().flat_map(|(l, h)| [l, h]))
            })
            .chain(picture.all)
            .chain(picture.gradient().into_iter().flat_map(|(g, rows)| g.fitted.iter().take(rows.len()).copied())),
    );
    // nought is shown where it is near, so that lengths can be compared
    if low > 0.0 && low < (high - low) * 1.2 {
        low = 0.0;
    }
    let pad = if high > low { (high - low) * 0.04 } else { high.abs().max(1.0) * 0.5 };
    (low, high) = (if low == 0.0 { 0.0 } else { low - pad }, high + pad);
    let x = |v: f64| left + (v.clamp(low, high) - low) / (high - low) * (right - left);
    let scale = unit.scale(high).precise((high - low) / 4.0);

    let height = TOP + picture.groups.iter().map(|(_, r)| heading + row * r.len() as f64).sum::<f64>() + 34.0;
    let bottom = height - 30.0;
    let id = name(if phone { "groups-phone" } else { "groups" }, &picture.id);
    let mut labels = Labels::on(wide, height);
    let all = picture.all.filter(|v| v.is_finite()).map(|v| {
        let text = format!("everybody {}", short_say(unit, v));
        let half = width(&text, SIZE) / 2.0;
        let wanted = x(v).min(wide - half).max(half);
        (x(v), labels.put(Label::new(text, wanted, 16.0, SIZE).anchor(Anchor::Middle).bold()))
    });
    let ticks: Vec<(f64, Option<Markup>)> = round_ticks(unit, &scale, low, high, if phone { 3 } else { 4 })
        .into_iter()
        .map(|v| {
            (
                x(v),
                labels.put(
                    Label::new(short(&unit.scale(high), v), x(v), height - 10.0, 13.0)
                        .anchor(Anchor::Middle)
                        .fill(SECOND),
                ),
            )
        })
        .collect();
    let axis = labels.put(
        Label::new(&scale.word, if stacked { wide } else { right + 24.0 }, height - 10.0, 13.0)
            .anchor(if stacked { Anchor::End } else { Anchor::Start })
            .fill(SECOND),
    );

    // A long noun stands at the axis alone, so that names keep their room.
    let say = |v: f64| match unit {
        Unit::Of(noun) if noun.chars().count() > LONG_NOUN => unit.scale(v).number(v),
        unit => short_say(unit, v),
    };
    let mut y = TOP;
    let mut body: Vec<Markup> = Vec::new();
    for (at, (title, rows)) in picture.groups.iter().enumerate() {
        let text = fit(title, 15.0, wide - 4.0);
        body.push(html! { @if let Some(words) = labels.put(Label::new(text, 0.0, y + 22.0, 15.0).bold()) { (words) } });
        y += heading;
        if let Some((gradient, _)) = picture.gradient().filter(|(g, _)| g.group == at) {
            let fitted = gradient.fitted.iter().take(rows.len()).enumerate().filter(|(_, v)| v.is_finite());
            let down = |k: usize| y + row * k as f64 + if stacked { 34.0 } else { 16.0 };
            let d: String = fitted
                .enumerate()
                .map(|(n, (k, v))| format!("{}{} {}", if n == 0 { 'M' } else { 'L' }, c(x(*v)), c(down(k))))
                .collect();
            body.push(html! {
                @if !d.is_empty() { path d=(d) fill="none"  stroke=(STOP) stroke-width="1.6" {} }
            });
        }
        for i in rows {
            let value = i.figure.value.filter(|v| v.is_finite());
            let said = words_of(i, unit, word);
            let number = value.map_or_else(
                || i.figure.say(),
                |v| match (range(i), i.fair.filter(|v| v.is_finite())) {
                    (_, Some(fair)) => format!("{}, {word} {}", say(v), say(fair)),
                    (Some((l, h)), None) if !phone => {
                        format!("{} ({} to {})", say(v), short(&unit.scale(v), l), short(&unit.scale(v), h))
                    }
                    _ => say(v),
                },
            );
            let arrow = match (value, i.signal) {
                (Some(v), Signal::Concern | Signal::Improvement) => {
                    picture.all.map_or("", |all| if v >= all { " ▲" } else { " ▼" })
                }
                _ => "",
            };
            let ink = if value.is_some() { text_colour(i.signal) } else { SECOND };
            let mut number = Label::new(
                number + arrow,
                if under > 0.0 {
                    0.0
                } else if stacked {
                    wide
                } else {
                    right + 24.0
                },
                y + under + if stacked { 16.0 } else { 21.0 },
                SIZE,
            )
            .fill(ink);
            number = if stacked && under == 0.0 { number.anchor(Anchor::End).halo("#fff") } else { number };
            number = if i.signal == Signal::Ordinary || value.is_none() { number } else { number.bold() };
            let place = y + under + if stacked { 34.0 } else { 16.0 };
            let taken = number.area();
            let number = labels.put(number);
            let room = match stacked {
                _ if under > 0.0 => wide,
                true => (if number.is_some() { taken[0] } else { wide }) - 12.0,
                false => left - 20.0,
            };
            let words = Label::new(fit(&i.name, SIZE, room), 0.0, y + if stacked { 16.0 } else { 21.0 }, SIZE);
            let words = labels.put(if i.href.is_some() { words.fill(BETTER) } else { words }.halo("#fff"));
            body.push(part(i.href.as_deref(), &said, html! {
                // the whole row can be pointed at
                rect x="0" y=(c(y)) width=(c(wide)) height=(c(row - 2.0)) fill="#fff" fill-opacity="0" {}
                @if value.is_some() || !apart { path d=(format!("M{} {}H{}", c(left), c(place), c(right))) stroke=(PALE) {} }
                @if let (Some(_), Some((l, h))) = (value, range(i)) {
                    path d=(format!("M{} {}H{}", c(x(l)), c(place), c(x(h)))) stroke=(colour(i.signal)) stroke-width="3" stroke-linecap="round" stroke-opacity=".6" {}
                }
                @if let Some(fair) = i.fair.filter(|v| v.is_finite() && (value.is_some() || !apart)) {
                    @if let Some(v) = value { path d=(format!("M{} {}H{}", c(x(fair)), c(place), c(x(v)))) stroke=(USUAL) stroke-width="1.6" {} }
                    rect x=(c(x(fair) - 4.5)) y=(c(place - 4.5)) width="9" height="9" fill="#fff" stroke=(INK) stroke-width="1.6" {}
                }
                @if let Some(v) = value {
                    @match i.signal {
                        Signal::Concern => path d=(format!("M{} {}l6.5 6.5-6.5 6.5-6.5-6.5z", c(x(v)), c(place - 6.5))) fill=(CONCERN) {},
                        Signal::Change => path d=(format!("M{} {}h10v10h-10z", c(x(v) - 5.0), c(place - 5.0))) fill=(INK) {},
                        signal => circle cx=(c(x(v))) cy=(c(place)) r="5" fill=(if signal == Signal::Improvement { BETTER } else { "#5a7282" }) {},
                    }
                }
                @if let Some(words) = &words { (words) }
            }));
            body.extend(number);
            y += row;
        }
    }
    let links = rows().any(|i| i.href.is_some());
    let desc = {
        let all = picture.all.map_or(String::new(), |v| format!(" Everybody: {}.", unit.say(v)));
        let groups = picture.groups.iter().map(|(title, rows)| {
            format!(" {title}: {}.", rows.iter().map(|i| words_of(i, unit, word)).collect::<Vec<_>>().join("; "))
        });
        let gradient = crate::words::gradient(picture).into_iter().map(|said| format!(" {said}."));
        format!(
            "{}.{all}{}{}",
            picture.definition.trim_end_matches('.'),
            groups.collect::<String>(),
            gradient.collect::<String>()
        )
    };
    html! {
        svg class=(if phone { "phone-only" } else { "wide-only" }) xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {wide} {}", c(height))) role=(role(links)) aria-labelledby=(format!("{id}-t {id}-d")) {
            (told(&id, &picture.title, &desc))
            path d=(format!("M{} {}H{}", c(left), c(bottom), c(right))) stroke=(LINE) {}
            @for (at, words) in &ticks {
                @if let Some(words) = words { path d=(format!("M{} {}v5", c(*at), c(bottom))) stroke=(USUAL) {} (words) }
            }
            @if let Some(axis) = &axis { (axis) }
            @if let Some((at, words)) = &all {
                path d=(format!("M{} 22V{}", c(*at), c(bottom))) stroke=(INK) stroke-dasharray="4 3" {}
                @if let Some(words) = words { (words) }
            }
            @for row in &body { (row) }
        }
    }
}

/// "Most deprived fifth: 5.8 days, 5.1 to 6.6, 214 people, longer than the rest"
fn words_of(i: &Interval, unit: &Unit, word: &str) -> String {
    let mut text = format!("{}: {}", i.name, i.figure.say());
    if let (Some(_), Some((l, h))) = (i.figure.value, i.figure.range) {
        let from = if *unit == Unit::Pounds { unit.say(l) } else { unit.scale(h).number(l) };
        text += &format!(", {from} to {}", unit.say(h));
    }
    if let Some(fair) = i.fair.filter(|_| i.figure.value.is_some()) {
        text += &match word {
            "fair" => format!(", a fair share is {}", unit.say(fair)),
            word => format!(", {word} {}", unit.say(fair)),
        };
    }
    if i.figure.value.is_some() {
        // a share of a page rests on nobody
        if i.people > 0 || i.fair.is_none() {
            text += &format!(", {}", Unit::from("people").say(i.people as f64));
        }
        text += match i.signal {
            Signal::Ordinary => "",
            Signal::Concern => ", worse than the rest by more than chance",
            Signal::Improvement => ", better than the rest by more than chance",
            Signal::Change => ", unlike the rest by more than chance",
        };
    }
    text
}

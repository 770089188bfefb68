//! Whether the forecasts of each night held: a dot in the band is as it should be, a diamond below it was too sure of itself, a
//! hollow square above it was wider than it need be.

use super::*;
use crate::ahead::{Holds, Night, Trust};

/// A dot for each night against the band in which it should lie, 1120 wide, and for a phone 342. The page shows `.wide-only` or
/// `.phone-only`.
pub fn trust(picture: &Trust) -> Markup {
    html! { (draw(picture, false)) (draw(picture, true)) }
}

fn draw(picture: &Trust, phone: bool) -> Markup {
    let (wide, height, size): (f64, f64, f64) = if phone { (342.0, 190.0, 13.0) } else { (1120.0, 210.0, 15.0) };
    let nights = &picture.nights;
    let inside = |n: &Night| n.inside.filter(|v| v.is_finite()).map(|v| v.clamp(0.0, 100.0));
    let lowest = nights.iter().filter_map(inside).fold(70.0, f64::min);
    let low = if lowest < 70.0 { (lowest / 10.0).floor() * 10.0 - 4.0 } else { 66.0 };
    let (top, bottom) = (26.0, height - 30.0);
    let left = width("100", size) + 10.0;
    let right = wide - 8.0;
    let y = |v: f64| bottom - (v - low) / (101.0 - low) * (bottom - top);
    let many = nights.len().saturating_sub(1).max(1) as f64;
    let x = |i: usize| {
        if nights.len() < 2 { (left + right) / 2.0 } else { left + 8.0 + i as f64 / many * (right - left - 16.0) }
    };
    let id = name(if phone { "trust-phone" } else { "trust" }, &picture.id);
    let mut labels = Labels::on(wide, height);
    let word = labels.put(Label::new("of 100 values, inside the range", 0.0, 13.0, size).fill(SECOND));
    let on_y: Vec<(f64, Markup)> = [95.0, 85.0, 70.0, 50.0, 30.0, 10.0]
        .into_iter()
        .filter(|v| *v > low)
        .filter_map(|v| {
            let label = Label::new(format!("{v:.0}"), left - 8.0, y(v) + size * 0.33, size).anchor(Anchor::End);
            Some((y(v), labels.put(if v > 80.0 { label.bold() } else { label.fill(SECOND) })?))
        })
        .collect();
    // the first and the last night are named, and others between them where there is room
    let step = nights.len().div_ceil(if phone { 3 } else { 8 }).max(1);
    let order = [0, nights.len().saturating_sub(1)].into_iter().chain((0..nights.len()).step_by(step));
    let on_x: Vec<Markup> = order
        .filter_map(|i| {
            let text = fit(&nights.get(i)?.when, size, wide * 0.4);
            let half = width(&text, size) / 2.0;
            let at = x(i).max(half).min(wide - half);
            labels.put(Label::new(text, at, bottom + size + 6.0, size).anchor(Anchor::Middle).fill(SECOND))
        })
        .collect();
    html! {
        svg class=(if phone { "phone-only" } else { "wide-only" }) xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {wide} {height}")) role="img" aria-labelledby=(format!("{id}-t {id}-d")) {
            (told(&id, &picture.title, &describe(picture)))
            rect x=(c(left)) y=(c(y(Trust::BAND.1))) width=(c(right - left)) height=(c(y(Trust::BAND.0) - y(Trust::BAND.1))) fill="#dce4ea" {}
            path d=(format!("M{} {}H{}", c(left), c(bottom), c(right))) stroke=(LINE) {}
            @for (at, words) in &on_y { path d=(format!("M{} {}H{}", c(left), c(*at), c(right))) stroke=(FAINT) {} (words) }
            @for (i, n) in nights.iter().enumerate() {
                @if let Some(v) = inside(n) {
                    g {
                        title { (plain(&words_of(n))) }
                        @match Trust::of(v) {
                            Holds::TooSure => path d=(format!("M{} {}l5 5-5 5-5-5z", c(x(i)), c(y(v) - 5.0))) fill=(CONCERN) {},
                            Holds::TooWide => path d=(format!("M{} {}h7v7h-7z", c(x(i) - 3.5), c(y(v) - 3.5))) fill="#fff" stroke=(INK) stroke-width="1.8" {},
                            _ => circle cx=(c(x(i))) cy=(c(y(v))) r="4" fill=(STOP) {},
                        }
                    }
                }
            }
            @if let Some(word) = &word { (word) }
            @for label in &on_x { (label) }
        }
    }
}

/// "16 November: 91 of 100, as it should be"
fn words_of(n: &Night) -> String {
    match n.inside.filter(|v| v.is_finite()) {
        Some(v) => format!(
            "{}: {} of 100 inside, {}; {} checked",
            n.when,
            Unit::Of(String::new()).say(v),
            Trust::of(v).words(),
            plural(n.checked as usize, "value")
        ),
        None => format!("{}: {}", n.when, crate::words::MISSING),
    }
}

fn describe(picture: &Trust) -> String {
    let known = picture.nights.iter().filter_map(|n| n.inside.filter(|v| v.is_finite()));
    let (held, all) = known.fold((0, 0), |(held, all), v| (held + usize::from(Trust::of(v) == Holds::Yes), all + 1));
    let newest = picture.nights.last().map_or(String::new(), |n| format!(" Newest: {}.", words_of(n)));
    let definition = picture.definition.trim_end_matches('.');
    format!(
        "{definition}. All together: {}, {}. {held} of {} as it should be, 85 to 95.{newest}",
        picture.figure.say(),
        picture.word().words(),
        plural(all, "night")
    )
}

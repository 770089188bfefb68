//! Who lives here by age: filled now, outlined then, so that what is to come is seen against what is.

use super::*;
use crate::ahead::{AgeBand, Pyramid};

const NOW: &str = "#b3c2cd";

/// Males left, females right, the oldest at the top, 640 wide, and for a phone 342. The page shows `.wide-only` or
/// `.phone-only`.
pub fn pyramid(picture: &Pyramid) -> Markup {
    html! { (draw(picture, false)) (draw(picture, true)) }
}

fn draw(picture: &Pyramid, phone: bool) -> Markup {
    const SIZE: f64 = 13.0;
    let wide: f64 = if phone { 342.0 } else { 640.0 };
    let top = 58.0;
    let n = picture.bands.len();
    // single years are thin, bands are not
    let row = (400.0 / n.max(1) as f64).clamp(3.6, 22.0);
    let bottom = top + row * n as f64;
    let height = bottom + 46.0;
    let tame = |v: f64| if v.is_finite() { v.clamp(0.0, FAR) } else { 0.0 };
    let (_, most) = span(picture.bands.iter().flat_map(|b| [b.men.0, b.men.1, b.women.0, b.women.1]).map(tame));
    let most = if most > 0.0 { most * 1.03 } else { 1.0 };
    let ages = picture.bands.iter().map(|b| width(&b.age, SIZE)).fold(0.0, f64::max).clamp(24.0, wide * 0.26) + 14.0;
    let middle = wide / 2.0;
    let half = middle - ages / 2.0 - 6.0;
    let long = |v: f64| tame(v) / most * half;
    let (to_left, to_right) = (middle - ages / 2.0, middle + ages / 2.0);
    let y = |i: usize| bottom - row * (i + 1) as f64;

    let mut labels = Labels::on(wide, height);
    let id = name(if phone { "pyramid-phone" } else { "pyramid" }, &picture.id);
    let line = top - 12.0;
    let heads: Vec<Markup> = [("Men and boys", to_left, Anchor::End), ("Women and girls", to_right, Anchor::Start)]
        .into_iter()
        .filter_map(|(text, x, anchor)| labels.put(Label::new(text, x, line, 14.0).anchor(anchor).bold()))
        .collect();
    let each: Vec<Option<Markup>> = {
        // as many ages as have room, always the same step
        let step = (SIZE * 1.3 / row).ceil().max(1.0) as usize;
        let step = if row < 12.0 { step.div_ceil(5) * 5 } else { step };
        picture
            .bands
            .iter()
            .enumerate()
            .map(|(i, b)| {
                let text = fit(&b.age, SIZE, ages - 6.0);
                i.is_multiple_of(step)
                    .then(|| {
                        labels.put(
                            Label::new(text, middle, y(i) + row / 2.0 + 4.5, SIZE).anchor(Anchor::Middle).fill(SECOND),
                        )
                    })
                    .flatten()
            })
            .collect()
    };
    let unit = Unit::Of(String::new());
    let scale = unit.scale(most).precise(most / 3.0);
    let mut ticks: Vec<(f64, Markup)> = Vec::new();
    for v in round_ticks(&unit, &scale, 0.0, most, if phone { 2 } else { 4 }) {
        for x in [to_left - long(v), to_right + long(v)] {
            ticks.extend(
                labels
                    .put(Label::new(short(&scale, v), x, bottom + 18.0, SIZE).anchor(Anchor::Middle).fill(SECOND))
                    .map(|t| (x, t)),
            );
        }
    }
    let word = labels.put(Label::new("people", middle, bottom + 38.0, SIZE).anchor(Anchor::Middle).fill(SECOND));
    // the key stands at the top: what is filled, what is outlined
    let mut at = (0.0, 14.0);
    let mut key: Vec<Markup> = Vec::new();
    for (i, year) in [&picture.years.0, &picture.years.1].into_iter().enumerate() {
        let text = fit(year, SIZE, wide / 2.0 - 40.0);
        let box_of = html! {
            @if i == 0 { rect x=(c(at.0)) y=(c(at.1 - 11.0)) width="20" height="14" fill=(NOW) {} }
            @else { rect x=(c(at.0 + 1.0)) y=(c(at.1 - 10.0)) width="18" height="12" fill="none" stroke=(INK) stroke-width="1.8" {} }
        };
        let said = labels.put(Label::new(&text, at.0 + 28.0, at.1, SIZE));
        key.extend(said.map(|said| html! { (box_of) (said) }));
        at.0 += 28.0 + width(&text, SIZE) + 20.0;
    }
    let outline = |to: f64, sign: f64, of: fn(&AgeBand) -> f64| {
        let mut d = format!("M{} {}", c(to), c(bottom));
        for (i, b) in picture.bands.iter().enumerate() {
            d += &format!("H{}V{}", c(to + sign * long(of(b))), c(y(i)));
        }
        if n > 0 { d + &format!("H{}", c(to)) } else { d }
    };
    html! {
        svg class=(if phone { "phone-only" } else { "wide-only" }) xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {wide} {}", c(height))) role="img" aria-labelledby=(format!("{id}-t {id}-d")) {
            (told(&id, &picture.title, &describe(picture)))
            @for mark in &key { (mark) }
            @for head in &heads { (head) }
            @for (i, b) in picture.bands.iter().enumerate() { g {
                title { (plain(&words_of(picture, b))) }
                @let gap = if row > 8.0 { 1.0 } else { 0.0 };
                rect x=(c(to_left - long(b.men.0))) y=(c(y(i))) width=(c(long(b.men.0))) height=(c(row - gap)) fill=(NOW) {}
                rect x=(c(to_right)) y=(c(y(i))) width=(c(long(b.women.0))) height=(c(row - gap)) fill=(NOW) {}
            } }
            path d=(format!("M{} {}V{}M{} {}V{}", c(to_left), c(top), c(bottom), c(to_right), c(top), c(bottom))) stroke=(LINE) {}
            @for d in [outline(to_left, -1.0, |b| b.men.1), outline(to_right, 1.0, |b| b.women.1)] {
                path d=(d) fill="none" stroke=(INK) stroke-width="1.6" stroke-linejoin="round" {}
            }
            @for words in each.iter().flatten() { (words) }
            @for (x, words) in &ticks { path d=(format!("M{} {}v5", c(*x), c(bottom))) stroke=(USUAL) {} (words) }
            @if let Some(word) = &word { (word) }
        }
    }
}

/// "80 to 84: 410 men, 620 in 2045; 560 women, 790 in 2045"
fn words_of(picture: &Pyramid, b: &AgeBand) -> String {
    let unit = Unit::Of(String::new());
    let say = |v: f64| if v.is_finite() { unit.scale(v.max(10.0)).say(v) } else { crate::words::MISSING.to_owned() };
    let then = &picture.years.1;
    format!(
        "{}: men {}, {} in {then}; women {}, {} in {then}",
        b.age,
        say(b.men.0),
        say(b.men.1),
        say(b.women.0),
        say(b.women.1)
    )
}

fn describe(picture: &Pyramid) -> String {
    // a hundred single years are told by the table; here every fifth
    let step = if picture.bands.len() > 30 { 5 } else { 1 };
    let rows: Vec<String> = picture.bands.iter().step_by(step).map(|b| words_of(picture, b)).collect();
    format!(
        "{}. Everybody in {}: {}. {}.",
        picture.definition.trim_end_matches('.'),
        picture.years.1,
        picture.figure.say(),
        rows.join(". ")
    )
}

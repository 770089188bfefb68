//! Places like us: small places vary more by chance alone, and the funnel says how much more. Where places differ by more
//! than chance for reasons that nobody counted, wider limits stand beside the plain ones, in long dashes.

use super::*;
use crate::view::{Funnel, FunnelPoint};

/// Value against size with limits, 640 × 380, and for a phone 342 × 330. Places beyond the outer limits are named where there
/// is room, all others by their title. The page shows `.wide-only` or `.phone-only`.
pub fn funnel(picture: &Funnel) -> Markup {
    html! { (draw(picture, false)) (draw(picture, true)) }
}

fn draw(picture: &Funnel, phone: bool) -> Markup {
    const SIZE: f64 = 13.0;
    const TOP: f64 = 26.0;
    let unit = &picture.unit;
    let (wide, height): (f64, f64) = if phone { (342.0, 330.0) } else { (640.0, 380.0) };
    let bottom = height - 46.0;
    let tame = |v: f64| v.clamp(-FAR, FAR);
    let known = |p: &&FunnelPoint| p.figure.value.is_some_and(f64::is_finite) && p.size.is_finite();
    let points: Vec<(&FunnelPoint, f64)> =
        picture.points.iter().filter(known).filter_map(|p| Some((p, p.figure.value?))).collect();
    let finite = |all: &[[f64; 5]]| -> Vec<[f64; 5]> {
        all.iter().filter(|l| l.iter().all(|v| v.is_finite())).map(|l| l.map(tame)).collect()
    };
    let (limits, wider) = (finite(&picture.limits), finite(&picture.wider));
    let possible = |v: &f64| unit.possible(*v);

    // the limits of the smallest places may be far out: the picture is as tall as its points and what surrounds them
    let (mut low, mut high) = span(points.iter().map(|(_, v)| *v).chain([picture.mean]));
    let (least, most) = span(limits.iter().chain(&wider).flat_map(|l| l[1..].iter().copied()).filter(possible));
    let reach = (high - low).max(high.abs() * 0.05).max(f64::MIN_POSITIVE);
    if !limits.is_empty() {
        (low, high) = (low.min(least.max(low - reach)), high.max(most.min(high + reach)));
    }
    let pad = if high > low { (high - low) * 0.06 } else { high.abs().max(1.0) * 0.5 };
    let (low, high) = (low - pad, high + pad);
    let (_, largest) = span(points.iter().map(|(p, _)| p.size).chain(limits.iter().map(|l| l[0])));
    let largest = if largest > 0.0 { largest * 1.03 } else { 1.0 };

    let scale = unit.scale(high).precise((high - low) / 5.0);
    let values = round_ticks(unit, &scale, low, high, 5);
    let left = values.iter().map(|v| width(&short(&scale, *v), SIZE)).fold(0.0, f64::max).min(wide * 0.25) + 10.0;
    let ends = ["99.8% of places", "95% of places", "all together", "99.8%, widened", "95%, widened"];
    let right = wide - if phone { 62.0 } else { width(ends[0], SIZE) + 12.0 };
    let x = |v: f64| left + v.clamp(0.0, largest) / largest * (right - left);
    let y = |v: f64| bottom - (tame(v) - low) / (high - low) * (bottom - TOP);
    let inside = |v: f64| v >= low && v <= high;

    let mut labels = Labels::on(wide, height);
    let axis_y = labels.put(Label::new(fit(&sentence(&scale.word), SIZE, wide * 0.5), 0.0, 13.0, SIZE).fill(SECOND));
    let across = labels.put(
        Label::new(fit(&picture.size, SIZE, wide * 0.6), right, height - 6.0, SIZE).anchor(Anchor::End).fill(SECOND),
    );
    let on_y: Vec<(f64, Markup)> = values
        .iter()
        .filter_map(|v| {
            Some((
                y(*v),
                labels.put(
                    Label::new(short(&scale, *v), left - 8.0, y(*v) + 4.5, SIZE).anchor(Anchor::End).fill(SECOND),
                )?,
            ))
        })
        .collect();
    let count = Unit::Of(String::new());
    let plain_scale = count.scale(largest).precise(largest / 4.0);
    let on_x: Vec<Markup> = round_ticks(&count, &plain_scale, 0.0, largest, if phone { 3 } else { 6 })
        .into_iter()
        .filter_map(|v| {
            labels
                .put(Label::new(short(&plain_scale, v), x(v), bottom + 18.0, SIZE).anchor(Anchor::Middle).fill(SECOND))
        })
        .collect();
    let last = limits.last();
    let mean = picture.mean;
    let words = |i: usize| if phone { ["99.8%", "95%", "all", "wider", "wider"][i] } else { ends[i] };
    let widest = wider.last();
    // where there are two of each, the key says which are which
    let inner = last.filter(|_| wider.is_empty());
    let wanted = [
        (inside(mean) && mean.is_finite()).then(|| (mean, words(2))),
        last.map(|l| (l[4], words(0))),
        inner.map(|l| (l[3], words(1))),
        inner.map(|l| (l[2], words(1))),
        last.map(|l| (l[1], words(0))),
        widest.map(|l| (l[4], words(3))),
        widest.map(|l| (l[3], words(4))),
        widest.map(|l| (l[2], words(4))),
        widest.map(|l| (l[1], words(3))),
    ];
    let mut wanted: Vec<(f64, &str)> =
        wanted.into_iter().flatten().filter(|(v, _)| inside(*v) && possible(v)).map(|(v, text)| (y(v), text)).collect();
    spread(&mut wanted, SIZE * 1.1, TOP, bottom);
    let at_edge: Vec<Markup> = wanted
        .iter()
        .filter_map(|(at, text)| labels.put(Label::new(text, right + 8.0, at + 4.5, SIZE).fill(SECOND)))
        .collect();
    for (p, v) in &points {
        let (px, py) = (x(p.size), y(*v));
        labels.take([px - 4.0, py - 4.0, px + 4.0, py + 4.0]);
    }
    let dots: Vec<Markup> = points
        .iter()
        .map(|(p, v)| {
            let (px, py) = (x(p.size), y(*v));
            let odd = p.signal != Signal::Ordinary;
            let named = odd.then(|| {
                let text = fit(&p.name, SIZE, wide * 0.4);
                let label = |dx: f64, dy: f64, anchor| {
                    Label::new(&text, px + dx, py + dy, SIZE)
                        .anchor(anchor)
                        .bold()
                        .fill(text_colour(p.signal))
                        .halo("#fff")
                };
                labels.first([
                    label(9.0, 4.5, Anchor::Start),
                    label(-9.0, 4.5, Anchor::End),
                    label(0.0, -9.0, Anchor::Middle),
                    label(0.0, 18.0, Anchor::Middle),
                    label(8.0, -7.0, Anchor::Start),
                    label(8.0, 16.0, Anchor::Start),
                ])
            });
            part(
                p.href.as_deref(),
                &words_of(p, unit, &picture.size),
                html! {
                    @if odd { (mark(px, py, p.signal)) } @else { circle cx=(c(px)) cy=(c(py)) r="3.4" fill=(USUAL) {} }
                    @if let Some(Some(words)) = named { (words) }
                },
            )
        })
        .collect();
    let limit = |limits: &[[f64; 5]], k: usize| {
        let mut d = String::new();
        let mut pen = 'M';
        for l in limits {
            pen = if inside(l[k]) && possible(&l[k]) {
                d += &format!("{pen}{} {}", c(x(l[0])), c(y(l[k])));
                'L'
            } else {
                'M'
            };
        }
        d
    };
    let id = name(if phone { "funnel-phone" } else { "funnel" }, &picture.id);
    let links = points.iter().any(|(p, _)| p.href.is_some());
    let desc = {
        let all: Vec<String> = picture.points.iter().map(|p| words_of(p, unit, &picture.size)).collect();
        let wider = if wider.is_empty() {
            ""
        } else {
            " Limits are drawn plain, and widened for differences that are more than chance."
        };
        format!("{}. All together: {}.{wider} {}.", picture.definition, unit.say(mean), all.join("; "))
    };
    html! {
        svg class=(if phone { "phone-only" } else { "wide-only" }) xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {wide} {height}")) role=(role(links)) aria-labelledby=(format!("{id}-t {id}-d")) {
            (told(&id, &picture.title, &desc))
            @for (at, words) in &on_y { path d=(format!("M{} {}H{}", c(left), c(*at), c(right))) stroke=(PALE) {} (words) }
            path d=(format!("M{} {}H{}", c(left), c(bottom), c(right))) stroke=(LINE) {}
            @for k in [2, 3] { path d=(limit(&limits, k)) fill="none" stroke=(USUAL) stroke-dasharray="4 3" {} }
            @for k in [1, 4] { path d=(limit(&limits, k)) fill="none" stroke=(USUAL) {} }
            @if !wider.is_empty() {
                @for k in [2, 3] { path d=(limit(&wider, k)) fill="none" stroke=(STOP) stroke-dasharray="12 4 2 4" {} }
                @for k in [1, 4] { path d=(limit(&wider, k)) fill="none" stroke=(STOP) stroke-width="1.6" stroke-dasharray="12 5" {} }
            }
            @if mean.is_finite() && inside(mean) { path d=(format!("M{} {}H{}", c(left), c(y(mean)), c(right))) stroke=(INK) stroke-dasharray="1 3" {} }
            @for label in on_x.iter().chain(&at_edge) { (label) }
            @if let Some(words) = &axis_y { (words) }
            @if let Some(words) = &across { (words) }
            @for dot in &dots { (dot) }
        }
    }
}

fn words_of(p: &FunnelPoint, unit: &Unit, size: &str) -> String {
    let outside = match p.signal {
        Signal::Ordinary => "",
        Signal::Concern => ", worse than chance alone would make it",
        Signal::Improvement => ", better than chance alone would make it",
        Signal::Change => ", beyond what chance alone would make",
    };
    let value = p.figure.value.map_or_else(|| p.figure.say(), |v| unit.say(v));
    format!("{}: {value}, {}{outside}", p.name, Unit::Of(size.to_lowercase()).say(p.size))
}

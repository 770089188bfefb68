//! What has been and what may come: a line, then a range that widens.
//!
//! The future is neither better nor worse, so it is slate: a dark band that holds it half of the time, a pale one that holds it
//! 9 times in 10, and a dashed middle. What happened since is a ring inside the range and a square outside it.

use super::*;
use crate::ahead::{Fan, Step};

/// How large a fan is drawn and how much it says.
struct Frame {
    kind: &'static str,
    class: Option<&'static str>,
    wide: f64,
    high: f64,
    top: f64,
    size: f64,
    large: bool,
}

const CARD: Frame =
    Frame { kind: "fan-small", class: None, wide: 300.0, high: 132.0, top: 20.0, size: 12.0, large: false };
const WIDE: Frame =
    Frame { kind: "fan", class: Some("wide-only"), wide: 1120.0, high: 350.0, top: 46.0, size: 15.0, large: true };
const PHONE: Frame = Frame {
    kind: "fan-phone",
    class: Some("phone-only"),
    wide: 342.0,
    high: 260.0,
    top: 40.0,
    size: 13.0,
    large: true,
};

const MOST: &str = "#dce4ea";
const HALF: &str = "#b3c2cd";
/// What a band is called.
const KEY: [&str; 2] = ["9 times in 10", "half of the time"];

/// Past, now and the range of what may come, 1120 wide, and for a phone 342. The page shows `.wide-only` or `.phone-only`.
pub fn fan(picture: &Fan) -> Markup {
    html! { (draw(picture, &WIDE)) (draw(picture, &PHONE)) }
}

/// The same as a small chart, 300 × 132, one of several.
pub fn fan_small(picture: &Fan) -> Markup {
    draw(picture, &CARD)
}

fn draw(picture: &Fan, frame: &Frame) -> Markup {
    let Frame { wide, top, size, large, .. } = *frame;
    let (steps, unit) = (&picture.steps, &picture.unit);
    let tame = |v: f64| v.clamp(-FAR, FAR);
    let ends = |s: &Step| {
        s.ahead
            .map(|a| [a.most.0, a.half.0, a.middle, a.half.1, a.most.1].map(tame))
            .filter(|a| a.iter().all(|v| v.is_finite()))
    };
    let actual = |s: &Step| s.actual.filter(|v| v.is_finite()).map(tame);
    let ahead: Vec<Option<[f64; 5]>> = steps.iter().map(|s| s.ahead.filter(finite).and_then(|_| ends(s))).collect();

    let known = || steps.iter().filter_map(actual).chain(ahead.iter().flatten().flatten().copied());
    let (mut low, mut high) = span(known());
    let mark = picture.line.as_ref().map(|(words, v)| (words.as_str(), *v)).filter(|(_, v)| v.is_finite());
    // what it is measured against belongs in the picture unless it would flatten everything else
    let reach = (high - low).max(high.abs() * 0.1);
    let near = mark.filter(|(_, v)| (low - reach..=high + reach).contains(v));
    if let Some((_, v)) = near {
        (low, high) = (low.min(v), high.max(v));
    }
    if low > 0.0 && low < (high - low) * 1.2 {
        low = 0.0;
    }
    let pad = if high > low { (high - low) * 0.07 } else { high.abs().max(1.0) * 0.5 };
    (low, high) = (if low == 0.0 { 0.0 } else { low - pad }, high + pad);
    let scale = unit.scale(high).precise((high - low) / 6.0);

    let last = ahead.iter().rposition(Option::is_some);
    let at_end = last.and_then(|i| ahead[i]);
    let ticks = if large { round_ticks(unit, &scale, low, high, 5) } else { vec![] };
    let at_axis = unit.scale(high).for_ticks(&ticks);
    let widest = |scale: &Scale, all: &[f64]| {
        all.iter().map(|v| width(&short(scale, *v), size)).fold(0.0, f64::max).min(wide * 0.25)
    };
    let left = if large { widest(&at_axis, &ticks) + 10.0 } else { 3.0 };
    let right = wide - at_end.map_or(0.0, |e| widest(&scale, &[e[0], e[2], e[4]])) - 12.0;
    // the key stands below the axis, in as many rows as it needs
    let mut entries: Vec<(&str, Mark)> = Vec::new();
    let happened = picture.now.is_some_and(|now| steps.iter().skip(now + 1).any(|s| actual(s).is_some()));
    if large && at_end.is_some() {
        entries.push((KEY[1], |x, y| swatch(x, y, HALF)));
        entries.push((KEY[0], |x, y| swatch(x, y, MOST)));
        if happened {
            entries.push(("what happened", |x, y| ring(x + 10.0, y - 4.5)));
            if picture.held().0 < picture.held().1 {
                entries.push(("outside the range", |x, y| square(x + 10.0, y - 4.5)));
            }
        }
    }
    let (rows, down) = key_rows(entries.iter().map(|e| e.0), left, wide, size);
    let bottom = frame.high - if large { 30.0 } else { 20.0 };
    let height = frame.high + if entries.is_empty() { 0.0 } else { down + 28.0 };

    let many = steps.len().saturating_sub(1).max(1) as f64;
    let x = |i: usize| {
        if steps.len() < 2 { (left + right) / 2.0 } else { left + 3.0 + i as f64 / many * (right - left - 3.0) }
    };
    let y = |v: f64| bottom - (v.clamp(low, high) - low) / (high - low) * (bottom - top);

    let mut labels = Labels::on(wide, height);
    let edge = {
        let mut wanted: Vec<(f64, (String, bool))> = at_end
            .into_iter()
            .flat_map(|e| [(e[4], false), (e[2], true), (e[0], false)])
            .map(|(v, bold)| (y(v), (short(&scale, v), bold)))
            .collect();
        // the middle of a range that is no range is told once
        wanted.dedup_by(|a, b| {
            a.1.0 == b.1.0 && {
                b.1.1 |= a.1.1;
                true
            }
        });
        spread(&mut wanted, size * 1.12, top + 4.0, bottom);
        wanted
            .into_iter()
            .filter_map(|(at, (text, bold))| {
                let label = Label::new(text, right + 8.0, at + size * 0.33, size);
                labels.put(if bold { label.bold() } else { label.fill(SECOND) })
            })
            .collect::<Vec<Markup>>()
    };
    let word = large
        .then(|| labels.put(Label::new(fit(&sentence(&scale.word), size, wide * 0.4), 0.0, 14.0, size).fill(SECOND)))
        .flatten();
    let now = picture.now.filter(|i| *i < steps.len()).map(|i| {
        let text = fit(&picture.made, size, wide * 0.45);
        let label = |anchor| Label::new(&text, x(i), top - 8.0, size).anchor(anchor).bold();
        (i, labels.first([Anchor::Middle, Anchor::End, Anchor::Start].map(label)))
    });
    let against = near.map(|(words, v)| {
        let text = fit(words, size, right - left - 12.0);
        let label = |dx: f64, dy: f64, anchor| Label::new(&text, dx, y(v) + dy, size).anchor(anchor).halo("#fff");
        let spots = [
            (left + 6.0, -6.0, Anchor::Start),
            (left + 6.0, size + 4.0, Anchor::Start),
            (right - 6.0, -6.0, Anchor::End),
        ];
        (v, labels.first(spots.map(|(dx, dy, anchor)| label(dx, dy, anchor))))
    });
    let far = mark.filter(|_| near.is_none()).and_then(|(words, v)| {
        let text = fit(&format!("{words}, far {}", if v > high { "above" } else { "below" }), size, right - left);
        labels.put(
            Label::new(text, left + 6.0, if v > high { top + size } else { bottom - 6.0 }, size)
                .fill(SECOND)
                .halo("#fff"),
        )
    });
    let on_y: Vec<(f64, Markup)> = ticks
        .iter()
        .filter_map(|v| {
            Some((
                y(*v),
                labels.put(
                    Label::new(short(&at_axis, *v), left - 8.0, y(*v) + size * 0.33, size)
                        .anchor(Anchor::End)
                        .fill(SECOND),
                )?,
            ))
        })
        .collect();
    let on_x: Vec<(f64, Option<Markup>)> = steps
        .iter()
        .enumerate()
        .filter(|(_, s)| !s.tick.is_empty())
        .map(|(i, s)| {
            let text = fit(&s.tick, size, wide * 0.3);
            let label = |anchor| Label::new(&text, x(i), bottom + size + 5.0, size).anchor(anchor).fill(SECOND);
            let order = if i == 0 { [Anchor::Start, Anchor::Middle] } else { [Anchor::Middle, Anchor::End] };
            // years that touch are one long number
            let apart = |l: &Label| {
                let [left, top, right, bottom] = l.area();
                [left - 5.0, top, right + 5.0, bottom]
            };
            (x(i), order.map(label).into_iter().find(|l| labels.free_of_others(apart(l))).and_then(|l| labels.put(l)))
        })
        .collect();
    let key: Vec<Markup> = entries
        .iter()
        .zip(&rows)
        .filter_map(|((words, mark), (dx, dy))| {
            let line = frame.high + 18.0 + dy;
            let text = labels.put(Label::new(words, dx + 28.0, line, size).fill(SECOND))?;
            Some(html! { (mark(*dx, line)) (text) })
        })
        .collect();

    // a range opens where the past ends
    let start = |from: usize| {
        let at = from.checked_sub(1).filter(|i| picture.now == Some(*i))?;
        Some((at, [actual(&steps[at])?; 5]))
    };
    let mut bands: Vec<[String; 3]> = Vec::new();
    let mut i = 0;
    while i < ahead.len() {
        let run = ahead[i..].iter().take_while(|a| a.is_some()).count();
        if run > 0 {
            let mut points: Vec<(usize, [f64; 5])> = start(i).into_iter().collect();
            points.extend((i..i + run).filter_map(|k| Some((k, ahead[k]?))));
            let line = |of: usize| -> String {
                points
                    .iter()
                    .enumerate()
                    .map(|(n, (k, a))| format!("{}{} {}", if n == 0 { 'M' } else { 'L' }, c(x(*k)), c(y(a[of]))))
                    .collect()
            };
            let band = |lower: usize, upper: usize| {
                let back: String =
                    points.iter().rev().map(|(k, a)| format!("L{} {}", c(x(*k)), c(y(a[lower])))).collect();
                line(upper) + &back + "Z"
            };
            bands.push([band(0, 4), band(1, 3), line(2)]);
        }
        i += run.max(1);
    }
    let past_end = picture.now.map_or(steps.len(), |now| (now + 1).min(steps.len()));
    let mut past = String::new();
    let mut pen_up = true;
    for (i, step) in steps.iter().enumerate().take(past_end) {
        if let Some(v) = actual(step) {
            past += &format!("{}{} {}", if pen_up { 'M' } else { 'L' }, c(x(i)), c(y(v)));
        }
        pen_up = actual(step).is_none();
    }
    // a value between two gaps would be a line of no length
    let alone = |i: usize| {
        i.checked_sub(1).and_then(|k| actual(&steps[k])).is_none() && steps.get(i + 1).and_then(actual).is_none()
    };
    let dotted = past_end <= 60;
    let dots: String = (0..past_end)
        .filter(|i| dotted || alone(*i))
        .filter_map(|i| Some(format!("M{} {}h0", c(x(i)), c(y(actual(&steps[i])?)))))
        .collect();
    let told_each = large && steps.len() <= 120;
    let wide_step = (right - left) / many;

    let id = name(frame.kind, &picture.id);
    html! {
        svg class=[frame.class] xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {wide} {}", c(height))) role="img" aria-labelledby=(format!("{id}-t {id}-d")) {
            (told(&id, &picture.title, &describe(picture)))
            @for (at, words) in &on_y { path d=(format!("M{} {}H{}", c(left), c(*at), c(right))) stroke=(FAINT) {} (words) }
            path d=(format!("M{} {}H{}", c(left), c(bottom), c(right))) stroke=(LINE) {}
            @for [most, half, middle] in &bands {
                path d=(most) fill=(MOST) {}
                path d=(half) fill=(HALF) {}
                path d=(middle) fill="none" stroke=(STOP) stroke-width=(if large { "2" } else { "1.6" }) stroke-dasharray="6 4" stroke-linejoin="round" {}
            }
            @if let Some((v, words)) = &against {
                path d=(format!("M{} {}H{}", c(left), c(y(*v)), c(right))) stroke=(INK) stroke-width="2" stroke-dasharray="0 5" stroke-linecap="round" {}
                @if let Some(words) = words { (words) }
            }
            @if let Some((i, words)) = &now {
                path d=(format!("M{} {}V{}", c(x(*i)), c(top - 4.0), c(bottom))) stroke=(INK) {}
                @if let Some(words) = words { (words) }
            }
            @if !past.is_empty() { path d=(past) fill="none" stroke=(INK) stroke-width=(if large { "2" } else { "1.5" }) stroke-linejoin="round" {} }
            @if !dots.is_empty() { path d=(dots) stroke=(INK) stroke-width=(if large { "5" } else { "3.4" }) stroke-linecap="round" {} }
            @for (i, step) in steps.iter().enumerate().skip(past_end) {
                @if let Some(v) = actual(step) { @if step.held() == Some(false) { (square(x(i), y(v))) } @else { (ring(x(i), y(v))) } }
            }
            @if told_each { @for (i, step) in steps.iter().enumerate() {
                @let from = (x(i) - wide_step / 2.0).max(left);
                rect x=(c(from)) y=(c(top)) width=(c((x(i) + wide_step / 2.0).min(right) - from)) height=(c(bottom - top)) fill="#fff" fill-opacity="0" {
                    title { (plain(&words_of(picture, step))) }
                }
            } }
            @for (at, words) in &on_x { @if let Some(words) = words { path d=(format!("M{} {}v4", c(*at), c(bottom))) stroke=(USUAL) {} (words) } }
            @if let Some(word) = &word { (word) }
            @if let Some(far) = &far { (far) }
            @for label in edge.iter().chain(&key) { (label) }
        }
    }
}

/// Draws a mark of the key at the left end of its words.
type Mark = fn(f64, f64) -> Markup;

fn finite(a: &crate::ahead::Ahead) -> bool {
    [a.most.0, a.half.0, a.middle, a.half.1, a.most.1].iter().all(|v| v.is_finite())
}

fn ring(x: f64, y: f64) -> Markup {
    html! { circle cx=(c(x)) cy=(c(y)) r="3.4" fill="#fff" stroke=(INK) stroke-width="1.8" {} }
}

fn square(x: f64, y: f64) -> Markup {
    html! { path d=(format!("M{} {}h7v7h-7z", c(x - 3.5), c(y - 3.5))) fill=(INK) {} }
}

/// "Thursday, 09:00: 41 people, expected 38, 9 times in 10 between 30 and 47"
fn words_of(picture: &Fan, step: &Step) -> String {
    let unit = &picture.unit;
    let happened = step.actual.filter(|v| v.is_finite()).map(|v| unit.say(v));
    let expected = step.ahead.filter(finite).map(|a| {
        let scale = unit.scale(a.most.1);
        format!(
            "expected {}, 9 times in 10 between {} and {}",
            unit.say(a.middle),
            scale.number(a.most.0),
            scale.say(a.most.1)
        )
    });
    let said: Vec<String> = happened.into_iter().chain(expected).collect();
    let said = if said.is_empty() { crate::words::MISSING.to_owned() } else { said.join(", ") };
    format!("{}: {said}", step.when)
}

/// The fan in words, for those who do not see it.
fn describe(picture: &Fan) -> String {
    let mut text = format!("{}.", picture.definition.trim_end_matches('.'));
    let say = |step: Option<&Step>| step.map_or(String::new(), |s| format!(" {}.", words_of(picture, s)));
    let now = picture.now.and_then(|i| picture.steps.get(i));
    text += &say(now.filter(|s| s.actual.is_some()));
    let ahead: Vec<&Step> = picture.steps.iter().filter(|s| s.ahead.is_some_and(|a| finite(&a))).collect();
    let peak = ahead.iter().copied().max_by(|a, b| {
        let of = |s: &Step| s.ahead.map_or(f64::MIN, |a| a.middle);
        of(a).total_cmp(&of(b))
    });
    text += &say(ahead.last().copied());
    if let Some(peak) = peak.filter(|p| ahead.last().is_some_and(|l| l.when != p.when)) {
        text += &format!(" Highest {}.", words_of(picture, peak));
    }
    let (held, of) = picture.held();
    if of > 0 {
        text += &format!(" {held} of {} that came lay in the range.", plural(of, "value"));
    }
    if let Some((words, v)) = picture.line.as_ref().filter(|(_, v)| v.is_finite()) {
        text += &format!(" Beside it: {words}, {}.", picture.unit.say(*v));
    }
    text
}

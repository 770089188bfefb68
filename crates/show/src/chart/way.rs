//! A way through the place: what is care is solid, what is waiting is hatched, so that waiting is seen at once.

use super::*;
use crate::view::{Leg, Spent, Way};

/// A way as one ribbon in the width of a row, each leg as long as its share of the time. Stretches to the width it is
/// given.
pub fn ribbon_of(way: &Way) -> Markup {
    const WIDTH: f64 = 640.0;
    let id = name("ribbon", &way.id);
    // every leg can be seen, and one of unknown length takes a little room
    let minutes = |leg: &Leg| leg.minutes.filter(|m| m.is_finite()).map(|m| m.clamp(0.0, FAR));
    let total: f64 = way.legs.iter().filter_map(minutes).sum();
    let least = (WIDTH / 3.0 / way.legs.len().max(1) as f64).min(6.0);
    let wants = |leg: &Leg| match minutes(leg) {
        Some(m) if total > 0.0 => f64::max(m / total * WIDTH, least),
        _ => least * 3.0,
    };
    let all: f64 = way.legs.iter().map(wants).sum();
    let mut x = 0.0;
    let legs: Vec<Markup> = way
        .legs
        .iter()
        .map(|leg| {
            let wide = wants(leg) / all * WIDTH;
            let drawn = bar_of(leg, &id, [x + 0.75, 1.0, (wide - 1.5).max(0.6), 18.0], 2.0);
            x += wide;
            html! { g { title { (plain(&said(leg))) } (drawn) } }
        })
        .collect();
    html! {
        svg.ribbon xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} 20")) preserveAspectRatio="none" role="img" aria-labelledby=(format!("{id}-t {id}-d")) {
            (told(&id, &way.name, &desc(way)))
            (hatch(&format!("{id}-h"), "#f6d9c2", CONCERN, 2.0))
            @for leg in &legs { (leg) }
        }
    }
}

/// One way through, drawn large: 1240 wide in as many rows as it needs, and for a phone as a list of 342. Lengths tell
/// longer from shorter and are not to scale. The page shows `.wide-only` or `.phone-only`; the sentence is for the page.
pub fn way(way: &Way) -> Markup {
    html! { (across(way)) (down(way)) }
}

const SIZE: f64 = 14.0;
const GAP: f64 = 14.0;

fn across(way: &Way) -> Markup {
    const WIDTH: f64 = 1240.0;
    const ROW: f64 = 118.0;
    let id = name("way", &way.id);
    let legs: Vec<Worded> = way.legs.iter().map(|leg| Worded::of(leg, 260.0)).collect();
    // the largest scale at which everything still has room, then rows as full as they get
    let rows_at = |unit: f64| {
        let mut rows: Vec<Vec<(usize, f64, f64)>> = Vec::new();
        let mut i = 0;
        while i < legs.len() {
            let row = pack(&legs[i..], unit, WIDTH);
            rows.push(row.iter().map(|(x, w)| (*x, *w)).enumerate().map(|(k, (x, w))| (i + k, x, w)).collect());
            i += row.len();
        }
        rows
    };
    let fewest = rows_at(1.0).len();
    let (mut least, mut most) = (1.0, 400.0);
    for _ in 0..24 {
        let middle = (least + most) / 2.0;
        if rows_at(middle).len() <= fewest { least = middle } else { most = middle }
    }
    let rows = rows_at(least);
    let height = (rows.len().max(1) as f64) * ROW - 18.0;
    let mut labels = Labels::on(WIDTH, height);
    let mut body: Vec<Markup> = Vec::new();
    for (r, row) in rows.iter().enumerate() {
        let top = r as f64 * ROW;
        for (i, x, wide) in row {
            let worded = &legs[*i];
            let base = top + if worded.above { 14.0 } else { 78.0 };
            let [words, time] = worded.put(&mut labels, *x, base);
            body.push(part(
                worded.leg.href.as_deref(),
                &said(worded.leg),
                html! {
                    (bar_of(worded.leg, &id, [*x, top + 38.0, wide - 3.0, 22.0], 3.0))
                    @if let Some(words) = words { (words) }
                },
            ));
            body.extend(time);
        }
    }
    svg_of(way, &id, "wide-only", WIDTH, height, &body)
}

fn down(way: &Way) -> Markup {
    const WIDTH: f64 = 342.0;
    let id = name("way-phone", &way.id);
    let mut heights: Vec<f64> = way.legs.iter().map(|leg| (weight(leg) * 9.0).clamp(46.0, 110.0)).collect();
    if heights.is_empty() {
        heights.push(46.0);
    }
    let height = heights.iter().sum::<f64>();
    let mut labels = Labels::on(WIDTH, height);
    let mut body: Vec<Markup> = Vec::new();
    let mut y = 0.0;
    for (leg, tall) in way.legs.iter().zip(&heights) {
        let worded = Worded::of(leg, WIDTH - 48.0);
        let [words, time] = worded.put(&mut labels, 40.0, y + 18.0);
        body.push(part(
            leg.href.as_deref(),
            &said(leg),
            html! {
                (bar_of(leg, &id, [0.5, y + 1.0, 22.0, tall - 4.0], 3.0))
                @if let Some(words) = words { (words) }
            },
        ));
        body.extend(time);
        y += tall;
    }
    svg_of(way, &id, "phone-only", WIDTH, height, &body)
}

fn svg_of(way: &Way, id: &str, class: &str, wide: f64, height: f64, body: &[Markup]) -> Markup {
    let links = way.legs.iter().any(|l| l.href.is_some());
    html! {
        svg class=(class) xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {wide} {}", c(height))) role=(role(links)) aria-labelledby=(format!("{id}-t {id}-d")) {
            (told(id, &way.name, &desc(way)))
            (hatch(&format!("{id}-h"), "#f6d9c2", CONCERN, 2.0))
            @for leg in body { (leg) }
        }
    }
}

/// A leg with its two lines; care is told above its bar, waiting below.
struct Worded<'a> {
    leg: &'a Leg,
    above: bool,
    name: String,
    time: String,
    wide: f64,
}

impl Worded<'_> {
    fn of(leg: &Leg, room: f64) -> Worded<'_> {
        let name = fit(&leg.name, SIZE, room);
        let time = fit(&time_of(leg), SIZE, room);
        let wide = width(&name, SIZE).max(width(&time, SIZE));
        Worded { leg, above: leg.spent != Spent::Waiting, name, time, wide }
    }

    /// Its name, which is the link's, and its time.
    fn put(&self, labels: &mut Labels, x: f64, base: f64) -> [Option<Markup>; 2] {
        let ink = if self.leg.spent == Spent::Waiting { text_colour(Signal::Concern) } else { INK };
        let time = Label::new(&self.time, x, base + 16.5, SIZE).fill(text_colour(self.leg.signal));
        let time = if self.leg.signal == Signal::Ordinary { time } else { time.bold() };
        [Label::new(&self.name, x, base, SIZE).bold().fill(ink), time].map(|line| labels.put(line))
    }
}

/// Where the first legs of a row stand, as many as fit: x and width of each. A leg grows until the words of the next on its
/// side have room.
fn pack(legs: &[Worded], unit: f64, wide: f64) -> Vec<(f64, f64)> {
    let mut placed: Vec<(f64, f64)> = Vec::new();
    let mut free = [0.0, 0.0];
    let mut x: f64 = 0.0;
    for leg in legs {
        let side = usize::from(leg.above);
        let start = x.max(free[side]);
        let own = (weight(leg.leg) * unit).max(18.0);
        if !placed.is_empty() && (start + own > wide || start + leg.wide > wide) {
            break;
        }
        if let Some(last) = placed.last_mut() {
            last.1 = start - last.0;
        }
        placed.push((start, own.min(wide - start)));
        free[side] = start + leg.wide + GAP;
        x = start + own;
    }
    placed
}

/// Longer is wider, but days do not dwarf minutes.
fn weight(leg: &Leg) -> f64 {
    leg.minutes.filter(|m| m.is_finite()).map_or(1.2, |m| m.clamp(1.0, 1e7).powf(0.23))
}

fn time_of(leg: &Leg) -> String {
    let arrow = match leg.signal {
        Signal::Concern => " ▲",
        Signal::Improvement => " ▼",
        Signal::Ordinary | Signal::Change => "",
    };
    match (leg.minutes, leg.spent) {
        (Some(m), _) => brief(m) + arrow,
        (None, Spent::Home) => String::new(),
        (None, _) => "not known".to_owned(),
    }
}

/// Nothing is said as what it is: too short to be seen by the minute.
fn brief(minutes: f64) -> String {
    if minutes < 1.0 { crate::words::spent(minutes) } else { short_say(&Unit::Minutes, minutes) }
}

fn bar_of(leg: &Leg, id: &str, [x, y, wide, tall]: [f64; 4], round: f64) -> Markup {
    let (fill, stroke, dash) = match leg.spent {
        Spent::Care => (BETTER.to_owned(), BETTER, None),
        Spent::Waiting => (format!("url(#{id}-h)"), CONCERN, None),
        Spent::Home => ("#dbe9f6".to_owned(), "#4a90d0", None),
        Spent::Unknown => ("#fff".to_owned(), USUAL, Some("2 3")),
    };
    html! {
        rect x=(c(x)) y=(c(y)) width=(c(wide.max(0.6))) height=(c(tall)) rx=(c(round)) fill=(fill) stroke=(stroke) stroke-dasharray=[dash] {}
    }
}

/// "Waits for a bed: waiting, 9.5 hours, longer than usual"
fn said(leg: &Leg) -> String {
    let spent = match leg.spent {
        Spent::Care => "being cared for",
        Spent::Waiting => "waiting",
        Spent::Home => "at home",
        Spent::Unknown => "not known",
    };
    let mut text = format!("{}: {spent}", leg.name);
    if let Some(m) = leg.minutes {
        text += &format!(", {}", brief(m));
    }
    if leg.signal != Signal::Ordinary {
        text += &format!(", {}", crate::words::wait_signal(leg.signal));
    }
    text
}

fn desc(way: &Way) -> String {
    let legs: Vec<String> = way.legs.iter().map(said).collect();
    format!("{} {}. Lengths are not to scale.", way.sentence, legs.join("; "))
}

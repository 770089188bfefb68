//! Charts as SVG text: they print, mail, snapshot and need no script.
//!
//! A chart of a measure over time is always an SPC chart. Concern is an orange diamond, improvement a blue circle,
//! ordinary variation small and grey; limits are dashed and labelled at the right, a target is dotted, a missing
//! period is a gap. Each chart carries its own words in `<title>` and `<desc>`. Same values in, same bytes out.

use crate::number::{Scale, period};
use crate::view::{Better, Every, Flow, Move, Point, Pressure, Series, Signal};
use crate::words;
use maud::{Markup, html};

const INK: &str = "#212b32";
const SECOND: &str = "#4c6272";
const USUAL: &str = "#768692";
const CONCERN: &str = "#b8500a";
const BETTER: &str = "#005eb8";
const LINE: &str = "#d8dde0";

/// An SPC chart with axis, limits, target, marked events and signals.
pub fn spc(series: &Series) -> Markup {
    const WIDTH: f64 = 300.0;
    const HEIGHT: f64 = 138.0;
    const TOP: f64 = 18.0;
    const BOTTOM: f64 = 114.0;
    const LEFT: f64 = 4.0;

    let points = &series.points;
    let scale = family(series);
    let possible = |v: &f64| series.unit.possible(*v);
    let last = series.limits.last();
    let target = series.target.map(|t| (t, scale.number(t)));

    // the band that the data needs; a target far outside is told at the edge instead of flattening the chart
    let values = points.iter().filter_map(|p| p.value);
    let drawn = series.limits.iter().flat_map(|l| [l.lower, l.mean, l.upper]).filter(possible);
    let (mut low, mut high) = span(values.chain(drawn));
    let size = if high > low { high - low } else { high.abs().max(1.0) };
    let near = target.as_ref().filter(|(t, _)| *t > low - size && *t < high + size);
    if let Some((t, _)) = near {
        (low, high) = (low.min(*t), high.max(*t));
    }
    let pad = if high > low { (high - low) * 0.06 } else { size * 0.5 };
    let (low, high) = (low - pad, high + pad);

    let mut labels: Vec<(f64, String, bool)> = Vec::new();
    let y = |v: f64| BOTTOM - (v - low) / (high - low) * (BOTTOM - TOP);
    if let Some(l) = last {
        labels.extend([l.upper, l.mean, l.lower].into_iter().filter(possible).map(|v| (y(v), scale.number(v), false)));
        if l.upper - l.lower <= f64::EPSILON * l.mean.abs() {
            labels.truncate(1);
        }
    }
    if let Some((t, text)) = near {
        labels.push((y(*t), text.clone(), true));
    }
    spread(&mut labels, 13.0, TOP - 6.0, BOTTOM + 2.0);
    let room = labels.iter().map(|(_, text, _)| text.chars().count()).max().unwrap_or(0) as f64;
    let right = WIDTH - LEFT - if room > 0.0 { room * 7.2 + 8.0 } else { 0.0 };
    let steps = points.len().saturating_sub(1).max(1) as f64;
    let x = |i: usize| LEFT + i as f64 / steps * (right - LEFT);

    let id = format!("chart-{}", series.id);
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img"
            aria-labelledby=(format!("{id}-t {id}-d")) font-size="12" {
            title id=(format!("{id}-t")) { (series.title) }
            desc id=(format!("{id}-d")) { (describe(series)) }
            path d=(format!("M{LEFT} {BOTTOM}H{}", c(right))) stroke=(LINE) {}
            @for (from, to) in gaps(points) {
                @let (start, end) = (x(from) - if from > 0 { x(1) - x(0) } else { 0.0 }, x((to + 1).min(points.len() - 1)));
                rect x=(c(start)) y=(c(TOP)) width=(c(end - start)) height=(c(BOTTOM - TOP)) fill="#f0f4f5" {}
            }
            @for l in &series.limits {
                @let (from, to) = (c(x(l.from)), c(x(l.to.saturating_sub(1).min(points.len().saturating_sub(1)))));
                path d=(format!("M{from} {}H{to}", c(y(l.mean)))) stroke=(USUAL) {}
                @for v in [l.upper, l.lower].into_iter().filter(possible) {
                    path d=(format!("M{from} {}H{to}", c(y(v)))) stroke=(USUAL) stroke-dasharray="4 3" {}
                }
            }
            @if let Some((t, _)) = near {
                path d=(format!("M{LEFT} {}H{}", c(y(*t)), c(right))) stroke=(INK) stroke-width="2" stroke-dasharray="0 5" stroke-linecap="round" {}
            } @else if let Some((t, text)) = &target {
                @let (height, at) = if *t > high { (TOP - 8.0, "above") } else { (BOTTOM - 3.0, "below") };
                text x=(c(right)) y=(c(height)) text-anchor="end" font-size="11" fill=(SECOND) { "target " (text) ", far " (at) }
            }
            @for (from, to) in gaps(points).into_iter().filter(|(from, to)| x(*to) - x(*from) > 30.0) {
                text x=(c((x(from) + x(to)) / 2.0)) y=(c(BOTTOM - 6.0)) text-anchor="middle" font-size="11" fill=(SECOND) stroke="#f0f4f5" stroke-width="3" paint-order="stroke" { (words::MISSING) }
            }
            @for e in series.events.iter().filter(|e| e.at < points.len()) {
                @let (at, half) = (x(e.at), e.label.chars().count() as f64 * 3.3);
                path d=(format!("M{} {}V{BOTTOM}", c(at), TOP - 4.0)) stroke=(INK) {}
                text x=(c(at.clamp(LEFT + half, (WIDTH - half).max(LEFT + half)))) y="10" text-anchor="middle" fill=(INK) { (e.label) }
            }
            path d=(line(points, &x, &y)) fill="none" stroke=(USUAL) stroke-width="1.3" stroke-linejoin="round" {}
            path d=(dots(points, &x, &y)) stroke=(USUAL) stroke-width="3.8" stroke-linecap="round" {}
            @for (i, p) in points.iter().enumerate() {
                @if let (Some(v), true) = (p.value, p.signal != Signal::Ordinary) {
                    g { title { (sentence(&period(series.every, p.start))) ": " (series.unit.say(v)) ", " (words::point_signal(p.signal)) } (mark(x(i), y(v), p.signal)) }
                }
            }
            @for (at, text, bold) in &labels {
                text x=(c(right + 8.0)) y=(c(at + 4.0)) fill=(if *bold { INK } else { SECOND }) font-weight=[bold.then_some("700")] { (text) }
            }
            @for (i, anchor) in ticks(points.len()) {
                text x=(c(x(i))) y="131" text-anchor=(anchor) fill=(SECOND) { (tick(series, i)) }
            }
        }
    }
}

/// The same over the whole width.
pub fn spc_wide(series: &Series) -> Markup {
    spc(series)
}

/// When in the week.
pub fn heat(_: &crate::view::Heat) -> Markup {
    html! {}
}

/// Groups beside each other, each with its range.
pub fn intervals(_: &crate::view::Intervals) -> Markup {
    html! {}
}

/// A way through as one ribbon of legs, in the width of a row.
pub fn ribbon_of(_: &crate::view::Way) -> Markup {
    html! {}
}

/// One way through, drawn large with its names and times.
pub fn way(_: &crate::view::Way) -> Markup {
    html! {}
}

/// Areas of the place.
pub fn map(_: &crate::view::Map) -> Markup {
    html! {}
}

/// Places like us.
pub fn funnel(_: &crate::view::Funnel) -> Markup {
    html! {}
}

/// So many in 100.
pub fn in_100(_: &crate::view::Dots) -> Markup {
    html! {}
}

/// The chart in words, for those who do not see it.
pub fn describe(series: &Series) -> String {
    let mut text = words::finding(series) + ".";
    let seen: Vec<&Point> = series.points.iter().filter(|p| p.value.is_some()).collect();
    if let Some((p, v)) = seen.last().and_then(|p| p.value.map(|v| (p, v))) {
        text += &format!(" Latest {} in {}.", series.unit.say(v), period(series.every, p.start));
    }
    if let Some(range) = usual_range(series, series.points.len().saturating_sub(1)) {
        text += &format!(" Usual range {range}.");
    }
    let missing = series.points.len() - seen.len();
    let signals = seen.iter().filter(|p| p.signal != Signal::Ordinary).count();
    text += &format!(" {signals} of {} points are signals", seen.len());
    text += &if missing > 0 { format!("; {missing} missing.") } else { ".".to_owned() };
    for e in &series.events {
        if let Some(p) = series.points.get(e.at) {
            text += &format!(" {}: {}.", sentence(&period(series.every, p.start)), e.label);
        }
    }
    text
}

/// "22 to 36 min" for point `i`; impossible limits are left out, so a count is "up to 12", never "−3 to 12".
pub fn usual_range(series: &Series, i: usize) -> Option<String> {
    let (limits, scale) = (series.limits_at(i)?, family(series));
    let lower = series.unit.possible(limits.lower).then_some(limits.lower);
    let upper = series.unit.possible(limits.upper).then_some(limits.upper);
    Some(match (lower, upper) {
        (Some(l), Some(u)) => format!("{} to {}", scale.number(l), scale.say(u)),
        (None, Some(u)) => format!("up to {}", scale.say(u)),
        (Some(l), None) => format!("{} or more", scale.say(l)),
        (None, None) => "anything".to_owned(),
    })
}

/// A year in the width of a word; the signals at its end are drawn heavier and end in their mark.
pub fn sparkline(points: &[Point]) -> Markup {
    const WIDTH: f64 = 104.0;
    const HEIGHT: f64 = 24.0;
    let (low, high) = span(points.iter().filter_map(|p| p.value));
    let size = if high > low { high - low } else { 1.0 };
    let steps = points.len().saturating_sub(1).max(1) as f64;
    let x = |i: usize| 4.0 + i as f64 / steps * (WIDTH - 10.0);
    let y = |v: f64| if high > low { HEIGHT - 5.0 - (v - low) / size * (HEIGHT - 10.0) } else { HEIGHT / 2.0 };
    let last = points.iter().rposition(|p| p.value.is_some());
    let signal = last.map_or(Signal::Ordinary, |i| points[i].signal);
    let from = last.map_or(0, |i| i + 1 - points[..=i].iter().rev().take_while(|p| p.signal == signal).count());
    html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(WIDTH) height=(HEIGHT) viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) aria-hidden="true" {
            path d=(line(points, &x, &y)) fill="none" stroke=(USUAL) stroke-width="1.3" stroke-linejoin="round" {}
            @if let (Some(i), true) = (last, signal != Signal::Ordinary) {
                @let start = from.saturating_sub(1);
                path d=(line(&points[start..=i], &|k| x(k + start), &y)) fill="none" stroke=(colour(signal)) stroke-width="2" stroke-linejoin="round" {}
                @if let Some(v) = points[i].value { (mark(x(i), y(v), signal)) }
            }
        }
    }
}

/// One bar of a ranking; the number stands beside it.
pub fn bar(value: f64, longest: f64, signal: Signal) -> Markup {
    const WIDTH: f64 = 84.0;
    let width = if longest > 0.0 { (value / longest * WIDTH).clamp(2.0, WIDTH) } else { 0.0 };
    let fill = match signal {
        Signal::Concern => "#d97a35",
        Signal::Improvement => "#4a90d0",
        Signal::Ordinary | Signal::Change => "#82929e",
    };
    html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(c(width)) height="12" aria-hidden="true" {
            rect width=(c(width)) height="12" rx="2" fill=(fill) {}
        }
    }
}

/// Levels of the last days: height is the level, a gap is a day that nobody told.
pub fn strip(pressure: &Pressure) -> Markup {
    let days = &pressure.days;
    let known: Vec<u8> = days.iter().flatten().copied().collect();
    let high = known.iter().filter(|l| **l >= 3).count();
    let missing = days.len() - known.len();
    let width = days.len() * 6;
    html! {
        svg.strip xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {width} 24")) preserveAspectRatio="none" role="img"
            aria-label=(format!("{}: level 3 or above on {high} of {} days{}", pressure.organisation, days.len(),
                if missing > 0 { format!(", {missing} missing") } else { String::new() })) {
            path d=(format!("M0 23.5H{width}")) stroke="#82929e" {}
            @for (i, level) in days.iter().enumerate() {
                @if let Some(level) = level {
                    @let height = 6 * usize::from(*level.min(&4));
                    rect x=(i * 6) y=(24 - height) width="5" height=(height) fill=(match level { 0..=2 => "#82929e", 3 => "#d97a35", _ => CONCERN }) {}
                }
            }
        }
    }
}

/// Who goes where: width is people, a label is the middle wait, orange and ▲ longer than usual, blue and ▼ shorter.
pub fn flow(flow: &Flow) -> Markup {
    const WIDTH: f64 = 840.0;
    const BOX: f64 = 9.0;
    let layout = Layout::of(flow);
    let columns = layout.columns.len();
    let x = |column: usize| if columns > 1 { column as f64 / (columns - 1) as f64 * (WIDTH - 168.0) } else { 0.0 };
    let height = layout.height;
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} {}", c(height))) role="img" aria-labelledby="flow-t flow-d" paint-order="stroke" stroke-linejoin="round" {
            title id="flow-t" { "Flow of people, with the middle wait at each handover" }
            desc id="flow-d" { (flow_words(flow)) }
            @for (m, path) in flow.moves.iter().zip(&layout.ribbons) {
                @let (fill, opacity, edge) = ribbon_colour(m.signal);
                @if !path.is_empty() {
                    path d=(ribbon(path, &x, BOX)) fill=(fill) fill-opacity=(opacity) stroke=(edge) stroke-width=".8" {}
                }
            }
            @for (i, s) in flow.stops.iter().enumerate() {
                @let (top, size) = (layout.tops[i], layout.sizes[i]);
                @let last = s.column + 1 == columns;
                rect x=(c(x(s.column))) y=(c(top)) width=(BOX) height=(c(size.max(2.5))) fill="#2f4758" {}
                @if last {
                    @let middle = (top + size / 2.0).min(top + 30.0);
                    text x=(c(x(s.column) + 18.0)) y=(c(middle - 1.0)) font-size="15" font-weight="600" fill=(INK) { (s.name) }
                    text x=(c(x(s.column) + 18.0)) y=(c(middle + 16.0)) font-size="14" fill=(SECOND) {
                        (crate::number::count(s.people.round() as u64))
                        @if let Some(m) = only_move_to(flow, i) { @if let Some(wait) = wait_words(m) {
                            ", " tspan font-weight="600" fill=(text_colour(m.signal)) { (wait) }
                        } }
                    }
                } @else {
                    text x=(c(x(s.column))) y=(c(top - 9.0)) font-size="15" font-weight="600" fill=(INK) stroke="#fff" stroke-width="4" {
                        (s.name) " " tspan font-size="14" font-weight="400" fill=(SECOND) { (crate::number::count(s.people.round() as u64)) }
                    }
                }
            }
            @for (m, path) in flow.moves.iter().zip(&layout.ribbons) {
                @let told = flow.stops.get(m.to).is_some_and(|s| s.column + 1 == columns) && only_move_to(flow, m.to).is_some();
                @if let (Some(wait), Some([a, b]), false) = (wait_words(m), path.first_chunk::<2>(), told) {
                    @let (at, middle) = ((x(a.0) + BOX + x(b.0)) / 2.0, (a.1 + b.1 + a.2) / 2.0);
                    @let half = wait.chars().count() as f64 * 3.9 + 8.0;
                    rect x=(c(at - half)) y=(c(middle - 12.0)) width=(c(half * 2.0)) height="24" rx="12" fill="#fff" {}
                    text x=(c(at)) y=(c(middle + 5.0)) text-anchor="middle" font-size="14" font-weight="600" fill=(text_colour(m.signal)) { (wait) }
                }
            }
        }
    }
}

/// Where everything stands: columns are filled from the left, each stop near those it comes from, long ribbons keep a
/// lane of their own through the columns they pass.
struct Layout {
    height: f64,
    columns: Vec<usize>,
    tops: Vec<f64>,
    sizes: Vec<f64>,
    /// Of each move, (column, top, thickness) at each column it touches.
    ribbons: Vec<Vec<(usize, f64, f64)>>,
}

impl Layout {
    fn of(flow: &Flow) -> Layout {
        const HEAD: f64 = 40.0;
        let count = flow.stops.iter().map(|s| s.column + 1).max().unwrap_or(0);
        let through = |i: usize, end: fn(&Move) -> usize| {
            flow.moves.iter().filter(|m| forward(flow, m).is_some() && end(m) == i).map(|m| m.people).sum::<f64>()
        };
        let people: Vec<f64> = (0..flow.stops.len())
            .map(|i| flow.stops[i].people.max(through(i, |m| m.from)).max(through(i, |m| m.to)))
            .collect();

        // what each column holds: stops, then the lanes of moves that pass it
        let holds: Vec<Vec<Held>> = (0..count)
            .map(|column| {
                let stops = (0..flow.stops.len()).filter(|i| flow.stops[*i].column == column).map(Held::Stop);
                let lanes = (0..flow.moves.len())
                    .filter(|i| forward(flow, &flow.moves[*i]).is_some_and(|(a, b)| a < column && column < b))
                    .map(Held::Lane);
                stops.chain(lanes).collect()
            })
            .collect();
        let weight = |held: &Held| match held {
            Held::Stop(i) => people[*i],
            Held::Lane(i) => flow.moves[*i].people,
        };
        let gap = |held: &Held, column: usize| match held {
            Held::Stop(_) if column + 1 == count => 40.0,
            Held::Stop(_) => 46.0,
            Held::Lane(_) => 14.0,
        };
        // as tall as the picture in the design, taller when a column holds very many
        let gaps = |column: usize, held: &[Held]| held.iter().map(|h| gap(h, column)).sum::<f64>();
        let height = holds.iter().enumerate().map(|(i, held)| gaps(i, held) + 160.0).fold(490.0, f64::max);
        let per = holds.iter().enumerate().map(|(column, held)| {
            let free: f64 = height - HEAD - gaps(column, held);
            free.max(40.0) / held.iter().map(weight).sum::<f64>().max(1.0)
        });
        let per = per.fold(f64::INFINITY, f64::min);
        let per = if per.is_finite() { per } else { 1.0 };

        let mut layout = Layout {
            height,
            columns: holds.iter().map(Vec::len).collect(),
            tops: vec![0.0; flow.stops.len()],
            sizes: people.iter().map(|p| p * per).collect(),
            ribbons: vec![Vec::new(); flow.moves.len()],
        };
        let mut lane_tops: Vec<(usize, usize, f64)> = Vec::new();
        for (column, held) in holds.iter().enumerate() {
            // middle of where its people come from, by the outgoing edge of each source
            let mut wanted: Vec<(f64, &Held)> = held
                .iter()
                .map(|h| {
                    let before = |m: usize| lane_tops.iter().rev().find(|(lane, ..)| *lane == m).map(|l| l.2);
                    let sources: Vec<(f64, f64)> = match h {
                        Held::Lane(m) => vec![(before(*m).unwrap_or(layout.leaves(flow, *m, per)), 1.0)],
                        Held::Stop(i) => (0..flow.moves.len())
                            .filter(|m| flow.moves[*m].to == *i && forward(flow, &flow.moves[*m]).is_some())
                            .map(|m| (before(m).unwrap_or(layout.leaves(flow, m, per)), flow.moves[m].people.max(1e-9)))
                            .collect(),
                    };
                    let total: f64 = sources.iter().map(|s| s.1).sum();
                    let middle =
                        if total > 0.0 { sources.iter().map(|(y, w)| y * w).sum::<f64>() / total } else { 0.0 };
                    (middle, h)
                })
                .collect();
            wanted.sort_by(|a, b| a.0.total_cmp(&b.0));
            // room that each needs: its own height, its name above it, or (last column) two lines of words beside it
            let last = column + 1 == count;
            let head = |h: &Held| if last || matches!(h, Held::Lane(_)) { 8.0 } else { HEAD };
            let foot = |h: &Held| if last { f64::max(weight(h) * per, 34.0) } else { weight(h) * per };
            let mut tops: Vec<f64> = Vec::new();
            let mut floor = 0.0;
            for (middle, h) in &wanted {
                let top = f64::max(
                    floor + if tops.is_empty() { head(h).min(26.0) } else { head(h) },
                    if column == 0 { 0.0 } else { *middle },
                );
                tops.push(top);
                floor = top + foot(h);
            }
            let mut ceiling = height - 4.0;
            for (top, (_, h)) in tops.iter_mut().zip(&wanted).rev() {
                *top = f64::min(*top, ceiling - foot(h));
                ceiling = *top - head(h);
            }
            for (top, (_, h)) in tops.iter().zip(&wanted) {
                match h {
                    Held::Stop(i) => layout.tops[*i] = *top,
                    Held::Lane(m) => lane_tops.push((*m, column, *top)),
                }
            }
        }
        // ribbons leave a stop from the top in the order of where they go, and arrive in the order of where they come from
        for (i, m) in flow.moves.iter().enumerate() {
            let Some((from, to)) = forward(flow, m) else { continue };
            let thick = m.people * per;
            let lanes = lane_tops.iter().filter(|l| l.0 == i).map(|l| (l.1, l.2, thick));
            let start = layout.tops[m.from] + offset(flow, i, &layout, &lane_tops, per, true);
            let end = layout.tops[m.to] + offset(flow, i, &layout, &lane_tops, per, false);
            layout.ribbons[i] = std::iter::once((from, start, thick)).chain(lanes).chain([(to, end, thick)]).collect();
        }
        layout
    }

    /// Where move `m` leaves its stop, when only the order of moves is known.
    fn leaves(&self, flow: &Flow, m: usize, per: f64) -> f64 {
        let from = flow.moves[m].from;
        let above: f64 = flow.moves[..m]
            .iter()
            .filter(|o| o.from == from && forward(flow, o).is_some())
            .map(|o| o.people * per)
            .sum();
        self.tops[from] + above
    }
}

/// The columns a move runs between; a move that does not run forward has no ribbon, only its words.
fn forward(flow: &Flow, m: &Move) -> Option<(usize, usize)> {
    let (from, to) = (flow.stops.get(m.from)?.column, flow.stops.get(m.to)?.column);
    (from < to).then_some((from, to))
}

enum Held {
    Stop(usize),
    Lane(usize),
}

/// How far below the top of its stop a ribbon starts (or ends): under all those that go higher (or come from higher).
fn offset(flow: &Flow, i: usize, layout: &Layout, lanes: &[(usize, usize, f64)], per: f64, start: bool) -> f64 {
    let end = |m: &Move| if start { m.from } else { m.to };
    let other = |k: usize| {
        let own = lanes.iter().filter(|l| l.0 == k);
        let lane = if start { own.min_by_key(|l| l.1) } else { own.max_by_key(|l| l.1) };
        lane.map_or_else(|| layout.tops[if start { flow.moves[k].to } else { flow.moves[k].from }], |l| l.2)
    };
    let mine = (other(i), i);
    (0..flow.moves.len())
        .filter(|k| forward(flow, &flow.moves[*k]).is_some())
        .filter(|k| end(&flow.moves[*k]) == end(&flow.moves[i]) && (other(*k), *k) < mine)
        .map(|k| flow.moves[k].people * per)
        .sum()
}

fn ribbon(path: &[(usize, f64, f64)], x: &dyn Fn(usize) -> f64, thick: f64) -> String {
    let at = |i: usize| x(path[i].0) + if i == 0 { thick } else { 0.0 };
    let mut d = format!("M{} {}", c(at(0)), c(path[0].1));
    let curve = |d: &mut String, x0: f64, x1: f64, y0: f64, y1: f64| {
        let middle = c((x0 + x1) / 2.0);
        *d += &format!("C{middle} {} {middle} {} {} {}", c(y0), c(y1), c(x1), c(y1));
    };
    for i in 1..path.len() {
        curve(&mut d, at(i - 1), at(i), path[i - 1].1, path[i].1);
    }
    d += &format!("V{}", c(path[path.len() - 1].1 + path[0].2));
    for i in (1..path.len()).rev() {
        curve(&mut d, at(i), at(i - 1), path[i].1 + path[0].2, path[i - 1].1 + path[0].2);
    }
    d + "Z"
}

fn only_move_to(flow: &Flow, stop: usize) -> Option<&Move> {
    let mut to = flow.moves.iter().filter(|m| m.to == stop);
    to.next().filter(|_| to.next().is_none())
}

fn wait_words(m: &Move) -> Option<String> {
    let wait = crate::Unit::Minutes.say(m.wait_minutes?);
    Some(match m.signal {
        Signal::Concern => wait + " ▲",
        Signal::Improvement => wait + " ▼",
        Signal::Ordinary | Signal::Change => wait,
    })
}

fn flow_words(flow: &Flow) -> String {
    let name = |i: usize| flow.stops.get(i).map_or("", |s| s.name.as_str());
    let told: Vec<String> = flow
        .moves
        .iter()
        .map(|m| {
            let wait = m.wait_minutes.map_or(String::new(), |w| {
                format!(", middle wait {}, {}", crate::Unit::Minutes.say(w), words::wait_signal(m.signal))
            });
            format!(
                "{} to {}: {} people{wait}.",
                name(m.from),
                name(m.to),
                crate::number::count(m.people.round() as u64)
            )
        })
        .collect();
    told.join(" ")
}

fn ribbon_colour(signal: Signal) -> (&'static str, &'static str, &'static str) {
    match signal {
        Signal::Concern => ("#e59a63", ".78", "#c25a10"),
        Signal::Improvement => ("#6aa5dc", ".7", "#2f78bd"),
        Signal::Ordinary | Signal::Change => ("#c9d3da", ".5", "#82929e"),
    }
}

fn colour(signal: Signal) -> &'static str {
    match signal {
        Signal::Ordinary => USUAL,
        Signal::Concern => CONCERN,
        Signal::Improvement => BETTER,
        Signal::Change => INK,
    }
}

fn text_colour(signal: Signal) -> &'static str {
    match signal {
        Signal::Ordinary => SECOND,
        Signal::Concern => "#8f3d06",
        Signal::Improvement => "#00478b",
        Signal::Change => INK,
    }
}

/// Diamond for concern, circle for improvement, square for a change without a better way.
fn mark(x: f64, y: f64, signal: Signal) -> Markup {
    let fill = colour(signal);
    html! {
        @match signal {
            Signal::Concern => path d=(format!("M{} {}l4.6 4.6-4.6 4.6-4.6-4.6z", c(x), c(y - 4.6))) fill=(fill) {},
            Signal::Improvement => circle cx=(c(x)) cy=(c(y)) r="3.4" fill=(fill) {},
            Signal::Change => path d=(format!("M{} {}h6v6h-6z", c(x - 3.0), c(y - 3.0))) fill=(fill) {},
            Signal::Ordinary => {},
        }
    }
}

/// Marks for the key under charts.
pub fn key_mark(signal: Signal) -> Markup {
    html! {
        svg xmlns="http://www.w3.org/2000/svg" width="12" height="12" aria-hidden="true" {
            @if signal == Signal::Ordinary { circle cx="6" cy="6" r="2.6" fill=(USUAL) {} } @else { (mark(6.0, 6.0, signal)) }
        }
    }
}

/// The line through the points, broken where a value is missing.
fn line(points: &[Point], x: &dyn Fn(usize) -> f64, y: &dyn Fn(f64) -> f64) -> String {
    let mut d = String::new();
    let mut pen = 'M';
    for (i, p) in points.iter().enumerate() {
        pen = match p.value {
            Some(v) => {
                d += &format!("{pen}{} {}", c(x(i)), c(y(v)));
                'L'
            }
            None => 'M',
        };
    }
    d
}

/// Runs of missing points, as first and last index.
fn gaps(points: &[Point]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (i, _) in points.iter().enumerate().filter(|(_, p)| p.value.is_none()) {
        match runs.last_mut() {
            Some(run) if run.1 + 1 == i => run.1 = i,
            _ => runs.push((i, i)),
        }
    }
    runs
}

/// Every ordinary point as a dot of one path: a line of no length with a round end.
fn dots(points: &[Point], x: &dyn Fn(usize) -> f64, y: &dyn Fn(f64) -> f64) -> String {
    let ordinary = points.iter().enumerate().filter(|(_, p)| p.signal == Signal::Ordinary);
    ordinary.filter_map(|(i, p)| p.value.map(|v| format!("M{} {}h0", c(x(i)), c(y(v))))).collect()
}

/// One way of saying every number of a chart.
fn family(series: &Series) -> Scale {
    let (low, high) = span(series.points.iter().filter_map(|p| p.value));
    match series.limits.last() {
        Some(l) => series.unit.scale(l.mean).precise((l.upper - l.lower).max(f64::MIN_POSITIVE)),
        None => series.unit.scale(high).precise(high - low),
    }
}

fn span(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) =
        values.filter(|v| v.is_finite()).fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low <= high { (low, high) } else { (0.0, 1.0) }
}

/// Moves labels apart so that none covers another, keeping their order.
fn spread(labels: &mut [(f64, String, bool)], apart: f64, top: f64, bottom: f64) {
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut floor = top;
    for label in labels.iter_mut() {
        label.0 = label.0.max(floor);
        floor = label.0 + apart;
    }
    let mut ceiling = bottom;
    for label in labels.iter_mut().rev() {
        label.0 = label.0.min(ceiling);
        ceiling = label.0 - apart;
    }
}

/// Which points carry a date: the ends and two between, fewer when there are few.
fn ticks(points: usize) -> Vec<(usize, &'static str)> {
    match points {
        0 => vec![],
        1 => vec![(0, "start")],
        2..=11 => vec![(0, "start"), (points - 1, "end")],
        n => vec![(0, "start"), ((n - 1) / 3, "middle"), ((n - 1) * 2 / 3, "middle"), (n - 1, "end")],
    }
}

fn tick(series: &Series, i: usize) -> String {
    let format = match (series.every, series.points.len(), i) {
        (Every::Day, ..) | (Every::Week, ..=26, _) => "%-d %b",
        (_, _, 0) => "%b %Y",
        (Every::Month, 25.., _) => "%b %Y",
        _ => "%b",
    };
    series.points[i].start.strftime(format).to_string()
}

/// The text with a capital at its start.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// A coordinate: one decimal is a tenth of a pixel, and keeps pages small.
fn c(v: f64) -> String {
    let text = format!("{v:.1}");
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_owned(),
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// A direction mark for a signal: ▲ for more, ▼ for less.
pub(crate) fn direction(signal: Signal, better: Better) -> &'static str {
    match (signal, better) {
        (Signal::Concern, Better::Lower) | (Signal::Improvement, Better::Higher) => "up",
        (Signal::Concern, Better::Higher) | (Signal::Improvement, Better::Lower) => "down",
        _ => "none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, Stop, Unit};
    use jiff::ToSpan;
    use proptest::prelude::*;

    fn series(values: &[Option<f64>], limits: (f64, f64, f64), target: Option<f64>) -> Series {
        let point = |(i, value): (usize, &Option<f64>)| Point {
            start: jiff::civil::date(2025, 1, 6) + (i as i64).weeks(),
            value: *value,
            signal: if i % 5 == 4 { Signal::Concern } else { Signal::Ordinary },
        };
        Series {
            id: "falls".to_owned(),
            title: "Falls <at home> & elsewhere".to_owned(),
            unit: Unit::from("people"),
            better: Better::Lower,
            every: Every::Week,
            points: values.iter().enumerate().map(point).collect(),
            limits: vec![Limits { from: 0, to: values.len(), mean: limits.1, lower: limits.0, upper: limits.2 }],
            target,
            events: vec![],
        }
    }

    #[test]
    fn a_missing_week_breaks_the_line_and_is_counted() {
        let gap = series(&[Some(1.0), Some(2.0), None, Some(2.0), Some(3.0)], (1.0, 2.0, 3.0), None);
        assert_eq!(line(&gap.points, &|i| i as f64, &|v| v), "M0 1L1 2M3 2L4 3");
        assert!(describe(&gap).contains("1 of 4 points are signals; 1 missing"), "{}", describe(&gap));
    }

    #[test]
    fn an_impossible_limit_is_neither_drawn_nor_said() {
        let few = series(&[Some(3.0); 14], (-2.0, 3.0, 8.0), None);
        assert_eq!(usual_range(&few, 0).as_deref(), Some("up to 8 people"));
        let svg = spc(&few).into_string();
        assert_eq!(svg.matches("stroke-dasharray=\"4 3\"").count(), 1);
        assert!(!svg.contains('−'), "{svg}");
    }

    #[test]
    fn a_target_far_away_is_told_instead_of_flattening_the_chart() {
        let values = [Some(100.0), Some(104.0), Some(98.0), Some(101.0)];
        let near = spc(&series(&values, (95.0, 100.0, 105.0), Some(93.0))).into_string();
        let far = spc(&series(&values, (95.0, 100.0, 105.0), Some(2.0))).into_string();
        assert!(near.contains("stroke-dasharray=\"0 5\"") && !near.contains("far"));
        assert!(!far.contains("stroke-dasharray=\"0 5\"") && far.contains("target 2, far below"));
    }

    #[test]
    fn words_from_data_cannot_become_markup() {
        let svg = spc(&series(&[Some(1.0), Some(2.0)], (0.0, 1.0, 3.0), None)).into_string();
        assert!(svg.contains("Falls &lt;at home&gt; &amp; elsewhere"));
    }

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        assert!(bar(50.0, 100.0, Signal::Ordinary).into_string().contains("width=\"42\""));
        assert!(bar(0.0, 0.0, Signal::Ordinary).into_string().contains("width=\"0\""));
    }

    #[test]
    fn a_move_that_runs_back_is_told_though_it_has_no_ribbon() {
        let stop = |name: &str, column| Stop { name: name.to_owned(), column, people: 10.0 };
        let go = |from, to| Move { from, to, people: 4.0, wait_minutes: None, signal: Signal::Ordinary, href: None };
        let svg = flow(&Flow {
            sentence: String::new(),
            stops: vec![stop("A", 0), stop("B", 1)],
            moves: vec![go(0, 1), go(1, 0)],
        })
        .into_string();
        assert_eq!(svg.matches("fill-opacity").count(), 1);
        assert!(svg.contains("B to A: 4 people."));
    }

    proptest! {
        #[test]
        fn any_series_is_drawn_inside_its_box(
            values in proptest::collection::vec(proptest::option::of(-1e9..1e9f64), 0..60),
            limits in (-1e9..1e9f64, 0.0..1e9f64), target in proptest::option::of(-1e9..1e9f64),
        ) {
            let svg = spc(&series(&values, (limits.0 - limits.1, limits.0, limits.0 + limits.1), target)).into_string();
            prop_assert!(!svg.contains("NaN") && !svg.contains("inf"), "{}", svg);
            for y in svg.split("cy=\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse::<f64>().ok()) {
                prop_assert!((0.0..=138.0).contains(&y));
            }
        }

        #[test]
        fn labels_never_cover_each_other(at in proptest::collection::vec(0.0..100.0f64, 0..5)) {
            let mut labels: Vec<_> = at.iter().map(|y| (*y, String::new(), false)).collect();
            spread(&mut labels, 13.0, 10.0, 110.0);
            prop_assert!(labels.windows(2).all(|w| w[1].0 - w[0].0 > 12.99));
        }

        #[test]
        fn the_flow_keeps_every_ribbon_on_paper(
            columns in proptest::collection::vec(0..5usize, 1..9),
            moves in proptest::collection::vec((0..9usize, 0..9usize, 0.0..5000.0f64), 0..20),
        ) {
            let stops = columns.iter().map(|c| Stop { name: "stop".to_owned(), column: *c, people: 10.0 }).collect();
            let moves = moves.into_iter().map(|(from, to, people)| Move { from, to, people, wait_minutes: Some(5.0), signal: Signal::Ordinary, href: None }).collect();
            let svg = flow(&Flow { sentence: String::new(), stops, moves }).into_string();
            prop_assert!(!svg.contains("NaN") && !svg.contains("inf"));
            let number = |text: &str, after: &str| text.split(after).nth(1)?.split('"').next()?.parse::<f64>().ok();
            let height = number(&svg, "viewBox=\"0 0 840 ").unwrap_or_default();
            for stop in svg.split("<rect ").skip(1).filter(|r| r.contains("#2f4758")) {
                let (top, tall) = (number(stop, "y=\"").unwrap_or(-1.0), number(stop, "height=\"").unwrap_or(-1.0));
                prop_assert!(top >= 0.0 && tall > 0.0 && top + tall <= height, "{} of {}", stop, height);
            }
        }
    }
}

//! A measure over time is always an SPC chart.
//!
//! Concern is an orange diamond, improvement a blue circle, ordinary variation small and grey; limits are dashed and
//! labelled at the right, a target is dotted, a missing period is a gap.

use super::*;
use crate::number::period;
use crate::view::{Event, Every, Limits, Point, Series};
use crate::words;

/// How large a chart is drawn and how much it says.
struct Frame {
    kind: &'static str,
    class: Option<&'static str>,
    width: f64,
    height: f64,
    /// Where the plot begins and ends.
    top: f64,
    bottom: f64,
    /// Size of most words.
    size: f64,
    /// Baselines of events, the first tried first.
    rows: &'static [f64],
    /// Limits said in words, every point with a title, a date wherever there is room.
    large: bool,
}

const CARD: Frame = Frame {
    kind: "chart",
    class: None,
    width: 300.0,
    height: 138.0,
    top: 18.0,
    bottom: 114.0,
    size: 12.0,
    rows: &[10.0],
    large: false,
};
const WIDE: Frame = Frame {
    kind: "wide",
    class: Some("wide-only"),
    width: 1240.0,
    height: 320.0,
    top: 62.0,
    bottom: 282.0,
    size: 16.0,
    rows: &[50.0, 32.0, 14.0],
    large: true,
};
const PHONE: Frame = Frame {
    kind: "phone",
    class: Some("phone-only"),
    width: 342.0,
    height: 250.0,
    top: 50.0,
    bottom: 216.0,
    size: 13.0,
    rows: &[40.0, 24.0],
    large: false,
};

/// An SPC chart for a card, 300 × 138, with axis, limits, target, marked events and signals.
pub fn spc(series: &Series) -> Markup {
    draw(series, &CARD)
}

/// The same over the whole width of a page, 1240 × 320, with limits in words, events, rebases and a title on every point;
/// and beside it the phone's version, 342 × 250. The page shows `.wide-only` or `.phone-only`.
pub fn spc_wide(series: &Series) -> Markup {
    html! { (draw(series, &WIDE)) (draw(series, &PHONE)) }
}

fn draw(series: &Series, frame: &Frame) -> Markup {
    const LEFT: f64 = 4.0;
    let Frame { width: wide, height, bottom, size, .. } = *frame;
    let flown = flags(series);
    let top = if flown.is_empty() { frame.top.min(size * 1.5) } else { frame.top };
    let points = &series.points;
    let scale = family(series);
    let possible = |v: &f64| series.unit.possible(*v);
    let tame = |v: f64| v.clamp(-FAR, FAR);
    let last = series.limits.last();

    // the band that the data needs; a target far outside is told at the edge instead of flattening the chart
    let values = points.iter().filter_map(|p| p.value);
    let drawn = series.limits.iter().flat_map(|l| [l.lower, l.mean, l.upper]).filter(possible);
    let (mut low, mut high) = span(values.chain(drawn));
    let range = if high > low { high - low } else { high.abs().max(1.0) };
    let near = series.target.filter(|t| *t > low - range && *t < high + range);
    if let Some(t) = near {
        (low, high) = (low.min(t), high.max(t));
    }
    let pad = if high > low { (high - low) * 0.06 } else { range * 0.5 };
    let (low, high) = (low - pad, high + pad);
    let y = |v: f64| bottom - (tame(v) - low) / (high - low) * (bottom - top);

    // limits are numbers at the edge; on the large chart they say what they are
    let said = |word: &str, v: f64| {
        let full = format!("{word} {}", scale.say(v));
        if frame.large && width(&full, size) < wide * 0.2 { full } else { short(&scale, v) }
    };
    let mut edge: Vec<(f64, (String, bool))> = Vec::new();
    if let Some(l) = last {
        let run = !l.upper.is_finite() && !l.lower.is_finite();
        let all = [("usual to", l.upper), (if run { "middle" } else { "usual" }, l.mean), ("usual from", l.lower)];
        edge.extend(all.into_iter().filter(|(_, v)| possible(v)).map(|(word, v)| (y(v), (said(word, v), false))));
        if l.upper - l.lower <= f64::EPSILON * l.mean.abs() {
            edge.truncate(1);
        }
    }
    if let Some(t) = near {
        edge.push((y(t), (said("target", t), true)));
    }
    spread(&mut edge, size * 1.1, top - size / 2.0, bottom + 2.0);
    let room = edge.iter().map(|(_, (text, _))| width(text, size)).fold(0.0, f64::max).min(wide * 0.4);
    let right = wide - LEFT - if room > 0.0 { room + 8.0 } else { 0.0 };
    let steps = points.len().saturating_sub(1).max(1) as f64;
    let x = |i: usize| LEFT + i as f64 / steps * (right - LEFT);
    let step = x(1) - x(0);

    let mut labels = Labels::on(wide, height);
    let at_edge: Vec<Markup> = edge
        .iter()
        .filter_map(|(at, (text, bold))| {
            let label = Label::new(text, right + 8.0, at + size * 0.34, size);
            labels.put(if *bold { label.bold() } else { label.fill(SECOND) })
        })
        .collect();
    let dates: Vec<Markup> = ticks(series, frame)
        .into_iter()
        .filter_map(|(i, anchor)| {
            let text = tick(series, i, frame.large);
            let label = |text: &str| Label::new(text, x(i), height - 7.0, size).anchor(anchor).fill(SECOND);
            labels.put(label(&text))
        })
        .collect();
    let far = series.target.filter(|_| near.is_none()).and_then(|t| {
        let (line, at) = if t > high { (top - 7.0, "above") } else { (bottom - 3.0, "below") };
        let text = format!("target {}, far {at}", short(&scale, t));
        labels.put(Label::new(text, right, line, size.min(13.0) - 1.0).anchor(Anchor::End).fill(SECOND))
    });
    let flags: Vec<Markup> = flown
        .into_iter()
        .map(|(i, text, own)| {
            let (text, by) = text;
            let stroke = if own { INK } else { USUAL };
            let line = |from: f64| html! { path d=(format!("M{} {}V{}", c(x(i)), c(from), c(bottom))) stroke=(stroke) stroke-dasharray=[(!own).then_some("2 3")] {} };
            let ink = if own { INK } else { SECOND };
            let label = |text: &str, row: f64, anchor: Anchor| {
                let shift = match anchor {
                    Anchor::Start if frame.large => 6.0,
                    Anchor::End if frame.large => -6.0,
                    _ => 0.0,
                };
                Label::new(text, x(i) + shift, row, size).anchor(anchor).fill(ink)
            };
            // a flag on its pole: neither may cross another
            let order: &[Anchor] =
                if frame.large { &[Anchor::Start, Anchor::End] } else { &[Anchor::Middle, Anchor::Start, Anchor::End] };
            // who it was is said where there is room for it
            let whole = by.as_ref().filter(|_| frame.large).map(|by| format!("{text}: new usual range, {by}"));
            let texts = [whole.as_deref(), Some(text.as_str())].into_iter().flatten();
            let spots = || order.iter().flat_map(|anchor| frame.rows.iter().map(move |row| (*anchor, *row)));
            let placed = texts.flat_map(|text| spots().map(move |(anchor, row)| (text, anchor, row))).find_map(|(text, anchor, row)| {
                let head = if frame.large { row - size * 0.8 } else { row + 4.0 };
                let pole = [x(i) - 1.0, head, x(i) + 1.0, top];
                let words = labels.free(pole).then(|| labels.put(label(text, row, anchor))).flatten()?;
                labels.take(pole);
                Some(html! { (line(head)) (words) })
            });
            let who = by.map_or(String::new(), |by| format!(", a new usual range by {by}"));
            let said = format!("{}: {text}{who}", sentence(&points.get(i).map_or(String::new(), |p| period(series.every, p.start))));
            html! { g { title { (plain(&said)) } (placed.unwrap_or_else(|| line(top))) } }
        })
        .collect();
    let gaps = gaps(points);
    // between the middle line and the lower limit, where no line runs
    let quiet = last.map_or((top + bottom) / 2.0, |l| (y(l.mean) + y(l.lower).min(bottom)) / 2.0 + 4.0);
    let holes: Vec<(f64, f64, Option<Markup>)> = gaps
        .iter()
        .map(|(from, to)| {
            let start = x(*from) - if *from > 0 { step } else { 0.0 };
            let end = x((to + 1).min(points.len() - 1)).max(start + 2.0).min(right.max(start));
            let word = |text: &str, y: f64| {
                let label = Label::new(text, (start + end) / 2.0, y, size - 1.0);
                label.anchor(Anchor::Middle).fill(SECOND).halo(PALE)
            };
            let since = points[*from].start.strftime("since %-d %b").to_string();
            // a feed that is silent now says since when
            let now = frame.large && to + 1 == points.len();
            let fits = |text: &str| width(text, size - 1.0) < end - start;
            let label = if now && fits(&since) {
                labels.put_all([word(words::MISSING, quiet - size * 0.6), word(&since, quiet + size * 0.6)])
            } else if fits(words::MISSING) {
                labels.put(word(words::MISSING, quiet))
            } else {
                None
            };
            (start, end, label)
        })
        .collect();

    let resting = resting_on(series).unwrap_or_default();
    let baseline = series.baseline.filter(|(from, to)| from < to && *to <= points.len()).map(|(from, to)| {
        let (from, to) = (x(from), x(to - 1));
        let text = if frame.large { resting.as_str() } else { "" };
        let label = Label::new(text, from + 4.0, bottom - 6.0, size - 2.0).fill(SECOND).halo("#fff");
        (from, to, labels.put(label))
    });

    let id = name(frame.kind, &series.id);
    html! {
        svg class=[frame.class] xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {wide} {height}")) role="img"
            aria-labelledby=(format!("{id}-t {id}-d")) {
            (told(&id, &series.title, &if frame.large { format!("{} {}", describe(series), every_point(series)) } else { describe(series) }))
            path d=(format!("M{LEFT} {bottom}H{}", c(right))) stroke=(LINE) {}
            @for (start, end, _) in &holes {
                rect x=(c(*start)) y=(c(top)) width=(c(end - start)) height=(c(bottom - top)) fill=(PALE) {}
            }
            @if let Some((from, to, _)) = &baseline {
                g {
                    title { (resting) }
                    path d=(format!("M{} {}v5H{}v-5", c(*from), c(bottom), c(*to))) fill="none" stroke=(INK) stroke-width="1.6" {}
                }
            }
            @for range in ranges(&series.limits) {
                @if let Some(first) = range.first().filter(|l| l.from < points.len()) {
                    @let end = |l: &Limits| l.to.clamp(1, points.len()) - 1;
                    @let to = range.iter().filter(|l| l.from < points.len()).map(end).max().unwrap_or(first.from);
                    @if possible(&first.mean) { path d=(format!("M{} {}H{}", c(x(first.from)), c(y(first.mean)), c(x(to)))) stroke=(USUAL) {} }
                    @for limit in [|l: &Limits| l.upper, |l: &Limits| l.lower] {
                        @let d = if range.len() == 1 {
                            Some(limit(first)).filter(possible).map_or(String::new(), |v| format!("M{} {}H{}", c(x(first.from)), c(y(v)), c(x(to))))
                        } else {
                            steps_of(range, points.len(), &|i| x(i), step / 2.0, &|l| Some(limit(l)).filter(possible).map(y))
                        };
                        @if !d.is_empty() { path d=(d) fill=[(range.len() > 1).then_some("none")] stroke=(USUAL) stroke-dasharray=[(range.len() == 1).then_some("4 3")] {} }
                    }
                }
            }
            @if let Some(t) = near {
                path d=(format!("M{LEFT} {}H{}", c(y(t)), c(right))) stroke=(INK) stroke-width="2" stroke-dasharray="0 5" stroke-linecap="round" {}
            }
            @for flag in &flags { (flag) }
            path d=(line(points, &x, &y)) fill="none" stroke=(USUAL) stroke-width="1.3" stroke-linejoin="round" {}
            @if !frame.large { path d=(dots(points, &x, &y)) stroke=(USUAL) stroke-width="3.8" stroke-linecap="round" {} }
            @for (i, p) in points.iter().enumerate() {
                @if let (Some(v), true) = (p.value, p.signal != Signal::Ordinary || frame.large) {
                    g {
                        title { (sentence(&period(series.every, p.start))) ": " (plain(&series.unit.say(v))) ", " (words::point_signal(p.signal)) }
                        @match p.signal {
                            Signal::Ordinary => circle cx=(c(x(i))) cy=(c(y(v))) r="2.4" fill=(USUAL) {},
                            signal => (mark(x(i), y(v), signal)),
                        }
                    }
                }
            }
            @for (_, _, words) in &holes { @if let Some(words) = words { (words) } }
            @if let Some(words) = baseline.as_ref().and_then(|b| b.2.as_ref()) { (words) }
            @if let Some(far) = &far { (far) }
            @for label in at_edge.iter().chain(&dates) { (label) }
        }
    }
}

/// Limits that follow each other about one middle line: a usual range whose width varies with the size of each point. Where
/// the middle line moves, a new one begins.
fn ranges(limits: &[Limits]) -> impl Iterator<Item = &[Limits]> {
    limits.chunk_by(|a, b| a.to == b.from && a.mean == b.mean)
}

/// A limit that varies from point to point, as steps: each holds from half way to half way.
fn steps_of(
    range: &[Limits],
    points: usize,
    x: &dyn Fn(usize) -> f64,
    half: f64,
    y: &dyn Fn(&Limits) -> Option<f64>,
) -> String {
    let (start, end) = (x(0), x(points.saturating_sub(1)));
    let mut d = String::new();
    let mut drawn = None;
    for l in range.iter().filter(|l| l.from < points) {
        let Some(at) = y(l) else {
            drawn = None;
            continue;
        };
        let from = (x(l.from) - half).max(start);
        let to = (x(l.to.clamp(1, points) - 1) + half).min(end);
        d += &match drawn {
            None => format!("M{} {}", c(from), c(at)),
            Some(was) if was == c(at) => String::new(),
            Some(_) => format!("V{}", c(at)),
        };
        d += &format!("H{}", c(to.max(from)));
        drawn = Some(c(at));
    }
    d
}

/// "Usual range from these 24 weeks"
fn resting_on(series: &Series) -> Option<String> {
    let (from, to) = series.baseline.filter(|(from, to)| from < to && *to <= series.points.len())?;
    Some(format!("usual range from these {}", plural(to - from, words::every(series.every))))
}

/// What stands over the chart, with who had a usual range begin there: events, then the starts of new usual ranges that no event explains. `true` is an event.
fn flags(series: &Series) -> Vec<(usize, (String, Option<String>), bool)> {
    let known = |at: usize| at < series.points.len();
    let label = |e: &Event| (e.label.clone(), e.rebased_by.clone());
    let mut flags: Vec<(usize, (String, Option<String>), bool)> =
        series.events.iter().filter(|e| known(e.at)).map(|e| (e.at, label(e), true)).collect();
    let told = |at: usize| series.events.iter().any(|e| e.at.abs_diff(at) <= 1);
    let rebases = ranges(&series.limits).skip(1).filter_map(|range| Some(range.first()?.from));
    let rebases = rebases.filter(|at| known(*at) && !told(*at));
    flags.extend(rebases.map(|at| (at, ("new usual range".to_owned(), None), false)));
    // from the right, so that each flies over the poles of those before it
    flags.sort_by_key(|f| std::cmp::Reverse(f.0));
    flags
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
    let are = if signals == 1 { "is a signal" } else { "are signals" };
    text += &format!(" {signals} of {} {are}", plural(seen.len(), "point"));
    text += &if missing > 0 { format!("; {missing} missing.") } else { ".".to_owned() };
    for e in &series.events {
        if let Some(p) = series.points.get(e.at) {
            text += &format!(" {}: {}", sentence(&period(series.every, p.start)), e.label);
            text += &e
                .rebased_by
                .as_ref()
                .map_or(".".to_owned(), |by| format!(", where {by} had a new usual range begin."));
        }
    }
    if let Some(resting) = resting_on(series) {
        let from = series.baseline.and_then(|(from, _)| series.points.get(from));
        let from = from.map_or(String::new(), |p| format!(", the first {}", period(series.every, p.start)));
        text += &format!(" {}{from}.", sentence(&resting));
    }
    text
}

/// "17 Nov 2025 196, 24 Nov 2025 no data.": what the large chart tells those who do not see it.
fn every_point(series: &Series) -> String {
    let scale = family(series);
    let said = series.points.iter().map(|p| {
        let value = p.value.map_or(words::MISSING.to_owned(), |v| scale.number(v));
        format!("{} {value}", crate::number::short_period(series.every, p.start))
    });
    let unit = if scale.word.is_empty() { String::new() } else { format!(" in {}", scale.word) };
    format!("Every point{unit}: {}.", said.collect::<Vec<_>>().join(", "))
}

/// "22 to 36 min" for point `i`; impossible limits are left out, so a count is "up to 12", never "−3 to 12".
pub fn usual_range(series: &Series, i: usize) -> Option<String> {
    let (limits, scale) = (series.limits_at(i)?, family(series));
    if !limits.lower.is_finite() && !limits.upper.is_finite() {
        return None;
    }
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
    let y = |v: f64| {
        if high > low { HEIGHT - 5.0 - (v.clamp(low, high) - low) / size * (HEIGHT - 10.0) } else { HEIGHT / 2.0 }
    };
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
    match series.limits.last().filter(|l| l.upper.is_finite() && l.lower.is_finite()) {
        Some(l) => series.unit.scale(l.mean).precise((l.upper - l.lower).max(f64::MIN_POSITIVE)),
        None => series.unit.scale(high).precise(high - low),
    }
}

/// Which points would carry a date, most wanted first: the ends, then the starts of months between them.
fn ticks(series: &Series, frame: &Frame) -> Vec<(usize, Anchor)> {
    let n = series.points.len();
    let ends = [(0, Anchor::Start), (n.saturating_sub(1), Anchor::End)];
    match n {
        0 => vec![],
        1 => vec![ends[0]],
        2..=11 if !frame.large => ends.into(),
        _ if !frame.large => {
            let between = [(n - 1) / 3, (n - 1) * 2 / 3].map(|i| (i, Anchor::Middle));
            ends.into_iter().chain(between).collect()
        }
        _ => {
            let new_month = |i: &usize| {
                let start = series.points[*i].start;
                series.every == Every::Month || start.day() <= if series.every == Every::Day { 1 } else { 7 }
            };
            let months: Vec<usize> = (1..n - 1).filter(new_month).collect();
            let between: Vec<usize> = if months.len() >= 3 { months } else { (1..n - 1).collect() };
            // every so many, so that the dates stand evenly
            let apart = (frame.width * 0.8 / between.len().max(1) as f64).max(1.0);
            let every = (110.0 / apart).ceil().max(1.0) as usize;
            ends.into_iter().chain(between.into_iter().step_by(every).map(|i| (i, Anchor::Middle))).collect()
        }
    }
}

fn tick(series: &Series, i: usize, large: bool) -> String {
    let start = series.points[i].start;
    let format = match (series.every, series.points.len(), i) {
        (Every::Day, ..) | (Every::Week, ..=26, _) => "%-d %b",
        (_, _, 0) => "%b %Y",
        (Every::Month, 25.., _) => "%b %Y",
        _ if large && start.month() == 1 => "%b %Y",
        _ => "%b",
    };
    start.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
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
            baseline: None,
            method: String::new(),
        }
    }

    #[test]
    fn a_missing_week_breaks_the_line_and_is_counted() {
        let gap = series(&[Some(1.0), Some(2.0), None, Some(2.0), Some(3.0)], (1.0, 2.0, 3.0), None);
        assert_eq!(line(&gap.points, &|i| i as f64, &|v| v), "M0 1L1 2M3 2L4 3");
        assert!(describe(&gap).contains("1 of 4 points is a signal; 1 missing"), "{}", describe(&gap));
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
            let mut labels: Vec<_> = at.iter().map(|y| (*y, ())).collect();
            spread(&mut labels, 13.0, 10.0, 110.0);
            prop_assert!(labels.windows(2).all(|w| w[1].0 - w[0].0 > 12.99));
        }
    }
}

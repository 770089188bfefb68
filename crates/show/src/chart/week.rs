//! A simulated week as it passes: at each service a bar of those cared for, hatched where they are ready but have nowhere to go,
//! and under it those who wait to come in. Streams between services are as thick as the people who pass in the hour.
//!
//! The picture is drawn at one hour. What moves carries `data-k`, a place in [`week_values`]; the page's script changes its
//! number, its length or its thickness from hour to hour. Where nothing moves the same picture stands still, several times.

use super::*;
use crate::ahead::{Station, Stream, Week};

const CARE: &str = "#4a90d0";
const WAIT: &str = "#d97a35";

/// The picture that moves, at the hour where it begins, 1080 wide, and for a phone 342. The page shows `.wide-only` or
/// `.phone-only`.
pub fn week(picture: &Week) -> Markup {
    let start = picture.stills.first().copied().unwrap_or(0);
    html! { (draw(picture, start, true, WIDE)) (draw(picture, start, true, PHONE)) }
}

/// How wide the picture is drawn; a phone has one column.
const WIDE: f64 = 1080.0;
const PHONE: f64 = 342.0;
const PAPER: f64 = 830.0;

/// The same at one hour, where nothing moves.
pub fn still(picture: &Week, hour: usize) -> Markup {
    html! { (draw(picture, hour, false, WIDE)) (draw(picture, hour, false, PHONE)) }
}

/// The same once, narrow enough for letters that can be read on paper.
pub(crate) fn still_on_paper(picture: &Week, hour: usize) -> Markup {
    draw(picture, hour, false, PAPER)
}

/// Every number that moves: series parted by `|`, hours by spaces. Each service has four (waiting, cared for, ready but blocked,
/// and the last two together), then each stream one.
pub fn week_values(picture: &Week) -> String {
    let hours = picture.hours.len();
    let series = |of: &dyn Fn(usize) -> f64| (0..hours).map(|i| number(of(i))).collect::<Vec<_>>().join(" ");
    let services = picture.services.iter().flat_map(|s| {
        [
            series(&|i| at(&s.waiting, i)),
            series(&|i| at(&s.in_care, i)),
            series(&|i| at(&s.blocked, i)),
            series(&|i| inside(s, i)),
        ]
    });
    services.chain(picture.streams_drawn().map(|f| series(&|i| at(&f.people, i)))).collect::<Vec<_>>().join("|")
}

impl Week {
    /// Streams that go to a later column; what runs back is told in words alone.
    fn streams_drawn(&self) -> impl Iterator<Item = &Stream> {
        let column = |i: usize| self.services.get(i).map(|s| s.column);
        self.flows.iter().filter(move |f| matches!((column(f.from), column(f.to)), (Some(a), Some(b)) if a < b))
    }
}

/// What is not a number is nobody.
fn at(all: &[f64], hour: usize) -> f64 {
    all.get(hour).copied().filter(|v| v.is_finite()).map_or(0.0, |v| v.clamp(0.0, 1e9))
}

fn inside(s: &Station, hour: usize) -> f64 {
    at(&s.in_care, hour) + at(&s.blocked, hour)
}

/// A tenth of a person is said only of fewer than ten.
fn number(v: f64) -> String {
    if v >= 9.95 { format!("{v:.0}") } else { c(v) }
}

fn draw(picture: &Week, hour: usize, moves: bool, wide: f64) -> Markup {
    let phone = wide == PHONE;
    const SIZE: f64 = 14.0;
    const SMALL: f64 = 13.0;
    let services = &picture.services;
    let hours = picture.hours.len();
    // an hour that the week does not have is empty
    let hour = if hour < hours { hour } else { usize::MAX };
    let columns = services.iter().map(|s| s.column.min(11)).max().map_or(1, |m| m + 1);
    let (tall, gap) = if phone { (84.0, 8.0) } else { (92.0, 22.0) };
    let each = wide / columns as f64;
    let bar = if phone { wide - 4.0 } else { (each - 54.0).clamp(40.0, 190.0) };
    let top = 8.0;
    let stacked = |column: usize, of: &[Station]| of.iter().filter(|o| o.column.min(11) == column).count();
    let deep = (0..columns).map(|column| stacked(column, services)).max().unwrap_or(0);
    let place: Vec<(f64, f64)> = services
        .iter()
        .enumerate()
        .map(|(i, s)| {
            let column = s.column.min(11);
            // a column stands in the middle of the tallest
            let row = stacked(column, &services[..i]) as f64 + (deep - stacked(column, services)) as f64 / 2.0;
            let (x, row) = if phone { (2.0, i as f64) } else { (column as f64 * each + 2.0, row) };
            (x, top + row * (tall + gap))
        })
        .collect();
    let deepest = place.iter().map(|p| p.1).fold(top, f64::max);
    let height = deepest + tall + 36.0;
    // each service has a scale of its own: its places, or the most that it ever holds
    let most = |s: &Station| {
        (0..hours)
            .map(|i| inside(s, i))
            .chain([s.places.filter(|p| p.is_finite()).unwrap_or(0.0).clamp(0.0, 1e9)])
            .fold(1.0, f64::max)
    };
    // waiting is on one scale, so that queues can be compared
    let queue = services.iter().flat_map(|s| (0..hours).map(|i| at(&s.waiting, i))).fold(1.0, f64::max);
    let busiest = picture.streams_drawn().flat_map(|f| (0..hours).map(|i| at(&f.people, i))).fold(1.0, f64::max);
    let thick = 16.0 / busiest;
    let kind =
        format!("week{}{}", if phone { "-phone" } else { "" }, if moves { String::new() } else { format!("-{hour}") });
    let id = name(&kind, &picture.id);
    let key = |k: usize| moves.then(|| k.to_string());
    let per = |v: f64| moves.then(|| format!("{v:.5}"));

    let mut labels = Labels::on(wide, height);
    // a number that moves keeps room for the widest that it will be
    let digits = |all: &[f64]| {
        (0..hours)
            .map(|i| number(at(all, i)))
            .max_by(|a, b| width(a, SMALL).total_cmp(&width(b, SMALL)))
            .unwrap_or_default()
    };
    let stations: Vec<Markup> = services
        .iter()
        .zip(&place)
        .enumerate()
        .map(|(i, (s, (x, y)))| {
            let size = if wide == PAPER { SMALL } else { SIZE };
            let words = fit(&s.name, size, if phone { wide * 0.6 } else { each - 8.0 });
            let head = Label::new(words, *x, y + 13.0, size).bold();
            let head = labels.put(if s.href.is_some() { head.fill(BETTER) } else { head });
            let places = s.places.filter(|p| p.is_finite() && *p >= 0.0).map(|p| format!("{} places", number(p.min(1e9))));
            let counts = |k: usize, all: &[f64], word: &str, x: f64, line: f64, labels: &mut Labels| {
                let room = Label::new(format!("{} {word}", digits(all)), x, line, SMALL).area();
                let now = number(at(all, hour));
                if !labels.free(room) {
                    return (html! {}, x);
                }
                labels.take(room);
                let said = html! { text x=(c(x)) y=(c(line)) font-size="13" fill=(INK) { tspan font-weight="600" data-k=[key(k)] { (now) } " " (word) } };
                (said, room[2])
            };
            let k = i * 4;
            let line = y + 49.0;
            let (care, end) = counts(k + 1, &s.in_care, "in care", *x, line, &mut labels);
            let ever = (0..hours).any(|i| at(&s.blocked, i) > 0.0);
            let blocked = if ever { counts(k + 2, &s.blocked, "blocked", end + 9.0, line, &mut labels).0 } else { html! {} };
            let waits = (0..hours).any(|i| at(&s.waiting, i) > 0.0);
            let waiting = if waits { counts(k, &s.waiting, "waiting", *x, y + 77.0, &mut labels).0 } else { html! {} };
            let places = places.filter(|_| phone).and_then(|words| labels.put(Label::new(words, wide - 2.0, y + 13.0, SMALL).anchor(Anchor::End).fill(SECOND)));
            let size = bar / most(s);
            let long = bar / queue;
            let holds = s.places.filter(|p| p.is_finite()).map(|p| (p.clamp(0.0, 1e9) * size).min(bar));
            html! {
                @if !phone { rect x=(c(x - 2.0)) y=(c(*y)) width=(c((each - 44.0).max(bar + 4.0))) height=(c(tall)) fill="#fff" {} }
                (part(s.href.as_deref(), &words_of(s, hour), html! {
                    @if let Some(head) = &head { (head) }
                    @if let Some(holds) = holds { rect x=(c(*x)) y=(c(y + 20.0)) width=(c(holds)) height="14" fill="#eef2f4" stroke="#aab8c2" stroke-width=".8" {} }
                    rect x=(c(*x)) y=(c(y + 20.0)) width=(c((inside(s, hour) * size).min(bar))) height="14" fill=(format!("url(#{id}-b)")) stroke=(CONCERN) stroke-width=".8" data-k=[key(k + 3)] data-per=[per(size)] {}
                    rect x=(c(*x)) y=(c(y + 20.0)) width=(c((at(&s.in_care, hour) * size).min(bar))) height="14" fill=(CARE) data-k=[key(k + 1)] data-per=[per(size)] {}
                    @if waits { rect x=(c(*x)) y=(c(y + 56.0)) width=(c((at(&s.waiting, hour) * long).min(bar))) height="7" fill=(WAIT) data-k=[key(k)] data-per=[per(long)] {} }
                }))
                (care) (blocked) (waiting)
                @if let Some(places) = &places { (places) }
            }
        })
        .collect();
    let streams: Vec<Markup> = if phone {
        vec![]
    } else {
        picture
            .streams_drawn()
            .enumerate()
            .map(|(n, f)| {
                let k = services.len() * 4 + n;
                let ((x0, y0), (x1, y1)) = (place[f.from], place[f.to]);
                let (x0, y0, x1, y1) = (x0 + (each - 46.0).max(bar + 2.0), y0 + 27.0, x1 - 6.0, y1 + 27.0);
                let bend = ((x1 - x0) / 2.0).min(each / 2.0);
                let people = at(&f.people, hour);
                let said = format!("{} to {}: {} in this hour", services[f.from].name, services[f.to].name, number(people));
                html! { g {
                    title { (plain(&said)) }
                    path.stream d=(format!("M{} {}C{} {} {} {} {} {}", c(x0), c(y0), c(x0 + bend), c(y0), c(x1 - bend), c(y1), c(x1), c(y1))) fill="none" stroke="#c9d3da" stroke-width=(c((people * thick).min(16.0))) data-k=[key(k)] data-per=[per(thick)] {}
                } }
            })
            .collect()
    };
    let hatched = format!("url(#{id}-b)");
    let keys =
        [("in care", CARE), ("blocked: ready, with nowhere to go", hatched.as_str()), ("waiting to come in", WAIT)];
    let (spots, _) = key_rows(keys.iter().map(|k| k.0), 0.0, wide * 3.0, SMALL);
    let below: Vec<Markup> = keys
        .iter()
        .zip(spots)
        .filter_map(|((words, fill), (dx, _))| {
            let words = if phone { words.split([':', ' ']).next().unwrap_or(words) } else { words };
            let dx = if phone { keys.iter().position(|k| k.1 == *fill).unwrap_or(0) as f64 * 108.0 } else { dx };
            let words = if phone && words == "in" { "in care" } else { words };
            let text = labels.put(Label::new(words, dx + 28.0, height - 8.0, SMALL).fill(SECOND))?;
            // a queue is thin, in the key too
            let mark = html! { @if *fill == WAIT { rect x=(c(dx)) y=(c(height - 15.0)) width="20" height="7" fill=(fill) {} } @else { (swatch(dx, height - 8.0, fill)) } };
            Some(html! { (mark) (text) })
        })
        .collect();
    let links = services.iter().any(|s| s.href.is_some());
    html! {
        svg class=(if phone { "phone-only" } else { "wide-only" }) xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {wide} {}", c(height))) role=(role(links)) aria-labelledby=(format!("{id}-t {id}-d")) {
            (told(&id, &picture.title, &describe(picture, hour)))
            (hatch(&format!("{id}-b"), "#f9e4d4", WAIT, 2.2))
            @for stream in &streams { (stream) }
            @for station in &stations { (station) }
            @for entry in &below { (entry) }
        }
    }
}

/// "Hospital ward: 14 waiting, 312 in care, 28 ready with nowhere to go, 340 places"
fn words_of(s: &Station, hour: usize) -> String {
    let of = |all: &[f64]| number(at(all, hour));
    let places = s
        .places
        .filter(|p| p.is_finite() && *p >= 0.0)
        .map_or(String::new(), |p| format!(", {} places", number(p.min(1e9))));
    format!(
        "{}: {} waiting, {} in care, {} ready with nowhere to go{places}",
        s.name,
        of(&s.waiting),
        of(&s.in_care),
        of(&s.blocked)
    )
}

fn describe(picture: &Week, hour: usize) -> String {
    let rows: Vec<String> = picture.services.iter().map(|s| words_of(s, hour)).collect();
    let when = picture.hours.get(hour).map_or("", String::as_str);
    format!("{}. {when}: {}.", picture.definition.trim_end_matches('.'), rows.join("; "))
}

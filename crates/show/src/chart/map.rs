//! Areas of the place, in at most five steps of one hue.
//!
//! Drawn 460 wide. Points closer than half a pixel are left out, so the picture is bounded by its paper and not by its
//! data: 296 English districts take 175 KB. Beyond a thousand areas one by one is of no use to a reader
//! or a keyboard: each class is then one path without titles and links, 10,000 areas below 800 KB, and the table tells
//! each.

use super::grid::national_grid;
use super::*;
use crate::view::{Area, Map};

const WIDTH: f64 = 460.0;
const SIZE: f64 = 14.0;
/// More areas than this are not told one by one.
const SINGLE: usize = 1000;

type Ring = Vec<(f64, f64)>;

/// Areas by class, labelled where a label has room, each a link where it leads somewhere.
pub fn map(picture: &Map) -> Markup {
    let id = name("map", &picture.id);
    let unit = &picture.unit;
    let value = |a: &Area| a.figure.value.filter(|v| v.is_finite());
    let steps = Steps::of(picture.areas.iter().filter_map(value), [20, 40, 60, 80], unit, picture.better);
    let (shapes, high) = on_paper(picture);

    // the key below the map
    let (low, highest) = span(picture.areas.iter().filter_map(value));
    let scale = unit.scale(highest).precise((highest - low) / 5.0);
    let mut ends = vec![(f64::INFINITY, f64::NEG_INFINITY); steps.len()];
    for v in picture.areas.iter().filter_map(value) {
        let end = &mut ends[steps.class(v)];
        *end = (end.0.min(v), end.1.max(v));
    }
    let mut key: Vec<(String, String)> = (0..steps.len())
        .rev()
        .filter(|k| ends[*k].0 <= ends[*k].1)
        .map(|k| {
            let (from, to) = (short(&scale, ends[k].0), short(&scale, ends[k].1));
            let range = if from == to { from } else { format!("{from} to {to}") };
            (steps.fill(k).to_owned(), format!("{}: {range}{}", sentence(steps.words(k)), sign(&scale)))
        })
        .collect();
    let any_missing = picture.areas.iter().any(|a| value(a).is_none());
    if any_missing {
        key.push((format!("url(#{id}-h)"), sentence(crate::words::MISSING)));
    }
    // the unit is said once, over the key
    let unit_of = if scale.word.is_empty() || scale.word == "%" { String::new() } else { format!("In {}", scale.word) };
    let head = if unit_of.is_empty() { 0.0 } else { 22.0 };
    let height = high + 14.0 + head + 24.0 * key.len() as f64;
    let mut labels = Labels::on(WIDTH, height);
    let unit_of = labels.put(Label::new(fit(&unit_of, 13.0, WIDTH - 4.0), 0.0, high + 26.0, 13.0).bold().fill(SECOND));
    let key: Vec<Markup> = key
        .iter()
        .enumerate()
        .map(|(i, (fill, text))| {
            let y = high + head + 28.0 + 24.0 * i as f64;
            html! {
                rect x="1" y=(c(y - 12.0)) width="22" height="15" rx="2" fill=(fill) stroke="#9fb0bb" stroke-width=".6" {}
                @if let Some(words) = labels.put(Label::new(fit(text, 13.0, WIDTH - 40.0), 32.0, y, 13.0).fill(SECOND)) { (words) }
            }
        })
        .collect();

    let fill = |a: &Area| value(a).map_or_else(|| format!("url(#{id}-h)"), |v| steps.fill(steps.class(v)).to_owned());
    let ranks = ranks(picture);
    let single = picture.areas.len() <= SINGLE;
    // few areas are all named; of many, only those whose name lies within them
    let words: Vec<Markup> =
        if single { named(picture, &shapes, &steps, &unit.scale(highest), &mut labels, high) } else { vec![] };
    let links = single && picture.areas.iter().zip(&shapes).any(|(a, shape)| a.href.is_some() && !shape.is_empty());
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} {}", c(height))) role=(role(links)) aria-labelledby=(format!("{id}-t {id}-d")) {
            (told(&id, &picture.title, &desc(picture, &ranks)))
            @if any_missing { (hatch(&format!("{id}-h"), "#fff", "#9fb0bb", 1.2)) }
            @if single {
                g stroke="#fff" stroke-width=(if shapes.len() > 60 { ".5" } else { "1.5" }) stroke-linejoin="round" {
                    @for ((a, shape), rank) in picture.areas.iter().zip(&shapes).zip(&ranks) {
                        @if !shape.is_empty() { (part(a.href.as_deref(), &said(a, rank), html! { path d=(path(shape)) fill=(fill(a)) fill-rule="evenodd" {} })) }
                    }
                }
            } @else {
                @for class in 0..=steps.len() {
                    @let of = |a: &Area| value(a).map_or(steps.len(), |v| steps.class(v)) == class;
                    @let d: String = picture.areas.iter().zip(&shapes).filter(|(a, _)| of(a)).map(|(_, shape)| path(shape)).collect();
                    @if !d.is_empty() {
                        path d=(d) fill=(if class == steps.len() { format!("url(#{id}-h)") } else { steps.fill(class).to_owned() }) {}
                    }
                }
            }
            // names lie over their area and do not take its clicks
            g pointer-events="none" { @for w in &words { (w) } }
            @if let Some(words) = &unit_of { (words) }
            @for k in &key { (k) }
        }
    }
}

/// The rings of each area on the paper, thinned; and how high the map is.
fn on_paper(picture: &Map) -> (Vec<Vec<Ring>>, f64) {
    let project = |ring: &Ring| ring.iter().filter_map(|(lon, lat)| national_grid(*lon, *lat)).collect::<Ring>();
    let grid: Vec<Vec<Ring>> =
        picture.areas.iter().map(|a| a.polygons.iter().flatten().map(project).collect()).collect();
    let all = || grid.iter().flatten().flatten();
    let (west, east) = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), p| (l.min(p.0), h.max(p.0)));
    let (south, north) = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), p| (l.min(p.1), h.max(p.1)));
    if west > east {
        return (vec![Vec::new(); grid.len()], 40.0);
    }
    let per = f64::min((WIDTH - 4.0) / (east - west).max(1.0), 596.0 / (north - south).max(1.0));
    let left = (WIDTH - (east - west) * per) / 2.0;
    let high = (north - south) * per + 4.0;
    let apart = if grid.len() > SINGLE { 1.5 } else { 0.5 };
    let place = |p: &(f64, f64)| (left + (p.0 - west) * per, 2.0 + (north - p.1) * per);
    let thin = |ring: &Ring| {
        let mut kept: Ring = Vec::new();
        for p in ring.iter().map(place) {
            if kept.last().is_none_or(|k| (k.0 - p.0).hypot(k.1 - p.1) >= apart) {
                kept.push(p);
            }
        }
        kept
    };
    let shapes = grid
        .iter()
        .map(|rings| {
            let mut thinned: Vec<Ring> = rings.iter().map(thin).collect();
            let first = thinned.iter().flatten().next().copied();
            thinned.retain(|r| r.len() >= 3);
            // an area smaller than a pixel is still there
            if let (true, Some((x, y))) = (thinned.is_empty(), first) {
                thinned.push(vec![(x - 0.5, y - 0.5), (x + 0.5, y - 0.5), (x + 0.5, y + 0.5), (x - 0.5, y + 0.5)]);
            }
            thinned
        })
        .collect();
    (shapes, high)
}

/// Steps of a tenth of a pixel from point to point: less to write than where each lies, and no error adds up.
fn path(rings: &[Ring]) -> String {
    let mut d = String::new();
    for ring in rings {
        let tenths = |p: &(f64, f64)| ((p.0 * 10.0).round() as i64, (p.1 * 10.0).round() as i64);
        let Some(start) = ring.first().map(tenths) else { continue };
        let said = |t: i64| c(t as f64 / 10.0);
        d += &format!("M{} {}l", said(start.0), said(start.1));
        let mut pen = start;
        for p in ring[1..].iter().map(tenths) {
            let (dx, dy) = (p.0 - pen.0, p.1 - pen.1);
            d += &said(dx);
            d += if dy < 0 { "" } else { " " };
            d += &said(dy);
            d.push(' ');
            pen = p;
        }
        d.truncate(d.trim_end().len());
        d.push('z');
    }
    d
}

/// The names of areas: inside where they fit, beside where there are few.
fn named(
    picture: &Map,
    shapes: &[Vec<Ring>],
    steps: &Steps,
    scale: &Scale,
    labels: &mut Labels,
    high: f64,
) -> Vec<Markup> {
    let few = picture.areas.len() <= 15;
    let mut order: Vec<usize> = (0..shapes.len()).collect();
    let size = |i: &usize| shapes[*i].iter().map(|r| area_of(r).abs()).fold(0.0, f64::max);
    order.sort_by(|a, b| size(b).total_cmp(&size(a)).then(a.cmp(b)));
    let mut out = Vec::new();
    for i in order {
        let a = &picture.areas[i];
        let Some(ring) = shapes[i].iter().max_by(|a, b| area_of(a).abs().total_cmp(&area_of(b).abs())) else {
            continue;
        };
        let [left, top, right, bottom] = bounds(ring);
        if !few && (right - left < 40.0 || bottom - top < 34.0) {
            continue;
        }
        let number = a.figure.value.map_or_else(|| a.figure.say(), |v| short(scale, v) + sign(scale));
        let whole = fit(&a.name, SIZE, if few { 180.0 } else { 110.0 });
        let parted = halves(&a.name).map(|h| fit(h, SIZE, 120.0)).into_iter().filter(|h| !h.is_empty()).collect();
        let names = [vec![whole], parted];
        let (x, y) = label_point(ring);
        let ink = a.figure.value.map_or(INK, |v| steps.ink(steps.class(v)));
        let lines =
            |names: &[String], x: f64, y: f64, anchor: Anchor, ink: &'static str, ground: Option<&'static str>| {
                let halo = |l: Label| if let Some(ground) = ground { l.halo(ground) } else { l };
                let top = y + 7.0 - 8.5 * names.len() as f64;
                let line = |k: usize| top + 17.0 * k as f64;
                let mut all: Vec<Label> = names
                    .iter()
                    .enumerate()
                    .map(|(k, name)| halo(Label::new(name, x, line(k), SIZE).anchor(anchor).bold().fill(ink)))
                    .collect();
                all.push(halo(Label::new(&number, x, line(names.len()), SIZE).anchor(anchor).fill(ink)));
                all
            };
        let within = |[l, t, r, b]: label::Room| {
            let round = [(l, t), (r, t), (l, b), (r, b), ((l + r) / 2.0, t), ((l + r) / 2.0, b)];
            round.into_iter().all(|(x, y)| holds(ring, x, y))
        };
        let inside = names.iter().find_map(|names| {
            let lines = lines(names, x, y, Anchor::Middle, ink, a.figure.value.is_none().then_some("#fff"));
            lines.iter().all(|l| within(l.area())).then(|| labels.put_all(lines)).flatten()
        });
        if inside.is_some() || !few {
            out.extend(inside);
            continue;
        }
        let across = (top + bottom) / 2.0;
        let own = a.figure.value.map_or("#fff", |v| steps.fill(steps.class(v)));
        // over its own edge in its own colours, or beside it on paper
        let places = [
            (x, y, Anchor::Middle, ink, own),
            (left.max(2.0), y, Anchor::Start, ink, own),
            (right.min(WIDTH - 2.0), y, Anchor::End, ink, own),
            (right + 6.0, across, Anchor::Start, INK, "#fff"),
            (left - 6.0, across, Anchor::End, INK, "#fff"),
            (x, bottom + 18.0, Anchor::Middle, INK, "#fff"),
            (x, top - 18.0, Anchor::Middle, INK, "#fff"),
        ];
        let on_map = |l: &Label| l.area()[3] < high + 2.0;
        let found = places.into_iter().find_map(|(x, y, anchor, ink, ground)| {
            names.iter().rev().find_map(|names| {
                let lines = lines(names, x, y, anchor, ink, Some(ground));
                lines.iter().all(on_map).then(|| labels.put_all(lines)).flatten()
            })
        });
        out.extend(found);
    }
    out
}

/// What belongs to the number itself.
fn sign(scale: &Scale) -> &'static str {
    if scale.word == "%" { "%" } else { "" }
}

/// A name in two lines, parted at the space nearest its middle; a single word is one line.
fn halves(name: &str) -> [&str; 2] {
    let middle = name.len() / 2;
    let space = name.match_indices(' ').map(|(i, _)| i).min_by_key(|i| i.abs_diff(middle));
    space.map_or([name, ""], |i| [&name[..i], &name[i + 1..]])
}

fn area_of(ring: &[(f64, f64)]) -> f64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum::<f64>() / 2.0
}

fn bounds(ring: &[(f64, f64)]) -> [f64; 4] {
    ring.iter().fold([f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY], |b, p| {
        [b[0].min(p.0), b[1].min(p.1), b[2].max(p.0), b[3].max(p.1)]
    })
}

fn holds(ring: &[(f64, f64)], x: f64, y: f64) -> bool {
    let next = ring.iter().cycle().skip(1);
    let crossed = ring
        .iter()
        .zip(next)
        .filter(|(a, b)| (a.1 > y) != (b.1 > y) && x < (b.0 - a.0) * (y - a.1) / (b.1 - a.1) + a.0);
    crossed.count() % 2 == 1
}

/// About the point farthest from every edge, with a label's shape in mind: far to the sides counts for less than far up
/// and down.
fn label_point(ring: &[(f64, f64)]) -> (f64, f64) {
    const WIDER: f64 = 0.4;
    let flat: Ring = ring.iter().map(|p| (p.0 * WIDER, p.1)).collect();
    let depth = |x: f64, y: f64| {
        let next = flat.iter().cycle().skip(1);
        let far = flat.iter().zip(next).map(|(a, b)| from_edge(x, y, *a, *b)).fold(f64::INFINITY, f64::min);
        if holds(&flat, x, y) { far } else { -far }
    };
    let [left, top, right, bottom] = bounds(&flat);
    let (mut best, mut at) = (f64::NEG_INFINITY, ((left + right) / 2.0, (top + bottom) / 2.0));
    let (mut wide, mut tall) = (right - left, bottom - top);
    // a grid, then finer ones about the best point of the last
    for _ in 0..4 {
        let around = at;
        for i in 0..=10 {
            for k in 0..=10 {
                let x = around.0 + (f64::from(i) / 10.0 - 0.5) * wide;
                let y = around.1 + (f64::from(k) / 10.0 - 0.5) * tall;
                let deep = depth(x, y);
                if deep > best {
                    (best, at) = (deep, (x, y));
                }
            }
        }
        (wide, tall) = (wide / 5.0, tall / 5.0);
    }
    (at.0 / WIDER, at.1)
}

fn from_edge(x: f64, y: f64, a: (f64, f64), b: (f64, f64)) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let long = dx * dx + dy * dy;
    let t = if long > 0.0 { (((x - a.0) * dx + (y - a.1) * dy) / long).clamp(0.0, 1.0) } else { 0.0 };
    (x - a.0 - t * dx).hypot(y - a.1 - t * dy)
}

/// "longest of 8", "3rd longest of 8"; nothing where nobody knows.
fn ranks(picture: &Map) -> Vec<Option<String>> {
    let value = |a: &Area| a.figure.value.filter(|v| v.is_finite());
    let mut sorted: Vec<f64> = picture.areas.iter().filter_map(value).collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let n = sorted.len();
    let (most, least) = if picture.unit.is_time() { ("longest", "shortest") } else { ("highest", "lowest") };
    let rank = |v: f64| {
        let above = sorted.partition_point(|o| *o > v);
        let same = sorted.partition_point(|o| *o >= v) - above;
        Some(match above {
            _ if n < 2 || same == n => return None,
            0 => format!("{most} of {n}"),
            k if k + same == n => format!("{least} of {n}"),
            k => format!("{} {most} of {n}", ordinal(k + 1)),
        })
    };
    picture.areas.iter().map(|a| value(a).and_then(rank)).collect()
}

fn ordinal(n: usize) -> String {
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

/// "Eastbrook: 4.9 days, longest of 8"
fn said(a: &Area, rank: &Option<String>) -> String {
    let rank = rank.as_ref().map_or(String::new(), |r| format!(", {r}"));
    let changed = match a.signal {
        Signal::Ordinary => String::new(),
        signal => format!(", {}", crate::words::point_signal(signal)),
    };
    format!("{}: {}{rank}{changed}", a.name, a.figure.say())
}

/// Of many areas only the ends are told in words; the table has them all.
fn desc(picture: &Map, ranks: &[Option<String>]) -> String {
    let mut all: Vec<(&Area, &Option<String>)> = picture.areas.iter().zip(ranks).collect();
    all.sort_by(|a, b| {
        let value = |a: &Area| a.figure.value.filter(|v| v.is_finite()).unwrap_or(f64::NEG_INFINITY);
        value(b.0).total_cmp(&value(a.0)).then_with(|| a.0.name.cmp(&b.0.name))
    });
    let words = |(a, r): &(&Area, &Option<String>)| said(a, r);
    let told = if all.len() <= 60 {
        all.iter().map(words).collect::<Vec<_>>().join("; ")
    } else {
        let known: Vec<_> = all.iter().filter(|(a, _)| a.figure.value.is_some()).collect();
        let ends = known.iter().take(5).chain(known.iter().skip(5.max(known.len().saturating_sub(5))));
        let missing = all.len() - known.len();
        let missing = if missing > 0 { format!("; {missing} without data") } else { String::new() };
        format!("{}{missing}", ends.map(|k| words(k)).collect::<Vec<_>>().join("; "))
    };
    format!("{}. {told}.", picture.definition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_where_its_area_is_thickest() {
        // an L: the middle of its box is outside, the thick foot is not
        let ring = [(0.0, 0.0), (10.0, 0.0), (10.0, 60.0), (100.0, 60.0), (100.0, 100.0), (0.0, 100.0)];
        let (x, y) = label_point(&ring);
        assert!(holds(&ring, x, y) && y > 65.0 && x > 20.0, "{x} {y}");
    }

    #[test]
    fn ranks_are_said_as_people_say_them() {
        assert_eq!([1, 2, 3, 4, 11, 21, 112].map(ordinal), ["1st", "2nd", "3rd", "4th", "11th", "21st", "112th"]);
    }

    #[test]
    fn steps_from_point_to_point_end_where_they_should() {
        assert_eq!(path(&[vec![(1.0, 2.0), (3.04, 1.04), (5.0, 9.0)]]), "M1 2l2-1 2 8z");
    }
}

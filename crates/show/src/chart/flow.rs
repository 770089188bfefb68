//! Who goes where: boxes in columns, ribbons as wide as their people.

use super::*;
use crate::view::{Flow, Move};
use crate::words;

/// Who goes where: width is people, a label is the middle wait, orange and ▲ longer than usual, blue and ▼ shorter.
///
/// 840 wide for up to five columns and wider for more; the page lets it scroll on a phone. A move with `href` is one
/// link: its label where it has one, else its ribbon.
pub fn flow(flow: &Flow) -> Markup {
    const BOX: f64 = 9.0;
    let flow = &in_ranks(flow);
    let layout = Layout::of(flow);
    let columns = layout.columns;
    let wide = f64::max(840.0, columns as f64 * 168.0);
    let x = |column: usize| if columns > 1 { column as f64 / (columns - 1) as f64 * (wide - 168.0) } else { 0.0 };
    let pitch = if columns > 1 { x(1) } else { wide };
    let height = layout.height;

    let mut labels = Labels::on(wide, height);
    for (i, s) in flow.stops.iter().enumerate() {
        labels.take([x(s.column), layout.tops[i], x(s.column) + BOX, layout.tops[i] + layout.sizes[i].max(2.5)]);
    }
    let stops: Vec<Markup> = flow
        .stops
        .iter()
        .enumerate()
        .map(|(i, s)| {
            let (top, size) = (layout.tops[i], layout.sizes[i]);
            let people = people(s.people);
            let words = if s.column + 1 == columns {
                let middle = top + f64::min(size / 2.0, 30.0);
                let at = x(s.column) + 18.0;
                let room = wide - at;
                let wait = only_move_to(flow, i).and_then(|m| Some((m, wait_words(m)?)));
                let number = |text: &str| Label::new(text, at, middle + 16.0, 14.0).fill(SECOND);
                // the wait follows the number where both have room
                let told = match &wait {
                    Some((m, wait)) if width(&format!("{people}, {wait}"), 14.0) <= room => {
                        number(&format!("{people},")).tail(format!(" {wait}"), text_colour(m.signal), true)
                    }
                    _ => number(&people),
                };
                labels.put_all([Label::new(fit(&s.name, 15.0, room), at, middle - 1.0, 15.0).bold(), told])
            } else {
                let (at, base) = (x(s.column), top - 9.0);
                let name = |text: String| {
                    Label::new(text, at, base, 15.0).bold().halo("#fff").tail(format!(" {people}"), SECOND, false)
                };
                let room = pitch - 12.0;
                let short = fit(&s.name, 15.0, room - width(&people, 15.0) - 6.0);
                labels
                    .put(name(plain(&s.name)))
                    .or_else(|| if short.is_empty() { None } else { labels.put(name(short)) })
                    .or_else(|| labels.put(Label::new(fit(&s.name, 15.0, room), at, base, 15.0).bold().halo("#fff")))
            };
            html! {
                g {
                    title { (plain(&s.name)) ": " (some_people(s.people)) }
                    rect x=(c(x(s.column))) y=(c(top)) width=(BOX) height=(c(size.max(2.5))) fill=(STOP) {}
                    @if let Some(words) = words { (words) }
                }
            }
        })
        .collect();
    let pills: Vec<Option<Markup>> = flow.moves.iter().zip(&layout.ribbons).map(|(m, path)| {
        let told = flow.stops.get(m.to).is_some_and(|s| s.column + 1 == columns) && only_move_to(flow, m.to).is_some();
        let wait = wait_words(m).filter(|_| !told && path.len() > 1)?;
        let half = width(&wait, 14.0) / 2.0 + 9.0;
        let places = path.windows(2).enumerate().flat_map(|(i, ends)| {
            let (from, to) = (x(ends[0].0) + if i == 0 { BOX } else { 0.0 }, x(ends[1].0));
            [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74].map(|t| on_curve((from, ends[0].1), (to, ends[1].1), t))
        });
        let (at, middle) = places.map(|(px, py)| (px, py + path[0].2 / 2.0)).find(|(px, py)| labels.free([px - half, py - 12.0, px + half, py + 12.0]))?;
        labels.take([at - half, middle - 12.0, at + half, middle + 12.0]);
        Some(html! {
            rect x=(c(at - half)) y=(c(middle - 12.0)) width=(c(half * 2.0)) height="24" rx="12" fill="#fff" {}
            (Label::new(&wait, at, middle + 5.0, 14.0).anchor(Anchor::Middle).bold().fill(text_colour(m.signal)).draw())
        })
    }).collect();
    let links = flow.moves.iter().zip(&layout.ribbons).any(|(m, path)| m.href.is_some() && !path.is_empty());
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {} {}", c(wide), c(height))) role=(role(links)) aria-labelledby="flow-t flow-d" {
            (told("flow", "Flow of people, with the middle wait at each handover", &flow_words(flow)))
            @for ((m, path), pill) in flow.moves.iter().zip(&layout.ribbons).zip(&pills) {
                @let (fill, opacity, edge) = ribbon_colour(m.signal);
                @if !path.is_empty() {
                    @let drawn = html! { path d=(ribbon(path, &x, BOX)) fill=(fill) fill-opacity=(opacity) stroke=(edge) stroke-width=".8" stroke-linejoin="round" {} };
                    @match (&m.href, pill) {
                        // the label is the link; the ribbon may be pointed at too, but a keyboard stops once
                        (Some(href), Some(_)) => a href=(plain(href)) tabindex="-1" aria-hidden="true" { title { (plain(&move_words(flow, m))) } (drawn) },
                        _ => (part(m.href.as_deref(), &move_words(flow, m), drawn)),
                    }
                }
            }
            @for stop in &stops { (stop) }
            @for (m, pill) in flow.moves.iter().zip(&pills) {
                @if let Some(pill) = pill { (part(m.href.as_deref(), &move_words(flow, m), html! { (pill) })) }
            }
        }
    }
}

/// The same flow with its columns counted from 0 without holes, and nothing that is not a number of people.
fn in_ranks(flow: &Flow) -> Flow {
    let mut columns: Vec<usize> = flow.stops.iter().map(|s| s.column).collect();
    columns.sort_unstable();
    columns.dedup();
    let count = |people: f64| if people.is_finite() { people.clamp(0.0, 1e12) } else { 0.0 };
    let mut ranked = flow.clone();
    for s in &mut ranked.stops {
        (s.column, s.people) = (columns.partition_point(|c| *c < s.column), count(s.people));
    }
    for m in &mut ranked.moves {
        m.people = count(m.people);
    }
    ranked
}

/// A point of the curve that [`ribbon`] draws.
fn on_curve(from: (f64, f64), to: (f64, f64), t: f64) -> (f64, f64) {
    let (middle, u) = ((from.0 + to.0) / 2.0, 1.0 - t);
    let weights = [u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t];
    let of = |at: [f64; 4]| weights.iter().zip(at).map(|(w, v)| w * v).sum();
    (of([from.0, middle, middle, to.0]), of([from.1, from.1, to.1, to.1]))
}

fn people(n: f64) -> String {
    crate::number::count(n.round() as u64)
}

/// Where everything stands: columns are filled from the left, each stop near those it comes from, long ribbons keep a
/// lane of their own through the columns they pass.
struct Layout {
    height: f64,
    columns: usize,
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
        let gap = |held: &Held| match held {
            Held::Stop(_) => 46.0,
            Held::Lane(_) => 14.0,
        };
        // as tall as the picture in the design, taller when a column holds very many
        let gaps = |held: &[Held]| held.iter().map(gap).sum::<f64>();
        let height = holds.iter().map(|held| gaps(held) + 160.0).fold(490.0, f64::max);
        let per = holds.iter().map(|held| {
            let free: f64 = height - HEAD - gaps(held);
            free.max(40.0) / held.iter().map(weight).sum::<f64>().max(1.0)
        });
        let per = per.fold(f64::INFINITY, f64::min);
        let per = if per.is_finite() { per } else { 1.0 };

        let mut layout = Layout {
            height,
            columns: count,
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
            let tall = |h: &Held| weight(h) * per;
            let half = |h: &Held| f64::min(tall(h) / 2.0, 30.0);
            let head = |h: &Held| match h {
                Held::Lane(_) => 8.0,
                Held::Stop(_) if last => f64::max(12.0, 24.0 - half(h)),
                Held::Stop(_) => HEAD,
            };
            let foot = |h: &Held| match h {
                Held::Stop(_) if last => f64::max(tall(h), half(h) + 20.0),
                _ => tall(h),
            };
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
    let wait = short_say(&Unit::Minutes, m.wait_minutes?);
    Some(match m.signal {
        Signal::Concern => wait + " ▲",
        Signal::Improvement => wait + " ▼",
        Signal::Ordinary | Signal::Change => wait,
    })
}

fn flow_words(flow: &Flow) -> String {
    let told: Vec<String> = flow.moves.iter().map(|m| move_words(flow, m) + ".").collect();
    told.join(" ")
}

/// "Hospital ward to Home with care: 210 people, middle wait 4.9 days, longer than usual"
fn move_words(flow: &Flow, m: &Move) -> String {
    let name = |i: usize| flow.stops.get(i).map_or("", |s| s.name.as_str());
    let wait = m.wait_minutes.map_or(String::new(), |w| {
        format!(", middle wait {}, {}", short_say(&Unit::Minutes, w), words::wait_signal(m.signal))
    });
    format!("{} to {}: {}{wait}", name(m.from), name(m.to), some_people(m.people))
}

fn some_people(number: f64) -> String {
    let said = people(number);
    let noun = if said == "1" { "person" } else { "people" };
    format!("{said} {noun}")
}

fn ribbon_colour(signal: Signal) -> (&'static str, &'static str, &'static str) {
    match signal {
        Signal::Concern => ("#e59a63", ".78", "#c25a10"),
        Signal::Improvement => ("#6aa5dc", ".7", "#2f78bd"),
        Signal::Ordinary | Signal::Change => ("#c9d3da", ".5", "#82929e"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Stop;
    use proptest::prelude::*;

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

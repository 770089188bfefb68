//! Where Rivermead's neighbourhoods lie: an invented valley in the open sea off Cornwall, so that no outline is anybody's.
//!
//! A river comes down from the east between Dunmoor and Eastbrook, turns past the mills and meets the tide under Castle Hill;
//! its estuary opens to the west. Each border is one line, made rough once, and both neighbours use the same points: there is
//! neither gap nor overlap. The map is the same for every seed and size, as the names are.

use crate::draw::Draw;
use std::fmt::Write;

/// A border by name, how rough it is, and the points (kilometres east and north) that it passes through.
type Line = (&'static str, f64, &'static [(f64, f64)]);
const LINES: [Line; 24] = [
    ("Saltley coast", COAST, &[(3.6, 17.8), (2.9, 14.6), (1.9, 12.9), (2.3, 10.9), (4.4, 10.9), (6.7, 10.2)]),
    ("Northgate quay", SHORE, &[(6.7, 10.2), (8.4, 10.4), (10.3, 10.1)]),
    ("Castle quay", SHORE, &[(10.3, 10.1), (8.6, 9.7), (6.3, 9.2)]),
    ("Harbour coast", COAST, &[(6.3, 9.2), (4.3, 9.4), (2.5, 8.6), (2.9, 6.9), (4.6, 4.6), (7.7, 3.4), (10.9, 2.2)]),
    ("south coast", COAST, &[(10.9, 2.2), (13.6, 2.7), (16.0, 1.2), (19.4, 0.8)]),
    ("Westerham bounds", BORDER, &[(19.4, 0.8), (21.3, 3.6), (23.5, 6.4)]),
    ("Eastbrook bounds", BORDER, &[(23.5, 6.4), (24.6, 9.7), (24.1, 13.6)]),
    ("Dunmoor bounds", BORDER, &[(24.1, 13.6), (22.9, 17.4), (19.2, 18.4), (15.2, 18.2), (11.3, 19.3)]),
    ("Saltley bounds", BORDER, &[(11.3, 19.3), (7.6, 18.3), (3.6, 17.8)]),
    ("Saltley and Dunmoor", BORDER, &[(11.3, 19.3), (9.7, 15.3)]),
    ("Saltley and Northgate", BORDER, &[(9.7, 15.3), (7.4, 13.2), (6.7, 10.2)]),
    ("Northgate and Dunmoor", BORDER, &[(9.7, 15.3), (14.0, 13.9)]),
    ("mill reach", RIVER, &[(14.0, 13.9), (12.9, 12.7), (12.8, 11.2)]),
    ("castle reach", RIVER, &[(12.8, 11.2), (11.6, 10.8), (10.3, 10.1)]),
    ("Castle Hill and Millfields", BORDER, &[(12.8, 11.2), (12.6, 9.2), (13.4, 7.4)]),
    ("Castle Hill and Westerham", BORDER, &[(13.4, 7.4), (11.4, 6.8), (9.4, 5.7)]),
    ("Castle Hill and Harbour", BORDER, &[(9.4, 5.7), (7.7, 7.2), (6.3, 9.2)]),
    ("Harbour and Westerham", BORDER, &[(9.4, 5.7), (10.3, 4.0), (10.9, 2.2)]),
    ("fuller's reach", RIVER, &[(14.0, 13.9), (15.8, 13.0), (17.7, 13.3)]),
    ("moor reach", RIVER, &[(17.7, 13.3), (19.8, 12.5), (21.9, 13.7), (24.1, 13.6)]),
    ("Millfields and Eastbrook", BORDER, &[(17.7, 13.3), (17.1, 10.8), (18.0, 8.2)]),
    ("Millfields and Westerham", BORDER, &[(18.0, 8.2), (15.8, 8.3), (13.4, 7.4)]),
    ("Eastbrook and Westerham", BORDER, &[(18.0, 8.2), (20.7, 6.7), (23.5, 6.4)]),
    ("Gull Island", COAST, &[(1.6, 4.9), (0.9, 5.3), (0.6, 4.5), (1.1, 3.8), (1.7, 4.2), (1.6, 4.9)]),
];
const COAST: f64 = 0.20;
const SHORE: f64 = 0.07;
const RIVER: f64 = 0.18;
const BORDER: f64 = 0.11;

/// Each neighbourhood's rings, anticlockwise: the lines to follow, backwards where a minus stands before them.
const AREAS: [(&str, &[&[&str]]); 8] = [
    ("Eastbrook", &[&["Eastbrook bounds", "-moor reach", "Millfields and Eastbrook", "Eastbrook and Westerham"]]),
    ("Dunmoor", &[&["Dunmoor bounds", "Saltley and Dunmoor", "Northgate and Dunmoor", "fuller's reach", "moor reach"]]),
    ("Harbourside", &[&["Harbour coast", "-Harbour and Westerham", "Castle Hill and Harbour"], &["Gull Island"]]),
    (
        "Castle Hill",
        &[&[
            "Castle quay",
            "-Castle Hill and Harbour",
            "-Castle Hill and Westerham",
            "-Castle Hill and Millfields",
            "castle reach",
        ]],
    ),
    (
        "Millfields",
        &[&[
            "Castle Hill and Millfields",
            "-Millfields and Westerham",
            "-Millfields and Eastbrook",
            "-fuller's reach",
            "mill reach",
        ]],
    ),
    (
        "Northgate",
        &[&["Northgate quay", "-castle reach", "-mill reach", "-Northgate and Dunmoor", "Saltley and Northgate"]],
    ),
    ("Saltley Vale", &[&["Saltley coast", "-Saltley and Northgate", "-Saltley and Dunmoor", "Saltley bounds"]]),
    (
        "Westerham Green",
        &[&[
            "south coast",
            "Westerham bounds",
            "-Eastbrook and Westerham",
            "Millfields and Westerham",
            "Castle Hill and Westerham",
            "Harbour and Westerham",
        ]],
    ),
];

/// The south-west corner in degrees, and kilometres in a degree there, east and north.
const CORNER: (f64, f64) = (-4.92, 49.95);
const DEGREE: (f64, f64) = (71.5, 111.2);
/// No two points are further apart than this, in kilometres.
const STEP: f64 = 0.5;
const SEED: u64 = 7;

/// A position in hundred-thousandths of a degree (about a metre): whole, so that neighbours agree to the last digit.
type Point = (i32, i32);

/// `boundaries.geojson`: the neighbourhoods as RFC 7946 writes them, one on a line.
pub fn boundaries() -> String {
    let mut text = String::from("{\"type\":\"FeatureCollection\",\"features\":[");
    for (at, (name, polygons)) in AREAS.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(text, "{comma}\n{{\"type\":\"Feature\",\"properties\":{{\"name\":\"{name}\"}},\"geometry\":{{");
        text += "\"type\":\"MultiPolygon\",\"coordinates\":[";
        for (at, lines) in polygons.iter().enumerate() {
            text += if at > 0 { ",[[" } else { "[[" };
            for (at, (x, y)) in ring(lines).into_iter().enumerate() {
                let comma = if at > 0 { "," } else { "" };
                let _ = write!(text, "{comma}[{:.5},{:.5}]", f64::from(x) / 1e5, f64::from(y) / 1e5);
            }
            text += "]]";
        }
        text += "]}}";
    }
    text + "\n]}\n"
}

/// Lines one after the other; the last ends where the first begins.
fn ring(lines: &[&str]) -> Vec<Point> {
    let mut ring: Vec<Point> = Vec::new();
    for name in lines {
        let plain = name.trim_start_matches('-');
        let at = LINES.iter().position(|line| line.0 == plain).unwrap_or_default();
        let mut points = line(at);
        if plain != *name {
            points.reverse();
        }
        let from = usize::from(ring.last().is_some_and(|last| *last == points[0]));
        ring.extend(&points[from..]);
    }
    ring
}

/// A line with its rough edges.
fn line(which: usize) -> Vec<Point> {
    let (_, rough, through) = LINES[which];
    let mut draw = Draw::of(SEED, 80, which as u64);
    let mut points = vec![through[0]];
    for pair in through.windows(2) {
        roughen(pair[0], pair[1], rough, &mut draw, &mut points);
    }
    points
        .into_iter()
        .map(|(x, y)| {
            let degrees = (CORNER.0 + x / DEGREE.0, CORNER.1 + y / DEGREE.1);
            ((degrees.0 * 1e5).round() as i32, (degrees.1 * 1e5).round() as i32)
        })
        .collect()
}

/// Moves the middle aside, by a share of the length, until all is near enough; writes all but the first point.
fn roughen(from: (f64, f64), to: (f64, f64), rough: f64, draw: &mut Draw, out: &mut Vec<(f64, f64)>) {
    let (x, y) = (to.0 - from.0, to.1 - from.1);
    if x.hypot(y) < STEP {
        return out.push(to);
    }
    let aside = rough * draw.between(-1.0, 1.0);
    let along = draw.between(0.4, 0.6);
    let middle = (from.0 + along * x - aside * y, from.1 + along * y + aside * x);
    roughen(from, middle, rough, draw, out);
    roughen(middle, to, rough, draw, out);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use domain::{Boundaries, Place};
    use std::collections::HashMap;

    type Edge = (Point, Point);

    fn rings() -> Vec<(&'static str, Vec<Point>)> {
        AREAS.iter().flat_map(|(name, polygons)| polygons.iter().map(|lines| (*name, ring(lines)))).collect()
    }

    fn edges(ring: &[Point]) -> impl Iterator<Item = Edge> + '_ {
        ring.windows(2).map(|pair| (pair[0], pair[1]))
    }

    /// Twice the area to the left of the ring, in whole numbers.
    fn area(ring: &[Point]) -> i64 {
        edges(ring).map(|((a, b), (c, d))| i64::from(a) * i64::from(d) - i64::from(c) * i64::from(b)).sum()
    }

    fn side((a, b): Edge, point: Point) -> i64 {
        let [x, y] = [b.0 - a.0, b.1 - a.1].map(i64::from);
        (x * i64::from(point.1 - a.1) - y * i64::from(point.0 - a.0)).signum()
    }

    fn cross(one: Edge, other: Edge) -> bool {
        side(one, other.0) * side(one, other.1) < 0 && side(other, one.0) * side(other, one.1) < 0
    }

    /// The outside of the whole: edges that one area alone uses, chained into rings.
    fn outside() -> Vec<Vec<Point>> {
        let all: Vec<Edge> = rings().iter().flat_map(|(_, ring)| edges(ring).collect::<Vec<_>>()).collect();
        let used: HashMap<Edge, usize> = all.iter().fold(HashMap::new(), |mut used, edge| {
            *used.entry(*edge).or_default() += 1;
            used
        });
        assert!(used.values().all(|times| *times == 1), "an edge is used twice in the same direction");
        let mut next: HashMap<Point, Point> = HashMap::new();
        for (from, to) in all.iter().filter(|(from, to)| !used.contains_key(&(*to, *from))) {
            assert!(next.insert(*from, *to).is_none(), "the outside meets itself at {from:?}");
        }
        let mut outside = Vec::new();
        while let Some(first) = next.keys().next().copied() {
            let mut ring = vec![first];
            while let Some(to) = next.remove(&ring[ring.len() - 1]) {
                ring.push(to);
            }
            assert_eq!(ring[0], ring[ring.len() - 1]);
            outside.push(ring);
        }
        outside
    }

    #[test]
    fn neighbourhoods_tile_the_valley_without_gap_or_overlap() {
        let rings = rings();
        let outside = outside();
        // The valley and Gull Island, and no hole between areas.
        assert_eq!(outside.len(), 2);
        assert!(outside.iter().all(|ring| area(ring) > 0));
        assert!(rings.iter().all(|(_, ring)| ring.first() == ring.last() && area(ring) > 0));
        let parts: i64 = rings.iter().map(|(_, ring)| area(ring)).sum();
        assert_eq!(parts, outside.iter().map(|ring| area(ring)).sum::<i64>());
        // No line crosses another or itself, so what the areas sum to is what they cover.
        let mut lines: Vec<Edge> = (0..LINES.len()).flat_map(|at| edges(&line(at)).collect::<Vec<_>>()).collect();
        lines.sort_unstable();
        for (at, one) in lines.iter().enumerate() {
            assert!(one.0 != one.1);
            assert!(lines[..at].iter().all(|other| !cross(*one, *other)), "{one:?} crosses a line");
        }
        // An edge inside is used once in each direction: all that is not outside.
        let all: usize = rings.iter().map(|(_, ring)| ring.len() - 1).sum();
        let rim: usize = outside.iter().map(|ring| ring.len() - 1).sum();
        assert_eq!((all - rim) / 2 + rim, lines.len());
    }

    #[test]
    fn the_map_is_of_the_place_and_of_its_size() {
        let place = Place::parse(crate::PLACE).unwrap();
        assert_eq!(place.boundaries.as_deref(), Some("boundaries.geojson"));
        let text = boundaries();
        let map = Boundaries::parse(&text, &place.boundary_name).unwrap();
        assert_eq!(map.unmatched(&place), Vec::<String>::new());
        let names: Vec<&str> = place.neighbourhoods.iter().map(|lived| lived.name.as_str()).collect();
        assert_eq!(map.areas.iter().map(|area| area.name.as_str()).collect::<Vec<_>>(), names);
        let twice: i64 = rings().iter().map(|(_, ring)| area(ring)).sum();
        let kilometres = twice as f64 / 2.0 / 1e10 * DEGREE.0 * DEGREE.1;
        assert!((250.0..350.0).contains(&kilometres), "{kilometres} square kilometres");
        assert!(text.len() < 40_000, "{} bytes", text.len());
        assert_eq!(text, include_str!("../../../place/boundaries.geojson"));
    }
}

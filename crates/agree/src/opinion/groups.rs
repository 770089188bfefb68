//! Groups on the map: k-means with k by silhouette, and how far such groups are to be believed.
//!
//! No start is left to chance: all numbers that steer the search come from one fixed sequence, and people stand in the order of
//! what they voted. Many starts run on at most 1,024 cells of the map (each the centre of people who stand close together), the
//! best of them are finished on everyone. Silhouettes are exact up to 4,096 people, and beyond that between as many cells.

use rayon::prelude::*;

pub(super) type Point = [f64; 2];

/// People parted into k groups; groups in order of size.
pub(super) struct Split {
    pub centres: Vec<Point>,
    /// The group of each point.
    pub label: Vec<u8>,
    pub sizes: Vec<usize>,
    /// Sum of squared distances from the centres.
    pub inertia: f64,
    /// Mean over all people: 1 where groups are far apart, 0 where they run into each other.
    pub silhouette: f64,
}

/// How thoroughly to search.
#[derive(Clone, Copy)]
pub(super) struct Effort {
    pub starts: usize,
    /// How many of the starts are finished.
    pub finished: usize,
    pub silhouette_cells: usize,
}

pub(super) const THOROUGH: Effort = Effort { starts: 200, finished: 24, silhouette_cells: 4096 };
pub(super) const QUICK: Effort = Effort { starts: 12, finished: 2, silhouette_cells: 1024 };

/// The best split for each k of `range` for which there are that many different points.
pub(super) fn split(points: &[Point], range: std::ops::RangeInclusive<usize>, effort: Effort) -> Vec<Split> {
    let coarse = Cells::of(points, 1024);
    let fine = Cells::of(points, 4096);
    let mut splits: Vec<Split> = range
        .filter_map(|k| {
            let mut sequence = Sequence(k as u64);
            let mut found: Vec<(f64, Vec<Point>)> = (0..effort.starts)
                .filter_map(|_| lloyd(&coarse.middle, &coarse.weight, first_centres(&coarse, k, &mut sequence)?))
                .collect();
            found.sort_by(|a, b| a.0.total_cmp(&b.0));
            found.dedup_by(|a, b| (a.0 - b.0).abs() <= 1e-5 * b.0);
            found.truncate(effort.finished);
            let finish = |(_, centres)| {
                let (_, centres) = lloyd(&fine.middle, &fine.weight, centres)?;
                lloyd(&fine.middle, &fine.weight, one_by_one(&fine.middle, &fine.weight, centres))
            };
            let finished = found.into_iter().filter_map(finish);
            let (_, centres) = finished.min_by(|a, b| a.0.total_cmp(&b.0))?;
            let (inertia, centres) = lloyd(points, &vec![1.0; points.len()], centres)?;
            Some(named(points, centres, inertia))
        })
        .collect();
    let cells = if effort.silhouette_cells < 4096 { Cells::of(points, effort.silhouette_cells) } else { fine };
    silhouettes(&cells, &mut splits);
    splits
}

/// Groups in order of size; among equals the one that comes first.
fn named(points: &[Point], centres: Vec<Point>, inertia: f64) -> Split {
    let label: Vec<usize> = points.iter().map(|point| nearest(point, &centres).0).collect();
    let mut sizes = vec![0_usize; centres.len()];
    let mut first = vec![points.len(); centres.len()];
    for (i, label) in label.iter().enumerate() {
        sizes[*label] += 1;
        first[*label] = first[*label].min(i);
    }
    let mut order: Vec<usize> = (0..centres.len()).collect();
    order.sort_by_key(|group| (std::cmp::Reverse(sizes[*group]), first[*group]));
    let mut rank = vec![0; centres.len()];
    order.iter().enumerate().for_each(|(at, group)| rank[*group] = at as u8);
    Split {
        centres: order.iter().map(|group| centres[*group]).collect(),
        label: label.iter().map(|group| rank[*group]).collect(),
        sizes: order.iter().map(|group| sizes[*group]).collect(),
        inertia,
        silhouette: 0.0,
    }
}

pub(super) fn nearest(point: &Point, centres: &[Point]) -> (usize, f64) {
    let mut best = (0, f64::INFINITY);
    for (group, centre) in centres.iter().enumerate() {
        let away = square(point, centre);
        if away < best.1 {
            best = (group, away);
        }
    }
    best
}

fn square(a: &Point, b: &Point) -> f64 {
    let (x, y) = (a[0] - b[0], a[1] - b[1]);
    x * x + y * y
}

/// k-means++: each next centre is drawn by squared distance from those before. `None` if there are not k different points.
fn first_centres(cells: &Cells, k: usize, sequence: &mut Sequence) -> Option<Vec<Point>> {
    let mut away: Vec<f64> = vec![f64::INFINITY; cells.middle.len()];
    let mut centres: Vec<Point> = Vec::with_capacity(k);
    while centres.len() < k {
        let chance = |i: usize| if centres.is_empty() { cells.weight[i] } else { cells.weight[i] * away[i] };
        let all: f64 = (0..away.len()).map(chance).sum();
        if all.is_nan() || all <= 0.0 {
            return None;
        }
        let mut left = sequence.draw() * all;
        let drawn = (0..away.len()).find(|i| {
            left -= chance(*i);
            left < 0.0 && chance(*i) > 0.0
        });
        let drawn = drawn.or_else(|| (0..away.len()).rev().find(|i| chance(*i) > 0.0))?;
        let centre = cells.middle[drawn];
        away.iter_mut().zip(&cells.middle).for_each(|(away, point)| *away = away.min(square(point, &centre)));
        centres.push(centre);
    }
    Some(centres)
}

/// Lloyd's algorithm until nobody moves. `None` if a group lost all its members.
fn lloyd(points: &[Point], weight: &[f64], mut centres: Vec<Point>) -> Option<(f64, Vec<Point>)> {
    let mut last = f64::INFINITY;
    for _ in 0..500 {
        let mut sums = [[0.0; 3]; 16];
        let mut inertia = 0.0;
        for (point, weight) in points.iter().zip(weight) {
            let (group, away) = nearest(point, &centres);
            let sum = &mut sums[group];
            sum[0] += weight * point[0];
            sum[1] += weight * point[1];
            sum[2] += weight;
            inertia += weight * away;
        }
        for (centre, [x, y, weight]) in centres.iter_mut().zip(sums) {
            if weight == 0.0 {
                return None;
            }
            *centre = [x / weight, y / weight];
        }
        if inertia >= last {
            break;
        }
        last = inertia;
    }
    Some((last, centres))
}

/// Move one after another to the group where it adds less, centres following at once (Hartigan 1975): this leaves optima in
/// which Lloyd's algorithm stays.
fn one_by_one(points: &[Point], weight: &[f64], mut centres: Vec<Point>) -> Vec<Point> {
    let mut label: Vec<usize> = points.iter().map(|point| nearest(point, &centres).0).collect();
    let mut mass = vec![0.0; centres.len()];
    label.iter().zip(weight).for_each(|(group, weight)| mass[*group] += weight);
    for _ in 0..50 {
        let mut moved = false;
        for ((point, weight), label) in points.iter().zip(weight).zip(&mut label) {
            let from = *label;
            if mass[from] <= *weight {
                continue;
            }
            let spared = mass[from] / (mass[from] - weight) * square(point, &centres[from]);
            let cost = |to: usize| mass[to] / (mass[to] + weight) * square(point, &centres[to]);
            let best = (0..centres.len()).filter(|to| *to != from).map(|to| (to, cost(to)));
            let Some((to, cost)) = best.reduce(|best, next| if next.1 < best.1 { next } else { best }) else {
                continue;
            };
            if cost < spared * (1.0 - 1e-12) {
                for axis in 0..2 {
                    centres[from][axis] -= (point[axis] - centres[from][axis]) * weight / (mass[from] - weight);
                    centres[to][axis] += (point[axis] - centres[to][axis]) * weight / (mass[to] + weight);
                }
                mass[from] -= weight;
                mass[to] += weight;
                *label = to;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    centres
}

/// Mean silhouettes (Rousseeuw 1987), Euclidean, of all splits in one pass over the pairs of cells.
fn silhouettes(cells: &Cells, splits: &mut [Split]) {
    const WIDTH: usize = 16;
    // Which columns of a row belong to which split; as many splits at once as there is room for.
    let mut from = 0;
    while from < splits.len() {
        let mut starts = vec![0];
        let mut to = from;
        while to < splits.len() && starts[to - from] + splits[to].centres.len() <= WIDTH {
            starts.push(starts[to - from] + splits[to].centres.len());
            to += 1;
        }
        let part = &mut splits[from..to];
        let mut members = vec![[0.0; WIDTH]; cells.middle.len()];
        for (split, start) in part.iter().zip(&starts) {
            for (cell, label) in cells.member.iter().zip(&split.label) {
                members[*cell as usize][start + *label as usize] += 1.0;
            }
        }
        let rows: Vec<Vec<f64>> = (0..cells.middle.len())
            .into_par_iter()
            .map(|i| {
                let mut sums = [0.0; WIDTH];
                for (middle, members) in cells.middle.iter().zip(&members) {
                    let away = square(&cells.middle[i], middle).sqrt();
                    sums.iter_mut().zip(members).for_each(|(sum, members)| *sum += away * members);
                }
                let of = |(split, start): (&Split, &usize)| -> f64 {
                    let groups = split.sizes.len();
                    (0..groups)
                        .filter(|own| members[i][start + own] > 0.0 && split.sizes[*own] > 1)
                        .map(|own| {
                            let within = sums[start + own] / (split.sizes[own] - 1) as f64;
                            let beyond = (0..groups)
                                .filter(|other| *other != own)
                                .map(|other| sums[start + other] / split.sizes[other] as f64)
                                .fold(f64::INFINITY, f64::min);
                            let most = within.max(beyond);
                            if most > 0.0 { members[i][start + own] * (beyond - within) / most } else { 0.0 }
                        })
                        .sum()
                };
                part.iter().zip(&starts).map(of).collect()
            })
            .collect();
        for (at, split) in part.iter_mut().enumerate() {
            split.silhouette = rows.iter().map(|row| row[at]).sum::<f64>() / split.label.len() as f64;
        }
        from = to.max(from + 1);
    }
}

/// People who stand close together, as one point with a weight; each person alone where there are few.
struct Cells {
    middle: Vec<Point>,
    weight: Vec<f64>,
    /// The cell of each point.
    member: Vec<u32>,
}

impl Cells {
    fn of(points: &[Point], most: usize) -> Self {
        if points.len() <= most {
            return Cells {
                middle: points.to_vec(),
                weight: vec![1.0; points.len()],
                member: (0..points.len() as u32).collect(),
            };
        }
        let mut cells = Cells { middle: vec![], weight: vec![], member: vec![0; points.len()] };
        let mut all: Vec<u32> = (0..points.len() as u32).collect();
        cells.halve(points, &mut all, most);
        cells
    }

    /// Cut the wider side at its middle until there are as many parts as asked for (a k-d tree, its leaves alike in weight).
    fn halve(&mut self, points: &[Point], part: &mut [u32], most: usize) {
        let at = |i: &u32| points[*i as usize];
        if most > 1 && part.len() > 1 {
            let spread = [0, 1].map(|axis| {
                let ends = part.iter().map(at).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| {
                    (low.min(point[axis]), high.max(point[axis]))
                });
                ends.1 - ends.0
            });
            let axis = usize::from(spread[1] > spread[0]);
            let middle = part.len() / 2;
            part.select_nth_unstable_by(middle, |a, b| at(a)[axis].total_cmp(&at(b)[axis]).then(a.cmp(b)));
            let (low, high) = part.split_at_mut(middle);
            self.halve(points, low, most / 2);
            self.halve(points, high, most - most / 2);
            return;
        }
        part.sort_unstable();
        let weight = part.len() as f64;
        let sum = part.iter().map(at).fold([0.0, 0.0], |sum, point| [sum[0] + point[0], sum[1] + point[1]]);
        part.iter().for_each(|i| self.member[*i as usize] = self.middle.len() as u32);
        self.middle.push([sum[0] / weight, sum[1] / weight]);
        self.weight.push(weight);
    }
}

/// How alike two groupings of the same people are: 1 the same, 0 as alike as chance makes them (adjusted Rand index, Hubert and
/// Arabie 1985).
pub(super) fn likeness(pairs: impl Iterator<Item = (u8, u8)>) -> f64 {
    let (mut both, mut left, mut right, mut all) = ([[0.0_f64; 16]; 16], [0.0_f64; 16], [0.0_f64; 16], 0.0_f64);
    for (a, b) in pairs {
        both[a as usize][b as usize] += 1.0;
        left[a as usize] += 1.0;
        right[b as usize] += 1.0;
        all += 1.0;
    }
    let couples = |n: &f64| n * (n - 1.0) / 2.0;
    let together: f64 = both.iter().flatten().map(couples).sum();
    let (left, right): (f64, f64) = (left.iter().map(couples).sum(), right.iter().map(couples).sum());
    let chance = left * right / couples(&all).max(1.0);
    let most = (left + right) / 2.0;
    if most - chance == 0.0 { 1.0 } else { (together - chance) / (most - chance) }
}

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers always.
pub(super) struct Sequence(pub u64);

impl Sequence {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to and without 1.
    pub fn draw(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

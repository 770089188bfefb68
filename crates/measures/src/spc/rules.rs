//! The four rules, and which of them names a point that several find.

use super::{Options, Point, RUN, Rule, Rules, Segment, Side, Signal, Variation, clearly};
use std::cmp::Ordering;

const EACH: [Signal; 8] = [
    Signal { rule: Rule::Outside, side: Side::Above },
    Signal { rule: Rule::Outside, side: Side::Below },
    Signal { rule: Rule::Trend, side: Side::Above },
    Signal { rule: Rule::Trend, side: Side::Below },
    Signal { rule: Rule::TwoOfThree, side: Side::Above },
    Signal { rule: Rule::TwoOfThree, side: Side::Below },
    Signal { rule: Rule::Shift, side: Side::Above },
    Signal { rule: Rule::Shift, side: Side::Below },
];

/// The signals that a point is part of: a set, and which of them comes first. Two bytes, so that a million points fit.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Signals {
    /// A bit for each of [`EACH`].
    set: u8,
    /// Where in [`EACH`] the first is. While points are judged, the trend found last.
    first: u8,
}

impl Signals {
    /// No signal.
    pub const NONE: Signals = Signals { set: 0, first: 0 };

    /// The signals, the one that names the point first and the others in the order of the rules.
    pub fn iter(self) -> impl Iterator<Item = Signal> {
        let first = usize::from(self.first);
        let rest = (0..EACH.len()).filter(move |at| *at != first);
        std::iter::once(first).chain(rest).filter(move |at| self.set >> at & 1 == 1).map(|at| EACH[at])
    }

    /// Whether this signal is one of them.
    pub fn contains(self, signal: Signal) -> bool {
        self.set >> index(signal) & 1 == 1
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.set.count_ones() as usize
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.set == 0
    }

    fn add(&mut self, signal: Signal) {
        self.set |= 1 << index(signal);
        if signal.rule == Rule::Trend {
            self.first = index(signal);
        }
    }
}

impl std::fmt::Debug for Signals {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_list().entries(self.iter()).finish()
    }
}

fn index(signal: Signal) -> u8 {
    2 * signal.rule as u8 + signal.side as u8
}

/// Judges the values of one segment against its limits and adds their points.
pub(super) fn judge(
    values: &[Option<f64>],
    segment: &Segment,
    number: usize,
    options: &Options,
    points: &mut Vec<Point>,
) {
    let start = points.len();
    points.extend(values.iter().map(|&value| {
        let beyond = |low: f64, high: f64| value.is_some_and(|v| clearly(v, low).is_lt() || clearly(v, high).is_gt());
        let side = value.zip(segment.mean).and_then(|(value, mean)| side_of(clearly(value, mean)));
        let outside = segment.limits.is_some_and(|l| beyond(l.lower, l.upper));
        let mut signals = Signals::NONE;
        if let (true, Some(side)) = (outside, side) {
            signals.add(Signal { rule: Rule::Outside, side });
        }
        Point {
            value,
            segment: number,
            side,
            beyond_near: segment.limits.is_some_and(|l| beyond(l.near_lower, l.near_upper)),
            outside,
            signals,
            variation: Variation::CommonCause,
        }
    }));
    let points = &mut points[start..];
    trends(points);
    two_of_three(points, options.rules);
    shifts(points);
    for point in points {
        name(point, options);
    }
}

/// Says which signal comes first. Of two trends through one point it is the later.
fn name(point: &mut Point, options: &Options) {
    let later_trend = point.signals.first;
    let first = point.signals.iter().min_by_key(|signal| {
        let worse = signal.variation(options.better).is_concern();
        let improvement_first = options.rules == Rules::MakingDataCount;
        (improvement_first && worse, signal.rule, signal.rule == Rule::Trend && index(*signal) != later_trend)
    });
    if let Some(signal) = first {
        point.signals.first = index(signal);
        point.variation = signal.variation(options.better);
    }
}

fn side_of(order: Ordering) -> Option<Side> {
    match order {
        Ordering::Greater => Some(Side::Above),
        Ordering::Less => Some(Side::Below),
        Ordering::Equal => None,
    }
}

fn trends(points: &mut [Point]) {
    let (mut way, mut run) = (None, 0);
    for at in 1..points.len() {
        let pair = points[at].value.zip(points[at - 1].value);
        let goes = pair.and_then(|(now, before)| now.partial_cmp(&before)).and_then(side_of);
        run = if goes.is_some() && goes == way { run + 1 } else { 2 };
        way = goes;
        if let Some(side) = way {
            mark(points, at, run, Signal { rule: Rule::Trend, side });
        }
    }
}

fn shifts(points: &mut [Point]) {
    let (mut last, mut run) = (None, 0);
    for at in 0..points.len() {
        let side = points[at].side;
        run = if side == last { run + 1 } else { 1 };
        last = side;
        if let Some(side) = side {
            mark(points, at, run, Signal { rule: Rule::Shift, side });
        }
    }
}

/// Marks a run of so many points that ends here: all of it once it is long enough, then each further point.
fn mark(points: &mut [Point], at: usize, run: usize, signal: Signal) {
    let from = match run.cmp(&RUN) {
        Ordering::Less => return,
        Ordering::Equal => at + 1 - RUN,
        Ordering::Greater => at,
    };
    points[from..=at].iter_mut().for_each(|point| point.signals.add(signal));
}

fn two_of_three(points: &mut [Point], rules: Rules) {
    let far = |point: &Point| match rules {
        Rules::MakingDataCount => point.beyond_near,
        Rules::NhsrPlotTheDots => point.beyond_near && !point.outside,
    };
    for end in 3..=points.len() {
        let window = &mut points[end - 3..end];
        let Some(side) = window[0].side.filter(|side| window.iter().all(|point| point.side == Some(*side))) else {
            continue;
        };
        if window.iter().filter(|point| far(point)).count() >= 2 {
            let signal = Signal { rule: Rule::TwoOfThree, side };
            window.iter_mut().filter(|point| far(point)).for_each(|point| point.signals.add(signal));
        }
    }
}

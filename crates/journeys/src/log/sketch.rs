//! Answers that add up: the same counts and buckets from each part of a place, each month, each machine, merged.

use super::answers::{Answers, Arc, SECOND, Size, Spread, TOP, Variant, Variants, named};
use super::columns::{Code, MICROS, Precision, Tick, with_codes, with_times};
use super::quantile::{BUCKETS, bounds, bucket, rank};
use super::{Log, Problems};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Counts, sums and buckets of one part of a log. No case may be in two parts.
///
/// Counts, means, maxima and variants stay exact however often sketches are merged; quantiles are read from buckets and
/// are at most 1 part in 32 off.
#[derive(Debug, Clone, PartialEq)]
pub struct Sketch {
    /// How many cases.
    pub cases: u64,
    /// How many events.
    pub events: u64,
    /// The activities with how often each begins and ends a case.
    pub activities: BTreeMap<String, [u64; 2]>,
    /// The gaps of each arc.
    pub arcs: BTreeMap<(String, String), Tally>,
    /// The gaps of each handover.
    pub handovers: BTreeMap<(String, String), Tally>,
    /// The durations of the cases.
    pub throughput: Tally,
    /// How many cases took each sequence.
    pub variants: BTreeMap<Vec<String>, u64>,
    /// The coarsest precision of the parts.
    pub precision: Precision,
    /// The rows that could not be used.
    pub problems: Problems,
}

/// Durations, as what can be added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// How many are nothing.
    pub zero: u64,
    /// Their sum, in microseconds.
    pub sum_micros: u128,
    /// The longest, in microseconds.
    pub max_micros: u64,
    /// How many lie in each bucket of microseconds.
    pub buckets: BTreeMap<u16, u64>,
}

impl Tally {
    fn of<G: Copy + Into<u64>>(parts: &[Vec<G>], per_second: u64) -> Tally {
        let unit = MICROS / per_second;
        let mut counts = vec![0_u64; BUCKETS];
        let mut tally = Tally::default();
        for &gap in parts.iter().flatten() {
            let micros = gap.into().saturating_mul(unit);
            tally.count += 1;
            tally.zero += u64::from(micros == 0);
            tally.sum_micros += u128::from(micros);
            tally.max_micros = tally.max_micros.max(micros);
            counts[bucket(micros)] += 1;
        }
        tally.buckets = (0..).zip(counts).filter(|(_, count)| *count > 0).collect();
        tally
    }

    /// Adds the durations of another part.
    pub fn merge(&mut self, other: &Tally) {
        self.count += other.count;
        self.zero += other.zero;
        self.sum_micros += other.sum_micros;
        self.max_micros = self.max_micros.max(other.max_micros);
        for (&bucket, count) in &other.buckets {
            *self.buckets.entry(bucket).or_default() += count;
        }
    }

    /// The mean, in seconds.
    pub fn mean_seconds(&self) -> f64 {
        self.sum_micros as f64 / self.count as f64 / SECOND
    }

    /// A quantile, in seconds, at most 1 part in 32 off.
    pub fn quantile_seconds(&self, quantile: f64) -> f64 {
        let Some(last) = self.count.checked_sub(1) else { return f64::NAN };
        let (below, share) = rank(quantile, self.count);
        let at = |rank: u64| {
            let mut before = 0;
            for (&bucket, &count) in &self.buckets {
                if rank < before + count {
                    let (least, width) = bounds(bucket as usize);
                    let within = (width - 1) as f64 * ((rank - before) as f64 + 0.5) / count as f64;
                    return (least as f64 + within).min(self.max_micros as f64);
                }
                before += count;
            }
            self.max_micros as f64
        };
        let (low, high) = (at(below), at((below + 1).min(last)));
        (low + (high - low) * share) / SECOND
    }

    fn arc(&self, (from, to): &(String, String)) -> Arc {
        Arc {
            from: from.clone(),
            to: to.clone(),
            count: self.count,
            mean_seconds: self.mean_seconds(),
            median_seconds: self.quantile_seconds(0.5),
            p90_seconds: self.quantile_seconds(0.9),
            max_seconds: self.max_micros as f64 / SECOND,
            zero_gaps: self.zero,
        }
    }
}

impl Log {
    /// What this part adds to the answers of the whole.
    pub fn sketch(&self) -> Sketch {
        let [start, end] = self.ends();
        let sequence = |case: u32| {
            let events = self.events_of(case as usize);
            events.map(|at| self.activities[self.activity.get(at) as usize].clone()).collect()
        };
        let mut handovers = self
            .by
            .as_ref()
            .map_or_else(BTreeMap::new, |(codes, names)| with_codes!(codes, codes => self.tallies(codes, names)));
        handovers.retain(|(from, to), _| from != to);
        Sketch {
            cases: self.cases() as u64,
            events: self.events() as u64,
            activities: self.activities.iter().cloned().zip(start.into_iter().zip(end).map(|(s, e)| [s, e])).collect(),
            arcs: with_codes!(&self.activity, codes => self.tallies(codes, &self.activities)),
            handovers,
            throughput: with_times!(&self.time, times => tally(&[self.lengths(times)], times)),
            variants: self.sequences().into_iter().map(|(case, cases)| (sequence(case), u64::from(cases))).collect(),
            precision: self.precision,
            problems: self.problems.clone(),
        }
    }

    fn tallies<C: Code>(&self, codes: &[C], names: &[String]) -> BTreeMap<(String, String), Tally> {
        let name = |code: u32| names[code as usize].clone();
        with_times!(&self.time, times => {
            let gaps = self.gaps(codes, names.len(), times);
            gaps.iter().map(|(&(from, to), parts)| ((name(from), name(to)), tally(parts, times))).collect()
        })
    }
}

fn tally<T: Tick>(parts: &[Vec<T::Gap>], _: &[T]) -> Tally {
    Tally::of(parts, T::PER_SECOND)
}

impl Sketch {
    /// Adds another part, which must hold other cases.
    pub fn merge(&mut self, other: &Sketch) {
        self.cases += other.cases;
        self.events += other.events;
        for (activity, ends) in &other.activities {
            let mine = self.activities.entry(activity.clone()).or_default();
            mine[0] += ends[0];
            mine[1] += ends[1];
        }
        for (mine, theirs) in [(&mut self.arcs, &other.arcs), (&mut self.handovers, &other.handovers)] {
            for (arc, tally) in theirs {
                mine.entry(arc.clone()).or_default().merge(tally);
            }
        }
        self.throughput.merge(&other.throughput);
        for (sequence, cases) in &other.variants {
            *self.variants.entry(sequence.clone()).or_default() += cases;
        }
        self.precision = match (self.precision, other.precision) {
            (Precision::Day, _) | (_, Precision::Day) => Precision::Day,
            (Precision::Minute, _) | (_, Precision::Minute) => Precision::Minute,
            (Precision::Second, _) | (_, Precision::Second) => Precision::Second,
            (Precision::Microsecond, Precision::Microsecond) => Precision::Microsecond,
        };
        self.problems.no_case += other.problems.no_case;
        self.problems.no_activity += other.problems.no_activity;
        self.problems.no_time += other.problems.no_time;
    }

    /// The answers of the parts so far, with quantiles from buckets.
    pub fn answers(&self) -> Answers {
        let arcs = |tallies: &BTreeMap<(String, String), Tally>| {
            let mut arcs: Vec<Arc> = tallies.iter().map(|(names, tally)| tally.arc(names)).collect();
            arcs.sort_by_key(|arc| Reverse(arc.count));
            arcs
        };
        let names: Vec<String> = self.activities.keys().cloned().collect();
        let ends = |side: usize| named(&names, &self.activities.values().map(|e| e[side]).collect::<Vec<_>>());
        let mut top: Vec<(&Vec<String>, u64)> = self.variants.iter().map(|(s, &cases)| (s, cases)).collect();
        top.sort_by_key(|&(_, cases)| Reverse(cases));
        top.truncate(TOP);
        let at = |quantile| self.throughput.quantile_seconds(quantile);
        Answers {
            size: Size {
                cases: self.cases,
                events: self.events,
                activities: names.len() as u64,
                variants: self.variants.len() as u64,
                arcs: self.arcs.len() as u64,
                follows: self.events - self.cases,
            },
            start: ends(0),
            end: ends(1),
            throughput: (self.cases > 0).then(|| Spread {
                mean_seconds: self.throughput.mean_seconds(),
                p10_seconds: at(0.1),
                p25_seconds: at(0.25),
                median_seconds: at(0.5),
                p75_seconds: at(0.75),
                p90_seconds: at(0.9),
                p95_seconds: at(0.95),
                max_seconds: self.throughput.max_micros as f64 / SECOND,
            }),
            variants: Variants {
                count: self.variants.len() as u64,
                of_one_case: self.variants.values().filter(|&&cases| cases == 1).count() as u64,
                top: top.into_iter().map(|(sequence, count)| Variant { sequence: sequence.clone(), count }).collect(),
            },
            arcs: arcs(&self.arcs),
            handovers: arcs(&self.handovers),
            rework: Vec::new(),
            precision: self.precision,
            exact: false,
            problems: self.problems.clone(),
        }
    }
}

//! Which step follows which, which sequences there are, how long cases take: exact, and each one scan of the [`Log`].
//!
//! Work is split over the threads by case and put together by addition alone, so the answers do not depend on how many
//! threads there are.

use super::columns::{Code, MICROS, Precision, Tick, with_codes, with_times};
use super::quantile::{BUCKETS, bucket, holding, interpolated, quantiles};
use super::{Log, Problems};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Everything that case, activity and time can say of a log at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// The counts.
    pub size: Size,
    /// How often each activity begins a case, most often first.
    pub start: Vec<(String, u64)>,
    /// How often each activity ends a case, most often first.
    pub end: Vec<(String, u64)>,
    /// How long cases take from first to last event; none in an empty log.
    pub throughput: Option<Spread>,
    /// The sequences of activities.
    pub variants: Variants,
    /// Which activity follows which directly, most often first.
    pub arcs: Vec<Arc>,
    /// Who follows whom directly, if the log was read with a column of who did it; not those who follow themselves.
    pub handovers: Vec<Arc>,
    /// Activities that come more than once in a case; empty when the answers were merged from parts.
    pub rework: Vec<Rework>,
    /// How finely times are known.
    pub precision: Precision,
    /// Whether quantiles are exact, or read from buckets (at most 1 part in 32 off).
    pub exact: bool,
    /// The rows that could not be used.
    pub problems: Problems,
}

/// The counts of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Cases.
    pub cases: u64,
    /// Events.
    pub events: u64,
    /// Activities.
    pub activities: u64,
    /// Sequences of activities.
    pub variants: u64,
    /// Pairs of activities of which one follows the other.
    pub arcs: u64,
    /// How often any activity follows another.
    pub follows: u64,
}

/// How durations are spread, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct Spread {
    pub mean_seconds: f64,
    pub p10_seconds: f64,
    pub p25_seconds: f64,
    pub median_seconds: f64,
    pub p75_seconds: f64,
    pub p90_seconds: f64,
    pub p95_seconds: f64,
    pub max_seconds: f64,
}

/// One thing followed directly by another.
#[derive(Debug, Clone, PartialEq)]
pub struct Arc {
    /// The one before.
    pub from: String,
    /// The one after.
    pub to: String,
    /// How often.
    pub count: u64,
    /// The mean time between.
    pub mean_seconds: f64,
    /// The middle time between.
    pub median_seconds: f64,
    /// Nine in ten are within this.
    pub p90_seconds: f64,
    /// The longest.
    pub max_seconds: f64,
    /// How often no time lies between: at once, or in an order that the times do not tell.
    pub zero_gaps: u64,
}

/// The sequences of activities of the cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variants {
    /// How many there are.
    pub count: u64,
    /// How many belong to one case alone: each is that person's fingerprint.
    pub of_one_case: u64,
    /// The hundred most frequent; equals in the order of their names.
    pub top: Vec<Variant>,
}

/// One sequence of activities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// The activities, in order.
    pub sequence: Vec<String>,
    /// How many cases went this way.
    pub count: u64,
}

/// An activity that comes more than once in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rework {
    /// The activity.
    pub activity: String,
    /// Cases where it comes more than once.
    pub cases: u64,
    /// How often it comes beyond the first time.
    pub repeats: u64,
}

pub(crate) const TOP: usize = 100;

impl Log {
    /// All answers together.
    pub fn answers(&self) -> Answers {
        let arcs = self.arcs();
        let variants = self.variants();
        let [start, end] = self.ends();
        Answers {
            size: Size {
                cases: self.cases() as u64,
                events: self.events() as u64,
                activities: self.activities.len() as u64,
                variants: variants.count,
                arcs: arcs.len() as u64,
                follows: (self.events() - self.cases()) as u64,
            },
            start: named(&self.activities, &start),
            end: named(&self.activities, &end),
            throughput: self.throughput(),
            variants,
            arcs,
            handovers: self.handovers().unwrap_or_default(),
            rework: self.rework(),
            precision: self.precision,
            exact: true,
            problems: self.problems.clone(),
        }
    }

    /// Which activity follows which directly, how often and after how long; most often first.
    pub fn arcs(&self) -> Vec<Arc> {
        with_codes!(&self.activity, codes => self.arcs_of(codes, &self.activities))
    }

    /// Who is followed directly by whom else; none if the log was read without a column of who did it.
    pub fn handovers(&self) -> Option<Vec<Arc>> {
        let (codes, names) = self.by.as_ref()?;
        let mut arcs = with_codes!(codes, codes => self.arcs_of(codes, names));
        arcs.retain(|arc| arc.from != arc.to);
        Some(arcs)
    }

    fn arcs_of<C: Code>(&self, codes: &[C], names: &[String]) -> Vec<Arc> {
        with_times!(&self.time, times => {
            let mut arcs = if names.len() <= FEW {
                self.arcs_in_place(codes, names, times)
            } else {
                self.arcs_apart(codes, names, times)
            };
            arcs.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| (&a.from, &a.to).cmp(&(&b.from, &b.to))));
            arcs
        })
    }

    /// The arcs by bringing the gaps of each together, for any number of names.
    fn arcs_apart<C: Code, T: Tick>(&self, codes: &[C], names: &[String], times: &[T]) -> Vec<Arc> {
        self.gaps(codes, names.len(), times)
            .par_iter()
            .map(|(&(from, to), parts)| {
                let parts: Vec<&[T::Gap]> = parts.iter().map(Vec::as_slice).collect();
                let all = || parts.iter().flat_map(|part| part.iter().map(|&gap| gap.into()));
                Arc::of::<T>(
                    [&names[from as usize], &names[to as usize]],
                    all().count() as u64,
                    all().map(u128::from).sum(),
                    all().filter(|&gap: &u64| gap == 0).count() as u64,
                    quantiles(&parts, ARC),
                )
            })
            .collect()
    }

    /// The arcs in two scans that copy nothing: count the gaps into buckets; then, knowing which buckets hold the
    /// quantiles, pick the gaps in those. Half the cost of bringing the gaps of each arc together.
    fn arcs_in_place<C: Code, T: Tick>(&self, codes: &[C], names: &[String], times: &[T]) -> Vec<Arc> {
        let count = names.len();
        let place = |from: C, to: C| from.at() * count + to.at();
        let counted: Vec<Counts> = self
            .parts()
            .map(|starts| {
                let mut found = Counts { places: vec![0; count * count], counts: vec![0; BUCKETS] };
                pairs(starts, codes, times).for_each(|(from, to, gap)| {
                    let row = &mut found.places[place(from, to)];
                    if *row == 0 {
                        *row = found.counts.len() as u32;
                        found.counts.resize(found.counts.len() + BUCKETS, 0);
                    }
                    found.counts[*row as usize + bucket(gap.into())] += 1;
                });
                found
            })
            .collect();
        // One row for each arc: its buckets, those that hold its quantiles, and where their values will be kept.
        let mut rows = vec![0_u32; count * count];
        let mut arcs = Vec::new();
        let mut keep = vec![0_u16; BUCKETS];
        let mut kept = 0_u16;
        for (at, row) in rows.iter_mut().enumerate() {
            let mut buckets: Vec<u32> = Vec::new();
            for part in counted.iter().filter(|part| part.places[at] != 0) {
                let row = part.places[at] as usize;
                buckets.resize(BUCKETS, 0);
                buckets.iter_mut().zip(&part.counts[row..]).for_each(|(sum, more)| *sum += more);
            }
            if !buckets.is_empty() {
                let (start, first) = (keep.len(), kept);
                *row = start as u32;
                keep.resize(start + BUCKETS, 0);
                let holding = holding(&buckets, &ARC);
                for (bucket, _) in &holding {
                    kept += 1;
                    keep[start + bucket] = kept;
                }
                arcs.push((at, first, buckets, holding));
            }
        }
        drop(counted);
        let picked: Vec<(Vec<u128>, Vec<Vec<u64>>)> = self
            .parts()
            .map(|starts| {
                let mut sums = vec![0_u128; count * count];
                let mut held = vec![Vec::new(); kept as usize];
                pairs(starts, codes, times).for_each(|(from, to, gap)| {
                    let (at, gap) = (place(from, to), gap.into());
                    sums[at] += u128::from(gap);
                    let keep = keep[rows[at] as usize + bucket(gap)];
                    if keep != 0 {
                        held[keep as usize - 1].push(gap);
                    }
                });
                (sums, held)
            })
            .collect();
        arcs.into_iter()
            .map(|(at, first, buckets, holding)| {
                let values = |slot: usize| picked.iter().flat_map(|(_, held)| &held[slot]).copied().collect();
                let mut held: Vec<(u64, Vec<u64>)> =
                    holding.iter().zip(first as usize..).map(|(&(_, below), slot)| (below, values(slot))).collect();
                let gaps = buckets.iter().map(|&c| u64::from(c)).sum();
                Arc::of::<T>(
                    [&names[at / count], &names[at % count]],
                    gaps,
                    picked.iter().map(|(sums, _)| sums[at]).sum(),
                    u64::from(buckets[0]),
                    interpolated(&mut held, gaps, ARC),
                )
            })
            .collect()
    }

    /// The times between neighbours, by arc, in as many parts as there were threads.
    pub(crate) fn gaps<'a, C: Code, T: Tick>(
        &self,
        codes: &'a [C],
        names: usize,
        times: &'a [T],
    ) -> FxHashMap<(u32, u32), Vec<Vec<T::Gap>>> {
        let parts: Vec<Gaps<T::Gap>> = self.parts().map(|starts| Gaps::between(starts, codes, names, times)).collect();
        let mut together: FxHashMap<(u32, u32), Vec<Vec<T::Gap>>> = FxHashMap::default();
        for part in parts {
            for (arc, gaps) in part.arcs.into_iter().zip(part.gaps) {
                together.entry(arc).or_default().push(gaps);
            }
        }
        together
    }

    /// The offsets of the cases, in parts for the threads.
    fn parts(&self) -> impl IndexedParallelIterator<Item = &[u32]> {
        let size = self.cases().div_ceil(rayon::current_num_threads()).max(4_096);
        let count = self.cases().div_ceil(size);
        (0..count).into_par_iter().map(move |part| &self.starts[part * size..=((part + 1) * size).min(self.cases())])
    }

    /// The sequences of activities.
    pub fn variants(&self) -> Variants {
        let mut found = self.sequences();
        let count = found.len() as u64;
        let of_one_case = found.iter().filter(|(_, cases)| *cases == 1).count() as u64;
        let sequence = |case: u32| {
            let events = self.events_of(case as usize);
            events.map(|at| self.activity.get(at))
        };
        // Only the hundred most frequent are put in order, and names are compared only where counts are equal.
        if found.len() > TOP {
            let mut counts: Vec<u32> = found.iter().map(|&(_, cases)| cases).collect();
            let (_, &mut least, _) = counts.select_nth_unstable_by(TOP - 1, |a, b| b.cmp(a));
            found.retain(|&(_, cases)| cases >= least);
        }
        let order = |a: &(u32, u32), b: &(u32, u32)| b.1.cmp(&a.1).then_with(|| sequence(a.0).cmp(sequence(b.0)));
        if found.len() > TOP {
            found.select_nth_unstable_by(TOP - 1, order);
            found.truncate(TOP);
        }
        found.sort_unstable_by(order);
        let name = |code: u32| self.activities[code as usize].clone();
        let top = found
            .into_iter()
            .map(|(case, cases)| Variant { sequence: sequence(case).map(name).collect(), count: u64::from(cases) })
            .collect();
        Variants { count, of_one_case, top }
    }

    /// Each sequence once: the first case that has it, and how many have it.
    pub(crate) fn sequences(&self) -> Vec<(u32, u32)> {
        let mut counts = vec![0_u32; self.cases()];
        self.alike.iter().for_each(|&first| counts[first as usize] += 1);
        (0..).zip(counts).filter(|&(_, count)| count > 0).collect()
    }

    /// How long cases take from their first to their last event; none in an empty log.
    pub fn throughput(&self) -> Option<Spread> {
        with_times!(&self.time, times => {
            let lengths = self.lengths(times);
            (!lengths.is_empty()).then(|| spread(&lengths, per_second(times)))
        })
    }

    pub(crate) fn lengths<T: Tick>(&self, times: &[T]) -> Vec<T::Gap> {
        self.parts()
            .flat_map_iter(|starts| {
                starts.windows(2).map(|case| times[case[1] as usize - 1].since(times[case[0] as usize]))
            })
            .collect()
    }

    /// How many cases begin and how many end with each activity.
    pub(crate) fn ends(&self) -> [Vec<u64>; 2] {
        let mut counts = [vec![0; self.activities.len()], vec![0; self.activities.len()]];
        with_codes!(&self.activity, codes => for case in self.starts.windows(2) {
            counts[0][codes[case[0] as usize].at()] += 1;
            counts[1][codes[case[1] as usize - 1].at()] += 1;
        });
        counts
    }

    /// Activities that come more than once in a case; most repeats first.
    pub fn rework(&self) -> Vec<Rework> {
        // For each activity: the last case it was seen in, the last it was repeated in, and the counts.
        let mut seen = vec![(0_u32, 0_u32, 0_u64, 0_u64); self.activities.len()];
        with_codes!(&self.activity, codes => for (case, ends) in (1..).zip(self.starts.windows(2)) {
            for code in &codes[ends[0] as usize..ends[1] as usize] {
                let (last, repeated, cases, repeats) = &mut seen[code.at()];
                if *last == case {
                    *repeats += 1;
                    *cases += u64::from(*repeated != case);
                    *repeated = case;
                }
                *last = case;
            }
        });
        let mut rework: Vec<Rework> = seen
            .into_iter()
            .zip(&self.activities)
            .filter(|((_, _, cases, _), _)| *cases > 0)
            .map(|((_, _, cases, repeats), activity)| Rework { activity: activity.clone(), cases, repeats })
            .collect();
        rework.sort_by_key(|r| std::cmp::Reverse(r.repeats));
        rework
    }

    /// The events of a case.
    pub(crate) fn events_of(&self, case: usize) -> std::ops::Range<usize> {
        self.starts[case] as usize..self.starts[case + 1] as usize
    }
}

fn per_second<T: Tick>(_: &[T]) -> u64 {
    T::PER_SECOND
}

/// Up to so many names, the buckets of all arcs between them fit a cache.
const FEW: usize = 64;

/// The quantiles of an arc: the middle, nine in ten, the longest.
const ARC: [f64; 3] = [0.5, 0.9, 1.0];

/// How many gaps of each arc lie in each bucket; the row of an arc is where its buckets begin, 0 if it has none.
struct Counts {
    places: Vec<u32>,
    counts: Vec<u32>,
}

/// Each event with the next of its case, and the gap.
fn pairs<'a, C: Code, T: Tick>(
    starts: &'a [u32],
    codes: &'a [C],
    times: &'a [T],
) -> impl Iterator<Item = (C, C, T::Gap)> + 'a {
    starts.windows(2).flat_map(move |case| {
        let events = case[0] as usize..case[1] as usize;
        let steps = codes[events.clone()].windows(2).zip(times[events].windows(2));
        steps.map(|(code, time)| (code[0], code[1], time[1].since(time[0])))
    })
}

/// The gaps of one part of the cases, by arc.
struct Gaps<G> {
    arcs: Vec<(u32, u32)>,
    gaps: Vec<Vec<G>>,
}

impl<G: Copy> Gaps<G> {
    fn between<C: Code, T: Tick<Gap = G>>(starts: &[u32], codes: &[C], names: usize, times: &[T]) -> Gaps<G> {
        let (mut arcs, mut gaps) = (Vec::new(), Vec::<Vec<G>>::new());
        let mut new = |from: C, to: C, gaps: &mut Vec<Vec<G>>| {
            arcs.push((from.at() as u32, to.at() as u32));
            gaps.push(Vec::new());
            gaps.len() as u32 - 1
        };
        let pairs = pairs(starts, codes, times);
        // Up to 2,048 activities the place of an arc is one look-up in a table of at most 16 MB.
        if names <= 2_048 {
            const NEW: u32 = u32::MAX;
            let mut places = vec![NEW; names * names];
            pairs.for_each(|(from, to, gap)| {
                let place = &mut places[from.at() * names + to.at()];
                if *place == NEW {
                    *place = new(from, to, &mut gaps);
                }
                gaps[*place as usize].push(gap);
            });
        } else {
            let mut places = FxHashMap::default();
            pairs.for_each(|(from, to, gap)| {
                let arc = (from.at() as u32, to.at() as u32);
                let place = *places.entry(arc).or_insert_with(|| new(from, to, &mut gaps));
                gaps[place as usize].push(gap);
            });
        }
        Gaps { arcs, gaps }
    }
}

impl Arc {
    fn of<T: Tick>(
        [from, to]: [&String; 2],
        count: u64,
        sum: u128,
        zero_gaps: u64,
        [median, p90, max]: [f64; 3],
    ) -> Arc {
        let seconds = T::PER_SECOND as f64;
        Arc {
            from: from.clone(),
            to: to.clone(),
            count,
            mean_seconds: sum as f64 / count as f64 / seconds,
            median_seconds: median / seconds,
            p90_seconds: p90 / seconds,
            max_seconds: max / seconds,
            zero_gaps,
        }
    }
}

pub(crate) fn spread<G: Copy + Into<u64>>(lengths: &[G], per_second: u64) -> Spread {
    let sum: u128 = lengths.iter().map(|&l| u128::from(l.into())).sum();
    let seconds = per_second as f64;
    let [p10, p25, median, p75, p90, p95, max] =
        quantiles(&[lengths], [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0]).map(|q| q / seconds);
    Spread {
        mean_seconds: sum as f64 / lengths.len() as f64 / seconds,
        p10_seconds: p10,
        p25_seconds: p25,
        median_seconds: median,
        p75_seconds: p75,
        p90_seconds: p90,
        p95_seconds: p95,
        max_seconds: max,
    }
}

pub(crate) fn named(names: &[String], counts: &[u64]) -> Vec<(String, u64)> {
    let mut named: Vec<(String, u64)> =
        names.iter().cloned().zip(counts.iter().copied()).filter(|(_, count)| *count > 0).collect();
    named.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    named
}

pub(crate) const SECOND: f64 = MICROS as f64;

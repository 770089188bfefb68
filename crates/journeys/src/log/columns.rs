//! Flat columns in the narrowest width that holds them, and the names behind the codes.

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use std::hash::BuildHasher;

/// A code of one, two or four bytes.
pub trait Code: Copy + Eq + Ord + Send + Sync + 'static {
    /// The code as a place in a list of names.
    fn at(self) -> usize;
    /// The code of a place that is known to fit.
    fn of(at: u32) -> Self;
}
macro_rules! code {
    ($($width:ty),*) => {$(
        impl Code for $width {
            #[inline]
            fn at(self) -> usize { self as usize }
            #[inline]
            fn of(at: u32) -> Self { at as $width }
        }
    )*};
}
code!(u8, u16, u32);

/// A column of codes. Up to 256 names cost one byte an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Codes {
    One(Vec<u8>),
    Two(Vec<u16>),
    Four(Vec<u32>),
}

/// Runs the expression with `$codes` as a slice of its own width.
macro_rules! with_codes {
    ($column:expr, $codes:ident => $then:expr) => {
        match $column {
            $crate::log::columns::Codes::One($codes) => $then,
            $crate::log::columns::Codes::Two($codes) => $then,
            $crate::log::columns::Codes::Four($codes) => $then,
        }
    };
}
/// Runs the expression with `$times` as a slice of its own unit.
macro_rules! with_times {
    ($column:expr, $times:ident => $then:expr) => {
        match $column {
            $crate::log::columns::Times::Seconds { since: $times, .. } => $then,
            $crate::log::columns::Times::Micros($times) => $then,
        }
    };
}
pub(crate) use {with_codes, with_times};

impl Codes {
    pub fn len(&self) -> usize {
        with_codes!(self, c => c.len())
    }

    pub fn get(&self, at: usize) -> u32 {
        with_codes!(self, c => c[at].at() as u32)
    }

    /// The events of the given ranges, in that order.
    pub fn take(&self, ranges: &[std::ops::Range<usize>]) -> Codes {
        match self {
            Codes::One(c) => Codes::One(take(c, ranges)),
            Codes::Two(c) => Codes::Two(take(c, ranges)),
            Codes::Four(c) => Codes::Four(take(c, ranges)),
        }
    }
}

fn take<T: Copy>(column: &[T], ranges: &[std::ops::Range<usize>]) -> Vec<T> {
    let mut out = Vec::with_capacity(ranges.iter().map(|r| r.len()).sum());
    ranges.iter().for_each(|r| out.extend_from_slice(&column[r.clone()]));
    out
}

/// The times of the events. Whole seconds within 136 years cost four bytes.
#[derive(Debug, Clone, PartialEq)]
pub enum Times {
    /// Seconds since `origin`, which is in seconds since 1970.
    Seconds { origin: i64, since: Vec<u32> },
    /// Microseconds since 1970.
    Micros(Vec<i64>),
}

/// A point in time in the unit of its column.
pub trait Tick: Copy + Ord + Send + Sync + 'static {
    /// The time between two ticks.
    type Gap: Copy + Ord + Into<u64> + Send + Sync + 'static;
    /// How many of the unit make a second.
    const PER_SECOND: u64;
    /// The gap from an earlier tick to this one.
    fn since(self, earlier: Self) -> Self::Gap;
}
impl Tick for u32 {
    type Gap = u32;
    const PER_SECOND: u64 = 1;
    #[inline]
    fn since(self, earlier: u32) -> u32 {
        self - earlier
    }
}
impl Tick for i64 {
    type Gap = u64;
    const PER_SECOND: u64 = MICROS;
    #[inline]
    fn since(self, earlier: i64) -> u64 {
        (self - earlier) as u64
    }
}

pub const MICROS: u64 = 1_000_000;

impl Times {
    /// One time, in microseconds since 1970.
    pub fn micros(&self, at: usize) -> i64 {
        match self {
            Times::Seconds { origin, since } => (origin + i64::from(since[at])) * MICROS as i64,
            Times::Micros(micros) => micros[at],
        }
    }

    pub fn take(&self, ranges: &[std::ops::Range<usize>]) -> Times {
        match self {
            Times::Seconds { origin, since } => Times::Seconds { origin: *origin, since: take(since, ranges) },
            Times::Micros(micros) => Times::Micros(take(micros, ranges)),
        }
    }
}

/// How finely the times of a log are known. With `Day`, a gap of nothing means "order not known", not "at once".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// Dates only: every time is a midnight, give or take what time zones and summer time leave behind.
    Day,
    /// Every time is a whole minute.
    Minute,
    /// Every time is a whole second.
    Second,
    /// Finer than a second.
    Microsecond,
}

impl Precision {
    /// One word: day, minute, second or microsecond.
    pub fn word(self) -> &'static str {
        match self {
            Precision::Day => "day",
            Precision::Minute => "minute",
            Precision::Second => "second",
            Precision::Microsecond => "microsecond",
        }
    }

    /// The precision that the times show. Dates carried through time zones come out as 23:00 or 01:00 for half the
    /// year (the BPI 2011 hospital log does), so an hour beside midnight counts as midnight if no two events of a case
    /// are less than 23 hours but more than nothing apart.
    pub(crate) fn of(starts: &[u32], times: &Times) -> Precision {
        match times {
            Times::Micros(micros) if micros.iter().any(|t| t % MICROS as i64 != 0) => Precision::Microsecond,
            Times::Micros(micros) => whole_seconds(starts, micros, 0, MICROS as i64),
            Times::Seconds { origin, since } => whole_seconds(starts, since, *origin, 1),
        }
    }
}

fn whole_seconds<T: Tick + Into<i64>>(starts: &[u32], ticks: &[T], origin: i64, unit: i64) -> Precision {
    let second = |t: T| origin + t.into() / unit;
    if ticks.iter().any(|&t| second(t) % 60 != 0) {
        return Precision::Second;
    }
    let beside_midnight = |hours: [i64; 2]| {
        ticks.iter().all(|&t| {
            let of_day = second(t).rem_euclid(86_400);
            of_day == hours[0] * 3_600 || of_day == hours[1] * 3_600
        })
    };
    let dates = beside_midnight([0, 0])
        || [[0, 1], [23, 0], [22, 23]].into_iter().any(beside_midnight)
            && starts.windows(2).all(|case| {
                ticks[case[0] as usize..case[1] as usize]
                    .windows(2)
                    .all(|pair| !(1..23 * 3_600).contains(&(second(pair[1]) - second(pair[0]))))
            });
    if dates && !ticks.is_empty() { Precision::Day } else { Precision::Minute }
}

/// Texts numbered in the order they were first seen, kept end to end.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    bytes: String,
    ends: Vec<usize>,
    table: HashTable<u32>,
    last: u32,
}

impl PartialEq for Texts {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes && self.ends == other.ends
    }
}

impl Texts {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn get(&self, number: u32) -> &str {
        text(&self.bytes, &self.ends, number)
    }

    /// The number of a text, new or known.
    pub fn number(&mut self, wanted: &str) -> u32 {
        let Texts { bytes, ends, table, last } = self;
        // Neighbouring rows are often of one case.
        if (*last as usize) < ends.len() && text(bytes, ends, *last) == wanted {
            return *last;
        }
        let hash = |s: &str| FxBuildHasher.hash_one(s);
        *last = *table
            .entry(hash(wanted), |&n| text(bytes, ends, n) == wanted, |&n| hash(text(bytes, ends, n)))
            .or_insert_with(|| {
                ends.push(bytes.len() + wanted.len());
                ends.len() as u32 - 1
            })
            .get();
        if bytes.len() < ends[ends.len() - 1] {
            bytes.push_str(wanted);
        }
        *last
    }

    /// The same texts without the means to add more.
    pub fn sealed(mut self) -> Texts {
        self.table = HashTable::new();
        self
    }

    pub fn keep(&self, numbers: &[u32]) -> Texts {
        let mut out = Texts::default();
        for &n in numbers {
            out.bytes.push_str(self.get(n));
            out.ends.push(out.bytes.len());
        }
        out
    }
}

fn text<'a>(bytes: &'a str, ends: &[usize], number: u32) -> &'a str {
    let number = number as usize;
    let start = number.checked_sub(1).map_or(0, |before| ends[before]);
    &bytes[start..ends[number]]
}

/// What the cases are called.
#[derive(Debug, Clone, PartialEq)]
pub enum Names {
    Whole(Vec<i64>),
    Text(Texts),
}

impl Names {
    pub fn get(&self, number: usize) -> String {
        match self {
            Names::Whole(ids) => ids[number].to_string(),
            Names::Text(texts) => texts.get(number as u32).to_owned(),
        }
    }

    pub fn keep(&self, numbers: &[u32]) -> Names {
        match self {
            Names::Whole(ids) => Names::Whole(numbers.iter().map(|&n| ids[n as usize]).collect()),
            Names::Text(texts) => Names::Text(texts.keep(numbers)),
        }
    }
}

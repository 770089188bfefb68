//! Rows in the order they arrive → a [`Log`] sorted by case and time.
//!
//! Each case already has a number, so sorting is counting: how many events has each case, hence where does each row go.
//! That keeps the order of arrival inside a case, which for most files is the order of time; only cases where it is not
//! are sorted by comparison.

use super::alike::alike;
use super::columns::{Code, Codes, MICROS, Names, Precision, Texts, Tick, Times, with_codes};
use super::{Log, LogError};
use std::ops::Range;

/// No usable case or activity in this row.
pub const NONE: u32 = u32::MAX;
/// No readable time in this row.
pub const NEVER: i64 = i64::MIN;

/// A block of rows: one number each for the case and the activity, and a time in microseconds since 1970.
#[derive(Debug, Default)]
pub struct Rows {
    pub case: Vec<u32>,
    pub activity: Vec<u32>,
    pub micros: Vec<i64>,
    /// Who did it; empty when not asked for.
    pub by: Vec<u32>,
    /// The file's own order; empty when it has none.
    pub order: Vec<i64>,
    /// Rows that were not asked for; empty when all were.
    pub left_out: Vec<bool>,
}

/// The rows of a file that could not be used; the good ones are in the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    /// Rows without a case.
    pub no_case: u64,
    /// Rows without an activity.
    pub no_activity: u64,
    /// Rows without a readable time.
    pub no_time: u64,
    /// The first hundred of them.
    pub first: Vec<Problem>,
}

/// One row that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The row, the first row of data being 1.
    pub row: u64,
    /// What it lacks.
    pub what: What,
}

/// What a row lacks; the first of these when it lacks several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The case is empty.
    Case,
    /// The activity is empty.
    Activity,
    /// The time is empty or cannot be read.
    Time,
}

impl Problems {
    /// How many rows could not be used.
    pub fn rows(&self) -> u64 {
        self.no_case + self.no_activity + self.no_time
    }

    fn add(&mut self, row: u64, what: What) {
        *match what {
            What::Case => &mut self.no_case,
            What::Activity => &mut self.no_activity,
            What::Time => &mut self.no_time,
        } += 1;
        if self.first.len() < 100 {
            self.first.push(Problem { row, what });
        }
    }
}

/// Times as they come: four bytes each while they are whole seconds near the first, eight from then on.
#[derive(Debug)]
enum Coming {
    Seconds { first: i64, since: Vec<i32> },
    Micros(Vec<i64>),
}

impl Coming {
    fn push(&mut self, micros: &[i64]) {
        if let Coming::Seconds { first, since } = self {
            if let (true, Some(micros)) = (since.is_empty(), micros.first()) {
                *first = micros.div_euclid(MICROS as i64);
            }
            let before = since.len();
            let whole = micros.iter().all(|&t| {
                let second = t / MICROS as i64;
                let offset = second - *first;
                since.push(offset as i32);
                second * MICROS as i64 == t && i64::from(offset as i32) == offset
            });
            if whole {
                return;
            }
            since.truncate(before);
            *self = Coming::Micros(since.iter().map(|&s| (*first + i64::from(s)) * MICROS as i64).collect());
        }
        if let Coming::Micros(all) = self {
            all.extend_from_slice(micros);
        }
    }
}

/// Codes as they come: two bytes each, four once there are more than 65,536 names.
#[derive(Debug)]
enum Column {
    Two(Vec<u16>),
    Four(Vec<u32>),
}

impl Column {
    fn push(&mut self, codes: &[u32]) {
        if let Column::Two(narrow) = self {
            if codes.iter().all(|&c| c <= u32::from(u16::MAX)) {
                narrow.extend(codes.iter().map(|&c| c as u16));
                return;
            }
            *self = Column::Four(narrow.iter().map(|&c| u32::from(c)).collect());
        }
        if let Column::Four(wide) = self {
            wide.extend_from_slice(codes);
        }
    }

    /// The column in its final order, with codes that follow the sorted names, and those names.
    fn place(self, to: &[u32], names: &Texts, sparse: bool) -> (Codes, Vec<String>) {
        match self {
            Column::Two(codes) => place(codes, to, names, sparse),
            Column::Four(codes) => place(codes, to, names, sparse),
        }
    }
}

fn place<C: Code>(codes: Vec<C>, to: &[u32], names: &Texts, sparse: bool) -> (Codes, Vec<String>) {
    // A name whose every row was bad is no activity of the log.
    let mut used = vec![!sparse; names.len()];
    if sparse {
        codes.iter().for_each(|c| used[c.at()] = true);
    }
    let mut order: Vec<u32> = (0..names.len() as u32).filter(|&n| used[n as usize]).collect();
    order.sort_unstable_by_key(|&n| names.get(n));
    let mut rank = vec![0_u32; names.len()];
    for (place, &name) in order.iter().enumerate() {
        rank[name as usize] = place as u32;
    }
    let sorted: Vec<String> = order.iter().map(|&n| names.get(n).to_owned()).collect();
    let column = match sorted.len() {
        ..=0x100 => Codes::One(scatter(&codes, to, |c| rank[c.at()] as u8)),
        0x101..=0x1_0000 => Codes::Two(scatter(&codes, to, |c| rank[c.at()] as u16)),
        _ => Codes::Four(scatter(&codes, to, |c| rank[c.at()])),
    };
    (column, sorted)
}

fn scatter<A: Copy, B: Copy + Default>(from: &[A], to: &[u32], change: impl Fn(A) -> B) -> Vec<B> {
    let mut out = vec![B::default(); from.len()];
    for (&value, &at) in from.iter().zip(to) {
        out[at as usize] = change(value);
    }
    out
}

/// Takes blocks of rows and makes the log.
#[derive(Debug)]
pub struct Builder {
    case: Vec<u32>,
    activity: Column,
    time: Coming,
    by: Column,
    order: Vec<i64>,
    in_order: bool,
    row: u64,
    problems: Problems,
}

impl Builder {
    /// A builder with room for so many rows.
    pub fn new(rows: usize) -> Self {
        Builder {
            case: Vec::with_capacity(rows),
            activity: Column::Two(Vec::with_capacity(rows)),
            time: Coming::Seconds { first: 0, since: Vec::with_capacity(rows) },
            by: Column::Two(Vec::new()),
            order: Vec::new(),
            in_order: true,
            row: 0,
            problems: Problems::default(),
        }
    }

    /// Adds the good rows of a block and notes the others.
    pub fn push(&mut self, mut rows: Rows) -> Result<(), LogError> {
        let length = rows.case.len();
        if self.case.len() + length >= u32::MAX as usize {
            return Err(LogError::TooLong);
        }
        let bad = rows.case.contains(&NONE) || rows.activity.contains(&NONE) || rows.micros.contains(&NEVER);
        if bad || !rows.left_out.is_empty() {
            let mut good = Vec::with_capacity(length);
            for at in 0..length {
                let row = self.row + at as u64 + 1;
                if rows.left_out.get(at).is_some_and(|&out| out) {
                } else if rows.case[at] == NONE {
                    self.problems.add(row, What::Case);
                } else if rows.activity[at] == NONE {
                    self.problems.add(row, What::Activity);
                } else if rows.micros[at] == NEVER {
                    self.problems.add(row, What::Time);
                } else {
                    good.push(at);
                }
            }
            pick(&mut rows.case, &good);
            pick(&mut rows.activity, &good);
            pick(&mut rows.micros, &good);
            pick(&mut rows.by, &good);
            pick(&mut rows.order, &good);
        }
        self.row += length as u64;
        self.case.extend_from_slice(&rows.case);
        self.activity.push(&rows.activity);
        self.time.push(&rows.micros);
        self.by.push(&rows.by);
        self.in_order &= self.order.last() <= rows.order.first() && rows.order.is_sorted() || rows.order.is_empty();
        self.order.extend_from_slice(&rows.order);
        Ok(())
    }

    /// The log, its cases in the order in which they were first seen.
    pub fn finish(self, cases: Names, activities: &Texts, by: Option<&Texts>) -> Log {
        let Builder { case: mut to, activity, time, by: by_column, order, in_order, problems, .. } = self;
        let sparse = to.len() as u64 != self.row;
        let mut next = vec![
            0_u32;
            match &cases {
                Names::Whole(ids) => ids.len(),
                Names::Text(texts) => texts.len(),
            }
        ];
        to.iter().for_each(|&c| next[c as usize] += 1);
        let cases = if sparse {
            let kept: Vec<u32> = (0..next.len() as u32).filter(|&c| next[c as usize] > 0).collect();
            cases.keep(&kept)
        } else {
            cases
        };
        let mut starts = vec![0];
        let mut start = 0;
        for count in &mut next {
            let here = start;
            start += *count;
            if *count > 0 {
                starts.push(start);
            }
            *count = here;
        }
        for case in &mut to {
            let at = &mut next[*case as usize];
            *case = *at;
            *at += 1;
        }
        drop(next);

        let (activity, activities) = activity.place(&to, activities, sparse);
        let by = by.map(|names| by_column.place(&to, names, sparse));
        let time = match time {
            Coming::Micros(micros) => Times::Micros(scatter(&micros, &to, |t| t)),
            Coming::Seconds { first, since } => {
                let least = since.iter().copied().min().unwrap_or(0);
                Times::Seconds {
                    origin: first + i64::from(least),
                    since: scatter(&since, &to, |s| s.wrapping_sub(least) as u32),
                }
            }
        };
        let order = if in_order { Vec::new() } else { scatter(&order, &to, |o| o) };
        drop(to);
        let mut log = Log {
            precision: Precision::Second,
            alike: Vec::new(),
            starts,
            cases: match cases {
                Names::Text(texts) => Names::Text(texts.sealed()),
                whole => whole,
            },
            activity,
            activities,
            time,
            by,
            problems,
        };
        let moves = match &mut log.time {
            Times::Seconds { since, .. } => sort_cases(&log.starts, since, &order),
            Times::Micros(micros) => sort_cases(&log.starts, micros, &order),
        };
        with_codes!(&mut log.activity, codes => moves.apply(codes));
        if let Some((codes, _)) = &mut log.by {
            with_codes!(codes, codes => moves.apply(codes));
        }
        log.precision = Precision::of(&log.starts, &log.time);
        log.alike = alike(&log.starts, &log.activity, log.activities.len());
        log
    }
}

fn pick<T: Copy>(column: &mut Vec<T>, good: &[usize]) {
    if !column.is_empty() {
        *column = good.iter().map(|&at| column[at]).collect();
    }
}

/// The cases whose rows were not in the order of time, and where each of their events came from.
#[derive(Debug, Default)]
struct Moves {
    cases: Vec<Range<usize>>,
    from: Vec<u32>,
}

impl Moves {
    fn apply<T: Copy>(&self, column: &mut [T]) {
        let mut from = &self.from[..];
        let mut sorted = Vec::new();
        for case in &self.cases {
            let (here, rest) = from.split_at(case.len());
            sorted.clear();
            sorted.extend(here.iter().map(|&at| column[at as usize]));
            column[case.clone()].copy_from_slice(&sorted);
            from = rest;
        }
    }
}

fn sort_cases<T: Tick>(starts: &[u32], times: &mut [T], order: &[i64]) -> Moves {
    let key = |times: &[T], at: usize| (times[at], order.get(at).copied());
    let mut moves = Moves::default();
    for case in starts.windows(2) {
        let case = case[0] as usize..case[1] as usize;
        let sorted = if order.is_empty() {
            times[case.clone()].is_sorted()
        } else {
            case.clone().is_sorted_by_key(|at| key(times, at))
        };
        if !sorted {
            let before = moves.from.len();
            moves.from.extend(case.clone().map(|at| at as u32));
            moves.from[before..].sort_by_key(|&at| key(times, at as usize));
            moves.cases.push(case);
        }
    }
    moves.apply(times);
    moves
}

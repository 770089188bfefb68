//! The answers that add up over people: the delay ledger, the flow and the ways through. Each part of a fold keeps its own
//! and they are added, in whole numbers, so that no order and no number of threads changes a byte.

use crate::account::Journey;
use crate::rows::{NONE, Word};
use crate::stays::Stay;
use crate::waits::{EndedBy, Side, Span, Wait};
use domain::{Date, Instant, Precision, Zone};
use rustc_hash::FxHashMap;

/// What is known of who a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Traits {
    pub birth_month: Option<i32>,
    pub sex: Word,
    pub neighbourhood: Word,
    pub deprivation: Option<i32>,
}

impl Traits {
    /// Age in whole years at a moment.
    pub fn age(&self, at: Instant, zone: &Zone) -> Option<i32> {
        let (year, month, _) = zone.date(at).ymd();
        self.birth_month.map(|birth| ((year - 1970) * 12 + month as i32 - 1 - birth).div_euclid(12))
    }
}

/// Where, between whom and for what sort of person time was waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct LedgerKey {
    pub day: Date,
    pub handover: Word,
    pub from_service: Word,
    pub from_organisation: Word,
    pub to_service: Word,
    pub to_organisation: Word,
    pub neighbourhood: Word,
    /// Into `AGE_BANDS`.
    pub age_band: Option<u8>,
    pub sex: Word,
    pub deprivation: Option<i32>,
    pub need: Word,
}

/// How many waited, and how long.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LedgerCell {
    pub people: i64,
    /// At the end of the day, or of what is known of it.
    pub waiting: i64,
    pub seconds: i64,
    last_person: Option<i64>,
    last_waiting: Option<i64>,
}

/// An arc of the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ArcKey {
    pub inside: bool,
    pub from: Side,
    pub to: Side,
    pub handover: Word,
}

/// Everyone who passed along an arc.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arc {
    pub people: i64,
    pub times: i64,
    pub open: i64,
    pub seconds: i64,
    /// How many took each number of seconds, so that middles and tails are exact and still add up.
    pub spread: FxHashMap<i64, i64>,
    last_person: Option<i64>,
}

impl Arc {
    /// The quantile by linear interpolation, in seconds.
    pub fn quantile(&self, share: f64) -> f64 {
        let mut sorted: Vec<(i64, i64)> = self.spread.iter().map(|(seconds, times)| (*seconds, *times)).collect();
        sorted.sort_unstable();
        let at = share * (self.times - 1) as f64;
        let nth = |n: i64| {
            let mut before = 0;
            let found = sorted.iter().find(|(_, times)| {
                before += times;
                before > n
            });
            found.map_or(0.0, |(seconds, _)| *seconds as f64)
        };
        let (low, high) = (nth(at.floor() as i64), nth(at.ceil() as i64));
        low + (high - low) * (at - at.floor())
    }
}

/// A way that journeys took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Way {
    pub journeys: i64,
    pub care: i64,
    pub wait: i64,
}

/// All answers that add up.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    pub ledger: FxHashMap<LedgerKey, LedgerCell>,
    pub flow: FxHashMap<ArcKey, Arc>,
    pub ways: FxHashMap<Vec<Side>, Way>,
}

impl Sums {
    /// Adds one person.
    pub fn add_person(
        &mut self,
        person: i64,
        traits: &Traits,
        stays: &[Stay],
        waits: &[Wait],
        journeys: &[Journey],
        zone: &Zone,
    ) {
        let need_of = journeys.iter().flat_map(|journey| journey.waits.iter().map(|at| (journey.need, &waits[*at])));
        for (need, wait) in need_of.filter(|(_, wait)| wait.ended_by != EndedBy::Lapsed) {
            let key = ArcKey { inside: false, from: wait.from_side, to: wait.to_side, handover: wait.handover };
            self.pass(key, person, wait.span.seconds, wait.ended_by == EndedBy::Open);
            self.spread_over_days(person, traits, need, wait, zone);
        }
        let mut awaited = vec![false; stays.len()];
        waits.iter().filter_map(|wait| wait.to).for_each(|to| awaited[to] = true);
        let mut before: FxHashMap<u32, usize> = FxHashMap::default();
        for (at, stay) in stays.iter().enumerate() {
            let (Some(_), Some(started)) = (stay.episode, stay.started) else { continue };
            if let Some(from) = before.insert(stay.lane, at).map(|from| &stays[from])
                && let (Some(ended), false) = (from.ended, awaited[at])
            {
                let (from_side, to) = (Side::of(from.kind), Side::of(stay.kind));
                let key = ArcKey { inside: true, from: from_side, to, handover: NONE };
                self.pass(key, person, Span::new(ended, started, zone).seconds, false);
            }
        }
        for journey in journeys {
            if !self.ways.contains_key(&journey.way) {
                self.ways.insert(journey.way.clone(), Way::default());
            }
            let Some(sum) = self.ways.get_mut(&journey.way) else { continue };
            sum.journeys += 1;
            sum.care += journey.account.care;
            sum.wait += journey.account.between;
        }
    }

    fn pass(&mut self, key: ArcKey, person: i64, seconds: i64, open: bool) {
        let arc = self.flow.entry(key).or_default();
        arc.people += i64::from(arc.last_person.replace(person) != Some(person));
        arc.times += 1;
        arc.open += i64::from(open);
        arc.seconds += seconds;
        *arc.spread.entry(seconds).or_default() += 1;
    }

    /// One wait, over the civil days on which it was waited. A wait between dates is 1,440 minutes on each of its days but
    /// the last.
    fn spread_over_days(&mut self, person: i64, traits: &Traits, need: Word, wait: &Wait, zone: &Zone) {
        let age = traits.age(wait.asked.at, zone);
        let Span { from, to, precision, .. } = wait.span;
        let mut day = zone.date(from);
        let mut begin = from;
        while begin < to {
            let next = zone.midnight(Date(day.0 + 1));
            let end = next.min(to);
            let key = LedgerKey {
                day,
                handover: wait.handover,
                from_service: wait.from_service,
                from_organisation: wait.from_organisation,
                to_service: wait.to_service,
                to_organisation: wait.to_organisation,
                neighbourhood: traits.neighbourhood,
                age_band: age.map(|age| domain::age_band(age) as u8),
                sex: traits.sex,
                deprivation: traits.deprivation,
                need,
            };
            let cell = self.ledger.entry(key).or_default();
            cell.people += i64::from(cell.last_person.replace(person) != Some(person));
            // Who was taken on a date was still waiting at the end of the day before it.
            if wait.ended.is_none() || to > next || (to == next && precision == Precision::Day) {
                cell.waiting += i64::from(cell.last_waiting.replace(person) != Some(person));
            }
            cell.seconds += if precision == Precision::Day { 86_400 } else { end.0 - begin.0 };
            (day, begin) = (Date(day.0 + 1), next);
        }
    }

    /// Adds the sums of other people.
    pub fn add(&mut self, other: Sums) {
        for (key, cell) in other.ledger {
            let sum = self.ledger.entry(key).or_default();
            sum.people += cell.people;
            sum.waiting += cell.waiting;
            sum.seconds += cell.seconds;
        }
        for (key, arc) in other.flow {
            let sum = self.flow.entry(key).or_default();
            sum.people += arc.people;
            sum.times += arc.times;
            sum.open += arc.open;
            sum.seconds += arc.seconds;
            for (seconds, times) in arc.spread {
                *sum.spread.entry(seconds).or_default() += times;
            }
        }
        for (key, way) in other.ways {
            let sum = self.ways.entry(key).or_default();
            sum.journeys += way.journeys;
            sum.care += way.care;
            sum.wait += way.wait;
        }
    }
}

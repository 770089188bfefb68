//! What happens next: a list of events in two tiers. The bucket of the present moment is sorted; later buckets are linked
//! lists in a ring; what lies beyond the ring waits outside. Order is total: (time, kind, who, stamp), all in one number, so it
//! does not depend on when an event was written down nor on the width of buckets. Nothing is allocated once the list has
//! reached its usual length.

use std::hint::select_unpredictable;

use super::random::NEVER;
use super::save::saved;

/// An event: time in the upper 64 bits; then 4 bits of kind, 28 of who, and 32 of stamp.
pub(crate) type Event = u128;

const RING: usize = 4096;
const NONE: u32 = u32::MAX;
/// Longest sorted bucket into which an event is moved step by step.
const SHORT: usize = 48;
/// Longest sorted bucket that is gone through whole.
const FEW: usize = 3;

saved! {
    #[derive(Clone, Copy, Debug, Default)]
    struct Link {
        event: Event,
        next: u32,
    }
}

saved! {
    #[derive(Clone, Debug)]
    pub(crate) struct List {
        /// The present bucket, last event first.
        near: Vec<Event>,
        shift: u32,
        /// Number of the present bucket.
        bucket: u64,
        heads: Vec<u32>,
        /// One bit for each bucket of the ring that holds something.
        marks: Vec<u64>,
        links: Vec<Link>,
        free: u32,
        /// How many are in the ring.
        ringed: u32,
        far: Vec<Event>,
        /// First bucket of `far`.
        far_from: u64,
    }
}

fn time(event: Event) -> u64 {
    (event >> 64) as u64
}

impl List {
    /// An empty list whose buckets are 2^`shift` ticks wide.
    pub(crate) fn new(shift: u32) -> List {
        List {
            near: Vec::with_capacity(64),
            shift,
            bucket: 0,
            heads: vec![NONE; RING],
            marks: vec![0; RING / 64],
            links: Vec::new(),
            free: NONE,
            ringed: 0,
            far: Vec::new(),
            far_from: u64::MAX,
        }
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, event: Event) {
        let bucket = time(event) >> self.shift;
        if bucket <= self.bucket {
            self.push_near(event);
        } else if bucket - self.bucket < RING as u64 {
            self.push_ring(bucket, event);
        } else {
            self.far_from = self.far_from.min(bucket);
            self.far.push(event);
        }
    }

    #[inline(always)]
    fn push_near(&mut self, event: Event) {
        if self.near.len() > SHORT {
            let at = self.near.partition_point(|other| *other > event);
            self.near.push(event);
            self.near[at..].rotate_right(1);
            return;
        }
        self.near.push(event);
        let Some((mut place, before)) = self.near.split_last_mut() else { return };
        if before.len() <= FEW {
            // All are compared, since where among a few it belongs cannot be foreseen.
            for other in before.iter_mut().rev() {
                let later = *other > event;
                let (first, last) = (*other, *place);
                *place = select_unpredictable(later, last, first);
                *other = select_unpredictable(later, first, last);
                place = other;
            }
            return;
        }
        for other in before.iter_mut().rev() {
            if *other > event {
                break;
            }
            *place = *other;
            place = other;
        }
        *place = event;
    }

    #[inline(always)]
    fn push_ring(&mut self, bucket: u64, event: Event) {
        let slot = bucket as usize % RING;
        let link = Link { event, next: self.heads[slot] };
        let at = match self.links.get_mut(self.free as usize) {
            Some(place) => {
                let at = self.free;
                self.free = place.next;
                *place = link;
                at
            }
            None => {
                self.links.push(link);
                self.links.len() as u32 - 1
            }
        };
        self.heads[slot] = at;
        self.ringed += 1;
        self.marks[slot / 64] |= 1 << (slot % 64);
    }

    /// When the next event is; [`NEVER`] when there is none.
    #[inline(always)]
    pub(crate) fn first(&mut self) -> i64 {
        match self.near.last() {
            Some(event) => time(*event) as i64,
            None => self.turn(),
        }
    }

    /// Takes the next event away, once [`List::first`] has looked for it: all but its time.
    #[inline(always)]
    pub(crate) fn pop(&mut self) -> u64 {
        self.near.pop().map_or(u64::MAX, |event| event as u64)
    }

    /// Goes on to the next bucket that holds something.
    #[inline(never)]
    fn turn(&mut self) -> i64 {
        loop {
            let ring = self.next_in_ring();
            let Some(bucket) = ring.into_iter().chain((!self.far.is_empty()).then_some(self.far_from)).min() else {
                return NEVER;
            };
            self.bucket = bucket;
            if self.far_from <= bucket {
                self.bring_in();
            }
            let slot = bucket as usize % RING;
            let mut at = std::mem::replace(&mut self.heads[slot], NONE);
            self.marks[slot / 64] &= !(1 << (slot % 64));
            while let Some(link) = self.links.get_mut(at as usize) {
                self.near.push(link.event);
                self.ringed -= 1;
                let next = std::mem::replace(&mut link.next, self.free);
                self.free = at;
                at = next;
            }
            self.near.sort_unstable_by(|left, right| right.cmp(left));
            if let Some(event) = self.near.last() {
                return time(*event) as i64;
            }
        }
    }

    /// The first bucket after the present one that is marked.
    fn next_in_ring(&self) -> Option<u64> {
        if self.ringed == 0 {
            return None;
        }
        let start = (self.bucket as usize + 1) % RING;
        let words = RING / 64;
        for step in 0..=words {
            let word = (start / 64 + step) % words;
            let mut marks = self.marks[word];
            if step == 0 {
                marks &= u64::MAX << (start % 64);
            } else if step == words {
                marks &= !(u64::MAX << (start % 64));
            }
            if marks != 0 {
                let slot = word * 64 + marks.trailing_zeros() as usize;
                let ahead = (slot + RING - start) % RING + 1;
                return Some(self.bucket + ahead as u64);
            }
        }
        None
    }

    /// Moves into the ring what has come near enough.
    fn bring_in(&mut self) {
        self.far_from = u64::MAX;
        let mut at = 0;
        while let Some(event) = self.far.get(at).copied() {
            let bucket = time(event) >> self.shift;
            if bucket - self.bucket >= RING as u64 {
                self.far_from = self.far_from.min(bucket);
                at += 1;
            } else {
                self.far.swap_remove(at);
                self.push_ring(bucket, event);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::scramble;
    use super::*;

    #[test]
    fn events_come_in_order_whatever_the_width_of_buckets() {
        for shift in [0, 4, 10, 40] {
            let mut list = List::new(shift);
            let mut all: Vec<Event> = Vec::new();
            let (mut now, mut out) = (0u64, Vec::new());
            for index in 0..4000u64 {
                let bits = scramble(index);
                let event = u128::from(now + (bits >> (24 + bits % 39))) << 64 | u128::from(index);
                list.push(event);
                all.push(event);
                if bits.is_multiple_of(3) {
                    now = list.first() as u64;
                    out.push((now, list.pop()));
                }
            }
            while list.first() != NEVER {
                out.push((list.first() as u64, list.pop()));
            }
            assert_eq!(out.len(), all.len());
            assert!(out.is_sorted_by_key(|(time, _)| time), "shift {shift}");
            let mut out: Vec<Event> =
                out.into_iter().map(|(time, rest)| u128::from(time) << 64 | u128::from(rest)).collect();
            out.sort_unstable();
            all.sort_unstable();
            assert_eq!(out, all);
        }
    }
}

//! Exact quantiles of many numbers without sorting them, and the buckets that make answers add up.
//!
//! Buckets are log-linear: every value below 64 has its own, above that 32 to each doubling, so a value is known from
//! its bucket to 1 part in 32 at worst. Counting into buckets is one pass; the few values in the bucket that holds the
//! wanted rank are then sorted. Counts of buckets also add and subtract, which no sorted sample does.

/// How many buckets hold every `u64`.
pub const BUCKETS: usize = 1_920;

/// The bucket of a value.
#[inline]
pub fn bucket(value: u64) -> usize {
    let shift = 58 - (value | 32).leading_zeros();
    (shift as usize * 32) + (value >> shift) as usize
}

/// The least value of a bucket and how many values it holds.
pub fn bounds(bucket: usize) -> (u64, u64) {
    let shift = (bucket / 32).saturating_sub(1);
    (((bucket - shift * 32) as u64) << shift, 1 << shift)
}

/// Where a quantile lies among `count` sorted values: the value below, and how far to the next (numpy's `linear`).
pub fn rank(quantile: f64, count: u64) -> (u64, f64) {
    let at = quantile * (count - 1) as f64;
    (at as u64, at.fract())
}

/// The ranks on both sides of the quantiles, sorted.
fn ranks(wanted: &[f64], count: u64) -> Vec<u64> {
    let sides = |&quantile: &f64| {
        let (at, _) = rank(quantile, count);
        [at, (at + 1).min(count - 1)]
    };
    let mut ranks: Vec<u64> = wanted.iter().flat_map(sides).collect();
    ranks.sort_unstable();
    ranks
}

/// The buckets that hold the quantiles, each with how many values lie below it.
pub fn holding(counts: &[u32], wanted: &[f64]) -> Vec<(usize, u64)> {
    let count = counts.iter().map(|&c| u64::from(c)).sum();
    let mut ranks = ranks(wanted, count).into_iter().peekable();
    let mut holding = Vec::new();
    let mut below = 0;
    for (bucket, &count) in counts.iter().enumerate() {
        let above = below + u64::from(count);
        if ranks.next_if(|&rank| rank < above).is_some() {
            while ranks.next_if(|&rank| rank < above).is_some() {}
            holding.push((bucket, below));
        }
        below = above;
    }
    holding
}

/// The quantiles of `count` values, given the values of the buckets that hold them and how many lie below each.
pub fn interpolated<const N: usize>(held: &mut [(u64, Vec<u64>)], count: u64, wanted: [f64; N]) -> [f64; N] {
    held.iter_mut().for_each(|(_, values)| values.sort_unstable());
    let at = |rank: u64| {
        let (below, values) = &held[held.partition_point(|&(below, _)| below <= rank) - 1];
        values[(rank - below) as usize]
    };
    wanted.map(|quantile| {
        let (below, share) = rank(quantile, count);
        let (low, high) = (at(below), at((below + 1).min(count - 1)));
        low as f64 + (high - low) as f64 * share
    })
}

/// The value at each quantile, by linear interpolation. The values may lie in several parts; there must be one.
pub fn quantiles<const N: usize, G: Copy + Into<u64>>(parts: &[&[G]], wanted: [f64; N]) -> [f64; N] {
    let count: usize = parts.iter().map(|part| part.len()).sum();
    if count <= 512 {
        let all = parts.iter().flat_map(|part| part.iter().map(|&v| v.into())).collect();
        return interpolated(&mut [(0, all)], count as u64, wanted);
    }
    let mut counts = vec![0_u32; BUCKETS];
    for part in parts {
        part.iter().for_each(|&v| counts[bucket(v.into())] += 1);
    }
    let mut place = vec![0_u8; BUCKETS];
    let mut held = Vec::new();
    for (bucket, below) in holding(&counts, &wanted) {
        held.push((below, Vec::with_capacity(counts[bucket] as usize)));
        place[bucket] = held.len() as u8;
    }
    for part in parts {
        for &value in *part {
            let value = value.into();
            let place = place[bucket(value)];
            if place != 0 {
                held[place as usize - 1].1.push(value);
            }
        }
    }
    interpolated(&mut held, count as u64, wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn buckets_follow_each_other_without_gap_up_to_the_largest_number() {
        let mut next = 0;
        for at in 0..BUCKETS {
            let (least, width) = bounds(at);
            assert_eq!((least, bucket(least), bucket(least + (width - 1))), (next, at, at));
            next = least.wrapping_add(width);
        }
        assert_eq!((next, bucket(u64::MAX)), (0, BUCKETS - 1));
    }

    proptest! {
        #[test]
        fn quantiles_are_those_of_the_sorted_values(
            values in prop::collection::vec(prop_oneof![0_u64..3, 0_u64..100, 0_u64..1 << 40], 1..3_000),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let wanted = [0.0, 0.1, 0.5, 0.9, 1.0];
            let (left, right) = values.split_at(cut.index(values.len()));
            let expected = wanted.map(|q| {
                let at = q * (values.len() - 1) as f64;
                let (low, high) = (sorted[at.floor() as usize] as f64, sorted[at.ceil() as usize] as f64);
                low + (high - low) * (at - at.floor())
            });
            prop_assert_eq!(quantiles(&[left, right], wanted), expected);
        }
    }
}

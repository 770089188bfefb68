//! Which cases went the same way: for each case the first one with the same sequence of activities.
//!
//! It is found once, when the log is made, and is exact; after that every question about variants, also of some cases
//! only, is a count over one number a case.

use super::columns::{Code, Codes, with_codes};
use hashbrown::HashTable;

/// For each case, the first with the same sequence.
pub fn alike(starts: &[u32], codes: &Codes, names: usize) -> Vec<u32> {
    with_codes!(codes, codes => of(starts, codes, u64::BITS - (names as u64).leading_zeros()))
}

/// The same for some of the cases, which are renumbered.
pub fn alike_among(alike: &[u32], kept: &[u32]) -> Vec<u32> {
    const NONE: u32 = u32::MAX;
    let mut firsts = vec![NONE; alike.len()];
    (0..)
        .zip(kept)
        .map(|(case, &old)| {
            let first = &mut firsts[alike[old as usize] as usize];
            if *first == NONE {
                *first = case;
            }
            *first
        })
        .collect()
}

fn of<C: Code>(starts: &[u32], codes: &[C], width: u32) -> Vec<u32> {
    let events = |case: u32| &codes[starts[case as usize] as usize..starts[case as usize + 1] as usize];
    let mut firsts: HashTable<(u64, u32)> = HashTable::new();
    (0..starts.len() as u32 - 1)
        .map(|case| {
            let sequence = events(case);
            let key = key(sequence, width);
            let same = |&(other, first): &(u64, u32)| other == key && (key & LONG == 0 || events(first) == sequence);
            firsts.entry(mix(key), same, |&(key, _)| mix(key)).or_insert((key, case)).get().1
        })
        .collect()
}

const LONG: u64 = 1 << 63;

/// What stands for a sequence: the sequence itself where its codes fit 63 bits, each one more than it is so that length
/// shows; a hash of it, marked as long, where they do not.
#[inline]
fn key<C: Code>(sequence: &[C], width: u32) -> u64 {
    if sequence.len() as u64 * u64::from(width) < 64 {
        sequence.iter().fold(0, |key, code| key << width | (code.at() as u64 + 1))
    } else {
        LONG | sequence.iter().fold(0, |hash, code| mix(hash ^ code.at() as u64))
    }
}

#[inline]
fn mix(key: u64) -> u64 {
    let mixed = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ mixed >> 32
}

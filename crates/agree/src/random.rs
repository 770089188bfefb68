//! Random numbers without a state: each is a hash of what it is for, so that any thread may draw any of them in any order and
//! the same seed gives the same bytes.

/// The finishing step of SplitMix64 (Steele, Lea and Flood, 2014): every input bit moves every output bit.
///
/// ```
/// assert_eq!(agree::random::mix(1), 0x910a_2dec_8902_5cc1); // the first output of SplitMix64 from seed 1
/// ```
pub const fn mix(value: u64) -> u64 {
    let mut value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

//! Who a person is: NHS numbers, names, birth dates, and the key that seals them.
//!
//! Only `ingest` and `link` may import this crate, and neither passes its types on: that makes an NHS number unnameable
//! everywhere else, and the compiler keeps the rule. What leaves is a [`Pseudonym`] (a keyed digest) or a sealed run of
//! bytes (AES-SIV, RFC 5297: deterministic, so the same identifiers seal to the same bytes and can be told apart without
//! being opened).

mod identifiers;
mod key;

pub use identifiers::{Identifiers, NhsNumber, NhsNumberError, Sex};
pub use key::{Key, Pseudonym, SealError, Sealer};

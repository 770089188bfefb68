//! The words of Catchment: what a nurse, an analyst or a councillor would say, as types.
//!
//! Nothing here reads a disk, a clock or a network, and nothing here can name a person: identifiers live in `vault`.
//!
//! ```
//! use domain::{EventKind, Instant, Precision, Zone};
//! let london = Zone::named("Europe/London").unwrap();
//! let (asked, precision) = london.parse("2025-11-03 09:14").unwrap();
//! assert_eq!(precision, Precision::Minute);
//! assert_eq!(EventKind::Asked.name(), "asked");
//! assert_eq!(london.show(asked), "2025-11-03 09:14");
//! ```

mod boundaries;
mod event;
pub mod place;
mod time;

pub use boundaries::{Boundaries, BoundariesError, Boundary, Ring};
pub use event::{EventKind, UnknownWord};
pub use place::{
    AGE_BANDS, HandoverRule, Lsoa, Need, Neighbourhood, Organisation, Place, PlaceError, PlaceEvent, Sector, Service,
    ServiceKind, age_band,
};
pub use time::{Date, Instant, Precision, TimeError, Zone};

/// The check digit of a nine-digit number by modulus 11, as the NHS NUMBER uses it: weights 10 to 2, eleven minus the
/// remainder, eleven read as nought. `None` when the remainder asks for a tenth digit of ten: such a number is never issued.
///
/// ```
/// assert_eq!(domain::modulus_11(&[9, 4, 3, 4, 7, 6, 5, 9, 1]), Some(9));
/// ```
pub fn modulus_11(digits: &[u8; 9]) -> Option<u8> {
    let sum: u32 = digits.iter().zip((2..=10).rev()).map(|(digit, weight)| u32::from(*digit) * weight).sum();
    match 11 - sum % 11 {
        11 => Some(0),
        10 => None,
        digit => Some(digit as u8),
    }
}

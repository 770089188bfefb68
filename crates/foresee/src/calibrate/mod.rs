//! A model of the place made from its own journeys, and the proof of how far to trust it.
//!
//! [`learn`] makes the copy: arrivals ([`mod@arrivals`]), lengths of stay ([`mod@fit`]), ways out, delays, capacities; and says what
//! could not be learned. [`forecast`] runs it on from the people who are in the place now, and [`score`] holds what was
//! said against what happened.

pub mod arrivals;
pub mod fit;
pub mod forecast;
pub mod learn;
pub mod opening;
pub mod rows;
pub mod score;

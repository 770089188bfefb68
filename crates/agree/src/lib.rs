//! Questions, options, stances, decisions, plans: what people say to each other and settle together. Pure functions; no clock, no
//! disk, no network, no random source that is not passed in.

pub mod day;
pub mod decision;
pub mod log;
pub mod opinion;
pub mod plan;
pub mod random;
pub mod scheme;
pub mod trust;
pub mod vote;

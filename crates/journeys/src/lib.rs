//! journeys

pub mod log;

//! What is coming, held to closed forms, published cases, laws and its own past. One test binary.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod calibration;
mod cases;
mod laws;
mod projection;
mod scenarios;

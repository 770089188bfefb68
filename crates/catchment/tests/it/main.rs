//! The binary as a user meets it: commands over a place on a disk. One test binary, and it links no engine.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod ahead;
mod architecture;
mod crash;
mod decide;
mod digest;
mod http;
mod ledger;
mod load;
mod pages;
mod place;
mod real;
mod rivermead;
mod shown;
mod states;
mod talk;
mod trust;

//! The binary as a user meets it: commands over a place on a disk. One test binary, and it links no engine.

mod architecture;
mod crash;
mod load;
mod place;
mod real;
mod rivermead;
mod shown;

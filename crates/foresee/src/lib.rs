//! What is coming, and the place tried out before it is changed: need years ahead ([`project`]), the whole place simulated
//! event by event ([`simulate`]), and the copy of the place made from its own journeys ([`calibrate`]).
//!
//! Pure functions over plain values: no clock, no disk, no random source but a key that the caller gives, so the same model,
//! seed and horizon give the same bytes on any machine and any number of threads.

pub mod calibrate;
pub mod project;
pub mod simulate;

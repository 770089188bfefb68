//! Replications side by side, and two runs compared: with the change and without.

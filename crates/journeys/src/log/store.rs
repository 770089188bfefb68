//! A log as bytes: its columns one after another, so that the next question needs no reading of rows and no sorting.
//!
//! About 6 bytes an event: one for the activity, four for the time, and half a byte or so for the case. Little endian;
//! the text that begins the bytes names the layout.

use super::build::{Problem, Problems, What};
use super::columns::{Codes, Names, Precision, Texts, Times};
use super::{Log, LogError};
use std::io::{Read, Write};

const MAGIC: &[u8; 16] = b"catchment log 1\n";


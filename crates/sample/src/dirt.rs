//! Dirt, in known amounts: real feeds have all of it, so the sample has it too, and counts every piece it writes.

use std::ops::AddAssign;

macro_rules! dirt {
    ($($case:ident $name:literal $what:literal,)+) => {
        /// The kinds of dirt.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Dirt { $(#[doc = $what] $case),+ }
        impl Dirt {
            /// Every kind with its name and what is counted.
            pub const ALL: &'static [(Dirt, &'static str, &'static str)] = &[$((Dirt::$case, $name, $what)),+];
        }
    };
}

dirt! {
    NoNumber "missing_nhs_number" "records without the NHS number although the feed has a place for it",
    WrongNumber "mistyped_nhs_number_failing" "records whose NHS number has a wrong digit and fails the check",
    OtherNumber "mistyped_nhs_number_passing" "records whose NHS number is wrong and passes the check",
    Variant "name_variant" "records with another form or spelling of the name",
    Twins "twins" "people who are one of twins: same birth date, family name and address",
    Moved "moved" "people who move house in the period",
    Late "late" "records that arrive hours or days after what they tell",
    Duplicate "duplicate" "records written a second time, the same bytes",
    Resent "resent" "messages sent again under a new control id",
    Disorder "out_of_order" "messages that stand minutes or hours away from their place in the file",
    Corrected "a08_correction" "A08 messages that mend a wrong time",
    Cancelled "cancelled" "A11 and A13 messages that withdraw an admission or discharge",
    Merged "a40_merge" "A40 messages that join a second local number to the first",
    LeftBefore "left_before_started" "records that end before they start",
    Year1900 "year_1900" "records with a time in the year 1900",
    Year2099 "year_2099" "records with a time in the year 2099",
    UnknownWard "unknown_ward" "messages with a ward code that the feed file does not map",
    Truncated "truncated" "lines or messages that are cut off",
    BadUtf8 "invalid_utf8" "records with bytes that are not UTF-8",
    Hidden "hidden_cells" "cells of returns that rest on fewer than five people or that nobody filled in, written * or -",
    Repeated "repeated_hour" "times written without offset in the second pass of the hour that autumn repeats",
}

/// How many of each kind.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct Counts([u64; Dirt::ALL.len()]);

impl Counts {
    pub(crate) fn add(&mut self, dirt: Dirt) {
        self.0[dirt as usize] += 1;
    }
    pub(crate) fn set(&mut self, dirt: Dirt, count: u64) {
        self.0[dirt as usize] = count;
    }
    /// How many of this kind.
    pub fn of(&self, dirt: Dirt) -> u64 {
        self.0[dirt as usize]
    }
}

impl AddAssign<&Counts> for Counts {
    fn add_assign(&mut self, other: &Counts) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }
}

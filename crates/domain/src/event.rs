use thiserror::Error;

/// A word that is not one of ours: the field it was meant for, and what was written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{word}' is not a {what}; one of: {known}")]
pub struct UnknownWord {
    /// What the word was meant to be, for example `event kind`.
    pub what: &'static str,
    /// The word as written.
    pub word: String,
    /// The words that would do, joined by commas.
    pub known: String,
}

/// Makes an enum whose every case has one spelling, used in files, tables and messages alike.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal, { $($(#[$case_doc:meta])* $case:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$case_doc])* $case),+ }

        impl $name {
            /// Every case, in the order of its declaration.
            pub const ALL: &'static [$name] = &[$($name::$case),+];

            /// The one spelling of this word.
            pub const fn name(self) -> &'static str {
                match self { $($name::$case => $word),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownWord;
            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok($name::$case),)+
                    _ => Err($crate::UnknownWord {
                        what: $what,
                        word: word.chars().take(60).collect(),
                        known: [$($word),+].join(", "),
                    }),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(self.name())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What happened, in the canonical words. Their order here is the order of events that carry the same time.
    EventKind, "event kind", {
        /// Two subjects are found to be one.
        Merged = "merged",
        /// 999 call, referral, decision to admit, request for a package.
        Asked = "asked",
        /// At the door, not yet taken.
        Arrived = "arrived",
        /// Handover taken, admitted, first contact, package began.
        Started = "started",
        /// A contact.
        Seen = "seen",
        /// Did not attend.
        Missed = "missed",
        /// Withdrawn before it began.
        Cancelled = "cancelled",
        /// Medically ready, discharge-ready date, package no longer needed.
        Ready = "ready",
        /// Discharged, transferred, ended.
        Left = "left",
        /// The person died.
        Died = "died",
        /// Replaces or withdraws an earlier version of a fact; never a new stay.
        Corrected = "corrected",
    }
}

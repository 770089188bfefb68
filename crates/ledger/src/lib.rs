//! The Ledger: one append-only log of who did what to which, because of what.
//!
//! It knows bytes and tables, not meaning. Entries are numbered from 1 without holes, and each holds a digest over the digest
//! before it and its own canonical bytes, so that an entry that was changed, taken out or put in shows. SQLite holds it beside
//! a place's files; PostgreSQL holds it when its address is given instead. `docs/ledger.md` says how to check the chain with
//! nothing but Python or SQL.

use serde_json::Value;
use std::io::{BufRead, Write};

/// What is to be appended.
#[derive(Clone, Debug, PartialEq)]
pub struct New {
    /// When, in seconds since 1970, UTC.
    pub at: i64,
    /// Who did it.
    pub who: String,
    /// What they did, as a verb: `said`, `weighed`, `decided`.
    pub did: String,
    /// What it was done to: `conversation/home-care`.
    pub what: String,
    /// What it was done because of, as typed links: `statement/12`, `/measures/x?week=2025-11-10`, `decision/d1`.
    pub because: Vec<String>,
    /// The rest, in the form that `form` numbers.
    pub body: Value,
    /// The version of the body.
    pub form: u32,
    /// The same token twice is the same entry, so that a form that is sent again does nothing.
    pub once: Option<String>,
}

/// What was appended.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Counts from 1, without holes.
    pub seq: u64,
    /// As in [`New`].
    pub at: i64,
    /// As in [`New`].
    pub who: String,
    /// As in [`New`].
    pub did: String,
    /// As in [`New`].
    pub what: String,
    /// As in [`New`].
    pub because: Vec<String>,
    /// As in [`New`], its names sorted.
    pub body: Value,
    /// As in [`New`].
    pub form: u32,
    /// As in [`New`].
    pub once: Option<String>,
    /// SHA-256, in hexadecimal, over the digest before and the canonical bytes of this entry.
    pub digest: String,
}

/// The last entry; of an empty Ledger, number 0 and 64 zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub seq: u64,
    /// Its digest, which stands for all that was written up to it.
    pub digest: String,
}

/// Whether all is as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The last entry up to which all is as it was written.
    pub whole: Head,
    /// The number of the first entry that is not as it was written.
    pub wrong: Option<u64>,
}

/// What an import did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Entries that were read.
    pub read: u64,
    /// Entries that are new here.
    pub added: u64,
    /// The last entry now.
    pub head: Head,
}

/// What can go wrong. No message holds what people wrote, nor a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The state that the writer had read is no longer the last.
    #[error("others wrote first: the last entry is {now} now")]
    Moved {
        /// The last entry now.
        now: u64,
    },
}

/// The log. Cheap to clone; any number of processes may write to the same one.
#[derive(Clone)]
pub struct Ledger {}

impl Ledger {
    /// Opens the Ledger at `sqlite:///path/ledger.db`, a bare path, or `postgres://…`; makes it when it is not there.
    ///
    /// # Errors
    /// When it cannot be reached or made, or a newer Catchment wrote it.
    pub async fn open(at: &str) -> Result<Ledger, LedgerError> {
        todo!("{at}")
    }

    /// Appends all or nothing; on the disk when it answers.
    ///
    /// `expected` is the last entry that the writer had read: when it is no longer the last, nothing is written. What holds a
    /// known `once` is not written again: its entry of then is answered, whatever was `expected`.
    ///
    /// # Errors
    /// [`LedgerError::Moved`]; what cannot be kept, before anything is written; what the database could not do.
    pub async fn append(&self, new: Vec<New>, expected: Option<u64>) -> Result<Vec<Entry>, LedgerError> {
        todo!("{new:?} {expected:?}")
    }

    /// The entry that was appended with this token.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn done(&self, once: &str) -> Result<Option<Entry>, LedgerError> {
        todo!("{once}")
    }

    /// All entries later than `seq`, in order.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn since(&self, seq: u64) -> Result<Vec<Entry>, LedgerError> {
        todo!("{seq}")
    }

    /// At most so many entries later than `seq`, in order.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn page(&self, seq: u64, most: u32) -> Result<Vec<Entry>, LedgerError> {
        todo!("{seq} {most}")
    }

    /// The last entry.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn head(&self) -> Result<Head, LedgerError> {
        todo!()
    }

    /// Whether all is as it was written.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn verify(&self) -> Result<Verified, LedgerError> {
        todo!()
    }

    /// Writes all entries as JSON lines, each as it was digested and with its digest; answers the last.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub async fn export(&self, out: &mut impl Write) -> Result<Head, LedgerError> {
        let _ = out;
        todo!()
    }

    /// Takes in what [`Ledger::export`] wrote: all of it into an empty Ledger, or what is new onto its own beginning.
    /// `source` is named in what goes wrong.
    ///
    /// # Errors
    /// When a line is altered, missing, cut off or of another history: with its number, and nothing is taken in.
    pub async fn import(&self, lines: impl BufRead, source: &str) -> Result<Imported, LedgerError> {
        let _ = (lines, source);
        todo!()
    }
}

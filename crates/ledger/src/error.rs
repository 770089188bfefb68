use crate::entry::Unfit;

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
    /// Nothing of what was to be appended was written.
    #[error("entry {nth} of those to be appended cannot be kept: {why}")]
    Unfit {
        /// Which of them, from 1.
        nth: usize,
        /// Why.
        why: Unfit,
    },
    /// Neither a path nor an address of PostgreSQL.
    #[error("{at} is not where a Ledger can be")]
    Address {
        /// The address without its password.
        at: String,
    },
    /// The file cannot be made or opened.
    #[error("cannot open the Ledger at {at}")]
    File {
        /// Where it should be.
        at: String,
        /// What the disk says.
        #[source]
        source: std::io::Error,
    },
    /// The database could not do what it was asked to.
    #[error("cannot {doing} the Ledger at {at}: {why}")]
    Database {
        /// `open`, `read` or `write`.
        doing: &'static str,
        /// Where it is, without its password.
        at: String,
        /// What the database says, without any row.
        why: String,
    },
    /// A later version wrote it.
    #[error("the Ledger at {at} has form {found}, and this Catchment knows forms up to {known}")]
    Newer {
        /// Where it is.
        at: String,
        /// Its form.
        found: i64,
        /// The last form that is known.
        known: i64,
    },
    /// A row cannot be read any more.
    #[error("entry {seq} of the Ledger is not as it was written")]
    Altered {
        /// Its number.
        seq: u64,
    },
    /// What was to be taken in is not what an export wrote. Nothing was taken in.
    #[error("line {line} of {file} {why}")]
    Line {
        /// What it was said to be.
        file: String,
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        why: Wrong,
    },
    /// An export could not be written, or the file of an import not read.
    #[error("cannot {doing} {file}")]
    Copy {
        /// `read` or `write`.
        doing: &'static str,
        /// What it was said to be.
        file: String,
        /// What the disk says.
        #[source]
        source: std::io::Error,
    },
}

/// What is wrong with a line that was to be taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// It ends before its end.
    #[error("is cut off")]
    Cut,
    /// No export writes such a line.
    #[error("is not a line of an exported Ledger")]
    Unknown,
    /// Lines before it are missing, or stand twice.
    #[error("should be entry {0} and is not")]
    Order(u64),
    /// It, or one before it, was changed.
    #[error("is not as it was written: its digest is another")]
    Altered,
    /// Another entry stands here.
    #[error("is another entry than the one that is here")]
    Forked,
}

impl LedgerError {
    /// The way out, for whoever reads the message.
    pub fn help(&self) -> &'static str {
        match self {
            LedgerError::Moved { .. } => "read what they wrote, and decide again",
            LedgerError::Unfit { why, .. } => match why {
                Unfit::Empty(_) => "say who did what to which; a token or link is left out rather than empty",
                Unfit::Long(_) | Unfit::Large => "keep large things as files, and a link to them here",
                Unfit::Nul(_) => "take the letter out; nothing that can be read is lost",
                Unfit::Huge(_) => "write the number as a text",
                Unfit::Deep => "write what lies deepest as a text",
            },
            LedgerError::Address { .. } => {
                "give a path, or an address like sqlite:///path/ledger.db or postgres://user@host/database"
            }
            LedgerError::File { .. } => {
                "the folder must be there, and whoever runs Catchment must be able to write in it"
            }
            LedgerError::Database { doing: "write", .. } => {
                "nothing was written unless the connection broke just then; what holds a token can be sent again safely"
            }
            LedgerError::Database { .. } => {
                "make sure that it is a Ledger, that it runs, and that you may read and write it"
            }
            LedgerError::Newer { .. } => "run the Catchment that wrote it, or a later one",
            LedgerError::Altered { .. } => {
                "keep a copy of it as evidence, and import the last good export into a new Ledger"
            }
            LedgerError::Line { why, .. } => match why {
                Wrong::Cut => "the copy was not finished: export or copy it again; nothing was taken in",
                Wrong::Unknown => "give the file as the export wrote it, without a change; nothing was taken in",
                Wrong::Order(_) => "lines are missing or stand twice: export or copy it again; nothing was taken in",
                Wrong::Altered => "take a copy that was not changed; nothing was taken in",
                Wrong::Forked => {
                    "these are two histories, and one cannot become the other: import it into a new Ledger; nothing was taken in"
                }
            },
            LedgerError::Copy { .. } => "make sure that the disk has room and that you may read and write there",
        }
    }
}

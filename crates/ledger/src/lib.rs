//! The Ledger: one append-only log of who did what to which, because of what.

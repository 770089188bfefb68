//! The Lake: facts and derived tables on disk, one moment at a time.
//!
//! Each table is a Delta table, so any Delta reader can open it; `HEAD.json` names the version of every table that is
//! current, so a reader sees all tables of one moment and a load over many tables lands whole or not at all:
//!
//! ```text
//! lake/
//!   HEAD.json                      which version of each table is now
//!   heads/00000012.json            what HEAD said before (time travel)
//!   events/_delta_log/…  events/*.parquet
//!   digests/*.run                  what is in already: exactly once
//!   LOCK                           one writer at a time; readers are never blocked
//! ```
//!
//! The crate knows bytes and tables, not meaning, and it is the only one that links DataFusion.
//!
//! ```
//! use std::sync::Arc;
//! use arrow::{array::{Int64Array, RecordBatch}, datatypes::{DataType, Field, Schema}};
//! use store::{Lake, Meta, Options};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let place = tempfile::tempdir()?;
//! let lake = Lake::create(place.path().join("lake"), Options::default())?;
//! let schema = Arc::new(Schema::new(vec![Field::new("person", DataType::Int64, true)]));
//! let batch = RecordBatch::try_new(schema, vec![Arc::new(Int64Array::from(vec![1, 2, 3]))])?;
//!
//! let mut load = lake.begin()?;
//! load.append("people", &batch)?;
//! load.commit(Meta::new())?;
//!
//! let counted = lake.sql("select count(*) as people from people")?;
//! assert_eq!(counted[0].column(0).as_ref(), &Int64Array::from(vec![3]));
//! # Ok(()) }
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod append;
mod delta;
mod error;
mod head;
mod index;
mod lake;
mod sql;

pub use error::LakeError;
pub use head::Meta;
pub use index::DigestIndex;
pub use lake::{Lake, Load, Options, TableInfo};
pub use sql::{Access, Kernel, Rows, Session};

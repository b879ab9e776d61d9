//! Parquet: records as columns, written and read through the crates `parquet` and `arrow-*`.
//!
//! Inside the stream a record is always a line of JSON; here lines become columns and rows become lines. Which columns a
//! file has is found out from the records themselves ([`Columns`]); what has no column is kept as JSON beside the others,
//! so that all shards of a run have one schema and nothing is lost.
//!
//! Nothing here opens a file. Start with [`Columns`] for the schema, then [`RowGroup`] for the way out.

mod columns;
mod findings;
mod rows;
mod write;
mod read;

pub use columns::{Columns, Findings, Inference};
pub use read::{Fault, RowReader};
pub use write::{ColumnFile, Encoded, ROW_GROUP_BYTES, RowGroup};

//! What a record looks like on the outside: cutting bytes into records and writing records as bytes.
//!
//! Nothing here reads or writes; `io` does. Start with [`json`], the shallow reader of one JSON object.

pub mod json;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod sniff;

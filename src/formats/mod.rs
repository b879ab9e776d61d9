//! What a record looks like on the outside: cutting bytes into records and writing records as bytes.
//!
//! Nothing here reads or writes; `io` does. Start with [`cut`], which says what a format is, then [`lines`], the plainest;
//! [`json`] is the shallow reader of one JSON object, [`sniff`] tells formats apart.

pub mod reason;
pub mod entry_name;
pub mod cut;
mod special;
mod strings;
pub mod numbers;
pub mod json;
pub mod member;
pub mod whole;
pub mod lines;
pub mod values;
pub mod csv;
pub mod warc;
pub mod http;
pub mod tar;
pub mod zip;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod sniff;

#[cfg(test)]
mod properties;

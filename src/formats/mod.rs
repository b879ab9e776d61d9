//! What a record looks like on the outside: cutting bytes into records and writing records as bytes.
//!
//! Nothing here reads or writes; `io` does. Start with [`cut`], which says what a format is, then [`lines`], the plainest;
//! [`json`] is the shallow reader of one JSON object.

pub mod reason;
pub mod cut;
pub mod lines;
pub mod whole;
mod special;
pub mod numbers;
pub mod json;
pub mod sniff;

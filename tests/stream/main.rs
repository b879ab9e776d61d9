//! What holds of the whole stream, whatever goes through it: the same bytes at any number of workers and any chunking,
//! edits that replay, spans that cover, nothing left to repair the second time, memory that does not grow.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../harness/mod.rs"]
mod harness;

mod corpus;
mod sameness;
mod again;
mod records;
mod memory;
mod seeds;

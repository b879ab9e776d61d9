//! Files that hold other files or records of their own kind: WARC, tables, JSON in any shape, tar, ZIP and what packs them.
//!
//! Sound ones are read whole, damaged ones lose what is damaged and nothing else, and a run over them that is killed goes
//! on to the same bytes. The files are made here, byte by byte; `readers.rs` makes some with the tools that people use.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../bad_inputs/case.rs"]
#[allow(dead_code, reason = "each target uses its part")]
mod case;
#[path = "../harness/mod.rs"]
mod harness;

mod make;
mod warc;
mod tables;
mod archives;
mod packed;
mod resumed;
mod readers;

//! Bad input, made by this program, each kind with the fate that it must meet: alone, and all of it mixed into good input.
//!
//! Every good record comes out, every bad one stands in `rejected.jsonl` with its place, reason and bytes, the rest of
//! the file goes on, and nothing is lost: [`case::check`] holds what came out, row by row, against what was put in, as
//! the test itself counted it, and only then looks at what the summary says.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../harness/mod.rs"]
mod harness;
#[path = "../faults/ways.rs"]
mod ways;

mod case;
mod lines;
mod grammar;
mod encodings;
mod streams;
mod tree;
mod mixed;
mod large;

//! What a run survives, and what it says when it cannot go on: kills at any moment, full disks, folders that go away,
//! devices that fail, missing rights, closed pipes. Every one of them leaves output that is sound, says where it failed
//! and what to do, and can be taken up again.
//!
//! Each test here is short. `cargo xtask torture` runs the same steps over and over with other numbers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../stream/corpus.rs"]
mod corpus;
#[path = "../harness/mod.rs"]
mod harness;

mod scenario;
mod books;
mod ways;
mod kept_index;
mod kills;
mod injected;
mod refusals;
mod torture;

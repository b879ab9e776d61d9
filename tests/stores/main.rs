//! Input from object stores and output to them: the same bytes as with files, whatever is killed or fails in between.
//!
//! `bucket.rs` asks a server that speaks S3, which it starts on the loopback (`moto`, of Python); where that is not there it says
//! so. `web.rs` asks servers of its own, which fail as they are told.

#![cfg(feature = "object-stores")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../stream/corpus.rs"]
mod corpus;
#[path = "../harness/mod.rs"]
mod harness;

mod server;
mod s3;
mod web;
mod bucket;

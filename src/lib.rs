//! The textmill program: everything that awaits or touches the outside world.
//!
//! The kernels that know text live in `textmill-core`. Read [`config`] for what can be set, [`graph`] for how records
//! flow, [`cli`] for what a user types. A module uses only those that stand above it here.

#![allow(unreachable_pub, reason = "a module says what it offers its neighbours, whether it shows outside or not")]

pub mod config;
pub mod formats;
pub mod io;
pub mod progress;
pub mod logging;
pub mod index;
pub mod graph;
pub mod summary;
pub mod card;
pub mod cli;

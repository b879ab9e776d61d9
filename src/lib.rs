//! The textmill program: everything that awaits or touches the outside world.
//!
//! The kernels that know text live in `textmill-core`.

pub mod config;

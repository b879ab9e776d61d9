//! The pure kernels of textmill, in the order of the stream.
//!
//! Each takes `&[u8]` or `&str` and returns small values. None of them opens, logs, awaits, times, randomises, spawns or
//! reads the environment, and none fails: malformed input is a count, an edit or a reason. Only construction from a
//! configuration returns `Result`.

pub mod decode;
pub mod repair;
pub mod langid;
pub mod dedup;

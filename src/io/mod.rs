//! What touches files: listing inputs, opening and decompressing them, and writing output that is whole or not there.

pub mod inputs;
pub mod decompress;
pub mod transcode;
pub mod output;
pub mod journal;

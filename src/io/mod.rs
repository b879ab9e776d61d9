//! What touches files and stores: listing inputs, opening and decompressing them, and writing output that is whole or not
//! there.

#[cfg(feature = "object-stores")]
pub mod stores;
#[cfg(not(feature = "object-stores"))]
#[path = "stores_absent.rs"]
pub mod stores;
pub mod inputs;
pub mod decompress;
pub mod transcode;
pub mod output;
pub mod journal;

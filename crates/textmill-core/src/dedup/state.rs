//! The state of an index as flat arrays, to be written by whoever owns files, and searched there without being read back.
//!
//! Nothing here knows bytes or files: all arrays are of plain integers, to be stored little-endian.

use super::config::{DedupConfig, KERNEL_VERSION};
use super::index::Index;
use super::store::Store;
use super::table::Block;

/// The arrays of an index, borrowed from it.
#[derive(Clone, Debug)]
pub struct IndexState<'a> {
    /// Version of the kernels and of the configuration: [`state_version`].
    pub version: u64,
    /// The fingerprint of each document and its shingle set.
    pub documents: Documents<'a>,
    /// The table of fingerprints, then that of each band: number of home blocks, and all blocks.
    pub tables: Vec<(u64, &'a [Block])>,
}

/// The documents of an index, by number within it.
#[derive(Clone, Copy, Debug)]
pub struct Documents<'a> {
    store: &'a Store,
}

impl<'a> Documents<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.store.len() == 0
    }

    /// The fingerprint and the shingle set of each.
    pub fn iter(&self) -> impl Iterator<Item = (u128, &'a [u8])> {
        let store = self.store;
        (0..store.len() as u32).map(move |number| (store.fingerprint(number), store.shingle_set(number)))
    }
}

/// The version of an index: the kernels', and all of the configuration that changes what is stored. The threshold counts,
/// since it makes the bands.
pub fn state_version(config: &DedupConfig) -> u64 {
    let form = config.canonical;
    let bands = config.bands();
    let flags = u64::from(form.fold_case) | u64::from(form.drop_punctuation) << 1 | u64::from(form.fold_digits) << 2;
    u64::from(KERNEL_VERSION) << 48
        | (bands.count as u64) << 32
        | (bands.rows as u64) << 24
        | (config.shingle_tokens as u64) << 16
        | flags
}

impl Index {
    /// The state as it is now.
    pub fn state(&self) -> IndexState<'_> {
        IndexState {
            version: self.version,
            documents: Documents { store: &self.store },
            tables: self.tables.iter().map(|table| (table.n_homes() as u64, table.blocks())).collect(),
        }
    }
}

//! The state of an index as flat arrays, to be written, mapped and read again by whoever owns files.
//!
//! Nothing here knows bytes or files: all arrays are of plain integers, to be stored little-endian. What is read back is
//! checked for its shape, so that no search fails on it; that it is the state of *these* documents is for a checksum.

use std::fmt;

use super::config::{DedupConfig, KERNEL_VERSION};
use super::index::Index;
use super::store::Store;
use super::table::{BandTable, Block};

/// The arrays of an index, borrowed from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexState<'a> {
    /// Version of the kernels and of the configuration: [`state_version`].
    pub version: u64,
    /// The fingerprint of each document.
    pub fingerprints: &'a [u128],
    /// Where the sets of each group of 256 documents begin in `sets`.
    pub bases: &'a [u64],
    /// Where the set of each document begins, from its group's base.
    pub offsets: &'a [u32],
    /// The shingle sets.
    pub sets: &'a [u8],
    /// The table of fingerprints, then that of each band: number of home blocks, and all blocks.
    pub tables: Vec<(u64, &'a [Block])>,
}

/// The same arrays, owned.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct OwnedIndexState {
    /// See [`IndexState`].
    pub version: u64,
    /// See [`IndexState`].
    pub fingerprints: Vec<u128>,
    /// See [`IndexState`].
    pub bases: Vec<u64>,
    /// See [`IndexState`].
    pub offsets: Vec<u32>,
    /// See [`IndexState`].
    pub sets: Vec<u8>,
    /// See [`IndexState`].
    pub tables: Vec<(u64, Vec<Block>)>,
}

/// Why a state is none of this configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateError {
    /// Made by other kernels or another configuration.
    Version {
        /// The version that is wanted.
        wanted: u64,
        /// The version that was found.
        found: u64,
    },
    /// The arrays do not fit each other.
    Shape {
        /// The array that does not fit.
        array: &'static str,
    },
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StateError::Version { wanted, found } => {
                write!(f, "the index was made by other kernels or settings: version {found:016x}, wanted {wanted:016x}")
            }
            StateError::Shape { array } => write!(f, "the index is damaged: {array} does not fit the other arrays"),
        }
    }
}

impl std::error::Error for StateError {}

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
        let (fingerprints, bases, offsets, sets) = self.store.arrays();
        IndexState {
            version: self.version,
            fingerprints,
            bases,
            offsets,
            sets,
            tables: self.tables.iter().map(|table| (table.n_homes() as u64, table.blocks())).collect(),
        }
    }

    /// An index that goes on from a state.
    ///
    /// # Errors
    /// [`StateError`] if the state is of another version or its arrays do not fit.
    pub fn from_state(config: &DedupConfig, state: OwnedIndexState) -> Result<Index, StateError> {
        let wanted = state_version(config);
        if state.version != wanted {
            return Err(StateError::Version { wanted, found: state.version });
        }
        let shape = |array| StateError::Shape { array };
        let mut index = Index::new(config).map_err(|_| shape("the configuration"))?;
        let n_documents = state.fingerprints.len();
        index.store = Store::from_arrays(state.fingerprints, state.bases, state.offsets, state.sets)
            .ok_or(shape("the table of shingle sets"))?;
        if state.tables.len() != index.tables.len() {
            return Err(shape("the list of tables"));
        }
        for (table, (n_homes, blocks)) in index.tables.iter_mut().zip(state.tables) {
            *table = BandTable::from_blocks(n_homes as usize, blocks, n_documents).ok_or(shape("a table of keys"))?;
        }
        Ok(index)
    }
}

impl IndexState<'_> {
    /// A copy that borrows nothing.
    pub fn to_owned(&self) -> OwnedIndexState {
        OwnedIndexState {
            version: self.version,
            fingerprints: self.fingerprints.to_vec(),
            bases: self.bases.to_vec(),
            offsets: self.offsets.to_vec(),
            sets: self.sets.to_vec(),
            tables: self.tables.iter().map(|(homes, blocks)| (*homes, blocks.to_vec())).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dedup::{Sketcher, Verdict};

    fn filled() -> (DedupConfig, Sketcher, Index) {
        let config = DedupConfig::default();
        let mut sketcher = Sketcher::new(&config).expect("the defaults are in range");
        let mut index = Index::new(&config).expect("the defaults are in range");
        for number in 0..600 {
            let text: String = (0..40).map(|word| format!("w{}", number * 100 + word)).collect::<Vec<_>>().join(" ");
            assert_eq!(index.insert(&sketcher.sketch(&text)), Verdict::Unique { kept: number });
        }
        (config, sketcher, index)
    }

    #[test]
    fn an_index_goes_on_from_its_state() {
        let (config, mut sketcher, index) = filled();
        let mut again = Index::from_state(&config, index.state().to_owned()).expect("the state is its own");
        let near: String = (0..41).map(|word| format!("w{}", 7 * 100 + word)).collect::<Vec<_>>().join(" ");
        assert!(matches!(again.insert(&sketcher.sketch(&near)), Verdict::NearDuplicate { of: 7, .. }));
        assert_eq!(again.insert(&sketcher.sketch("A text that was not there.")), Verdict::Unique { kept: 600 });
    }

    #[test]
    fn a_state_of_another_configuration_or_shape_is_refused() {
        let (config, _, index) = filled();
        let other = DedupConfig { shingle_tokens: 4, ..config.clone() };
        assert!(matches!(Index::from_state(&other, index.state().to_owned()), Err(StateError::Version { .. })));
        let mut cut = index.state().to_owned();
        cut.sets.truncate(10);
        assert!(matches!(Index::from_state(&config, cut), Err(StateError::Shape { .. })));
        let mut wild = index.state().to_owned();
        wild.tables[3].1[0].documents[0] = u32::MAX;
        assert!(matches!(Index::from_state(&config, wild), Err(StateError::Shape { .. })));
    }
}

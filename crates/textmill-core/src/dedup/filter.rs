//! A blocked Bloom filter: which keys may have been seen, in one cache line a question.
//!
//! It stands before every part of an index that lies on disk, and is the whole index where documents are too many to be
//! kept (`bloom`). A key that was added is always found; one that was not is found with a chance that
//! [`false_positive_rate`] gives.
//!
//! Source: F. Putze, P. Sanders, J. Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", 2007; one bit in each word
//! of a block as in the Bloom filters of Apache Parquet, whose odd factors these are.

/// Words in a block: 64 bytes.
const WORDS: usize = 8;

/// Odd factors that make eight numbers out of one hash. Source: Apache Parquet, `BloomFilter.md`.
const SALTS: [u32; WORDS] =
    [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31];

/// A blocked Bloom filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    blocks: Vec<FilterBlock>,
}

/// One cache line of bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(C, align(64))]
pub struct FilterBlock(pub [u64; WORDS]);

impl Filter {
    /// An empty filter of at least that many bytes.
    pub fn with_bytes(bytes: u64) -> Filter {
        Filter { blocks: vec![FilterBlock::default(); n_blocks(bytes)] }
    }

    /// The filter of those blocks; none if there are none.
    pub fn from_blocks(blocks: Vec<FilterBlock>) -> Option<Filter> {
        (!blocks.is_empty()).then_some(Filter { blocks })
    }

    /// Its blocks.
    pub fn blocks(&self) -> &[FilterBlock] {
        &self.blocks
    }

    /// Bytes it takes.
    pub fn memory_bytes(&self) -> u64 {
        (self.blocks.capacity() * size_of::<FilterBlock>()) as u64
    }

    /// Adds a key of a table.
    pub fn insert(&mut self, table: u32, key: u64) {
        let hash = hash_key(table, key);
        let place = self.place(hash);
        for (word, salt) in self.blocks[place].0.iter_mut().zip(SALTS) {
            *word |= 1 << bit(hash, salt);
        }
    }

    /// Whether the key may have been added.
    pub fn may_hold(&self, table: u32, key: u64) -> bool {
        let hash = hash_key(table, key);
        let block = &self.blocks[self.place(hash)].0;
        block.iter().zip(SALTS).fold(1, |all, (word, salt)| all & word >> bit(hash, salt)) & 1 == 1
    }

    /// Brings what [`may_hold`](Filter::may_hold) looks at into the cache.
    #[inline(always)]
    pub fn prefetch(&self, table: u32, key: u64) {
        let block = &self.blocks[self.place(hash_key(table, key))];
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            // SAFETY: prefetching reads nothing that the program sees, and the address is that of a block.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(block).cast()) };
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = block;
    }

    /// Adds what another filter of the same size holds; false, and nothing is done, if it is of another size.
    pub fn union(&mut self, other: &Filter) -> bool {
        if self.blocks.len() != other.blocks.len() {
            return false;
        }
        for (own, other) in self.blocks.iter_mut().zip(&other.blocks) {
            own.0.iter_mut().zip(other.0).for_each(|(own, other)| *own |= other);
        }
        true
    }

    /// Always a block that there is: `(2^32 - 1) * n / 2^32 < n`, and a filter has one at least.
    #[inline(always)]
    fn place(&self, hash: u64) -> usize {
        ((u128::from(hash >> 32) * self.blocks.len() as u128) >> 32) as usize
    }
}

/// Blocks that hold that many bytes: one at least, and no more than 32 bits of hash can tell apart.
fn n_blocks(bytes: u64) -> usize {
    bytes.div_ceil(size_of::<FilterBlock>() as u64).clamp(1, 1 << 32) as usize
}

/// Chance that a filter of that many bytes finds a key that was never added, when it holds that many: each block holds a
/// Poisson number of keys, and each key sets one bit of 64 in each of eight words.
pub fn false_positive_rate(keys: u64, bytes: u64) -> f64 {
    let mean = keys as f64 / n_blocks(bytes) as f64;
    if mean > 600.0 {
        return 1.0;
    }
    let (mut chance, mut clear, mut rate) = ((-mean).exp(), 1.0_f64, 0.0);
    for held in 1..=(mean + 12.0 * mean.sqrt() + 20.0) as u32 {
        chance *= mean / f64::from(held);
        clear *= 63.0 / 64.0;
        rate += chance * (1.0 - clear).powi(WORDS as i32);
    }
    rate
}

/// 64 bits out of a key and its table: a 64 × 64 → 128-bit product, folded.
#[inline(always)]
fn hash_key(table: u32, key: u64) -> u64 {
    let mixed = key ^ u64::from(table + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let product = u128::from(mixed) * 0xd6e8_feb8_6659_fd93_u128;
    ((product >> 64) ^ product) as u64
}

#[inline(always)]
fn bit(hash: u64, salt: u32) -> u32 {
    (hash as u32).wrapping_mul(salt) >> 26
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_added_is_found(keys in prop::collection::vec((0_u32..40, any::<u64>()), 1..500), bytes in 0_u64..4000) {
            let mut filter = Filter::with_bytes(bytes);
            keys.iter().for_each(|&(table, key)| filter.insert(table, key));
            prop_assert!(keys.iter().all(|&(table, key)| filter.may_hold(table, key)));
            let again = Filter::from_blocks(filter.blocks().to_vec()).expect("it has blocks");
            prop_assert!(keys.iter().all(|&(table, key)| again.may_hold(table, key)));
        }
    }

    #[test]
    fn what_was_not_added_is_found_as_often_as_is_said() {
        // Keys as hashes are: counted up and mixed (the finalizer of SplitMix64).
        let mix = |key: u64| {
            let key = (key ^ key >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            (key ^ key >> 27).wrapping_mul(0x94d0_49bb_1331_11eb)
        };
        for (keys, bits_per_key) in [(200_000_u64, 9), (200_000, 6), (50_000, 16)] {
            let bytes = keys * bits_per_key / 8;
            let mut filter = Filter::with_bytes(bytes);
            (0..keys).for_each(|key| filter.insert((key % 12) as u32, mix(key)));
            let asked = 400_000_u64;
            let found = (0..asked).filter(|&key| filter.may_hold((key % 12) as u32, mix((1 << 32) + key))).count();
            let (measured, stated) = (found as f64 / asked as f64, false_positive_rate(keys, bytes));
            let error = (stated * (1.0 - stated) / asked as f64).sqrt();
            assert!((measured - stated).abs() < 5.0 * error + 0.03 * stated, "{bits_per_key}: {measured} {stated}");
        }
    }

    #[test]
    fn two_filters_of_one_size_become_one() {
        let (mut first, mut second) = (Filter::with_bytes(640), Filter::with_bytes(640));
        first.insert(1, 7);
        second.insert(2, 8);
        assert!(first.union(&second) && first.may_hold(1, 7) && first.may_hold(2, 8));
        assert!(!first.union(&Filter::with_bytes(64)));
    }
}

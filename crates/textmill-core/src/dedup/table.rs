//! The table of band keys: one flat array of blocks for each band, each block one cache line of eight slots.
//!
//! A slot holds 32 bits of a key and the number of a document. A key's home is the block whose place in the array is
//! proportional to the key; what does not fit goes to the next block with a free slot. Slots fill from the front and are
//! never taken away, so a search ends at the first block with a free slot, which is where the key would be listed. Homes
//! ascend with keys, so growing is one sequential pass over both arrays.
//!
//! Source: D. Knuth, "The Art of Computer Programming" 3, 6.4, linear probing with buckets.

/// Slots in a block: 64 bytes.
const BLOCK: usize = 8;

/// Slots in use per thousand at which the array grows.
const FULL_PER_MILLE: usize = 870;

/// By what share the array grows: a seventh.
const GROWTH_DIVISOR: usize = 7;

/// Blocks of the smallest table.
const LEAST_BLOCKS: usize = 32;

/// One cache line of slots: `key << 32 | document + 1`, or 0 if it is free; the free ones last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Block(pub [u64; BLOCK]);

const FREE: Block = Block([0; BLOCK]);

/// The keys of one band.
#[derive(Clone, Debug, Default)]
pub(crate) struct BandTable {
    blocks: Vec<Block>,
    /// Blocks that keys call home; the rest are for what does not fit the last ones.
    n_homes: usize,
    used: usize,
}

impl BandTable {
    /// The table of band `number` out of `bands`, with room for that many documents before it grows.
    ///
    /// The sizes of the bands differ by up to a seventh, so that they do not all grow at once.
    pub(crate) fn with_capacity(documents: usize, number: usize, bands: usize) -> BandTable {
        let least = (documents * 1000).div_ceil(FULL_PER_MILLE * BLOCK).max(LEAST_BLOCKS);
        let n_homes = if documents == 0 { least + least * number / (bands * GROWTH_DIVISOR) } else { least };
        BandTable { blocks: vec![FREE; n_homes + 1], n_homes, used: 0 }
    }

    /// The table of those blocks; none if it is not one, or names documents that there are not.
    pub(crate) fn from_blocks(n_homes: usize, blocks: Vec<Block>, n_documents: usize) -> Option<BandTable> {
        if n_homes < LEAST_BLOCKS || blocks.len() <= n_homes {
            return None;
        }
        let mut used = 0;
        let mut open_before = 0;
        for (place, Block(block)) in blocks.iter().enumerate() {
            let in_use = block.iter().take_while(|&&slot| slot != 0).count();
            let fits = |&slot: &u64| {
                let home = home_of((slot >> 32) as u32, n_homes);
                (open_before..=place).contains(&home) && (1..=n_documents).contains(&(slot as u32 as usize))
            };
            if !block[..in_use].iter().all(fits) || block[in_use..].iter().any(|&slot| slot != 0) {
                return None;
            }
            if in_use < BLOCK {
                open_before = place + 1;
            }
            used += in_use;
        }
        (open_before == blocks.len()).then_some(BandTable { blocks, n_homes, used })
    }

    /// Number of blocks that keys call home.
    pub(crate) fn n_homes(&self) -> usize {
        self.n_homes
    }

    /// The blocks as they lie in memory.
    pub(crate) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Bytes it takes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.blocks.capacity() * size_of::<Block>()
    }

    #[inline(always)]
    fn home(&self, key: u32) -> usize {
        home_of(key, self.n_homes)
    }

    /// Brings the home of a key into the cache.
    #[inline(always)]
    pub(crate) fn prefetch(&self, key: u32) {
        #[cfg(target_arch = "x86_64")]
        if let Some(block) = self.blocks.get(self.home(key)) {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            // SAFETY: prefetching reads nothing that the program sees, and the address is that of a block.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(block).cast()) };
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = key;
    }

    /// Calls `visit` with each document listed under the key and returns the block where the key would be
    /// listed next.
    #[inline(always)]
    pub(crate) fn for_each(&self, key: u32, mut visit: impl FnMut(u32)) -> usize {
        let mut place = self.home(key);
        // The last block always has a free slot, so the search ends.
        while let Some(Block(block)) = self.blocks.get(place) {
            let listed = block.iter().filter(|&&slot| (slot >> 32) as u32 == key && slot != 0).count();
            if listed > 0 {
                block.iter().filter(|&&slot| (slot >> 32) as u32 == key && slot != 0).for_each(|&slot| visit(slot as u32 - 1));
            }
            if block[BLOCK - 1] == 0 {
                break;
            }
            place += 1;
        }
        place
    }

    /// Lists the document under the key, in the block that [`for_each`](BandTable::for_each) returned for it, after which
    /// the table has not changed.
    #[inline(always)]
    pub(crate) fn insert_at(&mut self, place: usize, key: u32, document: u32) {
        let slot = u64::from(key) << 32 | u64::from(document + 1);
        put(&mut self.blocks, place, slot);
        self.used += 1;
        if self.used * 1000 >= self.n_homes * BLOCK * FULL_PER_MILLE {
            self.grow();
        }
    }

    /// Spreads the slots over more homes.
    #[cold]
    fn grow(&mut self) {
        let n_homes = self.n_homes + self.n_homes / GROWTH_DIVISOR;
        let mut blocks = vec![FREE; n_homes + 1];
        for &slot in self.blocks.iter().flat_map(|block| &block.0).filter(|&&slot| slot != 0) {
            put(&mut blocks, home_of((slot >> 32) as u32, n_homes), slot);
        }
        self.blocks = blocks;
        self.n_homes = n_homes;
    }
}

#[inline(always)]
fn home_of(key: u32, n_homes: usize) -> usize {
    (u128::from(key) * n_homes as u128 >> 32) as usize
}

/// Puts the slot into the first free place from that block on, and leaves one free at the end.
#[inline(always)]
fn put(blocks: &mut Vec<Block>, mut place: usize, slot: u64) {
    while blocks[place].0[BLOCK - 1] != 0 {
        place += 1;
    }
    let Block(block) = &mut blocks[place];
    let in_use: usize = block.iter().map(|&slot| usize::from(slot != 0)).sum();
    block[in_use] = slot;
    if in_use + 1 == BLOCK && place + 1 == blocks.len() {
        blocks.push(FREE);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_table_lists_what_a_map_lists(
            keys in prop::collection::vec(prop_oneof![0_u32..40, any::<u32>(), 4_294_967_200..=u32::MAX], 0..2000),
        ) {
            let mut table = BandTable::with_capacity(0, 3, 12);
            let mut map: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
            for (document, &key) in keys.iter().enumerate() {
                let place = table.for_each(key, |_| {});
                table.insert_at(place, key, document as u32);
                map.entry(key).or_default().push(document as u32);
            }
            let again = BandTable::from_blocks(table.n_homes(), table.blocks().to_vec(), keys.len()).expect("it is a table");
            for key in keys.iter().copied().chain([7, 50]) {
                for table in [&table, &again] {
                    let mut listed = Vec::new();
                    table.for_each(key, |document| listed.push(document));
                    listed.sort_unstable();
                    prop_assert_eq!(listed, map.get(&key).cloned().unwrap_or_default());
                }
            }
            prop_assert_eq!((table.used, again.used), (keys.len(), keys.len()));
        }
    }
}

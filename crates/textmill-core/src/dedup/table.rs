//! The table of band keys: one flat array of blocks for each band, each block one cache line of eight slots.
//!
//! A slot is 32 bits of a key and the number of a document. A key's home is the block whose place in the array is
//! proportional to the key; what does not fit goes to the next block with a free slot. Slots fill from the front and are
//! never taken away, so a search ends at the first block with a free slot, which is where the key would be listed. Homes
//! ascend with keys, so growing is one sequential pass over both arrays.
//!
//! Source: D. Knuth, "The Art of Computer Programming" 3, 6.4, linear probing with buckets.

/// Slots in a block: 64 bytes.
const BLOCK: usize = 8;

/// Slots in use per thousand at which the array grows.
const FULL_PER_MILLE: usize = 870;

/// By what share the array grows: a fifth.
const GROWTH_DIVISOR: usize = 5;

/// Blocks of the smallest table.
const LEAST_BLOCKS: usize = 32;

/// One cache line of slots, the free ones last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Block {
    /// 32 bits of the key in each slot; 0 where it is free.
    pub keys: [u32; BLOCK],
    /// One more than the number of the document; 0 where the slot is free.
    pub documents: [u32; BLOCK],
}

const FREE: Block = Block { keys: [0; BLOCK], documents: [0; BLOCK] };

impl Block {
    #[inline(always)]
    fn is_full(&self) -> bool {
        self.documents[BLOCK - 1] != 0
    }

    #[inline(always)]
    fn in_use(&self) -> usize {
        self.documents.iter().map(|&document| usize::from(document != 0)).sum()
    }

    /// Slots in use, as pairs of key and document.
    fn slots(&self) -> impl Iterator<Item = (u32, u32)> {
        self.keys.into_iter().zip(self.documents).take_while(|&(_, document)| document != 0)
    }
}

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
    /// The sizes of the bands differ by up to a fifth, so that they do not all grow at once.
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
        for (place, block) in blocks.iter().enumerate() {
            let in_use = block.slots().count();
            let fits = |(key, document): (u32, u32)| {
                (open_before..=place).contains(&home_of(key, n_homes)) && document as usize <= n_documents
            };
            if !block.slots().all(fits) || block.documents[in_use..].iter().any(|&document| document != 0) {
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
    #[allow(clippy::needless_bitwise_bool, reason = "without branches, eight keys are compared at once")]
    pub(crate) fn for_each(&self, key: u32, mut visit: impl FnMut(u32)) -> usize {
        let mut place = self.home(key);
        // The last block always has a free slot, so the search ends.
        while let Some(block) = self.blocks.get(place) {
            if block.keys.iter().fold(false, |any, &listed| any | (listed == key)) {
                block.slots().filter(|slot| slot.0 == key).for_each(|slot| visit(slot.1 - 1));
            }
            if !block.is_full() {
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
        put(&mut self.blocks, place, (key, document + 1));
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
        // Slots in use in each block: to count them in a block just written would wait for the writing.
        let mut in_use = vec![0_u8; n_homes + 1];
        for block in &self.blocks {
            for (key, document) in block.slots() {
                let mut place = home_of(key, n_homes);
                while in_use[place] as usize == BLOCK {
                    place += 1;
                }
                let slot = in_use[place] as usize;
                (blocks[place].keys[slot], blocks[place].documents[slot]) = (key, document);
                in_use[place] += 1;
                if slot + 1 == BLOCK && place + 1 == blocks.len() {
                    blocks.push(FREE);
                    in_use.push(0);
                }
            }
        }
        self.blocks = blocks;
        self.n_homes = n_homes;
    }
}

#[inline(always)]
fn home_of(key: u32, n_homes: usize) -> usize {
    ((u128::from(key) * n_homes as u128) >> 32) as usize
}

/// Puts the slot into the first free place from that block on, and leaves one free at the end.
#[inline(always)]
fn put(blocks: &mut Vec<Block>, mut place: usize, slot: (u32, u32)) {
    while blocks[place].is_full() {
        place += 1;
    }
    let block = &mut blocks[place];
    let in_use = block.in_use();
    (block.keys[in_use], block.documents[in_use]) = slot;
    if block.is_full() && place + 1 == blocks.len() {
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

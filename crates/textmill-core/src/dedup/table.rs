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
    /// Bytes of a block as it lies in a file.
    pub const BYTES: usize = 2 * BLOCK * size_of::<u32>();

    /// The block as it lies in a file: keys, then documents, little-endian.
    pub fn to_bytes(&self) -> [u8; Block::BYTES] {
        let mut bytes = [0; Block::BYTES];
        for (four, number) in bytes.chunks_exact_mut(4).zip(self.keys.iter().chain(&self.documents)) {
            four.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    /// The block that lies in a file as these bytes.
    pub fn from_bytes(bytes: &[u8; Block::BYTES]) -> Block {
        let mut block = FREE;
        let numbers = block.keys.iter_mut().chain(&mut block.documents);
        for (number, four) in numbers.zip(bytes.chunks_exact(4)) {
            *number = u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
        }
        block
    }

    /// Whether no slot is free; a search goes on to the next block then.
    #[inline(always)]
    pub fn is_full(&self) -> bool {
        self.documents[BLOCK - 1] != 0
    }

    #[inline(always)]
    fn in_use(&self) -> usize {
        self.documents.iter().map(|&document| usize::from(document != 0)).sum()
    }

    /// Slots in use, as pairs of key and one more than the number of the document.
    pub fn slots(&self) -> impl Iterator<Item = (u32, u32)> {
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

/// The block, out of so many that keys call home, in which a search for the key begins.
#[inline(always)]
pub fn home_of(key: u32, n_homes: usize) -> usize {
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

/// A table that is written from front to back and never grows, out of slots whose keys ascend.
#[derive(Debug)]
pub struct TableWriter {
    n_homes: usize,
    /// Blocks that were handed on.
    place: usize,
    block: Block,
    in_use: usize,
}

impl TableWriter {
    /// A writer of a table for that many slots.
    pub fn new(slots: usize) -> TableWriter {
        let n_homes = (slots * 1000).div_ceil(FULL_PER_MILLE * BLOCK).max(LEAST_BLOCKS);
        TableWriter { n_homes, place: 0, block: FREE, in_use: 0 }
    }

    /// Number of blocks that keys call home.
    pub fn n_homes(&self) -> usize {
        self.n_homes
    }

    /// Adds a slot, as [`Block::slots`] gives it, whose key is no less than the last one's. Hands blocks that are done to
    /// `each`.
    pub fn push(&mut self, (key, document): (u32, u32), each: &mut impl FnMut(&Block)) {
        let home = home_of(key, self.n_homes);
        while self.place < home || self.in_use == BLOCK {
            self.next_block(each);
        }
        (self.block.keys[self.in_use], self.block.documents[self.in_use]) = (key, document);
        self.in_use += 1;
    }

    /// Hands on what is left, so that the last block has a free slot; returns the number of blocks.
    pub fn finish(mut self, each: &mut impl FnMut(&Block)) -> usize {
        while self.place < self.n_homes || self.in_use == BLOCK {
            self.next_block(each);
        }
        self.next_block(each);
        self.place
    }

    fn next_block(&mut self, each: &mut impl FnMut(&Block)) {
        each(&self.block);
        (self.block, self.in_use, self.place) = (FREE, 0, self.place + 1);
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
            let mut slots: Vec<(u32, u32)> = table.blocks().iter().flat_map(Block::slots).collect();
            slots.sort_unstable();
            let mut writer = TableWriter::new(slots.len());
            let (n_homes, mut written) = (writer.n_homes(), Vec::new());
            slots.into_iter().for_each(|slot| writer.push(slot, &mut |block| written.push(*block)));
            prop_assert_eq!(writer.finish(&mut |block| written.push(*block)), written.len());
            for key in keys.iter().copied().chain([7, 50]) {
                let wanted = map.get(&key).cloned().unwrap_or_default();
                let mut listed = Vec::new();
                table.for_each(key, |document| listed.push(document));
                listed.sort_unstable();
                prop_assert_eq!(&listed, &wanted);
                prop_assert_eq!(&search(&table.blocks, table.n_homes, key), &wanted);
                prop_assert_eq!(&search(&written, n_homes, key), &wanted);
            }
            prop_assert_eq!(table.used, keys.len());
        }
    }

    /// What a search over blocks as they lie in a file finds.
    fn search(blocks: &[Block], n_homes: usize, key: u32) -> Vec<u32> {
        let mut found = Vec::new();
        for block in &blocks[home_of(key, n_homes)..] {
            let block = Block::from_bytes(&block.to_bytes());
            found.extend(block.slots().filter(|slot| slot.0 == key).map(|slot| slot.1 - 1));
            if !block.is_full() {
                found.sort_unstable();
                return found;
            }
        }
        panic!("a search always ends");
    }
}

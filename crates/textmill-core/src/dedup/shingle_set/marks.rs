//! Which buckets the shingles of a document take, and how many shingles fell together.

use super::SetHead;
use crate::dedup::block::{BLOCK, high_bits};
use crate::dedup::instructions::Machine;

/// Buckets in which shingles lie.
#[derive(Default)]
pub(super) struct Marks {
    /// A byte for each bucket, [`TAKEN`], [`SHARED`] or both: with bits, each shingle would wait for those before it.
    /// Zeros between documents.
    seen: Vec<u8>,
    /// A bit for each bucket that is taken.
    pub(super) taken: Vec<u64>,
    /// Hashes in buckets that several took.
    doubted: Vec<u64>,
    /// Of these, those that differ, each in a place that follows from it, and zeros.
    distinct: Vec<u64>,
}

/// A hash lies in the bucket.
const TAKEN: u8 = 0x80;
/// Another one, or the same once more, lies there too.
const SHARED: u8 = TAKEN >> 1;

impl Marks {
    /// Marks the buckets of the hashes, cut as `head` says; returns the number of distinct hashes and of buckets.
    #[inline(always)]
    pub(super) fn mark<M: Machine>(&mut self, hashes: &[u64], head: SetHead) -> (u32, u32) {
        let places = 1_usize << (head.resolution() - u32::from(head.level));
        let shift = 64 - head.resolution();
        let length = places.next_multiple_of(BLOCK);
        if self.seen.len() < length {
            self.seen.resize(length, 0);
        }
        if self.doubted.len() <= hashes.len() {
            self.doubted.resize((hashes.len() + 1).next_power_of_two(), 0);
        }
        let seen = &mut self.seen[..places];
        for &hash in hashes {
            let bucket = &mut seen[(hash >> shift) as usize];
            *bucket = TAKEN | *bucket >> 1;
        }
        let doubted = &mut self.doubted[..=hashes.len()];
        let mut n_doubted = 0;
        for &hash in hashes {
            doubted[n_doubted] = hash;
            n_doubted += usize::from(seen[(hash >> shift) as usize] & SHARED != 0);
        }
        let doubted = &mut doubted[..n_doubted];
        let merged = if n_doubted <= FEW {
            count_merged(doubted, shift)
        } else {
            let n_shared = self.seen[..length].iter().map(|&bucket| u32::from(bucket & SHARED != 0)).sum::<u32>();
            count_distinct(doubted, &mut self.distinct) - n_shared
        };
        let blocks = self.seen[..length].as_chunks_mut::<BLOCK>().0;
        self.taken.resize(blocks.len(), 0);
        let mut n_buckets = 0;
        for (word, block) in self.taken.iter_mut().zip(blocks) {
            *word = high_bits::<M>(block);
            n_buckets += word.count_ones();
            *block = [0; BLOCK];
        }
        (n_buckets + merged, n_buckets)
    }
}

/// Up to how many hashes are compared each with each; to look each up in a table takes longer.
const FEW: usize = 48;

/// How many of the hashes are neither the first in their bucket nor the same as one before them.
#[inline(always)]
fn count_merged(doubted: &[u64], shift: u32) -> u32 {
    let mut merged = 0;
    for (i, &hash) in doubted.iter().enumerate() {
        let (mut with_bucket, mut same) = (0, 0);
        for &before in &doubted[..i] {
            with_bucket |= u64::from((before ^ hash) >> shift == 0);
            same |= u64::from(before == hash);
        }
        merged += with_bucket & (same ^ 1);
    }
    merged as u32
}

/// How many different hashes there are. The table is for its room.
#[inline(always)]
fn count_distinct(hashes: &[u64], table: &mut Vec<u64>) -> u32 {
    let size = (2 * hashes.len()).next_power_of_two();
    if table.len() < size {
        table.resize(size, 0);
    }
    let table = &mut table[..size];
    table.fill(0);
    let mut distinct = u32::from(hashes.contains(&0));
    for &hash in hashes {
        let mut place = hash as usize & (size - 1);
        while table[place] != 0 && table[place] != hash {
            place = (place + 1) & (size - 1);
        }
        distinct += u32::from(table[place] != hash);
        table[place] = hash;
    }
    distinct
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition: distinct hashes that are in no bucket of their own, but for the first of each bucket.
    fn merged_reference(hashes: &[u64], shift: u32) -> u32 {
        let distinct: std::collections::BTreeSet<u64> = hashes.iter().copied().collect();
        let buckets: std::collections::BTreeSet<u64> = hashes.iter().map(|hash| hash >> shift).collect();
        (distinct.len() - buckets.len()) as u32
    }

    proptest! {
        #[test]
        fn both_ways_of_counting_count_the_same(hashes in prop::collection::vec(0_u64..64, 1..80)) {
            let n_buckets = hashes.iter().map(|hash| hash >> 2).collect::<std::collections::BTreeSet<_>>().len();
            let expected = merged_reference(&hashes, 2);
            prop_assert_eq!(count_merged(&hashes, 2), expected);
            prop_assert_eq!(count_distinct(&hashes, &mut vec![7; 3]) - n_buckets as u32, expected);
        }
    }
}

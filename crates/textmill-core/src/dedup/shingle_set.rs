//! Shingle sets as they are stored to verify candidates: about six bits a shingle.
//!
//! A set of `n` shingle hashes is cut to buckets, the `q` highest bits of each hash, so fine that there are 11 to 23
//! buckets a shingle (more in short documents), and the sorted bucket numbers are Elias–Fano coded: low bits as they are,
//! high bits in unary. Documents of more than [`MOST_SHINGLES`] shingles keep those with the least hashes, a sample of
//! 1 in `2^level`; any two documents are compared at the coarser of their levels and bucket sizes.
//!
//! What is lost is known: two shingles of different documents fall into one bucket by chance. The count of shared buckets
//! is therefore an upper bound of the count of shared shingles, never less, and its expected excess is subtracted from the
//! similarity that is reported.
//!
//! Source: S. Vigna, "Quasi-succinct indices", 2013.

/// From how many shingles on a document keeps a sample: half of this at least.
pub(crate) const MOST_SHINGLES: usize = 2048;

/// Buffers of the encoder.
#[derive(Default)]
pub(crate) struct SetEncoder {
    sampled: Vec<u64>,
    seen: Vec<u64>,
    doubted: Vec<u64>,
    buckets: Vec<u64>,
    positions: Vec<u32>,
}

/// The head of a stored set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetHead {
    /// Distinct shingles that were kept.
    pub kept: u32,
    /// Shingles whose hash has its `level` highest bits zero were kept: all at level 0.
    pub level: u8,
    /// Most tokens of the document are single characters.
    pub by_characters: bool,
    /// Kept shingles less buckets: how many share a bucket with one before them.
    pub merged: u32,
}

impl SetHead {
    /// Distinct shingles of the document: exact at level 0, else estimated from the sample.
    pub fn shingles(self) -> u64 {
        u64::from(self.kept) << self.level
    }

    /// Buckets in the set.
    pub(crate) fn n_buckets(self) -> u32 {
        self.kept - self.merged
    }

    /// Low bits of a bucket number, stored as they are.
    fn low_bits(self) -> u32 {
        match self.kept {
            0..128 => 8,
            _ => 4,
        }
    }

    /// Bits of the high part of a bucket number: the logarithm of `kept`, rounded to the nearest.
    fn high_bits(self) -> u32 {
        let kept = u64::from(self.kept.max(1));
        let floor = kept.ilog2();
        floor + u32::from(kept * kept >= 1 << (2 * floor + 1))
    }

    /// How many of the highest bits of a hash are its bucket number.
    pub(crate) fn resolution(self) -> u32 {
        u32::from(self.level) + self.high_bits() + self.low_bits()
    }

    fn high_bytes(self) -> usize {
        (self.n_buckets() as usize + (1 << self.high_bits())).div_ceil(8)
    }

    fn low_bytes(self) -> usize {
        (self.n_buckets() as usize * self.low_bits() as usize).div_ceil(8)
    }
}

impl SetEncoder {
    /// Appends the coded set of the hashes, which may repeat, to `out`, and returns its head. At least one hash.
    #[inline(always)]
    pub(crate) fn encode(&mut self, shingles: &[u64], by_characters: bool, out: &mut Vec<u8>) -> SetHead {
        let mut level = 0;
        let mut kept_shingles = shingles;
        if shingles.len() > MOST_SHINGLES {
            level = (shingles.len() / (MOST_SHINGLES / 2)).ilog2() as u8;
            self.sampled.clear();
            self.sampled.extend(shingles.iter().filter(|&&shingle| shingle >> (64 - level) == 0));
            if self.sampled.len() < MOST_SHINGLES / 8 {
                level = self.sample_distinct(shingles);
            }
            kept_shingles = &self.sampled;
        }
        let kept = count_distinct(kept_shingles, u32::from(level), &mut self.seen, &mut self.doubted);
        let mut head = SetHead { kept, level, by_characters, merged: 0 };
        let resolution = head.resolution();
        let universe_bits = resolution - u32::from(level);
        let words = (1_usize << universe_bits).div_ceil(64);
        self.buckets.clear();
        self.buckets.resize(words, 0);
        for &shingle in kept_shingles {
            let bucket = (shingle >> (64 - resolution)) as usize;
            self.buckets[bucket / 64] |= 1 << (bucket % 64);
        }
        let n_buckets = list_bits(&self.buckets, kept as usize, &mut self.positions);
        head.merged = kept - n_buckets as u32;
        write_set(head, &self.positions[..n_buckets], out);
        head
    }
}

impl SetEncoder {
    /// Samples a document that repeats itself so much that a sample by its length would be too small.
    #[cold]
    fn sample_distinct(&mut self, shingles: &[u64]) -> u8 {
        self.sampled.clear();
        self.sampled.extend_from_slice(shingles);
        self.sampled.sort_unstable();
        self.sampled.dedup();
        if self.sampled.len() <= MOST_SHINGLES {
            return 0;
        }
        let level = (self.sampled.len() / (MOST_SHINGLES / 2)).ilog2() as u8;
        self.sampled.retain(|&shingle| shingle >> (64 - level) == 0);
        level
    }
}

/// Number of distinct hashes, exactly: a bitmap of their highest bits, at least 128 places a hash, tells most apart, and
/// the few that come to a place a second time are looked for one by one.
#[inline(always)]
fn count_distinct(hashes: &[u64], level: u32, seen: &mut Vec<u64>, doubted: &mut Vec<u64>) -> u32 {
    let bits = (hashes.len().max(2).next_power_of_two().ilog2() + 7).max(15);
    seen.clear();
    seen.resize(1 << (bits - 6), 0);
    if doubted.len() <= hashes.len() {
        doubted.resize(hashes.len() + 1, 0);
    }
    let mut n_doubted = 0;
    for &hash in hashes {
        let bit = hash << level >> (64 - bits);
        let word = &mut seen[(bit / 64) as usize];
        doubted[n_doubted] = hash;
        n_doubted += (*word >> (bit % 64) & 1) as usize;
        *word |= 1 << (bit % 64);
    }
    if n_doubted == 0 { hashes.len() as u32 } else { settle_doubts(hashes, level, seen, &mut doubted[..n_doubted]) }
}

/// Number of distinct hashes, of which those in `doubted` may be repeats; `seen` is the bitmap in which they met a place
/// that was taken.
///
/// A hash that is repeated stands in a place of which some hash was doubted. Those places are marked, and of the hashes
/// that stand in one, the distinct ones are counted by sorting them; all others are distinct.
fn settle_doubts(hashes: &[u64], level: u32, seen: &mut [u64], doubted: &mut [u64]) -> u32 {
    let bits = seen.len().ilog2() + 6;
    let place = |hash: u64| hash << level >> (64 - bits);
    seen.fill(0);
    for &hash in &*doubted {
        seen[(place(hash) / 64) as usize] |= 1 << (place(hash) % 64);
    }
    let mut met: Vec<u64> = Vec::with_capacity(2 * doubted.len() + 8);
    met.extend(hashes.iter().filter(|&&hash| seen[(place(hash) / 64) as usize] >> (place(hash) % 64) & 1 == 1));
    let of_these = met.len();
    met.sort_unstable();
    met.dedup();
    (hashes.len() - of_these + met.len()) as u32
}

/// Lists the numbers of the set bits, of which there are at most `most`, and returns how many there are.
#[inline(always)]
fn list_bits(words: &[u64], most: usize, positions: &mut Vec<u32>) -> usize {
    if positions.len() < most + 8 {
        positions.resize((most + 8).next_power_of_two(), 0);
    }
    let mut found = 0;
    for (number, &word) in words.iter().enumerate() {
        let mut bits = word;
        let after = found + bits.count_ones() as usize;
        while found < after {
            for slot in &mut positions[found..found + 8] {
                *slot = number as u32 * 64 + bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
            }
            found += 8;
        }
        found = after;
    }
    found
}

#[inline(always)]
fn write_set(head: SetHead, positions: &[u32], out: &mut Vec<u8>) {
    write_number(head.kept, out);
    out.push(head.level | u8::from(head.by_characters) << 7);
    write_number(head.merged, out);
    let high_start = out.len();
    let low_start = high_start + head.high_bytes();
    out.resize(low_start + head.low_bytes(), 0);
    let (high, low) = out[high_start..].split_at_mut(head.high_bytes());
    let low_bits = head.low_bits();
    if low_bits == 8 {
        for (byte, &position) in low.iter_mut().zip(positions) {
            *byte = position as u8;
        }
    } else {
        let (pairs, odd) = positions.as_chunks::<2>();
        for (byte, pair) in low.iter_mut().zip(pairs) {
            *byte = (pair[0] & 15 | pair[1] << 4) as u8;
        }
        if let (Some(byte), [position]) = (low.last_mut(), odd) {
            *byte = (position & 15) as u8;
        }
    }
    let (mut word, mut at) = (0_u64, 0);
    for (i, &position) in positions.iter().enumerate() {
        let bit = (position >> low_bits) as usize + i;
        while bit / 64 != at {
            put_word(high, at, word);
            (word, at) = (0, at + 1);
        }
        word |= 1 << (bit % 64);
    }
    put_word(high, at, word);
}

/// Writes the word at its place, as much of it as there is room for.
#[inline(always)]
fn put_word(bytes: &mut [u8], number: usize, word: u64) {
    for (byte, part) in bytes[number * 8..].iter_mut().zip(word.to_le_bytes()) {
        *byte = part;
    }
}

fn write_number(mut number: u32, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn read_number(bytes: &[u8], at: &mut usize) -> u32 {
    let mut number = 0;
    for shift in (0..35).step_by(7) {
        let byte = bytes.get(*at).copied().unwrap_or(0);
        *at += 1;
        number |= u32::from(byte & 0x7F).checked_shl(shift).unwrap_or(0);
        if byte < 0x80 {
            break;
        }
    }
    number
}

/// A stored set. Bytes that no encoder wrote give some set, never a failure.
#[derive(Clone, Copy)]
pub(crate) struct StoredSet<'a> {
    pub(crate) head: SetHead,
    high: &'a [u8],
    low: &'a [u8],
}

impl<'a> StoredSet<'a> {
    /// Reads what [`SetEncoder::encode`] wrote at the beginning of `bytes`.
    pub(crate) fn read(bytes: &'a [u8]) -> StoredSet<'a> {
        let mut at = 0;
        let kept = read_number(bytes, &mut at).min(1 << 24);
        let flags = bytes.get(at).copied().unwrap_or(0);
        let (level, by_characters) = ((flags & 0x7F).min(32), flags & 0x80 != 0);
        at += 1;
        let merged = read_number(bytes, &mut at).min(kept);
        let head = SetHead { kept, level, by_characters, merged };
        let rest = bytes.get(at..).unwrap_or_default();
        let (high, rest) = rest.split_at(head.high_bytes().min(rest.len()));
        let low = &rest[..head.low_bytes().min(rest.len())];
        StoredSet { head, high, low }
    }

    /// Calls `visit` with each bucket number, ascending.
    #[inline(always)]
    pub(crate) fn for_each_bucket(&self, mut visit: impl FnMut(u64)) {
        self.try_each_bucket(|bucket| {
            visit(bucket);
            true
        });
    }

    /// Calls `visit` with each bucket number, ascending, and asks after every few whether to go on: as long as the last
    /// call said so. Returns whether all were visited.
    #[inline(always)]
    pub(crate) fn try_each_bucket(&self, visit: impl FnMut(u64) -> bool) -> bool {
        if self.head.low_bits() == 4 { self.walk::<4>(visit) } else { self.walk::<8>(visit) }
    }

    #[inline(always)]
    fn walk<const LOW_BITS: usize>(&self, mut visit: impl FnMut(u64) -> bool) -> bool {
        let mut i = 0;
        for (number, word) in self.high.chunks(8).enumerate() {
            let mut bits = match word.try_into() {
                Ok(whole) => u64::from_le_bytes(whole),
                Err(_) => word.iter().rev().fold(0, |bits, &byte| bits << 8 | u64::from(byte)),
            };
            let mut go_on = true;
            while bits != 0 {
                let bit = number * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let at = i * LOW_BITS;
                let low = self.low.get(at / 8).copied().map_or(0, u64::from) >> (at % 8) & ((1 << LOW_BITS) - 1);
                go_on = visit(((bit - i) as u64) << LOW_BITS | low);
                i += 1;
            }
            if !go_on {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn hashes(seeds: &[u64]) -> Vec<u64> {
        seeds.iter().map(|seed| super::super::token::hash_token(&seed.to_le_bytes())).collect()
    }

    proptest! {
        #[test]
        fn a_stored_set_is_read_as_it_was(seeds in prop::collection::vec(0_u64..4000, 1..6000)) {
            let hashes = hashes(&seeds);
            let mut bytes = vec![];
            let head = SetEncoder::default().encode(&hashes, false, &mut bytes);
            let kept: BTreeSet<u64> = hashes.iter().copied().filter(|hash| hash.leading_zeros() >= u32::from(head.level)).collect();
            prop_assert_eq!(head.kept as usize, kept.len());
            let expected: BTreeSet<u64> = kept.iter().map(|hash| hash >> (64 - head.resolution())).collect();
            let stored = StoredSet::read(&bytes);
            prop_assert_eq!(stored.head, head);
            let mut read = Vec::new();
            stored.for_each_bucket(|bucket| read.push(bucket));
            prop_assert_eq!(read, expected.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn no_bytes_fail(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            StoredSet::read(&bytes).for_each_bucket(|_| {});
        }
    }

    #[test]
    fn a_shingle_takes_about_six_bits() {
        let hashes = hashes(&(0..300).collect::<Vec<_>>());
        let mut bytes = vec![];
        SetEncoder::default().encode(&hashes, false, &mut bytes);
        assert!((200..250).contains(&bytes.len()), "{}", bytes.len());
    }
}

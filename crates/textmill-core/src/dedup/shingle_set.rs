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

mod marks;
#[cfg(target_arch = "x86_64")]
mod pack;
mod sample;

use super::block::list_bits;
use super::instructions::{Baseline, Machine};
use marks::Marks;
use sample::sample;

/// From how many shingles on a document keeps a sample: half of this at least.
pub(crate) const MOST_SHINGLES: usize = 2048;

/// Buffers of the encoder.
#[derive(Default)]
pub(crate) struct SetEncoder {
    sampled: Vec<u64>,
    marks: Marks,
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
    pub(crate) fn encode<M: Machine>(&mut self, shingles: &[u64], by_characters: bool, out: &mut Vec<u8>) -> SetHead {
        let mut level = 0;
        let mut kept_shingles = shingles;
        if shingles.len() > MOST_SHINGLES {
            level = (shingles.len() / (MOST_SHINGLES / 2)).ilog2() as u8;
            let n_sampled = sample(shingles, level, &mut self.sampled);
            self.sampled.truncate(n_sampled);
            if self.sampled.len() < MOST_SHINGLES / 8 {
                level = self.sample_distinct(shingles);
            }
            kept_shingles = &self.sampled;
        }
        let mut head = SetHead { kept: kept_shingles.len() as u32, level, by_characters, merged: 0 };
        loop {
            let (kept, n_buckets) = self.marks.mark::<M>(kept_shingles, head);
            let counted = SetHead { kept, merged: kept - n_buckets, ..head };
            // A document that repeats itself may be cut more coarsely. The count is the same then, so this ends.
            let cut_alike = counted.resolution() == head.resolution();
            head = counted;
            if cut_alike {
                break;
            }
        }
        write_set::<M>(head, &self.marks.taken, &mut self.positions, out);
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

/// Appends the head, and the buckets, of which `taken` has a bit each.
#[inline(always)]
fn write_set<M: Machine>(head: SetHead, taken: &[u64], positions: &mut Vec<u32>, out: &mut Vec<u8>) {
    write_number(head.kept, out);
    out.push(head.level | u8::from(head.by_characters) << 7);
    write_number(head.merged, out);
    let n_buckets = head.n_buckets() as usize;
    let high_start = out.len();
    let low_start = high_start + head.high_bytes();
    let end = low_start + head.low_bytes();
    out.resize(end + SPARE, 0);
    let (high, low) = out[high_start..].split_at_mut(head.high_bytes());
    #[cfg(target_arch = "x86_64")]
    if M::AVX512 && head.low_bits() == 4 {
        // SAFETY: a machine with AVX-512 is only named where it is enabled.
        unsafe { pack::write_low(taken, low) };
        // SAFETY: likewise.
        unsafe { pack::write_high(taken, high) };
        out.truncate(end);
        return;
    }
    if positions.len() < n_buckets + 64 {
        positions.resize((n_buckets + 64).next_power_of_two(), 0);
    }
    let mut found = 0;
    for (number, &word) in taken.iter().enumerate() {
        found = list_bits::<Baseline>(word, number as u32 * 64, positions, found);
    }
    let positions = &positions[..n_buckets];
    write_low(head, positions, low);
    #[cfg(target_arch = "x86_64")]
    if M::BMI2 && head.low_bits() == 4 {
        // SAFETY: a machine with BMI2 is only named where it is enabled.
        unsafe { pack::write_high(taken, high) };
        out.truncate(end);
        return;
    }
    write_high(head, positions, high);
    out.truncate(end);
}

/// Bytes of room that writing takes beyond the end.
const SPARE: usize = 64;

#[inline(always)]
fn write_low(head: SetHead, positions: &[u32], low: &mut [u8]) {
    if head.low_bits() == 8 {
        for (byte, &position) in low.iter_mut().zip(positions) {
            *byte = position as u8;
        }
    } else {
        let (pairs, odd) = positions.as_chunks::<2>();
        for (byte, pair) in low.iter_mut().zip(pairs) {
            *byte = (pair[0] & 15 | pair[1] << 4) as u8;
        }
        if let (Some(byte), [position]) = (low.get_mut(pairs.len()), odd) {
            *byte = (position & 15) as u8;
        }
    }
}

#[inline(always)]
fn write_high(head: SetHead, positions: &[u32], high: &mut [u8]) {
    let low_bits = head.low_bits();
    let (mut word, mut at) = (0_u64, 0);
    for (i, &position) in positions.iter().enumerate() {
        let bit = (position >> low_bits) as usize + i;
        while bit / 64 != at {
            put_word(high, 8 * at, word);
            (word, at) = (0, at + 1);
        }
        word |= 1 << (bit % 64);
    }
    put_word(high, 8 * at, word);
}

/// Writes the word from that byte on, as much of it as there is room for.
#[inline(always)]
fn put_word(bytes: &mut [u8], at: usize, word: u64) {
    let rest = &mut bytes[at..];
    if let Some(whole) = rest.first_chunk_mut() {
        *whole = word.to_le_bytes();
        return;
    }
    for (byte, part) in rest.iter_mut().zip(word.to_le_bytes()) {
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
        // What a damaged index holds is taken for less, so that no sum of counts and no product with a million overflows:
        // a set keeps about `MOST_SHINGLES`, and a document of 4 GiB is sampled at level 22.
        let kept = read_number(bytes, &mut at).min(1 << 18);
        let flags = bytes.get(at).copied().unwrap_or(0);
        let (level, by_characters) = ((flags & 0x7F).min(24), flags & 0x80 != 0);
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
mod tests;

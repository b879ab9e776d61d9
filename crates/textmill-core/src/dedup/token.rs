//! Tokens of a canonical text: where they end, and their hashes.
//!
//! The token hash is a folded multiplication: the 64-bit halves of `(a ^ A) * (b ^ B)`, exclusive-ored, where `a` and `b`
//! are the first and second eight bytes of the token, zero-padded; those of bytes 16 to 32 are added in the same way with
//! `C` and `D`, and longer tokens chain blocks of 32. Each mask holds a byte 0xFF, which no UTF-8 text holds, so no factor
//! is ever zero. Same family as wyhash; all arithmetic is 64 × 64 → 128 bits and the same on every machine.

use super::block::{BLOCK, list_bits, spaces};
use super::instructions::Machine;

/// First factor's mask.
const A: u64 = 0xFF51_AFD7_ED55_8CCD;
/// Second factor's mask.
const B: u64 = 0xC4CE_B9FE_1A85_EC53 | 0xFF;
/// Third factor's mask.
const C: u64 = 0x8EBC_6AF0_9C88_C6E3 | 0xFF << 16;
/// Fourth factor's mask.
const D: u64 = 0x5899_65CC_7537_4CC3 | 0xFF << 40;
/// Chains the blocks of tokens longer than 32 bytes.
const CHAIN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The product of two 64-bit numbers, its halves exclusive-ored.
#[inline(always)]
pub(crate) const fn fold_multiply(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    product as u64 ^ (product >> 64) as u64
}

/// Masks for the first and the second eight bytes of a token, by its length up to 16.
const MASKS: [[u64; 2]; 17] = {
    let mut masks = [[0; 2]; 17];
    let mut len = 1;
    while len <= 16 {
        masks[len][0] = if len >= 8 { u64::MAX } else { (1 << (8 * len)) - 1 };
        masks[len][1] = match len {
            0..=8 => 0,
            16 => u64::MAX,
            _ => (1 << (8 * (len - 8))) - 1,
        };
        len += 1;
    }
    masks
};

/// Masks for the third and fourth eight bytes, by length up to 32.
const LONG_MASKS: [[u64; 2]; 33] = {
    let mut masks = [[0; 2]; 33];
    let mut len = 16;
    while len <= 32 {
        masks[len] = MASKS[len - 16];
        len += 1;
    }
    masks
};

/// Replaces the beginning of `ends` by where the tokens of `canonical[..len]` end, each at the space after it, and returns
/// their number. At least 64 bytes follow on `len`.
#[inline(always)]
pub(crate) fn find_ends<M: Machine>(canonical: &[u8], len: usize, ends: &mut Vec<u32>) -> usize {
    let most = len / 2 + 2 * BLOCK;
    if ends.len() < most {
        // Zeros from the system take memory only as far as they are written to.
        *ends = vec![0; most.next_power_of_two()];
    }
    let mut found = 0;
    let blocks = canonical[..len.next_multiple_of(BLOCK)].as_chunks::<BLOCK>().0;
    for (number, block) in blocks.iter().enumerate() {
        let base = number * BLOCK;
        let inside = if len - base < BLOCK { (1 << (len - base)) - 1 } else { u64::MAX };
        found = list_bits::<M>(spaces::<M>(block) & inside, base as u32, ends, found);
    }
    found
}

/// Writes the hashes of the tokens of the canonical text to `hashes`, which has as many places as there are `ends`. At
/// least 64 bytes follow on the last end.
#[inline(always)]
pub(crate) fn hash_tokens(canonical: &[u8], ends: &[u32], hashes: &mut [u64]) {
    let len = ends.last().map_or(0, |&end| end as usize);
    // Where long tokens are many, to ask each for its length would be to guess wrong all the time.
    if len > 10 * ends.len() {
        hash_each::<true>(canonical, ends, hashes);
    } else {
        hash_each::<false>(canonical, ends, hashes);
    }
}

#[inline(always)]
fn hash_each<const LONG: bool>(canonical: &[u8], ends: &[u32], hashes: &mut [u64]) {
    let mut start = 0;
    for (&end, hash) in ends.iter().zip(hashes) {
        let end = end as usize;
        let len = end - start;
        let rest = canonical[start..].first_chunk().unwrap_or(&[b' '; 32]);
        let word = |i: usize| u64::from_le_bytes(*rest[8 * i..].first_chunk().unwrap_or(&[b' '; 8]));
        let short = |len: usize| {
            let [low, high] = MASKS[len.min(16)];
            fold_multiply(word(0) & low ^ A, word(1) & high ^ B)
        };
        *hash = if LONG && len <= 32 {
            let [low, high] = LONG_MASKS[len & 63];
            let second = fold_multiply(word(2) & low ^ C, word(3) & high ^ D);
            short(len) ^ if len > 16 { second } else { 0 }
        } else if !LONG && len <= 16 {
            short(len)
        } else {
            hash_token(&canonical[start..end])
        };
        start = end + 1;
    }
}

/// The hash of a token of any length, by its definition.
#[inline(never)]
pub(crate) fn hash_token(token: &[u8]) -> u64 {
    let mut hash = 0;
    for (number, block) in token.chunks(32).enumerate() {
        let mut padded = [0; 32];
        padded[..block.len()].copy_from_slice(block);
        let word = |i: usize| u64::from_le_bytes(*padded[8 * i..].first_chunk().unwrap_or(&[0; 8]));
        let mut own = fold_multiply(word(0) ^ A, word(1) ^ B);
        if block.len() > 16 {
            own ^= fold_multiply(word(2) ^ C, word(3) ^ D);
        }
        hash = if number == 0 { own } else { hash.rotate_left(23).wrapping_mul(CHAIN) ^ own };
    }
    hash
}

/// The hash of a token of one character.
#[inline(always)]
pub(crate) fn hash_character(character: &[u8]) -> u64 {
    let bytes = character.iter().rev().fold(0, |bytes, &byte| bytes << 8 | u64::from(byte));
    fold_multiply(bytes ^ A, B)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dedup::instructions::Baseline;

    fn hashes(canonical: &str) -> Vec<u64> {
        let mut bytes = canonical.as_bytes().to_vec();
        bytes.resize(bytes.len() + 128, b'x');
        let mut ends = Vec::new();
        let count = find_ends::<Baseline>(&bytes, canonical.len(), &mut ends);
        let mut hashes = vec![0; count];
        hash_tokens(&bytes, &ends[..count], &mut hashes);
        hashes
    }

    #[test]
    fn no_hundred_thousand_short_words_share_a_hash() {
        let mut hashes: Vec<u64> = (0..100_000_u32).map(|i| hash_token(format!("w{i}").as_bytes())).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), 100_000);
    }

    proptest! {
        #[test]
        fn tokens_are_what_ends_in_a_space(words in prop::collection::vec("[a-zé中]{1,40}", 0..60)) {
            let canonical: String = words.iter().flat_map(|word| [word.as_str(), " "]).collect();
            let expected: Vec<u64> = words.iter().map(|word| hash_token(word.as_bytes())).collect();
            prop_assert_eq!(hashes(&canonical), expected);
        }
    }
}

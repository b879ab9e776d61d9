//! Tokens of a folded text: their hashes, and the canonical text without the spaces that do not count.
//!
//! The token hash is a folded multiplication: the 64-bit halves of `(a ^ A) * (b ^ B)`, exclusive-ored, where `a` and `b`
//! are the first and second eight bytes of the token, zero-padded, and longer tokens chain it. `A` and `B` hold a byte
//! 0xFF, which no UTF-8 text holds, so no factor is ever zero. Same family as wyhash; all arithmetic is 64 × 64 → 128 bits
//! and the same on every machine.

/// First factor's mask.
const A: u64 = 0xFF51_AFD7_ED55_8CCD;
/// Second factor's mask.
const B: u64 = 0xC4CE_B9FE_1A85_EC53 | 0xFF;
/// Chains the blocks of tokens longer than 16 bytes.
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

/// Replaces `bounds` by the start and end of each token of `folded[..len]`, which begins with a space and is followed by
/// at least 64 spaces.
#[inline(always)]
pub(crate) fn find_tokens(folded: &[u8], len: usize, bounds: &mut Vec<u32>) -> usize {
    if bounds.len() < len + 72 {
        bounds.resize((len + 72).next_power_of_two(), 0);
    }
    let mut found = 0;
    let mut in_token = 0;
    for (number, block) in folded[..len + 64].chunks_exact(64).enumerate() {
        let tokens = token_mask(block);
        let mut changes = tokens ^ (tokens << 1 | in_token);
        in_token = tokens >> 63;
        let base = (number * 64) as u32;
        let after = found + changes.count_ones() as usize;
        // Eight at a time whether there are as many or not: what is written past `after` is written again.
        while found < after {
            for slot in &mut bounds[found..found + 8] {
                *slot = base + changes.trailing_zeros();
                changes &= changes.wrapping_sub(1);
            }
            found += 8;
        }
        found = after;
    }
    found / 2
}

/// Which of 64 bytes are not spaces.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn token_mask(block: &[u8]) -> u64 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_movemask_epi8, _mm_set_epi64x, _mm_set1_epi8};
    let mut spaces = 0;
    for (i, part) in block.chunks_exact(16).enumerate() {
        let value = u128::from_le_bytes(part.try_into().unwrap_or_default());
        // SAFETY: SSE2 is part of every x86-64.
        let mask = unsafe {
            let bytes = _mm_set_epi64x((value >> 64) as i64, value as i64);
            _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(b' ' as i8)))
        };
        spaces |= u64::from(mask as u32) << (16 * i);
    }
    !spaces
}

/// Which of 64 bytes are not spaces.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn token_mask(block: &[u8]) -> u64 {
    block.iter().enumerate().fold(0, |mask, (i, &c)| mask | u64::from(c != b' ') << i)
}

/// Writes the hashes of the tokens that `bounds` names to `hashes`, and the tokens with one space between them to
/// `canonical`; returns the length of the canonical text. Both must have room: one hash a token, `folded.len()` bytes.
#[inline(always)]
pub(crate) fn hash_tokens(folded: &[u8], bounds: &[u32], hashes: &mut [u64], canonical: &mut [u8]) -> usize {
    let mut at = 0;
    for (bound, hash) in bounds.chunks_exact(2).zip(hashes) {
        let (start, end) = (bound[0] as usize, bound[1] as usize);
        let len = end - start;
        let first: [u8; 16] = *folded[start..].first_chunk().unwrap_or(&[b' '; 16]);
        canonical[at..at + 16].copy_from_slice(&first);
        *hash = if len <= 16 {
            let [low, high] = MASKS[len & 31];
            let value = u128::from_le_bytes(first);
            fold_multiply(value as u64 & low ^ A, (value >> 64) as u64 & high ^ B)
        } else {
            canonical[at..at + len].copy_from_slice(&folded[start..end]);
            hash_long(&folded[start..end])
        };
        at += len;
        canonical[at] = b' ';
        at += 1;
    }
    at.saturating_sub(1)
}

/// The hash of a token of any length, by its definition.
#[cfg(test)]
pub(crate) fn hash_token(token: &[u8]) -> u64 {
    if token.len() > 16 {
        return hash_long(token);
    }
    let mut padded = [0; 16];
    padded[..token.len()].copy_from_slice(token);
    let value = u128::from_le_bytes(padded);
    fold_multiply(value as u64 ^ A, (value >> 64) as u64 ^ B)
}

fn hash_long(token: &[u8]) -> u64 {
    token.chunks(16).fold(CHAIN, |chained, block| {
        let mut padded = [0; 16];
        padded[..block.len()].copy_from_slice(block);
        let value = u128::from_le_bytes(padded);
        fold_multiply(value as u64 ^ A, (value >> 64) as u64 ^ B)
            .wrapping_add(chained.rotate_left(23))
            .wrapping_mul(CHAIN)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(text: &str) -> (Vec<u64>, String) {
        let mut folded = format!(" {text}").into_bytes();
        let len = folded.len();
        folded.resize(len + 128, b' ');
        let mut bounds = Vec::new();
        let count = find_tokens(&folded, len, &mut bounds);
        let mut hashes = vec![0; count];
        let mut canonical = vec![0; folded.len()];
        let end = hash_tokens(&folded, &bounds[..2 * count], &mut hashes, &mut canonical);
        (hashes, String::from_utf8(canonical[..end].to_vec()).expect("tokens are UTF-8"))
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
        fn tokens_are_what_stands_between_spaces(text in "([a-zé中]{0,40} {0,3}){0,30}") {
            let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
            let (hashes, canonical) = tokens(&text);
            prop_assert_eq!(canonical, words.join(" "));
            let expected: Vec<u64> = words.iter().map(|word| hash_token(word.as_bytes())).collect();
            prop_assert_eq!(hashes, expected);
        }
    }
}

//! Shingles: `n` tokens in a row, hashed by rolling over the hashes of the tokens.
//!
//! The hash of the tokens `h[0], …, h[n-1]` is their cyclic polynomial, `rotl(h[0], 11(n-1)) ^ … ^ rotl(h[n-1], 0)`, folded
//! by one multiplication. Source: J. Cohen, "Recursive hashing functions for n-grams", 1997.

use super::token::fold_multiply;

/// Rotation by which each token is older than the next, bits. Odd, so that up to 64 tokens rotate differently.
const ROTATION: u32 = 11;
const MASK: u64 = 0xA076_1D64_78BD_642F;
const FACTOR: u64 = 0xE703_7ED1_A0B4_28DB;

/// Replaces `shingles` by the hashes of all runs of `n` tokens, in order, repeats included; none if there are fewer.
#[inline(always)]
pub(crate) fn hash_shingles(tokens: &[u64], n: usize, shingles: &mut Vec<u64>) {
    shingles.clear();
    if tokens.len() < n {
        return;
    }
    let oldest = ROTATION * n as u32;
    let mut rolling = tokens[..n - 1].iter().fold(0, |rolling: u64, &token| rolling.rotate_left(ROTATION) ^ token);
    let mut leaving = 0;
    shingles.extend(tokens[n - 1..].iter().zip(tokens).map(|(&entering, &first)| {
        rolling = rolling.rotate_left(ROTATION) ^ entering ^ u64::rotate_left(leaving, oldest);
        leaving = first;
        fold_multiply(rolling ^ MASK, FACTOR)
    }));
}

/// The hash of one shingle, not rolled.
#[cfg(test)]
pub(crate) fn hash_shingle_reference(tokens: &[u64]) -> u64 {
    let last = tokens.len() - 1;
    let mixed =
        tokens.iter().enumerate().fold(0, |mixed, (i, token)| mixed ^ token.rotate_left(ROTATION * (last - i) as u32));
    fold_multiply(mixed ^ MASK, FACTOR)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rolling_is_hashing_each_shingle(tokens in prop::collection::vec(any::<u64>(), 0..60), n in 1_usize..=16) {
            let mut rolled = Vec::new();
            hash_shingles(&tokens, n, &mut rolled);
            let each: Vec<u64> = tokens.windows(n).map(hash_shingle_reference).collect();
            prop_assert_eq!(rolled, each);
        }
    }
}

//! Shingles: `n` tokens in a row, hashed by rolling over the hashes of the tokens.
//!
//! The hash of the tokens `h[0], …, h[n-1]` is their cyclic polynomial, `rotl(h[0], 11(n-1)) ^ … ^ rotl(h[n-1], 0)`, folded
//! by the products of its halves with two constants. Source: J. Cohen, "Recursive hashing functions for n-grams", 1997.

/// Rotation by which each token is older than the next, bits. Odd, so that up to 64 tokens rotate differently.
const ROTATION: u32 = 11;
/// Factors of the low and the high half of a cyclic polynomial, 32 bits each and odd.
const FACTORS: [u64; 2] = [0x9E37_79B1, 0x85EB_CA77];

/// Replaces `shingles` by the hashes of all runs of `n` tokens, in order, repeats included; none if there are fewer.
#[inline(always)]
pub(crate) fn hash_shingles(tokens: &[u64], n: usize, shingles: &mut Vec<u64>) {
    let Some(count) = (tokens.len() + 1).checked_sub(n) else { return shingles.clear() };
    if n == 5 {
        return hash_fives(tokens, count, shingles);
    }
    shingles.clear();
    let oldest = ROTATION * n as u32;
    let mut rolling = tokens[..n - 1].iter().fold(0, |rolling: u64, &token| rolling.rotate_left(ROTATION) ^ token);
    let mut leaving = 0;
    shingles.extend(tokens[n - 1..].iter().zip(tokens).map(|(&entering, &first)| {
        rolling = rolling.rotate_left(ROTATION) ^ entering ^ u64::rotate_left(leaving, oldest);
        leaving = first;
        mix(rolling)
    }));
}

/// The same for the usual length, each shingle by itself, which becomes vector instructions.
#[inline(always)]
fn hash_fives(tokens: &[u64], count: usize, shingles: &mut Vec<u64>) {
    let five = [0, 1, 2, 3, 4].map(|first| &tokens[first..first + count]);
    shingles.resize(count, 0);
    for (i, shingle) in shingles.iter_mut().enumerate() {
        let turned = |n: usize| five[n][i].rotate_left(ROTATION * (4 - n as u32));
        *shingle = mix(turned(0) ^ turned(1) ^ turned(2) ^ turned(3) ^ turned(4));
    }
}

/// Makes the order of hashes one of chance: two products of 32 × 32 bits, each half of the result from both.
#[inline(always)]
fn mix(polynomial: u64) -> u64 {
    let (low, high) = ((polynomial & 0xFFFF_FFFF) * FACTORS[0], (polynomial >> 32) * FACTORS[1]);
    low ^ high.rotate_left(32)
}

/// The hash of one shingle, not rolled.
#[cfg(test)]
pub(crate) fn hash_shingle_reference(tokens: &[u64]) -> u64 {
    let last = tokens.len() - 1;
    let mixed =
        tokens.iter().enumerate().fold(0, |mixed, (i, token)| mixed ^ token.rotate_left(ROTATION * (last - i) as u32));
    mix(mixed)
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

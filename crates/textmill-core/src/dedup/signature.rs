//! `MinHash` signatures of shingle sets, and the band keys cut from them.
//!
//! One-permutation hashing: each shingle is hashed once, to a bin and a value, and each bin keeps its least value. A bin
//! that stays empty takes the least of a multiplicative hash of its own over all shingles, as in plain `MinHash`. So each
//! bin agrees in two documents with the probability of their Jaccard similarity, bins are as good as independent, and
//! short documents are treated as well as long ones. It needs about one step per shingle, and `bins * exp(-n / bins)`
//! further passes over `n` shingles, which is less than `0.37 * bins²` steps for any `n`.
//!
//! Source: P. Li, A. Owen, C.-H. Zhang, "One permutation hashing", 2012; the filling of empty bins is the last round of
//! S. Dahlgaard, M. B. T. Knudsen, M. Thorup, "Fast similarity sketching", 2017.

use super::config::{Bands, MAX_MINIMA};
use super::token::fold_multiply;

/// Marks an empty bin; no value reaches it.
const EMPTY: u32 = u32::MAX;

/// Set in the value of a bin that was filled afterwards, so that it never equals one that was hit.
const FILLED: u32 = 1 << 31;

/// Replaces `signature` by the minima of the shingles, of which there is at least one; repeats do not matter. At most
/// [`MAX_MINIMA`] minima.
#[inline(always)]
pub(crate) fn sign(shingles: &[u64], minima: usize, signature: &mut Vec<u32>) {
    // Two by turns: one shingle need not wait for the bin of the one before it.
    let mut least = [[EMPTY; MAX_MINIMA]; 2];
    let mut put = |turn: usize, shingle: u64| {
        let bin = &mut least[turn][bin_of(shingle, minima) % MAX_MINIMA];
        *bin = (*bin).min(value_of(shingle));
    };
    let (pairs, odd) = shingles.as_chunks::<2>();
    for pair in pairs {
        put(0, pair[0]);
        put(1, pair[1]);
    }
    odd.iter().for_each(|&shingle| put(0, shingle));
    signature.resize(minima, EMPTY);
    for (bin, (&one, &other)) in signature.iter_mut().zip(least[0].iter().zip(&least[1])) {
        *bin = one.min(other);
    }
    for (bin, value) in signature.iter_mut().enumerate().filter(|(_, value)| **value == EMPTY) {
        let (mask, factor) = permutation(bin);
        let least = shingles.iter().fold(u32::MAX, |least, &shingle| least.min(permuted(shingle, mask, factor)));
        *value = FILLED | least >> 1;
    }
}

#[inline(always)]
fn bin_of(shingle: u64, minima: usize) -> usize {
    (((shingle & 0xFFFF_FFFF) * minima as u64) >> 32) as usize
}

/// 31 bits, less than [`FILLED`].
#[inline(always)]
fn value_of(shingle: u64) -> u32 {
    (shingle >> 33) as u32
}

#[inline(always)]
fn permuted(shingle: u64, mask: u32, factor: u32) -> u32 {
    ((shingle >> 16) as u32 ^ mask).wrapping_mul(factor)
}

/// The mask and the odd factor by which a bin hashes for itself.
#[inline(always)]
fn permutation(bin: usize) -> (u32, u32) {
    let mixed = fold_multiply((bin as u64 + 1) ^ 0x2D35_8DCC_AA6C_78A5, 0x8BB8_4B93_962E_ACC9);
    (mixed as u32, (mixed >> 32) as u32 | 1)
}

/// Replaces `keys` by one key for each band of the signature.
#[inline(always)]
pub(crate) fn band_keys(signature: &[u32], bands: Bands, keys: &mut Vec<u64>) {
    keys.resize(bands.count, 0);
    for (band, (key, rows)) in keys.iter_mut().zip(signature.chunks_exact(bands.rows)).enumerate() {
        *key = rows.iter().fold(band as u64 + 1, |key, &value| {
            fold_multiply(key ^ 0x9FB2_1C65_1E98_DF25, u64::from(value) ^ 0xA24B_AED4_963E_E407)
        });
    }
}

/// The signature by its definition: for each bin, the least value of the shingles that hash there, or else the least of
/// the bin's own hash over all.
pub fn signature_reference(shingles: &[u64], minima: usize) -> Vec<u32> {
    (0..minima)
        .map(|bin| {
            let own =
                shingles.iter().filter(|&&shingle| bin_of(shingle, minima) == bin).map(|&shingle| value_of(shingle));
            let (mask, factor) = permutation(bin);
            own.min().or_else(|| {
                let all = shingles.iter().map(|&shingle| permuted(shingle, mask, factor));
                all.min().map(|least| FILLED | least >> 1)
            })
        })
        .map(|value| value.unwrap_or(EMPTY))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Random numbers for the error measurement: splitmix64.
    pub(super) fn random(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (*state ^ *state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    proptest! {
        #[test]
        fn signing_does_what_the_definition_says(
            shingles in prop::collection::vec(any::<u64>(), 1..300), minima in 1_usize..=128,
        ) {
            let mut signature = Vec::new();
            sign(&shingles, minima, &mut signature);
            prop_assert_eq!(&signature, &signature_reference(&shingles, minima));
            prop_assert!(signature.iter().all(|&value| value != EMPTY));
        }
    }

    /// The error that 128 independent minima would have at J = 0.8 is 0.0354; see `benches/record/dedup.md`.
    #[test]
    fn the_share_of_agreeing_minima_estimates_the_similarity_of_short_and_long_documents() {
        for size in [10_usize, 60, 250, 2000] {
            let (mut squares, mut sum, pairs) = (0.0, 0.0, 300);
            let mut state = size as u64;
            for _ in 0..pairs {
                let shared: Vec<u64> = (0..size * 8 / 10).map(|_| random(&mut state)).collect();
                let mut with = || {
                    let mut all = shared.clone();
                    all.extend((0..size / 10).map(|_| random(&mut state)));
                    let mut signature = Vec::new();
                    sign(&all, 128, &mut signature);
                    signature
                };
                let (first, second) = (with(), with());
                let agreeing = first.iter().zip(&second).filter(|(a, b)| a == b).count();
                let error = agreeing as f64 / 128.0 - 0.8;
                squares += error * error;
                sum += error;
            }
            let rmse = (squares / f64::from(pairs)).sqrt();
            assert!(rmse < 0.042, "{size} shingles: {rmse}");
            assert!((sum / f64::from(pairs)).abs() < 0.008, "{size} shingles: biased by {}", sum / f64::from(pairs));
        }
    }
}

//! The sample of the shingles of a long text: those with the least hashes.

/// Replaces the beginning of `sampled` by the hashes whose `level` highest bits are zero; returns how many they are.
#[inline(always)]
pub(super) fn sample(hashes: &[u64], level: u8, sampled: &mut Vec<u64>) -> usize {
    let mut n_sampled = 0;
    // Room for each piece as if all of it were kept, and no more: a long text keeps one in thousands.
    for piece in hashes.chunks(SAMPLED_AT_ONCE) {
        if sampled.len() < n_sampled + piece.len() + 1 {
            sampled.resize(n_sampled + piece.len() + 1, 0);
        }
        for &hash in piece {
            sampled[n_sampled] = hash;
            n_sampled += usize::from(hash >> (64 - level) == 0);
        }
    }
    n_sampled
}

/// Hashes that are looked through at once: 256 KiB of them.
const SAMPLED_AT_ONCE: usize = 32 << 10;

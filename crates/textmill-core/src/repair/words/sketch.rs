//! Counting contexts in 64 bits: how often a word stood between different neighbours.
//!
//! A count of contexts and not of places, so that a line that a thousand pages repeat votes once. The sketch is a set of
//! bits, and the sketch of two texts is the union of theirs: in any order, in any grouping, twice or once.
//!
//! Source: K.-Y. Whang and others, "A linear-time probabilistic counting algorithm for database applications", 1990;
//! the sampled segments follow C. Estan and others, "Bitmap algorithms for counting active flows", 2003.

use std::sync::LazyLock;

/// The segments: first bit, bits, and of how many contexts one is noted there (a sixteenth of what the one before leaves).
const SEGMENTS: [(u32, u32, f32); 4] =
    [(0, 24, 16.0 / 15.0), (24, 16, 256.0 / 15.0), (40, 16, 4096.0 / 15.0), (56, 8, 4096.0)];

/// The bit of a context.
#[inline]
pub(crate) fn bit_of(context: u64) -> u64 {
    // The high bits choose the segment, those below them the place in it.
    let segment = (context.leading_zeros() / 4).min(3) as usize;
    let (first, bits, _) = SEGMENTS[segment];
    let place = u64::from((context >> 16) as u32);
    1 << (first + ((place * u64::from(bits)) >> 32) as u32)
}

/// About how many contexts set these bits.
pub(crate) fn estimate(sketch: u64) -> f32 {
    if sketch == 0 {
        return 0.0;
    }
    let mut best = 1.0;
    for (first, bits, one_of) in SEGMENTS {
        let set = (sketch >> first & ((1 << bits) - 1)).count_ones();
        best = FREE_TO_COUNT[(bits / 8 - 1) as usize][set as usize] * one_of;
        // A segment that is nearly full says little; the next one, sampled more thinly, says more.
        if set * 8 <= bits * 7 {
            break;
        }
    }
    best.max(1.0)
}

/// For segments of 8, 16 and 24 bits: about how many contexts set so many of them, `-m * ln(1 - set / m)`.
static FREE_TO_COUNT: LazyLock<[[f32; 25]; 3]> = LazyLock::new(|| {
    std::array::from_fn(|i| {
        let full = (8 * (i + 1)) as f32;
        std::array::from_fn(|set| -full * ((full - set as f32).max(0.5) / full).ln())
    })
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repair::words::key::mix;

    #[test]
    fn estimates_are_near_enough_for_logarithms() {
        for (n, factor) in [
            (1_u64, 1.1),
            (2, 1.6),
            (5, 1.6),
            (20, 1.8),
            (60, 2.0),
            (200, 2.0),
            (1000, 2.5),
            (5000, 3.0),
            (20_000, 4.0),
        ] {
            let sketch = (0..n).fold(0, |bits, i| bits | bit_of(mix(mix(i).rotate_left(7) ^ n)));
            let ratio = estimate(sketch) / n as f32;
            assert!((1.0 / factor..=factor).contains(&ratio), "{n} contexts are estimated as {}", estimate(sketch));
        }
    }
}

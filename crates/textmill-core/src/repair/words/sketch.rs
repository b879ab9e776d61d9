//! Counting contexts in 64 bits: how often a word stood between different neighbours.
//!
//! A count of contexts and not of places, so that a line that a thousand pages repeat votes once. The sketch is a set of
//! bits, and the sketch of two texts is the union of theirs: in any order, in any grouping, twice or once.
//!
//! Source: K.-Y. Whang and others, "A linear-time probabilistic counting algorithm for database applications", 1990;
//! the sampled segments follow C. Estan and others, "Bitmap algorithms for counting active flows", 2003.

/// The segments: first bit, bits, and by which power of two the contexts are sampled.
const SEGMENTS: [(u32, u32, u32); 4] = [(0, 24, 0), (24, 16, 4), (40, 16, 8), (56, 8, 12)];

/// The bit of a context.
#[inline]
pub(crate) fn bit_of(context: u64) -> u64 {
    // The low bits choose the segment, the high bits the place in it.
    let place = (context >> 32) as u32;
    let (first, bits) = if context & 0xF != 0 {
        (0, 24)
    } else if context & 0xF0 != 0 {
        (24, 16)
    } else if context & 0xF00 != 0 {
        (40, 16)
    } else {
        (56, 8)
    };
    1 << (first + ((u64::from(place) * bits) >> 32))
}

/// About how many contexts set these bits.
pub(crate) fn estimate(sketch: u64) -> f32 {
    if sketch == 0 {
        return 0.0;
    }
    for (first, bits, sampled) in SEGMENTS {
        let set = (sketch >> first & ((1 << bits) - 1)).count_ones();
        // A segment that is nearly full says little; the next one, sampled more thinly, says more.
        if set * 8 <= bits * 7 || first == 56 {
            let full = bits as f32;
            let free = (full - set as f32).max(0.5);
            let here = -full * (free / full).ln() * (1 << sampled) as f32;
            return here.max(1.0);
        }
    }
    1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repair::words::key::mix;

    #[test]
    fn estimates_are_within_a_factor_of_two_from_one_context_to_a_hundred_thousand() {
        for n in [1_u64, 2, 5, 20, 60, 200, 1000, 5000, 20_000] {
            let sketch = (0..n).fold(0, |bits, i| bits | bit_of(mix(i + 7 * n)));
            let ratio = estimate(sketch) / n as f32;
            assert!((0.45..2.2).contains(&ratio), "{n} contexts are estimated as {}", estimate(sketch));
        }
    }
}

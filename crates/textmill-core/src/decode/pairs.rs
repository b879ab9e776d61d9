//! How often bytes follow each other in some windows: all that single-byte charsets are judged by.

use std::ops::Range;

/// Bytes that are not ASCII from which their surroundings are judged by the windows alone.
const FEW_HIGH: usize = 16;

/// The most that a change of script costs a word, in quarters of a bit.
const MAX_SWITCH_COST: u32 = 64;

/// Two bytes that follow each other, and how often they do.
pub(super) type Pair = (u8, u8, u32);

/// Counts of the pairs of adjacent bytes, and of some that stand alone.
pub(super) struct Pairs {
    /// Pairs of ASCII bytes.
    pub(super) ascii: Vec<Pair>,
    /// All others.
    pub(super) high: Vec<Pair>,
    /// How many bytes are not ASCII.
    pub(super) n_high: usize,
    /// How many of these stand between ASCII, and not before a digit.
    n_lone: usize,
    /// What it costs that a word is not in the script of the ASCII letters around it: the less, the fewer there are.
    pub(super) switch_cost: u32,
    /// The bytes from 0x80 that stand alone somewhere.
    pub(super) alone: Vec<Alone>,
}

/// How often a byte from 0x80 stands alone.
#[derive(Clone, Copy)]
pub(super) struct Alone {
    pub(super) byte: u8,
    /// Between two ASCII letters.
    pub(super) in_words: u32,
    /// Between spaces and signs, with ASCII before and after these.
    pub(super) isolated: u32,
}

impl Pairs {
    /// Counts over the windows of `bytes`.
    pub(super) fn of(bytes: &[u8], windows: &[Range<usize>], counts: &mut AsciiCounts) -> Pairs {
        let n_high: usize = windows.iter().map(|window| n_high(&bytes[window.clone()])).sum();
        let mut high = HighCounts::new(2 * n_high);
        let mut in_words = [0; 128];
        let mut isolated = [0; 128];
        let mut n_lone = 0;
        for window in windows {
            let window = &bytes[window.clone()];
            let mut before = b' ';
            let mut at = 0;
            while at < window.len() {
                // From here on pairs are ASCII, and then there are others.
                at += counts.add(before, &window[at..]);
                before = if at > 0 { window[at - 1] } else { before };
                while let Some(&byte) = window.get(at).filter(|&&byte| (before | byte) >= 0x80) {
                    high.add(before, byte);
                    if byte >= 0x80 {
                        let after = window.get(at + 1).copied().unwrap_or(b' ');
                        if (before | after) < 0x80 {
                            n_lone += usize::from(!after.is_ascii_digit());
                            let far = [at.wrapping_sub(2), at + 2].map(|at| window.get(at).is_none_or(u8::is_ascii));
                            match (before.is_ascii_alphabetic(), after.is_ascii_alphabetic()) {
                                (true, true) => in_words[usize::from(byte - 0x80)] += 1,
                                (false, false) if far == [true, true] => isolated[usize::from(byte - 0x80)] += 1,
                                _ => {}
                            }
                        }
                    }
                    before = byte;
                    at += 1;
                }
            }
        }
        let ascii = counts.take();
        let high = high.most_frequent_first();
        let letters = |pairs: &[Pair]| {
            pairs.iter().filter(|pair| pair.1.is_ascii_alphabetic()).map(|pair| pair.2 as usize).sum::<usize>()
        };
        // A few bytes among many are judged by all of the text, many by what is around them.
        let n_around = if n_high < FEW_HIGH { bytes.len() } else { 1 + letters(&ascii) + letters(&high) + n_high };
        let share = n_high.max(1) as f64 / n_around.max(1) as f64;
        let switch_cost = ((-4.0 * share.log2()) as u32).min(MAX_SWITCH_COST);
        let alone = (0x80..=0xFF).zip(in_words.into_iter().zip(isolated));
        let alone = alone
            .map(|(byte, (in_words, isolated))| Alone { byte, in_words, isolated })
            .filter(|alone| alone.in_words + alone.isolated > 0)
            .collect();
        Pairs { ascii, high, n_high, n_lone, switch_cost, alone }
    }

    /// Whether most bytes that are not ASCII have only ASCII around them, as those of Latin text.
    pub(super) fn is_sparse(&self) -> bool {
        2 * self.n_lone > self.n_high
    }

    /// Whether hardly any charset of several bytes leaves so many bytes alone between ASCII: a second byte that is ASCII
    /// is one in three at most, and a digit only where four bytes are a character.
    pub(super) fn is_of_single_bytes(&self) -> bool {
        self.n_high >= MANY_HIGH && 4 * self.n_lone >= 3 * self.n_high
    }
}

/// Bytes that are not ASCII from which it is believed that they are not of pairs.
const MANY_HIGH: usize = 8;

/// How many bytes are not ASCII.
fn n_high(bytes: &[u8]) -> usize {
    // Sums of up to 128 ones fit a byte, and such sums are made many at a time.
    bytes.chunks(128).map(|block| usize::from(block.iter().map(|byte| byte >> 7).sum::<u8>())).sum()
}

/// Counts of pairs of ASCII bytes, all zero between two samples.
pub(super) struct AsciiCounts {
    /// By the first and the second of the pair, seven bits each.
    counts: Vec<u16>,
    /// The places that are not zero, and one more.
    used: Vec<u16>,
    n_used: usize,
}

impl AsciiCounts {
    pub(super) fn new() -> AsciiCounts {
        AsciiCounts { counts: vec![0; N_ASCII_PAIRS], used: vec![0; N_ASCII_PAIRS + 1], n_used: 0 }
    }

    /// Counts the pairs up to the first byte that is not ASCII, and returns its place; none if `before` is not.
    #[inline]
    fn add(&mut self, mut before: u8, bytes: &[u8]) -> usize {
        if before >= 0x80 {
            return 0;
        }
        for (at, &byte) in bytes.iter().enumerate() {
            if byte >= 0x80 {
                return at;
            }
            let place = u16::from(before) << 7 | u16::from(byte);
            // A sample has less than 1 << 16 bytes.
            let count = &mut self.counts[usize::from(place)];
            // Written in any case, and kept if it is new: whether a pair is new cannot be foretold.
            self.used[self.n_used] = place;
            self.n_used += usize::from(*count == 0);
            *count += 1;
            before = byte;
        }
        bytes.len()
    }

    fn take(&mut self) -> Vec<Pair> {
        let used = self.used[..std::mem::take(&mut self.n_used)].iter();
        used.map(|&place| {
            let count = std::mem::take(&mut self.counts[usize::from(place)]);
            ((place >> 7) as u8, (place & 0x7F) as u8, u32::from(count))
        })
        .collect()
    }
}

const N_ASCII_PAIRS: usize = 1 << 14;

/// Counts of the other pairs, in a table with open addressing.
struct HighCounts {
    /// `pair << 16 | count`; a count of zero is a free slot. Their number is a power of two, at least twice that of the
    /// pairs.
    slots: Vec<u32>,
    /// By how much a hash is shifted to be a slot.
    shift: u32,
    /// The slots that are not free.
    used: Vec<u32>,
}

impl HighCounts {
    /// A table for so many pairs.
    fn new(n_pairs: usize) -> HighCounts {
        let n_slots = (2 * n_pairs).next_power_of_two().max(64);
        HighCounts {
            slots: vec![0; n_slots],
            shift: 32 - n_slots.trailing_zeros(),
            used: Vec::with_capacity(n_pairs.min(256)),
        }
    }

    #[inline]
    fn add(&mut self, first: u8, second: u8) {
        let pair = u32::from(first) << 8 | u32::from(second);
        let mut at = (pair.wrapping_mul(0x9E37_79B1) >> self.shift) as usize;
        loop {
            at &= self.slots.len() - 1;
            let slot = &mut self.slots[at];
            // A sample has less than 1 << 16 bytes, so that the count stays below the pair.
            if *slot == 0 {
                *slot = pair << 16 | 1;
                self.used.push(at as u32);
                return;
            }
            if *slot >> 16 == pair {
                *slot += 1;
                return;
            }
            at += 1;
        }
    }

    /// The pairs by their count: the most frequent tell soonest which charset is out.
    fn most_frequent_first(&self) -> Vec<Pair> {
        // Above some count, which comes first no longer matters.
        let rank = |count: u32| N_RANKS - (count as usize).min(N_RANKS);
        let mut starts = [0; N_RANKS + 1];
        for &at in &self.used {
            starts[rank(self.slots[at as usize] & 0xFFFF) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut pairs = vec![(0, 0, 0); self.used.len()];
        for &at in &self.used {
            let slot = self.slots[at as usize];
            let place = &mut starts[rank(slot & 0xFFFF)];
            pairs[*place] = ((slot >> 24) as u8, (slot >> 16) as u8, slot & 0xFFFF);
            *place += 1;
        }
        pairs
    }
}

/// Counts that are told apart in the order of pairs.
const N_RANKS: usize = 32;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counts_every_pair(bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0x60_u8..0x68, 0xE0_u8..0xE4], 1..3000)) {
            let all = 0..bytes.len();
            let mut counts = AsciiCounts::new();
            // Nothing is left of another sample.
            Pairs::of(&bytes[bytes.len() / 2..], std::slice::from_ref(&(0..bytes.len() / 4)), &mut counts);
            let pairs = Pairs::of(&bytes, std::slice::from_ref(&all), &mut counts);
            let mut expected = BTreeMap::new();
            let mut before = b' ';
            for &byte in &bytes {
                *expected.entry((before, byte)).or_insert(0) += 1;
                before = byte;
            }
            let found: BTreeMap<_, _> =
                pairs.ascii.iter().chain(&pairs.high).map(|&(first, second, count)| ((first, second), count)).collect();
            prop_assert_eq!(found, expected);
            prop_assert!(pairs.ascii.iter().all(|pair| pair.0 < 0x80 && pair.1 < 0x80));
            prop_assert!(pairs.high.windows(2).all(|two| two[0].2.min(32) >= two[1].2.min(32)));
            prop_assert_eq!(pairs.n_high, bytes.iter().filter(|byte| !byte.is_ascii()).count());
        }
    }
}

//! How often bytes follow each other in some windows: all that single-byte charsets are judged by.

use std::ops::Range;

/// Bytes that are not ASCII from which their surroundings are judged by the windows alone.
const FEW_HIGH: usize = 16;

/// The most that a change of script costs a word, in quarters of a bit.
const MAX_SWITCH_COST: u32 = 64;

/// Counts of the pairs of adjacent bytes, and of some that stand alone.
pub(super) struct Pairs {
    /// Pairs of ASCII bytes.
    pub(super) ascii: Vec<(u8, u8, u32)>,
    /// All others.
    pub(super) high: Vec<(u8, u8, u32)>,
    /// How many bytes are not ASCII.
    pub(super) n_high: usize,
    /// What it costs that a word is not in the script of the ASCII letters around it: the less, the fewer there are.
    pub(super) switch_cost: u32,
    /// How often each byte from 0x80 stands alone between two ASCII letters.
    pub(super) in_words: [u32; 128],
    /// How often it stands alone between spaces and signs, with ASCII before and after these.
    pub(super) isolated: [u32; 128],
}

impl Pairs {
    /// Counts over the windows of `bytes`.
    pub(super) fn of(bytes: &[u8], windows: &[Range<usize>]) -> Pairs {
        let mut counts = Counts::new();
        let mut in_words = [0; 128];
        let mut isolated = [0; 128];
        let mut n_ascii_letters = 1;
        let mut n_high = 0_usize;
        for window in windows {
            let window = &bytes[window.clone()];
            let mut before = b' ';
            for (at, &byte) in window.iter().enumerate() {
                counts.add(before, byte);
                n_ascii_letters += usize::from(byte.is_ascii_alphabetic());
                if byte >= 0x80 {
                    n_high += 1;
                    let after = window.get(at + 1).copied().unwrap_or(b' ');
                    if (before | after) < 0x80 {
                        let far = [at.wrapping_sub(2), at + 2].map(|at| window.get(at).is_none_or(u8::is_ascii));
                        match (before.is_ascii_alphabetic(), after.is_ascii_alphabetic()) {
                            (true, true) => in_words[usize::from(byte - 0x80)] += 1,
                            (false, false) if far == [true, true] => isolated[usize::from(byte - 0x80)] += 1,
                            _ => {}
                        }
                    }
                }
                before = byte;
            }
        }
        // A few bytes among many are judged by all of the text, many by what is around them.
        let n_around = if n_high < FEW_HIGH { bytes.len() } else { n_ascii_letters + n_high };
        let share = n_high.max(1) as f64 / n_around.max(1) as f64;
        let switch_cost = ((-4.0 * share.log2()) as u32).min(MAX_SWITCH_COST);
        let (ascii, mut high): (Vec<_>, Vec<_>) =
            counts.iter().partition(|&(first, second, _)| (first | second) < 0x80);
        // The most frequent first: they tell soonest which charset is out.
        high.sort_unstable_by_key(|&(first, second, count)| (std::cmp::Reverse(count), first, second));
        Pairs { ascii, high, n_high, switch_cost, in_words, isolated }
    }
}

/// Slots for pairs; a power of two above the number of pairs that a sample can have.
const N_SLOTS: usize = 1 << 14;

/// A table of counts by pair, with open addressing.
struct Counts {
    /// `pair << 16 | count`; a count of zero is a free slot.
    slots: Vec<u32>,
}

impl Counts {
    fn new() -> Counts {
        Counts { slots: vec![0; N_SLOTS] }
    }

    fn add(&mut self, first: u8, second: u8) {
        let pair = u32::from(first) << 8 | u32::from(second);
        let mut at = (pair.wrapping_mul(0x9E37_79B1) >> 18) as usize;
        loop {
            let slot = &mut self.slots[at % N_SLOTS];
            if *slot == 0 || *slot >> 16 == pair {
                // A sample has less than 1 << 16 bytes, so that the count stays below the pair.
                *slot = (*slot).max(pair << 16) + 1;
                return;
            }
            at += 1;
        }
    }

    fn iter(&self) -> impl Iterator<Item = (u8, u8, u32)> {
        self.slots.iter().filter(|&&slot| slot != 0).map(|slot| ((slot >> 24) as u8, (slot >> 16) as u8, slot & 0xFFFF))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counts_every_pair(bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0x60_u8..0x68, 0xE0_u8..0xE4], 1..3000)) {
            let all = 0..bytes.len();
            let pairs = Pairs::of(&bytes, std::slice::from_ref(&all));
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
        }
    }
}

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
    pub(super) fn of(bytes: &[u8], windows: &[Range<usize>]) -> Pairs {
        let mut counts = Counts::new(windows.iter().map(ExactSizeIterator::len).sum());
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
        // As numbers: the complement of the count, then the pair.
        let pack = |slot: u32| slot << 16 ^ 0xFFFF_0000 | slot >> 16;
        let ascii = counts.ascii().map(pack).collect();
        let mut high: Vec<u32> = counts.high().map(pack).collect();
        // The most frequent first: they tell soonest which charset is out.
        high.sort_unstable();
        let pairs = |packed: Vec<u32>| {
            packed.iter().map(|&pair| ((pair >> 8) as u8, pair as u8, !pair >> 16)).collect::<Vec<_>>()
        };
        let alone = (0x80..=0xFF).zip(in_words.into_iter().zip(isolated));
        let alone = alone
            .map(|(byte, (in_words, isolated))| Alone { byte, in_words, isolated })
            .filter(|alone| alone.in_words + alone.isolated > 0)
            .collect();
        Pairs { ascii: pairs(ascii), high: pairs(high), n_high, switch_cost, alone }
    }
}

/// Counts by pair: those of ASCII each in its place, all others in a table with open addressing.
struct Counts {
    /// By the first and the second of the pair, seven bits each.
    ascii: Vec<u16>,
    /// The places that are not zero.
    ascii_used: Vec<u16>,
    /// `pair << 16 | count`; a count of zero is a free slot. Their number is a power of two, at least twice that of the
    /// pairs.
    slots: Vec<u32>,
    /// By how much a hash is shifted to be a slot.
    shift: u32,
    /// The slots that are not free.
    used: Vec<u32>,
}

impl Counts {
    /// A table for a sample of so many bytes.
    fn new(n_bytes: usize) -> Counts {
        let n_slots = (2 * n_bytes).next_power_of_two().max(64);
        Counts {
            ascii: vec![0; 1 << 14],
            ascii_used: Vec::with_capacity(512),
            slots: vec![0; n_slots],
            shift: 32 - n_slots.trailing_zeros(),
            used: Vec::with_capacity(256),
        }
    }

    #[inline]
    fn add(&mut self, first: u8, second: u8) {
        if (first | second) < 0x80 {
            let place = u16::from(first) << 7 | u16::from(second);
            let count = &mut self.ascii[usize::from(place)];
            if *count == 0 {
                self.ascii_used.push(place);
            }
            // A sample has less than 1 << 16 bytes.
            *count += 1;
            return;
        }
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

    /// The pairs of ASCII, as slots have them.
    fn ascii(&self) -> impl Iterator<Item = u32> {
        let pair = |place: u16| u32::from(place >> 7) << 8 | u32::from(place & 0x7F);
        self.ascii_used.iter().map(move |&place| pair(place) << 16 | u32::from(self.ascii[usize::from(place)]))
    }

    /// The slots that are not free.
    fn high(&self) -> impl Iterator<Item = u32> {
        self.used.iter().map(|&at| self.slots[at as usize])
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

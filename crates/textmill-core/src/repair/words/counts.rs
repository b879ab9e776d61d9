//! What was learned about words from the texts of one window of the stream.

use super::key::{Kind, WordKey};
use super::learn;
use super::sketch;

/// How many keys a window's counts hold at most: 16 bytes each, in a table at most two thirds full.
const MAX_KEYS: usize = 1 << 20;

/// Counts of words, hyphenated compounds and suspended hyphens, learned from mid-line text only.
///
/// The result of learning is the same whatever the order and grouping of the texts: [`WordCounts::merge`] is commutative
/// and associative. Memory is bounded: beyond 1,048,576 keys, those whose hash is in the upper half go, then the upper
/// three quarters, and so on, which is a function of the set of keys and not of the order in which they came.
#[derive(Clone, Debug)]
pub struct WordCounts {
    /// Keys and their sketches; key 0 is a free slot. Power of two, linear probing.
    slots: Vec<(u64, u64)>,
    len: usize,
    /// Keys with fewer leading zero bits than this were dropped.
    level: u32,
    /// Words learned, in all.
    words: u64,
    /// Compounds learned, in all.
    compounds: u64,
}

impl Default for WordCounts {
    fn default() -> WordCounts {
        WordCounts::new()
    }
}

impl WordCounts {
    /// No counts.
    pub fn new() -> WordCounts {
        WordCounts { slots: Vec::new(), len: 0, level: 0, words: 0, compounds: 0 }
    }

    /// Learns the words and compounds of one document.
    ///
    /// Only what stands inside a line is learned: the first and the last word of a line may be fragments. A document with
    /// nothing to repair is sampled, as a function of its text alone.
    pub fn learn(&mut self, text: &str) {
        learn::learn(self, text);
    }

    /// Adds what `other` learned.
    pub fn merge(&mut self, other: &WordCounts) {
        self.add_words(other.words, other.compounds);
        if other.level > self.level {
            self.raise_level(other.level);
        }
        for &(key, bits) in &other.slots {
            if key != 0 {
                self.add_bits(key, bits);
            }
        }
    }

    /// What both learned.
    #[must_use]
    pub fn union(self, other: &WordCounts) -> WordCounts {
        // The larger one is copied and not built again.
        let (mut all, less) = if self.len < other.len { (other.clone(), &self) } else { (self, other) };
        all.merge(less);
        all
    }

    /// How many different words, compounds and parts of compounds are known.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was learned.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many words were learned, repetitions included.
    pub(crate) fn words(&self) -> u64 {
        self.words
    }

    /// How many hyphenated compounds were learned for each word, repetitions included.
    pub(crate) fn compound_rate(&self) -> f32 {
        // A thousand words with five compounds are assumed before any is read.
        ((self.compounds as f32 + 5.0) / (self.words as f32 + 1000.0)).clamp(0.001, 0.03)
    }

    /// Notes that so many words and compounds were read.
    pub(crate) fn add_words(&mut self, words: u64, compounds: u64) {
        self.words = self.words.saturating_add(words);
        self.compounds = self.compounds.saturating_add(compounds);
    }

    /// In about how many contexts the word stood as `kind`.
    pub(crate) fn count(&self, word: WordKey, kind: Kind) -> f32 {
        sketch::estimate(self.bits(word.as_kind(kind)))
    }

    /// In about how many contexts the compound `left-right` stood.
    pub(crate) fn count_compound(&self, left: WordKey, right: WordKey) -> f32 {
        sketch::estimate(self.bits(left.compound(right)))
    }

    /// Brings the place of a key into the cache.
    #[inline]
    pub(crate) fn prefetch(&self, key: u64) {
        #[cfg(target_arch = "x86_64")]
        if let Some(slot) = self.slots.get(key as usize & self.slots.len().wrapping_sub(1)) {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            // SAFETY: prefetching reads nothing that the program sees, and the address is that of a slot.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(slot).cast()) };
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = key;
    }

    /// Notes one context of a table key.
    #[inline]
    pub(crate) fn add(&mut self, key: u64, context: u64) {
        self.add_bits(key, sketch::bit_of(context));
    }

    #[inline]
    fn add_bits(&mut self, key: u64, bits: u64) {
        let key = key.max(1);
        if key.leading_zeros() < self.level {
            return;
        }
        if self.len * 3 >= self.slots.len() * 2 {
            self.grow();
        }
        let slot = self.slot(key);
        let free = self.slots[slot].0 == 0;
        self.slots[slot].0 = key;
        self.slots[slot].1 |= bits;
        if free {
            self.len += 1;
            if self.len > MAX_KEYS {
                self.raise_level(self.level + 1);
            }
        }
    }

    #[inline]
    fn bits(&self, key: u64) -> u64 {
        // A free slot has an empty sketch.
        if self.slots.is_empty() { 0 } else { self.slots[self.slot(key.max(1))].1 }
    }

    /// The slot of a key, or the free slot where it would stand.
    #[inline]
    fn slot(&self, key: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = key as usize & mask;
        while self.slots[slot].0 != 0 && self.slots[slot].0 != key {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        /// Tables up to this size become four times as large at once, others twice.
        const LARGE: usize = 1 << 17;
        let times = if self.slots.len() < LARGE { 4 } else { 2 };
        self.rebuild((self.slots.len() * times).max(1 << 10));
    }

    fn raise_level(&mut self, level: u32) {
        self.level = level;
        self.rebuild(self.slots.len());
        while self.len > MAX_KEYS {
            self.level += 1;
            self.rebuild(self.slots.len());
        }
    }

    fn rebuild(&mut self, slots: usize) {
        let old = std::mem::replace(&mut self.slots, vec![(0, 0); slots]);
        self.len = 0;
        for (key, bits) in old {
            if key != 0 && key.leading_zeros() >= self.level {
                let slot = self.slot(key);
                self.slots[slot] = (key, bits);
                self.len += 1;
            }
        }
    }
}

impl PartialEq for WordCounts {
    /// Whether both learned the same; the order of their tables does not matter.
    fn eq(&self, other: &WordCounts) -> bool {
        let same = |&(key, bits): &(u64, u64)| key == 0 || other.bits(key) == bits;
        (self.words, self.compounds, self.level, self.len) == (other.words, other.compounds, other.level, other.len)
            && self.slots.iter().all(same)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn learned(texts: &[String]) -> WordCounts {
        let mut counts = WordCounts::new();
        for text in texts {
            counts.learn(text);
        }
        counts
    }

    proptest! {
        #[test]
        fn any_grouping_and_order_learns_the_same(
            texts in prop::collection::vec("([a-e]{1,3}[ -]){1,12}\n?([a-d]{1,3} ){0,9}", 0..8),
            cut in 0..8_usize,
        ) {
            let whole = learned(&texts);
            let cut = cut.min(texts.len());
            let (mut left, mut right) = (learned(&texts[..cut]), learned(&texts[cut..]));
            let (a, b) = (left.clone(), right.clone());
            left.merge(&b);
            right.merge(&a);
            prop_assert!(left == whole && right == whole);
        }
    }

    #[test]
    fn a_line_that_comes_again_and_again_votes_once() {
        let mut counts = WordCounts::new();
        for _ in 0..1000 {
            counts.learn("all rights are reserved by nobody here\nand nothing else to see");
        }
        assert!(counts.count(WordKey::of("rights").0, Kind::Word) < 2.0);
    }
}

//! Tokens of texts that mix characters without spaces and words: a word among such characters counts by its characters.
//!
//! In a Chinese manual a Latin word is one token among single characters, so that a change of ten Latin words would count
//! no more than that of ten characters. Therefore words are split where single characters are the most part of the tokens
//! around them. The rule looks no further than [`AROUND`] tokens, so a change in one place leaves the tokens elsewhere.

use super::fold::FoldTable;
use super::token::hash_character;

/// Tokens on each side by which it is judged whether a word stands among single characters: longer than most names and
/// phrases, shorter than a paragraph.
const AROUND: usize = 16;

/// Tokens of which the single characters stand in one word of bits.
const TOGETHER: usize = 64;

/// What the rule remembers of one text; kept for its room.
#[derive(Default)]
pub(crate) struct Mixed {
    /// A bit for each token: it is a single character. A word of zeros stands before them, and one behind.
    singles: Vec<u64>,
    /// Hashes of the tokens as they were.
    words: Vec<u64>,
}

impl Mixed {
    /// Replaces `hashes` by those of the tokens of a text of which some are single characters: words that stand among these
    /// give one hash for each of their characters. Returns the number of tokens that are single characters now. At least
    /// four bytes follow on the last end.
    #[inline(never)]
    pub(crate) fn split_words(
        &mut self,
        canonical: &[u8],
        ends: &[u32],
        table: &FoldTable,
        hashes: &mut Vec<u64>,
    ) -> usize {
        let mut singles = self.mark_singles(canonical, ends, table);
        let (mut begun, mut done) = (false, 0);
        for first in (0..ends.len()).step_by(TOGETHER) {
            let number = first / TOGETHER;
            let [before, own, after] = [0, 1, 2].map(|i| self.singles[number + i]);
            let mut words = !own & u64::MAX >> TOGETHER.saturating_sub(ends.len() - first);
            let around = u128::from(before >> (TOGETHER - AROUND))
                | u128::from(own) << AROUND
                | u128::from(after << (TOGETHER - AROUND)) << (2 * AROUND);
            // Most texts of words end here, and stretches of single characters.
            if around == 0 {
                continue;
            }
            while words != 0 {
                let offset = words.trailing_zeros() as usize;
                words &= words - 1;
                let word = first + offset;
                let n_around = word.min(AROUND) + (ends.len() - 1 - word).min(AROUND);
                let near = (around >> offset) as u64 & ((1 << (2 * AROUND + 1)) - 1);
                if 2 * near.count_ones() as usize <= n_around {
                    continue;
                }
                if !begun {
                    std::mem::swap(hashes, &mut self.words);
                    hashes.clear();
                    begun = true;
                }
                hashes.extend_from_slice(&self.words[done..word]);
                let start = if word == 0 { 0 } else { ends[word - 1] as usize + 1 };
                let n_before = hashes.len();
                let token = &canonical[start..ends[word] as usize];
                if token.is_ascii() {
                    hashes.extend(token.iter().map(|&c| hash_character(&[c])));
                } else {
                    hashes.extend(characters(token).map(hash_character));
                }
                singles += hashes.len() - n_before;
                done = word + 1;
            }
        }
        if begun {
            hashes.extend_from_slice(&self.words[done..ends.len()]);
        }
        singles
    }

    /// Marks the tokens that are single characters, and returns how many they are.
    #[inline(always)]
    fn mark_singles(&mut self, canonical: &[u8], ends: &[u32], table: &FoldTable) -> usize {
        self.singles.clear();
        self.singles.push(0);
        let (mut start, mut singles) = (0, 0);
        for together in ends.chunks(TOGETHER) {
            let mut bits = 0;
            for (offset, &end) in together.iter().enumerate() {
                let end = end as usize;
                let first = canonical[start..].first_chunk().copied().unwrap_or([b' '; 4]);
                // Such characters take three bytes or four.
                if (3..=4).contains(&(end - start)) && first[0] >= 0xE0 {
                    bits |= u64::from(table.is_single_token(first, end - start)) << offset;
                }
                start = end + 1;
            }
            self.singles.push(bits);
            singles += bits.count_ones() as usize;
        }
        self.singles.push(0);
        singles
    }
}

/// The bytes of each character.
fn characters(token: &[u8]) -> impl Iterator<Item = &[u8]> {
    token.chunk_by(|_, &next| next & 0xC0 == 0x80)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::dedup::CanonicalForm;
    use crate::dedup::token::hash_token;

    static TABLE: LazyLock<FoldTable> = LazyLock::new(|| FoldTable::new(CanonicalForm::default()));

    fn hashes(canonical: &str) -> (Vec<u64>, usize) {
        let tokens = || canonical.split_terminator(' ');
        let mut hashes: Vec<u64> = tokens().map(|token| hash_token(token.as_bytes())).collect();
        let ends: Vec<u32> = canonical.match_indices(' ').map(|(at, _)| at as u32).collect();
        let singles = Mixed::default().split_words(canonical.as_bytes(), &ends, &TABLE, &mut hashes);
        (hashes, singles)
    }

    fn expected(tokens: &str) -> Vec<u64> {
        tokens.split(' ').map(|token| hash_token(token.as_bytes())).collect()
    }

    #[test]
    fn a_word_among_single_characters_counts_by_its_characters() {
        assert_eq!(hashes("中 文 ab 字 é "), (expected("中 文 a b 字 é"), 6));
    }

    #[test]
    fn a_character_among_words_splits_none() {
        assert_eq!(hashes("one two 字 three four "), (expected("one two 字 three four"), 1));
    }

    #[test]
    fn the_words_after_the_last_character_stay_whole() {
        let text = format!("{}{}", "字 ".repeat(40), "word ".repeat(40));
        let (hashes, singles) = hashes(&text);
        let whole = hashes.iter().filter(|&&hash| hash == hash_token(b"word")).count();
        // The first word sees 16 characters and 16 words, which is not more.
        assert_eq!((whole, singles), (40, 40));
    }
}

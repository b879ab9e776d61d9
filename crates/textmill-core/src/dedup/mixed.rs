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

/// Tokens that are looked at together, to pass over those that all are words or all are characters.
const TOGETHER: usize = 64;

/// What the rule remembers of one text; kept for its room.
#[derive(Default)]
pub(crate) struct Mixed {
    /// How many of the tokens before each one are single characters; one more for the end.
    singles_before: Vec<u32>,
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
        let singles = self.count_singles(canonical, ends, table) as usize;
        let Some(first) = self.find_word(0, ends.len()) else { return singles };
        // Most texts end here, untouched.
        std::mem::swap(hashes, &mut self.words);
        hashes.clear();
        let (mut split, mut done) = (0, 0);
        let mut next = Some(first);
        while let Some(word) = next {
            hashes.extend_from_slice(&self.words[done..word]);
            let start = if word == 0 { 0 } else { ends[word - 1] as usize + 1 };
            let before = hashes.len();
            hashes.extend(characters(&canonical[start..ends[word] as usize]).map(hash_character));
            split += hashes.len() - before;
            done = word + 1;
            next = self.find_word(done, ends.len());
        }
        hashes.extend_from_slice(&self.words[done..ends.len()]);
        singles + split
    }

    /// Counts the tokens that are single characters, before each and in all.
    #[inline(always)]
    fn count_singles(&mut self, canonical: &[u8], ends: &[u32], table: &FoldTable) -> u32 {
        self.singles_before.resize(ends.len() + 1, 0);
        let (mut start, mut singles) = (0, 0);
        for (&end, before) in ends.iter().zip(&mut self.singles_before) {
            *before = singles;
            let end = end as usize;
            let first = canonical[start..].first_chunk().copied().unwrap_or([b' '; 4]);
            // Such characters take three bytes or four.
            if (3..=4).contains(&(end - start)) && first[0] >= 0xE0 {
                singles += u32::from(table.is_single_token(first, end - start));
            }
            start = end + 1;
        }
        self.singles_before[ends.len()] = singles;
        singles
    }

    /// The first word, from token `from` on, that stands among single characters.
    #[inline(always)]
    fn find_word(&self, mut from: usize, n_tokens: usize) -> Option<usize> {
        let before = &self.singles_before[..=n_tokens];
        while from < n_tokens {
            let after = n_tokens.min(from + TOGETHER);
            let within = (before[after] - before[from]) as usize;
            let around = before[n_tokens.min(after + AROUND)] - before[from.saturating_sub(AROUND)];
            if around > 0 && within < after - from {
                let found = (from..after).find(|&token| {
                    let (first, last) = (token.saturating_sub(AROUND), (token + 1 + AROUND).min(n_tokens));
                    let around = (before[last] - before[first]) as usize;
                    before[token] == before[token + 1] && 2 * around > last - first - 1
                });
                if found.is_some() {
                    return found;
                }
            }
            from = after;
        }
        None
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

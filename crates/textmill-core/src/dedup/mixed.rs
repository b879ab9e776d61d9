//! Tokens of texts that mix characters without spaces and words: a word among such characters counts by its characters.
//!
//! In a Chinese manual a Latin word is one token among single characters, so that a change of ten Latin words would count
//! no more than that of ten characters. Therefore words are split where single characters are the most part of the tokens
//! around them. The rule looks no further than [`AROUND`] tokens, so a change in one place leaves the tokens elsewhere.

use super::fold::is_single_token;
use super::token::hash_token;

/// Tokens on each side by which it is judged whether a word stands among single characters: longer than most names and
/// phrases, shorter than a paragraph.
const AROUND: usize = 16;

/// Replaces `hashes` by those of the tokens of a text of which some are single characters: words that stand among these
/// give one hash for each of their characters. Returns the number of tokens that are single characters now.
#[inline(never)]
pub(crate) fn hash_mixed(
    canonical: &[u8],
    ends: &[u32],
    singles_before: &mut Vec<u32>,
    hashes: &mut Vec<u64>,
) -> usize {
    singles_before.clear();
    singles_before.push(0);
    let (mut start, mut singles) = (0, 0);
    for &end in ends {
        singles += u32::from(is_single_token(&canonical[start..end as usize]));
        singles_before.push(singles);
        start = end as usize + 1;
    }
    let words = std::mem::take(hashes);
    let mut split = 0;
    start = 0;
    for (i, (&end, &hash)) in ends.iter().zip(&words).enumerate() {
        let token = &canonical[start..end as usize];
        start = end as usize + 1;
        let is_word = singles_before[i] == singles_before[i + 1];
        let (first, after) = (i.saturating_sub(AROUND), (i + 1 + AROUND).min(ends.len()));
        let around = (singles_before[after] - singles_before[first]) as usize;
        if is_word && 2 * around > after - first - 1 {
            for character in characters(token) {
                hashes.push(hash_token(character));
                split += 1;
            }
        } else {
            hashes.push(hash);
        }
    }
    singles as usize + split
}

/// The bytes of each character.
fn characters(token: &[u8]) -> impl Iterator<Item = &[u8]> {
    token.chunk_by(|_, &next| next & 0xC0 == 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(canonical: &str) -> (Vec<u64>, usize) {
        let tokens = || canonical.split_terminator(' ');
        let mut hashes: Vec<u64> = tokens().map(|token| hash_token(token.as_bytes())).collect();
        let ends: Vec<u32> = canonical.match_indices(' ').map(|(at, _)| at as u32).collect();
        let singles = hash_mixed(canonical.as_bytes(), &ends, &mut Vec::new(), &mut hashes);
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

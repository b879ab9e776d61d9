//! Reads the tokens of a text: what was remembered of them, or what their features say.

use std::ops::Range;

use super::evidence::Evidence;
use super::letters::Letters;
#[cfg(target_arch = "x86_64")]
use super::machine::wide;
use super::machine::{Machine, Plain};
use super::memory::{AT_ONCE, Asked, KEY_BYTES, Key, Memory, NO_LETTERS, ODD, Waiting, Word, Words};
use super::script::Script;
use super::token::{BLOCK, before, behind, long_token};

/// The same code as the portable path, compiled for AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) fn read_avx2(evidence: &mut Evidence, text: &str, piece: Range<usize>, which: Tokens, memory: &mut Memory) {
    read_tokens::<wide::Avx2>(evidence, text, piece, which, memory);
}

pub(crate) fn read_portable(
    evidence: &mut Evidence,
    text: &str,
    piece: Range<usize>,
    which: Tokens,
    memory: &mut Memory,
) {
    read_tokens::<Plain>(evidence, text, piece, which, memory);
}

/// Which tokens are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tokens {
    All,
    /// Those of up to about eight letters: the words that come most often, and seven in eight of them are remembered.
    Short,
}

/// The longest token that is read, in bytes, by the upper four bits of its first byte.
const LONGEST: [[usize; 16]; 2] = {
    let all = usize::MAX;
    // Eight letters of one, two or three bytes, marks above them included.
    [[all; 16], [8, 8, 8, 8, 8, 8, 8, 8, 0, 0, 0, 0, 14, 14, 24, 8]]
};

/// The low bytes of a key that so many bytes of a token fill.
const MASKS: [Key; KEY_BYTES + 1] = {
    let mut masks = [[0; KEY_BYTES / 8]; KEY_BYTES + 1];
    let mut len = 0;
    while len <= KEY_BYTES {
        let mut byte = 0;
        while byte < len {
            masks[len][byte / 8] |= 0xFF << (byte % 8 * 8);
            byte += 1;
        }
        len += 1;
    }
    masks
};

/// Bytes from which a key is taken.
const STEP: usize = 32;
/// How many bytes behind a block are at hand: a token that ends in the block may have a key that does not.
const BEHIND: usize = 40;

/// The first `len` bytes, at most [`KEY_BYTES`].
#[inline(always)]
fn key_of(bytes: &[u8; STEP], len: usize) -> Key {
    let eights = bytes.as_chunks::<8>().0;
    let mask = &MASKS[len];
    std::array::from_fn(|at| u64::from_le_bytes(eights[at]) & mask[at])
}

/// What tokens of one script said, one after the other, before it is added to the evidence.
pub(crate) struct Run<M: Machine> {
    pub(crate) script: u8,
    pub(crate) letters: u32,
    pub(crate) features: u32,
    pub(crate) sums: M::Sums,
}

/// From how many features on the sixteen-bit sums are emptied: so many, and those of one word more, times 7 are below 2^15.
const LANE_FEATURES: u32 = 4_000;

impl<M: Machine> Run<M> {
    #[inline(always)]
    pub(crate) fn of(script: u8) -> Run<M> {
        Run { script, letters: 0, features: 0, sums: M::NONE }
    }

    #[inline(always)]
    fn add(&mut self, word: &Word, evidence: &mut Evidence) {
        self.letters += u32::from(word.letters);
        self.features += u32::from(word.features);
        M::add(&mut self.sums, &word.sums);
        if self.features >= LANE_FEATURES {
            self.widen(evidence);
        }
    }

    /// Adds the sums to the evidence, the run going on.
    #[inline(always)]
    pub(crate) fn widen(&mut self, evidence: &mut Evidence) {
        let at = usize::from(self.script);
        if at < Script::MODELLED && self.features > 0 {
            evidence.features[at] += std::mem::take(&mut self.features);
            for (sum, more) in evidence.sums[at].iter_mut().zip(M::get(self.sums)) {
                *sum += i32::from(more);
            }
            self.sums = M::NONE;
        }
    }

    /// Ends the run.
    #[inline(always)]
    pub(crate) fn end(mut self, evidence: &mut Evidence) {
        self.widen(evidence);
        evidence.letters[usize::from(self.script)] += self.letters;
        evidence.all_letters += self.letters;
        if self.script == Script::Latn as u8 {
            evidence.latin_run = evidence.latin_run.max(self.letters);
        }
    }
}

#[inline(always)]
fn read_tokens<M: Machine>(
    evidence: &mut Evidence,
    text: &str,
    piece: Range<usize>,
    which: Tokens,
    memory: &mut Memory,
) {
    let mut run = Run::<M>::of(Script::Latn as u8);
    let mut at = piece.start;
    while at < piece.end {
        let (n, long) = find_tokens::<M>(text, &mut at, piece.end, which, memory, 0, AT_ONCE);
        add_tokens(text, n, &mut run, evidence, memory);
        if !long.is_empty() {
            M::read_anew(&text[long], &mut run, evidence, &mut memory.letters);
        }
    }
    run.end(evidence);
}

/// Lists the next tokens of a piece that ends at `end` behind the first `n` in `memory.asked`, up to `most` and those that follow in
/// one block, and has the words that are remembered of them brought near; returns how many there are then, and a token
/// behind them that is too long to be remembered, or nothing. `at` is moved behind what was looked at.
///
/// What stands behind the piece is in no token.
#[inline(always)]
pub(crate) fn find_tokens<M: Machine>(
    text: &str,
    at: &mut usize,
    end: usize,
    which: Tokens,
    memory: &mut Memory,
    mut n: usize,
    most: usize,
) -> (usize, Range<usize>) {
    let longest = &LONGEST[which as usize];
    let Memory { words, asked, .. } = memory;
    let bytes = text.as_bytes();
    let text = &text[..end];
    let mut tail;
    while *at < text.len() && n < most {
        let from = *at;
        let block: &[u8; BLOCK + BEHIND] = if let Some(block) = bytes[from..].first_chunk() {
            block
        } else {
            // The zeros behind the text end its last token.
            tail = [0; BLOCK + BEHIND];
            tail[..bytes.len() - from].copy_from_slice(&bytes[from..]);
            &tail
        };
        let left = text.len() - from;
        let spaces = M::spaces(block.first_chunk().unwrap_or(&[0; BLOCK])) | if left < BLOCK { !0 << left } else { 0 };
        // One bit for the first byte of each token, one for the byte behind it.
        let (mut starts, mut ends) = (!spaces & (spaces << 1 | 1), spaces & (!spaces << 1));
        if ends == 0 && starts & 1 != 0 {
            // A token of a block or more.
            let start = from + usize::from(before(block[0], block[1]));
            *at = start + long_token(text, start).len();
            if longest[usize::from(bytes[start] >> 4)] < BLOCK {
                continue;
            }
            return (n, start..*at - behind(bytes[*at - 2], bytes[*at - 1]));
        }
        // What the block cuts off begins the next one.
        *at += if spaces >> (BLOCK - 1) == 0 { BLOCK - 1 - starts.leading_zeros() as usize } else { BLOCK.min(left) };
        while ends != 0 {
            let (mut start, mut end) = (starts.trailing_zeros() as usize, ends.trailing_zeros() as usize);
            starts &= starts.wrapping_sub(1);
            ends &= ends - 1;
            let next = end;
            start += usize::from(end - start >= 2) & usize::from(before(block[start], block[start + 1]));
            end -= usize::from(end - start >= 2) & behind(block[end.max(2) - 2], block[end - 1]);
            let len = end - start;
            let fits = len <= longest[usize::from(block[start] >> 4)];
            if len > KEY_BYTES && fits {
                *at = from + next;
                return (n, from + start..from + end);
            }
            let key = key_of(block[start..].first_chunk().unwrap_or(&[0; STEP]), len.min(KEY_BYTES));
            let place = words.place(&key);
            M::fetch(&words[place]);
            asked[n] = Asked { key, start: from + start, len: len as u32, place: place as u32 };
            // What is passed over is written to and then over: that is faster than a branch that no one can foretell.
            n += usize::from(fits);
        }
    }
    (n, 0..0)
}

/// Adds what the `n` tokens in `memory.asked` say.
#[inline(always)]
fn add_tokens<M: Machine>(text: &str, n: usize, run: &mut Run<M>, evidence: &mut Evidence, memory: &mut Memory) {
    let Memory { words, letters, asked, rows, unknown } = memory;
    rows.clear();
    unknown.clear();
    // Words of the script of the run may be added in any order: those that are not remembered wait until their rows are near.
    for asked in &asked[..n] {
        let word = &words[asked.place as usize];
        let is_known = word.key == asked.key;
        if is_known && word.script == run.script {
            run.add(word, evidence);
            continue;
        }
        let (known, script) = if is_known {
            (Some(word.clone()), word.script)
        } else {
            let listed = M::list(&asked.key, asked.token(text), letters, rows);
            unknown.push(Waiting { asked: *asked, listed, piece: 0 });
            (None, listed.script)
        };
        if script == run.script || script == NO_LETTERS {
            continue;
        }
        add_unknown(text, run, evidence, words, letters, rows, unknown);
        if let Some(word) = known {
            add_word(&word, asked.token(text), run, evidence, letters);
        }
    }
    add_unknown(text, run, evidence, words, letters, rows, unknown);
}

/// Learns the words that wait, and adds them.
#[inline(always)]
fn add_unknown<M: Machine>(
    text: &str,
    run: &mut Run<M>,
    evidence: &mut Evidence,
    words: &mut Words,
    letters: &mut Letters,
    rows: &[u32],
    unknown: &mut Vec<Waiting>,
) {
    for Waiting { asked, listed, .. } in unknown.drain(..) {
        let word = M::learn(asked.key, listed, rows);
        add_word(&word, asked.token(text), run, evidence, letters);
        words[asked.place as usize] = word;
    }
}

/// Adds what a word says, or its token if that says more.
#[inline(always)]
fn add_word<M: Machine>(word: &Word, token: &str, run: &mut Run<M>, evidence: &mut Evidence, letters: &mut Letters) {
    if word.script == ODD {
        M::read_anew(token, run, evidence, letters);
    } else if word.script != NO_LETTERS {
        if word.script != run.script {
            std::mem::replace(run, Run::of(word.script)).end(evidence);
        }
        run.add(word, evidence);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::features::feature_rows;
    use super::super::model::{DIM, MODEL, ZERO};
    use super::super::token::each_token;
    use super::*;

    /// The sums, one feature of one token after the other, in whole numbers; nothing is remembered.
    fn slow(text: &str, which: Tokens) -> Evidence {
        let mut evidence = Evidence::NONE;
        let table = MODEL.table.expect("the model is embedded");
        let mut latin = 0;
        each_token(text, |token| {
            if token.len() > LONGEST[which as usize][usize::from(token.as_bytes()[0] >> 4)] {
                return;
            }
            let mut letters = Letters::default();
            letters.read(token);
            evidence.erased += letters.erased;
            feature_rows(token, |script, rows, letters| {
                evidence.letters[script as usize] += letters;
                evidence.all_letters += letters;
                latin = if script == Script::Latn { latin + letters } else { 0 };
                evidence.latin_run = evidence.latin_run.max(latin);
                for &row in rows {
                    let row = &table[row as usize];
                    evidence.features[script as usize] += 1;
                    for (at, sum) in evidence.sums[script as usize].iter_mut().enumerate() {
                        let byte = row[at % (DIM / 2)];
                        let level = if at < DIM / 2 { byte & 15 } else { byte >> 4 };
                        *sum += i32::from(level) - i32::from(ZERO);
                    }
                }
            });
        });
        evidence
    }

    fn texts() -> impl Strategy<Value = String> {
        "([a-zçğışöüA-Z]{1,12}[ ,.]{0,2}|\\(?\"?[a-f0-9]{1,40}\"?[).;]? |[а-яa-z]{1,19}[ .,]|[一-三ぁ-ん]{0,9}|[ก-ฮ]{0,20}|[a-z=.({_/]{1,40}|\\PC{0,9}){0,40}"
    }

    proptest! {
        #[test]
        fn remembered_words_say_what_their_features_say(texts in prop::collection::vec(texts(), 1..4)) {
            // One word in two shares its place with others, and is learnt again and again.
            let mut memory = Memory::for_text(0);
            for text in texts.iter().chain(&texts) {
                for which in [Tokens::All, Tokens::Short] {
                    let (mut fast, mut portable) = (Evidence::NONE, Evidence::NONE);
                    fast.read(text, 0..text.len(), which, &mut memory);
                    read_portable(&mut portable, text, 0..text.len(), which, &mut memory);
                    let expected = slow(text, which);
                    prop_assert_eq!(fast, expected);
                    prop_assert_eq!(portable, expected);
                }
            }
        }

        #[test]
        fn a_text_of_one_long_token_is_read_in_whole(unit in "[a-z]=|a\\.|[一-三]{3}|é", n in 1_usize..2_000) {
            let text = unit.repeat(n);
            let mut fast = Evidence::NONE;
            fast.read(&text, 0..text.len(), Tokens::All, &mut Memory::for_text(0));
            prop_assert_eq!(fast, slow(&text, Tokens::All));
        }
    }
}

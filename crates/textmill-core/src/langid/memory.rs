//! What the last words said of the language, remembered.
//!
//! Text repeats its words: most tokens of a text were met shortly before, in the same text or the one before. What a token
//! says follows from its bytes alone, so it is kept under them, whole, and compared with them, whole: what is remembered
//! is what would be computed again, and a result never depends on what was read before. A token of more than
//! [`KEY_BYTES`] bytes, one in several scripts and one that is no word are not remembered.

use std::ops::{Index, IndexMut};

use super::features::MULTIPLIER;
use super::letters::Letters;
use super::model::DIM;
use super::token::BLOCK;

/// Longest token that is remembered, in bytes.
pub(crate) const KEY_BYTES: usize = 24;
/// Words that are remembered at most: a megabyte.
const MOST_WORDS: usize = 16_384;
/// Words that are remembered at least.
const LEAST_WORDS: usize = 64;

/// The bytes of a token, zeros behind it; no token holds a zero.
pub(crate) type Key = [u64; KEY_BYTES / 8];

/// What one token says, on one line of the cache.
#[derive(Clone)]
#[repr(C, align(64))]
pub(crate) struct Word {
    pub(crate) key: Key,
    /// Number of features.
    pub(crate) features: u8,
    /// Number of letters.
    pub(crate) letters: u8,
    /// The script of its letters, [`NO_LETTERS`] or [`ODD`].
    pub(crate) script: u8,
    /// Sums of the embeddings of its features, as the table holds them.
    pub(crate) sums: [i8; DIM],
}

/// In place of a script: the token has neither letters nor signs.
pub(crate) const NO_LETTERS: u8 = 254;
/// In place of a script: the token has letters of several scripts, was taken out or has sums that do not fit, and is to be
/// read anew.
pub(crate) const ODD: u8 = 255;

impl Word {
    pub(crate) const NONE: Word =
        Word { key: [0; KEY_BYTES / 8], features: 0, letters: 0, script: NO_LETTERS, sums: [0; DIM] };
}

/// Words that were met, and room to read others.
pub(crate) struct Memory {
    pub(crate) words: Words,
    pub(crate) letters: Letters,
    /// The tokens that are being looked for.
    pub(crate) asked: [Asked; MOST_ASKED],
    /// Those of them that are not remembered.
    pub(crate) unknown: Vec<Waiting>,
    /// The rows of their features.
    pub(crate) rows: Vec<u32>,
}

/// How many tokens at least are looked for at the same time: while one is waited for, the others are on their way.
pub(crate) const AT_ONCE: usize = 16;
/// How many tokens of several pieces are looked for at the same time.
pub(crate) const MANY_AT_ONCE: usize = 96;
/// Before a block there are fewer, and in one there are at most half as many as bytes.
const MOST_ASKED: usize = MANY_AT_ONCE + BLOCK / 2;

/// A token that may be remembered, and where.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) key: Key,
    pub(crate) start: usize,
    pub(crate) len: u32,
    pub(crate) place: u32,
}

/// A token that is not remembered and waits for the rows of its features.
#[derive(Clone, Copy)]
pub(crate) struct Waiting {
    pub(crate) asked: Asked,
    pub(crate) listed: Listed,
    /// Which of the pieces that are read together it stands in.
    pub(crate) piece: u32,
}

/// The features of one token, as a part of a list of rows.
#[derive(Clone, Copy)]
pub(crate) struct Listed {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) letters: u8,
    /// As in [`Word`].
    pub(crate) script: u8,
}

impl Asked {
    const NONE: Asked = Asked { key: [0; KEY_BYTES / 8], start: 0, len: 0, place: 0 };

    /// The token itself.
    #[inline(always)]
    pub(crate) fn token(self, text: &str) -> &str {
        &text[self.start..][..self.len as usize]
    }
}

impl Memory {
    /// Room for reading many texts, or one of so many bytes.
    pub(crate) fn for_text(bytes: usize) -> Memory {
        let n = (bytes / 32).next_power_of_two().clamp(LEAST_WORDS, MOST_WORDS);
        let asked = [Asked::NONE; MOST_ASKED];
        Memory { words: Words::new(n), letters: Letters::default(), asked, unknown: Vec::new(), rows: Vec::new() }
    }
}

/// The words remembered, each in the one place that its key has.
pub(crate) struct Words {
    places: Box<[Word]>,
    shift: u32,
}

impl Words {
    /// Room for `n` words, a power of two of at least 2.
    fn new(n: usize) -> Words {
        Words { places: vec![Word::NONE; n].into_boxed_slice(), shift: 64 - n.trailing_zeros() }
    }

    /// The place of a key; what is there may be another word.
    #[inline(always)]
    pub(crate) fn place(&self, key: &Key) -> usize {
        // Multiply-shift, as for the rows of the table.
        let folded = key[0] ^ key[1].rotate_left(25) ^ key[2].rotate_left(41);
        (folded.wrapping_mul(MULTIPLIER) >> self.shift) as usize
    }
}

impl Index<usize> for Words {
    type Output = Word;
    #[inline(always)]
    fn index(&self, place: usize) -> &Word {
        &self.places[place]
    }
}

impl IndexMut<usize> for Words {
    #[inline(always)]
    fn index_mut(&mut self, place: usize) -> &mut Word {
        &mut self.places[place]
    }
}

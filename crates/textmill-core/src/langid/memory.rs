//! What the last words said of the language, remembered.
//!
//! Text repeats its words: most tokens of a text were met shortly before, in the same text or the one before. What a token
//! says follows from its bytes alone, so it is kept under them, whole, and compared with them, whole: what is remembered
//! is what would be computed again, and a result never depends on what was read before. A token of more than
//! [`KEY_BYTES`] bytes, one in several scripts and one that is no word are not remembered.

use super::letters::Letters;
use super::model::DIM;

/// Longest token that is remembered, in bytes.
pub(crate) const KEY_BYTES: usize = 32;
/// Words that are remembered at most: half a megabyte, half of the second-level cache of a core of today.
const MOST_WORDS: usize = 4096;
/// Words that are remembered at least.
const LEAST_WORDS: usize = 64;

/// The bytes of a token, zeros behind it; no token holds a zero.
pub(crate) type Key = [u64; KEY_BYTES / 8];

/// What one token says.
#[derive(Clone)]
#[repr(C, align(64))]
pub(crate) struct Word {
    pub(crate) key: Key,
    /// Number of features.
    pub(crate) features: u16,
    /// Number of letters.
    pub(crate) letters: u8,
    /// The script of its letters, [`NO_LETTERS`] or [`ODD`].
    pub(crate) script: u8,
    /// Sums of the embeddings of its features, as the table holds them.
    pub(crate) sums: [i16; DIM],
}

/// In place of a script: the token has neither letters nor signs.
pub(crate) const NO_LETTERS: u8 = 254;
/// In place of a script: the token has letters of several scripts or was taken out, and is to be read anew.
pub(crate) const ODD: u8 = 255;

impl Word {
    pub(crate) const NONE: Word =
        Word { key: [0; KEY_BYTES / 8], features: 0, letters: 0, script: NO_LETTERS, sums: [0; DIM] };
}

/// Words that were met, and room to read others.
pub(crate) struct Memory {
    pub(crate) words: Words,
    pub(crate) letters: Letters,
}

impl Memory {
    /// Room for reading many texts, or one of so many bytes.
    pub(crate) fn for_text(bytes: usize) -> Memory {
        let n = (bytes / 32).next_power_of_two().clamp(LEAST_WORDS, MOST_WORDS);
        Memory { words: Words::new(n), letters: Letters::default() }
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
    pub(crate) fn place(&mut self, key: &Key) -> &mut Word {
        // Odd multipliers of the multiply-shift scheme; `features::row` has the source.
        let hash = key[0].wrapping_mul(0x9E37_79B9_7F4A_7C15)
            ^ key[1].wrapping_mul(0xC2B2_AE3D_27D4_EB4F)
            ^ key[2].wrapping_mul(0xD6E8_FEB8_6659_FD93)
            ^ key[3].wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let at = (hash >> self.shift) as usize;
        &mut self.places[at]
    }
}

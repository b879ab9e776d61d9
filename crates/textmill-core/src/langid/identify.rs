//! The language of a text taken as a whole.

use super::decide::{LanguageGuess, decide};
use super::evidence::Evidence;
use super::memory::Memory;
use super::pieces::pieces;
use super::reader::Tokens;
use super::set::LanguageSet;

/// Names the language of a text that is in one language, out of all that the model knows.
///
/// # Examples
/// ```
/// use textmill_core::langid::identify;
///
/// let guess = identify("Der schnelle braune Fuchs springt über den faulen Hund, und niemand sieht ihm dabei zu.");
/// assert_eq!(guess.language.code(), "de");
/// assert!(guess.score > 0.7);
/// ```
pub fn identify(text: &str) -> LanguageGuess {
    identify_among(text, &LanguageSet::all())
}

/// Names the language of a text that is in one language, out of a set.
///
/// Of a long text the beginning is read: as much as it takes to be sure, and [`READ_BYTES`] at most.
pub fn identify_among(text: &str, set: &LanguageSet) -> LanguageGuess {
    let mut evidence = Evidence::NONE;
    let mut memory = Memory::for_text(text.len().min(READ_BYTES));
    let mut check = FIRST_BYTES;
    for piece in pieces(text) {
        if piece.start >= check {
            let guess = decide(&evidence, set);
            if guess.score >= SURE || piece.start >= READ_BYTES {
                break;
            }
            check *= 2;
        }
        evidence.read(text, piece, Tokens::All, &mut memory);
    }
    decide(&evidence, set)
}

/// How much of a text is read at most before its language is named, in bytes.
pub const READ_BYTES: usize = 4_096;
/// How much is read before the first look whether that is enough, in bytes.
const FIRST_BYTES: usize = 224;
/// The score that is enough.
const SURE: f32 = 0.99;

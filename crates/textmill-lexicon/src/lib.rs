//! How frequent a word is, in 39 languages at once.
//!
//! [`lookup`] takes the [`key`] of a word and gives its [`Tiers`]: for each of [`LANGUAGES`] a tier from 1 (rare) to 7
//! (among the commonest), or 0 where the language does not know the word. The data are bytes inside the program; nothing
//! is built or decoded at the start.
//!
//! The table keeps eleven bits of each word, not its letters: a string that is no word of any language is taken for one
//! about once in 2,000 times. It answers questions about words; it cannot list them.
//!
//! The data are derived from wordfreq and are under CC BY-SA 4.0; see NOTICE. `tools/build.py` makes them.
//! [`productivity`] says of how many words a string is the first or the last half. Start reading in `table.rs`.

mod tiers;
mod key;
mod table;
mod halves;

pub use halves::{Half, productivity};
pub use key::key;
pub use table::{lookup, lookup_all, n_words, source, verify};
pub use tiers::{Tiers, ZIPF_BORDERS, log10_probability};

/// The languages, as BCP 47 codes, in the order of their bits in [`Tiers`].
///
/// `sh` is Serbian, Croatian, Bosnian and Montenegrin, in Latin and in Cyrillic letters; `nb` is Norwegian Bokmål, `fil`
/// Filipino (Tagalog).
pub const LANGUAGES: [&str; 39] = [
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fil", "fr", "he", "hi", "hu", "id", "is",
    "it", "lt", "lv", "mk", "ms", "nb", "nl", "pl", "pt", "ro", "ru", "sh", "sk", "sl", "sv", "ta", "tr", "uk", "ur",
    "vi",
];

/// The place of a language in [`LANGUAGES`].
pub fn language(code: &str) -> Option<usize> {
    LANGUAGES.iter().position(|&known| known == code)
}

/// The examples of the README are run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

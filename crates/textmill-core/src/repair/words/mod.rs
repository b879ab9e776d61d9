//! What is known about words: counts learned from the stream, and lexicons.
//!
//! No language is ever named from outside: of the lexicons, the one that best explains the words around a place is asked.
//! Start with [`Words`]; [`WordCounts`] is what a window of the stream teaches, [`UserLexicon`] what the user gives.

mod known;
mod local;
mod counts;
mod learn;
pub(crate) mod key;
pub(crate) mod letters;
mod sketch;
mod lexicon;
mod hunspell_encoding;
mod user_lexicon;

pub use counts::WordCounts;
pub use known::Words;
pub(crate) use known::{Weight, Word};
pub(crate) use local::Local;
pub use user_lexicon::{HunspellFile, LexiconError, UserLexicon};

//! What is known about words: which strings are words, and how frequent they are.

mod user_lexicon;

pub use user_lexicon::{HunspellFile, LexiconError, UserLexicon};

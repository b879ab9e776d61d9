//! What is known about words: counts learned from the stream, and lexicons.
//!
//! No language is ever named from outside: of the lexicons, the one that best explains the words around a place is asked.
//! Start with [`Words`]; [`WordCounts`] is what a window of the stream teaches.

mod known;
mod counts;
mod learn;
pub(crate) mod key;
pub(crate) mod letters;
mod sketch;

pub use counts::WordCounts;
pub use known::Words;
pub(crate) use known::Local;

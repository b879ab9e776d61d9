//! Language of each part of a text.
//!
//! A text is cut into tokens (`token`), a token is folded to letters (`letters`), the letters give features (`features`);
//! what a token says is remembered (`memory`) and adds up to evidence by script (`evidence`), and the head of the script
//! decides (`decide`). Start reading at [`identify`] for a text in one
//! language and at [`spans`] for any text. It does not repair: a text in the wrong encoding is in no language.

#![allow(clippy::inline_always, reason = "what runs per letter is compiled once for each width of vector")]

mod language;
mod set;
mod script;
mod token;
mod letters;
mod features;
mod head;
mod model;
mod memory;
mod evidence;
mod machine;
mod learn;
mod reader;
mod together;
mod shares;
mod decide;
mod pieces;
mod identify;
mod spans;
mod paragraph;
mod edge;
mod segment;
mod document;

pub use decide::LanguageGuess;
pub use document::{DocumentLanguage, MAIN_SHARE, document_language};
pub use evidence::{MOST_FEATURES, scale};
pub use features::feature_rows;
pub use identify::{READ_BYTES, identify, identify_among};
pub use language::Language;
pub use model::{DIM, MAGIC, ROWS, ZERO, header};
pub use script::Script;
pub use set::{LanguageSet, UnknownLanguage};
pub use spans::{MIN_SCORE, Scratch, Span, SpanConfig, spans, spans_with};

#[cfg(test)]
mod tests;

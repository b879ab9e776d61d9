//! The rule `ligatures`.
//!
//! **What it changes.** The Latin presentation forms U+FB00 to U+FB06, which extractors copy from a font into the text,
//! become the letters they are made of; the long s of U+FB05 stays a long s.
//!
//! **What it leaves alone, and why.** All other compatibility characters. `œ`, `æ`, `ĳ` and `ǆ` are letters of
//! alphabets, Armenian and Arabic forms belong to their scripts, and superscripts, fractions, circled numbers and
//! full-width letters carry meaning that NFKC would destroy.
//!
//! **Confidence.** 1.
//!
//! **Example.** `ﬁnal e\u{fb00}ort` → `final effort`.
//!
//! **Source.** The Unicode Standard 16.0, code chart "Alphabetic Presentation Forms".

use super::super::rule::Rule;
use super::{Finding, Place};

/// Decides about a ligature: it always becomes its letters.
pub(super) fn judge(place: &Place<'_>) -> Option<Finding> {
    let letters = match place.character() {
        '\u{fb00}' => "ff",
        '\u{fb01}' => "fi",
        '\u{fb02}' => "fl",
        '\u{fb03}' => "ffi",
        '\u{fb04}' => "ffl",
        '\u{fb05}' => "\u{17f}t",
        '\u{fb06}' => "st",
        _ => return None,
    };
    Some(Finding::new(place.start + 3, letters, Rule::Ligatures, 1.0))
}

//! The slow definition of the canonical form.

use unicode_normalization::UnicodeNormalization;

use crate::dedup::config::CanonicalForm;
use crate::dedup::fold::{Kind, fold_char};

/// The canonical form by its definition: NFKC, each character folded, tokens with one space between them.
///
/// A token is a run of letters, digits and `_` with the marks that end it, so that tokens part where `\\w+` of Python parts
/// them; or one character of a script written without spaces.
pub fn canonical_reference(text: &str, form: CanonicalForm) -> String {
    let mut words = vec![String::new()];
    let mut after_mark = false;
    for (kind, c) in text.nfkc().flat_map(|c| fold_char(c, form)) {
        let in_word = words.last().is_some_and(|word| !word.is_empty());
        match kind {
            Kind::Separator => words.push(String::new()),
            Kind::Single => words.extend([c.to_string(), String::new()]),
            Kind::Mark if !in_word => {}
            _ => {
                if kind == Kind::Word && after_mark {
                    words.push(String::new());
                }
                if let Some(word) = words.last_mut() {
                    word.push(c);
                }
            }
        }
        after_mark = kind == Kind::Mark && in_word;
    }
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

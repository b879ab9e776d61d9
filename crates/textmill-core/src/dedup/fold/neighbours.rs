//! What the characters beside one may do to it in NFKC.

use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// The last of the characters if it has a combining class, else NUL.
pub(crate) fn last_mark(normal: &[char]) -> char {
    normal.last().copied().filter(|&last| canonical_combining_class(last) != 0).unwrap_or('\0')
}

/// Whether the character is the same in NFKC by itself.
pub(super) fn quick(c: char) -> IsNormalized {
    is_nfkc_quick(std::iter::once(c))
}

/// Whether NFKC may treat the character otherwise among others than alone: it composes with what stands before it, is
/// put in order with other marks, or ends in a mark that is.
pub(crate) fn depends_on_neighbours(c: char) -> bool {
    let alone: Vec<char> = std::iter::once(c).nfkc().collect();
    let first_depends = alone
        .first()
        .is_some_and(|&first| canonical_combining_class(first) != 0 || quick(first) == IsNormalized::Maybe);
    let decomposed: Vec<char> = std::iter::once(c).nfkd().collect();
    first_depends
        || canonical_combining_class(c) != 0
        || quick(c) == IsNormalized::Maybe
        || alone.len() > 1 && alone.iter().any(|&c| canonical_combining_class(c) != 0)
        || decomposed.first().is_some_and(|&first| canonical_combining_class(first) != 0)
}

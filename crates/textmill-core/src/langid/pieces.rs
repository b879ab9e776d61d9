//! Cuts a paragraph into pieces of about a hundred bytes, at white space where there is some.

use std::ops::Range;

/// From how many bytes on a piece ends at the next white space.
pub(crate) const PIECE_BYTES: usize = 72;
/// At how many bytes a piece ends in any case, at the next character.
const LONGEST_BYTES: usize = 120;

/// The pieces of a text, one after the other, none empty.
pub(crate) fn pieces(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut start = 0;
    std::iter::from_fn(move || {
        if start >= bytes.len() {
            return None;
        }
        let mut end = start + PIECE_BYTES;
        if end + PIECE_BYTES / 2 >= bytes.len() {
            end = bytes.len();
        } else {
            let last = (start + LONGEST_BYTES).min(bytes.len());
            end = match bytes[end..last].iter().position(|&byte| byte == b' ') {
                Some(found) => end + found + 1,
                None => (last..bytes.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(bytes.len()),
            };
        }
        let piece = start..end;
        start = end;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_lie_one_after_the_other_and_cover_the_text(text in "[a-zé中 ]{0,600}") {
            let mut at = 0;
            for piece in pieces(&text) {
                prop_assert_eq!(piece.start, at);
                prop_assert!(piece.end > at && text.is_char_boundary(piece.end));
                at = piece.end;
            }
            prop_assert_eq!(at, text.len());
        }
    }
}

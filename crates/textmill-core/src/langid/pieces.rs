//! Cuts a paragraph into pieces of about eighty bytes: at the end of a sentence or clause, else at white space.

use std::ops::Range;

/// Fewest bytes of a piece, but for the last one.
const LEAST_BYTES: usize = 40;
/// From how many bytes on a piece ends at the next space.
const PIECE_BYTES: usize = 80;
/// At how many bytes a piece ends in any case, at the next character.
const LONGEST_BYTES: usize = 128;

/// The pieces of a text, one after the other, none empty.
pub(crate) fn pieces(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        if start >= text.len() {
            return None;
        }
        let piece = start..end(text, start);
        start = piece.end;
        Some(piece)
    })
}

/// Where the piece that begins at `start` ends.
fn end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    if start + PIECE_BYTES + LEAST_BYTES / 2 >= bytes.len() {
        return sentence_end(bytes, start + LEAST_BYTES, bytes.len().saturating_sub(LEAST_BYTES / 2))
            .unwrap_or(bytes.len());
    }
    if let Some(end) = sentence_end(bytes, start + LEAST_BYTES, start + PIECE_BYTES) {
        return end;
    }
    let (from, last) = (start + PIECE_BYTES, (start + LONGEST_BYTES).min(bytes.len()));
    match memchr::memchr(b' ', &bytes[from..last]) {
        Some(found) => from + found + 1,
        None => (last..bytes.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(bytes.len()),
    }
}

/// The first place in `from..to` behind a mark and a space.
///
/// Looks at eight bytes in one word: a byte that is a space becomes zero, and a zero is told from any other byte by its sum
/// with seven set bits.
fn sentence_end(bytes: &[u8], from: usize, to: usize) -> Option<usize> {
    const SEVEN: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    const SPACES: u64 = 0x2020_2020_2020_2020;
    for (step, chunk) in bytes.get(from..to)?.chunks(8).enumerate() {
        let mut eight = [0; 8];
        eight[..chunk.len()].copy_from_slice(chunk);
        let word = u64::from_le_bytes(eight) ^ SPACES;
        let mut spaces = !(((word & SEVEN) + SEVEN) | word | SEVEN);
        while spaces != 0 {
            let at = from + step * 8 + spaces.trailing_zeros() as usize / 8;
            if matches!(bytes[at - 1], b'.' | b'!' | b'?' | b';' | b':') {
                return Some(at + 1);
            }
            spaces &= spaces - 1;
        }
    }
    None
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

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
    /// Where the mark stands that may end the shortest piece.
    const FROM: usize = LEAST_BYTES - 1;
    let bytes = text.as_bytes();
    let left = bytes.len() - start;
    let is_last = left <= PIECE_BYTES + LEAST_BYTES / 2;
    if left <= FROM {
        return bytes.len();
    }
    let spaces = if let Some(block) = bytes[start + FROM..].first_chunk() {
        spaces(block)
    } else {
        let mut block = [0; BLOCK];
        block[..left - FROM].copy_from_slice(&bytes[start + FROM..]);
        spaces(&block)
    };
    let to = if is_last { left.saturating_sub(LEAST_BYTES / 2) } else { PIECE_BYTES };
    let mut near = spaces & !1 & ((1 << to.saturating_sub(FROM)) - 1);
    while near != 0 {
        let at = start + FROM + near.trailing_zeros() as usize;
        if matches!(bytes[at - 1], b'.' | b'!' | b'?' | b';' | b':') {
            return at + 1;
        }
        near &= near - 1;
    }
    if is_last {
        return bytes.len();
    }
    let later = spaces & !0 << (PIECE_BYTES - FROM);
    if later != 0 {
        return start + FROM + later.trailing_zeros() as usize + 1;
    }
    let (from, last) = (start + FROM + BLOCK, (start + LONGEST_BYTES).min(bytes.len()));
    match bytes.get(from..last).and_then(|bytes| memchr::memchr(b' ', bytes)) {
        Some(found) => from + found + 1,
        None => (last..bytes.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(bytes.len()),
    }
}

/// Bytes that are looked at in one step.
const BLOCK: usize = 64;

/// Which of the bytes are spaces: one bit each, the first lowest.
///
/// Looks at eight bytes in one word: a byte that is a space becomes zero, and a zero is told from any other byte by its sum
/// with seven set bits.
#[inline]
fn spaces(block: &[u8; BLOCK]) -> u64 {
    const SEVEN: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    const SPACES: u64 = 0x2020_2020_2020_2020;
    let mut found = 0;
    for (at, eight) in block.as_chunks::<8>().0.iter().enumerate() {
        let word = u64::from_le_bytes(*eight) ^ SPACES;
        let zeros = !(((word & SEVEN) + SEVEN) | word | SEVEN);
        // The eight high bits, gathered in the top byte.
        found |= ((zeros >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * at);
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The end of a piece, one byte after the other.
    fn slow_end(text: &str, start: usize) -> usize {
        let bytes = text.as_bytes();
        let is_end = |at: &usize| bytes[*at] == b' ' && b".!?;:".contains(&bytes[*at - 1]);
        let is_last = bytes.len() - start <= PIECE_BYTES + LEAST_BYTES / 2;
        let to = if is_last { bytes.len().saturating_sub(LEAST_BYTES / 2) } else { start + PIECE_BYTES };
        if let Some(at) = (start + LEAST_BYTES..to).find(is_end) {
            return at + 1;
        }
        let last = (start + LONGEST_BYTES).min(bytes.len());
        let space = (start + PIECE_BYTES..last).find(|&at| bytes[at] == b' ').filter(|_| !is_last);
        let cut = || (last..bytes.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(bytes.len());
        if is_last { bytes.len() } else { space.map_or_else(cut, |at| at + 1) }
    }

    proptest! {
        #[test]
        fn pieces_end_where_the_first_mark_or_space_is(text in "([a-z.:é中]{0,30} |[a-zé中.]{0,90}|[!?;] ){0,12}") {
            for piece in pieces(&text) {
                prop_assert_eq!(piece.end, slow_end(&text, piece.start));
            }
        }

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

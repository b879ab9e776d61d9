//! Cuts a text into tokens: what stands between white space, without the punctuation around it.
//!
//! What a token says of the language follows from its own bytes alone, so that it can be remembered (`memory`). Only ASCII
//! white space and control characters end a token; what else divides words is seen by `letters`.

/// Bytes that are looked at in one step.
pub(crate) const BLOCK: usize = 64;

/// Where a token is cut in any case, in bytes.
pub(crate) const LONGEST_TOKEN: usize = 512;

/// Whether the byte ends a token.
#[inline(always)]
pub(crate) const fn is_space(byte: u8) -> bool {
    byte <= b' '
}

/// What a byte is at the edge of a token, as bits.
const EDGES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let plain = byte as u8;
        if plain >= 0x80 || plain.is_ascii_alphanumeric() {
            table[byte] |= INNER;
        }
        if matches!(plain, b',' | b'.' | b';' | b':' | b'!' | b'?' | b')' | b'"') {
            table[byte] |= BEHIND;
        }
        if matches!(plain, b'(' | b'"') {
            table[byte] |= BEFORE;
        }
        byte += 1;
    }
    table
};
/// Letters, digits and what is not ASCII.
const INNER: u8 = 1;
/// Left off behind an inner byte.
const BEHIND: u8 = 2;
/// Left off before an inner byte.
const BEFORE: u8 = 4;

/// How many bytes to leave off at the end of a token that ends with these two.
#[inline(always)]
pub(crate) const fn behind(last_but_one: u8, last: u8) -> usize {
    (EDGES[last as usize] >> 1 & EDGES[last_but_one as usize] & 1) as usize
}

/// Whether to leave the first of these two bytes off at the beginning of a token.
#[inline(always)]
pub(crate) const fn before(first: u8, second: u8) -> bool {
    EDGES[first as usize] & BEFORE != 0 && EDGES[second as usize] & INNER != 0
}

/// The token at `start`, with what stands behind it, up to [`LONGEST_TOKEN`] bytes.
pub(crate) fn long_token(text: &str, start: usize) -> &str {
    let most = (start + LONGEST_TOKEN).min(text.len());
    let most = (0..=most).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let bytes = &text.as_bytes()[start..most];
    let len = bytes.iter().position(|&byte| is_space(byte)).unwrap_or(bytes.len());
    &text[start..start + len]
}

/// Hands every token to `each`, one byte after the other: what the fast reader is compared with.
pub(crate) fn each_token(text: &str, mut each: impl FnMut(&str)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if is_space(bytes[at]) || at + 1 < bytes.len() && before(bytes[at], bytes[at + 1]) {
            at += 1;
            continue;
        }
        let start = at;
        at += long_token(text, at).len();
        let mut end = at;
        if end - start >= 2 {
            end -= behind(bytes[end - 2], bytes[end - 1]);
        }
        each(&text[start..end]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_punctuation_around_words_off_and_keeps_symbols() {
        let mut found = Vec::new();
        each_token("\"Wait\" (he said), for x == 1; f(x); - \u{e9}t\u{e9}.\n", |token| found.push(token.to_owned()));
        assert_eq!(found, ["Wait", "he", "said),", "for", "x", "==", "1", "f(x);", "-", "\u{e9}t\u{e9}"]);
    }
}

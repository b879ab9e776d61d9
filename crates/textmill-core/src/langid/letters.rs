//! From text to the folded letters that the model sees.
//!
//! Words come out in lower case, one separator between two of them. Addresses (`https://…`, `a@b.org`, `example.com`)
//! and tokens that mix ASCII letters with digits (hashes, base64, identifiers) are taken out, digits are passed over,
//! and a run of symbols that prose does not have (`();`, `->`, `==`) becomes one sign, by which code is recognised.

use super::script::{Entry, Kind, TABLE};

/// The separator between two words.
pub(crate) const GAP: u16 = 0x20;
/// The first of 4,096 signs, in the private use area, that stand for runs of symbols.
pub(crate) const SIGN: u16 = 0xE000;

/// The folded letters of one piece of text, and what was left out of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Letters {
    /// Folded letters, signs and gaps; begins with a gap, and ends with one if there is a letter.
    pub(crate) codes: Vec<u16>,
    /// Letters in tokens that were taken out and are no addresses.
    pub(crate) erased: u32,
    /// Runs of symbols that became a sign.
    pub(crate) signs: u32,
}

impl Letters {
    /// Reads a piece of text in place of what was here before.
    pub(crate) fn read(&mut self, text: &str) {
        let table = &**TABLE;
        let bytes = text.as_bytes();
        self.codes.clear();
        self.codes.reserve(bytes.len() + 2);
        self.erased = 0;
        self.signs = 0;
        self.codes.push(GAP);
        // Where the token began, in `codes`: at the last white space, hyphen or letter that is not of the ASCII range.
        let mut token = 1;
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if byte.is_ascii_alphabetic() {
                self.codes.push(u16::from(byte | 0x20));
                at += 1;
                continue;
            }
            if byte == b' ' {
                self.gap();
                token = self.codes.len();
                at += 1;
                continue;
            }
            let (entry, width) = decode(table, bytes, at);
            match entry.kind {
                Kind::Letter => {
                    self.codes.push(entry.letter);
                    if entry.letter >= 0x250 {
                        token = self.codes.len();
                    }
                    at += width;
                }
                Kind::Ignored => at += width,
                Kind::Space => {
                    self.gap();
                    at += width;
                    token = self.codes.len();
                }
                Kind::Digit | Kind::Symbol => (at, token) = self.symbols(bytes, at, token),
            }
        }
        self.gap();
    }

    fn gap(&mut self) {
        if self.codes.last() != Some(&GAP) {
            self.codes.push(GAP);
        }
    }

    /// Reads the run of symbols and digits at `at`; returns where to go on and where the token began.
    fn symbols(&mut self, bytes: &[u8], at: usize, token: usize) -> (usize, usize) {
        let table = &**TABLE;
        let mut end = at;
        let (mut digits, mut count, mut hash) = (0_u32, 0_u32, 0_u32);
        let mut plain = true;
        let mut right = None;
        while end < bytes.len() {
            let (entry, width) = decode(table, bytes, end);
            match entry.kind {
                Kind::Digit => digits += 1,
                Kind::Symbol => {
                    count += 1;
                    plain &= !matches!(
                        bytes[end],
                        b'#' | b'$' | b'&' | b'*' | b'+' | b'/' | b'<'..=b'>' | b'@' | b'['..=b'`' | b'{'..=b'~'
                    );
                    if count <= 3 {
                        hash = (hash ^ u32::from(bytes[end])).wrapping_mul(0x9E37_79B1);
                    }
                }
                Kind::Ignored => {}
                Kind::Letter | Kind::Space => {
                    right = Some(entry);
                    break;
                }
            }
            end += width;
        }
        let left_letter = self.codes.last().is_some_and(|&code| code != GAP && code < SIGN);
        let left_ascii = self.codes.last().is_some_and(|&code| code < 0x80 && code != GAP);
        let right_letter = right.is_some_and(|entry| entry.kind == Kind::Letter);
        let right_ascii = bytes.get(end).is_some_and(u8::is_ascii_alphabetic);
        let run = &bytes[at..end];
        let address = run.starts_with(b"://")
            || run == b"@" && left_ascii && right_ascii
            || run == b"." && left_ascii && bytes.get(end).is_some_and(u8::is_ascii_lowercase);
        let hyphen_left = matches!(run[0], b'-' | b'\'') || run[0] >= 0x80;
        let hyphen_right = matches!(run[run.len() - 1], b'-' | b'\'') || run[run.len() - 1] >= 0x80;
        let mixed = digits > 0 && (left_ascii && !hyphen_left || right_ascii && !hyphen_right);
        if address || mixed {
            return self.erase(bytes, end, token, mixed);
        }
        let prose = plain && (digits > 0 || count <= 3) && !(left_letter && right_letter && matches!(run[0], b'(' | b':'));
        self.gap();
        if !prose {
            let flags = u32::from(left_letter) | u32::from(right_letter) << 1 | u32::from(digits > 0) << 2;
            let hash = (hash ^ count.min(4) << 8 ^ flags).wrapping_mul(0x85EB_CA6B);
            self.codes.push(SIGN | (hash >> 20) as u16);
            self.codes.push(GAP);
            self.signs += 1;
        }
        let joins = run == b"'" || run == b"." || run == b"_" || run == b"/" || run == b":" || run == b"(";
        (end, if joins && left_letter && right_letter { token } else { self.codes.len() })
    }

    /// Takes the token that began at `token` out, with all that follows up to the next space or letter outside ASCII;
    /// `counts` it if it is not an address.
    fn erase(&mut self, bytes: &[u8], at: usize, token: usize, counts: bool) -> (usize, usize) {
        let from = token.min(self.codes.len());
        let mut letters = self.codes[from..].iter().filter(|&&code| code != GAP && code < SIGN).count() as u32;
        self.codes.truncate(from);
        let mut end = at;
        while end < bytes.len() && bytes[end].is_ascii_graphic() {
            letters += u32::from(bytes[end].is_ascii_alphabetic());
            end += 1;
        }
        self.erased += if counts { letters } else { 0 };
        self.gap();
        (end, self.codes.len())
    }
}

/// The entry of the code point at `at`, which is a character boundary, and its width in bytes.
#[inline]
pub(crate) fn decode(table: &[Entry; 0x1_0000], bytes: &[u8], at: usize) -> (Entry, usize) {
    let tail = |offset: usize| usize::from(bytes.get(at + offset).copied().unwrap_or(0) & 0x3F);
    let lead = usize::from(bytes[at]);
    match lead {
        0..0x80 => (table[lead], 1),
        0x80..0xE0 => (table[(lead & 0x1F) << 6 | tail(1)], 2),
        0xE0..0xF0 => (table[(lead & 0xF) << 12 | tail(1) << 6 | tail(2)], 3),
        // Beyond the Basic Multilingual Plane: a symbol.
        _ => (table[0xFFFF], 4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let mut letters = Letters::default();
        letters.read(text);
        letters
            .codes
            .iter()
            .map(|&code| if code & 0xF000 == SIGN { '¤' } else { char::from_u32(u32::from(code)).unwrap_or('?') })
            .collect()
    }

    #[test]
    fn folds_case_and_keeps_one_gap_between_words() {
        assert_eq!(read("Ein  SCHÖNER Tag, 3,5 % mehr (heute)."), " ein schöner tag mehr heute ");
    }

    #[test]
    fn takes_addresses_and_mixed_tokens_out() {
        assert_eq!(read("siehe https://example.com/a?b=c und a.b@example.org oder d3b07384 nur"), " siehe und oder nur ");
        assert_eq!(read("2010-ben volt, 1990-luvulla"), " ben volt luvulla ");
    }

    #[test]
    fn keeps_the_words_around_an_apostrophe_and_of_scripts_without_spaces() {
        assert_eq!(read("l'homme d’état"), " l homme d état ");
        assert_eq!(read("在2023年"), " 在 年 ");
    }

    #[test]
    fn makes_one_sign_of_the_symbols_of_code() {
        assert_eq!(read("if (a == b) { f(x); }"), " if a ¤ b ¤ f ¤ x ¤ ");
    }
}

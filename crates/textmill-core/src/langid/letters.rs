//! From text to the folded letters that the model sees.
//!
//! Words come out in lower case, one separator between two of them. Addresses (`https://…`, `a@b.org`, `example.com`)
//! and tokens that mix ASCII letters with digits (hashes, base64, identifiers) are taken out, digits are passed over,
//! and a run of symbols that prose does not have (`();`, `->`, `==`) becomes one sign, by which code is recognised.

use super::memory::{KEY_BYTES, Key};
use super::script::{Entry, Kind, TABLE};

/// The separator between two words.
pub(crate) const GAP: u16 = 0x20;
/// The first of 4,096 signs, in the private use area, that stand for runs of symbols.
pub(crate) const SIGN: u16 = 0xE000;

/// One in each byte of a word.
const ONES: u64 = 0x0101_0101_0101_0101;
/// The highest bit of each byte of a word.
const HIGH: u64 = 0x80 * ONES;

/// Eight bytes with ASCII letters in lower case and without their highest bits, and the highest bit of each byte that is a
/// letter.
///
/// A byte is told from the sum of its seven low bits and what is missing to 128.
#[inline]
fn lower_case(word: u64) -> (u64, u64) {
    let lower = (word & !HIGH) | (0x20 * ONES);
    let letters = (lower + (0x80 - 0x61) * ONES) & !(lower + (0x80 - 0x7B) * ONES) & !word & HIGH;
    (lower, letters)
}

/// The folded letters of one piece of text, and what was left out of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Letters {
    /// Room for the codes; those of the text are the first `len`.
    room: Vec<u16>,
    len: usize,
    /// The last gap inside a token (`a_b`, `a.b`), and where the token began.
    soft: (usize, usize),
    /// Letters in tokens that were taken out and are no addresses.
    pub(crate) erased: u32,
    /// Runs of symbols that became a sign.
    pub(crate) signs: u32,
}

impl Letters {
    /// Folded letters, signs and gaps; begins with a gap, ends with one, and may have several in a row.
    pub(crate) fn codes(&self) -> &[u16] {
        &self.room[..self.len]
    }

    /// Reads a piece of text in place of what was here before.
    pub(crate) fn read(&mut self, text: &str) {
        let table = &**TABLE;
        let bytes = text.as_bytes();
        // A symbol between two letters becomes a gap, a sign and a gap: at most two codes a byte.
        if self.room.len() < 2 * bytes.len() + 8 {
            self.room.resize(2 * bytes.len() + 8, GAP);
        }
        self.len = 1;
        self.room[0] = GAP;
        self.erased = 0;
        self.signs = 0;
        self.soft = (0, 0);
        let mut at = 0;
        while at < bytes.len() {
            at += self.plain(&bytes[at..]);
            at += self.words(table, &bytes[at..]);
            if at >= bytes.len() {
                break;
            }
            let (entry, width) = decode(table, bytes, at);
            match entry.kind {
                Kind::Letter => {
                    self.push(entry.letter);
                    at += width;
                }
                Kind::Ignored => at += width,
                Kind::Space => {
                    self.gap();
                    at += width;
                }
                Kind::Digit | Kind::Symbol => at = self.symbols(bytes, at),
            }
        }
        self.gap();
    }

    /// Reads a word of ASCII letters in place of what was here before; `false` if it holds anything else, and then what is here
    /// says nothing.
    #[inline]
    pub(crate) fn read_ascii(&mut self, key: &Key, len: usize) -> bool {
        /// A gap, the codes, a gap.
        const CODES: usize = KEY_BYTES + 2;
        if self.room.len() < CODES {
            self.room.resize(CODES, GAP);
        }
        let Some(room) = self.room.first_chunk_mut::<CODES>() else { return false };
        room[0] = GAP;
        let mut wrong = 0;
        for (codes, &word) in room[1..].as_chunks_mut::<8>().0.iter_mut().zip(key) {
            let (lower, letters) = lower_case(word);
            // The zeros behind the word become gaps.
            let inner = ((word & !HIGH) + 0x7F * ONES) | word;
            wrong |= (letters ^ inner) & HIGH;
            *codes = lower.to_le_bytes().map(u16::from);
        }
        room[CODES - 1] = GAP;
        self.len = len + 2;
        (self.erased, self.signs, self.soft) = (0, 0, (0, 0));
        wrong == 0
    }

    /// Takes ASCII letters and spaces over as long as there are eight bytes and nothing else; returns how many.
    ///
    /// Each step looks at eight bytes in one word.
    #[inline]
    fn plain(&mut self, bytes: &[u8]) -> usize {
        let (mut at, mut len) = (0, self.len);
        while let Some(eight) = bytes[at..].first_chunk::<8>() {
            let word = u64::from_le_bytes(*eight);
            let (lower, letters) = lower_case(word);
            let spaces = !(((word & !HIGH) ^ (0x20 * ONES)) + 0x7F * ONES) & !word;
            let wrong = !(letters | spaces) & HIGH;
            for (code, byte) in self.room[len..len + 8].iter_mut().zip(lower.to_le_bytes()) {
                *code = u16::from(byte);
            }
            let n = (wrong.trailing_zeros() / 8) as usize;
            at += n;
            len += n;
            if n < 8 {
                break;
            }
        }
        self.len = len;
        at
    }

    /// Takes letters of any script and spaces over, up to the first byte that is neither or begins a longer stretch of
    /// ASCII letters; returns how many bytes.
    #[inline]
    fn words(&mut self, table: &[Entry; 0x1_0000], bytes: &[u8]) -> usize {
        let (mut at, mut len) = (0, self.len);
        let mut ascii = 0;
        while at < bytes.len() && ascii < 3 {
            let (entry, width) = decode(table, bytes, at);
            if entry.kind != Kind::Letter && bytes[at] != b' ' {
                break;
            }
            self.room[len] = entry.letter;
            len += 1;
            ascii = if bytes[at].is_ascii_alphabetic() { ascii + 1 } else { 0 };
            at += width;
        }
        self.len = len;
        at
    }

    /// Where the token that ends here began: after a gap that is not soft, or a letter that is not of the Latin script.
    fn token(&self) -> usize {
        let mut from = self.len;
        while from > 1 {
            let code = self.room[from - 1];
            if code == GAP && from - 1 == self.soft.0 {
                return self.soft.1;
            }
            if code == GAP || code >= 0x250 {
                break;
            }
            from -= 1;
        }
        from
    }

    #[inline]
    fn push(&mut self, code: u16) {
        self.room[self.len] = code;
        self.len += 1;
    }

    #[inline]
    fn last(&self) -> u16 {
        self.room[self.len - 1]
    }

    #[inline]
    fn gap(&mut self) {
        if self.last() != GAP {
            self.push(GAP);
        }
    }

    /// Reads the run of symbols and digits at `at`; returns where to go on.
    fn symbols(&mut self, bytes: &[u8], at: usize) -> usize {
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
                        b'#' | b'$' | b'&' | b'+' | b'/' | b'<'..=b'>' | b'@' | b'['..=b'_' | b'{'..=b'~'
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
        let left = self.last();
        let left_letter = left != GAP && left & 0xF000 != SIGN;
        let left_ascii = left != GAP && left < 0x80;
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
            return self.erase(bytes, end, mixed);
        }
        let prose = plain
            && (digits > 0 || count <= 3)
            && !(left_letter && right_letter && matches!(run[0], b'(' | b':') && !run.ends_with(b"`"));
        let joins = left_letter && right_letter && matches!(run, b"'" | b"." | b"_" | b"/" | b":" | b"(");
        let token = if joins { self.token() } else { 0 };
        self.gap();
        if !prose {
            let flags = u32::from(left_letter) | u32::from(right_letter) << 1 | u32::from(digits > 0) << 2;
            let hash = (hash ^ count.min(4) << 8 ^ flags).wrapping_mul(0x85EB_CA6B);
            self.push(SIGN | (hash >> 20) as u16);
            self.push(GAP);
            self.signs += 1;
        }
        if joins {
            self.soft = (self.len - 1, token);
        }
        end
    }

    /// Takes the token that ends here out, with all that follows up to the next space or letter outside ASCII; `counts`
    /// it if it is not an address.
    fn erase(&mut self, bytes: &[u8], at: usize, counts: bool) -> usize {
        let from = self.token();
        let codes = &self.codes()[from..];
        let mut letters = codes.iter().filter(|&&code| code != GAP && code & 0xF000 != SIGN).count() as u32;
        self.len = from;
        let mut end = at;
        while end < bytes.len() && bytes[end].is_ascii_graphic() {
            letters += u32::from(bytes[end].is_ascii_alphabetic());
            end += 1;
        }
        self.erased += if counts { letters } else { 0 };
        self.gap();
        end
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
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> String {
        let mut letters = Letters::default();
        letters.read(text);
        let mut codes = letters.codes().to_vec();
        codes.dedup_by(|a, b| *a == GAP && *b == GAP);
        codes
            .iter()
            .map(|&code| if code & 0xF000 == SIGN { '¤' } else { char::from_u32(u32::from(code)).unwrap_or('?') })
            .collect()
    }

    proptest! {
        #[test]
        fn words_of_ascii_letters_are_read_as_any_text_is(word in "[a-zA-Z]{0,24}|[a-zA-Z@{`0-9é]{0,12}") {
            let mut key = [0; KEY_BYTES];
            key[..word.len()].copy_from_slice(word.as_bytes());
            let key = std::array::from_fn(|at| u64::from_le_bytes(*key[8 * at..].first_chunk().expect("three words")));
            let (mut fast, mut slow) = (Letters::default(), Letters::default());
            fast.read("erased2 \u{0}==");
            slow.read(&word);
            prop_assert_eq!(fast.read_ascii(&key, word.len()), word.bytes().all(|byte| byte.is_ascii_alphabetic()));
            if word.bytes().all(|byte| byte.is_ascii_alphabetic()) && !word.is_empty() {
                prop_assert_eq!(fast.codes(), slow.codes());
                prop_assert_eq!((fast.erased, fast.signs, fast.soft), (slow.erased, slow.signs, slow.soft));
            }
        }
    }

    #[test]
    fn folds_case_and_keeps_gaps_between_words() {
        assert_eq!(read("Ein  SCHÖNER Tag, 3,5 % mehr (heute)."), " ein schöner tag mehr heute ");
    }

    #[test]
    fn takes_addresses_and_mixed_tokens_out() {
        assert_eq!(
            read("siehe https://example.com/a?b=c und a.b@example.org oder d3b07384 nur"),
            " siehe und oder nur "
        );
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

//! From text to folded bytes: lower-cased words and single characters with one or more spaces between them.
//!
//! ASCII goes 32 bytes at a time without a branch on the characters; all else goes through the table of `fold`, and where
//! normalization depends on neighbours, through NFKC over just those characters. [`canonical_reference`] is the slow
//! definition of the same thing. The folded bytes become tokens in `token`.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use super::config::CanonicalForm;
use super::fold::{FoldTable, Kind, depends_on_neighbours, fold_char};

/// Bytes of spaces after the folded text, so that loads of a block never pass the end.
pub(crate) const PADDING: usize = 64;

const CHUNK: usize = 32;

/// Replaces `out` by the folded bytes of `text`: a space, the tokens with one or more spaces between them, and at least
/// [`PADDING`] spaces. Returns the length without the padding, and how many tokens are single characters.
#[inline(always)]
pub(crate) fn fold_text(text: &str, table: &FoldTable, out: &mut Vec<u8>) -> (usize, usize) {
    let source = text.as_bytes();
    let ascii = AsciiRule::new(table.form());
    let start = State { at: 1, pending: false, singles: 0 };
    let mut walk = Walk { out, state: start, starter: 0, before_starter: start, last_class: 0 };
    walk.reserve(source.len());
    walk.out[0] = b' ';
    let mut i = 0;
    while i < source.len() {
        let (chunk, present) = load_chunk(source, i);
        walk.part_from_mark();
        let target = walk.state.at;
        let leading = ascii.fold_chunk(&chunk, &mut walk.out[target..target + CHUNK]).min(present);
        if leading > 0 {
            i += leading;
            walk.state.at += leading;
            walk.starter = i - 1;
            walk.before_starter = State { at: walk.state.at - 1, ..walk.state };
            walk.last_class = 0;
        }
        if leading < present {
            i = walk.fold_beyond_ascii(text, i, table);
        }
    }
    let State { at: end, singles, .. } = walk.state;
    walk.out[end..end + PADDING].fill(b' ');
    (end, singles)
}

#[inline(always)]
fn load_chunk(source: &[u8], at: usize) -> ([u8; CHUNK], usize) {
    let mut chunk = [0; CHUNK];
    let rest = &source[at..];
    if let Some(whole) = rest.first_chunk::<CHUNK>() {
        return (*whole, CHUNK);
    }
    chunk[..rest.len()].copy_from_slice(rest);
    (chunk, rest.len())
}

/// The canonical form for the ASCII characters, in a form without branches.
struct AsciiRule {
    case_bit: u8,
    keep_punctuation: bool,
    fold_digits: bool,
}

impl AsciiRule {
    fn new(form: CanonicalForm) -> AsciiRule {
        AsciiRule {
            case_bit: if form.fold_case { 0x20 } else { 0 },
            keep_punctuation: !form.drop_punctuation,
            fold_digits: form.fold_digits,
        }
    }

    /// Folds the chunk and returns how many ASCII bytes it begins with; what stands after those is of no meaning.
    #[inline(always)]
    #[allow(clippy::needless_bitwise_bool, reason = "without branches, the loop becomes vector instructions")]
    fn fold_chunk(&self, chunk: &[u8; CHUNK], out: &mut [u8]) -> usize {
        let out = &mut out[..CHUNK];
        let mut all = 0;
        for (target, &c) in out.iter_mut().zip(chunk) {
            all |= c;
            let letter = (c | 0x20).wrapping_sub(b'a') < 26;
            let digit = c.wrapping_sub(b'0') < 10;
            let printed = c.wrapping_sub(0x21) < 0x5E;
            let word = letter | digit | (c == b'_') | (printed & self.keep_punctuation);
            let folded = if letter { c | self.case_bit } else { c };
            let folded = if digit & self.fold_digits { b'0' } else { folded };
            *target = if word { folded } else { b' ' };
        }
        if all < 0x80 {
            return CHUNK;
        }
        chunk.iter().position(|&c| c >= 0x80).unwrap_or(CHUNK)
    }
}

/// What the walk goes back to.
#[derive(Clone, Copy)]
struct State {
    /// End of what is written.
    at: usize,
    /// The last character was a mark, so that a letter that follows begins a token.
    pending: bool,
    /// Tokens that are single characters.
    singles: usize,
}

/// The walk over one text.
struct Walk<'a> {
    out: &'a mut Vec<u8>,
    state: State,
    /// Where the last character that its successors cannot pass begins in the text, and the state before it.
    starter: usize,
    before_starter: State,
    /// Combining class of the last character.
    last_class: u8,
}

impl Walk<'_> {
    /// Parts what comes next from a token that ended in a mark.
    #[inline(always)]
    fn part_from_mark(&mut self) {
        self.out[self.state.at] = b' ';
        self.state.at += usize::from(self.state.pending);
        self.state.pending = false;
    }

    /// Makes room for `rest` further bytes of text, which take at most twice as much.
    #[inline(always)]
    fn reserve(&mut self, rest: usize) {
        let wanted = self.state.at + 2 * rest + CHUNK + PADDING + 8;
        if self.out.len() < wanted {
            self.out.resize(wanted.next_power_of_two(), b' ');
        }
    }

    /// Folds characters from `i`, where one beyond ASCII begins, to the next ASCII character; returns where that is.
    #[inline(always)]
    fn fold_beyond_ascii(&mut self, text: &str, mut i: usize, table: &FoldTable) -> usize {
        let source = text.as_bytes();
        while i < source.len() && source[i] >= 0x80 {
            let (code, len) = decode(source, i);
            if code >= 0x1_0000 {
                i = self.fold_astral(text, i, table);
                continue;
            }
            let entry = table.entry(code);
            match entry.kind() {
                Kind::OrderedMark | Kind::OrderedSingle => {
                    let class = char::from_u32(code).map_or(0, canonical_combining_class);
                    if self.last_class > class {
                        i = self.fold_dependent(text, i, table);
                    } else {
                        self.push(entry.kind(), entry.bytes(), entry.len());
                        self.last_class = class;
                        i += len;
                    }
                }
                Kind::Dependent => i = self.fold_dependent(text, i, table),
                kind => {
                    self.starter = i;
                    self.before_starter = self.state;
                    self.last_class = 0;
                    if kind == Kind::Several {
                        self.push_several(table.expansion(entry));
                        self.reserve(source.len() - i);
                    } else {
                        self.push(kind, entry.bytes(), entry.len());
                    }
                    i += len;
                }
            }
        }
        i
    }

    #[inline(always)]
    fn push(&mut self, kind: Kind, bytes: [u8; 4], len: usize) {
        match kind {
            Kind::Word => {
                self.part_from_mark();
                self.out[self.state.at..self.state.at + 4].copy_from_slice(&bytes);
                self.state.at += len;
            }
            Kind::Single | Kind::OrderedSingle => {
                self.part_from_mark();
                let at = self.state.at + usize::from(self.out[self.state.at - 1] != b' ');
                self.out[at - 1] = b' ';
                self.out[at..at + 4].copy_from_slice(&bytes);
                self.out[at + len] = b' ';
                self.state.at = at + len + 1;
                self.state.singles += 1;
            }
            Kind::Mark | Kind::OrderedMark => {
                if self.out[self.state.at - 1] != b' ' {
                    self.out[self.state.at..self.state.at + 4].copy_from_slice(&bytes);
                    self.state.at += len;
                    self.state.pending = true;
                }
            }
            Kind::Separator => {
                self.out[self.state.at] = b' ';
                self.state.at += 1;
                self.state.pending = false;
            }
            Kind::Dropped | Kind::Several | Kind::Dependent => {}
        }
    }

    #[cold]
    fn push_several(&mut self, several: &[(Kind, char)]) {
        for &(kind, c) in several {
            self.reserve(0);
            let mut bytes = [0; 4];
            let len = c.encode_utf8(&mut bytes).len();
            self.push(kind, bytes, len);
        }
    }

    /// Folds the character beyond U+FFFF at `i` and returns where the next one begins.
    fn fold_astral(&mut self, text: &str, i: usize, table: &FoldTable) -> usize {
        let Some(c) = text[i..].chars().next() else { return text.len() };
        let form = table.form();
        let pictures = matches!(c, '\u{1F000}'..='\u{1F0FF}' | '\u{1F300}'..='\u{1FAFF}') && form.drop_punctuation;
        let plain_han = matches!(c, '\u{20000}'..='\u{2EBE0}' | '\u{30000}'..='\u{323AF}');
        if !pictures && !plain_han && depends_on_neighbours(c) {
            return self.fold_dependent(text, i, table);
        }
        self.starter = i;
        self.before_starter = self.state;
        self.last_class = 0;
        if pictures {
            self.push(Kind::Separator, [b' ', 0, 0, 0], 1);
        } else {
            let several: Vec<(Kind, char)> = std::iter::once(c).nfkc().flat_map(|c| fold_char(c, form)).collect();
            self.push_several(&several);
            self.reserve(text.len() - i);
        }
        i + c.len_utf8()
    }

    /// Folds, through NFKC, the stretch around `i` within which characters depend on each other: from the last starter to
    /// the next. Returns where it ends.
    #[cold]
    fn fold_dependent(&mut self, text: &str, i: usize, table: &FoldTable) -> usize {
        let start = self.starter.min(i);
        let mut end = text.len();
        for (offset, c) in text[i..].char_indices().skip(1) {
            let stays = match c as u32 {
                0..0x80 => true,
                code @ 0x80..0x1_0000 => {
                    !matches!(table.entry(code).kind(), Kind::OrderedMark | Kind::OrderedSingle | Kind::Dependent)
                }
                _ => !depends_on_neighbours(c),
            };
            if stays {
                end = i + offset;
                break;
            }
        }
        self.state = self.before_starter;
        for c in text[start..end].nfkc() {
            self.push_several(&fold_char(c, table.form()));
        }
        // The next character is a starter and notes itself; a second stretch never follows directly on this one.
        self.starter = end;
        self.before_starter = self.state;
        self.last_class = 0;
        self.reserve(text.len() - start);
        end
    }
}

/// The character at `i`, where one beyond ASCII begins, and its length. The bytes are those of a `str`.
#[inline(always)]
fn decode(source: &[u8], i: usize) -> (u32, usize) {
    let byte = |offset: usize| u32::from(source.get(i + offset).copied().unwrap_or(0));
    let first = u32::from(source[i]);
    if first < 0xE0 {
        ((first & 0x1F) << 6 | byte(1) & 0x3F, 2)
    } else if first < 0xF0 {
        ((first & 0xF) << 12 | (byte(1) & 0x3F) << 6 | byte(2) & 0x3F, 3)
    } else {
        (0x1_0000, 4)
    }
}

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

#[cfg(test)]
mod tests;

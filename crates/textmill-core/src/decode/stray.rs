//! Broken runs inside lines of UTF-8.
//!
//! A byte that is not UTF-8 is either the rest of a damaged character (U+FFFD: what it was is lost) or a character of
//! another charset that was pasted in. It is read as the latter only where the result is likely in the language around
//! it: `caf\xE9` in French becomes `café`; `caf\xC3` becomes `caf\u{FFFD}`.

use super::candidate::Case;
use super::charset::Charset;
use super::detect::detect;
use super::model::{Script, model};
use super::sample::windows;
use super::utf8::{Sequence, next_high, sequence};

/// The most a pasted character may cost together with the one after it, in quarters of a bit: one in a million.
const MAX_COST: u32 = 80;

/// The shortest run of broken bytes that is read as a word in another charset, in bytes.
const WORD_BYTES: usize = 4;

/// How much text is looked at to know its language, in characters.
const LANGUAGE_CHARS: usize = 4096;

/// Reads broken runs in the light of the whole text.
pub(super) struct Strays {
    /// The language of the text as a lane of the Latin script, and the charset of single letters in it.
    latin: Option<(usize, Charset)>,
    /// The charset of words in another charset.
    words: Option<Charset>,
    used: Option<Charset>,
}

/// What was met in a line.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) malformed: usize,
    pub(super) replaced: usize,
}

impl Strays {
    /// Looks over the whole text.
    pub(super) fn of(bytes: &[u8], fallback: Option<Charset>) -> Strays {
        let mut pool = Vec::new();
        let mut n_latin = 0_usize;
        let mut n_other = 0_usize;
        let mut at = next_high(bytes, 0);
        while at < bytes.len() {
            let len = match sequence(&bytes[at..]) {
                Sequence::Sound(len) => {
                    let latin =
                        matches!(bytes[at], 0xC3..=0xC9) || (bytes[at] == 0xE1 && matches!(bytes[at + 1], 0xB8..=0xBB));
                    // Dashes and quotes (E2 80) are in every script.
                    n_latin += usize::from(latin);
                    n_other += usize::from(!latin && bytes[at] > 0xC9 && bytes[at] != 0xE2);
                    len
                }
                Sequence::SurrogatePair(_) => 6,
                Sequence::Malformed(_) => {
                    let len = broken_run(&bytes[at..]);
                    if len >= WORD_BYTES {
                        pool.extend_from_slice(&bytes[at.saturating_sub(1)..at + len]);
                        pool.push(b' ');
                    }
                    len
                }
            };
            at = next_high(bytes, at + len);
        }
        let words = (!pool.is_empty()).then(|| detect(&pool, &windows(&pool), None).best());
        let latin = (n_other <= n_latin).then(|| {
            let lane = language(bytes);
            (lane, fallback.unwrap_or_else(|| charset_of(lane)))
        });
        Strays { latin, words, used: None }
    }

    /// The charset in which something was read, if anything was.
    pub(super) fn used(&self) -> Option<Charset> {
        self.used
    }

    /// Appends the text of a line.
    pub(super) fn decode_line(&mut self, line: &[u8], text: &mut String) -> Counts {
        let mut counts = Counts::default();
        if let Ok(clean) = simdutf8::basic::from_utf8(line) {
            text.push_str(clean);
            return counts;
        }
        let mut at = 0;
        while at < line.len() {
            let high = next_high(line, at);
            // ASCII, and sound sequences below: neither can fail.
            text.push_str(std::str::from_utf8(&line[at..high]).unwrap_or_default());
            at = high;
            if at == line.len() {
                break;
            }
            match sequence(&line[at..]) {
                Sequence::Sound(len) => {
                    text.push_str(std::str::from_utf8(&line[at..at + len]).unwrap_or_default());
                    at += len;
                }
                Sequence::SurrogatePair(char) => {
                    counts.malformed += 1;
                    text.push(char);
                    at += 6;
                }
                Sequence::Malformed(_) => {
                    let len = broken_run(&line[at..]);
                    self.decode_run(line, at, len, text, &mut counts);
                    at += len;
                }
            }
        }
        counts
    }

    fn decode_run(&mut self, line: &[u8], at: usize, len: usize, text: &mut String, counts: &mut Counts) {
        let run = &line[at..at + len];
        let alone = (at == 0 || line[at - 1] < 0x80) && line.get(at + len).is_none_or(|&byte| byte < 0x80);
        let mut from = 0;
        let mut n_sequences = 0;
        let mut cut = false;
        while from < len {
            let one = match sequence(&line[at + from..at + len]) {
                Sequence::Sound(len) | Sequence::Malformed(len) => len,
                Sequence::SurrogatePair(_) => 6,
            };
            // The start of a longer sequence: a character that lost its end.
            cut |= one > 1 || (at + from + one == line.len() && (0xC2..=0xF4).contains(&line[at + from]));
            from += one;
            n_sequences += 1;
        }
        counts.malformed += n_sequences;
        let charset = if has_the_form_of_utf8(run) {
            None
        } else if len >= WORD_BYTES {
            self.words.filter(|_| alone)
        } else {
            self.latin.map(|(_, charset)| charset).filter(|_| !cut)
        };
        if let Some(charset) = charset {
            let mut read = String::new();
            let malformed = charset.decode_into(run, &mut read);
            if malformed == 0 && (len >= WORD_BYTES || self.is_likely(text, &read, char_at(line, at + len))) {
                text.push_str(&read);
                self.used = Some(charset);
                return;
            }
        }
        counts.replaced += n_sequences;
        text.extend(std::iter::repeat_n('\u{FFFD}', n_sequences));
    }

    /// Whether `read` is likely after `text` and before `next`.
    fn is_likely(&self, text: &str, read: &str, next: char) -> bool {
        let Some((lane, _)) = self.latin else { return false };
        let latin = model().script(Script::Latin);
        let mut before = text.chars().next_back().unwrap_or(' ');
        let mut cost = 0;
        let mut n_chars = 0;
        for char in read.chars().chain([next]) {
            cost += u32::from(latin.pair(latin.class(before), latin.class(char))[lane])
                + Case::of(before).cost_before(Case::of(char));
            before = char;
            n_chars += 1;
        }
        cost <= MAX_COST * (n_chars - 1)
    }
}

/// Whether bytes are built like UTF-8, but mean nothing: overlong, beyond the last code point, a lone surrogate.
fn has_the_form_of_utf8(run: &[u8]) -> bool {
    let mut at = 0;
    while at < run.len() {
        let n_following = match run[at] {
            0xC0..=0xDF => 1,
            0xE0..=0xEF => 2,
            0xF0..=0xF7 => 3,
            0xF8..=0xFB => 4,
            0xFC..=0xFD => 5,
            _ => return false,
        };
        let following = run.get(at + 1..=at + n_following);
        if !following.is_some_and(|bytes| bytes.iter().all(|byte| byte & 0xC0 == 0x80)) {
            return false;
        }
        at += 1 + n_following;
    }
    true
}

/// The character at `at`; a space at the end of the line.
fn char_at(line: &[u8], at: usize) -> char {
    let rest = &line[at..line.len().min(at + 4)];
    rest.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next()).unwrap_or(' ')
}

/// The length of the broken sequences at the start of `bytes`.
fn broken_run(bytes: &[u8]) -> usize {
    let mut len = 0;
    while len < bytes.len() && bytes[len] >= 0x80 {
        match sequence(&bytes[len..]) {
            Sequence::Malformed(one) => len += one,
            _ => break,
        }
    }
    len
}

/// The lane of the Latin script in which the sound part of the text is likeliest.
fn language(bytes: &[u8]) -> usize {
    let latin = model().script(Script::Latin);
    let mut costs = vec![0_u32; latin.lanes()];
    let mut before = ' ';
    let step = (bytes.len() / 4).max(1);
    for part in bytes.chunks(step) {
        let part = &part[..part.len().min(LANGUAGE_CHARS / 4)];
        for char in part.utf8_chunks().flat_map(|chunk| chunk.valid().chars()) {
            for (cost, &one) in costs.iter_mut().zip(latin.pair(latin.class(before), latin.class(char))) {
                *cost += u32::from(one);
            }
            before = char;
        }
    }
    costs.iter().enumerate().min_by_key(|&(_, cost)| cost).map_or(0, |(lane, _)| lane)
}

/// The charset that texts in the language of that lane were usually in.
fn charset_of(lane: usize) -> Charset {
    let label = match model().script(Script::Latin).language(lane) {
        "cs" | "hr" | "hsb" | "hu" | "pl" | "ro" | "sk" | "sl" | "sq" => "windows-1250",
        "tr" => "windows-1254",
        "et" | "lt" | "lv" => "windows-1257",
        "vi" => "windows-1258",
        _ => "windows-1252",
    };
    Charset::from_label(label).unwrap_or(Charset::WINDOWS_1252)
}

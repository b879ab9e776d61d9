//! Reading a text for its words: what stands inside a line, never what stands at its edges.

use super::counts::WordCounts;
use super::key::{Kind, WordKey, mix};
use super::letters::{TABLE_END, fold_with, folded_letters};
use xxhash_rust::xxh3::xxh3_64;

/// Bytes of one sample.
const STEP: usize = 1024;
/// Which bytes of a text are read: all before `whole`, and from `first` on one step of each `steps`.
struct Samples {
    whole: usize,
    first: usize,
    steps: usize,
}

/// Of a text with breaks, and of one without.
const WITH_BREAKS: Samples = Samples { whole: 4096, first: 4096, steps: 3 };
const WITHOUT: Samples = Samples { whole: 1024, first: 12 * STEP, steps: 24 };

/// A run of letters that was read and waits for its right neighbour.
#[derive(Clone, Copy)]
struct Run {
    key: WordKey,
    /// Whether it is a word, and not part of an address, a number or code.
    plain: bool,
    /// Whether it begins with a capital and goes on in small letters. After a hyphen before such a run no question arises, so
    /// nothing is learned from it.
    capital: bool,
    after: After,
}

/// What stands before a run of letters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    /// The line begins with the run.
    LineStart,
    /// A hyphen joins it to the run before.
    Hyphen,
    /// The run before has a suspended hyphen.
    Suspended,
    /// Anything else.
    Gap,
}

/// Learns the words of `text`: of its start all, of the rest samples, more where there are breaks to decide.
pub(super) fn learn(counts: &mut WordCounts, text: &str) {
    let table = folded_letters();
    let bytes = text.as_bytes();
    let Samples { whole, first, steps } = match breaks(text) {
        Breaks::Some => WITH_BREAKS,
        Breaks::Rare => WITHOUT,
        Breaks::None if is_passed_over(bytes) => return,
        Breaks::None => WITHOUT,
    };
    let mut counts = Queue::new(counts);
    let (mut words, mut compounds) = (0, 0);
    let mut start = 0;
    while start < bytes.len() {
        // From a line's start or a sample's to the line's end or the sample's.
        let limit = if start < whole { whole } else { start + STEP }.min(bytes.len());
        let mut end = memchr::memchr(b'\n', &bytes[start..limit]).map_or(limit, |at| start + at);
        while !text.is_char_boundary(end) {
            end += 1;
        }
        let learned = learn_line(&mut counts, table, &text[start..end]);
        words += learned.0;
        compounds += learned.1;
        start = end + 1;
        if start >= whole && start < first {
            start = first;
        } else if start >= first && (start - first) % (steps * STEP) >= STEP {
            start = first + (start - first).next_multiple_of(steps * STEP);
        }
        while start < bytes.len() && !text.is_char_boundary(start) {
            start += 1;
        }
    }
    counts.finish().add_words(words, compounds);
}

/// Keys and contexts that wait until their places in the table have come from memory.
struct Queue<'a> {
    counts: &'a mut WordCounts,
    waiting: [(u64, u64); WAITING],
    len: usize,
}

/// How many wait: enough for memory to answer meanwhile.
const WAITING: usize = 16;

impl<'a> Queue<'a> {
    fn new(counts: &'a mut WordCounts) -> Queue<'a> {
        Queue { counts, waiting: [(0, 0); WAITING], len: 0 }
    }

    /// Notes one context of a table key.
    #[inline]
    fn add(&mut self, key: u64, context: u64) {
        self.counts.prefetch(key);
        let oldest = std::mem::replace(&mut self.waiting[self.len % WAITING], (key, context));
        if self.len >= WAITING {
            self.counts.add(oldest.0, oldest.1);
        }
        self.len += 1;
    }

    /// Adds what still waits.
    fn finish(self) -> &'a mut WordCounts {
        for &(key, context) in &self.waiting[..self.len.min(WAITING)] {
            self.counts.add(key, context);
        }
        self.counts
    }
}

/// Of the longer texts without any break, which ask nothing themselves, every other one is not read: the rest teach enough of
/// the words that they share, at half the cost.
fn is_passed_over(bytes: &[u8]) -> bool {
    /// Bytes below which a text costs less to read than to choose.
    const SHORT: usize = 256;
    bytes.len() >= SHORT && xxh3_64(&bytes[..64]) & 1 == 1
}

/// How many line ends of a text may be breaks in its middle.
enum Breaks {
    None,
    /// At most one in 4,096 bytes, which may be chance.
    Rare,
    Some,
}

/// Whether line ends of the text may be breaks in its middle: a letter ends the line or a hyphen, and a small one begins the
/// next.
fn breaks(text: &str) -> Breaks {
    /// Bytes of text in which one such line end is taken for chance.
    const RARE: usize = 4096;
    let bytes = text.as_bytes();
    let mut seen = 0;
    for at in memchr::memchr_iter(b'\n', bytes) {
        let (Some(&next), true) = (bytes.get(at + 1), at > 0) else { continue };
        let last = bytes[at - 1];
        let open = last.is_ascii_alphabetic() || matches!(last, b',' | b'-') || last >= 0x80;
        let goes_on = next.is_ascii_lowercase()
            || next >= 0x80
                && text[at + 1..].starts_with(|c: char| c.is_lowercase() || c.is_alphabetic() && !c.is_uppercase())
            || next == b'.' && bytes[at + 1..].starts_with(b"...[+++]");
        if open && goes_on {
            seen += 1;
            if seen * RARE > bytes.len() {
                return Breaks::Some;
            }
        }
    }
    if seen == 0 { Breaks::None } else { Breaks::Rare }
}

/// The lower case of ASCII letters, 0 for all other bytes.
const ASCII: [u8; 256] = {
    let mut table = [0; 256];
    let mut letter = b'a';
    while letter <= b'z' {
        table[letter as usize] = letter;
        table[letter.to_ascii_uppercase() as usize] = letter;
        letter += 1;
    }
    table
};

/// Learns the words of one line and returns how many words and compounds they were.
///
/// By itself it keeps its values in registers; inlined into the loop over lines it is a tenth slower.
#[inline(never)]
fn learn_line(counts: &mut Queue<'_>, table: &[u16; TABLE_END], line: &str) -> (u64, u64) {
    let bytes = line.as_bytes();
    let mut at = 0;
    let (mut n, mut compounds) = (0_u64, 0_u64);
    // The runs before: `older`, then `pending`, which is learned when its right neighbour is known.
    let mut older = WordKey::EMPTY;
    let mut pending: Option<Run> = None;
    let mut pending_compound: Option<(WordKey, WordKey, u64)> = None;
    let mut gap_start = 0;
    while at < bytes.len() {
        // To the next letter.
        let byte = bytes[at];
        let start = at;
        let mut key = WordKey::EMPTY;
        let mut end = at;
        while end < bytes.len() {
            let byte = bytes[end];
            let folded = ASCII[usize::from(byte)];
            if folded != 0 {
                key = key.push(u32::from(folded));
                end += 1;
            } else if byte < 0x80 {
                break;
            } else {
                let (code, len) = decode(bytes, end);
                let folded = match table.get(code as usize) {
                    Some(&folded) => u32::from(folded),
                    None => char::from_u32(code).and_then(|c| fold_with(table, c)).map_or(0, u32::from),
                };
                if folded == 0 {
                    break;
                }
                key = key.push(folded);
                end += len;
            }
        }
        if end == start {
            at += if byte < 0x80 { 1 } else { decode(bytes, at).1 };
            continue;
        }
        at = end;
        let gap = &bytes[gap_start..start];
        gap_start = end;
        let after = match gap {
            _ if pending.is_none() => After::LineStart,
            b" " => After::Gap,
            b"-" | b"\xE2\x80\x90" | b"\xE2\x80\x91" => After::Hyphen,
            // `Vor- und`.
            b"- " | b"\xE2\x80\x90 " | b"\xE2\x80\x91 " => After::Suspended,
            _ => After::Gap,
        };
        let run = Run {
            key,
            plain: !is_code_side(bytes.get(end).copied(), bytes.get(end + 1).copied()) && !is_code_before(gap),
            capital: after == After::Hyphen && begins_with_one_capital(&line[start..end]),
            after,
        };
        if let Some(before) = pending.replace(run) {
            let context = mix(older.0 ^ key.0.rotate_left(17));
            if let Some((left, right, context)) = pending_compound.take() {
                compounds += 1;
                counts.add(left.compound(right), mix(context ^ key.0.rotate_left(17)));
                counts.add(left.as_kind(Kind::Before), mix(right.0));
                counts.add(right.as_kind(Kind::After), mix(left.0));
            }
            let first = before.after == After::LineStart;
            if before.plain && !first {
                if before.after != After::Hyphen && !matches!(after, After::Hyphen | After::Suspended) {
                    counts.add(before.key.as_kind(Kind::Word), context);
                    n += 1;
                }
                if before.after == After::Suspended {
                    counts.add(before.key.as_kind(Kind::Suspended), context);
                    counts.add(WordKey::EMPTY.as_kind(Kind::Suspended), context);
                }
            }
            if after == After::Hyphen && !run.capital && !first {
                pending_compound = Some((before.key, key, older.0));
            }
            older = before.key;
        }
    }
    (n, compounds)
}

/// Whether a run begins with a capital that no other capital follows.
fn begins_with_one_capital(run: &str) -> bool {
    let mut letters = run.chars();
    letters.next().is_some_and(char::is_uppercase) && !letters.next().is_some_and(char::is_uppercase)
}

/// The character that begins at byte `at` of valid UTF-8 that is not ASCII there, and its length.
#[inline]
fn decode(bytes: &[u8], at: usize) -> (u32, usize) {
    let tail = |i: usize| u32::from(bytes.get(at + i).copied().unwrap_or(0) & 0x3F);
    match bytes[at] {
        lead @ ..0xE0 => (u32::from(lead & 0x1F) << 6 | tail(1), 2),
        lead @ 0xE0..0xF0 => (u32::from(lead & 0x0F) << 12 | tail(1) << 6 | tail(2), 3),
        lead => (u32::from(lead & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4),
    }
}

/// Whether the character after a run of letters says that it is part of an address, a name of a file or code.
#[inline]
fn is_code_side(byte: Option<u8>, next: Option<u8>) -> bool {
    if byte == Some(b' ') {
        return false;
    }
    match byte {
        Some(b'0'..=b'9' | b'@' | b'_' | b'\\' | b'=' | b'<' | b'{' | b'|' | b'~' | b'[' | b'(' | b'/' | b'+') => true,
        Some(b'.' | b':') => next.is_some_and(|next| !next.is_ascii_whitespace() && next < 0x80 && next != b'"'),
        _ => false,
    }
}

/// Whether the gap before a run of letters ends in a character that makes it part of an address, a name or code.
#[inline]
fn is_code_before(gap: &[u8]) -> bool {
    if gap == b" " {
        return false;
    }
    match gap {
        [b'.' | b':'] | [.., b' ' | b'\t', b'-' | b'.'] | [.., b'-', b'-'] => true,
        [.., last] => last.is_ascii_digit() || b"@_\\=>}|~/+$#%]".contains(last),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::repair::words::letters::is_letter;

    proptest! {
        #[test]
        fn characters_are_decoded_as_by_the_standard_library(text in "\\PC{1,20}") {
            let mut at = 0;
            for c in text.chars() {
                if !c.is_ascii() {
                    prop_assert_eq!(decode(text.as_bytes(), at), (c as u32, c.len_utf8()));
                }
                at += c.len_utf8();
            }
        }

        #[test]
        fn words_inside_a_line_are_those_that_splitting_at_other_characters_gives(text in "[a-zA-ZäÖжšकि ,]{0,60}") {
            let mut counts = WordCounts::new();
            counts.learn(&text);
            let words: Vec<&str> = text.split(|c| !is_letter(c)).filter(|word| !word.is_empty()).collect();
            for (i, word) in words.iter().enumerate().take(words.len().saturating_sub(1)).skip(1) {
                prop_assert!(counts.count(WordKey::of(word).0, Kind::Word) >= 1.0, "word {} of {:?}", i, text);
            }
        }
    }

    #[test]
    fn what_stands_at_the_edges_of_a_line_is_not_learned() {
        let mut counts = WordCounts::new();
        counts.learn("ragment of a word and a frag\nment of another, of a well-kn\nown one");
        let known = |word: &&str| counts.count(WordKey::of(word).0, Kind::Word) > 0.0;
        assert!(!["ragment", "frag", "ment", "kn", "well", "own"].iter().any(known));
        assert!(["word", "another"].iter().all(known));
    }

    #[test]
    fn compounds_and_suspended_halves_are_learned_apart_from_words() {
        let mut counts = WordCounts::new();
        counts.learn("alle guten Vor- und Nachteile der neuen e-mail Adresse hier");
        let [e, mail] = ["e", "mail"].map(|word| WordKey::of(word).0);
        assert!(counts.count_compound(e, mail) >= 1.0 && counts.count(e, Kind::Before) >= 1.0);
        assert!(counts.count(WordKey::of("und").0, Kind::Suspended) >= 1.0);
        let known = |word: &&str| counts.count(WordKey::of(word).0, Kind::Word) > 0.0;
        assert!(!["mail", "vor"].iter().any(known));
    }
}

//! Reading a text for its words: what stands inside a line, never what stands at its edges.

use super::counts::WordCounts;
use super::key::{Kind, WordKey, mix};
use super::letters::{fold_with, folded_letters};

/// Of a text with no line end that could be a break, one line's worth of this many bytes is read of each sixteen.
const STEP: usize = 1024;
/// Every how many steps one is read, of a text with breaks and of one without.
const STEPS_WITH_BREAKS: usize = 3;
const STEPS_WITHOUT: usize = 16;
/// Bytes at the start of any text that are read whole.
const WHOLE: usize = 4096;
const WHOLE_WITHOUT: usize = 512;

/// A run of letters that was read and waits for its right neighbour.
#[derive(Clone, Copy, Default)]
struct Run {
    key: WordKey,
    /// Whether it is a word, and not part of an address, a number or code.
    plain: bool,
    /// Whether a hyphen joins it to the run before.
    after_hyphen: bool,
    /// Whether it begins with a capital. After such a hyphen no question arises, so nothing is learned from it.
    capital: bool,
    /// Whether it came after a suspended hyphen.
    after_suspended: bool,
    /// Whether it is the first of its line.
    first: bool,
}

/// Learns the words of `text`: of its start all, of the rest samples, more where there are breaks to decide.
pub(super) fn learn(counts: &mut WordCounts, text: &str) {
    let table = folded_letters();
    let bytes = text.as_bytes();
    let (whole, steps) = if has_breaks(text) { (WHOLE, STEPS_WITH_BREAKS) } else { (WHOLE_WITHOUT, STEPS_WITHOUT) };
    let (mut words, mut compounds) = (0, 0);
    let mut start = 0;
    while start < bytes.len() {
        // From a line's start or a sample's to the line's end or the sample's.
        let limit = if start < whole { whole } else { start + STEP }.min(bytes.len());
        let mut end = memchr::memchr(b'\n', &bytes[start..limit]).map_or(limit, |at| start + at);
        while !text.is_char_boundary(end) {
            end += 1;
        }
        let learned = learn_line(counts, table, &text[start..end]);
        words += learned.0;
        compounds += learned.1;
        start = end + 1;
        if start >= whole && (start - whole) % (steps * STEP) >= STEP {
            start = whole + (start - whole).next_multiple_of(steps * STEP);
        }
        while start < bytes.len() && !text.is_char_boundary(start) {
            start += 1;
        }
    }
    counts.add_words(words, compounds);
}

/// Whether line ends of the text may be breaks in its middle: a letter ends the line or a hyphen, and a small one begins the
/// next. One in [`RARE`] bytes is none.
fn has_breaks(text: &str) -> bool {
    /// Bytes of text in which one such line end is taken for chance.
    const RARE: usize = 4096;
    let bytes = text.as_bytes();
    let mut seen = 0;
    for at in memchr::memchr_iter(b'\n', bytes) {
        let (Some(&next), true) = (bytes.get(at + 1), at > 0) else { continue };
        let last = bytes[at - 1];
        let open = last.is_ascii_alphabetic() || matches!(last, b',' | b'-') || last >= 0x80;
        let goes_on = next.is_ascii_lowercase()
            || next >= 0x80 && text[at + 1..].starts_with(|c: char| c.is_lowercase() || c.is_alphabetic() && !c.is_uppercase())
            || next == b'.' && bytes[at + 1..].starts_with(b"...[+++]");
        if open && goes_on {
            seen += 1;
            if seen * RARE > bytes.len() {
                return true;
            }
        }
    }
    false
}

/// Learns the words of one line and returns how many words and compounds they were.
fn learn_line(counts: &mut WordCounts, table: &[u16; 0x1000], line: &str) -> (u64, u64) {
    let bytes = line.as_bytes();
    let mut at = 0;
    let (mut n, mut compounds) = (0_u64, 0_u64);
    // The runs before: `older`, then `pending`, which is learned when its right neighbour is known.
    let mut older = WordKey::EMPTY;
    let mut pending = Run { first: true, ..Run::default() };
    let mut pending_compound: Option<(WordKey, WordKey, u64)> = None;
    let mut gap_start = 0;
    let mut has_pending = false;
    while at < bytes.len() {
        // To the next letter.
        let byte = bytes[at];
        let start = at;
        let mut key = WordKey::EMPTY;
        let mut end = at;
        while end < bytes.len() {
            let byte = bytes[end];
            if byte < 0x80 {
                let folded = byte | 0x20;
                if !folded.is_ascii_lowercase() {
                    break;
                }
                key = key.push(u32::from(folded));
                end += 1;
            } else {
                let Some(c) = line[end..].chars().next() else { break };
                let Some(folded) = fold_with(table, c) else { break };
                key = key.push(folded as u32);
                end += c.len_utf8();
            }
        }
        if end == start {
            at += if byte < 0x80 { 1 } else { line[at..].chars().next().map_or(1, char::len_utf8) };
            continue;
        }
        at = end;
        let gap = &line[gap_start..start];
        gap_start = end;
        let hyphen = matches!(gap, "-" | "\u{2010}" | "\u{2011}");
        let suspended = has_pending && !hyphen && is_suspended(gap);
        let run = Run {
            key,
            plain: !is_code_side(bytes.get(end).copied(), bytes.get(end + 1).copied())
                && !is_code_before(gap.as_bytes()),
            after_hyphen: has_pending && hyphen,
            capital: hyphen && line[start..end].starts_with(char::is_uppercase),
            after_suspended: suspended,
            first: !has_pending,
        };
        if has_pending {
            let context = mix(older.0 ^ key.0.rotate_left(17));
            if let Some((left, right, before)) = pending_compound.take() {
                let context = mix(before ^ key.0.rotate_left(17));
                compounds += 1;
                counts.add(left.compound(right), context);
                counts.add(left.as_kind(Kind::Before), mix(right.0));
                counts.add(right.as_kind(Kind::After), mix(left.0));
            }
            if pending.plain && !pending.first {
                if !(pending.after_hyphen || run.after_hyphen || suspended) {
                    counts.add(pending.key.as_kind(Kind::Word), context);
                    n += 1;
                }
                if pending.after_suspended {
                    counts.add(pending.key.as_kind(Kind::Suspended), context);
                    counts.add(WordKey::EMPTY.as_kind(Kind::Suspended), context);
                }
            }
            if run.after_hyphen && !run.capital && !pending.first {
                pending_compound = Some((pending.key, key, older.0));
            }
            older = pending.key;
        }
        pending = run;
        has_pending = true;
    }
    (n, compounds)
}

/// Whether the gap is a hyphen on its left side and then blanks: `Vor- und`.
fn is_suspended(gap: &str) -> bool {
    let rest = gap.strip_prefix(['-', '\u{2010}', '\u{2011}']);
    rest.is_some_and(|rest| rest == " ")
}

/// Whether the character after a run of letters says that it is part of an address, a name of a file or code.
#[inline]
fn is_code_side(byte: Option<u8>, next: Option<u8>) -> bool {
    match byte {
        None => false,
        Some(b'0'..=b'9' | b'@' | b'_' | b'\\' | b'=' | b'<' | b'{' | b'|' | b'~' | b'[' | b'(' | b'/' | b'+') => true,
        Some(b'.' | b':') => next.is_some_and(|next| !next.is_ascii_whitespace() && next < 0x80 && next != b'"'),
        Some(_) => false,
    }
}

/// Whether the gap before a run of letters ends in a character that makes it part of an address, a name or code.
#[inline]
fn is_code_before(gap: &[u8]) -> bool {
    match gap {
        [.., b'0'..=b'9' | b'@' | b'_' | b'\\' | b'=' | b'>' | b'}' | b'|' | b'~' | b'/' | b'+' | b'$' | b'#' | b'%' | b']'] => {
            true
        }
        [b'.' | b':', ..] if gap.len() == 1 => true,
        [.., b' ' | b'\t', b'-' | b'.'] | [.., b'-', b'-'] => true,
        _ => false,
    }
}

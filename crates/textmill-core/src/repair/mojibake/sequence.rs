//! One UTF-8 sequence seen through a single-byte encoding: from the characters that stand in the text to the one meant.

use super::code_pages::{CodePage, bytes_of, has_no_break_space, is_continuation, is_lead};

/// A character found behind a sequence.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Sequence {
    /// What was meant; U+FFFD where a byte is lost.
    pub(super) meant: char,
    /// Bytes of the text that stand for it.
    pub(super) len: usize,
    /// Bytes it had in UTF-8; six for a pair of surrogates.
    pub(super) units: usize,
}

/// The sequence with which `text` begins, if its bytes in the encoding `page` are valid UTF-8 of two bytes or more.
///
/// A pair of surrogates in three bytes each, as CESU-8 has them, counts as one sequence.
pub(super) fn sequence(text: &str, page: CodePage) -> Option<Sequence> {
    let mut chars = text.chars();
    let mut len = 0;
    let mut next = || {
        let c = chars.next()?;
        len += c.len_utf8();
        Some(bytes_of(c)[page])
    };
    let lead = next().filter(|&byte| is_lead(byte))?;
    let units = units_of(lead);
    let mut bytes = [lead, 0, 0, 0];
    for slot in &mut bytes[1..units] {
        *slot = next().filter(|&byte| is_continuation(byte))?;
    }
    if lead == 0xED && bytes[1] >= 0xA0 {
        let high = surrogate(bytes[1], bytes[2])?;
        if next() != Some(0xED) {
            return None;
        }
        let low = surrogate(next()?, next()?)?;
        let meant = char::decode_utf16([high, low]).next()?.ok()?;
        return Some(Sequence { meant, len, units: 6 });
    }
    let meant = std::str::from_utf8(&bytes[..units]).ok()?.chars().next()?;
    Some(Sequence { meant, len, units })
}

/// The UTF-16 unit of which these are the last two bytes in CESU-8.
fn surrogate(second: u8, third: u8) -> Option<u16> {
    let valid = is_continuation(second) && second >= 0xA0 && is_continuation(third);
    valid.then(|| 0xD000 | u16::from(second & 0x3F) << 6 | u16::from(third & 0x3F))
}

/// The sequence with which `text` begins where one of its bytes is lost: a no-break space (byte A0) that became a
/// space, a byte that became U+FFFD, or the last byte of a closing quote that became `?`.
///
/// A lost byte of a closing quote is known, for `”` is the only frequent character with an undefined byte there; others
/// make the whole character U+FFFD.
pub(super) fn lossy_sequence(text: &str, page: CodePage) -> Option<Sequence> {
    let mut chars = text.chars();
    let first = chars.next()?;
    let lead = bytes_of(first)[page];
    if !is_lead(lead) {
        return None;
    }
    let units = units_of(lead);
    let mut len = first.len_utf8();
    let mut bytes = [lead, 0, 0, 0];
    let mut lost = false;
    for i in 1..units {
        let c = chars.next()?;
        len += c.len_utf8();
        let byte = bytes_of(c)[page];
        let is_quote = page == 0 && bytes[..i] == [0xE2, 0x80];
        bytes[i] = match c {
            _ if is_continuation(byte) => byte,
            ' ' if has_no_break_space(page) => 0xA0,
            '\u{fffd}' | '?' if is_quote => 0x9D,
            '\u{fffd}' => {
                lost = true;
                0xA0
            }
            _ => return None,
        };
    }
    let meant = std::str::from_utf8(&bytes[..units]).ok()?.chars().next()?;
    Some(Sequence { meant: if lost { '\u{fffd}' } else { meant }, len, units })
}

/// Length in bytes of the sequence with this lead.
fn units_of(lead: u8) -> usize {
    match lead {
        0..=0xDF => 2,
        0xE0..=0xEF => 3,
        _ => 4,
    }
}

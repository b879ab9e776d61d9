//! Byte order marks, and UTF-16 and UTF-32 that have none.

use super::charset::Charset;

/// Bytes looked at: the head of the input and as much from its middle.
const LOOKED_AT_BYTES: usize = 4096;

/// The charset that a byte order mark at the start announces, and the mark's length.
pub(super) fn bom(bytes: &[u8]) -> Option<(Charset, usize)> {
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => Some((Charset::UTF_8, 3)),
        [0xFF, 0xFE, 0, 0, ..] if bytes.len().is_multiple_of(4) => Some((Charset::UTF_32LE, 4)),
        [0, 0, 0xFE, 0xFF, ..] => Some((Charset::UTF_32BE, 4)),
        [0xFF, 0xFE, ..] => Some((Charset::UTF_16LE, 2)),
        [0xFE, 0xFF, ..] => Some((Charset::UTF_16BE, 2)),
        _ => None,
    }
}

/// The form of UTF-16 or UTF-32 that the bytes are in, judged by the places of their zero and control bytes.
pub(super) fn pattern(bytes: &[u8]) -> Option<Charset> {
    let head = &bytes[..bytes.len().min(LOOKED_AT_BYTES)];
    let middle = bytes.len() / 2 / 4 * 4;
    let middle = &bytes[middle..bytes.len().min(middle + LOOKED_AT_BYTES)];
    // Text in a charset of bytes has no bytes below TAB; UTF-16 and UTF-32 have some in nearly every line.
    // All of a block are looked at, so that many are at a time.
    let has_low = |bytes: &[u8]| bytes.chunks(128).any(|block| block.iter().fold(false, |low, &byte| low | (byte < 9)));
    if !has_low(head) && !has_low(middle) {
        return None;
    }
    let parts = [head, middle];
    [Charset::UTF_32LE, Charset::UTF_32BE].into_iter().find(|&charset| plausible_utf32(&parts, charset)).or_else(|| {
        let little = utf16_score(&parts, u16::from_le_bytes);
        let big = utf16_score(&parts, u16::from_be_bytes);
        let (best, other, charset) =
            if little >= big { (little, big, Charset::UTF_16LE) } else { (big, little, Charset::UTF_16BE) };
        (best >= 0.7 && best > other + 0.1).then_some(charset)
    })
}

fn plausible_utf32(parts: &[&[u8]], charset: Charset) -> bool {
    let mut units = 0;
    let mut characters = 0;
    for unit in parts.iter().flat_map(|part| part.chunks_exact(4)) {
        let unit = [unit[0], unit[1], unit[2], unit[3]];
        let code = if charset == Charset::UTF_32LE { u32::from_le_bytes(unit) } else { u32::from_be_bytes(unit) };
        units += 1;
        characters += usize::from(code >= 9 && char::from_u32(code).is_some());
    }
    units > 0 && characters * 20 >= units * 19
}

/// How much like text the units are, at most 1: characters of the common blocks count for, others against.
fn utf16_score(parts: &[&[u8]], unit: fn([u8; 2]) -> u16) -> f64 {
    let mut units = 0;
    let mut score = 0;
    let mut ascii_pairs = 0;
    for part in parts {
        let mut high = false;
        for pair in part.chunks_exact(2) {
            let code = unit([pair[0], pair[1]]);
            units += 1;
            let was_high = std::mem::replace(&mut high, false);
            let kana = (0x3040..=0x30FF).contains(&code);
            ascii_pairs += i32::from(!kana && pair.iter().all(|byte| (0x20..0x7F).contains(byte)));
            score += match code {
                // U+4E00 and U+3000 are common; the rest with a zero byte below is Latin text read the wrong way round.
                0x0100..=0xFFFF if code.trailing_zeros() >= 8 && !matches!(code, 0x3000 | 0x4E00) => -4,
                0x09
                | 0x0A
                | 0x0D
                | 0x20..=0x7E
                | 0xA0..=0x17F
                | 0x370..=0x6FF
                | 0x900..=0xE7F
                | 0x2010..=0x2040
                | 0x3000..=0x30FF
                | 0x4E00..=0x9FA5
                | 0xAC00..=0xD7A3
                | 0xFF01..=0xFFEF => 4,
                0x180..=0x36F | 0x700..=0x8FF | 0xE80..=0x200F | 0x2041..=0x2FFF | 0x3100..=0x4DFF => 2,
                0xFEFF => 1,
                0xD800..=0xDBFF => {
                    high = true;
                    0
                }
                0xDC00..=0xDFFF if was_high => 8,
                0 => -4,
                _ => -12,
            };
        }
    }
    // ASCII in pairs reads as Chinese characters, too.
    if units == 0 || ascii_pairs * 2 > units { 0.0 } else { f64::from(score) / f64::from(units * 4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn finds_utf_16_without_a_mark_in_any_script() {
        for text in [
            "Plain words.",
            "Просто слова, ничего больше",
            "简单的话，没有别的。他们说，这是一个好日子。",
            "ただの言葉です。",
        ] {
            assert_eq!(pattern(&utf16(text, u16::to_le_bytes)), Some(Charset::UTF_16LE), "{text}");
            assert_eq!(pattern(&utf16(text, u16::to_be_bytes)), Some(Charset::UTF_16BE), "{text}");
        }
    }

    #[test]
    fn finds_utf_32_without_a_mark() {
        let bytes: Vec<u8> = "Ett ord 語".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        assert_eq!(pattern(&bytes), Some(Charset::UTF_32LE));
    }

    #[test]
    fn leaves_text_of_bytes_alone() {
        assert_eq!(pattern(b"Plain words."), None);
        assert_eq!(pattern(b"one\0two\0three words and a few more"), None);
        assert_eq!(pattern(b""), None);
    }
}

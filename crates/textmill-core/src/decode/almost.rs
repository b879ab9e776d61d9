//! Bytes that are not all UTF-8: a UTF-8 text with broken runs, lines in two charsets, or another charset.

use std::borrow::Cow;

use super::charset::Charset;
use super::detect::detect;
use super::sample::windows;
use super::utf8::{Sequence, Shape, next_high, sequence};
use super::{Decoded, Evidence, Hint, whole};

/// Decodes bytes that are not valid UTF-8.
pub(super) fn decode<'a>(bytes: &'a [u8], declared: Option<Charset>, hint: &Hint) -> Decoded<'a> {
    let mut shape = Lines::default();
    for line in lines(bytes) {
        shape.add(Shape::of(line));
    }
    let utf8 = shape.utf8_sound > 0 && (shape.utf8_sound * 50 >= shape.legacy_malformed);
    if !utf8 && shape.legacy_malformed > 0 {
        if let Some(charset) = declared.filter(|&charset| charset != Charset::UTF_8) {
            return whole(bytes, 0, charset, Evidence::Declared);
        }
        return whole(bytes, 0, detect(bytes, &windows(bytes)), Evidence::Detected);
    }
    let legacy = if shape.legacy_malformed > 0 {
        let mut pool = Vec::new();
        for line in lines(bytes).filter(|line| is_legacy(Shape::of(line))) {
            pool.extend_from_slice(line);
        }
        declared.filter(|&charset| charset != Charset::UTF_8).unwrap_or_else(|| detect(&pool, &windows(&pool)))
    } else {
        hint.fallback.unwrap_or(Charset::WINDOWS_1252)
    };
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    let mut malformed = 0;
    let mut replaced = 0;
    let mut used = false;
    for line in lines(bytes) {
        let shape = Shape::of(line);
        malformed += shape.malformed;
        if is_legacy(shape) {
            replaced += legacy.decode_into(line, &mut text);
            used = true;
        } else {
            decode_line(line, &mut text, &mut replaced, &mut used);
        }
    }
    Decoded {
        text: Cow::Owned(text),
        encoding: Charset::UTF_8.name(),
        second_encoding: used.then(|| legacy.name()),
        evidence: if shape.legacy_malformed > 0 { Evidence::Mixed } else { Evidence::AlmostUtf8 },
        malformed,
        replaced,
        bom: false,
    }
}

/// What the lines of a text are.
#[derive(Default)]
struct Lines {
    utf8_sound: usize,
    legacy_malformed: usize,
}

impl Lines {
    fn add(&mut self, line: Shape) {
        if is_legacy(line) {
            self.legacy_malformed += line.malformed;
        } else {
            self.utf8_sound += line.sound;
        }
    }
}

/// Whether a line has more that is not UTF-8 than that is.
fn is_legacy(line: Shape) -> bool {
    line.broken() > line.sound
}

/// The lines with their ends.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|&byte| byte == b'\n')
}

/// Decodes a line of UTF-8 in which some sequences are malformed.
fn decode_line(line: &[u8], text: &mut String, replaced: &mut usize, used: &mut bool) {
    let mut at = 0;
    while at < line.len() {
        let high = next_high(line, at);
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
                text.push(char);
                at += 6;
            }
            Sequence::Malformed(len) => {
                let letter = |at: Option<usize>| at.and_then(|at| line.get(at)).is_some_and(u8::is_ascii_alphabetic);
                if len == 1 && line[at] >= 0xC0 && (letter(at.checked_sub(1)) || letter(Some(at + 1))) {
                    *used = true;
                    Charset::WINDOWS_1252.decode_into(&line[at..=at], text);
                } else {
                    *replaced += 1;
                    text.push('\u{FFFD}');
                }
                at += len;
            }
        }
    }
}

//! JSON strings: what stands escaped between two quotes, and text made such a string.

use super::special::Specials;

/// What was met while a string was unescaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unescaped {
    /// Unpaired surrogates that became U+FFFD.
    pub unpaired: usize,
    /// [`write_string`] would write the string just as it stood.
    pub as_written: bool,
}

impl Unescaped {
    /// A string without escapes.
    pub const NOTHING: Unescaped = Unescaped { unpaired: 0, as_written: true };
}

/// Appends to `out` the string that stands, escaped and without quotes, in `raw`. `raw` has been scanned by
/// `read_object`.
pub fn unescape_into(raw: &str, out: &mut String) -> Unescaped {
    let bytes = raw.as_bytes();
    let mut copied = 0;
    let mut found = Unescaped::NOTHING;
    let mut specials = Specials::new(bytes, 0);
    loop {
        let at = specials.next();
        match bytes.get(at) {
            Some(b'\\') => {
                out.push_str(&raw[copied..at]);
                copied = push_escape(bytes, at, out, &mut found);
                specials.skip_to(copied);
            }
            Some(_) => {}
            None => break,
        }
    }
    out.push_str(raw.get(copied..).unwrap_or_default());
    found
}

/// Appends what the escape that begins at `at` stands for, and returns where it ends.
pub(super) fn push_escape(bytes: &[u8], at: usize, out: &mut String, found: &mut Unescaped) -> usize {
    let end = at + 2;
    match bytes.get(at + 1) {
        Some(b'n') => out.push('\n'),
        Some(b't') => out.push('\t'),
        Some(b'r') => out.push('\r'),
        Some(b'b') => out.push('\u{8}'),
        Some(b'f') => out.push('\u{c}'),
        Some(b'u') => {
            found.as_written = false;
            let unit = hex_unit(bytes, end);
            let end = end + 4;
            let low = match bytes.get(end..end + 6) {
                Some([b'\\', b'u', digits @ ..])
                    if (0xD800..0xDC00).contains(&unit) && digits.iter().all(u8::is_ascii_hexdigit) =>
                {
                    hex_unit(digits, 0)
                }
                _ => 0,
            };
            if (0xDC00..0xE000).contains(&low) {
                let code = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                out.push(char::from_u32(code).unwrap_or('\u{FFFD}'));
                return end + 6;
            }
            found.unpaired += usize::from(char::from_u32(unit).is_none());
            out.push(char::from_u32(unit).unwrap_or('\u{FFFD}'));
            return end;
        }
        Some(&other) => {
            found.as_written &= other != b'/';
            out.push(char::from(other));
        }
        None => {}
    }
    end
}

/// The four hexadecimal digits from `at` on, as a number; what is missing counts as zero.
fn hex_unit(bytes: &[u8], at: usize) -> u32 {
    bytes.iter().skip(at).take(4).fold(0, |unit, &digit| unit << 4 | char::from(digit).to_digit(16).unwrap_or(0))
}

/// Appends `text` to `out` as a JSON string, quotes included.
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut copied = 0;
    let mut specials = Specials::new(bytes, 0);
    loop {
        let at = specials.next();
        out.extend_from_slice(&bytes[copied..at]);
        let short = match bytes.get(at) {
            None => break,
            Some(b'"') => b'"',
            Some(b'\\') => b'\\',
            Some(b'\n') => b'n',
            Some(b'\t') => b't',
            Some(b'\r') => b'r',
            Some(0x08) => b'b',
            Some(0x0C) => b'f',
            Some(&byte) => {
                let digits = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digits[0], digits[1]]);
                copied = at + 1;
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', short]);
        copied = at + 1;
    }
    out.push(b'"');
}

/// Appends a value of a line in which liberties were taken, made strict: control characters in strings are escaped,
/// unpaired surrogates become U+FFFD, `NaN` and the infinities become `null`.
pub fn write_strict(value: &str, out: &mut Vec<u8>) {
    let bytes = value.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'"' {
            let start = at;
            at += 1;
            while at < bytes.len() && bytes[at] != b'"' {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
            at = (at + 1).min(bytes.len());
            write_strict_string(&bytes[start..at], out);
        } else if let Some(name) = ["NaN", "Infinity", "-Infinity"].iter().find(|name| value[at..].starts_with(**name))
        {
            out.extend_from_slice(b"null");
            at += name.len();
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
}

/// A string, quotes included, as [`write_strict`] has it.
fn write_strict_string(string: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < string.len() {
        match (string[at], string.get(at + 1)) {
            (byte @ 0..0x20, _) => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            (b'\\', Some(b'u')) => {
                let unit = hex_unit(string, at + 2);
                let follows =
                    string.get(at + 6..at + 8) == Some(b"\\u") && (0xDC00..0xE000).contains(&hex_unit(string, at + 8));
                let len = if (0xD800..0xDC00).contains(&unit) && follows { 12 } else { 6 };
                let is_unpaired = (0xD800..0xE000).contains(&unit) && len == 6;
                out.extend_from_slice(if is_unpaired { b"\\ufffd" } else { &string[at..string.len().min(at + len)] });
                at += len;
                continue;
            }
            (b'\\', Some(&escaped)) => {
                out.extend_from_slice(&[b'\\', escaped]);
                at += 1;
            }
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn unpaired_surrogates_become_replacement_characters() {
        let mut out = String::new();
        assert_eq!(unescape_into(r"a\ud800b\udc00\ud83d\ude00\ud83d", &mut out).unpaired, 3);
        assert_eq!(out, "a\u{FFFD}b\u{FFFD}😀\u{FFFD}");
    }

    #[test]
    fn liberties_are_written_strictly() {
        let mut out = Vec::new();
        write_strict("[NaN,-Infinity,\"NaN\t\\\"\",{\"Infinity\":Infinity}]", &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "[null,null,\"NaN\\u0009\\\"\",{\"Infinity\":null}]");
        let mut out = Vec::new();
        write_strict(r#""\ud800 \ud83d\ude00 \udc00\\ud800""#, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), r#""\ufffd \ud83d\ude00 \ufffd\\ud800""#);
    }

    proptest! {
        #[test]
        fn a_string_survives_writing_and_reading(text in any::<String>(), pad in 0..40_usize) {
            let text = format!("{}{text}\"\\\n{text}", "x".repeat(pad));
            let mut out = Vec::new();
            write_string(&text, &mut out);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text.clone());
            let written = String::from_utf8(out).unwrap();
            let mut back = String::new();
            unescape_into(&written[1..written.len() - 1], &mut back);
            prop_assert_eq!(back, text);
        }

        #[test]
        fn what_is_said_to_be_as_written_is_written_so(raw in r#"([a-z]|\\[nrtbf/"\\]|\\u00[01][0-9a-fA-F]|\\u00e9){0,12}"#) {
            let mut text = String::new();
            let found = unescape_into(&raw, &mut text);
            let mut out = Vec::new();
            write_string(&text, &mut out);
            let rewritten = String::from_utf8(out).unwrap();
            prop_assert!(!found.as_written || rewritten[1..rewritten.len() - 1] == raw);
            prop_assert!(found.as_written || raw.contains(r"\/") || raw.contains(r"\u"));
        }
    }
}

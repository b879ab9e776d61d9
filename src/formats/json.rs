//! One JSON object a line, read shallowly: the fields stay slices of the input, so that what is not text passes through
//! untouched, in its order, to the last digit.
//!
//! The grammar is RFC 8259's, checked in full, with three liberties that real dumps need and that are counted: control
//! characters inside strings, unpaired surrogate escapes, and Python's `NaN`, `Infinity` and `-Infinity`.
//! Nesting is followed without recursion and limited.

use super::special::next_special;

/// Levels of nesting below the object, beyond which a line is rejected; far above what data holds, far below what
/// overflows the stack of readers downstream.
pub const MAX_DEPTH: usize = 512;

/// A piece of the line, in bytes, half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Slice {
    /// First byte.
    pub start: u32,
    /// First byte after it.
    pub end: u32,
}

impl Slice {
    /// The slice of `text` that this stands for.
    pub fn of(self, text: &str) -> &str {
        &text[self.start as usize..self.end as usize]
    }

    /// Moved by `by` bytes.
    #[must_use]
    pub fn shifted(self, by: usize) -> Slice {
        Slice { start: self.start + by as u32, end: self.end + by as u32 }
    }

    fn new(start: usize, end: usize) -> Slice {
        Slice { start: start as u32, end: end as u32 }
    }
}

/// One member of the object, as it stands in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name, without its quotes, escapes as written.
    pub key: Slice,
    /// The value, as written.
    pub value: Slice,
}

/// Why a line is not a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// What is wrong.
    pub kind: JsonErrorKind,
    /// Byte of the line at which it is.
    pub at: usize,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonErrorKind {
    /// The line ends inside the object.
    UnexpectedEnd,
    /// A character that cannot stand there; the text says what was expected.
    Expected(&'static str),
    /// A value, but no object.
    NotAnObject,
    /// Something follows the object.
    TrailingCharacters,
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
}

impl std::fmt::Display for JsonError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind {
            JsonErrorKind::UnexpectedEnd => write!(f, "the object is not finished"),
            JsonErrorKind::Expected(what) => write!(f, "expected {what}"),
            JsonErrorKind::NotAnObject => write!(f, "a record is one JSON object a line"),
            JsonErrorKind::TrailingCharacters => write!(f, "something follows the object"),
            JsonErrorKind::TooDeep => write!(f, "nested deeper than {MAX_DEPTH} levels"),
        }?;
        write!(f, ", column {}", self.at + 1)
    }
}

/// Reads the fields of the object that `line` is, appending them to `fields`, and returns how many liberties were taken.
///
/// A name that stands twice keeps its first place and its last value, as in Python and JavaScript.
///
/// # Errors
/// A [`JsonError`] with the byte at which the line stops being an object; `fields` is then as it was.
pub fn read_object(line: &str, fields: &mut Vec<Field>) -> Result<Liberties, JsonError> {
    let from = fields.len();
    let mut scanner = Scanner { bytes: line.as_bytes(), at: 0, liberties: Liberties::default() };
    let result = scanner.object(fields);
    if result.is_err() {
        fields.truncate(from);
        return result.map(|()| Liberties::default());
    }
    scanner.liberties.duplicate_keys = keep_last_values(line, fields, from);
    Ok(scanner.liberties)
}

/// What a line holds beyond the strict grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Liberties {
    /// Control characters stand in strings.
    pub controls: bool,
    /// `NaN`, `Infinity` or `-Infinity` values.
    pub not_numbers: usize,
    /// Escapes of surrogates, paired or not.
    pub surrogates: bool,
    /// Names that stood more than once.
    pub duplicate_keys: usize,
}

impl Liberties {
    /// Whether a value of the line may have to be rewritten to be strict.
    pub fn need_rewriting(self) -> bool {
        self.controls || self.not_numbers > 0 || self.surrogates
    }
}

fn keep_last_values(line: &str, fields: &mut Vec<Field>, from: usize) -> usize {
    let own = fields.len() - from;
    if own <= 24 {
        let mut removed = 0;
        let mut at = from + 1;
        while at < fields.len() {
            let key = fields[at].key.of(line);
            if let Some(first) = (from..at).find(|&i| fields[i].key.of(line) == key) {
                fields[first].value = fields[at].value;
                fields.remove(at);
                removed += 1;
            } else {
                at += 1;
            }
        }
        return removed;
    }
    let mut place = std::collections::HashMap::with_capacity(own);
    for field in fields.split_off(from) {
        let first: usize = *place.entry(field.key.of(line)).or_insert(fields.len());
        match fields.get_mut(first) {
            Some(known) => known.value = field.value,
            None => fields.push(field),
        }
    }
    from + own - fields.len()
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    liberties: Liberties,
}

impl Scanner<'_> {
    fn object(&mut self, fields: &mut Vec<Field>) -> Result<(), JsonError> {
        self.blanks();
        match self.peek() {
            Some(b'{') => self.at += 1,
            Some(_) => return Err(JsonError { kind: JsonErrorKind::NotAnObject, at: self.at }),
            None => return Err(self.end()),
        }
        self.blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return self.nothing_more();
        }
        loop {
            let key = self.key()?;
            let start = self.at;
            self.value()?;
            fields.push(Field { key, value: Slice::new(start, self.at) });
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return self.nothing_more();
                }
                _ => return Err(self.expected("`,` or `}`")),
            }
            self.blanks();
        }
    }

    /// A name and its colon; leaves the place at the value.
    fn key(&mut self) -> Result<Slice, JsonError> {
        if self.peek() != Some(b'"') {
            return Err(self.expected("a name in double quotes"));
        }
        let start = self.at + 1;
        self.string()?;
        let key = Slice::new(start, self.at - 1);
        self.blanks();
        if self.peek() != Some(b':') {
            return Err(self.expected("`:`"));
        }
        self.at += 1;
        self.blanks();
        Ok(key)
    }

    /// One value with all that is nested in it.
    fn value(&mut self) -> Result<(), JsonError> {
        // One bit a level: whether it is an object.
        let mut levels = [0_u64; MAX_DEPTH / 64];
        let mut depth = 0;
        loop {
            match self.peek() {
                Some(open @ (b'{' | b'[')) => {
                    if depth == MAX_DEPTH {
                        return Err(JsonError { kind: JsonErrorKind::TooDeep, at: self.at });
                    }
                    self.at += 1;
                    self.blanks();
                    let is_object = open == b'{';
                    if self.peek() == Some(if is_object { b'}' } else { b']' }) {
                        self.at += 1;
                    } else {
                        let bit = 1 << (depth % 64);
                        levels[depth / 64] = levels[depth / 64] & !bit | if is_object { bit } else { 0 };
                        depth += 1;
                        if is_object {
                            self.key()?;
                        }
                        continue;
                    }
                }
                Some(b'"') => self.string()?,
                Some(_) => self.scalar()?,
                None => return Err(self.end()),
            }
            // A value is complete: close what ends here, or go on to the next one.
            loop {
                if depth == 0 {
                    return Ok(());
                }
                let is_object = levels[(depth - 1) / 64] >> ((depth - 1) % 64) & 1 == 1;
                self.blanks();
                match (self.peek(), is_object) {
                    (Some(b','), _) => {
                        self.at += 1;
                        self.blanks();
                        if is_object {
                            self.key()?;
                        }
                        break;
                    }
                    (Some(b'}'), true) | (Some(b']'), false) => {
                        self.at += 1;
                        depth -= 1;
                    }
                    (_, true) => return Err(self.expected("`,` or `}`")),
                    (_, false) => return Err(self.expected("`,` or `]`")),
                }
            }
        }
    }

    fn string(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        loop {
            self.at = next_special(self.bytes, self.at);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {}
                Some(_) => {
                    self.liberties.controls = true;
                    self.at += 1;
                    continue;
                }
                None => return Err(self.end()),
            }
            self.at += match self.bytes.get(self.at + 1) {
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
                Some(b'u') => {
                    let digits = self.bytes.get(self.at + 2..self.at + 6).ok_or_else(|| self.end())?;
                    if !digits.iter().all(u8::is_ascii_hexdigit) {
                        return Err(self.expected("four hexadecimal digits after `\\u`"));
                    }
                    self.liberties.surrogates |= matches!(digits[0], b'd' | b'D') && digits[1] >= b'8';
                    6
                }
                Some(_) => return Err(self.expected("a known escape after `\\`")),
                None => return Err(self.end()),
            };
        }
    }

    /// A number or a literal.
    fn scalar(&mut self) -> Result<(), JsonError> {
        let rest = &self.bytes[self.at..];
        let end = rest
            .iter()
            .position(|b| matches!(b, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n'))
            .unwrap_or(rest.len());
        let known = match &rest[..end] {
            b"true" | b"false" | b"null" => true,
            b"NaN" | b"Infinity" | b"-Infinity" => {
                self.liberties.not_numbers += 1;
                true
            }
            number => is_number(number),
        };
        if !known {
            return Err(self.expected("a value"));
        }
        self.at += end;
        Ok(())
    }

    fn nothing_more(&mut self) -> Result<(), JsonError> {
        self.blanks();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(JsonError { kind: JsonErrorKind::TrailingCharacters, at: self.at }),
        }
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn end(&self) -> JsonError {
        JsonError { kind: JsonErrorKind::UnexpectedEnd, at: self.bytes.len() }
    }

    fn expected(&self, what: &'static str) -> JsonError {
        if self.at >= self.bytes.len() {
            return self.end();
        }
        JsonError { kind: JsonErrorKind::Expected(what), at: self.at }
    }
}

/// Whether the bytes are a number of RFC 8259: `-? int frac? exp?`.
fn is_number(bytes: &[u8]) -> bool {
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || whole > 1 && bytes[at] == b'0' {
        return false;
    }
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return false;
        }
        at += 1 + fraction;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
        let exponent = digits(at);
        if exponent == 0 {
            return false;
        }
        at += exponent;
    }
    at == bytes.len()
}

/// What was met while a string was unescaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unescaped {
    /// Unpaired surrogates that became U+FFFD.
    pub unpaired: usize,
    /// [`write_string`] would write the string just as it stood.
    pub as_written: bool,
}

/// Appends to `out` the string that stands, escaped and without quotes, in `raw`. `raw` has been scanned by
/// [`read_object`].
pub fn unescape_into(raw: &str, out: &mut String) -> Unescaped {
    let bytes = raw.as_bytes();
    let mut at = 0;
    let mut copied = 0;
    let mut unpaired = 0;
    let mut as_written = true;
    out.reserve(raw.len());
    loop {
        at = next_special(bytes, at);
        let Some(&escape) = bytes.get(at + 1).filter(|_| bytes[at] == b'\\') else {
            if at >= bytes.len() {
                break;
            }
            // A control character stands for itself.
            at += 1;
            continue;
        };
        out.push_str(&raw[copied..at]);
        at += 2;
        match escape {
            b'n' => out.push('\n'),
            b't' => out.push('\t'),
            b'r' => out.push('\r'),
            b'b' => out.push('\u{8}'),
            b'f' => out.push('\u{c}'),
            b'u' => {
                as_written = false;
                let unit = hex_unit(bytes, at);
                at += 4;
                let low = match bytes.get(at..at + 2) {
                    Some(b"\\u") if (0xD800..0xDC00).contains(&unit) => hex_unit(bytes, at + 2),
                    _ => 0,
                };
                if (0xDC00..0xE000).contains(&low) {
                    at += 6;
                    let code = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                    out.push(char::from_u32(code).unwrap_or('\u{FFFD}'));
                } else if let Some(c) = char::from_u32(unit) {
                    out.push(c);
                } else {
                    out.push('\u{FFFD}');
                    unpaired += 1;
                }
            }
            other => {
                as_written &= other != b'/';
                out.push(char::from(other));
            }
        }
        copied = at;
    }
    out.push_str(raw.get(copied..).unwrap_or_default());
    Unescaped { unpaired, as_written }
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
    loop {
        let at = next_special(bytes, copied);
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

    fn fields(line: &str) -> Result<Vec<(String, String)>, JsonError> {
        let mut fields = Vec::new();
        read_object(line, &mut fields)?;
        Ok(fields.iter().map(|f| (f.key.of(line).to_owned(), f.value.of(line).to_owned())).collect())
    }

    #[test]
    fn keeps_order_and_digits() {
        let got = fields(r#" {"b" : 1.000000000000000000001e400, "a":[{"x":"}"},[]] , "c":{} } "#).unwrap();
        let want = [("b", "1.000000000000000000001e400"), ("a", r#"[{"x":"}"},[]]"#), ("c", "{}")];
        assert_eq!(got, want.map(|(k, v)| (k.to_owned(), v.to_owned())));
    }

    #[test]
    fn the_last_of_two_values_wins_in_the_first_place() {
        assert_eq!(
            fields(r#"{"a":1,"b":2,"a":3}"#).unwrap(),
            [("a", "3"), ("b", "2")].map(|(k, v)| (k.to_owned(), v.to_owned()))
        );
        let many = (0..40).map(|i| format!("\"k{i}\":{i},")).collect::<Vec<_>>().concat();
        let got = fields(&format!("{{{many}\"k3\":\"last\"}}")).unwrap();
        assert_eq!((got.len(), got[3].1.as_str()), (40, "\"last\""));
    }

    #[test]
    fn rejects_what_is_no_object_with_its_place() {
        for (line, kind, at) in [
            ("[1]", JsonErrorKind::NotAnObject, 0),
            ("{\"a\":1} {}", JsonErrorKind::TrailingCharacters, 8),
            ("{\"a\":1,}", JsonErrorKind::Expected("a name in double quotes"), 7),
            ("{\"a\":01}", JsonErrorKind::Expected("a value"), 5),
            ("{\"a\":\"\\x\"}", JsonErrorKind::Expected("a known escape after `\\`"), 6),
            ("{\"a\":\"x", JsonErrorKind::UnexpectedEnd, 7),
            ("{\"a\":[1,]}", JsonErrorKind::Expected("a value"), 8),
        ] {
            assert_eq!(fields(line), Err(JsonError { kind, at }), "{line}");
        }
        let deep = format!("{{\"a\":{}", "[".repeat(100_000));
        assert!(matches!(fields(&deep), Err(JsonError { kind: JsonErrorKind::TooDeep, .. })));
    }

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

        #[test]
        fn accepts_exactly_what_serde_json_accepts(line in r#"[{]("[ab]":([0-9]{1,2}|-?[01]\.?[0-9]?e?[+-]?[0-9]?|true|nul|"[a\\"u0]{0,3}"|[\[\]{}:, "a0]{0,6}),?){0,3}[}]"#) {
            let ours = fields(&line).is_ok();
            // Numbers beyond a double's range are well-formed, and unpaired surrogates are a liberty.
            let theirs = serde_json::from_str::<std::collections::HashMap<String, Box<serde_json::value::RawValue>>>(&line);
            prop_assert_eq!(ours, theirs.is_ok(), "{} {:?}", line, theirs);
        }
    }
}

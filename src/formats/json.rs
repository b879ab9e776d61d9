//! One JSON object a line, read shallowly: the fields stay slices of the input, so that what is not text passes through
//! untouched, in its order, to the last digit.
//!
//! The grammar is RFC 8259's, checked in full, with three liberties that real dumps need and that are counted: control
//! characters inside strings, unpaired surrogate escapes, and Python's `NaN`, `Infinity` and `-Infinity`.
//! Nesting is followed without recursion and limited.

use super::special::Specials;
use super::strings::push_escape;
pub use super::strings::{Unescaped, unescape_into, write_strict, write_string};

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
    read(line, "", None, fields).map(|(liberties, _)| liberties)
}

/// As [`read_object`], and appends the last value called `text_field` to `unescaped`, if it is a string with escapes.
///
/// # Errors
/// As [`read_object`]; `unescaped` is then as it was, too.
pub fn read_record(
    line: &str,
    text_field: &str,
    fields: &mut Vec<Field>,
    unescaped: &mut String,
) -> Result<(Liberties, Option<Unescaped>), JsonError> {
    read(line, text_field, Some(unescaped), fields)
}

fn read(
    line: &str,
    text_field: &str,
    mut unescaped: Option<&mut String>,
    fields: &mut Vec<Field>,
) -> Result<(Liberties, Option<Unescaped>), JsonError> {
    let from = fields.len();
    let text_from = unescaped.as_ref().map_or(0, |text| text.len());
    let mut scanner = Scanner { line, bytes: line.as_bytes(), at: 0, liberties: Liberties::default() };
    let found = scanner.object(fields, text_field, unescaped.as_deref_mut()).inspect_err(|_| {
        fields.truncate(from);
        unescaped.into_iter().for_each(|text| text.truncate(text_from));
    })?;
    scanner.liberties.duplicate_keys = keep_last_values(line, fields, from);
    Ok((scanner.liberties, found))
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
    line: &'a str,
    bytes: &'a [u8],
    at: usize,
    liberties: Liberties,
}

impl Scanner<'_> {
    fn object(
        &mut self,
        fields: &mut Vec<Field>,
        text_field: &str,
        mut unescaped: Option<&mut String>,
    ) -> Result<Option<Unescaped>, JsonError> {
        let text_from = unescaped.as_ref().map_or(0, |text| text.len());
        let mut found = None;
        self.blanks();
        match self.peek() {
            Some(b'{') => self.at += 1,
            Some(_) => return Err(JsonError { kind: JsonErrorKind::NotAnObject, at: self.at }),
            None => return Err(self.end()),
        }
        self.blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return self.nothing_more().map(|()| None);
        }
        loop {
            let key = self.key()?;
            let start = self.at;
            match &mut unescaped {
                Some(text) if key.of(self.line) == text_field => {
                    // The last of several counts.
                    text.truncate(text_from);
                    found = None;
                    if self.peek() == Some(b'"') {
                        found = self.unescape(text)?;
                    } else {
                        self.value()?;
                    }
                }
                _ => self.value()?,
            }
            fields.push(Field { key, value: Slice::new(start, self.at) });
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return self.nothing_more().map(|()| found);
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
        let mut specials = Specials::new(self.bytes, self.at + 1);
        loop {
            self.at = specials.next();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => specials.skip_to(self.at + self.escape()?),
                Some(_) => self.liberties.controls = true,
                None => return Err(self.end()),
            }
        }
    }

    /// A string that is appended to `text` if it has escapes.
    fn unescape(&mut self, text: &mut String) -> Result<Option<Unescaped>, JsonError> {
        let mut copied = self.at + 1;
        let mut specials = Specials::new(self.bytes, copied);
        let mut found = None;
        loop {
            self.at = specials.next();
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.escape()?;
                    let found = found.get_or_insert(Unescaped::NOTHING);
                    text.push_str(&self.line[copied..self.at]);
                    // The second escape of a pair is looked at by itself as well, if it is none.
                    copied = push_escape(self.bytes, self.at, text, found);
                    specials.skip_to(copied);
                }
                Some(_) => self.liberties.controls = true,
                None => return Err(self.end()),
            }
        }
        if found.is_some() {
            text.push_str(&self.line[copied..self.at]);
        }
        self.at += 1;
        Ok(found)
    }

    /// The length of the escape that begins here.
    fn escape(&mut self) -> Result<usize, JsonError> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
            Some(b'u') => {
                let digits = self.bytes.get(self.at + 2..self.at + 6).ok_or_else(|| self.end())?;
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(self.expected("four hexadecimal digits after `\\u`"));
                }
                self.liberties.surrogates |= matches!(digits[0], b'd' | b'D') && digits[1] >= b'8';
                Ok(6)
            }
            Some(_) => Err(self.expected("a known escape after `\\`")),
            None => Err(self.end()),
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

    proptest! {
        #[test]
        fn a_text_is_unescaped_on_the_way_as_by_itself(
            line in r#"[{]("(text|id)":("([a-zé]|\\[nt"\\/]|\\u(00e9|d83d|de00|12))*"|1|null),){0,3}"text":"([a-zé]|\\[nt"\\/]|\\u(00e9|d83d|de00|1x)){0,40}"[}]"#,
        ) {
            let (mut fields, mut plain, mut unescaped) = (Vec::new(), Vec::new(), "before".to_owned());
            let got = read_record(&line, "text", &mut fields, &mut unescaped);
            let want = read_object(&line, &mut plain);
            prop_assert_eq!(got.map(|(liberties, _)| liberties), want);
            prop_assert_eq!(&fields, &plain);
            let mut alone = "before".to_owned();
            if let Ok((_, Some(found))) = got {
                let value = fields.iter().find(|field| field.key.of(&line) == "text").unwrap().value.of(&line);
                prop_assert_eq!(unescape_into(&value[1..value.len() - 1], &mut alone), found);
            }
            prop_assert_eq!(unescaped, alone);
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

//! The grammar, byte by byte: one pass over a line, without recursion.

use super::{Field, JsonError, JsonErrorKind, Liberties, MAX_DEPTH, Slice, Unescaped};
use crate::formats::special::Specials;
use crate::formats::strings::push_escape;

/// A line, and how far it was read.
pub struct Scanner<'a> {
    line: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// What was taken that the grammar does not have.
    pub liberties: Liberties,
}

impl<'a> Scanner<'a> {
    /// A line from its beginning.
    pub fn new(line: &'a str) -> Scanner<'a> {
        Scanner { line, bytes: line.as_bytes(), at: 0, liberties: Liberties::default() }
    }

    /// Reads the object that the line is.
    ///
    /// # Errors
    /// Where it stops being one.
    pub fn object(
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

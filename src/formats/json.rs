//! One JSON object a line, read shallowly: the fields stay slices of the input, so that what is not text passes through
//! untouched, in its order, to the last digit.
//!
//! The grammar is RFC 8259's, checked in full, with three liberties that real dumps need and that are counted: control
//! characters inside strings, unpaired surrogate escapes, and Python's `NaN`, `Infinity` and `-Infinity`.
//! Nesting is followed without recursion and limited.

mod scanner;

use scanner::Scanner;

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
    let mut scanner = Scanner::new(line);
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

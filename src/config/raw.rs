//! The configuration as written: layers of keys and values, each with its place.
//!
//! A layer is the file, one `--set`, or the options of the command line; later layers win. Nothing is interpreted here
//! beyond TOML itself, so that everything written is still there to be reported on. Start at [`RawConfig`].

use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeFloat, DeInteger, DeTable, DeValue};

use super::error::{Mistake, Place};
use super::syntax::{blank_bare_keys, syntax_errors};

/// All that was written anywhere, the layer that wins last.
pub(super) struct RawConfig {
    /// The file, each `--set` in turn, the command line.
    pub(super) layers: Vec<Layer>,
}

/// What was written in one place.
pub(super) struct Layer {
    /// The folder that relative paths start from.
    pub(super) base: PathBuf,
    /// The entries outside any table: in a sound layer, the tables.
    pub(super) entries: Vec<Entry>,
}

/// A key with its value.
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Place,
    pub(super) value: Written,
}

/// A value with its place.
pub(super) struct Written {
    pub(super) place: Place,
    pub(super) value: Value,
    /// The value's letters, where they can stand for a string without quotes (`--set emit.output=2024`).
    pub(super) bare: Option<String>,
}

/// A value of TOML, or a path of the command line, which need not be Unicode.
pub(super) enum Value {
    Text(String),
    Integer(i128),
    Number(f64),
    Flag(bool),
    Date,
    List(Vec<Written>),
    Table(Vec<Entry>),
    Path(PathBuf),
}

impl Value {
    /// The value as a message shows it: its kind and what it is.
    pub(super) fn shown(&self) -> String {
        match self {
            Value::Text(text) => format!("the string \"{text}\""),
            Value::Integer(number) => format!("the integer {number}"),
            Value::Number(number) => format!("the number {number:?}"),
            Value::Flag(flag) => format!("the boolean {flag}"),
            Value::Date => "a date".to_owned(),
            Value::List(_) => "a list".to_owned(),
            Value::Table(_) => "a table".to_owned(),
            Value::Path(path) => format!("the path {}", path.display()),
        }
    }
}

impl Layer {
    /// The value of `key` in `table`, if it was written.
    pub(super) fn get(&self, table: &str, key: &str) -> Option<&Written> {
        self.entries.iter().filter(|entry| entry.key == table).find_map(|entry| match &entry.value.value {
            Value::Table(keys) => keys.iter().find(|entry| entry.key == key).map(|entry| &entry.value),
            _ => None,
        })
    }
}

/// Reads the text of a configuration file. What is not TOML is added to `mistakes`, and the rest is read all the same.
pub(super) fn parse_file(name: &str, base: &Path, bytes: &[u8], mistakes: &mut Vec<Mistake>) -> Layer {
    let name: Arc<str> = Arc::from(name);
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let sound = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
            let place = place_in_file(&name, sound, sound.len());
            let message = "is not UTF-8; a configuration file must be".to_owned();
            mistakes.push(Mistake { place, message });
            return Layer { base: base.to_owned(), entries: Vec::new() };
        }
    };
    let (sound, bare_keys) = blank_bare_keys(text);
    let (table, errors) = DeTable::parse_recoverable(&sound);
    let place = |offset: usize| place_in_file(&name, text, offset);
    let (told, trusted) = syntax_errors(&sound, &errors);
    let mut entries = entries_of(table.into_inner(), &place);
    let open = trusted.and_then(|at| forget_from(&mut entries, &place(at)));
    for (at, message) in bare_keys.into_iter().chain(told) {
        let swallowed = trusted == Some(at);
        let place = open.clone().filter(|_| swallowed).unwrap_or_else(|| place(at));
        mistakes.push(Mistake { place, message });
    }
    Layer { base: base.to_owned(), entries }
}

/// The place of a byte offset in the text of a file.
fn place_in_file(name: &Arc<str>, text: &str, offset: usize) -> Place {
    let (mut line, mut column) = (1, 1);
    for (_, c) in text.char_indices().take_while(|(at, _)| *at < offset) {
        (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
    }
    Place::File { name: Arc::clone(name), line, column }
}

/// The entries of a parsed table, in the order in which they were written.
fn entries_of(table: DeTable<'_>, place: &dyn Fn(usize) -> Place) -> Vec<Entry> {
    let mut entries: Vec<(usize, Entry)> = table
        .into_iter()
        .map(|(key, value)| {
            let at = key.span().start;
            (at, Entry { key: key.into_inner().into_owned(), place: place(at), value: written(value, place) })
        })
        .collect();
    entries.sort_by_key(|(at, _)| *at);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// Forgets what was written at that place or after it, and the value before it, which is still open there; returns
/// where that value begins.
fn forget_from(entries: &mut Vec<Entry>, place: &Place) -> Option<Place> {
    entries.retain(|entry| entry.place < *place);
    entries.sort_by(|a, b| a.place.cmp(&b.place));
    let last = entries.iter_mut().rev().max_by(|a, b| last_place(a).cmp(last_place(b)))?;
    if let Value::Table(inner) = &mut last.value.value {
        return forget_from(inner, place);
    }
    let begins = last.value.place.clone();
    entries.retain(|entry| entry.value.place != begins);
    Some(begins)
}

/// Where the last entry within this one stands.
fn last_place(entry: &Entry) -> &Place {
    match &entry.value.value {
        Value::Table(inner) => inner.iter().map(last_place).max().unwrap_or(&entry.place),
        _ => &entry.place,
    }
}

/// A parsed value with its place.
pub(super) fn written(value: Spanned<DeValue<'_>>, place: &dyn Fn(usize) -> Place) -> Written {
    let at = value.span().start;
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => integer(&number),
        DeValue::Float(number) => Value::Number(float(&number)),
        DeValue::Boolean(flag) => Value::Flag(flag),
        DeValue::Datetime(_) => Value::Date,
        DeValue::Array(list) => Value::List(list.into_iter().map(|value| written(value, place)).collect()),
        DeValue::Table(table) => Value::Table(entries_of(table, place)),
    };
    Written { place: place(at), value, bare: None }
}

/// An integer; one that 128 bits do not hold is out of every range, and stays so as a float.
fn integer(number: &DeInteger<'_>) -> Value {
    i128::from_str_radix(number.as_str(), number.radix()).map_or(Value::Number(f64::INFINITY), Value::Integer)
}

/// A float; its letters are sound TOML, which Rust reads too, `inf` and `nan` included.
fn float(number: &DeFloat<'_>) -> f64 {
    number.as_str().parse().unwrap_or(f64::NAN)
}

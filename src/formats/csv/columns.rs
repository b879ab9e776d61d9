//! The columns of a table, and a row read by them.

use std::borrow::Cow;

use textmill_core::decode::{Charset, Hint, decode};

use super::Field;
use crate::formats::json::write_string;
use crate::formats::member::push_name;

/// The columns of a table.
#[derive(Debug)]
pub struct Columns {
    separator: u8,
    names: Vec<String>,
    /// Which one is the text.
    text: Option<usize>,
}

impl Columns {
    /// Reads the row that names them. One without a name is called by its number, and one whose name was there before
    /// has its number behind it, so that none is lost.
    pub fn read(row: &[u8], separator: u8, text_field: &str, likely: Option<Charset>) -> Columns {
        let row = decode(row, &Hint { declared: likely, ..Hint::default() }).text;
        let mut names: Vec<String> = Vec::new();
        for (number, field) in (1..).zip(fields(&row, separator)) {
            let name = field.trim();
            names.push(match name {
                "" => format!("column_{number}"),
                known if names.iter().any(|other| other == known) => format!("{name}_{number}"),
                name => name.to_owned(),
            });
        }
        let text = names.iter().position(|name| name == text_field);
        // Where there is one column there is nothing to separate.
        let separator = if names.len() == 1 { 0 } else { separator };
        Columns { separator, names, text }
    }

    /// What separates fields.
    pub fn separator(&self) -> u8 {
        self.separator
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// Their names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Which one is the text.
    pub fn text(&self) -> Option<usize> {
        self.text
    }

    /// A row as a JSON object with a member for each column, all of them texts.
    ///
    /// # Errors
    /// The number of fields, if it is not that of the columns.
    pub fn to_object(&self, row: &str) -> Result<String, usize> {
        let mut members = Vec::with_capacity(row.len() + 64);
        let mut n = 0;
        for field in fields(row, self.separator) {
            if let Some(name) = self.names.get(n) {
                push_name(name, &mut members);
                write_string(&field, &mut members);
            }
            n += 1;
        }
        if n != self.names.len() {
            return Err(n);
        }
        // Names and values are text, and what is put between them is ASCII.
        let members = String::from_utf8(members).unwrap_or_default();
        Ok(format!("{{{members}}}"))
    }
}

/// The fields of a row, without quotes.
fn fields(row: &str, separator: u8) -> impl Iterator<Item = Cow<'_, str>> {
    let row = row.strip_suffix('\n').unwrap_or(row);
    let row = row.strip_suffix('\r').unwrap_or(row);
    let mut rest = Some(row);
    std::iter::from_fn(move || {
        let text = rest?;
        // A row that is whole has a field at any place.
        let mut field = Field::find(text.as_bytes(), separator, true)?;
        // A line end inside a field that is not quoted: the row holds one line by then.
        if let Field::Plain(len) = field
            && text.as_bytes().get(len) == Some(&b'\n')
        {
            field = Field::Plain(memchr::memchr(separator, text.as_bytes()).unwrap_or(text.len()));
        }
        let (own, behind) = text.split_at(field.len());
        rest = behind.strip_prefix(char::from(separator));
        Some(match field {
            Field::Quoted(_) => {
                let inner = own[1..].trim_end_matches('\r').strip_suffix('"').unwrap_or_default();
                if inner.contains("\"\"") { Cow::Owned(inner.replace("\"\"", "\"")) } else { Cow::Borrowed(inner) }
            }
            Field::Plain(_) => Cow::Borrowed(own),
        })
    })
}

//! `--set table.key=value`: one value of the configuration on the command line.
//!
//! The value is TOML. As shells eat quotes, a bare word is a string, and so are the bare words of a list:
//! `--set dedup.scope=corpus`, `--set langid.languages=[en,fr]`.

use std::path::Path;
use std::sync::Arc;

use toml::de::DeTable;

use super::error::{Mistake, Place};
use super::raw::{Entry, Layer, Value, Written, written};

/// What stands before the value when it is parsed as a document of its own.
const PREFIX: &str = "value = ";

/// Reads the text of the `index`th `--set`.
pub(super) fn parse_set(index: usize, text: &str, base: &Path, mistakes: &mut Vec<Mistake>) -> Layer {
    let shared: Arc<str> = Arc::from(text);
    let place = |offset: usize| Place::Set {
        index,
        text: Arc::clone(&shared),
        column: text.char_indices().take_while(|(at, _)| *at < offset).count() + 1,
    };
    let entries = match parse(text, &place) {
        Ok(entry) => vec![entry],
        Err(mistake) => {
            mistakes.push(mistake);
            Vec::new()
        }
    };
    Layer { base: base.to_owned(), entries }
}

fn parse(text: &str, place: &dyn Fn(usize) -> Place) -> Result<Entry, Mistake> {
    let wrong = |offset, message: String| Mistake { place: place(offset), message };
    let Some((path, _)) = text.split_once('=') else {
        return Err(wrong(text.len(), "\"=\" and a value are missing; write table.key=value".to_owned()));
    };
    let mut value = parse_value(text, path.len() + 1, place)?;
    let mut end = path.len();
    let mut depth = 0;
    // From the last part of the path to the first: each wraps what follows it in a table.
    for part in path.rsplit('.') {
        let start = end - part.len();
        let key = part.trim();
        let at = start + (part.len() - part.trim_start().len());
        if key.is_empty() {
            return Err(wrong(start, "a part of the key is empty; write table.key=value".to_owned()));
        }
        depth += 1;
        let entry = Entry { key: key.trim_matches('"').to_owned(), place: place(at), value };
        if start == 0 {
            if depth == 1 {
                return Err(wrong(at, format!("\"{key}\" names no key in a table; write table.key=value")));
            }
            return Ok(entry);
        }
        end = start - 1;
        value = Written { place: place(at), value: Value::Table(vec![entry]), bare: None };
    }
    Err(wrong(0, "the key is missing; write table.key=value".to_owned()))
}

/// The value that begins at byte `start`: TOML, else a list of bare words, else a bare word.
fn parse_value(text: &str, start: usize, place: &dyn Fn(usize) -> Place) -> Result<Written, Mistake> {
    let raw = &text[start..];
    let start = start + (raw.len() - raw.trim_start().len());
    let raw = raw.trim();
    let document = format!("{PREFIX}{raw}");
    let shifted = |offset: usize| place(start + offset.saturating_sub(PREFIX.len()));
    let first = raw.chars().next();
    match DeTable::parse(&document) {
        // A newline in the value could bring more keys than the one.
        Ok(table) if table.get_ref().len() == 1 => {
            let value = table.into_inner().into_iter().next().map(|(_, value)| written(value, &shifted));
            let scalar = !matches!(first, Some('"' | '\'' | '[' | '{'));
            value
                .map(|value| Written { bare: scalar.then(|| raw.to_owned()), ..value })
                .ok_or_else(|| Mistake { place: place(start), message: "the value is missing".to_owned() })
        }
        Err(error) if matches!(first, Some('"' | '\'' | '{')) => {
            let offset = error.span().map_or(0, |span| span.start);
            let message = format!("not TOML: {}", error.message().replace('\n', ", "));
            Err(Mistake { place: shifted(offset), message })
        }
        Err(_) if raw.starts_with('[') => bare_list(text, start, start + raw.len(), place),
        _ => Ok(Written { place: place(start), value: Value::Text(raw.to_owned()), bare: None }),
    }
}

/// A list whose words have lost their quotes: `[en,fr]`.
fn bare_list(text: &str, start: usize, end: usize, place: &dyn Fn(usize) -> Place) -> Result<Written, Mistake> {
    let Some(inner) = text[start + 1..end].strip_suffix(']') else {
        return Err(Mistake { place: place(end), message: "not TOML: the list is not closed with \"]\"".to_owned() });
    };
    let mut words = Vec::new();
    let mut at = start + 1;
    for part in inner.split(',') {
        if !part.trim().is_empty() {
            if part.contains(['[', ']', '{', '}', '"', '\'']) {
                let message = "not TOML: a list of words is written [\"a\", \"b\"] or [a, b]".to_owned();
                return Err(Mistake { place: place(at), message });
            }
            words.push(parse_value(&text[..at + part.len()], at, place)?);
        }
        at += part.len() + 1;
    }
    Ok(Written { place: place(start), value: Value::List(words), bare: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> Result<String, String> {
        let mut mistakes = Vec::new();
        let layer = parse_set(0, text, Path::new("/"), &mut mistakes);
        match mistakes.first() {
            Some(mistake) => Err(mistake.to_string()),
            None => Ok(layer.entries.iter().map(shown).collect()),
        }
    }

    fn shown(entry: &Entry) -> String {
        fn value(written: &Written) -> String {
            match &written.value {
                Value::Table(entries) => entries.iter().map(shown).collect(),
                Value::List(list) => format!("[{}]", list.iter().map(value).collect::<Vec<_>>().join("|")),
                other => other.shown(),
            }
        }
        format!("{}>{}", entry.key, value(&entry.value))
    }

    #[test]
    fn values_are_toml_and_bare_words_are_strings() {
        let sets = [
            ("dedup.scope=corpus", "dedup>scope>the string \"corpus\""),
            ("dedup.scope = \"corpus\"", "dedup>scope>the string \"corpus\""),
            ("dedup.enabled=false", "dedup>enabled>the boolean false"),
            ("run.memory_bytes=64 MiB", "run>memory_bytes>the string \"64 MiB\""),
            ("repair.min_score.broken-words=0.9", "repair>min_score>broken-words>the number 0.9"),
            ("langid.languages=[\"en\",\"fr\"]", "langid>languages>[the string \"en\"|the string \"fr\"]"),
            ("langid.languages=[en, fr]", "langid>languages>[the string \"en\"|the string \"fr\"]"),
            ("langid.languages=[]", "langid>languages>[]"),
            ("emit.output=a=b", "emit>output>the string \"a=b\""),
            ("emit.output=", "emit>output>the string \"\""),
        ];
        for (text, expected) in sets {
            assert_eq!(set(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_set_that_cannot_be_read_names_its_column() {
        let sets = [
            ("dedup.scope", "--set dedup.scope, column 12: \"=\" and a value are missing; write table.key=value"),
            ("scope=corpus", "--set scope=corpus, column 1: \"scope\" names no key in a table; write table.key=value"),
            ("dedup.=1", "--set dedup.=1, column 7: a part of the key is empty; write table.key=value"),
            (
                "langid.languages=[en",
                "--set langid.languages=[en, column 21: not TOML: the list is not closed with \"]\"",
            ),
        ];
        for (text, expected) in sets {
            assert_eq!(set(text), Err(expected.to_owned()), "{text}");
        }
        let error = set("emit.output=\"out").err().unwrap_or_default();
        assert!(error.starts_with("--set emit.output=\"out, column "), "{error}");
    }
}

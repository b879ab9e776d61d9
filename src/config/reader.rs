//! Reads typed values out of the configuration as written, and notes every mistake on the way.
//!
//! A value that is wrong is noted and the default stands in for it, so that reading goes on and all mistakes are found
//! in one run. All layers are read, not only the one that wins: a mistake in the file is one even if `--set` hides it.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::bytes::{parse_bytes, print_bytes};
use super::error::{Mistake, Place};
use super::plan::Keep;
use super::raw::{RawConfig, Value, Written};
use super::suggest::{did_you_mean, nearest, nearest_key, quoted, wrong_word};
use super::word::Word;

/// Reads keys and remembers which there are, where each was written, and what was wrong.
pub(super) struct Reader<'a> {
    raw: &'a RawConfig,
    table: &'static str,
    keys: Vec<(&'static str, &'static str)>,
    origins: BTreeMap<(&'static str, &'static str), Place>,
    pub(super) mistakes: Vec<Mistake>,
}

/// A value in a list or a table, with its place and the folder that a relative path in it starts from.
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) place: Place,
    pub(super) base: PathBuf,
}

impl<'a> Reader<'a> {
    pub(super) fn new(raw: &'a RawConfig, mistakes: Vec<Mistake>) -> Reader<'a> {
        Reader { raw, table: "", keys: Vec::new(), origins: BTreeMap::new(), mistakes }
    }

    /// Reads from this table from now on.
    pub(super) fn enter(&mut self, table: &'static str) {
        self.table = table;
    }

    /// Notes a mistake.
    pub(super) fn wrong(&mut self, place: &Place, message: impl Into<String>) {
        self.mistakes.push(Mistake { place: place.clone(), message: message.into() });
    }

    /// Where the value of a key that was read was written.
    pub(super) fn origin(&self, table: &'static str, key: &'static str) -> &Place {
        self.origins.get(&(table, key)).unwrap_or(&Place::BuiltIn)
    }

    /// Notes a contradiction between several keys, at the one that was written last.
    pub(super) fn contradiction(&mut self, keys: &[(&'static str, &'static str)], message: impl Into<String>) {
        let place = keys.iter().map(|(table, key)| self.origin(table, key)).max().cloned();
        self.wrong(&place.unwrap_or(Place::BuiltIn), message);
    }

    pub(super) fn flag(&mut self, key: &'static str, default: bool) -> bool {
        self.last(key, default, |written, name| match &written.value {
            Value::Flag(flag) => Ok(*flag),
            other => Err(format!("{name} is {}, but must be true or false", other.shown())),
        })
    }

    /// A whole number without a unit.
    pub(super) fn count(&mut self, key: &'static str, range: &RangeInclusive<u64>, default: u64) -> u64 {
        self.last(key, default, |written, name| {
            let rule = format!("must be a whole number from {} to {}", range.start(), range.end());
            match &written.value {
                Value::Integer(number) => {
                    u64::try_from(*number).ok().filter(|number| range.contains(number)).ok_or(number.to_string())
                }
                other => Err(other.shown()),
            }
            .map_err(|shown| format!("{name} is {shown}, but {rule}"))
        })
    }

    /// A number of bytes: an integer, or a string with a unit.
    pub(super) fn bytes(&mut self, key: &'static str, range: &RangeInclusive<u64>, default: u64) -> u64 {
        self.last(key, default, |written, name| {
            let rule = format!(
                "must be a number of bytes from {} to {}, such as 65536 or \"64 KiB\"",
                print_bytes(*range.start()).trim_matches('"'),
                print_bytes(*range.end()).trim_matches('"')
            );
            let bytes = match &written.value {
                Value::Integer(number) => u64::try_from(*number).map_err(|_| number.to_string()),
                Value::Text(text) => match parse_bytes(text) {
                    Ok(bytes) => Ok(bytes),
                    Err(why) => return Err(format!("{name}: \"{text}\" {why}")),
                },
                other => Err(other.shown()),
            };
            let shown = match bytes {
                Ok(bytes) if range.contains(&bytes) => return Ok(bytes),
                Ok(bytes) => print_bytes(bytes).trim_matches('"').to_owned(),
                Err(shown) => shown,
            };
            Err(format!("{name} is {shown}, but {rule}"))
        })
    }

    /// A number in a range of floats; integers are welcome.
    pub(super) fn number(&mut self, key: &'static str, range: &RangeInclusive<f64>, default: f64) -> f64 {
        self.last(key, default, |written, name| number_in(written, name, range, ""))
    }

    /// A string that is not empty.
    pub(super) fn text(&mut self, key: &'static str, default: &str) -> String {
        self.last(key, default.to_owned(), |written, name| match text_of(written) {
            Some("") => Err(format!("{name} is empty, but must be a string of at least one character")),
            Some(text) => Ok(text.to_owned()),
            None => Err(format!("{name} is {}, but must be a string", written.value.shown())),
        })
    }

    /// Which of a cluster stays: a word, or the field whose number says it.
    pub(super) fn keep(&mut self, key: &'static str) -> Keep {
        self.last(key, Keep::First, |written, name| {
            text_of(written).and_then(Keep::from_text).ok_or_else(|| {
                let shown = written.value.shown();
                format!("{name} is {shown}, but must be \"first\", \"longest\", \"max:FIELD\" or \"min:FIELD\"")
            })
        })
    }

    /// One of a few words.
    pub(super) fn word<W: Word>(&mut self, key: &'static str, default: W) -> W {
        self.last(key, default, |written, name| match text_of(written) {
            Some(text) => {
                W::from_word(text).ok_or_else(|| format!("{name} is \"{text}\", but {}", wrong_word::<W>(text)))
            }
            None => Err(format!(
                "{name} is {}, but must be one of {}",
                written.value.shown(),
                quoted(W::WORDS.iter().map(|(word, _)| *word))
            )),
        })
    }

    /// A path as written, with its base; an empty one is `None`.
    pub(super) fn path(&mut self, key: &'static str) -> Option<Placed<PathBuf>> {
        self.layers(key).into_iter().fold(None, |last, (layer, written)| {
            let Some(path) = path_of(written) else {
                let message = format!("{}.{key} is {}, but must be a path", self.table, written.value.shown());
                self.wrong(&written.place, message);
                return last;
            };
            self.came_from(key, &written.place);
            let base = self.raw.layers[layer].base.clone();
            (!path.as_os_str().is_empty()).then(|| Placed {
                value: path.to_owned(),
                place: written.place.clone(),
                base,
            })
        })
    }

    /// A list of paths as written.
    pub(super) fn paths(&mut self, key: &'static str) -> Vec<Placed<PathBuf>> {
        let table = self.table;
        self.list(key, |written| match path_of(written) {
            Some(path) if path.as_os_str().is_empty() => Err(format!("{table}.{key} holds an empty path")),
            Some(path) => Ok(path.to_owned()),
            None => Err(format!("{table}.{key} holds {}, but must hold paths", written.value.shown())),
        })
        .unwrap_or_default()
    }

    /// A list of words, each known to `known` and there once; `None` if the list was not written.
    pub(super) fn names<T: PartialEq>(
        &mut self,
        key: &'static str,
        kind: &str,
        words: &[&str],
        known: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<T>> {
        let table = self.table;
        let list = self.list(key, |written| match text_of(written) {
            Some(text) => known(text)
                .ok_or_else(|| format!("{table}.{key}: unknown {kind} \"{text}\"{}", known_words(text, words))),
            None => Err(format!("{table}.{key} holds {}, but must hold strings", written.value.shown())),
        })?;
        let mut names = Vec::with_capacity(list.len());
        for name in list {
            if names.contains(&name.value) {
                self.wrong(&name.place, format!("{table}.{key} names the same {kind} twice"));
            } else {
                names.push(name.value);
            }
        }
        Some(names)
    }

    /// A number for all, or a table with one for each of `words`: what each layer says in turn.
    pub(super) fn number_or_table(
        &mut self,
        key: &'static str,
        kind: &str,
        words: &[&str],
        range: &RangeInclusive<f64>,
    ) -> Vec<(Option<String>, f64)> {
        let mut said = Vec::new();
        for (_, written) in self.layers(key) {
            self.came_from(key, &written.place);
            let name = format!("{}.{key}", self.table);
            let Value::Table(entries) = &written.value else {
                match number_in(written, &name, range, ", or a table of them") {
                    Ok(number) => said.push((None, number)),
                    Err(message) => self.wrong(&written.place, message),
                }
                continue;
            };
            for entry in entries {
                if !words.contains(&entry.key.as_str()) {
                    let hint = known_words(&entry.key, words);
                    self.wrong(&entry.place, format!("unknown {kind} \"{}\" in [{name}]{hint}", entry.key));
                }
                match number_in(&entry.value, &format!("{name}.{}", entry.key), range, "") {
                    Ok(number) => said.push((Some(entry.key.clone()), number)),
                    Err(message) => self.wrong(&entry.value.place, message),
                }
            }
        }
        said
    }

    /// Notes every table and key that nobody has read. Called last.
    pub(super) fn note_unknown_keys(&mut self) {
        let mut tables: Vec<&'static str> = self.keys.iter().map(|(table, _)| *table).collect();
        tables.dedup();
        let raw = self.raw;
        for entry in raw.layers.iter().flat_map(|layer| &layer.entries) {
            let Some(table) = tables.iter().copied().find(|table| *table == entry.key) else {
                let message = self.unknown_table(&entry.key, &entry.value.value, &tables);
                self.wrong(&entry.place, message);
                continue;
            };
            let Value::Table(entries) = &entry.value.value else {
                self.wrong(
                    &entry.value.place,
                    format!("{table} is {}, but must be a table", entry.value.value.shown()),
                );
                continue;
            };
            for entry in entries {
                if !self.keys.contains(&(table, entry.key.as_str())) {
                    let message = self.unknown_key(table, &entry.key);
                    self.wrong(&entry.place, message);
                }
            }
        }
    }

    /// Every key that has been read, as `(table, key)`, in the order of reading.
    pub(super) fn keys(&self) -> &[(&'static str, &'static str)] {
        &self.keys
    }

    fn unknown_table(&self, written: &str, value: &Value, tables: &[&'static str]) -> String {
        if !matches!(value, Value::Table(_)) {
            let home = self.keys.iter().find(|(_, key)| *key == written).map(|(table, _)| *table);
            let hint = home.map_or_else(String::new, |table| format!("; did you mean it in [{table}]?"));
            return format!("the key \"{written}\" stands outside a table{hint}");
        }
        match nearest(written, tables.iter().copied()) {
            Some(table) => format!("unknown table [{written}]; did you mean [{table}]?"),
            None => format!("unknown table [{written}]; there are [{}]", tables.join("], [")),
        }
    }

    fn unknown_key(&self, table: &'static str, written: &str) -> String {
        let of_table: Vec<_> = self.keys.iter().filter(|(of, _)| *of == table).map(|(_, key)| *key).collect();
        let home = |key: &str| self.keys.iter().find(|(_, other)| *other == key).map(|(home, _)| *home);
        let elsewhere =
            || nearest(written, self.keys.iter().map(|(_, key)| *key)).and_then(|key| Some((key, home(key)?)));
        let hint = if let Some(home) = home(written) {
            format!("; did you mean it in [{home}]?")
        } else if let Some(key) = nearest_key(written, table, &of_table) {
            format!("; did you mean \"{key}\"?")
        } else if let Some((key, home)) = elsewhere() {
            format!("; did you mean \"{key}\" in [{home}]?")
        } else {
            format!("; its keys are {}", of_table.join(", "))
        };
        format!("unknown key \"{written}\" in [{table}]{hint}")
    }

    /// The value of the last layer that has a sound one, else the default.
    fn last<T>(&mut self, key: &'static str, default: T, read: impl Fn(&Written, &str) -> Result<T, String>) -> T {
        let name = format!("{}.{key}", self.table);
        let mut value = default;
        for (_, written) in self.layers(key) {
            match read(written, &name) {
                Ok(sound) => {
                    value = sound;
                    self.came_from(key, &written.place);
                }
                Err(message) => self.wrong(&written.place, message),
            }
        }
        value
    }

    /// The sound values of the last layer that has a list; `None` if no layer has one.
    fn list<T>(&mut self, key: &'static str, read: impl Fn(&Written) -> Result<T, String>) -> Option<Vec<Placed<T>>> {
        let mut last = None;
        for (layer, written) in self.layers(key) {
            let Value::List(list) = &written.value else {
                let hint = text_of(written)
                    .filter(|_| read(written).is_ok())
                    .map_or_else(String::new, |text| format!("; did you mean [\"{text}\"]?"));
                let message = format!("{}.{key} is {}, but must be a list{hint}", self.table, written.value.shown());
                self.wrong(&written.place, message);
                continue;
            };
            self.came_from(key, &written.place);
            let mut sound = Vec::with_capacity(list.len());
            for one in list {
                match read(one) {
                    Ok(value) => {
                        let base = self.raw.layers[layer].base.clone();
                        sound.push(Placed { value, place: one.place.clone(), base });
                    }
                    Err(message) => self.wrong(&one.place, message),
                }
            }
            last = Some(sound);
        }
        last
    }

    /// What each layer says of a key, with the layer's index, and a note that the key exists.
    fn layers(&mut self, key: &'static str) -> Vec<(usize, &'a Written)> {
        self.keys.push((self.table, key));
        let (raw, table) = (self.raw, self.table);
        raw.layers.iter().enumerate().filter_map(|(at, layer)| Some((at, layer.get(table, key)?))).collect()
    }

    fn came_from(&mut self, key: &'static str, place: &Place) {
        self.origins.insert((self.table, key), place.clone());
    }
}

/// A number in the range; `or` ends the sentence that says what is allowed.
fn number_in(written: &Written, name: &str, range: &RangeInclusive<f64>, or: &str) -> Result<f64, String> {
    let rule = format!("must be a number from {:?} to {:?}{or}", range.start(), range.end());
    let meant = |number: f64| {
        Some(number).filter(|n| range.contains(n)).map_or_else(String::new, |n| format!("; did you mean {n:?}?"))
    };
    let number = match &written.value {
        Value::Integer(number) => *number as f64,
        Value::Number(number) => *number,
        other => {
            let hint = text_of(written)
                .and_then(|text| text.trim().replace(',', ".").parse().ok())
                .map_or_else(String::new, meant);
            return Err(format!("{name} is {}, but {rule}{hint}", other.shown()));
        }
    };
    if range.contains(&number) {
        return Ok(number);
    }
    // More than 1 where a share is asked for is mostly a percentage.
    let hint = if number >= 2.0 { meant(number / 100.0) } else { String::new() };
    Err(format!("{name} is {number:?}, but {rule}{hint}"))
}

fn text_of(written: &Written) -> Option<&str> {
    match &written.value {
        Value::Text(text) => Some(text),
        _ => written.bare.as_deref(),
    }
}

fn path_of(written: &Written) -> Option<&Path> {
    match &written.value {
        Value::Path(path) => Some(path),
        _ => text_of(written).map(Path::new),
    }
}

/// The end of a message about an unknown word: the nearest, or all if they are few.
fn known_words(written: &str, words: &[&str]) -> String {
    match nearest(written, words.iter().copied()) {
        Some(word) => did_you_mean(Some(word)),
        None if words.is_empty() || words.len() > 16 => String::new(),
        None => format!("; there are {}", words.join(", ")),
    }
}

//! The configuration as a user meets it: the reference file, the messages, `--set`, paths and the printed plan.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod reference;
mod mistakes;
mod layers;
mod paths;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use textmill::config::{CommandLine, ConfigSource, KernelNames, Plan};

/// Kernels that know three encodings and four languages.
pub(crate) fn names() -> KernelNames {
    fn find(name: &str, known: &[&str]) -> Option<String> {
        known.iter().find(|known| known.eq_ignore_ascii_case(name)).map(|known| (*known).to_owned())
    }
    KernelNames {
        encoding: |label| find(label, &["UTF-8", "windows-1252", "Shift_JIS"]),
        encodings: vec!["UTF-8", "windows-1252", "Shift_JIS"],
        language: |code| find(code, &["en", "fr", "de", "sr-Latn"]),
        languages: vec!["en", "fr", "de", "sr-Latn"],
    }
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn load(source: &ConfigSource, sets: &[&str], cli: &CommandLine) -> Result<Plan, String> {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    Plan::load(source, &sets, cli, &names()).map_err(|error| error.to_string())
}

pub(crate) fn set(sets: &[&str]) -> Result<Plan, String> {
    load(&ConfigSource::BuiltIn, sets, &CommandLine::default())
}

/// Loads this text from a file of its own, in a folder of its own.
pub(crate) fn load_text(name: &str, text: impl AsRef<[u8]>) -> Result<Plan, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("config").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("pipeline.toml");
    std::fs::write(&path, text).unwrap();
    let result = load(&ConfigSource::File(path.clone()), &[], &CommandLine::default());
    result.map_err(|error| error.replace(&format!("{}:", path.display()), ""))
}

/// Every `table.key` of a TOML file, with tables inside a stage's table as one key.
pub(crate) fn keys_of(text: &str) -> BTreeSet<String> {
    let table = toml::de::DeTable::parse(text).unwrap().into_inner();
    let stages = table.iter().filter_map(|(stage, keys)| Some((stage.get_ref(), keys.get_ref().as_table()?)));
    stages.flat_map(|(stage, keys)| keys.keys().map(move |key| format!("{stage}.{}", key.get_ref()))).collect()
}

pub(crate) fn known_keys() -> BTreeSet<String> {
    Plan::known_keys().iter().map(|(table, key)| format!("{table}.{key}")).collect()
}

//! The configuration, twice: as written, then as run.
//!
//! `pipeline.toml` is the reference: every key, its default, its unit. [`Plan::load`] reads a file like it, `--set` and
//! the command line, and returns either a [`Plan`] with nothing missing or a [`ConfigError`] with every mistake at its
//! place. Nothing else is opened: no input, no output, no lexicon. Only whether the output is there, and is a folder, is
//! looked up.
//!
//! Start reading at [`Plan`]; then `raw` (what was written where; `syntax` for what is not TOML), `reader` (values with
//! their types and ranges) and `resolve` (the keys, their defaults, paths made absolute).

mod plan;
mod word;
mod store_url;
mod output;
mod command_line;
mod error;
mod raw;
mod syntax;
mod set;
mod reader;
mod resolve;
mod contradiction;
mod bytes;
mod suggest;
mod print;

use std::path::{Path, PathBuf};

pub use bytes::parse_bytes;
pub use command_line::{CommandLine, ConfigSource};
pub use error::{ConfigError, Mistake, Place};
pub use output::{Output, Staged};
pub use plan::{
    Compression, DecodePlan, DedupPlan, DedupScope, DedupUnit, EditDetail, EmitPlan, EncodingChoice, IndexKind, Input,
    InputFormat, Keep, LangidPlan, LogFormat, LogLevel, MinScores, OffsetUnit, OutputFormat, PartitionBy, Plan,
    Progress, ReadPlan, RepairPlan, RunPlan,
};
pub use store_url::{StoreKind, StoreUrl};
pub use word::Word;

use raw::{Entry, Layer, RawConfig, Value, Written};
use reader::Reader;

/// The names that only the kernels know, asked while the configuration is read.
#[derive(Clone, Debug)]
pub struct KernelNames {
    /// The name of an encoding as the kernel writes it, from any label for it; `None` if it knows none.
    pub encoding: fn(&str) -> Option<String>,
    /// Names of encodings, for suggestions.
    pub encodings: Vec<&'static str>,
    /// The code of a language as the kernel writes it; `None` if it cannot tell that language.
    pub language: fn(&str) -> Option<String>,
    /// Codes of languages, for suggestions.
    pub languages: Vec<&'static str>,
}

impl KernelNames {
    /// Takes any name for a good one.
    pub fn any() -> KernelNames {
        let any = |name: &str| Some(name.to_owned());
        KernelNames { encoding: any, encodings: Vec::new(), language: any, languages: Vec::new() }
    }
}

impl Plan {
    /// Reads the configuration and returns the plan to run, with absolute paths and no missing values.
    ///
    /// `sets` are the texts of `--set`, without the option itself; a later one wins, and `cli` wins over all. Paths in
    /// the file start from its folder, all others from the current one. If `-` is the only input on the command line
    /// and neither it nor `--set` names an output, that is standard output too.
    ///
    /// # Errors
    /// * [`ConfigError::Read`] if the file cannot be read.
    /// * [`ConfigError::Mistakes`] with every mistake: not TOML, an unknown key or name, a wrong type, a value out of
    ///   range, a contradiction. Each has its place, what is allowed and, where there is one, a suggestion.
    ///
    /// # Examples
    /// ```
    /// use textmill::config::{CommandLine, ConfigSource, DedupScope, KernelNames, Plan};
    ///
    /// let load = |set: &str| {
    ///     Plan::load(&ConfigSource::BuiltIn, &[set.to_owned()], &CommandLine::default(), &KernelNames::any())
    /// };
    /// assert_eq!(load("dedup.scope=corpus").unwrap().dedup.scope, DedupScope::Corpus);
    /// assert_eq!(
    ///     load("dedup.treshold=0.9").unwrap_err().to_string(),
    ///     r#"--set dedup.treshold=0.9, column 7: unknown key "treshold" in [dedup]; did you mean "similarity"?"#
    /// );
    /// ```
    pub fn load(
        source: &ConfigSource,
        sets: &[String],
        cli: &CommandLine,
        names: &KernelNames,
    ) -> Result<Plan, ConfigError> {
        let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        let mut mistakes = Vec::new();
        let mut layers = Vec::new();
        if let ConfigSource::File(path) = source {
            let bytes = std::fs::read(path).map_err(|source| ConfigError::Read { path: path.clone(), source })?;
            let base = here.join(path.parent().unwrap_or(Path::new("")));
            layers.push(raw::parse_file(&path.to_string_lossy(), &base, &bytes, &mut mistakes));
        }
        layers.extend(sets.iter().enumerate().map(|(at, text)| set::parse_set(at, text, &here, &mut mistakes)));
        layers.push(command_line_layer(cli, &here));
        let raw = RawConfig { layers };
        resolve::resolve(Reader::new(&raw, mistakes), cli, names)
    }

    /// Every key there is, as `(table, key)`, in the order of the stream.
    pub fn known_keys() -> Vec<(&'static str, &'static str)> {
        resolve::known_keys()
    }
}

/// The options of the command line as a layer of values.
fn command_line_layer(cli: &CommandLine, base: &Path) -> Layer {
    let one = |value: Value, option: &'static str| Written { place: Place::CommandLine { option }, value, bare: None };
    let path = |path: &Option<PathBuf>| path.clone().map(Value::Path);
    let inputs = || cli.inputs.iter().map(|input| one(Value::Path(input.clone()), "INPUT")).collect();
    let said = [
        ("read", "inputs", "INPUT", (!cli.inputs.is_empty()).then(|| Value::List(inputs()))),
        ("read", "format", "--format", word(cli.format)),
        ("repair", "edits", "--edits", word(cli.edits)),
        ("emit", "output", "--output", path(&cli.output)),
        ("emit", "format", "--emit", word(cli.emit)),
        ("emit", "dropped", "--dropped", path(&cli.dropped)),
        ("emit", "rejected", "--rejected", path(&cli.rejected)),
        ("emit", "summary", "--summary", path(&cli.summary)),
        ("run", "threads", "--threads", cli.threads.map(|threads| Value::Integer(threads as i128))),
        ("run", "strict", "--strict", cli.strict.then_some(Value::Flag(true))),
        ("run", "progress", "--progress", word(cli.progress)),
        ("run", "log_level", "--log-level", word(cli.log_level)),
        ("run", "log_format", "--log-format", word(cli.log_format)),
    ];
    let entries = said
        .into_iter()
        .filter_map(|(table, key, option, value)| {
            let place = Place::CommandLine { option };
            let key = Entry { key: key.to_owned(), place: place.clone(), value: one(value?, option) };
            Some(Entry { key: table.to_owned(), place, value: one(Value::Table(vec![key]), option) })
        })
        .collect();
    Layer { base: base.to_owned(), entries }
}

fn word<W: Word>(word: Option<W>) -> Option<Value> {
    word.map(|word| Value::Text(word.word().to_owned()))
}

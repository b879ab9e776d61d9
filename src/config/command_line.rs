//! What the command line says about the configuration: the options of `run`, as values.
//!
//! Parsing them is the command line's matter. An option that was not given is `None` (or `false`, or empty) and leaves
//! the configuration as it is.

use std::path::PathBuf;

use super::plan::{EditDetail, InputFormat, LogFormat, LogLevel, OutputFormat, Progress};

/// Where the configuration comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigSource {
    /// This file.
    File(PathBuf),
    /// No file: the built-in defaults.
    BuiltIn,
}

impl ConfigSource {
    /// The file named by `--config`, else `pipeline.toml` if it is in the current folder, else none.
    pub fn find(named: Option<PathBuf>) -> ConfigSource {
        let usual = || Some(PathBuf::from("pipeline.toml")).filter(|path| path.exists());
        named.or_else(usual).map_or(ConfigSource::BuiltIn, ConfigSource::File)
    }
}

/// The options of `run` that stand for keys of the configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CommandLine {
    /// `INPUT...`; replaces `read.inputs`.
    pub inputs: Vec<PathBuf>,
    /// `--output`.
    pub output: Option<PathBuf>,
    /// `--format`: of the input.
    pub format: Option<InputFormat>,
    /// `--emit`: the form of the output.
    pub emit: Option<OutputFormat>,
    /// `--threads`; 0 is all cores.
    pub threads: Option<usize>,
    /// `--dropped`.
    pub dropped: Option<PathBuf>,
    /// `--rejected`.
    pub rejected: Option<PathBuf>,
    /// `--summary`.
    pub summary: Option<PathBuf>,
    /// `--edits`.
    pub edits: Option<EditDetail>,
    /// `--strict`.
    pub strict: bool,
    /// `--resume`.
    pub resume: bool,
    /// `--progress`.
    pub progress: Option<Progress>,
    /// `--log-level`.
    pub log_level: Option<LogLevel>,
    /// `--log-format`.
    pub log_format: Option<LogFormat>,
}

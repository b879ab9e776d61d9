//! What is wrong with a configuration, and where: all of it at once.

use std::fmt::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file as named.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is read, but something in it, in `--set` or on the command line is wrong. One line for each mistake.
    #[error("{}", lines(.0))]
    Mistakes(Vec<Mistake>),
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where it stands.
    pub place: Place,
    /// What is wrong, what is allowed, and what may have been meant.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What the user wrote may hold line breaks and colours; a mistake is one line all the same.
        for c in format!("{}: {}", self.place, self.message).chars() {
            if c.is_control() { write!(f, "{}", c.escape_default())? } else { f.write_char(c)? }
        }
        Ok(())
    }
}

fn lines(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>().join("\n")
}

/// Where a value was written. Places are ordered: the file, each `--set` in turn, the command line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Nowhere: it is the built-in default.
    BuiltIn,
    /// In a file.
    File {
        /// The file as named.
        name: Arc<str>,
        /// From 1.
        line: usize,
        /// From 1, in code points.
        column: usize,
    },
    /// In the text of a `--set`.
    Set {
        /// Which of them, from 0.
        index: usize,
        /// Its text.
        text: Arc<str>,
        /// From 1, in code points of the text.
        column: usize,
    },
    /// An option of the command line.
    CommandLine {
        /// As the user writes it.
        option: &'static str,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::BuiltIn => f.write_str("built-in default"),
            Place::File { name, line, column } => write!(f, "{name}:{line}:{column}"),
            Place::Set { text, column, .. } => write!(f, "--set {text}, column {column}"),
            Place::CommandLine { option } => f.write_str(option),
        }
    }
}

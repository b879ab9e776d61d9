//! What can be wrong with an index on disk, with the cure where there is one.

use std::io;
use std::path::{Path, PathBuf};

/// What is wrong with an index on disk.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// A file of it can be neither read nor written.
    #[error("the index `{}`: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file of it is not as it was written.
    #[error("the index `{}` is damaged: {what}; take it from a copy, or delete it and make it anew", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },
    /// It is a folder of something else.
    #[error("`{}` is no index: it has no file `manifest` and is not empty; choose another path for dedup.index", path.display())]
    NoIndex {
        /// The folder.
        path: PathBuf,
    },
    /// Made with other settings or kernels.
    #[error("the index `{}` was made with {key} = {was}, and this is {key} = {is}: set it as it was, or choose another path for dedup.index", path.display())]
    Settings {
        /// The index.
        path: PathBuf,
        /// The key, or `kernels`.
        key: String,
        /// What the index was made with.
        was: String,
        /// What is wanted.
        is: String,
    },
    /// Another run has it.
    #[error("another run is at work with the index `{}`", path.display())]
    Locked {
        /// The index.
        path: PathBuf,
    },
    /// Another run came between a run and its resumption.
    #[error("another run has changed the index `{}` since the unfinished run began: delete its output and begin anew", path.display())]
    Changed {
        /// The index.
        path: PathBuf,
    },
    /// More documents than can be numbered.
    #[error(
        "the index holds 4,294,967,294 documents and can take no more: split the input, or set dedup.index_kind = \"bloom\""
    )]
    Full,
}

/// Says which file it was.
pub fn at(path: &Path) -> impl FnOnce(io::Error) -> IndexError + '_ {
    move |source| match source.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            IndexError::Damaged { path: path.to_owned(), what: source.to_string() }
        }
        _ => IndexError::File { path: path.to_owned(), source },
    }
}

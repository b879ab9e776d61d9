//! Where the records go: standard output, a file, a folder, or a store that gets what is made in a folder.

use std::path::{Path, PathBuf};

use super::plan::EmitPlan;
use super::store_url::StoreUrl;

impl EmitPlan {
    /// The output as its user knows it: a path, a URL, or `-`.
    pub fn output_name(&self) -> String {
        let is_folder = matches!(self.output, Output::Folder(_));
        match (&self.staged, self.output.path()) {
            (_, None) => "-".to_owned(),
            (None, Some(path)) => path.display().to_string(),
            (Some(staged), Some(_)) if is_folder => staged.url.to_string(),
            (Some(staged), Some(path)) => staged.url.join(&last_part(path)).to_string(),
        }
    }
}

/// The last part of a path that was made of text.
pub(super) fn last_part(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// An output whose files go to a store, and the folder in which they are made until then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staged {
    /// What the names of all its objects begin with.
    pub url: StoreUrl,
    /// The folder: `emit.staging`.
    pub folder: PathBuf,
}

impl Staged {
    /// Where a file of the folder, or the folder itself, goes; `None` for others.
    pub fn url_of(&self, path: &Path) -> Option<StoreUrl> {
        let inner = path.strip_prefix(&self.folder).ok()?.to_str()?;
        Some(if inner.is_empty() { self.url.clone() } else { self.url.join(inner) })
    }
}

/// Where the records go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// `-`: standard output.
    Stdout,
    /// One file.
    File(PathBuf),
    /// A folder of shards and side files.
    Folder(PathBuf),
}

impl Output {
    /// The file or folder.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Output::Stdout => None,
            Output::File(path) | Output::Folder(path) => Some(path),
        }
    }
}

//! Files of the output on their way to a store.
//!
//! A file is made on the machine, where it can be cut to a length and gone on with, and copied to the store when it is
//! whole. So a store holds whole files alone, and checkpoints are the same as for an output on the machine. The file is
//! taken away when it is in the store and a checkpoint has noted that it will not be gone on with.

use std::path::{Path, PathBuf};

use super::RunError;
use super::under_way::UnderWay;
use crate::io::output::shards_in;
use crate::io::stores::StoreFolder;

/// Files that are copied at once.
const AT_ONCE: usize = 2;

/// Copies files to a store.
pub struct Uploads {
    folder: StoreFolder,
    files: UnderWay,
}

impl Uploads {
    /// Nothing on its way.
    pub fn new(folder: StoreFolder, is_journalled: bool) -> Uploads {
        Uploads { folder, files: UnderWay::new(AT_ONCE, is_journalled) }
    }

    /// Copies the shards that an earlier run had closed and left.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub fn go_on(&mut self, staging: &Path) -> Result<(), RunError> {
        let mut left = shards_in(staging).map_err(|source| RunError::Read { path: staging.to_owned(), source })?;
        left.sort();
        let is_whole = |path: &PathBuf| !path.file_name().unwrap_or_default().as_encoded_bytes().starts_with(b".");
        left.into_iter().map(|(path, ..)| path).filter(is_whole).try_for_each(|path| self.begin(path))
    }

    /// Begins to copy a file, if it is one that goes to the store.
    ///
    /// # Errors
    /// [`RunError`] of a file begun before it.
    pub fn begin(&mut self, path: PathBuf) -> Result<(), RunError> {
        if !self.folder.takes(&path) {
            return Ok(());
        }
        let (folder, from) = (self.folder.clone(), path.clone());
        self.files.begin(path, move || folder.put(&from).map_err(RunError::Put))
    }

    /// Takes away the files that nobody needs any more: a checkpoint has been noted after they were in the store.
    ///
    /// # Errors
    /// [`RunError`] of a file that could not be copied.
    pub fn committed(&mut self) -> Result<(), RunError> {
        self.files.committed()
    }

    /// Waits until all files are in the store.
    ///
    /// # Errors
    /// [`RunError`] of a file that could not be copied.
    pub fn finish(self) -> Result<(), RunError> {
        self.files.finish()
    }
}

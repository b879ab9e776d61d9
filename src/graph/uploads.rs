//! Files of the output on their way to a store.
//!
//! A file is made on the machine, where it can be cut to a length and gone on with, and copied to the store when it is
//! whole. So a store holds whole files alone, and checkpoints are the same as for an output on the machine. The file is
//! taken away when it is in the store and a checkpoint has noted that it will not be gone on with.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::RunError;
use crate::io::output::shards_in;
use crate::io::stores::{StoreError, StoreFolder};

/// Files that are copied at once.
const UNDER_WAY: usize = 2;

/// Copies files to a store.
pub struct Uploads {
    folder: StoreFolder,
    /// Files on their way, in the order in which they were begun.
    pending: VecDeque<(PathBuf, JoinHandle<Result<(), StoreError>>)>,
    /// Files that are there.
    spent: Vec<PathBuf>,
    /// Whether checkpoints are noted, so that files have to wait for one.
    is_journalled: bool,
}

impl Uploads {
    /// Nothing on its way.
    pub fn new(folder: StoreFolder, is_journalled: bool) -> Uploads {
        Uploads { folder, pending: VecDeque::new(), spent: Vec::new(), is_journalled }
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
        while self.pending.len() >= UNDER_WAY {
            self.await_first()?;
        }
        let (folder, from) = (self.folder.clone(), path.clone());
        self.pending.push_back((path, tokio::task::spawn_blocking(move || folder.put(&from))));
        Ok(())
    }

    fn await_first(&mut self) -> Result<(), RunError> {
        let Some((path, work)) = self.pending.pop_front() else { return Ok(()) };
        let copied = Handle::current().block_on(work).map_err(|panic| RunError::Stage(panic.to_string()))?;
        copied.map_err(RunError::Put)?;
        if self.is_journalled {
            self.spent.push(path);
            return Ok(());
        }
        fs::remove_file(&path).map_err(|source| RunError::Write { path, source })
    }

    /// Takes away the files that nobody needs any more: a checkpoint has been noted after they were in the store.
    ///
    /// # Errors
    /// [`RunError`] of a file that could not be copied.
    pub fn committed(&mut self) -> Result<(), RunError> {
        while self.pending.front().is_some_and(|(_, work)| work.is_finished()) {
            self.await_first()?;
        }
        // Each was closed before the checkpoint was made.
        let spent = std::mem::take(&mut self.spent);
        spent.into_iter().try_for_each(|path| fs::remove_file(&path).map_err(|source| RunError::Write { path, source }))
    }

    /// Waits until all files are in the store. With a journal, the files stay as long as it does.
    ///
    /// # Errors
    /// [`RunError`] of a file that could not be copied.
    pub fn finish(mut self) -> Result<(), RunError> {
        while !self.pending.is_empty() {
            self.await_first()?;
        }
        Ok(())
    }
}

//! Files of the output that are worked on beside the writer: made of their lines, or copied to a store.
//!
//! What a file was made of stays until a checkpoint has noted that nobody needs it any more; without a journal it goes at once.

use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::RunError;

/// Works on files, a few at a time.
pub struct UnderWay {
    /// The most files at a time.
    most: usize,
    /// Whether checkpoints are noted, so that files have to wait for one.
    is_journalled: bool,
    /// Files that are worked on, in the order in which they were begun.
    pending: VecDeque<(PathBuf, JoinHandle<Result<(), RunError>>)>,
    /// Files whose work is done.
    spent: Vec<PathBuf>,
}

impl UnderWay {
    /// Nothing begun.
    pub fn new(most: usize, is_journalled: bool) -> UnderWay {
        UnderWay { most, is_journalled, pending: VecDeque::new(), spent: Vec::new() }
    }

    /// Begins the work on a file, which is taken away some time after it.
    ///
    /// # Errors
    /// [`RunError`] of a file begun before it.
    pub fn begin(
        &mut self,
        path: PathBuf,
        work: impl FnOnce() -> Result<(), RunError> + Send + 'static,
    ) -> Result<(), RunError> {
        while self.pending.len() >= self.most {
            self.await_first()?;
        }
        self.pending.push_back((path, tokio::task::spawn_blocking(work)));
        Ok(())
    }

    fn await_first(&mut self) -> Result<(), RunError> {
        let Some((path, work)) = self.pending.pop_front() else { return Ok(()) };
        Handle::current().block_on(work).map_err(|panic| RunError::Stage(panic.to_string()))??;
        if self.is_journalled {
            self.spent.push(path);
            return Ok(());
        }
        fs::remove_file(&path).map_err(|source| RunError::Write { path, source })
    }

    /// Takes away the files that nobody needs any more: a checkpoint has been noted after their work was done.
    ///
    /// # Errors
    /// [`RunError`] of a file whose work failed.
    pub fn committed(&mut self) -> Result<(), RunError> {
        while self.pending.front().is_some_and(|(_, work)| work.is_finished()) {
            self.await_first()?;
        }
        // Each was closed before the checkpoint was made.
        let spent = std::mem::take(&mut self.spent);
        spent.into_iter().try_for_each(|path| fs::remove_file(&path).map_err(|source| RunError::Write { path, source }))
    }

    /// Waits until all work is done. With a journal, the files stay as long as it does.
    ///
    /// # Errors
    /// [`RunError`] of a file whose work failed.
    pub fn finish(mut self) -> Result<(), RunError> {
        while !self.pending.is_empty() {
            self.await_first()?;
        }
        Ok(())
    }
}

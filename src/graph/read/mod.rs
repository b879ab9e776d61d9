//! `read`: from the list of inputs to batches of whole records. One thread, which only reads, decompresses and looks for
//! the ends of records; everything else is the workers'.
//!
//! A file that fails gives what it held before the fault, then one rejection that says why; the next file goes on.
//! Start with [`Reader::read`]; `parts.rs` takes one stream, `open_batch.rs` what comes of it.

mod open_batch;
mod stream;
mod parts;
mod entries;
#[cfg(feature = "parquet")]
mod table;

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

use textmill_core::decode::Charset;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use super::batch::{Position, RawBatch, RejectReason, Source};
use super::buffers::Buffers;
use super::columnar::Tables;
use super::timing::{StageTime, ThreadTime};
use crate::config::ReadPlan;
use crate::io::inputs::{Entry, InputFile, SkipReason, Skipped};
use crate::progress::Progress;
use open_batch::OpenBatch;

/// What the thread that reads needs.
pub struct Reader {
    /// The table `[read]`.
    pub plan: ReadPlan,
    /// The encoding of everything, if the user says so.
    pub forced: Option<Charset>,
    /// Bytes of input after which a window ends, at the next record.
    pub window_bytes: u64,
    /// Bytes in flight, a permit per [`PERMIT_BYTES`].
    pub budget: Arc<Semaphore>,
    /// Permits in all: what a batch larger than the budget asks for.
    pub max_permits: u32,
    /// Where buffers come from.
    pub buffers: Arc<Buffers>,
    /// Where batches go.
    pub batches: mpsc::Sender<RawBatch>,
    /// Set when no more shall be read.
    pub stop: CancellationToken,
    /// Where reading begins.
    pub from: Position,
    /// Where the columns of files are noted that have such.
    pub tables: Tables,
    /// What the user sees of it.
    pub progress: Progress,
}

/// Bytes that one permit of the budget stands for: 4 KiB.
pub const PERMIT_BYTES: usize = 4096;

/// The run goes no further: it was stopped, or nobody takes batches any more.
struct Stopped;

impl Reader {
    /// Reads all entries, in order. Blocks; to be run on a thread of its own.
    pub fn read(self, entries: impl Iterator<Item = Entry>) -> StageTime {
        let start = ThreadTime::now();
        let mut open = OpenBatch::new(self);
        let from = open.reader.from;
        for (rank, entry) in entries.enumerate().skip(from.rank as usize) {
            let rank = u32::try_from(rank).unwrap_or(u32::MAX);
            open.begin(rank);
            let result = match entry {
                Entry::File(file) => open.file(&file, rank),
                Entry::Stdin => open.stream(io::stdin(), &Arc::new(Source { name: "-".to_owned(), rank, entry: None })),
                Entry::Skipped(skipped) => open.skipped(skipped, rank),
            };
            if result.is_err() {
                break;
            }
        }
        // What is left is the last batch; that nobody takes it is known to whoever left.
        let _ = open.send(Some(Position::END));
        StageTime { busy: start.elapsed(), ..open.done }
    }
}

impl OpenBatch {
    fn file(&mut self, file: &InputFile, rank: u32) -> Result<(), Stopped> {
        let source = Arc::new(Source { name: file.name.clone(), rank, entry: None });
        let opened = File::open(&file.path).and_then(|open| Ok((open.metadata()?, open)));
        let (before, open) = match opened {
            Ok(opened) => opened,
            Err(error) => return self.reject(&source, 0, 0, RejectReason::Unreadable, error.to_string(), Vec::new()),
        };
        #[cfg(feature = "parquet")]
        if table::is_table(&open) {
            self.table(open, &source)?;
            return self.unless_changed(std::fs::metadata(&file.path), &before, &source);
        }
        self.stream(&open, &source)?;
        self.unless_changed(open.metadata(), &before, &source)
    }

    /// Says so if the file is another by now.
    fn unless_changed(
        &mut self,
        after: io::Result<Metadata>,
        before: &Metadata,
        source: &Arc<Source>,
    ) -> Result<(), Stopped> {
        let changed = after.map_or(true, |after| identity(before) != identity(&after));
        if changed && before.is_file() {
            let detail = "the file changed while it was read; run again on it".to_owned();
            return self.reject(source, 0, 0, RejectReason::Changed, detail, Vec::new());
        }
        Ok(())
    }

    fn skipped(&mut self, skipped: Skipped, rank: u32) -> Result<(), Stopped> {
        let source = Arc::new(Source { name: skipped.name, rank, entry: None });
        let (reason, detail) = match skipped.why {
            SkipReason::Symlink => (
                RejectReason::NotAFile,
                "a symbolic link inside a folder is not followed; name it as an input".to_owned(),
            ),
            SkipReason::NotAFile => {
                (RejectReason::NotAFile, "a pipe, socket or device inside a folder is not read".to_owned())
            }
            SkipReason::Unreadable(message) => (RejectReason::Unreadable, message),
        };
        self.reject(&source, 0, 0, reason, detail, Vec::new())
    }
}

/// What tells that a file is still the one that was opened.
fn identity(metadata: &Metadata) -> (u64, u64, u64, i64, i64) {
    (metadata.dev(), metadata.ino(), metadata.size(), metadata.mtime(), metadata.mtime_nsec())
}

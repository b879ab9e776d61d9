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
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use textmill_core::decode::Charset;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use super::batch::{Position, RawBatch, RejectReason, Source};
use super::buffers::Buffers;
use super::columnar::Tables;
use super::timing::{StageTime, ThreadTime};
use crate::config::ReadPlan;
use crate::io::inputs::{Entry, Place, SkipReason};
use crate::io::stores::{Ahead, StoreError};
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
    /// Where it is told that a store failed, if that stopped the reading.
    pub lost: Arc<OnceLock<StoreError>>,
    /// Where objects are kept while they are read that cannot be read from the first byte on.
    pub temporary: PathBuf,
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
    pub fn read(self, entries: impl Iterator<Item = Entry> + Send) -> StageTime {
        let start = ThreadTime::now();
        let mut open = OpenBatch::new(self);
        let first = open.reader.from.rank;
        let mut ahead = Ahead::new(entries.skip(first as usize), open.reader.plan.ahead_bytes);
        // A run that had read all when it was stopped begins behind the last rank there is.
        for rank in first..=u32::MAX {
            let Some(entry) = ahead.next_entry() else { break };
            open.begin(rank);
            let source = |name| Arc::new(Source { name, rank, entry: None });
            let result = match entry {
                Entry::File(file) => match &file.place {
                    Place::Path(path) => open.file(path, &source(file.name)),
                    Place::Object(_) => open.object(&mut ahead, &source(file.name)),
                },
                Entry::Stdin => open.stream(io::stdin(), &source("-".to_owned())),
                Entry::Skipped(skipped) => open.skipped(skipped.why, &source(skipped.name)),
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
    fn file(&mut self, path: &Path, source: &Arc<Source>) -> Result<(), Stopped> {
        let opened = File::open(path).and_then(|open| Ok((open.metadata()?, open)));
        let (before, open) = match opened {
            Ok(opened) => opened,
            Err(error) => return self.reject(source, 0, 0, RejectReason::Unreadable, error.to_string(), Vec::new()),
        };
        #[cfg(feature = "parquet")]
        if table::is_table(&open) {
            self.table(open, source)?;
            return self.unless_changed(std::fs::metadata(path), &before, source);
        }
        self.stream(&open, source)?;
        self.unless_changed(open.metadata(), &before, source)
    }

    /// Reads an object of a store, of which these are the bytes.
    fn object(&mut self, bytes: &mut (impl Read + Send), source: &Arc<Source>) -> Result<(), Stopped> {
        #[cfg(feature = "parquet")]
        {
            let mut magic = Vec::with_capacity(4);
            if let Err(error) = bytes.by_ref().take(4).read_to_end(&mut magic) {
                return self.fault(source, 0, &error);
            }
            let mut whole = io::Cursor::new(&magic).chain(bytes);
            if !table::is_magic(&magic) {
                return self.stream(whole, source);
            }
            // Columns lie all over the object, and what they are is told at its end.
            let kept = tempfile::tempfile_in(&self.reader.temporary).and_then(|mut file| {
                io::copy(&mut whole, &mut file)?;
                Ok(file)
            });
            match kept {
                Ok(file) => self.table(file, source),
                Err(error) => self.fault(source, 0, &error),
            }
        }
        #[cfg(not(feature = "parquet"))]
        self.stream(bytes, source)
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

    fn skipped(&mut self, why: SkipReason, source: &Arc<Source>) -> Result<(), Stopped> {
        let (reason, detail) = match why {
            SkipReason::Symlink => (
                RejectReason::NotAFile,
                "a symbolic link inside a folder is not followed; name it as an input".to_owned(),
            ),
            SkipReason::NotAFile => {
                (RejectReason::NotAFile, "a pipe, socket or device inside a folder is not read".to_owned())
            }
            SkipReason::Unreadable(message) => (RejectReason::Unreadable, message),
        };
        self.reject(source, 0, 0, reason, detail, Vec::new())
    }
}

/// What tells that a file is still the one that was opened.
fn identity(metadata: &Metadata) -> (u64, u64, u64, i64, i64) {
    (metadata.dev(), metadata.ino(), metadata.size(), metadata.mtime(), metadata.mtime_nsec())
}

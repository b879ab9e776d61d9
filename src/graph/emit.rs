//! `emit`: from kept records to files. The owner of the order cuts the output into frames, workers compress them, one
//! thread writes them.
//!
//! Frames and shards end where the bytes of the output say so, never where a batch happens to end: the same records give
//! the same files, compressed or not.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use super::RunError;
use crate::config::{Compression, EmitPlan, Output, OutputFormat, PartitionBy};
use crate::io::output::{Access, PartFile, compress};

/// Bytes of output after which a frame ends, at the next record: 1 MiB. Compressed alone, a frame of that size is within
/// 1% of what one frame for the whole file would give.
const FRAME_BYTES: usize = 1 << 20;
/// Frames that wait for the thread that writes.
const WAITING_FRAMES: usize = 8;

/// A file of the output, but for its shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Records, in a subfolder where the output is partitioned.
    Records(Option<&'static str>),
    /// `dropped.jsonl`.
    Dropped,
    /// `rejected.jsonl`.
    Rejected,
}

/// Bytes on their way to a file.
struct Frame {
    target: Target,
    shard: u32,
    bytes: FrameBytes,
    ends_file: bool,
}

enum FrameBytes {
    Ready(Vec<u8>),
    /// A worker compresses them.
    Awaited(JoinHandle<io::Result<Vec<u8>>>),
}

/// Cuts the output into frames; used by the owner of the order.
pub struct Emitter {
    plan: Arc<EmitPlan>,
    open: BTreeMap<Target, OpenFile>,
    frames: mpsc::Sender<Frame>,
    workers: Arc<Semaphore>,
}

#[derive(Default)]
struct OpenFile {
    shard: u32,
    /// Bytes of the shard so far, before compression.
    shard_bytes: u64,
    frame: Vec<u8>,
}

/// The thread that writes has stopped; it knows why.
pub struct WriterGone;

impl Emitter {
    /// Adds one record, whole.
    ///
    /// # Errors
    /// [`WriterGone`] if nothing can be written any more.
    pub fn push(&mut self, target: Target, record: &[u8]) -> Result<(), WriterGone> {
        let is_sharded = matches!((target, &self.plan.output), (Target::Records(_), Output::Folder(_)));
        let separated = matches!(target, Target::Records(_)) && self.plan.format == OutputFormat::Text;
        let open = self.open.entry(target).or_default();
        if is_sharded && open.shard_bytes > 0 && open.shard_bytes + record.len() as u64 > self.plan.shard_bytes {
            self.send(target, true)?;
            let shard = self.open.get(&target).map_or(0, |open| open.shard + 1);
            self.open.insert(target, OpenFile { shard, ..OpenFile::default() });
        }
        let open = self.open.entry(target).or_default();
        if separated && open.shard_bytes > 0 {
            open.frame.push(b'\n');
            open.shard_bytes += 1;
        }
        open.frame.extend_from_slice(record);
        open.shard_bytes += record.len() as u64;
        if open.frame.len() >= FRAME_BYTES { self.send(target, false) } else { Ok(()) }
    }

    /// Ends all files.
    ///
    /// # Errors
    /// [`WriterGone`] if nothing can be written any more.
    pub fn finish(mut self) -> Result<(), WriterGone> {
        let targets: Vec<Target> = self.open.keys().copied().collect();
        targets.into_iter().try_for_each(|target| self.send(target, true))
    }

    fn send(&mut self, target: Target, ends_file: bool) -> Result<(), WriterGone> {
        let Some(open) = self.open.get_mut(&target) else { return Ok(()) };
        let bytes = std::mem::take(&mut open.frame);
        let shard = open.shard;
        let is_compressed = matches!(target, Target::Records(_)) && self.plan.compression != Compression::None;
        let bytes = if is_compressed && !bytes.is_empty() {
            let (plan, workers) = (Arc::clone(&self.plan), Arc::clone(&self.workers));
            FrameBytes::Awaited(Handle::current().spawn(async move {
                // The semaphore is never closed; without a permit the frame is compressed all the same.
                let permit = workers.acquire_owned().await.ok();
                let work = move || {
                    let _permit = permit;
                    compress(bytes, plan.compression, plan.compression_level)
                };
                tokio::task::spawn_blocking(work).await.unwrap_or_else(|panic| Err(io::Error::other(panic)))
            }))
        } else {
            FrameBytes::Ready(bytes)
        };
        self.frames.blocking_send(Frame { target, shard, bytes, ends_file }).map_err(|_| WriterGone)
    }
}

/// The thread that writes.
pub struct Writer {
    plan: Arc<EmitPlan>,
    frames: mpsc::Receiver<Frame>,
    files: BTreeMap<Target, PartFile>,
}

/// The two ends of `emit`. Files that a reader expects to be there, though nothing may come, are begun at once.
pub fn emitter_and_writer(plan: &EmitPlan, workers: Arc<Semaphore>) -> (Emitter, Writer) {
    let plan = Arc::new(plan.clone());
    let (sender, frames) = mpsc::channel(WAITING_FRAMES);
    let mut open = BTreeMap::new();
    if plan.partition_by == PartitionBy::Nothing {
        open.insert(Target::Records(None), OpenFile::default());
    }
    if plan.dropped.is_some() {
        open.insert(Target::Dropped, OpenFile::default());
    }
    if plan.rejected.is_some() {
        open.insert(Target::Rejected, OpenFile::default());
    }
    (
        Emitter { plan: Arc::clone(&plan), open, frames: sender, workers },
        Writer { plan, frames, files: BTreeMap::new() },
    )
}

impl Writer {
    /// Writes frames until there are no more. Blocks; to be run on a thread of its own.
    ///
    /// # Errors
    /// [`RunError::Write`] with the file, [`RunError::ReaderGone`] if nobody reads standard output any more.
    pub fn write(mut self) -> Result<(), RunError> {
        while let Some(frame) = self.frames.blocking_recv() {
            let bytes = match frame.bytes {
                FrameBytes::Ready(bytes) => Ok(bytes),
                FrameBytes::Awaited(work) => {
                    Handle::current().block_on(work).unwrap_or_else(|gone| Err(io::Error::other(gone)))
                }
            };
            let Some(path) = self.path(frame.target, frame.shard) else {
                if matches!(frame.target, Target::Records(_)) {
                    write_stdout(
                        &bytes.map_err(|error| RunError::Write { path: "standard output".into(), source: error })?,
                    )?;
                }
                continue;
            };
            let result = bytes.and_then(|bytes| self.write_file(frame.target, &path, &bytes, frame.ends_file));
            result.map_err(|source| RunError::Write { path, source })?;
        }
        Ok(())
    }

    fn write_file(&mut self, target: Target, path: &std::path::Path, bytes: &[u8], ends_file: bool) -> io::Result<()> {
        let access = if target == Target::Rejected { Access::Private } else { Access::Default };
        let file = match self.files.entry(target) {
            std::collections::btree_map::Entry::Occupied(open) => open.into_mut(),
            std::collections::btree_map::Entry::Vacant(free) => free.insert(PartFile::create(path, access)?),
        };
        file.write(bytes)?;
        if ends_file { self.files.remove(&target).map_or(Ok(()), PartFile::finish) } else { Ok(()) }
    }

    /// The file of a target; `None` for standard output, and for side files that nobody asked for.
    fn path(&self, target: Target, shard: u32) -> Option<PathBuf> {
        match target {
            Target::Dropped => self.plan.dropped.clone(),
            Target::Rejected => self.plan.rejected.clone(),
            Target::Records(partition) => match &self.plan.output {
                Output::Stdout => None,
                Output::File(path) => Some(path.clone()),
                Output::Folder(folder) => {
                    let folder = partition.map_or_else(|| folder.clone(), |partition| folder.join(partition));
                    Some(folder.join(format!("shard-{shard:05}.{}", shard_extension(&self.plan))))
                }
            },
        }
    }
}

/// What stands after `shard-00000.`.
pub fn shard_extension(plan: &EmitPlan) -> String {
    let format = if plan.format == OutputFormat::Text { "txt" } else { "jsonl" };
    let compression = match plan.compression {
        Compression::None => "",
        Compression::Gzip => ".gz",
        Compression::Zstd => ".zst",
    };
    format!("{format}{compression}")
}

fn write_stdout(bytes: &[u8]) -> Result<(), RunError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(RunError::ReaderGone),
        Err(source) => Err(RunError::Write { path: "standard output".into(), source }),
        Ok(()) => Ok(()),
    }
}

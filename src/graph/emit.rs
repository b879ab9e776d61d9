//! `emit`: from kept records to files. The owner of the order cuts the output into frames, workers compress them, one
//! thread writes them.
//!
//! Frames and shards end where the bytes of the output say so, never where a batch happens to end: the same records give
//! the same files, compressed or not.

mod paths;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::RunError;
use super::buffers::Buffers;
use super::checkpoint::Checkpoint;
use super::columnar::{ColumnShards, Tables};
use super::uploads::Uploads;
use super::workers::Workers;
use crate::config::{Compression, EmitPlan, Output, OutputFormat, PartitionBy, Plan};
use crate::io::journal::Journal;
use crate::io::output::{PartFile, compress, part_path};
use crate::io::stores::StoreFolder;
pub use paths::shard_extension;
use paths::{access, path_of, remove_later_shards};

/// Bytes of output after which a frame ends, at the next record: 1 MiB. Compressed alone, a frame of that size is within
/// 1% of what one frame for the whole file would give.
const FRAME_BYTES: usize = 1 << 20;
/// Frames that wait for the thread that writes.
const WAITING_FRAMES: usize = 8;

/// A file of the output, but for its shard.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Target {
    /// Records, in a subfolder where the output is partitioned.
    Records(Option<String>),
    /// `dropped.jsonl`.
    Dropped,
    /// `rejected.jsonl`.
    Rejected,
}

/// How far a file was written at a checkpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileState {
    target: Target,
    shard: u32,
    /// Bytes of the shard before compression.
    shard_bytes: u64,
    /// Bytes on disk.
    written: u64,
}

/// What the thread that writes is told.
enum Order {
    Write(Frame),
    /// What columns there are is found out from what has been written by now.
    SettleColumns,
    /// Put everything on disk, fill in what was written, note the checkpoint.
    Commit(Box<Checkpoint>),
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
    orders: mpsc::Sender<Order>,
    workers: Arc<Workers>,
    /// Whether the columns of the shards are still to be found out.
    unsettled: bool,
    buffers: Arc<Buffers>,
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
    pub fn push(&mut self, target: &Target, record: &[u8]) -> Result<(), WriterGone> {
        let is_sharded = matches!((target, &self.plan.output), (Target::Records(_), Output::Folder(_)));
        let separated = matches!(target, Target::Records(_)) && self.plan.format == OutputFormat::Text;
        if !self.open.contains_key(target) {
            self.open.insert(target.clone(), OpenFile::default());
        }
        let Some(open) = self.open.get_mut(target) else { return Ok(()) };
        if is_sharded && open.shard_bytes > 0 && open.shard_bytes + record.len() as u64 > self.plan.shard_bytes {
            let next = open.shard + 1;
            self.settle_columns()?;
            self.send(target, true)?;
            self.open.insert(target.clone(), OpenFile { shard: next, ..OpenFile::default() });
        }
        let Some(open) = self.open.get_mut(target) else { return Ok(()) };
        if *target == Target::Records(None) && open.frame.capacity() == 0 {
            open.frame = self.buffers.frames.take(FRAME_BYTES + FRAME_BYTES / 16);
        }
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
        self.settle_columns()?;
        self.targets().iter().try_for_each(|target| self.send(target, true))
    }

    /// Ends the frames of all files, so that what follows begins anew.
    ///
    /// # Errors
    /// [`WriterGone`] if nothing can be written any more.
    pub fn end_frames(&mut self) -> Result<(), WriterGone> {
        self.targets().iter().try_for_each(|target| self.send(target, false))
    }

    /// Has a checkpoint noted once everything before it is on disk.
    ///
    /// # Errors
    /// [`WriterGone`] if nothing can be written any more.
    pub fn commit(&mut self, mut checkpoint: Checkpoint) -> Result<(), WriterGone> {
        checkpoint.files = self.open.iter().map(|(target, open)| FileState::new(target, open)).collect();
        self.orders.blocking_send(Order::Commit(Box::new(checkpoint))).map_err(|_| WriterGone)
    }

    /// Has the columns of all shards found out from the records so far, if that is still to be done: when the first shard
    /// is whole, which depends on nothing but the records.
    fn settle_columns(&mut self) -> Result<(), WriterGone> {
        if !std::mem::replace(&mut self.unsettled, false) {
            return Ok(());
        }
        self.end_frames()?;
        self.orders.blocking_send(Order::SettleColumns).map_err(|_| WriterGone)
    }

    fn targets(&self) -> Vec<Target> {
        self.open.keys().cloned().collect()
    }

    fn send(&mut self, target: &Target, ends_file: bool) -> Result<(), WriterGone> {
        let Some(open) = self.open.get_mut(target) else { return Ok(()) };
        if open.frame.is_empty() && !ends_file {
            return Ok(());
        }
        let bytes = std::mem::take(&mut open.frame);
        // Nothing is no compressed file: one that holds no record has a frame all the same.
        let holds_nothing = ends_file && open.shard_bytes == 0;
        let shard = open.shard;
        let is_compressed = matches!(target, Target::Records(_))
            && self.plan.compression != Compression::None
            && self.plan.format != OutputFormat::Parquet;
        let bytes = if is_compressed && (holds_nothing || !bytes.is_empty()) {
            let (plan, buffers) = (Arc::clone(&self.plan), Arc::clone(&self.buffers));
            FrameBytes::Awaited(self.workers.run(move || {
                let compressed = compress(&bytes, plan.compression, plan.compression_level);
                buffers.frames.give(bytes);
                compressed
            }))
        } else {
            FrameBytes::Ready(bytes)
        };
        let frame = Frame { target: target.clone(), shard, bytes, ends_file };
        self.orders.blocking_send(Order::Write(frame)).map_err(|_| WriterGone)
    }
}

/// The thread that writes.
pub struct Writer {
    plan: Arc<EmitPlan>,
    orders: mpsc::Receiver<Order>,
    files: BTreeMap<Target, PartFile>,
    journal: Option<Journal>,
    /// What makes columns of the records, where the output is Parquet.
    columns: Option<ColumnShards>,
    /// What copies whole files to a store, where the output goes to one.
    uploads: Option<Uploads>,
    buffers: Arc<Buffers>,
}

impl FileState {
    fn new(target: &Target, open: &OpenFile) -> FileState {
        FileState { target: target.clone(), shard: open.shard, shard_bytes: open.shard_bytes, written: 0 }
    }
}

/// The two ends of `emit`. Files that a reader expects to be there, though nothing may come, are begun at once; those of
/// a checkpoint are taken up where it left them.
///
/// # Errors
/// [`RunError::Write`] if a file of the checkpoint is not as it was left.
pub fn emitter_and_writer(
    plan: &Plan,
    workers: Arc<Workers>,
    buffers: Arc<Buffers>,
    store: Option<StoreFolder>,
    journal: Option<Journal>,
    checkpoint: Option<&Checkpoint>,
    tables: Tables,
) -> Result<(Emitter, Writer), RunError> {
    let columns = (plan.emit.format == OutputFormat::Parquet)
        .then(|| ColumnShards::new(plan, Arc::clone(&workers), store.clone(), journal.is_some(), checkpoint, tables))
        .transpose()?;
    let plan = Arc::new(plan.emit.clone());
    let (sender, orders) = mpsc::channel(WAITING_FRAMES);
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
    let mut files = BTreeMap::new();
    for state in checkpoint.map_or(&[][..], |checkpoint| &checkpoint.files) {
        let FileState { target, shard, shard_bytes, written } = state.clone();
        if let Some(path) = path_of(&plan, &target, shard) {
            let file = PartFile::take_up(&path, written, access(&target))
                .map_err(|source| RunError::Write { path, source })?;
            files.insert(target.clone(), file);
        }
        open.insert(target, OpenFile { shard, shard_bytes, frame: Vec::new() });
    }
    if let (Output::Folder(folder), Some(checkpoint)) = (&plan.output, checkpoint) {
        let known =
            |target: &Target| checkpoint.files.iter().find(|state| state.target == *target).map(|state| state.shard);
        remove_later_shards(folder, plan.format, &known)
            .map_err(|source| RunError::Write { path: folder.clone(), source })?;
    }
    let unsettled = columns.as_ref().is_some_and(|columns| !columns.are_settled());
    let uploads = store.map(|store| Uploads::new(store, journal.is_some()));
    let shared = Arc::clone(&buffers);
    let emitter = Emitter { plan: Arc::clone(&plan), open, orders: sender, workers, unsettled, buffers: shared };
    Ok((emitter, Writer { plan, orders, files, journal, columns, uploads, buffers }))
}

impl Writer {
    /// Writes frames until there are no more. Blocks; to be run on a thread of its own.
    ///
    /// # Errors
    /// [`RunError::Write`] with the file, [`RunError::ReaderGone`] if nobody reads standard output any more.
    pub fn write(mut self) -> Result<(), RunError> {
        self.columns.as_mut().map_or(Ok(()), ColumnShards::go_on)?;
        // A file of columns that was left is made of its lines once more, and goes to the store from there.
        if let (Output::Folder(folder), Some(uploads), None) = (&self.plan.output, &mut self.uploads, &self.columns) {
            uploads.go_on(folder)?;
        }
        while let Some(order) = self.orders.blocking_recv() {
            let frame = match order {
                Order::Write(frame) => frame,
                Order::Commit(checkpoint) => {
                    self.commit(*checkpoint)?;
                    continue;
                }
                Order::SettleColumns => {
                    let records = self.files.iter().filter(|(target, _)| matches!(target, Target::Records(_)));
                    let written: Vec<PathBuf> = records.map(|(_, file)| part_path(file.path())).collect();
                    self.columns.as_mut().map_or(Ok(()), |columns| columns.settle(&written))?;
                    continue;
                }
            };
            let (bytes, is_frame) = match frame.bytes {
                FrameBytes::Ready(bytes) => (Ok(bytes), frame.target == Target::Records(None)),
                FrameBytes::Awaited(work) => {
                    (Handle::current().block_on(work).unwrap_or_else(|gone| Err(io::Error::other(gone))), false)
                }
            };
            let path = path_of(&self.plan, &frame.target, frame.shard);
            let named =
                |source| RunError::Write { path: path.clone().unwrap_or_else(|| "standard output".into()), source };
            let bytes = bytes.map_err(named)?;
            match &path {
                Some(path) => self.write_file(&frame.target, path, &bytes, frame.ends_file).map_err(named)?,
                None if matches!(frame.target, Target::Records(_)) => write_stdout(&bytes)?,
                None => {}
            }
            if is_frame {
                self.buffers.frames.give(bytes);
            }
            let Some(path) = path.filter(|_| frame.ends_file) else { continue };
            match (&frame.target, &mut self.columns, &mut self.uploads) {
                (Target::Records(_), Some(columns), _) => columns.encode(path)?,
                (_, _, Some(uploads)) => uploads.begin(path)?,
                _ => {}
            }
        }
        self.columns.map_or(Ok(()), ColumnShards::finish)?;
        self.uploads.map_or(Ok(()), Uploads::finish)
    }

    /// Puts all files on disk and notes how far each was written.
    fn commit(&mut self, mut checkpoint: Checkpoint) -> Result<(), RunError> {
        let Some(journal) = &mut self.journal else { return Ok(()) };
        for state in &mut checkpoint.files {
            if let Some(file) = self.files.get_mut(&state.target) {
                state.written =
                    file.sync().map_err(|source| RunError::Write { path: file.path().to_owned(), source })?;
            }
        }
        checkpoint.columns = self.columns.as_ref().and_then(ColumnShards::state);
        let line = serde_json::to_string(&checkpoint).map_err(|error| RunError::Stage(error.to_string()))?;
        journal.append(&line).map_err(|source| RunError::Write { path: journal.path().to_owned(), source })?;
        self.columns.as_mut().map_or(Ok(()), ColumnShards::committed)?;
        self.uploads.as_mut().map_or(Ok(()), Uploads::committed)
    }

    fn write_file(&mut self, target: &Target, path: &Path, bytes: &[u8], ends_file: bool) -> io::Result<()> {
        let file = match self.files.entry(target.clone()) {
            std::collections::btree_map::Entry::Occupied(open) => open.into_mut(),
            std::collections::btree_map::Entry::Vacant(free) => free.insert(PartFile::create(path, access(target))?),
        };
        file.write(bytes)?;
        if ends_file { self.files.remove(target).map_or(Ok(()), PartFile::finish) } else { Ok(()) }
    }
}

fn write_stdout(bytes: &[u8]) -> Result<(), RunError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(RunError::ReaderGone),
        Err(source) => Err(RunError::Write { path: "standard output".into(), source }),
        Ok(()) => Ok(()),
    }
}

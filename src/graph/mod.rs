//! The stage graph: `read → decode → repair → langid → dedup → emit`.
//!
//! ```text
//! read ──► decode ──► window ──► lines ──► settle ──► refine ──► owner ──► writer
//! thread   workers    task       workers   task       workers    thread    thread
//! ```
//!
//! Batches keep their order: each parallel stage hands on the tasks it has begun, in the order in which it began them,
//! and the next stage waits for the first. Memory is bounded by bytes: `read` takes a share of the budget for each batch,
//! and the owner gives it back. A stop signal is passed in; what has been read by then is written.
//!
//! Start with [`run`].

mod error;
mod batch;
mod timing;
mod buffers;
mod read;
mod weight;
mod workers;
mod kernels;
mod decode;
mod page;
mod window;
mod lines;
mod settle;
mod refine;
mod record;
mod ledger;
mod dedup;
mod under_way;
#[cfg(feature = "parquet")]
mod columnar;
#[cfg(not(feature = "parquet"))]
#[path = "columnar_absent.rs"]
mod columnar;
mod uploads;
mod emit;
mod side_files;
mod spill;
mod judge;
mod report;
mod checkpoint;
mod restore;
mod paragraphs;
mod explain;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use checkpoint::{Begun, Checkpoint, RunFolder, new_run_id};
pub use dedup::Books;
pub use emit::shard_extension;
pub use error::RunError;
pub use explain::{Explained, explain};
pub use judge::{Judge, ReportedCluster};
pub use kernels::{KernelError, Kernels};
pub use ledger::{Ledger, Tally};
pub use paragraphs::ParagraphJudge;
pub use report::IndexReport;
pub use timing::{StageTime, StageTimes, ThreadTime};

use crate::config::Plan;
use crate::io::inputs::{self, Root};
use crate::io::journal::Journal;
use crate::io::stores::StoreFolder;
use crate::progress::Progress;
use batch::{Position, RawBatch};
use buffers::Buffers;
use columnar::Tables;
use decode::decode_batch;
use dedup::Owner;
use judge::folder_for_temporary_files;
use lines::{Repairing, repair_batch};
use paragraphs::judge_paragraphs;
use read::{PERMIT_BYTES, Reader};
use refine::{RefinedBatch, finish_batch};
use settle::settle_windows;
use window::{AtStop, Windowed, gather_windows};
use workers::Workers;

/// Batches that wait between two stages for each worker.
const WAITING_PER_WORKER: usize = 2;

/// A run that came to its end.
pub struct Finished {
    /// What became of every record.
    pub books: Books,
    /// Wall time.
    pub elapsed: Duration,
    /// Whether a signal ended it.
    pub interrupted: bool,
}

/// What a run needs beside its plan.
pub struct Setting {
    /// What is read.
    pub roots: Vec<Root>,
    /// The kernels as the plan sets them up.
    pub kernels: Kernels,
    /// The store that the output goes to, if it goes to one.
    pub store: Option<StoreFolder>,
    /// Where checkpoints go, if the run can be resumed.
    pub journal: Option<Journal>,
    /// Where the run goes on, if it is not a new one.
    pub checkpoint: Option<Checkpoint>,
    /// By what records are judged.
    pub judge: Judge,
    /// By what paragraphs are judged, if they are.
    pub paragraphs: Option<ParagraphJudge>,
    /// Set when the run shall stop.
    pub stop: CancellationToken,
    /// What the user sees.
    pub progress: Progress,
}

/// Runs the plan over its inputs until they end or the stop signal is set.
///
/// # Errors
/// [`RunError`]; what was written whole until then stays.
pub async fn run(plan: &Plan, setting: Setting) -> Result<Finished, RunError> {
    let Setting { roots, kernels, store, journal, checkpoint, judge, mut paragraphs, stop, progress } = setting;
    let start = Instant::now();
    let kernels = Arc::new(kernels);
    let workers = Arc::new(Workers::new(plan.run.threads).map_err(RunError::NoThreads)?);
    let waiting = plan.run.threads * WAITING_PER_WORKER;
    let buffers = Arc::new(Buffers::default());
    let max_permits = u32::try_from(plan.run.memory_bytes / PERMIT_BYTES).unwrap_or(u32::MAX);

    let tables = Tables::default();
    let lost = Arc::new(OnceLock::new());
    let (batches, raw) = mpsc::channel(waiting);
    let reader = Reader {
        plan: plan.read.clone(),
        forced: kernels.forced(),
        window_bytes: plan.repair.window_bytes as u64,
        budget: Arc::new(Semaphore::new(max_permits as usize)),
        max_permits,
        buffers: Arc::clone(&buffers),
        batches,
        stop: stop.clone(),
        lost: Arc::clone(&lost),
        temporary: folder_for_temporary_files(plan),
        tables: tables.clone(),
        from: checkpoint.as_ref().map_or(Position::START, |checkpoint| checkpoint.position),
        progress: progress.clone(),
    };
    let is_journalled = journal.is_some();
    let (emitter, writer) = emit::emitter_and_writer(
        plan,
        Arc::clone(&workers),
        Arc::clone(&buffers),
        store.clone(),
        journal,
        checkpoint.as_ref(),
        tables,
    )?;
    let mut owner = Owner::new(judge, plan, emitter, Arc::clone(&buffers), progress.clone());
    if let Some(judge) = &paragraphs {
        owner.note_paragraphs(judge);
    }
    if let Some(checkpoint) = checkpoint {
        tokio::task::block_in_place(|| {
            owner.restore(checkpoint, plan, &roots, store.as_ref(), &kernels, paragraphs.as_mut())
        })?;
    }
    let reading = tokio::task::spawn_blocking(move || reader.read(inputs::walk(roots)));

    let (shared, shelves) = (Arc::clone(&kernels), Arc::clone(&buffers));
    let (received, raw) = count_input(raw, stop.clone());
    let decoded = on_workers(raw, &workers, waiting, move |batch| decode_batch(batch, &shared, &shelves));
    let at_stop = if is_journalled { AtStop::Abandon } else { AtStop::PassOn };
    let interrupted = Arc::new(AtomicBool::new(false));
    let (abandoned, windowed) = gather_windows(decoded, at_stop, stop, Arc::clone(&interrupted));
    let shared = Arc::clone(&kernels);
    let repairing =
        on_workers(windowed, &workers, waiting, move |(batch, words): Windowed| repair_batch(batch, &words, &shared));
    let mut settled = settle_windows(repairing, Arc::clone(&workers), Arc::clone(&kernels));
    let mut judging = None;
    if let Some(judge) = paragraphs {
        let shared = Arc::clone(&kernels);
        let sketched = on_workers(settled, &workers, waiting, move |batch: Result<Repairing, RunError>| {
            let mut batch = batch?;
            batch.sketch_paragraphs(&shared);
            Ok(batch)
        });
        let (to, judged) = mpsc::channel(waiting);
        judging = Some(tokio::task::spawn_blocking(move || judge_paragraphs(judge, sketched, to)));
        settled = judged;
    }
    let refined = on_workers(settled, &workers, waiting, move |batch: Result<Repairing, RunError>| {
        Ok(finish_batch(batch?, &kernels, &buffers))
    });

    let stopped = Arc::clone(&interrupted);
    let owning = tokio::task::spawn_blocking(move || own(owner, refined, &stopped));
    let writing = tokio::task::spawn_blocking(move || writer.write());
    let drawing = tokio::spawn(progress.clone().draw());

    let books = owning.await.map_err(stage_failed)?;
    let written = writing.await.map_err(stage_failed)?;
    drawing.abort();
    progress.finish();
    let interrupted = interrupted.load(Ordering::Acquire);
    // Whatever ended the owner early is the writer's to tell.
    written?;
    let (mut books, judge) = books?;
    if let Some(lost) = lost.get() {
        return Err(RunError::Fetch(lost.clone()));
    }
    if !interrupted {
        let read = reading.await.map_err(stage_failed)?;
        books.times.read = read;
    }
    let received = received.await.map_err(stage_failed)?;
    let abandoned = abandoned.await.map_err(stage_failed)?;
    let came_through =
        Tally { records: books.found.records + abandoned.records, bytes: books.found.bytes + abandoned.bytes };
    if !books.ledger.is_balanced() || came_through != received {
        let Tally { records, bytes } = books.ledger.accounted();
        let Ledger { found, input_bytes, blank_bytes, .. } = books.ledger;
        // What never came through was read all the same; what came twice was not.
        let found = (found + received.records).saturating_sub(came_through.records);
        let input_bytes = (input_bytes + received.bytes).saturating_sub(came_through.bytes + blank_bytes);
        return Err(RunError::NotConserved { found, input_bytes, records, bytes });
    }
    if let Some(judging) = judging {
        let judge = judging.await.map_err(stage_failed)?;
        books.index = judge.report();
        if !interrupted {
            tokio::task::block_in_place(|| judge.commit())?;
        }
    }
    if !interrupted {
        tokio::task::block_in_place(|| judge.commit())?;
    }
    Ok(Finished { books, elapsed: start.elapsed(), interrupted })
}

fn stage_failed(error: tokio::task::JoinError) -> RunError {
    RunError::Stage(error.to_string())
}

/// Counts what comes from `read`, on its way to the workers. After a stop, what waits is taken and nothing else.
fn count_input(
    mut from: mpsc::Receiver<RawBatch>,
    stop: CancellationToken,
) -> (JoinHandle<Tally>, mpsc::Receiver<RawBatch>) {
    let (to, counted) = mpsc::channel(1);
    let counting = tokio::spawn(async move {
        let mut received = Tally::default();
        loop {
            let batch = tokio::select! {
                batch = from.recv() => batch,
                () = stop.cancelled() => from.try_recv().ok(),
            };
            let Some(batch) = batch else { return received };
            received.records += batch.found.records;
            received.bytes += batch.found.bytes;
            if to.send(batch).await.is_err() {
                return received;
            }
        }
    });
    (counting, counted)
}

/// Runs `work` on each value, as many at a time as there are workers; the tasks come out in the order of the values.
fn on_workers<T: Send + 'static, U: Send + 'static>(
    mut from: mpsc::Receiver<T>,
    workers: &Arc<Workers>,
    waiting: usize,
    work: impl Fn(T) -> U + Send + Sync + 'static,
) -> mpsc::Receiver<JoinHandle<U>> {
    let (to, tasks) = mpsc::channel(waiting);
    let workers = Arc::clone(workers);
    let work = Arc::new(work);
    tokio::spawn(async move {
        while let Some(value) = from.recv().await {
            let work = Arc::clone(&work);
            let task = workers.run(move || work(value));
            if to.send(task).await.is_err() {
                return;
            }
        }
    });
    tasks
}

/// Feeds the owner, in order, until nothing comes or nothing can be written.
fn own(
    mut owner: Owner,
    mut refined: mpsc::Receiver<JoinHandle<Result<RefinedBatch, RunError>>>,
    interrupted: &AtomicBool,
) -> Result<(Books, Judge), RunError> {
    let runtime = tokio::runtime::Handle::current();
    while let Some(task) = refined.blocking_recv() {
        let batch = runtime.block_on(task).map_err(stage_failed)?;
        owner.take(batch?)?;
    }
    owner.finish(interrupted.load(Ordering::Acquire))
}

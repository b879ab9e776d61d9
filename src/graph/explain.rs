//! What `textmill explain` shows: the edits of documents, by the steps of a run up to them.

use std::sync::{Arc, OnceLock};

use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use super::batch::Position;
use super::buffers::Buffers;
use super::columnar::Tables;
use super::decode::decode_batch;
use super::kernels::Kernels;
use super::read::Reader;
use super::window::Windows;
use super::workers::Workers;
use super::{RunError, lines, settle, stage_failed};
use crate::config::Plan;
use crate::io::inputs::{self, Root};
use crate::progress::Progress;

/// A document before and after repair.
pub struct Explained<'a> {
    /// Its source, with the line where it is one.
    pub name: String,
    /// The text as decoded.
    pub before: &'a str,
    /// The edits, positioned in `before`.
    pub edits: &'a [textmill_core::repair::Edit],
}

/// Repairs the documents of a plan's inputs and shows each to `each`, in order, by the very steps of [`run`](super::run).
///
/// # Errors
/// [`RunError::Stage`] if a stage panicked, [`RunError::NoThreads`] if there is no thread.
pub async fn explain(
    plan: &Plan,
    roots: Vec<Root>,
    kernels: Kernels,
    mut each: impl FnMut(&Explained<'_>),
) -> Result<(), RunError> {
    let permits = Semaphore::MAX_PERMITS.min(u32::MAX as usize);
    let (batches, mut raw) = mpsc::channel(1);
    let lost = Arc::new(OnceLock::new());
    let buffers = Arc::new(Buffers::default());
    let reader = Reader {
        plan: plan.read.clone(),
        forced: kernels.forced(),
        window_bytes: plan.repair.window_bytes as u64,
        budget: Arc::new(Semaphore::new(permits)),
        max_permits: permits as u32,
        buffers: Arc::clone(&buffers),
        batches,
        stop: CancellationToken::new(),
        lost: Arc::clone(&lost),
        temporary: std::env::temp_dir(),
        tables: Tables::default(),
        from: Position::START,
        progress: Progress::new(crate::config::Progress::Never),
    };
    let reading = tokio::task::spawn_blocking(move || reader.read(inputs::walk(roots)));
    let kernels = Arc::new(kernels);
    let workers = Workers::new(1).map_err(RunError::NoThreads)?;
    let mut windows = Windows::default();
    loop {
        let batch = raw.recv().await;
        let is_last = batch.is_none();
        let window = match batch {
            Some(batch) => windows.push(decode_batch(batch, &kernels, &buffers)),
            None => windows.close(),
        };
        if let Some(window) = window {
            let repaired = window.batches.into_iter().map(|batch| lines::repair_batch(batch, &window.words, &kernels));
            let settled = settle::settle(repaired.collect(), &workers, &kernels).await?;
            settled.iter().for_each(|batch| batch.explain(&mut each));
        }
        if is_last {
            break;
        }
    }
    reading.await.map_err(stage_failed)?;
    lost.get().map_or(Ok(()), |lost| Err(RunError::Fetch(lost.clone())))
}

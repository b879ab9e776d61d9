//! Windows that settle: what was repaired is repaired again with the words of what it has become, until nothing changes.
//!
//! A word that was mended in one text teaches what the next one was broken from, and a line end that was left for want of a
//! word may go once that word is known. So a window is looked at again with its own words as they are now, and each text whose
//! lines asked for words is final only when that changes nothing. A stream that is cleaned again in the same windows thus
//! stays as it is.
//!
//! Where no text changed, or no line that is left asks for words, there is no second look.

use std::sync::Arc;

use textmill_core::repair::{WordCounts, Words};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::kernels::Kernels;
use super::lines::Repairing;
use super::workers::Workers;
use super::{RunError, stage_failed};

/// Looks after which a window is taken as it is. Each but the last takes something away, and nearly always the second is the
/// last.
const MAX_LOOKS: usize = 8;

/// Settles the windows of batches that come in order, and hands their batches on in that order.
pub fn settle_windows(
    mut from: mpsc::Receiver<JoinHandle<Repairing>>,
    workers: Arc<Workers>,
    kernels: Arc<Kernels>,
) -> mpsc::Receiver<Result<Repairing, RunError>> {
    let (to, settled) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut is_last = false;
        while !is_last {
            let window = match next_window(&mut from).await {
                Ok(window) => settle(window, &workers, &kernels).await,
                Err(error) => Err(error),
            };
            is_last =
                !window.as_ref().is_ok_and(|window| window.last().is_some_and(|last| last.ends_window().is_some()));
            let batches = window.map_or_else(|error| vec![Err(error)], |window| window.into_iter().map(Ok).collect());
            for batch in batches {
                if to.send(batch).await.is_err() {
                    return;
                }
            }
        }
    });
    settled
}

/// The batches of the next window; of the last one, which nothing ends, perhaps none.
async fn next_window(from: &mut mpsc::Receiver<JoinHandle<Repairing>>) -> Result<Vec<Repairing>, RunError> {
    let mut window = Vec::new();
    while let Some(task) = from.recv().await {
        let batch = task.await.map_err(stage_failed)?;
        let is_last = batch.ends_window().is_some();
        window.push(batch);
        if is_last {
            break;
        }
    }
    Ok(window)
}

/// Looks at the batches of one window again until nothing changes.
///
/// # Errors
/// [`RunError::Stage`] if a worker panicked.
pub async fn settle(
    mut window: Vec<Repairing>,
    workers: &Workers,
    kernels: &Arc<Kernels>,
) -> Result<Vec<Repairing>, RunError> {
    for _ in 1..MAX_LOOKS {
        let asks = window.iter().any(|batch| batch.changed) && window.iter().any(Repairing::asks);
        if !asks {
            break;
        }
        let shared = Arc::clone(kernels);
        let taught = on_each(window, workers, move |mut batch| (batch.learn_again(&shared), batch)).await?;
        let mut counts: Option<WordCounts> = None;
        window = Vec::with_capacity(taught.len());
        for (learned, batch) in taught {
            match &mut counts {
                Some(counts) => counts.merge(&learned),
                None => counts = Some(learned),
            }
            window.push(batch);
        }
        let sound = window.first().map(|batch| Arc::clone(&batch.sound_words)).unwrap_or_default();
        let words = Arc::new(counts.unwrap_or_default().union(&sound));
        let shared = Arc::clone(kernels);
        window = on_each(window, workers, move |mut batch| {
            batch.repair(&Words::new(&words).with_lexicons(shared.lexicons()), &shared);
            batch
        })
        .await?;
    }
    Ok(window)
}

/// Has the workers do `work` on each batch.
async fn on_each<T: Send + 'static>(
    window: Vec<Repairing>,
    workers: &Workers,
    work: impl Fn(Repairing) -> T + Send + Sync + 'static,
) -> Result<Vec<T>, RunError> {
    let work = Arc::new(work);
    let begun = window.into_iter().map(|batch| {
        let work = Arc::clone(&work);
        workers.run(move || work(batch))
    });
    let begun: Vec<JoinHandle<T>> = begun.collect();
    let mut done = Vec::with_capacity(begun.len());
    for task in begun {
        done.push(task.await.map_err(stage_failed)?);
    }
    Ok(done)
}

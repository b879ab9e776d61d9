//! The windows of the stream from which words are learned.
//!
//! A window is a run of records with `repair.window_bytes` of input or a little more. The words of all its texts are
//! counted before the first of its lines is repaired, and its counts decide for its records alone: what a record becomes
//! depends on the records around it, never on the number of workers, and a run can be taken up again at any window.
//!
//! `read` ends them at the first record that reaches the size, whatever the size of its batches.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use textmill_core::repair::{WordCounts, Words};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::decode::DecodedBatch;
use super::kernels::Kernels;
use super::ledger::Tally;

/// What a window teaches about words.
pub struct WindowWords {
    counts: Arc<WordCounts>,
    /// What those of its texts teach whose lines are sound, and stay as they are.
    pub sound: Arc<WordCounts>,
}

impl WindowWords {
    /// The evidence that repair weighs: the window's words and the lexicons.
    pub fn words<'a>(&'a self, kernels: &'a Kernels) -> Words<'a> {
        Words::new(&self.counts).with_lexicons(kernels.lexicons())
    }
}

/// Gathers batches into windows.
#[derive(Default)]
pub struct Windows {
    open: VecDeque<DecodedBatch>,
    counts: WordCounts,
    sound: WordCounts,
}

/// A window that is complete.
pub struct Window {
    /// What it teaches.
    pub words: Arc<WindowWords>,
    /// Its batches, in order.
    pub batches: VecDeque<DecodedBatch>,
}

impl Windows {
    /// Adds the next batch; the window that it completes, if it does.
    pub fn push(&mut self, mut batch: DecodedBatch) -> Option<Window> {
        self.counts.merge(&std::mem::take(&mut batch.counts));
        self.sound.merge(&std::mem::take(&mut batch.sound_counts));
        let complete = batch.ends_window.is_some();
        self.open.push_back(batch);
        if complete { self.close() } else { None }
    }

    /// What the open window holds.
    pub fn found(&self) -> Tally {
        self.open.iter().fold(Tally::default(), |all, batch| Tally {
            records: all.records + batch.found.records,
            bytes: all.bytes + batch.found.bytes,
        })
    }

    /// The last window, if anything is left.
    pub fn close(&mut self) -> Option<Window> {
        if self.open.is_empty() {
            return None;
        }
        let (counts, sound) = (std::mem::take(&mut self.counts), Arc::new(std::mem::take(&mut self.sound)));
        let counts = if counts.is_empty() { Arc::clone(&sound) } else { Arc::new(counts.union(&sound)) };
        let words = Arc::new(WindowWords { counts, sound });
        Some(Window { words, batches: std::mem::take(&mut self.open) })
    }
}

/// What becomes of a window that is open when the run is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtStop {
    /// It is left to the run that goes on.
    Abandon,
    /// It is passed on as it is, since no run can go on.
    PassOn,
}

/// A batch whose window is complete, and what the window teaches.
pub type Windowed = (DecodedBatch, Arc<WindowWords>);

/// Passes batches on, in order, as their windows become complete; tells what was abandoned at a stop.
///
/// Whether the run was `interrupted` is decided here and nowhere else, before the last batch is passed on: a signal that
/// comes when the last window is already on its way interrupts nothing.
pub fn gather_windows(
    mut decoded: mpsc::Receiver<JoinHandle<DecodedBatch>>,
    at_stop: AtStop,
    stop: CancellationToken,
    interrupted: Arc<AtomicBool>,
) -> (JoinHandle<Tally>, mpsc::Receiver<Windowed>) {
    let (to, windowed) = mpsc::channel(1);
    let gathering = tokio::spawn(async move {
        let mut windows = Windows::default();
        loop {
            let Some(task) = decoded.recv().await else {
                let is_stopped = stop.is_cancelled();
                interrupted.store(is_stopped, Ordering::Release);
                if is_stopped && at_stop == AtStop::Abandon {
                    return windows.found();
                }
                if let Some(window) = windows.close() {
                    send_window(window, &to).await;
                }
                return Tally::default();
            };
            // A batch that was lost to a panic leaves the books unbalanced, which ends the run with an error.
            let Ok(batch) = task.await else { return Tally::default() };
            if let Some(window) = windows.push(batch)
                && !send_window(window, &to).await
            {
                return Tally::default();
            }
        }
    });
    (gathering, windowed)
}

async fn send_window(window: Window, to: &mpsc::Sender<Windowed>) -> bool {
    for batch in window.batches {
        if to.send((batch, Arc::clone(&window.words))).await.is_err() {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_signal_after_the_input_has_ended_interrupts_nothing() {
        for (is_early, at_stop) in
            [(true, AtStop::Abandon), (true, AtStop::PassOn), (false, AtStop::Abandon), (false, AtStop::PassOn)]
        {
            let (to, decoded) = mpsc::channel(1);
            let (stop, interrupted) = (CancellationToken::new(), Arc::new(AtomicBool::new(false)));
            let (gathering, mut windowed) = gather_windows(decoded, at_stop, stop.clone(), Arc::clone(&interrupted));
            if is_early {
                stop.cancel();
            }
            drop(to);
            assert_eq!(gathering.await.unwrap().records, 0);
            stop.cancel();
            assert!(windowed.recv().await.is_none());
            assert_eq!(interrupted.load(Ordering::Acquire), is_early, "{at_stop:?}");
        }
    }
}

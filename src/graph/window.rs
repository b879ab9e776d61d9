//! The windows of the stream from which words are learned.
//!
//! A window is a run of records with `repair.window_bytes` of input or a little more. The words of all its texts are
//! counted before the first of its lines is repaired, and its counts decide for its records alone: what a record becomes
//! depends on the records around it, never on the number of workers, and a run can be taken up again at any window.
//!
//! `read` ends them at the first record that reaches the size, whatever the size of its batches.

use std::collections::VecDeque;
use std::sync::Arc;

use textmill_core::repair::{WordCounts, Words};

use super::decode::DecodedBatch;
use super::kernels::Kernels;
use super::ledger::Tally;

/// What a window teaches about words.
pub struct WindowWords {
    counts: WordCounts,
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
        let words = Arc::new(WindowWords { counts: std::mem::take(&mut self.counts) });
        Some(Window { words, batches: std::mem::take(&mut self.open) })
    }
}

//! Buffers that have done their work and wait for the next batch.
//!
//! What one thread allocates and another frees goes back to the system and comes again as pages to be cleared: a fifth of
//! the time of the stages that only move bytes, see `benches/record/2026-11-25-stream.md`. Buffers of one use have one
//! size, so each use has a shelf of its own.

use std::sync::{Mutex, PoisonError};

use textmill_core::dedup::Sketcher;
use textmill_core::langid::Scratch;

/// The shelves, by use.
#[derive(Default)]
pub struct Buffers {
    /// The input as it was read.
    pub inputs: Shelf,
    /// Texts that had escapes.
    pub unescaped: Shelf,
    /// Records as they are written.
    pub records: Shelf,
    /// Frames of the output.
    pub frames: Shelf,
    /// Room of `langid`, one for each batch that is worked on at the same time.
    scratches: Mutex<Vec<Scratch>>,
    /// Sketchers with the room that texts before took, likewise.
    sketchers: Mutex<Vec<Sketcher>>,
}

/// A sketcher with more room than this is not kept: 16 MiB, what a text of half a megabyte takes.
const MAX_SKETCHER_BYTES: usize = 16 << 20;

impl Buffers {
    /// Room for `langid` with the words of the batches before, or new.
    pub fn take_scratch(&self) -> Scratch {
        self.scratches.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Takes it back.
    pub fn give_scratch(&self, scratch: Scratch) {
        self.scratches.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
    }

    /// A sketcher that was used before, if one waits.
    pub fn take_sketcher(&self) -> Option<Sketcher> {
        self.sketchers.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Takes it back.
    pub fn give_sketcher(&self, sketcher: Sketcher) {
        if sketcher.room_bytes() <= MAX_SKETCHER_BYTES {
            self.sketchers.lock().unwrap_or_else(PoisonError::into_inner).push(sketcher);
        }
    }
}

/// Buffers of one use.
#[derive(Default)]
pub struct Shelf {
    waiting: Mutex<Vec<Vec<u8>>>,
}

/// Buffers that a shelf holds: half of those that a window of 8 MiB fills. With all that two windows fill, a run over 1 GB
/// took 193 MB at a load of 25; see `benches/record/2026-11-25-stream.md`.
const MAX_WAITING: usize = 16;
/// A smaller buffer is as soon allocated: 64 KiB.
const MIN_BYTES: usize = 64 << 10;
/// A larger buffer is given back to the system: one long record shall not be paid for to the end of the run.
const MAX_BYTES: usize = 4 << 20;

impl Shelf {
    /// An empty buffer with room for so many bytes, used before or new.
    pub fn take(&self, capacity: usize) -> Vec<u8> {
        let mut buffer = self.used(capacity).unwrap_or_else(|| Vec::with_capacity(capacity));
        buffer.clear();
        buffer
    }

    /// A buffer of so many bytes, to be written over: zeros, or what was there before.
    pub fn take_filled(&self, len: usize) -> Vec<u8> {
        match self.used(len) {
            Some(mut buffer) => {
                buffer.resize(len, 0);
                buffer
            }
            None => vec![0; len],
        }
    }

    /// The buffer that came last, if it has the room.
    fn used(&self, capacity: usize) -> Option<Vec<u8>> {
        if capacity < MIN_BYTES {
            return None;
        }
        let used = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop();
        used.filter(|buffer| buffer.capacity() >= capacity)
    }

    /// Takes a buffer back.
    pub fn give(&self, buffer: Vec<u8>) {
        if buffer.capacity() < MIN_BYTES || buffer.capacity() > MAX_BYTES {
            return;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MAX_WAITING {
            waiting.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_empty_and_with_its_room() {
        let shelf = Shelf::default();
        let mut buffer = shelf.take(2 * MIN_BYTES);
        buffer.extend_from_slice(b"text");
        let place = buffer.as_ptr();
        shelf.give(buffer);
        let again = shelf.take(MIN_BYTES);
        assert_eq!((again.as_ptr(), again.len(), again.capacity()), (place, 0, 2 * MIN_BYTES));
        shelf.give(again);
        let filled = shelf.take_filled(2 * MIN_BYTES);
        assert_eq!((filled.as_ptr(), filled.len()), (place, 2 * MIN_BYTES));
        shelf.give(filled);
        assert!(shelf.take(3 * MIN_BYTES).capacity() >= 3 * MIN_BYTES);
    }

    #[test]
    fn what_is_too_small_or_too_large_is_not_kept() {
        let shelf = Shelf::default();
        shelf.give(Vec::with_capacity(MIN_BYTES - 1));
        shelf.give(Vec::with_capacity(MAX_BYTES + 1));
        assert!(shelf.used(MIN_BYTES).is_none());
    }
}

//! Buffers that have done their work and wait for the next batch.
//!
//! What one thread allocates and another frees goes back to the system and comes again as pages to be cleared: a fifth of
//! the time of the stages that only move bytes, see `benches/record/2026-11-25-stream.md`. Buffers of one use have one
//! size, so each use has a shelf of its own.

use std::sync::{Mutex, PoisonError};

use textmill_core::langid::Scratch;

/// The shelves, by use.
#[derive(Default)]
pub struct Buffers {
    /// Texts that had escapes.
    pub unescaped: Shelf,
    /// Records as they are written.
    pub records: Shelf,
    /// Frames of the output.
    pub frames: Shelf,
    /// Room of `langid`, one for each batch that is worked on at the same time.
    scratches: Mutex<Vec<Scratch>>,
}

impl Buffers {
    /// Room for `langid` with the words of the batches before, or new.
    pub fn take_scratch(&self) -> Scratch {
        self.scratches.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Takes it back.
    pub fn give_scratch(&self, scratch: Scratch) {
        self.scratches.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
    }
}

/// Buffers of one use.
#[derive(Default)]
pub struct Shelf {
    waiting: Mutex<Vec<Vec<u8>>>,
}

/// Buffers that a shelf holds: as many as are filled between the ends of two windows of 8 MiB, twice over.
const MAX_WAITING: usize = 64;
/// A larger buffer is given back to the system: one long record shall not be paid for to the end of the run.
const MAX_BYTES: usize = 4 << 20;

impl Shelf {
    /// An empty buffer with room for so many bytes, used before or new.
    pub fn take(&self, capacity: usize) -> Vec<u8> {
        let used = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut buffer = used.unwrap_or_default();
        if buffer.capacity() < capacity {
            // Nothing is in it: a new one spares the copy.
            buffer = Vec::with_capacity(capacity);
        }
        buffer
    }

    /// Takes a buffer back; what is in it is forgotten.
    pub fn give(&self, mut buffer: Vec<u8>) {
        if buffer.capacity() == 0 || buffer.capacity() > MAX_BYTES {
            return;
        }
        buffer.clear();
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
        let mut buffer = shelf.take(1000);
        buffer.extend_from_slice(b"text");
        let place = buffer.as_ptr();
        shelf.give(buffer);
        let again = shelf.take(900);
        assert_eq!((again.as_ptr(), again.len(), again.capacity()), (place, 0, 1000));
        shelf.give(again);
        assert!(shelf.take(2000).capacity() >= 2000);
    }

    #[test]
    fn what_is_too_large_is_not_kept() {
        let shelf = Shelf::default();
        shelf.give(Vec::with_capacity(MAX_BYTES + 1));
        assert_eq!(shelf.take(0).capacity(), 0);
    }
}

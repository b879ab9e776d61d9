//! The batch that is being filled: where windows end, what waits for memory, and how far a source has come.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::{PERMIT_BYTES, Reader, Stopped};
use crate::graph::batch::{Body, KEPT_BYTES, Piece, Position, RawBatch, RejectReason, Rejection, Source};
use crate::graph::ledger::Tally;
use crate::graph::timing::StageTime;

/// Pieces in a batch at most, so that a folder of tiny files is shared among the workers as well.
const MAX_PIECES: usize = 512;

/// The batch that is being filled.
pub struct OpenBatch {
    pub reader: Reader,
    pieces: Vec<Piece>,
    bytes: usize,
    /// Bytes of input until the window ends.
    window_left: u64,
    /// Permits that the batches of the open window hold.
    window_permits: u32,
    /// How far the source that is being read has come.
    position: Position,
    /// Units of it that an earlier run has done.
    done_before: u64,
    /// Entries of archives that were met in the source.
    pub entries: u64,
    /// Archives within which the stream that is being read lies.
    pub depth: usize,
    /// Bytes that were taken from the source.
    pub taken: Arc<AtomicU64>,
    pub done: StageTime,
}

impl OpenBatch {
    pub fn new(reader: Reader) -> OpenBatch {
        OpenBatch {
            pieces: Vec::new(),
            bytes: 0,
            window_left: reader.window_bytes,
            window_permits: 0,
            position: Position::START,
            done_before: 0,
            entries: 0,
            depth: 0,
            taken: Arc::default(),
            done: StageTime::default(),
            reader,
        }
    }

    /// Begins with the next source. What an earlier run did of it is met again and passed over.
    pub fn begin(&mut self, rank: u32) {
        let from = self.reader.from;
        self.position = Position { rank, units: 0 };
        self.entries = 0;
        self.taken = Arc::default();
        self.done_before = if rank == from.rank { from.units } else { 0 };
    }

    /// How many units of the source an earlier run has done.
    pub fn done_before(&self) -> u64 {
        self.done_before
    }

    /// Says that so many of them will not come.
    pub fn pass_over(&mut self, units: u64) {
        self.done_before -= units;
        self.position.units += units;
    }

    pub fn reject(
        &mut self,
        source: &Arc<Source>,
        offset: u64,
        length: u64,
        reason: RejectReason,
        detail: String,
        mut bytes: Vec<u8>,
    ) -> Result<(), Stopped> {
        bytes.truncate(KEPT_BYTES);
        let rejection = Rejection { source: Arc::clone(source), offset, length, reason, detail, bytes };
        self.add(Piece { source: Arc::clone(source), offset, body: Body::Rejected(rejection) })
    }

    /// Adds a piece, without what an earlier run did.
    pub fn add(&mut self, piece: Piece) -> Result<(), Stopped> {
        let units = piece.units();
        if units <= self.done_before {
            self.done_before -= units;
            self.position.units += units;
            return if self.reader.stop.is_cancelled() { Err(Stopped) } else { Ok(()) };
        }
        let passed = mem::take(&mut self.done_before);
        self.position.units += passed;
        self.add_new(if passed > 0 { piece.without_units(passed) } else { piece })
    }

    /// Adds a piece, cut in two where a window ends in it.
    fn add_new(&mut self, piece: Piece) -> Result<(), Stopped> {
        let length = piece.input_bytes();
        if length < self.window_left {
            self.window_left -= length;
            self.push(piece);
            return if self.bytes >= self.reader.plan.batch_bytes || self.pieces.len() >= MAX_PIECES {
                self.send(None)
            } else {
                Ok(())
            };
        }
        let (piece, rest) = piece.split_at_byte(self.window_left as usize);
        self.push(piece);
        self.window_left = self.reader.window_bytes;
        self.send(Some(self.position))?;
        rest.map_or(Ok(()), |rest| self.add_new(rest))
    }

    fn push(&mut self, piece: Piece) {
        self.position.units += piece.units();
        self.bytes += piece.held_bytes();
        self.pieces.push(piece);
    }

    /// Waits until there is room for the batch and sends it.
    pub fn send(&mut self, ends_window: Option<Position>) -> Result<(), Stopped> {
        if self.reader.stop.is_cancelled() {
            return Err(Stopped);
        }
        if self.pieces.is_empty() {
            return Ok(());
        }
        // What the open window holds is given back only when it ends: asking for more than the rest would wait for ever.
        let free = self.reader.max_permits.saturating_sub(self.window_permits).max(1);
        let permits = u32::try_from(self.bytes / PERMIT_BYTES + 1).unwrap_or(u32::MAX).min(free);
        self.window_permits = if ends_window.is_some() { 0 } else { self.window_permits + permits };
        let budget = Arc::clone(&self.reader.budget);
        let permit =
            tokio::runtime::Handle::current().block_on(budget.acquire_many_owned(permits)).map_err(|_| Stopped)?;
        self.done.records += self.pieces.len() as u64;
        self.done.bytes += self.bytes as u64;
        self.bytes = 0;
        let max_record_bytes = self.reader.plan.max_record_bytes;
        let found = Tally {
            records: self.pieces.iter().map(|piece| piece.count_records(max_record_bytes)).sum(),
            bytes: self.pieces.iter().map(Piece::input_bytes).sum(),
        };
        let batch = RawBatch { pieces: mem::take(&mut self.pieces), ends_window, found, permit };
        self.reader.batches.blocking_send(batch).map_err(|_| Stopped)
    }
}

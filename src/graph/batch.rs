//! What flows between the stages: batches of records, and what became of each.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use textmill_core::decode::{Charset, Evidence};
use tokio::sync::OwnedSemaphorePermit;

use super::ledger::Tally;
pub use crate::formats::cut::{KEPT_BYTES, too_large};
use crate::formats::cut::{Page, Reading, Rejected};
pub use crate::formats::reason::{PassReason, RejectReason};

/// A file or stream that records come from.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is called in records.
    pub name: String,
    /// Its place in the list of inputs, from 0.
    pub rank: u32,
    /// For an entry of an archive: which one of all entries of the input, from 1, whatever archive within it they are in.
    pub entry: Option<u64>,
}

impl Source {
    /// What stands between the name of an archive and that of its entry.
    pub const ENTRY_MARK: &str = "!/";
}

/// A place between two records of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The source's place in the list of inputs.
    pub rank: u32,
    /// How much of the source is done, as [`Piece::units`] counts it. That is a number of records and not an offset, for
    /// streams within streams have no offsets in common.
    pub units: u64,
}

impl Position {
    /// Where the input begins.
    pub const START: Position = Position { rank: 0, units: 0 };
    /// Where the input ends.
    pub const END: Position = Position { rank: u32::MAX, units: 0 };
}

/// A run of one source's bytes, cut at records.
#[derive(Debug)]
pub struct Piece {
    /// Where the bytes come from.
    pub source: Arc<Source>,
    /// Offset of the first byte in the decompressed source.
    pub offset: u64,
    /// The bytes, or why there are none.
    pub body: Body,
}

impl Piece {
    /// Records in the piece: lines that are not blank, a document, a rejection.
    ///
    /// Counted here, before any worker sees the piece, so that the books have a side of their own.
    pub fn count_records(&self, max_record_bytes: usize) -> u64 {
        match &self.body {
            Body::Document(..) | Body::Rejected(_) => 1,
            Body::Passed { .. } => 0,
            Body::Records { ranges, .. } => ranges.len() as u64,
            Body::Lines { bytes, .. } => {
                let mut start = 0;
                let ends = memchr::memchr_iter(b'\n', bytes).map(|at| at + 1).chain(std::iter::once(bytes.len()));
                let lines = ends.map(|end| &bytes[std::mem::replace(&mut start, end)..end]);
                lines.filter(|line| is_record(line, max_record_bytes)).count() as u64
            }
        }
    }

    /// Bytes of input that the piece stands for.
    pub fn input_bytes(&self) -> u64 {
        match &self.body {
            Body::Lines { bytes, .. } | Body::Document(bytes, _) => bytes.len() as u64,
            Body::Records { ranges, .. } => ranges.iter().map(|range| range.len() as u64).sum(),
            Body::Rejected(rejection) => rejection.length,
            Body::Passed { .. } => 0,
        }
    }

    /// What the piece counts for in a [`Position`]: a unit for each line, blank or not, for each of many records, and one
    /// for anything else.
    pub fn units(&self) -> u64 {
        match &self.body {
            Body::Lines { bytes, line_ends, .. } => line_ends + u64::from(!bytes.ends_with(b"\n")),
            Body::Records { ranges, .. } => ranges.len() as u64,
            Body::Document(..) | Body::Rejected(_) | Body::Passed { .. } => 1,
        }
    }

    /// Bytes that the piece holds in memory.
    pub fn held_bytes(&self) -> usize {
        match &self.body {
            Body::Lines { bytes, .. } | Body::Document(bytes, _) | Body::Records { bytes, .. } => bytes.len(),
            Body::Rejected(rejection) => rejection.bytes.len(),
            Body::Passed { .. } => 0,
        }
    }

    /// The piece up to the end of the record that holds byte `at - 1` of its records, and what follows, if anything does.
    pub fn split_at_byte(self, at: usize) -> (Piece, Option<Piece>) {
        match &self.body {
            Body::Lines { bytes, .. } => {
                let from = at.saturating_sub(1).min(bytes.len());
                let cut = memchr::memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |end| from + end + 1);
                self.split_lines(cut)
            }
            Body::Records { ranges, .. } => {
                let mut before = 0;
                let reaches = |range: &Range<u32>| {
                    before += range.len();
                    before >= at
                };
                let last = ranges.iter().position(reaches);
                self.split_records(last.map_or(usize::MAX, |last| last + 1))
            }
            Body::Document(..) | Body::Rejected(_) | Body::Passed { .. } => (self, None),
        }
    }

    /// What is left of the piece without its first `units`, of which it has more.
    #[must_use]
    pub fn without_units(self, units: u64) -> Piece {
        let units = usize::try_from(units).unwrap_or(usize::MAX);
        let parts = match &self.body {
            Body::Lines { bytes, .. } => {
                let last = units.checked_sub(1);
                let cut = last.map_or(0, |last| memchr::memchr_iter(b'\n', bytes).nth(last).map_or(0, |end| end + 1));
                self.split_lines(cut)
            }
            _ => self.split_records(units),
        };
        match parts {
            (_, Some(rest)) => rest,
            (whole, None) => whole,
        }
    }

    /// The first `n` of many records, and those after them, if there are any.
    fn split_records(mut self, n: usize) -> (Piece, Option<Piece>) {
        let Body::Records { bytes, ranges, first_number, reading, encoding } = &mut self.body else {
            return (self, None);
        };
        if n >= ranges.len() {
            return (self, None);
        }
        let after = ranges.split_off(n);
        let cut = after[0].start;
        let body = Body::Records {
            bytes: bytes.split_off(cut as usize),
            ranges: after.into_iter().map(|range| range.start - cut..range.end - cut).collect(),
            first_number: *first_number + n as u64,
            reading: reading.clone(),
            encoding: *encoding,
        };
        let rest = Piece { source: Arc::clone(&self.source), offset: self.offset + u64::from(cut), body };
        (self, Some(rest))
    }

    /// The lines before byte `cut`, which ends one, and those after it, if there are any.
    fn split_lines(mut self, cut: usize) -> (Piece, Option<Piece>) {
        let Body::Lines { bytes, first_line, line_ends, encoding } = &mut self.body else { return (self, None) };
        if cut == bytes.len() {
            return (self, None);
        }
        let tail = bytes.split_off(cut);
        let before = memchr::memchr_iter(b'\n', bytes).count() as u64;
        let body = Body::Lines {
            bytes: tail,
            first_line: *first_line + before,
            line_ends: *line_ends - before,
            encoding: *encoding,
        };
        *line_ends = before;
        let rest = Piece { source: Arc::clone(&self.source), offset: self.offset + cut as u64, body };
        (self, Some(rest))
    }
}

/// What a piece holds.
#[derive(Debug)]
pub enum Body {
    /// Whole lines, each a record. The last one may lack its line end.
    Lines {
        /// The bytes.
        bytes: Vec<u8>,
        /// The number of the first line in its source, from 1.
        first_line: u64,
        /// How many line ends there are.
        line_ends: u64,
        /// What is known of their encoding.
        encoding: LinesAre,
    },
    /// Many records.
    Records {
        /// Their bytes, and others between them perhaps.
        bytes: Vec<u8>,
        /// Where each lies in them.
        ranges: Vec<Range<u32>>,
        /// The number of the first in its source, from 1.
        first_number: u64,
        /// How they are to be read.
        reading: Reading,
        /// What is known of their encoding.
        encoding: LinesAre,
    },
    /// One document, and what is known of it.
    Document(Vec<u8>, Box<Page>),
    /// Something that holds no document, and its length.
    Passed {
        /// What it is.
        reason: PassReason,
        /// Bytes of it.
        length: u64,
    },
    /// Bytes that are no record.
    Rejected(Rejection),
}

/// What is known of the encoding of lines before they are looked at.
#[derive(Clone, Copy, Debug)]
pub enum LinesAre {
    /// UTF-8, as far as the first bytes tell.
    Utf8,
    /// Where they are not UTF-8, they are likely in this charset.
    Likely(Charset),
    /// UTF-8 by now: the source was transcoded from this charset while it was read. Offsets count the UTF-8.
    Transcoded(Charset, Evidence),
    /// Rows of a table, UTF-8 by now; their text was in this charset. The place of a row is its number.
    Rows(Charset, Evidence),
}

/// Input that is not a record, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Where it came from.
    pub source: Arc<Source>,
    /// Offset in the decompressed source.
    pub offset: u64,
    /// Bytes that are not read as records because of it.
    pub length: u64,
    /// The kind of fault.
    pub reason: RejectReason,
    /// The fault itself, in words.
    pub detail: String,
    /// The bytes, up to [`KEPT_BYTES`].
    pub bytes: Vec<u8>,
}

impl Rejection {
    /// A part of this source, as its format rejected it.
    pub fn new(source: &Arc<Source>, rejected: Rejected) -> Rejection {
        let Rejected { offset, length, reason, detail, bytes } = rejected;
        Rejection { source: Arc::clone(source), offset, length, reason, detail, bytes }
    }
}

/// Some pieces, about `read.batch_bytes` of them, with their share of the memory in flight.
#[derive(Debug)]
pub struct RawBatch {
    /// In the order of the input.
    pub pieces: Vec<Piece>,
    /// Where the window ends, if it ends with this batch.
    pub ends_window: Option<Position>,
    /// Records and bytes of input in the batch.
    pub found: Tally,
    /// Given back when the batch has been written.
    pub permit: OwnedSemaphorePermit,
}

/// Whether a line, its line end included, is a record, good or bad. One that is too long is, whatever it
/// holds: who reads it stops before its end.
pub fn is_record(line: &[u8], max_record_bytes: usize) -> bool {
    line.len() > max_record_bytes || !is_blank(line)
}

/// Whether a line holds no record: nothing but blanks, and the byte order marks of files that were put together.
fn is_blank(line: &[u8]) -> bool {
    let mut rest = line.trim_ascii();
    while let Some(after) = rest.strip_prefix(b"\xEF\xBB\xBF") {
        rest = after.trim_ascii();
    }
    rest.is_empty()
}

//! What flows between the stages: batches of records, and what became of each.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use textmill_core::decode::{Charset, Evidence};
use tokio::sync::OwnedSemaphorePermit;

use super::ledger::Tally;

/// A file or stream that records come from.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is called in records.
    pub name: String,
    /// Its place in the list of inputs, from 0.
    pub rank: u32,
}

/// A place between two records of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The source's place in the list of inputs.
    pub rank: u32,
    /// Bytes of the decompressed source before it.
    pub offset: u64,
    /// The number of the line that begins there, from 1.
    pub line: u64,
}

impl Position {
    /// Where the input begins.
    pub const START: Position = Position { rank: 0, offset: 0, line: 1 };
    /// Where the input ends.
    pub const END: Position = Position { rank: u32::MAX, offset: 0, line: 1 };
}

/// A run of one source's bytes, cut at records.
#[derive(Debug)]
pub struct Piece {
    /// Where the bytes come from.
    pub source: Arc<Source>,
    /// Offset of the first byte in the decompressed source.
    pub offset: u64,
    /// The number of the line that follows the piece.
    pub next_line: u64,
    /// The bytes, or why there are none.
    pub body: Body,
}

impl Piece {
    /// Records in the piece: lines that are not blank, a document, a rejection.
    ///
    /// Counted here, before any worker sees the piece, so that the books have a side of their own.
    pub fn count_records(&self, max_record_bytes: usize) -> u64 {
        match &self.body {
            Body::Document(_) | Body::Rejected(_) => 1,
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
            Body::Lines { bytes, .. } | Body::Document(bytes) => bytes.len() as u64,
            Body::Rejected(rejection) => rejection.length,
        }
    }

    /// Where reading goes on after the piece. What is wrong with the end of a source is met there again.
    pub fn end(&self) -> Position {
        let rank = self.source.rank;
        match &self.body {
            Body::Rejected(rejection) if rejection.reason != RejectReason::TooLarge => {
                Position { rank: rank.saturating_add(1), ..Position::START }
            }
            _ => Position { rank, offset: self.offset + self.input_bytes(), line: self.next_line },
        }
    }

    /// Bytes that the piece holds in memory.
    pub fn held_bytes(&self) -> usize {
        match &self.body {
            Body::Lines { bytes, .. } | Body::Document(bytes) => bytes.len(),
            Body::Rejected(rejection) => rejection.bytes.len(),
        }
    }

    /// The piece up to the end of the line that holds byte `at - 1`, and what follows; all of it, where it has no lines.
    pub fn split_lines(mut self, at: usize) -> (Piece, Option<Piece>) {
        let Body::Lines { bytes, first_line, encoding } = &mut self.body else { return (self, None) };
        let from = at.saturating_sub(1).min(bytes.len());
        let cut = memchr::memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |end| from + end + 1);
        if cut == bytes.len() {
            return (self, None);
        }
        let tail = bytes.split_off(cut);
        let lines = memchr::memchr_iter(b'\n', bytes).count() as u64;
        let line = *first_line + lines;
        let body = Body::Lines { bytes: tail, first_line: line, encoding: *encoding };
        let rest = Piece {
            offset: self.offset + cut as u64,
            body,
            source: Arc::clone(&self.source),
            next_line: self.next_line,
        };
        (Piece { next_line: line, ..self }, Some(rest))
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
        /// What is known of their encoding.
        encoding: LinesAre,
    },
    /// One document.
    Document(Vec<u8>),
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

/// Bytes of a rejected record that are written to `rejected.jsonl`: 1 MiB, so that what people write by hand is kept
/// whole and what programs write by accident is not.
pub const KEPT_BYTES: usize = 1 << 20;

/// Why something is not a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RejectReason {
    /// The line is no JSON object.
    JsonSyntax,
    /// The object is nested too deeply.
    JsonDepth,
    /// The object has no text field.
    TextMissing,
    /// The text field is no string.
    TextType,
    /// The record is longer than `read.max_record_bytes`.
    TooLarge,
    /// Nothing but NUL bytes, as crashed writers leave.
    OnlyNuls,
    /// A binary format that holds no plain text.
    Binary,
    /// The compressed stream ends too early.
    Truncated,
    /// The compressed stream is damaged.
    Corrupt,
    /// Bytes after the last member of a compressed stream.
    TrailingData,
    /// The compressed stream grows beyond its limits.
    Bomb,
    /// The file cannot be opened.
    Unreadable,
    /// The system failed while the file was read.
    ReadError,
    /// The file changed while it was read.
    Changed,
    /// A symbolic link inside a folder, or a pipe, socket or device.
    NotAFile,
    /// A fault of textmill's own.
    InternalPanic,
}

impl RejectReason {
    /// The word in `rejected.jsonl` and the summary.
    pub const fn name(self) -> &'static str {
        match self {
            RejectReason::JsonSyntax => "json-syntax",
            RejectReason::JsonDepth => "json-depth",
            RejectReason::TextMissing => "text-missing",
            RejectReason::TextType => "text-type",
            RejectReason::TooLarge => "too-large",
            RejectReason::OnlyNuls => "only-nuls",
            RejectReason::Binary => "binary",
            RejectReason::Truncated => "truncated",
            RejectReason::Corrupt => "corrupt",
            RejectReason::TrailingData => "trailing-data",
            RejectReason::Bomb => "bomb",
            RejectReason::Unreadable => "unreadable",
            RejectReason::ReadError => "read-error",
            RejectReason::Changed => "changed",
            RejectReason::NotAFile => "not-a-file",
            RejectReason::InternalPanic => "internal-panic",
        }
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

/// What a rejection for [`RejectReason::TooLarge`] says.
pub fn too_large(length: u64, max_record_bytes: usize) -> String {
    format!("{length} bytes are more than `read.max_record_bytes` = {max_record_bytes}")
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

//! What a format is: something that cuts a stream of bytes into records and never reads the stream itself.
//!
//! [`Cutter::cut`] is asked again and again with the bytes that are there, and answers with what they begin with, or
//! that it needs more of them to tell. Whoever asks reads, keeps the bytes and takes off what was cut. However the
//! bytes arrive, the records are the same.

use std::ops::Range;
use std::sync::Arc;

use super::csv::Columns;
use super::reason::{PassReason, RejectReason};

/// A format: cuts a stream into records.
pub trait Cutter {
    /// What the stream goes on with.
    ///
    /// `bytes` is the stream from where the last cut ended, as far as it was read; `is_last` says that it ends there.
    /// The answer never goes beyond them, and where `is_last`, it is never [`Cut::More`].
    fn cut(&mut self, bytes: &[u8], is_last: bool) -> Cut;

    /// Told when the stream has failed and goes on behind the damage: whether the format can find its next record there.
    ///
    /// The part before the damage has been cut as if the stream ended there.
    fn goes_on_after_damage(&mut self) -> bool {
        false
    }

    /// Told that so many bytes were taken by a stream within the stream.
    fn entry_took(&mut self, _bytes: u64) {}

    /// Told then of that stream: the length and the CRC-32 of what it unfolded to, and whether it came to its end.
    fn entry_ended(&mut self, _length: u64, _crc32: u32, _whole: bool) {}
}

/// What a stream goes on with.
#[derive(Debug)]
pub enum Cut {
    /// It takes at least so many bytes to tell.
    More(usize),
    /// So many bytes, more than none, belong to no record.
    Skip(usize),
    /// So many bytes are this.
    Part(usize, Part),
    /// Nothing that this format knows of.
    End,
}

/// A part of a stream.
#[derive(Debug)]
pub enum Part {
    /// Whole lines, each a record. The last of a stream may lack its line end.
    Lines {
        /// The number of the first line, from 1.
        first_line: u64,
        /// How many line ends there are.
        line_ends: u64,
    },
    /// Many records, with other bytes between them perhaps.
    Records {
        /// Where each lies in the bytes that are cut.
        ranges: Vec<Range<u32>>,
        /// The number of the first, from 1.
        first_number: u64,
        /// How they are to be read.
        reading: Reading,
    },
    /// A document.
    Page(Page),
    /// A stream within the stream.
    Entry(Entry),
    /// Something that holds no document.
    Passed(PassReason),
    /// No record.
    Rejected(Rejected),
}

/// What is known of a document beside its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The bytes of the cut that are the document.
    pub body: Range<usize>,
    /// Its number in the stream, from 1, if there are others.
    pub number: Option<u64>,
    /// What its record says besides, as members of a JSON object; see [`super::member`].
    pub fields: Vec<u8>,
    /// Its media type as it was declared, parameters included; empty where nothing is said.
    pub content_type: String,
    /// Whether it is an answer of HTTP with its header.
    pub is_http: bool,
}

impl Page {
    /// A document of which nothing but its `length` bytes is known.
    pub fn plain(length: usize) -> Page {
        Page { body: 0..length, number: None, fields: Vec::new(), content_type: String::new(), is_http: false }
    }
}

/// How each of many records is to be read.
#[derive(Clone, Debug)]
pub enum Reading {
    /// A JSON value.
    Json,
    /// A row of a table with these columns.
    Row(Arc<Columns>),
}

/// A stream within the stream, which begins behind what is cut with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, made harmless.
    pub name: String,
    /// How many bytes it takes here; nothing, if it tells its end itself.
    pub length: Option<u64>,
    /// Whether it is packed with Deflate, without a header.
    pub is_deflated: bool,
}

/// A part of a stream that is no record, and why. It may be longer than what is cut with it, where it was passed over
/// bit by bit.
#[derive(Debug)]
pub struct Rejected {
    /// Where it begins in the stream.
    pub offset: u64,
    /// How long it is.
    pub length: u64,
    /// The kind of fault.
    pub reason: RejectReason,
    /// The fault itself, in words.
    pub detail: String,
    /// Its first bytes.
    pub bytes: Vec<u8>,
}

impl Rejected {
    /// Counts these bytes to it, and keeps them as far as there is room.
    pub fn keep(&mut self, bytes: &[u8]) {
        let room = KEPT_BYTES - self.bytes.len();
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.length += bytes.len() as u64;
    }
}

/// Bytes of a rejected record that are written to `rejected.jsonl`: 1 MiB, so that what people write by hand is kept
/// whole and what programs write by accident is not.
pub const KEPT_BYTES: usize = 1 << 20;

/// What a rejection for [`RejectReason::TooLarge`] says.
pub fn too_large(length: u64, max_record_bytes: usize) -> String {
    format!("{length} bytes are more than `read.max_record_bytes` = {max_record_bytes}")
}

/// Cuts `bytes`, handed over in chunks of these sizes, to the end: what tests compare.
#[cfg(test)]
pub fn cut_all(cutter: &mut dyn Cutter, bytes: &[u8], chunk: usize) -> Vec<(u64, Vec<u8>, Part)> {
    let mut parts = Vec::new();
    let (mut at, mut there) = (0, chunk.min(bytes.len()));
    loop {
        let is_last = there == bytes.len();
        match cutter.cut(&bytes[at..there], is_last) {
            Cut::More(n) => {
                assert!(!is_last && n > there - at, "asked for {n} with {} there", there - at);
                there = bytes.len().min((at + n).max(there + chunk));
            }
            Cut::Skip(n) => {
                assert!(n > 0 && at + n <= there);
                at += n;
            }
            Cut::Part(n, part) => {
                let inner = if let Part::Entry(entry) = &part { Some(entry.length) } else { None };
                parts.push((at as u64, bytes[at..at + n].to_vec(), part));
                at += n;
                if let Some(length) = inner {
                    // An entry that does not tell its length is given up; the others are passed over.
                    let length = length.map_or(0, |length| bytes.len().min(at.saturating_add(length as usize)) - at);
                    at += length;
                    there = there.max(at);
                    cutter.entry_took(length as u64);
                    cutter.entry_ended(length as u64, 0, false);
                }
            }
            Cut::End => return parts,
        }
    }
}

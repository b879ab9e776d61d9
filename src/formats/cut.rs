//! What a format is: something that cuts a stream of bytes into records and never reads the stream itself.
//!
//! [`Cutter::cut`] is asked again and again with the bytes that are there, and answers with what they begin with, or
//! that it needs more of them to tell. Whoever asks reads, keeps the bytes and takes off what was cut. However the
//! bytes arrive, the records are the same.

use super::reason::RejectReason;

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
    /// A document.
    Page(Page),
    /// No record.
    Rejected(Rejected),
}

/// What is known of a document beside its bytes.
#[derive(Debug, Default)]
pub struct Page {}

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
                parts.push((at as u64, bytes[at..at + n].to_vec(), part));
                at += n;
            }
            Cut::End => return parts,
        }
    }
}

//! The lines of `dropped.jsonl` and `rejected.jsonl`.

use std::io::Write;

use super::batch::Rejection;
use super::ledger::DropReason;
use super::refine::Facts;
use crate::formats::json::write_string;

/// Why a record is left out.
pub struct Drop<'a> {
    /// The kind.
    pub reason: DropReason,
    /// What it is a copy of.
    pub evidence: Evidence<'a>,
}

/// What a record that is left out is a copy of.
pub enum Evidence<'a> {
    /// Of nothing: it is left out for itself.
    None,
    /// Of a record that is kept, by comparison.
    Verified {
        /// The id of that record, as JSON.
        duplicate_of: &'a [u8],
        /// How similar the two are.
        similarity: f64,
        /// It was kept by an earlier run, which the index knows of.
        in_index: bool,
    },
    /// Of paragraphs of other records: the list of them, as JSON.
    Paragraphs(&'a [u8]),
    /// Of some record that was kept, as a Bloom index says, which may err.
    Unverified {
        /// Shared bands, of how many; nothing for those whose fingerprint was seen.
        bands: Option<(u32, usize)>,
        /// The chance that it says so of a record that is like none.
        false_positive_rate: f64,
    },
}

/// Writes the line of a record that is left out, in place of what was in `line`.
pub fn write_dropped(line: &mut Vec<u8>, id: &[u8], record: &Facts, drop: &Drop<'_>) {
    line.clear();
    line.extend_from_slice(b"{\"id\":");
    line.extend_from_slice(id);
    line.extend_from_slice(b",\"source\":");
    write_string(&record.source.name, line);
    // Writing to memory cannot fail.
    let _ = write!(line, ",\"offset\":{},\"reason\":\"{}\"", record.offset, drop.reason.name());
    match &drop.evidence {
        Evidence::None => {}
        Evidence::Verified { duplicate_of, similarity, in_index } => {
            line.extend_from_slice(b",\"duplicate_of\":");
            line.extend_from_slice(duplicate_of);
            if *in_index {
                line.extend_from_slice(b",\"duplicate_in\":\"index\"");
            }
            let _ = write!(line, ",\"similarity\":{}", (similarity * 1e4).round() / 1e4);
        }
        Evidence::Paragraphs(list) => {
            line.extend_from_slice(b",\"repeated_paragraphs\":");
            line.extend_from_slice(list);
        }
        Evidence::Unverified { bands, false_positive_rate } => {
            line.extend_from_slice(b",\"duplicate_of\":null,\"verified\":false");
            if let Some((shared, of)) = bands {
                let _ = write!(line, ",\"bands_shared\":{shared},\"bands\":{of}");
            }
            let _ = write!(line, ",\"false_positive_rate\":{false_positive_rate:.1e}");
        }
    }
    line.extend_from_slice(b"}\n");
}

/// Writes the line of what is no record, in place of what was in `line`.
pub fn write_rejected(line: &mut Vec<u8>, rejection: &Rejection) {
    use base64::Engine;
    line.clear();
    line.extend_from_slice(b"{\"source\":");
    write_string(&rejection.source.name, line);
    // Writing to memory cannot fail.
    let _ = write!(line, ",\"offset\":{},\"length\":{}", rejection.offset, rejection.length);
    let _ = write!(line, ",\"reason\":\"{}\",\"detail\":", rejection.reason.name());
    write_string(&rejection.detail, line);
    line.extend_from_slice(b",\"bytes\":");
    write_string(&base64::engine::general_purpose::STANDARD.encode(&rejection.bytes), line);
    line.extend_from_slice(b"}\n");
}

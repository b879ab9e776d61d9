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
    /// The id, as JSON, of the record that is kept in its place.
    pub duplicate_of: Option<&'a [u8]>,
    /// How similar the two are, verified.
    pub similarity: Option<f64>,
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
    if let Some(of) = drop.duplicate_of {
        line.extend_from_slice(b",\"duplicate_of\":");
        line.extend_from_slice(of);
    }
    if let Some(similarity) = drop.similarity {
        let _ = write!(line, ",\"similarity\":{}", (similarity * 1e4).round() / 1e4);
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

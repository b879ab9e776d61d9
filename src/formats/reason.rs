//! Why a part of the input is no record: the words of `rejected.jsonl` and of the summary.

use serde::{Deserialize, Serialize};

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

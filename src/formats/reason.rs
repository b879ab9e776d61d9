//! Why a part of the input is no record, or is passed over: the words of `rejected.jsonl` and of the summary.

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
    /// Something else stands where a WARC record begins, or its header is none.
    WarcSyntax,
    /// The length that a WARC record gives does not lead to the next one.
    WarcLength,
    /// What a crawler got is no answer of HTTP.
    HttpSyntax,
    /// A page of HTML, where nothing takes its text out.
    Html,
    /// Something that holds no plain text, by its media type.
    NotText,
    /// A row of a table has more or fewer fields than the table has columns.
    TableRow,
    /// Something else stands where an entry of an archive begins.
    ArchiveSyntax,
    /// An entry of an archive is encrypted, or packed in a way that is not known.
    ArchiveMethod,
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
            RejectReason::WarcSyntax => "warc-syntax",
            RejectReason::WarcLength => "warc-length",
            RejectReason::HttpSyntax => "http-syntax",
            RejectReason::Html => "html",
            RejectReason::NotText => "not-text",
            RejectReason::TableRow => "table-row",
            RejectReason::ArchiveSyntax => "archive-syntax",
            RejectReason::ArchiveMethod => "archive-method",
            RejectReason::InternalPanic => "internal-panic",
        }
    }
}

/// Why a part of a container is passed over: it holds no document, and nothing is wrong with it.
///
/// These are counted by themselves, and are no part of what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PassReason {
    /// A WARC record of what a crawler asked for.
    WarcRequest,
    /// A WARC record about another one.
    WarcMetadata,
    /// A WARC record about the file.
    WarcInfo,
    /// A WARC record that says that a page was the same as before.
    WarcRevisit,
    /// A WARC record of a name that was looked up.
    WarcDns,
    /// A WARC record of any other type.
    WarcOther,
    /// A folder in an archive.
    Folder,
    /// A link in an archive, which is not followed.
    Link,
    /// A device, pipe or sparse file in an archive, or something of a kind of its own.
    Special,
}

impl PassReason {
    /// The word in the summary.
    pub const fn name(self) -> &'static str {
        match self {
            PassReason::WarcRequest => "warc-request",
            PassReason::WarcMetadata => "warc-metadata",
            PassReason::WarcInfo => "warc-info",
            PassReason::WarcRevisit => "warc-revisit",
            PassReason::WarcDns => "warc-dns",
            PassReason::WarcOther => "warc-other",
            PassReason::Folder => "archive-folder",
            PassReason::Link => "archive-link",
            PassReason::Special => "archive-special",
        }
    }
}

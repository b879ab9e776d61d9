//! WARC and WET: web pages as crawlers keep them, cut into records.
//!
//! Read are the records of type `conversion`, `resource` and `response`; all others are passed over and counted. No length
//! is believed unless two line ends, the next record or the end follows it: one that lies costs its own record, and reading goes on
//! at the next `WARC/1.`. What a page holds is not looked at here; see [`super::http`].
//!
//! Source: ISO 28500:2017 (WARC 1.1); 1.0 and 0.18 differ in nothing that matters here.

mod header;

use memchr::memmem;

use super::cut::{Cut, Cutter, Page, Part, Rejected, too_large};
use super::member::push_member;
use super::reason::RejectReason;
use header::Header;
pub use header::{header_end, named_fields};

/// Bytes of a header beyond which it is none: 64 KiB; those of crawls have about 500.
const MAX_HEADER_BYTES: usize = 64 << 10;
/// Bytes behind a record that tell whether its length is true: two line ends and `WARC/1.`, and what
/// [`SLACK_BYTES`] allows for.
const BEHIND_BYTES: usize = 24;
/// Bytes by which a length may be too short without a loss: crawlers are known to have counted two line ends too few.
const SLACK_BYTES: usize = 8;
/// Bytes from `WARC/1.` on that tell a record from a page that writes about WARC: the version, a line end, `Content-`.
const MARK_BYTES: usize = 18;

/// Cuts a WARC file into its records.
pub struct Warc {
    max_record_bytes: usize,
    id_field: String,
    offset: u64,
    /// Records so far, of every type.
    records: u64,
    lost: Option<Lost>,
}

/// What is passed over until the next record begins.
struct Lost {
    rejected: Rejected,
    /// Bytes in which the next record is not looked for.
    without: usize,
}

impl Warc {
    /// A cutter for a file from its beginning. A page of more than `max_record_bytes` is rejected; the name of a record is
    /// its field `id_field`.
    pub fn new(max_record_bytes: usize, id_field: &str) -> Warc {
        Warc { max_record_bytes, id_field: id_field.to_owned(), offset: 0, records: 0, lost: None }
    }

    fn pass(&mut self, n: usize) -> Cut {
        self.offset += n as u64;
        Cut::Skip(n)
    }

    /// Gives up what begins here and looks for the next record behind `without` bytes.
    fn lose(&mut self, reason: RejectReason, detail: String, without: usize, bytes: &[u8], is_last: bool) -> Cut {
        let rejected = Rejected { offset: self.offset, length: 0, reason, detail, bytes: Vec::new() };
        let lost = Lost { rejected, without };
        self.look_for_the_next(lost, bytes, is_last)
    }

    fn look_for_the_next(&mut self, mut lost: Lost, bytes: &[u8], is_last: bool) -> Cut {
        let from = lost.without.min(bytes.len());
        let found = memmem::find_iter(&bytes[from..], b"WARC/").map(|at| from + at).find(|&at| begins(&bytes[at..]));
        let n = match found {
            Some(at) => at,
            None if is_last => bytes.len(),
            // The beginning of a mark may stand at the end.
            None => bytes.len().saturating_sub(MARK_BYTES),
        };
        lost.rejected.keep(&bytes[..n]);
        lost.without = from.saturating_sub(n);
        self.offset += n as u64;
        if found.is_none() && !is_last {
            self.lost = Some(lost);
            return if n > 0 { Cut::Skip(n) } else { Cut::More(bytes.len() + MARK_BYTES) };
        }
        Cut::Part(n, Part::Rejected(lost.rejected))
    }

    /// The record, which has this header and `bytes` in all.
    fn record(&mut self, header: &Header<'_>, header_len: usize, bytes: usize) -> Part {
        self.records += 1;
        if let Some(reason) = header.passed_over() {
            return Part::Passed(reason);
        }
        let mut fields = Vec::new();
        let mut put = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                push_member(name, value, &mut fields);
            }
        };
        put(&self.id_field, header.id());
        put("url", header.url());
        put("date", header.date());
        put("truncated", header.truncated());
        let (content_type, is_http) = (header.content_type().unwrap_or_default().to_owned(), header.is_http());
        Part::Page(Page { body: header_len..bytes, fields, content_type, is_http, number: Some(self.records) })
    }
}

impl Cutter for Warc {
    fn cut(&mut self, bytes: &[u8], is_last: bool) -> Cut {
        if let Some(lost) = self.lost.take() {
            return self.look_for_the_next(lost, bytes, is_last);
        }
        let blank = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        if blank > 0 {
            return self.pass(blank);
        }
        if bytes.is_empty() {
            return if is_last { Cut::End } else { Cut::More(1) };
        }
        if !bytes.starts_with(b"WARC/") {
            if !is_last && b"WARC/".starts_with(bytes) {
                return Cut::More(5);
            }
            let detail = "no WARC record begins here".to_owned();
            return self.lose(RejectReason::WarcSyntax, detail, 1, bytes, is_last);
        }
        let Some(header_len) = header_end(&bytes[..bytes.len().min(MAX_HEADER_BYTES)]) else {
            let (reason, detail) = match (bytes.len() < MAX_HEADER_BYTES, is_last) {
                (true, false) => return Cut::More(bytes.len() + 1024),
                (true, true) => (RejectReason::Truncated, "the stream ends in the header of a record".to_owned()),
                _ => (RejectReason::WarcSyntax, format!("a header of more than {MAX_HEADER_BYTES} bytes")),
            };
            return self.lose(reason, detail, 1, bytes, is_last);
        };
        let header = Header::read(&bytes[..header_len]);
        let Some(length) = header.content_length() else {
            let detail = "a record without a valid Content-Length".to_owned();
            return self.lose(RejectReason::WarcSyntax, detail, header_len, bytes, is_last);
        };
        let Some(length) = usize::try_from(length).ok().filter(|&length| length <= self.max_record_bytes) else {
            let detail = too_large(length, self.max_record_bytes);
            return self.lose(RejectReason::TooLarge, detail, header_len, bytes, is_last);
        };
        let end = header_len + length;
        if bytes.len() < end + BEHIND_BYTES && !is_last {
            return Cut::More(end + BEHIND_BYTES);
        }
        if let Some(end) = true_end(bytes, end) {
            let part = self.record(&header, header_len, end);
            self.offset += end as u64;
            return Cut::Part(end, part);
        }
        let detail = match end.saturating_sub(bytes.len()) {
            0 => format!("no record follows a Content-Length of {length}"),
            n => format!("a Content-Length of {length} is {n} bytes more than there are"),
        };
        self.lose(RejectReason::WarcLength, detail, header_len, bytes, is_last)
    }

    fn goes_on_after_damage(&mut self) -> bool {
        self.lost = None;
        true
    }
}

/// Whether a record begins here: its version, and a line that a header can have.
fn begins(bytes: &[u8]) -> bool {
    let Some([b'0'..=b'9', b'.', b'0'..=b'9', rest @ ..]) = bytes.strip_prefix(b"WARC/") else { return false };
    let rest = rest.strip_prefix(b"\r").or_else(|| rest.strip_prefix(b"8\r")).unwrap_or(rest);
    let Some(line) = rest.strip_prefix(b"\n") else { return false };
    [&b"WARC-"[..], b"Content-"]
        .iter()
        .any(|name| line.len() >= name.len() && line[..name.len()].eq_ignore_ascii_case(name))
}

/// Where a record that says to end at `end` does end, if there is what must be behind it.
fn true_end(bytes: &[u8], end: usize) -> Option<usize> {
    let view = &bytes[..bytes.len().min(end.saturating_add(BEHIND_BYTES))];
    let behind = |at: usize| {
        let rest = view.get(at..)?;
        let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let rest = &rest[ends..];
        Some((ends, rest.starts_with(b"WARC/") || b"WARC/".starts_with(rest)))
    };
    // Two line ends right there say so as well: then what follows is garbage between two records.
    if behind(end)?.1 || view[end..].starts_with(b"\r\n\r\n") {
        return Some(end);
    }
    let slack = end + 1..=end + SLACK_BYTES;
    slack.into_iter().find(|&at| behind(at).is_some_and(|(ends, is_end)| ends > 1 && is_end))
}

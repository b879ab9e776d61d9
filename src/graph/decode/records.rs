//! Records of JSON, lines or not, and rows of tables: decoded each by itself where they are not UTF-8, and read.

use std::ops::Range;
use std::sync::Arc;

use textmill_core::decode::{Charset, Evidence, Hint, decode, utf8_string};

use super::{DecodedBatch, Document, Outcome, Text};
use crate::formats::cut::Reading;
use crate::formats::json::{self, Field, JsonErrorKind, Slice, Unescaped};
use crate::graph::batch::{KEPT_BYTES, LinesAre, RejectReason, Rejection, Source, is_record, too_large};
use crate::graph::kernels::{Kernels, fail_point, failed_on};

impl DecodedBatch {
    /// Records that are lines.
    pub fn lines(
        &mut self,
        source: &Arc<Source>,
        offset: u64,
        bytes: Vec<u8>,
        first_line: u64,
        known: LinesAre,
        kernels: &Kernels,
    ) {
        let is_transcoded = matches!(known, LinesAre::Transcoded(..) | LinesAre::Rows(..));
        let are_rows = matches!(known, LinesAre::Rows(..));
        let is_forced = !is_transcoded && kernels.forced().is_some_and(|charset| charset != Charset::UTF_8);
        let whole = if is_forced { Err(bytes) } else { utf8_string(bytes) };
        match whole {
            Ok(text) => {
                let mut start = 0;
                let mut line_number = first_line;
                let encoding = utf8_of(known);
                self.texts.push(String::new());
                while start < text.len() {
                    let end = memchr::memchr(b'\n', &text.as_bytes()[start..]).map_or(text.len(), |at| start + at + 1);
                    let record = RecordLine {
                        source,
                        offset: if are_rows { line_number - 1 } else { offset + start as u64 },
                        line_number,
                        raw: &text.as_bytes()[start..end],
                        is_line: true,
                    };
                    self.guarded(&record, kernels, |batch| batch.line(&record, &text, start..end, encoding, kernels));
                    start = end;
                    line_number += 1;
                }
                if let Some(last) = self.texts.last_mut() {
                    *last = text;
                }
            }
            // Some line is not UTF-8: each line is decoded by itself, so that one bad byte harms one record at most, and
            // those that are UTF-8 are taken as above, so that no record depends on what shares its batch.
            Err(bytes) => {
                let mut start = 0;
                for (line_number, raw) in (first_line..).zip(bytes.split_inclusive(|&byte| byte == b'\n')) {
                    let offset = offset + start as u64;
                    let record = RecordLine { source, offset, line_number, raw, is_line: true };
                    self.guarded(&record, kernels, |batch| {
                        let (text, encoding) = decode_one(raw, known, kernels);
                        batch.own_line(&record, text, encoding, kernels);
                    });
                    start += raw.len();
                }
            }
        }
    }

    /// Records that are cut already.
    pub fn records(
        &mut self,
        (source, offset, first_number): (&Arc<Source>, u64, u64),
        bytes: &[u8],
        ranges: &[Range<u32>],
        reading: &Reading,
        known: LinesAre,
        kernels: &Kernels,
    ) {
        for (line_number, range) in (first_number..).zip(ranges) {
            let raw = &bytes[range.start as usize..range.end as usize];
            let offset = offset + u64::from(range.start);
            let record = RecordLine { source, offset, line_number, raw, is_line: false };
            self.guarded(&record, kernels, |batch| {
                let (text, encoding) = decode_one(raw, known, kernels);
                let text = match reading {
                    Reading::Json => Ok(text),
                    Reading::Row(columns) => columns.to_object(&text).map_err(|n| (n, columns.count())),
                };
                match text {
                    Ok(text) => batch.own_line(&record, text, encoding, kernels),
                    Err((found, columns)) => {
                        let detail = format!("row {line_number}: {found} fields instead of {columns}");
                        batch.reject(source, offset, raw.len() as u64, RejectReason::TableRow, detail, raw);
                    }
                }
            });
        }
    }

    /// Decodes one record; a panic costs it and no other. What that leaves half done are fields and texts that no document
    /// names.
    fn guarded(&mut self, record: &RecordLine<'_>, kernels: &Kernels, work: impl FnOnce(&mut DecodedBatch)) {
        let done = kernels.guard(|| {
            fail_point("decode", record.raw);
            work(self);
        });
        if let Err(panic) = done {
            let RecordLine { source, offset, raw, .. } = *record;
            self.reject(source, offset, raw.len() as u64, RejectReason::InternalPanic, failed_on(&panic), raw);
        }
    }

    /// One record with a text of its own.
    fn own_line(
        &mut self,
        record: &RecordLine<'_>,
        text: String,
        encoding: (&'static str, Evidence, usize),
        kernels: &Kernels,
    ) {
        self.texts.push(String::new());
        self.line(record, &text, 0..text.len(), encoding, kernels);
        if let Some(last) = self.texts.last_mut() {
            *last = text;
        }
    }

    /// One line of JSON, which is `text[range]`; `text` becomes the last of `texts` afterwards.
    fn line(
        &mut self,
        record: &RecordLine<'_>,
        text: &str,
        range: Range<usize>,
        (encoding, evidence, malformed): (&'static str, Evidence, usize),
        kernels: &Kernels,
    ) {
        let line = text[range.clone()].trim_end_matches(['\n', '\r']);
        // A BOM begins each part of files that were put together.
        let start = if line.starts_with('\u{FEFF}') { range.start + '\u{FEFF}'.len_utf8() } else { range.start };
        let line = line.trim_start_matches('\u{FEFF}');
        let RecordLine { source, offset, line_number, raw, is_line } = *record;
        let place = format_args!("{} {line_number}", if is_line { "line" } else { "record" });
        let length = raw.len() as u64;
        if is_line && !is_record(raw, kernels.max_record_bytes) {
            self.blank_bytes += length;
            return;
        }
        if raw.len() > kernels.max_record_bytes {
            return self.reject(
                source,
                offset,
                length,
                RejectReason::TooLarge,
                too_large(length, kernels.max_record_bytes),
                raw,
            );
        }
        let first = self.fields.len();
        let unescaped_from = self.unescaped.len();
        let read = json::read_record(line, &kernels.text_field, &mut self.fields, &mut self.unescaped);
        let fields = &mut self.fields[first..];
        fields
            .iter_mut()
            .for_each(|field| *field = Field { key: field.key.shifted(start), value: field.value.shifted(start) });
        let (liberties, unescaped) = match read {
            Ok(read) => read,
            Err(_) if raw.iter().all(|&byte| byte == 0 || byte == b'\n') => {
                return self.reject(
                    source,
                    offset,
                    length,
                    RejectReason::OnlyNuls,
                    "nothing but NUL bytes".to_owned(),
                    raw,
                );
            }
            Err(error) => {
                let reason = if error.kind == JsonErrorKind::TooDeep {
                    RejectReason::JsonDepth
                } else {
                    RejectReason::JsonSyntax
                };
                let hint = hint_at_json_in_another_shape(line, line_number);
                return self.reject(source, offset, length, reason, format!("{place}: {error}{hint}"), raw);
            }
        };
        let found = self.fields[first..].iter().find(|field| kernels.is_text_field(field.key.of(text)));
        let Some(value) = found.map(|field| field.value) else {
            let names: Vec<&str> = self.fields[first..].iter().take(20).map(|field| field.key.of(text)).collect();
            let cure = if names.is_empty() { "" } else { "set read.text_field to the name of the text; " };
            let (field, there) = (&kernels.text_field, names.join(", "));
            let detail = format!("{place}: no field `{field}`; {cure}the record has: {there}");
            self.fields.truncate(first);
            return self.reject(source, offset, length, RejectReason::TextMissing, detail, raw);
        };
        let raw_text = value.of(text);
        if !raw_text.starts_with('"') {
            let kind = match raw_text.as_bytes()[0] {
                b'n' => "null",
                b't' | b'f' => "a boolean",
                b'[' => "an array",
                b'{' => "an object",
                _ => "a number",
            };
            self.fields.truncate(first);
            let detail = format!("{place}: field `{}` is {kind}, not a string", kernels.text_field);
            return self.reject(source, offset, length, RejectReason::TextType, detail, raw);
        }
        let inner = Slice { start: value.start + 1, end: value.end - 1 };
        let relaxed = liberties.need_rewriting();
        let place = if unescaped.is_some() {
            Text::Unescaped(Slice { start: unescaped_from as u32, end: self.unescaped.len() as u32 })
        } else {
            Text::Piece(inner)
        };
        let found = unescaped.unwrap_or(Unescaped::NOTHING);
        self.outcomes.push(Outcome::Document(Box::new(Document {
            source: Arc::clone(source),
            offset,
            length,
            line_number: Some(line_number),
            piece: self.texts.len() - 1,
            fields: first..self.fields.len(),
            relaxed,
            text: place,
            as_written: (found.as_written && !relaxed).then_some(inner),
            repaired: None,
            edits: Vec::new(),
            lines_are_sound: false,
            encoding,
            evidence,
            malformed: malformed + found.unpaired,
        })));
    }

    /// Adds input that is no record.
    pub fn reject(
        &mut self,
        source: &Arc<Source>,
        offset: u64,
        length: u64,
        reason: RejectReason,
        detail: String,
        bytes: &[u8],
    ) {
        let bytes = bytes[..bytes.len().min(KEPT_BYTES)].to_vec();
        self.outcomes.push(Outcome::Rejected(Rejection {
            source: Arc::clone(source),
            offset,
            length,
            reason,
            detail,
            bytes,
        }));
    }
}

/// What the first line of a file says about JSON that is not one record a line.
fn hint_at_json_in_another_shape(line: &str, line_number: u64) -> &'static str {
    match line.trim() {
        _ if line_number > 1 => "",
        "{" => "; this looks like pretty-printed JSON: `--format json` reads it",
        first if first.starts_with('[') => "; this looks like one JSON array: `--format json` reads it",
        _ => "",
    }
}

/// One line of a source, before it is read as a record.
#[derive(Clone, Copy)]
struct RecordLine<'a> {
    source: &'a Arc<Source>,
    offset: u64,
    line_number: u64,
    raw: &'a [u8],
    /// Whether it is a line, which may be blank.
    is_line: bool,
}

/// The text of a record by itself, and how it was decoded.
///
/// What is UTF-8 is taken as it is, so that no record depends on what shares its batch.
fn decode_one(raw: &[u8], known: LinesAre, kernels: &Kernels) -> (String, (&'static str, Evidence, usize)) {
    let is_transcoded = matches!(known, LinesAre::Transcoded(..));
    let is_forced = !is_transcoded && kernels.forced().is_some_and(|charset| charset != Charset::UTF_8);
    match std::str::from_utf8(raw) {
        Ok(text) if !is_forced => (text.to_owned(), utf8_of(known)),
        _ => {
            let declared = if let LinesAre::Likely(charset) = known { Some(charset) } else { None };
            let decoded = decode(raw, &Hint { declared, ..kernels.hint().clone() });
            let encoding = (decoded.encoding, decoded.evidence, decoded.malformed);
            (decoded.text.into_owned(), encoding)
        }
    }
}

/// How text was decoded that is in UTF-8 now.
fn utf8_of(known: LinesAre) -> (&'static str, Evidence, usize) {
    match known {
        LinesAre::Transcoded(charset, evidence) | LinesAre::Rows(charset, evidence) => (charset.name(), evidence, 0),
        LinesAre::Utf8 | LinesAre::Likely(_) => ("UTF-8", Evidence::Utf8, 0),
    }
}

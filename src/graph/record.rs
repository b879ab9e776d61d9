//! The record as it is written: the input's fields in their order, the clean text, and the object `textmill`.

use std::io::Write;

use textmill_core::langid::{DocumentLanguage, Span};
use textmill_core::repair::{Edit, Rule};

use super::decode::{DecodedBatch, Document};
use super::kernels::Kernels;
use crate::config::{EditDetail, OffsetUnit, OutputFormat};
use crate::formats::json::{write_strict, write_string};

/// Everything that a record says.
pub struct RecordView<'a> {
    /// The document.
    pub document: &'a Document,
    /// The batch that holds its slices.
    pub batch: &'a DecodedBatch,
    /// Its id as JSON.
    pub id: &'a [u8],
    /// Its clean text.
    pub text: &'a str,
    /// The same as a JSON string without its quotes, where the input has it so: then nothing needs escaping again.
    pub as_written: Option<&'a str>,
    /// The edits that made it, positioned in the decoded text.
    pub edits: &'a [Edit],
    /// Edits of each rule.
    pub repairs: &'a [u32; Rule::ALL.len()],
    /// Its spans.
    pub spans: &'a [Span],
    /// Its language, if it was asked for.
    pub language: Option<&'a DocumentLanguage>,
}

/// The id that the record brings, or the one that is made for it: the source's name, `#` and the line.
pub fn write_id(document: &Document, batch: &DecodedBatch, kernels: &Kernels, out: &mut Vec<u8>) {
    let text = &batch.texts[document.piece];
    let own = batch.fields[document.fields.clone()].iter().find(|field| kernels.is_id_field(field.key.of(text)));
    match (own, document.line_number) {
        (Some(field), _) if document.relaxed => write_strict(field.value.of(text), out),
        (Some(field), _) => out.extend_from_slice(field.value.of(text).as_bytes()),
        (None, Some(line)) => write_string(&format!("{}#{line}", document.source.name), out),
        (None, None) => write_string(&document.source.name, out),
    }
}

/// Appends the record and its line end.
pub fn write_record(record: &RecordView<'_>, kernels: &Kernels, out: &mut Vec<u8>) {
    if kernels.emit.format == OutputFormat::Text {
        out.extend_from_slice(record.text.as_bytes());
        if !record.text.ends_with('\n') {
            out.push(b'\n');
        }
        return;
    }
    let RecordView { document, batch, .. } = record;
    let source = &batch.texts[document.piece];
    let fields = &batch.fields[document.fields.clone()];
    out.push(b'{');
    if !fields.iter().any(|field| kernels.is_id_field(field.key.of(source))) {
        write_string(&kernels.id_field, out);
        out.push(b':');
        out.extend_from_slice(record.id);
        out.push(b',');
    }
    let mut has_text = false;
    for field in fields {
        let key = field.key.of(source);
        if key == "textmill" {
            continue;
        }
        out.push(b'"');
        if document.relaxed {
            // A name is a string as well: made strict with its quotes, less the first, which stands already.
            let mut name = Vec::new();
            write_strict(&format!("\"{key}\""), &mut name);
            out.extend_from_slice(&name[1..]);
        } else {
            out.extend_from_slice(key.as_bytes());
            out.push(b'"');
        }
        out.push(b':');
        if kernels.is_text_field(key) {
            has_text = true;
            match record.as_written {
                Some(written) => {
                    out.push(b'"');
                    out.extend_from_slice(written.as_bytes());
                    out.push(b'"');
                }
                None => write_string(record.text, out),
            }
        } else if document.relaxed {
            write_strict(field.value.of(source), out);
        } else {
            out.extend_from_slice(field.value.of(source).as_bytes());
        }
        out.push(b',');
    }
    if !has_text {
        write_string(&kernels.text_field, out);
        out.push(b':');
        write_string(record.text, out);
        out.push(b',');
    }
    write_textmill(record, kernels, out);
    out.extend_from_slice(b"}\n");
}

/// The object `textmill` with its name.
fn write_textmill(record: &RecordView<'_>, kernels: &Kernels, out: &mut Vec<u8>) {
    let document = record.document;
    out.extend_from_slice(b"\"textmill\":{\"source\":");
    write_string(&document.source.name, out);
    if let Some(entry) = document.source.entry {
        put(out, format_args!(",\"entry\":{entry}"));
    }
    put(out, format_args!(",\"offset\":{},\"encoding\":\"{}\"", document.offset, document.encoding));
    put(
        out,
        format_args!(",\"encoding_evidence\":\"{}\",\"malformed\":{}", document.evidence.name(), document.malformed),
    );
    if let Some(language) = record.language {
        write_languages(record, language, kernels.emit.offsets, out);
    }
    let detail = kernels.edit_detail();
    if detail != EditDetail::Off {
        out.extend_from_slice(b",\"repairs\":{");
        let mut separator = "";
        for rule in Rule::ALL {
            if record.repairs[rule as usize] > 0 {
                put(out, format_args!("{separator}\"{}\":{}", rule.name(), record.repairs[rule as usize]));
                separator = ",";
            }
        }
        out.push(b'}');
    }
    if detail == EditDetail::Full {
        write_edits(record, kernels.emit.offsets, out);
    }
    out.push(b'}');
}

fn write_languages(record: &RecordView<'_>, language: &DocumentLanguage, unit: OffsetUnit, out: &mut Vec<u8>) {
    put(
        out,
        format_args!(",\"language\":\"{}\",\"language_score\":{}", language.language.code(), rounded(language.score)),
    );
    out.extend_from_slice(b",\"languages\":{");
    for (i, (language, share)) in language.shares.iter().enumerate() {
        put(out, format_args!("{}\"{}\":{}", if i > 0 { "," } else { "" }, language.code(), rounded(*share)));
    }
    out.extend_from_slice(b"},\"spans\":[");
    let mut offsets = Offsets::new(record.text, unit);
    for (i, span) in record.spans.iter().enumerate() {
        let (start, end) = (offsets.of(span.start), offsets.of(span.end));
        let separator = if i > 0 { "," } else { "" };
        put(out, format_args!("{separator}{{\"start\":{start},\"end\":{end},\"paragraph\":{}", span.paragraph));
        put(out, format_args!(",\"language\":\"{}\",\"score\":{}}}", span.language.code(), rounded(span.score)));
    }
    out.push(b']');
}

fn write_edits(record: &RecordView<'_>, unit: OffsetUnit, out: &mut Vec<u8>) {
    let decoded = record.batch.decoded_text(record.document);
    let mut offsets = Offsets::new(decoded, unit);
    out.extend_from_slice(b",\"edits\":[");
    for (i, edit) in record.edits.iter().enumerate() {
        let (start, end) = (offsets.of(edit.start), offsets.of(edit.end));
        put(out, format_args!("{}{{\"start\":{start},\"end\":{end},\"before\":", if i > 0 { "," } else { "" }));
        write_string(&decoded[edit.start..edit.end], out);
        out.extend_from_slice(b",\"after\":");
        write_string(&edit.replacement, out);
        put(out, format_args!(",\"rule\":\"{}\"", edit.rule.name()));
        if edit.rules.iter().count() > 1 {
            let names: Vec<String> = edit.rules.iter().map(|rule| format!("\"{}\"", rule.name())).collect();
            put(out, format_args!(",\"rules\":[{}]", names.join(",")));
        }
        put(out, format_args!(",\"score\":{}", rounded(edit.score)));
        if let Some(readings) = edit.readings {
            put(out, format_args!(",\"readings\":{{\"joined\":{}", rounded(readings.joined)));
            put(out, format_args!(",\"hyphenated\":{}", rounded(readings.hyphenated)));
            put(out, format_args!(",\"spaced\":{},\"kept\":{}}}", rounded(readings.spaced), rounded(readings.kept)));
        }
        out.push(b'}');
    }
    out.push(b']');
}

/// A score or ratio with four decimals, enough to tell 0.9999 from 1.
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 1e4).round() / 1e4
}

fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to memory cannot fail.
    let _ = out.write_fmt(text);
}

/// Turns byte offsets, asked for in ascending order, into the unit of the output.
struct Offsets<'a> {
    text: &'a str,
    unit: OffsetUnit,
    bytes: usize,
    chars: usize,
}

impl Offsets<'_> {
    fn new(text: &str, unit: OffsetUnit) -> Offsets<'_> {
        Offsets { text, unit, bytes: 0, chars: 0 }
    }

    fn of(&mut self, bytes: usize) -> usize {
        if self.unit == OffsetUnit::Bytes {
            return bytes;
        }
        self.chars += self.text[self.bytes..bytes].chars().count();
        self.bytes = bytes;
        self.chars
    }
}

//! The record as it is written: the input's fields in their order, the clean text, and the object `textmill`.

use textmill_core::langid::{DocumentLanguage, Span};
use textmill_core::repair::{Edit, Rule};

use super::decode::{DecodedBatch, Document};
use super::kernels::Kernels;
use super::paragraphs::{Repeated, list};
use crate::config::{EditDetail, OffsetUnit, OutputFormat};
use crate::formats::json::{write_strict, write_string};
use crate::formats::numbers::{write_number, write_score};

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
    /// The paragraphs that were taken out of it.
    pub repeated: &'a [Repeated],
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
        put_number(out, ",\"entry\":", entry);
    }
    put_number(out, ",\"offset\":", document.offset);
    put_words(out, [",\"encoding\":\"", document.encoding, "\",\"encoding_evidence\":\"", document.evidence.name()]);
    put_number(out, "\",\"malformed\":", document.malformed as u64);
    if let Some(language) = record.language {
        write_languages(record, language, kernels.emit.offsets, out);
    }
    let detail = kernels.edit_detail();
    if detail != EditDetail::Off {
        out.extend_from_slice(b",\"repairs\":{");
        let mut separator = "\"";
        for rule in Rule::ALL {
            if record.repairs[rule as usize] > 0 {
                put_words(out, [separator, rule.name()]);
                put_number(out, "\":", u64::from(record.repairs[rule as usize]));
                separator = ",\"";
            }
        }
        if !record.repeated.is_empty() {
            put_words(out, [separator, Rule::RepeatedParagraphs.name()]);
            put_number(out, "\":", record.repeated.len() as u64);
        }
        out.push(b'}');
    }
    if !record.repeated.is_empty() {
        out.extend_from_slice(b",\"repeated_paragraphs\":");
        out.extend_from_slice(&list(record.repeated));
    }
    if detail == EditDetail::Full {
        write_edits(record, kernels.emit.offsets, out);
    }
    out.push(b'}');
}

fn write_languages(record: &RecordView<'_>, language: &DocumentLanguage, unit: OffsetUnit, out: &mut Vec<u8>) {
    put_words(out, [",\"language\":\"", language.language.code()]);
    put_score(out, "\",\"language_score\":", language.score);
    let mut separator = ",\"languages\":{\"";
    for (language, share) in &language.shares {
        put_words(out, [separator, language.code()]);
        put_score(out, "\":", *share);
        separator = ",\"";
    }
    put_words(out, [if language.shares.is_empty() { ",\"languages\":{}" } else { "}" }, ",\"spans\":["]);
    let mut offsets = Offsets::new(record.text, unit);
    let mut separator = "{\"start\":";
    for span in record.spans {
        put_number(out, separator, offsets.of(span.start));
        put_number(out, ",\"end\":", offsets.of(span.end));
        put_number(out, ",\"paragraph\":", u64::from(span.paragraph));
        put_words(out, [",\"language\":\"", span.language.code()]);
        put_score(out, "\",\"score\":", span.score);
        separator = "},{\"start\":";
    }
    put_words(out, [if record.spans.is_empty() { "]" } else { "}]" }]);
}

fn write_edits(record: &RecordView<'_>, unit: OffsetUnit, out: &mut Vec<u8>) {
    let decoded = record.batch.decoded_text(record.document);
    let mut offsets = Offsets::new(decoded, unit);
    put_words(out, [",\"edits\":["]);
    let mut separator = "{\"start\":";
    for edit in record.edits {
        put_number(out, separator, offsets.of(edit.start));
        put_number(out, ",\"end\":", offsets.of(edit.end));
        put_words(out, [",\"before\":"]);
        write_string(&decoded[edit.start..edit.end], out);
        put_words(out, [",\"after\":"]);
        write_string(&edit.replacement, out);
        put_words(out, [",\"rule\":\"", edit.rule.name(), "\""]);
        if edit.rules.iter().count() > 1 {
            let names: Vec<String> = edit.rules.iter().map(|rule| format!("\"{}\"", rule.name())).collect();
            put_words(out, [",\"rules\":[", &names.join(","), "]"]);
        }
        put_score(out, ",\"score\":", edit.score);
        if let Some(readings) = edit.readings {
            put_score(out, ",\"readings\":{\"joined\":", readings.joined);
            put_score(out, ",\"hyphenated\":", readings.hyphenated);
            put_score(out, ",\"spaced\":", readings.spaced);
            put_score(out, ",\"kept\":", readings.kept);
            out.push(b'}');
        }
        out.push(b'}');
        separator = ",{\"start\":";
    }
    out.push(b']');
}

/// Appends words that need no escaping, and the signs around them.
#[inline]
fn put_words<const N: usize>(out: &mut Vec<u8>, words: [&str; N]) {
    words.iter().for_each(|word| out.extend_from_slice(word.as_bytes()));
}

#[inline]
fn put_number(out: &mut Vec<u8>, label: &str, number: u64) {
    out.extend_from_slice(label.as_bytes());
    write_number(number, out);
}

#[inline]
fn put_score(out: &mut Vec<u8>, label: &str, score: f32) {
    out.extend_from_slice(label.as_bytes());
    write_score(score, out);
}

/// Turns byte offsets, asked for in ascending order, into the unit of the output.
struct Offsets<'a> {
    text: &'a str,
    unit: OffsetUnit,
    bytes: usize,
    chars: u64,
}

impl Offsets<'_> {
    fn new(text: &str, unit: OffsetUnit) -> Offsets<'_> {
        Offsets { text, unit, bytes: 0, chars: 0 }
    }

    fn of(&mut self, bytes: usize) -> u64 {
        if self.unit == OffsetUnit::Bytes {
            return bytes as u64;
        }
        self.chars += count_chars(&self.text.as_bytes()[self.bytes..bytes]);
        self.bytes = bytes;
        self.chars
    }
}

/// How many characters begin in bytes of UTF-8.
fn count_chars(bytes: &[u8]) -> u64 {
    // Sums of up to 192 ones fit a byte, and such sums are made many at a time.
    let blocks = bytes.chunks(192).map(|block| block.iter().map(|&byte| u8::from(byte & 0xC0 != 0x80)).sum::<u8>());
    blocks.map(u64::from).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn characters_are_counted_as_the_standard_library_counts_them(text in any::<String>(), n in 0..20_usize) {
            let text = text.repeat(n);
            prop_assert_eq!(count_chars(text.as_bytes()), text.chars().count() as u64);
        }
    }
}

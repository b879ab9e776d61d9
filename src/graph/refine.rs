//! `langid`, the signatures of `dedup` and the record as it will be written. Runs on the workers, a stage at a time over the
//! whole batch.

use std::ops::Range;
use std::sync::Arc;

use textmill_core::dedup::Sketch;
use textmill_core::langid::{DocumentLanguage, Span, document_language, spans_with};
use textmill_core::repair::{Edit, Rule, apply, compose};
use tokio::sync::OwnedSemaphorePermit;

use super::batch::{PassReason, Position, Rejection, Source};
use super::buffers::Buffers;
use super::decode::Outcome;
use super::kernels::{Kernels, fail_point};
use super::ledger::{DropReason, Tally};
use super::lines::{Mending, Repairing, step};
use super::paragraphs::{Paragraphs, list, removals};
use super::record::{RecordView, write_id, write_record};
use super::timing::{StageTimes, ThreadTime};

/// A document with everything known of it but whether it is a duplicate.
pub struct RefinedRecord {
    /// What the books want to know.
    pub facts: Facts,
    /// Its id as JSON, in [`RefinedBatch::ids`].
    pub id: Range<usize>,
    /// The record to write, in [`RefinedBatch::out`].
    pub line: Range<usize>,
    /// What `dedup` compares.
    pub sketch: Option<Sketch>,
    /// Where paragraphs are compared: why the record is left out, if it is.
    pub left_out: Option<DropReason>,
    /// The paragraphs that were taken out of it, as JSON.
    pub repeated: Option<Box<[u8]>>,
}

/// What the books want to know of a record.
pub struct Facts {
    /// Where it comes from.
    pub source: Arc<Source>,
    /// Offset of the record in the decompressed source.
    pub offset: u64,
    /// Bytes of the record in the input.
    pub length: u64,
    /// Its language; empty if it was not asked for.
    pub language: &'static str,
    /// Bytes of its text.
    pub text_bytes: usize,
    /// Edits made by each rule.
    pub repairs: [u32; Rule::ALL.len()],
    /// What `dedup.keep` goes by, the greatest first; none where the field is missing.
    pub weight: Option<u64>,
    /// Paragraphs that were taken out, and their bytes.
    pub repeated: (u32, u64),
}

/// A record, or why there is none.
pub enum Refined {
    /// A record.
    Record(RefinedRecord),
    /// Input that is no record.
    Rejected(Rejection),
}

/// A batch that waits for its duplicates to be found.
pub struct RefinedBatch {
    /// In the order of the input.
    pub records: Vec<Refined>,
    /// The records, serialised.
    pub out: Vec<u8>,
    /// Their ids, as JSON.
    pub ids: Vec<u8>,
    /// Where the window ends, if it ends with this batch.
    pub ends_window: Option<Position>,
    /// Records and bytes of input in the batch.
    pub found: Tally,
    /// Bytes of input that are no record.
    pub blank_bytes: u64,
    /// Parts of containers that hold no document, with their lengths.
    pub passed: Vec<(PassReason, u64)>,
    /// Time spent so far.
    pub times: StageTimes,
    /// The batch's share of the memory in flight, given back with the batch.
    pub permit: OwnedSemaphorePermit,
}

/// A document on its way through the stages of this module.
struct Refining {
    text: Option<String>,
    edits: Vec<Edit>,
    spans: Range<usize>,
    language: Option<DocumentLanguage>,
    sketch: Option<Sketch>,
    paragraphs: Paragraphs,
}

/// Takes paragraphs out that were there before, finds languages, sketches documents and writes records.
pub fn finish_batch(repairing: Repairing, kernels: &Kernels, buffers: &Buffers) -> RefinedBatch {
    let Repairing { batch, mut outcomes, mending, paragraphs, mut times, .. } = repairing;
    let paragraphs = paragraphs.into_iter().chain(std::iter::repeat_with(Paragraphs::default));
    let refining = mending.into_iter().zip(paragraphs).map(|(Mending { text, edits, .. }, paragraphs)| Refining {
        text,
        edits,
        spans: 0..0,
        language: None,
        sketch: None,
        paragraphs,
    });
    let mut refining: Vec<Refining> = refining.collect();
    let n = outcomes.len();
    let bytes = batch.text_bytes;
    for (outcome, refining) in outcomes.iter_mut().zip(&mut refining) {
        if !refining.paragraphs.repeated.is_empty() {
            step(outcome, &batch, kernels, |document| take_out(refining, batch.text(document)));
        }
    }

    let timer = ThreadTime::now();
    let mut all_spans: Vec<Span> = Vec::new();
    let mut own = Vec::new();
    if let Some(config) = kernels.languages() {
        let mut scratch = buffers.take_scratch();
        for (outcome, refining) in outcomes.iter_mut().zip(&mut refining) {
            let first = all_spans.len();
            let language = step(outcome, &batch, kernels, |document| {
                let text = refining.text.as_deref().unwrap_or_else(|| batch.text(document));
                fail_point("langid", text.as_bytes());
                spans_with(text, config, &mut scratch, &mut own);
                document_language(&own, text)
            });
            if language.is_some() {
                all_spans.append(&mut own);
                refining.language = language;
            }
            refining.spans = first..all_spans.len();
        }
        buffers.give_scratch(scratch);
        times.langid.add(timer, n, bytes);
    }

    let timer = ThreadTime::now();
    if let Some(dedup) = kernels.dedup().filter(|dedup| dedup.min_paragraph_tokens.is_none()) {
        let mut waiting = buffers.take_sketcher();
        for (outcome, refining) in outcomes.iter_mut().zip(&mut refining) {
            refining.sketch = step(outcome, &batch, kernels, |document| {
                // One that fails is not used again.
                let mut sketcher = waiting.take().unwrap_or_else(|| dedup.sketcher.clone());
                let text = refining.text.as_deref().unwrap_or_else(|| batch.text(document));
                fail_point("dedup", text.as_bytes());
                let sketch = dedup.sketch(&mut sketcher, text);
                waiting = Some(sketcher);
                sketch
            });
        }
        waiting.into_iter().for_each(|sketcher| buffers.give_sketcher(sketcher));
        times.dedup.add(timer, n, bytes);
    }

    let timer = ThreadTime::now();
    let mut out = buffers.records.take(bytes + bytes / 4 + n * 256);
    let mut ids = Vec::with_capacity(n * 24);
    let mut records = Vec::with_capacity(n);
    for (outcome, refining) in outcomes.into_iter().zip(refining) {
        let document = match outcome {
            Outcome::Rejected(rejection) => {
                records.push(Refined::Rejected(rejection));
                continue;
            }
            Outcome::Document(document) => document,
        };
        let text = refining.text.as_deref().unwrap_or_else(|| batch.text(&document));
        let id_start = ids.len();
        write_id(&document, &batch, kernels, &mut ids);
        let line_start = out.len();
        let mut repairs = [0; Rule::ALL.len()];
        for edit in &refining.edits {
            // The rule of paragraphs stands after those of repair and is counted by itself.
            for rule in edit.rules.iter().filter(|&rule| rule != Rule::RepeatedParagraphs) {
                repairs[rule as usize] += 1;
            }
        }
        let view = RecordView {
            document: &document,
            batch: &batch,
            id: &ids[id_start..],
            text,
            as_written: if refining.text.is_some() || document.repaired.is_some() {
                None
            } else {
                document.as_written.map(|slice| slice.of(&batch.texts[document.piece]))
            },
            edits: &refining.edits,
            repairs: &repairs,
            spans: &all_spans[refining.spans],
            language: refining.language.as_ref(),
            repeated: &refining.paragraphs.repeated,
        };
        write_record(&view, kernels, &mut out);
        let by_paragraph = kernels.dedup().is_some_and(|dedup| dedup.min_paragraph_tokens.is_some());
        let repeated = &refining.paragraphs.repeated;
        let left_out = match (by_paragraph && text.trim().is_empty(), repeated.is_empty()) {
            (false, _) => None,
            (true, true) => Some(DropReason::Empty),
            (true, false) => Some(DropReason::RepeatedParagraphs),
        };
        let repeated = left_out.is_some().then(|| list(repeated));
        let facts = Facts {
            language: refining.language.map_or("", |language| language.language.code()),
            text_bytes: text.len(),
            weight: kernels.weigh(&document, &batch, text.len()),
            repeated: repeated_in(&refining.paragraphs),
            repairs,
            offset: document.offset,
            length: document.length,
            source: document.source,
        };
        let (id, line) = (id_start..ids.len(), line_start..out.len());
        records.push(Refined::Record(RefinedRecord { facts, id, line, sketch: refining.sketch, left_out, repeated }));
    }
    times.emit.add(timer, n, out.len());
    buffers.unescaped.give(batch.unescaped.into_bytes());
    batch.texts.into_iter().for_each(|text| buffers.inputs.give(text.into_bytes()));
    RefinedBatch {
        records,
        out,
        ids,
        ends_window: batch.ends_window,
        found: batch.found,
        blank_bytes: batch.blank_bytes,
        passed: batch.passed,
        times,
        permit: batch.permit,
    }
}

/// Takes the paragraphs out of a document that were there before.
fn take_out(refining: &mut Refining, decoded: &str) {
    let text = refining.text.as_deref().unwrap_or(decoded);
    let edits = removals(text, &refining.paragraphs.repeated);
    let left = apply(text, &edits);
    refining.edits = compose(std::mem::take(&mut refining.edits), edits, text);
    refining.text = Some(left);
}

/// How many paragraphs were taken out, and their bytes.
fn repeated_in(paragraphs: &Paragraphs) -> (u32, u64) {
    let bytes = paragraphs.repeated.iter().map(|paragraph| paragraph.range.len() as u64).sum();
    (paragraphs.repeated.len() as u32, bytes)
}

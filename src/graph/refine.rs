//! `repair` of lines and words, `langid`, the signatures of `dedup` and the record as it will be written. Runs on the
//! workers, a stage at a time over the whole batch.

use std::ops::Range;
use std::sync::Arc;

use textmill_core::dedup::Sketch;
use textmill_core::langid::{DocumentLanguage, Span, document_language, spans_with};
use textmill_core::repair::{Edit, Repaired, Rule, Words, repair_lines};
use tokio::sync::OwnedSemaphorePermit;

use super::batch::{Position, Rejection, Source};
use super::buffers::Buffers;
use super::decode::{DecodedBatch, Document, Outcome};
use super::kernels::{Kernels, panicked};
use super::ledger::Tally;
use super::record::{RecordView, write_id, write_record};
use super::timing::{StageTimes, ThreadTime};
use super::window::WindowWords;

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
}

/// Takes a batch through the stages after `decode`.
pub fn refine_batch(
    mut batch: DecodedBatch,
    window: &WindowWords,
    kernels: &Kernels,
    buffers: &Buffers,
) -> RefinedBatch {
    let mut times = batch.times;
    let mut outcomes = std::mem::take(&mut batch.outcomes);
    let mut refining: Vec<Refining> = Vec::with_capacity(outcomes.len());
    let n = outcomes.len();
    let bytes = batch.text_bytes;

    let timer = ThreadTime::now();
    let words = window.words(kernels);
    for outcome in &mut outcomes {
        let repaired = step(outcome, &batch, kernels, |document| repair_document(document, &batch, &words, kernels));
        let (text, edits) = repaired.unwrap_or_default();
        refining.push(Refining { text, edits, spans: 0..0, language: None, sketch: None });
    }
    times.repair.add(timer, 0, 0);

    let timer = ThreadTime::now();
    let mut all_spans: Vec<Span> = Vec::new();
    let mut own = Vec::new();
    if let Some(config) = kernels.languages() {
        let mut scratch = buffers.take_scratch();
        for (outcome, refining) in outcomes.iter_mut().zip(&mut refining) {
            let first = all_spans.len();
            let language = step(outcome, &batch, kernels, |document| {
                let text = refining.text.as_deref().unwrap_or_else(|| batch.text(document));
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
    if let Some(dedup) = kernels.dedup() {
        let mut sketcher = dedup.sketcher.clone();
        for (outcome, refining) in outcomes.iter_mut().zip(&mut refining) {
            refining.sketch = step(outcome, &batch, kernels, |document| {
                dedup.sketch(&mut sketcher, refining.text.as_deref().unwrap_or_else(|| batch.text(document)))
            });
        }
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
            edit.rules.iter().for_each(|rule| repairs[rule as usize] += 1);
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
        };
        write_record(&view, kernels, &mut out);
        let facts = Facts {
            language: refining.language.map_or("", |language| language.language.code()),
            text_bytes: text.len(),
            repairs,
            offset: document.offset,
            length: document.length,
            source: document.source,
        };
        let (id, line) = (id_start..ids.len(), line_start..out.len());
        records.push(Refined::Record(RefinedRecord { facts, id, line, sketch: refining.sketch }));
    }
    times.emit.add(timer, n, out.len());
    buffers.unescaped.give(std::mem::take(&mut batch.unescaped).into_bytes());
    RefinedBatch {
        records,
        out,
        ids,
        ends_window: batch.ends_window,
        found: batch.found,
        blank_bytes: batch.blank_bytes,
        times,
        permit: batch.permit,
    }
}

/// One stage's work on one document; a panic turns the document into a rejection with its origin.
fn step<T>(
    outcome: &mut Outcome,
    batch: &DecodedBatch,
    kernels: &Kernels,
    work: impl FnOnce(&Document) -> T,
) -> Option<T> {
    let Outcome::Document(document) = outcome else { return None };
    match kernels.guard(|| work(document)) {
        Ok(value) => Some(value),
        Err(detail) => {
            *outcome = Outcome::Rejected(panicked(document, batch.decoded_text(document), detail));
            None
        }
    }
}

/// The text with its lines and words repaired, where that is another, and all edits since it was decoded.
fn repair_document(
    document: &Document,
    batch: &DecodedBatch,
    words: &Words<'_>,
    kernels: &Kernels,
) -> (Option<String>, Vec<Edit>) {
    let Some(config) = kernels.repairs() else { return (None, Vec::new()) };
    let mut repaired = Repaired { text: batch.text(document).into(), edits: document.edits.clone() };
    repair_lines(&mut repaired, config, words);
    match repaired.text {
        std::borrow::Cow::Borrowed(_) => (None, repaired.edits),
        std::borrow::Cow::Owned(text) => (Some(text), repaired.edits),
    }
}

/// Repairs one document and shows it.
pub fn explain_document(
    document: &Document,
    batch: &DecodedBatch,
    words: &Words<'_>,
    kernels: &Kernels,
    each: &mut impl FnMut(&super::Explained<'_>),
) {
    let (_, edits) = repair_document(document, batch, words, kernels);
    let name = document
        .line_number
        .map_or_else(|| document.source.name.clone(), |line| format!("{}#{line}", document.source.name));
    each(&super::Explained { name, before: batch.decoded_text(document), edits: &edits });
}

//! `decode`: from the bytes of a batch to its documents, as text. Runs on the workers.
//!
//! Text stays a slice of the piece it came in until something must change it. The rules of `repair` that look at
//! characters alone run here too, so that what is learned about words is learned from sound characters.

mod records;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use textmill_core::decode::Evidence;
use textmill_core::repair::{Edit, WordCounts, lines_are_sound, repair_characters};
use tokio::sync::OwnedSemaphorePermit;

use super::batch::{Body, PassReason, Piece, Position, RawBatch, Rejection, Source};
use super::buffers::Buffers;
use super::kernels::{Kernels, fail_point};
use super::ledger::Tally;
use super::timing::{StageTimes, ThreadTime};
use crate::formats::json::{Field, Slice};

/// One document, with the slices of its record.
#[derive(Debug)]
pub struct Document {
    /// Where it comes from.
    pub source: Arc<Source>,
    /// Offset of the record in the decompressed source.
    pub offset: u64,
    /// Bytes of the record, line end included.
    pub length: u64,
    /// The number of its line, from 1; `None` for a document that is a file.
    pub line_number: Option<u64>,
    /// Index of its text among [`DecodedBatch::texts`].
    pub piece: usize,
    /// Its fields among [`DecodedBatch::fields`], as slices of that text.
    pub fields: Range<usize>,
    /// Whether a field's value has to be made strict JSON on its way out.
    pub relaxed: bool,
    /// The text as decoded.
    pub text: Text,
    /// The text as its line has it between its quotes, where it would be written just so.
    pub as_written: Option<Slice>,
    /// The text with sound characters, where that is another.
    pub repaired: Option<String>,
    /// The edits that lead from the one to the other.
    pub edits: Vec<Edit>,
    /// Nothing is to be repaired in its lines, whatever the words.
    pub lines_are_sound: bool,
    /// The encoding that was decoded.
    pub encoding: &'static str,
    /// How the encoding was decided.
    pub evidence: Evidence,
    /// Malformed sequences met on the way.
    pub malformed: usize,
}

/// Where a text lies.
#[derive(Clone, Copy, Debug)]
pub enum Text {
    /// In the piece, as it came.
    Piece(Slice),
    /// Among the texts that had escapes.
    Unescaped(Slice),
}

/// A document, or why there is none.
#[derive(Debug)]
pub enum Outcome {
    /// A document.
    Document(Box<Document>),
    /// Input that is no record.
    Rejected(Rejection),
}

/// The documents of a batch.
pub struct DecodedBatch {
    /// The pieces, as UTF-8.
    pub texts: Vec<String>,
    /// The texts that had escapes, one after the other.
    pub unescaped: String,
    /// The fields of all records.
    pub fields: Vec<Field>,
    /// In the order of the input.
    pub outcomes: Vec<Outcome>,
    /// What those texts teach about words whose lines may change.
    pub counts: WordCounts,
    /// What the others teach.
    pub sound_counts: WordCounts,
    /// Bytes of text in all.
    pub text_bytes: usize,
    /// Bytes of input that are no record: blank lines.
    pub blank_bytes: u64,
    /// Parts of containers that hold no document, with their lengths.
    pub passed: Vec<(PassReason, u64)>,
    /// Where the window ends, if it ends with this batch.
    pub ends_window: Option<Position>,
    /// Records and bytes of input in the batch.
    pub found: Tally,
    /// Time spent.
    pub times: StageTimes,
    /// The batch's share of the memory in flight.
    pub permit: OwnedSemaphorePermit,
}

impl DecodedBatch {
    /// The text of a document as it was decoded.
    pub fn decoded_text(&self, document: &Document) -> &str {
        match document.text {
            Text::Piece(slice) => slice.of(&self.texts[document.piece]),
            Text::Unescaped(slice) => slice.of(&self.unescaped),
        }
    }

    /// The documents, in order.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        self.outcomes
            .iter()
            .filter_map(|outcome| if let Outcome::Document(document) = outcome { Some(&**document) } else { None })
    }

    /// The text of a document with sound characters.
    pub fn text<'a>(&'a self, document: &'a Document) -> &'a str {
        document.repaired.as_deref().unwrap_or_else(|| self.decoded_text(document))
    }
}

/// Decodes a batch.
pub fn decode_batch(batch: RawBatch, kernels: &Kernels, buffers: &Buffers) -> DecodedBatch {
    let lines = |piece: &Piece| if let Body::Lines { bytes, .. } = &piece.body { bytes.len() } else { 0 };
    let unescaped = buffers.unescaped.take(batch.pieces.iter().map(lines).sum());
    let mut decoded = DecodedBatch {
        texts: Vec::with_capacity(batch.pieces.len()),
        // Nothing is in it.
        unescaped: String::from_utf8(unescaped).unwrap_or_default(),
        fields: Vec::new(),
        outcomes: Vec::with_capacity(batch.found.records as usize),
        counts: WordCounts::new(),
        sound_counts: WordCounts::new(),
        text_bytes: 0,
        blank_bytes: 0,
        passed: Vec::new(),
        ends_window: batch.ends_window,
        found: batch.found,
        times: StageTimes::default(),
        permit: batch.permit,
    };
    let timer = ThreadTime::now();
    let mut bytes = 0;
    for Piece { source, offset, body, .. } in batch.pieces {
        match body {
            Body::Rejected(rejection) => decoded.outcomes.push(Outcome::Rejected(rejection)),
            Body::Document(content, page) => {
                bytes += content.len();
                decoded.page(&source, offset, content, *page, kernels);
            }
            Body::Records { bytes: content, ranges, first_number, reading, encoding } => {
                bytes += content.len();
                let origin = (&source, offset, first_number);
                decoded.records(origin, &content, &ranges, &reading, encoding, kernels);
            }
            Body::Passed { reason, length } => decoded.passed.push((reason, length)),
            Body::Lines { bytes: content, first_line, encoding, .. } => {
                bytes += content.len();
                decoded.lines(&source, offset, content, first_line, encoding, kernels);
            }
        }
    }
    decoded.times.decode.add(timer, decoded.outcomes.len(), bytes);
    decoded.repair_characters(kernels);
    decoded
}

impl DecodedBatch {
    /// Mends the characters of all documents and learns from their words.
    fn repair_characters(&mut self, kernels: &Kernels) {
        let timer = ThreadTime::now();
        let mut documents = 0;
        let mut outcomes = std::mem::take(&mut self.outcomes);
        let (mut counts, mut sound_counts) = (WordCounts::new(), WordCounts::new());
        let mut text_bytes = 0;
        for outcome in &mut outcomes {
            let Outcome::Document(document) = outcome else { continue };
            let text = self.decoded_text(document);
            let mended = kernels.guard(|| {
                fail_point("repair", text.as_bytes());
                let mended = kernels.repairs().map(|config| repair_characters(text, config));
                let (repaired, edits) = mended.map_or((None, Vec::new()), |mended| match mended.text {
                    Cow::Borrowed(_) => (None, mended.edits),
                    Cow::Owned(text) => (Some(text), mended.edits),
                });
                let text = repaired.as_deref().unwrap_or(text);
                let is_sound = kernels.repairs().is_none() || lines_are_sound(text);
                if kernels.repairs().is_some() {
                    let counts = if is_sound { &mut sound_counts } else { &mut counts };
                    counts.learn(text);
                }
                (repaired, edits, is_sound)
            });
            match mended {
                Ok((repaired, edits, is_sound)) => {
                    documents += 1;
                    text_bytes += repaired.as_deref().unwrap_or(text).len();
                    document.repaired = repaired;
                    document.edits = edits;
                    document.lines_are_sound = is_sound;
                }
                Err(detail) => {
                    let rejection = super::kernels::panicked(document, text, detail);
                    *outcome = Outcome::Rejected(rejection);
                }
            }
        }
        self.outcomes = outcomes;
        self.counts = counts;
        self.sound_counts = sound_counts;
        self.text_bytes = text_bytes;
        self.times.repair.add(timer, documents, text_bytes);
    }
}

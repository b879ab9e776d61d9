//! `repair` of lines and words, a batch at a time; runs on the workers.
//!
//! A batch is looked at with the words of its window, and again, should its window ask for it (`settle.rs`), with the words of
//! what the window has become. Where paragraphs are compared they are sketched here, before they are judged.

use std::borrow::Cow;
use std::sync::Arc;

use textmill_core::repair::{Edit, Mended, Repaired, WordCounts, Words, repair_lines};

use super::batch::Position;
use super::decode::{DecodedBatch, Document, Outcome};
use super::explain::Explained;
use super::kernels::{Kernels, fail_point, panicked};
use super::paragraphs::Paragraphs;
use super::record::write_id;
use super::timing::{StageTimes, ThreadTime};
use super::window::WindowWords;

/// What became of a document's lines. A whole window of them waits, so it holds nothing that later stages find.
#[derive(Default)]
pub struct Mending {
    /// Its text, where that is another than `decode` left.
    pub text: Option<String>,
    /// All edits since it was decoded.
    pub edits: Vec<Edit>,
    /// Other words may change what is left of its lines.
    asked: bool,
}

/// A batch whose text is repaired, and may still be repaired again.
pub struct Repairing {
    /// What was decoded, but for the outcomes.
    pub batch: DecodedBatch,
    /// In the order of the input.
    pub outcomes: Vec<Outcome>,
    /// What became of each.
    pub mending: Vec<Mending>,
    /// The paragraphs of each, where those are compared; none otherwise.
    pub paragraphs: Vec<Paragraphs>,
    /// Time spent so far.
    pub times: StageTimes,
    /// What those texts of the window teach whose lines were sound from the start.
    pub sound_words: Arc<WordCounts>,
    /// The last look changed something.
    pub changed: bool,
}

/// Repairs the lines of a batch with the words of its window.
pub fn repair_batch(mut batch: DecodedBatch, window: &WindowWords, kernels: &Kernels) -> Repairing {
    let mut outcomes = std::mem::take(&mut batch.outcomes);
    let mending = outcomes.iter_mut().map(|outcome| match outcome {
        // Taken and not copied: of a text that is all defects they take many times its size.
        Outcome::Document(document) => Mending {
            edits: std::mem::take(&mut document.edits),
            asked: !document.lines_are_sound,
            ..Mending::default()
        },
        Outcome::Rejected(_) => Mending::default(),
    });
    let mending = mending.collect();
    for outcome in &mut outcomes {
        step(outcome, &batch, kernels, |document| fail_point("lines", batch.text(document).as_bytes()));
    }
    let (times, sound_words) = (batch.times, Arc::clone(&window.sound));
    let mut repairing =
        Repairing { batch, outcomes, mending, paragraphs: Vec::new(), times, sound_words, changed: false };
    repairing.repair(&window.words(kernels), kernels);
    repairing
}

impl Repairing {
    /// Where the window ends, if it ends with this batch.
    pub fn ends_window(&self) -> Option<Position> {
        self.batch.ends_window
    }

    /// Whether other words may change what is left of any lines.
    pub fn asks(&self) -> bool {
        self.mending.iter().any(|mending| mending.asked)
    }

    /// Looks at the lines of which other words may change something.
    pub fn repair(&mut self, words: &Words<'_>, kernels: &Kernels) {
        let timer = ThreadTime::now();
        self.changed = false;
        for (outcome, mending) in self.outcomes.iter_mut().zip(&mut self.mending).filter(|(_, m)| m.asked) {
            let (text, edits) = (mending.text.take(), std::mem::take(&mut mending.edits));
            let repaired = step(outcome, &self.batch, kernels, |document| {
                let text = text.map_or(Cow::Borrowed(self.batch.text(document)), Cow::Owned);
                repair_document(text, edits, words, kernels)
            });
            let Mended { changed, asked } = repaired.as_ref().map_or_else(Mended::default, |repaired| repaired.2);
            self.changed |= changed;
            mending.asked = asked;
            (mending.text, mending.edits) = repaired.map(|(text, edits, _)| (text, edits)).unwrap_or_default();
        }
        self.times.repair.add(timer, 0, 0);
    }

    /// What those texts teach, as they are now, whose lines were not sound from the start.
    pub fn learn_again(&mut self, kernels: &Kernels) -> WordCounts {
        let timer = ThreadTime::now();
        let mut counts = WordCounts::new();
        for (outcome, mending) in self.outcomes.iter_mut().zip(&self.mending) {
            step(outcome, &self.batch, kernels, |document| {
                if !document.lines_are_sound {
                    counts.learn(mending.text.as_deref().unwrap_or_else(|| self.batch.text(document)));
                }
            });
        }
        self.times.repair.add(timer, 0, 0);
        counts
    }

    /// Sketches the paragraphs of the batch, where those are compared.
    pub fn sketch_paragraphs(&mut self, kernels: &Kernels) {
        let Some((dedup, min_tokens)) = kernels.dedup().and_then(|dedup| Some((dedup, dedup.min_paragraph_tokens?)))
        else {
            return;
        };
        let timer = ThreadTime::now();
        let mut sketcher = dedup.sketcher.clone();
        let batch = &self.batch;
        let sketched = self.outcomes.iter_mut().zip(&self.mending).map(|(outcome, mending)| {
            let paragraphs = step(outcome, batch, kernels, |document| {
                let text = mending.text.as_deref().unwrap_or_else(|| batch.text(document));
                let mut id = Vec::new();
                write_id(document, batch, kernels, &mut id);
                let sketches = dedup.sketch_paragraphs(&mut sketcher, text, min_tokens);
                Paragraphs { id, sketches, repeated: Vec::new() }
            });
            paragraphs.unwrap_or_default()
        });
        self.paragraphs = sketched.collect();
        self.times.dedup.add(timer, 0, 0);
    }

    /// Shows each document with its edits.
    pub fn explain(&self, each: &mut impl FnMut(&Explained<'_>)) {
        for (outcome, mending) in self.outcomes.iter().zip(&self.mending) {
            let Outcome::Document(document) = outcome else { continue };
            let name = document
                .line_number
                .map_or_else(|| document.source.name.clone(), |line| format!("{}#{line}", document.source.name));
            each(&Explained { name, before: self.batch.decoded_text(document), edits: &mending.edits });
        }
    }
}

/// One stage's work on one document; a panic turns the document into a rejection with its origin.
pub fn step<T>(
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

/// The text with its lines and words repaired, where that is another than `decode` left, and all edits since it was decoded,
/// of which these are those made so far.
fn repair_document(
    text: Cow<'_, str>,
    edits: Vec<Edit>,
    words: &Words<'_>,
    kernels: &Kernels,
) -> (Option<String>, Vec<Edit>, Mended) {
    let Some(config) = kernels.repairs() else { return (None, Vec::new(), Mended::default()) };
    let mut repaired = Repaired { text, edits };
    let mended = repair_lines(&mut repaired, config, words);
    let text = match repaired.text {
        Cow::Borrowed(_) => None,
        Cow::Owned(text) => Some(text),
    };
    (text, repaired.edits, mended)
}

//! `dedup` of paragraphs (`unit = "paragraph"`): what a whole corpus repeats is taken out of its documents.
//!
//! It stands between `repair` and `langid`, so that languages and spans are those of the text as it will be. Workers sketch
//! the paragraphs; one judge, fed in the order of the input, lets the first of each stay; workers take the others out. That
//! is an edit like any other: the log replays to the text that is left.

use std::ops::Range;

use textmill_core::dedup::{ParagraphSketch, Sketcher, Verdict, removal_range};
use textmill_core::repair::{Edit, Rule};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::RunError;
use super::kernels::{Dedup, Kernels};
use super::lines::Repairing;
use super::report::IndexReport;
use super::timing::ThreadTime;
use crate::config::{DedupUnit, Plan};
use crate::index::{self, IndexError, KeptIndex};

/// The paragraphs of one document, before and after they were judged.
#[derive(Default)]
pub struct Paragraphs {
    /// The document's id, as JSON.
    pub id: Vec<u8>,
    /// Those that are compared.
    pub sketches: Vec<ParagraphSketch>,
    /// Those that were there before, in order.
    pub repeated: Vec<Repeated>,
}

/// A paragraph that was there before.
pub struct Repeated {
    /// Its bytes in the text.
    pub range: Range<usize>,
    /// The id of the document in which it stays, as JSON.
    pub duplicate_of: Vec<u8>,
    /// How similar the two paragraphs are.
    pub similarity: f64,
    /// That document was kept by an earlier run.
    pub in_index: bool,
}

/// Lets the first of each paragraph stay.
pub struct ParagraphJudge {
    index: Box<KeptIndex>,
    min_tokens: usize,
}

impl ParagraphJudge {
    /// The judge, if the plan asks for one.
    ///
    /// # Errors
    /// [`RunError::Index`] for an index that cannot be used.
    pub fn new(plan: &Plan, kernels: &Kernels, run_id: &str) -> Result<Option<ParagraphJudge>, RunError> {
        let Some(Dedup { config, .. }) = kernels.dedup().filter(|_| plan.dedup.unit == DedupUnit::Paragraph) else {
            return Ok(None);
        };
        let folder = super::judge::folder_for_temporary_files(plan);
        let setting = index::Setting::of(&plan.dedup, &folder, run_id);
        let index = Box::new(KeptIndex::open(config, &setting)?);
        Ok(Some(ParagraphJudge { index, min_tokens: plan.dedup.min_paragraph_tokens }))
    }

    /// The index of paragraphs.
    pub fn index(&self) -> &KeptIndex {
        &self.index
    }

    /// What the index came to.
    pub fn report(&self) -> IndexReport {
        IndexReport::of_index(&self.index)
    }

    /// Makes what was kept part of the index, if it stays.
    ///
    /// # Errors
    /// [`RunError::Index`]; the index is then what it was.
    pub fn commit(self) -> Result<(), RunError> {
        Ok(self.index.commit()?)
    }

    /// Takes up the paragraphs of a record that an earlier run kept.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn restore(&mut self, dedup: &Dedup, sketcher: &mut Sketcher, text: &str, id: &[u8]) -> Result<(), IndexError> {
        let sketches = dedup.sketch_paragraphs(sketcher, text, self.min_tokens);
        sketches.iter().try_for_each(|paragraph| self.index.insert(&paragraph.sketch, id).map(|_| ()))
    }

    /// Judges the paragraphs of a document.
    fn judge(&mut self, paragraphs: &mut Paragraphs) -> Result<(), IndexError> {
        for ParagraphSketch { range, sketch } in paragraphs.sketches.drain(..) {
            let (of, similarity) = match self.index.insert(&sketch, &paragraphs.id)? {
                Verdict::Unique { .. } | Verdict::Empty => continue,
                Verdict::ExactDuplicate { of } => (of, 1.0),
                Verdict::NearDuplicate { of, evidence } => (of, evidence.similarity()),
            };
            let mut duplicate_of = Vec::new();
            self.index.id(of, &mut duplicate_of)?;
            let in_index = self.index.is_of_earlier_run(of);
            paragraphs.repeated.push(Repeated { range, duplicate_of, similarity, in_index });
        }
        Ok(())
    }
}

/// Judges batches in the order in which they come and hands them on. Blocks; to be run on a thread of its own.
///
/// A batch whose paragraphs could not be judged carries the reason with it, and none follows it.
pub fn judge_paragraphs(
    mut judge: ParagraphJudge,
    mut from: mpsc::Receiver<JoinHandle<Result<Repairing, RunError>>>,
    to: mpsc::Sender<Result<Repairing, RunError>>,
) -> ParagraphJudge {
    let runtime = tokio::runtime::Handle::current();
    while let Some(task) = from.blocking_recv() {
        let judged = runtime.block_on(task).map_err(|error| RunError::Stage(error.to_string())).flatten().and_then(
            |mut batch| {
                let timer = ThreadTime::now();
                batch.paragraphs.iter_mut().try_for_each(|paragraphs| judge.judge(paragraphs))?;
                batch.times.dedup.busy += timer.elapsed();
                Ok(batch)
            },
        );
        let failed = judged.is_err();
        if to.blocking_send(judged).is_err() || failed {
            break;
        }
    }
    judge
}

/// The edits that take the paragraphs out of a text. Those that stand side by side go as one.
pub fn removals(text: &str, repeated: &[Repeated]) -> Vec<Edit> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for range in repeated.iter().map(|paragraph| removal_range(text, &paragraph.range)) {
        match ranges.last_mut().filter(|last| range.start <= last.end) {
            Some(last) => last.end = range.end.max(last.end),
            None => ranges.push(range),
        }
    }
    // What goes to the end takes the blank lines before it along.
    if let Some(last) = ranges.last_mut().filter(|last| text[last.end..].trim().is_empty()) {
        *last = text[..last.start].trim_end().len()..text.len();
    }
    ranges.into_iter().map(|range| Edit::new(range.start, range.end, "", Rule::RepeatedParagraphs, 1.0)).collect()
}

/// The list of what was taken out, as JSON: the document in which each paragraph stays, and how similar the two are.
pub fn list(repeated: &[Repeated]) -> Box<[u8]> {
    let mut out = b"[".to_vec();
    for (i, paragraph) in repeated.iter().enumerate() {
        out.extend_from_slice(if i > 0 { b",{\"duplicate_of\":" } else { b"{\"duplicate_of\":" });
        out.extend_from_slice(&paragraph.duplicate_of);
        if paragraph.in_index {
            out.extend_from_slice(b",\"duplicate_in\":\"index\"");
        }
        let similarity = (paragraph.similarity * 1e4).round() / 1e4;
        out.extend_from_slice(format!(",\"similarity\":{similarity}}}").as_bytes());
    }
    out.push(b']');
    out.into()
}

#[cfg(test)]
mod tests {
    use textmill_core::dedup::paragraphs;
    use textmill_core::repair::apply;

    use super::*;

    #[test]
    fn what_goes_leaves_neither_hole_nor_blank_end() {
        let text = "one\n\ntwo\n\n\n  three\n\nfour\n";
        let all: Vec<Range<usize>> = paragraphs(text).collect();
        let cases: [(&[usize], &str); 7] = [
            (&[], text),
            (&[0], "two\n\n\n  three\n\nfour\n"),
            (&[1], "one\n\n  three\n\nfour\n"),
            (&[1, 2], "one\n\nfour\n"),
            (&[3], "one\n\ntwo\n\n\n  three"),
            (&[1, 2, 3], "one"),
            (&[0, 1, 2, 3], ""),
        ];
        for (gone, left) in cases {
            let repeated = |&at: &usize| Repeated {
                range: all[at].clone(),
                duplicate_of: Vec::new(),
                similarity: 1.0,
                in_index: false,
            };
            let repeated: Vec<Repeated> = gone.iter().map(repeated).collect();
            assert_eq!(apply(text, &removals(text, &repeated)), left, "{gone:?}");
        }
    }
}

//! `dedup`'s index and the ledger: the one place where records stand in line. A single owner, fed in the order of the
//! input, decides what is kept; that is why the answer is the same at any number of workers.

mod corpus;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use textmill_core::dedup::{BloomVerdict, COUNTED_BANDS, Verdict};
use textmill_core::repair::Rule;

use super::RunError;
use super::batch::{Position, Rejection, Source};
use super::buffers::Buffers;
use super::checkpoint::Checkpoint;
use super::emit::{Emitter, Target};
use super::judge::{Judge, ReportedCluster};
use super::kernels::Kernels;
use super::ledger::{DropReason, Ledger, Tally};
use super::paragraphs::ParagraphJudge;
use super::refine::{Facts, Refined, RefinedBatch, RefinedRecord};
use super::report::IndexReport;
use super::restore::restore_index;
use super::side_files::{Drop, Evidence, write_dropped, write_rejected};
use super::spill::InIndex;
use super::timing::{StageTimes, ThreadTime};
use crate::config::{Keep, PartitionBy, Plan};
use crate::io::inputs::Root;
use crate::io::stores::StoreFolder;
use crate::progress::Progress;

/// How many records ahead the index is told what it will be asked.
const LOOK_AHEAD: usize = 4;

/// Keeps the order, the index and the books.
pub struct Owner {
    judge: Judge,
    emitter: Emitter,
    buffers: Arc<Buffers>,
    partition_by: PartitionBy,
    progress: Progress,
    /// What became of every record.
    pub ledger: Ledger,
    /// Edits made by each rule in what was emitted.
    pub repairs: [u64; Rule::ALL.len()],
    /// Records and bytes of text emitted, by language of the document.
    pub languages: BTreeMap<String, (u64, u64)>,
    /// Records read and dropped, by source folder or file, for the guard against removing too much.
    pub sources: BTreeMap<String, (u64, u64)>,
    /// Time spent by all stages.
    pub times: StageTimes,
    line: Vec<u8>,
    /// The id of the record that the one at hand is a copy of.
    other: Vec<u8>,
    /// Records and bytes of input that came through.
    found: Tally,
    /// Where the last window ended.
    position: Option<Position>,
    committed: Instant,
    commit_after: Duration,
    /// Which record of a cluster stays, as configured.
    keep: Keep,
    /// How often an index of paragraphs that stays had been written when the run began.
    paragraph_generation: Option<u64>,
    /// Fields of the first record that hold a number, if it lacks the one that says which stays.
    numbers: Vec<String>,
}

impl Owner {
    /// An owner with empty books.
    pub fn new(judge: Judge, plan: &Plan, emitter: Emitter, buffers: Arc<Buffers>, progress: Progress) -> Owner {
        Owner {
            judge,
            emitter,
            buffers,
            partition_by: plan.emit.partition_by,
            progress,
            ledger: Ledger::default(),
            repairs: [0; Rule::ALL.len()],
            languages: BTreeMap::new(),
            sources: BTreeMap::new(),
            times: StageTimes::default(),
            line: Vec::new(),
            other: Vec::new(),
            found: Tally::default(),
            position: None,
            committed: Instant::now(),
            commit_after: Duration::from_secs(plan.run.commit_seconds),
            keep: plan.dedup.keep.clone(),
            paragraph_generation: None,
            numbers: Vec::new(),
        }
    }

    /// Takes up the books of an earlier run, and its index from what it kept.
    ///
    /// # Errors
    /// [`RunError::Read`] for a file of the output that is not as the run left it.
    pub fn restore(
        &mut self,
        checkpoint: Checkpoint,
        plan: &Plan,
        roots: &[Root],
        store: Option<&StoreFolder>,
        kernels: &Kernels,
        paragraphs: Option<&mut ParagraphJudge>,
    ) -> Result<(), RunError> {
        let Checkpoint { position, ledger, repairs, languages, sources, index_generation, .. } = checkpoint;
        (self.position, self.ledger, self.repairs, self.languages, self.sources) =
            (Some(position), ledger, repairs, languages, sources);
        let Some(dedup) = kernels.dedup() else { return Ok(()) };
        let mut sketcher = dedup.sketcher.clone();
        if let Some(judge) = paragraphs {
            if judge.index().generation() != index_generation {
                return Err(judge.index().changed().into());
            }
            let restore = |text: &str, id: &[u8]| Ok(judge.restore(dedup, &mut sketcher, text, id)?);
            return restore_index(plan, roots, store, restore);
        }
        match &mut self.judge {
            Judge::Off | Judge::Corpus(_) => Ok(()),
            Judge::Stream(index) if index.generation() != index_generation => Err(index.changed().into()),
            Judge::Bloom(bloom) if bloom.generation() != index_generation => Err(bloom.changed().into()),
            Judge::Stream(index) => restore_index(plan, roots, store, |text, id| {
                Ok(index.insert(&dedup.sketch(&mut sketcher, text), id).map(|_| ())?)
            }),
            Judge::Bloom(bloom) => restore_index(plan, roots, store, |text, _| {
                bloom.insert(&dedup.sketch(&mut sketcher, text));
                Ok(())
            }),
        }
    }

    /// Notes how often an index of paragraphs that stays had been written.
    pub fn note_paragraphs(&mut self, judge: &ParagraphJudge) {
        self.paragraph_generation = judge.index().generation();
    }

    /// Takes the next batch, in order.
    ///
    /// # Errors
    /// [`RunError::ReaderGone`] if nothing can be written any more, for a reason that the writer knows.
    pub fn take(&mut self, batch: RefinedBatch) -> Result<(), RunError> {
        let start = ThreadTime::now();
        self.times.merge(&batch.times);
        self.ledger.blank_bytes += batch.blank_bytes;
        for &(reason, bytes) in &batch.passed {
            self.ledger.passed.entry(reason).or_default().add(bytes);
        }
        for (at, record) in batch.records.iter().enumerate() {
            self.prefetch(&batch, at + LOOK_AHEAD);
            match record {
                Refined::Rejected(rejection) => self.reject(rejection)?,
                Refined::Record(record) => self.judge(record, &batch)?,
            }
        }
        self.progress.records(batch.records.len() as u64);
        self.buffers.records.give(batch.out);
        // Room for `read` to go on.
        drop(batch.permit);
        self.found.records += batch.found.records;
        self.found.bytes += batch.found.bytes;
        self.ledger.found += batch.found.records;
        self.ledger.input_bytes += batch.found.bytes;
        self.times.dedup.busy += start.elapsed();
        let Some(position) = batch.ends_window else { return Ok(()) };
        self.end_window(position)?;
        match &self.judge {
            Judge::Corpus(corpus) if corpus.is_full() => Err(RunError::IndexFull { records: self.ledger.found }),
            _ => Ok(()),
        }
    }

    /// Ends the frames, so that what follows a window does not depend on where a run began, and notes a checkpoint if
    /// one is due.
    fn end_window(&mut self, position: Position) -> Result<(), RunError> {
        self.emitter.end_frames()?;
        self.position = Some(position);
        if matches!(self.judge, Judge::Corpus(_)) || self.committed.elapsed() < self.commit_after {
            return Ok(());
        }
        self.commit()
    }

    /// Notes the end of the last window as a checkpoint.
    fn commit(&mut self) -> Result<(), RunError> {
        let Some(position) = self.position else { return Ok(()) };
        self.committed = Instant::now();
        let checkpoint = Checkpoint {
            position,
            files: Vec::new(),
            ledger: self.ledger.clone(),
            repairs: self.repairs,
            languages: self.languages.clone(),
            sources: self.sources.clone(),
            index_generation: self.judge.generation().or(self.paragraph_generation),
            columns: None,
        };
        Ok(self.emitter.commit(checkpoint)?)
    }

    /// Ends all files; the books are left, and the index. A run that was interrupted notes how far it came.
    ///
    /// # Errors
    /// [`RunError::ReaderGone`] if nothing can be written any more, for a reason that the writer knows.
    pub fn finish(mut self, interrupted: bool) -> Result<(Books, Judge), RunError> {
        let index = IndexReport::of(&self.judge);
        let mut clusters = Vec::new();
        match std::mem::replace(&mut self.judge, Judge::Off) {
            Judge::Corpus(corpus) => clusters = self.finish_corpus(*corpus)?,
            judge => {
                self.judge = judge;
                if interrupted {
                    self.commit()?;
                }
            }
        }
        let Owner { judge, emitter, ledger, repairs, languages, sources, times, found, .. } = self;
        emitter.finish()?;
        Ok((Books { ledger, repairs, languages, sources, times, index, found, clusters }, judge))
    }

    /// Brings what the record will be compared with into the cache.
    fn prefetch(&self, batch: &RefinedBatch, at: usize) {
        let Some(Refined::Record(RefinedRecord { sketch: Some(sketch), .. })) = batch.records.get(at) else { return };
        match &self.judge {
            Judge::Stream(index) => index.prefetch(sketch),
            Judge::Bloom(bloom) => bloom.index().prefetch(sketch),
            Judge::Off | Judge::Corpus(_) => {}
        }
    }

    fn judge(&mut self, record: &RefinedRecord, batch: &RefinedBatch) -> Result<(), RunError> {
        let (id, line) = (&batch.ids[record.id.clone()], &batch.out[record.line.clone()]);
        if let Some(reason) = record.left_out {
            let evidence = record.repeated.as_deref().filter(|_| reason == DropReason::RepeatedParagraphs);
            let evidence = evidence.map_or(Evidence::None, Evidence::Paragraphs);
            return self.leave_out(id, &record.facts, &Drop { reason, evidence });
        }
        let Some(sketch) = &record.sketch else { return self.keep(&record.facts, line) };
        let mut other = std::mem::take(&mut self.other);
        let drop = match &mut self.judge {
            Judge::Off => None,
            Judge::Corpus(corpus) => {
                if record.facts.weight.is_none() {
                    if corpus.records == 0 {
                        self.numbers = super::weight::number_fields(line);
                    }
                    corpus.without_weight += 1;
                }
                corpus.records += 1;
                let verdict = match &mut corpus.index {
                    Some(index) => index.compare(sketch)?,
                    None => Verdict::Unique { kept: 0 },
                };
                let in_index = match verdict {
                    Verdict::Unique { .. } | Verdict::Empty => {
                        corpus.add(sketch, id, record.facts.weight.unwrap_or(0))?;
                        None
                    }
                    Verdict::ExactDuplicate { of } => Some(InIndex { of, similarity: None }),
                    Verdict::NearDuplicate { of, evidence } => {
                        Some(InIndex { of, similarity: Some(evidence.similarity()) })
                    }
                };
                return corpus.spill.push(&record.facts, id, line, in_index);
            }
            Judge::Bloom(bloom) => {
                let index = bloom.index();
                let rate = index.false_positive_rate(sketch.band_keys.is_empty());
                let unverified = |bands| Evidence::Unverified { bands, false_positive_rate: rate };
                match bloom.insert(sketch) {
                    BloomVerdict::Unique => None,
                    BloomVerdict::Empty => Some(Drop { reason: DropReason::Empty, evidence: Evidence::None }),
                    BloomVerdict::Exact => {
                        Some(Drop { reason: DropReason::ExactDuplicate, evidence: unverified(None) })
                    }
                    BloomVerdict::Near { bands } => {
                        let bands = Some((bands, COUNTED_BANDS));
                        Some(Drop { reason: DropReason::NearDuplicate, evidence: unverified(bands) })
                    }
                }
            }
            Judge::Stream(index) => {
                let (reason, of, similarity) = match index.insert(sketch, id)? {
                    Verdict::Unique { .. } => (None, 0, 0.0),
                    Verdict::Empty => (Some(DropReason::Empty), 0, 0.0),
                    Verdict::ExactDuplicate { of } => (Some(DropReason::ExactDuplicate), of, 1.0),
                    Verdict::NearDuplicate { of, evidence } => {
                        (Some(DropReason::NearDuplicate), of, evidence.similarity())
                    }
                };
                let evidence = match reason {
                    None | Some(DropReason::Empty) => Evidence::None,
                    Some(_) => {
                        index.id(of, &mut other)?;
                        Evidence::Verified { duplicate_of: &other, similarity, in_index: index.is_of_earlier_run(of) }
                    }
                };
                reason.map(|reason| Drop { reason, evidence })
            }
        };
        match &drop {
            None => self.keep(&record.facts, line)?,
            Some(drop) => self.leave_out(id, &record.facts, drop)?,
        }
        self.other = other;
        Ok(())
    }

    fn leave_out(&mut self, id: &[u8], facts: &Facts, drop: &Drop<'_>) -> Result<(), RunError> {
        write_dropped(&mut self.line, id, facts, drop);
        self.ledger.dropped.entry(drop.reason).or_default().add(facts.length);
        self.ledger.rows.dropped.add(&self.line);
        self.ledger.repeated_paragraphs.0 += u64::from(facts.repeated.0);
        self.ledger.repeated_paragraphs.1 += facts.repeated.1;
        self.source_of(facts).1 += 1;
        Ok(self.emitter.push(&Target::Dropped, &self.line)?)
    }

    fn keep(&mut self, record: &Facts, line: &[u8]) -> Result<(), RunError> {
        self.ledger.emitted.add(record.length);
        self.ledger.rows.emitted.add(line);
        self.ledger.repeated_paragraphs.0 += u64::from(record.repeated.0);
        self.ledger.repeated_paragraphs.1 += record.repeated.1;
        self.source_of(record);
        self.repairs.iter_mut().zip(record.repairs).for_each(|(all, one)| *all += u64::from(one));
        match self.languages.get_mut(record.language) {
            Some((records, bytes)) => {
                *records += 1;
                *bytes += record.text_bytes as u64;
            }
            None => {
                self.languages.insert(record.language.to_owned(), (1, record.text_bytes as u64));
            }
        }
        let partition = (self.partition_by == PartitionBy::Language).then(|| record.language.to_owned());
        Ok(self.emitter.push(&Target::Records(partition), line)?)
    }

    /// The counts of the record's source, the record counted.
    fn source_of(&mut self, record: &Facts) -> &mut (u64, u64) {
        let counts = self.sources.entry(source_group(&record.source.name)).or_default();
        counts.0 += 1;
        counts
    }

    fn reject(&mut self, rejection: &Rejection) -> Result<(), RunError> {
        let tally = self.ledger.rejected.entry(rejection.reason).or_default();
        tally.add(rejection.length);
        let (source, offset, detail) = (&rejection.source.name, rejection.offset, &rejection.detail);
        // The first of each kind tells what is wrong; the others stand in `rejected.jsonl`.
        if tally.records == 1 {
            tracing::warn!(source, offset, reason = rejection.reason.name(), "rejected: {detail}");
        } else {
            tracing::debug!(source, offset, reason = rejection.reason.name(), "rejected: {detail}");
        }
        write_rejected(&mut self.line, rejection);
        self.ledger.rows.rejected.add(&self.line);
        Ok(self.emitter.push(&Target::Rejected, &self.line)?)
    }
}

/// What is left of a run when its files are ended.
pub struct Books {
    /// What became of every record.
    pub ledger: Ledger,
    /// Edits made by each rule in what was emitted.
    pub repairs: [u64; Rule::ALL.len()],
    /// Records and bytes of text emitted, by language.
    pub languages: BTreeMap<String, (u64, u64)>,
    /// Records read and dropped, by source.
    pub sources: BTreeMap<String, (u64, u64)>,
    /// Time spent by all stages.
    pub times: StageTimes,
    /// What the index came to.
    pub index: IndexReport,
    /// Records and bytes of input that came through this run; less than the ledger's, where it was resumed.
    pub found: Tally,
    /// The largest clusters, where all were judged together.
    pub clusters: Vec<ReportedCluster>,
}

/// The source as the guard against removing too much counts it: the folder that a file is in, or the file of records, or
/// the archive.
fn source_group(name: &str) -> String {
    if let Some((archive, _)) = name.split_once(Source::ENTRY_MARK) {
        return archive.to_owned();
    }
    if name.contains(".json") || name.contains(".ndjson") || name.contains(".parquet") {
        return name.to_owned();
    }
    name.rsplit_once('/').map_or_else(|| name.to_owned(), |(folder, _)| folder.to_owned())
}

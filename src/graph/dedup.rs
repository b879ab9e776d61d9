//! `dedup`'s index and the ledger: the one place where records stand in line. A single owner, fed in the order of the
//! input, decides what is kept; that is why the answer is the same at any number of workers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use textmill_core::dedup::{Fate, Verdict};
use textmill_core::repair::Rule;

use super::RunError;
use super::batch::{Position, Rejection};
use super::buffers::Buffers;
use super::checkpoint::Checkpoint;
use super::emit::{Emitter, Target};
use super::judge::{Ids, Judge, ReportedCluster, SHOWN_CLUSTERS};
use super::kernels::Kernels;
use super::ledger::{DropReason, Ledger, Tally};
use super::refine::{Facts, Refined, RefinedBatch, RefinedRecord};
use super::restore::restore_index;
use super::side_files::{Drop, write_dropped, write_rejected};
use super::timing::{StageTimes, ThreadTime};
use crate::config::{PartitionBy, Plan};
use crate::io::inputs::Root;
use crate::progress::Progress;

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
    /// Records and bytes of input that came through.
    found: Tally,
    /// Where the last window ended.
    position: Option<Position>,
    committed: Instant,
    commit_after: Duration,
    /// The most that the judge may take.
    index_memory_bytes: u64,
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
            found: Tally::default(),
            position: None,
            committed: Instant::now(),
            commit_after: Duration::from_secs(plan.run.commit_seconds),
            index_memory_bytes: plan.dedup.index_memory_bytes,
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
        kernels: &Kernels,
    ) -> Result<(), RunError> {
        let Checkpoint { position, ledger, repairs, languages, sources, .. } = checkpoint;
        (self.position, self.ledger, self.repairs, self.languages, self.sources) =
            (Some(position), ledger, repairs, languages, sources);
        let (Judge::Stream { index, kept }, Some(dedup)) = (&mut self.judge, kernels.dedup()) else { return Ok(()) };
        restore_index(plan, roots, dedup, index, |id| kept.push(id))
    }

    /// Takes the next batch, in order.
    ///
    /// # Errors
    /// [`RunError::ReaderGone`] if nothing can be written any more, for a reason that the writer knows.
    pub fn take(&mut self, batch: RefinedBatch) -> Result<(), RunError> {
        let start = ThreadTime::now();
        self.times.merge(&batch.times);
        self.ledger.blank_bytes += batch.blank_bytes;
        for record in &batch.records {
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
        if self.judge.memory_bytes() > self.index_memory_bytes {
            self.commit()?;
            return Err(RunError::IndexFull { records: self.ledger.found });
        }
        Ok(())
    }

    /// Ends the frames, so that what follows a window does not depend on where a run began, and notes a checkpoint if
    /// one is due.
    fn end_window(&mut self, position: Position) -> Result<(), RunError> {
        self.emitter.end_frames()?;
        self.position = Some(position);
        if matches!(self.judge, Judge::Corpus { .. }) || self.committed.elapsed() < self.commit_after {
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
        };
        Ok(self.emitter.commit(checkpoint)?)
    }

    /// Ends all files; the books are left. A run that was interrupted notes how far it came.
    ///
    /// # Errors
    /// [`RunError::ReaderGone`] if nothing can be written any more, for a reason that the writer knows.
    pub fn finish(mut self, interrupted: bool) -> Result<Books, RunError> {
        let index_bytes = self.judge.memory_bytes();
        let mut clusters = Vec::new();
        match std::mem::replace(&mut self.judge, Judge::Off) {
            Judge::Corpus { clusters: all, ids, spill, keep } => {
                let start = ThreadTime::now();
                let clustering = all.finish(keep);
                self.times.dedup.busy += start.elapsed();
                spill.drain(|number, facts, spilled| {
                    let fate = clustering.fates[number as usize];
                    self.settle(facts, &spilled.id, &spilled.line, fate, &ids)
                })?;
                let shown = clustering.clusters.iter().take(SHOWN_CLUSTERS);
                clusters = shown.map(|cluster| ReportedCluster::new(cluster, &ids)).collect();
            }
            Judge::Off | Judge::Stream { .. } if interrupted => self.commit()?,
            Judge::Off | Judge::Stream { .. } => {}
        }
        let Owner { emitter, ledger, repairs, languages, sources, times, found, .. } = self;
        emitter.finish()?;
        Ok(Books { ledger, repairs, languages, sources, times, index_bytes, found, clusters })
    }

    fn judge(&mut self, record: &RefinedRecord, batch: &RefinedBatch) -> Result<(), RunError> {
        let (id, line) = (&batch.ids[record.id.clone()], &batch.out[record.line.clone()]);
        let Some(sketch) = &record.sketch else { return self.keep(&record.facts, line) };
        match &mut self.judge {
            Judge::Off => self.keep(&record.facts, line),
            Judge::Corpus { clusters, ids, spill, .. } => {
                clusters.add(sketch, ids.len(), record.facts.text_bytes as u64);
                ids.push(id);
                Ok(spill.push(&record.facts, id, line)?)
            }
            Judge::Stream { index, kept } => {
                let fate = match index.insert(sketch) {
                    Verdict::Unique { .. } => {
                        kept.push(id);
                        Fate::Kept
                    }
                    Verdict::Empty => Fate::Empty,
                    Verdict::ExactDuplicate { of } => Fate::ExactDuplicate { of },
                    Verdict::NearDuplicate { of, evidence } => Fate::NearDuplicate { of, evidence },
                };
                let kept = std::mem::take(kept);
                let settled = self.settle(&record.facts, id, line, fate, &kept);
                if let Judge::Stream { kept: place, .. } = &mut self.judge {
                    *place = kept;
                }
                settled
            }
        }
    }

    /// Writes a record to where it belongs; `ids` are those that its fate may name.
    fn settle(&mut self, facts: &Facts, id: &[u8], line: &[u8], fate: Fate, ids: &Ids) -> Result<(), RunError> {
        let drop = match fate {
            Fate::Kept => return self.keep(facts, line),
            Fate::Empty => Drop { reason: DropReason::Empty, duplicate_of: None, similarity: None },
            Fate::ExactDuplicate { of } => {
                Drop { reason: DropReason::ExactDuplicate, duplicate_of: Some(ids.get(of)), similarity: Some(1.0) }
            }
            Fate::NearDuplicate { of, evidence } => Drop {
                reason: DropReason::NearDuplicate,
                duplicate_of: Some(ids.get(of)),
                similarity: Some(evidence.similarity()),
            },
        };
        write_dropped(&mut self.line, id, facts, &drop);
        self.ledger.dropped.entry(drop.reason).or_default().add(facts.length);
        self.source_of(facts).1 += 1;
        Ok(self.emitter.push(&Target::Dropped, &self.line)?)
    }

    fn keep(&mut self, record: &Facts, line: &[u8]) -> Result<(), RunError> {
        self.ledger.emitted.add(record.length);
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
    /// Bytes that the index took at the end.
    pub index_bytes: u64,
    /// Records and bytes of input that came through this run; less than the ledger's, where it was resumed.
    pub found: Tally,
    /// The largest clusters, where all were judged together.
    pub clusters: Vec<ReportedCluster>,
}

/// The source as the guard against removing too much counts it: the folder that a file is in, or the file of records.
fn source_group(name: &str) -> String {
    if name.contains(".json") || name.contains(".ndjson") {
        return name.to_owned();
    }
    name.rsplit_once('/').map_or_else(|| name.to_owned(), |(folder, _)| folder.to_owned())
}

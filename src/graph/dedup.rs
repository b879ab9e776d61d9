//! `dedup`'s index and the ledger: the one place where records stand in line. A single owner, fed in the order of the
//! input, decides what is kept; that is why the answer is the same at any number of workers.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

use textmill_core::dedup::{Index, Verdict};
use textmill_core::repair::Rule;

use super::RunError;
use super::batch::{Position, Rejection};
use super::checkpoint::Checkpoint;
use super::emit::{Emitter, Target, WriterGone};
use super::kernels::Kernels;
use super::ledger::{DropReason, Ledger, Tally};
use super::refine::{Refined, RefinedBatch, RefinedRecord};
use super::restore::restore_index;
use super::timing::{StageTimes, ThreadTime};
use crate::config::{PartitionBy, Plan};
use crate::formats::json::write_string;
use crate::io::inputs::Root;
use crate::progress::Progress;

/// Keeps the order, the index and the books.
pub struct Owner {
    index: Option<Index>,
    kept: KeptIds,
    emitter: Emitter,
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
}

/// The ids of the records that were kept, as JSON, by their number among the kept.
#[derive(Default)]
struct KeptIds {
    bytes: Vec<u8>,
    ends: Vec<u64>,
}

impl KeptIds {
    fn push(&mut self, id: &[u8]) {
        self.bytes.extend_from_slice(id);
        self.ends.push(self.bytes.len() as u64);
    }

    fn get(&self, number: u32) -> &[u8] {
        let at = number as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.bytes[start..self.ends[at] as usize]
    }
}

/// Why a record is left out.
struct Drop<'a> {
    reason: DropReason,
    duplicate_of: Option<&'a [u8]>,
    similarity: Option<f64>,
}

impl Owner {
    /// An owner with empty books; without an index nothing is a duplicate.
    pub fn new(index: Option<Index>, plan: &Plan, emitter: Emitter, progress: Progress) -> Owner {
        Owner {
            index,
            kept: KeptIds::default(),
            emitter,
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
        }
    }

    /// Takes up the books of an earlier run, and its index from what it kept.
    ///
    /// # Errors
    /// [`RunError::Read`] for a file of the output that is not as the run left it.
    pub fn restore(&mut self, checkpoint: Checkpoint, plan: &Plan, roots: &[Root], kernels: &Kernels) -> Result<(), RunError> {
        let Checkpoint { position, ledger, repairs, languages, sources, .. } = checkpoint;
        (self.position, self.ledger, self.repairs, self.languages, self.sources) = (Some(position), ledger, repairs, languages, sources);
        let (Some(index), Some(dedup)) = (&mut self.index, kernels.dedup()) else { return Ok(()) };
        restore_index(plan, roots, dedup, index, |id| self.kept.push(id))
    }

    /// Bytes that the index and the ids take.
    pub fn index_bytes(&self) -> u64 {
        self.index.as_ref().map_or(0, |index| index.memory_bytes() as u64)
            + (self.kept.bytes.capacity() + self.kept.ends.capacity() * 8) as u64
    }

    /// Takes the next batch, in order.
    ///
    /// # Errors
    /// [`WriterGone`] if nothing can be written any more.
    pub fn take(&mut self, batch: RefinedBatch) -> Result<(), WriterGone> {
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
        // Room for `read` to go on.
        drop(batch.permit);
        self.found.records += batch.found.records;
        self.found.bytes += batch.found.bytes;
        self.ledger.found += batch.found.records;
        self.ledger.input_bytes += batch.found.bytes;
        self.times.dedup.busy += start.elapsed();
        match batch.ends_window {
            Some(position) => self.end_window(position),
            None => Ok(()),
        }
    }

    /// Ends the frames, so that what follows a window does not depend on where a run began, and notes a checkpoint if
    /// one is due.
    fn end_window(&mut self, position: Position) -> Result<(), WriterGone> {
        self.emitter.end_frames()?;
        self.position = Some(position);
        if self.committed.elapsed() < self.commit_after {
            return Ok(());
        }
        self.commit()
    }

    /// Notes the end of the last window as a checkpoint.
    fn commit(&mut self) -> Result<(), WriterGone> {
        let Some(position) = self.position else { return Ok(()) };
        self.committed = Instant::now();
        self.emitter.commit(Checkpoint {
            position,
            files: Vec::new(),
            ledger: self.ledger.clone(),
            repairs: self.repairs,
            languages: self.languages.clone(),
            sources: self.sources.clone(),
        })
    }

    /// Ends all files; the books are left. A run that was interrupted notes how far it came.
    ///
    /// # Errors
    /// [`WriterGone`] if nothing can be written any more.
    pub fn finish(mut self, interrupted: bool) -> Result<Books, WriterGone> {
        if interrupted {
            self.commit()?;
        }
        let index_bytes = self.index_bytes();
        let Owner { emitter, ledger, repairs, languages, sources, times, found, .. } = self;
        emitter.finish()?;
        Ok(Books { ledger, repairs, languages, sources, times, index_bytes, found })
    }

    fn judge(&mut self, record: &RefinedRecord, batch: &RefinedBatch) -> Result<(), WriterGone> {
        let id = &batch.ids[record.id.clone()];
        let verdict = match (&mut self.index, &record.sketch) {
            (Some(index), Some(sketch)) => Some(index.insert(sketch)),
            _ => None,
        };
        let kept = &self.kept;
        let drop = match verdict {
            None => return self.keep(record, &batch.out[record.line.clone()]),
            Some(Verdict::Unique { .. }) => {
                self.kept.push(id);
                return self.keep(record, &batch.out[record.line.clone()]);
            }
            Some(Verdict::Empty) => Drop { reason: DropReason::Empty, duplicate_of: None, similarity: None },
            Some(Verdict::ExactDuplicate { of }) => {
                Drop { reason: DropReason::ExactDuplicate, duplicate_of: Some(kept.get(of)), similarity: Some(1.0) }
            }
            Some(Verdict::NearDuplicate { of, evidence }) => Drop {
                reason: DropReason::NearDuplicate,
                duplicate_of: Some(kept.get(of)),
                similarity: Some(evidence.similarity()),
            },
        };
        write_dropped(&mut self.line, id, record, &drop);
        self.ledger.dropped.entry(drop.reason).or_default().add(record.length);
        self.source_of(record).1 += 1;
        self.emitter.push(&Target::Dropped, &self.line)
    }

    fn keep(&mut self, record: &RefinedRecord, line: &[u8]) -> Result<(), WriterGone> {
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
        self.emitter.push(&Target::Records(partition), line)
    }

    /// The counts of the record's source, the record counted.
    fn source_of(&mut self, record: &RefinedRecord) -> &mut (u64, u64) {
        let counts = self.sources.entry(source_group(&record.source.name)).or_default();
        counts.0 += 1;
        counts
    }

    fn reject(&mut self, rejection: &Rejection) -> Result<(), WriterGone> {
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
        self.emitter.push(&Target::Rejected, &self.line)
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
}

/// The source as the guard against removing too much counts it: the folder that a file is in, or the file of records.
fn source_group(name: &str) -> String {
    if name.contains(".json") || name.contains(".ndjson") {
        return name.to_owned();
    }
    name.rsplit_once('/').map_or_else(|| name.to_owned(), |(folder, _)| folder.to_owned())
}

fn write_dropped(line: &mut Vec<u8>, id: &[u8], record: &RefinedRecord, drop: &Drop<'_>) {
    line.clear();
    line.extend_from_slice(b"{\"id\":");
    line.extend_from_slice(id);
    line.extend_from_slice(b",\"source\":");
    write_string(&record.source.name, line);
    // Writing to memory cannot fail.
    let _ = write!(line, ",\"offset\":{},\"reason\":\"{}\"", record.offset, drop.reason.name());
    if let Some(of) = drop.duplicate_of {
        line.extend_from_slice(b",\"duplicate_of\":");
        line.extend_from_slice(of);
    }
    if let Some(similarity) = drop.similarity {
        let _ = write!(line, ",\"similarity\":{}", (similarity * 1e4).round() / 1e4);
    }
    line.extend_from_slice(b"}\n");
}

fn write_rejected(line: &mut Vec<u8>, rejection: &Rejection) {
    use base64::Engine;
    line.clear();
    line.extend_from_slice(b"{\"source\":");
    write_string(&rejection.source.name, line);
    // Writing to memory cannot fail.
    let _ = write!(line, ",\"offset\":{},\"length\":{}", rejection.offset, rejection.length);
    let _ = write!(line, ",\"reason\":\"{}\",\"detail\":", rejection.reason.name());
    write_string(&rejection.detail, line);
    line.extend_from_slice(b",\"bytes\":");
    write_string(&base64::engine::general_purpose::STANDARD.encode(&rejection.bytes), line);
    line.extend_from_slice(b"}\n");
}

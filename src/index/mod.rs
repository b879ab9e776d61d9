//! The index of `dedup` beyond what fits into memory and beyond one run.
//!
//! What does not fit is frozen: written to a segment, a file that never changes again (`segment`), and looked up there;
//! segments that become many are merged (`parts`, `merge`). With `dedup.index` the segments stay, named by a manifest
//! (`folder`), and the next run goes on from them. [`KeptIndex`] ties these together and is where to start reading. Answers
//! do not depend on where a document lies. Nothing here decides what is a duplicate: that is the kernel's.

mod error;
mod rows;
mod ids;
mod segment;
mod segment_writer;
mod merge;
mod parts;
mod folder;
mod bloom;
mod join;
mod sorted;
mod shelf;
mod fates;
mod settle;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use textmill_core::dedup::{
    Clusters, ConfigError, DedupConfig, Earlier, Index, KERNEL_VERSION, Sketch, Statistics, Verdict,
};

pub use bloom::KeptBloom;
pub use error::IndexError;
pub use fates::{Fates, SettledFate};
pub use folder::{FileEntry, IndexFolder, Manifest};
pub use ids::Ids;
pub use join::{Joined, Removal, join};
pub use parts::Place;
pub use rows::Rows;
pub use settle::{BYTES_PER_DOCUMENT, LEAST_BYTES, LargeCluster, Settled, settle};
pub use shelf::Shelf;

use crate::config::{DedupPlan, IndexKind};
use error::at;
use parts::Parts;
use segment::Segment;

/// Share of the memory that what is not frozen may take, in tenths: the rest is for tables that grow, and for writing.
const ACTIVE_TENTHS: u64 = 9;
/// Share of the memory that filters of frozen parts may take, as a divisor.
const FILTERS_DIVISOR: u64 = 3;

/// An index, part of it in memory and part of it on disk.
pub struct KeptIndex {
    config: DedupConfig,
    active: Box<Index>,
    /// Ids of what is in memory.
    ids: Ids,
    /// The number of the first document in memory.
    base: u32,
    parts: Parts,
    earlier: Earlier,
    memory_bytes: u64,
    statistics: Statistics,
    kept: Option<KeptFolder>,
}

/// Where an index stays, and whose run it is.
struct KeptFolder {
    folder: IndexFolder,
    run_id: String,
    /// The run's documents are in the index already: it was killed after that, and is taken up again.
    is_committed: bool,
}

/// Where an index lies and how much of it may be in memory.
pub struct Setting<'a> {
    /// Where it stays, if it does.
    pub path: Option<&'a Path>,
    /// Where it is written if it does not stay.
    pub temporary: &'a Path,
    /// What the run is known by.
    pub run_id: &'a str,
    /// How documents are compared: see [`settings`].
    pub settings: Map<String, Value>,
    /// The most memory that it takes.
    pub memory_bytes: u64,
}

impl<'a> Setting<'a> {
    /// What a plan says of the index; `temporary` is for what does not stay.
    pub fn of(plan: &'a DedupPlan, temporary: &'a Path, run_id: &'a str) -> Setting<'a> {
        let memory_bytes = plan.index_memory_bytes;
        Setting { path: plan.index.as_deref(), temporary, run_id, settings: settings(plan), memory_bytes }
    }
}

impl KeptFolder {
    /// The folder for a run, opened or begun.
    fn open(path: &Path, setting: &Setting<'_>) -> Result<KeptFolder, IndexError> {
        let folder = IndexFolder::open_or_create(path, &setting.settings)?;
        let is_committed = folder.manifest.last_run.id == setting.run_id;
        Ok(KeptFolder { folder, run_id: setting.run_id.to_owned(), is_committed })
    }

    /// How often the index had been written when the run began.
    fn generation(&self) -> u64 {
        self.folder.manifest.generation - u64::from(self.is_committed)
    }

    /// Says that another run came between this one and its beginning.
    fn changed(kept: Option<&KeptFolder>) -> IndexError {
        IndexError::Changed { path: kept.map_or_else(PathBuf::new, |kept| kept.folder.path.clone()) }
    }
}

impl KeptIndex {
    /// Opens the index, or begins one.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn open(config: &DedupConfig, setting: &Setting<'_>) -> Result<KeptIndex, IndexError> {
        let mut segments = Vec::new();
        let mut documents = 0;
        let mut place = Place::Temporary(setting.temporary.to_owned());
        let mut kept = None;
        if let Some(path) = setting.path {
            let opened = KeptFolder::open(path, setting)?;
            let manifest = &opened.folder.manifest;
            segments = open_segments(&opened.folder)?;
            let before = if opened.is_committed { manifest.last_run.documents_before } else { manifest.documents };
            documents = u32::try_from(before).map_err(|_| IndexError::Full)?;
            let prefix = format!("segment-{:06}-", manifest.generation + 1);
            place = Place::Kept { folder: path.to_owned(), prefix, named: 0 };
            kept = Some(opened);
        }
        let mut parts = Parts::new(segments, documents, place);
        parts.shrink_to(setting.memory_bytes / FILTERS_DIVISOR);
        Ok(KeptIndex {
            active: Box::new(new_index(config, documents)?),
            config: config.clone(),
            ids: Ids::default(),
            base: documents,
            parts,
            earlier: Earlier::default(),
            memory_bytes: setting.memory_bytes,
            statistics: Statistics::default(),
            kept,
        })
    }

    /// Compares a document with all that were kept, in this run or before, and keeps it if it is like none.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn insert(&mut self, sketch: &Sketch, id: &[u8]) -> Result<Verdict, IndexError> {
        let verdict = self.compare(sketch)?;
        if let Verdict::Unique { .. } = verdict {
            self.keep(sketch, id)?;
        }
        Ok(verdict)
    }

    /// Keeps a document that was chosen from a corpus, whatever is like it.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn insert_chosen(&mut self, sketch: &Sketch, id: &[u8]) -> Result<(), IndexError> {
        match self.compare(sketch)? {
            Verdict::Unique { .. } | Verdict::NearDuplicate { .. } => self.keep(sketch, id),
            Verdict::ExactDuplicate { .. } | Verdict::Empty => Ok(()),
        }
    }

    /// Keeps the document that was just compared.
    fn keep(&mut self, sketch: &Sketch, id: &[u8]) -> Result<(), IndexError> {
        self.active.keep(sketch);
        self.ids.push(id);
        if self.is_over() { self.freeze() } else { Ok(()) }
    }

    /// Compares a document with all that were kept, and does not keep it.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn compare(&mut self, sketch: &Sketch) -> Result<Verdict, IndexError> {
        if self.active.next_number().is_none() {
            return Err(IndexError::Full);
        }
        if self.parts.is_empty() || sketch.empty {
            return Ok(self.active.compare(sketch, None));
        }
        self.parts.look_up(sketch, &mut self.earlier)?;
        Ok(self.active.compare(sketch, Some(&self.earlier)))
    }

    /// Brings what [`insert`](KeptIndex::insert) will look at into the cache. Call it a few documents ahead.
    pub fn prefetch(&self, sketch: &Sketch) {
        self.active.prefetch(sketch);
    }

    /// The id of a kept document, as JSON, in place of what was in `out`.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn id(&self, number: u32, out: &mut Vec<u8>) -> Result<(), IndexError> {
        if let Some(local) = number.checked_sub(self.base) {
            self.ids.read(local, out);
            return Ok(());
        }
        out.clear();
        self.parts.read_id(number, out)
    }

    /// Whether a document was kept by an earlier run.
    pub fn is_of_earlier_run(&self, number: u32) -> bool {
        number < self.parts.earlier_documents
    }

    /// Documents kept by earlier runs.
    pub fn earlier_documents(&self) -> u32 {
        self.parts.earlier_documents
    }

    /// Documents kept, by this run and before.
    pub fn documents(&self) -> u64 {
        u64::from(self.base) + self.active.len() as u64
    }

    /// Of these, the documents on disk.
    pub fn frozen_documents(&self) -> u64 {
        u64::from(self.base)
    }

    /// Bytes of memory that it takes.
    pub fn memory_in_use(&self) -> u64 {
        self.active_bytes() + self.parts.memory_bytes()
    }

    /// How often the index on disk had been written when the run began; nothing where it does not stay.
    pub fn generation(&self) -> Option<u64> {
        self.kept.as_ref().map(KeptFolder::generation)
    }

    /// Says that another run came between this one and its beginning.
    pub fn changed(&self) -> IndexError {
        KeptFolder::changed(self.kept.as_ref())
    }

    /// What was done so far.
    pub fn statistics(&self) -> Statistics {
        let (done, now) = (self.statistics, self.active.statistics());
        Statistics {
            candidates: done.candidates + now.candidates,
            compared: done.compared + now.compared,
            full_buckets: done.full_buckets + now.full_buckets,
        }
    }

    /// Makes what this run has kept part of the index, if it stays: all of it or, if that fails, nothing.
    ///
    /// # Errors
    /// [`IndexError`]; the index is then what it was.
    pub fn commit(mut self) -> Result<(), IndexError> {
        if self.kept.as_ref().is_none_or(|kept| kept.is_committed) {
            return Ok(());
        }
        if !self.active.is_empty() {
            self.freeze()?;
        }
        self.parts.merge_all_alike()?;
        let documents = self.documents();
        let Some(KeptFolder { folder, run_id, .. }) = &mut self.kept else { return Ok(()) };
        let mut rows = Rows::default();
        let mut files = Vec::new();
        for segment in self.parts.segments() {
            rows.merge(segment.contents.rows);
            files.push(entry_of(segment, &folder.path)?);
        }
        folder.commit(files, documents, rows, run_id)
    }

    fn is_over(&self) -> bool {
        let left = self.memory_bytes.saturating_sub(self.parts.memory_bytes());
        self.active_bytes() > left * ACTIVE_TENTHS / 10
    }

    fn active_bytes(&self) -> u64 {
        self.active.memory_bytes() as u64 + self.ids.memory_bytes()
    }

    /// Writes what is in memory to disk, and begins anew.
    fn freeze(&mut self) -> Result<(), IndexError> {
        self.statistics = self.statistics();
        self.parts.freeze(&self.active, &self.ids, self.base)?;
        self.base += self.active.len() as u32;
        *self.active = new_index(&self.config, self.base)?;
        self.ids = Ids::default();
        // Only now: merging takes memory too.
        self.parts.merge_alike()?;
        self.parts.shrink_to(self.memory_bytes / FILTERS_DIVISOR);
        Ok(())
    }
}

/// A configuration that was checked before; what is wrong with it after all is told as such.
fn new_index(config: &DedupConfig, base: u32) -> Result<Index, IndexError> {
    Index::with_base(config, base).map_err(refused)
}

/// Documents of a corpus, none yet; likewise.
///
/// # Errors
/// [`IndexError`] for a configuration that was not checked.
pub fn new_clusters(config: &DedupConfig) -> Result<Clusters, IndexError> {
    Clusters::new(config).map_err(refused)
}

fn refused(error: ConfigError) -> IndexError {
    IndexError::File { path: PathBuf::new(), source: std::io::Error::other(error) }
}

/// The segments that a manifest names, each checked.
fn open_segments(folder: &IndexFolder) -> Result<Vec<Segment>, IndexError> {
    let mut segments = Vec::new();
    let mut base = 0_u64;
    for file in &folder.manifest.files {
        let path = folder.path.join(&file.name);
        let first = u32::try_from(base).map_err(|_| IndexError::Full)?;
        let segment = Segment::open(&path, first).map_err(at(&path))?;
        if u64::from(segment.contents.documents) != file.documents {
            let what = "it holds another number of documents than the manifest says".to_owned();
            return Err(IndexError::Damaged { path, what });
        }
        base += file.documents;
        segments.push(segment);
    }
    Ok(segments)
}

/// What an index is made of, after every byte of it was read and checked.
///
/// # Errors
/// [`IndexError`] for what is no index, is damaged, or is at work.
pub fn inspect(path: &Path) -> Result<Manifest, IndexError> {
    let folder = IndexFolder::open(path)?;
    let is_bloom = folder.manifest.settings.get("index_kind").and_then(Value::as_str) == Some("bloom");
    if !is_bloom {
        let mut rows = Rows::default();
        open_segments(&folder)?.iter().for_each(|segment| rows.merge(segment.contents.rows));
        if rows != folder.manifest.rows {
            let what = "its rows are not those that the manifest tells of".to_owned();
            return Err(IndexError::Damaged { path: path.to_owned(), what });
        }
        return Ok(folder.manifest);
    }
    for file in &folder.manifest.files {
        let path = folder.path.join(&file.name);
        bloom::read(&path).map_err(at(&path))?;
    }
    Ok(folder.manifest)
}

/// The entry of a segment in the manifest; its bytes are on disk afterwards.
fn entry_of(segment: &Segment, folder: &Path) -> Result<FileEntry, IndexError> {
    let path = segment.path.as_deref().unwrap_or(folder);
    segment.sync().map_err(at(path))?;
    Ok(FileEntry {
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        documents: segment.contents.documents.into(),
        bytes: segment.file_bytes().map_err(at(path))?,
    })
}

/// How documents are compared: what must be the same for as long as an index lives.
pub fn settings(plan: &DedupPlan) -> Map<String, Value> {
    let mut settings = Map::new();
    let mut set = |key: &str, value: Value| settings.insert(key.to_owned(), value);
    set("kernels", json!(KERNEL_VERSION));
    set("index_kind", json!(plan.index_kind.to_string()));
    set("unit", json!(plan.unit.to_string()));
    set("similarity", json!(plan.similarity));
    set("exact_only", json!(plan.exact_only));
    set("shingle_tokens", json!(plan.shingle_tokens));
    set("fold_case", json!(plan.fold_case));
    set("drop_punctuation", json!(plan.drop_punctuation));
    set("fold_digits", json!(plan.fold_digits));
    if plan.index_kind == IndexKind::Bloom {
        set("expected_documents", json!(plan.expected_documents));
    }
    settings
}

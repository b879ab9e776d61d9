//! By what records are judged: as they come, against those kept so far, or all together.

use std::path::{Path, PathBuf};

use textmill_core::dedup::{Clusters, ConfigError, DedupConfig, Keep, Sketch};

use super::RunError;
use super::kernels::{Dedup, KernelError, Kernels};
use super::spill::Spill;
use crate::config::{self, DedupScope, IndexKind, Output, Plan};
use crate::index::{self, BYTES_PER_DOCUMENT, Ids, IndexError, KeptBloom, KeptIndex, LEAST_BYTES, LargeCluster, Shelf};

/// By what records are judged.
pub enum Judge {
    /// Every record is kept.
    Off,
    /// As they come, against those kept so far.
    Stream(Box<KeptIndex>),
    /// As they come, against what was seen of those kept so far.
    Bloom(Box<KeptBloom>),
    /// All together, once all are there.
    Corpus(Box<Corpus>),
}

/// The records of a corpus until all are there.
pub struct Corpus {
    /// How they are compared.
    pub config: DedupConfig,
    /// The most memory that may be taken for them, beside what an index takes.
    pub memory_bytes: u64,
    /// Those that do not fit into memory, which came before the others.
    pub shelf: Option<Shelf>,
    /// What is compared of the others.
    pub clusters: Clusters,
    /// Their ids.
    pub ids: Ids,
    /// Where they wait.
    pub spill: Spill,
    /// Which of a cluster stays.
    pub keep: Keep,
    /// Records in which the field is missing that says which stays.
    pub without_weight: u64,
    /// What earlier runs kept, if an index stays.
    pub index: Option<Box<KeptIndex>>,
    /// Records so far.
    pub records: u64,
}

impl Corpus {
    /// Documents so far.
    pub fn documents(&self) -> u64 {
        self.on_disk() + self.ids.count()
    }

    /// Of these, those on disk.
    pub fn on_disk(&self) -> u64 {
        self.shelf.as_ref().map_or(0, |shelf| shelf.count().into())
    }

    /// Bytes of memory that the documents take.
    pub fn memory_in_use(&self) -> u64 {
        self.clusters.memory_to_finish() as u64 + self.ids.memory_bytes()
    }

    /// Whether no more documents can come, for lack of memory.
    pub fn is_full(&self) -> bool {
        // What follows takes no more than this, however many of them are alike.
        self.documents() * BYTES_PER_DOCUMENT + LEAST_BYTES > self.memory_bytes
    }

    /// Adds a document.
    ///
    /// # Errors
    /// [`IndexError`] if it cannot be written.
    pub fn add(&mut self, sketch: &Sketch, id: &[u8], weight: u64) -> Result<(), IndexError> {
        if self.documents() >= u64::from(u32::MAX) {
            return Err(IndexError::Full);
        }
        self.clusters.add(sketch, self.ids.count(), weight);
        self.ids.push(id);
        if self.memory_in_use() > self.memory_bytes { self.shelve() } else { Ok(()) }
    }

    /// Writes what is in memory to disk.
    ///
    /// # Errors
    /// [`IndexError`] if it cannot be written.
    pub fn shelve(&mut self) -> Result<(), IndexError> {
        let shelf = match &mut self.shelf {
            Some(shelf) => shelf,
            none => none.insert(Shelf::create(self.spill.folder())?),
        };
        let clusters = std::mem::replace(&mut self.clusters, index::new_clusters(&self.config)?);
        shelf.put(clusters, &std::mem::take(&mut self.ids))
    }
}

impl Judge {
    /// The judge that a plan asks for, with nothing seen but what an index kept. `run_id` is what the run is known by.
    ///
    /// # Errors
    /// [`RunError`] for a setting that the kernel does not take, for an index that cannot be used, or if no temporary file
    /// can be made.
    pub fn new(plan: &Plan, kernels: &Kernels, run_id: &str) -> Result<Judge, RunError> {
        // Where paragraphs are compared, `paragraphs` does it, before records are written.
        let by_document = kernels.dedup().filter(|dedup| dedup.min_paragraph_tokens.is_none());
        let Some(Dedup { config, .. }) = by_document else { return Ok(Judge::Off) };
        let refused = |error: ConfigError| KernelError::Setting(error.to_string());
        let folder = folder_for_temporary_files(plan);
        let mut setting = index::Setting::of(&plan.dedup, &folder, run_id);
        if plan.dedup.index_kind == IndexKind::Bloom {
            let bloom = KeptBloom::open(config, &setting, plan.dedup.expected_documents, plan.dedup.exact_only)?;
            return Ok(Judge::Bloom(Box::new(bloom)));
        }
        if plan.dedup.scope == DedupScope::Stream {
            return Ok(Judge::Stream(Box::new(KeptIndex::open(config, &setting)?)));
        }
        if setting.path.is_some() {
            // The other half is for the corpus.
            setting.memory_bytes /= 2;
        }
        Ok(Judge::Corpus(Box::new(Corpus {
            config: config.clone(),
            memory_bytes: setting.memory_bytes,
            shelf: None,
            clusters: Clusters::new(config).map_err(refused)?,
            ids: Ids::default(),
            spill: Spill::create(&folder).map_err(|source| RunError::Write { path: folder.clone(), source })?,
            keep: if plan.dedup.keep == config::Keep::First { Keep::First } else { Keep::Heaviest },
            without_weight: 0,
            index: match setting.path {
                Some(_) => Some(Box::new(KeptIndex::open(config, &setting)?)),
                None => None,
            },
            records: 0,
        })))
    }

    /// Bytes that the index and the ids take.
    pub fn memory_bytes(&self) -> u64 {
        match self {
            Judge::Off => 0,
            Judge::Stream(index) => index.memory_in_use(),
            Judge::Bloom(bloom) => bloom.index().memory_bytes(),
            Judge::Corpus(corpus) => {
                corpus.memory_in_use() + corpus.index.as_ref().map_or(0, |index| index.memory_in_use())
            }
        }
    }

    /// How often an index that stays had been written when the run began.
    pub fn generation(&self) -> Option<u64> {
        match self {
            Judge::Stream(index) => index.generation(),
            Judge::Bloom(bloom) => bloom.generation(),
            Judge::Corpus(corpus) => corpus.index.as_ref().and_then(|index| index.generation()),
            Judge::Off => None,
        }
    }

    /// Makes what was kept part of the index, if it stays.
    ///
    /// # Errors
    /// [`RunError::Index`]; the index is then what it was.
    pub fn commit(self) -> Result<(), RunError> {
        match self {
            Judge::Stream(index) => Ok(index.commit()?),
            Judge::Bloom(bloom) => Ok(bloom.commit()?),
            Judge::Off | Judge::Corpus(_) => Ok(()),
        }
    }
}

/// Beside the output, where there is room for it; else where the system keeps such files.
pub fn folder_for_temporary_files(plan: &Plan) -> PathBuf {
    match &plan.emit.output {
        Output::Folder(folder) if folder.is_dir() => folder.clone(),
        Output::File(path) if !path.starts_with("/dev") => {
            path.parent().map_or_else(std::env::temp_dir, Path::to_owned)
        }
        Output::Folder(_) | Output::File(_) | Output::Stdout => std::env::temp_dir(),
    }
}

/// Clusters that the summary tells of.
pub const SHOWN_CLUSTERS: usize = 20;

/// A cluster as the summary tells of it; ids are JSON.
pub struct ReportedCluster {
    /// The record that stays.
    pub survivor: String,
    /// How many were removed for it.
    pub removed: u64,
    /// The first of those.
    pub examples: Vec<String>,
}

impl ReportedCluster {
    /// A cluster with the ids of its records.
    ///
    /// # Errors
    /// What `id` gives, which puts an id in place of what was in the buffer.
    pub fn new(
        cluster: &LargeCluster,
        id: impl Fn(u32, &mut Vec<u8>) -> Result<(), IndexError>,
    ) -> Result<ReportedCluster, IndexError> {
        let mut buffer = Vec::new();
        let mut text = |number: u32| {
            id(number, &mut buffer)?;
            Ok(String::from_utf8_lossy(&buffer).into_owned())
        };
        Ok(ReportedCluster {
            survivor: text(cluster.survivor)?,
            removed: cluster.removed,
            examples: cluster.examples.iter().map(|&number| text(number)).collect::<Result<_, _>>()?,
        })
    }
}

//! By what records are judged: as they come, against those kept so far, or all together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use textmill_core::dedup::{Cluster, Clusters, ConfigError, Keep};

use super::RunError;
use super::kernels::{Dedup, KernelError, Kernels};
use super::ledger::DropReason;
use super::spill::Spill;
use crate::config::{self, DedupScope, IndexKind, Output, Plan};
use crate::index::{self, Ids, KeptBloom, KeptIndex};

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
    /// What is compared of them.
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
    /// Records that are like one that an earlier run kept, by their number among all records.
    pub in_index: BTreeMap<u64, InIndex>,
    /// Records so far.
    pub records: u64,
}

/// A record that is like one that an earlier run kept.
pub struct InIndex {
    /// Why it is left out.
    pub reason: DropReason,
    /// The number of the one that was kept.
    pub of: u32,
    /// How similar the two are.
    pub similarity: f64,
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
        let setting = index::Setting {
            path: plan.dedup.index.as_deref(),
            temporary: &folder,
            run_id,
            settings: index::settings(&plan.dedup),
            memory_bytes: plan.dedup.index_memory_bytes,
        };
        if plan.dedup.index_kind == IndexKind::Bloom {
            let bloom = KeptBloom::open(config, &setting, plan.dedup.expected_documents, plan.dedup.exact_only)?;
            return Ok(Judge::Bloom(Box::new(bloom)));
        }
        if plan.dedup.scope == DedupScope::Stream {
            return Ok(Judge::Stream(Box::new(KeptIndex::open(config, &setting)?)));
        }
        Ok(Judge::Corpus(Box::new(Corpus {
            clusters: Clusters::new(config).map_err(refused)?,
            ids: Ids::default(),
            spill: Spill::create(&folder).map_err(|source| RunError::Write { path: folder.clone(), source })?,
            keep: if plan.dedup.keep == config::Keep::First { Keep::First } else { Keep::Heaviest },
            without_weight: 0,
            index: match setting.path {
                Some(_) => Some(Box::new(KeptIndex::open(config, &setting)?)),
                None => None,
            },
            in_index: BTreeMap::new(),
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
                let index = corpus.index.as_ref().map_or(0, |index| index.memory_in_use());
                corpus.clusters.memory_bytes() as u64 + corpus.ids.memory_bytes() + index
            }
        }
    }

    /// How often an index that stays had been written when the run began.
    pub fn generation(&self) -> Option<u64> {
        match self {
            Judge::Stream(index) => index.generation(),
            Judge::Bloom(bloom) => bloom.generation(),
            Judge::Off | Judge::Corpus(_) => None,
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
/// Removed records that it names of each.
const SHOWN_REMOVED: usize = 5;

/// A cluster as the summary tells of it; ids are JSON.
pub struct ReportedCluster {
    /// The record that stays.
    pub survivor: String,
    /// How many were removed for it.
    pub removed: usize,
    /// The first of those.
    pub examples: Vec<String>,
}

impl ReportedCluster {
    /// A cluster with the ids of its records.
    pub fn new(cluster: &Cluster, ids: &Ids) -> ReportedCluster {
        let text = |number: u32| String::from_utf8_lossy(ids.get(number)).into_owned();
        ReportedCluster {
            survivor: text(cluster.survivor),
            removed: cluster.removed.len(),
            examples: cluster.removed.iter().take(SHOWN_REMOVED).map(|&number| text(number)).collect(),
        }
    }
}

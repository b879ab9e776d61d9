//! By what records are judged: as they come, against those kept so far, or all together; and the ids that a judgement
//! names.

use std::path::Path;

use textmill_core::dedup::{Cluster, Clusters, Index, Keep};

use super::RunError;
use super::kernels::{Dedup, KernelError, Kernels};
use super::spill::Spill;
use crate::config::{self, DedupScope, Output, Plan};

/// By what records are judged.
pub enum Judge {
    /// Every record is kept.
    Off,
    /// As they come, against those kept so far.
    Stream {
        /// The records kept so far.
        index: Box<Index>,
        /// Their ids.
        kept: Ids,
    },
    /// All together, once all are there.
    Corpus {
        /// All records.
        clusters: Box<Clusters>,
        /// Their ids.
        ids: Ids,
        /// Where they wait.
        spill: Spill,
        /// Which of a cluster stays.
        keep: Keep,
    },
}

impl Judge {
    /// The judge that a plan asks for, with nothing seen.
    ///
    /// # Errors
    /// [`RunError`] for a setting that the kernel does not take, or if no temporary file can be made.
    pub fn new(plan: &Plan, kernels: &Kernels) -> Result<Judge, RunError> {
        let Some(Dedup { config, .. }) = kernels.dedup() else { return Ok(Judge::Off) };
        let refused = |error: textmill_core::dedup::ConfigError| KernelError::Setting(error.to_string());
        if plan.dedup.scope == DedupScope::Stream {
            return Ok(Judge::Stream { index: Box::new(Index::new(config).map_err(refused)?), kept: Ids::default() });
        }
        let folder = match &plan.emit.output {
            Output::Folder(folder) => folder.clone(),
            Output::File(path) if !path.starts_with("/dev") => {
                path.parent().map_or_else(std::env::temp_dir, Path::to_owned)
            }
            Output::File(_) | Output::Stdout => std::env::temp_dir(),
        };
        Ok(Judge::Corpus {
            clusters: Box::new(Clusters::new(config).map_err(refused)?),
            ids: Ids::default(),
            spill: Spill::create(&folder).map_err(|source| RunError::Write { path: folder, source })?,
            keep: if plan.dedup.keep == config::Keep::Longest { Keep::Longest } else { Keep::First },
        })
    }

    /// Bytes that the index and the ids take.
    pub fn memory_bytes(&self) -> u64 {
        match self {
            Judge::Off => 0,
            Judge::Stream { index, kept } => index.memory_bytes() as u64 + kept.memory_bytes(),
            Judge::Corpus { clusters, ids, .. } => clusters.memory_bytes() as u64 + ids.memory_bytes(),
        }
    }
}

/// The ids of records, as JSON, by their number.
#[derive(Default)]
pub struct Ids {
    bytes: Vec<u8>,
    ends: Vec<u64>,
}

impl Ids {
    pub fn push(&mut self, id: &[u8]) {
        self.bytes.extend_from_slice(id);
        self.ends.push(self.bytes.len() as u64);
    }

    pub fn len(&self) -> u64 {
        self.ends.len() as u64
    }

    pub fn memory_bytes(&self) -> u64 {
        (self.bytes.capacity() + self.ends.capacity() * 8) as u64
    }

    pub fn get(&self, number: u32) -> &[u8] {
        let at = number as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.bytes[start..self.ends[at] as usize]
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

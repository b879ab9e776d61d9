//! The end of a run that judges its records all together: clusters first, then every record in its order.

use textmill_core::dedup::{Clustering, Clusters, Fate, Sketch};

use super::Owner;
use crate::graph::RunError;
use crate::graph::judge::{Corpus, Judge, ReportedCluster, SHOWN_CLUSTERS};
use crate::graph::ledger::DropReason;
use crate::graph::side_files::{Drop, Evidence};
use crate::graph::spill::InIndex;
use crate::graph::timing::ThreadTime;
use crate::index::{Ids, IndexError, LargeCluster, SettledFate, Shelf, settle};

impl Owner {
    /// Settles all records of a corpus.
    ///
    /// # Errors
    /// [`RunError::NoWeight`] if no record has the number that says which stays; what the index or the disk says.
    pub(super) fn finish_corpus(&mut self, mut corpus: Corpus) -> Result<Vec<ReportedCluster>, RunError> {
        let start = ThreadTime::now();
        let (without_weight, records) = (corpus.without_weight, corpus.records);
        if without_weight > 0 && without_weight == records {
            let (keep, fields) = (self.keep.to_string(), std::mem::take(&mut self.numbers));
            return Err(RunError::NoWeight { keep, records: without_weight, fields });
        }
        if without_weight > 0 {
            let keep = self.keep.to_string();
            tracing::warn!(keep, "{without_weight} of {records} records have no number in the field of dedup.keep");
        }
        if corpus.shelf.is_some() {
            corpus.shelve()?;
        }
        let Corpus { config, memory_bytes, keep, shelf, clusters, ids, spill, mut index, .. } = corpus;
        let documents = match shelf {
            None => Documents::InMemory(clusters, ids),
            Some(shelf) => Documents::OnDisk(shelf),
        };
        let (mut next_fate, clusters) = match &documents {
            Documents::InMemory(clusters, _) => {
                let Clustering { fates, clusters, .. } = clusters.finish(keep);
                let mut fates = fates.into_iter().map(settled);
                let next: NextFate<'_> = Box::new(move || Ok(fates.next().unwrap_or(SettledFate::Kept)));
                let shown = clusters.iter().take(SHOWN_CLUSTERS);
                (next, shown.map(|cluster| LargeCluster::new(cluster.survivor, &cluster.removed)).collect())
            }
            Documents::OnDisk(shelf) => {
                let settled = settle(shelf, &config, keep, SHOWN_CLUSTERS, memory_bytes)?;
                let settled = settled.ok_or(RunError::IndexFull { records })?;
                let mut next = shelf.told(|| settled.fates.all())?;
                let next: NextFate<'_> = Box::new(move || shelf.told(&mut next));
                (next, settled.clusters)
            }
        };
        self.times.dedup.busy += start.elapsed();
        let mut other = std::mem::take(&mut self.other);
        let mut clustered = 0;
        spill.drain(|facts, spilled| -> Result<(), RunError> {
            let (of, similarity, in_index) = match (spilled.in_index, &mut index) {
                (Some(InIndex { of, similarity }), Some(index)) => {
                    index.id(of, &mut other)?;
                    (of, similarity, true)
                }
                (_, index) => {
                    let number = clustered;
                    clustered += 1;
                    match next_fate()? {
                        SettledFate::Kept => {
                            if let Some(index) = index {
                                index.insert_chosen(&documents.sketch(number)?, &spilled.id)?;
                            }
                            return self.keep(facts, &spilled.line);
                        }
                        SettledFate::Empty => {
                            let drop = Drop { reason: DropReason::Empty, evidence: Evidence::None };
                            return self.leave_out(&spilled.id, facts, &drop);
                        }
                        SettledFate::ExactDuplicate(of) => (of, None, false),
                        SettledFate::NearDuplicate(of, similarity) => (of, Some(similarity), false),
                    }
                }
            };
            if !in_index {
                documents.id(of, &mut other)?;
            }
            let reason = if similarity.is_some() { DropReason::NearDuplicate } else { DropReason::ExactDuplicate };
            let similarity = similarity.unwrap_or(1.0);
            let evidence = Evidence::Verified { duplicate_of: &other, similarity, in_index };
            self.leave_out(&spilled.id, facts, &Drop { reason, evidence })
        })?;
        if let Some(index) = index {
            self.judge = Judge::Stream(index);
        }
        let report = |cluster: &LargeCluster| ReportedCluster::new(cluster, |number, out| documents.id(number, out));
        Ok(clusters.iter().map(report).collect::<Result<_, _>>()?)
    }
}

/// Gives the fate of one document after the other.
type NextFate<'a> = Box<dyn FnMut() -> Result<SettledFate, IndexError> + 'a>;

/// The documents of a corpus, once all are there.
enum Documents {
    InMemory(Clusters, Ids),
    OnDisk(Shelf),
}

impl Documents {
    fn sketch(&self, number: u32) -> Result<Sketch, IndexError> {
        match self {
            Documents::InMemory(clusters, _) => Ok(clusters.sketch(number)),
            Documents::OnDisk(shelf) => shelf.sketch(number),
        }
    }

    /// The id of a document, as JSON, in place of what was in `out`.
    fn id(&self, number: u32, out: &mut Vec<u8>) -> Result<(), IndexError> {
        match self {
            Documents::InMemory(_, ids) => {
                ids.read(number, out);
                Ok(())
            }
            Documents::OnDisk(shelf) => shelf.id(number, out),
        }
    }
}

fn settled(fate: Fate) -> SettledFate {
    match fate {
        Fate::Kept => SettledFate::Kept,
        Fate::Empty => SettledFate::Empty,
        Fate::ExactDuplicate { of } => SettledFate::ExactDuplicate(of),
        Fate::NearDuplicate { of, evidence } => SettledFate::NearDuplicate(of, evidence.similarity()),
    }
}

//! The end of a run that judges its records all together: clusters first, then every record in its order.

use textmill_core::dedup::{Clustering, Fate};

use super::Owner;
use crate::graph::RunError;
use crate::graph::judge::{Corpus, InIndex, Judge, ReportedCluster, SHOWN_CLUSTERS};
use crate::graph::ledger::DropReason;
use crate::graph::side_files::{Drop, Evidence};
use crate::graph::timing::ThreadTime;

impl Owner {
    /// Settles all records of a corpus.
    ///
    /// # Errors
    /// [`RunError::NoWeight`] if no record has the number that says which stays; what the index or the disk says.
    pub(super) fn finish_corpus(&mut self, corpus: Corpus) -> Result<Vec<ReportedCluster>, RunError> {
        let start = ThreadTime::now();
        let Corpus { clusters: all, ids, spill, keep, without_weight, mut index, in_index, records } = corpus;
        if without_weight > 0 && without_weight == records {
            let (keep, fields) = (self.keep.to_string(), std::mem::take(&mut self.numbers));
            return Err(RunError::NoWeight { keep, records: without_weight, fields });
        }
        if without_weight > 0 {
            let keep = self.keep.to_string();
            tracing::warn!(keep, "{without_weight} of {records} records have no number in the field of dedup.keep");
        }
        let Clustering { fates, clusters, .. } = all.finish(keep);
        self.times.dedup.busy += start.elapsed();
        let evidence =
            |of: u32, similarity: f64| Evidence::Verified { duplicate_of: ids.get(of), similarity, in_index: false };
        let mut other = std::mem::take(&mut self.other);
        let mut clustered = 0;
        spill.drain(|number, facts, spilled| -> Result<(), RunError> {
            if let (Some(InIndex { reason, of, similarity }), Some(index)) = (in_index.get(&number), &mut index) {
                index.id(*of, &mut other)?;
                let (duplicate_of, similarity) = (other.as_slice(), *similarity);
                let evidence = Evidence::Verified { duplicate_of, similarity, in_index: true };
                return self.leave_out(&spilled.id, facts, &Drop { reason: *reason, evidence });
            }
            let number = clustered;
            clustered += 1;
            let drop = match fates[number as usize] {
                Fate::Kept => {
                    if let Some(index) = &mut index {
                        index.insert_chosen(&all.sketch(number), &spilled.id)?;
                    }
                    return self.keep(facts, &spilled.line);
                }
                Fate::Empty => Drop { reason: DropReason::Empty, evidence: Evidence::None },
                Fate::ExactDuplicate { of } => Drop { reason: DropReason::ExactDuplicate, evidence: evidence(of, 1.0) },
                Fate::NearDuplicate { of, evidence: found } => {
                    Drop { reason: DropReason::NearDuplicate, evidence: evidence(of, found.similarity()) }
                }
            };
            self.leave_out(&spilled.id, facts, &drop)
        })?;
        if let Some(index) = index {
            self.judge = Judge::Stream(index);
        }
        let shown = clusters.iter().take(SHOWN_CLUSTERS);
        Ok(shown.map(|cluster| ReportedCluster::new(cluster, &ids)).collect())
    }
}

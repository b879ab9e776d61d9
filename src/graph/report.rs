//! What the index of `dedup` came to.

use super::judge::Judge;
use crate::index::KeptIndex;

/// What the index came to, for the summary.
#[derive(Clone, Copy, Debug, Default)]
pub struct IndexReport {
    /// Bytes of memory that it took at the end.
    pub memory_bytes: u64,
    /// Documents in it.
    pub documents: u64,
    /// Of these, on disk.
    pub frozen_documents: u64,
    /// Of these, of earlier runs.
    pub earlier_documents: u64,
    /// For a Bloom index: the chance that a record that is like none is left out, and whether the index holds more
    /// documents than it was made for.
    pub false_positives: Option<(f64, bool)>,
}

impl IndexReport {
    /// The report of a judge of records.
    pub fn of(judge: &Judge) -> IndexReport {
        let memory_bytes = judge.memory_bytes();
        match judge {
            Judge::Off => IndexReport::default(),
            Judge::Corpus(corpus) => {
                let (documents, frozen_documents) = (corpus.documents(), corpus.on_disk());
                IndexReport { memory_bytes, documents, frozen_documents, ..IndexReport::default() }
            }
            Judge::Bloom(bloom) => {
                let index = bloom.index();
                let rate = index.false_positive_rate(false).max(index.false_positive_rate(true));
                let false_positives = Some((rate, index.is_overfull()));
                IndexReport { memory_bytes, documents: index.counts().0, false_positives, ..IndexReport::default() }
            }
            Judge::Stream(index) => IndexReport::of_index(index),
        }
    }

    /// The report of an index of documents or paragraphs.
    pub fn of_index(index: &KeptIndex) -> IndexReport {
        IndexReport {
            memory_bytes: index.memory_in_use(),
            documents: index.documents(),
            frozen_documents: index.frozen_documents(),
            earlier_documents: index.earlier_documents().into(),
            false_positives: None,
        }
    }
}

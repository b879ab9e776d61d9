//! The index of one pass (`scope = "stream"`): documents in order, the first of each kept, all compared with those kept.
//!
//! One owner feeds it; its answer depends on nothing but the sequence of sketches. A document that is removed is never
//! listed, so the document it is a copy of is always one that was kept. What does not fit into memory lies outside, in
//! parts that never change, and is looked up there by whoever owns them (`earlier`): the answer is the same.

use super::config::{ConfigError, DedupConfig, MAX_MINIMA};
use super::earlier::{Earlier, table_keys};
use super::overlap::{Comparer, Evidence};
use super::shingle_set::StoredSet;
use super::sketch::Sketch;
use super::state::state_version;
use super::store::Store;
use super::table::BandTable;

/// What became of one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The first of its kind: kept, under this number. Kept documents are numbered from 0 in the order they came.
    Unique {
        /// Its number.
        kept: u32,
    },
    /// Canonically the same as a kept document.
    ExactDuplicate {
        /// The number of the kept document.
        of: u32,
    },
    /// Similar to a kept document, verified by their shingles; to the most similar one, where there are several.
    NearDuplicate {
        /// The number of the kept document.
        of: u32,
        /// Shared shingles, and the similarity.
        evidence: Evidence,
    },
    /// Nothing but white space. Neither kept nor listed.
    Empty,
}

/// The documents kept so far.
pub struct Index {
    pub(crate) version: u64,
    similarity_ppm: u64,
    bucket_documents: usize,
    /// The number of its first document: those of frozen parts come before.
    base: u32,
    pub(crate) store: Store,
    /// The table of fingerprints, then one for each band.
    pub(crate) tables: Vec<BandTable>,
    /// Where in each table the document at hand would be listed; none where its key is listed often enough.
    places: [Option<usize>; MAX_MINIMA + 1],
    comparer: Comparer,
    candidates: Vec<u32>,
    statistics: Statistics,
}

/// What the index did, for reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Pairs that shared a band key and were looked at.
    pub candidates: u64,
    /// Of these, the pairs whose shingles were compared; the others differ too much in size.
    pub compared: u64,
    /// Band keys that were not listed since too many documents shared them.
    pub full_buckets: u64,
}

impl Index {
    /// An empty index.
    ///
    /// # Errors
    /// [`ConfigError`] if a value is out of range.
    pub fn new(config: &DedupConfig) -> Result<Index, ConfigError> {
        Index::with_capacity(config, 0)
    }

    /// An empty index whose first document has the number `base`, since that many lie in frozen parts.
    ///
    /// # Errors
    /// [`ConfigError`] if a value is out of range.
    pub fn with_base(config: &DedupConfig, base: u32) -> Result<Index, ConfigError> {
        Ok(Index { base, ..Index::new(config)? })
    }

    /// An empty index with room for that many documents.
    ///
    /// # Errors
    /// [`ConfigError`] if a value is out of range.
    pub fn with_capacity(config: &DedupConfig, documents: usize) -> Result<Index, ConfigError> {
        config.check()?;
        let n_tables = config.bands().count + 1;
        Ok(Index {
            version: state_version(config),
            similarity_ppm: config.similarity_ppm(),
            bucket_documents: config.bucket_documents,
            base: 0,
            store: Store::default(),
            tables: (0..n_tables).map(|number| BandTable::with_capacity(documents, number, n_tables)).collect(),
            places: [None; MAX_MINIMA + 1],
            comparer: Comparer::default(),
            candidates: Vec::new(),
            statistics: Statistics::default(),
        })
    }

    /// The number that the next document to be kept will have; none if there are no more numbers.
    pub fn next_number(&self) -> Option<u32> {
        u32::try_from(self.len()).ok()?.checked_add(self.base).filter(|&number| number < u32::MAX)
    }

    /// Number of kept documents, those of frozen parts not counted.
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// Whether nothing was kept yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory it takes now.
    pub fn memory_bytes(&self) -> usize {
        self.store.memory_bytes() + self.tables.iter().map(BandTable::memory_bytes).sum::<usize>()
    }

    /// What it did so far.
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// Brings what [`insert`](Index::insert) will look at into the cache. Call it a few documents ahead.
    pub fn prefetch(&self, sketch: &Sketch) {
        self.tables[0].prefetch(sketch.fingerprint as u32);
        for (table, &key) in self.tables[1..].iter().zip(&sketch.band_keys) {
            table.prefetch(key as u32);
        }
    }

    /// Compares a document with those kept, and keeps it if it is like none.
    pub fn insert(&mut self, sketch: &Sketch) -> Verdict {
        let verdict = self.compare(sketch, None);
        if let Verdict::Unique { .. } = verdict {
            self.keep(sketch);
        }
        verdict
    }

    /// Compares a document with those kept, and does not keep it. Where frozen parts come before, `earlier` is what they have
    /// to say of the document.
    pub fn compare(&mut self, sketch: &Sketch, earlier: Option<&Earlier>) -> Verdict {
        if sketch.empty {
            return Verdict::Empty;
        }
        if let Some(of) = earlier.and_then(|earlier| earlier.exact).or_else(|| self.find_exact(sketch.fingerprint)) {
            return Verdict::ExactDuplicate { of };
        }
        if let Some((of, evidence)) = self.find_near(sketch, earlier) {
            return Verdict::NearDuplicate { of, evidence };
        }
        Verdict::Unique { kept: self.base + self.len() as u32 }
    }

    /// Keeps the document that [`compare`](Index::compare) has just been asked for, and has not called an exact duplicate.
    pub fn keep(&mut self, sketch: &Sketch) {
        let kept = self.store.push(sketch.fingerprint, &sketch.shingle_set);
        for ((table, (_, key)), place) in self.tables.iter_mut().zip(table_keys(sketch)).zip(self.places) {
            match place {
                Some(place) => table.insert_at(place, key, kept),
                None => self.statistics.full_buckets += 1,
            }
        }
    }

    fn find_exact(&mut self, fingerprint: u128) -> Option<u32> {
        let mut found = None;
        let place = self.tables[0].for_each(fingerprint as u32, |document| {
            if self.store.fingerprint(document) == fingerprint {
                found = Some(self.base + document);
            }
        });
        self.places[0] = Some(place);
        found
    }

    /// The most similar of the candidates that reach the threshold, the earliest of equals; notes where each band would list
    /// the document.
    fn find_near(&mut self, sketch: &Sketch, earlier: Option<&Earlier>) -> Option<(u32, Evidence)> {
        self.candidates.clear();
        let bands = self.tables[1..].iter().zip(&sketch.band_keys);
        for (band, ((table, &key), noted)) in bands.zip(&mut self.places[1..]).enumerate() {
            let before = self.candidates.len();
            let place = table.for_each(key as u32, |document| self.candidates.push(document));
            let listed = self.candidates.len() - before + earlier.map_or(0, |earlier| earlier.listed(band));
            *noted = (listed < self.bucket_documents).then_some(place);
        }
        self.candidates.sort_unstable();
        self.candidates.dedup();
        let frozen = earlier.into_iter().flat_map(Earlier::candidates);
        let own_ones = self.candidates.iter().map(|&document| (self.base + document, self.store.shingle_set(document)));
        let own = StoredSet::read(&sketch.shingle_set);
        let mut loaded = false;
        let mut best: Option<(u32, Evidence)> = None;
        for (number, set) in frozen.chain(own_ones) {
            self.statistics.candidates += 1;
            let other = StoredSet::read(set);
            if !Comparer::may_reach(own, other, self.similarity_ppm) {
                continue;
            }
            if !loaded {
                self.comparer.load(own);
                loaded = true;
            }
            self.statistics.compared += 1;
            let Some(evidence) = self.comparer.compare_reaching(other, self.similarity_ppm) else { continue };
            if best.is_none_or(|(_, best)| evidence.similarity_ppm() > best.similarity_ppm()) {
                best = Some((number, evidence));
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dedup::Sketcher;

    /// The verdicts on documents in order: a word, and for a duplicate the number of the document that it is one of.
    fn verdicts(documents: &[String]) -> Vec<String> {
        let config = DedupConfig::default();
        let mut sketcher = Sketcher::new(&config).expect("the defaults are in range");
        let mut index = Index::new(&config).expect("the defaults are in range");
        let mut kept = Vec::new();
        let mut verdict = |(number, text): (usize, &String)| match index.insert(&sketcher.sketch(text)) {
            Verdict::Unique { .. } => {
                kept.push(number);
                "unique".to_string()
            }
            Verdict::ExactDuplicate { of } => format!("exact {}", kept[of as usize]),
            Verdict::NearDuplicate { of, .. } => format!("near {}", kept[of as usize]),
            Verdict::Empty => "empty".to_string(),
        };
        documents.iter().enumerate().map(&mut verdict).collect()
    }

    #[track_caller]
    fn check_cases(json: &str) {
        let cases: serde_json::Value = serde_json::from_str(json).expect("the file is JSON");
        for case in cases.as_array().expect("a list of cases") {
            let texts = |key: &str| -> Vec<String> {
                let list = case[key].as_array().expect("a list of texts");
                list.iter().map(|text| text.as_str().expect("a text").to_string()).collect()
            };
            assert_eq!(verdicts(&texts("documents")), texts("verdicts"), "{}", case["name"]);
        }
    }

    #[test]
    fn exact_cases_hold() {
        check_cases(include_str!("../../../../tests/cases/dedup/exact.json"));
    }

    #[test]
    fn near_cases_hold() {
        check_cases(include_str!("../../../../tests/cases/dedup/near.json"));
    }

    #[test]
    fn short_cases_hold() {
        check_cases(include_str!("../../../../tests/cases/dedup/short.json"));
    }

    #[test]
    fn pages_of_one_template_are_kept_and_their_copies_found() {
        let template: Vec<String> = (0..60).map(|word| format!("menu{word}")).collect();
        let page = |number: usize, changed: usize| {
            let own = (0..60).map(|word| format!("p{number}w{}", if word == changed { 99 } else { word }));
            template.iter().cloned().chain(own).collect::<Vec<_>>().join(" ")
        };
        let mut pages: Vec<String> = (0..300).map(|number| page(number, 60)).collect();
        pages.extend([page(17, 59), page(230, 0)]);
        let answers = verdicts(&pages);
        assert!(answers[..300].iter().all(|answer| answer == "unique"));
        assert_eq!(answers[300..], ["near 17", "near 230"]);
    }

    #[test]
    fn memory_is_what_the_arrays_take() {
        let config = DedupConfig::default();
        let mut sketcher = Sketcher::new(&config).expect("the defaults are in range");
        let mut index = Index::new(&config).expect("the defaults are in range");
        for number in 0..3000 {
            let text: String = (0..250).map(|word| format!("d{number}w{word}")).collect::<Vec<_>>().join(" ");
            index.insert(&sketcher.sketch(&text));
        }
        let per_document = index.memory_bytes() / index.len();
        assert!((300..=360).contains(&per_document), "{per_document}");
        assert!(per_document.abs_diff(config.bytes_per_document(246)) < 30, "{per_document}");
    }
}

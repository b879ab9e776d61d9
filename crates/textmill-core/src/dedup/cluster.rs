//! Duplicates of a whole corpus (`scope = "corpus"`): every document first, then clusters, then one survivor of each.
//!
//! The answer is a function of the documents and their order keys alone; in which order they arrive does not matter:
//!
//! 1. Documents with the same fingerprint are one group, represented by its first document.
//! 2. In each bucket (one key of one band) documents are compared with a few leaders, and linked to those that they are
//!    similar to (`leaders`). That bounds the work for a bucket of any size.
//! 3. Linked documents form clusters. A survivor is chosen, and those similar to *it* are removed; among the rest the next
//!    survivor is chosen (`survivors`).
//!
//! Whoever has the documents of a corpus elsewhere takes these steps with [`Leaders`] and [`Survivors`], to the same answer.

use super::config::{ConfigError, DedupConfig};
use super::leaders::Leaders;
use super::links::Links;
use super::overlap::Evidence;
use super::sketch::Sketch;
use super::store::Store;
use super::survivors::Survivors;

/// Which document of a cluster survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Keep {
    /// The one with the least order key.
    #[default]
    First,
    /// The one with the greatest weight; of equals, the first.
    Heaviest,
}

/// What becomes of a document; documents are numbered from 0 in the order they were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays.
    Kept,
    /// Canonically the same as a document that stays.
    ExactDuplicate {
        /// The number of the one that stays.
        of: u32,
    },
    /// Similar to a document that stays, verified by their shingles.
    NearDuplicate {
        /// The number of the one that stays.
        of: u32,
        /// Shared shingles, and the similarity.
        evidence: Evidence,
    },
    /// Nothing but white space.
    Empty,
}

/// One survivor and what was removed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The document that stays.
    pub survivor: u32,
    /// The documents removed as copies of it, by order key.
    pub removed: Vec<u32>,
}

/// The answer for a corpus.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Clustering {
    /// What becomes of each document.
    pub fates: Vec<Fate>,
    /// The clusters that lost a document, largest first, then by the order key of the survivor.
    pub clusters: Vec<Cluster>,
    /// Documents that stay only since their cluster has more than 256 survivors.
    pub left_alone: usize,
}

/// All documents of a corpus, before the answer.
pub struct Clusters {
    config: DedupConfig,
    store: Store,
    orders: Vec<u64>,
    weights: Vec<u64>,
    empty: Vec<bool>,
    /// For each band, the key and the number of each document that has one.
    keys: Vec<Vec<(u32, u32)>>,
}

impl Clusters {
    /// No documents yet.
    ///
    /// # Errors
    /// [`ConfigError`] if a value is out of range.
    pub fn new(config: &DedupConfig) -> Result<Clusters, ConfigError> {
        config.check()?;
        Ok(Clusters {
            config: config.clone(),
            store: Store::default(),
            orders: Vec::new(),
            weights: Vec::new(),
            empty: Vec::new(),
            keys: vec![Vec::new(); config.bands().count],
        })
    }

    /// Adds a document and returns its number. `order` is its place in the corpus, different for each document; `weight`
    /// is what [`Keep::Heaviest`] goes by.
    pub fn add(&mut self, sketch: &Sketch, order: u64, weight: u64) -> u32 {
        let number = self.store.push(sketch.fingerprint, &sketch.shingle_set);
        self.orders.push(order);
        self.weights.push(weight);
        self.empty.push(sketch.empty);
        for (keys, &key) in self.keys.iter_mut().zip(&sketch.band_keys) {
            keys.push((key as u32, number));
        }
        number
    }

    /// What an index needs to know of a document: its sketch, less what only a sketcher knows.
    pub fn sketch(&self, number: u32) -> Sketch {
        let key = |keys: &Vec<(u32, u32)>| {
            let at = keys.binary_search_by_key(&number, |&(_, number)| number).ok()?;
            Some(u64::from(keys[at].0))
        };
        Sketch {
            fingerprint: self.store.fingerprint(number),
            band_keys: self.keys.iter().filter_map(key).collect(),
            shingle_set: self.store.shingle_set(number).into(),
            empty: self.empty[number as usize],
            ..Sketch::default()
        }
    }

    /// Number of documents.
    pub fn len(&self) -> usize {
        self.orders.len()
    }

    /// Whether there is no document yet.
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// Takes it apart: of each table of keys, the key and the number of each document, in order; first the table of
    /// fingerprints, then that of each band. A document that shares no key with another one stays.
    ///
    /// # Errors
    /// What `each` gives, which is told the number of the table.
    pub fn into_tables<E>(self, mut each: impl FnMut(usize, &[(u32, u32)]) -> Result<(), E>) -> Result<(), E> {
        let mut slots: Vec<(u32, u32)> =
            (0..self.len() as u32).map(|number| (self.store.fingerprint(number) as u32, number)).collect();
        slots.sort_unstable();
        each(0, &slots)?;
        for (band, mut slots) in self.keys.into_iter().enumerate() {
            slots.sort_unstable();
            each(band + 1, &slots)?;
        }
        Ok(())
    }

    /// The weight of a document.
    pub fn weight(&self, number: u32) -> u64 {
        self.weights[number as usize]
    }

    /// Bytes of memory it takes while it finishes: ranks, groups, links, the keys of one band, fates.
    pub fn memory_to_finish(&self) -> usize {
        self.memory_bytes() + self.len() * (6 * size_of::<u32>() + 2 * size_of::<u64>() + size_of::<Fate>())
    }

    /// Bytes of memory it takes now.
    pub fn memory_bytes(&self) -> usize {
        let keys: usize = self.keys.iter().map(|keys| keys.capacity() * 8).sum();
        self.store.memory_bytes()
            + keys
            + (self.orders.capacity() + self.weights.capacity()) * 8
            + self.empty.capacity()
    }

    /// Decides for every document.
    pub fn finish(&self, keep: Keep) -> Clustering {
        let mut by_order: Vec<u32> = (0..self.len() as u32).collect();
        by_order.sort_unstable_by_key(|&number| (self.orders[number as usize], self.store.fingerprint(number)));
        let mut rank = vec![0; self.len()];
        for (place, &number) in by_order.iter().enumerate() {
            rank[number as usize] = place as u32;
        }
        let groups = self.groups(&by_order, &rank, keep);
        let links = self.link(&rank, &groups);
        self.settle(&by_order, &rank, &groups, links, keep)
    }

    /// Of each document, the first with the same fingerprint; and of each such first, which of its group would survive.
    fn groups(&self, by_order: &[u32], rank: &[u32], keep: Keep) -> Groups {
        let mut sorted = by_order.to_vec();
        sorted.sort_unstable_by_key(|&number| (self.store.fingerprint(number), rank[number as usize]));
        let mut groups = Groups { first: vec![0; self.len()], survivor: (0..self.len() as u32).collect() };
        for group in sorted.chunk_by(|&a, &b| self.store.fingerprint(a) == self.store.fingerprint(b)) {
            let survivor = self.choose(group, keep);
            for &number in group {
                groups.first[number as usize] = group[0];
            }
            groups.survivor[group[0] as usize] = survivor;
        }
        groups
    }

    /// The survivor among documents that are in order, of which there is at least one.
    fn choose(&self, documents: &[u32], keep: Keep) -> u32 {
        let weight = |number: u32| self.weights[number as usize];
        let heavier = |best: u32, number: u32| if weight(number) > weight(best) { number } else { best };
        match keep {
            Keep::First => documents[0],
            Keep::Heaviest => documents[1..].iter().fold(documents[0], |best, &number| heavier(best, number)),
        }
    }

    /// Links the similar first documents of groups.
    fn link(&self, rank: &[u32], groups: &Groups) -> Links {
        let mut links = Links::new(self.len() as u32);
        let mut leaders = Leaders::new(&self.config);
        for keys in &self.keys {
            let mut keys: Vec<(u32, u32)> =
                keys.iter().copied().filter(|&(_, number)| groups.first[number as usize] == number).collect();
            keys.sort_unstable_by_key(|&(key, number)| (key, rank[number as usize]));
            for bucket in keys.chunk_by(|a, b| a.0 == b.0).filter(|bucket| bucket.len() > 1) {
                leaders.begin();
                for &(_, number) in bucket {
                    let Ok(()) = leaders.take(number, &mut &self.store, &mut links);
                }
            }
        }
        links
    }

    /// Chooses survivors and removes what is similar to them.
    fn settle(&self, by_order: &[u32], rank: &[u32], groups: &Groups, mut links: Links, keep: Keep) -> Clustering {
        let mut answer = Clustering { fates: vec![Fate::Kept; self.len()], ..Clustering::default() };
        // By what each group would keep: the heaviest first, if that is asked for.
        let lightness = |first: u32| match keep {
            Keep::First => 0,
            Keep::Heaviest => !self.weight(groups.survivor[first as usize]),
        };
        let mut members: Vec<(u32, u64, u32)> = by_order
            .iter()
            .filter(|&&number| groups.first[number as usize] == number && !self.empty[number as usize])
            .map(|&number| (links.root(number), lightness(number), rank[number as usize]))
            .collect();
        members.sort_unstable();
        let mut survivors = Survivors::new(&self.config);
        for cluster in members.chunk_by(|a, b| a.0 == b.0).filter(|cluster| cluster.len() > 1) {
            let number = |&(_, _, place): &(u32, u64, u32)| by_order[place as usize];
            let block = cluster.iter().map(number).map(|first| (first, self.store.shingle_set(first))).collect();
            survivors.begin();
            let Ok(left_alone) = survivors.take(block, &mut &self.store, |first, survivor, evidence| {
                let of = groups.survivor[survivor as usize];
                answer.fates[first as usize] = Fate::NearDuplicate { of, evidence };
                Ok(())
            });
            answer.left_alone += left_alone;
        }
        for &number in by_order {
            let first = groups.first[number as usize];
            let survivor = groups.survivor[first as usize];
            answer.fates[number as usize] = match answer.fates[first as usize] {
                _ if self.empty[number as usize] => Fate::Empty,
                near @ Fate::NearDuplicate { .. } => near,
                // The fate of `first` is settled here too, as that of a copy, once `first` itself was passed.
                _ if number == survivor => Fate::Kept,
                _ => Fate::ExactDuplicate { of: survivor },
            };
        }
        answer.clusters = list_clusters(&answer.fates, by_order, rank);
        answer
    }
}

/// Documents with the same fingerprint.
struct Groups {
    /// Of each document, the first of its group.
    first: Vec<u32>,
    /// Of each first document, the one of its group that would survive.
    survivor: Vec<u32>,
}

fn list_clusters(fates: &[Fate], by_order: &[u32], rank: &[u32]) -> Vec<Cluster> {
    let mut removed: Vec<(u32, u32)> = by_order
        .iter()
        .filter_map(|&number| match fates[number as usize] {
            Fate::ExactDuplicate { of } | Fate::NearDuplicate { of, .. } => {
                Some((rank[of as usize], rank[number as usize]))
            }
            Fate::Kept | Fate::Empty => None,
        })
        .collect();
    removed.sort_unstable();
    let number = |place: u32| by_order[place as usize];
    let mut clusters: Vec<Cluster> = removed
        .chunk_by(|a, b| a.0 == b.0)
        .map(|pairs| Cluster {
            survivor: number(pairs[0].0),
            removed: pairs.iter().map(|&(_, place)| number(place)).collect(),
        })
        .collect();
    clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.removed.len()));
    clusters
}

#[cfg(test)]
mod tests;

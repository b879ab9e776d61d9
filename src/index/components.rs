//! The answer for a corpus on disk: documents that share no key with each other are settled apart.
//!
//! Documents can only be alike if they share a key, and what becomes of one depends on those alone that it is linked to.
//! So documents are parted into components, linked by any shared key, without a comparison; then as many components at a
//! time as memory holds are settled by the kernel, which gives what it would have given for all at once. A document that
//! shares no key stays, unread.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::os::unix::fs::FileExt;

use textmill_core::dedup::{Cluster, Clusters, DedupConfig, Evidence, Fate, Keep, Links};

use super::error::IndexError;
use super::new_clusters;
use super::shelf::{SLOT_BYTES, Shelf};

/// Bytes of memory that each document takes in the end: its component, and its place in the list of them.
pub const BYTES_PER_DOCUMENT: u64 = 12;

/// Bytes of a fate in the file of fates.
const FATE_BYTES: u64 = 16;

/// The fate of a document without text, as it lies in the file.
const EMPTY: u128 = 3;

/// What became of the documents of a corpus on disk.
pub struct Settled {
    fates: File,
    /// The largest clusters, as `Clustering` has them.
    pub clusters: Vec<Cluster>,
}

/// What becomes of one document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SettledFate {
    /// It stays.
    Kept,
    /// Canonically the same as the document of that number.
    ExactDuplicate(u32),
    /// So similar to the document of that number.
    NearDuplicate(u32, f64),
    /// Nothing but white space.
    Empty,
}

/// Settles the documents in no more memory than is given; nothing if that is too little. At most `shown` clusters are told.
///
/// # Errors
/// [`IndexError`].
pub fn settle(
    shelf: &Shelf,
    config: &DedupConfig,
    keep: Keep,
    shown: usize,
    memory_bytes: u64,
) -> Result<Option<Settled>, IndexError> {
    let Some(left) = memory_bytes.checked_sub(BYTES_PER_DOCUMENT * u64::from(shelf.count())) else { return Ok(None) };
    let Some(mut components) = Components::of(shelf, left)? else { return Ok(None) };
    let members = components.members();
    let fates = shelf.new_file()?;
    shelf.told(|| fates.set_len(FATE_BYTES * u64::from(shelf.count())))?;
    let mut settled = Settled { fates, clusters: Vec::new() };
    let mut batch = Batch::new(config)?;
    for component in members.chunk_by(|a, b| a.0 == b.0) {
        let numbers = component.iter().map(|&(_, number)| number);
        for number in std::iter::once(component[0].0).chain(numbers) {
            batch.add(shelf, number)?;
            if batch.memory_bytes() > left {
                return Ok(None);
            }
        }
        // The next one may take as much again.
        if batch.memory_bytes() > left / 2 {
            batch.settle(shelf, keep, shown, &mut settled)?;
            batch = Batch::new(config)?;
        }
    }
    batch.settle(shelf, keep, shown, &mut settled)?;
    if let Some(empty) = shelf.empty {
        // It may be the only one, and share no key.
        shelf.told(|| settled.fates.write_all_at(&EMPTY.to_le_bytes(), u64::from(empty) * FATE_BYTES))?;
    }
    Ok(Some(settled))
}

impl Settled {
    /// Gives the fate of one document after the other, each time it is called.
    ///
    /// # Errors
    /// What the system says.
    pub fn fates<'a>(
        &self,
        shelf: &'a Shelf,
    ) -> Result<impl FnMut() -> Result<SettledFate, IndexError> + use<'a>, IndexError> {
        let mut file = shelf.told(|| self.fates.try_clone())?;
        shelf.told(|| file.rewind())?;
        let mut reader = BufReader::with_capacity(1 << 16, file);
        Ok(move || {
            let mut bytes = [0; FATE_BYTES as usize];
            shelf.told(|| reader.read_exact(&mut bytes))?;
            Ok(fate_of(bytes))
        })
    }
}

fn fate_of(bytes: [u8; FATE_BYTES as usize]) -> SettledFate {
    let all = u128::from_le_bytes(bytes);
    let of = (all >> 32) as u32;
    match all as u32 {
        0 => SettledFate::Kept,
        1 => SettledFate::ExactDuplicate(of),
        2 => SettledFate::NearDuplicate(of, f64::from_bits((all >> 64) as u64)),
        _ => SettledFate::Empty,
    }
}

/// Documents linked by a shared key.
struct Components {
    links: Links,
    count: u32,
}

impl Components {
    /// Links documents, holding slots of no more than that many bytes at once; nothing if more have one key.
    fn of(shelf: &Shelf, memory_bytes: u64) -> Result<Option<Components>, IndexError> {
        let mut components = Components { links: Links::new(shelf.count()), count: shelf.count() };
        let parts = (u64::from(shelf.count()) * SLOT_BYTES * 4).div_ceil(memory_bytes.max(1)).clamp(1, 1 << 20);
        let mut slots: Vec<u64> = Vec::new();
        for runs in &shelf.runs {
            let mut cursors: Vec<u64> = runs.iter().map(|run| run.start).collect();
            for part in 0..parts {
                let end = ((part + 1) << 32) / parts;
                slots.clear();
                for (run, cursor) in runs.iter().zip(&mut cursors) {
                    *cursor = shelf.slots_below(*cursor, run.end, end, &mut slots)?;
                    if slots.capacity() as u64 * SLOT_BYTES > memory_bytes {
                        return Ok(None);
                    }
                }
                slots.sort_unstable();
                for same in slots.chunk_by(|a, b| a >> 32 == b >> 32) {
                    same[1..].iter().for_each(|&slot| components.links.join(same[0] as u32, slot as u32));
                }
            }
        }
        Ok(Some(components))
    }

    /// The documents of components of two and more but the first of each, each with that one, in the order of these.
    fn members(&mut self) -> Vec<(u32, u32)> {
        let of =
            |links: &mut Links, number| Some((links.root(number), number)).filter(|(first, number)| first != number);
        let count = (0..self.count).filter_map(|number| of(&mut self.links, number)).count();
        let mut members = Vec::with_capacity(count);
        members.extend((0..self.count).filter_map(|number| of(&mut self.links, number)));
        members.sort_unstable();
        members
    }
}

/// Components that are settled together.
struct Batch {
    clusters: Clusters,
    /// The number of each document in the corpus.
    numbers: Vec<u32>,
}

impl Batch {
    fn new(config: &DedupConfig) -> Result<Batch, IndexError> {
        Ok(Batch { clusters: new_clusters(config)?, numbers: Vec::new() })
    }

    fn add(&mut self, shelf: &Shelf, number: u32) -> Result<(), IndexError> {
        let shelved = shelf.get(number)?;
        self.clusters.add(&shelved.sketch, number.into(), shelved.weight);
        self.numbers.push(number);
        Ok(())
    }

    fn memory_bytes(&self) -> u64 {
        (self.clusters.memory_to_finish() + self.numbers.capacity() * 4) as u64
    }

    fn settle(self, shelf: &Shelf, keep: Keep, shown: usize, settled: &mut Settled) -> Result<(), IndexError> {
        let answer = self.clusters.finish(keep);
        let global = |number: u32| self.numbers[number as usize];
        for (number, fate) in self.numbers.iter().zip(answer.fates) {
            let similarity = |evidence: Evidence| u128::from(evidence.similarity().to_bits()) << 64;
            let bytes = match fate {
                Fate::Kept => continue,
                Fate::ExactDuplicate { of } => 1 | u128::from(global(of)) << 32,
                Fate::NearDuplicate { of, evidence } => 2 | u128::from(global(of)) << 32 | similarity(evidence),
                Fate::Empty => EMPTY,
            };
            shelf.told(|| settled.fates.write_all_at(&bytes.to_le_bytes(), u64::from(*number) * FATE_BYTES))?;
        }
        settled.clusters.extend(answer.clusters.into_iter().take(shown).map(|cluster| Cluster {
            survivor: global(cluster.survivor),
            removed: cluster.removed.into_iter().map(global).collect(),
        }));
        settled.clusters.sort_by_key(|cluster| (std::cmp::Reverse(cluster.removed.len()), cluster.survivor));
        settled.clusters.truncate(shown);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use textmill_core::dedup::{Clustering, Sketch, Sketcher};

    use super::*;
    use crate::index::Ids;

    /// A text of 80 words, some of them of no other text.
    fn text(base: u32, changes: &[usize], own: u32) -> String {
        let word = |i: usize| if changes.contains(&i) { format!("x{own}y{i}") } else { format!("b{base}w{i}") };
        (0..80).map(word).collect::<Vec<_>>().join(" ")
    }

    fn fates(answer: &Clustering) -> Vec<SettledFate> {
        let fate = |fate: &Fate| match *fate {
            Fate::Kept => SettledFate::Kept,
            Fate::Empty => SettledFate::Empty,
            Fate::ExactDuplicate { of } => SettledFate::ExactDuplicate(of),
            Fate::NearDuplicate { of, evidence } => SettledFate::NearDuplicate(of, evidence.similarity()),
        };
        answer.fates.iter().map(fate).collect()
    }

    /// The documents in batches of that size on a shelf.
    fn shelve(sketches: &[Sketch], config: &DedupConfig, batch: usize) -> Shelf {
        let mut shelf = Shelf::create(&std::env::temp_dir()).unwrap();
        for (first, part) in sketches.chunks(batch).enumerate() {
            let (mut clusters, mut ids) = (Clusters::new(config).unwrap(), Ids::default());
            for (i, sketch) in part.iter().enumerate() {
                let number = first * batch + i;
                clusters.add(sketch, i as u64, number as u64 % 3);
                ids.push(number.to_string().as_bytes());
            }
            shelf.put(clusters, &ids).unwrap();
        }
        shelf
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn components_apart_give_what_all_give_together(
            documents in prop::collection::vec((0_u32..9, prop::collection::vec(0_usize..80, 0..4), 0_u32..3), 1..60),
            blank in any::<bool>(),
            batch in 1_usize..20,
            memory_bytes in 40_000_u64..400_000,
            heaviest in any::<bool>(),
        ) {
            let config = DedupConfig::default();
            let keep = if heaviest { Keep::Heaviest } else { Keep::First };
            let mut sketcher = Sketcher::new(&config).unwrap();
            let mut sketches: Vec<Sketch> = documents
                .iter()
                .map(|(base, changes, own)| sketcher.sketch(&text(*base, changes, *own)))
                .collect();
            if blank {
                sketches.insert(sketches.len() / 2, sketcher.sketch(" "));
            }
            let mut all = Clusters::new(&config).unwrap();
            for (number, sketch) in sketches.iter().enumerate() {
                all.add(sketch, number as u64, number as u64 % 3);
            }
            let whole = all.finish(keep);
            let shelf = shelve(&sketches, &config, batch);
            let settled = settle(&shelf, &config, keep, 4, memory_bytes).unwrap().unwrap();
            let mut next = settled.fates(&shelf).unwrap();
            let found: Vec<SettledFate> = sketches.iter().map(|_| next().unwrap()).collect();
            prop_assert_eq!(found, fates(&whole));
            prop_assert_eq!(&settled.clusters[..], &whole.clusters[..whole.clusters.len().min(4)]);
            let mut id = Vec::new();
            shelf.id(sketches.len() as u32 - 1, &mut id).unwrap();
            prop_assert_eq!(id, (sketches.len() - 1).to_string().into_bytes());
        }
    }

    #[test]
    fn too_little_memory_is_told_before_it_is_taken() {
        let config = DedupConfig::default();
        let mut sketcher = Sketcher::new(&config).unwrap();
        let sketches: Vec<Sketch> = (0..200).map(|own| sketcher.sketch(&text(1, &[own as usize % 80], own))).collect();
        let shelf = shelve(&sketches, &config, 50);
        assert!(settle(&shelf, &config, Keep::First, 4, 200 * BYTES_PER_DOCUMENT - 1).unwrap().is_none());
        assert!(settle(&shelf, &config, Keep::First, 4, 20_000).unwrap().is_none());
        assert!(settle(&shelf, &config, Keep::First, 4, 1 << 20).unwrap().is_some());
    }
}

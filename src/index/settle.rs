//! The answer for a corpus on disk, in memory that does not depend on what is alike in it.
//!
//! The steps are the kernel's (`textmill_core::dedup::Clusters`), and so is the answer; only their data come otherwise: keys
//! as sorted runs that are merged, shingle sets one at a time from the file, members of clusters sorted on disk and taken in
//! blocks. In memory there are the links between documents and two bits for each, and buffers. So neither a key that all
//! documents share nor a cluster of all of them takes more memory than others; only more time.

use std::io;

use textmill_core::dedup::{DedupConfig, Keep, Leaders, Links, Sets, Survivors};

use super::error::IndexError;
use super::fates::{Fates, Note, Notes};
use super::shelf::Shelf;
use super::sorted::{Sorted, Sorter};

/// Bytes of memory that each document takes in the end: 4 for its link and 2 bits, rounded up.
pub const BYTES_PER_DOCUMENT: u64 = 5;
/// Bytes of memory that are needed beside that: buffers of which several are in use at once. 256 KiB; with as little, 1 MiB of
/// keys is merged twice.
pub const LEAST_BYTES: u64 = 256 << 10;
/// Buffers of about the same size in use at once.
const BUFFERS: u64 = 4;
/// Removed documents of a cluster that are told.
const SHOWN_REMOVED: usize = 5;

/// What became of the documents of a corpus on disk.
pub struct Settled {
    /// Of each document, what becomes of it.
    pub fates: Fates,
    /// The clusters that lost most documents, largest first, then by their survivors.
    pub clusters: Vec<LargeCluster>,
}

/// A survivor, and some of what was removed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LargeCluster {
    /// The document that stays.
    pub survivor: u32,
    /// How many were removed for it.
    pub removed: u64,
    /// The first of these.
    pub examples: Vec<u32>,
}

impl LargeCluster {
    /// A cluster of which these were removed, in order.
    pub fn new(survivor: u32, removed: &[u32]) -> LargeCluster {
        let examples = removed.iter().copied().take(SHOWN_REMOVED).collect();
        LargeCluster { survivor, removed: removed.len() as u64, examples }
    }
}

/// Settles the documents in no more memory than is given; nothing if that is less than [`BYTES_PER_DOCUMENT`] for each and
/// [`LEAST_BYTES`]. At most `shown` clusters are told.
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
    let left = memory_bytes.checked_sub(BYTES_PER_DOCUMENT * u64::from(shelf.count()));
    let Some(left) = left.filter(|&left| left >= LEAST_BYTES) else { return Ok(None) };
    shelf.told(|| settle_in(shelf, config, keep, shown, left / BUFFERS)).map(Some)
}

fn settle_in(shelf: &Shelf, config: &DedupConfig, keep: Keep, shown: usize, buffer_bytes: u64) -> io::Result<Settled> {
    let (folder, count) = (shelf.folder(), shelf.count());
    let mut corpus = OnDisk { shelf, keep, notes: Notes::new(folder, count)?, copies: Bits::new(count), buffer_bytes };
    corpus.find_copies()?;
    let links = corpus.link(config)?;
    corpus.choose_survivors(config, links)?;
    let mut removals = Sorter::<u64>::new(folder, buffer_bytes);
    let removed = |of: u32, number: u32| removals.push(u64::from(of) << 32 | u64::from(number));
    let fates = corpus.notes.settle(folder, count, removed)?;
    Ok(Settled { fates, clusters: largest(removals.finish()?, shown)? })
}

/// A corpus on disk while it is settled.
struct OnDisk<'a> {
    shelf: &'a Shelf,
    keep: Keep,
    notes: Notes,
    /// Documents that are the same as one before.
    copies: Bits,
    buffer_bytes: u64,
}

/// Documents of one bucket with one fingerprint.
struct Group {
    fingerprint: u128,
    first: u32,
    survivor: u32,
    weight: u64,
}

impl OnDisk<'_> {
    /// Notes which documents are the same as one before, and which of several would survive.
    fn find_copies(&mut self) -> io::Result<()> {
        if self.shelf.n_tables() > 0 {
            let mut keys = self.shelf.keys_of(0, 2 * self.buffer_bytes)?;
            let (mut groups, mut last) = (Vec::new(), None);
            while let Some(slot) = keys.next()? {
                let (key, number) = (slot >> 32, slot as u32);
                // A document alone under its key is not read.
                let before = last.replace((key, number)).filter(|&(last, _)| last == key);
                match before {
                    None => self.end_groups(&mut groups)?,
                    Some((_, first)) if groups.is_empty() => self.add_to_groups(first, &mut groups)?,
                    Some(_) => {}
                }
                if before.is_some() {
                    self.add_to_groups(number, &mut groups)?;
                }
            }
            self.end_groups(&mut groups)?;
        }
        match self.shelf.empty {
            Some(empty) => self.notes.put(empty, Note::Empty),
            None => Ok(()),
        }
    }

    fn add_to_groups(&mut self, number: u32, groups: &mut Vec<Group>) -> io::Result<()> {
        let row = self.shelf.row(number)?;
        let Some(group) = groups.iter_mut().find(|group| group.fingerprint == row.fingerprint) else {
            let fingerprint = row.fingerprint;
            groups.push(Group { fingerprint, first: number, survivor: number, weight: row.weight });
            return Ok(());
        };
        if self.keep == Keep::Heaviest && row.weight > group.weight {
            (group.survivor, group.weight) = (number, row.weight);
        }
        self.copies.set(number);
        self.notes.put(number, Note::CopyOf(group.first))
    }

    fn end_groups(&mut self, groups: &mut Vec<Group>) -> io::Result<()> {
        for group in groups.drain(..).filter(|group| group.survivor != group.first) {
            self.notes.put(group.first, Note::Group(group.survivor, group.weight))?;
        }
        Ok(())
    }

    /// Links documents that share a key and are similar, of those that are the same the first.
    fn link(&self, config: &DedupConfig) -> io::Result<Links> {
        let (mut links, mut leaders) = (Links::new(self.shelf.count()), Leaders::new(config));
        let mut sets = self.shelf;
        for table in 1..self.shelf.n_tables() {
            let mut keys = self.shelf.keys_of(table, 2 * self.buffer_bytes)?;
            let mut last = None;
            while let Some(slot) = keys.next()? {
                let (key, number) = (slot >> 32, slot as u32);
                if last.replace(key) != Some(key) {
                    leaders.begin();
                }
                if !self.copies.has(number) {
                    leaders.take(number, &mut sets, &mut links)?;
                }
            }
        }
        Ok(links)
    }

    /// Notes which linked documents are removed, and for which survivor.
    fn choose_survivors(&self, config: &DedupConfig, mut links: Links) -> io::Result<()> {
        let mut members = self.members(&mut links)?;
        let (mut survivors, mut block) = (Survivors::new(config), Block::default());
        let mut cluster = None;
        while let Some(member) = members.next()? {
            let (root, number) = ((member >> 96) as u32, member as u32);
            let is_next = cluster.replace(root) != Some(root);
            if is_next || block.memory_bytes() > self.buffer_bytes {
                self.remove(&mut block, &mut survivors)?;
            }
            if is_next {
                survivors.begin();
            }
            block.add(number, self.shelf)?;
        }
        self.remove(&mut block, &mut survivors)
    }

    /// The documents of clusters of two and more: the cluster, what is heavy first if that is asked for, the document.
    fn members(&self, links: &mut Links) -> io::Result<Sorted<u128>> {
        let mut linked = Bits::new(self.shelf.count());
        for number in 0..self.shelf.count() {
            let root = links.root(number);
            if root != number {
                linked.set(root);
            }
        }
        let mut members = Sorter::<u128>::new(self.shelf.folder(), self.buffer_bytes);
        for number in 0..self.shelf.count() {
            let root = links.root(number);
            if !linked.has(root) {
                continue;
            }
            let lightness = match (self.keep, self.notes.get(number)?) {
                (Keep::First, _) => 0,
                (Keep::Heaviest, Note::Group(_, weight)) => !weight,
                (Keep::Heaviest, _) => !self.shelf.row(number)?.weight,
            };
            members.push(u128::from(root) << 96 | u128::from(lightness) << 32 | u128::from(number))?;
        }
        members.finish()
    }

    fn remove(&self, block: &mut Block, survivors: &mut Survivors) -> io::Result<()> {
        survivors.take(block.documents(), &mut &*self.shelf, |number, survivor, evidence| {
            let of = match self.notes.get(survivor)? {
                Note::Group(heaviest, _) => heaviest,
                _ => survivor,
            };
            self.notes.put(number, Note::Near(of, evidence.similarity()))
        })?;
        block.bytes.clear();
        block.ends.clear();
        Ok(())
    }
}

/// Documents of a cluster with their sets.
#[derive(Default)]
struct Block {
    bytes: Vec<u8>,
    /// The number of each document, and where its set ends.
    ends: Vec<(u32, usize)>,
    set: Vec<u8>,
}

impl Block {
    fn add(&mut self, number: u32, mut shelf: &Shelf) -> io::Result<()> {
        shelf.read(number, &mut self.set)?;
        self.bytes.extend_from_slice(&self.set);
        self.ends.push((number, self.bytes.len()));
        Ok(())
    }

    /// Bytes it takes, when its documents are compared.
    fn memory_bytes(&self) -> u64 {
        (self.bytes.len() + self.ends.len() * (size_of::<(u32, usize)>() + size_of::<(u32, &[u8])>())) as u64
    }

    fn documents(&self) -> Vec<(u32, &[u8])> {
        let mut start = 0;
        let set = |&(number, end): &(u32, usize)| (number, &self.bytes[std::mem::replace(&mut start, end)..end]);
        self.ends.iter().map(set).collect()
    }
}

/// The largest clusters, out of each survivor with each document that was removed for it.
fn largest(mut removals: Sorted<u64>, shown: usize) -> io::Result<Vec<LargeCluster>> {
    let mut clusters: Vec<LargeCluster> = Vec::new();
    let mut cluster: Option<LargeCluster> = None;
    let mut end = |cluster: Option<LargeCluster>| {
        let Some(cluster) = cluster else { return };
        let place = clusters.partition_point(|other| other.removed >= cluster.removed);
        if place < shown {
            clusters.insert(place, cluster);
            clusters.truncate(shown);
        }
    };
    while let Some(removal) = removals.next()? {
        let (survivor, number) = ((removal >> 32) as u32, removal as u32);
        if cluster.as_ref().is_none_or(|cluster| cluster.survivor != survivor) {
            end(cluster.replace(LargeCluster { survivor, removed: 0, examples: Vec::new() }));
        }
        if let Some(cluster) = &mut cluster {
            cluster.removed += 1;
            if cluster.examples.len() < SHOWN_REMOVED {
                cluster.examples.push(number);
            }
        }
    }
    end(cluster);
    Ok(clusters)
}

/// A bit for each document.
struct Bits(Vec<u64>);

impl Bits {
    fn new(count: u32) -> Bits {
        Bits(vec![0; count.div_ceil(64) as usize])
    }

    fn set(&mut self, number: u32) {
        self.0[(number / 64) as usize] |= 1 << (number % 64);
    }

    fn has(&self, number: u32) -> bool {
        self.0[(number / 64) as usize] >> (number % 64) & 1 == 1
    }
}

#[cfg(test)]
mod tests;

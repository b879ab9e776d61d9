//! What is kept of each document: its fingerprint and its shingle set, in flat arrays.

use std::convert::Infallible;

use super::leaders::Sets;

/// Documents that share one 64-bit base of offsets.
const GROUP: usize = 256;

/// Fingerprints and shingle sets by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    fingerprints: Vec<u128>,
    /// Where the sets of each group of documents begin in `sets`.
    bases: Vec<u64>,
    /// Where each set begins, from its group's base.
    offsets: Vec<u32>,
    sets: Vec<u8>,
}

/// Makes room for `more` in steps of a sixty-fourth part, where `Vec` alone would double.
fn reserve_tightly<T>(vec: &mut Vec<T>, more: usize) {
    if vec.capacity() - vec.len() < more {
        vec.reserve_exact(more.max(vec.len() / 64).max(64));
    }
}

impl Store {
    /// Number of documents.
    pub(crate) fn len(&self) -> usize {
        self.fingerprints.len()
    }

    /// Bytes it takes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.fingerprints.capacity() * 16
            + self.bases.capacity() * 8
            + self.offsets.capacity() * 4
            + self.sets.capacity()
    }

    /// Adds a document and returns its number.
    pub(crate) fn push(&mut self, fingerprint: u128, set: &[u8]) -> u32 {
        let number = self.fingerprints.len();
        if number.is_multiple_of(GROUP) {
            reserve_tightly(&mut self.bases, 1);
            self.bases.push(self.sets.len() as u64);
        }
        reserve_tightly(&mut self.fingerprints, 1);
        reserve_tightly(&mut self.offsets, 1);
        reserve_tightly(&mut self.sets, set.len());
        self.offsets.push((self.sets.len() as u64 - self.bases[number / GROUP]) as u32);
        self.fingerprints.push(fingerprint);
        self.sets.extend_from_slice(set);
        number as u32
    }

    /// The fingerprint of a document.
    #[inline(always)]
    pub(crate) fn fingerprint(&self, document: u32) -> u128 {
        self.fingerprints[document as usize]
    }

    /// The shingle set of a document; empty if it was too short for one.
    #[inline(always)]
    pub(crate) fn shingle_set(&self, document: u32) -> &[u8] {
        let start_of = |number: usize| (self.bases[number / GROUP] + u64::from(self.offsets[number])) as usize;
        let number = document as usize;
        let end = if number + 1 < self.len() { start_of(number + 1) } else { self.sets.len() };
        &self.sets[start_of(number)..end]
    }
}

impl Sets for &Store {
    type Error = Infallible;

    fn read(&mut self, number: u32, out: &mut Vec<u8>) -> Result<(), Infallible> {
        out.clear();
        out.extend_from_slice(self.shingle_set(number));
        Ok(())
    }
}

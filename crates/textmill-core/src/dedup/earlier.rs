//! What the frozen parts of an index have to say of one document.
//!
//! An index that outgrows its memory, or that was kept by an earlier run, lies outside, in parts that never change. Whoever
//! owns them looks the document's keys up there and hands what it found to [`Index::compare`](super::Index::compare),
//! which then decides as if everything were in memory.

use super::config::MAX_MINIMA;
use super::sketch::Sketch;

/// Documents of frozen parts that share a key with the document at hand.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// The one with the same fingerprint, if there is one.
    pub exact: Option<u32>,
    /// How many each band lists under the document's key.
    listed: [u32; MAX_MINIMA],
    numbers: Vec<u32>,
    sets: Vec<u8>,
    /// Where in `sets` the set of each ends.
    ends: Vec<usize>,
}

impl Default for Earlier {
    fn default() -> Earlier {
        Earlier { exact: None, listed: [0; MAX_MINIMA], numbers: Vec::new(), sets: Vec::new(), ends: Vec::new() }
    }
}

impl Earlier {
    /// Forgets everything, for the next document.
    pub fn clear(&mut self) {
        self.exact = None;
        self.listed.fill(0);
        self.numbers.clear();
        self.sets.clear();
        self.ends.clear();
    }

    /// Notes that band `band` lists the document under the key.
    pub fn note(&mut self, band: usize, number: u32) {
        self.listed[band] += 1;
        self.numbers.push(number);
    }

    /// The documents that were noted, each once, ascending. Their sets are to be given in this order.
    pub fn numbers(&mut self) -> &[u32] {
        self.numbers.sort_unstable();
        self.numbers.dedup();
        &self.numbers
    }

    /// Where the shingle set of the next document is to be appended; [`end_set`](Earlier::end_set) follows.
    pub fn set_buffer(&mut self) -> &mut Vec<u8> {
        &mut self.sets
    }

    /// Ends the set of one document.
    pub fn end_set(&mut self) {
        self.ends.push(self.sets.len());
    }

    /// How many documents band `band` lists under the key.
    pub(crate) fn listed(&self, band: usize) -> usize {
        self.listed[band] as usize
    }

    /// Each document with its shingle set, ascending.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = (u32, &[u8])> {
        let starts = std::iter::once(&0).chain(&self.ends);
        self.numbers
            .iter()
            .zip(starts.zip(&self.ends))
            .map(|(&number, (&start, &end))| (number, &self.sets[start..end]))
    }
}

/// The key of a document in each table of an index: of fingerprints first, then of each band, if it has any.
pub fn table_keys(sketch: &Sketch) -> impl Iterator<Item = (usize, u32)> {
    let keys = std::iter::once(sketch.fingerprint as u32).chain(sketch.band_keys.iter().map(|&key| key as u32));
    keys.enumerate()
}

//! The documents of a corpus that do not fit into memory: what is compared of them, and their ids, in files without names.
//!
//! Documents come in batches, each as large as memory allows. A batch leaves its documents, one after the other, and for
//! each table of keys a run of keys in order. `settle` finds there which documents are alike. Nothing stays
//! in memory but where the runs lie, which is a few bytes for each batch.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use textmill_core::dedup::{Clusters, Sets, Sketch};

use super::error::{IndexError, at};
use super::ids::Ids;
use super::segment::{BUFFER_BYTES, u64_at};
use super::sorted::{Sorted, merge};

/// Bytes of a document's row: fingerprint, weight, where the rest of it begins, lengths of its set, its keys and its id.
const ROW_BYTES: u64 = 48;

/// Documents on disk.
pub struct Shelf {
    folder: PathBuf,
    documents: u32,
    /// The first that is nothing but white space.
    pub(super) empty: Option<u32>,
    /// A row for each document.
    rows: Written,
    /// Set, keys and id of each.
    data: Written,
    /// Keys, each with its document.
    keys: Written,
    /// Of each table, where its runs lie in `keys`.
    runs: Vec<Vec<Range<u64>>>,
}

/// A file that grows.
struct Written {
    out: BufWriter<File>,
    length: u64,
}

impl Written {
    fn create(folder: &Path) -> io::Result<Written> {
        Ok(Written { out: BufWriter::with_capacity(BUFFER_BYTES / 4, tempfile::tempfile_in(folder)?), length: 0 })
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.length += bytes.len() as u64;
        self.out.write_all(bytes)
    }

    fn read(&self, at: u64, length: usize, out: &mut Vec<u8>) -> io::Result<()> {
        out.resize(length, 0);
        self.out.get_ref().read_exact_at(out, at)
    }
}

/// What is known of a document without reading the rest of it.
pub(super) struct Row {
    pub(super) fingerprint: u128,
    /// By what the heaviest of a cluster is chosen.
    pub(super) weight: u64,
    at: u64,
    set_bytes: u32,
    n_keys: u32,
    id_bytes: u64,
}

impl Shelf {
    /// No documents yet.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn create(folder: &Path) -> Result<Shelf, IndexError> {
        let new = || Written::create(folder).map_err(at(folder));
        let (rows, data, keys) = (new()?, new()?, new()?);
        Ok(Shelf { folder: folder.to_owned(), documents: 0, empty: None, rows, data, keys, runs: Vec::new() })
    }

    /// Documents on disk.
    pub fn count(&self) -> u32 {
        self.documents
    }

    /// Takes the documents of a corpus over, which get the next numbers.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn put(&mut self, clusters: Clusters, ids: &Ids) -> Result<(), IndexError> {
        let folder = self.folder.clone();
        self.write(clusters, ids).map_err(at(&folder))
    }

    fn write(&mut self, clusters: Clusters, ids: &Ids) -> io::Result<()> {
        let first = self.documents;
        let (mut ids, mut number) = (ids.reader(), 0);
        while let Some(id) = ids.next() {
            let sketch = clusters.sketch(number);
            self.rows.put(&sketch.fingerprint.to_le_bytes())?;
            self.rows.put(&clusters.weight(number).to_le_bytes())?;
            self.rows.put(&self.data.length.to_le_bytes())?;
            for length in [sketch.shingle_set.len() as u32, sketch.band_keys.len() as u32] {
                self.rows.put(&length.to_le_bytes())?;
            }
            self.rows.put(&(id.len() as u64).to_le_bytes())?;
            self.data.put(&sketch.shingle_set)?;
            sketch.band_keys.iter().try_for_each(|&key| self.data.put(&(key as u32).to_le_bytes()))?;
            self.data.put(id)?;
            if sketch.empty {
                self.empty = self.empty.or(Some(self.documents));
            }
            number += 1;
            self.documents += 1;
        }
        clusters.into_tables(|table, slots| {
            let start = self.keys.length;
            for &(key, number) in slots {
                self.keys.put(&(u64::from(key) << 32 | u64::from(first + number)).to_le_bytes())?;
            }
            if self.runs.len() <= table {
                self.runs.resize(table + 1, Vec::new());
            }
            self.runs[table].push(start..self.keys.length);
            Ok::<(), io::Error>(())
        })?;
        [&mut self.rows, &mut self.data, &mut self.keys].into_iter().try_for_each(|written| written.out.flush())
    }

    /// The id of a document, as JSON, in place of what was in `out`.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn id(&self, number: u32, out: &mut Vec<u8>) -> Result<(), IndexError> {
        let read = || {
            let row = self.row(number)?;
            let before = u64::from(row.set_bytes) + 4 * u64::from(row.n_keys);
            self.data.read(row.at + before, row.id_bytes as usize, out)
        };
        self.told(read)
    }

    /// What an index needs to know of a document.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn sketch(&self, number: u32) -> Result<Sketch, IndexError> {
        let read = || {
            let (row, mut bytes) = (self.row(number)?, Vec::new());
            self.data.read(row.at, row.set_bytes as usize + 4 * row.n_keys as usize, &mut bytes)?;
            let (set, keys) = bytes.split_at(row.set_bytes as usize);
            let key = |four: &[u8]| four.iter().rev().fold(0, |key, &byte| key << 8 | u64::from(byte));
            let (fingerprint, band_keys) = (row.fingerprint, keys.chunks(4).map(key).collect());
            Ok(Sketch { fingerprint, band_keys, shingle_set: set.into(), ..Sketch::default() })
        };
        self.told(read)
    }

    /// The row of a document.
    pub(super) fn row(&self, number: u32) -> io::Result<Row> {
        let mut bytes = [0; ROW_BYTES as usize];
        self.rows.out.get_ref().read_exact_at(&mut bytes, u64::from(number) * ROW_BYTES)?;
        let [low, high, weight, at, lengths, id_bytes] = [0, 8, 16, 24, 32, 40].map(|at| u64_at(&bytes, at));
        let fingerprint = u128::from(high) << 64 | u128::from(low);
        Ok(Row { fingerprint, weight, at, set_bytes: lengths as u32, n_keys: (lengths >> 32) as u32, id_bytes })
    }

    /// The keys of a table, each with its document, in order.
    pub(super) fn keys_of(&self, table: usize, memory_bytes: u64) -> io::Result<Sorted<u64>> {
        merge(self.keys.out.get_ref(), &self.runs[table], &self.folder, memory_bytes)
    }

    /// Tables of keys: of fingerprints, then one for each band.
    pub(super) fn n_tables(&self) -> usize {
        self.runs.len()
    }

    /// Where its files lie, and others of the same corpus may.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Names the folder where the files lie that have no name.
    ///
    /// # Errors
    /// What `run` gives.
    pub fn told<T>(&self, run: impl FnOnce() -> io::Result<T>) -> Result<T, IndexError> {
        run().map_err(at(&self.folder))
    }
}

impl Sets for &Shelf {
    type Error = io::Error;

    fn read(&mut self, number: u32, out: &mut Vec<u8>) -> io::Result<()> {
        let row = self.row(number)?;
        self.data.read(row.at, row.set_bytes as usize, out)
    }
}

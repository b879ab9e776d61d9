//! The documents of a corpus that do not fit into memory: what is compared of them, and their ids, in files without names.
//!
//! Documents come in batches, each as large as memory allows. A batch leaves its documents, one after the other, and for
//! each table of keys a run of keys in order. `components` finds there which documents may be alike at all. Nothing stays
//! in memory but where the runs lie, which is a few bytes for each batch.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use textmill_core::dedup::{Clusters, Sketch};

use super::error::{IndexError, at};
use super::ids::Ids;
use super::segment::{BUFFER_BYTES, u64_at};

/// Bytes of a document's place: where it begins.
const PLACE_BYTES: u64 = 8;
/// Bytes of a document before its keys: fingerprint, weight, lengths of keys, set and id, and whether it is empty.
const HEAD_BYTES: usize = 40;
/// Bytes of a key and its document.
pub(super) const SLOT_BYTES: u64 = 8;

/// Documents on disk.
pub struct Shelf {
    folder: PathBuf,
    documents: u32,
    /// One that is nothing but white space.
    pub(super) empty: Option<u32>,
    /// All of each document, and where each begins.
    data: Written,
    places: Written,
    /// Keys, each with its document.
    keys: Written,
    /// Of each table, where its runs lie in `keys`.
    pub(super) runs: Vec<Vec<Range<u64>>>,
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

/// A document as it comes back.
pub(super) struct Shelved {
    pub(super) sketch: Sketch,
    pub(super) weight: u64,
}

impl Shelf {
    /// No documents yet.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn create(folder: &Path) -> Result<Shelf, IndexError> {
        let new = || Written::create(folder).map_err(at(folder));
        let (data, places, keys) = (new()?, new()?, new()?);
        Ok(Shelf { folder: folder.to_owned(), documents: 0, empty: None, data, places, keys, runs: Vec::new() })
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
        for (number, id) in ids.iter().enumerate() {
            let number = number as u32;
            let sketch = clusters.sketch(number);
            self.places.put(&self.data.length.to_le_bytes())?;
            self.data.put(&sketch.fingerprint.to_le_bytes())?;
            self.data.put(&clusters.weight(number).to_le_bytes())?;
            let flags_and_keys = sketch.band_keys.len() as u32 | u32::from(sketch.empty) << 31;
            for length in [flags_and_keys, sketch.shingle_set.len() as u32] {
                self.data.put(&length.to_le_bytes())?;
            }
            self.data.put(&(id.len() as u64).to_le_bytes())?;
            sketch.band_keys.iter().try_for_each(|&key| self.data.put(&(key as u32).to_le_bytes()))?;
            self.data.put(&sketch.shingle_set)?;
            self.data.put(id)?;
            if sketch.empty {
                self.empty = Some(self.documents);
            }
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
        [&mut self.data, &mut self.places, &mut self.keys].into_iter().try_for_each(|written| written.out.flush())
    }

    /// The id of a document, as JSON, in place of what was in `out`.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn id(&self, number: u32, out: &mut Vec<u8>) -> Result<(), IndexError> {
        let read = || {
            let (start, head) = self.head(number)?;
            let before = HEAD_BYTES as u64 + 4 * u64::from(head.n_keys) + u64::from(head.set_bytes);
            self.data.read(start + before, head.id_bytes as usize, out)
        };
        self.told(read)
    }

    /// What an index needs to know of a document.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn sketch(&self, number: u32) -> Result<Sketch, IndexError> {
        Ok(self.get(number)?.sketch)
    }

    /// What is compared of a document.
    pub(super) fn get(&self, number: u32) -> Result<Shelved, IndexError> {
        let read = || {
            let (start, head) = self.head(number)?;
            let (key_bytes, mut rest) = (4 * head.n_keys as usize, Vec::new());
            self.data.read(start + HEAD_BYTES as u64, key_bytes + head.set_bytes as usize, &mut rest)?;
            let (keys, set) = rest.split_at(key_bytes);
            let key = |four: &[u8]| four.iter().rev().fold(0, |key, &byte| key << 8 | u64::from(byte));
            let sketch = Sketch {
                fingerprint: head.fingerprint,
                empty: head.is_empty,
                band_keys: keys.chunks(4).map(key).collect(),
                shingle_set: set.into(),
                ..Sketch::default()
            };
            Ok(Shelved { sketch, weight: head.weight })
        };
        self.told(read)
    }

    /// Reads slots of a run from a place on, as many as there are until the first one whose key is not below `end`; returns
    /// where that one is.
    pub(super) fn slots_below(
        &self,
        mut from: u64,
        run_end: u64,
        end: u64,
        slots: &mut Vec<u64>,
    ) -> Result<u64, IndexError> {
        let mut bytes = Vec::new();
        let mut at_once = 1 << 12;
        while from < run_end {
            let length = at_once.min(run_end - from);
            self.told(|| self.keys.read(from, length as usize, &mut bytes))?;
            let before = slots.len();
            slots.extend((0..bytes.len()).step_by(8).map(|at| u64_at(&bytes, at)).take_while(|slot| slot >> 32 < end));
            let taken = (slots.len() - before) as u64 * SLOT_BYTES;
            from += taken;
            if taken < length {
                break;
            }
            at_once = (2 * at_once).min(BUFFER_BYTES as u64 / 4);
        }
        Ok(from)
    }

    /// A file without a name for more of the same corpus.
    pub(super) fn new_file(&self) -> Result<File, IndexError> {
        tempfile::tempfile_in(&self.folder).map_err(at(&self.folder))
    }

    /// Names the folder where the files lie that have no name.
    pub(super) fn told<T>(&self, run: impl FnOnce() -> io::Result<T>) -> Result<T, IndexError> {
        run().map_err(at(&self.folder))
    }

    fn head(&self, number: u32) -> io::Result<(u64, Head)> {
        let (mut place, mut head) = ([0; 8], [0; HEAD_BYTES]);
        self.places.out.get_ref().read_exact_at(&mut place, u64::from(number) * PLACE_BYTES)?;
        let start = u64::from_le_bytes(place);
        self.data.out.get_ref().read_exact_at(&mut head, start)?;
        let [low, high, weight, lengths, id_bytes] = [0, 8, 16, 24, 32].map(|at| u64_at(&head, at));
        let head = Head {
            fingerprint: u128::from(high) << 64 | u128::from(low),
            weight,
            n_keys: lengths as u32 & !(1 << 31),
            is_empty: lengths as u32 >> 31 == 1,
            set_bytes: (lengths >> 32) as u32,
            id_bytes,
        };
        Ok((start, head))
    }
}

/// What stands before a document's keys.
struct Head {
    fingerprint: u128,
    weight: u64,
    n_keys: u32,
    is_empty: bool,
    set_bytes: u32,
    id_bytes: u64,
}

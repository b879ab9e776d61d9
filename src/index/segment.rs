//! A part of an index that never changes again: one file, searched where it lies.
//!
//! ```text
//! 32 bytes   what it is, and the number of the format
//! rows       for each document, and once more: fingerprint, where its set begins, where its id begins
//! sets, ids  one after the other
//! tables     of fingerprints and of each band: blocks of keys, as in memory
//! filter     a Bloom filter over all keys
//! contents   JSON: where everything is, and the checksum of everything before it
//! 24 bytes   length and checksum of the contents, and `textmill`
//! ```
//!
//! All numbers are little-endian. In memory there is the filter, and that only if there is room: a document that is like
//! none costs a look at the filter for each of its keys, and a read from the file for one key in a hundred.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use textmill_core::dedup::{Block, Earlier, Filter, FilterBlock, IndexState, Sketch, home_of, table_keys};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::ids::Ids;
use super::rows::Rows;
use super::segment_writer::SegmentWriter;

/// What a file begins with.
pub(super) const BEGINNING: &[u8; 32] = b"textmill index segment, format 1";
/// What it ends with.
pub(super) const END: &[u8; 8] = b"textmill";
/// Bytes of a row: a fingerprint, and two places.
const ROW_BYTES: u64 = 32;
/// Blocks that are read at once. One in five is full at the load tables are written with, and the next is needed too.
const BLOCKS_AT_ONCE: usize = 4;
/// Bytes of buffer for reading and writing whole files.
pub const BUFFER_BYTES: usize = 1 << 20;

/// Where everything is in a segment's file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// Documents in it.
    pub documents: u32,
    /// The fingerprint of its rows: of each document, its fingerprint and its id.
    pub rows: Rows,
    pub(super) sets: Range<u64>,
    pub(super) ids: Range<u64>,
    pub(super) tables: Vec<Table>,
    pub(super) filter: Range<u64>,
    /// XXH3-64 of everything before the contents.
    pub(super) checksum: u64,
}

/// A table of keys in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Table {
    pub(super) at: u64,
    pub(super) n_homes: u64,
    pub(super) blocks: u64,
    pub(super) slots: u64,
}

/// A part of an index that never changes again.
pub struct Segment {
    pub(super) file: File,
    /// Its name; none for one that ends with the run.
    pub path: Option<PathBuf>,
    /// Where everything is.
    pub contents: Contents,
    /// The number of its first document.
    pub base: u32,
    pub(super) filter: Option<Filter>,
}

/// What is known of one document.
pub(super) struct Row {
    pub(super) fingerprint: u128,
    pub(super) set: Range<u64>,
    pub(super) id: Range<u64>,
}

impl Contents {
    /// Whether everything lies within the first `end` bytes of the file.
    fn fit_into(&self, end: u64) -> bool {
        let fits = |range: &Range<u64>| range.start <= range.end && range.end <= end;
        let table_fits = |table: &Table| {
            let bytes = table.blocks.checked_mul(Block::BYTES as u64).and_then(|bytes| bytes.checked_add(table.at));
            table.n_homes <= table.blocks && bytes.is_some_and(|table_end| table_end <= end)
        };
        let rows_end = Segment::row_range(0, self.documents).end;
        rows_end <= end
            && [&self.sets, &self.ids, &self.filter].into_iter().all(fits)
            && self.tables.iter().all(table_fits)
    }
}

impl Segment {
    /// Writes what is in memory, documents from number `base` on, and their ids.
    ///
    /// # Errors
    /// What the system says.
    pub fn freeze(
        file: File,
        path: Option<PathBuf>,
        state: &IndexState<'_>,
        ids: &Ids,
        base: u32,
    ) -> io::Result<Segment> {
        let n_keys =
            state.tables.iter().flat_map(|(_, blocks)| blocks.iter()).map(|block| block.slots().count() as u64);
        let mut writer = SegmentWriter::begin(file, n_keys.sum())?;
        let mut ids_of = ids.reader();
        for (fingerprint, set) in state.documents.iter() {
            writer.row(fingerprint, set.len() as u64, ids_of.next().unwrap_or_default())?;
        }
        writer.end_rows()?;
        state.documents.iter().try_for_each(|(_, set)| writer.out.write_all(set))?;
        writer.end_sets();
        let mut ids_of = ids.reader();
        while let Some(id) = ids_of.next() {
            writer.out.write_all(id)?;
        }
        writer.end_ids();
        for &(n_homes, blocks) in &state.tables {
            let table = writer.begin_table(n_homes);
            blocks.iter().try_for_each(|block| writer.block(block))?;
            writer.end_table(table);
        }
        writer.finish(path, base)
    }

    /// Opens a file and reads it once, to see that it is as it was written.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::InvalidData`] for a file that is none, or damaged.
    pub fn open(path: &Path, base: u32) -> io::Result<Segment> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut tail = [0; 24];
        let tail_at = length.checked_sub(24).ok_or_else(|| damaged("it is too short"))?;
        file.read_exact_at(&mut tail, tail_at)?;
        let [contents_bytes, checksum] = [0, 8].map(|at| u64_at(&tail, at));
        let contents_at = tail_at.checked_sub(contents_bytes).filter(|_| tail[16..] == *END);
        let contents_at = contents_at.ok_or_else(|| damaged("its end is missing"))?;
        let mut json = vec![0; contents_bytes as usize];
        file.read_exact_at(&mut json, contents_at)?;
        if xxh3_64(&json) != checksum {
            return Err(damaged("its contents do not have their checksum"));
        }
        let contents: Contents = serde_json::from_slice(&json).map_err(|error| damaged(&error.to_string()))?;
        let (found, beginning) = checksum_of(&file, contents_at)?;
        if beginning != *BEGINNING {
            return Err(damaged("it does not begin as a segment of this format does"));
        }
        if found != contents.checksum {
            return Err(damaged("it does not have its checksum"));
        }
        if !contents.fit_into(contents_at) {
            return Err(damaged("its contents lie outside of it"));
        }
        let mut segment = Segment { file, path: Some(path.to_owned()), contents, base, filter: None };
        segment.filter = Some(segment.read_filter()?);
        Ok(segment)
    }

    /// Bytes of the file.
    ///
    /// # Errors
    /// What the system says.
    pub fn file_bytes(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// Bytes it takes in memory.
    pub fn memory_bytes(&self) -> u64 {
        self.filter.as_ref().map_or(0, Filter::memory_bytes)
    }

    /// Gives the filter's memory back. Every key is looked up in the file from now on.
    pub fn drop_filter(&mut self) {
        self.filter = None;
    }

    /// Puts everything on disk.
    ///
    /// # Errors
    /// What the system says.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Notes in `earlier` the documents below `limit` that share a key with the sketch, or its fingerprint.
    ///
    /// # Errors
    /// What the system says, or that the file is damaged.
    pub(super) fn look_up(&self, sketch: &Sketch, limit: u32, earlier: &mut Earlier) -> io::Result<()> {
        for (table, key) in table_keys(sketch) {
            if self.filter.as_ref().is_some_and(|filter| !filter.may_hold(table as u32, key.into())) {
                continue;
            }
            let mut same = None;
            self.for_each_listed(table, key, |local| {
                let number = self.base + local;
                if number >= limit {
                    return Ok(());
                }
                match table.checked_sub(1) {
                    Some(band) => earlier.note(band, number),
                    None if self.row(local)?.fingerprint == sketch.fingerprint => same = Some(number),
                    None => {}
                }
                Ok(())
            })?;
            if same.is_some() {
                earlier.exact = same;
                return Ok(());
            }
        }
        Ok(())
    }

    fn for_each_listed(&self, table: usize, key: u32, mut visit: impl FnMut(u32) -> io::Result<()>) -> io::Result<()> {
        let table = self.contents.tables.get(table).ok_or_else(|| damaged("a table is missing"))?;
        let mut place = home_of(key, table.n_homes as usize) as u64;
        let mut bytes = [0; Block::BYTES * BLOCKS_AT_ONCE];
        while place < table.blocks {
            let n = (table.blocks - place).min(BLOCKS_AT_ONCE as u64);
            let bytes = &mut bytes[..n as usize * Block::BYTES];
            self.file.read_exact_at(bytes, table.at + place * Block::BYTES as u64)?;
            // Chunks of exactly that size.
            for block in bytes.as_chunks::<{ Block::BYTES }>().0.iter().map(Block::from_bytes) {
                for (_, document) in block.slots().filter(|slot| slot.0 == key) {
                    if document > self.contents.documents {
                        return Err(damaged("a table names a document that is not there"));
                    }
                    visit(document - 1)?;
                }
                if !block.is_full() {
                    return Ok(());
                }
            }
            place += n;
        }
        Err(damaged("a table has no end"))
    }

    /// What is known of the document of that number within the segment.
    pub(super) fn row(&self, local: u32) -> io::Result<Row> {
        let mut bytes = [0; 2 * ROW_BYTES as usize];
        self.file.read_exact_at(&mut bytes, BEGINNING.len() as u64 + u64::from(local) * ROW_BYTES)?;
        self.row_of(&bytes)
    }

    /// The row that these bytes are, with the next one.
    pub(super) fn row_of(&self, bytes: &[u8]) -> io::Result<Row> {
        let fingerprint = u128::from(u64_at(bytes, 0)) | u128::from(u64_at(bytes, 8)) << 64;
        let range = |at: usize, within: &Range<u64>| {
            let place = |at: usize| within.start.checked_add(u64_at(bytes, at)).filter(|&place| place <= within.end);
            let range = place(at).zip(place(at + ROW_BYTES as usize)).map(|(start, end)| start..end);
            range.filter(|range| range.start <= range.end).ok_or_else(|| damaged("a row is out of range"))
        };
        Ok(Row { fingerprint, set: range(16, &self.contents.sets)?, id: range(24, &self.contents.ids)? })
    }

    /// Appends the shingle set of a document.
    pub(super) fn read_set(&self, local: u32, out: &mut Vec<u8>) -> io::Result<()> {
        let range = self.row(local)?.set;
        self.read_range(range, out)
    }

    /// Appends the id of a document, as JSON.
    pub(super) fn read_id(&self, local: u32, out: &mut Vec<u8>) -> io::Result<()> {
        let range = self.row(local)?.id;
        self.read_range(range, out)
    }

    pub(super) fn read_range(&self, range: Range<u64>, out: &mut Vec<u8>) -> io::Result<()> {
        let start = out.len();
        out.resize(start + (range.end - range.start) as usize, 0);
        self.file.read_exact_at(&mut out[start..], range.start)
    }

    /// Where the rows are, the one after the last included.
    pub(super) fn row_range(first: u32, n: u32) -> Range<u64> {
        let start = BEGINNING.len() as u64 + u64::from(first) * ROW_BYTES;
        start..start + (u64::from(n) + 1) * ROW_BYTES
    }

    fn read_filter(&self) -> io::Result<Filter> {
        let range = self.contents.filter.clone();
        let mut blocks = Vec::with_capacity(((range.end - range.start) / 64) as usize);
        let mut bytes = vec![0; BUFFER_BYTES];
        let mut at = range.start;
        while at < range.end {
            let n = (range.end - at).min(BUFFER_BYTES as u64) as usize;
            self.file.read_exact_at(&mut bytes[..n], at)?;
            blocks.extend(bytes[..n].as_chunks::<64>().0.iter().map(filter_block));
            at += n as u64;
        }
        Filter::from_blocks(blocks).ok_or_else(|| damaged("its filter is empty"))
    }
}

/// The hash of the first `length` bytes of a file, and its beginning.
fn checksum_of(file: &File, length: u64) -> io::Result<(u64, [u8; 32])> {
    let mut hash = Xxh3::new();
    let mut beginning = [0; 32];
    let mut bytes = vec![0; BUFFER_BYTES];
    let mut at = 0;
    while at < length {
        let n = (length - at).min(BUFFER_BYTES as u64) as usize;
        file.read_exact_at(&mut bytes[..n], at)?;
        if at == 0 && n >= 32 {
            beginning.copy_from_slice(&bytes[..32]);
        }
        hash.update(&bytes[..n]);
        at += n as u64;
    }
    Ok((hash.digest(), beginning))
}

pub(super) fn filter_block(bytes: &[u8; 64]) -> FilterBlock {
    FilterBlock(std::array::from_fn(|word| u64_at(bytes, word * 8)))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(eight)
}

pub(super) fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

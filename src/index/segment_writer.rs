//! Writes a segment from front to back, with its filter and its checksums.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use textmill_core::dedup::{Block, Filter};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::segment::{BEGINNING, BUFFER_BYTES, Contents, END, Segment, Table};

/// Bits of filter for a key: one question in a hundred goes to the file in vain, for 15 bytes a document at 11 bands.
const FILTER_BITS_PER_KEY: u64 = 10;

/// Writes a segment from front to back.
pub(super) struct SegmentWriter {
    pub(super) out: Checksummed,
    contents: Contents,
    /// Where the next set and the next id begin.
    ends: [u64; 2],
    filter: Filter,
    row: Vec<u8>,
}

impl SegmentWriter {
    /// Begins a segment that lists so many keys.
    pub(super) fn begin(file: File, n_keys: u64) -> io::Result<SegmentWriter> {
        let out = io::BufWriter::with_capacity(BUFFER_BYTES, file);
        let mut out = Checksummed { out, hash: Xxh3::new(), at: 0 };
        out.write_all(BEGINNING)?;
        let filter = Filter::with_bytes(n_keys * FILTER_BITS_PER_KEY / 8);
        Ok(SegmentWriter { out, contents: Contents::default(), ends: [0; 2], filter, row: Vec::new() })
    }

    /// Adds the row of a document.
    pub(super) fn row(&mut self, fingerprint: u128, set_bytes: u64, id: &[u8]) -> io::Result<()> {
        self.row.clear();
        self.row.extend_from_slice(&fingerprint.to_le_bytes());
        self.row.extend_from_slice(id);
        self.contents.rows.add(&self.row);
        self.contents.documents += 1;
        self.write_row(fingerprint)?;
        self.ends = [self.ends[0] + set_bytes, self.ends[1] + id.len() as u64];
        Ok(())
    }

    fn write_row(&mut self, fingerprint: u128) -> io::Result<()> {
        self.out.write_all(&fingerprint.to_le_bytes())?;
        self.out.write_all(&self.ends[0].to_le_bytes())?;
        self.out.write_all(&self.ends[1].to_le_bytes())
    }

    pub(super) fn end_rows(&mut self) -> io::Result<()> {
        self.write_row(0)?;
        self.contents.sets = self.out.at..self.out.at;
        Ok(())
    }

    pub(super) fn end_sets(&mut self) {
        self.contents.sets.end = self.out.at;
        self.contents.ids = self.out.at..self.out.at;
    }

    pub(super) fn end_ids(&mut self) {
        self.contents.ids.end = self.out.at;
    }

    pub(super) fn begin_table(&mut self, n_homes: u64) -> Table {
        self.contents.tables.push(Table::default());
        Table { at: self.out.at, n_homes, blocks: 0, slots: 0 }
    }

    /// Adds a block to the table that was begun last.
    pub(super) fn block(&mut self, block: &Block) -> io::Result<()> {
        let number = self.contents.tables.len() as u32 - 1;
        if let Some(table) = self.contents.tables.last_mut() {
            table.blocks += 1;
            for (key, _) in block.slots() {
                table.slots += 1;
                self.filter.insert(number, key.into());
            }
        }
        self.out.write_all(&block.to_bytes())
    }

    pub(super) fn end_table(&mut self, begun: Table) {
        if let Some(table) = self.contents.tables.last_mut() {
            *table = Table { at: begun.at, n_homes: begun.n_homes, ..table.clone() };
        }
    }

    /// Writes what is left. The file can be searched from now on; it is not yet sure to be on disk.
    pub(super) fn finish(mut self, path: Option<PathBuf>, base: u32) -> io::Result<Segment> {
        self.contents.filter = self.out.at..self.out.at;
        for block in self.filter.blocks() {
            block.0.iter().try_for_each(|word| self.out.write_all(&word.to_le_bytes()))?;
        }
        self.contents.filter.end = self.out.at;
        self.contents.checksum = self.out.hash.digest();
        let json = serde_json::to_vec(&self.contents)?;
        let mut out = self.out.out;
        out.write_all(&json)?;
        out.write_all(&(json.len() as u64).to_le_bytes())?;
        out.write_all(&xxh3_64(&json).to_le_bytes())?;
        out.write_all(END)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Segment { file, path, contents: self.contents, base, filter: Some(self.filter) })
    }
}

/// A file that is written, with the hash of what was.
pub(super) struct Checksummed {
    out: io::BufWriter<File>,
    hash: Xxh3,
    at: u64,
}

impl Checksummed {
    pub(super) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.at += bytes.len() as u64;
        self.out.write_all(bytes)
    }
}

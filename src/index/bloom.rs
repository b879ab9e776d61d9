//! A Bloom index that stays: the filter as one file, read whole and written anew by each run.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use textmill_core::dedup::{BloomIndex, BloomVerdict, DedupConfig, Filter, Sketch};
use xxhash_rust::xxh3::Xxh3;

use super::error::{IndexError, at};
use super::folder::FileEntry;
use super::rows::Rows;
use super::segment::{BUFFER_BYTES, damaged, filter_block, u64_at};
use super::{KeptFolder, Setting};

/// What a file begins with.
const BEGINNING: &[u8; 32] = b"textmill bloom index,  format 1\n";

/// A Bloom index, in memory, and where it stays if it does.
pub struct KeptBloom {
    index: BloomIndex,
    /// The documents of this run, by their fingerprints.
    rows: Rows,
    kept: Option<KeptFolder>,
}

impl KeptBloom {
    /// Opens the index, or begins one for so many documents.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn open(
        config: &DedupConfig,
        setting: &Setting<'_>,
        expected: u64,
        exact_only: bool,
    ) -> Result<KeptBloom, IndexError> {
        let refused = |error| IndexError::File {
            path: PathBuf::new(),
            source: io::Error::new(io::ErrorKind::InvalidInput, error),
        };
        let new = || BloomIndex::new(config, expected, exact_only);
        let Some(path) = setting.path else {
            return Ok(KeptBloom { index: new().map_err(refused)?, rows: Rows::default(), kept: None });
        };
        let kept = KeptFolder::open(path, setting)?;
        let folder = &kept.folder;
        // The file before the last is kept for the one case that a run is killed after its commit.
        let file = folder.manifest.files.get(usize::from(kept.is_committed));
        let index = match file {
            Some(file) => {
                let path = folder.path.join(&file.name);
                let (documents, keys, filter) = read(&path).map_err(at(&path))?;
                BloomIndex::with_filter(config, expected, documents, keys, filter).map_err(refused)?
            }
            None => new().map_err(refused)?,
        };
        Ok(KeptBloom { index, rows: Rows::default(), kept: Some(kept) })
    }

    /// Asks for a document, and adds it if it was not seen.
    pub fn insert(&mut self, sketch: &Sketch) -> BloomVerdict {
        let verdict = self.index.insert(sketch);
        if verdict == BloomVerdict::Unique {
            self.rows.add(&sketch.fingerprint.to_le_bytes());
        }
        verdict
    }

    /// The index itself.
    pub fn index(&self) -> &BloomIndex {
        &self.index
    }

    /// How often the index on disk had been written when the run began; nothing where it does not stay.
    pub fn generation(&self) -> Option<u64> {
        self.kept.as_ref().map(KeptFolder::generation)
    }

    /// Says that another run came between this one and its beginning.
    pub fn changed(&self) -> IndexError {
        KeptFolder::changed(self.kept.as_ref())
    }

    /// Makes what this run has seen part of the index, if it stays.
    ///
    /// # Errors
    /// [`IndexError`]; the index is then what it was.
    pub fn commit(self) -> Result<(), IndexError> {
        let Some(KeptFolder { mut folder, run_id, is_committed: false }) = self.kept else { return Ok(()) };
        let mut rows = folder.manifest.rows;
        rows.merge(self.rows);
        let before = folder.manifest.files.first().cloned();
        let name = format!("bloom-{:06}", folder.manifest.generation + 1);
        let (documents, keys) = self.index.counts();
        let file = write(&folder.path, &name, documents, keys, self.index.filter())?;
        folder.commit([Some(file), before].into_iter().flatten().collect(), documents, rows, &run_id)
    }
}

/// Writes the index to a file of that name and puts it on disk.
pub(super) fn write(
    folder: &Path,
    name: &str,
    documents: u64,
    keys: u64,
    filter: &Filter,
) -> Result<FileEntry, IndexError> {
    let path = folder.join(name);
    let write = || -> io::Result<u64> {
        let mut out = BufWriter::with_capacity(BUFFER_BYTES, File::create(&path)?);
        let mut hash = Xxh3::new();
        let mut put = |bytes: &[u8]| {
            hash.update(bytes);
            out.write_all(bytes)
        };
        put(BEGINNING)?;
        [documents, keys].iter().try_for_each(|number| put(&number.to_le_bytes()))?;
        let words = filter.blocks().iter().flat_map(|block| block.0);
        words.into_iter().try_for_each(|word| put(&word.to_le_bytes()))?;
        out.write_all(&hash.digest().to_le_bytes())?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(file.metadata()?.len())
    };
    let bytes = write().map_err(at(&path))?;
    Ok(FileEntry { name: name.to_owned(), documents, bytes })
}

/// The documents, the keys and the filter of a file.
pub(super) fn read(path: &Path) -> io::Result<(u64, u64, Filter)> {
    let file = File::open(path)?;
    let n_blocks = file.metadata()?.len().saturating_sub(56) / 64;
    let mut file = BufReader::with_capacity(BUFFER_BYTES, file);
    let mut hash = Xxh3::new();
    let mut head = [0; 48];
    file.read_exact(&mut head)?;
    if head[..32] != *BEGINNING {
        return Err(damaged("it does not begin as a Bloom index of this format does"));
    }
    hash.update(&head);
    let mut blocks = Vec::with_capacity(n_blocks as usize);
    let mut bytes = [0; 64];
    for _ in 0..n_blocks {
        file.read_exact(&mut bytes)?;
        hash.update(&bytes);
        blocks.push(filter_block(&bytes));
    }
    let mut sum = [0; 8];
    file.read_exact(&mut sum)?;
    if u64::from_le_bytes(sum) != hash.digest() {
        return Err(damaged("it does not have its checksum"));
    }
    let filter = Filter::from_blocks(blocks).ok_or_else(|| damaged("it is empty"))?;
    Ok((u64_at(&head, 32), u64_at(&head, 40), filter))
}

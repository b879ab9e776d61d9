//! An index on disk: a folder with a manifest, segments that never change, and a lock.
//!
//! The manifest alone says what belongs to the index. It is written under another name, put on disk and renamed, after all
//! that it names is on disk; so there is always one that is whole, and until then it is the last one. Files that it does not
//! name are those of a run that was killed, and are taken away when the index is next opened.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_64;

use super::error::{IndexError, at};
use super::rows::Rows;

/// The format of manifest and segments.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest";

/// What an index is made of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    format: u32,
    /// How documents were compared: the keys of `[dedup]` that change what is stored, and the version of the kernels.
    pub settings: Map<String, Value>,
    /// Counts how often it was written.
    pub generation: u64,
    /// Documents in all.
    pub documents: u64,
    /// The fingerprint of all rows.
    pub rows: Rows,
    /// Its files, in the order of their documents.
    pub files: Vec<FileEntry>,
    /// The run that wrote it.
    pub last_run: Run,
}

/// A file of an index.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its name within the folder.
    pub name: String,
    /// Documents in it.
    pub documents: u64,
    /// Its length.
    pub bytes: u64,
}

/// A run that added to an index.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Run {
    /// What it is known by.
    pub id: String,
    /// Documents that were there before.
    pub documents_before: u64,
}

/// An index on disk, locked as long as this lives.
pub struct IndexFolder {
    /// Where it is.
    pub path: PathBuf,
    /// What it is made of.
    pub manifest: Manifest,
    _lock: File,
}

impl IndexFolder {
    /// Opens an index for writing, or begins one where there is nothing.
    ///
    /// # Errors
    /// [`IndexError`] for a folder that is no index, one that another run has, or one that was made with other settings.
    pub fn open_or_create(path: &Path, settings: &Map<String, Value>) -> Result<IndexFolder, IndexError> {
        fs::create_dir_all(path).map_err(at(path))?;
        let is_new = !path.join(MANIFEST).exists();
        if is_new && !is_empty(path).map_err(at(path))? {
            return Err(IndexError::NoIndex { path: path.to_owned() });
        }
        let lock = File::create(path.join("lock")).map_err(at(path))?;
        lock_for(path, lock.try_lock())?;
        let manifest = if is_new {
            let (rows, files, last_run) = (Rows::default(), Vec::new(), Run::default());
            Manifest { format: FORMAT, settings: settings.clone(), generation: 0, documents: 0, rows, files, last_run }
        } else {
            read_manifest(path)?
        };
        check_settings(path, &manifest.settings, settings)?;
        let folder = IndexFolder { path: path.to_owned(), manifest, _lock: lock };
        folder.remove_strangers().map_err(at(path))?;
        Ok(folder)
    }

    /// Opens an index that is there, for reading.
    ///
    /// # Errors
    /// [`IndexError`] for a folder that is no index, or that a run has.
    pub fn open(path: &Path) -> Result<IndexFolder, IndexError> {
        let manifest = read_manifest(path)?;
        let lock = File::open(path.join("lock")).map_err(at(path))?;
        lock_for(path, lock.try_lock_shared())?;
        // What a run has changed in between.
        let manifest = if lock.metadata().is_ok() { read_manifest(path)? } else { manifest };
        Ok(IndexFolder { path: path.to_owned(), manifest, _lock: lock })
    }

    /// Makes the files, which are on disk, the index from now on.
    ///
    /// # Errors
    /// [`IndexError::File`]; the index is then what it was.
    pub fn commit(
        &mut self,
        files: Vec<FileEntry>,
        documents: u64,
        rows: Rows,
        run_id: &str,
    ) -> Result<(), IndexError> {
        let last_run = Run { id: run_id.to_owned(), documents_before: self.manifest.documents };
        let manifest = Manifest {
            generation: self.manifest.generation + 1,
            documents,
            rows,
            files,
            last_run,
            ..self.manifest.clone()
        };
        let json = serde_json::to_string(&manifest).map_err(|error| at(&self.path)(error.into()))?;
        let path = self.path.join(MANIFEST);
        let part = self.path.join("manifest.part");
        let write = || -> io::Result<()> {
            // The segments' names are on disk before the manifest that names them.
            File::open(&self.path)?.sync_all()?;
            let mut file = File::create(&part)?;
            file.write_all(format!("{:016x} {json}\n", xxh3_64(json.as_bytes())).as_bytes())?;
            file.sync_all()?;
            fs::rename(&part, &path)?;
            File::open(&self.path)?.sync_all()
        };
        write().map_err(at(&path))?;
        self.manifest = manifest;
        // What cannot be removed now is removed when the index is next opened.
        let _ = self.remove_strangers();
        Ok(())
    }

    /// Takes away what the manifest does not name: what a run left that was killed, and what is no longer needed.
    fn remove_strangers(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if (is_own(&name) || name == "manifest.part") && !self.manifest.files.iter().any(|file| file.name == name) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

fn lock_for(path: &Path, locked: Result<(), TryLockError>) -> Result<(), IndexError> {
    match locked {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(IndexError::Locked { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(at(path)(source)),
    }
}

/// Whether a folder holds nothing, or only what is left of an index that never was.
fn is_empty(path: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if name != "lock" && name != "manifest.part" && !is_own(&name) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn read_manifest(path: &Path) -> Result<Manifest, IndexError> {
    let file = path.join(MANIFEST);
    let text = fs::read_to_string(&file).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory if path.exists() => {
            IndexError::NoIndex { path: path.to_owned() }
        }
        _ => at(&file)(source),
    })?;
    let damaged = |what: &str| IndexError::Damaged { path: file.clone(), what: what.to_owned() };
    let line = text.strip_suffix('\n').and_then(|line| line.split_once(' '));
    let (sum, json) = line.ok_or_else(|| damaged("it is not one line"))?;
    if u64::from_str_radix(sum, 16) != Ok(xxh3_64(json.as_bytes())) {
        return Err(damaged("it does not have its checksum"));
    }
    let manifest: Manifest = serde_json::from_str(json).map_err(|error| damaged(&error.to_string()))?;
    if manifest.format != FORMAT {
        return Err(damaged(&format!("it is of format {}, and this program knows {FORMAT}", manifest.format)));
    }
    // Whatever a manifest says, nothing outside of the folder is read.
    if let Some(other) = manifest.files.iter().find(|file| !is_own(&file.name)) {
        return Err(damaged(&format!("it names {:?}, which is no file of an index", other.name)));
    }
    Ok(manifest)
}

/// Whether a file of this name belongs to an index, in the folder itself.
fn is_own(name: &str) -> bool {
    let rest = name.strip_prefix("segment-").or_else(|| name.strip_prefix("bloom-"));
    rest.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
}

/// Whether two indexes were made alike; the first key that differs is told.
pub fn check_settings(path: &Path, was: &Map<String, Value>, is: &Map<String, Value>) -> Result<(), IndexError> {
    let keys = is.keys().chain(was.keys());
    let other = |key: &&String| was.get(*key) != is.get(*key);
    let text = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    keys.clone().find(other).map_or(Ok(()), |key| {
        let (was, is) = (text(was.get(key)), text(is.get(key)));
        Err(IndexError::Settings { path: path.to_owned(), key: key.clone(), was, is })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_that_names_files_elsewhere_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for name in
            ["/segment-000001-0001", "segment-/../../shadow", "../bloom-000001", "segment-000001\u{1b}", "lock", ""]
        {
            let path = folder.path().join("index");
            let mut index = IndexFolder::open_or_create(&path, &Map::new()).unwrap();
            let file = FileEntry { name: name.to_owned(), documents: 1, bytes: 1 };
            index.commit(vec![file], 1, Rows::default(), "run").unwrap();
            drop(index);
            let said = IndexFolder::open(&path).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(said.contains("no file of an index") && said.contains("manifest"), "{name:?}: {said}");
            fs::remove_dir_all(&path).unwrap();
        }
    }
}

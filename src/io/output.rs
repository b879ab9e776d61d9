//! Files that are whole or not there: written under a temporary name beside their own, renamed when complete.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::config::Compression;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// As the system's default has it.
    Default,
    /// The owner alone: rejected records may hold secrets that never were text.
    Private,
}

/// A file that is being written.
pub struct PartFile {
    path: PathBuf,
    /// `None` where the path is a pipe or device, which cannot be replaced.
    part: Option<PathBuf>,
    file: File,
    written: u64,
}

impl PartFile {
    /// Begins a file, and the folders that lead to it.
    ///
    /// # Errors
    /// What the system says; the path is the caller's to name.
    pub fn create(path: &Path, access: Access) -> io::Result<PartFile> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mode = if access == Access::Private { 0o600 } else { 0o666 };
        if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            let file = OpenOptions::new().write(true).open(path)?;
            return Ok(PartFile { path: path.to_owned(), part: None, file, written: 0 });
        }
        let part = part_path(path);
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&part)?;
        Ok(PartFile { path: path.to_owned(), part: Some(part), file, written: 0 })
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Takes a file up again that an earlier run left, `written` bytes long or longer, whole or in part.
    ///
    /// # Errors
    /// What the system says, or that the file is shorter than it was.
    pub fn take_up(path: &Path, written: u64, access: Access) -> io::Result<PartFile> {
        let part = part_path(path);
        if !part.exists() {
            if !path.exists() && written == 0 {
                return PartFile::create(path, access);
            }
            fs::rename(path, &part)?;
        }
        let mut file = OpenOptions::new().write(true).open(&part)?;
        let length = file.metadata()?.len();
        if length < written {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{length} bytes long, but {written} were written"),
            ));
        }
        file.set_len(written)?;
        file.seek(io::SeekFrom::End(0))?;
        Ok(PartFile { path: path.to_owned(), part: Some(part), file, written })
    }

    /// Puts on disk what was written and returns how much that is.
    ///
    /// # Errors
    /// What the system says.
    pub fn sync(&mut self) -> io::Result<u64> {
        self.file.sync_data()?;
        Ok(self.written)
    }

    /// The name that the file will have.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the file whole: everything on disk, under its own name.
    ///
    /// # Errors
    /// What the system says; the part stays.
    pub fn finish(self) -> io::Result<()> {
        let Some(part) = &self.part else { return Ok(()) };
        self.file.sync_all()?;
        fs::rename(part, &self.path)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    }
}

/// The name under which a file is written until it is whole: `.name.part`.
pub fn part_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".part");
    path.with_file_name(name)
}

/// The name of the lines that a file of columns is made of: `.name.lines`. They stay until the file is whole and a
/// checkpoint says so.
pub fn lines_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(LINES);
    path.with_file_name(name)
}

const LINES: &str = ".lines";

/// Whether a path is one that [`lines_path`] gives, whole or in part.
pub fn are_lines(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    name.strip_suffix(b".part").unwrap_or(name).ends_with(LINES.as_bytes())
}

/// Takes away the lines that files of columns were made of, in a folder of shards or beside the one file.
///
/// # Errors
/// What the system says.
pub fn remove_lines(output: &Path) -> io::Result<()> {
    let left = if output.is_dir() {
        shards_in(output)?.into_iter().map(|(path, ..)| path).filter(|path| are_lines(path)).collect()
    } else {
        let lines = lines_path(output);
        let both = [part_path(&lines), lines];
        both.into_iter().filter(|path| path.exists()).collect::<Vec<_>>()
    };
    left.iter().try_for_each(fs::remove_file)
}

/// The path for which [`lines_path`] gives that of whole lines.
pub fn made_of_lines(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?.strip_prefix('.')?.strip_suffix(LINES)?;
    Some(path.with_file_name(name))
}

/// Compresses bytes to a member or frame of their own; members and frames can stand one after the other.
///
/// # Errors
/// What the codec says.
pub fn compress(bytes: &[u8], compression: Compression, level: Option<u32>) -> io::Result<Vec<u8>> {
    match compression {
        Compression::None => Ok(bytes.to_vec()),
        Compression::Zstd => {
            let level = level.map_or(zstd::DEFAULT_COMPRESSION_LEVEL, |level| i32::try_from(level).unwrap_or(i32::MAX));
            zstd::bulk::compress(bytes, level)
        }
        Compression::Gzip => {
            let level = level.map_or(flate2::Compression::default(), flate2::Compression::new);
            let mut encoder = flate2::write::GzEncoder::new(Vec::with_capacity(bytes.len() / 3), level);
            encoder.write_all(bytes)?;
            encoder.finish()
        }
    }
}

/// The shards in a folder and its subfolders, whole or in parts: path, subfolder, number.
///
/// # Errors
/// What the system says.
pub fn shards_in(folder: &Path) -> io::Result<Vec<(PathBuf, Option<String>, u32)>> {
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_owned(), None)];
    while let Some((folder, partition)) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let kind = entry.file_type()?;
            if kind.is_dir() && partition.is_none() && !name.starts_with('.') {
                folders.push((entry.path(), Some(name)));
            } else if kind.is_file() {
                found.extend(shard_number(&name).map(|number| (entry.path(), partition.clone(), number)));
            }
        }
    }
    Ok(found)
}

/// How many shards in a folder and its subfolders are whole; none where there is no such folder.
pub fn whole_shards(folder: &Path) -> usize {
    let is_whole = |path: &Path| path.file_name().is_some_and(|name| !name.as_encoded_bytes().starts_with(b"."));
    shards_in(folder).map_or(0, |shards| shards.iter().filter(|(path, ..)| is_whole(path)).count())
}

/// The subfolder and the number of a shard, by its name from its output folder on.
pub fn shard_of(name: &str) -> Option<(Option<String>, u32)> {
    let (partition, name) = name.split_once('/').map_or((None, name), |(partition, name)| (Some(partition), name));
    shard_number(name).map(|number| (partition.map(str::to_owned), number))
}

/// The number in `shard-00012.jsonl`, `.shard-00012.jsonl.zst.part`, `.shard-00012.parquet.lines` and the like.
fn shard_number(name: &str) -> Option<u32> {
    let mut name = name;
    for suffix in [".part", LINES] {
        name = name.strip_prefix('.').and_then(|part| part.strip_suffix(suffix)).unwrap_or(name);
    }
    let (digits, _) = name.strip_prefix("shard-")?.split_once('.')?;
    digits.parse().ok().filter(|_| digits.len() >= 5)
}

/// Takes away the folder in which files were made that are in a store by now: shards, lines, and the files named. What
/// else is in it stays, and it with that.
///
/// # Errors
/// What the system says.
pub fn remove_staged(folder: &Path, own: &[PathBuf]) -> io::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    let shards = shards_in(folder)?;
    let own = own.iter().filter(|path| path.starts_with(folder) && path.is_file()).cloned();
    let files: Vec<PathBuf> = shards.iter().map(|(path, ..)| path.clone()).chain(own).collect();
    files.iter().try_for_each(fs::remove_file)?;
    let partitions = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir());
    for folder in partitions.chain([folder.to_owned()]) {
        match fs::remove_dir(&folder) {
            Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Makes an output folder ready: creates it, and takes away the shards that an earlier run left there.
///
/// A folder with other files in it is left as it is, they included.
///
/// # Errors
/// What the system says.
pub fn clear_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    shards_in(folder)?.iter().try_for_each(|(path, ..)| fs::remove_file(path))
}

//! Files that are whole or not there: written under a temporary name beside their own, renamed when complete.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
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
            return Ok(PartFile { path: path.to_owned(), part: None, file });
        }
        let part = part_path(path);
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&part)?;
        Ok(PartFile { path: path.to_owned(), part: Some(part), file })
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
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

/// Compresses bytes to a member or frame of their own; members and frames can stand one after the other.
///
/// # Errors
/// What the codec says.
pub fn compress(bytes: Vec<u8>, compression: Compression, level: Option<u32>) -> io::Result<Vec<u8>> {
    match compression {
        Compression::None => Ok(bytes),
        Compression::Zstd => {
            let level = level.map_or(zstd::DEFAULT_COMPRESSION_LEVEL, |level| i32::try_from(level).unwrap_or(i32::MAX));
            zstd::bulk::compress(&bytes, level)
        }
        Compression::Gzip => {
            let level = level.map_or(flate2::Compression::default(), flate2::Compression::new);
            let mut encoder = flate2::write::GzEncoder::new(Vec::with_capacity(bytes.len() / 3), level);
            encoder.write_all(&bytes)?;
            encoder.finish()
        }
    }
}

/// Makes an output folder ready: creates it, and takes away what an earlier run of textmill left there.
///
/// A folder with other files in it is left as it is, they included; what an earlier run wrote is known by its names.
///
/// # Errors
/// What the system says.
pub fn clear_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut subfolders = vec![folder.to_owned()];
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            subfolders.push(entry.path());
        }
    }
    for folder in subfolders {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let is_ours = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| {
                let shard = name.trim_start_matches('.');
                let digits =
                    shard.strip_prefix("shard-").and_then(|rest| rest.split_once('.')).map(|(digits, _)| digits);
                digits.is_some_and(|digits| digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit()))
            });
            if is_ours && path.is_file() {
                fs::remove_file(&path)?;
            }
        }
    }
    Ok(())
}

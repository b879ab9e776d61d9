//! A file of lines that survives a crash: each carries a checksum, only whole ones count.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

/// A journal that is open for more lines.
pub struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Begins a journal; one that was there is overwritten.
    ///
    /// # Errors
    /// What the system says.
    pub fn create(path: &Path) -> io::Result<Journal> {
        Ok(Journal { file: File::create(path)?, path: path.to_owned() })
    }

    /// Reads the lines of a journal and opens it for more. What follows the last whole line is cut off.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: &Path) -> io::Result<(Journal, Vec<String>)> {
        let bytes = std::fs::read(path)?;
        let mut lines = Vec::new();
        let mut valid = 0;
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            let Some(text) = checked(line) else { break };
            lines.push(text.to_owned());
            valid += line.len();
        }
        let file = OpenOptions::new().append(true).open(path)?;
        file.set_len(valid as u64)?;
        Ok((Journal { file, path: path.to_owned() }, lines))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a line, which holds no line end, and returns when it is on disk.
    ///
    /// # Errors
    /// What the system says.
    pub fn append(&mut self, line: &str) -> io::Result<()> {
        self.file.write_all(format!("{:016x} {line}\n", xxh3_64(line.as_bytes())).as_bytes())?;
        self.file.sync_data()
    }
}

/// The text of a whole line whose checksum is right.
fn checked(line: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
    let (sum, text) = line.split_once(' ')?;
    (u64::from_str_radix(sum, 16).ok()? == xxh3_64(text.as_bytes())).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_and_what_follows_it_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::create(&path).unwrap();
        journal.append("one").unwrap();
        journal.append("two").unwrap();
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let (mut journal, lines) = Journal::open(&path).unwrap();
            assert_eq!(lines.len(), usize::from(cut >= whole.len() / 2) + usize::from(cut == whole.len()));
            journal.append("three").unwrap();
            assert_eq!(Journal::open(&path).unwrap().1.last().unwrap(), "three");
        }
        let mut damaged = whole.clone();
        damaged[18] ^= 1;
        std::fs::write(&path, damaged).unwrap();
        assert!(Journal::open(&path).unwrap().1.is_empty());
    }
}

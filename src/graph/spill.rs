//! Records that wait on disk until the whole corpus is known (`dedup.scope = "corpus"`).

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use textmill_core::langid::Language;
use textmill_core::repair::Rule;

use super::RunError;
use super::batch::Source;
use super::refine::Facts;

/// A file without a name, gone with the process.
pub struct Spill {
    file: BufWriter<File>,
    folder: PathBuf,
    /// The sources of the records; each record holds its place in this list.
    sources: Vec<Arc<Source>>,
    records: u64,
}

/// A record as it comes back.
#[derive(Default)]
pub struct Spilled {
    /// Its id as JSON.
    pub id: Vec<u8>,
    /// The record to write.
    pub line: Vec<u8>,
    /// If an earlier run kept one like it, how it is like that one.
    pub in_index: Option<InIndex>,
}

/// How a record is like one that an earlier run kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InIndex {
    /// The number of the one that was kept.
    pub of: u32,
    /// How similar the two are; nothing if they are the same.
    pub similarity: Option<f64>,
}

impl Spill {
    /// An empty file in `folder`.
    ///
    /// # Errors
    /// What the system says.
    pub fn create(folder: &Path) -> io::Result<Spill> {
        let file = BufWriter::with_capacity(1 << 20, tempfile::tempfile_in(folder)?);
        Ok(Spill { file, folder: folder.to_owned(), sources: Vec::new(), records: 0 })
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Adds a record.
    ///
    /// # Errors
    /// [`RunError::Write`] with what the system says.
    pub fn push(&mut self, facts: &Facts, id: &[u8], line: &[u8], in_index: Option<InIndex>) -> Result<(), RunError> {
        self.write(facts, id, line, in_index).map_err(|source| failed(&self.folder, source))
    }

    fn write(&mut self, facts: &Facts, id: &[u8], line: &[u8], in_index: Option<InIndex>) -> io::Result<()> {
        // Records come source by source.
        if self.sources.last().is_none_or(|last| !Arc::ptr_eq(last, &facts.source)) {
            self.sources.push(Arc::clone(&facts.source));
        }
        let numbers = [self.sources.len() as u64 - 1, facts.offset, facts.length, facts.text_bytes as u64];
        for number in numbers {
            self.file.write_all(&number.to_le_bytes())?;
        }
        for count in facts.repairs {
            self.file.write_all(&count.to_le_bytes())?;
        }
        for bytes in [facts.language.as_bytes(), id, line] {
            self.file.write_all(&(bytes.len() as u64).to_le_bytes())?;
            self.file.write_all(bytes)?;
        }
        // No number of a document is that large, and no similarity is negative.
        let InIndex { of, similarity } = in_index.unwrap_or(InIndex { of: u32::MAX, similarity: None });
        self.file.write_all(&of.to_le_bytes())?;
        self.file.write_all(&similarity.unwrap_or(-1.0).to_le_bytes())?;
        self.records += 1;
        Ok(())
    }

    /// Hands every record to `each`, in the order in which they came.
    ///
    /// # Errors
    /// [`RunError::Write`] with what the system says of the file, or what `each` gives.
    pub fn drain(self, mut each: impl FnMut(&Facts, &Spilled) -> Result<(), RunError>) -> Result<(), RunError> {
        let Spill { file, folder, sources, records } = self;
        let failed = |source| failed(&folder, source);
        let mut file = file.into_inner().map_err(|error| failed(error.into_error()))?;
        file.rewind().map_err(failed)?;
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let mut spilled = Spilled::default();
        for _ in 0..records {
            let facts = read_record(&mut reader, &sources, &mut spilled).map_err(failed)?;
            each(&facts, &spilled)?;
        }
        Ok(())
    }
}

/// The error of a file without a name, which is named for its folder.
fn failed(folder: &Path, source: io::Error) -> RunError {
    RunError::Write { path: folder.join("(a temporary file)"), source }
}

fn read_record(reader: &mut impl Read, sources: &[Arc<Source>], spilled: &mut Spilled) -> io::Result<Facts> {
    let [source, offset, length, text_bytes] =
        [read_u64(reader)?, read_u64(reader)?, read_u64(reader)?, read_u64(reader)?];
    let mut repairs = [0; Rule::ALL.len()];
    for count in &mut repairs {
        *count = read_u32(reader)?;
    }
    let mut language = Vec::new();
    for bytes in [&mut language, &mut spilled.id, &mut spilled.line] {
        let length = read_u64(reader)?;
        bytes.clear();
        if reader.by_ref().take(length).read_to_end(bytes)? as u64 != length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let (of, similarity) = (read_u32(reader)?, f64::from_bits(read_u64(reader)?));
    spilled.in_index = (of != u32::MAX)
        .then_some(InIndex { of, similarity: Some(similarity).filter(|&similarity| similarity >= 0.0) });
    let code = std::str::from_utf8(&language).ok().and_then(Language::from_code).map_or("", Language::code);
    Ok(Facts {
        source: Arc::clone(&sources[source as usize]),
        offset,
        length,
        language: code,
        text_bytes: text_bytes as usize,
        repairs,
        weight: None,
        repeated: (0, 0),
    })
}

fn read_u32(reader: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    reader.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}

fn read_u64(reader: &mut impl Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    reader.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_as_they_went() {
        let folder = tempfile::tempdir().unwrap();
        let mut spill = Spill::create(folder.path()).unwrap();
        let source = |name: &str, rank| Arc::new(Source { name: name.to_owned(), rank, entry: None });
        let facts = |source: &Arc<Source>, offset| Facts {
            source: Arc::clone(source),
            offset,
            length: 7,
            language: "fr",
            text_bytes: 3,
            weight: None,
            repeated: (0, 0),
            repairs: [2; Rule::ALL.len()],
        };
        let (a, b) = (source("a", 0), source("b", 1));
        let like = |of, similarity| Some(InIndex { of, similarity });
        let given = [
            (&a, 0, &b"\"1\""[..], &b"one\n"[..], None),
            (&a, 5, b"2", b"", like(0, None)),
            (&b, 9, b"\"3\"", b"three\n", like(u32::MAX - 1, Some(0.0))),
        ];
        for (source, offset, id, line, in_index) in given {
            spill.push(&facts(source, offset), id, line, in_index).unwrap();
        }
        let mut came = 0;
        let check = |facts: &Facts, spilled: &Spilled| {
            let (source, offset, id, line, in_index) = given[came];
            assert_eq!(
                (&facts.source, facts.offset, spilled.id.as_slice(), spilled.line.as_slice(), spilled.in_index),
                (source, offset, id, line, in_index)
            );
            assert_eq!((facts.language, facts.repairs[3]), ("fr", 2));
            came += 1;
            Ok(())
        };
        spill.drain(check).unwrap();
        assert_eq!(came, 3);
    }
}

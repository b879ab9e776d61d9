//! What becomes of the documents of a corpus on disk: 16 bytes for each, in a file without a name.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::segment::u64_at;

/// Bytes of a fate in the file.
const FATE_BYTES: u64 = 16;

/// What becomes of one document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SettledFate {
    /// It stays.
    Kept,
    /// Canonically the same as the document of that number.
    ExactDuplicate(u32),
    /// So similar to the document of that number.
    NearDuplicate(u32, f64),
    /// Nothing but white space.
    Empty,
}

/// What is noted of one document while others are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Note {
    /// Nothing.
    None,
    /// Canonically the same as the document of that number, which comes before it.
    CopyOf(u32),
    /// The first of several that are the same, of which that one would survive, with that weight.
    Group(u32, u64),
    /// So similar to the document of that number, which stays.
    Near(u32, f64),
    /// Nothing but white space.
    Empty,
}

/// Notes on all documents.
pub(super) struct Notes(File);

impl Notes {
    /// None on so many documents.
    pub(super) fn new(folder: &Path, count: u32) -> io::Result<Notes> {
        let file = tempfile::tempfile_in(folder)?;
        file.set_len(FATE_BYTES * u64::from(count))?;
        Ok(Notes(file))
    }

    pub(super) fn put(&self, number: u32, note: Note) -> io::Result<()> {
        self.0.write_all_at(&bytes_of(note), u64::from(number) * FATE_BYTES)
    }

    pub(super) fn get(&self, number: u32) -> io::Result<Note> {
        let mut bytes = [0; FATE_BYTES as usize];
        self.0.read_exact_at(&mut bytes, u64::from(number) * FATE_BYTES)?;
        Ok(note_of(bytes))
    }

    /// Gives the note on one document after the other.
    pub(super) fn all(&self) -> io::Result<impl FnMut() -> io::Result<Note> + use<>> {
        let mut file = self.0.try_clone()?;
        file.rewind()?;
        let mut reader = BufReader::with_capacity(1 << 16, file);
        Ok(move || {
            let mut bytes = [0; FATE_BYTES as usize];
            reader.read_exact(&mut bytes)?;
            Ok(note_of(bytes))
        })
    }

    /// The fate of the document of that number, whose note is at hand.
    fn fate(&self, number: u32, note: Note) -> io::Result<SettledFate> {
        let same_as =
            |survivor| if survivor == number { SettledFate::Kept } else { SettledFate::ExactDuplicate(survivor) };
        Ok(match note {
            Note::None => SettledFate::Kept,
            Note::Near(of, similarity) => SettledFate::NearDuplicate(of, similarity),
            Note::Empty => SettledFate::Empty,
            Note::Group(survivor, _) => same_as(survivor),
            Note::CopyOf(first) => match self.get(first)? {
                Note::Near(of, similarity) => SettledFate::NearDuplicate(of, similarity),
                Note::Empty => SettledFate::Empty,
                Note::Group(survivor, _) => same_as(survivor),
                Note::None | Note::CopyOf(_) => SettledFate::ExactDuplicate(first),
            },
        })
    }

    /// The fates that follow from the notes. `removed` is told of each document that another stays for, and of that.
    pub(super) fn settle(
        &self,
        folder: &Path,
        count: u32,
        mut removed: impl FnMut(u32, u32) -> io::Result<()>,
    ) -> io::Result<Fates> {
        let mut out = BufWriter::with_capacity(1 << 16, tempfile::tempfile_in(folder)?);
        let mut next = self.all()?;
        for number in 0..count {
            let fate = self.fate(number, next()?)?;
            if let SettledFate::ExactDuplicate(of) | SettledFate::NearDuplicate(of, _) = fate {
                removed(of, number)?;
            }
            out.write_all(&bytes_of(match fate {
                SettledFate::Kept => Note::None,
                SettledFate::ExactDuplicate(of) => Note::CopyOf(of),
                SettledFate::NearDuplicate(of, similarity) => Note::Near(of, similarity),
                SettledFate::Empty => Note::Empty,
            }))?;
        }
        Ok(Fates(Notes(out.into_inner().map_err(io::IntoInnerError::into_error)?)))
    }
}

/// What becomes of all documents.
pub struct Fates(Notes);

impl Fates {
    /// Gives the fate of one document after the other, each time it is called.
    ///
    /// # Errors
    /// What the system says.
    pub fn all(&self) -> io::Result<impl FnMut() -> io::Result<SettledFate> + use<>> {
        let mut next = self.0.all()?;
        Ok(move || {
            Ok(match next()? {
                Note::None => SettledFate::Kept,
                Note::CopyOf(of) | Note::Group(of, _) => SettledFate::ExactDuplicate(of),
                Note::Near(of, similarity) => SettledFate::NearDuplicate(of, similarity),
                Note::Empty => SettledFate::Empty,
            })
        })
    }
}

/// A kind, the number of another document, and a weight or a similarity.
fn bytes_of(note: Note) -> [u8; FATE_BYTES as usize] {
    let (kind, of, more) = match note {
        Note::None => (0, 0, 0),
        Note::CopyOf(first) => (1, first, 0),
        Note::Near(of, similarity) => (2, of, similarity.to_bits()),
        Note::Empty => (3, 0, 0),
        Note::Group(survivor, weight) => (4, survivor, weight),
    };
    (kind | u128::from(of) << 32 | u128::from(more) << 64).to_le_bytes()
}

fn note_of(bytes: [u8; FATE_BYTES as usize]) -> Note {
    let (low, more) = (u64_at(&bytes, 0), u64_at(&bytes, 8));
    let of = (low >> 32) as u32;
    match low as u32 {
        0 => Note::None,
        1 => Note::CopyOf(of),
        2 => Note::Near(of, f64::from_bits(more)),
        3 => Note::Empty,
        _ => Note::Group(of, more),
    }
}

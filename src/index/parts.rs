//! The frozen parts of an index, in the order of their documents, and how many of them there are.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use textmill_core::dedup::{Earlier, Index, Sketch};

use super::error::{IndexError, at};
use super::ids::Ids;
use super::merge::merge;
use super::segment::Segment;

/// Segments of about one size that become one. Every document is written once more for each factor of eight by which the
/// index outgrows its memory, and a look-up asks at most seven segments for each such factor.
const MERGED_AT_ONCE: usize = 8;

/// The frozen parts of an index.
pub struct Parts {
    segments: Vec<Segment>,
    /// Of these so many are of earlier runs and stay as they are.
    n_earlier: usize,
    /// Documents of earlier runs. Parts of theirs may hold more, which do not count.
    pub earlier_documents: u32,
    place: Place,
}

/// Where new segments are written.
pub enum Place {
    /// In files without a name, in this folder.
    Temporary(PathBuf),
    /// In this folder, under names with this beginning; what is not in the manifest is taken away at the next opening.
    Kept {
        /// The folder.
        folder: PathBuf,
        /// The beginning.
        prefix: String,
        /// Files named so far.
        named: u32,
    },
}

impl Place {
    fn create(&mut self) -> Result<(File, Option<PathBuf>), IndexError> {
        match self {
            Place::Temporary(folder) => Ok((tempfile::tempfile_in(&*folder).map_err(at(folder))?, None)),
            Place::Kept { folder, prefix, named } => {
                *named += 1;
                let path = folder.join(format!("{prefix}{named:04}"));
                let mut options = File::options();
                let file = options.read(true).write(true).create(true).truncate(true).open(&path).map_err(at(&path))?;
                Ok((file, Some(path)))
            }
        }
    }

    /// Whether this run made the file of that name.
    fn is_new(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        matches!(self, Place::Kept { prefix, .. } if name.starts_with(prefix))
    }

    fn path(&self) -> &Path {
        match self {
            Place::Temporary(folder) | Place::Kept { folder, .. } => folder,
        }
    }
}

impl Parts {
    /// The segments of earlier runs, of which the first `earlier_documents` documents count.
    pub fn new(mut segments: Vec<Segment>, earlier_documents: u32, place: Place) -> Parts {
        segments.retain(|segment| segment.base < earlier_documents);
        Parts { n_earlier: segments.len(), segments, earlier_documents, place }
    }

    /// The segments.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// Bytes of memory they take.
    pub fn memory_bytes(&self) -> u64 {
        self.segments.iter().map(Segment::memory_bytes).sum()
    }

    /// Gathers what the parts have to say of a document.
    ///
    /// # Errors
    /// What the system says, or that a part is damaged.
    pub fn look_up(&self, sketch: &Sketch, earlier: &mut Earlier) -> Result<(), IndexError> {
        earlier.clear();
        for (place, segment) in self.segments.iter().enumerate() {
            let limit = if place < self.n_earlier { self.earlier_documents } else { u32::MAX };
            segment.look_up(sketch, limit, earlier).map_err(|source| self.failed(segment, source))?;
            if earlier.exact.is_some() {
                return Ok(());
            }
        }
        for number in earlier.numbers().to_vec() {
            let segment = self.of(number);
            let read = segment.read_set(number - segment.base, earlier.set_buffer());
            read.map_err(|source| self.failed(segment, source))?;
            earlier.end_set();
        }
        Ok(())
    }

    /// Appends the id of a document, as JSON.
    ///
    /// # Errors
    /// What the system says, or that a part is damaged.
    pub fn read_id(&self, number: u32, out: &mut Vec<u8>) -> Result<(), IndexError> {
        let segment = self.of(number);
        segment.read_id(number - segment.base, out).map_err(|source| self.failed(segment, source))
    }

    /// Writes what is in memory to a segment of its own.
    ///
    /// # Errors
    /// What the system says.
    pub fn freeze(&mut self, index: &Index, ids: &Ids, base: u32) -> Result<(), IndexError> {
        let (file, path) = self.place.create()?;
        let name = path.clone().unwrap_or_else(|| self.place.path().to_owned());
        self.segments.push(Segment::freeze(file, path, &index.state(), ids, base).map_err(at(&name))?);
        Ok(())
    }

    /// Makes fewer segments of those of all runs, at the end of one.
    ///
    /// # Errors
    /// What the system says, or that a part is damaged.
    pub fn merge_all_alike(&mut self) -> Result<(), IndexError> {
        self.n_earlier = 0;
        self.merge_alike()
    }

    /// Makes fewer segments of many, of those that this run has written.
    ///
    /// # Errors
    /// What the system says, or that a part is damaged.
    pub fn merge_alike(&mut self) -> Result<(), IndexError> {
        while let Some(n) = self.alike() {
            let first = self.segments.len() - n;
            // Not needed for merging, and their place is.
            self.segments[first..].iter_mut().for_each(Segment::drop_filter);
            let (file, path) = self.place.create()?;
            let name = path.clone().unwrap_or_else(|| self.place.path().to_owned());
            let merged = merge(&self.segments[first..], file, path).map_err(at(&name))?;
            for path in self.segments.drain(first..).filter_map(|old| old.path) {
                if self.place.is_new(&path) {
                    // It is in no manifest. What cannot be removed now is removed when the index is next opened.
                    let _ = std::fs::remove_file(path);
                }
            }
            self.segments.push(merged);
        }
        Ok(())
    }

    /// How many of the last segments that may change are about as large as the last, if they are to become one.
    fn alike(&self) -> Option<usize> {
        let own = &self.segments[self.n_earlier..];
        let size = |segment: &Segment| u64::from(segment.contents.documents);
        let last = size(own.last()?);
        let n = own.iter().rev().take_while(|segment| size(segment) <= 2 * last).count();
        (n >= MERGED_AT_ONCE).then_some(n)
    }

    /// Lets filters go until they take no more than so many bytes: the largest first, since each saves as many reads.
    pub fn shrink_to(&mut self, bytes: u64) {
        while self.memory_bytes() > bytes {
            let Some(largest) = self.segments.iter_mut().max_by_key(|segment| segment.memory_bytes()) else { return };
            largest.drop_filter();
        }
    }

    /// The segment that holds a document: the last that begins before it.
    fn of(&self, number: u32) -> &Segment {
        let after = self.segments.iter().rposition(|segment| segment.base <= number);
        &self.segments[after.unwrap_or(0)]
    }

    fn failed(&self, segment: &Segment, source: io::Error) -> IndexError {
        at(segment.path.as_deref().unwrap_or(self.place.path()))(source)
    }
}

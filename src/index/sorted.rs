//! More numbers than fit into memory, in order: sorted runs in a file without a name, merged.
//!
//! A [`Sorter`] takes them in any order; [`merge`] takes runs that lie in a file already. Both hold no more than they are
//! given, but for the few bytes that say where a run lies: where runs are too many to be merged at once, some are merged
//! into longer ones first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::marker::PhantomData;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Bytes of a run that are read at once at least; a page of the system's.
const PAGE_BYTES: u64 = 4096;
/// Bytes of a run that are read at once at most: more is no faster.
const MOST_AT_ONCE: u64 = 1 << 17;

/// A number of fixed size.
pub(super) trait Number: Copy + Ord {
    /// Its bytes.
    const BYTES: usize;
    fn put(self, out: &mut impl Write) -> io::Result<()>;
    /// From so many bytes.
    fn of(bytes: &[u8]) -> Self;
}

impl Number for u64 {
    const BYTES: usize = 8;

    fn put(self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.to_le_bytes())
    }

    fn of(bytes: &[u8]) -> u64 {
        super::segment::u64_at(bytes, 0)
    }
}

impl Number for u128 {
    const BYTES: usize = 16;

    fn put(self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.to_le_bytes())
    }

    fn of(bytes: &[u8]) -> u128 {
        u128::from(super::segment::u64_at(bytes, 0)) | u128::from(super::segment::u64_at(bytes, 8)) << 64
    }
}

/// Takes numbers in any order.
pub(super) struct Sorter<N> {
    folder: PathBuf,
    numbers: Vec<N>,
    most: usize,
    memory_bytes: u64,
    file: Option<File>,
    runs: Vec<Range<u64>>,
}

impl<N: Number> Sorter<N> {
    /// No numbers yet. It takes no more memory than that, and gives them back in no more.
    pub(super) fn new(folder: &Path, memory_bytes: u64) -> Sorter<N> {
        let most = (memory_bytes as usize / size_of::<N>()).max(1);
        Sorter { folder: folder.to_owned(), numbers: Vec::new(), most, memory_bytes, file: None, runs: Vec::new() }
    }

    /// Takes a number.
    pub(super) fn push(&mut self, number: N) -> io::Result<()> {
        if self.numbers.len() == self.most {
            self.write_run()?;
        }
        if self.numbers.len() == self.numbers.capacity() {
            let more = self.numbers.len().max(64).min(self.most - self.numbers.len());
            self.numbers.reserve_exact(more);
        }
        self.numbers.push(number);
        Ok(())
    }

    fn write_run(&mut self) -> io::Result<()> {
        self.numbers.sort_unstable();
        let file = match self.file.take() {
            Some(file) => file,
            None => tempfile::tempfile_in(&self.folder)?,
        };
        let start = self.runs.last().map_or(0, |last| last.end);
        let mut out = BufWriter::with_capacity(PAGE_BYTES as usize * 4, file);
        self.numbers.drain(..).try_for_each(|number| number.put(&mut out))?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        let end = file.metadata()?.len();
        self.runs.push(start..end);
        self.file = Some(file);
        Ok(())
    }

    /// Gives them back in order.
    pub(super) fn finish(mut self) -> io::Result<Sorted<N>> {
        if self.file.is_none() {
            self.numbers.sort_unstable();
            return Ok(Sorted { rest: self.numbers.into_iter(), runs: None });
        }
        self.write_run()?;
        let (folder, memory_bytes) = (self.folder, self.memory_bytes);
        self.numbers = Vec::new();
        let runs = match &self.file {
            Some(file) => Some(Merged::of(file, self.runs, &folder, memory_bytes)?),
            None => None,
        };
        Ok(Sorted { rest: Vec::new().into_iter(), runs })
    }
}

/// Numbers in order.
pub(super) struct Sorted<N> {
    /// All of them, where they fit into memory.
    rest: std::vec::IntoIter<N>,
    runs: Option<Merged<N>>,
}

impl<N: Number> Sorted<N> {
    /// The next one.
    pub(super) fn next(&mut self) -> io::Result<Option<N>> {
        match &mut self.runs {
            Some(runs) => runs.next(),
            None => Ok(self.rest.next()),
        }
    }
}

/// Gives the numbers of sorted runs that lie in a file all in order.
pub(super) fn merge<N: Number>(
    file: &File,
    runs: &[Range<u64>],
    folder: &Path,
    memory_bytes: u64,
) -> io::Result<Sorted<N>> {
    let runs = Some(Merged::of(file, runs.to_vec(), folder, memory_bytes)?);
    Ok(Sorted { rest: Vec::new().into_iter(), runs })
}

/// Runs that are merged.
struct Merged<N> {
    file: File,
    runs: Vec<Run<N>>,
    /// The next number of each run, and the run.
    heads: BinaryHeap<Reverse<(N, usize)>>,
}

impl<N: Number> Merged<N> {
    fn of(file: &File, mut runs: Vec<Range<u64>>, folder: &Path, memory_bytes: u64) -> io::Result<Merged<N>> {
        let at_once = (memory_bytes / PAGE_BYTES).clamp(2, 1 << 16) as usize;
        let mut file = file.try_clone()?;
        while runs.len() > at_once {
            let mut out = BufWriter::with_capacity(PAGE_BYTES as usize, tempfile::tempfile_in(folder)?);
            let (mut longer, mut end) = (Vec::new(), 0);
            for some in runs.chunks(at_once) {
                let mut merged = Merged::<N>::at_once(file.try_clone()?, some, memory_bytes)?;
                let start = end;
                while let Some(number) = merged.next()? {
                    number.put(&mut out)?;
                    end += N::BYTES as u64;
                }
                longer.push(start..end);
            }
            file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
            runs = longer;
        }
        Merged::at_once(file, &runs, memory_bytes)
    }

    fn at_once(file: File, runs: &[Range<u64>], memory_bytes: u64) -> io::Result<Merged<N>> {
        let buffer = (memory_bytes / runs.len().max(1) as u64).clamp(PAGE_BYTES, MOST_AT_ONCE);
        // Runs and pages begin where numbers do.
        let buffer = buffer / PAGE_BYTES * PAGE_BYTES;
        let new = |run: &Range<u64>| Run { rest: run.clone(), bytes: Vec::new(), at: 0, number: PhantomData };
        let mut merged =
            Merged { file, runs: runs.iter().map(new).collect(), heads: BinaryHeap::with_capacity(runs.len()) };
        for (place, run) in merged.runs.iter_mut().enumerate() {
            run.bytes.reserve_exact(buffer as usize);
            merged.heads.extend(run.next(&merged.file)?.map(|number| Reverse((number, place))));
        }
        Ok(merged)
    }

    fn next(&mut self) -> io::Result<Option<N>> {
        let Some(mut head) = self.heads.peek_mut() else { return Ok(None) };
        let Reverse((number, place)) = *head;
        match self.runs[place].next(&self.file)? {
            Some(next) => *head = Reverse((next, place)),
            None => drop(std::collections::binary_heap::PeekMut::pop(head)),
        }
        Ok(Some(number))
    }
}

/// One of them, read piece by piece.
struct Run<N> {
    rest: Range<u64>,
    /// Its next bytes; the room there is says how many are read at once.
    bytes: Vec<u8>,
    at: usize,
    number: PhantomData<N>,
}

impl<N: Number> Run<N> {
    fn next(&mut self, file: &File) -> io::Result<Option<N>> {
        if self.at == self.bytes.len() {
            let length = (self.rest.end - self.rest.start).min(self.bytes.capacity() as u64);
            if length == 0 {
                self.bytes = Vec::new();
                self.at = 0;
                return Ok(None);
            }
            self.bytes.resize(length as usize, 0);
            file.read_exact_at(&mut self.bytes, self.rest.start)?;
            self.rest.start += length;
            self.at = 0;
        }
        let number = N::of(&self.bytes[self.at..self.at + N::BYTES]);
        self.at += N::BYTES;
        Ok(Some(number))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all<N: Number>(mut sorted: Sorted<N>) -> Vec<N> {
        std::iter::from_fn(|| sorted.next().unwrap()).collect()
    }

    proptest! {
        #[test]
        fn numbers_come_back_in_order_in_any_memory(
            numbers in prop::collection::vec(any::<u128>(), 0..9000),
            memory_bytes in 0_u64..20_000,
        ) {
            let folder = std::env::temp_dir();
            let (mut large, mut small) = (Sorter::new(&folder, memory_bytes), Sorter::new(&folder, memory_bytes));
            for &number in &numbers {
                large.push(number).unwrap();
                small.push(number as u64 % 300).unwrap();
            }
            let mut expected = numbers.clone();
            expected.sort_unstable();
            prop_assert_eq!(all(large.finish().unwrap()), expected);
            let mut expected: Vec<u64> = numbers.iter().map(|&number| number as u64 % 300).collect();
            expected.sort_unstable();
            prop_assert_eq!(all(small.finish().unwrap()), expected);
        }
    }
}

//! Streams within a stream: the entries of an archive, each read as if it were a file of its own.

use std::io::{self, BufRead, Read};
use std::sync::Arc;

use super::Stopped;
use super::open_batch::OpenBatch;
use super::stream::Stream;
use crate::formats::cut::{Cutter, Entry};
use crate::graph::batch::{RejectReason, Source};
use crate::io::decompress::{self, read_held};

/// Archives within archives that are opened.
const MAX_DEPTH: usize = 3;

impl OpenBatch {
    /// Reads the entry that `stream` goes on with, and leaves `stream` behind it.
    pub fn entry(
        &mut self,
        stream: &mut Stream<'_>,
        entry: Entry,
        source: &Source,
        cutter: &mut dyn Cutter,
    ) -> Result<(), Stopped> {
        self.entries += 1;
        let name = format!("{}{}{}", source.name, Source::ENTRY_MARK, entry.name);
        let source = Arc::new(Source { name, rank: source.rank, entry: Some(self.entries) });
        let begin = stream.offset();
        let mut packed = Within { stream, left: entry.length, is_cut: false };
        let ended = if self.depth == MAX_DEPTH {
            let detail = format!("more than {MAX_DEPTH} archives within each other");
            self.reject(&source, 0, entry.length.unwrap_or(0), RejectReason::Bomb, detail, Vec::new())?;
            (0, 0, false)
        } else {
            self.depth += 1;
            let ratio = self.reader.plan.max_decompression_ratio;
            let mut plain = if entry.is_deflated {
                Checked::new(Box::new(decompress::inflate(&mut packed, &self.taken, ratio)))
            } else {
                Checked::new(Box::new(&mut packed))
            };
            let result = self.stream(&mut plain, &source);
            self.depth -= 1;
            result?;
            // A format may have come to its end before the entry has. A fault was told already, if it was met.
            let whole = io::copy(&mut plain, &mut io::sink()).is_ok() && !plain.failed;
            (plain.length, plain.crc.sum(), whole)
        };
        // What is left of an entry that was given up. The archive's own end is met again by whoever reads on.
        if packed.left.is_some() {
            let _ = io::copy(&mut packed, &mut io::sink());
        }
        cutter.entry_took(packed.stream.offset() - begin);
        let (length, crc32, whole) = ended;
        cutter.entry_ended(length, crc32, whole);
        Ok(())
    }
}

/// The bytes of an entry.
struct Within<'a, 'b> {
    stream: &'a mut Stream<'b>,
    /// How many are left, where that is known.
    left: Option<u64>,
    /// Whether the archive came to its end within it. That is said once: who reads on meets the end.
    is_cut: bool,
}

impl BufRead for Within<'_, '_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == Some(0) || self.is_cut {
            return Ok(&[]);
        }
        if let (&[], false) = self.stream.held() {
            self.stream.fill(1);
        }
        if self.stream.held().0.is_empty() {
            self.is_cut = true;
            return Err(self.stream.fault_within().unwrap_or_else(|| {
                let detail = "the archive ends before its entry does";
                io::Error::new(io::ErrorKind::UnexpectedEof, detail)
            }));
        }
        let (held, _) = self.stream.held();
        let n = self.left.map_or(held.len(), |left| held.len().min(usize::try_from(left).unwrap_or(usize::MAX)));
        Ok(&held[..n])
    }

    fn consume(&mut self, amount: usize) {
        self.stream.pass(amount);
        self.left = self.left.map(|left| left - amount as u64);
    }
}

impl Read for Within<'_, '_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        read_held(self, buf)
    }
}

/// A stream of which length and checksum are taken.
struct Checked<'a> {
    inner: Box<dyn Read + Send + 'a>,
    length: u64,
    crc: flate2::Crc,
    failed: bool,
}

impl<'a> Checked<'a> {
    fn new(inner: Box<dyn Read + Send + 'a>) -> Checked<'a> {
        Checked { inner, length: 0, crc: flate2::Crc::new(), failed: false }
    }
}

impl Read for Checked<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let result = self.inner.read(buf);
        match &result {
            Ok(n) => {
                self.length += *n as u64;
                self.crc.update(&buf[..*n]);
            }
            Err(error) => self.failed |= error.kind() != io::ErrorKind::Interrupted,
        }
        result
    }
}

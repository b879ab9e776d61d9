//! The bytes of one stream on their way to whatever cuts them into records.

use std::io::{self, Read};
use std::mem;

/// A stream of which the next bytes are held.
pub struct Stream<'a> {
    reader: Box<dyn Read + Send + 'a>,
    /// What was read; everything before `start` has been cut off.
    buffer: Vec<u8>,
    start: usize,
    /// Offset in the stream of the byte at `start`.
    offset: u64,
    /// Bytes that are read at once.
    block_bytes: usize,
    ended: bool,
    fault: Option<io::Error>,
}

impl<'a> Stream<'a> {
    /// A stream from its beginning, which is read in blocks of about this size.
    pub fn new(reader: Box<dyn Read + Send + 'a>, block_bytes: usize) -> Stream<'a> {
        Stream { reader, buffer: Vec::new(), start: 0, offset: 0, block_bytes, ended: false, fault: None }
    }

    /// The bytes that are held, and whether nothing follows them.
    pub fn held(&self) -> (&[u8], bool) {
        (&self.buffer[self.start..], self.ended)
    }

    /// Offset of the first byte that is held.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Reads until at least so many bytes are held, or the stream ends or fails.
    pub fn fill(&mut self, at_least: usize) {
        self.buffer.drain(..self.start);
        self.start = 0;
        let held = self.buffer.len();
        let wanted = at_least.max(held + self.block_bytes) - held;
        self.buffer.reserve_exact(wanted);
        let result = (&mut self.reader).take(wanted as u64).read_to_end(&mut self.buffer);
        self.ended = !matches!(result, Ok(n) if n == wanted);
        self.fault = result.err();
    }

    /// Takes the next `n` bytes off.
    pub fn pass(&mut self, n: usize) {
        self.start += n;
        self.offset += n as u64;
    }

    /// Takes the next `n` bytes off and gives them; without a copy where they are most of what is held.
    pub fn take(&mut self, n: usize) -> Vec<u8> {
        self.offset += n as u64;
        if self.start > 0 || n < self.buffer.len() / 2 {
            self.start += n;
            return self.buffer[self.start - n..self.start].to_vec();
        }
        let mut rest = Vec::with_capacity(self.buffer.len() - n + self.block_bytes);
        rest.extend_from_slice(&self.buffer[n..]);
        let mut taken = mem::replace(&mut self.buffer, rest);
        taken.truncate(n);
        taken
    }

    /// The fault that ended the stream, once; what follows it can be read then.
    pub fn fault(&mut self) -> Option<io::Error> {
        let fault = self.fault.take();
        self.ended &= fault.is_none();
        fault
    }
}

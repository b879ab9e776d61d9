//! The bytes of one stream on their way to whatever cuts them into records.

use std::io::{self, Read};
use std::mem;
use std::sync::Arc;

use crate::graph::buffers::Buffers;

/// A stream of which the next bytes are held.
pub struct Stream<'a> {
    reader: Box<dyn Read + Send + 'a>,
    /// What was read lies between `start` and `end`; what is before has been cut off, what is behind is for the next.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Offset in the stream of the byte at `start`.
    offset: u64,
    /// Bytes that are read at once.
    block_bytes: usize,
    ended: bool,
    fault: Option<io::Error>,
    buffers: Arc<Buffers>,
}

impl<'a> Stream<'a> {
    /// A stream from its beginning, which is read in blocks of about this size.
    pub fn new(reader: Box<dyn Read + Send + 'a>, block_bytes: usize, buffers: Arc<Buffers>) -> Stream<'a> {
        Stream {
            reader,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            offset: 0,
            block_bytes,
            ended: false,
            fault: None,
            buffers,
        }
    }

    /// The bytes that are held, and whether nothing follows them.
    pub fn held(&self) -> (&[u8], bool) {
        (&self.buffer[self.start..self.end], self.ended)
    }

    /// Offset of the first byte that is held.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Reads until at least so many bytes are held, or the stream ends or fails.
    pub fn fill(&mut self, at_least: usize) {
        let wanted = at_least.max(self.end - self.start + self.block_bytes);
        if self.buffer.len() < wanted {
            let outgrown = self.begin_buffer(wanted);
            self.buffers.inputs.give(outgrown);
        } else {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        while self.end < wanted {
            match self.reader.read(&mut self.buffer[self.end..wanted]) {
                Ok(0) => self.ended = true,
                Ok(n) => self.end += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => (self.ended, self.fault) = (true, Some(error)),
            }
            if self.ended {
                return;
            }
        }
    }

    /// Goes on in another buffer, with what is held, and gives the one so far.
    fn begin_buffer(&mut self, len: usize) -> Vec<u8> {
        let mut next = self.buffers.inputs.take_filled(len);
        let held = self.start..self.end;
        next[..held.len()].copy_from_slice(&self.buffer[held]);
        (self.start, self.end) = (0, self.end - self.start);
        mem::replace(&mut self.buffer, next)
    }

    /// Takes the next `n` bytes off.
    pub fn pass(&mut self, n: usize) {
        self.start += n;
        self.offset += n as u64;
    }

    /// Takes the next `n` bytes off and gives them; without a copy where they fill most of the buffer.
    pub fn take(&mut self, n: usize) -> Vec<u8> {
        let from = self.start;
        self.pass(n);
        if from > 0 || n < self.buffer.len() / 2 {
            return self.buffer[from..self.start].to_vec();
        }
        let rest = if self.ended { 0 } else { self.block_bytes };
        let mut taken = self.begin_buffer(self.end - self.start + rest);
        taken.truncate(n);
        taken
    }

    /// The fault that ended the stream, as a part of the stream gives it; it stays the stream's.
    pub fn fault_within(&self) -> Option<io::Error> {
        let fault = self.fault.as_ref()?;
        Some(io::Error::new(fault.kind(), format!("the archive is damaged here: {fault}")))
    }

    /// The fault that ended the stream, once; what follows it can be read then.
    pub fn fault(&mut self) -> Option<io::Error> {
        let fault = self.fault.take();
        self.ended &= fault.is_none();
        fault
    }
}

impl Drop for Stream<'_> {
    fn drop(&mut self) {
        self.buffers.inputs.give(mem::take(&mut self.buffer));
    }
}

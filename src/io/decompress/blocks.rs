//! A stream taken in blocks of one size.

use std::io::{self, BufRead, Read};

/// Bytes that a decoder takes and gives at once, and that are looked at before a stream is read: 64 KiB.
const BLOCK_BYTES: u64 = 64 << 10;

/// A stream taken in blocks of one size, however much of it is asked for and however it arrives.
///
/// What a decoder gives of a damaged stream before its error depends on the sizes of its two buffers. With these always
/// the same, a stream gives the same bytes at any size of batches.
pub struct Blocks<R> {
    inner: R,
    block: Vec<u8>,
    given: usize,
    /// The error that ended the block, for when its bytes are given.
    error: Option<io::Error>,
    /// Whether the stream has ended and need not be asked again.
    ended: bool,
}

impl<R: Read> Blocks<R> {
    /// The stream `inner` in blocks.
    pub fn new(inner: R) -> Blocks<R> {
        Blocks { inner, block: Vec::with_capacity(BLOCK_BYTES as usize), given: 0, error: None, ended: false }
    }
}

impl<R: Read> BufRead for Blocks<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.given == self.block.len() {
            if let Some(error) = self.error.take() {
                return Err(error);
            }
            self.given = 0;
            self.block.clear();
            if self.ended {
                return Ok(&[]);
            }
            // Reads until the block is full, and keeps what came before an error.
            self.error = self.inner.by_ref().take(BLOCK_BYTES).read_to_end(&mut self.block).err();
            self.ended = self.error.is_none() && self.block.len() < BLOCK_BYTES as usize;
            if self.block.is_empty() {
                self.error.take().map_or(Ok(()), Err)?;
            }
        }
        Ok(&self.block[self.given..])
    }

    fn consume(&mut self, amount: usize) {
        self.given += amount;
    }
}

impl<R: Read> Read for Blocks<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        read_held(self, buf)
    }
}

/// Reads what a stream holds, and more of it only where it holds nothing: [`Read::read`] of a stream that is a [`BufRead`].
///
/// # Errors
/// What the stream gives.
pub fn read_held(stream: &mut impl BufRead, buf: &mut [u8]) -> io::Result<usize> {
    let held = stream.fill_buf()?;
    let n = held.len().min(buf.len());
    buf[..n].copy_from_slice(&held[..n]);
    stream.consume(n);
    Ok(n)
}

/// A stream that no decoder reads, so that the size of its blocks does not matter: after the first one it is read
/// without a copy between.
pub struct Plain<R>(pub Blocks<R>);

impl<R: Read> Read for Plain<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let Plain(blocks) = self;
        if blocks.given < blocks.block.len() || blocks.error.is_some() || blocks.ended {
            return blocks.read(buf);
        }
        blocks.inner.read(buf)
    }
}

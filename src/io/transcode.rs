//! A stream in another encoding, read as UTF-8.

use std::io::{self, Read};

use textmill_core::decode::{Charset, Decoder};

/// Bytes that are taken from the stream at once: 64 KiB.
const BLOCK_BYTES: usize = 64 << 10;

/// Reads a stream in `charset` as UTF-8.
pub struct Transcoded<'a> {
    inner: Box<dyn Read + Send + 'a>,
    decoder: Decoder,
    block: Vec<u8>,
    /// Decoded and not yet given, from `given` on.
    text: String,
    given: usize,
    ended: bool,
}

impl<'a> Transcoded<'a> {
    /// A reader over the rest of `inner`.
    pub fn new(inner: Box<dyn Read + Send + 'a>, charset: Charset) -> Transcoded<'a> {
        Transcoded {
            inner,
            decoder: charset.new_decoder(),
            block: vec![0; BLOCK_BYTES],
            text: String::new(),
            given: 0,
            ended: false,
        }
    }
}

impl Read for Transcoded<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.ended {
            let n = self.inner.read(&mut self.block)?;
            self.ended = n == 0;
            self.text.clear();
            self.given = 0;
            self.decoder.decode(&self.block[..n], &mut self.text, self.ended);
        }
        let n = buf.len().min(self.text.len() - self.given);
        buf[..n].copy_from_slice(&self.text.as_bytes()[self.given..self.given + n]);
        self.given += n;
        Ok(n)
    }
}

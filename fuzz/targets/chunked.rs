//! A stream that gives its bytes in pieces of any size.

use std::io::{self, Read};

/// Bytes that come in pieces whose sizes are drawn from a seed.
pub struct Chunked {
    bytes: Vec<u8>,
    at: usize,
    seed: u64,
}

impl Chunked {
    pub fn new(bytes: Vec<u8>, seed: u64) -> Chunked {
        Chunked { bytes, at: 0, seed: seed | 1 }
    }
}

impl Read for Chunked {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        // One step of xorshift; small pieces are as likely as large ones.
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        let limit = 1_usize << (self.seed % 13);
        let n = buf.len().min(self.bytes.len() - self.at).min(limit);
        buf[..n].copy_from_slice(&self.bytes[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

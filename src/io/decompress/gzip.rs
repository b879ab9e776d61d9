//! gzip with any number of members, and zeros or garbage behind them.
//!
//! A member that is damaged gives its error; whoever reads on after that gets the next member that can be found.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::GzDecoder;

use super::blocks::read_held;

/// The members of a gzip file one after the other; zeros after the last one are padding, as on tapes.
pub struct GzipMembers<R: BufRead> {
    /// `None` after the last member.
    member: Option<GzDecoder<Looked<R>>>,
    trailing: Arc<AtomicU64>,
    failed: bool,
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if std::mem::take(&mut self.failed) {
            self.find_member()?;
        }
        while let Some(member) = &mut self.member {
            let n = member.read(buf).inspect_err(|_| self.failed = true)?;
            if n > 0 || buf.is_empty() {
                return Ok(n);
            }
            self.next_member()?;
        }
        Ok(0)
    }
}

impl<R: BufRead> GzipMembers<R> {
    /// Reads the members of `inner`; counts what follows the last one in `trailing`.
    pub fn new(inner: R, trailing: Arc<AtomicU64>) -> GzipMembers<R> {
        GzipMembers { member: Some(GzDecoder::new(Looked { back: None, inner })), trailing, failed: false }
    }

    fn next_member(&mut self) -> io::Result<()> {
        let Some(member) = self.member.take() else { return Ok(()) };
        let mut rest = member.into_inner();
        loop {
            let available = rest.fill_buf()?;
            let Some(zeros) = available.iter().position(|&byte| byte != 0) else {
                if available.is_empty() {
                    return Ok(());
                }
                let padding = available.len();
                rest.consume(padding);
                continue;
            };
            rest.consume(zeros);
            break;
        }
        // The two magic bytes may stand in two buffers; the decoder itself checks the second.
        if rest.fill_buf()?.first() == Some(&0x1F) {
            self.member = Some(GzDecoder::new(rest));
            return Ok(());
        }
        let garbage = io::copy(&mut rest, &mut io::sink())?;
        self.trailing.fetch_add(garbage, Ordering::Relaxed);
        Ok(())
    }

    /// Looks for the next header after damage: its two magic bytes and the one method there is.
    fn find_member(&mut self) -> io::Result<()> {
        let Some(member) = self.member.take() else { return Ok(()) };
        let mut rest = member.into_inner();
        loop {
            let available = rest.fill_buf()?;
            if available.is_empty() {
                return Ok(());
            }
            let Some(at) = memchr::memchr(0x1F, available) else {
                let n = available.len();
                rest.consume(n);
                continue;
            };
            rest.consume(at + 1);
            // Of the three bytes the first is taken; the others may stand in the next buffer.
            if rest.fill_buf()?.first() != Some(&0x8B) {
                continue;
            }
            if !matches!(rest.fill_buf()?, [0x8B, 8, 0..0x20, ..]) {
                continue;
            }
            rest.back = Some([0x1F]);
            self.member = Some(GzDecoder::new(rest));
            return Ok(());
        }
    }
}

/// A stream of which a byte was given back.
struct Looked<R> {
    back: Option<[u8; 1]>,
    inner: R,
}

impl<R: BufRead> BufRead for Looked<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match &self.back {
            Some(byte) => Ok(byte),
            None => self.inner.fill_buf(),
        }
    }

    fn consume(&mut self, amount: usize) {
        if self.back.is_none() {
            self.inner.consume(amount);
        } else if amount > 0 {
            self.back = None;
        }
    }
}

impl<R: BufRead> Read for Looked<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        read_held(self, buf)
    }
}

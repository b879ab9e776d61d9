//! Layers of compression taken off a stream, with limits on what comes out.
//!
//! Every member of a gzip file and every frame of a zstd file is read. The magic bytes decide, not the name. A stream
//! that grows beyond the ratio allowed ends in an error that says so, whatever its layers.

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::GzDecoder;

use crate::formats::sniff::Compression;

/// Layers of compression that are taken off before a stream is rejected; one for what servers compress twice.
const MAX_LAYERS: usize = 3;
/// Decompressed bytes below which no ratio is held against a stream: 64 MiB.
const RATIO_FREE_BYTES: u64 = 64 << 20;
/// Largest zstd window that is granted, as a power of two: 128 MiB, what `zstd -d` grants without being asked.
const MAX_WINDOW_LOG: u32 = 27;
/// Bytes that a decoder takes and gives at once: 64 KiB.
const BLOCK_BYTES: u64 = 64 << 10;
/// Bytes that are looked at before a stream is read: 64 KiB.
const PREFIX_BYTES: u64 = 64 << 10;

/// A stream of which the first bytes are known.
pub struct Opened<'a> {
    /// The stream from its first byte on.
    pub reader: Box<dyn Read + Send + 'a>,
    /// Its first bytes, up to 64 KiB.
    pub prefix: Vec<u8>,
    /// Compressed bytes taken from the file so far.
    pub taken: Arc<AtomicU64>,
    /// Bytes after the last gzip member that belong to no member.
    pub trailing: Arc<AtomicU64>,
    /// The layers that were taken off, outermost first.
    pub layers: Vec<Compression>,
}

/// Takes the compression off `source` and looks at its first bytes.
///
/// # Errors
/// What reading the first bytes gives; see [`is_bomb`] for a stream that grows too much.
pub fn open<'a>(source: impl Read + Send + 'a, max_ratio: u64) -> io::Result<Opened<'a>> {
    let taken = Arc::new(AtomicU64::new(0));
    let trailing = Arc::new(AtomicU64::new(0));
    let counted = Counted { inner: source, taken: Arc::clone(&taken) };
    let (mut prefix, mut reader) = look_ahead(Box::new(Blocks::new(counted)))?;
    let mut layers = Vec::new();
    while let Some(compression) = Compression::of_bytes(&prefix) {
        if layers.len() == MAX_LAYERS {
            return Err(io::Error::new(io::ErrorKind::InvalidData, Limit::Layers));
        }
        layers.push(compression);
        let plain: Box<dyn Read + Send + 'a> = match compression {
            Compression::Gzip => {
                Box::new(GzipMembers { member: Some(GzDecoder::new(reader)), trailing: Arc::clone(&trailing) })
            }
            Compression::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(reader)?;
                decoder.window_log_max(MAX_WINDOW_LOG)?;
                Box::new(decoder)
            }
        };
        let guarded = Guarded { inner: plain, given: 0, taken: Arc::clone(&taken), max_ratio };
        (prefix, reader) = look_ahead(Box::new(Blocks::new(guarded)))?;
    }
    Ok(Opened { reader: Box::new(reader), prefix, taken, trailing, layers })
}

type Looked<'a> = Chain<Cursor<Vec<u8>>, Box<dyn BufRead + Send + 'a>>;

/// The first bytes of a stream, and the stream as if they had not been read.
///
/// An error after the first byte is left for the reader to meet again; a stream gives its errors twice.
fn look_ahead<'a>(mut reader: Box<dyn BufRead + Send + 'a>) -> io::Result<(Vec<u8>, Looked<'a>)> {
    let mut prefix = Vec::new();
    let result = reader.by_ref().take(PREFIX_BYTES).read_to_end(&mut prefix);
    let reader: Box<dyn BufRead + Send + 'a> = match result {
        Ok(_) => reader,
        Err(error) if prefix.is_empty() => return Err(error),
        Err(error) => Box::new(BufReader::new(Failed(Some(error)))),
    };
    Ok((prefix.clone(), Cursor::new(prefix).chain(reader)))
}

/// A stream of which only its error is left.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// A stream taken in blocks of one size, however much of it is asked for and however it arrives.
///
/// What a decoder gives of a damaged stream before its error depends on the sizes of its two buffers. With these always
/// the same, a stream gives the same bytes at any size of batches.
struct Blocks<R> {
    inner: R,
    block: Vec<u8>,
    given: usize,
    /// The error that ended the block, for when its bytes are given.
    error: Option<io::Error>,
}

impl<R: Read> Blocks<R> {
    fn new(inner: R) -> Blocks<R> {
        Blocks { inner, block: Vec::with_capacity(BLOCK_BYTES as usize), given: 0, error: None }
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
            // Reads until the block is full, and keeps what came before an error.
            self.error = self.inner.by_ref().take(BLOCK_BYTES).read_to_end(&mut self.block).err();
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
        let available = self.fill_buf()?;
        let n = available.len().min(buf.len());
        buf[..n].copy_from_slice(&available[..n]);
        self.consume(n);
        Ok(n)
    }
}

/// What a stream was stopped for.
#[derive(Debug, thiserror::Error)]
enum Limit {
    #[error("decompresses to more than {0} times its size; raise `read.max_decompression_ratio` if that is right")]
    Ratio(u64),
    #[error("compressed more than {MAX_LAYERS} times over")]
    Layers,
}

/// Whether the error says that a stream grows beyond its limits.
pub fn is_bomb(error: &io::Error) -> bool {
    error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Limit>)
}

/// Counts the bytes that are taken from the file.
struct Counted<R> {
    inner: R,
    taken: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.taken.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Stops a stream that grows beyond the ratio allowed.
struct Guarded<'a> {
    inner: Box<dyn Read + Send + 'a>,
    given: u64,
    taken: Arc<AtomicU64>,
    max_ratio: u64,
}

impl Read for Guarded<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.given += n as u64;
        let taken = self.taken.load(Ordering::Relaxed).max(1);
        if self.given > RATIO_FREE_BYTES && self.given / taken > self.max_ratio {
            return Err(io::Error::new(io::ErrorKind::InvalidData, Limit::Ratio(self.max_ratio)));
        }
        Ok(n)
    }
}

/// The members of a gzip file one after the other; zeros after the last one are padding, as on tapes.
struct GzipMembers<R: BufRead> {
    /// `None` after the last member.
    member: Option<GzDecoder<R>>,
    trailing: Arc<AtomicU64>,
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let n = member.read(buf)?;
            if n > 0 || buf.is_empty() {
                return Ok(n);
            }
            self.next_member()?;
        }
        Ok(0)
    }
}

impl<R: BufRead> GzipMembers<R> {
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
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: Vec<u8>) -> (Vec<u8>, Option<io::Error>, u64) {
        let mut out = Vec::new();
        match open(Cursor::new(bytes), 1000) {
            Err(error) => (out, Some(error), 0),
            Ok(mut opened) => {
                let error = opened.reader.read_to_end(&mut out).err();
                (out, error, opened.trailing.load(Ordering::Relaxed))
            }
        }
    }

    #[test]
    fn every_member_and_every_frame_is_read() {
        let members = [gzip(b"one "), gzip(b""), gzip(b"two"), vec![0; 700]].concat();
        let (text, error, trailing) = read(members);
        assert_eq!((text.as_slice(), error.is_none(), trailing), (&b"one two"[..], true, 0));
        let skippable = b"\x50\x2A\x4D\x18\x03\0\0\0xyz".to_vec();
        let frames = [
            skippable.clone(),
            zstd::encode_all(&b"one "[..], 1).unwrap(),
            skippable,
            zstd::encode_all(&b"two"[..], 1).unwrap(),
        ];
        let (text, error, _) = read(frames.concat());
        assert_eq!((text.as_slice(), error.is_none()), (&b"one two"[..], true));
    }

    #[test]
    fn what_follows_the_last_member_is_counted() {
        let (text, error, trailing) = read([gzip(b"one"), b"garbage".to_vec()].concat());
        assert_eq!((text.as_slice(), error.is_none(), trailing), (&b"one"[..], true, 7));
    }

    #[test]
    fn a_cut_stream_gives_what_it_holds_and_then_its_error() {
        let text: Vec<u8> = (0..200_000_u32).flat_map(|i| (i.wrapping_mul(2_654_435_761)).to_le_bytes()).collect();
        for compressed in [gzip(&text), zstd::encode_all(&text[..], 1).unwrap()] {
            let (got, error, _) = read(compressed[..compressed.len() / 2].to_vec());
            assert!(got.len() > 100_000 && text.starts_with(&got));
            assert_eq!(error.unwrap().kind(), io::ErrorKind::UnexpectedEof);
        }
    }

    #[test]
    fn layers_are_taken_off_up_to_a_limit() {
        let twice = gzip(&zstd::encode_all(&b"text"[..], 1).unwrap());
        assert_eq!(read(twice.clone()).0, b"text");
        let (text, error, _) = read(gzip(&gzip(&twice)));
        assert!(text.is_empty() && is_bomb(&error.unwrap()));
    }

    #[test]
    fn a_bomb_is_stopped() {
        let bomb = zstd::encode_all(io::repeat(0).take(300 << 20), 1).unwrap();
        let (text, error, _) = read(bomb);
        assert!(text.len() < 100 << 20, "{}", text.len());
        assert!(is_bomb(&error.unwrap()));
    }
}

//! Layers of compression taken off a stream, with limits on what comes out.
//!
//! Every member or frame of a file is read. The magic bytes decide, not the name. A stream that grows beyond the ratio
//! allowed ends in an error that says so, whatever its layers.

mod blocks;
mod gzip;
mod lz4;

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use blocks::read_held;
use blocks::{Blocks, Plain};
use gzip::GzipMembers;
use lz4::Lz4Frames;

use crate::formats::sniff::Compression;

/// Layers of compression that are taken off before a stream is rejected; one for what servers compress twice.
const MAX_LAYERS: usize = 3;
/// Decompressed bytes below which no ratio is held against a stream: 64 MiB.
const RATIO_FREE_BYTES: u64 = 64 << 20;
/// Largest zstd window that is granted, as a power of two: 128 MiB, what `zstd -d` grants without being asked.
const MAX_WINDOW_LOG: u32 = 27;
/// Memory that xz is granted for its window: 128 MiB as well; `xz -9` needs 65 MiB.
const XZ_MEMORY_KIB: u32 = (1 << MAX_WINDOW_LOG) / 1024;

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
    open_within(Counted { inner: source, taken: Arc::clone(&taken) }, &taken, max_ratio)
}

/// The same for a stream that is a part of another, of which `taken` bytes were taken so far: what comes out is held
/// against those, however many layers are between.
///
/// # Errors
/// As [`open`].
pub fn open_within<'a>(
    source: impl Read + Send + 'a,
    taken: &Arc<AtomicU64>,
    max_ratio: u64,
) -> io::Result<Opened<'a>> {
    let trailing = Arc::new(AtomicU64::new(0));
    let mut file = Blocks::new(source);
    let mut prefix = file.fill_buf()?.to_vec();
    if Compression::of_bytes(&prefix).is_none() {
        let reader = Box::new(Plain(file));
        return Ok(Opened { reader, prefix, taken: Arc::clone(taken), trailing, layers: Vec::new() });
    }
    let mut reader: Box<dyn BufRead + Send + 'a> = Box::new(file);
    let mut layers = Vec::new();
    while let Some(compression) = Compression::of_bytes(&prefix) {
        if layers.len() == MAX_LAYERS {
            return Err(io::Error::new(io::ErrorKind::InvalidData, Limit::Layers));
        }
        layers.push(compression);
        let plain: Box<dyn Read + Send + 'a> = match compression {
            Compression::Gzip => Box::new(GzipMembers::new(reader, Arc::clone(&trailing))),
            Compression::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(reader)?;
                decoder.window_log_max(MAX_WINDOW_LOG)?;
                Box::new(decoder)
            }
            Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(reader)),
            Compression::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(reader, true, XZ_MEMORY_KIB)),
            Compression::Lz4 => Box::new(Lz4Frames::new(reader)),
        };
        let mut blocks = Blocks::new(guarded(plain, taken, max_ratio));
        prefix = blocks.fill_buf()?.to_vec();
        reader = Box::new(blocks);
    }
    Ok(Opened { reader: Box::new(reader), prefix, taken: Arc::clone(taken), trailing, layers })
}

/// What Deflate has packed without a header, up to its end; nothing of `source` behind it is taken.
pub fn inflate<'a>(source: impl BufRead + Send + 'a, taken: &Arc<AtomicU64>, max_ratio: u64) -> impl Read + Send + 'a {
    guarded(Box::new(flate2::bufread::DeflateDecoder::new(source)), taken, max_ratio)
}

fn guarded<'a>(inner: Box<dyn Read + Send + 'a>, taken: &Arc<AtomicU64>, max_ratio: u64) -> Guarded<'a> {
    Guarded { inner, given: 0, taken: Arc::clone(taken), max_ratio }
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

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

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

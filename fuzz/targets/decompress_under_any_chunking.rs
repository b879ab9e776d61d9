//! A compressed stream gives the same bytes, and the same fault at the same place, in pieces of any size; never more
//! than the limit on its growth allows.

#![no_main]

#[path = "chunked.rs"]
mod chunked;

use std::io::{Cursor, Read};
use std::sync::atomic::Ordering;

use chunked::Chunked;
use libfuzzer_sys::fuzz_target;
use textmill::io::decompress::open;

/// The bytes, whether they ended in a fault and of what kind, and how many followed the last member.
fn read(source: impl Read + Send + 'static) -> (Vec<u8>, Option<std::io::ErrorKind>, u64) {
    let mut out = Vec::new();
    match open(source, 1000) {
        Err(error) => (out, Some(error.kind()), 0),
        Ok(mut opened) => {
            let fault = opened.reader.read_to_end(&mut out).err();
            let trailing = opened.trailing.load(Ordering::Relaxed);
            (out, fault.map(|error| error.kind()), trailing)
        }
    }
}

fuzz_target!(|input: (u64, &[u8])| {
    let (seed, bytes) = input;
    let whole = read(Cursor::new(bytes.to_vec()));
    let pieces = read(Chunked::new(bytes.to_vec(), seed));
    assert!(whole == pieces, "{} bytes, {:?}; {} bytes, {:?}", whole.0.len(), whole.1, pieces.0.len(), pieces.1);
    // 64 MiB are granted to any stream.
    assert!(whole.0.len() <= (64 << 20) + (1 << 20) + 1000 * bytes.len());
});

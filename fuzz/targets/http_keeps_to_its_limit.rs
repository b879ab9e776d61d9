//! An answer of HTTP is read or refused with a reason, and unfolds to no more than it may.

#![no_main]

use libfuzzer_sys::fuzz_target;
use textmill::formats::http::{Media, charset_of, payload};

fuzz_target!(|input: (u16, &[u8])| {
    let (limit, bytes) = input;
    let limit = bytes.len() + usize::from(limit);
    match payload(bytes, limit) {
        Ok(found) => {
            assert!(found.body.len() <= limit, "{} bytes of {limit}", found.body.len());
            let _ = charset_of(found.content_type);
            let _ = Media::of(found.content_type, &found.body);
        }
        Err((_, detail)) => assert!(!detail.is_empty()),
    }
});

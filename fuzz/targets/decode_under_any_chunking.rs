//! A stream decoded in pieces of any size gives the text that it gives in one; what is UTF-8 stays as it is.

#![no_main]

#[path = "chunked.rs"]
mod chunked;

use std::io::Read;

use chunked::Chunked;
use libfuzzer_sys::fuzz_target;
use textmill::io::transcode::Transcoded;
use textmill_core::decode::{Charset, Hint, decode, sniff, utf8_string};

/// One of each kind of decoder.
const LABELS: [&str; 12] = [
    "utf-8",
    "utf-16le",
    "utf-16be",
    "windows-1251",
    "gb18030",
    "big5",
    "shift_jis",
    "euc-kr",
    "iso-2022-jp",
    "koi8-r",
    "windows-1252",
    "euc-jp",
];

fuzz_target!(|input: (u8, u64, &[u8])| {
    let (choice, seed, bytes) = input;
    let wide = [Charset::UTF_32LE, Charset::UTF_32BE];
    let charset = match wide.get(usize::from(choice)) {
        Some(charset) => *charset,
        None => Charset::from_label(LABELS[usize::from(choice) % LABELS.len()]).unwrap(),
    };
    let mut whole = String::new();
    charset.new_decoder().decode(bytes, &mut whole, true);
    let stream = Box::new(Chunked::new(bytes.to_vec(), seed));
    let mut pieces = Vec::new();
    Transcoded::new(stream, charset).read_to_end(&mut pieces).unwrap();
    assert_eq!(pieces, whole.as_bytes());

    let is_utf8 = std::str::from_utf8(bytes).is_ok();
    match utf8_string(bytes.to_vec()) {
        Ok(text) => assert!(is_utf8 && text.as_bytes() == bytes),
        Err(back) => assert!(!is_utf8 && back == bytes),
    }
    let decoded = decode(bytes, &Hint::default());
    assert!(decoded.encoding != "UTF-8" || !is_utf8 || decoded.malformed == 0);
    if is_utf8 && decoded.encoding == "UTF-8" {
        let text = std::str::from_utf8(bytes).unwrap();
        assert_eq!(decoded.text.trim_start_matches('\u{FEFF}'), text.trim_start_matches('\u{FEFF}'));
    }
    // Asked for by `read` for every file.
    let _ = sniff(bytes);
});

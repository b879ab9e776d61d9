//! Which charset bytes are in that nobody has named.

use std::ops::Range;

use chardetng::EncodingDetector;

use super::charset::Charset;

/// The likeliest charset of the windows of `bytes`.
pub(super) fn detect(bytes: &[u8], windows: &[Range<usize>]) -> Charset {
    let mut detector = EncodingDetector::new();
    for window in windows {
        detector.feed(&bytes[window.clone()], false);
        detector.feed(b"\n", false);
    }
    detector.feed(b"", true);
    Charset::whatwg(detector.guess(None, false))
}

//! Spans are in order, do not overlap, begin and end at characters, and hold every letter of the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use textmill_core::langid::{SpanConfig, document_language, spans};

fuzz_target!(|text: &str| {
    let mut found = Vec::new();
    spans(text, &SpanConfig::default(), &mut found);
    let mut at = 0;
    let mut paragraph = 0;
    for span in &found {
        assert!(span.start >= at && span.end > span.start && span.paragraph >= paragraph, "{found:?}");
        assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end), "{found:?}");
        assert!(!text[at..span.start].contains(char::is_alphabetic), "{found:?}");
        assert!((0.0..=1.0).contains(&span.score), "{found:?}");
        (at, paragraph) = (span.end, span.paragraph);
    }
    assert!(!text[at..].contains(char::is_alphabetic), "{found:?}");
    let document = document_language(&found, text);
    assert!((0.0..=1.0).contains(&document.score), "{document:?}");
});

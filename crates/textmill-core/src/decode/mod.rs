//! Bytes to text.
//!
//! [`decode`] weighs the evidence in one order: what the user forces; a byte order mark; what is declared, where the bytes
//! agree; UTF-8; nearly UTF-8, where only the broken runs are read otherwise; UTF-16 and UTF-32 without a mark; and then
//! the likeliest legacy charset, judged on windows from the whole input. Nothing fails and nothing is lost silently: what
//! is malformed is counted.
//!
//! It does not undo text that was decoded wrongly before (that is the `mojibake` rule) and it does not read markup beyond
//! the declared charset. Start with [`decode`], then `almost.rs` and `detect.rs`.

mod charset;
mod page;
mod pages;
mod shifted;
mod table;
mod utf8;
mod wide;
mod declared;
mod sample;
mod model;
mod candidate;
mod pairs;
mod weigh;
mod detect;
mod price;
mod stray;
mod almost;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub use charset::{Charset, Decoder};

/// What is known of the charset from elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// The charset to use, whatever the bytes say.
    pub forced: Option<Charset>,
    /// What a header or a field says; used where the bytes agree.
    pub declared: Option<Charset>,
    /// What to use where the bytes do not tell.
    pub fallback: Option<Charset>,
}

/// By what the charset was decided, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// The user forced it.
    Forced,
    /// A byte order mark.
    Bom,
    /// A header, `<meta charset>` or an XML declaration, and the bytes agree.
    Declared,
    /// Every byte is UTF-8, or ASCII.
    Utf8,
    /// UTF-8 but for some broken runs.
    AlmostUtf8,
    /// Lines in UTF-8 and lines in another charset.
    Mixed,
    /// The places of zero and control bytes are those of UTF-16 or UTF-32.
    Utf16Pattern,
    /// Escape sequences of ISO-2022 or HZ.
    Escapes,
    /// The likeliest of the legacy charsets.
    Detected,
    /// The bytes did not tell, and the fallback was used.
    Fallback,
}

impl Evidence {
    /// The word for it in records.
    pub const fn name(self) -> &'static str {
        match self {
            Evidence::Forced => "forced",
            Evidence::Bom => "bom",
            Evidence::Declared => "declared",
            Evidence::Utf8 => "utf8",
            Evidence::AlmostUtf8 => "almost-utf8",
            Evidence::Mixed => "mixed",
            Evidence::Utf16Pattern => "utf16-pattern",
            Evidence::Escapes => "escapes",
            Evidence::Detected => "detected",
            Evidence::Fallback => "fallback",
        }
    }
}

/// Text, and how it was found in the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text, without a byte order mark at its start; borrowed where the bytes are clean UTF-8.
    pub text: Cow<'a, str>,
    /// The charset's name: WHATWG's, else IANA's.
    pub encoding: &'static str,
    /// The charset in which the broken runs or the other lines of a UTF-8 text were read.
    pub second_encoding: Option<&'static str>,
    /// By what the charset was decided.
    pub evidence: Evidence,
    /// Malformed sequences met, whether they could be read otherwise or not.
    pub malformed: usize,
    /// U+FFFD written for what could not be read.
    pub replaced: usize,
    /// Whether there was a byte order mark.
    pub bom: bool,
}

/// Decodes `bytes`, with the charset that the evidence is for.
///
/// # Examples
/// ```
/// use textmill_core::decode::{Evidence, Hint, decode};
///
/// let page = decode("Déjà vu".as_bytes(), &Hint::default());
/// assert_eq!((page.encoding, page.evidence), ("UTF-8", Evidence::Utf8));
///
/// let broken = decode(b"na\xC3\xAFve caf\xE9 \xC3\xA0 c\xC3\xB4t\xC3\xA9", &Hint::default());
/// assert_eq!(broken.text, "naïve café à côté");
/// assert_eq!((broken.encoding, broken.malformed, broken.replaced), ("UTF-8", 1, 0));
/// ```
pub fn decode<'a>(bytes: &'a [u8], hint: &Hint) -> Decoded<'a> {
    let mark = wide::bom(bytes);
    if let Some(charset) = hint.forced {
        let own_mark = mark.filter(|&(marked, _)| marked == charset).map_or(0, |(_, len)| len);
        return whole(bytes, own_mark, charset, Evidence::Forced);
    }
    if let Some((charset, len)) = mark {
        if charset != Charset::UTF_8 {
            return whole(bytes, len, charset, Evidence::Bom);
        }
        let decoded = match simdutf8::basic::from_utf8(&bytes[len..]) {
            Ok(text) => clean(text),
            Err(_) => almost::decode(&bytes[len..], None, hint),
        };
        return Decoded { evidence: Evidence::Bom, bom: true, ..decoded };
    }
    let utf8 = simdutf8::basic::from_utf8(bytes);
    // Text of ASCII letters in UTF-16 is valid UTF-8, full of NULs.
    if (utf8.is_err() || memchr::memchr(0, bytes).is_some())
        && let Some(charset) = wide::pattern(bytes)
    {
        return whole(bytes, 0, charset, Evidence::Utf16Pattern);
    }
    if let Ok(text) = utf8 {
        // Escapes mean something only where all is ASCII: what is UTF-8 besides is UTF-8.
        return match shifted::escapes(bytes).filter(|_| text.is_ascii()) {
            Some(charset) => whole(bytes, 0, charset, Evidence::Escapes),
            None => clean(text),
        };
    }
    let declared = hint.declared.or_else(|| declared::declared(bytes));
    almost::decode(bytes, declared, hint)
}

/// The charset that a stream whose first bytes are `prefix` is surely in, so that it can be transcoded in chunks.
///
/// Answers for a byte order mark, for the pattern of UTF-16 or UTF-32 in the first 64 KiB, and for a legacy charset where
/// there is much evidence for it and none for UTF-8. For UTF-8 without a mark it answers nothing.
pub fn sniff(prefix: &[u8]) -> Option<Charset> {
    let prefix = &prefix[..prefix.len().min(64 * 1024)];
    wide::bom(prefix)
        .map(|(charset, _)| charset)
        .or_else(|| wide::pattern(prefix))
        .or_else(|| almost::sure_legacy(prefix))
}

/// The bytes as a string, if all of them are UTF-8; else the bytes back.
///
/// What `String::from_utf8` does, at the speed of `simdutf8`; see `benches/record/2026-11-22-profile.md`.
///
/// # Errors
/// The bytes, if they are not UTF-8.
pub fn utf8_string(bytes: Vec<u8>) -> Result<String, Vec<u8>> {
    if simdutf8::basic::from_utf8(&bytes).is_err() {
        return Err(bytes);
    }
    // SAFETY: the line above has validated every byte as UTF-8.
    Ok(unsafe { String::from_utf8_unchecked(bytes) })
}

fn clean(text: &str) -> Decoded<'_> {
    Decoded {
        text: Cow::Borrowed(text),
        encoding: Charset::UTF_8.name(),
        second_encoding: None,
        evidence: Evidence::Utf8,
        malformed: 0,
        replaced: 0,
        bom: false,
    }
}

/// Everything after the mark in one charset.
fn whole(bytes: &[u8], mark: usize, charset: Charset, evidence: Evidence) -> Decoded<'_> {
    let bom = mark > 0;
    let bytes = &bytes[mark..];
    if charset == Charset::UTF_8
        && let Ok(text) = simdutf8::basic::from_utf8(bytes)
    {
        return Decoded { evidence, bom, ..clean(text) };
    }
    let mut text = String::new();
    let malformed = charset.decode_into(bytes, &mut text);
    Decoded {
        text: Cow::Owned(text),
        encoding: charset.name(),
        second_encoding: None,
        evidence,
        malformed,
        replaced: malformed,
        bom,
    }
}

//! The charsets that can be read, their labels, and decoding in one go or in chunks.
//!
//! Those of the WHATWG Encoding Standard come from `encoding_rs`; DOS, Mac and EBCDIC pages are tables of our own;
//! UTF-32 is read by hand. Chunked decoding gives the same text and the same counts as decoding in one go.

use encoding_rs::{Decoder as WhatwgDecoder, DecoderResult, Encoding};

use super::page::Page;
use super::pages;
use super::shifted::{Shifted, ShiftedDecoder};
use super::table::decode_start;

/// A character encoding that textmill can read.
#[derive(Clone, Copy)]
pub struct Charset(Kind);

#[derive(Clone, Copy)]
enum Kind {
    Whatwg(&'static Encoding),
    Page(&'static Page),
    Shifted(Shifted),
    Utf32(Endian),
}

/// The order of the bytes in a unit of two or four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endian {
    Little,
    Big,
}

impl Charset {
    /// UTF-8.
    pub const UTF_8: Charset = Charset(Kind::Whatwg(encoding_rs::UTF_8));
    /// UTF-16, little-endian.
    pub const UTF_16LE: Charset = Charset(Kind::Whatwg(encoding_rs::UTF_16LE));
    /// UTF-16, big-endian.
    pub const UTF_16BE: Charset = Charset(Kind::Whatwg(encoding_rs::UTF_16BE));
    /// UTF-32, little-endian.
    pub const UTF_32LE: Charset = Charset(Kind::Utf32(Endian::Little));
    /// UTF-32, big-endian.
    pub const UTF_32BE: Charset = Charset(Kind::Utf32(Endian::Big));
    /// windows-1252, the usual fallback.
    pub const WINDOWS_1252: Charset = Charset(Kind::Whatwg(encoding_rs::WINDOWS_1252));

    /// The charset that `label` names, or none.
    ///
    /// Labels of the WHATWG Encoding Standard, of UTF-32, and of the DOS, Mac and EBCDIC pages. Quotes, spaces,
    /// trailing `;` or `,` and underscores for hyphens are forgiven (`"UTF8";`, `'windows_1251'`). Labels of the standard
    /// that stand for "no text at all" (`replacement`, `x-user-defined`) name nothing.
    pub fn from_label(label: &str) -> Option<Charset> {
        let trimmed = label
            .trim_matches(|c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\'' | ';' | ',' | '.' | '=' | '\\'))
            .to_ascii_lowercase();
        let trimmed = trimmed.split([';', ',', '"', '\'']).next().unwrap_or_default().trim_end();
        exact_label(trimmed)
            .or_else(|| exact_label(&trimmed.replace('_', "-")))
            .or_else(|| exact_label(&trimmed.replace(['_', ' '], "-").replace("--", "-")))
            .or_else(|| {
                // `windows1251`, `iso8859-1`, `win-1251`, `utf-8n` and their like.
                let squeezed: String = trimmed.chars().filter(char::is_ascii_alphanumeric).collect();
                loose_label(&squeezed)
            })
    }

    /// The charset's name: that of the WHATWG standard, else IANA's, else the usual one.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Whatwg(encoding) => encoding.name(),
            Kind::Page(page) => page.name,
            Kind::Shifted(shifted) => shifted.name(),
            Kind::Utf32(Endian::Little) => "UTF-32LE",
            Kind::Utf32(Endian::Big) => "UTF-32BE",
        }
    }

    /// A decoder that takes the text in chunks; it drops the charset's own BOM at the start.
    pub fn new_decoder(self) -> Decoder {
        Decoder(match self.0 {
            Kind::Whatwg(encoding) => State::Whatwg(Box::new(encoding.new_decoder_with_bom_removal())),
            Kind::Page(page) => State::Page(page),
            Kind::Shifted(shifted) => State::Shifted(shifted.new_decoder()),
            Kind::Utf32(endian) => State::Utf32 { endian, pending: [0; 4], n_pending: 0, begun: false },
        })
    }

    /// Appends the text of `bytes` to `out`; a BOM is text. Returns the number of malformed sequences, each U+FFFD.
    pub(super) fn decode_into(self, bytes: &[u8], out: &mut String) -> usize {
        match self.0 {
            Kind::Whatwg(encoding) => {
                let rest = &bytes[decode_start(encoding, bytes, out)..];
                if rest.is_empty() {
                    0
                } else {
                    feed(&mut encoding.new_decoder_without_bom_handling(), rest, out, true)
                }
            }
            Kind::Page(page) => page.decode_into(bytes, out),
            Kind::Shifted(shifted) => shifted.new_decoder().decode(bytes, out, true),
            Kind::Utf32(endian) => {
                let mut pending = [0; 4];
                let mut n_pending = 0;
                decode_utf32(endian, &mut pending, &mut n_pending, bytes, out, true)
            }
        }
    }

    /// Every charset that is made of one of our own pages.
    pub(super) fn pages() -> impl Iterator<Item = Charset> {
        pages::HIGH.iter().chain(&pages::FULL).map(|page| Charset(Kind::Page(page)))
    }

    pub(super) const fn shifted(shifted: Shifted) -> Charset {
        Charset(Kind::Shifted(shifted))
    }
}

impl PartialEq for Charset {
    fn eq(&self, other: &Charset) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Charset {}

impl std::fmt::Debug for Charset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Charset({})", self.name())
    }
}

fn exact_label(label: &str) -> Option<Charset> {
    match label {
        "utf-32" | "utf32" | "utf-32le" | "utf32le" | "ucs-4" | "ucs-4le" => return Some(Charset::UTF_32LE),
        "utf-32be" | "utf32be" | "ucs-4be" => return Some(Charset::UTF_32BE),
        _ => {}
    }
    // The standard gives some labels of these to `replacement`, and `ksc5601-1992` to nobody.
    if let Some(shifted) = Shifted::ALL.into_iter().find(|shifted| shifted.labels().contains(&label)) {
        return Some(Charset(Kind::Shifted(shifted)));
    }
    if let Some(encoding) = Encoding::for_label_no_replacement(label.as_bytes()) {
        return (encoding != encoding_rs::X_USER_DEFINED).then_some(Charset(Kind::Whatwg(encoding)));
    }
    Charset::pages().find(|charset| match charset.0 {
        Kind::Page(page) => page.labels.contains(&label),
        _ => false,
    })
}

/// Spellings with all but letters and digits taken out.
fn loose_label(squeezed: &str) -> Option<Charset> {
    let number = |prefix: &str| squeezed.strip_prefix(prefix).filter(|rest| !rest.is_empty());
    if let Some(page) = number("windows").or_else(|| number("win")).or_else(|| number("cp")).or_else(|| number("ms")) {
        return exact_label(&format!("windows-{page}")).or_else(|| exact_label(&format!("cp{page}")));
    }
    if let Some(part) = number("iso8859").or_else(|| number("8859")) {
        return exact_label(&format!("iso-8859-{part}"));
    }
    match squeezed {
        "utf8n" | "utf8mb4" | "uft8" | "utf" | "unicode11utf8" | "utf8utf8" | "utf8bom" | "utf8sig" => {
            Some(Charset::UTF_8)
        }
        "cp932" | "ms932" | "sjis" | "shiftjis" | "xsjis" | "windows31j" => exact_label("shift_jis"),
        "eucjp" | "ujis" => exact_label("euc-jp"),
        "euckr" | "uhc" | "cp949" => exact_label("euc-kr"),
        "gb2312" | "gbk" | "cp936" | "euccn" => exact_label("gbk"),
        "big5" | "big5hkscs" | "cp950" => exact_label("big5"),
        "latin1" => exact_label("latin1"),
        "koi8r" => exact_label("koi8-r"),
        "koi8u" => exact_label("koi8-u"),
        "tis620" => exact_label("tis-620"),
        _ => None,
    }
}

/// A decoder that takes its bytes in chunks, cut anywhere.
///
/// # Examples
/// ```
/// use textmill_core::decode::Charset;
///
/// let mut decoder = Charset::UTF_16LE.new_decoder();
/// let mut text = String::new();
/// assert_eq!(decoder.decode(b"\xFF\xFEo\0k", &mut text, false), 0);
/// assert_eq!(decoder.decode(b"\0", &mut text, true), 0);
/// assert_eq!(text, "ok");
/// ```
pub struct Decoder(State);

enum State {
    // A decoder of encoding_rs is large, and moves with its owner.
    Whatwg(Box<WhatwgDecoder>),
    Page(&'static Page),
    Shifted(ShiftedDecoder),
    Utf32 { endian: Endian, pending: [u8; 4], n_pending: usize, begun: bool },
}

impl Decoder {
    /// Appends the text of `chunk` to `out` and returns the number of malformed sequences, each U+FFFD.
    ///
    /// `last` says that no chunk follows: what is incomplete then is malformed. Not to be called again after that.
    pub fn decode(&mut self, chunk: &[u8], out: &mut String, last: bool) -> usize {
        match &mut self.0 {
            State::Whatwg(decoder) => feed(decoder, chunk, out, last),
            State::Page(page) => page.decode_into(chunk, out),
            State::Shifted(decoder) => decoder.decode(chunk, out, last),
            State::Utf32 { endian, pending, n_pending, begun } => {
                let from = out.len();
                let malformed = decode_utf32(*endian, pending, n_pending, chunk, out, last);
                if !*begun && out.len() > from {
                    *begun = true;
                    if out[from..].starts_with('\u{FEFF}') {
                        out.replace_range(from..from + '\u{FEFF}'.len_utf8(), "");
                    }
                }
                malformed
            }
        }
    }
}

/// Room for text between a decoder and its string, in bytes.
const BUFFER_BYTES: usize = 4096;

/// Runs a decoder of `encoding_rs` over `bytes`.
///
/// It writes to a small buffer and not to the string: decoding to a string clears all its room at every call, and there
/// is a call for every malformed sequence.
fn feed(decoder: &mut WhatwgDecoder, bytes: &[u8], out: &mut String, last: bool) -> usize {
    let mut buffer = [0; BUFFER_BYTES];
    let mut malformed = 0;
    let mut rest = bytes;
    out.reserve(bytes.len() + bytes.len() / 4);
    loop {
        let (result, read, written) = decoder.decode_to_utf8_without_replacement(rest, &mut buffer, last);
        // The decoder writes UTF-8 only.
        out.push_str(simdutf8::basic::from_utf8(&buffer[..written]).unwrap_or_default());
        rest = &rest[read..];
        match result {
            DecoderResult::InputEmpty => return malformed,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => {
                malformed += 1;
                out.push('\u{FFFD}');
            }
        }
    }
}

/// Reads units of four bytes; `pending` holds the start of one that the chunk cut.
fn decode_utf32(
    endian: Endian,
    pending: &mut [u8; 4],
    n_pending: &mut usize,
    bytes: &[u8],
    out: &mut String,
    last: bool,
) -> usize {
    let mut malformed = 0;
    out.reserve(bytes.len() / 2);
    for &byte in bytes {
        pending[*n_pending] = byte;
        *n_pending += 1;
        if *n_pending < 4 {
            continue;
        }
        *n_pending = 0;
        let code = match endian {
            Endian::Little => u32::from_le_bytes(*pending),
            Endian::Big => u32::from_be_bytes(*pending),
        };
        out.push(char::from_u32(code).unwrap_or_else(|| {
            malformed += 1;
            '\u{FFFD}'
        }));
    }
    if last && *n_pending > 0 {
        *n_pending = 0;
        malformed += 1;
        out.push('\u{FFFD}');
    }
    malformed
}

//! ISO-2022-KR, HZ and Johab, which the WHATWG standard leaves out, and how escapes in ASCII bytes give charsets away.
//!
//! The first two are seven-bit: bytes of the ASCII range mean Korean or Chinese between two shifts. Johab composes a
//! Hangul syllable of three groups of five bits. Characters come from the tables of EUC-KR and GBK.
//! Sources: RFC 1557 (ISO-2022-KR), RFC 1843 (HZ), KS X 1001:1992 annex 3 (Johab).

use encoding_rs::{EUC_KR, Encoding, GBK};

use super::charset::Charset;

/// A charset of this module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shifted {
    Iso2022Kr,
    Hz,
    Johab,
}

impl Shifted {
    pub(super) const ALL: [Shifted; 3] = [Shifted::Iso2022Kr, Shifted::Hz, Shifted::Johab];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Shifted::Iso2022Kr => "ISO-2022-KR",
            Shifted::Hz => "HZ-GB-2312",
            Shifted::Johab => "Johab",
        }
    }

    pub(super) const fn labels(self) -> &'static [&'static str] {
        match self {
            Shifted::Iso2022Kr => &["iso-2022-kr", "csiso2022kr"],
            Shifted::Hz => &["hz-gb-2312", "hz", "hz-gb"],
            Shifted::Johab => &["johab", "cp1361", "ms1361", "ksc5601-1992", "x-johab"],
        }
    }

    /// A decoder at the start of a text.
    pub(super) const fn new_decoder(self) -> ShiftedDecoder {
        ShiftedDecoder { charset: self, double: false, lead: None, escape: 0 }
    }
}

/// The state between two bytes.
pub(super) struct ShiftedDecoder {
    charset: Shifted,
    /// Whether bytes come in pairs.
    double: bool,
    /// The first byte of a pair, or the `~` of HZ.
    lead: Option<u8>,
    /// How many bytes of `ESC $ ) C` have been read.
    escape: usize,
}

/// The escape at the start of a line that announces ISO-2022-KR.
const DESIGNATOR: &[u8; 4] = b"\x1B$)C";

impl ShiftedDecoder {
    /// Appends the text of `bytes` to `out` and returns the number of malformed sequences.
    pub(super) fn decode(&mut self, bytes: &[u8], out: &mut String, last: bool) -> usize {
        let mut malformed = 0;
        out.reserve(bytes.len() + bytes.len() / 2);
        for &byte in bytes {
            malformed += match self.charset {
                Shifted::Iso2022Kr => self.step_iso_2022_kr(byte, out),
                Shifted::Hz => self.step_hz(byte, out),
                Shifted::Johab => self.step_johab(byte, out),
            };
        }
        if last && (self.lead.take().is_some() || std::mem::take(&mut self.escape) > 0) {
            malformed += replace(out);
        }
        malformed
    }

    fn step_iso_2022_kr(&mut self, byte: u8, out: &mut String) -> usize {
        if self.escape > 0 {
            if byte == DESIGNATOR[self.escape] {
                self.escape = (self.escape + 1) % DESIGNATOR.len();
                return 0;
            }
            self.escape = 0;
            return replace(out) + self.step_iso_2022_kr(byte, out);
        }
        if let Some(lead) = self.lead.take() {
            return match byte {
                0x21..=0x7E => push_pair(EUC_KR, [lead | 0x80, byte | 0x80], out),
                _ => replace(out) + self.step_iso_2022_kr(byte, out),
            };
        }
        match byte {
            0x1B => self.escape = 1,
            0x0E => self.double = true,
            0x0F => self.double = false,
            0x21..=0x7E if self.double => self.lead = Some(byte),
            0x00..=0x7F => out.push(char::from(byte)),
            _ => return replace(out),
        }
        0
    }

    fn step_hz(&mut self, byte: u8, out: &mut String) -> usize {
        match (self.lead.take(), byte) {
            (Some(b'~'), b'{') => self.double = true,
            (Some(b'~'), b'~') => out.push('~'),
            // The line feed says that the line goes on.
            (Some(b'~'), b'}' | b'\n') => self.double = false,
            (Some(lead), 0x21..=0x7E) if self.double && lead != b'~' => {
                return push_pair(GBK, [lead | 0x80, byte | 0x80], out);
            }
            (Some(_), _) => return replace(out) + self.step_hz(byte, out),
            (None, b'~') => self.lead = Some(byte),
            (None, 0x21..=0x7E) if self.double => self.lead = Some(byte),
            (None, 0x00..=0x7F) => {
                self.double &= byte != b'\n';
                out.push(char::from(byte));
            }
            _ => return replace(out),
        }
        0
    }

    fn step_johab(&mut self, byte: u8, out: &mut String) -> usize {
        match (self.lead.take(), byte) {
            (None, 0x00..=0x7F) => out.push(char::from(byte)),
            (None, 0x84..=0xD3 | 0xD8..=0xDE | 0xE0..=0xF9) => self.lead = Some(byte),
            (None, _) => return replace(out),
            (Some(lead), 0x31..=0xFE) => return push_johab(lead, byte, out),
            (Some(_), _) => return replace(out) + self.step_johab(byte, out),
        }
        0
    }
}

fn replace(out: &mut String) -> usize {
    out.push('\u{FFFD}');
    1
}

fn push_pair(encoding: &'static Encoding, pair: [u8; 2], out: &mut String) -> usize {
    match encoding.decode_without_bom_handling_and_without_replacement(&pair) {
        Some(text) => {
            out.push_str(&text);
            0
        }
        None => replace(out),
    }
}

fn push_johab(lead: u8, trail: u8, out: &mut String) -> usize {
    if lead < 0xD8 {
        let code = u32::from(lead) << 8 | u32::from(trail);
        let initial = (code >> 10 & 31).wrapping_sub(2);
        let medial = match code >> 5 & 31 {
            medial @ 3..=7 => Some(medial - 3),
            medial @ 10..=15 => Some(medial - 5),
            medial @ 18..=23 => Some(medial - 7),
            medial @ 26..=29 => Some(medial - 9),
            _ => None,
        };
        let last = match code & 31 {
            last @ 1..=17 => Some(last - 1),
            last @ 19..=29 => Some(last - 2),
            _ => None,
        };
        let char = match (medial, last) {
            (Some(medial), Some(last)) if initial < 19 => char::from_u32(0xAC00 + (initial * 21 + medial) * 28 + last),
            // A vowel alone.
            (Some(medial), Some(0)) => char::from_u32(0x314F + medial),
            // A consonant alone.
            (None, Some(0)) if initial < 19 => "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ".chars().nth(initial as usize),
            _ => None,
        };
        return match char {
            Some(char) => {
                out.push(char);
                0
            }
            None => replace(out),
        };
    }
    // D8 is the user's own.
    if lead == 0xD8 || (trail > 0x7E && trail < 0x91) {
        return replace(out);
    }
    // Symbols and Hanja are two rows of KS X 1001 for each first byte.
    let row = if lead < 0xE0 { 2 * (lead - 0xD9) } else { (2 * u16::from(lead) - 0x197) as u8 };
    let cell = if trail < 0x91 { trail - 0x31 } else { trail - 0x43 };
    let (row, cell) = if cell < 0x5E { (row, cell) } else { (row + 1, cell - 0x5E) };
    push_pair(EUC_KR, [row + 0xA1, cell + 0xA1], out)
}

/// The charset whose escapes are in bytes that are all ASCII.
pub(super) fn escapes(bytes: &[u8]) -> Option<Charset> {
    let mut from = 0;
    let mut hz_begins = 0;
    let mut hz_ends = 0;
    let mut n_failed = 0;
    // `~` is common in paths, so that looking for it in megabytes of ASCII costs something; the other two are rare.
    while let Some(at) = memchr::memchr2(0x1B, b'~', &bytes[from..]) {
        let rest = &bytes[from + at..];
        match rest {
            [0x1B, b'$', b'@' | b'B', ..] | [0x1B, b'(', b'J' | b'I', ..] | [0x1B, b'$', b'(', b'D', ..] => {
                return Charset::from_label("iso-2022-jp");
            }
            [0x1B, b'$', b')', b'C', ..] => return Some(Charset::shifted(Shifted::Iso2022Kr)),
            [b'~', b'{', ..] if is_hz_run(&rest[2..]) => hz_begins += 1,
            [b'~', b'{', ..] => {
                n_failed += 1;
                if n_failed > MAX_FAILED_RUNS {
                    break;
                }
            }
            [b'~', b'}', ..] => hz_ends += 1,
            _ => {}
        }
        from += at + 1;
    }
    (hz_begins > n_failed && hz_begins <= hz_ends).then(|| Charset::shifted(Shifted::Hz))
}

/// How often `~{` may stand for something else before the text is believed not to be HZ.
const MAX_FAILED_RUNS: usize = 16;

/// The longest run of Chinese in HZ that is looked for, in bytes; lines were meant to be short.
const HZ_RUN_BYTES: usize = 1024;

/// Whether pairs of GB 2312 follow, up to `~}`.
fn is_hz_run(bytes: &[u8]) -> bool {
    let bytes = &bytes[..bytes.len().min(HZ_RUN_BYTES)];
    let Some(end) = bytes.windows(2).position(|pair| pair == b"~}" || pair[0] == b'\n') else { return false };
    end > 0
        && end % 2 == 0
        && bytes[end] == b'~'
        && bytes[..end].chunks_exact(2).all(|pair| (0x21..=0x77).contains(&pair[0]) && (0x21..=0x7E).contains(&pair[1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(charset: Shifted, bytes: &[u8]) -> (String, usize) {
        let mut text = String::new();
        let malformed = charset.new_decoder().decode(bytes, &mut text, true);
        (text, malformed)
    }

    #[test]
    fn reads_korean_between_shifts() {
        assert_eq!(read(Shifted::Iso2022Kr, b"\x1B$)Cab \x0E0!\x0F c"), ("ab 가 c".into(), 0));
        assert_eq!(read(Shifted::Iso2022Kr, b"\x1B$)C\x0E0").1, 1);
    }

    #[test]
    fn reads_chinese_between_braces() {
        assert_eq!(read(Shifted::Hz, b"ok ~{VPND~} ~~"), ("ok 中文 ~".into(), 0));
    }

    #[test]
    fn composes_syllables_of_johab() {
        assert_eq!(read(Shifted::Johab, b"\x88\x61\xD0\x65 x"), ("가한 x".into(), 0));
    }

    #[test]
    fn knows_escapes_from_paths_and_colours() {
        assert_eq!(escapes(b"/~user/ \x1B[31mred\x1B[0m ~{a} {~}"), None);
        assert_eq!(escapes(b"ok ~{VPND~}").map(Charset::name), Some("HZ-GB-2312"));
        assert_eq!(escapes(b"\x1B$BF|\x1B(B").map(Charset::name), Some("ISO-2022-JP"));
    }
}

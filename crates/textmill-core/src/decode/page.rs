//! Single-byte code pages as tables of 256 UTF-16 units, and how text is read through them.

/// A single-byte code page of the Basic Multilingual Plane.
pub(super) struct Page {
    pub(super) name: &'static str,
    pub(super) labels: &'static [&'static str],
    /// What each byte stands for; U+FFFD where the page has nothing.
    pub(super) codes: [u16; 256],
}

/// A page from the characters of its last 128 bytes, over ASCII, or of all its 256.
pub(super) const fn page(name: &'static str, labels: &'static [&'static str], chars: &str) -> Page {
    let mut codes = [0_u16; 256];
    let mut first = 0;
    while first < 128 {
        codes[first] = first as u16;
        first += 1;
    }
    let utf8 = chars.as_bytes();
    let mut n_chars = 0;
    let mut at = 0;
    while at < utf8.len() {
        n_chars += (utf8[at] & 0xC0 != 0x80) as usize;
        at += 1;
    }
    assert!(n_chars == 128 || n_chars == 256);
    let mut byte = 256 - n_chars;
    at = 0;
    while at < utf8.len() {
        let lead = utf8[at] as u16;
        let (code, len) = if lead < 0x80 {
            (lead, 1)
        } else if lead < 0xE0 {
            ((lead & 0x1F) << 6 | utf8[at + 1] as u16 & 0x3F, 2)
        } else {
            // The last 4 bits of the lead survive the shift by 12.
            (lead << 12 | (utf8[at + 1] as u16 & 0x3F) << 6 | utf8[at + 2] as u16 & 0x3F, 3)
        };
        codes[byte] = code;
        byte += 1;
        at += len;
    }
    Page { name, labels, codes }
}

impl Page {
    /// Appends the text of `bytes` to `out` and returns how many bytes the page has nothing for (U+FFFD each).
    pub(super) fn decode_into(&self, bytes: &[u8], out: &mut String) -> usize {
        let ascii = self.codes[b'e' as usize] == u16::from(b'e');
        let mut malformed = 0;
        let mut rest = bytes;
        out.reserve(bytes.len() + bytes.len() / 2);
        while !rest.is_empty() {
            if ascii {
                let plain = encoding_rs::Encoding::ascii_valid_up_to(rest);
                let (head, tail) = rest.split_at(plain);
                // ASCII by the line above, so this is a copy and a check of a few bytes at a time.
                out.push_str(std::str::from_utf8(head).unwrap_or_default());
                rest = tail;
            }
            let mut taken = 0;
            for &byte in rest {
                if ascii && byte < 0x80 && byte != b' ' {
                    break;
                }
                let code = self.codes[usize::from(byte)];
                malformed += usize::from(code == 0xFFFD);
                out.push(char::from_u32(u32::from(code)).unwrap_or('\u{FFFD}'));
                taken += 1;
            }
            rest = &rest[taken..];
        }
        malformed
    }
}

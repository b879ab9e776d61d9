//! Decoding by table: the charsets of one byte a character, and the pairs of bytes of those of East Asia.
//!
//! The tables are made of what `encoding_rs` says of every byte and every pair, at the first text that is long enough to
//! pay for it. At the first sequence that has no place in them the rest of the text is left to `encoding_rs`, which knows
//! what is malformed; so the text is the same. See `benches/record/2026-11-25-decode-night.md`.

use std::sync::OnceLock;

use encoding_rs::{
    BIG5, DecoderResult, EUC_JP, EUC_KR, Encoding, GBK, IBM866, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5,
    ISO_8859_6, ISO_8859_7, ISO_8859_8, ISO_8859_10, ISO_8859_13, ISO_8859_14, ISO_8859_15, ISO_8859_16, KOI8_R,
    KOI8_U, MACINTOSH, SHIFT_JIS, WINDOWS_874, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254,
    WINDOWS_1255, WINDOWS_1256, WINDOWS_1257, WINDOWS_1258, X_MAC_CYRILLIC,
};

/// Texts below this length are not worth a table, in bytes.
const LEAST_BYTES: usize = 1024;

/// Bytes read between two looks at what was written.
const CHUNK_BYTES: usize = 1024;

/// What is read at a time while all of it is ASCII, in bytes.
const BLOCK_BYTES: usize = 16;

/// What a byte or a pair is in UTF-8: up to three bytes, and how many they are; zero where the table does not say.
type Utf8 = [u8; 4];

struct Table {
    singles: [Utf8; 256],
    /// By the first byte from 0x80 and the second; nothing for charsets of one byte a character.
    pairs: Vec<Utf8>,
}

static TABLES: [(&Encoding, OnceLock<Table>); 33] = [
    (WINDOWS_1252, OnceLock::new()),
    (WINDOWS_1251, OnceLock::new()),
    (SHIFT_JIS, OnceLock::new()),
    (GBK, OnceLock::new()),
    (BIG5, OnceLock::new()),
    (EUC_KR, OnceLock::new()),
    (EUC_JP, OnceLock::new()),
    (IBM866, OnceLock::new()),
    (ISO_8859_2, OnceLock::new()),
    (ISO_8859_3, OnceLock::new()),
    (ISO_8859_4, OnceLock::new()),
    (ISO_8859_5, OnceLock::new()),
    (ISO_8859_6, OnceLock::new()),
    (ISO_8859_7, OnceLock::new()),
    (ISO_8859_8, OnceLock::new()),
    (ISO_8859_10, OnceLock::new()),
    (ISO_8859_13, OnceLock::new()),
    (ISO_8859_14, OnceLock::new()),
    (ISO_8859_15, OnceLock::new()),
    (ISO_8859_16, OnceLock::new()),
    (KOI8_R, OnceLock::new()),
    (KOI8_U, OnceLock::new()),
    (MACINTOSH, OnceLock::new()),
    (WINDOWS_874, OnceLock::new()),
    (WINDOWS_1250, OnceLock::new()),
    (WINDOWS_1253, OnceLock::new()),
    (WINDOWS_1254, OnceLock::new()),
    (WINDOWS_1255, OnceLock::new()),
    (WINDOWS_1256, OnceLock::new()),
    (WINDOWS_1257, OnceLock::new()),
    (WINDOWS_1258, OnceLock::new()),
    (X_MAC_CYRILLIC, OnceLock::new()),
    (encoding_rs::ISO_8859_8_I, OnceLock::new()),
];

/// Appends the text of `bytes` to `out` up to the first sequence that is in no table, and returns its place.
pub(super) fn decode_start(encoding: &'static Encoding, bytes: &[u8], out: &mut String) -> usize {
    let table = TABLES.iter().find(|table| bytes.len() >= LEAST_BYTES && table.0 == encoding);
    table.map_or(0, |(_, table)| table.get_or_init(|| Table::of(encoding)).decode(bytes, out))
}

impl Table {
    fn of(encoding: &'static Encoding) -> Table {
        let one = |bytes: &[u8]| {
            let mut units = [0; 4];
            let mut decoder = encoding.new_decoder_without_bom_handling();
            match decoder.decode_to_utf16_without_replacement(bytes, &mut units, true) {
                (DecoderResult::InputEmpty, _, 1) => utf8(units[0]),
                _ => [0; 4],
            }
        };
        let singles: [Utf8; 256] = std::array::from_fn(|byte| one(&[byte as u8]));
        let pairs = if encoding.is_single_byte() {
            Vec::new()
        } else {
            let begins = |first: u8| singles[usize::from(first)][3] == 0;
            let pair = |first: u8, second: u8| if begins(first) { one(&[first, second]) } else { [0; 4] };
            (0x80..=0xFF)
                .flat_map(|first| (0..=0xFF).map(move |second| (first, second)))
                .map(|(a, b)| pair(a, b))
                .collect()
        };
        Table { singles, pairs }
    }

    fn decode(&self, bytes: &[u8], out: &mut String) -> usize {
        // Three bytes for each of a chunk, and room for what is written beyond them.
        let mut buffer = [0; 3 * (CHUNK_BYTES + BLOCK_BYTES) + BLOCK_BYTES];
        let mut at = 0;
        let mut known = true;
        out.reserve(bytes.len() + bytes.len() / 2);
        while known && at < bytes.len() {
            let end = (at + CHUNK_BYTES).min(bytes.len());
            let mut written = 0;
            while at < end {
                if let Some(block) = bytes[at..].first_chunk::<BLOCK_BYTES>().filter(|block| block.is_ascii()) {
                    buffer[written..written + BLOCK_BYTES].copy_from_slice(block);
                    at += BLOCK_BYTES;
                    written += BLOCK_BYTES;
                    continue;
                }
                let block_end = (at + BLOCK_BYTES).min(end);
                while at < block_end {
                    let mut utf8 = self.singles[usize::from(bytes[at])];
                    let mut len = 1;
                    if utf8[3] == 0 {
                        let second = bytes.get(at + 1).map_or(0, |&byte| usize::from(byte));
                        let pair = usize::from(bytes[at] & 0x7F) << 8 | second;
                        utf8 = self.pairs.get(pair).copied().unwrap_or_default();
                        len = 2;
                    }
                    if utf8[3] == 0 {
                        known = false;
                        break;
                    }
                    buffer[written..written + 4].copy_from_slice(&utf8);
                    written += usize::from(utf8[3]);
                    at += len;
                }
                if !known {
                    break;
                }
            }
            // The tables have characters only.
            out.push_str(simdutf8::basic::from_utf8(&buffer[..written]).unwrap_or_default());
        }
        at
    }
}

/// A unit of UTF-16 in UTF-8; nothing for a half of a surrogate pair.
fn utf8(unit: u16) -> Utf8 {
    let mut utf8 = [0; 4];
    if let Some(char) = char::from_u32(u32::from(unit)) {
        utf8[3] = char.encode_utf8(&mut utf8).len() as u8;
    }
    utf8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_tables_give_what_the_decoders_give(which in 0..TABLES.len(), bytes in prop::collection::vec(prop_oneof![
            8 => any::<u8>(), 8 => 0x81_u8..0xFE, 8 => 0x20_u8..0x7F, 1 => Just(b'\n')], LEAST_BYTES..3 * LEAST_BYTES), clean in any::<bool>()) {
            let encoding = TABLES[which].0;
            // Half of the texts are what the charset has.
            let bytes = if clean { encoding.encode(&encoding.decode_without_bom_handling(&bytes).0.replace('\u{FFFD}', "")).0.into_owned() } else { bytes };
            let mut text = String::new();
            let at = decode_start(encoding, &bytes, &mut text);
            prop_assert!(bytes.len() < LEAST_BYTES || at > 0 || encoding.decode_without_bom_handling(&bytes[..1]).1 || !clean);
            let (rest, _) = encoding.decode_without_bom_handling(&bytes[at..]);
            text.push_str(&rest);
            prop_assert_eq!(text, encoding.decode_without_bom_handling(&bytes).0);
        }
    }

    #[test]
    fn clean_text_is_read_by_the_table_alone() {
        for (encoding, text) in
            [(SHIFT_JIS, "漢字とｶﾅ、かな。 abc\n"), (WINDOWS_1251, "Просто слова, 12.\n"), (GBK, "简单的话，€ 没有\n")]
        {
            let bytes = encoding.encode(&text.repeat(200)).0.into_owned();
            let mut read = String::new();
            assert_eq!(decode_start(encoding, &bytes, &mut read), bytes.len());
            assert_eq!(read, text.repeat(200));
        }
    }
}

//! The embedded table: from keys to tiers in three reads, and for one word in twenty in three more.
//!
//! Layout of `data/words.bin`, all numbers little-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 0..8 | `textmill` |
//! | 8..24 | format version, number of languages, of words, of distinct tier vectors: `u32` each |
//! | 24..40 | first map: seed `u64`, segment length `u32`, number of segments `u32` |
//! | 40..56 | second map: the same |
//! | 56..64 | `xxh3_64` of all bytes from 128 on |
//! | 64..96 | source and its version, NUL-padded |
//! | 96..128 | SHA-256 of the source's files |
//! | then | language codes, 8 bytes each, NUL-padded |
//! | then | tier vectors, `u128` each, commonest first |
//! | then | cells of the first map, 20 bits each, and four bytes of padding |
//! | then | cells of the second map, `u16` each |
//!
//! A map gives for a key the xor of three cells, whose places are taken from the mixed key. In the first map that is a
//! fingerprint (11 bits) and a code (9 bits), which is the number of a tier vector; the last code says that the number
//! is in the second map. Source: T. M. Graf, D. Lemire, "Binary Fuse Filters: Fast and Smaller Than Xor Filters", 2022
//! (places); D. Charles, K. Chellapilla, "Bloomier Filters: A Second Look", 2008 (values in place of fingerprints).

use xxhash_rust::xxh3::xxh3_64;

use crate::{LANGUAGES, Tiers, halves};

static DATA: &[u8] = include_bytes!("../data/words.bin");

const HEADER_LEN: usize = 128;
const CODE_BITS: u32 = 9;
const FINGERPRINT_BITS: u32 = 11;
const CELL_BITS: usize = (CODE_BITS + FINGERPRINT_BITS) as usize;
/// The code that sends to the second map.
const ESCAPE: u32 = (1 << CODE_BITS) - 1;

/// What the header says; read by the compiler.
const HEADER: Header = Header::read(include_bytes!("../data/words.bin"));

const VECTORS_AT: usize = HEADER_LEN + 8 * LANGUAGES.len();
const FIRST_AT: usize = VECTORS_AT + 16 * HEADER.n_vectors;
const SECOND_AT: usize = FIRST_AT + (HEADER.first.n_cells() * CELL_BITS).div_ceil(8) + 4;
const LEN: usize = SECOND_AT + 2 * HEADER.second.n_cells();

const _: () = assert!(HEADER.version == 1 && HEADER.n_languages == LANGUAGES.len());
const _: () = assert!(HEADER.len == LEN);

struct Header {
    version: u32,
    n_languages: usize,
    n_words: usize,
    n_vectors: usize,
    first: Map,
    second: Map,
    hash: u64,
    len: usize,
}

impl Header {
    const fn read(data: &[u8]) -> Header {
        Header {
            version: u32_at(data, 8),
            n_languages: u32_at(data, 12) as usize,
            n_words: u32_at(data, 16) as usize,
            n_vectors: u32_at(data, 20) as usize,
            first: Map::read(data, 24),
            second: Map::read(data, 40),
            hash: u64_at(data, 56),
            len: data.len(),
        }
    }
}

/// Where a map's three cells for a key are.
#[derive(Clone, Copy)]
pub(crate) struct Map {
    seed: u64,
    segment_len: u32,
    n_segments: u32,
}

impl Map {
    pub(crate) const fn read(data: &[u8], at: usize) -> Map {
        Map { seed: u64_at(data, at), segment_len: u32_at(data, at + 8), n_segments: u32_at(data, at + 12) }
    }

    pub(crate) const fn n_cells(self) -> usize {
        (self.n_segments as usize + 2) * self.segment_len as usize
    }

    /// The key, mixed by the finaliser of `MurmurHash3`.
    pub(crate) const fn mix(self, key: u64) -> u64 {
        let mut h = key.wrapping_add(self.seed);
        h = (h ^ (h >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        h = (h ^ (h >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        h ^ (h >> 33)
    }

    /// The numbers of the three cells, each below [`Map::n_cells`], in three neighbouring segments.
    pub(crate) const fn cells(self, h: u64) -> [usize; 3] {
        let in_segment = self.segment_len as usize - 1;
        let first = ((h as u128 * (self.n_segments as u128 * self.segment_len as u128)) >> 64) as usize;
        let second = (first + self.segment_len as usize) ^ ((h >> 18) as usize & in_segment);
        let third = (first + 2 * self.segment_len as usize) ^ (h as usize & in_segment);
        [first, second, third]
    }
}

/// The tiers of the word with that [`key`](crate::key) in every language.
///
/// A word that the table does not have is taken for one that it has with a probability of 1/2048.
pub fn lookup(key: u64) -> Tiers {
    let [tiers] = lookup_all([key]);
    tiers
}

/// [`lookup`] of several words at once: the reads of all of them are under way together.
pub fn lookup_all<const N: usize>(keys: [u64; N]) -> [Tiers; N] {
    let mut values = [0; N];
    for (value, &key) in values.iter_mut().zip(&keys) {
        let [a, b, c] = HEADER.first.cells(HEADER.first.mix(key));
        *value = first_cell(a) ^ first_cell(b) ^ first_cell(c);
    }
    let mut tiers = [Tiers::NONE; N];
    for (tiers, (&key, &value)) in tiers.iter_mut().zip(keys.iter().zip(&values)) {
        *tiers = tiers_of(key, HEADER.first.mix(key), value);
    }
    tiers
}

/// The tiers of a word whose key is mixed to `h` and whose cells in the first map give `value`.
fn tiers_of(key: u64, h: u64, value: u32) -> Tiers {
    let fingerprint = (h.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - FINGERPRINT_BITS)) as u32;
    if value >> CODE_BITS & ((1 << FINGERPRINT_BITS) - 1) != fingerprint {
        return Tiers::NONE;
    }
    match value & ESCAPE {
        ESCAPE => lookup_rare(key),
        code => vector(code as usize),
    }
}

/// The tiers of a word whose vector has no code of its own.
fn lookup_rare(key: u64) -> Tiers {
    let [a, b, c] = HEADER.second.cells(HEADER.second.mix(key));
    let number = usize::from(second_cell(a) ^ second_cell(b) ^ second_cell(c));
    // Only a key that is no word's can give a number past the end.
    if number < HEADER.n_vectors { vector(number) } else { Tiers::NONE }
}

fn vector(number: usize) -> Tiers {
    let at = VECTORS_AT + 16 * number;
    Tiers(u128::from(u64_at(DATA, at)) | u128::from(u64_at(DATA, at + 8)) << 64)
}

/// The cell's 20 bits, with other bits above them.
fn first_cell(cell: usize) -> u32 {
    let bit = cell * CELL_BITS;
    let at = FIRST_AT + bit / 8;
    let four = DATA.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
    four.map_or(0, u32::from_le_bytes) >> (bit % 8)
}

fn second_cell(cell: usize) -> u16 {
    let at = SECOND_AT + 2 * cell;
    u16::from_le_bytes([DATA[at], DATA[at + 1]])
}

const fn u32_at(data: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([data[at], data[at + 1], data[at + 2], data[at + 3]])
}

const fn u64_at(data: &[u8], at: usize) -> u64 {
    u32_at(data, at) as u64 | (u32_at(data, at + 4) as u64) << 32
}

/// How many different words the table has.
pub const fn n_words() -> usize {
    HEADER.n_words
}

/// Name and version of what the data were made from.
pub fn source() -> &'static str {
    let field = &DATA[64..96];
    let len = field.iter().position(|&byte| byte == 0).unwrap_or(field.len());
    std::str::from_utf8(&field[..len]).unwrap_or_default()
}

/// Whether the data are as the generator wrote them: the magic word, the languages and the hash of all bytes.
pub fn verify() -> bool {
    let languages = DATA[HEADER_LEN..VECTORS_AT].chunks_exact(8);
    DATA.starts_with(b"textmill")
        && languages.zip(LANGUAGES).all(|(field, code)| {
            let (start, padding) = field.split_at(code.len());
            start == code.as_bytes() && padding.iter().all(|&byte| byte == 0)
        })
        && xxh3_64(&DATA[HEADER_LEN..]) == HEADER.hash
        && halves::verify()
}

//! How many words of a language begin or end with a string, the rest being a word: `over` of `overcome` and `overtake`.
//!
//! Two words in a row are one word more easily if the first opens many words or the second closes many. Repair asks that
//! of a word that no list knows, broken at a hyphen between two that are known.
//!
//! Layout of `data/halves.bin`, all numbers little-endian: `halves` and two NULs; format version and number of halves,
//! `u32` each; the map as in `table.rs` (seed `u64`, segment length `u32`, number of segments `u32`); `xxh3_64` of what
//! follows; cells of 12 bits and four bytes of padding. The xor of three cells is a fingerprint (8 bits) and a value
//! (4 bits): for `n` words `floor(log2(n)) - 1`, so that 4 to 7 words give 1. Fewer words than four are not kept, and a
//! string that no word has is given a value about once in 256 times.

use xxhash_rust::xxh3::xxh3_64;

use crate::LANGUAGES;
use crate::table::Map;

static DATA: &[u8] = include_bytes!("../data/halves.bin");

const HEADER_LEN: usize = 40;
const VALUE_BITS: u32 = 4;
const FINGERPRINT_BITS: u32 = 8;
const CELL_BITS: usize = (VALUE_BITS + FINGERPRINT_BITS) as usize;

/// Where the cells are; read by the compiler.
const MAP: Map = Map::read(include_bytes!("../data/halves.bin"), 16);

const _: () = assert!(DATA.len() == HEADER_LEN + (MAP.n_cells() * CELL_BITS).div_ceil(8) + 4);

/// Which part of a word a string is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// Its first.
    First,
    /// Its last.
    Last,
}

/// Of how many words of a language the string with that [`key`](crate::key) is this half, as `floor(log2(n)) - 1`; 0 for
/// fewer than four.
///
/// `language` is a place in [`LANGUAGES`]; the other half is a word of three letters or more.
pub fn productivity(language: usize, half: Half, key: u64) -> u8 {
    debug_assert!(language < LANGUAGES.len());
    let salt = (2 * language as u64 + half as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let h = MAP.mix(key ^ salt);
    let [a, b, c] = MAP.cells(h);
    let value = cell(a) ^ cell(b) ^ cell(c);
    let fingerprint = (h.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - FINGERPRINT_BITS)) as u32;
    if value >> VALUE_BITS & ((1 << FINGERPRINT_BITS) - 1) == fingerprint {
        (value & ((1 << VALUE_BITS) - 1)) as u8
    } else {
        0
    }
}

/// Whether the data are as the generator wrote them.
pub(crate) fn verify() -> bool {
    let hash = DATA.get(32..HEADER_LEN).and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes);
    DATA.starts_with(b"halves\0\0") && hash == Some(xxh3_64(&DATA[HEADER_LEN..]))
}

/// The cell's 12 bits, with other bits above them.
fn cell(cell: usize) -> u32 {
    let bit = cell * CELL_BITS;
    let at = HEADER_LEN + bit / 8;
    let two = DATA.get(at..at + 2).and_then(|bytes| bytes.try_into().ok());
    u32::from(two.map_or(0, u16::from_le_bytes)) >> (bit % 8)
}

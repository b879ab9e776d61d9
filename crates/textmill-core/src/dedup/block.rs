//! ASCII, 64 bytes at a time, to its canonical form: the bytes folded, and of each run of separators the first one kept.

use super::fold::FoldTable;
use super::instructions::Machine;

/// Bytes of a block.
pub(crate) const BLOCK: usize = 64;

/// Which bytes of a block have their highest bit set: those of characters beyond ASCII.
#[inline(always)]
pub(crate) fn high_bits<M: Machine>(block: &[u8; BLOCK]) -> u64 {
    masks::<M, HIGH_BITS>(block)
}

/// Which bytes of a block begin a character.
#[inline(always)]
pub(crate) fn char_starts<M: Machine>(block: &[u8; BLOCK]) -> u64 {
    !masks::<M, CONTINUING>(block)
}

/// Which bytes of a block are spaces.
#[inline(always)]
pub(crate) fn spaces<M: Machine>(block: &[u8; BLOCK]) -> u64 {
    masks::<M, SPACES>(block)
}

const HIGH_BITS: u8 = 0;
const CONTINUING: u8 = 1;
const SPACES: u8 = 2;

/// Which bytes of a block have the property.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn masks<M: Machine, const PROPERTY: u8>(block: &[u8; BLOCK]) -> u64 {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8, _mm512_cmpeq_epi8_mask,
        _mm512_cmplt_epi8_mask, _mm512_loadu_si512, _mm512_movepi8_mask, _mm512_set1_epi8,
    };
    /// The least byte that begins a character beyond ASCII, 0xC0, as a signed number.
    const LEAST_START: i8 = -64;
    if M::AVX512 {
        // SAFETY: a machine with AVX-512 is only named where it is enabled, and the block has 64 bytes.
        return unsafe {
            let bytes = _mm512_loadu_si512(block.as_ptr().cast());
            match PROPERTY {
                HIGH_BITS => _mm512_movepi8_mask(bytes),
                CONTINUING => _mm512_cmplt_epi8_mask(bytes, _mm512_set1_epi8(LEAST_START)),
                _ => _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(b' ' as i8)),
            }
        };
    }
    let mut mask = 0;
    for (i, part) in block.as_chunks::<16>().0.iter().enumerate() {
        // SAFETY: SSE2 is part of every x86-64, and the part has 16 bytes.
        let bits = unsafe {
            let bytes = _mm_loadu_si128(part.as_ptr().cast());
            _mm_movemask_epi8(match PROPERTY {
                HIGH_BITS => bytes,
                CONTINUING => _mm_cmplt_epi8(bytes, _mm_set1_epi8(LEAST_START)),
                _ => _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b' ' as i8)),
            })
        };
        mask |= u64::from(bits as u32) << (16 * i);
    }
    mask
}

/// Which bytes of a block have the property.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn masks<M: Machine, const PROPERTY: u8>(block: &[u8; BLOCK]) -> u64 {
    let has = |c: u8| match PROPERTY {
        HIGH_BITS => c >= 0x80,
        CONTINUING => (0x80..0xC0).contains(&c),
        _ => c == b' ',
    };
    block.iter().enumerate().fold(0, |mask, (i, &c)| mask | u64::from(has(c)) << i)
}

/// Writes the places of the set bits of a mask, each more by `base`, to `list` from `found` on, which has 64 places and
/// more from there on; returns where they end. What stands there is of no meaning.
#[inline(always)]
pub(crate) fn list_bits<M: Machine>(mask: u64, base: u32, list: &mut [u32], found: usize) -> usize {
    let after = found + mask.count_ones() as usize;
    #[cfg(target_arch = "x86_64")]
    if M::AVX512 {
        // SAFETY: a machine with AVX-512 is only named where it is enabled.
        unsafe { list_bits_avx512(mask, base, &mut list[found..found + BLOCK]) };
        return after;
    }
    let (mut left, mut at) = (mask, found);
    while at < after {
        // Eight at a time whether there are as many or not: what is written past `after` is written again.
        for slot in &mut list[at..at + 8] {
            *slot = base + left.trailing_zeros();
            left &= left.wrapping_sub(1);
        }
        at += 8;
    }
    after
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2")]
#[inline]
unsafe fn list_bits_avx512(mask: u64, offset: u32, list: &mut [u32]) {
    use std::arch::x86_64::{
        __m128i, _mm512_add_epi32, _mm512_castsi512_si128, _mm512_cvtepu8_epi32, _mm512_extracti32x4_epi32,
        _mm512_loadu_si512, _mm512_maskz_compress_epi8, _mm512_set1_epi32, _mm512_storeu_si512,
    };
    const PLACES: [u8; 64] = {
        let mut places = [0; 64];
        let mut i = 0;
        while i < 64 {
            places[i] = i as u8;
            i += 1;
        }
        places
    };
    let list = &mut list[..BLOCK];
    // SAFETY: every load and store is of 64 bytes of an array or slice of at least that length.
    unsafe {
        let places = _mm512_maskz_compress_epi8(mask, _mm512_loadu_si512(PLACES.as_ptr().cast()));
        let base = _mm512_set1_epi32(offset as i32);
        let store = |part: __m128i, list: &mut [u32]| {
            _mm512_storeu_si512(list.as_mut_ptr().cast(), _mm512_add_epi32(_mm512_cvtepu8_epi32(part), base));
        };
        store(_mm512_castsi512_si128(places), &mut list[..16]);
        if mask.count_ones() > 16 {
            store(_mm512_extracti32x4_epi32::<1>(places), &mut list[16..32]);
            store(_mm512_extracti32x4_epi32::<2>(places), &mut list[32..48]);
            store(_mm512_extracti32x4_epi32::<3>(places), &mut list[48..]);
        }
    }
}

/// Folds the first `ascii` bytes of a block, of which there is at least one, to the front of `out`. `in_word` says whether
/// a word stands before the block, and comes back for the next one. Returns how many bytes count; what stands in `out`
/// after them is of no meaning.
#[inline(always)]
pub(crate) fn fold_block<M: Machine>(
    block: &[u8; BLOCK],
    ascii: usize,
    in_word: bool,
    table: &FoldTable,
    out: &mut [u8],
) -> (usize, bool) {
    let inside = u64::MAX >> (BLOCK - ascii);
    #[cfg(target_arch = "x86_64")]
    if M::AVX512 {
        // SAFETY: a machine with AVX-512 is only named where it is enabled.
        return unsafe { fold_block_avx512(block, inside, in_word, table.ascii(), out) };
    }
    let folded = fold_bytes(block, table);
    let words = !spaces::<M>(&folded) & inside;
    let kept = (words | words << 1 | u64::from(in_word)) & inside;
    let in_word = words >> (ascii - 1) & 1 == 1;
    let written = if M::BMI2 { keep_by_pext(&folded, kept, out) } else { keep_by_runs(&folded, kept, out) };
    (written, in_word)
}

/// Each ASCII byte as the table has it, by comparisons that become vector instructions.
#[inline(always)]
#[allow(clippy::needless_bitwise_bool, reason = "without branches, the loop becomes vector instructions")]
fn fold_bytes(block: &[u8; BLOCK], table: &FoldTable) -> [u8; BLOCK] {
    let form = table.form();
    let case_bit = if form.fold_case { 0x20 } else { 0 };
    let (keep_punctuation, fold_digits) = (!form.drop_punctuation, form.fold_digits);
    block.map(|c| {
        let letter = (c | 0x20).wrapping_sub(b'a') < 26;
        let digit = c.wrapping_sub(b'0') < 10;
        let printed = c.wrapping_sub(0x21) < 0x5E;
        let word = letter | digit | (c == b'_') | (printed & keep_punctuation);
        let folded = if letter { c | case_bit } else { c };
        let folded = if digit & fold_digits { b'0' } else { folded };
        if word { folded } else { b' ' }
    })
}

/// Writes the kept bytes to the front of `out`: each run of them is one copy of a whole block.
#[inline(always)]
fn keep_by_runs(folded: &[u8; BLOCK], mut kept: u64, out: &mut [u8]) -> usize {
    let mut padded = [0; 2 * BLOCK];
    padded[..BLOCK].copy_from_slice(folded);
    let mut at = 0;
    while kept != 0 {
        let start = kept.trailing_zeros();
        let run = (kept >> start).trailing_ones();
        out[at..at + BLOCK].copy_from_slice(&padded[start as usize..start as usize + BLOCK]);
        at += run as usize;
        // The sum carries through the run, whose bits the two numbers then do not share.
        kept &= kept.wrapping_add(1 << start);
    }
    at
}

/// Writes the kept bytes to the front of `out`, eight at a time.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn keep_by_pext(folded: &[u8; BLOCK], kept: u64, out: &mut [u8]) -> usize {
    use std::arch::x86_64::{_pdep_u64, _pext_u64};
    let out = &mut out[..BLOCK];
    let mut at = 0;
    for (i, eight) in folded.as_chunks::<8>().0.iter().enumerate() {
        let kept = kept >> (8 * i) & 0xFF;
        // SAFETY: only called where BMI2 is enabled.
        let packed = unsafe {
            let bytes = _pdep_u64(kept, 0x0101_0101_0101_0101) * 0xFF;
            _pext_u64(u64::from_le_bytes(*eight), bytes)
        };
        if let Some(target) = out.get_mut(at..at + 8) {
            target.copy_from_slice(&packed.to_le_bytes());
        }
        at += kept.count_ones() as usize;
    }
    at
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn keep_by_pext(folded: &[u8; BLOCK], kept: u64, out: &mut [u8]) -> usize {
    keep_by_runs(folded, kept, out)
}

/// The same by a table of 128 bytes in two registers, and one instruction that packs the kept bytes.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2")]
#[inline]
unsafe fn fold_block_avx512(
    block: &[u8; BLOCK],
    inside: u64,
    in_word: bool,
    table: &[u8; 128],
    out: &mut [u8],
) -> (usize, bool) {
    use std::arch::x86_64::{
        _mm512_cmpneq_epi8_mask, _mm512_loadu_si512, _mm512_maskz_compress_epi8, _mm512_permutex2var_epi8,
        _mm512_set1_epi8, _mm512_storeu_si512,
    };
    let out = &mut out[..BLOCK];
    // SAFETY: every load and store is of 64 bytes of an array or slice of at least that length.
    unsafe {
        let bytes = _mm512_loadu_si512(block.as_ptr().cast());
        let low = _mm512_loadu_si512(table.as_ptr().cast());
        let high = _mm512_loadu_si512(table[64..].as_ptr().cast());
        let folded = _mm512_permutex2var_epi8(low, bytes, high);
        let words = _mm512_cmpneq_epi8_mask(folded, _mm512_set1_epi8(b' ' as i8)) & inside;
        let kept = (words | words << 1 | u64::from(in_word)) & inside;
        _mm512_storeu_si512(out.as_mut_ptr().cast(), _mm512_maskz_compress_epi8(kept, folded));
        (kept.count_ones() as usize, words > inside >> 1)
    }
}

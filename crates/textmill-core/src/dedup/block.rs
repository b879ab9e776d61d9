//! ASCII, 64 bytes at a time, to its canonical form: the bytes folded, and of each run of separators the first one kept.

use super::fold::FoldTable;
use super::instructions::Machine;

/// Bytes of a block.
pub(crate) const BLOCK: usize = 64;

/// Which bytes of a block begin a character, and which belong to one beyond ASCII.
#[inline(always)]
pub(crate) fn starts_and_beyond(block: &[u8; BLOCK]) -> (u64, u64) {
    let beyond = mask_of(block, |c| c & 0x80);
    let continuing = mask_of(block, |c| c & !(c << 1) & 0x80);
    (!continuing, beyond)
}

/// The highest bit of what `of` makes of each byte.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn mask_of(block: &[u8; BLOCK], of: impl Fn(u8) -> u8) -> u64 {
    use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_movemask_epi8};
    let mut mask = 0;
    let made = block.map(of);
    for (i, part) in made.chunks_exact(16).enumerate() {
        // SAFETY: SSE2 is part of every x86-64, and the chunk has 16 bytes.
        let bits = unsafe { _mm_movemask_epi8(_mm_loadu_si128(part.as_ptr().cast::<__m128i>())) };
        mask |= u64::from(bits as u32) << (16 * i);
    }
    mask
}

/// The highest bit of what `of` makes of each byte.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn mask_of(block: &[u8; BLOCK], of: impl Fn(u8) -> u8) -> u64 {
    block.iter().enumerate().fold(0, |mask, (i, &c)| mask | u64::from(of(c) >> 7) << i)
}

/// Which of 64 bytes are spaces.
#[inline(always)]
pub(crate) fn spaces(block: &[u8; BLOCK]) -> u64 {
    mask_of(block, |c| if c == b' ' { 0x80 } else { 0 })
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
        _mm512_add_epi32, _mm512_castsi512_si128, _mm512_cvtepu8_epi32, _mm512_loadu_si512, _mm512_maskz_compress_epi8,
        _mm512_set1_epi32, _mm512_storeu_si512,
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
    let mut packed = [0_u8; BLOCK];
    // SAFETY: every load and store is of 64 bytes of an array or slice of at least that length.
    unsafe {
        let places = _mm512_maskz_compress_epi8(mask, _mm512_loadu_si512(PLACES.as_ptr().cast()));
        let base = _mm512_set1_epi32(offset as i32);
        let first = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(places));
        _mm512_storeu_si512(list.as_mut_ptr().cast(), _mm512_add_epi32(first, base));
        if mask.count_ones() > 16 {
            _mm512_storeu_si512(packed.as_mut_ptr().cast(), places);
            for (slot, &place) in list.iter_mut().zip(&packed).skip(16) {
                *slot = u32::from(place) + offset;
            }
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
    let words = !spaces(&folded) & inside;
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

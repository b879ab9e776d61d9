//! Letters beyond ASCII in vector registers: what each becomes, by pages of 64, and blocks folded with them.
//!
//! UTF-8 tells characters of one page apart by their last byte alone, whose lowest six bits are the place in a table of 64
//! bytes, which is one register. So a block takes a few steps for each page that it has characters of: two for Cyrillic,
//! one or two for most Latin texts. Characters whose folded form is longer or shorter, marks, single characters and all
//! that takes care end the block; the walk goes on with those.

use super::block::BLOCK;
use super::fold::{Entry, FoldTable};
use super::instructions::Machine;

/// Bytes from which blocks are folded: a block and what a character may reach beyond it.
pub(crate) const WINDOW: usize = BLOCK + 8;

/// Most pages that a block is worth: where there are more, to walk is as fast.
const MOST_PAGES: usize = 6;

/// Pages of characters of two bytes, by their first byte.
const PAGES_OF_TWO: usize = 32;

/// Sixty-four characters that differ in their last byte.
#[derive(Clone)]
#[repr(C, align(64))]
pub(crate) struct Page {
    /// The last byte of what each becomes.
    last: [u8; 64],
    /// The byte before it.
    before_last: [u8; 64],
    /// What each is: [`SEPARATOR`], [`WORD`] or [`OTHER`].
    kind: [u8; 64],
}

const SEPARATOR: u8 = 0;
const WORD: u8 = 1;
const OTHER: u8 = 2;

/// The pages of all characters of two and three bytes.
pub(crate) fn make_pages(entry: impl Fn(u32) -> Entry) -> Vec<Page> {
    let empty = Page { last: [0; 64], before_last: [0; 64], kind: [OTHER; 64] };
    let mut pages = vec![empty; PAGES_OF_TWO + 1024];
    for code in 0x80..0x1_0000 {
        let page = (code >> 6) as usize + if code < 0x800 { 0 } else { PAGES_OF_TWO };
        let place = (code & 63) as usize;
        let mut bytes = [0; 4];
        let Some(len) = char::from_u32(code).map(|c| c.encode_utf8(&mut bytes).len()) else { continue };
        let page = &mut pages[page];
        if let Some(folded) = entry(code).word(len).filter(|folded| len == 2 || folded[0] == bytes[0]) {
            (page.before_last[place], page.last[place], page.kind[place]) = (folded[len - 2], folded[len - 1], WORD);
        } else if entry(code).is_separator() {
            page.kind[place] = SEPARATOR;
        }
    }
    pages
}

/// What was made of a block.
pub(crate) struct Folded {
    /// Bytes of text that it took.
    pub(crate) taken: usize,
    /// Bytes that it wrote.
    pub(crate) written: usize,
    /// A word ends it.
    pub(crate) in_word: bool,
    /// How to go on.
    pub(crate) next: Next,
}

/// How to go on after a block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// With a block.
    Block,
    /// Walking over the character that ended this one, and those next to it.
    ShortWalk,
    /// Walking for some lines: blocks get nowhere here.
    LongWalk,
}

/// Folds a block, of which `present` bytes are text, as far as it goes, to the front of `out`, which takes 64 bytes.
/// `in_word`: a word stands before it. Only for a machine with AVX-512.
#[inline(always)]
pub(crate) fn fold_mixed<M: Machine>(
    window: &[u8; WINDOW],
    present: usize,
    in_word: bool,
    table: &FoldTable,
    out: &mut [u8],
) -> Folded {
    #[cfg(target_arch = "x86_64")]
    if M::AVX512 {
        // SAFETY: a machine with AVX-512 is only named where it is enabled.
        return unsafe { fold_mixed_avx512(window, present, in_word, table, out) };
    }
    let _ = (window, present, table, out);
    Folded { taken: 0, written: 0, in_word, next: Next::LongWalk }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,lzcnt,popcnt")]
#[inline]
fn fold_mixed_avx512(
    window: &[u8; WINDOW],
    present: usize,
    in_word: bool,
    table: &FoldTable,
    out: &mut [u8],
) -> Folded {
    use std::arch::x86_64::{
        _mm512_cmpeq_epi8_mask, _mm512_cmpge_epu8_mask, _mm512_cmpneq_epi8_mask, _mm512_load_si512, _mm512_loadu_si512,
        _mm512_mask_blend_epi8, _mm512_maskz_compress_epi8, _mm512_movepi8_mask, _mm512_permutex2var_epi8,
        _mm512_permutexvar_epi8, _mm512_set1_epi8, _mm512_storeu_si512, _mm512_test_epi8_mask,
    };
    let out = &mut out[..BLOCK];
    let at_least = |bytes, least: u8| _mm512_cmpge_epu8_mask(bytes, _mm512_set1_epi8(least as i8));
    // SAFETY: the loads are of 64 bytes of the window, of which there are 72, and of the arrays of the table.
    let (bytes, next, low, high) = unsafe {
        (
            _mm512_loadu_si512(window.as_ptr().cast()),
            _mm512_loadu_si512(window[1..].as_ptr().cast()),
            _mm512_loadu_si512(table.ascii().as_ptr().cast()),
            _mm512_loadu_si512(table.ascii()[64..].as_ptr().cast()),
        )
    };
    let inside = u64::MAX >> (BLOCK - present.clamp(1, BLOCK));
    let beyond = _mm512_movepi8_mask(bytes);
    let ascii = _mm512_permutex2var_epi8(low, bytes, high);
    let mut words = _mm512_cmpneq_epi8_mask(ascii, _mm512_set1_epi8(b' ' as i8)) & !beyond;
    let mut folded = _mm512_mask_blend_epi8(beyond, ascii, bytes);
    let threes = at_least(bytes, 0xE0);
    let leads = at_least(bytes, 0xC0);
    let cut = threes & 0b11 << 62 | leads & 1 << 63;
    // What is not for blocks: characters of four bytes to begin with.
    let mut ends = at_least(bytes, 0xF0);
    let mut left = leads & inside & !(ends | cut);
    let mut n_pages = 0;
    while left != 0 {
        if n_pages == MOST_PAGES {
            ends |= left;
            break;
        }
        n_pages += 1;
        let place = left.trailing_zeros() as usize;
        let lead = window[place];
        let second = window[place + 1];
        let mut these = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(lead as i8)) & !cut;
        let two = lead < 0xE0;
        let number = if two {
            usize::from(lead & 0x1F)
        } else {
            these &= _mm512_cmpeq_epi8_mask(next, _mm512_set1_epi8(second as i8));
            PAGES_OF_TWO + usize::from(lead & 0xF) * 64 + usize::from(second & 63)
        };
        let Some(page) = table.pages().get(number) else { break };
        // SAFETY: each load is of an array of 64 bytes, which the page aligns to 64.
        let (last, before_last, kind) = unsafe {
            (
                _mm512_load_si512(page.last.as_ptr().cast()),
                _mm512_load_si512(page.before_last.as_ptr().cast()),
                _mm512_load_si512(page.kind.as_ptr().cast()),
            )
        };
        // The permutation takes the six lowest bits of each byte.
        let kinds = _mm512_permutexvar_epi8(bytes, kind);
        let before_lasts = if two { these } else { these << 1 };
        let lasts = before_lasts << 1;
        folded = _mm512_mask_blend_epi8(lasts, folded, _mm512_permutexvar_epi8(bytes, last));
        folded = _mm512_mask_blend_epi8(before_lasts, folded, _mm512_permutexvar_epi8(next, before_last));
        let of_words = _mm512_test_epi8_mask(kinds, _mm512_set1_epi8(WORD as i8)) & lasts;
        let others = _mm512_test_epi8_mask(kinds, _mm512_set1_epi8(OTHER as i8)) & lasts;
        words |= of_words | of_words >> 1 | if two { 0 } else { of_words >> 2 };
        ends |= others >> if two { 1 } else { 2 };
        left &= !these;
    }
    let taken = ((ends | cut).trailing_zeros() as usize).min(present.min(BLOCK));
    let next = match ends & inside & !cut {
        0 => Next::Block,
        _ if taken < BLOCK / 4 || n_pages == MOST_PAGES => Next::LongWalk,
        _ => Next::ShortWalk,
    };
    if taken == 0 {
        return Folded { taken: 0, written: 0, in_word, next };
    }
    let inside = u64::MAX >> (BLOCK - taken);
    words &= inside;
    let kept = (words | words << 1 | u64::from(in_word)) & inside;
    folded = _mm512_mask_blend_epi8(words, _mm512_set1_epi8(b' ' as i8), folded);
    // SAFETY: `out` has 64 bytes.
    unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), _mm512_maskz_compress_epi8(kept, folded)) };
    Folded { taken, written: kept.count_ones() as usize, in_word: words > inside >> 1, next }
}

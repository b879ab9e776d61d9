//! Letters beyond ASCII in vector registers: what each becomes, by pages of 64, and blocks folded with them.
//!
//! UTF-8 tells characters of one page apart by their last byte alone, whose lowest six bits are the place in a table of 64
//! bytes, which is one register. So a block takes a few steps for each page that it has characters of: two for Cyrillic,
//! one or two for most Latin texts; Han and Hangul, which stay as they are, take none. Marks and single
//! characters are folded too. Characters whose folded form is longer or shorter, and those that their neighbours may
//! change, end the block; the walk goes on with those.

use unicode_normalization::char::{canonical_combining_class, compose};

use super::block::BLOCK;
use super::fold::{Care, Entry, FoldTable, Kind, Place};
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
    /// What each is: one of [`SEPARATOR`], [`WORD`], [`SINGLE`], [`MARK`] and [`OTHER`], and what care it takes.
    kind: [u8; 64],
}

/// Neither of the next four: it ends a word.
const SEPARATOR: u8 = 0;
/// Belongs to a word.
const WORD: u8 = 1;
/// A token of its own.
const SINGLE: u8 = 2;
/// Ends the word before it; nothing without one.
const MARK: u8 = 4;
/// Not for blocks.
const OTHER: u8 = 8;
/// Has a combining class: not for blocks where one with a class stands before it.
const RANKED: u8 = 16;
/// May compose: not for blocks where one with a class or a [`FIRST`] stands before it.
const SECOND: u8 = 32;
/// Composes with a [`SECOND`], or has a decomposition.
const FIRST: u8 = 64;

/// The characters that may be a [`SECOND`]: those of Indic scripts and Myanmar. Others that compose are [`OTHER`].
const SECONDS: std::ops::Range<u32> = 0x900..0x1100;

/// The pages of all characters of two and three bytes.
pub(crate) fn make_pages(entry: impl Fn(u32) -> Entry) -> Vec<Page> {
    let empty = Page { last: [0; 64], before_last: [0; 64], kind: [OTHER; 64] };
    let mut pages = vec![empty; PAGES_OF_TWO + 1024];
    let composing = |code: &u32| entry(*code).is_careful() && entry(*code).care() == Care::Composing;
    let seconds: Vec<char> = SECONDS.filter(composing).filter_map(char::from_u32).collect();
    for code in 0x80..0x1_0000 {
        let page = (code >> 6) as usize + if code < 0x800 { 0 } else { PAGES_OF_TWO };
        let place = (code & 63) as usize;
        let mut bytes = [0; 4];
        let Some(c) = char::from_u32(code) else { continue };
        let len = c.encode_utf8(&mut bytes).len();
        let entry = entry(code);
        let Some((kind, folded)) = entry.folded(len) else { continue };
        if kind != Kind::Separator && len == 3 && folded[0] != bytes[0] {
            continue;
        }
        let kind = match kind {
            Kind::Separator => SEPARATOR,
            Kind::Word => WORD,
            Kind::Single => SINGLE,
            Kind::Mark => MARK,
        };
        let ranked = if canonical_combining_class(c) == 0 { 0 } else { RANKED };
        let care = match entry.is_careful().then(|| entry.care()) {
            None => 0,
            Some(Care::Ordered) if kind != SEPARATOR => RANKED,
            Some(Care::Composing) if kind != SEPARATOR && SECONDS.contains(&code) => SECOND | ranked,
            Some(_) => continue,
        };
        let composes = |&second: &char| compose(c, second).is_some();
        let first = if !entry.is_stable() || seconds.iter().any(composes) { FIRST } else { 0 };
        let page = &mut pages[page];
        page.kind[place] = kind | care | first;
        if kind != SEPARATOR {
            (page.before_last[place], page.last[place]) = (folded[len - 2], folded[len - 1]);
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
    /// How it ends.
    pub(crate) place: Place,
    /// Tokens in it that are single characters.
    pub(crate) singles: usize,
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

/// Folds a block, of which `present` bytes are text, as far as it goes, to the front of `out`, which takes 128 bytes.
/// `place` is where the text before it ends. Only for a machine with AVX-512.
///
/// What neighbours could change is left to the walk, and so is the character before that. Therefore a block that took
/// anything ends before a character that nothing before it changes.
#[inline(always)]
pub(crate) fn fold_mixed<M: Machine>(
    window: &[u8; WINDOW],
    present: usize,
    place: Place,
    table: &FoldTable,
    out: &mut [u8],
) -> Folded {
    #[cfg(target_arch = "x86_64")]
    if M::AVX512 {
        // SAFETY: a machine with AVX-512 is only named where it is enabled.
        return unsafe { fold_mixed_avx512(window, present, place, table, out) };
    }
    let _ = (window, present, table, out);
    Folded { taken: 0, written: 0, place, singles: 0, next: Next::LongWalk }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,lzcnt,popcnt")]
#[inline]
fn fold_mixed_avx512(window: &[u8; WINDOW], present: usize, place: Place, table: &FoldTable, out: &mut [u8]) -> Folded {
    use std::arch::x86_64::{
        _mm512_cmpeq_epi8_mask, _mm512_cmpge_epu8_mask, _mm512_cmplt_epu8_mask, _mm512_cmpneq_epi8_mask,
        _mm512_load_si512, _mm512_loadu_si512, _mm512_mask_blend_epi8, _mm512_mask_cmplt_epu8_mask,
        _mm512_maskz_compress_epi8, _mm512_movepi8_mask, _mm512_permutex2var_epi8, _mm512_permutexvar_epi8,
        _mm512_set1_epi8, _mm512_setzero_si512, _mm512_storeu_si512, _mm512_test_epi8_mask,
    };
    let every = |byte: u8| _mm512_set1_epi8(byte as i8);
    let at_least = |bytes, least: u8| _mm512_cmpge_epu8_mask(bytes, every(least));
    // SAFETY: the loads are of 64 bytes of the window, of which there are 72, and of the arrays of the table.
    let (bytes, next, low, high) = unsafe {
        (
            _mm512_loadu_si512(window.as_ptr().cast()),
            _mm512_loadu_si512(window[1..].as_ptr().cast()),
            _mm512_loadu_si512(table.ascii().as_ptr().cast()),
            _mm512_loadu_si512(table.ascii()[64..].as_ptr().cast()),
        )
    };
    let present = present.clamp(1, BLOCK);
    let inside = u64::MAX >> (BLOCK - present);
    let beyond = _mm512_movepi8_mask(bytes);
    let ascii = _mm512_permutex2var_epi8(low, bytes, high);
    let mut words = _mm512_cmpneq_epi8_mask(ascii, every(b' ')) & !beyond;
    let mut folded = _mm512_mask_blend_epi8(beyond, ascii, bytes);
    let threes = at_least(bytes, 0xE0);
    let leads = at_least(bytes, 0xC0);
    let starts = !beyond | leads;
    let cut = threes & 0b11 << 62 | leads & 1 << 63;
    // What is not for blocks: characters of four bytes to begin with.
    let mut ends = at_least(bytes, 0xF0);
    let mut left = leads & inside & !(ends | cut);
    let threes = threes & left;
    let lasts_of_three = threes << 2;
    let mut kinds = _mm512_setzero_si512();
    if at_least(bytes, 0xE4) & threes != 0 {
        // Han and Hangul, which are many pages, and stay as they are.
        let is = |lead: u8| _mm512_cmpeq_epi8_mask(bytes, every(lead));
        let below = |limit: u8| _mm512_cmplt_epu8_mask(next, every(limit));
        let han = (is(0xE4) & !below(0xB8) | at_least(bytes, 0xE5) & !at_least(bytes, 0xEA)) & threes;
        let within = _mm512_mask_cmplt_epu8_mask(at_least(bytes, 0xEB), bytes, every(0xED));
        let hangul = (is(0xEA) & !below(0xB0) | within | is(0xED) & below(0x9E)) & threes;
        kinds = _mm512_mask_blend_epi8(han << 2, kinds, every(SINGLE));
        kinds = _mm512_mask_blend_epi8(hangul << 2, kinds, every(WORD | FIRST));
        left &= !(han | hangul);
    }
    let mut n_pages = 0;
    while left != 0 {
        if n_pages == MOST_PAGES {
            ends |= left;
            break;
        }
        n_pages += 1;
        let at = left.trailing_zeros() as usize;
        let lead = window[at];
        let second = window[at + 1];
        let mut these = _mm512_cmpeq_epi8_mask(bytes, every(lead)) & !cut;
        let two = lead < 0xE0;
        let number = if two {
            usize::from(lead & 0x1F)
        } else {
            these &= _mm512_cmpeq_epi8_mask(next, every(second));
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
        let before_lasts = if two { these } else { these << 1 };
        let lasts = before_lasts << 1;
        // The permutation takes the six lowest bits of each byte.
        kinds = _mm512_mask_blend_epi8(lasts, kinds, _mm512_permutexvar_epi8(bytes, kind));
        folded = _mm512_mask_blend_epi8(lasts, folded, _mm512_permutexvar_epi8(bytes, last));
        folded = _mm512_mask_blend_epi8(before_lasts, folded, _mm512_permutexvar_epi8(next, before_last));
        left &= !these;
    }
    let last_of = |kind: u8| _mm512_test_epi8_mask(kinds, every(kind));
    let whole = |lasts: u64| lasts | lasts >> 1 | (lasts & lasts_of_three) >> 2;
    let lead_of = |lasts: u64| (lasts & !lasts_of_three) >> 1 | (lasts & lasts_of_three) >> 2;
    words |= whole(last_of(WORD));
    ends |= lead_of(last_of(OTHER));
    if last_of(SINGLE | MARK | RANKED | SECOND) == 0 && place != Place::AfterMark {
        // Words and what parts them, as in most scripts.
        let taken = ((ends & inside | cut).trailing_zeros() as usize).min(present);
        let next = match ends & inside & !cut {
            0 => Next::Block,
            _ if taken < BLOCK / 4 || n_pages == MOST_PAGES => Next::LongWalk,
            _ => Next::ShortWalk,
        };
        if taken == 0 {
            return Folded { taken: 0, written: 0, place, singles: 0, next };
        }
        let inside = u64::MAX >> (BLOCK - taken);
        words &= inside;
        let kept = (words | words << 1 | u64::from(place == Place::InWord)) & inside;
        folded = _mm512_mask_blend_epi8(words, every(b' '), folded);
        // SAFETY: `out` has 64 bytes.
        unsafe { _mm512_storeu_si512(out[..BLOCK].as_mut_ptr().cast(), _mm512_maskz_compress_epi8(kept, folded)) };
        let place = if words > inside >> 1 { Place::InWord } else { Place::Between };
        return Folded { taken, written: kept.count_ones() as usize, place, singles: 0, next };
    }
    let (last_singles, last_marks) = (last_of(SINGLE), last_of(MARK));
    let (ranked, may_compose) = (last_of(RANKED), last_of(SECOND));
    // Of what stands before the block nothing is known.
    let after_ranked = ranked << 1 | 1;
    let after_first = last_of(FIRST) << 1 | 1;
    let (ranked, may_compose) = (lead_of(ranked), lead_of(may_compose));
    ends |= ranked & after_ranked | may_compose & (after_ranked | after_first);
    let ends = ends & inside & !cut;
    let limit = ((ends | cut).trailing_zeros() as usize).min(present);
    // Where the walk may begin with nothing known of what stands before.
    let safe = starts & !(ranked | may_compose | ends) & !u64::MAX.checked_shl(limit as u32).unwrap_or(0);
    let last_safe = 63_usize.saturating_sub(safe.leading_zeros() as usize);
    let (taken, next) = if limit < BLOCK && ends >> limit & 1 == 1 {
        let short = last_safe >= BLOCK / 8 && n_pages < MOST_PAGES;
        (last_safe, if short { Next::ShortWalk } else { Next::LongWalk })
    } else if window[limit] < 0x80 || limit < BLOCK && limit == present {
        (limit, Next::Block)
    } else {
        (last_safe, if last_safe == 0 { Next::LongWalk } else { Next::Block })
    };
    if taken == 0 {
        return Folded { taken: 0, written: 0, place, singles: 0, next };
    }
    let inside = u64::MAX >> (BLOCK - taken);
    let open = u64::from(place != Place::Between);
    let (words, last_singles) = (words & inside, last_singles & inside);
    let (singles, marks) = (whole(last_singles), whole(last_marks) & inside);
    // The sum carries through each run of marks that begins after a word.
    let marks = marks & !marks.wrapping_add(marks & (words << 1 | open));
    let tokens = words | marks;
    folded = _mm512_mask_blend_epi8(tokens | singles, every(b' '), folded);
    let separators = inside & !(tokens | singles | whole(last_marks));
    let kept = tokens | singles | separators & (tokens << 1 | open);
    let lead_singles = lead_of(last_singles);
    let spaced = last_singles | tokens & lead_singles >> 1 | marks & words >> 1;
    let parted = open & lead_singles != 0 || place == Place::AfterMark && words & 1 == 1;
    out[0] = b' ';
    let parted = usize::from(parted);
    let written = parted + store_spaced(folded, kept, spaced, &mut out[parted..]);
    let last = 1 << (taken - 1);
    let place = match (words & last, marks & last) {
        (0, 0) => Place::Between,
        (0, _) => Place::AfterMark,
        _ => Place::InWord,
    };
    Folded { taken, written, place, singles: last_singles.count_ones() as usize, next }
}

/// Writes the kept bytes, and a space after each of the `spaced` ones, to the front of `out`, and returns how many bytes
/// count. A space follows on no more than two of every three bytes, so that the two stores stay within 120 bytes.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,bmi2,popcnt")]
#[inline]
fn store_spaced(folded: std::arch::x86_64::__m512i, kept: u64, spaced: u64, out: &mut [u8]) -> usize {
    use std::arch::x86_64::{
        _mm512_castsi512_si256, _mm512_cvtepu8_epi16, _mm512_extracti64x4_epi64, _mm512_maskz_compress_epi8,
        _mm512_or_si512, _mm512_set1_epi16, _mm512_storeu_si512, _pdep_u64,
    };
    const EVEN: u64 = 0x5555_5555_5555_5555;
    let halves = [_mm512_castsi512_si256(folded), _mm512_extracti64x4_epi64::<1>(folded)];
    let mut written = 0;
    for (i, half) in halves.into_iter().enumerate() {
        let mask = _pdep_u64(kept >> (32 * i), EVEN) | _pdep_u64(spaced >> (32 * i), !EVEN);
        let with_spaces = _mm512_or_si512(_mm512_cvtepu8_epi16(half), _mm512_set1_epi16(0x2000));
        let target = &mut out[written..written + BLOCK];
        // SAFETY: `target` has 64 bytes.
        unsafe { _mm512_storeu_si512(target.as_mut_ptr().cast(), _mm512_maskz_compress_epi8(mask, with_spaces)) };
        written += mask.count_ones() as usize;
    }
    written
}

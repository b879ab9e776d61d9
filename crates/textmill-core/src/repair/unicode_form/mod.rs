//! The rule `unicode-form`.
//!
//! **What it changes.** Text that is not in Normalization Form C: a letter and its mark that have one code point become
//! it (`e` + U+0301 → `é`), marks in another order are put in the canonical one, and characters with a canonical
//! equivalent become that (U+212B → `Å`, the ideographs U+F900 and following → the unified ones).
//!
//! **What it leaves alone, and why.** Everything NFKC would change: full-width letters, superscripts, ligatures and
//! fractions carry meaning. Composition exclusions stay apart (`क` + nukta), as the standard wants it.
//!
//! **Confidence.** 1.
//!
//! **Example.** `cafe\u{301}` → `café`, as one edit of two characters.
//!
//! **Source.** UAX #15, Unicode Normalization Forms, with the data of the crate `unicode-normalization`.
//!
//! Only characters whose `NFC_Quick_Check` is not Yes or whose combining class is not 0 are looked at (`relevant`
//! knows them); ASCII, precomposed Latin, Cyrillic, Greek, Han, kana and Hangul pass at the speed of the block scan.

mod relevant;

pub(super) use relevant::is_relevant;

use unicode_normalization::char::{canonical_combining_class, compose, decompose_canonical};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::characters::{Places, hits, within};
use super::edit::Edit;
use super::rule::Rule;

/// The edits that bring the text into Normalization Form C, sorted and disjoint; text in that form allocates nothing.
///
/// # Examples
/// ```
/// use textmill_core::repair::{apply, unicode_form::find_unicode_form};
/// let text = "Cafe\u{301} Zu\u{308}rich";
/// let edits = find_unicode_form(text);
/// assert_eq!((edits[0].start, edits[0].end), (3, 6));
/// assert_eq!(apply(text, &edits), "Café Zürich");
/// ```
pub fn find_unicode_form(text: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    if text.is_ascii() {
        return edits;
    }
    let mut places = hits(text.as_bytes(), Relevant);
    // End of the last relevant character that was found to be in its place.
    let mut fine_to = usize::MAX;
    while let Some(start) = places.next() {
        let c = text[start..].chars().next().unwrap_or('\0');
        if !relevant::is_relevant(c) {
            continue;
        }
        if is_in_place(text[..start].chars().next_back(), c, fine_to == start) {
            fine_to = start + c.len_utf8();
            continue;
        }
        let begin = boundary_before(text, start);
        let end = boundary_after(text, start + c.len_utf8());
        edits.extend(normalize_span(text, begin, end));
        places.skip_to(end);
    }
    edits
}

/// Whether the character neither composes with those before it nor changes places with them.
///
/// Says no where it cannot tell: after a relevant character that was not found to be in its place (`after_fine`).
fn is_in_place(before: Option<char>, c: char, after_fine: bool) -> bool {
    let Some(before) = before else { return is_quick(c) };
    if relevant::is_relevant(before) && !after_fine {
        return false;
    }
    let class = canonical_combining_class(c);
    if class == 0 {
        // Only the character right before it could compose with a character of class 0, or with the first of its parts.
        return is_quick(c) || (is_maybe(c) && compose(before, first_part(c)).is_none());
    }
    is_quick(c) && canonical_combining_class(before) <= class
}

/// The first character of the canonical decomposition.
fn first_part(c: char) -> char {
    let mut first = None;
    decompose_canonical(c, |part| {
        first.get_or_insert(part);
    });
    first.unwrap_or(c)
}

/// `NFC_Quick_Check` = Yes.
fn is_quick(c: char) -> bool {
    is_nfc_quick(std::iter::once(c)) == IsNormalized::Yes
}

/// `NFC_Quick_Check` = Maybe.
fn is_maybe(c: char) -> bool {
    is_nfc_quick(std::iter::once(c)) == IsNormalized::Maybe
}

/// Offset of the last character before `offset` across whose start no normalization reaches, or 0.
fn boundary_before(text: &str, offset: usize) -> usize {
    text[..offset].char_indices().rev().find(|&(_, c)| !relevant::is_relevant(c)).map_or(0, |(i, _)| i)
}

/// Offset of the first such character from `offset` on, or the end.
fn boundary_after(text: &str, offset: usize) -> usize {
    text[offset..].find(|c| !relevant::is_relevant(c)).map_or(text.len(), |i| offset + i)
}

/// The edit that normalizes a span between boundaries, cut down to the characters that change.
fn normalize_span(text: &str, begin: usize, end: usize) -> Option<Edit> {
    let span = &text[begin..end];
    if span.nfc().eq(span.chars()) {
        return None;
    }
    let normal: String = span.nfc().collect();
    let same = |(a, b): &(char, char)| a == b;
    let head: usize = span.chars().zip(normal.chars()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    let (old, new) = (&span[head..], &normal[head..]);
    let tail: usize = old.chars().rev().zip(new.chars().rev()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    let replacement = new[..new.len() - tail].to_owned();
    Some(Edit::new(begin + head, end - tail, replacement, Rule::UnicodeForm, 1.0))
}

/// Where a character that is relevant to the form may begin.
///
/// The lead bytes of scripts without one are C2 to CB, D0, D1, D3 to D5, DA, DE, E4 to E9 and EB to EE; a test holds this
/// to the table.
#[derive(Clone, Copy)]
struct Relevant;

#[expect(
    clippy::inline_always,
    clippy::needless_bitwise_bool,
    reason = "branches would keep the block scan from vectors"
)]
impl Places for Relevant {
    #[inline(always)]
    fn coarse(a: u8, b: u8, c: u8) -> bool {
        // Everything from CC on but Cyrillic, Han, Hangul, and the usual signs of E2, E3 and EF.
        let usual = within(a, 0xD0, 0xD1)
            | within(a, 0xE4, 0xE9)
            | within(a, 0xEB, 0xEE)
            | ((a == 0xE2) & (b == 0x80) & (c >= 0x82))
            | ((a == 0xE3) & (b != 0x80) & (b != 0x82))
            | ((a == 0xEF) & within(b, 0xBC, 0xBD));
        (a >= 0xCC) & !usual
    }

    #[inline(always)]
    fn fine(a: u8, b: u8, c: u8, _: u8) -> bool {
        let two = within(a, 0xCC, 0xCD)
            | ((a == 0xCE) & (b == 0x87))
            | ((a == 0xD2) & within(b, 0x83, 0x87))
            | within(a, 0xD6, 0xD7)
            | ((a == 0xD8) & within(b, 0x90, 0x9A))
            | ((a == 0xD9) & (within(b, 0x8B, 0x9F) | (b == 0xB0)))
            | ((a == 0xDB) & within(b, 0x96, 0xAD))
            | within(a, 0xDC, 0xDD)
            | (a == 0xDF);
        let three = (a == 0xE0)
            | ((a == 0xE1) & !within(b, 0xBA, 0xBB))
            | ((a == 0xE2)
                & ((within(b, 0x80, 0x84) & ((b >= 0x83) | ((b == 0x80) & within(c, 0x80, 0x81))))
                    | (b == 0x8C)
                    | within(b, 0xAB, 0xBF)))
            | ((a == 0xE3) & (((b == 0x80) & within(c, 0xAA, 0xAF)) | ((b == 0x82) & within(c, 0x99, 0x9A))))
            | (a == 0xEA)
            | ((a == 0xEF) & (within(b, 0xA4, 0xAD) | (b == 0xB8)));
        two | three | ((a >= 0xF0) & (b != 0x9F))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::edit::apply;
    use super::*;

    #[test]
    fn the_block_scan_and_the_table_miss_no_relevant_character() {
        for c in '\0'..=char::MAX {
            let relevant = canonical_combining_class(c) != 0 || !is_quick(c);
            assert_eq!(relevant::is_relevant(c), relevant, "{c:?}");
            let mut bytes = [0; 4];
            c.encode_utf8(&mut bytes);
            assert!(!relevant || Relevant::fine(bytes[0], bytes[1], bytes[2], bytes[3]), "{c:?}");
            assert!(!relevant || Relevant::coarse(bytes[0], bytes[1], bytes[2]), "{c:?}");
        }
    }

    /// Characters that compose, reorder, decompose or stay, from many scripts.
    fn troublesome() -> impl Strategy<Value = String> {
        let letters: Vec<char> = "aeoAsıq\u{e9}\u{1e69}αως\u{345}иक\u{93c}\u{94d}য\u{9be}\u{9c7}த\u{bbe}\u{bc6}가\u{1100}\u{1161}\u{11a8}\u{3131}\
            か\u{3099}\u{301}\u{307}\u{323}\u{327}\u{338}\u{344}\u{340}\u{5b8}\u{5bc}\u{651}\u{64b}\u{653}\u{627}\u{212b}\u{2126}\u{f900}\
            \u{fb1d}\u{1d15e}\u{11099}\u{110ba}\u{e38}\u{e48}\u{f71}\u{f72}\u{f73} \n"
            .chars()
            .collect();
        prop::collection::vec(prop::sample::select(letters), 0..24).prop_map(|chars| chars.into_iter().collect())
    }

    proptest! {
        #[test]
        fn the_edits_make_the_normal_form(text in troublesome()) {
            let expected: String = text.nfc().collect();
            let edits = find_unicode_form(&text);
            prop_assert!(edits.windows(2).all(|pair| pair[0].end <= pair[1].start));
            prop_assert_eq!(apply(&text, &edits), expected.clone());
            prop_assert!(find_unicode_form(&expected).is_empty());
        }

        #[test]
        fn the_edits_make_the_normal_form_of_any_text(text in "\\PC{0,40}") {
            let expected: String = text.nfc().collect();
            prop_assert_eq!(apply(&text, &find_unicode_form(&text)), expected);
        }
    }

    #[test]
    #[ignore = "writes the source of relevant_table.rs to stdout"]
    fn print_relevant_table() {
        let mut blocks = vec![[0_u64; 4]];
        let mut pages = Vec::new();
        for page in 0..0x1100_u32 {
            let mut block = [0; 4];
            for c in (page << 8..(page + 1) << 8).filter_map(char::from_u32) {
                if canonical_combining_class(c) != 0 || !is_quick(c) {
                    block[c as usize >> 6 & 3] |= 1 << (c as u32 & 63);
                }
            }
            let known = blocks.iter().position(|&known| known == block);
            pages.push(known.unwrap_or_else(|| {
                blocks.push(block);
                blocks.len() - 1
            }));
        }
        pages.truncate(pages.iter().rposition(|&page| page != 0).map_or(0, |last| last + 1));
        let (major, minor, patch) = unicode_normalization::UNICODE_VERSION;
        println!(
            "// @generated by the test print_relevant_table from the crate unicode-normalization (Unicode {major}.{minor}.{patch}); do not edit"
        );
        println!("/// Block of each 256 characters.\n#[rustfmt::skip]\nconst PAGES: [u8; {}] = [", pages.len());
        for line in pages.chunks(32) {
            println!("    {}", format!("{line:?},").replace(['[', ']', ' '], ""));
        }
        println!(
            "];\n\n/// One bit for each character of a block.\n#[rustfmt::skip]\nconst BLOCKS: [[u64; 4]; {}] = [",
            blocks.len()
        );
        for block in &blocks {
            println!("    [{}],", block.map(|word| format!("{word:#x}")).join(", "));
        }
        println!("];");
    }

    #[test]
    fn a_sign_whose_first_part_composes_with_the_letter_before_is_out_of_place() {
        // U+113C5 is twice U+113C2, which makes U+1138E of U+1138B.
        let text = "\u{1138b}\u{113c5}";
        assert_eq!(apply(text, &find_unicode_form(text)), "\u{1138e}\u{113c2}");
    }

    #[test]
    fn a_hundred_thousand_marks_in_a_row_are_one_bounded_span() {
        let text = format!("a{}b", "\u{301}\u{323}".repeat(50_000));
        let expected: String = text.nfc().collect();
        assert_eq!(apply(&text, &find_unicode_form(&text)), expected);
    }
}

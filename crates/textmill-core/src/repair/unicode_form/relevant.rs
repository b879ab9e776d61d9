//! Which characters Normalization Form C is about.

#![allow(clippy::unreadable_literal)]

include!("relevant_table.rs");

/// Whether the character's `NFC_Quick_Check` is not Yes or its combining class is not 0.
///
/// Any other character is a boundary: what stands before it does not change what it and the rest become.
pub(in crate::repair) fn is_relevant(c: char) -> bool {
    let code = c as usize;
    let block = PAGES.get(code >> 8).map_or(0, |&page| usize::from(page));
    BLOCKS[block][code >> 6 & 3] >> (code & 63) & 1 != 0
}

//! What is a letter of a word, its folded form, and which scripts write no spaces.
//!
//! A word here is a run of letters and the marks that belong to them; apostrophes, hyphens and digits end it.
//! Scripts that write no spaces between words (Han, Kana, Thai, Lao, Khmer, Myanmar, Tibetan) have no letters in this
//! sense: no question about words is ever asked of them.

use std::sync::LazyLock;

/// First character that is not in [`FOLDED`]: behind the letters of Vietnamese and of old Greek.
pub(crate) const TABLE_END: usize = 0x2000;

/// For each character below U+2000 its lower case, or 0 where it is no letter of a spaced script.
static FOLDED: LazyLock<Box<[u16; TABLE_END]>> = LazyLock::new(|| {
    let mut table = Box::new([0_u16; TABLE_END]);
    for (code, folded) in table.iter_mut().enumerate() {
        let letter = char::from_u32(code as u32).filter(|&c| is_word_letter(c));
        *folded = letter.map_or(0, |c| u16::try_from(lower(c) as u32).unwrap_or(code as u16));
    }
    table
});

/// The table of folded letters, looked up once by a loop over a text.
pub(crate) fn folded_letters() -> &'static [u16; TABLE_END] {
    &FOLDED
}

/// The folded form of a letter, `None` for what is no letter of a word.
pub(crate) fn fold(c: char) -> Option<char> {
    fold_with(&FOLDED, c)
}

/// [`fold`] with the table at hand.
#[inline]
pub(crate) fn fold_with(table: &[u16; TABLE_END], c: char) -> Option<char> {
    match table.get(c as usize) {
        Some(0) => None,
        Some(&folded) => char::from_u32(u32::from(folded)),
        None if is_word_letter(c) => Some(lower(c)),
        None => None,
    }
}

/// Whether `c` is part of a word.
#[inline]
pub(crate) fn is_letter(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphabetic() } else { fold(c).is_some() }
}

/// Whether `c` belongs to a script that writes no spaces between words.
pub(crate) fn is_unspaced(c: char) -> bool {
    matches!(c as u32,
        0x0E00..=0x0EFF | 0x0F00..=0x0FFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x19E0..=0x19FF | 0xA9E0..=0xA9FF
        | 0xAA60..=0xAA7F)
        || is_wide(c)
}

/// Whether `c` is Han, Kana or their punctuation: two columns wide, and its lines are joined without a space.
pub(crate) fn is_wide(c: char) -> bool {
    matches!(c as u32,
        0x2E80..=0x312F | 0x3190..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0xFE30..=0xFE4F | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6 | 0x20000..=0x3FFFF)
}

fn is_word_letter(c: char) -> bool {
    // Dashes, quotation marks and signs of currencies first, Han, Kana and Hangul next: the table of letters is slow.
    if matches!(c as u32, 0x2010..=0x2070 | 0x20A0..=0x20CF) {
        return false;
    }
    !is_unspaced(c) && (matches!(c, '가'..='힣') || c.is_alphabetic() || is_mark(c))
}

/// Marks and joiners that stand inside words without being alphabetic.
fn is_mark(c: char) -> bool {
    matches!(c as u32,
        0x0300..=0x036F | 0x0483..=0x0487 | 0x0591..=0x05BD | 0x05BF | 0x05C1..=0x05C2 | 0x05C4..=0x05C5 | 0x05C7
        | 0x0610..=0x061A | 0x064B..=0x065F | 0x0670 | 0x06D6..=0x06DC | 0x06DF..=0x06E8 | 0x06EA..=0x06ED
        | 0x0711 | 0x0730..=0x074A | 0x200C..=0x200D)
        || (matches!(c as u32, 0x0900..=0x0DFF) && is_indic_sign(c as u32))
}

/// Vowel signs, viramas and nuktas of the Indic blocks, which share one layout of 128 characters each.
fn is_indic_sign(code: u32) -> bool {
    matches!(code & 0x7F, 0x00..=0x03 | 0x3C..=0x4D | 0x51..=0x57 | 0x62..=0x63)
}

fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    let first = lower.next().unwrap_or(c);
    let folded = if lower.next().is_some() { c } else { first };
    // Both sigmas are one letter, and a word cut in two must not look like two spellings.
    if folded == 'ς' { 'σ' } else { folded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_spaced_scripts_are_folded_and_marks_belong_to_them() {
        let folded = |text: &str| text.chars().filter_map(fold).collect::<String>();
        assert_eq!(folded("ÉCOLE"), "école");
        assert_eq!(folded("ΛΌΓΟΣ λόγος"), "λόγοσλόγοσ");
        assert_eq!(folded("Жизнь"), "жизнь");
        assert_eq!(folded("हिन्दी"), "हिन्दी");
        assert_eq!(folded("שלום"), "שלום");
        assert_eq!(folded("می‌خواهم"), "می‌خواهم");
    }

    #[test]
    fn what_is_told_without_the_table_of_letters_is_told_right() {
        assert!(('\u{2010}'..='\u{2070}').chain('\u{20a0}'..='\u{20cf}').all(|c| !c.is_alphabetic()));
    }

    #[test]
    fn digits_punctuation_and_unspaced_scripts_are_no_letters() {
        assert!("0 -'’.,।漢かไทย៛".chars().all(|c| !is_letter(c)));
    }
}

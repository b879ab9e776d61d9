//! The rule `invisible-chars`.
//!
//! **What it changes.** It removes characters that show nothing and mean nothing where they stand: soft hyphens inside
//! a line, zero-width spaces, word joiners, deprecated format characters (U+206A to U+206F), the vowel separator of
//! Mongolian outside Mongolian, joiners (U+200C, U+200D) and variation selectors on letters that do not take them, tags
//! outside a flag, and direction marks in a text without one letter that runs from right to left.
//!
//! **What it leaves alone, and why.** A soft hyphen before a line end is evidence for `line-end-hyphens`. A zero-width
//! space beside a letter of Khmer, Thai, Lao, Myanmar, Tibetan or another script written without spaces is where a word
//! ends; of several in a row, one is. Joiners beside a letter of a script whose letters join (Arabic, the scripts of India, Khmer, Mongolian and so
//! on), where they spell; a joiner between two emoji, a selector after a symbol, a digit, an ideograph or a letter of
//! such scripts, and tags after the black flag, where they draw one picture. Direction marks in a text that has a
//! right-to-left letter anywhere, for there they decide the reading order. The invisible operators of mathematics and
//! the grapheme joiner (U+034F), which sorting needs.
//!
//! **Confidence.** 1 for soft hyphens and zero-width spaces, 0.95 for the rest.
//!
//! **Example.** `Donau\u{ad}dampf\u{200b}schiff` → `Donaudampfschiff`.
//!
//! **Source.** The Unicode Standard 16.0, sections 23.2 to 23.4 and 23.9; UTS #51 for emoji sequences.

use super::super::rule::Rule;
use super::{Finding, Place};

const RULE: Rule = Rule::InvisibleChars;

/// Decides about a format character; `right_to_left` remembers whether the text has such a letter, once it was asked.
pub(super) fn judge(place: &Place<'_>, right_to_left: &mut Option<bool>) -> Option<Finding> {
    let next = place.after().chars().next();
    match place.character() {
        '\u{ad}' => (!ends_the_line(place.after())).then(|| place.remove(RULE, 1.0)),
        '\u{200b}' => {
            let parts_words = place.before != Some('\u{200b}') && beside(place, next, is_written_without_spaces);
            (!parts_words).then(|| place.remove(RULE, 1.0))
        }
        '\u{200c}' => (!beside(place, next, joins)).then(|| place.remove(RULE, 0.95)),
        '\u{200d}' => {
            let in_emoji = place.before.is_some_and(ends_emoji) && next.is_some_and(begins_emoji);
            (!in_emoji && !beside(place, next, joins)).then(|| place.remove(RULE, 0.95))
        }
        '\u{180e}' => {
            (!beside(place, next, |c| matches!(c, '\u{1800}'..='\u{18af}'))).then(|| place.remove(RULE, 0.95))
        }
        '\u{2060}' | '\u{206a}'..='\u{206f}' => Some(place.remove(RULE, 0.95)),
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            let needed = *right_to_left.get_or_insert_with(|| place.text.chars().any(runs_right_to_left));
            (!needed).then(|| place.remove(RULE, 0.95))
        }
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => {
            (!place.before.is_some_and(takes_a_selector)).then(|| place.remove(RULE, 0.95))
        }
        '\u{e0000}'..='\u{e007f}' => {
            let tags = &place.text[place.start..];
            let end = tags.find(|c| !matches!(c, '\u{e0020}'..='\u{e007e}')).unwrap_or(tags.len());
            if place.before == Some('\u{1f3f4}') && end > 0 && tags[end..].starts_with('\u{e007f}') {
                Some(Finding::kept(place.start + end + 4, RULE))
            } else {
                Some(place.remove(RULE, 0.95))
            }
        }
        _ => None,
    }
}

/// Whether nothing but blanks stands before the next line end; the end of the text is none, nor is a form feed.
fn ends_the_line(after: &str) -> bool {
    after
        .trim_start_matches([' ', '\t', '\u{a0}', '\u{202f}'])
        .starts_with(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
}

/// Whether the character before or after the place is of this kind.
fn beside(place: &Place<'_>, next: Option<char>, kind: impl Fn(char) -> bool) -> bool {
    next.is_some_and(&kind) || place.before.is_some_and(kind)
}

/// Letters and signs of the scripts in which U+200B separates words.
///
/// Source: Unicode Line Breaking Algorithm (UAX #14), class SA, with Tibetan, Javanese and Balinese.
fn is_written_without_spaces(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{1950}'..='\u{19ff}' | '\u{1a20}'..='\u{1aaf}'
        | '\u{1b00}'..='\u{1b7f}' | '\u{a980}'..='\u{a9ff}' | '\u{aa60}'..='\u{aadf}' | '\u{11700}'..='\u{1174f}')
}

/// Letters and signs of the scripts whose letters take other shapes beside a joiner.
///
/// Source: Unicode Character Database, `ArabicShaping.txt` and `IndicSyllabicCategory.txt`, by block.
fn joins(c: char) -> bool {
    !matches!(c, '\u{61c}' | '\u{180e}')
        && matches!(c,
        '\u{590}'..='\u{109f}' | '\u{1700}'..='\u{18af}' | '\u{1900}'..='\u{1cff}' | '\u{a800}'..='\u{a8ff}'
        | '\u{a930}'..='\u{abff}' | '\u{fb1d}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{10a00}'..='\u{11fff}' | '\u{1e900}'..='\u{1e95f}' | '\u{25cc}')
}

/// Letters that run from right to left.
///
/// Source: Unicode Character Database, `DerivedBidiClass.txt`, classes R and AL, by block.
fn runs_right_to_left(c: char) -> bool {
    matches!(c,
        '\u{5be}'..='\u{60b}' | '\u{60d}'..='\u{61b}' | '\u{61d}'..='\u{65f}' | '\u{66d}'..='\u{8ff}'
        | '\u{fb1d}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// Characters that a variation selector may follow: all but blanks, controls, selectors and letters of the scripts in
/// which no letter has a variant.
fn takes_a_selector(c: char) -> bool {
    !(c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
        || (c.is_ascii() && !c.is_ascii_digit() && !matches!(c, '#' | '*'))
        || (c.is_alphabetic() && matches!(c, '\u{80}'..='\u{fff}' | '\u{1e00}'..='\u{1fff}'))
        || matches!(c, '\u{300}'..='\u{36f}'))
}

/// Characters with which a part of an emoji sequence begins.
///
/// Source: UTS #51, property `Extended_Pictographic`, by block.
fn begins_emoji(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

/// Characters with which a part of an emoji sequence ends: a picture, its selector or its skin tone.
fn ends_emoji(c: char) -> bool {
    begins_emoji(c) || c == '\u{fe0f}'
}

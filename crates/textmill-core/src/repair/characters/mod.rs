//! `line-terminators`, `control-chars`, `invisible-chars` and `ligatures`: the rules that look at one character at a
//! time, in one scan of the text.
//!
//! Each rule has its own file, where its decisions and their reasons stand; this one finds the places, asks the rule
//! whose character it is, and keeps the order. What these rules do not do: decide about mojibake, which runs before
//! them, or about a soft hyphen at a line end, which is left for `line-end-hyphens`.

mod line_terminators;
mod control_chars;
mod invisible_chars;
mod ligatures;
mod blocks;

pub(super) use blocks::{Places, hits, within};

use super::edit::Edit;
use super::rule::{Rule, RuleSet};

/// The edits of the character rules in `rules`, sorted and disjoint; rules of other kinds are ignored.
///
/// Text without any of their characters allocates nothing.
///
/// # Examples
/// ```
/// use textmill_core::repair::{apply, characters::find_characters, RuleSet};
/// let text = "\u{feff}of\u{ad}fi\u{200b}ce:\r\n\u{fb01}le";
/// assert_eq!(apply(text, &find_characters(text, RuleSet::all())), "office:\nfile");
/// assert_eq!(find_characters("می\u{200c}خواهم", RuleSet::all()), []);
/// ```
pub fn find_characters(text: &str, rules: RuleSet) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut places = hits(text.as_bytes(), Defects);
    let mut right_to_left = None;
    while let Some(start) = places.next() {
        let place = Place { text, start, edits: &edits };
        let found = match text.as_bytes()[start] {
            b'\r' | 0x0B | 0x0C => line_terminators::judge(&place),
            0..=0x1F | 0x7F => control_chars::judge(&place),
            _ => match place.character() {
                '\u{85}' | '\u{2028}' | '\u{2029}' => line_terminators::judge(&place),
                '\u{fb00}'..='\u{fb06}' => ligatures::judge(&place),
                c if control_chars::is_one(c) => control_chars::judge(&place),
                _ => invisible_chars::judge(&place, &mut right_to_left),
            },
        };
        let Some(found) = found else { continue };
        places.skip_to(found.end);
        if let Some(replacement) = found.replacement
            && rules.contains(found.rule)
        {
            edits.push(Edit::new(start, found.end, replacement, found.rule, found.score));
        }
    }
    edits
}

/// A place in the text that a rule looks at, with the edits made before it.
struct Place<'a> {
    text: &'a str,
    start: usize,
    edits: &'a [Edit],
}

/// What a rule decided about the characters from its place to `end`; without a replacement, they stay.
struct Finding {
    end: usize,
    replacement: Option<&'static str>,
    rule: Rule,
    score: f32,
}

impl Place<'_> {
    /// The character at the place.
    fn character(&self) -> char {
        self.text[self.start..].chars().next().unwrap_or('\0')
    }

    /// What follows the character at the place.
    fn after(&self) -> &str {
        &self.text[self.start + self.character().len_utf8()..]
    }

    /// The character before the place as it will stand in the clean text.
    ///
    /// Decisions rest on it and not on what is about to be removed, so that a second cleaning decides the same.
    fn before(&self) -> Option<char> {
        let mut end = self.start;
        for edit in self.edits.iter().rev() {
            if edit.end != end {
                break;
            }
            if let Some(last) = edit.replacement.chars().next_back() {
                return Some(last);
            }
            end = edit.start;
        }
        self.text[..end].chars().next_back()
    }

    /// The character goes, by `rule`.
    fn remove(&self, rule: Rule, score: f32) -> Finding {
        self.replace(self.start + self.character().len_utf8(), "", rule, score)
    }

    /// All from the place to `end` becomes `replacement`.
    fn replace(&self, end: usize, replacement: &'static str, rule: Rule, score: f32) -> Finding {
        Finding { end, replacement: Some(replacement), rule, score }
    }

    /// All from the place to `end` stays.
    fn keep(&self, end: usize, rule: Rule) -> Finding {
        Finding { end, replacement: None, rule, score: 1.0 }
    }
}

/// Where one of the characters of these rules may begin.
#[derive(Clone, Copy)]
struct Defects;

impl Places for Defects {
    #[inline(always)]
    fn coarse(a: u8, b: u8, _: u8) -> bool {
        let general = (a == 0xE2) & (b <= 0x81);
        ((a < 0x20) & (a != b'\t') & (a != b'\n'))
            | within(a, 0x7F, 0x7F)
            | ((a == 0xC2) & (b <= 0xAD))
            | (a == 0xD8)
            | (a == 0xE1)
            | general
            | (a >= 0xEF)
    }

    #[inline(always)]
    fn fine(a: u8, b: u8, c: u8, d: u8) -> bool {
        let control = ((a < 0x20) & (a != b'\t') & (a != b'\n')) | (a == 0x7F);
        // C1 controls, U+00AD; U+061C.
        let two = ((a == 0xC2) & (within(b, 0x80, 0x9F) | (b == 0xAD))) | ((a == 0xD8) & (b == 0x9C));
        // U+180E; U+200B..200F, U+2028..202E; U+2060, U+2066..206F.
        let mongolian = (a == 0xE1) & (b == 0xA0) & (c == 0x8E);
        let general = (a == 0xE2)
            & (((b == 0x80) & (within(c, 0x8B, 0x8F) | within(c, 0xA8, 0xAE)))
                | ((b == 0x81) & ((c == 0xA0) | within(c, 0xA6, 0xAF))));
        // Ligatures; U+FDD0..FDEF; U+FE00..FE0F; U+FEFF; U+FFF9..FFFB, U+FFFE, U+FFFF.
        let forms = (a == 0xEF)
            & (((b == 0xAC) & within(c, 0x80, 0x86))
                | ((b == 0xB7) & within(c, 0x90, 0xAF))
                | ((b == 0xB8) & within(c, 0x80, 0x8F))
                | ((b == 0xBB) & (c == 0xBF))
                | ((b == 0xBF) & (within(c, 0xB9, 0xBB) | within(c, 0xBE, 0xBF))));
        // Tags and the selectors of plane 14; the last two of every plane.
        let planes = ((a == 0xF3) & (b == 0xA0)) | (within(a, 0xF0, 0xF4) & (c == 0xBF) & within(d, 0xBE, 0xBF));
        control | two | mongolian | general | forms | planes
    }
}

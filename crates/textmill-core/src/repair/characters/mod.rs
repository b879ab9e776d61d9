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
    // The last character of the clean text up to the end of the last edit.
    let mut last = (usize::MAX, None);
    while let Some(start) = places.next() {
        let before = if last.0 == start { last.1 } else { text[..start].chars().next_back() };
        let place = Place { text, start, before };
        let found = match text.as_bytes()[start] {
            b'\r' | 0x0B | 0x0C => Some(line_terminators::judge(&place)),
            0..=0x1F | 0x7F => Some(control_chars::judge(&place)),
            _ => match place.character() {
                '\u{85}' | '\u{2028}' | '\u{2029}' => Some(line_terminators::judge(&place)),
                '\u{fb00}'..='\u{fb06}' => ligatures::judge(&place),
                c if control_chars::is_one(c) => Some(control_chars::judge(&place)),
                _ => invisible_chars::judge(&place, &mut right_to_left),
            },
        };
        let Some(found) = found else { continue };
        places.skip_to(found.end);
        if let Some(replacement) = found.replacement
            && rules.contains(found.rule)
        {
            last = (found.end, replacement.chars().next_back().or(before));
            edits.push(Edit::new(start, found.end, replacement, found.rule, found.score));
        }
    }
    edits
}

/// A place in the text that a rule looks at.
struct Place<'a> {
    text: &'a str,
    start: usize,
    /// The character before the place as it will stand in the clean text. Decisions rest on it and not on what is about to
    /// be removed, so that a second cleaning decides the same.
    before: Option<char>,
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

    /// The character goes, by `rule`.
    fn remove(&self, rule: Rule, score: f32) -> Finding {
        Finding::new(self.start + self.character().len_utf8(), "", rule, score)
    }
}

impl Finding {
    /// All from the place to `end` becomes `replacement`.
    fn new(end: usize, replacement: &'static str, rule: Rule, score: f32) -> Finding {
        Finding { end, replacement: Some(replacement), rule, score }
    }

    /// All from the place to `end` stays.
    fn kept(end: usize, rule: Rule) -> Finding {
        Finding { end, replacement: None, rule, score: 1.0 }
    }
}

/// Where one of the characters of these rules may begin.
#[derive(Clone, Copy)]
struct Defects;

#[expect(
    clippy::inline_always,
    clippy::needless_bitwise_bool,
    reason = "branches would keep the block scan from vectors"
)]
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::edit::apply;
    use super::*;

    /// Everything these rules look at, and what their decisions look at.
    fn troublesome() -> impl Strategy<Value = String> {
        let parts: Vec<&str> = vec![
            "\r",
            "\r\n",
            "\n",
            "\u{b}",
            "\u{c}",
            "\u{85}",
            "\u{2028}",
            "\u{2029}",
            "\0",
            "\u{1}",
            "\u{1b}",
            "[31m",
            "]0;t\u{7}",
            "\u{7f}",
            "\u{80}",
            "\u{9f}",
            "\u{ad}",
            "\u{ad}",
            "\u{200b}",
            "\u{200b}",
            "\u{200c}",
            "\u{200d}",
            "\u{200e}",
            "\u{202e}",
            "\u{2060}",
            "\u{2066}",
            "\u{206a}",
            "\u{61c}",
            "\u{180e}",
            "\u{feff}",
            "\u{fff9}",
            "\u{fffe}",
            "\u{fdd0}",
            "\u{1ffff}",
            "\u{fe0f}",
            "\u{fe00}",
            "\u{e0100}",
            "\u{1f3f4}",
            "\u{e0067}",
            "\u{e007f}",
            "\u{fb01}",
            "\u{fb05}",
            " ",
            "\u{a0}",
            "\t",
            "a",
            "é",
            "1",
            "ក",
            "ไ",
            "ش",
            "א",
            "क",
            "ᠠ",
            "漢",
            "☎",
            "👩",
            "🏽",
            "-",
        ];
        prop::collection::vec(prop::sample::select(parts), 0..24).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn cleaning_twice_is_cleaning_once(text in troublesome()) {
            let edits = find_characters(&text, RuleSet::all());
            prop_assert!(edits.windows(2).all(|pair| pair[0].end <= pair[1].start));
            let clean = apply(&text, &edits);
            prop_assert_eq!(find_characters(&clean, RuleSet::all()), vec![], "{:?} from {:?}", clean, text);
        }

        #[test]
        fn each_rule_alone_is_idempotent(text in troublesome(), rule in 0..4_usize) {
            let rule = [Rule::LineTerminators, Rule::ControlChars, Rule::InvisibleChars, Rule::Ligatures][rule];
            let only = RuleSet::none().with(rule);
            let edits = find_characters(&text, only);
            prop_assert!(edits.iter().all(|edit| edit.rule == rule));
            let clean = apply(&text, &edits);
            prop_assert_eq!(find_characters(&clean, only), vec![], "{:?} from {:?}", clean, text);
        }

        #[test]
        fn the_scan_misses_no_character_of_the_rules(c in any::<char>()) {
            let text = format!("a{c}b");
            let has_hit = hits(text.as_bytes(), Defects).any(|place| place == 1);
            let wanted = matches!(c, '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{fb00}'..='\u{fb06}' | '\u{ad}'
                | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{206f}'
                | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}')
                || (c.is_control() && !matches!(c, '\t' | '\n')) || control_chars::is_one(c);
            prop_assert!(has_hit || !wanted);
        }
    }

    #[test]
    fn a_text_of_joiners_takes_bounded_work() {
        let text = "a\u{200d}".repeat(100_000);
        assert_eq!(apply(&text, &find_characters(&text, RuleSet::all())).len(), 100_000);
        let text = "\u{200d}".repeat(100_000);
        assert_eq!(apply(&text, &find_characters(&text, RuleSet::all())), "");
    }
}

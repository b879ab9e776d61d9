//! Texts as solid characters and the gaps between them: white space, hyphens, cut marks.

use std::collections::BTreeMap;

/// What stands between two solid characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gap {
    /// A hyphen is in it.
    pub hyphen: bool,
    /// Nothing, a blank or a line end.
    pub space: Space,
    /// A cut mark or a soft hyphen is in it.
    pub sign: Option<&'static str>,
}

/// White space in a gap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Space {
    #[default]
    None,
    Blank,
    LineEnd,
}

/// A text, taken apart.
pub struct Gaps {
    /// The solid characters.
    pub solid: String,
    /// The gaps, by the number of solid characters before them.
    pub by_solid: BTreeMap<usize, Gap>,
    /// Where in the text each gap ends, in characters.
    pub ends: BTreeMap<usize, usize>,
}

impl Gaps {
    /// The gap before that solid character.
    pub fn at(&self, solid: usize) -> Gap {
        self.by_solid.get(&solid).copied().unwrap_or_default()
    }
}

/// The longest piece of a gap that `text` begins with, in bytes; 0 for a solid character.
fn piece(text: &str) -> usize {
    let dots = ["...", "…"].iter().find(|dots| text.starts_with(**dots)).map_or(0, |dots| dots.len());
    if text[dots..].starts_with("[+++]") {
        return dots + 5;
    }
    let is_gap = |c: &char| c.is_whitespace() || matches!(c, '\u{ad}' | '-' | '\u{2010}' | '\u{2011}');
    text.chars().next().filter(is_gap).map_or(0, char::len_utf8)
}

/// Takes a text apart.
pub fn gaps(text: &str) -> Gaps {
    let mut out = Gaps { solid: String::new(), by_solid: BTreeMap::new(), ends: BTreeMap::new() };
    let (mut at, mut n, mut chars) = (0, 0, 0);
    while let Some(c) = text[at..].chars().next() {
        let len = piece(&text[at..]);
        if len == 0 {
            out.solid.push(c);
            (at, n, chars) = (at + c.len_utf8(), n + 1, chars + 1);
            continue;
        }
        let gap = out.by_solid.entry(n).or_default();
        for c in text[at..at + len].chars() {
            gap.hyphen |= matches!(c, '-' | '\u{2010}' | '\u{2011}');
            gap.space = match c {
                '\n' => Space::LineEnd,
                c if c.is_whitespace() && gap.space == Space::None => Space::Blank,
                _ => gap.space,
            };
            match c {
                '\u{ad}' => gap.sign = gap.sign.or(Some("soft")),
                '+' => gap.sign = Some("mark"),
                _ => {}
            }
            chars += 1;
        }
        at += len;
        out.ends.insert(n, chars);
    }
    out
}

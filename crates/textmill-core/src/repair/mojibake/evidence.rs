//! What the sure chains of a text say about the rest of it.

use super::chain::Chain;
use super::code_pages::{CODE_PAGES, CodePage};
use super::kinds::{Class, kind};

/// The gain from which on an encoding counts as seen, in tenths of a point: two sure chains.
const SEEN: i32 = 50;

/// How much of a gain the encoding that explains most of the text is given in advance, in tenths of a point.
const PREFERENCE: i32 = 10;

/// Which encodings the text was misread in, and into which scripts.
#[derive(Default)]
pub(super) struct Evidence {
    /// Sum of gains of each encoding and script.
    seen: Vec<(CodePage, u8, i32)>,
    /// The encoding with the highest sum, if it was seen.
    main: Option<CodePage>,
    /// Whether some place has different meanings in different encodings.
    pub(super) is_contested: bool,
}

impl Evidence {
    /// Takes a sure chain into account, also one that another encoding explains better.
    pub(super) fn add(&mut self, page: CodePage, script: u8, gain: i32) {
        match self.seen.iter_mut().find(|entry| entry.0 == page && entry.1 == script) {
            Some(entry) => entry.2 += gain,
            None => self.seen.push((page, script, gain)),
        }
    }

    /// Decides which encoding explains most of the text.
    pub(super) fn settle(&mut self) {
        let total = |page| self.seen.iter().filter(|entry| entry.0 == page).map(|entry| entry.2).sum::<i32>();
        // Of equals, `max_by_key` takes the last, which here is the first encoding.
        self.main = (0..CODE_PAGES).rev().max_by_key(|&page| total(page)).filter(|&page| total(page) >= SEEN);
    }

    /// Whether the text surely holds letters of this script that were misread in this encoding.
    pub(super) fn has_seen(&self, page: CodePage, script: u8) -> bool {
        self.seen.iter().any(|&(p, s, gain)| p == page && s == script && gain >= SEEN)
    }

    /// The gain that the encoding is given in advance.
    pub(super) fn preference(&self, page: CodePage) -> i32 {
        if self.main == Some(page) { PREFERENCE } else { 0 }
    }
}

/// A place where mojibake was undone, which speaks for more of it near.
#[derive(Clone, Copy)]
pub(super) struct Anchor {
    /// Where it stands in the text as it is now.
    pub(super) start: usize,
    pub(super) end: usize,
    /// The encodings that had a part in it, one bit each.
    pub(super) pages: u16,
    /// The script of what it became, 0 for signs.
    pub(super) script: u8,
}

/// Whether the text may only speak of mojibake: the chain is one character, alone, and in quotation marks.
pub(super) fn is_mention(text: &str, chain: &Chain) -> bool {
    let is_format = |c: &char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{a0}' | '\u{202f}' | ' ');
    // An apostrophe is a quotation mark only where there are two.
    let is_apostrophe = |c: char| matches!(c, '\'' | '’');
    let is_quote = |c: char| {
        matches!(c, '"' | '`' | '「' | '」' | '『' | '』')
            || matches!(kind(c).class, Class::Quote | Class::LowQuote | Class::Closing | Class::Guillemet)
    };
    let quotes = |c: char| is_quote(c) || is_apostrophe(c);
    let before = text[..chain.start].chars().next_back().unwrap_or(' ');
    let after = text[chain.end..].chars().next().unwrap_or(' ');
    let opens = text[..chain.start].chars().rev().find(|c| !is_format(c)).filter(|&c| quotes(c));
    let closes = text[chain.end..].chars().find(|c| !is_format(c)).filter(|&c| quotes(c));
    let quoted = opens.is_some_and(is_quote) || closes.is_some_and(is_quote) || (opens.is_some() && closes.is_some());
    let alone = |c: char| quotes(c) || is_format(&c);
    chain.meant.chars().nth(1).is_none() && alone(before) && alone(after) && quoted
}

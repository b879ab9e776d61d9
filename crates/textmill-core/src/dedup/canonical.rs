//! From text to its canonical form: lower-cased words and single characters, each with one space after it.
//!
//! Two ways take turns. Blocks of 64 bytes that begin with ASCII go through `block` without a branch on the characters.
//! Where other characters stand close together, the walk here takes each character's step from the table of `fold`, again
//! without branches; only where normalization depends on neighbours does it stop, and sends just those characters through
//! NFKC. [`canonical_reference`] is the slow definition of the same thing.

mod reference;
mod utf8;

pub use reference::canonical_reference;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use super::block::{BLOCK, char_starts, fold_block, high_bits};
use super::fold::{Care, Entry, FoldTable, Kind, Place, depends_on_neighbours, fold_char, last_mark};
use super::instructions::Machine;
use super::page::{Folded, Next, WINDOW, fold_mixed};
use utf8::{char_len, decode, low_bits, near};

/// Bytes of room after the canonical form, so that loads and stores of a block never pass the end.
pub(crate) const PADDING: usize = 2 * BLOCK;

/// Bytes that the walk goes on for: over one character that blocks do not fold and its neighbours, and over some lines of
/// a script that they do not.
const WALKS: [usize; 2] = [8, 256];

/// Replaces the beginning of `out` by the canonical form of `text`, each token with a space after it. Returns its length,
/// after which at least [`PADDING`] bytes follow, and how many tokens are single characters.
#[inline(always)]
pub(crate) fn fold_text<M: Machine>(text: &str, table: &FoldTable, out: &mut Vec<u8>) -> (usize, usize) {
    let source = text.as_bytes();
    let start = State { at: 0, place: Place::Between as u32, singles: 0 };
    let mut walk = Walk { out, state: start, starter: 0, before_starter: start, last_mark: '\0' };
    walk.reserve(source.len());
    let (mut i, mut tail, mut after_block) = (0, [0; WINDOW], false);
    while i < source.len() {
        let (window, present) = view::<WINDOW>(source, i, &mut tail);
        let block = window.first_chunk().unwrap_or(&[0; BLOCK]);
        let ascii = present.min(high_bits::<M>(block).trailing_zeros() as usize);
        if ascii > 0 {
            walk.end_after_mark();
        }
        let State { at, place, .. } = walk.state;
        let place = Place::of(place);
        let target = &mut walk.out[at..at + PADDING];
        let folded = if M::AVX512 && ascii < present.min(BLOCK) {
            let folded = fold_mixed::<M>(window, present, place, table, target);
            after_block |= folded.taken > 0;
            folded
        } else if ascii > 0 {
            after_block = true;
            let in_word = place == Place::InWord;
            let (written, in_word) = fold_block::<M>(block, ascii, in_word, table, target);
            let place = if in_word { Place::InWord } else { Place::Between };
            let next = if ascii < present.min(BLOCK) { Next::LongWalk } else { Next::Block };
            Folded { taken: ascii, written, place, singles: 0, next }
        } else {
            Folded { taken: 0, written: 0, place, singles: 0, next: Next::LongWalk }
        };
        i += folded.taken;
        walk.state.at += folded.written;
        walk.state.singles += folded.singles;
        walk.state.place = folded.place as u32;
        if folded.next != Next::Block {
            if after_block {
                walk.note_starter(source, i);
            }
            i = walk.walk::<M>(text, i, WALKS[usize::from(folded.next == Next::LongWalk)], table);
            after_block = false;
        }
    }
    walk.end_word();
    (walk.state.at, walk.state.singles)
}

/// The bytes from `at` on, and how many of them are the source's: at its end, those of `tail`.
#[inline(always)]
fn view<'a, const N: usize>(source: &'a [u8], at: usize, tail: &'a mut [u8; N]) -> (&'a [u8; N], usize) {
    let rest = &source[at..];
    if let Some(whole) = rest.first_chunk::<N>() {
        return (whole, N);
    }
    tail[..rest.len()].copy_from_slice(rest);
    (tail, rest.len())
}

/// What the walk goes back to.
#[derive(Clone, Copy)]
struct State {
    /// End of what is written.
    at: usize,
    /// A [`Place`], as a number.
    place: u32,
    /// Tokens that are single characters.
    singles: usize,
}

/// The walk over one text.
struct Walk<'a> {
    out: &'a mut Vec<u8>,
    state: State,
    /// Where the last character that its successors cannot pass begins in the text, and the state before it.
    starter: usize,
    before_starter: State,
    /// The last character if it has a combining class, else NUL.
    last_mark: char,
}

impl Walk<'_> {
    /// Makes room for `rest` further bytes of text, which take at most twice as much.
    #[inline(always)]
    fn reserve(&mut self, rest: usize) {
        let wanted = self.state.at + 2 * rest + 2 * PADDING;
        if self.out.len() < wanted {
            self.grow(wanted.next_power_of_two());
        }
    }

    /// Zeros from the system, of which a long text takes memory only as far as it is written to: hardly ever twice its size.
    #[cold]
    fn grow(&mut self, length: usize) {
        let mut grown = vec![0; length];
        let known = self.out.len();
        grown[..known].copy_from_slice(self.out);
        *self.out = grown;
    }

    #[inline(always)]
    fn end_word(&mut self) {
        self.out[self.state.at] = b' ';
        self.state.at += usize::from(self.state.place != Place::Between as u32);
        self.state.place = Place::Between as u32;
    }

    /// Parts what comes next from a token that ended in a mark.
    #[inline(always)]
    fn end_after_mark(&mut self) {
        if self.state.place == Place::AfterMark as u32 {
            self.end_word();
        }
    }

    /// Notes the character before `i`, the last of a block, as the one that a mark at `i` may compose with. After a
    /// separator a mark is nothing, so there is none to go back to.
    #[inline(always)]
    fn note_starter(&mut self, source: &[u8], i: usize) {
        (self.starter, self.before_starter, self.last_mark) = (i, self.state, '\0');
        if self.state.place == Place::InWord as u32 {
            // Blocks hold only words whose characters are as long as they were.
            let len = source[..i].iter().rev().take_while(|&&c| c & 0xC0 == 0x80).count();
            let len = len + 1;
            let at = self.state.at - len;
            let first = at == 0 || self.out[at - 1] == b' ';
            let place = if first { Place::Between } else { Place::InWord };
            (self.starter, self.before_starter) = (i - len, State { at, place: place as u32, ..self.state });
        }
    }

    /// Folds characters from `i`, where one beyond ASCII begins, until ASCII goes on for a while or `most` bytes are
    /// behind it, a window at a time; returns where that is.
    #[inline(always)]
    fn walk<M: Machine>(&mut self, text: &str, mut i: usize, most: usize, table: &FoldTable) -> usize {
        let source = text.as_bytes();
        let enough = if M::AVX512 { i + most } else { source.len() };
        // A block may end before a letter that what comes next would change.
        let (mut carried, mut tail) = (near(1), [0; WINDOW]);
        while i < source.len() {
            let (window, present) = view::<WINDOW>(source, i, &mut tail);
            let block = window.first_chunk().unwrap_or(&[0; BLOCK]);
            let stretch = (near(high_bits::<M>(block)) | carried).trailing_ones();
            let chars = char_starts::<M>(block) & low_bits(stretch.min(present as u32)) & low_bits((enough - i) as u32);
            i = self.walk_window::<M>(text, i, window, chars, table);
            if stretch < 64 || i >= enough {
                break;
            }
            carried = near(1);
        }
        i
    }

    /// Folds the characters of the window that begins at `base` of which `chars` has the places; returns where the last
    /// one ends.
    #[inline(always)]
    fn walk_window<M: Machine>(
        &mut self,
        text: &str,
        base: usize,
        window: &[u8; WINDOW],
        mut chars: u64,
        table: &FoldTable,
    ) -> usize {
        let (mut state, mut starter, mut before_starter) = (self.state, self.starter, self.before_starter);
        let mut last_mark = self.last_mark;
        // Where the last character began, or, with a length of 0, where what took care ends.
        let (mut last, mut last_bytes) = (base, None);
        while chars != 0 {
            let offset = chars.trailing_zeros() as usize;
            let bytes = window[offset..].first_chunk().map_or(0, |bytes: &[u8; 4]| u32::from_le_bytes(*bytes));
            let entry = table.entry(decode::<M>(bytes));
            chars &= chars - 1;
            (last, last_bytes) = (base + offset, Some(bytes));
            if entry.is_careful() {
                (self.state, self.starter, self.before_starter) = (state, starter, before_starter);
                self.last_mark = last_mark;
                (last, last_bytes) = (self.fold_careful(text, base + offset, table), None);
                // What a stretch took further on than its first character is done.
                let done = last - base;
                chars &= if done < 64 { u64::MAX << done } else { 0 };
                (state, starter, before_starter) = (self.state, self.starter, self.before_starter);
                last_mark = self.last_mark;
                continue;
            }
            (starter, before_starter, last_mark) = (base + offset, state, '\0');
            let step = entry.steps() >> state.place;
            // A space that may count, and four bytes of which some do.
            let target = &mut self.out[state.at..state.at + 5];
            target[0] = b' ';
            let after = (step & 1) as usize;
            target[after..after + 4].copy_from_slice(&entry.bytes());
            state.at += (step >> 5 & 7) as usize;
            state.place = step & 0x18;
            state.singles += entry.singles();
        }
        (self.state, self.starter, self.before_starter) = (state, starter, before_starter);
        self.last_mark = last_mark;
        last + last_bytes.map_or(0, char_len)
    }

    /// Folds the character at `i`, which takes care, and maybe some after it; returns where they end.
    #[inline(never)]
    fn fold_careful(&mut self, text: &str, i: usize, table: &FoldTable) -> usize {
        let Some(c) = text[i..].chars().next() else { return text.len() };
        let entry = table.entry_of(c);
        match entry.care() {
            Care::Dependent if c as u32 >= 0x1_0000 => return self.fold_astral(text, i, c, table),
            Care::Dependent if c == '\0' => return self.fold_several(text, i, c, table),
            Care::Dependent => return self.fold_dependent(text, i, table),
            Care::Several(_) => return self.fold_several(text, i, c, table),
            Care::Ordered => {
                let class = canonical_combining_class;
                if self.last_mark != '\0' && class(self.last_mark) > class(c) {
                    return self.fold_dependent(text, i, table);
                }
            }
            Care::Composing => {
                let before = text[..i].chars().next_back();
                if self.last_mark != '\0' || !before.is_some_and(|before| table.composes_not(before, c)) {
                    return self.fold_dependent(text, i, table);
                }
            }
        }
        if canonical_combining_class(c) == 0 {
            (self.starter, self.before_starter, self.last_mark) = (i, self.state, '\0');
        } else {
            self.last_mark = c;
        }
        self.take_step(entry);
        i + c.len_utf8()
    }

    /// Folds a character that nothing before it changes and returns where the next one begins.
    fn fold_several(&mut self, text: &str, i: usize, c: char, table: &FoldTable) -> usize {
        (self.starter, self.before_starter) = (i, self.state);
        match table.entry_of(c).care() {
            Care::Several(number) if c as u32 <= 0xFFFF => {
                let expansion = table.expansion(number);
                self.push_several(&expansion.folded);
                self.last_mark = expansion.last_mark;
            }
            _ => {
                let normal: Vec<char> = std::iter::once(c).nfkc().collect();
                normal.iter().for_each(|&c| self.push_several(&fold_char(c, table.form())));
                self.last_mark = last_mark(&normal);
            }
        }
        self.reserve(text.len() - i);
        i + c.len_utf8()
    }

    /// Writes what becomes of a character of NFKC text.
    fn push_normal(&mut self, c: char, table: &FoldTable) {
        let entry = table.entry_of(c);
        match entry.is_careful().then(|| entry.care()) {
            Some(Care::Dependent) => self.push_several(&fold_char(c, table.form())),
            Some(Care::Several(number)) => self.push_several(&table.expansion(number).folded),
            _ => {
                self.reserve(0);
                self.take_step(entry);
            }
        }
    }

    /// Writes what the entry says.
    #[inline(always)]
    fn take_step(&mut self, entry: Entry) {
        let step = entry.steps() >> self.state.place;
        let at = self.state.at;
        self.out[at] = b' ';
        let after = at + (step & 1) as usize;
        self.out[after..after + 4].copy_from_slice(&entry.bytes());
        self.state.at += (step >> 5 & 7) as usize;
        self.state.place = step & 0x18;
        self.state.singles += entry.singles();
    }

    fn push_several(&mut self, several: &[(Kind, char)]) {
        for &(kind, c) in several {
            self.reserve(0);
            let in_token = self.state.place != Place::Between as u32;
            match kind {
                Kind::Mark if !in_token => continue,
                Kind::Separator => {
                    self.end_word();
                    continue;
                }
                Kind::Word => self.end_after_mark(),
                Kind::Single => self.end_word(),
                Kind::Mark => {}
            }
            let len = c.encode_utf8(&mut self.out[self.state.at..]).len();
            self.state.at += len;
            self.state.place = if kind == Kind::Mark { Place::AfterMark } else { Place::InWord } as u32;
            if kind == Kind::Single {
                self.end_word();
                self.state.singles += 1;
            }
        }
    }

    /// Folds the character beyond U+FFFF at `i` and returns where the next one begins.
    fn fold_astral(&mut self, text: &str, i: usize, c: char, table: &FoldTable) -> usize {
        let pictures = matches!(c, '\u{1F000}'..='\u{1F0FF}' | '\u{1F300}'..='\u{1FAFF}');
        let plain_han = matches!(c, '\u{20000}'..='\u{2EBE0}' | '\u{30000}'..='\u{323AF}');
        if pictures && table.form().drop_punctuation {
            (self.starter, self.before_starter, self.last_mark) = (i, self.state, '\0');
            self.end_word();
            return i + c.len_utf8();
        }
        if !pictures && !plain_han && depends_on_neighbours(c) {
            return self.fold_dependent(text, i, table);
        }
        self.fold_several(text, i, c, table)
    }

    /// Folds, through NFKC, the stretch around `i` within which characters depend on each other: from the last starter to
    /// the next. Returns where it ends.
    #[cold]
    fn fold_dependent(&mut self, text: &str, i: usize, table: &FoldTable) -> usize {
        let start = self.starter.min(i);
        let mut end = text.len();
        for (offset, c) in text[i..].char_indices().skip(1) {
            let entry = table.entry_of(c);
            let stays = match c as u32 {
                0..0x80 => true,
                0x1_0000.. => !depends_on_neighbours(c),
                _ => !entry.is_careful() || matches!(entry.care(), Care::Several(_)),
            };
            if stays {
                end = i + offset;
                break;
            }
        }
        self.state = self.before_starter;
        for c in text[start..end].nfkc() {
            self.push_normal(c, table);
        }
        // The next character is a starter and notes itself; a second stretch never follows directly on this one.
        (self.starter, self.before_starter, self.last_mark) = (end, self.state, '\0');
        self.reserve(text.len() - start);
        end
    }
}

#[cfg(test)]
mod tests;

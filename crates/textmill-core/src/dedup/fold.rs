//! What each character becomes in the canonical form: the table of the Basic Multilingual Plane, and the rule behind it.
//!
//! The rule for one character of NFKC text is [`fold_char`]; the table holds, for each character of *any* text, what
//! NFKC and the rule make of it, and whether its neighbours could change that. The walk over a text is in `canonical`.

mod neighbours;

use unicode_normalization::char::{canonical_combining_class, compose, decompose_compatible, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization};

use neighbours::quick;
pub(crate) use neighbours::{depends_on_neighbours, last_mark};

use super::config::CanonicalForm;
use super::instructions::Instructions;
use super::page::{Page, make_pages};

/// What a character is in the canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Ends a word.
    Separator,
    /// Belongs to a word.
    Word,
    /// A token of its own: a character of a script written without spaces.
    Single,
    /// A combining mark: belongs to the word before it, and is nothing without one.
    Mark,
}

/// Where the walk stands. As a number, the place of its step in an [`Entry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Place {
    /// After a space or at the start.
    Between = 0,
    /// In a word.
    InWord = 8,
    /// After a mark, so that a letter that follows begins a token.
    AfterMark = 16,
}

impl Place {
    /// The place of that number.
    #[inline(always)]
    pub(crate) fn of(number: u32) -> Place {
        match number {
            0 => Place::Between,
            8 => Place::InWord,
            _ => Place::AfterMark,
        }
    }
}

const PLACES: [Place; 3] = [Place::Between, Place::InWord, Place::AfterMark];

/// What the walk does with a character in one place: bit 0, it writes a space before; bits 3 and 4, the next place;
/// bits 5..8, the bytes that count of those it wrote.
const fn step(space_before: bool, written: usize, next: Place) -> u64 {
    space_before as u64 | next as u64 | ((written + space_before as usize) as u64) << 5
}

fn step_of(kind: Option<Kind>, len: usize, place: Place) -> u64 {
    let between = place == Place::Between;
    match kind {
        None => step(false, 0, place),
        Some(Kind::Separator) => step(false, usize::from(!between), Place::Between),
        Some(Kind::Word) => step(place == Place::AfterMark, len, Place::InWord),
        Some(Kind::Single) => step(!between, len + 1, Place::Between),
        Some(Kind::Mark) if between => step(false, 0, Place::Between),
        Some(Kind::Mark) => step(false, len, Place::AfterMark),
    }
}

/// Why a character takes more than its step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// It has a combining class, and may have to change places with a mark before it.
    Ordered,
    /// It may compose with the character before it.
    Composing,
    /// It becomes several characters: the number of the expansion.
    Several(usize),
    /// What it becomes depends on its neighbours, or it is not in the table.
    Dependent,
}

/// What becomes of one character: its bytes in bits 0..32 (a single's with a space after them), a [`step`] for each
/// [`Place`] in bits 32..56, then flags.
#[derive(Clone, Copy)]
pub(crate) struct Entry(u64);

const SINGLE: u64 = 1 << 61;
const STABLE: u64 = 1 << 62;
const CARE: u64 = 1 << 63;
const CARES: u32 = 56;

impl Entry {
    /// Of a character that becomes one character, or nothing.
    fn simple(folded: Option<(Kind, char)>) -> Entry {
        let mut bytes = [0; 4];
        let len = folded.map_or(0, |(_, c)| c.encode_utf8(&mut bytes).len());
        debug_assert!(len <= 3, "the planes above the first are never in the table");
        let kind = folded.map(|(kind, _)| kind);
        let single = kind == Some(Kind::Single);
        if single {
            bytes[len] = b' ';
        }
        let steps = PLACES.iter().fold(0, |all, &place| all | step_of(kind, len, place) << (32 + place as u32));
        Entry(u64::from(u32::from_le_bytes(bytes)) | steps | if single { SINGLE } else { 0 })
    }

    fn with_care(self, care: Care) -> Entry {
        let (kind, number) = match care {
            Care::Ordered => (0, 0),
            Care::Composing => (1, 0),
            Care::Several(number) => (2, number),
            Care::Dependent => (3, 0),
        };
        let number = if number > 0 { number as u64 } else { 0 };
        let body = if kind == 2 { number } else { self.0 & !CARE };
        Entry(body | kind << CARES | CARE)
    }

    /// Whether there is a [`care`](Entry::care) to take.
    #[inline(always)]
    pub(crate) fn is_careful(self) -> bool {
        self.0 & CARE != 0
    }

    /// The care to take of a careful one.
    pub(crate) fn care(self) -> Care {
        match self.0 >> CARES & 3 {
            0 => Care::Ordered,
            1 => Care::Composing,
            2 => Care::Several((self.0 & 0xFFFF_FFFF) as usize),
            _ => Care::Dependent,
        }
    }

    /// The bytes to write.
    #[inline(always)]
    pub(crate) fn bytes(self) -> [u8; 4] {
        (self.0 as u32).to_le_bytes()
    }

    /// The steps, of which the one for a place begins at its bit.
    #[inline(always)]
    pub(crate) fn steps(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// 1 if the character is a token of its own.
    #[inline(always)]
    pub(crate) fn singles(self) -> usize {
        usize::from(self.0 & SINGLE != 0)
    }

    /// What it becomes, whatever care it takes, if that is one character of `len` bytes or the end of a word.
    pub(crate) fn folded(self, len: usize) -> Option<(Kind, [u8; 4])> {
        let steps =
            |kind| PLACES.iter().fold(0, |all, &place| all | (step_of(Some(kind), len, place) as u32) << place as u32);
        let kinds = [Kind::Separator, Kind::Word, Kind::Single, Kind::Mark];
        let kind = kinds.into_iter().find(|&kind| steps(kind) == self.steps() & 0xFF_FFFF)?;
        Some((kind, self.bytes()))
    }

    /// Whether it is its own decomposition and no mark with a class: nothing but a composition changes it.
    pub(crate) fn is_stable(self) -> bool {
        self.0 & STABLE != 0
    }
}

/// What a character of [`Care::Several`] becomes.
pub(crate) struct Expansion {
    pub(crate) folded: Box<[(Kind, char)]>,
    /// The last character of its NFKC if that has a combining class, else NUL.
    pub(crate) last_mark: char,
}

/// The entries of U+0000..=U+FFFF for one canonical form.
pub(crate) struct FoldTable {
    form: CanonicalForm,
    entries: Box<[Entry]>,
    expansions: Vec<Expansion>,
    /// What each ASCII character becomes.
    ascii: [u8; 128],
    pages: Vec<Page>,
    /// A bit for each character of the plane: it is of a script written without spaces.
    unspaced: Box<[u64]>,
}

impl FoldTable {
    pub(crate) fn new(form: CanonicalForm) -> FoldTable {
        let nothing = Entry::simple(None);
        let bit = |code: u32| u64::from(char::from_u32(code).is_some_and(is_unspaced)) << (code % 64);
        let unspaced =
            (0..1024).map(|word| (64 * word..64 * word + 64).fold(0, |bits, code| bits | bit(code))).collect();
        let entries = vec![nothing; 0x1_0000].into_boxed_slice();
        let mut table =
            FoldTable { form, entries, expansions: Vec::new(), ascii: [b' '; 128], pages: Vec::new(), unspaced };
        for code in 1..0x1_0000 {
            table.entries[code as usize] = char::from_u32(code).map_or(nothing, |c| table.make_entry(c));
        }
        // The walk looks characters beyond the plane up here.
        table.entries[0] = nothing.with_care(Care::Dependent);
        for (code, folded) in table.ascii.iter_mut().enumerate() {
            *folded = if code == 0 { b' ' } else { table.entries[code].bytes()[0] };
        }
        if Instructions::Avx512.available() {
            table.pages = make_pages(|code| table.entry(code));
        }
        table
    }

    /// Tables for whole registers; none where the machine has none that long.
    pub(crate) fn pages(&self) -> &[Page] {
        &self.pages
    }

    pub(crate) fn form(&self) -> CanonicalForm {
        self.form
    }

    /// What each ASCII character becomes.
    #[inline(always)]
    pub(crate) fn ascii(&self) -> &[u8; 128] {
        &self.ascii
    }

    /// The entry of a character below U+10000.
    #[inline(always)]
    pub(crate) fn entry(&self, code: u32) -> Entry {
        self.entries[(code & 0xFFFF) as usize]
    }

    /// The entry of any character.
    pub(crate) fn entry_of(&self, c: char) -> Entry {
        self.entry(if (c as u32) < 0x1_0000 { c as u32 } else { 0 })
    }

    /// Whether a token that begins with those bytes, of which it has three or four, the first one no less than 0xE0, is a
    /// single character of a script written without spaces.
    #[inline(always)]
    pub(crate) fn is_single_token(&self, first: [u8; 4], len: usize) -> bool {
        let [a, b, c, d] = first.map(u32::from);
        let three = (a & 0xF) << 12 | (b & 0x3F) << 6 | c & 0x3F;
        if len == 3 {
            return self.unspaced[(three / 64) as usize & 1023] >> (three % 64) & 1 == 1;
        }
        a >= 0xF0
            && char::from_u32((a & 7) << 18 | (b & 0x3F) << 12 | (c & 0x3F) << 6 | d & 0x3F).is_some_and(is_unspaced)
    }

    /// What a character of [`Care::Several`] becomes.
    pub(crate) fn expansion(&self, number: usize) -> &Expansion {
        &self.expansions[number]
    }

    /// Whether a character that may compose stays as it is after this one.
    pub(crate) fn composes_not(&self, before: char, c: char) -> bool {
        self.entry_of(before).is_stable() && compose(before, c).is_none()
    }

    fn make_entry(&mut self, c: char) -> Entry {
        // Most of the plane, without asking for each of its characters: the table is made at the start of every run.
        let plain = |kind| Entry::simple(Some((kind, c))).0;
        match c {
            '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' => Entry(plain(Kind::Single) | STABLE),
            '\u{AC00}'..='\u{D7A3}' => Entry(plain(Kind::Word)),
            _ => self.derive_entry(c),
        }
    }

    fn derive_entry(&mut self, c: char) -> Entry {
        let class = canonical_combining_class(c);
        let mut decomposes = false;
        decompose_compatible(c, |part| decomposes |= part != c);
        // Of those that are normal in any company, which are most of what is left, only the fold is to be asked.
        if class == 0
            && !decomposes
            && quick(c) == IsNormalized::Yes
            && let [(kind, folded)] = fold_char(c, self.form)[..]
            && (folded as u32) < 0x1_0000
        {
            let folded = if kind == Kind::Separator { ' ' } else { folded };
            return Entry(Entry::simple(Some((kind, folded))).0 | STABLE);
        }
        let normal: Vec<char> = std::iter::once(c).nfkc().collect();
        let decomposed: Vec<char> = std::iter::once(c).nfkd().collect();
        let folded: Vec<(Kind, char)> = normal.iter().flat_map(|&c| fold_char(c, self.form)).collect();
        let stable = if class == 0 && decomposed == [c] { STABLE } else { 0 };
        let one = match folded.as_slice() {
            [] => Some(None),
            [(Kind::Separator, _), rest @ ..] if rest.iter().all(|(kind, _)| *kind == Kind::Separator) => {
                Some(Some((Kind::Separator, ' ')))
            }
            [(kind, c)] if (*c as u32) < 0x1_0000 => Some(Some((*kind, *c))),
            _ => None,
        };
        let marks = |chars: &[char]| chars.iter().all(|&c| canonical_combining_class(c) != 0);
        // A letter and its marks, which nothing that follows but marks could change, and those are compared with the last.
        let closed = class == 0
            && normal.len() > 1
            && canonical_combining_class(decomposed[0]) == 0
            && quick(normal[0]) == IsNormalized::Yes
            && marks(&normal[1..]);
        let made = match one {
            Some(one) if class != 0 && quick(c) == IsNormalized::Yes => Entry::simple(one).with_care(Care::Ordered),
            Some(one) if normal == [c] && decomposed == [c] && quick(c) == IsNormalized::Maybe => {
                Entry::simple(one).with_care(Care::Composing)
            }
            _ if !closed && depends_on_neighbours(c) => Entry(0).with_care(Care::Dependent),
            Some(one) if !closed => Entry::simple(one),
            _ => {
                let last_mark = last_mark(&normal);
                self.expansions.push(Expansion { folded: folded.into(), last_mark });
                Entry(0).with_care(Care::Several(self.expansions.len() - 1))
            }
        };
        Entry(made.0 | stable)
    }
}

/// What one character of NFKC text becomes: nothing, one character or several, each with its kind, which is
/// [`Kind::Separator`], [`Kind::Word`], [`Kind::Single`] or [`Kind::Mark`].
///
/// Case is folded by way of lower, upper and lower case again, so that a text and its copy in capitals become the same
/// in every language: `ß` and `SS` are `ss`, `ς` is `σ`, `ı` and `İ` are `i`.
pub(crate) fn fold_char(c: char, form: CanonicalForm) -> Vec<(Kind, char)> {
    if is_dropped(c) {
        return Vec::new();
    }
    if c.is_whitespace() || c.is_control() || matches!(c, '\u{200B}' | '\u{200C}') {
        return vec![(Kind::Separator, ' ')];
    }
    let cased: Vec<char> = if !form.fold_case {
        vec![c]
    } else if c == 'İ' {
        vec!['i']
    } else {
        let cased = c.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
        cased.nfkc().map(|c| if c == 'ς' { 'σ' } else { c }).collect()
    };
    cased.into_iter().map(|c| classify(c, form)).collect()
}

fn classify(c: char, form: CanonicalForm) -> (Kind, char) {
    let wordly = c.is_alphanumeric() || c == '_';
    if !wordly && !is_combining_mark(c) {
        return if form.drop_punctuation { (Kind::Separator, ' ') } else { (Kind::Word, c) };
    }
    if form.fold_digits && is_decimal_digit(c) {
        return (Kind::Word, '0');
    }
    if is_unspaced(c) {
        (Kind::Single, c)
    } else if is_combining_mark(c) {
        (Kind::Mark, c)
    } else {
        (Kind::Word, c)
    }
}

/// Invisible characters that a copy may have or lack: soft hyphen, combining grapheme joiner, zero-width joiner,
/// direction marks, word joiner and its like, variation selectors, BOM.
fn is_dropped(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{200D}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{180B}'..='\u{180F}'
        | '\u{E0100}'..='\u{E01EF}')
}

/// Decimal digits of the scripts in wide use; those of other scripts stay as they are.
fn is_decimal_digit(c: char) -> bool {
    c.is_ascii_digit()
        || matches!(c, '\u{660}'..='\u{669}' | '\u{6F0}'..='\u{6F9}' | '\u{966}'..='\u{96F}' | '\u{9E6}'..='\u{9EF}'
            | '\u{E50}'..='\u{E59}' | '\u{ED0}'..='\u{ED9}' | '\u{1040}'..='\u{1049}' | '\u{17E0}'..='\u{17E9}')
}

/// Whether the character is of a script written without spaces between words: Han, Kana, Thai, Lao, Khmer, Myanmar.
///
/// Source: Unicode `Scripts.txt`, by block where the block is of one script.
pub(crate) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{2E80}'..='\u{2FDF}'
        | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3031}'..='\u{3035}' | '\u{3038}'..='\u{303C}'
        | '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{A9E0}'..='\u{A9FF}' | '\u{AA60}'..='\u{AA7F}' | '\u{F900}'..='\u{FAFF}' | '\u{1AFF0}'..='\u{1B16F}'
        | '\u{20000}'..='\u{3FFFD}')
}

//! What each character becomes in the canonical form: the table of the Basic Multilingual Plane, and the rule behind it.
//!
//! The rule for one character of NFKC text is [`fold_char`]; the table holds, for each character of *any* text, what
//! NFKC and the rule make of it, and whether its neighbours could change that. The walk over a text is in `canonical`.

use unicode_normalization::char::{canonical_combining_class, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use super::config::CanonicalForm;

/// What a character is to the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// Ends a word.
    Separator = 0,
    /// Belongs to a word.
    Word = 1,
    /// A token of its own: a character of a script written without spaces.
    Single = 2,
    /// A combining mark of class 0: belongs to the word before it, and is nothing without one.
    Mark = 3,
    /// The same with a combining class, which may have to change places with its neighbours.
    OrderedMark = 4,
    /// Nothing at all: soft hyphens, joiners, variation selectors.
    Dropped = 5,
    /// Becomes several characters, listed in [`FoldTable::expansions`].
    Several = 6,
    /// What it becomes depends on its neighbours.
    Dependent = 7,
    /// A token of its own with a combining class: the tone marks of Thai and its like.
    OrderedSingle = 8,
}

/// One entry: kind in bits 0..4, number of bytes in bits 4..8, UTF-8 in bits 8..32; for [`Kind::Several`] the number of
/// the expansion in bits 8..32.
#[derive(Clone, Copy)]
pub(crate) struct Entry(u32);

impl Entry {
    const fn plain(kind: Kind) -> Entry {
        Entry(kind as u32)
    }

    fn with_char(kind: Kind, c: char) -> Entry {
        let mut bytes = [0; 4];
        let len = c.encode_utf8(&mut bytes).len();
        debug_assert!(len <= 3, "the planes above the first are never in the table");
        Entry(kind as u32 | (len as u32) << 4 | u32::from_le_bytes(bytes) << 8)
    }

    #[inline(always)]
    pub(crate) fn kind(self) -> Kind {
        match self.0 & 15 {
            0 => Kind::Separator,
            1 => Kind::Word,
            2 => Kind::Single,
            3 => Kind::Mark,
            4 => Kind::OrderedMark,
            5 => Kind::Dropped,
            6 => Kind::Several,
            8 => Kind::OrderedSingle,
            _ => Kind::Dependent,
        }
    }

    /// Number of bytes of the folded character.
    #[inline(always)]
    pub(crate) fn len(self) -> usize {
        (self.0 >> 4 & 15) as usize
    }

    /// The bytes of the folded character, then zeros.
    #[inline(always)]
    pub(crate) fn bytes(self) -> [u8; 4] {
        (self.0 >> 8).to_le_bytes()
    }

    fn expansion(self) -> usize {
        (self.0 >> 8) as usize
    }
}

/// The entries of U+0000..=U+FFFF for one canonical form.
pub(crate) struct FoldTable {
    form: CanonicalForm,
    entries: Box<[Entry]>,
    expansions: Vec<Box<[(Kind, char)]>>,
}

impl FoldTable {
    pub(crate) fn new(form: CanonicalForm) -> FoldTable {
        let mut table = FoldTable { form, entries: Box::default(), expansions: Vec::new() };
        let mut entries = Vec::with_capacity(0x1_0000);
        for code in 0..0x1_0000 {
            entries.push(char::from_u32(code).map_or(Entry::plain(Kind::Separator), |c| table.make_entry(c)));
        }
        table.entries = entries.into_boxed_slice();
        table
    }

    pub(crate) fn form(&self) -> CanonicalForm {
        self.form
    }

    /// The entry of a character below U+10000.
    #[inline(always)]
    pub(crate) fn entry(&self, code: u32) -> Entry {
        self.entries[(code & 0xFFFF) as usize]
    }

    /// What a character of [`Kind::Several`] becomes.
    pub(crate) fn expansion(&self, entry: Entry) -> &[(Kind, char)] {
        &self.expansions[entry.expansion()]
    }

    fn make_entry(&mut self, c: char) -> Entry {
        let folded: Vec<(Kind, char)> = std::iter::once(c).nfkc().flat_map(|c| fold_char(c, self.form)).collect();
        let keeps_order = canonical_combining_class(c) != 0 && quick(c) == IsNormalized::Yes;
        match folded.as_slice() {
            [(Kind::Mark, mark)] if keeps_order => Entry::with_char(Kind::OrderedMark, *mark),
            [(Kind::Single, mark)] if keeps_order => Entry::with_char(Kind::OrderedSingle, *mark),
            _ if depends_on_neighbours(c) => Entry::plain(Kind::Dependent),
            [] => Entry::plain(Kind::Dropped),
            [(Kind::Separator, _), rest @ ..] if rest.iter().all(|(kind, _)| *kind == Kind::Separator) => {
                Entry::plain(Kind::Separator)
            }
            [(kind, c)] if (*c as u32) < 0x1_0000 => Entry::with_char(*kind, *c),
            several => {
                self.expansions.push(several.into());
                Entry(Kind::Several as u32 | ((self.expansions.len() - 1) as u32) << 8)
            }
        }
    }
}

fn quick(c: char) -> IsNormalized {
    is_nfkc_quick(std::iter::once(c))
}

/// Whether NFKC may treat the character otherwise among others than alone: it composes with what stands before it, is
/// put in order with other marks, or ends in a mark that is.
pub(crate) fn depends_on_neighbours(c: char) -> bool {
    let alone: Vec<char> = std::iter::once(c).nfkc().collect();
    let first_depends = alone
        .first()
        .is_some_and(|&first| canonical_combining_class(first) != 0 || quick(first) == IsNormalized::Maybe);
    let decomposed: Vec<char> = std::iter::once(c).nfkd().collect();
    first_depends
        || canonical_combining_class(c) != 0
        || quick(c) == IsNormalized::Maybe
        || alone.len() > 1 && alone.iter().any(|&c| canonical_combining_class(c) != 0)
        || decomposed.first().is_some_and(|&first| canonical_combining_class(first) != 0)
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
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{2E80}'..='\u{2FDF}'
        | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3031}'..='\u{3035}' | '\u{3038}'..='\u{303C}'
        | '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{A9E0}'..='\u{A9FF}' | '\u{AA60}'..='\u{AA7F}' | '\u{F900}'..='\u{FAFF}' | '\u{1AFF0}'..='\u{1B16F}'
        | '\u{20000}'..='\u{3FFFD}')
}

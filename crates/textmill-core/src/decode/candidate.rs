//! The charsets that are weighed against each other, and what their bytes are in the model.

use std::sync::OnceLock;

use super::charset::Charset;
use super::model::{Script, model};

/// A single-byte charset and what its bytes are in the model of its script.
pub(super) struct Candidate {
    pub(super) charset: Charset,
    pub(super) script: Script,
    /// How rare the charset is, in quarters of a bit.
    pub(super) prior: u32,
    /// What each byte stands for.
    pub(super) chars: [char; 256],
    /// Classes in the model of the script.
    pub(super) classes: [u8; 256],
    /// Classes in the model of the Latin script, for signs among ASCII.
    pub(super) latin_classes: [u8; 256],
    pub(super) cases: [Case; 256],
    /// Whether a byte is a letter of the script, ASCII or of the charset's other letters.
    pub(super) letters: [bool; 256],
    /// Whether a byte is a sign that does not stand inside words.
    pub(super) signs: [bool; 256],
}

/// Whether a letter is small or capital.
#[derive(Clone, Copy)]
pub(super) enum Case {
    None,
    Lower,
    Upper,
}

impl Case {
    pub(super) fn of(char: char) -> Case {
        if char.is_lowercase() {
            Case::Lower
        } else if char.is_uppercase() {
            Case::Upper
        } else {
            Case::None
        }
    }

    /// What it costs that `next` follows, in quarters of a bit: words in mixed case are rare.
    pub(super) fn cost_before(self, next: Case) -> u32 {
        match (self, next) {
            (Case::None, Case::Lower) => 1,
            (Case::None, Case::Upper) => 11,
            (Case::Lower, Case::Upper) => 36,
            (Case::Upper, Case::Upper) => 8,
            (Case::Upper, Case::Lower) => 2,
            _ => 0,
        }
    }
}

/// Label, script, and how rare the charset is on the web and in files, in bits: judgement, not measured.
///
/// The usual one of each script stands first, so that what is hopeless is soon known to be.
const SINGLE_BYTE: [(&str, Script, u32); 50] = [
    ("windows-1252", Script::Latin, 0),
    ("windows-1251", Script::Cyrillic, 2),
    ("windows-1253", Script::Greek, 3),
    ("windows-1255", Script::Hebrew, 3),
    ("windows-1256", Script::Arabic, 3),
    ("windows-874", Script::Thai, 3),
    ("windows-1250", Script::Latin, 2),
    ("koi8-r", Script::Cyrillic, 4),
    ("windows-1254", Script::Latin, 3),
    ("windows-1257", Script::Latin, 3),
    ("windows-1258", Script::Latin, 4),
    ("iso-8859-2", Script::Latin, 3),
    ("iso-8859-15", Script::Latin, 4),
    ("iso-8859-16", Script::Latin, 6),
    ("iso-8859-3", Script::Latin, 7),
    ("iso-8859-4", Script::Latin, 6),
    ("iso-8859-10", Script::Latin, 8),
    ("iso-8859-13", Script::Latin, 6),
    ("iso-8859-14", Script::Latin, 8),
    ("ibm850", Script::Latin, 6),
    ("ibm437", Script::Latin, 6),
    ("ibm852", Script::Latin, 7),
    ("macintosh", Script::Latin, 6),
    ("ibm858", Script::Latin, 9),
    ("ibm775", Script::Latin, 8),
    ("ibm857", Script::Latin, 8),
    ("ibm860", Script::Latin, 9),
    ("ibm861", Script::Latin, 9),
    ("ibm863", Script::Latin, 9),
    ("ibm865", Script::Latin, 9),
    ("x-mac-ce", Script::Latin, 8),
    ("x-mac-turkish", Script::Latin, 9),
    ("x-mac-croatian", Script::Latin, 10),
    ("x-mac-romanian", Script::Latin, 10),
    ("x-mac-icelandic", Script::Latin, 10),
    ("koi8-u", Script::Cyrillic, 5),
    ("iso-8859-5", Script::Cyrillic, 7),
    ("ibm866", Script::Cyrillic, 6),
    ("ibm855", Script::Cyrillic, 8),
    ("ibm1125", Script::Cyrillic, 8),
    ("x-mac-cyrillic", Script::Cyrillic, 8),
    ("kz-1048", Script::Cyrillic, 8),
    ("iso-8859-7", Script::Greek, 4),
    ("ibm737", Script::Greek, 8),
    ("ibm869", Script::Greek, 9),
    ("x-mac-greek", Script::Greek, 9),
    ("iso-8859-8", Script::Hebrew, 6),
    ("ibm862", Script::Hebrew, 8),
    ("iso-8859-6", Script::Arabic, 6),
    ("ibm720", Script::Arabic, 8),
];

/// Charsets of several bytes, and how rare they are, in bits.
const MULTI_BYTE: [(&str, u32); 6] =
    [("shift_jis", 1), ("gbk", 1), ("big5", 1), ("euc-kr", 2), ("euc-jp", 2), ("johab", 10)];

/// A set of charsets: a bit for each of those of several bytes, then for each of the single-byte ones.
pub(super) type Field = u64;

const _: () = assert!(MULTI_BYTE.len() + SINGLE_BYTE.len() <= Field::BITS as usize);

/// The single-byte charsets.
pub(super) fn single_byte() -> &'static [Candidate] {
    static BUILT: OnceLock<Vec<Candidate>> = OnceLock::new();
    BUILT.get_or_init(|| SINGLE_BYTE.iter().filter_map(build).collect())
}

/// The charsets of several bytes, and how rare they are, in quarters of a bit.
pub(super) fn multi_byte() -> &'static [(Charset, u32)] {
    static BUILT: OnceLock<Vec<(Charset, u32)>> = OnceLock::new();
    BUILT.get_or_init(|| {
        MULTI_BYTE.iter().filter_map(|&(label, prior)| Some((Charset::from_label(label)?, prior * 4))).collect()
    })
}

fn build(&(label, script, prior): &(&str, Script, u32)) -> Option<Candidate> {
    let charset = Charset::from_label(label)?;
    let own = model().script(script);
    let latin = model().script(Script::Latin);
    // Every byte is a character, or malformed by itself.
    let mut text = String::new();
    charset.decode_into(&std::array::from_fn::<u8, 256, _>(|byte| byte as u8), &mut text);
    let mut read = text.chars();
    let chars: [char; 256] = std::array::from_fn(|_| read.next().unwrap_or('\u{FFFD}'));
    let letters = chars.map(|char| char.is_alphabetic() || own.is_letter(own.class(char)));
    Some(Candidate {
        charset,
        script,
        prior: prior * 4,
        chars,
        classes: chars.map(|char| own.class(char)),
        latin_classes: chars.map(|char| latin.class(char)),
        cases: chars.map(Case::of),
        letters,
        // Apostrophes, the dot of Catalan, soft hyphens and joiners stand inside words.
        signs: std::array::from_fn(|byte| !letters[byte] && !matches!(chars[byte], '’' | '·' | '\u{AD}' | '\u{200C}')),
    })
}

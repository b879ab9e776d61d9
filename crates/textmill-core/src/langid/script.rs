//! Scripts, and the table that folds a code point to what the model sees of it.
//!
//! A script either belongs to one language, which is then known from the letters alone, or it has a head of its own in
//! the model. The table covers the Basic Multilingual Plane; letters beyond it are rare and count as no letters here.

use std::sync::LazyLock;

/// A script; those before [`Script::Grek`] have a head in the model, the others belong to one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "the variants are ISO 15924 codes")]
pub enum Script {
    Latn,
    Cyrl,
    Arab,
    Deva,
    Beng,
    Hebr,
    Hani,
    Ethi,
    Tibt,
    Mymr,
    Cans,
    Grek,
    Armn,
    Geor,
    Thai,
    Laoo,
    Khmr,
    Gujr,
    Guru,
    Orya,
    Taml,
    Telu,
    Knda,
    Mlym,
    Sinh,
    Thaa,
    Hang,
    Kana,
    Cher,
    Other,
}

impl Script {
    /// Number of scripts, `Other` included.
    pub const COUNT: usize = Script::Other as usize + 1;
    /// Number of scripts with a head in the model; they come first.
    pub const MODELLED: usize = Script::Grek as usize;

    /// Every script, in order.
    pub const ALL: [Script; Self::COUNT] = {
        #[allow(clippy::enum_glob_use, reason = "a list of all variants")]
        use Script::*;
        [
            Latn, Cyrl, Arab, Deva, Beng, Hebr, Hani, Ethi, Tibt, Mymr, Cans, Grek, Armn, Geor, Thai, Laoo, Khmr, Gujr,
            Guru, Orya, Taml, Telu, Knda, Mlym, Sinh, Thaa, Hang, Kana, Cher, Other,
        ]
    };

    /// Whether words are written without a space between them.
    pub(crate) const fn is_unspaced(self) -> bool {
        use Script::{Hani, Kana, Khmr, Laoo, Mymr, Other, Thai, Tibt};
        matches!(self, Hani | Kana | Khmr | Laoo | Mymr | Other | Thai | Tibt)
    }

    /// The code of the language that owns the script, if one does.
    pub const fn owner(self) -> Option<&'static str> {
        Some(match self {
            Script::Grek => "el",
            Script::Armn => "hy",
            Script::Geor => "ka",
            Script::Thai => "th",
            Script::Laoo => "lo",
            Script::Khmr => "km",
            Script::Gujr => "gu",
            Script::Guru => "pa",
            Script::Orya => "or",
            Script::Taml => "ta",
            Script::Telu => "te",
            Script::Knda => "kn",
            Script::Mlym => "ml",
            Script::Sinh => "si",
            Script::Thaa => "dv",
            Script::Hang => "ko",
            Script::Kana => "ja",
            Script::Cher => "chr",
            _ => return None,
        })
    }

    /// The script of a letter, from its block.
    pub fn of(letter: char) -> Script {
        match letter as u32 {
            0x41..=0x24F
            | 0x1D00..=0x1D7F
            | 0x1E00..=0x1EFF
            | 0x2C60..=0x2C7F
            | 0xA720..=0xA7FF
            | 0xAB30..=0xAB6F
            | 0x250..=0x2AF
            | 0xFF21..=0xFF5A
            | 0xFB00..=0xFB06 => Script::Latn,
            0x370..=0x3FF | 0x1F00..=0x1FFF => Script::Grek,
            0x400..=0x52F | 0x1C80..=0x1C8F | 0x2DE0..=0x2DFF | 0xA640..=0xA69F => Script::Cyrl,
            0x530..=0x58F => Script::Armn,
            0x590..=0x5FF | 0xFB1D..=0xFB4F => Script::Hebr,
            0x600..=0x6FF | 0x750..=0x77F | 0x870..=0x8FF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFE => Script::Arab,
            0x780..=0x7BF => Script::Thaa,
            0x900..=0x97F | 0xA8E0..=0xA8FF => Script::Deva,
            0x980..=0x9FF => Script::Beng,
            0xA00..=0xA7F => Script::Guru,
            0xA80..=0xAFF => Script::Gujr,
            0xB00..=0xB7F => Script::Orya,
            0xB80..=0xBFF => Script::Taml,
            0xC00..=0xC7F => Script::Telu,
            0xC80..=0xCFF => Script::Knda,
            0xD00..=0xD7F => Script::Mlym,
            0xD80..=0xDFF => Script::Sinh,
            0xE00..=0xE7F => Script::Thai,
            0xE80..=0xEFF => Script::Laoo,
            0xF00..=0xFFF => Script::Tibt,
            0x1000..=0x109F | 0xA9E0..=0xA9FF | 0xAA60..=0xAA7F => Script::Mymr,
            0x10A0..=0x10FF | 0x1C90..=0x1CBF | 0x2D00..=0x2D2F => Script::Geor,
            0x1100..=0x11FF | 0x3130..=0x318F | 0xA960..=0xA97F | 0xAC00..=0xD7FF | 0xFFA0..=0xFFDC => Script::Hang,
            0x1200..=0x139F | 0x2D80..=0x2DDF | 0xAB00..=0xAB2F => Script::Ethi,
            0x13A0..=0x13FF | 0xAB70..=0xABBF => Script::Cher,
            0x1400..=0x167F | 0x18B0..=0x18FF => Script::Cans,
            0x1780..=0x17FF => Script::Khmr,
            0x3040..=0x30FF | 0x31F0..=0x31FF | 0xFF66..=0xFF9F => Script::Kana,
            0x2E80..=0x2FDF | 0x3005..=0x3007 | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF => Script::Hani,
            _ => Script::Other,
        }
    }
}

/// What a code point is to the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// A letter, or a sign that belongs to one.
    Letter,
    /// A mark that is passed over as if it were not there.
    Ignored,
    /// White space.
    Space,
    /// A digit.
    Digit,
    /// Anything else.
    Symbol,
}

/// One entry of the table: the folded letter, its script and kind.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) letter: u16,
    pub(crate) script: Script,
    pub(crate) kind: Kind,
}

/// The entry of every code point of the Basic Multilingual Plane (262 kB, of which a text touches a few lines).
pub(crate) static TABLE: LazyLock<Box<[Entry; 0x1_0000]>> = LazyLock::new(|| {
    let entries: Vec<Entry> = (0..0x1_0000_u32).map(|point| char::from_u32(point).map_or(SYMBOL, entry)).collect();
    entries.try_into().unwrap_or_else(|_| Box::new([SYMBOL; 0x1_0000]))
});

const SYMBOL: Entry = Entry { letter: 0x20, script: Script::Other, kind: Kind::Symbol };

/// Folds one code point: lower case, full-width forms to ASCII, points and vowel marks of Hebrew and Arabic left out.
fn entry(point: char) -> Entry {
    let code = point as u32;
    let script = Script::of(point);
    let kind = match code {
        0x300..=0x36F
        | 0xAD
        | 0x200B..=0x200F
        | 0x2060
        | 0xFE00..=0xFE0F
        | 0xFEFF
        | 0x640
        | 0x64B..=0x655
        | 0x670
        | 0x6D6..=0x6DC
        | 0x6DF..=0x6E8
        | 0x6EA..=0x6ED
        | 0x591..=0x5BD
        | 0x5BF
        | 0x5C1
        | 0x5C2
        | 0x5C4
        | 0x5C5
        | 0x5C7 => Kind::Ignored,
        // Danda, abbreviation signs and the Tibetan delimiters stand between words.
        0x964
        | 0x965
        | 0x970
        | 0xDF4
        | 0xE2F
        | 0xE4F
        | 0xE5A..=0xE5F
        | 0xF01..=0xF14
        | 0xF34..=0xF3F
        | 0x104A..=0x104F
        | 0x17D4..=0x17DB => Kind::Symbol,
        _ if point.is_whitespace() => Kind::Space,
        _ if point.is_numeric() && script != Script::Hani => Kind::Digit,
        // Signs of the Indic and South-East Asian scripts are no letters to Unicode, but they spell.
        0x900..=0xDFF
        | 0xE31..=0xE4E
        | 0xEB1..=0xECD
        | 0xF18..=0xFBC
        | 0x102B..=0x109F
        | 0x17B4..=0x17D3
        | 0x7A6..=0x7B0 => Kind::Letter,
        _ if point.is_alphabetic() => Kind::Letter,
        _ => Kind::Symbol,
    };
    if kind != Kind::Letter {
        return Entry { letter: 0x20, script: Script::Other, kind };
    }
    let folded = match code {
        0xFF21..=0xFF3A => code - 0xFF21 + 0x61,
        0xFF41..=0xFF5A => code - 0xFF41 + 0x61,
        0x130 => 0x69,
        // Comma-below and cedilla letters of Romanian are one letter to the eye and in older text.
        0x15E | 0x15F | 0x218 | 0x219 => 0x15F,
        0x162 | 0x163 | 0x21A | 0x21B => 0x163,
        _ => point.to_lowercase().next().unwrap_or(point) as u32,
    };
    Entry { letter: u16::try_from(folded).unwrap_or(0x20), script, kind }
}

//! What part a character plays in a line, which script it is of, and how seldom it is meant.
//!
//! The blocks are those of the Unicode Standard 16.0; rarities are in tenths of a point, like all costs (see
//! [`plausibility`](super::plausibility)).

#![expect(clippy::match_same_arms, reason = "the tables are in the order of code points")]

use std::sync::LazyLock;

/// What part a character plays in a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    /// Blank, line end, or the edge of the text.
    Space,
    NoBreakSpace,
    SoftHyphen,
    Digit,
    /// ASCII punctuation and the like.
    Point,
    Lower,
    Upper,
    /// A capital of Greek with a tonos, which stands at the start of a word only.
    UpperAccented,
    /// A letter without case.
    Letter,
    Mark,
    /// `“ ‘ «`: opening, but closing in some languages.
    Quote,
    /// `„ ‚`: opening in all languages.
    LowQuote,
    /// `” ›`.
    Closing,
    /// `’`, also an apostrophe.
    Apostrophe,
    /// `»`, closing, but opening in some languages.
    Guillemet,
    Dash,
    Ellipsis,
    /// `• ·`.
    Bullet,
    /// `™ ® © ª º ° ² ³ ¹ † ‡`: may follow a word.
    Superscript,
    Currency,
    /// `¡ ¿`.
    Inverted,
    /// `´ ¨ ¸ ¯ ˜ ˆ`: an accent without its letter.
    Accent,
    Symbol,
    /// Box drawing and blocks.
    Box,
    Control,
    Replacement,
    /// Emoji and other pictures.
    Picture,
}

/// A character's class and script.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Kind {
    pub(super) class: Class,
    /// 0 for what has none; see [`script`].
    pub(super) script: u8,
    pub(super) ascii: bool,
    /// `œ`, which follows no accented letter.
    pub(super) is_oe: bool,
}

pub(super) const LATIN: u8 = 1;
pub(super) const GREEK: u8 = 2;
const CYRILLIC: u8 = 3;
const CJK: u8 = 4;

impl Kind {
    /// The edge of a text.
    pub(super) const EDGE: Kind = Kind { class: Class::Space, script: 0, ascii: true, is_oe: false };

    pub(super) fn is_letter(self) -> bool {
        matches!(self.class, Class::Lower | Class::Upper | Class::UpperAccented | Class::Letter)
    }
}

/// The kind of a character.
#[inline]
pub(super) fn kind(c: char) -> Kind {
    match c {
        'a'..='z' => Kind { class: Class::Lower, script: LATIN, ascii: true, is_oe: false },
        'A'..='Z' => Kind { class: Class::Upper, script: LATIN, ascii: true, is_oe: false },
        ' ' | '\n' => Kind::EDGE,
        '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => {
            Kind { class: Class::Letter, script: CJK, ascii: false, is_oe: false }
        }
        '\0'..='\u{25ff}' => KNOWN[c as usize].0,
        _ => kind_of_others(c),
    }
}

/// Kind and rarity of the characters in which mojibake shows, worked out when the first suspicious place is met.
static KNOWN: LazyLock<Vec<(Kind, i32)>> = LazyLock::new(|| {
    let characters = ('\0'..='\u{25ff}').map(|c| (kind_of_others(c), rarity_of_others(c)));
    characters.collect()
});

fn kind_of_others(c: char) -> Kind {
    let class = match c {
        '0'..='9' => Class::Digit,
        '\t' | '\r' | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{3000}' | '\u{feff}' => Class::Space,
        '\0'..='\u{1f}' | '\u{7f}' => Class::Control,
        '!'..='~' => Class::Point,
        '\u{80}'..='\u{9f}' => Class::Control,
        '\u{a0}' | '\u{202f}' => Class::NoBreakSpace,
        '\u{ad}' => Class::SoftHyphen,
        '“' | '‘' | '«' | '‹' => Class::Quote,
        '„' | '‚' => Class::LowQuote,
        '”' | '›' => Class::Closing,
        '’' | 'ʼ' | 'ʻ' => Class::Apostrophe,
        '»' => Class::Guillemet,
        '\u{2010}'..='\u{2015}' => Class::Dash,
        '…' => Class::Ellipsis,
        '•' | '·' => Class::Bullet,
        '™' | '®' | '©' | 'ª' | 'º' | '°' | '²' | '³' | '¹' | '†' | '‡' | '℠' => Class::Superscript,
        '¢'..='¥' | 'ƒ' | '\u{20a0}'..='\u{20cf}' => Class::Currency,
        '¡' | '¿' => Class::Inverted,
        '´' | '¨' | '¸' | '¯' | '˜' | 'ˆ' | 'ˇ' | '˘' | '˙' | '˛' | '˝' | '΄' | '΅' => Class::Accent,
        '\u{2500}'..='\u{259f}' => Class::Box,
        '\u{fffd}' => Class::Replacement,
        'Ά' | 'Έ'..='Ώ' | '\u{1fba}'..='\u{1fbb}' => Class::UpperAccented,
        '\u{2000}'..='\u{206f}' => Class::Point,
        '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}' => Class::Picture,
        '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' | '\u{20d0}'..='\u{20ff}' => Class::Mark,
        '\u{3001}'..='\u{303f}' | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' => Class::Point,
        '\u{55a}'..='\u{55f}'
        | '\u{589}'
        | '\u{5be}'
        | '\u{5c0}'
        | '\u{5c3}'
        | '\u{5f3}'..='\u{5f4}'
        | '\u{60c}'
        | '\u{61b}'..='\u{61f}'
        | '\u{66a}'..='\u{66d}'
        | '\u{6d4}'
        | '\u{964}'..='\u{965}'
        | '\u{e2f}'
        | '\u{e5a}'..='\u{e5b}'
        | '\u{f04}'..='\u{f14}'
        | '\u{104a}'..='\u{104f}'
        | '\u{10fb}'
        | '\u{1360}'..='\u{1368}'
        | '\u{17d4}'..='\u{17da}'
        | '\u{1800}'..='\u{180a}' => Class::Point,
        'à'..='ö' | 'ø'..='ÿ' | 'а'..='я' | 'α'..='ω' | 'ß' => Class::Lower,
        'À'..='Ö' | 'Ø'..='Þ' | 'А'..='Я' => Class::Upper,
        '\u{3041}'..='\u{3096}' => Class::Letter,
        _ if c.is_lowercase() => Class::Lower,
        _ if c.is_uppercase() => Class::Upper,
        _ if c.is_alphabetic() => Class::Letter,
        _ if c.is_numeric() && c > '\u{300}' => Class::Digit,
        '\u{590}'..='\u{1cff}' | '\u{a800}'..='\u{abff}' => Class::Mark,
        _ => Class::Symbol,
    };
    let has_script = matches!(class, Class::Lower | Class::Upper | Class::UpperAccented | Class::Letter | Class::Mark);
    Kind { class, script: if has_script { script(c) } else { 0 }, ascii: c.is_ascii(), is_oe: c == 'œ' }
}

/// A number for the script of a letter; 0 for the micro sign, the ordinal indicators and marks of any script.
fn script(c: char) -> u8 {
    match c {
        'ª' | 'º' | 'µ' | '\u{300}'..='\u{36f}' | '\u{2100}'..='\u{218f}' => 0,
        '\0'..='\u{2ff}'
        | '\u{1d00}'..='\u{1dbf}'
        | '\u{1e00}'..='\u{1eff}'
        | '\u{2c60}'..='\u{2c7f}'
        | '\u{a720}'..='\u{a7ff}'
        | '\u{ab30}'..='\u{ab6f}'
        | '\u{fb00}'..='\u{fb06}'
        | '\u{ff21}'..='\u{ff5a}' => LATIN,
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => GREEK,
        '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' | '\u{2de0}'..='\u{2dff}' | '\u{a640}'..='\u{a69f}' => CYRILLIC,
        '\u{1100}'..='\u{11ff}'
        | '\u{2e80}'..='\u{9fff}'
        | '\u{a960}'..='\u{a97f}'
        | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ffdc}'
        | '\u{20000}'..='\u{3ffff}' => CJK,
        '\u{530}'..='\u{58f}' => 5,
        '\u{590}'..='\u{5ff}' | '\u{fb1d}'..='\u{fb4f}' => 6,
        '\u{600}'..='\u{6ff}'
        | '\u{750}'..='\u{77f}'
        | '\u{8a0}'..='\u{8ff}'
        | '\u{fb50}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefc}' => 7,
        // The blocks of most other scripts are 128 code points.
        '\u{700}'..='\u{1fff}' => 16 + ((c as u32 - 0x700) >> 7) as u8,
        '\u{a000}'..='\u{abff}' => 80 + ((c as u32 - 0xa000) >> 7) as u8,
        _ => 255,
    }
}

/// What the character costs by itself, in tenths of a point.
#[inline]
pub(super) fn rarity(c: char) -> i32 {
    match c {
        '\0'..='\u{7f}' | '\u{4e00}'..='\u{9fff}' => 0,
        '\u{80}'..='\u{25ff}' => KNOWN[c as usize].1,
        _ => rarity_of_others(c),
    }
}

fn rarity_of_others(c: char) -> i32 {
    match c {
        '\u{80}'..='\u{9f}' => 40,
        'Ã' => 15,
        'Â' => 5,
        '\u{1cd}'..='\u{1dc}'
        | '\u{218}'..='\u{21b}'
        | '\u{259}'
        | '\u{1a0}'..='\u{1a1}'
        | '\u{1af}'..='\u{1b0}'
        | '\u{192}' => 0,
        // Letters of few languages decide only between encodings that explain a text equally well.
        'Ĉ' | 'ĉ' | 'Ĝ' | 'ĝ' | 'Ĥ' | 'ĥ' | 'Ĵ' | 'ĵ' | 'Ŝ' | 'ŝ' | 'Ŭ' | 'ŭ' | 'Ĩ' | 'ĩ' | 'Ũ' | 'ũ' | 'Ĕ' | 'ĕ'
        | 'Ĭ' | 'ĭ' | 'Ŏ' | 'ŏ' | 'Ħ' | 'ħ' | 'Ŧ' | 'ŧ' | 'Ŋ' | 'ŋ' | 'ĸ' => 2,
        '\u{17f}' => 15,
        '\u{180}'..='\u{24f}' => 10,
        '\u{250}'..='\u{2af}' => 15,
        '\u{2b0}'..='\u{2c5}' | '\u{2cc}'..='\u{2d7}' | '\u{2de}'..='\u{2ff}' => 20,
        '\u{300}'..='\u{33f}' => 5,
        '\u{340}'..='\u{377}' => 25,
        '\u{3d0}'..='\u{3ff}' | '\u{460}'..='\u{489}' => 25,
        '\u{490}'..='\u{491}' => 0,
        '\u{48a}'..='\u{4ff}' => 10,
        '\u{500}'..='\u{52f}' => 20,
        '\u{591}'..='\u{5c7}' => 5,
        '\u{5ef}' | '\u{63b}'..='\u{63f}' | '\u{bf0}'..='\u{bff}' => 20,
        '\u{6dd}'..='\u{6ef}' | '\u{6fa}'..='\u{6ff}' => 10,
        '\u{700}'..='\u{8ff}' => 30,
        '\u{1100}'..='\u{11ff}' | '\u{1200}'..='\u{137f}' => 10,
        '\u{1380}'..='\u{177f}' | '\u{1800}'..='\u{1cff}' => 25,
        '\u{1d00}'..='\u{1dff}' => 25,
        '\u{1f00}'..='\u{1fff}' => 3,
        '\u{2400}'..='\u{245f}' | '\u{2800}'..='\u{28ff}' => 5,
        '\u{2980}'..='\u{2aff}' | '\u{2c00}'..='\u{2dff}' => 20,
        '\u{2e80}'..='\u{2fff}' | '\u{3400}'..='\u{4dff}' => 25,
        '\u{a000}'..='\u{abff}' => 25,
        '\u{d7b0}'..='\u{d7ff}' => 25,
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' => 60,
        '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' => 10,
        '\u{fff0}'..='\u{fffc}' | '\u{fffe}'..='\u{ffff}' => 60,
        '\u{10000}'..='\u{1efff}' => 30,
        '\u{1f000}'..='\u{1faff}' => 0,
        '\u{1fb00}'..='\u{1ffff}' | '\u{2a6e0}'..='\u{effff}' => 60,
        _ => 0,
    }
}

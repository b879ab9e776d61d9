//! The languages that the stage can name, as a small copyable value.

use std::fmt;

/// Code and English name of each language, in order of the code; `und`, `zxx` and `mul` stand last.
static TABLE: &[(&str, &str)] = &[
    ("ab", "Abkhazian"),
    ("af", "Afrikaans"),
    ("am", "Amharic"),
    ("ar", "Arabic"),
    ("as", "Assamese"),
    ("ast", "Asturian"),
    ("az", "Azerbaijani"),
    ("bas", "Basaa"),
    ("be", "Belarusian"),
    ("bg", "Bulgarian"),
    ("bn", "Bengali"),
    ("bo", "Tibetan"),
    ("br", "Breton"),
    ("bs", "Bosnian"),
    ("ca", "Catalan"),
    ("ceb", "Cebuano"),
    ("chr", "Cherokee"),
    ("ckb", "Central Kurdish"),
    ("cnh", "Hakha Chin"),
    ("co", "Corsican"),
    ("cs", "Czech"),
    ("cv", "Chuvash"),
    ("cy", "Welsh"),
    ("da", "Danish"),
    ("de", "German"),
    ("dsb", "Lower Sorbian"),
    ("dv", "Dhivehi"),
    ("dz", "Dzongkha"),
    ("ee", "Ewe"),
    ("el", "Greek"),
    ("en", "English"),
    ("eo", "Esperanto"),
    ("es", "Spanish"),
    ("et", "Estonian"),
    ("eu", "Basque"),
    ("fa", "Persian"),
    ("fi", "Finnish"),
    ("fo", "Faroese"),
    ("fr", "French"),
    ("fy", "Western Frisian"),
    ("ga", "Irish"),
    ("gd", "Scottish Gaelic"),
    ("gl", "Galician"),
    ("gn", "Guarani"),
    ("gsw", "Swiss German"),
    ("gu", "Gujarati"),
    ("gv", "Manx"),
    ("ha", "Hausa"),
    ("he", "Hebrew"),
    ("hi", "Hindi"),
    ("hr", "Croatian"),
    ("hsb", "Upper Sorbian"),
    ("ht", "Haitian Creole"),
    ("hu", "Hungarian"),
    ("hy", "Armenian"),
    ("ia", "Interlingua"),
    ("id", "Indonesian"),
    ("ig", "Igbo"),
    ("is", "Icelandic"),
    ("it", "Italian"),
    ("iu", "Inuktitut"),
    ("ja", "Japanese"),
    ("jv", "Javanese"),
    ("ka", "Georgian"),
    ("kab", "Kabyle"),
    ("kk", "Kazakh"),
    ("km", "Khmer"),
    ("kn", "Kannada"),
    ("ko", "Korean"),
    ("ku", "Kurdish"),
    ("ky", "Kyrgyz"),
    ("la", "Latin"),
    ("lb", "Luxembourgish"),
    ("lg", "Ganda"),
    ("lo", "Lao"),
    ("lt", "Lithuanian"),
    ("lv", "Latvian"),
    ("mg", "Malagasy"),
    ("mi", "Maori"),
    ("mk", "Macedonian"),
    ("ml", "Malayalam"),
    ("mn", "Mongolian"),
    ("mr", "Marathi"),
    ("ms", "Malay"),
    ("mt", "Maltese"),
    ("my", "Burmese"),
    ("nb", "Norwegian Bokmål"),
    ("ne", "Nepali"),
    ("nl", "Dutch"),
    ("nn", "Norwegian Nynorsk"),
    ("ny", "Nyanja"),
    ("oc", "Occitan"),
    ("or", "Odia"),
    ("os", "Ossetian"),
    ("pa", "Punjabi"),
    ("pl", "Polish"),
    ("ps", "Pashto"),
    ("pt", "Portuguese"),
    ("qu", "Quechua"),
    ("rm", "Romansh"),
    ("ro", "Romanian"),
    ("ru", "Russian"),
    ("rw", "Kinyarwanda"),
    ("sa", "Sanskrit"),
    ("sah", "Yakut"),
    ("sd", "Sindhi"),
    ("si", "Sinhala"),
    ("sk", "Slovak"),
    ("sl", "Slovenian"),
    ("sm", "Samoan"),
    ("sn", "Shona"),
    ("so", "Somali"),
    ("sq", "Albanian"),
    ("sr", "Serbian"),
    ("ss", "Swati"),
    ("st", "Southern Sotho"),
    ("su", "Sundanese"),
    ("sv", "Swedish"),
    ("sw", "Swahili"),
    ("ta", "Tamil"),
    ("te", "Telugu"),
    ("tg", "Tajik"),
    ("th", "Thai"),
    ("ti", "Tigrinya"),
    ("tk", "Turkmen"),
    ("tl", "Tagalog"),
    ("tn", "Tswana"),
    ("tr", "Turkish"),
    ("ts", "Tsonga"),
    ("tt", "Tatar"),
    ("ug", "Uyghur"),
    ("uk", "Ukrainian"),
    ("ur", "Urdu"),
    ("uz", "Uzbek"),
    ("vi", "Vietnamese"),
    ("vot", "Votic"),
    ("wo", "Wolof"),
    ("xh", "Xhosa"),
    ("yi", "Yiddish"),
    ("yo", "Yoruba"),
    ("yue", "Cantonese"),
    ("zh", "Chinese"),
    ("zu", "Zulu"),
    ("und", "undetermined"),
    ("zxx", "no linguistic content"),
    ("mul", "several languages"),
];

/// One language, or one of the three codes that stand where no single language does.
///
/// The order is that of the codes, with `und`, `zxx` and `mul` last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(u8);

impl Language {
    /// How many languages the stage can tell apart, `und`, `zxx` and `mul` not counted.
    pub const COUNT: usize = TABLE.len() - 3;
    /// `und`: the language could not be determined.
    pub const UND: Language = Language(Self::COUNT as u8);
    /// `zxx`: no linguistic content (numbers, addresses, code).
    pub const ZXX: Language = Language(Self::COUNT as u8 + 1);
    /// `mul`: a document in which no language holds 0.8 of the letters.
    pub const MUL: Language = Language(Self::COUNT as u8 + 2);

    /// Every language that can be told apart, in order of the code.
    pub fn all() -> impl Iterator<Item = Language> {
        (0..Self::COUNT as u8).map(Language)
    }

    /// The BCP 47 tag: ISO 639-1 where there is one, else ISO 639-3.
    pub fn code(self) -> &'static str {
        TABLE[usize::from(self.0)].0
    }

    /// The English name.
    pub fn name(self) -> &'static str {
        TABLE[usize::from(self.0)].1
    }

    /// The language of that code, `und`, `zxx` and `mul` among them.
    pub fn from_code(code: &str) -> Option<Language> {
        let known = TABLE[..Self::COUNT].binary_search_by(|row| row.0.cmp(code)).ok();
        let index = known.or_else(|| (Self::COUNT..TABLE.len()).find(|&index| TABLE[index].0 == code));
        index.map(|index| Language(index as u8))
    }

    /// The place of the language in the order of codes, below `COUNT` but for `und`, `zxx` and `mul`.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Whether this is a language, and neither `und` nor `zxx` nor `mul`.
    pub const fn is_known(self) -> bool {
        (self.0 as usize) < Self::COUNT
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_in_order_and_lead_back_to_their_language() {
        let codes: Vec<_> = Language::all().map(Language::code).collect();
        assert!(codes.windows(2).all(|pair| pair[0] < pair[1]), "{codes:?}");
        assert!(Language::all().all(|language| Language::from_code(language.code()) == Some(language)));
        assert_eq!(Language::UND.code(), "und");
        assert_eq!(Language::ZXX.code(), "zxx");
        assert_eq!(Language::MUL.code(), "mul");
        const { assert!(Language::COUNT >= 100) }
    }
}

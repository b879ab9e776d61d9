//! A set of languages to choose from.

use std::fmt;

use super::language::Language;

/// The languages that may be found; `und` and `zxx` may always be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LanguageSet([u64; 4]);

impl LanguageSet {
    /// Every language of the model.
    pub const fn all() -> LanguageSet {
        const ALL: LanguageSet = {
            let mut words = [0; 4];
            let mut index = 0;
            while index < Language::COUNT {
                words[index / 64] |= 1 << (index % 64);
                index += 1;
            }
            LanguageSet(words)
        };
        ALL
    }

    /// The languages of these codes; no code at all means every language.
    ///
    /// # Errors
    /// A code that no language of the model has; it carries the code that comes nearest.
    pub fn from_codes<'a>(codes: impl IntoIterator<Item = &'a str>) -> Result<LanguageSet, UnknownLanguage> {
        let mut set = LanguageSet([0; 4]);
        for code in codes {
            let known = Language::from_code(code).filter(|language| language.is_known());
            set = set.with(known.ok_or_else(|| UnknownLanguage { code: code.to_owned(), suggestion: nearest(code) })?);
        }
        Ok(if set == LanguageSet([0; 4]) { LanguageSet::all() } else { set })
    }

    /// The same set with one language more.
    #[must_use]
    pub const fn with(self, language: Language) -> LanguageSet {
        let mut words = self.0;
        words[language.index() / 64] |= 1 << (language.index() % 64);
        LanguageSet(words)
    }

    /// Whether the language is in the set.
    pub const fn contains(&self, language: Language) -> bool {
        self.0[language.index() / 64] >> (language.index() % 64) & 1 != 0
    }

    /// The languages of the set, in order of the code.
    pub fn iter(&self) -> impl Iterator<Item = Language> {
        Language::all().filter(|&language| self.contains(language))
    }
}

impl Default for LanguageSet {
    fn default() -> Self {
        LanguageSet::all()
    }
}

/// A code that no language of the model has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownLanguage {
    /// The code as it was given.
    pub code: String,
    /// The code that may have been meant.
    pub suggestion: Option<&'static str>,
}

impl fmt::Display for UnknownLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown language `{}`", self.code)?;
        match self.suggestion {
            Some(code) => write!(f, "; did you mean `{code}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UnknownLanguage {}

/// Codes of other standards and of sources, with the code here.
const ALIASES: &[(&str, &str)] = &[
    ("no", "nb"),
    ("nor", "nb"),
    ("nob", "nb"),
    ("nno", "nn"),
    ("iw", "he"),
    ("in", "id"),
    ("fil", "tl"),
    ("kmr", "ku"),
    ("cmn", "zh"),
    ("zho", "zh"),
    ("deu", "de"),
    ("ger", "de"),
    ("eng", "en"),
    ("fra", "fr"),
    ("fre", "fr"),
    ("spa", "es"),
    ("ita", "it"),
    ("por", "pt"),
    ("rus", "ru"),
    ("jpn", "ja"),
    ("kor", "ko"),
    ("ara", "ar"),
    ("hin", "hi"),
    ("nld", "nl"),
    ("pol", "pl"),
    ("swe", "sv"),
    ("dan", "da"),
    ("fin", "fi"),
    ("ces", "cs"),
    ("ell", "el"),
    ("tur", "tr"),
    ("ukr", "uk"),
    ("vie", "vi"),
    ("hun", "hu"),
    ("ron", "ro"),
    ("bul", "bg"),
    ("hrv", "hr"),
    ("srp", "sr"),
    ("slk", "sk"),
    ("slv", "sl"),
    ("est", "et"),
    ("lav", "lv"),
    ("lit", "lt"),
    ("gle", "ga"),
    ("mlt", "mt"),
    ("cat", "ca"),
    ("eus", "eu"),
    ("glg", "gl"),
];

/// The code that a mistaken one may stand for: an alias, the primary subtag of a longer tag, a name, or the same letters
/// in another case.
fn nearest(code: &str) -> Option<&'static str> {
    let lower = code.trim().to_lowercase();
    let primary = lower.split(['-', '_']).next().unwrap_or(&lower);
    let alias = ALIASES.iter().find(|row| row.0 == primary).map(|row| row.1);
    let by_name = || Language::all().find(|language| language.name().to_lowercase() == lower).map(Language::code);
    let by_code = || Language::from_code(primary).filter(|language| language.is_known()).map(Language::code);
    alias.or_else(by_code).or_else(by_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_set_from_codes() {
        let set = LanguageSet::from_codes(["de", "fr"]).expect("both are known");
        let codes: Vec<_> = set.iter().map(Language::code).collect();
        assert_eq!(codes, ["de", "fr"]);
    }

    #[test]
    fn takes_no_code_for_every_language() {
        assert_eq!(LanguageSet::from_codes([]), Ok(LanguageSet::all()));
        assert_eq!(LanguageSet::all().iter().count(), Language::COUNT);
    }

    #[test]
    fn names_an_unknown_code_with_what_may_be_meant() {
        let message = |code| LanguageSet::from_codes([code]).expect_err("unknown").to_string();
        assert_eq!(message("deu"), "unknown language `deu`; did you mean `de`?");
        assert_eq!(message("pt-BR"), "unknown language `pt-BR`; did you mean `pt`?");
        assert_eq!(message("French"), "unknown language `French`; did you mean `fr`?");
        assert_eq!(message("qqq"), "unknown language `qqq`");
        assert_eq!(message("und"), "unknown language `und`");
    }
}

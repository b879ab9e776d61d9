//! Words that the user vouches for: a plain list, or a hunspell dictionary.
//!
//! The texts or bytes of the files come in; opening them is the caller's.
//! A lexicon answers whether a string is a word. It does not know how frequent a word is, unless the list says so.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, DefaultHasher};

use spellbook::{Dictionary, ParseDictionaryErrorKind, ParseDictionaryErrorSource};
use unicode_normalization::UnicodeNormalization;
use xxhash_rust::xxh3::xxh3_64;

use super::hunspell_encoding;

/// A set of words given by the user.
pub struct UserLexicon(Kind);

enum Kind {
    /// Hashes of NFC, lower-cased words, and their counts.
    List(HashMap<u64, u64>),
    /// Fixed hash keys: the same dictionary is the same table in every run.
    Hunspell(Box<Dictionary<BuildHasherDefault<DefaultHasher>>>),
}

impl UserLexicon {
    /// Reads a plain list: one word a line, and after a tab, if wanted, how often it was counted.
    ///
    /// Empty lines and lines that begin with `#` are skipped, spaces around a word too. Case makes no difference. The
    /// counts of a word that stands there twice are added; a word without a count has 1.
    ///
    /// # Errors
    /// [`LexiconError`] at the first line that is no word or whose count is no number, or if there is no word at all.
    ///
    /// # Examples
    /// ```
    /// use textmill_core::repair::words::UserLexicon;
    ///
    /// let lexicon = UserLexicon::from_list("# units\nkilopascal\nmillibar\t12\n").unwrap();
    /// assert!(lexicon.contains("Kilopascal"));
    /// assert_eq!(lexicon.count("millibar"), 12);
    /// assert!(!lexicon.contains("milli"));
    /// ```
    pub fn from_list(text: &str) -> Result<UserLexicon, LexiconError> {
        let mut counts = HashMap::new();
        for (at, line) in without_bom(text).lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let (word, count) = line.split_once('\t').unwrap_or((line, "1"));
            let (word, count) = (word.trim(), count.trim());
            let line = at + 1;
            if !has_letter(word) || word.contains(char::is_whitespace) {
                return Err(LexiconError::NotOneWord { line, found: word.to_owned() });
            }
            let Some(count) = count.parse::<u64>().ok().filter(|&count| count > 0) else {
                return Err(LexiconError::NotACount { line, found: count.to_owned() });
            };
            let known: &mut u64 = counts.entry(folded_hash(word)).or_default();
            *known = known.saturating_add(count);
        }
        if counts.is_empty() { Err(LexiconError::NoWords) } else { Ok(UserLexicon(Kind::List(counts))) }
    }

    /// Reads a hunspell dictionary: the texts of its `.aff` and its `.dic` file.
    ///
    /// A word is contained if hunspell would accept it, with its rules of case, affixes and compounds.
    ///
    /// # Errors
    /// [`LexiconError::Hunspell`] with the file, its line and what is wrong there.
    pub fn from_hunspell(aff: &str, dic: &str) -> Result<UserLexicon, LexiconError> {
        Dictionary::new_with_hasher(without_bom(aff), without_bom(dic), BuildHasherDefault::default())
            .map(|dictionary| UserLexicon(Kind::Hunspell(Box::new(dictionary))))
            .map_err(|error| LexiconError::Hunspell {
                file: match error.source {
                    ParseDictionaryErrorSource::Aff => HunspellFile::Aff,
                    ParseDictionaryErrorSource::Dic => HunspellFile::Dic,
                },
                line: error.line_number,
                cause: cause_and_cure(&error.kind, error.source),
            })
    }

    /// [`UserLexicon::from_hunspell`] for the bytes of the files, in the encoding that the `.aff` file names behind `SET`.
    ///
    /// # Errors
    /// [`LexiconError::Hunspell`] too if no decoder has that encoding.
    pub fn from_hunspell_bytes(aff: &[u8], dic: &[u8]) -> Result<UserLexicon, LexiconError> {
        let [aff, dic] = hunspell_encoding::decode(aff, dic).map_err(|name| LexiconError::Hunspell {
            file: HunspellFile::Aff,
            line: None,
            cause: format!("SET names the unknown encoding `{name}`; convert both files to UTF-8 and write SET UTF-8"),
        })?;
        UserLexicon::from_hunspell(&aff, &dic)
    }

    /// Whether `word` is in the lexicon. A string without a letter never is.
    pub fn contains(&self, word: &str) -> bool {
        match &self.0 {
            Kind::List(counts) => counts.contains_key(&folded_hash(word)),
            Kind::Hunspell(dictionary) => {
                has_letter(word) && {
                    let word: String = word.nfc().collect();
                    // Dictionaries are written with the apostrophe of typewriters.
                    dictionary.check(&word) || word.contains('’') && dictionary.check(&word.replace('’', "'"))
                }
            }
        }
    }

    /// How often the list says that `word` was counted: 0 if the lexicon does not have it, 1 if it has no count.
    pub fn count(&self, word: &str) -> u64 {
        match &self.0 {
            Kind::List(counts) => counts.get(&folded_hash(word)).copied().unwrap_or(0),
            Kind::Hunspell(_) => u64::from(self.contains(word)),
        }
    }
}

impl fmt::Debug for UserLexicon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::List(counts) => write!(f, "UserLexicon(list of {} words)", counts.len()),
            Kind::Hunspell(_) => f.write_str("UserLexicon(hunspell dictionary)"),
        }
    }
}

/// Why a lexicon cannot be used. Lines are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LexiconError {
    /// A line of a list has spaces inside, or no letter.
    NotOneWord {
        /// The line in the list.
        line: usize,
        /// What stands in the word's place.
        found: String,
    },
    /// What stands after the tab is not a number above 0.
    NotACount {
        /// The line in the list.
        line: usize,
        /// What stands in the count's place.
        found: String,
    },
    /// A list with no word.
    NoWords,
    /// A hunspell file that is not as hunspell wants it.
    Hunspell {
        /// Which of the two files.
        file: HunspellFile,
        /// The line in the file, if the mistake is in one.
        line: Option<usize>,
        /// What is wrong, and what to do.
        cause: String,
    },
}

/// One of the two files of a hunspell dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HunspellFile {
    /// Rules: affixes, compounds.
    Aff,
    /// Stems, each with the flags of its rules.
    Dic,
}

impl fmt::Display for LexiconError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LexiconError::NotOneWord { line, found } => write!(
                f,
                "line {line}: `{found}` is not one word; write one word a line (a count goes after a tab, a comment begins with `#`)"
            ),
            LexiconError::NotACount { line, found } => {
                write!(
                    f,
                    "line {line}: `{found}` is not a count; write a whole number above 0, or leave it out with its tab"
                )
            }
            LexiconError::NoWords => f.write_str("there is no word; write one word a line"),
            LexiconError::Hunspell { file, line, cause } => {
                f.write_str(match file {
                    HunspellFile::Aff => ".aff",
                    HunspellFile::Dic => ".dic",
                })?;
                match line {
                    Some(line) => write!(f, " line {line}: {cause}"),
                    None => write!(f, ": {cause}"),
                }
            }
        }
    }
}

impl std::error::Error for LexiconError {}

/// What spellbook says about a hunspell file, and what to do about it.
fn cause_and_cure(kind: &ParseDictionaryErrorKind, source: ParseDictionaryErrorSource) -> String {
    let cure = match (kind, source) {
        (
            ParseDictionaryErrorKind::MalformedNumber(_) | ParseDictionaryErrorKind::Empty,
            ParseDictionaryErrorSource::Dic,
        ) => "the first line of a .dic file is the number of its words; a plain list is named neither .aff nor .dic",
        (ParseDictionaryErrorKind::MalformedFlag(_), ParseDictionaryErrorSource::Dic) => {
            "the flags after `/` must be of the kind that FLAG in the .aff file names; write `\\/` for a slash in a word"
        }
        (ParseDictionaryErrorKind::MismatchedRowCount { .. }, _) => "make the table as long as its first line says",
        _ => "see hunspell(5) for what may stand here",
    };
    format!("{kind}; {cure}")
}

fn without_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn has_letter(word: &str) -> bool {
    word.contains(char::is_alphabetic)
}

/// Hash of the NFC, lower-cased word, with the apostrophe of typewriters.
fn folded_hash(word: &str) -> u64 {
    let folded = |c: char| if c == '’' { '\'' } else { c };
    let word: String = word.nfc().flat_map(char::to_lowercase).map(folded).collect();
    xxh3_64(word.as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AFF: &str =
        "SET UTF-8\nFLAG UTF-8\n\nSFX S Y 2\nSFX S 0 s [^y]\nSFX S y ies y\nCOMPOUNDFLAG C\nCOMPOUNDMIN 3\n";
    const DIC: &str = "5\nmill/SC\nstone/SC\nberry/S\nOslo\ncan't\n";

    fn message(result: Result<UserLexicon, LexiconError>) -> String {
        result.expect_err("a mistake").to_string()
    }

    #[test]
    fn a_list_knows_its_words_in_any_case_and_composition() {
        let lexicon =
            UserLexicon::from_list("\u{feff}# flowers\r\nrose\r\n\r\n  Pfingstrose \t 7\r\nété\r\nd’or\r\nROSE\t4")
                .expect("a list");
        for word in ["rose", "Rose", "PFINGSTROSE", "e\u{301}te\u{301}", "d'or", "d’or"] {
            assert!(lexicon.contains(word), "{word}");
        }
        for word in ["", "flowers", "# flowers", "pfingst", "7", "ros"] {
            assert!(!lexicon.contains(word), "{word}");
        }
        assert_eq!(["rose", "pfingstrose", "été", "tulip"].map(|word| lexicon.count(word)), [5, 7, 1, 0]);
    }

    #[test]
    fn a_mistake_in_a_list_is_named_with_line_and_cure() {
        for (list, want) in [
            ("rose\nred rose", "line 2: `red rose` is not one word; write one word a line"),
            ("# 1\n\n404", "line 3: `404` is not one word"),
            ("rose\tmany", "line 1: `many` is not a count; write a whole number above 0"),
            ("rose\t0", "line 1: `0` is not a count"),
            ("rose\t", "line 1: `` is not a count"),
            ("# nothing", "there is no word; write one word a line"),
        ] {
            let message = message(UserLexicon::from_list(list));
            assert!(message.starts_with(want), "{message}");
        }
    }

    #[test]
    fn a_hunspell_dictionary_knows_inflected_and_compound_words() {
        let lexicon = UserLexicon::from_hunspell(AFF, DIC).expect("a dictionary");
        for word in ["mill", "Mills", "MILLSTONE", "millstones", "berries", "Oslo", "can't", "can’t"] {
            assert!(lexicon.contains(word), "{word}");
        }
        for word in ["", "berrys", "oslo", "millberry", "12", "…", "mil"] {
            assert!(!lexicon.contains(word), "{word}");
        }
        assert_eq!((lexicon.count("mill"), lexicon.count("mil")), (1, 0));
    }

    #[test]
    fn a_mistake_in_a_hunspell_file_is_named_with_file_line_and_cure() {
        let no_number = message(UserLexicon::from_hunspell(AFF, "mill/S\nstone\n"));
        assert!(no_number.starts_with(".dic line 1: "), "{no_number}");
        assert!(no_number.contains("the number of its words"), "{no_number}");
        let bad_affix = message(UserLexicon::from_hunspell("SET UTF-8\nSFX S Y two\n", DIC));
        assert!(bad_affix.starts_with(".aff line 2: "), "{bad_affix}");
        let bad_flag = message(UserLexicon::from_hunspell("FLAG num\n", "2\nmill\nstone/x\n"));
        assert!(bad_flag.starts_with(".dic line 3: "), "{bad_flag}");
    }

    proptest! {
        #[test]
        fn any_string_can_be_asked_for(word in "\\PC{0,12}|[a-zA-Z'’-]{0,20}|(mill|stone|s){0,30}") {
            let hunspell = UserLexicon::from_hunspell(AFF, DIC).expect("a dictionary");
            let list = UserLexicon::from_list(DIC.trim_start_matches("5\n").replace("/S", "").replace('C', "").as_str())
                .expect("a list");
            prop_assert_eq!(hunspell.count(&word) > 0, hunspell.contains(&word));
            prop_assert_eq!(list.count(&word) > 0, list.contains(&word));
        }

        #[test]
        fn any_text_is_a_lexicon_or_a_mistake(aff in "(SET|SFX|PFX|FLAG|[A-Z]{2,5}| |\n|[a-z0-9.^\\[\\]/]{1,3}){0,40}",
                                              dic in "(3\n)?([a-z/]{1,4}|\n|\t| |\\PC){0,20}") {
            let _ = UserLexicon::from_list(&dic);
            let _ = UserLexicon::from_hunspell(&aff, &dic);
        }
    }
}

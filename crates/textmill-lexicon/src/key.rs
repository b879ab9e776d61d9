//! The hash under which a word is known.
//!
//! Words are folded first, as far as wordfreq folds them, so that spellings which differ in case, in composition or in a
//! sign that writers leave out have one key. `tools/build.py` folds in the same way.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use xxhash_rust::xxh3::xxh3_64;

/// Words up to this many bytes are folded on the stack; nearly all are.
const SHORT: usize = 64;

/// The key of a word: `xxh3_64` of its folded form.
///
/// Folding is NFC, then `char::to_lowercase` of each character, then: `ς` → `σ`, `ß` → `ss`, `ș` → `ş`, `ț` → `ţ`,
/// `ı` → `i`, `’` and `ʼ` → `'`; the dot of `i̇`, Arabic vowel signs and tatweel, Hebrew points, ZWNJ and ZWJ are dropped.
pub fn key(word: &str) -> u64 {
    if word.is_ascii() {
        let mut short = [0; SHORT];
        return match short.get_mut(..word.len()) {
            Some(folded) => {
                folded.copy_from_slice(word.as_bytes());
                folded.make_ascii_lowercase();
                xxh3_64(folded)
            }
            None => xxh3_64(word.to_ascii_lowercase().as_bytes()),
        };
    }
    if word.chars().all(is_plain) || is_nfc_quick(word.chars()) == IsNormalized::Yes {
        key_of_nfc(word)
    } else {
        key_of_nfc(&word.nfc().collect::<String>())
    }
}

fn key_of_nfc(word: &str) -> u64 {
    if word.len() > SHORT {
        let mut folded = String::with_capacity(word.len());
        fold(word, |c| folded.push(c));
        return xxh3_64(folded.as_bytes());
    }
    // No character's lower case has more than three times its bytes.
    let mut folded = [0; 3 * SHORT];
    let mut len = 0;
    fold(word, |c| len += c.encode_utf8(&mut folded[len..]).len());
    xxh3_64(&folded[..len])
}

/// Whether a character is one that NFC leaves alone beside any of its like; no more than the commonest are named.
fn is_plain(c: char) -> bool {
    matches!(c, '\0'..='\u{2ff}' | '\u{388}'..='\u{3ff}' | '\u{400}'..='\u{482}' | '\u{48a}'..='\u{52f}'
        | '\u{5d0}'..='\u{5ea}' | '\u{620}'..='\u{64a}' | '\u{671}'..='\u{6d3}' | '\u{200c}' | '\u{2019}')
}

/// The same as `c.to_lowercase()`, without a search for the commonest letters; `None` leaves it to the search.
fn lower_quickly(c: char) -> Option<char> {
    match c {
        // Small letters, and letters of scripts that have no case.
        'ß'..='ÿ' | 'ά'..='ώ' | 'а'..='џ' | '\u{591}'..='\u{109f}' => Some(c),
        'À'..='Ö' | 'Ø'..='Þ' | 'Α'..='Ρ' | 'Σ'..='Ϋ' | 'А'..='Я' => char::from_u32(c as u32 + 0x20),
        'Ѐ'..='Џ' => char::from_u32(c as u32 + 0x50),
        _ => None,
    }
}

/// Gives the characters of the folded word.
fn fold(word: &str, mut push: impl FnMut(char)) {
    for c in word.chars() {
        if c.is_ascii() {
            push(c.to_ascii_lowercase());
            continue;
        }
        match lower_quickly(c) {
            Some(lower) => fold_lower(lower, &mut push),
            None => c.to_lowercase().for_each(|lower| fold_lower(lower, &mut push)),
        }
    }
}

fn fold_lower(lower: char, push: &mut impl FnMut(char)) {
    match lower {
        'ß' => {
            push('s');
            push('s');
        }
        'ς' => push('σ'),
        'ș' => push('ş'),
        'ț' => push('ţ'),
        'ı' => push('i'),
        '’' | 'ʼ' => push('\''),
        _ if is_dropped(lower) => {}
        _ => push(lower),
    }
}

/// Signs that writers leave out or put in at will.
fn is_dropped(c: char) -> bool {
    matches!(c,
        '\u{307}'
        | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}'
        | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{200c}' | '\u{200d}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::char::canonical_combining_class;

    use super::*;

    #[test]
    fn spellings_of_one_word_have_one_key() {
        for (one, other) in [
            ("Word", "word"),
            ("ÉTÉ", "e\u{301}te\u{301}"),
            ("Straße", "STRASSE"),
            ("λόγος", "ΛΌΓΟΣ"),
            ("ştiinţă", "știință"),
            ("İSTANBUL", "istanbul"),
            ("aujourd’hui", "aujourd'hui"),
            ("می\u{200c}شود", "میشود"),
            ("مُحَمَّد", "محمد"),
            ("שָׁלוֹם", "שלום"),
        ] {
            assert_eq!(key(one), key(other), "{one} {other}");
        }
    }

    /// The fold as its description says it.
    fn folded_slowly(word: &str) -> String {
        let lower: String = word.nfc().flat_map(char::to_lowercase).filter(|&c| !is_dropped(c)).collect();
        lower
            .replace('ς', "σ")
            .replace('ß', "ss")
            .replace('ș', "ş")
            .replace('ț', "ţ")
            .replace('ı', "i")
            .replace(['’', 'ʼ'], "'")
    }

    #[test]
    fn every_character_is_folded_as_described() {
        for c in '\0'..=char::MAX {
            let word = format!("a{c}b");
            assert_eq!(key(&word), xxh3_64(folded_slowly(&word).as_bytes()), "{c:?}");
        }
    }

    #[test]
    fn plain_characters_are_in_normal_form_in_any_order() {
        let plain = ('\0'..=char::MAX).filter(|&c| is_plain(c));
        assert!(plain.clone().all(|c| is_nfc_quick(std::iter::once(c)) == IsNormalized::Yes), "one that NFC changes");
        assert!(plain.clone().all(|c| canonical_combining_class(c) == 0), "one that NFC moves");
    }

    proptest! {
        #[test]
        fn words_are_folded_as_described(word in "[a-zA-ZÀ-ɏ̀-ͯΆ-ωЀ-ӿא-תً-٠ا-ي\u{200c}’]{0,40}|\\PC{0,12}") {
            prop_assert_eq!(key(&word), xxh3_64(folded_slowly(&word).as_bytes()));
        }
    }

    #[test]
    fn length_makes_no_difference_to_folding() {
        for unit in ["Ab", "Éß", "ⱯȾ", "İΐ"] {
            for n in [1, 10, 31, 32, 33, 64, 65, 100] {
                let word = unit.repeat(n);
                assert_eq!(key(&word), xxh3_64(folded_slowly(&word).as_bytes()), "{unit} {n}");
            }
        }
    }
}

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
    if is_nfc_quick(word.chars()) == IsNormalized::Yes {
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

/// Gives the characters of the folded word.
fn fold(word: &str, mut push: impl FnMut(char)) {
    for c in word.chars() {
        if c.is_ascii() {
            push(c.to_ascii_lowercase());
            continue;
        }
        for lower in c.to_lowercase() {
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

    #[test]
    fn length_makes_no_difference_to_folding() {
        for unit in ["Ab", "Éß", "ⱯȾ", "İΐ"] {
            for n in [1, 10, 31, 32, 33, 64, 65, 100] {
                let word = unit.repeat(n);
                let mut folded = String::new();
                fold(&word.nfc().collect::<String>(), |c| folded.push(c));
                assert_eq!(key(&word), xxh3_64(folded.as_bytes()), "{unit} {n}");
            }
        }
    }
}

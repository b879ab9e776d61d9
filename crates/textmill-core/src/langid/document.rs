//! The language of a document, from those of its spans.

use super::language::Language;
use super::spans::Span;

/// The language of a document and the share of each.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentLanguage {
    /// The language that holds at least [`MAIN_SHARE`] of the letters, `mul` if none does, `zxx` if there are no letters.
    pub language: Language,
    /// Mean score of the spans, weighted by letters; those of other languages left out unless the language is `mul`.
    pub score: f32,
    /// Share of the letters of each language, largest first; they sum to 1.
    pub shares: Vec<(Language, f32)>,
}

/// Share of the letters from which on a document is in one language.
pub const MAIN_SHARE: f32 = 0.8;

/// Sums the spans of a text up.
///
/// Letters of `zxx` spans count only if there are no others: a paragraph of code does not make a text bilingual.
pub fn document_language(spans: &[Span], text: &str) -> DocumentLanguage {
    let mut sums: Vec<(Language, f64, f64)> = Vec::new();
    for span in spans {
        let letters = count_letters(&text.as_bytes()[span.start..span.end]) as f64;
        let at = sums.iter().position(|sum| sum.0 == span.language).unwrap_or_else(|| {
            sums.push((span.language, 0.0, 0.0));
            sums.len() - 1
        });
        sums[at].1 += letters;
        sums[at].2 += letters * f64::from(span.score);
    }
    if sums.iter().any(|sum| sum.0 != Language::ZXX && sum.1 > 0.0) {
        sums.retain(|sum| sum.0 != Language::ZXX && sum.1 > 0.0);
    }
    let all: f64 = sums.iter().map(|sum| sum.1).sum();
    if all == 0.0 {
        return DocumentLanguage { language: Language::ZXX, score: 1.0, shares: vec![(Language::ZXX, 1.0)] };
    }
    sums.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let shares: Vec<(Language, f32)> = sums.iter().map(|sum| (sum.0, (sum.1 / all) as f32)).collect();
    let (first, letters, scored) = sums[0];
    if shares[0].1 >= MAIN_SHARE {
        return DocumentLanguage { language: first, score: (scored / letters) as f32, shares };
    }
    let scored: f64 = sums.iter().map(|sum| sum.2).sum();
    DocumentLanguage { language: Language::MUL, score: (scored / all) as f32, shares }
}

/// About how many letters UTF-8 text holds, from its first bytes: those of ASCII, and what is neither in U+0080–U+00BF
/// nor in U+2000–U+2FFF nor from U+E000 on. Signs of the Indic scripts and CJK marks are counted with the letters.
fn count_letters(bytes: &[u8]) -> u64 {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the machine has AVX2, which is all that the function asks for.
        return unsafe { count_letters_avx2(bytes) };
    }
    count_letters_portable(bytes)
}

/// The same code as the portable path, compiled for AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn count_letters_avx2(bytes: &[u8]) -> u64 {
    count_letters_portable(bytes)
}

#[inline(always)]
fn count_letters_portable(bytes: &[u8]) -> u64 {
    let mut letters = 0;
    // A sum of at most 255 fits a byte, and bytes are added many at a time: so many that whole vectors make them up.
    for chunk in bytes.chunks(224) {
        let mut sum = 0_u8;
        for &byte in chunk {
            let is_letter = (byte | 0x20).wrapping_sub(b'a') < 26 || byte.wrapping_sub(0xC3) < 0x2B && byte != 0xE2;
            sum += u8::from(is_letter);
        }
        letters += u64::from(sum);
    }
    letters
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn letters_are_counted_by_their_code_points(text in "([a-zA-Z0-9 ,.]{0,200}|\\PC{0,90}|[À-ÿа-я一-三ก-ฮ—“”]{0,40}){0,4}") {
            let slow = text.chars().filter(|letter| match *letter {
                'a'..='z' | 'A'..='Z' => true,
                '\0'..='\u{BF}' | '\u{2000}'..='\u{2FFF}' | '\u{E000}'.. => false,
                _ => true,
            });
            prop_assert_eq!(count_letters(text.as_bytes()), slow.count() as u64);
        }
    }
}

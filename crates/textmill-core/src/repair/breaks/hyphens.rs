//! Line-end hyphens: was the hyphen set by the line break, is it the word's own, or does a word wait for its other half?

use unicode_normalization::char::decompose_canonical;

use super::sides::{Sides, all_upper};
use crate::repair::edit::Readings;
use crate::repair::words::{Local, Words};

/// Words that follow a suspended hyphen (`Vor- und Nachteile`), folded.
const CONJUNCTIONS: [&str; 58] = [
    "und",
    "oder",
    "als",
    "bzw",
    "sowie",
    "en",
    "of",
    "och",
    "eller",
    "samt",
    "og",
    "and",
    "or",
    "to",
    "et",
    "ou",
    "y",
    "e",
    "o",
    "u",
    "ja",
    "tai",
    "sekä",
    "és",
    "vagy",
    "illetve",
    "illetőleg",
    "meg",
    "i",
    "lub",
    "oraz",
    "a",
    "nebo",
    "či",
    "alebo",
    "ali",
    "in",
    "ter",
    "és",
    "și",
    "sau",
    "или",
    "и",
    "або",
    "та",
    "і",
    "й",
    "или",
    "и",
    "ili",
    "ir",
    "arba",
    "un",
    "vai",
    "ning",
    "või",
    "και",
    "ή",
];

/// Natural logarithm of the probability that a conjunction exceeds in its language: once in a thousand words.
const COMMON: f32 = -6.9;

/// How a hyphen at a line end looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// `-`, U+2010.
    Hyphen,
    /// U+2011, or a hyphen followed by U+00AD: it does not come from a line break.
    Fixed,
    /// U+00AD: it comes from a line break.
    Soft,
}

/// The sign at the end of `text[..end]` and where what the line break added begins: the sign itself, or after a fixed one.
pub(super) fn sign_at(text: &str, end: usize) -> Option<(Sign, usize)> {
    let head = &text[..end];
    let rest = head.trim_end_matches('\u{ad}');
    if rest.len() < head.len() {
        let fixed = rest.ends_with(['-', '\u{2010}', '\u{2011}']);
        return Some((if fixed { Sign::Fixed } else { Sign::Soft }, rest.len()));
    }
    match head.chars().next_back()? {
        c @ ('-' | '\u{2010}') => Some((Sign::Hyphen, end - c.len_utf8())),
        '\u{2011}' => Some((Sign::Fixed, end)),
        _ => None,
    }
}

/// Weighs the readings of a hyphen between two sides. `wrap` is the layout's probability that the line was wrapped here.
pub(super) fn weigh(sides: &Sides<'_>, sign: Sign, words: &Words<'_>, local: &Local, wrap: f32) -> Readings {
    let only =
        |joined: f32, hyphenated: f32| Readings { joined, hyphenated, spaced: 0.0, kept: 1.0 - joined - hyphenated };
    if sign == Sign::Soft {
        return only(0.99, 0.0);
    }
    let digit_left = sides.left.is_empty();
    if sign == Sign::Fixed || digit_left || sides.right.is_empty() {
        return only(0.0, 0.97);
    }
    let [left, right, whole] = sides.words(words);
    let first = sides.right.chars().next().unwrap_or(' ');
    let upper_left = all_upper(sides.left) && left.letters > 1;
    if (first.is_uppercase() && !(upper_left && all_upper(sides.right))) || (upper_left && !first.is_uppercase()) {
        return only(0.01, if wrap < 0.1 { 0.3 } else { 0.98 });
    }
    let [w_left, w_right] = [&left, &right].map(|word| words.weigh(word, local));
    let w_whole = words.weigh_whole(&whole, w_left, w_right, local);
    let w_compound = words.weigh_compound((&left, w_left), (&right, w_right), local);
    let mut joined = w_whole.ln;
    let mut hyphenated = w_compound.ln;
    // Hyphenation leaves no single letter alone.
    if left.letters == 1 || right.letters == 1 {
        joined -= 2.5;
    }
    // Capitals are abbreviations more often than words in capitals.
    if upper_left {
        joined -= if left.letters <= 3 && right.letters <= 3 { 4.0 } else { 1.5 };
    }
    if !(has_vowel(sides.left) && has_vowel(sides.right)) {
        joined -= 3.0;
    }
    // What is beside the word weighs more where the whole is unknown.
    let unless_known = |ln: f32, known: f32| if w_whole.known { known } else { ln };
    // `arc-en-|ciel`, `mail-|transport-agent`: a hyphen beside makes another likelier.
    let is_hyphen = |c: Option<char>| matches!(c, Some('-' | '\u{2010}' | '\u{2011}'));
    if is_hyphen(sides.before) {
        hyphenated += unless_known(if w_left.known && w_right.known { 16.0 } else { 9.0 }, 4.0);
    }
    if is_hyphen(sides.after[0]) && sides.after[1].is_some_and(char::is_alphanumeric) {
        hyphenated += unless_known(6.0, 3.0);
    }
    // Programs that set type hyphenate no addresses and paths.
    if sides.are_code() && sides.after[0] != Some('(') {
        let number =
            sides.after[0].is_some_and(|c| c.is_ascii_digit()) || sides.before.is_some_and(|c| c.is_ascii_digit());
        hyphenated += if number { 16.0 } else { unless_known(9.0, 4.0) };
    }
    if is_repeated(sides.left, sides.right) {
        hyphenated += 6.0;
    }
    let folded: String = sides.right.to_lowercase();
    let ends_word = !matches!(sides.after[0], Some('-' | '\'' | '’' | '.'));
    let conjunction = if CONJUNCTIONS.contains(&folded.as_str()) { 0.3_f32 } else { 0.0 };
    // `to` is a conjunction of English and an ending of Italian: it must be common here.
    let common = w_right.ln > COMMON;
    let follows = if ends_word && common { conjunction.max(words.after_suspended(&right)) } else { 0.0 };
    // A suspended half is a word or the first half of other compounds.
    let spaced = if follows > 0.0 { follows.ln() + w_left.ln.max(-14.0) - 4.5 } else { f32::MIN };
    let kept = (1.0 - wrap).max(1e-3).ln() - 9.0 + w_left.ln + w_right.ln;
    let largest = joined.max(hyphenated).max(spaced).max(kept);
    let [j, h, s, k] = [joined, hyphenated, spaced, kept].map(|ln| (ln - largest).exp());
    let sum = j + h + s + k;
    Readings { joined: j / sum, hyphenated: h / sum, spaced: s / sum, kept: k / sum }
}

/// Whether one side repeats the other, as Hungarian and Indonesian do on both sides of a hyphen: `meg-megrázta`,
/// `akhir-akhir`, `bersiap-siap`.
fn is_repeated(left: &str, right: &str) -> bool {
    let (left, right) = (left.to_lowercase(), right.to_lowercase());
    left.chars().count() > 2 && right.starts_with(&left) || right.chars().count() > 2 && left.ends_with(&right)
}

/// Whether the letters can be a syllable; letters of scripts that are not listed can.
fn has_vowel(letters: &str) -> bool {
    letters.chars().any(|c| {
        let mut base = c;
        decompose_canonical(c, |part| base = if base == c { part } else { base });
        match base.to_lowercase().next().unwrap_or(base) {
            'a'..='z' => matches!(base.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y'),
            'а'..='я' => {
                matches!(base.to_lowercase().next(), Some('а' | 'е' | 'и' | 'о' | 'у' | 'ы' | 'э' | 'ю' | 'я'))
            }
            _ => true,
        }
    })
}

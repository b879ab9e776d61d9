//! `line-end-hyphens`: was the hyphen set by the line break, is it the word's own, or does a half wait for another?
//!
//! # What it changes
//! A hyphen or soft hyphen at the end of a line and the line break behind it: `exam-⏎ple` → `example`, `arc-en-⏎ciel` →
//! `arc-en-ciel`, `Vor-⏎und Nachteile` → `Vor- und Nachteile`. Blanks around the break go with it.
//!
//! # What it leaves alone, and why
//! Hyphens before capitals and digits, behind words in capitals, in abbreviations, and U+2011 stay hyphens: line breaks
//! seldom set them. A dash behind a blank is no hyphen. Addresses and paths keep theirs, because no program hyphenates
//! them. Behind a line as long as a paragraph, before a capital, nothing happens: that is a paragraph's end.
//!
//! # Confidence
//! The share of the likeliest reading: the probability of the whole as a word, of the two halves as a compound (seen
//! mid-line, halves that are seen in other compounds, or a pronoun behind a verb), of a suspended half before a conjunction.
//!
//! # Example
//! `...was always pre-⏎pared before...` → `...was always prepared before...`
//!
//! # Source
//! Figures: `benches/record/repair.md`.

use unicode_normalization::char::decompose_canonical;

use super::halves::Halves;
use super::sides::{Sides, all_upper};
use crate::repair::edit::Readings;
use crate::repair::words::{Local, Weight, Word, Words};

/// Words that follow a suspended hyphen (`Vor- und Nachteile`), folded, by language: what is a conjunction in one is an
/// article or an ending in another.
const CONJUNCTIONS: [(&str, &str); 26] = [
    ("ca", "i o"),
    ("cs", "a nebo či i"),
    ("da", "og eller samt"),
    ("de", "und oder als bzw sowie bis"),
    ("el", "και ή"),
    ("en", "and or to"),
    ("es", "y e o u"),
    ("fi", "ja tai sekä eli"),
    ("fr", "et ou"),
    ("hu", "és vagy illetve illetőleg meg"),
    ("is", "og eða"),
    ("it", "e o ed"),
    ("lt", "ir ar arba"),
    ("lv", "un vai"),
    ("nb", "og eller samt"),
    ("nl", "en of als"),
    ("pl", "i lub oraz a"),
    ("pt", "e ou"),
    ("ro", "și sau ori"),
    ("ru", "и или"),
    ("sh", "i ili a и или"),
    ("sk", "a alebo či i"),
    ("sl", "in ali ter"),
    ("sv", "och eller samt"),
    ("uk", "та і й або"),
    ("et", "ja ning või"),
];

/// Pronouns and particles that a hyphen joins to the word before (`disse-lhe`, `rallumez-le`, `кто-нибудь`), folded, by
/// language.
const ENCLITICS: [(&str, &str); 11] = [
    ("ca", "en hi ho la les li lo los me ne nos se te us vos"),
    ("cs", "li"),
    ("fr", "ce ci elle elles en il ils je la le les leur lui là moi même mêmes nous on toi tu vous y"),
    ("gl", "a as che la las lle lles lo los me na nas no nos o os se te vos"),
    ("hu", "e"),
    ("pt", "a as la las lhe lhes lo los me na nas no nos o os se te vos"),
    ("ro", "i l le li mi ne o se te ți"),
    ("ru", "де ка либо нибудь таки то"),
    ("sk", "li"),
    ("sl", "li"),
    ("uk", "бо небудь но таки то"),
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
    let [w_left, w_right] = [&left, &right].map(|word| word.weigh(local));
    let upper_left = all_upper(sides.left);
    let next = follows_suspended(sides, &right, w_right, words, local);
    let first_upper = sides.right.starts_with(char::is_uppercase);
    let capitals = upper_left && left.letters > 1;
    if next == 0.0 && ((first_upper && !(capitals && all_upper(sides.right))) || (capitals && !first_upper)) {
        return only(0.01, if wrap < 0.1 { 0.3 } else { 0.98 });
    }
    // No compound ends in a conjunction.
    let w_whole = if next > 0.0 { whole.weigh(local) } else { whole.weigh_whole(w_left, w_right, local) };
    let mut joined = w_whole.ln;
    if next > 0.0 && begins_with_vowel(sides.right) && !ends_with_vowel(sides.left) {
        joined -= NO_SYLLABLE;
    }
    // Hyphenation leaves no single letter alone.
    if left.letters == 1 || right.letters == 1 {
        joined -= 2.5;
    }
    // Capitals are abbreviations more often than words in capitals.
    if capitals {
        joined -= if left.letters.max(right.letters) <= ABBREVIATION { 4.0 } else { 1.5 };
    }
    if !(has_vowel(sides.left) && has_vowel(sides.right)) {
        joined -= 3.0;
    }
    let mut hyphenated = words.weigh_compound((&left, w_left), (&right, w_right), local).ln;
    hyphenated += beside(sides, w_whole.known, w_left.known && w_right.known);
    if next == 0.0 && local.has_lexicon() {
        let mut in_compounds = words.in_compounds(&left, &right);
        if w_left.known && is_enclitic(sides, local) {
            in_compounds[1] = in_compounds[1].max(ENCLITIC_COMPOUNDS);
        }
        let odds = Halves {
            words: joined - hyphenated,
            known: [w_left.known, w_right.known],
            vowels: [ends_with_vowel(sides.left), begins_with_vowel(sides.right)],
            in_compounds,
            productivity: local.productivity(sides.left, sides.right),
            letters: [left.letters, right.letters],
            compounding: local.compounding,
        };
        let odds = if w_whole.known {
            odds.of_known_whole(whole.count, words.count_compound(&left, &right))
        } else {
            let before = if sides.before.is_some_and(is_hyphen) && w_left.known { HYPHEN_BEFORE } else { 0.0 };
            let single = if left.letters == 1 { SINGLE_LETTER } else { 0.0 };
            odds.of_unknown_whole(words.crossing(sides.left, sides.right, local)) - before - single
        };
        // The likelier reading keeps its place beside the two others.
        if joined > hyphenated { hyphenated = joined - odds } else { joined = hyphenated + odds }
    }
    // A suspended half is a word or the first half of other compounds; where one can be, `Vor-und` is none.
    let spaced = if next > 0.0 {
        hyphenated = hyphenated.min(w_left.ln.max(SUSPENDED_HALF) - 9.0);
        next.ln() + w_left.ln.max(SUSPENDED_HALF) - 4.5
    } else {
        f32::MIN
    };
    let kept = (1.0 - wrap).max(1e-3).ln() - 9.0 + w_left.ln + w_right.ln;
    let largest = joined.max(hyphenated).max(spaced).max(kept);
    let [j, h, s, k] = [joined, hyphenated, spaced, kept].map(|ln| (ln - largest).exp());
    let sum = j + h + s + k;
    Readings { joined: j / sum, hyphenated: h / sum, spaced: s / sum, kept: k / sum }
}

/// In how many compounds at least an enclitic stands, however short the stream is.
const ENCLITIC_COMPOUNDS: f32 = 6.0;

/// Nats by which a single letter before the hyphen speaks for a compound (`e-post`), beside what the halves say:
/// hyphenation leaves none there.
const SINGLE_LETTER: f32 = 6.0;

/// Nats by which a hyphen before the left half speaks for one behind it (`arc-en-|ciel`), beside what the halves say.
const HYPHEN_BEFORE: f32 = 4.0;

/// Nats by which a conjunction behind a hyphen is unlikely to be the end of a word, if it begins with a vowel and the
/// letter before the hyphen is none: syllables do not part there (`vrach-ten`, not `vracht-en`).
const NO_SYLLABLE: f32 = 6.0;

/// Letters that each half of a hyphenated abbreviation has at most (`CD-ROM`, `CR-LF`).
const ABBREVIATION: usize = 3;
/// Least natural logarithm of the probability of a half that waits for another.
const SUSPENDED_HALF: f32 = -14.0;

/// How likely the word after the hyphen is to follow a suspended half; 0 if it never does.
fn follows_suspended(sides: &Sides<'_>, right: &Word, weight: Weight, words: &Words<'_>, local: &Local) -> f32 {
    let ends_word = !matches!(sides.after[0], Some('-' | '\'' | '’' | '.'));
    // `to` is a conjunction of English and an ending of Italian: it must be common here.
    if !ends_word || weight.ln <= COMMON || sides.right.starts_with(char::is_uppercase) {
        return 0.0;
    }
    let spoken = local.language();
    let listed = CONJUNCTIONS.iter().any(|(language, conjunctions)| {
        spoken.is_none_or(|spoken| spoken == *language) && conjunctions.split(' ').any(|word| word == sides.right)
    });
    words.after_suspended(right).max(if listed { 0.3 } else { 0.0 })
}

/// Whether the right side is a word by itself that a hyphen joins to the one before.
fn is_enclitic(sides: &Sides<'_>, local: &Local) -> bool {
    local.language().is_some_and(|spoken| {
        ENCLITICS
            .iter()
            .any(|(language, words)| spoken == *language && words.split(' ').any(|word| word == sides.right))
    })
}

/// Nats by which what stands beside the two halves speaks for a hyphen. It weighs more where the whole is unknown.
fn beside(sides: &Sides<'_>, whole_known: bool, halves_known: bool) -> f32 {
    let unless_known = |ln: f32, known: f32| if whole_known { known } else { ln };
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let mut nats = 0.0;
    // `arc-en-|ciel`, `mail-|transport-agent`: one hyphen makes another likelier.
    if sides.before.is_some_and(is_hyphen) {
        nats += unless_known(if halves_known { 16.0 } else { 11.0 }, 4.0);
    }
    if sides.after[0].is_some_and(is_hyphen) && sides.after[1].is_some_and(char::is_alphanumeric) {
        nats += unless_known(6.0, 3.0);
    }
    // Programs that set type hyphenate no addresses and paths.
    if sides.are_code() && sides.after[0] != Some('(') {
        let number = is_digit(sides.after[0]) || is_digit(sides.before);
        nats += if number { 16.0 } else { unless_known(9.0, 4.0) };
    }
    if is_repeated(sides.left, sides.right) {
        nats += 6.0;
    }
    // `hätä-apu`, `radio-omroep`, `re-elect`: where two of one vowel meet, writers put a hyphen and hyphenation seldom cuts.
    if !whole_known && vowels_meet(sides.left, sides.right) {
        nats += 4.0;
    }
    nats
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}' | '\u{2011}')
}

/// Whether one side repeats the other, as Hungarian and Indonesian do on both sides of a hyphen: `meg-megrázta`,
/// `akhir-akhir`, `bersiap-siap`.
fn is_repeated(left: &str, right: &str) -> bool {
    let (left, right) = (left.to_lowercase(), right.to_lowercase());
    left.chars().count() > 2 && right.starts_with(&left) || right.chars().count() > 2 && left.ends_with(&right)
}

/// Whether the last letter before the hyphen and the first behind it are one and the same vowel.
fn vowels_meet(left: &str, right: &str) -> bool {
    let (Some(last), Some(first)) = (left.chars().next_back(), right.chars().next()) else { return false };
    last.to_lowercase().eq(first.to_lowercase()) && is_listed(last) && has_vowel(&left[left.len() - last.len_utf8()..])
}

/// Whether the first letter is a vowel, as far as its script is listed.
fn begins_with_vowel(letters: &str) -> bool {
    letters.chars().next().is_some_and(|c| is_listed(c) && has_vowel(&letters[..c.len_utf8()]))
}

/// Whether the last letter is a vowel, as far as its script is listed.
fn ends_with_vowel(letters: &str) -> bool {
    letters.chars().next_back().is_some_and(|c| is_listed(c) && has_vowel(&letters[letters.len() - c.len_utf8()..]))
}

/// Whether [`has_vowel`] knows the letters of the script.
fn is_listed(c: char) -> bool {
    matches!(c, 'A'..='z' | '\u{c0}'..='\u{24f}' | '\u{400}'..='\u{45f}')
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

//! From evidence to a language and a score.

use super::evidence::Evidence;
use super::language::Language;
use super::model::{DIM, Head, MODEL};
use super::script::Script;
use super::set::LanguageSet;

/// A language and how sure it is, 0..=1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LanguageGuess {
    /// The language; `und` where it could not be determined, `zxx` where there is none.
    pub language: Language,
    /// Probability that the language is right.
    pub score: f32,
}

/// The script that decides, and its share of the letters, each weighted by what it says.
///
/// A Chinese character, a kana and a Korean syllable stand for about three letters of an alphabet.
pub(crate) fn main_script(evidence: &Evidence) -> (Script, f32) {
    let weight = |script: Script| {
        let letters = evidence.letters[script as usize];
        if matches!(script, Script::Hani | Script::Hang | Script::Kana) { 3 * letters } else { letters }
    };
    let (mut best, mut most, mut all) = (Script::Other, 0, 0);
    for script in Script::ALL {
        let count = weight(script);
        all += count;
        if count > most {
            (best, most) = (script, count);
        }
    }
    // Kana among Chinese characters is Japanese, whatever their number; Hangul among them is Korean.
    if matches!(best, Script::Hani | Script::Kana) {
        let (han, kana) = (weight(Script::Hani), weight(Script::Kana));
        if kana * 12 >= han {
            best = Script::Kana;
        }
        most = han + kana;
    }
    (best, most as f32 / all.max(1) as f32)
}

/// Whether the text has hardly any language in it: no letters, or fewer than stood in hashes and identifiers.
pub(crate) fn is_void(evidence: &Evidence) -> bool {
    let letters = evidence.all_letters();
    letters == 0 || evidence.erased > letters || evidence.erased > 0 && letters < 8
}

/// Decides on the language of a piece of text; `logits` is room to work in.
pub(crate) fn decide(evidence: &Evidence, set: &LanguageSet, logits: &mut Vec<f32>) -> LanguageGuess {
    if is_void(evidence) {
        return LanguageGuess { language: Language::ZXX, score: 1.0 };
    }
    let (script, share) = main_script(evidence);
    if let Some(head) = MODEL.heads.get(script as usize) {
        let mut guess = head_guess(head, &evidence.mean(script), evidence.letters[script as usize], set, logits);
        guess.score *= share.sqrt();
        return guess;
    }
    let owner = MODEL.owners[script as usize];
    if set.contains(owner) {
        LanguageGuess { language: owner, score: 0.999 * share.sqrt() }
    } else {
        LanguageGuess { language: Language::UND, score: 0.5 }
    }
}

/// Decides within the languages of one script.
fn head_guess(head: &Head, mean: &[f32; DIM], letters: u32, set: &LanguageSet, logits: &mut Vec<f32>) -> LanguageGuess {
    head.logits(mean, logits);
    let mut by_language = [0.0_f32; Language::COUNT + 2];
    let top = logits.iter().copied().fold(f32::MIN, f32::max);
    let mut sum = 0.0;
    let heat = temperature(letters);
    for (&logit, &language) in logits.iter().zip(&head.classes) {
        let away = (logit - top) * heat;
        if away > -12.0 && (set.contains(language) || !language.is_known()) {
            let share = exp(away);
            by_language[language.index()] += share;
            sum += share;
        }
    }
    let mut best = LanguageGuess { language: Language::UND, score: 0.0 };
    for &language in &head.classes {
        if by_language[language.index()] > best.score {
            best = LanguageGuess { language, score: by_language[language.index()] };
        }
    }
    best.score /= f32::max(sum, f32::MIN_POSITIVE);
    best
}

/// By what the logits are multiplied so that the score is the share of right answers, for a number of letters.
fn temperature(_letters: u32) -> f32 {
    1.0
}

/// `e^x` for `x <= 0`, with a relative error below 1e-4, the same on every machine.
///
/// Splits off the power of two and takes the rest from the polynomial of fourth degree through its Taylor series.
pub(crate) fn exp(x: f32) -> f32 {
    let scaled = x.max(-80.0) * std::f32::consts::LOG2_E;
    let whole = scaled.floor();
    let t = (scaled - whole) * std::f32::consts::LN_2;
    let fraction = 1.0 + t * (1.0 + t * (0.5 + t * (1.0 / 6.0 + t * (1.0 / 24.0 + t * (1.0 / 120.0)))));
    f32::from_bits(((whole as i32 + 127) as u32) << 23) * fraction
}

/// The share of one language among those of its script, for a mean embedding.
pub(crate) fn share_of(head: &Head, mean: &[f32; DIM], language: Language, set: &LanguageSet, logits: &mut Vec<f32>) -> f32 {
    head.logits(mean, logits);
    let top = logits.iter().copied().fold(f32::MIN, f32::max);
    let (mut own, mut sum) = (0.0, f32::MIN_POSITIVE);
    for (&logit, &class) in logits.iter().zip(&head.classes) {
        if logit - top > -12.0 && (set.contains(class) || !class.is_known()) {
            let share = exp(logit - top);
            sum += share;
            if class == language {
                own += share;
            }
        }
    }
    own / sum
}

/// The share of one language in what a piece of text shows: 0 if it is not written in its script.
pub(crate) fn share(evidence: &Evidence, language: Language, set: &LanguageSet, logits: &mut Vec<f32>) -> f32 {
    let script = main_script(evidence).0;
    match MODEL.heads.get(script as usize) {
        Some(head) => share_of(head, &evidence.mean(script), language, set, logits),
        None => f32::from(u8::from(MODEL.owners[script as usize] == language)),
    }
}

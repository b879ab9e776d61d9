//! From evidence to a language and a score.

use super::evidence::Evidence;
use super::language::Language;
use super::model::MODEL;
use super::script::Script;
use super::set::LanguageSet;
use super::shares::{Shares, exp};

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
    if evidence.letters[Script::Latn as usize] == evidence.all_letters {
        return (Script::Latn, 1.0);
    }
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
    let letters = evidence.all_letters;
    letters == 0 || evidence.erased > letters || evidence.erased > 0 && letters < 8
}

/// Decides on the language of a piece of text.
pub(crate) fn decide(evidence: &Evidence, set: &LanguageSet) -> LanguageGuess {
    if is_void(evidence) {
        return LanguageGuess { language: Language::ZXX, score: 1.0 };
    }
    let (script, share) = main_script(evidence);
    if let Some(head) = MODEL.heads.get(script as usize) {
        let logits = head.logits(&evidence.mean(script), set);
        let best = Shares::of_logits(head, &logits).best();
        let letters = evidence.letters[script as usize];
        let long = letters >= KNOWN_LETTERS;
        // Who restricts the set knows what the text may be.
        let open = *set == LanguageSet::all();
        if open && long && best.language.is_known() && head.ahead_of_unknown(&logits) < known_nats(script, letters) {
            return LanguageGuess { language: Language::UND, score: 1.0 - best.score };
        }
        return LanguageGuess { score: best.score * share.sqrt(), ..best };
    }
    let owner = MODEL.owners[script as usize];
    if set.contains(owner) {
        LanguageGuess { language: owner, score: 0.999 * share.sqrt() }
    } else {
        LanguageGuess { language: Language::UND, score: 0.5 }
    }
}

/// From how many letters on a language must be well ahead of the unknown ones.
const KNOWN_LETTERS: u32 = 48;
/// By how many nats. In the scripts that hundreds of languages share, 5 nats refuse nine in ten texts of languages that were
/// never seen; in the others the right names that it costs are more than the wrong ones
/// (`benches/record/2026-11-25-langid-short-words.md`).
fn known_nats(script: Script, letters: u32) -> f32 {
    let nats = match script {
        Script::Latn | Script::Cyrl => 5.0,
        Script::Arab => 2.5,
        _ => 0.5,
    };
    nats * (letters as f32 / FULL_LETTERS).min(1.0)
}

/// From how many letters on the whole margin is asked for: the logits of a shorter text are smaller.
const FULL_LETTERS: f32 = 128.0;

/// The share of one language in what a piece of text shows: 0 if it is not written in its script.
pub(crate) fn share(evidence: &Evidence, language: Language, set: &LanguageSet) -> f32 {
    let script = main_script(evidence).0;
    match MODEL.heads.get(script as usize) {
        Some(head) => Shares::of(head, &evidence.mean(script), set).share(language),
        None => f32::from(u8::from(MODEL.owners[script as usize] == language)),
    }
}

/// How likely one language is for a piece of text, as a multiple of the likeliest: 0 if it is not written in its script.
pub(crate) fn likeness(evidence: &Evidence, language: Language, set: &LanguageSet) -> f32 {
    let script = main_script(evidence).0;
    let Some(head) = MODEL.heads.get(script as usize) else {
        return f32::from(u8::from(MODEL.owners[script as usize] == language));
    };
    let logits = head.logits(&evidence.mean(script), set);
    let top = logits.top as f32 * head.step;
    head.logit_of(language, &logits).map_or(0.0, |own| exp(own - top))
}

//! What the words around a place say about the language there.

use std::sync::LazyLock;

use super::counts::WordCounts;
use super::known::Word;
use super::lexicon::{self, Half, LANGUAGES, Tiers, log10_probability, productivity};

/// Share that the sum of squared word probabilities is, in running text: it tells from the counts of some words in a row
/// how much text of their language was learned.
const REPEAT_RATE: f32 = 0.009;
/// How many languages are weighed at one place.
const MAX_LANGUAGES: usize = 3;

/// What the words around a place say about the language there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Local {
    /// About how many words of this language were learned.
    pub(crate) learned: f32,
    /// Share of the words around that are known, 0..=1.
    pub(crate) known: f32,
    /// How likely two words in a row are written as one without being known as one.
    pub(crate) compounding: f32,
    /// The likeliest languages, as places in the lexicon, and their shares.
    languages: [(u8, f32); MAX_LANGUAGES],
}

/// The place of English in the lexicon: its words stand in texts of all languages.
const ENGLISH_PLACE: usize = 8;

/// How often a word of running text is an English one, and one of any other foreign language.
const ENGLISH: f32 = 0.01;
const FOREIGN: f32 = 0.0005;

/// The probability of a word of each tier, the exponentials of [`log10_probability`].
static PROBABILITY: LazyLock<[f32; 8]> =
    LazyLock::new(|| std::array::from_fn(|tier| 10_f32.powf(log10_probability(tier as u8))));

/// Languages that write compounds as one word, and how likely two known words of theirs in a row are one: Germanic ones,
/// and Uralic ones, whose compounds take a hyphen more often.
const COMPOUNDING: [(&[&str], f32); 2] = [(&["da", "de", "is", "nb", "nl", "sv"], 0.12), (&["fi", "hu"], 0.02)];

impl Local {
    /// Weighs the words around a place.
    pub(crate) fn of(around: &[Word], counts: &WordCounts) -> Local {
        let n = (around.len() as f32).max(1.0);
        let all = counts.words() as f32;
        let mut local = Local { learned: all, known: 0.0, compounding: 0.002, languages: languages(around) };
        let (mut sum, mut known) = (0.0, 0_u32);
        for word in around {
            sum += word.count;
            known += u32::from(word.user || word.count >= 2.0 || local.native(word.tiers) > 0.0);
        }
        local.learned = (sum / n / REPEAT_RATE).clamp(all.min(300.0), all.max(1.0));
        local.known = known as f32 / n;
        let (language, share) = local.languages[0];
        let here = |group: &&(&[&str], f32)| share > 0.0 && group.0.contains(&LANGUAGES[usize::from(language)]);
        if let Some((_, compounding)) = COMPOUNDING.iter().find(here) {
            local.compounding = *compounding;
        }
        local
    }

    /// The probability that the lexicons of the languages here give the word, `None` if they do not know it.
    pub(crate) fn probability(&self, word: &Word) -> Option<f32> {
        let p = self.native(word.tiers);
        if p > 0.0 || word.tiers.is_empty() || !self.has_lexicon() {
            return (p > 0.0).then_some(p);
        }
        let english = word.tiers.of(ENGLISH_PLACE);
        Some(if english > 0 {
            ENGLISH * PROBABILITY[usize::from(english)]
        } else {
            FOREIGN * PROBABILITY[usize::from(word.tiers.highest())]
        })
    }

    /// Nats by which two words in a row are likelier than each alone says, if both are of one language that is not spoken
    /// here: where one foreign word stands, so do others.
    pub(crate) fn shared_origin(&self, left: &Word, right: &Word) -> f32 {
        let foreign = |word: &Word| !word.tiers.is_empty() && self.native(word.tiers) == 0.0;
        if !(foreign(left) && foreign(right)) {
            return 0.0;
        }
        if left.tiers.of(ENGLISH_PLACE) > 0 && right.tiers.of(ENGLISH_PLACE) > 0 {
            return -ENGLISH.ln();
        }
        let common = |(language, tier): (usize, u8)| tier >= 4 && right.tiers.of(language) >= 4;
        if left.tiers.iter().any(common) { -FOREIGN.ln() } else { 0.0 }
    }

    /// The probability that the lexicons of the languages here give the word, 0 if they do not know it.
    fn native(&self, tiers: Tiers) -> f32 {
        let of = |(language, share): (u8, f32)| match tiers.of(usize::from(language)) {
            0 => 0.0,
            tier => share * PROBABILITY[usize::from(tier)],
        };
        self.languages.into_iter().map(of).sum()
    }

    /// Whether the languages found here explain some words further on as well, so that no new look is needed.
    pub(crate) fn explains(&self, words: &[Tiers]) -> bool {
        /// Nats that words of a text cost on average at most; words that are common in two languages cost as much in the
        /// wrong one.
        const COST: f32 = 9.5;
        /// Nats of a word that the languages do not know.
        const UNKNOWN: f32 = 16.0;
        let cost = |&word: &Tiers| {
            let p = self.native(word);
            if p > 0.0 { -p.ln() } else { UNKNOWN }
        };
        words.len() >= 4 && self.has_lexicon() && words.iter().map(cost).sum::<f32>() < COST * words.len() as f32
    }

    /// The language here, if a lexicon explains the words.
    pub(crate) fn language(&self) -> Option<&'static str> {
        self.has_lexicon().then(|| LANGUAGES[usize::from(self.languages[0].0)])
    }

    /// In how many words of the language here `left` is the first half and `right` the last, each as the logarithm to base 2
    /// less one, 0 for fewer than four.
    pub(crate) fn productivity(&self, left: &str, right: &str) -> [f32; 2] {
        if !self.has_lexicon() {
            return [0.0; 2];
        }
        let language = usize::from(self.languages[0].0);
        [(left, Half::First), (right, Half::Last)]
            .map(|(half, which)| f32::from(productivity(language, which, lexicon::key(half))))
    }

    /// Whether a lexicon explains the words here.
    pub(crate) fn has_lexicon(&self) -> bool {
        self.languages[0].1 > 0.0
    }
}

/// The languages that best explain the words, and their shares; shares of 0 if under half of the words are theirs.
fn languages(around: &[Word]) -> [(u8, f32); MAX_LANGUAGES] {
    let unknown = log10_probability(0);
    let mut scores = [0.0_f32; LANGUAGES.len()];
    let mut known = [0_u8; LANGUAGES.len()];
    for word in around {
        for (language, tier) in word.tiers.iter() {
            scores[language] += log10_probability(tier) - unknown;
            known[language] += 1;
        }
    }
    let mut best = [(0_u8, f32::MIN); MAX_LANGUAGES];
    for (language, &score) in scores.iter().enumerate() {
        let Some(place) = best.iter().position(|b| score > b.1) else { continue };
        best.copy_within(place..MAX_LANGUAGES - 1, place + 1);
        best[place] = (language as u8, score);
    }
    let top = best[0];
    if usize::from(known[usize::from(top.0)]) * 2 < around.len() || around.is_empty() {
        return [(top.0, 0.0); MAX_LANGUAGES];
    }
    // Words in a row are not independent; half of the evidence is theirs alone.
    let shares = best.map(|(_, score)| 10_f32.powf((score - top.1) * 0.5));
    let sum: f32 = shares.iter().sum();
    std::array::from_fn(|i| (best[i].0, shares[i] / sum))
}

#[cfg(all(test, feature = "lexicon"))]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_english_is_that_of_the_lexicon() {
        assert_eq!(LANGUAGES[ENGLISH_PLACE], "en");
    }
}

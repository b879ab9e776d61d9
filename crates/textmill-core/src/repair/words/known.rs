//! How likely a word is at a place in a text: counts and lexicons, weighed by the words around.

use super::counts::WordCounts;
use super::key::{Kind, WordKey};

/// Nats that an unknown word costs before its first letter: about one word in thirty is in no lexicon.
const UNKNOWN_WORD: f32 = -3.5;
/// Nats per letter of an unknown word: a weak model of spelling, as one of letter pairs gives.
const UNKNOWN_LETTER: f32 = -1.9;
/// How many learned words the prior (lexicon or spelling) weighs as much as.
const PRIOR_WORDS: f32 = 300.0;
/// Share of the words that the sum of squared word probabilities is, in running text: it tells from the counts of some
/// words in a row how much text of their language was learned.
const REPEAT_RATE: f32 = 0.009;

/// What is known about words: counts learned from the stream, and lexicons.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    counts: &'a WordCounts,
}

/// What the words around a place say about the language there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Local {
    /// About how many words of this language were learned.
    pub(crate) learned: f32,
    /// Share of the words around that are known, 0..=1.
    pub(crate) known: f32,
}

/// One word, weighed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weight {
    /// Natural logarithm of its probability.
    pub(crate) ln: f32,
    /// Whether it is a known word.
    pub(crate) known: bool,
}

impl<'a> Words<'a> {
    /// What `counts` teach, with the built-in lexicon where that is compiled in.
    pub fn new(counts: &'a WordCounts) -> Words<'a> {
        Words { counts }
    }

    /// What the words of `around`, which is a piece of text with whole words, say about the language there.
    pub(crate) fn local(&self, around: &[(WordKey, usize)]) -> Local {
        let mut known = 0.0;
        let mut sum = 0.0;
        for &(key, _) in around {
            let count = self.counts.count(key, Kind::Word);
            known += f32::from(count >= 1.0);
            sum += count;
        }
        let n = (around.len() as f32).max(1.0);
        let all = self.counts.words() as f32;
        Local { learned: (sum / n / REPEAT_RATE).clamp(all.min(300.0), all.max(1.0)), known: known / n }
    }

    /// How likely the word with this key and number of letters is as a whole word.
    pub(crate) fn weigh(&self, (key, letters): (WordKey, usize), local: &Local) -> Weight {
        let count = self.counts.count(key, Kind::Word);
        let spelled = UNKNOWN_WORD + UNKNOWN_LETTER * letters as f32;
        let p = (count + PRIOR_WORDS * spelled.exp()) / (local.learned + PRIOR_WORDS);
        Weight { ln: p.ln(), known: count >= 1.0 }
    }

    /// How likely the compound `left-right` is, given how likely its halves are.
    pub(crate) fn weigh_compound(
        &self,
        (left, left_weight): (WordKey, Weight),
        (right, right_weight): (WordKey, Weight),
        local: &Local,
    ) -> Weight {
        /// Of a pair of words in a row, how often a hyphen and not a space is between them.
        const HYPHEN_RATE: f32 = 0.01;
        let count = self.counts.count_compound(left, right);
        let before = self.counts.count(left, Kind::Before);
        let after = self.counts.count(right, Kind::After);
        let (p_left, p_right) = (left_weight.ln.exp(), right_weight.ln.exp());
        let n = local.learned + PRIOR_WORDS;
        let p = (count + 0.5 * before * p_right + 0.5 * after * p_left) / n + HYPHEN_RATE * p_left * p_right;
        Weight { ln: p.max(f32::MIN_POSITIVE).ln(), known: count >= 1.0 }
    }

    /// How often the word followed a suspended hyphen, as a share of its uses.
    pub(crate) fn suspended_share(&self, word: WordKey) -> f32 {
        let suspended = self.counts.count(word, Kind::Suspended);
        if suspended < 2.0 { 0.0 } else { suspended / (suspended + self.counts.count(word, Kind::Word)) }
    }
}

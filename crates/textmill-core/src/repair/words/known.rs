//! How likely a word is at a place in a text: counts and lexicons, weighed by the words around.

use super::counts::WordCounts;
use super::key::{Kind, WordKey};
use super::lexicon::{self, Tiers};
use super::local::Local;
use super::user_lexicon::UserLexicon;

/// Nats that an unknown word costs before its first letter: about one word in thirty is in no lexicon.
const UNKNOWN_WORD: f32 = -3.5;
/// Nats per letter of an unknown word: a weak model of spelling, as one of letter pairs gives.
const UNKNOWN_LETTER: f32 = -1.9;
/// Nats of an unknown word of one letter, two and so on, where a lexicon knows the language: nearly all short words are in
/// it, and each further letter of a longer one costs [`UNKNOWN_TO_LEXICON_LETTER`].
const UNKNOWN_TO_LEXICON: [f32; 8] = [-16.0, -16.0, -15.8, -15.9, -16.7, -18.3, -20.2, -22.2];
const UNKNOWN_TO_LEXICON_LETTER: f32 = -2.1;
/// Beyond so many letters words become rare, by so many nats for each letter more.
const LONG_WORD: usize = 12;
const LONG_WORD_LETTER: f32 = -0.1;
/// How many learned words the prior weighs as much as: a lexicon of the language, or spelling alone.
const LEXICON_WORDS: f32 = 3000.0;
const SPELLING_WORDS: f32 = 300.0;
/// Probability of a word that the user's lexicon has, for each time it was counted there.
const USER_WORD: f32 = 2e-6;

/// What is known about words: counts learned from the stream, the user's lexicons and the built-in one.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    counts: &'a WordCounts,
    lexicons: &'a [UserLexicon],
}

/// A word, looked up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Word {
    pub(crate) key: WordKey,
    pub(crate) letters: usize,
    /// Whether a lexicon of the user has it.
    pub(crate) user: bool,
    pub(crate) tiers: Tiers,
    /// In about how many contexts the stream has it.
    pub(crate) count: f32,
}

/// One word, weighed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weight {
    /// Natural logarithm of its probability.
    pub(crate) ln: f32,
    /// Whether it is a known word.
    pub(crate) known: bool,
}

#[allow(clippy::unused_self, reason = "what is asked about words is asked of one type, counts or not")]
impl<'a> Words<'a> {
    /// What `counts` teach, with the built-in lexicon where that is compiled in.
    pub fn new(counts: &'a WordCounts) -> Words<'a> {
        Words { counts, lexicons: &[] }
    }

    /// The same with the user's lexicons.
    #[must_use]
    pub fn with_lexicons(self, lexicons: &'a [UserLexicon]) -> Words<'a> {
        Words { lexicons, ..self }
    }

    /// Looks up several words, all at the same time.
    pub(crate) fn words<const N: usize>(&self, words: [&str; N]) -> [Word; N] {
        let mut found = [Word::default(); N];
        let mut keys = [0; N];
        for ((key, found), &word) in keys.iter_mut().zip(&mut found).zip(&words) {
            *key = lexicon::key(word);
            (found.key, found.letters) = WordKey::of(word);
            self.counts.prefetch(found.key.as_kind(Kind::Word));
        }
        let tiers = lexicon::lookup_all(keys);
        for ((found, tiers), &word) in found.iter_mut().zip(tiers).zip(&words) {
            found.tiers = tiers;
            found.count = self.counts.count(found.key, Kind::Word);
            found.user = !self.lexicons.is_empty() && self.lexicons.iter().any(|lexicon| lexicon.contains(word));
        }
        found
    }

    /// Looks up two words and the one made of both.
    pub(crate) fn halves_and_whole(&self, left: &str, right: &str) -> [Word; 3] {
        with_whole(left, right, |whole| self.words([left, right, whole]))
    }

    /// Whether anything at all knows each word made of two; all are looked up at the same time.
    pub(crate) fn know_wholes<const N: usize>(&self, halves: [[&str; 2]; N]) -> [bool; N] {
        let keys = halves.map(|[left, right]| {
            with_whole(left, right, |whole| {
                let key = WordKey::of(whole).0;
                self.counts.prefetch(key.as_kind(Kind::Word));
                (lexicon::key(whole), key)
            })
        });
        let tiers = lexicon::lookup_all(keys.map(|keys| keys.0));
        let in_lexicons =
            |[left, right]: [&str; 2]| with_whole(left, right, |whole| self.lexicons.iter().any(|l| l.contains(whole)));
        std::array::from_fn(|i| {
            !tiers[i].is_empty()
                || self.counts.count(keys[i].1, Kind::Word) >= 1.0
                || !self.lexicons.is_empty() && in_lexicons(halves[i])
        })
    }

    /// Whether a word is common in any language or in the stream: a cheap question, asked before the others.
    pub(crate) fn is_common(&self, word: &str) -> bool {
        self.counts.count(WordKey::of(word).0, Kind::Word) >= 3.0 || lexicon::lookup(lexicon::key(word)).highest() >= 3
    }

    /// What the words around a place say about the language there.
    pub(crate) fn local(&self, around: &[&str]) -> Local {
        /// Words of a look; no place has more around it.
        const MANY: usize = 16;
        let n = around.len().min(MANY);
        let words: [&str; MANY] = std::array::from_fn(|i| around[..n].get(i).copied().unwrap_or_default());
        Local::of(&self.words(words)[..n], self.counts)
    }

    /// Whether what was found of the language earlier holds for these words too.
    pub(crate) fn holds(local: &Local, around: &[&str]) -> bool {
        /// Words that are looked up: those nearest to the place.
        const FEW: usize = 6;
        let from = around.len().saturating_sub(FEW) / 2;
        let near = &around[from..around.len().min(from + FEW)];
        let words: [&str; FEW] = std::array::from_fn(|i| near.get(i).copied().unwrap_or_default());
        let mut keys = [0; FEW];
        keys.iter_mut().zip(&words).for_each(|(key, word)| *key = lexicon::key(word));
        local.explains(&lexicon::lookup_all(keys)[..near.len()])
    }
}

impl Word {
    /// How likely the word is as a whole word.
    pub(crate) fn weigh(&self, local: &Local) -> Weight {
        let (prior, prior_words, known) = match local.probability(self) {
            Some(p) => (p, LEXICON_WORDS, true),
            None if self.user => (USER_WORD, LEXICON_WORDS, true),
            None => {
                if local.has_lexicon() {
                    (unknown_to_lexicon(self.letters).exp(), LEXICON_WORDS, false)
                } else {
                    ((UNKNOWN_WORD + UNKNOWN_LETTER * self.letters as f32).exp(), SPELLING_WORDS, false)
                }
            }
        };
        let p = (self.count + prior_words * prior) / (local.learned + prior_words);
        Weight { ln: p.max(f32::MIN_POSITIVE).ln(), known: known || self.count >= 1.0 }
    }

    /// How likely a word made of two is: as a word, or as a compound that nobody has listed.
    pub(crate) fn weigh_whole(&self, left: Weight, right: Weight, local: &Local) -> Weight {
        let listed = self.weigh(local);
        let compound = left.ln + right.ln + local.compounding.ln();
        Weight { ln: listed.ln.max(compound), ..listed }
    }
}

impl Words<'_> {
    /// How likely the compound `left-right` is, given how likely its halves are.
    pub(crate) fn weigh_compound(&self, left: (&Word, Weight), right: (&Word, Weight), local: &Local) -> Weight {
        /// How much less likely a compound is if neither half was seen in another.
        const UNSEEN_HALVES: f32 = 0.5;
        /// How much likelier the other half of a seen one is unknown.
        const UNKNOWN_HALF: f32 = 10.0;
        /// The same before a second half that was seen behind so many others that it goes with any (`iniciá-lo`).
        const BEFORE_ENCLITIC: f32 = 100.0;
        const MANY: f32 = 6.0;
        let count = self.counts.count_compound(left.0.key, right.0.key);
        let before = self.counts.count(left.0.key, Kind::Before);
        let after = self.counts.count(right.0.key, Kind::After);
        // The other half of a compound is unknown far more often than a word of running text.
        let unknown_left = if after >= MANY { BEFORE_ENCLITIC } else { UNKNOWN_HALF };
        let [p_left, p_right] = [(left.1, unknown_left), (right.1, UNKNOWN_HALF)]
            .map(|(half, unknown)| half.ln.exp() * if half.known { 1.0 } else { unknown });
        // Parts of compounds come again: halves that were never seen in one are less likely one.
        let unseen = if before + after == 0.0 { UNSEEN_HALVES } else { 1.0 };
        let n = local.learned + SPELLING_WORDS;
        let p = (count + before * p_right + after * p_left) / n
            + unseen
                * self.counts.compound_rate()
                * (left.1.ln + right.1.ln + local.shared_origin(left.0, right.0)).exp();
        Weight { ln: p.max(f32::MIN_POSITIVE).ln(), known: count >= 1.0 }
    }

    /// In about how many compounds the stream has `left` before the hyphen, and `right` behind it.
    pub(crate) fn in_compounds(&self, left: &Word, right: &Word) -> [f32; 2] {
        [self.counts.count(left.key, Kind::Before), self.counts.count(right.key, Kind::After)]
    }

    /// In about how many contexts the stream has the compound `left-right`.
    pub(crate) fn count_compound(&self, left: &Word, right: &Word) -> f32 {
        self.counts.count_compound(left.key, right.key)
    }

    /// How many letters of `right` the longest known word reaches that begins with `left`, and how many of `left` the
    /// longest that ends with `right`: `netwerk|hardware` has none, `ympä|ristössä` has `ympäristö`. At most six each, and 0
    /// for fewer than two or words of fewer than five letters, which chance gives; the whole does not count.
    pub(crate) fn crossing(&self, left: &str, right: &str, local: &Local) -> [f32; 2] {
        const MOST: usize = 6;
        const FEWEST: usize = 2;
        const SHORTEST: usize = 5;
        let whole = [left, right].concat();
        let known = |word: &str| {
            let [word] = self.words([word]);
            word.count >= 1.0 || local.probability(&word).is_some()
        };
        let letters = [left, right].map(|half| half.chars().count());
        // Beyond so many letters of the other side every word counts the same.
        let reach = |from: usize, n: usize| (FEWEST.max(SHORTEST.saturating_sub(from))..n).rev();
        let ends = |at: usize| right.char_indices().nth(at).map_or(whole.len(), |(i, _)| left.len() + i);
        let starts = |at: usize| left.char_indices().nth(letters[0] - at).map_or(0, |(i, _)| i);
        let first = reach(letters[0], letters[1]).find(|&n| known(&whole[..ends(n)])).unwrap_or(0);
        let last = reach(letters[1], letters[0]).find(|&n| known(&whole[starts(n)..])).unwrap_or(0);
        [first, last].map(|n| n.min(MOST) as f32)
    }

    /// How likely the word after a suspended hyphen is this one, as far as the stream has taught.
    pub(crate) fn after_suspended(&self, word: &Word) -> f32 {
        let here = self.counts.count(word.key, Kind::Suspended);
        let all = self.counts.count(WordKey::EMPTY, Kind::Suspended);
        // Conjunctions stand elsewhere far more often; the second half of a broken word does not.
        if here < 2.0 || self.counts.count(word.key, Kind::Word) < 5.0 * here { 0.0 } else { here / (all + 2.0) }
    }
}

/// Makes one word of two and asks about it.
fn with_whole<T>(left: &str, right: &str, ask: impl FnOnce(&str) -> T) -> T {
    /// Bytes of nearly all words.
    const SHORT: usize = 96;
    let len = left.len() + right.len();
    let mut short = [0; SHORT];
    let Some(whole) = short.get_mut(..len) else { return ask(&[left, right].concat()) };
    whole[..left.len()].copy_from_slice(left.as_bytes());
    whole[left.len()..].copy_from_slice(right.as_bytes());
    // Two strings in a row are a string.
    ask(std::str::from_utf8(whole).unwrap_or(left))
}

/// Natural logarithm of the probability of one word of so many letters that the lexicon of its language does not know.
fn unknown_to_lexicon(letters: usize) -> f32 {
    let listed = letters.clamp(1, UNKNOWN_TO_LEXICON.len());
    let beyond = letters.saturating_sub(listed) as f32;
    let too_long = letters.saturating_sub(LONG_WORD) as f32;
    UNKNOWN_TO_LEXICON[listed - 1] + UNKNOWN_TO_LEXICON_LETTER * beyond + LONG_WORD_LETTER * too_long
}

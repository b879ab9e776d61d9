//! One word or a compound with a hyphen: the odds, from what is known of two halves that meet at a hyphen.
//!
//! The words' own probabilities say the most where a list has the whole, and little where none has; what else is known of the
//! halves says more. Both are logistic regressions, recorded in `benches/record/2026-11-25-repair.md`.

/// What is known of two halves, the left one first.
pub(super) struct Halves {
    /// Nats by which the words' probabilities speak for one word.
    pub(super) words: f32,
    /// Whether each half is a known word.
    pub(super) known: [bool; 2],
    /// Whether a vowel stands on each side of the hyphen.
    pub(super) vowels: [bool; 2],
    /// In how many compounds the stream has each half in its place.
    pub(super) in_compounds: [f32; 2],
    /// Of how many words they are the first and the last half, as `Local::productivity` says.
    pub(super) productivity: [f32; 2],
    pub(super) letters: [usize; 2],
    /// How likely two words are written as one in the language.
    pub(super) compounding: f32,
}

/// Nats beyond which the words' probabilities say no more.
const MOST: f32 = 15.0;

impl Halves {
    /// Natural logarithm of the odds of one word over a compound, if no list has the whole.
    ///
    /// `crossing` are the letters that known words reach over the hyphen from either side, as [`Words::crossing`] says.
    ///
    /// [`Words::crossing`]: crate::repair::words::Words::crossing
    pub(super) fn of_unknown_whole(&self, crossing: [f32; 2]) -> f32 {
        let [left, right] = self.known.map(|known| f32::from(u8::from(known)));
        let [before, after] = self.in_compounds.map(f32::ln_1p);
        // A syllable seldom begins with a vowel behind a consonant, nor with one behind another.
        let sounds = match self.vowels {
            [false, true] => -0.83,
            [true, true] => -0.63,
            [true, false] => 0.70,
            [false, false] => 0.0,
        };
        0.20 * self.words.clamp(-MOST, MOST) + 0.38 * self.productivity[0] + 0.38 * self.productivity[1]
            - 0.90 * left
            - 1.00 * right
            - 1.26 * before
            - 1.36 * after
            + 0.06 * self.letters[0].min(12) as f32
            + 0.23 * self.compounding.ln()
            + sounds
            + 0.36 * crossing[0]
            + 0.42 * crossing[1]
            + 1.86
    }

    /// The same for a whole that a list has, or the stream `whole` times, where the compound stood `compound` times.
    pub(super) fn of_known_whole(&self, whole: f32, compound: f32) -> f32 {
        let [before, after] = self.in_compounds.map(f32::ln_1p);
        0.31 * self.words.clamp(-MOST, MOST) + 0.94 * whole.ln_1p() - 7.88 * compound.ln_1p()
            + 0.25 * self.productivity[0]
            + 0.30 * self.productivity[1]
            - 1.82 * before
            - 1.34 * after
            - 0.42 * self.letters[1].min(12) as f32
            + 0.55 * self.compounding.ln()
            + 7.15
    }
}

//! What a piece of text shows of its language: sums of embeddings and counts of letters, by script.
//!
//! Evidence adds up: that of two pieces is their sum, if no token lies across the border. `reader` reads it.

use std::ops::Range;

use super::memory::Memory;
use super::model::DIM;
#[cfg(target_arch = "x86_64")]
use super::reader::read_avx2;
use super::reader::{Tokens, read_portable};
use super::script::Script;

/// Sums over the features of one piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Evidence {
    /// Sum of the embeddings, by script.
    pub(crate) sums: [[i32; DIM]; Script::MODELLED],
    /// Number of features, by script.
    pub(crate) features: [u32; Script::MODELLED],
    /// Number of letters, by script.
    pub(crate) letters: [u32; Script::COUNT],
    /// Number of letters of all scripts.
    pub(crate) all_letters: u32,
    /// Letters in tokens that were taken out and are no addresses.
    pub(crate) erased: u32,
    /// Most Latin letters in a row, words of other scripts ending it.
    pub(crate) latin_run: u32,
}

impl Evidence {
    pub(crate) const NONE: Evidence = Evidence {
        sums: [[0; DIM]; Script::MODELLED],
        features: [0; Script::MODELLED],
        letters: [0; Script::COUNT],
        all_letters: 0,
        erased: 0,
        latin_run: 0,
    };

    /// Forgets what was read; faster than another [`Evidence::NONE`], most of which is never written to.
    #[inline]
    pub(crate) fn clear(&mut self) {
        for (sums, features) in self.sums.iter_mut().zip(&mut self.features) {
            if std::mem::take(features) > 0 {
                *sums = [0; DIM];
            }
        }
        self.letters = [0; Script::COUNT];
        (self.all_letters, self.erased, self.latin_run) = (0, 0, 0);
    }

    /// Adds the evidence of tokens of a piece of text; what stands behind the piece ends a token.
    pub(crate) fn read(&mut self, text: &str, piece: Range<usize>, which: Tokens, memory: &mut Memory) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the machine has AVX2, which is all that the function asks for.
            unsafe { read_avx2(self, text, piece, which, memory) };
            return;
        }
        read_portable(self, text, piece, which, memory);
    }

    /// Adds other evidence.
    pub(crate) fn add(&mut self, other: &Evidence) {
        for script in 0..Script::MODELLED {
            if other.features[script] > 0 {
                self.features[script] += other.features[script];
                for (sum, more) in self.sums[script].iter_mut().zip(&other.sums[script]) {
                    *sum += more;
                }
            }
        }
        for (count, more) in self.letters.iter_mut().zip(&other.letters) {
            *count += more;
        }
        self.all_letters += other.all_letters;
        self.erased += other.erased;
        self.latin_run = self.latin_run.max(other.latin_run);
    }

    /// The mean embedding of one script.
    pub(crate) fn mean(&self, script: Script) -> Mean {
        mean(&self.sums[script as usize], self.features[script as usize])
    }
}

/// Sums over so many features are divided by the root of their number, up to this number; beyond, like a mean.
///
/// The logits of a text then grow with its length as the evidence does, up to about 300 letters.
pub const MOST_FEATURES: u32 = 1024;

/// What sums over so many features are multiplied by.
#[inline]
pub fn scale(features: u32) -> f32 {
    let n = features.max(1) as f32;
    if features <= MOST_FEATURES { 1.0 / n.sqrt() } else { (MOST_FEATURES as f32).sqrt() / n }
}

/// A scaled sum of embeddings, in steps of 1/[`MEAN_STEPS`] of the unit of the table.
pub(crate) type Mean = [i16; DIM];
/// At most 7 units a feature, times the root of [`MOST_FEATURES`], times this, is below 2^15.
pub(crate) const MEAN_STEPS: f32 = 64.0;

/// The scaled sums of so many features.
#[inline]
pub(crate) fn mean(sums: &[i32; DIM], features: u32) -> Mean {
    // A number below 2^22 added to this has its nearest whole number in its low bits, whatever its sign.
    const WHOLE: f32 = 12_582_912.0;
    let factor = MEAN_STEPS * scale(features);
    let mut mean = [0; DIM];
    for (mean, &sum) in mean.iter_mut().zip(sums) {
        *mean = (sum as f32 * factor + WHOLE).to_bits() as i16;
    }
    mean
}

//! The shares of the few languages that a text may be in.

use super::decide::LanguageGuess;
use super::evidence::Mean;
use super::head::{Head, Logits};
use super::language::Language;
use super::set::LanguageSet;

/// The few languages with a share worth counting; classes of one language are taken together.
pub(crate) struct Shares {
    languages: [Language; Shares::MOST],
    weights: [f32; Shares::MOST],
    len: usize,
    sum: f32,
}

impl Shares {
    /// A text may be so odd that every class is as good as any other; then those that find no room are only summed.
    const MOST: usize = 48;

    /// Softmax over the classes of a head.
    pub(crate) fn of(head: &Head, mean: &Mean, set: &LanguageSet) -> Shares {
        Shares::of_logits(head, &head.logits(mean, set))
    }

    /// The same from logits that are at hand.
    pub(crate) fn of_logits(head: &Head, logits: &Logits) -> Shares {
        let top = logits.top;
        let mut shares = Shares {
            languages: [Language::UND; Shares::MOST],
            weights: [0.0; Shares::MOST],
            len: 0,
            sum: f32::MIN_POSITIVE,
        };
        // The first class gets its room before any other.
        if let Some((first, _)) = logits.near().find(|&(_, logit)| logit == top) {
            shares.languages[0] = head.classes[first];
            shares.len = 1;
        }
        for (class, logit) in logits.near() {
            shares.add(head.classes[class], exp((logit - top) as f32 * head.step));
        }
        shares
    }

    /// The classes of one language come one after the other.
    #[inline]
    fn add(&mut self, language: Language, share: f32) {
        self.sum += share;
        let last = self.len.saturating_sub(1);
        if self.languages[0] == language {
            self.weights[0] += share;
        } else if self.languages[last] == language {
            self.weights[last] += share;
        } else if self.len < Self::MOST {
            (self.languages[self.len], self.weights[self.len]) = (language, share);
            self.len += 1;
        }
    }

    /// The share of one language.
    pub(crate) fn share(&self, language: Language) -> f32 {
        let at = self.languages[..self.len].iter().position(|&other| other == language);
        at.map_or(0.0, |at| self.weights[at] / self.sum)
    }

    /// The language with the largest share.
    pub(crate) fn best(&self) -> LanguageGuess {
        let mut best = (Language::UND, 0.0);
        for (&language, &share) in self.languages[..self.len].iter().zip(&self.weights) {
            if share > best.1 {
                best = (language, share);
            }
        }
        LanguageGuess { language: best.0, score: (best.1 / self.sum).min(1.0) }
    }
}

/// `e^x` for `x <= 0`, with a relative error below 1e-3, the same on every machine.
///
/// Splits off the power of two and takes the rest from its Taylor series up to the fifth degree.
pub(crate) fn exp(x: f32) -> f32 {
    let scaled = x.clamp(-80.0, 0.0) * std::f32::consts::LOG2_E;
    let whole = scaled as i32 - 1;
    let t = (scaled - whole as f32) * std::f32::consts::LN_2;
    let fraction = 1.0 + t * (1.0 + t * (0.5 + t * (1.0 / 6.0 + t * (1.0 / 24.0 + t * (1.0 / 120.0)))));
    f32::from_bits(((whole + 127) as u32) << 23) * fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_stays_near_the_exponential() {
        for step in 0..8_000_u16 {
            let x = -f32::from(step) / 100.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-3, "{x}");
        }
    }
}

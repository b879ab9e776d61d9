//! The shares of the few languages that a text may be in.

use super::decide::LanguageGuess;
use super::evidence::Mean;
use super::head::Head;
use super::language::Language;
use super::set::LanguageSet;

/// The few languages with a share worth counting; classes of one language are taken together.
pub(crate) struct Shares {
    list: [(Language, f32); Shares::MOST],
    len: usize,
    sum: f32,
    /// By how many nats the first class is ahead of the first of those that stand for unknown languages.
    pub(crate) ahead_of_unknown: f32,
}

/// By how many nats a class may lie behind the first and still be counted: at most 1/400 of its share.
const FAR: f32 = 6.0;

impl Shares {
    /// A text may be so odd that every class is as good as any other; then those that find no room are only summed.
    const MOST: usize = 48;

    /// Softmax over the classes of a head.
    pub(crate) fn of(head: &Head, mean: &Mean, set: &LanguageSet) -> Shares {
        let logits = head.logits(mean, set);
        let top = logits.top();
        let floor = top.saturating_sub((FAR / head.step) as i32);
        let mut shares = Shares {
            list: [(Language::UND, 0.0); Shares::MOST],
            len: 0,
            sum: f32::MIN_POSITIVE,
            ahead_of_unknown: 0.0,
        };
        let unknown = head.logit_of(Language::UND, &logits).unwrap_or(f32::MIN);
        shares.ahead_of_unknown = top as f32 * head.step - unknown;
        // The first class gets its room before any other.
        let first = logits.first();
        if let Some(&language) = first.and_then(|class| head.classes.get(class)) {
            shares.list[0].0 = language;
            shares.len = 1;
        }
        for ((top_of_eight, logits), classes) in logits.eights().zip(head.classes.chunks(8)) {
            // Most eights have no class that counts.
            if top_of_eight > floor {
                for (&logit, &language) in logits.iter().zip(classes) {
                    if logit > floor {
                        shares.add(language, exp((logit - top) as f32 * head.step));
                    }
                }
            }
        }
        shares
    }

    fn add(&mut self, language: Language, share: f32) {
        self.sum += share;
        match self.list[..self.len].iter_mut().find(|entry| entry.0 == language) {
            Some(entry) => entry.1 += share,
            None if self.len < Self::MOST => {
                self.list[self.len] = (language, share);
                self.len += 1;
            }
            None => {}
        }
    }

    /// The share of one language.
    pub(crate) fn share(&self, language: Language) -> f32 {
        let entry = self.list[..self.len].iter().find(|entry| entry.0 == language);
        entry.map_or(0.0, |entry| entry.1 / self.sum)
    }

    /// The language with the largest share.
    pub(crate) fn best(&self) -> LanguageGuess {
        let mut best = (Language::UND, 0.0);
        for &entry in &self.list[..self.len] {
            if entry.1 > best.1 {
                best = entry;
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

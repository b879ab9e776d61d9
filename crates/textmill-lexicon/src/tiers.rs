//! How frequent a word is in every language, in three bits each.

use crate::LANGUAGES;

/// The tiers of one word in all of [`LANGUAGES`](crate::LANGUAGES), three bits a language, the first language lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct Tiers(pub(crate) u128);

impl Tiers {
    /// A word that no language knows.
    pub const NONE: Tiers = Tiers(0);

    /// The lowest tier of a word that is known.
    pub const LOWEST: u8 = 1;

    /// The highest tier.
    pub const HIGHEST: u8 = 7;

    /// The tier in the language at that place of [`LANGUAGES`](crate::LANGUAGES): 1..=7, or 0 for an unknown word.
    pub const fn of(self, language: usize) -> u8 {
        assert!(language < LANGUAGES.len());
        (self.0 >> (3 * language)) as u8 & 7
    }

    /// Whether no language knows the word.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The places and tiers of the languages that know the word, in the order of the languages.
    pub fn iter(self) -> impl Iterator<Item = (usize, u8)> {
        /// Languages in the lower word.
        const LOWER: usize = 21;
        // Two words of 64 bits are looked through faster than one of 128.
        let halves = [self.0 as u64 & ((1 << (3 * LOWER)) - 1), (self.0 >> (3 * LOWER)) as u64];
        let of_half = |half: usize| {
            let mut left = halves[half];
            std::iter::from_fn(move || {
                if left == 0 {
                    return None;
                }
                let place = left.trailing_zeros() as usize / 3;
                let tier = (left >> (3 * place)) as u8 & 7;
                left &= !(7 << (3 * place));
                Some((half * LOWER + place, tier))
            })
        };
        of_half(0).chain(of_half(1))
    }

    /// The highest tier in any language, 0 if none knows the word.
    pub fn highest(self) -> u8 {
        // The lowest bit of each language's three.
        const LOWEST_BITS: u128 = ((1 << (3 * LANGUAGES.len())) - 1) / 7;
        // Bit by bit from the highest: the languages that have it are the only ones left, if there are any.
        let mut left = LOWEST_BITS;
        let mut highest = 0;
        for bit in [2, 1, 0] {
            let with = self.0 >> bit & left;
            if with != 0 {
                left = with;
                highest |= 1 << bit;
            }
        }
        highest
    }
}

/// Lowest Zipf value (log10 of the occurrences in a thousand million words) of the tiers 1 to 7.
///
/// Words below the first are not in the table. The upper borders lie where counts are large enough to tell more; the
/// lower ones are half a decade apart.
pub const ZIPF_BORDERS: [f32; 7] = [2.25, 2.75, 3.25, 3.75, 4.25, 5.0, 6.0];

/// Log10 of the probability that a word of running text is this one, given its tier; for tier 0, of one unknown word.
///
/// The mean over the words of a tier in all languages, each weighted by its frequency, as `tools/build.py` prints it.
/// Tier 0 is the mean over the words that wordfreq has and the table leaves out.
pub const fn log10_probability(tier: u8) -> f32 {
    const MEAN: [f32; 8] = [-7.21, -6.48, -5.94, -5.48, -4.99, -4.37, -3.52, -2.08];
    MEAN[tier as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iterating_names_the_languages_that_know_the_word() {
        let tiers = Tiers(5 | 7 << 9 | 1 << 114);
        assert_eq!(tiers.iter().collect::<Vec<_>>(), [(0, 5), (3, 7), (38, 1)]);
        assert_eq!((tiers.of(0), tiers.of(1), tiers.of(38)), (5, 0, 1));
        assert_eq!(tiers.highest(), 7);
    }

    #[test]
    fn the_highest_tier_is_that_of_all_languages() {
        let mut bits = 0x0123_4567_89ab_cdef_u64;
        for shift in 0..1000 {
            bits = bits.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
            // Fewer and fewer bits, so that low tiers come highest too.
            let sparse = (0..shift % 5).fold(bits, |left, by| left & bits.rotate_right(7 * by + 3));
            let tiers = Tiers((u128::from(sparse) << 53 | u128::from(sparse)) & ((1 << 117) - 1));
            assert_eq!(tiers.highest(), tiers.iter().map(|(_, tier)| tier).max().unwrap_or(0), "{tiers:?}");
            let of_each: Vec<_> = (0..LANGUAGES.len()).map(|at| (at, tiers.of(at))).filter(|x| x.1 > 0).collect();
            assert_eq!(tiers.iter().collect::<Vec<_>>(), of_each);
        }
    }

    #[test]
    fn a_tier_stands_for_a_probability_within_its_borders() {
        for tier in Tiers::LOWEST..=Tiers::HIGHEST {
            let zipf = log10_probability(tier) + 9.0;
            assert!(zipf >= ZIPF_BORDERS[usize::from(tier) - 1]);
            assert!(ZIPF_BORDERS.get(usize::from(tier)).is_none_or(|&next| zipf < next));
        }
    }
}

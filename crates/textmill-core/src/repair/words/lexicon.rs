//! The built-in lexicon, or, without the feature `lexicon`, one that knows no word.

#[cfg(feature = "lexicon")]
pub(crate) use textmill_lexicon::{Half, LANGUAGES, Tiers, key, log10_probability, lookup, lookup_all, productivity};

#[cfg(not(feature = "lexicon"))]
pub(crate) use none::{Half, LANGUAGES, Tiers, key, log10_probability, lookup, lookup_all, productivity};

/// The same interface, with nothing behind it.
#[cfg(not(feature = "lexicon"))]
mod none {
    pub(crate) const LANGUAGES: [&str; 1] = ["und"];

    /// The tiers of a word that no language knows.
    #[derive(Clone, Copy, Debug, Default)]
    pub(crate) struct Tiers;

    #[allow(clippy::unused_self)] // The interface is that of the lexicon.
    impl Tiers {
        pub(crate) const fn of(self, _language: usize) -> u8 {
            0
        }

        pub(crate) const fn is_empty(self) -> bool {
            true
        }

        pub(crate) const fn highest(self) -> u8 {
            0
        }

        pub(crate) fn iter(self) -> impl Iterator<Item = (usize, u8)> {
            std::iter::empty()
        }
    }

    pub(crate) const fn key(_word: &str) -> u64 {
        0
    }

    pub(crate) const fn lookup(_key: u64) -> Tiers {
        Tiers
    }

    pub(crate) const fn lookup_all<const N: usize>(_keys: [u64; N]) -> [Tiers; N] {
        [Tiers; N]
    }

    pub(crate) const fn log10_probability(_tier: u8) -> f32 {
        -7.0
    }

    /// Which part of a word a string is.
    #[derive(Clone, Copy)]
    pub(crate) enum Half {
        First,
        Last,
    }

    pub(crate) const fn productivity(_language: usize, _half: Half, _key: u64) -> u8 {
        0
    }
}

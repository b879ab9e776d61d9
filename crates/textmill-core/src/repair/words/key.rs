//! Words as numbers: a key is a 64-bit hash of the folded letters, salted by what the word is known as.

use super::letters::fold;

/// What a key stands for. The salts keep the kinds apart in one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A word by itself.
    Word,
    /// The part before the hyphen of some compound.
    Before,
    /// The part after the hyphen of some compound.
    After,
    /// A word that followed a suspended hyphen (`Vor- und`).
    Suspended,
}

/// The hash of a word's folded letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct WordKey(pub(crate) u64);

const SEED: u64 = 0x9E37_79B9_7F4A_7C15;
const MULTIPLIER: u64 = 0xD6E8_FEB8_6659_FD93;

impl WordKey {
    /// The key of no letters.
    pub(crate) const EMPTY: WordKey = WordKey(SEED);

    /// The key after one more folded letter.
    #[inline]
    #[must_use]
    pub(crate) fn push(self, folded: u32) -> WordKey {
        // The multiplication does not wait for the letter before.
        WordKey(self.0.rotate_left(7) ^ u64::from(folded).wrapping_mul(MULTIPLIER))
    }

    /// The key of the letters of `word`, and how many they are.
    pub(crate) fn of(word: &str) -> (WordKey, usize) {
        WordKey::EMPTY.extend(word)
    }

    /// The key after the letters of `more`, and how many those are.
    pub(crate) fn extend(self, more: &str) -> (WordKey, usize) {
        if more.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            let key = more.bytes().fold(self, |key, byte| key.push(u32::from(byte | 0x20)));
            return (key, more.len());
        }
        more.chars().filter_map(fold).fold((self, 0), |(key, n), c| (key.push(c as u32), n + 1))
    }

    /// The table key of the word as `kind`.
    #[inline]
    pub(crate) fn as_kind(self, kind: Kind) -> u64 {
        let salt = match kind {
            Kind::Word => 0,
            Kind::Before => 0xA5A5_1111_7777_3333,
            Kind::After => 0x5A5A_2222_8888_4444,
            Kind::Suspended => 0x3C3C_9999_5555_6666,
        };
        mix(self.0 ^ salt)
    }

    /// The table key of the compound `self-other`.
    #[inline]
    pub(crate) fn compound(self, other: WordKey) -> u64 {
        mix(self.0.rotate_left(23) ^ other.0.wrapping_mul(SEED))
    }
}

/// Spreads the bits of a hash.
#[inline]
pub(crate) fn mix(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 32)).wrapping_mul(SEED);
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_in_two_parts_has_the_key_of_the_whole() {
        let (left, _) = WordKey::of("EXAM");
        assert_eq!(left.extend("ple").0, WordKey::of("example").0);
        assert_ne!(WordKey::of("exam").0.compound(WordKey::of("ple").0), WordKey::of("example").0.as_kind(Kind::Word));
    }
}

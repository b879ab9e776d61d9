//! UTF-8 that is nearly right: where it breaks, and how much of it is sound.
//!
//! Sequences are those of the WHATWG Encoding Standard: a malformed one is the longest prefix of a sound one, or one byte.
//! Two exceptions carry a meaning: a surrogate pair written as two sequences (CESU-8) and the start of a sequence at the
//! very end of the bytes.

/// What stands at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sequence {
    /// A sound sequence of two to four bytes.
    Sound(usize),
    /// Six bytes of CESU-8, and what they mean.
    SurrogatePair(char),
    /// So many bytes that are no character.
    Malformed(usize),
}

/// Reads the sequence at the start of `bytes`, which begins with a byte that is not ASCII.
pub(super) fn sequence(bytes: &[u8]) -> Sequence {
    let continues = |at: usize, low: u8, high: u8| bytes.get(at).is_some_and(|&byte| low <= byte && byte <= high);
    let (len, low, high) = match bytes[0] {
        0xC2..=0xDF => (2, 0x80, 0xBF),
        0xE0 => (3, 0xA0, 0xBF),
        0xED => (3, 0x80, 0x9F),
        0xE1..=0xEF => (3, 0x80, 0xBF),
        0xF0 => (4, 0x90, 0xBF),
        0xF1..=0xF3 => (4, 0x80, 0xBF),
        0xF4 => (4, 0x80, 0x8F),
        _ => return Sequence::Malformed(1),
    };
    if !continues(1, low, high) {
        return surrogate_pair(bytes).map_or(Sequence::Malformed(1), Sequence::SurrogatePair);
    }
    for at in 2..len {
        if !continues(at, 0x80, 0xBF) {
            return Sequence::Malformed(at);
        }
    }
    Sequence::Sound(len)
}

/// The character that a pair of surrogates of three bytes each stands for.
fn surrogate_pair(bytes: &[u8]) -> Option<char> {
    let &[0xED, high @ 0xA0..=0xAF, high_low @ 0x80..=0xBF, 0xED, low @ 0xB0..=0xBF, low_low @ 0x80..=0xBF, ..] = bytes
    else {
        return None;
    };
    let half = |middle: u8, last: u8| u32::from(middle & 0x0F) << 6 | u32::from(last & 0x3F);
    char::from_u32(0x1_0000 + (half(high, high_low) << 10 | half(low, low_low)))
}

/// Counts of the sequences in some bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// Sound sequences of more than one byte, and surrogate pairs.
    pub(super) sound: usize,
    /// Malformed sequences.
    pub(super) malformed: usize,
    /// Whether the last malformed sequence is a sound one cut by the end of the bytes.
    pub(super) cut_tail: bool,
}

impl Shape {
    /// Counts the sequences of `bytes`.
    pub(super) fn of(bytes: &[u8]) -> Shape {
        if simdutf8::basic::from_utf8(bytes).is_ok() {
            return Shape { sound: bytes.iter().filter(|&&byte| byte >= 0xC0).count(), ..Shape::default() };
        }
        Shape::one_by_one(bytes)
    }

    /// At least how many sequences are malformed, and at most how many are sound, at a glance.
    pub(super) fn glance(bytes: &[u8]) -> (usize, usize) {
        let [mut high, mut pairs, mut begun, mut longer] = [0_usize; 4];
        let after = |n: usize| bytes.get(n..).unwrap_or_default();
        let mut last = 0;
        // Sums of up to 192 ones fit a byte, and such sums are made many at a time.
        for ((first, second), third) in bytes.chunks(192).zip(after(1).chunks(192)).zip(after(2).chunks(192)) {
            let [mut n_high, mut n_pairs, mut n_begun, mut n_longer] = [0_u8; 4];
            for ((&a, &b), &c) in first.iter().zip(second).zip(third) {
                let (b, c) = (u8::from(b & 0xC0 == 0x80), u8::from(c & 0xC0 == 0x80));
                let long = u8::from(a >= 0xE0) & b;
                n_high += a >> 7;
                n_pairs += u8::from((0xC2..0xE0).contains(&a)) & b;
                n_begun += long;
                n_longer += long & c;
            }
            high += usize::from(n_high);
            pairs += usize::from(n_pairs);
            begun += usize::from(n_begun);
            longer += usize::from(n_longer);
            last += third.len();
        }
        // The last two bytes may be a pair.
        pairs += usize::from(bytes.len() - last == 2 && bytes[last] >= 0xC2 && bytes[last + 1] & 0xC0 == 0x80);
        // Whatever begins like a longer sequence has at most four bytes, be it sound or not.
        (high.saturating_sub(2 * pairs + 4 * begun), pairs + longer)
    }

    fn one_by_one(bytes: &[u8]) -> Shape {
        let mut shape = Shape::default();
        let mut at = next_high(bytes, 0);
        while at < bytes.len() {
            let rest = &bytes[at..];
            at += match sequence(rest) {
                Sequence::Sound(len) => {
                    shape.sound += 1;
                    len
                }
                Sequence::SurrogatePair(_) => {
                    shape.sound += 1;
                    6
                }
                Sequence::Malformed(len) => {
                    shape.malformed += 1;
                    shape.cut_tail = len == rest.len() && rest[0] >= 0xC2 && rest[0] <= 0xF4;
                    len
                }
            };
            if bytes.get(at).is_some_and(|&byte| byte < 0x80) {
                at = next_high(bytes, at);
            }
        }
        shape
    }

    /// Malformed sequences other than a cut tail.
    pub(super) fn broken(self) -> usize {
        self.malformed - usize::from(self.cut_tail)
    }
}

/// The first byte at or after `at` that is not ASCII.
pub(super) fn next_high(bytes: &[u8], at: usize) -> usize {
    // Most ASCII runs in text that is not English are a few bytes long.
    for (offset, &byte) in bytes[at..].iter().take(8).enumerate() {
        if byte >= 0x80 {
            return at + offset;
        }
    }
    let from = (at + 8).min(bytes.len());
    from + encoding_rs::Encoding::ascii_valid_up_to(&bytes[from..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_string_is_made_of_exactly_what_the_standard_library_takes(bytes in prop_oneof![
            any::<String>().prop_map(String::into_bytes), prop::collection::vec(any::<u8>(), 0..100)]) {
            let theirs = String::from_utf8(bytes.clone()).map_err(std::string::FromUtf8Error::into_bytes);
            prop_assert_eq!(super::super::utf8_string(bytes), theirs);
        }

        #[test]
        fn counts_what_the_standard_library_counts(bytes in prop::collection::vec(prop_oneof![
            any::<u8>(), 0x80_u8..0xC0, 0xC0_u8..=0xFF, 0x20_u8..0x7F], 0..200)) {
            let shape = Shape::of(&bytes);
            let mut sound = 0;
            let mut malformed = 0;
            for chunk in bytes.utf8_chunks() {
                sound += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
                malformed += usize::from(!chunk.invalid().is_empty());
            }
            let pairs = bytes.windows(6).filter(|window| surrogate_pair(window).is_some()).count();
            prop_assert_eq!(shape.sound, sound + pairs);
            prop_assert_eq!(shape.malformed, malformed - 6 * pairs);
            let (least_malformed, most_sound) = Shape::glance(&bytes);
            prop_assert!(least_malformed <= shape.malformed + 6 * pairs && most_sound >= shape.sound);
            prop_assert_eq!(Shape::one_by_one(&bytes), shape);
        }
    }

    #[test]
    fn reads_a_surrogate_pair_written_as_two_sequences() {
        assert_eq!(sequence(b"\xED\xA0\xBD\xED\xB8\x80"), Sequence::SurrogatePair('😀'));
        assert_eq!(sequence(b"\xED\xA0\xBD"), Sequence::Malformed(1));
    }

    #[test]
    fn knows_a_tail_that_was_cut() {
        assert_eq!(Shape::of("déjà €".as_bytes()[..9].into()).broken(), 0);
        assert_eq!(Shape::of(b"abc\xFF").broken(), 1);
    }
}

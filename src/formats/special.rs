//! The bytes that mean something inside a JSON string: quotes, backslashes and control characters.
//!
//! Gaps between them are a few dozen bytes in much text, so that a search that begins anew at each would spend most of
//! its time on that. Here a block is compared once, and all that is found in it is given out.

/// Bytes that are compared at once.
const BLOCK: usize = 64;

/// The places of the bytes that are a quote, a backslash or below a space, in ascending order.
pub struct Specials<'a> {
    bytes: &'a [u8],
    /// Where the block that `mask` speaks of begins.
    block: usize,
    /// One bit for each place in the block that was not given out yet.
    mask: u64,
}

impl<'a> Specials<'a> {
    /// Those from `at` on.
    #[inline]
    pub fn new(bytes: &'a [u8], at: usize) -> Specials<'a> {
        Specials { bytes, block: at, mask: block_at(bytes, at) }
    }

    /// The next one; the length of the bytes if there is none.
    #[inline]
    pub fn next(&mut self) -> usize {
        while self.mask == 0 {
            self.block += BLOCK;
            if self.block >= self.bytes.len() {
                return self.bytes.len();
            }
            self.mask = block_at(self.bytes, self.block);
        }
        let at = self.block + self.mask.trailing_zeros() as usize;
        self.mask &= self.mask - 1;
        at
    }

    /// Forgets those before `at`, which lies behind the last one given.
    #[inline]
    pub fn skip_to(&mut self, at: usize) {
        match at - self.block {
            passed @ 0..BLOCK => self.mask &= u64::MAX << passed,
            _ => *self = Specials::new(self.bytes, at),
        }
    }
}

/// The bits of the block that begins at `at`; past the end there is nothing.
#[inline]
fn block_at(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    if let Some(block) = rest.first_chunk() {
        return bits_of(block);
    }
    let mut block = [b' '; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    bits_of(&block)
}

#[inline]
fn bits_of(block: &[u8; BLOCK]) -> u64 {
    // Without branches, so that the loop becomes vector instructions.
    let mut flags = [0_u8; BLOCK];
    for (flag, &byte) in flags.iter_mut().zip(block) {
        *flag = u8::from((byte < b' ') | (byte == b'"') | (byte == b'\\'));
    }
    let eights = flags.as_chunks::<8>().0.iter().map(|&eight| u64::from_le_bytes(eight));
    if eights.clone().fold(0, |any, eight| any | eight) == 0 {
        return 0;
    }
    // The product gathers the lowest bits of eight bytes in its highest byte, first byte lowest.
    eights.rev().fold(0, |bits, eight| bits << 8 | eight.wrapping_mul(0x0102_0408_1020_4080) >> 56)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_a_search_byte_by_byte_finds(
            bytes in prop::collection::vec(prop_oneof![30 => any::<u8>().prop_map(|b| b | 0x80), 20 => 0x60_u8..0x7F,
                1 => any::<u8>(), 1 => Just(b'"'), 1 => Just(b'\\'), 1 => 0x1E_u8..0x24], 0..300),
            from in 0..310_usize,
            skips in prop::collection::vec(prop_oneof![Just(0_usize), 1..9_usize, 60..70_usize], 20),
        ) {
            let next = |at: usize| {
                let is_special = |&at: &usize| bytes[at] < b' ' || bytes[at] == b'"' || bytes[at] == b'\\';
                (at..bytes.len()).find(is_special).unwrap_or(bytes.len())
            };
            let mut specials = Specials::new(&bytes, from);
            let mut naive = from;
            for skip in skips {
                let at = specials.next();
                prop_assert_eq!(at, next(naive));
                naive = at + 1 + skip;
                if skip > 0 && at < bytes.len() {
                    specials.skip_to(naive);
                }
                if at == bytes.len() {
                    break;
                }
            }
        }
    }
}

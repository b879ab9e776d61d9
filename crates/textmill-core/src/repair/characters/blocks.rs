//! Steps over a text 64 bytes at a time and stops only where a byte may begin something a rule cares about.
//!
//! The test of a rule sees a byte and the three after it and is written without branches, so that the compiler turns the
//! loop over a block into vector instructions; a block without a hit costs a few instructions per 16 bytes. The test is
//! about bytes, not characters: a hit is a place to look at, not yet a finding.

/// Bytes looked at in one step.
const BLOCK: usize = 64;

/// Bytes that a test sees after its own.
const AHEAD: usize = 3;

/// The offsets of a text at which `test` holds, in ascending order; past the end of the text the test sees zeros.
#[inline]
pub(in crate::repair) fn hits<F>(bytes: &[u8], test: F) -> Hits<'_, F>
where
    F: Fn(u8, u8, u8, u8) -> bool,
{
    Hits { bytes, block: 0, next: 0, mask: 0, test }
}

/// Iterator over the offsets at which a test holds; see [`hits`].
pub(in crate::repair) struct Hits<'a, F> {
    bytes: &'a [u8],
    /// Where the block that `mask` speaks of begins.
    block: usize,
    /// Where the next block begins.
    next: usize,
    /// The hits of the block that were not given out yet.
    mask: u64,
    test: F,
}

impl<F> Hits<'_, F> {
    /// Forgets all hits before `offset`.
    pub(in crate::repair) fn skip_to(&mut self, offset: usize) {
        if offset >= self.next {
            self.mask = 0;
            self.next = offset;
        } else if offset > self.block {
            self.mask &= u64::MAX << (offset - self.block);
        }
    }
}

impl<F> Iterator for Hits<'_, F>
where
    F: Fn(u8, u8, u8, u8) -> bool,
{
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.mask == 0 {
            if self.next >= self.bytes.len() {
                return None;
            }
            self.block = self.next;
            let rest = &self.bytes[self.block..];
            if let Some(window) = rest.first_chunk::<{ BLOCK + AHEAD }>() {
                self.mask = hits_of_block(window, &self.test);
            } else {
                let mut padded = [0; BLOCK + AHEAD];
                let size = rest.len().min(BLOCK + AHEAD);
                padded[..size].copy_from_slice(&rest[..size]);
                self.mask = hits_of_block(&padded, &self.test);
                if rest.len() < BLOCK {
                    self.mask &= (1 << rest.len()) - 1;
                }
            }
            self.next = self.block + BLOCK;
        }
        let offset = self.block + self.mask.trailing_zeros() as usize;
        self.mask &= self.mask - 1;
        Some(offset)
    }
}

/// Bit `i` is set where the test holds for byte `i` of the window.
#[inline(always)]
fn hits_of_block<F>(window: &[u8; BLOCK + AHEAD], test: &F) -> u64
where
    F: Fn(u8, u8, u8, u8) -> bool,
{
    let mut flags = [0_u8; BLOCK];
    let mut any = 0;
    for (i, flag) in flags.iter_mut().enumerate() {
        *flag = u8::from(test(window[i], window[i + 1], window[i + 2], window[i + 3]));
        any |= *flag;
    }
    if any == 0 {
        return 0;
    }
    // The product gathers the lowest bits of eight bytes in its highest byte, first byte lowest.
    let mut mask = 0;
    for (i, eight) in flags.as_chunks::<8>().0.iter().enumerate() {
        let gathered = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= gathered << (8 * i);
    }
    mask
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn test(a: u8, b: u8, c: u8, d: u8) -> bool {
        (a == 1) | ((a == 2) & (b == 0) & (c == 3)) | ((a == 3) & (d == 2))
    }

    proptest! {
        #[test]
        fn every_hit_is_found_and_no_other(bytes in prop::collection::vec(0..4_u8, 0..300)) {
            let at = |i: usize| bytes.get(i).copied().unwrap_or(0);
            let expected: Vec<usize> =
                (0..bytes.len()).filter(|&i| test(at(i), at(i + 1), at(i + 2), at(i + 3))).collect();
            prop_assert_eq!(hits(&bytes, test).collect::<Vec<_>>(), expected);
        }

        #[test]
        fn a_skip_forgets_the_hits_before_it(
            bytes in prop::collection::vec(0..4_u8, 0..300), taken in 0..5_usize, offset in 0..300_usize,
        ) {
            let mut hits = hits(&bytes, test);
            let before: Vec<usize> = hits.by_ref().take(taken).collect();
            hits.skip_to(offset);
            let from = before.last().map_or(0, |&last| last + 1).max(offset);
            let at = |i: usize| bytes.get(i).copied().unwrap_or(0);
            let expected: Vec<usize> =
                (from..bytes.len()).filter(|&i| test(at(i), at(i + 1), at(i + 2), at(i + 3))).collect();
            if before.len() == taken {
                prop_assert_eq!(hits.collect::<Vec<_>>(), expected);
            }
        }
    }
}

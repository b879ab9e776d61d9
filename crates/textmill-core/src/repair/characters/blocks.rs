//! Steps over a text 64 bytes at a time and stops only where a byte may begin something a rule cares about.
//!
//! A rule has two tests of a byte and those after it, written without branches, so that the compiler turns the loop over
//! a block into vector instructions: a coarse one, which must hold wherever the fine one does, passes most blocks of clean
//! text at a few instructions per vector; the fine one is asked about the rest. The tests are about bytes, not
//! characters: a hit is a place to look at, not yet a finding.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the loop over a block is not compiled for its vectors"
)]

/// Bytes looked at in one step.
const BLOCK: usize = 64;

/// Bytes that a test sees after its own.
const AHEAD: usize = 3;

/// A block and the bytes after it that the tests of its last bytes see.
type Window = [u8; BLOCK + AHEAD];

/// What a rule asks of a byte and the three after it, zeros past the end of the text.
pub(in crate::repair) trait Places: Copy {
    /// Holds wherever [`Places::fine`] does, and is cheap.
    fn coarse(a: u8, b: u8, c: u8) -> bool;
    /// Holds where the rule has to look.
    fn fine(a: u8, b: u8, c: u8, d: u8) -> bool;
}

/// The offsets of a text at which the fine test holds, in ascending order.
#[inline]
pub(in crate::repair) fn hits<P: Places>(bytes: &[u8], _: P) -> Hits<'_, P> {
    Hits { bytes, block: 0, next: 0, mask: 0, places: std::marker::PhantomData }
}

/// Iterator over the offsets at which a test holds; see [`hits`].
pub(in crate::repair) struct Hits<'a, P> {
    bytes: &'a [u8],
    /// Where the block that `mask` speaks of begins.
    block: usize,
    /// Where the next block begins.
    next: usize,
    /// The hits of the block that were not given out yet.
    mask: u64,
    places: std::marker::PhantomData<P>,
}

impl<P> Hits<'_, P> {
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

impl<P: Places> Iterator for Hits<'_, P> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.mask == 0 {
            (self.block, self.mask) = next_block::<P>(self.bytes, self.next)?;
            self.next = self.block + BLOCK;
        }
        let offset = self.block + self.mask.trailing_zeros() as usize;
        self.mask &= self.mask - 1;
        Some(offset)
    }
}

/// The first block from `at` on that has a hit, and one bit for each of its hits.
fn next_block<P: Places>(bytes: &[u8], at: usize) -> Option<(usize, u64)> {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, which is all the function asks for; it is safe code otherwise.
        return unsafe { next_block_avx2::<P>(bytes, at) };
    }
    next_block_portable::<P>(bytes, at)
}

/// [`next_block_portable`], compiled for vectors of 32 bytes.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn next_block_avx2<P: Places>(bytes: &[u8], at: usize) -> Option<(usize, u64)> {
    next_block_portable::<P>(bytes, at)
}

#[inline(always)]
fn next_block_portable<P: Places>(bytes: &[u8], mut at: usize) -> Option<(usize, u64)> {
    while let Some(window) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        if may_hit::<P>(window) {
            let mask = hits_of_block::<P>(window);
            if mask != 0 {
                return Some((at, mask));
            }
        }
        at += BLOCK;
    }
    while at < bytes.len() {
        let rest = &bytes[at..];
        let mut window = [0; BLOCK + AHEAD];
        let size = rest.len().min(window.len());
        window[..size].copy_from_slice(&rest[..size]);
        let within = if size < BLOCK { (1 << size) - 1 } else { u64::MAX };
        let mask = hits_of_block::<P>(&window) & within;
        if mask != 0 {
            return Some((at, mask));
        }
        at += BLOCK;
    }
    None
}

/// Whether the coarse test holds for a byte of the block.
#[inline(always)]
fn may_hit<P: Places>(window: &Window) -> bool {
    let mut any = 0;
    for i in 0..BLOCK {
        any |= u8::from(P::coarse(window[i], window[i + 1], window[i + 2]));
    }
    any != 0
}

/// Bit `i` is set where the fine test holds for byte `i` of the window.
#[inline(always)]
fn hits_of_block<P: Places>(window: &Window) -> u64 {
    let mut flags = [0_u8; BLOCK];
    let mut any = 0;
    for (i, flag) in flags.iter_mut().enumerate() {
        *flag = u8::from(P::fine(window[i], window[i + 1], window[i + 2], window[i + 3]));
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

/// Whether `byte` lies between `low` and `high`, both included, without a branch.
#[inline(always)]
pub(in crate::repair) fn within(byte: u8, low: u8, high: u8) -> bool {
    byte.wrapping_sub(low) <= high - low
}

#[cfg(test)]
#[expect(clippy::needless_bitwise_bool, reason = "as the tests of the rules are")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn test(a: u8, b: u8, c: u8, d: u8) -> bool {
        (a == 1) | ((a == 2) & (b == 0) & (c == 3)) | ((a == 3) & (d == 2))
    }

    #[derive(Clone, Copy)]
    struct Odd;

    impl Places for Odd {
        fn coarse(a: u8, _: u8, _: u8) -> bool {
            a != 0
        }
        fn fine(a: u8, b: u8, c: u8, d: u8) -> bool {
            test(a, b, c, d)
        }
    }

    proptest! {
        #[test]
        fn every_hit_is_found_and_no_other(bytes in prop::collection::vec(0..4_u8, 0..300)) {
            let at = |i: usize| bytes.get(i).copied().unwrap_or(0);
            let expected: Vec<usize> =
                (0..bytes.len()).filter(|&i| test(at(i), at(i + 1), at(i + 2), at(i + 3))).collect();
            prop_assert_eq!(hits(&bytes, Odd).collect::<Vec<_>>(), expected);
            for at in 0..bytes.len() {
                prop_assert_eq!(next_block::<Odd>(&bytes, at), next_block_portable::<Odd>(&bytes, at));
            }
        }

        #[test]
        fn a_skip_forgets_the_hits_before_it(
            bytes in prop::collection::vec(0..4_u8, 0..300), taken in 0..5_usize, offset in 0..300_usize,
        ) {
            let mut hits = hits(&bytes, Odd);
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

//! Characters of UTF-8 in a few instructions, and masks over the bytes of a block.

use crate::dedup::instructions::Machine;

/// A mask of that many low bits.
#[inline(always)]
pub(super) fn low_bits(n: u32) -> u64 {
    if n >= 64 { u64::MAX } else { (1 << n) - 1 }
}

/// The places at or less than eight bytes after a marked one: to end the walk and begin a block costs as much as to walk
/// over that many characters.
#[inline(always)]
pub(super) fn near(beyond: u64) -> u64 {
    let near = beyond | beyond << 1;
    let near = near | near << 2;
    near | near << 4
}

/// The character that four bytes of UTF-8 begin with; 0 for one beyond U+FFFF.
#[inline(always)]
pub(super) fn decode<M: Machine>(bytes: u32) -> u32 {
    #[cfg(target_arch = "x86_64")]
    if M::BMI2 {
        /// The bits that count, by the high half of the first byte.
        const MASKS: [u32; 16] = {
            let mut masks = [0x7F00_0000; 16];
            (masks[12], masks[13], masks[14], masks[15]) = (0x1F3F_0000, 0x1F3F_0000, 0x0F3F_3F00, 0);
            masks
        };
        // SAFETY: a machine with BMI2 is only named where it is enabled.
        return unsafe { std::arch::x86_64::_pext_u32(bytes.swap_bytes(), MASKS[(bytes >> 4 & 15) as usize]) };
    }
    let (second, third) = (bytes >> 8 & 0x3F, bytes >> 16 & 0x3F);
    let two = (bytes & 0x1F) << 6 | second;
    let three = (bytes & 0xF) << 12 | second << 6 | third;
    match bytes & 0xFF {
        first @ 0..0x80 => first,
        0x80..0xE0 => two,
        0xE0..0xF0 => three,
        _ => 0,
    }
}

/// Length of the character that four bytes of UTF-8 begin with.
#[inline(always)]
pub(super) fn char_len(bytes: u32) -> usize {
    let first = bytes & 0xFF;
    1 + usize::from(first >= 0xC0) + usize::from(first >= 0xE0) + usize::from(first >= 0xF0)
}

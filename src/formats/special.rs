//! The bytes that mean something inside a JSON string: quotes, backslashes and control characters.
//!
//! Gaps between them are a few dozen bytes in much text, so that a search with a start-up cost of its own would spend
//! most of its time on that. What is meant for one byte at a time is written so that the compiler takes a block at once.

/// The first byte at or after `at` that is a quote, a backslash or below a space; the length of `bytes` if there is none.
#[inline]
pub fn next_special(bytes: &[u8], mut at: usize) -> usize {
    while let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let found = specials(block);
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        at += BLOCK;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|&byte| is_special(byte)).unwrap_or(rest.len())
}

/// Bytes that are looked at in one step.
const BLOCK: usize = 32;

fn is_special(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

/// One bit for each byte of the block, the lowest for the first.
#[inline]
fn specials(block: &[u8; BLOCK]) -> u32 {
    // Without branches, so that the loop becomes vector instructions.
    let mut flags = [0_u8; BLOCK];
    let mut any = 0;
    for (flag, &byte) in flags.iter_mut().zip(block) {
        *flag = u8::from((byte < b' ') | (byte == b'"') | (byte == b'\\'));
        any |= *flag;
    }
    if any == 0 {
        return 0;
    }
    // The product gathers the lowest bits of eight bytes in its highest byte, first byte lowest.
    let eights = flags.as_chunks::<8>().0.iter();
    eights.rev().fold(0, |mask, &eight| {
        mask << 8 | (u64::from_le_bytes(eight).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_a_search_byte_by_byte_finds(
            bytes in prop::collection::vec(prop_oneof![30 => any::<u8>().prop_map(|b| b | 0x80), 20 => 0x60_u8..0x7F,
                1 => any::<u8>(), 1 => Just(b'"'), 1 => Just(b'\\'), 1 => 0x1E_u8..0x24], 0..200),
            from in 0..210_usize,
        ) {
            let naive = (from..bytes.len()).find(|&at| is_special(bytes[at])).unwrap_or(bytes.len().max(from));
            prop_assert_eq!(next_special(&bytes, from), naive);
        }
    }
}

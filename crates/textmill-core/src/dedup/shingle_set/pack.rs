//! The parts of a stored set straight from the bitmap of its buckets, where the low part has four bits.

use std::arch::x86_64::{
    _mm256_storeu_si256, _mm512_cvtepi16_epi8, _mm512_loadu_si512, _mm512_maddubs_epi16, _mm512_maskz_compress_epi8,
    _mm512_set1_epi16, _mm512_storeu_si512, _pext_u64,
};

/// Writes the lowest four bits of the number of each bucket, the first of two in the low half of a byte.
///
/// `low` has 64 bytes more than it takes. Bytes behind the last bucket are written as zeros.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt")]
#[inline]
pub(super) unsafe fn write_low(taken: &[u64], low: &mut [u8]) {
    /// Each number from 0 to 15, four times over.
    const NUMBERS: [u8; 64] = {
        let mut numbers = [0; 64];
        let mut i = 0;
        while i < 64 {
            numbers[i] = (i % 16) as u8;
            i += 1;
        }
        numbers
    };
    // Numbers wait here, one a byte, until there are 64.
    let mut waiting = [0_u8; 128];
    let (mut n_waiting, mut at) = (0, 0);
    // SAFETY: at most 63 bytes wait when 64 are written to 128; `low` is sliced to what is stored.
    unsafe {
        let numbers = _mm512_loadu_si512(NUMBERS.as_ptr().cast());
        let pairs = _mm512_set1_epi16(0x1001);
        let store = |waiting: &[u8; 128], low: &mut [u8]| {
            let low = &mut low[..32];
            let bytes = _mm512_loadu_si512(waiting.as_ptr().cast());
            let packed = _mm512_cvtepi16_epi8(_mm512_maddubs_epi16(bytes, pairs));
            _mm256_storeu_si256(low.as_mut_ptr().cast(), packed);
        };
        for &word in taken {
            let found = _mm512_maskz_compress_epi8(word, numbers);
            _mm512_storeu_si512(waiting[n_waiting..n_waiting + 64].as_mut_ptr().cast(), found);
            n_waiting += word.count_ones() as usize;
            if n_waiting >= 64 {
                store(&waiting, &mut low[at..]);
                let rest = _mm512_loadu_si512(waiting[64..].as_ptr().cast());
                _mm512_storeu_si512(waiting.as_mut_ptr().cast(), rest);
                n_waiting -= 64;
                at += 32;
            }
        }
        waiting[n_waiting..].fill(0);
        store(&waiting, &mut low[at..]);
    }
}

/// Writes for each run of 16 buckets a one for each that is taken, and a zero.
#[target_feature(enable = "bmi1,bmi2,popcnt")]
#[inline]
pub(super) unsafe fn write_high(taken: &[u64], high: &mut [u8]) {
    /// The places of the zeros, after each 16 bits.
    const ZEROS: u64 = 1 << 16 | 1 << 33;
    let (mut pending, mut n_pending, mut at) = (0_u64, 0, 0);
    for &word in taken {
        for half in [word & 0xFFFF_FFFF, word >> 32] {
            let ones = half & 0xFFFF | half >> 16 << 17;
            pending |= _pext_u64(ones, ones | ZEROS) << n_pending;
            n_pending += half.count_ones() + 2;
            super::put_word(high, at, pending);
            at += n_pending as usize / 8;
            pending >>= n_pending / 8 * 8;
            n_pending %= 8;
        }
    }
    super::put_word(high, at, pending);
}

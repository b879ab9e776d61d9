//! What the reader does with vectors: once for any machine, once for AVX2.

use super::evidence::Evidence;
use super::learn::{learn, list, read_anew};
use super::letters::Letters;
use super::memory::{Key, Listed, Word};
use super::model::{DIM, ROWS, Row};
use super::reader::Run;
use super::token::BLOCK;

/// What is done with vectors: once for any machine, once for AVX2.
pub(crate) trait Machine: Sized {
    /// Sixteen-bit sums of embeddings.
    type Sums: Copy;
    const NONE: Self::Sums;
    /// Which of the bytes end a token: one bit each, the first lowest.
    fn spaces(bytes: &[u8; BLOCK]) -> u64;
    fn add(sums: &mut Self::Sums, word: &[i8; DIM]);
    fn add_wide(sums: &mut Self::Sums, more: &[i16; DIM]);
    fn get(sums: Self::Sums) -> [i16; DIM];
    /// Has a word or a row brought near that will be wanted soon.
    fn fetch<T>(_wanted: &T) {}
    /// Lists the features of a token.
    fn list(key: &Key, token: &str, letters: &mut Letters, rows: &mut Vec<u32>) -> Listed;
    /// Works out what a token says.
    fn learn(key: Key, listed: Listed, rows: &[u32]) -> Word;
    /// Reads a token that is not remembered.
    fn read_anew(token: &str, run: &mut Run<Self>, evidence: &mut Evidence, letters: &mut Letters);
}

/// Any machine.
pub(crate) struct Plain;

impl Machine for Plain {
    type Sums = [i16; DIM];
    const NONE: [i16; DIM] = [0; DIM];
    /// Eight bytes in one word at a time.
    #[inline(always)]
    fn spaces(bytes: &[u8; BLOCK]) -> u64 {
        const ONES: u64 = 0x0101_0101_0101_0101;
        const HIGH: u64 = 0x80 * ONES;
        let mut found = 0;
        for (at, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
            let word = u64::from_le_bytes(*eight);
            // Seven bits of more than 0x20 carry into the eighth, which is set outside ASCII anyway.
            let inner = ((word & !HIGH) + (0x80 - 0x21) * ONES) | word;
            // The eight high bits, gathered in the top byte.
            let bits = ((!inner & HIGH) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
            found |= bits << (8 * at);
        }
        found
    }
    #[inline(always)]
    fn add(sums: &mut [i16; DIM], word: &[i8; DIM]) {
        for (sum, more) in sums.iter_mut().zip(word) {
            *sum = sum.wrapping_add(i16::from(*more));
        }
    }
    #[inline(always)]
    fn add_wide(sums: &mut [i16; DIM], more: &[i16; DIM]) {
        for (sum, more) in sums.iter_mut().zip(more) {
            *sum = sum.wrapping_add(*more);
        }
    }
    #[inline(always)]
    fn get(sums: [i16; DIM]) -> [i16; DIM] {
        sums
    }
    #[inline(never)]
    fn list(key: &Key, token: &str, letters: &mut Letters, rows: &mut Vec<u32>) -> Listed {
        list::<Plain>(key, token, letters, rows)
    }
    #[inline(never)]
    fn learn(key: Key, listed: Listed, rows: &[u32]) -> Word {
        learn::<[u16; DIM]>(key, listed, rows)
    }
    #[inline(never)]
    fn read_anew(token: &str, run: &mut Run<Plain>, evidence: &mut Evidence, letters: &mut Letters) {
        read_anew::<Plain, [u16; DIM]>(token, run, evidence, letters);
    }
}

/// Sums of levels, each [`ZERO`] too large, of the rows of a table.
pub(crate) trait Levels: Copy {
    const NONE: Self;
    fn add(&mut self, row: &Row);
    fn add_three(&mut self, rows: [&Row; 3]);
    fn add_all(&mut self, rows: &[u32], table: &[Row; ROWS]);
    fn get(self) -> [u16; DIM];
}

impl Levels for [u16; DIM] {
    const NONE: Self = [0; DIM];
    #[inline(always)]
    fn add(&mut self, row: &Row) {
        for at in 0..DIM / 2 {
            self[at] += u16::from(row[at] & 15);
            self[at + DIM / 2] += u16::from(row[at] >> 4);
        }
    }
    #[inline(always)]
    fn add_three(&mut self, [a, b, c]: [&Row; 3]) {
        self.add(a);
        self.add(b);
        self.add(c);
    }
    #[inline(always)]
    fn add_all(&mut self, rows: &[u32], table: &[Row; ROWS]) {
        rows.iter().for_each(|&row| self.add(&table[row as usize]));
    }
    #[inline(always)]
    fn get(self) -> [u16; DIM] {
        self
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(clippy::cast_ptr_alignment, reason = "the instructions take any alignment")]
pub(crate) mod wide {
    use std::arch::x86_64::{
        __m128i, __m256i, _MM_HINT_T0, _mm_add_epi8, _mm_and_si128, _mm_loadu_si128, _mm_prefetch, _mm_set1_epi8,
        _mm_srli_epi16, _mm256_add_epi16, _mm256_cmpeq_epi8, _mm256_cvtepi8_epi16, _mm256_cvtepu8_epi16,
        _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_set1_epi8, _mm256_storeu_si256,
    };

    use super::{
        BLOCK, DIM, Evidence, Key, Letters, Levels, Listed, Machine, ROWS, Row, Run, Word, learn, list, read_anew,
    };

    /// A machine with AVX2. SAFETY for all of this module: only `read_avx2` and what it calls use it, compiled for AVX2,
    /// and all of it is inlined there; arrays are as long as the vectors, and unaligned access is allowed.
    pub(crate) struct Avx2;

    impl Machine for Avx2 {
        type Sums = (__m256i, __m256i);
        // SAFETY: every pattern of bits is a value of a vector.
        const NONE: Self::Sums = unsafe { std::mem::transmute::<[u8; 64], Self::Sums>([0; 64]) };
        #[inline(always)]
        fn spaces(bytes: &[u8; BLOCK]) -> u64 {
            // SAFETY: see the type.
            unsafe {
                let (low, high) = bytes.split_at(BLOCK / 2);
                let low = _mm256_loadu_si256(low.as_ptr().cast());
                let high = _mm256_loadu_si256(high.as_ptr().cast());
                let low = _mm256_cmpeq_epi8(_mm256_min_epu8(low, _mm256_set1_epi8(0x20)), low);
                let high = _mm256_cmpeq_epi8(_mm256_min_epu8(high, _mm256_set1_epi8(0x20)), high);
                u64::from(_mm256_movemask_epi8(low) as u32) | u64::from(_mm256_movemask_epi8(high) as u32) << 32
            }
        }
        #[inline(always)]
        fn add(sums: &mut Self::Sums, word: &[i8; DIM]) {
            let (low, high) = word.split_at(DIM / 2);
            // SAFETY: see the type.
            unsafe {
                let (low, high) = (_mm_loadu_si128(low.as_ptr().cast()), _mm_loadu_si128(high.as_ptr().cast()));
                sums.0 = _mm256_add_epi16(sums.0, _mm256_cvtepi8_epi16(low));
                sums.1 = _mm256_add_epi16(sums.1, _mm256_cvtepi8_epi16(high));
            }
        }
        #[inline(always)]
        fn add_wide(sums: &mut Self::Sums, more: &[i16; DIM]) {
            let (low, high) = more.split_at(DIM / 2);
            // SAFETY: see the type.
            unsafe {
                sums.0 = _mm256_add_epi16(sums.0, _mm256_loadu_si256(low.as_ptr().cast()));
                sums.1 = _mm256_add_epi16(sums.1, _mm256_loadu_si256(high.as_ptr().cast()));
            }
        }
        #[inline(always)]
        fn get(sums: Self::Sums) -> [i16; DIM] {
            let mut out = [0; DIM];
            let (low, high) = out.split_at_mut(DIM / 2);
            // SAFETY: see the type.
            unsafe {
                _mm256_storeu_si256(low.as_mut_ptr().cast(), sums.0);
                _mm256_storeu_si256(high.as_mut_ptr().cast(), sums.1);
            }
            out
        }
        #[inline(always)]
        fn fetch<T>(wanted: &T) {
            // SAFETY: fetching changes nothing that a program sees.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(wanted).cast()) };
        }
        #[inline(always)]
        fn list(key: &Key, token: &str, letters: &mut Letters, rows: &mut Vec<u32>) -> Listed {
            // SAFETY: see the type.
            unsafe { list_avx2(key, token, letters, rows) }
        }
        #[inline(always)]
        fn learn(key: Key, listed: Listed, rows: &[u32]) -> Word {
            // SAFETY: see the type.
            unsafe { learn_avx2(key, listed, rows) }
        }
        #[inline(always)]
        fn read_anew(token: &str, run: &mut Run<Avx2>, evidence: &mut Evidence, letters: &mut Letters) {
            // SAFETY: see the type.
            unsafe { read_anew_avx2(token, run, evidence, letters) };
        }
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    #[inline(never)]
    fn list_avx2(key: &Key, token: &str, letters: &mut Letters, rows: &mut Vec<u32>) -> Listed {
        list::<Avx2>(key, token, letters, rows)
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    #[inline(never)]
    fn learn_avx2(key: Key, listed: Listed, rows: &[u32]) -> Word {
        learn::<Wide>(key, listed, rows)
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    #[inline(never)]
    fn read_anew_avx2(token: &str, run: &mut Run<Avx2>, evidence: &mut Evidence, letters: &mut Letters) {
        read_anew::<Avx2, Wide>(token, run, evidence, letters);
    }

    #[derive(Clone, Copy)]
    pub(crate) struct Wide(__m256i, __m256i);

    impl Wide {
        #[inline(always)]
        fn add_bytes(&mut self, low: __m128i, high: __m128i) {
            // SAFETY: see `Avx2`.
            unsafe {
                self.0 = _mm256_add_epi16(self.0, _mm256_cvtepu8_epi16(low));
                self.1 = _mm256_add_epi16(self.1, _mm256_cvtepu8_epi16(high));
            }
        }
    }

    /// The low and the high four bits of each byte of a row.
    #[inline(always)]
    fn halves(row: &Row) -> (__m128i, __m128i) {
        // SAFETY: see `Avx2`; a row is 16 bytes.
        unsafe {
            let row = _mm_loadu_si128(row.as_ptr().cast());
            let mask = _mm_set1_epi8(15);
            (_mm_and_si128(row, mask), _mm_and_si128(_mm_srli_epi16::<4>(row), mask))
        }
    }

    impl Levels for Wide {
        // SAFETY: every pattern of bits is a value of a vector.
        const NONE: Self = unsafe { std::mem::transmute::<[u8; 64], Wide>([0; 64]) };
        #[inline(always)]
        fn add(&mut self, row: &Row) {
            let (low, high) = halves(row);
            self.add_bytes(low, high);
        }
        /// The sum of three levels fits a byte.
        #[inline(always)]
        fn add_three(&mut self, rows: [&Row; 3]) {
            // No closures here: they are not compiled for AVX2, and what they call is not inlined.
            let (a, b, c) = (halves(rows[0]), halves(rows[1]), halves(rows[2]));
            // SAFETY: see `Avx2`.
            let (low, high) =
                unsafe { (_mm_add_epi8(_mm_add_epi8(a.0, b.0), c.0), _mm_add_epi8(_mm_add_epi8(a.1, b.1), c.1)) };
            self.add_bytes(low, high);
        }
        /// The sum of sixteen levels fits a byte.
        #[inline(always)]
        fn add_all(&mut self, rows: &[u32], table: &[Row; ROWS]) {
            for rows in rows.chunks(16) {
                // SAFETY: see `Avx2`.
                let (mut low, mut high) = unsafe { (_mm_set1_epi8(0), _mm_set1_epi8(0)) };
                for &row in rows {
                    let more = halves(&table[row as usize]);
                    // SAFETY: see `Avx2`.
                    (low, high) = unsafe { (_mm_add_epi8(low, more.0), _mm_add_epi8(high, more.1)) };
                }
                self.add_bytes(low, high);
            }
        }
        #[inline(always)]
        fn get(self) -> [u16; DIM] {
            let (mut low, mut high) = ([0_u16; DIM / 2], [0_u16; DIM / 2]);
            // SAFETY: see `Avx2`.
            unsafe {
                _mm256_storeu_si256(low.as_mut_ptr().cast(), self.0);
                _mm256_storeu_si256(high.as_mut_ptr().cast(), self.1);
            }
            let mut out = [0; DIM];
            out[..DIM / 2].copy_from_slice(&low);
            out[DIM / 2..].copy_from_slice(&high);
            out
        }
    }
}

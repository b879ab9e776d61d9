//! What a piece of text shows of its language: sums of embeddings and counts of letters, by script.
//!
//! Evidence adds up: that of two pieces is their sum, but for the n-grams across the border.

use super::features::{Sink, extract};
use super::letters::Letters;
use super::model::{DIM, MODEL, ROWS, Row};
use super::script::Script;

/// Sums over the features of one piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Evidence {
    /// Sum of the embeddings, by script.
    pub(crate) sums: [[i32; DIM]; Script::MODELLED],
    /// Number of features, by script.
    pub(crate) features: [u32; Script::MODELLED],
    /// Number of letters, by script.
    pub(crate) letters: [u32; Script::COUNT],
    /// Number of letters of all scripts.
    pub(crate) all_letters: u32,
    /// Letters in tokens that were taken out and are no addresses.
    pub(crate) erased: u32,
    /// Most Latin letters in a row, words of other scripts ending it.
    pub(crate) latin_run: u32,
}

impl Evidence {
    pub(crate) const NONE: Evidence = Evidence {
        sums: [[0; DIM]; Script::MODELLED],
        features: [0; Script::MODELLED],
        letters: [0; Script::COUNT],
        all_letters: 0,
        erased: 0,
        latin_run: 0,
    };

    /// Forgets what was read; faster than another [`Evidence::NONE`], most of which is never written to.
    #[inline]
    pub(crate) fn clear(&mut self) {
        for (sums, features) in self.sums.iter_mut().zip(&mut self.features) {
            if std::mem::take(features) > 0 {
                *sums = [0; DIM];
            }
        }
        self.letters = [0; Script::COUNT];
        (self.all_letters, self.erased, self.latin_run) = (0, 0, 0);
    }

    /// Adds the evidence of a piece of text; `letters` is room to work in.
    pub(crate) fn read(&mut self, text: &str, letters: &mut Letters) {
        letters.read(text);
        self.erased += letters.erased;
        add_letters(self, letters.codes());
    }

    /// Adds other evidence.
    pub(crate) fn add(&mut self, other: &Evidence) {
        for script in 0..Script::MODELLED {
            if other.features[script] > 0 {
                self.features[script] += other.features[script];
                for (sum, more) in self.sums[script].iter_mut().zip(&other.sums[script]) {
                    *sum += more;
                }
            }
        }
        for (count, more) in self.letters.iter_mut().zip(&other.letters) {
            *count += more;
        }
        self.all_letters += other.all_letters;
        self.erased += other.erased;
        self.latin_run = self.latin_run.max(other.latin_run);
    }

    /// The mean embedding of one script.
    pub(crate) fn mean(&self, script: Script) -> Mean {
        mean(&self.sums[script as usize], self.features[script as usize])
    }
}

/// A mean embedding, in steps of 1/64 of the unit of the table.
pub(crate) type Mean = [i16; DIM];

/// The mean of so many features with these sums.
#[inline]
pub(crate) fn mean(sums: &[i32; DIM], features: u32) -> Mean {
    // A number below 2^22 added to this has its nearest whole number in its low bits, whatever its sign.
    const WHOLE: f32 = 12_582_912.0;
    let factor = 64.0 / features.max(1) as f32;
    let mut mean = [0; DIM];
    for (mean, &sum) in mean.iter_mut().zip(sums) {
        *mean = (sum as f32 * factor + WHOLE).to_bits() as i16;
    }
    mean
}

/// Adds the features of folded letters, on the widest vectors that the machine has.
fn add_letters(evidence: &mut Evidence, codes: &[u16]) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the machine has AVX2, which is all that the function asks for.
        unsafe { add_letters_avx2(evidence, codes) };
        return;
    }
    add_letters_portable(evidence, codes);
}

/// The same code as the portable path, compiled for AVX2, with lanes that it holds in two registers.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn add_letters_avx2(evidence: &mut Evidence, codes: &[u16]) {
    sum_features::<wide::EvenOdd>(evidence, codes);
}

fn add_letters_portable(evidence: &mut Evidence, codes: &[u16]) {
    sum_features::<[i16; DIM]>(evidence, codes);
}

/// Sums of embeddings in sixteen bits each.
trait Lanes {
    const NONE: Self;
    fn add(&mut self, row: &Row);
    /// Adds three rows, whose numbers are at most 42: the sum of three fits a signed byte.
    fn add_three(&mut self, rows: [&Row; 3]);
    fn sums(&self) -> [i16; DIM];
}

impl Lanes for [i16; DIM] {
    const NONE: Self = [0; DIM];
    #[inline(always)]
    fn add(&mut self, row: &Row) {
        for (lane, &x) in self.iter_mut().zip(row) {
            *lane = lane.wrapping_add(i16::from(x));
        }
    }
    #[inline(always)]
    fn add_three(&mut self, [a, b, c]: [&Row; 3]) {
        for (at, lane) in self.iter_mut().enumerate() {
            *lane = lane.wrapping_add(i16::from(a[at].wrapping_add(b[at]).wrapping_add(c[at])));
        }
    }
    #[inline(always)]
    fn sums(&self) -> [i16; DIM] {
        *self
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(clippy::cast_ptr_alignment, reason = "the instructions take any alignment")]
mod wide {
    use std::arch::x86_64::{
        __m256i, _mm256_add_epi8, _mm256_add_epi16, _mm256_loadu_si256, _mm256_slli_epi16, _mm256_srai_epi16,
        _mm256_storeu_si256,
    };

    use super::{DIM, Lanes, Row};

    /// Sums of the numbers at even places and of those at odd ones. Only what is compiled for AVX2 makes one.
    pub(super) struct EvenOdd(__m256i, __m256i);

    /// SAFETY for all of it: `EvenOdd` is used in `add_letters_avx2` alone, into which all of this is inlined; a row is 32
    /// bytes, and unaligned access is allowed.
    impl EvenOdd {
        #[inline(always)]
        fn add_bytes(&mut self, bytes: __m256i) {
            // SAFETY: see the type.
            unsafe {
                let even = _mm256_srai_epi16::<8>(_mm256_slli_epi16::<8>(bytes));
                self.0 = _mm256_add_epi16(self.0, even);
                self.1 = _mm256_add_epi16(self.1, _mm256_srai_epi16::<8>(bytes));
            }
        }
    }

    impl Lanes for EvenOdd {
        // SAFETY: every pattern of bits is a value of a vector.
        const NONE: Self = unsafe { std::mem::transmute::<[u8; 64], EvenOdd>([0; 64]) };
        #[inline(always)]
        fn add(&mut self, row: &Row) {
            // SAFETY: see the type.
            self.add_bytes(unsafe { _mm256_loadu_si256(row.as_ptr().cast()) });
        }
        #[inline(always)]
        fn add_three(&mut self, rows: [&Row; 3]) {
            // SAFETY: see the type.
            unsafe {
                let [a, b, c] = rows.map(|row| _mm256_loadu_si256(row.as_ptr().cast()));
                self.add_bytes(_mm256_add_epi8(_mm256_add_epi8(a, b), c));
            }
        }
        #[inline(always)]
        fn sums(&self) -> [i16; DIM] {
            let (mut even, mut odd) = ([0_i16; DIM / 2], [0_i16; DIM / 2]);
            // SAFETY: see the type; each array is 32 bytes.
            unsafe {
                _mm256_storeu_si256(even.as_mut_ptr().cast(), self.0);
                _mm256_storeu_si256(odd.as_mut_ptr().cast(), self.1);
            }
            let mut sums = [0; DIM];
            for at in 0..DIM / 2 {
                (sums[2 * at], sums[2 * at + 1]) = (even[at], odd[at]);
            }
            sums
        }
    }
}

/// From how many rows on the sixteen-bit lanes are emptied: 300 rows and three more, at most 42 each, are below 2^15.
const LANE_ROWS: u32 = 300;

#[inline(always)]
fn sum_features<L: Lanes>(evidence: &mut Evidence, codes: &[u16]) {
    struct Adder<'a, L> {
        table: &'a [Row; ROWS],
        lanes: L,
        in_lanes: u32,
        sums: [i32; DIM],
        features: u32,
        evidence: &'a mut Evidence,
    }
    impl<L: Lanes> Adder<'_, L> {
        #[inline(always)]
        fn widen(&mut self) {
            for (sum, lane) in self.sums.iter_mut().zip(self.lanes.sums()) {
                *sum += i32::from(lane);
            }
            self.lanes = L::NONE;
            self.features += std::mem::take(&mut self.in_lanes);
        }
    }
    impl<L: Lanes> Sink for Adder<'_, L> {
        #[inline(always)]
        fn feature(&mut self, row: usize) {
            self.lanes.add(&self.table[row]);
            self.in_lanes += 1;
        }
        #[inline(always)]
        fn letter(&mut self, rows: [usize; 3]) {
            if self.in_lanes >= LANE_ROWS {
                self.widen();
            }
            self.lanes.add_three(rows.map(|row| &self.table[row]));
            self.in_lanes += 3;
        }
        #[inline(always)]
        fn flush(&mut self, script: Script, letters: u32) {
            self.evidence.letters[script as usize] += letters;
            self.evidence.all_letters += letters;
            if script == Script::Latn {
                self.evidence.latin_run = self.evidence.latin_run.max(letters);
            }
            if (script as usize) < Script::MODELLED {
                self.widen();
                self.evidence.features[script as usize] += std::mem::take(&mut self.features);
                for (sum, more) in self.evidence.sums[script as usize].iter_mut().zip(&mut self.sums) {
                    *sum += std::mem::take(more);
                }
            }
        }
    }
    let Some(table) = MODEL.table else { return };
    let mut adder = Adder { table, lanes: L::NONE, in_lanes: 0, sums: [0; DIM], features: 0, evidence };
    extract(codes, &mut adder);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::features::feature_rows;
    use super::*;

    /// The sums, one feature after the other, in whole numbers.
    fn slow(text: &str) -> Evidence {
        let mut evidence = Evidence::NONE;
        let table = MODEL.table.expect("the model is embedded");
        feature_rows(text, |script, rows, letters| {
            evidence.letters[script as usize] += letters;
            evidence.all_letters += letters;
            for &row in rows {
                evidence.features[script as usize] += 1;
                for (sum, &x) in evidence.sums[script as usize].iter_mut().zip(&table[row as usize]) {
                    *sum += i32::from(x);
                }
            }
        });
        evidence
    }

    #[test]
    fn numbers_of_the_table_are_small_enough_to_add_three_in_a_byte() {
        assert!(MODEL.table.expect("the model is embedded").as_flattened().iter().all(|x| x.abs() <= 42));
    }

    proptest! {
        #[test]
        fn wide_sums_are_the_sums_of_the_features(text in "([a-zçğışöüA-Z]{1,12} ?|[а-яa-z]{1,9}[ .,]|[一-三ぁ-ん]{0,9}|\\PC{0,9}){0,40}") {
            let (mut fast, mut portable) = (Evidence::NONE, Evidence::NONE);
            let mut letters = Letters::default();
            fast.read(&text, &mut letters);
            add_letters_portable(&mut portable, letters.codes());
            let expected = Evidence { erased: fast.erased, latin_run: fast.latin_run, ..slow(&text) };
            prop_assert_eq!(fast, expected);
            portable.erased = fast.erased;
            prop_assert_eq!(portable, expected);
        }
    }
}

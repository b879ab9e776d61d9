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
    let factor = 64.0 / features.max(1) as f32;
    sums.map(|sum| (sum as f32 * factor) as i16)
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

/// The same code as the portable path, compiled for AVX2: an embedding is widened and added in two instructions.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn add_letters_avx2(evidence: &mut Evidence, codes: &[u16]) {
    sum_features(evidence, codes);
}

fn add_letters_portable(evidence: &mut Evidence, codes: &[u16]) {
    sum_features(evidence, codes);
}

/// From how many rows on the sixteen-bit lanes are emptied: 300 rows and three more, at most 42 each, are below 2^15.
const LANE_ROWS: u32 = 300;

#[inline(always)]
fn sum_features(evidence: &mut Evidence, codes: &[u16]) {
    struct Adder<'a> {
        table: &'a [Row; ROWS],
        lanes: [i16; DIM],
        in_lanes: u32,
        sums: [i32; DIM],
        features: u32,
        evidence: &'a mut Evidence,
    }
    impl Adder<'_> {
        #[inline(always)]
        fn widen(&mut self) {
            for (sum, lane) in self.sums.iter_mut().zip(&mut self.lanes) {
                *sum += i32::from(std::mem::take(lane));
            }
            self.features += std::mem::take(&mut self.in_lanes);
        }
    }
    impl Sink for Adder<'_> {
        #[inline(always)]
        fn feature(&mut self, row: usize) {
            for (lane, &x) in self.lanes.iter_mut().zip(&self.table[row]) {
                *lane = lane.wrapping_add(i16::from(x));
            }
            self.in_lanes += 1;
        }
        #[inline(always)]
        fn letter(&mut self, rows: [usize; 3]) {
            if self.in_lanes >= LANE_ROWS {
                self.widen();
            }
            // Three numbers of at most 42 fit a signed byte.
            let [a, b, c] = rows.map(|row| &self.table[row]);
            let mut three = [0_i8; DIM];
            for at in 0..DIM {
                three[at] = a[at].wrapping_add(b[at]).wrapping_add(c[at]);
            }
            for (lane, x) in self.lanes.iter_mut().zip(three) {
                *lane = lane.wrapping_add(i16::from(x));
            }
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
    let mut adder = Adder { table, lanes: [0; DIM], in_lanes: 0, sums: [0; DIM], features: 0, evidence };
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

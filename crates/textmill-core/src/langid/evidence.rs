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
    /// Letters in tokens that were taken out.
    pub(crate) erased: u32,
}

impl Evidence {
    pub(crate) const NONE: Evidence = Evidence {
        sums: [[0; DIM]; Script::MODELLED],
        features: [0; Script::MODELLED],
        letters: [0; Script::COUNT],
        erased: 0,
    };

    /// Adds the evidence of a piece of text; `letters` is room to work in.
    pub(crate) fn read(&mut self, text: &str, letters: &mut Letters) {
        letters.read(text);
        self.erased += letters.erased;
        add_letters(self, &letters.codes);
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
        self.erased += other.erased;
    }

    /// Number of letters of all scripts.
    pub(crate) fn all_letters(&self) -> u32 {
        self.letters.iter().sum()
    }

    /// The mean embedding of one script, in the unit of the table.
    pub(crate) fn mean(&self, script: Script) -> [f32; DIM] {
        let count = self.features[script as usize].max(1) as f32;
        self.sums[script as usize].map(|sum| sum as f32 / count)
    }
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

/// Most rows that sixteen-bit lanes can take: 258 times 127 is below 2^15.
const LANE_ROWS: u32 = 256;

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
            if self.in_lanes == LANE_ROWS {
                self.widen();
            }
            let row = &self.table[row];
            for (lane, &x) in self.lanes.iter_mut().zip(row) {
                *lane = lane.wrapping_add(i16::from(x));
            }
            self.in_lanes += 1;
        }
        #[inline(always)]
        fn flush(&mut self, script: Script, letters: u32) {
            self.evidence.letters[script as usize] += letters;
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

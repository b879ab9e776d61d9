//! The classes of one script: what a mean embedding says for each of them.

use super::evidence::{MEAN_STEPS, Mean};
use super::language::Language;
use super::model::DIM;
use super::set::LanguageSet;

/// Classes that one vector holds.
const LANES: usize = 8;
/// Most classes of a head.
pub(crate) const MOST_CLASSES: usize = 144;

/// The classes of one script.
#[derive(Default)]
pub(crate) struct Head {
    /// The language of each class; `und` and `zxx` may stand several times.
    pub(crate) classes: Vec<Language>,
    /// Weights: for each pair of dimensions, the two weights of class after class, in steps of `step`.
    weights: Vec<[i16; 2 * LANES]>,
    bias: Vec<[i32; LANES]>,
    /// The same weights, class after class.
    rows: Vec<[i16; DIM]>,
    /// The classes of each language.
    classes_of: Vec<Vec<u8>>,
    /// What one unit of a product of weight and mean is worth, in nats.
    pub(crate) step: f32,
}

/// The logit of every class, in steps of the head, the last few of a value that never comes first.
pub(crate) struct Logits {
    sums: [[i32; LANES]; MOST_CLASSES / LANES],
    /// The largest of each eight.
    tops: [i32; MOST_CLASSES / LANES],
    len: usize,
}

impl Logits {
    /// The logits, class after class, with the padding.
    pub(crate) fn values(&self) -> &[i32] {
        self.sums[..self.len].as_flattened()
    }

    /// The largest logit.
    pub(crate) fn top(&self) -> i32 {
        self.tops[..self.len].iter().fold(i32::MIN, |top, &other| top.max(other))
    }

    /// The first class with the largest logit.
    pub(crate) fn first(&self) -> Option<usize> {
        let top = self.top();
        let (at, (_, sums)) = self.eights().enumerate().find(|(_, (most, _))| *most == top)?;
        sums.iter().position(|&sum| sum == top).map(|lane| at * LANES + lane)
    }

    /// Eight logits after the other, each with the largest of them.
    pub(crate) fn eights(&self) -> impl Iterator<Item = (i32, &[i32; LANES])> {
        self.tops[..self.len].iter().copied().zip(&self.sums)
    }

    /// Puts the classes of languages outside the set out of the running.
    fn restrict(&mut self, head: &Head, set: &LanguageSet) {
        for (logit, &language) in self.sums.as_flattened_mut().iter_mut().zip(&head.classes) {
            if language.is_known() && !set.contains(language) {
                *logit = NEVER;
            }
        }
        for (top, sums) in self.tops.iter_mut().zip(&self.sums) {
            *top = sums.iter().fold(i32::MIN, |top, &sum| top.max(sum));
        }
    }
}

/// A logit that never comes first.
const NEVER: i32 = i32::MIN / 2;

impl Head {
    /// Takes the weights over, rounded so that the largest becomes 2^12.
    ///
    /// 32 products of it and of means below 7 · 32 · 64 (see `evidence::mean`) stay below 2^31.
    pub(crate) fn new(classes: Vec<Language>, weights: &[[f32; DIM]], bias: &[f32]) -> Head {
        let largest = weights.iter().flatten().fold(1e-6_f32, |largest, weight| largest.max(weight.abs()));
        let factor = 4_096.0 / largest;
        let step = 1.0 / (factor * MEAN_STEPS);
        let vectors = weights.len().div_ceil(LANES).min(MOST_CLASSES / LANES);
        let mut classes_of = vec![Vec::new(); Language::COUNT + 3];
        for (class, language) in classes.iter().enumerate().take(MOST_CLASSES) {
            classes_of[language.index()].push(class as u8);
        }
        let rows = weights.iter().map(|row| row.map(|weight| (weight * factor).round() as i16)).collect();
        let (weights_of_pairs, bias_of_eights) = (vec![[0; 16]; vectors * DIM / 2], vec![[NEVER; LANES]; vectors]);
        let mut head = Head { classes, weights: weights_of_pairs, bias: bias_of_eights, rows, classes_of, step };
        for (class, row) in weights.iter().enumerate().take(vectors * LANES) {
            for (dim, weight) in row.iter().enumerate() {
                let (vector, lane) = head.place(class, dim);
                head.weights[vector][lane] = (weight * factor).round() as i16;
            }
            head.bias[class / LANES][class % LANES] = (bias[class] / step) as i32;
        }
        head
    }

    /// Where a weight stands: vector and lane.
    fn place(&self, class: usize, dim: usize) -> (usize, usize) {
        (dim / 2 * self.bias.len() + class / LANES, class % LANES * 2 + dim % 2)
    }

    /// The logits for a mean embedding, of the classes whose languages are in the set.
    #[inline]
    pub(crate) fn logits(&self, mean: &Mean, set: &LanguageSet) -> Logits {
        const VECTORS: usize = MOST_CLASSES / LANES;
        let len = self.bias.len();
        let mut logits = Logits { sums: [[NEVER; LANES]; VECTORS], tops: [NEVER; VECTORS], len };
        logits.sums[..len].copy_from_slice(&self.bias);
        self.multiply(mean, &mut logits.sums[..len], &mut logits.tops[..len]);
        if *set != LanguageSet::all() {
            logits.restrict(self, set);
        }
        logits
    }

    /// The largest logit of the classes of a language, in nats; `None` if it has none here.
    #[inline]
    pub(crate) fn logit_of(&self, language: Language, logits: &Logits) -> Option<f32> {
        let class = self.class_of(language, logits)?;
        Some(logits.values()[class] as f32 * self.step)
    }

    /// The class that speaks most for a language; `None` if it has none here.
    #[inline]
    pub(crate) fn class_of(&self, language: Language, logits: &Logits) -> Option<usize> {
        let (first, rest) = self.classes_of.get(language.index())?.split_first()?;
        let values = logits.values();
        let more =
            |best: usize, &class: &u8| if values[usize::from(class)] > values[best] { class.into() } else { best };
        Some(rest.iter().fold(usize::from(*first), more))
    }

    /// The weights of the class of a language, to be multiplied one by one; `None` if it has none here.
    #[inline]
    pub(crate) fn only_row(&self, language: Language) -> Option<&[i16; DIM]> {
        let class = self.classes_of.get(language.index())?.first()?;
        self.rows.get(usize::from(*class))
    }

    /// Adds the products, on the widest vectors that the machine has.
    fn multiply(&self, mean: &Mean, sums: &mut [[i32; LANES]], tops: &mut [i32]) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the machine has AVX2, which is all that the function asks for.
            unsafe { self.multiply_avx2(mean, sums, tops) };
            return;
        }
        self.multiply_portable(mean, sums, tops);
    }

    fn multiply_portable(&self, mean: &Mean, sums: &mut [[i32; LANES]], tops: &mut [i32]) {
        for (pair, rows) in mean.as_chunks::<2>().0.iter().zip(self.weights.chunks_exact(sums.len().max(1))) {
            for (sum, row) in sums.iter_mut().zip(rows) {
                for (lane, two) in sum.iter_mut().zip(row.as_chunks::<2>().0) {
                    *lane += i32::from(two[0]) * i32::from(pair[0]) + i32::from(two[1]) * i32::from(pair[1]);
                }
            }
        }
        for (top, sums) in tops.iter_mut().zip(sums) {
            *top = sums.iter().fold(i32::MIN, |top, &sum| top.max(sum));
        }
    }

    /// One instruction multiplies eight pairs and adds the products of each.
    #[cfg(target_arch = "x86_64")]
    #[allow(clippy::cast_ptr_alignment, reason = "the instructions take any alignment")]
    #[target_feature(enable = "avx2")]
    fn multiply_avx2(&self, mean: &Mean, sums: &mut [[i32; LANES]], tops: &mut [i32]) {
        use std::arch::x86_64::{
            __m256i, _mm256_add_epi32, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_set1_epi32, _mm256_storeu_si256,
        };
        /// Vectors of sums that stay in registers.
        const BLOCK: usize = 9;
        let pairs = mean.as_chunks::<2>().0;
        let vectors = sums.len();
        let mut first = 0;
        for (sums, tops) in sums.chunks_mut(BLOCK).zip(tops.chunks_mut(BLOCK)) {
            // SAFETY: each element of `sums` and `rows` is 32 bytes, and unaligned access is allowed.
            let load = |at: *const __m256i| unsafe { _mm256_loadu_si256(at) };
            let mut held = [_mm256_set1_epi32(0); BLOCK];
            held.iter_mut().zip(&*sums).for_each(|(held, sum)| *held = load(sum.as_ptr().cast()));
            for (pair, rows) in pairs.iter().zip(self.weights.chunks_exact(vectors)) {
                let both = _mm256_set1_epi32(i32::from(pair[1]) << 16 | i32::from(pair[0] as u16));
                let rows = &rows[first..first + sums.len()];
                if let Ok(rows) = <&[_; BLOCK]>::try_from(rows) {
                    for at in 0..BLOCK {
                        let products = _mm256_madd_epi16(load(rows[at].as_ptr().cast()), both);
                        held[at] = _mm256_add_epi32(held[at], products);
                    }
                } else {
                    for (held, row) in held.iter_mut().zip(rows) {
                        *held = _mm256_add_epi32(*held, _mm256_madd_epi16(load(row.as_ptr().cast()), both));
                    }
                }
            }
            for ((sum, top), held) in sums.iter_mut().zip(tops).zip(held) {
                // SAFETY: as above.
                unsafe { _mm256_storeu_si256(sum.as_mut_ptr().cast(), held) };
                *top = sum.iter().fold(i32::MIN, |top, &sum| top.max(sum));
            }
            first += BLOCK;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::model::MODEL;

    proptest! {
        #[test]
        fn wide_vectors_give_the_same_products(mean in prop::array::uniform32(-14_336_i16..=14_336)) {
            for head in &MODEL.heads {
                let (mut wide, mut portable) = (head.bias.clone(), head.bias.clone());
                let mut tops = [vec![0; wide.len()], vec![0; wide.len()]];
                head.multiply(&mean, &mut wide, &mut tops[0]);
                head.multiply_portable(&mean, &mut portable, &mut tops[1]);
                prop_assert_eq!(wide, portable);
                prop_assert_eq!(&tops[0], &tops[1]);
            }
        }
    }
}

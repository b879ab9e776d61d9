//! The classes of one script: what a mean embedding says for each of them.

use super::evidence::{MEAN_STEPS, Mean};
use super::language::Language;
use super::model::DIM;
use super::set::LanguageSet;

/// Classes that one vector holds.
const LANES: usize = 8;
/// Vectors of sums that stay in registers.
const BLOCK: usize = 4;
/// Most classes of a head.
pub(crate) const MOST_CLASSES: usize = 160;
const MOST_VECTORS: usize = MOST_CLASSES / LANES;
/// A byte for each vector, so many that they are whole words of 64 bits.
const NEAR_BYTES: usize = MOST_VECTORS.next_multiple_of(8);

/// By how many nats a class may lie behind the first and still be counted: at most 1/400 of its share.
const FAR_NATS: f32 = 6.0;

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
    /// [`FAR_NATS`] in steps.
    far: i32,
}

/// The logit of every class, in steps of the head, the last few of a value that never comes first.
pub(crate) struct Logits {
    sums: [[i32; LANES]; MOST_VECTORS],
    /// Of each eight, which are less than [`FAR_NATS`] behind the first: the first of them in the lowest bit.
    near: [u8; NEAR_BYTES],
    /// The largest.
    pub(crate) top: i32,
    len: usize,
}

impl Logits {
    /// The logits, class after class, with the padding.
    pub(crate) fn values(&self) -> &[i32] {
        self.sums[..self.len].as_flattened()
    }

    /// The classes that are not far behind the first, in order, each with its logit.
    #[inline]
    pub(crate) fn near(&self) -> impl Iterator<Item = (usize, i32)> {
        self.near.as_chunks::<8>().0.iter().enumerate().flat_map(move |(word, near)| {
            let mut left = u64::from_le_bytes(*near);
            std::iter::from_fn(move || {
                let class = word * 64 + left.trailing_zeros() as usize;
                let found = (left != 0).then(|| (class, self.values()[class]));
                left &= left.wrapping_sub(1);
                found
            })
        })
    }

    /// Puts the classes of languages outside the set out of the running.
    fn restrict(&mut self, head: &Head, set: &LanguageSet) {
        for (logit, &language) in self.sums.as_flattened_mut().iter_mut().zip(&head.classes) {
            if language.is_known() && !set.contains(language) {
                *logit = NEVER;
            }
        }
        self.find_near(head.far);
    }

    /// Finds the largest logit and those near it.
    #[inline(always)]
    fn find_near(&mut self, far: i32) {
        self.top = self.values().iter().fold(NEVER, |top, &sum| top.max(sum));
        let floor = self.top.saturating_sub(far);
        for (near, sums) in self.near[..self.len].iter_mut().zip(&self.sums) {
            *near = (0..LANES).fold(0, |near, lane| near | u8::from(sums[lane] > floor) << lane);
        }
    }
}

/// A logit that never comes first.
const NEVER: i32 = i32::MIN / 2;

impl Head {
    /// Takes the weights over, rounded so that the largest becomes 2^12; the classes of one language are put next to each
    /// other.
    ///
    /// 32 products of it and of means below 7 · 32 · 64 (see `evidence::mean`) stay below 2^31.
    pub(crate) fn new(classes: &[Language], weights: &[[f32; DIM]], bias: &[f32]) -> Head {
        let largest = weights.iter().flatten().fold(1e-6_f32, |largest, weight| largest.max(weight.abs()));
        let factor = 4_096.0 / largest;
        let step = 1.0 / (factor * MEAN_STEPS);
        let first = |language: Language| classes.iter().position(|&other| other == language);
        let mut order: Vec<usize> = (0..classes.len().min(MOST_CLASSES)).collect();
        order.sort_by_key(|&class| first(classes[class]));
        let vectors = order.len().div_ceil(LANES * BLOCK) * BLOCK;
        let mut classes_of = vec![Vec::new(); Language::COUNT + 3];
        for (class, &from) in order.iter().enumerate() {
            classes_of[classes[from].index()].push(class as u8);
        }
        let mut head = Head {
            classes: order.iter().map(|&from| classes[from]).collect(),
            weights: vec![[0; 2 * LANES]; vectors * DIM / 2],
            bias: vec![[NEVER; LANES]; vectors],
            rows: order.iter().map(|&from| weights[from].map(|weight| (weight * factor).round() as i16)).collect(),
            classes_of,
            step,
            far: (FAR_NATS / step) as i32,
        };
        for (class, &from) in order.iter().enumerate() {
            for dim in 0..DIM {
                let (vector, lane) = head.place(class, dim);
                head.weights[vector][lane] = head.rows[class][dim];
            }
            head.bias[class / LANES][class % LANES] = (bias[from] / step) as i32;
        }
        head
    }

    /// Where a weight stands: vector and lane.
    fn place(&self, class: usize, dim: usize) -> (usize, usize) {
        (dim / 2 * self.bias.len() + class / LANES, class % LANES * 2 + dim % 2)
    }

    /// The logits for a mean embedding, of the classes whose languages are in the set.
    pub(crate) fn logits(&self, mean: &Mean, set: &LanguageSet) -> Logits {
        let len = self.bias.len();
        let mut logits = Logits { sums: [[0; LANES]; MOST_VECTORS], near: [0; NEAR_BYTES], top: NEVER, len };
        self.multiply(mean, &mut logits);
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

    /// By how many nats the first class is ahead of those that stand for unknown languages.
    #[inline]
    pub(crate) fn ahead_of_unknown(&self, logits: &Logits) -> f32 {
        logits.top as f32 * self.step - self.logit_of(Language::UND, logits).unwrap_or(f32::MIN)
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

    /// The weights of the class of a language, of several that which a mean speaks for most, to be multiplied one by one;
    /// `None` if it has none here.
    #[inline]
    pub(crate) fn row_of(&self, language: Language, mean: &Mean, set: &LanguageSet) -> Option<&[i16; DIM]> {
        let class = match self.classes_of.get(language.index())?.as_slice() {
            &[only] => usize::from(only),
            _ => self.class_of(language, &self.logits(mean, set))?,
        };
        self.rows.get(class)
    }

    /// Fills the logits, on the widest vectors that the machine has.
    #[inline]
    fn multiply(&self, mean: &Mean, logits: &mut Logits) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the machine has AVX2, which is all that the function asks for.
            unsafe { self.multiply_avx2(mean, logits) };
            return;
        }
        self.multiply_portable(mean, logits);
    }

    fn multiply_portable(&self, mean: &Mean, logits: &mut Logits) {
        let vectors = self.bias.len();
        logits.sums[..vectors].copy_from_slice(&self.bias);
        for (pair, rows) in mean.as_chunks::<2>().0.iter().zip(self.weights.chunks_exact(vectors.max(1))) {
            for (sum, row) in logits.sums.iter_mut().zip(rows) {
                for (lane, two) in sum.iter_mut().zip(row.as_chunks::<2>().0) {
                    *lane += i32::from(two[0]) * i32::from(pair[0]) + i32::from(two[1]) * i32::from(pair[1]);
                }
            }
        }
        logits.find_near(self.far);
    }

    /// One instruction multiplies eight pairs and adds the products of each.
    #[cfg(target_arch = "x86_64")]
    #[allow(clippy::cast_ptr_alignment, reason = "the instructions take any alignment")]
    #[target_feature(enable = "avx2")]
    fn multiply_avx2(&self, mean: &Mean, logits: &mut Logits) {
        use std::arch::x86_64::{
            __m256i, _mm256_add_epi32, _mm256_castsi256_ps, _mm256_cmpgt_epi32, _mm256_loadu_si256, _mm256_madd_epi16,
            _mm256_max_epi32, _mm256_movemask_ps, _mm256_set1_epi32, _mm256_storeu_si256,
        };
        // SAFETY: what is loaded from are arrays of 32 bytes, and unaligned access is allowed.
        let load = |at: *const __m256i| unsafe { _mm256_loadu_si256(at) };
        let pairs = mean.as_chunks::<2>().0;
        let vectors = self.bias.len();
        let mut most = _mm256_set1_epi32(NEVER);
        let blocks = self.bias.as_chunks::<BLOCK>().0.iter().zip(logits.sums.as_chunks_mut::<BLOCK>().0);
        for (block, (bias, sums)) in blocks.enumerate() {
            let mut held = [most; BLOCK];
            for at in 0..BLOCK {
                held[at] = load(bias[at].as_ptr().cast());
            }
            for (pair, rows) in pairs.iter().zip(self.weights.chunks_exact(vectors)) {
                let both = _mm256_set1_epi32(i32::from(pair[1]) << 16 | i32::from(pair[0] as u16));
                let Some(rows) = rows.as_chunks::<BLOCK>().0.get(block) else { continue };
                for at in 0..BLOCK {
                    let products = _mm256_madd_epi16(load(rows[at].as_ptr().cast()), both);
                    held[at] = _mm256_add_epi32(held[at], products);
                }
            }
            for at in 0..BLOCK {
                most = _mm256_max_epi32(most, held[at]);
                // SAFETY: the array has 32 bytes.
                unsafe { _mm256_storeu_si256(sums[at].as_mut_ptr().cast(), held[at]) };
            }
        }
        let mut tops = [0; LANES];
        // SAFETY: the array has 32 bytes.
        unsafe { _mm256_storeu_si256(tops.as_mut_ptr().cast(), most) };
        logits.top = tops.iter().fold(NEVER, |top, &sum| top.max(sum));
        let floor = _mm256_set1_epi32(logits.top.saturating_sub(self.far));
        for (near, sums) in logits.near[..vectors].iter_mut().zip(&logits.sums) {
            let above = _mm256_cmpgt_epi32(load(sums.as_ptr().cast()), floor);
            *near = _mm256_movemask_ps(_mm256_castsi256_ps(above)) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::model::MODEL;
    use super::*;

    proptest! {
        #[test]
        fn wide_vectors_give_the_same_products(mean in prop::array::uniform32(-14_336_i16..=14_336)) {
            for head in &MODEL.heads {
                let wide = head.logits(&mean, &LanguageSet::all());
                let mut portable = Logits { sums: [[0; LANES]; MOST_VECTORS], near: [0; NEAR_BYTES], ..wide };
                head.multiply_portable(&mean, &mut portable);
                prop_assert_eq!(wide.values(), portable.values());
                prop_assert_eq!(wide.near, portable.near);
                prop_assert_eq!(wide.top, portable.top);
                let floor = wide.top - head.far;
                let near: Vec<_> = wide.values().iter().copied().enumerate().filter(|value| value.1 > floor).collect();
                prop_assert_eq!(wide.near().collect::<Vec<_>>(), near);
            }
        }
    }
}

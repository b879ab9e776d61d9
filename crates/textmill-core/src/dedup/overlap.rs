//! The evidence for a pair: how many shingles two documents share.

use super::shingle_set::StoredSet;

/// Standard errors of a sampled similarity by which a pair may fall short of the threshold, in tenths.
///
/// Without it, half of the sampled pairs just above the threshold would be lost.
const ALLOWED_TENTHS: u64 = 15;

/// By how much documents of single characters may fall short of the threshold, in millionths.
///
/// Punctuation does not count, and between single characters it takes a larger part of the shingles than between words:
/// pairs are up to 0.02 less similar without it than the texts as they are written.
const ALLOWED_BY_CHARACTERS_PPM: u64 = 20_000;

/// The similarity that a pair of documents has to reach.
fn wanted(similarity_ppm: u64, by_characters: bool) -> u64 {
    if by_characters { similarity_ppm.saturating_sub(ALLOWED_BY_CHARACTERS_PPM) } else { similarity_ppm }
}

/// What was found when two documents were compared shingle by shingle. Integers decide; the similarity is for reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Shared shingles, as buckets: at least as many as are truly shared; see `shingle_set`.
    pub shared: u32,
    /// Distinct shingles of the document.
    pub shingles: u32,
    /// Distinct shingles of the document it was compared with.
    pub other_shingles: u32,
    /// All three counts are over a sample of 1 in `2^level` shingles; 0: all of them.
    pub level: u8,
    /// Most tokens of either document are single characters.
    pub by_characters: bool,
    /// Shared shingles less those that share a bucket by chance, in 1/256.
    shared_256: u32,
}

impl Evidence {
    /// The Jaccard similarity of the two sets of shingles, in millionths.
    pub fn similarity_ppm(&self) -> u64 {
        let shared = u64::from(self.shared_256);
        let union = (u64::from(self.shingles) + u64::from(self.other_shingles)) * 256 - shared;
        (shared * 1_000_000 + union / 2).checked_div(union).unwrap_or(1_000_000)
    }

    /// The Jaccard similarity of the two sets of shingles.
    pub fn similarity(&self) -> f64 {
        self.similarity_ppm() as f64 / 1e6
    }

    /// The same evidence, told from the other document.
    #[must_use]
    pub fn reversed(self) -> Evidence {
        Evidence { shingles: self.other_shingles, other_shingles: self.shingles, ..self }
    }

    /// Whether the documents are similar enough: `shared / union >= threshold`, in integers, where a sample may fall short
    /// by 1.5 standard errors.
    pub fn reaches(&self, similarity_ppm: u64) -> bool {
        let both = u64::from(self.shingles) + u64::from(self.other_shingles);
        let mut wanted = wanted(similarity_ppm, self.by_characters);
        if self.level > 0 {
            let variance = similarity_ppm * (1_000_000 - similarity_ppm) / (both / 2).max(1);
            wanted -= (variance.isqrt() * ALLOWED_TENTHS / 10).min(wanted);
        }
        // shared / (both - shared) >= wanted / 10^6, without a division.
        u64::from(self.shared) * (1_000_000 + wanted) >= wanted * both
    }
}

/// One document, made ready to be compared with many.
#[derive(Default)]
pub(crate) struct Comparer {
    /// Its buckets at its own resolution, ascending.
    buckets: Vec<u64>,
    kept: u32,
    level: u32,
    by_characters: bool,
    resolution: u32,
    /// Its buckets at the resolution and level of the last comparison, as a bitmap.
    bitmap: Vec<u64>,
    at_resolution: u32,
    at_level: u32,
    at_count: u32,
    at_shingles: u32,
}

impl Comparer {
    /// Takes the document to compare.
    pub(crate) fn load(&mut self, set: StoredSet<'_>) {
        self.buckets.clear();
        set.for_each_bucket(|bucket| self.buckets.push(bucket));
        self.kept = set.head.kept;
        self.level = u32::from(set.head.level);
        self.by_characters = set.head.by_characters;
        self.resolution = set.head.resolution();
        self.at_resolution = 0;
    }

    /// Whether the counts alone allow the two to be similar enough. Samples get a tenth of grace.
    pub(crate) fn may_reach(set: StoredSet<'_>, other: StoredSet<'_>, similarity_ppm: u64) -> bool {
        let (a, b) = (set.head.shingles(), other.head.shingles());
        let (fewer, more) = (a.min(b), a.max(b));
        let similarity_ppm = wanted(similarity_ppm, set.head.by_characters || other.head.by_characters);
        let sampled = set.head.level > 0 || other.head.level > 0;
        let wanted = if sampled { similarity_ppm - similarity_ppm / 10 } else { similarity_ppm };
        fewer * 1_000_000 >= wanted * more
    }

    /// Compares with a stored set; none if the two are not similar enough.
    pub(crate) fn compare_reaching(&mut self, other: StoredSet<'_>, similarity_ppm: u64) -> Option<Evidence> {
        if self.cannot_reach(other, similarity_ppm) {
            return None;
        }
        Some(self.compare(other)).filter(|evidence| evidence.reaches(similarity_ppm))
    }

    /// Whether it shows before the end that too few buckets are shared. Only for sets that are cut alike; false for others.
    ///
    /// If `m` of the other's buckets are not shared, at most `other.kept - m` shingles are.
    fn cannot_reach(&mut self, other: StoredSet<'_>, similarity_ppm: u64) -> bool {
        if self.level > 0 || other.head.level > 0 || self.resolution != other.head.resolution() {
            return false;
        }
        if (self.resolution, 0) != (self.at_resolution, self.at_level) {
            self.draw(self.resolution, 0);
        }
        let wanted = wanted(similarity_ppm, self.by_characters || other.head.by_characters);
        let both = u64::from(self.kept) + u64::from(other.head.kept);
        // The least count with shared * (10^6 + wanted) >= wanted * both; more misses than the rest allows are too many.
        let needed = (wanted * both).div_ceil(1_000_000 + wanted) as u32;
        let allowed = other.head.kept.saturating_sub(needed);
        let mut missed = 0;
        let finished = other.try_each_bucket(|bucket| {
            let word = self.bitmap.get((bucket / 64) as usize).copied().unwrap_or(0);
            missed += (!word >> (bucket % 64)) as u32 & 1;
            missed <= allowed
        });
        !finished
    }

    /// Compares with a stored set.
    pub(crate) fn compare(&mut self, other: StoredSet<'_>) -> Evidence {
        let other_level = u32::from(other.head.level);
        let level = self.level.max(other_level);
        let resolution = self.resolution.min(other.head.resolution()).max(level + 1);
        if (resolution, level) != (self.at_resolution, self.at_level) {
            self.draw(resolution, level);
        }
        let shift = other.head.resolution() - resolution.min(other.head.resolution());
        let limit = 1_u64 << (resolution - level);
        let (mut common, mut count, mut last) = (0_u32, 0_u32, u64::MAX);
        other.for_each_bucket(|bucket| {
            let bucket = bucket >> shift;
            let counts = u32::from(bucket != last && bucket < limit);
            last = bucket;
            count += counts;
            let bit = bucket.min(limit - 1);
            let hit = (self.bitmap[(bit / 64) as usize] >> (bit % 64)) as u32 & 1;
            common += counts & hit;
        });
        let merged = other.head.merged
            + (other.head.n_buckets() - count.min(other.head.n_buckets())) * u32::from(level == other_level);
        let other_shingles = at_level(count, merged, level - other_level);
        let merged_both = (self.at_shingles - self.at_count).min(other_shingles - count.min(other_shingles));
        let shared = (common + merged_both).min(self.at_shingles).min(other_shingles);
        // Of the buckets not shared, count / limit hit by chance: common = true + (own - true) * count / limit.
        let (common, own, count) = (u64::from(common), u64::from(self.at_count), u64::from(count));
        let by_chance = (common * limit).saturating_sub(own * count) * 256 / (limit - count.min(limit - 1));
        let shared_256 = by_chance as u32 + merged_both * 256;
        Evidence {
            shared,
            shingles: self.at_shingles,
            other_shingles,
            level: level as u8,
            by_characters: self.by_characters || other.head.by_characters,
            shared_256: shared_256.min(shared * 256),
        }
    }

    /// Draws the bitmap at the resolution and level.
    fn draw(&mut self, resolution: u32, level: u32) {
        let limit = 1_u64 << (resolution - level);
        let shift = self.resolution - resolution.min(self.resolution);
        self.bitmap.clear();
        self.bitmap.resize(limit.div_ceil(64) as usize, 0);
        let mut count = 0;
        for &bucket in &self.buckets {
            let bucket = bucket >> shift;
            if bucket >= limit {
                break;
            }
            let word = &mut self.bitmap[(bucket / 64) as usize];
            count += u32::from(*word >> (bucket % 64) & 1 == 0);
            *word |= 1 << (bucket % 64);
        }
        let n_buckets = self.buckets.len() as u32;
        let merged = self.kept - n_buckets + (n_buckets - count) * u32::from(level == self.level);
        self.at_count = count;
        self.at_shingles = at_level(count, merged, level - self.level);
        (self.at_resolution, self.at_level) = (resolution, level);
    }
}

/// Shingles behind `count` buckets: with all that merged at the set's own level, with its share at a coarser one.
fn at_level(count: u32, merged: u32, coarser: u32) -> u32 {
    count + (merged >> coarser.min(31))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::dedup::instructions::Baseline;
    use crate::dedup::shingle_set::{SetEncoder, SetHead};
    use crate::dedup::token::hash_token;

    #[test]
    fn a_damaged_set_is_compared_without_overflow() {
        let (_, sound, _) = stored(0..300);
        // The largest count, the highest level, and little after it; one count alone; nothing.
        for damaged in [&[0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x7F, 0xFF, 0x0F, 1, 2, 3][..], &[0xFF, 0x7F], &[]] {
            for (a, b) in [(&sound[..], damaged), (damaged, &sound[..]), (damaged, damaged)] {
                let (a, b) = (StoredSet::read(a), StoredSet::read(b));
                Comparer::may_reach(a, b, 800_000);
                let mut comparer = Comparer::default();
                comparer.load(a);
                let _ = comparer.compare_reaching(b, 800_000);
            }
        }
    }

    fn stored(seeds: impl Iterator<Item = u64>) -> (BTreeSet<u64>, Vec<u8>, SetHead) {
        let hashes: BTreeSet<u64> = seeds.map(|seed| hash_token(&seed.to_le_bytes())).collect();
        let mut bytes = Vec::new();
        let list: Vec<u64> = hashes.iter().copied().collect();
        let head = SetEncoder::default().encode::<Baseline>(&list, false, &mut bytes);
        (hashes, bytes, head)
    }

    fn evidence(first: &[u8], second: &[u8]) -> Evidence {
        let mut comparer = Comparer::default();
        comparer.load(StoredSet::read(first));
        comparer.compare(StoredSet::read(second))
    }

    proptest! {
        #[test]
        fn no_shared_shingle_is_ever_missed(shared in 1_u64..900, own in 0_u64..300, other in 0_u64..300) {
            let (a, first, _) = stored((0..shared).chain(10_000..10_000 + own));
            let (b, second, _) = stored((0..shared).chain(20_000..20_000 + other));
            let evidence = evidence(&first, &second);
            prop_assert!(evidence.shared as usize >= a.intersection(&b).count());
            let similarity = a.intersection(&b).count() as f64 / a.union(&b).count() as f64;
            prop_assert!((evidence.similarity() - similarity).abs() < 0.1, "{} {similarity}", evidence.similarity());
        }

        #[test]
        fn giving_up_early_changes_no_answer(shared in 1_u64..600, own in 0_u64..200, other in 0_u64..200, ppm in 300_000_u64..=1_000_000) {
            let (_, first, _) = stored((0..shared).chain(10_000..10_000 + own));
            let (_, second, _) = stored((0..shared).chain(20_000..20_000 + other));
            let whole = Some(evidence(&first, &second)).filter(|evidence| evidence.reaches(ppm));
            let mut comparer = Comparer::default();
            comparer.load(StoredSet::read(&first));
            prop_assert_eq!(comparer.compare_reaching(StoredSet::read(&second), ppm), whole);
        }
    }

    #[test]
    fn a_sample_estimates_the_similarity_of_long_documents() {
        let (_, first, head) = stored(0..20_000);
        let (_, second, other) = stored(2_000..21_000);
        assert!(head.level > 0 && other.level > 0);
        assert!((evidence(&first, &second).similarity() - 18_000.0 / 21_000.0).abs() < 0.03);
        let (_, third, shorter) = stored(0..1_900);
        let (_, fourth, longer) = stored(0..2_200);
        assert!(shorter.level == 0 && longer.level > 0);
        assert!((evidence(&third, &fourth).similarity() - 1_900.0 / 2_200.0).abs() < 0.04);
        assert!((evidence(&fourth, &third).similarity() - 1_900.0 / 2_200.0).abs() < 0.04);
    }
}

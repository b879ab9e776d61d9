//! The index of a billion documents: which band keys were seen, and nothing else.
//!
//! No document can be looked up again, so nothing is verified: this is for corpora whose index fits nowhere, and is chosen
//! by name. That one shared band says little (half of the pairs of similarity 0.5 share one of the exact index's bands) is
//! made up for by counting: a document is removed if so many of its 32 bands were seen as only a copy shares. Chance
//! hits of the filter, about 1.5 in a hundred keys when it is full, hardly ever come to that many.

use super::config::{BandLayout, COUNTED_BANDS, ConfigError, DedupConfig};
use super::filter::{Filter, false_positive_rate};
use super::sketch::Sketch;

/// Bits of filter for a key.
const BITS_PER_KEY: u64 = 9;
/// Keys of a document without bands, all made of its fingerprint.
const FINGERPRINT_KEYS: u32 = 8;
/// The table of fingerprints, after those of the bands.
const FINGERPRINT_TABLE: u32 = COUNTED_BANDS as u32;
/// Share of the pairs exactly at the threshold that are to be found.
const FOUND_AT_THRESHOLD: f64 = 0.95;

/// Which documents were seen, by what may be wrong.
pub struct BloomIndex {
    filter: Filter,
    /// Bands from which on a document was seen.
    needed: u32,
    expected: u64,
    documents: u64,
    keys: u64,
}

/// What became of one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BloomVerdict {
    /// Not seen before; it is from now on.
    Unique,
    /// Its fingerprint was seen, and all its bands.
    Exact,
    /// So many of its bands were seen.
    Near {
        /// How many, of [`COUNTED_BANDS`].
        bands: u32,
    },
    /// Nothing but white space.
    Empty,
}

impl BloomIndex {
    /// An empty index for so many documents; `exact_only` takes less, since there are no bands.
    ///
    /// # Errors
    /// [`ConfigError`] if a value is out of range.
    pub fn new(config: &DedupConfig, expected: u64, exact_only: bool) -> Result<BloomIndex, ConfigError> {
        let filter = Filter::with_bytes(bloom_bytes(expected, exact_only));
        BloomIndex::with_filter(config, expected, 0, 0, filter)
    }

    /// An index that goes on from what an earlier one held.
    ///
    /// # Errors
    /// [`ConfigError`] if a value is out of range.
    pub fn with_filter(
        config: &DedupConfig,
        expected: u64,
        documents: u64,
        keys: u64,
        filter: Filter,
    ) -> Result<BloomIndex, ConfigError> {
        config.check()?;
        if config.layout != BandLayout::Counted {
            return Err(ConfigError { key: "layout", allowed: "that of counted bands" });
        }
        Ok(BloomIndex { filter, needed: bands_needed(config), expected, documents, keys })
    }

    /// Documents that were added, and their keys.
    pub fn counts(&self) -> (u64, u64) {
        (self.documents, self.keys)
    }

    /// The filter.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Bytes of memory it takes.
    pub fn memory_bytes(&self) -> u64 {
        self.filter.memory_bytes()
    }

    /// Brings what [`insert`](BloomIndex::insert) will look at into the cache. Call it a few documents ahead.
    pub fn prefetch(&self, sketch: &Sketch) {
        keys(sketch).for_each(|(table, key)| self.filter.prefetch(table, key));
    }

    /// Asks for a document, and adds it if it was not seen.
    pub fn insert(&mut self, sketch: &Sketch) -> BloomVerdict {
        if sketch.empty {
            return BloomVerdict::Empty;
        }
        let fingerprint_seen =
            keys(sketch).filter(|key| key.0 >= FINGERPRINT_TABLE).all(|(table, key)| self.filter.may_hold(table, key));
        let bands = keys(sketch)
            .filter(|&(table, key)| table < FINGERPRINT_TABLE && self.filter.may_hold(table, key))
            .count() as u32;
        if fingerprint_seen && bands as usize == sketch.band_keys.len() {
            return BloomVerdict::Exact;
        }
        if bands >= self.needed {
            return BloomVerdict::Near { bands };
        }
        for (table, key) in keys(sketch) {
            self.filter.insert(table, key);
            self.keys += 1;
        }
        self.documents += 1;
        BloomVerdict::Unique
    }

    /// Highest chance that a document which shares nothing with any other gets that verdict, while the index holds no more
    /// documents than are expected; at what it holds, if that is more. Of a document too short for bands if `is_short`.
    pub fn false_positive_rate(&self, is_short: bool) -> f64 {
        let full = self.keys.max(self.keys_expected());
        let key_rate = false_positive_rate(full, self.filter.memory_bytes());
        if is_short { key_rate.powi(FINGERPRINT_KEYS as i32) } else { tail(key_rate, self.needed) }
    }

    /// Whether it holds more than it was made for.
    pub fn is_overfull(&self) -> bool {
        self.keys > self.keys_expected()
    }

    /// As many as the filter was made for.
    fn keys_expected(&self) -> u64 {
        self.filter.memory_bytes() * 8 / BITS_PER_KEY
    }

    /// The documents it was made for.
    pub fn expected(&self) -> u64 {
        self.expected
    }
}

/// Bytes of the index for so many documents.
pub fn bloom_bytes(expected: u64, exact_only: bool) -> u64 {
    let keys = if exact_only { u64::from(FINGERPRINT_KEYS) } else { COUNTED_BANDS as u64 + 1 };
    (expected.saturating_mul(keys * BITS_PER_KEY)).div_ceil(8)
}

/// Chance that a full index finds a document seen that shares nothing with any other; see
/// [`BloomIndex::false_positive_rate`].
pub fn bloom_false_positive_rate(config: &DedupConfig) -> f64 {
    const FULL_BYTES: u64 = 1 << 30;
    tail(false_positive_rate(FULL_BYTES * 8 / BITS_PER_KEY, FULL_BYTES), bands_needed(config))
}

/// Bands of a document that must have been seen: as many as 0.95 of the pairs exactly at the threshold share.
pub fn bands_needed(config: &DedupConfig) -> u32 {
    let agree = config.similarity.powi(config.bands().rows as i32);
    (1..=COUNTED_BANDS as u32).rev().find(|&least| tail(agree, least) >= FOUND_AT_THRESHOLD).unwrap_or(1)
}

/// Chance that at least `least` of the bands were seen, each with that chance (binomial).
pub fn tail(chance: f64, least: u32) -> f64 {
    let n = COUNTED_BANDS as u32;
    let mut ways = 1.0;
    let mut sum = 0.0;
    // From all bands down, so that small terms are added first.
    for seen in (least..=n).rev() {
        sum += ways * chance.powi(seen as i32) * (1.0 - chance).powi((n - seen) as i32);
        ways *= f64::from(seen) / f64::from(n - seen + 1);
    }
    sum
}

/// The keys of a document: one for each band and one of its fingerprint, or several of that if it has no bands.
fn keys(sketch: &Sketch) -> impl Iterator<Item = (u32, u64)> {
    let n = if sketch.band_keys.is_empty() { FINGERPRINT_KEYS } else { 1 };
    let mixed = (sketch.fingerprint >> 64) as u64 ^ sketch.fingerprint as u64;
    let bands = sketch.band_keys.iter().enumerate().map(|(band, &key)| (band as u32, key));
    bands.chain((0..n).map(move |number| (FINGERPRINT_TABLE + number, mixed)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dedup::Sketcher;

    fn text(base: u32, changed: usize) -> String {
        let word = |i: usize| if i < changed { format!("c{base}v{changed}x{i}") } else { format!("b{base}w{i}") };
        (0..300).map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn copies_are_found_and_the_half_alike_are_kept() {
        let config = DedupConfig { layout: BandLayout::Counted, ..DedupConfig::default() };
        let mut sketcher = Sketcher::new(&config).expect("the defaults are in range");
        let mut index = BloomIndex::new(&config, 4000, false).expect("the defaults are in range");
        let mut removed = [0; 4];
        for base in 0..1000 {
            assert_eq!(index.insert(&sketcher.sketch(&text(base, 0))), BloomVerdict::Unique);
            assert_eq!(index.insert(&sketcher.sketch(&text(base, 0).to_uppercase())), BloomVerdict::Exact);
            // Jaccard similarities of 0.94, 0.8, 0.7 and 0.5.
            for (at, changed) in [9, 33, 53, 100].into_iter().enumerate() {
                let near = matches!(index.insert(&sketcher.sketch(&text(base, changed))), BloomVerdict::Near { .. });
                removed[at] += i32::from(near);
            }
        }
        assert!(removed[0] >= 995 && removed[1] >= 900 && removed[3] <= 5, "{removed:?}");
        assert!(index.false_positive_rate(false) < 1e-6 && index.false_positive_rate(true) < 1e-10);
    }

    #[test]
    fn short_and_empty_documents_have_their_verdicts() {
        let config = DedupConfig { layout: BandLayout::Counted, ..DedupConfig::default() };
        let mut sketcher = Sketcher::new(&config).expect("the defaults are in range");
        let mut index = BloomIndex::new(&config, 100, false).expect("the defaults are in range");
        let mut verdict = |text: &str| index.insert(&sketcher.sketch(text));
        assert_eq!(verdict("A mill."), BloomVerdict::Unique);
        assert_eq!(verdict("A hill."), BloomVerdict::Unique);
        assert_eq!(verdict("a  MILL"), BloomVerdict::Exact);
        assert_eq!(verdict(" \n"), BloomVerdict::Empty);
    }

    #[test]
    fn a_document_takes_at_most_forty_bytes() {
        assert!(bloom_bytes(1_000_000_000, false) <= 40_000_000_000);
        assert!(bloom_bytes(1_000_000_000, true) <= 9_000_000_000);
    }
}

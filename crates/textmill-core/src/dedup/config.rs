//! What is asked of dedup, as typed, and what follows from it: the bands.

use std::fmt;

/// The version of the kernels: canonical form, hashes, signatures, bands and stored sets.
///
/// Indexes and shards carry it, and are never mixed with those of another version.
pub const KERNEL_VERSION: u32 = 2;

/// Most minima in a signature.
pub const MAX_MINIMA: usize = 128;

/// Highest accepted chance that two documents exactly as similar as the threshold share no band.
///
/// At a threshold of 0.8 this gives 11 bands of 4 minima, which miss 1 pair in 330 at 0.8 and 1 in 130,000 at 0.9.
pub const MISSED_AT_THRESHOLD: f64 = 0.005;

/// Most bands in a layout with more than one row.
const MAX_BANDS: usize = 13;

/// How documents are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct DedupConfig {
    /// Jaccard similarity of shingle sets from which two documents are near-duplicates, 0.3..=1.
    pub similarity: f64,
    /// Tokens in a shingle, 1..=16. A token is a word or, in scripts written without spaces, one character.
    pub shingle_tokens: usize,
    /// What of a text is compared.
    pub canonical: CanonicalForm,
    /// Most documents that share one band key; further ones are not listed under it, 1..=1024.
    ///
    /// A key that so many share comes from a template and tells nothing; the other bands still find the pair.
    pub bucket_documents: usize,
    /// What bands are for.
    pub layout: BandLayout,
}

/// What bands are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum BandLayout {
    /// To find candidates, which are verified.
    #[default]
    Verified,
    /// To be counted, since nothing is kept that could be verified.
    Counted,
}

/// Bands that are counted.
pub const COUNTED_BANDS: usize = 32;

impl Default for DedupConfig {
    fn default() -> DedupConfig {
        DedupConfig {
            similarity: 0.8,
            shingle_tokens: 5,
            canonical: CanonicalForm::default(),
            bucket_documents: 16,
            layout: BandLayout::Verified,
        }
    }
}

/// What of a text is compared. White space always counts as one separator, and NFKC is always applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanonicalForm {
    /// Upper and lower case are the same.
    pub fold_case: bool,
    /// Punctuation and symbols separate words; else they belong to the words they touch.
    pub drop_punctuation: bool,
    /// All decimal digits are the same.
    pub fold_digits: bool,
}

impl Default for CanonicalForm {
    fn default() -> CanonicalForm {
        CanonicalForm { fold_case: true, drop_punctuation: true, fold_digits: false }
    }
}

/// A value out of its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The key, as in `DedupConfig`.
    pub key: &'static str,
    /// The values that are allowed.
    pub allowed: &'static str,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dedup.{} is out of range: allowed is {}", self.key, self.allowed)
    }
}

impl std::error::Error for ConfigError {}

impl DedupConfig {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`ConfigError`] names the first key out of its range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let within = |holds: bool, key, allowed| if holds { Ok(()) } else { Err(ConfigError { key, allowed }) };
        within((0.3..=1.0).contains(&self.similarity), "similarity", "0.3..=1")?;
        within((1..=16).contains(&self.shingle_tokens), "shingle_tokens", "1..=16")?;
        within((1..=1024).contains(&self.bucket_documents), "bucket_documents", "1..=1024")
    }

    /// The threshold in millionths, the form in which decisions use it.
    pub fn similarity_ppm(&self) -> u64 {
        (self.similarity * 1e6).round() as u64
    }

    /// Bytes of memory that an [`Index`](super::Index) takes for a document of that many shingles, on average over its
    /// growth: the slots of the tables (8 bytes, 0.79 in use on average), the fingerprint and the offset (20, and a hundredth
    /// of spare room), and the coded set (6.05 bits a shingle, up to 2,048, and 4).
    pub fn bytes_per_document(&self, shingles: usize) -> usize {
        if shingles == 0 {
            return 10 + 20 + 1;
        }
        let set = shingles.min(1536) * 605 / 800 + 4;
        (self.bands().count + 1) * 8 * 100 / 79 + (20 + set) * 101 / 100
    }

    /// The bands that follow from the threshold.
    pub fn bands(&self) -> Bands {
        match self.layout {
            BandLayout::Verified => Bands::for_similarity(self.similarity),
            BandLayout::Counted => Bands::to_count(self.similarity),
        }
    }
}

/// How a signature is cut into bands: `count` bands of `rows` minima. Two documents that agree in all rows of any band
/// are candidates: `1 - (1 - J^rows)^count` of the pairs of similarity `J`.
///
/// Source: J. Leskovec, A. Rajaraman, J. Ullman, "Mining of Massive Datasets", 3.4.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bands {
    /// Number of bands.
    pub count: usize,
    /// Minima in each.
    pub rows: usize,
}

impl Bands {
    /// The layout with most rows, which keeps candidates few, among those that miss at most [`MISSED_AT_THRESHOLD`] at
    /// the threshold with at most 13 bands; where none does, the one row or two with as many bands as it takes.
    pub fn for_similarity(similarity: f64) -> Bands {
        let needed = |rows: usize| {
            let agree = similarity.min(0.999).powi(rows as i32);
            (MISSED_AT_THRESHOLD.ln() / (1.0 - agree).ln()).ceil().max(4.0) as usize
        };
        let most = (2..=8).rev().find(|&rows| needed(rows) <= MAX_BANDS).unwrap_or(2);
        let count = needed(most).min(MAX_MINIMA / most);
        Bands { count, rows: most }
    }

    /// The layout whose shared bands tell similarities around the threshold apart: as many rows as leave a pair at the
    /// threshold a good part of its bands, 0.41 of them at 0.8.
    pub fn to_count(similarity: f64) -> Bands {
        let rows = match similarity {
            0.7.. => 4,
            0.45.. => 2,
            _ => 1,
        };
        Bands { count: COUNTED_BANDS, rows }
    }

    /// Number of minima in a signature: bands times rows.
    pub fn minima(self) -> usize {
        self.count * self.rows
    }

    /// Share of the pairs of that similarity which share a band.
    pub fn candidate_share(self, similarity: f64) -> f64 {
        1.0 - (1.0 - similarity.powi(self.rows as i32)).powi(self.count as i32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_threshold_takes_eleven_bands_of_four() {
        assert_eq!(DedupConfig::default().bands(), Bands { count: 11, rows: 4 });
    }

    #[test]
    fn every_threshold_finds_its_pairs_within_the_minima() {
        for percent in 30..=100 {
            let similarity = f64::from(percent) / 100.0;
            let bands = Bands::for_similarity(similarity);
            assert!(bands.minima() <= MAX_MINIMA, "{similarity}");
            assert!(bands.candidate_share(similarity) >= 1.0 - MISSED_AT_THRESHOLD - 1e-9, "{similarity} {bands:?}");
        }
    }

    #[test]
    fn a_value_out_of_range_is_named() {
        let config = DedupConfig { similarity: 1.5, ..DedupConfig::default() };
        assert_eq!(config.check().map_err(|error| error.key), Err("similarity"));
    }
}

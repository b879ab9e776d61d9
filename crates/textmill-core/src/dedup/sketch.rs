//! What a worker makes of one document: all that the index needs, and nothing that depends on other documents.

use std::sync::Arc;

use xxhash_rust::xxh3::{xxh3_128, xxh3_128_with_seed};

use super::canonical::fold_text;
use super::config::{Bands, ConfigError, DedupConfig};
use super::fold::FoldTable;
use super::shingle::hash_shingles;
use super::shingle_set::SetEncoder;
use super::signature::{band_keys, sign};
use super::token::{find_tokens, hash_tokens};

/// Seed of the fingerprints of texts that hold no word, so that they never equal those of texts that do.
const WORDLESS_SEED: u64 = 1;

/// One document as dedup sees it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Sketch {
    /// XXH3-128 of the canonical text: its tokens with one space between them. Of a text without a token: of its
    /// characters other than white space, with seed 1.
    pub fingerprint: u128,
    /// Tokens in the document.
    pub n_tokens: u32,
    /// The text holds nothing but white space.
    pub empty: bool,
    /// One key for each band; none if the document is too short for a shingle.
    pub band_keys: Box<[u64]>,
    /// The compact set of its shingles (see `shingle_set`); empty if the document is too short for a shingle.
    pub shingle_set: Box<[u8]>,
}

/// Makes sketches. Cloning is cheap: the tables are shared, the buffers are not.
pub struct Sketcher {
    table: Arc<FoldTable>,
    shingle_tokens: usize,
    bands: Bands,
    buffers: Buffers,
}

#[derive(Default)]
struct Buffers {
    folded: Vec<u8>,
    bounds: Vec<u32>,
    hashes: Vec<u64>,
    canonical: Vec<u8>,
    shingles: Vec<u64>,
    signature: Vec<u32>,
    keys: Vec<u64>,
    set: Vec<u8>,
    encoder: SetEncoder,
}

impl Clone for Sketcher {
    fn clone(&self) -> Sketcher {
        Sketcher { table: Arc::clone(&self.table), buffers: Buffers::default(), ..*self }
    }
}

impl Sketcher {
    /// A sketcher for the configuration.
    ///
    /// # Errors
    /// [`ConfigError`] if a value is out of range.
    pub fn new(config: &DedupConfig) -> Result<Sketcher, ConfigError> {
        config.check()?;
        Ok(Sketcher {
            table: Arc::new(FoldTable::new(config.canonical)),
            shingle_tokens: config.shingle_tokens,
            bands: config.bands(),
            buffers: Buffers::default(),
        })
    }

    /// The sketch of a text.
    pub fn sketch(&mut self, text: &str) -> Sketch {
        #[cfg(target_arch = "x86_64")]
        {
            if std::is_x86_feature_detected!("avx512bw") && std::is_x86_feature_detected!("avx512dq")
                && std::is_x86_feature_detected!("avx512vl") && std::is_x86_feature_detected!("bmi2")
            {
                // SAFETY: the features were just detected.
                return unsafe { self.sketch_avx512(text) };
            }
            if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("bmi2") {
                // SAFETY: the features were just detected.
                return unsafe { self.sketch_avx2(text) };
            }
        }
        self.sketch_portable(text)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2,lzcnt,popcnt")]
    fn sketch_avx512(&mut self, text: &str) -> Sketch {
        self.sketch_portable(text)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn sketch_avx2(&mut self, text: &str) -> Sketch {
        self.sketch_portable(text)
    }

    /// The one implementation, compiled for each instruction set; integer arithmetic makes all give the same.
    #[inline(always)]
    fn sketch_portable(&mut self, text: &str) -> Sketch {
        let buffers = &mut self.buffers;
        let len = fold_text(text, &self.table, &mut buffers.folded);
        let n_tokens = find_tokens(&buffers.folded, len, &mut buffers.bounds);
        if n_tokens == 0 {
            return wordless(text);
        }
        if buffers.hashes.len() < n_tokens {
            buffers.hashes.resize(n_tokens.next_power_of_two(), 0);
        }
        if buffers.canonical.len() < len + 64 {
            buffers.canonical.resize((len + 64).next_power_of_two(), 0);
        }
        let bounds = &buffers.bounds[..2 * n_tokens];
        let end = hash_tokens(&buffers.folded, bounds, &mut buffers.hashes[..n_tokens], &mut buffers.canonical);
        let fingerprint = xxh3_128(&buffers.canonical[..end]);
        hash_shingles(&buffers.hashes[..n_tokens], self.shingle_tokens, &mut buffers.shingles);
        buffers.keys.clear();
        buffers.set.clear();
        if !buffers.shingles.is_empty() {
            sign(&buffers.shingles, self.bands.minima(), &mut buffers.signature);
            band_keys(&buffers.signature, self.bands, &mut buffers.keys);
            buffers.encoder.encode(&buffers.shingles, &mut buffers.set);
        }
        Sketch {
            fingerprint,
            n_tokens: n_tokens as u32,
            empty: false,
            band_keys: buffers.keys.as_slice().into(),
            shingle_set: buffers.set.as_slice().into(),
        }
    }
}

/// The sketch of a text without a token: pictures, punctuation or nothing.
#[cold]
fn wordless(text: &str) -> Sketch {
    let visible: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    Sketch {
        fingerprint: xxh3_128_with_seed(visible.as_bytes(), WORDLESS_SEED),
        empty: visible.is_empty(),
        ..Sketch::default()
    }
}

//! What a worker makes of one document: all that the index needs, and nothing that depends on other documents.

use std::sync::Arc;

use xxhash_rust::xxh3::{xxh3_128, xxh3_128_with_seed};

use super::canonical::fold_text;
use super::config::{Bands, ConfigError, DedupConfig};
use super::fold::FoldTable;
use super::instructions::{Avx2, Avx512, Baseline, Instructions, Machine};
use super::mixed::Mixed;
use super::shingle::hash_shingles;
use super::shingle_set::SetEncoder;
use super::signature::{band_keys, sign};
use super::token::{find_ends, hash_tokens};

/// Seed of the fingerprints of texts that hold no word, so that they never equal those of texts that do.
const WORDLESS_SEED: u64 = 1;

/// Canonical bytes from which on buffers are given back as soon as they are not needed: 16 MiB. The hashes of a long text
/// take more than the text.
const LONG_BYTES: usize = 16 << 20;

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
    /// Always one that this machine has.
    instructions: Instructions,
    buffers: Buffers,
}

#[derive(Default)]
struct Buffers {
    canonical: Vec<u8>,
    ends: Vec<u32>,
    hashes: Vec<u64>,
    mixed: Mixed,
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
            instructions: Instructions::best(),
            buffers: Buffers::default(),
        })
    }

    /// The sketch of a text.
    pub fn sketch(&mut self, text: &str) -> Sketch {
        match self.instructions {
            // SAFETY: `instructions` is only ever set to what this machine has.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => unsafe { self.sketch_avx512(text) },
            // SAFETY: likewise.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => unsafe { self.sketch_avx2(text) },
            _ => self.sketch_inlined::<Baseline>(text),
        }
    }

    /// Bytes of memory that its buffers take: many times as much as the longest text that it has had.
    pub fn room_bytes(&self) -> usize {
        let Buffers { canonical, ends, hashes, shingles, .. } = &self.buffers;
        canonical.capacity() + 4 * ends.capacity() + 8 * (hashes.capacity() + shingles.capacity())
    }

    /// The same sketcher on an instruction set of choice, for comparisons; on the plainest if this machine lacks it.
    #[must_use]
    pub fn with_instructions(self, instructions: Instructions) -> Sketcher {
        let instructions = if instructions.available() { instructions } else { Instructions::Baseline };
        Sketcher { instructions, ..self }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn sketch_avx2(&mut self, text: &str) -> Sketch {
        self.sketch_inlined::<Avx2>(text)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512cd,avx512dq,avx512vl")]
    #[target_feature(enable = "avx512vbmi,avx512vbmi2,avx512bitalg,avx512vpopcntdq")]
    fn sketch_avx512(&mut self, text: &str) -> Sketch {
        self.sketch_inlined::<Avx512>(text)
    }

    /// The one implementation, compiled for each instruction set; integer arithmetic makes all give the same.
    #[inline(always)]
    fn sketch_inlined<M: Machine>(&mut self, text: &str) -> Sketch {
        let buffers = &mut self.buffers;
        let (len, singles) = fold_text::<M>(text, &self.table, &mut buffers.canonical);
        let n_tokens = find_ends::<M>(&buffers.canonical, len, &mut buffers.ends);
        if n_tokens == 0 {
            return wordless(text);
        }
        buffers.hashes.resize(n_tokens, 0);
        hash_tokens(&buffers.canonical, &buffers.ends[..n_tokens], &mut buffers.hashes);
        let mut by_characters = false;
        if singles > 0 {
            let Buffers { canonical, ends, hashes, mixed, .. } = buffers;
            let singles = mixed.split_words(canonical, &ends[..n_tokens], &self.table, hashes);
            by_characters = 2 * singles > hashes.len();
        }
        let n_tokens = buffers.hashes.len();
        let fingerprint = xxh3_128(&buffers.canonical[..len - 1]);
        if buffers.canonical.len() > LONG_BYTES {
            (buffers.canonical, buffers.ends, buffers.mixed) = Default::default();
        }
        hash_shingles(&buffers.hashes, self.shingle_tokens, &mut buffers.shingles);
        buffers.keys.clear();
        buffers.set.clear();
        if !buffers.shingles.is_empty() {
            sign(&buffers.shingles, self.bands.minima(), &mut buffers.signature);
            band_keys(&buffers.signature, self.bands, &mut buffers.keys);
            buffers.encoder.encode::<M>(&buffers.shingles, by_characters, &mut buffers.set);
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

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::dedup::canonical_reference;
    use crate::dedup::fold::is_unspaced;
    use crate::dedup::shingle::hash_shingle_reference;
    use crate::dedup::signature::signature_reference;
    use crate::dedup::token::hash_token;

    static SKETCHER: LazyLock<Sketcher> =
        LazyLock::new(|| Sketcher::new(&DedupConfig::default()).expect("the defaults are in range"));

    fn words() -> impl Strategy<Value = String> {
        let word = prop_oneof![4 => "[a-z]{1,9}", 1 => "[A-Z][a-zé]{0,20}", 1 => "[а-я]{1,8}", 1 => "[一-十あ-ん。]{1,6}", 1 => "[,.\n ]{1,3}"];
        prop::collection::vec(word, 0..300).prop_map(|words| words.join(" "))
    }

    /// The hashes of the tokens by their definition, of which those among single characters are split.
    fn tokens_reference(canonical: &str) -> Vec<u64> {
        let tokens: Vec<&str> = canonical.split(' ').filter(|token| !token.is_empty()).collect();
        let single = |token: &str| token.chars().all(is_unspaced) && token.chars().count() == 1;
        let mut hashes = Vec::new();
        for (i, token) in tokens.iter().enumerate() {
            let around = &tokens[i.saturating_sub(16)..(i + 17).min(tokens.len())];
            let singles = around.iter().filter(|token| single(token)).count();
            if !single(token) && singles > around.len() - 1 - singles {
                hashes.extend(token.chars().map(|c| hash_token(c.to_string().as_bytes())));
            } else {
                hashes.push(hash_token(token.as_bytes()));
            }
        }
        hashes
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn every_instruction_set_gives_what_the_definition_says(text in words()) {
            let config = DedupConfig::default();
            let sketcher = SKETCHER.clone();
            let canonical = canonical_reference(&text, config.canonical);
            let tokens = tokens_reference(&canonical);
            let shingles: Vec<u64> = tokens.windows(5).map(hash_shingle_reference).collect();
            let mut keys = Vec::new();
            if !shingles.is_empty() {
                band_keys(&signature_reference(&shingles, config.bands().minima()), config.bands(), &mut keys);
            }
            let mut first = None;
            for instructions in Instructions::ALL {
                let sketch = sketcher.clone().with_instructions(instructions).sketch(&text);
                prop_assert_eq!(sketch.n_tokens as usize, tokens.len());
                if !tokens.is_empty() {
                    prop_assert_eq!(sketch.fingerprint, xxh3_128(canonical.as_bytes()));
                }
                prop_assert_eq!(&sketch.band_keys[..], &keys);
                prop_assert_eq!(&sketch, first.get_or_insert(sketch.clone()));
            }
        }
    }

    #[test]
    fn a_text_without_words_is_empty_only_if_it_is_blank() {
        let mut sketcher = Sketcher::new(&DedupConfig::default()).expect("the defaults are in range");
        assert!(sketcher.sketch(" \n\t ").empty);
        let (smile, dots) = (sketcher.sketch("🙂 !"), sketcher.sketch("..."));
        assert!(!smile.empty && !dots.empty);
        assert_ne!(smile.fingerprint, dots.fingerprint);
        assert_eq!(smile.fingerprint, sketcher.sketch("🙂\n!").fingerprint);
    }
}

//! Pages to measure with: sentences in random order, the order the same each time.
//!
//! The sentences come back every few hundred words, so that the caches are warmer here than on real pages. Figures from
//! here compare one version of a kernel with another; what a corpus takes is for `textmill bench` to say.

/// Bytes of a page, or a little more: 4 KiB, an article.
const PAGE_BYTES: usize = 4096;
/// Pages of each script.
const PAGES: usize = 16;

/// A script, in one of its languages.
pub struct Script {
    /// The name in reports.
    pub name: &'static str,
    /// The language of its sentences.
    pub language: &'static str,
    /// What stands between two words.
    pub space: &'static str,
    /// The label of a legacy encoding that holds all of its sentences.
    pub legacy: Option<&'static str>,
    sentences: &'static str,
}

/// The scripts that are measured.
pub const SCRIPTS: [Script; 6] = [
    Script { name: "ascii", language: "en", space: " ", legacy: None, sentences: include_str!("../texts/ascii.txt") },
    Script {
        name: "latin",
        language: "fr",
        space: " ",
        legacy: Some("windows-1252"),
        sentences: include_str!("../texts/latin.txt"),
    },
    Script {
        name: "cyrillic",
        language: "ru",
        space: " ",
        legacy: Some("windows-1251"),
        sentences: include_str!("../texts/cyrillic.txt"),
    },
    Script {
        name: "arabic",
        language: "ar",
        space: " ",
        legacy: Some("windows-1256"),
        sentences: include_str!("../texts/arabic.txt"),
    },
    Script {
        name: "devanagari",
        language: "hi",
        space: " ",
        legacy: None,
        sentences: include_str!("../texts/devanagari.txt"),
    },
    Script {
        name: "cjk",
        language: "zh",
        space: "",
        legacy: Some("gb18030"),
        sentences: include_str!("../texts/cjk.txt"),
    },
];

impl Script {
    /// Pages of paragraphs, each paragraph one line, blank lines between them.
    pub fn pages(&self) -> Vec<String> {
        let sentences: Vec<&str> = self.sentences.lines().collect();
        let mut chance = Chance(self.sentences.len() as u64);
        (0..PAGES).map(|_| self.page(&sentences, &mut chance)).collect()
    }

    fn page(&self, sentences: &[&str], chance: &mut Chance) -> String {
        let mut page = String::new();
        while page.len() < PAGE_BYTES {
            if !page.is_empty() {
                page.push_str("\n\n");
            }
            for i in 0..4 + chance.below(4) {
                if i > 0 {
                    page.push_str(self.space);
                }
                page.push_str(sentences[chance.below(sentences.len())]);
            }
        }
        page.push('\n');
        page
    }
}

/// Numbers that look random and are the same each time.
///
/// Source: the multiplier and the increment of D. Knuth's MMIX.
pub struct Chance(pub u64);

impl Chance {
    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// Bytes of all pages.
pub fn bytes<T: AsRef<[u8]>>(pages: &[T]) -> u64 {
    pages.iter().map(|page| page.as_ref().len() as u64).sum()
}

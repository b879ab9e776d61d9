//! A corpus that is the same wherever it is made: 4 MB of pages in six scripts, clean and broken, from the words of the
//! sentences that the benches of the kernels have.
//!
//! What reads like prose it is not: words stand in random order, so that no page is nearly another. It serves to compare
//! one version with the next; what real text takes is for `cargo xtask figures PROSE.jsonl` to say.

/// Bytes of text in the corpus, or a little more.
pub const CORPUS_BYTES: usize = 4_000_000;
/// Bytes of a page, or a little more.
const PAGE_BYTES: usize = 5_000;
/// Columns at which hard-wrapped lines end.
const COLUMNS: usize = 72;

/// The scripts: name, what stands between two words, sentences.
const SCRIPTS: [(&str, &str, &str); 6] = [
    ("ascii", " ", include_str!("../../../crates/textmill-core/benches/texts/ascii.txt")),
    ("latin", " ", include_str!("../../../crates/textmill-core/benches/texts/latin.txt")),
    ("cyrillic", " ", include_str!("../../../crates/textmill-core/benches/texts/cyrillic.txt")),
    ("arabic", " ", include_str!("../../../crates/textmill-core/benches/texts/arabic.txt")),
    ("devanagari", " ", include_str!("../../../crates/textmill-core/benches/texts/devanagari.txt")),
    ("cjk", "", include_str!("../../../crates/textmill-core/benches/texts/cjk.txt")),
];

/// How a page is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Not at all: a paragraph is a line.
    Clean,
    /// Lines end at a margin.
    HardWrapped,
    /// Lines end at a margin, and long words are cut there.
    Hyphenated,
    /// Marks stand in words and between them.
    CutMarks,
}

impl Damage {
    fn name(self) -> &'static str {
        match self {
            Damage::Clean => "clean",
            Damage::HardWrapped => "hard-wrapped",
            Damage::Hyphenated => "hyphenated",
            Damage::CutMarks => "cut-marks",
        }
    }
}

/// One page.
pub struct Page {
    /// The name of its script.
    pub script: &'static str,
    /// What is wrong with it.
    pub damage: Damage,
    /// The text.
    pub text: String,
}

/// The corpus: every script in turn, every other page clean.
pub fn corpus() -> Vec<Page> {
    let mut pages = Vec::new();
    let mut chance = Chance(1);
    let mut bytes = 0;
    for number in 0.. {
        if bytes >= CORPUS_BYTES {
            break;
        }
        let (script, space, sentences) = SCRIPTS[number % SCRIPTS.len()];
        let damage = match number / SCRIPTS.len() % 6 {
            1 => Damage::HardWrapped,
            3 => Damage::Hyphenated,
            5 => Damage::CutMarks,
            _ => Damage::Clean,
        };
        let words = words(sentences, space);
        let mut text = String::new();
        while text.len() < PAGE_BYTES {
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            text.push_str(&broken(&paragraph(&words, space, &mut chance), damage, &mut chance));
        }
        text.push('\n');
        bytes += text.len();
        pages.push(Page { script, damage, text });
    }
    pages
}

/// The corpus as JSON lines.
pub fn jsonl(pages: &[Page]) -> Vec<u8> {
    let line = |page: &Page| {
        format!("{}\n", serde_json::json!({ "script": page.script, "damage": page.damage.name(), "text": page.text }))
    };
    pages.iter().map(line).collect::<String>().into_bytes()
}

/// The words of some sentences; pieces of a few characters where they are not spaced.
fn words(sentences: &str, space: &str) -> Vec<String> {
    if !space.is_empty() {
        return sentences.split_whitespace().map(|word| word.trim_matches(['.', ',', '؟', '।']).to_owned()).collect();
    }
    let chars: Vec<char> = sentences.chars().filter(|c| c.is_alphabetic()).collect();
    chars.chunks(3).map(String::from_iter).collect()
}

fn paragraph(words: &[String], space: &str, chance: &mut Chance) -> String {
    let mut paragraph = String::new();
    for sentence in 0..3 + chance.below(4) {
        if sentence > 0 {
            paragraph.push_str(space);
        }
        for at in 0..8 + chance.below(12) {
            if at > 0 {
                paragraph.push_str(space);
            }
            paragraph.push_str(&words[chance.below(words.len())]);
        }
        paragraph.push_str(if space.is_empty() { "。" } else { "." });
    }
    paragraph
}

fn broken(paragraph: &str, damage: Damage, chance: &mut Chance) -> String {
    match damage {
        Damage::Clean => paragraph.to_owned(),
        Damage::HardWrapped => wrapped(paragraph, false),
        Damage::Hyphenated => wrapped(paragraph, true),
        Damage::CutMarks => {
            let mut out = String::new();
            let mut left = 150;
            for c in paragraph.chars() {
                left -= 1;
                if left == 0 {
                    out.push_str("\n...[+++]");
                    left = 150 + chance.below(100);
                }
                out.push(c);
            }
            out
        }
    }
}

/// A paragraph in lines; a word that does not fit is cut with a hyphen, if it shall be and is long enough.
pub fn wrapped(paragraph: &str, hyphenated: bool) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in paragraph.split(' ') {
        let chars: Vec<char> = word.chars().collect();
        let room = COLUMNS.saturating_sub(column + 1);
        if column == 0 || chars.len() <= room {
            out.push_str(if column > 0 { " " } else { "" });
            out.push_str(word);
            column += chars.len() + 1;
        } else if hyphenated && room >= 4 && chars.len() >= room + 2 && chars.iter().all(|c| c.is_alphabetic()) {
            let (left, right) = chars.split_at(room - 1);
            out.extend([" ", &String::from_iter(left), "-\n", &String::from_iter(right)]);
            column = right.len();
        } else {
            out.push('\n');
            out.push_str(word);
            column = chars.len();
        }
    }
    out
}

/// Numbers without an order that are the same in every run.
///
/// Source: D. Lehmer's generator with the multiplier of S. Park and K. Miller, 1988.
pub struct Chance(pub u64);

impl Chance {
    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        self.0 as usize % n
    }
}

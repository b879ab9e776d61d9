//! Measures near-duplicate removal on texts with planted copies, of which every similarity is known exactly.
//!
//! Texts are cut at line ends to 150–3,000 characters. Three of four get a copy in which words or characters are replaced,
//! scattered or in one block; one in ten copies is in capitals or without punctuation. Similarity is that of word 5-grams
//! of lower-cased `\w+`, or with `--characters` that of strings of five characters. Recall: of the planted pairs in each
//! range, the share of which both have one survivor. Precision: of the near-duplicates removed, those at least as similar
//! to the document that is named as the threshold less 0.05.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;

use textmill_core::dedup::{DedupConfig, Index, Sketcher, Verdict};

use crate::langid::chance::{Chance, name_hash};

/// Lower ends of the ranges of similarity that are counted apart, thousandths.
const RANGES: [usize; 5] = [1000, 950, 900, 850, 800];

/// `measure-dedup [--characters] FILE.jsonl...`: one line for each file, of lines `{"text"}`.
pub fn measure(args: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let characters = args.iter().any(|arg| arg == "--characters");
    println!("file: documents, then recall at 1.00, 0.95-, 0.90-, 0.85-, 0.80-; precision; reported similarity off by");
    for file in args.iter().filter(|arg| !arg.starts_with("--")) {
        let mut texts = Vec::new();
        for line in fs::read_to_string(file)?.lines() {
            let record: serde_json::Value = serde_json::from_str(line)?;
            texts.extend(record["text"].as_str().map(str::to_string));
        }
        let name = file.rsplit('/').next().unwrap_or(file);
        println!("{name}: {}", measure_texts(&texts, characters, &mut Chance(name_hash(name)))?);
    }
    Ok(())
}

struct Document {
    text: String,
    /// The document that it is a copy of.
    copy_of: Option<usize>,
}

fn measure_texts(
    texts: &[String],
    characters: bool,
    chance: &mut Chance,
) -> Result<String, Box<dyn std::error::Error>> {
    let documents = plant(&pieces(texts, chance), characters, chance);
    let config = DedupConfig::default();
    let (mut sketcher, mut index) = (Sketcher::new(&config)?, Index::new(&config)?);
    let mut kept = Vec::new();
    let mut survivors = Vec::new();
    let (mut near, mut precise, mut off) = (0, 0, 0.0);
    for (number, document) in documents.iter().enumerate() {
        let survivor = match index.insert(&sketcher.sketch(&document.text)) {
            Verdict::Unique { .. } => {
                kept.push(number);
                number
            }
            Verdict::ExactDuplicate { of } => kept[of as usize],
            Verdict::NearDuplicate { of, evidence } => {
                let survivor: usize = kept[of as usize];
                let truth = similarity(&document.text, &documents[survivor].text, characters);
                near += 1;
                precise += usize::from(truth >= config.similarity - 0.05);
                off += (evidence.similarity() - truth).abs();
                survivor
            }
            Verdict::Empty => number,
        };
        survivors.push(survivor);
    }
    let mut counts = [(0, 0); RANGES.len()];
    for (number, document) in documents.iter().enumerate() {
        let Some(original) = document.copy_of else { continue };
        let truth = (similarity(&document.text, &documents[original].text, characters) * 1000.0) as usize;
        let Some(range) = RANGES.iter().position(|&least| truth >= least) else { continue };
        counts[range].0 += usize::from(survivors[number] == survivors[original]);
        counts[range].1 += 1;
    }
    let mut line = format!("{} documents", documents.len());
    for (found, of) in counts {
        let _ = write!(line, "  {found}/{of}");
    }
    let _ = write!(line, "  {precise}/{near}  {:.4}", off / f64::from(near.max(1)));
    Ok(line)
}

/// The texts cut at line ends, each piece 150 to 3,000 characters.
fn pieces(texts: &[String], chance: &mut Chance) -> Vec<String> {
    let mut pieces = Vec::new();
    for text in texts {
        let mut piece = String::new();
        let mut wanted = 150 + chance.below(1500);
        for line in text.lines().flat_map(|line| line.split_inclusive(['.', '。'])) {
            piece.push_str(line);
            piece.push('\n');
            let length = piece.chars().count();
            if length >= wanted {
                if length <= 3000 {
                    pieces.push(std::mem::take(&mut piece));
                }
                piece.clear();
                wanted = 150 + chance.below(1500);
            }
        }
    }
    pieces
}

fn plant(pieces: &[String], characters: bool, chance: &mut Chance) -> Vec<Document> {
    let mut documents: Vec<Document> =
        pieces.iter().map(|text| Document { text: text.clone(), copy_of: None }).collect();
    for original in 0..pieces.len() {
        if chance.below(4) == 0 {
            continue;
        }
        let foreign = &pieces[chance.below(pieces.len())];
        let mut text = change(&pieces[original], foreign, characters, chance);
        match chance.below(20) {
            0 => text = text.to_uppercase(),
            1 => text = text.replace(['.', ',', ';', ':', '!', '?'], " "),
            _ => {}
        }
        documents.push(Document { text, copy_of: Some(original) });
    }
    documents
}

/// A copy in which up to 5% of the words or characters are those of a foreign text, in one block or scattered.
fn change(text: &str, foreign: &str, characters: bool, chance: &mut Chance) -> String {
    let cut = |text: &str| -> Vec<String> {
        if characters {
            text.chars().map(String::from).collect()
        } else {
            text.split_inclusive(char::is_whitespace).map(String::from).collect()
        }
    };
    let (mut parts, foreign) = (cut(text), cut(foreign));
    let n_changes = parts.len() * chance.below(50) / if chance.below(2) == 0 { 1000 } else { 2000 };
    if chance.below(3) == 0 {
        let block = (3 * n_changes).min(parts.len() / 4);
        let start = chance.below(parts.len() - block + 1);
        for part in &mut parts[start..start + block] {
            part.clone_from(&foreign[chance.below(foreign.len())]);
        }
    } else {
        for _ in 0..n_changes {
            let place = chance.below(parts.len());
            parts[place].clone_from(&foreign[chance.below(foreign.len())]);
        }
    }
    parts.concat()
}

fn similarity(one: &str, other: &str, characters: bool) -> f64 {
    let (one, other) = (shingles(one, characters), shingles(other, characters));
    let shared = one.intersection(&other).count();
    shared as f64 / (one.len() + other.len() - shared).max(1) as f64
}

fn shingles(text: &str, characters: bool) -> HashSet<Vec<String>> {
    let lower = text.to_lowercase();
    let tokens: Vec<String> = if characters {
        lower.chars().filter(|c| !c.is_whitespace()).map(String::from).collect()
    } else {
        lower.split(|c| !is_word(c)).filter(|word| !word.is_empty()).map(String::from).collect()
    };
    if tokens.len() < 5 {
        return HashSet::from([tokens]);
    }
    tokens.windows(5).map(<[String]>::to_vec).collect()
}

/// What `\w` of Python takes: letters, numbers and `_`, no marks.
fn is_word(c: char) -> bool {
    use unicode_normalization::char::is_combining_mark;
    c == '_' || c.is_alphanumeric() && !is_combining_mark(c)
}

//! Accuracy of a model while it is learnt, before calibration and rules.

use std::collections::BTreeMap;
use std::path::Path;

use textmill_core::langid::{Language, Script};

use super::corpus::{records, string};
use super::fit::Model;
use super::sample::Sample;

/// The language of a text: the one with the largest share.
pub fn identify(model: &Model, text: &str) -> Language {
    let sample = Sample::of(text, Language::UND);
    if sample.script == Script::Other {
        return Language::ZXX;
    }
    if let Some(owner) = sample.script.owner().and_then(Language::from_code) {
        return owner;
    }
    let Some(shares) = model.shares(&sample) else { return Language::UND };
    shares.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(Language::UND, |entry| entry.0)
}

/// Prints the accuracy over the lines `{"text", "language"}` of a file, averaged over languages.
pub fn measure(model: &Model, path: &Path) -> Result<(), String> {
    let mut counts: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    let mut wrong: BTreeMap<(String, &str), u32> = BTreeMap::new();
    for record in records(path)? {
        let gold = string(&record, "language").to_owned();
        let found = identify(model, string(&record, "text"));
        let entry = counts.entry(gold.clone()).or_default();
        entry.1 += 1;
        if found.code() == gold {
            entry.0 += 1;
        } else {
            *wrong.entry((gold, found.code())).or_default() += 1;
        }
    }
    let mean =
        counts.values().map(|(right, all)| f64::from(*right) / f64::from(*all)).sum::<f64>() / counts.len() as f64;
    let mut worst: Vec<_> = wrong.into_iter().collect();
    worst.sort_by_key(|entry| std::cmp::Reverse(entry.1));
    let pairs: Vec<String> = worst.iter().take(14).map(|((gold, found), n)| format!("{gold}→{found} {n}")).collect();
    println!(
        "{:<24} {:.4} over {} languages; {}",
        path.file_stem().unwrap_or_default().to_string_lossy(),
        mean,
        counts.len(),
        pairs.join(", ")
    );
    Ok(())
}

//! Accuracy of a model while it is learnt, before calibration and rules.

use std::collections::BTreeMap;
use std::path::Path;

use textmill_core::langid::{Language, Script, feature_rows};

use super::corpus::{records, string};
use super::fit::Model;

/// The language of a text: the class with the largest share, those of one language taken together.
pub fn identify(model: &Model, text: &str) -> (Language, f32) {
    let mut by_script: Vec<(Script, Vec<u32>, u32)> = Vec::new();
    feature_rows(text, |script, rows, letters| match by_script.iter_mut().find(|entry| entry.0 == script) {
        Some(entry) => {
            entry.1.extend(rows);
            entry.2 += letters;
        }
        None => by_script.push((script, rows.to_vec(), letters)),
    });
    let Some((script, rows, _)) = by_script.into_iter().max_by_key(|entry| (entry.2, std::cmp::Reverse(entry.0))) else {
        return (Language::ZXX, 1.0);
    };
    if let Some(owner) = script.owner().and_then(Language::from_code) {
        return (owner, 1.0);
    }
    let Some(head) = model.heads.iter().find(|head| head.script == script) else { return (Language::UND, 0.0) };
    let mut sums: BTreeMap<Language, f32> = BTreeMap::new();
    for (language, share) in head.classes.iter().zip(head.shares(&model.mean(&rows))) {
        *sums.entry(*language).or_default() += share;
    }
    sums.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((Language::UND, 0.0))
}

/// Prints the accuracy over the lines `{"text", "language"}` of a file, averaged over languages.
pub fn measure(model: &Model, path: &Path) -> Result<(), String> {
    let mut counts: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    let mut wrong: BTreeMap<(String, &str), u32> = BTreeMap::new();
    for record in records(path)? {
        let gold = string(&record, "language").to_owned();
        let (found, _) = identify(model, string(&record, "text"));
        let entry = counts.entry(gold.clone()).or_default();
        entry.1 += 1;
        if found.code() == gold {
            entry.0 += 1;
        } else {
            *wrong.entry((gold, found.code())).or_default() += 1;
        }
    }
    let mean = counts.values().map(|(right, all)| f64::from(*right) / f64::from(*all)).sum::<f64>() / counts.len() as f64;
    let mut worst: Vec<_> = wrong.into_iter().collect();
    worst.sort_by_key(|entry| std::cmp::Reverse(entry.1));
    let pairs: Vec<String> = worst.iter().take(14).map(|((gold, found), n)| format!("{gold}→{found} {n}")).collect();
    println!("{:<24} {:.4} over {} languages; {}", path.file_stem().unwrap_or_default().to_string_lossy(), mean, counts.len(), pairs.join(", "));
    Ok(())
}

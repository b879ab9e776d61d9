//! `repair-damage`: what repair does to texts that are right as they stand.

use std::collections::BTreeMap;

use serde_json::Value;
use textmill_core::repair::Rule;

use super::stream::{check, field, files, read, repair};

/// `[--show] FILE.jsonl...`: the edits of each rule, per million characters, over all files in one stream.
pub fn damage(args: &[String]) -> Result<(), String> {
    let show = args.iter().any(|arg| arg == "--show");
    let records: Vec<Value> = read(&files(args))?;
    let texts: Vec<&str> = records.iter().map(|record| field(record, "text")).collect();
    let repaired = repair(&texts, false);
    let characters: usize = texts.iter().map(|text| text.chars().count()).sum();
    let line_ends: usize = texts.iter().map(|text| text.matches('\n').count()).sum();
    let mut by_rule: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut joins, mut of_lines) = (0_u64, 0_u64);
    for (text, after) in texts.iter().zip(&repaired) {
        for edit in &after.edits {
            *by_rule.entry(edit.rule.name()).or_default() += 1;
            let lines =
                matches!(edit.rule, Rule::CutMarks | Rule::LineEndHyphens | Rule::BrokenWords | Rule::HardWraps);
            of_lines += u64::from(lines);
            joins += u64::from(lines && edit.replacement.is_empty() && edit.rule == Rule::BrokenWords);
            if show && lines {
                let from = text[..edit.start].char_indices().rev().nth(40).map_or(0, |at| at.0);
                let to = text[edit.end..].char_indices().nth(40).map_or(text.len(), |at| edit.end + at.0);
                println!("{} {:?} → {:?}", edit.rule.name(), &text[from..to], edit.replacement);
            }
        }
    }
    println!("{} texts, {characters} characters, {line_ends} line ends", texts.len());
    by_rule.iter().for_each(|(rule, n)| println!("{rule:18} {n}"));
    println!(
        "joins of bare words {joins}; edits of lines {of_lines}, {:.2} per million characters",
        of_lines as f64 * 1e6 / characters as f64
    );
    println!("{}", check(&texts, &repaired));
    Ok(())
}

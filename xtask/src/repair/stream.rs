//! One stream of texts: characters are repaired, words are learned, lines are repaired.

use std::fs;

use serde_json::Value;
use textmill_core::repair::{RepairConfig, Repaired, Rule, WordCounts, Words, apply, repair_characters, repair_lines};

/// The records of files of JSON lines, in order.
pub fn read(paths: &[String]) -> Result<Vec<Value>, String> {
    let mut records = Vec::new();
    for path in paths {
        let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            records.push(serde_json::from_str(line).map_err(|error| format!("{path}: {error}"))?);
        }
    }
    Ok(records)
}

/// What of the arguments names files.
pub fn files(args: &[String]) -> Vec<String> {
    args.iter().filter(|arg| !arg.starts_with("--")).cloned().collect()
}

/// The value of an option written `--name=value`.
pub fn option<'a>(args: &'a [String], name: &str) -> Option<&'a str> {
    args.iter().find_map(|arg| arg.strip_prefix("--")?.strip_prefix(name)?.strip_prefix('='))
}

/// A field of a record that is a string, or nothing.
pub fn field<'v>(record: &'v Value, name: &str) -> &'v str {
    record.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The repaired texts, learned from all of them together, or each from itself.
pub fn repair<'t>(texts: &[&'t str], alone: bool) -> Vec<Repaired<'t>> {
    let config = RepairConfig { min_score: [0.5; Rule::ALL.len()], ..RepairConfig::default() };
    let mut repaired: Vec<Repaired<'t>> = texts.iter().map(|text| repair_characters(text, &config)).collect();
    if alone {
        for text in &mut repaired {
            repair_lines(text, &config, &Words::new(&learn([&*text.text])));
        }
    } else {
        let counts = learn(repaired.iter().map(|text| &*text.text));
        for text in &mut repaired {
            repair_lines(text, &config, &Words::new(&counts));
        }
    }
    repaired
}

fn learn<'t>(texts: impl IntoIterator<Item = &'t str>) -> WordCounts {
    let mut counts = WordCounts::new();
    texts.into_iter().for_each(|text| counts.learn(text));
    counts
}

/// What must be so of every stream: each log replays to its text, and what was repaired is not repaired again.
pub fn check(texts: &[&str], repaired: &[Repaired<'_>]) -> String {
    let replay = texts.iter().zip(repaired).filter(|(text, after)| apply(text, &after.edits) != *after.text).count();
    let clean: Vec<&str> = repaired.iter().map(|after| &*after.text).collect();
    let again = repair(&clean, false).iter().filter(|after| !after.edits.is_empty()).count();
    format!("{replay} logs that do not replay, {again} of {} texts change again with counts learned anew", texts.len())
}

//! `evaluate-hyphens`: line-end hyphens of real pages, each with its lines as a document, one stream a language.
//!
//! Lines are `{"lang", "prev_line", "line", "next_line", "label": "soft"|"hard"|"suspended"}`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::gaps::{Space, gaps};
use super::stream::{field, files, option, read, repair};
use super::table::Table;

/// `[--wrong] [--half=0|1] GOLD.jsonl...`: all cases, or those of one half of the documents.
pub fn hyphens(args: &[String]) -> Result<(), String> {
    let show = args.iter().any(|arg| arg == "--wrong");
    let half: Option<u32> = option(args, "half").and_then(|half| half.parse().ok());
    let mut streams: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for case in read(&files(args))? {
        let document: u32 = field(&case, "package").bytes().chain(field(&case, "line").bytes()).map(u32::from).sum();
        if half.is_none_or(|half| document % 2 == half) {
            streams.entry(field(&case, "lang").to_owned()).or_default().push(case);
        }
    }
    let mut table = Table::default();
    for (language, cases) in &streams {
        let texts: Vec<String> = cases.iter().map(text).collect();
        let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
        for ((case, text), after) in cases.iter().zip(&texts).zip(repair(&borrowed, false)) {
            let before = text.trim_end().len() - field(case, "next_line").trim_end().len();
            let n = gaps(&text[..before]).solid.chars().count();
            let gap = gaps(&after.text).at(n);
            let found = match (gap.hyphen, gap.space) {
                (false, Space::None) => "soft",
                (true, Space::None) => "hard",
                (true, Space::Blank) => "suspended",
                _ => "left",
            };
            let label = field(case, "label");
            table.note(label, language, found == label);
            table.note("all", language, found == label);
            if show && found != label {
                let readings = after.edits.iter().filter_map(|edit| edit.readings.map(|r| (edit.score, r))).next_back();
                println!(
                    "{language} {label} taken for {found}: {}⏎{} {readings:?}",
                    field(case, "line"),
                    field(case, "next_line")
                );
            }
        }
    }
    table.print();
    Ok(())
}

fn text(case: &Value) -> String {
    let lines = ["prev_line", "line", "next_line"].map(|name| field(case, name));
    lines.iter().filter(|line| !line.is_empty()).copied().collect::<Vec<_>>().join("\n")
}

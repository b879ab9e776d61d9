//! `repair-again`: what changes when repaired text is repaired again, its words learned anew from what it is now.

use std::collections::BTreeMap;

use serde_json::Value;
use textmill_core::repair::Repaired;

use super::stream::{field, files, option, read, repair};

/// Runs over the output of the run before, until nothing changes, at most.
const RUNS: usize = 5;

/// `[--show] [--streams=N] FILE.jsonl...`: field `damaged` or `text`; each file as one stream, each text alone, and, with
/// `--streams`, all texts of all files in streams of N.
pub fn again(args: &[String]) -> Result<(), String> {
    let show = args.iter().any(|arg| arg == "--show");
    let of_all = option(args, "streams").map(str::parse::<usize>).transpose();
    let of_all = of_all.map_err(|error| format!("--streams: {error}"))?;
    let mut all = Vec::new();
    let mut found: BTreeMap<&str, [usize; RUNS]> = BTreeMap::new();
    let mut texts_of = |texts: &[&str], way: &'static str| {
        let changed = found.entry(way).or_default();
        runs(texts, way == "alone", show, changed);
    };
    for path in files(args) {
        let records: Vec<Value> = read(&[path])?;
        let text = |record: &Value| {
            ["damaged", "text"]
                .map(|name| field(record, name))
                .into_iter()
                .find(|text| !text.is_empty())
                .map(str::to_owned)
        };
        let texts: Vec<String> = records.iter().filter_map(text).collect();
        let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
        texts_of(&borrowed, "file");
        texts_of(&borrowed, "alone");
        all.extend(texts);
    }
    if let Some(n) = of_all {
        for stream in all.chunks(n.max(1)) {
            texts_of(&stream.iter().map(String::as_str).collect::<Vec<_>>(), "mixed");
        }
    }
    println!("{} texts; of them change in run 2, 3 and so on", all.len());
    found.iter().for_each(|(way, changed)| println!("{way:6} {:?}", &changed[1..]));
    Ok(())
}

/// Repairs the texts again and again and counts how many each run changes.
fn runs(texts: &[&str], alone: bool, show: bool, changed: &mut [usize; RUNS]) {
    let mut now: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
    for (run, changed) in changed.iter_mut().enumerate() {
        let before: Vec<&str> = now.iter().map(String::as_str).collect();
        let after: Vec<Repaired<'_>> = repair(&before, alone);
        let these = after.iter().filter(|after| !after.edits.is_empty()).count();
        *changed += these;
        if run > 0 && show {
            before.iter().zip(&after).for_each(|(text, after)| print(text, after, run + 1));
        }
        now = after.into_iter().map(|after| after.text.into_owned()).collect();
        if these == 0 {
            return;
        }
    }
}

fn print(text: &str, after: &Repaired<'_>, run: usize) {
    for edit in &after.edits {
        let from = text[..edit.start].char_indices().rev().nth(60).map_or(0, |at| at.0);
        let to = text[edit.end..].char_indices().nth(60).map_or(text.len(), |at| edit.end + at.0);
        let around = [&text[from..edit.start], &text[edit.start..edit.end], &text[edit.end..to]];
        println!("run {run} {} {around:?} → {:?} {:?}", edit.rule.name(), edit.replacement, edit.readings);
    }
}

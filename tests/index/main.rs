//! The index of `dedup` beyond one run in memory: on disk, between runs, joined, and as a Bloom filter.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../stream/corpus.rs"]
mod corpus;
#[path = "../harness/mod.rs"]
mod harness;

mod bloom;
mod kept;
mod paragraphs;
mod spilled;
mod survivors;

use std::collections::BTreeMap;

use harness::{Folder, record};
use serde_json::Value;

/// Options by which a record's text depends on nothing but the record.
const PLAIN: [&str; 4] = ["--no-config", "--set=repair.enabled=false", "--set=langid.enabled=false", "--format=jsonl"];

/// `n` documents of about 120 words from number `first` on. Every seventh is one seen 5 documents before in capitals, every
/// eleventh one of 50 before with some words changed.
fn documents(first: usize, n: usize) -> String {
    (first..first + n).map(|number| record(&format!("d{number}"), &text(number))).collect()
}

fn text(number: usize) -> String {
    match number {
        n if n % 7 == 6 => words(n - 5, 0).to_uppercase(),
        n if n % 11 == 10 && n > 50 => words(n - 50, 3),
        n => words(n, 0),
    }
}

fn words(number: usize, changed: usize) -> String {
    let mut state = number as u64 + 1;
    let word = |i: usize, state: &mut u64| {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        if i < changed { format!("changed{number}x{i}") } else { format!("w{}", *state >> 44) }
    };
    (0..120).map(|i| word(i, &mut state)).collect::<Vec<_>>().join(" ")
}

/// What a run left: its output and side files, less the summary.
fn left(folder: &Folder, output: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = harness::tree(&folder.at(output));
    files.remove("summary.json");
    files
}

/// The ids in a file of records, in order.
fn ids(records: &[Value]) -> Vec<String> {
    records.iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect()
}

/// A field of what `index info` prints.
fn info(folder: &Folder, path: &str, key: &str) -> String {
    let run = folder.run(["index", "info", path]).ended_with(0);
    let value = run.text().lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
    value.unwrap().split(" # ").next().unwrap().trim_matches('"').to_owned()
}

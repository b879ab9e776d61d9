//! What every record says of itself is true.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::corpus::{Corpus, corpus};
use crate::harness::str_of;

const FULL: [&str; 7] = ["run", "in", "-o", "out", "--no-config", "--edits", "full"];

fn number(value: &Value, field: &str) -> usize {
    usize::try_from(value[field].as_u64().unwrap()).unwrap()
}

/// The text after the edits of a record, over code points.
fn replayed(decoded: &str, edits: &[Value]) -> String {
    let decoded: Vec<char> = decoded.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    for edit in edits {
        let (start, end) = (number(edit, "start"), number(edit, "end"));
        assert!(at <= start && start <= end, "edits are in order and disjoint: {edit}");
        out.extend(&decoded[at..start]);
        assert_eq!(str_of(edit, "before"), decoded[start..end].iter().collect::<String>());
        assert_ne!(edit["before"], edit["after"], "an edit edits");
        out.push_str(str_of(edit, "after"));
        at = end;
    }
    out.extend(&decoded[at..]);
    out
}

fn run(corpus: &Corpus) -> Vec<Value> {
    corpus.folder.run(FULL.iter().chain(&["--set", "repair.window_bytes=100 KiB"])).ended_with(0);
    corpus.folder.shards("out")
}

#[test]
fn edits_replay_from_the_decoded_text_to_the_clean_one() {
    let corpus = corpus(11, 400);
    let records = run(&corpus);
    let mut rules = BTreeSet::new();
    for record in &records {
        let id = str_of(record, "id");
        let edits = record["textmill"]["edits"].as_array().unwrap();
        assert_eq!(replayed(&corpus.texts[id], edits), str_of(record, "text"), "{id}");
        let mut counts = std::collections::BTreeMap::<&str, u64>::new();
        for edit in edits {
            let score = edit["score"].as_f64().unwrap();
            assert!((0.5..=1.0).contains(&score), "{edit}");
            match edit["rules"].as_array() {
                Some(met) => met.iter().for_each(|rule| *counts.entry(rule.as_str().unwrap()).or_default() += 1),
                None => *counts.entry(str_of(edit, "rule")).or_default() += 1,
            }
        }
        assert_eq!(record["textmill"]["repairs"], serde_json::to_value(&counts).unwrap(), "{id}");
        rules.extend(counts.into_keys().map(str::to_owned));
    }
    for rule in [
        "line-terminators",
        "invisible-chars",
        "ligatures",
        "unicode-form",
        "cut-marks",
        "line-end-hyphens",
        "hard-wraps",
        "spaces",
    ] {
        assert!(rules.contains(rule), "the corpus has nothing for {rule}: {rules:?}");
    }
}

#[test]
fn offsets_in_bytes_say_the_same_as_offsets_in_code_points() {
    let corpus = corpus(12, 60);
    let points = run(&corpus);
    corpus
        .folder
        .run(FULL.iter().chain(&["--set", "repair.window_bytes=100 KiB", "--set", "emit.offsets=bytes"]))
        .ended_with(0);
    let bytes = corpus.folder.shards("out");
    assert_eq!(points.len(), bytes.len());
    let byte_of = |text: &str, point: usize| text.chars().take(point).map(char::len_utf8).sum::<usize>();
    for (by_point, by_byte) in points.iter().zip(&bytes) {
        let (clean, decoded) = (str_of(by_point, "text"), &corpus.texts[str_of(by_point, "id")]);
        for (list, text) in [("spans", clean), ("edits", decoded)] {
            let (a, b) =
                (by_point["textmill"][list].as_array().unwrap(), by_byte["textmill"][list].as_array().unwrap());
            assert_eq!(a.len(), b.len());
            for (a, b) in a.iter().zip(b) {
                for side in ["start", "end"] {
                    assert_eq!(byte_of(text, number(a, side)), number(b, side));
                }
            }
        }
    }
}

#[test]
fn spans_are_in_order_do_not_overlap_and_cover_every_letter() {
    let corpus = corpus(13, 300);
    let mut languages = BTreeSet::new();
    for record in run(&corpus) {
        let text: Vec<char> = str_of(&record, "text").chars().collect();
        let mut covered = vec![false; text.len()];
        let (mut at, mut paragraph) = (0, 0);
        for span in record["textmill"]["spans"].as_array().unwrap() {
            let (start, end) = (number(span, "start"), number(span, "end"));
            assert!(at <= start && start < end && end <= text.len(), "{span}");
            assert!(paragraph <= number(span, "paragraph"), "{span}");
            covered[start..end].fill(true);
            (at, paragraph) = (end, number(span, "paragraph"));
            languages.insert(str_of(span, "language").to_owned());
        }
        let missed: String =
            text.iter().zip(&covered).filter(|(c, covered)| c.is_alphabetic() && !**covered).map(|(c, _)| c).collect();
        assert_eq!(missed, "", "{}", record["id"]);
        let shares: f64 =
            record["textmill"]["languages"].as_object().unwrap().values().map(|v| v.as_f64().unwrap()).sum();
        assert!((shares - 1.0).abs() < 0.01, "{}", record["textmill"]["languages"]);
    }
    for language in ["de", "en", "fr", "ru"] {
        assert!(languages.contains(language), "{languages:?}");
    }
}

#[test]
fn a_duplicate_names_a_record_that_was_emitted_before_it() {
    let corpus = corpus(14, 300);
    let emitted: BTreeSet<String> = run(&corpus).iter().map(|record| str_of(record, "id").to_owned()).collect();
    let dropped = corpus.folder.records("out/dropped.jsonl");
    let mut reasons = BTreeSet::new();
    for row in &dropped {
        let (id, of) = (str_of(row, "id"), str_of(row, "duplicate_of"));
        assert!(emitted.contains(of), "{row}");
        assert!(!emitted.contains(id), "{row}");
        let similarity = row["similarity"].as_f64().unwrap();
        assert!((0.8..=1.0).contains(&similarity), "{row}");
        reasons.insert(str_of(row, "reason").to_owned());
    }
    assert_eq!(reasons.into_iter().collect::<Vec<_>>(), ["exact-duplicate", "near-duplicate"]);
    assert_eq!(emitted.len() + dropped.len(), corpus.texts.len());
}

#[test]
fn fields_that_are_not_the_text_pass_to_the_last_byte_in_their_order() {
    let corpus = corpus(15, 100);
    run(&corpus);
    let output = String::from_utf8(corpus.folder.read("out/shard-00000.jsonl")).unwrap();
    let mut n = 0;
    for line in output.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let Some(input) = corpus.lines.get(str_of(&record, "id")) else { continue };
        n += 1;
        let fields = |line: &str| {
            let (number, rest) = line[1..].split_once(',').unwrap();
            let id = rest.trim_start().split_once(',').unwrap().0.to_owned();
            let meta = &line[line.find("\"meta\":").unwrap()..];
            let end = meta.find("\"\\/\"}").unwrap() + 5;
            (number.to_owned(), id, meta[..end].to_owned())
        };
        assert_eq!(fields(line), fields(input));
        let names: Vec<&String> = record.as_object().unwrap().keys().collect();
        assert_eq!(names, ["n", "id", "text", "meta", "textmill"]);
    }
    assert!(n > 50, "{n}");
}

#[test]
fn running_the_output_again_changes_nothing() {
    let corpus = corpus(16, 400);
    let first = run(&corpus);
    let again = ["run", "out", "-o", "again", "--no-config", "--set", "repair.window_bytes=100 KiB"];
    std::fs::remove_file(corpus.folder.at("out/dropped.jsonl")).unwrap();
    std::fs::remove_file(corpus.folder.at("out/rejected.jsonl")).unwrap();
    std::fs::remove_file(corpus.folder.at("out/summary.json")).unwrap();
    corpus.folder.run(again).ended_with(0);
    let second = corpus.folder.shards("again");
    assert_eq!(first.len(), second.len());
    for (once, twice) in first.iter().zip(&second) {
        assert_eq!(once["id"], twice["id"]);
        assert_eq!(str_of(once, "text"), str_of(twice, "text"), "{}", once["id"]);
        assert_eq!(once["textmill"]["spans"], twice["textmill"]["spans"], "{}", once["id"]);
    }
    let summary = corpus.folder.summary("again");
    assert_eq!(summary["repairs"], serde_json::json!({}));
}

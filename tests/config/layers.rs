//! The file, `--set` and the command line: which wins, and what is said of each.

use std::path::Path;

use textmill::config::{CommandLine, ConfigSource, DedupScope, EncodingChoice, MinScores, OutputFormat};
use textmill_core::repair::Rule;

use crate::{load, root, set};

#[test]
fn set_reaches_any_key_and_a_later_one_wins() {
    let plan = set(&[
        "dedup.scope=stream",
        "dedup.scope=corpus",
        "dedup.keep=\"longest\"",
        "dedup.enabled=false",
        "langid.languages=[en,fr]",
        "repair.min_score=0.7",
        "repair.min_score.broken-words=0.9",
        "repair.rules=[\"spaces\", \"mojibake\"]",
        "read.max_record_bytes=1 MiB",
        "read.text_field=2024",
        "decode.encoding=shift_jis",
    ])
    .unwrap();
    assert_eq!(plan.dedup.scope, DedupScope::Corpus);
    assert!(!plan.dedup.enabled);
    assert_eq!(plan.langid.languages, ["en", "fr"]);
    assert_eq!(plan.repair.min_score, MinScores::all(0.7).with(Rule::BrokenWords, 0.9));
    assert_eq!(plan.repair.rules.iter().collect::<Vec<_>>(), [Rule::Mojibake, Rule::Spaces]);
    assert_eq!(plan.read.max_record_bytes, 1 << 20);
    assert_eq!(plan.read.text_field, "2024");
    assert_eq!(plan.decode.encoding, EncodingChoice::Forced("Shift_JIS".to_owned()));
}

#[test]
fn a_wrong_set_names_its_text_and_column() {
    let cases = [
        (
            "dedup.treshold=0.9",
            "--set dedup.treshold=0.9, column 7: unknown key \"treshold\" in [dedup]; did you mean \"similarity\"?",
        ),
        ("dedpu.scope=corpus", "--set dedpu.scope=corpus, column 1: unknown table [dedpu]; did you mean [dedup]?"),
        (
            "dedup.scope=corpse",
            "--set dedup.scope=corpse, column 13: dedup.scope is \"corpse\", but must be one of \"stream\", \"corpus\"; \
             did you mean \"corpus\"?",
        ),
        (
            "repair.min_score.broken-word=1",
            "--set repair.min_score.broken-word=1, column 18: unknown rule \"broken-word\" in [repair.min_score]; \
             did you mean \"broken-words\"?",
        ),
        (
            "langid.languages=[en, xx]",
            "--set langid.languages=[en, xx], column 23: langid.languages: unknown language \"xx\"; \
             there are en, fr, de, sr-Latn",
        ),
        (
            "run.threads.x=1",
            "--set run.threads.x=1, column 13: run.threads is a table, but must be a whole number from 0 to 1024",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(set(&[text]).unwrap_err(), expected);
    }
    let both = set(&["run.thread=1", "dedup.scope"]).unwrap_err();
    assert_eq!(both.lines().count(), 2, "{both}");
}

#[test]
fn a_mistake_in_the_file_is_told_even_if_set_hides_it() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join("hidden.toml");
    std::fs::write(&path, "[dedup]\nscope = \"corpse\"\n").unwrap();
    let error = load(&ConfigSource::File(path), &["dedup.scope=corpus"], &CommandLine::default()).unwrap_err();
    assert!(error.contains("hidden.toml:2:9: dedup.scope"), "{error}");
}

#[test]
fn the_command_line_wins_over_set_and_set_over_the_file() {
    let cli = CommandLine { threads: Some(3), emit: Some(OutputFormat::Text), strict: true, ..CommandLine::default() };
    let sets = ["run.threads=2", "emit.format=jsonl", "run.log_level=debug"];
    let plan = load(&ConfigSource::File(root().join("pipeline.toml")), &sets, &cli).unwrap();
    assert_eq!((plan.run.threads, plan.emit.format, plan.run.strict), (3, OutputFormat::Text, true));
    assert_eq!(plan.run.log_level.to_string(), "debug");
    let error = load(&ConfigSource::BuiltIn, &[], &CommandLine { threads: Some(5000), ..CommandLine::default() });
    assert_eq!(error.unwrap_err(), "--threads: run.threads is 5000, but must be a whole number from 0 to 1024");
}

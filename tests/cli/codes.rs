//! Exit codes: 0 done; 1 done, but `--strict` and something was rejected; 2 failed, or usage.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::harness::{finished, record};
use crate::{SOUND, corpus};

#[test]
fn rejections_end_with_0_and_with_1_only_when_asked_to_be_strict() {
    let folder = corpus();
    folder.put("in/bad.jsonl", "{\"text\":7}\n");
    folder.run(["run", "in", "-o", "out"]).ended_with(0);
    let strict = folder.run(["run", "in", "-o", "out", "--strict"]).ended_with(1);
    assert!(strict.stderr.contains("text-type"), "{}", strict.stderr);
    // The output is whole all the same.
    assert_eq!(folder.shards("out").len(), 5);
    folder.run(["run", "in/docs", "-o", "out", "--strict"]).ended_with(0);
    folder.run(["run", "in", "-o", "out", "--set", "run.strict=true"]).ended_with(1);
}

#[test]
fn strict_fails_a_run_that_drops_most_of_a_source() {
    let folder = corpus();
    folder.put("same.jsonl", record("x", SOUND[0]).repeat(120));
    let run = folder.run(["run", "same.jsonl", "-o", "out"]).ended_with(0);
    assert!(run.stderr.contains("WARNING") && run.stderr.contains("same.jsonl"), "{}", run.stderr);
    let strict = folder.run(["run", "same.jsonl", "-o", "out", "--strict"]).ended_with(2);
    assert!(strict.stderr.contains("max_removed_ratio"), "{}", strict.stderr);
}

#[test]
fn help_and_version_end_with_0_on_standard_output() {
    let folder = corpus();
    for arguments in [&["--help"][..], &["run", "--help"], &["--version"], &["help", "bench"]] {
        let run = folder.run(arguments).ended_with(0);
        assert!(run.text().contains("textmill") && run.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn usage_ends_with_2_on_standard_error() {
    let folder = corpus();
    for (arguments, said) in [
        (&[][..], "Usage"),
        (&["mill"], "unrecognized subcommand 'mill'"),
        (&["runn"], "'run'"),
        (&["run", "--outptu", "x"], "--output"),
        (&["run", "--thread", "2"], "--threads"),
        (&["run", "--threads", "two"], "invalid value 'two'"),
        (&["run", "--threads", "-1"], "-1"),
        (&["run", "--emit", "xml"], "xml"),
        (&["run", "--edits", "some"], "some"),
        (&["run", "--format", "arff"], "arff"),
        (&["run", "--config"], "value is required"),
        (&["run", "--config", "a", "--no-config"], "cannot be used with"),
        (&["graph", "--language", "svg"], "svg"),
    ] {
        let run = folder.run(arguments).ended_with(2);
        assert!(run.stderr.contains(said), "{arguments:?}: {}", run.stderr);
        assert!(run.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_reader_that_leaves_ends_the_run_quietly_with_0() {
    let folder = corpus();
    let line = format!("{} {}", SOUND[0], "Sand. ".repeat(300));
    folder.put("long.jsonl", record("x", &line).repeat(3_000));
    let mut child = folder.command(["run", "long.jsonl", "-o", "-", "--set", "dedup.enabled=false"]).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with('{'));
    let run = finished(child).ended_with(0);
    assert_eq!(run.stderr, "");
}

#[test]
fn a_reader_that_leaves_ends_the_other_commands_quietly_too() {
    let folder = corpus();
    for command in [&["check", "in"][..], &["graph", "in"], &["explain", "in"]] {
        let mut child = folder.command(command).stdout(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let run = finished(child).ended_with(0);
        assert_eq!(run.stderr, "", "{command:?}");
    }
}

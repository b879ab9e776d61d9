//! What a second run over the remains of a first must refuse, and what it may not harm.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::corpus::{Corpus, corpus};
use crate::harness::{self, signal, tree};
use crate::scenario::{ALL, SHARDS, has_journal, output};

/// A run that was stopped after its first checkpoint.
fn stopped() -> Corpus {
    let corpus = corpus(21, 1500);
    let child = corpus.folder.command(SHARDS.arguments(&["--threads=1"])).spawn().unwrap();
    let journal = corpus.folder.at("out/.textmill/journal");
    let begun = Instant::now();
    while std::fs::read_to_string(&journal).map_or(0, |text| text.lines().count()) < 2 {
        assert!(begun.elapsed() < Duration::from_secs(60), "no checkpoint came");
        std::thread::sleep(Duration::from_millis(1));
    }
    signal(&child, "TERM");
    let ended = harness::finished(child).ended_with(2);
    assert!(
        ended.stderr.contains("stopped by a signal before the input ended; say --resume to go on"),
        "{}",
        ended.stderr
    );
    corpus
}

#[test]
fn an_unfinished_run_is_neither_overwritten_nor_mixed_with_another() {
    let corpus = stopped();
    let before = tree(&corpus.folder.at("out"));
    let refused = |more: &[&str], says: &str| {
        let run = corpus.folder.run(SHARDS.arguments(more)).ended_with(2);
        assert!(run.stderr.contains(says), "{}", run.stderr);
        let mut after = tree(&corpus.folder.at("out"));
        after.remove(".textmill/lock");
        assert!(after.iter().all(|(name, bytes)| before[name] == *bytes), "the refusal changed the output");
    };
    refused(&[], "an unfinished run is in the output: say --resume to go on with it");
    refused(&["--resume", "--set=dedup.similarity=0.7"], "the configuration is not that of the unfinished run");
    corpus.folder.put("in/zzz-new.txt", "A file that came later.");
    refused(&["--resume"], "the input changed since the run began");
    std::fs::remove_file(corpus.folder.at("in/zzz-new.txt")).unwrap();
    corpus.folder.run(SHARDS.arguments(&["--resume", "--threads=2"])).ended_with(0);
    let again = corpus.folder.run(SHARDS.arguments(&["--resume"])).ended_with(2);
    assert!(again.stderr.contains("nothing to resume"), "{}", again.stderr);
}

#[test]
fn an_input_that_was_replaced_by_another_of_its_name_and_size_is_told() {
    let corpus = stopped();
    let path = corpus.folder.at("in/c/e.jsonl");
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.len() - 40;
    bytes[at] = b'x';
    corpus.folder.put("in.new", &bytes);
    std::fs::rename(corpus.folder.at("in.new"), &path).unwrap();
    let run = corpus.folder.run(SHARDS.arguments(&["--resume"])).ended_with(2);
    assert!(run.stderr.contains("the input changed since the run began: `in/c/e.jsonl`"), "{}", run.stderr);
}

#[test]
fn a_corpus_that_is_stopped_says_what_is_there_and_begins_anew() {
    let corpus = corpus(26, 1500);
    let whole = ALL[6];
    corpus.folder.run(whole.arguments(&[])).ended_with(0);
    let wanted = output(&corpus);
    std::fs::remove_dir_all(corpus.folder.at("out")).unwrap();
    let child = corpus.folder.command(whole.arguments(&["--threads=1"])).spawn().unwrap();
    let begun = Instant::now();
    while !has_journal(&corpus) && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(Duration::from_millis(50));
    signal(&child, "TERM");
    let ended = harness::finished(child);
    // Before it hears of signals one kills it, and on a fast machine it may be done by then.
    if ended.code == 2 {
        assert!(
            ended.stderr.contains("of the records read so far alone: say --resume to begin anew"),
            "{}",
            ended.stderr
        );
    }
    if ended.code != 0 {
        corpus.folder.run(whole.arguments(&["--resume"])).ended_with(0);
    }
    assert!(output(&corpus) == wanted);
}

#[test]
fn what_replaces_an_earlier_output_says_so_and_never_finds_itself_in_an_index() {
    let corpus = corpus(27, 60);
    corpus.folder.run(SHARDS.arguments(&[])).ended_with(0);
    let other = corpus.folder.run(SHARDS.arguments(&["--set=langid.enabled=false"])).ended_with(0);
    assert!(other.stderr.contains("of an earlier run, replaced"), "{}", other.stderr);
    let with_index = SHARDS.arguments(&["--set=dedup.index=seen"]);
    std::fs::remove_dir_all(corpus.folder.at("out")).unwrap();
    corpus.folder.run(&with_index).ended_with(0);
    let before = output(&corpus);
    let again = corpus.folder.run(&with_index).ended_with(2);
    assert!(
        again.stderr.contains("holds the output of an earlier run, whose documents may be in the index"),
        "{}",
        again.stderr
    );
    assert!(output(&corpus) == before, "the refusal changed the output");
}

#[test]
fn two_runs_do_not_write_to_one_folder() {
    let corpus = corpus(22, 1500);
    let mut child = corpus.folder.command(SHARDS.arguments(&["--threads=1"])).spawn().unwrap();
    let lock = corpus.folder.at("out/.textmill/journal");
    let begun = Instant::now();
    while !lock.exists() && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(1));
    }
    let second = corpus.folder.run(SHARDS.arguments(&[]));
    // On a fast machine the first run may be done by then.
    if child.try_wait().unwrap().is_none() {
        assert_eq!(second.code, 2);
        assert!(second.stderr.contains("another run is writing to"), "{}", second.stderr);
    }
    harness::finished(child).ended_with(0);
}

#[test]
fn standard_output_cannot_be_resumed_and_says_so() {
    let corpus = corpus(23, 10);
    let run = corpus.folder.run(["run", "in", "-o", "-", "--no-config", "--resume"]).ended_with(2);
    assert!(run.stderr.contains("--resume"), "{}", run.stderr);
}

#[test]
fn a_file_that_changes_while_it_is_read_is_told() {
    let corpus = corpus(25, 8000);
    let path = corpus.folder.at("in/a.jsonl");
    let quick = ["--threads=1", "--set=langid.enabled=false", "--set=repair.enabled=false"];
    let child = corpus.folder.command(SHARDS.arguments(&quick)).spawn().unwrap();
    // The first file is under way once anything is written; it is longer than what is in flight.
    let begun = Instant::now();
    while !corpus.folder.at("out/.shard-00000.jsonl.part").exists() && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(1));
    }
    let line = b"{\"text\":\"A line that came while the file was read.\"}\n";
    std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(line).unwrap();
    harness::finished(child).ended_with(0);
    let rejected = corpus.folder.records("out/rejected.jsonl");
    let changed = rejected.iter().find(|row| row["reason"] == "changed").expect("the change is told");
    assert_eq!(changed["source"], "in/a.jsonl");
}

#[test]
fn a_second_signal_ends_the_run_at_once() {
    let corpus = corpus(26, 20);
    // Nothing comes on standard input, and the pipe stays open: the first signal alone would do as well.
    let mut command = corpus.folder.command(["run", "-", "-o", "out/", "--no-config", "--format", "plain"]);
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
    let stdin = child.stdin.take();
    std::thread::sleep(Duration::from_millis(300));
    let begun = Instant::now();
    for _ in 0..20 {
        if child.try_wait().unwrap().is_none() {
            signal(&child, "INT");
        }
    }
    let run = harness::finished(child);
    assert!(run.code == 2 && begun.elapsed() < Duration::from_secs(20), "{}: {}", run.code, run.stderr);
    drop(stdin);
}

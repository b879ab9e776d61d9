//! What a run survives: being killed at any moment, and what a second run over its remains must refuse.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../stream/corpus.rs"]
mod corpus;
#[path = "../harness/mod.rs"]
mod harness;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use corpus::{Corpus, Numbers, corpus};
use harness::{signal, tree};

/// Many windows, many shards and a checkpoint at the end of each window, so that a small corpus has many moments.
const OPTIONS: [&str; 14] = [
    "run",
    "in",
    "-o",
    "out",
    "--no-config",
    "--set",
    "repair.window_bytes=100 KiB",
    "--set",
    "run.memory_bytes=1 MiB",
    "--set",
    "run.commit_seconds=0",
    "--set",
    "emit.shard_bytes=150 kB",
    "--set=read.batch_bytes=16 KiB",
];

/// Everything in the output folder but the summary, which tells times.
fn output(corpus: &Corpus) -> BTreeMap<String, Vec<u8>> {
    let mut files = tree(&corpus.folder.at("out"));
    files.remove("summary.json");
    files
}

fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    OPTIONS.iter().copied().chain(more.iter().copied()).collect()
}

/// Kills a run at `n_kills` moments, resuming it after each, and compares what it leaves with an undisturbed run.
fn survives_kills(corpus: &Corpus, options: &[&str], n_kills: usize, numbers: &mut Numbers) {
    let start = Instant::now();
    corpus.folder.run(arguments(options)).ended_with(0);
    let undisturbed = start.elapsed();
    let wanted = output(corpus);
    assert!(wanted.len() > 4, "{:?}", wanted.keys());
    let mut kills = 0;
    let mut resumed = 0;
    while kills < n_kills {
        std::fs::remove_dir_all(corpus.folder.at("out")).unwrap();
        let mut resume = false;
        loop {
            let threads = ["--threads=1", "--threads=2"][numbers.below(2)];
            let how: &[&str] = if resume { &["--resume", threads] } else { &[threads] };
            let mut child = corpus.folder.command(arguments(options).iter().chain(how)).spawn().unwrap();
            let moment = undisturbed * numbers.below(1200) as u32 / 1000;
            let begun = Instant::now();
            while child.try_wait().unwrap().is_none() && begun.elapsed() < moment {
                std::thread::sleep(Duration::from_millis(1));
            }
            if child.try_wait().unwrap().is_none() {
                signal(&child, ["KILL", "KILL", "TERM"][numbers.below(3)]);
                kills += 1;
            }
            let ended = harness::finished(child);
            if ended.code == 0 {
                break;
            }
            let nothing = ended.stderr.contains("nothing to resume");
            assert!(ended.code == -1 || nothing || ended.stderr.contains("stopped by a signal"), "{}", ended.stderr);
            // Before its journal there is nothing of a run; it begins anew.
            resume = corpus.folder.at("out/.textmill/journal").exists();
            resumed += usize::from(resume);
        }
        let left = output(corpus);
        assert_eq!(left.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>());
        for (name, bytes) in &left {
            assert!(*bytes == wanted[name], "{name} differs after a kill");
        }
    }
    println!("{options:?}: {kills} kills, {resumed} resumptions, the same {} files each time", wanted.len());
}

#[test]
fn a_run_that_is_killed_goes_on_to_the_same_bytes() {
    survives_kills(&corpus(11, 900), &[], 12, &mut Numbers::new(1));
}

#[test]
fn so_does_one_that_compresses() {
    survives_kills(&corpus(12, 600), &["--set=emit.compression=zstd", "--edits=full"], 8, &mut Numbers::new(2));
}

#[cfg(feature = "parquet")]
#[test]
fn so_does_one_that_writes_columns() {
    survives_kills(&corpus(15, 600), &["--emit=parquet"], 8, &mut Numbers::new(5));
    let by_language = ["--emit=parquet", "--set=emit.partition_by=language", "--edits=full"];
    survives_kills(&corpus(16, 600), &by_language, 4, &mut Numbers::new(6));
}

#[test]
fn so_does_one_that_parts_its_output_by_language() {
    survives_kills(&corpus(13, 600), &["--set=emit.partition_by=language"], 6, &mut Numbers::new(3));
}

#[test]
fn so_does_one_that_judges_the_whole_corpus() {
    survives_kills(
        &corpus(14, 600),
        &["--set=dedup.scope=corpus", "--set=dedup.keep=longest"],
        6,
        &mut Numbers::new(4),
    );
}

/// A run that was stopped after its first checkpoint.
fn stopped() -> Corpus {
    let corpus = corpus(21, 1500);
    let child = corpus.folder.command(arguments(&["--threads=1"])).spawn().unwrap();
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
        let run = corpus.folder.run(arguments(more)).ended_with(2);
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
    corpus.folder.run(arguments(&["--resume", "--threads=2"])).ended_with(0);
    let again = corpus.folder.run(arguments(&["--resume"])).ended_with(2);
    assert!(again.stderr.contains("nothing to resume"), "{}", again.stderr);
}

#[test]
fn a_run_whose_index_grows_too_large_stops_and_goes_on_with_more() {
    let corpus = corpus(24, 9000);
    let small = corpus
        .folder
        .run(arguments(&["--set=dedup.index_memory_bytes=1 MiB", "--set=langid.enabled=false"]))
        .ended_with(2);
    assert!(small.stderr.contains("the index of dedup has passed dedup.index_memory_bytes after"), "{}", small.stderr);
    corpus.folder.run(arguments(&["--resume", "--set=langid.enabled=false"])).ended_with(0);
    let resumed = output(&corpus);
    corpus.folder.run(arguments(&["--set=langid.enabled=false"])).ended_with(0);
    assert!(resumed == output(&corpus), "the resumed run left other bytes");
}

#[test]
fn two_runs_do_not_write_to_one_folder() {
    let corpus = corpus(22, 1500);
    let mut child = corpus.folder.command(arguments(&["--threads=1"])).spawn().unwrap();
    let lock = corpus.folder.at("out/.textmill/journal");
    let begun = Instant::now();
    while !lock.exists() && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(1));
    }
    let second = corpus.folder.run(arguments(&[]));
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

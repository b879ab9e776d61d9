//! An index that stays: later runs know what earlier ones kept, and a run that is killed leaves it as it was.

use std::time::{Duration, Instant};

use crate::harness::{Folder, finished, signal};
use crate::{PLAIN, documents, ids, info, left};

fn run(folder: &Folder, input: &str, output: &str, more: &[&str]) {
    folder.run(["run", input, "-o", output].iter().chain(&PLAIN).chain(more)).ended_with(0);
}

#[test]
fn a_later_run_knows_what_earlier_ones_kept() {
    for memory in ["--set=dedup.index_memory_bytes=1 MiB", "--set=dedup.index_memory_bytes=1 GiB"] {
        let folder = Folder::new();
        folder.put("whole.jsonl", documents(0, 12_000));
        run(&folder, "whole.jsonl", "whole", &[]);
        for (part, n) in [(0, 5000), (1, 3000), (2, 4000)] {
            let first = [0, 5000, 8000][part];
            folder.put(format!("{part}.jsonl"), documents(first, n));
            run(&folder, &format!("{part}.jsonl"), &format!("out{part}"), &["--set=dedup.index=seen", memory]);
            assert_eq!(folder.summary(&format!("out{part}"))["index"]["of_earlier_runs"] == 0, part == 0);
        }
        let kept: Vec<String> = (0..3).flat_map(|part| ids(&folder.shards(&format!("out{part}")))).collect();
        assert_eq!(kept, ids(&folder.shards("whole")));
        let mut dropped = Vec::new();
        let mut of_earlier = 0;
        for part in 0..3 {
            for mut line in folder.records(format!("out{part}/dropped.jsonl")) {
                let of: usize = line["duplicate_of"].as_str().unwrap()[1..].parse().unwrap();
                let is_of_earlier = of < [0, 5000, 8000][part];
                assert_eq!(line["duplicate_in"] == "index", is_of_earlier, "{line}");
                of_earlier += usize::from(is_of_earlier);
                let line = line.as_object_mut().unwrap();
                line.remove("duplicate_in");
                dropped.push((line["id"].clone(), line["duplicate_of"].clone(), line["similarity"].clone()));
            }
        }
        let whole = folder.records("whole/dropped.jsonl");
        let whole: Vec<_> =
            whole.iter().map(|line| (&line["id"], &line["duplicate_of"], &line["similarity"])).collect();
        assert_eq!(dropped.iter().map(|(a, b, c)| (a, b, c)).collect::<Vec<_>>(), whole);
        assert!(of_earlier > 5, "{of_earlier}");
        assert_eq!(info(&folder, "seen", "documents"), kept.len().to_string());
    }
}

#[test]
fn a_corpus_is_compared_with_what_earlier_runs_kept_and_its_survivors_are_kept_too() {
    let folder = Folder::new();
    folder.put("old.jsonl", documents(0, 2000));
    folder.put("in/a.jsonl", documents(1980, 1000));
    folder.put("in/b.jsonl", documents(2980, 1000));
    run(&folder, "old.jsonl", "old", &["--set=dedup.index=seen"]);
    let before = info(&folder, "seen", "documents");
    let corpus = ["--set=dedup.index=seen", "--set=dedup.scope=corpus", "--set=dedup.keep=longest"];
    run(&folder, "in", "out", &corpus);
    let kept = folder.shards("out");
    let of_old = |line: &&serde_json::Value| line["duplicate_in"] == "index";
    let dropped = folder.records("out/dropped.jsonl");
    let old = ids(&folder.shards("old"));
    for line in dropped.iter().filter(of_old) {
        assert!(old.contains(&line["duplicate_of"].as_str().unwrap().to_owned()), "{line}");
    }
    // Twenty documents are in both; a few more are copies of those before them.
    assert!((18..40).contains(&dropped.iter().filter(of_old).count()));
    assert!(dropped.iter().filter(|line| !of_old(line)).count() > 100);
    let now: usize = before.parse::<usize>().unwrap() + kept.len();
    assert_eq!(info(&folder, "seen", "documents"), now.to_string());
    run(&folder, "in", "again", &corpus);
    assert_eq!(folder.shards("again").len(), 0);
    assert!(folder.records("again/dropped.jsonl").iter().all(|line| of_old(&line)));
}

#[test]
fn an_index_is_refused_that_does_not_fit() {
    let folder = Folder::new();
    folder.put("in.jsonl", documents(0, 300));
    run(&folder, "in.jsonl", "out", &["--set=dedup.index=seen"]);
    folder.put("other/notes.txt", "something else");
    let before = left(&folder, "out");
    let refused = |more: &[&str], says: &str| {
        let run = folder.run(["run", "in.jsonl", "-o", "out"].iter().chain(&PLAIN).chain(more)).ended_with(2);
        assert!(run.stderr.contains(says), "{}", run.stderr);
        let mut after = left(&folder, "out");
        after.retain(|name, _| !name.starts_with(".textmill/"));
        assert!(after == before, "the refusal changed the output");
    };
    let similarity = ["--set=dedup.index=seen", "--set=dedup.similarity=0.7"];
    refused(&similarity, "was made with similarity = 0.8, and this is similarity = 0.7");
    refused(&["--set=dedup.index=seen", "--set=dedup.fold_digits=true"], "fold_digits = false");
    refused(&["--set=dedup.index=other"], "is no index");
    let lock = std::fs::File::open(folder.at("seen/lock")).unwrap();
    lock.lock().unwrap();
    refused(&["--set=dedup.index=seen"], "another run is at work with the index");
    drop(lock);
    for name in crate::harness::tree(&folder.at("seen")).into_keys().filter(|name| name != "lock") {
        let path = folder.at("seen").join(&name);
        let whole = std::fs::read(&path).unwrap();
        for at in [0, whole.len() / 3, whole.len() - 9] {
            let mut damaged = whole.clone();
            damaged[at] ^= 4;
            std::fs::write(&path, damaged).unwrap();
            refused(&["--set=dedup.index=seen"], "is damaged");
            assert_eq!(folder.run(["index", "info", "seen"]).code, 2);
        }
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        refused(&["--set=dedup.index=seen"], "is damaged");
        std::fs::write(&path, whole).unwrap();
    }
    assert_eq!(info(&folder, "seen", "whole"), "true");
}

/// Every moment at which a run with an index is killed leaves the index as it was, or with the whole run in it; resumed, it
/// ends with the same bytes and the same index, which counts no document twice.
#[test]
fn a_run_that_is_killed_is_in_the_index_once() {
    let folder = Folder::new();
    folder.put("first.jsonl", documents(0, 2000));
    folder.put("second.jsonl", documents(2000, 12_000));
    let options = |more: &[&'static str]| -> Vec<&'static str> {
        let all = ["run", "second.jsonl", "-o", "out", "--set=dedup.index=seen", "--set=run.commit_seconds=0"];
        let windows = ["--set=repair.window_bytes=100 KiB", "--set=dedup.index_memory_bytes=1 MiB", "--threads=1"];
        all.iter().chain(&PLAIN).chain(&windows).chain(more).copied().collect()
    };
    let begin = || {
        for gone in ["seen", "out", "first"] {
            let _ = std::fs::remove_dir_all(folder.at(gone));
        }
        run(&folder, "first.jsonl", "first", &["--set=dedup.index=seen"]);
    };
    begin();
    let start = Instant::now();
    folder.run(options(&[])).ended_with(0);
    let undisturbed = start.elapsed();
    let (wanted, rows) = (left(&folder, "out"), info(&folder, "seen", "rows"));
    for kill in 0..8_u32 {
        begin();
        let before = info(&folder, "seen", "rows");
        let mut child = folder.command(options(&[])).spawn().unwrap();
        let moment = undisturbed * (2 * kill + 1) / 15;
        let begun = Instant::now();
        while begun.elapsed() < moment && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        if child.try_wait().unwrap().is_none() {
            signal(&child, if kill % 3 == 2 { "TERM" } else { "KILL" });
        }
        let ended = finished(child);
        let now = info(&folder, "seen", "rows");
        assert!(now == before || now == rows, "{kill}: {now}");
        let has_journal = folder.at("out/.textmill/journal").exists();
        // Killed when all was done but to end: there is nothing to do again.
        let is_done = folder.at("out/summary.json").exists() && !has_journal;
        if ended.code != 0 && !is_done {
            let resume: &[&str] = if has_journal { &["--resume"] } else { &[] };
            folder.run(options(resume)).ended_with(0);
        }
        let mut found = left(&folder, "out");
        if is_done {
            // Killed while its folder was taken away: of no run any more.
            found.remove(".textmill/lock");
        }
        let is_other = |name: &&String| found.get(*name) != wanted.get(*name);
        let other: Vec<&String> = found.keys().chain(wanted.keys()).filter(is_other).collect();
        assert!(
            other.is_empty(),
            "{kill}: ended with {}, journal {has_journal}, done {is_done}: {other:?}",
            ended.code
        );
        assert_eq!(info(&folder, "seen", "rows"), rows, "{kill}");
    }
}

/// The moment between the commit of the index and the end of the run, made by hand: the journal is still there.
#[test]
fn a_run_that_is_killed_after_its_commit_is_resumed_without_finding_itself() {
    for kind in [&[][..], &["--set=dedup.index_kind=bloom", "--set=dedup.expected_documents=20000"]] {
        let folder = Folder::new();
        folder.put("first.jsonl", documents(0, 1000));
        folder.put("second.jsonl", documents(1000, 6000));
        run(&folder, "first.jsonl", "first", &[&["--set=dedup.index=seen"], kind].concat());
        let options = |more: &[&'static str]| -> Vec<&'static str> {
            let all = ["run", "second.jsonl", "-o", "out", "--set=dedup.index=seen", "--set=run.commit_seconds=0"];
            let windows = ["--set=repair.window_bytes=100 KiB", "--set=emit.summary=gone/summary.json"];
            all.iter().chain(&PLAIN).chain(&windows).chain(kind).chain(more).copied().collect()
        };
        // The summary cannot be written, since its folder is a file: the run fails after all else is done.
        folder.put("gone", "a file");
        folder.run(options(&[])).ended_with(2);
        let rows = info(&folder, "seen", "rows");
        let written = left(&folder, "out");
        assert!(folder.at("out/.textmill/journal").exists());
        std::fs::remove_file(folder.at("gone")).unwrap();
        folder.run(options(&["--resume"])).ended_with(0);
        let mut whole = left(&folder, "out");
        whole.retain(|name, _| !name.starts_with(".textmill/"));
        for (name, bytes) in &whole {
            assert!(written[name] == *bytes, "{name}");
        }
        assert!(whole.keys().any(|name| name.starts_with("shard-")), "{:?}", whole.keys());
        assert_eq!(info(&folder, "seen", "rows"), rows);
    }
}

#[test]
fn a_run_that_another_one_overtook_is_not_resumed() {
    let folder = Folder::new();
    folder.put("a.jsonl", documents(0, 9000));
    folder.put("b.jsonl", documents(9000, 500));
    let options = ["--set=dedup.index=seen", "--set=run.commit_seconds=0", "--set=repair.window_bytes=50 KiB"];
    let all = |more: &'static str| -> Vec<&'static str> {
        ["run", "a.jsonl", "-o", "out", "--threads=1", more].iter().chain(&PLAIN).chain(&options).copied().collect()
    };
    let child = folder.command(all("--progress=never")).spawn().unwrap();
    let journal = folder.at("out/.textmill/journal");
    let begun = Instant::now();
    while std::fs::read_to_string(&journal).map_or(0, |text| text.lines().count()) < 2 {
        assert!(begun.elapsed() < Duration::from_secs(60), "no checkpoint came");
        std::thread::sleep(Duration::from_millis(1));
    }
    signal(&child, "KILL");
    finished(child);
    run(&folder, "b.jsonl", "b", &["--set=dedup.index=seen"]);
    let resumed = folder.run(all("--resume")).ended_with(2);
    assert!(resumed.stderr.contains("another run has changed the index"), "{}", resumed.stderr);
}

#[test]
fn indexes_are_joined_in_order_and_what_is_not_taken_is_listed() {
    let folder = Folder::new();
    for (name, first) in [("a", 0), ("b", 2990), ("c", 5000)] {
        folder.put(format!("{name}.jsonl"), documents(first, 3000));
        run(&folder, &format!("{name}.jsonl"), name, &[&format!("--set=dedup.index=i{name}")]);
    }
    let merge = |arguments: &[&str]| folder.run(["index", "merge"].iter().chain(arguments)).ended_with(0);
    merge(&["all", "ia", "ib", "ic", "--removed", "removed.jsonl"]);
    merge(&["again", "ia", "ib", "ic", "--memory", "1 MiB"]);
    assert_eq!(info(&folder, "all", "rows"), info(&folder, "again", "rows"));
    // What is in the new index is what three runs one after the other would have kept.
    for name in ["a", "b", "c"] {
        run(&folder, &format!("{name}.jsonl"), &format!("out-{name}"), &["--set=dedup.index=runs"]);
    }
    assert_eq!(info(&folder, "all", "rows"), info(&folder, "runs", "rows"));
    let removed = folder.records("removed.jsonl");
    let sum: usize =
        ["ia", "ib", "ic"].iter().map(|path| info(&folder, path, "documents").parse::<usize>().unwrap()).sum();
    assert_eq!(removed.len(), sum - info(&folder, "all", "documents").parse::<usize>().unwrap());
    assert!(removed.iter().any(|line| line["reason"] == "exact-duplicate" && line["index"] == "ib"));
    let itself = merge(&["twice", "ia", "ia"]);
    assert!(
        itself.text().contains(&format!("removed_exact = {}", info(&folder, "ia", "documents"))),
        "{}",
        itself.text()
    );
    assert_eq!(info(&folder, "twice", "rows"), info(&folder, "ia", "rows"));
    let taken = folder.run(["index", "merge", "all", "ia"]).ended_with(2);
    assert!(taken.stderr.contains("it is there already"), "{}", taken.stderr);
}

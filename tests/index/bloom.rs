//! `dedup.index_kind = "bloom"`: an eighth of the memory, nothing verified, and every removal says so.

use crate::harness::Folder;
use crate::{PLAIN, documents, ids, info};

const BLOOM: [&str; 2] = ["--set=dedup.index_kind=bloom", "--set=dedup.expected_documents=20000"];

#[test]
fn a_bloom_index_finds_the_copies_and_says_that_it_may_err() {
    let folder = Folder::new();
    folder.put("in.jsonl", documents(0, 10_000));
    let run = |output: &str, more: &[&str]| {
        folder.run(["run", "in.jsonl", "-o", output].iter().chain(&PLAIN).chain(more)).ended_with(0);
        ids(&folder.shards(output))
    };
    let exact = run("exact", &[]);
    let bloom = run("bloom", &BLOOM);
    assert_eq!(bloom, exact);
    for line in folder.records("bloom/dropped.jsonl") {
        assert!(line["duplicate_of"].is_null() && line.get("duplicate_of").is_some(), "{line}");
        assert_eq!(line["verified"], false);
        assert!(line["false_positive_rate"].as_f64().unwrap() < 1e-6, "{line}");
        assert!(line["reason"] == "exact-duplicate" || line["bands_shared"].as_u64().unwrap() >= 9, "{line}");
    }
    let summary = folder.summary("bloom");
    assert_eq!(summary["index"]["verified"], false);
    assert!(summary["index_bytes"].as_u64().unwrap() <= 20_000 * 40);
    let again = run("threads", &[&BLOOM[..], &["--threads=8", "--set=read.batch_bytes=3 KiB"]].concat());
    assert_eq!(again, bloom);
    assert_eq!(folder.summary("threads")["rows"], summary["rows"]);
}

#[test]
fn a_bloom_index_stays_and_is_joined() {
    let folder = Folder::new();
    for (name, first) in [("a", 0), ("b", 3000)] {
        folder.put(format!("{name}.jsonl"), documents(first, 3000));
    }
    folder.put("whole.jsonl", documents(0, 6000));
    let run = |input: &str, output: &str, index: &str| {
        let index = format!("--set=dedup.index={index}");
        let options = PLAIN.iter().chain(&BLOOM).copied().chain([index.as_str()]);
        folder.run(["run", input, "-o", output].into_iter().chain(options)).ended_with(0);
        ids(&folder.shards(output))
    };
    let whole = run("whole.jsonl", "whole", "once");
    let parts = [run("a.jsonl", "a", "seen"), run("b.jsonl", "b", "seen")].concat();
    assert_eq!(parts, whole);
    assert_eq!(info(&folder, "seen", "rows"), info(&folder, "once", "rows"));
    run("b.jsonl", "b", "other");
    folder.run(["index", "merge", "joined", "once", "other"]).ended_with(0);
    assert_eq!(run("b.jsonl", "none", "joined"), [""; 0]);
}

#[test]
fn a_bloom_index_that_cannot_be_is_refused_with_the_cure() {
    let folder = Folder::new();
    folder.put("in.jsonl", documents(0, 10));
    let cases = [
        (&["--set=dedup.index_kind=bloom"][..], "needs dedup.expected_documents"),
        (&[BLOOM[0], "--set=dedup.expected_documents=1000000000"], "dedup.index_memory_bytes is 8 GiB"),
        (&[BLOOM[0], BLOOM[1], "--set=dedup.scope=corpus"], "needs dedup.scope = \"stream\""),
        (&[BLOOM[0], BLOOM[1], "--set=dedup.unit=paragraph"], "needs dedup.unit = \"document\""),
    ];
    for (options, says) in cases {
        let run = folder.run(["run", "in.jsonl", "-o", "out"].iter().chain(&PLAIN).chain(options)).ended_with(2);
        assert!(run.stderr.contains(says), "{}", run.stderr);
    }
}

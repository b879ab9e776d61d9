//! What does not fit into memory goes to disk, and nobody can tell from the output.

use crate::corpus::corpus;
use crate::harness::{Folder, record};
use crate::{PLAIN, documents, left, words};

#[test]
fn an_index_on_disk_gives_the_bytes_of_one_in_memory() {
    let folder = Folder::new();
    folder.put("in.jsonl", documents(0, 30_000));
    let run = |output: &str, more: &[&str]| {
        folder.run(["run", "in.jsonl", "-o", output].iter().chain(&PLAIN).chain(more)).ended_with(0);
        (left(&folder, output), folder.summary(output))
    };
    let (in_memory, summary) = run("memory", &["--threads=2"]);
    assert_eq!(summary["index"]["on_disk"], 0);
    for (threads, batch) in [("--threads=1", "256 KiB"), ("--threads=2", "5 KiB"), ("--threads=8", "1 MiB")] {
        let batch = format!("--set=read.batch_bytes={batch}");
        let (on_disk, spilled) = run("disk", &[threads, &batch, "--set=dedup.index_memory_bytes=1 MiB"]);
        assert!(spilled["index"]["on_disk"].as_u64().unwrap() > 15_000, "{}", spilled["index"]);
        assert!(spilled["index_bytes"].as_u64().unwrap() <= 1 << 20, "{}", spilled["index_bytes"]);
        assert_eq!(spilled["rows"], summary["rows"]);
        assert!(on_disk == in_memory, "{threads} {batch}");
    }
}

/// Nearly all of its documents are linked by some key: they are of two dozen sentences.
#[test]
fn a_dirty_corpus_is_judged_the_same_on_disk() {
    let corpus = corpus(31, 9000);
    for scope in ["--set=dedup.scope=stream", "--set=dedup.scope=corpus"] {
        let run = |output: &str, more: &[&str]| {
            corpus.folder.run(["run", "in", "--no-config", "-o", output, scope].iter().chain(more)).ended_with(0);
            (left(&corpus.folder, output), corpus.folder.summary(output))
        };
        let (in_memory, whole) = run("memory", &[]);
        let (on_disk, summary) = run("disk", &["--set=dedup.index_memory_bytes=1 MiB"]);
        assert!(summary["index"]["on_disk"].as_u64().unwrap() > 1000, "{}", summary["index"]);
        assert_eq!(summary["largest_clusters"], whole["largest_clusters"]);
        assert!(on_disk == in_memory, "{scope}");
    }
}

/// Pages of one template with a few words of their own, twice as many as memory holds, and copies of them: every document
/// shares a key with nearly every other.
#[test]
fn a_corpus_of_one_template_is_judged_the_same_on_disk() {
    let folder = Folder::new();
    let template = words(1, 0);
    // Unlike each other at first; each page of the second half is like the one of the first half that it follows.
    let page = |n: usize| format!("{template} {}", words(2 + n % 6000, 0));
    let pages = |n: usize| record(&format!("p{n}"), &if n < 6000 { page(n) } else { page(n).replacen(" w", " v", 3) });
    // A chain, each link like the next, and no two far ones.
    let link = |n: usize| (n * 6..n * 6 + 90).map(|word| format!("c{word}")).collect::<Vec<_>>().join(" ");
    let links = (0..3000).map(|n| record(&format!("c{n}"), &link(n * 7 % 3000)));
    folder.put("in.jsonl", (0..8000).map(pages).chain(links).collect::<String>());
    for keep in ["--set=dedup.keep=first", "--set=dedup.keep=longest"] {
        let run = |output: &str, more: &[&str]| {
            let scope = ["--set=dedup.scope=corpus", keep];
            let options = PLAIN.iter().chain(&scope).chain(more);
            folder.run(["run", "in.jsonl", "-o", output].iter().chain(options)).ended_with(0);
            (left(&folder, output), folder.summary(output))
        };
        let (in_memory, whole) = run("memory", &[]);
        let (on_disk, summary) = run("disk", &["--set=dedup.index_memory_bytes=1 MiB"]);
        assert_eq!(whole["index"]["on_disk"], 0);
        assert!(summary["index"]["on_disk"].as_u64().unwrap() > 8000, "{}", summary["index"]);
        assert_eq!(summary["largest_clusters"], whole["largest_clusters"]);
        assert!(on_disk == in_memory, "{keep}");
        let removed = whole["dropped"]["records"].as_u64().unwrap();
        assert!((2000 + 1500..2000 + 3000).contains(&removed), "{removed}");
    }
}

#[test]
fn a_corpus_on_disk_gives_the_bytes_of_one_in_memory() {
    let folder = Folder::new();
    folder.put("in.jsonl", documents(0, 12_000) + &record("blank", " "));
    folder.put("old.jsonl", documents(0, 40) + &documents(9000, 40));
    for keep in ["--set=dedup.keep=first", "--set=dedup.keep=longest"] {
        for index in [&[][..], &["--set=dedup.index=seen"]] {
            let run = |output: &str, more: &[&str]| {
                if !index.is_empty() {
                    for gone in ["seen", "old", output] {
                        let _ = std::fs::remove_dir_all(folder.at(gone));
                    }
                    folder.run(["run", "old.jsonl", "-o", "old"].iter().chain(&PLAIN).chain(index)).ended_with(0);
                }
                let scope = ["--set=dedup.scope=corpus", keep];
                let options = PLAIN.iter().chain(&scope).chain(index).chain(more);
                folder.run(["run", "in.jsonl", "-o", output].iter().chain(options)).ended_with(0);
                (left(&folder, output), folder.summary(output))
            };
            let (in_memory, summary) = run("memory", &["--threads=2"]);
            assert_eq!(summary["index"]["on_disk"], 0);
            for (threads, memory) in [("--threads=1", "1 MiB"), ("--threads=8", "3 MiB")] {
                let memory = format!("--set=dedup.index_memory_bytes={memory}");
                let (on_disk, spilled) = run("disk", &[threads, &memory]);
                assert!(spilled["index"]["on_disk"].as_u64().unwrap() > 3000, "{}", spilled["index"]);
                assert_eq!(spilled["rows"], summary["rows"]);
                assert_eq!(spilled["largest_clusters"], summary["largest_clusters"]);
                assert!(on_disk == in_memory, "{threads} {memory} {keep} {index:?}");
            }
        }
    }
}

#[test]
fn a_corpus_of_shards_given_in_any_order_keeps_the_same_records() {
    let folder = Folder::new();
    let names = ["a.jsonl", "b.jsonl", "c.jsonl"];
    for (number, name) in (0..).zip(names) {
        // Each shard holds copies of what stands in the others.
        folder.put(name, documents(1500 * number, 3000));
    }
    for keep in ["--set=dedup.keep=first", "--set=dedup.keep=longest"] {
        for memory in ["--set=dedup.index_memory_bytes=1 GiB", "--set=dedup.index_memory_bytes=1 MiB"] {
            let run = |order: [usize; 3]| {
                let inputs = order.map(|at| names[at]);
                let scope = ["--set=dedup.scope=corpus", keep, memory];
                let options = PLAIN.iter().chain(&scope);
                let all = ["run", "-o", "out"].iter().chain(&inputs).chain(options);
                folder.run(all).ended_with(0);
                (left(&folder, "out"), folder.summary("out")["rows"].clone())
            };
            let first = run([0, 1, 2]);
            for order in [[2, 1, 0], [1, 0, 2], [1, 2, 0]] {
                assert!(run(order) == first, "{order:?} {keep} {memory}");
            }
        }
    }
}

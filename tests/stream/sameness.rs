//! The same input and configuration give the same bytes, whatever the number of workers and the size of batches.

use std::collections::BTreeMap;

use crate::corpus::{Corpus, corpus};
use crate::harness::{tree, unpacked};

/// All files of a run's output, but for what is measured.
fn output(corpus: &Corpus, options: &[&str]) -> BTreeMap<String, Vec<u8>> {
    corpus.folder.run(["run", "in", "-o", "out", "--no-config"].iter().chain(options)).ended_with(0);
    let mut files = tree(&corpus.folder.at("out"));
    let summary: serde_json::Value = serde_json::from_slice(&files.remove("summary.json").unwrap()).unwrap();
    assert_eq!(summary["conserved"], true);
    for counted in ["read", "emitted", "dropped", "rejected", "repairs", "languages"] {
        files.insert(format!("summary {counted}"), summary[counted].to_string().into_bytes());
    }
    files
}

/// Runs with `options` in each of these ways and compares.
#[track_caller]
fn same(corpus: &Corpus, options: &[&str], ways: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
    let mut first: Option<BTreeMap<String, Vec<u8>>> = None;
    for (threads, batch) in ways {
        let set = format!("read.batch_bytes={batch}");
        let way = ["--threads", threads, "--set", &set];
        let files = output(corpus, &[options, &way].concat());
        let first = first.get_or_insert_with(|| files.clone());
        let names: Vec<&String> = files.keys().collect();
        assert_eq!(names, first.keys().collect::<Vec<_>>(), "{way:?}");
        for (name, bytes) in &files {
            assert!(first[name] == *bytes, "{way:?}: {name} differs at byte {:?}", difference(&first[name], bytes));
        }
    }
    first.unwrap()
}

fn difference(a: &[u8], b: &[u8]) -> Option<usize> {
    a.iter().zip(b).position(|(a, b)| a != b)
}

#[test]
fn any_number_of_workers_and_any_batch_give_the_same_bytes() {
    let corpus = corpus(1, 1200);
    let options = ["--edits", "full", "--set", "repair.window_bytes=200 KiB"];
    let ways = [("1", "256 KiB"), ("2", "4 KiB"), ("4", "64 KiB"), ("1", "1 MiB"), ("2", "333"), ("4", "256 KiB")];
    let files = same(&corpus, &options, &ways);
    // The corpus is one on which it matters.
    let count = |name: &str| String::from_utf8_lossy(&files[name]).lines().count();
    assert!(count("shard-00000.jsonl") > 500 && count("dropped.jsonl") > 50);
    assert_eq!(count("rejected.jsonl"), corpus.n_bad);
    assert!(files["summary repairs"].len() > 100, "{:?}", String::from_utf8_lossy(&files["summary repairs"]));
}

#[test]
fn compressed_shards_are_the_same_bytes_too_and_hold_the_same_records() {
    let corpus = corpus(2, 300);
    let ways = [("1", "256 KiB"), ("2", "4 KiB"), ("4", "1 MiB")];
    let size = ["--set", "emit.shard_bytes=150 kB"];
    let plain = same(&corpus, &size, &ways[..1]);
    assert!(plain.contains_key("shard-00002.jsonl"), "{:?}", plain.keys());
    for (codec, ending) in [("gzip", "gz"), ("zstd", "zst")] {
        let set = format!("emit.compression={codec}");
        let files = same(&corpus, &[&size[..], &["--set", &set]].concat(), &ways);
        for (name, bytes) in plain.iter().filter(|(name, _)| name.starts_with("shard-")) {
            let packed = format!("{name}.{ending}");
            assert!(unpacked(&packed, &files[&packed]) == *bytes, "{packed}");
        }
        assert!(files["dropped.jsonl"] == plain["dropped.jsonl"]);
    }
}

#[test]
fn shards_of_each_language_are_the_same_bytes_too() {
    let corpus = corpus(3, 200);
    let options = ["--set", "emit.partition_by=language", "--set", "emit.shard_bytes=30 kB"];
    let files = same(&corpus, &options, &[("1", "1 MiB"), ("4", "2 KiB")]);
    for language in ["de", "en", "fr", "ru"] {
        assert!(files.contains_key(&format!("{language}/shard-00000.jsonl")), "{:?}", files.keys());
    }
}

#[test]
fn a_pipe_gives_what_the_file_gives() {
    let corpus = corpus(4, 100);
    let bytes = corpus.folder.read("in/a.jsonl");
    let from_file = corpus.folder.run(["run", "in/a.jsonl", "-o", "-"]).ended_with(0).stdout;
    let from_pipe = corpus.folder.pipe(["run", "-"], &bytes).ended_with(0).stdout;
    let renamed = String::from_utf8(from_pipe).unwrap().replace("\"source\":\"-\"", "\"source\":\"a.jsonl\"");
    assert!(renamed.as_bytes() == from_file);
}

#[test]
fn neither_locale_nor_time_zone_nor_place_changes_a_byte() {
    let corpus = corpus(5, 60);
    let first = corpus.folder.run(["run", "in", "-o", "-"]).ended_with(0).stdout;
    let mut command = corpus.folder.command(["run", "in", "-o", "-"]);
    command.env("LC_ALL", "C").env("LANG", "tr_TR.UTF-8").env("TZ", "Pacific/Kiritimati");
    let second = crate::harness::finished(command.spawn().unwrap()).ended_with(0).stdout;
    assert!(first == second);
    let inside = corpus.folder.at("in");
    let mut command = corpus.folder.command(["run", "../in", "-o", "-"]);
    let third = crate::harness::finished(command.current_dir(inside).spawn().unwrap()).ended_with(0).stdout;
    assert!(first == third);
}

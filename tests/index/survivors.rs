//! Which of several copies stays (`dedup.keep`), in a corpus that is judged as a whole.

use serde_json::json;

use crate::harness::{Folder, record};
use crate::{PLAIN, ids, left, words};

/// Copies of a few texts with scores, in two files.
fn copies(folder: &Folder) {
    let line = |id: &str, text: String, more: serde_json::Value| {
        let mut record = json!({"id": id, "text": text});
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        format!("{record}\n")
    };
    let a = [
        line("a1", words(1, 0), json!({"score": 0.5, "meta": {"rank": 3}})),
        line("a2", words(1, 0).to_uppercase(), json!({"score": 2, "meta": {"rank": 2}})),
        line("a3", words(1, 2), json!({"meta": {"rank": 9}})),
        line("b1", words(2, 0), json!({"score": -1.5, "meta": {"rank": 1}})),
    ];
    let b = [
        line("b2", words(2, 3), json!({"score": 1e3, "meta": {"rank": 1}})),
        line("b3", words(2, 2), json!({"score": "high"})),
        line("c1", words(3, 0), json!({"score": 7})),
        line("c2", words(3, 0), json!({"score": 7})),
    ];
    folder.put("a.jsonl", a.concat());
    folder.put("b.jsonl", b.concat());
}

#[test]
fn the_number_in_a_field_says_which_copy_stays() {
    let folder = Folder::new();
    copies(&folder);
    let cases = [
        ("first", ["a1", "b1", "c1"]),
        ("max:score", ["a2", "b2", "c1"]),
        ("min:score", ["a1", "b1", "c1"]),
        ("max:meta.rank", ["a3", "b1", "c1"]),
        ("min:meta.rank", ["a2", "b1", "c1"]),
    ];
    for (keep, kept) in cases {
        let keep = format!("--set=dedup.keep={keep}");
        let mut first = None;
        for inputs in [["a.jsonl", "b.jsonl"], ["b.jsonl", "a.jsonl"]] {
            let options = ["--set=dedup.scope=corpus", "-o", "out", keep.as_str()];
            folder.run(["run"].iter().chain(&inputs).chain(&PLAIN).chain(&options)).ended_with(0);
            assert_eq!(ids(&folder.shards("out")), kept, "{keep}");
            let files = left(&folder, "out");
            assert!(*first.get_or_insert_with(|| files.clone()) == files, "{keep}: the order of the inputs shows");
        }
        let largest = &folder.summary("out")["largest_clusters"];
        assert_eq!(largest.as_array().unwrap().len(), 3, "{largest}");
    }
}

#[test]
fn a_field_that_no_record_has_is_told_with_those_there_are() {
    let folder = Folder::new();
    copies(&folder);
    let options = ["--set=dedup.scope=corpus", "-o", "out", "--set=dedup.keep=max:scroe"];
    let run = folder.run(["run", "a.jsonl", "b.jsonl"].iter().chain(&PLAIN).chain(&options)).ended_with(2);
    assert!(run.stderr.contains("none of 8 records has a number in that field"), "{}", run.stderr);
    assert!(run.stderr.contains("numbers in the first one: score"), "{}", run.stderr);
    let wrong = folder.run(["run", "a.jsonl", "-o", "out", "--no-config", "--set=dedup.keep=best"]).ended_with(2);
    assert!(wrong.stderr.contains("\"first\", \"longest\", \"max:FIELD\" or \"min:FIELD\""), "{}", wrong.stderr);
    let stream = folder.run(["run", "a.jsonl", "-o", "out", "--no-config", "--set=dedup.keep=max:score"]).ended_with(2);
    assert!(stream.stderr.contains("needs dedup.scope = \"corpus\""), "{}", stream.stderr);
}

#[test]
fn a_corpus_that_does_not_fit_ends_before_anything_is_written() {
    let folder = Folder::new();
    let short = |number: usize| record(&format!("d{number}"), &format!("word{number}"));
    folder.put("in.jsonl", (0..160_000).map(short).collect::<String>());
    let options = ["--set=dedup.scope=corpus", "-o", "out", "--set=dedup.index_memory_bytes=1 MiB"];
    let run = folder.run(["run", "in.jsonl"].iter().chain(&PLAIN).chain(&options)).ended_with(2);
    assert!(run.stderr.contains("raise it, or set dedup.scope = \"stream\""), "{}", run.stderr);
    assert!(left(&folder, "out").keys().all(|name| !name.starts_with("shard-")));
}

//! Where records go, and what lies beside them.

use std::os::unix::fs::PermissionsExt;

use crate::harness::{parse_lines, record, str_of, tree, unpacked};
use crate::{SOUND, corpus};

#[test]
fn a_folder_gets_shards_and_three_side_files() {
    let folder = corpus();
    folder.run(["run", "in", "-o", "out"]).ended_with(0);
    let names: Vec<String> = tree(&folder.at("out")).into_keys().collect();
    assert_eq!(names, ["dropped.jsonl", "rejected.jsonl", "shard-00000.jsonl", "summary.json"]);
    assert_eq!(folder.shards("out").len(), 5);
    let summary = folder.summary("out");
    assert_eq!(summary["read"]["records"], 5);
    assert_eq!(summary["emitted"]["records"], 5);
    assert_eq!(summary["conserved"], true);
}

#[test]
fn a_file_gets_its_side_files_beside_it() {
    let folder = corpus();
    for (name, stem) in [("clean.jsonl", "clean"), ("clean.jsonl.gz", "clean"), ("clean.jsonl.zst", "clean")] {
        let into = format!("to/{name}");
        folder.run(["run", "in", "-o", &into]).ended_with(0);
        assert_eq!(folder.records(&into).len(), 5, "{name}");
        let mut names: Vec<String> = tree(&folder.at("to")).into_keys().collect();
        names.retain(|other| other != name);
        let expected = ["dropped.jsonl", "rejected.jsonl", "summary.json"].map(|side| format!("{stem}.{side}"));
        assert_eq!(names, expected, "{name}");
        std::fs::remove_dir_all(folder.at("to")).unwrap();
    }
}

#[test]
fn a_compressed_output_without_records_is_a_whole_file() {
    let folder = corpus();
    folder.put("none.jsonl", "");
    for name in ["none.jsonl.gz", "none.jsonl.zst", "shards/shard-00000.jsonl.zst"] {
        let (into, compression) = match name.split_once('/') {
            Some((folder, _)) => (folder, "--set=emit.compression=zstd"),
            None => (name, "--threads=1"),
        };
        folder.run(["run", "none.jsonl", "-o", into, compression]).ended_with(0);
        let bytes = std::fs::read(folder.at(name)).unwrap();
        assert!(!bytes.is_empty() && unpacked(name, &bytes).is_empty(), "{name}: {bytes:?}");
    }
}

#[test]
fn side_files_go_where_they_are_told() {
    let folder = corpus();
    folder.put("bad.jsonl", "{\"text\":1}\n");
    let side = ["--dropped", "x/d.jsonl", "--rejected", "x/r.jsonl", "--summary", "x/s.json"];
    let arguments = ["run", "in", "bad.jsonl", "in/docs/one.txt", "-o", "-"];
    let run = folder.run(arguments.iter().chain(&side)).ended_with(0);
    assert_eq!(run.records().len(), 5);
    assert_eq!(folder.records("x/d.jsonl").len(), 1);
    assert_eq!(folder.records("x/r.jsonl").len(), 1);
    let summary: serde_json::Value = serde_json::from_slice(&folder.read("x/s.json")).unwrap();
    assert_eq!(summary["read"]["records"], 7);
}

#[test]
fn standard_output_carries_records_only_and_messages_go_to_standard_error() {
    let folder = corpus();
    folder.put("in/bad.jsonl", "{\"text\":null}\nnot json\n");
    let run = folder.run(["run", "in", "-o", "-", "--progress", "always", "--log-level", "debug"]).ended_with(0);
    assert_eq!(run.records().len(), 5);
    assert!(run.stderr.contains("rejected"), "{}", run.stderr);
    let silent = folder.run(["run", "in/records.jsonl", "-o", "-"]).ended_with(0);
    assert_eq!(silent.stderr, "");
}

#[test]
fn text_alone_is_separated_by_blank_lines() {
    let folder = corpus();
    let run = folder.run(["run", "in/records.jsonl", "--emit", "text"]).ended_with(0);
    assert_eq!(run.text(), format!("{}\n\n{}\n\n{}\n", SOUND[0], SOUND[1], SOUND[2]));
    folder.run(["run", "in/records.jsonl", "--emit", "text", "-o", "out/"]).ended_with(0);
    assert_eq!(folder.read("out/shard-00000.txt"), run.stdout);
}

#[test]
fn a_second_run_replaces_the_output_and_keeps_what_is_not_its_own() {
    let folder = corpus();
    folder.put("out/notes.md", "mine");
    folder.put("out/shard-1.jsonl", "mine");
    folder.put("out/sub/shard-list.txt", "mine");
    let small = ["run", "in", "-o", "out", "--set", "emit.shard_bytes=1", "--set", "emit.compression=gzip"];
    folder.run(small).ended_with(0);
    assert!(folder.at("out/shard-00004.jsonl.gz").exists());
    folder.run(["run", "in/docs", "-o", "out"]).ended_with(0);
    let names: Vec<String> = tree(&folder.at("out")).into_keys().collect();
    let ours = ["dropped.jsonl", "notes.md", "rejected.jsonl", "shard-00000.jsonl"];
    assert_eq!(names[..4], ours);
    assert_eq!(names[4..], ["shard-1.jsonl", "sub/shard-list.txt", "summary.json"]);
    assert_eq!(folder.records("out/shard-00000.jsonl").len(), 2);
    assert_eq!(folder.read("out/notes.md"), b"mine");
}

#[test]
fn shards_end_before_they_grow_too_large_and_hold_whole_records() {
    let folder = corpus();
    let text: Vec<String> =
        (0..400).map(|i| record(&i.to_string(), &format!("{} Number {i}.", SOUND[i % 3]))).collect();
    folder.put("many.jsonl", text.concat());
    let options = ["--set", "emit.shard_bytes=20000", "--set", "dedup.enabled=false"];
    folder.run(["run", "many.jsonl", "-o", "out"].iter().chain(&options)).ended_with(0);
    let files = tree(&folder.at("out"));
    let shards: Vec<&Vec<u8>> = files.iter().filter(|(name, _)| name.starts_with("shard-")).map(|(_, b)| b).collect();
    assert!(shards.len() > 3);
    assert!(shards.iter().all(|shard| shard.len() <= 20_000 && shard.ends_with(b"\n")));
    let ids: Vec<String> =
        shards.iter().flat_map(|shard| parse_lines(shard)).map(|record| str_of(&record, "id").to_owned()).collect();
    assert_eq!(ids, (0..400).map(|i| i.to_string()).collect::<Vec<_>>());
}

#[test]
fn a_folder_for_each_language_when_asked() {
    let folder = corpus();
    let options = ["run", "in/records.jsonl", "-o", "out", "--set", "emit.partition_by=language"];
    folder.run(options).ended_with(0);
    for (language, id) in [("en", "a"), ("fr", "b"), ("de", "c")] {
        let records = folder.records(format!("out/{language}/shard-00000.jsonl"));
        assert_eq!((records.len(), str_of(&records[0], "id")), (1, id), "{language}");
    }
}

#[test]
fn nothing_half_written_stays_under_any_name() {
    let folder = corpus();
    folder.run(["run", "in", "-o", "out"]).ended_with(0);
    assert!(tree(&folder.at("out")).keys().all(|name| !name.contains(".part")));
}

#[test]
fn rejected_records_are_for_the_owners_eyes_alone() {
    let folder = corpus();
    folder.put("in/bad.jsonl", "{\"text\":null,\"key\":\"secret\"}\n");
    folder.run(["run", "in", "-o", "out"]).ended_with(0);
    let mode = folder.at("out/rejected.jsonl").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}

#[test]
fn an_output_that_cannot_be_written_is_named_and_ends_with_2() {
    let folder = corpus();
    folder.put("wall", "a file, not a folder");
    let run = folder.run(["run", "in", "-o", "wall/out.jsonl"]).ended_with(2);
    assert!(run.stderr.contains("cannot write") && run.stderr.contains("wall"), "{}", run.stderr);
    assert_eq!(folder.read("wall"), b"a file, not a folder");
}

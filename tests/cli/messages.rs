//! Mistakes are told before anything is read or written, and logs can be read by programs.

use serde_json::Value;

use crate::corpus;
use crate::harness::str_of;

#[test]
fn a_mistake_in_the_configuration_is_told_with_its_place_before_anything_is_written() {
    let folder = corpus();
    folder.put("out/shard-00000.jsonl", "of an earlier run");
    folder.put(
        "pipeline.toml",
        "[read]\ninputs = [\"in\"]\n[dedup]\n  simlarity = 0.9\n  scope = \"strem\"\n[emit]\noutput = \"out\"\n[runn]\n",
    );
    for command in ["run", "check", "graph", "explain", "bench"] {
        let run = folder.run([command]).ended_with(2);
        let said = &run.stderr;
        assert!(said.contains("pipeline.toml:4:3: unknown key \"simlarity\" in [dedup]"), "{command}: {said}");
        assert!(said.contains("did you mean \"similarity\"?"), "{command}: {said}");
        assert!(said.contains("pipeline.toml:5:") && said.contains("\"stream\""), "{command}: {said}");
        assert!(said.contains("pipeline.toml:8:") && said.contains("[run]"), "{command}: {said}");
        assert!(run.stdout.is_empty(), "{command}");
    }
    assert_eq!(folder.read("out/shard-00000.jsonl"), b"of an earlier run");
}

#[test]
fn a_missing_configuration_ends_with_2_and_its_name() {
    let folder = corpus();
    let run = folder.run(["run", "in", "--config", "other.toml"]).ended_with(2);
    assert!(run.stderr.contains("other.toml: cannot be read"), "{}", run.stderr);
}

#[test]
fn a_mistake_in_a_set_shows_the_set() {
    let folder = corpus();
    for (set, said) in [
        ("dedup.similarity=1.5", "0.3"),
        ("dedup.similarty=0.5", "did you mean \"similarity\"?"),
        ("deduper.similarity=0.5", "dedup"),
        ("read.batch_bytes=-1", "--set read.batch_bytes=-1"),
        ("nonsense", "nonsense"),
    ] {
        let run = folder.run(["run", "in", "-o", "out", "--set", set]).ended_with(2);
        assert!(run.stderr.contains("--set") && run.stderr.contains(said), "{set}: {}", run.stderr);
    }
    assert!(!folder.at("out").exists());
}

#[test]
fn a_word_list_that_is_not_there_ends_with_2_before_anything_is_written() {
    let folder = corpus();
    let run = folder.run(["run", "in", "-o", "out", "--set", "repair.lexicons=[\"names.txt\"]"]).ended_with(2);
    assert!(run.stderr.contains("repair.lexicons") && run.stderr.contains("names.txt"), "{}", run.stderr);
    assert!(!folder.at("out").exists());
}

#[test]
fn the_configuration_of_the_folder_is_taken_unless_it_is_declined() {
    let folder = corpus();
    folder.put("pipeline.toml", "[read]\ninputs = [\"in/docs\"]\n[emit]\noutput = \"from-file\"\nformat = \"text\"\n");
    folder.run(["run"]).ended_with(0);
    assert!(folder.at("from-file/shard-00000.txt").exists());
    let run = folder.run(["run", "--no-config", "in/docs"]).ended_with(0);
    assert_eq!(run.records().len(), 2);
    // The command line wins over the file, and `--set` reaches every key.
    folder.run(["run", "in/records.jsonl", "-o", "said", "--emit", "jsonl"]).ended_with(0);
    assert_eq!(folder.shards("said").len(), 3);
    folder.run(["run", "--set", "emit.output=set", "--set", "langid.enabled=false"]).ended_with(0);
    assert!(folder.at("set/shard-00000.txt").exists());
    assert_eq!(folder.summary("set")["languages"].as_object().unwrap().keys().collect::<Vec<_>>(), [""]);
}

#[test]
fn logs_for_programs_are_one_object_a_line() {
    let folder = corpus();
    folder.put("in/bad.jsonl", "{\"text\":7}\nnot json\n");
    let run = folder.run(["run", "in", "-o", "-", "--log-format", "json"]).ended_with(0);
    let logs: Vec<Value> = run
        .stderr
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let reasons: Vec<&str> = logs.iter().map(|log| str_of(log, "reason")).collect();
    assert_eq!(reasons, ["text-type", "json-syntax"]);
    assert!(logs.iter().all(|log| log["level"] == "WARN" && log["source"] == "in/bad.jsonl"), "{logs:?}");
    assert_eq!(run.records().len(), 5);
}

#[test]
fn a_level_of_messages_silences_those_below() {
    let folder = corpus();
    folder.put("in/bad.jsonl", "not json\n");
    let logged = |level: &str| {
        let run = folder.run(["run", "in", "-o", "-", "--log-level", level]).ended_with(0);
        run.stderr.contains("a record is one JSON object a line")
    };
    assert!(logged("warn") && logged("trace"));
    assert!(!logged("error") && !logged("off"));
}

#[test]
fn the_table_at_the_end_says_what_became_of_everything() {
    let folder = corpus();
    folder.put("in/bad.jsonl", "{\"text\":7}\n");
    folder.put("in/docs/zwei.txt", "Another page, this one about the price of salt.\n");
    let run = folder.run(["run", "in", "-o", "out"]).ended_with(0);
    let row = |name: &str| run.stderr.lines().find(|line| line.trim_start().starts_with(name)).unwrap_or_default();
    assert!(row("read").contains(" 7 "), "{}", run.stderr);
    assert!(row("emitted").contains(" 5 "), "{}", run.stderr);
    assert!(row("dropped").contains("exact-duplicate 1"), "{}", run.stderr);
    assert!(row("rejected").contains("text-type 1"), "{}", run.stderr);
    assert!(row("output in").ends_with("out"), "{}", run.stderr);
}

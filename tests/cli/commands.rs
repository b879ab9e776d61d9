//! The commands beside `run`.

use crate::corpus;
use crate::harness::Folder;

#[test]
fn check_prints_a_plan_that_can_be_run_and_touches_nothing() {
    let folder = corpus();
    let run = folder.run(["check", "in", "-o", "out", "--set", "dedup.similarity=0.7"]).ended_with(0);
    assert!(!folder.at("out").exists());
    assert!(run.text().contains("similarity = 0.7") && run.text().contains("# 3 file(s)"), "{}", run.text());
    assert!(run.text().contains("# Memory: at most"), "{}", run.text());
    folder.put("again/pipeline.toml", run.text());
    let again = folder.run(["check", "--config", "again/pipeline.toml"]).ended_with(0);
    assert_eq!(again.text(), run.text());
    folder.run(["run", "--config", "again/pipeline.toml"]).ended_with(0);
    assert_eq!(folder.shards("out").len(), 5);
}

#[test]
fn check_ends_with_2_for_an_input_that_is_not_there() {
    let folder = corpus();
    let run = folder.run(["check", "inn"]).ended_with(2);
    assert!(run.stderr.contains("did you mean"), "{}", run.stderr);
}

#[test]
fn graph_draws_the_stages_that_run() {
    let folder = corpus();
    let mermaid = folder.run(["graph", "in", "-o", "out"]).ended_with(0);
    let text = mermaid.text();
    assert!(text.starts_with("flowchart LR\n"), "{text}");
    assert!(text.contains("read --> decode --> repair --> langid --> dedup --> emit"), "{text}");
    assert!(text.contains("dropped.jsonl") && text.contains("summary.json"), "{text}");
    let options = ["--language", "dot", "--set", "langid.enabled=false", "--set", "dedup.enabled=false"];
    let dot = folder.run(["graph", "in"].iter().chain(&options)).ended_with(0);
    let text = dot.text();
    assert!(text.starts_with("digraph textmill {") && text.trim_end().ends_with('}'), "{text}");
    assert!(text.contains("read -> decode -> repair -> emit"), "{text}");
}

#[test]
fn explain_shows_each_edit_with_its_rule_and_score() {
    let folder = Folder::new();
    let page = "The well-\nknown lighthouse kee-\nper kept his oﬃce  tidy.\n";
    folder.put("page.txt", page);
    let run = folder.run(["explain", "page.txt"]).ended_with(0);
    let text = run.text();
    for said in ["page.txt", "line 2", "line-end-hyphens", "ligatures", "score ", "keeper", "office"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains('\u{1B}'), "no colours where nobody sees them: {text}");
    assert!(text.trim_end().ends_with("in 1 document(s)"), "{text}");
    let piped = folder.pipe(["explain"], page.as_bytes()).ended_with(0);
    assert_eq!(piped.text().lines().skip(1).collect::<Vec<_>>(), text.lines().skip(1).collect::<Vec<_>>());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "explain writes nothing");
}

#[test]
fn bench_measures_every_stage_and_writes_nothing() {
    let folder = corpus();
    let run = folder.run(["bench", "in", "-o", "out", "--threads", "2"]).ended_with(0);
    let text = run.text();
    for said in
        ["reading alone", "1 worker(s)", "2 worker(s)", "decode", "repair", "langid", "dedup", "whole", "records/s"]
    {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!folder.at("out").exists());
    let run = folder.pipe(["bench"], b"text").ended_with(2);
    assert!(run.stderr.contains("name files or folders"), "{}", run.stderr);
}

//! `dedup.unit = "paragraph"`: what a corpus repeats is taken out of its documents, as edits that replay.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{Folder, finished, record, signal};
use crate::{info, left, words};

const PARAGRAPHS: [&str; 4] = ["--no-config", "--format=jsonl", "--set=dedup.unit=paragraph", "--edits=full"];

/// Pages with a notice that all share, a short heading that all share, and text of their own; every tenth has none.
fn pages(first: usize, n: usize) -> String {
    let page = |number: usize| {
        let own = if number % 10 == 9 { String::new() } else { format!("{}\r\n\r\n", words(number, 0)) };
        let notice = if number.is_multiple_of(2) { words(1_000_000, 0) } else { words(1_000_000, 0).to_uppercase() };
        let heading = if number % 20 == 19 { "" } else { "What the mill has to tell\n\n" };
        record(&format!("p{number}"), &format!("{heading}{own}{notice}\n"))
    };
    (first..first + n).map(page).collect()
}

/// The text that the edits make of the text before.
fn replayed(before: &str, edits: &Value) -> String {
    let before: Vec<char> = before.chars().collect();
    let (mut out, mut at) = (String::new(), 0);
    for edit in edits.as_array().unwrap() {
        let [start, end] = ["start", "end"].map(|key| edit[key].as_u64().unwrap() as usize);
        out.extend(&before[at..start]);
        out.push_str(edit["after"].as_str().unwrap());
        at = end;
    }
    out.extend(&before[at..]);
    out
}

#[test]
fn repeated_paragraphs_go_as_edits_that_replay() {
    let folder = Folder::new();
    let input = pages(0, 400);
    folder.put("in.jsonl", &input);
    folder.run(["run", "in.jsonl", "-o", "out"].iter().chain(&PARAGRAPHS)).ended_with(0);
    let kept = folder.shards("out");
    let given = crate::harness::parse_lines(input.as_bytes());
    for record in &kept {
        let before = given.iter().find(|given| given["id"] == record["id"]).unwrap();
        let after = record["text"].as_str().unwrap();
        assert_eq!(replayed(before["text"].as_str().unwrap(), &record["textmill"]["edits"]), after);
        let is_first = record["id"] == "p0";
        let notice = words(1_000_000, 0).to_uppercase();
        assert_eq!(after.to_uppercase().contains(&notice), is_first, "{}", record["id"]);
        assert_eq!(record["textmill"]["repairs"].get("repeated-paragraphs").is_none(), is_first);
        assert!(is_first || record["textmill"]["repeated_paragraphs"][0]["duplicate_of"] == "p0");
        let spans = record["textmill"]["spans"].as_array().unwrap();
        let end = spans.last().map_or(0, |span| span["end"].as_u64().unwrap());
        assert!(end as usize <= after.chars().count());
    }
    // Those of which nothing is left.
    let dropped = folder.records("out/dropped.jsonl");
    assert_eq!(dropped.len(), 400 / 20);
    for line in &dropped {
        assert_eq!(line["reason"], "repeated-paragraphs");
        assert_eq!(line["repeated_paragraphs"][0]["duplicate_of"], "p0");
    }
    let summary = folder.summary("out");
    assert_eq!(summary["repairs"]["repeated-paragraphs"], 399);
    assert_eq!(summary["repeated_paragraphs"]["paragraphs"], 399);
    assert_eq!(summary["dropped"]["reasons"]["repeated-paragraphs"]["records"], 20);
    assert_eq!(summary["conserved"], true);
    // Cleaning the clean text changes nothing.
    folder.put("clean.jsonl", folder.read("out/shard-00000.jsonl"));
    folder.run(["run", "clean.jsonl", "-o", "again"].iter().chain(&PARAGRAPHS)).ended_with(0);
    let texts = |records: &[Value]| records.iter().map(|record| record["text"].clone()).collect::<Vec<_>>();
    assert_eq!(texts(&folder.shards("again")), texts(&kept));
}

#[test]
fn paragraphs_are_judged_the_same_at_any_number_of_workers_and_on_disk() {
    let folder = Folder::new();
    folder.put("in.jsonl", pages(0, 9000));
    let run = |more: &[&str]| {
        folder.run(["run", "in.jsonl", "-o", "out"].iter().chain(&PARAGRAPHS).chain(more)).ended_with(0);
        left(&folder, "out")
    };
    let first = run(&["--threads=1"]);
    for way in [
        ["--threads=2", "--set=read.batch_bytes=3 KiB", "--set=dedup.index_memory_bytes=1 MiB"],
        ["--threads=8", "--set=read.batch_bytes=1 MiB", "--set=dedup.index_memory_bytes=8 GiB"],
    ] {
        assert!(run(&way) == first, "{way:?}");
    }
}

#[test]
fn a_later_run_knows_the_paragraphs_of_an_earlier_one_and_survives_being_killed() {
    let folder = Folder::new();
    folder.put("a.jsonl", pages(0, 50));
    folder.put("b.jsonl", pages(50, 6000));
    let options = ["--set=dedup.index=seen", "--set=run.commit_seconds=0", "--set=repair.window_bytes=100 KiB"];
    let run = |input: &'static str, more: &[&'static str]| {
        let output = if input == "a.jsonl" { "of-a" } else { "out" };
        folder
            .command(["run", input, "-o", output, "--threads=1"].iter().chain(&PARAGRAPHS).chain(&options).chain(more))
    };
    let begin = || {
        for gone in ["seen", "of-a", "out"] {
            let _ = std::fs::remove_dir_all(folder.at(gone));
        }
        finished(run("a.jsonl", &[]).spawn().unwrap()).ended_with(0);
    };
    begin();
    let start = Instant::now();
    finished(run("b.jsonl", &[]).spawn().unwrap()).ended_with(0);
    let undisturbed = start.elapsed();
    let (wanted, rows) = (left(&folder, "out"), info(&folder, "seen", "rows"));
    for record in folder.shards("out") {
        let evidence = &record["textmill"]["repeated_paragraphs"][0];
        assert_eq!((&evidence["duplicate_of"], &evidence["duplicate_in"]), (&"p0".into(), &"index".into()));
    }
    for kill in 0..4_u32 {
        begin();
        let mut child = run("b.jsonl", &[]).spawn().unwrap();
        let begun = Instant::now();
        while begun.elapsed() < undisturbed * (2 * kill + 1) / 8 && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        if child.try_wait().unwrap().is_none() {
            signal(&child, "KILL");
        }
        if finished(child).code != 0 {
            let resume: &[&str] = if folder.at("out/.textmill/journal").exists() { &["--resume"] } else { &[] };
            finished(run("b.jsonl", resume).spawn().unwrap()).ended_with(0);
        }
        assert!(left(&folder, "out") == wanted, "{kill}");
        assert_eq!(info(&folder, "seen", "rows"), rows, "{kill}");
    }
}

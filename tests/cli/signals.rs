//! A signal ends a run cleanly: what has been read by then is written, whole, and the run says that it was stopped.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::SOUND;
use crate::harness::{Folder, finished, record, signal, str_of};

/// Feeds a run until some of it is written, sends the signal, and goes on feeding until the run has ended.
fn stopped_by(name: &str, output: &str) -> (Folder, String) {
    let folder = Folder::new();
    let options = ["run", "-", "--format", "jsonl", "-o", output, "--set", "dedup.enabled=false"];
    let sizes = ["--set", "repair.window_bytes=64 KiB", "--set", "read.batch_bytes=16 KiB", "--threads", "2"];
    let mut child = folder.command(options.iter().chain(&sizes)).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feeding = std::thread::spawn(move || {
        let mut number = 0;
        let text = SOUND[0].repeat(20);
        while stdin.write_all(record(&number.to_string(), &text).as_bytes()).is_ok() {
            number += 1;
        }
    });
    let part = folder.at(format!(".{output}.part"));
    let start = Instant::now();
    while part.metadata().map_or(0, |metadata| metadata.len()) == 0 {
        assert!(start.elapsed() < Duration::from_secs(60), "nothing was written");
        std::thread::sleep(Duration::from_millis(5));
    }
    signal(&child, name);
    let run = finished(child).ended_with(2);
    feeding.join().unwrap();
    assert!(!part.exists());
    (folder, run.stderr)
}

#[test]
fn interrupt_terminate_and_hangup_leave_whole_records_in_order_and_say_so() {
    for name in ["INT", "TERM", "HUP"] {
        let (folder, said) = stopped_by(name, "clean.jsonl");
        assert!(said.contains("stopped by a signal before the input ended"), "{name}: {said}");
        let ids: Vec<usize> =
            folder.records("clean.jsonl").iter().map(|record| str_of(record, "id").parse().unwrap()).collect();
        assert!(!ids.is_empty());
        assert_eq!(ids, (0..ids.len()).collect::<Vec<_>>(), "{name}");
        let summary: serde_json::Value = serde_json::from_slice(&folder.read("clean.summary.json")).unwrap();
        assert_eq!((&summary["interrupted"], &summary["conserved"]), (&true.into(), &true.into()));
        assert_eq!(summary["emitted"]["records"], ids.len());
    }
}

#[test]
fn a_signal_is_obeyed_while_nothing_comes_on_standard_input() {
    let folder = Folder::new();
    let sizes = ["--set", "read.batch_bytes=1", "--set", "repair.window_bytes=0"];
    let mut child = folder
        .command(["run", "-", "-o", "clean.jsonl", "--format", "jsonl"].iter().chain(&sizes))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // Enough that the first lines are on their way, and then nothing more.
    let lines = format!("not json\n{}", record("a", &SOUND[0].repeat(1000)).repeat(4));
    stdin.write_all(lines.as_bytes()).unwrap();
    // The message tells that the run is under way.
    let mut messages = BufReader::new(child.stderr.take().unwrap());
    let mut message = String::new();
    messages.read_line(&mut message).unwrap();
    assert!(message.contains("rejected"), "{message}");
    signal(&child, "TERM");
    let start = Instant::now();
    messages.read_to_string(&mut message).unwrap();
    finished(child).ended_with(2);
    assert!(start.elapsed() < Duration::from_secs(20));
    assert!(message.contains("stopped by a signal"), "{message}");
    assert!(folder.records("clean.jsonl").len() <= 4);
    drop(stdin);
}

//! Memory is bounded by the configuration, not by the input. Measured with everything on: `benches/record/memory.md`.

use std::io::Write;
use std::process::Stdio;

use crate::corpus::{Numbers, broken_text, sound_text};
use crate::harness::{Folder, finished, record};

/// Peak memory of a run over this many megabytes from a pipe.
fn peak(megabytes: usize) -> u64 {
    let folder = Folder::new();
    let options = ["run", "-", "--format", "jsonl", "--no-config", "-o", "out", "--set", "dedup.enabled=false"];
    let limits = ["--set", "run.memory_bytes=4 MiB", "--set", "read.max_record_bytes=1 MiB"];
    // The rules that look at characters alone, so that a build without optimisation takes seconds.
    let quick =
        ["--set", "langid.enabled=false", "--set", "repair.window_bytes=512 KiB", "--set", "repair.rules=[\"spaces\"]"];
    let sharded = ["--set", "emit.shard_bytes=8 MiB", "--threads", "2"];
    let arguments = options.iter().chain(&limits).chain(&quick).chain(&sharded);
    let mut child = folder.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut numbers = Numbers::new(21);
    let mut block = String::new();
    while block.len() < 1_000_000 {
        let text = broken_text(&sound_text(&mut numbers), &mut numbers);
        block.push_str(&record(&block.len().to_string(), &text));
    }
    std::thread::scope(|scope| {
        scope.spawn(move || (0..megabytes).try_for_each(|_| stdin.write_all(block.as_bytes())));
        finished(child).ended_with(0);
    });
    let summary = folder.summary("out");
    assert!(summary["read"]["bytes"].as_u64().unwrap() >= megabytes as u64 * 1_000_000);
    summary["peak_rss_bytes"].as_u64().unwrap()
}

#[test]
fn ten_times_the_input_takes_no_more_memory() {
    // Both are more than what is in flight at once.
    let (small, large) = (peak(10), peak(100));
    println!("10 MB: {small} bytes, 100 MB: {large} bytes");
    // What the allocator keeps for each thread comes on top, and takes its time to do so.
    assert!(large < small + (32 << 20), "{small} bytes for 10 MB, {large} for 100 MB");
}

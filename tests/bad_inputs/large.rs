//! Records larger than any record should be, made on the way, so that neither side holds them whole.

use std::io::Write;
use std::process::Stdio;

use crate::case::{good, good_text};
use crate::harness::{Folder, finished};

/// Runs over what `feed` writes to standard input.
fn piped(options: &[&str], feed: impl FnOnce(&mut dyn Write) + Send) -> Folder {
    let folder = Folder::new();
    let arguments = ["run", "-", "-o", "out", "--no-config", "--format"];
    let mut child = folder.command(arguments.iter().chain(options)).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || feed(&mut stdin));
        finished(child).ended_with(0);
    });
    folder
}

const LINE_BYTES: usize = 200_000_000;

/// A record of 200 MB and its line end.
fn write_long(to: &mut dyn Write, end: &[u8]) {
    let block = vec![b'x'; 1_000_000];
    let frame = b"{\"text\":\"";
    to.write_all(frame).unwrap();
    let left = LINE_BYTES - frame.len() - end.len();
    (0..left / block.len()).for_each(|_| to.write_all(&block).unwrap());
    to.write_all(&block[..left % block.len()]).unwrap();
    to.write_all(end).unwrap();
}

#[test]
fn a_line_of_200_mb_is_passed_over_in_bounded_memory_and_the_rest_goes_on() {
    let folder = piped(&["jsonl"], |to| {
        to.write_all(&good(1).bytes).unwrap();
        write_long(to, b"\"}\n");
        to.write_all(&good(2).bytes).unwrap();
    });
    let texts: Vec<String> =
        folder.shards("out").iter().map(|record| record["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(texts, [good_text(1), good_text(2)]);
    let rejected = folder.records("out/rejected.jsonl");
    assert_eq!(rejected.len(), 1);
    assert_eq!((&rejected[0]["reason"], &rejected[0]["length"]), (&"too-large".into(), &LINE_BYTES.into()));
    assert_eq!(rejected[0]["offset"], good(1).bytes.len());
    assert_eq!(rejected[0]["bytes"].as_str().unwrap().len(), (1_usize << 20).div_ceil(3) * 4);
    let summary = folder.summary("out");
    let peak = summary["peak_rss_bytes"].as_u64().unwrap();
    // `read.max_record_bytes` is 64 MiB, and a line that grows is held twice while its room is doubled.
    assert!(peak < 256 << 20, "{peak} bytes");
    assert_eq!(summary["read"]["bytes"], LINE_BYTES + good(1).bytes.len() + good(2).bytes.len());
}

#[test]
fn a_document_of_200_mb_without_an_end_is_passed_over_too() {
    let folder = piped(&["plain"], |to| write_long(to, b""));
    let rejected = folder.records("out/rejected.jsonl");
    assert_eq!((&rejected[0]["reason"], &rejected[0]["length"]), (&"too-large".into(), &LINE_BYTES.into()));
    let peak = folder.summary("out")["peak_rss_bytes"].as_u64().unwrap();
    assert!(peak < 256 << 20, "{peak} bytes");
}

#[test]
fn the_limit_is_what_the_configuration_says_to_the_byte() {
    let line = good(1).bytes;
    for (limit, n) in [(line.len(), 1), (line.len() - 1, 0)] {
        let folder = Folder::new();
        for batch in ["1", "64 KiB"] {
            let set = [format!("read.max_record_bytes={limit}"), format!("read.batch_bytes={batch}")];
            let run = folder.pipe(["run", "-", "--set", &set[0], "--set", &set[1]], &line).ended_with(0);
            assert_eq!(run.records().len(), n, "{limit} {batch}");
        }
    }
}

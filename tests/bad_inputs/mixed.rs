//! All of it at once, among good input: what each piece becomes does not depend on what stands beside it.

use crate::case::{Case, Line, check, good};
use crate::harness::{gzip, tree, zstd};
use crate::{encodings, grammar, lines, streams, tree as names};

/// Every bad line among good ones, and every bad file beside them.
fn everything() -> Vec<Case> {
    let bad: Vec<Line> = lines::all().into_iter().chain(grammar::all()).collect();
    let among: Vec<Line> =
        bad.iter().enumerate().flat_map(|(i, bad)| [good(3 * i), bad.clone(), good(3 * i + 1)]).collect();
    let mut cases = vec![Case::of_lines("all lines", "all.jsonl", &among)];
    for (file, pack) in [("all.jsonl.gz", gzip as fn(&[u8]) -> Vec<u8>), ("all.jsonl.zst", zstd)] {
        let case = Case::of_lines("all lines, packed", file, &among);
        let stored = pack(&case.bytes);
        cases.push(case.stored(stored));
    }
    let folders = [("encodings", encodings::all()), ("streams", streams::all()), ("names", names::all())];
    for (folder, files) in folders {
        for case in files {
            let file = std::path::Path::new(folder).join(&case.file).into_os_string();
            cases.push(Case { file, source: format!("{folder}/{}", case.source), ..case });
        }
    }
    cases
}

#[test]
fn nothing_bad_changes_the_fate_of_anything_beside_it() {
    let cases = everything();
    let mut first = None;
    for options in [
        &["--threads", "1"][..],
        &["--threads", "2", "--set", "read.batch_bytes=1000"],
        &["--threads", "4", "--set", "read.batch_bytes=8 MiB"],
    ] {
        let folder = check(&cases, options);
        let mut files = tree(&folder.at("out"));
        files.remove("summary.json");
        let first = first.get_or_insert_with(|| files.clone());
        for (name, bytes) in &files {
            let lines = |bytes: &[u8]| bytes.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
            let differs = lines(&first[name]).into_iter().zip(lines(bytes)).find(|(a, b)| a != b);
            let differs = differs.map(|(a, b)| (String::from_utf8(a).unwrap(), String::from_utf8(b).unwrap()));
            assert!(first[name] == *bytes, "{options:?}: {name}: {differs:#?}");
        }
    }
}

#[test]
fn with_everything_on_each_record_is_emitted_dropped_or_rejected_exactly_once() {
    let cases = everything();
    let folder = crate::harness::Folder::new();
    for case in &cases {
        folder.put(std::path::Path::new("in").join(&case.file), &case.bytes);
    }
    folder.run(["run", "in", "-o", "out", "--no-config", "--set=read.max_record_bytes=2 MiB"]).ended_with(0);
    let mut wanted: Vec<(String, u64)> = Vec::new();
    for case in &cases {
        wanted.extend(case.rows.iter().map(|row| match row {
            crate::case::Row::Emitted { offset, .. } | crate::case::Row::Rejected { offset, .. } => {
                (format!("in/{}", case.source), *offset)
            }
        }));
    }
    let place = |row: &serde_json::Value| (row["source"].as_str().unwrap().to_owned(), row["offset"].as_u64().unwrap());
    let records = folder.shards("out");
    let (dropped, rejected) = (folder.records("out/dropped.jsonl"), folder.records("out/rejected.jsonl"));
    let emitted = records.iter().map(|record| &record["textmill"]);
    let mut found: Vec<(String, u64)> = emitted.chain(&dropped).chain(&rejected).map(place).collect();
    wanted.sort();
    found.sort();
    assert_eq!(found, wanted);
    // Copies of the good lines lie in three files; two of each are dropped.
    assert!(dropped.len() > 500, "{}", dropped.len());
    let summary = folder.summary("out");
    for (kind, n) in
        [("read", found.len()), ("emitted", records.len()), ("dropped", dropped.len()), ("rejected", rejected.len())]
    {
        assert_eq!(summary[kind]["records"], n, "{kind}");
    }
    let bytes: u64 = cases.iter().map(|case| case.record_bytes).sum();
    assert_eq!(summary["read"]["bytes"], bytes);
}

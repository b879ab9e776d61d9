//! A file of bad input, what must become of it, and the counter that holds the program to it.

use std::collections::BTreeMap;
use std::ffi::OsString;

use base64::Engine;
use serde_json::Value;

use crate::harness::{Folder, parse_lines, str_of};

/// What must become of a piece of input.
#[derive(Clone, Debug)]
pub enum Fate {
    /// A record with this text, and with these pieces in its line as they stand here.
    Emitted(String, Vec<String>),
    /// A rejection with this reason.
    Rejected(&'static str),
    /// Nothing: it is blank.
    Blank,
}

/// A record with this text.
pub fn emitted(text: impl Into<String>) -> Fate {
    Fate::Emitted(text.into(), Vec::new())
}

/// A record with this text and these pieces in its line.
pub fn emitted_with(text: impl Into<String>, pieces: &[&str]) -> Fate {
    Fate::Emitted(text.into(), pieces.iter().map(ToString::to_string).collect())
}

/// One line of bad input with its line end.
#[derive(Clone, Debug)]
pub struct Line {
    /// What is wrong with it, in a word or two.
    pub name: String,
    pub bytes: Vec<u8>,
    pub fate: Fate,
}

pub fn line(name: impl Into<String>, bytes: impl AsRef<[u8]>, fate: Fate) -> Line {
    let mut bytes = bytes.as_ref().to_vec();
    bytes.push(b'\n');
    Line { name: name.into(), bytes, fate }
}

/// One row of the output or of `rejected.jsonl`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    Emitted { offset: u64, text: String },
    Rejected { offset: u64, length: u64, reason: String, bytes: Vec<u8> },
}

impl std::fmt::Debug for Row {
    /// The row on one line, and not all of it where it is long.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Row::Emitted { offset, text } => {
                write!(f, "emitted {offset} {:?} of {}", text.chars().take(200).collect::<String>(), text.len())
            }
            Row::Rejected { offset, length, reason, bytes } => {
                let begin = String::from_utf8_lossy(&bytes[..bytes.len().min(100)]);
                write!(f, "rejected {offset} {length} {reason} {begin:?} of {}", bytes.len())
            }
        }
    }
}

/// Bytes of a rejection that are kept: 1 MiB.
pub const KEPT_BYTES: usize = 1 << 20;

pub fn rejected(reason: &str, offset: u64, length: u64, bytes: &[u8]) -> Row {
    let bytes = bytes[..bytes.len().min(KEPT_BYTES)].to_vec();
    Row::Rejected { offset, length, reason: reason.to_owned(), bytes }
}

/// A file, and what must become of it.
#[derive(Clone, Debug)]
pub struct Case {
    pub name: String,
    /// Its name in the folder of inputs.
    pub file: OsString,
    /// What records say of its name, where that is not the name itself.
    pub source: String,
    pub bytes: Vec<u8>,
    pub rows: Vec<Row>,
    /// Pieces that stand in the output's lines as they stand here.
    pub pieces: Vec<String>,
    /// Bytes of the input that the rows stand for.
    pub record_bytes: u64,
}

impl Case {
    pub fn new(name: &str, file: &str, bytes: impl AsRef<[u8]>, rows: Vec<Row>) -> Case {
        let bytes = bytes.as_ref().to_vec();
        let record_bytes = bytes.len() as u64;
        let (name, source) = (name.to_owned(), file.to_owned());
        Case { name, file: file.into(), source, bytes, rows, pieces: Vec::new(), record_bytes }
    }

    /// The case with its content, and so its rows, as those of `lines` one after the other.
    pub fn of_lines(name: &str, file: &str, lines: &[Line]) -> Case {
        let (bytes, rows, record_bytes) = lay_out(lines);
        let pieces = lines.iter().flat_map(|line| match &line.fate {
            Fate::Emitted(_, pieces) => pieces.clone(),
            _ => Vec::new(),
        });
        Case { pieces: pieces.collect(), record_bytes, ..Case::new(name, file, bytes, rows) }
    }

    /// The case stored in another way.
    pub fn stored(self, bytes: Vec<u8>) -> Case {
        Case { bytes, ..self }
    }

    /// The case with these rows after its own, which stand for this many bytes of input.
    pub fn and(mut self, row: Row) -> Case {
        if let Row::Rejected { length, .. } = row {
            self.record_bytes += length;
        }
        self.rows.push(row);
        self
    }
}

/// The bytes of lines, their rows, and how many bytes the rows stand for.
pub fn lay_out(lines: &[Line]) -> (Vec<u8>, Vec<Row>, u64) {
    let mut bytes = Vec::new();
    let mut rows = Vec::new();
    let mut record_bytes = 0;
    for line in lines {
        let (offset, length) = (bytes.len() as u64, line.bytes.len() as u64);
        match &line.fate {
            Fate::Emitted(text, _) => rows.push(Row::Emitted { offset, text: text.clone() }),
            Fate::Rejected(reason) => rows.push(rejected(reason, offset, length, &line.bytes)),
            Fate::Blank => {}
        }
        record_bytes += if matches!(line.fate, Fate::Blank) { 0 } else { length };
        bytes.extend_from_slice(&line.bytes);
    }
    (bytes, rows, record_bytes)
}

/// A sentence that nothing is wrong with, another for each number.
pub fn good_text(number: usize) -> String {
    format!("Boat {number} came in with the morning tide and was unloaded before noon.")
}

pub fn good(number: usize) -> Line {
    line("good", format!("{{\"text\":\"{}\"}}", good_text(number)), emitted(good_text(number)))
}

/// Options with which every text has one fate, whatever stands beside it.
pub const OPTIONS: [&str; 6] =
    ["--no-config", "-o", "out", "--set", "dedup.enabled=false", "--set=read.max_record_bytes=2 MiB"];

/// Runs the cases as one corpus and compares every row that comes out with those that must.
#[track_caller]
pub fn check(cases: &[Case], options: &[&str]) -> Folder {
    let folder = Folder::new();
    for case in cases {
        folder.put(std::path::Path::new("in").join(&case.file), &case.bytes);
    }
    if cases.is_empty() {
        std::fs::create_dir(folder.at("in")).unwrap();
    }
    let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    let run = folder.run(["run", "in"].iter().chain(&OPTIONS).chain(options));
    assert_eq!(run.code, 0, "{names:?}: {}", run.stderr);
    compare(cases, &folder);
    folder
}

/// Holds the output in a folder against the cases in it.
#[track_caller]
pub fn compare(cases: &[Case], folder: &Folder) {
    let mut wanted: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for case in cases {
        let mut rows = case.rows.clone();
        rows.sort();
        if !rows.is_empty() {
            wanted.insert(format!("in/{}", case.source), rows);
        }
    }
    let found = rows_of(folder);
    for case in cases {
        let source = format!("in/{}", case.source);
        let (wanted, found) = (wanted.get(&source), found.get(&source));
        let only_in = |these: Option<&Vec<Row>>, those: Option<&Vec<Row>>| -> Vec<Row> {
            let those = those.map_or(&[][..], Vec::as_slice);
            these.into_iter().flatten().filter(|row| !those.contains(row)).take(20).cloned().collect()
        };
        let (missing, unexpected) = (only_in(wanted, found), only_in(found, wanted));
        assert!(
            wanted == found,
            "{}: {}\nmissing:\n{missing:#?}\nunexpected:\n{unexpected:#?}",
            case.name,
            case.source
        );
    }
    assert_eq!(found.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>());
    let output = String::from_utf8(folder.read("out/shard-00000.jsonl")).unwrap();
    for piece in cases.iter().flat_map(|case| &case.pieces) {
        assert!(output.contains(piece.as_str()), "{piece} is not in {output}");
    }
    // What the program says of itself comes last.
    let summary = folder.summary("out");
    let of = |kind: &str, unit: &str| summary[kind][unit].as_u64().unwrap();
    let rows = || wanted.values().flatten();
    let n_emitted = rows().filter(|row| matches!(row, Row::Emitted { .. })).count() as u64;
    let n = rows().count() as u64;
    assert_eq!((of("read", "records"), of("emitted", "records"), of("dropped", "records")), (n, n_emitted, 0));
    assert_eq!(of("rejected", "records"), n - n_emitted);
    let bytes: u64 = cases.iter().map(|case| case.record_bytes).sum();
    assert_eq!(of("read", "bytes"), bytes);
    assert_eq!(of("emitted", "bytes") + of("rejected", "bytes"), bytes);
    assert_eq!(summary["conserved"], true);
}

/// Every row of the output and of `rejected.jsonl`, sorted, by source.
pub fn rows_of(folder: &Folder) -> BTreeMap<String, Vec<Row>> {
    let mut found: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for record in folder.shards("out") {
        let about = &record["textmill"];
        let row = Row::Emitted { offset: about["offset"].as_u64().unwrap(), text: str_of(&record, "text").to_owned() };
        found.entry(str_of(about, "source").to_owned()).or_default().push(row);
    }
    for rejection in parse_lines(&folder.read("out/rejected.jsonl")) {
        let number = |field: &str| rejection[field].as_u64().unwrap();
        let bytes = base64::engine::general_purpose::STANDARD.decode(str_of(&rejection, "bytes")).unwrap();
        let row = rejected(str_of(&rejection, "reason"), number("offset"), number("length"), &bytes);
        assert!(!str_of(&rejection, "detail").is_empty());
        found.entry(str_of(&rejection, "source").to_owned()).or_default().push(row);
    }
    assert_eq!(folder.read("out/dropped.jsonl"), b"");
    found.values_mut().for_each(|rows| rows.sort());
    found
}

/// The details of all rejections, by reason.
pub fn details(folder: &Folder) -> Vec<(String, String)> {
    let of = |rejection: &Value, field| str_of(rejection, field).to_owned();
    parse_lines(&folder.read("out/rejected.jsonl"))
        .iter()
        .map(|rejection| (of(rejection, "reason"), of(rejection, "detail")))
        .collect()
}

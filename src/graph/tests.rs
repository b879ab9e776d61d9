//! Panics in every stage that judges one record: the record is rejected, with its place and its bytes, and the rest goes on.

use std::path::Path;

use base64::Engine;
use serde_json::Value;

use super::*;
use crate::config::{CommandLine, ConfigSource, Input, KernelNames, Output};

/// The stages at which a text can have a panic, by the names of their fail points.
const STAGES: [&str; 5] = ["decode", "repair", "lines", "langid", "dedup"];

fn rows(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Runs everything over a folder of inputs and gives what it emitted, rejected and counted.
fn run_over(folder: &Path, threads: usize) -> (Vec<Value>, Vec<Value>, Ledger) {
    let out = folder.join(format!("out-{threads}"));
    let cli = CommandLine {
        inputs: vec![folder.join("in")],
        output: Some(out.clone()),
        threads: Some(threads),
        ..CommandLine::default()
    };
    let mut plan = Plan::load(&ConfigSource::BuiltIn, &[], &cli, &KernelNames::any()).unwrap();
    std::fs::create_dir_all(&out).unwrap();
    plan.emit.output = Output::Folder(out.clone());
    plan.emit.rejected = Some(out.join("rejected.jsonl"));
    plan.read.batch_bytes = 4 << 10;
    let kernels = Kernels::new(&plan).unwrap();
    let setting = Setting {
        roots: inputs::roots(&[Input::Path(folder.join("in"))]).unwrap(),
        judge: Judge::new(&plan, &kernels, "test").unwrap(),
        paragraphs: None,
        kernels,
        store: None,
        journal: None,
        checkpoint: None,
        stop: CancellationToken::new(),
        progress: Progress::new(crate::config::Progress::Never),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let finished = runtime.block_on(run(&plan, setting)).unwrap();
    (rows(&out.join("shard-00000.jsonl")), rows(&out.join("rejected.jsonl")), finished.books.ledger)
}

#[test]
fn a_panic_at_any_stage_costs_its_record_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    let good = |n: usize| format!("{{\"text\":\"Boat {n} of {} came in with the morning tide.\"}}\n", n * n);
    let bad = |stage: &str| format!("{{\"text\":\"The net holds a panic in {stage} this morning.\"}}\n");
    let mut lines = String::new();
    let mut places = Vec::new();
    for (n, stage) in STAGES.iter().enumerate() {
        lines += &(0..40).map(|i| good(100 * n + i)).collect::<String>();
        places.push(lines.len() as u64);
        lines += &bad(stage);
    }
    std::fs::write(folder.path().join("in/a.jsonl"), &lines).unwrap();
    // The same in documents that are files, one of them in another encoding.
    for stage in STAGES {
        let text = format!("Le caf\u{E9} est ferm\u{E9}; a panic in {stage} is to blame, dit-on.");
        std::fs::write(folder.path().join(format!("in/{stage}.txt")), &text).unwrap();
        let bytes: Vec<u8> = text.chars().map(|c| c as u8).collect();
        std::fs::write(folder.path().join(format!("in/{stage}-latin.txt")), bytes).unwrap();
    }
    std::fs::write(folder.path().join("in/zzz.txt"), "The last page is sound.").unwrap();

    let alone = run_over(folder.path(), 1);
    let (emitted, rejected, ledger) = &alone;
    assert_eq!(emitted.len(), 40 * STAGES.len() + 1);
    assert_eq!(rejected.len(), 3 * STAGES.len());
    assert!(ledger.is_balanced());
    for row in rejected {
        assert_eq!(row["reason"], "internal-panic", "{row}");
        assert!(row["detail"].as_str().unwrap().contains("fails as the test wants it"), "{row}");
    }
    for (stage, place) in STAGES.iter().zip(places) {
        let of_stage = |row: &&Value| row["source"] == "in/a.jsonl" && row["offset"] == place;
        let row = rejected.iter().find(of_stage).unwrap_or_else(|| panic!("{stage}: nothing at {place}"));
        assert_eq!(row["length"], bad(stage).len());
        let bytes = base64::engine::general_purpose::STANDARD.decode(row["bytes"].as_str().unwrap()).unwrap();
        assert!(String::from_utf8(bytes).unwrap().contains(&format!("panic in {stage}")));
    }
    let together = run_over(folder.path(), 4);
    assert_eq!((alone.0, alone.1), (together.0, together.1));
}

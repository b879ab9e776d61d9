//! The whole pipeline from files, by way of the public API: JSON lines plain and compressed, and a folder of documents.
//!
//! The text is the sample corpus, many times, each record with a line of its own so that it is no exact duplicate. What
//! the kernels take one by one is measured in `textmill-core`; what your own data takes, by `textmill bench`.

#![allow(missing_docs, reason = "criterion's macro makes a function without any")]

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use textmill::config::{CommandLine, ConfigSource, KernelNames, Output, Plan, Progress};
use textmill::graph::{self, Finished, Judge, Kernels, ParagraphJudge, Setting};
use textmill::io::inputs;
use tokio_util::sync::CancellationToken;

/// Records in each input: about 4 MB of text, some fifteen batches.
const RECORDS: usize = 2000;

/// Times `files/<form>/<workers>`.
fn files(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let records = records();
    let inputs = [
        ("jsonl", write_jsonl(folder.path(), &records)),
        ("jsonl.zst", write_compressed(folder.path(), &records)),
        ("plain", write_folder(folder.path(), &records)),
    ];
    let mut group = c.benchmark_group("files");
    group.sample_size(10);
    for (name, input) in &inputs {
        for threads in [1, 2] {
            let plan = plan(input, threads);
            let finished = run(&plan);
            let ledger = &finished.books.ledger;
            assert!(ledger.is_balanced() && ledger.found == RECORDS as u64);
            assert!(ledger.emitted.records > 0 && ledger.rejected_in_all().records == 0);
            group.throughput(Throughput::Bytes(ledger.input_bytes));
            group.bench_with_input(BenchmarkId::new(*name, threads), &plan, |b, plan| b.iter(|| black_box(run(plan))));
        }
    }
    group.finish();
}

/// The texts of the sample corpus in turn, each with its number in its last line.
fn records() -> Vec<String> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/plain");
    let roots = inputs::roots(&[textmill::config::Input::Path(samples)]).expect("the sample corpus");
    let texts: Vec<String> = inputs::walk(roots)
        .filter_map(|entry| match entry {
            inputs::Entry::File(inputs::InputFile { place: inputs::Place::Path(path), .. }) => {
                fs::read_to_string(path).ok()
            }
            _ => None,
        })
        .filter(|text| text.len() > 400)
        .collect();
    texts.iter().cycle().take(RECORDS).enumerate().map(|(i, text)| format!("{text}\n\n{i}\n")).collect()
}

fn jsonl(records: &[String]) -> Vec<u8> {
    let line = |text: &String| format!("{}\n", serde_json::json!({ "text": text }));
    records.iter().map(line).collect::<String>().into_bytes()
}

fn write_jsonl(folder: &Path, records: &[String]) -> PathBuf {
    let path = folder.join("records.jsonl");
    fs::write(&path, jsonl(records)).expect("room in the temporary folder");
    path
}

fn write_compressed(folder: &Path, records: &[String]) -> PathBuf {
    let path = folder.join("records.jsonl.zst");
    let bytes = zstd::bulk::compress(&jsonl(records), 3).expect("memory for zstd");
    fs::write(&path, bytes).expect("room in the temporary folder");
    path
}

fn write_folder(folder: &Path, records: &[String]) -> PathBuf {
    let path = folder.join("plain");
    fs::create_dir(&path).expect("a new folder");
    for (i, text) in records.iter().enumerate() {
        fs::write(path.join(format!("{i:05}.txt")), text).expect("room in the temporary folder");
    }
    path
}

/// The built-in defaults, with the output thrown away.
fn plan(input: &Path, threads: usize) -> Plan {
    let cli = CommandLine { inputs: vec![input.to_owned()], threads: Some(threads), ..CommandLine::default() };
    let mut plan =
        Plan::load(&ConfigSource::BuiltIn, &[], &cli, &KernelNames::any()).expect("the built-in configuration");
    plan.emit.output = Output::File(PathBuf::from("/dev/null"));
    plan.run.progress = Progress::Never;
    plan
}

fn run(plan: &Plan) -> Finished {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("threads for the runtime");
    let roots = inputs::roots(&plan.read.inputs).expect("the input");
    let kernels = Kernels::new(plan).expect("the built-in configuration");
    let progress = textmill::progress::Progress::new(Progress::Never);
    let stop = CancellationToken::new();
    let judge = Judge::new(plan, &kernels, "bench").expect("the built-in configuration");
    let paragraphs = ParagraphJudge::new(plan, &kernels, "bench").expect("the built-in configuration");
    let setting =
        Setting { roots, kernels, store: None, journal: None, checkpoint: None, judge, paragraphs, stop, progress };
    runtime.block_on(graph::run(plan, setting)).expect("a run")
}

criterion_group!(benches, files);
criterion_main!(benches);

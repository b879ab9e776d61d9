//! The figures that pages state, made again with one command each.
//!
//! * [`write_corpus`]: the corpus of 4 MB that versions are compared on;
//! * [`instructions`]: instructions that the stages take on it, by callgrind;
//! * [`table`]: throughput of the whole stream on prose of one's own, by script, damage, encoding and compression.

mod corpus;
mod inputs;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

type Failure = Box<dyn std::error::Error>;

/// Runs of which the fastest counts.
const RUNS: usize = 3;

/// `corpus FILE`: writes the corpus as JSON lines.
pub fn write_corpus(args: &[String]) -> Result<(), Failure> {
    let [path] = args else { return Err("usage: cargo xtask corpus FILE.jsonl".into()) };
    std::fs::write(path, corpus::jsonl(&corpus::corpus()))?;
    Ok(())
}

/// Each stage switched off in turn; what is missing then is what the stage takes.
const STAGES: [(&str, &[&str]); 3] =
    [("repair", &["repair.enabled=false"]), ("langid", &["langid.enabled=false"]), ("dedup", &["dedup.enabled=false"])];

/// `instructions [TEXTMILL]`: instructions a byte that a run over the corpus takes, in all and by stage.
pub fn instructions(args: &[String]) -> Result<(), Failure> {
    let textmill = program(args.first());
    let folder = tempfile::tempdir()?;
    let input = folder.path().join("corpus.jsonl");
    let bytes = corpus::jsonl(&corpus::corpus());
    std::fs::write(&input, &bytes)?;
    let empty = folder.path().join("empty.jsonl");
    std::fs::write(&empty, "{\"text\":\"\"}\n")?;
    let count = |input: &Path, settings: &[&str]| counted(&textmill, input, settings, folder.path());
    let start = count(&empty, &[])?;
    let all = count(&input, &[])? - start;
    println!("| stage | million instructions | a byte |\n|---|---|---|");
    let row = |name: &str, count: u64| {
        println!("| {name} | {:.1} | {:.2} |", count as f64 / 1e6, count as f64 / bytes.len() as f64);
    };
    row("all", all);
    let mut rest = all;
    for (stage, settings) in STAGES {
        let without = count(&input, settings)? - count(&empty, settings)?;
        row(stage, all.saturating_sub(without));
        rest = rest.saturating_sub(all.saturating_sub(without));
    }
    row("read, decode, emit and the graph", rest);
    row("start of the program, once", start);
    Ok(())
}

/// Instructions of one run, all threads.
fn counted(textmill: &Path, input: &Path, settings: &[&str], folder: &Path) -> Result<u64, Failure> {
    let out = folder.join("callgrind.out");
    let mut command = Command::new("valgrind");
    command.arg("--tool=callgrind").arg(format!("--callgrind-out-file={}", out.display())).arg(textmill);
    command.args(["run", "--no-config", "--threads", "1", "--progress", "never", "-o", "/dev/null"]).arg(input);
    for setting in settings {
        command.args(["--set", setting]);
    }
    let output = command.output().map_err(|error| format!("valgrind: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let collected = said.lines().find_map(|line| line.split_once("Collected : "));
    let total = collected.and_then(|(_, counts)| counts.split_whitespace().next()?.parse().ok());
    total.ok_or_else(|| format!("callgrind gave no count: {said}").into())
}

/// `figures PROSE.jsonl [TEXTMILL]`: the table of throughput, on lines `{"text"}` with several scripts among them.
pub fn table(args: &[String]) -> Result<(), Failure> {
    let [prose, rest @ ..] = args else {
        return Err("usage: cargo xtask figures PROSE.jsonl [TEXTMILL]".into());
    };
    let textmill = program(rest.first());
    let folder = tempfile::tempdir()?;
    println!(
        "| input | settings | MB | wall, MB/s | processor, MB/s | peak, MB | index, MB |\n|---|---|---|---|---|---|---|"
    );
    let prose = PathBuf::from(prose);
    let off = ["--set", "langid.enabled=false", "--set", "repair.enabled=false"];
    let show = |name: &str, input: &Path, what: &str, options: &[&str]| -> Result<(), Failure> {
        let run = fastest(&textmill, input, options, folder.path())?;
        println!(
            "| {name} | {what} | {:.1} | {:.0} | {:.0} | {:.0} | {:.1} |",
            run.bytes / 1e6,
            run.bytes / 1e6 / run.wall,
            run.bytes / 1e6 / run.busy,
            run.peak / 1e6,
            run.index / 1e6
        );
        Ok(())
    };
    show("prose", &prose, "everything on, 1 thread", &["--threads", "1"])?;
    show("prose", &prose, "everything on, 2 threads", &["--threads", "2"])?;
    show("prose", &prose, "dedup alone", &[&["--threads", "1"][..], &off].concat())?;
    show("prose", &prose, "nothing on", &[&["--threads", "1", "--set", "dedup.enabled=false"][..], &off].concat())?;
    for (name, input) in inputs::make(&prose, folder.path())? {
        let mut options = vec!["--threads", "1"];
        if name.contains("zstd") {
            options.extend(["--set", "emit.compression=zstd", "--set", "emit.compression_level=1"]);
        }
        show(&name, &input, "everything on", &options)?;
        if input.is_dir() {
            std::fs::remove_dir_all(&input)?;
        } else {
            std::fs::remove_file(&input)?;
        }
    }
    let large = inputs::repeated(&prose, 1_000_000_000, folder.path())?;
    show("1 GB", &large, "everything on, 2 threads", &["--threads", "2"])?;
    Ok(())
}

struct Run {
    bytes: f64,
    wall: f64,
    /// Seconds of processor time of all stages.
    busy: f64,
    peak: f64,
    index: f64,
}

fn fastest(textmill: &Path, input: &Path, options: &[&str], folder: &Path) -> Result<Run, Failure> {
    let summary = folder.join("summary.json");
    let mut best: Option<Run> = None;
    for _ in 0..RUNS {
        let mut command = Command::new(textmill);
        command.args(["run", "--no-config", "--progress", "never", "-o", "/dev/null", "--summary"]).arg(&summary);
        let output = command.args(options).arg(input).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        let told: Value = serde_json::from_slice(&std::fs::read(&summary)?)?;
        let number = |value: &Value| value.as_f64().unwrap_or_default();
        let stages = told["stages"].as_object().into_iter().flat_map(|stages| stages.values());
        let run = Run {
            bytes: number(&told["read"]["bytes"]),
            wall: number(&told["elapsed_s"]),
            busy: stages.map(|stage| number(&stage["seconds"])).sum(),
            peak: number(&told["peak_rss_bytes"]),
            index: number(&told["index_bytes"]),
        };
        // The processor time is disturbed least by what else runs.
        if best.as_ref().is_none_or(|best| run.busy < best.busy) {
            best = Some(run);
        }
    }
    best.ok_or_else(|| "no run".into())
}

fn program(arg: Option<&String>) -> PathBuf {
    arg.map_or_else(|| PathBuf::from("target/release/textmill"), PathBuf::from)
}

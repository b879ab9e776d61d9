//! Faults of the world around a run, a row each: the disk is full, a device fails, a folder is gone, a right is missing.
//!
//! Whatever the fault: the message names the path and the cure, the exit code says that the run failed, what stands under
//! a file's own name is whole, and once the fault is gone `--resume` goes on to the bytes of an undisturbed run.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::books;
use crate::corpus::{Corpus, corpus};
use crate::harness::{self, Run};
use crate::scenario::{ALL, SHARDS, Scenario, has_journal, is_sound_so_far, output};
use crate::ways::{MOUNTS, TRACES, fails_in_a_write, injected, lacks, on_a_small_disk, under, without_privileges};

/// How a fault is brought about.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// The output lies on a file system of this size.
    Disk(&'static str),
    /// No file may grow beyond so many blocks of 512 bytes.
    Blocks(usize),
    /// This error of these calls, from this one on.
    Calls(&'static str, &'static str, &'static str),
}

/// A fault in the middle of a run, and what the message must hold.
struct Fault {
    name: &'static str,
    scenario: Scenario,
    way: Way,
    says: &'static [&'static str],
}

const FREE: &str = "free some space";
const RESUME: &str = "--resume";

/// Faults of the output.
fn faults() -> Vec<Fault> {
    let corpus_scope = ALL[6];
    let fault = |name, scenario, way, says| Fault { name, scenario, way, says };
    vec![
        fault("the disk fills up", SHARDS, Way::Disk("400k"), &["No space left", "out/", FREE, RESUME]),
        fault("a disk for the journal alone", SHARDS, Way::Disk("24k"), &["No space left", "out/", FREE]),
        fault("the disk fills up under one file", ALL[2], Way::Disk("400k"), &["No space left", "out/", FREE, RESUME]),
        fault("the disk fills up, compressed", ALL[1], Way::Disk("120k"), &["No space left", "out/", FREE]),
        fault(
            "the disk fills up while the corpus waits",
            corpus_scope,
            Way::Disk("300k"),
            &["No space left", "out", FREE],
        ),
        fault("a file grows too large", SHARDS, Way::Blocks(200), &["File too large", "out/", "ulimit -f"]),
        fault("no file can be begun", SHARDS, Way::Blocks(1), &["File too large", "out/.textmill", "ulimit -f"]),
        fault(
            "data cannot be put on disk",
            SHARDS,
            Way::Calls("fsync,fdatasync", "error=EIO", "6+"),
            &["Input/output error", "out/", RESUME],
        ),
        fault(
            "a file cannot be given its name",
            SHARDS,
            Way::Calls("rename,renameat,renameat2", "error=EACCES", "2+"),
            &["Permission denied", "out/shard-", RESUME],
        ),
    ]
}

fn is_possible(way: Way) -> bool {
    match way {
        Way::Disk(_) => *MOUNTS,
        Way::Blocks(_) => true,
        Way::Calls(..) => *TRACES,
    }
}

fn harmed(corpus: &Corpus, scenario: Scenario, way: Way) -> Run {
    let command = corpus.folder.command(scenario.arguments(&["--threads=2"]));
    let mut command: Command = match way {
        Way::Disk(size) => {
            std::fs::create_dir_all(corpus.folder.at("out")).unwrap();
            on_a_small_disk(&command, &corpus.folder.at("out"), size, "")
        }
        Way::Blocks(blocks) => fails_in_a_write(&command, blocks),
        Way::Calls(calls, what, when) => injected(&command, calls, what, when, None),
    };
    harness::finished(command.spawn().unwrap())
}

/// Runs every fault on a corpus of this seed and returns how many there were.
pub fn survives_every_fault(seed: u64) -> usize {
    let mut wanted: BTreeMap<&str, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
    let corpus = corpus(seed, 600);
    let mut n = 0;
    for Fault { name, scenario, way, says } in faults() {
        if !is_possible(way) {
            lacks(name);
            continue;
        }
        std::fs::remove_dir_all(corpus.folder.at("out")).ok();
        let wanted = wanted.entry(scenario.name).or_insert_with(|| {
            corpus.folder.run(scenario.arguments(&[])).ended_with(0);
            output(&corpus)
        });
        std::fs::remove_dir_all(corpus.folder.at("out")).ok();
        let run = harmed(&corpus, scenario, way);
        assert_eq!(run.code, 2, "{name}: {}", run.stderr);
        for words in says {
            assert!(run.stderr.contains(words), "{name}: nothing of {words:?} in {}", run.stderr);
        }
        assert!(!run.stderr.contains("panicked"), "{name}: {}", run.stderr);
        is_sound_so_far(&scenario, &output(&corpus), wanted);
        let how: &[&str] = if has_journal(&corpus) { &["--resume"] } else { &[] };
        assert!(!says.contains(&RESUME) || has_journal(&corpus), "{name}: nothing to resume");
        corpus.folder.run(scenario.arguments(how)).ended_with(0);
        assert!(output(&corpus) == *wanted, "{name}: other bytes after the fault");
        if scenario.has_records() {
            books::balance(&corpus.folder, &[]);
        }
        std::fs::remove_dir_all(corpus.folder.at("out.left")).ok();
        n += 1;
    }
    n
}

#[test]
fn a_fault_of_the_output_is_named_and_harms_nothing_that_stands() {
    let n = survives_every_fault(31);
    println!("{n} faults");
}

#[test]
fn a_side_file_on_a_full_disk_ends_the_run_and_is_named() {
    let corpus = corpus(32, 60);
    for side in ["--dropped", "--rejected", "--summary"] {
        let run = corpus.folder.run(SHARDS.arguments(&[side, "/dev/full"])).ended_with(2);
        assert!(run.stderr.contains("cannot write `/dev/full`: No space left"), "{side}: {}", run.stderr);
        assert!(run.stderr.contains(FREE), "{side}: {}", run.stderr);
        std::fs::remove_dir_all(corpus.folder.at("out")).unwrap();
    }
}

#[test]
fn standard_output_on_a_full_disk_ends_the_run_and_is_named() {
    let corpus = corpus(33, 60);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = corpus.folder.command(["run", "in", "-o", "-", "--no-config"]);
    let run = harness::finished(command.stdout(full).spawn().unwrap()).ended_with(2);
    assert!(run.stderr.contains("cannot write `standard output`: No space left"), "{}", run.stderr);
    assert!(!run.stderr.contains(RESUME), "what cannot be resumed: {}", run.stderr);
}

#[test]
fn a_file_that_cannot_be_read_to_its_end_gives_what_it_held_and_the_rest_goes_on() {
    if !*TRACES {
        return lacks("a tracer");
    }
    let corpus = corpus(34, 2000);
    let path = corpus.folder.at("in/a.jsonl");
    for when in ["1+", "4+"] {
        let command = corpus.folder.command(SHARDS.arguments(&[]));
        let run = harness::finished(injected(&command, "read", "error=EIO", when, Some(&path)).spawn().unwrap());
        let run = run.ended_with(0);
        assert!(run.stderr.contains("Input/output error"), "{when}: {}", run.stderr);
        books::balance(&corpus.folder, &["in/a.jsonl"]);
        let rejected = corpus.folder.records("out/rejected.jsonl");
        let fault = rejected.iter().find(|row| row["reason"] == "read-error").expect("a rejection says why");
        assert_eq!(fault["source"], "in/a.jsonl");
        let of_it = |row: &&serde_json::Value| row["textmill"]["source"] == "in/a.jsonl";
        let n_emitted = corpus.folder.shards("out").iter().filter(of_it).count();
        assert_eq!(n_emitted > 0, when == "4+", "{when}: {n_emitted} records before the fault");
    }
}

#[test]
fn an_output_folder_that_goes_away_ends_the_run_and_is_named() {
    let corpus = corpus(35, 3000);
    for scenario in [SHARDS, ALL[2], ALL[4], ALL[6]] {
        let mut child = corpus.folder.command(scenario.arguments(&["--threads=1"])).spawn().unwrap();
        let begun = Instant::now();
        while !has_journal(&corpus) && begun.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(150));
        if child.try_wait().unwrap().is_some() {
            // On a fast machine the run may be done by then.
            harness::finished(child).ended_with(0);
            continue;
        }
        // Files come while they are taken away.
        while std::fs::remove_dir_all(corpus.folder.at("out")).is_err() {}
        let run = harness::finished(child).ended_with(2);
        assert!(run.stderr.contains("out"), "{}: {}", scenario.name, run.stderr);
        assert!(run.stderr.contains("was removed"), "{}: {}", scenario.name, run.stderr);
        std::fs::remove_dir_all(corpus.folder.at("out")).ok();
    }
}

#[test]
fn where_nothing_may_be_written_nothing_is_read() {
    let corpus = corpus(36, 20);
    std::fs::create_dir(corpus.folder.at("closed")).unwrap();
    std::fs::set_permissions(corpus.folder.at("closed"), std::fs::Permissions::from_mode(0o555)).unwrap();
    let to = |output: &'static str| corpus.folder.command(["run", "in", "--no-config", "-o", output]);
    let mut rows = vec![("a file in the way", Some(to("in/a.jsonl/out/")), "in/a.jsonl")];
    rows.push(("no right to write", without_privileges(&to("closed/out/")), "closed/out"));
    if *MOUNTS {
        let command = on_a_small_disk(&to("fixed/out/"), &corpus.folder.at("fixed"), "64k", ",ro");
        std::fs::create_dir(corpus.folder.at("fixed")).unwrap();
        rows.push(("a disk that is read alone", Some(command), "fixed/out"));
    }
    for (name, command, path) in rows {
        let Some(mut command) = command else {
            lacks(name);
            continue;
        };
        let run = harness::finished(command.spawn().unwrap()).ended_with(2);
        assert!(run.stderr.contains(path), "{name}: {}", run.stderr);
        assert!(run.stderr.contains("choose another place with --output"), "{name}: {}", run.stderr);
    }
}

#[test]
fn too_few_open_files_are_named_with_their_cure() {
    let corpus = corpus(37, 200);
    let parted = ALL[4];
    let mut named = 0;
    // From too few to start with up to enough.
    for n in (8..80).step_by(2) {
        let limit = format!("ulimit -n {n}; exec \"$0\" \"$@\"");
        let command = corpus.folder.command(parted.arguments(&["--threads=2"]));
        let run = harness::finished(under(&command, &["sh", "-c", &limit]).spawn().unwrap());
        if run.code == 0 {
            break;
        }
        assert!(!run.stderr.contains("panicked"), "{n}: {}", run.stderr);
        assert!(run.code == 2 && run.stderr.contains("ulimit"), "{n}: {}", run.stderr);
        named += usize::from(run.stderr.contains("out/") && run.stderr.contains("ulimit -n"));
        std::fs::remove_dir_all(corpus.folder.at("out")).ok();
    }
    assert!(named > 0);
}

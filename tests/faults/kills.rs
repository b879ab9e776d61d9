//! Being killed at any moment: between two statements, inside a write, at a rename. What is left is sound, and
//! `--resume` goes on from it to the bytes of an undisturbed run.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::books;
use crate::corpus::{Corpus, Numbers, corpus};
use crate::harness::{self, Run, signal};
use crate::scenario::{ALL, SHARDS, Scenario, has_journal, is_sound_so_far, output};
use crate::ways::{TRACES, injected, killed_in_a_write};

/// How a process came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kill {
    /// SIGKILL at a moment.
    Moment,
    /// SIGTERM at a moment.
    Stop,
    /// Inside a write, some of whose bytes are in the file.
    Write,
    /// On entering a system call that changes or syncs files.
    Call,
}

/// What was done to runs, and what came of it.
#[derive(Default, Debug)]
pub struct Count {
    pub kills: BTreeMap<Kill, usize>,
    pub resumed: usize,
    pub rounds: usize,
    pub records: usize,
}

/// The calls at which a run is killed, and about how many of each its busiest thread makes: a tracer counts by thread.
const CALLS: [(&str, usize); 4] = [
    ("rename,renameat,renameat2", 5),
    ("fsync,fdatasync", 16),
    ("write", 30),
    ("ftruncate,unlink,unlinkat,mkdir,rmdir", 5),
];

/// One kind of run over one corpus, and the bytes that it must come to.
pub struct Undisturbed {
    scenario: Scenario,
    corpus: Corpus,
    wanted: BTreeMap<String, Vec<u8>>,
    took: Duration,
}

impl Undisturbed {
    pub fn new(scenario: Scenario, seed: u64, kilobytes: usize) -> Undisturbed {
        let corpus = corpus(seed, kilobytes);
        let start = Instant::now();
        corpus.folder.run(scenario.arguments(&["--threads=2"])).ended_with(0);
        let took = start.elapsed();
        let wanted = output(&corpus);
        assert!(wanted.len() > 2, "{:?}", wanted.keys());
        Undisturbed { scenario, corpus, wanted, took }
    }

    /// Kills runs until one comes to its end, at most `most` times, and compares what that leaves.
    pub fn survives_a_round(&self, most: usize, numbers: &mut Numbers, count: &mut Count) {
        let Undisturbed { scenario, corpus, wanted, .. } = self;
        std::fs::remove_dir_all(corpus.folder.at("out")).unwrap();
        let (mut resume, mut kills) = (false, 0);
        loop {
            let threads = ["--threads=1", "--threads=2"][numbers.below(2)];
            let how: &[&str] = if resume { &["--resume", threads] } else { &[threads] };
            let command = corpus.folder.command(scenario.arguments(how));
            let (kill, ended) = if kills < most {
                let kill = [Kill::Moment, Kill::Moment, Kill::Stop, Kill::Write, Kill::Call][numbers.below(5)];
                (Some(kill), self.killed(command, kill, numbers))
            } else {
                (None, harness::finished({ command }.spawn().unwrap()))
            };
            if ended.code == 0 {
                break;
            }
            let stopped = ended.stderr.contains("stopped by a signal");
            let nothing = ended.stderr.contains("nothing to resume");
            assert!(ended.code == -1 || stopped || nothing, "{}: {kill:?}: {}", scenario.name, ended.stderr);
            kills += 1;
            if let Some(kill) = kill.filter(|_| !nothing) {
                *count.kills.entry(kill).or_default() += 1;
            }
            if corpus.folder.at("out").exists() {
                is_sound_so_far(scenario, &output(corpus), wanted);
            }
            // Before its journal there is nothing of a run; it begins anew.
            resume = has_journal(corpus);
            count.resumed += usize::from(resume);
        }
        let left = output(corpus);
        assert_eq!(left.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "{}", scenario.name);
        for (name, bytes) in &left {
            assert!(*bytes == wanted[name], "{}: {name} differs after a kill", scenario.name);
        }
        count.rounds += 1;
        if scenario.has_records() {
            count.records += books::balance(&corpus.folder, &[]);
        }
    }

    fn killed(&self, mut command: Command, kill: Kill, numbers: &mut Numbers) -> Run {
        match kill {
            Kill::Write => {
                // The largest file of an undisturbed run, and the blocks that a process may write of one.
                let most = self.wanted.values().map(Vec::len).max().unwrap_or_default() / 512;
                harness::finished(killed_in_a_write(&command, 1 + numbers.below(most.max(1))).spawn().unwrap())
            }
            Kill::Call if *TRACES => {
                let (calls, n) = CALLS[numbers.below(CALLS.len())];
                let when = (1 + numbers.below(n)).to_string();
                harness::finished(injected(&command, calls, "signal=KILL", &when, None).spawn().unwrap())
            }
            Kill::Moment | Kill::Stop | Kill::Call => {
                let mut child = command.spawn().unwrap();
                let moment = self.took * numbers.below(900) as u32 / 1000;
                let begun = Instant::now();
                while child.try_wait().unwrap().is_none() && begun.elapsed() < moment {
                    std::thread::sleep(Duration::from_millis(1));
                }
                if child.try_wait().unwrap().is_none() {
                    signal(&child, if kill == Kill::Stop { "TERM" } else { "KILL" });
                }
                harness::finished(child)
            }
        }
    }
}

fn survives(scenario: Scenario, seed: u64, kilobytes: usize, n_rounds: usize) {
    let undisturbed = Undisturbed::new(scenario, seed, kilobytes);
    let mut numbers = Numbers::new(seed);
    let mut count = Count::default();
    for _ in 0..n_rounds {
        undisturbed.survives_a_round(4, &mut numbers, &mut count);
    }
    println!("{}: {count:?}", scenario.name);
}

#[test]
fn a_run_that_is_killed_goes_on_to_the_same_bytes() {
    survives(SHARDS, 11, 900, 4);
}

#[test]
fn so_does_every_other_kind_of_run() {
    for (scenario, seed) in ALL.into_iter().skip(1).zip(12..) {
        survives(scenario, seed, 400, 2);
    }
}

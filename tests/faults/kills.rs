//! Being killed at any moment: between two statements, inside a write, at a rename. What is left is sound, and
//! `--resume` goes on from it to the bytes of an undisturbed run.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::books;
use crate::corpus::{Corpus, Numbers, corpus};
use crate::harness::{self, Run, signal};
use crate::kept_index::KeptIndex;
use crate::scenario::{ALL, SHARDS, Scenario, has_journal, is_done, is_sound_so_far, output};
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
    /// The same, at a file of an index that stays.
    Index,
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

/// The calls at which a run is killed that touch a file of its index.
const INDEX_CALLS: &str = "openat,write,pwrite64,fsync,rename,renameat,renameat2,unlink,unlinkat";

/// Ways to be killed, each as often as it stands here; the last three where there is an index.
const WAYS: [Kill; 8] =
    [Kill::Moment, Kill::Moment, Kill::Stop, Kill::Write, Kill::Call, Kill::Index, Kill::Index, Kill::Index];

/// One kind of run over one corpus, and the bytes that it must come to.
pub struct Undisturbed {
    scenario: Scenario,
    corpus: Corpus,
    wanted: BTreeMap<String, Vec<u8>>,
    index: Option<KeptIndex>,
    took: Duration,
}

impl Undisturbed {
    pub fn new(scenario: Scenario, seed: u64, kilobytes: usize) -> Undisturbed {
        let corpus = corpus(seed, kilobytes);
        let mut index = scenario.keeps_index().then(|| KeptIndex::begin(&corpus.folder, &scenario));
        let start = Instant::now();
        corpus.folder.run(scenario.arguments(&["--threads=2"])).ended_with(0);
        let took = start.elapsed();
        let wanted = output(&corpus);
        assert!(wanted.len() > 2, "{:?}", wanted.keys());
        if let Some(index) = &mut index {
            index.note_what_it_comes_to(&corpus.folder);
        }
        Undisturbed { scenario, corpus, wanted, index, took }
    }

    /// Kills runs until one comes to its end, at most `most` times, and compares what that leaves.
    pub fn survives_a_round(&self, most: usize, numbers: &mut Numbers, count: &mut Count) {
        let Undisturbed { scenario, corpus, wanted, .. } = self;
        std::fs::remove_dir_all(corpus.folder.at("out")).unwrap();
        if let Some(index) = &self.index {
            index.put_back(&corpus.folder);
        }
        let (mut resume, mut kills, mut leaves_hidden_files) = (false, 0, false);
        loop {
            let threads = ["--threads=1", "--threads=2"][numbers.below(2)];
            let how: &[&str] = if resume { &["--resume", threads] } else { &[threads] };
            let command = corpus.folder.command(scenario.arguments(how));
            let (kill, ended) = if kills < most {
                let n_ways = if self.index.is_some() { 8 } else { 5 };
                let kill = WAYS[numbers.below(n_ways)];
                (Some(kill), self.killed(command, kill, numbers))
            } else {
                (None, harness::finished({ command }.spawn().unwrap()))
            };
            println!("{}: {kill:?} with {how:?}, ended with {}", scenario.name, ended.code);
            if ended.code == 0 {
                break;
            }
            if is_done(corpus) {
                // Killed when nothing was left to do but to take away what only it needs.
                leaves_hidden_files = true;
                *count.kills.entry(kill.unwrap_or(Kill::Moment)).or_default() += 1;
                break;
            }
            let stopped = ended.stderr.contains("stopped by a signal");
            let nothing = ended.stderr.contains("nothing to resume");
            assert!(ended.code == -1 || stopped || nothing, "{}: {kill:?}: {}", scenario.name, ended.stderr);
            kills += 1;
            if let Some(kill) = kill.filter(|_| !nothing) {
                *count.kills.entry(kill).or_default() += 1;
            }
            if let Some(index) = &self.index {
                index.is_as_before_or_whole(&corpus.folder);
            }
            if corpus.folder.at("out").exists() {
                is_sound_so_far(scenario, &output(corpus), wanted);
            }
            // Before its journal there is nothing of a run; it begins anew.
            resume = has_journal(corpus);
            count.resumed += usize::from(resume);
        }
        let mut left = output(corpus);
        left.retain(|name, _| !leaves_hidden_files || !name.split('/').any(|part| part.starts_with('.')));
        assert_eq!(left.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "{}", scenario.name);
        for (name, bytes) in &left {
            assert!(*bytes == wanted[name], "{}: {name} differs after a kill", scenario.name);
        }
        if let Some(index) = &self.index {
            index.is_whole(&corpus.folder);
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
            Kill::Index if *TRACES && self.index.is_some() => {
                let paths = self.index.as_ref().map(|index| index.files(&self.corpus.folder)).unwrap_or_default();
                let path = &paths[numbers.below(paths.len())];
                let when = (1 + numbers.below(3)).to_string();
                harness::finished(injected(&command, INDEX_CALLS, "signal=KILL", &when, Some(path)).spawn().unwrap())
            }
            Kill::Moment | Kill::Stop | Kill::Call | Kill::Index => {
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
    // A moment may be too late, and a call may never come: a few rounds more until there were as many kills as rounds,
    // and one at the index where there is one.
    let is_enough = |count: &Count| {
        let at_index = scenario.keeps_index() && *TRACES;
        count.kills.values().sum::<usize>() >= n_rounds && (!at_index || count.kills.contains_key(&Kill::Index))
    };
    while count.rounds < n_rounds || (!is_enough(&count) && count.rounds < 6 * n_rounds) {
        undisturbed.survives_a_round(4, &mut numbers, &mut count);
    }
    assert!(!count.kills.is_empty(), "{}: no run was killed", scenario.name);
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

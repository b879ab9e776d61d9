//! An index that stays: as it was before a run, or with the whole run in it, whenever the run is killed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use crate::harness::{Folder, record, tree};
use crate::scenario::Scenario;

/// Short records beside the corpus: as many as make an index of 1 MiB outgrow its memory in the middle of a run.
const N_SHORT: usize = 7000;
/// Records that an earlier run kept.
const N_EARLIER: usize = 600;

/// The folder `seen`: its files before a run, and what the run makes of it.
pub struct KeptIndex {
    before: BTreeMap<String, Vec<u8>>,
    after: BTreeMap<String, Vec<u8>>,
    rows: [Value; 2],
}

impl KeptIndex {
    /// Puts more records into the corpus and has an earlier run keep some of them.
    pub fn begin(folder: &Folder, scenario: &Scenario) -> KeptIndex {
        let short = |range: std::ops::Range<usize>| range.map(short_record).collect::<String>();
        folder.put("in/short.jsonl", short(N_EARLIER / 2..N_EARLIER / 2 + N_SHORT));
        folder.put("earlier.jsonl", short(0..N_EARLIER));
        folder.run(scenario.earlier_arguments()).ended_with(0);
        let rows = rows(folder);
        KeptIndex { before: tree(&folder.at("seen")), after: BTreeMap::new(), rows: [rows.clone(), rows] }
    }

    /// Notes what an undisturbed run has made of it.
    pub fn note_what_it_comes_to(&mut self, folder: &Folder) {
        self.after = tree(&folder.at("seen"));
        self.rows[1] = rows(folder);
        assert_ne!(self.rows[0], self.rows[1], "nothing was added to the index");
    }

    /// Makes it what it was before.
    pub fn put_back(&self, folder: &Folder) {
        std::fs::remove_dir_all(folder.at("seen")).unwrap();
        for (name, bytes) in &self.before {
            folder.put(format!("seen/{name}"), bytes);
        }
    }

    /// Every file that a run may write.
    pub fn files(&self, folder: &Folder) -> Vec<PathBuf> {
        let names: BTreeSet<&str> = self.after.keys().map(String::as_str).collect();
        // Those that are written in the middle and merged before the end have numbers too.
        let own = names.into_iter().chain(["manifest.part", "segment-000002-0001", "segment-000002-0002"]);
        own.filter(|name| *name != "lock").map(|name| folder.at("seen").join(name)).collect()
    }

    /// Every byte of it is sound, and it holds the whole run or nothing of it.
    #[track_caller]
    pub fn is_as_before_or_whole(&self, folder: &Folder) {
        let now = rows(folder);
        assert!(self.rows.contains(&now), "a part of a run is in the index: {now}");
    }

    /// It is as an undisturbed run leaves it, to the byte; but the manifest, which tells the run by a name of its own.
    #[track_caller]
    pub fn is_whole(&self, folder: &Folder) {
        assert_eq!(rows(folder), self.rows[1]);
        let now = tree(&folder.at("seen"));
        assert_eq!(now.keys().collect::<Vec<_>>(), self.after.keys().collect::<Vec<_>>());
        for (name, bytes) in now.iter().filter(|(name, _)| *name != "manifest") {
            assert!(*bytes == self.after[name], "seen/{name} is another than after an undisturbed run");
        }
    }
}

/// The fingerprint of what is in the index, after every byte of it was read.
#[track_caller]
fn rows(folder: &Folder) -> Value {
    let told = folder.run(["index", "info", "seen"]).ended_with(0);
    let row = told.text().lines().find(|line| line.starts_with("rows")).expect("rows are told");
    Value::from(row)
}

/// A record of a few words, like no other.
fn short_record(n: usize) -> String {
    let word = |i: usize| {
        format!("{}{}", ["tide", "harbour", "lamp", "keeper", "winter"][(n + i) % 5], (n + 1) * (i + 3) % 9973)
    };
    record(&format!("short-{n}"), &(0..9).map(word).collect::<Vec<_>>().join(" "))
}

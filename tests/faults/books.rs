//! The books, kept by another: every record of the input is found here by plain means, and looked up in the output.
//!
//! Nothing of the program is used, and what its summary says is looked at last.

use std::collections::BTreeMap;

use crate::harness::{Folder, parse_lines, str_of, tree, unpacked};

/// Where a record lies: its source, and its offset there without compression.
pub type Place = (String, u64);

/// Every record in a folder of inputs and its bytes: a line of JSON that is not blank, a document that is not empty.
pub fn of_input(folder: &Folder, input: &str) -> BTreeMap<Place, u64> {
    let mut records = BTreeMap::new();
    for (name, stored) in tree(&folder.at(input)) {
        let source = format!("{input}/{name}");
        let bytes = unpacked(&name, &stored);
        if !name.contains(".jsonl") {
            if !bytes.is_empty() {
                records.insert((source, 0), bytes.len() as u64);
            }
            continue;
        }
        let mut offset = 0;
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            if !line.trim_ascii().is_empty() {
                records.insert((source.clone(), offset), line.len() as u64);
            }
            offset += line.len() as u64;
        }
    }
    records
}

/// Where the records of an output folder came from, by what became of them.
pub fn of_output(folder: &Folder, output: &str) -> [Vec<Place>; 3] {
    let place = |row: &serde_json::Value| (str_of(row, "source").to_owned(), row["offset"].as_u64().unwrap());
    let [mut emitted, mut dropped, mut rejected] = [Vec::new(), Vec::new(), Vec::new()];
    for (name, bytes) in tree(&folder.at(output)) {
        let rows = || parse_lines(&unpacked(&name, &bytes));
        let file = name.rsplit('/').next().unwrap_or(&name);
        if file.ends_with("dropped.jsonl") {
            dropped.extend(rows().iter().map(place));
        } else if file.ends_with("rejected.jsonl") {
            rejected.extend(rows().iter().map(place));
        } else if file.contains(".jsonl") {
            emitted.extend(rows().iter().map(|record| place(&record["textmill"])));
        }
    }
    [emitted, dropped, rejected]
}

/// Holds an output folder against its input: every record is in it once, and the summary has counted as they are counted
/// here. Gives the number of records.
///
/// Records of `broken` sources may be missing where the source failed; each such source has a rejection that says so.
#[track_caller]
pub fn balance(folder: &Folder, broken: &[&str]) -> usize {
    let input = of_input(folder, "in");
    let kinds = of_output(folder, "out");
    let mut found: BTreeMap<&Place, usize> = BTreeMap::new();
    kinds.iter().flatten().for_each(|place| *found.entry(place).or_default() += 1);
    let is_broken = |place: &Place| broken.contains(&place.0.as_str());
    for place in input.keys().filter(|place| !is_broken(place)) {
        assert_eq!(found.get(place), Some(&1), "{place:?}: how often it stands in the output");
    }
    for (place, n) in &found {
        assert!(is_broken(place) || input.contains_key(*place), "{place:?} is no record of the input");
        // Where a source fails, the rejection that says so may share its place with nothing but a rejection.
        assert!(*n == 1 || is_broken(place), "{place:?} stands {n} times in the output");
    }
    for source in broken {
        assert!(kinds[2].iter().any(|(name, _)| name == source), "{source} failed, and no rejection says so");
    }
    let summary = tree(&folder.at("out")).into_iter().find(|(name, _)| name.ends_with("summary.json")).unwrap().1;
    let summary: serde_json::Value = serde_json::from_slice(&summary).unwrap();
    for (kind, places) in ["emitted", "dropped", "rejected"].iter().zip(&kinds) {
        assert_eq!(summary[kind]["records"], places.len(), "{kind}");
        if broken.is_empty() {
            let bytes: u64 = places.iter().map(|place| input[place]).sum();
            assert_eq!(summary[kind]["bytes"], bytes, "{kind}");
        }
    }
    let n = kinds.iter().map(Vec::len).sum::<usize>();
    assert_eq!((&summary["read"]["records"], &summary["conserved"]), (&n.into(), &true.into()));
    n
}

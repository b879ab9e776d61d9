//! The sample corpus: what its page says of it is true.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn every_sample_is_named_in_the_page_of_the_corpus() {
    let page = std::fs::read_to_string(root().join("README.md")).unwrap();
    let unnamed: Vec<PathBuf> = files(&root())
        .into_iter()
        .filter(|path| !page.contains(&format!("{}`", path.file_name().unwrap().to_string_lossy())))
        .filter(|path| !path.ends_with("README.md"))
        .collect();
    assert_eq!(unnamed, [] as [PathBuf; 0]);
}

#[test]
fn the_samples_are_small_and_hold_their_bytes() {
    let bytes: u64 = files(&root()).iter().map(|path| path.metadata().unwrap().len()).sum();
    assert!((40_000..=80_000).contains(&bytes), "{bytes} bytes");
    // A checkout that rewrites line ends or encodings would repair the samples before textmill does.
    let begins =
        |path: &str, with: &[u8]| assert!(std::fs::read(root().join(path)).unwrap().starts_with(with), "{path}");
    begins("plain/en/minutes.txt", b"Minutes of the allotment society\r\n");
    begins("plain/en/bread-utf16le.txt", b"\xFF\xFEW\0h\0y\0");
    begins("plain/fr/bibliotheque-bom.txt", b"\xEF\xBB\xBFLa");
    begins("plain/ru/tramvaj-cp1251.txt", b"\xD1\xF2\xE0\xF0\xFB\xE9");
    begins("jsonl/archive/2021/two-members.jsonl.gz", b"\x1F\x8B");
    begins("jsonl/archive/2022/two-frames.jsonl.zst", b"\x28\xB5\x2F\xFD");
}

#[test]
#[cfg_attr(not(feature = "lexicon"), ignore = "the samples are repaired with the lexicon")]
fn a_run_over_the_samples_ends_as_the_readme_shows() {
    let (_, shown) = include_str!("../README.md").split_once("the run ends with\n\n```\n").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_textmill"));
    run.args(["run", "--progress=never", "--output"]).arg(folder.path()).current_dir(env!("CARGO_MANIFEST_DIR"));
    let printed = String::from_utf8(run.output().unwrap().stderr).unwrap();
    for line in shown.lines().take_while(|line| *line != "```") {
        assert!(
            printed.lines().any(|told| told.trim_end() == line),
            "the README shows\n{line}\nand the run printed\n{printed}"
        );
    }
}

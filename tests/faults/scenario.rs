//! The kinds of run that must survive everything: a row each. A new format, codec or index is a new row.

use std::collections::BTreeMap;

use crate::corpus::{Corpus, SMALL_PIECES};
use crate::harness::{parse_lines, tree, unpacked};

/// A kind of run over the corpus in `in`, to somewhere in `out`.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    pub name: &'static str,
    /// The output and the options in which it differs from others.
    pub options: &'static [&'static str],
}

/// Records in shards: what has no options of its own.
pub const SHARDS: Scenario = Scenario { name: "shards", options: &["-o", "out"] };

/// Every kind. The input of each holds plain documents and lines of JSON, as they are, in gzip and in zstd.
pub const ALL: [Scenario; 13] = [
    SHARDS,
    Scenario {
        name: "shards in zstd, with all edits",
        options: &["-o", "out", "--set=emit.compression=zstd", "--edits=full"],
    },
    Scenario { name: "one file", options: &["-o", "out/clean.jsonl"] },
    Scenario { name: "one file in gzip", options: &["-o", "out/clean.jsonl.gz"] },
    Scenario { name: "parted by language", options: &["-o", "out", "--set=emit.partition_by=language"] },
    Scenario { name: "text alone", options: &["-o", "out", "--emit=text", "--set=dedup.enabled=false"] },
    Scenario {
        name: "the whole corpus at once",
        options: &["-o", "out", "--set=dedup.scope=corpus", "--set=dedup.keep=longest"],
    },
    Scenario { name: "columns", options: &["-o", "out", "--emit=parquet"] },
    Scenario {
        name: "columns, parted by language",
        options: &["-o", "out", "--emit=parquet", "--set=emit.partition_by=language", "--edits=full"],
    },
    Scenario { name: "paragraphs", options: &["-o", "out", "--set=dedup.unit=paragraph", "--edits=full"] },
    Scenario { name: "an index that stays", options: &["-o", "out", KEPT_INDEX, SMALL_INDEX] },
    Scenario {
        name: "paragraphs, in an index that stays",
        options: &["-o", "out/clean.jsonl.zst", KEPT_INDEX, SMALL_INDEX, "--set=dedup.unit=paragraph"],
    },
    Scenario {
        name: "a Bloom index that stays",
        options: &[
            "-o",
            "out",
            KEPT_INDEX,
            "--set=dedup.index_kind=bloom",
            "--set=dedup.expected_documents=20000",
            "--set=emit.compression=gzip",
        ],
    },
];

/// An index in a folder that more than one run adds to.
const KEPT_INDEX: &str = "--set=dedup.index=seen";
/// The least memory that an index may have, so that part of it is written to disk in the middle of a run.
const SMALL_INDEX: &str = "--set=dedup.index_memory_bytes=1 MiB";

impl Scenario {
    /// The arguments of its run, with these after its own.
    pub fn arguments<'a>(&self, more: &[&'a str]) -> Vec<&'a str> {
        let own = ["run", "in"].into_iter().chain(SMALL_PIECES).chain(self.options.iter().copied());
        own.chain(more.iter().copied()).collect()
    }

    /// Whether a run that is stopped leaves what an undisturbed one begins with. Where the whole corpus is judged at once, it
    /// leaves what it judged of the records that it had, and begins anew.
    pub fn is_judged_as_it_goes(&self) -> bool {
        !self.options.contains(&"--set=dedup.scope=corpus")
    }

    /// Whether its index stays.
    pub fn keeps_index(&self) -> bool {
        self.options.contains(&KEPT_INDEX)
    }

    /// The arguments of an earlier run with the same index.
    pub fn earlier_arguments(&self) -> Vec<&'static str> {
        let own = self.options.iter().copied().filter(|option| option.starts_with("--set=dedup."));
        ["run", "earlier.jsonl", "-o", "earlier", "--no-config"].into_iter().chain(own).collect()
    }

    /// Whether records can be told apart in its output.
    pub fn has_records(&self) -> bool {
        !self.options.iter().any(|option| ["--emit=text", "--emit=parquet"].contains(option))
    }
}

/// Everything in the output folder but the summary, which tells times.
pub fn output(corpus: &Corpus) -> BTreeMap<String, Vec<u8>> {
    let mut files = tree(&corpus.folder.at("out"));
    files.retain(|name, _| !name.ends_with("summary.json"));
    files
}

/// Whether a run has come to a first checkpoint or at least to its journal, and can be taken up again.
pub fn has_journal(corpus: &Corpus) -> bool {
    let Ok(entries) = std::fs::read_dir(corpus.folder.at("out")) else { return false };
    let folders = entries.filter_map(Result::ok).map(|entry| entry.path());
    folders.into_iter().any(|path| path.to_string_lossy().ends_with(".textmill") && path.join("journal").exists())
}

/// Whether a run has written its last file, the summary, and taken its journal away.
pub fn is_done(corpus: &Corpus) -> bool {
    let out = corpus.folder.at("out");
    let has_summary = out.exists() && tree(&out).keys().any(|name| name.ends_with("summary.json"));
    has_summary && !has_journal(corpus)
}

/// Holds what a run left in the middle against what it leaves in the end: under a file's own name stand whole records,
/// and they are those that an undisturbed run begins with.
#[track_caller]
pub fn is_sound_so_far(scenario: &Scenario, left: &BTreeMap<String, Vec<u8>>, wanted: &BTreeMap<String, Vec<u8>>) {
    let is_own = |name: &str| !name.split('/').any(|part| part.starts_with('.'));
    for (name, bytes) in left.iter().filter(|(name, _)| is_own(name)) {
        if scenario.is_judged_as_it_goes() {
            let whole = wanted.get(name).unwrap_or_else(|| panic!("{name} is no file of an undisturbed run"));
            // A run that is stopped ends its files: a file of columns that ends early has a footer of its own, and a
            // compressed one without a record a frame.
            let is_beginning = if name.ends_with(".parquet") {
                rows(whole).starts_with(&rows(bytes))
            } else {
                whole.starts_with(bytes) || unpacked(name, bytes).is_empty()
            };
            assert!(is_beginning, "{name} holds what an undisturbed run does not begin with");
        }
        if name.ends_with(".parquet") {
            assert!(!rows(bytes).is_empty(), "{name} holds no rows");
            continue;
        }
        let text = unpacked(name, bytes);
        assert!(text.is_empty() || text.ends_with(b"\n"), "{name} ends inside a record");
        if scenario.has_records() {
            parse_lines(&text);
        }
    }
}

/// The id and the text of each row of a whole Parquet file. Which columns there are beside them follows from all the records
/// of the first shard, so that a file that ended early may have others.
#[cfg(feature = "parquet")]
fn rows(bytes: &[u8]) -> Vec<[String; 2]> {
    use std::io::Write;

    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Row;

    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let reader = SerializedFileReader::new(file).expect("a whole Parquet file");
    let column = |row: &Row, wanted: &str| {
        let mut columns = row.get_column_iter();
        columns.find(|(name, _)| *name == wanted).map(|(_, field)| field.to_string()).unwrap()
    };
    reader
        .get_row_iter(None)
        .unwrap()
        .map(Result::unwrap)
        .map(|row| [column(&row, "id"), column(&row, "text")])
        .collect()
}

#[cfg(not(feature = "parquet"))]
fn rows(_bytes: &[u8]) -> Vec<[String; 2]> {
    panic!("Parquet is written with the feature `parquet` alone");
}

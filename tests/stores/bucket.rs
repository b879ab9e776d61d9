//! A bucket in the place of folders: the same bytes out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::corpus::{Corpus, Numbers, SMALL_PIECES, corpus};
use crate::harness::{Folder, finished, signal, str_of, tree};
use crate::s3::S3;

fn arguments<'a>(input: &'a str, output: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    ["run", input, "-o", output].into_iter().chain(SMALL_PIECES).chain(more.iter().copied()).collect()
}

/// What a run leaves, but for the summary, which tells times.
fn without_summary(mut files: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    files.retain(|name, _| !name.ends_with("summary.json"));
    files
}

/// What a run leaves in the folder `out`.
fn local_output(corpus: &Corpus, input: &str, more: &[&str]) -> BTreeMap<String, Vec<u8>> {
    corpus.folder.run(arguments(input, "out", more)).ended_with(0);
    let output = without_summary(tree(&corpus.folder.at("out")));
    std::fs::remove_dir_all(corpus.folder.at("out")).unwrap();
    assert!(output.len() > 2, "{:?}", output.keys());
    output
}

#[test]
fn a_prefix_is_read_as_the_same_folder_is() {
    let Some(s3) = S3::start() else { return };
    let corpus = corpus(11, 600);
    let folder = &corpus.folder;
    s3.put_tree(folder, "in", "deep/in");
    // Read together with what it holds of the output, it would not be the same.
    let local = |input: &str, output: &str| folder.run(["run", "--no-config", input, "-o", output]).ended_with(0);
    let stored = |input: &str, output: &str| s3.run(folder, &["run", "--no-config", input, "-o", output]).ended_with(0);
    let one = tree(&folder.at("in")).into_keys().next().unwrap();
    let pairs = [
        ("in".to_owned(), "s3://bucket/deep/in".to_owned()),
        ("in/".to_owned(), "s3://bucket/deep/in/".to_owned()),
        ("in/*".to_owned(), "s3://bucket/deep/in/*".to_owned()),
        (format!("in/{one}"), format!("s3://bucket/deep/in/{one}")),
    ];
    for (of_folder, of_bucket) in pairs {
        local(&of_folder, "there");
        stored(&of_bucket, "here");
        let (there, here) = (tree(&folder.at("there")), tree(&folder.at("here")));
        assert_eq!(without_summary(here), without_summary(there), "{of_bucket}");
    }
}

#[test]
fn an_output_in_a_bucket_holds_the_bytes_of_one_in_a_folder() {
    let Some(s3) = S3::start() else { return };
    let corpus = corpus(12, 600);
    let folder = &corpus.folder;
    s3.put_tree(folder, "in", "in");
    let mut kinds: Vec<Vec<&str>> = vec![
        vec!["--set=emit.compression=zstd", "--set=emit.card=true"],
        vec!["--set=emit.partition_by=language"],
        vec!["--emit=text"],
    ];
    if cfg!(feature = "parquet") {
        kinds.push(vec!["--emit=parquet", "--set=emit.partition_by=language"]);
    }
    for more in kinds {
        let wanted = local_output(&corpus, "in", &more);
        // The run before has left other shards there, which go; what is not textmill's stays.
        s3.put("out/notes.txt", b"by hand");
        let run = s3.run(folder, &arguments("s3://bucket/in", "s3://bucket/out/", &more)).ended_with(0);
        assert!(run.stderr.contains("output in s3://bucket/out"), "{}", run.stderr);
        let mut found = s3.tree("out");
        assert_eq!(found.remove("notes.txt").unwrap(), b"by hand");
        assert!(found.contains_key("summary.json"));
        // The card is called by the name of the output.
        let mut found = without_summary(found);
        if !more.contains(&"--set=emit.card=true") {
            found.remove("README.md");
        }
        assert_eq!(found.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "{more:?}");
        for (name, bytes) in wanted.iter().filter(|(name, _)| *name != "README.md") {
            assert!(found[name] == *bytes, "{more:?}: {name}");
        }
        assert_eq!(hidden(folder), Vec::<String>::new());
    }
    let wanted = local_output(&corpus, "in", &[]);
    s3.run(folder, &arguments("in", "s3://bucket/one/clean.jsonl", &[])).ended_with(0);
    let records: Vec<u8> =
        wanted.iter().filter(|(name, _)| name.starts_with("shard-")).flat_map(|(_, b)| b.clone()).collect();
    let one = s3.tree("one");
    assert!(one["clean.jsonl"] == records);
    assert_eq!(
        one.keys().collect::<Vec<_>>(),
        ["clean.dropped.jsonl", "clean.jsonl", "clean.rejected.jsonl", "clean.summary.json"]
    );
    assert_eq!(hidden(folder), Vec::<String>::new());
}

/// What lies in the working folder under a hidden name.
fn hidden(folder: &Folder) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with('.')).collect()
}

#[test]
fn a_file_of_many_parts_comes_whole_or_not_at_all() {
    let Some(s3) = S3::start() else { return };
    let folder = Folder::new();
    let mut lines = String::new();
    for n in 0..160_000 {
        lines += &format!(
            "{{\"id\":\"r{n}\",\"text\":\"The boat number {n} came in, and {n} crates of fish were carried ashore.\"}}\n"
        );
    }
    folder.put("in.jsonl", lines);
    let off = ["--set=dedup.enabled=false", "--set=repair.enabled=false", "--set=langid.enabled=false"];
    let run = |output: &str| {
        let mut arguments = vec!["run", "--no-config", "in.jsonl", "-o", output];
        arguments.extend(off);
        s3.run(&folder, &arguments).ended_with(0);
    };
    run("clean.jsonl");
    run("s3://bucket/big/clean.jsonl");
    let wanted = folder.read("clean.jsonl");
    assert!(wanted.len() > 20 << 20);
    assert!(s3.get("big/clean.jsonl") == wanted);
    assert_eq!(s3.open_uploads(), 0);
    // And in parts it is read again.
    let mut arguments = vec!["run", "--no-config", "s3://bucket/big/clean.jsonl", "-o", "again.jsonl"];
    arguments.extend(off);
    s3.run(&folder, &arguments).ended_with(0);
    assert_eq!(folder.records("again.jsonl").len(), 160_000);
}

#[test]
fn a_run_that_is_killed_goes_on_to_the_same_bytes() {
    let Some(s3) = S3::start() else { return };
    let corpus = corpus(13, 1200);
    let folder = &corpus.folder;
    s3.put_tree(folder, "in", "in");
    let mut kinds: Vec<&[&str]> = vec![&[], &["--set=emit.partition_by=language", "--set=emit.compression=zstd"]];
    if cfg!(feature = "parquet") {
        kinds.push(&["--emit=parquet"]);
    }
    let mut numbers = Numbers::new(3);
    for more in kinds {
        let wanted = local_output(&corpus, "in", more);
        // How long it takes here when nobody disturbs it.
        let begun = Instant::now();
        let whole = s3.command(folder, &arguments("s3://bucket/in", "s3://bucket/out", more)).spawn().unwrap();
        assert_eq!(finished(whole).code, 0);
        let takes = begun.elapsed().as_millis() as usize;
        s3.tree("out").keys().for_each(|name| s3.delete(&format!("out/{name}")));
        let (mut kills, mut resume) = (0, false);
        loop {
            let how: &[&str] = if resume { &["--resume"] } else { &[] };
            let all: Vec<&str> = more.iter().chain(how).copied().collect();
            let mut child = s3.command(folder, &arguments("s3://bucket/in", "s3://bucket/out", &all)).spawn().unwrap();
            if kills < 6 {
                // Some are killed before anything is in the bucket, some in the middle of it.
                let until = Instant::now() + Duration::from_millis((takes / 8 + numbers.below(takes / 2)) as u64);
                while Instant::now() < until && child.try_wait().unwrap().is_none() {
                    std::thread::sleep(Duration::from_millis(5));
                }
                if child.try_wait().unwrap().is_none() {
                    signal(&child, ["KILL", "TERM"][kills % 2]);
                }
            }
            let run = finished(child);
            // What is in the bucket is whole at any moment: no shard is one that an undisturbed run does not begin with.
            for (name, bytes) in s3.tree("out").iter().filter(|(name, _)| name.contains("shard-")) {
                if more.contains(&"--emit=parquet") {
                    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"), "{name}");
                } else {
                    assert!(wanted[name].starts_with(bytes), "{name} after {kills} kills");
                }
            }
            if run.code == 0 {
                break;
            }
            assert!(kills < 6, "{}", run.stderr);
            kills += 1;
            resume = journals(folder.path());
        }
        let found = without_summary(s3.tree("out"));
        assert_eq!(found.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "{more:?}");
        for (name, bytes) in &wanted {
            assert!(found[name] == *bytes, "{more:?}: {name} after {kills} kills");
        }
        assert!(kills > 0 && hidden(folder).is_empty());
        found.keys().for_each(|name| s3.delete(&format!("out/{name}")));
    }
}

/// Whether there is a run that can be taken up.
fn journals(folder: &Path) -> bool {
    let folders = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let has_line =
        |path: PathBuf| std::fs::read(path.join(".textmill/journal")).is_ok_and(|bytes| bytes.contains(&b'\n'));
    folders.into_iter().any(has_line)
}

#[test]
fn a_changed_object_is_named_when_the_run_is_taken_up() {
    let Some(s3) = S3::start() else { return };
    let corpus = corpus(14, 1200);
    let folder = &corpus.folder;
    s3.put_tree(folder, "in", "in");
    let child = s3.command(folder, &arguments("s3://bucket/in", "s3://bucket/out", &[])).spawn().unwrap();
    // A journal without a line is that of a run that has not begun.
    while !journals(folder.path()) {
        std::thread::sleep(Duration::from_millis(2));
    }
    signal(&child, "KILL");
    finished(child);
    let (name, bytes) = tree(&folder.at("in")).into_iter().next().unwrap();
    // The same size and another content, and with it another tag.
    s3.put(&format!("in/{name}"), &vec![b'x'; bytes.len()]);
    let run = s3.run(folder, &arguments("s3://bucket/in", "s3://bucket/out", &["--resume"])).ended_with(2);
    assert!(run.stderr.contains("the input changed") && run.stderr.contains(&format!("`in/{name}`")), "{}", run.stderr);
    let run = s3.run(folder, &arguments("s3://bucket/in", "s3://bucket/out", &[]));
    assert!(run.code == 0 || run.stderr.contains("--resume"), "{}", run.stderr);
}

#[test]
fn an_output_within_the_input_is_no_input() {
    let Some(s3) = S3::start() else { return };
    let folder = Folder::new();
    s3.put("in/a.txt", b"The keeper of the lighthouse wrote every vessel into a notebook.");
    for _ in 0..2 {
        s3.run(&folder, &["run", "--no-config", "s3://bucket/in", "-o", "s3://bucket/in/out"]).ended_with(0);
        let found = s3.tree("in/out");
        let records = crate::harness::parse_lines(&found["shard-00000.jsonl"]);
        assert_eq!((records.len(), str_of(&records[0], "id")), (1, "in/a.txt"));
        assert!(found["rejected.jsonl"].is_empty() && found["dropped.jsonl"].is_empty());
    }
}

//! What can be named as an input, and what its records are called.

use crate::harness::{gzip, str_of, zstd};
use crate::{SOUND, corpus};

#[test]
fn a_file_gives_its_records_on_standard_output_when_nothing_else_is_said() {
    let folder = corpus();
    let run = folder.run(["run", "in/records.jsonl"]).ended_with(0);
    let records = run.records();
    let texts: Vec<&str> = records.iter().map(|record| str_of(record, "text")).collect();
    assert_eq!(texts, SOUND);
    let languages: Vec<&str> = records.iter().map(|record| str_of(&record["textmill"], "language")).collect();
    assert_eq!(languages, ["en", "fr", "de"]);
    assert_eq!(run.stderr, "");
}

#[test]
fn a_folder_is_read_to_its_depths_in_the_order_of_names() {
    let folder = corpus();
    let records = folder.run(["run", "in", "-o", "-"]).ended_with(0).records();
    let ids: Vec<&str> = records.iter().map(|record| str_of(record, "id")).collect();
    assert_eq!(ids, ["in/docs/one.txt", "in/docs/two.txt", "a", "b", "c"]);
    let sources: Vec<&str> = records.iter().map(|record| str_of(&record["textmill"], "source")).collect();
    assert_eq!(sources[0], "in/docs/one.txt");
    assert_eq!(sources[4], "in/records.jsonl");
}

#[test]
fn a_pattern_names_all_files_that_match() {
    let folder = corpus();
    let records = folder.run(["run", "in/**/*.txt", "-o", "-"]).ended_with(0).records();
    assert_eq!(records.len(), 2);
    let folder = corpus();
    let run = folder.run(["run", "in/**/*.warc", "-o", "-"]).ended_with(2);
    assert!(run.stderr.contains("no file matches") && run.stderr.contains("*.warc"), "{}", run.stderr);
}

#[test]
fn several_inputs_keep_the_order_in_which_they_are_named() {
    let folder = corpus();
    let records = folder.run(["run", "in/docs/two.txt", "in/docs/one.txt", "-o", "-"]).ended_with(0).records();
    let ids: Vec<&str> = records.iter().map(|record| str_of(record, "id")).collect();
    assert_eq!(ids, ["two.txt", "one.txt"]);
}

#[test]
fn piped_text_is_one_document_and_goes_to_standard_output() {
    let folder = corpus();
    let run = folder.pipe(["run", "--emit", "text"], SOUND[0].as_bytes()).ended_with(0);
    assert_eq!(run.text(), format!("{}\n", SOUND[0]));
    let records = folder.pipe(["run"], SOUND[1].as_bytes()).ended_with(0).records();
    assert_eq!((records.len(), str_of(&records[0], "text")), (1, SOUND[1]));
}

#[test]
fn piped_records_are_known_by_their_first_line_compressed_or_not() {
    let folder = corpus();
    let plain = folder.read("in/records.jsonl");
    for input in [plain.clone(), gzip(&plain), zstd(&plain)] {
        for arguments in [&["run", "-"][..], &["run"], &["run", "-", "-o", "-"]] {
            let records = folder.pipe(arguments, &input).ended_with(0).records();
            let ids: Vec<&str> = records.iter().map(|record| str_of(record, "id")).collect();
            assert_eq!(ids, ["a", "b", "c"], "{arguments:?}");
        }
    }
}

#[test]
fn the_format_can_be_said_where_the_name_says_another() {
    let folder = corpus();
    let lines = String::from_utf8(folder.read("in/records.jsonl")).unwrap();
    let run = folder.run(["run", "in/records.jsonl", "--format", "plain", "-o", "-"]).ended_with(0);
    assert_eq!(str_of(&run.records()[0], "text"), lines);
    folder.put("page.txt", lines);
    let run = folder.run(["run", "page.txt", "--format", "jsonl", "-o", "-"]).ended_with(0);
    assert_eq!(run.records().len(), 3);
}

#[test]
fn compression_is_known_by_bytes_where_the_name_is_wrong() {
    let folder = corpus();
    let plain = folder.read("in/records.jsonl");
    folder.put("odd/a.jsonl.gz", &plain);
    folder.put("odd/b.jsonl", gzip(&plain));
    folder.put("odd/c.jsonl.gz", zstd(&plain));
    let run = folder.run(["run", "odd", "-o", "-", "--set", "dedup.enabled=false"]).ended_with(0);
    assert_eq!(run.records().len(), 9);
}

#[test]
fn an_input_that_is_not_there_ends_with_2_and_its_neighbours_name() {
    let folder = corpus();
    let run = folder.run(["run", "in/recrods.jsonl", "-o", "out"]).ended_with(2);
    assert!(run.stderr.contains("in/recrods.jsonl` not found"), "{}", run.stderr);
    assert!(run.stderr.contains("did you mean") && run.stderr.contains("in/records.jsonl"), "{}", run.stderr);
    assert!(!folder.at("out").exists());
}

#[test]
fn nothing_to_read_is_said_and_ends_with_2() {
    let folder = corpus();
    let run = folder.run(["run"]).ended_with(2);
    assert!(run.stderr.contains("nothing to read"), "{}", run.stderr);
}

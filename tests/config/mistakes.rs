//! Every mistake is told at once, each with its place.
//!
//! Cases are files in `tests/cases/config/`: a configuration, and after it the messages that it must bring, as
//! `# expect LINE:COLUMN: message` (a message that ends in `…` may go on differently).

use std::collections::BTreeSet;
use std::path::PathBuf;

use textmill::config::{CommandLine, ConfigError, ConfigSource, Plan};

use crate::{known_keys, load, load_text, names, root, set};

#[test]
fn every_mistake_of_a_file_is_told_at_once_with_its_place() {
    let mut n_cases = 0;
    for entry in std::fs::read_dir(root().join("tests/cases/config")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let folder = path.parent().unwrap().to_str().unwrap();
        let expected: Vec<String> = text
            .lines()
            .filter_map(|line| line.strip_prefix("# expect "))
            .map(|line| line.replace("{folder}", folder))
            .collect();
        assert!(!expected.is_empty(), "{} expects nothing", path.display());
        let error = load(&ConfigSource::File(path.clone()), &[], &CommandLine::default()).unwrap_err();
        let prefix = format!("{}:", path.display());
        let found: Vec<&str> = error.lines().map(|line| line.strip_prefix(&prefix).unwrap_or(line)).collect();
        let matches = |(found, expected): (&&str, &String)| match expected.strip_suffix('…') {
            Some(beginning) => found.starts_with(beginning),
            None => found == expected,
        };
        let alike = found.len() == expected.len() && found.iter().zip(&expected).all(matches);
        assert!(alike, "{}\nfound:\n{}\nexpected:\n{}", path.display(), found.join("\n"), expected.join("\n"));
        n_cases += 1;
    }
    assert!(n_cases >= 5);
}

#[test]
fn every_key_refuses_a_wrong_type_and_a_value_out_of_range() {
    // `None`: every value of the type is in range.
    let out_of_range: &[(&str, Option<&[&str]>)] = &[
        ("read.inputs", Some(&["[\"\"]", "\"a\""])),
        ("read.format", Some(&["\"arff\""])),
        ("read.text_field", Some(&["\"\""])),
        ("read.id_field", Some(&["\"\""])),
        ("read.max_record_bytes", Some(&["0", "-1", "\"5 GiB\"", "\"\"", "\"x\"", "99999999999999999999"])),
        ("read.batch_bytes", Some(&["0", "\"2 GiB\""])),
        ("read.max_decompression_ratio", Some(&["0", "1_000_001", "0xFFFFFFFFFFFFFFFFFFFF", "2.0"])),
        ("decode.enabled", None),
        ("decode.encoding", Some(&["\"\"", "\"klingon\""])),
        ("repair.enabled", None),
        ("repair.rules", Some(&["[\"\"]", "[\"Spaces\"]", "[\"spaces\", \"spaces\"]", "[1]"])),
        ("repair.edits", Some(&["\"on\"", "true"])),
        ("repair.min_score", Some(&["-0.1", "1.1", "nan", "inf", "{ spaces = 2 }", "{ space = 0.5 }", "[]"])),
        ("read.ahead_bytes", Some(&["0", "\"1 KiB\"", "\"17 GiB\"", "2.0"])),
        ("repair.lexicons", Some(&["[\"\"]", "[1]"])),
        ("repair.window_bytes", Some(&["-1", "\"2 GiB\""])),
        ("langid.enabled", None),
        ("langid.languages", Some(&["[\"xx\"]", "[\"\"]", "[\"en\", \"EN\"]"])),
        ("langid.min_score", Some(&["-0.1", "1.01"])),
        ("dedup.enabled", None),
        ("dedup.similarity", Some(&["0.0", "0.29", "1.01", "80"])),
        ("dedup.scope", Some(&["\"all\""])),
        ("dedup.keep", Some(&["\"last\"", "\"max:\"", "\"score\""])),
        ("dedup.unit", Some(&["\"line\""])),
        ("dedup.min_paragraph_tokens", Some(&["0", "-1"])),
        ("dedup.exact_only", None),
        ("dedup.shingle_tokens", Some(&["0", "17"])),
        ("dedup.fold_case", None),
        ("dedup.drop_punctuation", None),
        ("dedup.fold_digits", None),
        ("dedup.index", None),
        ("dedup.index_kind", Some(&["\"map\""])),
        ("dedup.expected_documents", Some(&["-1", "1_000_000_000_001"])),
        ("dedup.index_memory_bytes", Some(&["0", "\"1023 KiB\""])),
        ("dedup.max_removed_ratio", Some(&["-1", "2"])),
        ("emit.output", Some(&["\"out.csv\"", "\"out.jsonl.xz\""])),
        ("emit.staging", None),
        ("emit.format", Some(&["\"orc\""])),
        ("emit.shard_bytes", Some(&["0", "\"2 TiB\""])),
        ("emit.compression", Some(&["\"xz\""])),
        ("emit.compression_level", Some(&["-1", "23"])),
        ("emit.partition_by", Some(&["\"source\""])),
        ("emit.offsets", Some(&["\"characters\""])),
        ("emit.card", None),
        ("emit.dropped", Some(&["\"-\""])),
        ("emit.rejected", Some(&["\"-\""])),
        ("emit.summary", Some(&["\"-\""])),
        ("run.threads", Some(&["-1", "1025"])),
        ("run.commit_seconds", Some(&["-1", "86401"])),
        ("run.memory_bytes", Some(&["0", "\"1023 KiB\"", "\"2 TiB\""])),
        ("run.strict", None),
        ("run.log_level", Some(&["\"loud\""])),
        ("run.log_format", Some(&["\"xml\""])),
        ("run.progress", Some(&["\"yes\""])),
    ];
    assert_eq!(out_of_range.iter().map(|(key, _)| (*key).to_owned()).collect::<BTreeSet<_>>(), known_keys());
    for (name, values) in out_of_range {
        let (table, key) = name.split_once('.').unwrap();
        for value in values.unwrap_or_default().iter().chain(&["1979-05-27"]) {
            let error = load_text("one-key", format!("[{table}]\n{key} = {value}\n"))
                .expect_err(&format!("{name} = {value} was taken"));
            assert!(error.lines().all(|line| line.starts_with("2:")), "{name} = {value}: {error}");
            assert!(error.contains(name), "{name} = {value}: {error}");
        }
    }
}

#[test]
fn a_file_may_say_nothing_begin_with_a_bom_and_end_lines_with_crlf() {
    assert_eq!(load_text("empty", ""), set(&[]));
    let plan = load_text("bom", "\u{FEFF}[run]\r\nthreads = 3\r\n").unwrap();
    assert_eq!(plan.run.threads, 3);
}

#[test]
fn a_file_that_is_not_utf8_names_the_place_of_the_first_bad_byte() {
    let error = load_text("latin1", b"[read]\ninputs = [\"caf\xE9\"]\n").unwrap_err();
    assert_eq!(error, "2:15: is not UTF-8; a configuration file must be");
}

#[test]
fn columns_count_code_points() {
    let error = load_text("columns", "[read]\ninputs = [\"日本語é\", 5]\n").unwrap_err();
    assert!(error.starts_with("2:19: read.inputs holds the integer 5"), "{error}");
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_of_its_own() {
    let path = PathBuf::from("no/such/pipeline.toml");
    let error = Plan::load(&ConfigSource::File(path), &[], &CommandLine::default(), &names()).unwrap_err();
    assert!(matches!(error, ConfigError::Read { .. }));
    assert!(error.to_string().starts_with("no/such/pipeline.toml: cannot be read: "));
}

#[cfg(not(feature = "object-stores"))]
#[test]
fn a_url_is_answered_with_the_feature_that_it_needs() {
    for (key, value) in [("read.inputs", "[\"s3://bucket/in\"]"), ("emit.output", "gs://bucket/out")] {
        let error = set(&[&format!("{key}={value}")]).unwrap_err();
        assert!(error.contains(key) && error.contains("--features object-stores"), "{error}");
    }
}

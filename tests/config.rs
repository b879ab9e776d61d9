//! The configuration as a user meets it: the reference file, the messages, `--set`, paths and the printed plan.
//!
//! Cases are files in `tests/cases/config/`: a configuration, and after it the messages that it must bring, as
//! `# expect LINE:COLUMN: message` (a message that ends in `…` may go on differently).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use textmill::config::{
    CommandLine, Compression, ConfigError, ConfigSource, DedupScope, EncodingChoice, Input, KernelNames, MinScores,
    Output, OutputFormat, PartitionBy, Plan,
};
use textmill_core::repair::Rule;

/// Kernels that know three encodings and four languages.
fn names() -> KernelNames {
    fn find(name: &str, known: &[&str]) -> Option<String> {
        known.iter().find(|known| known.eq_ignore_ascii_case(name)).map(|known| (*known).to_owned())
    }
    KernelNames {
        encoding: |label| find(label, &["UTF-8", "windows-1252", "Shift_JIS"]),
        encodings: vec!["UTF-8", "windows-1252", "Shift_JIS"],
        language: |code| find(code, &["en", "fr", "de", "sr-Latn"]),
        languages: vec!["en", "fr", "de", "sr-Latn"],
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn load(source: &ConfigSource, sets: &[&str], cli: &CommandLine) -> Result<Plan, String> {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    Plan::load(source, &sets, cli, &names()).map_err(|error| error.to_string())
}

fn set(sets: &[&str]) -> Result<Plan, String> {
    load(&ConfigSource::BuiltIn, sets, &CommandLine::default())
}

/// Loads this text from a file of its own, in a folder of its own.
fn load_text(name: &str, text: impl AsRef<[u8]>) -> Result<Plan, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("config").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("pipeline.toml");
    std::fs::write(&path, text).unwrap();
    let result = load(&ConfigSource::File(path.clone()), &[], &CommandLine::default());
    result.map_err(|error| error.replace(&format!("{}:", path.display()), ""))
}

/// Every `table.key` of a TOML file, with tables inside a stage's table as one key.
fn keys_of(text: &str) -> BTreeSet<String> {
    let table = toml::de::DeTable::parse(text).unwrap().into_inner();
    let stages = table.iter().filter_map(|(stage, keys)| Some((stage.get_ref(), keys.get_ref().as_table()?)));
    stages.flat_map(|(stage, keys)| keys.keys().map(move |key| format!("{stage}.{}", key.get_ref()))).collect()
}

fn known_keys() -> BTreeSet<String> {
    Plan::known_keys().iter().map(|(table, key)| format!("{table}.{key}")).collect()
}

#[test]
fn the_reference_configuration_is_the_built_in_defaults_but_for_inputs_and_output() {
    let path = root().join("pipeline.toml");
    let reference = load(&ConfigSource::File(path), &[], &CommandLine::default()).unwrap();
    let mut defaults = set(&[]).unwrap();
    assert_eq!(defaults.read.inputs, []);
    assert_eq!(defaults.emit.output, Output::Stdout);
    defaults.read.inputs = vec![Input::Path(root().join("samples"))];
    defaults.emit.output = Output::Folder(root().join("out"));
    defaults.emit.dropped = Some(root().join("out/dropped.jsonl"));
    defaults.emit.rejected = Some(root().join("out/rejected.jsonl"));
    defaults.emit.summary = Some(root().join("out/summary.json"));
    assert_eq!(reference, defaults);
}

#[test]
fn the_reference_configuration_and_the_printed_plan_have_every_key_in_the_order_of_the_stream() {
    let text = std::fs::read_to_string(root().join("pipeline.toml")).unwrap();
    assert_eq!(keys_of(&text), known_keys());
    assert_eq!(keys_of(&set(&[]).unwrap().to_toml()), known_keys());
    for rule in Rule::ALL {
        assert!(text.contains(&format!("\n{} = ", rule.name())) && text.contains(&format!("    \"{}\"", rule.name())));
    }
    let tables = |text: &str| text.lines().filter(|line| line.starts_with('[')).collect::<Vec<_>>().join(" ");
    assert_eq!(tables(&text), "[read] [decode] [repair] [repair.min_score] [langid] [dedup] [emit] [run]");
    assert_eq!(tables(&set(&[]).unwrap().to_toml()), tables(&text));
}

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
        ("read.format", Some(&["\"csv\"", "\"\""])),
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
        ("repair.lexicons", Some(&["[\"\"]", "[1]"])),
        ("repair.window_bytes", Some(&["-1", "\"2 GiB\""])),
        ("langid.enabled", None),
        ("langid.languages", Some(&["[\"xx\"]", "[\"\"]", "[\"en\", \"EN\"]"])),
        ("langid.min_score", Some(&["-0.1", "1.01"])),
        ("dedup.enabled", None),
        ("dedup.similarity", Some(&["0.0", "0.29", "1.01", "80"])),
        ("dedup.scope", Some(&["\"all\""])),
        ("dedup.keep", Some(&["\"last\""])),
        ("dedup.unit", Some(&["\"line\""])),
        ("dedup.exact_only", None),
        ("dedup.shingle_words", Some(&["0", "17"])),
        ("dedup.shingle_chars", Some(&["0", "17"])),
        ("dedup.minima", Some(&["15", "1025"])),
        ("dedup.index", None),
        ("dedup.index_memory_bytes", Some(&["0", "\"1023 KiB\""])),
        ("dedup.max_removed_ratio", Some(&["-1", "2"])),
        ("emit.output", None),
        ("emit.format", Some(&["\"parquet\""])),
        ("emit.shard_bytes", Some(&["0", "\"2 TiB\""])),
        ("emit.compression", Some(&["\"xz\""])),
        ("emit.compression_level", Some(&["-1", "23"])),
        ("emit.partition_by", Some(&["\"source\""])),
        ("emit.offsets", Some(&["\"characters\""])),
        ("emit.dropped", Some(&["\"-\""])),
        ("emit.rejected", Some(&["\"-\""])),
        ("emit.summary", Some(&["\"-\""])),
        ("run.threads", Some(&["-1", "1025"])),
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

#[test]
fn set_reaches_any_key_and_a_later_one_wins() {
    let plan = set(&[
        "dedup.scope=stream",
        "dedup.scope=corpus",
        "dedup.keep=\"longest\"",
        "dedup.enabled=false",
        "langid.languages=[en,fr]",
        "repair.min_score=0.7",
        "repair.min_score.broken-words=0.9",
        "repair.rules=[\"spaces\", \"mojibake\"]",
        "read.max_record_bytes=1 MiB",
        "read.text_field=2024",
        "decode.encoding=shift_jis",
    ])
    .unwrap();
    assert_eq!(plan.dedup.scope, DedupScope::Corpus);
    assert!(!plan.dedup.enabled);
    assert_eq!(plan.langid.languages, ["en", "fr"]);
    assert_eq!(plan.repair.min_score, MinScores::all(0.7).with(Rule::BrokenWords, 0.9));
    assert_eq!(plan.repair.rules.iter().collect::<Vec<_>>(), [Rule::Mojibake, Rule::Spaces]);
    assert_eq!(plan.read.max_record_bytes, 1 << 20);
    assert_eq!(plan.read.text_field, "2024");
    assert_eq!(plan.decode.encoding, EncodingChoice::Forced("Shift_JIS".to_owned()));
}

#[test]
fn a_wrong_set_names_its_text_and_column() {
    let cases = [
        (
            "dedup.treshold=0.9",
            "--set dedup.treshold=0.9, column 7: unknown key \"treshold\" in [dedup]; did you mean \"similarity\"?",
        ),
        ("dedpu.scope=corpus", "--set dedpu.scope=corpus, column 1: unknown table [dedpu]; did you mean [dedup]?"),
        (
            "dedup.scope=corpse",
            "--set dedup.scope=corpse, column 13: dedup.scope is \"corpse\", but must be one of \"stream\", \"corpus\"; \
             did you mean \"corpus\"?",
        ),
        (
            "repair.min_score.broken-word=1",
            "--set repair.min_score.broken-word=1, column 18: unknown rule \"broken-word\" in [repair.min_score]; \
             did you mean \"broken-words\"?",
        ),
        (
            "langid.languages=[en, xx]",
            "--set langid.languages=[en, xx], column 23: langid.languages: unknown language \"xx\"; \
             there are en, fr, de, sr-Latn",
        ),
        (
            "run.threads.x=1",
            "--set run.threads.x=1, column 13: run.threads is a table, but must be a whole number from 0 to 1024",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(set(&[text]).unwrap_err(), expected);
    }
    let both = set(&["run.thread=1", "dedup.scope"]).unwrap_err();
    assert_eq!(both.lines().count(), 2, "{both}");
}

#[test]
fn a_mistake_in_the_file_is_told_even_if_set_hides_it() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join("hidden.toml");
    std::fs::write(&path, "[dedup]\nscope = \"corpse\"\n").unwrap();
    let error = load(&ConfigSource::File(path), &["dedup.scope=corpus"], &CommandLine::default()).unwrap_err();
    assert!(error.contains("hidden.toml:2:9: dedup.scope"), "{error}");
}

#[test]
fn the_command_line_wins_over_set_and_set_over_the_file() {
    let cli = CommandLine { threads: Some(3), emit: Some(OutputFormat::Text), strict: true, ..CommandLine::default() };
    let sets = ["run.threads=2", "emit.format=jsonl", "run.log_level=debug"];
    let plan = load(&ConfigSource::File(root().join("pipeline.toml")), &sets, &cli).unwrap();
    assert_eq!((plan.run.threads, plan.emit.format, plan.run.strict), (3, OutputFormat::Text, true));
    assert_eq!(plan.run.log_level.to_string(), "debug");
    let error = load(&ConfigSource::BuiltIn, &[], &CommandLine { threads: Some(5000), ..CommandLine::default() });
    assert_eq!(error.unwrap_err(), "--threads: run.threads is 5000, but must be a whole number from 0 to 1024");
}

#[test]
fn paths_start_from_the_place_where_they_are_written() {
    let text = "[read]\ninputs = [\"data\", \"/abs\", \"x/*.gz\", \"-\"]\n[emit]\noutput = \"clean.jsonl.zst\"\n";
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("config/paths");
    let plan = load_text("paths", text).unwrap();
    let glob = Input::Glob { root: folder.join("x"), pattern: "*.gz".to_owned() };
    let expected = [Input::Path(folder.join("data")), Input::Path("/abs".into()), glob, Input::Stdin];
    assert_eq!(plan.read.inputs, expected);
    assert_eq!(plan.emit.output, Output::File(folder.join("clean.jsonl.zst")));
    assert_eq!(plan.emit.compression, Compression::Zstd);
    assert_eq!(plan.emit.dropped, Some(folder.join("clean.dropped.jsonl")));

    let here = std::env::current_dir().unwrap();
    let cli = CommandLine { inputs: vec!["data".into()], output: Some("out".into()), ..CommandLine::default() };
    let plan = load(&ConfigSource::BuiltIn, &["repair.lexicons=[words.txt]"], &cli).unwrap();
    assert_eq!(plan.read.inputs, [Input::Path(here.join("data"))]);
    assert_eq!(plan.emit.output, Output::Folder(here.join("out")));
    assert_eq!(plan.emit.summary, Some(here.join("out/summary.json")));
    assert_eq!(plan.repair.lexicons, [here.join("words.txt")]);
}

#[test]
fn an_output_is_a_folder_or_a_file_by_what_is_there_and_else_by_its_name() {
    let output = |name: &str| set(&[&format!("emit.output={name}")]).unwrap().emit;
    assert!(matches!(output("no-such-folder").output, Output::Folder(_)));
    assert!(matches!(output("no-such.jsonl/").output, Output::Folder(_)));
    assert!(matches!(output("no-such.v2").output, Output::Folder(_)));
    assert!(matches!(output("no-such.txt").output, Output::File(_)));
    assert!(matches!(output("src").output, Output::Folder(_)));
    let null = output("/dev/null");
    assert_eq!((null.output, null.summary), (Output::File("/dev/null".into()), None));
    assert_eq!(output("-").dropped, None);
}

#[test]
fn stdin_alone_goes_to_stdout_unless_the_command_line_names_an_output() {
    let reference = ConfigSource::File(root().join("pipeline.toml"));
    let piped = CommandLine { inputs: vec!["-".into()], ..CommandLine::default() };
    let plan = load(&reference, &[], &piped).unwrap();
    assert_eq!((plan.read.inputs, plan.emit.output), (vec![Input::Stdin], Output::Stdout));
    assert_eq!(plan.emit.dropped, None);
    let named = CommandLine { output: Some("out".into()), ..piped.clone() };
    assert!(matches!(load(&reference, &[], &named).unwrap().emit.output, Output::Folder(_)));
    assert!(matches!(load(&reference, &["emit.output=out"], &piped).unwrap().emit.output, Output::Folder(_)));
}

#[test]
fn resuming_needs_an_output_that_can_be_looked_at() {
    let cli = CommandLine { resume: true, ..CommandLine::default() };
    let error = load(&ConfigSource::BuiltIn, &[], &cli).unwrap_err();
    assert!(error.starts_with("--resume: needs a file or a folder as output"), "{error}");
    let cli = CommandLine { output: Some("out".into()), ..cli };
    assert!(load(&ConfigSource::BuiltIn, &[], &cli).unwrap().run.resume);
}

#[test]
fn the_printed_plan_reads_as_the_same_plan() {
    let sets = [
        "read.inputs=[\"data\", \"x/*.gz\", \"-\", 'quo\"te\\']",
        "read.batch_bytes=1000",
        "decode.encoding=windows-1252",
        "repair.rules=[spaces, ligatures]",
        "repair.edits=full",
        "repair.min_score.spaces=0.25",
        "repair.lexicons=[words.txt]",
        "langid.languages=[de]",
        "dedup.similarity=0.75",
        "dedup.index=seen",
        "emit.output=clean.jsonl/",
        "emit.compression=zstd",
        "emit.compression_level=19",
        "emit.partition_by=language",
        "run.threads=7",
        "run.log_format=json",
    ];
    for plan in [set(&[]).unwrap(), set(&sets).unwrap()] {
        assert_eq!(load_text("printed", plan.to_toml()).unwrap(), plan, "{}", plan.to_toml());
    }
    assert_eq!(set(&sets).unwrap().emit.partition_by, PartitionBy::Language);
}

/// Text that is nearly a configuration: its words, its signs, and letters of any script.
fn nearly_a_configuration() -> impl Strategy<Value = String> {
    let words = [
        "[dedup]",
        "[read]",
        "[repair.min_score]",
        "scope",
        "inputs",
        "min_score",
        "dedup.",
        " = ",
        "\"stream\"",
        "\n",
    ];
    let signs = ["[", "]", "{", "}", ",", "\"", "'", "=", "#", ".", "0.8", "-1", "nan", "\\", "é", "日本", "\u{FEFF}"];
    let piece = prop_oneof![prop::sample::select(words.to_vec()), prop::sample::select(signs.to_vec())];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_a_plan_or_a_list_of_mistakes_with_places(text in nearly_a_configuration()) {
        for result in [load_text("any", &text), set(&[&text])] {
            match result {
                Ok(plan) => prop_assert_eq!(load_text("any-printed", plan.to_toml()).unwrap(), plan),
                Err(error) => prop_assert!(error.lines().all(|line| line.contains(": ")), "{}", error),
            }
        }
    }
}

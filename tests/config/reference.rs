//! `pipeline.toml` and the printed plan: both have every key, and both read as what they say.

use proptest::prelude::*;
use textmill::config::{CommandLine, ConfigSource, Input, Output, PartitionBy};
use textmill_core::repair::Rule;

use crate::{keys_of, known_keys, load, load_text, root, set};

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
        "dedup.scope=corpus",
        "emit.output=clean.jsonl/",
        "emit.compression=zstd",
        "emit.compression_level=19",
        "emit.partition_by=language",
        "run.threads=7",
        "run.log_format=json",
    ];
    let stored = [
        "read.inputs=[\"s3://b/in/\", \"gs://b/x/*.gz\", \"https://h/a?b\"]",
        "emit.output=s3://b/out",
        "emit.card=true",
    ];
    let one = ["emit.output=az://b/out/clean.jsonl.gz", "emit.staging=made"];
    // Without the feature, a plan with URLs is a mistake.
    let of_stores = [&stored[..], &one[..]].into_iter().filter(|_| cfg!(feature = "object-stores"));
    let plans = [set(&[]).unwrap(), set(&sets).unwrap()].into_iter().chain(of_stores.map(|sets| set(sets).unwrap()));
    for plan in plans {
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
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
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

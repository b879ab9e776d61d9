//! Where paths start from, and what kind of output a name means.

use std::path::Path;

use textmill::config::{CommandLine, Compression, ConfigSource, Input, Output};

use crate::{load, load_text, root, set};

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

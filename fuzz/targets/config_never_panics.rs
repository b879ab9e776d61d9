//! Any configuration is read or refused with places and reasons; a plan that was read is the same after it was printed.

#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use textmill::config::{CommandLine, ConfigSource, KernelNames, Plan};

/// A file of this process.
static PATH: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("textmill-fuzz-{}.toml", std::process::id())));

fn load(bytes: &[u8], sets: &[String]) -> Option<Plan> {
    std::fs::write(&*PATH, bytes).unwrap();
    let source = ConfigSource::File(PATH.clone());
    match Plan::load(&source, sets, &CommandLine::default(), &KernelNames::any()) {
        Ok(plan) => Some(plan),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            None
        }
    }
}

/// Between the file and the lines that are given as `--set`.
const MARK: &[u8] = b"\n--set\n";

fuzz_target!(|input: &[u8]| {
    let cut = input.windows(MARK.len()).position(|window| window == MARK);
    let (bytes, sets) = cut.map_or((input, &[][..]), |at| (&input[..at], &input[at + MARK.len()..]));
    let sets: Vec<String> = String::from_utf8_lossy(sets).lines().map(str::to_owned).collect();
    let Some(plan) = load(bytes, &sets) else { return };
    let printed = plan.to_toml();
    let again = load(printed.as_bytes(), &[]).expect("a printed plan is read");
    assert_eq!(again.to_toml(), printed);
});

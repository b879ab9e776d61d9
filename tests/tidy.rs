//! House rules that a compiler does not check: which way imports run, what the kernels must not touch, how long files
//! are, and that the pages about the project name what is there.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

use textmill_core::repair::Rule;

/// Lines of a file from which on it wants a reason.
const MAX_LINES: usize = 400;

/// Files that are longer, and why.
const LONGER_FILES: [(&str, &str); 0] = [];

/// What a kernel must not name: whatever opens, logs, awaits, times, randomises, spawns or reads the environment.
const NOT_IN_KERNELS: [&str; 16] = [
    "tokio",
    "serde",
    "tracing",
    "std::fs",
    "std::net",
    "std::env",
    "std::time",
    "std::thread",
    "std::process",
    "std::io",
    "rand::",
    "println!",
    "eprintln!",
    "Instant",
    "SystemTime",
    "async fn",
];

#[test]
fn kernels_touch_nothing_outside() {
    for file in sources("crates/textmill-core/src") {
        for (number, line) in code_lines(&file) {
            let found = NOT_IN_KERNELS.iter().find(|word| line.contains(**word));
            assert_eq!(found, None, "{}:{number}: a kernel cannot use it: {line}", file.name);
        }
    }
    let manifest = read("crates/textmill-core/Cargo.toml");
    let dependencies = manifest.split("[dev-dependencies]").next().unwrap();
    for word in ["tokio", "serde", "tracing", "rand", "futures", "async"] {
        assert!(!dependencies.lines().any(|line| line.starts_with(word)), "{word} in the manifest of the kernels");
    }
}

/// The order of `mod` lines is the order of the layers, here and in the kernels: each uses only those above it.
#[test]
fn a_module_uses_only_those_above_it_in_lib_rs() {
    for crate_root in ["src", "crates/textmill-core/src"] {
        let lib = read(&format!("{crate_root}/lib.rs"));
        let layers: Vec<&str> =
            lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
        assert!(layers.len() > 3, "{crate_root}/lib.rs names its modules as `pub mod`");
        for file in sources(crate_root) {
            let inside = file.name.strip_prefix(crate_root).unwrap().trim_start_matches('/');
            let module = inside.split(['/', '.']).next().unwrap();
            let Some(own) = layers.iter().position(|layer| *layer == module) else { continue };
            for (number, line) in code_lines(&file) {
                for used in line.match_indices("crate::").map(|(at, found)| &line[at + found.len()..]) {
                    let used: &str = used.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
                    let below = layers[own + 1..].contains(&used);
                    assert!(!below, "{}:{number}: `{module}` stands above `{used}`: {line}", file.name);
                }
            }
        }
    }
}

/// The pipeline makes the edits; a rule that changed text by itself would leave none behind.
#[test]
fn rules_return_edits() {
    for file in sources("crates/textmill-core/src/repair") {
        for (number, line) in code_lines(&file) {
            let is_rule = line.starts_with("pub fn find_") && line.contains("->");
            assert!(!is_rule || line.ends_with("-> Vec<Edit> {"), "{}:{number}: {line}", file.name);
        }
    }
}

#[test]
fn files_are_short_or_have_a_reason() {
    for file in all_sources() {
        let lines = file.text.lines().count();
        let is_excused = LONGER_FILES.iter().any(|(name, reason)| *name == file.name && !reason.is_empty());
        let is_generated = file.text.lines().next().is_some_and(|line| line.contains("@generated"));
        assert!(lines <= MAX_LINES || is_excused || is_generated, "{} has {lines} lines", file.name);
    }
    for (name, _) in LONGER_FILES {
        assert!(root().join(name).is_file(), "{name} is excused and not there");
    }
}

#[test]
fn every_module_says_what_it_is() {
    for file in all_sources() {
        let first = file.text.lines().find(|line| !line.starts_with("#![") && !line.is_empty());
        if first.is_some_and(|line| line.starts_with("// @generated")) {
            continue;
        }
        assert!(first.is_some_and(|line| line.starts_with("//! ")), "{} begins without `//!`", file.name);
    }
}

#[test]
fn nothing_is_left_to_be_done_or_printed() {
    let words = ["todo!", "unimplemented!", "dbg!", "TODO", "FIXME", "XXX"];
    for file in all_sources().into_iter().filter(|file| file.name != "tests/tidy.rs") {
        for word in words {
            assert!(!file.text.contains(word), "{} holds {word}", file.name);
        }
    }
}

/// Outside tests, a value that must be there says why, in a comment or in the message of `expect`.
#[test]
fn what_cannot_fail_says_why() {
    for file in all_sources().into_iter().filter(|file| !file.name.contains("tests/") && !file.name.contains("xtask/"))
    {
        let lines = code_lines(&file);
        for (at, (number, line)) in lines.iter().enumerate() {
            let is_bare = line.contains(".unwrap()") || line.contains("unreachable!()");
            let has_reason = line.contains("//") || at > 0 && lines[at - 1].1.trim_start().starts_with("//");
            assert!(!is_bare || has_reason, "{}:{number}: say why it cannot fail: {line}", file.name);
        }
    }
}

#[test]
fn no_machine_is_named() {
    let places = [concat!("/t", "mp/"), concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
    for file in text_files() {
        let found = places.iter().find(|place| file.text.contains(**place));
        assert_eq!(found, None, "{} names a path of one machine", file.name);
    }
}

#[test]
fn the_map_names_what_is_there() {
    let map = read("ARCHITECTURE.md");
    let mut named = 0;
    for path in code_spans(&map).filter(|span| is_path(span)) {
        named += 1;
        assert!(root().join(path).exists(), "ARCHITECTURE.md names `{path}`, which is not there");
    }
    assert!(named > 30, "ARCHITECTURE.md names {named} paths");
    for module in fs::read_dir(root().join("src")).unwrap().chain(fs::read_dir(root().join("crates")).unwrap()) {
        let path = module.unwrap().path();
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        assert!(map.contains(&format!("`{name}")), "ARCHITECTURE.md says nothing of `{name}`");
    }
}

#[test]
fn every_dependency_has_a_use_and_a_reason() {
    let map = read("ARCHITECTURE.md");
    for folder in [".", "crates/textmill-core", "crates/textmill-lexicon", "xtask"] {
        let manifest = read(&format!("{folder}/Cargo.toml"));
        let code: String =
            rust_files(&root().join(folder)).iter().map(|path| fs::read_to_string(path).unwrap()).collect();
        for name in dependencies(&manifest) {
            assert!(map.contains(&format!("| `{name}` |")), "ARCHITECTURE.md gives no reason for {name}");
            assert!(code.contains(&name.replace('-', "_")), "{folder} does not use {name}");
            assert!(read("Cargo.toml").contains(&format!("\n{name} = ")), "the version of {name} stands in one place");
        }
    }
}

#[test]
fn every_rule_is_in_the_configuration_the_readme_and_the_cases() {
    let (configuration, readme) = (read("pipeline.toml"), read("README.md"));
    for name in Rule::ALL.map(Rule::name) {
        assert!(configuration.contains(&format!("\"{name}\"")), "pipeline.toml says nothing of {name}");
        assert!(readme.contains(&format!("| `{name}` |")), "README.md says nothing of {name}");
        let case = format!("tests/cases/repair/{name}.json");
        assert!(root().join(&case).is_file(), "{case} is not there");
    }
}

#[test]
fn the_readme_names_keys_and_files_that_exist() {
    let (readme, configuration) = (read("README.md"), read("pipeline.toml"));
    let table = toml::de::DeTable::parse(&configuration).unwrap().into_inner();
    for span in code_spans(&readme) {
        let Some((stage, key)) = span.split_once('.').filter(|(stage, _)| table.contains_key(*stage)) else { continue };
        let key = key.split([' ', '=']).next().unwrap().split('.').next().unwrap();
        let has_key = table[stage].get_ref().as_table().is_some_and(|keys| keys.contains_key(key));
        assert!(has_key, "README.md names `{span}`, which pipeline.toml does not have");
    }
    for target in readme.split("](").skip(1).map(|rest| rest.split([')', '#']).next().unwrap()) {
        let is_elsewhere = target.is_empty() || target.contains("://");
        assert!(is_elsewhere || root().join(target).exists(), "README.md links to {target}, which is not there");
    }
}

/// A row of a table that ends in a file and a test, or a case, of it.
#[test]
fn the_page_of_faults_names_tests_that_exist() {
    let page = read("docs/faults.md");
    let mut named = 0;
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.trim().trim_matches('|').split('|').map(str::trim).collect();
        let [.., file, test] = cells.as_slice() else { continue };
        let (file, test) = (file.trim_matches('`'), test.trim_matches('`'));
        if !is_path(file) {
            continue;
        }
        named += 1;
        assert!(read(file).contains(test), "docs/faults.md: {file} has no `{test}`");
    }
    assert!(named > 60, "docs/faults.md names {named} tests");
}

/// Unchecked code is listed with what it gains and what proves it, and stands where a proof stands beside it.
#[test]
fn every_unsafe_block_has_its_proof_and_its_row() {
    let map = read("ARCHITECTURE.md");
    for file in all_sources().into_iter().filter(|file| file.name != "tests/tidy.rs") {
        let lines: Vec<&str> = file.text.lines().collect();
        // What a function asks for is proved where it is called.
        let is_unsafe = |line: &str| line.contains("unsafe {") || line.contains("unsafe impl");
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| is_unsafe(line)) {
            assert!(file.name.starts_with("crates/textmill-core/src/"), "{}:{}: only kernels may", file.name, at + 1);
            let above = &lines[at.saturating_sub(8)..at];
            let has_proof = above.iter().any(|line| line.contains("SAFETY") || line.contains("# Safety"));
            assert!(has_proof, "{}:{}: no proof beside it: {line}", file.name, at + 1);
            assert!(map.contains(&format!("`{}`", file.name)), "ARCHITECTURE.md has no row for {}", file.name);
        }
    }
}

/// A file of the project: its path from the root, and its text.
struct Page {
    name: String,
    text: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// All Rust files of the project.
fn all_sources() -> Vec<Page> {
    ["src", "crates", "xtask", "tests", "benches"].into_iter().flat_map(sources).collect()
}

fn sources(folder: &str) -> Vec<Page> {
    rust_files(&root().join(folder)).into_iter().map(page).collect()
}

/// All files that a person reads, but for the sample corpus and the fixtures, which hold anything.
fn text_files() -> Vec<Page> {
    let endings = ["rs", "toml", "md", "py", "yml"];
    let is_text = |path: &PathBuf| path.extension().is_some_and(|end| endings.contains(&end.to_str().unwrap_or("")));
    let mut paths: Vec<PathBuf> = files(&root()).into_iter().filter(is_text).collect();
    paths.push(root().join(".ci/run"));
    paths.into_iter().filter(|path| !path.starts_with(root().join("samples"))).map(page).collect()
}

fn page(path: PathBuf) -> Page {
    let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    Page { name, text: fs::read_to_string(path).unwrap() }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    files(folder).into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs")).collect()
}

/// Files below a folder, sorted, without what cargo, git and textmill write.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_file() {
            found.push(path);
        } else if path.is_dir() && !name.starts_with('.') && !["target", "out"].contains(&name.as_str()) {
            found.extend(files(&path));
        }
    }
    found.sort();
    found
}

/// The lines of a file that are no tests, with their numbers; doc comments left out.
///
/// Tests stand last in a file, after `#[cfg(test)]` and `mod`, or in files of their own named `tests`.
fn code_lines(file: &Page) -> Vec<(usize, &str)> {
    if file.name.ends_with("/tests.rs") || file.name.contains("/tests/") {
        return Vec::new();
    }
    let end = file.text.find("#[cfg(test)]\nmod tests {").unwrap_or(file.text.len());
    let numbered = (1..).zip(file.text[..end].lines());
    numbered.filter(|(_, line)| !line.trim_start().starts_with("///") && !line.starts_with("//!")).collect()
}

/// What stands between backticks in the running text of a page.
fn code_spans(page: &str) -> impl Iterator<Item = &str> {
    let lines = page.split("```").step_by(2).flat_map(str::lines);
    lines.flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// Whether a code span is meant as a path of the project.
fn is_path(span: &str) -> bool {
    let is_plain = span.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
    is_plain && (span.contains('/') || [".rs", ".md", ".toml"].iter().any(|end| span.ends_with(end)))
}

/// The names of all dependencies of a manifest, of any kind.
fn dependencies(manifest: &str) -> Vec<&str> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = matches!(line, "[dependencies]" | "[dev-dependencies]" | "[build-dependencies]");
        } else if inside && !line.starts_with('#') {
            names.extend(line.split(['.', ' ', '=']).next().filter(|name| !name.is_empty()));
        }
    }
    names
}

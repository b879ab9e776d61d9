//! `README.md` of an output folder: a dataset card, made from what a run came to.
//!
//! Its head, in YAML, tells the library `datasets` which files are the data, so that the side files beside them are not
//! taken for records: `load_dataset` takes the folder as it is. What textmill cannot know, the licence above all, is left
//! to whoever publishes the data, and the card says so.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use textmill_core::repair::Rule;

use crate::config::{Output, PartitionBy, Plan};
use crate::graph::{Finished, shard_extension};
use crate::summary::human_bytes;

/// What the last line of every card says: by it a later run knows the card for one of its own.
const MARK: &str = "<!-- made by textmill; a later run with emit.card writes it anew -->";

/// What a card is called.
pub const FILE_NAME: &str = "README.md";

/// Where the card of a plan goes, if it has one.
pub fn path(plan: &Plan) -> Option<PathBuf> {
    match &plan.emit.output {
        Output::Folder(folder) if plan.emit.card => Some(folder.join(FILE_NAME)),
        _ => None,
    }
}

/// Whether a page at this path is somebody else's.
pub fn is_foreign(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|page| !is_own(&page))
}

/// Whether a page is a card that textmill made.
pub fn is_own(page: &[u8]) -> bool {
    String::from_utf8_lossy(page).contains(MARK)
}

/// The card.
pub fn to_markdown(finished: &Finished, plan: &Plan) -> String {
    let books = &finished.books;
    let mut languages: Vec<(&str, u64, u64)> =
        books.languages.iter().map(|(code, (records, bytes))| (code.as_str(), *records, *bytes)).collect();
    languages.retain(|(code, ..)| !code.is_empty());
    languages.sort_by_key(|(code, _, bytes)| (std::cmp::Reverse(*bytes), *code));
    let emitted = books.ledger.emitted.records;
    let mut out = String::from("---\n# license: to be named by whoever publishes this\n");
    // Writing to a string cannot fail.
    let _ = writeln!(out, "size_categories:\n- {}", size_category(emitted));
    let codes: Vec<&str> =
        languages.iter().map(|(code, ..)| *code).filter(|code| !["und", "zxx", "mul"].contains(code)).collect();
    if !codes.is_empty() {
        out.push_str("language:\n");
        // In quotes, for a bare `no` is a boolean in YAML.
        codes.iter().for_each(|code| out.push_str(&format!("- \"{code}\"\n")));
    }
    out.push_str(&configs(&languages, plan));
    out.push_str("---\n\n# ");
    out.push_str(&title(plan));
    let text_bytes: u64 = books.languages.values().map(|(_, bytes)| bytes).sum();
    let _ = writeln!(
        out,
        "\n\n{emitted} records, {} of text. Of {} records that were read, {} were dropped as duplicates or empty and {} \
         rejected; `dropped.jsonl`, `rejected.jsonl` and `summary.json` tell of them where they are published.\n",
        human_bytes(text_bytes),
        books.ledger.accounted().records,
        books.ledger.dropped_in_all().records,
        books.ledger.rejected_in_all().records
    );
    if !languages.is_empty() {
        out.push_str("| language | records | bytes of text |\n|---|---|---|\n");
        for (code, records, bytes) in &languages {
            let _ = writeln!(out, "| {code} | {records} | {bytes} |");
        }
        out.push('\n');
    }
    let made: Vec<String> = Rule::ALL
        .iter()
        .filter(|rule| books.repairs[**rule as usize] > 0)
        .map(|rule| format!("`{}` {}", rule.name(), books.repairs[*rule as usize]))
        .collect();
    if !made.is_empty() {
        let _ = writeln!(out, "Edits made to the text, by rule: {}.\n", made.join(", "));
    }
    let _ = writeln!(
        out,
        "Each record has its text in `{}`; the field `textmill` says where it came from and what was found in it. Spans \
         count {}.\n",
        plan.read.text_field, plan.emit.offsets
    );
    let _ = writeln!(
        out,
        "The licence of the texts is not known to the program that made this page: name it in the head, as `license`.\n"
    );
    let _ = writeln!(out, "Made with textmill {}.\n\n{MARK}", env!("CARGO_PKG_VERSION"));
    out
}

/// Which files are the data: all, and where each language has a folder, those of each.
fn configs(languages: &[(&str, u64, u64)], plan: &Plan) -> String {
    let extension = shard_extension(&plan.emit);
    let config = |name: &str, path: &str| {
        format!("- config_name: \"{name}\"\n  data_files:\n  - split: train\n    path: \"{path}shard-*.{extension}\"\n")
    };
    let mut out = String::from("configs:\n");
    if plan.emit.partition_by == PartitionBy::Nothing {
        out.push_str(&config("default", ""));
        return out;
    }
    out.push_str(&config("default", "*/"));
    let mut codes: Vec<&str> = languages.iter().map(|(code, ..)| *code).collect();
    codes.sort_unstable();
    codes.iter().for_each(|code| out.push_str(&config(code, &format!("{code}/"))));
    out
}

fn title(plan: &Plan) -> String {
    let name = plan.emit.output.path().and_then(Path::file_name);
    name.map_or_else(|| "Clean text".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The size as dataset cards have it.
///
/// Source: the field `size_categories` of the Hugging Face Hub's dataset cards.
fn size_category(records: u64) -> &'static str {
    match records {
        0..1_000 => "n<1K",
        1_000..10_000 => "1K<n<10K",
        10_000..100_000 => "10K<n<100K",
        100_000..1_000_000 => "100K<n<1M",
        1_000_000..10_000_000 => "1M<n<10M",
        10_000_000..100_000_000 => "10M<n<100M",
        100_000_000..1_000_000_000 => "100M<n<1B",
        1_000_000_000..10_000_000_000 => "1B<n<10B",
        10_000_000_000..100_000_000_000 => "10B<n<100B",
        100_000_000_000..1_000_000_000_000 => "100B<n<1T",
        _ => "n>1T",
    }
}

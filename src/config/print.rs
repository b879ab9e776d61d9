//! Prints the plan as run, as TOML that reads as the same plan.

use std::fmt::Write as _;
use std::path::Path;

use textmill_core::repair::Rule;

use super::bytes::print_bytes;
use super::output::Output;
use super::plan::{EmitPlan, EncodingChoice, Input, Plan};

impl Plan {
    /// The whole plan as TOML, every key in the order of `pipeline.toml`.
    ///
    /// Loading it gives the same plan again, `--resume` aside, which only a command line can say. Side files that are
    /// not written print as `""`.
    pub fn to_toml(&self) -> String {
        let mut out = Printer { out: String::new() };
        out.table("read");
        let read = &self.read;
        out.key("inputs", list(read.inputs.iter().map(input)));
        out.key("format", string(&read.format.to_string()));
        out.key("text_field", string(&read.text_field));
        out.key("id_field", string(&read.id_field));
        out.key("max_record_bytes", print_bytes(read.max_record_bytes as u64));
        out.key("batch_bytes", print_bytes(read.batch_bytes as u64));
        out.key("max_decompression_ratio", read.max_decompression_ratio);
        out.key("ahead_bytes", print_bytes(read.ahead_bytes as u64));

        out.table("decode");
        out.key("enabled", self.decode.enabled);
        out.key(
            "encoding",
            match &self.decode.encoding {
                EncodingChoice::Detect => string("auto"),
                EncodingChoice::Forced(name) => string(name),
            },
        );

        out.table("repair");
        let repair = &self.repair;
        out.key("enabled", repair.enabled);
        out.key("rules", list(repair.rules.iter().map(|rule| string(rule.name()))));
        out.key("edits", string(&repair.edits.to_string()));
        out.key("lexicons", list(repair.lexicons.iter().map(|path| self::path(path))));
        out.key("window_bytes", print_bytes(repair.window_bytes as u64));
        out.table("repair.min_score");
        for rule in Rule::ALL {
            out.key(rule.name(), format!("{:?}", repair.min_score.get(rule)));
        }

        out.table("langid");
        out.key("enabled", self.langid.enabled);
        out.key("languages", list(self.langid.languages.iter().map(|language| string(language))));
        out.key("min_score", format!("{:?}", self.langid.min_score));

        out.table("dedup");
        let dedup = &self.dedup;
        out.key("enabled", dedup.enabled);
        out.key("similarity", format!("{:?}", dedup.similarity));
        out.key("scope", string(&dedup.scope.to_string()));
        out.key("keep", string(&dedup.keep.to_string()));
        out.key("unit", string(&dedup.unit.to_string()));
        out.key("min_paragraph_tokens", dedup.min_paragraph_tokens);
        out.key("exact_only", dedup.exact_only);
        out.key("shingle_tokens", dedup.shingle_tokens);
        out.key("fold_case", dedup.fold_case);
        out.key("drop_punctuation", dedup.drop_punctuation);
        out.key("fold_digits", dedup.fold_digits);
        out.key("index", optional(dedup.index.as_deref()));
        out.key("index_kind", string(&dedup.index_kind.to_string()));
        out.key("expected_documents", dedup.expected_documents);
        out.key("index_memory_bytes", print_bytes(dedup.index_memory_bytes));
        out.key("max_removed_ratio", format!("{:?}", dedup.max_removed_ratio));

        out.table("emit");
        let emit = &self.emit;
        out.key("output", output(emit));
        out.key("staging", optional(emit.staged.as_ref().map(|staged| staged.folder.as_path())));
        out.key("format", string(&emit.format.to_string()));
        out.key("shard_bytes", print_bytes(emit.shard_bytes));
        out.key("compression", string(&emit.compression.to_string()));
        out.key("compression_level", emit.compression_level.unwrap_or(0));
        out.key("partition_by", string(&emit.partition_by.to_string()));
        out.key("card", emit.card);
        out.key("offsets", string(&emit.offsets.to_string()));
        out.key("dropped", optional(emit.dropped.as_deref()));
        out.key("rejected", optional(emit.rejected.as_deref()));
        out.key("summary", optional(emit.summary.as_deref()));

        out.table("run");
        let run = &self.run;
        out.key("threads", run.threads);
        out.key("memory_bytes", print_bytes(run.memory_bytes as u64));
        out.key("commit_seconds", run.commit_seconds);
        out.key("strict", run.strict);
        out.key("log_level", string(&run.log_level.to_string()));
        out.key("log_format", string(&run.log_format.to_string()));
        out.key("progress", string(&run.progress.to_string()));
        out.out
    }
}

struct Printer {
    out: String,
}

impl Printer {
    fn table(&mut self, name: &str) {
        let gap = if self.out.is_empty() { "" } else { "\n" };
        // Writing to a string cannot fail.
        let _ = writeln!(self.out, "{gap}[{name}]");
    }

    fn key(&mut self, key: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.out, "{key} = {value}");
    }
}

/// A basic string of TOML.
fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn list(values: impl Iterator<Item = String>) -> String {
    format!("[{}]", values.collect::<Vec<_>>().join(", "))
}

fn path(path: &Path) -> String {
    string(&path.to_string_lossy())
}

fn optional(path: Option<&Path>) -> String {
    path.map_or_else(|| string(""), self::path)
}

fn input(input: &Input) -> String {
    match input {
        Input::Stdin => string("-"),
        Input::Path(path) => self::path(path),
        Input::Glob { root, pattern } => path(&root.join(pattern)),
        Input::Store { url, pattern: None } => string(url.as_str()),
        Input::Store { url, pattern: Some(pattern) } => string(url.join(pattern).as_str()),
    }
}

fn output(emit: &EmitPlan) -> String {
    let name = emit.output_name();
    match &emit.output {
        Output::Stdout | Output::File(_) => string(&name),
        // The slash says that it is a folder, whatever its name looks like.
        Output::Folder(_) => string(&format!("{}/", name.trim_end_matches('/'))),
    }
}

//! From the configuration as written to the plan as run: every key read, every default, every path made absolute.
//!
//! The defaults stand here and nowhere else; `pipeline.toml` repeats them for the user, and a test compares the two.

use std::path::{Component, Path, PathBuf};

use textmill_core::repair::{Rule, RuleSet};

use super::KernelNames;
use super::command_line::CommandLine;
use super::contradiction::{note_contradictions, note_foreign_output};
use super::error::{ConfigError, Place};
use super::output::{Output, Staged};
use super::plan::{
    Compression, DecodePlan, DedupPlan, DedupScope, DedupUnit, EditDetail, EmitPlan, EncodingChoice, IndexKind, Input,
    InputFormat, LangidPlan, LogFormat, LogLevel, MinScores, OffsetUnit, OutputFormat, PartitionBy, Plan, Progress,
    ReadPlan, RepairPlan, RunPlan,
};
use super::reader::{Placed, Reader};
use super::store_url::{StoreKind, StoreUrl};
use super::word::words;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const TIB: u64 = 1 << 40;

/// Numbers that are a share or a score.
const UNIT: std::ops::RangeInclusive<f64> = 0.0..=1.0;

words! {
    /// `emit.compression` as written.
    enum CompressionChoice {
        /// By the name of the output.
        Auto = "auto",
        /// As is.
        None = "none",
        /// RFC 1952.
        Gzip = "gzip",
        /// RFC 8878.
        Zstd = "zstd",
    }
}

/// Reads every table in the order of the stream and returns the plan, or all that is wrong.
pub(super) fn resolve(mut reader: Reader<'_>, cli: &CommandLine, names: &KernelNames) -> Result<Plan, ConfigError> {
    let plan = read_plan(&mut reader, cli, names);
    reader.note_unknown_keys();
    note_contradictions(&mut reader, &plan);
    if reader.mistakes.is_empty() {
        return Ok(plan);
    }
    Err(ConfigError::Mistakes(in_order(reader.mistakes)))
}

/// Every key there is, as `(table, key)`.
pub(super) fn known_keys() -> Vec<(&'static str, &'static str)> {
    let raw = super::raw::RawConfig { layers: Vec::new() };
    let mut reader = Reader::new(&raw, Vec::new());
    read_plan(&mut reader, &CommandLine::default(), &KernelNames::any());
    reader.keys().to_vec()
}

/// The mistakes by their places; of a line that is not TOML, that alone is told: what else is odd there follows from it.
fn in_order(mut mistakes: Vec<super::Mistake>) -> Vec<super::Mistake> {
    let line = |place: &Place| match place {
        Place::File { line, .. } => Some(*line),
        _ => None,
    };
    let broken: Vec<usize> =
        mistakes.iter().filter(|m| m.message.starts_with("not TOML")).filter_map(|m| line(&m.place)).collect();
    mistakes.retain(|m| m.message.starts_with("not TOML") || line(&m.place).is_none_or(|line| !broken.contains(&line)));
    mistakes.sort_by(|a, b| a.place.cmp(&b.place));
    mistakes.dedup();
    mistakes
}

fn read_plan(reader: &mut Reader<'_>, cli: &CommandLine, names: &KernelNames) -> Plan {
    Plan {
        read: read_table(reader),
        decode: decode_table(reader, names),
        repair: repair_table(reader),
        langid: langid_table(reader, names),
        dedup: dedup_table(reader),
        emit: emit_table(reader, cli),
        run: run_table(reader, cli),
    }
}

fn read_table(reader: &mut Reader<'_>) -> ReadPlan {
    reader.enter("read");
    ReadPlan {
        inputs: inputs(reader),
        format: reader.word("format", InputFormat::Auto),
        text_field: reader.text("text_field", "text"),
        id_field: reader.text("id_field", "id"),
        max_record_bytes: reader.bytes("max_record_bytes", &(1..=4 * GIB), 64 * MIB) as usize,
        batch_bytes: reader.bytes("batch_bytes", &(1..=GIB), 256 * KIB) as usize,
        max_decompression_ratio: reader.count("max_decompression_ratio", &(1..=1_000_000), 1000),
        ahead_bytes: reader.bytes("ahead_bytes", &(MIB..=16 * GIB), 64 * MIB) as usize,
    }
}

fn decode_table(reader: &mut Reader<'_>, names: &KernelNames) -> DecodePlan {
    reader.enter("decode");
    let enabled = reader.flag("enabled", true);
    let label = reader.text("encoding", "auto");
    let encoding = match label.as_str() {
        "auto" => EncodingChoice::Detect,
        label => EncodingChoice::Forced((names.encoding)(label).unwrap_or_else(|| {
            let place = reader.origin("decode", "encoding").clone();
            let known = names.encodings.iter().copied().chain(["auto"]);
            let hint = super::suggest::did_you_mean(super::suggest::nearest(label, known));
            let rule = "must be \"auto\" or a label of the WHATWG Encoding Standard";
            reader.wrong(&place, format!("decode.encoding: unknown encoding \"{label}\", {rule}{hint}"));
            label.to_owned()
        })),
    };
    DecodePlan { enabled, encoding }
}

fn repair_table(reader: &mut Reader<'_>) -> RepairPlan {
    reader.enter("repair");
    let enabled = reader.flag("enabled", true);
    let rule_names: Vec<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    let rules = match reader.names("rules", "rule", &rule_names, Rule::from_name) {
        Some(rules) => rules.into_iter().fold(RuleSet::none(), RuleSet::with),
        None => RuleSet::all(),
    };
    let edits = reader.word("edits", EditDetail::Counts);
    let mut min_score = MinScores::all(0.5);
    for (rule, score) in reader.number_or_table("min_score", "rule", &rule_names, &UNIT) {
        min_score = match rule.as_deref().map(Rule::from_name) {
            None => MinScores::all(score as f32),
            Some(Some(rule)) => min_score.with(rule, score as f32),
            // A name that is no rule has been noted as a mistake.
            Some(None) => min_score,
        };
    }
    RepairPlan {
        enabled,
        rules,
        edits,
        min_score,
        lexicons: reader.paths("lexicons").iter().map(absolute).collect(),
        window_bytes: reader.bytes("window_bytes", &(0..=GIB), 8 * MIB) as usize,
    }
}

fn langid_table(reader: &mut Reader<'_>, names: &KernelNames) -> LangidPlan {
    reader.enter("langid");
    LangidPlan {
        enabled: reader.flag("enabled", true),
        languages: reader.names("languages", "language", &names.languages, names.language).unwrap_or_default(),
        min_score: reader.number("min_score", &UNIT, f64::from(textmill_core::langid::MIN_SCORE)) as f32,
    }
}

fn dedup_table(reader: &mut Reader<'_>) -> DedupPlan {
    reader.enter("dedup");
    DedupPlan {
        enabled: reader.flag("enabled", true),
        similarity: reader.number("similarity", &(0.3..=1.0), 0.8),
        scope: reader.word("scope", DedupScope::Stream),
        keep: reader.keep("keep"),
        unit: reader.word("unit", DedupUnit::Document),
        min_paragraph_tokens: reader.count("min_paragraph_tokens", &(1..=1_000_000), 20) as usize,
        exact_only: reader.flag("exact_only", false),
        shingle_tokens: reader.count("shingle_tokens", &(1..=16), 5) as usize,
        fold_case: reader.flag("fold_case", true),
        drop_punctuation: reader.flag("drop_punctuation", true),
        fold_digits: reader.flag("fold_digits", false),
        index: reader.path("index").as_ref().map(absolute),
        index_kind: reader.word("index_kind", IndexKind::Exact),
        expected_documents: reader.count("expected_documents", &(0..=1_000_000_000_000), 0),
        index_memory_bytes: reader.bytes("index_memory_bytes", &(MIB..=1024 * TIB), 8 * GIB),
        max_removed_ratio: reader.number("max_removed_ratio", &UNIT, 0.9),
    }
}

fn emit_table(reader: &mut Reader<'_>, cli: &CommandLine) -> EmitPlan {
    reader.enter("emit");
    let written = reader.path("output");
    let on_command_line = matches!(reader.origin("emit", "output"), Place::Set { .. } | Place::CommandLine { .. });
    let only_stdin = matches!(cli.inputs.as_slice(), [input] if input.as_os_str() == "-");
    let url = written.as_ref().and_then(|path| store(reader, path));
    let staging = reader.path("staging").as_ref().map(absolute);
    let (output, staged) = match (&written, url) {
        // What is piped in goes out the same way, whatever the file says of its own inputs.
        _ if only_stdin && !on_command_line => (Output::Stdout, None),
        (None, _) => (Output::Stdout, None),
        (Some(_), Some(url)) => {
            let (output, staged) = staged(url, staging);
            (output, Some(staged))
        }
        (Some(path), None) => (note_foreign_output(reader, path, output(path)), None),
    };
    let side = |reader: &mut Reader<'_>, key, extension| match reader.path(key) {
        Some(path) if path.value.to_str().and_then(StoreUrl::parse).is_some() => {
            let message = format!(
                "emit.{key} is a URL; the side files of an output in a store lie beside it, if emit.{key} is left out"
            );
            reader.wrong(&path.place, message);
            None
        }
        Some(path) if path.value.as_os_str() == "-" => {
            let message = format!("emit.{key} is \"-\", but standard output carries records only; name a file");
            reader.wrong(&path.place, message);
            None
        }
        Some(path) => Some(absolute(&path)),
        None => beside(&output, key, extension),
    };
    let named = if is_named_parquet(&output) { OutputFormat::Parquet } else { OutputFormat::Jsonl };
    let format = reader.word("format", named);
    EmitPlan {
        staged,
        format,
        shard_bytes: reader.bytes("shard_bytes", &(1..=TIB), 256 * MIB),
        compression: match reader.word("compression", CompressionChoice::Auto) {
            CompressionChoice::Auto if format == OutputFormat::Parquet => Compression::Zstd,
            CompressionChoice::Auto => compression_by_name(&output),
            CompressionChoice::None => Compression::None,
            CompressionChoice::Gzip => Compression::Gzip,
            CompressionChoice::Zstd => Compression::Zstd,
        },
        compression_level: match reader.count("compression_level", &(0..=22), 0) {
            0 => None,
            level => Some(level as u32),
        },
        partition_by: reader.word("partition_by", PartitionBy::Nothing),
        card: reader.flag("card", false),
        offsets: reader.word("offsets", OffsetUnit::CodePoints),
        dropped: side(reader, "dropped", "jsonl"),
        rejected: side(reader, "rejected", "jsonl"),
        summary: side(reader, "summary", "json"),
        output,
    }
}

fn run_table(reader: &mut Reader<'_>, cli: &CommandLine) -> RunPlan {
    reader.enter("run");
    RunPlan {
        threads: match reader.count("threads", &(0..=1024), 0) {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads as usize,
        },
        memory_bytes: reader.bytes("memory_bytes", &(MIB..=TIB), 64 * MIB) as usize,
        commit_seconds: reader.count("commit_seconds", &(0..=86_400), 5),
        strict: reader.flag("strict", false),
        resume: cli.resume,
        log_level: reader.word("log_level", LogLevel::Warn),
        log_format: reader.word("log_format", LogFormat::Text),
        progress: reader.word("progress", Progress::Auto),
    }
}

/// A path from the root, relative ones from the folder of the place where they were written.
fn absolute(path: &Placed<PathBuf>) -> PathBuf {
    let joined = path.base.join(&path.value);
    std::path::absolute(&joined).unwrap_or(joined)
}

fn inputs(reader: &mut Reader<'_>) -> Vec<Input> {
    let written = reader.paths("inputs");
    written
        .into_iter()
        .map(|path| match store(reader, &path) {
            Some(url) => stored_input(url),
            None => input(path),
        })
        .collect()
}

/// The place in a store that a path is, if it is one.
fn store(reader: &mut Reader<'_>, path: &Placed<PathBuf>) -> Option<StoreUrl> {
    match path.value.to_str().and_then(StoreUrl::parse)? {
        Ok(url) => Some(url),
        Err(message) => {
            reader.wrong(&path.place, message);
            None
        }
    }
}

/// The characters by which a name is taken for a pattern.
const WILDCARDS: [char; 4] = ['*', '?', '[', '{'];

fn stored_input(url: StoreUrl) -> Input {
    // In a URL of the web `?` begins a query, and there is no list to match against.
    let Some(at) = url.key().find(WILDCARDS).filter(|_| url.kind() != StoreKind::Http) else {
        return Input::Store { url, pattern: None };
    };
    let root = url.key()[..at].rfind('/').map_or(0, |slash| slash + 1);
    let pattern = url.key()[root..].to_owned();
    Input::Store { url: url.with_key(&url.key()[..root]), pattern: Some(pattern) }
}

/// Where the files of an output in a store are made, and where they go.
fn staged(url: StoreUrl, staging: Option<PathBuf>) -> (Output, Staged) {
    let folder = staging.unwrap_or_else(|| {
        // The same for the same URL, so that a run that is resumed finds what it left.
        let name =
            format!(".textmill-{:016x}", xxhash_rust::xxh3::xxh3_64(url.as_str().trim_end_matches('/').as_bytes()));
        std::path::absolute(&name).unwrap_or_else(|_| name.into())
    });
    let is_file = !url.key().ends_with('/') && has_file_extension(Path::new(url.key()));
    if is_file {
        let (above, name) = url.parent();
        return (Output::File(folder.join(name)), Staged { url: above, folder });
    }
    let url = url.with_key(url.key().trim_end_matches('/'));
    (Output::Folder(folder.clone()), Staged { url, folder })
}

fn input(path: Placed<PathBuf>) -> Input {
    if path.value.as_os_str() == "-" {
        return Input::Stdin;
    }
    let Some(text) = path.value.to_str().filter(|text| text.contains(WILDCARDS)) else {
        return Input::Path(absolute(&path));
    };
    // The base is never part of the pattern, so that a folder called `[x]` does no harm.
    let parts: Vec<&str> = text.split('/').collect();
    let first = parts.iter().position(|part| part.contains(WILDCARDS)).unwrap_or(0);
    let mut root = PathBuf::from(parts[..first].join("/"));
    if first > 0 && root.as_os_str().is_empty() {
        root = Component::RootDir.as_os_str().into();
    }
    Input::Glob { root: absolute(&Placed { value: root, ..path }), pattern: parts[first..].join("/") }
}

/// What kind of output a name means: what is there already decides, else its last letters.
fn output(path: &Placed<PathBuf>) -> Output {
    if path.value.as_os_str() == "-" {
        return Output::Stdout;
    }
    let folder_by_name = path.value.as_os_str().as_encoded_bytes().ends_with(b"/");
    let path = absolute(path);
    let is_folder = match path.metadata() {
        Ok(found) => found.is_dir(),
        Err(_) => folder_by_name || !has_file_extension(&path),
    };
    // A name with a slash at its end stays a folder even where a file is in the way: `emit` reports that.
    if is_folder || folder_by_name { Output::Folder(without_slash(&path)) } else { Output::File(path) }
}

/// The same path without a slash at its end.
fn without_slash(path: &Path) -> PathBuf {
    path.components().collect()
}

fn has_file_extension(path: &Path) -> bool {
    let known = ["jsonl", "ndjson", "json", "txt", "text", "gz", "zst", "zstd", "parquet"];
    path.extension().is_some_and(|extension| known.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

/// The side file's default: in the folder of shards, or next to the one file and named after it.
fn beside(output: &Output, name: &str, extension: &str) -> Option<PathBuf> {
    match output {
        Output::Stdout => None,
        Output::Folder(folder) => Some(folder.join(format!("{name}.{extension}"))),
        // Beside a pipe or a device there is no place for files.
        Output::File(path) if path.metadata().is_ok_and(|found| !found.is_file()) => None,
        Output::File(path) => {
            let mut stem = path.clone();
            while has_file_extension(&stem) {
                stem.set_extension("");
            }
            let mut file = stem.file_name()?.to_owned();
            file.push(format!(".{name}.{extension}"));
            Some(stem.with_file_name(file))
        }
    }
}

/// Whether the output is one file whose name says Parquet.
pub(super) fn is_named_parquet(output: &Output) -> bool {
    let Output::File(path) = output else { return false };
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet"))
}

fn compression_by_name(output: &Output) -> Compression {
    match output {
        Output::File(path) => named_compression(path).unwrap_or(Compression::None),
        Output::Stdout | Output::Folder(_) => Compression::None,
    }
}

/// The codec that a file's name promises.
pub(super) fn named_compression(path: &Path) -> Option<Compression> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        "gz" => Some(Compression::Gzip),
        "zst" | "zstd" => Some(Compression::Zstd),
        _ => None,
    }
}

//! The plan as run: what `pipeline.toml`, `--set` and the command line come to together.
//!
//! Nothing is missing here, every path is absolute and every value is in its range. An `Option` means that the user can
//! do without (no index on disk, no side file), never that a default is still to be filled in. Nothing has been opened:
//! a missing corpus file is reported by `read`. Units and defaults are told in `pipeline.toml`.

use std::path::PathBuf;

use textmill_core::repair::{Rule, RuleSet};

use super::output::{Output, Staged};
use super::store_url::StoreUrl;
use super::word::words;

/// The plan of one run, a table per stage in the order of the stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Which documents, and how they are cut into records.
    pub read: ReadPlan,
    /// From bytes to text.
    pub decode: DecodePlan,
    /// Which repairs are made and when they are sure enough.
    pub repair: RepairPlan,
    /// Which languages are told apart.
    pub langid: LangidPlan,
    /// When two documents are the same.
    pub dedup: DedupPlan,
    /// Where records go and in which form.
    pub emit: EmitPlan,
    /// What belongs to no stage: threads, memory, messages.
    pub run: RunPlan,
}

/// The table `[read]`.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadPlan {
    /// What is read, as listed. Empty if nothing was named anywhere.
    pub inputs: Vec<Input>,
    /// How documents lie in files.
    pub format: InputFormat,
    /// The field of a JSON record that is the document.
    pub text_field: String,
    /// The field of a JSON record that is its id.
    pub id_field: String,
    /// A longer record is rejected.
    pub max_record_bytes: usize,
    /// How much text goes to a worker at once.
    pub batch_bytes: usize,
    /// A file that grows by more than this factor when decompressed is rejected from there on.
    pub max_decompression_ratio: u64,
    /// How much of the objects of a store is fetched ahead of what is read.
    pub ahead_bytes: usize,
}

/// One input as named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// `-`: standard input.
    Stdin,
    /// A file or a folder.
    Path(PathBuf),
    /// A name that holds one of `* ? [ {`: a glob, unless a file is called just that.
    Glob {
        /// The folder up to the first part that holds a wildcard; ids are relative to it.
        root: PathBuf,
        /// The rest, relative to `root`, with `/` between its parts.
        pattern: String,
    },
    /// Objects of a store.
    Store {
        /// An object, or what the names of many begin with, up to the first part that holds a wildcard.
        url: StoreUrl,
        /// The rest, if there is one, relative to `url`.
        pattern: Option<String>,
    },
}

/// The table `[decode]`.
#[derive(Clone, Debug, PartialEq)]
pub struct DecodePlan {
    /// Whether encodings are detected; otherwise all bytes are taken for UTF-8.
    pub enabled: bool,
    /// Which encoding.
    pub encoding: EncodingChoice,
}

/// How a document's encoding is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EncodingChoice {
    /// By BOM, validity and statistics, for each document.
    Detect,
    /// The same for all documents: the name as [`KernelNames::encoding`](super::KernelNames::encoding) gave it.
    Forced(String),
}

/// The table `[repair]`.
#[derive(Clone, Debug, PartialEq)]
pub struct RepairPlan {
    /// Whether text is repaired.
    pub enabled: bool,
    /// The rules that run; their order is code.
    pub rules: RuleSet,
    /// What a record keeps of its edits.
    pub edits: EditDetail,
    /// How sure each rule must be.
    pub min_score: MinScores,
    /// Word lists beside the built-in ones.
    pub lexicons: Vec<PathBuf>,
    /// How much of the stream's text is learned from before its records are repaired.
    pub window_bytes: usize,
}

/// The least score at which each rule makes an edit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MinScores([f32; Rule::ALL.len()]);

impl MinScores {
    /// The same score for every rule.
    pub const fn all(score: f32) -> MinScores {
        MinScores([score; Rule::ALL.len()])
    }

    /// The score of one rule.
    pub const fn get(&self, rule: Rule) -> f32 {
        self.0[rule as usize]
    }

    /// The same scores, but for one rule.
    #[must_use]
    pub const fn with(mut self, rule: Rule, score: f32) -> MinScores {
        self.0[rule as usize] = score;
        self
    }
}

/// The table `[langid]`.
#[derive(Clone, Debug, PartialEq)]
pub struct LangidPlan {
    /// Whether languages are identified; otherwise records carry none.
    pub enabled: bool,
    /// The languages that can be answered, BCP 47. Empty: all.
    pub languages: Vec<String>,
    /// A span below this is `und`.
    pub min_score: f32,
}

/// The table `[dedup]`.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the table")]
pub struct DedupPlan {
    /// Whether duplicates are looked for.
    pub enabled: bool,
    /// The Jaccard similarity of two sets of shingles from which on they are near-duplicates.
    pub similarity: f64,
    /// Whether records are judged as they come or all together.
    pub scope: DedupScope,
    /// Which of a cluster stays.
    pub keep: Keep,
    /// What is compared.
    pub unit: DedupUnit,
    /// Tokens from which on a paragraph is compared, where paragraphs are.
    pub min_paragraph_tokens: usize,
    /// Whether only exact duplicates are dropped.
    pub exact_only: bool,
    /// Tokens in a shingle: words or, in scripts without spaces, characters.
    pub shingle_tokens: usize,
    /// Whether upper and lower case are the same to the comparison.
    pub fold_case: bool,
    /// Whether punctuation counts for nothing in the comparison.
    pub drop_punctuation: bool,
    /// Whether all digits are the same to the comparison.
    pub fold_digits: bool,
    /// Where the index is kept between runs, if it is.
    pub index: Option<PathBuf>,
    /// What the index holds.
    pub index_kind: IndexKind,
    /// Documents that a Bloom index is made for.
    pub expected_documents: u64,
    /// The most memory that the index takes; what does not fit goes to disk.
    pub index_memory_bytes: u64,
    /// If more than this share of one source's records is dropped, the summary says so, and `--strict` fails.
    pub max_removed_ratio: f64,
}

/// Which of a cluster stays: `dedup.keep`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keep {
    /// The one that comes first in the input.
    First,
    /// The one with the longest text.
    Longest,
    /// The one with the largest number in this field.
    Largest(String),
    /// The one with the smallest number in this field.
    Smallest(String),
}

impl Keep {
    /// The choice that a value of the configuration names.
    pub fn from_text(text: &str) -> Option<Keep> {
        let field = |prefix| text.strip_prefix(prefix).filter(|field: &&str| !field.is_empty()).map(str::to_owned);
        match text {
            "first" => Some(Keep::First),
            "longest" => Some(Keep::Longest),
            _ => field("max:").map(Keep::Largest).or_else(|| field("min:").map(Keep::Smallest)),
        }
    }
}

impl std::fmt::Display for Keep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Keep::First => f.write_str("first"),
            Keep::Longest => f.write_str("longest"),
            Keep::Largest(field) => write!(f, "max:{field}"),
            Keep::Smallest(field) => write!(f, "min:{field}"),
        }
    }
}

/// The table `[emit]`.
#[derive(Clone, Debug, PartialEq)]
pub struct EmitPlan {
    /// Where the records go.
    pub output: Output,
    /// The store that gets each file of the output once it is whole, if one does; `output` is then where files are made.
    pub staged: Option<Staged>,
    /// In which form.
    pub format: OutputFormat,
    /// The size, before compression, at which a shard of a folder is closed.
    pub shard_bytes: u64,
    /// The codec; `auto` is resolved by the name of the output.
    pub compression: Compression,
    /// The codec's level; `None` is the codec's own default.
    pub compression_level: Option<u32>,
    /// Subfolders.
    pub partition_by: PartitionBy,
    /// Whether a folder of shards gets a dataset card.
    pub card: bool,
    /// What the offsets of spans and edits count.
    pub offsets: OffsetUnit,
    /// Where dropped records are written, if they are.
    pub dropped: Option<PathBuf>,
    /// Where rejected records are written, if they are.
    pub rejected: Option<PathBuf>,
    /// Where the summary is written, if it is.
    pub summary: Option<PathBuf>,
}

/// The table `[run]`.
#[derive(Clone, Debug, PartialEq)]
pub struct RunPlan {
    /// Worker threads, at least one.
    pub threads: usize,
    /// The most bytes of input that are between `read` and `emit` at any time; a larger record goes alone.
    pub memory_bytes: usize,
    /// Seconds between checkpoints.
    pub commit_seconds: u64,
    /// Whether a run that rejected something ends with 1.
    pub strict: bool,
    /// Whether the run goes on where one before it stopped. The command line alone says so.
    pub resume: bool,
    /// Which messages are shown.
    pub log_level: LogLevel,
    /// How they are written.
    pub log_format: LogFormat,
    /// When the progress bar is shown.
    pub progress: Progress,
}

words! {
    /// How documents lie in files: `read.format`.
    pub enum InputFormat {
        /// By the name of each file and its first bytes.
        Auto = "auto",
        /// One JSON object a line.
        Jsonl = "jsonl",
        /// JSON objects in an array or one after the other, on as many lines as they like.
        Json = "json",
        /// A table, its fields separated by commas or by what its first row shows.
        Csv = "csv",
        /// A table, its fields separated by tabs.
        Tsv = "tsv",
        /// WARC or WET.
        Warc = "warc",
        /// One file is one document.
        Plain = "plain",
    }
    /// What a record keeps of its edits: `repair.edits`.
    pub enum EditDetail {
        /// Nothing.
        Off = "off",
        /// How many of each rule.
        Counts = "counts",
        /// Every edit, positioned, to replay from the decoded text.
        Full = "full",
    }
    /// Whether records are judged as they come or all together: `dedup.scope`.
    pub enum DedupScope {
        /// The first of each is kept and emitted at once.
        Stream = "stream",
        /// Everything is clustered first.
        Corpus = "corpus",
    }
    /// What the index holds: `dedup.index_kind`.
    pub enum IndexKind {
        /// The shingles of every document kept, by which each removal is verified.
        Exact = "exact",
        /// Which keys were seen: an eighth of the memory, and nothing is verified.
        Bloom = "bloom",
    }
    /// What is compared: `dedup.unit`.
    pub enum DedupUnit {
        /// Whole documents.
        Document = "document",
        /// Paragraphs.
        Paragraph = "paragraph",
    }
    /// The form of the output: `emit.format`.
    pub enum OutputFormat {
        /// One JSON object a line.
        Jsonl = "jsonl",
        /// The clean text alone.
        Text = "text",
        /// Records as columns.
        Parquet = "parquet",
    }
    /// The codec of the output: `emit.compression`, once `auto` is resolved.
    pub enum Compression {
        /// As is.
        None = "none",
        /// RFC 1952.
        Gzip = "gzip",
        /// RFC 8878.
        Zstd = "zstd",
    }
    /// Subfolders of the output: `emit.partition_by`.
    pub enum PartitionBy {
        /// All shards in one folder.
        Nothing = "",
        /// One folder for each language of a document.
        Language = "language",
    }
    /// What offsets count: `emit.offsets`.
    pub enum OffsetUnit {
        /// Unicode code points, as Python strings count.
        CodePoints = "code-points",
        /// Bytes of UTF-8.
        Bytes = "bytes",
    }
    /// Which messages are shown: `run.log_level`.
    pub enum LogLevel {
        /// None.
        Off = "off",
        /// What ends the run.
        Error = "error",
        /// What the user should look at.
        Warn = "warn",
        /// What happens.
        Info = "info",
        /// What each stage does.
        Debug = "debug",
        /// What each batch does.
        Trace = "trace",
    }
    /// How messages are written: `run.log_format`.
    pub enum LogFormat {
        /// For people.
        Text = "text",
        /// One JSON object a line.
        Json = "json",
    }
    /// When the progress bar is shown: `run.progress`.
    pub enum Progress {
        /// If stderr is a terminal.
        Auto = "auto",
        /// Always.
        Always = "always",
        /// Never.
        Never = "never",
    }
}

//! The options, as clap reads them, and as the configuration takes them.

use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use textmill_core::decode::Charset;
use textmill_core::langid::Language;

use crate::config::{CommandLine, ConfigError, ConfigSource, KernelNames, Plan};

/// Takes a scraped corpus from bytes to clean records in one stream.
#[derive(Parser)]
#[command(name = "textmill", version, about, subcommand_required = true, arg_required_else_help = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Run the pipeline
    Run(RunOptions),
    /// Validate the configuration; print the plan, what would be read and the memory it will take
    Check(RunOptions),
    /// Print the stage graph
    Graph(GraphOptions),
    /// Show each repair in place: before, after, rule, why
    Explain(RunOptions),
    /// Measure the throughput of each stage on your own data
    Bench(RunOptions),
    /// Show what an index of `dedup.index` holds, or make one of several
    #[command(subcommand)]
    Index(IndexCommand),
}

/// The commands of `index`.
#[derive(Subcommand)]
pub enum IndexCommand {
    /// Documents, bytes, settings, versions and the fingerprint of the rows; reads every byte and checks it
    Info {
        /// The index.
        #[arg(value_name = "PATH")]
        path: PathBuf,
    },
    /// Make a new index of several; of documents that are in more than one, that of the earlier index stays
    Merge {
        /// The new index.
        #[arg(value_name = "OUT")]
        out: PathBuf,
        /// The indexes, in order.
        #[arg(value_name = "IN", required = true)]
        inputs: Vec<PathBuf>,
        /// The memory that it may take; the rest goes to disk
        #[arg(long, value_name = "BYTES", default_value = "8 GiB")]
        memory: String,
        /// Where the documents are listed that are not taken, as lines of JSON
        #[arg(long, value_name = "PATH")]
        removed: Option<PathBuf>,
    },
}

/// The options of `run`; the other commands take them where they make sense.
#[derive(Args, Clone, Default)]
pub struct RunOptions {
    /// Files, folders or patterns; `-` is stdin. Replaces `read.inputs`
    #[arg(value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    /// The configuration [default: pipeline.toml in the current folder, else built-in defaults]
    #[arg(short, long, value_name = "PATH")]
    pub config: Option<PathBuf>,
    /// Use the built-in defaults, whatever lies in the current folder
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,
    /// A folder, a file, or `-` for stdout
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// How records lie in files
    #[arg(long, value_name = "auto|jsonl|json|csv|tsv|warc|plain")]
    pub format: Option<crate::config::InputFormat>,
    /// The form of the output
    #[arg(long, value_name = "jsonl|text|parquet")]
    pub emit: Option<crate::config::OutputFormat>,
    /// Workers; 0 is one for each core
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Where dropped records are written
    #[arg(long, value_name = "PATH")]
    pub dropped: Option<PathBuf>,
    /// Where rejected records are written
    #[arg(long, value_name = "PATH")]
    pub rejected: Option<PathBuf>,
    /// Where the summary is written
    #[arg(long, value_name = "PATH")]
    pub summary: Option<PathBuf>,
    /// What a record keeps of its edits
    #[arg(long, value_name = "off|counts|full")]
    pub edits: Option<crate::config::EditDetail>,
    /// End with 1 if anything was rejected
    #[arg(long)]
    pub strict: bool,
    /// Go on where an earlier run stopped
    #[arg(long)]
    pub resume: bool,
    /// When the progress bar is shown
    #[arg(long, value_name = "auto|always|never")]
    pub progress: Option<crate::config::Progress>,
    /// Which messages are shown
    #[arg(long, value_name = "off|error|warn|info|debug|trace")]
    pub log_level: Option<crate::config::LogLevel>,
    /// How messages are written
    #[arg(long, value_name = "text|json")]
    pub log_format: Option<crate::config::LogFormat>,
    /// Set any key of the configuration, e.g. `--set dedup.similarity=0.9`
    #[arg(long = "set", value_name = "TABLE.KEY=VALUE")]
    pub sets: Vec<String>,
}

/// The options of `graph`.
#[derive(Args)]
pub struct GraphOptions {
    /// The language of the drawing
    #[arg(long, value_name = "mermaid|dot", default_value = "mermaid", value_parser = ["mermaid", "dot"])]
    pub language: String,
    /// What the run would be.
    #[command(flatten)]
    pub run: RunOptions,
}

impl RunOptions {
    /// The plan that these options, the configuration and the defaults come to.
    ///
    /// # Errors
    /// [`ConfigError`] with every mistake.
    pub fn plan(&self) -> Result<Plan, ConfigError> {
        let source = if self.no_config { ConfigSource::BuiltIn } else { ConfigSource::find(self.config.clone()) };
        let mut cli = CommandLine {
            inputs: self.inputs.clone(),
            output: self.output.clone(),
            format: self.format,
            emit: self.emit,
            threads: self.threads,
            dropped: self.dropped.clone(),
            rejected: self.rejected.clone(),
            summary: self.summary.clone(),
            edits: self.edits,
            strict: self.strict,
            resume: self.resume,
            progress: self.progress,
            log_level: self.log_level,
            log_format: self.log_format,
        };
        if cli.inputs.is_empty() && self.config.is_none() && text_is_piped_in() {
            cli.inputs.push(PathBuf::from("-"));
        }
        Plan::load(&source, &self.sets, &cli, &kernel_names())
    }
}

/// Whether text comes from stdin: it is a pipe or a file, and not an empty one, as the stdin of a script often is.
fn text_is_piped_in() -> bool {
    use std::os::unix::fs::FileTypeExt;
    let stdin = std::io::stdin();
    let is_pipe = std::fs::metadata("/dev/stdin").is_ok_and(|metadata| {
        let kind = metadata.file_type();
        kind.is_fifo() || kind.is_socket() || kind.is_file()
    });
    // The first bytes stay in the buffer that `read` takes them from.
    is_pipe && !stdin.is_terminal() && stdin.lock().fill_buf().is_ok_and(|bytes| !bytes.is_empty())
}

fn kernel_names() -> KernelNames {
    KernelNames {
        encoding: |name| Charset::from_label(name).map(|charset| charset.name().to_owned()),
        encodings: Vec::new(),
        language: |name| Language::from_code(name).map(|language| language.code().to_owned()),
        languages: Language::all().map(Language::code).collect(),
    }
}

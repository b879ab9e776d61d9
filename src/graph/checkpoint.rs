//! What a run writes down from time to time so that another can go on from there, byte for byte.
//!
//! A checkpoint is taken where a window ends: what has been decided by then depends on nothing that follows. It names
//! the place in the input, the length of every open file and the books. The index is not in it: it is made again from
//! the records that were kept, which are in the output.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use textmill_core::repair::Rule;

use super::RunError;
use super::batch::Position;
use super::emit::FileState;
use super::ledger::Ledger;
use crate::config::{DedupScope, Input, LogFormat, LogLevel, Output, OutputFormat, Plan, Progress};
use crate::io::inputs::{Entry, Root, walk};
use crate::io::journal::Journal;

/// The state of a run at the end of a window.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Where the input goes on.
    pub position: Position,
    /// The open files.
    pub files: Vec<FileState>,
    /// What became of every record so far.
    pub ledger: Ledger,
    /// Edits made by each rule so far.
    pub repairs: [u64; Rule::ALL.len()],
    /// Records and bytes of text emitted, by language.
    pub languages: BTreeMap<String, (u64, u64)>,
    /// Records read and dropped, by source.
    pub sources: BTreeMap<String, (u64, u64)>,
    /// How often an index that stays had been written when the run began.
    pub index_generation: Option<u64>,
    /// What is known of the columns of the output, where it has columns.
    pub columns: Option<serde_json::Value>,
}

/// The first line of a journal: what must not change between the runs.
#[derive(Serialize, Deserialize)]
struct Header {
    version: String,
    plan: String,
    /// What the run is known by, so that an index never takes it up twice.
    run_id: String,
}

/// The folder beside the output in which a run keeps its journal until it is done. Locked as long as this lives.
pub struct RunFolder {
    path: PathBuf,
    _lock: File,
}

/// A run that can begin, or go on.
pub struct Begun {
    /// Its folder.
    pub folder: RunFolder,
    /// Where checkpoints go.
    pub journal: Journal,
    /// Where the run goes on, if it is not a new one.
    pub checkpoint: Option<Checkpoint>,
    /// What the run is known by.
    pub run_id: String,
}

impl RunFolder {
    /// Begins a run, or takes one up again.
    ///
    /// `None` for output that cannot be taken up again: standard output, pipes, devices; and for standard input, which
    /// cannot be read twice.
    ///
    /// # Errors
    /// [`RunError::Output`] if another run is at work there, if one that was not finished is there and `--resume` is not
    /// said, or if there is nothing to resume or it does not fit; [`RunError::Write`] for what the system says.
    pub fn begin(plan: &Plan, roots: &[Root]) -> Result<Option<Begun>, RunError> {
        let Some(path) = folder_of(plan) else {
            return if plan.run.resume { Err(RunError::Output(CANNOT_RESUME.to_owned())) } else { Ok(None) };
        };
        let failed = |source| RunError::Write { path: path.clone(), source };
        let output = path.parent().unwrap_or(&path).display();
        if plan.run.resume && !path.join("journal").exists() {
            return Err(RunError::Output(format!("nothing to resume: `{output}` holds no unfinished run")));
        }
        fs::create_dir_all(&path).map_err(failed)?;
        let lock = File::create(path.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(RunError::Output(format!("another run is writing to `{output}`")));
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let (journal, checkpoint, run_id) = if plan.run.resume {
            take_up(&path, plan, roots)?
        } else if last_checkpoint(&path).is_some() || (plan.dedup.index.is_some() && is_begun(&path)) {
            // One whose index stays may be in it, whether it came to a checkpoint or not: begun anew, it would find itself.
            return Err(RunError::Output(unfinished(&path)));
        } else {
            let (journal, run_id) = begin_new(&path, plan, roots).map_err(failed)?;
            (journal, None, run_id)
        };
        Ok(Some(Begun { folder: RunFolder { path, _lock: lock }, journal, checkpoint, run_id }))
    }

    /// Where a plan's run would keep its journal, if it keeps one.
    pub fn path_for(plan: &Plan) -> Option<PathBuf> {
        folder_of(plan)
    }

    /// Whether a plan's run left a checkpoint from which another can go on.
    pub fn has_checkpoint(plan: &Plan) -> bool {
        folder_of(plan).is_some_and(|path| last_checkpoint(&path).is_some())
    }

    /// Takes the folder away: the run is done.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove(self) -> Result<(), RunError> {
        // Without its journal the rest is of no run: a kill in between leaves no journal that cannot be taken up.
        let removed = fs::remove_file(self.path.join("journal")).and_then(|()| fs::remove_dir_all(&self.path));
        removed.map_err(|source| RunError::Write { path: self.path, source })
    }
}

/// The last checkpoint of the journal in a folder, if there is one.
fn last_checkpoint(path: &Path) -> Option<Checkpoint> {
    let (_, lines) = Journal::open(&path.join("journal")).ok()?;
    serde_json::from_str(lines.last()?).ok()
}

/// Whether a run has begun in a folder.
fn is_begun(path: &Path) -> bool {
    Journal::open(&path.join("journal")).is_ok_and(|(_, lines)| !lines.is_empty())
}

const CANNOT_RESUME: &str = "--resume needs an output that is a file or folder, and inputs that can be read again";

fn unfinished(path: &Path) -> String {
    format!(
        "an unfinished run is in the output: say --resume to go on with it, or delete `{}` to begin anew",
        path.display()
    )
}

/// The folder for a plan's journal.
fn folder_of(plan: &Plan) -> Option<PathBuf> {
    if plan.read.inputs.contains(&Input::Stdin) {
        return None;
    }
    match &plan.emit.output {
        Output::Stdout => None,
        Output::Folder(folder) => Some(folder.join(".textmill")),
        Output::File(path) if path.metadata().is_ok_and(|metadata| !metadata.is_file()) => None,
        Output::File(path) => {
            let mut name = std::ffi::OsString::from(".");
            name.push(path.file_name()?);
            name.push(".textmill");
            Some(path.with_file_name(name))
        }
    }
}

fn begin_new(path: &Path, plan: &Plan, roots: &[Root]) -> io::Result<(Journal, String)> {
    let mut inputs = BufWriter::new(File::create(path.join("inputs"))?);
    for line in walk(roots.to_vec()).map(describe) {
        writeln!(inputs, "{line}")?;
    }
    inputs.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    let mut journal = Journal::create(&path.join("journal"))?;
    let header = Header { version: version(), plan: essence(plan), run_id: new_run_id() };
    journal.append(&serde_json::to_string(&header).map_err(io::Error::other)?)?;
    Ok((journal, header.run_id))
}

fn take_up(path: &Path, plan: &Plan, roots: &[Root]) -> Result<(Journal, Option<Checkpoint>, String), RunError> {
    let failed = |source| RunError::Write { path: path.to_owned(), source };
    let (journal, lines) = Journal::open(&path.join("journal")).map_err(failed)?;
    let Some(header) = lines.first().and_then(|line| serde_json::from_str::<Header>(line).ok()) else {
        // The run was killed before its first line was whole: nothing was written.
        let (journal, run_id) = begin_new(path, plan, roots).map_err(failed)?;
        return Ok((journal, None, run_id));
    };
    if header.version != version() {
        let text = format!(
            "the unfinished run is one of textmill {}, this is {}; versions are never mixed",
            header.version,
            version()
        );
        return Err(RunError::Output(text));
    }
    let now = essence(plan);
    if let Some((was, is)) = header.plan.lines().zip(now.lines()).find(|(was, is)| was != is) {
        return Err(RunError::Output(format!(
            "the configuration is not that of the unfinished run: it was `{was}` and is `{is}`"
        )));
    }
    check_inputs(&path.join("inputs"), roots)?;
    let checkpoint = lines.last().and_then(|line| serde_json::from_str::<Checkpoint>(line).ok());
    if checkpoint.is_some() && plan.emit.format == OutputFormat::Text && plan.dedup.enabled {
        let text = "a run that emits text cannot be resumed with dedup on: the index is made again from records; delete the output and begin anew";
        return Err(RunError::Output(text.to_owned()));
    }
    if plan.dedup.scope == DedupScope::Corpus {
        return Ok((journal, None, header.run_id));
    }
    Ok((journal, checkpoint, header.run_id))
}

/// Compares the inputs with the list that was frozen when the run began.
fn check_inputs(list: &Path, roots: &[Root]) -> Result<(), RunError> {
    let failed = |source| RunError::Read { path: list.to_owned(), source };
    let mut then = BufReader::new(File::open(list).map_err(failed)?).lines();
    let mut now = walk(roots.to_vec()).map(describe);
    loop {
        match (then.next().transpose().map_err(failed)?, now.next()) {
            (None, None) => return Ok(()),
            (Some(then), Some(now)) if then == now => {}
            (then, now) => {
                let name = |line: &Option<String>| {
                    line.as_deref().map_or("nothing", |line| line.split(' ').nth(2).unwrap_or(line)).to_owned()
                };
                let text = format!(
                    "the input changed since the run began: `{}` was there and `{}` is now, or its size, time or version differ",
                    name(&then),
                    name(&now)
                );
                return Err(RunError::Output(text));
            }
        }
    }
}

/// One entry of the list of inputs: size, time or version, and name.
fn describe(entry: Entry) -> String {
    match entry {
        Entry::Stdin => "- - -".to_owned(),
        Entry::Skipped(skipped) => format!("- - {}", skipped.name),
        Entry::File(file) => format!("{} {}", file.version(), file.name),
    }
}

/// What a run is known by: unlike that of any other, and no part of what it writes.
pub fn new_run_id() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("{:x}-{:x}", since.as_nanos(), std::process::id())
}

/// The version of the program and of its kernels.
fn version() -> String {
    format!("{} (dedup {})", env!("CARGO_PKG_VERSION"), textmill_core::dedup::KERNEL_VERSION)
}

/// The part of a plan that decides what is written: all but threads, memory and messages.
fn essence(plan: &Plan) -> String {
    let mut plan = plan.clone();
    plan.run = crate::config::RunPlan {
        threads: 1,
        memory_bytes: 0,
        commit_seconds: 0,
        strict: false,
        resume: false,
        log_level: LogLevel::Off,
        log_format: LogFormat::Text,
        progress: Progress::Never,
    };
    (plan.read.batch_bytes, plan.read.ahead_bytes) = (0, 0);
    plan.dedup.index_memory_bytes = 0;
    plan.to_toml()
}

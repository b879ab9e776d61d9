//! `emit` as Parquet: files of columns, made of the lines that the stream writes.
//!
//! A Parquet file has its footer at the end and is whole or nothing, and which columns it has is not known before its
//! records are. So the records of a shard are written as lines first, beside the shard, and become columns when the shard
//! is closed: row groups on the workers, the file in order. Lines can be cut to a length and gone on with, so checkpoints
//! are the same as for JSON; lines are taken away when the file they became is whole and a checkpoint has noted it.
//!
//! The first shard that is closed settles the columns of all ([`Columns`]).

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_schema::{Schema, SchemaRef};
use parquet::errors::ParquetError;
use serde::{Deserialize, Serialize};
use textmill_core::decode::{Hint, utf8_string};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::RunError;
use super::checkpoint::Checkpoint;
use super::under_way::UnderWay;
use super::workers::Workers;
use crate::config::{EditDetail, EmitPlan, Output, Plan, ReadPlan};
use crate::formats::parquet::{ColumnFile, Columns, Encoded, Fault, Findings, Inference, ROW_GROUP_BYTES, RowReader};
use crate::io::output::{Access, PartFile, made_of_lines, shards_in};
use crate::io::stores::StoreFolder;

/// What files that were read say of their columns, by the names of the files, as long as somebody will ask.
#[derive(Clone, Default)]
pub struct Tables(Arc<Mutex<Option<HashMap<String, SchemaRef>>>>);

impl Tables {
    /// Notes the columns of a file.
    pub fn declare(&self, source: &str, schema: &SchemaRef) {
        if let Some(known) = self.lock().as_mut() {
            known.insert(source.to_owned(), Arc::clone(schema));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<HashMap<String, SchemaRef>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The records of a file that an earlier run wrote, as lines of what is needed to judge others by them.
///
/// # Errors
/// What is wrong with the file.
pub fn kept_lines(file: File, plan: &ReadPlan) -> io::Result<Box<dyn Read + Send>> {
    let wanted = [plan.id_field.as_str(), &plan.text_field, "textmill.source", "textmill.offset"];
    let rows = RowReader::open(file, &plan.text_field, Some(&wanted), 0, Hint::default()).map_err(damaged)?;
    Ok(Box::new(RowLines { rows, lines: io::Cursor::default() }))
}

fn damaged(fault: Fault) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, fault.detail)
}

/// Rows as a stream of lines.
struct RowLines {
    rows: RowReader,
    lines: io::Cursor<Vec<u8>>,
}

impl Read for RowLines {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let n = self.lines.read(buf)?;
            if n > 0 || buf.is_empty() {
                return Ok(n);
            }
            let Some(next) = self.rows.next_lines().map_err(damaged)? else { return Ok(0) };
            self.lines = io::Cursor::new(next.lines);
        }
    }
}

/// What a checkpoint holds of columns.
#[derive(Serialize, Deserialize)]
enum State {
    /// Which there are.
    Settled(Columns),
    /// What files say, as long as that is still to be asked.
    Open(BTreeMap<String, Schema>),
}

/// Makes files of columns.
pub struct ColumnShards {
    task: Task,
    id_field: String,
    findings: Findings,
    columns: Option<Arc<Columns>>,
    tables: Tables,
    /// Lines that files are being made of.
    files: UnderWay,
}

/// What is needed to make one file.
#[derive(Clone)]
struct Task {
    plan: Arc<EmitPlan>,
    text_field: String,
    workers: Arc<Workers>,
    /// Where files go once they are whole, if not where they are made.
    store: Option<StoreFolder>,
    n_workers: usize,
}

impl ColumnShards {
    /// Nothing made yet; or what an earlier run left to be made.
    ///
    /// # Errors
    /// [`RunError::Output`] if the checkpoint is of another version.
    pub fn new(
        plan: &Plan,
        workers: Arc<Workers>,
        store: Option<StoreFolder>,
        is_journalled: bool,
        checkpoint: Option<&Checkpoint>,
        tables: Tables,
    ) -> Result<ColumnShards, RunError> {
        let edits = if plan.repair.enabled { plan.repair.edits } else { EditDetail::Off };
        let state = checkpoint.and_then(|checkpoint| checkpoint.columns.clone()).map(serde_json::from_value);
        let state = state.transpose().map_err(|error| RunError::Output(format!("the journal is damaged: {error}")))?;
        let (columns, known) = match state {
            Some(State::Settled(columns)) => (Some(Arc::new(columns)), None),
            Some(State::Open(known)) => {
                (None, Some(known.into_iter().map(|(source, schema)| (source, Arc::new(schema))).collect()))
            }
            None => (None, Some(HashMap::new())),
        };
        *tables.lock() = known;
        Ok(ColumnShards {
            task: Task {
                plan: Arc::new(plan.emit.clone()),
                text_field: plan.read.text_field.clone(),
                workers,
                store,
                n_workers: plan.run.threads,
            },
            id_field: plan.read.id_field.clone(),
            findings: Findings {
                languages: plan.langid.enabled,
                repairs: edits != EditDetail::Off,
                edits: edits == EditDetail::Full,
            },
            columns,
            tables,
            files: UnderWay::new(plan.run.threads, is_journalled),
        })
    }

    /// Whether it is known which columns there are.
    pub fn are_settled(&self) -> bool {
        self.columns.is_some()
    }

    /// What a checkpoint has to hold.
    pub fn state(&self) -> Option<serde_json::Value> {
        // A schema is plain data.
        let state = if let Some(columns) = &self.columns {
            State::Settled(columns.as_ref().clone())
        } else {
            let tables = self.tables.lock();
            let known = tables.iter().flatten();
            State::Open(known.map(|(source, schema)| (source.clone(), schema.as_ref().clone())).collect())
        };
        serde_json::to_value(&state).ok()
    }

    /// Finds out from these lines which columns all files have.
    ///
    /// # Errors
    /// [`RunError::Read`] for lines that cannot be read again.
    pub fn settle(&mut self, written: &[PathBuf]) -> Result<(), RunError> {
        let declared = self.tables.lock().take().unwrap_or_default();
        let mut inference = Inference::new(&declared);
        for path in written {
            let mut lines = Lines::open(path)?;
            let mut group = String::new();
            loop {
                group = lines.next_group(LOOKED_THROUGH_BYTES, group)?;
                if group.is_empty() {
                    break;
                }
                group.lines().for_each(|line| inference.record(line));
            }
        }
        self.columns = Some(Arc::new(inference.finish(&self.id_field, &self.task.text_field, self.findings)));
        Ok(())
    }

    /// Makes the files that an earlier run had closed and not made, from the lines it left.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn go_on(&mut self) -> Result<(), RunError> {
        let plan = Arc::clone(&self.task.plan);
        let (Output::Folder(folder), true) = (&plan.output, self.are_settled()) else { return Ok(()) };
        let mut left = shards_in(folder).map_err(|source| RunError::Read { path: folder.clone(), source })?;
        left.sort();
        left.into_iter().filter(|(path, ..)| made_of_lines(path).is_some()).try_for_each(|(path, ..)| self.encode(path))
    }

    /// Makes a file of the lines at this path, which are whole.
    ///
    /// # Errors
    /// [`RunError`] of a file begun before it.
    pub fn encode(&mut self, lines: PathBuf) -> Result<(), RunError> {
        let (Some(columns), Some(path)) = (self.columns.clone(), made_of_lines(&lines)) else {
            return Err(RunError::Stage(format!("`{}` was closed before its columns were known", lines.display())));
        };
        let (task, from) = (self.task.clone(), lines.clone());
        self.files.begin(lines, move || task.make(&from, &path, &columns))
    }

    /// Takes away the lines that nobody needs any more: a checkpoint has been noted after their files were whole.
    ///
    /// # Errors
    /// [`RunError`] of a file that could not be made.
    pub fn committed(&mut self) -> Result<(), RunError> {
        self.files.committed()
    }

    /// Waits until all files are whole.
    ///
    /// # Errors
    /// [`RunError`] of a file that could not be made.
    pub fn finish(self) -> Result<(), RunError> {
        self.files.finish()
    }
}

impl Task {
    /// Makes one file, whole or not at all.
    fn make(&self, from: &Path, path: &Path, columns: &Arc<Columns>) -> Result<(), RunError> {
        let failed = |error: ParquetError| RunError::Write { path: path.to_owned(), source: io_error(error) };
        let part = PartFile::create(path, Access::Default)
            .map_err(|source| RunError::Write { path: path.to_owned(), source })?;
        let EmitPlan { compression, compression_level, .. } = *self.plan;
        let mut file =
            ColumnFile::begin(Part(part), Arc::clone(columns), &self.text_field, compression, compression_level)
                .map_err(failed)?;
        let mut lines = Lines::open(from)?;
        let mut encoding: VecDeque<JoinHandle<(Result<Encoded, ParquetError>, String)>> = VecDeque::new();
        let runtime = Handle::current();
        let mut spare = String::new();
        loop {
            let group = lines.next_group(ROW_GROUP_BYTES, std::mem::take(&mut spare))?;
            let is_last = group.is_empty();
            if !is_last {
                let row_group = file.next_row_group();
                encoding.push_back(self.workers.run(move || (row_group.encode(&group), group)));
            }
            while encoding.len() >= self.n_workers || is_last {
                let Some(task) = encoding.pop_front() else { break };
                let (encoded, group) = runtime.block_on(task).map_err(|gone| RunError::Stage(gone.to_string()))?;
                spare = group;
                file.append(encoded.map_err(failed)?).map_err(failed)?;
            }
            if is_last {
                let Part(part) = file.finish().map_err(failed)?;
                let write = |source| RunError::Write { path: path.to_owned(), source };
                part.finish().map_err(write)?;
                let Some(store) = self.store.as_ref().filter(|store| store.takes(path)) else { return Ok(()) };
                store.put(path).map_err(RunError::Put)?;
                // From its lines it can be made again, as long as anybody needs it.
                return fs::remove_file(path).map_err(write);
            }
        }
    }
}

/// A part of a file as something to write to.
struct Part(PartFile);

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The system's error, where that is what the crate reports.
fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(inner) => io::Error::other(inner),
        },
        other => io::Error::other(other),
    }
}

/// Bytes of lines that are looked through at once for their columns: 256 KiB, which stay in the cache.
const LOOKED_THROUGH_BYTES: usize = 256 << 10;

/// Lines in groups.
struct Lines {
    path: PathBuf,
    reader: BufReader<File>,
}

impl Lines {
    fn open(path: &Path) -> Result<Lines, RunError> {
        let file = File::open(path).map_err(|source| RunError::Read { path: path.to_owned(), source })?;
        Ok(Lines { path: path.to_owned(), reader: BufReader::with_capacity(1 << 20, file) })
    }

    /// The next lines, `bytes` of them or little more, or all that are left; nothing at the end. In the place of earlier ones,
    /// whose memory need not be cleared by the system again.
    fn next_group(&mut self, bytes: usize, earlier: String) -> Result<String, RunError> {
        let failed = |source| RunError::Read { path: self.path.clone(), source };
        let mut group = earlier.into_bytes();
        group.clear();
        while group.len() < bytes && self.reader.read_until(b'\n', &mut group).map_err(failed)? > 0 {}
        let damaged = |_| failed(io::Error::new(io::ErrorKind::InvalidData, "not what the run wrote"));
        utf8_string(group).map_err(damaged)
    }
}

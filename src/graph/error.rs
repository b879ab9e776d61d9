//! Why a run ended before its input did, with the cure where there is one.

use std::path::PathBuf;

use super::emit::WriterGone;
use super::kernels::KernelError;
use crate::index::IndexError;
use crate::io::inputs::InputError;
use crate::io::stores::StoreError;

/// Why a run ended before its input did.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// An input that names nothing.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A setting that a kernel does not take.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// A file of the output cannot be written.
    #[error("cannot write `{}`: {source}{}", path.display(), cure(source))]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file cannot be read that the run needs to go on.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A store that cannot be read from any more.
    #[error("cannot read {0}")]
    Fetch(#[source] StoreError),
    /// A store that does not take a file of the output.
    #[error("cannot write {0}")]
    Put(#[source] StoreError),
    /// The output folder holds something that is not this run's.
    #[error("{0}")]
    Output(String),
    /// The system gives no threads.
    #[error("cannot start threads: {0}; see the limits of the system (ulimit -a)")]
    NoThreads(#[source] std::io::Error),
    /// The index of `dedup` cannot be used.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// No record has the number that says which of a cluster stays.
    #[error(
        "dedup.keep is \"{keep}\", but none of {records} records has a number in that field; {}",
        if fields.is_empty() { "no field of the first one holds a number".to_owned() } else { format!("numbers in the first one: {}", fields.join(", ")) }
    )]
    NoWeight {
        /// The choice as configured.
        keep: String,
        /// Records read.
        records: u64,
        /// Fields of the first record that hold a number.
        fields: Vec<String>,
    },
    /// A corpus needs more memory than its index may take, though all is on disk that can be.
    #[error(
        "dedup.scope = \"corpus\" needs more than dedup.index_memory_bytes after {records} records, with all on disk that can be: raise it, or set dedup.scope = \"stream\""
    )]
    IndexFull {
        /// Records read by then.
        records: u64,
    },
    /// Nobody reads standard output any more.
    #[error("standard output was closed")]
    ReaderGone,
    /// Records were lost or came twice: a fault of textmill's own.
    #[error(
        "the books do not balance: {found} records ({input_bytes} bytes) were read, {records} ({bytes} bytes) accounted for; please report this"
    )]
    NotConserved {
        /// Records found.
        found: u64,
        /// Bytes read, less blank lines.
        input_bytes: u64,
        /// Records emitted, dropped and rejected.
        records: u64,
        /// Their bytes.
        bytes: u64,
    },
    /// A stage panicked outside any record.
    #[error("a stage failed: {0}; please report this")]
    Stage(String),
}

impl From<WriterGone> for RunError {
    /// Why nothing can be written is the writer's to tell; nobody sees this one.
    fn from(_: WriterGone) -> RunError {
        RunError::ReaderGone
    }
}

/// What to do about it, where that is known. That a run can be taken up again is added by the command.
fn cure(error: &std::io::Error) -> &'static str {
    use std::io::ErrorKind;

    use rustix::io::Errno;
    let number = error.raw_os_error();
    if [Errno::MFILE, Errno::NFILE].iter().any(|errno| number == Some(errno.raw_os_error())) {
        return "; raise the limit on open files (ulimit -n)";
    }
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "; free some space",
        ErrorKind::FileTooLarge => "; raise the limit on the size of files (ulimit -f), or set emit.shard_bytes lower",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem | ErrorKind::NotADirectory => {
            "; choose another place with --output"
        }
        ErrorKind::NotFound => "; it was removed while the run wrote to it: leave the output alone and begin anew",
        _ => "",
    }
}

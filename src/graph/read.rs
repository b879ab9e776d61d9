//! `read`: from the list of inputs to batches of whole records. One thread, which only reads, decompresses and looks for
//! line ends; everything else is the workers'.
//!
//! A file that fails gives what it held before the fault, then one rejection that says why; the next file goes on.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::mem;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use memchr::{memchr, memchr_iter, memrchr};
use textmill_core::decode::{Charset, Evidence, sniff};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use super::batch::{Body, KEPT_BYTES, LinesAre, Piece, Position, RawBatch, RejectReason, Rejection, Source, too_large};
use super::ledger::Tally;
use super::timing::{StageTime, ThreadTime};
use crate::config::{InputFormat, ReadPlan};
use crate::formats::sniff::{Format, binary_format};
use crate::io::decompress::{self, Opened, drain, is_bomb};
use crate::io::inputs::{Entry, InputFile, SkipReason, Skipped};
use crate::io::transcode::Transcoded;
use crate::progress::Progress;

/// Pieces in a batch at most, so that a folder of tiny files is shared among the workers as well.
const MAX_PIECES: usize = 512;

/// What the thread that reads needs.
pub struct Reader {
    /// The table `[read]`.
    pub plan: ReadPlan,
    /// The encoding of everything, if the user says so.
    pub forced: Option<Charset>,
    /// Bytes of input after which a window ends, at the next record.
    pub window_bytes: u64,
    /// Bytes in flight, a permit per [`PERMIT_BYTES`].
    pub budget: Arc<Semaphore>,
    /// Permits in all: what a batch larger than the budget asks for.
    pub max_permits: u32,
    /// Where batches go.
    pub batches: mpsc::Sender<RawBatch>,
    /// Set when no more shall be read.
    pub stop: CancellationToken,
    /// Where reading begins.
    pub from: Position,
    /// What the user sees of it.
    pub progress: Progress,
}

/// The encodings in which a line end is more than a byte: their streams are transcoded before lines are looked for.
const WIDE: [Charset; 4] = [Charset::UTF_16LE, Charset::UTF_16BE, Charset::UTF_32LE, Charset::UTF_32BE];

/// Bytes that one permit of the budget stands for: 4 KiB.
pub const PERMIT_BYTES: usize = 4096;

/// The run goes no further: it was stopped, or nobody takes batches any more.
struct Stopped;

impl Reader {
    /// Reads all entries, in order. Blocks; to be run on a thread of its own.
    pub fn read(self, entries: impl Iterator<Item = Entry>) -> StageTime {
        let start = ThreadTime::now();
        let window_left = self.window_bytes;
        let mut open = OpenBatch {
            reader: self,
            pieces: Vec::new(),
            bytes: 0,
            window_left,
            window_permits: 0,
            done: StageTime::default(),
        };
        let from = open.reader.from;
        for (rank, entry) in entries.enumerate().skip(from.rank as usize) {
            let rank = u32::try_from(rank).unwrap_or(u32::MAX);
            let result = match entry {
                Entry::File(file) => open.file(&file, rank),
                Entry::Stdin => open.stream(io::stdin(), &Arc::new(Source { name: "-".to_owned(), rank }), ""),
                Entry::Skipped(skipped) => open.skipped(skipped, rank),
            };
            if result.is_err() {
                break;
            }
        }
        // What is left is the last batch; that nobody takes it is known to whoever left.
        let _ = open.send(Some(Position::END));
        StageTime { busy: start.elapsed(), ..open.done }
    }
}

/// The batch that is being filled.
struct OpenBatch {
    reader: Reader,
    pieces: Vec<Piece>,
    bytes: usize,
    /// Bytes of input until the window ends.
    window_left: u64,
    /// Permits that the batches of the open window hold.
    window_permits: u32,
    done: StageTime,
}

impl OpenBatch {
    fn file(&mut self, file: &InputFile, rank: u32) -> Result<(), Stopped> {
        let source = Arc::new(Source { name: file.name.clone(), rank });
        let opened = File::open(&file.path).and_then(|open| Ok((open.metadata()?, open)));
        let (before, open) = match opened {
            Ok(opened) => opened,
            Err(error) => return self.reject(&source, 0, 0, RejectReason::Unreadable, error.to_string(), Vec::new()),
        };
        self.stream(open, &source, &file.name)?;
        let changed = std::fs::metadata(&file.path).map_or(true, |after| identity(&before) != identity(&after));
        if changed && before.is_file() {
            let detail = "the file changed while it was read; run again on it".to_owned();
            return self.reject(&source, 0, 0, RejectReason::Changed, detail, Vec::new());
        }
        Ok(())
    }

    fn skipped(&mut self, skipped: Skipped, rank: u32) -> Result<(), Stopped> {
        let source = Arc::new(Source { name: skipped.name, rank });
        let (reason, detail) = match skipped.why {
            SkipReason::Symlink => (
                RejectReason::NotAFile,
                "a symbolic link inside a folder is not followed; name it as an input".to_owned(),
            ),
            SkipReason::NotAFile => {
                (RejectReason::NotAFile, "a pipe, socket or device inside a folder is not read".to_owned())
            }
            SkipReason::Unreadable(message) => (RejectReason::Unreadable, message),
        };
        self.reject(&source, 0, 0, reason, detail, Vec::new())
    }

    /// Reads one stream to its end or its fault.
    fn stream(&mut self, stream: impl Read + Send + 'static, source: &Arc<Source>, name: &str) -> Result<(), Stopped> {
        let mut opened = match decompress::open(stream, self.reader.plan.max_decompression_ratio) {
            Ok(opened) => opened,
            Err(error) => return self.fault(source, 0, 0, &error),
        };
        self.reader.progress.begin(Arc::clone(&opened.taken));
        if let Some(format) = binary_format(&opened.prefix) {
            let detail = format!("a {format} file holds no plain text; convert it first");
            let head = mem::take(&mut opened.prefix);
            let length = io::copy(&mut opened.reader, &mut io::sink()).unwrap_or(head.len() as u64);
            return self.reject(source, 0, length, RejectReason::Binary, detail, head);
        }
        let format = match self.reader.plan.format {
            InputFormat::Jsonl => Format::Jsonl,
            InputFormat::Plain => Format::Plain,
            InputFormat::Auto => Format::of(name, &opened.prefix),
        };
        let from = self.start_in(source);
        match format {
            Format::Jsonl => self.lines(&mut opened, source, from),
            Format::Plain => self.document(&mut opened, source, from),
        }?;
        match opened.trailing.load(Ordering::Relaxed) {
            0 => Ok(()),
            n => {
                let detail = "bytes after the last member of the compressed stream".to_owned();
                self.reject(source, 0, n, RejectReason::TrailingData, detail, Vec::new())
            }
        }
    }

    /// Where reading begins in a source: at its start, but for the one in which an earlier run stopped.
    fn start_in(&self, source: &Source) -> Position {
        let from = self.reader.from;
        if source.rank == from.rank { from } else { Position { rank: source.rank, ..Position::START } }
    }

    fn document(&mut self, opened: &mut Opened, source: &Arc<Source>, from: Position) -> Result<(), Stopped> {
        let limit = self.reader.plan.max_record_bytes;
        if from.offset > 0 {
            // The document itself is done; what was wrong with its end is met again.
            let (_, fault) = drain(&mut opened.reader);
            return fault.map_or(Ok(()), |error| self.fault(source, from.offset, 0, &error));
        }
        let mut bytes = Vec::with_capacity(opened.prefix.len() + 1);
        let result = opened.reader.by_ref().take(limit as u64 + 1).read_to_end(&mut bytes);
        if bytes.len() > limit {
            let (rest, fault) = drain(&mut opened.reader);
            bytes.truncate(KEPT_BYTES);
            self.too_large(source, 0, limit as u64 + 1 + rest, 1, bytes)?;
            return fault.map_or(Ok(()), |error| self.fault(source, limit as u64 + 1 + rest, 0, &error));
        }
        let length = bytes.len();
        if length > 0 {
            self.add(Piece { source: Arc::clone(source), offset: 0, next_line: 1, body: Body::Document(bytes) })?;
        }
        result.map_or_else(|error| self.fault(source, length as u64, 0, &error), |_| Ok(()))
    }

    fn lines(&mut self, opened: &mut Opened, source: &Arc<Source>, from: Position) -> Result<(), Stopped> {
        let forced = self.reader.forced.map(|charset| (charset, Evidence::Forced));
        let sniffed = || sniff(&opened.prefix).map(|charset| (charset, Evidence::Utf16Pattern));
        match forced.or_else(sniffed) {
            // Their line ends are more than a byte.
            Some((charset, evidence)) if WIDE.contains(&charset) => {
                let mut reader = Transcoded::new(&mut opened.reader, charset);
                self.lines_of(&mut reader, source, LinesAre::Transcoded(charset, evidence), from)
            }
            Some((charset, _)) if charset != Charset::UTF_8 => {
                self.lines_of(&mut opened.reader, source, LinesAre::Likely(charset), from)
            }
            _ => self.lines_of(&mut opened.reader, source, LinesAre::Utf8, from),
        }
    }

    fn lines_of(
        &mut self,
        reader: &mut dyn Read,
        source: &Arc<Source>,
        encoding: LinesAre,
        from: Position,
    ) -> Result<(), Stopped> {
        let batch_bytes = self.reader.plan.batch_bytes;
        let max_record_bytes = self.reader.plan.max_record_bytes;
        let mut carry: Vec<u8> = Vec::new();
        let Position { mut offset, mut line, .. } = from;
        if let Err(error) = io::copy(&mut reader.take(offset), &mut io::sink()) {
            return self.fault(source, offset, 0, &error);
        }
        loop {
            let looked = carry.len();
            let mut bytes = Vec::with_capacity((looked * 2).max(looked + batch_bytes));
            bytes.append(&mut carry);
            let wanted = (bytes.capacity() - looked) as u64;
            let result = reader.take(wanted).read_to_end(&mut bytes);
            let at_end = !matches!(result, Ok(n) if n as u64 == wanted);
            match memrchr(b'\n', &bytes[looked..]) {
                Some(last) if !at_end => carry.extend_from_slice(&bytes[looked + last + 1..]),
                Some(_) => {}
                None if at_end => {}
                None if bytes.len() > max_record_bytes => {
                    let (length, ended) = self.skip_line(reader, &mut bytes, &mut carry);
                    line += 1;
                    self.too_large(source, offset, length, line, bytes)?;
                    offset += length;
                    match ended {
                        Ok(true) => return Ok(()),
                        Ok(false) => continue,
                        Err(error) => return self.fault(source, offset, 0, &error),
                    }
                }
                None => {
                    carry = bytes;
                    continue;
                }
            }
            bytes.truncate(bytes.len() - carry.len());
            let length = bytes.len();
            if length > 0 {
                let lines = memchr_iter(b'\n', &bytes).count() as u64;
                let body = Body::Lines { bytes, first_line: line, encoding };
                line += lines;
                self.add(Piece { source: Arc::clone(source), offset, next_line: line, body })?;
                offset += length as u64;
            }
            match result {
                Err(error) => return self.fault(source, offset, 0, &error),
                Ok(_) if at_end => return Ok(()),
                Ok(_) => {}
            }
        }
    }

    /// Passes over the rest of a line that is too long: leaves the line's first bytes in `line`, what follows it in
    /// `carry`, and returns the line's length and whether the stream has ended.
    fn skip_line(&mut self, reader: &mut dyn Read, line: &mut Vec<u8>, carry: &mut Vec<u8>) -> (u64, io::Result<bool>) {
        let mut length = line.len() as u64;
        line.truncate(KEPT_BYTES);
        let mut block = vec![0; self.reader.plan.batch_bytes];
        loop {
            match reader.read(&mut block) {
                Ok(0) => return (length, Ok(true)),
                Ok(n) => {
                    if let Some(end) = memchr(b'\n', &block[..n]) {
                        carry.extend_from_slice(&block[end + 1..n]);
                        return (length + end as u64 + 1, Ok(false));
                    }
                    length += n as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (length, Err(error)),
            }
        }
    }

    fn too_large(
        &mut self,
        source: &Arc<Source>,
        offset: u64,
        length: u64,
        next_line: u64,
        bytes: Vec<u8>,
    ) -> Result<(), Stopped> {
        let detail = too_large(length, self.reader.plan.max_record_bytes);
        let rejection =
            Rejection { source: Arc::clone(source), offset, length, reason: RejectReason::TooLarge, detail, bytes };
        self.add(Piece { source: Arc::clone(source), offset, next_line, body: Body::Rejected(rejection) })
    }

    /// One rejection for the rest of a stream that failed.
    fn fault(&mut self, source: &Arc<Source>, offset: u64, length: u64, error: &io::Error) -> Result<(), Stopped> {
        let reason = match error.kind() {
            _ if is_bomb(error) => RejectReason::Bomb,
            io::ErrorKind::UnexpectedEof => RejectReason::Truncated,
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => RejectReason::Corrupt,
            // zstd's own errors are of no kind; the system's have a number.
            _ if error.raw_os_error().is_none() => RejectReason::Corrupt,
            _ => RejectReason::ReadError,
        };
        self.reject(source, offset, length, reason, error.to_string(), Vec::new())
    }

    fn reject(
        &mut self,
        source: &Arc<Source>,
        offset: u64,
        length: u64,
        reason: RejectReason,
        detail: String,
        mut bytes: Vec<u8>,
    ) -> Result<(), Stopped> {
        bytes.truncate(KEPT_BYTES);
        let rejection = Rejection { source: Arc::clone(source), offset, length, reason, detail, bytes };
        self.add(Piece { source: Arc::clone(source), offset, next_line: 1, body: Body::Rejected(rejection) })
    }

    /// Adds a piece, cut in two where a window ends in it.
    fn add(&mut self, piece: Piece) -> Result<(), Stopped> {
        let length = piece.input_bytes();
        if length < self.window_left {
            self.window_left -= length;
            self.push(piece);
            return if self.bytes >= self.reader.plan.batch_bytes || self.pieces.len() >= MAX_PIECES {
                self.send(None)
            } else {
                Ok(())
            };
        }
        let (piece, rest) = piece.split_lines(self.window_left as usize);
        let end = piece.end();
        self.push(piece);
        self.window_left = self.reader.window_bytes;
        self.send(Some(end))?;
        rest.map_or(Ok(()), |rest| self.add(rest))
    }

    fn push(&mut self, piece: Piece) {
        self.bytes += piece.held_bytes();
        self.pieces.push(piece);
    }

    /// Waits until there is room for the batch and sends it.
    fn send(&mut self, ends_window: Option<Position>) -> Result<(), Stopped> {
        if self.reader.stop.is_cancelled() {
            return Err(Stopped);
        }
        if self.pieces.is_empty() {
            return Ok(());
        }
        // What the open window holds is given back only when it ends: asking for more than the rest would wait for ever.
        let free = self.reader.max_permits.saturating_sub(self.window_permits).max(1);
        let permits = u32::try_from(self.bytes / PERMIT_BYTES + 1).unwrap_or(u32::MAX).min(free);
        self.window_permits = if ends_window.is_some() { 0 } else { self.window_permits + permits };
        let budget = Arc::clone(&self.reader.budget);
        let permit =
            tokio::runtime::Handle::current().block_on(budget.acquire_many_owned(permits)).map_err(|_| Stopped)?;
        self.done.records += self.pieces.len() as u64;
        self.done.bytes += self.bytes as u64;
        self.bytes = 0;
        let max_record_bytes = self.reader.plan.max_record_bytes;
        let found = Tally {
            records: self.pieces.iter().map(|piece| piece.count_records(max_record_bytes)).sum(),
            bytes: self.pieces.iter().map(Piece::input_bytes).sum(),
        };
        let batch = RawBatch { pieces: mem::take(&mut self.pieces), ends_window, found, permit };
        self.reader.batches.blocking_send(batch).map_err(|_| Stopped)
    }
}

/// What tells that a file is still the one that was opened.
fn identity(metadata: &Metadata) -> (u64, u64, u64, i64, i64) {
    (metadata.dev(), metadata.ino(), metadata.size(), metadata.mtime(), metadata.mtime_nsec())
}

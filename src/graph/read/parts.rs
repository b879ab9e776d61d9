//! One stream from its first byte to its end or its fault: what it is, and the parts that its format cuts.

use std::io;
use std::io::Read;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use textmill_core::decode::{Charset, Evidence, sniff};

use super::Stopped;
use super::open_batch::OpenBatch;
use super::stream::Stream;
use crate::config::InputFormat;
use crate::formats::csv::{Settings, Table};
use crate::formats::cut::{Cut, Cutter, Part};
use crate::formats::lines::Lines;
use crate::formats::sniff::{Compression, Format, binary_format};
use crate::formats::tar::Tar;
use crate::formats::values::Values;
use crate::formats::warc::Warc;
use crate::formats::whole::Whole;
use crate::formats::zip::Zip;
use crate::graph::batch::{Body, LinesAre, Piece, RejectReason, Rejection, Source};
use crate::io::decompress::{self, Opened, is_bomb};
use crate::io::stores::StoreError;
use crate::io::transcode::Transcoded;

/// The encodings in which a line end is more than a byte: their streams are transcoded before lines are looked for.
const WIDE: [Charset; 4] = [Charset::UTF_16LE, Charset::UTF_16BE, Charset::UTF_32LE, Charset::UTF_32BE];

impl OpenBatch {
    /// Reads one stream to its end or its fault.
    pub fn stream(&mut self, stream: impl Read + Send, source: &Arc<Source>) -> Result<(), Stopped> {
        let max_ratio = self.reader.plan.max_decompression_ratio;
        let opened = if self.depth == 0 {
            decompress::open(stream, max_ratio)
        } else {
            decompress::open_within(stream, &self.taken, max_ratio)
        };
        let mut opened = match opened {
            Ok(opened) => opened,
            Err(error) => return self.fault(source, 0, &error),
        };
        if self.depth == 0 {
            self.taken = Arc::clone(&opened.taken);
            self.reader.progress.begin(Arc::clone(&opened.taken));
        }
        let archive = Format::of_archive(&opened.prefix);
        if let (None, Some(format)) = (archive, binary_format(&opened.prefix)) {
            let detail = format!("a file of {format} holds no plain text; convert it first");
            let head = mem::take(&mut opened.prefix);
            let length = io::copy(&mut opened.reader, &mut io::sink()).unwrap_or(head.len() as u64);
            return self.reject(source, 0, length, RejectReason::Binary, detail, head);
        }
        let format = archive.unwrap_or_else(|| match self.reader.plan.format {
            InputFormat::Jsonl => Format::Jsonl,
            InputFormat::Json => Format::Json,
            InputFormat::Csv => Format::Csv,
            InputFormat::Tsv => Format::Tsv,
            InputFormat::Warc => Format::Warc,
            InputFormat::Plain => Format::Plain,
            InputFormat::Auto => Format::of(&source.name, &opened.prefix),
        });
        let trailing = Arc::clone(&opened.trailing);
        self.format(format, opened, source)?;
        match trailing.load(Ordering::Relaxed) {
            0 => Ok(()),
            n => {
                let detail = "bytes after the last member of the compressed stream".to_owned();
                self.reject(source, 0, n, RejectReason::TrailingData, detail, Vec::new())
            }
        }
    }

    /// Reads a stream of this format.
    fn format(&mut self, format: Format, opened: Opened<'_>, source: &Arc<Source>) -> Result<(), Stopped> {
        let limit = self.reader.plan.max_record_bytes;
        let Opened { reader, prefix, layers, .. } = opened;
        // Of what takes compression off, gzip alone goes on behind damage; the others give the same error for ever.
        let goes_on = layers == [Compression::Gzip];
        if matches!(format, Format::Plain | Format::Warc | Format::Tar | Format::Zip) {
            let mut cutter: Box<dyn Cutter> = match format {
                Format::Warc => Box::new(Warc::new(limit, &self.reader.plan.id_field)),
                Format::Tar => Box::new(Tar::default()),
                Format::Zip => Box::new(Zip::default()),
                _ => Box::new(Whole::new(limit)),
            };
            return self.parts(reader, source, &mut *cutter, LinesAre::Utf8, goes_on);
        }
        let (reader, encoding) = self.of_lines(reader, &prefix);
        let likely = if let LinesAre::Likely(charset) = encoding { Some(charset) } else { None };
        let mut cutter: Box<dyn Cutter> = match format {
            Format::Json => Box::new(Values::new(limit)),
            Format::Csv | Format::Tsv => Box::new(Table::new(Settings {
                max_record_bytes: limit,
                text_field: self.reader.plan.text_field.clone(),
                separator: (format == Format::Tsv).then_some(b'\t'),
                likely,
            })),
            _ => Box::new(Lines::new(limit)),
        };
        self.parts(reader, source, &mut *cutter, encoding, goes_on)
    }

    /// A stream as one in which a line end is one byte, and what is known of its encoding.
    fn of_lines<'a>(&self, reader: Box<dyn Read + Send + 'a>, prefix: &[u8]) -> (Box<dyn Read + Send + 'a>, LinesAre) {
        let forced = self.reader.forced.map(|charset| (charset, Evidence::Forced));
        let sniffed = || sniff(prefix).map(|charset| (charset, Evidence::Utf16Pattern));
        match forced.or_else(sniffed) {
            Some((charset, evidence)) if WIDE.contains(&charset) => {
                (Box::new(Transcoded::new(reader, charset)), LinesAre::Transcoded(charset, evidence))
            }
            Some((charset, _)) if charset != Charset::UTF_8 => (reader, LinesAre::Likely(charset)),
            _ => (reader, LinesAre::Utf8),
        }
    }

    /// Hands on the parts that a format cuts a stream into; `goes_on` says whether the stream does behind damage.
    fn parts<'a>(
        &mut self,
        reader: Box<dyn Read + Send + 'a>,
        source: &Arc<Source>,
        cutter: &mut dyn Cutter,
        encoding: LinesAre,
        goes_on: bool,
    ) -> Result<(), Stopped> {
        let mut stream = Stream::new(reader, self.reader.plan.batch_bytes, Arc::clone(&self.reader.buffers));
        loop {
            let (held, is_last) = stream.held();
            match cutter.cut(held, is_last) {
                Cut::More(at_least) if !is_last => stream.fill(at_least),
                Cut::Skip(n) => stream.pass(n),
                Cut::Part(n, part) => {
                    let offset = stream.offset();
                    let piece = |offset, body| Piece { source: Arc::clone(source), offset, body };
                    self.add(match part {
                        Part::Lines { first_line, line_ends } => {
                            piece(offset, Body::Lines { bytes: stream.take(n), first_line, line_ends, encoding })
                        }
                        Part::Records { ranges, first_number, reading } => {
                            let bytes = stream.take(n);
                            piece(offset, Body::Records { bytes, ranges, first_number, reading, encoding })
                        }
                        Part::Page(page) => piece(offset, Body::Document(stream.take(n), Box::new(page))),
                        Part::Entry(entry) => {
                            stream.pass(n);
                            self.entry(&mut stream, entry, source, cutter)?;
                            continue;
                        }
                        Part::Passed(reason) => {
                            stream.pass(n);
                            piece(offset, Body::Passed { reason, length: n as u64 })
                        }
                        Part::Rejected(rejected) => {
                            stream.pass(n);
                            piece(rejected.offset, Body::Rejected(Rejection::new(source, rejected)))
                        }
                    })?;
                }
                Cut::More(_) | Cut::End => match stream.fault() {
                    None => return Ok(()),
                    Some(error) => {
                        self.fault(source, stream.offset(), &error)?;
                        // What the system says, a store, or a limit, it would say again.
                        let is_said =
                            error.raw_os_error().is_some() || store_error(&error).is_some() || is_bomb(&error);
                        let is_damage = goes_on && !is_said;
                        if !is_damage || !cutter.goes_on_after_damage() {
                            return Ok(());
                        }
                    }
                },
            }
        }
    }

    /// One rejection for the rest of a stream that failed. A store that failed ends the reading.
    pub fn fault(&mut self, source: &Arc<Source>, offset: u64, error: &io::Error) -> Result<(), Stopped> {
        if let Some(lost) = store_error(error).filter(|error| !error.is_of_one_object()) {
            // The first is the one that is told.
            let _ = self.reader.lost.set(lost.clone());
            self.reader.stop.cancel();
            return Err(Stopped);
        }
        let reason = match error.kind() {
            _ if store_error(error).is_some_and(StoreError::is_changed) => RejectReason::Changed,
            _ if store_error(error).is_some() => RejectReason::Unreadable,
            _ if is_bomb(error) => RejectReason::Bomb,
            io::ErrorKind::UnexpectedEof => RejectReason::Truncated,
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => RejectReason::Corrupt,
            // zstd's own errors are of no kind; the system's have a number.
            _ if error.raw_os_error().is_none() => RejectReason::Corrupt,
            _ => RejectReason::ReadError,
        };
        self.reject(source, offset, 0, reason, error.to_string(), Vec::new())
    }
}

/// What a store said, if an error is that.
fn store_error(error: &io::Error) -> Option<&StoreError> {
    error.get_ref()?.downcast_ref()
}

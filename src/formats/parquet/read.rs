//! The way in: rows as lines of JSON, a few at a time, so that no row group is ever held whole.
//!
//! What a file claims is not believed: the crate's errors and its panics on damaged pages both become a [`Fault`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_json::WriterBuilder;
use arrow_json::writer::LineDelimited;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use parquet::file::reader::ChunkReader;
use textmill_core::decode::{Charset, Evidence, Hint, decode};

use crate::formats::reason::RejectReason;

/// Bytes of rows that are made lines at once: 1 MiB, about a batch. No matter of configuration, see [`RowReader::open`].
const STEP_BYTES: u64 = 1 << 20;
/// Rows that are made lines at once, at most.
const MAX_ROWS: u64 = 1024;
/// Rows that are made lines at once, at least, where a dictionary could make every one of them as long as the longest.
const FEW_ROWS: u64 = 16;
/// Bytes that rows of such a column may come to at once: 64 MiB, as a stream may grow before its ratio is looked at.
const DICTIONARY_BYTES: u64 = 64 << 20;

/// Why a file, or the rest of it, cannot be read.
#[derive(Debug)]
pub struct Fault {
    /// The kind.
    pub reason: RejectReason,
    /// The fault itself, in words.
    pub detail: String,
}

/// Some rows as lines of JSON.
#[derive(Debug)]
pub struct RowLines {
    /// The lines.
    pub lines: Vec<u8>,
    /// How many there are.
    pub rows: u64,
    /// What their text was before it was UTF-8, and how that is known.
    pub encoding: (Charset, Evidence),
}

/// The rows of a file.
pub struct RowReader {
    batches: ParquetRecordBatchReader,
    schema: SchemaRef,
    /// The column of the text, where it holds bytes.
    bytes_at: Option<usize>,
    hint: Hint,
    rows: u64,
    first_row: u64,
    /// Lines that are ready.
    ready: std::collections::VecDeque<RowLines>,
}

impl RowReader {
    /// Reads the footer and makes ready to read the rows, `only` of these columns where they are named.
    ///
    /// Of the first `done` rows, which nobody needs, those are passed over that do not change at which rows lines are
    /// made: what a damaged file gives before its fault must not depend on where reading begins.
    ///
    /// # Errors
    /// [`Fault`] if the footer is damaged or the file has no column for the text.
    pub fn open<R: ChunkReader + 'static>(
        file: R,
        text_field: &str,
        only: Option<&[&str]>,
        done: u64,
        hint: Hint,
    ) -> Result<RowReader, Fault> {
        guarded(|| {
            let metadata = ArrowReaderMetadata::load(&file, parquet::arrow::arrow_reader::ArrowReaderOptions::new())?;
            let rows = metadata.metadata().file_metadata().num_rows().max(0) as u64;
            let schema = Arc::clone(metadata.schema());
            let at = text_column(&schema, text_field)?;
            let bytes_at = is_bytes(schema.field(at).data_type()).then_some(at);
            let step = rows_at_once(&metadata, text_field);
            let first_row = done.saturating_sub(1) / step * step;
            let mut builder =
                ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata).with_batch_size(step as usize);
            if let Some(only) = only {
                let mask = ProjectionMask::columns(builder.parquet_schema(), only.iter().copied());
                builder = builder.with_projection(mask);
            }
            if first_row > 0 {
                builder = builder.with_offset(usize::try_from(first_row).unwrap_or(usize::MAX));
            }
            let batches = builder.build()?;
            Ok(RowReader { batches, schema, bytes_at, hint, rows, first_row, ready: std::collections::VecDeque::new() })
        })
    }

    /// The columns of the file.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The row that comes first.
    pub fn first_row(&self) -> u64 {
        self.first_row
    }

    /// How many rows the footer claims.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The next rows; after a fault there are none.
    ///
    /// # Errors
    /// [`Fault`] for a page that is damaged.
    pub fn next_lines(&mut self) -> Result<Option<RowLines>, Fault> {
        if let Some(lines) = self.ready.pop_front() {
            return Ok(Some(lines));
        }
        let batches = &mut self.batches;
        let Some(batch) = guarded(|| batches.next().transpose().map_err(Fault::from))? else { return Ok(None) };
        let (bytes_at, hint) = (self.bytes_at, &self.hint);
        let lines = guarded(|| match bytes_at {
            None => Ok(vec![to_lines(&batch, (Charset::UTF_8, Evidence::Utf8))?]),
            Some(at) => {
                let (batch, encodings) = with_text(&batch, at, hint)?;
                let mut all = Vec::new();
                let mut row = 0;
                for run in encodings.chunk_by(|a, b| a == b) {
                    all.push(to_lines(&batch.slice(row, run.len()), run[0])?);
                    row += run.len();
                }
                Ok(all)
            }
        })?;
        self.ready = lines.into();
        self.next_lines_or_more()
    }

    fn next_lines_or_more(&mut self) -> Result<Option<RowLines>, Fault> {
        match self.ready.pop_front() {
            Some(lines) => Ok(Some(lines)),
            None => self.next_lines(),
        }
    }
}

/// The column of the text, which has to hold strings or bytes.
fn text_column(schema: &Schema, name: &str) -> Result<usize, Fault> {
    let describe = |field: &Field| format!("`{}` ({})", field.name(), field.data_type());
    let missing = |what: String| {
        let fields = schema.fields().iter();
        let texts: Vec<String> =
            fields.filter(|field| holds_text(field.data_type())).map(|field| describe(field)).collect();
        let candidates = if texts.is_empty() { "none".to_owned() } else { texts.join(", ") };
        let detail = format!("{what}; columns that hold text: {candidates}; name one in `read.text_field`");
        Fault { reason: RejectReason::TextMissing, detail }
    };
    match schema.fields().find(name) {
        None => Err(missing(format!("no column `{name}`"))),
        Some((_, field)) if !holds_text(field.data_type()) => Err(Fault {
            reason: RejectReason::TextType,
            ..missing(format!("column {} holds no text", describe(field)))
        }),
        Some((at, _)) => Ok(at),
    }
}

fn holds_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, value) => holds_text(value),
        other => is_bytes(other),
    }
}

fn is_bytes(data_type: &DataType) -> bool {
    match data_type {
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => true,
        DataType::Dictionary(_, value) => is_bytes(value),
        _ => false,
    }
}

/// How many rows come to about [`STEP_BYTES`], as far as the footer tells.
fn rows_at_once(metadata: &ArrowReaderMetadata, text_field: &str) -> u64 {
    let mut step = MAX_ROWS;
    for group in metadata.metadata().row_groups() {
        let rows = group.num_rows().max(1) as u64;
        let mean = (group.total_byte_size().max(0) as u64 / rows).max(1);
        step = step.min((STEP_BYTES / mean).max(1));
        let text = group.columns().iter().find(|column| column.column_path().string() == text_field);
        if let Some(text) = text.filter(|text| text.dictionary_page_offset().is_some()) {
            let longest = text.uncompressed_size().max(1) as u64;
            step = step.min((DICTIONARY_BYTES / longest).max(FEW_ROWS));
        }
    }
    step
}

/// The batch with its column of bytes as text, and what the text of each row was.
fn with_text(batch: &RecordBatch, at: usize, hint: &Hint) -> Result<(RecordBatch, Vec<(Charset, Evidence)>), Fault> {
    let column = batch.column(at);
    let mut texts = StringBuilder::with_capacity(batch.num_rows(), 0);
    let mut encodings = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        let mut encoding = (Charset::UTF_8, Evidence::Utf8);
        match bytes_of(column, row) {
            None => texts.append_null(),
            Some(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => texts.append_value(text),
                Err(_) => {
                    let decoded = decode(bytes, hint);
                    encoding = (Charset::from_label(decoded.encoding).unwrap_or(Charset::UTF_8), decoded.evidence);
                    texts.append_value(&*decoded.text);
                }
            },
        }
        encodings.push(encoding);
    }
    let mut columns = batch.columns().to_vec();
    columns[at] = Arc::new(texts.finish());
    let schema = batch.schema();
    let fields = schema.fields().iter().enumerate().map(|(i, field)| {
        if i == at { Arc::new(Field::new(field.name(), DataType::Utf8, true)) } else { Arc::clone(field) }
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    Ok((RecordBatch::try_new(schema, columns)?, encodings))
}

fn bytes_of(column: &ArrayRef, row: usize) -> Option<&[u8]> {
    fn of_key<K: ArrowDictionaryKeyType>(column: &ArrayRef, row: usize) -> Option<&[u8]> {
        let dictionary = column.as_dictionary::<K>();
        bytes_of(dictionary.values(), dictionary.key(row)?)
    }
    if column.is_null(row) {
        return None;
    }
    Some(match column.data_type() {
        DataType::Binary => column.as_binary::<i32>().value(row),
        DataType::LargeBinary => column.as_binary::<i64>().value(row),
        DataType::BinaryView => column.as_binary_view().value(row),
        DataType::Dictionary(key, _) => {
            return match **key {
                DataType::Int8 => of_key::<Int8Type>(column, row),
                DataType::Int16 => of_key::<Int16Type>(column, row),
                DataType::Int32 => of_key::<Int32Type>(column, row),
                DataType::Int64 => of_key::<Int64Type>(column, row),
                DataType::UInt8 => of_key::<UInt8Type>(column, row),
                DataType::UInt16 => of_key::<UInt16Type>(column, row),
                _ => of_key::<UInt32Type>(column, row),
            };
        }
        _ => return None,
    })
}

fn to_lines(batch: &RecordBatch, encoding: (Charset, Evidence)) -> Result<RowLines, Fault> {
    let mut writer = WriterBuilder::new()
        .with_explicit_nulls(true)
        .build::<_, LineDelimited>(Vec::with_capacity(batch.get_array_memory_size().min(1 << 24)));
    writer.write(batch)?;
    writer.finish()?;
    Ok(RowLines { lines: writer.into_inner(), rows: batch.num_rows() as u64, encoding })
}

/// Runs the crate's code over bytes that nobody vouches for.
fn guarded<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    // After a panic nothing is read from the file any more, so what it left half done does not matter.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let detail = "the file is damaged: its reader failed on what it claims".to_owned();
        Err(Fault { reason: RejectReason::Corrupt, detail })
    })
}

impl From<ParquetError> for Fault {
    fn from(error: ParquetError) -> Fault {
        let reason = match &error {
            ParquetError::EOF(_) => RejectReason::Truncated,
            ParquetError::External(inner) if is_of_the_system(&**inner) => RejectReason::ReadError,
            _ => RejectReason::Corrupt,
        };
        let detail = error.to_string();
        let encrypted = "the file is encrypted; decrypt it first, for textmill has no keys";
        let detail = if detail.contains("ncrypt") { format!("{encrypted} ({detail})") } else { detail };
        Fault { reason, detail }
    }
}

impl From<ArrowError> for Fault {
    fn from(error: ArrowError) -> Fault {
        let reason = match &error {
            ArrowError::IoError(_, inner) if inner.raw_os_error().is_some() => RejectReason::ReadError,
            ArrowError::ExternalError(inner) if is_of_the_system(&**inner) => RejectReason::ReadError,
            _ => RejectReason::Corrupt,
        };
        Fault { reason, detail: error.to_string() }
    }
}

fn is_of_the_system(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.raw_os_error().is_some())
}

//! The way out: records to row groups, each encoded by itself, and row groups to a file.

use std::io::Write;
use std::sync::Arc;

use arrow_schema::SchemaRef;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::add_encoded_arrow_schema_to_metadata;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{GzipLevel, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;

use super::columns::Columns;
use super::rows::Rows;
use crate::config::Compression;

/// Bytes of records, as lines, after which a row group ends: 32 MiB. A reader holds about a row group in memory, and a
/// writer one for each worker.
pub const ROW_GROUP_BYTES: usize = 32 << 20;
/// Bytes of records that become columns at once: what is between the two forms stays in the cache.
const STEP_BYTES: usize = 1 << 20;

/// The level at which pages are compressed unless another is set: 1, as Arrow's own writers have it. At 3, the default of
/// zstd, a corpus of prose takes a tenth less and twice the time; see `benches/record/2026-11-25-formats.md`.
const ZSTD_LEVEL: i32 = 1;

/// A file of columns that is being written.
pub struct ColumnFile<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    factory: Arc<ArrowRowGroupWriterFactory>,
    columns: Arc<Columns>,
    begun: usize,
}

/// A row group that is to be encoded; on any thread.
pub struct RowGroup {
    factory: Arc<ArrowRowGroupWriterFactory>,
    columns: Arc<Columns>,
    number: usize,
}

/// A row group as its file will hold it.
pub struct Encoded(Vec<ArrowColumnChunk>);

impl<W: Write + Send> ColumnFile<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// What the crate says; most of it comes from `out`.
    pub fn begin(
        out: W,
        columns: Arc<Columns>,
        text_field: &str,
        compression: Compression,
        level: Option<u32>,
    ) -> Result<ColumnFile<W>, ParquetError> {
        let schema: SchemaRef = columns.schema();
        let mut properties = properties(text_field, compression, level)?;
        add_encoded_arrow_schema_to_metadata(&schema, &mut properties);
        let parquet = ArrowSchemaConverter::new().convert(&schema)?;
        let writer = SerializedFileWriter::new(out, parquet.root_schema_ptr(), Arc::new(properties))?;
        let factory = Arc::new(ArrowRowGroupWriterFactory::new(&writer, schema));
        Ok(ColumnFile { writer, factory, columns, begun: 0 })
    }

    /// The next row group, to be encoded and given back to [`append`](Self::append), in order.
    pub fn next_row_group(&mut self) -> RowGroup {
        self.begun += 1;
        RowGroup { factory: Arc::clone(&self.factory), columns: Arc::clone(&self.columns), number: self.begun - 1 }
    }

    /// Writes a row group.
    ///
    /// # Errors
    /// What the crate says.
    pub fn append(&mut self, encoded: Encoded) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for chunk in encoded.0 {
            chunk.append_to_row_group(&mut group)?;
        }
        group.close().map(|_| ())
    }

    /// Writes the footer and gives back what was written to.
    ///
    /// # Errors
    /// What the crate says.
    pub fn finish(self) -> Result<W, ParquetError> {
        self.writer.into_inner()
    }
}

impl RowGroup {
    /// Encodes records: whole lines of JSON as the stream writes them.
    ///
    /// # Errors
    /// What the crates say: a fault of this module.
    pub fn encode(self, lines: &str) -> Result<Encoded, ParquetError> {
        let mut writers = self.factory.create_column_writers(self.number)?;
        let mut rows = Rows::new(&self.columns);
        let mut bytes = 0;
        let mut lines = lines.lines().peekable();
        while let Some(line) = lines.next() {
            rows.push(line);
            bytes += line.len();
            if bytes < STEP_BYTES && lines.peek().is_some() {
                continue;
            }
            bytes = 0;
            let batch = rows.finish()?;
            let mut writers = writers.iter_mut();
            for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
                for (leaf, writer) in compute_leaves(field, array)?.iter().zip(&mut writers) {
                    writer.write(leaf)?;
                }
            }
        }
        Ok(Encoded(writers.into_iter().map(ArrowColumnWriter::close).collect::<Result<_, _>>()?))
    }
}

fn properties(
    text_field: &str,
    compression: Compression,
    level: Option<u32>,
) -> Result<WriterProperties, ParquetError> {
    use parquet::basic::Compression as Codec;
    let codec = match compression {
        Compression::None => Codec::UNCOMPRESSED,
        Compression::Gzip => Codec::GZIP(level.map_or(Ok(GzipLevel::default()), GzipLevel::try_new)?),
        Compression::Zstd => Codec::ZSTD(match level {
            Some(level) => ZstdLevel::try_new(i32::try_from(level).unwrap_or(i32::MAX))?,
            None => ZstdLevel::try_new(ZSTD_LEVEL)?,
        }),
    };
    let text = ColumnPath::from(vec![text_field.to_owned()]);
    let builder = WriterProperties::builder()
        .set_created_by(concat!("textmill ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(codec)
        // Texts do not come twice, and their least and greatest find nothing.
        .set_column_dictionary_enabled(text.clone(), false)
        .set_column_statistics_enabled(text, EnabledStatistics::None);
    Ok(builder.build())
}

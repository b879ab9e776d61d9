//! Files of columns: rows come as lines of JSON and go the way of all lines. A place in them is the number of a row.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use textmill_core::decode::Hint;

use super::Stopped;
use super::open_batch::OpenBatch;
use crate::formats::parquet::{Fault, RowReader};
use crate::graph::batch::{Body, LinesAre, Piece, Source};

/// Whether a file is one of columns: by its first bytes, which are those of Parquet or of Parquet that is encrypted.
pub fn is_table(file: &File) -> bool {
    let mut magic = [0; 4];
    file.read_exact_at(&mut magic, 0).is_ok() && is_magic(&magic)
}

/// Whether a file that begins with these four bytes is one.
pub fn is_magic(magic: &[u8]) -> bool {
    magic == b"PAR1" || magic == b"PARE"
}

impl OpenBatch {
    /// Reads a file of columns to its end or its fault.
    pub fn table(&mut self, file: File, source: &Arc<Source>) -> Result<(), Stopped> {
        let bytes = file.metadata().map_or(0, |metadata| metadata.len());
        let taken = Arc::new(AtomicU64::new(0));
        self.reader.progress.begin(Arc::clone(&taken));
        let text_field = self.reader.plan.text_field.clone();
        let hint = Hint { forced: self.reader.forced, ..Hint::default() };
        let mut rows = match RowReader::open(file, &text_field, None, self.done_before(), hint) {
            Ok(rows) => rows,
            Err(Fault { reason, detail }) => return self.reject(source, 0, bytes, reason, detail, Vec::new()),
        };
        self.reader.tables.declare(&source.name, rows.schema());
        let mut row = rows.first_row();
        self.pass_over(row);
        loop {
            let lines = match rows.next_lines() {
                Ok(None) => return Ok(()),
                Ok(Some(lines)) => lines,
                Err(Fault { reason, detail }) => return self.reject(source, row, 0, reason, detail, Vec::new()),
            };
            let (charset, evidence) = lines.encoding;
            let body = Body::Lines {
                bytes: lines.lines,
                first_line: row + 1,
                line_ends: lines.rows,
                encoding: LinesAre::Rows(charset, evidence),
            };
            row += lines.rows;
            taken.store((bytes as f64 * row as f64 / rows.rows().max(1) as f64) as u64, Ordering::Relaxed);
            self.add(Piece { source: Arc::clone(source), offset: 0, body })?;
        }
    }
}

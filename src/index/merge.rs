//! Segments that follow each other made into one, with little memory.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::PathBuf;

use textmill_core::dedup::{Block, TableWriter, home_of};

use super::segment::{BUFFER_BYTES, Segment, Table, damaged};
use super::segment_writer::SegmentWriter;

/// Slots of a table that are sorted at once: 8 MiB.
const SLOTS_AT_ONCE: u64 = 1 << 20;
/// Rows that are read at once.
pub(super) const ROWS_AT_ONCE: u32 = 1 << 15;

/// Writes one segment of several, whose documents follow each other in number.
///
/// # Errors
/// What the system says, or that a segment is damaged.
pub fn merge(segments: &[Segment], file: File, path: Option<PathBuf>) -> io::Result<Segment> {
    let n_keys = segments.iter().flat_map(|segment| &segment.contents.tables).map(|table| table.slots);
    let mut writer = SegmentWriter::begin(file, n_keys.sum())?;
    let mut bytes = Vec::new();
    for segment in segments {
        for_each_row(segment, |row, id| writer.row(row.fingerprint, row.set.end - row.set.start, id))?;
    }
    writer.end_rows()?;
    copy(segments, |segment| segment.contents.sets.clone(), &mut writer, &mut bytes)?;
    writer.end_sets();
    copy(segments, |segment| segment.contents.ids.clone(), &mut writer, &mut bytes)?;
    writer.end_ids();
    let n_tables = segments.iter().map(|segment| segment.contents.tables.len()).max().unwrap_or(0);
    for table in 0..n_tables {
        merge_table(segments, table, &mut writer)?;
    }
    writer.finish(path, segments.first().map_or(0, |first| first.base))
}

/// Calls `each` with every row and id of a segment, in order.
pub(super) fn for_each_row(
    segment: &Segment,
    mut each: impl FnMut(&super::segment::Row, &[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let (mut rows, mut ids) = (Vec::new(), Vec::new());
    let mut first = 0;
    while first < segment.contents.documents {
        let n = (segment.contents.documents - first).min(ROWS_AT_ONCE);
        rows.clear();
        segment.read_range(segment.row_range(first, n), &mut rows)?;
        let parsed: Vec<_> =
            (0..n as usize).map(|at| segment.row_of(&rows[at * 32..at * 32 + 64])).collect::<io::Result<_>>()?;
        let (Some(start), Some(end)) = (parsed.first(), parsed.last()) else { return Ok(()) };
        let start = start.id.start;
        ids.clear();
        segment.read_range(start..end.id.end.max(start), &mut ids)?;
        for row in &parsed {
            let id = ids.get((row.id.start - start) as usize..(row.id.end - start) as usize);
            each(row, id.ok_or_else(|| damaged("its ids are not in order"))?)?;
        }
        first += n;
    }
    Ok(())
}

fn copy(
    segments: &[Segment],
    section: impl Fn(&Segment) -> Range<u64>,
    writer: &mut SegmentWriter,
    bytes: &mut Vec<u8>,
) -> io::Result<()> {
    for segment in segments {
        let Range { mut start, end } = section(segment);
        while start < end {
            let stop = end.min(start + BUFFER_BYTES as u64);
            bytes.clear();
            segment.read_range(start..stop, bytes)?;
            writer.out.write_all(bytes)?;
            start = stop;
        }
    }
    Ok(())
}

/// Merges the tables of one number: a range of keys after the other is read from each, sorted and written.
fn merge_table(segments: &[Segment], number: usize, writer: &mut SegmentWriter) -> io::Result<()> {
    let tables = segments.iter().filter_map(|segment| Some((segment, segment.contents.tables.get(number)?)));
    let tables: Vec<(&Segment, &Table)> = tables.collect();
    let n_slots: u64 = tables.iter().map(|(_, table)| table.slots).sum();
    let first = segments.first().map_or(0, |segment| segment.base);
    let mut merged = TableWriter::new(n_slots as usize);
    let begun = writer.begin_table(merged.n_homes() as u64);
    let mut failed = Ok(());
    let mut write = |block: &Block| {
        if failed.is_ok() {
            failed = writer.block(block);
        }
    };
    let n_ranges = n_slots.div_ceil(SLOTS_AT_ONCE).max(1);
    let mut slots = Vec::new();
    for range in 0..n_ranges {
        let bound = |range: u64| (u128::from(range) << 32).div_ceil(u128::from(n_ranges)) as u64;
        let keys = bound(range)..bound(range + 1);
        slots.clear();
        for (segment, table) in &tables {
            read_slots(segment, table, &keys, segment.base - first, &mut slots)?;
        }
        slots.sort_unstable();
        slots.iter().for_each(|&slot| merged.push(slot, &mut write));
    }
    merged.finish(&mut write);
    failed?;
    writer.end_table(begun);
    Ok(())
}

/// Adds the slots of a table whose keys are in the range, with the numbers of their documents raised.
pub(super) fn read_slots(
    segment: &Segment,
    table: &Table,
    keys: &Range<u64>,
    raised: u32,
    slots: &mut Vec<(u32, u32)>,
) -> io::Result<()> {
    let home = |key: u64| home_of(key as u32, table.n_homes as usize) as u64;
    let last_home = home(keys.end - 1);
    let mut place = home(keys.start);
    let mut bytes = Vec::new();
    while place < table.blocks {
        let wanted = (last_home + 8).saturating_sub(place).clamp(8, (BUFFER_BYTES / Block::BYTES) as u64);
        let n = wanted.min(table.blocks - place);
        let at = table.at + place * Block::BYTES as u64;
        bytes.clear();
        segment.read_range(at..at + n * Block::BYTES as u64, &mut bytes)?;
        for block in bytes.as_chunks::<{ Block::BYTES }>().0.iter().map(Block::from_bytes) {
            let in_range = block.slots().filter(|slot| keys.contains(&u64::from(slot.0)));
            slots.extend(in_range.map(|(key, document)| (key, document + raised)));
            if place >= last_home && !block.is_full() {
                return Ok(());
            }
            place += 1;
        }
    }
    Ok(())
}

//! Every format finds the same records at the same places however the bytes arrive, gives each byte to no more than one of
//! them, and comes to an end.

#![no_main]

use std::ops::Range;

use libfuzzer_sys::fuzz_target;
use textmill::formats::csv::{Settings, Table};
use textmill::formats::cut::{Cut, Cutter, Part, Reading, too_large};
use textmill::formats::lines::Lines;
use textmill::formats::tar::Tar;
use textmill::formats::values::Values;
use textmill::formats::warc::Warc;
use textmill::formats::whole::Whole;
use textmill::formats::zip::Zip;

fn cutter(format: u8, max_record_bytes: usize) -> Box<dyn Cutter> {
    match format % 7 {
        0 => Box::new(Warc::new(max_record_bytes, "id")),
        1 => {
            let text_field = "text".to_owned();
            Box::new(Table::new(Settings { max_record_bytes, text_field, separator: None, likely: None }))
        }
        2 => Box::new(Values::new(max_record_bytes)),
        3 => Box::new(Tar::default()),
        4 => Box::new(Zip::default()),
        5 => Box::new(Lines::new(max_record_bytes)),
        _ => Box::new(Whole::new(max_record_bytes)),
    }
}

/// Where something lies, and what it is.
type Row = (Range<usize>, String);

/// All that a format finds, with the bytes handed over in pieces of `chunk`.
fn rows(format: u8, limit: usize, bytes: &[u8], chunk: usize) -> Vec<Row> {
    let mut cutter = cutter(format, limit);
    let mut rows = Vec::new();
    let (mut at, mut there) = (0, chunk.min(bytes.len()));
    loop {
        match cutter.cut(&bytes[at..there], there == bytes.len()) {
            Cut::More(n) => {
                assert!(there < bytes.len() && n > there - at, "asked for {n} with {} there", there - at);
                there = bytes.len().min((at + n).max(there + chunk));
            }
            Cut::Skip(n) => {
                assert!(n > 0 && n <= there - at);
                at += n;
            }
            Cut::Part(n, part) => {
                assert!(n <= there - at);
                add(&part, at..at + n, bytes, limit, &mut rows);
                at += n;
                if let Part::Entry(entry) = part {
                    // One that tells its end itself is given up here; the others are passed over.
                    let length = entry.length.map_or(0, |length| length.min((bytes.len() - at) as u64));
                    at += length as usize;
                    there = there.max(at);
                    cutter.entry_took(length);
                    cutter.entry_ended(length, 0, false);
                }
            }
            Cut::End => return rows,
        }
        assert!(rows.len() <= bytes.len() + 2, "it does not end");
    }
}

fn add(part: &Part, own: Range<usize>, bytes: &[u8], limit: usize, rows: &mut Vec<Row>) {
    let (start, length) = (own.start, own.len());
    match part {
        Part::Lines { .. } => {
            let mut at = start;
            for line in bytes[own].split_inclusive(|&byte| byte == b'\n') {
                // Whoever reads the line looks at its length once more.
                let is_long = line.len() > limit;
                let what = if is_long {
                    format!("too-large: {}", too_large(line.len() as u64, limit))
                } else {
                    "line".to_owned()
                };
                rows.push((at..at + line.len(), what));
                at += line.len();
            }
        }
        Part::Records { ranges, first_number, reading } => {
            for (number, range) in (*first_number..).zip(ranges) {
                let range = range.start as usize..range.end as usize;
                assert!(range.start <= range.end && range.end <= length);
                let what = match reading {
                    Reading::Json => format!("value {number}"),
                    Reading::Row(columns) => {
                        let row = String::from_utf8_lossy(&bytes[own.clone()][range.clone()]).into_owned();
                        let object = columns.to_object(&row);
                        if let Ok(object) = &object {
                            let read = serde_json::from_str::<serde_json::Value>(object);
                            assert!(read.is_ok_and(|value| value.is_object()), "{row:?} became {object:?}");
                        }
                        format!("row {number}: {object:?}")
                    }
                };
                rows.push((start + range.start..start + range.end, what));
            }
        }
        Part::Page(page) => {
            assert!(page.body.start <= page.body.end && page.body.end <= length);
            let object = [b"{", page.fields.as_slice(), b"}"].concat();
            assert!(serde_json::from_slice::<serde_json::Value>(&object).is_ok(), "{page:?}");
            rows.push((own, format!("{page:?}")));
        }
        Part::Entry(entry) => {
            let climbs = entry.name.split('/').any(|part| part == "..") || entry.name.starts_with('/');
            assert!(!climbs && !entry.name.contains(char::is_control), "{entry:?}");
            rows.push((own, format!("{entry:?}")));
        }
        Part::Passed(reason) => rows.push((own, reason.name().to_owned())),
        Part::Rejected(one) => {
            let range = one.offset as usize..(one.offset + one.length) as usize;
            assert!(range.end <= bytes.len());
            if !range.is_empty() {
                assert!(one.bytes.len() <= range.len());
                assert_eq!(one.bytes, bytes[range.start..][..one.bytes.len()]);
            }
            rows.push((range, format!("{}: {}", one.reason.name(), one.detail)));
        }
    }
}

/// What stands in a header of tar where its checksum belongs, to be filled in.
const SUM: &[u8] = b"~checks~";

/// Gives each block of tar that asks for it the checksum that it should have.
fn with_checksums(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for block in bytes.chunks_exact_mut(512).filter(|block| &block[148..156] == SUM) {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    }
    bytes
}

fuzz_target!(|input: (u8, u16, u8, &[u8])| {
    let (format, limit, chunk, bytes) = input;
    let bytes = &with_checksums(bytes);
    // Half of them with room for every record.
    let limit = if limit & 1 == 0 { 1 << 20 } else { 1 + usize::from(limit >> 1) % 512 };
    let whole = rows(format, limit, bytes, usize::MAX / 4);
    let pieces = rows(format, limit, bytes, 1 + usize::from(chunk));
    assert_eq!(pieces, whole);
    let mut end = 0;
    for (range, what) in &whole {
        assert!(range.start >= end || range.is_empty(), "{what} at {range:?}, which is part of something before {end}");
        end = end.max(range.end);
    }
});

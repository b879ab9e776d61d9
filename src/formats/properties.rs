//! What holds for every format and any bytes: cutting ends, loses no byte, and does not depend on how the bytes arrive.

use proptest::prelude::*;

use super::csv::{Settings, Table};
use super::cut::{Cutter, Part, cut_all};
use super::lines::Lines;
use super::tar::Tar;
use super::values::Values;
use super::warc::Warc;
use super::whole::Whole;
use super::zip::Zip;

const FORMATS: [&str; 7] = ["lines", "whole", "values", "table", "warc", "tar", "zip"];

fn cutter(format: &str, max_record_bytes: usize) -> Box<dyn Cutter> {
    match format {
        "lines" => Box::new(Lines::new(max_record_bytes)),
        "whole" => Box::new(Whole::new(max_record_bytes)),
        "values" => Box::new(Values::new(max_record_bytes)),
        "table" => {
            let text_field = "text".to_owned();
            Box::new(Table::new(Settings { max_record_bytes, text_field, separator: None, likely: None }))
        }
        "warc" => Box::new(Warc::new(max_record_bytes, "id")),
        "tar" => Box::new(Tar::default()),
        _ => Box::new(Zip::default()),
    }
}

/// Where each record, rejection, entry and part that is passed over begins, how long it is, and what it is.
fn rows(format: &str, bytes: &[u8], limit: usize, chunk: usize) -> Vec<(u64, u64, String)> {
    let mut rows = Vec::new();
    for (offset, own, part) in cut_all(&mut *cutter(format, limit), bytes, chunk) {
        let length = own.len() as u64;
        match part {
            Part::Lines { .. } => {
                let mut at = offset;
                for line in own.split_inclusive(|&byte| byte == b'\n') {
                    rows.push((at, line.len() as u64, "line".to_owned()));
                    at += line.len() as u64;
                }
            }
            Part::Records { ranges, first_number, .. } => {
                for (number, range) in (first_number..).zip(ranges) {
                    assert!(range.end as usize <= own.len());
                    rows.push((offset + u64::from(range.start), range.len() as u64, format!("record {number}")));
                }
            }
            Part::Page(page) => {
                assert!(page.body.end <= own.len());
                rows.push((offset, length, "page".to_owned()));
            }
            Part::Rejected(one) => {
                assert!(one.bytes.len() as u64 <= one.length || one.length == 0, "{one:?}");
                assert!(one.offset + one.length <= bytes.len() as u64, "{one:?}");
                if one.length > 0 {
                    let start = one.offset as usize;
                    assert_eq!(one.bytes, &bytes[start..start + one.bytes.len()], "{format}");
                }
                rows.push((one.offset, one.length, one.reason.name().to_owned()));
            }
            Part::Entry(entry) => rows.push((offset, length, format!("entry {}", entry.name))),
            Part::Passed(reason) => rows.push((offset, length, reason.name().to_owned())),
        }
    }
    rows
}

/// Sound bytes of each format, to be damaged.
fn seeds() -> Vec<Vec<u8>> {
    let warc = |kind: &str, text: &str| {
        format!("WARC/1.0\r\nWARC-Type: {kind}\r\nContent-Length: {}\r\n\r\n{text}\r\n\r\n", text.len())
    };
    let mut tar = vec![0; 512];
    tar[..5].copy_from_slice(b"a.txt");
    tar[124..135].copy_from_slice(b"00000000011");
    tar[148..156].copy_from_slice(b"        ");
    tar[156] = b'0';
    let sum: u32 = tar.iter().map(|&byte| u32::from(byte)).sum();
    tar[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    tar.extend(b"The tide.");
    tar.resize(1024, 0);
    let zip = [
        &b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\x09\0\0\0\x09\0\0\0\x05\0\0\0a.txtThe tide."[..],
        b"PK\x03\x04\x14\0\x08\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0b.txt\x03\0PK\x07\x08\0\0\0\0\x02\0\0\0\0\0\0\0PK\x01\x02",
    ];
    vec![
        b"{\"text\":\"one\"}\n\n{\"text\":\"two\"}\r\n{\"a\":[{}]}".to_vec(),
        b"[\n  {\"a\": \"x\\\"y\"},\n  {\"b\": [1, {}]},\n  7, {\"c\": 3}\n]\n{}".to_vec(),
        b"id,text\r\n1,\"a \"\"b\"\", c\"\n2,\"two\nlines\"\n3,open \" quote\n\n4,\"open\n5,x".to_vec(),
        [warc("conversion", "One page."), warc("request", "GET"), warc("conversion", "Another\r\npage.")]
            .concat()
            .into_bytes(),
        [tar.repeat(2), vec![0; 512]].concat(),
        zip.concat(),
    ]
}

/// A seed with some of its bytes changed, cut out or doubled.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<prop::sample::Index>(), 0..24_usize, any::<u8>(), 0..4_u8);
    (0..seeds().len(), prop::collection::vec(edit, 0..5)).prop_map(|(seed, edits)| {
        let mut bytes = seeds().swap_remove(seed);
        for (place, length, byte, kind) in edits {
            if bytes.is_empty() {
                break;
            }
            let at = place.index(bytes.len());
            let end = bytes.len().min(at + length);
            match kind {
                0 => bytes[at] = byte,
                1 => drop(bytes.drain(at..end)),
                2 => {
                    let copy = bytes[at..end].to_vec();
                    bytes.splice(at..at, copy);
                }
                _ => bytes.truncate(at),
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn however_bytes_arrive_the_records_are_the_same(bytes in damaged(), chunk in 1..70_usize, limit in 1..60_usize) {
        for format in FORMATS {
            let whole = rows(format, &bytes, 10_000, usize::MAX / 4);
            prop_assert_eq!(&rows(format, &bytes, 10_000, chunk), &whole, "{}", format);
        }
        // Found by fuzzing: values longer than a record may be. (Lines are looked at once more by whoever reads them.)
        let whole = rows("values", &bytes, limit, usize::MAX / 4);
        prop_assert_eq!(&rows("values", &bytes, limit, chunk), &whole);
    }

    #[test]
    fn cutting_comes_to_an_end_at_any_limit(bytes in damaged(), limit in 1..60_usize, chunk in 1..70_usize) {
        for format in FORMATS {
            let rows = rows(format, &bytes, limit, chunk);
            prop_assert!(rows.len() <= bytes.len() + 2, "{}", format);
        }
    }
}

//! WARC and WET: what is read, what is passed over, and what damage costs.

use std::io::Write;

use serde_json::json;

use crate::case::{Case, Row, check, good_text, rejected};
use crate::harness::{gzip, str_of};
use crate::make::{gzip_stored, http, warc_record, warc_record_of_length, wet};

/// A file of these records, and what becomes of each: nothing of those that are no document.
fn case(name: &str, records: &[(Vec<u8>, Option<Fate>)]) -> Case {
    let mut bytes = Vec::new();
    let mut rows = Vec::new();
    let mut record_bytes = 0;
    for (record, fate) in records {
        let offset = bytes.len() as u64;
        match fate {
            // The line ends behind a record are none of it.
            Some(Fate::Text(text)) => {
                rows.push(Row::Emitted { offset, text: text.clone() });
                record_bytes += record.len() as u64 - 4;
            }
            Some(Fate::Rejected(reason, kept)) => {
                rows.push(rejected(reason, offset, *kept as u64, &record[..*kept]));
                record_bytes += *kept as u64;
            }
            None => {}
        }
        bytes.extend_from_slice(record);
    }
    Case { record_bytes, ..Case::new(name, &format!("{}.warc", name.replace(' ', "-")), bytes, rows) }
}

enum Fate {
    Text(String),
    Rejected(&'static str, usize),
}

fn sound(number: usize) -> (Vec<u8>, Option<Fate>) {
    (wet(number), Some(Fate::Text(good_text(number))))
}

fn lost(record: Vec<u8>, reason: &'static str) -> (Vec<u8>, Option<Fate>) {
    let length = record.len();
    (record, Some(Fate::Rejected(reason, length)))
}

/// A rejected page that was cut as it is, without the line ends behind it.
fn refused(record: Vec<u8>, reason: &'static str) -> (Vec<u8>, Option<Fate>) {
    let length = record.len() - 4;
    (record, Some(Fate::Rejected(reason, length)))
}

fn page(number: usize, headers: &str, body: &[u8]) -> Vec<u8> {
    warc_record("response", number, "application/http; msgtype=response", &http(headers, body))
}

#[test]
fn pages_are_read_and_what_is_about_them_is_passed_over() {
    let text = |number| Some(Fate::Text(good_text(number)));
    let [gzipped, chunked] = [
        gzip(good_text(3).as_bytes()),
        format!(
            "10\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n",
            &good_text(4)[..16],
            good_text(4).len() - 16,
            &good_text(4)[16..]
        )
        .into_bytes(),
    ];
    let records = [
        (warc_record("warcinfo", 0, "application/warc-fields", b"software: by hand\r\n"), None),
        sound(1),
        (warc_record("request", 2, "application/http", b"GET / HTTP/1.1\r\n\r\n"), None),
        (page(2, "Content-Type: text/plain; charset=utf-8", good_text(2).as_bytes()), text(2)),
        (page(3, "Content-Type: text/plain\r\nContent-Encoding: gzip", &gzipped), text(3)),
        (page(4, "Content-Type: text/plain\r\nTransfer-Encoding: chunked", &chunked), text(4)),
        (warc_record("metadata", 5, "application/warc-fields", b"fetchTimeMs: 7"), None),
        (warc_record("revisit", 5, "application/http", b""), None),
        (warc_record("response", 5, "text/dns", b"20250304\nharbour.example."), None),
        (warc_record("resource", 5, "text/plain", good_text(5).as_bytes()), text(5)),
        refused(page(6, "Content-Type: image/png", b"\x89PNG\r\n\x1A\nxx"), "not-text"),
        refused(page(7, "Content-Type: text/plain\r\nContent-Encoding: gzip", &gzipped[..20]), "corrupt"),
        refused(warc_record("response", 8, "application/http", b"not an answer"), "http-syntax"),
        sound(9),
    ];
    let folder = check(&[case("pages", &records)], &[]);
    let passed = &folder.summary("out")["passed_over"];
    for reason in ["warc-info", "warc-request", "warc-metadata", "warc-revisit", "warc-dns"] {
        assert_eq!(passed[reason]["records"], 1, "{reason}: {passed}");
    }
    let records = folder.shards("out");
    let of = |number: usize| records.iter().find(|record| record["text"] == good_text(number)).unwrap();
    assert_eq!(of(2)["id"], "urn:uuid:00000000-0000-4000-8000-000000000002");
    assert_eq!(of(2)["url"], "https://harbour.example/boats/2");
    assert_eq!(of(2)["date"], "2025-03-04T05:06:07Z");
    assert_eq!((&of(2)["http_status"], &of(1)["http_status"]), (&json!(200), &json!(null)));
}

#[test]
fn the_charset_of_a_header_is_believed_where_the_bytes_agree() {
    let polish = "Zażółć gęślą jaźń, mówił stary rybak przy latarni.";
    let latin2: Vec<u8> = polish
        .chars()
        .map(|c| match c {
            'ż' => 0xBF,
            'ó' => 0xF3,
            'ł' => 0xB3,
            'ć' => 0xE6,
            'ę' => 0xEA,
            'ś' => 0xB6,
            'ą' => 0xB1,
            'ź' => 0xBC,
            'ń' => 0xF1,
            c => c as u8,
        })
        .collect();
    let text = |text: &str| Some(Fate::Text(text.to_owned()));
    let records = [
        (page(1, "Content-Type: text/plain; charset=ISO-8859-2", &latin2), text(polish)),
        (page(2, "Content-Type: text/plain; charset=ISO-8859-2", polish.as_bytes()), text(polish)),
    ];
    let folder = check(&[case("charsets", &records)], &[]);
    let records = folder.shards("out");
    let found: Vec<_> = records.iter().map(|record| (&record["textmill"], str_of(record, "url"))).collect();
    assert_eq!((&found[0].0["encoding"], &found[0].0["encoding_evidence"]), (&json!("ISO-8859-2"), &json!("declared")));
    assert_eq!(found[1].0["encoding"], "UTF-8");
}

#[test]
fn damage_costs_the_record_it_is_in() {
    let text = good_text(2);
    let lying = |length| warc_record_of_length("conversion", 2, "text/plain", text.as_bytes(), length);
    let bare = |header: &str| format!("WARC/1.0\r\nWARC-Type: conversion\r\n{header}\r\n{text}\r\n\r\n").into_bytes();
    let long_header = format!("X-Long: {}\r\n", "x".repeat(70_000));
    let spoilt: [(&str, Vec<u8>, &'static str); 8] = [
        ("too long a length", lying(text.len() + 100), "warc-length"),
        ("a length beyond the file", lying(1_000_000), "warc-length"),
        ("a length beyond the limit", lying(3_000_000), "too-large"),
        ("a length beyond all numbers", bare("Content-Length: 99999999999999999999999\r\n"), "warc-syntax"),
        ("too short a length", lying(5), "warc-length"),
        ("no length", bare(""), "warc-syntax"),
        ("a header without end", bare(&long_header), "warc-syntax"),
        ("garbage", b"Some words between the records, WARC/1.0 among them.\r\n".to_vec(), "warc-syntax"),
    ];
    for (name, record, reason) in spoilt {
        check(&[case(name, &[sound(1), lost(record.clone(), reason), sound(3)])], &[]);
        // At the end of the file, and in members of their own.
        check(&[case(name, &[sound(1), lost(record.clone(), reason)])], &[]);
        let whole = case(name, &[sound(1), lost(record.clone(), reason), sound(3)]);
        let members = [gzip(&wet(1)), gzip(&record), gzip(&wet(3))].concat();
        check(&[whole.stored(members)], &["--set=read.batch_bytes=1 KiB"]);
    }
}

#[test]
fn liberties_of_writers_are_granted() {
    let text = |number| Some(Fate::Text(good_text(number)));
    let sloppy = |record: Vec<u8>| String::from_utf8(record).unwrap().replace("\r\n", "\n").into_bytes();
    // Two line ends more than there should be, which are not counted in the length.
    let uncounted =
        warc_record_of_length("conversion", 3, "text/plain", good_text(3).as_bytes(), good_text(3).len() - 2);
    let mut bytes = sloppy(wet(1));
    let mut rows = vec![Row::Emitted { offset: 0, text: good_text(1) }];
    let mut record_bytes = bytes.len() as u64 - 2;
    for (number, record) in [
        (2, [&wet(2)[..], b"\r\n\r\n"].concat()),
        (3, uncounted),
        (4, String::from_utf8(wet(4)).unwrap().replace("WARC/1.0", "WARC/1.1").into_bytes()),
        (5, String::from_utf8(wet(5)).unwrap().replace("WARC/1.0", "WARC/0.18").into_bytes()),
        (6, String::from_utf8(wet(6)).unwrap().replace("Content-Length", "content-length").into_bytes()),
        // The last one lacks the line ends behind it.
        (7, wet(7)[..wet(7).len() - 4].to_vec()),
    ] {
        rows.push(Row::Emitted { offset: bytes.len() as u64, text: good_text(number) });
        record_bytes += record.trim_ascii_end().len() as u64;
        bytes.extend(record);
    }
    check(&[Case { record_bytes, ..Case::new("liberties", "liberties.wet", bytes, rows) }], &[]);
    let cut = warc_record("conversion", 1, "text/plain\r\nWARC-Truncated: length", good_text(1).as_bytes());
    let folder = check(&[case("cut short", &[(cut, text(1))])], &[]);
    assert_eq!(folder.shards("out")[0]["truncated"], "length");
}

#[test]
fn a_file_that_ends_too_early_gives_what_it_holds() {
    for cut in [3, 40, 250, wet(3).len() - 10] {
        let (whole, part) = ([wet(1), wet(2)].concat(), wet(3)[..cut].to_vec());
        let reason = match cut {
            3 => "warc-syntax",
            40 => "truncated",
            _ => "warc-length",
        };
        let case = case("cut", &[sound(1), sound(2), lost(part.clone(), reason)]);
        check(std::slice::from_ref(&case), &[]);
        let fault = rejected("truncated", (whole.len() + part.len()) as u64, 0, &[]);
        let stored = [gzip(&wet(1)), gzip(&wet(2)), gzip(&part)].concat();
        check(&[case.stored(stored[..stored.len() - 8].to_vec()).and(fault)], &[]);
    }
}

#[test]
fn a_damaged_member_costs_itself() {
    let mut members = [1, 2, 3].map(|number| gzip(&wet(number)));
    let flipped = members[1].len() - 6;
    members[1][flipped] ^= 0x40;
    // Its text has come by the time that its checksum turns out to be wrong.
    let fault = rejected("corrupt", [wet(1), wet(2)].concat().len() as u64, 0, &[]);
    check(&[case("checksum", &[sound(1), sound(2), sound(3)]).stored(members.concat()).and(fault)], &[]);
    let mut members = [1, 2, 3].map(|number| gzip(&wet(number)));
    members[1][10] = 0xFF;
    let fault = rejected("corrupt", wet(1).len() as u64, 0, &[]);
    let after = case("method", &[sound(1), sound(3)]);
    check(&[after.stored(members.concat()).and(fault)], &[]);
}

#[test]
fn damage_that_cannot_be_passed_is_said_once() {
    let pages: Vec<u8> = (0..3000).flat_map(wet).collect();
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(&pages).unwrap();
    let frames = encoder.finish().unwrap();
    let mut damaged = frames.clone();
    damaged[frames.len() / 2..][..8].iter_mut().for_each(|byte| *byte ^= 0xA5);
    let entry = crate::make::tar_entry("pages.warc.gz", b'0', &gzip(&pages));
    let stored = crate::make::tar_entry("pages.warc.gz", b'0', &gzip_stored(&pages));
    let packed = gzip_stored(&stored);
    for (name, bytes, reasons) in [
        ("cut.warc.zst", &frames[..frames.len() / 2], &["truncated"][..]),
        ("damaged.warc.zst", &damaged[..], &["corrupt"]),
        ("cut.tar", &entry[..entry.len() / 2], &["truncated"]),
        ("cut.tar.gz", &packed[..packed.len() / 2], &["truncated"]),
    ] {
        let folder = crate::harness::Folder::new();
        folder.put(format!("in/{name}"), bytes);
        folder.run(["run", "in"].iter().chain(&crate::case::OPTIONS)).ended_with(0);
        let summary = folder.summary("out");
        assert!(summary["emitted"]["records"].as_u64().unwrap() > 500, "{name}");
        let rejected = &summary["rejected"];
        // The records that were harmed, and the stream; for an archive that was packed as a whole, the archive as well.
        assert!(rejected["records"].as_u64().unwrap() <= 20, "{name}: {rejected}");
        for reason in reasons {
            assert!(rejected["reasons"][reason]["records"].as_u64() >= Some(1), "{name}: {rejected}");
        }
    }
}

#[test]
fn the_records_are_the_same_whatever_the_size_of_batches() {
    let mut bytes = Vec::new();
    for number in 0..300 {
        bytes.extend(wet(number));
        match number % 9 {
            2 => bytes.extend(b"garbage between\r\n"),
            4 => bytes.extend(warc_record_of_length("conversion", 7, "text/plain", b"short", 90_000)),
            6 => bytes.extend(warc_record("request", 7, "application/http", b"GET / HTTP/1.1\r\n\r\n")),
            _ => {}
        }
    }
    let mut seen = None;
    for batch in ["1 KiB", "100 kB", "4 MiB"] {
        let folder = crate::harness::Folder::new();
        folder.put("in/a.warc.gz", gzip(&bytes));
        let set = format!("read.batch_bytes={batch}");
        folder.run(["run", "in"].iter().chain(&crate::case::OPTIONS).chain(&["--set", &set])).ended_with(0);
        let rows = crate::case::rows_of(&folder);
        assert!(*seen.get_or_insert_with(|| rows.clone()) == rows, "{batch}");
    }
}

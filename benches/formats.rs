//! What cutting each format into records takes, and, beside it, what taking the compression off takes.
//!
//! The text is the sample corpus, many times. Bytes per second are those of the stream as it is cut, without compression.

#![allow(missing_docs, reason = "criterion's macro makes a function without any")]

use std::fs;
use std::hint::black_box;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use textmill::formats::csv::{Settings, Table};
use textmill::formats::cut::{Cut, Cutter, Part};
use textmill::formats::lines::Lines;
use textmill::formats::tar::Tar;
use textmill::formats::values::Values;
use textmill::formats::warc::Warc;
use textmill::formats::zip::Zip;
use textmill::io::decompress;

/// Records in each stream: about 4 MB of text.
const RECORDS: usize = 2000;
const MAX_RECORD_BYTES: usize = 64 << 20;

/// Times `formats/<format>`.
fn cutting(c: &mut Criterion) {
    let texts = texts();
    let mut group = c.benchmark_group("formats");
    group.sample_size(20);
    for format in ["jsonl", "json", "csv", "warc", "tar", "zip"] {
        let bytes = stream(format, &texts);
        let cutter = || -> Box<dyn Cutter> {
            match format {
                "jsonl" => Box::new(Lines::new(MAX_RECORD_BYTES)),
                "json" => Box::new(Values::new(MAX_RECORD_BYTES)),
                "csv" => Box::new(Table::new(Settings {
                    max_record_bytes: MAX_RECORD_BYTES,
                    text_field: "text".to_owned(),
                    separator: None,
                    likely: None,
                })),
                "warc" => Box::new(Warc::new(MAX_RECORD_BYTES, "id")),
                "tar" => Box::new(Tar::default()),
                _ => Box::new(Zip::default()),
            }
        };
        assert_eq!(cut(&mut *cutter(), &bytes), RECORDS, "{format}");
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(format, |b| b.iter(|| cut(&mut *cutter(), black_box(&bytes))));
    }
    group.finish();
}

/// Times `unpack/<compression>`.
fn unpacking(c: &mut Criterion) {
    let texts = texts();
    let bytes = stream("warc", &texts);
    let mut group = c.benchmark_group("unpack");
    group.sample_size(10);
    for (name, packed) in [
        ("gzip", gzip(&bytes)),
        ("gzip by record", texts.iter().enumerate().flat_map(|(i, text)| gzip(&warc(i, text))).collect()),
        ("zstd", zstd::encode_all(&bytes[..], 3).expect("memory for zstd")),
        ("bzip2", {
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
            encoder.write_all(&bytes).and_then(|()| encoder.finish()).expect("memory for bzip2")
        }),
        ("xz", {
            let options = lzma_rust2::XzOptions::with_preset(6);
            let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).expect("memory for xz");
            writer.write_all(&bytes).and_then(|()| writer.finish()).expect("memory for xz")
        }),
        ("lz4", {
            let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
            encoder.write_all(&bytes).expect("memory for lz4");
            encoder.finish().expect("memory for lz4")
        }),
    ] {
        let unpack = |packed: &Vec<u8>| {
            let mut opened = decompress::open(Cursor::new(packed.clone()), 1000).expect("sound bytes");
            let mut block = vec![0; 256 << 10];
            let mut length = 0;
            while let Ok(n @ 1..) = opened.reader.read(&mut block) {
                length += n;
            }
            length
        };
        assert_eq!(unpack(&packed), bytes.len(), "{name}");
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), &packed, |b, packed| b.iter(|| unpack(packed)));
    }
    group.finish();
}

/// Cuts a stream that is all there, and counts its records; entries of archives are passed over.
fn cut(cutter: &mut dyn Cutter, bytes: &[u8]) -> usize {
    let mut at = 0;
    let mut records = 0;
    loop {
        match cutter.cut(&bytes[at..], true) {
            Cut::Skip(n) => at += n,
            Cut::Part(n, part) => {
                at += n;
                records += match part {
                    Part::Lines { line_ends, .. } => line_ends as usize,
                    Part::Records { ranges, .. } => ranges.len(),
                    Part::Entry(entry) => {
                        at += entry.length.unwrap_or(0) as usize;
                        1
                    }
                    Part::Page(_) => 1,
                    Part::Rejected(rejected) => panic!("{}", rejected.detail),
                    Part::Passed(_) => 0,
                };
            }
            Cut::More(_) | Cut::End => return records,
        }
    }
}

fn texts() -> Vec<String> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/plain");
    let mut paths: Vec<_> = fs::read_dir(samples).expect("the samples").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let texts: Vec<String> = paths.iter().filter_map(|path| fs::read_to_string(path).ok()).collect();
    texts.iter().cycle().take(RECORDS).enumerate().map(|(i, text)| format!("{text}\n\n{i}\n")).collect()
}

fn stream(format: &str, texts: &[String]) -> Vec<u8> {
    let object = |text: &String| serde_json::json!({ "text": text });
    match format {
        "jsonl" => {
            texts.iter().flat_map(|text| [object(text).to_string(), "\n".to_owned()]).collect::<String>().into_bytes()
        }
        "json" => serde_json::to_vec_pretty(&texts.iter().map(object).collect::<Vec<_>>()).expect("text"),
        "csv" => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["id", "text"]).expect("memory");
            texts.iter().enumerate().for_each(|(i, text)| writer.write_record([&i.to_string(), text]).expect("memory"));
            writer.into_inner().expect("memory")
        }
        "warc" => texts.iter().enumerate().flat_map(|(i, text)| warc(i, text)).collect(),
        "tar" => texts.iter().enumerate().flat_map(|(i, text)| tar(i, text)).collect(),
        _ => texts.iter().enumerate().flat_map(|(i, text)| zip(i, text)).collect(),
    }
}

fn warc(number: usize, text: &str) -> Vec<u8> {
    let length = text.len();
    let header = format!(
        "WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: https://harbour.example/{number}\r\n\
         WARC-Date: 2025-03-04T05:06:07Z\r\nWARC-Record-ID: <urn:uuid:{number:036}>\r\n\
         Content-Type: text/plain\r\nContent-Length: {length}\r\n\r\n"
    );
    [header.as_bytes(), text.as_bytes(), b"\r\n\r\n"].concat()
}

fn tar(number: usize, text: &str) -> Vec<u8> {
    let mut block = [0; 512];
    let mut put = |at: usize, value: &str| block[at..at + value.len()].copy_from_slice(value.as_bytes());
    put(0, &format!("{number:05}.txt"));
    put(124, &format!("{:011o}", text.len()));
    put(148, "        ");
    put(156, "0");
    put(257, "ustar");
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    [&block[..], text.as_bytes(), &vec![0; text.len().wrapping_neg() % 512]].concat()
}

fn zip(number: usize, text: &str) -> Vec<u8> {
    let name = format!("{number:05}.txt");
    let mut out = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    out.extend((text.len() as u32).to_le_bytes());
    out.extend((text.len() as u32).to_le_bytes());
    out.extend((name.len() as u16).to_le_bytes());
    out.extend([0, 0]);
    out.extend(name.as_bytes());
    out.extend(text.as_bytes());
    out
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory for gzip")
}

criterion_group!(benches, cutting, unpacking);
criterion_main!(benches);

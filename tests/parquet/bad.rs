//! Files that are damaged, strange or not what they should be: each has its fate, and the next file goes on.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, NullArray, StringArray};
use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{ByteArray, Int96};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use serde_json::Value;

use super::{OFF, records, strings, table};
use crate::harness::Folder;

/// What a run over `in` rejects, as reason, offset and detail; everything else was emitted.
fn rejected(folder: &Folder) -> (Vec<Value>, Vec<(String, u64, String)>) {
    folder.run(["run", "in", "-o", "out"].iter().chain(&OFF)).ended_with(0);
    assert_eq!(folder.summary("out")["conserved"], true);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rejected = folder.records("out/rejected.jsonl");
    let each = |line: &Value| (text(&line["reason"]), line["offset"].as_u64().unwrap(), text(&line["detail"]));
    (folder.shards("out"), rejected.iter().map(each).collect())
}

/// A text of about eight times `length` bytes and its number.
fn text(n: usize, length: usize) -> String {
    format!("Text number {n}, {}", "abcdefgh".repeat(n * length))
}

/// A file of 40 texts, in row groups of ten; its bytes.
fn sound(folder: &Folder, length: usize) -> Vec<u8> {
    let path = folder.at("sound.parquet");
    let texts: Vec<String> = (0..40).map(|n| text(n, length)).collect();
    let column: ArrayRef = Arc::new(StringArray::from(texts));
    let batch = arrow_array::RecordBatch::try_from_iter([("text", column)]).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(10))
        .set_compression(Compression::UNCOMPRESSED)
        .set_dictionary_enabled(false)
        .build();
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn damaged_files_are_rejected_from_where_they_are_damaged_and_the_next_goes_on() {
    let folder = Folder::new();
    let bytes = sound(&folder, 1);
    let n = bytes.len();
    let mut footer = bytes.clone();
    footer[n - 20..n - 8].fill(0xFF);
    let cases: [(&str, Vec<u8>, u64, &str); 5] = [
        ("cut", bytes[..n / 2].to_vec(), 0, ""),
        ("footer", footer, 0, ""),
        ("short", b"PAR1".to_vec(), 0, ""),
        ("encrypted", [b"PARE", &bytes[4..n - 4], b"PARE"].concat(), 0, "encrypted"),
        ("empty-footer", [&bytes[..n - 8], &[0, 0, 0, 0], b"PAR1"].concat(), 0, ""),
    ];
    for (name, damaged, offset, says) in cases {
        folder.put("in/a.parquet", damaged);
        table(&folder.at("in/b.parquet"), vec![("text", strings(&["sound"]))]);
        let (emitted, rejected) = rejected(&folder);
        assert_eq!((emitted.len(), rejected.len()), (1, 1), "{name}: {rejected:?}");
        let (reason, at, detail) = &rejected[0];
        assert!(["corrupt", "truncated"].contains(&reason.as_str()), "{name}: {reason}: {detail}");
        assert!(*at == offset && detail.contains(says), "{name}: {detail}");
    }
}

#[test]
fn rows_before_a_damaged_page_come_out() {
    let folder = Folder::new();
    let mut damaged = sound(&folder, 1000);
    // Inside a text of the last row group, which begins in the middle of the file: bytes that are no UTF-8.
    let at = damaged.len() * 85 / 100;
    damaged[at..at + 64].fill(0xFF);
    folder.put("in/a.parquet", damaged);
    let (emitted, rejected) = rejected(&folder);
    assert_eq!(rejected.len(), 1, "{rejected:?}");
    // Nothing wrong is emitted, and what was emitted stands before the place that is named.
    assert_eq!(rejected[0].1, emitted.len() as u64);
    assert!((20..40).contains(&emitted.len()), "{} of 40", emitted.len());
    assert!(emitted.iter().enumerate().all(|(n, record)| record["text"].as_str().unwrap() == text(n, 1000)));
}

#[test]
fn no_flipped_byte_ends_the_run() {
    let folder = Folder::new();
    let bytes = sound(&folder, 1);
    let footer = bytes.len() - 8 - u32::from_le_bytes(bytes[bytes.len() - 8..][..4].try_into().unwrap()) as usize;
    // Each byte of the footer, and some of the pages, in a file of its own.
    for (number, at) in (footer..bytes.len()).step_by(3).chain((0..footer).step_by(41)).enumerate() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (number % 8);
        folder.put(format!("in/{number:04}.parquet"), damaged);
    }
    folder.put("in/z.jsonl", "{\"text\":\"the last\"}\n");
    let (emitted, _) = rejected(&folder);
    assert_eq!(emitted.last().unwrap()["text"], "the last");
}

#[test]
fn a_missing_text_column_is_answered_with_those_that_hold_text() {
    let folder = Folder::new();
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    table(&folder.at("in/a.parquet"), vec![("content", strings(&["x"])), ("n", numbers.clone())]);
    table(&folder.at("in/b.parquet"), vec![("text", numbers), ("body", strings(&["x"]))]);
    let (_, rejected) = rejected(&folder);
    let [missing, wrong] = &rejected[..] else { panic!("{rejected:?}") };
    assert!(missing.0 == "text-missing" && missing.2.contains("`content` (Utf8)"), "{missing:?}");
    assert!(wrong.0 == "text-type" && wrong.2.contains("`body` (Utf8)"), "{wrong:?}");
    let named = folder.run(["run", "in/a.parquet", "--set=read.text_field=content"].iter().chain(&OFF)).ended_with(0);
    assert_eq!(named.records()[0]["content"], "x");
}

#[test]
fn files_without_rows_and_rows_without_text_are_counted() {
    let folder = Folder::new();
    table(&folder.at("in/a.parquet"), vec![("text", strings(&[]))]);
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("x"), None]));
    table(&folder.at("in/b.parquet"), vec![("text", texts), ("nothing", Arc::new(NullArray::new(2)))]);
    let (emitted, rejected) = rejected(&folder);
    assert_eq!((emitted.len(), emitted[0]["nothing"].is_null()), (1, true));
    assert!(rejected.len() == 1 && rejected[0].0 == "text-type" && rejected[0].1 == 1, "{rejected:?}");
    // And where nothing at all comes, there is a file with columns and no rows.
    std::fs::remove_file(folder.at("in/b.parquet")).unwrap();
    folder.run(["run", "in", "-o", "none", "--emit=parquet"].iter().chain(&OFF)).ended_with(0);
    let again = folder.run(["run", "none"].iter().chain(&OFF)).ended_with(0);
    assert!(again.text().is_empty());
}

/// A column of INT96, which old writers use for times.
fn int96(path: &Path) {
    let schema = "message m { required binary text (UTF8); required int96 at; }";
    let schema = Arc::new(parquet::schema::parser::parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(std::fs::File::create(path).unwrap(), schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    while let Some(mut column) = group.next_column().unwrap() {
        match column.untyped() {
            ColumnWriter::ByteArrayColumnWriter(texts) => texts.write_batch(&[ByteArray::from("x")], None, None),
            // Noon of the day 2,440,588, which began the year 1970.
            ColumnWriter::Int96ColumnWriter(times) => {
                let nanoseconds = 43_200_000_000_000_u64;
                let mut noon = Int96::new();
                noon.set_data(nanoseconds as u32, (nanoseconds >> 32) as u32, 2_440_588);
                times.write_batch(&[noon], None, None)
            }
            _ => unreachable!("no other column"),
        }
        .unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
}

#[test]
fn times_of_old_writers_are_read() {
    let folder = Folder::new();
    int96(&folder.at("old.parquet"));
    let run = folder.run(["run", "old.parquet"].iter().chain(&OFF)).ended_with(0);
    assert_eq!(run.records()[0]["at"], "1970-01-01T12:00:00");
}

#[test]
fn what_cannot_be_columns_is_refused_before_anything_is_read() {
    let folder = Folder::new();
    records(&folder);
    for (options, says) in [
        (&["--emit=parquet"][..], "needs a file or a folder as emit.output, which is standard output"),
        (&["--emit=jsonl", "-o", "x.parquet"], "the name of emit.output says \"parquet\""),
        (&["-o", "x.parquet", "--set=read.max_record_bytes=1 GiB"], "has room for 512 MiB in a record"),
    ] {
        let run = folder.run(["run", "in.jsonl", "--no-config"].iter().chain(options)).ended_with(2);
        assert!(run.stderr.contains(says), "{options:?}: {}", run.stderr);
    }
    folder.run(["run", "in.jsonl", "-o", "x.parquet", "--no-config"]).ended_with(0);
    assert_eq!(&folder.read("x.parquet")[..4], b"PAR1");
    assert!(!folder.at(".x.parquet.lines").exists());
}

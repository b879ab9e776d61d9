//! Parquet in and out: what is written is what JSON would say, other readers read it, and damaged files harm themselves
//! alone.

#![cfg(feature = "parquet")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bad;
#[path = "../stream/corpus.rs"]
mod corpus;
#[path = "../harness/mod.rs"]
mod harness;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BinaryArray, DictionaryArray, Float32Array, Int16Array, LargeStringArray, ListArray, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};
use corpus::corpus;
use harness::{Folder, tree};
use parquet::arrow::ArrowWriter;
use serde_json::{Value, json};

/// Writes a file of these columns.
fn table(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)));
    let batch = batch.unwrap();
    let mut writer = ArrowWriter::try_new(std::fs::File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn strings(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

/// Records whose fields differ, in several shards and languages.
fn records(folder: &Folder) {
    let sentences = [
        "The keeper of the lighthouse wrote every passing vessel into a heavy notebook.",
        "Le gardien du phare notait chaque navire dans un lourd carnet de cuir brun.",
        "Der Wärter des Leuchtturms schrieb jedes Schiff in ein schweres Heft aus Leder.",
    ];
    let lines: Vec<String> = (0..300)
        .map(|n| {
            let text = format!("{} Number {n}.\n\nA second para-\ngraph about {n} \"things\".", sentences[n % 3]);
            let mut record = json!({"id": format!("r{n}"), "text": text, "n": n, "tags": ["a", n]});
            if n % 2 == 0 {
                record["half"] = json!(n as f64 / 2.0);
            }
            format!("{record}\n")
        })
        .collect();
    folder.put("in.jsonl", lines.concat());
}

const OFF: [&str; 4] =
    ["--set=dedup.enabled=false", "--set=repair.enabled=false", "--set=langid.enabled=false", "--no-config"];

#[test]
fn the_same_bytes_come_out_at_any_number_of_threads() {
    let corpus = corpus(3, 400);
    let mut wanted = None;
    for (threads, batch) in [("1", "4 KiB"), ("4", "64 KiB"), ("2", "1 MiB")] {
        let (threads, batch) = (format!("--threads={threads}"), format!("--set=read.batch_bytes={batch}"));
        let options = ["run", "in", "-o", "out", "--no-config", "--emit=parquet", "--set=emit.partition_by=language"];
        let shards = ["--set=emit.shard_bytes=60 kB", "--set=repair.window_bytes=1 MiB", &threads, &batch];
        corpus.folder.run(options.iter().chain(&shards)).ended_with(0);
        let mut files = tree(&corpus.folder.at("out"));
        files.remove("summary.json");
        assert!(files.keys().all(|name| !name.contains("lines") && !name.contains("part")), "{:?}", files.keys());
        assert!(files.len() > 5, "{:?}", files.keys());
        assert!(*wanted.get_or_insert_with(|| files.clone()) == files, "{threads} {batch}");
    }
}

#[test]
fn rows_hold_what_lines_hold() {
    let folder = Folder::new();
    records(&folder);
    for shards in ["--set=emit.shard_bytes=1 GiB", "--set=emit.shard_bytes=30 kB"] {
        folder.run(["run", "in.jsonl", "-o", "lines", "--no-config", "--edits=full", shards]).ended_with(0);
        let columns = ["run", "in.jsonl", "-o", "columns", "--no-config", "--edits=full", "--emit=parquet", shards];
        folder.run(columns).ended_with(0);
        // Read again, the findings of the first run are replaced and everything else passes through.
        folder.run(["run", "columns", "-o", "again"].iter().chain(&OFF)).ended_with(0);
        let strip = |mut record: Value| {
            record.as_object_mut().unwrap().remove("textmill");
            if let Some(Value::String(tags)) = record.get("tags") {
                record["tags"] = serde_json::from_str(tags).unwrap();
            }
            record.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            record
        };
        let wanted: Vec<Value> = folder.shards("lines").into_iter().map(strip).collect();
        let got: Vec<Value> = folder.shards("again").into_iter().map(strip).collect();
        assert_eq!(wanted.len(), 300);
        assert_eq!(got, wanted);
    }
}

#[test]
fn other_readers_read_what_is_written() {
    let folder = Folder::new();
    records(&folder);
    let options = ["run", "in.jsonl", "--no-config", "--set=emit.shard_bytes=30 kB"];
    folder.run(options.iter().chain(&["-o", "lines"])).ended_with(0);
    folder.run(options.iter().chain(&["-o", "columns", "--emit=parquet", "--set=emit.card=true"])).ended_with(0);
    let wanted: Vec<Value> = folder
        .shards("lines")
        .into_iter()
        .map(|record| {
            let textmill = &record["textmill"];
            let spans: Vec<&Value> =
                textmill["spans"].as_array().unwrap().iter().map(|span| &span["language"]).collect();
            json!({
                "id": record["id"], "text": record["text"], "n": record["n"], "source": textmill["source"],
                "language": textmill["language"], "spans": spans, "repairs": textmill["repairs"],
            })
        })
        .collect();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parquet/readers.py");
    for library in ["pyarrow", "polars", "duckdb", "datasets"] {
        let columns = folder.at("columns");
        let mut run = Command::new("python3");
        run.arg(&script).arg(library).arg(&columns).env("HF_HOME", folder.at("cache")).env("HF_HUB_OFFLINE", "1");
        let Ok(run) = run.output() else {
            println!("skipped: no python3");
            return;
        };
        if run.status.code() == Some(77) {
            println!("skipped: this Python has no {library}");
            continue;
        }
        assert!(run.status.success(), "{library}: {}", String::from_utf8_lossy(&run.stderr));
        let got = harness::parse_lines(&run.stdout);
        assert!(got == wanted, "{library}: {} rows, {} wanted; {:?}", got.len(), wanted.len(), got.first());
        println!("{library} reads {} rows", got.len());
    }
}

#[test]
fn columns_of_a_file_pass_through_with_their_types() {
    let folder = Folder::new();
    let tags = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None]), None, Some(vec![])]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("key", strings(&["a", "b", "c"])),
        ("text", strings(&["One text.", "Another text.", "A third."])),
        ("small", Arc::new(Int16Array::from(vec![Some(1), None, Some(-3)]))),
        ("score", Arc::new(Float32Array::from(vec![0.1, 0.25, 3e7]))),
        ("when", Arc::new(TimestampMicrosecondArray::from(vec![1_700_000_000_123_456, 0, -1]).with_timezone("UTC"))),
        ("raw", Arc::new(BinaryArray::from(vec![&b"\xFF\x00"[..], b"", b"x"]))),
        ("tags", Arc::new(tags)),
    ];
    table(&folder.at("in/a.parquet"), columns.clone());
    folder.run(["run", "in", "-o", "out", "--emit=parquet"].iter().chain(&OFF)).ended_with(0);
    let file = std::fs::File::open(folder.at("out/shard-00000.parquet")).unwrap();
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let batch = reader.map(Result::unwrap).next().unwrap();
    for (name, wanted) in &columns {
        let got = batch.column_by_name(name).unwrap();
        assert_eq!(got.data_type(), wanted.data_type(), "{name}");
        assert_eq!(got.as_ref(), wanted.as_ref(), "{name}");
    }
    let ids = batch.column_by_name("id").unwrap();
    assert_eq!(ids.as_ref(), strings(&["in/a.parquet#1", "in/a.parquet#2", "in/a.parquet#3"]).as_ref());
}

#[test]
fn text_may_be_bytes_a_dictionary_or_long_strings() {
    let folder = Folder::new();
    let cyrillic = "Смотритель маяка записывал каждое проходящее судно в тяжёлую кожаную тетрадь.";
    let windows_1251 = |c: char| match c {
        'А'..='я' => (u32::from(c) - u32::from('А')) as u8 + 0xC0,
        'ё' => 0xB8,
        _ => c as u8,
    };
    let legacy: Vec<u8> = cyrillic.chars().map(windows_1251).collect();
    let dictionary: DictionaryArray<Int32Type> = ["x", "y", "x"].into_iter().collect();
    let cases: [(&str, ArrayRef, &[&str]); 3] = [
        (
            "bytes",
            Arc::new(BinaryArray::from(vec![&b"plain"[..], &legacy, cyrillic.as_bytes()])),
            &["plain", cyrillic, cyrillic],
        ),
        ("dictionary", Arc::new(dictionary), &["x", "y", "x"]),
        ("long", Arc::new(LargeStringArray::from(vec!["a", "b"])), &["a", "b"]),
    ];
    for (name, column, wanted) in cases {
        table(&folder.at(format!("{name}.parquet")), vec![("text", column)]);
        let run = folder.run(["run", &format!("{name}.parquet")].iter().copied().chain(OFF)).ended_with(0);
        let texts: Vec<Value> = run.records().iter().map(|record| record["text"].clone()).collect();
        assert_eq!(texts, wanted.iter().map(|text| json!(text)).collect::<Vec<_>>(), "{name}");
        let places: Vec<Value> = run.records().iter().map(|record| record["textmill"]["offset"].clone()).collect();
        assert_eq!(places, (0..wanted.len()).map(|row| json!(row)).collect::<Vec<_>>(), "{name}");
        if name == "bytes" {
            assert_eq!(run.records()[1]["textmill"]["encoding"], "windows-1251");
        }
    }
}

#[test]
fn the_card_names_the_shards_and_nothing_that_is_not_known() {
    let folder = Folder::new();
    let french = "Le gardien du phare notait chaque navire dans un lourd carnet de cuir brun, le numéro";
    let lines: Vec<String> = (0..7).map(|n| format!("{{\"text\":\"{french} {n}.\"}}\n")).collect();
    folder.put("in.jsonl", lines.concat());
    let options = ["run", "in.jsonl", "-o", "out", "--no-config", "--set=emit.card=true", "--set=dedup.enabled=false"];
    folder.run(options.iter().chain(&["--set=emit.partition_by=language"])).ended_with(0);
    let card = String::from_utf8(folder.read("out/README.md")).unwrap();
    for part in ["# license: ", "- \"fr\"", "path: \"*/shard-*.jsonl\"", "path: \"fr/shard-*.jsonl\"", "| fr | 7 |"] {
        assert!(card.contains(part), "no {part} in\n{card}");
    }
    // A card of its own is written anew; a page of somebody else's is not.
    folder.run(options).ended_with(0);
    folder.put("out/README.md", "# My corpus\n");
    let run = folder.run(options).ended_with(2);
    assert!(run.stderr.contains("is not made by textmill"), "{}", run.stderr);
    assert_eq!(folder.read("out/README.md"), b"# My corpus\n");
}

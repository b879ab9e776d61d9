//! A run over containers that is killed at any moment goes on to the bytes of an undisturbed one.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::case::{good, good_text, lay_out};
use crate::harness::{Folder, finished, gzip, signal, tree, zstd};
use crate::make::{tar_entry, warc_record, warc_record_of_length, wet, zip_end, zip_entry};

/// Windows of a few records, and a checkpoint at the end of each.
const OPTIONS: [&str; 10] = [
    "run",
    "in",
    "-o",
    "out",
    "--no-config",
    "--set=repair.window_bytes=8 KiB",
    "--set=run.memory_bytes=1 MiB",
    "--set=run.commit_seconds=0",
    "--set=emit.shard_bytes=60 kB",
    "--set=read.batch_bytes=3 KiB",
];

/// A folder with one container of each kind, all of them with damage inside.
fn folder() -> Folder {
    let folder = Folder::new();
    let mut warc = Vec::new();
    for number in 0..600 {
        let record = match number % 50 {
            7 => warc_record("request", number, "application/http", b"GET / HTTP/1.1\r\n\r\n"),
            9 => warc_record_of_length("conversion", number, "text/plain", b"lies", 400),
            _ => wet(number),
        };
        warc.extend(gzip(&record));
    }
    folder.put("in/a.warc.gz", warc);
    let rows = (1000..1600).map(|number| match number % 40 {
        3 => "ragged\n".to_owned(),
        5 => format!("{number},\"{}\n or later\"\n", good_text(number)),
        _ => format!("{number},{}\n", good_text(number)),
    });
    folder.put("in/b.csv", format!("id,text\n{}", rows.collect::<String>()));
    let values = (2000..2400).map(|number| match number % 40 {
        3 => "7".to_owned(),
        _ => format!("{{\n  \"text\": \"{}\"\n}}", good_text(number)),
    });
    folder.put("in/c.json", format!("[\n{}\n]", values.collect::<Vec<_>>().join(",\n")));
    let lines = |from: usize| lay_out(&(from..from + 100).map(good).collect::<Vec<_>>()).0;
    let text = |number: usize| good_text(number).into_bytes();
    let entries = (0..40_usize).map(|n| match n % 8 {
        3 => tar_entry(&format!("{n}.jsonl"), b'0', &lines(3000 + n * 100)),
        4 => tar_entry(&format!("{n}.jsonl.gz"), b'0', &gzip(&lines(8000 + n * 100))),
        5 => tar_entry("link", b'2', b""),
        6 => vec![0xA5; 512],
        _ => tar_entry(&format!("{n}.txt"), b'0', &text(13_000 + n)),
    });
    folder.put("in/d.tar.gz", gzip(&entries.collect::<Vec<_>>().concat()));
    let entries = (0..40_usize).map(|n| match n % 4 {
        3 => zip_entry(&format!("{n}.jsonl"), &lines(20_000 + n * 100), true, true),
        _ => zip_entry(&format!("{n}.txt"), &text(25_000 + n), n % 2 == 0, false),
    });
    folder.put("in/e.zip", [entries.collect::<Vec<_>>().concat(), zip_end()].concat());
    folder.put("in/f.warc.zst", zstd(&(30_000..30_300).flat_map(wet).collect::<Vec<_>>()));
    folder
}

fn output(folder: &Folder) -> BTreeMap<String, Vec<u8>> {
    let mut files = tree(&folder.at("out"));
    let mut summary: serde_json::Value = serde_json::from_slice(&files.remove("summary.json").unwrap()).unwrap();
    for counted in ["read", "emitted", "rejected", "passed_over"] {
        files.insert(counted.to_owned(), summary[counted].take().to_string().into_bytes());
    }
    files
}

/// Kills a run now and then, and compares what the last of those that took it up leaves.
fn survives_kills(options: &[&str], moments: &[u32]) {
    let folder = folder();
    let run = |how: &[&str]| folder.command(OPTIONS.iter().chain(options).chain(how)).spawn().unwrap();
    let start = Instant::now();
    finished(run(&[])).ended_with(0);
    let undisturbed = start.elapsed();
    let wanted = output(&folder);
    assert!(wanted.len() > 5, "{:?}", wanted.keys());
    assert!(wanted["passed_over"].len() > 50, "{}", String::from_utf8_lossy(&wanted["passed_over"]));
    std::fs::remove_dir_all(folder.at("out")).unwrap();
    let mut resumed = 0;
    for moment in moments {
        let resume = folder.at("out/.textmill/journal").exists();
        resumed += usize::from(resume);
        let mut child = run(if resume { &["--resume", "--set=read.batch_bytes=20 KiB"] } else { &["--threads=1"] });
        let begun = Instant::now();
        while child.try_wait().unwrap().is_none() && begun.elapsed() < undisturbed * *moment / 100 {
            std::thread::sleep(Duration::from_millis(1));
        }
        if child.try_wait().unwrap().is_none() {
            signal(&child, "KILL");
        }
        if finished(child).code == 0 {
            break;
        }
    }
    if folder.at("out/.textmill/journal").exists() {
        finished(run(&["--resume", "--threads=2"])).ended_with(0);
        resumed += 1;
    } else if !folder.at("out/summary.json").exists() {
        finished(run(&[])).ended_with(0);
    }
    let left = output(&folder);
    assert_eq!(left.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>());
    for (name, bytes) in &left {
        assert!(*bytes == wanted[name], "{name} differs after {resumed} resumptions");
    }
    println!("{options:?}: {resumed} resumptions, the same {} files", wanted.len());
}

#[test]
fn a_run_over_containers_goes_on_to_the_same_bytes() {
    survives_kills(&[], &[20, 30, 15, 40, 10, 35]);
    survives_kills(&["--set=emit.compression=zstd"], &[55, 25, 10]);
}

#[test]
fn so_does_one_that_parts_its_output_by_language() {
    survives_kills(
        &["--set=emit.partition_by=language", "--set=langid.languages=[\"en\",\"nl\",\"fr\"]"],
        &[45, 30, 20],
    );
}

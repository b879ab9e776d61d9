//! tar and ZIP: entries are read as files are, under names that lead nowhere, and never written anywhere.

use crate::case::{Case, Row, check, good, good_text, lay_out, rejected};
use crate::harness::{gzip, str_of, zstd};
use crate::make::{tar_entry, tar_header, zip_end, zip_entry};

/// What an archive holds under a name: rows, and the bytes that they stand for.
struct Within {
    name: &'static str,
    rows: Vec<Row>,
    record_bytes: u64,
}

fn text(name: &'static str, number: usize) -> Within {
    let text = good_text(number);
    Within { name, record_bytes: text.len() as u64, rows: vec![Row::Emitted { offset: 0, text }] }
}

fn refused(name: &'static str, reason: &str, offset: u64, bytes: &[u8]) -> Within {
    let length = bytes.len() as u64;
    Within { name, record_bytes: length, rows: vec![rejected(reason, offset, length, bytes)] }
}

/// The cases of one archive: what it holds, each under its name, and for itself where the name is empty.
fn cases(file: &str, bytes: &[u8], held: Vec<Within>) -> Vec<Case> {
    let case = |within: Within| {
        let mark = if within.name.is_empty() { "" } else { "!/" };
        let source = format!("{file}{mark}{}", within.name);
        Case { source, record_bytes: within.record_bytes, ..Case::new(file, file, bytes, within.rows) }
    };
    if held.is_empty() {
        return vec![Case { record_bytes: 0, ..Case::new(file, file, bytes, Vec::new()) }];
    }
    held.into_iter().map(case).collect()
}

fn tar(entries: &[Vec<u8>]) -> Vec<u8> {
    [entries.concat(), vec![0; 1024]].concat()
}

fn file(name: &str, number: usize) -> Vec<u8> {
    tar_entry(name, b'0', good_text(number).as_bytes())
}

#[test]
fn entries_are_read_as_files_are() {
    let lines = [good(1), good(2)];
    let (jsonl, rows, record_bytes) = lay_out(&lines);
    let inner = tar(&[file("deep.txt", 5)]);
    let entries = [
        tar_entry("pages/", b'5', b""),
        file("pages/a.txt", 0),
        tar_entry("records.jsonl", b'0', &jsonl),
        tar_entry("records.jsonl.gz", b'0', &gzip(&jsonl)),
        tar_entry("table.csv", b'0', b"id,text\n1,The ferry left.\n"),
        tar_entry("inner.tar.zst", b'0', &zstd(&inner)),
        tar_entry("empty.txt", b'0', b""),
        tar_entry("paper.pdf", b'0', b"%PDF-1.7\n"),
        file("pages/a.txt", 9),
    ];
    let bytes = tar(&entries);
    let of_lines = |name| Within { name, rows: rows.clone(), record_bytes };
    let held = || {
        let row = Row::Emitted { offset: 8, text: "The ferry left.".to_owned() };
        let twice = [text("pages/a.txt", 0), text("pages/a.txt", 9)];
        vec![
            Within {
                name: "pages/a.txt",
                record_bytes: twice.iter().map(|within| within.record_bytes).sum(),
                rows: twice.into_iter().flat_map(|within| within.rows).collect(),
            },
            of_lines("records.jsonl"),
            of_lines("records.jsonl.gz"),
            Within { name: "table.csv", rows: vec![row], record_bytes: 18 },
            text("inner.tar.zst!/deep.txt", 5),
            refused("paper.pdf", "binary", 0, b"%PDF-1.7\n"),
        ]
    };
    for (name, stored) in
        [("a.tar", bytes.clone()), ("b.tar.gz", gzip(&bytes)), ("c.tzst", zstd(&bytes)), ("no-name", bytes.clone())]
    {
        let folder = check(&cases(name, &stored, held()), &[]);
        assert_eq!(folder.summary("out")["passed_over"]["archive-folder"]["records"], 1);
        let records = folder.shards("out");
        let ids: Vec<&str> = records.iter().map(|record| str_of(record, "id")).collect();
        let want = ["pages/a.txt", "records.jsonl#1", "records.jsonl#2", "records.jsonl.gz#1", "records.jsonl.gz#2"];
        assert!(ids.iter().zip(want).all(|(id, want)| *id == format!("in/{name}!/{want}")), "{ids:?}");
        // Entries of one name are told apart by their numbers.
        let numbers: Vec<u64> = records.iter().map(|record| record["textmill"]["entry"].as_u64().unwrap()).collect();
        assert_eq!(numbers, [1, 2, 2, 3, 3, 4, 6, 9]);
    }
}

#[test]
fn names_lead_nowhere_and_nothing_but_files_is_read() {
    let long = "long/".repeat(40) + "name.txt";
    let pax = |fields: &[(&str, &str)]| {
        let record = |(name, value): &(&str, &str)| {
            let rest = format!(" {name}={value}\n");
            let length = (rest.len()..rest.len() + 10).find(|n| n.to_string().len() + rest.len() == *n).unwrap();
            format!("{length}{rest}")
        };
        fields.iter().map(record).collect::<String>().into_bytes()
    };
    let entries = [
        file("../../outside.txt", 0),
        file("/rooted.txt", 1),
        tar_entry("link.txt", b'2', b""),
        tar_entry("hard.txt", b'1', b""),
        tar_entry("disk", b'4', b""),
        tar_entry("pipe", b'6', b""),
        tar_entry("holes.txt", b'S', good_text(7).as_bytes()),
        tar_entry("pax", b'x', &pax(&[("GNU.sparse.major", "1")])),
        file("holes.txt", 8),
        tar_entry("././@LongLink", b'L', format!("{long}\0").as_bytes()),
        file("long/na", 2),
        tar_entry("pax", b'x', &pax(&[("path", "été.txt"), ("size", &good_text(3).len().to_string())])),
        [&tar_header(b"short", b'0', b"00000000000")[..], &file("x", 3)[512..]].concat(),
        tar_entry("global", b'g', &pax(&[("comment", "nothing")])),
        file("new\nline.txt", 4),
    ];
    let held = vec![
        text("%2E%2E/%2E%2E/outside.txt", 0),
        text("rooted.txt", 1),
        text(Box::leak(long.clone().into_boxed_str()), 2),
        text("été.txt", 3),
        text("new%0Aline.txt", 4),
    ];
    let folder = check(&cases("hostile.tar", &tar(&entries), held), &[]);
    let passed = &folder.summary("out")["passed_over"];
    assert_eq!((&passed["archive-link"]["records"], &passed["archive-special"]["records"]), (&2.into(), &4.into()));
    assert!(!folder.at("../../outside.txt").exists() && !folder.at("outside.txt").exists());
}

#[test]
fn a_damaged_archive_loses_what_is_damaged() {
    let whole = tar(&[file("a.txt", 1), file("b.txt", 2)]);
    // Without the blocks at its end, and two archives one after the other.
    check(&cases("bare.tar", &whole[..whole.len() - 1024], vec![text("a.txt", 1), text("b.txt", 2)]), &[]);
    let two = [&whole[..], &tar(&[file("c.txt", 3)])].concat();
    check(&cases("two.tar", &two, vec![text("a.txt", 1), text("b.txt", 2), text("c.txt", 3)]), &[]);
    check(&cases("nothing.tar", &[0; 10240], vec![]), &[]);
    // Garbage between entries, and behind the end.
    let garbage = [0xA5; 1024];
    let between = tar(&[file("a.txt", 1), garbage.to_vec(), file("b.txt", 2)]);
    let lost = refused("", "archive-syntax", 1024, &garbage);
    check(&cases("between.tar", &between, vec![text("a.txt", 1), lost, text("b.txt", 2)]), &[]);
    let behind = [&whole[..], &garbage[..700]].concat();
    let lost = refused("", "trailing-data", whole.len() as u64, &garbage[..700]);
    check(&cases("behind.tar", &behind, vec![text("a.txt", 1), text("b.txt", 2), lost]), &[]);
    // An entry that is longer than the archive, by a lie or a cut.
    let mut liar = text("liar.txt", 2);
    let content = good_text(2).into_bytes();
    liar.rows.push(rejected("truncated", content.len() as u64, 0, &[]));
    let lie = [&file("a.txt", 1)[..], &tar_header(b"liar.txt", b'0', b"77777777777"), &content].concat();
    check(&cases("lie.tar", &lie, vec![text("a.txt", 1), liar]), &[]);
    let cut = &whole[..1024 + 200];
    check(&cases("cut.tar", cut, vec![text("a.txt", 1), refused("", "truncated", 1024, &whole[1024..1224])]), &[]);
}

#[test]
fn zip_archives_are_read_as_they_come() {
    let lines = [good(1), good(2)];
    let (jsonl, rows, record_bytes) = lay_out(&lines);
    let large: Vec<_> = (0..4000).map(good).collect();
    let (large_jsonl, large_rows, large_bytes) = lay_out(&large);
    let text_of = |number: usize| good_text(number).into_bytes();
    let bytes = [
        zip_entry("pages/", b"", false, false),
        zip_entry("pages/stored.txt", &text_of(0), false, false),
        zip_entry("pages\\packed.txt", &text_of(1), true, false),
        zip_entry("behind.txt", &text_of(2), true, true),
        zip_entry("records.jsonl", &jsonl, true, true),
        zip_entry("large.jsonl", &large_jsonl, true, true),
        zip_entry("../up.txt", &text_of(3), true, false),
        zip_end(),
    ]
    .concat();
    let held = || {
        vec![
            text("pages/stored.txt", 0),
            text("pages/packed.txt", 1),
            text("behind.txt", 2),
            Within { name: "records.jsonl", rows: rows.clone(), record_bytes },
            Within { name: "large.jsonl", rows: large_rows.clone(), record_bytes: large_bytes },
            text("%2E%2E/up.txt", 3),
        ]
    };
    check(&cases("a.zip", &bytes, held()), &[]);
    check(&cases("no-name", &bytes, held()), &["--set=read.batch_bytes=1 KiB"]);
    check(&cases("empty.zip", &zip_end(), vec![]), &[]);
}

#[test]
fn what_of_a_zip_archive_cannot_be_read_is_said() {
    let sound = |number: usize, name: &str| zip_entry(name, good_text(number).as_bytes(), true, false);
    let mut encrypted = sound(1, "secret.txt");
    encrypted[6] |= 1;
    let mut method = sound(2, "method.txt");
    method[8] = 9;
    let unbounded = zip_entry("stored.txt", good_text(3).as_bytes(), false, true);
    let mut at = 0;
    let mut lost = Vec::new();
    let mut record_bytes = 0;
    for bytes in [&encrypted, &method, &unbounded] {
        lost.push(rejected("archive-method", at, bytes.len() as u64, bytes));
        at += bytes.len() as u64;
        record_bytes += bytes.len() as u64;
    }
    let bytes = [&encrypted[..], &method, &unbounded, &sound(4, "sound.txt"), &zip_end()].concat();
    let lost = Within { name: "", rows: lost, record_bytes };
    check(&cases("refused.zip", &bytes, vec![lost, text("sound.txt", 4)]), &[]);

    for (at, reason) in [(14, "corrupt"), (22, "corrupt")] {
        let mut wrong = sound(1, "wrong.txt");
        wrong[at] ^= 1;
        let lost = refused("", reason, 0, b"");
        let bytes = [wrong, sound(2, "sound.txt"), zip_end()].concat();
        check(&cases("wrong.zip", &bytes, vec![text("wrong.txt", 1), lost, text("sound.txt", 2)]), &[]);
    }
    // Documents that are archives of their own parts.
    for first in ["[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"] {
        let bytes = [zip_entry(first, b"x", false, false), sound(2, "text.txt"), zip_end()].concat();
        check(&cases("document", &bytes, vec![refused("", "binary", 0, &bytes)]), &[]);
    }
}

#[test]
fn archives_within_archives_end_somewhere() {
    let mut bytes = tar(&[file("core.txt", 1)]);
    for depth in 0..2 {
        bytes = tar(&[tar_entry(&format!("{depth}.tar"), b'0', &bytes)]);
    }
    check(&cases("deep.tar", &bytes, vec![text("1.tar!/0.tar!/core.txt", 1)]), &[]);
    let bytes = tar(&[tar_entry("2.tar", b'0', &bytes), file("after.txt", 2)]);
    let length = good_text(1).len() as u64;
    let row = rejected("bomb", 0, length, &[]);
    let row = Within { name: "2.tar!/1.tar!/0.tar!/core.txt", rows: vec![row], record_bytes: length };
    check(&cases("deeper.tar", &bytes, vec![row, text("after.txt", 2)]), &[]);
}

#[test]
fn an_archive_comes_through_a_pipe() {
    let folder = crate::harness::Folder::new();
    let bytes = [zip_entry("a.txt", good_text(1).as_bytes(), true, true), zip_end()].concat();
    for (bytes, id) in [(bytes, "-!/a.txt"), (gzip(&tar(&[file("b.txt", 2)])), "-!/b.txt")] {
        let run = folder.pipe(["run", "--no-config", "-"], &bytes).ended_with(0);
        assert_eq!(run.records()[0]["id"], id);
    }
}

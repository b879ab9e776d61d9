//! Compressed streams that are cut, damaged, too good to be true, or something else altogether.

use std::io::{Read, Write};

use crate::case::{Case, Fate, Line, check, good, lay_out, line, rejected};
use crate::harness::{gzip, zstd};

fn many(n: usize) -> Vec<Line> {
    (0..n).map(good).collect()
}

/// Frames with a checksum, which a frame does not need to have.
fn zstd_checked(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// What a decoder gives, byte after byte, before it fails.
fn before_the_fault(mut decoder: impl Read) -> Vec<u8> {
    let mut out = Vec::new();
    let mut block = [0; 4096];
    while let Ok(n @ 1..) = decoder.read(&mut block) {
        out.extend_from_slice(&block[..n]);
    }
    out
}

/// The lines of a stream that ends after `n` bytes: whole ones, and a part of one.
fn cut(lines: &[Line], n: usize) -> Vec<Line> {
    let mut kept = Vec::new();
    let mut at = 0;
    for whole in lines {
        if at == n {
            break;
        }
        let end = n.min(at + whole.bytes.len());
        let bytes = whole.bytes[..end - at].to_vec();
        // A line that lacks its end alone is a record.
        let is_whole = bytes.len() + 1 >= whole.bytes.len();
        kept.push(if is_whole {
            Line { bytes, ..whole.clone() }
        } else {
            Line { bytes, fate: Fate::Rejected("json-syntax"), ..whole.clone() }
        });
        at = end;
    }
    kept
}

/// A stream of lines that fails after some of them.
fn failing(name: &str, file: &str, lines: &[Line], stored: Vec<u8>, reason: &'static str) -> Case {
    let got = if stored.starts_with(&[0x1F, 0x8B]) {
        before_the_fault(flate2::bufread::MultiGzDecoder::new(&stored[..]))
    } else {
        before_the_fault(zstd::Decoder::new(&stored[..]).unwrap())
    };
    let lines = cut(lines, got.len());
    assert_eq!(lay_out(&lines).0, got, "{name}");
    Case::of_lines(name, file, &lines).stored(stored).and(rejected(reason, got.len() as u64, 0, &[]))
}

/// Every kind of stream.
pub fn all() -> Vec<Case> {
    let three = many(3);
    let lines = many(8_000);
    let (small, large) = (lay_out(&three).0, lay_out(&lines).0);
    let sound = |name: &str, file: &str, stored: Vec<u8>| Case::of_lines(name, file, &three).stored(stored);
    let halves = |pack: fn(&[u8]) -> Vec<u8>| {
        let middle = small.len() / 2;
        [pack(&small[..middle]), pack(b""), pack(&small[middle..])].concat()
    };
    let flipped = |mut bytes: Vec<u8>, at_end: usize| {
        let at = bytes.len() - at_end;
        bytes[at] ^= 0x40;
        bytes
    };
    let skippable = b"\x5F\x2A\x4D\x18\x05\0\0\0notes".to_vec();
    let (packed, framed) = (gzip(&large), zstd_checked(&large));
    let whole =
        |name: &str, file: &str, stored: Vec<u8>, reason: &'static str| failing(name, file, &lines, stored, reason);
    let nothing = |name: &str, file: &str, stored: Vec<u8>, reason: &'static str| Case {
        record_bytes: 0,
        ..Case::new(name, file, stored, vec![rejected(reason, 0, 0, &[])])
    };
    let mut cases = vec![
        // 23: more than one member or frame.
        sound("members with one of nothing between", "members.jsonl.gz", halves(gzip)),
        sound("frames with one of nothing between", "frames.jsonl.zst", halves(zstd)),
        sound("frames to be skipped", "skippable.jsonl.zst", [skippable.clone(), zstd(&small), skippable].concat()),
        Case { record_bytes: 0, ..Case::new("a member of nothing", "nothing.jsonl.gz", gzip(b""), Vec::new()) },
        Case { record_bytes: 0, ..Case::new("a frame of nothing", "nothing.jsonl.zst", zstd(b""), Vec::new()) },
        Case::new("no bytes where a member was promised", "empty.jsonl.gz", "", Vec::new()),
        // 24: cut.
        whole("a member cut in the middle", "cut.jsonl.gz", packed[..packed.len() / 2].to_vec(), "truncated"),
        whole("a frame cut in the middle", "cut.jsonl.zst", framed[..framed.len() / 2].to_vec(), "truncated"),
        whole("a member without its last byte", "almost.jsonl.gz", packed[..packed.len() - 1].to_vec(), "truncated"),
        whole("a frame without its last byte", "almost.jsonl.zst", framed[..framed.len() - 1].to_vec(), "truncated"),
        whole("a second member cut", "second.jsonl.gz", [&packed[..], &packed[..20]].concat(), "truncated"),
        nothing("a member cut in its header", "header.jsonl.gz", packed[..6].to_vec(), "truncated"),
        nothing("a frame cut in its header", "header.jsonl.zst", framed[..5].to_vec(), "truncated"),
        // 25: damaged.
        whole("a member with a wrong checksum", "crc.jsonl.gz", flipped(packed.clone(), 6), "corrupt"),
        whole("a member with a wrong length", "size.jsonl.gz", flipped(packed.clone(), 2), "corrupt"),
        whole("a frame with a wrong checksum", "crc.jsonl.zst", flipped(framed.clone(), 2), "corrupt"),
        // 26: something behind the last member.
        sound("zeros behind the last member", "zeros.jsonl.gz", [gzip(&small), vec![0; 100_000]].concat()),
        sound("garbage behind the last member", "garbage.jsonl.gz", [gzip(&small), b"garbage".to_vec()].concat())
            .and(rejected("trailing-data", 0, 7, &[])),
        // As a tape has it: zeros, and then another member.
        sound("zeros between members", "tape.jsonl.gz", {
            let middle = small.len() / 2;
            [gzip(&small[..middle]), vec![0; 512], gzip(&small[middle..])].concat()
        }),
        failing(
            "garbage behind the last frame",
            "garbage.jsonl.zst",
            &three,
            [zstd(&small), b"garbage".to_vec()].concat(),
            "corrupt",
        ),
        // 27: not what the name says.
        sound("no compression under a compressed name", "plain.jsonl.gz", small.clone()),
        sound("gzip under a plain name", "packed.jsonl", gzip(&small)),
        sound("zstd under the name of gzip", "framed.jsonl.gz", zstd(&small)),
        // 28: layers.
        sound("packed twice", "twice.jsonl.gz", gzip(&gzip(&small))),
        sound("gzip in zstd in gzip", "thrice.jsonl.gz", gzip(&zstd(&gzip(&small)))),
        nothing("packed four times", "four.jsonl.gz", gzip(&gzip(&gzip(&gzip(&small)))), "bomb"),
    ];
    // 27: formats that hold no plain text.
    for (name, file, magic) in [
        ("PDF", "paper.txt", &b"%PDF-1.7\n"[..]),
        ("ARC", "pages.arc", b"filedesc://"),
        ("ELF", "program", b"\x7FELF\x02\x01\x01"),
        ("PNG", "image.txt", b"\x89PNG\r\n\x1A\n"),
        ("Parquet", "table.jsonl", b"PAR1"),
    ] {
        let bytes = [magic, &vec![0xAB; 200_000]].concat();
        // What is kept of it are the bytes by which it was known; a table is opened from its end, which is not there.
        let row = if cfg!(feature = "parquet") && name == "Parquet" {
            rejected("corrupt", 0, bytes.len() as u64, b"")
        } else {
            rejected("binary", 0, bytes.len() as u64, &bytes[..64 << 10])
        };
        cases.push(Case::new(name, file, bytes, vec![row]));
    }
    cases
}

#[test]
fn each_stream_meets_its_fate_and_the_next_file_goes_on() {
    for case in all() {
        let after = Case::of_lines("the next file", "zzz.jsonl", &many(2));
        check(&[case, after], &[]);
    }
}

#[test]
fn a_damaged_stream_gives_the_same_records_whatever_the_size_of_batches() {
    let lines = many(20_000);
    let bytes = lay_out(&lines).0;
    for packed in [gzip(&bytes), zstd_checked(&bytes)] {
        for at in [packed.len() / 3, packed.len() / 2] {
            let mut seen = None;
            let mut damaged = packed.clone();
            damaged[at..at + 8].iter_mut().for_each(|byte| *byte ^= 0xA5);
            for batch in ["1 KiB", "100 kB", "4 MiB"] {
                let folder = crate::harness::Folder::new();
                folder.put("in/a.jsonl", &damaged);
                let set = format!("read.batch_bytes={batch}");
                folder.run(["run", "in"].iter().chain(&crate::case::OPTIONS).chain(&["--set", &set])).ended_with(0);
                let rows = crate::case::rows_of(&folder);
                let known = seen.get_or_insert_with(|| rows.clone());
                assert!(
                    *known == rows,
                    "{batch}: {} rows, then {}",
                    known["in/a.jsonl"].len(),
                    rows["in/a.jsonl"].len()
                );
            }
        }
    }
}

#[test]
fn a_bomb_is_stopped_and_what_it_held_before_stays() {
    let good = lay_out(&many(2)).0;
    let line = format!("{{\"text\":\"{}\"}}\n", "0".repeat((1 << 20) - 12));
    for (name, block) in [("bomb.jsonl.zst", &line), ("bomb.txt.zst", &"0".repeat(1 << 20))] {
        let folder = crate::harness::Folder::new();
        let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
        (0..300).for_each(|_| encoder.write_all(block.as_bytes()).unwrap());
        folder.put(format!("in/{name}"), encoder.finish().unwrap());
        folder.put("in/zzz.jsonl", &good);
        let quick = ["--set", "repair.enabled=false", "--set", "langid.enabled=false", "--edits", "off"];
        folder.run(["run", "in"].iter().chain(&crate::case::OPTIONS).chain(&quick)).ended_with(0);
        let summary = folder.summary("out");
        assert_eq!(summary["rejected"]["reasons"]["bomb"]["records"], 1, "{name}");
        let taken = summary["read"]["bytes"].as_u64().unwrap();
        assert!(taken > 60 << 20 && taken < 100 << 20, "{name}: {taken}");
        let last = folder.shards("out").pop().unwrap();
        assert_eq!(last["textmill"]["source"], "in/zzz.jsonl");
    }
}

#[test]
fn a_window_larger_than_the_machine_should_grant_is_refused() {
    // The header of a frame whose window is 2 GiB, and a raw block.
    let frame = [&b"\x28\xB5\x2F\xFD\x00\xA8"[..], b"\x51\x00\x00hello, you"].concat();
    let row = rejected("corrupt", 0, 0, &[]);
    let wide = Case { record_bytes: 0, ..Case::new("wide", "wide.jsonl.zst", frame, vec![row]) };
    let line = line("", "{\"text\":1}", Fate::Rejected("text-type"));
    check(&[wide, Case::of_lines("after", "zzz.jsonl", &[line])], &[]);
}

//! Compression beyond gzip and zstd: every member or frame is read, what is cut or damaged gives what came before.

use std::io::Write;

use crate::case::{Case, check, good, lay_out, rejected};
use crate::harness::gzip;

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn lz4(bytes: &[u8]) -> Vec<u8> {
    // A frame without checksums cannot tell that it was damaged.
    let info = lz4_flex::frame::FrameInfo::new().block_checksums(true).content_checksum(true);
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

type Pack = fn(&[u8]) -> Vec<u8>;

const PACKERS: [(&str, Pack); 3] = [("bz2", bzip2), ("lz4", lz4), ("xz", xz)];

#[test]
fn every_member_is_read_whatever_the_name() {
    let lines: Vec<_> = (0..2000).map(good).collect();
    let (bytes, ..) = lay_out(&lines);
    let middle = bytes.len() / 2;
    for (name, pack) in PACKERS {
        let sound = |file: &str, stored| Case::of_lines(name, file, &lines).stored(stored);
        let halves = [pack(&bytes[..middle]), pack(b""), pack(&bytes[middle..])].concat();
        check(
            &[
                sound(&format!("one.jsonl.{name}"), pack(&bytes)),
                sound(&format!("many.jsonl.{name}"), halves),
                sound("plain.jsonl", pack(&bytes)),
                sound("twice.jsonl", gzip(&pack(&bytes))),
            ],
            &[],
        );
    }
    let skippable = b"\x5F\x2A\x4D\x18\x05\0\0\0notes".to_vec();
    let frames = [lz4(&bytes[..middle]), skippable, lz4(&bytes[middle..])].concat();
    check(&[Case::of_lines("lz4", "skippable.jsonl", &lines).stored(frames)], &[]);
}

#[test]
fn a_stream_that_is_cut_or_damaged_says_so_and_the_next_file_goes_on() {
    let lines: Vec<_> = (0..20_000).map(good).collect();
    let (bytes, ..) = lay_out(&lines);
    for (name, pack) in PACKERS {
        let packed = pack(&bytes);
        let mut flipped = packed.clone();
        let at = packed.len() / 2;
        flipped[at..at + 8].iter_mut().for_each(|byte| *byte ^= 0xA5);
        for (stored, reason) in [(packed[..packed.len() / 2].to_vec(), "truncated"), (flipped, "corrupt")] {
            let folder = crate::harness::Folder::new();
            folder.put("in/a.jsonl", stored);
            folder.put("in/b.jsonl", lay_out(&[good(1)]).0);
            folder.run(["run", "in"].iter().chain(&crate::case::OPTIONS)).ended_with(0);
            let reasons = &folder.summary("out")["rejected"]["reasons"];
            assert_eq!(reasons[reason]["records"], 1, "{name} {reason}: {reasons}");
            assert_eq!(folder.shards("out").pop().unwrap()["textmill"]["source"], "in/b.jsonl");
        }
    }
}

#[test]
fn a_window_larger_than_the_machine_should_grant_is_refused() {
    // The header of a stream, and of a block of which the dictionary has 4 GiB less a byte.
    let mut stream = b"\xFD7zXZ\0\0\x01\x69\x22\xDE\x36".to_vec();
    let mut header = vec![2, 0, 0x21, 1, 40, 0, 0, 0];
    let mut crc = flate2::Crc::new();
    crc.update(&header);
    header.extend(crc.sum().to_le_bytes());
    stream.extend(header);
    stream.extend([0; 64]);
    let wide = Case { record_bytes: 0, ..Case::new("wide", "wide.xz", stream, vec![rejected("corrupt", 0, 0, &[])]) };
    check(&[wide, Case::of_lines("after", "zzz.jsonl", &[good(1)])], &[]);
}

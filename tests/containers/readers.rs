//! Containers that were made by the tools that people use. Where a tool is not there, its test says so and ends.

use std::path::Path;
use std::process::Command;

use crate::case::good_text;
use crate::harness::{Folder, str_of};

/// Runs a Python script in a folder; nothing, if Python or a module that it needs is not there.
fn python(folder: &Folder, needs: &str, script: &str) -> Option<()> {
    let run = |code: &str| Command::new("python3").arg("-c").arg(code).current_dir(folder.path()).output().ok();
    if !run(&format!("import {needs}")).is_some_and(|output| output.status.success()) {
        println!("skipped: python3 with {needs} is not there");
        return None;
    }
    let output = run(script)?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(())
}

/// The texts of the records of all inputs, by id.
fn texts(folder: &Folder, input: impl AsRef<Path>) -> Vec<(String, String)> {
    let input = input.as_ref().to_str().unwrap();
    let run = folder.run(["run", "--no-config", input, "-o", "-", "--set=dedup.enabled=false"]).ended_with(0);
    run.records().iter().map(|record| (str_of(record, "id").to_owned(), str_of(record, "text").to_owned())).collect()
}

#[test]
fn what_warcio_writes_is_read_and_its_fields_are_kept() {
    let folder = Folder::new();
    let script = r#"
import io, json
from warcio.warcwriter import WARCWriter
from warcio.statusandheaders import StatusAndHeaders
texts = json.load(open("texts.json"))
for name, version, gzip in [("a.warc.gz", "1.0", True), ("b.warc", "1.1", False)]:
    with open(name, "wb") as out:
        writer = WARCWriter(out, gzip=gzip, warc_version=version)
        writer.write_record(writer.create_warcinfo_record(name, {"software": "by hand"}))
        for i, text in enumerate(texts):
            url, body = f"https://harbour.example/{i}", text.encode("utf-16-le" if i % 3 == 2 else "utf-8")
            charset = "utf-16le" if i % 3 == 2 else "utf-8"
            headers = StatusAndHeaders("200 OK", [("Content-Type", f"text/plain; charset={charset}")], protocol="HTTP/1.1")
            request = StatusAndHeaders("GET / HTTP/1.1", [("Host", "harbour.example")], is_http_request=True)
            response = writer.create_warc_record(url, "response", payload=io.BytesIO(body), http_headers=headers)
            writer.write_request_response_pair(writer.create_warc_record(url, "request", http_headers=request), response)
            writer.write_record(writer.create_warc_record(url, "conversion", payload=io.BytesIO(text.encode()), warc_content_type="text/plain"))
from warcio.archiveiterator import ArchiveIterator
ids = [r.rec_headers.get_header("WARC-Record-ID").strip("<>") for r in ArchiveIterator(open("a.warc.gz", "rb")) if r.rec_type in ("response", "conversion")]
json.dump(ids, open("ids.json", "w"))
"#;
    let texts_in: Vec<String> = (0..30).map(good_text).collect();
    folder.put("texts.json", serde_json::to_vec(&texts_in).unwrap());
    if python(&folder, "warcio", script).is_none() {
        return;
    }
    let twice: Vec<&String> = texts_in.iter().flat_map(|text| [text, text]).collect();
    for name in ["a.warc.gz", "b.warc"] {
        assert_eq!(texts(&folder, name).iter().map(|(_, text)| text).collect::<Vec<_>>(), twice, "{name}");
    }
    let ids: Vec<String> = serde_json::from_slice(&folder.read("ids.json")).unwrap();
    assert_eq!(texts(&folder, "a.warc.gz").into_iter().map(|(id, _)| id).collect::<Vec<_>>(), ids);
}

#[test]
fn what_tarfile_zipfile_and_csv_write_is_read() {
    let folder = Folder::new();
    let script = r#"
import csv, io, json, tarfile, zipfile
texts = json.load(open("texts.json"))
long = "/".join(["folder"] * 30)
for name, mode, form in [("gnu.tar.xz", "w:xz", tarfile.GNU_FORMAT), ("pax.tar.bz2", "w:bz2", tarfile.PAX_FORMAT), ("ustar.tar", "w", tarfile.USTAR_FORMAT)]:
    with tarfile.open(name, mode, format=form) as tar:
        for i, text in enumerate(texts):
            data = text.encode()
            info = tarfile.TarInfo(f"{long}/é{i}.txt" if i % 2 and form != tarfile.USTAR_FORMAT else f"{i}.txt")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
class Pipe(io.RawIOBase):
    def __init__(self, file): self.file = file
    def writable(self): return True
    def write(self, data): return self.file.write(data)
for name, seekable in [("a.zip", True), ("b.zip", False)]:
    with open(name, "wb") as file, zipfile.ZipFile(file if seekable else Pipe(file), "w", zipfile.ZIP_DEFLATED) as archive:
        for i, text in enumerate(texts):
            method = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2][i % 3] if seekable else None
            archive.writestr(zipfile.ZipInfo(f"é/{i}.txt"), text, compress_type=method if seekable else zipfile.ZIP_DEFLATED)
for name, dialect in [("a.csv", "excel"), ("a.tsv", "excel-tab"), ("unix.csv", "unix")]:
    with open(name, "w", newline="") as file:
        writer = csv.writer(file, dialect)
        writer.writerow(["id", "text"])
        for i, text in enumerate(texts):
            writer.writerow([i, text])
"#;
    let texts_in: Vec<String> = (0..12).map(|n| format!("{} \"Quoted\", he said;\nand went.", good_text(n))).collect();
    folder.put("texts.json", serde_json::to_vec(&texts_in).unwrap());
    if python(&folder, "tarfile, zipfile, csv, bz2, lzma", script).is_none() {
        return;
    }
    for name in ["gnu.tar.xz", "pax.tar.bz2", "ustar.tar", "a.zip", "b.zip", "a.csv", "a.tsv", "unix.csv"] {
        let found = texts(&folder, name);
        assert_eq!(found.len(), texts_in.len(), "{name}");
        for ((id, text), want) in found.iter().zip(&texts_in) {
            // Repair may join the two lines.
            assert_eq!(text.replace('\n', " "), want.replace('\n', " "), "{name} {id}");
        }
    }
}

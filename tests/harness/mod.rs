//! Runs the built program as a user does, in a folder of its own, and reads what it left.
//!
//! Shared by the targets `cli`, `bad_inputs` and `stream`, each of which uses its part.

#![allow(dead_code, reason = "each target uses its part")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use serde_json::value::RawValue;
use tempfile::TempDir;

/// What a run left behind.
#[derive(Debug)]
pub struct Run {
    /// Its exit code; -1 if a signal ended it.
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Run {
    /// The run, if it ended with `code`; all that it said if it did not.
    #[track_caller]
    pub fn ended_with(self, code: i32) -> Run {
        assert_eq!(self.code, code, "stderr:\n{}\nstdout:\n{}", self.stderr, String::from_utf8_lossy(&self.stdout));
        self
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// Standard output as records.
    pub fn records(&self) -> Vec<Value> {
        parse_lines(&self.stdout)
    }
}

/// A folder that is taken away at the end, with the program to run in it.
pub struct Folder {
    dir: TempDir,
}

impl Folder {
    pub fn new() -> Folder {
        Folder { dir: TempDir::with_prefix("textmill-").unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn at(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path().join(name)
    }

    /// Writes a file and the folders that lead to it.
    pub fn put(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub fn read(&self, name: impl AsRef<Path>) -> Vec<u8> {
        let path = self.at(name);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The records of a file, decompressed by its name.
    pub fn records(&self, name: impl AsRef<Path>) -> Vec<Value> {
        let bytes = self.read(name.as_ref());
        parse_lines(&unpacked(&name.as_ref().to_string_lossy(), &bytes))
    }

    /// The records of all shards of an output folder, in order.
    pub fn shards(&self, folder: &str) -> Vec<Value> {
        let names = tree(&self.at(folder)).into_keys();
        let shards = names.filter(|name| name.rsplit('/').next().unwrap_or(name).starts_with("shard-"));
        shards.flat_map(|name| self.records(Path::new(folder).join(name))).collect()
    }

    /// `summary.json` of an output folder.
    pub fn summary(&self, folder: &str) -> Value {
        serde_json::from_slice(&self.read(Path::new(folder).join("summary.json"))).unwrap()
    }

    /// The program with these arguments, not yet run; standard input is empty.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_textmill"));
        command.args(arguments).current_dir(self.path()).env_remove("NO_COLOR").env_remove("RUST_LOG");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program with these arguments to its end.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        finished(self.command(arguments).spawn().unwrap())
    }

    /// Runs the program with this on its standard input, as a pipe.
    pub fn pipe<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>, input: &[u8]) -> Run {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        std::thread::scope(|scope| {
            // A program that ends before it has read everything is judged by its exit code.
            scope.spawn(move || stdin.write_all(input).ok());
            finished(child)
        })
    }
}

/// Waits for a child whose outputs are pipes.
pub fn finished(child: Child) -> Run {
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Sends a signal to a child of this test.
pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// One JSON object a line. A field with an unpaired surrogate or a number beyond a double, which are JSON and pass
/// through untouched, is the text of its JSON.
#[track_caller]
pub fn parse_lines(bytes: &[u8]) -> Vec<Value> {
    let lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    let failed = |line: &[u8], error| panic!("{error}: {}", String::from_utf8_lossy(line));
    lines
        .map(|line| {
            serde_json::from_slice(line).unwrap_or_else(|_| {
                let fields: BTreeMap<String, Box<RawValue>> =
                    serde_json::from_slice(line).unwrap_or_else(|error| failed(line, error));
                let value =
                    |raw: &RawValue| serde_json::from_str::<Value>(raw.get()).unwrap_or_else(|_| raw.get().into());
                fields.iter().map(|(name, raw)| (name.clone(), value(raw))).collect()
            })
        })
        .collect()
}

/// The bytes of a file without its compression, by its name.
pub fn unpacked(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match name.rsplit('.').next() {
        Some("gz") => flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut out).map(|_| ()).unwrap(),
        Some("zst") => zstd::stream::copy_decode(bytes, &mut out).unwrap(),
        _ => out.extend_from_slice(bytes),
    }
    out
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

/// Every file below a folder with its bytes, named from there.
pub fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for entry in std::fs::read_dir(&current).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// One line of JSON with an id and a text.
pub fn record(id: &str, text: &str) -> String {
    format!("{}\n", serde_json::json!({"id": id, "text": text}))
}

/// The string in a field.
#[track_caller]
pub fn str_of<'a>(record: &'a Value, field: &str) -> &'a str {
    record[field].as_str().unwrap_or_else(|| panic!("no text in `{field}`: {record}"))
}

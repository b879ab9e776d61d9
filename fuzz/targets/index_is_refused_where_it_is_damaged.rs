//! An index whose files were changed is refused, or answers as it did; one that was changed and has its checksums all the
//! same never panics and takes no memory beyond its size.

#![no_main]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::{Map, json};
use textmill::index::{IndexError, KeptBloom, KeptIndex, Setting};
use textmill_core::dedup::{BandLayout, BloomVerdict, DedupConfig, Sketch, Sketcher, Verdict};
use xxhash_rust::xxh3::xxh3_64;

/// Which kind of index.
#[derive(Clone, Copy)]
enum Kind {
    Exact,
    Bloom,
}

/// Documents in each index.
const N_DOCUMENTS: usize = 12;

static FOLDER: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("textmill-fuzz-index-{}", std::process::id())));

/// An index of each kind, as its files were written, and the documents in it.
static WHOLE: LazyLock<[Whole; 2]> = LazyLock::new(|| [Kind::Exact, Kind::Bloom].map(Whole::new));

struct Whole {
    files: Vec<(String, Vec<u8>)>,
    sketches: Vec<Sketch>,
}

fn config(kind: Kind) -> DedupConfig {
    let layout = match kind {
        Kind::Exact => BandLayout::Verified,
        Kind::Bloom => BandLayout::Counted,
    };
    DedupConfig { layout, ..DedupConfig::default() }
}

fn setting(path: &Path) -> Setting<'_> {
    let settings = Map::from_iter([("index_kind".to_owned(), json!("of a test"))]);
    Setting { path: Some(path), temporary: path, run_id: "run", settings, memory_bytes: 1 << 20 }
}

impl Whole {
    fn new(kind: Kind) -> Whole {
        let mut sketcher = Sketcher::new(&config(kind)).unwrap();
        let text = |n: usize| (0..40).map(|word| format!("word{} ", (word + 1) * (n + 7) % 97)).collect::<String>();
        let sketches: Vec<Sketch> = (0..N_DOCUMENTS).map(|n| sketcher.sketch(&text(n))).collect();
        let _ = fs::remove_dir_all(&*FOLDER);
        match kind {
            Kind::Exact => {
                let mut index = KeptIndex::open(&config(kind), &setting(&FOLDER)).unwrap();
                for (n, sketch) in sketches.iter().enumerate() {
                    let verdict = index.insert(sketch, format!("\"{n}\"").as_bytes()).unwrap();
                    assert!(matches!(verdict, Verdict::Unique { .. }));
                }
                index.commit().unwrap();
            }
            Kind::Bloom => {
                let mut index = KeptBloom::open(&config(kind), &setting(&FOLDER), 20, false).unwrap();
                for sketch in &sketches {
                    assert_eq!(index.insert(sketch), BloomVerdict::Unique);
                }
                index.commit().unwrap();
            }
        }
        let mut files = Vec::new();
        for entry in fs::read_dir(&*FOLDER).unwrap() {
            let path = entry.unwrap().path();
            files.push((path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap()));
        }
        files.sort();
        files.retain(|(_, bytes)| !bytes.is_empty());
        assert_eq!(files.len(), 2);
        Whole { files, sketches }
    }
}

/// What the index in the folder says of the documents that are in it: whether all of them are known.
fn ask(kind: Kind, sketches: &[Sketch]) -> Result<bool, IndexError> {
    // Another run, to which those of the first are earlier ones.
    let setting = Setting { run_id: "another", ..setting(&FOLDER) };
    let mut all_known = true;
    match kind {
        Kind::Exact => {
            let mut index = KeptIndex::open(&config(kind), &setting)?;
            let mut id = Vec::new();
            for (n, sketch) in sketches.iter().enumerate() {
                let verdict = index.compare(sketch)?;
                let Verdict::ExactDuplicate { of } = verdict else {
                    all_known = false;
                    continue;
                };
                index.id(of, &mut id)?;
                all_known &= id == format!("\"{n}\"").as_bytes();
            }
        }
        Kind::Bloom => {
            let mut index = KeptBloom::open(&config(kind), &setting, 20, false)?;
            all_known = sketches.iter().all(|sketch| index.insert(sketch) != BloomVerdict::Unique);
        }
    }
    Ok(all_known)
}

/// Gives a file the checksums that it would have if it had been written so.
fn with_checksums(name: &str, mut bytes: Vec<u8>) -> Vec<u8> {
    if name.starts_with("manifest") {
        let json = bytes.get(17..bytes.len().saturating_sub(1)).unwrap_or_default().to_vec();
        return [format!("{:016x} ", xxh3_64(&json)).as_bytes(), &json, b"\n"].concat();
    }
    let Some(tail_at) = bytes.len().checked_sub(24) else { return bytes };
    if name.starts_with("bloom") {
        let at = bytes.len() - 8;
        let sum = xxh3_64(&bytes[..at]);
        bytes[at..].copy_from_slice(&sum.to_le_bytes());
        return bytes;
    }
    let length = u64::from_le_bytes(bytes[tail_at..tail_at + 8].try_into().unwrap());
    let Some(json_at) = usize::try_from(length).ok().and_then(|length| tail_at.checked_sub(length)) else {
        return bytes;
    };
    let json = String::from_utf8_lossy(&bytes[json_at..tail_at]).into_owned();
    let Ok(mut contents) = serde_json::from_str::<Map<String, serde_json::Value>>(&json) else { return bytes };
    contents.insert("checksum".to_owned(), json!(xxh3_64(&bytes[..json_at])));
    let json = serde_json::to_vec(&contents).unwrap();
    let tail = [json.len() as u64, xxh3_64(&json)].map(u64::to_le_bytes).concat();
    [&bytes[..json_at], &json, &tail, b"textmill"].concat()
}

fuzz_target!(|input: (u8, u16, Vec<(u16, u8)>, &[u8])| {
    let (choice, cut, flips, insert) = input;
    let kind = [Kind::Exact, Kind::Bloom][usize::from(choice & 1)];
    let Whole { files, sketches } = &WHOLE[usize::from(choice & 1)];
    let (name, whole) = &files[usize::from(choice >> 1 & 1)];
    let mut bytes = whole.clone();
    // Places count from the end, where the contents are.
    for (at, flip) in flips {
        let at = bytes.len() - 1 - usize::from(at) % bytes.len();
        bytes[at] ^= flip;
    }
    if choice & 4 != 0 {
        let at = bytes.len() - usize::from(cut) % bytes.len();
        let end = (at + insert.len()).min(bytes.len());
        bytes.splice(at..end, insert.iter().copied());
    }
    if choice & 8 != 0 {
        bytes.truncate(usize::from(cut) % (whole.len() + 1));
    }
    let is_mended = choice & 16 != 0;
    let bytes = if is_mended { with_checksums(name, bytes) } else { bytes };
    let _ = fs::remove_dir_all(&*FOLDER);
    fs::create_dir(&*FOLDER).unwrap();
    for (other, whole) in files {
        fs::write(FOLDER.join(other), if other == name { &bytes } else { whole }).unwrap();
    }
    match ask(kind, sketches) {
        Ok(all_known) => assert!(all_known || is_mended, "it was changed, and answers otherwise"),
        Err(error) => {
            assert!(bytes != *whole, "it was not changed, and is refused: {error}");
            assert!(error.to_string().contains(FOLDER.to_str().unwrap()), "{error}");
        }
    }
});

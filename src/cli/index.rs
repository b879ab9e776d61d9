//! `textmill index`: what an index holds, and several made into one.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::options::IndexCommand;
use crate::index::{self, IndexError, Removal};
use crate::summary::human_bytes;

/// Runs the command.
///
/// # Errors
/// What is wrong with an index, as the user reads it.
pub fn index(command: &IndexCommand) -> Result<u8, String> {
    match command {
        IndexCommand::Info { path } => info(path),
        IndexCommand::Merge { out, inputs, memory, removed } => {
            let memory = crate::config::parse_bytes(memory).map_err(|why| format!("--memory: \"{memory}\" {why}"))?;
            merge(out, inputs, memory, removed.as_deref())
        }
    }
}

/// Prints what an index holds, as TOML, after reading all of it.
fn info(path: &Path) -> Result<u8, String> {
    let manifest = index::inspect(path).map_err(|error| error.to_string())?;
    let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    let quoted = |text: &str| Value::from(text).to_string();
    let mut out = format!("path = {}\n", quoted(&path.to_string_lossy()));
    out.push_str(&format!("documents = {}\n", manifest.documents));
    out.push_str(&format!("bytes = {bytes} # {}\n", human_bytes(bytes)));
    if let Some(each) = bytes.checked_div(manifest.documents) {
        out.push_str(&format!("bytes_per_document = {each}\n"));
    }
    out.push_str(&format!("files = {}\n", manifest.files.len()));
    out.push_str(&format!("generation = {} # how often it was written\n", manifest.generation));
    out.push_str(&format!("rows = {} # count, xor and sum of their hashes\n", quoted(&manifest.rows.to_string())));
    out.push_str("whole = true # every byte was read and has its checksum\n\n[settings]\n");
    for (key, value) in &manifest.settings {
        out.push_str(&format!("{key} = {value}\n"));
    }
    super::print_quietly(&out)
}

fn merge(out: &Path, inputs: &[PathBuf], memory_bytes: u64, removed: Option<&Path>) -> Result<u8, String> {
    let mut list = match removed {
        Some(path) => {
            let file =
                std::fs::File::create(path).map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
            Some((path, std::io::BufWriter::new(file)))
        }
        None => None,
    };
    let failed = |path: &Path, source| IndexError::File { path: path.to_owned(), source };
    let each = |removal: &Removal<'_>| match &mut list {
        Some((path, file)) => file.write_all(&line_of(removal)).map_err(|source| failed(path, source)),
        None => Ok(()),
    };
    let joined = index::join(out, inputs, memory_bytes, each).map_err(|error| error.to_string())?;
    if let Some((path, mut file)) = list {
        file.flush().map_err(|source| failed(path, source).to_string())?;
    }
    let index::Joined { documents, exact, near } = joined;
    super::print_quietly(&format!(
        "documents = {documents}\nremoved_exact = {exact} # in a later index, the same as one before\nremoved_near = {near}\n"
    ))
}

/// A document that was not taken, as a line of JSON with the fields of `dropped.jsonl`.
fn line_of(removal: &Removal<'_>) -> Vec<u8> {
    let reason = if removal.similarity.is_some() { "near-duplicate" } else { "exact-duplicate" };
    let similarity = (removal.similarity.unwrap_or(1.0) * 1e4).round() / 1e4;
    let index = Value::from(removal.index.to_string_lossy());
    let mut line = b"{\"id\":".to_vec();
    line.extend_from_slice(removal.id);
    line.extend_from_slice(format!(",\"index\":{index},\"reason\":\"{reason}\",\"duplicate_of\":").as_bytes());
    line.extend_from_slice(removal.duplicate_of);
    line.extend_from_slice(format!(",\"similarity\":{similarity}}}\n").as_bytes());
    line
}

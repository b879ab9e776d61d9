//! The files that the inputs name, in an order that is the same everywhere.
//!
//! A folder is walked as it goes, entries sorted by the bytes of their names, so that a million files need no list in
//! memory. Symbolic links inside a folder are not followed: that rules out loops and files that come twice. What is
//! passed over is returned as such, never left out in silence.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use walkdir::WalkDir;

use crate::config::Input;
use crate::formats::entry_name::escaped;

/// One thing that an input named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A file to read.
    File(InputFile),
    /// Standard input.
    Stdin,
    /// Something that is not read, and why.
    Skipped(Skipped),
}

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it is called in records: the path from the input's own name on.
    pub name: String,
}

/// Something among the inputs that cannot be read or should not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Where it is.
    pub path: PathBuf,
    /// What it is called in records.
    pub name: String,
    /// Why it is not read.
    pub why: SkipReason,
}

/// Why an entry is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// A symbolic link inside a folder.
    Symlink,
    /// A pipe, socket or device inside a folder.
    NotAFile,
    /// The system refused; the text is its message.
    Unreadable(String),
}

/// An input that names nothing.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// No such file or folder.
    #[error("input `{}` not found: no such file or folder{}", .0.display(), nearest(.0))]
    NotFound(PathBuf),
    /// A pattern that is none.
    #[error("input `{pattern}` is not a pattern: {message}")]
    Pattern {
        /// As written.
        pattern: String,
        /// What is wrong with it.
        message: String,
    },
    /// A pattern that no file matches.
    #[error("no file matches `{}`", .0.display())]
    NoMatch(PathBuf),
}

/// Says which neighbour of a missing path has nearly its name.
fn nearest(path: &Path) -> String {
    let (Some(name), Some(parent)) = (path.file_name().and_then(OsStr::to_str), path.parent()) else {
        return String::new();
    };
    let folder = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    let Ok(entries) = std::fs::read_dir(folder) else {
        return format!("; `{}` does not exist either", folder.display());
    };
    let best = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .map(|other| (strsim::jaro_winkler(name, &other), other))
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1)));
    best.filter(|(score, _)| *score > 0.8)
        .map_or(String::new(), |(_, other)| format!("; did you mean `{}`?", parent.join(other).display()))
}

/// Where to look, with patterns expanded: what [`walk`] takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// A file, a folder, or `-`.
    path: PathBuf,
    /// What the root is called in records.
    name: String,
    /// What is not read of a folder: the output of the run itself.
    without: Vec<PathBuf>,
}

/// The roots less what the run itself writes, where that lies inside one of them.
#[must_use]
pub fn without_output(mut roots: Vec<Root>, own: &[PathBuf]) -> Vec<Root> {
    // The file itself may not be there yet; its folder tells where it will be.
    let resolved = |path: &Path| match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(resolved), ..) => Some(resolved),
        (_, Some(parent), Some(name)) => Some(parent.canonicalize().ok()?.join(name)),
        _ => None,
    };
    let own: Vec<PathBuf> = own.iter().filter_map(|path| resolved(path)).collect();
    for root in &mut roots {
        let Ok(folder) = root.path.canonicalize() else { continue };
        let inside = own.iter().filter_map(|path| path.strip_prefix(&folder).ok());
        root.without =
            inside.filter(|inner| !inner.as_os_str().is_empty()).map(|inner| root.path.join(inner)).collect();
    }
    roots
}

/// Expands patterns, checks that each input is there, and gives each root a name by which records can tell them apart.
///
/// A root's name is the last part of its path, for a pattern what it matched; where two roots would share it, the path
/// from the current folder on.
///
/// # Errors
/// [`InputError`] for an input that names nothing.
pub fn roots(inputs: &[Input]) -> Result<Vec<Root>, InputError> {
    let mut roots = Vec::new();
    for input in inputs {
        match input {
            Input::Stdin => roots.push(Root { path: PathBuf::from("-"), name: "-".to_owned(), without: Vec::new() }),
            Input::Path(path) if path.metadata().is_ok() => {
                roots.push(Root { path: path.clone(), name: last_name(path), without: Vec::new() });
            }
            Input::Path(path) => return Err(InputError::NotFound(path.clone())),
            Input::Glob { root, pattern } => roots.append(&mut matches(root, pattern)?),
        }
    }
    let mut uses = std::collections::HashMap::new();
    roots.iter().for_each(|root| *uses.entry(root.name.clone()).or_insert(0) += 1);
    for root in &mut roots {
        if uses.get(&root.name).is_some_and(|&n| n > 1) {
            root.name = whole_name(&root.path);
        }
    }
    Ok(roots)
}

/// The roots in the order of their names: an order that does not depend on how they were given.
#[must_use]
pub fn sorted(mut roots: Vec<Root>) -> Vec<Root> {
    roots.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
    roots
}

/// The files and folders that a pattern matches, sorted by the bytes of their paths.
fn matches(root: &Path, pattern: &str) -> Result<Vec<Root>, InputError> {
    let whole = format!("{}/{pattern}", glob::Pattern::escape(&root.to_string_lossy()));
    let found = glob::glob(&whole)
        .map_err(|error| InputError::Pattern { pattern: pattern.to_owned(), message: error.to_string() })?;
    let mut paths: Vec<PathBuf> = found.filter_map(Result::ok).collect();
    paths.sort_by(|a, b| a.as_os_str().as_bytes().cmp(b.as_os_str().as_bytes()));
    if paths.is_empty() {
        return Err(InputError::NoMatch(root.join(pattern)));
    }
    let name = |path: &Path| {
        let inner = path.strip_prefix(root).unwrap_or(path);
        inner.components().map(|part| record_name(part.as_os_str())).collect::<Vec<_>>().join("/")
    };
    Ok(paths.into_iter().map(|path| Root { name: name(&path), path, without: Vec::new() }).collect())
}

/// The last part of a path, with `.` and `..` resolved where the path ends in them.
fn last_name(path: &Path) -> String {
    let resolved = if matches!(path.components().next_back(), Some(Component::Normal(_))) {
        None
    } else {
        path.canonicalize().ok()
    };
    let name = resolved.as_deref().unwrap_or(path).file_name().unwrap_or_default();
    record_name(name)
}

/// The path from the current folder on, without what leads out of it.
fn whole_name(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let inner = path.strip_prefix(here).unwrap_or(path);
    let parts = inner
        .components()
        .filter_map(|part| if let Component::Normal(name) = part { Some(record_name(name)) } else { None });
    parts.collect::<Vec<_>>().join("/")
}

/// Everything that the roots hold, in order.
pub fn walk(roots: Vec<Root>) -> impl Iterator<Item = Entry> {
    roots.into_iter().flat_map(|root| -> Box<dyn Iterator<Item = Entry>> {
        if root.path.as_os_str() == "-" {
            return Box::new(std::iter::once(Entry::Stdin));
        }
        if !root.path.is_dir() {
            return Box::new(std::iter::once(Entry::File(InputFile { path: root.path, name: root.name })));
        }
        let walker = WalkDir::new(&root.path)
            .follow_root_links(true)
            .sort_by(|a, b| a.file_name().as_bytes().cmp(b.file_name().as_bytes()));
        let without = root.without.clone();
        let entries = walker.into_iter().filter_entry(move |entry| !without.iter().any(|own| own == entry.path()));
        Box::new(entries.filter_map(move |entry| classify(entry, &root)))
    })
}

/// The size of all files that the roots hold, as they lie on disk.
pub fn total_bytes(roots: Vec<Root>) -> u64 {
    let size = |entry| match entry {
        Entry::File(file) => file.path.metadata().map_or(0, |metadata| metadata.len()),
        Entry::Stdin | Entry::Skipped(_) => 0,
    };
    walk(roots).map(size).sum()
}

/// What one entry of a folder is; `None` for a folder, whose entries follow.
fn classify(entry: walkdir::Result<walkdir::DirEntry>, root: &Root) -> Option<Entry> {
    let name_of = |path: &Path| {
        let inner = path.strip_prefix(&root.path).unwrap_or(path);
        let inner: Vec<String> = inner.components().map(|part| record_name(part.as_os_str())).collect();
        if inner.is_empty() { root.name.clone() } else { format!("{}/{}", root.name, inner.join("/")) }
    };
    let skipped = |path: PathBuf, why| Some(Entry::Skipped(Skipped { name: name_of(&path), path, why }));
    match entry {
        Err(error) => {
            let path = error.path().unwrap_or(&root.path).to_path_buf();
            let message = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
            skipped(path, SkipReason::Unreadable(message))
        }
        Ok(entry) if entry.file_type().is_dir() => None,
        Ok(entry) if entry.file_type().is_file() => {
            Some(Entry::File(InputFile { name: name_of(entry.path()), path: entry.into_path() }))
        }
        Ok(entry) if entry.path_is_symlink() => skipped(entry.into_path(), SkipReason::Symlink),
        Ok(entry) => skipped(entry.into_path(), SkipReason::NotAFile),
    }
}

/// A file name as text, without loss.
fn record_name(name: &OsStr) -> String {
    escaped(name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_in_the_order_of_their_bytes() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.txt", "a/2", "a/10", "a.txt", "B"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        std::os::unix::fs::symlink("..", folder.path().join("a/loop")).unwrap();
        let roots = roots(&[Input::Path(folder.path().to_owned())]).unwrap();
        let prefix = format!("{}/", folder.path().file_name().unwrap().to_str().unwrap());
        let names: Vec<String> = walk(roots)
            .map(|entry| match entry {
                Entry::File(file) => file.name.replace(&prefix, ""),
                Entry::Skipped(skipped) => format!("{:?} {}", skipped.why, skipped.name.replace(&prefix, "")),
                Entry::Stdin => "-".to_owned(),
            })
            .collect();
        assert_eq!(names, ["B", "a/10", "a/2", "Symlink a/loop", "a.txt", "b.txt"]);
    }

    #[test]
    fn the_output_of_the_run_is_no_input_of_it() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.txt", "out/shard-00000.jsonl", "b/out/c.txt", "clean.jsonl"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let roots = roots(&[Input::Path(folder.path().join("b/.."))]).unwrap();
        let own = ["out", "clean.jsonl", ".clean.jsonl.part"].map(|name| folder.path().join(name));
        let left: Vec<_> = walk(without_output(roots, &own)).collect();
        assert_eq!(left.len(), 2, "{left:?}");
        assert!(left.iter().all(|entry| matches!(entry, Entry::File(file) if file.name.ends_with("txt"))), "{left:?}");
    }

    #[test]
    fn a_misspelt_input_is_answered_with_its_neighbour() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("corpus.jsonl"), "").unwrap();
        let error = roots(&[Input::Path(folder.path().join("corpsu.jsonl"))]).unwrap_err().to_string();
        assert!(error.contains("did you mean") && error.contains("corpus.jsonl"), "{error}");
    }
}

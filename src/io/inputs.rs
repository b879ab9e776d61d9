//! The files that the inputs name, in an order that is the same everywhere.
//!
//! A folder is walked as it goes, entries sorted by the bytes of their names, so that a million files need no list in
//! memory. Symbolic links inside a folder are not followed: that rules out loops and files that come twice. What is
//! passed over is returned as such, never left out in silence.

#[cfg(test)]
mod tests;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

use super::stores::{self, Object, StoreError};
use crate::config::{Input, StoreUrl};
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
    pub place: Place,
    /// What it is called in records: the path from the input's own name on.
    pub name: String,
}

/// Where the bytes of an input are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a file of the machine.
    Path(PathBuf),
    /// In a store.
    Object(Object),
}

impl InputFile {
    /// Bytes of it as it lies there; none, if that is not known.
    pub fn bytes(&self) -> u64 {
        match &self.place {
            Place::Path(path) => path.metadata().map_or(0, |metadata| metadata.len()),
            Place::Object(object) => object.size(),
        }
    }

    /// Its size and its time or version: what tells that it is still the same.
    pub fn version(&self) -> String {
        match &self.place {
            Place::Path(path) => match path.metadata() {
                Ok(found) => format!("{} {}.{:09}", found.size(), found.mtime(), found.mtime_nsec()),
                Err(_) => "- -".to_owned(),
            },
            Place::Object(object) => format!("{} {}", object.size(), object.version()),
        }
    }
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
    /// A store that cannot be asked, or that holds nothing of the kind.
    #[error("input {0}")]
    Store(#[from] StoreError),
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
    at: RootAt,
    /// What the root is called in records.
    name: String,
    /// What is not read of a folder: the output of the run itself.
    without: Vec<PathBuf>,
}

/// What a root is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum RootAt {
    /// A file, a folder, or `-`.
    Path(PathBuf),
    /// An object of a store.
    Object(Object),
    /// Objects of a store, each with its name from this URL on. The list is made once and does not change any more.
    Objects(StoreUrl, Arc<[(Object, String)]>),
}

impl Root {
    fn new(path: PathBuf, name: String) -> Root {
        Root { at: RootAt::Path(path), name, without: Vec::new() }
    }

    /// What tells roots of one name apart.
    fn whole_name(&self) -> String {
        let of_url =
            |url: &StoreUrl| escaped(format!("{}/{}", url.bucket(), url.key().trim_end_matches('/')).as_bytes());
        match &self.at {
            RootAt::Path(path) => whole_name(path),
            RootAt::Object(object) => of_url(&object.url()),
            RootAt::Objects(url, _) => of_url(url),
        }
    }
}

/// The roots less what the run itself writes: files, and objects of a store or all below them.
#[must_use]
pub fn without_output(mut roots: Vec<Root>, own: &[PathBuf], stored: &[StoreUrl]) -> Vec<Root> {
    let is_own = |object: &Object| {
        let url = object.url();
        let below = |own: &StoreUrl| url.as_str().strip_prefix(own.as_str());
        stored.iter().filter_map(below).any(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if !stored.is_empty() {
        roots.retain(|root| !matches!(&root.at, RootAt::Object(object) if is_own(object)));
        for root in &mut roots {
            if let RootAt::Objects(_, objects) = &mut root.at {
                *objects = objects.iter().filter(|(object, _)| !is_own(object)).cloned().collect();
            }
        }
    }
    // The file itself may not be there yet; its folder tells where it will be.
    let resolved = |path: &Path| match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(resolved), ..) => Some(resolved),
        (_, Some(parent), Some(name)) => Some(parent.canonicalize().ok()?.join(name)),
        _ => None,
    };
    let own: Vec<PathBuf> = own.iter().filter_map(|path| resolved(path)).collect();
    for root in &mut roots {
        let RootAt::Path(path) = &root.at else { continue };
        let Ok(folder) = path.canonicalize() else { continue };
        let inside = own.iter().filter_map(|path| path.strip_prefix(&folder).ok());
        root.without = inside.filter(|inner| !inner.as_os_str().is_empty()).map(|inner| path.join(inner)).collect();
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
            Input::Stdin => roots.push(Root::new(PathBuf::from("-"), "-".to_owned())),
            Input::Path(path) if path.metadata().is_ok() => roots.push(Root::new(path.clone(), last_name(path))),
            Input::Path(path) => return Err(InputError::NotFound(path.clone())),
            Input::Glob { root, pattern } => roots.append(&mut matches(root, pattern)?),
            Input::Store { url, pattern } => roots.append(&mut stored(url, pattern.as_deref())?),
        }
    }
    let mut uses = std::collections::HashMap::new();
    roots.iter().for_each(|root| *uses.entry(root.name.clone()).or_insert(0) += 1);
    for root in &mut roots {
        if uses.get(&root.name).is_some_and(|&n| n > 1) {
            root.name = root.whole_name();
        }
    }
    Ok(roots)
}

/// The roots in the order of their names: an order that does not depend on how they were given.
#[must_use]
pub fn sorted(mut roots: Vec<Root>) -> Vec<Root> {
    roots.sort_by_cached_key(|root| (root.name.clone(), root.whole_name()));
    roots
}

/// The files and folders that a pattern matches, sorted by the bytes of their paths.
fn matches(root: &Path, pattern: &str) -> Result<Vec<Root>, InputError> {
    let whole = format!("{}/{pattern}", glob::Pattern::escape(&root.to_string_lossy()));
    let found = glob::glob(&whole).map_err(|error| no_pattern(pattern, &error))?;
    let mut paths: Vec<PathBuf> = found.filter_map(Result::ok).collect();
    paths.sort_by(|a, b| a.as_os_str().as_bytes().cmp(b.as_os_str().as_bytes()));
    if paths.is_empty() {
        return Err(InputError::NoMatch(root.join(pattern)));
    }
    let name = |path: &Path| {
        let inner = path.strip_prefix(root).unwrap_or(path);
        inner.components().map(|part| record_name(part.as_os_str())).collect::<Vec<_>>().join("/")
    };
    Ok(paths.into_iter().map(|path| Root::new(path.clone(), name(&path))).collect())
}

fn no_pattern(pattern: &str, error: &glob::PatternError) -> InputError {
    InputError::Pattern { pattern: pattern.to_owned(), message: error.to_string() }
}

/// The object, the objects of a folder, or those that a pattern matches.
fn stored(url: &StoreUrl, pattern: Option<&str>) -> Result<Vec<Root>, InputError> {
    let root = |at, name: &str| Root { at, name: escaped(name.as_bytes()), without: Vec::new() };
    let Some(written) = pattern else {
        let found = stores::find(url, None)?;
        return Ok(match found.as_slice() {
            [(object, inner)] if inner.is_empty() => vec![root(RootAt::Object(object.clone()), url.last_name())],
            _ => vec![root(RootAt::Objects(url.clone(), found.into()), url.last_name())],
        });
    };
    let pattern = glob::Pattern::new(written).map_err(|error| no_pattern(written, &error))?;
    let found = stores::find(url, Some(&pattern))?;
    if found.is_empty() {
        return Err(InputError::NoMatch(url.join(written).as_str().into()));
    }
    Ok(found.into_iter().map(|(object, name)| root(RootAt::Object(object), &name)).collect())
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
pub fn walk(roots: Vec<Root>) -> impl Iterator<Item = Entry> + Send {
    roots.into_iter().flat_map(|root| -> Box<dyn Iterator<Item = Entry> + Send> {
        let path = match root.at {
            RootAt::Path(path) => path,
            RootAt::Object(object) => {
                let file = InputFile { place: Place::Object(object), name: root.name };
                return Box::new(std::iter::once(Entry::File(file)));
            }
            RootAt::Objects(_, objects) => {
                let n = objects.len();
                let file = move |at: usize| {
                    let (object, inner) = &objects[at];
                    let name = format!("{}/{}", root.name, escaped(inner.as_bytes()));
                    Entry::File(InputFile { place: Place::Object(object.clone()), name })
                };
                return Box::new((0..n).map(file));
            }
        };
        if path.as_os_str() == "-" {
            return Box::new(std::iter::once(Entry::Stdin));
        }
        if !path.is_dir() {
            let file = InputFile { place: Place::Path(path), name: root.name };
            return Box::new(std::iter::once(Entry::File(file)));
        }
        let walker = WalkDir::new(&path)
            .follow_root_links(true)
            .sort_by(|a, b| a.file_name().as_bytes().cmp(b.file_name().as_bytes()));
        let (without, name) = (root.without, root.name);
        let entries = walker.into_iter().filter_entry(move |entry| !without.iter().any(|own| own == entry.path()));
        Box::new(entries.filter_map(move |entry| classify(entry, &path, &name)))
    })
}

/// The size of all files that the roots hold, as they lie there.
pub fn total_bytes(roots: Vec<Root>) -> u64 {
    let size = |entry| match entry {
        Entry::File(file) => file.bytes(),
        Entry::Stdin | Entry::Skipped(_) => 0,
    };
    walk(roots).map(size).sum()
}

/// What one entry of a folder is; `None` for a folder, whose entries follow.
fn classify(entry: walkdir::Result<walkdir::DirEntry>, root: &Path, root_name: &str) -> Option<Entry> {
    let name_of = |path: &Path| {
        let inner = path.strip_prefix(root).unwrap_or(path);
        let inner: Vec<String> = inner.components().map(|part| record_name(part.as_os_str())).collect();
        if inner.is_empty() { root_name.to_owned() } else { format!("{root_name}/{}", inner.join("/")) }
    };
    let skipped = |path: PathBuf, why| Some(Entry::Skipped(Skipped { name: name_of(&path), path, why }));
    match entry {
        Err(error) => {
            let path = error.path().unwrap_or(root).to_path_buf();
            let message = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
            skipped(path, SkipReason::Unreadable(message))
        }
        Ok(entry) if entry.file_type().is_dir() => None,
        Ok(entry) if entry.file_type().is_file() => {
            Some(Entry::File(InputFile { name: name_of(entry.path()), place: Place::Path(entry.into_path()) }))
        }
        Ok(entry) if entry.path_is_symlink() => skipped(entry.into_path(), SkipReason::Symlink),
        Ok(entry) => skipped(entry.into_path(), SkipReason::NotAFile),
    }
}

/// A file name as text, without loss.
fn record_name(name: &OsStr) -> String {
    escaped(name.as_bytes())
}

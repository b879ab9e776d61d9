//! The index of an earlier run, made again from the records that it kept.
//!
//! They are in the output, in the order in which they were kept; where the output is partitioned, each subfolder is in
//! that order, and the order among them follows from the sources and offsets that the records name.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::RunError;
use super::batch::Source;
use super::columnar;
use super::judge::folder_for_temporary_files;
use crate::config::{Output, OutputFormat, PartitionBy, Plan};
use crate::formats::json::{self, Field};
use crate::io::decompress;
use crate::io::inputs::{Entry, Root, walk};
use crate::io::output::{are_lines, lines_path, part_path, shard_of, shards_in};
use crate::io::stores::{Object, StoreFolder};

/// What of a kept record is needed: its id as JSON, its text, its place.
struct Kept {
    id: String,
    text: String,
    place: (u32, u64, u64),
}

/// Hands the text and the id of every kept record to `insert`, in the order in which they were kept.
///
/// # Errors
/// [`RunError::Read`] for a file of the output that is not as the run left it; [`RunError::Fetch`] for a store.
pub fn restore_index(
    plan: &Plan,
    roots: &[Root],
    store: Option<&StoreFolder>,
    mut insert: impl FnMut(&str, &[u8]) -> Result<(), RunError>,
) -> Result<(), RunError> {
    let ranks = if plan.emit.partition_by == PartitionBy::Nothing { HashMap::new() } else { ranks(roots) };
    let mut streams: Vec<KeptRecords<'_>> =
        files(plan, store)?.into_iter().map(|files| KeptRecords::new(files, plan, &ranks)).collect();
    let mut heads = Vec::with_capacity(streams.len());
    for stream in &mut streams {
        heads.push(stream.next_record()?);
    }
    while let Some((i, _)) =
        heads.iter().enumerate().filter_map(|(i, head)| Some((i, head.as_ref()?.place))).min_by_key(|(_, place)| *place)
    {
        let next = streams[i].next_record()?;
        let Some(kept) = std::mem::replace(&mut heads[i], next) else { continue };
        insert(&kept.text, kept.id.as_bytes())?;
    }
    Ok(())
}

fn ranks(roots: &[Root]) -> HashMap<String, u32> {
    let name = |entry| match entry {
        Entry::File(file) => file.name,
        Entry::Skipped(skipped) => skipped.name,
        Entry::Stdin => "-".to_owned(),
    };
    walk(roots.to_vec()).map(name).zip(0..).collect()
}

/// Where a file of the output is.
enum Written {
    On(PathBuf),
    Stored(Object),
}

/// The files of each partition, in order.
fn files(plan: &Plan, store: Option<&StoreFolder>) -> Result<Vec<Vec<Written>>, RunError> {
    match &plan.emit.output {
        Output::Stdout => Ok(Vec::new()),
        Output::File(path) if plan.emit.format == OutputFormat::Parquet => {
            Ok(vec![vec![Written::On(part_path(&lines_path(path)))]])
        }
        Output::File(path) => Ok(vec![vec![Written::On(part_path(path))]]),
        Output::Folder(folder) => {
            let mut shards = shards_in(folder).map_err(|source| RunError::Read { path: folder.clone(), source })?;
            // Of columns and the lines that they are made of, the lines: what is whole of the columns, they hold as well.
            shards.sort_by(|a, b| (&a.1, a.2, !are_lines(&a.0)).cmp(&(&b.1, b.2, !are_lines(&b.0))));
            let mut files: BTreeMap<(Option<String>, u32), Written> = BTreeMap::new();
            for (path, partition, number) in shards {
                files.entry((partition, number)).or_insert(Written::On(path));
            }
            // What is not on the machine any more is in the store as a whole.
            for (object, name) in store.map_or(Ok(Vec::new()), StoreFolder::list).map_err(RunError::Fetch)? {
                if let Some(shard) = shard_of(&name) {
                    files.entry(shard).or_insert(Written::Stored(object));
                }
            }
            let mut partitions: BTreeMap<Option<String>, Vec<Written>> = BTreeMap::new();
            for ((partition, _), file) in files {
                partitions.entry(partition).or_default().push(file);
            }
            Ok(partitions.into_values().collect())
        }
    }
}

/// A file of the output that is in a store, on the machine for as long as it is read.
fn fetched(object: &Object, plan: &Plan) -> io::Result<File> {
    let mut file = tempfile::tempfile_in(folder_for_temporary_files(plan))?;
    object.copy_to(&mut file)?;
    file.rewind()?;
    Ok(file)
}

/// The records of some files, one after the other.
struct KeptRecords<'a> {
    files: std::vec::IntoIter<Written>,
    open: Option<(PathBuf, BufReader<Box<dyn io::Read + Send>>)>,
    plan: &'a Plan,
    ranks: &'a HashMap<String, u32>,
    line: String,
    fields: Vec<Field>,
}

impl<'a> KeptRecords<'a> {
    fn new(files: Vec<Written>, plan: &'a Plan, ranks: &'a HashMap<String, u32>) -> KeptRecords<'a> {
        KeptRecords { files: files.into_iter(), open: None, plan, ranks, line: String::new(), fields: Vec::new() }
    }

    fn next_record(&mut self) -> Result<Option<Kept>, RunError> {
        loop {
            let Some((path, reader)) = &mut self.open else {
                let Some(written) = self.files.next() else { return Ok(None) };
                let (path, opened) = match written {
                    Written::On(path) => (path.clone(), File::open(path)),
                    Written::Stored(object) => (object.url().as_str().into(), fetched(&object, self.plan)),
                };
                match opened.and_then(|file| self.lines(file, &path)) {
                    Ok(lines) => self.open = Some((path, BufReader::new(lines))),
                    Err(source) => return Err(RunError::Read { path, source }),
                }
                continue;
            };
            self.line.clear();
            let n = reader.read_line(&mut self.line).map_err(|source| RunError::Read { path: path.clone(), source })?;
            if n == 0 {
                self.open = None;
                continue;
            }
            let path = path.clone();
            let damaged =
                || RunError::Read { path, source: io::Error::new(io::ErrorKind::InvalidData, "a record is damaged") };
            return self.parse().map(Some).ok_or_else(damaged);
        }
    }

    /// The records of a file as lines.
    fn lines(&self, file: File, path: &Path) -> io::Result<Box<dyn io::Read + Send>> {
        if path.extension().is_some_and(|extension| extension == "parquet") {
            return columnar::kept_lines(file, &self.plan.read);
        }
        Ok(decompress::open(file, u64::MAX)?.reader)
    }

    fn parse(&mut self) -> Option<Kept> {
        let line = self.line.trim_end();
        self.fields.clear();
        json::read_object(line, &mut self.fields).ok()?;
        let value =
            |name: &str| self.fields.iter().find(|field| field.key.of(line) == name).map(|field| field.value.of(line));
        let raw = value(&self.plan.read.text_field)?.strip_prefix('"')?.strip_suffix('"')?;
        let mut text = String::with_capacity(raw.len());
        json::unescape_into(raw, &mut text);
        let origin: Value = serde_json::from_str(value("textmill")?).ok()?;
        let source = origin["source"].as_str()?;
        let entry = origin["entry"].as_u64();
        // An entry has the name of its archive before its own. Either may hold the mark between them.
        let mut names =
            std::iter::once(source).chain(source.rmatch_indices(Source::ENTRY_MARK).map(|(at, _)| &source[..at]));
        let rank = names.find_map(|name| self.ranks.get(name)).copied().unwrap_or(0);
        let place = (rank, entry.unwrap_or(0), origin["offset"].as_u64()?);
        Some(Kept { id: value(&self.plan.read.id_field)?.to_owned(), text, place })
    }
}

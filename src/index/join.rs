//! Several indexes made into one (`textmill index merge`).
//!
//! The first is taken as it is; the documents of each further one are compared, in order, with all that were taken before, as
//! those of a new run would be. So the answer depends on the indexes and their order alone, and what is removed is told with
//! the document that it is a copy of. Bloom indexes hold no documents: their bits are joined, and nothing is compared.

use std::path::{Path, PathBuf};

use serde_json::Value;
use textmill_core::dedup::{CanonicalForm, DedupConfig, Sketch, Verdict};

use super::error::{IndexError, at};
use super::folder::{IndexFolder, check_settings};
use super::merge::{for_each_row, read_slots};
use super::segment::Segment;
use super::{KeptIndex, Setting, bloom, open_segments};
use crate::config::{IndexKind, Word};

/// Documents whose keys are gathered at once: 44 MB at 11 bands.
const DOCUMENTS_AT_ONCE: u32 = 1 << 20;

/// What came of joining indexes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// Documents in the new index.
    pub documents: u64,
    /// Documents of a later index that one before has word for word.
    pub exact: u64,
    /// Documents of a later index that are near-duplicates of one before.
    pub near: u64,
}

/// A document that is in one of the indexes and not in the new one.
pub struct Removal<'a> {
    /// Its id, as JSON.
    pub id: &'a [u8],
    /// The index that it was in.
    pub index: &'a Path,
    /// The id of the document that is kept in its place, as JSON.
    pub duplicate_of: &'a [u8],
    /// How similar the two are; nothing for those that are the same.
    pub similarity: Option<f64>,
}

/// Joins indexes, which must have been made with the same settings, into a new one. `each` is told what is removed.
///
/// # Errors
/// [`IndexError`] for an index that cannot be read, or for settings that differ; what `each` gives.
pub fn join(
    out: &Path,
    inputs: &[PathBuf],
    memory_bytes: u64,
    mut each: impl FnMut(&Removal<'_>) -> Result<(), IndexError>,
) -> Result<Joined, IndexError> {
    let folders: Vec<IndexFolder> = inputs.iter().map(|path| IndexFolder::open(path)).collect::<Result<_, _>>()?;
    let Some(first) = folders.first() else { return Ok(Joined::default()) };
    let settings = first.manifest.settings.clone();
    for folder in &folders {
        check_settings(&folder.path, &folder.manifest.settings, &settings)?;
    }
    if out.join("manifest").exists() {
        let source = std::io::Error::new(std::io::ErrorKind::AlreadyExists, "it is there already; choose a new path");
        return Err(IndexError::File { path: out.to_owned(), source });
    }
    if settings.get("index_kind").and_then(Value::as_str) == Some(IndexKind::Bloom.word()) {
        return join_bloom(out, &folders);
    }
    let config = config_of(&first.manifest.settings);
    let setting = Setting { path: Some(out), temporary: out, run_id: "merge", settings, memory_bytes };
    let mut joined = Joined::default();
    let mut index = KeptIndex::open(&config, &setting)?;
    let mut other = Vec::new();
    for folder in &folders {
        for segment in open_segments(folder)? {
            let path = segment.path.clone().unwrap_or_default();
            let sketches = |first| sketches(&segment, &config, first).map_err(at(&path));
            for first in (0..segment.contents.documents).step_by(DOCUMENTS_AT_ONCE as usize) {
                for (sketch, id) in sketches(first)? {
                    let (of, similarity) = match index.insert(&sketch, &id)? {
                        Verdict::Unique { .. } | Verdict::Empty => continue,
                        Verdict::ExactDuplicate { of } => (of, None),
                        Verdict::NearDuplicate { of, evidence } => (of, Some(evidence.similarity())),
                    };
                    index.id(of, &mut other)?;
                    *(if similarity.is_some() { &mut joined.near } else { &mut joined.exact }) += 1;
                    each(&Removal { id: &id, index: &folder.path, duplicate_of: &other, similarity })?;
                }
            }
        }
    }
    joined.documents = index.documents();
    index.commit()?;
    Ok(joined)
}

fn join_bloom(out: &Path, folders: &[IndexFolder]) -> Result<Joined, IndexError> {
    let mut joined = None;
    let mut rows = super::Rows::default();
    for folder in folders {
        let Some(file) = folder.manifest.files.first() else { continue };
        rows.merge(folder.manifest.rows);
        let path = folder.path.join(&file.name);
        let (documents, keys, filter) = bloom::read(&path).map_err(at(&path))?;
        let Some((all_documents, all_keys, all)) = &mut joined else {
            joined = Some((documents, keys, filter));
            continue;
        };
        *all_documents += documents;
        *all_keys += keys;
        if !all.union(&filter) {
            return Err(IndexError::Damaged { path, what: "it is of another size than the settings say".to_owned() });
        }
    }
    let Some((documents, keys, filter)) = joined else { return Ok(Joined::default()) };
    let mut folder = IndexFolder::open_or_create(out, &folders[0].manifest.settings)?;
    let file = bloom::write(out, "bloom-000001", documents, keys, &filter)?;
    folder.commit(vec![file], documents, rows, "merge")?;
    Ok(Joined { documents, ..Joined::default() })
}

/// How documents were compared, out of the settings of an index.
fn config_of(settings: &serde_json::Map<String, Value>) -> DedupConfig {
    let default = DedupConfig::default();
    let flag = |key: &str, default: bool| settings.get(key).and_then(Value::as_bool).unwrap_or(default);
    DedupConfig {
        similarity: settings.get("similarity").and_then(Value::as_f64).unwrap_or(default.similarity),
        shingle_tokens: settings
            .get("shingle_tokens")
            .and_then(Value::as_u64)
            .map_or(default.shingle_tokens, |n| n as usize),
        canonical: CanonicalForm {
            fold_case: flag("fold_case", default.canonical.fold_case),
            drop_punctuation: flag("drop_punctuation", default.canonical.drop_punctuation),
            fold_digits: flag("fold_digits", default.canonical.fold_digits),
        },
        ..default
    }
}

/// The sketches and ids of a segment's documents from `first` on, as many as are taken at once.
///
/// A document that was not listed under a key, since too many were, has lost that key; it gets one of its own instead, under
/// which it will find nothing that is like it.
fn sketches(segment: &Segment, config: &DedupConfig, first: u32) -> std::io::Result<Vec<(Sketch, Vec<u8>)>> {
    let end = segment.contents.documents.min(first.saturating_add(DOCUMENTS_AT_ONCE));
    let mut documents: Vec<(Sketch, Vec<u8>)> = Vec::with_capacity((end - first) as usize);
    let n_bands = config.bands().count;
    let mut number = 0;
    for_each_row(segment, |row, id| {
        if (first..end).contains(&number) {
            let mut set = Vec::new();
            segment.read_range(row.set.clone(), &mut set)?;
            let n_keys = if set.is_empty() { 0 } else { n_bands };
            let own = (row.fingerprint >> 64) as u64;
            let band_keys =
                (0..n_keys as u64).map(|band| (own ^ band.wrapping_mul(0x9e37_79b9_7f4a_7c15)) >> 32).collect();
            let fingerprint = row.fingerprint;
            let sketch = Sketch { fingerprint, band_keys, shingle_set: set.into(), ..Sketch::default() };
            documents.push((sketch, id.to_vec()));
        }
        number += 1;
        Ok(())
    })?;
    let mut slots = Vec::new();
    for (band, table) in segment.contents.tables.iter().skip(1).enumerate() {
        for part in 0..256_u64 {
            slots.clear();
            read_slots(segment, table, &(part << 24..(part + 1) << 24), 0, &mut slots)?;
            for &(key, document) in slots.iter().filter(|slot| (first..end).contains(&(slot.1 - 1))) {
                if let Some(own) = documents[(document - 1 - first) as usize].0.band_keys.get_mut(band) {
                    *own = key.into();
                }
            }
        }
    }
    Ok(documents)
}

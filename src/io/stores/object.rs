//! An object as it was when the list of inputs was made, and how such lists are made.

use std::io::{self, Write};
use std::ops::Range;
use std::{fmt, fs};

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::path::Path as Key;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStoreExt};
use tokio_util::bytes::Bytes;

use super::{Patience, Store, StoreError, key_of, wait};
use crate::config::{StoreKind, StoreUrl};

/// An object of a store, as it was when it was found. Whatever is fetched of it is of that version, or an error.
#[derive(Clone)]
pub struct Object {
    pub(super) store: Store,
    meta: ObjectMeta,
    /// Whether the server gives parts of it.
    pub(super) is_ranged: bool,
}

/// An object, and its name from the place on that was asked for.
pub type Found = (Object, String);

impl Object {
    /// Where it is.
    pub fn url(&self) -> StoreUrl {
        self.store.url_of(&self.meta.location)
    }

    /// Bytes of it.
    pub fn size(&self) -> u64 {
        self.meta.size
    }

    /// When it was written, and its version as the store has it: what tells that it is still the same. No spaces.
    pub fn version(&self) -> String {
        let etag: String = self.meta.e_tag.iter().flat_map(|etag| etag.split_whitespace()).collect();
        format!("{}_{etag}", self.meta.last_modified.timestamp_millis())
    }

    /// Its bytes in `range`.
    pub(super) async fn part(&self, range: Range<u64>) -> Result<Bytes, StoreError> {
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        let failed = |error| StoreError::of(&self.url(), error);
        let answer = self.store.inner.get_opts(&self.meta.location, options).await.map_err(failed)?;
        self.check(&answer.meta)?;
        answer.bytes().await.map_err(failed)
    }

    /// Its bytes from the first on, as they come.
    pub(super) async fn whole(&self) -> Result<BoxStream<'static, Result<Bytes, StoreError>>, StoreError> {
        let url = self.url();
        let got = self.store.inner.get(&self.meta.location).await;
        let answer = got.map_err(|error| StoreError::of(&url, error))?;
        self.check(&answer.meta)?;
        Ok(answer.into_stream().map_err(move |error| StoreError::of(&url, error)).boxed())
    }

    /// Whether an answer is of the version that was found. Stores write one tag with quotes here and without them there.
    fn check(&self, answer: &ObjectMeta) -> Result<(), StoreError> {
        let tag = |meta: &ObjectMeta| meta.e_tag.as_ref().map(|tag| tag.trim_matches('"').to_owned());
        let is_same = match (tag(&self.meta), tag(answer)) {
            (Some(then), Some(now)) => then == now,
            _ => self.meta.last_modified.timestamp() == answer.last_modified.timestamp(),
        };
        if is_same && self.meta.size == answer.size { Ok(()) } else { Err(StoreError::changed(&self.url())) }
    }

    /// Copies it into a file.
    ///
    /// # Errors
    /// What the store answers, or the system.
    pub fn copy_to(&self, file: &mut fs::File) -> io::Result<()> {
        let url = self.url();
        let copied = wait(&url, async {
            let mut bytes = self.whole().await?;
            while let Some(bytes) = bytes.try_next().await? {
                file.write_all(&bytes).map_err(|error| StoreError::local(&url, &error))?;
            }
            Ok(())
        });
        copied.map_err(io::Error::other)
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Object) -> bool {
        self.url() == other.url() && self.meta == other.meta
    }
}

impl Eq for Object {}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.url(), self.size())
    }
}

/// What [`find_in`] gives for the store of the URL. The store is asked with little patience, for somebody waits who may have
/// mistyped a name; its objects are read with more.
///
/// # Errors
/// What the store answers; that nothing is there.
pub fn find(url: &StoreUrl, pattern: Option<&glob::Pattern>) -> Result<Vec<Found>, StoreError> {
    let mut found = find_in(&Store::connect(url, Patience::Short)?, url, pattern)?;
    let patient = Store::connect(url, Patience::Long)?;
    found.iter_mut().for_each(|(object, _)| object.store = patient.clone());
    Ok(found)
}

/// The object at `url`, or all whose names go on from it behind a slash; with `pattern`, those of them that it matches,
/// or that are within a folder which it matches. Sorted as files are: by folders, and by the bytes of their names.
///
/// The name is empty where `url` is the object itself.
///
/// # Errors
/// What the store answers; that nothing is there.
pub(super) fn find_in(
    store: &Store,
    url: &StoreUrl,
    pattern: Option<&glob::Pattern>,
) -> Result<Vec<Found>, StoreError> {
    wait(url, async {
        if url.kind() == StoreKind::Http {
            return Ok(vec![(file(store.clone()).await?, String::new())]);
        }
        let key = key_of(url)?;
        let is_folder = pattern.is_some() || key.is_root() || url.key().ends_with('/');
        if !is_folder {
            match store.inner.head(&key).await.map_err(|error| StoreError::of(url, error)) {
                Ok(meta) => return Ok(vec![(Object { store: store.clone(), meta, is_ranged: true }, String::new())]),
                Err(error) if error.is_missing() => {}
                Err(error) => return Err(error),
            }
        }
        let found = list(store, url, &key).await?;
        if found.is_empty() {
            let what = if is_folder { "nothing is there" } else { "no object has this name, and no folder" };
            return Err(StoreError::missing(url, what));
        }
        Ok(match pattern {
            Some(pattern) => matching(found, pattern),
            None => found,
        })
    })
}

/// Everything below a key, sorted.
pub(super) async fn list(store: &Store, url: &StoreUrl, key: &Key) -> Result<Vec<Found>, StoreError> {
    let listed = store.inner.list(Some(key)).map(|meta| meta.map_err(|error| StoreError::of(url, error)));
    let metas: Vec<ObjectMeta> = listed.try_collect().await?;
    let name = |meta: &ObjectMeta| {
        let whole = meta.location.as_ref();
        whole.strip_prefix(key.as_ref()).unwrap_or(whole).trim_start_matches('/').to_owned()
    };
    let object = |meta| Object { store: store.clone(), meta, is_ranged: true };
    let mut found: Vec<Found> =
        metas.into_iter().map(|meta| (name(&meta), meta)).map(|(n, m)| (object(m), n)).collect();
    found.sort_by(|(_, a), (_, b)| a.split('/').cmp(b.split('/')));
    // Some tools mark a folder by an empty object of its name.
    let is_above = |folder: &str, name: &str| name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let marks: Vec<bool> = (0..found.len())
        .map(|at| {
            let (object, name) = &found[at];
            let next = found.get(at + 1).map_or("", |(_, next)| next);
            object.size() == 0 && (name.is_empty() || is_above(name, next))
        })
        .collect();
    let mut marks = marks.into_iter();
    found.retain(|_| !marks.next().unwrap_or(false));
    Ok(found)
}

/// Those that a pattern matches, or whose folder it does, in the order of what it matched.
fn matching(found: Vec<Found>, pattern: &glob::Pattern) -> Vec<Found> {
    let options = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::new() };
    let matched = |name: &str| {
        let ends = name.match_indices('/').map(|(at, _)| at).chain([name.len()]);
        ends.into_iter().find(|&end| pattern.matches_with(&name[..end], options))
    };
    let mut kept: Vec<(usize, Found)> =
        found.into_iter().filter_map(|(object, name)| Some((matched(&name)?, (object, name)))).collect();
    kept.sort_by(|(a, (_, one)), (b, (_, other))| one.as_bytes()[..*a].cmp(&other.as_bytes()[..*b]));
    kept.into_iter().map(|(_, found)| found).collect()
}

/// The one file that a server has at its URL: asked for by its first byte, for not every server answers to more polite
/// questions, and what gives parts is learned by it.
async fn file(store: Store) -> Result<Object, StoreError> {
    let first = GetOptions { range: Some(GetRange::Bounded(0..1)), ..GetOptions::default() };
    if let Ok(answer) = store.inner.get_opts(&Key::ROOT, first).await {
        return Ok(Object { meta: answer.meta, store, is_ranged: true });
    }
    let url = store.url.clone();
    let answer = store.inner.get(&Key::ROOT).await.map_err(|error| StoreError::of(&url, error))?;
    Ok(Object { meta: answer.meta, store, is_ranged: false })
}

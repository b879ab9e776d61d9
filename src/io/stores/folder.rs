//! Where in a store an output goes: files that are whole are put there, whole or not at all.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use futures_util::{StreamExt, TryStreamExt};
use object_store::path::Path as Key;
use object_store::{ObjectStoreExt, PutPayload, WriteMultipart};

use super::object::{Found, Object, list};
use super::{Patience, Store, StoreError, key_of, wait};
use crate::config::{Staged, StoreUrl};

/// Bytes of a part; a file up to this size goes in one request. 8 MiB, more than the least that the stores take.
const PART_BYTES: usize = 8 << 20;
/// Parts that a file may have; S3 takes 10,000.
const MAX_PARTS: u64 = 9_000;
/// Parts of a file that are under way at once.
const PARTS_UNDER_WAY: usize = 4;

/// A place in a store, and the folder of files that go there under their names.
#[derive(Clone, Debug)]
pub struct StoreFolder {
    /// For files.
    pub(super) store: Store,
    /// For what is asked of it before and after.
    pub(super) asked: Store,
    pub(super) staged: Staged,
}

impl StoreFolder {
    /// The place that a plan names. Nothing is asked yet.
    ///
    /// # Errors
    /// What is wrong with the settings of the environment.
    pub fn connect(staged: &Staged) -> Result<StoreFolder, StoreError> {
        let store = Store::connect(&staged.url, Patience::Long)?;
        let asked = Store::connect(&staged.url, Patience::Short)?;
        Ok(StoreFolder { store, asked, staged: staged.clone() })
    }

    /// Whether a file goes to the store.
    pub fn takes(&self, path: &Path) -> bool {
        self.staged.url_of(path).is_some()
    }

    /// Copies a file of the folder to the store; one that lies elsewhere goes nowhere. Until it is there as a whole, nothing is, or what was before.
    ///
    /// # Errors
    /// What the store answers, or the system.
    pub fn put(&self, path: &Path) -> Result<(), StoreError> {
        let Some(url) = self.staged.url_of(path) else { return Ok(()) };
        let key = key_of(&url)?;
        wait(&url, async {
            let local = |error: io::Error| StoreError::local(&url, &error);
            let mut file = File::open(path).map_err(local)?;
            let bytes = file.metadata().map_err(local)?.len();
            if bytes <= PART_BYTES as u64 {
                let mut whole = Vec::with_capacity(bytes as usize);
                file.read_to_end(&mut whole).map_err(local)?;
                let put = self.store.inner.put(&key, PutPayload::from(whole)).await;
                return put.map(|_| ()).map_err(|error| StoreError::of(&url, error));
            }
            self.put_parts(&url, &key, file, bytes).await
        })
    }

    async fn put_parts(&self, url: &StoreUrl, key: &Key, mut file: File, bytes: u64) -> Result<(), StoreError> {
        let failed = |error| StoreError::of(url, error);
        let part_bytes = PART_BYTES.max(bytes.div_ceil(MAX_PARTS) as usize);
        let begun = self.store.inner.put_multipart(key).await.map_err(failed)?;
        let mut upload = WriteMultipart::new_with_chunk_size(begun, part_bytes);
        loop {
            let mut part = Vec::with_capacity(part_bytes);
            let read = file.by_ref().take(part_bytes as u64).read_to_end(&mut part);
            let room = upload.wait_for_capacity(PARTS_UNDER_WAY).await;
            let fault = read.err().map(|error| StoreError::local(url, &error)).or(room.map_err(failed).err());
            if let Some(fault) = fault {
                // What cannot be taken back is the store's to clear.
                let _ = upload.abort().await;
                return Err(fault);
            }
            if part.is_empty() {
                return upload.finish().await.map(|_| ()).map_err(failed);
            }
            upload.put(part.into());
        }
    }

    /// Everything that is there, sorted, with its name below the place.
    ///
    /// # Errors
    /// What the store answers.
    pub fn list(&self) -> Result<Vec<Found>, StoreError> {
        let url = &self.staged.url;
        wait(url, async { list(&self.asked, url, &key_of(url)?).await })
    }

    /// Takes objects away.
    ///
    /// # Errors
    /// What the store answers.
    pub fn remove(&self, objects: Vec<Object>) -> Result<(), StoreError> {
        let keys: Result<Vec<Key>, StoreError> = objects.iter().map(|object| key_of(&object.url())).collect();
        let keys = futures_util::stream::iter(keys?.into_iter().map(Ok)).boxed();
        wait(&self.staged.url, async {
            let removed: Result<Vec<Key>, _> = self.asked.inner.delete_stream(keys).try_collect().await;
            removed.map(|_| ()).map_err(|error| StoreError::of(&self.staged.url, error))
        })
    }

    /// The bytes of a small object below the place; `None` if there is none.
    ///
    /// # Errors
    /// What the store answers.
    pub fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let url = self.staged.url.join(name);
        let key = key_of(&url)?;
        let failed = |error| StoreError::of(&url, error);
        let got = wait(&url, async {
            let answer = self.asked.inner.get(&key).await.map_err(failed)?;
            answer.bytes().await.map_err(failed)
        });
        match got {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

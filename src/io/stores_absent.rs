//! What stands for `stores` in a build without object stores: nothing, of types that have no values. That is told to this
//! module alone, for code that uses them would otherwise be known to be unreachable.

use std::convert::Infallible;
use std::io::{self, Read};
use std::path::Path;

use crate::config::{Staged, StoreUrl};
use crate::io::inputs::Entry;

/// Whether there are stores in this build.
pub const ARE_BUILT_IN: bool = false;

/// Why a store cannot be used: there is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}`: this textmill was built without the feature `object-stores`")]
pub struct StoreError(String);

impl StoreError {
    /// Whether nothing is there.
    pub fn is_missing(&self) -> bool {
        false
    }

    /// Whether the object is another than it was.
    pub fn is_changed(&self) -> bool {
        false
    }

    /// Whether others of the store can be asked for all the same.
    pub fn is_of_one_object(&self) -> bool {
        false
    }
}

/// An object of a store; there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object(Infallible);

impl Object {
    /// Bytes of it.
    pub fn size(&self) -> u64 {
        match self.0 {}
    }

    /// What tells that it is still the same.
    pub fn version(&self) -> String {
        match self.0 {}
    }

    /// Where it is.
    pub fn url(&self) -> StoreUrl {
        match self.0 {}
    }

    /// Copies it into a file.
    ///
    /// # Errors
    /// There is none.
    pub fn copy_to(&self, _: &mut std::fs::File) -> io::Result<()> {
        match self.0 {}
    }
}

/// Finds nothing.
///
/// # Errors
/// Always.
pub fn find(url: &StoreUrl, _: Option<&glob::Pattern>) -> Result<Vec<(Object, String)>, StoreError> {
    Err(StoreError(url.to_string()))
}

/// Entries in their order.
pub struct Ahead<I>(I);

impl<I: Iterator<Item = Entry>> Ahead<I> {
    /// The entries.
    pub fn new(entries: I, _: usize) -> Ahead<I> {
        Ahead(entries)
    }

    /// The next entry.
    pub fn next_entry(&mut self) -> Option<Entry> {
        self.0.next()
    }
}

impl<I> Read for Ahead<I> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}

/// A place in a store; there is none.
#[derive(Clone, Debug)]
pub struct StoreFolder(Infallible);

impl StoreFolder {
    /// Says that it is not there.
    ///
    /// # Errors
    /// Always.
    pub fn connect(staged: &Staged) -> Result<StoreFolder, StoreError> {
        Err(StoreError(staged.url.to_string()))
    }

    /// Whether a file goes to the store.
    pub fn takes(&self, _: &Path) -> bool {
        match self.0 {}
    }

    /// Copies a file to the store.
    ///
    /// # Errors
    /// There is none.
    pub fn put(&self, _: &Path) -> Result<(), StoreError> {
        match self.0 {}
    }

    /// Everything that is there.
    ///
    /// # Errors
    /// There is none.
    pub fn list(&self) -> Result<Vec<(Object, String)>, StoreError> {
        match self.0 {}
    }

    /// Takes objects away.
    ///
    /// # Errors
    /// There is none.
    pub fn remove(&self, _: Vec<Object>) -> Result<(), StoreError> {
        match self.0 {}
    }

    /// The bytes of a small object.
    ///
    /// # Errors
    /// There is none.
    pub fn get(&self, _: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self.0 {}
    }
}

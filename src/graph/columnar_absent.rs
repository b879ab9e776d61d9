//! What stands for `columnar` in a build without Parquet: nothing, of a type that has no values.

use std::path::PathBuf;
use std::sync::Arc;

use super::RunError;
use super::checkpoint::Checkpoint;
use super::workers::Workers;
use crate::config::{Plan, ReadPlan};
use crate::io::stores::StoreFolder;

/// The records of a file of columns as lines.
///
/// # Errors
/// Always.
pub fn kept_lines(_: std::fs::File, _: &ReadPlan) -> std::io::Result<Box<dyn std::io::Read + Send>> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// The columns of files that were read; there are none.
#[derive(Clone, Default)]
pub struct Tables;

/// What makes files of columns; nothing does.
pub enum ColumnShards {}

impl ColumnShards {
    /// Says that it is not there.
    ///
    /// # Errors
    /// Always.
    pub fn new(
        _: &Plan,
        _: Arc<Workers>,
        _: Option<StoreFolder>,
        _: bool,
        _: Option<&Checkpoint>,
        _: Tables,
    ) -> Result<ColumnShards, RunError> {
        Err(RunError::Output("this textmill was built without the feature `parquet`".to_owned()))
    }

    pub fn are_settled(&self) -> bool {
        match *self {}
    }

    pub fn state(&self) -> Option<serde_json::Value> {
        match *self {}
    }

    pub fn settle(&mut self, _: &[PathBuf]) -> Result<(), RunError> {
        match *self {}
    }

    pub fn go_on(&mut self) -> Result<(), RunError> {
        match *self {}
    }

    pub fn encode(&mut self, _: PathBuf) -> Result<(), RunError> {
        match *self {}
    }

    pub fn committed(&mut self) -> Result<(), RunError> {
        match *self {}
    }

    pub fn finish(self) -> Result<(), RunError> {
        match self {}
    }
}

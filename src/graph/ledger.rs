//! What became of every record: read = emitted + dropped + rejected.
//!
//! The two sides are counted in different places: what was read where batches arrive from `read`, what became of it where
//! records leave the stream. [`Ledger::is_balanced`] compares them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::batch::{PassReason, RejectReason};
use crate::index::Rows;

/// Why a record is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DropReason {
    /// Nothing but white space.
    Empty,
    /// The same text as a record that is kept.
    ExactDuplicate,
    /// Nearly the same text as a record that is kept.
    NearDuplicate,
    /// Nothing is left of it but paragraphs that stand in records before it.
    RepeatedParagraphs,
}

impl DropReason {
    /// The word in `dropped.jsonl` and the summary.
    pub const fn name(self) -> &'static str {
        match self {
            DropReason::Empty => "empty",
            DropReason::ExactDuplicate => "exact-duplicate",
            DropReason::NearDuplicate => "near-duplicate",
            DropReason::RepeatedParagraphs => "repeated-paragraphs",
        }
    }
}

/// A number of records and their bytes in the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Records.
    pub records: u64,
    /// Bytes of input.
    pub bytes: u64,
}

impl Tally {
    /// Counts one record.
    pub fn add(&mut self, bytes: u64) {
        self.records += 1;
        self.bytes += bytes;
    }
}

/// The counts of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Bytes that `read` handed on.
    pub input_bytes: u64,
    /// Records found in them.
    pub found: u64,
    /// Bytes that are no record: blank lines.
    pub blank_bytes: u64,
    /// Records in the output.
    pub emitted: Tally,
    /// Records left out, by reason.
    pub dropped: BTreeMap<DropReason, Tally>,
    /// Input that is no record, by reason.
    pub rejected: BTreeMap<RejectReason, Tally>,
    /// Parts of containers that hold no document, by what they are. They are no part of what was read.
    pub passed: BTreeMap<PassReason, Tally>,
    /// Paragraphs that were taken out of records, and their bytes.
    pub repeated_paragraphs: (u64, u64),
    /// The fingerprints of what was written.
    pub rows: WrittenRows,
}

/// The fingerprints of the rows written to each side, by which two runs are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenRows {
    /// Of the records in the output.
    pub emitted: Rows,
    /// Of the lines of `dropped.jsonl`.
    pub dropped: Rows,
    /// Of the lines of `rejected.jsonl`.
    pub rejected: Rows,
}

impl Ledger {
    /// All that were left out.
    pub fn dropped_in_all(&self) -> Tally {
        sum(self.dropped.values())
    }

    /// All that were rejected.
    pub fn rejected_in_all(&self) -> Tally {
        sum(self.rejected.values())
    }

    /// All that left the stream in one way or another.
    pub fn accounted(&self) -> Tally {
        sum([self.emitted, self.dropped_in_all(), self.rejected_in_all()].iter())
    }

    /// Whether what was read is what left.
    pub fn is_balanced(&self) -> bool {
        let Tally { records, bytes } = self.accounted();
        records == self.found && bytes + self.blank_bytes == self.input_bytes
    }
}

fn sum<'a>(tallies: impl Iterator<Item = &'a Tally>) -> Tally {
    tallies
        .fold(Tally::default(), |all, one| Tally { records: all.records + one.records, bytes: all.bytes + one.bytes })
}

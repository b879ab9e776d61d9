//! The fingerprint of a set of rows, whatever their order: by it two runs, or two indexes, are compared.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// Count, xor and sum of the hashes of rows. The count and the sum catch rows that come twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// How many rows.
    pub count: u64,
    /// The xor of their hashes.
    pub xor: u64,
    /// The sum of their hashes, modulo 2^64.
    pub sum: u64,
}

impl Rows {
    /// Adds a row by the XXH3-64 of its bytes.
    pub fn add(&mut self, row: &[u8]) {
        let hash = xxh3_64(row);
        self.merge(Rows { count: 1, xor: hash, sum: hash });
    }

    /// Adds what others have.
    pub fn merge(&mut self, other: Rows) {
        self.count += other.count;
        self.xor ^= other.xor;
        self.sum = self.sum.wrapping_add(other.sum);
    }
}

impl std::fmt::Display for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{:016x}:{:016x}", self.count, self.xor, self.sum)
    }
}

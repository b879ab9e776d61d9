//! The ids of records, as JSON, by their number.

/// Room is made in steps of this share of what is there; `Vec` alone would double, past what the index may take.
const GROWTH_DIVISOR: usize = 64;

/// Ids that share one 64-bit base of ends.
const GROUP: usize = 256;

/// The ids of records, as JSON, by their number.
#[derive(Default)]
pub struct Ids {
    bytes: Vec<u8>,
    /// Where the first id of each group begins.
    bases: Vec<u64>,
    /// Where each id begins, from its group's base: 256 ids never take 4 GiB, as records do not.
    starts: Vec<u32>,
}

impl Ids {
    /// Adds the id of the next record.
    pub fn push(&mut self, id: &[u8]) {
        if self.starts.len().is_multiple_of(GROUP) {
            reserve_tightly(&mut self.bases, 1);
            self.bases.push(self.bytes.len() as u64);
        }
        let base = self.bases.last().copied().unwrap_or(0);
        reserve_tightly(&mut self.bytes, id.len());
        reserve_tightly(&mut self.starts, 1);
        self.starts.push((self.bytes.len() as u64 - base) as u32);
        self.bytes.extend_from_slice(id);
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.starts.len() as u64
    }

    /// Bytes they take.
    pub fn memory_bytes(&self) -> u64 {
        (self.bytes.capacity() + self.bases.capacity() * 8 + self.starts.capacity() * 4) as u64
    }

    /// The id of a record.
    pub fn get(&self, number: u32) -> &[u8] {
        let start_of = |number: usize| (self.bases[number / GROUP] + u64::from(self.starts[number])) as usize;
        let number = number as usize;
        let end = if number + 1 < self.starts.len() { start_of(number + 1) } else { self.bytes.len() };
        &self.bytes[start_of(number)..end]
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.starts.len() as u32).map(|number| self.get(number))
    }
}

fn reserve_tightly<T>(vec: &mut Vec<T>, more: usize) {
    if vec.capacity() - vec.len() < more {
        vec.reserve_exact(more.max(vec.len() / GROWTH_DIVISOR).max(64));
    }
}

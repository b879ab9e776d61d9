//! The ids of records, as JSON, by their number.

/// Room is made in steps of this share of what is there; `Vec` alone would double, past what the index may take.
const GROWTH_DIVISOR: usize = 16;

/// The ids of records, as JSON, by their number.
#[derive(Default)]
pub struct Ids {
    bytes: Vec<u8>,
    ends: Vec<u64>,
}

impl Ids {
    /// Adds the id of the next record.
    pub fn push(&mut self, id: &[u8]) {
        reserve_tightly(&mut self.bytes, id.len());
        reserve_tightly(&mut self.ends, 1);
        self.bytes.extend_from_slice(id);
        self.ends.push(self.bytes.len() as u64);
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.ends.len() as u64
    }

    /// Bytes they take.
    pub fn memory_bytes(&self) -> u64 {
        (self.bytes.capacity() + self.ends.capacity() * 8) as u64
    }

    /// The id of a record.
    pub fn get(&self, number: u32) -> &[u8] {
        let at = number as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.bytes[start..self.ends[at] as usize]
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.ends.len() as u32).map(|number| self.get(number))
    }
}

fn reserve_tightly<T>(vec: &mut Vec<T>, more: usize) {
    if vec.capacity() - vec.len() < more {
        vec.reserve_exact(more.max(vec.len() / GROWTH_DIVISOR).max(64));
    }
}
